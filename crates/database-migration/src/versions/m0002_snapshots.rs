//! The list of snapshots; their bytes are objects in a store of their own.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table,
};

use crate::columns::{
    TENANT, bytes, id, instant, optional_instant, optional_text, tenant_index, tenant_key, text,
};

const SNAPSHOTS: &str = "snapshots";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(SNAPSHOTS)
                    .col(id(TENANT))
                    .col(id("id"))
                    .col(text("target"))
                    .col(text("object_key"))
                    // SHA-256 over the stored bytes.
                    .col(text("digest"))
                    .col(bytes("raw_bytes"))
                    .col(bytes("stored_bytes"))
                    .col(instant("created_at"))
                    .col(instant("expires_at"))
                    .col(optional_instant("deleted_at"))
                    .col(optional_text("deleted_by"))
                    .primary_key(&mut tenant_key(&["id"]))
                    .take(),
            )
            .await?;
        manager
            .create_index(tenant_index(SNAPSHOTS, &["object_key"]))
            .await?;
        manager
            .create_index(tenant_index(SNAPSHOTS, &["expires_at"]))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(SNAPSHOTS).take())
            .await
    }
}
