//! Serves the pages and the API on a listener until it is told to stop.

use crate::gate::Gate;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tower::Service as _;

/// The most that a connection may send before its head is complete, in bytes.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// How long to wait after the system gave no connection, such as when it is out of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves what is behind the gate until `stop` is ready; requests in work are then finished, new ones are not taken.
pub async fn serve(
    listener: TcpListener,
    gate: Gate,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let limits = gate.limits();
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let pages = gate.service();
    let mut protocol = http1::Builder::new();
    // Who sends its head drop by drop holds a connection no longer than this.
    protocol.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(limits.head_seconds_max));
    protocol.max_buf_size(HEAD_BYTES_MAX);
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        // One connection too many is closed at once, before it costs anything.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let pages = pages.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            pages.clone().call(request)
        });
        let connection = graceful.watch(protocol.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // What goes wrong on a connection is the visitor's affair: it went away, or it spoke no HTTP.
            let _ = connection.await;
            drop(place);
        });
    }
    graceful.shutdown().await;
    Ok(())
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Pages are written at once; waiting for more to send would only delay them.
                let _ = stream.set_nodelay(true);
                return (stream, address);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
