//! What a scalar means: go-yaml's resolution of plain scalars and of tags (stores §2.2, §2.3).
//!
//! Text comes in, a [`Value`] comes out. Nothing here knows where the text stands or how it is
//! written, except whether it was plain: quoted and block scalars are strings unless a tag says
//! otherwise.

mod timestamp;

use crate::leaf::Value;

/// A tag that does not fit its text. Names the kinds of value, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTag {
    /// The text resolves to another type than the tag names.
    #[error("cannot decode {found} as a {wanted}")]
    WrongType {
        /// Short tag of the type that the text has.
        found: &'static str,
        /// Short tag that was written.
        wanted: &'static str,
    },
    /// `!!binary` on text that is not base64.
    #[error("!!binary value contains invalid base64 data")]
    NotBase64,
}

/// The value of a plain, untagged scalar.
///
/// Integers that go-yaml reads as `uint64` (2^63 to 2^64 − 1) are [`Value::BigInt`] and answer
/// to [`is_uint64`]. Decimal integers beyond 64 bits, which go-yaml reads as floats, are
/// [`Value::BigInt`] too, so that their digits are kept.
#[must_use]
pub fn plain(text: &str) -> Value {
    other_than_string(text).unwrap_or_else(|| Value::Str(text.into()))
}

/// The value of a plain, untagged scalar unless it is a string: as [`plain`], without a copy of
/// the text.
#[must_use]
pub fn other_than_string(text: &str) -> Option<Value> {
    guess(text, true)
}

/// Whether plain text that begins with this byte is a string, whatever follows.
#[must_use]
pub const fn begins_text(first: u8) -> bool {
    !matches!(first, b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'.' | b'+' | b'-' | b'0'..=b'9')
}

/// Whether go-yaml reads this value as a `uint64`, a type that sops refuses to walk (file
/// format §3.4).
#[must_use]
pub fn is_uint64(value: &Value) -> bool {
    matches!(value, Value::BigInt(digits) if digits.parse::<u64>().is_ok())
}

/// The value of a scalar with a tag, given in full (`tag:yaml.org,2002:int`, `!custom`, `!`).
///
/// # Errors
///
/// [`BadTag`] if the text does not fit the tag. sops refuses the file if that happens in the
/// first document, and takes the scalar as null in later ones (stores §2.1).
pub fn tagged(tag: &str, style_is_plain: bool, text: &str) -> Result<Value, BadTag> {
    if matches!(tag, "" | "!") {
        return Ok(if style_is_plain { plain(text) } else { Value::Str(text.into()) });
    }
    let wanted = match tag.strip_prefix("tag:yaml.org,2002:").or_else(|| tag.strip_prefix("!!")) {
        Some("bool") => "!!bool",
        Some("int") => "!!int",
        Some("float") => "!!float",
        Some("null") => "!!null",
        Some("timestamp") => "!!timestamp",
        Some("binary") => {
            return decode_base64(text.as_bytes()).map(Value::Str).ok_or(BadTag::NotBase64);
        }
        _ => return Ok(Value::Str(text.into())),
    };
    let value = guess(text, wanted == "!!timestamp").ok_or(BadTag::WrongType { found: "!!str", wanted })?;
    let found = match &value {
        Value::Null => "!!null",
        Value::Bool(_) => "!!bool",
        Value::Int(i) if wanted == "!!float" => {
            #[allow(clippy::cast_precision_loss)] // a float was asked for
            return Ok(Value::Float(*i as f64));
        }
        Value::Int(_) => "!!int",
        Value::BigInt(_) if is_uint64(&value) => "!!int",
        Value::BigInt(_) | Value::Float(_) => "!!float",
        Value::Time(_) => "!!timestamp",
        Value::Str(_) | Value::Comment(_) => "!!str",
    };
    if found == wanted { Ok(value) } else { Err(BadTag::WrongType { found, wanted }) }
}

/// The value of text that is not a string; nothing if it is one.
fn guess(text: &str, times: bool) -> Option<Value> {
    if text.bytes().next().is_some_and(begins_text) {
        return None;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => return Some(Value::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Value::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Value::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if !text.contains('_') => float(text),
        b'.' => underscores_part_digits(text).then(|| float(&text.replace('_', "")))?,
        b'0'..=b'9' | b'+' | b'-' => {
            if times && let Some(time) = timestamp::parse(text) {
                return Some(Value::Time(time.into()));
            }
            if text.contains('_') { number(&text.replace('_', "")) } else { number(text) }
        }
        _ => None,
    }
}

/// An integer or float without underscores.
fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if let Some(magnitude) = unsigned(digits) {
        if let Some(int) = signed(negative, magnitude) {
            return Some(Value::Int(int));
        }
        // Go reads a uint64 only where no sign is written.
        if digits.len() == text.len() {
            return Some(Value::BigInt(magnitude.to_string().into()));
        }
    }
    float(text).or_else(|| signed_after_prefix(text))
}

