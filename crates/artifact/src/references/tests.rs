//! Finding, and finding again what was rewritten.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::catalogue::ArtifactType::{self, *};
use crate::inspect::inspect;
use crate::json::{Json, Number, Object, parse, parse_ref, to_compact_string};
use ReferenceKind::{Declared, DependsOn, Expression, Field};

type Found = (
    &'static str,
    Option<ArtifactType>,
    &'static str,
    ReferenceKind,
);

/// Finds in both trees and in the text, which must agree; sorted by pointer.
fn find(artifact_type: ArtifactType, text: &str) -> Vec<Reference> {
    let by_pointer = |a: &Reference, b: &Reference| a.pointer.cmp(&b.pointer);
    let mut found = references(artifact_type, &parse(text.as_bytes()).expect(text));
    assert_eq!(
        references_ref(artifact_type, &parse_ref(text.as_bytes()).expect(text)),
        found
    );
    found.sort_by(by_pointer);

    let mut passing: Vec<Reference> = Vec::new();
    inspect(artifact_type, text.as_bytes(), &mut |sighting| {
        passing.push(sighting.into());
    })
    .expect(text);
    passing.sort_by(by_pointer);
    assert_eq!(passing, found, "{text}");
    found
}

fn assert_found(artifact_type: ArtifactType, text: &str, expected: &[Found]) {
    let mut expected = expected.to_vec();
    expected.sort_by_key(|(pointer, ..)| *pointer);
    let expected = expected
        .into_iter()
        .map(|(pointer, target, id, kind)| Reference {
            pointer: pointer.to_owned(),
            target,
            id: id.to_owned(),
            kind,
        });
    assert_eq!(
        find(artifact_type, text),
        expected.collect::<Vec<_>>(),
        "{text}"
    );
}

#[test]
fn formatting_does_not_change_the_order() {
    let document = parse(br#"{"tools":[{"workflowId":"w"}],"entityIds":{"b":"x","a":"y"},"references":[{"id":"r"}]}"#);
    let found = references(AgentDefinition, &document.expect("strict"));
    let ids: Vec<&str> = found
        .iter()
        .map(|reference| reference.id.as_str())
        .collect();
    assert_eq!(ids, ["y", "x", "r", "w"]);
}

#[test]
fn every_type_names_others_in_its_fields() {
    assert_found(
        ProcessDefinition,
        r#"{"nodes":[{"config":{"threadId":"t","formId":"f"}},{},{"config":{"ruleSetId":"r","entityId":"e","workflowId":"w"}}]}"#,
        &[
            (
                "/nodes/0/config/threadId",
                Some(ThreadDefinition),
                "t",
                Field,
            ),
            ("/nodes/0/config/formId", Some(AtlasForm), "f", Field),
            ("/nodes/2/config/ruleSetId", Some(RuleSet), "r", Field),
            ("/nodes/2/config/entityId", Some(EntitySchema), "e", Field),
        ],
    );
    assert_found(
        ThreadDefinition,
        r#"{"nodes":[{"config":{"threadId":"t","entityId":"e"}}]}"#,
        &[("/nodes/0/config/entityId", Some(EntitySchema), "e", Field)],
    );
    assert_found(
        AtlasForm,
        r#"{"fields":[{"dataSource":{"entityId":"e"},"libraryId":"l"}],"validationRules":[{"ruleSetId":"r"}]}"#,
        &[
            (
                "/fields/0/dataSource/entityId",
                Some(EntitySchema),
                "e",
                Field,
            ),
            ("/validationRules/0/ruleSetId", Some(RuleSet), "r", Field),
            ("/fields/0/libraryId", Some(FieldLibrary), "l", Field),
        ],
    );
    assert_found(
        AppDefinition,
        r#"{"widgets":[{"config":{"formId":"f"}}],"actions":[{"workflowId":"w"}]}"#,
        &[
            ("/widgets/0/config/formId", Some(AtlasForm), "f", Field),
            ("/actions/0/workflowId", Some(ProcessDefinition), "w", Field),
        ],
    );
    assert_found(
        AgentDefinition,
        r#"{"tools":[{"workflowId":"w"}],"entityIds":["e1","e2"]}"#,
        &[
            ("/tools/0/workflowId", Some(ProcessDefinition), "w", Field),
            ("/entityIds/0", Some(EntitySchema), "e1", Field),
            ("/entityIds/1", Some(EntitySchema), "e2", Field),
        ],
    );
}

#[test]
fn conditions_name_entities_by_calls() {
    assert_found(
        RuleSet,
        r#"{"rules":[{"entityId":"e0","condition":"entity('e1').x > 3 && entity( \"e2\" ).y == entity('e1').z"},
            {"condition":{"all":["entity('e3')",{"not":"entity('e~/4')"}]}}]}"#,
        &[
            ("/rules/0/entityId", Some(EntitySchema), "e0", Field),
            ("/rules/0/condition", Some(EntitySchema), "e1", Expression),
            ("/rules/0/condition", Some(EntitySchema), "e2", Expression),
            ("/rules/0/condition", Some(EntitySchema), "e1", Expression),
            (
                "/rules/1/condition/all/0",
                Some(EntitySchema),
                "e3",
                Expression,
            ),
            (
                "/rules/1/condition/all/1/not",
                Some(EntitySchema),
                "e~/4",
                Expression,
            ),
        ],
    );
    for nothing in [
        "identity('x')",
        "my_entity('x')",
        "$entity('x')",
        "entity(x)",
        "entity('x)",
        "entity('')",
        "entity(' ')",
        "entity 'x'",
        "entity('x', 'y')",
        "entity('x\\\")",
        "Entity('x')",
        "entity",
        "entity(",
    ] {
        assert_found(
            RuleSet,
            &format!(r#"{{"rules":[{{"condition":"{nothing}"}}]}}"#),
            &[],
        );
    }
}

