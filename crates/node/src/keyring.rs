//! The keys of this publisher: the one that signs, and the one that is to follow it.

use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::bail;
use record::key::SecretKey;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Old keys of one epoch that are kept beside each other; more than one only after files were restored by hand.
const OLD_KEYS_MAX: u32 = 100;

/// The keys as files and in memory.
#[derive(Debug)]
pub(crate) struct Keyring {
    folder: Folder,
    keys: Mutex<Keys>,
}

#[derive(Debug)]
struct Keys {
    current: Arc<SecretKey>,
    next: Option<Arc<SecretKey>>,
}

impl Keyring {
    /// Reads `key.pem`, and `key.next.pem` where a change of keys is under way.
    pub(crate) fn open(folder: &Folder) -> anyhow::Result<Keyring> {
        let current = Arc::new(folder.read_key()?);
        let next = folder.read_next_key()?.map(Arc::new);
        Ok(Keyring { folder: folder.clone(), keys: Mutex::new(Keys { current, next }) })
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        // A key is put in place whole, so one who panicked meanwhile left nothing half done.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key in `key.pem`.
    pub(crate) fn current(&self) -> Arc<SecretKey> {
        self.keys().current.clone()
    }

    /// The key in `key.next.pem`.
    pub(crate) fn next(&self) -> Option<Arc<SecretKey>> {
        self.keys().next.clone()
    }

    /// The key that is to follow; where there is none it is made, and on the disk when this returns.
    pub(crate) fn prepare(&self) -> anyhow::Result<Arc<SecretKey>> {
        let mut keys = self.keys();
        if let Some(next) = &keys.next {
            return Ok(next.clone());
        }
        let next = Arc::new(fresh()?);
        Folder::write_secret(&self.folder.next_key(), next.to_pem().as_bytes())?;
        keys.next = Some(next.clone());
        Ok(next)
    }

    /// The next key becomes the current one. The old one stays beside it as `key.old-EPOCH.pem`. Killed at any
    /// moment, there is a whole `key.pem`, and no key is lost.
    pub(crate) fn follow(&self, old_epoch: u64) -> anyhow::Result<()> {
        let mut keys = self.keys();
        let Some(next) = keys.next.clone() else { return Ok(()) };
        self.keep_old(&keys.current, old_epoch)?;
        self.folder.put_next_key_in_place()?;
        keys.current = next;
        keys.next = None;
        Ok(())
    }

    fn keep_old(&self, key: &SecretKey, epoch: u64) -> anyhow::Result<()> {
        let pem = key.to_pem();
        for copy in 1..=OLD_KEYS_MAX {
            let path = self.folder.old_key(epoch, copy);
            match std::fs::read_to_string(&path) {
                // It was kept before the program was killed.
                Ok(there) if there == pem => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Folder::write_secret(&path, pem.as_bytes());
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("{} cannot be read", path.display()));
                }
            }
        }
        bail!(
            "{OLD_KEYS_MAX} old keys of epoch {epoch} lie in {} already; move them to a safe place",
            self.folder.root().display()
        )
    }
}

/// A key that nobody had before.
pub(crate) fn fresh() -> anyhow::Result<SecretKey> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).context("the system gives no random numbers")?;
    Ok(SecretKey::from_seed(seed))
}

#[cfg(test)]
mod tests {
    use crate::folder::Folder;
    use crate::keyring::Keyring;
    use crate::keyring::fresh;
    use std::os::unix::fs::PermissionsExt as _;
    use tempfile::TempDir;

    fn folder() -> (TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        Folder::write_secret(&folder.key(), fresh().unwrap().to_pem().as_bytes()).unwrap();
        (root, folder)
    }

    #[test]
    fn the_next_key_takes_the_place_of_the_old_one() {
        let (_root, folder) = folder();
        let ring = Keyring::open(&folder).unwrap();
        let old = ring.current().public();
        let next = ring.prepare().unwrap().public();
        assert_eq!(ring.prepare().unwrap().public(), next, "asking again makes no other key");
        let mode = std::fs::metadata(folder.next_key()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Keyring::open(&folder).unwrap().next().unwrap().public(), next, "it outlives a restart");
        ring.follow(1).unwrap();
        let again = Keyring::open(&folder).unwrap();
        assert_eq!((again.current().public(), again.next().map(|key| key.public())), (next, None));
        let kept = std::fs::read_to_string(folder.old_key(1, 1)).unwrap();
        assert_eq!(record::key::SecretKey::from_pem(&kept).unwrap().public(), old);
        assert_eq!(std::fs::metadata(folder.old_key(1, 1)).unwrap().permissions().mode() & 0o777, 0o600);
        // Without a next key there is nothing to follow.
        again.follow(2).unwrap();
        assert_eq!(again.current().public(), next);
    }

    #[test]
    fn killed_between_the_steps_it_goes_on() {
        let (_root, folder) = folder();
        let ring = Keyring::open(&folder).unwrap();
        let (old, next) = (ring.current(), ring.prepare().unwrap().public());
        // The old key was kept, and then the power went.
        Folder::write_secret(&folder.old_key(1, 1), old.to_pem().as_bytes()).unwrap();
        let ring = Keyring::open(&folder).unwrap();
        assert_eq!(ring.current().public(), old.public());
        ring.follow(1).unwrap();
        assert_eq!(Keyring::open(&folder).unwrap().current().public(), next);
        assert!(!folder.old_key(1, 2).exists(), "the same key is kept once");
        // Another key of the same epoch, from a backup, is not written over.
        Folder::write_secret(&folder.old_key(1, 1), b"another").unwrap();
        let kept = ring.current().to_pem();
        ring.prepare().unwrap();
        ring.follow(1).unwrap();
        assert_eq!(std::fs::read(folder.old_key(1, 1)).unwrap(), b"another");
        assert_eq!(std::fs::read_to_string(folder.old_key(1, 2)).unwrap(), kept);
    }

    #[test]
    fn a_damaged_next_key_is_told() {
        let (_root, folder) = folder();
        std::fs::write(folder.next_key(), "rubbish").unwrap();
        let told = format!("{:#}", Keyring::open(&folder).unwrap_err());
        assert!(told.contains("key.next.pem") && told.contains("allmende rotate"), "{told}");
    }
}
