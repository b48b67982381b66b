//! Findings, and the sink that counts all of them and keeps a readable number.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

use crate::codes::{Code, Layer};
use crate::place::{At, Item};

/// One finding. Ordered by layer, code, path and message, so that two runs over one file compare equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The layer that found it.
    pub layer: Layer,
    /// What it is about.
    pub code: Code,
    // Declared before `message` because the derived order compares in this order.
    /// Where: a manifest member such as `artifacts[1].hash`, or an entry's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The value found and what was expected.
    pub message: String,
}

impl Diagnostic {
    /// A finding in the layer its code belongs to.
    pub fn new(code: Code, path: Option<String>, message: impl Into<String>) -> Self {
        Self {
            layer: code.layer(),
            code,
            path,
            message: message.into(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}: {}", self.layer, self.code, self.message)
    }
}

/// Takes findings one by one, counts them all, and keeps so few that a file with a million errors stays cheap.
///
/// Of each code the smallest findings by order are kept; messages of findings that will not be listed are never built.
#[derive(Debug, Clone)]
pub struct DiagnosticSink {
    limit: usize,
    total: usize,
    /// By code, in the order of [`Code::ALL`].
    kept: Vec<BinaryHeap<Diagnostic>>,
    /// An item that lies wholly beyond what is kept of a code, so that its other members need no comparison.
    beyond: Option<(Code, Item)>,
}

impl Default for DiagnosticSink {
    fn default() -> Self {
        Self::new()
    }
}

impl DiagnosticSink {
    /// The most findings an answer lists.
    pub const LISTED: usize = 1_000;

    /// A sink that lists at most [`Self::LISTED`] findings.
    pub fn new() -> Self {
        Self::with_limit(Self::LISTED)
    }

    /// A sink that lists at most `limit` findings.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            total: 0,
            kept: vec![BinaryHeap::new(); Code::ALL.len()],
            beyond: None,
        }
    }

    /// Takes a finding whose path and message are only built when it may be listed.
    pub fn report(
        &mut self,
        code: Code,
        path: Option<&dyn fmt::Display>,
        message: impl FnOnce() -> String,
    ) {
        let compare = |last: Option<&str>| match (path, last) {
            (Some(path), Some(last)) => compare_written(path, last),
            (here, last) => here.is_some().cmp(&last.is_some()),
        };
        self.take(code, compare, || {
            Diagnostic::new(code, path.map(ToString::to_string), message())
        });
    }

    /// The same for a member of the manifest, of which there can be tens of millions.
    pub(crate) fn report_at(&mut self, code: Code, at: At, message: impl FnOnce() -> String) {
        if let Some((beyond, item)) = self.beyond
            && beyond == code
            && at.is_in(item)
        {
            self.total += 1;
            return;
        }
        let mut beyond = None;
        let compare = |last: Option<&str>| match (last, at.item()) {
            (None, _) => Ordering::Greater,
            (Some(last), Some(item)) if item.compare_start(last).is_gt() => {
                beyond = Some((code, item));
                Ordering::Greater
            }
            (Some(last), _) => at.compare(last),
        };
        self.take(code, compare, || {
            Diagnostic::new(code, Some(at.to_string()), message())
        });
        self.beyond = beyond;
    }

    /// Only the smallest by order stay; nearly all of a million are refused here, by their first differing character.
    #[inline]
    fn take(
        &mut self,
        code: Code,
        compare: impl FnOnce(Option<&str>) -> Ordering,
        build: impl FnOnce() -> Diagnostic,
    ) {
        self.total += 1;
        let kept = &mut self.kept[code as usize];
        if kept.len() < self.limit {
            kept.push(build());
            return;
        }
        let is_candidate = kept
            .peek()
            .is_some_and(|last| compare(last.path.as_deref()).is_le());
        if is_candidate && let Some(mut last) = kept.peek_mut() {
            let found = build();
            if found < *last {
                *last = found;
            }
        }
    }

    /// Takes a finding that exists already.
    pub fn push(&mut self, found: Diagnostic) {
        let Diagnostic {
            code,
            path,
            message,
            ..
        } = found;
        self.report(
            code,
            path.as_ref().map(|path| path as &dyn fmt::Display),
            || message,
        );
    }

    /// How many findings were taken, listed or not.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether a finding of this code was taken.
    pub fn has(&self, code: Code) -> bool {
        !self.kept[code as usize].is_empty()
    }

    /// The findings to list and how many there were.
    ///
    /// When there are too many, every code that occurred stays represented: the room is dealt out evenly, and what a
    /// rare code leaves over goes to the frequent ones.
    pub fn finish(self) -> Diagnostics {
        let mut kinds: Vec<_> = self
            .kept
            .into_iter()
            .filter(|kept| !kept.is_empty())
            .map(BinaryHeap::into_sorted_vec)
            .collect();
        kinds.sort_by_key(Vec::len);
        let mut room = self.limit;
        let mut listed = Vec::new();
        let waiting = kinds.len();
        for (served, mut kind) in kinds.into_iter().enumerate() {
            kind.truncate(room.div_ceil(waiting - served));
            room -= kind.len();
            listed.append(&mut kind);
        }
        listed.sort();
        Diagnostics {
            listed,
            total: self.total,
        }
    }
}

