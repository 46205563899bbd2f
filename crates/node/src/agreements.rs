//! With whom this node last agreed, kept over a restart: who was away asks for what is newer and not for everything.

use crate::folder::Folder;
use record::moment::Moment;
use replica::sync::report::Agreement;
use std::path::PathBuf;

/// One line a peer: its id, its store, the moment. The first line names the store here that all of it holds for.
#[derive(Clone, Debug)]
pub(crate) struct Agreements {
    path: PathBuf,
    instance: [u8; 8],
}

impl Agreements {
    pub(crate) fn at(path: PathBuf, instance: [u8; 8]) -> Agreements {
        Agreements { path, instance }
    }

    /// What an earlier run left for the same store. A line that cannot be read only costs a longer comparison.
    pub(crate) fn read(&self) -> Vec<(String, Agreement)> {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() != Some(hex(&self.instance).as_str()) {
            return Vec::new();
        }
        lines.filter_map(agreement).collect()
    }

    pub(crate) fn write(&self, agreements: impl IntoIterator<Item = (String, Agreement)>) {
        let mut text = format!("{}\n", hex(&self.instance));
        for (peer, Agreement { instance, at }) in agreements {
            text.push_str(&format!("{peer} {} {}\n", hex(&instance), at.seconds()));
        }
        if let Err(error) = Folder::write(&self.path, text.as_bytes()) {
            tracing::warn!(
                error = format!("{error:#}"),
                "when this node last agreed with whom cannot be written; the next start compares more"
            );
        }
    }
}

fn hex(bytes: &[u8; 8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn agreement(line: &str) -> Option<(String, Agreement)> {
    let mut words = line.split(' ');
    let (peer, instance, at) = (words.next()?, words.next()?, words.next()?);
    let instance = data_encoding::HEXLOWER.decode(instance.as_bytes()).ok()?;
    let at = Moment::from_seconds(at.parse().ok()?)?;
    Some((peer.to_owned(), Agreement { instance: instance.try_into().ok()?, at }))
}

#[cfg(test)]
mod tests {
    use crate::agreements::Agreements;
    use record::moment::Moment;
    use replica::sync::report::Agreement;

    #[test]
    fn agreements_hold_for_the_store_that_made_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agreements");
        let agreement = Agreement { instance: [3; 8], at: Moment::from_seconds(1_793_606_400).unwrap() };
        let ours = Agreements::at(path.clone(), [1; 8]);
        assert!(ours.read().is_empty());
        ours.write([("jena".to_owned(), agreement)]);
        assert_eq!(ours.read(), [("jena".to_owned(), agreement)]);
        assert!(Agreements::at(path.clone(), [2; 8]).read().is_empty());
        std::fs::write(&path, "0101010101010101\njena x 7\nrubbish\n").unwrap();
        assert!(ours.read().is_empty());
    }
}
