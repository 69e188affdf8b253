//! TOML.

use super::{Comments, Nasty, Rng};

const STRINGS: &[&str] = &[
    r#""x""#,
    r#""""#,
    "''",
    r#""two words""#,
    r"'C:\path\x'",
    r#""caf\u00e9 \U0001F511""#,
    r#""é 日本 🔑""#,
    r#""tab\tnew\nline\r\b\f\\ \"q\" \u0000 \u001F""#,
    r#""""one line""""#,
    "\"\"\"\nfirst\nsecond\"\"\"",
    "\"\"\"\n\nfirst\n  second\n\"\"\"",
    "\"\"\"folded \\\n    here \\   \n\n  and there\"\"\"",
    "\"\"\"with \"\" two and \\\"\"\" three\"\"\"",
    "\"\"\"ends with \"one\"\"\"\"",
    "\"\"\"ends with two\"\"\"\"\"",
    "\"\"\" \\u00E9 \\\\ \t \"\"\"",
    "'''\nraw \\n 'q' ''two''\n'''",
    "'''one''''",
    "''''two'''''",
    "''''''",
    "\"\"\"\"\"\"",
    "\"\"\"\n\"\"\"",
    "\"null\"",
    "'null'",
    "\"true\"",
    "\"1979-05-27\"",
    "\"ENC[no]\"",
    "' # no comment '",
    "\"a = b # c\"",
    "\"\u{80}\"",
    "'\ttab'",
];

const NUMBERS: &[&str] = &[
    "0",
    "+0",
    "-0",
    "1",
    "-17",
    "+99",
    "1_000",
    "9223372036854775807",
    "-9223372036854775808",
    "0xDEAD_beef",
    "0x00",
    "0o755",
    "0b1101_0110",
    "1.0",
    "-0.0",
    "+1.50",
    "3.14_15",
    "1e06",
    "5e+22",
    "-2E-2",
    "6.626e-34",
    "1e21",
    "1e20",
    "4.9e-324",
    "inf",
    "+inf",
    "-inf",
    "nan",
    "+nan",
    "-nan",
    "0e0",
    "123456789.123456789012345",
];

const TIMES: &[&str] = &[
    "1979-05-27T07:32:00Z",
    "1979-05-27t07:32:00z",
    "1979-05-27 07:32:00-07:00",
    "1979-05-27T00:32:00.999999-07:00",
    "1979-05-27T00:32:00.120000Z",
    "1979-05-27T00:32:00.0-00:00",
    "1979-05-27T07:32:00",
    "1979-05-27 00:32:00.999999999",
    "1979-05-27",
    "2024-02-29",
    "07:32:00",
    "00:32:00.5000",
    "0000-01-01",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "c",
    "name",
    "data",
    "pass",
    "token",
    "host",
    "1234",
    "true",
    "x_unencrypted",
    "a-b",
    "\"two words\"",
    "'lit.eral'",
    "\"\"",
    "\"é\"",
    "\"a:b\"",
    "'\"'",
    "\"caf\\u00e9\"",
    "-",
    "_",
];

const COMMENTS: &[&str] = &[
    "#",
    "# one",
    "# two words",
    "#key = 1",
    "#  two: é \t",
    "# [x] item",
    "# ENC[no]",
    "##",
    "# trailing  ",
];

struct Layout {
    equals: &'static str,
    indent: &'static str,
    comments: bool,
    ragged: bool,
}

struct Writer<'a> {
    rng: &'a mut Rng,
    layout: Layout,
    out: String,
    bare: String,
    comments: Comments,
    /// Makes names that are not taken.
    next: usize,
}

