//! As little HTTP as it takes to ask a server on this machine, so that no library of the product stands in between.

mod client;

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub use client::Client;

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server answered.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The names of the headers in small letters, and their values.
    pub headers: Vec<(String, String)>,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The same answer, which has this status.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the status alone is often all there is to check"
    )]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        self
    }

    /// A refusal: this status, this code, and the envelope around it.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!(self.status, status, "{body}");
        assert_eq!(body["error"], code, "{body}");
        let message = body["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "no message: {body}");
        let id = body["requestId"].as_str().unwrap_or_default();
        assert_eq!(id.len(), 36, "no id of the request: {body}");
        assert_eq!(self.header("x-request-id"), Some(id), "another id: {body}");
        body
    }

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
    Ask::new("GET", path).token(token).send(server)
}

/// Sends JSON.
pub fn post(server: &str, path: &str, token: Option<&str>, body: &Value) -> io::Result<HttpAnswer> {
    Ask::new("POST", path).token(token).json(body).send(server)
}

/// A request, to be sent to any server.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Ask {
    /// A request without headers and body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// In the name of the owner of a token, if there is one.
    pub fn token(self, token: Option<&str>) -> Self {
        match token {
            Some(token) => self.header("Authorization", &format!("Bearer {token}")),
            None => self,
        }
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With JSON as its body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().as_bytes())
    }

    /// With a body of some type.
    pub fn bytes(self, media_type: &str, body: &[u8]) -> Self {
        let length = body.len().to_string();
        let mut ask = self.header("Content-Length", &length);
        body.clone_into(&mut ask.body);
        ask.header("Content-Type", media_type)
    }

    /// The line and the headers, as they go to a server. HTTP/1.0: one answer, as long as the connection lasts, in one piece.
    pub fn head(&self, server: &str) -> String {
        let (method, path, host) = (&self.method, &self.path, address(server));
        let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\n");
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head + "\r\n"
    }

    /// Sends it and waits for the answer.
    pub fn send(&self, server: &str) -> io::Result<HttpAnswer> {
        let mut stream = connect(server)?;
        stream.write_all(self.head(server).as_bytes())?;
        // A server may answer before it has read everything.
        let sent = stream.write_all(&self.body);
        receive(&mut stream).map_err(|error| sent.err().unwrap_or(error))
    }
}

fn address(server: &str) -> &str {
    server.strip_prefix("http://").unwrap_or(server)
}

/// A connection of its own, for a request that is to be sent in another way than usual.
pub fn connect(server: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address(server))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The one answer that comes before the connection ends.
pub fn receive(stream: &mut TcpStream) -> io::Result<HttpAnswer> {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    match parse(&answer) {
        Some(answer) => Ok(answer),
        None => Err(read
            .err()
            .unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
    }
}

/// An answer that has come as a whole.
fn parse(answer: &[u8]) -> Option<HttpAnswer> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let headers: Vec<(String, String)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let answer = HttpAnswer {
        status: head.get(9..12)?.parse().ok()?,
        headers,
        body: answer[end + 4..].to_vec(),
    };
    let length = answer.header("content-length").map(str::parse::<usize>);
    let is_whole = length.is_none_or(|length| length == Ok(answer.body.len()));
    (is_whole || answer.body.is_empty()).then_some(answer)
}
