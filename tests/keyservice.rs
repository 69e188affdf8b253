//! The key service, both sides: ours with ours, and each with the other side of a real sops where
//! `SOPS_BIN` names one (services §1, emulators §9). Every program here has a minute.
#![cfg(unix)] // Windows has tests/windows
#![cfg(feature = "keyservice")]

mod support;

#[path = "keyservice/raw.rs"]
mod raw;
#[path = "keyservice/server.rs"]
mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use server::{Place, Server, hung, nobody};
use support::{AGE_RECIPIENT, Home, Run, program, real_sops, testdata};

const PLAIN: &str = "secret: a word of value\n";
/// Whose secret key is in `testdata/interop/keys/pgp.asc`.
const FINGERPRINT: &str = "E20E6FF558885DA4D982D65D97BBBA8CF1BA00BE";
/// Nobody here has its identity.
const STRANGER: &str = "age12gy0m0afd3meskv0xzfnvcaedayvf073k6hn7n7z8wymzaa7355s0ywulg";

/// Server and client: ours with ours, and with the real sops if there is one.
#[allow(clippy::print_stderr)] // said out loud
fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let ours = program();
    match real_sops() {
        Some(real) => vec![(ours.clone(), ours.clone()), (ours.clone(), real.clone()), (real, ours)],
        None => {
            eprintln!("SKIPPED: the other side of a real sops: SOPS_BIN is not set");
            vec![(ours.clone(), ours)]
        }
    }
}

/// Runs a client that may use the keys of these services alone.
fn client(home: &Home, program: &Path, services: &[&str], arguments: &[&str]) -> Run {
    let mut words = vec!["-k", "5", "60", program.to_str().expect("text"), arguments[0]];
    words.push("--enable-local-keyservice=false");
    for url in services {
        words.extend(["--keyservice", url]);
    }
    words.extend(&arguments[1..]);
    home.run(Path::new("/usr/bin/timeout"), words, b"").does_not_crash()
}

/// A file of [`PLAIN`] for our recipient, made with local keys.
fn encrypted() -> Home {
    let home = Home::empty();
    home.write("a.yaml", PLAIN);
    home.sops(["encrypt", "-i", "--age", AGE_RECIPIENT, "a.yaml"]).exits(0);
    home
}

#[allow(clippy::print_stderr)] // said out loud
fn has_gpg() -> bool {
    let gpg = Command::new("gpg").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let has = gpg.is_ok_and(|status| status.success());
    if !has {
        assert!(std::env::var_os("CI").is_none(), "gpg is not installed");
        eprintln!("SKIPPED: PGP keys: gpg is not installed");
    }
    has
}

