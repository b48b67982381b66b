//! Settings as people and programs see them: every key, its value, and where that came from.

use serde::Serialize;
use serde_json::Value;

use super::Settings;

/// One setting, secrets hidden.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownSetting {
    /// `section.key`.
    pub key: String,
    /// Its value; null when there is none.
    pub value: Value,
    /// Where it came from; `None` for a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Every setting, by key.
pub(super) fn shown(
    settings: &Settings,
    origin: &dyn Fn(&str) -> Option<String>,
) -> Vec<ShownSetting> {
    leaves(settings)
        .into_iter()
        .map(|(key, value)| ShownSetting {
            origin: origin(&key),
            key,
            value,
        })
        .collect()
}

/// The keys of all settings.
pub(super) fn known_keys() -> Vec<String> {
    leaves(&Settings::default())
        .into_iter()
        .map(|(key, _)| key)
        .collect()
}

fn leaves(settings: &Settings) -> Vec<(String, Value)> {
    let sections = match serde_json::to_value(settings) {
        Ok(Value::Object(sections)) => sections,
        // Settings are plain structs: nothing in them can fail to become JSON.
        other => unreachable!("settings are an object, not {other:?}"),
    };
    let mut leaves = Vec::new();
    for (section, keys) in sections {
        if let Value::Object(keys) = keys {
            leaves.extend(
                keys.into_iter()
                    .map(|(key, value)| (format!("{section}.{key}"), value)),
            );
        }
    }
    leaves
}
