//! The grammar, without recursion: one loop drives whatever is built.

use std::borrow::Cow;

use super::duplicates::Key;
use super::error::{Fault, JsonError, JsonErrorKind, Lexed};
use super::lexer::Lexer;

/// The deepest nesting any limit can allow. Trees are written and dropped recursively, which this keeps within any stack.
const DEPTH_CEILING: usize = 1_000;

/// What a reader tolerates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonLimits {
    /// How many arrays and objects may lie inside each other; 1,000 at most, whatever is set.
    pub max_depth: usize,
    /// What happens to numbers beyond the range of a 64-bit float.
    pub numbers: NumberRange,
}

/// Which numbers a reader takes. Precision is no matter: numbers keep their lexeme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberRange {
    /// Those that are finite as a 64-bit float, however many digits they have.
    Finite,
    /// All that follow the grammar.
    Any,
}

impl Default for JsonLimits {
    /// Depth 128 and finite numbers (validation, `InvalidManifestJson`).
    fn default() -> Self {
        Self {
            max_depth: 128,
            numbers: NumberRange::Finite,
        }
    }
}

/// What the grammar fills.
pub(crate) trait Sink<'a> {
    /// The text, before anything in it.
    fn start(&mut self, _text: &'a str) {}
    /// A value comes next.
    fn value(&mut self) {}
    /// Whether `string` wants the text of this value. If not it gets an empty one, for much less work.
    fn wants_text(&self) -> bool;

    fn null(&mut self);
    fn bool(&mut self, value: bool);
    fn number(&mut self, lexeme: &'a str);
    fn string(&mut self, text: Cow<'a, str>);
    fn open(&mut self, container: Container);
    fn key(&mut self, key: Key<'a>);
    fn close_array(&mut self);
    /// Ends an object, or hands back a key that came twice.
    fn close_object(&mut self) -> Result<(), Key<'a>>;
}

/// A value that contains others.
#[derive(Clone, Copy)]
pub(crate) enum Container {
    Array,
    Object,
}

/// Reads `bytes` as one document.
pub(crate) fn read<'a, S: Sink<'a>>(
    bytes: &'a [u8],
    limits: &JsonLimits,
    sink: &mut S,
) -> Result<(), JsonError> {
    let text = utf8(bytes).map_err(|fault| fault.locate(bytes))?;
    sink.start(text);
    let parser = Parser {
        lexer: Lexer::new(text, limits.numbers == NumberRange::Finite),
        open: Vec::new(),
        max_depth: limits.max_depth.min(DEPTH_CEILING),
        sink,
    };
    parser.document().map_err(|fault| fault.locate(bytes))
}

fn utf8(bytes: &[u8]) -> Lexed<&str> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Fault::new(at, JsonErrorKind::InvalidUtf8(bytes[at]))
    })?;
    if text.starts_with('\u{feff}') {
        return Err(Fault::new(0, JsonErrorKind::ByteOrderMark));
    }
    Ok(text)
}

struct Parser<'a, 's, S> {
    lexer: Lexer<'a>,
    /// The containers around the position, outermost first.
    open: Vec<Container>,
    max_depth: usize,
    sink: &'s mut S,
}

impl<'a, S: Sink<'a>> Parser<'a, '_, S> {
    fn document(mut self) -> Lexed<()> {
        if self.lexer.next_token().is_none() {
            return Err(Fault::new(self.lexer.offset(), JsonErrorKind::Empty));
        }
        loop {
            if self.value()? && self.after_value()? {
                return Ok(());
            }
        }
    }

    /// Reads one value, of a container the opening only. Gives whether the value is complete.
    #[inline]
    fn value(&mut self) -> Lexed<bool> {
        const EXPECTED: &str = "a value";
        let first = self.lexer.next_token();
        self.sink.value();
        match first {
            Some(b'"') if self.sink.wants_text() => {
                let text = self.lexer.string()?;
                self.sink.string(text);
            }
            Some(b'"') => {
                self.lexer.skip_string()?;
                self.sink.string(Cow::Borrowed(""));
            }
            Some(b'-' | b'0'..=b'9') => {
                let lexeme = self.lexer.number()?;
                self.sink.number(lexeme);
            }
            Some(b'{') => return self.enter(Container::Object),
            Some(b'[') => return self.enter(Container::Array),
            Some(b't') => {
                self.lexer.literal("true", EXPECTED)?;
                self.sink.bool(true);
            }
            Some(b'f') => {
                self.lexer.literal("false", EXPECTED)?;
                self.sink.bool(false);
            }
            Some(b'n') => {
                self.lexer.literal("null", EXPECTED)?;
                self.sink.null();
            }
            _ => return Err(self.lexer.unexpected(EXPECTED)),
        }
        Ok(true)
    }

    /// Goes into a container up to its first value. Gives whether it is complete, which an empty one is.
    #[inline]
    fn enter(&mut self, container: Container) -> Lexed<bool> {
        if self.open.len() >= self.max_depth {
            return Err(Fault::new(
                self.lexer.offset(),
                JsonErrorKind::TooDeep {
                    limit: self.max_depth,
                },
            ));
        }
        self.lexer.bump();
        self.sink.open(container);
        let first = self.lexer.next_token();
        match container {
            Container::Array if first == Some(b']') => self.sink.close_array(),
            Container::Object if first == Some(b'}') => {
                // An empty object has no key twice.
                self.sink.close_object().ok();
            }
            Container::Array => {
                self.open.push(container);
                return Ok(false);
            }
            Container::Object => {
                self.open.push(container);
                self.key("a key or '}'")?;
                return Ok(false);
            }
        }
        self.lexer.bump();
        Ok(true)
    }

    #[inline]
    fn key(&mut self, expected: &'static str) -> Lexed<()> {
        if self.lexer.next_token() != Some(b'"') {
            return Err(self.lexer.unexpected(expected));
        }
        let offset = self.lexer.offset();
        let text = self.lexer.string()?;
        self.sink.key(Key { text, offset });
        if self.lexer.next_token() != Some(b':') {
            return Err(self.lexer.unexpected("':' after a key"));
        }
        self.lexer.bump();
        Ok(())
    }

    /// Goes from behind a value to the next one, closing containers. Gives whether the document is complete.
    #[inline]
    fn after_value(&mut self) -> Lexed<bool> {
        while let Some(container) = self.open.last() {
            let next = self.lexer.next_token();
            match (container, next) {
                (Container::Array, Some(b',')) => {
                    self.lexer.bump();
                    return Ok(false);
                }
                (Container::Object, Some(b',')) => {
                    self.lexer.bump();
                    self.key("a key")?;
                    return Ok(false);
                }
                (Container::Array, Some(b']')) => self.sink.close_array(),
                (Container::Object, Some(b'}')) => {
                    self.sink.close_object().map_err(|key| key.fault())?;
                }

                (Container::Array, _) => return Err(self.lexer.unexpected("',' or ']'")),
                (Container::Object, _) => return Err(self.lexer.unexpected("',' or '}'")),
            }
            self.lexer.bump();
            self.open.pop();
        }
        match self.lexer.next_token() {
            None => Ok(true),
            Some(_) => Err(self
                .lexer
                .unexpected("the end of the text after the document")),
        }
    }
}
