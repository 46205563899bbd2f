//! Own copies and the store: what the store lacks is brought in, what a newer version replaced is let go.

use crate::keeper::Clerk;
use crate::keeper::now;
use record::envelope::Statement;
use replica::admit::Verdict;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;

impl Clerk {
    /// Brings own copies in that the store does not hold: after a rebuild, and again when the own attestation
    /// has come, because until then they cannot stand.
    pub(super) fn bring_own(&mut self) {
        let statements = match self.own.statements(&self.replica.document().network) {
            Ok(statements) => statements,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the own copies could not be looked through");
                return;
            }
        };
        let mut brought = 0;
        for statement in statements {
            let id = statement.id();
            match self.replica.admit(statement, now()).map(|outcome| outcome.verdict) {
                Ok(Verdict::Admitted) => brought += 1,
                Ok(Verdict::Known | Verdict::Passed) => {}
                Ok(Verdict::Held(why) | Verdict::Refused(why)) => {
                    tracing::debug!(statement = %id, "an own copy does not stand now: {why}");
                }
                Err(error) => {
                    tracing::error!(statement = %id, %error, "an own copy could not be brought back")
                }
            }
        }
        self.forget_repeated();
        if brought > 0 {
            tracing::warn!(brought, "own copies were brought back into the store");
            self.released = true;
            if self.replica.flush().is_err() {
                tracing::warn!("the own copies reach the disk a little later");
            }
        }
    }

    /// Removes copies that were left over when the process was killed between a publish and its end.
    fn forget_repeated(&mut self) {
        for key in self.own.repeated() {
            if let Ok(Some(head)) = self.replica.keeper().head(&key) {
                // Somebody else may have signed far ahead with a stolen key: the newest copy stays in any case.
                let newest = self.own.newest(&key).unwrap_or_default();
                let (epoch, version) = newest.min((head.rank.epoch, head.rank.version));
                self.own.forget_older(&key, epoch, version);
            }
        }
    }

    pub(super) fn forget_older(&mut self, statement: &Statement) {
        let content = statement.content();
        if content.publisher == *self.publisher.name() {
            self.own.forget_older(&HeadKey::of(content), content.epoch, content.version);
        }
    }
}
