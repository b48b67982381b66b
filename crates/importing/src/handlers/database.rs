//! Database objects other than rows: tables, indexes, relationships, views, triggers, constraints.

use std::collections::BTreeMap;

use async_trait::async_trait;
use installhub_artifact::{Artifact, ArtifactType, Json};
use installhub_conflict_merge::{Strategy, diff};
use installhub_database_model::{ObjectKind, SchemaObject};
use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use crate::error::ImportError;
use crate::handler::{Applied, Detection, HandlerContext, ImportHandler};
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{DatabaseTarget, ObjectChange, TargetError, TargetSession};

/// Imports one kind of database object.
pub struct DatabaseObjectHandler {
    name: &'static str,
    types: &'static [ArtifactType],
    kind: ObjectKind,
}

impl DatabaseObjectHandler {
    /// One handler for each name of the import page that concerns definitions in a database.
    pub fn all() -> Vec<Self> {
        use ArtifactType as T;
        let table: [(&str, &'static [ArtifactType], ObjectKind); 6] = [
            ("TableHandler", &[T::Table], ObjectKind::Table),
            (
                "ConstraintHandler",
                &[T::Constraint],
                ObjectKind::Constraint,
            ),
            ("IndexHandler", &[T::Index], ObjectKind::Index),
            (
                "RelationshipHandler",
                &[T::Relationship],
                ObjectKind::Relationship,
            ),
            ("ViewHandler", &[T::View], ObjectKind::View),
            ("TriggerHandler", &[T::Trigger], ObjectKind::Trigger),
        ];
        table
            .into_iter()
            .map(|(name, types, kind)| Self { name, types, kind })
            .collect()
    }

    fn read(
        &self,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
    ) -> Result<(SchemaObject, Json), ImportError> {
        let document = context.package.document(entry)?;
        let artifact = Artifact {
            artifact_type: entry.artifact_type,
            id: entry.id.clone(),
            name: entry.name.clone(),
            version: entry.version.clone(),
            content: document.clone(),
        };
        let object =
            SchemaObject::from_artifact(&artifact).map_err(|source| ImportError::Package {
                artifact: entry.id.clone(),
                message: source.to_string(),
            })?;
        Ok((object, document))
    }

    /// The change that makes the target hold `incoming`, or none when it does already or must not be touched.
    fn decide(
        &self,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
        dialect: &str,
        existing: Option<&SchemaObject>,
        incoming: SchemaObject,
    ) -> (PlannedAction, Option<Strategy>, Option<ObjectChange>) {
        let Some(there) = existing else {
            return (
                PlannedAction::Create,
                None,
                Some(ObjectChange::Create(incoming)),
            );
        };
        if same_definition(there, &incoming, dialect) {
            return (PlannedAction::NoChange, None, None);
        }
        let strategy = context
            .options
            .strategies
            .strategy_for(entry.artifact_type, &entry.id);
        match strategy {
            None => (PlannedAction::Undecided, None, None),
            Some(Strategy::Skip) => (PlannedAction::Skip, strategy, None),
            Some(Strategy::Overwrite) => (
                PlannedAction::Update,
                strategy,
                Some(ObjectChange::Replace(incoming)),
            ),
            Some(Strategy::Merge) if self.kind == ObjectKind::Table => (
                PlannedAction::Merge,
                strategy,
                Some(ObjectChange::Extend(incoming)),
            ),
            // Definitions other than tables have no parts that could be kept together: the incoming one replaces.
            Some(Strategy::Merge) => (
                PlannedAction::Update,
                strategy,
                Some(ObjectChange::Replace(incoming)),
            ),
        }
    }
}

pub(super) fn database(
    session: &mut dyn TargetSession,
) -> Result<&mut dyn DatabaseTarget, ImportError> {
    session.database().ok_or_else(|| {
        ImportError::Target(TargetError::Refused {
            object: "database object".to_owned(),
            message: "this target holds no database objects; import into a database, for example --into sqlite:FILE"
                .to_owned(),
        })
    })
}

/// Whether two descriptions mean the same object: the same statement in this dialect, or the same model. What an object
/// depends on follows from its definition and is not compared.
fn same_definition(one: &SchemaObject, other: &SchemaObject, dialect: &str) -> bool {
    match (one.sql(dialect), other.sql(dialect)) {
        (Some(one), Some(other)) if one == other => return true,
        _ => {}
    }
    let bare = |object: &SchemaObject| {
        object
            .to_artifact(semver::Version::new(0, 0, 0))
            .ok()
            .map(|artifact| {
                let mut content = artifact.content;
                if let Json::Object(members) = &mut content {
                    members.remove("dependsOn");
                }
                content
            })
    };
    one.kind() == other.kind() && bare(one) == bare(other)
}

/// Field by field what a changed definition differs in.
fn definition_changes(
    entry: &ArtifactEntry,
    existing: Option<&SchemaObject>,
    incoming: &Json,
) -> Result<Vec<installhub_conflict_merge::FieldChange>, ImportError> {
    let Some(there) = existing else {
        return Ok(Vec::new());
    };
    let unreadable = |message: String| ImportError::Package {
        artifact: entry.id.clone(),
        message,
    };
    let artifact = there
        .to_artifact(entry.version.clone())
        .map_err(|source| unreadable(source.to_string()))?;
    Ok(diff(
        entry.artifact_type.spec(),
        &artifact.to_json(),
        incoming,
    ))
}

#[async_trait]
impl ImportHandler for DatabaseObjectHandler {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [ArtifactType] {
        self.types
    }

