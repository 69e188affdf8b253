//! The real machine as an [`AgeHost`]: files, processes, gpg-agent and the terminal, under an
//! environment that is given.

use super::host::{Level, Stream};
use super::sources::io_error;
use super::terminal::{self, Input};
use super::{AgeHost, Secret};
use crate::keys::quote::quote;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use zeroize::Zeroizing;

const NOT_FOUND: &str = "executable file not found in $PATH";

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
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// A command for the program of that name; like a shell, but never from the current directory.
    pub(in crate::backends) fn command(&self, program: &str) -> Result<Command, String> {
        let path = find_program(program, self.get("PATH").unwrap_or_default())?;
        let mut command = Command::new(path);
        command.env_clear().envs(&*self.variables);
        Ok(command)
    }

    /// The home directory that the user database names.
    pub(in crate::backends) fn home_of_user(&self) -> Option<PathBuf> {
        let id = rustix::process::getuid().as_raw().to_string();
        let users = std::fs::read_to_string("/etc/passwd").ok()?;
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.nth(2)? == id).then(|| fields.nth(2).map(PathBuf::from))?
        })
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
        let is_socket = std::fs::metadata(&socket).is_ok_and(|meta| meta.file_type().is_socket());
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
            None => format!("signal: {}", signal_name(status.signal().unwrap_or_default())),
        })
    }

    fn start_plugin(&self, name: &str, phase: &str) -> Result<Box<dyn Stream>, String> {
        let mut command = self.command(&format!("age-plugin-{name}")).map_err(|error| {
            match error.ends_with(NOT_FOUND) {
                true => format!("{} plugin not found: {error}", quote(name)),
                false => error,
            }
        })?;
        let debug = self.get("AGEDEBUG") == Some(OsStr::new("plugin"));
        let temporary = self.get("TMPDIR").filter(|path| !path.is_empty());
        let mut child = command
            .arg(format!("--age-plugin={phase}"))
            .current_dir(temporary.unwrap_or(OsStr::new("/tmp")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if debug { Stdio::inherit() } else { Stdio::null() })
            .spawn()
            .map_err(|error| start_error(&command, &error))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok(Box::new(Plugin { child, input, output }))
    }

    fn connect_agent(&self) -> Option<Box<dyn Stream>> {
        let stream = UnixStream::connect(self.agent_socket()?).ok()?;
        Some(Box::new(stream))
    }

    fn standard_input(&self) -> Option<String> {
        let path = std::fs::read_link("/proc/self/fd/0").ok()?;
        Some(path.to_string_lossy().into_owned())
    }

    fn read_secret(&self, prompt: &str) -> Result<Secret, String> {
        terminal::ask(prompt, Input::Hidden)
    }

    fn read_public(&self, prompt: &str) -> Result<String, String> {
        terminal::ask(prompt, Input::Shown).map(|answer| answer.as_str().to_owned())
    }

    fn read_character(&self, prompt: &str) -> Result<u8, String> {
        let answer = terminal::ask(prompt, Input::Character)?;
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
        let id = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::INT);
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

/// Looks a program up in `search`, the value of `PATH`.
///
/// # Errors
///
/// In Go's words. A program found through a relative entry of `PATH` is refused: whoever can write
/// to the directory of a file could else have a program of theirs run with its keys.
fn find_program(name: &str, search: &OsStr) -> Result<PathBuf, String> {
    let quoted = quote(name);
    if name.contains('/') {
        return Ok(PathBuf::from(name));
    }
    for directory in std::env::split_paths(search) {
        let path = directory.join(name);
        if check_program(&path).is_ok() {
            if path.is_absolute() {
                return Ok(path);
            }
            return Err(format!("exec: {quoted}: cannot run executable found relative to current directory"));
        }
    }
    Err(format!("exec: {quoted}: {NOT_FOUND}"))
}

fn check_program(path: &Path) -> io::Result<()> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}
