//! Nasty INI files, made from a seed: what people write, and what only a parser's author would.
//!
//! Every file draws which oddities it may have before it is written, so some are plain and some
//! have them all.

use crate::support::rng::Rng;

/// What a file may have.
struct Traits {
    crlf: bool,
    indent: bool,
    comments: usize,
    inline: usize,
    /// `#` within a word or within quotes.
    markers: usize,
    quotes: usize,
    lines: usize,
    repeats: bool,
    bare: bool,
    auto: bool,
    bytes: bool,
    odd_headers: bool,
    compact: bool,
    colon: bool,
    aligned: bool,
}

const SECTIONS: &[&str] = &[
    "s",
    "t",
    "db",
    "data",
    "a b",
    " padded ",
    "s.t",
    "DEFAULT",
    "default",
    "a]b",
    "é",
    "x_unencrypted",
    "sops2",
    "SOPS",
    "a\"b",
    "a:b=c",
    "`q`",
    "mysqld",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "pass",
    "token",
    "host",
    "user name",
    "é",
    "a.b",
    "x_unencrypted",
    "name",
    "key",
    "k1",
    "k2",
    "k3",
    "very_long_key_name",
    "%(x)s",
    "sops",
];

const ODD_KEYS: &[&str] =
    &["\"a=b\"", "`c:d`", "\"\"\"e\"f\"\"\"", "\"q\" junk", "a[0]", "\\", "!x", "a`b", "it's"];

const PLAIN: &[&str] = &[
    "x",
    "two words",
    "1",
    "true",
    "é 日本 🔑",
    "http://x/y?z=1",
    "a=b",
    "a: b",
    "%(a)s",
    "$HOME",
    "C:\\dir",
    "it's",
    "a\"b\"c",
    "0x1F",
    "-",
    "[x]",
    "{}",
    "ENC[no]",
    "tab\there",
    "'",
    "\"",
    "'a' 'b'",
    "a\u{a0}b",
    "ENC[AES256_GCM,data:,iv:,tag:,type:str]",
];

const MARKED: &[&str] = &[
    "ab#cd",
    "x;y",
    "#fff",
    ";",
    "a#",
    "\"x;y\"",
    "'p#q'",
    "\"a # b\"",
    "'a ; b'",
    "a#b;c",
    "\"a;b",
    "x;y'z'",
];

const COMMENTS: &[&str] = &[
    " text",
    "text",
    "  two blanks",
    "",
    ";;",
    "# both",
    "; two",
    " sops:enc",
    " a = b",
    " [s]",
    " é",
    "\ttab",
    " ends with \\",
    " `tick",
    " \"\"\"",
    "# two",
    " item",
];

/// The file of a seed.
pub(crate) fn document(seed: u64) -> Vec<u8> {
    let rng = &mut Rng::new(seed ^ 0x0049_4E49);
    let traits = Traits {
        crlf: rng.chance(10),
        indent: rng.chance(20),
        comments: if rng.chance(60) { 35 } else { 0 },
        inline: if rng.chance(40) { 25 } else { 0 },
        markers: if rng.chance(30) { 25 } else { 0 },
        quotes: if rng.chance(50) { 30 } else { 0 },
        lines: if rng.chance(30) { 20 } else { 0 },
        repeats: rng.chance(20),
        bare: rng.chance(15),
        auto: rng.chance(6),
        bytes: rng.chance(6),
        odd_headers: rng.chance(10),
        compact: rng.chance(30),
        colon: rng.chance(15),
        aligned: rng.chance(20),
    };
    let mut out = Vec::new();
    let mark: &[u8] = match rng.below(60) {
        0 => b"\xEF\xBB\xBF",
        1 => b"\xFF\xFE",
        _ => b"",
    };
    out.extend_from_slice(mark);
    let mut used = Vec::new();
    if rng.chance(35) {
        keys(rng, &traits, &mut out);
    }
    for _ in 0..rng.below(4) {
        comments(rng, &traits, &mut out);
        let mut name = rng.pick(SECTIONS);
        if used.contains(&name) && !traits.repeats {
            name = ["u1", "u2", "u3", "u4", "u5"][used.len()];
        }
        used.push(name);
        if traits.indent && rng.chance(20) {
            out.extend_from_slice(b"  ");
        }
        out.extend_from_slice(format!("[{name}]").as_bytes());
        if traits.odd_headers && rng.chance(50) {
            out.extend_from_slice(rng.pick(&[" junk", "  ", " junk ; more", "\t"]).as_bytes());
        } else {
            inline(rng, &traits, &mut out);
        }
        end(rng, &traits, &mut out);
        keys(rng, &traits, &mut out);
        if rng.chance(60) {
            out.push(b'\n');
        }
    }
    comments(rng, &traits, &mut out);
    match rng.below(8) {
        0 => {
            while out.last() == Some(&b'\n') {
                out.pop();
            }
        }
        1 => out.extend_from_slice(b"\n\n"),
        2 => out.extend_from_slice(b"  \n"),
        _ => {}
    }
    if traits.crlf {
        let mut dos = Vec::new();
        for (at, &byte) in out.iter().enumerate() {
            if byte == b'\n' && (at == 0 || out[at - 1] != b'\r') {
                dos.push(b'\r');
            }
            dos.push(byte);
        }
        return dos;
    }
    out
}

