//! JSON.

use super::{Comments, Nasty, Rng};

struct Layout {
    /// Between a bracket or comma and the next thing, at a depth.
    break_lines: bool,
    indent: &'static str,
    colon: &'static str,
    comma: &'static str,
    /// White space where nobody expects it.
    ragged: bool,
}

const STRINGS: &[&str] = &[
    r#""""#,
    r#""x""#,
    r#""two words""#,
    r#""é 日本 🔑""#,
    r#""\u00e9""#,
    r#""\ud83d\ude00""#,
    r#""\n\t\r\b\f""#,
    r#""\/ /""#,
    r#""\\ \"q\"""#,
    r#""<a&b>""#,
    r#""\u003ca\u0026b\u003e""#,
    r#""\u2028 \u2029""#,
    "\"\u{2028}\u{2029}\"",
    r#""\u0000\u001f""#,
    r#""true""#,
    r#""0123""#,
    r#""2024-02-29""#,
    r#""ENC[no]""#,
    "\"\u{7f}\u{80}\"",
    r#"" padded ""#,
    r#""\u00E9\u00e9""#,
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-7",
    "42",
    "9223372036854775807",
    "-9223372036854775808",
    "1.0",
    "1.20",
    "-0.0",
    "1e3",
    "1E+3",
    "1e-7",
    "0.1",
    "6.02e23",
    "16777217.0",
    "123456789.123456789012345",
    "1.5e300",
    "4.9e-324",
    "1e21",
    "1e20",
    "100000000000000000000.0",
    "3.0e-5",
    "0e0",
    "0.000001",
    "123456789012345678",
];

/// Beyond what sops keeps: digits are lost, or the file is refused.
const BIG: &[&str] =
    &["98765432109876543210", "9223372036854775808", "-9223372036854775809", "1E400", "18446744073709551615"];

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "name",
    "data",
    "",
    "two words",
    "é",
    "🔑",
    "a.b",
    "a:b",
    "x_unencrypted",
    "\\u00e9",
    "<k>",
    "8080",
    "true",
];

pub(super) fn document(rng: &mut Rng) -> Nasty {
    let layout = Layout {
        break_lines: rng.chance(70),
        indent: rng.pick(&["\t", "  ", "    ", "", " ", "   "]),
        colon: rng.pick(&[": ", ": ", ":", " : ", ":\t"]),
        comma: rng.pick(&[",", ",", ", ", " ,"]),
        ragged: rng.chance(15),
    };
    let mut text = String::new();
    let mut beyond_sops = false;
    if rng.chance(3) {
        text.push('\u{feff}');
        beyond_sops = true; // sops refuses a BOM
    }
    map(rng, &layout, 0, &mut text, &mut beyond_sops);
    text.push_str(rng.pick(&["\n", "\n", "\n", "", "\n\n", " \n"]));
    if rng.chance(8) {
        text = text.replace('\n', "\r\n");
    }
    let text = text.into_bytes();
    Nasty { suffix: "json", bare: text.clone(), text, comments: Comments::default(), beyond_sops }
}

fn gap(rng: &mut Rng, layout: &Layout, depth: usize, out: &mut String) {
    if layout.ragged && rng.chance(20) {
        out.push_str(rng.pick(&["\n\n", "  ", "\t", "\n", "", " \n "]));
    } else if layout.break_lines {
        out.push('\n');
        out.push_str(&layout.indent.repeat(depth));
    }
}

fn map(rng: &mut Rng, layout: &Layout, depth: usize, out: &mut String, beyond: &mut bool) {
    out.push('{');
    let count = if depth == 0 { rng.between(1, 6) } else { rng.below(5) };
    let mut used: Vec<&str> = Vec::new();
    for number in 0..count {
        if number > 0 {
            out.push_str(layout.comma);
        }
        gap(rng, layout, depth + 1, out);
        let mut key = rng.pick(KEYS);
        if used.contains(&key) && !rng.chance(10) {
            key = ["k0", "k1", "k2", "k3", "k4", "k5"][number];
        }
        used.push(key);
        out.push_str(&format!("\"{key}\"{}", layout.colon));
        value(rng, layout, depth + 1, out, beyond);
    }
    if count > 0 || rng.chance(20) {
        gap(rng, layout, depth, out);
    }
    out.push('}');
}

fn list(rng: &mut Rng, layout: &Layout, depth: usize, out: &mut String, beyond: &mut bool) {
    out.push('[');
    let count = rng.below(5);
    for number in 0..count {
        if number > 0 {
            out.push_str(layout.comma);
        }
        gap(rng, layout, depth + 1, out);
        value(rng, layout, depth + 1, out, beyond);
    }
    if count > 0 {
        gap(rng, layout, depth, out);
    }
    out.push(']');
}

fn value(rng: &mut Rng, layout: &Layout, depth: usize, out: &mut String, beyond: &mut bool) {
    match rng.below(100) {
        0..14 if depth < 5 => map(rng, layout, depth, out, beyond),
        14..28 if depth < 5 => list(rng, layout, depth, out, beyond),
        28..34 => out.push_str(rng.pick(&["true", "false"])),
        34..40 => out.push_str("null"),
        40..65 => out.push_str(rng.pick(NUMBERS)),
        65 => {
            *beyond = true;
            out.push_str(rng.pick(BIG));
        }
        66 => {
            *beyond = true;
            out.push_str(r#""lone \ud83d surrogate""#);
        }
        _ => out.push_str(rng.pick(STRINGS)),
    }
}
