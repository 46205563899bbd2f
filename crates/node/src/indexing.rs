//! Feeds the catalogue from the store's change feed, on a thread of its own.

use crate::erasures::Holding;
use crate::folder::Folder;
use crate::keeper::Standing;
use anyhow::Context as _;
use catalogue::change::Change;
use catalogue::index::Catalogue;
use catalogue::joined::Joined;
use record::envelope::kept;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use store::disk::Disk;
#[cfg(target_os = "linux")]
use thread_priority::NormalThreadSchedulePolicy;
#[cfg(target_os = "linux")]
use thread_priority::ThreadPriority;
#[cfg(target_os = "linux")]
use thread_priority::ThreadSchedulePolicy;
#[cfg(target_os = "linux")]
use thread_priority::set_thread_priority_and_policy;
#[cfg(target_os = "linux")]
use thread_priority::thread_native_id;
use tokio::sync::watch;

/// Changes that are read at once.
const BATCH_MAX: usize = 4_096;
/// Of what comes in bulk a commit holds so many batches: the larger a segment is from the beginning, the less often its
/// records are written again.
const BATCHES_OF_BULK: usize = 4;
/// A commit holds no further batch once it holds so many bytes of statements, because the index may have all of them in
/// memory.
const COMMIT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Changes at once that are news, which somebody may wait for; more are a bulk, which stands back.
const NEWS_MAX: u64 = 64;
/// A bulk has come once no more than [`NEWS_MAX`] changes came within this time.
const LULL: Duration = Duration::from_millis(250);
/// So many lulls in a row it takes where more than [`BATCH_MAX`] are waited for: when a segment of the log is brought to the
/// disk, nothing comes for a while in the middle of a bulk.
const LULLS_OF_MUCH: u32 = 8;
/// So long the indexing of a bulk stands back: first it waits until the bulk has come, so that it is the checking and
/// keeping that has the processor, and a few large commits cost less than many; then it takes what nobody else wants of
/// the processor. Afterwards it takes its share. Search is no further behind than this and the time that indexing takes,
/// and `status` tells by how much.
const BEHIND_MAX: Duration = Duration::from_secs(20);
/// How often it is looked whether a search came upon damage and whether segments were merged.
const LOOK_EACH: Duration = Duration::from_secs(5);
/// Failures in a row after which the index is built anew.
const FAILURES_MAX: u32 = 3;
/// How long to wait after a failure, such as a full disk.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Opens the catalogue; one that is ahead of the store belongs to another store and is begun anew.
pub(crate) fn open(folder: &Folder, disk: &Disk) -> anyhow::Result<Arc<Catalogue>> {
    let path = folder.catalogue();
    if disk.newest() == 0 {
        clear(folder)?;
    }
    let catalogue = Catalogue::open(&path).with_context(|| {
        format!(
            "the catalogue in {} cannot be opened; check the rights and the room on the disk",
            path.display()
        )
    })?;
    if catalogue.checkpoint() <= disk.newest() {
        return Ok(catalogue.into());
    }
    drop(catalogue);
    clear(folder)?;
    Ok(Catalogue::open(&path)?.into())
}

fn clear(folder: &Folder) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder.catalogue()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).with_context(|| {
            format!("the catalogue in {} cannot be cleared away", folder.catalogue().display())
        }),
        _ => Ok(()),
    }
}

/// How long a bulk is waited for, and how often it is looked after the index.
#[derive(Clone, Copy, Debug)]
struct Patience {
    lull: Duration,
    behind_max: Duration,
    look_each: Duration,
}

/// Follows the feed until the keeper ends.
pub(crate) fn start(
    catalogue: Arc<Catalogue>,
    joined: Arc<Joined>,
    disk: Disk,
    standing: watch::Receiver<Standing>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let patience = Patience { lull: LULL, behind_max: BEHIND_MAX, look_each: LOOK_EACH };
    let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let clock = clock.expect("a timer needs nothing from the system");
    let erasures = standing.borrow().erasures.clone();
    let indexer = Indexer { catalogue, joined, disk, standing, clock, patience, erasures };
    std::thread::Builder::new().name("indexing".to_owned()).spawn(move || indexer.run())
}

