//! `krm`, the function for kustomize: its protocol on stdin and stdout, the generators of KSOPS, encrypted
//! resources among others; and `decrypt --output-type k8s-secret`. A real kustomize is in `tests/clients`.
#![cfg(unix)] // Windows has tests/windows

mod support;

use std::fmt::Write as _;
use std::process::Command;

use resops::document::{Document, Format, Tree};
use support::{Home, Run, program, read_testdata, replace_once, testdata};

/// The files of `testdata/krm` in the working folder.
fn with_data() -> Home {
    let home = Home::with_age();
    for entry in std::fs::read_dir(testdata("krm")).expect("the folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_file() {
            std::fs::copy(entry.path(), home.path(&entry.file_name().to_string_lossy())).expect("copied");
        }
    }
    home
}

/// The documents of a YAML text.
fn trees(text: &[u8]) -> Vec<Tree> {
    let document = Document::parse(text.to_vec(), Format::Yaml).expect("YAML");
    document.trees(&mut |leaf| document.value(leaf).to_owned())
}

fn json(tree: &Tree) -> String {
    String::from_utf8(tree.to_json().expect("JSON")).expect("text")
}

/// The items of a list, as JSON without comments: equal if values, types and order are.
fn items(text: &[u8]) -> Vec<String> {
    match trees(text)[0].get("items") {
        Some(Tree::List(items)) => items.iter().map(json).collect(),
        _ => panic!("no items in\n{}", support::shown(text)),
    }
}

/// KSOPS sorts by kind and name; kustomize does not care.
fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort();
    items
}

fn list(items: &str) -> String {
    format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}")
}

fn generator(files: &str) -> String {
    list(&format!(
        "- apiVersion: viaduct.ai/v1\n  kind: ksops\n  metadata:\n    name: g\n  files: [{files}]\n"
    ))
}

fn krm(home: &Home, input: impl AsRef<[u8]>) -> Run {
    home.run(&program(), ["krm"], input.as_ref())
}

const SECRET: &str = "apiVersion: v1
kind: Secret
metadata:
  name: web
type: Opaque
stringData:
  password: hunter2secret
  zone: eu
  # noted
  id: 7
";

/// A resource that is encrypted as Kubernetes' users do it.
fn encrypted(home: &Home, name: &str, text: &str) -> String {
    home.write(name, text);
    home.sops(["encrypt", "-i", "--encrypted-regex", "^(data|stringData)$", name]).exits(0);
    home.read_text(name)
}

#[test] // testdata/krm/make.sh: the answer of KSOPS 4.5.1 to what kustomize 5.7.1 hands it
fn it_answers_as_ksops_does() {
    let home = with_data();
    let run = krm(&home, read_testdata("krm/list.yaml")).exits(0);
    assert_eq!(sorted(items(&run.stdout)), sorted(items(&read_testdata("krm/ksops.yaml"))));
    run.says("vars.enc.env: in USES a $NAME").keeps_quiet_about("hunter2");
}

#[test] // kustomize's older plugins are called with the name of a file
fn a_file_by_name_gives_documents() {
    let home = with_data();
    let run = home.sops(["krm", "generator.yaml"]).exits(0);
    let documents: Vec<String> = trees(&run.stdout).iter().map(json).collect();
    assert_eq!(sorted(documents), sorted(items(&read_testdata("krm/ksops.yaml"))));
    let bare = krm(&home, read_testdata("krm/generator.yaml")).exits(0);
    assert_eq!(bare.stdout, run.stdout);
    let more =
        home.sops(["krm", "generator.yaml", "other.yaml"]).exits(0).says("Only the first one will be used");
    assert_eq!(more.stdout, run.stdout);
}

#[test]
fn under_the_name_of_ksops_it_is_one() {
    let home = with_data();
    std::os::unix::fs::symlink(program(), home.path("ksops")).expect("a link");
    let as_ksops = home.run(&home.path("ksops"), [] as [&str; 0], &read_testdata("krm/list.yaml")).exits(0);
    assert_eq!(as_ksops.stdout, krm(&home, read_testdata("krm/list.yaml")).stdout);
    let file = home.run(&home.path("ksops"), ["generator.yaml"], b"").exits(0);
    assert_eq!(file.stdout, home.sops(["krm", "generator.yaml"]).stdout);
}

