//! One record as the index takes it.

use crate::card::Card;
use crate::card::codes;
use crate::fields::Fields;
use crate::suggest::spellings;
use crate::wording::Wording;
use record::attestation;
use record::kind::Lang;
use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use tantivy::TantivyDocument;
use tantivy::Term;

/// The term that names a record's entry.
pub(crate) fn key(fields: &Fields, publisher: &Name, record: RecordId) -> Term {
    Term::from_field_text(fields.key, &format!("{publisher}/{record}"))
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
    let mut entry = TantivyDocument::default();
    entry.add_text(fields.key, format!("{}/{}", content.publisher, content.record));
    entry.add_u64(fields.issued, content.issued.seconds());
    entry.add_text(fields.kind, &card.kind);
    entry.add_text(fields.land, content.publisher.land());
    entry.add_text(fields.publisher, &card.publisher);
    for code in &card.action_fields {
        entry.add_text(fields.action_field, code);
    }
    for code in codes(content.body().get("stage")) {
        entry.add_text(fields.stage, code);
    }
    let parts = [
        (fields.title, &wording.title),
        (fields.summary, &wording.summary),
        (fields.keywords, &wording.keywords),
        (fields.body, &wording.body),
        (fields.labels, &wording.labels),
    ];
    for (field, spoken) in parts {
        for lang in [Lang::De, Lang::En] {
            for text in spoken.of(lang) {
                entry.add_text(field.of(lang), text);
                entry.add_text(fields.folded, text);
            }
        }
    }
    for spelling in spellings(&wording.title) {
        entry.add_text(fields.spelled, spelling);
    }
    entry.add_bytes(fields.card, &serde_json::to_vec(&card)?);
    Ok(Some(entry))
}