/// Whoever feeds catalogue and references, from the store's change feed.
struct Indexer {
    catalogue: Arc<Catalogue>,
    joined: Arc<Joined>,
    disk: Disk,
    /// How things stand; closed when the keeper ends.
    standing: watch::Receiver<Standing>,
    clock: tokio::runtime::Runtime,
    patience: Patience,
    /// What was held back from here when everything was last taken in.
    erasures: Arc<BTreeMap<HeadKey, Holding>>,
}

impl Indexer {
    fn run(mut self) {
        let mut failures = 0;
        loop {
            self.standing.borrow_and_update();
            match self.catch_up(failures) {
                Ok(true) => {
                    if self.is_over() {
                        return;
                    }
                    failures = 0;
                }
                Ok(false) => {
                    failures = 0;
                    if let Err(error) = self.catalogue.adopt_merged() {
                        tracing::warn!(%error, "what was merged cannot be searched; searching goes on with what was there before");
                    }
                    // Now and then it is looked after the index, also when nothing is new.
                    let Indexer { clock, standing, patience, .. } = &mut self;
                    let changed = clock.block_on(async {
                        tokio::time::timeout(patience.look_each, standing.changed()).await
                    });
                    if changed.is_ok_and(|changed| changed.is_err()) {
                        return;
                    }
                }
                Err(error) => {
                    failures += 1;
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the catalogue could not take in what is new; trying again"
                    );
                    if self.is_over_within(PAUSE_AFTER_FAILURE) {
                        return;
                    }
                }
            }
        }
    }

    /// Whether the keeper has ended.
    fn is_over(&self) -> bool {
        self.standing.has_changed().is_err()
    }

    /// Waits this long, unless the keeper ends before.
    fn is_over_within(&self, time: Duration) -> bool {
        let mut standing = self.standing.clone();
        let gone = async move { while standing.changed().await.is_ok() {} };
        self.clock.block_on(async { tokio::time::timeout(time, gone).await }).is_ok()
    }

    /// Takes in what is new; whether the references have to look at still more that the catalogue knew before. An
    /// index that is damaged, or could not be written again and again, is built anew beside, and takes its place when
    /// everything is in; searching goes on meanwhile.
    fn catch_up(&mut self, failures: u32) -> anyhow::Result<bool> {
        if self.catalogue.is_damaged() || failures >= FAILURES_MAX && failures.is_multiple_of(FAILURES_MAX) {
            tracing::error!(
                failures,
                "the catalogue is damaged and is built anew; searching goes on as far as it can"
            );
            self.catalogue.begin_anew()?;
        }
        loop {
            let (began, since) = (Instant::now(), self.catalogue.checkpoint());
            // Asked each time: what begins with a few attestations may go on as a bulk.
            if self.lacks() > NEWS_MAX {
                let is_due = self.let_come(began);
                self.take_in_bulk(|| is_due || began.elapsed() >= self.patience.behind_max)?;
                if self.is_over() {
                    return Ok(true);
                }
            } else {
                self.erasures = self.erasures_now();
                self.take_in(since, 1)?;
            }
            if self.catalogue.checkpoint() == since {
                break;
            }
        }
        self.catalogue.settle()?;
        // The references are kept in memory, so after a start they are behind the catalogue. They catch up piece by
        // piece: what comes in meanwhile is found no later for it.
        match batch(&self.disk, self.joined.checkpoint())? {
            Some(batch) => self.joined.apply(&batch.changes, batch.upto),
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Changes that search does not know.
    fn lacks(&self) -> u64 {
        self.disk.newest().saturating_sub(self.catalogue.checkpoint())
    }

    fn erasures_now(&self) -> Arc<BTreeMap<HeadKey, Holding>> {
        self.standing.borrow().erasures.clone()
    }

    /// Waits until a bulk has come, or may not be waited for any longer: because search is far behind, or because
    /// something was erased that must not be found any more. Whether it is the latter.
    fn let_come(&mut self, began: Instant) -> bool {
        let mut lulls = 0;
        loop {
            let before = self.disk.newest();
            let is_over = self.is_over_within(self.patience.lull);
            let erasures = self.erasures_now();
            let is_erased = !Arc::ptr_eq(&erasures, &self.erasures);
            self.erasures = erasures;
            let is_lull = self.disk.newest().saturating_sub(before) <= NEWS_MAX;
            lulls = if is_lull { lulls + 1 } else { 0 };
            let has_come = lulls >= if self.lacks() > BATCH_MAX as u64 { LULLS_OF_MUCH } else { 1 };
            if is_over || is_erased || has_come || began.elapsed() >= self.patience.behind_max {
                return is_erased;
            }
        }
    }

    /// Takes in a bulk as far as it has come by now, standing back as long as it is not due; not to its end where the
    /// keeper ends, because the next start goes on with it.
    fn take_in_bulk(&self, is_due: impl Fn() -> bool) -> anyhow::Result<()> {
        let (upto, mut has_more) = (self.disk.newest(), true);
        while has_more && self.catalogue.checkpoint() < upto && !self.is_over() {
            let next = || self.take_in(self.catalogue.checkpoint(), BATCHES_OF_BULK);
            has_more = if is_due() { next() } else { standing_back(next) }?;
        }
        Ok(())
    }

    /// Takes in the next changes after a number, so many batches at most, as one commit; whether there were any. What
    /// has to be forgotten waits for no further batch, and neither does a node that stops.
    fn take_in(&self, since: u64, batches: usize) -> anyhow::Result<bool> {
        let (mut upto, mut bytes, mut forgets) = (since, 0, false);
        let portions = std::iter::from_fn(|| {
            if bytes >= COMMIT_BYTES_MAX || forgets || upto > since && self.is_over() {
                return None;
            }
            let batch = match batch(&self.disk, upto).transpose()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            bytes += batch.bytes;
            forgets = batch.changes.iter().any(|change| match change {
                Change::Stands(content) => content.is_retracted(),
                Change::Gone { .. } => true,
            });
            if self.joined.checkpoint() == upto {
                self.joined.apply(&batch.changes, batch.upto);
            }
            upto = batch.upto;
            Some(Ok((batch.changes, batch.upto)))
        });
        self.catalogue.apply_all(portions.take(batches))?;
        if forgets {
            // The index only marks what is gone; its words leave the files when the segment is rewritten.
            self.catalogue.purge()?;
        }
        Ok(upto > since)
    }
}

/// A statement that no longer opens is not found any more, and holds up none of those behind it.
fn read(change: replica::keeper::Change) -> Change {
    let HeadKey { publisher, record, .. } = change.key;
    match change.statement.map(|bytes| kept(&bytes)) {
        Some(Ok(content)) => Change::Stands(Arc::new(content)),
        Some(Err(error)) => {
            tracing::error!(
                %publisher, %record, change = change.number, %error,
                "a kept statement no longer opens and is left out of the catalogue; `allmende doctor` looks the store over"
            );
            Change::Gone { publisher, record }
        }
        None => Change::Gone { publisher, record },
    }
}

/// Does this on a thread that runs, with the threads it starts, only when no other wants the processor: what comes in
/// bulk is taken in and brought to the disk first, and whoever reads a page meanwhile does not wait.
fn standing_back<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let stand_back = || {
        #[cfg(target_os = "linux")]
        if let Err(error) = stand_back() {
            tracing::debug!(?error, "indexing runs with the priority of the rest");
        }
        work()
    };
    let ended = std::thread::scope(|scope| scope.spawn(stand_back).join());
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A thread of its own does this, because Linux lets nobody but root come back from it.
#[cfg(target_os = "linux")]
fn stand_back() -> Result<(), thread_priority::Error> {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle)
}

