//! Serves the pages and the API on a listener until it is told to stop.

use crate::port::Port;
use crate::router::router;
use crate::settings::Settings;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves until `stop` is ready; requests in work are then finished, new ones are not taken.
pub async fn serve(
    listener: TcpListener,
    port: Arc<dyn Port>,
    settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(port, settings).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
