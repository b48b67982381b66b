//! What one document becomes, and why: asked for the plan and once more when it is carried out.

use installhub_artifact::{Artifact, Json, rewrite_references};
use installhub_conflict_merge::{Clash, Merge, Strategy, merge};
use installhub_manifest::ArtifactEntry;

use crate::error::ImportError;
use crate::handler::HandlerContext;
use crate::plan::PlannedAction;

/// What a document becomes.
pub(super) struct Resolution {
    pub(super) action: PlannedAction,
    /// What is to be written, if anything.
    pub(super) content: Option<Json>,
    /// The incoming document as it would be installed.
    pub(super) incoming: Json,
    pub(super) existing: Option<Json>,
    pub(super) strategy: Option<Strategy>,
    pub(super) clashes: Vec<Clash>,
}

/// What an action comes to, without the two sides.
struct Ruling {
    action: PlannedAction,
    content: Option<Json>,
    strategy: Option<Strategy>,
    clashes: Vec<Clash>,
}

impl Ruling {
    fn new(action: PlannedAction, content: Option<Json>, strategy: Option<Strategy>) -> Self {
        Self {
            action,
            content,
            strategy,
            clashes: Vec::new(),
        }
    }
}

/// Decides about one document. The same context gives the same answer.
pub(super) fn resolve(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    existing: Option<Json>,
) -> Result<Resolution, ImportError> {
    let incoming = incoming_document(context, entry)?;
    let ruling = match &existing {
        None => Ruling::new(PlannedAction::Create, Some(incoming.clone()), None),
        Some(there) if *there == incoming => Ruling::new(PlannedAction::NoChange, None, None),
        Some(there) => conflict(context, entry, there, &incoming)?,
    };
    Ok(Resolution {
        action: ruling.action,
        content: ruling.content,
        incoming,
        existing,
        strategy: ruling.strategy,
        clashes: ruling.clashes,
    })
}

/// The incoming document under its new id, with every reference following.
fn incoming_document(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
) -> Result<Json, ImportError> {
    let mut document = context.package.document(entry)?;
    if document.as_object().is_none() {
        return Err(ImportError::Package {
            artifact: entry.id.clone(),
            message: "it is not a JSON object".to_owned(),
        });
    }
    rewrite_references(entry.artifact_type, &mut document, &|id| {
        context.ids.get(id).map(str::to_owned)
    });
    let artifact = Artifact {
        artifact_type: entry.artifact_type,
        id: context.ids.target(&entry.id).to_owned(),
        name: entry.name.clone(),
        version: entry.version.clone(),
        content: document,
    };
    // The envelope of the manifest is completed even where the file has none, so that equal artifacts are equal documents.
    Ok(artifact.to_json())
}

fn conflict(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    existing: &Json,
    incoming: &Json,
) -> Result<Ruling, ImportError> {
    let strategy = context
        .options
        .strategies
        .strategy_for(entry.artifact_type, &entry.id);
    Ok(match strategy {
        None => Ruling::new(PlannedAction::Undecided, None, None),
        Some(Strategy::Skip) => Ruling::new(PlannedAction::Skip, None, strategy),
        Some(Strategy::Overwrite) => {
            Ruling::new(PlannedAction::Update, Some(incoming.clone()), strategy)
        }
        Some(Strategy::Merge) => merged(context, entry, existing, incoming)?,
    })
}

fn merged(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    existing: &Json,
    incoming: &Json,
) -> Result<Ruling, ImportError> {
    let base = context
        .installed
        .read_base(&entry.id, context.ids.target(&entry.id))?;
    let decisions = context.options.decisions_for(&entry.id);
    let spec = entry.artifact_type.spec();
    let strategy = Some(Strategy::Merge);
    let ruling = match merge(spec, base.as_ref(), existing, incoming, &decisions) {
        Merge::Clean(result) if result == *existing => {
            Ruling::new(PlannedAction::NoChange, None, strategy)
        }
        Merge::Clean(result) => Ruling::new(PlannedAction::Merge, Some(result), strategy),
        Merge::Clashed { clashes, .. } => Ruling {
            clashes,
            ..Ruling::new(PlannedAction::Undecided, None, strategy)
        },
    };
    Ok(ruling)
}
