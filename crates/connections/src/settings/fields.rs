//! Reading the fields of settings, and noting everything that is wrong with them.

use std::collections::BTreeSet;

use installhub_access::FieldError;
use serde_json::{Map, Value};
use url::Url;

/// The longest text in settings, in characters.
const LONGEST: usize = 200;

/// The longest address, in bytes.
const LONGEST_URL: usize = 2_000;

/// The fields of settings that have not been read yet, and what was wrong with those that have.
pub(crate) struct Fields<'a> {
    given: Option<&'a Map<String, Value>>,
    known: BTreeSet<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        let given = value.as_object();
        let errors = match given {
            Some(_) => Vec::new(),
            None => vec![FieldError::new("settings", "type", "expected an object")],
        };
        Self {
            given,
            known: BTreeSet::new(),
            errors,
        }
    }

    /// All errors; fields that nobody has asked for are among them.
    pub(crate) fn finish(mut self) -> Vec<FieldError> {
        let unknown = self.given.into_iter().flat_map(Map::keys);
        for key in unknown.filter(|key| !self.known.contains(key.as_str())) {
            let name: String = key.chars().take(40).collect();
            let message = format!(
                "there is no setting '{}' for this kind; a password or key goes into secret",
                name.escape_debug()
            );
            self.errors
                .push(FieldError::new("settings", "unknownField", message));
        }
        self.errors
    }

    /// Notes what is wrong with a field, whose path begins with `settings.`.
    pub(crate) fn refuse(&mut self, path: &'static str, code: &'static str, message: &str) {
        // Where there are no fields at all, that has been said.
        if self.given.is_some() {
            self.errors.push(FieldError::new(path, code, message));
        }
    }

    fn value(&mut self, path: &'static str) -> Option<&'a Value> {
        let name = path.strip_prefix("settings.").unwrap_or(path);
        self.known.insert(name);
        self.given?.get(name).filter(|value| !value.is_null())
    }

    /// A text that may be missing; `accepts` says whether it is of the right form, which `expected` describes.
    pub(crate) fn optional_text(
        &mut self,
        path: &'static str,
        expected: &str,
        accepts: fn(&str) -> bool,
    ) -> Option<&'a str> {
        let value = self.value(path)?;
        let Some(text) = value.as_str() else {
            self.refuse(path, "type", "expected a text");
            return None;
        };
        let plain = text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
        if plain && accepts(text) {
            Some(text)
        } else {
            self.refuse(path, "invalid", &format!("expected {expected}"));
            None
        }
    }

    /// A text that must be there.
    pub(crate) fn text(
        &mut self,
        path: &'static str,
        expected: &str,
        accepts: fn(&str) -> bool,
    ) -> Option<&'a str> {
        if self.value(path).is_none() {
            self.refuse(path, "required", &format!("expected {expected}"));
            return None;
        }
        self.optional_text(path, expected, accepts)
    }

    /// A port; `default` when it is missing.
    pub(crate) fn port(&mut self, path: &'static str, default: u16) -> Option<u16> {
        let Some(value) = self.value(path) else {
            return Some(default);
        };
        let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
        match port {
            Some(port) if port != 0 => Some(port),
            _ => {
                self.refuse(path, "invalid", "expected a port between 1 and 65535");
                None
            }
        }
    }

    /// A yes or no; no when it is missing.
    pub(crate) fn flag(&mut self, path: &'static str) -> Option<bool> {
        match self.value(path) {
            None => Some(false),
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => {
                self.refuse(path, "type", "expected true or false");
                None
            }
        }
    }

    /// One of several words; the first when it is missing.
    pub(crate) fn word<T: Copy>(
        &mut self,
        path: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let Some(value) = self.value(path) else {
            return words.first().map(|(_, first)| *first);
        };
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("expected one of {}", known.join(", "));
            self.refuse(path, "invalid", &message);
        }
        found.map(|(_, word)| *word)
    }

    /// An address that may be missing.
    pub(crate) fn optional_url(&mut self, path: &'static str) -> Option<Url> {
        let value = self.value(path)?;
        let Some(text) = value.as_str() else {
            self.refuse(path, "type", "expected a text");
            return None;
        };
        let url = Url::parse(text).ok().filter(|url| {
            text.len() <= LONGEST_URL
                && matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            // The text may hold a password, so it is not repeated.
            self.refuse(
                path,
                "invalid",
                "expected an address that begins with http:// or https://, without user, password and fragment",
            );
        }
        url
    }

    /// An address that must be there.
    pub(crate) fn url(&mut self, path: &'static str) -> Option<Url> {
        if self.value(path).is_none() {
            self.refuse(path, "required", "expected an address");
            return None;
        }
        self.optional_url(path)
    }
}
