//! Schedules begin once, whoever looks at them and however often.

use chrono::{DateTime, TimeDelta, Utc};
use installhub_jobs::{
    JobFilter, JobsError, NewSchedule, Schedule, ScheduleEdit, ScheduledJob, TimingInput,
};
use installhub_kernel::PageRequest;
use serde_json::json;

use crate::on_both_engines;
use crate::world::{KIND, World, principal, scope};

on_both_engines!(
    a_schedule_begins_once_however_many_look_at_it,
    what_was_missed_begins_once,
    while_a_run_has_not_ended_no_second_one_is_enqueued,
    one_time_is_one_time,
    what_is_off_or_deleted_does_not_run,
    a_change_made_on_what_is_old_is_refused,
    a_run_and_a_change_at_once_lose_neither,
    names_are_taken_until_deleted,
    schedules_are_listed_newest_first_piece_by_piece,
);

fn nightly() -> NewSchedule {
    NewSchedule {
        name: "Nightly".to_owned(),
        timing: TimingInput::Cron {
            cron: "0 3 * * *".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        },
        job: ScheduledJob {
            kind: KIND,
            payload: json!({ "n": 1 }),
            max_attempts: 3,
        },
        enabled: true,
    }
}

async fn create(world: &World, new: &NewSchedule) -> Schedule {
    let created = world.schedules().create(&principal(1), new).await;
    created.expect("it makes sense")
}

async fn read(world: &World, schedule: &Schedule) -> Schedule {
    let found = world.schedules().get(&principal(1), schedule.id).await;
    found.expect("it is there")
}

async fn fire(world: &World, now: DateTime<Utc>) -> usize {
    world.caretaker().fire(now).await.expect("an answer")
}

async fn jobs(world: &World) -> usize {
    world.count(&scope(1), &JobFilter::default()).await
}

/// Lets the jobs there are end, so that the next run is not held up.
async fn finish_jobs(world: &World) {
    let all = PageRequest::first(100);
    let jobs = world.jobs();
    let list = jobs.list(&principal(1), &JobFilter::default(), &all).await;
    for job in list.expect("a page").items {
        if !job.state.is_final() {
            jobs.cancel(&principal(1), job.id)
                .await
                .expect("it is queued");
        }
    }
}

async fn a_schedule_begins_once_however_many_look_at_it(world: &World) {
    let schedule = create(world, &nightly()).await;
    let due = schedule.next_run.expect("there is a next run");
    assert_eq!(fire(world, due - TimeDelta::milliseconds(1)).await, 0);

    let all = futures::future::join_all((0..8).map(|_| fire(world, due))).await;
    assert_eq!(all.iter().sum::<usize>(), 1, "{all:?}");
    assert_eq!(jobs(world).await, 1);
    let after = read(world, &schedule).await;
    assert_eq!((after.last_run, after.runs), (Some(due), 1));
    assert!(after.next_run > Some(due));
    assert_eq!(after.revision, schedule.revision, "nobody has changed it");
    let job = world
        .find(&scope(1), after.last_job.expect("its job"))
        .await;
    assert_eq!((job.schedule, job.max_attempts), (Some(schedule.id), 3));
    assert_eq!(&job.created_by, scope(1).actor());

    finish_jobs(world).await;
    for back in [
        TimeDelta::zero(),
        TimeDelta::minutes(1),
        TimeDelta::days(400),
    ] {
        assert_eq!(fire(world, due - back).await, 0, "time went back by {back}");
    }
    assert_eq!(jobs(world).await, 1);
    let actions = world.actions(&scope(1)).await;
    assert_eq!(
        actions,
        ["schedule.created", "job.enqueued", "job.cancelled"]
    );
}

async fn what_was_missed_begins_once(world: &World) {
    let schedule = create(world, &nightly()).await;
    let due = schedule.next_run.expect("there is a next run");
    let much_later = due + TimeDelta::days(10);
    assert_eq!(fire(world, much_later).await, 1);
    assert_eq!(fire(world, much_later).await, 0);
    assert_eq!(jobs(world).await, 1);
    let next = read(world, &schedule).await.next_run.expect("there is one");
    assert!(
        next > much_later && next <= much_later + TimeDelta::hours(26),
        "{next}"
    );
}

async fn while_a_run_has_not_ended_no_second_one_is_enqueued(world: &World) {
    let schedule = create(world, &nightly()).await;
    for _ in 0..3 {
        let due = read(world, &schedule).await.next_run.expect("a next run");
        assert_eq!(fire(world, due).await, 1);
        assert_eq!(jobs(world).await, 1);
    }
    finish_jobs(world).await;
    let due = read(world, &schedule).await.next_run.expect("a next run");
    fire(world, due).await;
    assert_eq!(jobs(world).await, 2);
}

async fn one_time_is_one_time(world: &World) {
    let at = world.now().await + TimeDelta::hours(1);
    let once = NewSchedule {
        timing: TimingInput::Once { at },
        ..nightly()
    };
    let schedule = create(world, &once).await;
    assert_eq!(fire(world, at + TimeDelta::minutes(5)).await, 1);
    finish_jobs(world).await;
    assert_eq!(fire(world, at + TimeDelta::days(5)).await, 0);
    let after = read(world, &schedule).await;
    assert_eq!((after.next_run, after.runs), (None, 1));
}

