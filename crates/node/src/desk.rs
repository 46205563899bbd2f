//! What the go-between needs of whoever judges and keeps statements; the keeper's loop is one, a rehearsal has another.

use record::envelope::Statement;
use record::name::NetworkName;
use replica::admit::Outcome;
use replica::keeper::Keeper;
use replica::view::View;
use std::sync::Arc;

/// What comes from the desk for the peers.
#[derive(Clone, Debug)]
pub enum News {
    /// A statement that was said or handed in here, to be announced.
    Said(Arc<[u8]>),
    /// Something that had waited stands now. It is not announced, so the peers are to be compared with.
    Released,
    /// A body was withdrawn: nothing that was made of it may be kept.
    Erased,
}

/// The one door, as the peers' side of a node sees it. Copies speak to the same replica.
pub trait Desk: Clone + Send + Sync + 'static {
    /// How kept statements are read, from any thread.
    type Reading: Keeper + Send + Sync + Clone + 'static;

    /// The network that it belongs to.
    fn network(&self) -> &NetworkName;

    /// Drawn when the store was made.
    fn instance(&self) -> [u8; 8];

    /// What is held now.
    fn view(&self) -> View;

    /// The kept statements.
    fn reading(&self) -> Self::Reading;

    /// Lets statements in, in order; answers what became of each, and what is held then.
    fn admit(
        &self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = anyhow::Result<(Vec<Outcome>, View)>> + Send;

    /// A peer was talked with to the end, and nothing of this publisher that it has is lacking here.
    fn caught_up(&self) -> impl Future<Output = ()> + Send;
}
