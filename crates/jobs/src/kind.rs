//! What sort of work a job is, as a name.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most characters a name may have.
const LONGEST: usize = 64;

/// The name of a sort of work, which decides the handler: `package.admit`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobKind(Cow<'static, str>);

/// A text that cannot name a sort of work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{}' cannot name a kind of job: expected 1 to 64 lower case letters, digits, dots and hyphens, such as package.admit",
    .0.escape_debug()
)]
pub struct JobKindError(String);

impl JobKind {
    /// A name that stands in the program.
    ///
    /// # Panics
    ///
    /// Where the text cannot name a kind; in a constant, that is when the program is built.
    pub const fn of(name: &'static str) -> Self {
        assert!(
            can_name(name),
            "lower case letters, digits, dots and hyphens name a kind of job"
        );
        Self(Cow::Borrowed(name))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn can_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= LONGEST
}

impl TryFrom<String> for JobKind {
    type Error = JobKindError;

    fn try_from(name: String) -> Result<Self, JobKindError> {
        if can_name(&name) {
            Ok(Self(Cow::Owned(name)))
        } else {
            Err(JobKindError(name))
        }
    }
}

impl FromStr for JobKind {
    type Err = JobKindError;

    fn from_str(name: &str) -> Result<Self, JobKindError> {
        Self::try_from(name.to_owned())
    }
}

impl From<JobKind> for String {
    fn from(kind: JobKind) -> Self {
        kind.0.into_owned()
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_plain_name() {
        for (name, accepted) in [
            ("package.admit", true),
            ("sweep-7", true),
            ("", false),
            ("Package", false),
            ("a b", false),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(name.parse::<JobKind>().is_ok(), accepted, "{name:?}");
        }
        assert_eq!(Ok(JobKind::of("a.b")), "a.b".parse());
    }
}
