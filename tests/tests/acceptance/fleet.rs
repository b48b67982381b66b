//! Processes that share a database, a bucket and their keys, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use installhub_acceptance::http::{Ask, HttpAnswer};
use installhub_acceptance::{Command, Sandbox, Server, binary};
use installhub_test_services::{
    PostgresDatabase, S3Server, empty_postgres_database, postgres_database, s3_server,
};
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio::runtime::Runtime;

/// Limits that no test runs into unless it wants to.
pub(crate) const NO_LIMITS: [&str; 3] = [
    "server.requests_per_minute_per_address=600000",
    "server.requests_per_minute_per_user=600000",
    "server.requests_per_minute_per_tenant=600000",
];

/// What the processes share. Goes after them.
pub(crate) struct Shared {
    pub(crate) database: PostgresDatabase,
    pub(crate) bucket: S3Server,
    pub(crate) runtime: Runtime,
}

impl Shared {
    /// With all tables.
    pub(crate) fn new() -> Self {
        Self::with(|runtime| runtime.block_on(postgres_database()))
    }

    /// Without any table.
    pub(crate) fn empty() -> Self {
        Self::with(|runtime| runtime.block_on(empty_postgres_database()))
    }

    fn with(database: impl FnOnce(&Runtime) -> PostgresDatabase) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        Self {
            database: database(&runtime),
            bucket: runtime.block_on(s3_server()),
            runtime,
        }
    }

    /// What a process is told to find its way, with the database at `url`.
    pub(crate) fn settings_with(&self, url: &str) -> Vec<String> {
        let bucket = &self.bucket;
        let mut settings = keys();
        settings.extend(NO_LIMITS.map(str::to_owned));
        settings.extend([
            format!("database.url={url}"),
            "database.pool_size=6".to_owned(),
            "jobs.lease_seconds=2".to_owned(),
            format!("storage.bucket={}", bucket.bucket()),
            format!("storage.endpoint={}", bucket.endpoint()),
            format!("storage.region={}", bucket.region()),
            format!("storage.access_key={}", bucket.access_key()),
            format!("storage.secret_key={}", bucket.secret_key()),
            "storage.path_style=true".to_owned(),
            "storage.allow_http=true".to_owned(),
        ]);
        settings
    }

    /// The same, with the database where it is.
    pub(crate) fn settings(&self) -> Vec<String> {
        self.settings_with(&self.database.service_url())
    }

    /// What a query counts, asked as the administrator of the database.
    #[track_caller]
    pub(crate) fn count(&self, query: &'static str) -> i64 {
        let url = self.database.admin_url();
        let counted = self.runtime.block_on(async {
            let mut connection = PgConnection::connect(&url).await?;
            let row = connection.fetch_one(query).await?;
            row.try_get(0)
        });
        counted.unwrap_or_else(|error| panic!("{query}: {error}"))
    }
}

/// The same keys for everybody.
fn keys() -> Vec<String> {
    let key = format!("{}=", "A".repeat(43));
    // An Ed25519 key in PKCS#8: its frame, and 32 bytes that are zero.
    let pem = format!("MC4CAQAwBQYDK2VwBCIEI{}", "A".repeat(43));
    vec![
        format!("keys.tickets={key}"),
        format!("keys.sealing=k1:{key}"),
        format!("keys.audit=-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n"),
    ]
}

/// Processes of one service. Each has a home of its own.
pub(crate) struct Fleet {
    places: Vec<Place>,
    settings: Vec<String>,
    pub(crate) sandbox: Sandbox,
    pub(crate) shared: Shared,
}

struct Place {
    home: PathBuf,
    url: Mutex<String>,
    server: Mutex<Option<Server>>,
}

impl Fleet {
    /// So many processes; the first one brings data to try things on.
    pub(crate) fn new(count: usize) -> Self {
        let shared = Shared::new();
        let settings = shared.settings();
        Self::told(count, shared, settings)
    }

