//! Where relays are reached, by the signed records of kind `node` that stand here.

use crate::shelf::ReadError;
use crate::shelf::Shelf;
use crate::vouchers::display_name;
use catalogue::query::Filters;
use catalogue::query::LIMIT_MAX;
use catalogue::query::Query;
use record::name::Name;
use record::statement::RecordId;
use record::value::Map;
use record::value::Value;
use std::collections::BTreeSet;
use web::port::Relay;

/// The kind of these records.
pub(crate) const KIND: &str = "node";
/// Addresses that are passed on, at most.
const ADDRESSES_MAX: usize = 64;
/// Addresses of one record.
pub(crate) const RECORD_ADDRESSES_MAX: usize = 8;
/// Nodes of one publisher: nobody may fill the list alone.
const PUBLISHER_NODES_MAX: usize = 4;
/// Records that are looked through, the newest first, and as many of the own Land before them.
const RECORDS_SCANNED_MAX: usize = 1_000;
/// One address, in characters.
pub(crate) const ADDRESS_CHARS_MAX: usize = 400;
/// What stands between an address and the peer id behind it.
pub(crate) const PEER_MARK: &str = "/p2p/";

/// The id that the record of a node always has: saying it again is saying it of the same node.
pub(crate) fn record_id(peer_id: &str) -> RecordId {
    RecordId::derived(&[KIND.as_bytes(), peer_id.as_bytes()])
}

