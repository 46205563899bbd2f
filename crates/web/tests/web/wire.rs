//! What the server does on the wire: slow heads, too many connections, a page that keeps itself current.

use crate::call::settings;
use crate::samples;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use web::gate::Gate;
use web::server::serve;
use web::settings::Limits;
use web::settings::Settings;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a free port; it stops when the sender is dropped.
async fn server(limits: Limits) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let settings = Settings { limits, ..settings() };
    let gate = Gate::new(settings);
    gate.open(Arc::new(samples::town().0));
    tokio::spawn(serve(listener, gate, async {
        let _ = stopped.await;
    }));
    (address, stop)
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is reset has ended as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server ends the connection");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn who_sends_its_head_drop_by_drop_is_given_up() {
    let (address, _stop) = server(Limits { head_seconds_max: 1, ..Limits::default() }).await;
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.unwrap();
    assert!(!read_all(&mut slow).await.contains(" 200 "));
    let mut quick = TcpStream::connect(address).await.unwrap();
    quick.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(read_all(&mut quick).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once() {
    let (address, _stop) = server(Limits { connections_max: 1, ..Limits::default() }).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    timeout(PATIENCE, first.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let mut second = TcpStream::connect(address).await.unwrap();
    let _ = second.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(read_all(&mut second).await, "");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let (address, _stop) = server(Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").await.unwrap();
    let _ = stream.write_all(&[b'x'; 100_000]).await;
    assert!(!read_all(&mut stream).await.contains(" 200 "));
}

#[tokio::test]
async fn the_network_page_keeps_itself_current() {
    let (address, _stop) = server(Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /network/live HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut held = Vec::new();
    let whole = async {
        while !String::from_utf8_lossy(&held).contains("Knoten verbunden") {
            let mut piece = [0; 4_096];
            let count = stream.read(&mut piece).await.unwrap();
            assert!(count > 0, "the stream ended: {}", String::from_utf8_lossy(&held));
            held.extend_from_slice(&piece[..count]);
        }
    };
    timeout(PATIENCE, whole).await.unwrap();
    let text = String::from_utf8_lossy(&held);
    assert!(text.contains("content-type: text/event-stream") && text.contains("event: network"), "{text}");
}
