//! The report of a data key that could not be recovered (command line §13).

use super::recover::{GroupOutcome, KeyOutcome, RecoverFailure};
use std::fmt;

/// Columns of a reason.
const REASON_WIDTH: usize = 60;
/// Columns of the closing paragraph.
const TRAILER_WIDTH: usize = 75;
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

impl fmt::Display for RecoverFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report(false))
    }
}

impl std::error::Error for RecoverFailure {}

impl RecoverFailure {
    /// What the user reads, as sops words it, without a final newline.
    #[must_use]
    pub fn report(&self, color: bool) -> String {
        let (threshold, groups) = match self {
            Self::KeysFailed { threshold, groups } => (*threshold, groups),
            Self::Combine(error) => {
                return format!("could not get data key from shamir parts: {error}");
            }
            Self::WrongLength(length) => {
                return format!(
                    "could not get data key from shamir parts: they combine to {length} bytes, but a data key has 16, 24 or 32"
                );
            }
        };
        let reports: Vec<_> =
            groups.iter().enumerate().map(|(i, group)| group_report(i, group, color)).collect();
        let recovered = groups.iter().filter(|group| group.recovered).count();
        format!(
            "Failed to get the data key required to decrypt the SOPS file.\n\n{}\n\n{}",
            reports.join("\n\n"),
            wrap_words(&trailer(threshold, recovered), TRAILER_WIDTH),
        )
    }
}

fn trailer(threshold: usize, recovered: usize) -> String {
    if threshold == 0 {
        return "Recovery failed because no master key was able to decrypt the file. In order \
                for SOPS to recover the file, at least one key has to be successful, but none were."
            .to_owned();
    }
    format!(
        "Recovery failed because the file was encrypted with a Shamir threshold of {threshold}, \
         but only {recovered} part(s) were successfully recovered, one for each successful key \
         group. In order for SOPS to recover the file, at least {threshold} groups have to be \
         successful. In order for a group to be successful, decryption has to succeed with any \
         of the keys in that key group."
    )
}

fn group_report(index: usize, group: &GroupOutcome, color: bool) -> String {
    let status = status(group.recovered, color);
    if group.recovered {
        return format!("Group {index}: {status}");
    }
    let keys: Vec<_> = group.failed.iter().map(|key| key_report(key, color)).collect();
    format!("Group {index}: {status}\n{}", prefix_lines(&keys.join("\n\n"), "  "))
}

fn key_report(key: &KeyOutcome, color: bool) -> String {
    let reasons: Vec<_> = key
        .attempts
        .iter()
        .map(|attempt| {
            let text = wrap_words(&attempt.reason.to_string(), REASON_WIDTH);
            let text = prefix_lines(&text, "  | ");
            format!("- | {}", text.get(4..).unwrap_or_default())
        })
        .collect();
    let reasons = prefix_lines(&reasons.join("\n\n"), "  ");
    format!("{}: {}\n{reasons}", key.key.shown(), status(false, color))
}

fn status(success: bool, color: bool) -> String {
    let (word, code) = if success { ("SUCCESS", GREEN) } else { ("FAILED", RED) };
    if color { format!("{code}{word}{PLAIN}") } else { word.to_owned() }
}

/// Puts `prefix` before each line; an empty text has none.
fn prefix_lines(text: &str, prefix: &str) -> String {
    text.split_inclusive('\n').flat_map(|line| [prefix, line]).collect()
}

/// Breaks lines at blanks so that they fit `width` characters. Line breaks of the text stay, and a
/// word that does not fit a line is not split.
///
/// The corner cases are those of the Go library that sops uses: the break replaces the whole run of
/// blanks, and a word of `width` characters or more stays on the line where it began.
fn wrap_words(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / width + 1);
    let mut column = 0;
    // What is read and not yet written: blanks, then the word behind them, with their widths.
    let (mut blanks, mut blanks_width) = (String::new(), 0);
    let (mut word, mut word_width) = (String::new(), 0);
    for c in text.chars() {
        let blank = c.is_whitespace() && c != '\u{a0}';
        if !blank {
            word.push(c);
            word_width += 1;
            if column + blanks_width + word_width > width && word_width < width {
                out.push('\n');
                column = 0;
                blanks.clear();
                blanks_width = 0;
            }
            continue;
        }
        if !word.is_empty() {
            out.push_str(&blanks);
            out.push_str(&word);
            column += blanks_width + word_width;
            (blanks_width, word_width) = (0, 0);
            blanks.clear();
            word.clear();
        }
        if c == '\n' {
            if column + blanks_width <= width {
                out.push_str(&blanks);
            }
            blanks.clear();
            blanks_width = 0;
            out.push('\n');
            column = 0;
        } else {
            blanks.push(c);
            blanks_width += 1;
        }
    }
    if !word.is_empty() || column + blanks_width <= width {
        out.push_str(&blanks);
    }
    out.push_str(&word);
    out
}
