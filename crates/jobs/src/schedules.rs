//! What people and programs do with schedules.

use std::collections::BTreeSet;
use std::sync::Arc;

use installhub_access::{Permission, Principal};
use installhub_kernel::{IdGenerator, Page, PageRequest, ScheduleId, TenantScope};

use crate::error::JobsError;
use crate::events;
use crate::kind::JobKind;
use crate::place::check_cursor;
use crate::ports::{JobStore, JobUnit};
use crate::schedule::{NewSchedule, Schedule, ScheduleChange, ScheduleEdit, checked, checked_edit};

/// What people and programs do with schedules. Everything needs `schedule:manage`.
#[derive(Clone)]
pub struct Schedules {
    /// Where schedules are kept.
    pub store: Arc<dyn JobStore>,
    /// Identities of new schedules.
    pub ids: Arc<dyn IdGenerator>,
    /// The kinds of jobs that people may schedule.
    pub schedulable: BTreeSet<JobKind>,
}

impl Schedules {
    /// Makes a schedule, whose jobs will be done in the name of whoever makes it.
    ///
    /// [`JobsError::Conflict`] when its name is taken.
    pub async fn create(
        &self,
        principal: &Principal,
        new: &NewSchedule,
    ) -> Result<Schedule, JobsError> {
        let scope = principal.scope_for(Permission::ScheduleManage)?;
        let mut unit = self.store.begin(scope).await?;
        let now = unit.schedules().now().await?;
        let checked = checked(new, &self.schedulable, now).map_err(JobsError::Invalid)?;
        let schedule = Schedule {
            id: ScheduleId::from_uuid(self.ids.new_uuid()),
            name: checked.name,
            timing: checked.timing,
            job: checked.job,
            enabled: checked.enabled,
            next_run: checked.next_run,
            last_run: None,
            last_job: None,
            runs: 0,
            created_at: now,
            created_by: scope.actor().clone(),
            updated_at: now,
            revision: 1,
        };
        unit.schedules().add(scope, &schedule).await?;
        unit.audit()
            .append(scope, events::schedule_created(&schedule))
            .await?;
        unit.commit().await?;
        Ok(schedule)
    }

    /// One schedule.
    pub async fn get(&self, principal: &Principal, id: ScheduleId) -> Result<Schedule, JobsError> {
        let scope = principal.scope_for(Permission::ScheduleManage)?;
        let mut unit = self.store.read(scope).await?;
        find(unit.as_mut(), scope, id).await
    }

    /// A piece of the list, newest first.
    pub async fn list(
        &self,
        principal: &Principal,
        page: &PageRequest,
    ) -> Result<Page<Schedule>, JobsError> {
        let scope = principal.scope_for(Permission::ScheduleManage)?;
        check_cursor(page)?;
        let mut unit = self.store.read(scope).await?;
        Ok(unit.schedules().list(scope, page).await?)
    }

    /// Changes a schedule that has revision `expected`, or whichever it has.
    pub async fn change(
        &self,
        principal: &Principal,
        id: ScheduleId,
        expected: Option<u64>,
        edit: &ScheduleEdit,
    ) -> Result<Schedule, JobsError> {
        let scope = principal.scope_for(Permission::ScheduleManage)?;
        let mut unit = self.store.begin(scope).await?;
        let before = find(unit.as_mut(), scope, id).await?;
        check_revision(&before, expected)?;
        let now = unit.schedules().now().await?;
        let change =
            checked_edit(&before, edit, &self.schedulable, now).map_err(JobsError::Invalid)?;
        if !unit.schedules().change(scope, &before, &change).await? {
            return Err(overtaken(unit.as_mut(), scope, &before).await?);
        }
        let after = changed(&before, change);
        unit.audit()
            .append(scope, events::schedule_changed(&before, &after))
            .await?;
        unit.commit().await?;
        Ok(after)
    }

    /// Deletes a schedule that has revision `expected`, or whichever it has. It can be brought back.
    pub async fn delete(
        &self,
        principal: &Principal,
        id: ScheduleId,
        expected: Option<u64>,
    ) -> Result<(), JobsError> {
        let scope = principal.scope_for(Permission::ScheduleManage)?;
        let mut unit = self.store.begin(scope).await?;
        let schedule = find(unit.as_mut(), scope, id).await?;
        check_revision(&schedule, expected)?;
        let now = unit.schedules().now().await?;
        if !unit
            .schedules()
            .delete(scope, id, schedule.revision, now)
            .await?
        {
            return Err(overtaken(unit.as_mut(), scope, &schedule).await?);
        }
        unit.audit()
            .append(scope, events::schedule_deleted(&schedule))
            .await?;
        unit.commit().await?;
        Ok(())
    }
}

async fn find(
    unit: &mut dyn JobUnit,
    scope: &TenantScope,
    id: ScheduleId,
) -> Result<Schedule, JobsError> {
    let found = unit.schedules().find(scope, id).await?;
    found.ok_or_else(|| JobsError::NotFound {
        what: "schedule",
        id: id.to_string(),
    })
}

fn check_revision(schedule: &Schedule, expected: Option<u64>) -> Result<(), JobsError> {
    match expected {
        Some(expected) if expected != schedule.revision => Err(JobsError::Stale {
            expected,
            found: schedule.revision,
        }),
        _ => Ok(()),
    }
}

/// Somebody was faster between our look and our change.
async fn overtaken(
    unit: &mut dyn JobUnit,
    scope: &TenantScope,
    before: &Schedule,
) -> Result<JobsError, JobsError> {
    let found = find(unit, scope, before.id).await?;
    Ok(JobsError::Stale {
        expected: before.revision,
        found: found.revision,
    })
}

fn changed(before: &Schedule, change: ScheduleChange) -> Schedule {
    Schedule {
        name: change.name,
        timing: change.timing,
        job: change.job,
        enabled: change.enabled,
        next_run: change.next_run,
        updated_at: change.at,
        revision: before.revision + 1,
        ..before.clone()
    }
}
