//! Rows of tables.

use std::collections::BTreeMap;

use async_trait::async_trait;
use installhub_artifact::{ArtifactType, DataHeader, Json};
use installhub_conflict_merge::Strategy;
use installhub_database_model::ObjectKind;
use installhub_kernel::TenantScope;
use installhub_manifest::ArtifactEntry;

use super::database::database;
use crate::error::ImportError;
use crate::handler::{Applied, Detection, HandlerContext, ImportHandler};
use crate::plan::{PlanStep, PlannedAction};
use crate::ports::{RowChanges, RowLoad, RowMode, TargetSession};

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
        None => PlannedAction::Undecided,
        Some(Strategy::Skip) if changes.is_nothing() => PlannedAction::Skip,
        Some(Strategy::Skip | Strategy::Merge) => PlannedAction::Merge,
        Some(Strategy::Overwrite) => PlannedAction::Update,
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
        _installed: &BTreeMap<String, String>,
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
        incoming: &ArtifactEntry,
        _detection: &Detection,
    ) -> Result<PlanStep, ImportError> {
        let strategy = context
            .options
            .strategies
            .strategy_for(ArtifactType::Data, &incoming.id);
        let (header, request) = load(context, incoming, mode(strategy))?;
        let target = database(session)?;
        let table = target.find_object(ObjectKind::Table, &header.table).await?;
        let table_step = context.earlier.action(ArtifactType::Table, &header.table);
        let mut notes = Vec::new();
        let rows = match (&table, table_step) {
            (None, _) => RowChanges {
                created: header.rows,
                ..RowChanges::default()
            },
            (
                Some(_),
                Some(PlannedAction::Update | PlannedAction::Merge | PlannedAction::Undecided),
            ) => {
                notes.push(
                    "the table's definition changes first; rows are compared when the import runs"
                        .to_owned(),
                );
                let present = target.count_rows(&header.table).await?;
                RowChanges {
                    created: header.rows,
                    deleted: present,
                    ..RowChanges::default()
                }
            }
            (Some(_), _) => target.compare_rows(request).await?,
        };
        let action = action(&rows, strategy);
        Ok(PlanStep {
            artifact_type: ArtifactType::Data,
            source_id: incoming.id.clone(),
            target_id: incoming.id.clone(),
            name: incoming.name.clone(),
            handler: self.name().to_owned(),
            action,
            strategy: if action == PlannedAction::Create {
                None
            } else {
                strategy
            },
            changes: Vec::new(),
            clashes: Vec::new(),
            rows: Some(rows),
            statements: Vec::new(),
            notes,
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
        let mode = mode(
            context
                .options
                .strategies
                .strategy_for(ArtifactType::Data, &incoming.id),
        );
        let (header, request) = load(context, incoming, mode)?;
        let target = database(session)?;
        let before = target.count_rows(&header.table).await?;
        let changes = target.load_rows(request).await?;
        Ok(Applied {
            base: None,
            expected_rows: Some(before + changes.created - changes.deleted),
        })
    }

    async fn verify(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        incoming: &ArtifactEntry,
        _step: &PlanStep,
        applied: &Applied,
    ) -> Result<(), ImportError> {
        let Some(expected) = applied.expected_rows else {
            return Ok(());
        };
        let (header, _) = context.package.rows(incoming)?;
        let found = database(session)?.count_rows(&header.table).await?;
        if found == expected {
            Ok(())
        } else {
            Err(ImportError::PostCondition {
                object: format!("table '{}'", header.table),
                message: format!("it holds {found} rows where {expected} were expected"),
            })
        }
    }
}
