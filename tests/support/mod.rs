//! What the tests of the whole program share: a scratch home, the program to run, nasty documents.
#![allow(dead_code, unreachable_pub)] // every test file takes its own part

pub mod fake;
pub mod memory;
pub mod nasty;
pub mod rng;
pub mod secrets;
pub mod tamper;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The throwaway identity that opens most files of `testdata/`.
pub const AGE_RECIPIENT: &str = "age1r89tavc6dndtq7ghl6qfpy7gkg2xkgsm2jk57kvyztd6ak05mfrszj3tnf";

/// A file of `testdata/`.
pub fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// The bytes of a file of `testdata/`.
pub fn read_testdata(name: &str) -> Vec<u8> {
    let path = testdata(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The program under test. `SOPS_UNDER_TEST` puts another in its place: with the real sops there,
/// the tests of `bugs.rs` show which of the bugs a version has.
pub fn program() -> PathBuf {
    std::env::var_os("SOPS_UNDER_TEST").map_or_else(|| env!("CARGO_BIN_EXE_sops").into(), PathBuf::from)
}

/// The real sops to compare with, if `SOPS_BIN` names one.
pub fn real_sops() -> Option<PathBuf> {
    std::env::var_os("SOPS_BIN").filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// A number from the environment, for how much a test is to do.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: no number")))
}

/// How many threads work on the files of a run over many: four for each core.
pub fn workers() -> usize {
    4 * std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs `work` for every number of `0..count` on all cores, each thread with a home of its own.
pub fn on_all_cores<T: Send>(count: u64, work: impl Fn(&Home, u64) -> Option<T> + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let home = Home::with_age();
                    let mut found = Vec::new();
                    loop {
                        let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        if number >= count {
                            return found;
                        }
                        found.extend(work(&home, number));
                    }
                })
            })
            .collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("a worker panicked")).collect()
    })
}

/// A scratch folder that is home, working directory and temporary folder of the programs run in
/// it. Nothing of the machine's environment gets in.
pub struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    program: PathBuf,
}

impl Home {
    /// Without keys and without rules.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        std::fs::create_dir(folder.path().join("tmp")).expect("a folder for temporary files");
        Self { folder, variables: Vec::new(), program: program() }
    }

    /// With one age identity that encrypts and decrypts.
    pub fn with_age() -> Self {
        Self::empty().and_age()
    }

    /// With that identity beside what is there.
    #[must_use]
    pub fn and_age(self) -> Self {
        self.and_identity().set("SOPS_AGE_RECIPIENTS", AGE_RECIPIENT)
    }

    /// With that identity for decrypting alone.
    #[must_use]
    pub fn and_identity(self) -> Self {
        let key = testdata("interop/keys/age1.txt").display().to_string();
        self.set("SOPS_AGE_KEY_FILE", &key)
    }

    /// With one more environment variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(n, _)| n != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        self
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn read_text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Runs the program under test.
    pub fn sops<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.run(&self.program, arguments, b"")
    }

    /// Runs any program; `input` is its stdin.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Run {
        let arguments: Vec<_> = arguments.into_iter().map(|a| a.as_ref().to_owned()).collect();
        let mut child = Command::new(program)
            .args(&arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.path("tmp"))
            .env("SOPS_DISABLE_VERSION_CHECK", "true")
            .envs(self.variables.iter().map(|(n, v)| (n, v)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let mut stdin = child.stdin.take().expect("stdin is piped");
        // A program that does not read its input closes the pipe: no matter.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().expect("the program was started")
        });
        let what = format!("{} {arguments:?}", program.file_name().unwrap_or_default().display());
        // The real sops tells some.
        let is_real = |name: &OsStr| real_sops().is_some_and(|real| real == name);
        let is_ours = self.program == Path::new(env!("CARGO_BIN_EXE_sops"));
        if is_ours && !is_real(program.as_os_str()) && !arguments.iter().any(|word| is_real(word)) {
            let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let mut stdout = output.stdout.clone();
            // A terminal shows what is typed before the program says that it is not to.
            if arguments.iter().any(|word| word == "/usr/bin/script") {
                let text = String::from_utf8_lossy(&stdout).into_owned();
                let typed = String::from_utf8_lossy(input);
                stdout = typed.lines().fold(text, |text, line| text.replacen(line, "", 1)).into_bytes();
            }
            secrets::look_through(&what, &stdout, &output.stderr, variables);
        }
        Run {
            what,
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Encrypts the file of this name, in place.
    pub fn encrypt(&self, name: &str) -> &Self {
        self.sops(["encrypt", "-i", name]).exits(0);
        self
    }

    /// Writes `text`, encrypts the file and gives the ciphertext.
    pub fn encrypted(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        self.write(name, text).encrypt(name).read_text(name)
    }

    /// What `decrypt` prints for the file of this name.
    pub fn decrypted(&self, name: &str) -> Vec<u8> {
        self.sops(["decrypt", name]).exits(0).stdout
    }
}

/// What a program did.
pub struct Run {
    pub what: String,
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{} said:\n{}", self.what, self.stderr);
        self
    }

    /// Anything but success, and no crash.
    #[track_caller]
    pub fn refuses(self) -> Self {
        assert!(self.code.is_some_and(|code| code != 0), "{} exits {:?}", self.what, self.code);
        self.does_not_crash()
    }

    #[track_caller]
    pub fn does_not_crash(self) -> Self {
        assert!(
            self.code.is_some_and(|code| code != 101),
            "{} exits {:?}:\n{}",
            self.what,
            self.code,
            self.stderr
        );
        assert!(!self.stderr.contains("panicked at"), "{} panicked:\n{}", self.what, self.stderr);
        self
    }

    #[track_caller]
    pub fn prints(self, expected: impl AsRef<[u8]>) -> Self {
        assert_same(&self.what, &self.stdout, expected.as_ref());
        self
    }

    #[track_caller]
    pub fn prints_nothing(self) -> Self {
        assert!(self.stdout.is_empty(), "{} printed {}", self.what, shown(&self.stdout));
        self
    }

    /// stderr holds this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{} did not say {text:?} but:\n{}", self.what, self.stderr);
        self
    }

    /// Neither stream holds this text.
    #[track_caller]
    pub fn keeps_quiet_about(self, secret: &str) -> Self {
        assert!(!self.stderr.contains(secret), "{} told the secret:\n{}", self.what, self.stderr);
        self
    }
}

/// A run that may have failed, and did it decently. Every run is looked through for secrets.
#[track_caller]
pub fn discreet(run: Run) -> Run {
    run.does_not_crash()
}

/// Bytes for a person to read.
pub fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4000)]);
    text.replace('\r', "␍").replace('\t', "→").replace(" \n", "·\n")
}

/// Two byte strings are the same; if not, both are shown.
#[track_caller]
pub fn assert_same(what: &str, got: &[u8], expected: &[u8]) {
    assert!(got == expected, "{what}\n--- expected\n{}\n--- got\n{}\n---", shown(expected), shown(got));
}

/// Replaces the one place where `old` stands.
#[track_caller]
pub fn replace_once(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old:?} in\n{text}");
    text.replace(old, new)
}

/// The line that starts with `start` after its indentation, with its break.
#[track_caller]
pub fn line<'t>(text: &'t str, start: &str) -> &'t str {
    text.split_inclusive('\n')
        .find(|line| line.trim_start().starts_with(start))
        .unwrap_or_else(|| panic!("no line {start:?} in\n{text}"))
}
