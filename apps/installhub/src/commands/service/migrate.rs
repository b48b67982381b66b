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

/// The role that serves may not change tables: without their owner, this command can only say whether they are current.
fn without_owner(service: &Service, failure: Failure) -> Failure {
    let database = &service.settings().database;
    if database.url.is_some() && database.migration_url.is_none() {
        return failure.help(
            "changing tables on PostgreSQL takes database.migration_url, the address of the role that owns them",
        );
    }
    failure
}
