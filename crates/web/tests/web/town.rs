//! A node in memory behind the pages: real statements, the real catalogue, no network and no disk.

use crate::papers::Papers;
use catalogue::alike::Alike;
use catalogue::change::Change as Fed;
use catalogue::found::Found;
use catalogue::found::Match;
use catalogue::found::Similar;
use catalogue::found::Used;
use catalogue::index::Catalogue;
use catalogue::joined::Joined;
use catalogue::joined::Referrer;
use catalogue::query::Query;
use catalogue::register::Register;
use exchange::draft::Draft;
use record::attestation::Attestation;
use record::document::Anchor;
use record::envelope::Statement;
use record::key::SecretKey;
use record::kind::Lang;
use record::moment::Moment;
use record::name::Name;
use record::name::NetworkName;
use record::statement::Code;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use web::cabinet::Cabinet;
use web::port::Admitted;
use web::port::Answer;
use web::port::Ban;
use web::port::Body;
use web::port::Change;
use web::port::Changes;
use web::port::Checked;
use web::port::Editor;
use web::port::Erased;
use web::port::Erasing;
use web::port::Erasure;
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
use web::port::Voucher;

/// 2 November 2026, 08:00 UTC: what all clocks of these tests say.
pub(crate) const NOW: u64 = 1_793_606_400;
/// The token that may write.
pub(crate) const TOKEN: &str = "geheim-fuer-die-probe";

/// The time of these tests.
pub(crate) fn clock() -> Moment {
    Moment::from_seconds(NOW).unwrap()
}

/// A node of the city of Jena.
pub(crate) struct Town {
    pub(crate) network: NetworkName,
    anchor: Anchor,
    keys: BTreeMap<Name, SecretKey>,
    catalogue: Catalogue,
    joined: Joined,
    papers: Arc<Papers>,
    /// Tokens besides the one that is always there.
    pub(crate) tokens: Mutex<BTreeMap<String, Editor>>,
    held: Mutex<Held>,
    /// The length of the feed; whoever waits for changes is woken by it.
    newest: watch::Sender<u64>,
    /// What `/readyz` says; ready when empty.
    pub(crate) opening: String,
}

#[derive(Default)]
pub(crate) struct Held {
    pub(crate) heads: BTreeMap<(Name, RecordId), Kept>,
    attested: BTreeMap<Name, Vec<(Kept, Attestation)>>,
    pub(crate) feed: Vec<Change>,
    pub(crate) peers: Vec<String>,
    pub(crate) bans: Vec<Ban>,
    pub(crate) erasures: BTreeMap<(Name, RecordId), Erasure>,
    pub(crate) dice: u8,
}

pub(crate) fn refused(code: &str, sentence: &str) -> PortError {
    let (de, en) = (format!("Abgelehnt: {sentence}"), format!("Refused: {sentence}"));
    PortError::Refused { code: code.to_owned(), de, en, findings: Vec::new() }
}

