//! What PostgreSQL itself hides and refuses, whatever a query asks for, on every table there is.

use installhub_importing::ports::UnitOfWorkFactory;
use installhub_test_services::{PostgresDatabase, postgres_database};
use installhub_test_support::scope;
use installhub_test_support::unit_of_work::samples::{form, import};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
    TransactionTrait as _,
};

use crate::homes::postgres;

async fn connect(url: String) -> DatabaseConnection {
    Database::connect(url).await.expect("it connects")
}

/// The first column of what a query finds.
async fn texts(database: &impl ConnectionTrait, query: &str) -> Vec<String> {
    let rows = database
        .query_all_raw(Statement::from_string(DbBackend::Postgres, query))
        .await
        .expect("the query runs");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

async fn count(database: &impl ConnectionTrait, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM {table}");
    let row = database
        .query_one_raw(Statement::from_string(DbBackend::Postgres, query))
        .await
        .expect("the query runs");
    row.expect("a count is a row")
        .try_get_by_index(0)
        .expect("a count")
}

/// A transaction of tenant number `tenant`.
async fn of_tenant(service: &DatabaseConnection, tenant: u128) -> DatabaseTransaction {
    let transaction = service.begin().await.expect("a transaction begins");
    let tenant = scope(tenant).tenant();
    transaction
        .execute_unprepared(&format!(
            "SELECT set_config('app.tenant', '{tenant}', true)"
        ))
        .await
        .expect("a tenant is set");
    transaction
}

/// Two tenants with an import and a document each.
async fn two_tenants() -> PostgresDatabase {
    let database = postgres_database().await;
    let store = postgres(&database.service_url());
    for tenant in [1, 2] {
        let mut unit = store.begin(&scope(tenant)).await.expect("it begins");
        unit.imports()
            .add(&scope(tenant), &import(1, "t"))
            .await
            .expect("it is new");
        unit.documents()
            .create(&scope(tenant), &[form("f1", "Form")])
            .await
            .expect("it is new");
        unit.commit().await.expect("it commits");
    }
    store.close().await.expect("it closes");
    database
}

/// All tables but the list of versions, which everybody may read.
const TABLES: &str = "FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
     AND c.relkind IN ('r', 'p') AND c.relname <> 'seaql_migrations'";

/// Every table that shows or takes more rows than it should, and why.
async fn complaints(owner: &DatabaseConnection) -> Vec<String> {
    let open = format!(
        "SELECT c.relname || ' is not protected' {TABLES} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
    );
    let several = format!(
        "SELECT c.relname || ' has not one policy' {TABLES} \
         AND (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) <> 1"
    );
    let of_tenant =
        "tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid";
    let of_platform = "current_setting('app.platform'::text, true) = 'on'::text";
    let shared = format!("(({of_tenant}) OR ({of_platform}))");
    // A table of tenants themselves names them otherwise.
    let of_tenants = shared.replacen("tenant_id", "id", 1);
    let unknown = format!(
        "SELECT c.relname || ' is open to ' || pg_get_expr(p.polqual, c.oid) {} AND NOT ( \
         p.polcmd = '*' AND pg_get_expr(p.polqual, c.oid) = pg_get_expr(p.polwithcheck, c.oid) \
         AND CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid \
             AND a.attname = 'tenant_id' AND NOT a.attisdropped) \
         THEN pg_get_expr(p.polqual, c.oid) IN ($$({of_tenant})$$, $${shared}$$) \
         ELSE pg_get_expr(p.polqual, c.oid) IN ($$({of_platform})$$, $${of_tenants}$$) END)",
        TABLES.replace("WHERE", "JOIN pg_policy p ON p.polrelid = c.oid WHERE")
    );
    let mut found = Vec::new();
    for query in [open, several, unknown] {
        found.extend(texts(owner, &format!("{query} ORDER BY 1")).await);
    }
    found
}

#[tokio::test]
async fn every_table_is_protected() {
    let database = postgres_database().await;
    let owner = connect(database.owner_url()).await;
    let all = texts(&owner, &format!("SELECT c.relname::text {TABLES}")).await;
    assert!(all.len() >= 8, "{all:?}");
    assert_eq!(complaints(&owner).await, [""; 0]);
}

#[tokio::test]
async fn a_table_that_is_not_protected_is_noticed() {
    let database = postgres_database().await;
    let owner = connect(database.owner_url()).await;
    for flaw in [
        "CREATE TABLE forgotten (tenant_id uuid)",
        "ALTER TABLE decisions NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY everybody ON imports USING (true)",
        "ALTER POLICY snapshots_rows ON snapshots USING (true)",
        "ALTER POLICY artifacts_rows ON artifacts WITH CHECK (true)",
    ] {
        owner
            .execute_unprepared(flaw)
            .await
            .expect("the owner may do it");
    }
    let mut named: Vec<String> = complaints(&owner)
        .await
        .iter()
        .filter_map(|complaint| complaint.split(' ').next().map(str::to_owned))
        .collect();
    named.sort();
    named.dedup();
    assert_eq!(
        named,
        [
            "artifacts",
            "decisions",
            "forgotten",
            "imports",
            "snapshots"
        ]
    );
}

#[tokio::test]
async fn the_service_owns_nothing_and_bypasses_nothing() {
    let database = postgres_database().await;
    let owner = connect(database.owner_url()).await;
    let in_reach = "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
         AND pg_has_role('hub_service', c.relowner, 'MEMBER')";
    assert_eq!(texts(&owner, in_reach).await, [""; 0]);
    let powers = "SELECT rolname::text FROM pg_roles WHERE rolname = 'hub_service' \
         AND (rolsuper OR rolbypassrls OR rolcreaterole)";
    assert_eq!(texts(&owner, powers).await, [""; 0]);
    // What was written to a journal stays, and nothing can be emptied at a stroke.
    let too_much = format!(
        "SELECT c.relname::text {TABLES} AND (has_table_privilege('hub_service', c.oid, 'TRUNCATE, TRIGGER, REFERENCES') \
         OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE '%\\_append\\_only') \
            AND has_table_privilege('hub_service', c.oid, 'UPDATE, DELETE'))"
    );
    assert_eq!(texts(&owner, &too_much).await, [""; 0]);
}

#[tokio::test]
async fn every_text_is_compared_by_its_bytes() {
    let database = postgres_database().await;
    let owner = connect(database.owner_url()).await;
    let otherwise = "SELECT c.relname || '.' || a.attname FROM pg_attribute a \
         JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_collation l ON l.oid = a.attcollation \
         WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped \
         AND a.attcollation <> 0 AND l.collname NOT IN ('binary', 'C') AND c.relname <> 'seaql_migrations'";
    assert_eq!(texts(&owner, otherwise).await, [""; 0]);
}

#[tokio::test]
async fn a_query_without_a_filter_sees_the_tenant_of_its_transaction_only() {
    let database = two_tenants().await;
    let service = connect(database.service_url()).await;
    for tenant in [1, 2] {
        let transaction = of_tenant(&service, tenant).await;
        let seen = texts(
            &transaction,
            "SELECT tenant_id::text FROM artifacts UNION ALL SELECT tenant_id::text FROM imports \
             UNION ALL SELECT tenant_id::text FROM import_transitions",
        )
        .await;
        let own = scope(tenant).tenant().to_string();
        assert_eq!(seen, [own.clone(), own.clone(), own]);
    }
    // Nobody is set, also not on a connection that somebody was set on before.
    for table in texts(
        &service,
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
    )
    .await
    {
        if table != "seaql_migrations" {
            assert_eq!(count(&service, &table).await, 0, "{table}");
        }
    }
    let platform = service.begin().await.expect("a transaction begins");
    platform
        .execute_unprepared("SELECT set_config('app.platform', 'on', true)")
        .await
        .expect("it is set");
    assert_eq!(count(&platform, "artifacts").await, 0, "not shared");
}

#[tokio::test]
async fn rows_of_another_tenant_can_be_neither_written_nor_changed() {
    let database = two_tenants().await;
    let service = connect(database.service_url()).await;
    let other = scope(2).tenant();
    let copy = "SELECT 'f2', artifact_type, name, name_key, version, status, content, digest, created_at, \
         created_by, updated_at, updated_by FROM artifacts";
    for statement in [
        format!(
            "INSERT INTO artifacts (tenant_id, id, artifact_type, name, name_key, version, status, content, digest, \
             created_at, created_by, updated_at, updated_by) {}",
            copy.replace("SELECT ", &format!("SELECT '{other}'::uuid, "))
        ),
        format!("UPDATE artifacts SET tenant_id = '{other}'"),
    ] {
        let transaction = of_tenant(&service, 1).await;
        let refused = transaction
            .execute_unprepared(&statement)
            .await
            .expect_err("the row would be another tenant's");
        assert!(
            refused.to_string().contains("row-level security"),
            "{refused}"
        );
    }
    let transaction = of_tenant(&service, 1).await;
    for statement in [
        format!("UPDATE artifacts SET name = 'stolen' WHERE tenant_id = '{other}'"),
        format!("DELETE FROM artifacts WHERE tenant_id = '{other}'"),
    ] {
        let done = transaction
            .execute_unprepared(&statement)
            .await
            .expect("it finds nothing");
        assert_eq!(done.rows_affected(), 0, "{statement}");
    }
    transaction.commit().await.expect("it commits");
    let there = of_tenant(&service, 2).await;
    assert_eq!(texts(&there, "SELECT name FROM artifacts").await, ["Form"]);
}

#[tokio::test]
async fn history_stays_whoever_asks() {
    let database = two_tenants().await;
    let (service, admin) = (
        connect(database.service_url()).await,
        connect(database.admin_url()).await,
    );
    let changes = [
        "UPDATE import_transitions SET note = 'x'",
        "DELETE FROM import_transitions",
        "TRUNCATE import_transitions",
    ];
    for change in changes {
        let transaction = of_tenant(&service, 1).await;
        let refused = transaction
            .execute_unprepared(change)
            .await
            .expect_err("the service has no right to it");
        assert!(
            refused.to_string().contains("permission denied"),
            "{refused}"
        );
        let refused = admin
            .execute_unprepared(change)
            .await
            .expect_err("history stays");
        assert!(refused.to_string().contains("append only"), "{refused}");
    }
    assert_eq!(count(&admin, "import_transitions").await, 2);
}
