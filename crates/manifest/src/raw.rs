//! The manifest as it stands in the file: every member as found, nothing judged.
//!
//! Values borrow from the manifest's bytes and lists are decoded item by item, so that a manifest made of millions of
//! tiny items costs no more memory than its bytes.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One member, as far as its meaning does not depend on which one it is.
#[derive(Debug, Clone, Default)]
pub enum Field<'a> {
    /// Not there.
    #[default]
    Absent,
    /// Spelled `null`.
    Null,
    /// A text, unescaped.
    Text(Cow<'a, str>),
    /// A number, truth value, list or object, as written.
    Other(&'a RawValue),
}

impl<'a> Field<'a> {
    /// The member a value stands for.
    pub fn of(value: &'a RawValue) -> Self {
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b'"') if !text.contains('\\') => {
                Self::Text(Cow::Borrowed(&text[1..text.len() - 1]))
            }
            Some(b'"') => match serde_json::from_str(text) {
                Ok(unescaped) => Self::Text(Cow::Owned(unescaped)),
                Err(_) => Self::Other(value),
            },
            _ => Self::Other(value),
        }
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, when it is one and not blank.
    pub fn into_filled_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// The items, when it is a list.
    pub fn items(&self) -> Option<Items<'a>> {
        match self {
            Self::Other(value) => Items::of(value),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'de RawValue>::deserialize(deserializer).map(Field::of)
    }
}

/// The items of a list, found one by one.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    rest: &'a str,
}

impl<'a> Items<'a> {
    fn of(list: &'a RawValue) -> Option<Self> {
        let rest = list.get().strip_prefix('[')?;
        Some(Self { rest })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a RawValue;

    fn next(&mut self) -> Option<&'a RawValue> {
        let rest = self.rest.trim_ascii_start();
        let rest = rest.strip_prefix(',').unwrap_or(rest);
        let mut values = serde_json::Deserializer::from_str(rest).into_iter();
        // At the closing bracket there is no value: an error here is the end of the list.
        let item = values.next()?.ok()?;
        self.rest = rest.get(values.byte_offset()..).unwrap_or_default();
        Some(item)
    }
}

/// What kind of JSON value this is, for messages.
pub(crate) fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

macro_rules! raw {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $member:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(default)]
        pub struct $name<'a> {
            $($(#[$field_doc])* #[serde(borrow, rename = $member)] pub $field: Field<'a>,)+
        }

        impl $name<'_> {
            /// The members that mean something here; all others are kept and ignored.
            pub const MEMBERS: &'static [&'static str] = &[$($member),+];
        }

        impl<'a> $name<'a> {
            /// Reads an object; `None` when the value is none.
            pub fn of(value: &'a RawValue) -> Option<Self> {
                is_object(value).then(|| serde_json::from_str(value.get()).ok()).flatten()
            }
        }
    };
}

raw! {
    /// The manifest's own members (package format 1.0, Manifest).
    Manifest {
        /// `"1.0"`.
        manifest_version = "manifestVersion",
        /// A UUID, optionally prefixed.
        package_id = "packageId",
        /// 1–100 characters.
        name = "name",
        /// One of five.
        package_type = "packageType",
        /// Semantic version.
        version = "version",
        /// Up to 500 characters.
        description = "description",
        /// Up to 100 characters.
        author = "author",
        /// Up to 100 characters.
        organization = "organization",
        /// An e-mail address.
        author_email = "authorEmail",
        /// An SPDX expression or `Proprietary`.
        license = "license",
        /// An https URL.
        homepage = "homepage",
        /// Up to ten short words.
        tags = "tags",
        /// ISO 8601 date-time.
        exported_at = "exportedAt",
        /// Who exported.
        exported_by = "exportedBy",
        /// The source tenant.
        tenant_id = "tenantId",
        /// Semantic version of the source platform.
        platform_version = "platformVersion",
        /// The digest of all artifact bytes.
        checksum = "checksum",
        /// List of [`ArtifactEntry`].
        artifacts = "artifacts",
        /// List of [`DependencyEntry`].
        dependencies = "dependencies",
        /// List of [`PackageDependency`].
        package_dependencies = "packageDependencies",
        /// List of artifact ids.
        install_order = "installOrder",
        /// The digest of the README.
        readme_hash = "readmeHash",
    }
}

raw! {
    /// An item of `artifacts`.
    ArtifactEntry {
        /// The artifact's type.
        artifact_type = "type",
        /// Its id.
        id = "id",
        /// Its name.
        name = "name",
        /// Its version.
        version = "version",
        /// Its place in the archive.
        file = "file",
        /// The digest of its file.
        hash = "hash",
    }
}

raw! {
    /// An item of `dependencies`.
    DependencyEntry {
        /// The artifact's type.
        artifact_type = "type",
        /// Its id.
        id = "id",
        /// Its name.
        name = "name",
        /// Its version.
        version = "version",
        /// The digest of its file.
        hash = "hash",
    }
}

raw! {
    /// An item of `packageDependencies`.
    PackageDependency {
        /// The name of the package that is needed.
        package_name = "packageName",
        /// The lowest version that will do.
        min_version = "minVersion",
        /// The lowest version that will not do any more.
        max_version = "maxVersion",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_told_apart_and_lists_come_item_by_item() {
        let text = r#"{"name": "a\u00e9", "version": null, "tags": [ 1, [2, "]"] , {"x": 3},"a,b" ], "x": 1}"#;
        let value: &RawValue = serde_json::from_str(text).expect("JSON");
        let manifest = Manifest::of(value).expect("an object");
        assert_eq!(manifest.name.text(), Some("aé"));
        assert!(matches!(manifest.version, Field::Null));
        assert!(matches!(manifest.checksum, Field::Absent));
        let items: Vec<_> = manifest
            .tags
            .items()
            .expect("a list")
            .map(RawValue::get)
            .collect();
        assert_eq!(items, ["1", r#"[2, "]"]"#, r#"{"x": 3}"#, r#""a,b""#]);
        assert!(manifest.name.items().is_none());
        let empty: &RawValue = serde_json::from_str("[ ]").expect("JSON");
        assert_eq!(Field::of(empty).items().expect("a list").count(), 0);
    }
}
