//! Reading against what go-yaml makes of the same text.

use std::fmt::Write as _;

use super::node::{Comment, Kind, NodeId, ScalarStyle, Stream};
use super::parse::{parse_stream, parse_stream_token_by_token};
use crate::document::ParseError;
use crate::leaf::Span;
use proptest::prelude::*;

/// Cases made with go-yaml: see the head of the file.
const CASES: &str = include_str!("../../../testdata/yaml/read.txt");

#[test]
fn every_text_reads_as_go_yaml_reads_it() {
    let cases: Vec<&str> = CASES.split("\n\n").filter(|case| case.starts_with("text ")).collect();
    assert!(cases.len() > 900);
    for case in cases {
        let (text, expected) = case.split_once('\n').unwrap_or((case, ""));
        let source = unquoted(text.strip_prefix("text ").unwrap());
        check_spans(&source);
        let (short, long) = (parse_stream(&source), parse_stream_token_by_token(&source));
        assert_eq!(format!("{short:?}"), format!("{long:?}"), "{text}");
        let (tree, message) = split_message(expected);
        let dumped = dump(&source);
        let (found_tree, found_message) = split_message(&dumped);
        assert_eq!(found_tree, tree, "{text}");
        // We name no type of Go.
        let message = &message.replace("into map[string]interface {}", "into a map");
        assert!(
            found_message.contains(message.as_str()),
            "{text}\nexpected: {message}\nfound:    {found_message}"
        );
        assert_eq!(found_message.is_empty(), message.is_empty(), "{text}\nfound: {found_message}");
    }
}

/// Lines that make entries simple, nearly simple, or not simple at all.
const LINES: &[&str] = &[
    "a: b",
    "c: d",
    "key_1: a longer value, with: colons:and#signs",
    "g: x:",
    "h: x :y",
    "i: x #y",
    "j: 'x'",
    "k: 'x''y'",
    "l: \"x\"",
    "m: \"x\\n\"",
    "n: \"x",
    "  o: p",
    "  q: r",
    "    s: t",
    "u:",
    "v: # comment",
    "w: x # comment",
    "x:   y",
    "y: z  ",
    "aa:\tb",
    "bb: c\td",
    "cc: ü",
    "é: f",
    "dd: x\r",
    "ee: |",
    "ff: [g,",
    "hh: i]",
    "jj: {k: l}",
    "mm: &n o",
    "pp: *n",
    "<<: *n",
    "qq: -1",
    "rr: - s",
    "tt: ---",
    "\"uu\": v",
    "? ww",
    ": xx",
    "- yy: zz",
    "  - ab: bc",
    "- cd",
    "# comment",
    "  # deeper",
    "",
    "   ",
    "---",
    "...",
    "---: de",
    "text",
    "  text",
    "sops: x",
    "ef:: g",
    "gh :i",
    "ij : k",
    "kl: http://m.example/:n#o",
    "%no: p",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_short_way_leads_to_the_same_tree(
        lines in prop::collection::vec(prop_oneof![2 => 0..8_usize, 3 => 0..LINES.len()], 1..10),
        ended in any::<bool>(),
    ) {
        let mut source = lines.iter().map(|line| LINES[*line]).collect::<Vec<_>>().join("\n");
        if ended {
            source.push('\n');
        }
        let (short, long) = (parse_stream(source.as_bytes()), parse_stream_token_by_token(source.as_bytes()));
        prop_assert_eq!(format!("{short:?}"), format!("{long:?}"), "{:?}", source);
    }
}

/// Splits off the last line if it is a message.
fn split_message(dump: &str) -> (&str, &str) {
    let dump = dump.trim_end_matches('\n');
    let start = dump.rfind('\n').map_or(0, |at| at + 1);
    match &dump[start..] {
        last if last.starts_with("ERROR ") || last.starts_with("REFUSED ") => {
            (&dump[..start.saturating_sub(1)], last)
        }
        _ => (dump, ""),
    }
}

