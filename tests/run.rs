//! `run`, `get`, `render` and `generate`: values of encrypted files for commands, people and templates.
#![cfg(unix)] // Windows has tests/windows

mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{Home, line, program};

const SECRETS: &str = "db:\n  # note\n  password: hunter2secret\n  hosts: [a, b]\n\"tls.x\": dot\nTOKEN: abc12345\nn: 5\nz: null\n";

fn home() -> Home {
    let home = Home::with_age();
    home.encrypted("s.yaml", SECRETS);
    home.encrypted("e.env", "A=1\nTOKEN=envtoken\nEMPTY=\n");
    home
}

#[test]
fn variables_come_without_a_shell_and_later_files_win() {
    let home = home();
    let run = ["run", "s.yaml", "e.env", "--except", "db", "--pristine", "--", "/usr/bin/printenv"];
    home.sops(run.iter().chain(&["TOKEN", "n"])).exits(0).prints("envtoken\n5\n");
    home.sops(run.iter().chain(&["z"])).exits(1).prints_nothing();
    home.sops(run.iter().chain(&["HOME"])).exits(1).prints_nothing();
    home.sops(["run", "e.env", "--", "printf", "%s|", "$A", "a b", "--", "-x"])
        .exits(0)
        .prints("$A|a b|--|-x|");
}

#[test]
fn nested_values_are_flattened_when_asked() {
    let home = home();
    home.sops(["run", "s.yaml", "--", "true"])
        .exits(1)
        .says("cannot use complex value in environment; offending key db")
        .says("--flatten");
    let flat = ["run", "s.yaml", "--flatten", "--only", "db_h*", "--prefix", "X_", "--pristine", "--"];
    home.sops(flat.iter().chain(&["/usr/bin/env"])).exits(0).prints(
        "X_db_hosts_0=a\nX_db_hosts_1=b\n".lines().fold(String::new(), |all, line| all + line + "\n"),
    );
    let below = ["run", "s.yaml", "--extract", "db", "--except", "hosts", "--", "printenv", "password"];
    home.sops(below).exits(0).prints("hunter2secret\n");
}

#[test]
fn what_is_required_is_there_or_nothing_starts() {
    let home = home();
    home.sops(["run", "e.env", "--required", "A,EMPTY,B", "--", "touch", "started"])
        .exits(1)
        .says("missing or empty: EMPTY, B");
    assert!(!home.path("started").exists());
    home.sops(["run", "e.env", "--required", "A", "--", "true"]).exits(0);
}

#[test]
fn it_ends_as_the_command_does() {
    let home = home();
    home.sops(["run", "e.env", "--", "sh", "-c", "exit 7"]).exits(7);
    home.sops(["run", "e.env", "--", "sh", "-c", "kill -KILL $$"]).exits(137);
    home.sops(["run", "e.env", "--mask", "--", "sh", "-c", "kill -TERM $$"]).exits(143);
    home.sops(["run", "e.env", "--same-process", "--", "sh", "-c", "exit 9"]).exits(9);
    home.sops(["run", "e.env", "--", "no-such-command"]).exits(127).says("no-such-command");
    home.sops(["run", "e.env", "--", "./e.env"]).exits(126);
    home.sops(["run", "e.env", "true"]).exits(1).says("behind --");
    home.sops(["run", "--", "true"]).exits(100);
    home.sops(["run", "missing.env", "--", "true"]).exits(100);
    home.sops(["run", "e.env", "--same-process", "--mask", "--", "true"]).exits(8);
}

#[test]
fn values_are_masked_wherever_the_output_is_cut() {
    let script = "echo x envtoken y; printf hunter2; sleep 0.2; printf 'secret.\\n'; echo hunter2secret >&2";
    let run = home().sops(["run", "e.env", "s.yaml", "--flatten", "--mask", "--", "sh", "-c", script]);
    run.exits(0).prints("x ***** y\n*****.\n").says("*****\n").keeps_quiet_about("hunter2secret");
}

