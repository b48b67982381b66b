//! The catalogue of artifact types: what every other part of the product knows about a type (package format 1.0, Artifact types).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::catalogue_table::TABLE;

/// The kind of object an artifact is, as the manifest's `type` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the names are those of the manifest; the table says what each is"
)]
pub enum ArtifactType {
    ProcessDefinition,
    ThreadDefinition,
    AtlasForm,
    FieldLibrary,
    RuleSet,
    EntitySchema,
    AppDefinition,
    AgentDefinition,
    Schema,
    Table,
    Constraint,
    Index,
    Relationship,
    View,
    StoredProc,
    Trigger,
    Data,
    Role,
    User,
    Security,
    Config,
    Template,
    Script,
    Metadata,
    Audit,
    Custom,
}

/// Where a type comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// A document of the low-code platform.
    Platform,
    /// An object of a database or of a system around it.
    System,
}

/// What the catalogue knows about a type.
#[derive(Debug)]
pub struct TypeSpec {
    /// The type.
    pub artifact_type: ArtifactType,
    /// Platform document or system object.
    pub category: Category,
    /// The folder under `artifacts/`.
    pub folder: &'static str,
    /// The file name's extension without dot: `ndjson` for rows, else `json`.
    pub extension: &'static str,
    /// What ids of platform documents start with by custom.
    pub id_prefix: Option<&'static str>,
    /// Where documents of this type name others, besides `references[]` (every type) and `dependsOn[]` (system types).
    pub references: &'static [ReferenceField],
    /// What identifies the elements of arrays when two documents are merged; other arrays have the
    /// [generic keys](crate::GENERIC_MERGE_KEYS).
    pub merge_keys: &'static [MergeKey],
    /// The import handler (import, Handlers).
    pub handler: &'static str,
    /// Lower ranks are installed first where references leave a choice (import, Handlers).
    pub install_rank: u8,
}

/// A place in a document that names another artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceField {
    /// Members separated by dots; `[]` after a member stands for its elements: `nodes[].config.formId`.
    pub path: &'static str,
    /// The type of the artifact that is named.
    pub target: ArtifactType,
    /// How the artifact is named.
    pub form: ReferenceForm,
}

/// How a place names another artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceForm {
    /// The value is the id.
    Id,
    /// Calls `entity('<id>')` inside the text, or inside any text below the place.
    Expression,
}

/// What identifies the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeKey {
    /// The top-level member that holds the array.
    pub path: &'static str,
    /// The members of an element which, together, identify it.
    pub members: &'static [&'static str],
}

/// Members that identify the elements of an array the catalogue does not mention, the first that all elements have being taken.
pub const GENERIC_MERGE_KEYS: &[&str] = &[
    "id",
    "nodeId",
    "fieldId",
    "ruleId",
    "fieldName",
    "widgetId",
    "actionId",
    "name",
    "key",
];

/// A name that is no artifact type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not an artifact type: expected one such as 'AtlasForm' or 'Table'", shortened(.0))]
pub struct UnknownType(pub String);

fn shortened(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

impl ArtifactType {
    /// Every type, platform documents first.
    pub const ALL: [Self; 26] = [
        Self::ProcessDefinition,
        Self::ThreadDefinition,
        Self::AtlasForm,
        Self::FieldLibrary,
        Self::RuleSet,
        Self::EntitySchema,
        Self::AppDefinition,
        Self::AgentDefinition,
        Self::Schema,
        Self::Table,
        Self::Constraint,
        Self::Index,
        Self::Relationship,
        Self::View,
        Self::StoredProc,
        Self::Trigger,
        Self::Data,
        Self::Role,
        Self::User,
        Self::Security,
        Self::Config,
        Self::Template,
        Self::Script,
        Self::Metadata,
        Self::Audit,
        Self::Custom,
    ];

    /// What the catalogue knows about the type.
    pub fn spec(self) -> &'static TypeSpec {
        &TABLE[self as usize]
    }

    /// The name in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessDefinition => "ProcessDefinition",
            Self::ThreadDefinition => "ThreadDefinition",
            Self::AtlasForm => "AtlasForm",
            Self::FieldLibrary => "FieldLibrary",
            Self::RuleSet => "RuleSet",
            Self::EntitySchema => "EntitySchema",
            Self::AppDefinition => "AppDefinition",
            Self::AgentDefinition => "AgentDefinition",
            Self::Schema => "Schema",
            Self::Table => "Table",
            Self::Constraint => "Constraint",
            Self::Index => "Index",
            Self::Relationship => "Relationship",
            Self::View => "View",
            Self::StoredProc => "StoredProc",
            Self::Trigger => "Trigger",
            Self::Data => "Data",
            Self::Role => "Role",
            Self::User => "User",
            Self::Security => "Security",
            Self::Config => "Config",
            Self::Template => "Template",
            Self::Script => "Script",
            Self::Metadata => "Metadata",
            Self::Audit => "Audit",
            Self::Custom => "Custom",
        }
    }
}

