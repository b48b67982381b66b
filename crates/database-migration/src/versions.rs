//! Every version of the schema, oldest first. A version that has been released is never edited.

mod m0001_artifacts;
mod m0002_snapshots;
mod m0003_imports;
mod m0004_installations;
mod m0005_row_security;
mod m0007_audit;

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
            Box::new(m0007_audit::Migration),
        ]
    }
}
