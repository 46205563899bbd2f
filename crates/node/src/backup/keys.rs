//! Keys in a backup: sealed under a passphrase, by Argon2id (RFC 9106) and XChaCha20-Poly1305.

use crate::backup::is_key;
use crate::folder::Folder;
use anyhow::Context as _;
use anyhow::anyhow;
use anyhow::bail;
use argon2::Algorithm;
use argon2::Argon2;
use argon2::Params;
use argon2::Version;
use chacha20poly1305::KeyInit as _;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::Aead as _;
use data_encoding::BASE64;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;

/// Memory for one passphrase, in KiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// The most memory that a backup may ask for, in KiB.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Passes over it.
const PASSES: u32 = 3;
/// The most passes that a backup may ask for.
const PASSES_MAX: u32 = 64;
/// A passphrase has at least so many characters.
pub(crate) const PASSPHRASE_CHARS_MIN: usize = 12;

/// The entry as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    keys: String,
}

fn dice<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut dice = [0; N];
    getrandom::fill(&mut dice).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    Ok(dice)
}

fn cipher(passphrase: &str, salt: &[u8], memory_kib: u32, passes: u32) -> anyhow::Result<XChaCha20Poly1305> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|error| anyhow!("{error}"))?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut key)
        .map_err(|error| anyhow!("{error}"))?;
    Ok(XChaCha20Poly1305::new(&key.into()))
}

/// Seals all keys of a folder.
pub(crate) fn seal(folder: &Folder, passphrase: &str) -> anyhow::Result<Sealed> {
    let mut keys = BTreeMap::new();
    for entry in std::fs::read_dir(folder.root())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_key(&name) {
            let text = std::fs::read_to_string(entry.path())
                .with_context(|| format!("the key {} cannot be read", entry.path().display()))?;
            keys.insert(name, text);
        }
    }
    let (salt, nonce) = (dice::<16>()?, dice::<24>()?);
    let cipher = cipher(passphrase, &salt, MEMORY_KIB, PASSES)?;
    let sealed = cipher.encrypt(&nonce.into(), serde_json::to_vec(&keys)?.as_slice());
    let sealed = sealed.map_err(|_| anyhow!("the keys could not be sealed"))?;
    Ok(Sealed {
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        salt: BASE64.encode(&salt),
        nonce: BASE64.encode(&nonce),
        keys: BASE64.encode(&sealed),
    })
}

impl Sealed {
    /// The keys by their file names.
    pub(crate) fn open(&self, passphrase: &str) -> anyhow::Result<BTreeMap<String, String>> {
        if self.memory_kib > MEMORY_KIB_MAX || self.passes > PASSES_MAX {
            bail!("the backup asks for more work than a passphrase is worth; it is damaged or not ours");
        }
        let damaged = || anyhow!("the keys in the backup are damaged");
        let read = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| damaged());
        let (salt, sealed) = (read(&self.salt)?, read(&self.keys)?);
        let nonce: [u8; 24] = read(&self.nonce)?.try_into().map_err(|_| damaged())?;
        let cipher = cipher(passphrase, &salt, self.memory_kib, self.passes)?;
        let opened = cipher.decrypt(&nonce.into(), sealed.as_slice());
        let opened = opened.map_err(|_| anyhow!("this passphrase does not open the keys of the backup"))?;
        let keys: BTreeMap<String, String> = serde_json::from_slice(&opened).map_err(|_| damaged())?;
        match keys.keys().find(|name| !is_key(name)) {
            Some(name) => bail!("\"{name}\" in the backup is no name of a key"),
            None => Ok(keys),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::backup::keys::seal;
    use crate::folder::Folder;

    #[test]
    fn keys_open_under_their_passphrase_and_no_other() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        std::fs::write(folder.key(), "geheim").unwrap();
        std::fs::write(folder.old_key(1, 2), "alt").unwrap();
        std::fs::write(folder.config(), "kein Schlüssel").unwrap();
        let sealed = seal(&folder, "korrekt pferd batterie").unwrap();
        let opened = sealed.open("korrekt pferd batterie").unwrap();
        let opened: Vec<_> = opened.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(opened, [("key.old-1-2.pem", "alt"), ("key.pem", "geheim")]);
        assert!(sealed.open("korrekt pferd").unwrap_err().to_string().contains("passphrase"));
        let mut greedy = sealed.clone();
        greedy.memory_kib = u32::MAX;
        assert!(greedy.open("x").is_err());
        assert!(!serde_json::to_string(&sealed).unwrap().contains("geheim"));
    }
}
