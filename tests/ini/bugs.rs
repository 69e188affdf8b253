//! The rows of the bug list for INI (wishes §4.5): what 3.13.2 loses we keep, and what we write
//! it opens with the values that it would have read, had it read them right.

use crate::differential::real_or_skip;
use crate::support::{Home, real_sops, shown};

/// Encrypts `text`, decrypts it to the same bytes, and gives the encrypted file. Where there is a
/// real sops, it prints `sops` of it.
#[track_caller]
fn comes_back(text: &str, sops: &str) -> String {
    let home = Home::with_age();
    let encrypted = home.encrypted("f.ini", text);
    assert_eq!(shown(&home.decrypted("f.ini")), shown(text.as_bytes()), "{encrypted}");
    if let Some(real) = real_sops() {
        let printed = home.run(&real, ["decrypt", "f.ini"], b"").exits(0).stdout;
        assert_eq!(shown(&printed), shown(sops.as_bytes()), "{encrypted}");
    }
    encrypted
}

/// The part before the metadata, each token as its type.
fn body(encrypted: &str) -> String {
    let body = encrypted.split("[sops]").next().unwrap_or_default().trim_end();
    let mut out = String::new();
    let mut rest = body;
    while let Some(at) = rest.find("ENC[") {
        let token = &rest[at..];
        let end = token.find(']').expect("a token ends") + 1;
        let kind = token[..end].rsplit_once("type:").expect("a type").1;
        out.push_str(&rest[..at]);
        out.push_str(&format!("E{{{}}}", kind.trim_end_matches(']')));
        rest = &token[end..];
    }
    out + rest
}

#[test]
fn i1_a_number_sign_within_a_value_is_part_of_it() {
    let text = "[s]\npw = ab#cd\nq = x;y ; a comment\ncolour=#fff\n";
    let encrypted = comes_back(text, "[s]\npw     = `ab#cd`\n; a comment\nq      = `x;y`\ncolour = `#fff`\n");
    assert_eq!(body(&encrypted), "[s]\npw = E{str}\nq = E{str} ; E{comment}\ncolour=E{str}");
}

#[test]
fn i1_a_value_that_stays_plain_is_written_so_that_sops_reads_it() {
    let encrypted = comes_back(
        "[s]\npw_unencrypted = ab#cd\nk = v\n",
        "[s]\npw_unencrypted = `ab#cd`\nk              = v\n",
    );
    assert_eq!(body(&encrypted), "[s]\npw_unencrypted = `ab#cd`\nk = E{str}");
    // With a comment behind it there is no such form: sops drops what stands behind backticks.
    let home = Home::with_age();
    home.write("f.ini", "[s]\nk = v\n\npw_unencrypted = hush#cd # why\n");
    home.sops(["encrypt", "f.ini"])
        .exits(23)
        .prints_nothing()
        .says("s.pw_unencrypted (line 4)")
        .keeps_quiet_about("hush");
}

#[test]
fn i2_a_key_that_is_there_twice_is_kept_twice() {
    let text = "[p]\nip = 1\nname = x\nip = 2\n";
    let encrypted = comes_back(text, "[p]\nip   = 2\nname = x\n");
    assert_eq!(body(&encrypted), "[p]\nip = E{str}\nname = E{str}\nip = E{str}");
    let home = Home::with_age();
    home.write("f.ini", text);
    home.sops(["encrypt", "f.ini"]).exits(0).says("line 4: the key p.ip is there already");
    // Other formats get what sops gets.
    home.encrypt("f.ini");
    let json = home.sops(["decrypt", "--output-type", "json", "f.ini"]).exits(0).stdout;
    assert_eq!(
        String::from_utf8(json).unwrap(),
        "{\n\t\"DEFAULT\": {},\n\t\"p\": {\n\t\t\"ip\": \"2\",\n\t\t\"name\": \"x\"\n\t}\n}\n"
    );
}

#[test]
fn i2_the_earlier_value_shares_the_lot_of_the_last() {
    // The comment speaks of the last value, which to sops is the only one.
    let home = Home::with_age();
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - age: {}\n    encrypted_comment_regex: secret\n",
            crate::support::AGE_RECIPIENT
        ),
    );
    let text = "[p]\nx = 0 ; secret\nip = 1\nip = 2\nz = 3\n";
    let encrypted = home.encrypted("f.ini", text);
    assert_eq!(body(&encrypted), "[p]\nx = 0 ; secret\nip = E{str}\nip = E{str}\nz = 3");
    assert_eq!(shown(&home.decrypted("f.ini")), text);
}

#[test]
fn i3_quotes_stay() {
    let text = "[s]\nq = \"keep me\"\nb = `back;quoted`\nw = \"a;b\"\ns = 'single'\nt = \"\"\"triple\"\"\"\n";
    let encrypted =
        comes_back(text, "[s]\nq = keep me\nb = `back;quoted`\nw = `a;b`\ns = single\nt = triple\n");
    assert_eq!(
        body(&encrypted),
        "[s]\nq = \"E{str}\"\nb = `E{str}`\nw = \"E{str}\"\ns = 'E{str}'\nt = \"\"\"E{str}\"\"\""
    );
}

#[test]
fn i4_a_comment_of_markers_alone() {
    comes_back(";;;\n[s]\na=1\n", "[s]\na = 1\n");
    // Here 3.13.2 breaks down when it decrypts what it wrote itself.
    let encrypted = comes_back(";;;\n; b\n[s]\na=1\n", "; b\n[s]\na = 1\n");
    assert_eq!(body(&encrypted), ";;;E{comment}\n[s]\na=E{str}");
}

