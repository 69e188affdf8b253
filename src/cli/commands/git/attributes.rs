//! Our lines in a file of git attributes, between two comments; all else in it is someone else's.

const BEGIN: &str = "# sops: begin (written by `sops git install`, removed by `sops git uninstall`)";
/// The same where the file had no line end before us: it gets back what it had.
const BEGIN_OPEN: &str =
    "# sops: begin (written by `sops git install`, removed by `sops git uninstall`; no line end above)";
/// The same where the file was there, with nothing in it.
const BEGIN_EMPTY: &str =
    "# sops: begin (written by `sops git install`, removed by `sops git uninstall`; the file stays)";
const END: &str = "# sops: end";

/// The attributes that a file with one of these patterns gets.
pub(super) fn lines(patterns: &[String], with_filter: bool) -> Vec<String> {
    let filter = if with_filter { " filter=sops" } else { "" };
    patterns.iter().map(|pattern| format!("{} diff=sops merge=sops{filter}", quoted(pattern))).collect()
}

/// A pattern as it stands in the file: in quotes where it would be read as something else.
fn quoted(pattern: &str) -> String {
    let plain = !pattern.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"')
        && !pattern.starts_with(['#', '!', '[']);
    if plain {
        return pattern.to_owned();
    }
    let mut out = String::from("\"");
    for c in pattern.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Our lines in a file, if there are any.
pub(super) fn ours(text: &[u8]) -> Option<Vec<String>> {
    let (_, block, _) = parts(text)?;
    let block = String::from_utf8_lossy(block).into_owned();
    let inner = block.lines().filter(|line| !line.starts_with("# sops: "));
    Some(inner.map(str::to_owned).collect())
}

/// The file with these lines as ours; `text` is what was there, if it was there.
pub(super) fn with(text: Option<&[u8]>, lines: &[String]) -> Vec<u8> {
    let (before, begin, after) = match (text.and_then(parts), text) {
        (Some((before, block, after)), _) => (before, begin_of(block), after),
        (None, None) => (&b""[..], BEGIN, &b""[..]),
        (None, Some([])) => (&b""[..], BEGIN_EMPTY, &b""[..]),
        (None, Some(all)) => (all, if all.ends_with(b"\n") { BEGIN } else { BEGIN_OPEN }, &b""[..]),
    };
    let mut out = before.to_vec();
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    for line in [begin].into_iter().chain(lines.iter().map(String::as_str)).chain([END]) {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(after);
    out
}

/// The file without our lines; nothing if it was not there before them.
pub(super) fn without(text: &[u8]) -> Option<Vec<u8>> {
    let Some((before, block, after)) = parts(text) else { return Some(text.to_vec()) };
    let begin = begin_of(block);
    let open = begin == BEGIN_OPEN && after.is_empty();
    let before = if open { before.strip_suffix(b"\n").unwrap_or(before) } else { before };
    let left = [before, after].concat();
    (!left.is_empty() || begin == BEGIN_EMPTY).then_some(left)
}

/// The line that our lines begin with.
fn begin_of(block: &[u8]) -> &'static str {
    [BEGIN_OPEN, BEGIN_EMPTY].into_iter().find(|begin| block.starts_with(begin.as_bytes())).unwrap_or(BEGIN)
}

/// What is before our lines, they, and what is behind them.
fn parts(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut at = 0;
    let mut begin = None;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        let end = at + line.len();
        match begin {
            None if [BEGIN, BEGIN_OPEN, BEGIN_EMPTY].iter().any(|line| bare == line.as_bytes()) => {
                begin = Some(at)
            }
            Some(begin) if bare == END.as_bytes() => {
                return Some((&text[..begin], &text[begin..end], &text[end..]));
            }
            _ => {}
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_others_stay_byte_for_byte() {
        let lines = lines(&["*.yaml".to_owned()], false);
        for others in ["", "*.png binary\n", "*.png binary", "a b\r\n\r\n", "# x\n\n\n"] {
            let with_ours = with(Some(others.as_bytes()), &lines);
            assert_eq!(ours(&with_ours), Some(vec!["*.yaml diff=sops merge=sops".to_owned()]));
            assert_eq!(with(Some(&with_ours), &lines), with_ours, "{others:?}");
            assert_eq!(without(&with_ours).as_deref(), Some(others.as_bytes()), "{others:?}");
            let more = [with_ours, b"*.jpg binary\n".to_vec()].concat();
            let changed = with(Some(&more), &super::lines(&["x y".to_owned()], true));
            assert_eq!(ours(&changed), Some(vec!["\"x y\" diff=sops merge=sops filter=sops".to_owned()]));
            let line_end = if others.is_empty() || others.ends_with('\n') { "" } else { "\n" };
            let left = format!("{others}{line_end}*.jpg binary\n");
            assert_eq!(without(&changed).as_deref(), Some(left.as_bytes()));
        }
        assert_eq!(without(&with(None, &lines)), None);
    }
}
