//! Trying PostgreSQL databases out.

use std::sync::Arc;

use installhub_connections::{ConnectionKind, ConnectionProbe as _, ProbeOutcome, Settings};
use installhub_connector_http::{Guard, GuardPolicy};
use installhub_database_sea_orm::PostgreSqlProbe;
use installhub_test_services::postgres_database;
use sea_orm::sqlx::postgres::PgConnectOptions;
use serde_json::{Value, json};

fn probe(allow: &[&str]) -> PostgreSqlProbe {
    let allow = allow.iter().map(|text| text.parse().expect("an exception"));
    PostgreSqlProbe::new(Arc::new(Guard::new(GuardPolicy::allowing(allow))))
}

async fn outcome(probe: &PostgreSqlProbe, settings: Value, password: &str) -> ProbeOutcome {
    let settings = Settings::parse(ConnectionKind::PostgreSql, &settings).expect("settings");
    let report = probe.probe(&settings, Some(&password.into())).await;
    let message = &report.message;
    assert!(
        password.is_empty() || !message.contains(password),
        "{message}"
    );
    report.outcome
}

#[tokio::test]
async fn a_database_is_tried_out_where_the_guard_allows_it() {
    let database = postgres_database().await;
    let url = database.service_url();
    let options: PgConnectOptions = url.parse().expect("an address");
    let parsed = url.rsplit_once('@').expect("it has a password").0;
    let password = parsed.rsplit_once(':').expect("it has a password").1;
    let allowed = probe(&["127.0.0.0/8", "::1"]);
    let with = |key: &str, value: Value| {
        let mut settings = json!({
            "host": options.get_host(),
            "port": options.get_port(),
            "database": options.get_database(),
            "user": options.get_username(),
            "tls": "disable",
        });
        settings[key] = value;
        settings
    };
    let right = with("tls", "disable".into());
    let found = outcome(&allowed, right.clone(), password).await;
    assert_eq!(found, ProbeOutcome::Works);
    let found = outcome(&probe(&[]), right, password).await;
    assert_eq!(found, ProbeOutcome::Forbidden);
    let nobody = with("user", "nobody-of-this-name".into());
    let found = outcome(&allowed, nobody, password).await;
    assert_eq!(found, ProbeOutcome::Unauthorized);
    let missing = with("database", "no_such_database".into());
    let found = outcome(&allowed, missing, password).await;
    assert_eq!(found, ProbeOutcome::Failed);
    // The server of tests has no certificate.
    let encrypted = with("tls", "require".into());
    let found = outcome(&allowed, encrypted, password).await;
    assert_eq!(found, ProbeOutcome::Failed);
    let closed = with("port", 1.into());
    let found = outcome(&allowed, closed, password).await;
    assert_eq!(found, ProbeOutcome::Unreachable);
}
