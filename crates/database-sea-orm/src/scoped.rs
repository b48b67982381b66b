//! The only way to begin a query: with the tenant it is about, told to the engine too where it enforces it.

use installhub_checksum::Digest;
use installhub_kernel::{PlatformScope, TenantId, TenantScope};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    DeleteMany, EntityTrait, QueryFilter, Select, Statement, UpdateMany,
};

use crate::entity;

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whatever the realm allows.
    Write,
    /// Look at one moment's state.
    Read,
}

/// Whose rows a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Realm {
    /// Those of one tenant.
    Tenant(TenantId),
    /// Those of all tenants, in tables that are shared; those of none in all others.
    Platform,
}

impl Realm {
    pub(crate) fn of(scope: &TenantScope) -> Self {
        Self::Tenant(scope.tenant())
    }
}

/// Tells PostgreSQL, for this transaction alone, whose rows it is about. Until it is told it shows none.
pub(crate) async fn announce(
    transaction: &DatabaseTransaction,
    realm: Realm,
    access: Access,
) -> Result<(), DbErr> {
    // One statement after the other in one message: neither a UUID nor a word needs to be quoted.
    let view = match access {
        Access::Write => "",
        Access::Read => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; ",
    };
    let realm = match realm {
        Realm::Tenant(tenant) => format!("SET LOCAL app.tenant = '{tenant}'"),
        Realm::Platform => "SET LOCAL app.platform = 'on'".to_owned(),
    };
    transaction
        .execute_unprepared(&format!("{view}{realm}"))
        .await?;
    Ok(())
}

/// Waits until no other transaction of the tenant has its turn, and keeps it until the end of this one. SQLite has one writer
/// anyway.
pub(crate) async fn take_turn(
    transaction: &DatabaseTransaction,
    scope: &TenantScope,
) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let key = lock_key("writing documents", scope.tenant().as_uuid().as_bytes());
        transaction
            .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({key})"))
            .await?;
    }
    Ok(())
}

/// The number of an advisory lock of PostgreSQL: whoever locks the same `subject` for the same `purpose` waits.
pub(crate) fn lock_key(purpose: &str, subject: &[u8]) -> i64 {
    let digest = Digest::of(&[purpose.as_bytes(), b":", subject].concat());
    let (first, _) = digest.as_bytes().split_at(8);
    i64::from_be_bytes(first.try_into().unwrap_or_default())
}

/// Fails when a statement of the transaction has failed: PostgreSQL answers the commit of such a transaction by forgetting it
/// and without an error.
pub(crate) async fn refuse_if_failed(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared("SELECT 1").await?;
    }
    Ok(())
}

/// Copies a SQLite database as of one moment into a new file, while others go on working.
pub(crate) async fn copy_all(database: &DatabaseConnection, file: &str) -> Result<(), DbErr> {
    let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [file.into()]);
    database.execute_raw(copy).await?;
    Ok(())
}

/// All tables with rows of tenants, each before those it refers to.
pub(crate) async fn tenant_tables(transaction: &DatabaseTransaction) -> Result<Vec<String>, DbErr> {
    let (tables, references) = match transaction.get_database_backend() {
        DbBackend::Postgres => (
            "SELECT c.relname::text AS one, '' AS other FROM pg_class c \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
             WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY 1",
            "SELECT conrelid::regclass::text AS one, confrelid::regclass::text AS other \
             FROM pg_constraint WHERE contype = 'f'",
        ),
        _ => (
            "SELECT t.name AS one, '' AS other FROM sqlite_master t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.name = 'tenant_id' ORDER BY 1",
            "SELECT t.name AS one, f.\"table\" AS other FROM sqlite_master t, \
             pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
        ),
    };
    let tables = pairs(transaction, tables).await?;
    let references = pairs(transaction, references).await?;
    let mut left: Vec<String> = tables.into_iter().map(|(table, _)| table).collect();
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_referred_to = |table: &String| {
            references
                .iter()
                .any(|(one, other)| other == table && one != table && left.contains(one))
        };
        let (later, now): (Vec<_>, Vec<_>) = left.iter().cloned().partition(is_referred_to);
        if now.is_empty() {
            return Err(DbErr::Custom("tables refer to each other".to_owned()));
        }
        sorted.extend(now);
        left = later;
    }
    Ok(sorted)
}

async fn pairs(
    transaction: &DatabaseTransaction,
    sql: &str,
) -> Result<Vec<(String, String)>, DbErr> {
    let statement = Statement::from_string(transaction.get_database_backend(), sql);
    let rows = transaction.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "one")?, row.try_get("", "other")?)))
        .collect()
}

