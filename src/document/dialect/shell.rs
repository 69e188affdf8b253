//! The dialect of a POSIX shell that sources the file (XCU 2.2 and 2.9.1): assignments, `export`, quotes.
//!
//! What would be expanded or run is an error, never text: `$HOME` in quotes is no password.

use super::DialectError;

/// Reads one file.
struct Reader<'a> {
    source: &'a [u8],
    at: usize,
}

/// Assignments in the order of the file.
pub(super) fn read(source: &[u8]) -> Result<super::Entries, DialectError> {
    let mut reader = Reader { source, at: 0 };
    let mut entries = Vec::new();
    let (mut exports, mut empty) = (false, true);
    while let Some(byte) = reader.peek() {
        match byte {
            b';' if empty => return Err(reader.fails("there is nothing in front of ;")),
            b'\n' | b';' => {
                reader.at += 1;
                (exports, empty) = (false, true);
            }
            b' ' | b'\t' => reader.at += 1,
            b'\\' if reader.source.get(reader.at + 1) == Some(&b'\n') => reader.at += 2,
            b'#' => {
                let rest = &source[reader.at..];
                reader.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            }
            _ => {
                let name = reader.name();
                empty = false;
                match reader.peek() {
                    Some(b'=') if !name.is_empty() => {
                        reader.at += 1;
                        entries.push((name.to_vec(), reader.value()?));
                    }
                    None | Some(b' ' | b'\t' | b'\n' | b';') if name == b"export" && !exports => {
                        exports = true
                    }
                    // What was set above is exported anyway.
                    None | Some(b' ' | b'\t' | b'\n' | b';') if exports && !name.is_empty() => {}
                    _ => return Err(reader.fails("this is no assignment, and commands are not run")),
                }
            }
        }
    }
    Ok(entries)
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn fails(&self, problem: &'static str) -> DialectError {
        self.fails_at(self.at, problem)
    }

    fn fails_at(&self, at: usize, problem: &'static str) -> DialectError {
        let before = &self.source[..at.min(self.source.len())];
        DialectError { line: 1 + memchr::memchr_iter(b'\n', before).count(), problem }
    }

    fn name(&mut self) -> &'a [u8] {
        let rest = &self.source[self.at..];
        let part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let digit = rest.first().is_some_and(u8::is_ascii_digit);
        let length = if digit { 0 } else { rest.iter().take_while(|byte| part(**byte)).count() };
        self.at += length;
        &rest[..length]
    }

    /// A value up to the blank, line end or `;` behind it.
    fn value(&mut self) -> Result<Vec<u8>, DialectError> {
        const EXPANDS: &str = "a shell would put something else for the $ or `; in single quotes it is text";
        let start = self.at;
        let mut out = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' => break,
                b'\'' => {
                    let rest = &self.source[self.at + 1..];
                    let end =
                        memchr::memchr(b'\'', rest).ok_or_else(|| self.fails("the quote ' is not closed"))?;
                    out.extend_from_slice(&rest[..end]);
                    self.at += end + 2;
                }
                b'"' => {
                    let open = self.at;
                    self.at += 1;
                    loop {
                        let not_closed = || self.fails_at(open, "the quote \" is not closed");
                        match (self.peek().ok_or_else(not_closed)?, self.source.get(self.at + 1)) {
                            (b'"', _) => break,
                            (b'$' | b'`', _) => return Err(self.fails(EXPANDS)),
                            (b'\\', Some(b'\n')) => self.at += 1,
                            (b'\\', Some(&escaped @ (b'$' | b'`' | b'"' | b'\\'))) => {
                                out.push(escaped);
                                self.at += 1;
                            }
                            (byte, _) => out.push(byte),
                        }
                        self.at += 1;
                    }
                    self.at += 1;
                }
                b'\\' => {
                    match self.source.get(self.at + 1) {
                        Some(b'\n') => {}
                        Some(escaped) => out.push(*escaped),
                        None => out.push(b'\\'),
                    }
                    self.at = (self.at + 2).min(self.source.len());
                }
                b'$' | b'`' => return Err(self.fails(EXPANDS)),
                b'~' if self.at == start || self.source[self.at - 1] == b':' => {
                    return Err(self.fails("a shell would put a home directory for ~; in quotes it is text"));
                }
                b'|' | b'&' | b'<' | b'>' | b'(' | b')' => {
                    return Err(self.fails("a shell would run a command here; in quotes it is text"));
                }
                byte => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        Ok(out)
    }
}

/// A value in single quotes, if it needs them.
pub(super) fn spelling(value: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(byte);
    if value.iter().all(plain) { value.to_vec() } else { quoted_for_shell(value) }
}

/// One word of a shell that is this text: in single quotes.
#[must_use]
pub fn quoted_for_shell(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'\'');
    for byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}
