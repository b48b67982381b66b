//! The store in a PostgreSQL database: promises of the port, several processes, roles, failures in words.

use std::time::Duration;

use installhub_database_sea_orm::{PostgresOptions, SessionLocks, Store, migrate_postgres};
use installhub_importing::ports::{ImportLease, StoreError, UnitOfWorkFactory};
use installhub_test_services::{PostgresDatabase, empty_postgres_database, postgres_database};
use installhub_test_support::unit_of_work::samples::{form, import, import_id};
use installhub_test_support::{import_lease, scope, unit_of_work};
use sea_orm::{ConnectionTrait as _, Database};

use crate::homes::{postgres, postgres_with};

async fn add(store: &Store, number: u32) {
    let mut unit = store.begin(&scope(1)).await.expect("a transaction begins");
    unit.imports()
        .add(&scope(1), &import(number, "t"))
        .await
        .expect("an import is added");
    unit.commit().await.expect("a transaction commits");
}

/// Runs a statement as the administrator of the server.
async fn administer(database: &PostgresDatabase, statement: &str) {
    let admin = Database::connect(database.admin_url())
        .await
        .expect("the administrator may connect");
    admin
        .execute_unprepared(statement)
        .await
        .expect("the administrator may do everything");
    admin.close().await.expect("it closes");
}

/// What the store says when it is opened so.
async fn refusal(url: &str) -> String {
    let refused = postgres(url).check().await.expect_err("it is refused");
    assert!(
        matches!(refused, StoreError::Unavailable { .. }),
        "{refused:?}"
    );
    refused.to_string()
}

