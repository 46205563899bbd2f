//! What is told of statements: to who published them, and to the log.

use record::envelope::Statement;
use record::name::Name;
use record::statement::RecordId;
use record::statement::StatementId;
use web::port::Published;

/// What is told of a statement after it was given away to be judged.
pub(super) struct About {
    pub(super) publisher: Name,
    pub(super) record: RecordId,
    pub(super) id: StatementId,
    pub(super) retracted: bool,
}

impl About {
    pub(super) fn of(statement: &Statement) -> About {
        let content = statement.content();
        About {
            publisher: content.publisher.clone(),
            record: content.record,
            id: statement.id(),
            retracted: content.is_retracted(),
        }
    }
}

/// What a publish is answered with.
pub(super) fn published(statement: &Statement, changed: bool) -> Published {
    let content = statement.content();
    Published {
        publisher: content.publisher.clone(),
        record: content.record,
        version: content.version,
        id: statement.id(),
        changed,
    }
}
