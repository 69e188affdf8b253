//! A terminal for a program under test: the two ends of a pseudo-terminal.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::home::Run;

/// Runs a command with stdin, stdout and stderr on a terminal at which `typed` is typed. What it prints is
/// all in stdout, with the line ends of a terminal taken back.
pub(crate) fn run(command: &mut Command, typed: &str) -> Run {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
    grantpt(&person).and_then(|()| unlockpt(&person)).expect("a terminal");
    let name = ptsname(&person, Vec::new()).expect("a name").into_string().expect("text");
    let open = || -> Stdio {
        let flags = rustix::fs::OFlags::NOCTTY.bits() as i32;
        let mut options = OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::custom_flags(options.read(true).write(true), flags);
        options.open(&name).expect("the program's end").into()
    };
    let mut child = command.stdin(open()).stdout(open()).stderr(open()).spawn().expect("it runs");
    // The command keeps the program's end open until it has other streams.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut person = File::from(person);
    person.write_all(typed.as_bytes()).expect("typed");
    let mut shown = Vec::new();
    // When nobody has the other end any more, reading fails.
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = person.read(&mut part) {
        shown.extend_from_slice(&part[..length]);
    }
    let status = child.wait().expect("it ends");
    let stdout = String::from_utf8_lossy(&shown).replace("\r\n", "\n").into_bytes();
    Run::of(std::process::Output { status, stdout, stderr: Vec::new() })
}