#[test]
fn the_exact_answer() {
    let home = Home::with_age();
    encrypted(&home, "s.yaml", SECRET);
    krm(&home, generator("s.yaml")).exits(0).prints(
        "apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
  - apiVersion: v1
    kind: Secret
    metadata:
      name: web
    type: Opaque
    stringData:
      password: hunter2secret
      zone: eu
      id: 7
",
    );
}

#[test]
fn many_files_keep_the_order_of_the_listing() {
    let home = Home::with_age();
    let mut names = Vec::new();
    for number in 0..50 {
        let name = format!("s{number}.yaml");
        home.write(&name, replace_once(SECRET, "web", &format!("web-{number}")));
        names.push(name);
    }
    home.sops(["encrypt", "-i", "--each"].iter().map(ToString::to_string).chain(names.clone())).exits(0);
    names.reverse();
    // Everything is encrypted here, the name too: a list of files is all that counts.
    let run = home.set("KSOPS_CONCURRENCY_LIMIT", "7");
    let run = krm(&run, generator(&names.join(", "))).exits(0);
    let text = String::from_utf8(run.stdout).expect("text");
    let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("      name: web-")).collect();
    let expected: Vec<String> = (0..50).rev().map(|number| number.to_string()).collect();
    assert_eq!(found, expected);
}

#[test]
fn one_file_that_fails_stops_all_and_all_that_fail_are_told() {
    let home = Home::with_age();
    encrypted(&home, "s.yaml", SECRET);
    let damaged = encrypted(&home, "bad.yaml", SECRET);
    let at = damaged.find(",data:").expect("ciphertext") + 6;
    let other = if damaged.as_bytes()[at] == b'A' { "B" } else { "A" };
    home.write("bad.yaml", format!("{}{other}{}", &damaged[..at], &damaged[at + 1..]));
    home.write("plain.yaml", SECRET);
    home.encrypted("values.yaml", "password: hunter2secret\n");
    assert!(Command::new("mkfifo").arg(home.path("pipe.yaml")).status().expect("mkfifo runs").success());
    let input = generator("s.yaml, bad.yaml, missing.yaml, plain.yaml, values.yaml, pipe.yaml");
    let run = krm(&home, &input).exits(1).keeps_quiet_about("hunter2");
    let run = run.says("bad.yaml: Error decrypting tree").says("missing.yaml: there is no such file");
    let run = run.says("plain.yaml: sops metadata not found");
    let run = run.says("values.yaml: the plaintext is no resource of Kubernetes");
    // it would be waited for
    let run = run.says("pipe.yaml: Error reading file: it is no regular file");
    assert!(!run.stderr.contains("\ns.yaml"), "{}", run.stderr);
    // What came goes back, with what is wrong; nothing that was decrypted.
    let text = String::from_utf8(run.stdout.clone()).expect("text");
    assert!(!text.contains("hunter2") && !text.contains("zone"), "{text}");
    assert_eq!(items(&run.stdout), items(input.as_bytes()));
    let answer = trees(&run.stdout);
    let Some(Tree::List(results)) = answer[0].get("results") else { panic!("no results") };
    let results: Vec<String> = results.iter().map(json).collect();
    assert_eq!(results.len(), 5, "{results:?}");
    assert_eq!(
        results[1],
        r#"{"message":"missing.yaml: there is no such file\nhint: paths are relative to the folder of the kustomization","severity":"error","file":{"path":"missing.yaml"}}"#
    );
}

#[test]
fn without_a_key_nothing_goes_out() {
    let home = Home::with_age();
    encrypted(&home, "s.yaml", SECRET);
    let home = home.set("SOPS_AGE_KEY_FILE", "/dev/null");
    let run = krm(&home, generator("s.yaml")).exits(1).says("s.yaml: Failed to get the data key");
    assert!(String::from_utf8_lossy(&run.stdout).contains("severity: error"));
}

