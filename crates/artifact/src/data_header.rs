//! The first line of a data file (package format 1.0, Artifact types).

use std::io::{self, Write};

use semver::Version;

use crate::catalogue::ArtifactType;
use crate::envelope::{self, EXPORTED_AT, EnvelopeError, Identity, SCHEMA_VERSION};
use crate::json::{Json, JsonError, Object, compact, parse, string};

/// What the first line of a data file says: which table the rows belong to, and what they look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataHeader {
    /// The artifact's id.
    pub id: String,
    /// The artifact's name.
    pub name: String,
    /// The artifact's version.
    pub version: Version,
    /// The table, by its qualified name.
    pub table: String,
    /// The columns; every row has one value for each, in this order.
    pub columns: Vec<DataColumn>,
    /// How many rows follow.
    pub rows: u64,
    /// Members the format does not know.
    pub extra: Object,
}

/// A column of a data file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataColumn {
    /// Its name.
    pub name: String,
    /// Its type, in the words of the table's model.
    pub data_type: String,
    /// Whether it belongs to the key that tells rows apart.
    pub key: bool,
    /// Members the format does not know.
    pub extra: Object,
}

/// A line that is no header of a data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataHeaderError {
    /// The line is not strict JSON.
    #[error("the header of the data file is not strict JSON")]
    Json(#[from] JsonError),
    /// The envelope's members are wrong.
    #[error("the header of the data file is not an artifact's")]
    Envelope(#[from] EnvelopeError),
    /// The header belongs to something else.
    #[error("the header of the data file is of type {found}, expected Data")]
    OtherType {
        /// What `_type` says.
        found: ArtifactType,
    },
    /// A member is absent or not what it has to be.
    #[error("the header of the data file has {found} at '{pointer}', expected {expected}")]
    Member {
        /// Where (RFC 6901).
        pointer: String,
        /// What is there.
        found: &'static str,
        /// What should be.
        expected: &'static str,
    },
}

impl DataColumn {
    /// A column outside the key.
    pub fn new(name: impl Into<String>, data_type: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            data_type: data_type.into(),
            ..Self::default()
        }
    }

    /// The same column as part of the key.
    #[must_use]
    pub fn key(self) -> Self {
        Self { key: true, ..self }
    }
}

impl DataHeader {
    /// The header as one line of JSON without the line end, members in the order of the format, further ones sorted after them.
    pub fn to_line(&self) -> String {
        let mut line = Vec::new();
        self.write(&mut line).expect("a vector takes every byte");
        String::from_utf8(line).expect("what is written is made of strings")
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let known = [
            ("_type", ArtifactType::Data.as_str()),
            ("_version", &self.version.to_string()),
            ("_schemaVersion", SCHEMA_VERSION),
            ("id", &self.id),
            ("name", &self.name),
            ("table", &self.table),
        ];
        for (at, (key, text)) in known.into_iter().enumerate() {
            out.write_all(if at == 0 { b"{" } else { b"," })?;
            string(key, out)?;
            out.write_all(b":")?;
            string(text, out)?;
        }
        out.write_all(b",\"columns\":[")?;
        for (at, column) in self.columns.iter().enumerate() {
            if at > 0 {
                out.write_all(b",")?;
            }
            column.write(out)?;
        }
        write!(out, "],\"rows\":{}", self.rows)?;
        write_extra(&self.extra, &Self::KNOWN, out)
    }

    /// Reads a header line, with or without its line end.
    pub fn parse_line(line: &[u8]) -> Result<Self, DataHeaderError> {
        let document = parse(line)?;
        let Some(members) = document.as_object() else {
            return Err(EnvelopeError::NotAnObject(document.kind_name()).into());
        };
        let said = Identity::of(&document);
        if let Some(found) = said
            .artifact_type
            .map(str::parse::<ArtifactType>)
            .transpose()
            .map_err(EnvelopeError::from)?
            && found != ArtifactType::Data
        {
            return Err(DataHeaderError::OtherType { found });
        }
        let id = said.id.ok_or(EnvelopeError::Missing("id"))?.to_owned();
        let columns = member(&document, "", "columns", "an array", Json::as_array)?;
        let columns = columns
            .iter()
            .enumerate()
            .map(|(at, column)| DataColumn::read(column, at));
        Ok(Self {
            name: said.name.unwrap_or(&id).to_owned(),
            id,
            version: envelope::version(&document, said.version)?,
            table: member(&document, "", "table", "a string", Json::as_str)?.to_owned(),
            columns: columns.collect::<Result<_, _>>()?,
            rows: member(&document, "", "rows", "a count", Json::as_u64)?,
            extra: without(members, &Self::KNOWN),
        })
    }

    const KNOWN: [&str; 9] = [
        "_type",
        "_version",
        "_schemaVersion",
        EXPORTED_AT,
        "id",
        "name",
        "table",
        "columns",
        "rows",
    ];
}

