//! What changes in the key groups of a file, as people read it (command line §7.13).

use resops::keys::GroupDiff;
use resops::policy::Names;

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const UNDERLINE: &str = "\x1b[4m";
const PLAIN: &str = "\x1b[0m";

/// The change of the threshold; nothing if there is none, before and after.
pub(crate) fn thresholds(before: i64, after: i64, colours: bool) -> String {
    if before > 0 && before == after {
        return format!("shamir_threshold: {after}\n");
    }
    let mut out = String::new();
    if after > 0 {
        line(&mut out, GREEN, &format!("+++ shamir_threshold: {after}"), colours);
    }
    if before > 0 {
        line(&mut out, RED, &format!("--- shamir_threshold: {before}"), colours);
    }
    out
}

/// The groups, counted from 1: what stays, comes and goes, with the names of whom it is about. Scripts read
/// this too: what they see has no names.
pub(crate) fn groups(diff: &[GroupDiff], names: &Names, colours: bool) -> String {
    let mut out = String::new();
    for (at, group) in diff.iter().enumerate() {
        line(&mut out, UNDERLINE, &format!("Group {}", at + 1), colours);
        for key in &group.kept {
            out.push_str(&format!("    {}\n", names.shown(key)));
        }
        for key in &group.added {
            line(&mut out, GREEN, &format!("+++ {}", names.shown(key)), colours);
        }
        for key in &group.removed {
            line(&mut out, RED, &format!("--- {}", names.shown(key)), colours);
        }
    }
    out
}

/// A line with its line end in colour, as sops prints it.
fn line(out: &mut String, colour: &str, text: &str, colours: bool) {
    let (start, end) = if colours { (colour, PLAIN) } else { ("", "") };
    out.push_str(&format!("{start}{text}\n{end}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As seen with sops 3.13.2 on a terminal.
    #[test]
    fn colours_end_behind_the_line() {
        let diff = GroupDiff { kept: vec!["a".into()], added: vec!["b".into()], removed: vec!["c".into()] };
        assert_eq!(
            groups(&[diff], &Names::default(), true),
            "\x1b[4mGroup 1\n\x1b[0m    a\n\x1b[32m+++ b\n\x1b[0m\x1b[31m--- c\n\x1b[0m"
        );
    }

    #[test]
    fn a_threshold_is_shown_if_there_is_one() {
        assert_eq!(thresholds(2, 2, true), "shamir_threshold: 2\n");
        assert_eq!(thresholds(0, 2, false), "+++ shamir_threshold: 2\n");
        assert_eq!(thresholds(3, 2, false), "+++ shamir_threshold: 2\n--- shamir_threshold: 3\n");
        assert_eq!(thresholds(0, 0, false), "");
    }
}
