//! The node's cabinet: drafts, notes and shortlists as plain files in its folder, and the journal beside them.

use crate::folder::Folder;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use web::cabinet::Cabinet;
use web::cabinet::CabinetError;
use web::cabinet::Deed;
use web::cabinet::Drawer;
use web::cabinet::PAPER_BYTES_MAX;
use web::cabinet::PAPERS_MAX;
use web::cabinet::Title;

/// The ending of papers.
const ENDING: &str = "json";
/// The journal in bytes; then it is set aside, and the one that was set aside before is gone.
const JOURNAL_BYTES_MAX: u64 = 1024 * 1024;
/// For the owner only.
const MODE: u32 = 0o600;

/// The files of one node.
#[derive(Debug)]
pub(crate) struct Files {
    folder: Folder,
    /// One writes at a time.
    writing: Mutex<()>,
}

impl Files {
    pub(crate) fn of(folder: &Folder) -> Files {
        Files { folder: folder.clone(), writing: Mutex::default() }
    }

    fn drawer(&self, drawer: Drawer) -> PathBuf {
        match drawer {
            Drawer::Drafts => self.folder.drafts(),
            Drawer::Notes => self.folder.overlay().join("notes"),
            Drawer::Shortlists => self.folder.overlay().join("shortlists"),
        }
    }

    fn paper(&self, drawer: Drawer, title: &Title) -> PathBuf {
        self.drawer(drawer).join(format!("{title}.{ENDING}"))
    }
}

fn disk(path: &Path, error: &std::io::Error) -> CabinetError {
    CabinetError::Disk(format!("{}: {error}; check the rights and the room on the disk", path.display()))
}

impl Cabinet for Files {
    fn titles(&self, drawer: Drawer) -> Result<Vec<Title>, CabinetError> {
        let folder = self.drawer(drawer);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(disk(&folder, &error)),
        };
        let mut titles = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| disk(&folder, &error))?.file_name();
            let title = name.to_str().and_then(|name| name.strip_suffix(".json"));
            titles.extend(title.and_then(|title| title.parse().ok()));
        }
        titles.sort();
        Ok(titles)
    }

    fn read(&self, drawer: Drawer, title: &Title) -> Result<Option<String>, CabinetError> {
        let path = self.paper(drawer, title);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(&path, &error)),
        }
    }

    fn write(&self, drawer: Drawer, title: &Title, text: &str) -> Result<(), CabinetError> {
        if text.len() > PAPER_BYTES_MAX {
            return Err(CabinetError::Length(text.len()));
        }
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.paper(drawer, title);
        if !path.exists() && self.titles(drawer)?.len() >= PAPERS_MAX {
            return Err(CabinetError::Full);
        }
        let folder = self.drawer(drawer);
        std::fs::create_dir_all(&folder).map_err(|error| disk(&folder, &error))?;
        Folder::write_secret(&path, text.as_bytes()).map_err(|error| CabinetError::Disk(format!("{error:#}")))
    }

    fn remove(&self, drawer: Drawer, title: &Title) -> Result<(), CabinetError> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.paper(drawer, title);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(disk(&path, &error)),
            _ => Ok(()),
        }
    }

    fn note(&self, deed: &Deed) -> Result<(), CabinetError> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.folder.journal();
        let written = || -> std::io::Result<()> {
            let mut line = serde_json::to_string(deed)?;
            line.push('\n');
            if std::fs::metadata(&path).is_ok_and(|about| about.len() > JOURNAL_BYTES_MAX) {
                std::fs::rename(&path, self.folder.journal_before())?;
            }
            let mut file = OpenOptions::new().create(true).append(true).mode(MODE).open(&path)?;
            file.write_all(line.as_bytes())
        };
        written().map_err(|error| disk(&path, &error))
    }

    fn deeds(&self, limit: usize) -> Result<Vec<Deed>, CabinetError> {
        let mut deeds = Vec::new();
        for path in [self.folder.journal(), self.folder.journal_before()] {
            let text = match std::fs::read(&path) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(disk(&path, &error)),
            };
            // A line that a power cut tore is passed over.
            let lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
            deeds.extend(lines.take(limit.saturating_sub(deeds.len())));
        }
        Ok(deeds)
    }
}

#[cfg(test)]
mod tests {
    use crate::cabinet::Files;
    use crate::folder::Folder;
    use record::moment::Moment;
    use web::cabinet::Cabinet as _;
    use web::cabinet::CabinetError;
    use web::cabinet::Deed;
    use web::cabinet::Drawer;
    use web::cabinet::PAPER_BYTES_MAX;
    use web::cabinet::Title;

    #[test]
    fn papers_lie_in_their_drawers_and_stay_after_a_restart() {
        let root = tempfile::tempdir().unwrap();
        let files = Files::of(&Folder::at(root.path()));
        let title: Title = "entwurf-1".parse().unwrap();
        assert_eq!(files.read(Drawer::Drafts, &title), Ok(None));
        files.write(Drawer::Drafts, &title, "{\"ä\":1}").unwrap();
        files.write(Drawer::Notes, &title, "note").unwrap();
        assert!(root.path().join("overlay/notes/entwurf-1.json").exists());
        assert!(root.path().join("drafts/entwurf-1.json").exists());
        let again = Files::of(&Folder::at(root.path()));
        assert_eq!(again.read(Drawer::Drafts, &title).unwrap().as_deref(), Some("{\"ä\":1}"));
        assert_eq!(again.titles(Drawer::Drafts).unwrap(), std::slice::from_ref(&title));
        again.remove(Drawer::Drafts, &title).unwrap();
        again.remove(Drawer::Drafts, &title).unwrap();
        assert_eq!(again.titles(Drawer::Drafts), Ok(Vec::new()));
        let long = "x".repeat(PAPER_BYTES_MAX + 1);
        assert_eq!(again.write(Drawer::Notes, &title, &long), Err(CabinetError::Length(long.len())));
    }

    #[test]
    fn the_journal_is_bounded_and_reads_newest_first() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        let files = Files::of(&folder);
        let at = |seconds| Moment::from_seconds(seconds).unwrap();
        for number in 0..9_000 {
            let deed = Deed { reason: "x".repeat(300), ..Deed::of(at(number), "rathaus", "published") };
            files.note(&deed).unwrap();
        }
        std::fs::OpenOptions::new()
            .append(true)
            .open(folder.journal())
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"{\"at\":"))
            .unwrap();
        let deeds = files.deeds(3_000).unwrap();
        assert_eq!(deeds.iter().map(|deed| deed.at).take(2).collect::<Vec<_>>(), [8_999, 8_998]);
        assert_eq!(deeds.len(), 3_000, "what was set aside is read as well");
        let size = |path| std::fs::metadata(path).unwrap().len();
        assert!(size(folder.journal()) + size(folder.journal_before()) < 2_200_000);
    }
}
