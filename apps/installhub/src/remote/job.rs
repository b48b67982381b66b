//! Waiting for work that a server does.

use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::Value;

use super::patience::Patience;
use super::views::Job;
use super::{Client, RemoteError};

/// Asks again so soon at first, and ever later.
const FIRST: Duration = Duration::from_millis(50);
const LAST: Duration = Duration::from_secs(2);

/// Waits until a job has ended, and gives it as the server says it and as it was read.
pub(crate) async fn follow(
    client: &Client,
    id: &str,
    patience: Duration,
    bar: &ProgressBar,
) -> Result<(Value, Job), RemoteError> {
    let mut patience = Patience::new(patience);
    let mut pause = FIRST;
    loop {
        match client.get::<Value>(&["jobs", id], &[]).await {
            Ok(said) => {
                let job: Job = read(client, &said)?;
                show(&job, bar);
                if job.state.is_final() {
                    bar.finish_and_clear();
                    return Ok((said, job));
                }
                patience.renew();
                tokio::time::sleep(pause).await;
                pause = (pause * 3 / 2).min(LAST);
            }
            Err(error) if error.is_passing() && patience.pause().await => {}
            Err(error) => return Err(error),
        }
    }
}

/// A job out of JSON.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    client: &Client,
    said: &Value,
) -> Result<T, RemoteError> {
    T::deserialize(said).map_err(|source| RemoteError::Unreadable {
        server: client.server().clone(),
        found: format!("an answer that cannot be read ({source})"),
    })
}

fn show(job: &Job, bar: &ProgressBar) {
    let message = job.progress.message.clone();
    bar.set_message(message.unwrap_or_else(|| job.state.as_str().to_owned()));
    if let Some(total) = job.progress.total {
        bar.set_length(total);
    }
    bar.set_position(job.progress.done);
}
