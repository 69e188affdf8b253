//! PGP with a real gpg and a real gpg-agent, in a home of their own, and without gpg (keys §4).
#![cfg(unix)] // Windows has tests/windows
#![cfg(feature = "pgp")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{AGE_RECIPIENT, Home, Run, program, real_sops, replace_once, testdata};

/// The corpus' key, without a passphrase; made for tests.
const FINGERPRINT: &str = "E20E6FF558885DA4D982D65D97BBBA8CF1BA00BE";
const PLAIN: &str = "secret: a word of value\n";
/// What must not show in anything that is said.
const SECRETS: [&str; 3] = ["a word of value", "open sesame", "stdout-of-gpg"];

/// A scratch home with a GnuPG home. What runs there has a minute.
struct Machine {
    home: Home,
}

impl Machine {
    /// With gpg and no key; nothing if there is no gpg.
    #[allow(clippy::print_stderr)] // said out loud
    fn new() -> Option<Self> {
        let gpg = Command::new("gpg").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !gpg.is_ok_and(|status| status.success()) {
            assert!(std::env::var_os("CI").is_none(), "gpg is not installed");
            eprintln!("SKIPPED: gpg is not installed");
            return None;
        }
        Some(Self::bare())
    }

    /// Where gpg is not found.
    fn without_gpg() -> Self {
        Self::bare().set("SOPS_GPG_EXEC", "/nonexistent/gpg")
    }

    fn bare() -> Self {
        let home = Home::empty();
        let gnupg = home.path("g");
        std::fs::create_dir(&gnupg).expect("a folder");
        std::fs::set_permissions(&gnupg, std::fs::Permissions::from_mode(0o700)).expect("allowed");
        let gnupg = gnupg.display().to_string();
        // An empty name keeps the agent of whoever runs the tests out of it.
        Self { home: home.set("GNUPGHOME", &gnupg).set("GPG_AGENT_INFO", "") }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        let home = std::mem::replace(&mut self.home, Home::empty());
        self.home = home.set(name, value);
        self
    }

    /// With the corpus' secret key.
    fn with_key(self) -> Self {
        let key = testdata("interop/keys/pgp.asc").display().to_string();
        self.gpg(&["--import", &key]).exits(0);
        self
    }

    fn timed(&self, program: &Path, arguments: &[&str], input: &[u8]) -> Run {
        let program = program.display().to_string();
        let arguments: Vec<_> =
            ["-k", "5", "60", &program].into_iter().chain(arguments.iter().copied()).collect();
        let run = self.home.run(Path::new("/usr/bin/timeout"), arguments, input).does_not_crash();
        for secret in SECRETS {
            assert!(!run.stderr.contains(secret), "{} told a secret:\n{}", run.what, run.stderr);
        }
        run
    }

    fn sops(&self, arguments: &[&str]) -> Run {
        self.timed(&program(), arguments, b"")
    }

    fn gpg(&self, arguments: &[&str]) -> Run {
        let arguments: Vec<_> = ["--batch", "--passphrase", ""].iter().chain(arguments).copied().collect();
        self.timed(Path::new("/usr/bin/gpg"), &arguments, b"")
    }

    /// Makes a key for signing with a subkey for encryption, and gives their fingerprints.
    fn generate(&self, name: &str, before: &[&str], expires: &str) -> (String, String) {
        let with = |rest: &[&str]| {
            let arguments: Vec<_> = before.iter().chain(rest).copied().collect();
            self.gpg(&arguments).exits(0);
        };
        with(&["--quick-gen-key", name, "ed25519", "sign", expires]);
        let primary = self.fingerprints(name).remove(0);
        with(&["--quick-add-key", &primary, "cv25519", "encr", expires]);
        let subkey = self.fingerprints(name).remove(1);
        (primary, subkey)
    }

    fn fingerprints(&self, name: &str) -> Vec<String> {
        let listing = self.gpg(&["--with-colons", "--fingerprint", "--list-keys", name]).exits(0).stdout;
        let text = String::from_utf8(listing).expect("text");
        text.lines()
            .filter(|line| line.starts_with("fpr:"))
            .filter_map(|line| line.split(':').nth(9))
            .map(str::to_owned)
            .collect()
    }

    /// Encrypts [`PLAIN`] as `a.yaml`.
    fn encrypted(&self, arguments: &[&str]) -> String {
        self.home.write("a.yaml", PLAIN);
        let arguments: Vec<_> =
            ["encrypt", "-i"].iter().chain(arguments).chain(&["a.yaml"]).copied().collect();
        self.sops(&arguments).exits(0);
        self.home.read_text("a.yaml")
    }

