//! What people and programs do with jobs.

use std::sync::Arc;

use futures::Stream;
use installhub_access::{Permission, Principal};
use installhub_kernel::{IdGenerator, JobId, Page, PageRequest, TenantId, TenantScope};

use crate::bell::JobBell;
use crate::error::JobsError;
use crate::events;
use crate::job::{Job, JobFilter, JobState, NewJob};
use crate::place::check_cursor;
use crate::ports::JobStore;
use crate::watch::{self, WatchPace};

/// What people and programs do with jobs.
#[derive(Clone)]
pub struct Jobs {
    /// Where jobs are kept.
    pub store: Arc<dyn JobStore>,
    /// Identities of new jobs.
    pub ids: Arc<dyn IdGenerator>,
    /// Shared with the worker of this process, if it has one.
    pub bell: JobBell,
    /// How often a watched job is looked at.
    pub pace: WatchPace,
}

impl Jobs {
    /// Asks for a job in a transaction of its own, for whoever has `permission`: the one that the work itself needs.
    ///
    /// Returns the unfinished job with the same unique key, if there is one.
    pub async fn enqueue(
        &self,
        principal: &Principal,
        permission: Permission,
        job: &NewJob,
    ) -> Result<Job, JobsError> {
        let scope = principal.scope_for(permission)?;
        let id = JobId::from_uuid(self.ids.new_uuid());
        let mut unit = self.store.begin(scope).await?;
        let job = unit.queue().enqueue(scope, id, job).await?;
        if job.id == id {
            unit.audit().append(scope, events::enqueued(&job)).await?;
            unit.commit().await?;
            self.bell.enqueued();
        }
        Ok(job)
    }

    /// One job. Needs `job:read`.
    pub async fn get(&self, principal: &Principal, id: JobId) -> Result<Job, JobsError> {
        self.find(principal.scope_for(Permission::JobRead)?, id)
            .await
    }

    /// A piece of the list, newest first. Needs `job:read`.
    pub async fn list(
        &self,
        principal: &Principal,
        filter: &JobFilter,
        page: &PageRequest,
    ) -> Result<Page<Job>, JobsError> {
        let scope = principal.scope_for(Permission::JobRead)?;
        check_cursor(page)?;
        let mut unit = self.store.read(scope).await?;
        Ok(unit.jobs().list(scope, filter, page).await?)
    }

    /// The same of any tenant, for who looks after the platform, which notes that they looked. Needs `platform:job-read`.
    pub async fn list_of(
        &self,
        principal: &Principal,
        tenant: TenantId,
        filter: &JobFilter,
        page: &PageRequest,
    ) -> Result<Page<Job>, JobsError> {
        let across = principal.platform_for(Permission::PlatformJobRead)?;
        check_cursor(page)?;
        let platform = across.of_tenant(TenantId::PLATFORM);
        let mut unit = self.store.begin(&platform).await?;
        unit.audit()
            .append(&platform, events::looked_at(tenant))
            .await?;
        unit.commit().await?;
        let scope = across.of_tenant(tenant);
        let mut unit = self.store.read(&scope).await?;
        Ok(unit.jobs().list(&scope, filter, page).await?)
    }

    /// Calls off a job: at once when it is queued; when it is running, its handler is asked to end and the answer may still
    /// say so. A job that was called off before is returned as it is. Needs `job:cancel`.
    ///
    /// [`JobsError::Conflict`] when it has succeeded or failed.
    pub async fn cancel(&self, principal: &Principal, id: JobId) -> Result<Job, JobsError> {
        let scope = principal.scope_for(Permission::JobCancel)?;
        let mut unit = self.store.begin(scope).await?;
        let now = unit.jobs().now().await?;
        let event = if unit.jobs().cancel_queued(scope, id, now).await? {
            Some(events::cancelled as fn(&Job) -> _)
        } else if unit.jobs().ask_to_cancel(scope, id).await? {
            Some(events::cancel_requested as fn(&Job) -> _)
        } else {
            None
        };
        let found = unit.jobs().find(scope, id).await?;
        let job = found.ok_or_else(|| not_found(id))?;
        if let Some(event) = event {
            unit.audit().append(scope, event(&job)).await?;
            unit.commit().await?;
            self.bell.changed();
            return Ok(job);
        }
        match job.state {
            JobState::Succeeded | JobState::Failed => Err(JobsError::Conflict(format!(
                "the job has {} already",
                job.state
            ))),
            _ => Ok(job),
        }
    }

    /// The job as it is, then again after every change that is noticed, and at last in its final state, whichever process
    /// works on it. Needs `job:read`.
    ///
    /// The permission is asked for once. Failures of the store that pass are waited out; any other ends the stream.
    pub async fn watch(
        &self,
        principal: &Principal,
        id: JobId,
    ) -> Result<impl Stream<Item = Result<Job, JobsError>> + Send + 'static, JobsError> {
        let scope = principal.scope_for(Permission::JobRead)?.clone();
        let job = self.find(&scope, id).await?;
        Ok(watch::changes(self.clone(), scope, job))
    }

    pub(crate) async fn find(&self, scope: &TenantScope, id: JobId) -> Result<Job, JobsError> {
        let mut unit = self.store.read(scope).await?;
        let found = unit.jobs().find(scope, id).await?;
        found.ok_or_else(|| not_found(id))
    }
}

fn not_found(id: JobId) -> JobsError {
    JobsError::NotFound {
        what: "job",
        id: id.to_string(),
    }
}
