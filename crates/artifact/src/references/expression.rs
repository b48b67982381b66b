//! Calls `entity('<id>')` in the text of a condition.

use std::ops::Range;

const NAME: &str = "entity";

/// Where the ids of the calls stand in `text`: between single or double quotes, as the only argument, white space allowed around.
pub(super) fn entity_ids(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(NAME).filter_map(move |(at, _)| {
        let is_tail = |before: char| before.is_alphanumeric() || matches!(before, '_' | '$');
        if text[..at].chars().next_back().is_some_and(is_tail) {
            return None;
        }
        argument(text, at + NAME.len())
    })
}

/// Where the id stands in a call whose function name ends at `at`.
fn argument(text: &str, at: usize) -> Option<Range<usize>> {
    let quoted = text[at..].trim_start().strip_prefix('(')?.trim_start();
    let quote = quoted
        .chars()
        .next()
        .filter(|quote| matches!(quote, '\'' | '"'))?;
    let id_and_rest = &quoted[1..];
    let length = id_and_rest.find(quote)?;
    let start = text.len() - id_and_rest.len();
    let closes = id_and_rest[length + 1..].trim_start().starts_with(')');
    let blank = id_and_rest[..length].trim().is_empty();
    (closes && !blank).then_some(start..start + length)
}

/// `text` with the ids that `map` knows exchanged, and how many were; nothing if none was.
///
/// An id that holds the quote it would stand in gets the other one; one that holds both cannot be written and stays as it was.
pub(super) fn rewritten(
    text: &str,
    map: &dyn Fn(&str) -> Option<String>,
) -> Option<(String, usize)> {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    let mut count = 0;
    for range in entity_ids(text) {
        let old = &text[range.clone()];
        let Some(new) = map(old).filter(|new| new != old) else {
            continue;
        };
        let written = &text[range.start - 1..range.start];
        let other = if written == "'" { "\"" } else { "'" };
        let Some(quote) = [written, other]
            .into_iter()
            .find(|quote| !new.contains(quote))
        else {
            continue;
        };
        out.push_str(&text[copied..range.start - 1]);
        out.extend([quote, &new, quote]);
        copied = range.end + 1;
        count += 1;
    }
    out.push_str(&text[copied..]);
    (count > 0).then_some((out, count))
}
