//! `installhub migrate`.

use super::opened;
use crate::cli::{GlobalArgs, MigrateArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &MigrateArgs,
) -> Result<Outcome, Failure> {
    opened::open_current(global, &arguments.settings).await?;
    output::line("the database is of the current version")?;
    Ok(Outcome::Done)
}
