//! Serves the pages and the API on a listener until it is told to stop.

use crate::gate::Gate;
use std::future::Future;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves what is behind the gate until `stop` is ready; requests in work are then finished, new ones are not taken.
pub async fn serve(
    listener: TcpListener,
    gate: Gate,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = gate.service().into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
