//! Audit: the chains of events, where each of them ends, and the signed checkpoints.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table,
};
use sea_orm_migration::sea_orm::{ConnectionTrait as _, DbBackend};

use crate::columns::{
    TENANT, bytes, id, instant, optional_id, optional_text, tenant_index, tenant_key, text,
};
use crate::protection::{protect_shared_table, refuse_changes};

const EVENTS: &str = "audit_events";
const HEADS: &str = "audit_heads";
const CHECKPOINTS: &str = "audit_checkpoints";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_events(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table(HEADS)
                    .col(id(TENANT))
                    .col(bytes("sequence"))
                    .col(text("hash"))
                    .primary_key(&mut tenant_key(&[]))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(CHECKPOINTS)
                    .col(id(TENANT))
                    .col(bytes("sequence"))
                    .col(text("hash"))
                    .col(instant("at"))
                    .col(text("key_id"))
                    .col(text("signature"))
                    .primary_key(&mut tenant_key(&["sequence"]))
                    .take(),
            )
            .await?;
        refuse_changes(manager, EVENTS).await?;
        refuse_changes(manager, CHECKPOINTS).await?;
        refuse_replacing(manager, EVENTS, "(sequence = NEW.sequence OR id = NEW.id)").await?;
        refuse_replacing(manager, CHECKPOINTS, "sequence = NEW.sequence").await?;
        // What concerns the platform is done across tenants and is written into their chains.
        for table in [EVENTS, HEADS, CHECKPOINTS] {
            protect_shared_table(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [CHECKPOINTS, HEADS, EVENTS] {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        Ok(())
    }
}

/// `INSERT OR REPLACE` of SQLite removes rows without asking the triggers for removals.
async fn refuse_replacing(
    manager: &SchemaManager<'_>,
    table: &str,
    is_same: &str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let statement = format!(
        "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} \
         WHEN EXISTS (SELECT 1 FROM {table} WHERE {TENANT} = NEW.{TENANT} AND {is_same}) \
         BEGIN SELECT RAISE(ABORT, '{table} is append only'); END"
    );
    let connection = manager.get_connection();
    connection.execute_unprepared(&statement).await?;
    Ok(())
}

async fn create_events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(EVENTS)
                .col(id(TENANT))
                .col(bytes("sequence"))
                .col(id("id"))
                .col(instant("at"))
                .col(text("actor"))
                .col(text("actor_kind"))
                .col(text("action"))
                .col(optional_text("object_kind"))
                .col(optional_text("object_id"))
                .col(text("outcome"))
                .col(optional_id("request_id"))
                // Canonical JSON.
                .col(text("details"))
                .col(text("previous"))
                .col(text("hash"))
                .primary_key(&mut tenant_key(&["sequence"]))
                .take(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("audit_events_by_id")
                .table(EVENTS)
                .col(TENANT)
                .col("id")
                .unique()
                .take(),
        )
        .await?;
    for columns in [
        ["object_kind", "object_id", "sequence"].as_slice(),
        &["actor", "sequence"],
        &["at"],
    ] {
        manager.create_index(tenant_index(EVENTS, columns)).await?;
    }
    Ok(())
}
