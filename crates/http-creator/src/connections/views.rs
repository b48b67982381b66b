//! What requests and answers about connections look like.

use installhub_connections::{
    Connection, ConnectionChange, NewConnection, ProbeReport, SecretChange,
};
use installhub_http_kit::{ApiError, Text, Timestamp, field};
use poem_openapi::Object;
use poem_openapi::types::MaybeUndefined;
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

/// A connection to be.
#[derive(Object)]
#[oai(rename = "NewConnection", rename_all = "camelCase")]
pub(super) struct ConnectionInput {
    /// The name; no other connection of the tenant has it.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Text,
    /// `postgreSql`, `http` or `s3`.
    kind: Text,
    /// How to reach it: an object; its members are those of the kind.
    settings: Value,
    /// The password, token or key. It is sealed and never shown again.
    #[oai(write_only)]
    secret: Option<Text>,
}

impl ConnectionInput {
    pub(super) fn read(self) -> Result<NewConnection, ApiError> {
        Ok(NewConnection {
            name: self.name.into(),
            kind: field("kind", &self.kind)?,
            settings: self.settings,
            secret: self.secret.map(|secret| SecretString::from(secret.0)),
        })
    }
}

/// What is to become of a connection; what is missing stays.
#[derive(Object)]
#[oai(rename = "ConnectionChange", rename_all = "camelCase")]
pub(super) struct ConnectionChangeInput {
    /// Another name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<Text>,
    /// Other settings, all of them, of the same kind.
    settings: Option<Value>,
    /// Another secret; `null` removes it.
    #[oai(write_only)]
    secret: MaybeUndefined<Text>,
}

impl ConnectionChangeInput {
    pub(super) fn read(self) -> ConnectionChange {
        ConnectionChange {
            name: self.name.map(Into::into),
            settings: self.settings,
            secret: match self.secret {
                MaybeUndefined::Undefined => SecretChange::Keep,
                MaybeUndefined::Null => SecretChange::Remove,
                MaybeUndefined::Value(secret) => SecretChange::Replace(secret.0.into()),
            },
        }
    }
}

/// A registered database, HTTP endpoint or bucket.
#[derive(Object)]
#[oai(rename = "Connection", rename_all = "camelCase")]
pub(super) struct ConnectionView {
    /// The id.
    id: Uuid,
    /// The name.
    name: String,
    /// `postgreSql`, `http` or `s3`.
    kind: String,
    /// How to reach it, without the secret.
    settings: Value,
    /// Whether a secret is kept with it.
    has_secret: bool,
    /// When it was registered.
    created_at: Timestamp,
    /// By whom.
    created_by: String,
    /// When it last changed.
    updated_at: Timestamp,
    /// Counts changes from 1.
    revision: u64,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.as_uuid(),
            name: connection.name.to_string(),
            kind: connection.kind.to_string(),
            settings: connection.settings.to_value(),
            has_secret: connection.has_secret,
            created_at: connection.created_at.into(),
            created_by: connection.created_by.to_string(),
            updated_at: connection.updated_at.into(),
            revision: connection.revision,
        }
    }
}

/// What came of trying a connection out.
#[derive(Object)]
#[oai(rename = "ConnectionReport", rename_all = "camelCase")]
pub(super) struct ReportView {
    /// `works`, `forbidden`, `unreachable`, `unauthorized` or `failed`.
    outcome: String,
    /// What was found, for people.
    message: String,
}

impl From<ProbeReport> for ReportView {
    fn from(report: ProbeReport) -> Self {
        Self {
            outcome: report.outcome.as_str().to_owned(),
            message: report.message,
        }
    }
}
