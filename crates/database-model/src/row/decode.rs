//! Reading rows. The line may come from anyone: whatever does not mean a value of its column is refused.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{INFINITY, NEGATIVE_INFINITY, Natural, RowColumn};
use crate::{Row, Value};

/// A line that is not a row of its table. The caller knows the number of the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (byte {offset} of the line)")]
pub struct DecodeError {
    /// What was found and what was expected; names the column where one is to blame.
    pub message: String,
    /// Where in the line reading stopped, in bytes from its start.
    pub offset: usize,
}

/// Reads one line as a row.
pub fn decode_row(columns: &[RowColumn], line: &[u8]) -> Result<Row, DecodeError> {
    let mut row = Vec::with_capacity(columns.len());
    decode_row_into(columns, line, &mut row)?;
    Ok(row)
}

/// As [`decode_row`], into a row whose memory is used again. On error the row's content means nothing.
pub fn decode_row_into(
    columns: &[RowColumn],
    line: &[u8],
    row: &mut Row,
) -> Result<(), DecodeError> {
    row.clear();
    let mut reader = serde_json::Deserializer::from_slice(line);
    reader
        .deserialize_seq(RowVisitor { columns, row })
        .and_then(|()| reader.end())
        .map_err(|error| {
            let message = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            DecodeError {
                message: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
                offset: error.column(),
            }
        })
}

struct RowVisitor<'a> {
    columns: &'a [RowColumn],
    row: &'a mut Row,
}

impl<'de> Visitor<'de> for RowVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array with one value per column")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let expected = self.columns.len();
        for column in self.columns {
            let value = match Natural::of(column.data_type) {
                Natural::Json => match values.next_element::<&RawValue>()? {
                    Some(raw) => Some(json_text(raw, column)?),
                    None => None,
                },
                natural => values.next_element_seed(ValueSeed { natural, column })?,
            };
            let Some(value) = value else {
                let found = self.row.len();
                return Err(de::Error::custom(format_args!(
                    "found {found} values, expected {expected}"
                )));
            };
            self.row.push(value);
        }
        if values.next_element::<de::IgnoredAny>()?.is_some() {
            let s = if expected == 1 { "" } else { "s" };
            return Err(de::Error::custom(format_args!(
                "found more than {expected} value{s}, one per column"
            )));
        }
        Ok(())
    }
}

/// A JSON column holds documents as text; other writers may leave the document as it is.
fn json_text<E: de::Error>(raw: &RawValue, column: &RowColumn) -> Result<Value, E> {
    let seed = ValueSeed {
        natural: Natural::Text,
        column,
    };
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    match raw.get().as_bytes().first() {
        Some(b'"' | b'n') => seed.deserialize(&mut reader).map_err(de::Error::custom),
        Some(b'{') => Ok(seed
            .deserialize(&mut reader)
            .unwrap_or_else(|_| Value::Text(raw.get().to_owned()))),
        _ => Ok(Value::Text(raw.get().to_owned())),
    }
}

#[derive(Clone, Copy)]
struct ValueSeed<'a> {
    natural: Natural,
    column: &'a RowColumn,
}

impl ValueSeed<'_> {
    fn refuse<E: de::Error>(self, found: impl fmt::Display) -> E {
        let expected = match self.natural {
            Natural::Integer => "an integer of 64 bits, as a number or a string",
            Natural::Real => "a number, 'Infinity' or '-Infinity'",
            Natural::Numeric => "a number",
            Natural::Text | Natural::Json => "a string",
            Natural::Blob => "a base64 string",
            Natural::Boolean => "true or false",
            Natural::Any => "a number, a string or a boolean",
        };
        let column = &self.column.name;
        E::custom(format_args!(
            "column '{column}': found {found}, expected {expected}, or an object with one of the members \
             integer, real, text, blob"
        ))
    }

    fn text<E: de::Error>(self, text: String) -> Result<Value, E> {
        if text.as_bytes().contains(&0) {
            let column = &self.column.name;
            return Err(E::custom(format_args!(
                "column '{column}': text holds the character NUL"
            )));
        }
        Ok(Value::Text(text))
    }

    fn blob<E: de::Error>(self, text: &str) -> Result<Value, E> {
        STANDARD
            .decode(text)
            .map(Value::Blob)
            .map_err(|_| self.refuse("text that is not base64"))
    }

    fn string<E: de::Error>(self, text: &str) -> Result<Value, E> {
        let quoted = || {
            format!(
                "the text '{}'",
                text.chars().take(40).collect::<String>().escape_debug()
            )
        };
        match self.natural {
            Natural::Text | Natural::Json | Natural::Any => self.text(text.to_owned()),
            Natural::Blob => self.blob(text),
            Natural::Integer => integer(text).ok_or_else(|| self.refuse(quoted())),
            Natural::Real => infinity(text).ok_or_else(|| self.refuse(quoted())),
            // Decimals beyond a double come as strings and stay text: nothing is rounded here.
            Natural::Numeric => match integer(text).or_else(|| infinity(text)) {
                Some(value) => Ok(value),
                None => self.text(text.to_owned()),
            },
            Natural::Boolean => Err(self.refuse(quoted())),
        }
    }
}

/// Digits with at most a minus before them, within 64 bits.
fn integer(text: &str) -> Option<Value> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    plain
        .then(|| text.parse().ok())
        .flatten()
        .map(Value::Integer)
}

fn infinity(text: &str) -> Option<Value> {
    match text {
        INFINITY => Some(Value::Real(f64::INFINITY)),
        NEGATIVE_INFINITY => Some(Value::Real(f64::NEG_INFINITY)),
        _ => None,
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of column '{}'", self.column.name)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        match self.natural {
            Natural::Boolean | Natural::Any => Ok(Value::Integer(i64::from(flag))),
            _ => Err(self.refuse(flag)),
        }
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        match self.natural {
            Natural::Integer | Natural::Numeric | Natural::Boolean | Natural::Any => {
                Ok(Value::Integer(number))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a JSON number in a real column means the nearest double"
            )]
            Natural::Real => Ok(Value::Real(number as f64)),
            Natural::Text | Natural::Json | Natural::Blob => {
                Err(self.refuse(format_args!("the number {number}")))
            }
        }
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            #[expect(
                clippy::cast_precision_loss,
                reason = "beyond 64 bits engines keep the nearest double"
            )]
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        match self.natural {
            Natural::Real | Natural::Numeric | Natural::Any => Ok(Value::Real(number)),
            _ => Err(self.refuse(format_args!("the number {number}"))),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.string(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(self.refuse("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let natural = match members.next_key::<Cow<'_, str>>()?.as_deref() {
            Some("integer") => Natural::Integer,
            Some("real") => Natural::Real,
            Some("text") => Natural::Text,
            Some("blob") => Natural::Blob,
            Some(_) => return Err(self.refuse("an object with another member")),
            None => return Err(self.refuse("an empty object")),
        };
        let inner = Self { natural, ..self };
        let value = members.next_value_seed(Plain(inner))?;
        if members.next_key::<de::IgnoredAny>()?.is_some() {
            return Err(self.refuse("an object with several members"));
        }
        Ok(value)
    }
}

/// The value inside such an object: neither null nor another object.
struct Plain<'a>(ValueSeed<'a>);

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl Visitor<'_> for Plain<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a plain value of column '{}'", self.0.column.name)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        self.0.visit_i64(number)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        self.0.visit_u64(number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        self.0.visit_f64(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.0.string(text)
    }
}