    #[track_caller]
    fn opens(&self) {
        self.sops(&["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
    }

    /// A program in the home that is this shell script.
    fn script(&self, name: &str, text: &str) -> String {
        let path = self.home.path(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("allowed");
        path.display().to_string()
    }

    /// A file of the interop tests as `a.yaml`.
    fn take(&self, name: &str) {
        self.home.write("a.yaml", support::read_testdata(name));
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let gnupg = self.home.path("g");
        let mut kill = Command::new("gpgconf");
        let kill = kill.arg("--homedir").arg(gnupg).args(["--kill", "all"]);
        let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// The reason of the report as one line.
fn reason(run: &Run) -> String {
    let lines = run.stderr.lines().filter_map(|line| line.get(6..).filter(|_| line.contains("| ")));
    let words: Vec<_> = lines.map(|line| line.trim_start_matches("| ").trim()).collect();
    words.join(" ")
}

const NO_RING: &str = "could not decrypt data key with PGP key: github.com/ProtonMail/go-crypto/openpgp error: \
                       could not load secring: open ";

/// Without YAML's comments, which do not stand where sops puts them.
const AS_JSON: [&str; 4] = ["decrypt", "--output-type", "json", "a.yaml"];

#[test]
fn files_of_sops_open_with_gpg() {
    let Some(machine) = Machine::new() else { return };
    let machine = machine.with_key();
    machine.take("interop/encrypted/pgp.yaml");
    let expected = support::read_testdata("interop/decrypted/pgp.json");
    machine.sops(&AS_JSON).exits(0).prints(&expected);
    machine.home.write("b.json", support::read_testdata("interop/encrypted/pgp-and-age.json"));
    let expected = support::read_testdata("interop/decrypted/pgp-and-age.json");
    machine.sops(&["decrypt", "b.json"]).exits(0).prints(&expected);
}

#[test]
fn files_of_sops_open_without_gpg() {
    let expected = support::read_testdata("interop/decrypted/pgp.json");
    let key = testdata("interop/keys/pgp.asc").display().to_string();
    let machine = Machine::without_gpg().set("SOPS_PGP_KEY_FILE", &key);
    machine.take("interop/encrypted/pgp.yaml");
    machine.sops(&AS_JSON).exits(0).prints(&expected);
    // An armored file is a keyring, too: sops takes binary ones only.
    let machine = Machine::without_gpg();
    machine.take("interop/encrypted/pgp.yaml");
    std::fs::copy(&key, machine.home.path("g/secring.gpg")).expect("copied");
    machine.sops(&AS_JSON).exits(0).prints(&expected);
}

/// What gpg is called with is what sops calls it with, to the letter.
#[test]
fn gpg_is_called_as_sops_calls_it() {
    let Some(machine) = Machine::new() else { return };
    let machine = machine.with_key();
    let log = machine.home.path("log").display().to_string();
    let wrapper = machine.script("logging", &format!("printf '%s\\n' \"$*\" >> {log}; exec gpg \"$@\""));
    let machine = machine.set("SOPS_GPG_EXEC", &wrapper);
    let text = machine.encrypted(&["--pgp", FINGERPRINT]);
    assert!(text.contains("            -----END PGP MESSAGE-----\n          fp: "), "{text}");
    machine.opens();
    let expected = format!(
        "--no-default-recipient --yes --encrypt -a -r {FINGERPRINT} --trusted-key 97BBBA8CF1BA00BE \
         --no-encrypt-to\n-d\n"
    );
    assert_eq!(machine.home.read_text("log"), expected);
}

/// Keys §4.1: what gpg finds under its name, and what it does not.
#[test]
fn forms_of_a_fingerprint() {
    let Some(machine) = Machine::new() else { return };
    let (primary, subkey) = machine.generate("one <one@example.test>", &[], "never");
    let blanks: String = primary.chars().flat_map(|c| [c, ' ']).collect();
    for form in [
        &primary,
        &primary.to_lowercase(),
        &blanks,
        &format!("0x{primary}"),
        &primary[24..].to_owned(),
        &format!("{subkey}!"),
    ] {
        let text = machine.encrypted(&["--pgp", form]);
        let stored = form.replace(' ', "");
        assert!(
            text.contains(&format!("fp: {stored}\n")) || text.contains(&format!("fp: \"{stored}\"\n")),
            "{text}"
        );
        machine.opens();
    }
    for (form, says) in [
        (&primary[32..], "is not a valid long keyID"),
        ("one@example.test", "is not a valid long keyID"),
        ("85D77543B3D624B63CEA9E6DBC17301B491B3F21", "No public key"),
        ("", "GnuPG binary error: failed to encrypt sops data key with pgp: "),
    ] {
        machine.home.write("b.yaml", PLAIN);
        let keys = format!("{primary},{form}");
        let run = machine.sops(&["encrypt", "-i", "--pgp", &keys, "b.yaml"]).exits(1).says(says);
        assert!(
            run.stderr.contains(&format!(
                "Could not generate data key: [failed to encrypt new data key with master key \"{form}\": \
                 could not encrypt data key with PGP key: github.com/ProtonMail/go-crypto/openpgp error: \
                 key with fingerprint '{form}' is not available in keyring; GnuPG binary error: failed to \
                 encrypt sops data key with pgp: "
            )),
            "{}",
            run.stderr
        );
        assert_eq!(machine.home.read_text("b.yaml"), PLAIN);
    }
}

#[test]
fn flags_variables_and_rules() {
    let Some(machine) = Machine::new() else { return };
    let (one, _) = machine.generate("one <one@example.test>", &[], "never");
    let (two, _) = machine.generate("two <two@example.test>", &[], "never");
    let keys = |text: &str| text.lines().filter(|line| line.trim_start().starts_with("fp: ")).count();
    for rule in [
        format!("pgp: {one}, {two}"),
        format!("pgp: >-\n      {one},\n      {two}"),
        format!("pgp: [{one}, {two}]"),
        format!("key_groups:\n      - pgp: [{one}, {two}]"),
    ] {
        machine.home.write(".sops.yaml", format!("creation_rules:\n  - path_regex: .*\n    {rule}\n"));
        let text = machine.encrypted(&[]);
        assert_eq!(keys(&text), 2, "{rule}\n{text}");
        machine.opens();
    }
    std::fs::remove_file(machine.home.path(".sops.yaml")).expect("removed");
    let machine = machine.set("SOPS_PGP_FP", &one);
    let text = machine.encrypted(&[]);
    assert_eq!(keys(&text), 1);

    machine.sops(&["rotate", "-i", "--add-pgp", &two, "a.yaml"]).exits(0);
    assert!(machine.home.read_text("a.yaml").contains(&two));
    machine.opens();
    machine.sops(&["rotate", "-i", "--rm-pgp", &one, "a.yaml"]).exits(0);
    assert!(!machine.home.read_text("a.yaml").contains(&one));
    machine.opens();
    let before = machine.home.read("a.yaml");
    machine.sops(&["rotate", "-i", "--add-pgp", "DEADBEEFDEADBEEF", "a.yaml"]).exits(1).says("No public key");
    assert_eq!(machine.home.read("a.yaml"), before);
}

/// A file keeps a list for each kind of key: the order in which rules and flags name kinds is lost there.
#[test]
fn kinds_in_any_order() {
    let Some(machine) = Machine::new() else { return };
    let identity = support::testdata("interop/keys/age1.txt").display().to_string();
    let machine = machine.with_key().set("SOPS_AGE_KEY_FILE", &identity);
    machine.home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - key_groups:\n      - age: [{AGE_RECIPIENT}]\n        pgp: [{FINGERPRINT}]\n"
        ),
    );
    machine.encrypted(&[]);
    machine.opens();
    machine.home.write(".sops.yaml", format!("creation_rules:\n  - age: {AGE_RECIPIENT}\n"));
    machine.encrypted(&[]);
    machine.sops(&["rotate", "-i", "--add-pgp", FINGERPRINT, "a.yaml"]).exits(0);
    machine.opens();
    machine.encrypted(&["--age", AGE_RECIPIENT]);
    machine
        .home
        .write(".sops.yaml", format!("creation_rules:\n  - age: {AGE_RECIPIENT}\n    pgp: {FINGERPRINT}\n"));
    machine.sops(&["updatekeys", "-y", "a.yaml"]).exits(0);
    assert!(machine.home.read_text("a.yaml").contains(FINGERPRINT));
    machine.opens();
}

#[test]
fn shamir_over_age_and_pgp() {
    let Some(machine) = Machine::new() else { return };
    let machine = machine.with_key();
    machine.home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [{AGE_RECIPIENT}]\n      \
             - pgp: [{FINGERPRINT}]\n"
        ),
    );
    machine.encrypted(&[]);
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128).prints_nothing();
    run.says("Group 0: FAILED\n").says("\nGroup 1: SUCCESS\n").says("but only 1 part(s)");
    let key = testdata("interop/keys/age1.txt").display().to_string();
    let machine = machine.set("SOPS_AGE_KEY_FILE", &key);
    machine.opens();
    let machine = machine.set("SOPS_GPG_EXEC", "/nonexistent/gpg");
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128).prints_nothing();
    run.says("Group 0: SUCCESS\n").says("\nGroup 1: FAILED\n");
}

