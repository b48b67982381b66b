//! Deletion: what is to be purged, what purges left behind, and the way to what is deleted.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ConditionalStatement as _, DbErr, DeriveMigrationName, Expr, ExprTrait as _, Index,
    MigrationTrait, SchemaManager, Table,
};

use crate::columns::{
    TENANT, id, instant, optional_id, optional_instant, optional_text, tenant_index, tenant_key,
    text,
};
use crate::protection::protect_shared_table;

const REQUESTS: &str = "purge_requests";
const LEFTOVERS: &str = "purge_leftovers";

/// What is deleted stays among what is not; these are the few rows that lists of deleted things are about.
const DELETABLE: [&str; 7] = [
    "users",
    "api_tokens",
    "artifacts",
    "packages",
    "package_versions",
    "connections",
    "schedules",
];

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_requests(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table(LEFTOVERS)
                    .col(id(TENANT))
                    // The digest of a bundle, or `everything`.
                    .col(text("what"))
                    .col(instant("left_at"))
                    .primary_key(&mut tenant_key(&["what"]))
                    .take(),
            )
            .await?;
        for table in DELETABLE {
            let index = tenant_index(table, &["deleted_at", "id"])
                .and_where(Expr::col("deleted_at").is_not_null())
                .take();
            manager.create_index(index).await?;
        }
        // Requests about tenants stand with the platform, and leftovers are swept across tenants.
        for table in [REQUESTS, LEFTOVERS] {
            protect_shared_table(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in DELETABLE {
            let index = Index::drop()
                .name(format!("{table}_by_deleted_at_id"))
                .table(table)
                .to_owned();
            manager.drop_index(index).await?;
        }
        for table in [LEFTOVERS, REQUESTS] {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        Ok(())
    }
}

async fn create_requests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(REQUESTS)
                .col(id(TENANT))
                .col(id("id"))
                .col(text("kind"))
                .col(text("object_id"))
                .col(text("name"))
                .col(text("reason"))
                .col(text("state"))
                .col(instant("requested_at"))
                .col(text("requested_by"))
                // Missing at the command line.
                .col(optional_id("requested_by_user"))
                .col(optional_instant("decided_at"))
                .col(optional_text("decided_by"))
                .col(optional_id("decided_by_user"))
                .primary_key(&mut tenant_key(&["id"]))
                .take(),
        )
        .await?;
    manager
        .create_index(
            tenant_index(REQUESTS, &["kind", "object_id"])
                .unique()
                .and_where(Expr::col("state").eq("requested"))
                .take(),
        )
        .await?;
    manager
        .create_index(tenant_index(REQUESTS, &["requested_at", "id"]))
        .await
}
