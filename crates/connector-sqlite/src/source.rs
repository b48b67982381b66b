//! SQLite as a source of exports.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::unfold;
use installhub_database_model::{DatabaseSchema, Table};
use installhub_exporting::ports::{
    Notice, RowStream, Selection, SourceConnector, SourceError, SourceSnapshot,
};
use tokio::sync::mpsc;

use crate::error::SqliteError;
use crate::introspect::TablePatterns;
use crate::open::Location;
use crate::rows::{count_rows, read_rows, sequence_value};
use crate::view::SourceView;
use crate::worker::Worker;

const BATCH: usize = 1000;
/// Batches that wait for the reader of a stream; bounds the memory.
const WAITING: usize = 4;

/// A database file that can be exported.
#[derive(Debug, Clone)]
pub struct SqliteSource {
    location: Location,
}

impl SqliteSource {
    /// The file need not exist yet; opening says when it does not.
    pub fn new(location: Location) -> Self {
        Self { location }
    }
}

#[async_trait]
impl SourceConnector for SqliteSource {
    fn display_name(&self) -> String {
        format!("sqlite:{}", self.location.path.display())
    }

    async fn open_snapshot(&self) -> Result<Box<dyn SourceSnapshot>, SourceError> {
        let location = self.location.clone();
        let worker = Worker::start(
            move || SourceView::open(&location),
            |view| Some(view.connection().get_interrupt_handle()),
        )
        .await
        .map_err(source_error)?;
        Ok(Box::new(Snapshot(Arc::new(worker))))
    }
}

struct Snapshot(Arc<Worker<SourceView>>);

#[async_trait]
impl SourceSnapshot for Snapshot {
    async fn describe(
        &mut self,
        selection: &Selection,
    ) -> Result<(DatabaseSchema, Vec<Notice>), SourceError> {
        let patterns = TablePatterns::new(selection.tables.clone());
        let described = self.0.run(move |view| view.describe(&patterns)).await;
        let (schema, notices) = described.map_err(source_error)?;
        let notices = notices.into_iter().map(|coverage| Notice {
            code: coverage.code,
            object: coverage.object,
            message: coverage.message,
        });
        Ok((schema, notices.collect()))
    }

    async fn count_rows(&mut self, table: &Table) -> Result<u64, SourceError> {
        let name = table.name.clone();
        let count = self
            .0
            .run(move |view| count_rows(view.connection(), &name))
            .await;
        count.map_err(source_error)
    }

    async fn sequence_value(&mut self, table: &Table) -> Result<Option<i64>, SourceError> {
        let name = table.name.clone();
        let value = self
            .0
            .run(move |view| sequence_value(view.connection(), &name))
            .await;
        value.map_err(source_error)
    }

    /// The stream reads ahead by a few batches only; other calls wait until it has ended or is dropped.
    async fn rows(&mut self, table: &Table) -> Result<RowStream, SourceError> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let table = table.clone();
        self.0
            .post(move |view| {
                let result = read_rows(view.connection(), &table, BATCH, |rows| {
                    if sender.blocking_send(Ok(rows)).is_ok() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                });
                if let Err(error) = result {
                    // A stream that was dropped wants no error either.
                    let _ = sender.blocking_send(Err(source_error(view.explain(error))));
                }
            })
            .map_err(source_error)?;
        // The stream keeps the connection alive.
        let worker = Arc::clone(&self.0);
        let stream = unfold((receiver, worker), |(mut receiver, worker)| async move {
            receiver
                .recv()
                .await
                .map(|batch| (batch, (receiver, worker)))
        });
        Ok(stream.boxed())
    }
}

fn source_error(error: SqliteError) -> SourceError {
    match error {
        SqliteError::Unreadable { object, message } | SqliteError::Refused { object, message } => {
            SourceError::Unreadable { object, message }
        }
        error => {
            let message = error.to_string();
            SourceError::Unreachable {
                message,
                source: error.into_cause(),
            }
        }
    }
}
