//! Words, names and moments to fill rows and documents with.

use std::fmt::{self, Write};

use crate::bench::random::Random;

const SYLLABLES: &[&str] = &[
    "an", "ter", "lo", "ri", "men", "sta", "be", "con", "de", "ver", "ling", "tion", "mar", "ko",
    "sen", "pla", "u", "gra", "fé", "tör", "nis", "ca", "pro", "es", "wil", "dur", "hy", "ox",
    "jet", "qua",
];
const FIRST_NAMES: &[&str] = &[
    "Maria", "Lukas", "Aïcha", "Jonas", "Mei", "Søren", "Fatima", "Carlos", "Zoë", "Dmitri",
    "Priya", "Emil", "Noor", "Tomáš", "Grace", "Kenji",
];
const LAST_NAMES: &[&str] = &[
    "Schneider",
    "García",
    "Nguyen",
    "Müller",
    "Okafor",
    "Rossi",
    "Johansson",
    "Haddad",
    "Kowalski",
    "Tanaka",
    "Silva",
    "Lindqvist",
    "Brown",
    "Dubois",
    "Petrov",
    "Yılmaz",
];
const CITIES: &[&str] = &[
    "Hamburg",
    "Lyon",
    "Kraków",
    "Porto",
    "Turin",
    "Göteborg",
    "Graz",
    "Utrecht",
    "Galway",
    "Tampere",
    "Ostrava",
    "Málaga",
];

/// How many different words there are.
const VOCABULARY: usize = 4_000;

/// A source of text that is the same in every run.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) random: Random,
    words: Vec<String>,
}

impl Writer {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let words = (0..VOCABULARY)
            .map(|_| {
                let length = 1 + random.below(4);
                (0..length).map(|_| random.pick(SYLLABLES)).collect()
            })
            .collect();
        Self { random, words }
    }

    pub(super) fn word(&mut self) -> &str {
        let at = self.random.position(self.words.len());
        &self.words[at]
    }

    /// Some words with punctuation, ready to stand in a JSON string.
    pub(super) fn sentence(&mut self, words: u64, out: &mut String) {
        for at in 0..words {
            if at > 0 {
                out.push_str(match self.random.below(40) {
                    0 => ".\\n",
                    1 | 2 => ", ",
                    3 => " \\\"",
                    _ => " ",
                });
            }
            out.push_str(self.word());
        }
    }

    /// A sentence of its own.
    pub(super) fn text(&mut self, words: u64) -> String {
        let chosen: Vec<_> = (0..words).map(|_| self.word().to_owned()).collect();
        chosen.join(" ")
    }

    pub(super) fn city(&mut self) -> &'static str {
        self.random.pick(CITIES)
    }

    pub(super) fn person(&mut self) -> (&'static str, &'static str) {
        (self.random.pick(FIRST_NAMES), self.random.pick(LAST_NAMES))
    }

    pub(super) fn email(&mut self, out: &mut String) -> fmt::Result {
        let number = self.random.skewed(100_000);
        write!(out, "{}.{number}@", self.word())?;
        write!(out, "{}.example", self.word())
    }
}

/// A moment `seconds` after the beginning of 2015, in a calendar of twelve months of 28 days.
pub(super) fn moment(seconds: u64, out: &mut String) -> fmt::Result {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = (2015 + days / 336, days % 336 / 28 + 1, days % 28 + 1);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    write!(
        out,
        "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_stand_in_a_json_string_and_is_the_same_again() {
        let sentence = || {
            let mut text = "\"".to_owned();
            Writer::new(3).sentence(500, &mut text);
            text.push('"');
            text
        };
        let parsed: String = serde_json::from_str(&sentence()).expect("a JSON string");
        assert!(parsed.contains('\n') && parsed.contains('"'));
        assert_eq!(sentence(), sentence());
    }

    #[test]
    fn moments_are_in_order_and_well_formed() {
        let at = |seconds| {
            let mut text = String::new();
            moment(seconds, &mut text).expect("a string takes it");
            text
        };
        assert_eq!(at(0), "2015-01-01T00:00:00Z");
        assert_eq!(at(86_400 * 336 + 3661), "2016-01-01T01:01:01Z");
        assert!(at(86_400 * 335) < at(86_400 * 336));
    }
}