/// Compares what `value` would be written as with `text`, writing no further than the first difference.
fn compare_written(value: &dyn fmt::Display, text: &str) -> Ordering {
    struct Comparison<'t> {
        rest: &'t [u8],
        order: Ordering,
    }

    impl Write for Comparison<'_> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            let (same_length, rest) = self.rest.split_at(piece.len().min(self.rest.len()));
            self.rest = rest;
            self.order = piece.as_bytes().cmp(same_length);
            // An error is how a writer stops the writing.
            if self.order == Ordering::Equal {
                Ok(())
            } else {
                Err(fmt::Error)
            }
        }
    }

    let mut comparison = Comparison {
        rest: text.as_bytes(),
        order: Ordering::Equal,
    };
    match write!(comparison, "{value}") {
        Ok(()) if !comparison.rest.is_empty() => Ordering::Less,
        _ => comparison.order,
    }
}

/// The outcome of a [`DiagnosticSink`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics {
    /// In order; at most as many as the sink lists.
    pub listed: Vec<Diagnostic>,
    /// How many there were.
    pub total: usize,
}

/// The answer to a package that was refused, exactly as it is sent (validation, Answer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationFailure {
    /// Always `ValidationFailed`.
    pub error: String,
    /// What to do, and how many findings there are when not all are listed.
    pub message: String,
    /// In order.
    pub errors: Vec<Diagnostic>,
}

impl From<Diagnostics> for ValidationFailure {
    fn from(found: Diagnostics) -> Self {
        let mut message = "Package validation failed. Fix the errors below and retry.".to_owned();
        if found.total > found.listed.len() {
            message = format!(
                "Package validation failed with {} errors, of which {} are listed. Fix the errors below and retry.",
                found.total,
                found.listed.len()
            );
        }
        Self {
            error: "ValidationFailed".to_owned(),
            message,
            errors: found.listed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_finding_is_written_exactly_as_answers_show_it() {
        let mut found = Diagnostic::new(Code::InvalidVersion, Some("version".into()), "no");
        let json = serde_json::to_value(&found).expect("findings serialize");
        assert_eq!(
            json,
            serde_json::json!({"layer": "ManifestSchema", "code": "InvalidVersion", "message": "no", "path": "version"})
        );
        found.path = None;
        let json = serde_json::to_value(&found).expect("findings serialize");
        assert!(json.get("path").is_none());
    }

    #[test]
    fn a_million_findings_build_few_messages_and_hide_no_code() {
        let built = Cell::new(0);
        let mut sink = DiagnosticSink::new();
        for index in 0..1_000_000 {
            sink.report(Code::ManifestFieldInvalid, Some(&index), || {
                built.set(built.get() + 1);
                String::new()
            });
        }
        sink.report(Code::BundleChecksumMismatch, None, String::new);
        assert!(built.get() < 50_000, "{}", built.get());
        let found = sink.finish();
        assert_eq!((found.total, found.listed.len()), (1_000_001, 1_000));
        assert_eq!(found.listed[999].code, Code::BundleChecksumMismatch);
        let answer = ValidationFailure::from(found);
        assert!(
            answer.message.contains("1000001 errors"),
            "{}",
            answer.message
        );
    }

    proptest! {
        #[test]
        fn comparing_what_would_be_written_is_comparing_texts(a in "[a-c]{0,3}", n in 0..200u8, b in "[a-c0-9\\[]{0,6}") {
            let value = format_args!("{a}{n}").to_string();
            prop_assert_eq!(compare_written(&format_args!("{a}{n}"), &b), value.as_str().cmp(&b));
            prop_assert_eq!(compare_written(&format_args!("{a}{n}"), &value), Ordering::Equal);
        }

        #[test]
        fn the_order_of_arrival_does_not_matter(
            mut found in prop::collection::vec((0..Code::ALL.len(), prop::option::of(0..9u8), 0..9u8), 0..60),
            limit in 0..40usize,
        ) {
            let run = |found: &[(usize, Option<u8>, u8)]| {
                let mut sink = DiagnosticSink::with_limit(limit);
                for &(code, path, message) in found {
                    let path = path.map(|path| path.to_string());
                    sink.push(Diagnostic::new(Code::ALL[code], path, message.to_string()));
                }
                sink.finish()
            };
            let once = run(&found);
            prop_assert_eq!(once.total, found.len());
            prop_assert_eq!(once.listed.len(), found.len().min(limit));
            prop_assert!(once.listed.is_sorted());
            found.reverse();
            prop_assert_eq!(run(&found), once);
        }
    }
}
