//! The audit in a real PostgreSQL (services §4, emulators §7). `/etc/sops/audit.yaml` stands in a private
//! mount: the machine's own `/etc` is not touched. Every program has a minute.
#![cfg(unix)] // Windows has tests/windows
#![cfg(all(feature = "audit", target_os = "linux"))]

mod support;

#[path = "audit/database.rs"]
mod database;

use std::path::{Path, PathBuf};

use database::Database;
use support::{AGE_RECIPIENT, Home, Run, program, real_sops};

const PLAIN: &str = "a: 1\nb: word\n";

/// Runs a program that sees this configuration.
fn audited(
    database: &Database,
    home: &Home,
    program: &Path,
    config: &str,
    words: &[&str],
    input: &[u8],
) -> Run {
    let etc = database.etc(config);
    let mut all = vec![
        "-m".to_owned(),
        "sh".into(),
        "-c".into(),
        "mount --bind \"$0\" /etc && exec timeout -k 5 60 \"$@\"".into(),
        etc.path().display().to_string(),
        program.display().to_string(),
    ];
    if !rustix::process::getuid().is_root() {
        all.insert(0, "-r".into());
    }
    all.extend(words.iter().map(|word| (*word).to_owned()));
    let run = home.run(Path::new("/usr/bin/unshare"), all, input).does_not_crash();
    if program == support::program() {
        for secret in ["pa55", "w%40rd", "w@rd"] {
            assert!(!run.stderr.contains(secret), "the password is in\n{}", run.stderr);
        }
    }
    run
}

fn programs() -> Vec<PathBuf> {
    [program()].into_iter().chain(real_sops()).collect()
}

/// One event per line: what and whose file, without the folder.
fn rows(database: &Database, home: &Home) -> Vec<String> {
    let folder = home.path("").display().to_string();
    let rows = database.take_rows();
    rows.lines().map(|row| row.replace(folder.trim_end_matches('/'), "~")).collect()
}

#[test]
fn each_command_has_its_events() {
    let Some(database) = Database::start() else { return };
    let config = database.config("sops", "?sslmode=disable");
    for program in programs() {
        let home = Home::with_age().set("EDITOR", "sed -i s/word/other/");
        home.write("a.yaml", PLAIN);
        let run = |words: &[&str]| audited(&database, &home, &program, &config, words, b"");
        let check = |words: &[&str], code: i32, events: &[&str]| {
            run(words).exits(code);
            let events: Vec<_> = events.iter().map(|event| format!("{event}|root|~/a.yaml")).collect();
            assert_eq!(rows(&database, &home), events, "{} {words:?}", program.display());
        };
        check(&["encrypt", "-i", "--age", AGE_RECIPIENT, "a.yaml"], 0, &["encrypt"]);
        check(&["decrypt", "a.yaml"], 0, &["decrypt"]);
        check(&["decrypt", "./a.yaml"], 0, &["decrypt"]);
        check(&["exec-env", "a.yaml", "true"], 0, &["decrypt"]);
        check(&["exec-file", "--no-fifo", "a.yaml", "true {}"], 0, &["decrypt"]);
        check(&["rotate", "-i", "a.yaml"], 0, &["rotate", "decrypt", "encrypt"]);
        check(&["set", "a.yaml", "[\"a\"]", "2"], 0, &["decrypt", "encrypt"]);
        check(&["unset", "a.yaml", "[\"a\"]"], 0, &["decrypt", "encrypt"]);
        check(&["edit", "a.yaml"], 0, &["decrypt", "encrypt"]);
        check(&["edit", "a.yaml"], 200, &["decrypt"]);
        check(&["filestatus", "a.yaml"], 0, &[]);
        check(&["--version"], 0, &[]);
        check(&["decrypt", "--enable-local-keyservice=false", "a.yaml"], 128, &[]);
        check(&["rotate", "--enable-local-keyservice=false", "-i", "a.yaml"], 128, &["rotate"]);

        let file = home.read("a.yaml");
        audited(
            &database,
            &home,
            &program,
            &config,
            &["decrypt", "--filename-override", "a.yaml", "--input-type", "yaml"],
            &file,
        )
        .exits(0);
        assert_eq!(rows(&database, &home), ["decrypt|root|~"], "{}", program.display());

        // The MAC is looked at when the event is recorded already.
        let text = String::from_utf8(file).expect("text");
        let at = text.find("lastmodified: \"20").expect("a time") + "lastmodified: \"".len();
        home.write("a.yaml", format!("{}1999{}", &text[..at], &text[at + 4..]));
        check(&["decrypt", "a.yaml"], 51, &["decrypt"]);
    }
}

