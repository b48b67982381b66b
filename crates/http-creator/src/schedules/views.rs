//! What requests and answers about schedules look like.

use installhub_http_kit::{ApiError, Text, Timestamp, field};
use installhub_jobs::{
    NewSchedule, Schedule, ScheduleEdit, ScheduledJob, Timing, TimingInput, USUAL_ATTEMPTS,
};
use poem_openapi::{Object, Union};
use serde_json::{Map, Value};
use uuid::Uuid;

/// When a schedule runs.
#[derive(Union)]
#[oai(
    rename = "Timing",
    discriminator_name = "type",
    rename_all = "camelCase"
)]
enum TimingView {
    /// Again and again.
    Cron(CronView),
    /// One time.
    Once(OnceView),
}

/// The times of a cron expression.
#[derive(Object)]
#[oai(rename = "CronTiming", rename_all = "camelCase")]
struct CronView {
    /// Minute, hour, day of the month, month, day of the week: `30 2 * * MON-FRI`.
    cron: Text,
    /// The IANA name of a time zone, such as `Europe/Berlin`.
    time_zone: Text,
}

/// One time.
#[derive(Object)]
#[oai(rename = "OnceTiming", rename_all = "camelCase")]
struct OnceView {
    /// When.
    at: Timestamp,
}

impl From<TimingView> for TimingInput {
    fn from(timing: TimingView) -> Self {
        match timing {
            TimingView::Cron(CronView { cron, time_zone }) => Self::Cron {
                cron: cron.into(),
                time_zone: time_zone.into(),
            },
            TimingView::Once(OnceView { at }) => Self::Once { at: at.0 },
        }
    }
}

/// What a schedule enqueues.
#[derive(Object)]
#[oai(rename = "ScheduledJob", rename_all = "camelCase")]
struct ScheduledJobView {
    /// What sort of work, such as `snapshots.sweep`.
    kind: Text,
    /// What the work needs to know: an object; its shape is that of the kind.
    payload: Option<Value>,
    /// How often a job may be begun.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    max_attempts: Option<u32>,
}

impl ScheduledJobView {
    fn read(self) -> Result<ScheduledJob, ApiError> {
        Ok(ScheduledJob {
            kind: field("job.kind", &self.kind)?,
            payload: self.payload.unwrap_or_else(|| Value::Object(Map::new())),
            max_attempts: self.max_attempts.unwrap_or(USUAL_ATTEMPTS),
        })
    }
}

impl From<ScheduledJob> for ScheduledJobView {
    fn from(job: ScheduledJob) -> Self {
        Self {
            kind: job.kind.to_string().into(),
            payload: Some(job.payload),
            max_attempts: Some(job.max_attempts),
        }
    }
}

/// A schedule to be.
#[derive(Object)]
#[oai(rename = "NewSchedule", rename_all = "camelCase")]
pub(super) struct ScheduleInput {
    /// The name; no other schedule of the tenant has it.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: Text,
    /// When.
    timing: TimingView,
    /// What.
    job: ScheduledJobView,
    /// Whether it runs at all; it does unless told otherwise.
    enabled: Option<bool>,
}

impl ScheduleInput {
    pub(super) fn read(self) -> Result<NewSchedule, ApiError> {
        Ok(NewSchedule {
            name: self.name.into(),
            timing: self.timing.into(),
            job: self.job.read()?,
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

/// What is to become of a schedule; what is missing stays.
#[derive(Object)]
#[oai(rename = "ScheduleChange", rename_all = "camelCase")]
pub(super) struct ScheduleChangeInput {
    /// Another name.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: Option<Text>,
    /// Other times.
    timing: Option<TimingView>,
    /// Other work.
    job: Option<ScheduledJobView>,
    /// Whether it runs at all.
    enabled: Option<bool>,
}

impl ScheduleChangeInput {
    pub(super) fn read(self) -> Result<ScheduleEdit, ApiError> {
        Ok(ScheduleEdit {
            name: self.name.map(Into::into),
            timing: self.timing.map(Into::into),
            job: self.job.map(ScheduledJobView::read).transpose()?,
            enabled: self.enabled,
        })
    }
}

/// A rule by which jobs come to be.
#[derive(Object)]
#[oai(rename = "Schedule", rename_all = "camelCase")]
pub(super) struct ScheduleView {
    /// The id.
    id: Uuid,
    /// The name.
    name: String,
    /// When.
    #[oai(skip_serializing_if_is_none)]
    timing: Option<TimingView>,
    /// What.
    job: ScheduledJobView,
    /// Whether it runs at all.
    enabled: bool,
    /// The next time; missing when it will not run.
    #[oai(skip_serializing_if_is_none)]
    next_run: Option<Timestamp>,
    /// When it ran last.
    #[oai(skip_serializing_if_is_none)]
    last_run: Option<Timestamp>,
    /// The job of that run.
    #[oai(skip_serializing_if_is_none)]
    last_job_id: Option<Uuid>,
    /// How often it has run.
    runs: u64,
    /// When it was made.
    created_at: Timestamp,
    /// By whom; its jobs are done in their name.
    created_by: String,
    /// When it last changed.
    updated_at: Timestamp,
    /// Counts changes from 1.
    revision: u64,
}

impl From<Schedule> for ScheduleView {
    fn from(schedule: Schedule) -> Self {
        Self {
            id: schedule.id.as_uuid(),
            name: schedule.name,
            timing: timing(schedule.timing),
            job: schedule.job.into(),
            enabled: schedule.enabled,
            next_run: schedule.next_run.map(Into::into),
            last_run: schedule.last_run.map(Into::into),
            last_job_id: schedule.last_job.map(|id| id.as_uuid()),
            runs: schedule.runs,
            created_at: schedule.created_at.into(),
            created_by: schedule.created_by.to_string(),
            updated_at: schedule.updated_at.into(),
            revision: schedule.revision,
        }
    }
}

fn timing(timing: Timing) -> Option<TimingView> {
    match timing {
        Timing::Cron {
            cron, time_zone, ..
        } => Some(TimingView::Cron(CronView {
            cron: cron.into(),
            time_zone: time_zone.into(),
        })),
        Timing::Once { at, .. } => Some(TimingView::Once(OnceView { at: at.into() })),
        _ => None,
    }
}
