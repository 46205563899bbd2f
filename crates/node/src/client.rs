//! Asks the running node over its API: the address from `run.json`, the token from `api.token`.

use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::anyhow;
use record::kind::Lang;
use serde_json::Value as Json;
use std::time::Duration;

/// How long an answer may take; a publish waits for the disk.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// The bytes of one answer.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The API of the node that runs on a folder.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
    lang: Lang,
}

/// What the node answered: the status and the document.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) problem: Json,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |field: &str| self.problem.get(field).and_then(Json::as_str);
        f.write_str(text("detail").or_else(|| text("title")).unwrap_or("the node refused without a reason"))?;
        for finding in self.problem.get("findings").and_then(Json::as_array).into_iter().flatten() {
            let message = finding.get("message").and_then(Json::as_str).unwrap_or_default();
            write!(f, "\n  - {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

impl Client {
    /// The node that runs on this folder.
    pub(crate) fn of(folder: &Folder, lang: Lang) -> anyhow::Result<Client> {
        let missing = || {
            anyhow!(
                "no node is running on the folder {}. Start it with `allmende --dir {} run`",
                folder.root().display(),
                folder.root().display()
            )
        };
        let run = std::fs::read_to_string(folder.run()).map_err(|_| missing())?;
        // After a crash run.json stays, and its port may be another program's: that one must not see the token.
        if !folder.is_in_use()? {
            return Err(missing());
        }
        let run: Json = serde_json::from_str(&run).map_err(|_| missing())?;
        let base = run.get("http").and_then(Json::as_str).ok_or_else(missing)?.to_owned();
        let token = std::fs::read_to_string(folder.api_token()).with_context(|| {
            format!(
                "the token {} cannot be read; run the command as the node's user",
                folder.api_token().display()
            )
        })?;
        Ok(Client::at(base, token.trim().to_owned(), lang))
    }

    /// A node whose address and token are known.
    pub(crate) fn at(base: String, token: String, lang: Lang) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_MAX))
            .proxy(None)
            .build();
        Client { agent: config.new_agent(), base, token, lang }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn read(&self, path: &str) -> anyhow::Result<Json> {
        let request = self.agent.get(format!("{}{path}", self.base));
        self.answer(request.header("Accept-Language", self.lang.as_str()).call())
    }

    pub(crate) fn read_bytes(&self, path: &str, media_type: &str) -> anyhow::Result<Vec<u8>> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("Accept", media_type);
        let mut response = request.call().map_err(|error| self.silent(&error))?;
        if !response.status().is_success() {
            return self.answer(Ok(response)).and(Err(anyhow!("the node refused without a reason")));
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        body.context("the node's answer broke off")
    }

    fn silent(&self, error: &ureq::Error) -> anyhow::Error {
        anyhow!(
            "the node at {} does not answer ({error}). Is it still running? `allmende run` starts it",
            self.base
        )
    }

    pub(crate) fn post(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        let request = self.agent.post(format!("{}{path}", self.base));
        self.answer(self.signed(request).send_json(body))
    }

    pub(crate) fn post_bytes(&self, path: &str, media_type: &str, body: &[u8]) -> anyhow::Result<Json> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("Content-Type", media_type);
        self.answer(self.signed(request).send(body))
    }

    pub(crate) fn delete(&self, path: &str) -> anyhow::Result<Json> {
        let request = self.agent.delete(format!("{}{path}", self.base));
        let request = request.header("Accept-Language", self.lang.as_str());
        self.answer(request.header("Authorization", format!("Bearer {}", self.token)).call())
    }

    fn signed<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        let request = request.header("Accept-Language", self.lang.as_str());
        request.header("Authorization", format!("Bearer {}", self.token))
    }

    fn answer(
        &self,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<Json> {
        let mut response = response.map_err(|error| self.silent(&error))?;
        let success = response.status().is_success();
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let body = body.context("the node's answer broke off")?;
        if body.is_empty() && success {
            return Ok(Json::Null);
        }
        let json: Json = serde_json::from_str(&body)
            .map_err(|_| anyhow!("the node at {} answered with something else than JSON", self.base))?;
        if success { Ok(json) } else { Err(Refused { problem: json }.into()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::client::Client;
    use crate::folder::Folder;
    use record::kind::Lang;

    #[test]
    fn an_address_left_over_from_a_crash_is_not_believed() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        std::fs::write(folder.run(), r#"{ "http": "http://127.0.0.1:1" }"#).unwrap();
        std::fs::write(folder.api_token(), "secret").unwrap();
        let refused = |folder| Client::of(folder, Lang::En).unwrap_err().to_string();
        assert!(refused(&folder).contains("no node is running"), "there never was a lock");
        let lock = folder.lock().unwrap();
        assert_eq!(Client::of(&folder, Lang::En).unwrap().base(), "http://127.0.0.1:1");
        drop(lock);
        assert!(refused(&folder).contains("no node is running"), "the lock went with its daemon");
        // Who looks keeps neither a daemon nor others that look away.
        assert!(!folder.is_in_use().unwrap());
        folder.lock().unwrap();
    }
}
