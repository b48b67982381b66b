//! Jobs as people see them.

use installhub_access::Permission;
use installhub_jobs::{JobFilter, JobKind, JobState, JobsError, NewJob, Outcome, enqueued};
use installhub_kernel::{Cursor, JobId, PageRequest};
use serde_json::json;

use crate::on_both_engines;
use crate::world::{KIND, World, principal, scope, work};

on_both_engines!(
    a_job_begins_in_the_transaction_of_whoever_needs_it,
    at_most_one_unfinished_job_has_a_key,
    of_those_who_ask_at_once_one_makes_the_job,
    jobs_are_listed_newest_first_piece_by_piece,
    other_tenants_see_nothing,
    what_is_queued_is_called_off_at_once,
    what_is_running_is_asked_to_end,
    whoever_may_not_is_told_what_is_missing,
    a_tenant_may_not_look_across_tenants,
);

async fn a_job_begins_in_the_transaction_of_whoever_needs_it(world: &World) {
    let scope = scope(1);
    let id = JobId::from_uuid(world.ids.new_uuid());
    let mut unit = world.store.begin(&scope).await.expect("a transaction");
    unit.queue()
        .enqueue(&scope, id, &work())
        .await
        .expect("a job");
    drop(unit);
    let gone = world
        .jobs()
        .get(&principal(1), id)
        .await
        .expect_err("taken back");
    assert!(
        matches!(gone, JobsError::NotFound { what: "job", .. }),
        "{gone}"
    );

    let mut unit = world.store.begin(&scope).await.expect("a transaction");
    let job = unit
        .queue()
        .enqueue(&scope, id, &work())
        .await
        .expect("a job");
    unit.audit()
        .append(&scope, enqueued(&job))
        .await
        .expect("an event");
    unit.commit().await.expect("it lasts");
    let found = world
        .jobs()
        .get(&principal(1), id)
        .await
        .expect("it is there");
    assert_eq!(found, job, "what was returned is what is kept");
    assert_eq!(
        (found.state, found.attempts, found.revision),
        (JobState::Queued, 0, 1)
    );
    assert_eq!(&found.created_by, scope.actor());
    assert_eq!(found.request, scope.request());
    assert_eq!(world.actions(&scope).await, ["job.enqueued"]);
}

async fn at_most_one_unfinished_job_has_a_key(world: &World) {
    let scope = scope(1);
    let first = world.enqueue(&scope, &work().unique("nightly")).await;
    assert_eq!(
        world.enqueue(&scope, &work().unique("nightly")).await,
        first
    );
    assert_ne!(
        world.enqueue(&scope, &work().unique("hourly")).await.id,
        first.id
    );
    let other = world
        .enqueue(&super::world::scope(2), &work().unique("nightly"))
        .await;
    assert_ne!(other.id, first.id, "keys are the tenant's own");

    world
        .jobs()
        .cancel(&principal(1), first.id)
        .await
        .expect("it is queued");
    let second = world.enqueue(&scope, &work().unique("nightly")).await;
    assert_ne!(second.id, first.id);
    let jobs = world.jobs();
    let same = work().unique("nightly");
    let asked = jobs
        .enqueue(&principal(1), Permission::ExportRun, &same)
        .await;
    assert_eq!(asked.expect("an answer"), second);
}

async fn of_those_who_ask_at_once_one_makes_the_job(world: &World) {
    let ask = || async {
        let jobs = world.jobs();
        let job = work().unique("once");
        jobs.enqueue(&principal(1), Permission::ExportRun, &job)
            .await
            .expect("a job")
            .id
    };
    let ids = futures::future::join_all((0..8).map(|_| ask())).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(world.count(&scope(1), &JobFilter::default()).await, 1);
    assert_eq!(world.actions(&scope(1)).await, ["job.enqueued"]);
}

async fn jobs_are_listed_newest_first_piece_by_piece(world: &World) {
    let mut made = Vec::new();
    for n in 0..7 {
        let kind = if n % 2 == 0 {
            KIND
        } else {
            JobKind::of("test.other")
        };
        made.push(
            world
                .enqueue(&scope(1), &NewJob::new(kind, json!(n)))
                .await
                .id,
        );
    }
    made.reverse();
    let (jobs, principal) = (world.jobs(), principal(1));
    let all = JobFilter::default();
    let mut seen = Vec::new();
    let mut page = PageRequest::first(3);
    loop {
        let found = jobs.list(&principal, &all, &page).await.expect("a page");
        assert!(found.items.len() <= 3);
        seen.extend(found.items.iter().map(|job| job.id));
        // What comes meanwhile is newer and does not shift what is older.
        world.enqueue(&scope(1), &work()).await;
        match found.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen, made);

    let others = JobFilter {
        kind: Some(JobKind::of("test.other")),
        state: Some(JobState::Queued),
    };
    assert_eq!(world.count(&scope(1), &others).await, 3);
    let running = JobFilter {
        state: Some(JobState::Running),
        ..JobFilter::default()
    };
    assert_eq!(world.count(&scope(1), &running).await, 0);

    page.cursor = Some(Cursor("7".to_owned()));
    let wrong = jobs
        .list(&principal, &all, &page)
        .await
        .expect_err("made up");
    assert!(
        wrong.to_string().starts_with("cursor: '7' is no cursor"),
        "{wrong}"
    );
}

