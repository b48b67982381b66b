//! What one database object becomes, and why.

use installhub_artifact::Json;
use installhub_conflict_merge::{Clash, Decision, Fallback, FieldDecisions, FieldPath, Strategy};
use installhub_database_model::{Column, ObjectKind, SchemaObject, Table, TableChange};

use crate::plan::PlannedAction;
use crate::ports::ObjectChange;

/// What the answer depends on besides the two definitions.
pub(super) struct Question {
    /// The target's.
    pub(super) dialect: &'static str,
    /// The definition that was installed last.
    pub(super) base: Option<SchemaObject>,
    pub(super) decisions: FieldDecisions,
    pub(super) strategy: Option<Strategy>,
}

/// What becomes of an object.
pub(super) struct Ruling {
    pub(super) action: PlannedAction,
    /// The strategy, where it had something to decide.
    pub(super) strategy: Option<Strategy>,
    /// The change that makes the target hold it, if any.
    pub(super) change: Option<ObjectChange>,
    pub(super) clashes: Vec<Clash>,
    pub(super) notes: Vec<String>,
}

impl Ruling {
    fn new(action: PlannedAction, change: Option<ObjectChange>) -> Self {
        Self {
            action,
            strategy: None,
            change,
            clashes: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Question {
    pub(super) fn with_strategy(mut self, strategy: Option<Strategy>) -> Self {
        self.strategy = strategy;
        self
    }

    pub(super) fn rule(&self, existing: Option<&SchemaObject>, incoming: SchemaObject) -> Ruling {
        let needs_sql = matches!(incoming.kind(), ObjectKind::View | ObjectKind::Trigger);
        if needs_sql && incoming.sql(self.dialect).is_none() {
            return Ruling {
                notes: vec![format!("it carries no SQL for {}", self.dialect)],
                ..Ruling::new(PlannedAction::Unsupported, None)
            };
        }
        let Some(there) = existing else {
            let create = ObjectChange::Create(incoming);
            return Ruling::new(PlannedAction::Create, Some(create));
        };
        if same_definition(there, &incoming, self.dialect) {
            return Ruling::new(PlannedAction::NoChange, None);
        }
        let ruling = match self.strategy {
            None => Ruling::new(PlannedAction::Undecided, None),
            Some(Strategy::Skip) => Ruling::new(PlannedAction::Skip, None),
            Some(Strategy::Overwrite) => replace(incoming),
            Some(Strategy::Merge) => match (there, incoming) {
                (SchemaObject::Table(there), SchemaObject::Table(incoming)) => {
                    self.merge_tables(there, incoming)
                }
                (there, incoming) => self.merge_definitions(there, incoming),
            },
        };
        Ruling {
            strategy: self.strategy,
            ..ruling
        }
    }

    /// A table gains the columns it lacks. A column that both have with different types is a clash, which can only be decided for
    /// the target: taking the package's type means to overwrite the table.
    fn merge_tables(&self, there: &Table, incoming: Table) -> Ruling {
        let open: Vec<Clash> = incoming
            .columns
            .iter()
            .filter_map(|column| self.type_clash(there, &incoming, column))
            .filter(|clash| !self.keeps_existing(&clash.pointer))
            .collect();
        if !open.is_empty() {
            return Ruling {
                clashes: open,
                notes: vec![
                    "merging cannot change the type of a column: decide for the existing one, or overwrite the table"
                        .to_owned(),
                ],
                ..Ruling::new(PlannedAction::Undecided, None)
            };
        }
        let adds_columns_only =
            TableChange::between(there, &incoming).is_none_or(|change| change.only_adds_columns());
        let ruling = if has_columns(there, &incoming) {
            Ruling::new(PlannedAction::NoChange, None)
        } else {
            let extend = ObjectChange::Extend(SchemaObject::Table(incoming));
            Ruling::new(PlannedAction::Merge, Some(extend))
        };
        let kept = "what differs besides missing columns stays as the target has it".to_owned();
        Ruling {
            notes: if adds_columns_only {
                Vec::new()
            } else {
                vec![kept]
            },
            ..ruling
        }
    }

    fn type_clash(&self, there: &Table, incoming: &Table, column: &Column) -> Option<Clash> {
        let existing = there.column(&column.name)?;
        let one_engine =
            there.sql.contains_key(self.dialect) && incoming.sql.contains_key(self.dialect);
        let declared = |column: &Column| {
            let native = column.native_type.clone().filter(|_| one_engine);
            native.unwrap_or_else(|| column.data_type.to_string())
        };
        let (is, wants) = (declared(existing), declared(column));
        if existing.data_type == column.data_type && is.eq_ignore_ascii_case(&wants) {
            return None;
        }
        Some(Clash {
            pointer: type_pointer(&column.name),
            base: None,
            existing: Some(Json::String(is)),
            incoming: Some(Json::String(wants)),
        })
    }

    fn keeps_existing(&self, pointer: &FieldPath) -> bool {
        match self.decision(pointer) {
            Some(decision) => *decision == Decision::Existing,
            None => self.decisions.fallback() == Some(Fallback::Skip),
        }
    }

    fn decision(&self, pointer: &FieldPath) -> Option<&Decision> {
        self.decisions
            .iter()
            .find(|(path, _)| *path == pointer)
            .map(|(_, decision)| decision)
    }

    /// A definition has no parts that could be kept together: the side that changed it since the last import wins, and when both
    /// did, somebody has to decide.
    fn merge_definitions(&self, there: &SchemaObject, incoming: SchemaObject) -> Ruling {
        let Some(base) = &self.base else {
            return replace(incoming);
        };
        if same_definition(base, there, self.dialect) {
            return replace(incoming);
        }
        let keep = || Ruling::new(PlannedAction::NoChange, None);
        if same_definition(base, &incoming, self.dialect) {
            return keep();
        }
        match (self.decision(&FieldPath::root()), self.decisions.fallback()) {
            (Some(Decision::Incoming), _) | (None, Some(Fallback::Overwrite)) => replace(incoming),
            (Some(Decision::Existing), _) | (None, Some(Fallback::Skip)) => keep(),
            (Some(Decision::Value(_)), _) | (None, None) => {
                let sql = |object: &SchemaObject| {
                    object
                        .sql(self.dialect)
                        .map(|sql| Json::String(sql.to_owned()))
                };
                Ruling {
                    clashes: vec![Clash {
                        pointer: FieldPath::root(),
                        base: sql(base),
                        existing: sql(there),
                        incoming: sql(&incoming),
                    }],
                    ..Ruling::new(PlannedAction::Undecided, None)
                }
            }
        }
    }
}

fn replace(incoming: SchemaObject) -> Ruling {
    Ruling::new(PlannedAction::Update, Some(ObjectChange::Replace(incoming)))
}

/// Where a column's type stands in a table's document.
fn type_pointer(column: &str) -> FieldPath {
    let escaped = column
        .replace('~', "~0")
        .replace('/', "~1")
        .replace(',', "~4");
    format!("/columns/[name={escaped}]/dataType")
        .parse()
        .unwrap_or_else(|_| FieldPath::root().member("columns").member(column))
}

/// Whether two descriptions mean the same object. Where both have a statement of this engine, its words decide; relationships and
/// constraints are clauses of their table and have no statement of their own.
pub(super) fn same_definition(one: &SchemaObject, other: &SchemaObject, dialect: &str) -> bool {
    let is_clause = matches!(
        one,
        SchemaObject::Relationship(_) | SchemaObject::Constraint(_)
    );
    match (one.sql(dialect), other.sql(dialect)) {
        (Some(one_sql), Some(other_sql)) if !is_clause => {
            one.kind() == other.kind() && one_sql == other_sql
        }
        _ => one.is_same_definition(other),
    }
}

/// Whether a table has every column of another; other objects have none.
pub(super) fn has_all_columns(found: &SchemaObject, wanted: &SchemaObject) -> bool {
    match (found, wanted) {
        (SchemaObject::Table(found), SchemaObject::Table(wanted)) => has_columns(found, wanted),
        _ => true,
    }
}

fn has_columns(found: &Table, wanted: &Table) -> bool {
    wanted
        .columns
        .iter()
        .all(|column| found.column(&column.name).is_some())
}
