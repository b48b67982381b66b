#![doc = include_str!("../README.md")]

mod detect;
mod name;
mod strategy;

mod clash;
mod decision_file;
mod decision_json;
mod decisions;
mod merge;

mod diff;
mod render;

mod envelope;
mod keyed;
mod order;
mod path;
mod path_text;
mod trail;

mod ports;

pub use clash::{Clash, Merge, MergeReport};
pub use decision_file::Decisions;
pub use decision_json::DecisionsError;
pub use decisions::{Decision, FieldDecisions};
pub use detect::{Candidate, Existing, Match, detect};
pub use diff::{ChangeKind, FieldChange, Place, diff};
pub use merge::{merge, merge_with_report};
pub use name::FoldedName;
pub use path::{ElementKey, FieldPath, Segment};
pub use path_text::FieldPathError;
pub use ports::{DecisionKey, DecisionStore, ExistingArtifacts, IdKey, NameKey, PortError};
#[cfg(feature = "mock")]
pub use ports::{MockDecisionStore, MockExistingArtifacts};
pub use render::{Summary, change_lines, clash_lines};
pub use strategy::{Fallback, Strategy, StrategyError, StrategyOverrides, StrategyRules};
