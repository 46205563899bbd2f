//! Which network, and which document of it, the statements in the store were judged by.

use crate::folder::Folder;
use anyhow::anyhow;
use anyhow::bail;
use record::document::Document;
use record::statement::sha256;
use replica::admit::Replica;
use store::disk::Disk;

/// The document's hash stands in this line of the file, the network's name in the one before.
const HASH_LINE: usize = 1;

fn lines(document: &Document) -> [String; 2] {
    let hash = sha256(&[document.write().as_bytes()]);
    [document.network.to_string(), data_encoding::HEXLOWER.encode(&hash)]
}

/// Refuses a store of another network: nothing in it would be valid here, and nothing of it shall be lost.
pub(crate) fn suits(folder: &Folder, document: &Document) -> anyhow::Result<()> {
    let kept = std::fs::read_to_string(folder.membership()).unwrap_or_default();
    let [_, hash] = lines(document);
    match kept.lines().next() {
        // The hash is over the name as well: where it holds, a name that differs is rot.
        _ if kept.lines().nth(HASH_LINE) == Some(hash.as_str()) => Ok(()),
        Some(network) if network != document.network.as_str() => bail!(
            "this folder holds the records of the network {network}, and its network.toml names the network {}. \
             Put the old document back, or make a new folder with `allmende init` for the other network",
            document.network
        ),
        _ => Ok(()),
    }
}

/// Judges again what stands when the document has changed: other anchors or another quota let other
/// statements stand, and nodes of one document have to agree.
pub(crate) fn renew(folder: &Folder, document: &Document, replica: &mut Replica<Disk>) -> anyhow::Result<()> {
    let kept = std::fs::read_to_string(folder.membership()).unwrap_or_default();
    let [network, hash] = lines(document);
    if kept.lines().nth(HASH_LINE) == Some(hash.as_str()) {
        return Ok(());
    }
    if !kept.is_empty() {
        let dropped = replica.judge_again()?;
        replica.flush()?;
        tracing::warn!(dropped, "the network document has changed; what it no longer carries was dropped");
    }
    Folder::write(&folder.membership(), format!("{network}\n{hash}\n").as_bytes())
}

/// The name of the store, drawn when it is first asked for: a store that is begun anew is another one, and peers must
/// not think that it still holds what the old one held.
pub(crate) fn instance(folder: &Folder) -> anyhow::Result<[u8; 8]> {
    let kept = std::fs::read_to_string(folder.instance()).unwrap_or_default();
    let kept = data_encoding::HEXLOWER.decode(kept.trim().as_bytes()).ok();
    if let Some(instance) = kept.and_then(|kept| kept.try_into().ok()) {
        return Ok(instance);
    }
    let mut instance = [0; 8];
    getrandom::fill(&mut instance).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    let text = format!("{}\n", data_encoding::HEXLOWER.encode(&instance));
    Folder::write(&folder.instance(), text.as_bytes())?;
    Ok(instance)
}
