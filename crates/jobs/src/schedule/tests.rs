use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use installhub_kernel::ScheduleId;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::kind::JobKind;

const KIND: JobKind = JobKind::of("demo.greet");

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// The first runs after `from`, in UTC.
fn runs(cron: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let timing = Timing::cron(cron, zone, time(from)).expect("a timing");
    let mut found = Vec::new();
    let mut last = time(from);
    for _ in 0..count {
        last = timing.next_after(last).expect("there is a next one");
        found.push(last.format("%m-%dT%H:%M").to_string());
    }
    found
}

#[test]
fn times_are_those_of_the_zone() {
    for (cron, zone, from, expected) in [
        // Winter and summer.
        (
            "0 3 * * *",
            "Europe/Berlin",
            "2026-01-10T00:00:00Z",
            ["01-10T02:00", "01-11T02:00"],
        ),
        (
            "0 3 * * *",
            "Europe/Berlin",
            "2026-07-10T00:00:00Z",
            ["07-10T01:00", "07-11T01:00"],
        ),
        (
            "0 3 * * *",
            "Asia/Kathmandu",
            "2026-01-10T00:00:00Z",
            ["01-10T21:15", "01-11T21:15"],
        ),
        (
            "30 2 * * MON-FRI",
            "UTC",
            "2026-01-09T12:00:00Z",
            ["01-12T02:30", "01-13T02:30"],
        ),
        (
            "0 0 L * *",
            "UTC",
            "2026-01-15T00:00:00Z",
            ["01-31T00:00", "02-28T00:00"],
        ),
        (
            "0 0 29 2 *",
            "UTC",
            "2026-01-01T00:00:00Z",
            ["02-29T00:00", "02-29T00:00"],
        ),
        (
            "*/20 * * * *",
            "UTC",
            "2026-01-01T00:00:30Z",
            ["01-01T00:20", "01-01T00:40"],
        ),
    ] {
        assert_eq!(runs(cron, zone, from, 2), expected, "{cron} in {zone}");
    }
}

#[test]
fn a_named_hour_that_is_skipped_is_made_up_for_once() {
    // On 2026-03-29 clocks in Berlin go from 02:00 to 03:00, which is 01:00 UTC.
    for (cron, expected) in [
        ("30 2 * * *", ["03-28T01:30", "03-29T01:00", "03-30T00:30"]),
        (
            "15,45 2 * * *",
            ["03-28T01:45", "03-29T01:00", "03-30T00:15"],
        ),
        (
            "30 2,3 * * *",
            ["03-28T01:30", "03-28T02:30", "03-29T01:00"],
        ),
        // What falls together runs once.
        ("0 2,3 * * *", ["03-28T02:00", "03-29T01:00", "03-30T00:00"]),
    ] {
        assert_eq!(
            runs(cron, "Europe/Berlin", "2026-03-28T01:20:00Z", 3),
            expected,
            "{cron}"
        );
    }
}

#[test]
fn a_named_hour_that_comes_twice_counts_once() {
    // On 2026-10-25 clocks in Berlin go from 03:00 back to 02:00, which is 01:00 UTC.
    for (cron, expected) in [
        ("30 2 * * *", ["10-25T00:30", "10-26T01:30"]),
        ("15,45 2 * * *", ["10-25T00:15", "10-25T00:45"]),
        ("30 1-3 * * *", ["10-24T23:30", "10-25T00:30"]),
    ] {
        assert_eq!(
            runs(cron, "Europe/Berlin", "2026-10-24T23:00:00Z", 2),
            expected,
            "{cron}"
        );
    }
    // Asked from within the second time, the next one is tomorrow's.
    assert_eq!(
        runs("15,45 2 * * *", "Europe/Berlin", "2026-10-25T01:20:00Z", 1),
        ["10-26T01:15"]
    );
}

#[test]
fn what_runs_all_day_goes_on_evenly() {
    assert_eq!(
        runs("30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z", 3),
        ["10-25T00:30", "10-25T01:30", "10-25T02:30"]
    );
    assert_eq!(
        runs("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:15:00Z", 3),
        ["03-29T00:30", "03-29T01:00", "03-29T01:30"]
    );
    // Half an hour is skipped and repeated there.
    assert_eq!(
        runs(
            "0 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:30:00Z",
            2
        ),
        ["04-04T15:30", "04-04T16:30"]
    );
}

