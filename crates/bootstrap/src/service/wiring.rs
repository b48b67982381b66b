//! Putting the parts together.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use installhub_access::{Access, AccessSettings, PasswordHasher, SystemSecrets};
use installhub_audit_chain::{SigningKey, VerifyingKey};
use installhub_auditing::Audit;
use installhub_catalog::{AdmitPackage, Catalog, CatalogSettings, TicketKey};
use installhub_connections::{AddressGuard, AesSealer, Connections, KeyRing, ProbeByKind};
use installhub_connector_http::{
    Allowed, ClientLimits, Guard, GuardPolicy, GuardedClient, HttpProbe,
};
use installhub_database_sea_orm::{PostgreSqlProbe, PostgresOptions, Store, migrate_postgres};
use installhub_deletion::Deletion;
use installhub_identity_openid::{OpenIdProvider, OpenIdSettings};
use installhub_jobs::{JobBell, Jobs, Schedules, WatchPace, Worker, WorkerSettings};
use installhub_kernel::{Clock, IdGenerator};
use installhub_storage_object_store::{ObjectStorage, S3Probe};

use super::maintenance::{AuditCheckpoint, Sweep};
use super::storage::location;
use super::{Service, ServiceError};
use crate::keys::{configured_or_kept, random_key};
use crate::settings::{DatabaseSettings, OidcSettings, Secret, Settings, ShownSetting};
use crate::system::{SystemClock, SystemIds};

/// Without a sign of life for so long, a job is given to another worker.
const LEASE: Duration = Duration::from_secs(30);
/// The same on SQLite, where a sign of life waits for whoever writes: longer than any transaction of the service and of the
/// command line beside it.
const LEASE_ON_SQLITE: Duration = Duration::from_mins(2);
/// Passwords hashed at once: each takes 19 MiB for 25 ms.
const HASHES_AT_ONCE: usize = 4;

impl Service {
    /// The service of these settings. Touches nothing but the keys.
    pub fn open(
        settings: Settings,
        shown: Vec<ShownSetting>,
        home: &Path,
    ) -> Result<Self, ServiceError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn IdGenerator> = Arc::new(SystemIds);
        let store = store(&settings.database, home, &clock, &ids);
        let objects = ObjectStorage::new(location(&settings.storage, home)?, ids.clone());
        let parts = Parts {
            keys: home.join("keys"),
            settings: &settings,
            store: Arc::new(store.clone()),
            objects: &objects,
            clock: &clock,
            ids: &ids,
            bell: JobBell::new(),
        };
        let access = Arc::new(parts.access()?);
        let catalog = Arc::new(parts.catalog()?);
        let deletion = Arc::new(parts.deletion(&access));
        Ok(Self {
            audit: Arc::new(parts.audit()?),
            connections: Arc::new(parts.connections()?),
            jobs: Arc::new(parts.jobs()),
            schedules: Arc::new(parts.schedules()),
            bell: parts.bell.clone(),
            access,
            catalog,
            deletion,
            home: home.to_owned(),
            shown,
            store,
            objects,
            clock,
            ids,
            settings,
        })
    }
}

/// What the use cases are made of.
struct Parts<'a> {
    keys: std::path::PathBuf,
    settings: &'a Settings,
    store: Arc<Store>,
    objects: &'a ObjectStorage,
    clock: &'a Arc<dyn Clock>,
    ids: &'a Arc<dyn IdGenerator>,
    bell: JobBell,
}