#[test]
fn declared_references_and_dependencies_are_found() {
    let text = r#"{"references":[{"type":"View","id":"v"},{"type":"doi","id":7},{"id":"x"},{"type":"View"},"loose"],"dependsOn":["d",8,null]}"#;
    let declared: [Found; 3] = [
        ("/references/0/id", Some(View), "v", Declared),
        ("/references/1/id", None, "7", Declared),
        ("/references/2/id", None, "x", Declared),
    ];
    assert_found(EntitySchema, text, &declared);
    let depends: [Found; 2] = [
        ("/dependsOn/0", None, "d", DependsOn),
        ("/dependsOn/1", None, "8", DependsOn),
    ];
    assert_found(Table, text, &[&declared[..], &depends].concat());
}

#[test]
fn any_shape_is_read_as_far_as_it_makes_sense() {
    assert_found(
        ProcessDefinition,
        r#"{"nodes":{"b/1":{"config":{"formId":12}},"a":{"config":{"formId":"f"}}},"connections":{"a":{"main":[[]]}}}"#,
        &[
            ("/nodes/a/config/formId", Some(AtlasForm), "f", Field),
            ("/nodes/b~11/config/formId", Some(AtlasForm), "12", Field),
        ],
    );
    for odd in [
        "null",
        "1",
        "[]",
        "\"text\"",
        r#"{"nodes":null}"#,
        r#"{"nodes":"x"}"#,
        r#"{"nodes":[[[]]]}"#,
        r#"{"nodes":[{"config":[]}]}"#,
        r#"{"nodes":[{"config":{"formId":null}},{"config":{"formId":""}},{"config":{"formId":{"value":"f"}}}]}"#,
        r#"{"references":{},"nodes":[null,1,"x"]}"#,
    ] {
        assert_found(ProcessDefinition, odd, &[]);
    }
}

#[test]
fn an_artifact_depends_on_itself_only_where_it_says_so() {
    let field = find(
        ProcessDefinition,
        r#"{"nodes":[{"config":{"threadId":"me","formId":"f"}},{"config":{"formId":"f"}}]}"#,
    );
    assert_eq!(dependency_ids("me", &field), ["f"]);
    let expression = find(RuleSet, r#"{"rules":[{"condition":"entity('me')"}]}"#);
    assert!(dependency_ids("me", &expression).is_empty());
    let declared = find(
        ProcessDefinition,
        r#"{"references":[{"type":"ProcessDefinition","id":"me"}]}"#,
    );
    assert_eq!(dependency_ids("me", &declared), ["me"]);
    let depends = find(View, r#"{"dependsOn":["me"]}"#);
    assert_eq!(dependency_ids("me", &depends), ["me"]);
}

#[test]
fn rewriting_reaches_every_place_and_no_other() {
    let text = r#"{"id":"e1","name":"e1","rules":[{"entityId":3,"ruleId":"e1","condition":"entity('e1') + entity(\"e2\") + 'e1'"}],"references":[{"type":"RuleSet","id":"e1","note":"e1"}]}"#;
    let mut content = parse(text.as_bytes()).expect("strict");
    let map = |id: &str| {
        BTreeMap::from([("e1", "new's"), ("3", "three")])
            .get(id)
            .map(|new| (*new).to_owned())
    };
    assert_eq!(rewrite_references(RuleSet, &mut content, &map), 4);
    assert_eq!(
        to_compact_string(&content),
        r#"{"id":"new's","name":"e1","references":[{"id":"new's","note":"e1","type":"RuleSet"}],"rules":[{"condition":"entity(\"new's\") + entity(\"e2\") + 'e1'","entityId":"three","ruleId":"e1"}]}"#
    );
    assert_eq!(
        rewrite_references(RuleSet, &mut content, &|id| Some(id.to_owned())),
        0
    );
}

#[test]
fn an_id_that_no_quote_can_hold_is_left_alone() {
    let mut content = parse(br#"{"rules":[{"condition":"entity('a')"}]}"#).expect("strict");
    let before = content.clone();
    assert_eq!(
        rewrite_references(RuleSet, &mut content, &|_| Some("'\"".to_owned())),
        0
    );
    assert_eq!(content, before);
}

fn id() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9ä/~. _-]{0,6}"
}

/// Documents that look like those of every type at once, with a wrong shape here and there.
fn document() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        id().prop_map(Json::from),
        any::<u16>().prop_map(|number| Json::from(u64::from(number))),
        (id(), id()).prop_map(|(a, b)| Json::from(format!(
            "entity('{a}') or x.entity( \"{b}\" ) or identity('{a}')"
        ))),
        Just(Json::Null),
    ];
    let member = prop::sample::select(vec![
        "nodes",
        "config",
        "threadId",
        "formId",
        "ruleSetId",
        "entityId",
        "fields",
        "dataSource",
        "libraryId",
        "rules",
        "validationRules",
        "condition",
        "widgets",
        "actions",
        "workflowId",
        "tools",
        "entityIds",
        "references",
        "dependsOn",
        "id",
        "type",
        "other",
    ]);
    let any = leaf.prop_recursive(4, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::vec((member.clone(), inner), 0..5)
                .prop_map(|members| Object::from_iter(members).into()),
        ]
    });
    let item = (any.clone(), any.clone(), id(), id(), id()).prop_map(
        |(config, condition, form, entity, declared)| {
            let known = [
                ("formId", form),
                ("entityId", entity.clone()),
                ("workflowId", declared.clone()),
            ];
            let config = if config.is_null() {
                Object::from_iter(known).into()
            } else {
                config
            };
            let members = [
                ("config", config),
                ("condition", condition),
                ("entityId", entity.into()),
                ("id", declared.into()),
                (
                    "dataSource",
                    Object::from_iter([("entityId", form_like())]).into(),
                ),
            ];
            Json::from(Object::from_iter(members))
        },
    );
    (prop::collection::vec(item, 0..4), any, id()).prop_map(|(items, other, own)| {
        let lists = [
            "nodes",
            "fields",
            "rules",
            "validationRules",
            "widgets",
            "actions",
            "tools",
            "references",
        ];
        let mut members: Object = lists
            .into_iter()
            .map(|list| (list, Json::Array(items.clone())))
            .collect();
        members.insert("entityIds".to_owned(), other.clone());
        members.insert("dependsOn".to_owned(), other);
        members.insert("id".to_owned(), own.into());
        members.into()
    })
}

