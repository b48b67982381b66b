//! How cycles are told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node, Unlisted};

fn graph(nodes: &[&str], edges: &[(&str, &str)]) -> DependencyGraph {
    let mut builder = GraphBuilder::new();
    for (position, id) in nodes.iter().enumerate() {
        builder
            .add_node(Node {
                id: (*id).into(),
                kind: "RuleSet".into(),
                // Ranks run against ids, so that a path that starts at the lowest rank is caught.
                rank: u8::try_from(nodes.len() - position).unwrap(),
                name: (*id).into(),
            })
            .unwrap();
    }
    for (from, to) in edges {
        builder.add_edge(from, to, "/x");
    }
    builder.build()
}

#[test]
fn the_message_shows_each_cycle_from_its_smallest_id() {
    for (nodes, edges, message) in [
        (&["a"][..], &[("a", "a")][..], "a → a"),
        (&["a", "b"], &[("a", "b"), ("b", "a")], "a → b → a"),
        (
            &["a", "b", "c", "d"],
            &[("d", "c"), ("c", "b"), ("b", "d"), ("a", "d")],
            "b → d → c → b",
        ),
        (
            &["a", "b", "c"],
            &[("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "c")],
            "a → b → a; b → c → b; c → c",
        ),
        (
            &["a", "b", "x", "y"],
            &[("y", "x"), ("x", "y"), ("x", "a"), ("a", "b"), ("b", "a")],
            "a → b → a; x → y → x",
        ),
    ] {
        let cycles = graph(nodes, edges).install_order().unwrap_err();
        assert_eq!(
            cycles.to_string(),
            format!("circular dependency: {message}")
        );
    }
}

#[test]
fn what_only_needs_a_cycle_is_not_accused() {
    let graph = graph(
        &["a", "b", "needs", "needed"],
        &[("a", "b"), ("b", "a"), ("needs", "a"), ("b", "needed")],
    );
    assert_eq!(graph.cycles(), [["a", "b", "a"]]);
}

#[test]
fn dense_tangles_list_a_hundred_cycles_and_count_the_rest() {
    let ids: Vec<String> = (0..40).map(|n| format!("n{n:02}")).collect();
    let complete = |count: usize| {
        let ids: Vec<&str> = ids[..count].iter().map(String::as_str).collect();
        let edges: Vec<(&str, &str)> = ids
            .iter()
            .flat_map(|from| ids.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from != to)
            .collect();
        graph(&ids, &edges).install_order().unwrap_err()
    };
    // A complete graph of 7 has 2365 cycles of two and more.
    let seven = complete(7);
    assert_eq!(seven.paths().count(), 100);
    assert_eq!(seven.tangles[0].unlisted, Unlisted::Exactly(2265));
    assert!(seven.to_string().ends_with("; and 2265 more among these 7"));

    let forty = complete(40);
    assert_eq!(forty.paths().count(), 100);
    assert_eq!(forty.tangles[0].unlisted, Unlisted::AtLeast(9900));
}
