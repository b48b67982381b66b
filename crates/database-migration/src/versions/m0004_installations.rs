//! What is installed where, what came of every artifact, and decisions remembered for the next import.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ConditionalStatement, DbErr, DeriveMigrationName, Expr, ExprTrait, Index, MigrationTrait,
    SchemaManager, Table,
};

use crate::columns::{
    TENANT, belongs_to, id, instant, optional_id, optional_text, position, tenant_index,
    tenant_key, text,
};

const INSTALLATIONS: &str = "installations";
const INSTALLED_ARTIFACTS: &str = "installation_artifacts";
const OPEN_REFERENCES: &str = "open_references";
const DECISIONS: &str = "decisions";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        installations(manager).await?;
        installed_artifacts(manager).await?;
        open_references(manager).await?;
        decisions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            DECISIONS,
            OPEN_REFERENCES,
            INSTALLED_ARTIFACTS,
            INSTALLATIONS,
        ] {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        Ok(())
    }
}

async fn installations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(INSTALLATIONS)
                .col(id(TENANT))
                .col(id("id"))
                .col(id("import_id"))
                .col(text("package_name"))
                .col(text("package_version"))
                .col(text("package_id"))
                .col(text("target"))
                .col(text("status"))
                .col(optional_id("supersedes"))
                .col(instant("installed_at"))
                .col(text("installed_by"))
                .primary_key(&mut tenant_key(&["id"]))
                .foreign_key(&mut belongs_to(INSTALLATIONS, "import_id", "imports"))
                .take(),
        )
        .await?;
    manager
        .create_index(tenant_index(INSTALLATIONS, &["import_id"]))
        .await?;
    manager
        .create_index(
            Index::create()
                .name("installations_one_active")
                .table(INSTALLATIONS)
                .col(TENANT)
                .col("package_name")
                .col("target")
                .unique()
                .and_where(Expr::col("status").eq(Expr::cust("'active'")))
                .take(),
        )
        .await
}

async fn installed_artifacts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(INSTALLED_ARTIFACTS)
                .col(id(TENANT))
                .col(id("installation_id"))
                .col(position())
                .col(text("artifact_type"))
                .col(text("source_id"))
                .col(text("target_id"))
                .col(text("name"))
                .col(text("hash"))
                // The document as installed, canonical JSON; missing for database objects.
                .col(optional_text("base"))
                .primary_key(&mut tenant_key(&["installation_id", "position"]))
                .foreign_key(&mut belongs_to(INSTALLED_ARTIFACTS, "installation_id", INSTALLATIONS))
                .take(),
        )
        .await
}

async fn open_references(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(OPEN_REFERENCES)
                .col(id(TENANT))
                .col(id("installation_id"))
                .col(position())
                .col(text("source_id"))
                .col(text("pointer"))
                .col(text("missing_id"))
                .primary_key(&mut tenant_key(&["installation_id", "position"]))
                .foreign_key(&mut belongs_to(
                    OPEN_REFERENCES,
                    "installation_id",
                    INSTALLATIONS,
                ))
                .take(),
        )
        .await
}

async fn decisions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(DECISIONS)
                .col(id(TENANT))
                .col(text("package_name"))
                .col(text("target"))
                // JSON.
                .col(text("decisions"))
                .col(instant("updated_at"))
                .col(text("updated_by"))
                .primary_key(&mut tenant_key(&["package_name", "target"]))
                .take(),
        )
        .await
}
