//! References that lead out of the package, and whether anything is there in the target.

use std::collections::HashSet;

use installhub_artifact::{ArtifactType, Reference};
use installhub_database_model::ObjectKind;
use installhub_kernel::TenantScope;

use crate::error::ImportError;
use crate::handler::HandlerRegistry;
use crate::ids::IdTable;
use crate::package::Package;
use crate::ports::{ImportTarget, OpenReference, TargetSession};

/// Documents that are asked for at a time: they come with their content.
pub(crate) const LOOKUP: usize = 64;

/// Where references may lead.
pub(crate) struct Surroundings<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) package: &'a Package,
    pub(crate) target: &'a dyn ImportTarget,
    pub(crate) handlers: &'a HandlerRegistry,
    pub(crate) ids: &'a IdTable,
}

impl Surroundings<'_> {
    /// References that point neither at something the import carries nor at something in the target.
    pub(crate) async fn open_references(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<Vec<OpenReference>, ImportError> {
        let outside = self.leading_out()?;
        let wanted: HashSet<&str> = outside
            .iter()
            .map(|(_, reference)| self.ids.target(&reference.id))
            .collect();
        let present = present(session, self.scope, wanted).await?;
        Ok(outside
            .into_iter()
            .filter(|(_, reference)| !present.contains(self.ids.target(&reference.id)))
            .map(|(source_id, reference)| OpenReference {
                source_id,
                pointer: reference.pointer,
                missing_id: reference.id,
            })
            .collect())
    }

    /// References to anything but carried artifacts, by the id of the artifact that refers.
    fn leading_out(&self) -> Result<Vec<(String, Reference)>, ImportError> {
        let manifest = self.package.manifest();
        let carried: HashSet<&str> = manifest
            .artifacts
            .iter()
            .filter(|entry| self.carries(entry.artifact_type))
            .map(|entry| entry.id.as_str())
            .collect();
        let mut outside = Vec::new();
        for entry in manifest.artifacts_in_install_order() {
            // Data files refer to nothing but their table, which their handler looks after.
            let refers = entry.artifact_type.spec().extension != "ndjson";
            if refers && carried.contains(entry.id.as_str()) {
                self.package.each_reference(entry, &mut |reference| {
                    if !carried.contains(reference.id) {
                        outside.push((entry.id.clone(), reference.into()));
                    }
                })?;
            }
        }
        Ok(outside)
    }

    fn carries(&self, artifact_type: ArtifactType) -> bool {
        self.target.holds(artifact_type) && self.handlers.get(artifact_type).is_some()
    }
}

async fn present(
    session: &mut dyn TargetSession,
    scope: &TenantScope,
    wanted: HashSet<&str>,
) -> Result<HashSet<String>, ImportError> {
    let mut present = HashSet::new();
    let mut wanted: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
    wanted.sort_unstable();
    if let Some(documents) = session.documents() {
        for some in wanted.chunks(LOOKUP) {
            let found = documents.find_by_ids(scope, some).await?;
            present.extend(found.into_iter().map(|document| document.outline.id));
        }
    }
    if let Some(database) = session.database() {
        for name in wanted {
            for kind in [ObjectKind::Table, ObjectKind::View] {
                if database.find_object(kind, &name).await?.is_some() {
                    present.insert(name.clone());
                }
            }
        }
    }
    Ok(present)
}
