//! Reading a backup: everything is looked at before anything of it is used.

use crate::backup::END;
use crate::backup::ENTRY_BYTES_MAX;
use crate::backup::ERASED;
use crate::backup::End;
use crate::backup::ErasedHead;
use crate::backup::FILES;
use crate::backup::FORMAT;
use crate::backup::HEADER;
use crate::backup::Header;
use crate::backup::KEYS;
use crate::backup::STATEMENTS;
use crate::backup::Sum;
use crate::backup::belongs;
use crate::backup::keys::Sealed;
use anyhow::Context as _;
use anyhow::anyhow;
use anyhow::bail;
use record::cbor;
use record::document::Document;
use record::envelope::Statement;
use record::name::NetworkName;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

/// A backup that was looked at from end to end: whole, unchanged, and every signature in it holds.
#[derive(Debug)]
pub(crate) struct Checked {
    path: PathBuf,
    pub(crate) header: Header,
    pub(crate) network: NetworkName,
    pub(crate) keys: Option<Sealed>,
    pub(crate) erased: Vec<ErasedHead>,
    pub(crate) end: End,
}

/// One entry.
enum Entry {
    Header(Header),
    File(String, Vec<u8>),
    Keys(Sealed),
    Statements(Vec<Vec<u8>>),
    Erased(Vec<ErasedHead>),
    End(End),
}

