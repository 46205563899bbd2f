//! The fields of the index, and the fingerprint by which an index of another form is told.

use crate::analysis::terms;
use crate::analyzer::Analyzer;
use crate::lexicon::listed;
use record::kind::Lang;
use record::statement::sha256;
use tantivy::schema::BytesOptions;
use tantivy::schema::FAST;
use tantivy::schema::Field;
use tantivy::schema::IndexRecordOption;
use tantivy::schema::STORED;
use tantivy::schema::STRING;
use tantivy::schema::Schema;
use tantivy::schema::SchemaBuilder;
use tantivy::schema::TextFieldIndexing;
use tantivy::schema::TextOptions;

/// Raised by one whenever a word, a field or a stored card comes out differently than before,
/// so that older indexes are built anew.
const FORM: u64 = 6;

/// Fast fields with the two halves of the record id, for the last tie-break.
pub(crate) const ID_HIGH: &str = "id_high";
/// The second half.
pub(crate) const ID_LOW: &str = "id_low";
/// Fast field with the codes that records are filtered and counted by.
pub(crate) const CODES: &str = "codes";
/// Fast field with the moment of signing in seconds.
pub(crate) const ISSUED: &str = "issued";
/// Fast fields with days as numbers, `20270331`.
pub(crate) const BEGINS: &str = "begins";
/// The last day of an event, of a call.
pub(crate) const ENDS: &str = "ends";
/// The day after which somebody should look again.
pub(crate) const VALID_UNTIL: &str = "valid_until";
/// Fast field: how well what the record says is proved by itself, 0 to 2.
pub(crate) const EVIDENCE: &str = "evidence";

/// Words of the title, by language.
pub(crate) const TITLE: &str = "title";
/// Words of every other text, by language.
pub(crate) const BODY: &str = "body";

/// One field for each language of the reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// German, and text whose language is not said or is neither German nor English.
    pub(crate) de: Field,
    /// English.
    pub(crate) en: Field,
}

impl Pair {
    /// The field of a language.
    pub(crate) fn of(self, lang: Lang) -> Field {
        match lang {
            Lang::De => self.de,
            Lang::En => self.en,
        }
    }

    /// The two fields of this name in the schema of an index.
    pub(crate) fn find(schema: &Schema, name: &str) -> tantivy::Result<Pair> {
        let of = |lang| schema.get_field(&of_lang(name, lang));
        Ok(Pair { de: of(Lang::De)?, en: of(Lang::En)? })
    }
}

/// Handles of all fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// The beginning of the hash of publisher and record id, unique.
    pub(crate) key: Field,
    /// As [`ID_HIGH`] and [`ID_LOW`].
    pub(crate) id: [Field; 2],
    /// What is filtered and counted, as `facet=code`.
    pub(crate) codes: Field,
    /// What is only looked up: codes of all vocabularies, labels of the publisher's name, references to other records.
    pub(crate) marks: Field,
    /// When the standing version was signed.
    pub(crate) issued: Field,
    /// Days, as [`BEGINS`] and so on.
    pub(crate) begins: Field,
    pub(crate) ends: Field,
    pub(crate) valid_until: Field,
    /// As [`EVIDENCE`].
    pub(crate) evidence: Field,
    /// Words of the title.
    pub(crate) title: Pair,
    /// Words of every other text.
    pub(crate) body: Pair,
    /// Words of titles, folded and as spelled, to complete what is being typed.
    pub(crate) spelled: Field,
    /// The stored card.
    pub(crate) card: Field,
}

impl Fields {
    /// The schema and the handles into it.
    pub(crate) fn build() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let names = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic),
        );
        let fields = Fields {
            key: schema.add_bytes_field("key", BytesOptions::default().set_indexed()),
            id: [schema.add_u64_field(ID_HIGH, FAST), schema.add_u64_field(ID_LOW, FAST)],
            codes: schema.add_text_field(CODES, names.clone() | FAST),
            marks: schema.add_text_field("marks", names),
            issued: schema.add_u64_field(ISSUED, FAST),
            begins: schema.add_u64_field(BEGINS, FAST),
            ends: schema.add_u64_field(ENDS, FAST),
            valid_until: schema.add_u64_field(VALID_UNTIL, FAST),
            evidence: schema.add_u64_field(EVIDENCE, FAST),
            title: pair(&mut schema, TITLE),
            body: pair(&mut schema, BODY),
            spelled: schema.add_text_field("spelled", STRING),
            card: schema.add_text_field("card", STORED),
        };
        (schema.build(), fields)
    }
}

fn of_lang(name: &str, lang: Lang) -> String {
    format!("{name}_{}", lang.as_str())
}

fn pair(schema: &mut SchemaBuilder, name: &str) -> Pair {
    let mut of = |lang: Lang| {
        let options = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(Analyzer::name(lang))
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        );
        schema.add_text_field(&of_lang(name, lang), options)
    };
    Pair { de: of(Lang::De), en: of(Lang::En) }
}

/// 16 hexadecimal digits that change with the schema, with the stemmer, and with the list of words.
pub(crate) fn fingerprint(schema: &Schema) -> String {
    let mut parts = vec![FORM.to_string()];
    // The schema of a build always becomes JSON; were it not so, FORM and the rest would still tell.
    parts.push(serde_json::to_string(schema).unwrap_or_default());
    for probe in ["buergerbeteiligungen", "strassenbaeume", "foerdermoeglichkeiten", "libraries", "funding"] {
        parts.extend([Lang::De, Lang::En].into_iter().flat_map(|lang| terms(probe, lang)));
    }
    parts.extend(listed().map(str::to_owned));
    let hash = sha256(&parts.iter().flat_map(|part| [part.as_bytes(), b"\0"]).collect::<Vec<_>>());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
