//! A machine made up per test.

use super::super::{AgeHost, Level, Secret, Stream};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use zeroize::Zeroizing;

type Start = Box<dyn Fn(&str) -> Box<dyn Stream> + Send + Sync>;

/// A machine with what a test gives it, and a home without files.
#[derive(Default)]
pub(super) struct Machine {
    variables: HashMap<String, String>,
    files: HashMap<PathBuf, Vec<u8>>,
    pub(super) runs: AtomicUsize,
    passphrase: Option<String>,
    pub(super) prompts: Mutex<Vec<String>>,
    pub(super) messages: Mutex<Vec<String>>,
    plugin: Option<Start>,
    agent: Option<Box<dyn Fn() -> Box<dyn Stream> + Send + Sync>>,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self::default().var("HOME", "/home/alice")
    }

    pub(super) fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn passphrase(mut self, passphrase: &str) -> Self {
        self.passphrase = Some(passphrase.to_owned());
        self
    }

    /// Starts plugins; told the phase.
    pub(super) fn plugin<S: Stream + 'static>(
        mut self,
        start: impl Fn(&str) -> S + Send + Sync + 'static,
    ) -> Self {
        self.plugin = Some(Box::new(move |phase| Box::new(start(phase))));
        self
    }

    /// Connects to gpg-agent.
    pub(super) fn agent<S: Stream + 'static>(
        mut self,
        connect: impl Fn() -> S + Send + Sync + 'static,
    ) -> Self {
        self.agent = Some(Box::new(move || Box::new(connect())));
        self
    }

    pub(super) fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.files.insert(path.into(), content.to_vec());
        self
    }
}

impl AgeHost for Machine {
    fn var(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).map(OsString::from)
    }

    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        let content = self.files.get(path).cloned().map(Zeroizing::new);
        content.ok_or_else(|| io::Error::from_raw_os_error(2))
    }

    /// The program `cat` gives the file that its argument names.
    fn run(
        &self,
        program: &str,
        arguments: &[String],
        variable: (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        assert_eq!(variable.0, "SOPS_AGE_RECIPIENT");
        match program {
            "cat" => self.read(Path::new(&arguments[0])).map_err(|_| "exit status 1".to_owned()),
            "recipient" => Ok(variable.1.as_bytes().to_vec().into()),
            _ => Err(format!("exec: \"{program}\": executable file not found in $PATH")),
        }
    }

    fn start_plugin(&self, name: &str, phase: &str) -> Result<Box<dyn Stream>, String> {
        match &self.plugin {
            Some(plugin) => Ok(plugin(phase)),
            None => Err(format!(
                "\"{name}\" plugin not found: exec: \"age-plugin-{name}\": executable file not \
                 found in $PATH"
            )),
        }
    }

    fn connect_agent(&self) -> Option<Box<dyn Stream>> {
        self.agent.as_ref().map(|agent| agent())
    }

    fn standard_input(&self) -> Option<String> {
        Some("/dev/null".to_owned())
    }

    fn read_secret(&self, prompt: &str) -> Result<Secret, String> {
        self.prompts.lock().unwrap().push(prompt.to_owned());
        self.passphrase.clone().map(Secret::new).ok_or_else(|| {
            "standard input is not a terminal, and /dev/tty is not available: open /dev/tty: no \
             such device or address"
                .to_owned()
        })
    }

    fn read_public(&self, prompt: &str) -> Result<String, String> {
        self.read_secret(prompt).map(|secret| secret.as_str().to_owned())
    }

    fn read_character(&self, prompt: &str) -> Result<u8, String> {
        self.read_secret(prompt).map(|secret| secret.as_bytes()[0])
    }

    fn log(&self, level: Level, message: &str) {
        self.messages.lock().unwrap().push(format!("{level:?}: {message}"));
    }
}
