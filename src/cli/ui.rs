//! What people read on stderr: log lines in the form that sops' readers know (command line §10).
//!
//! Success says nothing. Results go to stdout and are not written here.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::environment::Environment;
pub(crate) use resops::keys::quote as go_quote;

/// Whether debug and info lines are shown (`--verbose`).
static VERBOSE: AtomicBool = AtomicBool::new(false);

/// Whether a line of progress stands on the terminal.
static PROGRESS: Mutex<bool> = Mutex::new(false);

thread_local! {
    /// Of many files the one that this thread works on: its log lines name it.
    static FILE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does something for one of many files: what is logged names the file.
pub(crate) fn about<T>(file: &str, work: impl FnOnce() -> T) -> T {
    FILE.set(Some(file.to_owned()));
    let result = work();
    FILE.set(None);
    result
}

/// Shows how far a run is, on a line that the next words on stderr take the place of. An empty text takes
/// it away.
pub(crate) fn progress(text: &str) {
    let mut shown = PROGRESS.lock().unwrap_or_else(PoisonError::into_inner);
    if *shown || !text.is_empty() {
        let _ = std::io::stderr().lock().write_all(format!("\r\x1b[K{text}").as_bytes());
    }
    *shown = !text.is_empty();
}

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// How it goes; only shown with `--verbose`.
    Debug,
    /// Only shown with `--verbose`.
    Info,
    /// Something is not as it should be, but the run goes on.
    Warning,
    /// Something failed and can be tried again.
    Error,
    /// The run ends with this line.
    Fatal,
}

/// Shows debug and info lines from now on.
pub(crate) fn be_verbose() {
    VERBOSE.store(true, Ordering::Relaxed);
}

/// Logs for the command line itself.
pub(crate) fn log(level: Level, message: &str) {
    log_with("CMD", level, message, &[]);
}

/// Logs a line of the part of sops called `logger`, with fields behind the message.
pub(crate) fn log_with(logger: &str, level: Level, message: &str, fields: &[(&str, &str)]) {
    if matches!(level, Level::Debug | Level::Info) && !VERBOSE.load(Ordering::Relaxed) {
        return;
    }
    let file = FILE.with_borrow(Clone::clone);
    let mut fields = fields.to_vec();
    fields.extend(file.as_deref().map(|file| ("file", file)));
    let fields = &fields[..];
    let name =
        if Environment::colours() { format!("\x1b[1m[{logger}]\x1b[0m") } else { format!("[{logger}]") };
    let line = if Environment::stderr_is_terminal() {
        for_terminal(level, message, fields)
    } else {
        for_file(level, message, fields)
    };
    say(&format!("{name}\t {line}\n"));
}

/// Tells what is done in the form of Go's standard logger, which `updatekeys` uses: always shown.
pub(crate) fn tell(message: &str) {
    let now = super::open::now();
    // 2026-11-21T07:34:53Z becomes 2026/11/21 07:34:53
    let (date, time) = now.split_once('T').unwrap_or((&now, ""));
    say(&format!("{} {} {message}\n", date.replace('-', "/"), time.trim_end_matches('Z')));
}

/// A text with control characters spelled out: names of files and keys are whoever's who wrote them, and a
/// terminal would do what they say. A line stays a line.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out.into()
}

/// Writes to stderr as is. If nobody listens there, nothing is lost.
pub(crate) fn say(text: &str) {
    let mut shown = PROGRESS.lock().unwrap_or_else(PoisonError::into_inner);
    let text = if std::mem::take(&mut *shown) { &format!("\r\x1b[K{text}") } else { text };
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn for_terminal(level: Level, message: &str, fields: &[(&str, &str)]) -> String {
    let (colour, word) = match level {
        Level::Debug => (37, "DEBU"),
        Level::Info => (36, "INFO"),
        Level::Warning => (33, "WARN"),
        Level::Error => (31, "ERRO"),
        Level::Fatal => (31, "FATA"),
    };
    let mut line = format!("\x1b[{colour}m{word}\x1b[0m[0000] {message:<44} ");
    for (key, value) in fields {
        line.push_str(&format!(" \x1b[{colour}m{key}\x1b[0m={}", field(value)));
    }
    line
}

fn for_file(level: Level, message: &str, fields: &[(&str, &str)]) -> String {
    let word = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Fatal => "fatal",
    };
    let now = super::open::now();
    let mut line = format!("time=\"{now}\" level={word} msg={}", field(message));
    for (key, value) in fields {
        line.push_str(&format!(" {key}={}", field(value)));
    }
    line
}

/// A field's value, quoted if it is not one plain word.
fn field(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/@^+".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { go_quote(value) }
}

/// Breaks a paragraph at blanks so that no line is longer than `width` bytes, unless one word is.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for word in text.split(' ') {
        if column > 0 && column + 1 + word.len() > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_as_go_quotes_them() {
        assert_eq!(field("plain/word-1.0"), "plain/word-1.0");
        assert_eq!(field("two words"), "\"two words\"");
    }

    #[test]
    fn paragraphs_break_at_blanks() {
        assert_eq!(wrap("aa bb cc", 5), "aa bb\ncc");
        assert_eq!(wrap("aaaaaa b", 3), "aaaaaa\nb");
    }
}