/// Changes that were read at once.
struct Batch {
    changes: Vec<Change>,
    /// The number of the last of them.
    upto: u64,
    /// The length of their statements.
    bytes: usize,
}

/// Changes after a number; nothing where there are none.
fn batch(disk: &Disk, since: u64) -> anyhow::Result<Option<Batch>> {
    let changes = disk.changes(since, BATCH_MAX)?;
    let Some(upto) = changes.last().map(|change| change.number) else { return Ok(None) };
    let bytes = changes.iter().filter_map(|change| change.statement.as_ref()).map(|bytes| bytes.len()).sum();
    // Attestations are no records to be found; a record may share an id with one.
    let records = changes.into_iter().filter(|change| change.key.set != Set::Trust);
    Ok(Some(Batch { changes: records.map(read).collect(), upto, bytes }))
}

#[cfg(test)]
mod tests {
    use crate::indexing::Indexer;
    use crate::indexing::NEWS_MAX;
    use crate::indexing::Patience;
    use crate::indexing::read;
    use crate::keeper::Standing;
    use catalogue::change::Change;
    use catalogue::index::Catalogue;
    use catalogue::joined::Joined;
    use record::document::Anchor;
    use record::document::Document;
    use record::envelope::Statement;
    use record::key::SecretKey;
    use record::moment::Moment;
    use record::name::NetworkName;
    use record::statement::Content;
    use record::statement::RecordId;
    use record::statement::Said;
    use record::statement::StatementId;
    use record::value::Map;
    use replica::admit::Replica;
    use replica::keeper::Keeper as _;
    use replica::keeper::Step;
    use replica::order::Head;
    use replica::order::HeadKey;
    use replica::order::Rank;
    use replica::order::Set;
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::thread::JoinHandle;
    use std::time::Duration;
    use std::time::Instant;
    use store::disk::Disk;
    use store::disk::Settings;
    use tempfile::TempDir;
    use tokio::sync::watch;

