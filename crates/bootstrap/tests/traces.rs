//! Traces reach a collector.
#![cfg(feature = "otel")]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use installhub_bootstrap::{Layers, Telemetry};

/// A collector's only request: its head and its body.
fn request(mut stream: TcpStream) -> (String, Vec<u8>) {
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a timeout");
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .and_then(|length| length.parse().ok())
                .expect("a length");
            if bytes.len() >= end + 4 + length {
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).expect("it is heard");
                return (head, bytes.split_off(end + 4));
            }
        }
        let read = stream.read(&mut piece).expect("more of the request");
        assert_ne!(read, 0, "the request was cut");
        bytes.extend_from_slice(&piece[..read]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_are_sent_at_the_latest_when_the_process_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let collector = thread::spawn(move || request(listener.accept().expect("a caller").0));
    let layers = Layers {
        flags: vec![format!("telemetry.otlp_endpoint=http://{address}/")],
        ..Layers::default()
    };
    let (settings, _) = layers.read().expect("valid");
    let telemetry = Telemetry::begin(&settings.telemetry, "installhub").expect("it begins");
    tracing::info_span!("counting sheep", sheep = 3).in_scope(|| {});
    // As the process does it: from within the runtime.
    telemetry.end();
    let (head, body) = collector.join().expect("a request");
    assert!(head.starts_with("post /v1/traces "), "{head}");
    let has = |text: &str| body.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(has("counting sheep"), "the span is missing");
    assert!(has("installhub"), "nobody says who sent it");
}