#[test]
fn i4_a_comment_of_markers_that_stays_plain() {
    let text = "[s_unencrypted]\n; ;;\n;\n; item\na = 1\n;;\nb = 2 ; x\n;\n;\nc = 3\n";
    let encrypted = comes_back(text, "[s_unencrypted]\n; item\na = 1\n; x\nb = 2\nc = 3\n");
    assert_eq!(body(&encrypted), "[s_unencrypted]\n; item\na = 1\nb = 2 ; x\n;\nc = 3");
}

#[test]
fn i4_a_file_on_which_sops_breaks_down_opens_here() {
    let Some(real) = real_or_skip("ini: i4_a_file_on_which_sops_breaks_down_opens_here") else { return };
    let home = Home::with_age();
    home.write("f.ini", ";;;\n; b\n[s]\na=1\n");
    let made = home.run(&real, ["encrypt", "f.ini"], b"").exits(0).stdout;
    home.write("f.ini", made);
    assert_eq!(home.run(&real, ["decrypt", "f.ini"], b"").code, Some(2));
    let printed = String::from_utf8(home.decrypted("f.ini")).unwrap();
    assert!(printed.ends_with("; b\n[s]\na = 1\n"), "{printed}");
}

#[test]
fn i5_a_comment_behind_the_last_key_stays() {
    let encrypted = comes_back("[s]\na = 1\n; the end\n# really\n", "[s]\na = 1\n");
    assert_eq!(body(&encrypted), "[s]\na = E{str}\n; E{comment}");
}

#[test]
fn i6_a_key_without_a_value() {
    let text = "[mysqld]\nskip-networking\n!includedir /etc/mysql/conf.d/ # more\nport = 1\n";
    let encrypted = comes_back(
        text,
        "[mysqld]\nskip-networking                = \n; more\n!includedir /etc/mysql/conf.d/ = \nport                           = 1\n",
    );
    assert_eq!(
        body(&encrypted),
        "[mysqld]\nskip-networking =\n!includedir /etc/mysql/conf.d/ = # E{comment}\nport = E{str}"
    );
}

/// A line without `=` would stay in plain text as a name: not if it may belong to a value.
#[test]
fn i6_a_line_that_may_be_part_of_a_value_is_refused() {
    let base64 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
    for text in [
        "[s]\nkey = first\n  second\n".to_owned(),
        format!("[s]\nkey = x\n{base64}\n"),
        "[s]\n-----BEGIN KEY-----\n".to_owned(),
    ] {
        let home = Home::with_age();
        home.write("f.ini", &text);
        home.sops(["encrypt", "f.ini"])
            .exits(2)
            .prints_nothing()
            .says("key-value delimiter not found (line ")
            .keeps_quiet_about(base64);
    }
}

#[test]
fn i7_a_value_on_several_lines() {
    let encrypted = comes_back("[s]\na = x\\\n   y\\\n\nb = 1\n", "[s]\na = xy\nb = 1\n");
    assert_eq!(body(&encrypted), "[s]\na = E{str}\n\nb = E{str}");
}

#[test]
fn i8_separators_and_columns_stay() {
    let text = "[s]\nurl: http://x\nlonger  :  y\n\tindented\t=\tz\n";
    let encrypted = comes_back(text, "[s]\nurl      = http://x\nlonger   = y\nindented = z\n");
    assert_eq!(body(&encrypted), "[s]\nurl: E{str}\nlonger  :  E{str}\n\tindented\t=\tE{str}");
}

#[test]
fn what_nobody_reads_is_not_left_in_the_open() {
    let encrypted = comes_back("[s] junk\na = `x` more ; and more\n", "[s]\na = x\n");
    assert_eq!(body(&encrypted), "[s]\na = `E{str}`");
}

#[test]
fn comments_behind_headers_and_long_values() {
    let text = "[s] ; of s\na = \"\"\"one\ntwo\"\"\" ; of a\n";
    let encrypted = comes_back(text, "; of s\n[s]\n; of a\na = \"\"\"one\ntwo\"\"\"\n");
    assert_eq!(body(&encrypted), "; E{comment}\n[s]\n; E{comment}\na = \"\"\"E{str}\"\"\"");
}

#[test]
fn a_section_sops_is_the_metadata_wherever_it_stands() {
    let home = Home::with_age();
    home.write("f.ini", "[s]\na = 1\n[sops]\nx = 1\n");
    home.sops(["encrypt", "f.ini"]).exits(203);
    // Moved to the front, with lines of a comment: still the metadata.
    let encrypted = home.encrypted("f.ini", "[s]\na = 1\n");
    let (body, block) = encrypted.split_once("[sops]").expect("a block");
    home.write("f.ini", format!("[sops]{block}; note\n\n{body}"));
    assert_eq!(home.decrypted("f.ini"), b"; note\n\n[s]\na = 1\n\n");
    home.write("f.ini", format!("{encrypted}\n[sops]{block}"));
    home.sops(["decrypt", "f.ini"]).exits(1).says("duplicate");
    // Within a value it is none.
    let text = "[s]\na = \"\"\"\n[sops]\n\"\"\"\n[ sops ]\nb = 1\n";
    home.write("f.ini", text).encrypt("f.ini");
    assert_eq!(home.decrypted("f.ini"), text.as_bytes());
}
