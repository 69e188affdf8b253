//! From the `path_regex` of a creation rule to patterns of git attributes.
//!
//! Only what a pattern can say is translated: letters, `.`, `.*`, `[^/]*`, classes, `?`, groups of
//! alternatives, `^` and `$`. A pattern may cover more files than the rule (a driver passes on what is not
//! encrypted), never fewer; but a dot in front of a letter or digit is taken for the dot that is meant.

/// How many patterns one rule may come to.
const MOST: usize = 32;

/// A piece of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Text as a pattern has it: one character, `?` or a class.
    One(String),
    /// Anything within a folder's or file's name.
    Within,
    /// Anything, also several folders.
    Anything,
}

/// The patterns for a `path_regex`; nothing if it says what patterns cannot. `folder` is where the paths
/// start, below the top of the work tree: empty, or with a `/` at its end.
pub(super) fn of_regex(regex: &str, folder: &str) -> Option<Vec<String>> {
    let mut patterns = Vec::new();
    for branch in split_alternatives(regex)? {
        let start = branch.strip_prefix('^');
        let rest = start.unwrap_or(&branch);
        let (body, end) = match rest.strip_suffix('$') {
            Some(body) if !body.ends_with('\\') => (body, true),
            _ => (rest, false),
        };
        for mut pieces in expand(body)? {
            if start.is_none() && pieces.first() != Some(&Piece::Anything) {
                pieces.insert(0, Piece::Anything);
            }
            if !end && pieces.last() != Some(&Piece::Anything) {
                pieces.push(Piece::Anything);
            }
            for pattern in render(&pieces, folder) {
                if !patterns.contains(&pattern) {
                    patterns.push(pattern);
                }
            }
            if patterns.len() > MOST {
                return None;
            }
        }
    }
    // All files there are: nobody means that.
    (!patterns.iter().any(|pattern| matches!(pattern.as_str(), "*" | "**"))).then_some(patterns)
}

/// The alternatives of a text outside of its groups.
fn split_alternatives(text: &str) -> Option<Vec<String>> {
    let mut all = vec![String::new()];
    let (mut depth, mut class) = (0_usize, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let last = all.last_mut()?;
                last.push(c);
                last.push(chars.next()?);
                continue;
            }
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth = depth.checked_sub(1)?,
            '|' if !class && depth == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        all.last_mut()?.push(c);
    }
    (depth == 0 && !class).then_some(all)
}

/// All that a text without alternatives at its top can stand for.
fn expand(text: &str) -> Option<Vec<Vec<Piece>>> {
    let chars: Vec<char> = text.chars().collect();
    let mut all: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut at = 0;
    while at < chars.len() {
        let (choices, next) = atom(&chars, at)?;
        let (choices, next) = match chars.get(next) {
            Some('?') => ([choices, vec![Vec::new()]].concat(), next + 1),
            Some('*' | '+') => match &choices[..] {
                [one] => match &one[..] {
                    [Piece::One(text)] if text == "ANY" => (vec![vec![Piece::Anything]], next + 1),
                    [Piece::One(text)] if text == "?" => (vec![vec![Piece::Within]], next + 1),
                    _ => return None,
                },
                _ => return None,
            },
            Some('{') => return None,
            _ => (choices, next),
        };
        if all.len() * choices.len() > MOST {
            return None;
        }
        all = all
            .iter()
            .flat_map(|start| choices.iter().map(move |choice| [start.clone(), choice.clone()].concat()))
            .collect();
        at = next;
    }
    for pieces in &mut all {
        dots(pieces);
    }
    Some(all)
}

/// A dot that was not escaped: `.yaml` means the dot, elsewhere it is any character.
fn dots(pieces: &mut [Piece]) {
    for at in 0..pieces.len() {
        let before_word = pieces.get(at + 1).is_some_and(|next| {
            matches!(next, Piece::One(text) if text.chars().all(|c| c.is_ascii_alphanumeric()) && text != "ANY")
        });
        if pieces[at] == Piece::One("ANY".to_owned()) {
            pieces[at] = Piece::One(if before_word { "." } else { "?" }.to_owned());
        }
    }
}

