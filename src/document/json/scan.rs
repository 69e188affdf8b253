//! The scanner: bytes in, tokens with their spans out, in the order they are written.
//!
//! It accepts what the token stream of Go's `encoding/json` accepts, with two differences:
//! nothing but white space may follow the top-level value, and an input that ends early is
//! always an error (sops drops the rest in the first case and the cut-off entry in the second).
//! A byte order mark in front is skipped.
//!
//! Nothing here recurses; nesting costs one byte a level and ends at [`MAX_DEPTH`].

use crate::leaf::Span;

/// Levels of nesting that Go's `encoding/json` lets through; sops cannot write deeper files.
pub(super) const MAX_DEPTH: usize = 10_000;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Text between quotes, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quoted {
    /// With the quotes.
    pub(super) span: Span,
    /// Whether the bytes between the quotes are the text itself: no escapes, valid UTF-8.
    pub(super) plain: bool,
}

impl Quoted {
    /// The bytes between the quotes.
    pub(super) const fn inner(self) -> Span {
        Span::new(self.span.start + 1, self.span.end - 1)
    }
}

/// A piece of JSON. Commas and colons are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `{`, at this offset.
    OpenMap(usize),
    /// `[`, at this offset.
    OpenList(usize),
    /// `}` or `]`, at this offset.
    Close(usize),
    /// The key of a member; its value follows.
    Key(Quoted),
    /// A string that is a value.
    Text(Quoted),
    /// A number.
    Number(Span),
    /// `true` or `false`.
    Bool(bool, Span),
    /// `null`.
    Null(Span),
}

impl Token {
    /// The bytes of the token.
    pub(super) const fn span(self) -> Span {
        match self {
            Self::OpenMap(at) | Self::OpenList(at) | Self::Close(at) => Span::new(at, at + 1),
            Self::Key(text) | Self::Text(text) => text.span,
            Self::Number(span) | Self::Bool(_, span) | Self::Null(span) => span,
        }
    }
}

/// What is wrong, and at which byte. Names at most one character of the input, as Go does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Map,
    List,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Top,
    FirstKey,
    Key,
    Colon,
    FirstItem,
    Value,
    Separator,
    End,
}

/// Reads tokens one by one.
pub(super) struct Scanner<'a> {
    source: &'a [u8],
    at: usize,
    expect: Expect,
    open: Vec<Container>,
}

impl<'a> Scanner<'a> {
    /// A scanner of a whole text.
    pub(super) fn new(source: &'a [u8]) -> Self {
        let at = if source.starts_with(BOM) { BOM.len() } else { 0 };
        Self::at(source, at)
    }

    /// A scanner of the value that begins at `at`, as if nothing stood before it.
    pub(super) const fn at(source: &'a [u8], at: usize) -> Self {
        Self { source, at, expect: Expect::Top, open: Vec::new() }
    }

    /// How many maps and lists are open.
    pub(super) const fn depth(&self) -> usize {
        self.open.len()
    }

    /// The offset behind the last token.
    pub(super) const fn offset(&self) -> usize {
        self.at
    }

