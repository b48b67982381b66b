//! The eight states of an import and the moves between them (import, States).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportState {
    /// Stored, waiting.
    Pending,
    /// The three layers, package dependencies and platform are being checked.
    Validating,
    /// Target, mapping and strategies are being chosen.
    Configuring,
    /// The plan waits for a go.
    Reviewing,
    /// Handlers run.
    Importing,
    /// Everything is in the target and recorded.
    Completed,
    /// Nothing was changed.
    Failed,
    /// A snapshot was put back.
    RolledBack,
}

/// A move that the state machine does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an import that is {from} cannot become {to}")]
pub struct IllegalTransition {
    from: ImportState,
    to: ImportState,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Validating,
        Self::Configuring,
        Self::Reviewing,
        Self::Importing,
        Self::Completed,
        Self::Failed,
        Self::RolledBack,
    ];

    /// Moves on, where that move is legal: one step forward, back from review to configuration, failure from every state
    /// before completion, and rollback once the target may have been changed.
    pub fn transition(self, to: Self) -> Result<Self, IllegalTransition> {
        use ImportState::{
            Completed, Configuring, Failed, Importing, Pending, Reviewing, RolledBack, Validating,
        };
        match (self, to) {
            (Pending, Validating)
            | (Validating, Configuring)
            | (Configuring, Reviewing)
            | (Reviewing, Configuring | Importing)
            | (Importing, Completed | RolledBack)
            | (Completed, RolledBack)
            | (Pending | Validating | Configuring | Reviewing | Importing, Failed) => Ok(to),
            (from, to) => Err(IllegalTransition { from, to }),
        }
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::RolledBack)
    }

    /// The name as it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Validating => "Validating",
            Self::Configuring => "Configuring",
            Self::Reviewing => "Reviewing",
            Self::Importing => "Importing",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::RolledBack => "RolledBack",
        }
    }
}

impl fmt::Display for ImportState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_these_moves_are_legal() {
        let legal: Vec<String> = ImportState::ALL
            .iter()
            .flat_map(|from| {
                ImportState::ALL
                    .iter()
                    .filter_map(move |to| from.transition(*to).ok().map(|_| format!("{from}-{to}")))
            })
            .collect();
        assert_eq!(
            legal,
            [
                "Pending-Validating",
                "Pending-Failed",
                "Validating-Configuring",
                "Validating-Failed",
                "Configuring-Reviewing",
                "Configuring-Failed",
                "Reviewing-Configuring",
                "Reviewing-Importing",
                "Reviewing-Failed",
                "Importing-Completed",
                "Importing-Failed",
                "Importing-RolledBack",
                "Completed-RolledBack",
            ]
        );
    }

    #[test]
    fn nothing_leaves_a_final_state_but_a_rollback() {
        for from in ImportState::ALL
            .into_iter()
            .filter(|state| state.is_final())
        {
            for to in ImportState::ALL {
                let allowed = from == ImportState::Completed && to == ImportState::RolledBack;
                assert_eq!(from.transition(to).is_ok(), allowed, "{from} to {to}");
            }
        }
    }
}
