//! Whose turn it is.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use installhub_jobs::{JobKind, JobState, NewJob};
use installhub_kernel::TenantScope;
use serde_json::json;

use crate::on_both_engines;
use crate::world::{LEASE, World, platform, scope, work};

on_both_engines!(
    a_job_is_taken_once,
    jobs_wait_for_their_time_and_for_somebody_who_knows_them,
    nobody_takes_what_another_is_about_to_take,
    the_tenant_with_the_fewest_running_jobs_comes_first,
);

async fn a_job_is_taken_once(world: &World) {
    let mut ids = BTreeSet::new();
    for _ in 0..40 {
        ids.insert(world.enqueue(&scope(1), &work()).await.id);
    }
    let now = world.now().await;
    let takers = (0..8).map(|_| world.claim(7, now));
    let taken: Vec<_> = futures::future::join_all(takers)
        .await
        .into_iter()
        .flatten()
        .collect();
    let mut seen: BTreeSet<_> = taken.iter().map(|claimed| claimed.job.id).collect();
    assert_eq!(seen.len(), taken.len(), "nothing twice");
    // Some may have been passed over while others were about to take them.
    for rest in world.claim(40, now).await {
        assert!(seen.insert(rest.job.id), "nothing twice");
    }
    assert_eq!(seen, ids);
    let one = &taken[0];
    assert_eq!(
        (one.job.state, one.job.attempts, one.lease.number),
        (JobState::Running, 1, 1)
    );
    assert_eq!(one.payload, json!({ "n": 1 }));
    assert_eq!(one.job, world.find(&scope(1), one.job.id).await);
    let acting = one.scope();
    assert_eq!(
        acting.actor(),
        scope(1).actor(),
        "in the name of whoever asked"
    );
    assert_eq!(acting.request(), scope(1).request());
}

async fn jobs_wait_for_their_time_and_for_somebody_who_knows_them(world: &World) {
    let now = world.now().await;
    let other = JobKind::of("test.other");
    world
        .enqueue(&scope(1), &NewJob::new(other.clone(), json!(1)))
        .await;
    let later = now + TimeDelta::hours(1);
    let waiting = world.enqueue(&scope(1), &work().at(later)).await;
    assert!(world.claim(9, now).await.is_empty());
    assert!(
        world
            .claim(9, later - TimeDelta::microseconds(1))
            .await
            .is_empty()
    );
    let taken = world.claim(9, later).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].job.id, waiting.id);
    assert_eq!(world.claim_kind(&other, 9, later).await.len(), 1);
}

/// On SQLite the second has to wait for the first; on PostgreSQL it passes over what the first has locked.
async fn nobody_takes_what_another_is_about_to_take(world: &World) {
    for _ in 0..4 {
        world.enqueue(&scope(1), &work()).await;
    }
    let now = world.now().await;
    if world.database.is_none() {
        assert_eq!(world.claim(9, now).await.len(), 4);
        return;
    }
    let platform = platform();
    let request = installhub_jobs::ClaimRequest {
        kinds: vec![crate::world::KIND],
        limit: 3,
        lease: LEASE,
        worker: "first".to_owned(),
    };
    let mut first = world
        .store
        .begin_platform(&platform)
        .await
        .expect("a transaction");
    let taken = first
        .dispatch()
        .claim(&platform, &request, now)
        .await
        .expect("an answer");
    let meanwhile = world.claim(9, now).await;
    assert_eq!((taken.len(), meanwhile.len()), (3, 1));
    drop(first);
    assert_eq!(world.claim(9, now).await.len(), 3, "it was not committed");
}

async fn the_tenant_with_the_fewest_running_jobs_comes_first(world: &World) {
    let (busy, quiet, late) = (scope(3), scope(2), scope(1));
    for _ in 0..6 {
        world.enqueue(&busy, &work()).await;
    }
    for _ in 0..3 {
        world.enqueue(&quiet, &work()).await;
    }
    world.enqueue(&late, &work()).await;
    let now = world.now().await;
    let whose = |taken: Vec<installhub_jobs::ClaimedJob>| {
        let of = |scope: &TenantScope| {
            taken
                .iter()
                .filter(|claimed| claimed.tenant == scope.tenant())
                .count()
        };
        (of(&busy), of(&quiet), of(&late))
    };
    assert_eq!(
        whose(world.claim(2, now).await),
        (1, 1, 0),
        "of equals who waits longer"
    );
    assert_eq!(whose(world.claim(1, now).await), (0, 0, 1));
    assert_eq!(whose(world.claim(4, now).await), (2, 2, 0));
    assert_eq!(
        whose(world.claim(9, now).await),
        (3, 0, 0),
        "nobody else is waiting"
    );
}
