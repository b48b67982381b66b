//! What is installed in the target already, as far as an import has to know.

use std::collections::HashMap;

use installhub_artifact::Json;
use installhub_kernel::TenantScope;
use semver::Version;

use crate::package::Package;
use crate::ports::{BaseDocument, InstallationRecord, InstalledArtifact, StoreError, UnitOfWork};

/// The installation of a package that is in force in a target, and where the packages it depends on have put their artifacts.
#[derive(Debug, Default)]
pub struct Installed {
    record: Option<InstallationRecord>,
    by_source: HashMap<String, usize>,
    dependencies: HashMap<String, String>,
}

impl Installed {
    /// Knows one installation, and nothing of other packages.
    pub fn new(record: Option<InstallationRecord>) -> Self {
        let by_source = record
            .iter()
            .flat_map(|record| record.artifacts.iter().enumerate())
            .map(|(position, artifact)| (artifact.source_id.clone(), position))
            .collect();
        Self {
            record,
            by_source,
            dependencies: HashMap::new(),
        }
    }

    /// Looks up what is in force for `package` in the target of that identity.
    pub(crate) async fn read(
        unit: &mut dyn UnitOfWork,
        scope: &TenantScope,
        package: &Package,
        target: &str,
    ) -> Result<Self, StoreError> {
        let manifest = package.manifest();
        let installations = unit.installations();
        let mut installed = Self::new(installations.active(scope, &manifest.name, target).await?);
        let mut claims: HashMap<String, Option<String>> = HashMap::new();
        for dependency in &manifest.package_dependencies {
            let record = installations
                .active(scope, &dependency.package_name, target)
                .await?;
            for artifact in record.into_iter().flat_map(|record| record.artifacts) {
                // Where two of them use one id for different artifacts, nobody can say which is meant.
                claims
                    .entry(artifact.source_id)
                    .and_modify(|claim| {
                        if claim.as_ref() != Some(&artifact.target_id) {
                            *claim = None;
                        }
                    })
                    .or_insert(Some(artifact.target_id));
            }
        }
        installed.dependencies = claims
            .into_iter()
            .filter_map(|(source, target)| Some((source, target?)))
            .collect();
        Ok(installed)
    }

    /// The installation in force.
    pub fn record(&self) -> Option<&InstallationRecord> {
        self.record.as_ref()
    }

    /// The version in force.
    pub fn version(&self) -> Option<&Version> {
        self.record.as_ref().map(|record| &record.package_version)
    }

    /// What came of an artifact of the package, by its id there.
    pub fn artifact(&self, source_id: &str) -> Option<&InstalledArtifact> {
        let position = *self.by_source.get(source_id)?;
        self.record.as_ref()?.artifacts.get(position)
    }

    /// The document that was installed for an artifact, as long as the artifact is still the same object of the target: what a
    /// three-way merge takes as its base.
    pub fn base(&self, source_id: &str, target_id: &str) -> Option<&BaseDocument> {
        let artifact = self.artifact(source_id)?;
        if artifact.target_id == target_id {
            artifact.base.as_ref()
        } else {
            None
        }
    }

    /// The same, read.
    pub(crate) fn read_base(
        &self,
        source_id: &str,
        target_id: &str,
    ) -> Result<Option<Json>, StoreError> {
        let base = self.base(source_id, target_id).map(BaseDocument::read);
        base.transpose().map_err(|source| StoreError::Corrupt {
            location: format!("what is installed of artifact '{source_id}'"),
            message: source.to_string(),
        })
    }

    /// Where artifacts are that the package may refer to without containing them: those of earlier versions of itself, and those
    /// of the packages it depends on.
    pub(crate) fn elsewhere(&self) -> HashMap<String, String> {
        let mut known = self.dependencies.clone();
        let own = self.record.iter().flat_map(|record| &record.artifacts);
        known.extend(own.map(|artifact| (artifact.source_id.clone(), artifact.target_id.clone())));
        known
    }
}
