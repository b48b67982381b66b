//! Values as they stand in columns, and back.

use std::fmt::Display;
use std::str::FromStr;

use installhub_artifact::{Json, JsonLimits, json, to_canonical_bytes};
use installhub_importing::ports::StoreError;
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::failure::corrupt;

/// The name of an enum's variant, as serde writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(corrupt(
            "a value to be stored",
            format!("expected a single word, found {other:?}"),
        )),
    }
}

/// The variant of that name.
pub(crate) fn from_word<T: DeserializeOwned>(location: &str, text: &str) -> Result<T, StoreError> {
    let deserializer: StrDeserializer<'_, WordError> = text.into_deserializer();
    T::deserialize(deserializer).map_err(|error| corrupt(location, error.to_string()))
}

/// A value that knows how to read itself.
pub(crate) fn parsed<T>(location: &str, text: &str) -> Result<T, StoreError>
where
    T: FromStr<Err: Display>,
{
    text.parse()
        .map_err(|error: T::Err| corrupt(location, format!("'{text}': {error}")))
}

/// A document as text: canonical, so that equal documents are equal texts.
pub(crate) fn json_text(document: &Json) -> String {
    String::from_utf8(to_canonical_bytes(document)).expect("canonical JSON is UTF-8")
}

/// A document from text, deeper than a package's files may be: what the journal keeps has artifacts inside of it.
pub(crate) fn json_from_text(location: &str, text: &str) -> Result<Json, StoreError> {
    let limits = JsonLimits {
        max_depth: 1_000,
        ..JsonLimits::default()
    };
    json::parse_with(text.as_bytes(), &limits).map_err(|error| corrupt(location, error.to_string()))
}

/// Any value as JSON text.
pub(crate) fn value_text<T: Serialize>(location: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| corrupt(location, error.to_string()))
}

/// Any value from JSON text.
pub(crate) fn value_from_text<T: DeserializeOwned>(
    location: &str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(location, error.to_string()))
}

/// A count as the engine keeps it.
pub(crate) fn stored_count(location: &str, count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|error| corrupt(location, error.to_string()))
}

/// A count from the engine.
pub(crate) fn read_count(location: &str, count: i64) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(|error| corrupt(location, error.to_string()))
}

#[cfg(test)]
mod tests {
    use installhub_importing::ports::{InstallationStatus, JournalPhase, TargetKind};

    use super::*;

    #[test]
    fn variants_are_words_and_words_are_variants() {
        assert_eq!(
            word(&JournalPhase::RollingBack).expect("a word"),
            "rollingBack"
        );
        assert_eq!(
            from_word::<JournalPhase>("x", "rollingBack").expect("a phase"),
            JournalPhase::RollingBack
        );
        assert_eq!(
            from_word::<TargetKind>("x", "store").expect("a kind"),
            TargetKind::Store
        );
        // The index that allows one active installation knows this word.
        assert_eq!(word(&InstallationStatus::Active).expect("a word"), "active");
        let error = from_word::<TargetKind>("import 7", "shop").expect_err("no kind");
        assert!(
            error
                .to_string()
                .starts_with("import 7 is corrupt: unknown variant `shop`"),
            "{error}"
        );
    }

    #[test]
    fn a_document_keeps_its_numbers() {
        let text = "{\n  \"a\": 1.50,\n  \"b\": 12345678901234567890123\n}\n";
        assert_eq!(json_text(&json_from_text("x", text).expect("JSON")), text);
    }
}
