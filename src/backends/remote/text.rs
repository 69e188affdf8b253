//! What others send, made fit for a terminal.

/// A text without control characters and those that turn the direction of writing, at most `limit`
/// characters long. Line breaks stay if `lines` says so.
pub(super) fn printable(text: &str, limit: usize, lines: bool) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for (at, c) in text.chars().enumerate() {
        if at == limit {
            out.push('…');
            break;
        }
        let hides = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hides || (c.is_control() && !(lines && matches!(c, '\n' | '\t'))) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(printable("a\x1b[2Jb\n", 99, false), "a\\u{1b}[2Jb\\u{a}");
        assert_eq!(printable("a\nb\r", 99, true), "a\nb\\u{d}");
        assert_eq!(printable("a\u{202e}b", 99, true), "a\\u{202e}b");
        assert_eq!(printable("äöü", 2, true), "äö…");
    }
}
