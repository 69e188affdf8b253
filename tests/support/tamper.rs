//! What somebody without a key can do to an encrypted file, and whether it is noticed.
//!
//! The exit codes are those of sops 3.13.2, seen by running it; ours are the same.

use super::{line, replace_once};

/// One change of an encrypted file.
pub struct Tampering {
    pub what: &'static str,
    /// Flags before `encrypt`, when the file is made.
    pub flags: &'static [&'static str],
    pub edit: fn(&str) -> String,
    /// What `decrypt` exits with then.
    pub exit: i32,
}

/// What the tampered files are made of. Four columns per level, as sops writes it, so that files
/// of both programs look alike.
pub const PLAIN: &str = "a: 1
s: text
list:
    - x
    - longer
nothing: null
hollow: \"\"
role_unencrypted: ad
user_unencrypted: minbob
n_unencrypted: 1
z: end
";

const NOTICED: i32 = 51;
const FORGED: i32 = 25;

/// Every change, with what comes of it.
pub fn all() -> Vec<Tampering> {
    let row = |what, exit, edit| Tampering { what, flags: &[], edit, exit };
    vec![
        row("nothing at all", 0, str::to_owned),
        row("add a key with null", 0, |t| format!("new: null\n{t}")),
        row("add a key with an empty string", 0, |t| format!("new: \"\"\n{t}")),
        row("add a key with an empty map", 0, |t| format!("new: {{}}\n{t}")),
        row("add a key with an empty list", 0, |t| format!("new: []\n{t}")),
        row("delete a key with null", 0, |t| replace_once(t, line(t, "nothing:"), "")),
        row("delete a key with an empty string", 0, |t| replace_once(t, line(t, "hollow:"), "")),
        row("add a comment", 0, |t| format!("# new\n{t}")),
        row("rename a key in the clear", 0, |t| replace_once(t, "user_un", "nick_un")),
        row("move bytes between neighbours in the clear", 0, |t| {
            replace_once(&replace_once(t, ": ad\n", ": admin\n"), ": minbob\n", ": bob\n")
        }),
        row("make a number in the clear a string", 0, |t| {
            replace_once(t, "n_unencrypted: 1\n", "n_unencrypted: \"1\"\n")
        }),
        row("change a value in the clear", NOTICED, |t| replace_once(t, ": minbob\n", ": mallory\n")),
        row("add a value in the clear", NOTICED, |t| format!("new_unencrypted: x\n{t}")),
        row("call an int a str", 0, |t| retype(t, "int", "str")),
        row("call an int a float", 0, |t| retype(t, "int", "float")),
        row("call an int a bool", NOTICED, |t| retype(t, "int", "bool")),
        row("call an int a time", FORGED, |t| retype(t, "int", "time")),
        row("call an int something unknown", FORGED, |t| retype(t, "int", "weird")),
        row("put plain numbers where ciphertext was", FORGED, |t| {
            replace_once(t, line(t, "s:"), "s: [1, 2]\n")
        }),
        row("put a plain string where ciphertext was", FORGED, |t| {
            replace_once(t, line(t, "s:"), "s: text\n")
        }),
        row("put null where ciphertext was", NOTICED, |t| replace_once(t, line(t, "s:"), "s: null\n")),
        row("delete an encrypted key", NOTICED, |t| replace_once(t, line(t, "s:"), "")),
        row("swap two keys", NOTICED, |t| {
            let (a, s) = (line(t, "a:"), line(t, "s:"));
            replace_once(t, &format!("{a}{s}"), &format!("{s}{a}"))
        }),
        row("swap two items of a list", NOTICED, |t| {
            let mut items = t.split_inclusive('\n').filter(|l| l.starts_with("    - ENC["));
            let (first, second) = (items.next().expect("an item"), items.next().expect("another"));
            replace_once(t, &format!("{first}{second}"), &format!("{second}{first}"))
        }),
        row("rename an encrypted key", FORGED, |t| replace_once(t, "z: ENC", "y: ENC")),
        row("use the ciphertext of another key", FORGED, |t| {
            let other = line(t, "s:").replacen("s:", "z:", 1);
            replace_once(t, line(t, "z:"), &other)
        }),
        row("change lastmodified", NOTICED, |t| {
            let old = line(t, "lastmodified:");
            let year = old.find("\"2").expect("a quoted time") + 1;
            replace_once(t, old, &format!("{}1{}", &old[..year], &old[year + 1..]))
        }),
        row("remove the MAC", NOTICED, |t| replace_once(t, line(t, "mac:"), "")),
        row("empty the MAC", NOTICED, |t| replace_once(t, line(t, "mac:"), "    mac: \"\"\n")),
        row("damage the MAC", NOTICED, |t| {
            let old = line(t, "mac:");
            replace_once(t, old, &old.replace("data:", "data:AAAA"))
        }),
        row("say mac_only_encrypted", NOTICED, |t| {
            let mac = line(t, "mac:");
            replace_once(t, mac, &format!("{mac}    mac_only_encrypted: true\n"))
        }),
        Tampering {
            what: "unsay mac_only_encrypted",
            flags: &["--mac-only-encrypted"],
            edit: |t| replace_once(t, line(t, "mac_only_encrypted:"), ""),
            exit: NOTICED,
        },
        Tampering {
            what: "change a value in the clear that the MAC leaves out",
            flags: &["--mac-only-encrypted"],
            edit: |t| replace_once(t, ": minbob\n", ": mallory\n"),
            exit: 0,
        },
        row("requote a ciphertext", 0, |t| {
            let old = line(t, "s:");
            let token = old.trim_start_matches("s: ").trim_end();
            replace_once(t, old, &format!("s: '{token}'\n"))
        }),
        row("write a ciphertext as a block scalar", 0, |t| {
            let old = line(t, "s:");
            let token = old.trim_start_matches("s: ").trim_end();
            replace_once(t, old, &format!("s: |-\n        {token}\n"))
        }),
        row("indent otherwise", 0, |t| t.replace("    - ENC", "  - ENC")),
        row("add blank lines", 0, |t| format!("\n{}", t.replace("\nlist:", "\n\n\nlist:"))),
        row("use CRLF", 0, |t| t.replace('\n', "\r\n")),
    ]
}

/// Changes the type that the token of key `a` names.
fn retype(text: &str, from: &str, to: &str) -> String {
    let old = line(text, "a:");
    replace_once(text, old, &replace_once(old, &format!("type:{from}]"), &format!("type:{to}]")))
}
