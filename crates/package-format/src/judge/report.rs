//! The verdict.

use installhub_manifest::{
    Diagnostic, DiagnosticSink, Diagnostics, Manifest, ValidationFailure, Warning,
};
use serde::Serialize;

/// What judging a package found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What is wrong, by layer, code and path; at most as many as the limits list.
    #[serde(rename = "errors")]
    pub diagnostics: Vec<Diagnostic>,
    /// How many findings there are, listed or not.
    pub total: usize,
    /// What a person should know and what is nothing wrong.
    pub warnings: Vec<Warning>,
    /// The manifest of a package without findings.
    #[serde(skip)]
    pub manifest: Option<Manifest>,
}

impl Report {
    pub(crate) fn new(
        sink: DiagnosticSink,
        warnings: Vec<Warning>,
        manifest: Option<Manifest>,
    ) -> Self {
        let Diagnostics { listed, total } = sink.finish();
        Self {
            diagnostics: listed,
            total,
            warnings,
            manifest,
        }
    }

    /// Whether nothing was found.
    pub fn is_valid(&self) -> bool {
        self.total == 0
    }

    /// The answer to whoever sent the package, when something was found (validation, Answer).
    pub fn failure(&self) -> Option<ValidationFailure> {
        (!self.is_valid()).then(|| {
            Diagnostics {
                listed: self.diagnostics.clone(),
                total: self.total,
            }
            .into()
        })
    }
}