fn signed(negative: bool, magnitude: u64) -> Option<i64> {
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Go's `ParseUint` with base 0: `0x`, `0o`, `0b` prefixes, and octal after a lone `0`.
fn unsigned(digits: &[u8]) -> Option<u64> {
    match digits {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => radix(rest, 16),
        [b'0', b'o' | b'O', rest @ ..] if !rest.is_empty() => radix(rest, 8),
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => radix(rest, 2),
        [b'0', rest @ ..] => radix(rest, 8),
        [] => None,
        all => radix(all, 10),
    }
}

fn radix(digits: &[u8], base: u32) -> Option<u64> {
    digits.iter().try_fold(0u64, |sum, &byte| {
        let digit = char::from(byte).to_digit(base)?;
        sum.checked_mul(base.into())?.checked_add(digit.into())
    })
}

/// A float by YAML's pattern. Decimal integers that no 64-bit type holds keep their digits.
fn float(text: &str) -> Option<Value> {
    let float: f64 = if is_yaml_float(text.as_bytes()) { text.parse().ok()? } else { return None };
    if float.is_infinite() {
        return None; // Go's parser reports the overflow, and the text stays a string
    }
    Some(big_integer(text).unwrap_or(Value::Float(float)))
}

/// Go's rule for underscores in a number. go-yaml leaves it to Go only behind a leading `.`;
/// elsewhere it drops them all.
fn underscores_part_digits(text: &str) -> bool {
    let mut pieces = text.split('_');
    let mut before = pieces.next().unwrap_or_default();
    pieces.all(|piece| {
        let parts =
            before.ends_with(|c: char| c.is_ascii_digit()) && piece.starts_with(|c: char| c.is_ascii_digit());
        before = piece;
        parts
    })
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_yaml_float(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let (whole, rest) = split_digits(unsigned);
    let (fraction, rest) = rest.strip_prefix(b".").map_or((&[][..], rest), split_digits);
    if whole.is_empty() && fraction.is_empty() {
        return false;
    }
    let [b'e' | b'E', exponent @ ..] = rest else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
    let (digits, rest) = split_digits(exponent);
    !digits.is_empty() && rest.is_empty()
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|b| !b.is_ascii_digit()).unwrap_or(text.len()))
}

fn big_integer(text: &str) -> Option<Value> {
    let digits = text.trim_start_matches(['+', '-']);
    if digits.len() < 19 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    let negative = text.starts_with('-');
    let fits = match digits.parse::<u64>() {
        Ok(magnitude) => !negative || signed(true, magnitude).is_some(),
        Err(_) => digits.is_empty(),
    };
    let sign = if negative { "-" } else { "" };
    (!fits).then(|| Value::BigInt(format!("{sign}{digits}").into()))
}

/// `0b-101`, `0o+17`: go-yaml hands what follows its two lower-case prefixes to a parser that
/// takes a sign.
fn signed_after_prefix(text: &str) -> Option<Value> {
    let (base, rest) =
        text.strip_prefix("0b").map(|rest| (2, rest)).or_else(|| text.strip_prefix("0o").map(|r| (8, r)))?;
    let (negative, digits) = match rest.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => return None,
    };
    if digits.is_empty() {
        return None;
    }
    signed(negative, radix(digits, base)?).map(Value::Int)
}

/// Base64 as Go's `StdEncoding` reads it: line breaks are skipped, padding is required, unused
/// bits may be anything.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits = 0u32;
    let mut held = 0; // sextets in `bits`
    let mut pads = 0;
    for &byte in text {
        let sextet = match byte {
            b'\r' | b'\n' => continue,
            b'=' if pads < 2 && held >= 2 && held + pads < 4 => {
                pads += 1;
                continue;
            }
            _ if pads > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(sextet);
        held += 1;
        if held == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            (bits, held) = (0, 0);
        }
    }
    match (held, pads) {
        (0, 0) => {}
        (2, 2) => out.push((bits >> 4).to_le_bytes()[0]),
        (3, 1) => out.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests;
