//! Objects as artifacts, and back (package format 1.0, Artifact types).

use installhub_artifact::{Artifact, ConvertError, DataColumn, DataHeader, Json, Object};
use semver::Version;

use crate::{
    Constraint, Index, ObjectKind, Relationship, Table, Trigger, View, artifact_id, qualified_name,
};

/// One object of a [`DatabaseSchema`](crate::DatabaseSchema).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaObject {
    /// A table.
    Table(Table),
    /// A rule of a table.
    Constraint(Constraint),
    /// A foreign key.
    Relationship(Relationship),
    /// An index.
    Index(Index),
    /// A view.
    View(View),
    /// A trigger.
    Trigger(Trigger),
}

/// An artifact that is no object of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The artifact's type has no model here.
    #[error(
        "artifact '{id}': type {found} is no table, constraint, relationship, index, view or trigger"
    )]
    Type {
        /// The artifact.
        id: String,
        /// Its type.
        found: String,
    },
    /// A member is missing or has another shape.
    #[error("artifact '{id}': {message}")]
    Member {
        /// The artifact.
        id: String,
        /// What was found and expected.
        message: String,
    },
    /// `name` and `schema` contradict each other.
    #[error("artifact '{id}': name '{name}' does not begin with its schema '{schema}' and a dot")]
    Name {
        /// The artifact.
        id: String,
        /// The qualified name found.
        name: String,
        /// The schema found.
        schema: String,
    },
}

macro_rules! every {
    ($object:expr, $inner:ident => $result:expr) => {
        match $object {
            SchemaObject::Table($inner) => $result,
            SchemaObject::Constraint($inner) => $result,
            SchemaObject::Relationship($inner) => $result,
            SchemaObject::Index($inner) => $result,
            SchemaObject::View($inner) => $result,
            SchemaObject::Trigger($inner) => $result,
        }
    };
}

impl SchemaObject {
    /// What it is.
    pub const fn kind(&self) -> ObjectKind {
        match self {
            Self::Table(_) => ObjectKind::Table,
            Self::Constraint(_) => ObjectKind::Constraint,
            Self::Relationship(_) => ObjectKind::Relationship,
            Self::Index(_) => ObjectKind::Index,
            Self::View(_) => ObjectKind::View,
            Self::Trigger(_) => ObjectKind::Trigger,
        }
    }

    /// The namespace.
    pub fn schema(&self) -> &str {
        every!(self, object => &object.schema)
    }

    /// The name within the namespace.
    pub fn name(&self) -> &str {
        every!(self, object => &object.name)
    }

    /// `schema.name`.
    pub fn qualified_name(&self) -> String {
        qualified_name(self.schema(), self.name())
    }

    /// The id of the artifact that carries it.
    pub fn artifact_id(&self) -> String {
        artifact_id(self.kind(), self.schema(), self.name())
    }

    /// Ids of artifacts that must be there first.
    pub fn depends_on(&self) -> &[String] {
        every!(self, object => &object.depends_on)
    }

    /// The canonical statement, or clause of a table definition, in a dialect (see [`Dialect`](crate::Dialect)).
    pub fn sql(&self, dialect: &str) -> Option<&str> {
        every!(self, object => object.sql.get(dialect).map(String::as_str))
    }

    /// The object as an artifact of the given version.
    pub fn to_artifact(&self, version: Version) -> Result<Artifact, DocumentError> {
        let id = self.artifact_id();
        let failed = |message: String| DocumentError::Member {
            id: id.clone(),
            message,
        };
        let content = every!(self, object => Json::from_serialize(object))
            .map_err(|error| failed(detail(&error)))?;
        let Json::Object(mut content) = content else {
            return Err(failed("expected an object".to_owned()));
        };
        // The envelope's `name` is the qualified one.
        content.remove("name");
        Ok(Artifact {
            artifact_type: self.kind().artifact_type(),
            name: self.qualified_name(),
            id,
            version,
            content: Json::Object(content),
        })
    }

