//! A machine for one test, on Windows: folders, a few files, one age key, and nothing else.
#![cfg(windows)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whoever holds [`KEY`] can open what is encrypted for this.
pub const RECIPIENT: &str = "age1r89tavc6dndtq7ghl6qfpy7gkg2xkgsm2jk57kvyztd6ak05mfrszj3tnf";
/// A throwaway key, made for tests.
pub const KEY: &str = "AGE-SECRET-KEY-1M8JNRSAKQR85MYQR72D0G5YH9UHGA5PWWDM53WXKSQ9QG7UPKHZSRTF5HF";

/// A folder to work in, with folders for a user beside it. Gone when dropped.
pub struct Home {
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

impl Home {
    /// Nothing in the folder, no variables but the key.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sops {} {number}", std::process::id()));
        for name in ["here", "tmp", "appdata"] {
            std::fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        Self { folder, variables: vec![("SOPS_AGE_KEY".into(), KEY.into())] }
    }

    /// Without any key.
    pub fn without_key(mut self) -> Self {
        self.variables.clear();
        self
    }

    /// With a file of this text.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
        self
    }

    /// With a variable.
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// With an editor: a batch file outside of the working folder, named with backslashes; `%1` is the file.
    pub fn editor(self, lines: &str) -> Self {
        let path = self.folder.join("ed.bat");
        std::fs::write(&path, format!("@echo off\r\n{lines}\r\n")).expect("written");
        let quoted = format!("\"{}\"", path.display());
        self.var("SOPS_EDITOR", &quoted)
    }

    /// A path in the working folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join("here").join(name)
    }

    /// A folder of the user: `tmp` or `appdata`.
    pub fn own(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What a file holds.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("a file")
    }

    /// What a file holds, as text.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    /// Which file it is, whatever it is called.
    pub fn identity(&self, name: &str) -> u64 {
        let file = std::fs::File::open(self.path(name)).expect("there");
        winapi_util::file::information(file).expect("told").file_index()
    }

    /// What is left of temporary files.
    pub fn left_over(&self) -> Vec<PathBuf> {
        let all = [self.own("tmp"), self.path("")].map(|place| std::fs::read_dir(place).expect("a folder"));
        let all = all.into_iter().flatten().map(|entry| entry.expect("an entry").path());
        all.filter(|path| {
            path.starts_with(self.own("tmp")) || path.extension().is_some_and(|end| end == "tmp")
        })
        .collect()
    }

    /// Runs sops in a folder below the working one.
    pub fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        self.run_with(&self.path(folder), arguments, b"")
    }

    /// Runs sops in the working folder.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments)
    }

    /// Runs sops in a folder, with this on stdin.
    pub fn run_with(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
        use std::io::Write;
        let root = std::env::var_os("SYSTEMROOT").unwrap_or_else(|| r"C:\windows".into());
        let mut child = Command::new(std::env::var_os("SOPS_EXE").expect("SOPS_EXE names the program"))
            .args(arguments)
            .env_clear()
            .env("PATH", Path::new(&root).join("system32"))
            .env("SYSTEMROOT", root)
            .env("TMP", self.own("tmp"))
            .env("AppData", self.own("appdata"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sops starts");
        child.stdin.take().expect("a pipe").write_all(input).expect("written");
        Run(child.wait_with_output().expect("sops ends"), format!("{arguments:?}"))
    }

    /// Encrypts text to a file in place.
    pub fn encrypted(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let this = self.file(name, text);
        this.run(&["encrypt", "--age", RECIPIENT, "-i", name]).exits(0);
        this
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// How a run ended.
pub struct Run(Output, String);

impl Run {
    /// With this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}\n{}\n{}", self.1, self.out(), self.err());
        self
    }

    /// With this in what it says.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err().contains(text), "{}\n{}", self.1, self.err());
        self
    }

    /// With precisely this on stdout, whatever the line ends are.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert_eq!(self.out().replace("\r\n", "\n").trim_end(), text, "{}\n{}", self.1, self.err());
        self
    }

    /// What is on stdout.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// What is on stdout, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.0.stdout
    }

    fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }
}
