//! Database objects other than rows: tables, indexes, relationships, views, triggers, constraints.

mod ruling;

use async_trait::async_trait;
use installhub_artifact::{Artifact, ArtifactType, Json};
use installhub_conflict_merge::{FieldChange, diff};
use installhub_database_model::{ObjectKind, SchemaObject};
use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use self::ruling::{Question, Ruling, has_all_columns, same_definition};
use crate::error::ImportError;
use crate::handler::{Applied, Detection, HandlerContext, ImportHandler, Work};
use crate::installed::Installed;
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{BaseDocument, DatabaseTarget, TargetError, TargetSession};

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

    async fn step(
        &self,
        target: &mut dyn DatabaseTarget,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
    ) -> Result<PlanStep, ImportError> {
        let (object, document) = read(context, entry)?;
        let existing = target.find_object(self.kind, &entry.name).await?;
        let strategy = context
            .options
            .strategies
            .strategy_for(entry.artifact_type, &entry.id);
        let ruling = question(context, entry, target.dialect())?
            .with_strategy(strategy)
            .rule(existing.as_ref(), object);
        let changes = match (&existing, ruling.action) {
            (_, PlannedAction::NoChange | PlannedAction::Unsupported) | (None, _) => Vec::new(),
            (Some(there), _) => definition_changes(entry, there, &document)?,
        };
        let statements = match &ruling.change {
            Some(change) => target.statements(change).await?,
            None => Vec::new(),
        };
        Ok(PlanStep {
            strategy: ruling.strategy,
            changes,
            clashes: ruling.clashes,
            statements,
            notes: ruling.notes,
            ..PlanStep::new(entry, &entry.id, self.name, ruling.action)
        })
    }

    async fn carry_out(
        &self,
        target: &mut dyn DatabaseTarget,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
        step: &PlanStep,
    ) -> Result<(), ImportError> {
        let (object, _) = read(context, entry)?;
        // An earlier step may have brought this object along: a table comes with its relationships.
        let existing = target.find_object(self.kind, &entry.name).await?;
        let Ruling { change, .. } = question(context, entry, target.dialect())?
            .with_strategy(step.strategy)
            .rule(existing.as_ref(), object);
        if let Some(change) = change {
            target.apply(&change).await?;
        }
        Ok(())
    }

    async fn check(
        &self,
        target: &mut dyn DatabaseTarget,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
        step: &PlanStep,
    ) -> Result<(), ImportError> {
        let wrong = |message: &str| ImportError::PostCondition {
            object: format!("{} '{}'", entry.artifact_type.as_str(), entry.name),
            message: message.to_owned(),
        };
        let (object, _) = read(context, entry)?;
        let dialect = target.dialect();
        let found = target.find_object(self.kind, &entry.name).await?;
        let found = found.ok_or_else(|| wrong("it is not in the database"))?;
        let as_promised = match step.action {
            PlannedAction::Create | PlannedAction::Update => {
                same_definition(&found, &object, dialect)
            }
            PlannedAction::Merge => has_all_columns(&found, &object),
            _ => true,
        };
        if as_promised {
            Ok(())
        } else {
            Err(wrong("its definition is not the one that was planned"))
        }
    }
}

pub(super) fn database(
    session: &mut dyn TargetSession,
) -> Result<&mut dyn DatabaseTarget, ImportError> {
    session.database().ok_or_else(|| {
        ImportError::Target(TargetError::Refused {
            object: "database object".to_owned(),
            message: "this target holds no database objects; import into a database".to_owned(),
        })
    })
}

fn read(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
) -> Result<(SchemaObject, Json), ImportError> {
    let document = context.package.document(entry)?;
    Ok((model(entry, document.clone())?, document))
}

fn model(entry: &ArtifactEntry, document: Json) -> Result<SchemaObject, ImportError> {
    let artifact = Artifact {
        artifact_type: entry.artifact_type,
        id: entry.id.clone(),
        name: entry.name.clone(),
        version: entry.version.clone(),
        content: document,
    };
    SchemaObject::from_artifact(&artifact).map_err(|source| unreadable(entry, &source))
}

fn unreadable(entry: &ArtifactEntry, source: &dyn std::error::Error) -> ImportError {
    ImportError::Package {
        artifact: entry.id.clone(),
        message: source.to_string(),
    }
}

fn question(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    dialect: &'static str,
) -> Result<Question, ImportError> {
    let base = context.installed.read_base(&entry.id, &entry.id)?;
    Ok(Question {
        dialect,
        base: base.map(|document| model(entry, document)).transpose()?,
        decisions: context.options.decisions_for(&entry.id),
        strategy: None,
    })
}

/// Field by field what a changed definition differs in.
fn definition_changes(
    entry: &ArtifactEntry,
    existing: &SchemaObject,
    incoming: &Json,
) -> Result<Vec<FieldChange>, ImportError> {
    let there = existing
        .to_artifact(entry.version.clone())
        .map_err(|source| unreadable(entry, &source))?;
    Ok(diff(entry.artifact_type.spec(), &there.to_json(), incoming))
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
        _installed: &Installed,
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
        incoming: &[(&ArtifactEntry, &Detection)],
    ) -> Result<Vec<PlanStep>, ImportError> {
        let target = database(session)?;
        let mut steps = Vec::with_capacity(incoming.len());
        for (entry, _) in incoming {
            steps.push(self.step(target, context, entry).await?);
        }
        Ok(steps)
    }

    async fn apply(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        work: &[Work<'_>],
    ) -> Result<Vec<Applied>, ImportError> {
        let target = database(session)?;
        let mut applied = Vec::with_capacity(work.len());
        for (entry, step) in work {
            if step.action.writes() {
                self.carry_out(target, context, entry, step).await?;
            }
            applied.push(Applied {
                base: self.base(context, entry, step)?,
                expected_rows: None,
            });
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
        let target = database(session)?;
        for (entry, step) in work {
            self.check(target, context, entry, step).await?;
        }
        Ok(())
    }
}

impl DatabaseObjectHandler {
    /// What the next import compares with to see who has changed the definition. Tables are compared column by column instead.
    fn base(
        &self,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
        step: &PlanStep,
    ) -> Result<Option<BaseDocument>, ImportError> {
        match (self.kind, step.action) {
            (ObjectKind::Table, _) => Ok(None),
            (_, PlannedAction::Skip) => Ok(context.installed.base(&entry.id, &entry.id).cloned()),
            _ => Ok(Some(BaseDocument::of(&context.package.document(entry)?))),
        }
    }
}