impl fmt::Display for ArtifactType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ArtifactType {
    type Err = UnknownType;

    /// Names compare exactly.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL
            .into_iter()
            .find(|artifact_type| artifact_type.as_str() == name);
        known.ok_or_else(|| UnknownType(name.to_owned()))
    }
}

/// Where the file of an artifact stands in a package: `artifacts/{folder}/{id}.{extension}` (package format 1.0, Archive).
pub fn artifact_file(artifact_type: ArtifactType, id: &str) -> String {
    let TypeSpec {
        folder, extension, ..
    } = artifact_type.spec();
    format!("artifacts/{folder}/{id}.{extension}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_total_and_consistent() {
        for (at, artifact_type) in ArtifactType::ALL.into_iter().enumerate() {
            let spec = artifact_type.spec();
            assert_eq!(
                (artifact_type as usize, spec.artifact_type),
                (at, artifact_type)
            );
            assert_eq!(artifact_type.as_str().parse(), Ok(artifact_type));
            assert_eq!(
                serde_json::to_string(&artifact_type).expect("serializes"),
                format!("\"{artifact_type}\"")
            );
            assert_eq!(
                spec.category == Category::Platform,
                at < 8,
                "{artifact_type}"
            );
            assert_eq!(
                spec.id_prefix.is_some(),
                spec.category == Category::Platform,
                "{artifact_type}"
            );
            assert_eq!(
                spec.extension == "ndjson",
                artifact_type == ArtifactType::Data
            );
            assert!(spec.handler.ends_with("Handler"));
            for field in spec.references {
                assert_eq!(
                    field.target.spec().category,
                    Category::Platform,
                    "{}",
                    field.path
                );
            }
        }
        let system = ArtifactType::ALL[8..]
            .iter()
            .map(|artifact_type| artifact_type.spec().folder);
        assert_eq!(
            system.collect::<BTreeSet<_>>().len(),
            18,
            "system objects have a folder each"
        );
        let ranks: BTreeSet<u8> = ArtifactType::ALL
            .iter()
            .map(|artifact_type| artifact_type.spec().install_rank)
            .collect();
        assert_eq!(ranks.len(), 26, "ranks leave no choice");
    }

    #[test]
    fn types_are_installed_in_the_order_of_the_import_page() {
        let mut types = ArtifactType::ALL;
        types.sort_by_key(|artifact_type| artifact_type.spec().install_rank);
        let names: Vec<&str> = types.into_iter().map(ArtifactType::as_str).collect();
        assert_eq!(
            names.join(" "),
            "Schema Role User Table Constraint Index Data Relationship View StoredProc Trigger Security Config Template \
             Script Metadata Audit Custom EntitySchema RuleSet FieldLibrary AtlasForm ThreadDefinition ProcessDefinition \
             AgentDefinition AppDefinition"
        );
    }

    #[test]
    fn names_of_types_are_exact() {
        for name in ["", "atlasform", "AtlasForm ", "BaseImport"] {
            assert!(name.parse::<ArtifactType>().is_err(), "{name}");
        }
    }

    #[test]
    fn files_stand_in_their_type_s_folder() {
        assert_eq!(
            artifact_file(ArtifactType::ProcessDefinition, "proc-1"),
            "artifacts/workflows/proc-1.json"
        );
        assert_eq!(
            artifact_file(ArtifactType::Data, "public.film"),
            "artifacts/data/public.film.ndjson"
        );
        assert_eq!(
            artifact_file(ArtifactType::StoredProc, "f"),
            "artifacts/procedures/f.json"
        );
    }
}
