//! Jobs: polled, watched, called off.

use futures::StreamExt as _;
use futures::stream::BoxStream;
use installhub_http_kit::{ApiError, Caller, JobView, PageView, Tagged, events, job_filter, page};
use installhub_jobs::{Job, Jobs};
use installhub_kernel::JobId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{EventStream, Json};
use uuid::Uuid;

use crate::tags::Tag;

pub(crate) struct JobResource {
    pub(crate) jobs: Jobs,
}

fn tagged(job: Job) -> Tagged<JobView> {
    Tagged {
        revision: job.revision,
        view: job.into(),
    }
}

#[OpenApi(tag = "Tag::Jobs")]
impl JobResource {
    /// List jobs
    ///
    /// Newest first.
    #[oai(path = "/jobs", method = "get", operation_id = "listJobs")]
    async fn list(
        &self,
        caller: Caller,
        /// Those in this state: `queued`, `running`, `succeeded`, `failed` or `cancelled`.
        state: Query<Option<String>>,
        /// Those of this kind, such as `package.admit`.
        kind: Query<Option<String>>,
        /// The most items.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u32>>,
        /// Where to go on: `nextCursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageView<JobView>>, ApiError> {
        let filter = job_filter(state.0, kind.0)?;
        let found = self
            .jobs
            .list(&caller, &filter, &page(limit.0, cursor.0)?)
            .await?;
        Ok(Json(found.into()))
    }

    /// Read a job
    #[oai(path = "/jobs/:id", method = "get", operation_id = "getJob")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<JobView>, ApiError> {
        Ok(tagged(
            self.jobs.get(&caller, JobId::from_uuid(id.0)).await?,
        ))
    }

    /// Call off a job
    ///
    /// At once when it is queued. When it is running it is asked to end, and the answer may still say that it runs.
    #[oai(path = "/jobs/:id/cancel", method = "post", operation_id = "cancelJob")]
    async fn cancel(&self, caller: Caller, id: Path<Uuid>) -> Result<Tagged<JobView>, ApiError> {
        Ok(tagged(
            self.jobs.cancel(&caller, JobId::from_uuid(id.0)).await?,
        ))
    }

    /// Watch a job
    ///
    /// The job as it is, then after every change, at last in its final state; each as an event `job` whose id is the job's
    /// revision.
    #[oai(path = "/jobs/:id/events", method = "get", operation_id = "watchJob")]
    async fn watch(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// The id of the last event that the client has seen.
        #[oai(name = "Last-Event-ID")]
        last: Header<Option<u64>>,
    ) -> Result<EventStream<BoxStream<'static, JobView>>, ApiError> {
        let changes = self.jobs.watch(&caller, JobId::from_uuid(id.0)).await?;
        let seen = last.0.unwrap_or_default();
        let jobs = changes.filter_map(move |job| async move {
            job.ok()
                .filter(|job| job.revision > seen)
                .map(JobView::from)
        });
        Ok(events(jobs, &caller, "job", |job| job.revision))
    }
}