/// What one atom can stand for, and where the next one begins. A dot is `ANY` for now.
fn atom(chars: &[char], at: usize) -> Option<(Vec<Vec<Piece>>, usize)> {
    let one = |text: String| vec![vec![Piece::One(text)]];
    match chars[at] {
        '(' => {
            let mut depth = 0_usize;
            let close = (at..chars.len()).find(|&i| {
                let escaped = i > 0 && chars[i - 1] == '\\';
                match chars[i] {
                    '(' if !escaped => depth += 1,
                    ')' if !escaped => depth -= 1,
                    _ => {}
                }
                depth == 0
            })?;
            let inner: String = chars[at + 1..close].iter().collect();
            let inner = inner.strip_prefix("?:").unwrap_or(&inner);
            if inner.starts_with('?') || inner.contains(['^', '$', '(']) {
                return None;
            }
            let mut choices = Vec::new();
            for branch in split_alternatives(inner)? {
                choices.extend(expand(&branch)?);
            }
            Some((choices, close + 1))
        }
        '[' => {
            let close = (at + 1..chars.len()).find(|&i| chars[i] == ']' && i > at + 1)?;
            let inner: String = chars[at + 1..close].iter().collect();
            let text = match inner.as_str() {
                "^/" | "^\\/" => "?".to_owned(),
                inner if inner.contains(['\\', '[', '/']) => return None,
                inner => match inner.strip_prefix('^') {
                    Some(rest) => format!("[!{rest}]"),
                    None => format!("[{inner}]"),
                },
            };
            Some((one(text), close + 1))
        }
        '\\' => match *chars.get(at + 1)? {
            'd' => Some((one("[0-9]".to_owned()), at + 2)),
            c if c.is_ascii_alphanumeric() => None,
            c => Some((one(literal(c)), at + 2)),
        },
        '.' => Some((one("ANY".to_owned()), at + 1)),
        '^' | '$' | '*' | '+' | '?' | '{' | '|' | ')' => None,
        c => Some((one(literal(c)), at + 1)),
    }
}

fn literal(c: char) -> String {
    if matches!(c, '*' | '?' | '[' | '\\') { format!("\\{c}") } else { c.to_string() }
}

/// The patterns for the pieces of a path.
fn render(pieces: &[Piece], folder: &str) -> Vec<String> {
    let slash = |piece: &Piece| matches!(piece, Piece::One(text) if text == "/");
    // A name alone is looked for in every folder.
    if let [Piece::Anything, rest @ ..] = pieces
        && folder.is_empty()
        && !rest.iter().any(|piece| slash(piece) || *piece == Piece::Anything)
    {
        return vec![format!("*{}", plain(rest))];
    }
    let mut all = vec![format!("/{folder}")];
    for (number, piece) in pieces.iter().enumerate() {
        let last = number + 1 == pieces.len();
        let before_slash = pieces.get(number + 1).is_some_and(slash);
        all = all
            .into_iter()
            .flat_map(|start| match piece {
                Piece::One(text) if text == "/" && start.ends_with("**/") => vec![start],
                Piece::One(text) => vec![format!("{start}{text}")],
                Piece::Within => vec![format!("{start}*")],
                Piece::Anything => match (start.ends_with('/'), last, before_slash) {
                    (true, true, _) => vec![format!("{start}**")],
                    (true, false, true) => vec![format!("{start}**/")],
                    (true, false, false) => vec![format!("{start}**/*")],
                    (false, true, _) => vec![format!("{start}*"), format!("{start}*/**")],
                    (false, false, true) => vec![format!("{start}*/**/")],
                    (false, false, false) => vec![format!("{start}*"), format!("{start}*/**/*")],
                },
            })
            .collect();
    }
    all
}

fn plain(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::One(text) => text.as_str(),
            Piece::Within | Piece::Anything => "*",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rules_usually_say() {
        for (regex, folder, expected) in [
            (r"\.yaml$", "", Some("*.yaml")),
            (r".*\.enc\.ya?ml$", "", Some("*.enc.yaml *.enc.yml")),
            (r"secrets\.(yaml|json)$", "", Some("*secrets.yaml *secrets.json")),
            (r"^secrets/.*\.yaml$", "", Some("/secrets/**/*.yaml")),
            (r"^secrets/[^/]+\.yaml$", "", Some("/secrets/*.yaml")),
            (r"secrets/", "", Some("/**/*secrets/**")),
            (r"^prod/", "", Some("/prod/**")),
            (r"^prod", "", Some("/prod* /prod*/**")),
            (r"(^|/)secrets/", "", None),
            (r".*/secrets/.*", "", Some("/**/secrets/**")),
            (r"\.env$|^k8s/x\.json$", "", Some("*.env /k8s/x.json")),
            (r"\.yaml$", "sub/", Some("/sub/**/*.yaml")),
            (r".yaml", "", Some("/**/*.yaml* /**/*.yaml*/**")),
            (r"v\d\.ini$", "", Some("*v[0-9].ini")),
            (r".*", "", None),
            (r"", "", None),
            (r"(?i)x", "", None),
            (r"a{2}", "", None),
            (r"\w+", "", None),
            (r"x+$", "", None),
            (r"(", "", None),
            (r"\", "", None),
        ] {
            let found = of_regex(regex, folder).map(|patterns| patterns.join(" "));
            assert_eq!(found.as_deref(), expected, "{regex}");
        }
    }
}