#[test]
fn a_key_that_is_not_there() {
    let Some(machine) = Machine::new() else { return };
    machine.take("interop/encrypted/pgp.yaml");
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128).prints_nothing();
    run.stderr.contains("gpg: decryption failed: No secret key");
    let ring = machine.home.path("g/pubring.gpg").display().to_string();
    let reason = reason(&run);
    assert!(reason.starts_with(&format!("{NO_RING}{ring}: no such file or directory; GnuPG binary error: failed to decrypt sops data key with pgp: gpg: ")), "{reason}");
    assert!(reason.ends_with("gpg: decryption failed: No secret key"), "{reason}");
}

#[test]
fn an_expired_or_revoked_key_takes_nothing() {
    let Some(machine) = Machine::new() else { return };
    let past = ["--faked-system-time", "20200101T000000"];
    let (expired, _) = machine.generate("old <old@example.test>", &past, "1d");
    let (revoked, _) = machine.generate("gone <gone@example.test>", &[], "never");
    let certificate = machine.home.read_text(&format!("g/openpgp-revocs.d/{revoked}.rev"));
    machine.home.write("revoke.asc", certificate.replace(":-----BEGIN", "-----BEGIN"));
    let path = machine.home.path("revoke.asc").display().to_string();
    machine.gpg(&["--import", &path]).exits(0);
    let all = machine.gpg(&["--export"]).exits(0).stdout;
    machine.home.write("all.gpg", all);
    let file = machine.home.path("all.gpg").display().to_string();
    let refuse = |machine: &Machine, builtin: bool| {
        for (key, why) in [(&expired, "expired"), (&revoked, "revoked")] {
            machine.home.write("b.yaml", PLAIN);
            let run = machine.sops(&["encrypt", "-i", "--pgp", key, "b.yaml"]).exits(1);
            run.says(if builtin { why } else { "Unusable public key" });
            assert_eq!(machine.home.read_text("b.yaml"), PLAIN);
        }
    };
    refuse(&machine, false);
    let machine = machine.set("SOPS_PGP_KEY_FILE", &file).set("SOPS_GPG_EXEC", "/nonexistent/gpg");
    refuse(&machine, true);
}