impl DataColumn {
    const KNOWN: [&str; 3] = ["name", "type", "key"];

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{\"name\":")?;
        string(&self.name, out)?;
        out.write_all(b",\"type\":")?;
        string(&self.data_type, out)?;
        if self.key {
            out.write_all(b",\"key\":true")?;
        }
        write_extra(&self.extra, &Self::KNOWN, out)
    }

    fn read(column: &Json, at: usize) -> Result<Self, DataHeaderError> {
        let base = format!("/columns/{at}");
        let Some(members) = column.as_object() else {
            return Err(DataHeaderError::Member {
                pointer: base,
                found: column.kind_name(),
                expected: "an object",
            });
        };
        let key = match column.get("key") {
            None | Some(Json::Null) => false,
            Some(_) => member(column, &base, "key", "a boolean", Json::as_bool)?,
        };
        Ok(Self {
            name: member(column, &base, "name", "a string", Json::as_str)?.to_owned(),
            data_type: member(column, &base, "type", "a string", Json::as_str)?.to_owned(),
            key,
            extra: without(members, &Self::KNOWN),
        })
    }
}

fn member<'j, R>(
    object: &'j Json,
    base: &str,
    key: &'static str,
    expected: &'static str,
    read: impl Fn(&'j Json) -> Option<R>,
) -> Result<R, DataHeaderError> {
    let value = object.get(key);
    value.and_then(read).ok_or_else(|| DataHeaderError::Member {
        pointer: format!("{base}/{key}"),
        found: value.map_or("nothing", Json::kind_name),
        expected,
    })
}

fn without(members: &Object, known: &[&str]) -> Object {
    foreign(members, known)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn foreign<'o>(
    members: &'o Object,
    known: &[&str],
) -> impl Iterator<Item = (&'o String, &'o Json)> {
    members
        .iter()
        .filter(|(key, _)| !known.contains(&key.as_str()))
}

/// Writes the remaining members of an object, and its end. What the format knows has been written, whatever `extra` holds.
fn write_extra(extra: &Object, known: &[&str], out: &mut impl Write) -> io::Result<()> {
    for (key, value) in foreign(extra, known) {
        out.write_all(b",")?;
        string(key, out)?;
        out.write_all(b":")?;
        compact(value, out)?;
    }
    out.write_all(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film() -> DataHeader {
        DataHeader {
            id: "public.film".to_owned(),
            name: "film \"rows\"".to_owned(),
            version: Version::new(1, 0, 0),
            table: "public.film".to_owned(),
            columns: vec![
                DataColumn::new("film_id", "integer").key(),
                DataColumn::new("title", "text"),
            ],
            rows: 2,
            extra: Object::from_iter([("dependsOn", Json::from(vec!["public.film-table"]))]),
        }
    }

    #[test]
    fn the_line_has_the_order_of_the_format() {
        let line = concat!(
            r#"{"_type":"Data","_version":"1.0.0","_schemaVersion":"1.0","id":"public.film","name":"film \"rows\"","#,
            r#""table":"public.film","columns":[{"name":"film_id","type":"integer","key":true},{"name":"title","type":"text"}],"#,
            r#""rows":2,"dependsOn":["public.film-table"]}"#
        );
        assert_eq!(film().to_line(), line);
        assert_eq!(
            DataHeader::parse_line(format!("{line}\n").as_bytes()),
            Ok(film())
        );
    }

    #[test]
    fn members_the_format_does_not_know_survive_and_cannot_double_those_it_knows() {
        let line = br#"{"z":1.0,"id":7,"rows":0,"table":"t","columns":[{"type":"x","name":"a","nullable":true,"key":null}],"a":{}}"#;
        let mut header = DataHeader::parse_line(line).expect("reads");
        assert_eq!((header.id.as_str(), header.name.as_str()), ("7", "7"));
        assert_eq!(
            header.columns[0].extra.get("nullable"),
            Some(&Json::Bool(true))
        );
        header.extra.insert("rows".to_owned(), Json::Null);
        let again = DataHeader::parse_line(header.to_line().as_bytes()).expect("strict");
        assert_eq!(again.extra.keys().collect::<Vec<_>>(), ["a", "z"]);
        assert_eq!(again.columns, header.columns);
    }

    #[test]
    fn a_wrong_header_says_what_and_where() {
        let cases = [
            ("[]", "the header of the data file is not an artifact's"),
            ("{", "the header of the data file is not strict JSON"),
            (
                r#"{"_type":"Table","id":"a"}"#,
                "the header of the data file is of type Table, expected Data",
            ),
            (
                r#"{"id":"a","columns":{}}"#,
                "the header of the data file has an object at '/columns', expected an array",
            ),
            (
                r#"{"id":"a","table":"t","columns":[{"name":"a","type":"t"},{"name":1}],"rows":1}"#,
                "the header of the data file has a number at '/columns/1/name', expected a string",
            ),
            (
                r#"{"id":"a","table":"t","columns":[],"rows":-1}"#,
                "the header of the data file has a number at '/rows', expected a count",
            ),
            (
                r#"{"id":"a","columns":[]}"#,
                "the header of the data file has nothing at '/table', expected a string",
            ),
        ];
        for (line, message) in cases {
            assert_eq!(
                DataHeader::parse_line(line.as_bytes())
                    .expect_err(line)
                    .to_string(),
                message
            );
        }
    }
}
