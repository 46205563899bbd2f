//! Says where this node is reached, as a record of its publisher, and takes it back when it is reached no more.

use crate::config::Config;
use crate::keeper::Keeper;
use crate::keeper::now;
use crate::publishing::Publisher;
use crate::publishing::Refusal;
use crate::publishing::Saying;
use crate::relays::KIND;
use crate::relays::PEER_MARK;
use crate::relays::record_id;
use record::envelope::Statement;
use record::kind::kind;
use record::name::NetworkName;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use std::time::Duration;
use store::disk::Disk;

/// How soon it is tried again when the record could not be said.
const AGAIN: Duration = Duration::from_secs(5);
/// Why a node that announces itself no more takes its record back.
const REASON: &str = "withdrawn";

/// What this node says of itself.
#[derive(Debug)]
pub(crate) struct Announcement {
    record: RecordId,
    /// Nothing where the configuration names no address.
    body: Option<Map>,
}

impl Announcement {
    /// By the configuration; each address gets this node's peer id behind it.
    pub(crate) fn of(config: &Config, peer_id: &str) -> Announcement {
        let place = |address: &String| Value::from(format!("{address}{PEER_MARK}{peer_id}").as_str());
        let addresses: Vec<Value> = config.network.announce.iter().map(place).collect();
        let mut body = Map::from([
            ("role".to_owned(), config.node.role.as_str().into()),
            ("peer_id".to_owned(), peer_id.into()),
        ]);
        if !config.network.mailbox.is_empty() {
            body.insert("mailbox".to_owned(), config.network.mailbox.as_str().into());
        }
        let body = (!addresses.is_empty()).then(|| {
            body.insert("addresses".to_owned(), addresses.into());
            body
        });
        Announcement { record: record_id(peer_id), body }
    }

    /// What there is to say beside what stands; nothing where it says the same, under whichever key.
    fn saying(&self, standing: Option<&Said>) -> Option<Saying> {
        let said = match (&self.body, standing) {
            (Some(body), Some(Said::Body(old))) if body == old => return None,
            (Some(body), _) => Said::Body(body.clone()),
            (None, Some(Said::Body(_))) => Said::Retracted(REASON.parse().expect("the reason is a code")),
            (None, _) => return None,
        };
        Some(Saying {
            kind: KIND.parse().expect("the kind's name is a code"),
            schema: kind(KIND).map_or(1, |kind| kind.version),
            record: Some(self.record),
            said,
            expected: None,
        })
    }
}

/// Looks again whenever something else is believed of this publisher, until the keeper ends.
pub(crate) async fn run(
    announcement: Announcement,
    keeper: Keeper,
    publisher: Publisher,
    disk: Disk,
    network: NetworkName,
) {
    let mut watch = keeper.watch();
    let mut believed = None;
    loop {
        let trust = watch.borrow_and_update().trust.clone();
        let own = trust.standing(publisher.name()).cloned();
        if own != believed && publisher.epoch(&trust, now()).is_some() {
            match catch_up(&announcement, &keeper, &publisher, &disk, &network).await {
                Ok(()) => believed = own,
                Err(error) => tracing::warn!(%error, "this node's addresses could not be announced yet"),
            }
        }
        // A key that holds only from a later moment, or a disk that was full, changes nothing that is watched.
        let changed = tokio::time::timeout(AGAIN, watch.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return;
        }
    }
}

async fn catch_up(
    announcement: &Announcement,
    keeper: &Keeper,
    publisher: &Publisher,
    disk: &Disk,
    network: &NetworkName,
) -> Result<(), Refusal> {
    let key = HeadKey { set: Set::Records, publisher: publisher.name().clone(), record: announcement.record };
    let standing = standing(disk, &key, network)?;
    if let Some(saying) = announcement.saying(standing.as_ref().map(|old| &old.content().said)) {
        let published = keeper.say(saying).await?;
        tracing::info!(record = %published.record, version = published.version, "this node's addresses are announced");
    }
    Ok(())
}

fn standing(disk: &Disk, key: &HeadKey, network: &NetworkName) -> Result<Option<Statement>, Refusal> {
    let bytes = disk.statement(key)?.and_then(|change| change.statement);
    let opened = bytes.map(|bytes| Statement::open(&bytes, network)).transpose();
    Ok(opened.map_err(|error| KeepError::Broken(format!("a kept statement no longer opens: {error}")))?)
}

#[cfg(test)]
mod tests {
    use crate::announcing::Announcement;
    use crate::config::Config;
    use record::kind::check;
    use record::kind::kind;
    use record::statement::Said;
    use record::value::Value;

    const PEER: &str = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

    fn announcement(announce: &str) -> Announcement {
        let text = format!(
            "[node]\nrole = \"relay\"\n[network]\nannounce = [{announce}]\nmailbox = \"betrieb@land.example\"\n"
        );
        Announcement::of(&Config::read(&text, "x").unwrap(), PEER)
    }

    #[test]
    fn the_record_fits_its_kind_and_names_the_peer() {
        let said = announcement("\"/dns4/relay.example/tcp/4480\"").saying(None).unwrap();
        let Said::Body(body) = &said.said else { panic!("{said:?}") };
        let today = "2026-11-22".parse().unwrap();
        assert_eq!(check(kind("node").unwrap(), body, today), []);
        let address = body["addresses"].as_list().unwrap()[0].as_text().unwrap();
        assert_eq!(address, format!("/dns4/relay.example/tcp/4480/p2p/{PEER}"));
        assert_eq!(body["role"], Value::from("relay"));
        let other = announcement("\"/dns4/other.example/tcp/4480\"").saying(None).unwrap();
        assert_eq!(said.record, other.record, "of one node there is one record");
    }

    #[test]
    fn it_is_said_when_it_changes_and_taken_back_when_it_ends() {
        let here = announcement("\"/dns4/relay.example/tcp/4480\"");
        let said = here.saying(None).unwrap().said;
        assert!(here.saying(Some(&said)).is_none());
        let moved = announcement("\"/dns4/moved.example/tcp/4480\"");
        assert!(matches!(moved.saying(Some(&said)), Some(saying) if saying.said != said));
        let nowhere = announcement("");
        let back = nowhere.saying(Some(&said)).unwrap().said;
        assert!(matches!(back, Said::Retracted(_)));
        assert!(nowhere.saying(Some(&back)).is_none() && nowhere.saying(None).is_none());
        assert_eq!(here.saying(Some(&back)).unwrap().said, said);
    }
}
