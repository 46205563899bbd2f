//! Erasing and taking in over the API, and what the status says of the disk.

use crate::answering::broken;
use crate::answering::refused;
use crate::erasures::Holding;
use crate::erasures::remove_drafts;
use crate::keeper::Standing;
use crate::office::Office;
use record::attestation::KIND;
use record::envelope::Statement;
use record::name::Name;
use record::statement::RecordId;
use replica::admit::Verdict;
use replica::erasure::Reach;
use replica::keeper::Keeper as _;
use replica::order::HeadKey;
use replica::order::Set;
use std::time::Duration;
use web::port::Admitted;
use web::port::Erased;
use web::port::Erasing;
use web::port::Erasure;
use web::port::Port as _;
use web::port::PortError;
use web::port::Storage;

/// How long who erases waits until the bytes are off the disk; then that goes on in the background.
const GONE_WAIT_MAX: Duration = Duration::from_secs(20);
/// The code under which a record is withdrawn before it is erased.
const WITHDRAWN_AS: &str = "legal";

impl Office {
    pub(crate) async fn forget(
        &self,
        publisher: Name,
        record: RecordId,
        wish: Erasing,
    ) -> Result<Erased, PortError> {
        if wish.reason.trim().is_empty() {
            return Err(refused(
                "reason",
                "Nennen Sie einen Grund: er steht danach an der Adresse des Eintrags.".to_owned(),
                "Give a reason: it is then shown at the record's address.".to_owned(),
            ));
        }
        let key = HeadKey { set: Set::Records, publisher, record };
        if self
            .disk
            .head(&HeadKey { set: Set::Trust, ..key.clone() })
            .map_err(|error| broken(&error))?
            .is_some()
        {
            return Err(refused(
                "attestation-erase",
                "Beglaubigungen werden nicht gelöscht, sondern mit „allmende revoke“ widerrufen.".to_owned(),
                format!("Attestations (kind {KIND}) are not erased but taken back, with `allmende revoke`."),
            ));
        }
        let is_own = key.publisher == *self.publisher.name();
        let kept_out = !is_own || wish.only_here;
        let withdrawn = match (kept_out, self.shelf().at(&key)?) {
            // What is not withdrawn everywhere would come back from everywhere.
            (false, Some(kept)) if !kept.statement.content().is_retracted() => {
                let code = WITHDRAWN_AS.parse().map_err(|error| broken(&error))?;
                Some(self.retract(record, code).await?)
            }
            _ => None,
        };
        self.keeper.erase(key, kept_out, wish.reason).await?;
        remove_drafts(&self.folder, record).map_err(|error| {
            PortError::Unavailable(format!("a draft of the record could not be removed: {error}"))
        })?;
        let gone = match tokio::time::timeout(GONE_WAIT_MAX, self.tidy.forget()).await {
            Err(_) => false,
            Ok(Ok(Ok(()))) => true,
            Ok(Ok(Err(why))) => {
                return Err(PortError::Unavailable(format!(
                    "the record is shown no more and stays so, but its bytes are still in files on the disk: {why}. \
                     That is tried again by itself; call the command again to hear of it"
                )));
            }
            Ok(Err(_)) => return Err(PortError::Unavailable("the node is stopping".to_owned())),
        };
        Ok(Erased { withdrawn, kept_out, gone })
    }

    pub(crate) async fn let_back(&self, publisher: Name, record: RecordId) -> Result<(), PortError> {
        let lifted = self.keeper.lift(HeadKey { set: Set::Records, publisher, record }).await?;
        match lifted {
            true => Ok(()),
            false => Err(refused(
                "not-found",
                "Dieser Eintrag ist hier nicht gelöscht.".to_owned(),
                "This record was not erased here.".to_owned(),
            )),
        }
    }

    /// Takes in what others signed, such as a snapshot; what does not open is counted and stops nothing.
    pub(crate) async fn take_in(&self, statements: Vec<Vec<u8>>) -> Result<Admitted, PortError> {
        let (network, mut told) = (self.network_name.clone(), Admitted::default());
        let opening = tokio::task::spawn_blocking(move || {
            let open = |bytes: &Vec<u8>| Statement::open(bytes, &network);
            statements.iter().map(open).collect::<Vec<_>>()
        });
        let mut opened = Vec::new();
        for statement in opening.await.map_err(|error| broken(&error))? {
            match statement {
                Ok(statement) => opened.push(statement),
                Err(error) => {
                    self.counters.count(error.code());
                    *told.refused.entry(error.code().to_owned()).or_default() += 1;
                }
            }
        }
        let (outcomes, _) = self.keeper.admit(opened).await?;
        for outcome in outcomes {
            let released =
                outcome.released.iter().filter(|(_, verdict)| *verdict == Verdict::Admitted).count();
            told.admitted += released as u64;
            match outcome.verdict {
                Verdict::Admitted => told.admitted += 1,
                Verdict::Known | Verdict::Passed => told.known += 1,
                Verdict::Held(_) => told.held += 1,
                Verdict::Refused(why) => *told.refused.entry(why.code().to_owned()).or_default() += 1,
            }
        }
        Ok(told)
    }

    pub(crate) fn erasures(&self, standing: &Standing) -> Vec<Erasure> {
        standing.erasures.iter().map(|(key, holding)| self.shown(key, holding)).collect()
    }

    pub(crate) fn erased_here(&self, publisher: &Name, record: RecordId) -> Option<Erasure> {
        let erasures = self.standing.borrow().erasures.clone();
        let key = HeadKey { set: Set::Records, publisher: publisher.clone(), record };
        erasures.get(&key).map(|holding| self.shown(&key, holding))
    }

    pub(crate) fn shown(&self, key: &HeadKey, holding: &Holding) -> Erasure {
        let statement = self.disk.statement(key).ok().flatten();
        let is_blank = statement.is_some_and(|change| change.statement.is_none());
        let head = self.disk.head(key).ok().flatten().filter(|_| is_blank);
        Erasure {
            publisher: key.publisher.clone(),
            record: key.record,
            reason: holding.reason.clone(),
            at: holding.at,
            kept_out: holding.reach == Reach::All,
            head: head.map(|head| (head.rank.epoch, head.rank.version, head.rank.id, head.issued)),
        }
    }

    pub(crate) fn storage(&self, standing: &Standing) -> Storage {
        let room = self.disk.room().ok();
        Storage {
            bytes: self.disk.size_on_disk().unwrap_or_default(),
            free_bytes: room.map_or(0, |room| room.free_bytes),
            full: room.is_some_and(|room| room.is_full()),
            mended: self.mended.clone(),
            set_aside: self.folder.set_aside().len() as u64,
            trouble: self.tidy.report().0,
            own_records: (standing.own_records, self.records_max),
        }
    }
}