/// A gpg that is not what it should be, or is not there.
#[test]
fn a_bad_gpg() {
    let check = |script: Option<&str>, encrypts: &str, decrypts: &str| {
        let machine = Machine::bare();
        machine.take("interop/encrypted/pgp.yaml");
        let gpg = script.map_or("/nonexistent/gpg".to_owned(), |text| machine.script("gpg", text));
        let machine = machine.set("SOPS_GPG_EXEC", &gpg);
        let run = machine.sops(&["decrypt", "a.yaml"]).exits(128).prints_nothing();
        assert!(reason(&run).ends_with(decrypts), "{:?}: {}", script, run.stderr);
        machine.home.write("b.yaml", PLAIN);
        let run = machine.sops(&["encrypt", "-i", "--pgp", FINGERPRINT, "b.yaml"]).exits(1).prints_nothing();
        assert!(run.stderr.contains(encrypts), "{:?}: {}", script, run.stderr);
        assert_eq!(machine.home.read_text("b.yaml"), PLAIN);
    };
    let missing =
        "failed to decrypt sops data key with pgp: fork/exec /nonexistent/gpg: no such file or directory";
    check(None, "with pgp: fork/exec /nonexistent/gpg: no such file or directory", missing);
    check(Some("exit 3"), "with pgp: gpg said nothing (exit status: 3)", "gpg said nothing (exit status: 3)");
    check(Some("kill -9 $$"), "gpg said nothing (signal: 9", "gpg said nothing (signal: 9 (SIGKILL))");
    check(Some("echo nope >&2; exit 2"), "data key with pgp: nope", "data key with pgp: nope");
    check(Some("true"), "gpg wrote no armored message", "zero bytes returned");
    let length = |n| format!("unwrapping gave {n} bytes, but a data key has 16, 24 or 32");
    check(Some("cat >/dev/null; echo stdout-of-gpg"), "gpg wrote no armored message", &length(14));
    check(Some("echo stdout-of-gpg; echo why >&2; exit 2"), "with pgp: why", "with pgp: why");
    check(Some("printf '\\377\\376\\000'"), "gpg wrote no armored message", &length(3));
    let endless = "gpg said nothing (signal: 13 (SIGPIPE))";
    check(Some("exec head -c 3000000 /dev/zero"), endless, endless);
    check(Some("head -c 300000 /dev/zero | tr '\\0' x >&2; exit 1"), "xxxxxxxx", "xxxxxxxx");
}

