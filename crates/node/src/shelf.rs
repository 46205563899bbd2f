//! What the pages read, as it lies at one moment: store, catalogue and trust. Reading waits for the disk.

use crate::vouchers::display_name;
use crate::vouchers::kept;
use crate::vouchers::voucher;
use catalogue::alike::Alike;
use catalogue::index::Catalogue;
use catalogue::register::Register;
use record::envelope::OpenError;
use record::envelope::Statement;
use record::name::Name;
use record::name::NetworkName;
use record::statement::RecordId;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use replica::trust::Trust;
use std::sync::Arc;
use store::disk::Disk;
use web::port::Change;
use web::port::Changes;
use web::port::Kept;
use web::port::Publisher;

/// What there is to read.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    pub(crate) network_name: NetworkName,
    pub(crate) disk: Disk,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) trust: Arc<Trust>,
    /// The newest change that `trust` knows of; the store may be a step ahead.
    pub(crate) change: u64,
}

/// Why something that is kept cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error("a kept statement no longer opens: {0}. `allmende doctor` looks the store over")]
    Open(#[from] OpenError),
    #[error(transparent)]
    Find(#[from] catalogue::index::FindError),
}

impl Shelf {
    /// The statement at a key, opened again: what is shown is what is signed.
    pub(crate) fn at(&self, key: &HeadKey) -> Result<Option<Kept>, ReadError> {
        let Some(change) = self.disk.statement(key)? else { return Ok(None) };
        let Some(bytes) = change.statement else { return Ok(None) };
        let statement = Statement::open(&bytes, &self.network_name)?;
        Ok(kept(&self.trust, statement, change.number))
    }

    pub(crate) fn record(&self, publisher: &Name, record: RecordId) -> Result<Option<Kept>, ReadError> {
        for set in [Set::Records, Set::Trust] {
            let found = self.at(&HeadKey { set, publisher: publisher.clone(), record })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    pub(crate) fn publisher(&self, name: &Name) -> Result<Option<Publisher>, ReadError> {
        let Some(standing) = self.trust.standing(name) else { return Ok(None) };
        Ok(Some(Publisher {
            name: name.clone(),
            display_name: display_name(&self.trust, name),
            floor: standing.floor(),
            epochs: standing.epochs().values().map(|vouched| voucher(&self.trust, vouched)).collect(),
            records: self.catalogue.count_of(name.as_str())?,
        }))
    }

    /// The municipalities that are most like a publisher.
    pub(crate) fn alike(
        &self,
        register: &Register,
        own: &Name,
        limit: usize,
    ) -> Result<Vec<Alike>, ReadError> {
        let ars = |name: &Name| {
            let newest = self.trust.standing(name)?.epochs().values().next_back()?;
            voucher(&self.trust, newest).ars
        };
        let publishers: Vec<_> =
            self.trust.standings().keys().map(|name| (name.clone(), ars(name))).collect();
        Ok(self.catalogue.alike(register, own, &publishers, limit)?)
    }

    pub(crate) fn publishers(&self) -> Result<Vec<Publisher>, ReadError> {
        let publishers = self.trust.standings().keys().map(|name| self.publisher(name));
        publishers.filter_map(Result::transpose).collect()
    }

    pub(crate) fn attestations(&self) -> Result<Vec<Kept>, ReadError> {
        let mut attestations = Vec::new();
        for name in self.trust.standings().keys() {
            for record in self.disk.records(Set::Trust, name)? {
                attestations.extend(self.at(&HeadKey {
                    set: Set::Trust,
                    publisher: name.clone(),
                    record,
                })?);
            }
        }
        Ok(attestations)
    }

    /// At most `limit` changes after number `since`. Those that the trust does not know of yet come next time:
    /// their keys may not be believed before, and who follows the feed would never hear of them.
    pub(crate) fn changes(&self, since: u64, limit: usize) -> Result<Changes, ReadError> {
        let changes = self.disk.changes(since, limit)?;
        let known = changes.into_iter().filter(|change| change.number <= self.change);
        let changes = known.filter_map(|change| self.change(change)).collect();
        Ok(Changes { changes, newest: self.disk.newest() })
    }

    /// A statement that no longer opens is left out, so that the feed goes on behind it.
    fn change(&self, change: replica::keeper::Change) -> Option<Change> {
        let HeadKey { publisher, record, .. } = change.key;
        let Some(bytes) = change.statement else {
            return Some(Change::Gone { change: change.number, publisher, record });
        };
        match Statement::open(&bytes, &self.network_name) {
            Ok(statement) => kept(&self.trust, statement, change.number).map(Change::Stands),
            Err(error) => {
                tracing::error!(
                    %publisher, %record, change = change.number, %error,
                    "a kept statement no longer opens and is left out of the change feed; \
                     `allmende doctor` looks the store over"
                );
                None
            }
        }
    }
}
