//! The desk of one node in a rehearsal: the real replica over the memory keeper.

use crate::rehearsal::ledger::Ledger;
use crate::rehearsal::shelf::Shelf;
use crate::signer::now;
use node::desk::News;
use record::document::Document;
use record::envelope::Statement;
use record::name::NetworkName;
use record::statement::StatementId;
use replica::admit::Outcome;
use replica::admit::Replica;
use replica::admit::Verdict;
use replica::keeper::KeepError;
use replica::view::View;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tokio::sync::mpsc;

/// What one node keeps. Copies are the same desk.
#[derive(Clone, Debug)]
pub(crate) struct Desk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    network: NetworkName,
    instance: [u8; 8],
    replica: Mutex<Replica<Shelf>>,
    shelf: Shelf,
    news: mpsc::Sender<News>,
    ledger: Arc<Ledger>,
}

impl Desk {
    /// An empty desk; what its peers are to hear goes to `news`.
    pub(crate) fn new(
        document: &Document,
        instance: [u8; 8],
        shelf: Shelf,
        news: mpsc::Sender<News>,
        ledger: Arc<Ledger>,
    ) -> Result<Desk, KeepError> {
        let replica = Mutex::new(Replica::open(document.clone(), shelf.clone())?);
        let network = document.network.clone();
        Ok(Desk(Arc::new(Inner { network, instance, replica, shelf, news, ledger })))
    }

    fn replica(&self) -> MutexGuard<'_, Replica<Shelf>> {
        self.0.replica.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets statements in through the one door, as the keeper's loop does.
    pub(crate) fn take(&self, statements: Vec<Statement>) -> Result<(Vec<Outcome>, View), KeepError> {
        let ids: Vec<StatementId> = statements.iter().map(Statement::id).collect();
        let (outcomes, view) = {
            let mut replica = self.replica();
            let outcomes = replica.admit_many(statements, now())?;
            (outcomes, replica.view())
        };
        let stands = |verdict: &Verdict| *verdict == Verdict::Admitted;
        let released = || outcomes.iter().flat_map(|outcome| &outcome.released);
        let released = || released().filter(|(_, verdict)| stands(verdict)).map(|(id, _)| *id);
        let admitted = ids.iter().zip(&outcomes).filter(|(_, outcome)| stands(&outcome.verdict));
        self.0.ledger.enter(admitted.map(|(id, _)| *id).chain(released()));
        if released().next().is_some() {
            // Where the queue is full, much is announced anyway, and the next comparison brings this.
            let _ = self.0.news.try_send(News::Released);
        }
        Ok((outcomes, view))
    }

    /// Says a statement here: it stands, and then it is announced, once.
    pub(crate) async fn say(&self, statement: Statement) -> Result<Verdict, KeepError> {
        let bytes = statement.bytes().clone();
        let (outcomes, _) = self.take(vec![statement])?;
        let _ = self.0.news.send(News::Said(bytes)).await;
        Ok(outcomes.into_iter().next().map_or(Verdict::Known, |outcome| outcome.verdict))
    }
}

impl node::desk::Desk for Desk {
    type Reading = Shelf;

    fn network(&self) -> &NetworkName {
        &self.0.network
    }

    fn instance(&self) -> [u8; 8] {
        self.0.instance
    }

    fn view(&self) -> View {
        self.replica().view()
    }

    fn reading(&self) -> Shelf {
        self.0.shelf.clone()
    }

    async fn admit(&self, statements: Vec<Statement>) -> anyhow::Result<(Vec<Outcome>, View)> {
        Ok(self.take(statements)?)
    }

    async fn caught_up(&self) {}
}
