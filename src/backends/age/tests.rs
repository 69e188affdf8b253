//! Against files that sops 3.13.2 wrote (`testdata/interop/age`), on a machine made up per test.

use super::{AgeHost, AgeService, Level, Secret, Stream};
use crate::keys::{Attempt, KeyService, MasterKey, WrappedKey};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use zeroize::Zeroizing;

/// A machine with what a test gives it, and a home without files.
#[derive(Default)]
pub(super) struct Machine {
    variables: HashMap<String, String>,
    files: HashMap<PathBuf, Vec<u8>>,
    runs: AtomicUsize,
    passphrase: Option<String>,
    prompts: Mutex<Vec<String>>,
    messages: Mutex<Vec<String>>,
    plugin: Option<Box<dyn Fn(&str) -> Box<dyn Stream> + Send + Sync>>,
    agent: Option<Box<dyn Fn() -> Box<dyn Stream> + Send + Sync>>,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self::default().var("HOME", "/home/alice")
    }

    pub(super) fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn passphrase(mut self, passphrase: &str) -> Self {
        self.passphrase = Some(passphrase.to_owned());
        self
    }

    pub(super) fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.files.insert(path.into(), content.to_vec());
        self
    }
}

impl AgeHost for Machine {
    fn var(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).map(OsString::from)
    }

    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        let content = self.files.get(path).cloned().map(Zeroizing::new);
        content.ok_or_else(|| io::Error::from_raw_os_error(2))
    }

    /// The program `cat` gives the file that its argument names.
    fn run(
        &self,
        program: &str,
        arguments: &[String],
        variable: (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        assert_eq!(variable.0, "SOPS_AGE_RECIPIENT");
        match program {
            "cat" => self.read(Path::new(&arguments[0])).map_err(|_| "exit status 1".to_owned()),
            "recipient" => Ok(variable.1.as_bytes().to_vec().into()),
            _ => Err(format!("exec: \"{program}\": executable file not found in $PATH")),
        }
    }

    fn start_plugin(&self, name: &str, phase: &str) -> Result<Box<dyn Stream>, String> {
        match &self.plugin {
            Some(plugin) => Ok(plugin(phase)),
            None => Err(format!(
                "\"{name}\" plugin not found: exec: \"age-plugin-{name}\": executable file not \
                 found in $PATH"
            )),
        }
    }

    fn connect_agent(&self) -> Option<Box<dyn Stream>> {
        self.agent.as_ref().map(|agent| agent())
    }

    fn standard_input(&self) -> Option<String> {
        Some("/dev/null".to_owned())
    }

    fn read_secret(&self, prompt: &str) -> Result<Secret, String> {
        self.prompts.lock().unwrap().push(prompt.to_owned());
        self.passphrase.clone().map(Secret::new).ok_or_else(|| {
            "standard input is not a terminal, and /dev/tty is not available: open /dev/tty: no \
             such device or address"
                .to_owned()
        })
    }

    fn read_public(&self, prompt: &str) -> Result<String, String> {
        self.read_secret(prompt).map(|secret| secret.as_str().to_owned())
    }

    fn read_character(&self, prompt: &str) -> Result<u8, String> {
        self.read_secret(prompt).map(|secret| secret.as_bytes()[0])
    }

    fn log(&self, level: Level, message: &str) {
        self.messages.lock().unwrap().push(format!("{level:?}: {message}"));
    }
}

