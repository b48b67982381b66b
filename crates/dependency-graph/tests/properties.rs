//! Properties of every answer on small random graphs, with and without cycles, filled in random order.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use installhub_dependency_graph::{CyclePath, DependencyGraph, GraphBuilder, Node, Unlisted, Why};
use proptest::prelude::*;

/// A graph as plain data: ranks by node, edges as pairs of positions; positions beyond the ranks are missing ids.
#[derive(Debug, Clone)]
struct Plan {
    ranks: Vec<u8>,
    edges: Vec<(usize, usize)>,
}

impl Plan {
    /// Ids in another order than positions, so that nothing is right by accident.
    fn id(position: usize) -> String {
        format!("id-{:02}", (position * 7 + 3) % 29)
    }

    fn build(&self, nodes: &[usize], edges: &[usize]) -> DependencyGraph {
        let mut builder = GraphBuilder::new();
        let (early, late) = edges.split_at(edges.len() / 2);
        let add_edges = |builder: &mut GraphBuilder, edges: &[usize]| {
            for &edge in edges {
                let (from, to) = self.edges[edge];
                builder.add_edge(&Self::id(from), &Self::id(to), format!("/{edge}"));
            }
        };
        add_edges(&mut builder, early);
        for &node in nodes {
            builder
                .add_node(Node {
                    id: Self::id(node),
                    kind: format!("Kind{}", self.ranks[node]),
                    rank: self.ranks[node],
                    name: format!("Name {node}"),
                })
                .unwrap();
        }
        add_edges(&mut builder, late);
        builder.build()
    }

    fn straight(&self) -> DependencyGraph {
        let nodes: Vec<usize> = (0..self.ranks.len()).collect();
        let edges: Vec<usize> = (0..self.edges.len()).collect();
        self.build(&nodes, &edges)
    }

    /// Pairs of ids, both of them nodes.
    fn links(&self) -> BTreeSet<(String, String)> {
        let known = |&(from, to): &(usize, usize)| from.max(to) < self.ranks.len();
        let inner = self.edges.iter().copied().filter(known);
        inner.map(|(a, b)| (Self::id(a), Self::id(b))).collect()
    }

    fn needs(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut needs: BTreeMap<String, BTreeSet<String>> = (0..self.ranks.len())
            .map(|node| (Self::id(node), BTreeSet::new()))
            .collect();
        for (from, to) in self.links() {
            needs.get_mut(&from).unwrap().insert(to);
        }
        needs
    }
}

fn plans(nodes: usize, edges: usize, unknown: usize) -> impl Strategy<Value = Plan> {
    prop::collection::vec(0u8..3, 1..=nodes).prop_flat_map(move |ranks| {
        let all = ranks.len() + unknown;
        let edges = prop::collection::vec((0..all, 0..all), 0..=edges);
        edges.prop_map(move |edges| Plan {
            ranks: ranks.clone(),
            edges,
        })
    })
}

fn acyclic_plans() -> impl Strategy<Value = Plan> {
    plans(20, 50, 0).prop_map(|mut plan| {
        plan.edges.retain(|(from, to)| from != to);
        for edge in &mut plan.edges {
            *edge = (edge.0.max(edge.1), edge.0.min(edge.1));
        }
        plan
    })
}

/// A plan, and a second order to fill it in.
fn shuffled(
    plan: impl Strategy<Value = Plan>,
) -> impl Strategy<Value = (Plan, Vec<usize>, Vec<usize>)> {
    plan.prop_flat_map(|plan| {
        let nodes: Vec<usize> = (0..plan.ranks.len()).collect();
        let edges: Vec<usize> = (0..plan.edges.len()).collect();
        (
            Just(plan),
            Just(nodes).prop_shuffle(),
            Just(edges).prop_shuffle(),
        )
    })
}

/// Every elementary cycle by trying all simple paths from each smallest id.
fn all_cycles(needs: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    fn extend(
        needs: &BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<String>,
        found: &mut BTreeSet<Vec<String>>,
    ) {
        for next in &needs[&path[path.len() - 1]] {
            if *next == path[0] {
                found.insert(path.iter().chain([next]).cloned().collect());
            } else if *next > path[0] && !path.contains(next) {
                path.push(next.clone());
                extend(needs, path, found);
                path.pop();
            }
        }
    }
    let mut found = BTreeSet::new();
    for start in needs.keys() {
        extend(needs, &mut vec![start.clone()], &mut found);
    }
    found
}

