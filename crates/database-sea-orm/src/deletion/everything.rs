//! Everything of a tenant, in whatever table it is.

use installhub_kernel::{StoreError, TenantScope};
use sea_orm::sea_query::Alias;

use super::tables::{changes, removals};
use super::{READ, WRITE};
use crate::failure::store_error;
use crate::scoped::tenant_tables;
use crate::unit::Unit;

/// What outlives the tenant: what was done, and what is still to be done.
const KEPT: [&str; 7] = [
    "audit_events",
    "audit_heads",
    "audit_checkpoints",
    "import_transitions",
    IMPORTS,
    "purge_requests",
    "purge_leftovers",
];

/// The journal of imports: that they were is history, which nobody can remove. What they were about is not.
const IMPORTS: &str = "imports";

/// What imports were about.
const CONTENT: [&str; 5] = ["plan", "before", "after", "outcome", "error"];

impl Unit {
    /// Removes the tenant's rows. The tables are asked for, not listed here: a new one must not be forgotten.
    pub(super) async fn purge_everything(&self, scope: &TenantScope) -> Result<(), StoreError> {
        let mut emptied = changes(scope, IMPORTS);
        for column in CONTENT {
            emptied.value(Alias::new(column), None::<String>);
        }
        self.run(&emptied).await?;
        let tables = tenant_tables(&self.transaction)
            .await
            .map_err(|error| store_error(READ, error))?;
        for table in tables.iter().filter(|it| !KEPT.contains(&it.as_str())) {
            self.run(&removals(scope, table)).await.map_err(|error| {
                let attempted = format!("{WRITE}: {table} of the tenant cannot be emptied");
                StoreError::Other {
                    attempted,
                    source: error.into(),
                }
            })?;
        }
        Ok(())
    }
}
