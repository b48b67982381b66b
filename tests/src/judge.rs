//! The rules by which a verdict on a conformance case is right or wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::inputs;

/// One file and what has to be found in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its path below the folder of cases.
    pub file: String,
    /// Whether it is a good package.
    pub valid: bool,
    /// What has to be found.
    pub errors: Vec<Expected>,
    /// What may be found besides.
    #[serde(default)]
    may: Vec<Finding>,
    /// `either`: it may be accepted as well.
    #[serde(default)]
    policy: Option<String>,
    #[serde(default)]
    context: Context,
    /// What keeps it out of the target, though it is valid.
    #[serde(default, rename = "import_block")]
    pub blocks: Vec<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    target_platform: Option<String>,
    installed_packages: BTreeMap<String, String>,
}

/// A layer and a code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Finding {
    /// The layer.
    pub layer: String,
    /// The code.
    pub code: String,
}

/// A finding that has to be there.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    /// What.
    #[serde(flatten)]
    pub finding: Finding,
    /// Others that say the same.
    #[serde(default)]
    alternatives: Vec<Finding>,
    /// How many times, where it matters.
    #[serde(default)]
    n: Option<usize>,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let text =
        fs::read_to_string(inputs::conformance().join("expected.json")).expect("the list of cases");
    let cases: Cases = serde_json::from_str(&text).expect("a list of cases");
    cases.cases
}

impl Case {
    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        inputs::conformance().join(&self.file)
    }

    /// The target it is judged for.
    pub fn context(&self) -> Vec<String> {
        let platform = self.context.target_platform.as_deref().unwrap_or("4.2.0");
        let mut arguments = vec!["--target-platform".to_owned(), platform.to_owned()];
        for (package, version) in &self.context.installed_packages {
            arguments.extend(["--installed".to_owned(), format!("{package}={version}")]);
        }
        arguments
    }

    /// What is wrong with a verdict; nothing when it is right.
    pub fn disagreement(&self, verdict: &Value) -> Option<String> {
        let mut got: BTreeMap<Finding, usize> = BTreeMap::new();
        for error in verdict["errors"].as_array().into_iter().flatten() {
            *got.entry(finding(error)).or_default() += 1;
        }
        let may_be_accepted = self.policy.as_deref() == Some("either");
        if may_be_accepted && got.is_empty() {
            return None;
        }
        if self.valid {
            return (!got.is_empty() && !may_be_accepted).then(|| format!("unexpected {got:?}"));
        }
        for expected in &self.errors {
            let times = got.get(&expected.finding).copied();
            if times.is_none()
                && !expected
                    .alternatives
                    .iter()
                    .any(|other| got.contains_key(other))
            {
                return Some(format!("lacks {:?}, got {got:?}", expected.finding));
            }
            if let (Some(wanted), Some(times)) = (expected.n, times)
                && wanted != times
            {
                return Some(format!(
                    "{:?} {times} times instead of {wanted}",
                    expected.finding
                ));
            }
        }
        let known: BTreeSet<&Finding> = self
            .errors
            .iter()
            .flat_map(|expected| std::iter::once(&expected.finding).chain(&expected.alternatives))
            .chain(&self.may)
            .collect();
        let extra: Vec<&Finding> = got
            .keys()
            .filter(|finding| !known.contains(finding))
            .collect();
        (!extra.is_empty()).then(|| format!("too much: {extra:?}"))
    }
}

fn finding(error: &Value) -> Finding {
    let text = |member: &str| error[member].as_str().unwrap_or("(none)").to_owned();
    Finding {
        layer: text("layer"),
        code: text("code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Case {
        serde_json::from_str(text).expect("a case")
    }

    fn verdict(codes: &[&str]) -> Value {
        let errors: Vec<Value> = codes
            .iter()
            .map(|code| serde_json::json!({"layer": "L", "code": code, "message": "m"}))
            .collect();
        serde_json::json!({ "errors": errors })
    }

    #[test]
    fn a_verdict_is_right_or_wrong_as_the_cases_say() {
        let two = r#"{"file":"f","valid":false,"errors":[{"layer":"L","code":"A","n":2,
            "alternatives":[{"layer":"L","code":"B"}]}],"may":[{"layer":"L","code":"M"}]}"#;
        let either =
            r#"{"file":"f","valid":false,"policy":"either","errors":[{"layer":"L","code":"A"}]}"#;
        let valid = r#"{"file":"f","valid":true,"errors":[]}"#;
        for (text, codes, right) in [
            (two, &["A", "A"] as &[&str], true),
            (two, &["A", "A", "M"], true),
            (two, &["B"], true),
            (two, &["A"], false),
            (two, &["A", "A", "X"], false),
            (two, &["M"], false),
            (two, &[], false),
            (either, &[], true),
            (either, &["A"], true),
            (either, &["X"], false),
            (valid, &[], true),
            (valid, &["A"], false),
        ] {
            let disagreement = case(text).disagreement(&verdict(codes));
            assert_eq!(
                disagreement.is_none(),
                right,
                "{text} {codes:?}: {disagreement:?}"
            );
        }
    }
}
