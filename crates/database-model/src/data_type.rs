//! Column types: one neutral vocabulary, and how each engine spells it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a column is meant to hold, in no engine's words.
///
/// The type decides how a data file writes the column's values (package format 1.0, Artifact types, "Data files").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// Whole numbers of up to 64 bits.
    Integer,
    /// Binary floating point numbers.
    Real,
    /// Decimal numbers.
    Numeric,
    /// Text.
    Text,
    /// Bytes.
    Blob,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time.
    Timestamp,
    /// A JSON document.
    Json,
    /// A UUID.
    Uuid,
    /// Whatever comes.
    Any,
}

/// A text that names no [`DataType`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no column type: expected one of {}", .0.escape_debug(), DataType::NAMES.join(", "))]
pub struct ParseDataTypeError(String);

/// An engine whose spelling of types is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A neutral type in an engine's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeType {
    /// The type as it stands in a column definition; may be empty where the engine allows that.
    pub sql: &'static str,
    /// What the engine cannot promise that the neutral type means; shown in an import's plan.
    pub loss: Option<&'static str>,
}

impl Dialect {
    /// The key under which an object's canonical SQL stands in `sql`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

impl DataType {
    /// Every type, in the order of the names.
    pub const ALL: [Self; 12] = [
        Self::Integer,
        Self::Real,
        Self::Numeric,
        Self::Text,
        Self::Blob,
        Self::Boolean,
        Self::Date,
        Self::Time,
        Self::Timestamp,
        Self::Json,
        Self::Uuid,
        Self::Any,
    ];
    const NAMES: [&'static str; 12] = [
        "integer",
        "real",
        "numeric",
        "text",
        "blob",
        "boolean",
        "date",
        "time",
        "timestamp",
        "json",
        "uuid",
        "any",
    ];

    /// The name packages use.
    pub const fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// What a type declared in `dialect` is meant to hold.
    ///
    /// SQLite accepts any words as a type; words that say nothing count as their affinity.
    pub fn from_native(dialect: Dialect, declared: &str) -> Self {
        let declared = declared.to_ascii_lowercase();
        let words = declared.split(['(', '[']).next().unwrap_or_default().trim();
        named(words).unwrap_or_else(|| match dialect {
            Dialect::Sqlite => affinity(&declared),
            Dialect::Postgres => Self::Text,
        })
    }

