//! The dialect of npm's dotenv, oddities included: an assignment may go on over line ends, what is no
//! assignment is passed over. Facts: its README, and what version 18 made of the files in
//! `testdata/dotenv/dialects.json`.

use zeroize::Zeroizing;

/// Assignments in the order of the file.
pub(super) fn read(source: &[u8]) -> super::Entries {
    let text = Zeroizing::new(String::from_utf8_lossy(source).replace("\r\n", "\n"));
    let text = Zeroizing::new(text.replace('\r', "\n"));
    let mut entries = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match assignment(&text, at) {
            Some((name, value, end)) => {
                entries.push((name.as_bytes().to_vec(), value.into_bytes()));
                at = next_line(&text, end);
            }
            // Blank lines in front of it belong to it: it is looked at once.
            None => at = next_line(&text, text.len() - behind_blanks(&text[at..]).len()),
        }
    }
    entries
}

/// The start of the line behind the one that `at` is in.
fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length + 1)
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{feff}'
}

/// The rest of a text behind blanks and line ends.
fn behind_blanks(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// The name at the start of a text and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    (!name.is_empty()).then_some((name, rest))
}

/// The rest behind what stands between name and value.
fn separator(rest: &str) -> Option<&str> {
    if let Some(rest) = behind_blanks(rest).strip_prefix('=') {
        return Some(rest);
    }
    let rest = rest.strip_prefix(':')?;
    let first = rest.chars().next().filter(|first| is_blank(*first))?;
    Some(&rest[first.len_utf8()..])
}

/// The assignment in a line: its name, its value, and a place in its last line.
fn assignment(text: &str, start: usize) -> Option<(&str, String, usize)> {
    let line = behind_blanks(&text[start..]);
    let exported = line.strip_prefix("export").filter(|rest| rest.starts_with(is_blank)).map(behind_blanks);
    let of = |text| name(text).and_then(|(name, rest)| Some((name, separator(rest)?)));
    let (name, rest) = exported.and_then(of).or_else(|| of(line))?;
    let place = |rest: &str| text.len() - rest.len();
    if let Some((value, rest)) = quoted(behind_blanks(rest)) {
        return Some((name, meant(value), place(rest)));
    }
    let end = rest.find(['#', '\n']).unwrap_or(rest.len());
    Some((name, meant(rest[..end].trim_matches(is_blank)), place(&rest[end..])))
}

/// A value in quotes, with them, and the rest behind it. A quote closes if nothing but a comment follows in
/// its line; one behind a backslash only where none else does.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'))?;
    let mut escaped = None;
    let closes = |at: usize| {
        // Not to the end of the line: it may have many quotes.
        let rest = text[at + 1..].trim_start_matches(|letter| letter != '\n' && is_blank(letter));
        rest.is_empty() || rest.starts_with(['\n', '#'])
    };
    for (at, _) in text.match_indices(quote).skip(1) {
        if text.as_bytes()[at - 1] != b'\\' {
            if closes(at) {
                return Some(text.split_at(at + 1));
            }
            break;
        }
        if closes(at) {
            escaped = Some(at);
        }
    }
    escaped.map(|at| text.split_at(at + 1))
}

/// What a value means: without its quotes, and in double ones with line ends for `\n`.
fn meant(value: &str) -> String {
    let quote = value.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'));
    let Some(quote) = quote else { return value.to_owned() };
    let inner = value[1..].strip_suffix(quote).unwrap_or(value);
    if quote == '"' { inner.replace("\\n", "\n").replace("\\r", "\r") } else { inner.to_owned() }
}

/// A spelling of a value that is read as that value. There is none for every text: no quote can be escaped.
pub(super) fn spelling(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(&byte);
    if value.iter().all(|byte| plain(*byte)) {
        return Some(value.to_vec());
    }
    for quote in ['\'', '`'] {
        if !text.contains([quote, '\r']) && !text.ends_with('\\') {
            return Some(format!("{quote}{text}{quote}").into_bytes());
        }
    }
    let double = !text.contains(['"', '\\']);
    double.then(|| format!("\"{}\"", text.replace('\r', "\\r")).into_bytes())
}
