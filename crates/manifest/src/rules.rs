//! The form of every single member: what is read, what is said when it is not of that form.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use installhub_artifact::ArtifactType;
use installhub_checksum::Digest;
use semver::Version;

use crate::codes::Code;
use crate::datetime;
use crate::diagnostic::DiagnosticSink;
use crate::excerpt::shown;
use crate::names::{PackageId, PackageType};
use crate::place::At;
use crate::raw::Field;

/// The most characters any text of a manifest has.
pub(crate) const LONGEST_TEXT: usize = 64 * 1024;

/// A finding has been reported, so there is no value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reported;

/// A form a text can have.
pub(crate) struct Rule<T> {
    /// The code for texts of another form, and for what is no text at all.
    code: Code,
    /// Completes "… is not".
    form: &'static str,
    /// Completes "expected".
    expected: &'static str,
    read: fn(&str) -> Option<T>,
}

pub(crate) const VERSION: Rule<Version> = Rule {
    code: Code::InvalidVersion,
    form: "valid SemVer",
    expected: "major.minor.patch",
    read: |text| Version::parse(text).ok(),
};

pub(crate) const PACKAGE_TYPE: Rule<PackageType> = Rule {
    code: Code::InvalidPackageType,
    form: "a package type",
    expected: "one of workflow-package, form-package, app-package, agent-package, config-package",
    read: |text| text.parse().ok(),
};

pub(crate) const DATETIME: Rule<DateTime<Utc>> = Rule {
    code: Code::InvalidDatetime,
    form: "an ISO 8601 date-time",
    expected: "a real date with time, seconds and zone such as 2026-05-25T09:00:00Z",
    read: datetime::parse,
};

pub(crate) const ARTIFACT_TYPE: Rule<ArtifactType> = Rule {
    code: Code::UnknownArtifactType,
    form: "an artifact type",
    expected: "a type of package format 1.0 such as ProcessDefinition, AtlasForm or Table",
    read: |text| text.parse().ok(),
};

pub(crate) const DIGEST: Rule<Digest> = Rule {
    code: Code::ManifestFieldInvalid,
    form: "a digest",
    expected: "'sha256:' and 64 lowercase hexadecimal digits",
    read: |text| text.parse().ok(),
};

pub(crate) const PACKAGE_ID: Rule<PackageId> = Rule {
    code: Code::ManifestFieldInvalid,
    form: "a package id",
    expected: "a UUID, optionally prefixed 'pkg-'",
    read: |text| text.parse().ok(),
};

pub(crate) const EMAIL: Rule<String> = Rule {
    code: Code::ManifestFieldInvalid,
    form: "an e-mail address",
    expected: "an address such as team@company.com",
    read: |text| is_email(text).then(|| text.to_owned()),
};

pub(crate) const HOMEPAGE: Rule<String> = Rule {
    code: Code::ManifestFieldInvalid,
    form: "a homepage",
    expected: "an https URL",
    read: |text| is_https_url(text).then(|| text.to_owned()),
};

pub(crate) const LICENSE: Rule<String> = Rule {
    code: Code::ManifestFieldInvalid,
    form: "a license",
    expected: "an SPDX expression such as 'MIT OR Apache-2.0', or 'Proprietary'",
    read: |text| is_license(text).then(|| text.to_owned()),
};

pub(crate) const TAG: Rule<String> = Rule {
    code: Code::ManifestFieldInvalid,
    form: "a tag",
    expected: "1 to 30 lowercase letters a-z, digits and hyphens",
    read: |text| is_tag(text).then(|| text.to_owned()),
};

impl<T> Rule<T> {
    /// The value of a member that must be there.
    pub(crate) fn required(
        &self,
        field: Field<'_>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<T, Reported> {
        let field = present(field, at, self.expected, sink)?;
        self.read(&field, at, sink)
    }

    /// The value of a member that may be absent or null: `None` when it is.
    pub(crate) fn optional(
        &self,
        field: &Field<'_>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<Option<T>, Reported> {
        match field {
            Field::Absent | Field::Null => Ok(None),
            field => self.read(field, at, sink).map(Some),
        }
    }

    pub(crate) fn read(
        &self,
        field: &Field<'_>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<T, Reported> {
        let value = field
            .text()
            .filter(|text| text.len() <= LONGEST_TEXT)
            .and_then(self.read);
        if value.is_none() {
            sink.report_at(self.code, at, || {
                format!(
                    "{at} {} is not {} — expected {}",
                    quoted(field),
                    self.form,
                    self.expected
                )
            });
        }
        value.ok_or(Reported)
    }
}

/// A plain text of limited length.
pub(crate) struct Text {
    /// The most characters.
    pub(crate) longest: usize,
}

impl Text {
    pub(crate) fn required<'a>(
        &self,
        field: Field<'a>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<Cow<'a, str>, Reported> {
        let field = present(field, at, "a text", sink)?;
        self.read(field, at, sink)
    }

    pub(crate) fn optional(
        &self,
        field: Field<'_>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<Option<String>, Reported> {
        match field {
            Field::Absent | Field::Null => Ok(None),
            field => self
                .read(field, at, sink)
                .map(|text| Some(text.into_owned())),
        }
    }

