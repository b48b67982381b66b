//! The catalogue: revisions and earlier versions of artifacts, packages with their versions, uploads in pieces.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement as _, DbErr, DeriveMigrationName, Expr, ExprTrait as _,
    ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement,
    MigrationTrait, SchemaManager, Table,
};

use crate::columns::{
    TENANT, bytes, id, instant, optional_id, optional_instant, optional_text, tenant_index,
    tenant_key, text,
};
use crate::protection::protect_tenant_table;

const ARTIFACTS: &str = "artifacts";
const ARTIFACT_VERSIONS: &str = "artifact_versions";
const PACKAGES: &str = "packages";
const PACKAGE_VERSIONS: &str = "package_versions";
const PACKAGE_MANIFESTS: &str = "package_manifests";
const UPLOADS: &str = "uploads";
const UPLOAD_PIECES: &str = "upload_pieces";

/// Parents before children.
const TABLES: [&str; 6] = [
    ARTIFACT_VERSIONS,
    PACKAGES,
    PACKAGE_VERSIONS,
    PACKAGE_MANIFESTS,
    UPLOADS,
    UPLOAD_PIECES,
];

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        artifacts(manager).await?;
        artifact_versions(manager).await?;
        packages(manager).await?;
        package_versions(manager).await?;
        uploads(manager).await?;
        for table in TABLES {
            protect_tenant_table(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.into_iter().rev() {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        for index in ["artifacts_by_updated_at_id", "artifacts_by_name_key_id"] {
            manager
                .drop_index(Index::drop().name(index).table(ARTIFACTS).to_owned())
                .await?;
        }
        let without = Table::alter()
            .table(ARTIFACTS)
            .drop_column("revision")
            .take();
        manager.alter_table(without).await
    }
}

/// Counts the changes of a row, from 1.
fn revision() -> ColumnDef {
    bytes("revision").default(1).take()
}

/// A unique index over what is not deleted.
fn one_living(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    tenant_index(table, columns)
        .unique()
        .and_where(Expr::col("deleted_at").is_null())
        .take()
}

/// A foreign key of a part that goes with its whole.
fn part_of(
    table: &'static str,
    column: &'static str,
    whole: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(table, (TENANT, column))
        .to(whole, (TENANT, "id"))
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

async fn artifacts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let with_revision = Table::alter()
        .table(ARTIFACTS)
        .add_column(revision())
        .take();
    manager.alter_table(with_revision).await?;
    for columns in [["updated_at", "id"], ["name_key", "id"]] {
        manager
            .create_index(tenant_index(ARTIFACTS, &columns))
            .await?;
    }
    Ok(())
}

/// No foreign key: restoring a store removes all documents and puts them back, and history must outlive that.
async fn artifact_versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(ARTIFACT_VERSIONS)
                .col(id(TENANT))
                .col(text("artifact_id"))
                .col(bytes("revision"))
                .col(text("artifact_type"))
                .col(text("version"))
                .col(text("name"))
                // Canonical JSON.
                .col(text("content"))
                // SHA-256 over the content.
                .col(text("digest"))
                .col(instant("written_at"))
                .col(text("written_by"))
                .primary_key(&mut tenant_key(&["artifact_id", "revision"]))
                .take(),
        )
        .await
}

async fn packages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(PACKAGES)
                .col(id(TENANT))
                .col(id("id"))
                .col(text("name"))
                // The name in the form in which names are compared.
                .col(text("name_key"))
                .col(text("package_type"))
                .col(optional_text("description"))
                .col(instant("created_at"))
                .col(text("created_by"))
                .col(instant("updated_at"))
                .col(text("updated_by"))
                .col(optional_instant("deleted_at"))
                .col(optional_text("deleted_by"))
                .col(revision())
                .primary_key(&mut tenant_key(&["id"]))
                .take(),
        )
        .await?;
    manager
        .create_index(one_living(PACKAGES, &["name_key"]))
        .await?;
    manager
        .create_index(tenant_index(PACKAGES, &["updated_at", "id"]))
        .await
}

async fn package_versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(PACKAGE_VERSIONS)
                .col(id(TENANT))
                .col(id("id"))
                .col(id("package_id"))
                .col(text("name"))
                .col(text("version"))
                // The version in a form that sorts as versions do.
                .col(text("version_key"))
                .col(text("digest"))
                .col(bytes("bytes"))
                .col(text("state"))
                // What the manifest says but for the artifacts, as JSON.
                .col(text("details"))
                .col(instant("uploaded_at"))
                .col(text("uploaded_by"))
                .col(optional_instant("deleted_at"))
                .col(optional_text("deleted_by"))
                .col(revision())
                .primary_key(&mut tenant_key(&["id"]))
                .foreign_key(&mut part_of(PACKAGE_VERSIONS, "package_id", PACKAGES))
                .take(),
        )
        .await?;
    manager
        .create_index(one_living(PACKAGE_VERSIONS, &["package_id", "version"]))
        .await?;
    for columns in [["package_id", "version_key", "id"].as_slice(), &["digest"]] {
        manager
            .create_index(tenant_index(PACKAGE_VERSIONS, columns))
            .await?;
    }
    // Apart from the version, because it can have megabytes.
    manager
        .create_table(
            Table::create()
                .table(PACKAGE_MANIFESTS)
                .col(id(TENANT))
                .col(id("version_id"))
                // Canonical JSON.
                .col(text("manifest"))
                .primary_key(&mut tenant_key(&["version_id"]))
                .foreign_key(&mut part_of(
                    PACKAGE_MANIFESTS,
                    "version_id",
                    PACKAGE_VERSIONS,
                ))
                .take(),
        )
        .await
}

async fn uploads(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(UPLOADS)
                .col(id(TENANT))
                .col(id("id"))
                .col(bytes("bytes"))
                .col(optional_text("digest"))
                // How many bytes have come, and in how many pieces.
                .col(bytes("received"))
                .col(bytes("pieces"))
                .col(text("state"))
                .col(optional_id("job_id"))
                .col(optional_id("version_id"))
                .col(instant("created_at"))
                .col(text("created_by"))
                .col(instant("expires_at"))
                .primary_key(&mut tenant_key(&["id"]))
                .take(),
        )
        .await?;
    manager
        .create_index(tenant_index(UPLOADS, &["expires_at"]))
        .await?;
    manager
        .create_table(
            Table::create()
                .table(UPLOAD_PIECES)
                .col(id(TENANT))
                .col(id("upload_id"))
                // Where the piece begins, in bytes.
                .col(bytes("starts_at"))
                .col(id("id"))
                .col(bytes("bytes"))
                .col(text("digest"))
                .primary_key(&mut tenant_key(&["upload_id", "starts_at"]))
                .foreign_key(&mut part_of(UPLOAD_PIECES, "upload_id", UPLOADS))
                .take(),
        )
        .await
}