    /// The same, with a folder that all of them see in place of the bucket.
    pub(crate) fn on_folder(count: usize, folder: &Path) -> Self {
        let shared = Shared::new();
        let mut settings = shared.settings();
        settings.retain(|setting| !setting.starts_with("storage."));
        settings.push(format!("storage.folder={}", folder.display()));
        Self::told(count, shared, settings)
    }

    fn told(count: usize, shared: Shared, settings: Vec<String>) -> Self {
        let sandbox = Sandbox::new();
        let home = |number: usize| {
            sandbox
                .server_home()
                .with_file_name(format!("home-{number}"))
        };
        let places: Vec<Place> = (0..count)
            .map(|number| {
                let home = home(number);
                if number > 0 {
                    // The database is filled already; this tells who is in it.
                    fs::create_dir_all(&home).expect("a home");
                    fs::copy(home_of_first(&sandbox), home.join("demo.json")).expect("a copy");
                }
                let server = start(&home, &settings);
                Place {
                    url: Mutex::new(server.url().to_owned()),
                    server: Mutex::new(Some(server)),
                    home,
                }
            })
            .collect();
        Self {
            places,
            settings,
            sandbox,
            shared,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Where one of them is, or was before it was killed.
    pub(crate) fn url(&self, number: usize) -> String {
        let place = &self.places[number % self.len()];
        place
            .url
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks one of them, which has to answer.
    #[track_caller]
    pub(crate) fn ask(&self, number: usize, ask: &Ask) -> HttpAnswer {
        let answer = ask.send(&self.url(number));
        answer.unwrap_or_else(|error| panic!("no answer of process {number}: {error}\n{ask:?}"))
    }

    /// A token of somebody with this role.
    pub(crate) fn token(&self, role: &str) -> String {
        self.look(0, |server| server.user(role).token.clone())
    }

    /// E-mail and password of somebody with this role.
    pub(crate) fn person(&self, role: &str) -> (String, String) {
        self.look(0, |server| {
            let user = server.user(role);
            (user.email.clone(), user.password.clone())
        })
    }

    fn look<T>(&self, number: usize, see: impl FnOnce(&Server) -> T) -> T {
        let server = self.places[number].server.lock();
        let server = server.unwrap_or_else(PoisonError::into_inner);
        see(server.as_ref().expect("a running process"))
    }

    /// Takes one out, to be stopped.
    pub(crate) fn take(&self, number: usize) -> Server {
        let server = self.places[number].server.lock();
        let mut server = server.unwrap_or_else(PoisonError::into_inner);
        server.take().expect("a running process")
    }

    /// Kills one the hard way.
    pub(crate) fn kill(&self, number: usize) {
        self.take(number).kill();
    }

    /// Starts one again that was taken or killed.
    pub(crate) fn start(&self, number: usize) {
        let place = &self.places[number];
        let server = start(&place.home, &self.settings);
        let at = server.url().to_owned();
        *place.url.lock().unwrap_or_else(PoisonError::into_inner) = at;
        *place.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
    }

    /// A command of the service itself, on the same database and bucket.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = self.sandbox.bare().args(words);
        for setting in &self.settings {
            command = command.flag("--set", setting);
        }
        command
    }
}

fn home_of_first(sandbox: &Sandbox) -> PathBuf {
    sandbox
        .server_home()
        .with_file_name("home-0")
        .join("demo.json")
}

fn start(home: &Path, settings: &[String]) -> Server {
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    Server::of_program(binary(), home, &settings)
}

/// A request for the API that makes and keeps.
pub(crate) fn creator(method: &str, path: &str, token: &str) -> Ask {
    Ask::new(method, &format!("/api/v1/{path}")).token(Some(token))
}

/// A text of an answer.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    let found = value[member].as_str();
    found.unwrap_or_else(|| panic!("no {member} in {value}"))
}
