//! Packages from PyPI and npm that call `sops` or read its files.

use crate::home::{Home, RECIPIENT, Run};
use crate::tools::{installed, is_there, with_sops};

fn home() -> Home {
    Home::empty()
        .with(&["a.yaml", "a.json", "vars.json"])
        .file("plain.yaml", "a: 1\nb: two # note\nc: [x]\n")
        .file(
            ".sops.yaml",
            &format!(
                "creation_rules:\n  - path_regex: \\.yaml$\n    age: {RECIPIENT}\n  - age: {RECIPIENT}\n"
            ),
        )
}

fn python(home: &Home, script: &str) -> Run {
    let mut python = with_sops(home, installed().join("python/bin/python"));
    Run::of(python.args(["-c", script]).output().expect("python runs"))
}

fn node(home: &Home, script: &str) -> Run {
    let mut node = with_sops(home, "node");
    node.env("NODE_PATH", installed().join("npm/node_modules"));
    Run::of(node.args(["-e", script]).output().expect("node runs"))
}

#[test]
fn sopsy() {
    if !is_there("python/bin/python") {
        return;
    }
    let script = r#"
from sopsy import Sops, SopsyInOutType, SopsyInputSource
print(Sops("a.json").decrypt())
print(Sops("a.json").get("a"), Sops("a.yaml", extract='["b"]').decrypt(to_dict=False))
Sops("plain.yaml", in_place=True).encrypt()
print(Sops("plain.yaml").decrypt())
Sops("plain.yaml", in_place=True).rotate()
print(sorted(Sops("plain.yaml").rotate()))
made = Sops(b"x: 5\n", input_type=SopsyInOutType.YAML, input_source=SopsyInputSource.STDIN).encrypt(to_dict=False)
print(Sops(made, input_type=SopsyInOutType.YAML, input_source=SopsyInputSource.STDIN).decrypt())
"#;
    python(&home(), script).exits(0).prints(
        "{'a': 1, 'b': {'c': 'x'}}\n1 b'two'\n{'a': 1, 'b': 'two', 'c': ['x']}\n['a', 'b', 'c', 'sops']\n{'x': 5}\n",
    );
}

#[test]
fn sops_wrapper_of_pypi() {
    if !is_there("python/bin/sops-wrapper") {
        return;
    }
    let home = home();
    let mut wrapper = with_sops(&home, installed().join("python/bin/sops-wrapper"));
    Run::of(wrapper.args(["encrypt", "-i"]).output().expect("it runs")).exits(0);
    assert!(home.read("plain.yaml").contains("b: ENC["), "{}", home.read("plain.yaml"));
    home.run(["decrypt", "plain.yaml"]).exits(0).prints("a: 1\nb: two # note\nc: [x]\n");
}

/// Its `execSops` throws when there is anything on stderr.
#[test]
fn sops_wrapper_of_npm() {
    if !is_there("npm/node_modules/sops-wrapper") {
        return;
    }
    let script = r#"
const { execSops, decryptSops } = require("sops-wrapper");
console.log(execSops(["--version"]));
console.log(JSON.stringify(decryptSops("a.yaml")));
require("fs").writeFileSync("x.yaml", execSops(["--encrypt", "plain.yaml"]) + "\n");
console.log(JSON.stringify(decryptSops("x.yaml")));
"#;
    node(&home(), script).exits(0).prints(
        "sops 3.13.2\n{\"a\":1,\"b\":\"two\",\"c\":[\"x\",3]}\n{\"a\":1,\"b\":\"two\",\"c\":[\"x\"]}\n",
    );
}

/// A reader that is not sops: it takes what we wrote, layout and all.
#[test]
fn sops_age_reads_our_files() {
    if !is_there("npm/node_modules/sops-age") {
        return;
    }
    let home = home()
        .file("secrets.yaml", "# top\nname: 'it''s'\nflow: {a: one, b: [two, \"three\"]}\n\ntext: |\n  line 1\n  line 2\nport: 5432\non: true\n")
        .file("secrets.json", "{\n  \"a\": [1, 2.5, null],\n\n  \"b\": {\"c\": \"x\"}}\n");
    for name in ["secrets.yaml", "secrets.json"] {
        home.run(["encrypt", "-i", name]).exits(0);
    }
    let script = r#"
const { decryptSops } = require("sops-age");
(async () => {
  for (const path of ["secrets.yaml", "secrets.json"])
    console.log(JSON.stringify(await decryptSops({ path, secretKey: process.env.SOPS_AGE_KEY })));
})();
"#;
    node(&home, script).exits(0).prints(concat!(
        r#"{"name":"it's","flow":{"a":"one","b":["two","three"]},"text":"line 1\nline 2\n","port":5432,"on":true}"#,
        "\n",
        r#"{"a":[1,2.5,null],"b":{"c":"x"}}"#,
        "\n",
    ));
}
