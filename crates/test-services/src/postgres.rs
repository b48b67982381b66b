//! PostgreSQL databases for tests, one for each, with all tables.

use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use installhub_database_migration::migrate_postgres;
use sea_orm::Database;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};
use tokio::sync::OnceCell;
use url::Url;

use crate::cluster::Cluster;
use crate::relay::Relay;

/// Makes tables and owns them; no superuser.
const OWNER: &str = "hub_owner";
/// Works with rows; row security holds for it.
const SERVICE: &str = "hub_service";
/// How names of databases for tests begin; the id of the process follows.
const PREFIX: &str = "hub_test_";
/// Whoever changes what databases share holds this lock.
const LOCK: &str = "SELECT pg_advisory_lock(5120993248219547)";

/// Another text for every change of the tables, also of those that no release has seen yet.
const TABLES: &str = env!("INSTALLHUB_TABLES");

/// A server that has the roles and a database with all tables to be copied.
struct Prepared {
    /// As administrator.
    server: Url,
    template: String,
}

/// Looked after once in each process.
static PREPARED: OnceCell<Prepared> = OnceCell::const_new();
static MADE: AtomicU32 = AtomicU32::new(0);

/// A database with all tables and no rows. It goes with the value, or with a later test when the process was killed.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: Url,
    name: String,
}

/// A fresh database.
///
/// Its server is the one at `INSTALLHUB_TEST_POSTGRES` (the address of an administrator), else one that all tests of this user
/// share and that the first of them starts.
///
/// # Panics
///
/// When there is no PostgreSQL; it says what to install.
pub async fn postgres_database() -> PostgresDatabase {
    let prepared = PREPARED.get_or_init(prepare).await;
    create(prepared, &format!("TEMPLATE {}", prepared.template)).await
}

/// A fresh database without tables.
///
/// # Panics
///
/// As [`postgres_database`].
pub async fn empty_postgres_database() -> PostgresDatabase {
    create(PREPARED.get_or_init(prepare).await, "").await
}

async fn create(prepared: &Prepared, template: &str) -> PostgresDatabase {
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("{PREFIX}{}_{number}", process::id());
    let mut admin = connect(&prepared.server).await;
    // Of an earlier process with the same id.
    run(
        &mut admin,
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
    )
    .await;
    run(
        &mut admin,
        format!("CREATE DATABASE {name} OWNER {OWNER} {template}"),
    )
    .await;
    admin.close().await.ok();
    PostgresDatabase {
        server: prepared.server.clone(),
        name,
    }
}

impl PostgresDatabase {
    /// The address for the service, as a role that row security holds for.
    pub fn service_url(&self) -> String {
        self.url_of(SERVICE)
    }

    /// The address for the role that owns the tables.
    pub fn owner_url(&self) -> String {
        self.url_of(OWNER)
    }

    /// The address for the administrator of the server.
    pub fn admin_url(&self) -> String {
        in_database(&self.server, &self.name).into()
    }

    /// The name of the role that [`service_url`](Self::service_url) is for.
    pub fn service_role(&self) -> &'static str {
        SERVICE
    }

    /// A way to the server that can be cut and mended.
    pub async fn relay(&self) -> Relay {
        let host = self.server.host_str().unwrap_or("127.0.0.1");
        let port = self.server.port().unwrap_or(5432);
        Relay::to(host, port).await
    }

    /// The address for the service that leads through a relay.
    pub fn service_url_through(&self, relay: &Relay) -> String {
        let mut url = Url::parse(&self.service_url()).expect("it was an address before");
        let address = relay.address();
        url.set_host(Some(&address.ip().to_string()))
            .expect("an address is a host");
        url.set_port(Some(address.port())).expect("it has a host");
        url.into()
    }

    fn url_of(&self, role: &str) -> String {
        as_role(&in_database(&self.server, &self.name), role).into()
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // On a thread of its own, because this one may be running a test. What stays is removed by a later process.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let drop_it = async {
                let mut server = PgConnection::connect(server.as_str()).await?;
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                server.execute(AssertSqlSafe(statement)).await?;
                server.close().await
            };
            runtime.map(|runtime| runtime.block_on(drop_it))
        });
        dropped.join().ok();
    }
}

