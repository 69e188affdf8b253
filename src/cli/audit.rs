//! The audit that `/etc/sops/audit.yaml` asks for (services §4): all its databases have to answer
//! before anything else is done, and each event goes to all of them.
//!
//! Without that file this costs one failed `open`.

use crate::cli::environment::Environment;
use crate::cli::error::Failure;

#[cfg(feature = "audit")]
pub(crate) use resops::audit::Action;

/// Where the administrator says what is recorded. There is no other place: whoever could name one
/// could leave the audit out.
const CONFIG: &str = "/etc/sops/audit.yaml";

/// What is recorded, where nothing can be.
#[cfg(not(feature = "audit"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Encrypt,
    Decrypt,
    Rotate,
}

/// Reads the configuration and tries the databases.
///
/// # Errors
///
/// Exit 2 if the file is none, exit 1 if a database does not answer; what is said has no password.
pub(crate) fn start(environment: &Environment) -> Result<(), Failure> {
    match std::fs::read(CONFIG) {
        Ok(config) => begin(config, environment),
        // As in sops: what cannot be read asks for nothing.
        Err(_) => Ok(()),
    }
}

#[cfg(not(feature = "audit"))]
fn begin(_config: Vec<u8>, _environment: &Environment) -> Result<(), Failure> {
    Err(Failure::logged("AUDIT", format!("this build cannot write the audit that {CONFIG} asks for")))
}

#[cfg(not(feature = "audit"))]
pub(crate) fn is_on() -> bool {
    false
}

#[cfg(not(feature = "audit"))]
pub(crate) fn record(_action: Action, _file: &std::path::Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(feature = "audit")]
pub(crate) use databases::{is_on, record};

#[cfg(feature = "audit")]
use databases::begin;

#[cfg(feature = "audit")]
mod databases {
    use std::path::Path;
    use std::sync::OnceLock;

    use resops::audit::{Action, Auditor, Defaults};
    use resops::document::{Document, Format, ParseErrorKind, Tree};
    use resops::leaf::Value;

    use super::CONFIG;
    use crate::cli::environment::Environment;
    use crate::cli::error::{Failure, Kind};
    use crate::cli::ui::{self, Level};

    /// The databases of this run and the login name of its user.
    static DATABASES: OnceLock<(Vec<Auditor>, String)> = OnceLock::new();

    pub(super) fn begin(config: Vec<u8>, environment: &Environment) -> Result<(), Failure> {
        let strings = connection_strings(config)
            .ok_or_else(|| Failure::new(Kind::ReadInput, format!("{CONFIG}: Error unmarshalling config")))?;
        if strings.is_empty() {
            return Ok(());
        }
        let user = crate::cli::os::processes::user_name().ok_or_else(|| {
            Failure::logged("AUDIT", "Error getting current user for auditing: the user id has no name")
        })?;
        let variable =
            |name: &str| environment.variable(name).map(|value| value.to_string_lossy().into_owned());
        let defaults = Defaults { user: &user, variable: &variable };
        let mut databases = Vec::new();
        let mut errors = Vec::new();
        for string in &strings {
            match Auditor::connect(string, &defaults) {
                Ok(database) => databases.push(database),
                Err(error) => errors.push(error.to_string()),
            }
        }
        if !errors.is_empty() {
            let message = format!("connecting to audit database, defined in {CONFIG}");
            ui::log_with("AUDIT", Level::Error, &message, &[]);
            for error in &errors {
                ui::log_with("AUDIT", Level::Error, error, &[]);
            }
            let message = "one or more audit backends reported errors, exiting";
            return Err(Failure::logged("AUDIT", message));
        }
        let _ = DATABASES.set((databases, user));
        Ok(())
    }

    /// Whether anything is recorded in this run.
    pub(crate) fn is_on() -> bool {
        DATABASES.get().is_some()
    }

    /// Records what was done with a file in all databases.
    ///
    /// # Errors
    ///
    /// Exit 1 if one refuses.
    pub(crate) fn record(action: Action, file: &Path) -> Result<(), Failure> {
        let Some((databases, user)) = DATABASES.get() else { return Ok(()) };
        let file = file.to_string_lossy();
        for database in databases {
            let message = format!("Saving {} event to database", action.name());
            ui::log_with("AUDIT", Level::Debug, &message, &[("file", &file)]);
            database
                .record(action, user, &file)
                .map_err(|error| Failure::logged("AUDIT", error.to_string()))?;
        }
        Ok(())
    }

    /// The connection strings, `backends: postgres: - connection_string: …`; nothing if the file is
    /// not of this form.
    fn connection_strings(config: Vec<u8>) -> Option<Vec<String>> {
        let document = match Document::parse(config, Format::Yaml) {
            Ok(document) => document,
            Err(error) if error.kind == ParseErrorKind::NoDocument => return Some(Vec::new()),
            Err(_) => return None,
        };
        let trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
        let Some(top) = trees.first() else { return Some(Vec::new()) };
        let Some(backends) = part(top, "backends")? else { return Some(Vec::new()) };
        let list = match part(backends, "postgres")? {
            None => return Some(Vec::new()),
            Some(Tree::List(list)) => list,
            Some(_) => return None,
        };
        let mut strings = Vec::new();
        for item in list {
            strings.push(match item {
                Tree::Leaf(Value::Comment(_)) => continue,
                Tree::Leaf(Value::Null) => String::new(),
                item => match part(item, "connection_string")? {
                    None => String::new(),
                    Some(Tree::Leaf(Value::Str(text))) => String::from_utf8(text.clone()).ok()?,
                    Some(_) => return None,
                },
            });
        }
        Some(strings)
    }

    /// What a map has under a key, with null as nothing; an error if this is no map.
    #[allow(clippy::option_option)] // outside: the form is wrong
    fn part<'t>(tree: &'t Tree, key: &str) -> Option<Option<&'t Tree>> {
        match tree {
            Tree::Map(_) => Some(tree.get(key).filter(|value| !matches!(value, Tree::Leaf(Value::Null)))),
            Tree::Leaf(Value::Null) => Some(None),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_file_and_its_forms() {
            let of = |text: &str| connection_strings(text.as_bytes().to_vec());
            let one = |text: &str| Some(vec![text.to_owned()]);
            assert_eq!(
                of("backends:\n  postgres:\n    - connection_string: \"a=b\"\n      x: 1\n"),
                one("a=b")
            );
            assert_eq!(
                of("backends:\n  postgres:\n    # two\n    - connection_string: a\n    - {}\n")
                    .unwrap()
                    .len(),
                2
            );
            for nothing in
                ["", "# x\n", "x: 1\n", "backends:\n", "backends:\n  postgres:\n", "backends:\n  other: []\n"]
            {
                assert_eq!(of(nothing), Some(Vec::new()), "{nothing}");
            }
            for wrong in ["a: [", "- a\n", "backends: x\n", "backends:\n  postgres: x\n"] {
                assert_eq!(of(wrong), None, "{wrong}");
            }
        }
    }
}
