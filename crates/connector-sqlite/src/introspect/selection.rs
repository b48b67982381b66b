//! Choosing tables by name, with everything they need.

use std::collections::BTreeSet;

use installhub_database_model::{DatabaseSchema, ObjectKind, artifact_id};

use super::{Coverage, SCHEMA};
use crate::error::SqliteError;

/// Patterns over table names: `*` stands for any characters, `?` for one; case does not count, as in the engine's own names.
#[derive(Debug, Clone, Default)]
pub struct TablePatterns(Vec<String>);

impl TablePatterns {
    /// No pattern selects every table.
    pub fn new(patterns: impl IntoIterator<Item = String>) -> Self {
        Self(patterns.into_iter().collect())
    }

    /// Keeps the selected tables, what they need, and what stands on nothing else. Says what was added and left out.
    ///
    /// A pattern that selects nothing is an error: it is most likely misspelt.
    pub fn apply(
        &self,
        schema: &mut DatabaseSchema,
        notices: &mut Vec<Coverage>,
    ) -> Result<(), SqliteError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let selected = |name: &str| self.0.iter().any(|pattern| matches(pattern, name));
        for pattern in &self.0 {
            if !schema
                .tables
                .iter()
                .any(|table| matches(pattern, &table.name))
            {
                let known: Vec<&str> = schema
                    .tables
                    .iter()
                    .map(|table| table.name.as_str())
                    .take(20)
                    .collect();
                return Err(SqliteError::Unreadable {
                    object: format!("pattern '{pattern}'"),
                    message: format!("selects no table; there are: {}", known.join(", ")),
                });
            }
        }
        let mut kept: BTreeSet<String> = schema
            .tables
            .iter()
            .filter(|table| selected(&table.name))
            .map(|table| artifact_id(ObjectKind::Table, SCHEMA, &table.name))
            .collect();
        close(schema, &mut kept, notices);
        retain(schema, &kept, notices);
        Ok(())
    }
}

/// Adds what the kept objects need: tables that foreign keys refer to, and whatever triggers of kept tables touch.
fn close(schema: &DatabaseSchema, kept: &mut BTreeSet<String>, notices: &mut Vec<Coverage>) {
    let name_of = |id: &str| {
        let table = schema
            .tables
            .iter()
            .find(|table| artifact_id(ObjectKind::Table, SCHEMA, &table.name) == id);
        let view = || {
            schema
                .views
                .iter()
                .find(|view| artifact_id(ObjectKind::View, SCHEMA, &view.name) == id)
        };
        table
            .map(|table| table.name.clone())
            .or_else(|| view().map(|view| view.name.clone()))
    };
    loop {
        let before = kept.len();
        let by_relationship = schema
            .relationships
            .iter()
            .filter(|relationship| {
                kept.contains(&artifact_id(ObjectKind::Table, SCHEMA, &relationship.table))
            })
            .map(|relationship| {
                (
                    &relationship.table,
                    "refers to it",
                    &relationship.depends_on,
                )
            });
        let by_trigger = schema
            .triggers
            .iter()
            .filter(|trigger| {
                kept.contains(&artifact_id(ObjectKind::Table, SCHEMA, &trigger.table))
            })
            .map(|trigger| {
                (
                    &trigger.table,
                    "has a trigger that touches it",
                    &trigger.depends_on,
                )
            });
        let by_view = schema
            .views
            .iter()
            .filter(|view| kept.contains(&artifact_id(ObjectKind::View, SCHEMA, &view.name)))
            .map(|view| (&view.name, "reads it", &view.depends_on));
        let wanted: Vec<_> = by_relationship.chain(by_trigger).chain(by_view).collect();
        for (owner, why, ids) in wanted {
            for id in ids {
                if let Some(name) = name_of(id)
                    && kept.insert(id.clone())
                {
                    let message =
                        format!("was not selected but is included because {SCHEMA}.{owner} {why}");
                    notices.push(Coverage::new("Required", &name, message));
                }
            }
        }
        if kept.len() == before {
            return;
        }
    }
}

/// Drops what is not kept. A view stays when everything it reads stays.
fn retain(schema: &mut DatabaseSchema, kept: &BTreeSet<String>, notices: &mut Vec<Coverage>) {
    let mut kept = kept.clone();
    let table_kept = |name: &str, kept: &BTreeSet<String>| {
        kept.contains(&artifact_id(ObjectKind::Table, SCHEMA, name))
    };
    let left_out: Vec<String> = schema
        .tables
        .iter()
        .filter(|table| !table_kept(&table.name, &kept))
        .map(|table| table.name.clone())
        .collect();
    loop {
        let before = kept.len();
        for view in &schema.views {
            if !view.depends_on.is_empty() && view.depends_on.iter().all(|id| kept.contains(id)) {
                kept.insert(artifact_id(ObjectKind::View, SCHEMA, &view.name));
            }
        }
        if kept.len() == before {
            break;
        }
    }
    schema.tables.retain(|table| table_kept(&table.name, &kept));
    schema
        .constraints
        .retain(|constraint| table_kept(&constraint.table, &kept));
    schema
        .relationships
        .retain(|relationship| table_kept(&relationship.table, &kept));
    schema
        .indexes
        .retain(|index| table_kept(&index.table, &kept));
    schema.views.retain(|view| {
        let stays = kept.contains(&artifact_id(ObjectKind::View, SCHEMA, &view.name));
        if !stays {
            notices.push(Coverage::new(
                "NotSelected",
                &view.name,
                "a view on tables that were not selected",
            ));
        }
        stays
    });
    schema.triggers.retain(|trigger| {
        let of_view = kept.contains(&artifact_id(ObjectKind::View, SCHEMA, &trigger.table));
        of_view || table_kept(&trigger.table, &kept)
    });
    for name in left_out {
        notices.push(Coverage::new(
            "NotSelected",
            &name,
            "a table that no pattern selects and nothing selected needs",
        ));
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern
        .chars()
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let name: Vec<char> = name
        .chars()
        .map(|character| character.to_ascii_lowercase())
        .collect();
    let (mut at, mut star) = ((0, 0), None);
    while at.1 < name.len() {
        match pattern.get(at.0) {
            Some('*') => {
                star = Some((at.0, at.1));
                at.0 += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[at.1] => at = (at.0 + 1, at.1 + 1),
            _ => match star {
                // The last star takes one character more.
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at.0..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_people_expect() {
        for (pattern, name, expected) in [
            ("album", "Album", true),
            ("al*", "Album", true),
            ("*line", "InvoiceLine", true),
            ("*li*e", "InvoiceLine", true),
            ("invoice", "InvoiceLine", false),
            ("?rtist", "Artist", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXcXb", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
