//! Handlers: one per kind of artifact, each with the same four questions (import, Handlers).

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use installhub_artifact::ArtifactType;
use installhub_kernel::{IdGenerator, TenantScope};
use installhub_manifest::ArtifactEntry;

use crate::error::ImportError;
use crate::ids::IdTable;
use crate::installed::Installed;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{BaseDocument, TargetSession};

/// Where an incoming artifact meets the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detection {
    /// Nothing of that identity is there.
    New,
    /// This object of the target is the same artifact.
    Existing {
        /// Its id in the target.
        target_id: String,
    },
    /// Several objects could be meant; nobody guesses.
    Ambiguous {
        /// Their ids in the target.
        candidates: Vec<String>,
    },
    /// One object of the target that several artifacts of the package claim; writing all of them would lose all but one.
    Contested {
        /// Its id in the target.
        target_id: String,
        /// The artifacts that claim it.
        claimants: Vec<String>,
    },
}

impl Detection {
    /// Whether it is known what the artifact meets, be it nothing.
    pub fn is_clear(&self) -> bool {
        matches!(self, Self::New | Self::Existing { .. })
    }
}

/// What a handler may look at besides the target.
pub struct HandlerContext<'a> {
    /// On whose data.
    pub scope: &'a TenantScope,
    /// What is imported.
    pub package: &'a Package,
    /// What was decided beforehand.
    pub options: &'a ImportOptions,
    /// Package id to target id, complete after detection.
    pub ids: &'a IdTable,
    /// What of this package is installed in this target already.
    pub installed: &'a Installed,
    /// The steps decided so far, which come first in install order.
    pub earlier: &'a EarlierSteps,
}

/// What earlier steps of the same plan do, by type and name.
#[derive(Debug, Default)]
pub struct EarlierSteps(HashMap<(ArtifactType, String), PlannedAction>);

impl EarlierSteps {
    /// Notes a step.
    pub fn add(&mut self, step: &PlanStep) {
        self.0
            .insert((step.artifact_type, step.name.to_lowercase()), step.action);
    }

    /// What an earlier step does with the artifact of that type and name.
    pub fn action(&self, artifact_type: ArtifactType, name: &str) -> Option<PlannedAction> {
        self.0.get(&(artifact_type, name.to_lowercase())).copied()
    }
}

/// What is left of a step after it was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// The incoming document as installed, for the next three-way merge.
    pub base: Option<BaseDocument>,
    /// Rows the table must hold now, where that is known.
    pub expected_rows: Option<u64>,
}

/// An artifact of the package with what will happen, or happened, to it.
pub type Work<'a> = (&'a ArtifactEntry, &'a PlanStep);

/// Knows one kind of artifact: how to find it in a target, how it differs, how it gets there, and how to see that it is there.
///
/// A handler is asked in this order, inside one session of the target: [`detect`](Self::detect) once for all its artifacts,
/// then [`diff`](Self::diff) for a few neighbours in install order at a time; for an import that goes ahead, in a session that
/// may write, [`apply`](Self::apply) in the same order and finally [`verify`](Self::verify). Neighbours come together so that a
/// handler can ask the target once for all of them; every answer has one element for each artifact, in the order asked.
/// The common driver (the import page calls it `BaseImportHandler`) owns that order; handlers own only their kind.
#[async_trait]
pub trait ImportHandler: Send + Sync {
    /// The name under which plans mention it.
    fn name(&self) -> &'static str;

    /// The types it is responsible for.
    fn types(&self) -> &'static [ArtifactType];

    /// The id in the target of an artifact that is new there: the one it has in the package, unless a handler knows better.
    fn new_id(&self, incoming: &ArtifactEntry, _ids: &dyn IdGenerator) -> String {
        incoming.id.clone()
    }

    /// Finds the artifacts in the target.
    async fn detect(
        &self,
        session: &mut dyn TargetSession,
        scope: &TenantScope,
        installed: &Installed,
        incoming: &[&ArtifactEntry],
    ) -> Result<Vec<Detection>, ImportError>;

    /// Says what would happen to the artifacts; changes nothing.
    async fn diff(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &[(&ArtifactEntry, &Detection)],
    ) -> Result<Vec<PlanStep>, ImportError>;

    /// Carries steps out, exactly as they were planned.
    async fn apply(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        work: &[Work<'_>],
    ) -> Result<Vec<Applied>, ImportError>;

    /// Looks whether the artifacts are in the target as their steps promised.
    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        work: &[Work<'_>],
        applied: &[Applied],
    ) -> Result<(), ImportError>;
}

/// All handlers, by type. Embedders add their own or replace one.
#[derive(Default)]
pub struct HandlerRegistry {
    by_type: HashMap<ArtifactType, Arc<dyn ImportHandler>>,
}

impl HandlerRegistry {
    /// A registry that knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `handler` responsible for its types, in place of whoever was before.
    pub fn register(&mut self, handler: impl ImportHandler + 'static) -> &mut Self {
        let handler: Arc<dyn ImportHandler> = Arc::new(handler);
        for artifact_type in handler.types() {
            self.by_type.insert(*artifact_type, Arc::clone(&handler));
        }
        self
    }

    /// Who is responsible for a type.
    pub fn get(&self, artifact_type: ArtifactType) -> Option<&dyn ImportHandler> {
        self.by_type.get(&artifact_type).map(AsRef::as_ref)
    }
}
