//! `installhub export`.

use std::sync::Arc;

use installhub_bootstrap::{Location, source_connector};
use installhub_exporting::ports::{ArtifactSource, Selection};
use installhub_exporting::{DatabaseSource, RowSelection};
use installhub_manifest::PackageType;

use super::{description, pack};
use crate::cli::{ExportArgs, GlobalArgs};
use crate::failure::{Failure, Outcome};

pub(super) async fn run(global: &GlobalArgs, arguments: ExportArgs) -> Result<Outcome, Failure> {
    let location: Location = arguments.from.parse().map_err(|source| {
        Failure::from_error("InvalidSource", &source).help("for example: --from sqlite:shop.db")
    })?;
    let connector = source_connector(&location, global.patience())
        .map_err(|source| Failure::from_error("InvalidSource", &source))?;
    let header = description::header(&arguments.description, Some(PackageType::Config))?;
    let rows = if arguments.no_data {
        RowSelection::None
    } else {
        RowSelection::All
    };
    let selection = Selection {
        tables: arguments.tables,
    };
    let version = header.version.clone();
    let source: Box<dyn ArtifactSource> = Box::new(DatabaseSource::new(
        Arc::from(connector),
        selection,
        rows,
        version,
    ));
    let package = pack::NewPackage {
        header,
        readme: description::readme(arguments.description.readme.as_deref())?,
        earlier: None,
    };
    pack::write(source, package, &arguments.output, arguments.printed.format).await
}