#[test]
fn errors_tell_where_the_trouble_is() {
    let cases = [
        ("a: b\n\tc: d\n", 2, 1),
        ("a: b\nc: 'd\n", 2, 4),
        ("a: b\nc: \"d\\q\"\n", 2, 6),
        ("a: b\nc: [d, e\nf: g\n", 3, 2),
        ("a: b\nc: *d\n", 2, 4),
        ("a: b\nc: !x!d e\n", 2, 4),
        ("a: b\nc\nd: e\n", 2, 1),
        ("a: b: c\n", 1, 5),
        ("a:\n  b: c\n d: e\n", 3, 2),
        ("é: @b\n", 1, 4),
        ("a: b\né: \u{1}\n", 2, 4),
        ("a: |\n \tb\n", 2, 2),
        ("a: 1\nb:\n  c: 2\n  \"c\": 3\n", 4, 3),
        ("a: 1\nb: !!int x\n", 2, 10),
        ("a: {[b]: c}\n", 1, 5),
        ("a: 1\n<<: [{}, 5]\n", 2, 10),
        ("a: &x [*x]\n", 1, 8),
        ("\u{FEFF}a: b: c\n", 1, 5),
        ("a: 1\n---\nb: @\n", 3, 4),
        ("\u{FEFF}\u{FEFF}a: b\n", 1, 1),
    ];
    for (source, line, column) in cases {
        let error = parse_stream(source.as_bytes())
            .and_then(|stream| super::check::check_first(&stream, source.as_bytes()))
            .unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{source:?}: {error}");
    }
}

#[test]
fn the_first_document_is_checked_before_the_others_are_parsed() {
    let source = b"a: 1\na: 2\n---\n[\n";
    let stream = parse_stream(source).unwrap();
    assert_eq!(stream.documents.len(), 1);
    assert_eq!(super::check::check_first(&stream, source).unwrap_err().line, 2);
    let source = b"a: 1\n---\n[\n";
    let stream = parse_stream(source).unwrap();
    assert_eq!(super::check::check_first(&stream, source).unwrap_err().line, 4);
    assert!(parse_stream(b"[\n").is_err());
}

#[test]
fn comments_without_a_node_are_reported() {
    let strays = |source: &str| -> Vec<String> {
        let strays = parse_stream(source.as_bytes()).unwrap().strays;
        strays.iter().map(|comment| source[comment.span.start..comment.span.end].to_owned()).collect()
    };
    assert_eq!(strays("a: [ # lost\n  b] # kept\n"), ["# lost"]);
    assert_eq!(strays("# one\n\n# two\n"), ["# one", "# two"]);
    assert_eq!(strays("%YAML 1.1 # version\n---\na: b\n"), ["# version"]);
    assert!(strays("# a\nb: c # d\n# e\n").is_empty());
}

#[test]
fn block_scalars_end_with_their_text() {
    let cases = [
        ("a: |\n  b\n  c\n\nd: e\n", "|\n  b\n  c"),
        ("a: |\n  b", "|\n  b"),
        ("a: |-\n  b\r\n\r\nd: e\n", "|-\n  b"),
        ("a: |+\n  b\n\n\nd: e\n", "|+\n  b\n\n"),
        ("a: |+\n  b\n", "|+\n  b"),
        ("a: |+\n  b", "|+\n  b"),
        ("a: |+\n\n\nd: e\n", "|+\n\n"),
        ("a: >-2 # c\n    b\nd: e\n", ">-2 # c\n    b"),
        ("a: |- # c\nd: e\n", "|-"),
        ("a: |  \n\n\nd: e\n", "|"),
        ("a: |2-\n  b\n # c\nd: e\n", "|2-\n  b"),
    ];
    for (source, expected) in cases {
        let stream = parse_stream(source.as_bytes()).unwrap();
        let Kind::Map { pairs, .. } = &stream.nodes[stream.documents[0].root].kind else {
            panic!("{source:?}")
        };
        let span = stream.nodes[pairs[0].1].span;
        assert_eq!(&source[span.start..span.end], expected, "{source:?}");
    }
}

#[test]
fn absent_values_stand_behind_their_colon_or_key() {
    for source in
        ["a:^\nb: c\n", "a: {b:^ }\n", "a: {b^ , c: d}\n", "? a^\n# c\n", "a: &x^\n", "-^\n", "a: [b:^ ]\n"]
    {
        let at = source.find('^').unwrap();
        let source = source.replace('^', "");
        let stream = parse_stream(source.as_bytes()).unwrap();
        let absent = stream.nodes.iter().find(|node| {
            matches!(node.kind, Kind::Scalar { style: ScalarStyle::Plain, .. }) && node.span.is_empty()
        });
        assert_eq!(absent.unwrap().span, Span::at(at), "{source:?}");
    }
}

/// Neither nesting nor repetition that input asks for may end the program.
#[test]
fn nesting_and_repetition_have_limits() {
    let refused = |source: String| {
        let stream = parse_stream(source.as_bytes());
        stream.and_then(|stream| super::check::check_first(&stream, source.as_bytes())).unwrap_err().problem
    };
    assert_eq!(refused("[".repeat(100_000)), "exceeded max depth of 10000");
    assert_eq!(refused("{a: ".repeat(100_000)), "exceeded max depth of 10000");
    assert_eq!(refused("- ".repeat(100_000)), "exceeded max depth of 10000");
    assert_eq!(refused("? ".repeat(100_000)), "exceeded max depth of 10000");

    let deepest = format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let stream = parse_stream(deepest.as_bytes()).unwrap();
    assert!(super::check::check_first(&stream, deepest.as_bytes()).is_ok());

    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(laughs, "a{level}: &a{level} [{below}]");
    }
    assert_eq!(refused(laughs), "document contains excessive aliasing");
}