/// A gpg that gives another file's data key: the next master key is tried.
#[test]
fn another_data_key_goes_to_the_next_master_key() {
    let machine = Machine::bare();
    machine.home.write("a.json", support::read_testdata("interop/encrypted/pgp-and-age.json"));
    let expected = support::read_testdata("interop/decrypted/pgp-and-age.json");
    let gpg = machine.script("gpg", "printf data-key-of-the-tests-of-backend");
    let machine = machine.set("SOPS_GPG_EXEC", &gpg).set("SOPS_DECRYPTION_ORDER", "pgp");
    // sops goes on with what it has.
    machine.sops(&["decrypt", "a.json"]).exits(25).prints_nothing();
    let key = testdata("interop/keys/age1.txt").display().to_string();
    let machine = machine.set("SOPS_AGE_KEY_FILE", &key);
    machine.sops(&["decrypt", "a.json"]).exits(0).prints(expected);
}

/// gpg is looked up in `PATH`, and never in the current directory.
#[test]
fn gpg_comes_from_the_path() {
    let machine = Machine::bare();
    machine.take("interop/encrypted/pgp.yaml");
    machine.script("gpg", "printf data-key-of-the-tests-of-backend");
    let folder = machine.home.path("").display().to_string();
    let machine = machine.set("PATH", &folder);
    // The key is a wrong one: that shows at the first value.
    machine.sops(&["decrypt", "a.yaml"]).exits(25);
    let machine = machine.set("PATH", ".:/nowhere");
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
    assert!(
        reason(&run).ends_with("exec: \"gpg\": cannot run executable found relative to current directory"),
        "{}",
        run.stderr
    );
    let machine = machine.set("PATH", "/nowhere");
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
    assert!(reason(&run).ends_with("exec: \"gpg\": executable file not found in $PATH"), "{}", run.stderr);
}

