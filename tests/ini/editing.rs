//! `set` and `unset` on INI files: only the lines of what is changed change, and they look like
//! those beside them.

use resops::document::{ChangeError, Document, EmitStyle, Format, Tree, emit, parse_json_value, parse_path};

use crate::generate;
use crate::support::{Home, setting, shown};

fn set(text: &str, path: &str, value: &str) -> Result<String, ChangeError> {
    let document = Document::parse(text.as_bytes().to_vec(), Format::Ini).expect("INI");
    let value = parse_json_value(value.as_bytes()).expect("JSON");
    let changed = document.with_value(&parse_path(path).expect("a path"), &value)?;
    Ok(String::from_utf8(changed).expect("text"))
}

fn unset(text: &str, path: &str) -> Result<String, ChangeError> {
    let document = Document::parse(text.as_bytes().to_vec(), Format::Ini).expect("INI");
    let changed = document.without(&parse_path(path).expect("a path"))?;
    Ok(String::from_utf8(changed).expect("text"))
}

#[track_caller]
fn sets(text: &str, path: &str, value: &str, expected: &str) {
    assert_eq!(set(text, path, value).expect("set"), expected);
}

#[test]
fn a_value_keeps_its_place_and_its_quotes() {
    sets("[s]\na : x ; c\n", r#"["s"]["a"]"#, r#""y""#, "[s]\na : y ; c\n");
    sets("[s]\na = \"x\"\n", r#"["s"]["a"]"#, r#""two words""#, "[s]\na = \"two words\"\n");
    sets("[s]\na = \"x\"\n", r#"["s"]["a"]"#, r#""say \"hi\"""#, "[s]\na = say \"hi\"\n");
    sets("[s]\na = x\n", r#"["s"]["a"]"#, r#""p#q""#, "[s]\na = `p#q`\n");
    sets("[s]\na = x ; c\n", r#"["s"]["a"]"#, r#""p#q""#, "[s]\n; c\na = `p#q`\n");
    sets("[s]\na = x\n", r#"["s"]["a"]"#, r#""l1\nl2""#, "[s]\na = \"\"\"l1\nl2\"\"\"\n");
    sets("[s]\na = x\n", r#"["s"]["a"]"#, r#""\"q\"""#, "[s]\na = `\"q\"`\n");
    sets("[s]\na = x\n", r#"["s"]["a"]"#, r#""C:\\""#, "[s]\na = `C:\\`\n");
    sets("[s]\nkey\n", r#"["s"]["key"]"#, r#""v""#, "[s]\nkey = v\n");
    sets("[s]\nkey=\n", r#"["s"]["key"]"#, "2.5", "[s]\nkey=2.5\n");
    sets("[s]\na = 1\na = 2\n", r#"["s"]["a"]"#, "3", "[s]\na = 1\na = 3\n");
}

#[test]
fn a_new_key_looks_like_its_neighbours() {
    sets("[s]\na=1\n\n[t]\nb=2\n", r#"["s"]["n"]"#, "true", "[s]\na=1\nn=true\n\n[t]\nb=2\n");
    sets("[s]\n\ta: 1", r#"["s"]["n"]"#, r#""v""#, "[s]\n\ta: 1\n\tn: v\n");
    sets(
        "[s]\na      = 1\nlonger = 2\n",
        r#"["s"]["mid"]"#,
        r#""v""#,
        "[s]\na      = 1\nlonger = 2\nmid    = v\n",
    );
    sets("[s]\r\na = 1\r\n", r#"["s"]["b"]"#, "2", "[s]\r\na = 1\r\nb = 2\r\n");
    sets("; c\n[s]\na = 1\n", r#"["DEFAULT"]["b"]"#, "2", "b = 2\n\n; c\n[s]\na = 1\n");
    sets("", r#"["DEFAULT"]["b"]"#, "2", "b = 2\n");
    sets("[s]\na = 1\n", r#"["s"]["x=y"]"#, "2", "[s]\na = 1\n`x=y` = 2\n");
    sets("[s]\na = 1\n", r##"["s"]["#x"]"##, "2", "[s]\na = 1\n`#x` = 2\n");
}

#[test]
fn a_new_section_comes_last() {
    sets("[s]\na=1\n", r#"["t"]["b"]"#, "2", "[s]\na=1\n\n[t]\nb=2\n");
    sets("", r#"["t"]"#, r#"{"b": 1, "long": "x"}"#, "[t]\nb    = 1\nlong = x\n");
    sets("[s]\na = 1", r#"["t"]"#, "{}", "[s]\na = 1\n\n[t]\n");
    sets("[s]\na = 1\nb = 2\n", r#"["s"]"#, r#"{"a": 1, "b": 3}"#, "[s]\na = 1\nb = 3\n");
    sets("[s]\n; c\na = 1\n\n[t]\n", r#"["s"]"#, r#"{"z": 1}"#, "[s]\nz = 1\n\n[t]\n");
}

#[test]
fn what_ini_cannot_hold() {
    for (path, value, says) in [
        (r#"["x"]"#, r#""top""#, "Section values should always be TreeBranches"),
        (r#"["s"]"#, "[1]", "Section values should always be TreeBranches"),
        (r#"["s"]["a"]"#, r#"{"b": 1}"#, "no map or list below a key"),
        (r#"["s"]["a"]"#, "[1]", "no map or list below a key"),
        (r#"["s"]["a"]["b"]"#, "1", "no map or list below a key"),
        (r#"["s"]["a"]"#, "null", "no null"),
        (r#"[""]["a"]"#, "1", "empty section name"),
        (r#"["s"][""]"#, "1", "no form"),
        (r#"["s"]["-"]"#, "1", "no form"),
        (r#"["s"]["a"]"#, r#""`\n\"\"\"\nx""#, "no form"),
    ] {
        let error = set("[s]\na = 1\n", path, value).expect_err(path).to_string();
        assert!(error.contains(says), "{path} {value}: {error}");
    }
    let home = Home::with_age();
    home.write("f.ini", "[s]\na = 1\n").encrypt("f.ini");
    home.sops(["set", "f.ini", r#"["x"]"#, r#""top""#]).exits(4);
}

#[test]
fn keys_and_sections_go() {
    let text = "; top\nt = 1\n\n; of s\n[s]\na = 1 ; c\nb = 2\n\n[u]\na = 1\na = 2\nz = 0";
    assert_eq!(unset(text, r#"["s"]["a"]"#).unwrap(), text.replace("a = 1 ; c\n", ""));
    assert_eq!(unset(text, r#"["u"]["a"]"#).unwrap(), text.replace("a = 1\na = 2\n", ""));
    assert_eq!(unset(text, r#"["s"]"#).unwrap(), "; top\nt = 1\n\n[u]\na = 1\na = 2\nz = 0");
    assert_eq!(unset(text, r#"["u"]"#).unwrap(), "; top\nt = 1\n\n; of s\n[s]\na = 1 ; c\nb = 2\n");
    assert_eq!(
        unset(text, r#"["DEFAULT"]"#).unwrap(),
        "; of s\n[s]\na = 1 ; c\nb = 2\n\n[u]\na = 1\na = 2\nz = 0"
    );
    let says = |path: &str| unset(text, path).unwrap_err().to_string();
    assert_eq!(says(r#"["zz"]"#), "Key not found: zz");
    assert_eq!(says(r#"["s"]["zz"]"#), "Key not found: zz");
    assert_eq!(says(r#"["s"]["a"]["b"]"#), "Unsupported type: string for item 'b'");
}

/// On any file: what `set` says is what is read, and nothing else changes; what cannot be set is
/// refused.
#[test]
fn set_and_unset_on_nasty_files() {
    let mut changed = 0;
    for seed in 0..setting("RESOPS_CASES", 2000) {
        let text = generate::document(seed);
        let Ok(document) = Document::parse(text.clone(), Format::Ini) else { continue };
        let shown = shown(&text);
        let value = Tree::str(
            ["new", "p#q", "", " x ", "l1\nl2", "\"q\"", "it's"][usize::try_from(seed % 7).unwrap()],
        );
        for path in [r#"["s"]["a"]"#, r#"["DEFAULT"]["b"]"#, r#"["db"]["new key"]"#, r#"["t"]["pass"]"#] {
            let path = parse_path(path).expect("a path");
            // The result was read again and held to the meaning; here, only that it was.
            let set = || document.with_value(&path, &value);
            let set = std::panic::catch_unwind(std::panic::AssertUnwindSafe(set));
            changed += usize::from(set.unwrap_or_else(|_| panic!("seed {seed}:\n{shown}")).is_ok());
            let _ = document.without(&path);
            let _ = document.without(&path[..1]);
        }
    }
    println!("{changed} changes");
    assert!(changed > 100, "{changed}");
}

#[test]
fn an_edit_touches_what_was_edited() {
    let home = Home::with_age();
    let before = home.encrypted("f.ini", "; c\n[s]\na = 1\nb = \"2\" ; x\nb = 3\n\n[t]\nkey\n");
    home.sops(["set", "f.ini", r#"["s"]["a"]"#, r#""new""#]).exits(0);
    let after = home.read_text("f.ini");
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(a, b)| a != b).map(|(a, _)| a).collect();
    assert_eq!(before.lines().count(), after.lines().count());
    assert!(changed.len() <= 3 && changed[0].starts_with("a = ENC["), "{changed:?}");
    assert_eq!(shown(&home.decrypted("f.ini")), "; c\n[s]\na = new\nb = \"2\" ; x\nb = 3\n\n[t]\nkey\n");
    home.sops(["unset", "f.ini", r#"["t"]"#]).exits(0);
    home.sops(["rotate", "-i", "f.ini"]).exits(0);
    assert_eq!(shown(&home.decrypted("f.ini")), "; c\n[s]\na = new\nb = \"2\" ; x\nb = 3\n");
}

fn emitted(json: &str) -> Result<String, String> {
    let tree = parse_json_value(json.as_bytes()).expect("JSON");
    emit(&[tree], Format::Ini, &EmitStyle::default())
        .map(|bytes| String::from_utf8(bytes).expect("text"))
        .map_err(|error| error.to_string())
}

#[test] // stores §6.2
fn fresh_files() {
    let fresh = |json: &str| emitted(json).expect("INI");
    assert_eq!(
        fresh(r#"{"s": {"a": 1, "long": true, "e": ""}, "t": {}}"#),
        "[s]\na    = 1\nlong = true\ne    = \n\n[t]\n"
    );
    assert_eq!(
        fresh(r#"{"DEFAULT": {}, "s": {"x=y": "p;q", "a": " b "}}"#),
        "[s]\n`x=y` = `p;q`\na     = \" b \"\n"
    );
    assert_eq!(fresh(r#"{"default": {"a": "l\nm"}}"#), "a = \"\"\"l\nm\"\"\"\n");
    assert_eq!(
        fresh(r#"{"s": {"a": 1.0, "b": 1e21, "n": null, "a": 2}}"#),
        "[s]\na = 2\nb = 1E+21\nn = <nil>\n"
    );
    for (json, says) in [
        (
            r#"{"a": 1}"#,
            "Error marshaling to INI: Error encoding section: Section values should always be TreeBranches",
        ),
        (r#"{"": {}}"#, "Error marshaling to INI: Error encoding section : empty section name"),
        (
            r#"{"s": {"": 1}}"#,
            "Error marshaling to INI: Error encoding key: error creating new key: empty key name",
        ),
    ] {
        assert_eq!(emitted(json).unwrap_err(), says);
    }
    assert!(emitted(r#"{"s": {"a": {"b": 1}}}"#).unwrap_err().contains("s.a is a map or list"));
}