pub(super) fn testdata(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/interop/age").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// An entry as a file has it; the recipient does not matter for unwrapping.
pub(super) fn entry(enc: &str) -> WrappedKey {
    let key = MasterKey::Age { recipient: "age1recipient".into() };
    WrappedKey { key, created_at: None, enc: enc.into() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The secret in hex, or the failure's text.
pub(super) fn unwrap(machine: Machine, enc: &str) -> Result<String, String> {
    match AgeService::new(machine).unwrap(&entry(enc)) {
        Attempt::Recovered(secret) => Ok(hex(&secret)),
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => Err(reason.to_string()),
    }
}

const X25519_SECRET: &str = "14bb159ad6e2b50836154d16b9e45458ed98872b903eae9e10b750ead29cd1b2";

#[test]
fn x25519_from_every_place() {
    let enc = testdata("x25519.age");
    let key = testdata("age1.txt");
    let line = key.lines().last().unwrap();
    let other = testdata("age2.txt");
    for machine in [
        Machine::new().var("SOPS_AGE_KEY", &format!("# x\n{line} {line}\n")),
        Machine::new().var("SOPS_AGE_KEY_FILE", "/k").file("/k", key.as_bytes()),
        Machine::new().var("SOPS_AGE_KEY_CMD", "cat '/k'").file("/k", key.as_bytes()),
        Machine::new().file("/home/alice/.config/sops/age/keys.txt", key.as_bytes()),
        Machine::new().var("XDG_CONFIG_HOME", "/c").file("/c/sops/age/keys.txt", key.as_bytes()),
        Machine::new()
            .var("SOPS_AGE_KEY", "bad")
            .var("SOPS_AGE_KEY_FILE", "/o")
            .file("/o", other.as_bytes())
            .file("/home/alice/.config/sops/age/keys.txt", key.replace('\n', "\r\n").as_bytes()),
    ] {
        assert_eq!(unwrap(machine, &enc).unwrap(), X25519_SECRET);
    }
}

#[test]
fn hybrid() {
    let machine = Machine::new().var("SOPS_AGE_KEY_FILE", "/k");
    let machine = machine.file("/k", testdata("pq.txt").as_bytes());
    assert_eq!(
        unwrap(machine, &testdata("hybrid.age")).unwrap(),
        "97539de83fd2a24f66f678d5034e9dc3ccba6d746b84eac14167e2fa03fc2bf5"
    );
}

#[test]
fn wrapped_keys_come_back() {
    for key in ["age1.txt", "pq.txt"] {
        check_round_trip(&testdata(key));
    }
}

fn check_round_trip(key: &str) {
    let identity = key.lines().last().unwrap();
    let recipient = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let service = AgeService::new(Machine::new().var("SOPS_AGE_KEY", identity));
    let key = MasterKey::age(recipient).unwrap();
    for length in [0, 1, 17, 32, 33, 200] {
        let secret = vec![7; length];
        let enc = service.wrap(&key, &secret).unwrap();
        assert!(enc.ends_with("\n-----END AGE ENCRYPTED FILE-----\n"));
        assert!(enc.lines().all(|line| line.len() <= 64));
        let Attempt::Recovered(back) = service.unwrap(&entry(&enc)) else { panic!() };
        assert_eq!(*back, secret);
    }
}

/// A low-order point would make every file readable by everybody.
#[test]
fn weak_points_are_refused() {
    let zero = crate::keys::bech32::encode("age", &[0; 32]);
    let key = MasterKey::age(&zero).unwrap();
    let error = AgeService::new(Machine::new()).wrap(&key, b"x").unwrap_err().to_string();
    assert_eq!(
        error,
        "failed to create writer for encrypting sops data key with age: failed to wrap key for \
         recipient #0: crypto/ecdh: bad X25519 remote ECDH input: low order point"
    );
}

/// A key that lies at hand starts no command; a command runs once per recipient.
#[test]
fn commands_run_when_needed() {
    let key = testdata("age1.txt");
    let enc = testdata("x25519.age");
    let machine = Machine::new()
        .var("SOPS_AGE_KEY_CMD", "cat /k")
        .file("/k", key.as_bytes())
        .var("SOPS_AGE_SSH_PRIVATE_KEY_CMD", "cat /k");
    let service = AgeService::new(machine);
    for _ in 0..2 {
        assert!(matches!(service.unwrap(&entry(&enc)), Attempt::Recovered(_)));
    }
    assert_eq!(service.host.runs.load(Ordering::Relaxed), 1);

    let service = AgeService::new(
        Machine::new().var("SOPS_AGE_KEY", key.lines().last().unwrap()).var("SOPS_AGE_KEY_CMD", "x"),
    );
    assert!(matches!(service.unwrap(&entry(&enc)), Attempt::Recovered(_)));
    assert_eq!(service.host.runs.load(Ordering::Relaxed), 0);
}
