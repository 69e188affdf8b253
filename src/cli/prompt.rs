//! Questions that are answered with `y` or `n`, as sops asks them: on stdout, one word per line,
//! until it is one of the two (command line §7.13).

use std::io::BufRead;

use super::error::{Failure, reason};
use super::files;
use super::ui;

/// Asks until the answer is `y` or `n`.
///
/// # Errors
///
/// Exit 1 for an empty line, a line of several words, and the end of stdin, in Go's words.
pub(crate) fn yes_or_no(question: &str) -> Result<bool, Failure> {
    loop {
        files::write_stdout(question.as_bytes())?;
        match answer(&mut std::io::stdin().lock())?.as_str() {
            "y" => return Ok(true),
            "n" => return Ok(false),
            _ => {}
        }
    }
}

/// Asks on stderr; an empty answer is the default.
///
/// # Errors
///
/// Exit 1 if nobody answers.
pub(crate) fn ask(question: &str, default: &str) -> Result<String, Failure> {
    ui::say(&format!("{question} [{default}] "));
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => {
            Err(Failure::generic("nobody answered").hint("nothing is written; --yes asks nothing"))
        }
        Ok(_) if line.trim().is_empty() => Ok(default.to_owned()),
        Ok(_) => Ok(line.trim().to_owned()),
    }
}

/// Asks on stderr for a yes or a no.
///
/// # Errors
///
/// As [`ask`].
pub(crate) fn confirm(question: &str, default: bool) -> Result<bool, Failure> {
    loop {
        let answer = ask(question, if default { "Y/n" } else { "y/N" })?;
        match answer.to_ascii_lowercase().as_str() {
            "y/n" => return Ok(default),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

/// The one word of the next line.
fn answer(input: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = Vec::new();
    let read = input.read_until(b'\n', &mut line);
    if read.map_err(|error| Failure::generic(format!("read /dev/stdin: {}", reason(&error))))? == 0 {
        return Err(Failure::generic("EOF"));
    }
    let ended = line.ends_with(b"\n");
    let line = String::from_utf8_lossy(&line).into_owned();
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some(word), None) => Ok(word.to_owned()),
        (Some(_), Some(_)) => Err(Failure::generic("expected newline")),
        (None, _) if ended => Err(Failure::generic("unexpected newline")),
        (None, _) => Err(Failure::generic("EOF")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_word_on_a_line() {
        let of = |text: &str| answer(&mut text.as_bytes()).map_err(|failure| failure.message().to_owned());
        assert_eq!(of("y\n"), Ok("y".to_owned()));
        assert_eq!(of("  n \r\ny"), Ok("n".to_owned()));
        assert_eq!(of("maybe"), Ok("maybe".to_owned()));
        assert_eq!(of("\n"), Err("unexpected newline".to_owned()));
        assert_eq!(of("y y\n"), Err("expected newline".to_owned()));
        assert_eq!(of(""), Err("EOF".to_owned()));
        assert_eq!(of("  "), Err("EOF".to_owned()));
    }
}
