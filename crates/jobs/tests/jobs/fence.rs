//! Whoever lost a job is not heard.

use chrono::TimeDelta;
use installhub_jobs::{JobFailure, JobLease, JobState, Outcome, Progress};
use installhub_kernel::TenantScope;
use serde_json::json;

use crate::on_both_engines;
use crate::world::{LEASE, World, principal, scope, work};

on_both_engines!(
    whoever_lost_a_job_cannot_speak_of_it,
    a_sign_of_life_keeps_the_job,
    what_is_taken_back_is_tried_again_and_then_given_up,
    what_is_handed_back_does_not_count,
    what_was_called_off_is_not_tried_again,
    progress_is_seen,
);

async fn settle(world: &World, scope: &TenantScope, lease: JobLease, outcome: &Outcome) -> bool {
    let mut unit = world.store.begin(scope).await.expect("a transaction");
    let now = unit.jobs().now().await.expect("a time");
    let settled = unit.fence().settle(scope, lease, outcome, now).await;
    unit.commit().await.expect("it lasts");
    settled.expect("an answer")
}

async fn whoever_lost_a_job_cannot_speak_of_it(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work()).await;
    let now = world.now().await;
    let lost = world.claim(1, now).await.remove(0).lease;
    let after = now + LEASE + TimeDelta::seconds(1);
    assert_eq!(
        world.caretaker().take_back(after).await.expect("an answer"),
        1
    );

    // Nobody has it, then somebody else has it.
    for another in [false, true] {
        if another {
            let later = after + TimeDelta::minutes(1);
            let next = world.claim(1, later).await.remove(0);
            assert_eq!((next.lease.number, next.job.attempts), (2, 2));
        }
        let before = world.find(&scope, job.id).await;
        let mut unit = world.store.begin(&scope).await.expect("a transaction");
        let fence = unit.fence();
        assert_eq!(fence.hold(&scope, lost).await.expect("an answer"), None);
        assert_eq!(
            fence.renew(&scope, lost, after).await.expect("an answer"),
            None
        );
        let progress = Progress::default();
        assert_eq!(
            fence
                .report(&scope, lost, &progress)
                .await
                .expect("an answer"),
            None
        );
        unit.commit().await.expect("nothing was written");
        for outcome in [
            Outcome::Succeeded(json!("mine")),
            Outcome::Failed(JobFailure::new("Mine", "mine")),
            Outcome::Cancelled,
            Outcome::HandedBack,
        ] {
            assert!(!settle(world, &scope, lost, &outcome).await, "{outcome:?}");
        }
        assert_eq!(world.find(&scope, job.id).await, before);
    }
}

async fn a_sign_of_life_keeps_the_job(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work()).await;
    let now = world.now().await;
    let lease = world.claim(1, now).await.remove(0).lease;
    let caretaker = world.caretaker();
    let just_before = now + LEASE - TimeDelta::milliseconds(1);
    assert_eq!(
        caretaker.take_back(just_before).await.expect("an answer"),
        0
    );

    let until = now + LEASE * 2;
    let mut unit = world.store.begin(&scope).await.expect("a transaction");
    let heard = unit
        .fence()
        .renew(&scope, lease, until)
        .await
        .expect("an answer");
    assert!(!heard.expect("it is held").cancel_requested);
    unit.commit().await.expect("it lasts");
    assert_eq!(
        caretaker.take_back(now + LEASE).await.expect("an answer"),
        0
    );

    // Found to be late, and a sign of life came in between.
    let mut unit = world.store.begin(&scope).await.expect("a transaction");
    let outcome = Outcome::Cancelled;
    let settled = unit
        .fence()
        .settle_lapsed(&scope, lease, &outcome, now + LEASE)
        .await;
    assert!(!settled.expect("an answer"));
    drop(unit);
    assert_eq!(world.find(&scope, job.id).await.state, JobState::Running);
    assert_eq!(caretaker.take_back(until).await.expect("an answer"), 1);
}

async fn what_is_taken_back_is_tried_again_and_then_given_up(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work().attempts(2)).await;
    let mut now = world.now().await;
    for attempt in 1..=2 {
        let taken = world.claim(1, now).await;
        assert_eq!(taken[0].job.attempts, attempt);
        now += LEASE;
        // Any number may look after it; one of them takes it back.
        let caretaker = world.caretaker();
        let all = futures::future::join_all((0..4).map(|_| caretaker.take_back(now))).await;
        let taken: usize = all.into_iter().map(|taken| taken.expect("an answer")).sum();
        assert_eq!(taken, 1);
        let found = world.find(&scope, job.id).await;
        let error = found.error.expect("it says why");
        assert_eq!(error.code, JobFailure::WORKER_LOST);
        now += TimeDelta::minutes(1);
    }
    let failed = world.find(&scope, job.id).await;
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 2));
    assert!(failed.finished_at.is_some());
    assert!(world.claim(1, now).await.is_empty());
    assert_eq!(world.actions(&scope).await, ["job.failed"]);
}

async fn what_is_handed_back_does_not_count(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work().attempts(1)).await;
    let now = world.now().await;
    for number in 1..=3 {
        let taken = world.claim(1, now).await.remove(0);
        assert_eq!((taken.job.attempts, taken.lease.number), (1, number));
        assert!(settle(world, &scope, taken.lease, &Outcome::HandedBack).await);
        let back = world.find(&scope, job.id).await;
        assert_eq!((back.state, back.attempts), (JobState::Queued, 0));
    }
}

async fn what_was_called_off_is_not_tried_again(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work()).await;
    let now = world.now().await;
    assert_eq!(world.claim(1, now).await.len(), 1);
    world
        .jobs()
        .cancel(&principal(1), job.id)
        .await
        .expect("it is running");
    world
        .caretaker()
        .take_back(now + LEASE)
        .await
        .expect("an answer");
    let found = world.find(&scope, job.id).await;
    assert_eq!(
        (found.state, found.cancel_requested),
        (JobState::Cancelled, false)
    );
    assert_eq!(
        world.actions(&scope).await,
        ["job.cancelRequested", "job.cancelled"]
    );
}

async fn progress_is_seen(world: &World) {
    let scope = scope(1);
    let job = world.enqueue(&scope, &work()).await;
    let now = world.now().await;
    let lease = world.claim(1, now).await.remove(0).lease;
    let progress = Progress {
        done: 3,
        total: Some(7),
        message: Some("reading".to_owned()),
    };
    let before = world.find(&scope, job.id).await;
    let mut unit = world.store.begin(&scope).await.expect("a transaction");
    let heard = unit.fence().report(&scope, lease, &progress).await;
    assert!(heard.expect("an answer").is_some());
    unit.commit().await.expect("it lasts");
    let after = world.find(&scope, job.id).await;
    assert_eq!(after.progress, progress);
    assert_eq!(
        after.revision,
        before.revision + 1,
        "whoever watches notices"
    );
}