    /// Longer than any test may take.
    const FOREVER: Duration = Duration::from_secs(3_600);
    /// How long a test waits for anything.
    const END: Duration = Duration::from_secs(30);
    const PATIENT: Patience = Patience { lull: FOREVER, behind_max: FOREVER, look_each: FOREVER };
    /// Segments of a size that are not merged yet, at most.
    const SEGMENTS_MAX: usize = 5;
    /// What comes at once in these tests: as many as make each of them a bulk.
    const MUCH: u64 = 2 * NEWS_MAX;

    /// A store that fills, and the thread that indexes it.
    struct Town {
        _folder: TempDir,
        disk: Disk,
        key: SecretKey,
        network: NetworkName,
        catalogue: Arc<Catalogue>,
        standing: watch::Sender<Standing>,
        thread: JoinHandle<()>,
    }

    impl Town {
        fn new(patience: Patience) -> Town {
            let folder = tempfile::tempdir().unwrap();
            let key = SecretKey::from_seed([1; 32]);
            let anchor = Anchor { name: "Thüringen".to_owned(), keys: vec![key.public()] };
            let document = Document {
                network: "allmende-test".parse().unwrap(),
                anchors: [("th".to_owned(), anchor)].into(),
                publisher_records_max: 1_000_000,
            };
            let disk = Disk::open(&folder.path().join("store"), &Settings::default()).unwrap();
            let network = document.network.clone();
            let replica = Replica::open(document, disk.clone()).unwrap();
            let erasures = Arc::new(BTreeMap::new());
            let (standing, watched) = watch::channel(Standing {
                change: 0,
                trust: replica.trust(),
                view: replica.view(),
                waiting: 0,
                erasures: erasures.clone(),
                own_records: 0,
            });
            let catalogue = Arc::new(Catalogue::open(&folder.path().join("catalogue")).unwrap());
            let indexer = Indexer {
                catalogue: catalogue.clone(),
                joined: Arc::new(Joined::new()),
                disk: disk.clone(),
                standing: watched,
                clock: tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap(),
                patience,
                erasures,
            };
            let mut town = Town {
                _folder: folder,
                disk,
                key,
                network,
                catalogue,
                standing,
                thread: std::thread::spawn(|| {}),
            };
            town.come();
            town.thread = std::thread::spawn(move || indexer.run());
            town
        }

        fn statement(&self, record: RecordId) -> Arc<[u8]> {
            let content = Content {
                publisher: "th.jena".parse().unwrap(),
                record,
                kind: "measure".parse().unwrap(),
                schema: 1,
                epoch: 1,
                version: 1,
                issued: Moment::from_seconds(1_793_606_400).unwrap(),
                said: Said::Body(Map::from([("title".to_owned(), "Baum".into())])),
            };
            Statement::seal(&content, &self.key, &self.network).unwrap().bytes().clone()
        }

        /// Many more statements stand.
        fn come(&mut self) {
            let newest = self.disk.newest();
            let stand = |number: u64| {
                let record = RecordId::derived(&[&number.to_be_bytes()]);
                let key = HeadKey { set: Set::Records, publisher: "th.jena".parse().unwrap(), record };
                let id = StatementId::from_bytes([number as u8; 32]);
                let issued = Moment::from_seconds(1_793_606_400 + number).unwrap();
                let rank = Rank { epoch: 1, version: 1, id };
                Step::Stand(Head { key, rank, issued }, self.statement(record))
            };
            let steps: Vec<Step> = (newest..newest + MUCH).map(stand).collect();
            let change = self.disk.apply(&steps).unwrap();
            self.standing.send_modify(|standing| standing.change = change);
        }

