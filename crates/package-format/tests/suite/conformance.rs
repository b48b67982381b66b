//! Every case of the conformance collection: what has to be found, what may be, and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use installhub_package_format::{Limits, validate};
use serde::Deserialize;

fn collection() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance")
}

#[derive(Deserialize)]
struct Collection {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: PathBuf,
    valid: bool,
    #[serde(default)]
    errors: Vec<Expected>,
    #[serde(default)]
    may: Vec<Name>,
    policy: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    #[serde(flatten)]
    name: Name,
    n: Option<usize>,
    #[serde(default)]
    alternatives: Vec<Name>,
}

#[derive(Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Name {
    layer: String,
    code: String,
}

type Found = BTreeMap<Name, usize>;

/// What the verdict breaks of the case's rules.
fn broken(case: &Case, found: &Found) -> Option<String> {
    let either = case.policy.as_deref() == Some("either");
    if either && found.is_empty() {
        return None;
    }
    if case.valid && !either && !found.is_empty() {
        return Some(format!("unexpected {found:?}"));
    }
    if case.valid {
        return None;
    }
    for expected in &case.errors {
        let count = found.get(&expected.name);
        let alternative = expected
            .alternatives
            .iter()
            .any(|name| found.contains_key(name));
        if count.is_none() && !alternative {
            return Some(format!("lacks {:?}, found {found:?}", expected.name));
        }
        if let (Some(count), Some(n)) = (count, expected.n)
            && *count != n
        {
            return Some(format!("{:?} {count} times instead of {n}", expected.name));
        }
    }
    let allowed = |name: &Name| {
        let by_error = case
            .errors
            .iter()
            .any(|expected| expected.name == *name || expected.alternatives.contains(name));
        by_error || case.may.contains(name)
    };
    let extra: Vec<&Name> = found.keys().filter(|name| !allowed(name)).collect();
    (!extra.is_empty()).then(|| format!("too much: {extra:?}"))
}

#[test]
fn every_case_holds() {
    let list = collection().join("expected.json");
    let text = fs::read_to_string(&list).unwrap_or_else(|error| {
        panic!(
            "the conformance collection has to be at {}: {error}",
            list.display()
        )
    });
    let cases: Collection = serde_json::from_str(&text).expect("the collection's format");
    assert!(cases.cases.len() >= 248, "only {} cases", cases.cases.len());
    let mut wrong = Vec::new();
    for case in &cases.cases {
        let file = File::open(collection().join(&case.file)).expect("a listed case");
        let report = validate(&file, &Limits::default()).expect("a readable file");
        let mut found = Found::new();
        for finding in &report.diagnostics {
            let name = Name {
                layer: finding.layer.to_string(),
                code: finding.code.to_string(),
            };
            *found.entry(name).or_default() += 1;
        }
        assert_eq!(
            report.is_valid(),
            report.manifest.is_some(),
            "{}",
            case.file.display()
        );
        if let Some(reason) = broken(case, &found) {
            let messages: Vec<String> =
                report.diagnostics.iter().map(ToString::to_string).collect();
            wrong.push(format!(
                "{}: {reason}\n    {}",
                case.file.display(),
                messages.join("\n    ")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases do not hold:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
