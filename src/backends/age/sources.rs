//! Where identities come from: eight places, always added up (keys §3.3).
//!
//! A place is looked at when its turn comes and then kept for the run. A command's output is kept
//! per recipient, for it is told which recipient is wanted.

use super::identity::{self, Identity, Layout};
use super::shell_words;
use super::{AgeHost, ssh};
use crate::keys::Holding;
use crate::os;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Passed to commands: the recipient whose identity is wanted.
const RECIPIENT_VARIABLE: &str = "SOPS_AGE_RECIPIENT";

/// A place where identities may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    SshFile,
    SshCommand,
    HomeEd25519,
    HomeRsa,
    Key,
    KeyFile,
    KeyCommand,
    UserFile,
}

/// The order of messages, and of identities that are not native.
const ALL: [Place; 8] = [
    Place::SshFile,
    Place::SshCommand,
    Place::HomeEd25519,
    Place::HomeRsa,
    Place::Key,
    Place::KeyFile,
    Place::KeyCommand,
    Place::UserFile,
];
/// Where native identities may be; the place that costs a process last.
const NATIVE: [Place; 4] = [Place::Key, Place::KeyFile, Place::UserFile, Place::KeyCommand];

/// What a place had.
pub(super) enum Found {
    /// Unset, or no such file.
    Nothing,
    /// There is no telling where the place is.
    NoPlace(String),
    /// It could not be read.
    Unreadable(String),
    /// It was read, and is no identity source.
    Malformed(String),
    /// These; maybe none.
    Identities(Vec<Identity>),
}

/// A place as it is told to people.
#[derive(Clone)]
pub(super) struct Location {
    /// A variable, or a path.
    pub(super) name: String,
    /// The file it is, if it is one.
    pub(super) file: Option<PathBuf>,
}

/// All places, each looked at once.
#[derive(Default)]
pub(super) struct Sources {
    kept: [OnceLock<Arc<Found>>; ALL.len()],
    commands: Mutex<HashMap<(Place, String), Arc<Found>>>,
}

/// What all places came to, for a message.
pub(super) struct Listing {
    /// What each identity has to say if it does not fit.
    pub(super) identities: Vec<String>,
    /// What went wrong.
    pub(super) errors: Vec<String>,
    /// The places that had none.
    pub(super) without: Vec<String>,
}

impl Sources {
    /// Visits what the places have until `visit` returns true; `native`: only places that may have
    /// native identities.
    pub(super) fn each(
        &self,
        native: bool,
        recipient: &str,
        host: &dyn AgeHost,
        visit: &mut dyn FnMut(&Found) -> bool,
    ) {
        let places = if native { &NATIVE[..] } else { &ALL[..] };
        for &place in places {
            if visit(&self.found(place, recipient, host)) {
                return;
            }
        }
    }

    /// What has been found so far, with the names of the places. Looks nowhere anew.
    pub(super) fn so_far(&self, host: &dyn AgeHost) -> Vec<(Location, Arc<Found>)> {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for place in ALL {
            let location =
                Location { name: place.location(host).unwrap_or_default(), file: place.file_now(host) };
            found.extend(self.kept[place as usize].get().map(|found| (location.clone(), Arc::clone(found))));
            let mut outputs: Vec<_> = commands.iter().filter(|((kept, _), _)| *kept == place).collect();
            outputs.sort_by_key(|((_, recipient), _)| recipient);
            found.extend(outputs.into_iter().map(|(_, found)| (location.clone(), Arc::clone(found))));
        }
        found
    }

    fn found(&self, place: Place, recipient: &str, host: &dyn AgeHost) -> Arc<Found> {
        if !matches!(place, Place::SshCommand | Place::KeyCommand) {
            let kept = &self.kept[place as usize];
            return Arc::clone(kept.get_or_init(|| Arc::new(place.look(recipient, host))));
        }
        // Locked while the command runs: it may ask the user, and must not do so twice.
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = commands.entry((place, recipient.to_owned()));
        Arc::clone(entry.or_insert_with(|| Arc::new(place.look(recipient, host))))
    }

