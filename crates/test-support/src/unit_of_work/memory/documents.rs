//! The artifact store.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use async_trait::async_trait;
use installhub_artifact::ArtifactType;
use installhub_conflict_merge::FoldedName;
use installhub_importing::ports::{
    DocumentOutline, DocumentTarget, NewDocument, StoredDocument, TargetError,
};
use installhub_kernel::TenantScope;

use super::State;

#[async_trait]
impl DocumentTarget for State {
    async fn find_by_ids(
        &mut self,
        scope: &TenantScope,
        ids: &[String],
    ) -> Result<Vec<StoredDocument>, TargetError> {
        let ids: BTreeSet<&String> = ids.iter().collect();
        let found = ids
            .into_iter()
            .filter_map(|id| self.documents.get(&(scope.tenant(), id.clone())));
        Ok(found
            .map(|found| StoredDocument {
                outline: outline(found),
                content: found.content.clone(),
            })
            .collect())
    }

    async fn find_by_names(
        &mut self,
        scope: &TenantScope,
        names: &[(ArtifactType, String)],
    ) -> Result<Vec<DocumentOutline>, TargetError> {
        let keys: HashSet<_> = names
            .iter()
            .map(|(kind, name)| (*kind, FoldedName::of(name)))
            .collect();
        let own = self
            .documents
            .iter()
            .filter(|((tenant, _), _)| *tenant == scope.tenant());
        let found = own.filter(|(_, found)| {
            keys.contains(&(found.artifact_type, FoldedName::of(&found.name)))
        });
        Ok(found.map(|(_, found)| outline(found)).collect())
    }

    async fn create(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError> {
        let mut added = BTreeMap::new();
        for document in documents {
            let key = (scope.tenant(), document.id.clone());
            let is_free = !self.documents.contains_key(&key);
            if !is_free || added.insert(key, document.clone()).is_some() {
                return Err(refused(document, "its id is taken"));
            }
        }
        self.documents.append(&mut added);
        Ok(())
    }

    async fn replace(
        &mut self,
        scope: &TenantScope,
        documents: &[NewDocument],
    ) -> Result<(), TargetError> {
        let key = |document: &NewDocument| (scope.tenant(), document.id.clone());
        if let Some(absent) = documents
            .iter()
            .find(|document| !self.documents.contains_key(&key(document)))
        {
            return Err(refused(absent, "it is to be replaced and is not there"));
        }
        self.documents.extend(
            documents
                .iter()
                .map(|document| (key(document), document.clone())),
        );
        Ok(())
    }
}

fn outline(document: &NewDocument) -> DocumentOutline {
    DocumentOutline {
        artifact_type: document.artifact_type,
        id: document.id.clone(),
        name: document.name.clone(),
        version: document.version.clone(),
    }
}

fn refused(document: &NewDocument, message: &str) -> TargetError {
    let object = format!(
        "{} {} ({})",
        document.artifact_type.as_str(),
        document.id,
        document.name
    );
    TargetError::Refused {
        object,
        message: message.to_owned(),
    }
}
