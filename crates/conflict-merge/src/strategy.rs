//! What to do with an incoming artifact that is already there: the strategies, and the rules that choose one.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use installhub_artifact::ArtifactType;
use serde::{Deserialize, Serialize};

/// What happens to an artifact that meets an existing one (import, Conflicts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Strategy {
    /// Join both, field by field.
    Merge,
    /// Replace everything but the existing id. `Replace` is read as another spelling of it.
    Overwrite,
    /// Keep what is there and bind dependants to it.
    Skip,
}

impl Strategy {
    /// All strategies, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Merge, Self::Overwrite, Self::Skip];

    /// The name as written in files and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "Merge",
            Self::Overwrite => "Overwrite",
            Self::Skip => "Skip",
        }
    }
}

/// Which side wins a clash that nobody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Fallback {
    /// The incoming side wins. `Replace` is read as another spelling of it.
    Overwrite,
    /// The existing side wins.
    Skip,
}

impl Fallback {
    /// The name as written in files and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overwrite => "Overwrite",
            Self::Skip => "Skip",
        }
    }
}

/// A text that names no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no strategy: expected {expected}", found.escape_debug())]
pub struct StrategyError {
    found: String,
    expected: &'static str,
}

impl FromStr for Strategy {
    type Err = StrategyError;

    fn from_str(text: &str) -> Result<Self, StrategyError> {
        match text.to_ascii_lowercase().as_str() {
            "merge" => Ok(Self::Merge),
            "overwrite" | "replace" => Ok(Self::Overwrite),
            "skip" => Ok(Self::Skip),
            _ => Err(StrategyError {
                found: text.to_owned(),
                expected: "Merge, Overwrite (or Replace) or Skip",
            }),
        }
    }
}

impl FromStr for Fallback {
    type Err = StrategyError;

    fn from_str(text: &str) -> Result<Self, StrategyError> {
        match text.parse() {
            Ok(Strategy::Overwrite) => Ok(Self::Overwrite),
            Ok(Strategy::Skip) => Ok(Self::Skip),
            Ok(Strategy::Merge) | Err(_) => Err(StrategyError {
                found: text.to_owned(),
                expected: "Overwrite (or Replace) or Skip, because a clash is what is left after a merge",
            }),
        }
    }
}

macro_rules! text_value {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = StrategyError;

            fn try_from(text: String) -> Result<Self, StrategyError> {
                text.parse()
            }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> Self {
                value.as_str()
            }
        }
    };
}

text_value!(Strategy);
text_value!(Fallback);

/// The strategies of one import, by the names its options have: a default, exceptions by type, exceptions by artifact.
///
/// The closest rule wins: artifact, then type, then default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StrategyRules {
    /// For everything without a closer rule; `None` means that each conflict has to be asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_conflict_strategy: Option<Strategy>,
    /// The exceptions.
    pub conflict_strategy_overrides: StrategyOverrides,
    /// Who wins a clash inside a merge that no decision names; `None` leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge_fallback_strategy: Option<Fallback>,
}

/// The exceptions of [`StrategyRules`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct StrategyOverrides {
    /// By artifact type.
    pub types: BTreeMap<ArtifactType, Strategy>,
    /// By artifact id, as the package states it.
    pub artifacts: BTreeMap<String, Strategy>,
}

impl StrategyRules {
    /// One strategy for everything.
    pub fn all(strategy: Strategy) -> Self {
        Self {
            default_conflict_strategy: Some(strategy),
            ..Self::default()
        }
    }

    /// The strategy for the artifact `id` of the given type; `None` means that it has to be asked for.
    pub fn strategy_for(&self, artifact_type: ArtifactType, id: &str) -> Option<Strategy> {
        let overrides = &self.conflict_strategy_overrides;
        overrides
            .artifacts
            .get(id)
            .or_else(|| overrides.types.get(&artifact_type))
            .copied()
            .or(self.default_conflict_strategy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_read_in_any_case_and_replace_means_overwrite() {
        for (text, expected) in [
            ("Merge", Some(Strategy::Merge)),
            ("mErGe", Some(Strategy::Merge)),
            ("OVERWRITE", Some(Strategy::Overwrite)),
            ("Replace", Some(Strategy::Overwrite)),
            ("skip", Some(Strategy::Skip)),
            (" skip", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Strategy>().ok(), expected, "{text:?}");
        }
        for strategy in Strategy::ALL {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
        }
        assert_eq!("replace".parse(), Ok(Fallback::Overwrite));
        let error = "Merge"
            .parse::<Fallback>()
            .expect_err("no way to settle a clash");
        assert!(
            error
                .to_string()
                .starts_with("'Merge' is no strategy: expected"),
            "{error}"
        );
    }

    #[test]
    fn the_closest_rule_wins() {
        let rules: StrategyRules = serde_json::from_str(
            r#"{"defaultConflictStrategy": "skip",
                "conflictStrategyOverrides": {"types": {"RuleSet": "Replace"}, "artifacts": {"rule-7": "Merge"}},
                "mergeFallbackStrategy": "Overwrite"}"#,
        )
        .expect("the options are well formed");
        assert_eq!(
            rules.strategy_for(ArtifactType::RuleSet, "rule-7"),
            Some(Strategy::Merge)
        );
        assert_eq!(
            rules.strategy_for(ArtifactType::RuleSet, "rule-8"),
            Some(Strategy::Overwrite)
        );
        assert_eq!(
            rules.strategy_for(ArtifactType::Role, "admin"),
            Some(Strategy::Skip)
        );
        assert_eq!(rules.merge_fallback_strategy, Some(Fallback::Overwrite));
        assert_eq!(
            StrategyRules::default().strategy_for(ArtifactType::Role, "admin"),
            None
        );

        let written = serde_json::to_string(&rules).expect("rules serialize");
        assert_eq!(
            serde_json::from_str::<StrategyRules>(&written).expect("and read back"),
            rules
        );
        assert!(written.contains(r#""RuleSet":"Overwrite""#), "{written}");
    }
}
