//! Feeds the catalogue from the store's change feed, on a thread of its own.

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
use std::sync::Arc;
use std::time::Duration;
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

/// Changes that the catalogue takes in at once: what comes alone is found at once, and of what comes in bulk a commit
/// holds much, because each costs the same.
const BATCH_MAX: usize = 4_096;
/// Changes at once that are news, which somebody may wait for; more are a bulk, which stands back.
const NEWS_MAX: u64 = 64;
/// How often it is looked whether a search came upon damage.
const LOOK_FOR_DAMAGE: Duration = Duration::from_secs(5);
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

/// Follows the feed until the keeper ends.
pub(crate) fn start(
    catalogue: Arc<Catalogue>,
    joined: Arc<Joined>,
    disk: Disk,
    mut standing: watch::Receiver<Standing>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("indexing".to_owned()).spawn(move || {
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let clock = clock.expect("a timer needs nothing from the system");
        let mut failures = 0;
        loop {
            standing.borrow_and_update();
            match catch_up(&catalogue, &joined, &disk, failures) {
                Ok(true) => {
                    if standing.has_changed().is_err() {
                        return;
                    }
                    failures = 0;
                }
                Ok(false) => {
                    failures = 0;
                    // Now and then it is looked whether searches came upon damage, also when nothing is new.
                    let changed = clock
                        .block_on(async { tokio::time::timeout(LOOK_FOR_DAMAGE, standing.changed()).await });
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
                    let gone = clock.block_on(async {
                        tokio::time::timeout(PAUSE_AFTER_FAILURE, gone(&mut standing)).await
                    });
                    if gone.is_ok() {
                        return;
                    }
                }
            }
        }
    })
}

async fn gone(standing: &mut watch::Receiver<Standing>) {
    while standing.changed().await.is_ok() {}
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

/// Takes in what is new; whether the references have to look at still more that the catalogue knew before. An index
/// that is damaged, or could not be written again and again, is built anew beside, and takes its place when everything
/// is in; searching goes on meanwhile.
fn catch_up(catalogue: &Catalogue, joined: &Joined, disk: &Disk, failures: u32) -> anyhow::Result<bool> {
    if catalogue.is_damaged() || failures >= FAILURES_MAX && failures.is_multiple_of(FAILURES_MAX) {
        tracing::error!(
            failures,
            "the catalogue is damaged and is built anew; searching goes on as far as it can"
        );
        catalogue.begin_anew()?;
    }
    loop {
        let since = catalogue.checkpoint();
        let next = || take_in(catalogue, joined, disk, since);
        let is_bulk = disk.newest().saturating_sub(since) > NEWS_MAX;
        if !(if is_bulk { standing_back(next) } else { next() })? {
            break;
        }
    }
    catalogue.settle()?;
    // The references are kept in memory, so after a start they are behind the catalogue. They catch up piece by piece:
    // what comes in meanwhile is found no later for it.
    match batch(disk, joined.checkpoint())? {
        Some((taken, upto)) => joined.apply(&taken, upto),
        None => return Ok(false),
    }
    Ok(true)
}

/// Takes in the next changes after a number; whether there were any.
fn take_in(catalogue: &Catalogue, joined: &Joined, disk: &Disk, since: u64) -> anyhow::Result<bool> {
    let Some((taken, upto)) = batch(disk, since)? else { return Ok(false) };
    let forgets = taken.iter().any(|change| match change {
        Change::Stands(content) => content.is_retracted(),
        Change::Gone { .. } => true,
    });
    catalogue.apply(&taken, upto)?;
    if joined.checkpoint() == since {
        joined.apply(&taken, upto);
    }
    if forgets {
        // The index only marks what is gone; its words leave the files when the segment is rewritten.
        catalogue.purge()?;
    }
    Ok(true)
}

/// Changes after a number, and the number of the last of them.
fn batch(disk: &Disk, since: u64) -> anyhow::Result<Option<(Vec<Change>, u64)>> {
    let changes = disk.changes(since, BATCH_MAX)?;
    let Some(upto) = changes.last().map(|change| change.number) else { return Ok(None) };
    // Attestations are no records to be found; a record may share an id with one.
    let records = changes.into_iter().filter(|change| change.key.set != Set::Trust);
    Ok(Some((records.map(read).collect(), upto)))
}

#[cfg(test)]
mod tests {
    use crate::indexing::read;
    use catalogue::change::Change;
    use catalogue::index::Catalogue;
    use record::statement::RecordId;
    use replica::order::HeadKey;
    use replica::order::Set;

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
