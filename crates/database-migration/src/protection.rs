//! What the engine itself refuses, whatever the program asks for: rows of other tenants, and changes to history.
//!
//! | table | who sees and changes a row on PostgreSQL |
//! |---|---|
//! | [`protect_tenant_table`] | transactions of the row's tenant |
//! | [`protect_shared_table`] | these, and transactions of the platform |
//! | [`protect_platform_table`] | transactions of the platform |
//!
//! A transaction is of a tenant when `app.tenant` is set in it, of the platform when `app.platform` is `on`. When nothing is
//! set nothing is seen. SQLite knows no row security; there the queries' own filter stands alone.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::columns::TENANT;

const OF_PLATFORM: &str = "current_setting('app.platform', true) = 'on'";

/// Shows and gives rows to their tenant only.
pub(crate) async fn protect_tenant_table(
    manager: &SchemaManager<'_>,
    table: &str,
) -> Result<(), DbErr> {
    protect(manager, table, &of_tenant(TENANT)).await
}

/// Shows and gives rows to their tenant, and all of them to the platform.
pub(crate) async fn protect_shared_table(
    manager: &SchemaManager<'_>,
    table: &str,
) -> Result<(), DbErr> {
    protect_shared_table_by(manager, table, TENANT).await
}

/// The same for a table whose rows name their tenant in `column`.
pub(crate) async fn protect_shared_table_by(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
) -> Result<(), DbErr> {
    let rule = format!("{} OR {OF_PLATFORM}", of_tenant(column));
    protect(manager, table, &rule).await
}

/// Shows and gives rows to the platform only.
pub(crate) async fn protect_platform_table(
    manager: &SchemaManager<'_>,
    table: &str,
) -> Result<(), DbErr> {
    protect(manager, table, OF_PLATFORM).await
}

/// A setting that was made in an earlier transaction of the connection reads as an empty text, not as none.
fn of_tenant(column: &str) -> String {
    format!("{column} = NULLIF(current_setting('app.tenant', true), '')::uuid")
}

async fn protect(manager: &SchemaManager<'_>, table: &str, rule: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    run(
        manager,
        &[
            format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
            // Also for the owner of the table.
            format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
            format!("CREATE POLICY {table}_rows ON {table} USING ({rule}) WITH CHECK ({rule})"),
        ],
    )
    .await
}

/// Takes back what the three others did.
pub(crate) async fn unprotect(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    run(
        manager,
        &[
            format!("DROP POLICY {table}_rows ON {table}"),
            format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
            format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
        ],
    )
    .await
}

/// Refuses to change or remove rows: what was written stays. Goes with the table.
///
/// Whoever works with the store gets no right to try; the owner of the tables is refused by triggers.
pub(crate) async fn refuse_changes(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => ["UPDATE", "DELETE"]
            .map(|change| {
                format!(
                    "CREATE TRIGGER {table}_no_{} BEFORE {change} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append only'); END",
                    change.to_lowercase()
                )
            })
            .to_vec(),
        DbBackend::Postgres => vec![
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION {REFUSE}()"
            ),
            format!(
                "CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION {REFUSE}()"
            ),
        ],
        engine => return Err(DbErr::Custom(format!("there is no store on {engine:?}"))),
    };
    run(manager, &statements).await
}

/// The function that refuses.
const REFUSE: &str = "refuse_change";

/// What the first tables need: the order of text that is the same on both engines, and the function that refuses changes.
pub(crate) async fn prepare_engine(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    run(
        manager,
        &[
            // SQLite has an order of this name, which is the one meant.
            "CREATE COLLATION \"binary\" FROM \"C\"".to_owned(),
            format!(
                "CREATE FUNCTION {REFUSE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION '% is append only', TG_TABLE_NAME \
                 USING ERRCODE = 'integrity_constraint_violation'; END $$"
            ),
        ],
    )
    .await
}

/// Takes back what [`prepare_engine`] did.
pub(crate) async fn clear_engine(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    run(
        manager,
        &[
            format!("DROP FUNCTION {REFUSE}()"),
            "DROP COLLATION \"binary\"".to_owned(),
        ],
    )
    .await
}

async fn run(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
