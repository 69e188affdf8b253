//! Conversion between formats: what comes out as by sops 3.13.2, what is said where something is
//! left out, what is refused because nobody could read it again, and names that mislead.
#![cfg(unix)] // Windows has tests/windows

mod support;

use support::{Home, read_testdata};

/// A home with this file, encrypted.
fn home(name: &str, text: &str) -> Home {
    let home = Home::with_age();
    home.write(name, text).encrypt(name);
    home
}

const TWO: &str = "a: 1\n---\nb: 2\n";
const MERGE: &str = "d: &d\n  u: me\nx:\n  <<: *d\n  p: 1\n";

/// What sops leaves out in silence (wishes §4, W12, D9), bytes as sops prints them.
#[test]
fn what_is_left_out_is_said() {
    for (text, output, printed, words) in [
        (TWO, "json", "{\n\t\"a\": 1\n}\n", "the file has 2 YAML documents"),
        (TWO, "dotenv", "a=1\n", "the file has 2 YAML documents"),
        ("data: x\nother: 1\n", "binary", "x", "other values are left out: 1"),
        ("a: null\nb: ~\nc: 1\n", "dotenv", "a=<nil>\nb=<nil>\nc=1\n", "written as <nil>: 2"),
    ] {
        let home = home("f.yaml", text);
        home.sops(["decrypt", "--output-type", output, "f.yaml"]).exits(0).prints(printed).says(words);
    }
    let home = home("f.yaml", "data: x\n");
    let run = home.sops(["decrypt", "--output-type", "binary", "f.yaml"]).exits(0).prints("x");
    assert_eq!(run.stderr, "");
}

/// sops prints these, and reads its own output as something else.
#[test]
fn text_that_would_be_read_as_something_else() {
    for (text, words) in [
        ("\"a=b\": x\n", "the key \"a=b\" cannot stand in a dotenv file: it has a ="),
        ("\"#a\": x\n", "it would begin a comment"),
        ("\"a\\nb\": x\n", "it has a line end"),
    ] {
        let home = home("f.yaml", text);
        home.sops(["decrypt", "--output-type", "dotenv", "f.yaml"]).exits(4).prints_nothing().says(words);
    }
}

/// sops writes all of these but the one with exit 203, and opens none of them again (exit 51, 25, 1).
#[test]
fn nothing_is_encrypted_that_does_not_open() {
    for (name, text, output, code, words) in [
        ("f.yaml", TWO, "json", 4, "several YAML documents"),
        ("f.yaml", TWO, "dotenv", 4, "several YAML documents"),
        ("f.yaml", "a: null\n", "dotenv", 4, "a: Dotenv cannot hold a null here"),
        (
            "f.yaml",
            "b: 1\na_unencrypted: true\n",
            "dotenv",
            4,
            "a_unencrypted: Dotenv cannot hold a boolean here",
        ),
        ("f.yaml", "a_unencrypted: 1.0\n", "dotenv", 4, "cannot hold a float here"),
        ("f.yaml", "a_unencrypted: C:\\new\n", "dotenv", 4, "cannot hold a backslash before an n here"),
        ("f.yaml", "\"a=b\": x\n", "dotenv", 4, "it has a ="),
        ("f.yaml", "\"#a\": x\n", "dotenv", 4, "it would begin a comment"),
        ("f.yaml", "a: {b: 1}\n", "dotenv", 4, "cannot use complex value in dotenv file; offending key a"),
        ("f.yaml", "sops_x: 1\n", "dotenv", 203, "top-level entry called 'sops'"),
        ("f.env", "sops=1\n", "yaml", 203, "top-level entry called 'sops'"),
        ("f.env", "sops=1\n", "json", 203, "top-level entry called 'sops'"),
    ] {
        let home = Home::with_age();
        home.write(name, text);
        home.sops(["encrypt", "--output-type", output, name]).exits(code).prints_nothing().says(words);
    }
}

