//! Tenants, users, sessions and tokens: the store as access sees it.

mod attempts;
mod sessions;
mod tenants;
mod tokens;
mod users;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use async_trait::async_trait;
use installhub_access::ports::{
    AccessStore, AccessUnit, AttemptRepository, SessionRepository, SignInStartRepository,
    TenantRepository, TokenRepository, UserRepository,
};
use installhub_audit_chain::AuditLog;
use installhub_kernel::{Cursor, Page, PageRequest, PlatformScope, StoreError, TenantScope};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::failure::{Cause, Failure, store_error};
use crate::store::Store;
use crate::unit::Unit;
use crate::words::{parsed, value_from_text, value_text};

const READ: &str = "cannot read users and tenants";
const WRITE: &str = "cannot write users and tenants";

#[async_trait]
impl AccessStore for Store {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn AccessUnit>, StoreError> {
        opened(self.begin_unit(scope).await, WRITE)
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn AccessUnit>, StoreError> {
        opened(self.read_unit(scope).await, READ)
    }

    async fn begin_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn AccessUnit>, StoreError> {
        opened(self.begin_platform_unit(scope).await, WRITE)
    }

    async fn read_platform(
        &self,
        scope: &PlatformScope,
    ) -> Result<Box<dyn AccessUnit>, StoreError> {
        opened(self.read_platform_unit(scope).await, READ)
    }
}

fn opened(unit: Result<Unit, Failure>, attempted: &str) -> Result<Box<dyn AccessUnit>, StoreError> {
    match unit {
        Ok(unit) => Ok(Box::new(unit)),
        Err(failure) => Err(store_error(attempted, failure)),
    }
}

#[async_trait]
impl AccessUnit for Unit {
    fn tenants(&mut self) -> &mut dyn TenantRepository {
        self
    }

    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn tokens(&mut self) -> &mut dyn TokenRepository {
        self
    }

    fn attempts(&mut self) -> &mut dyn AttemptRepository {
        self
    }

    fn sign_in_starts(&mut self) -> &mut dyn SignInStartRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditLog {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.finish().await
    }
}

fn read_failed(error: DbErr) -> StoreError {
    store_error(READ, error)
}

fn write_failed(error: DbErr) -> StoreError {
    store_error(WRITE, error)
}

/// What is unique and there already is a conflict that people understand.
fn taken(message: impl FnOnce() -> String) -> impl FnOnce(DbErr) -> StoreError {
    |error| {
        let failure = Failure::from(error);
        if failure.cause == Cause::Constraint {
            StoreError::Conflict(message())
        } else {
            store_error(WRITE, failure)
        }
    }
}

/// Names of roles or permissions as a JSON array.
fn names_text<T: Ord + serde::Serialize>(
    location: &str,
    names: &BTreeSet<T>,
) -> Result<String, StoreError> {
    value_text(location, names)
}

fn names<T: Ord + FromStr<Err: Display>>(
    location: &str,
    text: &str,
) -> Result<BTreeSet<T>, StoreError> {
    let names: Vec<String> = value_from_text(location, text)?;
    names.iter().map(|name| parsed(location, name)).collect()
}

/// What finds one of the [`names_text`]s that has `name`.
fn among(name: &str) -> String {
    format!("%\"{name}\"%")
}

/// Where a page begins that goes down by id.
fn before(cursor: &Cursor) -> Result<Uuid, StoreError> {
    Uuid::parse_str(&cursor.0)
        .map_err(|_| StoreError::Conflict("the cursor is none of this list".to_owned()))
}

/// How many rows to read for a page: one more shows that there are more.
fn window(page: &PageRequest) -> u64 {
    u64::from(page.limit.max(1)) + 1
}

/// A page of the rows that were read for it.
fn page_of<M, T>(
    mut rows: Vec<M>,
    page: &PageRequest,
    id: impl Fn(&M) -> Uuid,
    item: impl Fn(M) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let limit = page.limit.max(1) as usize;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    let next_cursor = last.map(|row| Cursor(id(row).simple().to_string()));
    let items = rows.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}
