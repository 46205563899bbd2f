//! Demo records whose day of review is past: signed beside the desk, which rightly refuses such a day today.

use crate::draft::Checked;
use crate::draft::Defaults;
use crate::folder::Folder;
use crate::keeper::now;
use anyhow::Context as _;
use anyhow::bail;
use exchange::draft::Draft;
use exchange::draft::Form;
use jiff::civil::Date;
use record::envelope::Statement;
use record::name::Name;
use record::statement::Content;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use std::path::Path;
use std::path::PathBuf;

/// The epoch of a town that was attested once.
const FIRST_EPOCH: u64 = 1;

/// Where the draft says a day of review that is past, the file with its ready-signed statement; else none, and the
/// draft goes the way of all others. What is overdue is checked as of its last valid day. It can only have been
/// published before, so the demo, which has no past, hands it in signed, through the same door as every statement.
pub(crate) fn signed(file: &Path, publisher: &Name, folder: &Folder) -> anyhow::Result<Option<PathBuf>> {
    let place = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{place} cannot be read"))?;
    let draft = Draft::read(&text, Form::Toml).with_context(|| format!("{place} is no draft"))?;
    let Some(until) = review(&draft.body).filter(|until| *until < now().day()) else { return Ok(None) };
    let record = draft.record.with_context(|| format!("{place} is overdue and needs a fixed \"record\""))?;
    let checked = Checked::of(draft, &Defaults { today: until, ars: None, standing: Map::new() });
    if checked.is_refused() {
        bail!("{place} could not have been published on {until} either; mend it with a later valid_until");
    }
    let content = Content {
        publisher: publisher.clone(),
        record,
        kind: checked.draft.kind,
        schema: checked.schema,
        epoch: FIRST_EPOCH,
        version: 1,
        issued: now(),
        said: Said::Body(checked.draft.body),
    };
    let statement = Statement::seal(&content, &folder.read_key()?, &folder.read_network()?.network)?;
    let path = folder.root().join(format!("{record}.cose"));
    Folder::write(&path, statement.bytes())?;
    Ok(Some(path))
}

/// The day of review that a body says.
fn review(body: &Map) -> Option<Date> {
    body.get("valid_until").and_then(Value::as_text)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::commands::overdue::signed;
    use crate::folder::Folder;
    use record::envelope::Statement;
    use record::key::SecretKey;
    use record::name::Name;
    use std::path::PathBuf;
    use tempfile::TempDir;

    const DRAFT: &str = "kind = \"organisation\"\nrecord = \"01930000-0000-7000-8000-000000000001\"\n\
        title = \"Stadt Jena\"\nsummary = \"Stadt an der Saale.\"\nname = \"Stadt Jena\"\norg_type = \"company\"\n\
        level = \"municipality\"\narea = [\"16053\"]\n";

    fn town() -> (TempDir, Folder, Name) {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path());
        let key = SecretKey::from_seed([7; 32]);
        Folder::write_secret(&folder.key(), key.to_pem().as_bytes()).unwrap();
        let network = format!(
            "network = \"allmende-demo\"\n[[anchor]]\nlabel = \"th\"\nname = \"Thüringen\"\nkeys = [\"{}\"]\n",
            key.public()
        );
        Folder::write(&folder.network(), network.as_bytes()).unwrap();
        (root, folder, "th.jena".parse().unwrap())
    }

    fn draft(folder: &Folder, more: &str) -> PathBuf {
        let path = folder.root().join("draft.toml");
        std::fs::write(&path, format!("{DRAFT}{more}")).unwrap();
        path
    }

    #[test]
    fn what_is_overdue_is_signed_as_it_stands() {
        let (_root, folder, jena) = town();
        let file = draft(&folder, "valid_until = \"2024-05-31\"\n");
        let sealed = signed(&file, &jena, &folder).unwrap().unwrap();
        let network = folder.read_network().unwrap().network;
        let statement = Statement::open(&std::fs::read(sealed).unwrap(), &network).unwrap();
        let body = statement.content().body();
        assert_eq!(body.get("valid_until").and_then(|until| until.as_text()), Some("2024-05-31"));
        assert_eq!(statement.content().publisher, jena);
        assert_eq!(statement.content().version, 1);
    }

    #[test]
    fn the_others_go_their_usual_way() {
        let (_root, folder, jena) = town();
        for more in ["", "valid_until = \"9999-01-01\"\n"] {
            assert_eq!(signed(&draft(&folder, more), &jena, &folder).unwrap(), None, "{more}");
        }
    }

    #[test]
    fn being_overdue_hides_no_other_fault() {
        let (_root, folder, jena) = town();
        let file = draft(&folder, "valid_until = \"2024-05-31\"\naction_fields = [\"no-such-field\"]\n");
        let error = signed(&file, &jena, &folder).unwrap_err().to_string();
        assert!(error.contains("2024-05-31"), "{error}");
    }
}
