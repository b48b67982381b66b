//! The decisions' file: what it holds, what it refuses, and the way from a clash to a filled-in template.

use installhub_artifact::{ArtifactType, Json};
use installhub_conflict_merge::{Decision, Decisions, Fallback, FieldPath, Merge, merge};

use crate::documents::json;

fn path(text: &str) -> FieldPath {
    text.parse().expect("a path")
}

#[test]
fn a_template_tells_the_sides_and_is_filled_in() {
    let spec = ArtifactType::RuleSet.spec();
    let base = json(r#"{"rules":[{"ruleId":"r1","limit":1.0,"note":"x"}],"z":1}"#);
    let existing = json(r#"{"rules":[{"ruleId":"r1","limit":2.0}],"z":2}"#);
    let incoming =
        json(r#"{"rules":[{"ruleId":"r1","limit":30000000000000000000000,"note":"y"}],"z":3}"#);
    let merged = |decisions: &Decisions| {
        merge(
            spec,
            Some(&base),
            &existing,
            &incoming,
            &decisions.for_artifact("rule-1"),
        )
    };
    let open = merged(&Decisions::none());
    let mut template = Decisions::template([("rule-0", [].as_slice()), ("rule-1", open.clashes())]);
    let text = String::from_utf8(template.to_bytes()).expect("JSON is UTF-8");
    let expected = r#"{
  "artifacts": {
    "rule-1": {
      "fields": {
        "/rules/[ruleId=r1]/limit": {
          "undecided": {
            "base": 1.0,
            "existing": 2.0,
            "incoming": 30000000000000000000000
          }
        },
        "/rules/[ruleId=r1]/note": {
          "undecided": {
            "base": "x",
            "incoming": "y"
          }
        },
        "/z": {
          "undecided": {
            "base": 1,
            "existing": 2,
            "incoming": 3
          }
        }
      }
    }
  },
  "decisionsVersion": "1.0"
}
"#;
    assert_eq!(text, expected);
    assert_eq!(
        Decisions::parse(text.as_bytes()).expect("what is written is read"),
        template
    );
    assert_eq!(
        merged(&template),
        open,
        "an undecided field decides nothing"
    );

    template.decide(
        "rule-1",
        path("/rules/[ruleId=r1]/limit"),
        Decision::Incoming,
    );
    template.decide(
        "rule-1",
        path("/rules/[ruleId=r1]/note"),
        Decision::Existing,
    );
    template.add_undecided("rule-1", open.clashes());
    assert_eq!(
        template.undecided().collect::<Vec<_>>(),
        [("rule-1", &path("/z"))]
    );
    template.set_fallback(Some(Fallback::Overwrite));
    let expected = json(r#"{"rules":[{"ruleId":"r1","limit":30000000000000000000000}],"z":3}"#);
    assert_eq!(merged(&template), Merge::Clean(expected));
}

#[test]
fn files_read_back_whatever_the_order_they_are_written_in() {
    let text = r#"{"decisionsVersion": "1.0", "fallbackStrategy": "replace", "artifacts": {
        "b": {"fallbackStrategy": "Skip"},
        "a": {"fields": {"/x": "existing", "/l/[id=1]": "incoming", "": {"value": 1.50}}}}}"#;
    let other_order = r#"{"artifacts": {
        "a": {"fields": {"": {"value": 1.50}, "/l/[id=1]": "incoming", "/x": "existing"}},
        "b": {"fields": {}, "fallbackStrategy": "SKIP"}}, "fallbackStrategy": "Overwrite", "decisionsVersion": "1.0"}"#;
    let decisions = Decisions::parse(text.as_bytes()).expect("well formed");
    assert_eq!(
        Decisions::parse(other_order.as_bytes()).expect("well formed"),
        decisions
    );
    assert_eq!(
        Decisions::parse(&decisions.to_bytes()).expect("what is written is read"),
        decisions
    );
    assert_eq!(decisions.artifact_ids().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(
        decisions.for_artifact("a").fallback(),
        Some(Fallback::Overwrite)
    );
    assert_eq!(decisions.for_artifact("b").fallback(), Some(Fallback::Skip));
    assert_eq!(
        decisions.for_artifact("c").fallback(),
        Some(Fallback::Overwrite)
    );
    let of_a = decisions.for_artifact("a");
    let of_a: Vec<(String, &Decision)> = of_a
        .iter()
        .map(|(path, decision)| (path.to_string(), decision))
        .collect();
    let value = Decision::Value(json("1.50"));
    let expected = [
        ("", &value),
        ("/l/[id=1]", &Decision::Incoming),
        ("/x", &Decision::Existing),
    ];
    assert_eq!(
        of_a,
        expected.map(|(path, decision)| (path.to_owned(), decision))
    );

    let through_serde: Decisions =
        serde_json::from_str(&serde_json::to_string(&decisions).expect("decisions serialize"))
            .expect("and read back");
    assert_eq!(through_serde.artifact_ids().count(), 2);
}

