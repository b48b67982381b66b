//! The journal of imports and the moves between their states, which are only ever added to.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, Table,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::columns::{
    TENANT, belongs_to, id, instant, optional_id, optional_text, position, tenant_index,
    tenant_key, text,
};

const IMPORTS: &str = "imports";
const TRANSITIONS: &str = "import_transitions";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(IMPORTS)
                    .col(id(TENANT))
                    .col(id("id"))
                    .col(text("package_name"))
                    .col(text("package_version"))
                    .col(text("package_id"))
                    .col(text("package_digest"))
                    .col(text("target_kind"))
                    .col(text("target"))
                    .col(text("state"))
                    .col(text("phase"))
                    .col(text("actor"))
                    .col(instant("created_at"))
                    .col(instant("updated_at"))
                    // The next four are JSON.
                    .col(optional_text("plan"))
                    .col(optional_text("before"))
                    .col(optional_text("after"))
                    .col(optional_text("outcome"))
                    .col(optional_id("snapshot_id"))
                    .col(optional_text("error"))
                    .primary_key(&mut tenant_key(&["id"]))
                    .take(),
            )
            .await?;
        manager
            .create_index(tenant_index(IMPORTS, &["created_at"]))
            .await?;
        manager
            .create_index(tenant_index(IMPORTS, &["state"]))
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(TRANSITIONS)
                    .col(id(TENANT))
                    .col(id("import_id"))
                    .col(position())
                    .col(optional_text("from_state"))
                    .col(text("to_state"))
                    .col(instant("at"))
                    .col(optional_text("note"))
                    .primary_key(&mut tenant_key(&["import_id", "position"]))
                    .foreign_key(&mut belongs_to(TRANSITIONS, "import_id", IMPORTS))
                    .take(),
            )
            .await?;
        refuse_changes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(TRANSITIONS).take())
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .get_connection()
                .execute_unprepared("DROP FUNCTION import_transitions_append_only()")
                .await?;
        }
        manager
            .drop_table(Table::drop().table(IMPORTS).take())
            .await
    }
}

/// Lets the engine itself refuse to rewrite history.
async fn refuse_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statements: &[&str] = match manager.get_database_backend() {
        DbBackend::Sqlite => &[
            "CREATE TRIGGER import_transitions_no_update BEFORE UPDATE ON import_transitions \
             BEGIN SELECT RAISE(ABORT, 'import_transitions is append only'); END",
            "CREATE TRIGGER import_transitions_no_delete BEFORE DELETE ON import_transitions \
             BEGIN SELECT RAISE(ABORT, 'import_transitions is append only'); END",
        ],
        DbBackend::Postgres => &[
            "CREATE FUNCTION import_transitions_append_only() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'import_transitions is append only'; END $$",
            "CREATE TRIGGER import_transitions_append_only BEFORE UPDATE OR DELETE ON import_transitions \
             FOR EACH ROW EXECUTE FUNCTION import_transitions_append_only()",
        ],
        engine => return Err(DbErr::Custom(format!("there is no store on {engine:?}"))),
    };
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
