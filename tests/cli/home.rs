//! A machine for one test: a home directory, a few files, one age key, and nothing else.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Whoever holds [`KEY`] can open what is encrypted for this.
pub(crate) const RECIPIENT: &str = "age1r89tavc6dndtq7ghl6qfpy7gkg2xkgsm2jk57kvyztd6ak05mfrszj3tnf";
/// Nobody here can open what is encrypted for this.
pub(crate) const STRANGER: &str = "age12gy0m0afd3meskv0xzfnvcaedayvf073k6hn7n7z8wymzaa7355s0ywulg";
/// A throwaway key, made for tests.
const KEY: &str = "AGE-SECRET-KEY-1M8JNRSAKQR85MYQR72D0G5YH9UHGA5PWWDM53WXKSQ9QG7UPKHZSRTF5HF";

/// A folder to work in, with its own `HOME` and `TMPDIR` beside it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    /// Nothing in the folder, no variables but the key.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["here", "home", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Self { folder, variables: vec![("SOPS_AGE_KEY".into(), KEY.into())] }
    }

    /// Without any key.
    pub(crate) fn without_key(mut self) -> Self {
        self.variables.retain(|(name, _)| name != "SOPS_AGE_KEY");
        self
    }

    /// The identity of [`RECIPIENT`].
    pub(crate) fn key() -> &'static str {
        KEY
    }

    /// With files from `data/`, made by sops.
    pub(crate) fn with(self, names: &[&str]) -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/data");
        for name in names {
            std::fs::copy(data.join(name), self.path(name)).expect("a data file");
        }
        self
    }

    /// With a file of this text.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
        self
    }

    /// With a variable.
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// With an editor that is this shell script; `$1` is the file.
    pub(crate) fn editor(self, script: &str) -> Self {
        let path = self.folder.path().join("editor");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        make_executable(&path);
        let path = path.to_str().expect("text").to_owned();
        self.var("EDITOR", &path)
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("here").join(name)
    }

    /// What a file holds.
    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).expect("a file")).expect("text")
    }

    /// Where temporary plaintext goes.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// What is left in the temporary folder.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for place in [self.tmp(), self.path("")] {
            for entry in std::fs::read_dir(place).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.parent() == Some(&self.tmp()) || path.to_string_lossy().ends_with(".tmp") {
                    found.push(path);
                }
            }
        }
        found
    }

    /// A command with nothing of this machine but `PATH`.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("TMPDIR", self.tmp())
            .envs(self.variables.iter().map(|(k, v)| (k, v)))
            .current_dir(self.path(""))
            .stdin(Stdio::null());
        command
    }

    /// Runs sops to its end.
    pub(crate) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        Run::of(self.sops(arguments).output().expect("sops runs"))
    }

    /// The command, for tests that need more than [`Self::run`].
    pub(crate) fn sops<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_sops"));
        command.args(arguments);
        command
    }

    /// Runs sops with something on its stdin.
    pub(crate) fn pipe<'a>(&self, input: &str, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        let mut command = self.sops(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sops runs");
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        Run::of(child.wait_with_output().expect("sops ends"))
    }

    /// Runs a line of shell in which `sops` is this program.
    pub(crate) fn shell(&self, line: &str) -> Run {
        let line = format!("sops() {{ {} \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_sops"));
        Run::of(self.command("/bin/bash").args(["-c", &line]).output().expect("a shell runs"))
    }
}

/// Lets everyone execute a file.
pub(crate) fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("allowed");
}

/// Waits until `done` holds, at most ten seconds.
pub(crate) fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a signal can arrive: what starts the tests may have it ignored, as `nohup` and a shell's
/// `&` do, and then the program leaves it so.
#[allow(clippy::print_stderr)] // said out loud
pub(crate) fn can_arrive(name: &str) -> bool {
    let number = match name {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        _ => return true,
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0");
    let ignored = u64::from_str_radix(mask.trim(), 16).unwrap_or(0) >> (number - 1) & 1 == 1;
    if ignored {
        eprintln!("SKIPPED: SIG{name} is ignored where these tests run");
    }
    !ignored
}

/// Sends a signal by name.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

/// How a run ended and what it said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Run {
    /// From a finished process; one that died by a signal has 128 and its number as code.
    #[track_caller]
    pub(crate) fn of(output: Output) -> Self {
        crate::secrets::look_through("sops", &output.stdout, &output.stderr, []);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
        Self { stdout: text(output.stdout), stderr: without_times(&text(output.stderr)), code }
    }

    /// With ciphertext and a folder's name taken out: they are never twice the same.
    pub(crate) fn without(mut self, folder: &str) -> Self {
        // Reasons in the report of keys name places in this home, and break lines there.
        let reason = |line: &&str| !line.starts_with("    - |") && !line.starts_with("      |");
        self.stderr = self.stderr.split_inclusive('\n').filter(reason).collect();
        for text in [&mut self.stdout, &mut self.stderr] {
            *text = text.replace(folder, "FOLDER");
            if text.contains("ENC[AES256_GCM") {
                "(encrypted)".clone_into(text);
            }
            while let Some(at) = text.find("computed ").filter(|at| !text[at + 9..].starts_with('…')) {
                text.replace_range(at + 9..at + 9 + 128, "…");
            }
        }
        self
    }

    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code; stderr: {}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert_eq!(self.stdout, text, "stdout; stderr: {}", self.stderr);
        self
    }

    /// Just these words and a line end on stderr.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert_eq!(self.stderr.trim_end_matches('\n'), text, "stderr");
        self
    }

    /// These words somewhere on stderr.
    #[track_caller]
    pub(crate) fn mentions(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}: {}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says_nothing(self) -> Self {
        self.says("")
    }
}

/// Log lines without their time: `time="…"` in most, `2026/11/21 07:34:53 ` in front of some.
fn without_times(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| match line.split_once(" time=\"") {
        Some((start, rest)) => format!("{start}{}", rest.split_once('"').map_or("", |(_, rest)| rest)),
        None => without_date(line).to_owned(),
    });
    lines.collect()
}

fn without_date(line: &str) -> &str {
    let form = "0000/00/00 00:00:00 ";
    let is_date = line.len() > form.len()
        && line.bytes().zip(form.bytes()).all(|(b, f)| if f == b'0' { b.is_ascii_digit() } else { b == f });
    if is_date { &line[form.len()..] } else { line }
}
