//! Where in the manifest a member stands.
//!
//! A hostile manifest has tens of millions of findings, and of each it must be decided by its place whether it is worth
//! keeping. That is done here without writing the place.

use std::cmp::Ordering;
use std::fmt;

/// The place of a member; its text, such as `artifacts[1].hash`, is only built when a finding is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    Field(&'static str),
    Item(&'static str, usize),
    Member(&'static str, usize, &'static str),
}

/// The item of a list that a place is or lies in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    list: &'static str,
    index: usize,
}

impl At {
    /// The item this is or lies in.
    pub(crate) fn item(self) -> Option<Item> {
        match self {
            Self::Field(_) => None,
            Self::Item(list, index) | Self::Member(list, index, _) => Some(Item { list, index }),
        }
    }

    /// Whether this is or lies in `item`.
    pub(crate) fn is_in(self, item: Item) -> bool {
        self.item()
            .is_some_and(|own| own.index == item.index && std::ptr::eq(own.list, item.list))
    }

    /// How the text of this place compares with `text`.
    pub(crate) fn compare(self, text: &str) -> Ordering {
        let (item, end, member) = match self {
            Self::Field(name) => return name.cmp(text),
            Self::Item(list, index) => (Item { list, index }, "]", ""),
            Self::Member(list, index, member) => (Item { list, index }, "].", member),
        };
        match item.strip(text.as_bytes()) {
            Err(order) => order,
            Ok(rest) => end.bytes().chain(member.bytes()).cmp(rest.iter().copied()),
        }
    }
}

impl Item {
    /// How the start of every text of this item, its list and index, compares with the start of `text`.
    pub(crate) fn compare_start(self, text: &str) -> Ordering {
        self.strip(text.as_bytes()).err().unwrap_or(Ordering::Equal)
    }

    /// `text` after this item's list and index, or how the two compare.
    fn strip(self, text: &[u8]) -> Result<&[u8], Ordering> {
        let mut digits = [0; DIGITS];
        let rest = strip(self.list.as_bytes(), text)?;
        let rest = strip(b"[", rest)?;
        strip(decimal(self.index, &mut digits), rest)
    }
}

fn strip<'t>(start: &[u8], text: &'t [u8]) -> Result<&'t [u8], Ordering> {
    let (same_length, rest) = text.split_at(start.len().min(text.len()));
    match start.cmp(same_length) {
        Ordering::Equal => Ok(rest),
        order => Err(order),
    }
}

/// The most decimal digits of an index.
const DIGITS: usize = 20;

fn decimal(mut number: usize, digits: &mut [u8; DIGITS]) -> &[u8] {
    let mut first = DIGITS;
    loop {
        first -= 1;
        digits[first] = b"0123456789"[number % 10];
        number /= 10;
        if number == 0 {
            return &digits[first..];
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Item(list, index) => write!(f, "{list}[{index}]"),
            Self::Member(list, index, name) => write!(f, "{list}[{index}].{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_compare_as_their_texts(
            kind in 0..3,
            index in 0..2000usize,
            other in 0..2000usize,
            text in "[a-z]{0,2}[\\[0-9\\].a-z]{0,8}",
        ) {
            let place = |index| match kind {
                0 => At::Field("ab"),
                1 => At::Item("ab", index),
                _ => At::Member("ab", index, "id"),
            };
            let at = place(index);
            let texts = [text, at.to_string(), place(other).to_string(), format!("{at}x"), "ab".to_owned(), "ab[".to_owned()];
            for text in texts {
                prop_assert_eq!(at.compare(&text), at.to_string().as_str().cmp(&text));
                if at.item().is_some_and(|item| item.compare_start(&text).is_gt()) {
                    let item = At::Item("ab", index);
                    prop_assert!(at.compare(&text).is_gt() && item.compare(&text).is_gt());
                }
            }
        }
    }
}
