//! Requests that may be repeated: who claimed a key, and what was answered.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table,
};

use crate::columns::{TENANT, id, instant, optional_text, tenant_index, tenant_key, text};
use crate::protection::protect_tenant_table;

const ANSWERS: &str = "kept_answers";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(ANSWERS)
                    .col(id(TENANT))
                    .col(id("id"))
                    // A digest of the credential.
                    .col(text("caller"))
                    .col(text("operation"))
                    .col(text("key"))
                    // Without a status the request is being done.
                    .col(ColumnDef::new("status").integer().null().take())
                    .col(optional_text("fingerprint"))
                    // JSON: a list of pairs.
                    .col(optional_text("headers"))
                    .col(optional_text("body"))
                    .col(instant("created_at"))
                    // Of a claim without an answer: when its process counts as dead.
                    .col(instant("expires_at"))
                    .primary_key(&mut tenant_key(&["id"]))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("kept_answers_one_key")
                    .table(ANSWERS)
                    .col(TENANT)
                    .col("caller")
                    .col("operation")
                    .col("key")
                    .unique()
                    .take(),
            )
            .await?;
        manager
            .create_index(tenant_index(ANSWERS, &["expires_at"]))
            .await?;
        protect_tenant_table(manager, ANSWERS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(ANSWERS).take())
            .await
    }
}
