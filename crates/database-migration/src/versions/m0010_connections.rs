//! Connections: registered databases, HTTP endpoints and buckets, with sealed secrets.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ConditionalStatement, DbErr, DeriveMigrationName, Expr, ExprTrait, Index, MigrationTrait,
    SchemaManager, Table,
};

use crate::columns::{
    TENANT, bytes, id, instant, optional_instant, optional_text, tenant_index, tenant_key, text,
};
use crate::protection::protect_tenant_table;

const CONNECTIONS: &str = "connections";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(CONNECTIONS)
                    .col(id(TENANT))
                    .col(id("id"))
                    .col(text("name"))
                    // The name in lower case.
                    .col(text("name_key"))
                    .col(text("kind"))
                    // JSON; nothing secret.
                    .col(text("settings"))
                    // The key's id and what it made of the secret; both or none.
                    .col(optional_text("sealing_key"))
                    .col(optional_text("sealed_secret"))
                    .col(instant("created_at"))
                    .col(text("created_by"))
                    .col(instant("updated_at"))
                    .col(optional_instant("deleted_at"))
                    .col(optional_text("deleted_by"))
                    .col(bytes("revision"))
                    .primary_key(&mut tenant_key(&["id"]))
                    .take(),
            )
            .await?;
        // A name is free again when its connection is deleted.
        manager
            .create_index(
                Index::create()
                    .name("connections_by_name")
                    .table(CONNECTIONS)
                    .col(TENANT)
                    .col("name_key")
                    .unique()
                    .and_where(Expr::col("deleted_at").is_null())
                    .take(),
            )
            .await?;
        manager
            .create_index(tenant_index(CONNECTIONS, &["created_at", "id"]))
            .await?;
        protect_tenant_table(manager, CONNECTIONS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(CONNECTIONS).take())
            .await
    }
}
