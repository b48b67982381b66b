//! What can be measured.

mod building;
mod chinook;
mod ordering;
mod service;
mod validating;

use clap::ValueEnum;

use super::inputs::Inputs;
use super::report::Report;
use super::workbench::Workbench;

pub(crate) use ordering::{OrderingArgs, order};

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Case {
    /// Judging a package of many small documents
    ValidateWorkflows,
    /// Judging a package of 1 GiB of rows
    ValidateTables,
    /// Making a package of many small documents
    BuildWorkflows,
    /// Making a package of 1 GiB of rows
    BuildTables,
    /// Ordering a large graph
    Ordering,
    /// Exporting a small database, and importing it into another
    Chinook,
    /// The service under load
    Service,
}

impl Case {
    /// Measures, and adds the figures to the report.
    pub(super) fn measure(
        self,
        bench: &Workbench,
        inputs: &mut Inputs,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        match self {
            Self::ValidateWorkflows => {
                let package = inputs.workflows(bench, report)?.package;
                validating::measure("validate workflows", &package, None, bench, report)
            }
            Self::ValidateTables => {
                let package = inputs.tables(bench, report)?.package;
                validating::measure("validate tables", &package, Some(64), bench, report)
            }
            Self::BuildWorkflows => {
                let workflows = inputs.workflows(bench, report)?;
                building::workflows(&workflows, bench, report)
            }
            Self::BuildTables => {
                let tables = inputs.tables(bench, report)?;
                building::tables(&tables, bench, report)
            }
            Self::Ordering => ordering::measure(bench, report),
            Self::Chinook => chinook::measure(bench, report),
            Self::Service => {
                let package = inputs.tables(bench, report)?.package;
                service::measure(bench, &package, report)
            }
        }
    }
}
