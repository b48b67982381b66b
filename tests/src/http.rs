//! As little HTTP as it takes to ask a server on this machine, so that no library of the product stands in between.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server answered.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!(
                "status {} with no JSON ({error}): {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            ),
        }
    }
}

/// Asks for something.
pub fn get(server: &str, path: &str, token: Option<&str>) -> io::Result<HttpAnswer> {
    exchange(server, "GET", path, token, None)
}

/// Sends JSON.
pub fn post(server: &str, path: &str, token: Option<&str>, body: &Value) -> io::Result<HttpAnswer> {
    exchange(server, "POST", path, token, Some(body))
}

fn exchange(
    server: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> io::Result<HttpAnswer> {
    let address = server.strip_prefix("http://").unwrap_or(server);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    // HTTP/1.0: one answer, as long as the connection lasts, in one piece.
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    if let Some(token) = token {
        let _ = write!(head, "Authorization: Bearer {token}\r\n");
    }
    if !body.is_empty() {
        let _ = write!(
            head,
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| io::Error::other("no answer in HTTP"))
}

fn parse(answer: &[u8]) -> Option<HttpAnswer> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
    Some(HttpAnswer {
        status,
        body: answer[end + 4..].to_vec(),
    })
}
