//! Text in Markdown that stays the text it is.

/// The text as Markdown that shows it: no markup, no HTML, no line breaks.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' => {
                out.push('\\');
                out.push(character);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ if character.is_control() => out.push(' '),
            _ => out.push(character),
        }
    }
    out
}

/// The text as a code span; meant for ids and commands, which hold neither backticks nor line breaks of their own.
pub(super) fn code(text: &str) -> String {
    let plain: String = text
        .chars()
        .filter(|character| !character.is_control() && !matches!(character, '`' | '|'))
        .collect();
    format!("`{plain}`")
}
