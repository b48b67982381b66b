//! `installhub packages`.

use crate::cli::{GlobalArgs, PackagesArgs};
use crate::failure::{Failure, Outcome};
use crate::remote::views::Package;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &PackagesArgs,
) -> Result<Outcome, Failure> {
    let session = super::session(global, &arguments.remote)?;
    let name = arguments.name.as_deref();
    let query: Vec<_> = name.map(|name| ("name", name)).into_iter().collect();
    let limit = arguments.list.limit;
    let list = session.client.list(&["packages"], &query, limit).await?;
    super::print_list(
        &session,
        &list,
        arguments.output.format,
        |package: &Package| {
            let version = package.latest_version.as_deref().unwrap_or("–");
            format!(
                "{}  {:<18}  {} {version}",
                package.id, package.kind, package.name
            )
        },
    )?;
    Ok(Outcome::Done)
}
