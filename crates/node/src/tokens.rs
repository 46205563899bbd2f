//! Tokens for writing over the API: named, kept as hashes, and one for the commands on this machine.

use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::bail;
use record::moment::Moment;
use record::statement::sha256;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;
use web::port::Editor;
use web::port::Role;

/// What a token begins with, so that it is recognised where it was left lying about.
const TOKEN_PREFIX: &str = "allmende_";
/// The name under which the commands on this machine write.
const LOCAL_NAME: &str = "local";
/// A token's name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// One token, as kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// SHA-256 of the token, in hexadecimal.
    pub(crate) hash: String,
    /// When it was made, RFC 3339.
    pub(crate) created: String,
    /// What it may do: `editor` or `author`.
    #[serde(default = "editor")]
    pub(crate) role: String,
}

/// What tokens may do that were made before there were roles, and all for which nothing else is said.
fn editor() -> String {
    Role::Editor.as_str().to_owned()
}

/// What is known of the file: when it changed, and by its hash who each token is.
type Known = (Option<SystemTime>, BTreeMap<String, Editor>);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: BTreeMap<String, Kept>,
}

/// The tokens of a folder; the file is read again when it has changed.
#[derive(Debug)]
pub(crate) struct Tokens {
    folder: Folder,
    known: Mutex<Known>,
    local: String,
}

fn hash(token: &str) -> String {
    data_encoding::HEXLOWER.encode(&sha256(&[token.as_bytes()]))
}

fn fresh() -> anyhow::Result<String> {
    let mut dice = [0; 32];
    getrandom::fill(&mut dice).context("the system gives no random numbers")?;
    Ok(format!("{TOKEN_PREFIX}{}", data_encoding::BASE64URL_NOPAD.encode(&dice)))
}

fn read(folder: &Folder) -> anyhow::Result<File> {
    match std::fs::read_to_string(folder.tokens()) {
        Ok(text) => {
            toml::from_str(&text).with_context(|| format!("{} is damaged", folder.tokens().display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", folder.tokens().display())),
    }
}

fn write(folder: &Folder, file: &File) -> anyhow::Result<()> {
    Folder::write_secret(&folder.tokens(), toml::to_string(file)?.as_bytes())
}

/// Makes a token and answers with it; it is shown this once only.
pub(crate) fn add(folder: &Folder, name: &str, role: Role, now: Moment) -> anyhow::Result<String> {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fits || name == LOCAL_NAME {
        bail!(
            "\"{name}\" is no name for a token: 1 to {NAME_CHARS_MAX} characters, and not \"{LOCAL_NAME}\""
        );
    }
    let mut file = read(folder)?;
    if file.token.contains_key(name) {
        bail!("there is a token named \"{name}\" already; remove it first with `allmende token remove`");
    }
    let token = fresh()?;
    let role = role.as_str().to_owned();
    file.token.insert(name.to_owned(), Kept { hash: hash(&token), created: now.to_string(), role });
    write(folder, &file)?;
    Ok(token)
}

/// Removes a token; it stops working at once.
pub(crate) fn remove(folder: &Folder, name: &str) -> anyhow::Result<()> {
    let mut file = read(folder)?;
    if file.token.remove(name).is_none() {
        bail!("there is no token named \"{name}\"; `allmende token list` shows all");
    }
    write(folder, &file)
}

/// All tokens by name.
pub(crate) fn list(folder: &Folder) -> anyhow::Result<BTreeMap<String, Kept>> {
    Ok(read(folder)?.token)
}

/// Makes the token of the commands on this machine, if there is none.
pub(crate) fn ensure_local(folder: &Folder) -> anyhow::Result<String> {
    let path = folder.api_token();
    match std::fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => Ok(token.trim().to_owned()),
        _ => {
            let token = fresh()?;
            Folder::write_secret(&path, format!("{token}\n").as_bytes())?;
            Ok(token)
        }
    }
}

impl Tokens {
    pub(crate) fn open(folder: &Folder) -> anyhow::Result<Tokens> {
        let local = hash(&ensure_local(folder)?);
        read(folder)?;
        Ok(Tokens { folder: folder.clone(), known: Mutex::new((None, BTreeMap::new())), local })
    }

    /// Whose the token is, if it may write. Only hashes are compared, so timing tells nothing.
    pub(crate) fn editor(&self, token: &str) -> Option<Editor> {
        let hash = hash(token);
        if hash == self.local {
            return Some(Editor { name: LOCAL_NAME.to_owned(), role: Role::Editor });
        }
        let changed = std::fs::metadata(self.folder.tokens()).and_then(|file| file.modified()).ok();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != changed {
            match read(&self.folder) {
                Ok(file) => *known = (changed, file.token.into_iter().map(known_by_hash).collect()),
                Err(error) => {
                    tracing::error!(%error, "the tokens cannot be read; until then only the commands on this machine may write");
                    *known = (None, BTreeMap::new());
                }
            }
        }
        known.1.get(&hash).cloned()
    }
}

/// A role that this program does not know may do least.
fn known_by_hash((name, kept): (String, Kept)) -> (String, Editor) {
    (kept.hash, Editor { name, role: kept.role.parse().unwrap_or(Role::Author) })
}

#[cfg(test)]
mod tests {
    use crate::folder::Folder;
    use crate::tokens;
    use crate::tokens::Tokens;
    use record::moment::Moment;
    use web::port::Role;

    #[test]
    fn a_token_may_what_its_role_says_until_it_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        let now = Moment::from_seconds(1_793_606_400).unwrap();
        let known = Tokens::open(&folder).unwrap();
        let author = tokens::add(&folder, "praktikum", Role::Author, now).unwrap();
        let editor = tokens::add(&folder, "leitung", Role::Editor, now).unwrap();
        let role = |token: &str| known.editor(token).map(|editor| editor.role);
        assert_eq!(
            (role(&author), role(&editor), role("geraten")),
            (Some(Role::Author), Some(Role::Editor), None)
        );
        let text = std::fs::read_to_string(folder.tokens()).unwrap();
        assert!(!text.contains(&author) && !text.contains(&editor), "only hashes are kept");
        let old = text.lines().filter(|line| !line.starts_with("role")).collect::<Vec<_>>().join("\n");
        std::fs::write(folder.tokens(), old).unwrap();
        assert_eq!(
            Tokens::open(&folder).unwrap().editor(&author).map(|editor| editor.role),
            Some(Role::Editor)
        );
        tokens::remove(&folder, "leitung").unwrap();
        assert_eq!(Tokens::open(&folder).unwrap().editor(&editor), None);
    }
}
