//! What is installed where, and decisions for the next time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use installhub_conflict_merge::Decisions;
use installhub_importing::ports::{
    BaseDocument, InstallationRecord, InstallationRepository, InstallationStatus,
    InstalledArtifact, OpenReference, StoreError,
};
use installhub_kernel::{ImportId, InstallationId, TenantScope};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use semver::Version;

use crate::entity::{decisions, installation, installed_artifact, open_reference};
use crate::failure::{corrupt, store_error};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;
use crate::words::{from_word, parsed, word};

const READ: &str = "cannot read what is installed";
const WRITE: &str = "cannot record what is installed";

/// Rows written in one statement, at most nine values each.
const ROWS: usize = 500;

#[async_trait]
impl InstallationRepository for Unit {
    async fn active(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let query = installation::Entity::rows_of(scope)
            .filter(installation::Column::PackageName.eq(package_name))
            .filter(installation::Column::Target.eq(target))
            .filter(installation::Column::Status.eq(word(&InstallationStatus::Active)?));
        self.installation(scope, query).await
    }

    async fn installed_packages(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Vec<(String, Version)>, StoreError> {
        let rows: Vec<(String, String)> = installation::Entity::rows_of(scope)
            .select_only()
            .columns([
                installation::Column::PackageName,
                installation::Column::PackageVersion,
            ])
            .filter(installation::Column::Status.eq(word(&InstallationStatus::Active)?))
            .into_tuple()
            .all(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        let mut highest: BTreeMap<String, Version> = BTreeMap::new();
        for (name, version) in rows {
            let version: Version = parsed(&format!("the installation of {name}"), &version)?;
            let known = highest.entry(name).or_insert_with(|| version.clone());
            *known = version.max(known.clone());
        }
        Ok(highest.into_iter().collect())
    }

    async fn of_import(
        &mut self,
        scope: &TenantScope,
        import: ImportId,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let query = installation::Entity::rows_of(scope)
            .filter(installation::Column::ImportId.eq(import.as_uuid()));
        self.installation(scope, query).await
    }

    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &InstallationRecord,
    ) -> Result<(), StoreError> {
        let attempted = format!("cannot record the installation of {}", record.package_name);
        let failed = |error| store_error(&attempted, error);
        installation::Entity::insert(row(scope, record)?.into_active_model())
            .exec_without_returning(&self.transaction)
            .await
            .map_err(failed)?;
        let artifacts: Vec<_> = (0..).zip(&record.artifacts).collect();
        for some in artifacts.chunks(ROWS) {
            let rows = some
                .iter()
                .map(|(position, artifact)| artifact_row(scope, record.id, *position, artifact));
            installed_artifact::Entity::insert_many(
                rows.map(sea_orm::IntoActiveModel::into_active_model),
            )
            .exec_without_returning(&self.transaction)
            .await
            .map_err(failed)?;
        }
        let references: Vec<_> = (0..).zip(&record.open_references).collect();
        for some in references.chunks(ROWS) {
            let rows = some
                .iter()
                .map(|(position, open)| reference_row(scope, record.id, *position, open));
            open_reference::Entity::insert_many(
                rows.map(sea_orm::IntoActiveModel::into_active_model),
            )
            .exec_without_returning(&self.transaction)
            .await
            .map_err(failed)?;
        }
        Ok(())
    }

    async fn mark(
        &mut self,
        scope: &TenantScope,
        id: InstallationId,
        status: InstallationStatus,
    ) -> Result<(), StoreError> {
        let change = installation::ActiveModel {
            status: Set(word(&status)?),
            ..Default::default()
        };
        let marked = installation::Entity::changes_of(scope)
            .set(change)
            .filter(installation::Column::Id.eq(id.as_uuid()))
            .exec(&self.transaction)
            .await
            .map_err(|error| store_error(WRITE, error))?;
        if marked.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Conflict(format!(
                "there is no installation {id}"
            )))
        }
    }

    async fn decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<Decisions>, StoreError> {
        let found = decisions::Entity::rows_of(scope)
            .filter(decisions::Column::PackageName.eq(package_name))
            .filter(decisions::Column::Target.eq(target))
            .one(&self.transaction)
            .await
            .map_err(|error| store_error("cannot read the decisions remembered", error))?;
        found
            .map(|row| {
                Decisions::parse(row.decisions.as_bytes()).map_err(|error| {
                    corrupt(
                        &format!("the decisions for {package_name}"),
                        error.to_string(),
                    )
                })
            })
            .transpose()
    }

    async fn remember_decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
        decisions: &Decisions,
    ) -> Result<(), StoreError> {
        let row = decisions::Model {
            tenant_id: scope.tenant().as_uuid(),
            package_name: package_name.to_owned(),
            target: target.to_owned(),
            decisions: String::from_utf8(decisions.to_bytes()).expect("canonical JSON is UTF-8"),
            updated_at: self.clock.now(),
            updated_by: scope.actor().to_string(),
        };
        let replaced = OnConflict::columns([
            decisions::Column::TenantId,
            decisions::Column::PackageName,
            decisions::Column::Target,
        ])
        .update_columns([
            decisions::Column::Decisions,
            decisions::Column::UpdatedAt,
            decisions::Column::UpdatedBy,
        ])
        .to_owned();
        decisions::Entity::insert(row.into_active_model())
            .on_conflict(replaced)
            .exec_without_returning(&self.transaction)
            .await
            .map_err(|error| store_error("cannot remember the decisions", error))?;
        Ok(())
    }
}