    /// The object that an artifact carries.
    pub fn from_artifact(artifact: &Artifact) -> Result<Self, DocumentError> {
        let id = || artifact.id.clone();
        let member = |message: String| DocumentError::Member { id: id(), message };
        let content = artifact
            .content
            .as_object()
            .ok_or_else(|| member("expected an object".to_owned()))?;
        let schema = content
            .get("schema")
            .and_then(Json::as_str)
            .ok_or_else(|| {
                member("member 'schema' is missing, expected the namespace as text".to_owned())
            })?;
        let name = artifact
            .name
            .strip_prefix(schema)
            .and_then(|rest| rest.strip_prefix('.'))
            .ok_or_else(|| DocumentError::Name {
                id: id(),
                name: artifact.name.clone(),
                schema: schema.to_owned(),
            })?;
        let mut content: Object = content.clone();
        content.insert("name".to_owned(), Json::String(name.to_owned()));
        let content = Json::Object(content);
        let object = match artifact.artifact_type {
            installhub_artifact::ArtifactType::Table => content.deserialize().map(Self::Table),
            installhub_artifact::ArtifactType::Constraint => {
                content.deserialize().map(Self::Constraint)
            }
            installhub_artifact::ArtifactType::Relationship => {
                content.deserialize().map(Self::Relationship)
            }
            installhub_artifact::ArtifactType::Index => content.deserialize().map(Self::Index),
            installhub_artifact::ArtifactType::View => content.deserialize().map(Self::View),
            installhub_artifact::ArtifactType::Trigger => content.deserialize().map(Self::Trigger),
            other => {
                return Err(DocumentError::Type {
                    id: id(),
                    found: other.as_str().to_owned(),
                });
            }
        };
        object.map_err(|error| member(detail(&error)))
    }
}

/// Which member is wrong. The place serde adds is one in a text nobody has seen.
fn detail(error: &ConvertError) -> String {
    match error {
        ConvertError::Shape(shape) => {
            let message = shape.to_string();
            let place = format!(" at line {} column {}", shape.line(), shape.column());
            message.strip_suffix(&place).unwrap_or(&message).to_owned()
        }
        ConvertError::NotStrict(problem) => problem.to_string(),
    }
}