fn unquoted(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap().as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'\\', [b'n', tail @ ..]) => {
                out.push(b'\n');
                tail
            }
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
                out.push(digit(*high) << 4 | digit(*low));
                tail
            }
            _ => {
                out.push(*first);
                tail
            }
        };
    }
    out
}

/// Prints a stream as one line per node: kind, style, tag, text, anchor, line and column,
/// head (H), inline (L) and foot (F) comment.
pub(super) fn dump(source: &[u8]) -> String {
    let mut out = String::new();
    let stream = match parse_stream(source) {
        Ok(stream) => stream,
        Err(error) => return format!("ERROR {}\n", error.problem),
    };
    if let Some(error) = &stream.error {
        return format!("ERROR {}\n", error.problem);
    }
    for document in &stream.documents {
        out.push_str("doc - - \"\" ");
        comments(&mut out, source, [&document.head, &Vec::new(), &document.foot]);
        dump_node(&mut out, &stream, source, document.root);
    }
    if let Err(ParseError { problem, .. }) = super::check::check_first(&stream, source) {
        let _ = writeln!(out, "REFUSED {problem}");
    }
    out
}

fn dump_node(out: &mut String, stream: &Stream, source: &[u8], root: NodeId) {
    let mut stack = vec![(root, 1)];
    while let Some((id, depth)) = stack.pop() {
        let node = &stream.nodes[id];
        let mut text = stream.text(id, source).to_owned();
        let (kind, style) = match &node.kind {
            Kind::Scalar { style, .. } => {
                let style = match style {
                    ScalarStyle::Plain => "-",
                    ScalarStyle::SingleQuoted => "single",
                    ScalarStyle::DoubleQuoted => "double",
                    ScalarStyle::Literal => "literal",
                    ScalarStyle::Folded => "folded",
                };
                ("scalar", style)
            }
            Kind::Map { flow, pairs } => {
                stack.extend(
                    pairs.iter().rev().flat_map(|(key, value)| [(*value, depth + 1), (*key, depth + 1)]),
                );
                ("map", if *flow { "flow" } else { "-" })
            }
            Kind::List { flow, items, .. } => {
                stack.extend(items.iter().rev().map(|item| (*item, depth + 1)));
                ("list", if *flow { "flow" } else { "-" })
            }
            Kind::Alias { target } => {
                let (line, column) = start_of(stream, source, *target);
                text = format!("{line}:{column}");
                ("alias", "-")
            }
        };
        let tag = node.tag.as_ref().map_or("-", |tag| if tag.name == "!" { "-" } else { &tag.name });
        let anchor = node.anchor.map_or("", |span| std::str::from_utf8(&span.of(source)[1..]).unwrap());
        let _ = write!(out, "{}{kind} {style} {tag} {} {anchor}", " ".repeat(depth), quoted(&text));
        if !(kind == "scalar" && style == "-" && text.is_empty()) {
            let (line, column) = start_of(stream, source, id);
            let _ = write!(out, " @{line}:{column}");
        }
        comments(out, source, [&node.head[..], &node.inline[..], &node.foot[..]]);
    }
}

/// Where go-yaml says a node starts: at its anchor or tag, if it has any.
fn start_of(stream: &Stream, source: &[u8], id: NodeId) -> (usize, usize) {
    let node = &stream.nodes[id];
    let properties = [node.anchor, node.tag.as_ref().map(|tag| tag.span)];
    match properties.into_iter().flatten().map(|span| span.start).min() {
        None => (node.line() + 1, node.column() + 1),
        Some(at) => position(source, at),
    }
}

fn position(source: &[u8], at: usize) -> (usize, usize) {
    let before = std::str::from_utf8(&source[..at]).unwrap().trim_start_matches('\u{FEFF}');
    let before = before.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().chars().count() + 1)
}

fn comments(out: &mut String, source: &[u8], lists: [&[Comment]; 3]) {
    for (letter, list) in ["H", "L", "F"].into_iter().zip(lists) {
        if !list.is_empty() {
            let lines: Vec<_> =
                list.iter().map(|comment| std::str::from_utf8(comment.span.of(source)).unwrap()).collect();
            let _ = write!(out, " {letter}{}", quoted(&lines.join("\n")));
        }
    }
    out.push('\n');
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'\n' => out.push_str("\\n"),
            b' '..=b'~' if !matches!(byte, b'"' | b'\\') => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out + "\""
}

