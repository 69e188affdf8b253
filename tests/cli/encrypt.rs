//! `encrypt`, and the order of its checks (command line §7.1).

use crate::home::{Home, RECIPIENT, STRANGER};

const NO_KEYS: &str =
    "config file not found, or has no creation rules, and no keys provided through command line options";

#[test]
fn what_is_encrypted_comes_back() {
    for (name, text) in [
        ("f.yaml", "# top\na: 1 # one\nb:   'x'\n\nlist: [1, 2]\n"),
        ("f.json", "{\"a\": 1.50,\n  \"b\": [true, null]}"),
        ("f.txt", "any \u{0} bytes"),
    ] {
        let home = Home::empty().file(name, text);
        let encrypted = home.run(["encrypt", "--age", RECIPIENT, name]).exits(0).says_nothing().stdout;
        assert!(encrypted.contains("ENC[AES256_GCM,data:") && encrypted.contains(RECIPIENT));
        std::fs::write(home.path(name), encrypted).expect("written");
        home.run(["decrypt", name]).exits(0).prints(text).says_nothing();
    }
}

#[test]
fn stdin_needs_a_name() {
    let home = Home::empty();
    home.pipe("a: 1\n", ["encrypt", "--age", RECIPIENT])
        .exits(8)
        .says("Error: must specify --filename-override when reading from stdin");
    let run = home.pipe("a: 1\n", ["encrypt", "--age", RECIPIENT, "--filename-override", "x.yaml"]).exits(0);
    assert!(run.stdout.starts_with("a: ENC["));
    home.pipe("a: 1\n", ["encrypt", "-i", "--age", RECIPIENT, "--filename-override", "x.yaml"]).exits(8);
}

#[test]
fn keys() {
    let home = Home::empty().file("f.yaml", "a: 1\n");
    home.run(["encrypt", "f.yaml"]).exits(1).prints("").mentions(NO_KEYS);
    home.run(["encrypt", "--age", "bad", "f.yaml"])
        .exits(1)
        .says("failed to parse input, unknown recipient type: \"bad\"");
    let comma = format!("{RECIPIENT},");
    home.run(["encrypt", "--age", &comma, "f.yaml"])
        .exits(1)
        .says("failed to parse input, unknown recipient type: \"\"");
    home.run(["encrypt", "--encryption-context", "x", "--age", RECIPIENT, "f.yaml"]).exits(6).says(
        "[AWSKMS]\t level=warning msg=\"Encryption context contains a non-string value, context will not be used\"\n\
         Invalid KMS encryption context format",
    );
    home.run(["encrypt", "--enable-local-keyservice=false", "--age", RECIPIENT, "f.yaml"])
        .exits(1)
        .says("Could not generate data key: [no key services provided, cannot update master keys]");
    let both = format!("{RECIPIENT}, {STRANGER}");
    let run = home.run(["encrypt", "--age", &both, "f.yaml"]).exits(0);
    assert!(run.stdout.contains(RECIPIENT) && run.stdout.contains(STRANGER));
    // the last of a repeated flag counts
    let run = home.run(["encrypt", "--age", STRANGER, "--age", RECIPIENT, "f.yaml"]).exits(0);
    assert!(!run.stdout.contains(STRANGER));
}

#[test]
fn selectors() {
    let home = Home::empty().file("f.yaml", "a: 1\nb_pub: 2\n").file("f.txt", "x");
    let run = home.run(["encrypt", "--age", RECIPIENT, "--unencrypted-suffix", "_pub", "f.yaml"]).exits(0);
    assert!(run.stdout.contains("b_pub: 2\n") && run.stdout.contains("unencrypted_suffix: _pub\n"));
    home.run([
        "encrypt",
        "--age",
        RECIPIENT,
        "--unencrypted-suffix",
        "x",
        "--encrypted-regex",
        "y",
        "f.yaml",
    ])
    .exits(8)
    .says(
        "Error: cannot use more than one of encrypted_suffix, unencrypted_suffix, encrypted_regex, \
             unencrypted_regex, encrypted_comment_regex, or unencrypted_comment_regex in the same file",
    );
    home.run(["encrypt", "--age", RECIPIENT, "--encrypted-regex", "y", "f.txt"]).exits(0).says(
        "[CMD]\t level=warning msg=\"Using an encrypted regex does not make sense with the input store (the binary \
         store produces one key that should always be encrypted) and will be ignored.\"",
    );
    // sops accepts a regex that does not compile, and encrypts nothing
    home.run(["encrypt", "--age", RECIPIENT, "--encrypted-regex", "[", "f.yaml"]).exits(1).prints("");
}

#[test]
fn what_cannot_be_encrypted() {
    let home = Home::empty()
        .with(&["a.yaml", "a.txt"])
        .file("empty.yaml", "")
        .file("bad.yaml", "a: [1\n")
        .file("bad.json", "{\"a\": }")
        .file("list.yaml", "- a\n")
        .file("key.yaml", "1: x\n");
    home.run(["encrypt", "--age", RECIPIENT, "a.yaml"]).exits(203).says(
        "The file you have provided contains a top-level entry called 'sops', or for\n\
         flat file formats top-level entries starting with 'sops_'. This is\n\
         generally due to the file already being encrypted. SOPS uses a top-level\n\
         entry called 'sops' to store the metadata required to decrypt the file. For\n\
         this reason, SOPS can not encrypt files that already contain such an entry.\n\n\
         If this is an unencrypted file, rename the 'sops' entry.\n\n\
         If this is an encrypted file and you want to edit it, use the editor mode,\n\
         for example: `sops edit my_file.yaml`",
    );
    // sops encrypts a binary file a second time
    home.run(["encrypt", "--age", RECIPIENT, "a.txt"])
        .exits(203)
        .prints("")
        .mentions("hint: to encrypt it a second time");
    home.run(["encrypt", "--age", RECIPIENT, "--input-type", "binary", "a.txt"]).exits(0);
    // keys are looked at first
    home.run(["encrypt", "a.yaml"]).exits(1).mentions(NO_KEYS);
    let check = |name: &str, code: i32, start: &str| {
        let run = home.run(["encrypt", "--age", RECIPIENT, name]).exits(code).prints("");
        assert!(run.stderr.starts_with(start), "{}", run.stderr);
    };
    check("empty.yaml", 92, "File cannot be completely empty, it must contain at least one document");
    check("bad.yaml", 2, "Error unmarshalling file: yaml: line ");
    check(
        "bad.json",
        2,
        "Error unmarshalling file: Could not unmarshal input data: invalid character '}' looking for",
    );
    check("list.yaml", 2, "Error unmarshalling file: yaml: ");
    check("key.yaml", 23, "Error encrypting tree: ");
}
