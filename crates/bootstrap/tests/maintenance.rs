//! What the service does for itself is done by its own worker, on both engines.

use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt as _;
use installhub_access::{Permission, Principal};
use installhub_bootstrap::{Layers, Service};
use installhub_jobs::{Job, JobKind, JobState, NewJob};
use installhub_kernel::{PageRequest, TenantId};
use installhub_test_services::postgres_database;
use serde_json::Value;
use tokio::sync::oneshot;

fn itself() -> Principal {
    Principal::system(TenantId::PLATFORM, "installhub".parse().expect("a name"))
}

fn service(home: &Path, flags: &[String]) -> Service {
    let layers = Layers {
        flags: flags.to_vec(),
        ..Layers::default()
    };
    let (settings, shown) = layers.read().expect("the settings are right");
    Service::open(settings, shown, home).expect("it can be put together")
}

async fn done(service: &Service, kind: &str) -> Job {
    let kind = JobKind::try_from(kind.to_owned()).expect("a kind");
    let job = NewJob::new(kind, Value::Null);
    let queued = service
        .jobs
        .enqueue(&itself(), Permission::ScheduleManage, &job)
        .await
        .expect("it is queued");
    let seen = service
        .jobs
        .watch(&itself(), queued.id)
        .await
        .expect("it can be watched");
    let mut seen = pin!(seen);
    let mut last = queued;
    while let Some(job) = seen.next().await {
        last = job.expect("it is there");
    }
    last
}

async fn looks_after_itself(flags: &[String]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (service(folder.path(), flags), service(folder.path(), flags));
    let (first, second) = tokio::join!(one.migrate(), other.migrate());
    first
        .and(second)
        .expect("both may bring the schema up to date");
    one.access
        .bootstrap("anna@example.com", "correct horse battery")
        .await
        .expect("the first administrator, and with that an event to sign");

    let (first, second) = tokio::join!(one.schedule_maintenance(), other.schedule_maintenance());
    first.and(second).expect("both may make the schedules");
    one.schedule_maintenance().await.expect("and once more");
    let found = one
        .schedules
        .list(&itself(), &PageRequest::first(10))
        .await
        .expect("a list");
    let mut kinds: Vec<String> = found
        .items
        .iter()
        .map(|schedule| schedule.job.kind.as_str().to_owned())
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["audit.checkpoint", "service.sweep"]);
    assert!(
        found
            .items
            .iter()
            .all(|schedule| schedule.next_run.is_some())
    );

    let (stop, stopped) = oneshot::channel::<()>();
    let working = tokio::spawn(one.worker().run(async move {
        let _ = stopped.await;
    }));
    let swept = done(&one, "service.sweep").await;
    assert_eq!(swept.state, JobState::Succeeded, "{swept:?}");
    let signed = done(&one, "audit.checkpoint").await;
    assert_eq!(signed.state, JobState::Succeeded, "{signed:?}");
    let result = signed.result.expect("a result");
    // The platform's own chain has the events of these jobs, the first tenant's that of its administrator.
    assert_eq!(result["signed"], 2, "{result}");
    assert_eq!(result["failed"], serde_json::json!([]), "{result}");
    stop.send(()).expect("it still works");
    tokio::time::timeout(Duration::from_secs(10), working)
        .await
        .expect("it stops soon")
        .expect("without a panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_the_service_looks_after_itself() {
    Box::pin(looks_after_itself(&[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_the_service_looks_after_itself() {
    let database = postgres_database().await;
    let url = format!("database.url={}", database.service_url());
    Box::pin(looks_after_itself(&[url])).await;
}
