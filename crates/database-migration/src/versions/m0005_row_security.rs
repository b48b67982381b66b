//! Row security for the tables of the first four versions.

use async_trait::async_trait;
use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager};

use crate::protection::{protect_tenant_table, unprotect};

const TABLES: [&str; 8] = [
    "artifacts",
    "snapshots",
    "imports",
    "import_transitions",
    "installations",
    "installation_artifacts",
    "open_references",
    "decisions",
];

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            protect_tenant_table(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            unprotect(manager, table).await?;
        }
        Ok(())
    }
}
