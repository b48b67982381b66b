//! What a connection is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most characters of a name.
const LONGEST: usize = 100;

/// What a connection is called: 1 to 100 characters, no control characters, no space at either end.
///
/// Two names of a tenant differ in more than upper and lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionName(String);

/// A text that cannot name a connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' cannot name a connection: expected 1 to {LONGEST} characters, no control characters, and no space at either end",
    .0.escape_debug()
)]
pub struct ConnectionNameError(String);

impl ConnectionName {
    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is unique within a tenant.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl TryFrom<String> for ConnectionName {
    type Error = ConnectionNameError;

    fn try_from(name: String) -> Result<Self, ConnectionNameError> {
        let length = name.chars().count();
        if (1..=LONGEST).contains(&length)
            && !name.chars().any(char::is_control)
            && name.trim() == name
        {
            Ok(Self(name))
        } else {
            Err(ConnectionNameError(name))
        }
    }
}

impl FromStr for ConnectionName {
    type Err = ConnectionNameError;

    fn from_str(name: &str) -> Result<Self, ConnectionNameError> {
        Self::try_from(name.to_owned())
    }
}

impl From<ConnectionName> for String {
    fn from(name: ConnectionName) -> Self {
        name.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_printable_and_not_padded() {
        for (name, accepted) in [
            ("Sales", true),
            ("Vertrieb (Köln)", true),
            ("", false),
            (" Sales", false),
            ("Sales ", false),
            ("a\nb", false),
            (&"x".repeat(100), true),
            (&"x".repeat(101), false),
        ] {
            assert_eq!(name.parse::<ConnectionName>().is_ok(), accepted, "{name:?}");
        }
    }
}
