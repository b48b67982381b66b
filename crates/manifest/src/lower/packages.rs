//! The packages that must be installed first.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use semver::Version;
use serde_json::value::RawValue;

use super::{not_an_object, required_list};
use crate::codes::Code;
use crate::diagnostic::DiagnosticSink;
use crate::excerpt::shown;
use crate::manifest::PackageDependency;
use crate::place::At;
use crate::raw::{self, Field};
use crate::rules::{self, LONGEST_TEXT, Reported, Text};
use crate::unknown::UnknownMembers;

const LIST: &str = "packageDependencies";
const TEXT: Text = Text {
    longest: LONGEST_TEXT,
};

/// The package dependencies.
pub(crate) fn lower(
    field: &Field<'_>,
    sink: &mut DiagnosticSink,
) -> Result<Vec<PackageDependency>, Reported> {
    let items = required_list(field, LIST, sink)?;
    let before = sink.total();
    // Counting first takes a moment and saves growing: the smallest entries are a twentieth of what they become.
    let mut packages = Vec::with_capacity(items.clone().count());
    let mut names = HashMap::with_capacity(packages.capacity());
    for (index, item) in items.enumerate() {
        let package = lower_entry(index, item, &mut names, sink);
        if sink.total() == before {
            packages.extend(package);
        } else {
            packages = Vec::new();
        }
    }
    if sink.total() == before {
        Ok(packages)
    } else {
        Err(Reported)
    }
}

fn lower_entry<'a>(
    index: usize,
    item: &'a RawValue,
    names: &mut HashMap<Cow<'a, str>, usize>,
    sink: &mut DiagnosticSink,
) -> Result<PackageDependency, Reported> {
    let at = |member| At::Member(LIST, index, member);
    let Some(raw) = raw::PackageDependency::of(item) else {
        not_an_object(item, At::Item(LIST, index), sink);
        return Err(Reported);
    };
    let package_name = TEXT.required(raw.package_name, at("packageName"), sink);
    let min_version = rules::VERSION.optional(&raw.min_version, at("minVersion"), sink);
    let max_version = rules::VERSION.optional(&raw.max_version, at("maxVersion"), sink);
    if let (Ok(Some(min)), Ok(Some(max))) = (&min_version, &max_version) {
        check_range(index, min, max, sink);
    }
    if let Ok(name) = &package_name {
        check_repetition(index, name.clone(), names, sink);
    }
    Ok(PackageDependency {
        package_name: package_name?.into_owned(),
        min_version: min_version?,
        max_version: max_version?,
        unknown: UnknownMembers::of(item.get(), raw::PackageDependency::MEMBERS),
    })
}

fn check_range(index: usize, min: &Version, max: &Version, sink: &mut DiagnosticSink) {
    if min.cmp_precedence(max).is_gt() {
        let at = At::Item(LIST, index);
        sink.report_at(Code::ManifestFieldInvalid, at, || {
            format!(
                "{at} has minVersion '{}' above maxVersion '{}' — expected a range some version lies in",
                shown(&min.to_string()),
                shown(&max.to_string())
            )
        });
    }
}

fn check_repetition<'a>(
    index: usize,
    name: Cow<'a, str>,
    names: &mut HashMap<Cow<'a, str>, usize>,
    sink: &mut DiagnosticSink,
) {
    match names.entry(name) {
        Entry::Vacant(vacant) => {
            vacant.insert(index);
        }
        Entry::Occupied(first) => {
            let (name, first) = (first.key(), *first.get());
            let at = At::Item(LIST, index);
            sink.report_at(Code::ManifestFieldInvalid, at, || {
                format!(
                    "{at} names '{}' as {LIST}[{first}] does — expected each package once",
                    shown(name)
                )
            });
        }
    }
}