pub(super) fn document(rng: &mut Rng) -> Nasty {
    let layout = Layout {
        equals: rng.pick(&[" = ", " = ", " = ", "=", "\t=  ", " ="]),
        indent: rng.pick(&["", "", "", "  ", "\t"]),
        comments: rng.chance(60),
        ragged: rng.chance(15),
    };
    let crlf = rng.chance(12);
    let bom = rng.chance(4);
    let end = rng.pick(&["\n", "\n", "\n", "", "\n\n", "\n  \n", " ", "\n# the end", "\n\n# the end\n"]);
    let mut writer = Writer {
        rng,
        layout,
        out: String::new(),
        bare: String::new(),
        comments: Comments::default(),
        next: 0,
    };
    writer.body(0);
    for _ in 0..writer.rng.below(4) {
        let path = writer.path();
        writer.section(&path, 0);
    }
    let (mut text, mut bare) = (writer.out, writer.bare);
    while text.ends_with('\n') {
        text.pop();
    }
    text.push_str(end);
    if crlf {
        text = text.replace('\n', "\r\n");
        bare = bare.replace('\n', "\r\n");
    }
    if bom {
        text.insert(0, '\u{feff}');
    }
    let comments = writer.comments;
    Nasty { suffix: "toml", text: text.into_bytes(), bare: bare.into_bytes(), comments, beyond_sops: true }
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.bare.push_str(text);
    }

    /// A name that no table has yet; mostly one of the nasty ones.
    fn name(&mut self, used: &mut Vec<String>) -> String {
        let mut name = self.rng.pick(KEYS).to_owned();
        // Two spellings of one key count as one.
        if name.contains("\\u00e9") {
            name = format!("\"caf\\u00e9{}\"", self.next);
            self.next += 1;
        }
        if used.contains(&name) {
            name = format!("k{}", self.next);
            self.next += 1;
        }
        used.push(name.clone());
        name
    }

    /// A path of a table that nothing else speaks of.
    fn path(&mut self) -> String {
        self.next += 1;
        let first = format!("t{}", self.next);
        match self.rng.below(5) {
            0 => format!("{first}.{}", self.rng.pick(KEYS)),
            1 => format!("{first} . {} .'x y'", self.rng.pick(KEYS)),
            2 => format!("\"t {}\"", self.next),
            _ => first,
        }
    }

    fn comment_line(&mut self, indent: &str) {
        if self.layout.comments && self.rng.chance(25) {
            for _ in 0..self.rng.between(1, 2) {
                let text = self.rng.pick(COMMENTS);
                self.out.push_str(&format!("{indent}{text}\n"));
                self.comments.in_maps = true;
            }
            if self.rng.chance(30) {
                self.put("\n");
            }
        }
    }

    fn line_end(&mut self) {
        if self.layout.ragged {
            let blank = self.rng.pick(&["", " ", "\t "]);
            self.put(blank);
        }
        if self.layout.comments && self.rng.chance(15) {
            let text = self.rng.pick(COMMENTS);
            let gap = self.rng.pick(&[" ", "", "   ", "\t"]);
            self.out.push_str(gap);
            self.out.push_str(text);
            self.comments.inline = true;
        }
        self.put("\n");
        if self.layout.ragged && self.rng.chance(20) {
            let blank = self.rng.pick(&["\n", "  \n", "\n\n"]);
            self.put(blank);
        }
    }

    fn section(&mut self, path: &str, depth: usize) {
        let of_tables = self.rng.chance(35);
        let times = if of_tables { self.rng.between(1, 3) } else { 1 };
        // A table in it may be spoken of before it is.
        let before = !of_tables && self.rng.chance(15);
        if before {
            self.put(&format!("[{path}.early]\n"));
            self.body(2);
        }
        for _ in 0..times {
            if self.rng.chance(70) {
                self.put("\n");
            }
            let indent = self.layout.indent.repeat(depth);
            self.comment_line(&indent);
            let gap = if self.layout.ragged { self.rng.pick(&["", " "]) } else { "" };
            let header = if of_tables {
                format!("{indent}[[{gap}{path}{gap}]]")
            } else {
                format!("{indent}[{gap}{path}{gap}]")
            };
            self.put(&header);
            self.line_end();
            self.body(depth + 1);
            if depth < 2 && self.rng.chance(40) {
                let below = format!("{path}.s{}", self.next);
                self.next += 1;
                self.section(&below, depth + 1);
            }
        }
    }

    fn body(&mut self, depth: usize) {
        let indent = self.layout.indent.repeat(depth.saturating_sub(1));
        let mut used = Vec::new();
        // Dotted keys share a beginning, with other keys between them.
        let shared = self.rng.chance(25).then(|| {
            self.next += 1;
            format!("d{}", self.next)
        });
        let mut below = Vec::new();
        for _ in 0..self.rng.below(if depth == 0 { 7 } else { 5 }) {
            self.comment_line(&indent);
            let key = match &shared {
                Some(shared) if self.rng.chance(50) => {
                    let name = self.name(&mut below);
                    let dot = self.rng.pick(&[".", ".", " . "]);
                    format!("{shared}{dot}{name}")
                }
                _ => self.name(&mut used),
            };
            let equals = self.layout.equals;
            self.put(&format!("{indent}{key}{equals}"));
            self.value(depth, false);
            self.line_end();
        }
    }

    fn value(&mut self, depth: usize, in_braces: bool) {
        match self.rng.below(100) {
            0..10 if depth < 4 => self.braces(depth),
            10..24 if depth < 4 => self.brackets(depth, in_braces),
            24..32 => self.pick(&["true", "false"]),
            32..50 => self.pick(NUMBERS),
            50..58 => self.pick(TIMES),
            _ => self.pick(STRINGS),
        }
    }

    fn pick(&mut self, all: &[&'static str]) {
        let text = self.rng.pick(all);
        self.put(text);
    }

    fn braces(&mut self, depth: usize) {
        self.put("{");
        let mut used = Vec::new();
        let count = self.rng.below(4);
        for number in 0..count {
            self.put(if number > 0 { ", " } else { " " });
            let mut key = self.name(&mut used);
            if self.rng.chance(15) {
                self.next += 1;
                key = format!("in{}.{key}", self.next);
            }
            self.put(&format!("{key} = "));
            self.value(depth + 1, true);
        }
        self.put(if count > 0 { " }" } else { "}" });
    }

    fn brackets(&mut self, depth: usize, in_braces: bool) {
        self.put("[");
        let lines = self.rng.chance(45);
        let count = self.rng.below(5);
        for number in 0..count {
            if lines {
                if self.layout.comments && self.rng.chance(20) {
                    let text = self.rng.pick(COMMENTS);
                    self.out.push_str(&format!(" {text}"));
                    self.comments.in_lists = true;
                }
                self.put("\n  ");
                if self.layout.comments && self.rng.chance(20) {
                    let text = self.rng.pick(COMMENTS);
                    self.out.push_str(&format!("{text}\n  "));
                    self.comments.in_lists = true;
                }
            }
            self.value(depth + 1, in_braces);
            if number + 1 < count || self.rng.chance(40) {
                let comma = self.rng.pick(&[",", ",", " ,", ", "]);
                self.put(comma);
            }
        }
        if lines {
            self.put("\n");
        }
        self.put("]");
    }
}
