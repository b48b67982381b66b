//! Bringing a database to the newest version.

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityName,
    EntityTrait, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations};

use crate::versions::Versions;

/// Why a database could not be brought to the newest version. Whichever it is, the database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database has seen versions that this program does not know.
    #[error("the store was written by a newer version of this program: update the program (unknown: {})", .0.join(", "))]
    Newer(Vec<String>),
    /// The engine refused.
    #[error("cannot bring the store to the current version of its tables")]
    Engine(#[from] DbErr),
}

/// Brings the database to the newest version, all or nothing; does not write when there is nothing to do.
///
/// Any number of processes may call it at once: one does the work, the others wait as long as their connection waits for
/// locks, and then find nothing to do.
pub async fn migrate(database: &DatabaseConnection) -> Result<(), MigrateError> {
    if is_current(&SchemaManager::new(database)).await? {
        return Ok(());
    }
    let transaction = begin_exclusive(database).await?;
    // Another process may have been faster while this one waited.
    if !is_current(&SchemaManager::new(&transaction)).await? {
        Versions::up(&transaction, None).await?;
    }
    transaction.commit().await?;
    Ok(())
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

async fn is_current(manager: &SchemaManager<'_>) -> Result<bool, MigrateError> {
    let known: Vec<String> = Versions::migrations()
        .iter()
        .map(|version| version.name().to_owned())
        .collect();
    let applied = applied_versions(manager).await?;
    let unknown: Vec<String> = applied
        .iter()
        .filter(|name| !known.contains(name))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(MigrateError::Newer(unknown));
    }
    Ok(known.iter().all(|name| applied.contains(name)))
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
    use sea_orm_migration::sea_orm::{ActiveModelTrait, Database, Set, Statement};

    use super::*;

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

    async fn tables_present(database: &DatabaseConnection) -> Vec<&'static str> {
        let manager = SchemaManager::new(database);
        let mut present = Vec::new();
        for table in TABLES {
            if manager.has_table(table).await.expect("the engine answers") {
                present.push(table);
            }
        }
        present
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
        assert_eq!(tables_present(&database).await, TABLES);
        Versions::down(&database, None)
            .await
            .expect("every step can be taken back");
        assert_eq!(tables_present(&database).await, [""; 0]);
        migrate(&database).await.expect("it is empty again");
        assert_eq!(tables_present(&database).await, TABLES);
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
                 WHERE t.type = 'table' AND t.name <> 'seaql_migrations' AND i.seqno = 0",
            ))
            .await
            .expect("the engine answers");
        assert!(rows.len() > TABLES.len(), "{}", rows.len());
        for row in rows {
            let column: String = row.try_get("", "column_name").expect("a name");
            let index: String = row.try_get("", "index_name").expect("a name");
            assert_eq!(column, "tenant_id", "{index}");
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
