//! Numbers as Go writes and reads them.
//!
//! sops' files are full of Go's spellings: the plaintext of a float (file format §3.2), the
//! scalars of YAML, JSON and dotenv output (stores §3.2, §4.2, §9.1), and what `strconv` takes
//! back. The tables under `testdata/numbers/` were made by Go.

/// The shortest decimal that reads back as `number`, never with an exponent: what sops encrypts
/// and what its MAC covers (file format §3.2). `NaN`, `+Inf`, `-Inf`.
#[must_use]
pub fn format_plain(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        // Most numbers are short, and of those Rust has the same idea.
        let text = number.to_string();
        if text.len() <= MAX_SURE_DIGITS { text } else { Decimal::of(number).plain() }
    }
}

/// No two decimals of so many digits stand for the same double, so the shortest one is the only one.
const MAX_SURE_DIGITS: usize = 15;

/// A float as sops' YAML library writes it: with an exponent of at least two digits below 1e-04
/// and from 1e+06; `.nan`, `.inf`, `-.inf` (stores §3.2).
#[must_use]
pub fn format_yaml(number: f64) -> String {
    if number.is_nan() {
        ".nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else {
        Decimal::of(number).general('e')
    }
}

/// A float as Go's JSON encoder writes it: with an exponent below 1e-6 and from 1e+21. Nothing
/// for NaN and the infinities, which JSON cannot hold (stores §4.2).
#[must_use]
pub fn format_json(number: f64) -> Option<String> {
    let size = number.abs();
    if !number.is_finite() {
        None
    } else if size == 0.0 || (1e-6..1e21).contains(&size) {
        Some(Decimal::of(number).plain())
    } else {
        let decimal = Decimal::of(number);
        Some(format!("{}e{:+}", decimal.significand(), decimal.exponent))
    }
}

/// A float as sops writes it into dotenv and INI files and into the environment: like
/// [`format_yaml`] but with `E`, and never so that it looks like an integer: `1.0`, `1E+06`,
/// `+Inf`, `NaN` (stores §9.1).
#[must_use]
pub fn format_env(number: f64) -> String {
    if !number.is_finite() {
        return format_plain(number);
    }
    let mut text = Decimal::of(number).general('E');
    if !text.contains(['.', 'E']) {
        text.push_str(".0");
    }
    text
}

/// The shortest decimal that reads back as a finite double.
struct Decimal {
    sign: &'static str,
    /// Without point; `0` for zero, else without zeros at either end.
    digits: String,
    /// The power of ten of the first digit.
    exponent: i32,
}

impl Decimal {
    fn of(number: f64) -> Self {
        let sign = if number.is_sign_negative() { "-" } else { "" };
        let number = number.abs();
        let shortest = format!("{number:e}");
        let count = shortest.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).count();
        // Where two decimals of this length are equally near, Rust takes the upper one and Go
        // the even one, as does rounding to this many digits. (Rounding may fall outside of the
        // double's interval just above a power of two: then there was no tie.) No two decimals
        // of 15 digits or less stand for the same double.
        let rounded =
            if count > MAX_SURE_DIGITS { format!("{number:.*e}", count - 1) } else { String::new() };
        let text = if rounded.parse() == Ok(number) { rounded } else { shortest };
        let (significand, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits: String = significand.chars().filter(char::is_ascii_digit).collect();
        Self { sign, digits, exponent: exponent.parse().unwrap_or(0) }
    }

    /// Without exponent: Go's `%f`.
    fn plain(&self) -> String {
        let Self { sign, digits, exponent } = self;
        match usize::try_from(exponent + 1) {
            Ok(whole @ 1..) if whole < digits.len() => {
                format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
            }
            Ok(whole @ 1..) => format!("{sign}{digits:0<whole$}"),
            _ => format!("{sign}0.{:0<1$}{digits}", "", exponent.unsigned_abs() as usize - 1),
        }
    }

