//! Bringing a database to the newest version.

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityName,
    EntityTrait, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations};

use crate::roles::{grant_rights, require_confined_role};
use crate::versions::Versions;

/// Why a database could not be brought to the newest version. Whichever it is, the database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database has seen versions that this program does not know.
    #[error("the store was written by a newer version of this program: update the program (unknown: {})", .0.join(", "))]
    Newer(Vec<String>),
    /// The database has not seen all versions, and who asks may not change that.
    #[error("the tables of the store are of an earlier version: run `installhub migrate` (missing: {})", .0.join(", "))]
    Older(Vec<String>),
    /// The role that is to work with the rows does not exist.
    #[error(
        "there is no role '{0}': as an administrator of the database, run \
         CREATE ROLE \"{0}\" LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS"
    )]
    NoRole(String),
    /// The role that works with the rows could look past row security.
    #[error(
        "the role '{role}' {power}, so row security does not hold for it: give the service another role"
    )]
    TooPowerful {
        /// The role.
        role: String,
        /// What it is or has.
        power: &'static str,
    },
    /// The engine refused.
    #[error("cannot bring the store to the current version of its tables")]
    Engine(#[from] DbErr),
}

/// Brings a SQLite database to the newest version, all or nothing; does not write when there is nothing to do.
///
/// Any number of processes may call it at once: one does the work, the others wait as long as their connection waits for
/// locks, and then find nothing to do.
pub async fn migrate(database: &DatabaseConnection) -> Result<(), MigrateError> {
    if missing_versions(&SchemaManager::new(database))
        .await?
        .is_empty()
    {
        return Ok(());
    }
    let transaction = begin_exclusive(database).await?;
    // Another process may have been faster while this one waited.
    if !missing_versions(&SchemaManager::new(&transaction))
        .await?
        .is_empty()
    {
        Versions::up(&transaction, None).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Brings a PostgreSQL database to the newest version and gives `service_role` its rights, all or nothing.
///
/// The connection's role becomes the owner of the tables. Any number of processes may call it at once, as with [`migrate`].
pub async fn migrate_postgres(
    database: &DatabaseConnection,
    service_role: &str,
) -> Result<(), MigrateError> {
    let transaction = begin_exclusive(database).await?;
    if !missing_versions(&SchemaManager::new(&transaction))
        .await?
        .is_empty()
    {
        Versions::up(&transaction, None).await?;
    }
    grant_rights(&transaction, service_role).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether a PostgreSQL database is of the newest version and the connection's role one that row security holds for.
pub async fn check_postgres(database: &DatabaseConnection) -> Result<(), MigrateError> {
    require_confined_role(database).await?;
    let missing = missing_versions(&SchemaManager::new(database)).await?;
    if missing.is_empty() {
        Ok(())
    } else {
        Err(MigrateError::Older(missing))
    }
}

/// Begins a transaction that no other process can be in at the same time.
async fn begin_exclusive(database: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = database.begin_with_options(options).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Any number will do, as long as it never changes. Freed when the transaction ends.
        transaction
            .execute_unprepared("SELECT pg_advisory_xact_lock(7310993248219541)")
            .await?;
    }
    Ok(transaction)
}

/// The versions that the database has not seen.
async fn missing_versions(manager: &SchemaManager<'_>) -> Result<Vec<String>, MigrateError> {
    let known: Vec<String> = Versions::migrations()
        .iter()
        .map(|version| version.name().to_owned())
        .collect();
    let applied = applied_versions(manager).await?;
    let (seen, unknown): (Vec<_>, Vec<_>) =
        applied.into_iter().partition(|name| known.contains(name));
    if !unknown.is_empty() {
        return Err(MigrateError::Newer(unknown));
    }
    Ok(known
        .into_iter()
        .filter(|name| !seen.contains(name))
        .collect())
}

async fn applied_versions(manager: &SchemaManager<'_>) -> Result<Vec<String>, DbErr> {
    if !manager
        .has_table(seaql_migrations::Entity.table_name())
        .await?
    {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find()
        .all(manager.get_connection())
        .await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

#[cfg(test)]
mod tests {
    use installhub_test_services::empty_postgres_database;
    use sea_orm_migration::sea_orm::{ActiveModelTrait, Database, Set, Statement};

    use super::*;

    /// Indexes that do not begin with the tenant, each with a reason: its rows are looked for across all tenants.
    const ACROSS_TENANTS: [&str; 5] = [
        "schedules_due",
        "tenants_by_slug",
        "user_identities_by_subject",
        "users_by_email",
        "users_by_id",
    ];

    async fn tables(database: &DatabaseConnection) -> Vec<String> {
        let rows = database
            .query_all_raw(Statement::from_string(
                DbBackend::Sqlite,
                "SELECT name FROM sqlite_schema WHERE type = 'table' \
                 AND name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations' ORDER BY name",
            ))
            .await
            .expect("the engine answers");
        rows.iter()
            .map(|row| row.try_get("", "name").expect("a name"))
            .collect()
    }

    async fn empty_database() -> DatabaseConnection {
        Database::connect("sqlite::memory:")
            .await
            .expect("memory is there")
    }

    #[tokio::test]
    async fn every_table_comes_and_every_table_goes() {
        let database = empty_database().await;
        migrate(&database).await.expect("it is empty");
        let made = tables(&database).await;
        assert!(made.len() >= 8, "{made:?}");
        Versions::down(&database, None)
            .await
            .expect("every step can be taken back");
        assert_eq!(tables(&database).await, [""; 0]);
        migrate(&database).await.expect("it is empty again");
        assert_eq!(tables(&database).await, made);
    }

    #[tokio::test]
    async fn every_step_can_be_taken_back_on_postgres() {
        let server = empty_postgres_database().await;
        let database = Database::connect(server.owner_url())
            .await
            .expect("the owner may connect");
        for _ in 0..2 {
            migrate_postgres(&database, server.service_role())
                .await
                .expect("it is empty");
            Versions::down(&database, None)
                .await
                .expect("every step can be taken back");
            let rest = "SELECT relname::text AS name FROM pg_class \
                 WHERE relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'seaql%' \
                 UNION ALL SELECT proname::text FROM pg_proc \
                 WHERE pronamespace = current_schema()::regnamespace";
            let rest = database
                .query_all_raw(Statement::from_string(DbBackend::Postgres, rest))
                .await
                .expect("the engine answers");
            assert_eq!(rest.len(), 0, "{rest:?}");
        }
    }

    #[tokio::test]
    async fn every_key_and_every_index_begins_with_the_tenant() {
        let database = empty_database().await;
        migrate(&database).await.expect("it is empty");
        let rows = database
            .query_all_raw(Statement::from_string(
                DbBackend::Sqlite,
                "SELECT t.name AS table_name, l.name AS index_name, i.name AS column_name \
                 FROM sqlite_schema t, pragma_index_list(t.name) l, pragma_index_info(l.name) i \
                 WHERE t.type = 'table' AND i.seqno = 0 \
                 AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) c WHERE c.name = 'tenant_id')",
            ))
            .await
            .expect("the engine answers");
        assert!(rows.len() > 8, "{}", rows.len());
        for row in rows {
            let column: String = row.try_get("", "column_name").expect("a name");
            let index: String = row.try_get("", "index_name").expect("a name");
            if !ACROSS_TENANTS.contains(&index.as_str()) {
                assert_eq!(column, "tenant_id", "{index}");
            }
        }
    }

    #[tokio::test]
    async fn history_is_only_added_to() {
        let database = empty_database().await;
        migrate(&database).await.expect("it is empty");
        for statement in [
            "PRAGMA foreign_keys = OFF",
            "INSERT INTO import_transitions VALUES (x'01', x'02', 0, NULL, 'Pending', '2026-01-01', NULL)",
        ] {
            database
                .execute_unprepared(statement)
                .await
                .expect("adding is allowed");
        }
        for statement in [
            "UPDATE import_transitions SET note = 'x'",
            "DELETE FROM import_transitions",
        ] {
            let refused = database
                .execute_unprepared(statement)
                .await
                .expect_err("history stays");
            assert!(refused.to_string().contains("append only"), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_store_of_a_newer_program_is_left_alone() {
        let database = empty_database().await;
        migrate(&database).await.expect("it is empty");
        let newer = seaql_migrations::ActiveModel {
            version: Set("m9999_later".to_owned()),
            applied_at: Set(0),
        };
        newer.insert(&database).await.expect("a row");
        let refused = migrate(&database).await.expect_err("m9999 is unknown");
        assert!(
            matches!(&refused, MigrateError::Newer(unknown) if unknown == &["m9999_later"]),
            "{refused}"
        );
    }
}
