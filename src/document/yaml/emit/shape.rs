//! What a text contains, as far as it decides how YAML may write it (stores §3.2).
//!
//! Also the one place that says where we quote although sops does not: [`misread_elsewhere`].

use crate::document::yaml::resolve;

/// Which styles can hold a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(super) struct Shape {
    /// Has a character that go-yaml takes as a line break.
    pub(super) multiline: bool,
    /// Can stand bare on a line of its own or behind a key.
    pub(super) plain: bool,
    /// Can stand bare in brackets and braces.
    pub(super) flow_plain: bool,
    /// Can stand in single quotes.
    pub(super) single: bool,
    /// Can stand in a `|` block.
    pub(super) block: bool,
}

impl Shape {
    pub(super) fn of(text: &str) -> Self {
        let mut seen = Seen { after_blank: true, ..Seen::default() };
        if text.starts_with("---") || text.starts_with("...") {
            seen.indicator = true;
        }
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            seen.add(c, first, chars.peek().copied());
            first = false;
        }
        let outer_blank = seen.leading_blank || seen.space_last || seen.break_last;
        let bare = !(text.is_empty() || outer_blank || seen.multiline || seen.escapes || seen.tab);
        Self {
            multiline: seen.multiline,
            plain: bare && !seen.indicator,
            flow_plain: bare && !seen.indicator && !seen.flow_indicator,
            single: !(seen.break_space || seen.space_break || seen.tab || seen.escapes),
            block: !(text.is_empty() || seen.space_last || seen.space_break || seen.escapes),
        }
    }
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools)]
struct Seen {
    indicator: bool,
    flow_indicator: bool,
    multiline: bool,
    tab: bool,
    escapes: bool,
    leading_blank: bool,
    break_space: bool,
    space_break: bool,
    space_last: bool,
    break_last: bool,
    after_blank: bool,
}

impl Seen {
    fn add(&mut self, c: char, first: bool, next: Option<char>) {
        let before_blank = next.is_none_or(|n| matches!(n, ' ' | '\t'));
        match c {
            ',' | '[' | ']' | '{' | '}' => {
                self.flow_indicator = true;
                self.indicator |= first;
            }
            '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => self.indicator |= first,
            '#' => self.indicator |= self.after_blank,
            '-' => self.indicator |= first && before_blank,
            '?' => {
                self.flow_indicator = true;
                self.indicator |= first && before_blank;
            }
            ':' => {
                self.flow_indicator = true;
                self.indicator |= before_blank;
            }
            _ => {}
        }
        if c == '\t' {
            self.tab = true;
        } else if !is_bare_in_sops(c) {
            self.escapes = true;
        }
        let is_break = is_break(c);
        self.leading_blank |= first && (c == ' ' || is_break);
        self.break_space |= c == ' ' && self.break_last;
        self.space_break |= is_break && self.space_last;
        self.multiline |= is_break;
        self.space_last = c == ' ';
        self.break_last = is_break;
        self.after_blank = matches!(c, ' ' | '\t' | '\0') || is_break;
    }
}

/// Whether go-yaml takes this character as a line break.
pub(super) const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether sops writes this character as it is. It escapes all above U+FFFF, emoji among them;
/// text in a style that an author chose keeps them ([`is_printable`]).
pub(super) const fn is_bare_in_sops(c: char) -> bool {
    is_printable(c) && c <= '\u{FFFF}'
}

/// Whether a character can stand in a YAML file as it is. A tab can, but not everywhere.
pub(super) const fn is_printable(c: char) -> bool {
    match c {
        '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' => true,
        '\u{E000}'..='\u{FFFD}' => c != '\u{FEFF}',
        '\u{10000}'.. => c as u32 & 0xFFFE != 0xFFFE,
        _ => false,
    }
}

/// Whether the text would mean something else than itself if it stood bare, to go-yaml or to
/// another reader of YAML 1.1 or 1.2. Says nothing about indicators such as `: `.
#[must_use]
pub fn needs_quotes(text: &str) -> bool {
    resolve::other_than_string(text).is_some()
        || is_old_bool(text)
        || is_base_60(text.as_bytes())
        || misread_elsewhere(text.as_bytes())
}

