//! What the service does for itself, as jobs of the platform: any number of processes, and each is done once.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use installhub_access::ports::AccessStore;
use installhub_access::{Access, Principal};
use installhub_auditing::Audit;
use installhub_catalog::Catalog;
use installhub_deletion::Deletion;
use installhub_jobs::{
    JobError, JobHandler, JobKind, JobsError, NewSchedule, RunningJob, ScheduledJob, Schedules,
    TimingInput,
};
use installhub_kernel::{Actor, ActorKind, Clock, PageRequest, PlatformScope, TenantId};
use installhub_storage_object_store::ObjectStorage;
use serde_json::{Value, json};

use super::Service;

/// An upload that takes longer belongs to a dead process.
const LONGEST_UPLOAD: TimeDelta = TimeDelta::days(1);
/// How many tenants are looked after at a time.
const TENANTS: u32 = 200;

/// The service itself, looking after all tenants.
fn itself() -> Result<PlatformScope, JobError> {
    let name: Actor = "installhub"
        .parse()
        .map_err(|error| JobError::fatal("Internal", format!("{error}")))?;
    Ok(PlatformScope::acting(name, ActorKind::System, None))
}

fn again(error: impl std::fmt::Display) -> JobError {
    JobError::Retry(error.to_string())
}

/// Signs how far every chain of audit events has come.
pub(super) struct AuditCheckpoint {
    audit: Arc<Audit>,
}

impl AuditCheckpoint {
    pub(super) const KIND: JobKind = JobKind::of("audit.checkpoint");

    pub(super) fn new(audit: Arc<Audit>) -> Self {
        Self { audit }
    }
}

#[async_trait]
impl JobHandler for AuditCheckpoint {
    fn kind(&self) -> JobKind {
        Self::KIND
    }

    async fn run(&self, _job: RunningJob<'_>) -> Result<Value, JobError> {
        let run = self.audit.checkpoint_all(&itself()?).await.map_err(again)?;
        for (tenant, error) in &run.failed {
            tracing::error!(%tenant, %error, "the audit log of a tenant could not be signed");
        }
        let failed: Vec<String> = run
            .failed
            .iter()
            .map(|(tenant, _)| tenant.to_string())
            .collect();
        Ok(json!({ "signed": run.signed, "failed": failed }))
    }
}

/// Removes what is over: sessions, uploads, bytes that nothing refers to, and what purges left.
pub(super) struct Sweep {
    access: Arc<Access>,
    tenants: Arc<dyn AccessStore>,
    catalog: Arc<Catalog>,
    deletion: Arc<Deletion>,
    objects: ObjectStorage,
    clock: Arc<dyn Clock>,
}

impl Sweep {
    pub(super) const KIND: JobKind = JobKind::of("service.sweep");

    pub(super) fn of(service: &Service) -> Self {
        Self {
            access: service.access.clone(),
            tenants: Arc::new(service.store.clone()),
            catalog: service.catalog.clone(),
            deletion: service.deletion.clone(),
            objects: service.objects.clone(),
            clock: service.clock.clone(),
        }
    }

    async fn tenants(
        &self,
        page: PageRequest,
    ) -> Result<(Vec<TenantId>, Option<PageRequest>), JobError> {
        let mut unit = self.tenants.read_platform(&itself()?).await?;
        let found = unit.tenants().list(&itself()?, page.clone()).await?;
        let next = found.next_cursor.map(|cursor| PageRequest {
            cursor: Some(cursor),
            ..page
        });
        Ok((
            found.items.into_iter().map(|tenant| tenant.id).collect(),
            next,
        ))
    }
}

#[async_trait]
impl JobHandler for Sweep {
    fn kind(&self) -> JobKind {
        Self::KIND
    }

    async fn run(&self, _job: RunningJob<'_>) -> Result<Value, JobError> {
        let access = self.access.sweep().await.map_err(again)?;
        let purged = self
            .deletion
            .sweep_leftovers(&itself()?)
            .await
            .map_err(again)?;
        let abandoned = self
            .objects
            .sweep_abandoned(self.clock.now() - LONGEST_UPLOAD)
            .await
            .map_err(again)?;
        let (mut uploads, mut bundles) = (0, 0);
        let mut page = Some(PageRequest::first(TENANTS));
        while let Some(wanted) = page {
            let (tenants, next) = self.tenants(wanted).await?;
            for tenant in tenants {
                let swept = self
                    .catalog
                    .sweep(&itself()?.of_tenant(tenant))
                    .await
                    .map_err(again)?;
                uploads += swept.uploads;
                bundles += swept.bundles;
            }
            page = next;
        }
        Ok(json!({
            "sessions": access.sessions,
            "uploads": uploads,
            "bundles": bundles,
            "abandonedObjects": abandoned,
            "purgedObjects": purged.removed,
        }))
    }
}

/// Makes the schedules of the service itself, where they are not there yet.
pub(super) async fn schedule(schedules: &Schedules) -> Result<(), JobsError> {
    let Ok(name) = "installhub".parse::<Actor>() else {
        return Ok(());
    };
    let principal = Principal::system(TenantId::PLATFORM, name);
    for (name, cron, kind) in [
        ("Sign the audit log", "7 * * * *", AuditCheckpoint::KIND),
        ("Remove what is over", "37 * * * *", Sweep::KIND),
    ] {
        let new = NewSchedule {
            name: name.to_owned(),
            timing: TimingInput::Cron {
                cron: cron.to_owned(),
                time_zone: "UTC".to_owned(),
            },
            job: ScheduledJob {
                kind,
                payload: Value::Null,
                max_attempts: 3,
            },
            enabled: true,
        };
        match schedules.create(&principal, &new).await {
            Ok(_) | Err(JobsError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
