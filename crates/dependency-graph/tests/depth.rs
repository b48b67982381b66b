//! Graphs as deep as they are large, on a stack that no recursion over them would fit.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node, Unlisted};

const NODES: usize = 100_000;

fn with_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

fn id(n: usize) -> String {
    format!("link-{n:06}")
}

fn chain(nodes: usize, extra: &[(usize, usize)]) -> DependencyGraph {
    let mut builder = GraphBuilder::new();
    for n in 0..nodes {
        builder
            .add_node(Node {
                id: id(n),
                kind: "Link".into(),
                rank: 0,
                name: String::new(),
            })
            .unwrap();
        if n + 1 < nodes {
            builder.add_edge(&id(n), &id(n + 1), "/next");
        }
    }
    for &(from, to) in extra {
        builder.add_edge(&id(from), &id(to), "/back");
    }
    builder.build()
}

#[test]
fn a_long_chain_is_answered_in_full() {
    with_small_stack(|| {
        let graph = chain(NODES, &[]);
        let order = graph.install_order().unwrap();
        assert!(
            order
                .iter()
                .rev()
                .enumerate()
                .all(|(n, found)| *found == id(n))
        );
        assert!(graph.check_order(&order).is_empty());
        let backwards: Vec<&str> = order.iter().rev().copied().collect();
        assert_eq!(graph.check_order(&backwards).len(), NODES - 1);
        assert_eq!(graph.layers().len(), NODES);
        assert_eq!(graph.depth(&id(0)), Some(NODES - 1));
        assert_eq!(graph.closure(&[id(0)]).len(), NODES);
        assert_eq!(graph.all_dependants(&id(NODES - 1)).len(), NODES - 1);
        let why = graph.why(&id(NODES - 1)).unwrap().to_string();
        assert_eq!(why.matches(" → ").count(), NODES - 1);
        assert!(graph.cycles().is_empty());
    });
}

#[test]
fn a_long_chain_is_written_in_every_format() {
    with_small_stack(|| {
        let nodes = 20_000;
        let graph = chain(nodes, &[]);
        assert_eq!(graph.to_dot().matches(" -> ").count(), nodes - 1);
        assert_eq!(graph.to_mermaid().matches(" --> ").count(), nodes - 1);
        assert_eq!(graph.to_json().matches("\"via\"").count(), nodes - 1);
        assert_eq!(graph.to_svg("chain").matches("<g>").count(), nodes);
    });
}

#[test]
fn a_ring_is_named_in_full() {
    with_small_stack(|| {
        let graph = chain(NODES, &[(NODES - 1, 0)]);
        let cycles = graph.install_order().unwrap_err();
        assert_eq!(cycles.tangles.len(), 1);
        assert_eq!(cycles.tangles[0].unlisted, Unlisted::None);
        let path = cycles.tangles[0].paths[0].ids();
        assert_eq!(path.len(), NODES + 1);
        assert!(
            path.iter()
                .enumerate()
                .all(|(n, found)| *found == id(n % NODES))
        );
        assert_eq!(graph.layers().len(), 1);
    });
}

#[test]
fn a_large_tangle_shows_a_shortest_cycle_through_its_smallest_id() {
    with_small_stack(|| {
        let graph = chain(NODES, &[(NODES - 1, 0), (2, 0), (500, 7)]);
        let cycles = graph.install_order().unwrap_err();
        assert_eq!(
            cycles.tangles[0].paths[0].to_string(),
            "link-000000 → link-000001 → link-000002 → link-000000"
        );
        assert_eq!(cycles.tangles[0].unlisted, Unlisted::Uncounted);
        assert_eq!(cycles.tangles[0].members.len(), NODES);
    });
}
