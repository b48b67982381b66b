//! Tokens of a text that is known to be UTF-8.

use std::borrow::Cow;

use super::error::{Fault, JsonErrorKind, Lexed, shortened};

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);

/// A position in a text, and the tokens from there on.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    finite_numbers: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, finite_numbers: bool) -> Self {
        Self {
            text,
            at: 0,
            finite_numbers,
        }
    }

    /// At a byte offset of a text that has been judged.
    pub(super) fn at(text: &'a str, offset: usize) -> Self {
        Self {
            text,
            at: offset,
            finite_numbers: false,
        }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The byte at the position.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes over one byte that `peek` has shown.
    #[inline]
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    /// Goes to the next byte that is not white space, and shows it.
    #[inline]
    pub(super) fn next_token(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b'\n' | b' ') => {
                    self.at += 1;
                    // Indentation: runs of spaces, eight at a time.
                    while let Some(chunk) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>)
                    {
                        let other = u64::from_le_bytes(*chunk) ^ SPACES;
                        if other != 0 {
                            self.at += other.trailing_zeros() as usize / 8;
                            break;
                        }
                        self.at += 8;
                    }
                }
                Some(b'\r' | b'\t') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// The string whose opening quote is at the position.
    #[inline]
    pub(super) fn string(&mut self) -> Lexed<Cow<'a, str>> {
        let start = self.at + 1;
        let end = plain_end(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        let mut unescaped = String::new();
        self.at = start;
        self.rest_of_string(end, |piece| unescaped.push_str(piece))?;
        Ok(Cow::Owned(unescaped))
    }

    /// Goes over the string whose opening quote is at the position.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Lexed<()> {
        self.at += 1;
        let end = plain_end(self.text.as_bytes(), self.at);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(());
        }
        self.rest_of_string(end, |_| ())
    }

    /// Goes over a string from the position inside it, handing out its unescaped pieces. `end` is where the plain piece at the
    /// position ends.
    fn rest_of_string(&mut self, mut end: usize, mut take: impl FnMut(&str)) -> Lexed<()> {
        loop {
            take(&self.text[self.at..end]);
            self.at = end;
            match self.peek() {
                Some(b'"') => {
                    self.bump();
                    return Ok(());
                }
                Some(b'\\') => take(self.escape()?.encode_utf8(&mut [0; 4])),
                Some(control) => {
                    return Err(Fault::new(
                        self.at,
                        JsonErrorKind::ControlCharacter(control),
                    ));
                }
                None => return Err(self.unexpected("the closing quote of a string")),
            }
            end = plain_end(self.text.as_bytes(), self.at);
        }
    }

    /// The character of the escape whose backslash is at the position.
    fn escape(&mut self) -> Lexed<char> {
        let start = self.at;
        self.bump();
        let unescaped = match self.peek() {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => {
                self.bump();
                return self.unicode_escape(start);
            }
            _ => return Err(self.unexpected("one of \" \\ / b f n r t u after a backslash")),
        };
        self.bump();
        Ok(unescaped)
    }

    /// The character of a `\u` escape, the position being after the `u`; `start` is where the backslash is.
    fn unicode_escape(&mut self, start: usize) -> Lexed<char> {
        let high = self.four_digits()?;
        let lone = |unit| Fault::new(start, JsonErrorKind::LoneSurrogate(unit));
        let mut units = vec![high];
        if (0xd800..0xdc00).contains(&high) {
            if !self.text[self.at..].starts_with("\\u") {
                return Err(lone(high));
            }
            self.at += 2;
            units.push(self.four_digits()?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(unescaped)) => Ok(unescaped),
            _ => Err(lone(high)),
        }
    }

    fn four_digits(&mut self) -> Lexed<u16> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit.and_then(|digit| u16::try_from(digit).ok()) else {
                return Err(self.unexpected("four hexadecimal digits after \\u"));
            };
            unit = unit << 4 | digit;
            self.bump();
        }
        Ok(unit)
    }

    /// The number that starts at the position, exactly as written.
    #[inline]
    pub(super) fn number(&mut self) -> Lexed<&'a str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.bump();
        }
        let digits_start = self.at;
        self.digits("a digit")?;
        if self.at - digits_start > 1 && self.text.as_bytes()[digits_start] == b'0' {
            self.at = digits_start;
            return Err(self.unexpected("a number without leading zeros"));
        }
        let mut may_overflow = self.at - digits_start > 308;
        if self.peek() == Some(b'.') {
            self.bump();
            self.digits("a digit after the decimal point")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            may_overflow = true;
            self.bump();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.bump();
            }
            self.digits("a digit in the exponent")?;
        }
        let lexeme = &self.text[start..self.at];
        if may_overflow && self.finite_numbers && overflows(lexeme) {
            return Err(Fault::new(
                start,
                JsonErrorKind::NumberOutOfRange(shortened(lexeme, 40)),
            ));
        }
        Ok(lexeme)
    }

    #[inline]
    fn digits(&mut self, expected: &'static str) -> Lexed<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.unexpected(expected));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.bump();
        }
        Ok(())
    }

    /// Goes over `word`, of which the first byte is known to be at the position.
    #[inline]
    pub(super) fn literal(&mut self, word: &str, expected: &'static str) -> Lexed<()> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.unexpected(expected))
    }

    /// Says what is at the position instead of what was expected.
    #[cold]
    pub(super) fn unexpected(&self, expected: &'static str) -> Fault {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            return Fault::new(self.at, JsonErrorKind::UnexpectedEnd { expected });
        };
        let word_end =
            rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '+' | '-'));
        let word = &rest[..word_end.unwrap_or(rest.len()).max(first.len_utf8())];
        let found = format!("'{}'", shortened(word, 20));
        Fault::new(self.at, JsonErrorKind::Unexpected { found, expected })
    }
}

/// Whether a number in JSON's grammar becomes infinite as a 64-bit float.
fn overflows(lexeme: &str) -> bool {
    lexeme.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// Where the run of plain string characters from `at` on ends: at a quote, a backslash, a control character or the end.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let special = zeros(word ^ (ONES * u64::from(b'"')))
            | zeros(word ^ (ONES * u64::from(b'\\')))
            | (word.wrapping_sub(SPACES) & !word);
        let special = special & HIGHS;
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
        .map_or(bytes.len(), |found| at + found)
}

/// Marks the zero bytes of a word in their high bits; only marks above the lowest one can be wrong.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}
