//! Watching a job until it has ended.

use futures::{StreamExt as _, TryStreamExt as _};
use installhub_jobs::{JobState, Outcome, Progress};
use serde_json::json;

use crate::on_both_engines;
use crate::world::{World, principal, scope, work};

on_both_engines!(
    whoever_watches_sees_every_state_and_then_the_end,
    a_job_that_has_ended_is_seen_once,
);

async fn whoever_watches_sees_every_state_and_then_the_end(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work()).await;
    // Another process does the work: nothing rings here.
    let jobs = world.jobs();
    let changes = jobs
        .watch(&principal(1), job.id)
        .await
        .expect("it is there");
    let mut changes = std::pin::pin!(changes);
    let mut next = async || {
        let change = changes.next().await;
        change.map(|job| job.expect("an answer"))
    };
    assert_eq!(next().await, Some(job));
    let now = world.now().await;
    let lease = world.claim(1, now).await.remove(0).lease;
    assert_eq!(next().await.map(|job| job.state), Some(JobState::Running));
    for done in 1..=3 {
        let mut unit = world.store.begin(&scope).await.expect("a transaction");
        let progress = Progress {
            done,
            ..Progress::default()
        };
        unit.fence()
            .report(&scope, lease, &progress)
            .await
            .expect("an answer");
        unit.commit().await.expect("it lasts");
        assert_eq!(next().await.map(|job| job.progress.done), Some(done));
    }
    let mut unit = world.store.begin(&scope).await.expect("a transaction");
    let outcome = Outcome::Succeeded(json!(7));
    unit.fence()
        .settle(&scope, lease, &outcome, now)
        .await
        .expect("an answer");
    unit.commit().await.expect("it lasts");
    let last = next().await.expect("the end");
    assert_eq!(
        (last.state, last.result),
        (JobState::Succeeded, Some(json!(7)))
    );
    assert_eq!(next().await, None);
}

async fn a_job_that_has_ended_is_seen_once(world: &World) {
    let job = world.enqueue(&scope(1), &work()).await;
    let jobs = world.jobs();
    let cancelled = jobs
        .cancel(&principal(1), job.id)
        .await
        .expect("it is queued");
    let changes = jobs
        .watch(&principal(1), job.id)
        .await
        .expect("it is there");
    let seen: Vec<_> = changes.try_collect().await.expect("answers");
    assert_eq!(seen, [cancelled]);
}
