//! Files of variables as KSOPS reads them for a Secret: with quotes, escapes, comments and `$NAME`.
//!
//! To sops a dotenv file has bare text behind `=`, and so have `exec-env` and `run`. KSOPS gives the
//! decrypted file to another reader (`github.com/joho/godotenv` 1.5.1), so what a Secret holds is what that
//! one makes of it. Whoever changes over must get the same Secret, its oddities included.

use std::collections::HashMap;

use zeroize::Zeroizing;

/// The variables of a file.
#[derive(Default)]
pub struct EnvFile {
    /// Names and texts, in the order in which they stand; a later one of a name counts more.
    pub variables: Vec<(String, Zeroizing<String>)>,
    /// Names in whose text a `$NAME` became nothing, because the file has no such variable above.
    pub emptied: Vec<String>,
}

/// Why a file is none of variables. Never holds a line of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct EnvFileError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: &'static str,
}

impl EnvFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`EnvFileError`] for a name with other characters than letters, digits, `_` and `.`, for a quote that
    /// is not closed, and for values that grow beyond what any Secret holds.
    pub fn parse(text: &str) -> Result<Self, EnvFileError> {
        let text = Zeroizing::new(text.replace("\r\n", "\n"));
        let mut reader = Reader { text: &text, at: 0 };
        let mut file = Self::default();
        let mut values: HashMap<String, usize> = HashMap::new();
        // No Secret holds more, and $NAME can double a value with every line.
        let mut room = text.len().saturating_add(super::MAX_DATA);
        while reader.go_to_statement() {
            let name = reader.name()?;
            let (raw, expands) = reader.value()?;
            let value = if expands {
                let mut lost = false;
                let expanded = expand(&raw, room, |name| {
                    let found = values.get(name).map(|at| file.variables[*at].1.as_str());
                    lost |= found.is_none();
                    found.unwrap_or_default()
                });
                if lost {
                    file.emptied.push(name.clone());
                }
                expanded.ok_or_else(|| reader.error("with what $NAME stands for it is larger than 1 MiB"))?
            } else {
                raw
            };
            room = room.saturating_sub(value.len());
            values.insert(name.clone(), file.variables.len());
            file.variables.push((name, value));
        }
        Ok(file)
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

/// Blanks within a line.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn error(&self, problem: &'static str) -> EnvFileError {
        let before = &self.text.as_bytes()[..self.at];
        EnvFileError { line: 1 + memchr::memchr_iter(b'\n', before).count(), problem }
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_blank).len();
    }

    /// Goes to the next statement, over comments. Says whether there is one.
    fn go_to_statement(&mut self) -> bool {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// A name, with what ends it: `=`, or `:` as in YAML.
    fn name(&mut self) -> Result<String, EnvFileError> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(is_blank)
        {
            self.at = self.text.len() - rest.len();
            self.skip_blanks();
        }
        let rest = self.rest();
        let end = rest.find(|letter: char| {
            !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.') || is_blank(letter))
        });
        match end.map(|end| (end, rest.as_bytes()[end])) {
            Some((end, b'=' | b':')) if end > 0 => {
                self.at += end + 1;
                self.skip_blanks();
                Ok(rest[..end].trim_end().to_owned())
            }
            Some((0, b'=' | b':')) => Err(self.error("there is no name in front of the =")),
            Some((_, b'\n')) | None => Err(self.error("a line without =")),
            Some(_) => Err(self.error("a name has letters, digits, '_' and '.' only")),
        }
    }

    /// A value, and whether variables in it are replaced.
    fn value(&mut self) -> Result<(Zeroizing<String>, bool), EnvFileError> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => Ok((self.bare(), true)),
        }
    }

    /// Up to the end of the line, or to the last `#` behind a blank.
    fn bare(&mut self) -> Zeroizing<String> {
        let rest = self.rest();
        let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        self.at += line.len();
        let comment = line
            .char_indices()
            .rev()
            .find(|(at, letter)| *letter == '#' && line[..*at].chars().next_back().is_some_and(is_blank));
        let value = &line[..comment.map_or(line.len(), |(at, _)| at)];
        Zeroizing::new(value.trim_matches(is_blank).to_owned())
    }

    fn quoted(&mut self, quote: char) -> Result<(Zeroizing<String>, bool), EnvFileError> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let end = memchr::memchr_iter(quote as u8, bytes).find(|&at| at > 0 && bytes[at - 1] != b'\\');
        let end = end.ok_or_else(|| self.error("a quote that is not closed"))?;
        self.at += end + 1;
        let inner = rest[..end].trim_matches(quote);
        Ok(match quote {
            '"' => (unescape(inner), true),
            _ => (Zeroizing::new(inner.to_owned()), false),
        })
    }
}

/// `\n` and `\r` become line ends; then a backslash goes, unless a `$` follows.
fn unescape(text: &str) -> Zeroizing<String> {
    let mut lines = Zeroizing::new(String::with_capacity(text.len()));
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            lines.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => lines.push('\n'),
            Some('r') => lines.push('\r'),
            Some(other) => lines.extend(['\\', other]),
            None => lines.push('\\'),
        }
    }
    let mut out = Zeroizing::new(String::with_capacity(lines.len()));
    let mut letters = lines.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(next)) if *next != '$' => {
                out.push(*next);
                letters.next();
            }
            _ => out.push(letter),
        }
    }
    out
}

