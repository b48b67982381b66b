#![doc = include_str!("../README.md")]

mod ddl;
mod error;
mod fingerprint;
mod introspect;
mod open;
mod quote;
mod rows;
mod snapshot;
mod source;
mod target;
mod view;
mod worker;

pub use error::SqliteError;
pub use fingerprint::{DatabaseState, ObjectState, differences, fingerprint};
pub use introspect::{Coverage, TablePatterns, find, introspect};
pub use open::Location;
pub use rows::{count_rows, read_rows, sequence_value};
pub use snapshot::{StagedSnapshot, take_snapshot, write_snapshot};
pub use source::SqliteSource;
pub use target::{SqliteTarget, TargetDatabase};
pub use view::SourceView;
