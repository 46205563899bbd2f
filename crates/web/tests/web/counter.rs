//! What the pages ask of the town, answered from memory.

use crate::town::NOW;
use crate::town::TOKEN;
use crate::town::Town;
use crate::town::name;
use crate::town::published;
use crate::town::refused;
use catalogue::alike::Alike;
use catalogue::found::Found;
use catalogue::found::Match;
use catalogue::found::Similar;
use catalogue::found::Used;
use catalogue::joined::Referrer;
use catalogue::query::Query;
use catalogue::register::Register;
use exchange::draft::Draft;
use record::attestation::Attestation;
use record::envelope::Statement;
use record::key::SecretKey;
use record::kind::Lang;
use record::moment::Moment;
use record::name::Name;
use record::statement::Code;
use record::statement::RecordId;
use record::statement::Said;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use web::cabinet::Cabinet;
use web::port::Answer;
use web::port::Ban;
use web::port::Changes;
use web::port::Checked;
use web::port::Editor;
use web::port::Kept;
use web::port::Port;
use web::port::PortError;
use web::port::Published;
use web::port::Publisher;
use web::port::Relay;
use web::port::Revocation;
use web::port::Role;
use web::port::Rotated;
use web::port::Status;

impl Port for Town {
    fn search(&self, query: Query) -> Answer<'_, Found> {
        Box::pin(async move {
            // A search for this word is our own fault, so that tests can see what then happens.
            if query.text == "kaputt!" {
                return Err(PortError::Broken("as the test wished".to_owned()));
            }
            if query.text == "voll!" {
                return Err(PortError::Unavailable("the disk is full".to_owned()));
            }
            self.catalogue.find(&query).map_err(|error| PortError::Broken(error.to_string()))
        })
    }

    fn suggest(&self, typed: String, limit: usize) -> Answer<'_, Vec<String>> {
        Box::pin(async move { Ok(self.catalogue.suggest(&typed, limit)) })
    }

    fn similar(
        &self,
        publisher: Name,
        record: RecordId,
        lang: Lang,
        limit: usize,
    ) -> Answer<'_, Vec<Similar>> {
        Box::pin(async move {
            let found = self.catalogue.similar(&publisher, record, lang, limit);
            found.map_err(|error| PortError::Broken(error.to_string()))
        })
    }

    fn matches(&self, publisher: Name, record: RecordId, lang: Lang, limit: usize) -> Answer<'_, Vec<Match>> {
        Box::pin(async move {
            let found = self.catalogue.matches(&publisher, record, lang, limit);
            found.map_err(|error| PortError::Broken(error.to_string()))
        })
    }

    fn alike(&self, publisher: Name, limit: usize) -> Answer<'_, Vec<Alike>> {
        Box::pin(async move {
            let ars = |name: &Name| {
                let known = self.publisher_now(name)?;
                known.epochs.last().and_then(|voucher| voucher.ars.clone())
            };
            let publishers: Vec<_> = self.keys.keys().map(|name| (name.clone(), ars(name))).collect();
            let found = self.catalogue.alike(Register::built_in(), &publisher, &publishers, limit);
            found.map_err(|error| PortError::Broken(error.to_string()))
        })
    }

    fn used_by(&self, publishers: Vec<Name>, lang: Lang, limit: usize) -> Answer<'_, Vec<Used>> {
        Box::pin(async move {
            let found = self.catalogue.used_by(&publishers, lang, limit);
            found.map_err(|error| PortError::Broken(error.to_string()))
        })
    }

    fn register(&self) -> Arc<Register> {
        Arc::new(Register::built_in().clone())
    }

    fn record(&self, publisher: Name, record: RecordId) -> Answer<'_, Option<Kept>> {
        Box::pin(async move { Ok(self.held().heads.get(&(publisher, record)).cloned()) })
    }

    fn publishers(&self) -> Answer<'_, Vec<Publisher>> {
        Box::pin(async move { Ok(self.keys.keys().filter_map(|name| self.publisher_now(name)).collect()) })
    }

    fn publisher(&self, name: Name) -> Answer<'_, Option<Publisher>> {
        Box::pin(async move { Ok(self.publisher_now(&name)) })
    }

    fn attestations(&self) -> Answer<'_, Vec<Kept>> {
        Box::pin(async move {
            Ok(self.held().attested.values().flatten().map(|(kept, _)| kept.clone()).collect())
        })
    }

    fn changes(&self, since: u64, limit: usize, wait: Duration) -> Answer<'_, Changes> {
        Box::pin(async move {
            let mut newest = self.newest.subscribe();
            // Nothing new in that time is an answer as well.
            let _ = timeout(wait, newest.wait_for(|newest| *newest > since)).await;
            let held = self.held();
            let changes = held.feed.iter().skip(since as usize).take(limit).cloned().collect();
            Ok(Changes { changes, newest: held.feed.len() as u64 })
        })
    }

    fn status(&self) -> Answer<'_, Status> {
        Box::pin(async move { Ok(self.status_now()) })
    }

    fn publish(&self, draft: Draft, expected: Option<u64>) -> Answer<'_, Published> {
        Box::pin(async move { self.publish_now(draft, expected) })
    }

    fn check(&self, draft: Draft) -> Answer<'_, Checked> {
        Box::pin(async move {
            let (body, findings) = self.findings(&draft)?;
            Ok(Checked { body, findings })
        })
    }

    fn referrers(&self, publisher: Name, record: RecordId) -> Answer<'_, Vec<Referrer>> {
        Box::pin(async move { Ok(self.joined.of(&publisher, record)) })
    }

    fn retract(&self, record: RecordId, reason: Code) -> Answer<'_, Published> {
        Box::pin(async move {
            let standing = self.held().heads.get(&(name("th.jena"), record)).cloned();
            let standing = standing.ok_or_else(|| refused("not-found", "kein solcher Eintrag"))?;
            let content = standing.statement.content();
            let said = Said::Retracted(reason);
            let kind = content.kind.as_str();
            let kept = self.keep(self.sealed("th.jena", record, kind, content.version + 1, NOW, said))?;
            Ok(published(&kept, true))
        })
    }

    fn republish(&self) -> Answer<'_, Vec<Published>> {
        Box::pin(async move {
            let mut again = Vec::new();
            let heads = self.held().heads.clone();
            for ((publisher, record), kept) in heads {
                if publisher == name("th.jena") {
                    let content = kept.statement.content();
                    let (kind, version, said) =
                        (content.kind.as_str(), content.version + 1, content.said.clone());
                    let kept = self.keep(self.sealed("th.jena", record, kind, version, NOW, said))?;
                    again.push(published(&kept, true));
                }
            }
            Ok(again)
        })
    }

    fn relays(&self) -> Answer<'_, Vec<Relay>> {
        let relay = Relay {
            publisher: name("th"),
            display_name: self.anchor.name.clone(),
            peer_id: "12D3KooWThueringen".to_owned(),
            addresses: vec!["/dns4/relay.thueringen.example/tcp/4480/p2p/12D3KooWThueringen".to_owned()],
        };
        Box::pin(async move { Ok(vec![relay]) })
    }

    fn submit(&self, bytes: Vec<u8>) -> Answer<'_, Published> {
        Box::pin(async move {
            let statement = Statement::open(&bytes, &self.network)
                .map_err(|error| refused(error.code(), &error.to_string()))?;
            Ok(published(&self.keep(statement)?, true))
        })
    }

    fn attest(&self, request: String, code: String, _may_attest: bool) -> Answer<'_, Published> {
        Box::pin(async move {
            if code != "1234" {
                return Err(refused("code", "der Code passt nicht"));
            }
            let subject: Name = request.parse().map_err(|_| refused("request", "kein Antrag"))?;
            let (kept, _) = self
                .held()
                .attested
                .get(&subject)
                .and_then(|epochs| epochs.last())
                .cloned()
                .ok_or_else(|| refused("request", "unbekannt"))?;
            Ok(published(&kept, false))
        })
    }

    fn rotate(&self, floor: bool) -> Answer<'_, Rotated> {
        Box::pin(async move {
            let key = SecretKey::from_seed([99; 32]).public();
            match floor {
                true => Err(refused("no-anchor", "th.jena ist kein Anker")),
                false => Ok(Rotated { key, asks: Some(("antrag".into(), "AAAA".into())), link: None }),
            }
        })
    }

    fn revoke(&self, subject: Name, what: Revocation) -> Answer<'_, Vec<Published>> {
        Box::pin(async move {
            let attested = self.held().attested.get(&subject).cloned();
            let (mut kept, old) = attested
                .and_then(|epochs| epochs.last().cloned())
                .ok_or_else(|| refused("not-found", "unbekannt"))?;
            let changed = match what {
                Revocation::Keys => {
                    Attestation { not_after: Some(Moment::from_seconds(NOW - 60).unwrap()), ..old.clone() }
                }
                Revocation::Right => Attestation { may_attest: false, ..old.clone() },
                Revocation::Everything { .. } => {
                    Attestation { epoch: 2, floor: 2, not_after: Some(old.not_before), ..old.clone() }
                }
            };
            kept.voucher.epoch = changed.epoch;
            let mut held = self.held();
            let epochs = held.attested.entry(subject).or_default();
            epochs.retain(|(_, attestation)| attestation.epoch < changed.epoch);
            epochs.push((kept.clone(), changed));
            Ok(vec![published(&kept, true)])
        })
    }

    fn dial(&self, address: String) -> Answer<'_, ()> {
        Box::pin(async move {
            if !address.starts_with('/') {
                return Err(refused("address", "keine Multiadresse"));
            }
            self.held().peers.push(address);
            Ok(())
        })
    }

    fn ban(&self, peer: String, reason: String) -> Answer<'_, ()> {
        Box::pin(async move {
            if !peer.starts_with("12D3KooW") {
                return Err(refused("peer-id", "keine Kennung"));
            }
            self.held().bans.push(Ban { peer_id: peer, reason });
            Ok(())
        })
    }

    fn pardon(&self, peer: String) -> Answer<'_, ()> {
        Box::pin(async move {
            let mut held = self.held();
            let before = held.bans.len();
            held.bans.retain(|ban| ban.peer_id != peer);
            if held.bans.len() == before { Err(refused("no-ban", "nicht gesperrt")) } else { Ok(()) }
        })
    }

    fn token(&self, token: &str) -> Option<Editor> {
        let known = self.tokens.lock().unwrap().get(token).cloned();
        known.or_else(|| (token == TOKEN).then(|| Editor { name: "probe".to_owned(), role: Role::Editor }))
    }

    fn cabinet(&self) -> Arc<dyn Cabinet> {
        self.papers.clone()
    }

    fn metrics(&self) -> Answer<'_, String> {
        Box::pin(async move { Ok(format!("allmende_heads {}\n", self.held().heads.len())) })
    }

    fn ready(&self) -> Result<(), String> {
        if self.opening.is_empty() { Ok(()) } else { Err(self.opening.clone()) }
    }
}