    /// With an exponent where the number is small or large: Go's `%g`.
    fn general(&self, mark: char) -> String {
        if (-4..6).contains(&self.exponent) {
            return self.plain();
        }
        let sign = if self.exponent < 0 { '-' } else { '+' };
        format!("{}{mark}{sign}{:02}", self.significand(), self.exponent.unsigned_abs())
    }

    /// The digits with a point after the first.
    fn significand(&self) -> String {
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{}{first}{point}{rest}", self.sign)
    }
}

/// Reads a float as Go's `strconv.ParseFloat(text, 64)`: decimal and hexadecimal, exponents, `_`
/// between digits, and `inf`, `infinity` (with or without sign) and `nan` in any case.
/// Nothing if Go reports an error, which includes numbers too large for a double.
#[must_use]
pub fn parse_go_float(text: &[u8]) -> Option<f64> {
    if let Some(special) = parse_special(text) {
        return Some(special);
    }
    let without_underscores;
    let text = if text.contains(&b'_') {
        if !underscores_are_placed_well(text) {
            return None;
        }
        without_underscores = text.iter().copied().filter(|&byte| byte != b'_').collect::<Vec<u8>>();
        &without_underscores
    } else {
        text
    };
    let (negative, size) = split_sign(text);
    let number = match size {
        [b'0', b'x' | b'X', hex @ ..] => parse_hex(hex)?,
        // What else Rust would read (its own `inf` and `nan`) was dealt with above.
        [b'0'..=b'9' | b'.', ..] => std::str::from_utf8(size).ok()?.parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(if negative { -number } else { number })
}

/// Reads an integer as Go's `strconv.Atoi` on a 64-bit machine: an optional sign and decimal
/// digits. Nothing for anything else, or beyond 64 bits.
#[must_use]
pub fn parse_go_int(text: &[u8]) -> Option<i64> {
    // Rust's rules for i64 are the same.
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a boolean as Go's `strconv.ParseBool`.
#[must_use]
pub fn parse_go_bool(text: &[u8]) -> Option<bool> {
    match text {
        b"1" | b"t" | b"T" | b"TRUE" | b"true" | b"True" => Some(true),
        b"0" | b"f" | b"F" | b"FALSE" | b"false" | b"False" => Some(false),
        _ => None,
    }
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn parse_special(text: &[u8]) -> Option<f64> {
    if text.eq_ignore_ascii_case(b"nan") {
        return Some(f64::NAN);
    }
    let (negative, word) = split_sign(text);
    let infinite = word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"infinity");
    infinite.then_some(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// Whether every `_` stands between two digits, where a base prefix counts as a digit.
fn underscores_are_placed_well(text: &[u8]) -> bool {
    let (_, number) = split_sign(text);
    let prefixed = matches!(number, [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', ..]);
    let hex = matches!(number, [b'0', b'x' | b'X', ..]);
    let is_digit = |byte: u8| byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit();
    let digits = if prefixed { &number[2..] } else { number };
    let mut after_digit = prefixed;
    let mut after_underscore = false;
    for &byte in digits {
        let digit = is_digit(byte);
        if byte == b'_' && !after_digit || after_underscore && !digit {
            return false;
        }
        after_digit = digit;
        after_underscore = byte == b'_';
    }
    !after_underscore
}

/// Reads what follows `0x`: hexadecimal digits with or without a point, and a binary exponent
/// (`p`), which must be there.
fn parse_hex(text: &[u8]) -> Option<f64> {
    let mark = text.iter().position(|byte| matches!(byte, b'p' | b'P'))?;
    let (digits, exponent) = (&text[..mark], parse_exponent(&text[mark + 1..])?);

    // The first 61 to 64 bits of the digits, whether any bit set was left out, and the power of
    // two that goes with the last bit kept.
    let (mut bits, mut inexact, mut power) = (0_u64, false, exponent);
    let (mut seen_digit, mut seen_point) = (false, false);
    for &byte in digits {
        if byte == b'.' && !seen_point {
            seen_point = true;
            continue;
        }
        let digit = char::from(byte).to_digit(16)?;
        seen_digit = true;
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
            power -= if seen_point { 4 } else { 0 };
        } else {
            inexact |= digit != 0;
            power += if seen_point { 0 } else { 4 };
        }
    }
    if seen_digit { round(bits, inexact, power) } else { None }
}

/// The decimal number after an exponent mark. Beyond five digits its exact size does not matter.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits
        .iter()
        .fold(0_i64, |size, digit| if size < 10_000 { size * 10 + i64::from(digit - b'0') } else { size });
    Some(if negative { -size } else { size })
}

/// The double nearest to `bits` × 2^`power`, ties to even; `inexact` says that the true number
/// is a little larger. Nothing if that is too large for a double.
fn round(bits: u64, inexact: bool, power: i64) -> Option<f64> {
    const FRACTION_BITS: u32 = 52;
    const LOWEST_EXPONENT: i64 = -1022;

    if bits == 0 {
        return Some(0.0);
    }
    let zeros = bits.leading_zeros();
    // 1.xxx × 2^exponent, with the leading one in bit 63, and below it room for the rest.
    let exponent = power - i64::from(zeros) + 63;
    let wide = u128::from(bits << zeros) << 1 | u128::from(inexact);
    // Below the lowest exponent every step costs one bit of precision.
    let lost = u32::try_from((LOWEST_EXPONENT - exponent).max(0)).unwrap_or(u32::MAX);
    let drop = (64 - FRACTION_BITS).saturating_add(lost);
    if drop > 66 {
        return Some(0.0);
    }
    let (kept, rest, half) = (wide >> drop, wide & ((1 << drop) - 1), 1_u128 << (drop - 1));
    let up = rest > half || rest == half && kept & 1 == 1;
    let kept = u64::try_from(kept).ok()? + u64::from(up);
    // `kept` holds the leading one, which a double leaves out: adding it to the exponent field
    // that is one too low does that, and carries a rounding up into the exponent.
    let field = u64::try_from((exponent - LOWEST_EXPONENT).max(0)).ok()?;
    if field > 2045 {
        return None;
    }
    let number = f64::from_bits((field << FRACTION_BITS) + kept);
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let table = include_str!("../../testdata/numbers/format.tsv");
        let mut rows = 0;
        for row in table.lines().filter(|row| !row.starts_with('#')) {
            let columns: Vec<&str> = row.split('\t').collect();
            let [bits, plain, yaml, json, env] = columns[..] else { panic!("{row}") };
            let number = f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
            assert_eq!(format_plain(number), plain, "{row}");
            assert_eq!(format_yaml(number), yaml, "{row}");
            assert_eq!(format_json(number).as_deref().unwrap_or("-"), json, "{row}");
            assert_eq!(format_env(number), env, "{row}");
            assert_eq!(parse_go_float(plain.as_bytes()).unwrap().to_bits(), number.to_bits(), "{row}");
            rows += 1;
        }
        assert!(rows > 1000, "{rows}");
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let table = include_str!("../../testdata/numbers/parse.tsv");
        let mut rows = 0;
        for row in table.lines().filter(|row| !row.starts_with('#')) {
            let columns: Vec<&str> = row.split('\t').collect();
            let [text, float, int, boolean] = columns[..] else { panic!("{row}") };
            let show = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            let text = text.as_bytes();
            let parsed = parse_go_float(text).map(|number| format!("{:016x}", number.to_bits()));
            // Go's NaN has a payload bit of its own.
            assert_eq!(show(parsed).replace("7ff8000000000000", "7ff8000000000001"), float, "{row}");
            assert_eq!(show(parse_go_int(text).map(|int| int.to_string())), int, "{row}");
            assert_eq!(show(parse_go_bool(text).map(|boolean| boolean.to_string())), boolean, "{row}");
            rows += 1;
        }
        assert!(rows > 500, "{rows}");
    }

    #[test]
    fn bytes_that_are_no_text_are_no_numbers() {
        assert!(parse_go_float(b"1\xff").is_none());
        assert!(parse_go_float(b"\xff").is_none());
        assert!(parse_go_float(b"0x1\xffp1").is_none());
        assert!(parse_go_int(b"1\xff").is_none());
    }
}
