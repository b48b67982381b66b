//! Documents: workflows, forms, rules, schemas, apps, agents, configurations, templates – everything an artifact store holds.
//!
//! One handler serves all of them; what distinguishes the types (references, merge keys) stands in the catalogue.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use installhub_artifact::{Artifact, ArtifactType, Json, rewrite_references, to_canonical_bytes};
use installhub_conflict_merge::{
    Candidate, Clash, Existing, Match, Merge, Strategy, detect, diff, merge,
};
use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use crate::error::ImportError;
use crate::handler::{Applied, Detection, HandlerContext, ImportHandler};
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{DocumentTarget, NewDocument, TargetError, TargetSession};

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
}

/// What a document becomes, and why.
struct Resolution {
    action: PlannedAction,
    /// What is to be written, if anything.
    content: Option<Json>,
    /// The incoming document as it would be installed.
    incoming: Json,
    existing: Option<Json>,
    strategy: Option<Strategy>,
    clashes: Vec<Clash>,
}

fn documents(session: &mut dyn TargetSession) -> Result<&mut dyn DocumentTarget, ImportError> {
    session.documents().ok_or_else(|| {
        ImportError::Target(TargetError::Refused {
            object: "document".to_owned(),
            message: "this target holds no documents; import into the artifact store".to_owned(),
        })
    })
}

/// The incoming document under its new id, with every reference following.
fn incoming_document(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
) -> Result<Json, ImportError> {
    let unreadable = |message: String| ImportError::Package {
        artifact: entry.id.clone(),
        message,
    };
    let mut content = context.package.document(entry)?;
    rewrite_references(entry.artifact_type, &mut content, &|id| {
        context.ids.get(id).map(str::to_owned)
    });
    let artifact = Artifact {
        artifact_type: entry.artifact_type,
        id: context.ids.target(&entry.id).to_owned(),
        name: entry.name.clone(),
        version: entry.version.clone(),
        content,
    };
    // The envelope of the manifest is completed even where the file has none, so that equal artifacts are equal documents.
    let completed = artifact.to_json();
    if completed.as_object().is_some() {
        Ok(completed)
    } else {
        Err(unreadable("it is not a JSON object".to_owned()))
    }
}

fn resolve(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    existing: Option<Json>,
) -> Result<Resolution, ImportError> {
    let incoming = incoming_document(context, entry)?;
    let plain = |action, content, strategy, incoming, existing| Resolution {
        action,
        content,
        incoming,
        existing,
        strategy,
        clashes: Vec::new(),
    };
    let Some(there) = existing else {
        return Ok(plain(
            PlannedAction::Create,
            Some(incoming.clone()),
            None,
            incoming,
            None,
        ));
    };
    if there == incoming {
        return Ok(plain(
            PlannedAction::NoChange,
            None,
            None,
            incoming,
            Some(there),
        ));
    }
    let strategy = context
        .options
        .strategies
        .strategy_for(entry.artifact_type, &entry.id);
    Ok(match strategy {
        None => plain(PlannedAction::Undecided, None, None, incoming, Some(there)),
        Some(Strategy::Skip) => plain(PlannedAction::Skip, None, strategy, incoming, Some(there)),
        Some(Strategy::Overwrite) => plain(
            PlannedAction::Update,
            Some(incoming.clone()),
            strategy,
            incoming,
            Some(there),
        ),
        Some(Strategy::Merge) => merged(context, entry, there, incoming),
    })
}

fn merged(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    existing: Json,
    incoming: Json,
) -> Resolution {
    let spec = entry.artifact_type.spec();
    let base = context
        .installed_artifact(&entry.id)
        .and_then(|installed| installed.base.as_ref());
    let mut decisions = context.options.decisions.for_artifact(&entry.id);
    if decisions.fallback().is_none() {
        decisions = decisions.with_fallback(context.options.strategies.merge_fallback_strategy);
    }
    let outcome = merge(spec, base, &existing, &incoming, &decisions);
    let (action, content, clashes) = match outcome {
        Merge::Clean(result) if result == existing => (PlannedAction::NoChange, None, Vec::new()),
        Merge::Clean(result) => (PlannedAction::Merge, Some(result), Vec::new()),
        Merge::Clashed { clashes, .. } => (PlannedAction::Undecided, None, clashes),
    };
    Resolution {
        action,
        content,
        incoming,
        existing: Some(existing),
        strategy: Some(Strategy::Merge),
        clashes,
    }
}

async fn existing_content(
    target: &mut dyn DocumentTarget,
    scope: &TenantScope,
    detection: &Detection,
) -> Result<Option<Json>, ImportError> {
    let Detection::Existing { target_id } = detection else {
        return Ok(None);
    };
    let mut found = target
        .find_by_ids(scope, std::slice::from_ref(target_id))
        .await?;
    Ok(found.pop().map(|document| document.content))
}

#[async_trait]
impl ImportHandler for DocumentHandler {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [ArtifactType] {
        self.types
    }

    async fn detect(
        &self,
        session: &mut dyn TargetSession,
        scope: &TenantScope,
        installed: &BTreeMap<String, String>,
        incoming: &[&ArtifactEntry],
    ) -> Result<Vec<Detection>, ImportError> {
        let target = documents(session)?;
        let existing = possible_matches(target, scope, installed, incoming).await?;
        let candidates: Vec<Candidate> = incoming
            .iter()
            .map(|entry| Candidate {
                artifact_type: entry.artifact_type,
                id: entry.id.clone(),
                name: entry.name.clone(),
                installed_as: installed.get(&entry.id).cloned(),
            })
            .collect();
        Ok(detect(&candidates, &existing)
            .into_iter()
            .map(detection)
            .collect())
    }