impl Town {
    /// A network with the anchors Thüringen and Schleswig-Holstein, and four attested municipalities.
    pub(crate) fn new() -> Town {
        let names = ["th", "sh", "th.jena", "th.shk", "th.shk.dornburg", "sh.kiel"];
        let keys: BTreeMap<Name, SecretKey> = (1..)
            .zip(names)
            .map(|(seed, name)| (name.parse().unwrap(), SecretKey::from_seed([seed; 32])))
            .collect();
        let anchor =
            Anchor { name: "Freistaat Thüringen".to_owned(), keys: vec![keys[&name("th")].public()] };
        let town = Town {
            network: "allmende-probe".parse().unwrap(),
            anchor,
            keys,
            catalogue: Catalogue::in_memory(),
            joined: Joined::new(),
            papers: Arc::default(),
            tokens: Mutex::default(),
            held: Mutex::default(),
            newest: watch::Sender::new(0),
            opening: String::new(),
        };
        town.vouch("th", "th.jena", "Stadt Jena", "municipality", Some("160530000000"));
        town.vouch("th", "th.shk", "Saale-Holzland-Kreis", "district", Some("16074"));
        town.vouch(
            "th.shk",
            "th.shk.dornburg",
            "Stadt Dornburg-Camburg",
            "municipality",
            Some("160745012116"),
        );
        town.vouch("sh", "sh.kiel", "Landeshauptstadt Kiel", "municipality", Some("010020000000"));
        town
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    fn vouch(&self, attester: &str, subject: &str, display: &str, org_type: &str, ars: Option<&str>) {
        let subject = name(subject);
        let attestation = Attestation {
            subject: subject.clone(),
            name: display.to_owned(),
            org_type: org_type.to_owned(),
            ars: ars.map(|ars| ars.parse().unwrap()),
            keys: vec![self.keys[&subject].public()],
            epoch: 1,
            floor: 1,
            may_attest: org_type == "district",
            not_before: Moment::from_seconds(NOW - 86_400 * 40).unwrap(),
            not_after: None,
        };
        let record = Attestation::record_id(&subject, 1);
        let body = attestation.to_body();
        let statement = self.sealed(attester, record, "attestation", 1, NOW - 86_400 * 40, Said::Body(body));
        let kept = self.keep(statement).unwrap();
        self.held().attested.entry(subject).or_default().push((kept, attestation));
    }

    /// Signs a statement of a publisher of this network.
    pub(crate) fn sealed(
        &self,
        publisher: &str,
        record: RecordId,
        kind: &str,
        version: u64,
        issued: u64,
        said: Said,
    ) -> Statement {
        let content = Content {
            publisher: name(publisher),
            record,
            kind: kind.parse().unwrap(),
            schema: 1,
            epoch: 1,
            version,
            issued: Moment::from_seconds(issued).unwrap(),
            said,
        };
        Statement::seal(&content, &self.keys[&content.publisher], &self.network).unwrap()
    }

    /// Says something about a record, signed by a publisher of this network.
    pub(crate) fn say(&self, publisher: &str, number: u8, kind: &str, body: serde_json::Value) -> RecordId {
        let serde_json::Value::Object(body) = body else { panic!("a body is an object") };
        let body = record::json::to_map(body).unwrap();
        let record = RecordId::v7(NOW * 1_000, [number; 10]);
        let issued = NOW - 3_600 * u64::from(number);
        self.keep(self.sealed(publisher, record, kind, 1, issued, Said::Body(body))).unwrap();
        record
    }

    /// Keeps a statement and feeds the catalogue.
    pub(crate) fn keep(&self, statement: Statement) -> Result<Kept, PortError> {
        let content = statement.content().clone();
        let voucher =
            self.voucher(&content.publisher).ok_or_else(|| refused("not-attested", "kein Schlüssel"))?;
        if !voucher.keys.contains(&statement.key()) {
            return Err(refused("not-attested", "fremder Schlüssel"));
        }
        let mut held = self.held();
        let change = held.feed.len() as u64 + 1;
        let kept = Kept { statement: Arc::new(statement), change, voucher };
        held.heads.insert((content.publisher, content.record), kept.clone());
        held.feed.push(Change::Stands(kept.clone()));
        self.newest.send_replace(change);
        drop(held);
        let fed = [Fed::Stands(Arc::new(kept.statement.content().clone()))];
        self.joined.apply(&fed, change);
        self.catalogue.apply(&fed, change).unwrap();
        Ok(kept)
    }

    fn voucher(&self, publisher: &Name) -> Option<Voucher> {
        if publisher.depth() == 1 {
            let display_name =
                if publisher.as_str() == "th" { &self.anchor.name } else { "Land Schleswig-Holstein" };
            return Some(Voucher {
                subject: publisher.clone(),
                display_name: display_name.to_owned(),
                org_type: "state-body".to_owned(),
                ars: None,
                epoch: 1,
                keys: vec![self.keys[publisher].public()],
                may_attest: true,
                not_before: Moment::from_seconds(0).unwrap(),
                not_after: None,
                attester: None,
                attester_name: None,
                statement: None,
            });
        }
        let (kept, attestation) = self.held().attested.get(publisher)?.last()?.clone();
        Some(self.vouched(&kept, attestation))
    }

    fn vouched(&self, kept: &Kept, attestation: Attestation) -> Voucher {
        let attester = kept.statement.content().publisher.clone();
        Voucher {
            subject: attestation.subject,
            display_name: attestation.name,
            org_type: attestation.org_type,
            ars: attestation.ars.map(|ars| ars.to_string()),
            epoch: attestation.epoch,
            keys: attestation.keys,
            may_attest: attestation.may_attest,
            not_before: attestation.not_before,
            not_after: attestation.not_after,
            attester_name: self.voucher(&attester).map(|voucher| voucher.display_name),
            attester: Some(attester),
            statement: Some(kept.statement.id()),
        }
    }

    fn publisher_now(&self, name: &Name) -> Option<Publisher> {
        let voucher = self.keys.contains_key(name).then(|| self.voucher(name)).flatten()?;
        let attested = self.held().attested.get(name).cloned().unwrap_or_default();
        let floor = attested.iter().map(|(_, attestation)| attestation.floor).max().unwrap_or(1);
        let mut epochs: Vec<_> =
            attested.into_iter().map(|(kept, attestation)| self.vouched(&kept, attestation)).collect();
        if epochs.is_empty() {
            epochs.push(voucher.clone());
        }
        let held = self.held();
        let own = held.heads.values().map(|kept| kept.statement.content());
        let records = own.filter(|content| content.publisher == *name && !content.is_retracted()).count();
        Some(Publisher {
            name: name.clone(),
            display_name: voucher.display_name,
            floor,
            epochs,
            records: records as u64,
        })
    }
}

/// A publisher's name.
pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn published(kept: &Kept, changed: bool) -> Published {
    let content = kept.statement.content();
    Published {
        publisher: content.publisher.clone(),
        record: content.record,
        version: content.version,
        id: kept.statement.id(),
        changed,
    }
}

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