/// The first line of a table's data file.
///
/// Rows depend on their table and on no other rows, although foreign keys may point there: those are checked when
/// everything is in place. `sequence` is the last value that an automatic key handed out, where it outlives its rows.
pub fn data_header(
    table: &Table,
    rows: u64,
    sequence: Option<i64>,
    version: Version,
) -> DataHeader {
    let mut extra = Object::default();
    let table_id = artifact_id(ObjectKind::Table, &table.schema, &table.name);
    extra.insert(
        "dependsOn".to_owned(),
        Json::Array(vec![Json::String(table_id)]),
    );
    if let Some(sequence) = sequence {
        extra.insert("sequence".to_owned(), Json::String(sequence.to_string()));
    }
    let qualified = qualified_name(&table.schema, &table.name);
    let keys = table.key_columns();
    DataHeader {
        id: artifact_id(ObjectKind::Data, &table.schema, &table.name),
        name: qualified.clone(),
        version,
        table: qualified,
        columns: table
            .stored_columns()
            .map(|column| DataColumn {
                name: column.name.clone(),
                data_type: column.data_type.as_str().to_owned(),
                key: keys
                    .iter()
                    .any(|key| key.eq_ignore_ascii_case(&column.name)),
                extra: Object::default(),
            })
            .collect(),
        rows,
        extra,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use installhub_artifact::parse;

    use super::*;
    use crate::{
        Column, ConstraintKind, DataType, Deferral, Generated, IndexPart, PrimaryKey,
        ReferentialAction, TableOptions,
    };

    fn sql(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("sqlite".to_owned(), text.to_owned())])
    }

    fn table() -> Table {
        Table {
            schema: "main".to_owned(),
            name: "order \"x\".y".to_owned(),
            columns: vec![
                Column {
                    name: "id".to_owned(),
                    data_type: DataType::Integer,
                    native_type: Some("INTEGER".to_owned()),
                    nullable: false,
                    default: None,
                    generated: None,
                    collation: None,
                    identity: true,
                },
                Column {
                    name: "twice".to_owned(),
                    data_type: DataType::Any,
                    native_type: None,
                    nullable: true,
                    default: Some("'x'".to_owned()),
                    generated: Some(Generated::Virtual),
                    collation: Some("NOCASE".to_owned()),
                    identity: false,
                },
            ],
            primary_key: Some(PrimaryKey {
                columns: vec!["id".to_owned()],
            }),
            options: TableOptions {
                strict: true,
                without_rowid: false,
            },
            sql: sql("CREATE TABLE x(id)"),
            ..Table::default()
        }
    }

    fn objects() -> Vec<SchemaObject> {
        let (schema, table_name) = ("main".to_owned(), "t".to_owned());
        vec![
            SchemaObject::Table(table()),
            SchemaObject::Constraint(Constraint {
                schema: schema.clone(),
                name: "t.check.1".to_owned(),
                table: table_name.clone(),
                kind: ConstraintKind::Check {
                    expression: "a > 0".to_owned(),
                },
                sql: BTreeMap::new(),
                depends_on: vec!["main.t".to_owned()],
            }),
            SchemaObject::Relationship(Relationship {
                schema: schema.clone(),
                name: "t.fk.a.u".to_owned(),
                table: table_name.clone(),
                columns: vec!["a".to_owned()],
                referenced_table: "u".to_owned(),
                referenced_columns: Vec::new(),
                on_delete: ReferentialAction::SetNull,
                on_update: ReferentialAction::NoAction,
                deferral: Deferral::Deferred,
                sql: BTreeMap::new(),
                depends_on: Vec::new(),
            }),
            SchemaObject::Index(Index {
                schema: schema.clone(),
                name: "i".to_owned(),
                table: table_name.clone(),
                parts: vec![IndexPart {
                    column: None,
                    descending: true,
                    collation: None,
                }],
                unique: true,
                condition: Some("a > 1".to_owned()),
                sql: sql("CREATE INDEX i"),
                depends_on: Vec::new(),
            }),
            SchemaObject::View(View {
                schema: schema.clone(),
                name: "v".to_owned(),
                columns: vec!["a".to_owned()],
                sql: sql("CREATE VIEW v"),
                depends_on: Vec::new(),
            }),
            SchemaObject::Trigger(Trigger {
                schema,
                name: "g".to_owned(),
                table: table_name,
                sql: sql("CREATE TRIGGER g"),
                depends_on: Vec::new(),
            }),
        ]
    }

    #[test]
    fn every_object_comes_back_from_its_file() {
        for object in objects() {
            let artifact = object
                .to_artifact(Version::new(1, 2, 3))
                .expect("it becomes an artifact");
            let bytes = artifact.canonical_bytes();
            let text = String::from_utf8(bytes.clone()).expect("JSON is text");
            assert!(!text.contains(": null"), "nulls are left out: {text}");
            let read =
                Artifact::from_json(parse(&bytes).expect("it is JSON")).expect("it is an artifact");
            assert_eq!(read.id, object.artifact_id());
            assert_eq!(SchemaObject::from_artifact(&read), Ok(object));
        }
    }

    #[test]
    fn artifacts_that_are_no_objects_are_refused() {
        let good = objects()[4]
            .to_artifact(Version::new(1, 0, 0))
            .expect("a view");
        let mut other_schema = good.clone();
        other_schema.name = "temp.v".to_owned();
        assert!(matches!(
            SchemaObject::from_artifact(&other_schema),
            Err(DocumentError::Name { .. })
        ));
        let mut other_type = good.clone();
        other_type.artifact_type = installhub_artifact::ArtifactType::Role;
        assert!(matches!(
            SchemaObject::from_artifact(&other_type),
            Err(DocumentError::Type { .. })
        ));
        let mut no_sql = good;
        if let Json::Object(content) = &mut no_sql.content {
            content.remove("sql");
        }
        let error = SchemaObject::from_artifact(&no_sql).expect_err("a view is its SQL");
        assert!(error.to_string().contains("sql"), "{error}");
    }

    #[test]
    fn a_data_file_names_its_table_its_key_and_no_computed_column() {
        let header = data_header(&table(), 7, Some(9), Version::new(1, 0, 0));
        assert_eq!(header.columns.len(), 1);
        assert!(header.columns[0].key);
        assert_eq!(
            header.extra.get("sequence").and_then(Json::as_str),
            Some("9")
        );
        let depends = header
            .extra
            .get("dependsOn")
            .and_then(Json::as_array)
            .expect("a list");
        assert_eq!(
            depends.first().and_then(Json::as_str),
            Some(SchemaObject::Table(table()).artifact_id().as_str())
        );
    }
}
