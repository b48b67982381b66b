//! Everything an import needs, in memory.

use std::sync::Arc;

use futures::executor::block_on;
use installhub_artifact::{ArtifactType, Json, parse};
use installhub_conflict_merge::{Strategy, StrategyRules};
use installhub_importing::ports::{
    Access, Fingerprint, ImportRecord, ImportTarget, NewDocument, StoredDocument, TargetError,
    TargetKind, Transition, UnitOfWorkFactory,
};
use installhub_importing::{
    ImportError, ImportOptions, ImportPlan, ImportReport, Importer, Package, Permit,
    RollbackReport, Settlement, TargetResolver, Unobserved, standard_handlers,
};
use installhub_kernel::{ImportId, PageRequest, TenantScope};
use installhub_recovery::Retention;
use installhub_test_support::import_lease::MemoryLeases;
use installhub_test_support::import_target::{
    Faults, FaultySnapshots, FaultyTarget, FaultyUnits, MemoryArtifactStore, MemoryDatabase,
};
use installhub_test_support::snapshot_store::MemorySnapshotStore;
use installhub_test_support::unit_of_work::MemoryStore;
use installhub_test_support::{CountingIds, SteppingClock, scope};
use semver::Version;

pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) database: MemoryDatabase,
    pub(crate) snapshots: MemorySnapshotStore,
    pub(crate) leases: MemoryLeases,
    pub(crate) faults: Faults,
    pub(crate) importer: Importer,
    pub(crate) target: Arc<dyn ImportTarget>,
    pub(crate) scope: TenantScope,
}

impl World {
    /// Imports go into an artifact store.
    pub(crate) fn of_documents() -> Self {
        Self::new(TargetKind::Store)
    }

    /// Imports go into a database.
    pub(crate) fn of_tables() -> Self {
        Self::new(TargetKind::Database)
    }

    fn new(kind: TargetKind) -> Self {
        let store = MemoryStore::default();
        let database = MemoryDatabase::new();
        let snapshots = MemorySnapshotStore::default();
        let leases = MemoryLeases::default();
        let faults = Faults::none();
        let target: Arc<dyn ImportTarget> = match kind {
            TargetKind::Store => Arc::new(MemoryArtifactStore::new(store.clone())),
            TargetKind::Database => Arc::new(database.clone()),
        };
        let importer = Importer {
            units: Arc::new(FaultyUnits::new(Arc::new(store.clone()), faults.clone())),
            snapshots: Arc::new(FaultySnapshots::new(
                Arc::new(snapshots.clone()),
                faults.clone(),
            )),
            lease: Arc::new(leases.clone()),
            clock: Arc::new(SteppingClock::new()),
            ids: Arc::new(CountingIds::new()),
            handlers: standard_handlers(),
            retention: Retention::default(),
        };
        Self {
            target: Arc::new(FaultyTarget::new(target, faults.clone())),
            store,
            database,
            snapshots,
            leases,
            faults,
            importer,
            scope: scope(1),
        }
    }

    pub(crate) fn plan(&self, package: &Package, options: &ImportOptions) -> ImportPlan {
        self.try_plan(package, options).expect("a plan")
    }

    pub(crate) fn try_plan(
        &self,
        package: &Package,
        options: &ImportOptions,
    ) -> Result<ImportPlan, ImportError> {
        let (target, scope) = (self.target.as_ref(), &self.scope);
        block_on(self.importer.plan(scope, package, target, options))
    }

    /// Plans and imports at once.
    pub(crate) fn import(&self, package: &Package, options: &ImportOptions) -> ImportReport {
        let plan = self.plan(package, options);
        self.carry_out(package, options, &plan).expect("an import")
    }

    pub(crate) fn carry_out(
        &self,
        package: &Package,
        options: &ImportOptions,
        plan: &ImportPlan,
    ) -> Result<ImportReport, ImportError> {
        let (target, scope) = (self.target.as_ref(), &self.scope);
        block_on(
            self.importer
                .import(scope, package, target, options, plan, &Unobserved),
        )
    }

    pub(crate) fn rollback(
        &self,
        id: ImportId,
        force: Permit,
    ) -> Result<RollbackReport, ImportError> {
        let (target, scope) = (self.target.as_ref(), &self.scope);
        block_on(self.importer.rollback(scope, id, target, force))
    }

    pub(crate) fn settle(&self) -> Vec<Settlement> {
        block_on(self.importer.settle(&self.scope, self)).expect("a settlement")
    }

    /// The state of the target, whatever fails.
    pub(crate) fn state(&self) -> Fingerprint {
        let faults = self.faults.calls();
        let state = block_on(async {
            let mut session = self.inner().open(&self.scope, Access::Read).await?;
            session.fingerprint().await
        });
        assert_eq!(self.faults.calls(), faults, "looking is no call");
        state.expect("the target is there")
    }

    fn inner(&self) -> Box<dyn ImportTarget> {
        match self.target.kind() {
            TargetKind::Store => Box::new(MemoryArtifactStore::new(self.store.clone())),
            TargetKind::Database => Box::new(self.database.clone()),
        }
    }

    /// The only form of that name.
    pub(crate) fn form(&self, name: &str) -> StoredDocument {
        self.document(ArtifactType::AtlasForm, name)
    }

    pub(crate) fn document(&self, artifact_type: ArtifactType, name: &str) -> StoredDocument {
        let mut found = self.documents(artifact_type, name);
        let one = found
            .pop()
            .unwrap_or_else(|| panic!("there is no '{name}'"));
        assert!(found.is_empty(), "there are several '{name}'");
        one
    }

