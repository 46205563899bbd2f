//! Tidying: what no longer counts leaves the disk, by schedule or at once, while everybody goes on reading and writing.

use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::bail;
use catalogue::index::Catalogue;
use record::moment::Moment;
use record::name::NetworkName;
use replica::keeper::KeepError;
use replica::keeper::Keeper as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;
use store::compact::Purpose;
use store::disk::Disk;
use tokio::sync::oneshot;

/// How often it is looked whether room is to be given back.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Within this time versions that newer ones replaced are gone from the disk as well, retracted or not.
const REPLACED_KEPT_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the whole database is looked over; who writes waits meanwhile, some ten seconds at 10^6 records.
const LOOK_OVER_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after a start that is done first; what is small is read at the start itself.
const LOOK_OVER_FIRST: Duration = Duration::from_secs(10 * 60);
/// Of so many statements one has its signature checked then.
const SIGNATURES_EVERY: u64 = 50;
/// How long after a failure, such as a full disk, it is tried again.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(60);
/// A breath between two pieces of the log, so that who writes gets a turn.
const BREATH: Duration = Duration::from_millis(5);
/// How long the catalogue may take to hear of what is to be forgotten.
const CATALOGUE_WAIT_MAX: Duration = Duration::from_secs(60);
/// A database that was set aside holds what was forgotten since: it is kept this long, in seconds, and goes at once
/// where something is erased.
const ASIDE_KEPT_SECONDS: u64 = 7 * 24 * 60 * 60;

type Waiting = oneshot::Sender<Result<(), String>>;

/// The way to the tidying. Copies speak to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Tidy {
    shared: Arc<(Mutex<State>, Condvar)>,
    /// How long after a retraction its body may still be on the disk.
    after: Duration,
}

#[derive(Debug, Default)]
struct State {
    due: Option<Instant>,
    waiting: Vec<Waiting>,
    trouble: Option<String>,
    tidied: Option<Moment>,
    stops: bool,
}

enum Task {
    Forget(Vec<Waiting>),
    Look,
    Stop,
}

