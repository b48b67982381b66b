//! Documents as rows of the artifact store.

use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use installhub_conflict_merge::FoldedName;
use installhub_importing::ports::{DocumentOutline, NewDocument, StoreError, StoredDocument};
use installhub_kernel::TenantScope;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait as _, IntoActiveModel as _};

use crate::entity::artifact::{ActiveModel, Column, Entity, Model};
use crate::failure::corrupt;
use crate::words::{json_from_text, json_text, parsed};

/// Ids or names asked for in one statement; SQLite binds at most 32,766 values.
pub(crate) const LOOKUP: usize = 5_000;

/// Rows written in one statement (16 values each), and the bytes after which a statement is sent anyway.
const ROWS: usize = 500;
const BYTES: usize = 4 << 20;

/// The only status there is so far.
const ACTIVE: &str = "active";

/// How a person knows a document.
pub(crate) fn label(artifact_type: &str, id: &str, name: &str) -> String {
    format!("{artifact_type} {id} ({name})")
}

/// The form in which names are compared and indexed.
pub(crate) fn name_key(name: &str) -> String {
    FoldedName::of(name).as_str().to_owned()
}

/// A row for a document that is written now.
pub(crate) fn new_row(scope: &TenantScope, now: DateTimeUtc, document: &NewDocument) -> Model {
    let content = json_text(&document.content);
    let actor = scope.actor().to_string();
    Model {
        tenant_id: scope.tenant().as_uuid(),
        id: document.id.clone(),
        artifact_type: document.artifact_type.as_str().to_owned(),
        name: document.name.clone(),
        name_key: name_key(&document.name),
        version: document.version.to_string(),
        status: ACTIVE.to_owned(),
        digest: Digest::of(content.as_bytes()).to_string(),
        content,
        created_at: now,
        created_by: actor.clone(),
        updated_at: now,
        updated_by: actor,
        deleted_at: None,
        deleted_by: None,
        revision: 1,
    }
}

/// The document of a row, if the row is as it was written.
pub(crate) fn document(row: &Model) -> Result<StoredDocument, StoreError> {
    let location = label(&row.artifact_type, &row.id, &row.name);
    let found = Digest::of(row.content.as_bytes());
    let expected: Digest = parsed(&location, &row.digest)?;
    if found != expected {
        return Err(corrupt(
            &location,
            format!("its content was written with {expected} and now has {found}"),
        ));
    }
    Ok(StoredDocument {
        outline: outline(&row.artifact_type, &row.id, &row.name, &row.version)?,
        content: json_from_text(&location, &row.content)?,
    })
}

/// What a document is, from the columns that say so.
pub(crate) fn outline(
    artifact_type: &str,
    id: &str,
    name: &str,
    version: &str,
) -> Result<DocumentOutline, StoreError> {
    let location = label(artifact_type, id, name);
    Ok(DocumentOutline {
        artifact_type: parsed::<ArtifactType>(&location, artifact_type)?,
        id: id.to_owned(),
        name: name.to_owned(),
        version: parsed(&location, version)?,
    })
}

/// What happens to rows that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The engine refuses them.
    Refuse,
    /// They become the new document and keep when and by whom they were made.
    Replace,
}

/// Writes rows in statements of bounded size.
pub(crate) struct RowWriter<'a> {
    transaction: &'a DatabaseTransaction,
    existing: Existing,
    rows: Vec<ActiveModel>,
    bytes: usize,
}

impl<'a> RowWriter<'a> {
    pub(crate) fn new(transaction: &'a DatabaseTransaction, existing: Existing) -> Self {
        Self {
            transaction,
            existing,
            rows: Vec::new(),
            bytes: 0,
        }
    }

    pub(crate) async fn push(&mut self, row: Model) -> Result<(), DbErr> {
        self.bytes += row.content.len();
        self.rows.push(row.into_active_model());
        if self.rows.len() == ROWS || self.bytes >= BYTES {
            self.send().await
        } else {
            Ok(())
        }
    }

    /// Writes what is left.
    pub(crate) async fn finish(mut self) -> Result<(), DbErr> {
        self.send().await
    }

    async fn send(&mut self) -> Result<(), DbErr> {
        self.bytes = 0;
        let insert = Entity::insert_many(std::mem::take(&mut self.rows));
        match self.existing {
            Existing::Refuse => insert.exec_without_returning(self.transaction).await?,
            Existing::Replace => {
                insert
                    .on_conflict(replacement())
                    .exec_without_returning(self.transaction)
                    .await?
            }
        };
        Ok(())
    }
}

fn replacement() -> OnConflict {
    OnConflict::columns([Column::TenantId, Column::Id])
        .update_columns([
            Column::ArtifactType,
            Column::Name,
            Column::NameKey,
            Column::Version,
            Column::Content,
            Column::Digest,
            Column::UpdatedAt,
            Column::UpdatedBy,
        ])
        // Whoever has seen the document before has seen an older one.
        .value(
            Column::Revision,
            Expr::col((Entity, Column::Revision)).add(1),
        )
        .to_owned()
}