    /// Looks at every place and lists errors and empty places in a fixed order.
    ///
    /// # Compatibility
    ///
    /// sops goes through places 5 to 8 in random order; any fixed one is a possible one.
    pub(super) fn list(&self, recipient: &str, host: &dyn AgeHost) -> Listing {
        let found: Vec<_> = ALL.iter().map(|&place| (place, self.found(place, recipient, host))).collect();
        let held = |(place, found): &(Place, Arc<Found>)| match &**found {
            Found::Identities(identities) => !identities.is_empty() || !place.is_ssh(),
            Found::Malformed(_) => !place.is_ssh(),
            _ => false,
        };
        let anything = found.iter().any(|entry| entry.0 != Place::UserFile && held(entry));

        let mut listing = Listing { identities: Vec::new(), errors: Vec::new(), without: Vec::new() };
        let (mut late_errors, mut late_without) = (Vec::new(), Vec::new());
        for (place, found) in &found {
            match &**found {
                Found::Nothing | Found::NoPlace(_) if *place == Place::UserFile && anything => {}
                Found::Nothing => listing.without.extend(place.location(host)),
                Found::NoPlace(error) => listing.errors.push(error.clone()),
                Found::Unreadable(error) => listing.errors.push(error.clone()),
                Found::Malformed(error) => late_errors.push(error.clone()),
                Found::Identities(identities) if identities.is_empty() => {
                    late_without.extend(place.location(host));
                }
                Found::Identities(identities) => {
                    listing.identities.extend(identities.iter().map(Identity::mismatch));
                }
            }
        }
        // One missing home is one error, though two places are in it.
        listing.errors.dedup();
        listing.errors.append(&mut late_errors);
        listing.without.append(&mut late_without);
        listing
    }
}

impl Place {
    fn is_ssh(self) -> bool {
        matches!(self, Self::SshFile | Self::SshCommand | Self::HomeEd25519 | Self::HomeRsa)
    }

    /// The environment variable that is the place, or says where it is.
    fn variable(self) -> Option<&'static str> {
        match self {
            Self::SshFile => Some("SOPS_AGE_SSH_PRIVATE_KEY_FILE"),
            Self::SshCommand => Some("SOPS_AGE_SSH_PRIVATE_KEY_CMD"),
            Self::Key => Some("SOPS_AGE_KEY"),
            Self::KeyFile => Some("SOPS_AGE_KEY_FILE"),
            Self::KeyCommand => Some("SOPS_AGE_KEY_CMD"),
            Self::HomeEd25519 | Self::HomeRsa | Self::UserFile => None,
        }
    }

    /// The file of a place that is always the same file.
    fn file(self, host: &dyn AgeHost) -> Result<PathBuf, String> {
        match self {
            Self::HomeEd25519 => Ok(home(host)?.join(".ssh").join("id_ed25519")),
            Self::HomeRsa => Ok(home(host)?.join(".ssh").join("id_rsa")),
            _ => Ok(config_dir(host)?.join("sops").join("age").join("keys.txt")),
        }
    }

    /// The file that the place is at present.
    fn file_now(self, host: &dyn AgeHost) -> Option<PathBuf> {
        match self {
            Self::SshFile | Self::KeyFile => {
                self.variable().and_then(|name| host.var(name)).map(PathBuf::from)
            }
            Self::SshCommand | Self::Key | Self::KeyCommand => None,
            Self::HomeEd25519 | Self::HomeRsa | Self::UserFile => self.file(host).ok(),
        }
    }

    /// The name of the place in messages.
    fn location(self, host: &dyn AgeHost) -> Option<String> {
        match self.variable() {
            Some(variable) => Some(variable.to_owned()),
            None => self.file(host).ok().map(|path| path.display().to_string()),
        }
    }

    fn look(self, recipient: &str, host: &dyn AgeHost) -> Found {
        let value = match self.variable() {
            Some(variable) => match host.var(variable) {
                Some(value) => value,
                None => return Found::Nothing,
            },
            None => match self.file(host) {
                Ok(path) => path.into_os_string(),
                Err(error) if self == Self::UserFile => {
                    let error = format!("user config directory could not be determined: {error}");
                    return Found::NoPlace(error);
                }
                Err(error) => return Found::NoPlace(error),
            },
        };
        let result = match self {
            Self::SshFile | Self::HomeEd25519 | Self::HomeRsa => {
                return self.look_in_ssh_file(Path::new(&value), host);
            }
            Self::SshCommand => {
                return match run(&value, recipient, host).and_then(|out| ssh::from_command(&out)) {
                    Ok(identity) => Found::Identities(vec![identity]),
                    Err(error) => Found::Unreadable(error),
                };
            }
            Self::Key => Ok(value.into_encoded_bytes().into()),
            Self::KeyCommand => run(&value, recipient, host),
            Self::KeyFile | Self::UserFile => match host.read(Path::new(&value)) {
                Ok(text) => Ok(text),
                // Go opens a directory, and the error of reading it is lost.
                Err(error) if error.kind() == ErrorKind::IsADirectory => Ok(Vec::new().into()),
                Err(error) if error.kind() == ErrorKind::NotFound && self == Self::UserFile => {
                    return Found::Nothing;
                }
                Err(error) => {
                    let name = self.variable().map(|v| format!("{v} ")).unwrap_or_default();
                    let error = io_error("open", Path::new(&value), &error);
                    Err(format!("failed to open {name}file: {error}"))
                }
            },
        };
        let text = match result {
            Ok(text) => text,
            Err(error) => return Found::Unreadable(error),
        };
        let location = self.location(host).unwrap_or_default();
        let layout = if self == Self::Key { Layout::Words } else { Layout::Lines };
        match identity::read_source(&text, &location, layout) {
            Ok(identities) => Found::Identities(identities),
            Err(error) => Found::Malformed(error),
        }
    }

    fn look_in_ssh_file(self, path: &Path, host: &dyn AgeHost) -> Found {
        let text = match host.read(path) {
            Ok(text) => text,
            Err(error)
                if self != Self::SshFile
                    && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Found::Nothing;
            }
            Err(error) if error.kind() == ErrorKind::IsADirectory => {
                let error = io_error("read", path, &error);
                return Found::Unreadable(format!("failed to read file: {error}"));
            }
            Err(error) => {
                let error = io_error("open", path, &error);
                return Found::Unreadable(format!("failed to open file: {error}"));
            }
        };
        match ssh::from_file(&text, path) {
            Ok(identity) => Found::Identities(vec![identity]),
            Err(error) => Found::Unreadable(error),
        }
    }
}

