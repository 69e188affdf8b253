//! Plugins, gpg-agent and prompts. The other side of each talk is a thread that plays its part.

use super::machine::Machine;
use super::{X25519_SECRET, entry, testdata, unwrap};
use crate::backends::age::AgeService;
use crate::keys::{Attempt, KeyService, MasterKey};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

const IDENTITY: &str = "AGE-PLUGIN-SPEC-1QYPQXXNUUQM";
const RECIPIENT: &str = "age1spec1qypqxhga64r";

/// A plugin that reads what it is told, up to `done`, and then says each of `lines`, waiting for an
/// answer before the next. `@body` stands for the body of the file key or stanza that it was given.
fn plugin(lines: &'static [&'static str], log: &Arc<Mutex<Vec<String>>>) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let mut out = theirs.try_clone().unwrap();
        let mut input = BufReader::new(theirs).lines().map_while(Result::ok);
        let mut given = String::new();
        while let Some(line) = input.next() {
            if line.starts_with("-> wrap-file-key") || line.starts_with("-> recipient-stanza 0 spec") {
                given = input.next().unwrap();
            }
            if line == "-> done" {
                input.next();
                break;
            }
        }
        for line in lines {
            if writeln!(out, "{}", line.replace("@body", &given)).is_err() || *line == "-> done\n" {
                return;
            }
            // What we say is one line and a body of one line.
            let answer: Vec<_> = input.by_ref().take(2).collect();
            log.lock().unwrap().push(answer.join("|"));
        }
    });
    ours
}

fn with_plugin(lines: &'static [&'static str]) -> (Machine, Arc<Mutex<Vec<String>>>) {
    let log = Arc::default();
    let theirs = Arc::clone(&log);
    (Machine::new().var("SOPS_AGE_KEY", IDENTITY).plugin(move |_| plugin(lines, &theirs)), log)
}

/// A file whose stanza body is its file key, as the plugin `spec` of these tests makes it.
fn plugin_file() -> String {
    let (machine, _) = with_plugin(&["-> recipient-stanza 0 spec arg\n@body", "-> done\n"]);
    AgeService::new(machine).wrap(&MasterKey::age(RECIPIENT).unwrap(), &[7; 32]).unwrap()
}

#[test]
fn plugins_wrap_and_unwrap() {
    let (machine, log) = with_plugin(&[
        "-> msg\ndG91Y2ggaXQ",
        "-> request-secret\nUElO",
        "-> request-public\nTmFtZQ",
        "-> confirm WWVz Tm8\nU3VyZT8",
        "-> frobnicate\n",
        "-> file-key 0\n@body",
        "-> done\n",
    ]);
    let service = AgeService::new(machine.passphrase("1234"));
    let Attempt::Recovered(secret) = service.unwrap(&entry(&plugin_file())) else { panic!() };
    assert_eq!(*secret, [7; 32]);
    assert_eq!(
        *log.lock().unwrap(),
        ["-> ok|", "-> ok|MTIzNA", "-> ok|MTIzNA", "-> ok yes|", "-> unsupported|", "-> ok|"]
    );
    let prompts = service.host.prompts.lock().unwrap();
    assert_eq!(*prompts, ["PIN", "Name", "Sure? (press [1] for \"Yes\" or [2] for \"No\")"]);
    assert_eq!(*service.host.messages.lock().unwrap(), ["Info: age: spec plugin: touch it"]);
}

/// Without a terminal a plugin is told that nobody can be asked.
#[test]
fn plugins_are_refused_without_a_terminal() {
    let (machine, log) = with_plugin(&["-> request-secret\nUElO", "-> confirm WWVz\nU3VyZT8", "-> done\n"]);
    assert!(unwrap(machine, &plugin_file()).is_err());
    assert_eq!(*log.lock().unwrap(), ["-> fail|", "-> fail|"]);
}

/// The texts of sops 3.13.2 for a plugin that behaves so.
#[test]
fn plugin_errors() {
    let check = |lines, error: &str| {
        let error = format!("failed to create reader for decrypting sops data key with age: {error}. Did");
        let text = unwrap(with_plugin(lines).0, &plugin_file()).unwrap_err();
        assert!(text.starts_with(&error), "{text}");
    };
    check(
        &["-> done\n"],
        "identity did not match any of the recipients: spec plugin: incorrect identity for \
         recipient block",
    );
    check(&[], "spec plugin: failed to read line: EOF");
    check(&["-> error internal\nYm9vbQ"], "spec plugin: boom");
    check(&["hello\n"], "spec plugin: malformed stanza opening line: \"hello\\n\"");
    check(&["-> file-key\n"], "spec plugin: malformed file-key stanza: unexpected arguments count");
    check(&["-> file-key 1\n"], "spec plugin: malformed file-key stanza: unexpected index");
    check(&["-> file-key x\n"], "spec plugin: malformed file-key stanza: invalid index");
    check(
        &["-> file-key 0\n@body", "-> file-key 0\n@body"],
        "spec plugin: received duplicated file-key stanza",
    );
    check(&["-> confirm\n"], "spec plugin: malformed confirm stanza: unexpected number of arguments");
    check(&["-> file-key 0\nAAAAAAAAAAAAAAAAAAAAAA", "-> done\n"], "bad header MAC");

    let check = |lines, error: &str| {
        let service = AgeService::new(with_plugin(lines).0);
        let text = service.wrap(&MasterKey::age(RECIPIENT).unwrap(), b"x").unwrap_err().to_string();
        let start = "failed to create writer for encrypting sops data key with age: failed to wrap \
                     key for recipient #0: spec plugin: ";
        assert_eq!(text, format!("{start}{error}"));
    };
    check(&["-> done\n"], "received zero recipient stanzas");
    check(&["-> labels a\n", "-> labels b\n"], "repeated labels stanza");
    check(&["-> recipient-stanza 0\n"], "malformed recipient stanza: unexpected argument count");
}