#[test]
fn what_is_no_decision_says_where_and_what_was_expected() {
    for (text, expected) in [
        ("{", "the decisions are no strict JSON"),
        (
            "[]",
            "found an array at '', expected an object with decisionsVersion",
        ),
        ("{}", "found decisionsVersion absent, expected \"1.0\""),
        (
            r#"{"decisionsVersion":"2.0"}"#,
            "found decisionsVersion \"2.0\", expected \"1.0\"",
        ),
        (
            r#"{"decisionsVersion":"1.0","artefacts":{}}"#,
            "found the member 'artefacts' at '', expected decisionsVersion",
        ),
        (
            r#"{"decisionsVersion":"1.0","fallbackStrategy":"Merge"}"#,
            "no fallback strategy at '/fallbackStrategy'",
        ),
        (
            r#"{"decisionsVersion":"1.0","fallbackStrategy":1}"#,
            "found a number at '/fallbackStrategy'",
        ),
        (
            r#"{"decisionsVersion":"1.0","artifacts":{"a/b":[]}}"#,
            "found an array at '/artifacts/a~1b', expected an object",
        ),
        (
            r#"{"decisionsVersion":"1.0","artifacts":{"a":{"fields":{"/x":"exsting"}}}}"#,
            "found a string at '/artifacts/a/fields/~1x', expected \"existing\", \"incoming\"",
        ),
        (
            r#"{"decisionsVersion":"1.0","artifacts":{"a":{"fields":{"/x":{"value":1,"undecided":{}}}}}}"#,
            "at '/artifacts/a/fields/~1x', expected \"existing\"",
        ),
        (
            r#"{"decisionsVersion":"1.0","artifacts":{"a":{"fields":{"/x":{"value":1,"why":2}}}}}"#,
            "found the member 'why' at '/artifacts/a/fields/~1x'",
        ),
        (
            r#"{"decisionsVersion":"1.0","artifacts":{"a":{"fields":{"x":"existing"}}}}"#,
            "at '/artifacts/a/fields' name one by something else than a path",
        ),
    ] {
        let error = Decisions::parse(text.as_bytes())
            .expect_err(text)
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// Two spellings of one path would be two decisions about one field.
#[test]
fn one_field_has_one_decision() {
    let text = r#"{"decisionsVersion":"1.0","artifacts":{"a":{"fields":{"/x~2":"existing","/x[":"incoming"}}}}"#;
    let error = Decisions::parse(text.as_bytes())
        .expect_err("/x[ is written /x[ only")
        .to_string();
    assert!(error.contains("at '/artifacts/a/fields'"), "{error}");
}

#[test]
fn a_null_is_a_value_and_not_a_missing_side() {
    let spec = ArtifactType::Config.spec();
    let clashed = merge(
        spec,
        Some(&json(r#"{"a":1}"#)),
        &json(r#"{"a":null}"#),
        &json("{}"),
        &Decisions::none().for_artifact("c"),
    );
    let template = Json::from(Decisions::template([("c", clashed.clashes())]));
    let undecided = template
        .pointer("/artifacts/c/fields/~1a/undecided")
        .expect("the clash is in the template");
    assert_eq!(undecided, &json(r#"{"base":1,"existing":null}"#));
}
