//! The drawing as a reader sees it: boxes apart and inside, dependants left of what they need, trouble marked.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node};
use proptest::prelude::*;
use roxmltree::Document;

#[derive(Debug, Clone, Copy)]
struct Frame {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Frame {
    fn overlaps(self, other: Self) -> bool {
        let apart = |a, a_size, b, b_size| a + a_size <= b || b + b_size <= a;
        !apart(self.x, self.width, other.x, other.width)
            && !apart(self.y, self.height, other.y, other.height)
    }
}

fn number(element: roxmltree::Node<'_, '_>, name: &str) -> f64 {
    element.attribute(name).unwrap().parse().unwrap()
}

/// The boxes by the last part of their hint, the id.
fn boxes(svg: &str) -> BTreeMap<String, Frame> {
    let document = Document::parse(svg).unwrap();
    let groups = document
        .descendants()
        .filter(|e| e.tag_name().name() == "g");
    let framed = groups.map(|group| {
        let hint = group.first_element_child().unwrap().text().unwrap();
        let rect = group
            .children()
            .find(|e| e.tag_name().name() == "rect")
            .unwrap();
        let frame = Frame {
            x: number(rect, "x"),
            y: number(rect, "y"),
            width: number(rect, "width"),
            height: number(rect, "height"),
        };
        (hint.rsplit(" · ").next().unwrap().to_owned(), frame)
    });
    framed.collect()
}

fn graph(nodes: usize, edges: &[(usize, usize)]) -> DependencyGraph {
    let mut builder = GraphBuilder::new();
    for n in 0..nodes {
        builder
            .add_node(Node {
                id: format!("n{n}"),
                kind: format!("Kind{}", n % 5),
                rank: 0,
                name: format!("Node number {n}"),
            })
            .unwrap();
    }
    for (from, to) in edges {
        builder.add_edge(&format!("n{from}"), &format!("n{to}"), "/x");
    }
    builder.build()
}

fn check(graph: &DependencyGraph) -> Result<(), TestCaseError> {
    let svg = graph.to_svg("Title");
    let document = Document::parse(&svg).unwrap();
    let (width, height) = (
        number(document.root_element(), "width"),
        number(document.root_element(), "height"),
    );
    let boxes = boxes(&svg);
    let frames: Vec<Frame> = boxes.values().copied().collect();
    for (position, frame) in frames.iter().enumerate() {
        prop_assert!(frame.x >= 0.0 && frame.x + frame.width <= width);
        prop_assert!(frame.y >= 80.0 && frame.y + frame.height <= height);
        for other in &frames[..position] {
            prop_assert!(!frame.overlaps(*other), "{frame:?} {other:?}");
        }
    }
    for link in graph.edges() {
        if graph.depth(link.dependant) != graph.depth(link.dependency) {
            prop_assert!(boxes[link.dependant].x < boxes[link.dependency].x);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn boxes_stand_apart_and_left_of_what_they_need(
        nodes in 1usize..60,
        edges in prop::collection::vec((0usize..60, 0usize..64), 0..90),
        forwards in any::<bool>(),
    ) {
        let edges: Vec<(usize, usize)> = edges.into_iter()
            .filter(|(from, to)| *from < nodes && (from < to || !forwards))
            .collect();
        check(&graph(nodes, &edges))?;
    }
}

#[test]
fn a_tall_layer_takes_several_columns_of_even_length() {
    let fan: Vec<(usize, usize)> = (1..=45).map(|n| (n, 0)).collect();
    let graph = graph(46, &fan);
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for frame in boxes(&graph.to_svg("fan")).values() {
        *rows.entry(format!("{:6.0}", frame.x)).or_default() += 1;
    }
    assert_eq!(rows.into_values().collect::<Vec<_>>(), [15, 15, 15, 1]);
    assert!(graph.to_svg("fan").contains("layer 1 (3 of 3)"));
}

#[test]
fn trouble_is_marked_and_explained() {
    let troubled = graph(3, &[(0, 1), (1, 0), (2, 9)]).to_svg("Trouble");
    for mark in [
        "<title>Trouble</title>",
        "<title>n9 is missing</title>",
        "3 nodes · 2 dependencies · 1 missing · 1 circular group",
        "stroke-dasharray",
        "arrow on a cycle",
        ">Kind2<",
    ] {
        assert!(troubled.contains(mark), "{mark}");
    }
    let sound = graph(3, &[(0, 1)]).to_svg("Fine");
    assert!(!sound.contains("stroke-dasharray") && !sound.contains("cycle"));
}

#[test]
fn an_uncrossed_drawing_is_found() {
    // Two ladders whose ids interleave: in the order of ids every edge of one crosses the other's.
    let graph = graph(4, &[(0, 3), (1, 2)]);
    let boxes = boxes(&graph.to_svg("ladders"));
    let above = |upper: &str, lower: &str| boxes[upper].y < boxes[lower].y;
    assert_eq!(above("n0", "n1"), above("n3", "n2"));
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let empty = GraphBuilder::new().build();
    assert!(Document::parse(&empty.to_svg("")).is_ok());
    assert!(empty.layers().is_empty() && empty.install_order().is_ok_and(|order| order.is_empty()));
}