    fn indexed(&self) -> u64 {
        self.catalogue.checkpoint()
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
        let found = self.catalogue.matches(&publisher, record, lang, limit);
        Box::pin(async move { found.map_err(|error| PortError::Broken(error.to_string())) })
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
        let found = self.catalogue.used_by(&publishers, lang, limit);
        Box::pin(async move { found.map_err(|error| PortError::Broken(error.to_string())) })
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

    fn called(&self, names: Vec<Name>) -> Answer<'_, BTreeMap<Name, String>> {
        let known = names.into_iter().filter_map(|name| self.publisher_now(&name));
        let known = known.map(|known| (known.name, known.display_name)).collect();
        Box::pin(async move { Ok(known) })
    }

    fn bodies(&self) -> Answer<'_, Vec<Body>> {
        Box::pin(async move {
            let known = self.keys.keys().filter_map(|name| self.publisher_now(name));
            let body = |known: Publisher| Body {
                ars: known.epochs.last().and_then(|epoch| epoch.ars.clone()),
                name: known.name,
                display_name: known.display_name,
            };
            Ok(known.map(body).collect())
        })
    }

    fn seen(&self, since: Moment) -> Answer<'_, BTreeSet<Name>> {
        let seen = self.catalogue.publishers_since(since);
        Box::pin(async move { seen.map_err(|error| PortError::Broken(error.to_string())) })
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

    fn erase(&self, publisher: Name, record: RecordId, wish: Erasing) -> Answer<'_, Erased> {
        Box::pin(async move { self.erase_now(publisher, record, wish) })
    }

    fn lift(&self, publisher: Name, record: RecordId) -> Answer<'_, ()> {
        let lifted = self.held().erasures.remove(&(publisher, record)).map(drop);
        Box::pin(async move { lifted.ok_or_else(|| refused("not-found", "nicht gelöscht")) })
    }

    fn erasure(&self, publisher: &Name, record: RecordId) -> Option<Erasure> {
        self.held().erasures.get(&(publisher.clone(), record)).cloned()
    }

    fn admit(&self, statements: Vec<Vec<u8>>) -> Answer<'_, Admitted> {
        Box::pin(async move { self.admit_now(&statements) })
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
