//! `installhub migrate`.

use installhub_bootstrap::{Service, ServiceError};
use installhub_kernel::StoreError;

use super::opened;
use crate::cli::{GlobalArgs, MigrateArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &MigrateArgs,
) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let migrated = service.migrate().await;
    migrated.map_err(|error| refused(&service, &error))?;
    output::line("the database is of the current version")?;
    Ok(Outcome::Done)
}

/// The role that serves may not change tables, so nothing else but its owner helps.
fn refused(service: &Service, error: &ServiceError) -> Failure {
    let failure = opened::unusable(error);
    let database = &service.settings().database;
    let is_away = matches!(error, ServiceError::Store(StoreError::Unavailable { .. }));
    if !is_away && database.url.is_some() && database.migration_url.is_none() {
        return failure.help(
            "on PostgreSQL the owner of the tables changes them: set database.migration_url to the owner's address",
        );
    }
    failure
}