    pub(crate) fn documents(&self, artifact_type: ArtifactType, name: &str) -> Vec<StoredDocument> {
        let found = block_on(async {
            let mut unit = self
                .store
                .read(&self.scope)
                .await
                .expect("memory is readable");
            let names = [(artifact_type, name.to_owned())];
            let documents = unit.documents();
            let outlines = documents.find_by_names(&self.scope, &names).await?;
            let ids: Vec<String> = outlines.into_iter().map(|outline| outline.id).collect();
            documents.find_by_ids(&self.scope, &ids).await
        });
        found.expect("memory is readable")
    }

    /// A form with these members, written by somebody else; it replaces one with that id.
    pub(crate) fn put_form(&self, id: &str, name: &str, content: &str) {
        self.put(&form(id, name, content));
    }

    /// A document written by somebody else; it replaces one with that id.
    pub(crate) fn put(&self, document: &NewDocument) {
        let done: Result<(), TargetError> = block_on(async {
            let mut unit = self
                .store
                .begin(&self.scope)
                .await
                .expect("memory is writable");
            let documents = unit.documents();
            let ids = [document.id.clone()];
            let new = std::slice::from_ref(document);
            if documents.find_by_ids(&self.scope, &ids).await?.is_empty() {
                documents.create(&self.scope, new).await?;
            } else {
                documents.replace(&self.scope, new).await?;
            }
            unit.commit().await.expect("memory is writable");
            Ok(())
        });
        done.expect("memory takes it");
    }

    /// All imports, oldest first.
    pub(crate) fn journal(&self) -> Vec<ImportRecord> {
        let page = block_on(async {
            let mut unit = self
                .store
                .read(&self.scope)
                .await
                .expect("memory is readable");
            unit.imports()
                .list(&self.scope, PageRequest::first(1_000))
                .await
        });
        let mut items = page.expect("memory is readable").items;
        items.reverse();
        items
    }

    pub(crate) fn record(&self, id: ImportId) -> ImportRecord {
        let mut journal = self.journal().into_iter();
        journal
            .find(|record| record.id == id)
            .expect("it is in the journal")
    }

    pub(crate) fn moves(&self, id: ImportId) -> Vec<Transition> {
        let moves = block_on(async {
            let mut unit = self
                .store
                .read(&self.scope)
                .await
                .expect("memory is readable");
            unit.imports().transitions(&self.scope, id).await
        });
        moves.expect("memory is readable")
    }

    /// Rewrites a record of the journal, as a process that died would have left it.
    pub(crate) fn rewrite(&self, record: &ImportRecord) {
        block_on(async {
            let mut unit = self
                .store
                .begin(&self.scope)
                .await
                .expect("memory is writable");
            let rewritten = unit.imports().record(&self.scope, record, None).await;
            rewritten.expect("it is in the journal");
            unit.commit().await.expect("memory is writable");
        });
    }

    /// The installed version of a package.
    pub(crate) fn installed(&self, package: &str) -> Option<Version> {
        let active = block_on(async {
            let mut unit = self
                .store
                .read(&self.scope)
                .await
                .expect("memory is readable");
            unit.installations()
                .active(&self.scope, package, &self.target.identity())
                .await
        });
        let active = active.expect("memory is readable");
        active.map(|installation| installation.package_version)
    }

    /// How many snapshots the list has.
    pub(crate) fn listed_snapshots(&self) -> usize {
        let listed = block_on(async {
            let mut unit = self
                .store
                .read(&self.scope)
                .await
                .expect("memory is readable");
            let end = chrono::DateTime::<chrono::Utc>::MAX_UTC;
            unit.snapshots().expired(&self.scope, end, 1_000).await
        });
        listed.expect("memory is readable").len()
    }
}

impl TargetResolver for World {
    fn resolve(
        &self,
        kind: TargetKind,
        identity: &str,
    ) -> Result<Box<dyn ImportTarget>, TargetError> {
        if kind != self.target.kind() || identity != self.target.identity() {
            return Err(TargetError::Unreachable {
                message: format!("there is no {identity}"),
                source: None,
            });
        }
        Ok(Box::new(FaultyTarget::new(
            Arc::from(self.inner()),
            self.faults.clone(),
        )))
    }
}

/// A form as somebody would have written it.
pub(crate) fn form(id: &str, name: &str, content: &str) -> NewDocument {
    let mut content = json(content);
    if let Some(members) = content.as_object_mut() {
        for (member, value) in [
            ("_type", "AtlasForm"),
            ("id", id),
            ("name", name),
            ("_version", "1.0.0"),
        ] {
            members.insert(member.to_owned(), Json::from(value));
        }
    }
    NewDocument {
        artifact_type: ArtifactType::AtlasForm,
        id: id.to_owned(),
        name: name.to_owned(),
        version: Version::new(1, 0, 0),
        content,
    }
}

pub(crate) fn json(text: &str) -> Json {
    parse(text.as_bytes()).expect("a JSON document")
}

/// One strategy for every conflict.
pub(crate) fn all(strategy: Strategy) -> ImportOptions {
    ImportOptions {
        strategies: StrategyRules::all(strategy),
        ..ImportOptions::default()
    }
}

pub(crate) fn ask() -> ImportOptions {
    ImportOptions::default()
}

/// The actions of a plan in install order.
pub(crate) fn actions(plan: &ImportPlan) -> Vec<&'static str> {
    plan.steps.iter().map(|step| step.action.as_str()).collect()
}

/// The codes of what keeps a plan from starting.
pub(crate) fn codes(plan: &ImportPlan) -> Vec<&str> {
    plan.blocks
        .iter()
        .map(|block| block.code.as_str())
        .collect()
}