/// gpg has no time limit, for it may ask the user; but whoever waits can end the wait.
#[test]
fn a_hanging_gpg_can_be_killed() {
    let machine = Machine::bare();
    machine.take("interop/encrypted/pgp.yaml");
    let gpg = machine.script("gpg", "echo $$ > started; exec sleep 100");
    let mut child = Command::new(program())
        .args(["decrypt", "a.yaml"])
        .current_dir(machine.home.path(""))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SOPS_GPG_EXEC", gpg)
        .env("GNUPGHOME", machine.home.path("g"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let start = Instant::now();
    let number = loop {
        let text = std::fs::read_to_string(machine.home.path("started")).unwrap_or_default();
        if text.ends_with('\n') {
            break text.trim().to_owned();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "gpg was not started");
        std::thread::sleep(Duration::from_millis(10));
    };
    let kill = |number: &str| Command::new("kill").arg(number).status().expect("kill runs");
    kill(&child.id().to_string());
    let status = child.wait().expect("it ended");
    kill(&number);
    assert!(!status.success() && start.elapsed() < Duration::from_secs(40));
}

/// What the built-in way wraps, gpg unwraps, and the other way round; also from binary keyrings.
#[test]
fn the_built_in_way_and_gpg_read_each_other() {
    let Some(machine) = Machine::new() else { return };
    let (primary, subkey) = machine.generate("one <one@example.test>", &[], "never");
    let public = machine.gpg(&["--export", "-a"]).exits(0).stdout;
    let secret = machine.gpg(&["--export-secret-keys"]).exits(0).stdout;
    let binary = machine.gpg(&["--export"]).exits(0).stdout;
    let by_gpg = machine.encrypted(&["--pgp", &primary]);

    let bare = Machine::without_gpg();
    bare.home.write("public.asc", public);
    let file = bare.home.path("public.asc").display().to_string();
    let bare = bare.set("SOPS_PGP_KEY_FILE", &file);
    for form in
        [&primary, &primary.to_lowercase(), &format!("0x{}", &primary[24..]), &format!("{subkey}!"), &subkey]
    {
        let text = bare.encrypted(&["--pgp", form]);
        machine.home.write("a.yaml", text);
        machine.opens();
    }
    let run = bare.sops(&["decrypt", "a.yaml"]).exits(128);
    assert!(
        reason(&run).contains("reading PGP message failed: openpgp: incorrect key; GnuPG"),
        "{}",
        run.stderr
    );

    // The keyrings of GnuPG 1. Only the primary key's fingerprint in upper case comes before gpg.
    let bare = Machine::without_gpg();
    bare.home.write("g/pubring.gpg", &binary).write("g/secring.gpg", &secret).write("a.yaml", &by_gpg);
    bare.opens();
    let text = bare.encrypted(&["--pgp", &primary]);
    machine.home.write("a.yaml", text);
    machine.opens();
    bare.encrypted(&["--pgp", &primary.to_lowercase()]);
    bare.opens();
    let bare = bare.set("SOPS_GPG_EXEC", "/bin/false");
    bare.encrypted(&["--pgp", &primary]);
    bare.opens();
    bare.home.write("b.yaml", PLAIN);
    bare.sops(&["encrypt", "--pgp", &primary.to_lowercase(), "b.yaml"]).exits(1);
}

/// A subkey that somebody else put into a certificate gets nothing.
#[test]
fn a_foreign_subkey_is_not_used() {
    let Some(machine) = Machine::new() else { return };
    let (mine, _) = machine.generate("mine <mine@example.test>", &[], "never");
    machine.gpg(&["--quick-gen-key", "bare <bare@example.test>", "ed25519", "sign", "never"]).exits(0);
    let bare = machine.fingerprints("bare").remove(0);
    // The bare key, and behind it the other one's subkey with its signature.
    let mut ring = machine.gpg(&["--export", &bare]).exits(0).stdout;
    let other = machine.gpg(&["--export", &mine]).exits(0).stdout;
    ring.extend(last_packets(&other, 2));
    machine.home.write("ring.gpg", ring);
    let file = machine.home.path("ring.gpg").display().to_string();
    let machine = machine.set("SOPS_PGP_KEY_FILE", &file).set("SOPS_GPG_EXEC", "/nonexistent/gpg");
    machine.home.write("b.yaml", PLAIN);
    machine
        .sops(&["encrypt", "-i", "--pgp", &bare, "b.yaml"])
        .exits(1)
        .says(&format!("key {bare} has no valid encryption key"));
}

/// The last packets of a binary key (RFC 9580 §4.2, old format, as GnuPG writes it).
fn last_packets(bytes: &[u8], count: usize) -> Vec<u8> {
    let (mut at, mut starts) = (0, Vec::new());
    while at < bytes.len() {
        starts.push(at);
        let length = match bytes[at] & 3 {
            0 => 2 + usize::from(bytes[at + 1]),
            1 => 3 + usize::from(u16::from_be_bytes([bytes[at + 1], bytes[at + 2]])),
            other => panic!("length type {other}"),
        };
        at += length;
    }
    bytes[starts[starts.len() - count]..].to_vec()
}

/// A locked key: gpg-agent asks for the passphrase, with a pinentry of the test's.
#[test]
fn a_passphrase_through_gpg_and_its_agent() {
    let Some(machine) = Machine::new() else { return };
    let fingerprint = locked_key(&machine);
    machine.encrypted(&["--pgp", &fingerprint]);
    machine.opens();
    // Now it does not know the passphrase.
    machine.home.write("answer", "wrong");
    Command::new("gpgconf")
        .env("GNUPGHOME", machine.home.path("g"))
        .args(["--reload", "gpg-agent"])
        .status()
        .expect("reloaded");
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
    assert!(run.stderr.contains("Bad passphrase"), "{}", run.stderr);
}

/// Makes a key with the passphrase "open sesame", and a pinentry that says what is in `answer`.
fn locked_key(machine: &Machine) -> String {
    let answer = machine.home.path("answer").display().to_string();
    machine.home.write("answer", "open sesame");
    let pinentry = machine.script(
        "pinentry",
        &format!(
            "echo OK\nwhile read -r word rest; do case $word in\n  GETPIN) printf 'D %s\\nOK\\n' \"$(cat {answer})\";;\n  \
             BYE) echo OK; exit;;\n  *) echo OK;;\nesac; done"
        ),
    );
    let settings = format!("pinentry-program {pinentry}\nmax-cache-ttl 0\ndefault-cache-ttl 0\n");
    machine.home.write("g/gpg-agent.conf", settings);
    let gpg = Path::new("/usr/bin/gpg");
    let make = ["--batch", "--pinentry-mode", "loopback", "--passphrase", "open sesame"];
    let with = |rest: &[&str]| {
        machine.timed(gpg, &make.iter().chain(rest).copied().collect::<Vec<_>>(), b"").exits(0)
    };
    with(&["--quick-gen-key", "locked <l@example.test>", "ed25519", "sign", "never"]);
    let primary = machine.fingerprints("locked").remove(0);
    with(&["--quick-add-key", &primary, "cv25519", "encr", "never"]);
    let secret = with(&["--export-secret-keys"]).stdout;
    machine.home.write("secret.gpg", secret);
    primary
}

/// A locked key in a file: the agent that sops finds is asked, and told when it was wrong.
#[test]
fn a_passphrase_of_the_built_in_way_from_an_agent() {
    let Some(machine) = Machine::new() else { return };
    let fingerprint = locked_key(&machine);
    machine.encrypted(&["--pgp", &fingerprint]);
    let socket = machine.home.path("agent");
    let listener = UnixListener::bind(&socket).expect("a socket");
    let agent = std::thread::spawn(move || {
        let mut asked = Vec::new();
        // The first answer is a wrong one; each question has a connection of its own.
        for answer in ["77726f6e67", "6f70656e20736573616d65"] {
            let (stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream);
            reader.get_mut().write_all(b"OK\n").expect("written");
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                let reply = if line.starts_with("GET_PASSPHRASE ") {
                    format!("OK {answer}\n")
                } else {
                    "OK\n".into()
                };
                asked.push(std::mem::take(&mut line));
                reader.get_mut().write_all(reply.as_bytes()).expect("written");
            }
        }
        asked.retain(|line| line.contains("_PASSPHRASE"));
        asked
    });
    let file = machine.home.path("secret.gpg").display().to_string();
    let info = format!("{}:0:1", socket.display());
    let subkey = machine.fingerprints("locked").remove(1);
    let machine = machine
        .set("SOPS_PGP_KEY_FILE", &file)
        .set("SOPS_GPG_EXEC", "/nonexistent/gpg")
        .set("GPG_AGENT_INFO", &info);
    machine.opens();
    let id = &subkey[32..];
    let question = format!("GET_PASSPHRASE {id} X Passphrase Unlock+key+{id}+to+decrypt+sops%27s+key\n");
    assert_eq!(
        agent.join().expect("an agent"),
        [question.clone(), format!("CLEAR_PASSPHRASE {id}\n"), question]
    );

    // Without an agent and without a terminal nobody can be asked.
    let machine = machine.set("GPG_AGENT_INFO", "");
    let run = machine.timed(
        Path::new("/usr/bin/setsid"),
        &["-w", &program().display().to_string(), "decrypt", "a.yaml"],
        b"open sesame\n",
    );
    let reason = reason(&run.exits(128).prints_nothing());
    assert!(reason.contains("standard input is not a terminal, and /dev/tty is not available"), "{reason}");
}

/// A locked key in a file, without an agent: the user is asked on the terminal.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn a_passphrase_from_the_terminal() {
    let Some(machine) = Machine::new() else { return };
    let script = PathBuf::from("/usr/bin/script");
    if !script.exists() {
        assert!(std::env::var_os("CI").is_none(), "script is not installed");
        eprintln!("SKIPPED: script is not installed");
        return;
    }
    let fingerprint = locked_key(&machine);
    machine.encrypted(&["--pgp", &fingerprint]);
    let file = machine.home.path("secret.gpg").display().to_string();
    let machine = machine.set("SOPS_PGP_KEY_FILE", &file).set("SOPS_GPG_EXEC", "/nonexistent/gpg");
    let line = format!("{} decrypt a.yaml > out 2> err", program().display());
    let run = machine.timed(&script, &["-qec", &line, "/dev/null"], b"wrong\nopen sesame\n");
    let terminal = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(machine.home.read_text("err"), "", "{terminal}");
    assert_eq!(machine.home.read_text("out"), PLAIN);
    let subkey = machine.fingerprints("locked").remove(1);
    let prompt = format!("Enter passphrase for PGP key {}: ", &subkey[32..]);
    assert_eq!(terminal.matches(&prompt).count(), 2, "{terminal}");
}

