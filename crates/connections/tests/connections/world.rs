//! A service with connections, and shorthands.

use std::any::Any;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use installhub_access::{Principal, SystemSecrets};
use installhub_audit_chain::AuditEvent;
use installhub_auditing::AuditStore;
use installhub_connections::{
    AesSealer, Connection, ConnectionError, ConnectionKind, ConnectionProbe, Connections, KeyRing,
    NewConnection, ProbeOutcome, ProbeReport, Settings,
};
use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_deletion::EntityKind;
use installhub_deletion::ports::DeletionStore;
use installhub_kernel::{Clock as _, ConnectionId, TenantId, TenantScope};
use installhub_test_services::postgres_database;
use installhub_test_support::{CountingIds, SteppingClock};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

/// Two keys: 32 bytes of 1, and of 2.
pub(crate) const FIRST_KEY: &str = "first:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
pub(crate) const SECOND_KEY: &str = "second:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

pub(crate) struct World {
    pub(crate) connections: Connections,
    pub(crate) store: Store,
    pub(crate) clock: Arc<SteppingClock>,
    pub(crate) probe: Arc<Probe>,
    // The store goes with it.
    _place: Box<dyn Any>,
}

/// Says what it is told to, and keeps what it was shown.
#[derive(Default)]
pub(crate) struct Probe {
    pub(crate) shown: Mutex<Vec<(Value, Option<String>)>>,
    pub(crate) fails: Mutex<bool>,
}

#[async_trait]
impl ConnectionProbe for Probe {
    async fn probe(&self, settings: &Settings, secret: Option<&SecretString>) -> ProbeReport {
        let secret = secret.map(|secret| secret.expose_secret().to_owned());
        let mut shown = self.shown.lock().expect("no test panicked here");
        shown.push((settings.to_value(), secret));
        if *self.fails.lock().expect("no test panicked here") {
            ProbeReport::new(ProbeOutcome::Unauthorized, "wrong password")
        } else {
            ProbeReport::new(ProbeOutcome::Works, "it works")
        }
    }
}

pub(crate) fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

/// Somebody who may do everything in the tenant.
pub(crate) fn anna(number: u128) -> Principal {
    Principal::system(tenant(number), "anna".parse().expect("an actor"))
}

pub(crate) fn postgresql(host: &str) -> Value {
    json!({"host": host, "database": "sales", "user": "hub"})
}

pub(crate) fn new(name: &str, secret: Option<&str>) -> NewConnection {
    NewConnection {
        name: name.to_owned(),
        kind: ConnectionKind::PostgreSql,
        settings: postgresql("db.example"),
        secret: secret.map(Into::into),
    }
}

impl World {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(SteppingClock::new());
        let ids = Arc::new(CountingIds::new());
        let store = Store::sqlite(
            folder.path().join("store.db"),
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
        );
        Self::with(store, clock, ids, Box::new(folder))
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = postgres_database().await;
        let clock = Arc::new(SteppingClock::new());
        let ids = Arc::new(CountingIds::new());
        let mut options = PostgresOptions::new(database.service_url());
        options.pool_size = 4;
        let store = Store::postgres(options, Arc::clone(&clock) as _, Arc::clone(&ids) as _);
        Self::with(store, clock, ids, Box::new(database))
    }

    fn with(
        store: Store,
        clock: Arc<SteppingClock>,
        ids: Arc<CountingIds>,
        place: Box<dyn Any>,
    ) -> Self {
        let probe = Arc::new(Probe::default());
        let connections = Connections {
            store: Arc::new(store.clone()),
            clock: Arc::clone(&clock) as _,
            ids,
            sealer: sealer(FIRST_KEY),
            probe: Arc::clone(&probe) as _,
        };
        Self {
            connections,
            store,
            clock,
            probe,
            _place: place,
        }
    }

    /// The same service with other keys.
    pub(crate) fn with_keys(&self, ring: &str) -> Connections {
        Connections {
            sealer: sealer(ring),
            ..self.connections.clone()
        }
    }

    pub(crate) async fn create(&self, name: &str, secret: Option<&str>) -> Connection {
        let created = self.connections.create(&anna(1), new(name, secret)).await;
        created.expect("it is registered")
    }

    /// The secret as whoever uses the connection gets it.
    pub(crate) async fn secret(
        &self,
        connections: &Connections,
        id: ConnectionId,
    ) -> Result<Option<String>, ConnectionError> {
        let material = connections.material(&scope(1), id).await?;
        let secret = material.secret;
        Ok(secret.map(|secret| secret.expose_secret().to_owned()))
    }

    /// Deletes a connection.
    pub(crate) async fn hide(&self, id: ConnectionId) {
        let now = self.clock.now();
        let mut unit = DeletionStore::begin(&self.store, &scope(1))
            .await
            .expect("it begins");
        unit.entities()
            .hide(&scope(1), EntityKind::Connection, &id.to_string(), now)
            .await
            .expect("it is there");
        unit.commit().await.expect("it lasts");
    }

    /// Takes a deletion back.
    pub(crate) async fn show(&self, id: ConnectionId) {
        let mut unit = DeletionStore::begin(&self.store, &scope(1))
            .await
            .expect("it begins");
        unit.entities()
            .show(&scope(1), EntityKind::Connection, &id.to_string())
            .await
            .expect("it is there");
        unit.commit().await.expect("it lasts");
    }

    /// All events of a tenant, oldest first.
    pub(crate) async fn events(&self, number: u128) -> Vec<AuditEvent> {
        let unit = AuditStore::read(&self.store, &scope(number)).await;
        let mut unit = unit.expect("it is read");
        let events = unit.audit().after(&scope(number), 0, 1000).await;
        let events = events.expect("they are read").into_iter();
        events.map(|event| event.expect("it is readable")).collect()
    }
}

pub(crate) fn scope(number: u128) -> TenantScope {
    TenantScope::new(tenant(number), "anna".parse().expect("an actor"))
}

fn sealer(ring: &str) -> Arc<AesSealer> {
    let ring = KeyRing::parse(ring).expect("a ring");
    Arc::new(AesSealer::new(&ring, Arc::new(SystemSecrets)))
}
