//! The artifact store as an import sees it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use async_trait::async_trait;
use installhub_artifact::ArtifactType;
use installhub_importing::ports::{
    DocumentOutline, DocumentTarget, NewDocument, StoreError, StoredDocument, TargetError,
};
use installhub_kernel::TenantScope;
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use crate::artifact_rows::{
    Existing, LOOKUP, RowWriter, document, label, name_key, new_row, outline,
};
use crate::entity::artifact::{Column, Entity};
use crate::failure::target_error;
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;

const READ: &str = "cannot read the artifact store";
const WRITE: &str = "cannot write to the artifact store";

#[async_trait]
impl DocumentTarget for Unit {
    async fn find_by_ids(
        &mut self,
        scope: &TenantScope,
        ids: &[String],
    ) -> Result<Vec<StoredDocument>, TargetError> {
        let mut found = Vec::new();
        // Asking twice for the same id, in two statements, must not give two documents.
        let distinct: Vec<&String> = ids.iter().collect::<BTreeSet<_>>().into_iter().collect();
        for some in distinct.chunks(LOOKUP) {
            let rows = Entity::rows_of(scope)
                .filter(Column::DeletedAt.is_null())
                .filter(Column::Id.is_in(some.iter().copied()))
                .order_by_asc(Column::Id)
                .all(&self.transaction)
                .await
                .map_err(|error| target_error(READ, error))?;
            for row in &rows {
                found.push(document(row).map_err(damaged)?);
            }
        }
        Ok(found)
    }

    async fn find_by_names(
        &mut self,
        scope: &TenantScope,
        names: &[(ArtifactType, String)],
    ) -> Result<Vec<DocumentOutline>, TargetError> {
        let mut keys: BTreeMap<ArtifactType, BTreeSet<String>> = BTreeMap::new();
        for (artifact_type, name) in names {
            keys.entry(*artifact_type)
                .or_default()
                .insert(name_key(name));
        }
        let mut found = Vec::new();
        for (artifact_type, keys) in keys {
            let keys: Vec<String> = keys.into_iter().collect();
            for some in keys.chunks(LOOKUP) {
                let rows: Vec<(String, String, String)> = Entity::rows_of(scope)
                    .select_only()
                    .columns([Column::Id, Column::Name, Column::Version])
                    .filter(Column::DeletedAt.is_null())
                    .filter(Column::ArtifactType.eq(artifact_type.as_str()))
                    .filter(Column::NameKey.is_in(some))
                    .order_by_asc(Column::Id)
                    .into_tuple()
                    .all(&self.transaction)
                    .await
                    .map_err(|error| target_error(READ, error))?;
                for (id, name, version) in rows {
                    found.push(
                        outline(artifact_type.as_str(), &id, &name, &version).map_err(damaged)?,
                    );
                }
            }
        }
        Ok(found)
    }

    async fn create(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError> {
        let taken = self
            .taken_ids(scope, documents, Taken::EvenIfDeleted)
            .await?;
        if let Some(document) = documents
            .iter()
            .find(|document| taken.contains(&document.id))
        {
            return Err(refused(document, "its id is taken"));
        }
        self.write(scope, documents, Existing::Refuse).await
    }

    async fn replace(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError> {
        let there = self.taken_ids(scope, documents, Taken::Visible).await?;
        if let Some(document) = documents
            .iter()
            .find(|document| !there.contains(&document.id))
        {
            return Err(refused(document, "it is to be replaced and is not there"));
        }
        self.write(scope, documents, Existing::Replace).await
    }
}

/// Which ids count as taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Deleted documents can be brought back, so their ids stay theirs.
    EvenIfDeleted,
    Visible,
}

impl Unit {
    async fn taken_ids(
        &self,
        scope: &TenantScope,
        documents: &[NewDocument],
        which: Taken,
    ) -> Result<HashSet<String>, TargetError> {
        let mut taken = HashSet::new();
        for some in documents.chunks(LOOKUP) {
            let mut query = Entity::rows_of(scope).select_only().column(Column::Id);
            if which == Taken::Visible {
                query = query.filter(Column::DeletedAt.is_null());
            }
            let ids: Vec<String> = query
                .filter(Column::Id.is_in(some.iter().map(|document| document.id.as_str())))
                .into_tuple()
                .all(&self.transaction)
                .await
                .map_err(|error| target_error(READ, error))?;
            taken.extend(ids);
        }
        Ok(taken)
    }

    async fn write(
        &self,
        scope: &TenantScope,
        documents: &[NewDocument],
        existing: Existing,
    ) -> Result<(), TargetError> {
        let mut seen = HashSet::new();
        if let Some(document) = documents
            .iter()
            .find(|document| !seen.insert(document.id.as_str()))
        {
            return Err(refused(document, "its id comes twice"));
        }
        let now = self.clock.now();
        let mut writer = RowWriter::new(&self.transaction, existing);
        for document in documents {
            writer
                .push(new_row(scope, now, document))
                .await
                .map_err(|error| target_error(WRITE, error))?;
        }
        writer
            .finish()
            .await
            .map_err(|error| target_error(WRITE, error))
    }
}

fn refused(document: &NewDocument, message: &str) -> TargetError {
    TargetError::Refused {
        object: label(
            document.artifact_type.as_str(),
            &document.id,
            &document.name,
        ),
        message: message.to_owned(),
    }
}

fn damaged(error: StoreError) -> TargetError {
    TargetError::Other {
        attempted: READ.to_owned(),
        source: error.into(),
    }
}
