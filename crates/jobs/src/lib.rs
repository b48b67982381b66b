#![doc = include_str!("../README.md")]

mod backoff;
mod bell;
mod error;
mod events;
mod handler;
mod job;
mod jobs;
mod kind;
mod lease;
mod place;
mod ports;
mod running;
mod schedule;
mod schedules;
mod watch;
mod worker;

pub use backoff::Backoff;
pub use bell::JobBell;
pub use error::JobsError;
pub use events::enqueued;
pub use handler::{JobError, JobHandler};
pub use job::{
    Job, JobFailure, JobFilter, JobState, JobStateError, NewJob, Progress, USUAL_ATTEMPTS,
};
pub use jobs::Jobs;
pub use kind::{JobKind, JobKindError};
pub use lease::{ClaimedJob, JobLease, Outcome};
pub use place::{ListPlace, ListPlaceError};
pub use ports::{
    ClaimRequest, DueSchedule, Fired, Heard, JobDispatch, JobFence, JobPlatformUnit, JobQueue,
    JobRepository, JobStore, JobUnit, ScheduleRepository,
};
pub use running::RunningJob;
pub use schedule::{
    NewSchedule, Schedule, ScheduleChange, ScheduleEdit, ScheduledJob, Timing, TimingError,
    TimingInput,
};
pub use schedules::Schedules;
pub use watch::WatchPace;
pub use worker::{Caretaker, Worker, WorkerSettings};
