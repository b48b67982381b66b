//! Names come out of packages: whatever they hold, a drawing stays a drawing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node};
use proptest::prelude::*;

const HOSTILE: &[&str] = &[
    "\"];\n  evil [label=\"x",
    "</text></svg><script>alert(1)</script>",
    "' onload='alert(1)",
    "\" onload=\"alert(1)",
    "back\\",
    "]]>--><!--",
    "&lt;&quot;&#39;&amp;",
    "\u{0}\u{1}\u{8}\u{b}\u{c}\u{1b}\u{7f}\u{85}",
    "\u{202e}gpj.exe\u{2066}",
    "\u{ffff}\u{fffe}\u{feff}",
    "a\r\nb\u{2028}c",
    "#quot;]-->x[\"",
    "%%{init: {}}%%",
    "",
];

fn graph_of(texts: &[String]) -> DependencyGraph {
    let mut builder = GraphBuilder::new();
    for (position, text) in texts.iter().enumerate() {
        builder
            .add_node(Node {
                id: format!("{position}{text}"),
                kind: text.clone(),
                rank: 0,
                name: text.clone(),
            })
            .unwrap();
        let next = (position + 1) % texts.len();
        let other = format!("{next}{}", texts[next]);
        builder.add_edge(&format!("{position}{text}"), &other, text);
        builder.add_edge(&format!("{position}{text}"), &format!("gone{text}"), text);
    }
    builder.build()
}

fn check(texts: &[String]) {
    let graph = graph_of(texts);
    for title in texts {
        let svg = graph.to_svg(title);
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            let name = element.tag_name().name();
            assert!(
                ["svg", "title", "desc", "rect", "path", "text", "g"].contains(&name),
                "{name}"
            );
            assert!(element.attributes().all(|a| !a.name().starts_with("on")));
        }
        let boxes = document
            .descendants()
            .filter(|e| e.has_tag_name(SVG_GROUP))
            .count();
        let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
        assert_eq!(boxes, texts.len() + distinct.len());
    }
    let json: serde_json::Value = serde_json::from_str(&graph.to_json()).unwrap();
    assert!(texts.iter().all(|text| {
        let nodes = json["nodes"].as_array().unwrap();
        nodes.iter().any(|node| node["name"] == **text)
    }));
    for line in graph.to_dot().lines() {
        let code = outside_quotes(line);
        let words = code.split(|c: char| !c.is_ascii_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            let is_name = word.starts_with(['n', 'm']) && word[1..].parse::<u32>().is_ok();
            assert!(is_name || DOT_WORDS.contains(&word), "{word:?} in {line}");
        }
    }
    for line in graph.to_mermaid().lines().filter(|line| line.contains('[')) {
        assert_eq!(line.matches('"').count(), 2, "{line}");
        let label = line.split('"').nth(1).unwrap().replace("<br/>", "");
        assert!(
            !label.contains(['<', '>', '&', '[', ']', '`', '%', '\\']),
            "{line}"
        );
    }
}

/// What is left of a line of DOT without its quoted strings.
fn outside_quotes(line: &str) -> String {
    let mut outside = String::new();
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => {
                chars.next();
            }
            c if !quoted => outside.push(c),
            _ => {}
        }
    }
    assert!(!quoted, "{line}");
    outside
}

const DOT_WORDS: &[&str] = &[
    "digraph",
    "dependencies",
    "rankdir",
    "LR",
    "node",
    "shape",
    "box",
    "style",
    "rounded",
    "label",
    "tooltip",
    "color",
    "red",
    "dashed",
];
const SVG_GROUP: (&str, &str) = ("http://www.w3.org/2000/svg", "g");

#[test]
fn known_attacks_stay_text() {
    let texts: Vec<String> = HOSTILE.iter().map(ToString::to_string).collect();
    check(&texts);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_stays_text(texts in prop::collection::vec(any::<String>(), 1..6)) {
        check(&texts);
    }
}
