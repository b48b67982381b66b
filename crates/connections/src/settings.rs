//! How to reach what a connection leads to: everything but the secret.

mod fields;
mod http;
mod postgresql;
mod s3;

use installhub_access::FieldError;
use serde::Serialize;
use serde_json::Value;

pub use self::http::{HttpAuthentication, HttpSettings};
pub use self::postgresql::{PostgreSqlSettings, TlsMode};
pub use self::s3::S3Settings;
use crate::ConnectionKind;
use crate::settings::fields::Fields;

/// How to reach what a connection leads to. None of it is secret: whoever may see the connection sees all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Settings {
    /// A PostgreSQL database.
    PostgreSql(PostgreSqlSettings),
    /// An HTTP endpoint.
    Http(HttpSettings),
    /// A bucket.
    S3(S3Settings),
}

impl Settings {
    /// Reads settings, and names everything that is wrong with them.
    pub fn parse(kind: ConnectionKind, value: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(value);
        let settings = match kind {
            ConnectionKind::PostgreSql => {
                PostgreSqlSettings::read(&mut fields).map(Self::PostgreSql)
            }
            ConnectionKind::Http => HttpSettings::read(&mut fields).map(Self::Http),
            ConnectionKind::S3 => S3Settings::read(&mut fields).map(Self::S3),
        };
        let errors = fields.finish();
        match settings {
            Some(settings) if errors.is_empty() => Ok(settings),
            _ => Err(errors),
        }
    }

    /// What they lead to.
    pub fn kind(&self) -> ConnectionKind {
        match self {
            Self::PostgreSql(_) => ConnectionKind::PostgreSql,
            Self::Http(_) => ConnectionKind::Http,
            Self::S3(_) => ConnectionKind::S3,
        }
    }

    /// The settings with every default written out.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("settings are plain values")
    }

    /// Who would be told the secret. A secret that was given for one destination is not sent to another.
    pub(crate) fn destination(&self) -> String {
        match self {
            Self::PostgreSql(settings) => settings.destination(),
            Self::Http(settings) => settings.destination(),
            Self::S3(settings) => settings.destination(),
        }
    }

    /// Whether a secret is needed, allowed or out of place.
    pub(crate) fn need_of_secret(&self) -> NeedOfSecret {
        match self {
            Self::PostgreSql(_) => NeedOfSecret::Optional,
            Self::Http(settings) if settings.authentication == HttpAuthentication::None => {
                NeedOfSecret::None
            }
            Self::Http(_) | Self::S3(_) => NeedOfSecret::Required,
        }
    }
}

/// Whether settings go with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeedOfSecret {
    Required,
    Optional,
    None,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(kind: ConnectionKind, value: &Value) -> Vec<(&'static str, &'static str)> {
        let errors = Settings::parse(kind, value).expect_err("they are wrong");
        errors
            .iter()
            .map(|error| (error.field, error.code))
            .collect()
    }

    #[test]
    fn defaults_are_written_out() {
        let settings = json!({"host": "db.example", "database": "sales", "user": "hub"});
        let settings = Settings::parse(ConnectionKind::PostgreSql, &settings).expect("right");
        let expected = json!({
            "host": "db.example", "port": 5432, "database": "sales", "user": "hub", "tls": "require"
        });
        assert_eq!(settings.to_value(), expected);
        let again = Settings::parse(ConnectionKind::PostgreSql, &settings.to_value());
        assert_eq!(again, Ok(settings));

        let settings = json!({"url": "https://api.example/v1"});
        let settings = Settings::parse(ConnectionKind::Http, &settings).expect("right");
        let expected = json!({"url": "https://api.example/v1", "authentication": "none"});
        assert_eq!(settings.to_value(), expected);

        let settings = json!({"bucket": "data", "accessKey": "AK", "region": "auto",
            "endpoint": "https://account.r2.cloudflarestorage.com/"});
        let settings = Settings::parse(ConnectionKind::S3, &settings).expect("right");
        let expected = json!({"bucket": "data", "accessKey": "AK", "region": "auto", "prefix": "",
            "pathStyle": false, "endpoint": "https://account.r2.cloudflarestorage.com"});
        assert_eq!(settings.to_value(), expected);
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        use ConnectionKind::{Http, PostgreSql, S3};
        let long = "x".repeat(300);
        for (kind, settings, expected) in [
            (PostgreSql, json!(null), vec![("settings", "type")]),
            (
                PostgreSql,
                json!({"port": 0, "password": "s3cret", "tls": "maybe", "user": ""}),
                vec![
                    ("settings.host", "required"),
                    ("settings.port", "invalid"),
                    ("settings.database", "required"),
                    ("settings.user", "invalid"),
                    ("settings.tls", "invalid"),
                    ("settings", "unknownField"),
                ],
            ),
            (
                PostgreSql,
                json!({"host": "a b", "database": long, "user": "u"}),
                vec![
                    ("settings.host", "invalid"),
                    ("settings.database", "invalid"),
                ],
            ),
            (
                PostgreSql,
                json!({"host": "/var/run/postgresql", "database": "d", "user": "u"}),
                vec![("settings.host", "invalid")],
            ),
            (Http, json!({"url": 7}), vec![("settings.url", "type")]),
            (
                Http,
                json!({"url": "ftp://a.example"}),
                vec![("settings.url", "invalid")],
            ),
            (
                Http,
                json!({"url": "https://u:p@a.example/"}),
                vec![("settings.url", "invalid")],
            ),
            (
                Http,
                json!({"url": "https://a.example/", "authentication": "basic"}),
                vec![("settings.user", "required")],
            ),
            (
                Http,
                json!({"url": "https://a.example/", "authentication": "header", "header": "a b"}),
                vec![("settings.header", "invalid")],
            ),
            (
                Http,
                json!({"url": "https://a.example/", "authentication": "header", "header": "Host"}),
                vec![("settings.header", "invalid")],
            ),
            (
                S3,
                json!({"bucket": "A_", "endpoint": "https://u@s3.example/x", "pathStyle": 1}),
                vec![
                    ("settings.endpoint", "invalid"),
                    ("settings.region", "required"),
                    ("settings.bucket", "invalid"),
                    ("settings.accessKey", "required"),
                    ("settings.pathStyle", "type"),
                ],
            ),
        ] {
            assert_eq!(wrong(kind, &settings), expected, "{settings}");
        }
    }

    #[test]
    fn what_was_typed_into_the_wrong_field_is_not_repeated() {
        let settings = json!({"url": "https://u:s3cret@a.example/", "s3cret": 1});
        let errors = Settings::parse(ConnectionKind::Http, &settings).expect_err("wrong");
        assert!(!format!("{errors:?}").contains("u:s3cret"), "{errors:?}");
    }
}
