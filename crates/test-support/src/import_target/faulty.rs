//! Ports that fail where they are told to; otherwise they are the ports they wrap.

use std::io::{Read, Write};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_artifact::{ArtifactType, Json};
use installhub_checksum::Digest;
use installhub_conflict_merge::Decisions;
use installhub_importing::ports::{
    Access, DatabaseTarget, DocumentOutline, DocumentTarget, Fingerprint, ImportRecord,
    ImportRepository, ImportTarget, InstallationRecord, InstallationRepository, InstallationStatus,
    NewDocument, StoreError, StoredDocument, TargetError, TargetKind, TargetSession, Transition,
    UnitOfWork, UnitOfWorkFactory,
};
use installhub_kernel::{ImportId, InstallationId, Page, PageRequest, SnapshotId, TenantScope};
use installhub_recovery::{
    SnapshotError, SnapshotRecord, SnapshotRepository, SnapshotSink, SnapshotStore,
};
use semver::Version;

use super::faults::{Course, Faults, Lie};

/// Errors that a port can report of itself.
trait Failing {
    fn failing(call: &'static str) -> Self;
}

impl Failing for StoreError {
    fn failing(call: &'static str) -> Self {
        Self::Unavailable {
            attempted: format!("{call} failed"),
            source: "as it was told".into(),
        }
    }
}

impl Failing for SnapshotError {
    fn failing(call: &'static str) -> Self {
        Self::Unavailable {
            attempted: format!("{call} failed"),
            source: "as it was told".into(),
        }
    }
}

impl Failing for TargetError {
    fn failing(call: &'static str) -> Self {
        Self::Other {
            attempted: format!("{call} failed"),
            source: "as it was told".into(),
        }
    }
}

impl Faults {
    async fn around<T, E: Failing>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.course(call) {
            Course::Well => work.await,
            Course::Nothing => Err(E::failing(call)),
            Course::Silenced => {
                work.await?;
                Err(E::failing(call))
            }
        }
    }
}

/// A unit of work that can fail at every call.
pub struct FaultyUnits {
    inner: Arc<dyn UnitOfWorkFactory>,
    faults: Faults,
}

impl FaultyUnits {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn UnitOfWorkFactory>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl UnitOfWorkFactory for FaultyUnits {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let faults = self.faults.clone();
        let inner = faults
            .around("UnitOfWorkFactory::begin", self.inner.begin(scope))
            .await?;
        Ok(Box::new(Faulty {
            inner: Inner::Unit(inner),
            faults,
        }))
    }

    async fn read(&self, scope: &TenantScope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let faults = self.faults.clone();
        let inner = faults
            .around("UnitOfWorkFactory::read", self.inner.read(scope))
            .await?;
        Ok(Box::new(Faulty {
            inner: Inner::Unit(inner),
            faults,
        }))
    }
}

/// A target that can fail at every call of a session; calls to its documents and its database do not fail.
pub struct FaultyTarget {
    inner: Arc<dyn ImportTarget>,
    faults: Faults,
}

impl FaultyTarget {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn ImportTarget>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl ImportTarget for FaultyTarget {
    fn kind(&self) -> TargetKind {
        self.inner.kind()
    }

    fn identity(&self) -> String {
        self.inner.identity()
    }

    fn display_name(&self) -> String {
        self.inner.display_name()
    }

    fn holds(&self, artifact_type: ArtifactType) -> bool {
        self.inner.holds(artifact_type)
    }

    async fn open(
        &self,
        scope: &TenantScope,
        access: Access,
    ) -> Result<Box<dyn TargetSession>, TargetError> {
        let faults = self.faults.clone();
        let inner = faults
            .around("ImportTarget::open", self.inner.open(scope, access))
            .await?;
        Ok(Box::new(Faulty {
            inner: Inner::Session(inner),
            faults,
        }))
    }
}

/// A transaction, and everything in it.
struct Faulty {
    inner: Inner,
    faults: Faults,
}

enum Inner {
    Unit(Box<dyn UnitOfWork>),
    Session(Box<dyn TargetSession>),
}

impl Inner {
    fn unit(&mut self) -> &mut dyn UnitOfWork {
        match self {
            Self::Unit(unit) => unit.as_mut(),
            Self::Session(session) => session
                .unit_of_work()
                .expect("only a store's session is used as a unit of work"),
        }
    }

    fn session(&mut self) -> &mut dyn TargetSession {
        match self {
            Self::Session(session) => session.as_mut(),
            Self::Unit(_) => panic!("a unit of work is no session"),
        }
    }
}

#[async_trait]
impl UnitOfWork for Faulty {
    fn documents(&mut self) -> &mut dyn DocumentTarget {
        self.inner.unit().documents()
    }

    fn imports(&mut self) -> &mut dyn ImportRepository {
        self
    }

    fn installations(&mut self) -> &mut dyn InstallationRepository {
        self
    }

