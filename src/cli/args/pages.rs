//! The manual pages in `docs/man` and the completions in `completions/`: made from the definition,
//! checked in, and held to be current.
//!
//! `UPDATE=1 cargo test --bin sops pages` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Command;

use super::{VERBS, Verb, top_level, whole};

/// The completion scripts by file name.
fn completions() -> BTreeMap<String, String> {
    use clap_complete::Shell;
    let files = [
        ("sops.bash", Shell::Bash),
        ("_sops", Shell::Zsh),
        ("sops.fish", Shell::Fish),
        ("sops.ps1", Shell::PowerShell),
        ("sops.elv", Shell::Elvish),
    ];
    let script = |shell| String::from_utf8(crate::cli::commands::completion::script(shell)).expect("UTF-8");
    files.map(|(name, shell)| (name.to_owned(), script(shell))).into()
}

/// Compares a folder with what it should hold, or writes it.
#[track_caller]
fn check_current(folder: &str, files: &BTreeMap<String, String>) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if std::env::var_os("UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        for (name, text) in files {
            std::fs::write(path.join(name), text).expect("written");
        }
    }
    let hint = "UPDATE=1 cargo test --bin sops pages writes it anew";
    let listed = std::fs::read_dir(&path).unwrap_or_else(|why| panic!("{folder}: {why}; {hint}"));
    let names: BTreeSet<String> =
        listed.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().eq(files.keys()), "{folder}: {hint}");
    for (name, text) in files {
        let kept = std::fs::read_to_string(path.join(name)).expect("a file");
        assert!(&kept == text, "{folder}/{name} is not current: {hint}");
    }
}

/// All pages by file name.
fn pages() -> BTreeMap<String, String> {
    let mut commands = vec![("sops".to_owned(), top_level())];
    for verb in VERBS {
        commands.push((format!("sops-{}", verb.name), verb.command()));
        // `completion bash` and its kin have nothing to say that `completion` does not.
        let nested = verb.nested.iter().filter(|_| verb.name == "groups");
        commands.extend(nested.map(|inner| (format!("sops-{}-{}", verb.name, inner.name), inner.command())));
    }
    let see_also = |own: &str| -> String {
        let names = VERBS.iter().map(|verb| format!("sops-{}", verb.name));
        let others = std::iter::once("sops".to_owned()).chain(names).filter(|name| name != own);
        others.map(|name| format!(".BR {name} (1)")).collect::<Vec<_>>().join(",\n")
    };
    commands
        .into_iter()
        .map(|(name, command)| {
            let text = page(&name, command, &see_also(&name));
            (format!("{name}.1"), text)
        })
        .collect()
}

/// One page.
fn page(name: &str, command: Command, see_also: &str) -> String {
    let spaced = name.replacen('-', " ", if name.starts_with("sops-groups-") { 2 } else { 1 });
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let plain = command.disable_help_flag(false).bin_name(spaced.clone()).after_help("");
    let man = clap_mangen::Man::new(plain).title(name.to_owned()).source("resops").manual("sops").date("");
    let mut bytes = Vec::new();
    man.render_title(&mut bytes).expect("memory");
    let mut text = String::from_utf8(bytes).expect("UTF-8");
    text.push_str(&format!(".SH NAME\n{} \\- {}\n", escape(name), escape(&about)));
    text.push_str(&section(|out| man.render_synopsis_section(out)));
    if name == "sops" {
        text.push_str(".SH COMMANDS\n");
        for command in whole().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!(".TP\n.B {}\n{}\n", escape(command.get_name()), escape(&about)));
        }
    }
    text.push_str(&section(|out| man.render_options_section(out)));
    text.push_str(&after_help(&after));
    if name == "sops" {
        text.push_str(EXIT_STATUS);
    }
    text.push_str(&format!(".SH SEE ALSO\n{see_also}\n"));
    text
}

/// A section without the preamble that every rendering begins with.
fn section(render: impl Fn(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    render(&mut bytes).expect("memory");
    let text = String::from_utf8(bytes).expect("UTF-8");
    text.find(".SH").map_or_else(String::new, |at| text[at..].to_owned())
}

/// What the help ends with: examples as they are typed, then notes.
fn after_help(text: &str) -> String {
    let mut out = String::new();
    let mut blocks = text.split("\n\n").peekable();
    while let Some(block) = blocks.next() {
        match block.split_once('\n').filter(|(title, _)| title.ends_with(':')) {
            Some((title, lines)) => {
                let title = title.trim_end_matches(':').to_uppercase();
                out.push_str(&format!(".SH {title}\n.nf\n"));
                for line in lines.lines() {
                    out.push_str(&format!("{}\n", escape(line.trim_start_matches("  "))));
                }
                out.push_str(".fi\n");
                if blocks.peek().is_some_and(|next| !next.contains(":\n  ")) {
                    out.push_str(".SH NOTES\n");
                }
            }
            None => out.push_str(&format!("{}\n.PP\n", escape(block))),
        }
    }
    out.strip_suffix(".PP\n").unwrap_or(&out).to_owned()
}

/// Text in which nothing is a command of the page.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    let lines =
        text.lines().map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

/// The codes that scripts ask for; all of them are in `docs/compatibility.md`.
const EXIT_STATUS: &str = "\
.SH EXIT STATUS
.TS
l l.
0\tsuccess
1\tanything without a number of its own
2\tthe input cannot be read, or is not what its type says
3\tthe output cannot be written
4\tthe values do not fit into the output type
7\tno valid path or value for set or unset
8\tflags that exclude each other
23, 25\ta value cannot be encrypted, or decrypted
30\tof many files several failed, for different reasons
31\\-35\twhat check found; see sops\\-check(1)
51\tthe MAC does not match: the file was changed without its key
91\tno valid path for \\-\\-extract
92\ta YAML file without any document
100\tno file given, or no such file
112\ta kind of key is named twice in the decryption order
128\tno key opens the file
200\tthe editor left the file as it was
201\tno editor, or it failed
203\tthe file is encrypted already
.TE
.PP
exec\\-env and exec\\-file end with the status of their command.
";

#[test]
fn the_manual_pages_are_current() {
    check_current("docs/man", &pages());
}

#[test]
fn the_completions_are_current() {
    check_current("completions", &completions());
}

/// Every command says what it is for and shows how it is typed.
#[test]
fn every_help_has_purpose_examples_and_described_flags() {
    fn check(verb: &Verb) {
        let command = verb.command();
        let name = verb.name;
        assert!(command.get_about().is_some(), "{name} says nothing");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        if verb.full_name().0 != "completion" {
            let shown = after.lines().filter(|line| line.contains("sops ")).count();
            assert!(shown >= 2, "{name}: {shown} examples");
        }
        for flag in command.get_arguments().filter(|flag| !flag.is_positional() && !flag.is_hide_set()) {
            assert!(flag.get_help().is_some(), "{name}: --{} says nothing", flag.get_id());
        }
        for inner in verb.nested {
            check(inner);
        }
    }
    for verb in VERBS {
        check(verb);
    }
}
