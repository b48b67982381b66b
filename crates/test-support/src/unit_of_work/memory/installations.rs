//! What is installed where.

use std::collections::BTreeMap;

use async_trait::async_trait;
use installhub_conflict_merge::Decisions;
use installhub_importing::ports::{
    InstallationRecord, InstallationRepository, InstallationStatus, StoreError,
};
use installhub_kernel::{ImportId, InstallationId, TenantId, TenantScope};
use semver::Version;

use super::State;

impl State {
    fn in_force(&self, tenant: TenantId) -> impl Iterator<Item = &InstallationRecord> {
        self.installations
            .iter()
            .filter(move |(owner, record)| {
                *owner == tenant && record.status == InstallationStatus::Active
            })
            .map(|(_, record)| record)
    }
}

#[async_trait]
impl InstallationRepository for State {
    async fn active(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let mut found = self.in_force(scope.tenant());
        Ok(found
            .find(|record| record.package_name == package_name && record.target == target)
            .cloned())
    }

    async fn installed_packages(
        &mut self,
        scope: &TenantScope,
    ) -> Result<Vec<(String, Version)>, StoreError> {
        let mut highest: BTreeMap<String, Version> = BTreeMap::new();
        for record in self.in_force(scope.tenant()) {
            let known = highest
                .entry(record.package_name.clone())
                .or_insert_with(|| record.package_version.clone());
            *known = known.clone().max(record.package_version.clone());
        }
        Ok(highest.into_iter().collect())
    }

    async fn of_import(
        &mut self,
        scope: &TenantScope,
        import: ImportId,
    ) -> Result<Option<InstallationRecord>, StoreError> {
        let mut own = self
            .installations
            .iter()
            .filter(|(owner, _)| *owner == scope.tenant());
        Ok(own
            .find(|(_, record)| record.import == import)
            .map(|(_, record)| record.clone()))
    }

    async fn add(
        &mut self,
        scope: &TenantScope,
        record: &InstallationRecord,
    ) -> Result<(), StoreError> {
        let rival = self
            .active(scope, &record.package_name, &record.target)
            .await?;
        if rival.is_some() && record.status == InstallationStatus::Active {
            return Err(StoreError::Conflict(format!(
                "another version of {} is in force",
                record.package_name
            )));
        }
        self.installations.push((scope.tenant(), record.clone()));
        Ok(())
    }

    async fn mark(
        &mut self,
        scope: &TenantScope,
        id: InstallationId,
        status: InstallationStatus,
    ) -> Result<(), StoreError> {
        let mut own = self
            .installations
            .iter_mut()
            .filter(|(owner, _)| *owner == scope.tenant());
        let Some((_, record)) = own.find(|(_, record)| record.id == id) else {
            return Err(StoreError::Conflict(format!(
                "there is no installation {id}"
            )));
        };
        record.status = status;
        Ok(())
    }

    async fn decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
    ) -> Result<Option<Decisions>, StoreError> {
        Ok(self
            .decisions
            .get(&(scope.tenant(), package_name.to_owned(), target.to_owned()))
            .cloned())
    }

    async fn remember_decisions(
        &mut self,
        scope: &TenantScope,
        package_name: &str,
        target: &str,
        decisions: &Decisions,
    ) -> Result<(), StoreError> {
        let key = (scope.tenant(), package_name.to_owned(), target.to_owned());
        self.decisions.insert(key, decisions.clone());
        Ok(())
    }
}
