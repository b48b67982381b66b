//! Trying a PostgreSQL database out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use installhub_connections::{
    AddressGuard, AddressRefused, ConnectionProbe, PostgreSqlSettings, ProbeOutcome, ProbeReport,
    Settings, TlsMode,
};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::Connection as _;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use tokio::time::timeout;

/// How long a trial may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Connects to a database, signs in, and leaves.
///
/// Where it connects to is one of the addresses that the guard has judged. Where the certificate has to be for the host's name, the
/// name is judged and then connected to: another machine that the name leads to by then cannot show such a certificate.
pub struct PostgreSqlProbe {
    guard: Arc<dyn AddressGuard>,
}

impl PostgreSqlProbe {
    /// A probe that goes where `guard` lets it.
    pub fn new(guard: Arc<dyn AddressGuard>) -> Self {
        Self { guard }
    }

    async fn attempt(
        &self,
        settings: &PostgreSqlSettings,
        secret: Option<&SecretString>,
    ) -> ProbeReport {
        let addresses = match self.guard.permitted(&settings.host, settings.port).await {
            Ok(addresses) => addresses,
            Err(refused) => return told_refused(&refused),
        };
        let (mode, host) = match (settings.tls, addresses.first()) {
            (TlsMode::VerifyFull, _) | (_, None) => (PgSslMode::VerifyFull, settings.host.clone()),
            (TlsMode::Require, Some(address)) => (PgSslMode::Require, address.ip().to_string()),
            (TlsMode::Disable, Some(address)) => (PgSslMode::Disable, address.ip().to_string()),
        };
        // Neither the environment nor a password file of this machine has a say.
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&host)
            .port(settings.port)
            .database(&settings.database)
            .username(&settings.user)
            .ssl_mode(mode)
            .application_name("installhub-test");
        if let Some(secret) = secret {
            options = options.password(secret.expose_secret());
        }
        match PgConnection::connect_with(&options).await {
            Ok(connection) => {
                // It has worked; how the line is closed makes no difference.
                drop(connection.close().await);
                ProbeReport::new(ProbeOutcome::Works, "the database accepts the connection")
            }
            Err(error) => told(&error),
        }
    }
}

#[async_trait]
impl ConnectionProbe for PostgreSqlProbe {
    async fn probe(&self, settings: &Settings, secret: Option<&SecretString>) -> ProbeReport {
        let Settings::PostgreSql(settings) = settings else {
            return ProbeReport::new(ProbeOutcome::Failed, "this is no PostgreSQL database");
        };
        match timeout(PATIENCE, self.attempt(settings, secret)).await {
            Ok(report) => report,
            Err(_) => ProbeReport::new(
                ProbeOutcome::Unreachable,
                format!("there was no answer within {} seconds", PATIENCE.as_secs()),
            ),
        }
    }
}

fn told_refused(refused: &AddressRefused) -> ProbeReport {
    let outcome = match refused {
        AddressRefused::Forbidden { .. } => ProbeOutcome::Forbidden,
        AddressRefused::Unknown { .. } => ProbeOutcome::Unreachable,
    };
    ProbeReport::new(outcome, refused.to_string())
}

fn told(error: &sqlx::Error) -> ProbeReport {
    use ProbeOutcome::{Failed, Unauthorized, Unreachable};
    let code = error.as_database_error().and_then(DatabaseError::code);
    let (outcome, message) = match (error, code.as_deref()) {
        // Class 28: the name or the password is wrong, or the server lets nobody in from here.
        (_, Some(code)) if code.starts_with("28") => (
            Unauthorized,
            "the database refuses the user or the password".to_owned(),
        ),
        (_, Some("3D000")) => (Failed, "the server has no such database".to_owned()),
        (_, Some(code)) => (Failed, format!("the server answered with the error {code}")),
        (sqlx::Error::Io(_), _) => (Unreachable, "the connection failed".to_owned()),
        (sqlx::Error::Tls(_), _) => (
            Failed,
            "no encrypted line came about: the server has none, or its certificate is not accepted"
                .to_owned(),
        ),
        _ => (
            Failed,
            "the server did not answer like PostgreSQL".to_owned(),
        ),
    };
    ProbeReport::new(outcome, message)
}
