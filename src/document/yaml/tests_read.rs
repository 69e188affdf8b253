//! Reading against what go-yaml makes of the same text.

use std::fmt::Write as _;

use super::node::{Comment, Kind, NodeId, ScalarStyle, Stream};
use super::parse::parse_stream;
use crate::document::ParseError;

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
