//! Between [`Json`] and whatever serde knows.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::JsonError;
use super::number::Number;
use super::owned::{Json, Object};
use super::parse;
use super::write::to_compact_string;

/// A value and a JSON document that do not fit each other.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The value's own serialization failed, or the document lacks what the value's type demands.
    #[error("the JSON does not fit the value's type: {0}")]
    Shape(#[from] serde_json::Error),
    /// The value serializes to something a strict reader refuses, such as a key twice.
    #[error("the value gives no strict JSON: {0}")]
    NotStrict(#[from] JsonError),
}

impl Json {
    /// What `value` serializes to. Nulls are kept; NaN and the infinities become null.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, ConvertError> {
        Ok(parse(&serde_json::to_vec(value)?)?)
    }

    /// Reads a value from this document.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ConvertError> {
        Ok(serde_json::from_str(&to_compact_string(self))?)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(elements) => {
                let mut sequence = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    sequence.serialize_element(element)?;
                }
                sequence.end()
            }
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Number {
    /// Integers that fit as such; everything else as `serde_json`'s raw value, which keeps the lexeme.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.as_i64(), self.as_u64()) {
            // `-0` is an integer for `parse`, but would lose its sign.
            (Some(value), _) if self.as_str() != "-0" => serializer.serialize_i64(value),
            (None, Some(value)) => serializer.serialize_u64(value),
            _ => {
                let raw: &RawValue =
                    serde_json::from_str(self.as_str()).map_err(S::Error::custom)?;
                raw.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    /// Exact as long as integers fit 64 bits and other numbers are the shortest form of a float; [`parse`] is exact always.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    /// As for [`Json`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(AnyVisitor)? {
            Json::Object(members) => Ok(members),
            other => Err(serde::de::Error::custom(format!(
                "found {}, expected an object",
                other.kind_name()
            ))),
        }
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        let number = Number::from_f64(value)
            .ok_or_else(|| E::custom("found a number that is not finite"))?;
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Object::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if let Some(_twice) = members.insert(key, value) {
                return Err(serde::de::Error::custom(
                    "found a key again, expected every key of an object once",
                ));
            }
        }
        Ok(Json::Object(members))
    }
}
