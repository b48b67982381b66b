//! The id table: what every id of the package is called in the target (import, Conflicts).

use std::collections::{BTreeMap, HashSet};

use installhub_artifact::{ArtifactType, Category};
use installhub_kernel::IdGenerator;

/// Package id to target id, fixed once after detection: created artifacts get fresh ids, all others keep the existing one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdTable(BTreeMap<String, String>);

impl IdTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds an id of the package to one of the target.
    pub fn bind(&mut self, source_id: &str, target_id: String) {
        self.0.insert(source_id.to_owned(), target_id);
    }

    /// What `source_id` is called in the target; ids the package does not contain are called the same there.
    pub fn target<'a>(&'a self, source_id: &'a str) -> &'a str {
        self.0.get(source_id).map_or(source_id, String::as_str)
    }

    /// What `source_id` is called in the target, if the package contains it.
    pub fn get(&self, source_id: &str) -> Option<&str> {
        self.0.get(source_id).map(String::as_str)
    }

    /// All ids of the target that the package binds.
    pub fn targets(&self) -> HashSet<&str> {
        self.0.values().map(String::as_str).collect()
    }
}

/// An id for an artifact that is new in the target. Documents get one never used before, so that two packages with the
/// same ids do not meet by accident; database objects are found by name and keep theirs.
pub(crate) fn fresh_id(
    artifact_type: ArtifactType,
    source_id: &str,
    ids: &dyn IdGenerator,
) -> String {
    let spec = artifact_type.spec();
    match spec.category {
        Category::Platform => {
            format!(
                "{}{}",
                spec.id_prefix.unwrap_or_default(),
                ids.new_uuid().simple()
            )
        }
        Category::System => source_id.to_owned(),
    }
}
