//! Generated documents: few names and few values, so that sides meet often, and edits that lead from one to another.

use installhub_artifact::{Json, Object, parse};
use proptest::prelude::*;

pub(crate) fn json(text: &str) -> Json {
    parse(text.as_bytes()).expect(text)
}

/// A document with keyed arrays (the catalogue's and generic ones, also with duplicates), plain arrays and odd names.
pub(crate) fn document() -> impl Strategy<Value = Json> {
    let member = prop_oneof![
        (
            prop::sample::select(&["a", "b", "c", "name", "a/b", "[x", "~"][..]),
            value()
        ),
        (Just("nodes"), array_of("nodeId")),
        (Just("nodes"), array_of("id")),
        (Just("connections"), connections()),
        (
            prop::sample::select(&["variables", "list"][..]),
            array_of("name")
        ),
        (
            Just("_version"),
            prop::sample::select(&["1.0.0", "1.1.0", "2.0.0"][..]).prop_map(Json::from)
        ),
    ];
    prop::collection::vec(member, 2..7)
        .prop_map(|members| members.into_iter().collect::<Object>().into())
}

fn leaf() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (0..4i64).prop_map(Json::from),
        Just(json("1.0")),
        prop::sample::select(&["", "x", "y"][..]).prop_map(Json::from),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        let members = (
            prop::sample::select(&["a", "b", "id", "name", "[x"][..]),
            inner.clone(),
        );
        prop_oneof![
            prop::collection::vec(members, 0..4)
                .prop_map(|members| members.into_iter().collect::<Object>().into()),
            prop::collection::vec(inner, 0..4).prop_map(Json::Array),
            array_of("id"),
        ]
    })
}

/// Elements with a key: mostly a sound one, now and then absent, twice, or of two types.
fn array_of(key: &'static str) -> impl Strategy<Value = Json> {
    let keys = prop::sample::subsequence(vec![0i64, 1, 2, 3, 4, 5], 0..=5).prop_shuffle();
    let sound = keys.prop_map(|keys| {
        keys.into_iter()
            .map(Json::from)
            .map(Some)
            .collect::<Vec<_>>()
    });
    let odd = prop_oneof![
        Just(None),
        (0..3i64).prop_map(|k| Some(k.into())),
        Just(Some("1".into()))
    ];
    let keys = prop_oneof![5 => sound, 1 => prop::collection::vec(odd, 0..5)];
    let members = prop::collection::vec((prop::option::of(leaf()), prop::option::of(leaf())), 5);
    (keys, members).prop_map(move |(keys, members)| {
        let element = |(id, (x, name)): (Option<Json>, (Option<Json>, Option<Json>))| {
            let members = [(key, id), ("x", x), ("name", name)];
            members
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect::<Object>()
        };
        keys.into_iter()
            .zip(members)
            .map(element)
            .collect::<Vec<_>>()
            .into()
    })
}

fn connections() -> impl Strategy<Value = Json> {
    let ends: Vec<(&str, &str)> = vec![("n1", "n2"), ("n1", "n3"), ("n2", "n3"), ("n3", "n1")];
    let ends = prop_oneof![
        3 => prop::sample::subsequence(ends.clone(), 0..=4).prop_shuffle(),
        1 => prop::collection::vec(prop::sample::select(ends), 0..4),
    ];
    (ends, prop::collection::vec(prop::option::of(leaf()), 4)).prop_map(|(ends, labels)| {
        let element = |((from, to), label): ((&str, &str), Option<Json>)| {
            let mut element: Object = [("from", from), ("to", to)].into_iter().collect();
            element.extend(label.map(|label| ("label".to_owned(), label)));
            element
        };
        ends.into_iter()
            .zip(labels)
            .map(element)
            .collect::<Vec<_>>()
            .into()
    })
}

#[derive(Debug, Clone)]
struct Edit {
    way: Vec<u8>,
    kind: EditKind,
}

#[derive(Debug, Clone)]
enum EditKind {
    Replace(Json),
    Remove,
    Insert(&'static str, Json),
    Rotate,
}

fn edit() -> impl Strategy<Value = Edit> {
    let kind = prop_oneof![
        4 => leaf().prop_map(EditKind::Replace),
        2 => Just(EditKind::Remove),
        3 => (prop::sample::select(&["a", "x", "new"][..]), value()).prop_map(|(name, value)| EditKind::Insert(name, value)),
        2 => Just(EditKind::Rotate),
    ];
    (prop::collection::vec(any::<u8>(), 2..4), kind).prop_map(|(way, kind)| Edit { way, kind })
}

/// A base, and two sides that each made a few edits to it; now and then an unrelated one.
pub(crate) fn three_sides() -> impl Strategy<Value = (Json, Json, Json)> {
    let side = || prop_oneof![8 => prop::collection::vec(edit(), 0..8).prop_map(Ok), 1 => document().prop_map(Err)];
    (document(), side(), side()).prop_map(|(base, left, right)| {
        let make = |side: Result<Vec<Edit>, Json>| match side {
            Ok(edits) => edits.iter().fold(base.clone(), |mut document, edit| {
                perform(&mut document, &edit.way, &edit.kind);
                document
            }),
            Err(other) => other,
        };
        let (left, right) = (make(left), make(right));
        (base, left, right)
    })
}

fn perform(value: &mut Json, way: &[u8], kind: &EditKind) {
    if let Some((&step, rest)) = way.split_first() {
        let step = usize::from(step);
        match value {
            Json::Object(members) if !members.is_empty() => {
                let name = members
                    .keys()
                    .nth(step % members.len())
                    .expect("the member exists")
                    .clone();
                if rest.is_empty() && matches!(kind, EditKind::Remove) {
                    members.remove(&name);
                } else {
                    perform(
                        members.get_mut(&name).expect("the member exists"),
                        rest,
                        kind,
                    );
                }
                return;
            }
            Json::Array(elements) if !elements.is_empty() => {
                let at = step % elements.len();
                match (rest.is_empty(), kind) {
                    (true, EditKind::Remove) => drop(elements.remove(at)),
                    (true, EditKind::Rotate) => elements.rotate_left(at),
                    _ => perform(&mut elements[at], rest, kind),
                }
                return;
            }
            _ => {}
        }
    }
    match (kind, value) {
        (EditKind::Replace(new), value) => *value = new.clone(),
        (EditKind::Insert(name, new), Json::Object(members)) => {
            members.insert((*name).to_owned(), new.clone());
        }
        (EditKind::Insert(name, new), Json::Array(elements)) => {
            let id = Json::from(*name);
            elements.push(
                Object::from_iter([("id", id.clone()), ("nodeId", id), ("x", new.clone())]).into(),
            );
        }
        _ => {}
    }
}
