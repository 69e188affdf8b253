//! Whether one `path_regex` leaves nothing for another that stands below it.
//!
//! That is decided only for what can be read off the text: a rule that matches everything, the same text
//! twice, and a first rule that is literal text, perhaps held at one end (`\.yaml$`), which the second one
//! holds too (`^prod/.*\.yaml$`). A "no" means "not known".

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Start,
    End,
    Letter(char),
    /// `.*`
    Anything,
    Other,
}

/// A pattern that compiles, as far as its text can be read here.
pub(super) struct Shape<'a> {
    text: &'a str,
    tokens: Option<Vec<Token>>,
    /// What a path must hold, if it is that alone.
    needed: Option<Vec<Token>>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let tokens = tokens(text);
        let needed = tokens.as_deref().and_then(literal);
        Self { text, tokens, needed }
    }

    /// Whether it matches every path there is. No path is empty.
    pub(super) fn is_catch_all(&self) -> bool {
        matches!(self.text, "" | "." | ".+" | "^." | "^.+" | ".+$" | "^.+$" | ".$" | ".*?")
            || self.needed.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether every path that `later` matches is matched by this one.
    pub(super) fn covers(&self, later: &Self) -> bool {
        if self.text == later.text || self.is_catch_all() {
            return true;
        }
        let (Some(needed), Some(second)) = (&self.needed, &later.tokens) else { return false };
        match (needed.first(), needed.last()) {
            (Some(Token::Start), Some(Token::End)) => second == needed,
            (Some(Token::Start), _) => second.starts_with(needed),
            (_, Some(Token::End)) => second.ends_with(needed),
            _ => second.windows(needed.len()).any(|part| part == needed),
        }
    }
}

/// What a path must hold for a pattern of literal text: its letters, with the ends that they are held at.
fn literal(tokens: &[Token]) -> Option<Vec<Token>> {
    let mut needed = tokens;
    // `^.*` and `.*$` hold at no end; `^` and `$` alone are always true.
    if let [Token::Start, rest @ ..] = needed
        && matches!(rest, [] | [Token::Anything | Token::End, ..])
    {
        needed = rest;
    }
    while let [Token::Anything, rest @ ..] = needed {
        needed = rest;
    }
    if let [rest @ .., Token::End] = needed
        && matches!(rest, [] | [.., Token::Anything])
    {
        needed = rest;
    }
    while let [rest @ .., Token::Anything] = needed {
        needed = rest;
    }
    let inner = needed.strip_prefix(&[Token::Start]).unwrap_or(needed);
    let inner = inner.strip_suffix(&[Token::End]).unwrap_or(inner);
    let plain = inner.iter().all(|token| matches!(token, Token::Letter(_)));
    // `^$` is for no path at all.
    (plain && !(inner.is_empty() && tokens == [Token::Start, Token::End])).then(|| needed.to_vec())
}

/// The pieces of a pattern that is one sequence; nothing for alternatives and flags.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    if pattern.contains("(?") || pattern.contains("\\Q") {
        return None;
    }
    let letters: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        let token = match letter {
            '^' => Token::Start,
            '$' => Token::End,
            '|' => return None,
            '.' if letters.get(at) == Some(&'*') && letters.get(at + 1) != Some(&'?') => {
                at += 1;
                tokens.push(Token::Anything);
                continue;
            }
            '\\' => {
                let escaped = *letters.get(at)?;
                at += 1;
                if escaped.is_ascii_alphanumeric() {
                    // What follows `\x` or `\p` may be part of it.
                    if !matches!(escaped, 'd' | 'D' | 's' | 'S' | 'w' | 'W') {
                        return None;
                    }
                    Token::Other
                } else {
                    Token::Letter(escaped)
                }
            }
            '(' | '[' => {
                at = behind(&letters, at, letter)?;
                Token::Other
            }
            '.' | ')' => Token::Other,
            letter => Token::Letter(letter),
        };
        let repeated = matches!(letters.get(at), Some('*' | '+' | '?' | '{'));
        if repeated {
            at += 1;
            if letters[at - 1] == '{' {
                at += letters[at..].iter().position(|&c| c == '}')? + 1;
            }
            if letters.get(at) == Some(&'?') {
                at += 1;
            }
        }
        tokens.push(if repeated { Token::Other } else { token });
    }
    Some(tokens)
}

/// The place behind a group or a class whose opening bracket stands before `at`.
fn behind(letters: &[char], mut at: usize, open: char) -> Option<usize> {
    let (mut depth, mut class) = (usize::from(open == '('), open == '[');
    let mut fresh = class;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        match letter {
            '\\' => at += 1,
            '^' if fresh => continue,
            ']' if class && !fresh => class = false,
            '[' if !class => {
                (class, fresh) = (true, true);
                continue;
            }
            '(' if !class => depth += 1,
            ')' if !class => depth -= 1,
            _ => {}
        }
        fresh = false;
        if depth == 0 && !class {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn what_is_left_for_the_second_rule() {
        for (earlier, later, want) in [
            (r"\.yaml$", r"^prod/.*\.yaml$", true),
            (r"\.yaml$", r"^prod/.*\.ya?ml$", false),
            (r"\.yaml$", r"^prod/", false),
            (r"^secrets/", r"^secrets/prod/.*", true),
            (r"^secrets/.*", r"^secrets/[a-z]+\.json$", true),
            (r"^secrets/", r"secrets/", false),
            (r"^secrets/", r"^(secrets/)?x", false),
            (r"prod", r"^a/(x|y)/prod\.yaml$", true),
            (r"prod", r"^a/(prod|y)", false),
            (r"prod", r"prod|dev", false),
            (r"prod", r"(?i)prod", false),
            (r"prod", r"prod*", false),
            (r".*\.json", r"\.json$", true),
            (r"^a\.yaml$", r"^a\.yaml$", true),
            (r"^a.yaml$", r"^a\.yaml$", false),
            (r".*", r"x", true),
            (r"^.*$", r"x", true),
            (r"", r"x", true),
            (r"^$", r"x", false),
            (r"a\dz", r"a1z", false),
            (r"[", r"[", true),
        ] {
            assert_eq!(Shape::of(earlier).covers(&Shape::of(later)), want, "{earlier} before {later}");
        }
        for pattern in ["", ".", ".*", "^", "$", "^.*", ".*$", ".+", "^.*$"] {
            assert!(Shape::of(pattern).is_catch_all(), "{pattern}");
        }
        for pattern in ["^$", "a", "a.*", "a|.*", "[", "(", "\\"] {
            assert!(!Shape::of(pattern).is_catch_all(), "{pattern}");
        }
    }
}
