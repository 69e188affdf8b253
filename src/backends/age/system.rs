//! The real machine as an [`AgeHost`]: files, processes, gpg-agent and the terminal, under an
//! environment that is given.

use super::host::{Level, Stream};
use super::sources::io_error;
use super::{AgeHost, Secret};
use crate::keys::quote::quote;
use crate::os::{self, NoProgram, Typed, terminal};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Tells the user something.
type Log = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// The machine that the program runs on.
///
/// The environment is read by the caller, once, and is also what child processes get. A clone is
/// another handle to the same machine.
#[derive(Clone)]
pub struct SystemHost {
    variables: Arc<HashMap<OsString, OsString>>,
    log: Log,
}

impl SystemHost {
    /// A host with these environment variables. Its messages go nowhere.
    #[must_use]
    pub fn new(variables: HashMap<OsString, OsString>) -> Self {
        Self { variables: Arc::new(variables), log: Arc::new(|_, _| {}) }
    }

    /// Gives the host's messages to `log`: what plugins say to the user, and warnings.
    #[must_use]
    pub fn with_log(self, log: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self { log: Arc::new(log), ..self }
    }

    /// The value of an environment variable.
    pub(crate) fn get(&self, name: &str) -> Option<&OsStr> {
        os::variable(&self.variables, name)
    }

    /// A command for the program of that name; like a shell, but never from the current directory.
    pub(in crate::backends) fn command(&self, program: &str) -> Result<Command, String> {
        let path = os::find_program(program.as_ref(), &|name| self.get(name).map(OsStr::to_owned));
        let path = path.map_err(|error| error.about(&quote(program)))?;
        let mut command = Command::new(path);
        command.env_clear().envs(&*self.variables);
        Ok(command)
    }

    /// The home directory that the user database names.
    pub(in crate::backends) fn home_of_user(&self) -> Option<PathBuf> {
        os::home_of_user()
    }

    /// Where gpg-agent listens.
    ///
    /// # Compatibility
    ///
    /// As in sops: `GNUPGHOME` is not looked at, and home is that of the user database.
    fn agent_socket(&self) -> Option<PathBuf> {
        if let Some(info) = self.get("GPG_AGENT_INFO") {
            let info = info.to_str()?;
            let path = info.split(':').next().filter(|path| !path.is_empty())?;
            return Some(path.into());
        }
        let home = self.home_of_user().or_else(|| self.get("HOME").map(PathBuf::from))?;
        let socket = home.join(".gnupg").join("S.gpg-agent");
        let is_socket = std::fs::metadata(&socket).is_ok_and(|there| os::is_socket(&there));
        match self.get("XDG_RUNTIME_DIR") {
            Some(directory) if !is_socket => Some(Path::new(directory).join("gnupg").join("S.gpg-agent")),
            _ => Some(socket),
        }
    }
}

impl AgeHost for SystemHost {
    fn var(&self, name: &str) -> Option<OsString> {
        self.get(name).map(OsStr::to_owned)
    }

    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        std::fs::read(path).map(Zeroizing::new)
    }

    fn run(
        &self,
        program: &str,
        arguments: &[String],
        variable: (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut command = self.command(program)?;
        command.args(arguments).env(variable.0, variable.1);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let Output { status, stdout, .. } =
            command.output().map_err(|error| start_error(&command, &error))?;
        let stdout = Zeroizing::new(stdout);
        if status.success() {
            return Ok(stdout);
        }
        Err(match status.code() {
            Some(code) => format!("exit status {code}"),
            None => format!("signal: {}", signal_name(os::signal_of(status).map_or(0, |(signal, _)| signal))),
        })
    }

    fn start_plugin(&self, name: &str, phase: &str) -> Result<Box<dyn Stream>, String> {
        let mut command = self.command(&format!("age-plugin-{name}")).map_err(|error| {
            match error.ends_with(NoProgram::NOT_FOUND) {
                true => format!("{} plugin not found: {error}", quote(name)),
                false => error,
            }
        })?;
        let debug = self.get("AGEDEBUG") == Some(OsStr::new("plugin"));
        let mut child = command
            .arg(format!("--age-plugin={phase}"))
            .current_dir(os::temporary_folder(&|name| self.get(name).map(OsStr::to_owned)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if debug { Stdio::inherit() } else { Stdio::null() })
            .spawn()
            .map_err(|error| start_error(&command, &error))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok(Box::new(Plugin { child, input, output }))
    }

    fn connect_agent(&self) -> Option<Box<dyn Stream>> {
        let stream = os::connect(&self.agent_socket()?).ok()?;
        Some(Box::new(stream))
    }

    fn standard_input(&self) -> Option<String> {
        os::standard_input()
    }

    fn read_secret(&self, prompt: &str) -> Result<Secret, String> {
        terminal::ask(prompt, Typed::Hidden)
    }

    fn read_public(&self, prompt: &str) -> Result<String, String> {
        terminal::ask(prompt, Typed::Shown).map(|answer| answer.as_str().to_owned())
    }

    fn read_character(&self, prompt: &str) -> Result<u8, String> {
        let answer = terminal::ask(prompt, Typed::Character)?;
        Ok(answer.bytes().next().unwrap_or_default())
    }

    fn log(&self, level: Level, message: &str) {
        (self.log)(level, message);
    }
}

/// A plugin that runs. Dropping it closes its pipes, interrupts it and waits for its end.
struct Plugin {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
}

impl Read for Plugin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.output.as_mut().map_or(Ok(0), |output| output.read(buffer))
    }
}

impl Write for Plugin {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(buffer),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        drop((self.input.take(), self.output.take()));
        os::interrupt(&mut self.child);
        let _ = self.child.wait();
    }
}

/// A signal's name as Go prints it.
fn signal_name(signal: i32) -> String {
    const NAMES: [&str; 15] = [
        "hangup",
        "interrupt",
        "quit",
        "illegal instruction",
        "trace/breakpoint trap",
        "aborted",
        "bus error",
        "floating point exception",
        "killed",
        "user defined signal 1",
        "segmentation fault",
        "user defined signal 2",
        "broken pipe",
        "alarm clock",
        "terminated",
    ];
    let name = usize::try_from(signal - 1).ok().and_then(|i| NAMES.get(i));
    name.map_or_else(|| format!("signal {signal}"), |name| (*name).to_owned())
}

pub(in crate::backends) fn start_error(command: &Command, error: &io::Error) -> String {
    io_error("fork/exec", Path::new(command.get_program()), error)
}