    /// The next token, or nothing after the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Problem> {
        loop {
            self.at = skip_blank(self.source, self.at);
            let Some(&byte) = self.source.get(self.at) else {
                return match self.expect {
                    Expect::End => Ok(None),
                    Expect::Top => Err(self.problem("EOF")),
                    _ => Err(self.early_end()),
                };
            };
            match (self.expect, byte) {
                (Expect::FirstKey, b'}') | (Expect::FirstItem, b']') => return Ok(Some(self.close())),
                (Expect::FirstKey | Expect::Key, b'"') => {
                    let key = self.quoted()?;
                    self.expect = Expect::Colon;
                    return Ok(Some(Token::Key(key)));
                }
                (Expect::FirstKey | Expect::Key, _) => {
                    return Err(self.unexpected("looking for beginning of object key string"));
                }
                (Expect::Colon, b':') => {
                    self.at += 1;
                    self.expect = Expect::Value;
                }
                (Expect::Colon, _) => return Err(self.unexpected("after object key")),
                (Expect::Top | Expect::FirstItem | Expect::Value, _) => return self.value(byte).map(Some),
                (Expect::Separator, _) => {
                    let map = self.open.last() == Some(&Container::Map);
                    match byte {
                        b',' => {
                            self.at += 1;
                            self.expect = if map { Expect::Key } else { Expect::Value };
                        }
                        b'}' if map => return Ok(Some(self.close())),
                        b']' if !map => return Ok(Some(self.close())),
                        _ if map => return Err(self.unexpected("after object key:value pair")),
                        _ => return Err(self.unexpected("after array element")),
                    }
                }
                (Expect::End, _) => return Err(self.unexpected("after top-level value")),
            }
        }
    }

    fn value(&mut self, byte: u8) -> Result<Token, Problem> {
        let start = self.at;
        let token = match byte {
            b'{' => {
                self.push(Container::Map, Expect::FirstKey)?;
                return Ok(Token::OpenMap(start));
            }
            b'[' => {
                self.push(Container::List, Expect::FirstItem)?;
                return Ok(Token::OpenList(start));
            }
            b'"' => Token::Text(self.quoted()?),
            b'-' | b'0'..=b'9' => {
                self.number()?;
                Token::Number(Span::new(start, self.at))
            }
            b't' => Token::Bool(true, self.word("true")?),
            b'f' => Token::Bool(false, self.word("false")?),
            b'n' => Token::Null(self.word("null")?),
            _ => return Err(self.unexpected("looking for beginning of value")),
        };
        self.after_value();
        Ok(token)
    }

    fn push(&mut self, container: Container, expect: Expect) -> Result<(), Problem> {
        if self.open.len() == MAX_DEPTH {
            return Err(self.unexpected("exceeded max depth"));
        }
        self.open.push(container);
        self.at += 1;
        self.expect = expect;
        Ok(())
    }

    fn close(&mut self) -> Token {
        let at = self.at;
        self.at += 1;
        self.open.pop();
        self.after_value();
        Token::Close(at)
    }

    fn after_value(&mut self) {
        self.expect = if self.open.is_empty() { Expect::End } else { Expect::Separator };
    }

    fn quoted(&mut self) -> Result<Quoted, Problem> {
        let start = self.at;
        let (mut escapes, mut beyond_ascii) = (false, false);
        self.at += 1;
        let mut long = self.at + WIDE;
        loop {
            if self.at >= long {
                self.at += simple(&self.source[self.at..]);
                long = self.at + WIDE;
            }
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    escapes = true;
                    self.escape()?;
                }
                0..0x20 => return Err(self.unexpected("in string literal")),
                byte => {
                    beyond_ascii |= byte >= 0x80;
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        let span = Span::new(start, self.at);
        let plain = !escapes && {
            let inner = Span::new(start + 1, self.at - 1);
            !beyond_ascii || std::str::from_utf8(inner.of(self.source)).is_ok()
        };
        Ok(Quoted { span, plain })
    }

    fn escape(&mut self) -> Result<(), Problem> {
        self.at += 1;
        match self.peek()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek()?.is_ascii_hexdigit() {
                        return Err(self.unexpected("in \\u hexadecimal character escape"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.unexpected("in string escape code")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Problem> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        if self.source.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.source.get(self.at) {
            self.at += 1;
            if let b'+' | b'-' = self.peek()? {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn some_digits(&mut self, context: &str) -> Result<(), Problem> {
        if !self.peek()?.is_ascii_digit() {
            return Err(self.unexpected(context));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.source.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> Result<Span, Problem> {
        let start = self.at;
        for expected in word.bytes() {
            if self.peek()? != expected {
                let expected = char::from(expected);
                return Err(self.unexpected(&format!("in literal {word} (expecting '{expected}')")));
            }
            self.at += 1;
        }
        Ok(Span::new(start, self.at))
    }

    fn peek(&self) -> Result<u8, Problem> {
        self.source.get(self.at).copied().ok_or_else(|| self.early_end())
    }

    fn early_end(&self) -> Problem {
        self.problem("unexpected EOF")
    }

    fn unexpected(&self, context: &str) -> Problem {
        self.problem(&format!("invalid character {} {context}", self.character()))
    }

    fn problem(&self, text: &str) -> Problem {
        Problem { at: self.at, text: text.to_owned() }
    }

    /// The character under the cursor in single quotes; a byte that begins none as `'\x..'`.
    fn character(&self) -> String {
        let rest = &self.source[self.at..];
        let head = &rest[..rest.len().min(4)];
        let first = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        match first {
            Some('"') => "'\"'".to_owned(),
            Some(c) if c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r') => {
                format!("'\\x{:02x}'", u32::from(c))
            }
            Some(c) => format!("'{}'", c.escape_debug()),
            None => format!("'\\x{:02x}'", head.first().copied().unwrap_or(0)),
        }
    }
}

/// How many bytes are looked at in one step.
const WIDE: usize = 64;

/// How many of the first bytes are surely ASCII that stands for itself between quotes: whole steps only.
fn simple(text: &[u8]) -> usize {
    let (steps, _) = text.as_chunks::<WIDE>();
    let other = |byte: u8| !(0x20..0x80).contains(&byte) || byte == b'"' || byte == b'\\';
    let plain = |step: &[u8; WIDE]| !step.iter().fold(false, |found, &byte| found | other(byte));
    steps.iter().take_while(|step| plain(step)).count() * WIDE
}

/// The first byte at or after `at` that is not white space.
pub(super) fn skip_blank(source: &[u8], mut at: usize) -> usize {
    while source.get(at).is_some_and(|&byte| is_blank(byte)) {
        at += 1;
    }
    at
}

/// The end of what stands before the white space that ends at `at`.
pub(super) fn skip_blank_back(source: &[u8], mut at: usize) -> usize {
    while at > 0 && is_blank(source[at - 1]) {
        at -= 1;
    }
    at
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
