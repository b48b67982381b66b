//! Use cases about artifacts.

mod check;

use installhub_access::{Permission, Principal};
use installhub_artifact::{Artifact, Json};
use installhub_audit_chain::NewEvent;
use installhub_checksum::Digest;
use installhub_conflict_merge::FoldedName;
use installhub_kernel::{Page, PageRequest, TenantScope};
use semver::Version;
use serde_json::json;

use crate::position::Wanted;
use crate::{
    ArtifactFilter, ArtifactOrder, ArtifactRecord, ArtifactSummary, ArtifactVersionSummary,
    Catalog, CatalogError, ListPosition, NewArtifact, NewArtifactVersion,
};

const ARTIFACT: &str = "artifact";
const ARTIFACT_VERSION: &str = "artifact version";

/// The most characters that are searched for.
const MAX_SOUGHT: usize = 200;

impl Catalog {
    /// Makes an artifact. Needs `artifact:write`.
    ///
    /// The document gets its envelope, so that it can be exported as it is (package format 1.0, Artifact types). All that
    /// is wrong comes in one [`CatalogError::Invalid`]; an id that is taken, also by a deleted artifact, is a
    /// [`CatalogError::Conflict`].
    pub async fn create_artifact(
        &self,
        principal: &Principal,
        new: NewArtifact,
    ) -> Result<ArtifactRecord, CatalogError> {
        let scope = principal.scope_for(Permission::ArtifactWrite)?;
        let limit = self.settings.max_artifact_bytes;
        let artifact = check::new_artifact(new, limit, || self.ids.new_uuid())?;
        let record = self.first_record(scope, artifact);
        let mut unit = self.store.begin_alone(scope).await?;
        unit.artifacts().add_artifact(scope, &record).await?;
        let event = NewEvent::success("artifact.created", "artifact", &record.summary.id)
            .with(json!({ "after": facts(&record.summary) }));
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(record)
    }

