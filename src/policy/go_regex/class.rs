//! Characters and sets of characters: escapes, `[…]`, `\d`, `\p{…}`, `[:alpha:]`.
//!
//! Sets are written out, because the `regex` crate means more than ASCII with `\w` and has
//! set operators where Go sees plain characters.

use super::translate::Flags;
use super::{GoRegexError, GoRegexErrorKind as Kind, unicode};

/// Writes one character. A surrogate is a character to Go, but occurs in no text.
pub(super) fn literal(c: u32, flags: Flags, out: &mut String) {
    match char::from_u32(c) {
        None => out.push_str("[a&&b]"),
        Some(c) if flags.fold_case && (c.is_ascii_alphabetic() || !c.is_ascii()) => {
            out.push_str(&format!("(?i:{c})"));
        }
        Some(c) if c.is_ascii_alphanumeric() || !c.is_ascii() => out.push(c),
        Some(_) => hex(c, out),
    }
}

fn hex(c: u32, out: &mut String) {
    out.push_str(&format!("\\x{{{c:X}}}"));
}

/// The part of `from` that ends where `rest` begins.
fn error(kind: Kind, from: &str, rest: &str) -> GoRegexError {
    GoRegexError::new(kind, &from[..from.len() - rest.len()])
}

/// Writes the set that an escape outside of brackets stands for. `None` if it stands for a
/// single character.
pub(super) fn escape<'p>(
    text: &'p str,
    flags: Flags,
    out: &mut String,
) -> Result<Option<&'p str>, GoRegexError> {
    let start = out.len();
    let open = if flags.fold_case { "(?i:[" } else { "[" };
    out.push_str(open);
    let rest = match unicode_class(text, out)? {
        Some(rest) => Some(rest),
        None => perl_class(text, out),
    };
    match rest {
        Some(_) => out.push_str(if flags.fold_case { "])" } else { "]" }),
        None => out.truncate(start),
    }
    Ok(rest)
}

/// Writes the set in brackets that `text` begins with, and returns what follows it.
pub(super) fn bracketed<'p>(text: &'p str, flags: Flags, out: &mut String) -> Result<&'p str, GoRegexError> {
    out.push_str(if flags.fold_case { "(?i:[" } else { "[" });
    let mut rest = &text[1..];
    if let Some(negated) = rest.strip_prefix('^') {
        rest = negated;
        out.push('^');
    }
    let body = out.len();
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some(after) = posix_class(rest, out)? {
            rest = after;
        } else if let Some(after) = unicode_class(rest, out)? {
            rest = after;
        } else if let Some(after) = perl_class(rest, out) {
            rest = after;
        } else {
            let from = rest;
            let lo;
            (lo, rest) = class_character(rest, text)?;
            let mut hi = lo;
            if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
                (hi, rest) = class_character(&rest[1..], text)?;
                if hi < lo {
                    return Err(error(Kind::CharRange, from, rest));
                }
            }
            range(lo, hi, out);
        }
    }
    if out.len() == body {
        // Nothing but surrogates: nothing, or with `^` anything.
        let negated = out.ends_with('^');
        out.truncate(body - usize::from(negated));
        out.push_str(if negated { r"\x{0}-\x{10FFFF}" } else { "a&&b" });
    }
    out.push_str(if flags.fold_case { "])" } else { "]" });
    Ok(&rest[1..])
}

/// Writes a range without the surrogates in it.
fn range(mut lo: u32, mut hi: u32, out: &mut String) {
    if (0xD800..0xE000).contains(&lo) {
        lo = 0xE000;
    }
    if (0xD800..0xE000).contains(&hi) {
        hi = 0xD7FF;
    }
    if lo <= hi {
        hex(lo, out);
        out.push('-');
        hex(hi, out);
    }
}

fn class_character<'p>(text: &'p str, class: &str) -> Result<(u32, &'p str), GoRegexError> {
    match text.chars().next() {
        None => Err(GoRegexError::new(Kind::MissingBracket, class)),
        Some('\\') => character_escape(text),
        Some(c) => Ok((u32::from(c), &text[c.len_utf8()..])),
    }
}

/// Reads an escape that stands for one character; `text` begins with the backslash.
pub(super) fn character_escape(text: &str) -> Result<(u32, &str), GoRegexError> {
    let mut chars = text.chars();
    chars.next();
    let Some(c) = chars.next() else { return Err(GoRegexError::new(Kind::TrailingBackslash, "")) };
    let rest = chars.as_str();
    let octal = |rest: &str| rest.bytes().take(2).take_while(|b| (b'0'..b'8').contains(b)).count();
    match c {
        // One digit alone would be a backreference, but for `\0`.
        '0'..='7' if c == '0' || octal(rest) > 0 => {
            let (digits, rest) = rest.split_at(octal(rest));
            let value =
                digits.bytes().fold(u32::from(c) - u32::from('0'), |n, b| n * 8 + u32::from(b - b'0'));
            Ok((value, rest))
        }
        'x' => hex_escape(text, rest),
        'a' => Ok((0x07, rest)),
        'f' => Ok((0x0C, rest)),
        'n' => Ok((0x0A, rest)),
        'r' => Ok((0x0D, rest)),
        't' => Ok((0x09, rest)),
        'v' => Ok((0x0B, rest)),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((u32::from(c), rest)),
        _ => Err(error(Kind::Escape, text, rest)),
    }
}

