//! Trying buckets out.

use std::sync::Arc;

use installhub_connections::{ConnectionKind, ConnectionProbe as _, ProbeOutcome, Settings};
use installhub_connector_http::{Guard, GuardPolicy};
use installhub_storage_object_store::S3Probe;
use installhub_test_services::s3_server;
use serde_json::{Value, json};

fn probe(allow: &[&str]) -> S3Probe {
    let allow = allow.iter().map(|text| text.parse().expect("an exception"));
    S3Probe::new(Arc::new(Guard::new(GuardPolicy::allowing(allow))))
}

async fn outcome(probe: &S3Probe, settings: Value, secret: &str) -> ProbeOutcome {
    let settings = Settings::parse(ConnectionKind::S3, &settings).expect("settings");
    let report = probe.probe(&settings, Some(&secret.into())).await;
    assert!(!report.message.contains(secret), "{}", report.message);
    report.outcome
}

#[tokio::test]
async fn a_bucket_is_tried_out_where_the_guard_allows_it() {
    let server = s3_server().await;
    let with = |key: &str, value: Value| {
        let mut settings = json!({
            "endpoint": server.endpoint(),
            "region": server.region(),
            "bucket": server.bucket(),
            "accessKey": server.access_key(),
            "pathStyle": true,
        });
        settings[key] = value;
        settings
    };
    let allowed = probe(&["127.0.0.1"]);
    let secret = server.secret_key();
    let right = with("pathStyle", true.into());
    let found = outcome(&allowed, right.clone(), secret).await;
    assert_eq!(found, ProbeOutcome::Works);
    let folder = with("prefix", "some/folder".into());
    assert_eq!(outcome(&allowed, folder, secret).await, ProbeOutcome::Works);
    let found = outcome(&allowed, right.clone(), "wr0ng").await;
    assert_eq!(found, ProbeOutcome::Unauthorized);
    let missing = with("bucket", "no-such-bucket".into());
    assert_eq!(
        outcome(&allowed, missing, secret).await,
        ProbeOutcome::Failed
    );

    let nothing = probe(&[]);
    let found = outcome(&nothing, right.clone(), secret).await;
    assert_eq!(found, ProbeOutcome::Forbidden);
    // By a name, which is judged when it is resolved.
    let named = server.endpoint().replace("127.0.0.1", "localhost");
    let found = outcome(&nothing, with("endpoint", named.into()), secret).await;
    assert_eq!(found, ProbeOutcome::Forbidden);
    server.stop().await;
    assert_eq!(
        outcome(&allowed, right, secret).await,
        ProbeOutcome::Unreachable
    );
}