    async fn diff(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &ArtifactEntry,
        detection: &Detection,
    ) -> Result<PlanStep, ImportError> {
        let existing = existing_content(documents(session)?, context.scope, detection).await?;
        let resolution = resolve(context, incoming, existing)?;
        let spec = incoming.artifact_type.spec();
        let becomes = resolution.content.as_ref().unwrap_or(&resolution.incoming);
        let changes = match (&resolution.existing, resolution.action) {
            (Some(_), PlannedAction::NoChange) | (None, _) => Vec::new(),
            (Some(there), _) => diff(spec, there, becomes),
        };
        Ok(PlanStep {
            artifact_type: incoming.artifact_type,
            source_id: incoming.id.clone(),
            target_id: context.ids.target(&incoming.id).to_owned(),
            name: incoming.name.clone(),
            handler: self.name.to_owned(),
            action: resolution.action,
            strategy: resolution.strategy,
            changes,
            clashes: resolution.clashes,
            rows: None,
            statements: Vec::new(),
            notes: Vec::new(),
        })
    }

    async fn apply(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &ArtifactEntry,
        step: &PlanStep,
    ) -> Result<Applied, ImportError> {
        let target = documents(session)?;
        let detection = match step.action {
            PlannedAction::Create => Detection::New,
            _ => Detection::Existing {
                target_id: step.target_id.clone(),
            },
        };
        let existing = existing_content(target, context.scope, &detection).await?;
        let resolution = resolve(context, incoming, existing)?;
        if resolution.action != step.action {
            return Err(ImportError::PlanOutdated(vec![step.name.clone()]));
        }
        let kept = || {
            context
                .installed_artifact(&incoming.id)
                .and_then(|installed| installed.base.clone())
        };
        let base = if step.action == PlannedAction::Skip {
            kept()
        } else {
            Some(resolution.incoming)
        };
        if let Some(content) = resolution.content {
            let document = new_document(incoming, step, content);
            match step.action {
                PlannedAction::Create => target.create(context.scope, &[document]).await?,
                _ => target.replace(context.scope, &[document]).await?,
            }
        }
        Ok(Applied {
            base,
            expected_rows: None,
        })
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &ArtifactEntry,
        step: &PlanStep,
        applied: &Applied,
    ) -> Result<(), ImportError> {
        if step.action == PlannedAction::Unsupported {
            return Ok(());
        }
        let wrong = |message: &str| ImportError::PostCondition {
            object: format!("{} '{}'", incoming.artifact_type.as_str(), incoming.name),
            message: message.to_owned(),
        };
        let found = documents(session)?
            .find_by_ids(context.scope, std::slice::from_ref(&step.target_id))
            .await?;
        let document = found
            .first()
            .ok_or_else(|| wrong(&format!("nothing has the id '{}'", step.target_id)))?;
        let replaced = matches!(step.action, PlannedAction::Create | PlannedAction::Update);
        match (&applied.base, replaced) {
            (Some(expected), true)
                if to_canonical_bytes(expected) != to_canonical_bytes(&document.content) =>
            {
                Err(wrong("its content is not what was written"))
            }
            _ => Ok(()),
        }
    }
}

fn new_document(entry: &ArtifactEntry, step: &PlanStep, content: Json) -> NewDocument {
    let name = content
        .get("name")
        .and_then(Json::as_str)
        .unwrap_or(&entry.name)
        .to_owned();
    NewDocument {
        artifact_type: entry.artifact_type,
        id: step.target_id.clone(),
        name,
        version: entry.version.clone(),
        content,
    }
}

/// Everything in the target that one of the artifacts could be: what was installed for it, and its namesakes.
async fn possible_matches(
    target: &mut dyn DocumentTarget,
    scope: &TenantScope,
    installed: &BTreeMap<String, String>,
    incoming: &[&ArtifactEntry],
) -> Result<Vec<Existing>, ImportError> {
    let ids: Vec<String> = incoming
        .iter()
        .filter_map(|entry| installed.get(&entry.id).cloned())
        .collect();
    let names: Vec<(ArtifactType, String)> = incoming
        .iter()
        .map(|entry| (entry.artifact_type, entry.name.clone()))
        .collect();
    let by_id = target
        .find_by_ids(scope, &ids)
        .await?
        .into_iter()
        .map(|document| document.outline);
    let by_name = target.find_by_names(scope, &names).await?;
    let claimed: HashSet<&String> = installed.values().collect();
    // What an earlier version of this package installed belongs to that artifact, not to a namesake.
    let namesakes = by_name
        .into_iter()
        .filter(|outline| !claimed.contains(&outline.id));
    let mut seen = HashSet::new();
    Ok(by_id
        .chain(namesakes)
        .filter(|outline| seen.insert(outline.id.clone()))
        .map(|outline| Existing {
            artifact_type: outline.artifact_type,
            id: outline.id,
            name: outline.name,
        })
        .collect())
}

fn detection(found: Match<'_>) -> Detection {
    match found {
        Match::New => Detection::New,
        Match::Installed(existing) | Match::SameName(existing) => Detection::Existing {
            target_id: existing.id.clone(),
        },
        Match::Ambiguous(candidates) => Detection::Ambiguous {
            candidates: candidates
                .iter()
                .map(|existing| existing.id.clone())
                .collect(),
        },
        Match::Contested {
            existing,
            claimants,
        } => Detection::Contested {
            target_id: existing.id.clone(),
            claimants: claimants.iter().map(|id| (*id).to_owned()).collect(),
        },
    }
}