/// The address of the administrator of a server that runs.
pub(crate) fn server_url() -> Result<Url, String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment where their server is"
    )]
    let given = std::env::var("INSTALLHUB_TEST_POSTGRES");
    if let Ok(given) = given {
        return Url::parse(&given)
            .map_err(|error| format!("INSTALLHUB_TEST_POSTGRES is no address: {error}"));
    }
    let address = Cluster::of_this_user()?.start()?;
    Url::parse(&format!("postgres://postgres@{address}/postgres"))
        .map_err(|error| error.to_string())
}

async fn prepare() -> Prepared {
    let server = tokio::task::spawn_blocking(server_url)
        .await
        .expect("starting does not panic")
        .unwrap_or_else(|why| panic!("{why}"));
    let template = format!("hub_template_{TABLES}");
    let mut admin = connect(&server).await;
    admin.execute(LOCK).await.expect("the lock becomes free");
    for role in [OWNER, SERVICE] {
        if !has(&mut admin, "SELECT FROM pg_roles WHERE rolname = $1", role).await {
            let create = format!(
                "CREATE ROLE {role} LOGIN PASSWORD '{role}' NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
            );
            run(&mut admin, create).await;
        }
    }
    remove_leftovers(&mut admin).await;
    if !has(
        &mut admin,
        "SELECT FROM pg_database WHERE datname = $1",
        &template,
    )
    .await
    {
        make_template(&mut admin, &server, &template).await;
    }
    admin.close().await.ok();
    Prepared { server, template }
}

/// Databases of processes that are gone.
async fn remove_leftovers(admin: &mut PgConnection) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    let rows = admin
        .fetch_all("SELECT datname::text FROM pg_database WHERE datname LIKE 'hub\\_test\\_%'")
        .await
        .expect("the server lists its databases");
    for row in rows {
        let name: String = row.get(0);
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('_').next());
        let lives = process.is_some_and(|id| Path::new("/proc").join(id).exists());
        if !lives {
            run(
                admin,
                format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            )
            .await;
        }
    }
}

async fn make_template(admin: &mut PgConnection, server: &Url, template: &str) {
    // Under another name until it is whole.
    let building = format!("{template}_building");
    run(
        admin,
        format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)"),
    )
    .await;
    run(admin, format!("CREATE DATABASE {building} OWNER {OWNER}")).await;
    let owner = as_role(&in_database(server, &building), OWNER);
    let database = Database::connect(owner.as_str())
        .await
        .expect("the owner may connect");
    migrate_postgres(&database, SERVICE)
        .await
        .unwrap_or_else(|error| panic!("the tables are made: {error:?}"));
    database.close().await.expect("it closes");
    run(
        admin,
        format!("ALTER DATABASE {building} RENAME TO {template}"),
    )
    .await;
}

async fn connect(server: &Url) -> PgConnection {
    PgConnection::connect(server.as_str())
        .await
        .unwrap_or_else(|error| {
            panic!(
                "PostgreSQL at {:?} does not answer: {error}",
                server.host_str()
            )
        })
}

async fn run(server: &mut PgConnection, statement: String) {
    let done = server.execute(AssertSqlSafe(statement.clone())).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn has(server: &mut PgConnection, query: &'static str, name: &str) -> bool {
    sqlx::query(query)
        .bind(name)
        .fetch_optional(server)
        .await
        .expect("the catalogue is readable")
        .is_some()
}

fn in_database(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(name);
    url
}

fn as_role(url: &Url, role: &str) -> Url {
    let mut url = url.clone();
    url.set_username(role).expect("it has a host");
    url.set_password(Some(role)).expect("it has a host");
    url
}
