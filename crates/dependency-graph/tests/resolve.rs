//! Resolving against a store: same result as knowing everything, limits named with their chain, broken promises noticed.

use std::collections::BTreeMap;

use installhub_dependency_graph::{
    ClosureBuilder, ClosureError, ClosureLimits, FoundArtifact, LookedUp, Requirement,
    ResolvedClosure,
};
use proptest::prelude::*;

/// What refers to what.
struct Store(BTreeMap<String, Vec<String>>);

impl Store {
    fn new(entries: &[(&str, &[&str])]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Self(
            entries
                .iter()
                .map(|(id, needs)| ((*id).to_owned(), owned(needs)))
                .collect(),
        )
    }

    fn look_up(&self, ids: &[String]) -> Vec<LookedUp> {
        let answer = |id: &String| match self.0.get(id) {
            None => LookedUp::NotFound { id: id.clone() },
            Some(needs) => LookedUp::Found(FoundArtifact {
                id: id.clone(),
                kind: "RuleSet".into(),
                rank: 3,
                name: id.to_uppercase(),
                requires: (needs.iter().enumerate())
                    .map(|(n, id)| Requirement {
                        id: id.clone(),
                        via: format!("/rules/{n}"),
                    })
                    .collect(),
            }),
        };
        ids.iter().rev().map(answer).collect()
    }

    fn resolve(
        &self,
        roots: &[&str],
        limits: ClosureLimits,
    ) -> Result<ResolvedClosure, ClosureError> {
        let mut closure = ClosureBuilder::new(roots.iter().map(ToString::to_string), limits);
        loop {
            let batch = closure.next_batch();
            if batch.is_empty() {
                return closure.finish();
            }
            assert!(batch.len() <= limits.batch_size.max(1));
            assert_eq!(
                batch,
                closure.next_batch(),
                "a failed lookup can be repeated"
            );
            closure.feed(self.look_up(&batch))?;
        }
    }
}

fn chain_of_ten() -> Store {
    let next = |n: usize| {
        if n < 9 {
            vec![format!("n{}", n + 1)]
        } else {
            vec![]
        }
    };
    Store((0..10).map(|n| (format!("n{n}"), next(n))).collect())
}

#[test]
fn a_closure_has_what_the_roots_need_and_says_what_is_missing() {
    let store = Store::new(&[
        ("app", &["form", "rules", "form"]),
        ("form", &["gone"]),
        ("rules", &["app"]),
        ("stranger", &["app"]),
    ]);
    let resolved = store
        .resolve(&["app", "nowhere", "app"], ClosureLimits::default())
        .unwrap();
    let ids: Vec<&str> = resolved.graph.nodes().map(|node| node.id).collect();
    assert_eq!(ids, ["app", "form", "rules"]);
    assert_eq!(resolved.missing_roots, ["nowhere"]);
    assert_eq!(resolved.graph.roots(), ["app"]);
    assert_eq!(resolved.graph.cycles(), [["app", "rules", "app"]]);
    let missing: Vec<String> = resolved
        .graph
        .missing()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        missing,
        ["'form' refers to 'gone' at /rules/0, which does not exist"]
    );
    assert_eq!(
        resolved.graph.why("rules").unwrap().to_string(),
        "app → rules (via /rules/1)"
    );
}

#[test]
fn depth_is_limited_to_the_reference() {
    let limits = |max_depth| ClosureLimits {
        max_depth,
        ..ClosureLimits::default()
    };
    assert!(chain_of_ten().resolve(&["n0"], limits(9)).is_ok());
    let error = chain_of_ten().resolve(&["n0"], limits(2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "'n3' is more than the permitted 2 references away from a root: n0 → n1 → n2 → n3"
    );
    // From a nearer root it is not too far.
    assert!(
        chain_of_ten()
            .resolve(&["n0", "n4", "n7"], limits(3))
            .is_ok()
    );
}

#[test]
fn the_number_of_artifacts_is_limited() {
    let limits = |max_nodes| ClosureLimits {
        max_nodes,
        ..ClosureLimits::default()
    };
    assert!(chain_of_ten().resolve(&["n0"], limits(10)).is_ok());
    let one_too_many = |id: &str, limit| ClosureError::TooManyNodes {
        limit,
        id: id.into(),
    };
    assert_eq!(
        chain_of_ten().resolve(&["n0"], limits(9)).unwrap_err(),
        one_too_many("n9", 9)
    );
    assert_eq!(
        chain_of_ten()
            .resolve(&["n0", "n1"], limits(1))
            .unwrap_err(),
        one_too_many("n1", 1)
    );
}

#[test]
fn broken_promises_of_a_lookup_are_noticed() {
    let not_found = |id: &str| LookedUp::NotFound { id: id.into() };
    let asked = |ids: &[&str]| {
        let mut closure = ClosureBuilder::new(
            ids.iter().map(ToString::to_string),
            ClosureLimits::default(),
        );
        closure.next_batch();
        closure
    };
    let unasked = Err(ClosureError::Unasked { id: "b".into() });
    assert_eq!(asked(&["a"]).feed(vec![not_found("b")]), unasked);
    assert_eq!(
        asked(&["a", "b"]).feed(vec![not_found("b"), not_found("b")]),
        unasked
    );
    assert_eq!(
        asked(&["a", "b", "c"]).feed(vec![not_found("b")]),
        Err(ClosureError::Unanswered {
            id: "a".into(),
            more: 1
        })
    );
    assert_eq!(
        asked(&["a"]).finish().unwrap_err(),
        ClosureError::Unfinished { waiting: 1 }
    );
}

proptest! {
    #[test]
    fn the_batch_size_changes_nothing(
        edges in prop::collection::vec((0usize..12, 0usize..14), 0..30),
        batch_size in 0usize..5,
    ) {
        let mut needs: BTreeMap<String, Vec<String>> = (0..12).map(|n| (format!("n{n}"), vec![])).collect();
        for (from, to) in edges {
            needs.get_mut(&format!("n{from}")).unwrap().push(format!("n{to}"));
        }
        let store = Store(needs);
        let whole = store.resolve(&["n0", "n1", "n13"], ClosureLimits::default()).unwrap();
        let pieces = store.resolve(&["n0", "n1", "n13"], ClosureLimits { batch_size, ..ClosureLimits::default() }).unwrap();
        prop_assert_eq!(whole.graph.to_json(), pieces.graph.to_json());
        prop_assert_eq!(whole.missing_roots, pieces.missing_roots);
        prop_assert_eq!(whole.graph.closure(&["n0", "n1"]).len(), whole.graph.node_count());
    }
}