    /// How `dialect` spells this type, and what is lost by it.
    pub const fn to_native(self, dialect: Dialect) -> NativeType {
        let (sql, loss) = match (dialect, self) {
            (_, Self::Integer) => match dialect {
                Dialect::Sqlite => ("INTEGER", None),
                Dialect::Postgres => ("bigint", None),
            },
            (Dialect::Sqlite, Self::Real) => ("REAL", None),
            (Dialect::Sqlite, Self::Numeric) => (
                "NUMERIC",
                Some("decimals that do not fit a double are kept as text"),
            ),
            (Dialect::Sqlite, Self::Text) => ("TEXT", None),
            (Dialect::Sqlite, Self::Blob) => ("BLOB", None),
            (Dialect::Sqlite, Self::Boolean) => ("BOOLEAN", Some("stored as 0 and 1")),
            // The affinity of `DATE`, `JSON` and `UUID` would turn texts that look like numbers into numbers.
            (
                Dialect::Sqlite,
                Self::Date | Self::Time | Self::Timestamp | Self::Json | Self::Uuid,
            ) => ("TEXT", Some("stored as text")),
            (Dialect::Sqlite, Self::Any) => ("", None),
            (Dialect::Postgres, Self::Real) => ("double precision", None),
            (Dialect::Postgres, Self::Numeric) => ("numeric", None),
            (Dialect::Postgres, Self::Text) => ("text", None),
            (Dialect::Postgres, Self::Blob) => ("bytea", None),
            (Dialect::Postgres, Self::Boolean) => ("boolean", None),
            (Dialect::Postgres, Self::Date) => ("date", None),
            (Dialect::Postgres, Self::Time) => ("time", None),
            (Dialect::Postgres, Self::Timestamp) => ("timestamptz", None),
            (Dialect::Postgres, Self::Json) => {
                ("jsonb", Some("formatting and key order are not kept"))
            }
            (Dialect::Postgres, Self::Uuid) => ("uuid", None),
            (Dialect::Postgres, Self::Any) => ("text", Some("every value is stored as text")),
        };
        NativeType { sql, loss }
    }
}

/// Types whose name says it, in either engine.
fn named(words: &str) -> Option<DataType> {
    Some(match words {
        "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "int2" | "int4"
        | "int8" | "serial" | "bigserial" | "smallserial" | "unsigned big int" | "oid" => {
            DataType::Integer
        }
        "real" | "double" | "double precision" | "float" | "float4" | "float8" => DataType::Real,
        "numeric" | "decimal" | "dec" | "money" | "number" => DataType::Numeric,
        "text" | "varchar" | "nvarchar" | "char" | "nchar" | "character" | "character varying"
        | "varying character" | "native character" | "clob" | "bpchar" | "citext" | "name" => {
            DataType::Text
        }
        "blob" | "bytea" | "binary" | "varbinary" => DataType::Blob,
        "bool" | "boolean" => DataType::Boolean,
        "date" => DataType::Date,
        "time" | "timetz" | "time without time zone" | "time with time zone" => DataType::Time,
        "timestamp"
        | "timestamptz"
        | "datetime"
        | "timestamp without time zone"
        | "timestamp with time zone" => DataType::Timestamp,
        "json" | "jsonb" => DataType::Json,
        "uuid" | "guid" | "uniqueidentifier" => DataType::Uuid,
        "any" | "" => DataType::Any,
        _ => return None,
    })
}

/// SQLite's rules for words it does not know, in its own order.
fn affinity(declared: &str) -> DataType {
    let has = |part: &str| declared.contains(part);
    if has("int") {
        DataType::Integer
    } else if has("char") || has("clob") || has("text") {
        DataType::Text
    } else if has("blob") {
        DataType::Blob
    } else if has("real") || has("floa") || has("doub") {
        DataType::Real
    } else {
        DataType::Numeric
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DataType {
    type Err = ParseDataTypeError;

    fn from_str(name: &str) -> Result<Self, ParseDataTypeError> {
        Self::ALL
            .into_iter()
            .find(|data_type| data_type.as_str() == name)
            .ok_or_else(|| ParseDataTypeError(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_agree_with_serde() {
        for data_type in DataType::ALL {
            assert_eq!(data_type.as_str().parse(), Ok(data_type));
            assert_eq!(
                serde_json::to_string(&data_type).expect("a name"),
                format!("\"{data_type}\"")
            );
        }
        assert!("INTEGER".parse::<DataType>().is_err());
    }

    #[test]
    fn declared_types_are_understood_in_every_spelling() {
        for (declared, expected) in [
            ("INTEGER", DataType::Integer),
            ("NVARCHAR(160)", DataType::Text),
            ("NUMERIC(10,2)", DataType::Numeric),
            ("DATETIME", DataType::Timestamp),
            ("", DataType::Any),
            ("ANY", DataType::Any),
            ("FLOATING POINT", DataType::Integer),
            ("BIG DOUBLE", DataType::Real),
            ("MY BLOB", DataType::Blob),
            ("LONGTEXT", DataType::Text),
            ("STRING", DataType::Numeric),
            ("JSON", DataType::Json),
        ] {
            assert_eq!(
                DataType::from_native(Dialect::Sqlite, declared),
                expected,
                "{declared}"
            );
        }
        for (declared, expected) in [
            ("character varying(10)", DataType::Text),
            ("timestamp without time zone", DataType::Timestamp),
            ("text[]", DataType::Text),
            ("mpaa_rating", DataType::Text),
            ("bytea", DataType::Blob),
        ] {
            assert_eq!(
                DataType::from_native(Dialect::Postgres, declared),
                expected,
                "{declared}"
            );
        }
    }

    #[test]
    fn a_type_survives_its_own_spelling_unless_a_loss_is_stated() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            for data_type in DataType::ALL {
                let native = data_type.to_native(dialect);
                assert!(
                    native.loss.is_some()
                        || DataType::from_native(dialect, native.sql) == data_type,
                    "{data_type} in {dialect:?}"
                );
            }
        }
    }
}