impl Checked {
    /// Reads the whole file once. Nothing is kept of statements.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Checked> {
        let mut looking = Looking::default();
        each(path, &mut |entry, sum| looking.take(entry, sum))?;
        looking.done(path)
    }

    /// Shows every plain file: name and content.
    pub(crate) fn files(&self, see: &mut dyn FnMut(&str, &[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
        each(&self.path, &mut |entry, _| match entry {
            Entry::File(name, content) => see(&name, &content),
            _ => Ok(()),
        })
    }

    /// Shows every statement, a bundle at a time.
    pub(crate) fn statements(
        &self,
        see: &mut dyn FnMut(Vec<Statement>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        each(&self.path, &mut |entry, _| match entry {
            Entry::Statements(bundle) => see(open(&bundle, &self.network)?),
            _ => Ok(()),
        })
    }
}

fn open(bundle: &[Vec<u8>], network: &NetworkName) -> anyhow::Result<Vec<Statement>> {
    let open = |bytes: &Vec<u8>| Statement::open(bytes, network);
    bundle.iter().map(open).collect::<Result<Vec<_>, _>>().context("a statement in the backup does not open")
}

/// What is known after the entries so far.
#[derive(Default)]
struct Looking {
    header: Option<Header>,
    network: Option<NetworkName>,
    keys: Option<Sealed>,
    erased: Vec<ErasedHead>,
    statements: u64,
    end: Option<End>,
}

impl Looking {
    fn take(&mut self, entry: Entry, sum: &str) -> anyhow::Result<()> {
        if self.end.is_some() {
            bail!("something stands behind the end of the backup");
        }
        match entry {
            Entry::Header(header) if self.header.is_none() => self.header = Some(header),
            Entry::Header(_) => bail!("the backup begins twice"),
            _ if self.header.is_none() => {
                bail!("this is no backup of allmende: it does not begin with {HEADER}")
            }
            Entry::File(name, content) => {
                if name == "network.toml" {
                    let text = String::from_utf8(content)
                        .context("the network document in the backup is no text")?;
                    let document =
                        Document::read(&text).context("the network document in the backup is not usable")?;
                    self.network = Some(document.network);
                }
            }
            Entry::Keys(keys) => self.keys = Some(keys),
            Entry::Erased(erased) => self.erased = erased,
            Entry::Statements(bundle) => {
                let network = self.network.as_ref().context("the backup holds no network document")?;
                self.statements += open(&bundle, network)?.len() as u64;
            }
            Entry::End(end) => {
                if end.sha256 != sum {
                    bail!("the backup was changed: its hash is another than it says");
                }
                self.end = Some(end);
            }
        }
        Ok(())
    }

    fn done(self, path: &Path) -> anyhow::Result<Checked> {
        let Looking { header, network, keys, erased, statements, end } = self;
        let end = end.context("the backup is not whole: its end is missing")?;
        let header = header.context("the backup is empty")?;
        let network = network.context("the backup holds no network document")?;
        if network.as_str() != header.network || end.statements != statements {
            bail!("the backup contradicts itself");
        }
        Ok(Checked { path: path.to_owned(), header, network, keys, erased, end })
    }
}

/// Shows every entry, with the hash over all before it.
fn each(path: &Path, see: &mut dyn FnMut(Entry, &str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let place = || format!("the backup {} cannot be read", path.display());
    let file = File::open(path).with_context(place)?;
    let decoder = zstd::stream::read::Decoder::new(file).with_context(place)?;
    let mut tar = tar::Archive::new(decoder);
    let mut sum = Sum::default();
    for entry in tar.entries().with_context(place)? {
        let entry = entry.with_context(place)?;
        let name = entry.path().with_context(place)?.to_str().map(str::to_owned);
        let name = name.with_context(place)?;
        if entry.size() > ENTRY_BYTES_MAX {
            bail!("{}: \"{name}\" has more than {ENTRY_BYTES_MAX} bytes", place());
        }
        let mut content = Vec::new();
        entry.take(ENTRY_BYTES_MAX).read_to_end(&mut content).with_context(place)?;
        let before = sum.written();
        sum.add(&name, &content);
        see(read(name, content).with_context(place)?, &before).with_context(place)?;
    }
    Ok(())
}

fn read(name: String, content: Vec<u8>) -> anyhow::Result<Entry> {
    let what = || format!("\"{name}\" in the backup cannot be read");
    Ok(match name.as_str() {
        HEADER => Entry::Header(header(&content)?),
        KEYS => Entry::Keys(serde_json::from_slice(&content).with_context(what)?),
        ERASED => Entry::Erased(serde_json::from_slice(&content).with_context(what)?),
        END => Entry::End(serde_json::from_slice(&content).with_context(what)?),
        _ => match (name.strip_prefix(FILES), name.strip_prefix(STATEMENTS)) {
            (Some(file), _) if belongs(file) => Entry::File(file.to_owned(), content),
            (None, Some(_)) => {
                let bundle = cbor::decode(&content).with_context(what)?;
                let bundle = bundle.as_list().and_then(|list| {
                    list.iter().map(|one| one.as_bytes().map(<[u8]>::to_vec)).collect::<Option<Vec<_>>>()
                });
                Entry::Statements(bundle.with_context(what)?)
            }
            _ => return Err(anyhow!("\"{name}\" does not belong into a backup")),
        },
    })
}

fn header(content: &[u8]) -> anyhow::Result<Header> {
    #[derive(serde::Deserialize)]
    struct Version {
        format: u32,
    }
    let what = || format!("this is no backup of allmende: its {HEADER} cannot be read");
    let Version { format } = serde_json::from_slice(content).with_context(what)?;
    if format > FORMAT {
        bail!(
            "the backup has format {format}, this program knows {FORMAT}. Install the newer program and restore with it"
        );
    }
    serde_json::from_slice(content).with_context(what)
}

#[cfg(test)]
mod tests {
    use crate::backup::FORMAT;
    use crate::backup::Header;
    use crate::backup::reading::Checked;
    use crate::backup::writing::Writing;
    use record::document::Anchor;
    use record::document::Document;
    use record::envelope::Statement;
    use record::key::SecretKey;
    use record::moment::Moment;
    use record::statement::Content;
    use record::statement::RecordId;
    use record::statement::Said;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn header(format: u32) -> Header {
        Header {
            format,
            program: "0.1.0".to_owned(),
            network: "allmende-test".to_owned(),
            publisher: "th".to_owned(),
            made: "2026-11-02T08:00:00Z".to_owned(),
        }
    }

    fn statement(record: u8) -> Statement {
        let content = Content {
            publisher: "th".parse().unwrap(),
            record: RecordId::from_bytes([record; 16]),
            kind: "note".parse().unwrap(),
            schema: 1,
            epoch: 1,
            version: 1,
            issued: Moment::from_seconds(1_793_606_400).unwrap(),
            said: Said::Body(BTreeMap::from([("title".to_owned(), "Wertvoll".into())])),
        };
        Statement::seal(&content, &SecretKey::from_seed([1; 32]), &"allmende-test".parse().unwrap()).unwrap()
    }

    fn document() -> String {
        let keys = vec![SecretKey::from_seed([1; 32]).public()];
        let anchor = Anchor { name: "Freistaat Thüringen".to_owned(), keys };
        let network = "allmende-test".parse().unwrap();
        let anchors = BTreeMap::from([("th".to_owned(), anchor)]);
        Document { network, publisher_records_max: 100, anchors }.write()
    }

    fn written(path: &Path, header: &Header) {
        let mut writing = Writing::begin(path, header).unwrap();
        writing.file("network.toml", document().as_bytes()).unwrap();
        writing.file("own/a.cose", b"x").unwrap();
        (1..=3).for_each(|record| writing.statement(statement(record).bytes()).unwrap());
        writing.finish(&[], 7).unwrap();
    }

    fn all(checked: &Checked) -> Vec<Statement> {
        let mut all = Vec::new();
        let mut see = |bundle| {
            all.extend::<Vec<Statement>>(bundle);
            Ok(())
        };
        checked.statements(&mut see).unwrap();
        all
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        written(&path, &header(FORMAT));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let checked = Checked::read(&path).unwrap();
        assert_eq!((checked.end.change, checked.end.statements, &checked.header), (7, 3, &header(FORMAT)));
        let mut files = Vec::new();
        let mut see = |name: &str, _: &[u8]| {
            files.push(name.to_owned());
            Ok(())
        };
        checked.files(&mut see).unwrap();
        assert_eq!(files, ["network.toml", "own/a.cose"]);
        assert_eq!(all(&checked), (1..=3).map(statement).collect::<Vec<_>>());
    }

    #[test]
    fn no_damage_goes_unnoticed_and_a_newer_format_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        written(&path, &header(FORMAT));
        let whole = std::fs::read(&path).unwrap();
        let damaged = folder.path().join("damaged");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            std::fs::write(&damaged, &bytes).unwrap();
            // Where the compression has bits to spare the content is the same; then the backup is as good.
            if let Ok(checked) = Checked::read(&damaged) {
                assert_eq!(all(&checked), (1..=3).map(statement).collect::<Vec<_>>(), "byte {at}");
            }
            std::fs::write(&damaged, &whole[..at]).unwrap();
            assert!(Checked::read(&damaged).is_err(), "{at} bytes");
        }
        written(&path, &header(FORMAT + 1));
        let told = format!("{:#}", Checked::read(&path).unwrap_err());
        assert!(told.contains("format 2") && told.contains("newer program"), "{told}");
    }
}
