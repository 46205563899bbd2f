//! The fields of the index, and the fingerprint by which an index of another form is told.

use crate::analyzer::Analyzer;
use crate::stem::stem;
use record::kind::Lang;
use record::kind::vocabularies;
use record::statement::sha256;
use tantivy::schema::FAST;
use tantivy::schema::Field;
use tantivy::schema::INDEXED;
use tantivy::schema::IndexRecordOption;
use tantivy::schema::STORED;
use tantivy::schema::STRING;
use tantivy::schema::Schema;
use tantivy::schema::SchemaBuilder;
use tantivy::schema::TextFieldIndexing;
use tantivy::schema::TextOptions;

/// Raised by one whenever a word, a field or a stored card comes out differently than before,
/// so that older indexes are built anew.
const FORM: u64 = 1;

/// Fast field with the whole key, for the last tie-break.
pub(crate) const KEY: &str = "key";
/// Fast field with the moment of signing in seconds.
pub(crate) const ISSUED: &str = "issued";

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
}

/// Handles of all fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// `publisher/record`, unique.
    pub(crate) key: Field,
    /// When the standing version was signed.
    pub(crate) issued: Field,
    /// Facet.
    pub(crate) kind: Field,
    /// Facet, several.
    pub(crate) action_field: Field,
    /// Facet.
    pub(crate) land: Field,
    /// Facet.
    pub(crate) publisher: Field,
    /// Facet, several.
    pub(crate) stage: Field,
    /// Stems of the title.
    pub(crate) title: Pair,
    /// Stems of the summary.
    pub(crate) summary: Pair,
    /// Stems of the keywords.
    pub(crate) keywords: Pair,
    /// Stems of every other text.
    pub(crate) body: Pair,
    /// Stems of the labels of codes, of the kind, of publisher and Land.
    pub(crate) labels: Pair,
    /// Whole folded words of all texts, for beginnings of words.
    pub(crate) folded: Field,
    /// Words of titles, folded and as spelled, to complete what is being typed.
    pub(crate) spelled: Field,
    /// The stored card.
    pub(crate) card: Field,
}

impl Fields {
    /// The schema and the handles into it.
    pub(crate) fn build() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let fields = Fields {
            key: schema.add_text_field(KEY, STRING | FAST),
            issued: schema.add_u64_field(ISSUED, INDEXED | FAST),
            kind: schema.add_text_field("kind", STRING | FAST),
            action_field: schema.add_text_field("action_field", STRING | FAST),
            land: schema.add_text_field("land", STRING | FAST),
            publisher: schema.add_text_field("publisher", STRING | FAST),
            stage: schema.add_text_field("stage", STRING | FAST),
            title: pair(&mut schema, "title"),
            summary: pair(&mut schema, "summary"),
            keywords: pair(&mut schema, "keywords"),
            body: pair(&mut schema, "body"),
            labels: pair(&mut schema, "labels"),
            folded: schema.add_text_field("folded", text(Analyzer::Folded, IndexRecordOption::WithFreqs)),
            spelled: schema.add_text_field("spelled", STRING),
            card: schema.add_bytes_field("card", STORED),
        };
        (schema.build(), fields)
    }

    /// The fields that stems are looked up in, with the weight of a match there.
    pub(crate) fn weighted(&self) -> [(Pair, f32); 5] {
        [(self.title, 1.2), (self.summary, 1.0), (self.keywords, 1.0), (self.body, 1.0), (self.labels, 0.5)]
    }
}

fn pair(schema: &mut SchemaBuilder, name: &str) -> Pair {
    let mut of = |lang: Lang| {
        let options = text(Analyzer::Stems(lang), IndexRecordOption::WithFreqsAndPositions);
        schema.add_text_field(&format!("{name}_{}", lang.as_str()), options)
    };
    Pair { de: of(Lang::De), en: of(Lang::En) }
}

fn text(analyzer: Analyzer, record: IndexRecordOption) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default().set_tokenizer(analyzer.name()).set_index_option(record),
    )
}

/// 16 hexadecimal digits that change with the schema, with the stemmer, and with the labels of codes.
pub(crate) fn fingerprint(schema: &Schema) -> String {
    let mut parts = vec![FORM.to_string()];
    // The schema of a build always becomes JSON; were it not so, FORM and the rest would still tell.
    parts.push(serde_json::to_string(schema).unwrap_or_default());
    for probe in ["buergerbeteiligungen", "strassenbaeume", "foerdermoeglichkeiten", "libraries", "funding"] {
        parts.extend([Lang::De, Lang::En].into_iter().filter_map(|lang| stem(probe, lang)));
    }
    for vocabulary in vocabularies() {
        for term in &vocabulary.terms {
            parts.extend([term.code.clone(), term.label.de.clone(), term.label.en.clone()]);
        }
    }
    let hash = sha256(&parts.iter().flat_map(|part| [part.as_bytes(), b"\0"]).collect::<Vec<_>>());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