#[test]
fn what_is_encrypted_into_another_format_keeps_its_values() {
    for (name, text, output, back, printed) in [
        (
            "f.yaml",
            "# c\na: 1\nb: 1.0\nd: \"C:\\\\new\"\nf: \"\"\nu_unencrypted: 5\n",
            "dotenv",
            "json",
            "{\n\t\"a\": 1,\n\t\"b\": 1,\n\t\"d\": \"C:\\\\new\",\n\t\"f\": \"\",\n\t\"u_unencrypted\": \"5\"\n}\n",
        ),
        ("f.yaml", "# c\na: 1\nb: 1.0\nt: true\n", "dotenv", "dotenv", "# c\na=1\nb=1.0\nt=true\n"),
        ("f.env", "# c\nA=1\nB=x\\ny\nsops=kept\n", "dotenv", "dotenv", "# c\nA=1\nB=x\\ny\nsops=kept\n"),
        ("f.env", "# c\nA=1\nB=x\\ny\n", "yaml", "yaml", "# c\nA: \"1\"\nB: |-\n    x\n    y\n"),
        ("f.json", "{\"a\":1,\"b\":1.50}", "yaml", "yaml", "a: 1\nb: 1.5\n"),
        ("f.txt", "hello\nworld\n", "dotenv", "dotenv", "data=hello\\nworld\\n\n"),
        ("f.txt", "hello\nworld\n", "dotenv", "binary", "hello\nworld\n"),
    ] {
        let home = Home::with_age();
        home.write(name, text);
        let run = home.sops(["encrypt", "--output-type", output, name]).exits(0);
        home.write("converted", run.stdout);
        home.sops(["decrypt", "--input-type", output, "--output-type", back, "converted"])
            .exits(0)
            .prints(printed);
    }
}

/// A key `<<` is no merge to anyone but YAML; sops leaves it (V10).
#[test]
fn merge_keys_are_carried_out() {
    let merged =
        "{\n\t\"d\": {\n\t\t\"u\": \"me\"\n\t},\n\t\"x\": {\n\t\t\"u\": \"me\",\n\t\t\"p\": 1\n\t}\n}\n";
    let home = home("f.yaml", MERGE);
    home.sops(["decrypt", "--output-type", "json", "f.yaml"]).exits(0).prints(merged);
    home.sops(["decrypt", "--output-type", "json", "--extract", "[\"x\"]", "f.yaml"])
        .exits(0)
        .prints("{\n\t\"u\": \"me\",\n\t\"p\": 1\n}\n");
    home.sops(["decrypt", "--extract", "[\"x\"][\"<<\"][\"u\"]", "f.yaml"]).exits(0).prints("me");
    let rotated = home.sops(["rotate", "--output-type", "json", "f.yaml"]).exits(0);
    home.write("r.json", rotated.stdout);
    home.sops(["decrypt", "r.json"]).exits(0).prints(merged);
    home.write("p.yaml", MERGE);
    let encrypted = home.sops(["encrypt", "--output-type", "json", "p.yaml"]).exits(0);
    home.write("e.json", encrypted.stdout);
    home.sops(["decrypt", "e.json"]).exits(0).prints(merged);
}

/// `rotate`, `set`, `unset` and `edit` write the other format under the old name.
#[test]
fn an_encrypted_file_can_change_its_format() {
    let home = Home::with_age();
    home.write("n.yaml", read_testdata("interop/encrypted/numbers-yaml.yaml"));
    // YAML shows -0.0 as -0, which it reads as an integer.
    let printed = String::from_utf8(read_testdata("interop/decrypted/numbers-yaml.dotenv")).expect("text");
    let printed = support::replace_once(&printed, "negzero=-0.0", "negzero=0");
    let rotated = home.sops(["rotate", "--output-type", "dotenv", "n.yaml"]).exits(0);
    home.write("n.env", rotated.stdout);
    home.sops(["decrypt", "n.env"]).exits(0).prints(&printed);

    // A number stays one, and its ciphertext stays when another value changes.
    let before = home.read_text("n.env");
    let number = support::line(&before, "int=");
    assert!(number.contains("type:int]"));
    home.sops(["set", "n.env", "[\"on_word\"]", "\"off\""]).exits(0);
    assert!(home.read_text("n.env").contains(number));
    let again = home.sops(["rotate", "n.env"]).exits(0).stdout;
    assert!(support::line(&String::from_utf8_lossy(&again), "int=").contains("type:int]"));

    home.write("f.env", "A=1\nB=x\\ny\n").encrypt("f.env");
    home.sops(["set", "--output-type", "yaml", "f.env", "[\"A\"]", "\"2\""]).exits(0);
    home.sops(["decrypt", "--input-type", "yaml", "--output-type", "yaml", "f.env"])
        .exits(0)
        .prints("A: \"2\"\nB: |-\n    x\n    y\n");
}

/// Parts of a dotenv file, in every output type.
#[test]
fn parts_of_a_dotenv_file() {
    let home = home("x.env", "# c\nA=1\nB=x\\ny\n");
    let part = |output: &str, path: &str| {
        home.sops(["decrypt", "--output-type", output, "--extract", path, "x.env"])
    };
    for output in ["yaml", "json", "dotenv", "binary"] {
        part(output, "[\"A\"]").exits(0).prints("1");
        part(output, "[\"B\"]").exits(0).prints("x\ny");
        part(output, "[\"Z\"]").exits(1).says("error truncating tree: component ['Z'] not found");
        part(output, "[\"A\"][0]").exits(1).says("component [0] is integer, but tree part is not a slice");
    }
    part("yaml", "[1]").exits(0).prints("key: A\nvalue: \"1\"\n");
    part("json", "[0]")
        .exits(0)
        .prints("{\n\t\"Key\": {\n\t\t\"Value\": \" c\",\n\t\t\"Inline\": false\n\t},\n\t\"Value\": null\n}");
    part("dotenv", "[1]")
        .exits(4)
        .says("Error dumping tree: the dotenv store only supports emitting strings, got sops.TreeItem");
    part("binary", "[1]").exits(4).says("extracting a single value is not possible");
}

