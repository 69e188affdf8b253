//! What git diff shows.

use crate::Repo;

fn changed(repo: &Repo) {
    repo.put("s.yaml", "user: web\npassword: old\nport_unencrypted: 1\n");
    repo.commit("base");
    repo.put("s.yaml", "user: web\npassword: new\nport_unencrypted: 1\n");
}

fn diff(repo: &Repo) -> String {
    String::from_utf8(repo.git(&["diff"]).exits(0).stdout).expect("text")
}

#[test]
fn values_are_shown_to_who_has_a_key() {
    let Some(repo) = Repo::installed() else { return };
    changed(&repo);
    let text = diff(&repo);
    assert!(text.contains("\n-password: old\n+password: new\n port_unencrypted: 1\n"), "{text}");
    assert!(text.contains(" # sops: recipient age1"), "{text}");
    let repo = repo.set("SOPS_AGE_KEY_FILE", "/nonexistent");
    let text = diff(&repo);
    assert!(text.contains("\n-password: ENC[str ") && text.contains("\n user: ENC[str "), "{text}");
    assert!(!text.contains("old") && !text.contains("new"), "{text}");
}

#[test]
fn redacted_diffs_show_what_changed_alone() {
    let Some(repo) = Repo::installed() else { return };
    repo.sops(&["git", "install", "--redact"]).exits(0);
    changed(&repo);
    let text = diff(&repo);
    assert!(text.contains("\n-password: ENC[str ") && text.contains("\n+password: ENC[str "), "{text}");
    assert!(text.contains("\n user: ENC[str ") && text.contains("\n port_unencrypted: 1\n"), "{text}");
}

#[test]
fn what_is_not_encrypted_is_printed_as_it_is() {
    let Some(repo) = Repo::bare_of_us() else { return };
    for text in ["a: 1\n", "a: [\n", "", "<<<<<<< sops:ours\n"] {
        repo.home.write("s.yaml", text);
        repo.sops(&["git", "textconv", "s.yaml"]).exits(0).prints(text);
        repo.sops(&["git", "textconv", "--redact", "s.yaml"]).exits(0).prints(text);
    }
    repo.sops(&["git", "textconv", "missing.yaml"]).exits(2);
    for name in ["s.json", "s.ini", "s.env", "s.bin"] {
        let text = match name {
            "s.json" => "{\n\t\"a\": \"secret\"\n}\n",
            "s.ini" => "[s]\na = secret\n",
            _ => "A=secret\n",
        };
        repo.put(name, text);
        let shown = repo.sops(&["git", "textconv", name]).exits(0).stdout;
        assert!(shown.starts_with(text.as_bytes()), "{}", String::from_utf8_lossy(&shown));
        let marks = repo.sops(&["git", "textconv", "--redact", name]).exits(0).stdout;
        let marks = String::from_utf8(marks).expect("text");
        assert!(marks.contains("ENC[str ") && !marks.contains("secret"), "{marks}");
    }
}
