//! The graph in Graphviz' language.

use std::fmt::Write;

use crate::DependencyGraph;

use super::plain::one_line;

impl DependencyGraph {
    /// The graph as a Graphviz digraph, left to right, dependants before what they need.
    ///
    /// Nodes have numbers for names, so that no id can be taken for syntax; what is missing is dashed and red.
    pub fn to_dot(&self) -> String {
        let mut dot = String::from(
            "digraph dependencies {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n",
        );
        for (number, node) in self.nodes().enumerate() {
            let label = format!(
                "{}\\n{} {}",
                quote(node.name),
                quote(node.kind),
                quote(node.id)
            );
            append(&mut dot, format_args!("  n{number} [label=\"{label}\"];\n"));
        }
        for node in self.adjacency.nodes() {
            for (&to, &via) in self
                .adjacency
                .dependencies(node)
                .iter()
                .zip(self.adjacency.vias(node))
            {
                let via = quote(&self.vias[via as usize]);
                append(
                    &mut dot,
                    format_args!("  n{node} -> n{to} [tooltip=\"{via}\"];\n"),
                );
            }
        }
        let absent = self.absent();
        for (number, absentee) in absent.ids.iter().enumerate() {
            let label = quote(absentee);
            append(
                &mut dot,
                format_args!(
                    "  m{number} [label=\"{label}\\nmissing\", style=\"rounded,dashed\", color=red];\n"
                ),
            );
        }
        for (from, to) in &absent.edges {
            append(
                &mut dot,
                format_args!("  {from} -> {to} [style=dashed, color=red];\n"),
            );
        }
        dot.push_str("}\n");
        dot
    }
}

fn append(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("a String takes everything");
}

/// `text` for the inside of a quoted Graphviz string, where backslashes and entities have a meaning in labels.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in one_line(text) {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '&' => quoted.push_str("&amp;"),
            c => quoted.push(c),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_leave_their_quotes() {
        for (text, expected) in [
            (r#"a"];evil["#, r#"a\"];evil["#),
            (r"ends in \", r"ends in \\"),
            (r#"\""#, r#"\\\""#),
            ("two\nlines", "two lines"),
            ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ] {
            assert_eq!(quote(text), expected);
        }
    }
}