#[test]
fn generators_that_are_none() {
    let home = Home::with_age();
    home.encrypted("blob.bin", b"\xff\x00");
    home.encrypted("v.env", "A=1\n");
    home.encrypted("w.conf", "A B=1\n");
    home.encrypted("x.conf", "A=\"open\n");
    home.encrypted("list.yaml", "a: 1\n");
    let from = |rest: &str| {
        format!("- apiVersion: viaduct.ai/v1\n  kind: ksops\n  metadata: {{name: g}}\n  {rest}\n")
    };
    for (rest, says) in [
        ("filez: [v.env]", "the generator has neither files nor secretFrom"),
        ("files: v.env", "files is no list"),
        ("files: [1]", "files is no list of paths"),
        ("files: [{a: b}]", "files is no list of paths"),
        ("secretFrom: [x]", "secretFrom[0] is no map"),
        ("secretFrom: [{metadata: {name: [x]}}]", "secretFrom[0]: name is no text"),
        ("secretFrom: [{metadata: {labels: {a: 1}}}]", "secretFrom[0]: labels.a is no text"),
        ("secretFrom: [{files: [a=b=c]}]", "is neither PATH nor KEY=PATH"),
        ("secretFrom: [{files: ['a b=v.env']}]", "\"a b\" is no key of a Secret"),
        ("secretFrom: [{files: [..]}]", "is no key of a Secret"),
        ("secretFrom: [{files: [k=blob.bin]}]", "list it below binaryFiles:"),
        ("secretFrom: [{envs: [blob.bin]}]", "the plaintext is no text"),
        ("secretFrom: [{envs: [w.conf]}]", "w.conf: A B is no key of a Secret"),
        ("secretFrom: [{envs: [x.conf]}]", "x.conf: line 1: a quote that is not closed"),
        ("files: [list.yaml]", "the plaintext is no resource of Kubernetes"),
        ("files: ['.']", ""),
        ("files: ['']", ""),
    ] {
        // As kustomize has it: the only item is the configuration itself.
        let item = from(rest);
        let config = item.replacen("- ", "  ", 1);
        let run = krm(&home, format!("{}functionConfig:\n{config}", list(&item)));
        run.exits(1).says(says).does_not_crash();
    }
}

#[test]
fn what_is_odd_is_told_and_goes_on() {
    let home = Home::with_age();
    home.encrypted("v.env", "A=1\nB=$GONE\n");
    home.encrypted("a.conf", "text\n");
    let item = "- kind: ksops
  apiVersion: viaduct.ai/v1
  metadata: {name: g}
  failSilently: true
  secretFrom:
  - metadata: {name: s}
    file: [x]
    files: [A=a.conf]
    envs: [v.env]
";
    let run = krm(&home, list(item)).exits(0);
    let run = run
        .says("ksops g: failSilently means nothing to a generator and is ignored")
        .says("ksops g: secretFrom[0].file means nothing")
        .says("v.env: in B a $NAME that the file does not have")
        .says("A of the Secret s is given twice");
    let expected =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"A":"1","B":""}}"#;
    assert_eq!(items(&run.stdout), [expected]);
    assert_eq!(String::from_utf8_lossy(&run.stdout).matches("severity: warning").count(), 4);
}

#[test]
fn hostile_lists() {
    let home = Home::with_age();
    let nested = format!("{}{}{}", list("- a: "), "[".repeat(9_000), "]".repeat(9_000));
    let deeper = format!("{}{}", list("- a: "), "[".repeat(200_000));
    for (input, says) in [
        ("", ""),
        ("\u{0}", "this is no YAML"),
        ("{", "this is no YAML"),
        ("a", ""),
        ("[a]", ""),
        ("kind: ResourceList\n", "the apiVersion of the ResourceList is not config.kubernetes.io/v1"),
        ("apiVersion: v1\nkind: ResourceList\nitems: []\n", "is not config.kubernetes.io/v1"),
        (&list("- a\n"), "items[0] is no resource"),
        (&list("- [a]\n"), "items[0] is no resource"),
        (&list("").replace("items:\n", "items: 5\n"), "items is no list"),
        (&format!("{}functionConfig: x\n", list("- a: b\n")), "functionConfig is no resource"),
        (&format!("{}---\na: b\n", list("- a: b\n")), "more follows the ResourceList"),
        (&deeper, "this is no YAML"),
    ] {
        krm(&home, input).exits_with_failure(says);
    }
    krm(&home, nested).exits(0);
    krm(&home, list("").replace("items:\n", "items: []\n")).exits(0);
    krm(&home.set("KSOPS_CONCURRENCY_LIMIT", "0"), generator("x"))
        .exits(1)
        .says("KSOPS_CONCURRENCY_LIMIT is \"0\"")
        .prints_nothing();
}

trait Fails {
    fn exits_with_failure(self, says: &str);
}

