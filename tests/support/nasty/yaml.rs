//! YAML.

use super::{Comments, Nasty, Rng};

/// What a document may have beside the everyday; drawn per document.
struct Oddities {
    comments: usize,
    inline_comments: bool,
    list_comments: bool,
    flow_comments: bool,
    odd_columns: bool,
    quoted_keys: bool,
    odd_keys: bool,
    explicit_keys: bool,
    odd_scalars: bool,
    big_numbers: bool,
    folded_quotes: bool,
    block_scalars: bool,
    odd_blocks: bool,
    flow: bool,
    multiline_flow: bool,
    anchors: bool,
    tags: bool,
    empty_values: bool,
    blank_lines: bool,
    trailing_blanks: bool,
    tabs: bool,
    several_documents: bool,
    hostile: bool,
}

impl Oddities {
    fn draw(rng: &mut Rng) -> Self {
        let calm = rng.chance(15);
        let mut may = |percent: usize| !calm && rng.chance(percent);
        Self {
            comments: if may(70) { 35 } else { 0 },
            inline_comments: may(60),
            list_comments: may(40),
            flow_comments: may(15),
            odd_columns: may(25),
            quoted_keys: may(35),
            odd_keys: may(25),
            explicit_keys: may(15),
            odd_scalars: may(60),
            big_numbers: may(4),
            folded_quotes: may(25),
            block_scalars: may(45),
            odd_blocks: may(35),
            flow: may(45),
            multiline_flow: may(25),
            anchors: may(25),
            tags: may(15),
            empty_values: may(35),
            blank_lines: may(40),
            trailing_blanks: may(15),
            tabs: may(15),
            several_documents: may(25),
            hostile: may(4),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scalar,
    Map,
    List,
}

/// A piece of the text; comments are told apart so that a document can be had without them.
struct Piece {
    text: String,
    comment: bool,
}

struct Writer<'r> {
    rng: &'r mut Rng,
    may: Oddities,
    out: Vec<Piece>,
    step: usize,
    list_step: usize,
    /// Names of finished anchors of this YAML document.
    anchors: Vec<(String, Kind)>,
    made: usize,
    aliases: usize,
    /// After a block scalar a comment further right than this would belong to the text.
    comment_limit: Option<usize>,
    /// The line so far must be the last of the file without a line break: `|+` and friends are safe
    /// then, comments are not.
    seen: Comments,
    beyond_sops: bool,
}

pub(super) fn document(rng: &mut Rng) -> Nasty {
    let may = Oddities::draw(rng);
    let step = [2, 2, 2, 4, 4, 1, 3, 7][rng.below(8)];
    let list_step = if rng.chance(40) { 0 } else { step };
    let crlf = rng.chance(6);
    let bom = rng.chance(4);
    let final_break = !rng.chance(10);
    let mut writer = Writer {
        rng,
        may,
        out: Vec::new(),
        step,
        list_step,
        anchors: Vec::new(),
        made: 0,
        aliases: 0,
        comment_limit: None,
        seen: Comments::default(),
        beyond_sops: false,
    };
    writer.stream();
    let Writer { out, seen, beyond_sops, .. } = writer;
    let last = out.iter().rev().find(|piece| piece.comment || !piece.text.trim().is_empty());
    let ends_with_comment = last.is_some_and(|piece| piece.comment);
    let finish = |text: String, is_bare: bool| {
        let mut text = if crlf { text.replace('\n', "\r\n") } else { text };
        // Without its last comment a document may end in a block scalar, whose breaks are text.
        let text_ends_it = is_bare && ends_with_comment;
        if !(final_break || text_ends_it) {
            while text.ends_with(['\n', '\r']) {
                text.pop();
            }
        }
        let mut bytes = if bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bytes.extend_from_slice(text.as_bytes());
        bytes
    };
    let text = finish(out.iter().map(|piece| piece.text.as_str()).collect(), false);
    let bare =
        finish(out.iter().filter(|piece| !piece.comment).map(|piece| piece.text.as_str()).collect(), true);
    Nasty { suffix: "yaml", text, bare, comments: seen, beyond_sops }
}

const COMMENTS: &[&str] = &[
    "#",
    "# ",
    "#no blank",
    "# two words",
    "#  two blanks",
    "# key: value",
    "# - item",
    "# \u{1F511} emoji, é",
    "## twice",
    "# 'quote\" # again",
    "# trailing blank ",
    "#\ttab",
    "#!shebang",
    "# {flow: [",
    "# 42",
];

const WORDS: &[&str] = &[
    "a",
    "b",
    "c",
    "name",
    "host",
    "port",
    "user",
    "pass",
    "db",
    "token",
    "api_key",
    "x-y",
    "a.b",
    "path/to",
    "ünï",
    "日本",
    "🔑",
    "a_unencrypted",
    "n1",
    "data",
    "mac",
    "value",
    "e",
    "k8s",
];

const PLAIN: &[&str] = &[
    "word",
    "two words",
    "a:b",
    "a#b",
    "http://example.com:8080/a#b",
    "x, y",
    "it's",
    "say \"hi\"",
    "-x",
    "--",
    "?x",
    ":x",
    "a - b",
    "a ? b",
    "b]",
    "é",
    "日本語",
    "\u{1F600}",
    "ENC",
    "1.2.3",
    "1.10.0",
    "10.0.0.1",
    "12:30",
    "v1",
    "a\\b",
    "C:\\new",
    "$HOME",
    "100%",
    "a&b",
    "a*b",
    "a!b",
    "a|b",
    "a>b",
    "a@b",
    "...x",
    "true story",
    "null and void",
    "0x",
    "0xZZ",
    "1e",
    "e5",
    "1_",
    "_1",
    "1__0",
    "+",
    ".",
    "..",
    "-.",
    ".5x",
    "nan",
    "inf",
    "=x",
    "<<x",
    "\u{a0}nbsp\u{a0}",
    "x\u{feff}y",
    "yes sir",
];

const ODD: &[&str] = &[
    "0",
    "-0",
    "+12",
    "-7",
    "08",
    "0755",
    "0o17",
    "0O17",
    "0b101",
    "-0b11",
    "0x1F",
    "-0x1f",
    "0X1F",
    "0x_ff",
    "1_000",
    "40_17",
    "9223372036854775807",
    "-9223372036854775808",
    "007",
    "+0",
    "0o8",
    "0b2",
    "1.0",
    "1.20",
    "-0.0",
    "1e3",
    "1E+3",
    ".5",
    "5.",
    "-.5",
    "+.5",
    "1e-7",
    "6.02e23",
    "16777217.0",
    "123456789.123456789012345",
    "1_000.5",
    "1.5e300",
    "4.9e-324",
    "1e400",
    ".inf",
    "-.inf",
    "+.INF",
    ".Inf",
    ".nan",
    ".NaN",
    ".NAN",
    "true",
    "True",
    "TRUE",
    "tRue",
    "false",
    "False",
    "FALSE",
    "yes",
    "Yes",
    "no",
    "on",
    "Off",
    "y",
    "n",
    "Y",
    "N",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "2024-02-29",
    "2024-02-30",
    "2024-1-2",
    "2024-02-29T12:34:56Z",
    "2024-02-29 12:34:56",
    "2024-02-29T12:34:56.789+02:00",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "2024-02",
    "190:20:30",
    "1:30",
    "685_230.15",
    "0.1e1",
    "1.",
    "0.",
    "00",
    "0_7",
    "0xfffffffffffffff",
    "1e0",
    "0.10",
    "3.0e-5",
    "100000000000000000000.0",
    "1e21",
    "1e20",
    "123456789012345678",
    "0.000001",
    "0.0000001",
];

const BIG: &[&str] = &[
    "18446744073709551615",
    "9223372036854775808",
    "98765432109876543210987",
    "-9223372036854775809",
    "0xFFFFFFFFFFFFFFFF",
    "0xFFFFFFFFFFFFFFFFFFFFFFFF",
    "18446744073709551616",
];

const SINGLE: &[&str] = &[
    "''",
    "'x'",
    "'it''s'",
    "'a: b'",
    "'# no comment'",
    "'0123'",
    "'true'",
    "'null'",
    "' padded '",
    "'1.0'",
    "'<<'",
    "'='",
    "'ENC[no]'",
    "'back\\slash'",
    "'\"'",
    "'é 🔑'",
    "'2024-02-29'",
    "'- x'",
    "'0xFFFFFFFFFFFFFFFFFFFFFFFF'",
    "'\t'",
];

const DOUBLE: &[&str] = &[
    "\"\"",
    "\"x\"",
    "\"tab\\tand\\nbreak\"",
    "\"\\u00e9 é\"",
    "\"\\x41\\x42\"",
    "\"\\\\ \\\"q\\\"\"",
    "\"\\0\\a\\b\\e\\f\\v\"",
    "\"\\U0001F600 😀\"",
    "\"\\_ \\N \\L \\P\"",
    "\"# no comment\"",
    "\"a: b\"",
    "\"0123\"",
    "\"true\"",
    "\" padded \"",
    "\"<<\"",
    "\"~\"",
    "\"\\u0000\"",
    "\"\\r\\n\"",
    "\"it's\"",
    "\"\t\"",
    "\"\\ x\"",
    "\"0xFFFFFFFFFFFFFFFFFFFFFFFF\"",
];

/// What most parsers take and go-yaml does not, or takes for something else.
const HOSTILE: &[&str] = &[
    "{{ tpl }}x",
    "a\u{2028}b",
    "a\u{85}b",
    "\"\\/\"",
    "\"\\ud83d\\ude00\"",
    "\"\u{2028}\"",
    "@x",
    "`x`",
    "%x",
    "a: b",
    "- x",
    "'x'y",
    "\"x\"y",
    "]",
    "!!int x",
    "!!binary %",
    "!!bool 3",
    "\u{7f}",
    "*none",
    "!h!x y",
    "\"\\q\"",
    "'x",
    "? x",
    "!!timestamp 2024-02-29",
    "!!float x",
    "!!set {a, b}",
    "!!int 0x1F",
    "!!float 1_0",
    "!!null x",
    "!!merge <<",
    "!!seq {}",
    "!!map []",
];

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push(Piece { text: text.to_owned(), comment: false });
    }

    fn pad(&mut self, columns: usize) {
        self.put(&" ".repeat(columns));
    }

    fn comment_text(&mut self) -> &'static str {
        COMMENTS[self.rng.below(COMMENTS.len())]
    }

    /// A run of comment lines at or around `column`.
    fn comment_lines(&mut self, column: usize) {
        for _ in 0..self.rng.between(1, 3) {
            let mut at = column;
            if self.may.odd_columns && self.rng.chance(50) {
                at = self.rng.below(column + 5);
            }
            if let Some(limit) = self.comment_limit {
                at = at.min(limit);
            }
            let text = format!("{}{}\n", " ".repeat(at), self.comment_text());
            self.out.push(Piece { text, comment: true });
            if self.may.blank_lines && self.rng.chance(20) {
                // Goes with the comment: without it, it could become text of a block scalar.
                self.out.push(Piece { text: "\n".to_owned(), comment: true });
            }
        }
    }

    /// What may stand between two entries of a collection at `column`.
    fn gap(&mut self, column: usize, in_list: bool) {
        if self.may.blank_lines && self.rng.chance(25) {
            let text = self.rng.pick(&["\n", "\n\n", "\n"]);
            self.put(text);
        }
        if in_list && !self.may.list_comments {
            return;
        }
        if self.may.comments > 0 && self.rng.chance(self.may.comments) {
            self.comment_lines(column);
            self.seen.in_maps |= !in_list;
            self.seen.in_lists |= in_list;
        }
    }

    /// The end of a line that holds a value: blanks, perhaps a comment, the break.
    fn end_line(&mut self, in_list: bool) {
        if self.may.inline_comments && (!in_list || self.may.list_comments) && self.rng.chance(25) {
            let before = if self.may.tabs && self.rng.chance(30) {
                "\t"
            } else {
                self.rng.pick(&[" ", " ", "  ", "      "])
            };
            let text = format!("{before}{}", self.comment_text());
            self.out.push(Piece { text, comment: true });
            self.seen.inline = true;
            self.seen.in_lists |= in_list;
        } else if self.may.trailing_blanks && self.rng.chance(20) {
            let blanks = if self.may.tabs { " \t" } else { "  " };
            self.put(blanks);
        }
        self.put("\n");
    }

    fn stream(&mut self) {
        let count = if self.may.several_documents { self.rng.between(1, 4) } else { 1 };
        for number in 0..count {
            self.anchors.clear();
            self.aliases = 0;
            let mut opened = false;
            if number > 0 || self.rng.chance(8) {
                if self.may.comments > 0 && self.rng.chance(20) {
                    self.comment_lines(0);
                    self.seen.in_maps = true;
                }
                if number == 0 && self.may.tags && self.rng.chance(15) {
                    self.put("%YAML 1.1\n");
                }
                self.put("---");
                self.end_line(false);
                self.comment_limit = None;
                opened = true;
            }
            if opened && self.may.several_documents && self.rng.chance(12) {
                // An empty document, perhaps with comments alone.
                if self.may.comments > 0 && self.rng.chance(50) {
                    self.comment_lines(0);
                    self.seen.in_maps = true;
                }
                continue;
            }
            if self.may.flow && self.rng.chance(6) {
                self.flow_map(0, 2, 0);
                self.end_line(false);
            } else {
                self.map(0, 0, false);
            }
            if self.rng.chance(12) {
                self.gap(0, false);
            }
            if self.may.several_documents && self.rng.chance(10) {
                self.put("...\n");
                self.comment_limit = None;
            }
        }
    }

    fn key(&mut self, used: &mut Vec<String>, flow: bool) {
        let mut name = self.rng.pick(WORDS).to_owned();
        let mut written = None;
        if self.may.odd_keys && self.rng.chance(25) {
            name = self
                .rng
                .pick(&[
                    "two words",
                    "a#b",
                    "a:b",
                    "k-",
                    "-k",
                    "ключ",
                    "y",
                    "n",
                    "on",
                    "a'b",
                    "a\"b",
                    "=",
                    "\u{1F511}\u{1F511}",
                ])
                .to_owned();
            if flow && name.contains(':') {
                name = "ab".to_owned();
            }
        }
        if self.may.quoted_keys && self.rng.chance(30) {
            let quoted = self.rng.pick(&[
                "8080",
                "true",
                "null",
                "",
                "a: b",
                "# x",
                "2024-02-29",
                "é",
                "<<",
                " x ",
                "~",
            ]);
            name = quoted.to_owned();
            written = Some(match self.rng.below(2) {
                0 => format!("'{name}'"),
                _ => format!("\"{name}\""),
            });
        }
        if used.contains(&name) {
            name = format!("k{}", used.len());
            written = None;
            while used.contains(&name) {
                name.push('_');
            }
        }
        if self.may.odd_keys && self.rng.chance(1) {
            name = self.rng.pick(&["8081", "1.5", "2020-01-01", "false"]).to_owned(); // refused: no string
        }
        let text = written.unwrap_or_else(|| name.clone());
        used.push(name);
        if self.may.tags && self.rng.chance(5) {
            self.put("!!str ");
        }
        self.put(&text);
    }

    fn map(&mut self, column: usize, depth: usize, compact: bool) {
        let mut used = Vec::new();
        let mut merged = false;
        for number in 0..self.rng.between(1, 4) {
            if !(compact && number == 0) {
                self.gap(column, false);
                self.pad(column);
            }
            self.comment_limit = None;
            let merge = self.may.anchors && !merged && self.aliases < 5 && self.rng.chance(20);
            let maps: Vec<String> = self
                .anchors
                .iter()
                .filter(|(_, kind)| *kind == Kind::Map)
                .map(|(name, _)| name.clone())
                .collect();
            if merge && !maps.is_empty() {
                merged = true;
                self.aliases += 1;
                let name = &maps[self.rng.below(maps.len())];
                if self.rng.chance(25) {
                    self.put(&format!("<<: [*{name}]"));
                } else {
                    self.put(&format!("<<: *{name}"));
                }
                self.end_line(false);
                continue;
            }
            let explicit = self.may.explicit_keys && self.rng.chance(20);
            if explicit {
                self.put("? ");
                self.key(&mut used, false);
                if self.rng.chance(30) {
                    self.end_line(false);
                } else {
                    self.put("\n");
                }
                if self.rng.chance(5) {
                    continue; // no value at all
                }
                self.pad(column);
                self.put(":");
            } else {
                self.key(&mut used, false);
                let colon = if self.rng.chance(3) { " :" } else { ":" };
                self.put(colon);
            }
            self.value(column, depth, false);
        }
    }

    fn list(&mut self, column: usize, depth: usize, compact: bool) {
        for number in 0..self.rng.between(1, 4) {
            if !(compact && number == 0) {
                self.gap(column, true);
                self.pad(column);
            }
            self.comment_limit = None;
            self.put("-");
            let tabs = std::mem::replace(&mut self.may.tabs, false); // no TAB behind a dash
            self.value(column, depth, true);
            self.may.tabs = tabs;
        }
    }

    fn blank(&mut self) {
        let blank = if self.may.tabs && self.rng.chance(15) {
            "\t"
        } else if self.rng.chance(7) {
            "   "
        } else {
            " "
        };
        self.put(blank);
    }

    /// Writes a value after `key:` or `-`, and the end of its line.
    fn value(&mut self, column: usize, depth: usize, in_list: bool) {
        let deep = depth < 4;
        match self.rng.below(100) {
            0..20 if deep => self.nested_map(column, depth, in_list),
            20..36 if deep => self.nested_list(column, depth, in_list),
            36..48 if self.may.flow => {
                self.blank();
                let anchor = self.properties(true);
                let kind = if self.rng.chance(50) {
                    self.flow_map(column, depth + 1, 0);
                    Kind::Map
                } else {
                    self.flow_list(column, depth + 1, 0);
                    Kind::List
                };
                self.finish(anchor, kind);
                self.end_line(in_list);
            }
            48..60 if self.may.block_scalars => self.block_scalar(column, in_list),
            60..66 if self.may.folded_quotes => self.folded(column, in_list),
            66..70 if self.may.empty_values => self.end_line(in_list),
            70..74 if self.may.anchors && !self.anchors.is_empty() && self.aliases < 5 => {
                self.aliases += 1;
                let (name, _) = &self.anchors[self.rng.below(self.anchors.len())];
                let text = format!(" *{name}");
                self.put(&text);
                self.end_line(in_list);
            }
            _ => {
                self.blank();
                let anchor = self.properties(false);
                self.scalar(false);
                self.finish(anchor, Kind::Scalar);
                self.end_line(in_list);
            }
        }
    }

    /// Perhaps an anchor and a tag, each with a blank behind it; returns the anchor's name.
    fn properties(&mut self, collection: bool) -> Option<String> {
        if self.may.tags && !collection && self.rng.chance(12) {
            let tag = self.rng.pick(&["!!str ", "!env ", "! ", "!<tag:example.com,2024:x> ", "!!str "]);
            self.put(tag);
        }
        if self.may.anchors && self.rng.chance(20) {
            self.made += 1;
            let name = format!("{}{}", self.rng.pick(&["a", "base", "x-y", "A_1"]), self.made);
            self.put(&format!("&{name} "));
            return Some(name);
        }
        None
    }

    fn finish(&mut self, anchor: Option<String>, kind: Kind) {
        if let Some(name) = anchor {
            self.anchors.push((name, kind));
        }
    }

    fn nested_anchor(&mut self, tag: &str) -> Option<String> {
        if self.may.tags && self.rng.chance(8) {
            self.put(tag);
        }
        if self.may.anchors && self.rng.chance(30) {
            self.made += 1;
            let name = format!("n{}", self.made);
            self.put(&format!(" &{name}"));
            return Some(name);
        }
        None
    }

    fn nested_map(&mut self, column: usize, depth: usize, in_list: bool) {
        if in_list && self.rng.chance(70) {
            let blanks = if self.rng.chance(10) { 3 } else { 1 };
            self.pad(blanks);
            self.map(column + 1 + blanks, depth + 1, true);
            return;
        }
        let anchor = self.nested_anchor(" !!map");
        self.end_line(in_list);
        let step = if in_list { self.step.max(1) } else { self.step };
        self.map(column + step, depth + 1, false);
        if self.may.comments > 0 && self.rng.chance(10) {
            self.comment_lines(column + step);
            self.seen.in_maps = true;
        }
        self.finish(anchor, Kind::Map);
    }

    fn nested_list(&mut self, column: usize, depth: usize, in_list: bool) {
        if in_list && self.rng.chance(50) {
            self.pad(1);
            self.list(column + 2, depth + 1, true);
            return;
        }
        let anchor = self.nested_anchor(" !!seq");
        // A comment behind `key:` of a list is taken for one of its items by sops.
        let list_like = true;
        self.end_line(list_like);
        let step = if in_list { self.step.max(1) } else { self.list_step };
        self.list(column + step, depth + 1, false);
        if self.may.list_comments && self.may.comments > 0 && self.rng.chance(10) {
            self.comment_lines(column + step);
            self.seen.in_lists = true;
        }
        self.finish(anchor, Kind::List);
    }

    fn scalar(&mut self, flow: bool) {
        let kind = self.rng.below(100);
        let text = match kind {
            0..12 => SINGLE[self.rng.below(SINGLE.len())],
            12..26 => DOUBLE[self.rng.below(DOUBLE.len())],
            26..60 if self.may.odd_scalars => ODD[self.rng.below(ODD.len())],
            60..66 if self.may.big_numbers => {
                self.beyond_sops = true;
                BIG[self.rng.below(BIG.len())]
            }
            66..72 if self.may.hostile => {
                self.beyond_sops = true;
                HOSTILE[self.rng.below(HOSTILE.len())]
            }
            66..70 if self.may.tags => self.rng.pick(&[
                "!!int 3",
                "!!float 1",
                "!!str 12",
                "!!bool true",
                "!!binary aGVsbG8=",
                "!env HOME",
                "!!null ''",
            ]),
            _ => PLAIN[self.rng.below(PLAIN.len())],
        };
        let plain = !text.starts_with(['\'', '"', '!']);
        if flow && plain && text.contains([',', '[', ']', '{', '}', '?', ':', '#']) {
            self.put("flowing");
        } else {
            self.put(text);
        }
    }

    fn flow_space(&mut self, column: usize) {
        if self.may.multiline_flow && self.rng.chance(30) {
            if self.may.flow_comments && self.rng.chance(30) {
                let text = format!(" {}", self.comment_text());
                self.out.push(Piece { text, comment: true });
                self.seen.in_lists = true;
            }
            self.put("\n");
            let more = self.rng.between(1, 4);
            self.pad(column + more);
        } else {
            let text = self.rng.pick(&["", " ", " ", " "]);
            self.put(text);
        }
    }

    fn flow_value(&mut self, column: usize, depth: usize, level: usize) {
        match self.rng.below(100) {
            0..10 if level < 3 => self.flow_map(column, depth, level + 1),
            10..22 if level < 3 => self.flow_list(column, depth, level + 1),
            22..26 if self.may.anchors && !self.anchors.is_empty() && self.aliases < 5 => {
                self.aliases += 1;
                let (name, _) = &self.anchors[self.rng.below(self.anchors.len())];
                let text = format!("*{name} ");
                self.put(&text);
            }
            _ => self.scalar(true),
        }
    }

    fn flow_map(&mut self, column: usize, depth: usize, level: usize) {
        self.put("{");
        let mut used = Vec::new();
        let count = self.rng.below(4);
        for number in 0..count {
            self.flow_space(column);
            self.key(&mut used, true);
            if !(self.may.empty_values && self.rng.chance(8)) {
                self.put(": ");
                self.flow_value(column, depth, level);
            }
            if number + 1 < count || self.rng.chance(10) {
                self.put(",");
            }
        }
        self.flow_space(column);
        self.put("}");
    }

    fn flow_list(&mut self, column: usize, depth: usize, level: usize) {
        self.put("[");
        let count = self.rng.below(5);
        for number in 0..count {
            self.flow_space(column);
            if self.may.odd_keys && self.rng.chance(6) {
                self.put("single: pair");
            } else {
                self.flow_value(column, depth, level);
            }
            if number + 1 < count || self.rng.chance(10) {
                self.put(",");
            }
        }
        self.flow_space(column);
        self.put("]");
    }

    /// A scalar over several lines without `|` or `>`.
    fn folded(&mut self, column: usize, in_list: bool) {
        let more = " ".repeat(column + self.rng.between(1, 4));
        let blank = if self.rng.chance(30) { "\n" } else { "" };
        let text = match self.rng.below(5) {
            0 | 1 => format!(" first line\n{more}second line\n{blank}{more}third"),
            2 => format!(" 'first line\n{more}it''s the second\n{blank}{more}'"),
            3 => format!(" \"first \\\n{more}second\\n\n{blank}{more}\\  third\""),
            _ => format!("\n{more}on the next line"),
        };
        self.put(&text);
        self.end_line(in_list);
    }

    fn block_scalar(&mut self, column: usize, in_list: bool) {
        self.blank();
        let anchor = self.properties(false);
        let base = column + self.rng.between(1, 4);
        let mut header = self.rng.pick(&["|", "|", ">", "|-", ">-", "|+", ">+"]).to_owned();
        let indicated = self.may.odd_blocks && self.rng.chance(25);
        if indicated {
            header.push_str(&(base - column).to_string());
        }
        self.put(&header);
        self.end_line(in_list);
        let pad = " ".repeat(base);
        let mut text = String::new();
        if self.may.odd_blocks && self.rng.chance(15) {
            text.push('\n');
        }
        if indicated {
            text.push_str(&format!("{pad}  indented first\n"));
        }
        for _ in 0..self.rng.between(1, 4) {
            match self.rng.below(if self.may.odd_blocks { 12 } else { 5 }) {
                0 => text.push_str(&format!("{pad}key: value\n")),
                1 => text.push_str(&format!("{pad}# no comment\n")),
                2 => text.push_str(&format!("{pad}line with é and 🔑\n")),
                5 => text.push_str(&format!("{pad}  more indented\n")),
                6 => text.push('\n'),
                7 => text.push_str(&format!("{pad}trailing blank \n")),
                8 if !text.is_empty() => text.push_str(&format!("{pad}\ttab\n")),
                9 => text.push_str(&format!("{pad}--- \n")),
                10 => text.push_str(&format!("{pad}a\n\n\n{pad}b\n")),
                11 => text.push_str(&format!("{pad}{}\n", "long ".repeat(30).trim_end())),
                _ => text.push_str(&format!("{pad}some text\n")),
            }
        }
        if self.may.odd_blocks && self.rng.chance(8) {
            text.clear(); // nothing at all
        }
        if self.may.odd_blocks && self.rng.chance(25) {
            text.push_str(self.rng.pick(&["\n", "\n\n"]));
        }
        self.put(&text);
        self.finish(anchor, Kind::Scalar);
        self.comment_limit = Some(column);
    }
}
