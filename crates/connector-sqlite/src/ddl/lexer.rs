//! SQL text as tokens; comments and white space fall away.

use std::ops::Range;

/// One token of SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Where it stands in the text.
    pub(crate) range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A bare word, in upper case.
    Word(String),
    /// A quoted name, without its quotes.
    Name(String),
    /// A text, number or anything else that is no name.
    Literal,
    /// One character of punctuation.
    Sign(char),
}

impl Token {
    /// Whether it is that bare word, given in upper case.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found == word)
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The name it stands for, if it can be a name. SQLite takes texts as names too.
    pub(crate) fn name<'a>(&'a self, sql: &'a str) -> Option<&'a str> {
        match &self.kind {
            Kind::Word(_) => sql.get(self.range.clone()),
            Kind::Name(name) => Some(name),
            Kind::Literal | Kind::Sign(_) => None,
        }
    }
}

/// All tokens, or what is wrong with the text.
pub(crate) fn tokens(sql: &str) -> Result<Vec<Token>, String> {
    let bytes = sql.as_bytes();
    let mut result = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let kind = match byte {
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = sql[at..].find('\n').map_or(bytes.len(), |end| at + end + 1);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = sql[at + 2..]
                    .find("*/")
                    .map_or(bytes.len(), |end| at + 2 + end + 2);
                continue;
            }
            b'\'' | b'"' | b'`' => {
                let text = quoted(sql, &mut at, char::from(byte))?;
                // A single-quoted text in the place of a name is a name to SQLite.
                Kind::Name(text)
            }
            b'[' => {
                let end = sql[at..].find(']').ok_or_else(|| unterminated(start))?;
                let name = sql[at + 1..at + end].to_owned();
                at += end + 1;
                Kind::Name(name)
            }
            _ if byte.is_ascii_digit() => {
                at += length(&sql[at..], |c| {
                    c.is_ascii_alphanumeric() || c == '.' || c == '_'
                });
                Kind::Literal
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                at += length(&sql[at..], |c| {
                    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
                });
                Kind::Word(sql[start..at].to_ascii_uppercase())
            }
            0 => return Err(format!("the character NUL stands at byte {start}")),
            _ => {
                at += 1;
                Kind::Sign(char::from(byte))
            }
        };
        result.push(Token {
            kind,
            range: start..at,
        });
    }
    Ok(result)
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character))
        .unwrap_or(text.len())
}

fn unterminated(start: usize) -> String {
    format!("the quote at byte {start} is never closed")
}

/// Reads a quoted text; the quote stands for itself when doubled.
fn quoted(sql: &str, at: &mut usize, quote: char) -> Result<String, String> {
    let start = *at;
    let mut text = String::new();
    let mut rest = sql[start + 1..].char_indices().peekable();
    while let Some((position, character)) = rest.next() {
        if character != quote {
            text.push(character);
        } else if rest.peek().is_some_and(|(_, next)| *next == quote) {
            text.push(quote);
            rest.next();
        } else {
            *at = start + 1 + position + 1;
            return Ok(text);
        }
    }
    Err(unterminated(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_signs_are_told_apart() {
        let sql = "CREATE -- no; comment\nTABLE [a b](\"x\"\"y\" /* ; */ INT, 'z''' 1.5e3, é_1);";
        let shown: Vec<String> = tokens(sql)
            .expect("it is well formed")
            .iter()
            .map(|token| match &token.kind {
                Kind::Word(word) => format!("w:{word}"),
                Kind::Name(name) => format!("n:{name}"),
                Kind::Literal => "l".to_owned(),
                Kind::Sign(sign) => sign.to_string(),
            })
            .collect();
        assert_eq!(
            shown.join(" "),
            "w:CREATE w:TABLE n:a b ( n:x\"y w:INT , n:z' l , w:é_1 ) ;"
        );
        for broken in ["'a", "\"a\"\"", "[a", "a\0b"] {
            assert!(tokens(broken).is_err(), "{broken:?}");
        }
    }
}
