//! Asking the user, on the console and never on standard input that is something else.

use super::super::{Typed, reason};
use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Write};
use zeroize::Zeroizing;

/// Shows the prompt and reads the answer. A single key is a line too: no library reads one without the other.
pub(crate) fn ask(prompt: &str, input: Typed) -> Result<Zeroizing<String>, String> {
    let open = |name: &str| {
        let console = OpenOptions::new().read(true).write(true).open(name);
        console.map_err(|error| {
            let why = reason(&error);
            format!("standard input is not a terminal, and {name} is not available: open {name}: {why}")
        })
    };
    let mut screen = open("CONOUT$")?;
    let mut talk = || -> io::Result<Zeroizing<String>> {
        write!(screen, "{prompt} ")?;
        match input {
            Typed::Hidden | Typed::Character => rpassword::read_password().map(Zeroizing::new),
            Typed::Shown => {
                let mut line = Zeroizing::new(String::new());
                match BufReader::new(open("CONIN$").map_err(io::Error::other)?).read_line(&mut line)? {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    _ => Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned())),
                }
            }
        }
    };
    talk().map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        _ => reason(&error),
    })
}
