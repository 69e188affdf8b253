//! `exec-file`: a command with the decrypted file in a temporary pipe or file (command line §7.8).

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path};
use std::process::Stdio;

use super::decrypt::Request;
use super::exec_env::file_and_command;
use crate::cli::args::ExecFileArgs;
use crate::cli::background;
use crate::cli::child;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, reason};
use crate::cli::files;
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::open::{self, Session};
use crate::cli::os::fifo::{self, Fifo};
use crate::cli::temporary::PrivateFolder;
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &ExecFileArgs, environment: &Environment) -> Result<(), Failure> {
    let (file, command) = file_and_command("exec-file", &args.words)?;
    if background::is_keeper(environment) {
        let plaintext = files::read_stdin()?;
        return serve(args, command, plaintext, environment, Place::Background);
    }
    let path = Path::new(file);
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    session.about(path);
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
        return background::start(&keeper_arguments(args, file, command), &plaintext);
    }
    serve(args, command, plaintext, environment, Place::Foreground)
}

/// Where the command runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// With our terminal, and its end is ours.
    Foreground,
    /// Without a terminal. We are the process that keeps its file; nobody waits for us.
    Background,
}

/// Runs the command with the plaintext at hand, until it ends.
fn serve(
    args: &ExecFileArgs,
    command: &OsStr,
    plaintext: Vec<u8>,
    environment: &Environment,
    place: Place,
) -> Result<(), Failure> {
    let user = args.child.user.as_deref().filter(|user| !user.is_empty());
    let user = user.map_or_else(|| Ok(Vec::new()), child::become_user)?;
    let chosen = args.filename.as_deref().filter(|name| !name.is_empty());
    if chosen.is_some_and(|name| !is_local(name)) {
        return Err(Failure::generic("The provided filename is not a local path."));
    }
    let regular = match fifo::ABSENT {
        Some(why) if !args.no_fifo => {
            ui::log_with("EXEC", Level::Warning, why, &[]);
            true
        }
        _ => args.no_fifo,
    };
    let room = if regular { plaintext.len() } else { 0 };
    let folder = PrivateFolder::new(environment, ".sops", room).map_err(Failure::generic)?;
    let (name, fifo) = provide(&folder, chosen, regular, plaintext)?;

    let mut variables = environment.all();
    variables.retain(|(name, _)| name != background::KEEPER);
    variables.extend(user);
    let placeholder = args.placeholder.as_deref().unwrap_or("{}");
    let command = fill_in(command, placeholder, folder.path().join(name).as_os_str());
    let mut shell = child::shell(&command, variables);
    if place == Place::Background {
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    let ended = child::run(&mut shell, || {
        if place == Place::Background {
            background::started();
        }
    });
    // The pipe must be at rest before its folder is removed.
    drop(fifo);
    drop(folder);
    ended
}

/// The command line of the process that keeps the file while the command runs in the background.
fn keeper_arguments(args: &ExecFileArgs, file: &OsStr, command: &OsStr) -> Vec<OsString> {
    let mut line: Vec<OsString> = vec!["exec-file".into()];
    if args.no_fifo {
        line.push("--no-fifo".into());
    }
    let mut flag = |name: &str, value: Option<&OsStr>| {
        if let Some(value) = value {
            line.push(name.into());
            line.push(value.to_owned());
        }
    };
    flag("--filename", args.filename.as_deref());
    flag("--user", args.child.user.as_deref().map(OsStr::new));
    flag("--placeholder", args.placeholder.as_deref().map(OsStr::new));
    line.extend(["--".into(), file.to_owned(), command.to_owned()]);
    line
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

/// The command with the path in place of every placeholder. An empty one stands nowhere.
fn fill_in(command: &OsStr, placeholder: &str, path: &OsStr) -> OsString {
    let (bytes, placeholder) = (command.as_encoded_bytes(), placeholder.as_bytes());
    let mut out = Vec::with_capacity(bytes.len() + path.len());
    let mut at = 0;
    while at < bytes.len() {
        if !placeholder.is_empty() && bytes[at..].starts_with(placeholder) {
            out.extend_from_slice(path.as_encoded_bytes());
            at += placeholder.len();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    resops::os::owned(out)
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
        let fill = |command: &str, placeholder: &str| fill_in(command.as_ref(), placeholder, "/p".as_ref());
        assert_eq!(fill("cat {} '{}' {", "{}"), "cat /p '/p' {");
        assert_eq!(fill("awk '{}' @F", "@F"), "awk '{}' /p");
        assert_eq!(fill("cat {}", ""), "cat {}");
    }
}