fn form_like() -> Json {
    "ent-1".into()
}

/// Values that differ between two documents of one shape, by pointer.
fn differences(a: &Json, b: &Json, pointer: &str, found: &mut Vec<String>) {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differences(a, b, &format!("{pointer}/{at}"), found);
            }
        }
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            for ((key, a), b) in a.iter().zip(b.values()) {
                let mut pointer = pointer.to_owned();
                crate::json::push_pointer(&mut pointer, key);
                differences(a, b, &pointer, found);
            }
        }
        _ if a == b => {}
        _ => found.push(pointer.to_owned()),
    }
}

proptest! {
    #[test]
    fn rewriting_is_the_inverse_of_finding(document in document(), type_at in 0..ArtifactType::ALL.len()) {
        let artifact_type = ArtifactType::ALL[type_at];
        let before = references(artifact_type, &document);
        let mut changed = document.clone();
        let count = rewrite_references(artifact_type, &mut changed, &|id| Some(format!("<{id}>")));

        let expected: Vec<Reference> =
            before.iter().map(|old| Reference { id: format!("<{}>", old.id), ..old.clone() }).collect();
        prop_assert_eq!(references(artifact_type, &changed), expected);

        let mut places: Vec<String> = before.iter().map(|reference| reference.pointer.clone()).collect();
        places.push("/id".to_owned());
        let mut differing = Vec::new();
        differences(&document, &changed, "", &mut differing);
        prop_assert!(differing.iter().all(|place| places.contains(place)), "{:?} of {:?}", differing, places);
        prop_assert_eq!(count, before.len() + 1);

        let back = |id: &str| id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).map(str::to_owned);
        rewrite_references(artifact_type, &mut changed, &back);
        let mut differing = Vec::new();
        differences(&document, &changed, "", &mut differing);
        for place in differing {
            // All comes back, but an id that was a number is a string now.
            let (was, is) = (document.pointer(&place), changed.pointer(&place));
            prop_assert_eq!(was.and_then(Json::as_number).map(Number::as_str), is.and_then(Json::as_str));
        }
    }

    #[test]
    fn both_trees_find_the_same(document in document(), type_at in 0..ArtifactType::ALL.len()) {
        find(ArtifactType::ALL[type_at], &to_compact_string(&document));
    }

    #[test]
    fn calls_are_found_where_they_are_written(texts in prop::collection::vec("[ x'\"(=ä]{0,6}", 1..6), id in "[a-z]{1,4}") {
        // Between calls anything may stand that does not end in a name and leaves the quotes of the calls alone.
        let separator = format!(" entity( '{id}') ");
        let text = texts.join(&separator);
        let found: Vec<&str> = expression::entity_ids(&text).map(|range| &text[range]).collect();
        prop_assert!(found.len() >= texts.len() - 1, "{}", text);
        prop_assert!(found.iter().all(|found| *found == id), "{}", text);
    }
}
