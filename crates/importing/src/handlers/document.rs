//! Documents: workflows, forms, rules, schemas, apps, agents, configurations, templates – everything an artifact store holds.
//!
//! One handler serves all of them; what distinguishes the types (references, merge keys) stands in the catalogue.

mod matches;
mod resolution;

use std::collections::HashMap;

use async_trait::async_trait;
use installhub_artifact::{ArtifactType, Json, to_canonical_bytes};
use installhub_checksum::Digest;
use installhub_conflict_merge::diff;
use installhub_kernel::{IdGenerator, TenantScope};
use installhub_manifest::ArtifactEntry;
use semver::Version;

use self::matches::detect_documents;
use self::resolution::{Resolution, resolve};
use crate::error::ImportError;
use crate::handler::{Applied, Detection, HandlerContext, ImportHandler, Work};
use crate::installed::Installed;
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{BaseDocument, DocumentTarget, NewDocument, TargetError, TargetSession};

/// Imports documents of a few related types.
pub struct DocumentHandler {
    name: &'static str,
    types: &'static [ArtifactType],
}

impl DocumentHandler {
    /// One handler for each name of the import page that concerns documents.
    pub fn all() -> Vec<Self> {
        use ArtifactType as T;
        let table: [(&str, &'static [ArtifactType]); 10] = [
            (
                "WorkflowHandler",
                &[T::ProcessDefinition, T::ThreadDefinition],
            ),
            ("FormHandler", &[T::AtlasForm, T::FieldLibrary]),
            ("RuleSetHandler", &[T::RuleSet]),
            ("EntityHandler", &[T::EntitySchema]),
            ("AppHandler", &[T::AppDefinition]),
            ("AgentHandler", &[T::AgentDefinition]),
            ("ConfigHandler", &[T::Config]),
            ("TemplateHandler", &[T::Template]),
            ("MetadataHandler", &[T::Metadata]),
            ("CustomHandler", &[T::Custom]),
        ];
        table
            .into_iter()
            .map(|(name, types)| Self { name, types })
            .collect()
    }

    fn step(
        &self,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
        resolution: Resolution,
    ) -> PlanStep {
        let becomes = resolution.content.as_ref().unwrap_or(&resolution.incoming);
        let changes = match (&resolution.existing, resolution.action) {
            (_, PlannedAction::NoChange) | (None, _) => Vec::new(),
            (Some(there), _) => diff(entry.artifact_type.spec(), there, becomes),
        };
        PlanStep {
            strategy: resolution.strategy,
            changes,
            clashes: resolution.clashes,
            content_hash: resolution.content.as_ref().map(content_hash),
            ..PlanStep::new(
                entry,
                context.ids.target(&entry.id),
                self.name,
                resolution.action,
            )
        }
    }
}

fn documents(session: &mut dyn TargetSession) -> Result<&mut dyn DocumentTarget, ImportError> {
    session.documents().ok_or_else(|| {
        ImportError::Target(TargetError::Refused {
            object: "document".to_owned(),
            message: "this target holds no documents; import into the artifact store".to_owned(),
        })
    })
}

fn content_hash(content: &Json) -> Digest {
    Digest::of(&to_canonical_bytes(content))
}

/// What the target holds under these ids.
async fn contents(
    target: &mut dyn DocumentTarget,
    scope: &TenantScope,
    ids: Vec<String>,
) -> Result<HashMap<String, Json>, ImportError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = target.find_by_ids(scope, &ids).await?;
    Ok(found
        .into_iter()
        .map(|document| (document.outline.id, document.content))
        .collect())
}

#[async_trait]
impl ImportHandler for DocumentHandler {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [ArtifactType] {
        self.types
    }

    /// An id never used before, so that two packages with the same ids do not meet by accident.
    fn new_id(&self, incoming: &ArtifactEntry, ids: &dyn IdGenerator) -> String {
        let prefix = incoming.artifact_type.spec().id_prefix.unwrap_or_default();
        format!("{prefix}{}", ids.new_uuid().simple())
    }

