//! Differences as lines of text, for terminals and logs.

use std::fmt;
use std::iter::Sum;

use installhub_artifact::{Json, to_compact_string};
use serde::Serialize;

use crate::clash::Clash;
use crate::diff::{ChangeKind, FieldChange, Place};

/// How many fields changed in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Fields that only the new document has.
    pub added: usize,
    /// Fields that only the old document has.
    pub removed: usize,
    /// Fields with another value.
    pub changed: usize,
    /// Elements that stand elsewhere.
    pub moved: usize,
}

impl Summary {
    /// Counts `changes`.
    pub fn of(changes: &[FieldChange]) -> Self {
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        Self {
            added: count(ChangeKind::Added),
            removed: count(ChangeKind::Removed),
            changed: count(ChangeKind::Changed),
            moved: count(ChangeKind::Moved),
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Sum for Summary {
    fn sum<I: Iterator<Item = Self>>(summaries: I) -> Self {
        summaries.fold(Self::default(), |sum, summary| Self {
            added: sum.added + summary.added,
            removed: sum.removed + summary.removed,
            changed: sum.changed + summary.changed,
            moved: sum.moved + summary.moved,
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.added, "added"),
            (self.removed, "removed"),
            (self.changed, "changed"),
            (self.moved, "moved"),
        ];
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        f.write_str(if told.is_empty() { "no changes" } else { "" })?;
        f.write_str(&told.join(", "))
    }
}

/// One line for each change: `+ /path: value`, `- /path: value`, `~ /path: old → new`, `> /path: after [id=7]`.
///
/// Values are compact JSON of at most `value_chars` characters, cut off with `…`. Characters that could forge a line or
/// turn the direction of reading are written as `\u{…}`, for the documents may come from strangers.
pub fn change_lines(changes: &[FieldChange], value_chars: usize) -> Vec<String> {
    changes
        .iter()
        .map(|change| change_line(change, value_chars))
        .collect()
}

/// One line for each clash: `! /path: base → existing | incoming`, with `(none)` for a side without a value. Values as
/// in [`change_lines`].
pub fn clash_lines(clashes: &[Clash], value_chars: usize) -> Vec<String> {
    let line = |clash: &Clash| {
        let [base, existing, incoming] = [&clash.base, &clash.existing, &clash.incoming]
            .map(|side| value_text(side.as_ref(), value_chars));
        format!(
            "! {}: {base} → {existing} | {incoming}",
            printable(&clash.pointer.to_string())
        )
    };
    clashes.iter().map(line).collect()
}

fn change_line(change: &FieldChange, value_chars: usize) -> String {
    let path = printable(&change.pointer.to_string());
    let old = || value_text(change.old.as_ref(), value_chars);
    let new = || value_text(change.new.as_ref(), value_chars);
    match (change.kind, &change.place) {
        (ChangeKind::Added, _) => format!("+ {path}: {}", new()),
        (ChangeKind::Removed, _) => format!("- {path}: {}", old()),
        (ChangeKind::Changed, _) => format!("~ {path}: {} → {}", old(), new()),
        (ChangeKind::Moved, Some(Place::After(key))) => {
            format!("> {path}: after {}", printable(&key.to_string()))
        }
        (ChangeKind::Moved, _) => format!("> {path}: first"),
    }
}

fn value_text(value: Option<&Json>, most: usize) -> String {
    let Some(value) = value else {
        return "(none)".to_owned();
    };
    let text = to_compact_string(value);
    match text.char_indices().nth(most) {
        None => printable(&text),
        Some((end, _)) => printable(&text[..end]) + "…",
    }
}

fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if is_treacherous(c) {
            printable.extend(c.escape_unicode());
        } else {
            printable.push(c);
        }
    }
    printable
}

/// Control characters, line and paragraph separators, marks that turn the direction of reading.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
