//! `installhub unpack`.

use installhub_connector_folder::unpack;
use installhub_package_format::Limits;

use super::package_file;
use crate::cli::{OutputFormat, UnpackArgs};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) fn run(arguments: &UnpackArgs) -> Result<Outcome, Failure> {
    let format = arguments.output.format;
    let Some(reader) = package_file::read_valid(&arguments.file, &Limits::default(), format)?
    else {
        return Ok(Outcome::Findings);
    };
    unpack(&reader, &arguments.dir)
        .map_err(|source| Failure::from_error("CannotUnpack", &source))?;
    let manifest = reader.manifest();
    match format {
        OutputFormat::Json => output::json(&serde_json::json!({
            "folder": arguments.dir,
            "name": manifest.name,
            "version": manifest.version,
            "artifacts": manifest.artifacts.len(),
        }))?,
        OutputFormat::Human => output::line(&format!(
            "{} {} is in {}: {} artifacts",
            manifest.name,
            manifest.version,
            arguments.dir.display(),
            manifest.artifacts.len()
        ))?,
    }
    Ok(Outcome::Done)
}