impl Fails for Run {
    /// Says why, prints nothing.
    #[track_caller]
    fn exits_with_failure(self, says: &str) {
        let run = self.refuses().says(says).prints_nothing();
        assert!(!run.stderr.is_empty(), "{}", run.what);
    }
}

#[test]
fn files_that_are_not_there() {
    let home = Home::with_age();
    home.sops(["krm", "missing.yaml"]).exits(100).says("missing.yaml");
    std::fs::create_dir(home.path("folder")).expect("a folder");
    home.sops(["krm", "folder"]).exits(2);
    encrypted(&home, "s.yaml", SECRET);
    home.sops(["krm", "s.yaml"]).exits(1).says("this is an encrypted file, not a list of resources");
}

/// An encrypted resource as kustomize hands it to a transformer: keys sorted, comments gone, annotated.
fn handed_over(text: &str) -> String {
    let tree = &trees(text.as_bytes())[0];
    let named =
        r#""annotations":{"config.k8s.io/id":"1","internal.config.kubernetes.io/index":"0"},"name":"p-web""#;
    let text_of_values = replace_once(&json(tree), r#""name":"web""#, named);
    // serde_json sorts.
    let sorted: serde_json::Value = serde_json::from_str(&text_of_values).expect("JSON");
    let mut item = String::new();
    for (at, (key, value)) in sorted.as_object().expect("a map").iter().enumerate() {
        let _ = writeln!(item, "{} {key}: {value}", if at == 0 { "-" } else { " " });
    }
    item.push_str("  sops:\n");
    let block = text.split_once("\nsops:\n").expect("a block").1;
    for line in block.lines() {
        let _ = writeln!(item, "  {line}");
    }
    item
}

/// A document as the only item.
fn handed_over_as_is(document: &str) -> String {
    let lines = document.lines().enumerate();
    lines.map(|(at, line)| format!("{} {line}\n", if at == 0 { "-" } else { " " })).collect()
}

const TRANSFORMER: &str =
    "functionConfig:\n  apiVersion: viaduct.ai/v1\n  kind: ksops\n  metadata: {name: t}\n";
const OTHER: &str = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: other}\n  files: {a: 0x10}\n";

#[test]
fn encrypted_resources_are_decrypted_where_they_stand() {
    let home = Home::with_age();
    let item = handed_over(&encrypted(&home, "s.yaml", SECRET));
    home.write("kustomization.yaml", "resources: [base]\n");
    std::fs::create_dir(home.path("base")).expect("a folder");
    home.write(
        "base/kustomization.yaml",
        "resources:\n- other.yaml\n- https://example.com/x\n- ../s.yaml\n- ..\n",
    );
    let input = format!("{}{TRANSFORMER}", list(&format!("{OTHER}{item}")));
    let run = krm(&home, &input).exits(0);
    let found = items(&run.stdout);
    assert_eq!(
        found[0],
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other"},"files":{"a":16}}"#
    );
    assert_eq!(
        found[1],
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{"config.k8s.io/id":"1","internal.config.kubernetes.io/index":"0"},"name":"p-web"},"stringData":{"id":7,"password":"hunter2secret","zone":"eu"},"type":"Opaque"}"#
    );
    // Somebody changed the file: the resource is as before, but its file does not verify.
    home.write("s.yaml", replace_once(&home.read_text("s.yaml"), "name: web", "name: wob"));
    krm(&home, &input)
        .exits(1)
        .says("Secret p-web: ./base/../s.yaml: MAC mismatch")
        .keeps_quiet_about("hunter2");
}

#[test]
fn a_value_under_another_key_is_none_of_the_file() {
    let home = Home::with_age();
    let text = encrypted(&home, "s.yaml", SECRET);
    let item = handed_over(&text);
    home.write("kustomization.yaml", "resources: [s.yaml]\n");
    let moved = item.replace("\"zone\":", "\"place\":");
    krm(&home, format!("{}{TRANSFORMER}", list(&moved)))
        .exits(1)
        .says("stringData.place is ciphertext that the file does not have there");
}