#[test]
fn a_whole_day_can_be_skipped() {
    // Samoa went from the 29th to the 31st of December 2011.
    assert_eq!(
        runs("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1),
        ["12-30T10:00"]
    );
}

fn schedule(timing: Timing, next_run: Option<DateTime<Utc>>) -> Schedule {
    let at = time("2026-01-01T00:00:00Z");
    Schedule {
        id: ScheduleId::from_uuid(Uuid::from_u128(7)),
        name: "Nightly".to_owned(),
        timing,
        job: ScheduledJob {
            kind: KIND,
            payload: json!({}),
            max_attempts: 3,
        },
        enabled: true,
        next_run,
        last_run: None,
        last_job: None,
        runs: 0,
        created_at: at,
        created_by: "anna".parse().expect("a name"),
        updated_at: at,
        revision: 1,
    }
}

#[test]
fn missed_runs_are_one_and_time_that_goes_back_repeats_none() {
    let planned = time("2026-01-02T03:00:00Z");
    let timing = Timing::cron("0 3 * * *", "UTC", time("2026-01-01T00:00:00Z")).expect("a timing");
    let schedule = schedule(timing, Some(planned));
    for (now, expected) in [
        ("2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"),
        ("2026-01-09T12:00:00Z", "2026-01-10T03:00:00Z"),
        // A clock that was set back by a week just after the run was found to be due.
        ("2025-12-26T00:00:00Z", "2026-01-03T03:00:00Z"),
    ] {
        assert_eq!(schedule.run_after(time(now)), Some(time(expected)), "{now}");
    }
}

#[test]
fn one_time_is_one_time() {
    let now = time("2026-01-01T00:00:00Z");
    let at = time("2026-01-01T00:00:01Z");
    let timing = Timing::once(at, now).expect("it is to come");
    assert_eq!(timing.next_after(now), Some(at));
    assert_eq!(timing.next_after(at), None);
    assert_eq!(schedule(timing, Some(at)).run_after(at), None);
}

#[test]
fn what_makes_no_sense_is_named_field_by_field() {
    let now = time("2026-01-01T00:00:00Z");
    let asked = |cron: &str, zone: &str| NewSchedule {
        name: "Nightly".to_owned(),
        timing: TimingInput::Cron {
            cron: cron.to_owned(),
            time_zone: zone.to_owned(),
        },
        job: ScheduledJob {
            kind: KIND,
            payload: json!({}),
            max_attempts: 3,
        },
        enabled: true,
    };
    let kinds = BTreeSet::from([KIND]);
    let wrong = |asked: &NewSchedule| {
        let wrong = checked(asked, &kinds, now).expect_err("it makes no sense");
        wrong
            .into_iter()
            .map(|wrong| format!("{} {}: {}", wrong.field, wrong.code, wrong.message))
            .collect::<Vec<_>>()
    };
    assert!(checked(&asked("0 3 * * *", "Europe/Berlin"), &kinds, now).is_ok());
    for (cron, zone, expected) in [
        (
            "0 0 30 2 *",
            "UTC",
            "timing.cron neverRuns: '0 0 30 2 *' never comes: expected a day that exists",
        ),
        (
            "0 3 * *",
            "UTC",
            "timing.cron invalidCron: '0 3 * *' is no cron expression",
        ),
        (
            "",
            "UTC",
            "timing.cron invalidCron: '' is no cron expression",
        ),
        (
            "0 0 3 * * *",
            "UTC",
            "timing.cron invalidCron: '0 0 3 * * *' is no cron expression",
        ),
        (
            "99 3 * * *",
            "UTC",
            "timing.cron invalidCron: '99 3 * * *' is no cron expression",
        ),
        (
            "\u{0} ü * * *",
            "UTC",
            "timing.cron invalidCron: '\\0 ü * * *' is no cron expression",
        ),
        (
            "0 3 * * *",
            "Europe/Berln",
            "timing.timeZone unknownTimeZone: 'Europe/Berln' is no time zone: expected a name of the IANA database, such as Europe/Berlin",
        ),
        (
            "0 3 * * *",
            "",
            "timing.timeZone unknownTimeZone: '' is no time zone",
        ),
    ] {
        let found = wrong(&asked(cron, zone));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(expected), "{found:?}");
    }
    let everything = NewSchedule {
        name: " \n".to_owned(),
        timing: TimingInput::Once { at: now },
        job: ScheduledJob {
            kind: JobKind::of("package.delete"),
            payload: json!("x".repeat(70_000)),
            max_attempts: 0,
        },
        enabled: true,
    };
    let fields: Vec<_> = wrong(&everything)
        .into_iter()
        .map(|wrong| wrong.split(':').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        fields,
        [
            "name invalidName",
            "job.kind notSchedulable",
            "job.maxAttempts outOfRange",
            "job.payload tooLarge",
            "timing.at timeHasPassed",
        ]
    );
}

#[test]
fn a_change_of_the_name_loses_no_run_that_is_due() {
    let now = time("2026-01-05T00:00:00Z");
    let due = time("2026-01-02T03:00:00Z");
    let timing = Timing::cron("0 3 * * *", "UTC", due).expect("a timing");
    let schedule = schedule(timing, Some(due));
    let kinds = BTreeSet::from([KIND]);
    let next = |edit: &ScheduleEdit| {
        checked_edit(&schedule, edit, &kinds, now)
            .expect("it makes sense")
            .next_run
    };
    let name = ScheduleEdit {
        name: Some("Every night".to_owned()),
        ..ScheduleEdit::default()
    };
    assert_eq!(next(&name), Some(due));
    let off = ScheduleEdit {
        enabled: Some(false),
        ..ScheduleEdit::default()
    };
    assert_eq!(next(&off), None);
    let other = ScheduleEdit {
        timing: Some(TimingInput::Cron {
            cron: "0 4 * * *".to_owned(),
            time_zone: "UTC".to_owned(),
        }),
        ..ScheduleEdit::default()
    };
    assert_eq!(next(&other), Some(time("2026-01-05T04:00:00Z")));
}