impl Unit {
    /// The one installation that `query` finds, with everything that belongs to it.
    async fn installation(
        &self,
        scope: &TenantScope,
        query: Select<installation::Entity>,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let failed = |error| store_error(READ, error);
        let Some(found) = query.one(&self.transaction).await.map_err(failed)? else {
            return Ok(None);
        };
        let artifacts = installed_artifact::Entity::rows_of(scope)
            .filter(installed_artifact::Column::InstallationId.eq(found.id))
            .order_by_asc(installed_artifact::Column::Position)
            .all(&self.transaction)
            .await
            .map_err(failed)?;
        let references = open_reference::Entity::rows_of(scope)
            .filter(open_reference::Column::InstallationId.eq(found.id))
            .order_by_asc(open_reference::Column::Position)
            .all(&self.transaction)
            .await
            .map_err(failed)?;
        record(found, artifacts, references).map(Some)
    }
}

fn row(
    scope: &TenantScope,
    record: &InstallationRecord,
) -> Result<installation::Model, StoreError> {
    Ok(installation::Model {
        tenant_id: scope.tenant().as_uuid(),
        id: record.id.as_uuid(),
        import_id: record.import.as_uuid(),
        package_name: record.package_name.clone(),
        package_version: record.package_version.to_string(),
        package_id: record.package_id.clone(),
        target: record.target.clone(),
        status: word(&record.status)?,
        supersedes: record.supersedes.map(|id| id.as_uuid()),
        installed_at: record.installed_at,
        installed_by: record.installed_by.to_string(),
    })
}

fn artifact_row(
    scope: &TenantScope,
    installation: InstallationId,
    position: i32,
    artifact: &InstalledArtifact,
) -> installed_artifact::Model {
    installed_artifact::Model {
        tenant_id: scope.tenant().as_uuid(),
        installation_id: installation.as_uuid(),
        position,
        artifact_type: artifact.artifact_type.as_str().to_owned(),
        source_id: artifact.source_id.clone(),
        target_id: artifact.target_id.clone(),
        name: artifact.name.clone(),
        hash: artifact.hash.to_string(),
        base: artifact.base.as_ref().map(|base| base.as_str().to_owned()),
    }
}

fn reference_row(
    scope: &TenantScope,
    installation: InstallationId,
    position: i32,
    reference: &OpenReference,
) -> open_reference::Model {
    open_reference::Model {
        tenant_id: scope.tenant().as_uuid(),
        installation_id: installation.as_uuid(),
        position,
        source_id: reference.source_id.clone(),
        pointer: reference.pointer.clone(),
        missing_id: reference.missing_id.clone(),
    }
}

fn record(
    row: installation::Model,
    artifacts: Vec<installed_artifact::Model>,
    references: Vec<open_reference::Model>,
) -> Result<InstallationRecord, StoreError> {
    let id = InstallationId::from_uuid(row.id);
    let location = format!("installation {id}");
    Ok(InstallationRecord {
        id,
        import: ImportId::from_uuid(row.import_id),
        package_name: row.package_name,
        package_version: parsed(&location, &row.package_version)?,
        package_id: row.package_id,
        target: row.target,
        status: from_word(&location, &row.status)?,
        supersedes: row.supersedes.map(InstallationId::from_uuid),
        installed_at: row.installed_at,
        installed_by: parsed(&location, &row.installed_by)?,
        artifacts: artifacts
            .into_iter()
            .map(|row| artifact(&location, row))
            .collect::<Result<_, _>>()?,
        open_references: references
            .into_iter()
            .map(|row| OpenReference {
                source_id: row.source_id,
                pointer: row.pointer,
                missing_id: row.missing_id,
            })
            .collect(),
    })
}

fn artifact(
    location: &str,
    row: installed_artifact::Model,
) -> Result<InstalledArtifact, StoreError> {
    let location = format!("{location}, artifact {}", row.source_id);
    Ok(InstalledArtifact {
        artifact_type: parsed(&location, &row.artifact_type)?,
        source_id: row.source_id,
        target_id: row.target_id,
        name: row.name,
        hash: parsed(&location, &row.hash)?,
        base: row.base.map(BaseDocument::from_text),
    })
}
