//! Names and texts inside statements.

/// An identifier, quoted whatever it is: names come from packages.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Quoted identifiers, separated by commas.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// The name within the namespace: SQLite has only `main` to offer, wherever an object came from.
pub(crate) fn local_name(qualified: &str) -> &str {
    match qualified.strip_prefix("main.") {
        Some(name) => name,
        None => qualified
            .split_once('.')
            .map_or(qualified, |(_, name)| name),
    }
}