#[test]
fn what_is_stored_may_be_garbage() {
    let key = testdata("interop/keys/pgp.asc").display().to_string();
    let machine = Machine::without_gpg().set("SOPS_PGP_KEY_FILE", &key);
    let good = String::from_utf8(support::read_testdata("interop/encrypted/pgp.yaml")).expect("text");
    let first = "hQGMAynyREFSK4FEAQv/VEHyYo1CROZWWNFHVtMNPA6LDO9ObBRPsYEYu7ZAY2WC";
    for (other, says) in [
        ("", "invalid data"),
        ("hQGMAynyREFSK4FEAQv/VEHyYo1CROZWWNFHVtMNPA6LDO9ObBRPsYEYu7ZAY2WD", "failed to decrypt"),
        ("hQGMAynyREFSK4FFAQv/VEHyYo1CROZWWNFHVtMNPA6LDO9ObBRPsYEYu7ZAY2WC", "incorrect key"),
        ("!!!!", "invalid data"),
    ] {
        machine.home.write("a.yaml", replace_once(&good, first, other));
        let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
        assert!(reason(&run).contains(says), "{other}: {}", run.stderr);
    }
    machine.home.write("a.yaml", good.replace("-----BEGIN PGP MESSAGE-----", "MESSAGE"));
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
    assert!(reason(&run).contains("error: armor decoding failed: EOF; GnuPG"), "{}", run.stderr);

    let machine = machine.set("SOPS_PGP_KEY_FILE", "/nonexistent/key");
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
    let expected =
        "could not load SOPS_PGP_KEY_FILE: open /nonexistent/key: no such file or directory; GnuPG";
    assert!(reason(&run).contains(expected), "{}", run.stderr);
    machine.home.write("not-a-key", "stdout-of-gpg");
    let file = machine.home.path("not-a-key").display().to_string();
    let machine = machine.set("SOPS_PGP_KEY_FILE", &file);
    let run = machine.sops(&["decrypt", "a.yaml"]).exits(128);
    assert!(reason(&run).contains("holds no OpenPGP key; GnuPG"), "{}", run.stderr);
}

