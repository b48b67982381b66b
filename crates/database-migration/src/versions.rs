//! Every version of the schema, oldest first. A version that has been released is never edited.

mod m0001_artifacts;
mod m0002_snapshots;
mod m0003_imports;
mod m0004_installations;
mod m0005_row_security;
mod m0006_access;
mod m0007_audit;
mod m0008_jobs;
mod m0009_catalog;
mod m0010_connections;
mod m0011_deletion;
mod m0012_http;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// The list of versions.
pub(crate) struct Versions;

impl MigratorTrait for Versions {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_artifacts::Migration),
            Box::new(m0002_snapshots::Migration),
            Box::new(m0003_imports::Migration),
            Box::new(m0004_installations::Migration),
            Box::new(m0005_row_security::Migration),
            Box::new(m0006_access::Migration),
            Box::new(m0007_audit::Migration),
            Box::new(m0008_jobs::Migration),
            Box::new(m0009_catalog::Migration),
            Box::new(m0010_connections::Migration),
            Box::new(m0011_deletion::Migration),
            Box::new(m0012_http::Migration),
        ]
    }
}