#[tokio::test]
async fn a_database_keeps_the_promises() {
    let database = postgres_database().await;
    unit_of_work::conformance(&postgres(&database.service_url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_an_import_has_read_does_not_change_before_it_writes() {
    let database = postgres_database().await;
    let (one, other) = (
        postgres(&database.service_url()),
        postgres(&database.service_url()),
    );
    add(&one, 0).await;
    let writers = (0..40).map(|number| {
        let store = if number % 2 == 0 {
            one.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move {
            let mut unit = store.begin(&scope(1)).await.expect("a transaction begins");
            let imports = unit.imports();
            let record = imports.find(&scope(1), import_id(0)).await;
            let mut record = record.expect("it is readable").expect("it is there");
            let counted: u32 = record
                .error
                .as_deref()
                .unwrap_or("0")
                .parse()
                .expect("a number");
            record.error = Some((counted + 1).to_string());
            imports
                .record(&scope(1), &record, None)
                .await
                .expect("it is rewritten");
            unit.commit().await.expect("a transaction commits");
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("nobody fails");
    }
    let mut unit = one.read(&scope(1)).await.expect("a view opens");
    let record = unit.imports().find(&scope(1), import_id(0)).await;
    let record = record
        .expect("the journal is readable")
        .expect("it is there");
    assert_eq!(record.error.as_deref(), Some("40"), "no increment is lost");
}

#[tokio::test]
async fn writers_of_one_tenant_wait_for_a_bounded_time_and_others_do_not() {
    let database = postgres_database().await;
    let mut options = PostgresOptions::new(database.service_url());
    options.lock_timeout = Duration::from_millis(300);
    let store = postgres_with(options);
    let held = store.begin(&scope(1)).await.expect("a transaction begins");
    let refused = store.begin(&scope(1)).await.err().expect("it is held");
    assert!(
        matches!(refused, StoreError::Unavailable { .. }),
        "{refused:?}"
    );
    assert_eq!(
        refused.to_string(),
        "cannot write to the store: another import or another process is writing to it; try again when that has finished"
    );
    assert!(
        store.begin(&scope(2)).await.is_ok(),
        "another tenant writes"
    );
    assert!(store.read(&scope(1)).await.is_ok(), "readers do not wait");
    drop(held);
    add(&store, 1).await;
}

#[tokio::test]
async fn a_commit_after_a_failed_statement_is_no_success() {
    let database = postgres_database().await;
    let store = postgres(&database.service_url());
    add(&store, 1).await;
    let mut unit = store.begin(&scope(1)).await.expect("a transaction begins");
    unit.imports()
        .add(&scope(1), &import(2, "t"))
        .await
        .expect("it is new");
    let twice = unit.imports().add(&scope(1), &import(1, "t")).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
    assert!(
        unit.commit().await.is_err(),
        "the engine forgets the transaction, and that is told"
    );
    let mut unit = store.read(&scope(1)).await.expect("a view opens");
    let second = unit.imports().find(&scope(1), import_id(2)).await;
    assert_eq!(second.expect("the journal is readable"), None);
}

#[tokio::test]
async fn a_role_that_row_security_does_not_hold_for_is_refused() {
    let database = postgres_database().await;
    assert_eq!(
        refusal(&database.owner_url()).await,
        "cannot read the store: the role 'hub_owner' owns the tables, so row security does not hold for it: \
         give the service another role"
    );
    assert!(
        refusal(&database.admin_url())
            .await
            .contains("the role 'postgres' is a superuser")
    );
    // Roles belong to the whole server, so this one has a name of its own.
    let role = format!("bypassing_{}", std::process::id());
    administer(&database, &format!("CREATE ROLE {role} LOGIN BYPASSRLS")).await;
    let url = database
        .service_url()
        .replace("hub_service:hub_service", &role);
    let message = refusal(&url).await;
    administer(&database, &format!("DROP ROLE {role}")).await;
    assert!(message.contains("has BYPASSRLS"), "{message}");
}

#[tokio::test]
async fn tables_of_another_version_are_refused() {
    let database = empty_postgres_database().await;
    let older = refusal(&database.service_url()).await;
    assert_eq!(
        older,
        "cannot read the store: its tables are of an earlier version of this program; run `installhub migrate`"
    );
    let owner = PostgresOptions::new(database.owner_url());
    migrate_postgres(&owner, database.service_role())
        .await
        .expect("the owner makes the tables");
    let store = postgres(&database.service_url());
    store.check().await.expect("the tables are there");
    store.migrate().await.expect("there is nothing to do");

    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)";
    administer(&database, newer).await;
    let message = refusal(&database.service_url()).await;
    assert!(message.ends_with("update the program"), "{message}");
    let migrated = migrate_postgres(&owner, database.service_role()).await;
    let message = migrated.expect_err("it is newer").to_string();
    assert!(message.ends_with("update the program"), "{message}");
}

#[tokio::test]
async fn a_service_role_that_does_not_exist_is_explained_and_nothing_is_made() {
    let database = empty_postgres_database().await;
    let owner = PostgresOptions::new(database.owner_url());
    for (role, expected) in [
        (
            "no_such_role",
            "CREATE ROLE \"no_such_role\" LOGIN PASSWORD '…' NOSUPERUSER NOBYPASSRLS",
        ),
        ("hub_owner", "the role 'hub_owner' owns the tables"),
        ("postgres", "the role 'postgres' is a superuser"),
    ] {
        let refused = migrate_postgres(&owner, role)
            .await
            .expect_err("no such role");
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    let older = refusal(&database.service_url()).await;
    assert!(
        older.contains("run `installhub migrate`"),
        "nothing was made: {older}"
    );
}

#[tokio::test]
async fn a_database_that_lets_nobody_in_is_explained_without_the_password() {
    let database = postgres_database().await;
    let service = database.service_url();
    let (server, _) = service.rsplit_once('/').expect("it names a database");
    for (url, expected) in [
        (format!("{server}/no_such_database"), "check the address"),
        (
            service.replace("hub_service:hub_service", "nobody:secret"),
            "check the address",
        ),
        (
            "postgres://nobody:secret@:x/".to_owned(),
            "expected postgres://user:password@host:port/database",
        ),
    ] {
        let message = refusal(&url).await;
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
    let options = PostgresOptions::new("postgres://nobody:secret@host/database");
    assert!(!format!("{options:?}").contains("secret"), "{options:?}");
}

#[tokio::test]
async fn session_locks_keep_the_promises() {
    let database = postgres_database().await;
    let options = || PostgresOptions::new(database.service_url());
    let (one, other) = (SessionLocks::new(options()), SessionLocks::new(options()));
    import_lease::conformance(&one, &other).await;
}

#[tokio::test]
async fn a_lease_ends_with_the_connection_of_a_process_that_died() {
    let database = postgres_database().await;
    let leases = SessionLocks::new(PostgresOptions::new(database.service_url()));
    let held = leases.acquire(import_id(1)).await.expect("it can be asked");
    assert!(held.is_some());
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND usename = 'hub_service'";
    administer(&database, end).await;
    let freed = leases.acquire(import_id(1)).await.expect("it can be asked");
    assert!(freed.is_some());
}

#[tokio::test]
async fn what_the_engine_cannot_keep_is_explained() {
    let database = postgres_database().await;
    let store = postgres(&database.service_url());
    // Too long for an index even when it is compressed.
    let long: String = (0..20_000u32)
        .filter_map(|number| char::from_u32(0x4e00 + number.wrapping_mul(7_919) % 20_000))
        .collect();
    for name in ["a\0b", &long] {
        let mut unit = store.begin(&scope(1)).await.expect("a transaction begins");
        let refused = unit
            .documents()
            .create(&scope(1), &[form("f1", name)])
            .await
            .expect_err("it cannot be kept");
        assert!(
            refused.to_string().contains("leave it out or shorten it"),
            "{refused}"
        );
    }
}
