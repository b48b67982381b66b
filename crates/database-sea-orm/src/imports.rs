//! The journal of imports.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_importing::ImportState;
use installhub_importing::ports::{
    ImportRecord, ImportRepository, JournalPhase, StoreError, Transition,
};
use installhub_kernel::{Cursor, ImportId, Page, PageRequest, SnapshotId, TenantScope};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::artifact_rows::LOOKUP;
use crate::entity::import::{Column, Entity, Model};
use crate::entity::transition;
use crate::failure::store_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{
    from_word, json_from_text, json_text, parsed, value_from_text, value_text, word,
};

const READ: &str = "cannot read the journal of imports";
const WRITE: &str = "cannot write the journal of imports";

#[async_trait]
impl ImportRepository for Unit {
    async fn add(&mut self, scope: &TenantScope, record: &ImportRecord) -> Result<(), StoreError> {
        Entity::insert(row(scope, record)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(&format!("cannot begin import {}", record.id), error))?;
        self.add_transition(scope, record, None, None).await
    }

    async fn record(
        &mut self,
        scope: &TenantScope,
        record: &ImportRecord,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        let before: Option<String> = Entity::rows_of(scope)
            .select_only()
            .column(Column::State)
            .filter(Column::Id.eq(record.id.as_uuid()))
            .into_tuple()
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let Some(before) = before else {
            return Err(StoreError::Conflict(format!(
                "import {} is not in the journal",
                record.id
            )));
        };
        Entity::changes_of(scope)
            .set(row(scope, record)?.into_active_model().reset_all())
            .filter(Column::Id.eq(record.id.as_uuid()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        if before == record.state.as_str() {
            return Ok(());
        }
        self.add_transition(scope, record, Some(before), note).await
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Option<ImportRecord>, StoreError> {
        let found = Entity::rows_of(scope)
            .filter(Column::Id.eq(id.as_uuid()))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        found.map(record).transpose()
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        page: PageRequest,
    ) -> Result<Page<ImportRecord>, StoreError> {
        let limit = page.limit.max(1);
        let mut query = Entity::rows_of(scope);
        if let Some(cursor) = page.cursor {
            query = query.filter(after(&cursor)?);
        }
        let mut rows = query
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(u64::from(limit) + 1)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(cursor_of);
        let items = rows.into_iter().map(record).collect::<Result<_, _>>()?;
        Ok(Page { items, next_cursor })
    }

    async fn unfinished(&mut self, scope: &TenantScope) -> Result<Vec<ImportRecord>, StoreError> {
        let finished = ImportState::ALL
            .into_iter()
            .filter(|state| state.is_final())
            .map(ImportState::as_str);
        let rolling_back = Condition::all()
            .add(Column::State.eq(ImportState::Completed.as_str()))
            .add(Column::Phase.eq(word(&JournalPhase::RollingBack)?));
        let rows = Entity::rows_of(scope)
            .filter(
                Condition::any()
                    .add(Column::State.is_not_in(finished))
                    .add(rolling_back),
            )
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(record).collect()
    }

    async fn transitions(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Vec<Transition>, StoreError> {
        let rows = transition::Entity::rows_of(scope)
            .filter(transition::Column::ImportId.eq(id.as_uuid()))
            .order_by_asc(transition::Column::Position)
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        rows.into_iter().map(|row| move_of(id, row)).collect()
    }

    async fn completed_since(
        &mut self,
        scope: &TenantScope,
        target: &str,
        after: DateTime<Utc>,
    ) -> Result<Vec<ImportRecord>, StoreError> {
        // The order in which imports committed is the order in which they completed, not the one in which they were asked for.
        let completed: Vec<Uuid> = transition::Entity::rows_of(scope)
            .select_only()
            .column(transition::Column::ImportId)
            .filter(transition::Column::ToState.eq(ImportState::Completed.as_str()))
            .filter(transition::Column::At.gt(after))
            .order_by_asc(transition::Column::At)
            .order_by_asc(transition::Column::ImportId)
            .into_tuple()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let mut found = HashMap::new();
        for some in completed.chunks(LOOKUP) {
            let rows = Entity::rows_of(scope)
                .filter(Column::Target.eq(target))
                .filter(Column::State.eq(ImportState::Completed.as_str()))
                .filter(Column::Id.is_in(some.iter().copied()))
                .all(&self.transaction)
                .await
                .map_err(|error| store_error(READ, error))?;
            found.extend(rows.into_iter().map(|row| (row.id, row)));
        }
        completed
            .iter()
            .filter_map(|id| found.remove(id))
            .map(record)
            .collect()
    }
}

impl Unit {
    async fn add_transition(
        &self,
        scope: &TenantScope,
        record: &ImportRecord,
        from: Option<String>,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        let earlier = transition::Entity::rows_of(scope)
            .filter(transition::Column::ImportId.eq(record.id.as_uuid()))
            .count(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let row = transition::Model {
            tenant_id: scope.tenant().as_uuid(),
            import_id: record.id.as_uuid(),
            position: i32::try_from(earlier).unwrap_or(i32::MAX),
            from_state: from,
            to_state: record.state.as_str().to_owned(),
            at: record.updated_at,
            note,
        };
        transition::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        Ok(())
    }
}

fn row(scope: &TenantScope, record: &ImportRecord) -> Result<Model, StoreError> {
    let location = format!("import {}", record.id);
    let fingerprint = |fingerprint| value_text(&location, fingerprint);
    Ok(Model {
        tenant_id: scope.tenant().as_uuid(),
        id: record.id.as_uuid(),
        package_name: record.package_name.clone(),
        package_version: record.package_version.to_string(),
        package_id: record.package_id.clone(),
        package_digest: record.package_digest.to_string(),
        target_kind: word(&record.target_kind)?,
        target: record.target.clone(),
        state: record.state.as_str().to_owned(),
        phase: word(&record.phase)?,
        actor: record.actor.to_string(),
        created_at: record.created_at,
        updated_at: record.updated_at,
        plan: record.plan.as_ref().map(json_text),
        before: record.before.as_ref().map(fingerprint).transpose()?,
        after: record.after.as_ref().map(fingerprint).transpose()?,
        outcome: record
            .outcome
            .as_ref()
            .map(|outcome| value_text(&location, outcome))
            .transpose()?,
        snapshot_id: record.snapshot.map(|id| id.as_uuid()),
        error: record.error.clone(),
    })
}

fn record(row: Model) -> Result<ImportRecord, StoreError> {
    let id = ImportId::from_uuid(row.id);
    let location = format!("import {id}");
    let fingerprint = |text: String| value_from_text(&location, &text);
    Ok(ImportRecord {
        id,
        package_name: row.package_name,
        package_version: parsed(&location, &row.package_version)?,
        package_id: row.package_id,
        package_digest: parsed(&location, &row.package_digest)?,
        target_kind: from_word(&location, &row.target_kind)?,
        target: row.target,
        state: from_word(&location, &row.state)?,
        phase: from_word(&location, &row.phase)?,
        actor: parsed(&location, &row.actor)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
        plan: row
            .plan
            .map(|text| json_from_text(&location, &text))
            .transpose()?,
        before: row.before.map(fingerprint).transpose()?,
        after: row.after.map(fingerprint).transpose()?,
        outcome: row
            .outcome
            .map(|text| value_from_text(&location, &text))
            .transpose()?,
        snapshot: row.snapshot_id.map(SnapshotId::from_uuid),
        error: row.error,
    })
}

fn move_of(id: ImportId, row: transition::Model) -> Result<Transition, StoreError> {
    let location = format!("import {id}, move {}", row.position);
    Ok(Transition {
        from: row
            .from_state
            .map(|state| from_word(&location, &state))
            .transpose()?,
        to: from_word(&location, &row.to_state)?,
        at: row.at,
        note: row.note,
    })
}

/// Where the page after this row begins.
fn cursor_of(row: &Model) -> Cursor {
    Cursor(format!("{}_{}", row.created_at.to_rfc3339(), row.id))
}

/// The rows that come after a cursor.
fn after(cursor: &Cursor) -> Result<Condition, StoreError> {
    let unknown = |source| StoreError::Other {
        attempted: "cannot continue the list of imports: the cursor is not one of this list"
            .to_owned(),
        source,
    };
    let (at, id) = cursor
        .0
        .split_once('_')
        .ok_or_else(|| unknown("it has no second part".into()))?;
    let at = DateTime::parse_from_rfc3339(at)
        .map_err(|error| unknown(error.into()))?
        .to_utc();
    let id: Uuid = id
        .parse()
        .map_err(|error: uuid::Error| unknown(error.into()))?;
    Ok(Condition::any().add(Column::CreatedAt.lt(at)).add(
        Condition::all()
            .add(Column::CreatedAt.eq(at))
            .add(Column::Id.lt(id)),
    ))
}