        /// Lets statements come in without end until something holds.
        fn flows_until(&mut self, what: &str, mut holds: impl FnMut(&Town) -> bool) {
            let began = Instant::now();
            while !holds(self) {
                assert!(began.elapsed() < END, "in {END:?} it did not happen that {what}");
                self.come();
            }
        }

        /// Waits for something while nothing more comes.
        fn waits_until(&self, what: &str, holds: impl Fn(&Town) -> bool) {
            let began = Instant::now();
            while !holds(self) {
                assert!(began.elapsed() < END, "in {END:?} it did not happen that {what}");
                std::thread::park_timeout(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn a_bulk_is_indexed_once_it_has_come() {
        let patience = Patience { lull: Duration::from_millis(500), ..PATIENT };
        let mut town = Town::new(patience);
        let began = Instant::now();
        while began.elapsed() < 4 * patience.lull {
            town.come();
            assert_eq!(town.catalogue.checkpoint(), 0, "search waits while a bulk comes");
        }
        let newest = town.disk.newest();
        while town.catalogue.checkpoint() < newest {
            assert!(began.elapsed() < END, "what has come is never indexed");
            std::thread::park_timeout(Duration::from_millis(10));
        }
        drop(town.standing);
        town.thread.join().unwrap();
        assert_eq!(town.catalogue.checkpoint(), newest);
    }

    #[test]
    fn search_is_not_behind_for_ever_where_a_bulk_never_ends() {
        let behind_max = Duration::from_millis(100);
        let mut town = Town::new(Patience { lull: Duration::from_millis(50), behind_max, ..PATIENT });
        town.flows_until("search goes on", |town| town.catalogue.checkpoint() > 0);
        let first = town.catalogue.checkpoint();
        town.flows_until("search goes on again", |town| town.catalogue.checkpoint() > first);
    }

    #[test]
    fn what_is_erased_is_not_found_for_longer_because_much_comes_in() {
        let mut town = Town::new(Patience { lull: Duration::from_millis(50), ..PATIENT });
        town.come();
        let erased_at = town.disk.newest();
        town.standing.send_modify(|standing| standing.erasures = Arc::new(BTreeMap::new()));
        town.flows_until("what was erased is gone", |town| town.catalogue.checkpoint() >= erased_at);
    }

    #[test]
    fn what_was_merged_is_searched_though_nothing_comes() {
        let (lull, look_each) = (Duration::from_millis(1), Duration::from_millis(50));
        let mut town = Town::new(Patience { lull, look_each, ..PATIENT });
        let began = Instant::now();
        while town.catalogue.segments() <= SEGMENTS_MAX {
            assert!(began.elapsed() < END, "segments are always merged at once");
            town.come();
            let newest = town.disk.newest();
            town.waits_until("everything is found", |town| town.catalogue.shown() == newest);
        }
        town.waits_until("fewer segments are searched", |town| town.catalogue.segments() <= SEGMENTS_MAX);
    }

    #[test]
    fn a_node_that_stops_leaves_the_bulk_to_the_next_start() {
        let mut town = Town::new(PATIENT);
        town.come();
        drop(town.standing);
        town.thread.join().unwrap();
        assert_eq!(town.catalogue.checkpoint(), 0, "it ends at once");
    }

    #[test]
    fn a_statement_that_does_not_open_holds_up_nothing() {
        let record = RecordId::from_bytes([7; 16]);
        let key = HeadKey { set: Set::Records, publisher: "th.jena".parse().unwrap(), record };
        let damaged =
            replica::keeper::Change { number: 5, key, statement: Some(b"damaged".as_slice().into()) };
        let change = read(damaged);
        let Change::Gone { publisher, record: gone } = &change else { panic!("{change:?} stands") };
        assert_eq!((publisher.as_str(), *gone), ("th.jena", record));
        let catalogue = Catalogue::in_memory();
        catalogue.apply(&[change], 5).unwrap();
        assert_eq!(catalogue.checkpoint(), 5);
    }
}
