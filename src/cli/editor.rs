//! The editor: which one, and running it on a file (command line §7.3).

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::child;
use super::environment::Environment;
use super::error::{Failure, Kind, reason};
use super::os::processes;
use super::signals::{self, OnSignal};

/// What is tried where no variable names an editor.
const USUAL: [&str; 3] = ["vim", "nano", "vi"];

/// A program and its arguments; the file comes behind them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Editor {
    words: Vec<OsString>,
}

impl Editor {
    /// `SOPS_EDITOR`, else `EDITOR`, else the first usual one on PATH. The variables hold words as a
    /// shell splits them, with quotes and backslashes but without expansion.
    ///
    /// # Errors
    ///
    /// [`Kind::Editor`] if there is none, or its quoting is broken.
    pub(crate) fn choose(environment: &Environment) -> Result<Self, Failure> {
        let Some(text) = environment.nonempty("SOPS_EDITOR").or_else(|| environment.nonempty("EDITOR"))
        else {
            let found = USUAL.iter().find_map(|name| child::find_program(name.as_ref(), environment).ok());
            let program = found.ok_or_else(|| {
                failed("no editor available: SOPS_EDITOR and EDITOR are not set, and neither vim, nano nor vi is on PATH")
            })?;
            return Ok(Self { words: vec![program.into_os_string()] });
        };
        let words = processes::words(&text).unwrap_or_default();
        if words.is_empty() {
            return Err(failed(&format!("invalid $EDITOR: {}", text.to_string_lossy())));
        }
        Ok(Self { words })
    }

    /// Lets the user edit `file`; the editor has our terminal. A signal that ends us ends it too.
    ///
    /// # Errors
    ///
    /// [`Kind::Editor`] if it does not start or does not end well.
    pub(crate) fn edit(&self, file: &Path, environment: &Environment) -> Result<(), Failure> {
        let program = child::find_program(&self.words[0], environment).map_err(|why| failed(&why))?;
        let not_started = |error| failed(&format!("fork/exec {}: {}", program.display(), reason(&error)));
        let mut command = Command::new(&program);
        command.args(&self.words[1..]).arg(file);
        let editor = signals::start(&mut command, |editor| OnSignal::Cancel(Some(editor)));
        let mut editor = editor.map_err(not_started)?;
        let status = editor.wait();
        signals::on_signal(OnSignal::Cancel(None));
        let status = status.map_err(not_started)?;
        if status.success() { Ok(()) } else { Err(failed(&child::ending(status))) }
    }
}

fn failed(why: &str) -> Failure {
    Failure::new(Kind::Editor, format!("Could not run editor: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(variables: &[(&str, &str)]) -> Result<String, String> {
        let editor = Editor::choose(&Environment::for_test(variables));
        editor
            .map(|editor| {
                editor
                    .words
                    .iter()
                    .map(|word| word.to_string_lossy().into_owned())
                    .collect::<Vec<_>>()
                    .join("|")
            })
            .map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        assert_eq!(words(&[("EDITOR", "code --wait")]), Ok("code|--wait".into()));
        assert_eq!(words(&[("EDITOR", r#"'/a b/ed' "x y" a\ b $HOME"#)]), Ok("/a b/ed|x y|a b|$HOME".into()));
        assert_eq!(words(&[("EDITOR", "b"), ("SOPS_EDITOR", "a")]), Ok("a".into()));
        assert_eq!(words(&[("EDITOR", "b"), ("SOPS_EDITOR", "")]), Ok("b".into()));
    }

    #[test]
    fn an_editor_that_is_none() {
        assert_eq!(words(&[("EDITOR", "'x")]), Err("Could not run editor: invalid $EDITOR: 'x".into()));
        assert_eq!(words(&[("EDITOR", "  ")]), Err("Could not run editor: invalid $EDITOR:   ".into()));
        assert!(words(&[("PATH", "/nonexistent")]).is_err_and(|why| why.contains("no editor available")));
    }
}
