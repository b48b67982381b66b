//! Between [`Json`] and whatever serde knows.

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Error, SerializeMap, SerializeSeq, Serializer};
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
    #[error("the JSON document and the value's type do not fit each other")]
    Shape(#[from] serde_json::Error),
    /// The value serializes to something a strict reader refuses, such as a key twice.
    #[error("the value does not serialize to strict JSON")]
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
                let raw: &RawValue = serde_json::from_str(self.as_str()).map_err(Error::custom)?;
                raw.serialize(serializer)
            }
        }
    }
}

/// The name under which `serde_json` hands out a value's text instead of the value (its `RawValue` asks the same way). A reader that
/// does not know the name, serde's own buffer for flattened members among them, hands out the value.
const RAW_TEXT: &str = "$serde_json::private::RawValue";

impl<'de> Deserialize<'de> for Json {
    /// Strict and exact when read from text by `serde_json`, as [`parse`] is. Through any other reader, and in flattened members,
    /// numbers are exact as far as 64-bit integers and floats are.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW_TEXT, AnyVisitor)
    }
}

impl<'de> Deserialize<'de> for Object {
    /// As for [`Json`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match <Json as Deserialize>::deserialize(deserializer)? {
            Json::Object(members) => Ok(members),
            other => Err(D::Error::custom(format!(
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

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
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
        while let Some(key) = map.next_key::<String>()? {
            if key == RAW_TEXT && members.is_empty() {
                return parse(map.next_value::<String>()?.as_bytes()).map_err(A::Error::custom);
            }
            if members.contains_key(&key) {
                let twice =
                    format!("found the key \"{key}\" again, expected every key of an object once");
                return Err(A::Error::custom(twice));
            }
            members.insert(key, map.next_value()?);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"a":[1.0,1e3,-0,123456789012345678901234567890,null],"b":{"c":""}}"#;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        value: Json,
        list: Vec<Json>,
        #[serde(flatten)]
        extra: Object,
    }

    #[derive(Deserialize)]
    struct Plain {
        value: Json,
        members: Object,
    }

    #[derive(Serialize)]
    struct Doubled {
        extra: u8,
        #[serde(flatten)]
        more: Object,
    }

    #[test]
    fn values_inside_other_structures_stay_exact() {
        let expected = parse(TEXT.as_bytes()).expect("strict");
        let text = format!(r#"{{"value":{TEXT},"members":{TEXT}}}"#);
        let plain: Plain = serde_json::from_str(&text).expect("fits");
        assert_eq!(
            (&plain.value, Json::Object(plain.members)),
            (&expected, expected.clone())
        );
        assert_eq!(
            serde_json::to_string(&plain.value).expect("serializes"),
            TEXT
        );
        let again: Plain = parse(text.as_bytes())
            .expect("strict")
            .deserialize()
            .expect("fits");
        assert_eq!(again.value, expected);
    }

    #[test]
    fn flattened_members_are_read_with_the_precision_of_floats() {
        let holder: Holder = serde_json::from_str(
            r#"{"value":1,"list":["x",{"k":2}],"more":[0.5,18446744073709551615],"z":null}"#,
        )
        .expect("fits");
        assert_eq!(
            holder.extra.get("more").map(to_compact_string).as_deref(),
            Some("[0.5,18446744073709551615]")
        );
        assert_eq!(
            Json::from_serialize(&holder)
                .expect("converts")
                .deserialize::<Holder>()
                .expect("fits"),
            holder
        );
    }

    #[test]
    fn other_readers_of_serde_work() {
        let value = serde_json::json!({"value": [true, -3], "members": {"k": "v"}});
        let plain: Plain = serde_json::from_value(value).expect("fits");
        assert_eq!(to_compact_string(&plain.value), "[true,-3]");
        let simple = serde::de::value::U64Deserializer::<serde::de::value::Error>::new(7);
        assert_eq!(<Json as Deserialize>::deserialize(simple), Ok(7u64.into()));
    }

    #[test]
    fn what_is_not_strict_is_refused_through_serde_too() {
        let twice = serde_json::from_str::<Json>(r#"{"a":1,"a":2}"#).expect_err("a key twice");
        assert!(
            twice.to_string().starts_with("found the key \"a\" again"),
            "{twice}"
        );
        assert!(serde_json::from_str::<Object>("[]").is_err());
        let doubled = Doubled {
            extra: 1,
            more: Object::from_iter([("extra", 2u64)]),
        };
        assert!(matches!(
            Json::from_serialize(&doubled),
            Err(ConvertError::NotStrict(_))
        ));
    }
}
