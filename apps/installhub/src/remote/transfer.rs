//! Uploading a package in pieces, and going on where it was cut off.

use std::fs::File;
use std::path::Path;

use indicatif::ProgressBar;
use installhub_checksum::{Digest, HashingReader};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::patience::Patience;
use super::unfinished::Unfinished;
use super::views::{Finding, Job, JobState, Upload, UploadState};
use super::{Client, RemoteError, Session, job};
use crate::failure::Failure;

/// How many bytes go in one request, and so at most twice when the way to the server is cut.
const PIECE: u64 = 8 * 1024 * 1024;
/// How many bytes are read from the disk at once.
const CHUNK: usize = 256 * 1024;

/// What became of an upload.
pub(crate) enum Uploaded {
    /// It is a version of a package now, as the server describes the result of its work.
    Accepted {
        result: Value,
        /// How many bytes the server had when this command began.
        resumed_at: u64,
    },
    /// It is no valid package.
    Rejected {
        findings: Vec<Finding>,
        total: usize,
    },
}

/// A file on its way.
struct Transfer<'a> {
    session: &'a Session,
    path: &'a Path,
    file: &'a File,
    bytes: u64,
    digest: Digest,
    bar: &'a ProgressBar,
}

/// Uploads a file, open at its beginning, has the server judge it, and waits for the verdict.
pub(crate) async fn upload(
    session: &Session,
    path: &Path,
    file: &File,
    bar: &ProgressBar,
) -> Result<Uploaded, RemoteError> {
    let (digest, bytes) = digest(file).map_err(|source| unreadable(path, &source))?;
    let transfer = Transfer {
        session,
        path,
        file,
        bytes,
        digest,
        bar,
    };
    let notes = Unfinished::of(&session.home, session.client.server(), digest);
    let (upload, job) = transfer.begin(&notes).await?;
    let resumed_at = upload.offset;
    let job = match job {
        Some(job) => job,
        None => transfer.send(upload).await?,
    };
    let (_, job) = job::follow(&session.client, &job, session.patience, bar).await?;
    notes.forget();
    transfer.verdict(job, resumed_at)
}