fn reachable(needs: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([from.to_owned()]);
    let mut open = vec![from.to_owned()];
    while let Some(id) = open.pop() {
        for next in &needs[&id] {
            if reached.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reached
}

proptest! {
    #[test]
    fn an_order_is_the_smallest_one_that_is_topological_and_complete(plan in acyclic_plans()) {
        let graph = plan.straight();
        let order = graph.install_order().unwrap();
        // The definition, naively: again and again the least of those that need nothing any more.
        let mut needs = plan.needs();
        let rank = |id: &str| graph.node(id).unwrap().rank;
        let mut expected = Vec::new();
        while !needs.is_empty() {
            let ready = needs.iter().filter(|(_, needed)| needed.is_empty());
            let next = ready.map(|(id, _)| id.clone()).min_by_key(|id| (rank(id), id.clone())).unwrap();
            needs.remove(&next);
            for needed in needs.values_mut() {
                needed.remove(&next);
            }
            expected.push(next);
        }
        prop_assert_eq!(&order, &expected);
        prop_assert!(graph.check_order(&order).is_empty());
        prop_assert!(graph.cycles().is_empty());
    }

    #[test]
    fn the_order_of_filling_changes_nothing((plan, nodes, edges) in shuffled(plans(12, 30, 3))) {
        let (one, other) = (plan.straight(), plan.build(&nodes, &edges));
        prop_assert_eq!(one.install_order(), other.install_order());
        prop_assert_eq!(one.layers(), other.layers());
        prop_assert_eq!(one.missing(), other.missing());
        prop_assert_eq!(one.to_json(), other.to_json());
        prop_assert_eq!(one.to_dot(), other.to_dot());
        prop_assert_eq!(one.to_mermaid(), other.to_mermaid());
        prop_assert_eq!(one.to_svg("t"), other.to_svg("t"));
    }

    #[test]
    fn exactly_the_cycles_there_are_get_named(plan in plans(7, 14, 0)) {
        let graph = plan.straight();
        let expected = all_cycles(&plan.needs());
        let named = graph.cycles();
        let owned: BTreeSet<Vec<String>> = named.iter()
            .map(|path| path.iter().map(ToString::to_string).collect())
            .collect();
        prop_assert_eq!(owned.len(), named.len(), "a cycle is named twice");
        match graph.install_order() {
            Ok(_) => prop_assert!(expected.is_empty()),
            Err(cycles) => {
                prop_assert!(owned.is_subset(&expected));
                let unlisted: u64 = cycles.tangles.iter().map(|tangle| match tangle.unlisted {
                    Unlisted::None => 0,
                    Unlisted::Exactly(more) => more,
                    other => panic!("small tangles are searched to the end, not {other:?}"),
                }).sum();
                prop_assert_eq!(owned.len() as u64 + unlisted, expected.len() as u64);
                let listed: Vec<&[String]> = cycles.paths().map(CyclePath::ids).collect();
                prop_assert_eq!(&listed, &named);
            }
        }
    }

    #[test]
    fn violations_are_the_edges_that_point_forward((plan, nodes, _) in shuffled(plans(12, 30, 3))) {
        let graph = plan.straight();
        let order: Vec<String> = nodes.iter().map(|&node| Plan::id(node)).collect();
        let place = |id: &str| order.iter().position(|other| other == id).unwrap();
        let expected: BTreeSet<(String, String)> = plan.links().into_iter()
            .filter(|(dependant, dependency)| place(dependant) < place(dependency))
            .collect();
        let found = graph.check_order(&order);
        let pairs: BTreeSet<(String, String)> = found.iter()
            .map(|v| (v.dependant.to_owned(), v.dependency.to_owned()))
            .collect();
        prop_assert_eq!(found.len(), pairs.len());
        prop_assert_eq!(pairs, expected);
    }

    #[test]
    fn layers_respect_edges_and_are_as_low_as_can_be(plan in plans(12, 24, 0)) {
        let graph = plan.straight();
        let needs = plan.needs();
        let mut layer = BTreeMap::new();
        for (number, members) in graph.layers().into_iter().enumerate() {
            for id in members {
                prop_assert!(layer.insert(id.to_owned(), number).is_none());
                prop_assert_eq!(graph.depth(id), Some(number));
            }
        }
        prop_assert_eq!(layer.len(), needs.len());
        let together = |a: &str, b: &str| reachable(&needs, a).contains(b) && reachable(&needs, b).contains(a);
        for (from, to) in plan.links() {
            if together(&from, &to) {
                prop_assert_eq!(layer[&from], layer[&to]);
            } else {
                prop_assert!(layer[&from] > layer[&to]);
            }
        }
        for (id, &number) in layer.iter().filter(|(_, number)| **number > 0) {
            let carried = plan.links().into_iter()
                .any(|(from, to)| together(&from, id) && layer[&to] + 1 == number);
            prop_assert!(carried, "{} is in layer {} for nothing", id, number);
        }
    }

    #[test]
    fn a_closure_is_closed_and_explains_itself(plan in plans(12, 24, 0), roots in prop::collection::vec(0usize..14, 0..4)) {
        let graph = plan.straight();
        let needs = plan.needs();
        let roots: Vec<String> = roots.into_iter().map(Plan::id).collect();
        let closure = graph.closure(&roots);
        let expected: BTreeSet<String> = roots.iter()
            .filter(|root| needs.contains_key(*root))
            .flat_map(|root| reachable(&needs, root))
            .collect();
        let members: BTreeSet<String> = closure.members().map(|member| member.id.to_owned()).collect();
        prop_assert_eq!(&members, &expected);
        prop_assert_eq!(closure.len(), expected.len());
        for root in &roots {
            prop_assert_eq!(closure.unknown_roots().contains(root), !needs.contains_key(root));
        }
        let mut last = 0;
        for member in closure.members() {
            prop_assert!(member.distance >= last, "nearest come first");
            last = member.distance;
            match closure.why(member.id).unwrap() {
                Why::Root => {
                    prop_assert_eq!(member.distance, 0);
                    prop_assert!(roots.iter().any(|root| root == member.id));
                }
                Why::Required(chain) => {
                    prop_assert_eq!(chain.len(), member.distance);
                    prop_assert!(roots.iter().any(|root| root == chain[0].dependant));
                    prop_assert_eq!(chain[chain.len() - 1].dependency, member.id);
                    for link in &chain {
                        prop_assert!(needs[link.dependant].contains(link.dependency));
                    }
                    for pair in chain.windows(2) {
                        prop_assert_eq!(pair[0].dependency, pair[1].dependant);
                    }
                    // Shortest: nothing that refers to it is nearer than its predecessor.
                    let nearest = closure.members()
                        .filter(|other| needs[other.id].contains(member.id))
                        .map(|other| other.distance).min();
                    prop_assert_eq!(nearest, Some(member.distance - 1));
                }
            }
        }
    }

    #[test]
    fn what_breaks_is_what_reaches(plan in plans(12, 24, 0)) {
        let graph = plan.straight();
        let needs = plan.needs();
        for id in needs.keys() {
            let expected: BTreeSet<&str> = needs.keys()
                .filter(|other| *other != id && reachable(&needs, other).contains(id))
                .map(String::as_str).collect();
            let found = graph.all_dependants(id);
            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }

    #[test]
    fn every_edge_is_kept_or_reported(plan in plans(8, 20, 4)) {
        let graph = plan.straight();
        let kept: BTreeSet<(String, String)> = graph.edges()
            .map(|link| (link.dependant.to_owned(), link.dependency.to_owned())).collect();
        prop_assert_eq!(graph.edge_count(), kept.len());
        prop_assert_eq!(kept, plan.links());
        let dangling = plan.edges.iter().filter(|(from, to)| *from.max(to) >= plan.ranks.len()).count();
        prop_assert_eq!(graph.missing().len(), dangling, "each place has its own via here");
        for link in graph.edges() {
            let smallest = (0..plan.edges.len())
                .filter(|&edge| plan.edges[edge].0 < plan.ranks.len() && plan.edges[edge].1 < plan.ranks.len())
                .filter(|&edge| {
                    Plan::id(plan.edges[edge].0) == link.dependant && Plan::id(plan.edges[edge].1) == link.dependency
                })
                .map(|edge| format!("/{edge}")).min();
            prop_assert_eq!(Some(link.via.to_owned()), smallest);
        }
    }
}