fn end(rng: &mut Rng, traits: &Traits, out: &mut Vec<u8>) {
    if traits.indent && rng.chance(8) {
        out.extend_from_slice(rng.pick(&[" ", "\t", "  "]).as_bytes());
    }
    out.push(b'\n');
}

fn comments(rng: &mut Rng, traits: &Traits, out: &mut Vec<u8>) {
    if !rng.chance(traits.comments) {
        return;
    }
    for _ in 0..rng.between(1, 3) {
        if traits.indent && rng.chance(40) {
            out.extend_from_slice(b"   ");
        }
        out.extend_from_slice(rng.pick(&[";", "#", "; ", "# ", ";;", "#;"]).as_bytes());
        out.extend_from_slice(rng.pick(COMMENTS).as_bytes());
        end(rng, traits, out);
        if rng.chance(15) {
            out.push(b'\n');
        }
    }
}

fn inline(rng: &mut Rng, traits: &Traits, out: &mut Vec<u8>) {
    if rng.chance(traits.inline) {
        out.extend_from_slice(rng.pick(&[" ; ", " # ", " ;", "\t#", "  ; "]).as_bytes());
        out.extend_from_slice(rng.pick(COMMENTS).as_bytes());
    }
}

fn keys(rng: &mut Rng, traits: &Traits, out: &mut Vec<u8>) {
    let mut used: Vec<&str> = Vec::new();
    for number in 0..rng.below(6) {
        comments(rng, traits, out);
        if traits.indent && rng.chance(50) {
            out.extend_from_slice(rng.pick(&["  ", "\t", " "]).as_bytes());
        }
        let mut key = if traits.quotes > 0 && rng.chance(12) { rng.pick(ODD_KEYS) } else { rng.pick(KEYS) };
        if traits.auto && rng.chance(40) {
            key = "-";
        } else if used.contains(&key) && !traits.repeats {
            key = ["n0", "n1", "n2", "n3", "n4", "n5"][number];
        }
        used.push(key);
        out.extend_from_slice(key.as_bytes());
        if traits.bare && rng.chance(30) && !key.contains(['"', '`', '=', ':']) {
            inline(rng, traits, out);
            end(rng, traits, out);
            continue;
        }
        if traits.aligned {
            out.extend_from_slice(&b"                    "[..20 - key.len().min(19)]);
        }
        let delimiter =
            if traits.compact { "=" } else { rng.pick(&[" = ", " = ", " = ", "= ", " =", "\t=\t"]) };
        let delimiter = if traits.colon { delimiter.replace('=', ":") } else { delimiter.to_owned() };
        out.extend_from_slice(delimiter.as_bytes());
        value(rng, traits, out);
        end(rng, traits, out);
        if rng.chance(10) {
            out.push(b'\n');
        }
    }
}

fn value(rng: &mut Rng, traits: &Traits, out: &mut Vec<u8>) {
    if rng.chance(8) {
        return;
    }
    if traits.bytes && rng.chance(30) {
        out.extend_from_slice(b"\xFFbytes\x80\x01");
        return;
    }
    if rng.chance(traits.lines) {
        let text: &[&str] = &[
            "one\\\n  two",
            "one\\\n\n",
            "a\\\nb\\\nc",
            "`l1\nl2`",
            "\"\"\"l1\nl2\"\"\"",
            "\"\"\"l1\n[s]\n; c\nk = v\"\"\" ; c",
            "\"\"\"l1\nl2\"\"\" junk",
            "`l1\n\nl2` # c",
            "\"\"\"\nx\n\"\"\"",
            "a#b\\\nc;d",
            "\"\"\"x\ny\"\"\" \\\nz\"\"\"",
        ];
        out.extend_from_slice(rng.pick(text).as_bytes());
        return;
    }
    if rng.chance(traits.markers) {
        out.extend_from_slice(rng.pick(MARKED).as_bytes());
    } else if rng.chance(traits.quotes) {
        let text: &[&str] = &[
            "\"keep me\"",
            "'single'",
            "`tick`",
            "\"\"\"triple\"\"\"",
            "`a\"b'c`",
            "\" padded \"",
            "`a#b;c`",
            "\"\"",
            "''",
            "``",
            "\"\"\"\"\"\"",
            "\"\"\"a\"b\"\"\"",
            "`a`b`",
            "'it\"s'",
            "\"a\"b\"",
            "\"\"\"\"x\"\"\"\"",
            "`x` junk",
            "`\"x\"`",
            "`x\\`",
        ];
        out.extend_from_slice(rng.pick(text).as_bytes());
    } else {
        out.extend_from_slice(rng.pick(PLAIN).as_bytes());
    }
    inline(rng, traits, out);
}