#[test]
fn age_and_pgp_keys_over_both_kinds_of_socket() {
    let gpg = has_gpg();
    for (serving, asking) in pairs() {
        for place in [Place::Unix, Place::Tcp] {
            let mut server = Server::new(place);
            if gpg {
                server.import_pgp();
            }
            server.start(&serving, &["--verbose"]);
            let url = server.url();
            let mut keys = vec![vec!["--age", AGE_RECIPIENT]];
            if gpg {
                keys.push(vec!["--pgp", FINGERPRINT]);
            }
            for key in keys {
                let home = Home::empty();
                home.write("a.yaml", PLAIN);
                let mut words = vec!["encrypt", "-i"];
                words.extend(key);
                words.push("a.yaml");
                client(&home, &asking, &[&url], &words).exits(0);
                assert!(!home.read_text("a.yaml").contains("value"));
                client(&home, &asking, &[&url], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
                // Without the service nobody opens it.
                home.sops(["decrypt", "a.yaml"]).exits(128);
            }
            let (_, said) = server.end();
            assert!(said.contains("level=info msg=\"Listening on "), "{said}");
            for secret in ["AGE-SECRET-KEY", "a word of value"] {
                assert!(!said.contains(secret), "the log told a secret");
            }
        }
    }
}

#[test]
fn shares_of_a_data_key_go_there_too() {
    for (serving, asking) in pairs() {
        let mut server = Server::new(Place::Unix);
        server.start(&serving, &[]);
        let url = server.url();
        let home = Home::empty();
        home.write("a.yaml", PLAIN).write(
            ".sops.yaml",
            format!(
                "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [{AGE_RECIPIENT}]\n      - age: [{AGE_RECIPIENT}]\n"
            ),
        );
        client(&home, &asking, &[&url], &["encrypt", "-i", "a.yaml"]).exits(0);
        client(&home, &asking, &[&url], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
        client(&home, &asking, &[&url], &["rotate", "-i", "a.yaml"]).exits(0);
        client(&home, &asking, &[&url], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
    }
}

/// What a person at the server answers, and what the client is told. Expectations from sops 3.13.2.
#[test]
fn a_person_is_asked() {
    for (serving, asking) in pairs() {
        for (answers, told) in [
            ("y\n", None),
            ("perhaps\nyes\ny\n", None),
            ("n\n", Some("PermissionDenied desc = Request rejected\n      | by user")),
            ("\n", Some("Unknown desc = unexpected newline")),
            ("y y\n", Some("Unknown desc = expected newline")),
            ("", Some("Unknown desc = EOF")),
        ] {
            let home = encrypted();
            let mut server = Server::new(Place::Unix);
            server.answers(answers);
            server.start(&serving, &["--prompt"]);
            let run = client(&home, &asking, &[&server.url()], &["decrypt", "a.yaml"]);
            match told {
                None => drop(run.exits(0).prints(PLAIN)),
                Some(text) => {
                    drop(run.exits(128).prints_nothing().says(&format!("- | rpc error: code = {text}\n")));
                }
            }
            let (printed, _) = server.end();
            let (start, end) = ("\nReceived decrypt request using ", ". Respond to request? (y/n): ");
            assert!(printed.starts_with(start) && printed.ends_with(end), "{printed}");
            assert_eq!(printed.matches(start).count(), answers.lines().count().max(1), "{printed}");
            if serving == program() {
                assert!(printed.contains(&format!("age key with recipient {AGE_RECIPIENT}.")), "{printed}");
            }
        }
    }
}

/// sops decrypts first and asks then.
#[test]
fn a_person_is_asked_before_the_key_is_used() {
    let home = encrypted();
    let mut server = Server::new(Place::Unix);
    let trace = server.home().path("used");
    let command =
        format!("sh -c 'touch {}; cat {}'", trace.display(), testdata("interop/keys/age1.txt").display());
    server.set("SOPS_AGE_KEY_FILE", "").set("SOPS_AGE_KEY_CMD", &command);
    server.answers("n\ny\n");
    server.start(&program(), &["--prompt"]);
    client(&home, &program(), &[&server.url()], &["decrypt", "a.yaml"]).exits(128);
    assert!(!trace.exists(), "the key was used");
    client(&home, &program(), &[&server.url()], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
    assert!(trace.exists());
}

/// Expectations from sops 3.13.2 at the same bytes, but for the empty message, of which it dies.
#[test]
fn raw_bytes() {
    let mut programs = vec![program()];
    programs.extend(real_sops());
    for serving in programs {
        let real = serving != program();
        let mut server = Server::new(Place::Tcp);
        server.start(&serving, &[]);
        let url = server.url();
        let ask = |method: &str, bytes: &[u8]| raw::call(&url, method, bytes);
        let none = ("NotFound".to_owned(), "Must provide a key".to_owned());
        for method in ["/KeyService/Encrypt", "/KeyService/Decrypt"] {
            assert_eq!(ask(method, b"\x0a\x00"), Err(none.clone()));
            // Key 9 is of no kind that is known.
            assert_eq!(ask(method, b"\x0a\x05\x4a\x03\x0a\x01x"), Err(none.clone()));
        }
        let (code, why) = ask("/KeyService/Encrypt", b"\x0a\x05\x32\x03\x0a\x01x").expect_err("no recipient");
        assert_eq!(code, "Unknown");
        assert!(why.contains("failed to parse input, unknown recipient type: \"x\""), "{why}");
        for (method, why) in [
            ("/keyservice.KeyService/Encrypt", "unknown service keyservice.KeyService"),
            ("/KeyService/Sign", "unknown method Sign for service KeyService"),
        ] {
            assert_eq!(ask(method, b""), Err(("Unimplemented".to_owned(), why.to_owned())));
        }
        let (code, _) = ask("/KeyService/Encrypt", b"\xff\xff").expect_err("not a message");
        assert_eq!(code, "Internal");
        let (code, why) = ask("/KeyService/Encrypt", &vec![0x12; 5 << 20]).expect_err("too long");
        assert!(matches!(code.as_str(), "OutOfRange" | "ResourceExhausted"), "{code} {why}");
        if !real {
            for method in ["/KeyService/Encrypt", "/KeyService/Decrypt"] {
                assert_eq!(ask(method, b""), Err(none.clone()));
            }
        }
        // And it goes on: what was wrapped there comes back.
        let mut request = vec![0x0a, 66, 0x32, 64, 0x0a, 62];
        request.extend(AGE_RECIPIENT.bytes());
        request.extend(b"\x12\x03abc");
        let wrapped = ask("/KeyService/Encrypt", &request).expect("a recipient");
        assert_eq!(wrapped[0], 0x0a);
        let text = String::from_utf8_lossy(&wrapped).into_owned();
        assert!(text.contains("-----BEGIN AGE ENCRYPTED FILE-----"), "{text}");
        request.truncate(68);
        request.push(0x12);
        request.extend(&wrapped[1..]); // the same field type: length and text
        assert_eq!(ask("/KeyService/Decrypt", &request), Ok(b"\x0a\x03abc".to_vec()));
    }
}

/// sops' own words, for services that are not there; with `SOPS_BIN` it says them beside ours.
#[test]
fn each_service_has_its_reason_in_the_report() {
    let home = encrypted();
    let first = nobody();
    let services =
        [first.as_str(), "unix:///nonexistent/s", "tcp6://127.0.0.1:1", "http://127.0.0.1:1", "tcp://"];
    let ours = client(&home, &program(), &services, &["decrypt", "a.yaml"]).exits(128).prints_nothing();
    let address = first.strip_prefix("tcp://").expect("tcp");
    for text in [
        format!(
            "    - | rpc error: code = Unavailable desc = connection error: desc\n      | = \"transport: Error while dialing: dial tcp {address}:\n      | connect: connection refused\"\n    \n    - | rpc error"
        ),
        "dial unix /nonexistent/s:\n      | connect: no such file or directory\"\n".to_owned(),
        "dial tcp6: address\n      | 127.0.0.1: no suitable address found\"\n".to_owned(),
        "dial http: unknown\n      | network http\"\n".to_owned(),
        "    - | rpc error: code = Unavailable desc = dns resolver: missing\n      | address\n".to_owned(),
        "\nhint: only the key services of --keyservice were asked".to_owned(),
    ] {
        assert!(ours.stderr.contains(&text), "{text}\nis not in\n{}", ours.stderr);
    }
    if let Some(real) = real_sops() {
        let real = client(&home, &real, &services, &["decrypt", "a.yaml"]).exits(128);
        let ours = ours.stderr.split("hint: ").next().unwrap_or_default();
        assert_eq!(ours.trim_end(), real.stderr.trim_end());
    }
}

#[test]
fn what_is_no_url_is_left_out() {
    let mut server = Server::new(Place::Tcp);
    server.start(&program(), &[]);
    let home = encrypted();
    let address = server.url().replace("tcp://", "");
    client(&home, &program(), &[&address, &server.url()], &["decrypt", "a.yaml"])
        .exits(0)
        .prints(PLAIN)
        .says("level=warning msg=\"Error parsing URI for keyservice, skipping\" uri=\"127.0.0.1:");
}

#[test]
fn services_are_asked_in_turn_and_by_variable() {
    for (serving, asking) in pairs() {
        let mut server = Server::new(Place::Unix);
        server.start(&serving, &[]);
        let (dead, url) = (nobody(), server.url());
        let home = encrypted();
        client(&home, &asking, &[&dead, &url], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
        let home = Home::empty()
            .set("SOPS_KEYSERVICE", &format!("{dead},{url}"))
            .set("SOPS_ENABLE_LOCAL_KEYSERVICE", "false");
        home.write("a.yaml", PLAIN);
        let run = |words: &[&str]| home.run(&asking, words, b"");
        run(&["encrypt", "-i", "--age", AGE_RECIPIENT, "a.yaml"]).exits(0);
        run(&["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
        run(&["set", "a.yaml", "[\"secret\"]", "\"new\""]).exits(0);
        run(&["decrypt", "a.yaml"]).exits(0).prints("secret: new\n");
    }
}

/// A service that accepts and says nothing delays nobody who has a key.
#[test]
fn a_hung_service_does_not_hang_who_has_a_key() {
    let (hung, url) = hung();
    let home = Home::with_age();
    home.write("a.yaml", PLAIN);
    let both = format!("{STRANGER},{AGE_RECIPIENT}");
    home.sops(["encrypt", "-i", "--age", &both, "a.yaml"]).exits(0);
    let start = Instant::now();
    home.sops(["decrypt", "--keyservice", &url, "a.yaml"]).exits(0).prints(PLAIN);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());

    // Nor does it hang who has none, for ever.
    let home = encrypted();
    client(&home, &program(), &[&url], &["decrypt", "a.yaml"])
        .exits(128)
        .says("code = DeadlineExceeded desc = the key service");
    drop(hung);
}

#[test]
fn signals_end_it_with_a_word() {
    for (name, word) in [("TERM", "terminated"), ("INT", "interrupt")] {
        let mut server = Server::new(Place::Unix);
        server.start(&program(), &["--verbose"]);
        let socket = server.home().path("s");
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&socket).expect("a socket").permissions().mode();
            assert_eq!(mode & 0o777, 0o755);
        }
        let Some(code) = server.signal(name) else { continue };
        assert_eq!(code, Some(0));
        assert!(!socket.exists());
        let (_, said) = server.end();
        assert!(said.contains("[KEYSERVICE]\t time="), "{said}");
        assert!(said.contains(&format!("level=info msg=\"Caught signal {word}: shutting down.\"")), "{said}");
    }
    // Silent without --verbose.
    let mut server = Server::new(Place::Tcp);
    server.start(&program(), &[]);
    server.signal("TERM");
    assert_eq!(server.end(), (String::new(), String::new()));
}

/// As seen with sops 3.13.2.
#[test]
fn a_taken_place_is_told_twice() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let home = Home::empty();
    let run = home.run(
        Path::new("/usr/bin/timeout"),
        ["60", program().to_str().expect("text"), "keyservice", "--addr", &address],
        b"",
    );
    let why = format!("listen tcp {address}: bind: address already in use\"\n");
    let run = run.exits(1).says(&format!("level=error msg=\"Error running keyservice: {why}"));
    run.says(&format!("level=fatal msg=\"{why}"));
}

/// Each request sees the identities that are there then.
#[test]
fn new_identities_are_seen() {
    let mut server = Server::new(Place::Unix);
    let file = server.home().path("keys.txt");
    server.home().write("keys.txt", "");
    server.set("SOPS_AGE_KEY_FILE", &file.display().to_string());
    server.start(&program(), &[]);
    let home = encrypted();
    client(&home, &program(), &[&server.url()], &["decrypt", "a.yaml"]).exits(128);
    std::fs::copy(testdata("interop/keys/age1.txt"), &file).expect("copied");
    client(&home, &program(), &[&server.url()], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN);
}

#[test]
fn many_clients_at_once() {
    for (serving, asking) in pairs() {
        let mut server = Server::new(Place::Unix);
        server.start(&serving, &[]);
        let url = server.url();
        let home = encrypted();
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope
                    .spawn(|| client(&home, &asking, &[&url], &["decrypt", "a.yaml"]).exits(0).prints(PLAIN));
            }
        });
    }
}
