//! `installhub migrate`.

use installhub_bootstrap::Service;

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
    migrated.map_err(|error| without_owner(&service, opened::unusable(&error)))?;
    output::line("the database is of the current version")?;
    Ok(Outcome::Done)
}

/// The role that serves may not change tables, so nothing else but this helps.
fn without_owner(service: &Service, failure: Failure) -> Failure {
    let database = &service.settings().database;
    if database.url.is_some() && database.migration_url.is_none() {
        return failure.help(
            "on PostgreSQL the owner of the tables changes them: set database.migration_url to the owner's address",
        );
    }
    failure
}
