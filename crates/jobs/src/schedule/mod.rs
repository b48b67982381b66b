//! A rule by which jobs come to be.

mod cron;
mod input;
mod timing;

use chrono::{DateTime, Utc};
use installhub_kernel::{Actor, JobId, ScheduleId};
use serde_json::Value;

pub use input::{NewSchedule, ScheduleChange, ScheduleEdit, ScheduledJob, TimingInput};
pub(crate) use input::{checked, checked_edit};
pub use timing::{Timing, TimingError};

use crate::job::NewJob;

/// A rule by which jobs come to be.
///
/// However many processes there are and however long none of them was there: a run whose time has come begins once, and
/// several that were missed begin as one. While the job of the run before has not ended, no second one is enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Which schedule.
    pub id: ScheduleId,
    /// Its name; no other schedule of the tenant has it.
    pub name: String,
    /// When.
    pub timing: Timing,
    /// What.
    pub job: ScheduledJob,
    /// Whether it runs at all.
    pub enabled: bool,
    /// The next time; `None` when it is not enabled, or has run for the only time.
    pub next_run: Option<DateTime<Utc>>,
    /// When it ran last.
    pub last_run: Option<DateTime<Utc>>,
    /// The job of that run.
    pub last_job: Option<JobId>,
    /// How often it has run.
    pub runs: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// By whom; its jobs are done in their name.
    pub created_by: Actor,
    /// When somebody changed it last.
    pub updated_at: DateTime<Utc>,
    /// Counts the changes by people, from 1.
    pub revision: u64,
}

impl Schedule {
    /// The job of a run.
    pub fn new_job(&self) -> NewJob {
        NewJob {
            kind: self.job.kind.clone(),
            payload: self.job.payload.clone(),
            max_attempts: self.job.max_attempts,
            run_at: None,
            unique_key: Some(format!("schedule:{}", self.id)),
            schedule: Some(self.id),
        }
    }

    /// The run after the one that begins now.
    ///
    /// Never before the one that was planned, whatever the clock says: where time goes back, nothing runs twice.
    pub(crate) fn run_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let from = self.next_run.map_or(now, |planned| planned.max(now));
        self.timing.next_after(from)
    }
}

/// The payload when there is none.
pub(crate) fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

#[cfg(test)]
mod tests;
