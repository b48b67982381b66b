//! The graph in Mermaid's language, for Markdown pages.

use std::fmt::Write;

use crate::DependencyGraph;

use super::plain::one_line;

impl DependencyGraph {
    /// The graph as a Mermaid flowchart, left to right, dependants before what they need.
    ///
    /// Nodes have numbers for names, so that no id can be taken for syntax; what is missing is dashed and red.
    pub fn to_mermaid(&self) -> String {
        let mut chart = String::from("flowchart LR\n");
        for (number, node) in self.nodes().enumerate() {
            let label = format!(
                "{}<br/>{} {}",
                quote(node.name),
                quote(node.kind),
                quote(node.id)
            );
            line(&mut chart, format_args!("n{number}[\"{label}\"]"));
        }
        for node in self.adjacency.nodes() {
            for to in self.adjacency.dependencies(node) {
                line(&mut chart, format_args!("n{node} --> n{to}"));
            }
        }
        let absent = self.absent();
        for (number, absentee) in absent.ids.iter().enumerate() {
            let label = quote(absentee);
            line(
                &mut chart,
                format_args!("m{number}[\"{label}<br/>missing\"]:::missing"),
            );
        }
        for (from, to) in &absent.edges {
            line(&mut chart, format_args!("{from} -.-> {to}"));
        }
        if !absent.ids.is_empty() {
            let style = "stroke:#c62828,stroke-dasharray:5 4,color:#c62828";
            line(&mut chart, format_args!("classDef missing {style}"));
        }
        chart
    }
}

fn line(chart: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(chart, "  {text}").expect("a String takes everything");
}

/// `text` for the inside of a quoted Mermaid label: everything but letters, digits and a few harmless marks becomes a
/// numeric entity, since labels may hold HTML and Markdown.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in one_line(text) {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | ',' | '/') {
            quoted.push(c);
        } else {
            write!(quoted, "#{};", u32::from(c)).expect("a String takes everything");
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
            ("Loan form 2.0", "Loan form 2.0"),
            (r#"x"]; click n0"#, "x#34;#93;#59; click n0"),
            ("<script>", "#60;script#62;"),
            ("#quot;", "#35;quot#59;"),
            ("a\nb", "a b"),
            ("`**bold**`", "#96;#42;#42;bold#42;#42;#96;"),
        ] {
            assert_eq!(quote(text), expected);
        }
    }
}
