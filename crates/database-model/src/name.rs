//! Qualified names, and the artifact ids made from them.

use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use serde::{Deserialize, Serialize};

/// What kind of thing a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A rule of a table.
    Constraint,
    /// A foreign key.
    Relationship,
    /// An index.
    Index,
    /// A view.
    View,
    /// A trigger.
    Trigger,
    /// The rows of a table.
    Data,
}

impl ObjectKind {
    /// The type of the artifact that carries such an object.
    pub const fn artifact_type(self) -> ArtifactType {
        match self {
            Self::Table => ArtifactType::Table,
            Self::Constraint => ArtifactType::Constraint,
            Self::Relationship => ArtifactType::Relationship,
            Self::Index => ArtifactType::Index,
            Self::View => ArtifactType::View,
            Self::Trigger => ArtifactType::Trigger,
            Self::Data => ArtifactType::Data,
        }
    }

    /// In messages: `table`, `foreign key` …
    pub const fn words(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Constraint => "constraint",
            Self::Relationship => "foreign key",
            Self::Index => "index",
            Self::View => "view",
            Self::Trigger => "trigger",
            Self::Data => "rows of table",
        }
    }

    /// Triggers have names of their own in SQLite, and rows have the name of their table: without the ending their ids
    /// would be those of tables.
    const fn ending(self) -> &'static str {
        match self {
            Self::Trigger => ".trigger",
            Self::Data => ".rows",
            _ => "",
        }
    }
}

/// `schema.name`, as people and plans call an object.
pub fn qualified_name(schema: &str, name: &str) -> String {
    format!("{schema}.{name}")
}

/// The id of the artifact that carries an object (package format 1.0, Artifact types): its qualified name made safe.
///
/// The id depends on the object alone, never on what else is exported, so it stays the same from version to version. A
/// name with characters that ids cannot have keeps the others and gets a short hash of the whole.
///
/// ```
/// use installhub_database_model::{ObjectKind, artifact_id};
/// assert_eq!(artifact_id(ObjectKind::Table, "main", "Artist"), "main.Artist");
/// assert_eq!(artifact_id(ObjectKind::Data, "main", "Artist"), "main.Artist.rows");
/// assert_eq!(artifact_id(ObjectKind::Table, "main", "order details"), "main.order_details-4e07e0b8");
/// ```
pub fn artifact_id(kind: ObjectKind, schema: &str, name: &str) -> String {
    const LONGEST: usize = 128;
    // Names of relationships and constraints are composed with dots, the names of all other objects have none unless
    // somebody put them there.
    let dotted = matches!(kind, ObjectKind::Relationship | ObjectKind::Constraint);
    let id = format!(
        "{}.{}{}",
        safe(schema, false),
        safe(name, dotted),
        kind.ending()
    );
    if id.len() <= LONGEST {
        return id;
    }
    let mark = &Digest::of(id.as_bytes()).to_hex()[..16];
    format!("{}-{mark}", &id[..LONGEST - 17])
}

fn safe(part: &str, dotted: bool) -> String {
    let is_safe = |character: char| {
        character.is_ascii_alphanumeric()
            || matches!(character, '_' | '-')
            || (dotted && character == '.')
    };
    if !part.is_empty() && part.chars().all(is_safe) {
        return part.to_owned();
    }
    let kept: String = part
        .chars()
        .map(|character| if is_safe(character) { character } else { '_' })
        .collect();
    format!("{kept}-{}", &Digest::of(part.as_bytes()).to_hex()[..8])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use installhub_artifact::ArtifactId;

    use super::*;

    #[test]
    fn ids_are_legal_and_differ_where_names_differ() {
        let long = "x".repeat(200);
        let names = [
            "a b",
            "a_b",
            "a.b",
            "a-b",
            "é",
            "e",
            "",
            "\"",
            "'",
            "日本",
            "select",
            &long,
            &long[1..],
        ];
        let kinds = [ObjectKind::Table, ObjectKind::Trigger, ObjectKind::Data];
        let mut seen = BTreeSet::new();
        for kind in kinds {
            for name in names {
                let id = artifact_id(kind, "main", name);
                assert!(id.parse::<ArtifactId>().is_ok(), "{name:?}: {id}");
                assert!(seen.insert(id.to_ascii_lowercase()), "{name:?}: {id} twice");
            }
        }
        assert_ne!(
            artifact_id(ObjectKind::Data, "main", "t"),
            artifact_id(ObjectKind::Table, "main", "t.rows")
        );
    }

    #[test]
    fn plain_names_stay_as_they_are() {
        for (kind, name, expected) in [
            (
                ObjectKind::Index,
                "IFK_AlbumArtistId",
                "main.IFK_AlbumArtistId",
            ),
            (ObjectKind::Trigger, "log", "main.log.trigger"),
            (
                ObjectKind::Relationship,
                "Album.fk.ArtistId.Artist",
                "main.Album.fk.ArtistId.Artist",
            ),
        ] {
            assert_eq!(artifact_id(kind, "main", name), expected);
        }
    }
}