/// A table whose rows belong to tenants.
pub(crate) trait TenantOwned: EntityTrait {
    /// The column that says to whom.
    const TENANT: Self::Column;

    /// Reads rows of the tenant.
    fn rows_of(scope: &TenantScope) -> Select<Self> {
        Self::find().filter(Self::TENANT.eq(scope.tenant().as_uuid()))
    }

    /// Changes rows of the tenant.
    fn changes_of(scope: &TenantScope) -> UpdateMany<Self> {
        Self::update_many().filter(Self::TENANT.eq(scope.tenant().as_uuid()))
    }

    /// Removes rows of the tenant.
    fn removals_of(scope: &TenantScope) -> DeleteMany<Self> {
        Self::delete_many().filter(Self::TENANT.eq(scope.tenant().as_uuid()))
    }
}

/// A table whose rows belong to tenants and which the platform may look across.
pub(crate) trait Shared: TenantOwned {
    /// Reads rows of all tenants.
    fn all_rows(_platform: &PlatformScope) -> Select<Self> {
        Self::find()
    }

    /// Changes rows of all tenants.
    fn all_changes(_platform: &PlatformScope) -> UpdateMany<Self> {
        Self::update_many()
    }

    /// Removes rows of all tenants.
    fn all_removals(_platform: &PlatformScope) -> DeleteMany<Self> {
        Self::delete_many()
    }
}

/// A table whose rows belong to no tenant, and which the platform alone may see.
pub(crate) trait PlatformOwned: EntityTrait {
    /// Reads rows.
    fn rows(_platform: &PlatformScope) -> Select<Self> {
        Self::find()
    }

    /// Changes rows.
    fn changes(_platform: &PlatformScope) -> UpdateMany<Self> {
        Self::update_many()
    }

    /// Removes rows.
    fn removals(_platform: &PlatformScope) -> DeleteMany<Self> {
        Self::delete_many()
    }
}

impl PlatformOwned for entity::sign_in_attempt::Entity {}
impl PlatformOwned for entity::sign_in_start::Entity {}

macro_rules! tenant_owned {
    ($($table:ident),+ $(,)?) => {
        $(impl TenantOwned for entity::$table::Entity {
            const TENANT: Self::Column = entity::$table::Column::TenantId;
        })+
    };
}

tenant_owned!(
    api_token,
    artifact,
    artifact_version,
    audit_checkpoint,
    audit_event,
    audit_head,
    connection,
    decisions,
    import,
    installation,
    installed_artifact,
    job,
    kept_answer,
    open_reference,
    package,
    package_manifest,
    package_version,
    purge_leftover,
    purge_request,
    schedule,
    session,
    snapshot,
    tenant,
    transition,
    upload,
    upload_piece,
    user,
    user_identity
);

macro_rules! shared {
    ($($table:ident),+ $(,)?) => {
        $(impl Shared for entity::$table::Entity {})+
    };
}

shared!(
    api_token,
    audit_checkpoint,
    audit_event,
    audit_head,
    job,
    purge_leftover,
    purge_request,
    schedule,
    session,
    tenant,
    user,
    user_identity
);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// All sources but this one.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("the sources are there").path();
            if path.is_dir() {
                found.extend(sources(&path));
            } else if !path.ends_with("src/scoped.rs") {
                found.push(path);
            }
        }
        found
    }

    /// Files that put queries together word by word, and why.
    const BY_HAND: [&str; 5] = [
        // Tables named at run time, each query with its tenant; and tenants themselves for the platform.
        "deletion/tables.rs",
        "deletion/lists.rs",
        // Which tenants wait, for the platform.
        "jobs/dispatch.rs",
        // No rows: the server's time, and locks.
        "jobs/mod.rs",
        "session_locks.rs",
    ];

    #[test]
    fn no_other_file_begins_a_query() {
        let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        assert!(sources.len() > 20, "also those in folders");
        let by_mapper = [
            "::find(",
            "::find_by_id(",
            "::update_many(",
            "::delete_many(",
            "::delete_by_id(",
            "_raw(",
            "_unprepared(",
        ];
        let by_hand = [
            "Query::select",
            "Query::update",
            "Query::delete",
            "sqlx::query",
        ];
        for path in sources {
            let source = fs::read_to_string(&path).expect("a source is text");
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            let may_build = BY_HAND.iter().any(|file| path.ends_with(file));
            for way in by_mapper
                .iter()
                .chain(by_hand.iter().filter(|_| !may_build))
            {
                assert!(
                    !source.contains(way),
                    "{} begins a query without a tenant: {way}",
                    path.display()
                );
            }
        }
    }
}
