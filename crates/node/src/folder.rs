//! The data folder of a node: where everything lies, and how files are written so that they survive.

use anyhow::Context as _;
use anyhow::bail;
use record::document::Document;
use record::key::SecretKey;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// Rights of files with secrets: only the owner.
const SECRET_MODE: u32 = 0o600;
/// Rights of other files.
const OPEN_MODE: u32 = 0o644;
/// How the names of databases begin that were damaged and set aside; the time follows, in seconds since 1970.
const SET_ASIDE: &str = "store-damaged-";
/// How often a starting daemon tries to have the folder to itself.
const LOCK_TRIES_MAX: u32 = 10;
/// How long it waits in between.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Where a node keeps what it has.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at this path.
    pub fn at(root: &Path) -> Folder {
        Folder { root: root.to_owned() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.root.join("allmende.toml")
    }

    /// The network document.
    pub fn network(&self) -> PathBuf {
        self.root.join("network.toml")
    }

    /// Addresses added by `allmende peers add`, one a line.
    pub fn peers(&self) -> PathBuf {
        self.root.join("peers.txt")
    }

    /// The key that signs this publisher's statements.
    pub fn key(&self) -> PathBuf {
        self.root.join("key.pem")
    }

    /// The key that signs once it is attested.
    pub fn next_key(&self) -> PathBuf {
        self.root.join("key.next.pem")
    }

    /// A key that signed in this epoch; copies beyond the first are other keys of the same epoch.
    pub fn old_key(&self, epoch: u64, copy: u32) -> PathBuf {
        match copy {
            0 | 1 => self.root.join(format!("key.old-{epoch}.pem")),
            more => self.root.join(format!("key.old-{epoch}-{more}.pem")),
        }
    }

    /// The key that peers know this node by.
    pub fn peer_key(&self) -> PathBuf {
        self.root.join("peer.pem")
    }

    /// The database.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// Which network's statements the database holds.
    pub fn membership(&self) -> PathBuf {
        self.store().join("NETWORK")
    }

    /// The name of this store among all that the node ever had: it lies in the store and is lost with it.
    pub fn instance(&self) -> PathBuf {
        self.store().join("INSTANCE")
    }

    /// Says why the database was found damaged while it was in use: the next start begins it anew.
    pub fn found_damaged(&self) -> PathBuf {
        self.store().join("DAMAGED")
    }

    /// Peers that are kept away.
    pub fn bans(&self) -> PathBuf {
        self.root.join("bans.txt")
    }

    /// What was erased here, and why.
    pub fn erasures(&self) -> PathBuf {
        self.root.join("erasures.txt")
    }

    /// Databases that were damaged and set aside, oldest first.
    pub fn set_aside(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.root).into_iter().flatten().flatten();
        let is_aside = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(SET_ASIDE);
        let mut aside: Vec<PathBuf> =
            entries.filter(|entry| is_aside(&entry.file_name())).map(|entry| entry.path()).collect();
        aside.sort();
        aside
    }

    /// Where a database that is damaged now is set aside.
    pub fn fresh_aside(&self, seconds: u64) -> PathBuf {
        let place = |seconds: u64| self.root.join(format!("{SET_ASIDE}{seconds}"));
        // Two in one second happen when a node is started again and again; neither may stop the next start.
        let free = (seconds..).map(place).find(|place| !place.exists());
        free.unwrap_or_else(|| place(seconds))
    }

    /// With whom this node last agreed.
    pub fn agreements(&self) -> PathBuf {
        self.root.join("agreements")
    }

    /// The register of municipalities that the operator imported.
    pub fn register(&self) -> PathBuf {
        self.root.join("register.tsv")
    }

    /// Words of the same meaning that the operator adds, one group a line.
    pub fn synonyms(&self) -> PathBuf {
        self.root.join("synonyms.txt")
    }

    /// The full-text index.
    pub fn catalogue(&self) -> PathBuf {
        self.root.join("catalogue")
    }

    /// This publisher's own statements, as plain files.
    pub fn own(&self) -> PathBuf {
        self.root.join("own")
    }

    /// What is being written at the desk.
    pub fn drafts(&self) -> PathBuf {
        self.root.join("drafts")
    }

    /// Private notes, tags and shortlists; they never leave the node.
    pub fn overlay(&self) -> PathBuf {
        self.root.join("overlay")
    }

    /// Who did what at the desk and over the API.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    /// The older part of the journal.
    pub fn journal_before(&self) -> PathBuf {
        self.root.join("journal.before.jsonl")
    }

    /// The hashes of the tokens.
    pub fn tokens(&self) -> PathBuf {
        self.root.join("tokens.toml")
    }

    /// The token of the commands on this machine.
    pub fn api_token(&self) -> PathBuf {
        self.root.join("api.token")
    }

    /// What the running daemon says about itself.
    pub fn run(&self) -> PathBuf {
        self.root.join("run.json")
    }

    /// Makes the folder, for the owner only.
    pub fn create(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.root)
            .with_context(|| format!("the data folder {} cannot be made", self.root.display()))?;
        std::fs::set_permissions(&self.root, std::fs::Permissions::from_mode(0o700))
            .with_context(|| format!("the rights of {} cannot be set", self.root.display()))
    }

    /// Whether a daemon runs on the folder. It looks by holding the lock for a moment together with others that
    /// look, and never where a daemon has it.
    pub fn is_in_use(&self) -> anyhow::Result<bool> {
        let path = self.lock_file();
        let held = match File::open(&path) {
            Ok(file) => file.try_lock_shared(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => Err(TryLockError::Error(error)),
        };
        match held {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| {
                format!("{} cannot be read; run the command as the node's user", path.display())
            }),
        }
    }

    /// Keeps a second daemon away from the folder as long as the answer lives.
    pub fn lock(&self) -> anyhow::Result<File> {
        let path = self.lock_file();
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).with_context(|| {
                format!("{} cannot be written; check owner and rights of the data folder", path.display())
            })?;
        for _ in 0..LOCK_TRIES_MAX {
            if file.try_lock().is_ok() {
                return Ok(file);
            }
            // A command may just be looking whether a daemon runs.
            std::thread::sleep(LOCK_PAUSE);
        }
        bail!(
            "another allmende is running on the folder {}. Stop it first (its process id stands in run.json), \
             or choose another folder with --dir",
            self.root.display()
        )
    }

    fn lock_file(&self) -> PathBuf {
        self.root.join("LOCK")
    }

    /// The key that signs.
    pub fn read_key(&self) -> anyhow::Result<SecretKey> {
        read_key(&self.key())
    }

    /// The key that is to sign next, if there is one.
    pub fn read_next_key(&self) -> anyhow::Result<Option<SecretKey>> {
        let path = self.next_key();
        match path.try_exists() {
            Ok(false) => Ok(None),
            _ => read_key(&path).map(Some).with_context(|| {
                format!(
                    "a change of keys was begun and cannot go on. Bring {} back from your backup, or delete the file \
                     and begin anew with `allmende rotate`",
                    path.display()
                )
            }),
        }
    }

    /// Puts the next key in the place of the current one, in one step.
    pub fn put_next_key_in_place(&self) -> anyhow::Result<()> {
        let moved = || -> std::io::Result<()> {
            std::fs::rename(self.next_key(), self.key())?;
            File::open(&self.root)?.sync_all()
        };
        moved().with_context(|| {
            format!("{} cannot be put in place as key.pem; check the rights", self.next_key().display())
        })
    }

    /// The key that peers know.
    pub fn read_peer_key(&self) -> anyhow::Result<SecretKey> {
        read_key(&self.peer_key())
    }

    /// The network document.
    pub fn read_network(&self) -> anyhow::Result<Document> {
        let path = self.network();
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "there is no network document at {}. Ask your state agency for the file and install it with \
                 `allmende network set FILE`",
                path.display()
            )
        })?;
        Document::read(&text)
            .with_context(|| format!("the network document {} is not usable", path.display()))
    }

    /// Writes a file so that it is there whole or not at all, also after a power cut.
    pub fn write(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
        write_whole(path, contents, OPEN_MODE)
    }

    /// The same for a file that only the owner may read.
    pub fn write_secret(path: &Path, contents: &[u8]) -> anyhow::Result<()> {
        write_whole(path, contents, SECRET_MODE)
    }
}

fn read_key(path: &Path) -> anyhow::Result<SecretKey> {
    let place = path.display();
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("the key {place} cannot be read. Check owner and rights (0600), or bring it back from your backup; \
                 `allmende init` makes a new one only in a new folder")
    })?;
    SecretKey::from_pem(&text)
        .with_context(|| format!("the key {place} is damaged. Bring it back from your backup"))
}

/// Writes beside the file, brings it to the disk, and puts it in place.
fn write_whole(path: &Path, contents: &[u8], mode: u32) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let written = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(mode).open(&beside)?;
        file.set_permissions(std::fs::Permissions::from_mode(mode))?;
        file.write_all(contents)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    written().with_context(|| {
        format!("{} cannot be written; check the rights and the room on the disk", path.display())
    })
}