/// The same files and the same words as the real sops.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn as_sops_does() {
    let Some(machine) = Machine::new() else { return };
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: the comparison with a real sops: SOPS_BIN is not set");
        return;
    };
    let (one, subkey) = machine.generate("one <one@example.test>", &[], "never");
    for form in [&one, &one.to_lowercase(), &format!("{subkey}!")] {
        machine.encrypted(&["--pgp", form]);
        machine.timed(&sops, &["decrypt", "a.yaml"], b"").exits(0).prints(PLAIN);
        machine.home.write("b.yaml", PLAIN);
        machine.timed(&sops, &["encrypt", "-i", "--pgp", form, "b.yaml"], b"").exits(0);
        machine.sops(&["decrypt", "b.yaml"]).exits(0).prints(PLAIN);
    }
    // What one's built-in way wraps, the other's unwraps.
    let bare = Machine::bare();
    let export = |what: &[&str]| machine.gpg(what).exits(0).stdout;
    bare.home
        .write("g/pubring.gpg", export(&["--export"]))
        .write("g/secring.gpg", export(&["--export-secret-keys"]));
    let bare = bare.set("SOPS_GPG_EXEC", "/bin/false");
    bare.encrypted(&["--pgp", &one]);
    bare.timed(&sops, &["decrypt", "a.yaml"], b"").exits(0).prints(PLAIN);
    bare.home.write("b.yaml", PLAIN);
    bare.timed(&sops, &["encrypt", "-i", "--pgp", &one, "b.yaml"], b"").exits(0);
    bare.sops(&["decrypt", "b.yaml"]).exits(0).prints(PLAIN);

    let same = |machine: &Machine, arguments: &[&str]| {
        machine.home.write("b.yaml", PLAIN);
        let theirs = machine.timed(&sops, arguments, b"");
        let ours = machine.sops(arguments);
        assert_eq!(ours.code, theirs.code, "{arguments:?}: {}\n{}", ours.stderr, theirs.stderr);
        // A hint may follow the report.
        assert!(
            ours.stderr.starts_with(theirs.stderr.trim_end()),
            "{}\nbut sops:\n{}",
            ours.stderr,
            theirs.stderr
        );
    };
    machine.take("interop/encrypted/pgp.yaml");
    same(&machine, &["decrypt", "a.yaml"]);
    same(&machine, &["encrypt", "-i", "--pgp", FINGERPRINT, "b.yaml"]);
    same(&machine, &["encrypt", "-i", "--pgp", &one[32..], "b.yaml"]);
    // With keyrings that do not have it.
    bare.take("interop/encrypted/pgp.yaml");
    let script = bare.script("gpg", "echo nope >&2; exit 2");
    let bare = bare.set("SOPS_GPG_EXEC", &script);
    same(&bare, &["decrypt", "a.yaml"]);
    same(&bare, &["encrypt", "-i", "--pgp", FINGERPRINT, "b.yaml"]);
}