#[test]
fn only_text_is_extracted_as_dotenv() {
    let home = home(
        "y.yaml",
        "A: 1\nB: 1.5\nC: null\nD: 2024-01-02T03:04:05.25Z\nE: true\nF: \"a\\nb\"\nG: [1]\nH: {x: 1}\n",
    );
    let part = |key: &str| {
        let path = format!("[\"{key}\"]");
        home.sops(["decrypt", "--output-type", "dotenv", "--extract", path.as_str(), "y.yaml"])
    };
    for (key, kind) in [
        ("A", "int"),
        ("B", "float64"),
        ("C", "<nil>"),
        ("D", "time.Time"),
        ("E", "bool"),
        ("G", "[]interface {}"),
    ] {
        part(key).exits(4).says(&format!("the dotenv store only supports emitting strings, got {kind}"));
    }
    part("F").exits(0).prints("a\nb");
    part("H").exits(0).prints("x=1\n");
}

/// Files whose names say another type than they have. sops fails on all of them.
mod misleading_names {
    use super::*;

    const ENV: &str = "A=1\n# c\nB=x\n";
    const YAML: &str = "a: 1\nb: [x]\n";
    const JSON: &str = "{\"a\": 1, \"b\": [\"x\"]}";

    fn named(from: &str, text: &str, to: &str) -> Home {
        let home = home(from, text);
        home.write(to, home.read(from));
        home
    }

    #[test]
    fn the_content_says_what_a_file_is() {
        for (from, text, to, told) in [
            ("f.env", ENV, "secret.txt", "an encrypted dotenv file, not a binary file as its name says"),
            ("f.env", ENV, "secret.json", "an encrypted dotenv file, not a JSON file as its name says"),
            ("f.env", ENV, "secret.yaml", "an encrypted dotenv file, not a YAML file as its name says"),
            ("f.yaml", YAML, "secret", "an encrypted YAML file, not a binary file as its name says"),
            ("f.yaml", YAML, "secret.env", "an encrypted YAML file, not a dotenv file as its name says"),
            ("f.json", JSON, "secret.txt", "an encrypted JSON file, not a binary file as its name says"),
            ("f.json", JSON, "secret.env", "an encrypted JSON file, not a dotenv file as its name says"),
        ] {
            let home = named(from, text, to);
            home.sops(["decrypt", to]).exits(0).prints(text).says(told);
        }
        let home = named("f.env", ENV, "secret.txt");
        home.sops(["decrypt", "--output-type", "json", "secret.txt"])
            .exits(0)
            .prints("{\n\t\"A\": \"1\",\n\t\"B\": \"x\"\n}\n");
        home.sops(["exec-env", "secret.txt", "printenv A"]).exits(0).prints("1\n");
    }

    #[test]
    fn a_flag_has_the_last_word() {
        let home = named("f.yaml", YAML, "secret.txt");
        home.sops(["decrypt", "--input-type", "binary", "secret.txt"]).exits(1).prints_nothing();
        home.sops(["decrypt", "--input-type", "yaml", "secret.txt"])
            .exits(4)
            .says("error emitting binary store: no binary data found in tree");
    }

    #[test]
    fn what_sops_does_stays() {
        // JSON read as binary is a tree as well
        let home = named("f.json", JSON, "secret.txt");
        let run = home.sops(["decrypt", "--output-type", "yaml", "secret.txt"]).exits(0);
        run.prints("a: 1\nb:\n    - x\n");
        home.sops(["decrypt", "--extract", "[\"b\"][0]", "secret.txt"]).exits(0).prints("x");
        home.sops(["decrypt", "--output-type", "binary", "secret.txt"]).exits(4);
        let home = named("f.json", "{\"data\": \"x\", \"b\": 1}", "secret.txt");
        home.sops(["decrypt", "secret.txt"]).exits(0).prints("x");
        home.sops(["decrypt", "f.json"]).exits(0).prints("{\"data\": \"x\", \"b\": 1}");
        // plain files are no encrypted files of another format
        home.write("plain.txt", ENV).write("plain.env", YAML);
        home.sops(["decrypt", "plain.txt"]).exits(1).says("invalid character");
        home.sops(["decrypt", "plain.env"]).exits(1);
    }
}
