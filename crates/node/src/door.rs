//! The running node as its peers' side sees it: the keeper's loop to let statements in, the store to read.

use crate::desk::Desk;
use crate::keeper::Keeper;
use record::envelope::Statement;
use record::name::NetworkName;
use replica::admit::Outcome;
use replica::view::View;
use store::disk::Disk;

/// Loop and store of one node.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) keeper: Keeper,
    pub(crate) disk: Disk,
    pub(crate) network: NetworkName,
    pub(crate) instance: [u8; 8],
}

impl Desk for Door {
    type Reading = Disk;

    fn network(&self) -> &NetworkName {
        &self.network
    }

    fn instance(&self) -> [u8; 8] {
        self.instance
    }

    fn view(&self) -> View {
        self.keeper.view()
    }

    fn reading(&self) -> Disk {
        self.disk.clone()
    }

    async fn admit(&self, statements: Vec<Statement>) -> anyhow::Result<(Vec<Outcome>, View)> {
        Ok(self.keeper.admit(statements).await?)
    }

    async fn caught_up(&self) {
        self.keeper.caught_up().await;
    }
}