    fn snapshots(&mut self) -> &mut dyn SnapshotRepository {
        self
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        match self.inner {
            Inner::Unit(unit) => {
                self.faults
                    .around("UnitOfWork::commit", unit.commit())
                    .await
            }
            Inner::Session(_) => panic!("a session is committed as one"),
        }
    }
}

#[async_trait]
impl TargetSession for Faulty {
    fn documents(&mut self) -> Option<&mut dyn DocumentTarget> {
        self.inner.session().documents()?;
        Some(self)
    }

    fn database(&mut self) -> Option<&mut dyn DatabaseTarget> {
        self.inner.session().database()
    }

    fn unit_of_work(&mut self) -> Option<&mut dyn UnitOfWork> {
        self.inner.session().unit_of_work()?;
        Some(self)
    }

    async fn fingerprint(&mut self) -> Result<Fingerprint, TargetError> {
        let work = self.inner.session().fingerprint();
        self.faults.around("TargetSession::fingerprint", work).await
    }

    async fn snapshot(&mut self, out: &mut (dyn Write + Send)) -> Result<(), TargetError> {
        let work = self.inner.session().snapshot(out);
        self.faults.around("TargetSession::snapshot", work).await
    }

    async fn restore(&mut self, snapshot: Box<dyn Read + Send>) -> Result<(), TargetError> {
        if self.faults.lies(Lie::Restore) {
            return Ok(());
        }
        let work = self.inner.session().restore(snapshot);
        self.faults.around("TargetSession::restore", work).await
    }

    async fn commit(self: Box<Self>) -> Result<(), TargetError> {
        match self.inner {
            Inner::Session(session) => {
                self.faults
                    .around("TargetSession::commit", session.commit())
                    .await
            }
            Inner::Unit(_) => panic!("a unit of work is committed as one"),
        }
    }
}

impl Faulty {
    fn store(&mut self) -> &mut dyn DocumentTarget {
        let session = self.inner.session();
        session
            .documents()
            .expect("only a store is asked for documents")
    }

    fn as_written(&self, documents: &[NewDocument]) -> Vec<NewDocument> {
        let mut documents = documents.to_vec();
        if self.faults.lies(Lie::Documents) {
            let contents = documents.iter_mut().map(|document| &mut document.content);
            for members in contents.filter_map(Json::as_object_mut) {
                members.remove("title");
            }
        }
        documents
    }
}

#[async_trait]
impl DocumentTarget for Faulty {
    async fn find_by_ids(
        &mut self,
        scope: &TenantScope,
        ids: &[String],
    ) -> Result<Vec<StoredDocument>, TargetError> {
        self.store().find_by_ids(scope, ids).await
    }

    async fn find_by_names(
        &mut self,
        scope: &TenantScope,
        names: &[(ArtifactType, String)],
    ) -> Result<Vec<DocumentOutline>, TargetError> {
        self.store().find_by_names(scope, names).await
    }

