//! A catalogue on real stores, and packages to put into it.

use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use installhub_access::Principal;
use installhub_artifact::{ArtifactType, Json, parse};
use installhub_audit_chain::{AuditEvent, EventFilter};
use installhub_catalog::{Catalog, CatalogSettings, Download, DownloadContent, TicketKey};
use installhub_database_sea_orm::{PostgresOptions, Store};
use installhub_jobs::JobBell;
use installhub_kernel::{ActorKind, PageRequest, TenantId, TenantScope};
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{
    ArtifactMeta, BundleStoreError, BundleStream, Closing, PackageWriter, WriterOptions,
};
use installhub_storage_object_store::{Location, ObjectStorage, S3Options};
use installhub_test_services::{PostgresDatabase, S3Server, postgres_database, s3_server};
use installhub_test_support::{CountingIds, SteppingClock};
use semver::Version;
use tempfile::TempDir;
use uuid::Uuid;

/// A catalogue that goes with the value.
pub(crate) struct Hub {
    pub(crate) catalog: Catalog,
    pub(crate) store: Store,
    pub(crate) clock: Arc<SteppingClock>,
    pub(crate) ids: Arc<CountingIds>,
    pub(crate) objects: PathBuf,
    _folder: TempDir,
    _database: Option<PostgresDatabase>,
}

impl Hub {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("store.db");
        Self::of(folder, None, |clock, ids| Store::sqlite(file, clock, ids))
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = postgres_database().await;
        let options = PostgresOptions::new(database.service_url());
        let folder = tempfile::tempdir().expect("a folder");
        Self::of(folder, Some(database), |clock, ids| {
            Store::postgres(options, clock, ids)
        })
    }

    fn of(
        folder: TempDir,
        database: Option<PostgresDatabase>,
        store: impl FnOnce(Arc<SteppingClock>, Arc<CountingIds>) -> Store,
    ) -> Self {
        let clock = Arc::new(SteppingClock::new());
        let ids = Arc::new(CountingIds::new());
        let store = store(Arc::clone(&clock), Arc::clone(&ids));
        let objects = folder.path().join("objects");
        let storage = ObjectStorage::new(Location::Folder(objects.clone()), ids.clone());
        let catalog = Catalog {
            store: Arc::new(store.clone()),
            bundles: Arc::new(storage.clone()),
            uploads: Arc::new(storage),
            clock: clock.clone(),
            ids: ids.clone(),
            bell: JobBell::new(),
            tickets: TicketKey::new([7; 32]),
            settings: CatalogSettings::default(),
        };
        Self {
            catalog,
            store,
            clock,
            ids,
            objects,
            _folder: folder,
            _database: database,
        }
    }

    /// The same, with objects in a bucket; it goes with the server.
    pub(crate) async fn in_a_bucket(mut self) -> (S3Server, Self) {
        let server = s3_server().await;
        let options = S3Options {
            endpoint: Some(server.endpoint()),
            region: server.region().to_owned(),
            bucket: server.bucket().to_owned(),
            prefix: String::new(),
            access_key: server.access_key().to_owned(),
            secret_key: server.secret_key().into(),
            path_style: true,
            allow_http: true,
        };
        let storage = ObjectStorage::new(Location::S3(options), self.ids.clone());
        self.catalog.bundles = Arc::new(storage.clone());
        self.catalog.uploads = Arc::new(storage);
        (server, self)
    }

    /// Every file under the objects, by what comes behind `tenants/<tenant>/`.
    pub(crate) fn objects_under(&self, folder: &str) -> Vec<PathBuf> {
        let pattern = format!("{}/tenants/*/{folder}/**/*", self.objects.display());
        let mut found: Vec<PathBuf> = glob::glob(&pattern)
            .expect("a pattern")
            .map(|path| path.expect("it can be read"))
            .filter(|path| path.is_file())
            .collect();
        found.sort();
        found
    }

    /// The tenant's events whose action begins so, oldest first.
    pub(crate) async fn events(&self, tenant: u128, action: &str) -> Vec<AuditEvent> {
        let scope = scope(tenant);
        let mut unit = self.catalog.store.read(&scope).await.expect("a unit");
        let page = unit
            .audit()
            .list(&scope, &EventFilter::default(), PageRequest::first(100))
            .await
            .expect("events");
        let mut events = page.items;
        events.retain(|event| event.action.starts_with(action));
        events.reverse();
        events
    }
}

/// The scope of tenant number `tenant`, in which somebody has signed in.
pub(crate) fn scope(tenant: u128) -> TenantScope {
    let actor = "anna@example.com".parse().expect("an actor");
    let tenant = TenantId::from_uuid(Uuid::from_u128(0x7e57_0000 + tenant));
    TenantScope::acting(tenant, actor, ActorKind::User, None)
}

/// Somebody who may do everything in tenant number `tenant`.
pub(crate) fn anna(tenant: u128) -> Principal {
    Principal::of_scope(scope(tenant))
}

/// A JSON document.
pub(crate) fn json(text: &str) -> Json {
    parse(text.as_bytes()).expect("strict JSON")
}

/// The bytes of a package with one configuration in it, which says `text`.
pub(crate) fn package(name: &str, version: &str, text: &str) -> Vec<u8> {
    let header = ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9"
            .parse()
            .expect("an id"),
        name.parse().expect("a name"),
        PackageType::Config,
        version.parse().expect("a version"),
        Origin {
            exported_at: DateTime::UNIX_EPOCH,
            exported_by: "ops@example.org".parse().expect("an actor"),
            tenant_id: "tenant-1".to_owned(),
            platform_version: Version::new(4, 2, 0),
        },
    );
    let mut bytes = Vec::new();
    let spool = Cursor::new(Vec::new());
    let mut writer = PackageWriter::new(&mut bytes, spool, header, WriterOptions::default())
        .expect("a sound header");
    let meta = ArtifactMeta {
        artifact_type: ArtifactType::Config,
        id: "smtp".to_owned(),
        name: "SMTP".to_owned(),
        version: Version::new(1, 0, 0),
    };
    let mut artifact = writer.start_artifact(meta).expect("a sound artifact");
    let document = format!(r#"{{"_type": "Config", "id": "smtp", "text": "{text}"}}"#);
    artifact
        .write_all(document.as_bytes())
        .expect("memory takes it");
    artifact.finish().expect("memory takes it");
    writer.finish(Closing::default()).expect("memory takes it");
    bytes
}

/// Bytes as they come from a client: in pieces.
pub(crate) fn sent(bytes: &[u8]) -> BundleStream {
    let pieces: Vec<_> = bytes
        .chunks(100)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    stream::iter(pieces).boxed()
}

/// Bytes after which the connection is gone.
pub(crate) fn cut_off_after(bytes: &[u8]) -> BundleStream {
    let gone = BundleStoreError::Interrupted("the connection was closed".into());
    sent(bytes).chain(stream::iter([Err(gone)])).boxed()
}

/// The bytes of a download.
pub(crate) async fn received(download: Download) -> Vec<u8> {
    match download.content {
        DownloadContent::Stream(stream) => {
            let pieces: Vec<Bytes> = stream.try_collect().await.expect("intact bytes");
            pieces.concat()
        }
        DownloadContent::Url(address) => panic!("a folder has no address, found {address}"),
    }
}