/// A boolean of YAML 1.1 that go-yaml reads as a string.
fn is_old_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    )
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: a number of YAML 1.1, such as `1:30`.
fn is_base_60(text: &[u8]) -> bool {
    let (whole, mut rest) = split_while(unsigned(text), |b| b.is_ascii_digit() || b == b'_');
    if !whole.first().is_some_and(u8::is_ascii_digit) || rest.first() != Some(&b':') {
        return false;
    }
    while let [b':', more @ ..] = rest {
        rest = match more {
            [b'0'..=b'5', b'0'..=b'9', more @ ..] | [b'0'..=b'9', more @ ..] => more,
            _ => return false,
        };
    }
    match rest {
        [b'.', more @ ..] => split_while(more, |b| b.is_ascii_digit() || b == b'_').1.is_empty(),
        _ => rest.is_empty(),
    }
}

/// Whether some reader of YAML sees no string in a bare text where go-yaml does.
///
/// # Compatibility
///
/// sops writes these texts bare; we quote them. They are the types of YAML 1.1 and of the core
/// schema of YAML 1.2, and the somewhat wider patterns of widespread readers: numbers too big
/// for Go (`0x` and 24 digits, `1e400`), dates that do not exist or have a form that Go does
/// not know, and the `=` and `<<` of YAML 1.1.
fn misread_elsewhere(text: &[u8]) -> bool {
    match text.first() {
        Some(b'=') => text == b"=",
        Some(b'<') => text == b"<<",
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => is_other_number(unsigned(text)) || is_other_time(text),
        _ => false,
    }
}

fn is_other_number(text: &[u8]) -> bool {
    let all = |digits: &[u8], allowed: fn(u8) -> bool| {
        !digits.is_empty() && digits.iter().all(|&b| b == b'_' || allowed(b))
    };
    match text {
        [b'0', b'x' | b'X', rest @ ..] => return all(rest, |b| b.is_ascii_hexdigit()),
        [b'0', b'o' | b'O', rest @ ..] => return all(rest, |b| (b'0'..=b'7').contains(&b)),
        [b'0', b'b' | b'B', rest @ ..] => return all(rest, |b| matches!(b, b'0' | b'1')),
        _ => {}
    }
    let digit = |b: u8| b.is_ascii_digit() || b == b'_';
    let (whole, rest) = split_while(text, digit);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => split_while(rest, digit),
        _ => (&[][..], rest),
    };
    if whole.first() == Some(&b'_') || whole.is_empty() && fraction.is_empty() {
        return false;
    }
    let [b'e' | b'E', exponent @ ..] = rest else { return rest.is_empty() };
    let (digits, rest) = split_while(unsigned(exponent), digit);
    !digits.is_empty() && rest.is_empty()
}

/// `2024-02-30`, `2001-12-14 21:59:43.10 -5`: the pattern of YAML 1.1's timestamp type.
fn is_other_time(text: &[u8]) -> bool {
    let number = |text, most: usize| -> Option<&[u8]> {
        let (digits, rest) = split_while(text, |b| b.is_ascii_digit());
        (1..=most).contains(&digits.len()).then_some(rest)
    };
    let matches = || -> Option<bool> {
        let rest = number(text, 4).filter(|rest| text.len() - rest.len() == 4)?;
        let rest = number(rest.strip_prefix(b"-")?, 2)?;
        let rest = number(rest.strip_prefix(b"-")?, 2)?;
        let rest = match rest {
            [] => return Some(true),
            [b'T' | b't', rest @ ..] => rest,
            [b' ' | b'\t', rest @ ..] => rest.trim_ascii_start(),
            _ => return None,
        };
        let rest = number(rest, 2)?;
        let rest = number(rest.strip_prefix(b":")?, 2)?;
        let rest = number(rest.strip_prefix(b":")?, 2)?;
        let rest = rest.strip_prefix(b".").map_or(rest, |rest| split_while(rest, |b| b.is_ascii_digit()).1);
        let rest = match rest.trim_ascii_start() {
            [] | b"Z" => return Some(true),
            [b'+' | b'-', rest @ ..] => number(rest, 2)?,
            _ => return None,
        };
        let rest = rest.strip_prefix(b":").map_or(Some(rest), |rest| number(rest, 2))?;
        Some(rest.is_empty())
    };
    matches().unwrap_or(false)
}

fn unsigned(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text)
}

fn split_while(text: &[u8], keep: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|&b| !keep(b)).unwrap_or(text.len()))
}