async fn what_is_off_or_deleted_does_not_run(world: &World) {
    let schedules = world.schedules();
    let off = NewSchedule {
        name: "Off".to_owned(),
        enabled: false,
        ..nightly()
    };
    let off = create(world, &off).await;
    let gone = create(world, &nightly()).await;
    let deleted = schedules.delete(&principal(1), gone.id, Some(1)).await;
    deleted.expect("it is there");
    let far = world.now().await + TimeDelta::days(3);
    assert_eq!(fire(world, far).await, 0);
    let found = schedules
        .get(&principal(1), gone.id)
        .await
        .expect_err("deleted");
    assert!(
        matches!(
            found,
            JobsError::NotFound {
                what: "schedule",
                ..
            }
        ),
        "{found}"
    );
    let again = schedules.delete(&principal(1), gone.id, None).await;
    assert!(matches!(again, Err(JobsError::NotFound { .. })));

    let on = ScheduleEdit {
        enabled: Some(true),
        ..ScheduleEdit::default()
    };
    let changed = schedules.change(&principal(1), off.id, Some(1), &on).await;
    let changed = changed.expect("it is there");
    assert_eq!(changed, read(world, &off).await);
    assert_eq!(fire(world, changed.next_run.expect("it is on")).await, 1);
    assert_eq!(
        world.actions(&scope(1)).await,
        [
            "schedule.created",
            "schedule.created",
            "schedule.deleted",
            "schedule.changed",
            "job.enqueued"
        ]
    );
}

async fn a_change_made_on_what_is_old_is_refused(world: &World) {
    let schedules = world.schedules();
    let schedule = create(world, &nightly()).await;
    let name = |name: &str| ScheduleEdit {
        name: Some(name.to_owned()),
        ..ScheduleEdit::default()
    };
    let changed = schedules
        .change(&principal(1), schedule.id, Some(1), &name("Daily"))
        .await;
    assert_eq!(changed.expect("it is as seen").revision, 2);
    let refused = schedules
        .change(&principal(1), schedule.id, Some(1), &name("Hourly"))
        .await;
    assert!(matches!(
        refused,
        Err(JobsError::Stale {
            expected: 1,
            found: 2
        })
    ));
    let refused = schedules.delete(&principal(1), schedule.id, Some(1)).await;
    assert!(matches!(
        refused,
        Err(JobsError::Stale {
            expected: 1,
            found: 2
        })
    ));
    let stranger = schedules
        .change(&principal(2), schedule.id, None, &name("Mine"))
        .await;
    assert!(matches!(stranger, Err(JobsError::NotFound { .. })));

    let wrong = ScheduleEdit {
        timing: Some(TimingInput::Cron {
            cron: "0 3 30 2 *".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
        }),
        ..ScheduleEdit::default()
    };
    let refused = schedules
        .change(&principal(1), schedule.id, None, &wrong)
        .await;
    let refused = refused.expect_err("there is no such day");
    assert!(
        refused
            .to_string()
            .starts_with("timing.cron: '0 3 30 2 *' never comes"),
        "{refused}"
    );
    assert_eq!(read(world, &schedule).await.name, "Daily");
}

async fn a_run_and_a_change_at_once_lose_neither(world: &World) {
    let mut schedule = create(world, &nightly()).await;
    for round in 0..10 {
        let due = schedule.next_run.expect("a next run");
        let edit = ScheduleEdit {
            name: Some(format!("Nightly {round}")),
            ..ScheduleEdit::default()
        };
        let schedules = world.schedules();
        let principal = principal(1);
        let change = async {
            // Whoever is told that it has changed reads it again.
            while schedules
                .change(&principal, schedule.id, None, &edit)
                .await
                .is_err()
            {}
        };
        let run = async { fire(world, due).await };
        let (fired, ()) = tokio::join!(run, change);
        let fired = fired + fire(world, due).await;
        assert_eq!(fired, 1, "in round {round}");
        finish_jobs(world).await;
        schedule = read(world, &schedule).await;
        assert_eq!((schedule.runs, schedule.revision), (round + 1, round + 2));
        assert!(schedule.next_run > Some(due));
    }
}

async fn names_are_taken_until_deleted(world: &World) {
    let schedules = world.schedules();
    let first = create(world, &nightly()).await;
    let same = NewSchedule {
        name: "  NIGHTLY ".to_owned(),
        ..nightly()
    };
    let refused = schedules
        .create(&principal(1), &same)
        .await
        .expect_err("taken");
    assert_eq!(
        refused.to_string(),
        "there is a schedule named 'NIGHTLY' already"
    );
    schedules
        .create(&principal(2), &same)
        .await
        .expect("another tenant's own");
    schedules
        .delete(&principal(1), first.id, None)
        .await
        .expect("it is there");
    create(world, &same).await;
}

async fn schedules_are_listed_newest_first_piece_by_piece(world: &World) {
    let schedules = world.schedules();
    let mut made = Vec::new();
    for n in 0..5 {
        let name = format!("Schedule {n}");
        made.push(create(world, &NewSchedule { name, ..nightly() }).await);
    }
    made.reverse();
    let mut seen = Vec::new();
    let mut page = PageRequest::first(2);
    loop {
        let found = schedules.list(&principal(1), &page).await.expect("a page");
        seen.extend(found.items);
        match found.next_cursor {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let other = schedules.list(&principal(2), &page).await.expect("a page");
    assert!(other.items.is_empty());
}
