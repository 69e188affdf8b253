//! A command line's words, as sops splits them: quotes and backslashes, and nothing else of a shell.

/// Why a command line has no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum SplitError {
    #[error("EOF found when expecting closing quote")]
    Quote,
    #[error("EOF found after escape character")]
    Escape,
}

/// Splits at white space. A `#` at the start of a word begins a comment, up to the end of the line.
///
/// # Compatibility
///
/// Unlike a shell's, a backslash in double quotes goes before any character.
pub(super) fn split(text: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => {
                chars.find(|&c| c == '\n');
            }
            '\\' => word.get_or_insert_default().push(chars.next().ok_or(SplitError::Escape)?),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(SplitError::Quote)? {
                        end if end == c => break,
                        '\\' if c == '"' => word.push(chars.next().ok_or(SplitError::Escape)?),
                        other => word.push(other),
                    }
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let check = |text, words: &[&str]| assert_eq!(split(text).unwrap(), words, "{text}");
        check(" a  b\tc\n", &["a", "b", "c"]);
        check(r#"a "b c" 'd "e\' f\ g"#, &["a", "b c", r#"d "e\"#, "f g"]);
        check(r#""a\"b\n" '' x#y # comment"#, &["a\"bn", "", "x#y"]);
        check("", &[]);
        assert_eq!(split("a 'b"), Err(SplitError::Quote));
        assert_eq!(split("a \\"), Err(SplitError::Escape));
        assert_eq!(split("a \"\\"), Err(SplitError::Escape));
    }
}