    async fn detect(
        &self,
        session: &mut dyn TargetSession,
        _scope: &TenantScope,
        _installed: &BTreeMap<String, String>,
        incoming: &[&ArtifactEntry],
    ) -> Result<Vec<Detection>, ImportError> {
        // A database knows its objects by qualified name, and so do the artifacts.
        let target = database(session)?;
        let mut detections = Vec::with_capacity(incoming.len());
        for entry in incoming {
            detections.push(match target.find_object(self.kind, &entry.name).await? {
                Some(_) => Detection::Existing {
                    target_id: entry.id.clone(),
                },
                None => Detection::New,
            });
        }
        Ok(detections)
    }

    async fn diff(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &ArtifactEntry,
        _detection: &Detection,
    ) -> Result<PlanStep, ImportError> {
        let (object, document) = self.read(context, incoming)?;
        let target = database(session)?;
        let existing = target.find_object(self.kind, &incoming.name).await?;
        let (action, strategy, change) = self.decide(
            context,
            incoming,
            target.dialect(),
            existing.as_ref(),
            object,
        );
        let changes = match action {
            PlannedAction::NoChange | PlannedAction::Create => Vec::new(),
            _ => definition_changes(incoming, existing.as_ref(), &document)?,
        };
        let statements = match &change {
            Some(change) => target.statements(change).await?,
            None => Vec::new(),
        };
        Ok(PlanStep {
            artifact_type: incoming.artifact_type,
            source_id: incoming.id.clone(),
            target_id: incoming.id.clone(),
            name: incoming.name.clone(),
            handler: self.name.to_owned(),
            action,
            strategy,
            changes,
            clashes: Vec::new(),
            rows: None,
            statements,
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
        if !step.action.writes() {
            return Ok(Applied::default());
        }
        let (object, _) = self.read(context, incoming)?;
        let target = database(session)?;
        let existing = target.find_object(self.kind, &incoming.name).await?;
        // An earlier step may have brought this object along: a table comes with its relationships.
        let (_, _, change) = self.decide(
            context,
            incoming,
            target.dialect(),
            existing.as_ref(),
            object,
        );
        if let Some(change) = change {
            target.apply(&change).await?;
        }
        Ok(Applied::default())
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &ArtifactEntry,
        step: &PlanStep,
        _applied: &Applied,
    ) -> Result<(), ImportError> {
        if step.action == PlannedAction::Unsupported {
            return Ok(());
        }
        let wrong = |message: &str| ImportError::PostCondition {
            object: format!("{} '{}'", incoming.artifact_type.as_str(), incoming.name),
            message: message.to_owned(),
        };
        let (object, _) = self.read(context, incoming)?;
        let target = database(session)?;
        let dialect = target.dialect();
        let found = target.find_object(self.kind, &incoming.name).await?;
        let found = found.ok_or_else(|| wrong("it is not in the database"))?;
        let exact = matches!(
            step.action,
            PlannedAction::Create | PlannedAction::Update | PlannedAction::NoChange
        );
        if exact && !same_definition(&found, &object, dialect) {
            return Err(wrong("its definition is not the package's"));
        }
        Ok(())
    }
}
