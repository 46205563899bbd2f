//! Peers that are kept away, on disk: a ban outlives a restart until it is lifted.

use crate::folder::Folder;
use network::peer::PeerName;
use std::path::PathBuf;

/// The longest reason that is kept, in characters.
const REASON_CHARS_MAX: usize = 300;

/// One line a ban: the peer's id, a space, the reason.
#[derive(Clone, Debug)]
pub(crate) struct Bans(PathBuf);

impl Bans {
    pub(crate) fn of(folder: &Folder) -> Bans {
        Bans(folder.bans())
    }

    /// All that are kept. A line that names no peer is left alone and has no effect.
    pub(crate) fn read(&self) -> Vec<(PeerName, String)> {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let ban = |line: &str| {
            let (peer, reason) = line.split_once(' ').unwrap_or((line, ""));
            Some((peer.parse().ok()?, reason.to_owned()))
        };
        text.lines().filter_map(ban).collect()
    }

    /// Keeps a ban, in place of an earlier one of the same peer.
    pub(crate) fn add(&self, peer: PeerName, reason: &str) -> anyhow::Result<()> {
        let reason: String =
            reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS_MAX).collect();
        let mut bans = self.read();
        bans.retain(|(banned, _)| *banned != peer);
        bans.push((peer, reason));
        self.write(&bans)
    }

    /// Lifts a ban; whether there was one.
    pub(crate) fn lift(&self, peer: PeerName) -> anyhow::Result<bool> {
        let mut bans = self.read();
        let before = bans.len();
        bans.retain(|(banned, _)| *banned != peer);
        if bans.len() == before {
            return Ok(false);
        }
        self.write(&bans).map(|()| true)
    }

    fn write(&self, bans: &[(PeerName, String)]) -> anyhow::Result<()> {
        let lines: String = bans.iter().map(|(peer, reason)| format!("{peer} {reason}\n")).collect();
        Folder::write(&self.0, lines.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use crate::bans::Bans;
    use crate::folder::Folder;
    use network::identity::PeerKey;

    #[test]
    fn a_ban_is_kept_until_it_is_lifted() {
        let folder = tempfile::tempdir().unwrap();
        let bans = Bans::of(&Folder::at(folder.path()));
        let [one, other] = [1, 2].map(|seed| PeerKey::from_seed([seed; 32]).peer_id());
        assert!(bans.read().is_empty());
        bans.add(one, "forged\nstatements").unwrap();
        bans.add(other, "").unwrap();
        bans.add(one, "forged again").unwrap();
        assert_eq!(bans.read(), [(other, String::new()), (one, "forged again".to_owned())]);
        assert!(bans.lift(other).unwrap() && !bans.lift(other).unwrap());
        assert_eq!(bans.read().len(), 1);
    }
}
