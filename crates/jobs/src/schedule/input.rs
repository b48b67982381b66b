//! Schedules as asked for.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use installhub_access::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::timing::{Timing, TimingError};
use super::{Schedule, nothing};
use crate::job::USUAL_ATTEMPTS;
use crate::kind::JobKind;

/// The most characters of a name.
const LONGEST_NAME: usize = 100;

/// The most attempts that may be asked for.
const MOST_ATTEMPTS: u32 = 100;

/// The most bytes of a payload.
const LARGEST_PAYLOAD: usize = 64 << 10;

/// What a schedule enqueues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledJob {
    /// What sort of work.
    pub kind: JobKind,
    /// What the handler needs to know; never a secret.
    #[serde(default = "nothing")]
    pub payload: Value,
    /// How often a job may be begun.
    #[serde(default = "usual_attempts")]
    pub max_attempts: u32,
}

fn usual_attempts() -> u32 {
    USUAL_ATTEMPTS
}

/// When a schedule is to run, not yet looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "type"
)]
pub enum TimingInput {
    /// Again and again.
    Cron {
        /// Minute, hour, day of the month, month, day of the week: `30 2 * * MON-FRI`.
        cron: String,
        /// The IANA name of a time zone: `Europe/Berlin`.
        time_zone: String,
    },
    /// One time.
    Once {
        /// When.
        at: DateTime<Utc>,
    },
}

/// A schedule as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSchedule {
    /// Its name.
    pub name: String,
    /// When.
    pub timing: TimingInput,
    /// What.
    pub job: ScheduledJob,
    /// Whether it runs at all.
    pub enabled: bool,
}

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScheduleEdit {
    /// Its name.
    pub name: Option<String>,
    /// When.
    pub timing: Option<TimingInput>,
    /// What.
    pub job: Option<ScheduledJob>,
    /// Whether it runs at all.
    pub enabled: Option<bool>,
}

/// What a schedule becomes, looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleChange {
    /// Its name.
    pub name: String,
    /// When.
    pub timing: Timing,
    /// What.
    pub job: ScheduledJob,
    /// Whether it runs at all.
    pub enabled: bool,
    /// The next time.
    pub next_run: Option<DateTime<Utc>>,
    /// When it was changed.
    pub at: DateTime<Utc>,
}

/// Looks at everything, so that whoever asked hears of all that is wrong at once.
pub(crate) fn checked(
    asked: &NewSchedule,
    schedulable: &BTreeSet<JobKind>,
    now: DateTime<Utc>,
) -> Result<ScheduleChange, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let name = checked_name(&asked.name, &mut wrong);
    check_job(&asked.job, schedulable, &mut wrong);
    match checked_timing(&asked.timing, now, &mut wrong) {
        Some(timing) if wrong.is_empty() => Ok(ScheduleChange {
            name,
            next_run: timing.next_after(now).filter(|_| asked.enabled),
            timing,
            job: asked.job.clone(),
            enabled: asked.enabled,
            at: now,
        }),
        _ => Err(wrong),
    }
}

/// The same for a change: what stays as it is was looked at when it came, and the next run is only planned anew when its
/// time may be another one, so that a run that is due is not lost by giving the schedule another name.
pub(crate) fn checked_edit(
    schedule: &Schedule,
    edit: &ScheduleEdit,
    schedulable: &BTreeSet<JobKind>,
    now: DateTime<Utc>,
) -> Result<ScheduleChange, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let name = match &edit.name {
        Some(name) => checked_name(name, &mut wrong),
        None => schedule.name.clone(),
    };
    if let Some(job) = &edit.job {
        check_job(job, schedulable, &mut wrong);
    }
    let timing = match &edit.timing {
        Some(timing) => checked_timing(timing, now, &mut wrong),
        None => Some(schedule.timing.clone()),
    };
    let enabled = edit.enabled.unwrap_or(schedule.enabled);
    match timing {
        Some(timing) if wrong.is_empty() => {
            let as_planned = timing == schedule.timing && enabled == schedule.enabled;
            let next_run = if as_planned {
                schedule.next_run
            } else {
                timing.next_after(now).filter(|_| enabled)
            };
            Ok(ScheduleChange {
                name,
                timing,
                job: edit.job.clone().unwrap_or_else(|| schedule.job.clone()),
                enabled,
                next_run,
                at: now,
            })
        }
        _ => Err(wrong),
    }
}

fn checked_name(asked: &str, wrong: &mut Vec<FieldError>) -> String {
    let name = asked.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        let message = format!(
            "'{}' cannot name a schedule: expected 1 to {LONGEST_NAME} characters without control characters, such as \
             Nightly export",
            asked.escape_debug()
        );
        wrong.push(FieldError::new("name", "invalidName", message));
    }
    name.to_owned()
}

fn checked_timing(
    asked: &TimingInput,
    now: DateTime<Utc>,
    wrong: &mut Vec<FieldError>,
) -> Option<Timing> {
    let timing = match asked {
        TimingInput::Cron { cron, time_zone } => Timing::cron(cron, time_zone, now),
        TimingInput::Once { at } => Timing::once(*at, now),
    };
    timing
        .map_err(|error| {
            let (field, code) = match &error {
                TimingError::Cron { .. } => ("timing.cron", "invalidCron"),
                TimingError::Never(_) => ("timing.cron", "neverRuns"),
                TimingError::TimeZone(_) => ("timing.timeZone", "unknownTimeZone"),
                TimingError::Passed(_) => ("timing.at", "timeHasPassed"),
            };
            wrong.push(FieldError::new(field, code, error.to_string()));
        })
        .ok()
}

fn check_job(job: &ScheduledJob, schedulable: &BTreeSet<JobKind>, wrong: &mut Vec<FieldError>) {
    // A job may do everything in its tenant, so not every kind is for everybody who may make schedules.
    if !schedulable.contains(&job.kind) {
        let known: Vec<&str> = schedulable.iter().map(JobKind::as_str).collect();
        wrong.push(FieldError::new(
            "job.kind",
            "notSchedulable",
            format!(
                "'{}' cannot be scheduled: expected one of {}",
                job.kind,
                known.join(", ")
            ),
        ));
    }
    if !(1..=MOST_ATTEMPTS).contains(&job.max_attempts) {
        wrong.push(FieldError::new("job.maxAttempts", "outOfRange", format!(
            "{} attempts are not possible: expected 1 to {MOST_ATTEMPTS}, such as {USUAL_ATTEMPTS}",
            job.max_attempts
        )));
    }
    let bytes = job.payload.to_string().len();
    if bytes > LARGEST_PAYLOAD {
        wrong.push(FieldError::new(
            "job.payload",
            "tooLarge",
            format!("the payload has {bytes} bytes as JSON: expected at most {LARGEST_PAYLOAD}"),
        ));
    }
}
