//! The rules of the merge, case by case.

use installhub_artifact::{ArtifactType, Json, Object, parse, to_compact_string};
use installhub_conflict_merge::{
    Decision, Fallback, FieldDecisions, Merge, merge, merge_with_report,
};

use crate::documents::json;

const NO_BASE: &str = "";

fn merged(base: &str, existing: &str, incoming: &str, decisions: &FieldDecisions) -> Merge {
    let base = (base != NO_BASE).then(|| json(base));
    merge(
        ArtifactType::ProcessDefinition.spec(),
        base.as_ref(),
        &json(existing),
        &json(incoming),
        decisions,
    )
}

/// The document, and a line for each clash.
fn told(merge: &Merge) -> (String, Vec<String>) {
    let (Merge::Clean(document)
    | Merge::Clashed {
        partial: document, ..
    }) = merge;
    let clashes = installhub_conflict_merge::clash_lines(merge.clashes(), 40);
    (to_compact_string(document), clashes)
}

#[test]
fn merges_without_clash() {
    for (what, base, existing, incoming, expected) in [
        (
            "incoming fields win",
            NO_BASE,
            r#"{"a":1,"b":1}"#,
            r#"{"a":2,"c":3}"#,
            r#"{"a":2,"b":1,"c":3}"#,
        ),
        (
            "null is a value",
            NO_BASE,
            r#"{"a":1}"#,
            r#"{"a":null}"#,
            r#"{"a":null}"#,
        ),
        (
            "another kind wins",
            NO_BASE,
            r#"{"a":{"x":1}}"#,
            r#"{"a":[1]}"#,
            r#"{"a":[1]}"#,
        ),
        (
            "numbers stay as written",
            NO_BASE,
            r#"{"a":1}"#,
            r#"{"a":1.0,"b":1e3}"#,
            r#"{"a":1.0,"b":1e3}"#,
        ),
        (
            "both change other fields",
            r#"{"a":1,"b":1}"#,
            r#"{"a":2,"b":1}"#,
            r#"{"a":1,"b":2}"#,
            r#"{"a":2,"b":2}"#,
        ),
        (
            "both change alike",
            r#"{"a":1}"#,
            r#"{"a":2}"#,
            r#"{"a":2}"#,
            r#"{"a":2}"#,
        ),
        (
            "both add alike",
            "{}",
            r#"{"a":2}"#,
            r#"{"a":2}"#,
            r#"{"a":2}"#,
        ),
        (
            "one deletes, one is still",
            r#"{"a":1,"b":1}"#,
            r#"{"b":1}"#,
            r#"{"a":1}"#,
            "{}",
        ),
        ("both delete", r#"{"a":1}"#, "{}", "{}", "{}"),
        (
            "deep below",
            r#"{"a":{"b":{"c":1}}}"#,
            r#"{"a":{"b":{"c":1,"d":1}}}"#,
            r#"{"a":{"b":{"c":2}}}"#,
            r#"{"a":{"b":{"c":2,"d":1}}}"#,
        ),
        (
            "the higher version",
            r#"{"_version":"1.0.0"}"#,
            r#"{"_version":"1.9.0"}"#,
            r#"{"_version":"1.10.0"}"#,
            r#"{"_version":"1.10.0"}"#,
        ),
        (
            "also if it is there",
            r#"{"version":"1.0.0"}"#,
            r#"{"version":"3.0.0"}"#,
            r#"{"version":"2.0.0"}"#,
            r#"{"version":"3.0.0"}"#,
        ),
    ] {
        assert_eq!(
            told(&merged(base, existing, incoming, &FieldDecisions::none())),
            (expected.to_owned(), vec![]),
            "{what}"
        );
    }
}

#[test]
fn keyed_arrays_merge_by_element() {
    for (what, base, existing, incoming, expected) in [
        (
            "the catalogue's key",
            NO_BASE,
            r#"{"nodes":[{"nodeId":"a","x":1},{"nodeId":"b"}]}"#,
            r#"{"nodes":[{"nodeId":"c"},{"nodeId":"a","y":2}]}"#,
            r#"{"nodes":[{"nodeId":"c"},{"nodeId":"a","x":1,"y":2},{"nodeId":"b"}]}"#,
        ),
        (
            "the catalogue's key goes before a generic one",
            NO_BASE,
            r#"{"nodes":[{"id":1,"nodeId":"a"}]}"#,
            r#"{"nodes":[{"id":2,"nodeId":"a"}]}"#,
            r#"{"nodes":[{"id":2,"nodeId":"a"}]}"#,
        ),
        (
            "a key of two members",
            NO_BASE,
            r#"{"connections":[{"from":"a","to":"b","x":1},{"from":"a","to":"c"}]}"#,
            r#"{"connections":[{"from":"a","to":"b","y":1},{"from":"b","to":"a"}]}"#,
            r#"{"connections":[{"from":"a","to":"b","x":1,"y":1},{"from":"b","to":"a"},{"from":"a","to":"c"}]}"#,
        ),
        (
            "workflows of another tool have ids",
            NO_BASE,
            r#"{"nodes":[{"id":"1","name":"A","p":1}],"connections":{"A":{"main":[[{"node":"B"}]]}}}"#,
            r#"{"nodes":[{"id":"1","name":"A1"},{"id":"2","name":"B"}],"connections":{"B":{"main":[]}}}"#,
            r#"{"connections":{"A":{"main":[[{"node":"B"}]]},"B":{"main":[]}},"nodes":[{"id":"1","name":"A1","p":1},{"id":"2","name":"B"}]}"#,
        ),
        (
            "or names",
            NO_BASE,
            r#"{"nodes":[{"name":"A","p":1}]}"#,
            r#"{"nodes":[{"id":"1","name":"A"}]}"#,
            r#"{"nodes":[{"id":"1","name":"A","p":1}]}"#,
        ),
        (
            "keys of two types",
            NO_BASE,
            r#"{"l":[{"id":1}]}"#,
            r#"{"l":[{"id":"1"}]}"#,
            r#"{"l":[{"id":1},{"id":"1"}]}"#,
        ),
        (
            "a key twice makes a value",
            NO_BASE,
            r#"{"l":[{"id":1},{"id":1}]}"#,
            r#"{"l":[{"id":2}]}"#,
            r#"{"l":[{"id":2}]}"#,
        ),
        (
            "an empty key is none",
            NO_BASE,
            r#"{"l":[{"id":""}]}"#,
            r#"{"l":[{"id":"b"}]}"#,
            r#"{"l":[{"id":"b"}]}"#,
        ),
        (
            "an array of arrays is a value",
            NO_BASE,
            r#"{"l":[[{"id":1}]]}"#,
            r#"{"l":[[{"id":2}]]}"#,
            r#"{"l":[[{"id":2}]]}"#,
        ),
        (
            "an element deleted here, one changed there",
            r#"{"l":[{"id":1},{"id":2}]}"#,
            r#"{"l":[{"id":2}]}"#,
            r#"{"l":[{"id":1},{"id":2,"x":1}]}"#,
            r#"{"l":[{"id":2,"x":1}]}"#,
        ),
        (
            "the existing order stays",
            r#"{"l":[{"id":1},{"id":2},{"id":3}]}"#,
            r#"{"l":[{"id":3},{"id":2},{"id":1}]}"#,
            r#"{"l":[{"id":2},{"id":1},{"id":9},{"id":3}]}"#,
            r#"{"l":[{"id":3},{"id":2},{"id":1},{"id":9}]}"#,
        ),
        (
            "a new order is taken over",
            r#"{"l":[{"id":1},{"id":2}]}"#,
            r#"{"l":[{"id":1},{"id":5},{"id":2}]}"#,
            r#"{"l":[{"id":2},{"id":1}]}"#,
            r#"{"l":[{"id":2},{"id":1},{"id":5}]}"#,
        ),
    ] {
        let expected = to_compact_string(&json(expected));
        assert_eq!(
            told(&merged(base, existing, incoming, &FieldDecisions::none())),
            (expected, vec![]),
            "{what}"
        );
    }
}

#[test]
fn clashes_are_told_and_the_existing_side_stays() {
    for (what, base, existing, incoming, expected) in [
        (
            "a leaf",
            r#"{"a":1}"#,
            r#"{"a":2}"#,
            r#"{"a":3}"#,
            "! /a: 1 → 2 | 3",
        ),
        (
            "added on both sides",
            "{}",
            r#"{"a":2}"#,
            r#"{"a":3}"#,
            "! /a: (none) → 2 | 3",
        ),
        (
            "deleted here",
            r#"{"a":1}"#,
            "{}",
            r#"{"a":3}"#,
            "! /a: 1 → (none) | 3",
        ),
        (
            "deleted there",
            r#"{"a":1}"#,
            r#"{"a":2}"#,
            "{}",
            "! /a: 1 → 2 | (none)",
        ),
        (
            "a plain array",
            r#"{"a":[1]}"#,
            r#"{"a":[2]}"#,
            r#"{"a":[1,3]}"#,
            "! /a: [1] → [2] | [1,3]",
        ),
        (
            "an element",
            r#"{"l":[{"id":"x/y","v":1}]}"#,
            r#"{"l":[]}"#,
            r#"{"l":[{"id":"x/y","v":2}]}"#,
            r#"! /l/[id=x~1y]: {"id":"x/y","v":1} → (none) | {"id":"x/y","v":2}"#,
        ),
        (
            "inside an element",
            r#"{"l":[{"id":7,"v":1}]}"#,
            r#"{"l":[{"id":7,"v":2}]}"#,
            r#"{"l":[{"id":7,"v":3}]}"#,
            "! /l/[id:=7]/v: 1 → 2 | 3",
        ),
        (
            "what is no version",
            r#"{"version":1}"#,
            r#"{"version":2}"#,
            r#"{"version":3}"#,
            "! /version: 1 → 2 | 3",
        ),
        (
            "a version further down",
            r#"{"x":{"_version":"1.0.0"}}"#,
            r#"{"x":{"_version":"1.1.0"}}"#,
            r#"{"x":{"_version":"1.2.0"}}"#,
            r#"! /x/_version: "1.0.0" → "1.1.0" | "1.2.0""#,
        ),
        ("whole documents", "1", "2", "[]", "! : 1 → 2 | []"),
    ] {
        let clashed = told(&merged(base, existing, incoming, &FieldDecisions::none()));
        assert_eq!(
            clashed,
            (
                to_compact_string(&json(existing)),
                vec![expected.to_owned()]
            ),
            "{what}"
        );
    }
}

#[test]
fn decisions_settle_what_differs_and_the_rest_falls_back() {
    let base = json(r#"{"a":1,"b":{"x":1,"y":1},"c":1,"d":1,"e":1}"#);
    let existing = json(r#"{"a":2,"b":{"x":2,"y":2},"c":2,"d":2,"e":1}"#);
    let incoming = json(r#"{"a":3,"b":{"x":3,"y":3},"c":3,"e":3}"#);
    let at = |path: &str| path.parse().expect("a path");
    let decisions = FieldDecisions::none()
        .with(at("/a"), Decision::Value(json("1.50")))
        .with(at("/b"), Decision::Incoming)
        .with(at("/b/x"), Decision::Existing)
        .with(at("/d"), Decision::Incoming)
        .with(at("/e"), Decision::Existing)
        .with(at("/gone"), Decision::Existing)
        .with_fallback(Some(Fallback::Skip));
    let spec = ArtifactType::Config.spec();
    let report = merge_with_report(spec, Some(&base), &existing, &incoming, &decisions);
    let expected = json(r#"{"a":1.50,"b":{"x":3,"y":3},"c":2,"e":1}"#);
    assert_eq!(report.merge, Merge::Clean(expected));
    assert_eq!(report.by_fallback, [at("/c")]);
    assert_eq!(report.unused, [at("/b/x"), at("/gone")]);
}

#[test]
fn a_decision_is_honoured_where_one_side_alone_changed() {
    let base = r#"{"a":{"x":1},"l":[{"id":1}]}"#;
    let incoming = r#"{"a":{"x":2,"y":2},"l":[]}"#;
    let decisions = FieldDecisions::none()
        .with("/a/x".parse().expect("a path"), Decision::Existing)
        .with("/l/[id:=1]".parse().expect("a path"), Decision::Existing);
    let expected = r#"{"a":{"x":1,"y":2},"l":[{"id":1}]}"#;
    assert_eq!(
        told(&merged(base, base, incoming, &decisions)),
        (expected.to_owned(), vec![])
    );
}

#[test]
fn clashes_stand_in_the_order_of_their_paths() {
    let of = |v: u8| format!(r#"{{"l":[{{"id":"b","v":{v}}},{{"id":"a","v":{v}}}],"k":{v}}}"#);
    let (_, clashes) = told(&merged(&of(1), &of(2), &of(3), &FieldDecisions::none()));
    assert_eq!(
        clashes,
        [
            "! /k: 1 → 2 | 3",
            "! /l/[id=a]/v: 1 → 2 | 3",
            "! /l/[id=b]/v: 1 → 2 | 3"
        ]
    );
}

#[test]
fn without_a_base_decisions_count_and_the_fallback_does_not() {
    let decisions = FieldDecisions::none()
        .with("/l/[id:=1]/v".parse().expect("a path"), Decision::Existing)
        .with_fallback(Some(Fallback::Skip));
    let merge = merged(
        NO_BASE,
        r#"{"l":[{"id":1,"v":1}],"x":1}"#,
        r#"{"l":[{"id":1,"v":2}],"x":2}"#,
        &decisions,
    );
    assert_eq!(
        told(&merge),
        (r#"{"l":[{"id":1,"v":1}],"x":2}"#.to_owned(), vec![])
    );
}

/// `depth` objects around `core`.
fn nested(depth: usize, core: i64) -> Json {
    (0..depth).fold(core.into(), |inner, _| {
        Object::from_iter([("a", inner)]).into()
    })
}

#[test]
fn the_deepest_document_merges_and_deeper_ones_are_taken_whole() {
    let deepest = to_compact_string(&nested(128, 1));
    assert_eq!(
        parse(deepest.as_bytes()).expect("128 levels are JSON"),
        nested(128, 1)
    );
    for (depth, segments) in [(128, 128), (300, 128)] {
        let (base, existing, incoming) = (nested(depth, 1), nested(depth, 2), nested(depth, 3));
        let spec = ArtifactType::Config.spec();
        let clashed = merge(
            spec,
            Some(&base),
            &existing,
            &incoming,
            &FieldDecisions::none(),
        );
        let [clash] = clashed.clashes() else {
            panic!("expected one clash, found {}", clashed.clashes().len())
        };
        assert_eq!(clash.pointer.segments().len(), segments);
        assert_eq!(
            clash.pointer.to_string().parse().as_ref(),
            Ok(&clash.pointer)
        );
    }
}