    async fn create(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError> {
        let documents = self.as_written(documents);
        self.store().create(scope, &documents).await
    }

    async fn replace(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError> {
        let documents = self.as_written(documents);
        self.store().replace(scope, &documents).await
    }
}

#[async_trait]
impl ImportRepository for Faulty {
    async fn add(&mut self, scope: &TenantScope, record: &ImportRecord) -> Result<(), StoreError> {
        let work = self.inner.unit().imports().add(scope, record);
        self.faults.around("ImportRepository::add", work).await
    }

    async fn record(
        &mut self,
        scope: &TenantScope,
        record: &ImportRecord,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        let work = self.inner.unit().imports().record(scope, record, note);
        self.faults.around("ImportRepository::record", work).await
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Option<ImportRecord>, StoreError> {
        let work = self.inner.unit().imports().find(scope, id);
        self.faults.around("ImportRepository::find", work).await
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        page: PageRequest,
    ) -> Result<Page<ImportRecord>, StoreError> {
        let work = self.inner.unit().imports().list(scope, page);
        self.faults.around("ImportRepository::list", work).await
    }

    async fn unfinished(&mut self, scope: &TenantScope) -> Result<Vec<ImportRecord>, StoreError> {
        let work = self.inner.unit().imports().unfinished(scope);
        self.faults
            .around("ImportRepository::unfinished", work)
            .await
    }

    async fn transitions(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Vec<Transition>, StoreError> {
        let work = self.inner.unit().imports().transitions(scope, id);
        self.faults
            .around("ImportRepository::transitions", work)
            .await
    }

    async fn completed_since(
        &mut self,
        scope: &TenantScope,
        target: &str,
        after: DateTime<Utc>,
    ) -> Result<Vec<ImportRecord>, StoreError> {
        let work = self
            .inner
            .unit()
            .imports()
            .completed_since(scope, target, after);
        self.faults
            .around("ImportRepository::completed_since", work)
            .await
    }
}

#[async_trait]
impl InstallationRepository for Faulty {
    async fn active(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let work = self
            .inner
            .unit()
            .installations()
            .active(scope, package_name, target);
        self.faults
            .around("InstallationRepository::active", work)
            .await
    }

    async fn installed_packages(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Vec<(String, Version)>, StoreError> {
        let work = self.inner.unit().installations().installed_packages(scope);
        self.faults
            .around("InstallationRepository::installed_packages", work)
            .await
    }

    async fn of_import(
        &mut self,
        scope: &TenantScope,
        import: ImportId,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let work = self.inner.unit().installations().of_import(scope, import);
        self.faults
            .around("InstallationRepository::of_import", work)
            .await
    }

    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &InstallationRecord,
    ) -> Result<(), StoreError> {
        let work = self.inner.unit().installations().add(scope, record);
        self.faults
            .around("InstallationRepository::add", work)
            .await
    }

    async fn mark(
        &mut self,
        scope: &TenantScope,
        id: InstallationId,
        status: InstallationStatus,
    ) -> Result<(), StoreError> {
        let work = self.inner.unit().installations().mark(scope, id, status);
        self.faults
            .around("InstallationRepository::mark", work)
            .await
    }

    async fn decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<Decisions>, StoreError> {
        let work = self
            .inner
            .unit()
            .installations()
            .decisions(scope, package_name, target);
        self.faults
            .around("InstallationRepository::decisions", work)
            .await
    }

    async fn remember_decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
        decisions: &Decisions,
    ) -> Result<(), StoreError> {
        let work = self.inner.unit().installations().remember_decisions(
            scope,
            package_name,
            target,
            decisions,
        );
        self.faults
            .around("InstallationRepository::remember_decisions", work)
            .await
    }
}

#[async_trait]
impl SnapshotRepository for Faulty {
    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &SnapshotRecord,
    ) -> Result<(), SnapshotError> {
        let work = self.inner.unit().snapshots().add(scope, record);
        self.faults.around("SnapshotRepository::add", work).await
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
    ) -> Result<Option<SnapshotRecord>, SnapshotError> {
        let work = self.inner.unit().snapshots().find(scope, id);
        self.faults.around("SnapshotRepository::find", work).await
    }

    async fn expired(
        &mut self,
        scope: &TenantScope,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<SnapshotRecord>, SnapshotError> {
        let work = self.inner.unit().snapshots().expired(scope, now, limit);
        self.faults
            .around("SnapshotRepository::expired", work)
            .await
    }

    async fn mark_deleted(
        &mut self,
        scope: &TenantScope,
        id: SnapshotId,
        at: DateTime<Utc>,
    ) -> Result<(), SnapshotError> {
        let work = self.inner.unit().snapshots().mark_deleted(scope, id, at);
        self.faults
            .around("SnapshotRepository::mark_deleted", work)
            .await
    }

    async fn key_in_use(&mut self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError> {
        let work = self.inner.unit().snapshots().key_in_use(scope, key);
        self.faults
            .around("SnapshotRepository::key_in_use", work)
            .await
    }
}

/// A snapshot store that can fail at every call.
pub struct FaultySnapshots {
    inner: Arc<dyn SnapshotStore>,
    faults: Faults,
}

impl FaultySnapshots {
    /// Wraps `inner`.
    pub fn new(inner: Arc<dyn SnapshotStore>, faults: Faults) -> Self {
        Self { inner, faults }
    }
}

#[async_trait]
impl SnapshotStore for FaultySnapshots {
    async fn create(&self, scope: &TenantScope) -> Result<Box<dyn SnapshotSink>, SnapshotError> {
        let faults = self.faults.clone();
        let inner = faults
            .around("SnapshotStore::create", self.inner.create(scope))
            .await?;
        Ok(Box::new(FaultySink { inner, faults }))
    }

    async fn open_verified(
        &self,
        scope: &TenantScope,
        key: &str,
        digest: Digest,
    ) -> Result<Box<dyn Read + Send>, SnapshotError> {
        let work = self.inner.open_verified(scope, key, digest);
        self.faults
            .around("SnapshotStore::open_verified", work)
            .await
    }

    async fn contains(&self, scope: &TenantScope, key: &str) -> Result<bool, SnapshotError> {
        let work = self.inner.contains(scope, key);
        self.faults.around("SnapshotStore::contains", work).await
    }

    async fn delete(&self, scope: &TenantScope, key: &str) -> Result<(), SnapshotError> {
        let work = self.inner.delete(scope, key);
        self.faults.around("SnapshotStore::delete", work).await
    }
}

struct FaultySink {
    inner: Box<dyn SnapshotSink>,
    faults: Faults,
}

impl Write for FaultySink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.faults.course("SnapshotSink::write") {
            Course::Well => self.inner.write(bytes),
            _ => Err(std::io::ErrorKind::StorageFull.into()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[async_trait]
impl SnapshotSink for FaultySink {
    async fn finish(self: Box<Self>, digest: Digest) -> Result<String, SnapshotError> {
        let work = self.inner.finish(digest);
        self.faults.around("SnapshotSink::finish", work).await
    }
}
