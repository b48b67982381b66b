//! What a connection leads to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionKind {
    /// A PostgreSQL database.
    PostgreSql,
    /// An HTTP endpoint.
    Http,
    /// A bucket of an S3-compatible service.
    S3,
}

/// A text that is no [`ConnectionKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no kind of connection: expected postgreSql, http or s3", .0.escape_debug())]
pub struct ConnectionKindError(String);

impl ConnectionKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PostgreSql, Self::Http, Self::S3];

    /// The kind as written in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgreSql",
            Self::Http => "http",
            Self::S3 => "s3",
        }
    }
}

impl fmt::Display for ConnectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ConnectionKind {
    type Err = ConnectionKindError;

    fn from_str(text: &str) -> Result<Self, ConnectionKindError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| ConnectionKindError(text.to_owned()))
    }
}