/// What a person is told of a place.
pub(super) enum Survey {
    /// There is nothing, and why.
    Absent(&'static str),
    /// These, or what is wrong with them.
    Holds(Vec<Holding>),
}

/// Looks at every place in the order of messages. No command is run.
pub(super) fn survey(host: &dyn AgeHost) -> Vec<(Location, Survey)> {
    let look = |place: Place| {
        let location =
            Location { name: place.location(host).unwrap_or_default(), file: place.file_now(host) };
        if matches!(place, Place::SshCommand | Place::KeyCommand) {
            let set = place.variable().and_then(|name| host.var(name)).is_some();
            let what = if set {
                Survey::Holds(vec![Holding::Unknown("a command, which is not run here".to_owned())])
            } else {
                Survey::Absent("not set")
            };
            return (location, what);
        }
        let survey = match place.look("", host) {
            Found::Nothing if place.variable().is_some() => Survey::Absent("not set"),
            Found::Nothing => Survey::Absent("no such file"),
            Found::NoPlace(_) => Survey::Absent("there is no telling where that is"),
            Found::Unreadable(why) | Found::Malformed(why) => Survey::Holds(vec![Holding::Unusable(why)]),
            Found::Identities(identities) => {
                Survey::Holds(identities.iter().map(Identity::holding).collect())
            }
        };
        (location, survey)
    };
    ALL.into_iter().map(look).collect()
}

/// The file in which a user's identities are looked for.
pub(super) fn user_file(host: &dyn AgeHost) -> Result<PathBuf, String> {
    match set("SOPS_AGE_KEY_FILE", host) {
        Some(file) => Ok(file),
        None => Place::UserFile.file(host),
    }
}

fn run(command: &OsStr, recipient: &str, host: &dyn AgeHost) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
    let command = command.to_string_lossy();
    let words = shell_words::split(&command)
        .map_err(|error| format!("failed to parse command {command}: {error}"))?;
    let [program, arguments @ ..] = &words[..] else {
        return Err(format!("failed to execute command {command}: it is empty"));
    };
    host.run(program, arguments, (RECIPIENT_VARIABLE, recipient))
        .map_err(|error| format!("failed to execute command {command}: {error}"))
}

fn set(name: &str, host: &dyn AgeHost) -> Option<PathBuf> {
    host.var(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn home(host: &dyn AgeHost) -> Result<PathBuf, String> {
    os::home_folder(&|name| set(name, host))
}

fn config_dir(host: &dyn AgeHost) -> Result<PathBuf, String> {
    os::config_folder(&|name| set(name, host))
}

/// An operating system's error as Go words it: `open /x: no such file or directory`.
pub(in crate::backends) fn io_error(operation: &str, path: &Path, error: &io::Error) -> String {
    format!("{operation} {}: {}", path.display(), os::reason(error))
}
