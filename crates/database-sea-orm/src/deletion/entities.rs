//! One entity, whatever its kind.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_access::Role;
use installhub_checksum::Digest;
use installhub_deletion::ports::EntityRepository;
use installhub_deletion::{Deleted, Entity, EntityKind};
use installhub_kernel::{Page, PageRequest, PlatformScope, StoreError, TenantScope, UserId};
use sea_orm::sea_query::{Alias, ExprTrait as _, LockType, Value};
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult, StatementBuilder};
use uuid::Uuid;

use super::tables::{EntityTable, changes, column, removals, rows};
use super::{READ, WRITE};
use crate::failure::store_error;
use crate::unit::{Ending, Unit};
use crate::words::{parsed, read_count, value_from_text};

const VERSIONS: &str = "package_versions";

#[async_trait]
impl EntityRepository for Unit {
    async fn find(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<Option<Entity>, StoreError> {
        let table = EntityTable::of(kind);
        let Some(id) = table.id_value(id) else {
            return Ok(None);
        };
        let mut select = rows(scope, table.name);
        for name in [
            table.id,
            table.label,
            "revision",
            "deleted_at",
            "deleted_by",
        ] {
            select.column(Alias::new(name));
        }
        for name in [table.owner, table.roles].into_iter().flatten() {
            select.column(Alias::new(name));
        }
        select.and_where(column(table.id).eq(id));
        if self.ending == Ending::Commit {
            select.lock(LockType::Update);
        }
        let row = self.transaction.query_one(&select).await;
        let row = row.map_err(|error| store_error(READ, error))?;
        row.map(|row| entity(kind, table, &row)).transpose()
    }

    async fn hide(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let by = Some(scope.actor().to_string());
        self.mark(scope, kind, id, Some(at), by).await
    }

    async fn show(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<(), StoreError> {
        self.mark(scope, kind, id, None, None).await
    }

    async fn purge(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
    ) -> Result<Vec<Digest>, StoreError> {
        let table = EntityTable::of(kind);
        let Some(key) = table.id_value(id) else {
            return Ok(Vec::new());
        };
        let digests = match kind {
            EntityKind::Tenant => {
                self.purge_everything(scope).await?;
                return Ok(Vec::new());
            }
            EntityKind::Artifact => {
                let mut history = removals(scope, "artifact_versions");
                history.and_where(column("artifact_id").eq(key.clone()));
                self.run(&history).await?;
                BTreeSet::new()
            }
            EntityKind::Package => self.digests(scope, "package_id", key.clone()).await?,
            EntityKind::PackageVersion => self.digests(scope, "id", key.clone()).await?,
            EntityKind::User
            | EntityKind::ApiToken
            | EntityKind::Connection
            | EntityKind::Schedule => BTreeSet::new(),
        };
        // Versions go with their package; sessions, identities and tokens with their user.
        let mut removal = removals(scope, table.name);
        removal.and_where(column(table.id).eq(key));
        self.run(&removal).await?;
        let mut unused = Vec::new();
        for digest in digests {
            if !self.refers_to(scope, digest).await? {
                unused.push(digest);
            }
        }
        Ok(unused)
    }

    async fn refers_to(&mut self, scope: &TenantScope, digest: Digest) -> Result<bool, StoreError> {
        let select = rows(scope, VERSIONS)
            .column(Alias::new("id"))
            .and_where(column("digest").eq(digest.to_string()))
            .limit(1)
            .take();
        let row = self.transaction.query_one(&select).await;
        Ok(row.map_err(|error| store_error(READ, error))?.is_some())
    }

    async fn deleted(
        &mut self,
        scope: &TenantScope,
        kind: EntityKind,
        owner: Option<UserId>,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError> {
        self.list_deleted(scope, kind, owner, page).await
    }

    async fn deleted_tenants(
        &mut self,
        platform: &PlatformScope,
        page: PageRequest,
    ) -> Result<Page<Deleted>, StoreError> {
        self.list_deleted_tenants(platform, page).await
    }
}

impl Unit {
    /// Says that something is deleted, or that it is not.
    async fn mark(
        &self,
        scope: &TenantScope,
        kind: EntityKind,
        id: &str,
        at: Option<DateTime<Utc>>,
        by: Option<String>,
    ) -> Result<(), StoreError> {
        let table = EntityTable::of(kind);
        let Some(id) = table.id_value(id) else {
            return Ok(());
        };
        let change = changes(scope, table.name)
            .value(Alias::new("deleted_at"), at)
            .value(Alias::new("deleted_by"), by)
            .value(Alias::new("revision"), column("revision").add(1))
            .and_where(column(table.id).eq(id))
            .take();
        self.run(&change).await
    }

    /// The digests of package versions.
    async fn digests(
        &self,
        scope: &TenantScope,
        by: &str,
        id: Value,
    ) -> Result<BTreeSet<Digest>, StoreError> {
        let select = rows(scope, VERSIONS)
            .column(Alias::new("digest"))
            .and_where(column(by).eq(id))
            .take();
        let rows = self.transaction.query_all(&select).await;
        let rows = rows.map_err(|error| store_error(READ, error))?;
        rows.iter()
            .map(|row| {
                let digest: String = read(row, "digest")?;
                parsed("a package version", &digest)
            })
            .collect()
    }

    pub(super) async fn run<S>(&self, statement: &S) -> Result<(), StoreError>
    where
        S: StatementBuilder + Sync,
    {
        let done = self.transaction.execute(statement).await;
        done.map(drop).map_err(|error| store_error(WRITE, error))
    }
}

/// A column of a row.
pub(super) fn read<T: sea_orm::TryGetable>(row: &QueryResult, name: &str) -> Result<T, StoreError> {
    row.try_get("", name)
        .map_err(|error: DbErr| store_error(READ, error))
}

/// The id of a row as text.
pub(super) fn id_of(table: EntityTable, row: &QueryResult) -> Result<String, StoreError> {
    if table.id_is_text() {
        return read(row, table.id);
    }
    read::<Uuid>(row, table.id).map(|id| id.to_string())
}

fn entity(kind: EntityKind, table: EntityTable, row: &QueryResult) -> Result<Entity, StoreError> {
    let location = kind.as_str();
    let at: Option<DateTime<Utc>> = read(row, "deleted_at")?;
    let by: Option<String> = read(row, "deleted_by")?;
    let owner: Option<Uuid> = match table.owner {
        Some(owner) => read(row, owner)?,
        None => None,
    };
    let roles: Vec<String> = match table.roles {
        Some(roles) => value_from_text(location, &read::<String>(row, roles)?)?,
        None => Vec::new(),
    };
    Ok(Entity {
        id: id_of(table, row)?,
        name: read(row, table.label)?,
        revision: read_count(location, read(row, "revision")?)?,
        deleted: at.map(|at| (at, by.unwrap_or_default())),
        owner: owner.map(UserId::from_uuid),
        // A role nobody knows any more is taken for the greatest.
        roles: roles
            .iter()
            .map(|role| role.parse().unwrap_or(Role::PlatformAdmin))
            .collect(),
    })
}