impl Tidy {
    /// A tidying by which a retracted body leaves the disk so long after.
    pub(crate) fn new(after: Duration) -> Tidy {
        Tidy { shared: Arc::default(), after }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was retracted, erased or let go: its bytes leave the disk in bounded time.
    pub(crate) fn owe(&self) {
        let latest = Instant::now() + self.after;
        let mut state = self.state();
        state.due = Some(state.due.map_or(latest, |due| due.min(latest)));
    }

    /// Lets everything leave the disk now that no longer counts; the answer comes when it is gone.
    pub(crate) fn forget(&self) -> oneshot::Receiver<Result<(), String>> {
        let (answer, answered) = oneshot::channel();
        self.state().waiting.push(answer);
        self.shared.1.notify_all();
        answered
    }

    pub(crate) fn stop(&self) {
        self.state().stops = true;
        self.shared.1.notify_all();
    }

    /// Why tidying failed last, if it did, and when it was done last since the start.
    pub(crate) fn report(&self) -> (Option<String>, Option<Moment>) {
        let state = self.state();
        (state.trouble.clone(), state.tidied)
    }

    fn stops(&self) -> bool {
        self.state().stops
    }

    fn next(&self) -> Task {
        let (mut state, began) = (self.state(), Instant::now());
        loop {
            let now = Instant::now();
            if state.stops {
                return Task::Stop;
            }
            if !state.waiting.is_empty() || state.due.is_some_and(|due| due <= now) {
                state.due = None;
                return Task::Forget(std::mem::take(&mut state.waiting));
            }
            if began.elapsed() >= LOOK_EVERY {
                return Task::Look;
            }
            let pause =
                state.due.map_or(LOOK_EVERY, |due| due.saturating_duration_since(now).min(LOOK_EVERY));
            let waited = self.shared.1.wait_timeout(state, pause);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Begins to tidy, on a thread of its own. What an earlier run left over is owed from now on.
    pub(crate) fn start(
        &self,
        disk: Disk,
        catalogue: Arc<Catalogue>,
        folder: Folder,
        network: NetworkName,
        clock: fn() -> Moment,
    ) -> std::io::Result<JoinHandle<()>> {
        if disk.dead_bytes() > 0 || disk.is_loose() || !folder.set_aside().is_empty() {
            self.owe();
        }
        let (tidy, forgotten) = (self.clone(), Instant::now());
        let look_over_at = forgotten + LOOK_OVER_FIRST;
        let mut room = Room { tidy, disk, catalogue, folder, clock, forgotten, network, look_over_at };
        std::thread::Builder::new().name("tidying".to_owned()).spawn(move || room.run())
    }
}

/// What is tidied.
struct Room {
    tidy: Tidy,
    disk: Disk,
    catalogue: Arc<Catalogue>,
    folder: Folder,
    clock: fn() -> Moment,
    forgotten: Instant,
    network: NetworkName,
    look_over_at: Instant,
}

impl Room {
    fn run(&mut self) {
        loop {
            match self.tidy.next() {
                Task::Stop => return,
                Task::Look => {
                    if let Err(error) = self.look() {
                        self.failed(&format!("{error:#}"));
                    }
                }
                Task::Forget(waiting) => {
                    let done = self.forget(!waiting.is_empty()).map_err(|error| format!("{error:#}"));
                    match &done {
                        // That the database is damaged stays told until it is begun anew.
                        Ok(()) if self.folder.found_damaged().exists() => {}
                        Ok(()) => self.tidy.state().trouble = None,
                        Err(why) => self.failed(why),
                    }
                    for answer in waiting {
                        let _ = answer.send(done.clone());
                    }
                }
            }
        }
    }

    /// Tells once what went wrong, and tries again later: to forget everything mends whatever was left undone.
    fn failed(&self, why: &str) {
        let mut state = self.tidy.state();
        if state.stops {
            return;
        }
        if state.trouble.as_deref() != Some(why) {
            tracing::error!(why, "what is to leave the disk could not be taken off it; it is tried again");
        }
        state.trouble = Some(why.to_owned());
        state.due.get_or_insert(Instant::now() + PAUSE_AFTER_FAILURE);
    }

    /// Gives room back where it is worth it, and lets replaced versions go once a day.
    fn look(&mut self) -> anyhow::Result<()> {
        if self.look_over_at <= Instant::now() {
            self.look_over_at = Instant::now() + LOOK_OVER_EVERY;
            self.look_over()?;
        }
        if self.forgotten.elapsed() >= REPLACED_KEPT_MAX {
            self.forgotten = Instant::now();
            if self.disk.dead_bytes() > 0 || self.disk.is_loose() {
                self.tidy.owe();
            }
        }
        if self.disk.needs_compaction() {
            self.compact(Purpose::Room)?;
        }
        Ok(())
    }

    /// Looks at every frame, every entry of the index and some signatures. A damaged database goes on as far as it can,
    /// and the next start begins it anew.
    fn look_over(&self) -> anyhow::Result<()> {
        let look = match self.disk.look(SIGNATURES_EVERY, &self.network) {
            Ok(look) if look.is_good() => return Ok(()),
            Ok(look) => look.findings.join("; "),
            Err(KeepError::Broken(why)) => why,
            Err(full @ KeepError::Full(_)) => return Err(full.into()),
        };
        Folder::write(&self.folder.found_damaged(), look.as_bytes())?;
        bail!(
            "the database is damaged: {look}. Start the node again: it is set aside then, and rebuilt from own copies and peers"
        )
    }

    /// Takes everything off the disk that no longer counts: out of the log, the catalogue's files, and databases that
    /// were set aside.
    fn forget(&mut self, at_once: bool) -> anyhow::Result<()> {
        let change = self.disk.newest();
        self.compact(Purpose::Erase)?;
        let began = Instant::now();
        while self.catalogue.checkpoint() < change {
            if self.tidy.stops() || began.elapsed() > CATALOGUE_WAIT_MAX {
                bail!("the catalogue has not caught up with the store");
            }
            std::thread::sleep(BREATH);
        }
        self.catalogue.purge()?;
        let now = (self.clock)();
        for aside in self.folder.set_aside() {
            let age = aside_since(&aside).map_or(u64::MAX, |since| now.seconds().saturating_sub(since));
            if at_once || age > ASIDE_KEPT_SECONDS {
                std::fs::remove_dir_all(&aside)
                    .with_context(|| format!("{} cannot be removed", aside.display()))?;
                tracing::warn!(aside = %aside.display(), "a database that was set aside is removed: it holds what is to be forgotten");
            }
        }
        self.forgotten = Instant::now();
        self.tidy.state().tidied = Some(now);
        Ok(())
    }

    fn compact(&mut self, purpose: Purpose) -> anyhow::Result<()> {
        let tidy = self.tidy.clone();
        let compacted = self.disk.compact(purpose, &mut |_| {
            std::thread::sleep(BREATH);
            if tidy.stops() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if compacted.is_stopped {
            bail!("the node stops; it goes on after the next start");
        }
        if compacted.before_bytes != compacted.after_bytes {
            let (before, after) = (compacted.before_bytes, compacted.after_bytes);
            tracing::info!(before, after, "the store was compacted; bytes on the disk");
        }
        Ok(())
    }
}

/// When a database was set aside, in seconds since 1970, by its name.
fn aside_since(aside: &std::path::Path) -> Option<u64> {
    aside.file_name()?.to_str()?.rsplit('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::folder::Folder;
    use crate::tidying::Room;
    use crate::tidying::Tidy;
    use catalogue::index::Catalogue;
    use record::moment::Moment;
    use record::statement::RecordId;
    use record::statement::StatementId;
    use replica::keeper::Keeper as _;
    use replica::keeper::Step;
    use replica::order::Head;
    use replica::order::HeadKey;
    use replica::order::Rank;
    use replica::order::Set;
    use std::sync::Arc;
    use std::time::Duration;
    use std::time::Instant;
    use store::compact::Purpose;
    use store::disk::Disk;
    use store::disk::Settings;

    fn stand(version: u64) -> Step {
        let record = RecordId::from_bytes([1; 16]);
        let key = HeadKey { set: Set::Records, publisher: "th.jena".parse().unwrap(), record };
        let rank = Rank { epoch: 1, version, id: StatementId::from_bytes([version as u8; 32]) };
        let issued = Moment::from_seconds(1_793_606_400).unwrap();
        Step::Stand(Head { key, rank, issued }, Arc::from(vec![version as u8; 400]))
    }

    fn room(folder: &Folder, disk: &Disk) -> Room {
        Room {
            tidy: Tidy::new(Duration::from_secs(600)),
            disk: disk.clone(),
            catalogue: Arc::new(Catalogue::in_memory()),
            folder: folder.clone(),
            clock: || Moment::from_seconds(1_793_606_400).unwrap(),
            forgotten: Instant::now(),
            network: "allmende-test".parse().unwrap(),
            look_over_at: Instant::now(),
        }
    }

    #[test]
    fn rot_that_comes_while_the_store_is_open_is_found_and_told() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        let mut disk = Disk::open(&folder.store(), &Settings { cache_bytes: 1024 * 1024 }).unwrap();
        disk.apply(&[stand(1)]).unwrap();
        disk.apply(&[stand(2)]).unwrap();
        let mut room = room(&folder, &disk);
        room.compact(Purpose::Erase).unwrap();
        room.look().unwrap();
        let segment = folder.store().join("log/0000000000000001.log");
        let mut bytes = std::fs::read(&segment).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&segment, bytes).unwrap();
        room.look_over_at = Instant::now();
        let told = room.look().unwrap_err().to_string();
        assert!(told.contains("the database is damaged") && told.contains("Start the node again"), "{told}");
        assert!(folder.found_damaged().exists());
        room.failed(&told);
        assert!(room.tidy.report().0.is_some());
    }

    #[test]
    fn what_is_owed_is_due_at_the_earlier_of_two_times() {
        let tidy = Tidy::new(Duration::from_secs(600));
        tidy.owe();
        let first = tidy.state().due;
        tidy.owe();
        assert_eq!(tidy.state().due, first, "a second retraction puts nothing off");
    }
}