impl Transfer<'_> {
    fn client(&self) -> &Client {
        &self.session.client
    }

    /// The upload that was cut off, or a new one; and the job that looks at it, if all bytes are there.
    async fn begin(&self, notes: &Unfinished) -> Result<(Upload, Option<String>), RemoteError> {
        if let Some(id) = notes.id()
            && let Some(upload) = self.known(&id).await?
        {
            match (upload.state, &upload.job) {
                (UploadState::Receiving, _) => return Ok((upload, None)),
                (UploadState::Admitting, Some(job)) => {
                    let job = job.clone();
                    return Ok((upload, Some(job)));
                }
                // It has ended, and what it became may be gone since; the same bytes again do no harm.
                _ => {}
            }
        }
        let digest = self.digest.to_string();
        let wanted = json!({ "bytes": self.bytes, "digest": digest });
        let upload: Upload = self.client().post(&["uploads"], &wanted).await?;
        notes.keep(self.client().server(), &upload.id)?;
        Ok((upload, None))
    }

    /// An upload of this file that the server still knows.
    async fn known(&self, id: &str) -> Result<Option<Upload>, RemoteError> {
        match self.client().get::<Upload>(&["uploads", id], &[]).await {
            Ok(upload) if upload.bytes == self.bytes => Ok(Some(upload)),
            Ok(_) => Ok(None),
            Err(error) => match error.status() {
                Some(StatusCode::NOT_FOUND | StatusCode::GONE) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Sends what the server lacks, and says that this is all. Gives the job that looks at it.
    async fn send(&self, upload: Upload) -> Result<String, RemoteError> {
        let mut patience = Patience::new(self.session.patience);
        let mut offset = upload.offset;
        self.bar.set_length(self.bytes);
        while offset < self.bytes {
            self.bar.set_position(offset);
            match self.piece(&upload.id, offset).await {
                Ok(()) => {
                    offset += PIECE.min(self.bytes - offset);
                    patience.renew();
                }
                Err(error) if goes_on(&error) && patience.pause().await => {
                    // How much of the piece arrived, the server knows best. While it is away, nothing changes.
                    match self
                        .client()
                        .get::<Upload>(&["uploads", &upload.id], &[])
                        .await
                    {
                        Ok(upload) => offset = upload.offset,
                        Err(error) if error.is_passing() => {}
                        Err(error) => return Err(error),
                    }
                }
                Err(error) => return Err(self.cut(error, offset)),
            }
        }
        self.bar.set_position(self.bytes);
        loop {
            let path = ["uploads", upload.id.as_str(), "complete"];
            match self.client().post::<Job>(&path, &json!({})).await {
                Ok(job) => return Ok(job.id),
                Err(error) if error.is_passing() && patience.pause().await => {}
                Err(error) => return Err(self.cut(error, offset)),
            }
        }
    }

    /// Sends one piece, from `offset` on.
    async fn piece(&self, id: &str, offset: u64) -> Result<(), RemoteError> {
        let bytes = PIECE.min(self.bytes - offset);
        let failed = |source| RemoteError::Local(unreadable(self.path, &source));
        let mut file = tokio::fs::File::from_std(self.file.try_clone().map_err(failed)?);
        file.seek(std::io::SeekFrom::Start(offset))
            .await
            .map_err(failed)?;
        let bar = self.bar.clone();
        let content = tokio_util::io::InspectReader::new(file.take(bytes), move |read| {
            bar.inc(read.len() as u64);
        });
        let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(content, CHUNK));
        let request = self
            .client()
            .request(Method::PATCH, &["uploads", id])
            .header("Upload-Offset", offset)
            .header(reqwest::header::CONTENT_TYPE, "application/octet-stream")
            .header(reqwest::header::CONTENT_LENGTH, bytes)
            .body(body);
        self.client().send_once(request).await.map(drop)
    }

    /// Says how far it came, and that it can go on from there.
    fn cut(&self, error: RemoteError, offset: u64) -> RemoteError {
        if !error.is_passing() {
            return error;
        }
        let mut failure = Failure::from(error);
        failure.message = format!(
            "{}; {offset} of {} bytes of {} are there",
            failure.message,
            self.bytes,
            self.path.display()
        );
        RemoteError::Local(failure.help("run the command again: it goes on where it was cut off"))
    }

    fn verdict(&self, job: Job, resumed_at: u64) -> Result<Uploaded, RemoteError> {
        if job.state == JobState::Succeeded {
            return Ok(Uploaded::Accepted {
                result: job.result.unwrap_or_default(),
                resumed_at,
            });
        }
        let Some(error) = job.error else {
            let message = format!(
                "{}: the upload was {}",
                self.client().server(),
                job.state.as_str()
            );
            return Err(Failure::new("UploadEnded", message).into());
        };
        let (findings, total) = error.findings();
        if findings.is_empty() {
            let message = format!("{}: {}", self.client().server(), error.message);
            return Err(Failure::new("UploadRefused", message).into());
        }
        Ok(Uploaded::Rejected { findings, total })
    }
}

/// Whether the next attempt, from where the server is then, may do better: also when both sides disagree on where that is,
/// and when the server wants fewer requests for a while.
fn goes_on(error: &RemoteError) -> bool {
    error.is_passing()
        || matches!(
            error.status(),
            Some(StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS)
        )
}

/// The digest of a file and its size in bytes.
fn digest(file: &File) -> std::io::Result<(Digest, u64)> {
    let mut reader = HashingReader::new(std::io::BufReader::with_capacity(CHUNK, file));
    std::io::copy(&mut reader, &mut std::io::sink())?;
    let (_, digest, bytes) = reader.finish();
    Ok((digest, bytes))
}

fn unreadable(path: &Path, source: &std::io::Error) -> Failure {
    Failure::new("CannotRead", format!("cannot read {}", path.display())).because(source)
}
