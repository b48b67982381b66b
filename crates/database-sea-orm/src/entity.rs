//! The rows of the tables, column by column. They never leave this crate.

pub(crate) mod artifact;
pub(crate) mod artifact_version;
pub(crate) mod audit_checkpoint;
pub(crate) mod audit_event;
pub(crate) mod audit_head;
pub(crate) mod connection;
pub(crate) mod decisions;
pub(crate) mod import;
pub(crate) mod installation;
pub(crate) mod installed_artifact;
pub(crate) mod job;
pub(crate) mod kept_answer;
pub(crate) mod open_reference;
pub(crate) mod package;
pub(crate) mod package_manifest;
pub(crate) mod package_version;
pub(crate) mod schedule;
pub(crate) mod snapshot;
pub(crate) mod transition;
pub(crate) mod upload;
pub(crate) mod upload_piece;
