//! A place in the list of connections.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use installhub_kernel::ConnectionId;

use crate::Connection;

/// A place in the list of connections, which goes from new to old: behind the connection that was registered then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionPlace {
    /// When the connection was registered, to the millisecond.
    pub created_at: DateTime<Utc>,
    /// Its id, which orders those of the same millisecond.
    pub id: ConnectionId,
}

/// A text that is no [`ConnectionPlace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is none of the list of connections")]
pub struct ConnectionPlaceError;

impl ConnectionPlace {
    pub(crate) fn of(connection: &Connection) -> Self {
        Self {
            created_at: connection.created_at,
            id: connection.id,
        }
    }
}

impl fmt::Display for ConnectionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.timestamp_millis(), self.id)
    }
}

impl FromStr for ConnectionPlace {
    type Err = ConnectionPlaceError;

    fn from_str(text: &str) -> Result<Self, ConnectionPlaceError> {
        let (millis, id) = text.split_once('.').ok_or(ConnectionPlaceError)?;
        let millis = millis.parse().map_err(|_| ConnectionPlaceError)?;
        Ok(Self {
            created_at: DateTime::from_timestamp_millis(millis).ok_or(ConnectionPlaceError)?,
            id: id.parse().map_err(|_| ConnectionPlaceError)?,
        })
    }
}
