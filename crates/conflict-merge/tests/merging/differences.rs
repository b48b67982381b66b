//! Differences, case by case.

use installhub_artifact::{ArtifactType, Json};
use installhub_conflict_merge::{Summary, change_lines, diff};

use crate::documents::json;

fn lines(old: &str, new: &str) -> Vec<String> {
    change_lines(
        &diff(ArtifactType::EntitySchema.spec(), &json(old), &json(new)),
        24,
    )
}

#[test]
fn changes_are_told_field_by_field() {
    for (old, new, expected) in [
        ("{}", "{}", vec![]),
        ("1", "1.0", vec!["~ : 1 → 1.0"]),
        (
            r#"{"a":1,"b":{"x":1},"c":[1]}"#,
            r#"{"b":{"x":2,"y":{"z":null}},"c":[1,2]}"#,
            vec![
                "- /a: 1",
                "~ /b/x: 1 → 2",
                r#"+ /b/y: {"z":null}"#,
                "~ /c: [1] → [1,2]",
            ],
        ),
        (
            r#"{"fields":[{"fieldName":"a","type":"int"},{"fieldName":"b"},{"fieldName":"c"}]}"#,
            r#"{"fields":[{"fieldName":"c"},{"fieldName":"a","type":"text"},{"fieldName":"d"}]}"#,
            vec![
                r#"- /fields/[fieldName=b]: {"fieldName":"b"}"#,
                "> /fields/[fieldName=c]: first",
                r#"~ /fields/[fieldName=a]/type: "int" → "text""#,
                r#"+ /fields/[fieldName=d]: {"fieldName":"d"}"#,
            ],
        ),
        (
            r#"{"l":[{"id":1},{"id":2},{"id":3}]}"#,
            r#"{"l":[{"id":2},{"id":3},{"id":1}]}"#,
            vec!["> /l/[id:=1]: after [id:=3]"],
        ),
        (
            r#"{"l":[{"id":1},{"id":1}]}"#,
            r#"{"l":[{"id":1}]}"#,
            vec![r#"~ /l: [{"id":1},{"id":1}] → [{"id":1}]"#],
        ),
    ] {
        assert_eq!(lines(old, new), expected, "{old} → {new}");
    }
}

#[test]
fn values_are_cut_and_cannot_forge_lines() {
    assert_eq!(
        lines("{}", r#"{"a":"ääääääääääääääääääääääääääääää"}"#),
        [r#"+ /a: "äääääääääääääääääääääää…"#]
    );
    assert_eq!(
        lines("{}", r#"{"a":"x\n- /b: 1"}"#),
        [r#"+ /a: "x\n- /b: 1""#]
    );
    assert_eq!(
        lines("{}", "{\"a\\nb\":\"\u{202e}x\"}"),
        [r#"+ /a\u{a}b: "\u{202e}x""#]
    );
}

#[test]
fn summaries_count_and_add_up() {
    let of = |old: &str, new: &str| {
        Summary::of(&diff(
            ArtifactType::EntitySchema.spec(),
            &json(old),
            &json(new),
        ))
    };
    let one = of(
        r#"{"a":1,"b":1,"l":[{"id":1},{"id":2}]}"#,
        r#"{"b":2,"c":1,"d":1,"l":[{"id":2},{"id":1}]}"#,
    );
    assert_eq!(
        one,
        Summary {
            added: 2,
            removed: 1,
            changed: 1,
            moved: 1
        }
    );
    assert_eq!(one.to_string(), "2 added, 1 removed, 1 changed, 1 moved");
    let none = of("{}", "{}");
    assert!(none.is_empty());
    assert_eq!(none.to_string(), "no changes");
    assert_eq!([one, none, one].into_iter().sum::<Summary>().added, 4);
}

#[test]
fn changes_serialize_with_their_paths_as_text() {
    let old = json(r#"{"l":[{"id":"a"},{"id":"b"}],"x":1}"#);
    let new = json(r#"{"l":[{"id":"a"},{"id":"c"},{"id":"b"}],"x":null}"#);
    let changes = diff(ArtifactType::Config.spec(), &old, &new);
    let expected = json(
        r#"[{"pointer":"/l/[id=c]","kind":"Added","new":{"id":"c"},"place":"[id=a]"},
            {"pointer":"/x","kind":"Changed","old":1,"new":null}]"#,
    );
    assert_eq!(
        Json::from_serialize(&changes).expect("changes serialize"),
        expected
    );
}
