//! `decrypt`, and the order of its checks (command line §7.2).

use crate::home::Home;

const PLAIN: &str = "a: 1\nb: two\nc:\n    - x\n    - 3\n";

#[test]
fn every_format() {
    let home = Home::empty().with(&["a.yaml", "a.json", "a.txt"]);
    home.run(["decrypt", "a.yaml"]).exits(0).prints(PLAIN).says_nothing();
    home.run(["decrypt", "a.json"])
        .exits(0)
        .prints("{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": \"x\"\n\t}\n}\n")
        .says_nothing();
    home.run(["decrypt", "a.txt"]).exits(0).prints("hello").says_nothing();
}

#[test]
fn from_stdin() {
    let home = Home::empty().with(&["a.yaml"]);
    let file = home.read("a.yaml");
    home.pipe(&file, ["decrypt", "--filename-override", "x.yaml"]).exits(0).prints(PLAIN);
    home.pipe(&file, ["decrypt", "--input-type", "yaml", "--output-type", "yaml"]).exits(0).prints(PLAIN);
    home.pipe(&file, ["decrypt", "--input-type", "yaml", "--output-type", "yaml", "/dev/stdin"])
        .exits(0)
        .prints(PLAIN);
    home.pipe(&file, ["decrypt"]).exits(1).mentions("Could not unmarshal input data: invalid character 'a'");
    home.pipe(&file, ["decrypt", "--input-type", "yaml"]).exits(4).says(
        "Error dumping file: error emitting binary store: no binary data found in tree\n\n\
         This is likely not an encrypted binary file? If not, use --output-type to select the correct output type.",
    );
    home.pipe(&file, ["decrypt", "-i"]).exits(8).says("Error: cannot use --in-place when reading from stdin");
}

#[test]
fn conversion() {
    let home = Home::empty().with(&["a.yaml", "a.json"]);
    home.run(["decrypt", "--output-type", "json", "a.yaml"])
        .exits(0)
        .prints("{\n\t\"a\": 1,\n\t\"b\": \"two\",\n\t\"c\": [\n\t\t\"x\",\n\t\t3\n\t]\n}\n");
    home.run(["decrypt", "--output-type", "yaml", "a.json"]).exits(0).prints("a: 1\nb:\n    c: x\n");
    home.run(["--indent", "-3", "decrypt", "--output-type", "yaml", "a.json"])
        .exits(4)
        .says("Error dumping file: YAML Negative indentation not accepted");
    home.run(["--indent", "-3", "decrypt", "a.json"]).exits(4).says(
        "Error dumping file: Error marshaling to json: JSON Indentation parameter smaller than -1 is not accepted",
    );
}

#[test]
fn extract() {
    let home = Home::empty().with(&["a.yaml", "a.json", "multi.yaml"]);
    let check = |path: &str, code: i32, out: &str, err: &str| {
        home.run(["decrypt", "--extract", path, "a.yaml"]).exits(code).prints(out).says(err);
    };
    check("[\"b\"]", 0, "two", "");
    check("['a']", 0, "1\n", "");
    check("[\"c\"]", 0, "- x\n- 3\n", "");
    check("[\"c\"][1]", 0, "3\n", "");
    check("", 0, PLAIN, "");
    check("[\"c\"][9]", 1, "", "error truncating tree: component [9] accesses out of bounds");
    check("[\"z\"]", 1, "", "error truncating tree: component ['z'] not found");
    check(
        "[\"a\"][0]",
        1,
        "",
        "error truncating tree: component [0] is integer, but tree part is not a slice",
    );
    check("z", 91, "", "error parsing --extract path: component z doesn't end with ]");
    check("[z]", 91, "", "error parsing --extract path: strconv.Atoi: parsing \"z\": invalid syntax");
    // sops crashes with exit 2 on these two
    check(
        "[\"c\"][\"k\"]",
        1,
        "",
        "error truncating tree: component ['k'] is a key, but tree part is a list",
    );
    check("[\"c\"][-1]", 1, "", "error truncating tree: component [-1] is negative");
    home.run(["decrypt", "--extract", "[\"b\"]", "a.json"]).exits(0).prints("{\n\t\"c\": \"x\"\n}\n");
    // a map brings the other documents along
    home.run(["decrypt", "--extract", "[\"m\"]", "multi.yaml"]).exits(0).prints("k: 1\n---\n\"n\": 2\n");
}

#[test]
fn no_key() {
    let home = Home::empty().with(&["other.yaml"]);
    let run = home.run(["decrypt", "other.yaml"]).exits(128).prints("");
    assert!(
        run.stderr.starts_with(
            "Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n  \
             age12gy0m0afd3meskv0xzfnvcaedayvf073k6hn7n7z8wymzaa7355s0ywulg: FAILED\n    - | "
        ),
        "{}",
        run.stderr
    );
    run.mentions(
        "Recovery failed because no master key was able to decrypt the file. In\norder for SOPS to recover",
    );
}

#[test]
fn mac() {
    let home = Home::empty().with(&["no-mac.yaml"]);
    home.run(["decrypt", "no-mac.yaml"])
        .exits(51)
        .prints("")
        .mentions("MAC mismatch. File has no MAC, computed ");
    home.run(["decrypt", "--output", "out", "no-mac.yaml"]).exits(51);
    assert!(!home.path("out").exists());
    home.run(["decrypt", "--ignore-mac", "no-mac.yaml"]).exits(0).prints(PLAIN);
}

#[test]
fn what_is_no_encrypted_file() {
    let home =
        Home::empty().file("f.yaml", "a: 1\n").file("f.json", "{}").file("empty.yaml", "").file("f.txt", "x");
    home.run(["decrypt", "f.yaml"]).exits(1).says("sops metadata not found");
    home.run(["decrypt", "f.json"]).exits(1).says("sops metadata not found");
    home.run(["decrypt", "empty.yaml"]).exits(1).says("sops metadata not found");
    home.run(["decrypt", "f.txt"]).exits(1).mentions("Could not unmarshal input data: invalid character 'x'");
    let folder = home.path("").display().to_string();
    let folder = folder.trim_end_matches('/');
    home.run(["decrypt", folder])
        .exits(2)
        .says(&format!("Error reading file: read {folder}: is a directory"));
}

#[test]
fn a_forged_value_is_named_and_not_shown() {
    let home = Home::empty().with(&["a.yaml"]);
    let forged = home.read("a.yaml").replace("b: ENC[AES256_GCM,data:", "b: ENC[AES256_GCM,data:AAAA");
    std::fs::write(home.path("a.yaml"), forged).expect("written");
    let run = home.run(["decrypt", "a.yaml"]).exits(25).prints("");
    assert!(run.stderr.starts_with("Error decrypting tree: Error walking tree: "), "{}", run.stderr);
}

#[test]
fn filestatus() {
    let home = Home::empty().with(&["a.yaml"]).file("f.yaml", "a: 1\n").file("bad.json", "{");
    home.run(["filestatus", "a.yaml"]).exits(0).prints("{\"encrypted\":true}\n").says_nothing();
    home.run(["filestatus", "f.yaml"]).exits(0).prints("{\"encrypted\":false}\n").says_nothing();
    home.run(["filestatus", "nope"]).exits(1).prints("").says(
        "[CMD]\t level=fatal msg=\"cannot check file status: cannot load encrypted file: Error reading file: open \
         nope: no such file or directory\"",
    );
    home.run(["filestatus", "bad.json"])
        .exits(1)
        .mentions("cannot load encrypted file: Could not unmarshal input data: ");
}