    async fn detect(
        &self,
        session: &mut dyn TargetSession,
        scope: &TenantScope,
        installed: &Installed,
        incoming: &[&ArtifactEntry],
    ) -> Result<Vec<Detection>, ImportError> {
        detect_documents(documents(session)?, scope, installed, incoming).await
    }

    async fn diff(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &[(&ArtifactEntry, &Detection)],
    ) -> Result<Vec<PlanStep>, ImportError> {
        let known = incoming
            .iter()
            .filter_map(|(_, detection)| match detection {
                Detection::Existing { target_id } => Some(target_id.clone()),
                _ => None,
            })
            .collect();
        let mut existing = contents(documents(session)?, context.scope, known).await?;
        let mut steps = Vec::with_capacity(incoming.len());
        for (entry, _) in incoming {
            let there = existing.remove(context.ids.target(&entry.id));
            steps.push(self.step(context, entry, resolve(context, entry, there)?));
        }
        Ok(steps)
    }

    async fn apply(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        work: &[Work<'_>],
    ) -> Result<Vec<Applied>, ImportError> {
        let target = documents(session)?;
        let known = work
            .iter()
            .filter(|(_, step)| step.action != PlannedAction::Create)
            .map(|(_, step)| step.target_id.clone())
            .collect();
        let mut existing = contents(target, context.scope, known).await?;
        let (mut created, mut replaced) = (Vec::new(), Vec::new());
        let mut applied = Vec::with_capacity(work.len());
        for (entry, step) in work {
            let resolution = resolve(context, entry, existing.remove(&step.target_id))?;
            check_as_planned(entry, step, &resolution)?;
            if let Some(content) = resolution.content {
                let document = new_document(entry, step, content);
                match step.action {
                    PlannedAction::Create => created.push(document),
                    _ => replaced.push(document),
                }
            }
            let base = match step.action {
                // What is kept goes on being compared with what was installed before.
                PlannedAction::Skip => context.installed.base(&entry.id, &step.target_id).cloned(),
                _ => Some(BaseDocument::of(&resolution.incoming)),
            };
            applied.push(Applied {
                base,
                expected_rows: None,
            });
        }
        if !created.is_empty() {
            target.create(context.scope, &created).await?;
        }
        if !replaced.is_empty() {
            target.replace(context.scope, &replaced).await?;
        }
        Ok(applied)
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        work: &[Work<'_>],
        _applied: &[Applied],
    ) -> Result<(), ImportError> {
        let ids = work
            .iter()
            .map(|(_, step)| step.target_id.clone())
            .collect();
        let found = contents(documents(session)?, context.scope, ids).await?;
        for (entry, step) in work {
            let wrong = |message: String| ImportError::PostCondition {
                object: format!("{} '{}'", entry.artifact_type.as_str(), entry.name),
                message,
            };
            let stored = found
                .get(&step.target_id)
                .ok_or_else(|| wrong(format!("nothing has the id '{}'", step.target_id)))?;
            if step
                .content_hash
                .is_some_and(|expected| expected != content_hash(stored))
            {
                return Err(wrong("its content is not what was written".to_owned()));
            }
        }
        Ok(())
    }
}

/// A step is carried out as it was shown, to the byte, or not at all.
fn check_as_planned(
    entry: &ArtifactEntry,
    step: &PlanStep,
    resolution: &Resolution,
) -> Result<(), ImportError> {
    let found = resolution.content.as_ref().map(content_hash);
    if resolution.action == step.action && found == step.content_hash {
        return Ok(());
    }
    Err(ImportError::PlanOutdated(vec![format!(
        "{} '{}' would become something else",
        entry.artifact_type.as_str(),
        entry.name
    )]))
}

/// A merge may keep the target's name and version; both are told from the content.
fn new_document(entry: &ArtifactEntry, step: &PlanStep, content: Json) -> NewDocument {
    let text = |member: &str| content.get(member).and_then(Json::as_str);
    let name = text("name").unwrap_or(&entry.name).to_owned();
    let version = text("_version")
        .and_then(|version| Version::parse(version).ok())
        .unwrap_or_else(|| entry.version.clone());
    NewDocument {
        artifact_type: entry.artifact_type,
        id: step.target_id.clone(),
        name,
        version,
        content,
    }
}
