//! The port through which a closure is resolved against an artifact store.

use async_trait::async_trait;
use installhub_kernel::TenantScope;

/// Looks up artifacts of one tenant and what they refer to, in batches.
///
/// Guarantees an implementation gives:
///
/// - *Complete*: exactly one answer per distinct id asked, in any order, carrying the id byte for byte as asked.
/// - *Confined*: only artifacts of `scope.tenant()` exist. An artifact of another tenant is [`LookedUp::NotFound`], so that
///   nobody learns of it.
/// - *Whole*: either all ids are answered or the call fails; it has no effect and can be repeated.
/// - *Bounded*: any number of ids may be asked; an implementation splits what its store cannot take at once.
///
/// Two calls may see different states of the store. Who needs one state, as an export does, gives an implementation that
/// reads a snapshot.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ArtifactLookup: Send + Sync {
    /// Whether each artifact exists, and what it refers to.
    async fn references_of(
        &self,
        scope: &TenantScope,
        ids: &[String],
    ) -> Result<Vec<LookedUp>, LookupError>;
}

/// The answer for one id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// The tenant has it.
    Found(FoundArtifact),
    /// The tenant has no artifact of this id.
    NotFound {
        /// The id asked for.
        id: String,
    },
}

impl LookedUp {
    /// The id asked for.
    pub fn id(&self) -> &str {
        match self {
            Self::Found(artifact) => &artifact.id,
            Self::NotFound { id } => id,
        }
    }
}

/// What a closure needs to know of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundArtifact {
    /// Its id.
    pub id: String,
    /// Name of its type, such as `AtlasForm`.
    pub kind: String,
    /// Order between types (import, Handlers).
    pub rank: u8,
    /// What people call it.
    pub name: String,
    /// Everything it refers to, in any order; repeats are harmless.
    pub requires: Vec<Requirement>,
}

/// One reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// Id of what is referred to.
    pub id: String,
    /// Where: a JSON pointer, or for database objects what the engine calls the dependency.
    pub via: String,
}

/// A lookup that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The store cannot be reached or is overloaded; the same call may succeed later.
    #[error("the artifact store is unavailable")]
    Unavailable(#[source] BoxedError),
    /// The store holds something that is no artifact.
    #[error("stored artifact '{id}' is corrupt: {reason}")]
    Corrupt {
        /// Id of the artifact.
        id: String,
        /// What was found and what was expected.
        reason: String,
    },
    /// Anything else.
    #[error("artifacts could not be looked up")]
    Other(#[source] BoxedError),
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;