    /// An artifact with its document. Needs `artifact:read`.
    pub async fn artifact(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<ArtifactRecord, CatalogError> {
        let scope = principal.scope_for(Permission::ArtifactRead)?;
        let not_found = || CatalogError::not_found(ARTIFACT, id);
        if !can_be_id(id) {
            return Err(not_found());
        }
        let mut unit = self.store.read(scope).await?;
        let found = unit.artifacts().artifact(scope, id).await?;
        found.ok_or_else(not_found)
    }

    /// Artifacts without their documents. Needs `artifact:read`.
    pub async fn artifacts(
        &self,
        principal: &Principal,
        filter: &ArtifactFilter,
        page: &PageRequest,
    ) -> Result<Page<ArtifactSummary>, CatalogError> {
        let scope = principal.scope_for(Permission::ArtifactRead)?;
        sought(filter.name.as_deref())?;
        let by_name = filter.order == ArtifactOrder::Name;
        let wanted = Wanted::read(page, |at| match at {
            ListPosition::Key(..) => by_name,
            ListPosition::Time(..) => !by_name,
            ListPosition::Revision(_) => false,
        })?;
        let mut unit = self.store.read(scope).await?;
        let items = unit
            .artifacts()
            .artifacts(scope, filter, wanted.after.as_ref(), wanted.limit())
            .await?;
        Ok(wanted.page(items, |last| {
            let id = last.id.clone();
            if by_name {
                ListPosition::Key(FoldedName::of(&last.name).as_str().to_owned(), id)
            } else {
                ListPosition::Time(last.updated_at, id)
            }
        }))
    }

    /// Puts the next version of an artifact in the place of the current one, which is kept. Needs `artifact:write`.
    ///
    /// [`CatalogError::Stale`] when the artifact is not at the revision that the caller has seen.
    pub async fn new_artifact_version(
        &self,
        principal: &Principal,
        id: &str,
        expected_revision: u64,
        new: NewArtifactVersion,
    ) -> Result<ArtifactRecord, CatalogError> {
        let scope = principal.scope_for(Permission::ArtifactWrite)?;
        if !can_be_id(id) {
            return Err(CatalogError::not_found(ARTIFACT, id));
        }
        let mut unit = self.store.begin_alone(scope).await?;
        let current = unit
            .artifacts()
            .artifact(scope, id)
            .await?
            .ok_or_else(|| CatalogError::not_found(ARTIFACT, id))?;
        let found = current.summary.revision;
        let stale = |found| CatalogError::Stale {
            expected: expected_revision,
            found,
        };
        if found != expected_revision {
            return Err(stale(found));
        }
        let limit = self.settings.max_artifact_bytes;
        let artifact = check::next_version(&current.summary, new, limit)?;
        let next = self.next_record(scope, &current.summary, artifact);
        let superseded = unit
            .artifacts()
            .supersede_artifact(scope, &current, &next)
            .await?;
        if !superseded {
            return Err(stale(found + 1));
        }
        let event = NewEvent::success("artifact.versionCreated", "artifact", id)
            .with(json!({ "before": facts(&current.summary), "after": facts(&next.summary) }));
        unit.audit().append(scope, event).await?;
        unit.commit().await?;
        Ok(next)
    }

    /// The versions of an artifact, the current one first. Needs `artifact:read`.
    pub async fn artifact_versions(
        &self,
        principal: &Principal,
        id: &str,
        page: &PageRequest,
    ) -> Result<Page<ArtifactVersionSummary>, CatalogError> {
        let scope = principal.scope_for(Permission::ArtifactRead)?;
        let wanted = Wanted::read(page, |at| matches!(at, ListPosition::Revision(_)))?;
        if !can_be_id(id) {
            return Err(CatalogError::not_found(ARTIFACT, id));
        }
        let mut unit = self.store.read(scope).await?;
        let current = unit
            .artifacts()
            .artifact(scope, id)
            .await?
            .ok_or_else(|| CatalogError::not_found(ARTIFACT, id))?;
        let below = match wanted.after {
            Some(ListPosition::Revision(revision)) => Some(revision),
            _ => None,
        };
        let mut items = Vec::new();
        if below.is_none_or(|revision| current.summary.revision < revision) {
            items.push(current.as_version());
        }
        let earlier = unit
            .artifacts()
            .earlier_versions(scope, id, below, wanted.limit())
            .await?;
        items.extend(earlier);
        Ok(wanted.page(items, |last| ListPosition::Revision(last.revision)))
    }

    /// One version of an artifact with its document. Needs `artifact:read`.
    ///
    /// An import can take an artifact back to a version it had before; of two documents under one version the newest counts.
    pub async fn artifact_version(
        &self,
        principal: &Principal,
        id: &str,
        version: &str,
    ) -> Result<ArtifactRecord, CatalogError> {
        let current = self.artifact(principal, id).await?;
        let scope = principal.scope_for(Permission::ArtifactRead)?;
        let not_found = || CatalogError::not_found(ARTIFACT_VERSION, format!("{id} {version}"));
        let wanted = Version::parse(version).map_err(|_| not_found())?;
        if current.summary.version == wanted {
            return Ok(current);
        }
        let mut unit = self.store.read(scope).await?;
        let found = unit.artifacts().earlier_version(scope, id, &wanted).await?;
        found.ok_or_else(not_found)
    }

    fn first_record(&self, scope: &TenantScope, artifact: Artifact) -> ArtifactRecord {
        let now = self.now();
        let actor = scope.actor().to_string();
        let (content, digest) = written(&artifact);
        ArtifactRecord {
            summary: ArtifactSummary {
                id: artifact.id,
                artifact_type: artifact.artifact_type,
                name: artifact.name,
                version: artifact.version,
                digest,
                created_at: now,
                created_by: actor.clone(),
                updated_at: now,
                updated_by: actor,
                revision: 1,
            },
            content,
        }
    }

    fn next_record(
        &self,
        scope: &TenantScope,
        current: &ArtifactSummary,
        artifact: Artifact,
    ) -> ArtifactRecord {
        let first = self.first_record(scope, artifact);
        ArtifactRecord {
            summary: ArtifactSummary {
                created_at: current.created_at,
                created_by: current.created_by.clone(),
                revision: current.revision + 1,
                ..first.summary
            },
            content: first.content,
        }
    }
}

/// The document as it is kept, and the digest of its canonical bytes.
fn written(artifact: &Artifact) -> (Json, Digest) {
    let content = artifact.to_json();
    let digest = Digest::of(&installhub_artifact::to_canonical_bytes(&content));
    (content, digest)
}

/// What the audit log hears of an artifact.
fn facts(summary: &ArtifactSummary) -> serde_json::Value {
    json!({
        "type": summary.artifact_type,
        "name": summary.name,
        "version": summary.version,
        "digest": summary.digest,
        "revision": summary.revision,
    })
}

/// Ids that were imported may be any entry name; what cannot even be that is not looked for.
fn can_be_id(id: &str) -> bool {
    (1..=512).contains(&id.len()) && !id.chars().any(char::is_control)
}

/// Refuses texts that cannot be part of a name.
pub(crate) fn sought(name: Option<&str>) -> Result<(), CatalogError> {
    let fits =
        |name: &str| name.chars().count() <= MAX_SOUGHT && !name.chars().any(char::is_control);
    if name.is_none_or(fits) {
        Ok(())
    } else {
        Err(CatalogError::invalid(
            "name",
            "invalid",
            format!("expected at most {MAX_SOUGHT} characters without control characters"),
        ))
    }
}
