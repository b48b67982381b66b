#![doc = include_str!("../README.md")]

mod apply;
mod error;
mod handler;
mod handlers;
mod ids;
mod importer;
mod installed;
mod journal;
mod options;
mod package;
mod plan;
mod planner;
pub mod ports;
mod progress;
mod references;
mod rollback;
mod run;
mod settle;
mod state;
mod version_guard;

pub use error::ImportError;
pub use handler::{
    Applied, Detection, EarlierSteps, HandlerContext, HandlerRegistry, ImportHandler, Work,
};
pub use handlers::{DataHandler, DatabaseObjectHandler, DocumentHandler, standard_handlers};
pub use ids::IdTable;
pub use importer::{ImportReport, Importer};
pub use installed::Installed;
pub use options::{ImportOptions, Permit};
pub use package::{Package, PackageRows};
pub use plan::{
    ImportPlan, PackageIdentity, PlanBlock, PlanStep, PlanSummary, PlannedAction, TargetReference,
};
pub use progress::{ImportObserver, Stage, Unobserved};
pub use rollback::RollbackReport;
pub use settle::{Settlement, TargetResolver};
pub use state::{IllegalTransition, ImportState};
