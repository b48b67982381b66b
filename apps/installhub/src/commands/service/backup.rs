//! `installhub backup`: what the service keeps on this machine, as of one moment, in another folder.

use installhub_bootstrap::BackupReport;

use super::opened;
use crate::cli::{BackupArgs, GlobalArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &BackupArgs,
) -> Result<Outcome, Failure> {
    let service = opened::open(global, &arguments.settings)?;
    let BackupReport {
        objects,
        bytes,
        already_there,
    } = service
        .backup(&arguments.into, arguments.with_keys)
        .await
        .map_err(|error| Failure::from_error("CannotBackUp", &error))?;
    output::line(&format!(
        "{}: the database and {objects} new objects, {}; {already_there} objects were there already",
        arguments.into.display(),
        output::human_bytes(bytes)
    ))?;
    Ok(Outcome::Done)
}
