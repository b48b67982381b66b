//! What detection and merging need from outside. The algorithms stay synchronous over what a port has loaded.

use std::error::Error;

use async_trait::async_trait;
use installhub_artifact::ArtifactType;
use installhub_kernel::TenantScope;

use crate::decision_file::Decisions;
use crate::detect::Existing;
use crate::name::FoldedName;

/// An artifact's type and name, in the form in which names are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey {
    /// The type.
    pub artifact_type: ArtifactType,
    /// The folded name.
    pub name: FoldedName,
}

/// An artifact's type and its id in the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdKey {
    /// The type.
    pub artifact_type: ArtifactType,
    /// The id in the target.
    pub id: String,
}

/// Which package, and into which target: what decisions are remembered under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionKey {
    /// The package's name.
    pub package_name: String,
    /// The target, by the name the importing side knows it by.
    pub target: String,
}

/// What can go wrong behind a port.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Somebody else wrote at the same time; trying again may help.
    #[error("a concurrent change got in the way")]
    Conflict,
    /// The store cannot be reached now; trying later may help.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What is stored cannot be read.
    #[error("what is stored at {place} cannot be read")]
    Corrupt {
        /// Where.
        place: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Anything else.
    #[error("the store failed")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

/// What the target holds, as far as detection has to know.
///
/// Both lookups read only, see the tenant of `scope` and no other, and return each artifact at most once and in no
/// particular order. A key without artifact is no error. Keys come in any number; an implementation splits them into
/// as many queries as it needs, and all of one call see the same state.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ExistingArtifacts: Send + Sync {
    /// All artifacts that have one of these types and names; several may share one name.
    async fn find_by_names(
        &self,
        scope: &TenantScope,
        keys: &[NameKey],
    ) -> Result<Vec<Existing>, PortError>;

    /// The artifacts that have one of these types and ids.
    async fn find_by_ids(
        &self,
        scope: &TenantScope,
        keys: &[IdKey],
    ) -> Result<Vec<Existing>, PortError>;
}

/// Decisions made in earlier imports, to be offered in the next one.
///
/// Decisions belong to the tenant of `scope`. Saving is atomic and idempotent: a reader sees the old or the new
/// decisions, and the later of two saves stands whole.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait DecisionStore: Send + Sync {
    /// What was last saved under `key`; `None` if nothing was. Numbers are as they were when saved.
    async fn find_decisions(
        &self,
        scope: &TenantScope,
        key: &DecisionKey,
    ) -> Result<Option<Decisions>, PortError>;

    /// Saves `decisions` under `key`, in place of what was there.
    async fn remember_decisions(
        &self,
        scope: &TenantScope,
        key: &DecisionKey,
        decisions: &Decisions,
    ) -> Result<(), PortError>;
}
