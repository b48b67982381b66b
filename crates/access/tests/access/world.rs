//! A service with its first administrator, and shorthands.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use installhub_access::{
    Access, AccessError, AccessSettings, ClientInfo, Credential, IdentityProvider, IssuedToken,
    NewTenant, NewToken, NewUser, PasswordHasher, Permission, Principal, Role, SignedIn,
    SystemSecrets, Tenant, User,
};
use installhub_audit_chain::{AuditEvent, EventFilter};
use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_kernel::{
    ActorKind, IdGenerator, PageRequest, PlatformScope, TenantId, TenantScope,
};
use installhub_test_services::{PostgresDatabase, postgres_database};
use installhub_test_support::SteppingClock;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const EMAIL: &str = "anna@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) access: Access,
    pub(crate) clock: Arc<SteppingClock>,
    /// Where the store is; goes with the world.
    _home: Option<Home>,
}

/// Kept until the end of a test.
enum Home {
    Folder(#[expect(dead_code, reason = "it is kept")] TempDir),
    Database(#[expect(dead_code, reason = "it is kept")] PostgresDatabase),
}

/// Ids that grow, and none of which is the first tenant's.
struct GrowingIds(AtomicU64);

impl IdGenerator for GrowingIds {
    fn new_uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) << 64 | 0xf00d)
    }
}

impl World {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("store.db");
        let world = Self::with(|clock, ids| Store::sqlite(file, clock, ids));
        Self {
            _home: Some(Home::Folder(folder)),
            ..world
        }
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = postgres_database().await;
        let mut options = PostgresOptions::new(database.service_url());
        options.pool_size = 8;
        let world = Self::with(|clock, ids| Store::postgres(options, clock, ids));
        Self {
            _home: Some(Home::Database(database)),
            ..world
        }
    }

    fn with(store: impl FnOnce(Arc<SteppingClock>, Arc<dyn IdGenerator>) -> Store) -> Self {
        let clock = Arc::new(SteppingClock::new());
        let ids: Arc<dyn IdGenerator> = Arc::new(GrowingIds(AtomicU64::new(0x1000)));
        let secrets = Arc::new(SystemSecrets);
        let access = Access {
            store: Arc::new(store(Arc::clone(&clock), Arc::clone(&ids))),
            clock: Arc::clone(&clock) as _,
            ids,
            random: Arc::clone(&secrets) as _,
            passwords: PasswordHasher::new(secrets, 2),
            identity: None,
            settings: AccessSettings::default(),
        };
        Self {
            access,
            clock,
            _home: None,
        }
    }

    pub(crate) fn with_provider(&mut self, provider: Arc<dyn IdentityProvider>) {
        self.access.identity = Some(provider);
    }

    /// Time passes.
    pub(crate) fn wait(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    pub(crate) async fn bootstrap(&self) -> User {
        let user = self.access.bootstrap(EMAIL, PASSWORD).await;
        user.expect("nobody is there yet")
    }

    /// The first administrator, signed in.
    pub(crate) async fn administrator(&self) -> Principal {
        self.bootstrap().await;
        self.sign_in(EMAIL).await.principal
    }

    pub(crate) async fn sign_in(&self, email: &str) -> SignedIn {
        let signed_in = self.try_sign_in(email, PASSWORD).await;
        signed_in.expect("address and password are right")
    }

    pub(crate) async fn try_sign_in(
        &self,
        email: &str,
        password: &str,
    ) -> Result<SignedIn, AccessError> {
        let client = client("192.0.2.1");
        self.access.sign_in(email, password, &client, None).await
    }

    /// Somebody with a password, made by `by`.
    pub(crate) async fn user(&self, by: &Principal, email: &str, roles: &[Role]) -> User {
        let user = self.access.create_user(by, new_user(email, roles)).await;
        user.expect("the address is free")
    }

    /// The same, signed in.
    pub(crate) async fn somebody(&self, by: &Principal, email: &str, roles: &[Role]) -> Principal {
        self.user(by, email, roles).await;
        self.sign_in(email).await.principal
    }

    pub(crate) async fn tenant(&self, by: &Principal, slug: &str, admin: &str) -> (Tenant, User) {
        let new = NewTenant {
            name: slug.to_uppercase(),
            slug: slug.to_owned(),
            administrator: new_user(admin, &[]),
        };
        let made = self.access.create_tenant(by, new).await;
        made.expect("slug and address are free")
    }

    pub(crate) async fn token(&self, by: &Principal, permissions: &[Permission]) -> IssuedToken {
        let new = NewToken {
            name: "pipeline".to_owned(),
            permissions: Some(permissions.to_vec()),
            ..NewToken::default()
        };
        let issued = self.access.create_token(by, new).await;
        issued.expect("the permissions are those of its maker")
    }

    pub(crate) async fn by_token(&self, secret: &str) -> Result<Principal, AccessError> {
        let credential = Credential::Bearer(secret);
        self.access.authenticate(credential, None).await
    }

    pub(crate) async fn by_cookie(&self, cookie: &str) -> Result<Principal, AccessError> {
        let credential = Credential::Session {
            cookie,
            csrf: None,
            needs_csrf: false,
        };
        self.access.authenticate(credential, None).await
    }

    /// What stands in the tenant's chain, oldest first.
    pub(crate) async fn events(&self, tenant: TenantId) -> Vec<AuditEvent> {
        let scope = scope_of(tenant);
        let mut unit = self.access.store.read(&scope).await.expect("it reads");
        let filter = EventFilter::default();
        let page = unit
            .audit()
            .list(&scope, &filter, PageRequest::first(100))
            .await;
        page.expect("it reads").items.into_iter().rev().collect()
    }

    pub(crate) async fn actions(&self, tenant: TenantId) -> Vec<String> {
        let events = self.events(tenant).await;
        events.into_iter().map(|event| event.action).collect()
    }
}

pub(crate) fn scope_of(tenant: TenantId) -> TenantScope {
    platform().of_tenant(tenant)
}

pub(crate) fn platform() -> PlatformScope {
    let actor = "test".parse().expect("a name");
    PlatformScope::acting(actor, ActorKind::System, None)
}

pub(crate) fn client(address: &str) -> ClientInfo {
    ClientInfo {
        address: Some(address.parse().expect("an address")),
        user_agent: Some("test".to_owned()),
    }
}

pub(crate) fn new_user(email: &str, roles: &[Role]) -> NewUser {
    NewUser {
        tenant: None,
        email: email.to_owned(),
        name: email.to_owned(),
        roles: roles.iter().copied().collect(),
        password: Some(PASSWORD.to_owned()),
    }
}

pub(crate) fn roles(roles: &[Role]) -> BTreeSet<Role> {
    roles.iter().copied().collect()
}

/// The codes of the fields that were refused.
pub(crate) fn codes<T: std::fmt::Debug>(result: Result<T, AccessError>) -> Vec<&'static str> {
    match result.expect_err("fields were wrong") {
        AccessError::Invalid(errors) => errors.iter().map(|error| error.code).collect(),
        other => panic!("{other}"),
    }
}
