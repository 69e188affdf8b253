//! What stands before a node or a document: anchors, aliases, tags and directives.

use super::{Scanner, Token, TokenKind};
use crate::document::ParseError;
use crate::leaf::Span;

impl Scanner<'_> {
    /// `&name` or `*name`.
    pub(super) fn scan_anchor(&mut self, kind: TokenKind) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        self.cursor.step();
        let name = self.cursor.run_word();
        let ended = self.cursor.is_space(0)
            || matches!(self.cursor.peek(), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ended {
            let what = if kind == TokenKind::Alias { "an alias" } else { "an anchor" };
            let problem =
                format!("did not find expected alphabetic or numeric character in the name of {what}");
            return Err(self.cursor.mark().error(problem));
        }
        self.push(kind, start);
        Ok(())
    }

    /// `!`, `!suffix`, `!!suffix`, `!handle!suffix` or `!<full name>`.
    pub(super) fn scan_tag(&mut self) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        let nothing = Span::at(start.at);
        let (handle, suffix) = if self.cursor.ahead(1) == b'<' {
            self.cursor.step();
            self.cursor.step();
            let name = self.scan_uri(false)?;
            if self.cursor.peek() != b'>' {
                return Err(self.cursor.mark().error("did not find the expected '>'"));
            }
            self.cursor.step();
            (nothing, name)
        } else {
            let handle = self.scan_handle()?;
            let word = self.cursor.slice(handle);
            if word.len() > 1 && word.ends_with('!') {
                (handle, self.scan_uri(false)?)
            } else {
                // No handle after all, but the first part of the suffix.
                let rest = self.scan_uri(true)?;
                let suffix = [&word[1..], &rest].concat();
                if suffix.is_empty() {
                    (nothing, "!".to_owned())
                } else {
                    (Span::new(handle.start, handle.start + 1), suffix)
                }
            }
        };
        if !self.cursor.is_space(0) {
            return Err(self
                .cursor
                .mark()
                .error("did not find expected whitespace or line break behind a tag"));
        }
        let end = self.cursor.mark();
        let text = Some(suffix.into_boxed_str());
        self.tokens.push_back(Token { kind: TokenKind::Tag { handle }, start, end, text });
        Ok(())
    }

    /// `!`, `!word` or `!word!`.
    fn scan_handle(&mut self) -> Result<Span, ParseError> {
        let start = self.cursor.mark();
        if self.cursor.peek() != b'!' {
            return Err(start.error("did not find expected '!'"));
        }
        self.cursor.step();
        self.cursor.run_word();
        if self.cursor.peek() == b'!' {
            self.cursor.step();
        }
        Ok(Span::new(start.at, self.cursor.mark().at))
    }

    /// The characters of a tag, with `%xx` undone.
    fn scan_uri(&mut self, may_be_empty: bool) -> Result<String, ParseError> {
        let start = self.cursor.mark();
        let mut uri = Vec::new();
        loop {
            match self.cursor.peek() {
                b'%' => self.scan_uri_escape(&mut uri)?,
                byte if byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.cursor.step();
                }
                _ => break,
            }
        }
        if uri.is_empty() && !may_be_empty {
            return Err(start.error("did not find expected tag URI"));
        }
        // go-yaml keeps bytes here that are no UTF-8; no tag that means anything has them.
        Ok(String::from_utf8(uri)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// One character as `%xx`, once per byte.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        let mut missing = 1;
        let mut first = true;
        while missing > 0 {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let octet = match (self.cursor.peek(), digit(self.cursor.ahead(1)), digit(self.cursor.ahead(2))) {
                (b'%', Some(high), Some(low)) => high << 4 | low,
                _ => return Err(start.error("did not find URI escaped octet")),
            };
            if first {
                missing = match octet {
                    ..0x80 => 1,
                    0xC0..0xE0 => 2,
                    0xE0..0xF0 => 3,
                    0xF0..0xF8 => 4,
                    _ => return Err(start.error("found an incorrect leading UTF-8 octet")),
                };
                first = false;
            } else if octet & 0xC0 != 0x80 {
                return Err(start.error("found an incorrect trailing UTF-8 octet"));
            }
            uri.push(octet);
            (0..3).for_each(|_| self.cursor.step());
            missing -= 1;
        }
        Ok(())
    }

    /// `%YAML` or `%TAG`.
    pub(super) fn scan_directive(&mut self) -> Result<(), ParseError> {
        let start = self.cursor.mark();
        self.cursor.step();
        let name = self.cursor.run_word();
        if name.is_empty() {
            return Err(start.error("could not find expected directive name"));
        }
        if !self.cursor.is_space(0) {
            return Err(self
                .cursor
                .mark()
                .error("found unexpected non-alphabetical character in a directive"));
        }
        let (kind, text) = match self.cursor.slice(name) {
            "YAML" => {
                self.cursor.step_blanks();
                let major = self.scan_version_number()?;
                if self.cursor.peek() != b'.' {
                    return Err(self.cursor.mark().error("did not find expected digit or '.' character"));
                }
                self.cursor.step();
                let minor = self.scan_version_number()?;
                (TokenKind::Version { major, minor }, None)
            }
            "TAG" => {
                self.cursor.step_blanks();
                let handle = self.scan_handle()?;
                if handle.len() > 1 && !self.cursor.slice(handle).ends_with('!') {
                    return Err(self.cursor.mark().error("did not find expected '!'"));
                }
                if !self.cursor.is_blank(0) {
                    return Err(self.cursor.mark().error("did not find expected whitespace"));
                }
                self.cursor.step_blanks();
                let prefix = self.scan_uri(false)?;
                if !self.cursor.is_space(0) {
                    return Err(self.cursor.mark().error("did not find expected whitespace or line break"));
                }
                (TokenKind::TagDirective { handle }, Some(prefix.into_boxed_str()))
            }
            _ => return Err(start.error("found unknown directive name")),
        };
        let end = self.cursor.mark();
        self.tokens.push_back(Token { kind, start, end, text });

        self.cursor.step_blanks();
        if self.cursor.peek() == b'#' {
            let span = self.cursor.run_line();
            self.comments.seen.push(crate::document::yaml::node::Comment { span });
        }
        if !self.cursor.is_line_end(0) {
            return Err(self.cursor.mark().error("did not find expected comment or line break"));
        }
        self.cursor.step_line();
        Ok(())
    }

    fn scan_version_number(&mut self) -> Result<u8, ParseError> {
        let start = self.cursor.mark();
        let mut number = 0;
        while let digit @ b'0'..=b'9' = self.cursor.peek() {
            if self.cursor.mark().at - start.at == 2 {
                return Err(start.error("found extremely long version number"));
            }
            number = number * 10 + (digit - b'0');
            self.cursor.step();
        }
        if self.cursor.mark().at == start.at {
            return Err(start.error("did not find expected version number"));
        }
        Ok(number)
    }
}
