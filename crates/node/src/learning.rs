//! Tells the network which relays the signed records name, so that a node whose relays are gone finds others.

use crate::office::Office;
use crate::relays;
use std::sync::Arc;
use std::time::Duration;

/// Changes are gathered this long: records of relays are rare, others are not.
const GATHERED: Duration = Duration::from_secs(2);

/// Follows what stands until the keeper ends.
pub(crate) async fn run(office: Arc<Office>) {
    let Some((network, _)) = &office.network else { return };
    let mut standing = office.standing.clone();
    let mut told = Vec::new();
    loop {
        standing.borrow_and_update();
        let own = office.publisher.name().clone();
        match office.read(move |shelf| relays::addresses(shelf, &own)).await {
            Ok(addresses) if addresses != told => {
                network.learn(addresses.clone()).await;
                told = addresses;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(?error, "the records of relays could not be read"),
        }
        if standing.changed().await.is_err() {
            return;
        }
        tokio::time::sleep(GATHERED).await;
    }
}