/// Checks that every span is what its documentation says.
pub(super) fn check_spans(source: &[u8]) {
    let Ok(stream) = parse_stream(source) else { return };
    for document in &stream.documents {
        assert!(document.start_marker.is_none_or(|span| span.of(source) == b"---"));
        assert!(document.end_marker.is_none_or(|span| span.of(source) == b"..."));
        document.head.iter().chain(&document.foot).for_each(|comment| check_comment(source, *comment));
        check_node_spans(&stream, source, document.root);
    }
    stream.strays.iter().for_each(|comment| check_comment(source, *comment));
    check_all_comments_once(&stream);
}

fn check_all_comments_once(stream: &Stream) {
    let mut starts: Vec<usize> = stream.strays.iter().map(|comment| comment.span.start).collect();
    for document in &stream.documents {
        starts.extend(document.head.iter().chain(&document.foot).map(|comment| comment.span.start));
    }
    for node in &stream.nodes {
        let comments = node.head.iter().chain(&node.inline).chain(&node.foot);
        starts.extend(comments.map(|comment| comment.span.start));
    }
    let count = starts.len();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), count, "a comment hangs on two nodes");
}

fn check_comment(source: &[u8], comment: Comment) {
    let Span { start, end } = comment.span;
    assert_eq!(source[start], b'#');
    assert!(!ends_line(&source[start..end]), "a comment has a line break in it");
    assert!(end == source.len() || ends_line(&source[start..source.len().min(end + 3)]));
}

/// Whether there is a line break in the text.
fn ends_line(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

fn check_node_spans(stream: &Stream, source: &[u8], root: NodeId) {
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        let node = &stream.nodes[id];
        let bytes = node.span.of(source);
        let (first, last) = (bytes.first().copied(), bytes.last().copied());
        assert!(node.anchor.is_none_or(|span| span.of(source)[0] == b'&' && span.end <= node.span.start));
        assert!(node.tag.as_ref().is_none_or(|tag| tag.span.of(source)[0] == b'!'));
        if !bytes.is_empty() {
            assert_eq!(position(source, node.span.start), (node.line() + 1, node.column() + 1));
        }
        let before = stack.len();
        match &node.kind {
            Kind::Scalar { style: ScalarStyle::Plain, text } => {
                assert!(text.is_some() || !ends_line(bytes), "{:?}", String::from_utf8_lossy(bytes));
                assert!(!matches!(first, Some(b' ' | b'\t')) && !matches!(last, Some(b' ' | b'\t')));
            }
            Kind::Scalar { style: ScalarStyle::SingleQuoted, .. } => {
                assert_eq!((first, last), (Some(b'\''), Some(b'\'')));
            }
            Kind::Scalar { style: ScalarStyle::DoubleQuoted, .. } => {
                assert_eq!((first, last), (Some(b'"'), Some(b'"')));
            }
            Kind::Scalar { style, text } => {
                assert_eq!(first, Some(if *style == ScalarStyle::Literal { b'|' } else { b'>' }));
                let header =
                    bytes.split(|byte| !matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9')).next();
                let keep = header.is_some_and(|header| header.contains(&b'+'));
                let text = text.as_deref().unwrap();
                assert!(keep || !ends_line(&bytes[bytes.len().saturating_sub(1)..]));
                assert!(!text.is_empty() || header == Some(bytes));
            }
            Kind::Alias { target } => {
                assert_eq!(first, Some(b'*'));
                assert_eq!(stream.nodes[*target].anchor.unwrap().of(source)[1..], bytes[1..]);
            }
            Kind::Map { flow, pairs } => {
                assert!(!flow || pairs.len() == 1 || (first, last) == (Some(b'{'), Some(b'}')));
                stack.extend(pairs.iter().flat_map(|(key, value)| [*key, *value]));
            }
            Kind::List { flow, items } => {
                assert!(!flow || (first, last) == (Some(b'['), Some(b']')));
                assert_eq!(node.dashes.len(), if *flow { 0 } else { items.len() });
                for (dash, item) in node.dashes.iter().zip(items) {
                    assert_eq!(dash.of(source), b"-");
                    assert!(dash.end <= stream.nodes[*item].span.start);
                }
                stack.extend(items);
            }
        }
        let mut from = node.span.start;
        for &child in &stack[before..] {
            let child = &stream.nodes[child];
            let start = child.anchor.map_or(child.span.start, |anchor| anchor.start);
            let start = child.tag.as_ref().map_or(start, |tag| tag.span.start.min(start));
            assert!(
                from <= start && child.span.end <= node.span.end,
                "{from} {start} {:?} {:?}",
                child.span,
                node.span
            );
            from = child.span.end;
        }
    }
}