    fn read<'a>(
        &self,
        field: Field<'a>,
        at: At,
        sink: &mut DiagnosticSink,
    ) -> Result<Cow<'a, str>, Reported> {
        let longest = self.longest;
        let Field::Text(text) = field else {
            sink.report_at(Code::ManifestFieldInvalid, at, || {
                format!(
                    "{at} {} is not a text — expected up to {longest} characters",
                    quoted(&field)
                )
            });
            return Err(Reported);
        };
        if let Some(control) = text.chars().find(|character| character.is_control()) {
            sink.report_at(Code::ManifestFieldInvalid, at, || {
                let code_point = u32::from(control);
                format!(
                    "{at} '{}' contains U+{code_point:04X} — expected a text without control characters",
                    shown(&text)
                )
            });
            return Err(Reported);
        }
        // A byte is at most a character, so short texts need no counting.
        if text.len() > longest && text.chars().count() > longest {
            sink.report_at(Code::ManifestFieldInvalid, at, || {
                format!(
                    "{at} '{}' has {} characters — expected at most {longest}",
                    shown(&text),
                    text.chars().count()
                )
            });
            return Err(Reported);
        }
        Ok(text)
    }
}

/// The member, unless it is absent, null or blank, which is reported.
pub(crate) fn present<'a>(
    field: Field<'a>,
    at: At,
    expected: &str,
    sink: &mut DiagnosticSink,
) -> Result<Field<'a>, Reported> {
    let state = match &field {
        Field::Absent => "is missing",
        Field::Null => "is null",
        Field::Text(text) if text.is_empty() => "is empty",
        Field::Text(text) if text.trim().is_empty() => "is blank",
        _ => return Ok(field),
    };
    sink.report_at(Code::ManifestFieldMissing, at, || {
        format!("{at} {state} — expected {expected}")
    });
    Err(Reported)
}

/// The value as messages show it.
pub(crate) fn quoted(field: &Field<'_>) -> String {
    match field {
        Field::Absent => "(missing)".to_owned(),
        Field::Null => "null".to_owned(),
        Field::Text(text) => format!("'{}'", shown(text)),
        Field::Other(value) => shown(value.get()),
    }
}

/// The addresses HTML's e-mail inputs take, which is what people can actually write to.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_atom =
        |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 254
        && !local.is_empty()
        && local.bytes().all(is_atom)
        && domain.split('.').all(is_label)
}

/// An https URL with a host, without what URL readers silently drop or correct.
fn is_https_url(text: &str) -> bool {
    let has_scheme = text
        .get(..8)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    has_scheme
        && !text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
        && !text[8..].starts_with('/')
        && url::Url::parse(text).is_ok_and(|url| url.has_host())
}

fn is_license(text: &str) -> bool {
    // An identifier that was deprecated keeps its meaning; the packages that carry it must stay readable.
    const MODE: spdx::ParseMode = spdx::ParseMode {
        allow_deprecated: true,
        ..spdx::ParseMode::STRICT
    };
    text == "Proprietary"
        || (!text.contains(char::is_control) && spdx::Expression::parse_mode(text, MODE).is_ok())
}

fn is_tag(text: &str) -> bool {
    (1..=30).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(check: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(check(text), "{text:?} should be taken");
        }
        for text in bad {
            assert!(!check(text), "{text:?} should be refused");
        }
    }

    #[test]
    fn versions_are_semver_and_nothing_more() {
        let read = |text: &str| (VERSION.read)(text).is_some();
        for text in [
            "0.0.4",
            "1.1.2-prerelease+meta",
            "1.0.0-0A.is.legal",
            "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
        ] {
            assert!(read(text), "{text}");
        }
        for text in [
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            "V1.2.3",
            "=1.2.3",
            "^1.0.0",
            "1.x.0",
            "01.1.1",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-01",
            "1.2.3-a..b",
            "-1.0.0",
            " 1.0.0",
            "1.0.0 ",
            "1.0.0\n",
            "١.0.0",
            "1.0.0-é",
            "1.0.0, 2.0.0",
            "",
        ] {
            assert!(!read(text), "{text:?}");
        }
    }

    #[test]
    fn addresses() {
        agree(
            is_email,
            &["user@company.com", "a.b+c@x", "o'neil@a-b.example"],
            &[
                "", "user", "@x", "a@", "a@b@c", "a b@c", "a@-b", "a@b..c", "a@b\n", "a@b.", "ä@b",
            ],
        );
    }

    #[test]
    fn homepages() {
        agree(
            is_https_url,
            &[
                "https://example.com",
                "HTTPS://example.com/a?b#c",
                "https://bücher.example/ä",
            ],
            &[
                "",
                "http://example.com",
                "https:example.com",
                "https://",
                "https:///x",
                "https://a b",
                "https://exa\nmple.com",
                "https://example.com\\@x",
                "javascript:alert(1)",
                "ftp://x",
                "https://[::1",
            ],
        );
    }

    #[test]
    fn licenses() {
        agree(
            is_license,
            &[
                "MIT",
                "MIT OR Apache-2.0",
                "(MIT AND ISC) OR GPL-2.0-only WITH Classpath-exception-2.0",
                "Proprietary",
                "LicenseRef-company",
                "GPL-2.0",
            ],
            &[
                "",
                "proprietary",
                "mit",
                "MIT/Apache-2.0",
                "My License",
                "MIT OR",
                "MIT\n",
                "All rights reserved",
            ],
        );
    }

    #[test]
    fn tags() {
        agree(
            is_tag,
            &["hr", "a-1", "-", &"x".repeat(30)],
            &["", "HR", "a b", "a_b", "ä", &"x".repeat(31)],
        );
    }

    #[test]
    fn hostile_values_are_judged_quickly() {
        for text in [
            "(".repeat(LONGEST_TEXT),
            "MIT OR ".repeat(9000),
            "a@".repeat(30000),
            "https://".repeat(8000),
        ] {
            assert!(!is_license(&text) && !is_email(&text));
            let _ = is_https_url(&text);
        }
    }
}