async fn other_tenants_see_nothing(world: &World) {
    let job = world.enqueue(&scope(1), &work()).await;
    let stranger = principal(2);
    let jobs = world.jobs();
    let found = jobs.get(&stranger, job.id).await.expect_err("not theirs");
    assert!(matches!(found, JobsError::NotFound { .. }), "{found}");
    let cancelled = jobs
        .cancel(&stranger, job.id)
        .await
        .expect_err("not theirs");
    assert!(
        matches!(cancelled, JobsError::NotFound { .. }),
        "{cancelled}"
    );
    assert!(jobs.watch(&stranger, job.id).await.is_err());
    assert_eq!(world.count(&scope(2), &JobFilter::default()).await, 0);

    let claimed = world.claim(1, world.now().await).await;
    let lease = claimed[0].lease;
    let mut unit = world.store.begin(&scope(2)).await.expect("a transaction");
    let outcome = Outcome::Cancelled;
    let now = world.now().await;
    let held = unit.fence().hold(&scope(2), lease).await;
    assert_eq!(held.expect("an answer"), None);
    let settled = unit.fence().settle(&scope(2), lease, &outcome, now).await;
    assert!(!settled.expect("an answer"));
    unit.commit().await.expect("nothing was written");
    assert_eq!(world.find(&scope(1), job.id).await.state, JobState::Running);
}

async fn what_is_queued_is_called_off_at_once(world: &World) {
    let job = world.enqueue(&scope(1), &work()).await;
    let jobs = world.jobs();
    let cancelled = jobs
        .cancel(&principal(1), job.id)
        .await
        .expect("it is queued");
    assert_eq!(cancelled.state, JobState::Cancelled);
    assert!(cancelled.finished_at.is_some());
    assert!(!cancelled.cancel_requested);
    let again = jobs
        .cancel(&principal(1), job.id)
        .await
        .expect("it is called off");
    assert_eq!(again, cancelled);
    assert!(world.claim(1, world.now().await).await.is_empty());
    assert_eq!(world.actions(&scope(1)).await, ["job.cancelled"]);
}

async fn what_is_running_is_asked_to_end(world: &World) {
    let job = world.enqueue(&scope(1), &work()).await;
    let now = world.now().await;
    let claimed = world.claim(1, now).await;
    let jobs = world.jobs();
    let asked = jobs
        .cancel(&principal(1), job.id)
        .await
        .expect("it is running");
    assert_eq!(
        (asked.state, asked.cancel_requested),
        (JobState::Running, true)
    );
    let again = jobs
        .cancel(&principal(1), job.id)
        .await
        .expect("it is running");
    assert_eq!(again, asked);

    let mut unit = world.store.begin(&scope(1)).await.expect("a transaction");
    let heard = unit.fence().renew(&scope(1), claimed[0].lease, now).await;
    assert!(
        heard
            .expect("an answer")
            .expect("it is held")
            .cancel_requested
    );
    let done = Outcome::Succeeded(json!(1));
    let settled = unit
        .fence()
        .settle(&scope(1), claimed[0].lease, &done, now)
        .await;
    assert!(
        settled.expect("an answer"),
        "it was done before it could end"
    );
    unit.commit().await.expect("it lasts");
    let refused = jobs
        .cancel(&principal(1), job.id)
        .await
        .expect_err("too late");
    assert_eq!(refused.to_string(), "the job has succeeded already");
    assert_eq!(world.actions(&scope(1)).await, ["job.cancelRequested"]);
}

async fn whoever_may_not_is_told_what_is_missing(world: &World) {
    let jobs = world.jobs();
    let refused = jobs
        .enqueue(&principal(1), Permission::PlatformTenantManage, &work())
        .await
        .expect_err("nobody of a tenant may");
    assert_eq!(refused.to_string(), "needs the permission tenant:manage");
    assert_eq!(world.count(&scope(1), &JobFilter::default()).await, 0);
}

async fn a_tenant_may_not_look_across_tenants(world: &World) {
    world.enqueue(&scope(2), &work()).await;
    let other = scope(2).tenant();
    let page = PageRequest::first(9);
    let jobs = world.jobs();
    let refused = jobs
        .list_of(&principal(1), other, &JobFilter::default(), &page)
        .await
        .expect_err("nobody of a tenant may");
    assert!(matches!(refused, JobsError::Denied(_)), "{refused}");
}
