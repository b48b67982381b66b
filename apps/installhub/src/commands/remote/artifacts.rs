//! `installhub artifacts`.

use crate::cli::{ArtifactsArgs, GlobalArgs};
use crate::failure::{Failure, Outcome};
use crate::remote::views::Artifact;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &ArtifactsArgs,
) -> Result<Outcome, Failure> {
    let session = super::session(global, &arguments.remote)?;
    let wanted = [
        ("type", arguments.artifact_type.as_deref()),
        ("name", arguments.name.as_deref()),
    ];
    let query: Vec<_> = wanted
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    let limit = arguments.list.limit;
    let list = session.client.list(&["artifacts"], &query, limit).await?;
    super::print_list(
        &session,
        &list,
        arguments.output.format,
        |artifact: &Artifact| {
            format!(
                "{}  {:<16}  {} {}",
                artifact.id, artifact.kind, artifact.name, artifact.version
            )
        },
    )?;
    Ok(Outcome::Done)
}
