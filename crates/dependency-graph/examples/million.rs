//! Measures a graph of a million nodes and three million edges: filling, freezing, ordering, checking, walking.
//!
//! `cargo run --release -p installhub-dependency-graph --example million [NODES]`
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::time::{Duration, Instant};

use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node};

const EDGES_PER_NODE: u64 = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let nodes = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 1_000_000,
    };
    let (builder, filling) = timed(|| filled(nodes));
    report("fill the builder", filling);
    let (graph, freezing) = timed(|| builder.map(GraphBuilder::build));
    let graph = graph?;
    report("build (sort, intern, store)", freezing);
    println!("{} nodes, {} edges", graph.node_count(), graph.edge_count());
    measure(&graph)?;

    let (chain, building) = timed(|| chain(nodes));
    let chain = chain?;
    report("a ring: fill and build", building);
    let (cycles, searching) = timed(|| chain.cycles());
    report("a ring: name its cycle", searching);
    assert_eq!(cycles.len(), 1);
    assert_eq!(cycles[0].len() as u64, nodes + 1);

    if let Some(peak) = peak_memory() {
        println!("{:<28}{peak}", "peak memory");
    }
    Ok(())
}

fn measure(graph: &DependencyGraph) -> Result<(), Box<dyn std::error::Error>> {
    let (order, ordering) = timed(|| graph.install_order());
    let order = order?;
    report("install_order", ordering);
    let (violations, checking) = timed(|| graph.check_order(&order));
    report("check_order", checking);
    assert!(violations.is_empty(), "a computed order is right");
    let (layers, layering) = timed(|| graph.layers());
    report("layers", layering);
    println!("{} layers", layers.len());
    let (closure, walking) = timed(|| graph.closure(&graph.roots()));
    report("closure of the roots", walking);
    assert_eq!(closure.len(), graph.node_count());
    Ok(())
}

/// A directed acyclic graph: every node needs three random earlier ones, and ids do not tell the order.
fn filled(nodes: u64) -> Result<GraphBuilder, Box<dyn std::error::Error>> {
    let mut random = Random(0x5EED);
    let mut builder = GraphBuilder::new();
    let id = |n: u64| format!("artifact-{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    for n in 0..nodes {
        let rank = u8::try_from(random.below(26))?;
        builder.add_node(Node {
            id: id(n),
            kind: format!("Type{rank}"),
            rank,
            name: format!("Artifact {n}"),
        })?;
        for edge in 0..EDGES_PER_NODE.min(n) {
            let via = format!("/nodes/{edge}/formId");
            builder.add_edge(&id(n), &id(random.below(n)), via);
        }
    }
    Ok(builder)
}

/// One cycle through every node: as deep as a graph can be.
fn chain(nodes: u64) -> Result<DependencyGraph, Box<dyn std::error::Error>> {
    let mut builder = GraphBuilder::new();
    for n in 0..nodes {
        builder.add_node(Node {
            id: format!("link-{n:08}"),
            kind: "Link".into(),
            rank: 0,
            name: String::new(),
        })?;
        let next = format!("link-{:08}", (n + 1) % nodes);
        builder.add_edge(&format!("link-{n:08}"), &next, "/next");
    }
    Ok(builder.build())
}

/// A linear congruential generator, so that every run measures the same graph.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn report(what: &str, took: Duration) {
    println!("{what:<28}{:>6} ms", took.as_millis());
}

/// The most memory this process ever held, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