#[test]
fn what_was_encrypted_for_one_resource_is_not_opened_in_another() {
    let home = Home::with_age();
    let two = SECRET.replace("name: web", "name: bew").replace("hunter2secret", "hunter2other");
    let text = encrypted(&home, "s.yaml", &format!("{SECRET}---\n{two}"));
    home.write("kustomization.yaml", "resources: [s.yaml, x.yaml]\n");
    let run = |item: &str| krm(&home, format!("{}{TRANSFORMER}", list(item)));
    // Each document has the block, and text behind the first one is none of it.
    let documents: Vec<String> = text.split("\n---\n").map(handed_over_as_is).collect();
    for item in &documents {
        run(item).exits(0);
    }
    let of_another_kind = replace_once(&documents[0], "kind: Secret", "kind: ConfigMap");
    let refused = run(&of_another_kind).exits(1).keeps_quiet_about("hunter2");
    refused.says("ConfigMap web: ./s.yaml: it is no copy of anything in the file: the kind is another");
    let token = |item: &str| {
        item.lines().find_map(|line| line.trim().strip_prefix("password: ")).expect("a value").to_owned()
    };
    let zone = documents[0].lines().find(|line| line.contains("zone:")).expect("a value");
    let other_zone = documents[1].lines().find(|line| line.contains("zone:")).expect("a value");
    assert_ne!(token(&documents[0]), token(&documents[1]));
    let mixed = replace_once(&documents[0], zone, other_zone);
    let refused = run(&mixed).exits(1).keeps_quiet_about("hunter2");
    refused.says("is ciphertext that the file does not have there");
    // A file of the kustomization with the same ciphertext must hold too, however it is hidden there.
    let copy = text.split("\n---\n").next().expect("a document").replace("name: web", "name: copied");
    let listed: String = copy.lines().map(|line| format!("  {line}\n")).collect();
    for file in [
        copy.clone(),
        format!("a: b\n---\n{copy}"),
        format!("a: b\n...\n{copy}"),
        copy.replace("\nsops:", "\n\"so\\x70s\":"),
        format!("apiVersion: v1\nkind: List\nitems:\n-{}", &listed[1..]),
    ] {
        home.write("x.yaml", &file);
        let item = replace_once(&documents[0], "name: web", "name: copied");
        let run = run(&item).exits(1).says("Secret copied: ./x.yaml: ").keeps_quiet_about("hunter2");
        run.says("hint: several files have this resource's MAC: ./s.yaml, ./x.yaml;");
    }
    home.write("x.yaml", &text);
    run(&documents[0]).exits(0);
}

#[test]
fn a_generator_among_resources_opens_nothing() {
    let home = Home::with_age();
    encrypted(&home, "s.yaml", SECRET);
    let stray = "- apiVersion: viaduct.ai/v1\n  kind: ksops\n  metadata: {name: NAME}\n  files: [s.yaml]\n";
    for (name, items) in [("g", String::new()), ("g", OTHER.to_owned()), ("t", OTHER.to_owned())] {
        let items = list(&format!("{items}{}", stray.replace("NAME", name)));
        let run = krm(&home, format!("{items}{TRANSFORMER}")).exits(1).keeps_quiet_about("hunter2");
        run.says(&format!("ksops {name}: a generator among resources"));
    }
}

#[test]
fn without_its_file_a_resource_must_hold_by_itself() {
    let home = Home::with_age();
    let text = encrypted(&home, "s.yaml", SECRET);
    let input = format!("{}{TRANSFORMER}", list(&handed_over(&text)));
    krm(&home, &input)
        .exits(1)
        .says("Secret p-web: MAC mismatch")
        .says("was not found among resources:")
        .says("--ignore-mac")
        .keeps_quiet_about("hunter2");
    let run = home.run(&program(), ["krm", "--ignore-mac"], input.as_bytes()).exits(0);
    assert!(items(&run.stdout)[0].contains(r#""password":"hunter2secret""#));
    // In its own order, as other orchestrators hand it over, its MAC holds.
    let item = handed_over_as_is(&text);
    let annotated = "    name: web\n    annotations:\n      internal.config.kubernetes.io/path: s.yaml\n";
    let item = replace_once(&item, "    name: web\n", annotated);
    let run = krm(&home, list(&item)).exits(0);
    assert_eq!(
        items(&run.stdout)[0],
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"web","annotations":{"internal.config.kubernetes.io/path":"s.yaml"}},"type":"Opaque","stringData":{"password":"hunter2secret","zone":"eu","id":7}}"#
    );
}

#[test]
fn the_configuration_alone_is_a_generator_too() {
    let home = Home::with_age();
    encrypted(&home, "s.yaml", SECRET);
    let config = "functionConfig:\n  apiVersion: viaduct.ai/v1\n  kind: ksops\n  metadata: {name: t}\n  files: [s.yaml]\n";
    let run = krm(&home, format!("{}{config}", list(OTHER))).exits(0);
    assert_eq!(items(&run.stdout).len(), 2);
}

