//! What a connection is.

use chrono::{DateTime, Utc};
use installhub_kernel::{Actor, ConnectionId};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;

use crate::{ConnectionKind, ConnectionName, Settings};

/// A registered database, HTTP endpoint or bucket, as everybody may see it who may see connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// What it is called.
    pub name: ConnectionName,
    /// What it leads to.
    pub kind: ConnectionKind,
    /// How to reach it.
    pub settings: Settings,
    /// Whether a secret is kept with it.
    pub has_secret: bool,
    /// How often it was changed, counted from 1.
    pub revision: u64,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: Actor,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A connection to be registered.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// What it shall be called.
    pub name: String,
    /// What it leads to.
    pub kind: ConnectionKind,
    /// How to reach it; see [`Settings`].
    pub settings: Value,
    /// The password, token or key.
    pub secret: Option<SecretString>,
}

/// What is to become of a connection; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ConnectionChange {
    /// Another name.
    pub name: Option<String>,
    /// Other settings, all of them, of the same kind.
    pub settings: Option<Value>,
    /// What is to become of the secret.
    pub secret: SecretChange,
}

/// What is to become of a secret. It is written and never read back.
#[derive(Debug, Clone, Default)]
pub enum SecretChange {
    /// It stays.
    #[default]
    Keep,
    /// Another takes its place.
    Replace(SecretString),
    /// It goes.
    Remove,
}

/// What it takes to use a connection; for the service itself, never for an answer.
#[derive(Debug, Clone)]
pub struct ConnectionMaterial {
    /// How to reach it.
    pub settings: Settings,
    /// The password, token or key.
    pub secret: Option<SecretString>,
}