/// The addresses of all relays that are announced, of the own Land first, then of the shorter names.
pub(crate) fn addresses(shelf: &Shelf, own: &Name) -> Result<Vec<String>, ReadError> {
    let mut addresses: Vec<String> = Vec::new();
    for relay in announced(shelf, own)? {
        for address in relay.addresses {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    addresses.truncate(ADDRESSES_MAX);
    Ok(addresses)
}

/// All relays that are announced, in the same order.
pub(crate) fn announced(shelf: &Shelf, own: &Name) -> Result<Vec<Relay>, ReadError> {
    let mut places = BTreeSet::new();
    for land in [Some(own.land().to_owned()), None] {
        places.extend(found(shelf, own, land)?);
    }
    let mut relays: Vec<Relay> = Vec::new();
    for (_, _, publisher, record) in places {
        let of_publisher = relays.iter().filter(|relay| relay.publisher == publisher).count();
        let known: usize = relays.iter().map(|relay| relay.addresses.len()).sum();
        if of_publisher >= PUBLISHER_NODES_MAX || known >= ADDRESSES_MAX {
            continue;
        }
        let Some(kept) = shelf.record(&publisher, record)? else { continue };
        let content = kept.statement.content();
        if content.kind.as_str() != KIND || content.is_retracted() {
            continue;
        }
        let Some((peer_id, addresses)) = relay(content.body()) else { continue };
        let display_name = display_name(&shelf.trust, &publisher);
        relays.push(Relay { publisher, display_name, peer_id, addresses });
    }
    Ok(relays)
}

/// Whose records they are, in the order in which they are told.
type Told = (bool, usize, Name, RecordId);

fn found(shelf: &Shelf, own: &Name, land: Option<String>) -> Result<Vec<Told>, ReadError> {
    let mut told = Vec::new();
    while told.len() < RECORDS_SCANNED_MAX {
        let mut filters = Filters::none().with("kind", KIND);
        land.iter().for_each(|land| filters.add("land", land));
        let query = Query { filters, limit: LIMIT_MAX, offset: told.len(), ..Query::default() };
        let hits = shelf.catalogue.find(&query)?.hits;
        if hits.is_empty() {
            break;
        }
        told.extend(hits.into_iter().map(|hit| {
            let elsewhere = hit.publisher.land() != own.land();
            (elsewhere, hit.publisher.depth(), hit.publisher, hit.record)
        }));
    }
    Ok(told)
}

/// Peer id and addresses of a relay's record; nothing where it is another node's, or not as it should be.
fn relay(body: &Map) -> Option<(String, Vec<String>)> {
    let text = |field: &str| body.get(field).and_then(Value::as_text);
    let peer_id = text("peer_id").filter(|id| text("role") == Some("relay") && !id.is_empty())?;
    let ending = format!("{PEER_MARK}{peer_id}");
    let listed = body.get("addresses")?.as_list()?.iter().filter_map(Value::as_text);
    let is_whole = |address: &&str| {
        address.starts_with('/') && address.ends_with(&ending) && address.chars().count() <= ADDRESS_CHARS_MAX
    };
    let addresses: Vec<String> =
        listed.filter(is_whole).take(RECORD_ADDRESSES_MAX).map(str::to_owned).collect();
    (!addresses.is_empty()).then(|| (peer_id.to_owned(), addresses))
}

#[cfg(test)]
mod tests {
    use crate::relays::ADDRESSES_MAX;
    use crate::relays::KIND;
    use crate::relays::PUBLISHER_NODES_MAX;
    use crate::relays::addresses;
    use crate::relays::record_id;
    use crate::shelf::Shelf;
    use catalogue::change::Change;
    use catalogue::index::Catalogue;
    use record::attestation::Attestation;
    use record::document::Anchor;
    use record::document::Document;
    use record::envelope::Statement;
    use record::key::SecretKey;
    use record::moment::Moment;
    use record::name::Name;
    use record::statement::Content;
    use record::statement::RecordId;
    use record::statement::Said;
    use record::value::Map;
    use record::value::Value;
    use replica::admit::Replica;
    use replica::admit::Verdict;
    use replica::keeper::Keeper as _;
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use store::disk::Disk;
    use store::disk::Settings;
    use tempfile::TempDir;

    fn now() -> Moment {
        Moment::from_seconds(1_793_606_400).unwrap()
    }

    /// Everybody signs with the same key; the network has two Länder.
    struct Town {
        _root: TempDir,
        key: SecretKey,
        replica: Replica<Disk>,
        catalogue: Catalogue,
    }

    impl Town {
        fn new() -> Town {
            let root = tempfile::tempdir().unwrap();
            let key = SecretKey::from_seed([1; 32]);
            let anchor = |name: &str| Anchor { name: name.to_owned(), keys: vec![key.public()] };
            let document = Document {
                network: "allmende-test".parse().unwrap(),
                publisher_records_max: 1_000,
                anchors: BTreeMap::from([
                    ("th".to_owned(), anchor("Thüringen")),
                    ("sh".to_owned(), anchor("Schleswig-Holstein")),
                ]),
            };
            let disk = Disk::open(root.path(), &Settings { cache_bytes: 1024 * 1024 }).unwrap();
            let replica = Replica::open(document, disk).unwrap();
            Town { _root: root, key, replica, catalogue: Catalogue::in_memory() }
        }

        fn says(&mut self, publisher: &str, kind: &str, record: RecordId, said: Said) {
            let content = Content {
                publisher: publisher.parse().unwrap(),
                record,
                kind: kind.parse().unwrap(),
                schema: 1,
                epoch: 1,
                version: if matches!(said, Said::Body(_)) { 1 } else { 2 },
                issued: now(),
                said,
            };
            let network = self.replica.document().network.clone();
            let statement = Statement::seal(&content, &self.key, &network).unwrap();
            let outcome = self.replica.admit(statement.clone(), now()).unwrap();
            assert_eq!(outcome.verdict, Verdict::Admitted);
            if kind != "attestation" {
                let newest = self.replica.keeper().newest();
                self.catalogue
                    .apply(&[Change::Stands(Arc::new(statement.content().clone()))], newest)
                    .unwrap();
            }
        }

        fn vouch(&mut self, subject: &str) {
            let subject: Name = subject.parse().unwrap();
            let attestation = Attestation {
                name: subject.to_string(),
                org_type: "municipality".to_owned(),
                ars: None,
                keys: vec![self.key.public()],
                epoch: 1,
                floor: 1,
                may_attest: false,
                not_before: now().minus(60),
                not_after: None,
                subject: subject.clone(),
            };
            let record = Attestation::record_id(&subject, 1);
            self.says(subject.land(), "attestation", record, Said::Body(attestation.to_body()));
        }

        fn announce(&mut self, publisher: &str, peer_id: &str, role: &str, addresses: &[String]) {
            let addresses = addresses.iter().map(|address| Value::from(address.as_str())).collect::<Vec<_>>();
            let body = Map::from([
                ("role".to_owned(), role.into()),
                ("peer_id".to_owned(), peer_id.into()),
                ("addresses".to_owned(), addresses.into()),
            ]);
            self.says(publisher, KIND, record_id(peer_id), Said::Body(body));
        }

        fn addresses(self, own: &str) -> Vec<String> {
            let shelf = Shelf {
                network_name: self.replica.document().network.clone(),
                disk: self.replica.keeper().clone(),
                catalogue: Arc::new(self.catalogue),
                trust: self.replica.trust(),
                change: self.replica.keeper().newest(),
            };
            addresses(&shelf, &own.parse().unwrap()).unwrap()
        }
    }

    fn at(place: &str, peer_id: &str) -> String {
        format!("/dns4/{place}.example/tcp/4480/p2p/{peer_id}")
    }

    #[test]
    fn the_own_land_comes_first_and_only_standing_relays_are_told() {
        let mut town = Town::new();
        town.vouch("th.jena");
        town.announce("sh", "12Dsh", "relay", &[at("sh", "12Dsh")]);
        town.announce("th.jena", "12Djena", "relay", &[at("jena", "12Djena")]);
        town.announce("th", "12Dth", "relay", &[at("th", "12Dth"), at("th-alt", "12Dth"), at("th", "12Dth")]);
        town.announce("th", "12Dleise", "municipality", &[at("leise", "12Dleise")]);
        town.announce("sh", "12Dgone", "relay", &[at("gone", "12Dgone")]);
        town.says("sh", KIND, record_id("12Dgone"), Said::Retracted("withdrawn".parse().unwrap()));
        // What does not end in the peer id, or is none, is left out.
        town.announce("sh", "12Dlie", "relay", &[at("lie", "12Dother"), "relay.example".to_owned()]);
        let expected = [at("th", "12Dth"), at("th-alt", "12Dth"), at("jena", "12Djena"), at("sh", "12Dsh")];
        assert_eq!(town.addresses("th.gera"), expected);
    }

    #[test]
    fn nobody_fills_the_list_alone_and_it_ends() {
        let mut town = Town::new();
        for number in 0..10 {
            let id = format!("12Dmany{number}");
            town.announce("th", &id, "relay", &[at("many", &id)]);
        }
        for number in 0..12 {
            let name = format!("sh.t{number}");
            town.vouch(&name);
            let id = format!("12Dt{number}");
            let addresses: Vec<_> = (0..10).map(|way| at(&format!("way{way}"), &id)).collect();
            town.announce(&name, &id, "relay", &addresses);
        }
        let told = town.addresses("th.gera");
        assert_eq!(told.len(), ADDRESSES_MAX);
        assert_eq!(told.iter().filter(|address| address.contains("many")).count(), PUBLISHER_NODES_MAX);
        assert_eq!(told.iter().filter(|address| address.ends_with("12Dt0")).count(), 8);
    }
}
