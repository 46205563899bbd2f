//! One record as the index takes it.

use crate::card::Card;
use crate::card::number;
use crate::codes::Codes;
use crate::fields::Fields;
use crate::suggest::spellings;
use crate::wording::Wording;
use record::attestation;
use record::kind::Lang;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::sha256;
use tantivy::TantivyDocument;
use tantivy::Term;

/// Of the hash of a record's name so many bytes are its key: as few as nobody can find a second name for.
const KEY_BYTES: usize = 12;

/// The term that names a record's entry: short, because there is one for each record, and looking it up and writing it
/// costs by its length.
pub(crate) fn key(fields: &Fields, publisher: &str, record: RecordId) -> Term {
    Term::from_field_bytes(fields.key, &key_bytes(publisher, record))
}

fn key_bytes(publisher: &str, record: RecordId) -> [u8; KEY_BYTES] {
    let hash = sha256(&[publisher.as_bytes(), b"/", record.as_bytes()]);
    std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default())
}

/// The entry of a record; none when it is withdrawn, or an attestation.
pub(crate) fn entry(
    fields: &Fields,
    content: &Content,
) -> Result<Option<TantivyDocument>, serde_json::Error> {
    if content.is_retracted() || content.kind.as_str() == attestation::KIND {
        return Ok(None);
    }
    let wording = Wording::of(content);
    let card = Card::of(content, &wording);
    let codes = Codes::of(content);
    let mut entry = TantivyDocument::default();
    entry.add_bytes(fields.key, &key_bytes(content.publisher.as_str(), content.record));
    let [high, low] = fields.id;
    let id = u128::from_be_bytes(*content.record.as_bytes());
    entry.add_u64(high, (id >> u64::BITS) as u64);
    entry.add_u64(low, id as u64);
    entry.add_u64(fields.issued, content.issued.seconds());
    entry.add_u64(fields.evidence, codes.evidence);
    let days =
        [(fields.begins, &card.begins), (fields.ends, &card.ends), (fields.valid_until, &card.valid_until)];
    for (field, day) in days {
        if let Some(day) = day.as_deref().and_then(number) {
            entry.add_u64(field, day);
        }
    }
    codes.codes.iter().for_each(|code| entry.add_text(fields.codes, code));
    codes.marks.iter().for_each(|mark| entry.add_text(fields.marks, mark));
    let parts = [
        (fields.title, &wording.title),
        (fields.body, &wording.summary),
        (fields.body, &wording.keywords),
        (fields.body, &wording.body),
    ];
    for (field, spoken) in parts {
        for lang in [Lang::De, Lang::En] {
            for text in spoken.of(lang) {
                entry.add_text(field.of(lang), text);
            }
        }
    }
    for spelling in spellings(&wording.title) {
        entry.add_text(fields.spelled, spelling);
    }
    entry.add_text(fields.card, serde_json::to_string(&card)?);
    Ok(Some(entry))
}