/// Puts in values for `$NAME`, `${NAME}` and `$(NAME`; a backslash in front keeps it. Nothing if that gives more
/// than `room` bytes.
fn expand<'v>(text: &str, room: usize, mut value: impl FnMut(&str) -> &'v str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(dollar) = memchr::memchr(b'$', rest.as_bytes()) {
        let behind = &rest[dollar + 1..];
        let inner = behind.strip_prefix('(').unwrap_or(behind);
        let inner = inner.strip_prefix('{').unwrap_or(inner);
        let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let length = inner.bytes().take_while(|byte| is_part(*byte)).count();
        let (name, after) = inner.split_at(length);
        let after = after.strip_prefix('}').unwrap_or(after);
        let whole = &rest[dollar..rest.len() - after.len()];
        match rest[..dollar].strip_suffix('\\') {
            Some(before) => {
                out.push_str(before);
                out.push_str(whole);
            }
            None => {
                out.push_str(&rest[..dollar]);
                out.push_str(if name.is_empty() { whole } else { value(name) });
            }
        }
        rest = after;
        if out.len() > room {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let file = EnvFile::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let mut last = std::collections::BTreeMap::new();
        for (name, value) in file.variables {
            last.insert(name, value.to_string());
        }
        last.into_iter().collect()
    }

    #[test] // each row was put to godotenv 1.5.1
    fn as_ksops_reads_them() {
        let rows: &[(&str, &[(&str, &str)])] = &[
            ("A=1\nB = two \n", &[("A", "1"), ("B", "two")]),
            ("export A=1\nexport\tB=2\nexporter=3\n", &[("A", "1"), ("B", "2"), ("exporter", "3")]),
            ("A: yaml\n", &[("A", "yaml")]),
            ("A=a # b # c\n", &[("A", "a # b")]),
            ("A=a#b\nB=#x\nC= # x\n", &[("A", "a#b"), ("B", "#x"), ("C", "# x")]),
            ("A=\"x # y\" # z\nB='q'\n", &[("A", "x # y"), ("B", "q")]),
            ("A=\"a\\nb\\rc\\td\\\\e\\\"f\"\n", &[("A", "a\nb\rctd\\e\"f")]),
            ("A=\"a\\\"\"\nB=1\n", &[("A", "a\\"), ("B", "1")]),
            ("A='a\\nb$X'\nB='it\\'s'\n", &[("A", "a\\nb$X"), ("B", "it\\'s")]),
            ("X=1\nA=$X-${X}-$(X)-\\$X-\\${X}-$x-$-$${X\n", &[("A", "1-1-1)-$X-${X}-$x-$-$1"), ("X", "1")]),
            ("X=1\nA=\"$X-\\$X-\\\\$X\"\n", &[("A", "1-$X-$X"), ("X", "1")]),
            ("A=$NOPE-x\n", &[("A", "-x")]),
            ("A=\nB=\n\n\nC=3", &[("A", ""), ("B", ""), ("C", "3")]),
            ("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]),
            ("A=1\rB=2\n", &[("A", "1"), ("B", "2")]),
            ("A=\"multi\nline\"\nB=2\n", &[("A", "multi\nline"), ("B", "2")]),
            ("A=1\nA=2\n", &[("A", "2")]),
            ("A B=1\n", &[("A B", "1")]),
            ("  # c\n\tA=1\n", &[("A", "1")]),
            ("A=é\u{a0}\n", &[("A", "é")]),
            ("A=\"\"\nB=''\n", &[("A", ""), ("B", "")]),
            ("A=\\$X\nB=\\\\$X\n", &[("A", "$X"), ("B", "\\$X")]),
            ("A=$${B}$\n", &[("A", "$$")]),
            ("", &[]),
            ("# only\n", &[]),
        ];
        for (text, expected) in rows {
            let expected: Vec<_> =
                expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn values_that_double_with_every_line_end_where_a_secret_does() {
        let doubling: String = (1..64).map(|n| format!("A{n}=$A{0}$A{0}\n", n - 1)).collect();
        let error = EnvFile::parse(&format!("A0=x\n{doubling}")).map(|_| ()).unwrap_err();
        assert_eq!((error.line, error.problem), (21, "with what $NAME stands for it is larger than 1 MiB"));
        let long = format!("A={}\nB={}\n", "x".repeat(1 << 16), "$A".repeat(1 << 16));
        assert_eq!(EnvFile::parse(&long).map(|_| ()).unwrap_err().line, 2);
        let large = format!("A={}\nB=1\n", "x".repeat(2 << 20));
        assert_eq!(read(&large)[1], ("B".to_owned(), "1".to_owned()));
    }

    #[test]
    fn what_is_no_file_of_variables() {
        for (text, line) in [
            ("A\n", 1),
            ("A=1\nB-C=1\n", 2),
            ("A=\"open\n", 1),
            ("A=\"\"\"x\"\"\"\n", 1),
            ("é=1\n", 1),
            // These it takes, with an empty name that no Secret has.
            ("A", 1),
            ("=1\n", 1),
        ] {
            assert_eq!(EnvFile::parse(text).map(|_| ()).unwrap_err().line, line, "{text:?}");
        }
    }

    #[test]
    fn variables_that_became_nothing_are_told() {
        let file = EnvFile::parse("A=1\nB=$A$C\nD='$E'\n").expect("variables");
        assert_eq!(file.emptied, ["B"]);
    }
}
