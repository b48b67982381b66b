//! `--strategy`, `--strategy-for`, `--fallback`, `--decisions`.

use installhub_artifact::ArtifactType;
use installhub_conflict_merge::{Decisions, StrategyRules};

use crate::cli::ImportArgs;
use crate::failure::Failure;

/// What happens to artifacts that are there and differ.
pub(super) fn rules(arguments: &ImportArgs) -> Result<StrategyRules, Failure> {
    let mut rules = StrategyRules {
        default_conflict_strategy: arguments.strategy,
        merge_fallback_strategy: arguments.fallback,
        ..StrategyRules::default()
    };
    for exception in &arguments.strategy_for {
        let wrong = || {
            Failure::new(
                "InvalidArgument",
                format!("'{exception}' is no exception from the strategy"),
            )
            .help("write --strategy-for AtlasForm=skip or --strategy-for form-12=overwrite")
        };
        let (which, strategy) = exception.rsplit_once('=').ok_or_else(wrong)?;
        let strategy = strategy
            .parse()
            .map_err(|source| wrong().because(&source))?;
        match which.parse::<ArtifactType>() {
            Ok(artifact_type) => rules
                .conflict_strategy_overrides
                .types
                .insert(artifact_type, strategy),
            Err(_) => rules
                .conflict_strategy_overrides
                .artifacts
                .insert(which.to_owned(), strategy),
        };
    }
    Ok(rules)
}

/// Field by field decisions from a file.
pub(super) fn decisions(arguments: &ImportArgs) -> Result<Decisions, Failure> {
    let Some(path) = &arguments.decisions else {
        return Ok(Decisions::none());
    };
    let bytes =
        std::fs::read(path).map_err(|source| super::package_file::unreadable(path, &source))?;
    Decisions::parse(&bytes).map_err(|source| {
        Failure::new(
            "InvalidDecisions",
            format!("{} is no file of decisions", path.display()),
        )
        .because(&source)
    })
}
