//! The plan: everything an import would do, before it does anything (import, Stages, Plan).

use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use installhub_conflict_merge::{Clash, FieldChange, Strategy};
use installhub_manifest::ArtifactEntry;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::ports::{Fingerprint, RowChanges, TargetKind};

/// What would happen to one artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlannedAction {
    /// It is new in the target.
    Create,
    /// It is there and becomes what the package holds.
    Update,
    /// It is there and both sides are kept together.
    Merge,
    /// It is there, differs, and stays as it is.
    Skip,
    /// It is there and equal, or the merge changes nothing.
    NoChange,
    /// It is there and differs, and nobody has said yet what to do.
    Undecided,
    /// The target cannot hold it.
    Unsupported,
}

impl PlannedAction {
    /// Whether applying the step writes to the target.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Merge)
    }

    /// The name as it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Merge => "Merge",
            Self::Skip => "Skip",
            Self::NoChange => "NoChange",
            Self::Undecided => "Undecided",
            Self::Unsupported => "Unsupported",
        }
    }
}

/// What would happen to one artifact, in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// The artifact's type.
    pub artifact_type: ArtifactType,
    /// Its id in the package.
    pub source_id: String,
    /// Its id in the target: an existing one, or a fresh one.
    pub target_id: String,
    /// Its name in the package.
    pub name: String,
    /// The handler that is responsible.
    pub handler: String,
    /// What happens.
    pub action: PlannedAction,
    /// The strategy that led to it, where there was something to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Field by field what becomes different in the target.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// Fields that both sides changed and nobody has decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clashes: Vec<Clash>,
    /// What happens to rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<RowChanges>,
    /// The statements that would run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
    /// The digest of the canonical bytes of the document that would be written: applying writes this one or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<Digest>,
    /// What a person should know about this step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl PlanStep {
    /// A step that says nothing but what it is about.
    pub(crate) fn new(
        entry: &ArtifactEntry,
        target_id: &str,
        handler: &str,
        action: PlannedAction,
    ) -> Self {
        Self {
            artifact_type: entry.artifact_type,
            source_id: entry.id.clone(),
            target_id: target_id.to_owned(),
            name: entry.name.clone(),
            handler: handler.to_owned(),
            action,
            strategy: None,
            changes: Vec::new(),
            clashes: Vec::new(),
            rows: None,
            statements: Vec::new(),
            content_hash: None,
            notes: Vec::new(),
        }
    }
}

/// Something that keeps an import from starting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanBlock {
    /// A stable code, for example `MissingDependency`.
    pub code: String,
    /// The artifact it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// What was found and what to do.
    pub message: String,
}

/// The package a plan is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageIdentity {
    /// The manifest's name.
    pub name: String,
    /// The manifest's version.
    pub version: Version,
    /// The manifest's package id.
    pub package_id: String,
    /// SHA-256 over the manifest's bytes, which pin every artifact.
    pub digest: Digest,
}

/// The target a plan is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetReference {
    /// Store or database.
    pub kind: TargetKind,
    /// The same text at every run.
    pub identity: String,
    /// As a person knows it.
    pub display_name: String,
}

/// How many steps of each kind a plan has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PlanSummary {
    /// Steps that create.
    pub create: usize,
    /// Steps that replace.
    pub update: usize,
    /// Steps that merge.
    pub merge: usize,
    /// Steps that leave a different object as it is.
    pub skip: usize,
    /// Steps without any change.
    pub no_change: usize,
    /// Steps that wait for a decision.
    pub undecided: usize,
    /// Steps the target cannot take.
    pub unsupported: usize,
}

/// Everything an import would do. A dry run is exactly this.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportPlan {
    /// What is imported.
    pub package: PackageIdentity,
    /// Into what.
    pub target: TargetReference,
    /// The version of the same package installed there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_version: Option<Version>,
    /// Step by step, in install order.
    pub steps: Vec<PlanStep>,
    /// What keeps it from starting; empty when it can.
    pub blocks: Vec<PlanBlock>,
    /// What a person should know.
    pub warnings: Vec<PlanBlock>,
    /// The target as it was when the plan was made.
    pub fingerprint: Fingerprint,
}

impl ImportPlan {
    /// Whether the import can start.
    pub fn is_ready(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Whether the import would change the target.
    pub fn changes_anything(&self) -> bool {
        self.steps.iter().any(|step| step.action.writes())
    }

    /// The steps counted.
    pub fn summary(&self) -> PlanSummary {
        let mut summary = PlanSummary::default();
        for step in &self.steps {
            *match step.action {
                PlannedAction::Create => &mut summary.create,
                PlannedAction::Update => &mut summary.update,
                PlannedAction::Merge => &mut summary.merge,
                PlannedAction::Skip => &mut summary.skip,
                PlannedAction::NoChange => &mut summary.no_change,
                PlannedAction::Undecided => &mut summary.undecided,
                PlannedAction::Unsupported => &mut summary.unsupported,
            } += 1;
        }
        summary
    }
}
