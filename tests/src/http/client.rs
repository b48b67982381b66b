//! One connection that is kept, for tests that ask a server thousands of things.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::{Ask, HttpAnswer, connect};

/// Whoever asks a server, one thing after the other.
#[derive(Debug)]
pub struct Client {
    server: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// Of the server at this URL; it connects when it has something to ask.
    pub fn of(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            connection: None,
        }
    }

    /// Asks, and waits for the whole answer.
    #[track_caller]
    pub fn send(&mut self, ask: &Ask) -> HttpAnswer {
        let ask = ask.clone().header("Connection", "keep-alive");
        // The server may have closed a kept connection in the meantime; a new one it has not.
        let kept = self.connection.take();
        let answer = match kept.and_then(|connection| self.exchange(&ask, connection).ok()) {
            Some(answer) => Ok(answer),
            None => {
                connect(&self.server).and_then(|stream| self.exchange(&ask, BufReader::new(stream)))
            }
        };
        answer.unwrap_or_else(|error| panic!("{} {}: {error}", ask.method, ask.path))
    }

    fn exchange(
        &mut self,
        ask: &Ask,
        mut connection: BufReader<TcpStream>,
    ) -> io::Result<HttpAnswer> {
        let mut bytes = ask.head(&self.server).into_bytes();
        bytes.extend_from_slice(&ask.body);
        connection.get_mut().write_all(&bytes)?;
        let mut answer = head(&mut connection)?;
        let length = answer.header("content-length").map(str::parse);
        match length.transpose().map_err(io::Error::other)? {
            _ if ask.method == "HEAD" || matches!(answer.status, 204 | 304) => {}
            Some(length) => {
                answer.body = vec![0; length];
                connection.read_exact(&mut answer.body)?;
            }
            // As long as the connection lasts.
            None => {
                connection.read_to_end(&mut answer.body)?;
                return Ok(answer);
            }
        }
        if answer.header("connection") == Some("keep-alive") {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

fn head(stream: &mut impl BufRead) -> io::Result<HttpAnswer> {
    let first = line(stream)?;
    let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
    let mut answer = HttpAnswer {
        status: status.ok_or_else(|| io::Error::other(format!("no answer in HTTP: {first}")))?,
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let header = line(stream)?;
        let Some((name, value)) = header.split_once(':') else {
            return Ok(answer);
        };
        let pair = (name.to_ascii_lowercase(), value.trim().to_owned());
        answer.headers.push(pair);
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    if !line.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
