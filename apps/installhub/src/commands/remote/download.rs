//! `installhub download`.

use std::io::Write;
use std::time::Duration;

use indicatif::ProgressBar;
use installhub_checksum::{Digest, HashingWriter};
use reqwest::{Method, Response};
use serde_json::json;
use uuid::Uuid;

use crate::cli::{DownloadArgs, GlobalArgs, OutputFormat};
use crate::commands::written_file::{WrittenFile, cannot_write};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::views::{Package, PackageVersion};
use crate::remote::{RemoteError, Session, read};

/// How long the server may be silent in the middle of a package.
const SILENCE: Duration = Duration::from_mins(1);

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &DownloadArgs,
) -> Result<Outcome, Failure> {
    let session = super::session(global, &arguments.remote)?;
    let version = find(&session, &arguments.which).await?;
    let mut file = WrittenFile::create(&arguments.file)?;
    let bar = output::progress("downloading");
    bar.set_length(version.bytes);
    let content = ["package-versions", &version.id, "content"];
    let client = &session.client;
    let answer = client
        .send(|| client.request(Method::GET, &content))
        .await?;
    let (digest, bytes) = receive(&session, arguments, answer, &mut file, &bar).await?;
    bar.finish_and_clear();
    verify(&session, &version, digest, bytes)?;
    file.finish()?;
    match arguments.output.format {
        OutputFormat::Json => output::json(&json!({
            "file": arguments.file.display().to_string(),
            "id": version.id,
            "name": version.name,
            "version": version.version,
            "digest": digest.to_string(),
            "bytes": bytes,
        }))?,
        OutputFormat::Human => output::line(&format!(
            "{}: {} {}, {}, {digest}",
            arguments.file.display(),
            version.name,
            version.version,
            output::human_bytes(bytes)
        ))?,
    }
    Ok(Outcome::Done)
}

/// Writes what comes, and gives its digest and length in bytes.
async fn receive(
    session: &Session,
    arguments: &DownloadArgs,
    mut answer: Response,
    file: &mut WrittenFile,
    bar: &ProgressBar,
) -> Result<(Digest, u64), RemoteError> {
    let mut writer = HashingWriter::new(file.handle());
    loop {
        let next = tokio::time::timeout(SILENCE, answer.chunk()).await;
        let Ok(next) = next else {
            let message = format!(
                "{} fell silent for {} s",
                session.client.server(),
                SILENCE.as_secs()
            );
            return Err(Failure::new("ServerUnreachable", message)
                .help("run the command again")
                .into());
        };
        let Some(piece) = next.map_err(|source| session.client.unreachable(source))? else {
            let (_, digest, bytes) = writer.finish();
            return Ok((digest, bytes));
        };
        writer
            .write_all(&piece)
            .map_err(|source| cannot_write(&arguments.file, &source))?;
        bar.inc(piece.len() as u64);
    }
}

fn verify(
    session: &Session,
    version: &PackageVersion,
    digest: Digest,
    bytes: u64,
) -> Result<(), Failure> {
    if digest.to_string() == version.digest {
        return Ok(());
    }
    Err(Failure::new(
        "DigestMismatch",
        format!(
            "what came from {} is not {} {}: {bytes} bytes with {digest} instead of {} bytes with {}",
            session.client.server(),
            version.name,
            version.version,
            version.bytes,
            version.digest
        ),
    )
    .help("nothing was written; run the command again, and tell the server's operator if it stays so"))
}

/// The version with this id, or with this name and version.
async fn find(session: &Session, which: &str) -> Result<PackageVersion, Failure> {
    if which.parse::<Uuid>().is_ok() {
        return Ok(session
            .client
            .get(&["package-versions", which], &[])
            .await?);
    }
    let Some((name, version)) = which.rsplit_once('@') else {
        return Err(Failure::new(
            "InvalidArgument",
            format!("'{which}' names no version of a package"),
        )
        .help(
            "give the id of a version, or NAME@VERSION: installhub packages --remote lists them",
        ));
    };
    let missing = || {
        let server = session.client.server();
        Failure::new(
            "NotFound",
            format!("{server} has no package {name} {version}"),
        )
        .help("installhub packages --remote lists what there is")
    };
    let package = package_named(session, name).await?.ok_or_else(missing)?;
    let versions = session
        .client
        .list(&["packages", &package.id, "versions"], &[], u32::MAX)
        .await?;
    for item in &versions.items {
        let found: PackageVersion = read(&session.client, item)?;
        if found.version == version {
            return Ok(found);
        }
    }
    Err(missing())
}

/// The package with exactly this name, compared as the server does: without regard to case.
async fn package_named(session: &Session, name: &str) -> Result<Option<Package>, RemoteError> {
    let list = session
        .client
        .list(&["packages"], &[("name", name)], u32::MAX)
        .await?;
    let mut folded = None;
    for item in &list.items {
        let package: Package = read(&session.client, item)?;
        if package.name == name {
            return Ok(Some(package));
        }
        if package.name.to_lowercase() == name.to_lowercase() {
            folded = Some(package);
        }
    }
    Ok(folded)
}