#[test] // kustomize 5.7.1 shows all values of such a resource in its error
fn what_kustomize_cannot_print_does_not_get_there() {
    let home = Home::with_age();
    for (text, printed) in
        [("\\x7f", false), ("\\x9b", false), ("\\uFFFE", false), ("\\x01\\x85\\u2028\\uFEFF", true)]
    {
        encrypted(&home, "s.yaml", &replace_once(SECRET, "zone: eu", &format!("zone: \"{text}\"")));
        let run = krm(&home, generator("s.yaml"));
        match printed {
            true => drop(run.exits(0)),
            false => drop(
                run.exits(1).says("s.yaml: a value holds a control character").keeps_quiet_about("hunter2"),
            ),
        }
    }
    home.encrypted("v.conf", "A=a\u{7f}\nB=b\n");
    let item = "- {kind: ksops, apiVersion: v, metadata: {name: g}, secretFrom: [{envs: [v.conf]}]}\n";
    let run = krm(&home, list(item)).exits(0);
    let expected =
        r#"{"apiVersion":"v1","data":{"A":"YX8="},"kind":"Secret","metadata":{},"stringData":{"B":"b"}}"#;
    assert_eq!(items(&run.stdout), [expected]);
}

#[test]
fn files_without_a_seal_are_refused_when_asked() {
    let home = Home::with_age();
    encrypted(&home, "s.yaml", SECRET);
    let strict = |home: &Home| home.run(&program(), ["krm", "--strict"], generator("s.yaml").as_bytes());
    strict(&home).exits(1).says("s.yaml: ").says("seal");
    home.sops(["seal", "s.yaml"]).exits(0);
    strict(&home).exits(0);
}

/// The Secret that is made of a file.
fn secret(home: &Home, words: &[&str]) -> Run {
    home.sops(["decrypt", "--output-type", "k8s-secret"].iter().chain(words))
}

#[test]
fn a_secret_of_values() {
    let home = Home::with_age();
    home.encrypted("DB_Creds.enc.env", "B=two words\nA=1\nQ=\"x\"\nE=\n");
    secret(&home, &["DB_Creds.enc.env"]).exits(0).prints(
        "apiVersion: v1
data:
  A: MQ==
  B: dHdvIHdvcmRz
  E: \"\"
  Q: Ingi
kind: Secret
metadata:
  name: db-creds
type: Opaque
",
    );
    let flags = ["--name", "x", "--namespace", "n1", "--type", "a/b", "--label", "app=web", "--label", "v=1"];
    let more = ["--annotation", "note=a, b=c", "--string-data", "DB_Creds.enc.env"];
    secret(&home, &[&flags[..], &more].concat()).exits(0).prints(
        "apiVersion: v1
kind: Secret
metadata:
  annotations:
    note: a, b=c
  labels:
    app: web
    v: \"1\"
  name: x
  namespace: n1
stringData:
  A: \"1\"
  B: two words
  E: \"\"
  Q: '\"x\"'
type: a/b
",
    );
}

