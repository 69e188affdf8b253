//! dotenv.

use super::{Comments, Nasty, Rng};

const KEYS: &[&str] = &[
    "A",
    "B",
    "PASSWORD",
    "DB_URL",
    "x_unencrypted",
    "pass",
    "",
    "export C",
    " LEADING",
    "TRAILING ",
    "two words",
    "é",
    "🔑",
    "a.b",
    "a:b",
    "SOPS_x",
    "sops",
    "a#b",
    "\"quoted\"",
    "token",
    "\u{feff}bom",
    "a\tb",
    "-",
    "name",
];

const VALUES: &[&str] = &[
    "",
    "x",
    "two words",
    " leading",
    "trailing ",
    "\"double\"",
    "'single'",
    "\"open",
    "a#b",
    "a # no comment",
    "#",
    "a=b=c",
    "=",
    r"C:\new",
    r"a\nb",
    r"a\\nb",
    r"\n",
    r"\",
    r"\\",
    r"\t\r\x",
    r"\n\n",
    "0x1F",
    "1.20",
    "true",
    "null",
    "~",
    "é 日本 🔑",
    "${A} $B `c`",
    "ENC[no]",
    "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]",
    "a\rb",
    "\u{0}",
    "\u{feff}",
    "\u{2028}",
    "postgres://u:p@h:5432/d?sslmode=require&x=%20",
    "!@#$%^&*()",
];

const COMMENTS: &[&str] =
    &["", " a comment", "no blank", " A=1", "#", " é 🔑", "\t", " trailing ", r" a\nb", "!sops"];

pub(super) fn document(rng: &mut Rng) -> Nasty {
    let mut text = Vec::new();
    let mark = rng.chance(4);
    if mark {
        text.extend_from_slice(b"\xEF\xBB\xBF");
    }
    let (returns, binary, repeats, blanks) = (rng.chance(12), rng.chance(8), rng.chance(15), rng.chance(50));
    let all_return = rng.chance(50);
    let mut inline = Comments::default();
    for number in 0..rng.below(9) {
        if blanks && rng.chance(25) {
            text.extend_from_slice(rng.pick(&["\n", "\n\n\n"]).as_bytes());
        }
        if rng.chance(25) {
            inline.in_maps = true;
            text.push(b'#');
            text.extend_from_slice(rng.pick(COMMENTS).as_bytes());
        } else {
            let key = if repeats || number == 0 { rng.pick(KEYS).to_owned() } else { format!("K{number}") };
            // Behind a byte order mark it would be read as a comment, or as a second mark.
            text.extend_from_slice(key.as_bytes());
            text.push(b'=');
            if binary && rng.chance(40) {
                let length = rng.between(1, 20);
                text.extend(rng.bytes(length).into_iter().filter(|byte| *byte != b'\n'));
            } else if rng.chance(3) {
                text.extend(std::iter::repeat_n(b'v', rng.between(1000, 20_000)));
            } else {
                text.extend_from_slice(rng.pick(VALUES).as_bytes());
            }
        }
        if returns && (all_return || rng.chance(30)) {
            text.push(b'\r');
        }
        text.push(b'\n');
    }
    if text.ends_with(b"\n") && rng.chance(20) {
        text.pop();
    }
    let bare = text.clone();
    Nasty { suffix: "env", text, bare, comments: inline, beyond_sops: mark }
}
