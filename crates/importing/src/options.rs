//! What the person or pipeline decides beforehand (import, States, Options).

use installhub_conflict_merge::{Decisions, FieldDecisions, StrategyRules};
use semver::Version;

/// Whether something that is usually refused is let through this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Permit {
    /// Refused, with an explanation.
    #[default]
    Refuse,
    /// Let through.
    Allow,
}

impl Permit {
    /// Whether it is let through.
    pub fn is_allowed(self) -> bool {
        self == Self::Allow
    }
}

impl From<bool> for Permit {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Allow } else { Self::Refuse }
    }
}

/// Decisions that hold for a whole import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// What happens to artifacts that are in the target and differ; without a default they wait for a decision.
    pub strategies: StrategyRules,
    /// Field by field decisions for clashes, with their fallback.
    pub decisions: Decisions,
    /// A higher major version than the installed one.
    pub major_upgrade: Permit,
    /// A lower version than the installed one.
    pub downgrade: Permit,
    /// References to things neither in the package nor in the target.
    pub missing: Permit,
    /// Leaving out artifacts that the target cannot hold.
    pub unsupported: Permit,
    /// The version of the platform packages are compared with.
    pub platform_version: Option<Version>,
}

impl ImportOptions {
    /// The decisions about one artifact; where they name no fallback, the strategies' one holds.
    pub fn decisions_for(&self, artifact_id: &str) -> FieldDecisions {
        let decisions = self.decisions.for_artifact(artifact_id);
        if decisions.fallback().is_some() {
            decisions
        } else {
            decisions.with_fallback(self.strategies.merge_fallback_strategy)
        }
    }
}