#[test]
fn values_of_every_format() {
    let home = Home::with_age();
    home.encrypted("f.yaml", "# c\nt: text\nnum: 5\nb: true\nf: 1.5\nz: null\n");
    let data = "data:\n  b: dHJ1ZQ==\n  f: MS41\n  num: NQ==\n  t: dGV4dA==\nkind";
    let holds = |name: &str| {
        let run = secret(&home, &[name]).exits(0);
        assert!(String::from_utf8_lossy(&run.stdout).contains(data), "{name}");
        run
    };
    holds("f.yaml").says("z is null; the Secret has no such key");
    home.encrypted("f.json", r#"{"t": "text", "num": 5, "b": true, "f": 1.5}"#);
    holds("f.json");
    home.encrypted("f.ini", "t = text\nnum = 5\nb = true\nf = 1.5\n");
    holds("f.ini");
    home.encrypted("nested.json", r#"{"a": {"t": "text", "num": 5, "b": true, "f": 1.5}}"#);
    let run = secret(&home, &["--extract", r#"["a"]"#, "nested.json"]).exits(0);
    assert!(String::from_utf8_lossy(&run.stdout).contains(data));
}

#[test]
fn a_whole_file_is_one_key() {
    let home = Home::with_age();
    home.encrypted("tls.key", b"\x00\xffkey");
    let text = "apiVersion: v1\ndata:\n  tls.key: AP9rZXk=\nkind: Secret\nmetadata:\n  name: tls-key\ntype: Opaque\n";
    secret(&home, &["tls.key"]).exits(0).prints(text);
    secret(&home, &["--key", "k", "tls.key"]).exits(0).prints(text.replace("tls.key:", "k:"));
    let encrypted = home.encrypted("c.yaml", "a:\n  b: 1\n");
    let run = secret(&home, &["--key", "c.yaml", "--string-data", "c.yaml"]).exits(0);
    assert!(String::from_utf8_lossy(&run.stdout).contains("stringData:\n  c.yaml: |\n    a:\n      b: 1\n"));
    // stdin has no name.
    let words = ["decrypt", "--output-type", "k8s-secret", "--input-type", "yaml", "--key", "k"];
    home.run(&program(), words, encrypted.as_bytes()).exits(1).says("give --name");
    let words = words.iter().chain(&["--name", "x"]);
    home.run(&program(), words, encrypted.as_bytes()).exits(0);
}

#[test]
fn what_makes_no_secret() {
    let home = Home::with_age();
    home.encrypted("nested.yaml", "ok: 1\na:\n  b:\n    c: hunter2secret\n");
    home.encrypted("listed.yaml", "a: [hunter2secret]\n");
    home.encrypted("key.yaml", "a/b: hunter2secret\n");
    home.encrypted("sections.ini", "[db]\np = hunter2secret\n");
    home.encrypted("several.yaml", "a: 1\n---\nb: 2\n");
    home.encrypted("manifest.yaml", SECRET);
    home.encrypted("large.env", format!("A={}\n", "x".repeat((1 << 20) + 1)));
    home.encrypted("bin", b"\xff");
    home.encrypted("f.env", "A=1\n");
    for (words, code, says) in [
        (&["nested.yaml"][..], 4, "a.b is nested; a Secret has one level of keys"),
        (&["listed.yaml"], 4, "a.0 is nested"),
        (&["key.yaml"], 4, "a/b is no key of a Secret"),
        (&["sections.ini"], 4, "db.p is nested"),
        (&["several.yaml"], 4, "the file has 2 YAML documents"),
        (&["manifest.yaml"], 4, "the file is the manifest of a resource already"),
        (&["large.env"], 4, "larger than 1 MiB"),
        (&["--string-data", "bin"], 4, "\"bin\" is no text"),
        (&["--extract", "[\"A\"]", "f.env"], 4, "it holds no map of values"),
        (&["--extract", "[\"B\"]", "f.env"], 1, "component ['B'] not found"),
        (&["--name", "A_b", "f.env"], 1, "--name \"A_b\" is no name"),
        (&["--name", "", "f.env"], 1, "is no name"),
        (&["--namespace", "a.b", "f.env"], 1, "--namespace \"a.b\" is no name"),
        (&["--label", "x", "f.env"], 1, "--label takes NAME=TEXT"),
        (&["--label", "x=a b", "f.env"], 1, "the label x has a text that Kubernetes refuses"),
        (&["--key", "a b", "f.env"], 1, "is no key of a Secret"),
        (&["-i", "f.env"], 8, "--in-place would put the Secret"),
        (&["--each", "-i", "f.env"], 8, "a Secret is made of one file"),
        (&["missing.env"], 100, "missing.env"),
    ] {
        let run = secret(&home, words).exits(code).says(says).prints_nothing();
        run.keeps_quiet_about("hunter2");
    }
    home.sops(["decrypt", "--namespace", "x", "f.env"]).exits(8).says("--namespace is for a Secret");
    home.sops(["decrypt", "--output-type", "json", "--key", "x", "f.env"])
        .exits(8)
        .says("--key is for a Secret");
    home.sops(["-d", "--output-type", "k8s-secret", "f.env"]).exits(8).says("sops decrypt --output-type");
    let damaged = replace_once(&home.read_text("f.env"), "A=ENC", "B=ENC");
    home.write("g.env", damaged);
    secret(&home, &["g.env"]).exits(25).prints_nothing();
    secret(&home, &["--output", "s.yaml", "f.env"]).exits(0).prints_nothing();
    assert!(home.read_text("s.yaml").contains("A: MQ=="));
}
