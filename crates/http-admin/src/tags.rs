//! The groups of operations in the document.

use poem_openapi::Tags;

#[derive(Tags)]
pub(crate) enum Tag {
    /// Organisations that share the service and nothing else.
    Tenants,
    /// People who sign in, and what they may do.
    Users,
    /// Who did what.
    Audit,
    /// What is to be removed for good, by two people.
    Purges,
    /// The service itself.
    Platform,
}
