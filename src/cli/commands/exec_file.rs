//! `exec-file`: a command with the decrypted file in a temporary pipe or file (command line §7.8).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::decrypt::Request;
use super::exec_env::file_and_command;
use crate::cli::args::ExecFileArgs;
use crate::cli::child;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::fifo::Fifo;
use crate::cli::files;
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::open::{self, Session};
use crate::cli::temporary::PrivateFolder;
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &ExecFileArgs, environment: &Environment) -> Result<(), Failure> {
    let (file, command) = file_and_command(&args.words)?;
    let path = Path::new(file);
    let config = Config::load(&args.global, environment)?;
    let session = Session::new(&args.services, &args.order, environment)?;
    let request = Request {
        types: Types::choose(args.types.input_type.as_deref(), args.types.output_type.as_deref(), path),
        extract: Vec::new(),
        ignore_mac: false,
    };
    let plaintext = request.decrypt(input::read(path)?, &config, &session)?;
    if args.child.background {
        ui::log(
            Level::Warning,
            "exec-file's --background option is deprecated and will be removed in a future version of sops",
        );
    }

    let user = args.child.user.as_deref().filter(|user| !user.is_empty());
    let user = user.map_or_else(|| Ok(Vec::new()), child::become_user)?;
    let chosen = args.filename.as_deref().filter(|name| !name.is_empty());
    if chosen.is_some_and(|name| !is_local(name)) {
        return Err(Failure::generic("The provided filename is not a local path."));
    }
    let folder = PrivateFolder::new(environment, ".sops").map_err(Failure::generic)?;
    let (name, fifo) = provide(&folder, chosen, args.no_fifo, plaintext)?;

    let mut variables = environment.all();
    variables.extend(user);
    let command = fill_in(command, folder.path().join(name).as_os_str());
    let mut shell = child::shell(&command, variables);
    let ended =
        if args.child.background { in_background(&mut shell, fifo.as_ref()) } else { child::run(&mut shell) };
    // The pipe must be at rest before its folder is removed.
    drop(fifo);
    drop(folder);
    ended
}

/// Puts the plaintext into the folder, as a pipe or as a file.
fn provide(
    folder: &PrivateFolder,
    name: Option<&OsStr>,
    regular: bool,
    plaintext: Vec<u8>,
) -> Result<(OsString, Option<Fifo>), Failure> {
    let failed = |error: std::io::Error| Failure::generic(reason(&error));
    if regular {
        let name =
            name.map_or_else(|| format!("tmp-file{:010}", open::random_number()).into(), OsStr::to_owned);
        files::write_private(&folder.path().join(&name), &plaintext).map_err(failed)?;
        return Ok((name, None));
    }
    let name = name.unwrap_or(OsStr::new("tmp-file")).to_owned();
    let fifo = Fifo::serve(folder.path(), Path::new(&name), plaintext.into()).map_err(failed)?;
    Ok((name, Some(fifo)))
}

/// Whether a name stays within the folder that it is put into.
fn is_local(name: &OsStr) -> bool {
    let mut depth = 0_usize;
    for part in Path::new(name).components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

/// The command with the path in place of every `{}`.
fn fill_in(command: &OsStr, path: &OsStr) -> OsString {
    let bytes = command.as_bytes();
    let mut out = Vec::with_capacity(bytes.len() + path.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"{}") {
            out.extend_from_slice(path.as_bytes());
            at += 2;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    OsString::from_vec(out)
}

/// Starts the command without our terminal. The plaintext stays until it was read from the pipe, or,
/// in a file, until the command ends: nobody else would remove it.
fn in_background(shell: &mut Command, fifo: Option<&Fifo>) -> Result<(), Failure> {
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = shell.spawn().map_err(|error| child::not_started(shell, &error))?;
    while fifo.is_none_or(|fifo| !fifo.served()) {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Ok(Some(_)) => break,
            Err(error) => return Err(Failure::new(Kind::Generic, reason(&error))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_must_stay_in_the_folder() {
        for (name, local) in [
            ("x", true),
            ("sub/x", true),
            ("a/../b", true),
            ("../x", false),
            ("/x", false),
            ("a/../../b", false),
        ] {
            assert_eq!(is_local(OsStr::new(name)), local, "{name}");
        }
    }

    #[test]
    fn every_placeholder_is_filled_in() {
        assert_eq!(fill_in(OsStr::new("cat {} '{}' {"), OsStr::new("/p")), "cat /p '/p' {");
    }
}
