//! Feeds the catalogue from the store's change feed, on a thread of its own.

use crate::folder::Folder;
use crate::keeper::Standing;
use anyhow::Context as _;
use catalogue::change::Change;
use catalogue::index::Catalogue;
use record::envelope::Statement;
use record::name::NetworkName;
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
/// How far indexing stands back, 0 to 19: a processor that has nothing better to do indexes at full speed, but whoever
/// reads a page or takes in what others wrote does not wait for it.
const NICENESS: i32 = 19;
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
    network: NetworkName,
    mut standing: watch::Receiver<Standing>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name("indexing".to_owned()).spawn(move || {
        // On Linux this is the niceness of this thread and of those that the catalogue's writer starts from it.
        if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
            tracing::debug!(%error, "indexing runs with the priority of the rest");
        }
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let clock = clock.expect("a timer needs nothing from the system");
        loop {
            standing.borrow_and_update();
            match catch_up(&catalogue, &disk, &network) {
                Ok(()) => {
                    if clock.block_on(standing.changed()).is_err() {
                        return;
                    }
                }
                Err(error) => {
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
fn read(change: replica::keeper::Change, network: &NetworkName) -> Change {
    let HeadKey { publisher, record, .. } = change.key;
    match change.statement.map(|bytes| Statement::reopen(&bytes, network)) {
        Some(Ok(statement)) => Change::Stands(Arc::new(statement)),
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

fn catch_up(catalogue: &Catalogue, disk: &Disk, network: &NetworkName) -> anyhow::Result<()> {
    loop {
        let changes = disk.changes(catalogue.checkpoint(), BATCH_MAX)?;
        let Some(upto) = changes.last().map(|change| change.number) else { return Ok(()) };
        let mut taken = Vec::new();
        for change in changes {
            // Attestations are no records to be found; a record may share an id with one.
            if change.key.set == Set::Trust {
                continue;
            }
            taken.push(read(change, network));
        }
        let forgets = taken.iter().any(|change| match change {
            Change::Stands(statement) => statement.content().is_retracted(),
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
        let change = read(damaged, &"allmende-test".parse().unwrap());
        let Change::Gone { publisher, record: gone } = &change else { panic!("{change:?} stands") };
        assert_eq!((publisher.as_str(), *gone), ("th.jena", record));
        let catalogue = Catalogue::in_memory();
        catalogue.apply(&[change], 5).unwrap();
        assert_eq!(catalogue.checkpoint(), 5);
    }
}
