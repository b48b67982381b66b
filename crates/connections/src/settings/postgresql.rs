//! How to reach a PostgreSQL database.

use serde::Serialize;

use super::fields::Fields;

/// How to reach a PostgreSQL database. The secret is the user's password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostgreSqlSettings {
    /// A host name or an IP address; a folder with a socket is not accepted.
    pub host: String,
    /// The port, 5432 unless told otherwise.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The user.
    pub user: String,
    /// How the line is protected.
    pub tls: TlsMode,
}

/// How the line to a database is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TlsMode {
    /// Not at all.
    Disable,
    /// Encrypted, whoever answers. What holds unless told otherwise.
    Require,
    /// Encrypted, and whoever answers must have a certificate for the host's name.
    VerifyFull,
}

const TLS_MODES: [(&str, TlsMode); 3] = [
    ("require", TlsMode::Require),
    ("disable", TlsMode::Disable),
    ("verifyFull", TlsMode::VerifyFull),
];

impl PostgreSqlSettings {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let host = fields.text("settings.host", "a host name or an IP address", is_host);
        let port = fields.port("settings.port", 5432);
        let database = fields.text(
            "settings.database",
            "a name of 1 to 63 bytes",
            is_identifier,
        );
        let user = fields.text("settings.user", "a name of 1 to 63 bytes", is_identifier);
        let tls = fields.word("settings.tls", &TLS_MODES);
        Some(Self {
            host: host?.to_owned(),
            port: port?,
            database: database?.to_owned(),
            user: user?.to_owned(),
            tls: tls?,
        })
    }

    pub(crate) fn destination(&self) -> String {
        // Less protection on the way is another destination too.
        let protection = match self.tls {
            TlsMode::Disable => "open",
            TlsMode::Require => "encrypted",
            TlsMode::VerifyFull => "verified",
        };
        format!("{}:{} {protection}", self.host.to_lowercase(), self.port)
    }
}

/// PostgreSQL cuts longer names.
fn is_identifier(text: &str) -> bool {
    (1..=63).contains(&text.len())
}

/// A host as it stands in an address; the guard judges where it leads.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
}
