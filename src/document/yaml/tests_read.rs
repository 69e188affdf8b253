//! Reading against what go-yaml makes of the same text.

use std::fmt::Write as _;

use super::node::{Comment, Kind, NodeId, ScalarStyle, Stream};
use super::parse::parse_stream;
use crate::document::ParseError;
use crate::leaf::Span;

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
        comments(out, source, [&node.head, &node.inline, &node.foot]);
    }
}

/// Where go-yaml says a node starts: at its anchor or tag, if it has any.
fn start_of(stream: &Stream, source: &[u8], id: NodeId) -> (usize, usize) {
    let node = &stream.nodes[id];
    let properties = [node.anchor, node.tag.as_ref().map(|tag| tag.span)];
    match properties.into_iter().flatten().map(|span| span.start).min() {
        None => (node.line + 1, node.column + 1),
        Some(at) => position(source, at),
    }
}

fn position(source: &[u8], at: usize) -> (usize, usize) {
    let before = std::str::from_utf8(&source[..at]).unwrap().trim_start_matches('\u{FEFF}');
    let before = before.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().chars().count() + 1)
}

fn comments(out: &mut String, source: &[u8], lists: [&Vec<Comment>; 3]) {
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
            assert_eq!(position(source, node.span.start), (node.line + 1, node.column + 1));
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
                let header = bytes.split(|byte| !matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9')).next();
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
            Kind::List { flow, items, dashes } => {
                assert!(!flow || (first, last) == (Some(b'['), Some(b']')));
                assert_eq!(dashes.len(), if *flow { 0 } else { items.len() });
                for (dash, item) in dashes.iter().zip(items) {
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
            assert!(from <= start && child.span.end <= node.span.end, "{from} {start} {:?} {:?}", child.span, node.span);
            from = child.span.end;
        }
    }
}