impl Parts<'_> {
    fn access(&self) -> Result<Access, ServiceError> {
        let settings = &self.settings.access;
        Ok(Access {
            store: self.store.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            random: Arc::new(SystemSecrets),
            passwords: PasswordHasher::new(Arc::new(SystemSecrets), HASHES_AT_ONCE),
            identity: identity(self.settings)?,
            settings: AccessSettings {
                session_idle: hours(settings.session_idle_hours),
                session_lifetime: hours(settings.session_days.saturating_mul(24)),
                ..AccessSettings::default()
            },
        })
    }

    fn audit(&self) -> Result<Audit, ServiceError> {
        let pem = self.key(self.settings.keys.audit.as_ref(), "audit.pem", || {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(io::Error::other)?;
            Ok(SigningKey::from_seed(&seed).to_pkcs8_pem())
        })?;
        Ok(Audit {
            store: self.store.clone(),
            clock: self.clock.clone(),
            signer: Some(Arc::new(SigningKey::from_pkcs8_pem(pem.expose())?)),
            former_keys: former_keys(self.settings.keys.audit_former.as_deref())?,
        })
    }

    fn catalog(&self) -> Result<Catalog, ServiceError> {
        let text = self.key(self.settings.keys.tickets.as_ref(), "tickets", random_key)?;
        let bytes = STANDARD.decode(text.expose()).ok();
        let key: [u8; 32] = bytes
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| ServiceError::setting("keys.tickets", "expected 32 bytes as base64"))?;
        Ok(Catalog {
            store: self.store.clone(),
            bundles: Arc::new(self.objects.clone()),
            uploads: Arc::new(self.objects.clone()),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            bell: self.bell.clone(),
            tickets: TicketKey::new(key),
            settings: CatalogSettings {
                max_bundle_bytes: self.settings.server.max_package_bytes,
                max_artifact_bytes: self.settings.server.max_json_bytes,
                ..CatalogSettings::default()
            },
        })
    }

    fn connections(&self) -> Result<Connections, ServiceError> {
        let text = self.key(self.settings.keys.sealing.as_ref(), "sealing", || {
            Ok(format!("k1:{}", random_key()?))
        })?;
        let client = client(self.settings)?;
        let guard: Arc<dyn AddressGuard> = Arc::new(client.guard().clone());
        Ok(Connections {
            store: self.store.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            sealer: Arc::new(AesSealer::new(
                &KeyRing::parse(text.expose())?,
                Arc::new(SystemSecrets),
            )),
            probe: Arc::new(ProbeByKind {
                postgresql: Arc::new(PostgreSqlProbe::new(guard.clone())),
                http: Arc::new(HttpProbe::new(client)),
                s3: Arc::new(S3Probe::new(guard)),
            }),
        })
    }

    fn deletion(&self, access: &Arc<Access>) -> Deletion {
        Deletion {
            store: self.store.clone(),
            accounts: access.clone(),
            bytes: Arc::new(self.objects.clone()),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        }
    }

    fn jobs(&self) -> Jobs {
        Jobs {
            store: self.store.clone(),
            ids: self.ids.clone(),
            bell: self.bell.clone(),
            pace: WatchPace::default(),
        }
    }

    fn schedules(&self) -> Schedules {
        Schedules {
            store: self.store.clone(),
            ids: self.ids.clone(),
            schedulable: [Sweep::KIND, AuditCheckpoint::KIND].into(),
        }
    }

    fn key(
        &self,
        configured: Option<&Secret>,
        name: &str,
        make: impl FnOnce() -> io::Result<String>,
    ) -> Result<Secret, ServiceError> {
        Ok(configured_or_kept(configured, &self.keys, name, make)?)
    }
}

/// Public keys, each from its first line to its last.
fn former_keys(text: Option<&str>) -> Result<Vec<VerifyingKey>, ServiceError> {
    text.unwrap_or_default()
        .split_inclusive("-----END PUBLIC KEY-----")
        .map(str::trim)
        .filter(|pem| !pem.is_empty())
        .map(|pem| VerifyingKey::from_public_key_pem(pem).map_err(ServiceError::FormerAuditKey))
        .collect()
}

fn hours(count: u32) -> Duration {
    Duration::from_hours(u64::from(count))
}

fn store(
    settings: &DatabaseSettings,
    home: &Path,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn IdGenerator>,
) -> Store {
    match &settings.url {
        Some(url) => {
            let mut options = PostgresOptions::new(url.expose());
            options.pool_size = settings.pool_size;
            Store::postgres(options, clock.clone(), ids.clone())
        }
        None => Store::sqlite(home.join("installhub.db"), clock.clone(), ids.clone()),
    }
}

/// The store's tables, brought up to date by whoever may.
pub(super) async fn migrate(
    settings: &DatabaseSettings,
    store: &Store,
) -> Result<(), ServiceError> {
    if let (Some(url), Some(owner)) = (&settings.url, &settings.migration_url) {
        let role = role(url)?;
        migrate_postgres(&PostgresOptions::new(owner.expose()), &role).await?;
    }
    Ok(store.migrate().await?)
}

/// The role that serves: the user of its address.
fn role(url: &Secret) -> Result<String, ServiceError> {
    let wrong = |message: &str| ServiceError::setting("database.url", message);
    let parsed = url::Url::parse(url.expose())
        .map_err(|_| wrong("is no address: expected postgres://user:password@host/database"))?;
    match parsed.username() {
        "" => Err(wrong(
            "names no user: expected postgres://user:password@host/database",
        )),
        user => Ok(percent_encoding::percent_decode_str(user)
            .decode_utf8_lossy()
            .into_owned()),
    }
}

