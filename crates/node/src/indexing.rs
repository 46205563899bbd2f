//! Feeds the catalogue from the store's change feed, on a thread of its own.

use crate::folder::Folder;
use crate::keeper::Standing;
use anyhow::Context as _;
use catalogue::change::Change;
use catalogue::index::Catalogue;
use record::envelope::kept;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use std::sync::Arc;
use std::time::Duration;
use store::disk::Disk;
use tokio::sync::watch;

/// Changes that the catalogue takes in at once: what comes alone is found at once, and of what comes in bulk a commit
/// holds much, because each costs the same.
const BATCH_MAX: usize = 4_096;
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
    disk: Disk,
    mut standing: watch::Receiver<Standing>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("indexing".to_owned()).spawn(move || {
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let clock = clock.expect("a timer needs nothing from the system");
        let mut failures = 0;
        loop {
            standing.borrow_and_update();
            match catch_up(&catalogue, &disk, failures) {
                Ok(()) => {
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

/// Takes in everything that is new. An index that is damaged, or could not be written again and again, is built anew
/// beside, and takes its place when everything is in; searching goes on meanwhile.
fn catch_up(catalogue: &Catalogue, disk: &Disk, failures: u32) -> anyhow::Result<()> {
    if catalogue.is_damaged() || failures >= FAILURES_MAX && failures.is_multiple_of(FAILURES_MAX) {
        tracing::error!(
            failures,
            "the catalogue is damaged and is built anew; searching goes on as far as it can"
        );
        catalogue.begin_anew()?;
    }
    loop {
        let changes = disk.changes(catalogue.checkpoint(), BATCH_MAX)?;
        let Some(upto) = changes.last().map(|change| change.number) else { return Ok(catalogue.settle()?) };
        let mut taken = Vec::new();
        for change in changes {
            // Attestations are no records to be found; a record may share an id with one.
            if change.key.set == Set::Trust {
                continue;
            }
            taken.push(read(change));
        }
        let forgets = taken.iter().any(|change| match change {
            Change::Stands(content) => content.is_retracted(),
            Change::Gone { .. } => true,
        });
        catalogue.apply(&taken, upto)?;
        if forgets {
            // The index only marks what is gone; its words leave the files when the segment is rewritten.
            catalogue.purge()?;
        }
    }
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
