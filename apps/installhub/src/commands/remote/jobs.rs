//! `installhub jobs`.

use serde_json::Value;

use crate::cli::{GlobalArgs, JobsArgs, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::views::{Job, JobState};
use crate::remote::{self, Session};

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &JobsArgs,
) -> Result<Outcome, Failure> {
    let session = super::session(global, &arguments.remote)?;
    match &arguments.id {
        Some(id) => show(&session, id, arguments).await,
        None => list(&session, arguments).await,
    }
}

async fn list(session: &Session, arguments: &JobsArgs) -> Result<Outcome, Failure> {
    let limit = arguments.list.limit;
    let list = session.client.list(&["jobs"], &[], limit).await?;
    super::print_list(session, &list, arguments.output.format, |job: &Job| {
        format!(
            "{}  {:<9}  {}  {}",
            job.id,
            job.state.as_str(),
            job.created_at,
            job.kind
        )
    })?;
    Ok(Outcome::Done)
}

/// A job that did not succeed is something to look at.
async fn show(session: &Session, id: &str, arguments: &JobsArgs) -> Result<Outcome, Failure> {
    let client = &session.client;
    let (said, job) = if arguments.follow {
        let bar = output::progress("waiting");
        remote::follow(client, id, session.patience, &bar).await?
    } else {
        let said: Value = client.get(&["jobs", id], &[]).await?;
        let job = remote::read(client, &said)?;
        (said, job)
    };
    match arguments.output.format {
        OutputFormat::Json => output::json(&said)?,
        OutputFormat::Human => print(&job)?,
    }
    Ok(match job.state {
        JobState::Failed | JobState::Cancelled => Outcome::Findings,
        JobState::Queued | JobState::Running | JobState::Succeeded => Outcome::Done,
    })
}

fn print(job: &Job) -> Result<(), Failure> {
    output::line(&format!(
        "{}  {}",
        output::strong(job.state.as_str()),
        job.kind
    ))?;
    if !job.state.is_final() {
        let total = job
            .progress
            .total
            .map_or_else(String::new, |total| format!(" of {total}"));
        let message = job.progress.message.as_deref().unwrap_or_default();
        output::line(&format!("  {}{total} {message}", job.progress.done))?;
    }
    if let Some(result) = &job.result {
        output::line(&format!("  {result}"))?;
    }
    if let Some(error) = &job.error {
        output::line(&format!("  {}: {}", error.code, error.message))?;
        let (findings, total) = error.findings();
        super::upload::print_findings(&findings, total)?;
    }
    Ok(())
}
