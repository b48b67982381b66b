//! Sources and targets as people type them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A place that packages come from or go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite database file: `sqlite:PATH`.
    Sqlite(PathBuf),
    /// The artifact store in the home folder: `store`.
    Store,
}

/// A text that is no such place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no place InstallHub knows: expected sqlite:PATH or store")]
pub struct LocationError(String);

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        match text.split_once(':') {
            None if text == "store" => Ok(Self::Store),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(LocationError(text.to_owned())),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Store => f.write_str("store"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_places_are_read() {
        for (text, place) in [
            ("store", Some(Location::Store)),
            ("sqlite:a.db", Some(Location::Sqlite("a.db".into()))),
            (
                "sqlite:/x/y:z.db",
                Some(Location::Sqlite("/x/y:z.db".into())),
            ),
            ("sqlite:", None),
            ("sqlite", None),
            ("a.db", None),
            ("store:x", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), place, "{text:?}");
        }
    }
}
