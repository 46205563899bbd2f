//! A few towns and what they publish, for the stories.

use catalogue::change::Change;
use catalogue::found::Found;
use catalogue::index::Catalogue;
use catalogue::query::Query;
use record::moment::Moment;
use record::name::Name;
use record::statement::Content;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use record::value::Value;
use std::sync::Arc;

/// A record in the making: a measure of Jena unless something else is said.
#[derive(Clone)]
pub(crate) struct Draft(Content);

/// Record number `number`, by its German title.
pub(crate) fn measure(number: u8, title: &str) -> Draft {
    numbered(u16::from(number), title)
}

/// The same of many.
pub(crate) fn numbered(number: u16, title: &str) -> Draft {
    let content = Content {
        publisher: "th.jena".parse().unwrap(),
        record: RecordId::v7(u64::from(number), [number.to_be_bytes()[1]; 10]),
        kind: "measure".parse().unwrap(),
        schema: 1,
        epoch: 1,
        version: 1,
        issued: Moment::from_seconds(1_790_000_000).unwrap(),
        said: Said::Body(Map::new()),
    };
    Draft(content).with("title", german(title))
}

/// A text in German.
pub(crate) fn german(text: &str) -> Value {
    Value::Map(Map::from([("de".to_owned(), text.into())]))
}

/// A list of texts.
pub(crate) fn list(items: &[&str]) -> Value {
    items.iter().map(|item| Value::from(*item)).collect::<Vec<_>>().into()
}

impl Draft {
    pub(crate) fn with(mut self, field: &str, value: Value) -> Draft {
        if let Said::Body(body) = &mut self.0.said {
            body.insert(field.to_owned(), value);
        }
        self
    }

    pub(crate) fn by(mut self, publisher: &str) -> Draft {
        self.0.publisher = publisher.parse().unwrap();
        self
    }

    pub(crate) fn kind(mut self, kind: &str) -> Draft {
        self.0.kind = kind.parse().unwrap();
        self
    }

    /// The name under which it is kept.
    pub(crate) fn name(&self) -> (Name, RecordId) {
        (self.0.publisher.clone(), self.0.record)
    }

    /// Seconds after the others.
    pub(crate) fn later(mut self, seconds: u64) -> Draft {
        self.0.issued = self.0.issued.plus(seconds);
        self
    }

    pub(crate) fn retracted(mut self) -> Draft {
        self.0.said = Said::Retracted("outdated".parse().unwrap());
        self.0.version += 1;
        self
    }

    pub(crate) fn stands(&self) -> Change {
        Change::Stands(Arc::new(self.0.clone()))
    }

    pub(crate) fn gone(&self) -> Change {
        Change::Gone { publisher: self.0.publisher.clone(), record: self.0.record }
    }
}

/// A catalogue in memory that holds these records.
pub(crate) fn catalogue(drafts: &[Draft]) -> Catalogue {
    let catalogue = Catalogue::in_memory();
    let changes: Vec<Change> = drafts.iter().map(Draft::stands).collect();
    catalogue.apply(&changes, 1).unwrap();
    catalogue
}

/// What is found for a text.
pub(crate) fn find(catalogue: &Catalogue, text: &str) -> Found {
    catalogue.find(&Query { text: text.to_owned(), ..Query::default() }).unwrap()
}

/// The titles of what is found, best first.
pub(crate) fn titles(catalogue: &Catalogue, text: &str) -> Vec<String> {
    find(catalogue, text).hits.into_iter().map(|hit| hit.title).collect()
}
