//! Asking the user, on the terminal and never on standard input that is something else.

use super::super::{Typed, reason};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use zeroize::Zeroizing;

/// A secret text.
type Secret = Zeroizing<String>;

/// Shows the prompt, reads the answer, and takes the prompt away again.
pub(crate) fn ask(prompt: &str, input: Typed) -> Result<Secret, String> {
    let mut terminal = open()?;
    let mut talk = || -> io::Result<Secret> {
        write!(terminal, "{prompt} ")?;
        let mode = Mode::set(&terminal, input)?;
        let answer = read(&mut terminal, input);
        drop(mode);
        // A new line, and the line above erased.
        write!(terminal, "\r\n\x1b[F\x1b[K")?;
        answer
    };
    talk().map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        _ => error.to_string(),
    })
}

fn open() -> Result<File, String> {
    match OpenOptions::new().read(true).write(true).open("/dev/tty") {
        Ok(terminal) => Ok(terminal),
        Err(error) => {
            let input = io::stdin();
            if input.is_terminal()
                && let Ok(copy) = input.as_fd().try_clone_to_owned()
            {
                return Ok(OwnedFd::into(copy));
            }
            let why = reason(&error);
            Err(format!(
                "standard input is not a terminal, and /dev/tty is not available: open /dev/tty: {why}"
            ))
        }
    }
}

fn read(terminal: &mut File, input: Typed) -> io::Result<Secret> {
    let mut line = Zeroizing::new(Vec::with_capacity(1024));
    let mut byte = Zeroizing::new([0]);
    loop {
        if terminal.read(&mut byte[..])? == 0 {
            if line.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            break;
        }
        match byte[0] {
            b'\n' if input != Typed::Character => break,
            b'\r' if input != Typed::Character => {}
            byte => line.push(byte),
        }
        if input == Typed::Character {
            break;
        }
    }
    let text = str::from_utf8(&line).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok(Secret::new(text.to_owned()))
}

/// The terminal's mode while an answer is typed; the old one comes back on drop.
struct Mode {
    terminal: OwnedFd,
    before: Termios,
}

impl Mode {
    fn set(terminal: &File, input: Typed) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut mode = before.clone();
        match input {
            Typed::Shown => {}
            Typed::Hidden => mode.local_modes.remove(LocalModes::ECHO),
            Typed::Character => {
                let lines = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
                mode.local_modes.remove(lines);
            }
        }
        tcsetattr(terminal, OptionalActions::Now, &mode)?;
        let terminal = terminal.as_fd().try_clone_to_owned()?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
