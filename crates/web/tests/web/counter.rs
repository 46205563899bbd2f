//! Where the node in memory checks and publishes what an editor hands in.

use crate::town::NOW;
use crate::town::Town;
use crate::town::clock;
use crate::town::name;
use crate::town::published;
use crate::town::refused;
use exchange::draft::Draft;
use record::kind;
use record::kind::Finding;
use record::kind::Grade;
use record::statement::RecordId;
use record::statement::Said;
use record::value::Map;
use web::port::PortError;
use web::port::Published;

impl Town {
    pub(crate) fn findings(&self, draft: &Draft) -> Result<(Map, Vec<Finding>), PortError> {
        let kind = kind::kind(draft.kind.as_str()).ok_or_else(|| refused("kind", "unbekannte Art"))?;
        let body = kind::normalise(kind, draft.body.clone());
        let findings = kind::check(kind, &body, clock().day());
        Ok((body, findings))
    }

    pub(crate) fn publish_now(&self, draft: Draft, expected: Option<u64>) -> Result<Published, PortError> {
        let (body, findings) = self.findings(&draft)?;
        if findings.iter().any(|finding| finding.grade == Grade::Error) {
            let PortError::Refused { code, de, en, .. } = refused("invalid", "es fehlt etwas") else {
                unreachable!()
            };
            return Err(PortError::Refused { code, de, en, findings });
        }
        let record = draft.record.unwrap_or_else(|| {
            let mut held = self.held();
            held.dice += 1;
            RecordId::v7(NOW * 1_000, [held.dice | 0x80; 10])
        });
        let standing = self.held().heads.get(&(name("th.jena"), record)).cloned();
        let seen = standing.as_ref().map_or(0, |kept| kept.statement.content().version);
        if expected.is_some_and(|expected| expected != seen) {
            return Err(refused("conflict", "inzwischen geändert"));
        }
        if let Some(kept) = standing.filter(|kept| *kept.statement.content().body() == body) {
            return Ok(published(&kept, false));
        }
        let said = Said::Body(body);
        let kept = self.keep(self.sealed("th.jena", record, draft.kind.as_str(), seen + 1, NOW, said))?;
        Ok(published(&kept, true))
    }
}