#[test]
fn mounted_files_are_private_and_gone_afterwards() {
    let home = home();
    home.write("app.toml.tmpl", "t = {{ TOKEN | json }}\n");
    let script =
        "stat -c %a \"$CONF\" \"$(dirname \"$CONF\")\"; basename \"$1\"; cat \"$CONF\"; cp \"$2\" plain";
    let mounts = ["run", "e.env", "--mount", "CONF=app.toml.tmpl", "--mount", "ALL=s.yaml", "--"];
    home.sops(mounts.iter().chain(&["sh", "-c", script, "x", "{CONF}", "{ALL}"]))
        .exits(0)
        .prints("600\n700\napp.toml\nt = \"envtoken\"\n");
    assert_eq!(home.read_text("plain"), SECRETS);
    assert_eq!(std::fs::read_dir(home.path("tmp")).expect("a folder").count(), 0);
    home.write("bad.tmpl", "a\n {{ TOKE }}\n");
    home.sops(["run", "e.env", "--mount", "X=bad.tmpl", "--", "touch", "started"])
        .exits(1)
        .says("bad.tmpl:2:2: TOKE")
        .says("did you mean TOKEN?");
    assert!(!home.path("started").exists());
}

#[test]
fn a_mounted_file_is_gone_after_a_signal() {
    let home = home();
    home.write("c.tmpl", "{{ TOKEN }}");
    let mut child = Command::new(program())
        .args(["run", "e.env", "--mount", "C=c.tmpl", "--", "sh", "-c", "echo $C; exec sleep 60"])
        .current_dir(home.path("."))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TMPDIR", home.path("tmp"))
        .env("SOPS_AGE_KEY_FILE", support::testdata("interop/keys/age1.txt"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut place = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut place).expect("a line");
    let place = PathBuf::from(place.trim());
    assert!(place.is_file());
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("told");
    assert_eq!(child.wait().expect("ended").code(), Some(143));
    assert!(!place.exists());
    assert_eq!(std::fs::read_dir(home.path("tmp")).expect("a folder").count(), 0);
}

#[test]
fn values_by_any_form_of_path() {
    let home = home();
    for path in ["db.password", "/db/password", "[\"db\"][\"password\"]"] {
        home.sops(["get", "s.yaml", path]).exits(0).prints("hunter2secret");
    }
    home.sops(["get", "s.yaml", "db.hosts.1", "n", "db.hosts"]).exits(0).prints("b\n5\n[\"a\",\"b\"]\n");
    home.sops(["get", "s.yaml", "n", "TOKEN", "--output-format", "json"])
        .exits(0)
        .prints("{\"n\":5,\"TOKEN\":\"abc12345\"}\n");
    home.sops(["get", "s.yaml", "db", "\"tls.x\"", "--output-format", "shell"])
        .exits(0)
        .prints("export db_password='hunter2secret'\nexport db_hosts_0='a'\nexport db_hosts_1='b'\nexport tls_x='dot'\n");
    home.sops(["get", "s.yaml", "z", "none.at.all", "--default", "d"]).exits(0).prints("d\nd\n");
}

#[test]
fn paths_that_lead_nowhere_are_told_with_what_is_near() {
    let home = home();
    home.sops(["get", "s.yaml", "db.pasword"])
        .exits(1)
        .prints_nothing()
        .says("['pasword'] not found")
        .says("did you mean db.password?");
    home.sops(["get", "s.yaml", "tls.x"]).exits(1).says("did you mean \"tls.x\"?");
    home.sops(["get", "s.yaml", "db.hosts.2"]).exits(1).says("the list has 2");
    home.sops(["get", "s.yaml", "a..b"]).exits(91).prints_nothing();
    home.sops(["get", "s.yaml"]).exits(91);
    home.sops(["get", "missing.yaml", "a"]).exits(100);
    home.sops(["get", "s.yaml", "n", "--output-format", "xml"]).exits(1);
    let tampered = home.read_text("s.yaml").replace("lastmodified: \"2", "lastmodified: \"1");
    home.write("s.yaml", tampered).sops(["get", "s.yaml", "n"]).exits(51).prints_nothing();
}

#[test]
fn templates_are_rendered_whole_or_not_at_all() {
    let home = home();
    home.write("t", "p={{ TOKEN }} e={{ e.TOKEN | shell }}\n");
    home.sops(["render", "t", "s.yaml", "--file", "e=e.env", "--output", "out"]).exits(0).prints_nothing();
    assert_eq!(home.read_text("out"), "p=abc12345 e='envtoken'\n");
    let mode = std::fs::metadata(home.path("out")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    home.write("t", "p={{ TOKEN }}\n{{ db.pasword }}\n");
    home.sops(["render", "t", "s.yaml", "--output", "out"])
        .exits(1)
        .says("t:2:1: db.pasword: there is no such value")
        .says("did you mean db.password?");
    assert_eq!(home.read_text("out"), "p=abc12345 e='envtoken'\n");
    home.sops(["render", "t", "s.yaml"]).exits(1).prints_nothing();
    home.sops(["render", "t"]).exits(100);
    home.sops(["render", "none", "s.yaml"]).exits(100);
}

#[test]
fn the_one_of_several_files_that_does_not_open_is_named() {
    let home = home();
    home.encrypted("good.yaml", "a: 1\n");
    home.write("plain.yaml", "a: 1\n");
    home.write("t", "{{ a }}\n");
    let says = "plain.yaml: sops metadata not found";
    home.sops(["render", "t", "good.yaml", "plain.yaml"]).refuses().says(says).prints_nothing();
    home.sops(["run", "good.yaml", "plain.yaml", "--", "true"]).refuses().says(says);
}

#[test]
fn generated_values_are_never_shown_and_never_in_clear_text() {
    let home = home();
    let before = home.read_text("s.yaml");
    home.sops(["generate", "s.yaml", "db.fresh"]).exits(0).prints_nothing();
    let made = home.sops(["get", "s.yaml", "db.fresh"]).exits(0).stdout;
    assert_eq!(made.len(), 32);
    assert!(made.iter().all(u8::is_ascii_alphanumeric));
    assert_eq!(line(&home.read_text("s.yaml"), "TOKEN:"), line(&before, "TOKEN:"));
    home.sops(["generate", "s.yaml", "db.fresh"]).exits(1).says("--force");
    assert_eq!(home.sops(["get", "s.yaml", "db.fresh"]).stdout, made);
    home.sops(["generate", "--force", "--kind", "uuid", "s.yaml", "db.fresh"]).exits(0);
    assert_eq!(home.sops(["get", "s.yaml", "db.fresh"]).stdout.len(), 36);
    home.sops(["generate", "--kind", "hex", "e.env", "EMPTY"]).exits(0);
    let key = home.sops(["generate", "--kind", "age-key", "s.yaml", "key"]).exits(0);
    assert!(key.stdout.starts_with(b"age1"));
    let before = home.read_text("s.yaml");
    home.sops(["generate", "s.yaml", "note_unencrypted"]).exits(1).says("clear text");
    for bad in [["--length", "3"], ["--kind", "ssh"], ["--charset", "a"]] {
        home.sops(["generate"].iter().chain(&bad).chain(&["s.yaml", "new"])).exits(1);
    }
    home.sops(["generate", "s.yaml", "."]).exits(7);
    home.sops(["generate", "missing.yaml", "a"]).exits(100);
    assert_eq!(home.read_text("s.yaml"), before);
    assert!(Path::new(&home.path("s.yaml")).exists());
}

/// Wishes §4.4; what each program makes of a text is in `testdata/dotenv/dialects.json`.
mod dialects {
    use super::*;

    const RUN: [&str; 3] = ["run", "--pristine", "--dotenv-dialect"];

    /// What `env` prints in a dialect.
    fn env(home: &Home, dialect: &str, file: &str) -> String {
        let run = home.sops(RUN.iter().chain(&[dialect, file, "--", "/usr/bin/env"])).exits(0);
        let mut lines: Vec<_> = run.stdout.split_inclusive(|byte| *byte == b'\n').collect();
        lines.sort_unstable();
        String::from_utf8(lines.concat()).expect("UTF-8")
    }

    #[test]
    fn d3_and_d4_run_reads_quotes_and_backslashes_in_the_dialect_that_is_asked_for() {
        let home = Home::with_age();
        home.encrypted("e.env", "P=C:\\new\nQ=\"dq\" # c\nR='a\\nb'\n");
        for (dialect, want) in [
            ("sops", "P=C:\newQ=\"dq\" # c\nR='a\nb'\new\n"),
            ("raw", "P=C:\\new\nQ=\"dq\" # c\nR='a\\nb'\n"),
            ("docker", "P=C:\\new\nQ=\"dq\" # c\nR='a\\nb'\n"),
            ("node", "P=C:\\new\nQ=dq\nR=a\\nb\n"),
            ("shell", "P=C:new\nQ=dq\nR=a\\nb\n"),
        ] {
            let sorted = |text: &str| {
                let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
                lines.sort_unstable();
                lines
            };
            if dialect == "sops" {
                home.sops(["run", "e.env", "--", "printenv", "P", "Q", "R"])
                    .exits(0)
                    .prints("C:\new\n\"dq\" # c\n'a\nb'\n");
            } else {
                assert_eq!(sorted(&env(&home, dialect, "e.env")), sorted(want), "{dialect}");
            }
        }
        home.sops(["get", "--dotenv-dialect", "node", "e.env", "Q"]).exits(0).prints("dq");
        home.write("t", "{{ Q }}");
        home.sops(["render", "--dotenv-dialect", "node", "t", "e.env"]).exits(0).prints("dq");
        // Other formats have no dialects.
        home.encrypted("s.yaml", "Q: \"'x'\"\n");
        home.sops(["get", "--dotenv-dialect", "shell", "s.yaml", "Q"]).exits(0).prints("'x'");
        home.sops(["exec-env", "e.env", "printenv Q"]).exits(0).prints("\"dq\" # c\n");
    }

    #[test]
    fn d5_values_of_several_lines_in_a_file_that_is_encrypted_whole() {
        let text = "M=\"a\nb\"\nexport K='x=\n=y' # c\n";
        for (name, types) in
            [("prod.env.enc", &[][..]), ("prod.env", &["--input-type", "binary", "--output-type", "binary"])]
        {
            let home = Home::with_age();
            home.write(name, text);
            let recipient = ["--age", support::AGE_RECIPIENT, "-i", name];
            home.sops(["encrypt"].iter().chain(types).chain(&recipient)).exits(0);
            home.sops(["decrypt"].iter().chain(types).chain(&[name])).exits(0).prints(text);
            if let Some(real) = support::real_sops() {
                let words = ["decrypt", "--input-type", "binary", "--output-type", "binary", name];
                home.run(&real, words, b"").exits(0).prints(text);
            }
            for dialect in ["node", "shell"] {
                let get = ["get", "--dotenv-dialect", dialect, name];
                home.sops(get.iter().chain(&["M"])).exits(0).prints("a\nb");
                home.sops(get.iter().chain(&["K"])).exits(0).prints("x=\n=y");
                assert_eq!(env(&home, dialect, name), "=y\nK=x=\nM=a\nb\n", "{dialect}");
                let masked = ["--mask", dialect, name, "--", "printenv", "M"];
                home.sops(["run", "--mask", "--dotenv-dialect"].iter().chain(&masked[1..])).exits(0);
            }
            // In one line for each value there are others.
            home.sops(RUN.iter().chain(&["docker", name, "--", "touch", "started"]))
                .exits(2)
                .says(&format!("{name}: line 3: there is a blank in the name"))
                .keeps_quiet_about("x=");
            assert!(!home.path("started").exists());
        }
        // In its own format it is refused as in sops, and told what helps.
        let home = Home::with_age();
        home.write("m.env", text);
        home.sops(["encrypt", "--age", support::AGE_RECIPIENT, "m.env"])
            .exits(2)
            .prints_nothing()
            .says("line 2, column 1: there is no = in this line; a value cannot go on")
            .says("--dotenv-dialect");
    }

    #[test]
    fn get_writes_what_the_dialect_reads() {
        let home = Home::with_age();
        home.encrypted("s.yaml", "A: \"it's\\n\\\"x\\\"\"\nB: plain\nC: \"`'\\\"\"\n");
        let get = ["get", "s.yaml", "--output-format", "env"];
        home.sops(get.iter().chain(&["A"])).exits(4).says("--dotenv-dialect node or shell");
        let node = ["--dotenv-dialect", "node", "A", "B"];
        home.sops(get.iter().chain(&node)).exits(0).prints("A=`it's\n\"x\"`\nB=plain\n");
        let shell = ["--dotenv-dialect", "shell", "A", "C"];
        home.sops(get.iter().chain(&shell)).exits(0).prints("A='it'\\''s\n\"x\"'\nC='`'\\''\"'\n");
        let none = get.iter().chain(&["--dotenv-dialect", "node", "C"]);
        home.sops(none).exits(4).prints_nothing().says("C has what none of the quotes can hold there");
        home.sops(get.iter().chain(&["--dotenv-dialect", "docker", "A"]))
            .exits(4)
            .says("A has several lines");
        home.sops(get.iter().chain(&["--dotenv-dialect", "npm", "A"]))
            .exits(1)
            .says("--dotenv-dialect takes sops, raw, docker, node, shell");
    }

    #[test]
    fn what_only_a_shell_knows_is_refused() {
        let home = Home::with_age();
        home.encrypted("e.env", "A=1\nB=\"$HOME\"\n");
        home.sops(RUN.iter().chain(&["shell", "e.env", "--", "true"]))
            .exits(2)
            .says(
                "e.env: line 2: a shell would put something else for the $ or `; in single quotes it is text",
            )
            .says("of the plaintext");
    }
}