/// An agent that greets, agrees to options, and gives `answer`.
fn agent(answer: &'static str, log: &Arc<Mutex<Vec<String>>>) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let mut out = theirs.try_clone().unwrap();
        out.write_all(b"OK Pleased to meet you\n").unwrap();
        for line in BufReader::new(theirs).lines().map_while(Result::ok) {
            let answer = if line.starts_with("GET_PASSPHRASE") { answer } else { "OK" };
            log.lock().unwrap().push(line);
            let _ = writeln!(out, "{answer}");
        }
    });
    ours
}

fn with_agent(answer: &'static str) -> (Machine, Arc<Mutex<Vec<String>>>) {
    let log = Arc::default();
    let theirs = Arc::clone(&log);
    let machine = Machine::new()
        .var("TERM", "xterm")
        .var("SOPS_AGE_KEY_FILE", "/k")
        .file("/k", testdata("age1-passphrase.age.txt").as_bytes())
        .agent(move || agent(answer, &theirs));
    (machine, log)
}

const QUESTION: &str = "GET_PASSPHRASE SopsAge";

#[test]
fn passphrase_from_the_agent() {
    let (machine, log) = with_agent("OK 736563726574");
    let service = AgeService::new(machine.var("DISPLAY", ":0"));
    for _ in 0..2 {
        let attempt = service.unwrap(&entry(&testdata("x25519.age")));
        assert!(matches!(attempt, Attempt::Recovered(_)));
    }
    let log = log.lock().unwrap();
    let [display, terminal, kind, question] = &log[..] else { panic!("{log:?}") };
    assert_eq!(display, "OPTION display=:0");
    assert_eq!(terminal, "OPTION ttyname=/dev/null");
    assert_eq!(kind, "OPTION ttytype=xterm");
    let id = question.strip_prefix(QUESTION).unwrap().split(' ').next().unwrap();
    assert_eq!(id.len(), 40);
    let end = " X Passphrase Enter+passphrase+for+identity+%27SOPS_AGE_KEY_FILE%27%3A";
    assert_eq!(*question, format!("{QUESTION}{id}{end}"));
}

#[test]
fn agent_errors() {
    let check = |answer, error: &str| {
        let (machine, log) = with_agent(answer);
        let text = unwrap(machine, &testdata("x25519.age")).unwrap_err();
        let start = "failed to create reader for decrypting sops data key with age: ";
        assert!(text.starts_with(&format!("{start}{error}. Did not")), "{text}");
        log.lock().unwrap().last().unwrap().clone()
    };
    let forgotten = check("OK 6161", "incorrect passphrase");
    assert!(forgotten.starts_with("CLEAR_PASSPHRASE SopsAge"), "{forgotten}");
    let start = "failed to decrypt identity file: could not read passphrase: gpg-agent passphrase \
                 request errored: ";
    // The line break of the agent's answer stays, as in sops.
    check("ERR 67108926 Timeout <GPG Agent>", &format!("{start}ERR 67108926 Timeout <GPG Agent>\n"));
    check("ERR 83886179 Operation cancelled", &format!("{start}gpgagent: Cancel"));
    check("ERR 67108922 No data", &format!("{start}GPG_ERR_NO_DATA cache miss"));
}

#[test]
fn passphrase_from_the_terminal() {
    let file = testdata("age1-passphrase.age.txt");
    let enc = testdata("x25519.age");
    let machine = || Machine::new().var("SOPS_AGE_KEY", &file);
    assert_eq!(unwrap(machine().passphrase("secret"), &enc).unwrap(), X25519_SECRET);
    let error = unwrap(machine(), &enc).unwrap_err();
    assert!(error.contains("failed to decrypt identity file: could not read passphrase: standard"));

    let service = AgeService::new(machine().passphrase("secret"));
    // For somebody else: the passphrase opens the identities, and none of them fits.
    let attempt = service.unwrap(&entry(&testdata("hybrid.age")));
    assert!(matches!(attempt, Attempt::NotHeld { .. }));
    assert_eq!(
        *service.host.messages.lock().unwrap(),
        ["Warning: encrypted identity 'SOPS_AGE_KEY' didn't match file's recipients"]
    );
    let prompts = service.host.prompts.lock().unwrap();
    assert_eq!(*prompts, ["Enter passphrase for identity 'SOPS_AGE_KEY':"]);
}

/// A native identity fits, so nobody is asked for anything, whatever else is there.
#[test]
fn native_identities_come_first() {
    let service = AgeService::new(
        Machine::new()
            .var("SOPS_AGE_KEY", IDENTITY)
            .var("SOPS_AGE_KEY_FILE", "/k")
            .file("/k", testdata("age1-passphrase.age.txt").as_bytes())
            .file("/home/alice/.config/sops/age/keys.txt", testdata("age1.txt").as_bytes()),
    );
    assert!(matches!(service.unwrap(&entry(&testdata("x25519.age"))), Attempt::Recovered(_)));
    assert!(service.host.prompts.lock().unwrap().is_empty());
}