/// The client for requests that others have a say in: it goes to the public internet and where the operator allows.
fn client(settings: &Settings) -> Result<GuardedClient, ServiceError> {
    let wrong = |message: String| ServiceError::setting("outgoing.allow", message);
    let allowed = settings
        .outgoing
        .allow
        .iter()
        .map(|text| {
            text.parse::<Allowed>()
                .map_err(|error| wrong(error.to_string()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let guard = Guard::new(GuardPolicy::allowing(allowed));
    GuardedClient::new(guard, ClientLimits::default())
        .map_err(|error| ServiceError::Other(error.to_string()))
}

fn identity(
    settings: &Settings,
) -> Result<Option<Arc<dyn installhub_access::IdentityProvider>>, ServiceError> {
    let OidcSettings {
        issuer,
        client_id,
        client_secret,
    } = &settings.oidc;
    let Some(issuer) = issuer else {
        return Ok(None);
    };
    let client_id = client_id
        .clone()
        .ok_or_else(|| ServiceError::setting("oidc.client_id", "is needed with oidc.issuer"))?;
    let address = settings.server.public_url.as_deref().ok_or_else(|| {
        ServiceError::setting(
            "server.public_url",
            "is needed with oidc.issuer: the provider sends people back there",
        )
    })?;
    let provider = OpenIdProvider::new(
        OpenIdSettings {
            name: "OpenID Connect".to_owned(),
            scopes: OpenIdSettings::usual_scopes(),
            allow_http: issuer.starts_with("http://"),
            issuer: issuer.clone(),
            client_id,
            client_secret: client_secret
                .as_ref()
                .map(|secret| secret.expose().to_owned().into()),
            redirect_url: format!(
                "{}/api/v1/auth/oidc/callback",
                address.trim_end_matches('/')
            ),
        },
        client(settings)?,
        Arc::new(SystemClock),
        Arc::new(SystemSecrets),
    )
    .map_err(|error| ServiceError::setting("oidc.issuer", error.to_string()))?;
    Ok(Some(Arc::new(provider)))
}

/// The lease that is configured, or what suits the database.
fn lease(settings: &Settings) -> Duration {
    let configured = settings.jobs.lease_seconds.map(u64::from);
    configured.map_or_else(
        || match settings.database.url {
            Some(_) => LEASE,
            None => LEASE_ON_SQLITE,
        },
        Duration::from_secs,
    )
}

/// A worker that knows every kind of job.
pub(super) fn worker(service: &Service) -> Worker {
    let settings = &service.settings.jobs;
    let usual = WorkerSettings::default();
    Worker::new(
        Arc::new(service.store.clone()),
        service.ids.clone(),
        service.bell.clone(),
        WorkerSettings {
            name: format!("{}", service.ids.new_uuid()),
            concurrency: settings.workers as usize,
            lease: lease(&service.settings),
            grace: Duration::from_secs(service.settings.server.shutdown_seconds),
            ..usual
        },
    )
    .with(Arc::new(AdmitPackage::new(
        service.catalog.as_ref().clone(),
    )))
    .with(Arc::new(AuditCheckpoint::new(service.audit.clone())))
    .with(Arc::new(Sweep::of(service)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lease_suits_the_database_unless_it_is_configured() {
        let mut settings = Settings::default();
        assert_eq!(lease(&settings), LEASE_ON_SQLITE);
        settings.database.url = Some(Secret::new("postgres://a@b/c".to_owned()));
        assert_eq!(lease(&settings), LEASE);
        settings.jobs.lease_seconds = Some(7);
        assert_eq!(lease(&settings), Duration::from_secs(7));
    }

    #[test]
    fn former_keys_stand_behind_each_other() {
        let pem = |seed| {
            let key = SigningKey::from_seed(&[seed; 32]).verifying_key();
            key.to_public_key_pem()
        };
        let both = format!("{}\n{}", pem(1), pem(2));
        let keys = former_keys(Some(&both)).expect("two keys");
        assert_eq!(keys.len(), 2);
        assert!(former_keys(None).expect("none").is_empty());
        assert!(former_keys(Some("nonsense")).is_err());
    }

    #[test]
    fn who_serves_is_the_user_of_the_address() {
        let of = |url: &str| role(&Secret::new(url.to_owned()));
        assert_eq!(of("postgres://hub%20s:x@h/d").expect("a user"), "hub s");
        for wrong in ["postgres://h/d", "no address"] {
            let error = of(wrong).expect_err(wrong).to_string();
            assert!(error.starts_with("database.url"), "{error}");
        }
    }
}