/// `\xFF` or `\x{10FFFF}`; `rest` is what follows the `x`.
fn hex_escape<'p>(text: &'p str, rest: &'p str) -> Result<(u32, &'p str), GoRegexError> {
    let mut chars = rest.chars();
    let mut value = 0;
    if rest.starts_with('{') {
        chars.next();
        for count in 0.. {
            match chars.next() {
                Some('}') if count > 0 => return Ok((value, chars.as_str())),
                Some(c) => match c.to_digit(16) {
                    Some(digit) if value * 16 + digit <= 0x10_FFFF => value = value * 16 + digit,
                    _ => break,
                },
                None => break,
            }
        }
        return Err(error(Kind::Escape, text, chars.as_str()));
    }
    let digits = [chars.next(), chars.next()].map(|c| c.and_then(|c| c.to_digit(16)));
    match digits {
        [Some(high), Some(low)] => Ok((high * 16 + low, chars.as_str())),
        _ => Err(error(Kind::Escape, text, chars.as_str())),
    }
}

/// Sets by the letter of their escape.
const PERL: [(u8, &str); 3] = [(b'd', r"0-9"), (b's', r"\x{9}\x{A}\x{C}\x{D}\x{20}"), (b'w', r"0-9A-Za-z_")];

fn perl_class<'p>(text: &'p str, out: &mut String) -> Option<&'p str> {
    let &[b'\\', letter, ..] = text.as_bytes() else { return None };
    let (_, set) = PERL.iter().find(|(name, _)| *name == letter.to_ascii_lowercase())?;
    write_set(set, letter.is_ascii_uppercase(), out);
    Some(&text[2..])
}

fn write_set(set: &str, negated: bool, out: &mut String) {
    out.push_str(if negated { "[^" } else { "[" });
    out.push_str(set);
    out.push(']');
}

const POSIX: [(&str, &str); 14] = [
    ("alnum", "0-9A-Za-z"),
    ("alpha", "A-Za-z"),
    ("ascii", r"\x{0}-\x{7F}"),
    ("blank", r"\x{9}\x{20}"),
    ("cntrl", r"\x{0}-\x{1F}\x{7F}"),
    ("digit", "0-9"),
    ("graph", r"\x{21}-\x{7E}"),
    ("lower", "a-z"),
    ("print", r"\x{20}-\x{7E}"),
    ("punct", r"\x{21}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{60}\x{7B}-\x{7E}"),
    ("space", r"\x{9}-\x{D}\x{20}"),
    ("upper", "A-Z"),
    ("word", "0-9A-Za-z_"),
    ("xdigit", "0-9A-Fa-f"),
];

/// `[:name:]` or `[:^name:]`.
fn posix_class<'p>(text: &'p str, out: &mut String) -> Result<Option<&'p str>, GoRegexError> {
    let Some(inner) = text.strip_prefix("[:") else { return Ok(None) };
    let Some((name, rest)) = inner.split_once(":]") else { return Ok(None) };
    let (negated, set_name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    match POSIX.iter().find(|(known, _)| *known == set_name) {
        Some((_, set)) => {
            write_set(set, negated, out);
            Ok(Some(rest))
        }
        None => Err(error(Kind::CharRange, text, rest)),
    }
}

/// `\pL`, `\p{Greek}`, `\P{^Greek}`.
fn unicode_class<'p>(text: &'p str, out: &mut String) -> Result<Option<&'p str>, GoRegexError> {
    let &[b'\\', p @ (b'p' | b'P'), ..] = text.as_bytes() else { return Ok(None) };
    let mut negated = p == b'P';
    let after = &text[2..];
    let (mut name, rest) = if after.starts_with('{') {
        let Some(end) = after.find('}') else { return Err(GoRegexError::new(Kind::CharRange, text)) };
        (&after[1..end], &after[end + 1..])
    } else {
        after.split_at(after.chars().next().map_or(0, char::len_utf8))
    };
    if let Some(positive) = name.strip_prefix('^') {
        negated = !negated;
        name = positive;
    }
    match unicode::table(name) {
        Some(set) => {
            write_set(&set, negated, out);
            Ok(Some(rest))
        }
        None => Err(error(Kind::CharRange, text, rest)),
    }
}
