//! Rows of tables.

use async_trait::async_trait;
use installhub_artifact::{ArtifactType, DataHeader, Json};
use installhub_conflict_merge::Strategy;
use installhub_database_model::ObjectKind;
use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use super::database::database;
use crate::error::ImportError;
use crate::handler::{Applied, Detection, HandlerContext, ImportHandler, Work};
use crate::installed::Installed;
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{DatabaseTarget, RowChanges, RowLoad, RowMode, TargetSession};

/// Imports the rows of a table: typed, in bulk, by key.
pub struct DataHandler;

fn load(
    context: &HandlerContext<'_>,
    entry: &ArtifactEntry,
    mode: RowMode,
) -> Result<(DataHeader, RowLoad), ImportError> {
    let (header, rows) = context.package.rows(entry)?;
    let load = RowLoad {
        table: header.table.clone(),
        columns: rows.columns().to_vec(),
        key: header
            .columns
            .iter()
            .filter(|column| column.key)
            .map(|column| column.name.clone())
            .collect(),
        mode,
        expected_rows: header.rows,
        sequence: header
            .extra
            .get("sequence")
            .and_then(Json::as_str)
            .and_then(|value| value.parse().ok()),
        rows: Box::new(rows),
    };
    Ok((header, load))
}

fn mode(strategy: Option<Strategy>) -> RowMode {
    match strategy {
        Some(Strategy::Skip) => RowMode::Skip,
        Some(Strategy::Merge) => RowMode::Merge,
        // Without a decision the comparison shows what overwriting would do, and the plan waits.
        Some(Strategy::Overwrite) | None => RowMode::Overwrite,
    }
}

/// What the row counts amount to.
fn action(changes: &RowChanges, strategy: Option<Strategy>) -> PlannedAction {
    match strategy {
        _ if changes.is_nothing() && changes.skipped == 0 => PlannedAction::NoChange,
        _ if changes.updated == 0
            && changes.deleted == 0
            && changes.unchanged == 0
            && changes.skipped == 0 =>
        {
            PlannedAction::Create
        }
        // Rows that are only added take nothing from anybody: there is nothing to decide.
        None if changes.updated == 0 && changes.deleted == 0 => PlannedAction::Merge,
        Some(Strategy::Skip) if changes.is_nothing() => PlannedAction::Skip,
        _ => among_others(strategy),
    }
}

/// What happens where there are rows already.
fn among_others(strategy: Option<Strategy>) -> PlannedAction {
    match strategy {
        None => PlannedAction::Undecided,
        Some(Strategy::Skip | Strategy::Merge) => PlannedAction::Merge,
        Some(Strategy::Overwrite) => PlannedAction::Update,
    }
}

/// What would happen to the rows of one table.
struct Outlook {
    action: PlannedAction,
    rows: Option<RowChanges>,
    notes: Vec<String>,
}

impl Outlook {
    fn rows(action: PlannedAction, rows: RowChanges) -> Self {
        Self {
            action,
            rows: Some(rows),
            notes: Vec::new(),
        }
    }

    async fn of(
        target: &mut dyn DatabaseTarget,
        context: &HandlerContext<'_>,
        entry: &ArtifactEntry,
        strategy: Option<Strategy>,
    ) -> Result<Self, ImportError> {
        use PlannedAction as A;
        let (header, request) = load(context, entry, mode(strategy))?;
        let table_step = context.earlier.action(ArtifactType::Table, &header.table);
        let all_new = RowChanges {
            created: header.rows,
            ..RowChanges::default()
        };
        let exists = target.find_object(ObjectKind::Table, &header.table).await?;
        if exists.is_none() {
            return Ok(match table_step {
                // Also without rows, where the automatic key has to go on from where it was.
                Some(A::Create) if request.sequence.is_some() => Self::rows(A::Create, all_new),
                Some(A::Create) => Self::rows(action(&all_new, strategy), all_new),
                _ => Self {
                    action: A::Unsupported,
                    rows: None,
                    notes: vec![format!(
                        "there is no table '{}', and the import creates none",
                        header.table
                    )],
                },
            });
        }
        if !matches!(table_step, Some(A::Update | A::Merge | A::Undecided)) {
            let rows = target.compare_rows(request).await?;
            return Ok(Self::rows(action(&rows, strategy), rows));
        }
        let present = target.count_rows(&header.table).await?;
        let replaced = if mode(strategy) == RowMode::Overwrite {
            present
        } else {
            0
        };
        let action = if present == 0 {
            action(&all_new, strategy)
        } else {
            among_others(strategy)
        };
        let note = "the table's definition changes first; rows are compared when the import runs";
        Ok(Self {
            notes: vec![note.to_owned()],
            ..Self::rows(
                action,
                RowChanges {
                    deleted: replaced,
                    ..all_new
                },
            )
        })
    }
}

#[async_trait]
impl ImportHandler for DataHandler {
    fn name(&self) -> &'static str {
        "DataHandler"
    }

    fn types(&self) -> &'static [ArtifactType] {
        &[ArtifactType::Data]
    }

    async fn detect(
        &self,
        _session: &mut dyn TargetSession,
        _scope: &TenantScope,
        _installed: &Installed,
        incoming: &[&ArtifactEntry],
    ) -> Result<Vec<Detection>, ImportError> {
        // Rows have no identity of their own as a set; they are compared key by key in their table.
        Ok(incoming
            .iter()
            .map(|entry| Detection::Existing {
                target_id: entry.id.clone(),
            })
            .collect())
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
            let strategy = context
                .options
                .strategies
                .strategy_for(ArtifactType::Data, &entry.id);
            let outlook = Outlook::of(target, context, entry, strategy).await?;
            steps.push(PlanStep {
                // Kept even where it decided nothing: the rows are loaded in its mode.
                strategy,
                rows: outlook.rows,
                notes: outlook.notes,
                ..PlanStep::new(entry, &entry.id, self.name(), outlook.action)
            });
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
            let expected_rows = if step.action.writes() {
                let (header, request) = load(context, entry, mode(step.strategy))?;
                let before = target.count_rows(&header.table).await?;
                let changes = target.load_rows(request).await?;
                Some((before + changes.created).saturating_sub(changes.deleted))
            } else {
                None
            };
            applied.push(Applied {
                base: None,
                expected_rows,
            });
        }
        Ok(applied)
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        work: &[Work<'_>],
        applied: &[Applied],
    ) -> Result<(), ImportError> {
        let target = database(session)?;
        for ((entry, _), applied) in work.iter().zip(applied) {
            let Some(expected) = applied.expected_rows else {
                continue;
            };
            let (header, _) = context.package.rows(entry)?;
            let found = target.count_rows(&header.table).await?;
            if found != expected {
                return Err(ImportError::PostCondition {
                    object: format!("table '{}'", header.table),
                    message: format!("it holds {found} rows where {expected} were expected"),
                });
            }
        }
        Ok(())
    }
}