#[test]
fn every_database_gets_every_event() {
    let Some(database) = Database::start() else { return };
    let one = database.string("sops", "?sslmode=disable");
    let words = format!(
        "host=127.0.0.1 port={} user=sops password='pa55 w@rd' dbname=sops sslmode=disable",
        database.port()
    );
    let config = format!(
        "# two\nbackends:\n  postgres:\n    - connection_string: \"{one}\"\n    - connection_string: \"{words}\"\n      unknown: 1\nmore: []\n"
    );
    for program in programs() {
        let home = Home::with_age();
        home.write("a.yaml", PLAIN);
        audited(&database, &home, &program, &config, &["encrypt", "a.yaml"], b"").exits(0);
        assert_eq!(rows(&database, &home), ["encrypt|root|~/a.yaml"; 2]);
    }
}

#[test]
fn without_the_row_nothing_is_done() {
    let Some(database) = Database::start() else { return };
    let config = database.config("reader", "?sslmode=disable");
    for program in programs() {
        let home = Home::with_age();
        let encrypted = home.encrypted("a.yaml", PLAIN);
        let run = |words: &[&str]| {
            audited(&database, &home, &program, &config, words, b"").exits(1).prints_nothing()
        };
        let why = "level=fatal msg=\"Failed to insert audit record: pq: permission denied for table audit_event (42501)\"";
        run(&["decrypt", "a.yaml"]).says(why);
        run(&["set", "a.yaml", "[\"a\"]", "2"]).says(why);
        run(&["rotate", "-i", "a.yaml"]).says(why);
        assert_eq!(home.read_text("a.yaml"), encrypted);
        home.write("p.yaml", PLAIN);
        run(&["encrypt", "-i", "p.yaml"]).says(why);
        assert_eq!(home.read_text("p.yaml"), PLAIN);
    }
}

/// As in sops, but for the password, which sops prints.
#[test]
fn a_dead_database_stops_everything() {
    let Some(database) = Database::start() else { return };
    let dead = "postgres://sops:pa55@127.0.0.1:1/sops?sslmode=disable";
    let two = format!(
        "backends:\n  postgres:\n    - connection_string: {dead}\n    - connection_string: {}\n",
        database.string("sops", "?sslmode=disable").replace("pa55", "wrong")
    );
    for program in programs() {
        let home = Home::with_age();
        home.write("a.yaml", PLAIN);
        for words in [&["--version"][..], &["encrypt", "a.yaml"], &["filestatus", "a.yaml"]] {
            let run = audited(&database, &home, &program, &two, words, b"").exits(1).prints_nothing();
            let run = run
                .says("level=error msg=\"connecting to audit database, defined in /etc/sops/audit.yaml\"")
                .says("Pinging audit database failed: ")
                .says("connection refused")
                .says("password authentication failed for user")
                .says("level=fatal msg=\"one or more audit backends reported errors, exiting\"");
            assert_eq!(run.stderr.lines().count(), 4, "{}", run.stderr);
        }
        audited(&database, &home, &program, "backends: [", &["--version"], b"").exits(2).prints_nothing();
        audited(&database, &home, &program, "other: 1\n", &["encrypt", "a.yaml"], b"").exits(0);
        audited(&database, &home, &program, "", &["encrypt", "a.yaml"], b"").exits(0);
    }
    assert_eq!(database.take_rows(), "");
}

#[test]
fn tls_as_the_connection_string_asks_for_it() {
    let Some(database) = Database::start() else { return };
    let root = database.authority().display().to_string();
    for program in programs() {
        let home = Home::with_age();
        home.write("a.yaml", PLAIN);
        // The certificate is for localhost; the address 127.0.0.1 is not in it.
        for (host, query, code) in [
            ("127.0.0.1", String::new(), 0),
            ("127.0.0.1", "?sslmode=require".to_owned(), 0),
            ("127.0.0.1", format!("?sslmode=verify-ca&sslrootcert={root}"), 0),
            ("127.0.0.1", format!("?sslmode=verify-full&sslrootcert={root}"), 1),
            ("localhost", format!("?sslmode=verify-full&sslrootcert={root}"), 0),
            ("localhost", "?sslmode=verify-full".to_owned(), 1),
        ] {
            let config = database.config("sops", &query).replace("127.0.0.1", host);
            let run = audited(&database, &home, &program, &config, &["encrypt", "a.yaml"], b"");
            assert_eq!(run.code, Some(code), "{} {host} {query}: {}", program.display(), run.stderr);
        }
    }
}
