//! `--generate-bash-completion`: what could stand in place of the last word, one candidate per line,
//! for the completion scripts of sops that people have installed (command line §7.14).

use std::ffi::OsString;

use clap::Command;

use super::args::{self, VERBS, Verb};
use super::environment::Environment;
use super::go_flags::{Flags, Reading};

/// The word that asks for candidates; it comes last.
pub(super) const ASKED: &str = "--generate-bash-completion";

/// Candidates behind `words`: flags if the last word starts with a dash, else names of commands. The
/// shell picks those that fit what is typed.
pub(super) fn candidates(words: &[OsString], environment: &Environment) -> String {
    let last = words.last().and_then(|word| word.to_str()).unwrap_or_default();
    // A flag that is typed half is no reason to see no command.
    let settled = if last.starts_with('-') { &words[..words.len() - 1] } else { words };
    let with_texts = environment.nonempty("_CLI_ZSH_AUTOCOMPLETE_HACK").is_some_and(|value| value == "1");
    let top = args::top_level();
    let Ok(sorted) = Flags::of(&top).sort(settled, Reading::UpToFirstWord) else { return String::new() };
    let mut names = sorted.words.iter().filter_map(|word| word.to_str());
    let mut verb = names.next().and_then(args::verb);
    if let Some(nested) = verb.and_then(|outer| outer.nested(names.next().unwrap_or_default())) {
        verb = Some(nested);
    }
    if last.starts_with('-') {
        let command = verb.map_or(top, Verb::command);
        return flags(&command, last, settled);
    }
    match verb {
        None if !matches!(sorted.words.first(), Some(word) if word == "help" || word == "h") => {
            commands(VERBS, with_texts)
        }
        Some(verb) if !verb.nested.is_empty() => commands(verb.nested, with_texts),
        _ => String::new(),
    }
}

fn commands(verbs: &[Verb], with_texts: bool) -> String {
    let mut out = String::new();
    for verb in verbs {
        let about = verb.command().get_about().map(ToString::to_string).unwrap_or_default();
        out.push_str(&if with_texts {
            format!("{}:{about}\n", verb.name)
        } else {
            format!("{}\n", verb.name)
        });
    }
    for name in ["help", "h"] {
        out.push_str(&if with_texts { format!("{name}:Show help\n") } else { format!("{name}\n") });
    }
    out
}

/// Flags that start like `typed` and are not on the line yet. Short ones come with their long one,
/// unless two dashes are typed.
fn flags(command: &Command, typed: &str, line: &[OsString]) -> String {
    let start = typed.trim_start_matches('-');
    let mut out = String::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set()) {
        let long = arg.get_long().map(|long| format!("--{long}"));
        let short = arg.get_short().map(|short| format!("-{short}"));
        let there = |name: &String| line.iter().any(|word| *word == **name);
        if long.iter().chain(&short).any(there) {
            continue;
        }
        for name in long.into_iter().chain(short.filter(|_| !typed.starts_with("--"))) {
            let bare = name.trim_start_matches('-');
            if bare.starts_with(start) && bare != start {
                out.push_str(&format!("{name}\n"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> String {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        candidates(&words, &Environment::for_test(&[])).trim_end().replace('\n', " ")
    }

    /// As seen with sops 3.13.2, but for flags of the top level that mean nothing behind a command.
    #[test]
    fn what_fits() {
        assert_eq!(of("groups"), "add delete help h");
        assert_eq!(of("groups a"), "add delete help h");
        assert_eq!(of("groups add"), "");
        assert_eq!(of("decrypt f.yaml"), "");
        assert_eq!(of("help"), "");
        assert_eq!(of("--bogus x"), "");
        assert_eq!(of("--ver"), "--verbose --version");
        assert_eq!(of("decrypt --ex"), "--extract");
        assert_eq!(of("encrypt --pgp"), "");
        assert_eq!(of("groups add --a"), "--age --aws-profile --azure-kv");
        assert_eq!(of("decrypt -i --in"), "--input-type --indent");
        for line in ["", "de", "--config x", "nope x"] {
            assert!(of(line).starts_with("encrypt decrypt edit ") && of(line).ends_with(" help h"), "{line}");
        }
    }

    #[test]
    fn zsh_asks_for_texts() {
        let zsh = Environment::for_test(&[("_CLI_ZSH_AUTOCOMPLETE_HACK", "1")]);
        let text = candidates(&[], &zsh);
        assert!(text.starts_with("encrypt:Encrypt a file and print it\n"), "{text}");
    }
}
