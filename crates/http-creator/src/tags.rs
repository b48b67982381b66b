//! The groups of operations in the document.

use poem_openapi::Tags;

#[derive(Tags)]
pub(crate) enum Tag {
    /// Forms, workflows, tables and whatever else packages are made of.
    Artifacts,
    /// Packages and their versions.
    Packages,
    /// Uploads in pieces.
    Uploads,
    /// Work that goes on in the background.
    Jobs,
    /// Rules by which jobs come to be.
    Schedules,
    /// Registered databases, endpoints and buckets.
    Connections,
    /// What is deleted: to be restored, or purged by two people.
    Deleted,
}
