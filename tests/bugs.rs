//! What sops 3.13.2 gets wrong, row by row, each with what we do instead.
//!
//! The rows carry the numbers of the list that they were collected in: C for comments, V for YAML
//! values, J for JSON. `*.sops.yaml` in `testdata/bugs/` are files of the real sops, made by the
//! `make.sh` beside them.
//!
//! `SOPS_UNDER_TEST=/path/to/sops cargo test --test bugs` shows what another sops does.
#![cfg(unix)] // Windows has tests/windows

mod support;

use support::{Home, assert_same, nasty, read_testdata};

/// Encrypts and decrypts the text of a file; it has to come back to the byte.
#[track_caller]
fn check_comes_back(name: &str, text: &str) -> Home {
    let home = Home::with_age();
    home.write(name, text);
    home.sops(["encrypt", "-i", name]).exits(0);
    assert_ne!(home.read_text(name), text);
    home.sops(["decrypt", name]).exits(0).prints(text);
    home
}

/// Decrypts a file that the real sops made.
#[track_caller]
fn check_opens(name: &str, expected: &str) -> Home {
    let home = Home::with_age();
    home.write("f.yaml", read_testdata(&format!("bugs/{name}.sops.yaml")));
    home.sops(["decrypt", "f.yaml"]).exits(0).prints(expected);
    home
}

mod comments {
    use super::*;

    #[test] // MAC mismatch, exit 51, on its own output
    fn c1_a_comment_in_a_list() {
        let text = "hosts:\n  # staging only\n  - a.example\n  - b.example\n";
        check_comes_back("f.yaml", text);
        check_opens("comment-in-list", "hosts:\n    # staging only\n    - a.example\n    - b.example\n");
    }

    #[test] // comes back as #ENC[…], one level deeper
    fn c2_a_comment_after_a_map() {
        check_comes_back("f.yaml", "app:\n  db:\n    host: h\n  # remember to rotate\n");
        check_opens("comment-after-map", "app:\n    db:\n        host: h\n    # remember to rotate\n");
    }

    #[test] // MAC mismatch: the comment is read back as an item
    fn c3_a_comment_after_a_list() {
        check_comes_back("f.yaml", "svc:\n  ports:\n    - 80\n  # end of svc\nnext: 1\n");
        check_opens("comment-after-list", "svc:\n    ports:\n        - 80\n        # end of svc\nnext: 1\n");
    }

    #[test] // MAC mismatch: the comment becomes the first item
    fn c4_a_comment_behind_a_flow_list() {
        check_comes_back("f.yaml", "tags: [x, y] # two tags\n");
        check_opens("comment-behind-flow", "tags:\n    # two tags\n    - x\n    - \"y\"\n");
    }

    #[test] // the words are gone: their ciphertext belongs to the old data key
    fn c5_rotating_a_file_with_such_a_comment() {
        let home =
            check_opens("comment-after-map", "app:\n    db:\n        host: h\n    # remember to rotate\n");
        home.sops(["rotate", "-i", "f.yaml"]).exits(0);
        home.sops(["decrypt", "f.yaml"])
            .exits(0)
            .prints("app:\n    db:\n        host: h\n    # remember to rotate\n");
        // Any change by an editor has the same effect there.
        let home =
            check_opens("comment-after-map", "app:\n    db:\n        host: h\n    # remember to rotate\n");
        home.sops(["set", "f.yaml", r#"["app"]["db"]["host"]"#, r#""other""#]).exits(0);
        home.sops(["decrypt", "f.yaml"])
            .exits(0)
            .prints("app:\n    db:\n        host: other\n    # remember to rotate\n");
    }

    #[test] // exit 2, "Error unmarshalling file: EOF"
    fn c6_nothing_but_a_comment() {
        check_comes_back("f.yaml", "# only words\n");
    }

    #[test] // an empty map appears in the middle document
    fn c7_a_document_of_comments_alone() {
        check_comes_back("f.yaml", "a: 1\n---\n# middle\n---\nb: 2\n");
    }

    #[test] // MAC mismatch
    fn c8_a_list_chosen_by_a_comment() {
        let home = Home::empty()
            .set("SOPS_AGE_KEY_FILE", &support::testdata("interop/keys/age1.txt").display().to_string());
        let rule = format!(
            "creation_rules:\n  - age: {}\n    encrypted_comment_regex: sops:enc\n",
            support::AGE_RECIPIENT
        );
        let text = "items:\n  # sops:enc\n  # trigger\n  - real\n";
        home.write(".sops.yaml", rule).write("f.yaml", text);
        home.sops(["encrypt", "-i", "f.yaml"]).exits(0);
        let encrypted = home.read_text("f.yaml");
        assert!(encrypted.starts_with("items:\n  # sops:enc\n  #ENC["), "{encrypted}");
        assert!(!encrypted.contains("real"), "{encrypted}");
        home.sops(["decrypt", "f.yaml"]).exits(0).prints(text);
        check_opens("comment-regex-in-list", "items:\n    # sops:enc\n    # trigger\n    - real\n");
    }

    #[test] // of 700 such documents 38 cannot be decrypted and 32 come back with ciphertext in them
    fn c9_comments_anywhere() {
        // The whole program on few documents; `contract.rs` does the same to many in memory.
        let lost = support::on_all_cores(150, |home, seed| {
            let made = nasty::yaml(1_000_000 + seed);
            home.write("f.yaml", &made.text);
            let encrypted = home.sops(["encrypt", "f.yaml"]).does_not_crash();
            if encrypted.code != Some(0) {
                return None; // refused, as by sops: counted in contract.rs
            }
            home.write("f.yaml", &encrypted.stdout);
            let back = home.sops(["decrypt", "f.yaml"]).does_not_crash();
            (back.stdout != made.text).then_some((seed, made.text, back))
        });
        if let Some((seed, text, back)) = lost.first() {
            assert_same(&format!("{} of 150, first {seed}: {}", lost.len(), back.stderr), &back.stdout, text);
        }
    }

    #[test] // moves to the line above
    fn c10_a_comment_behind_a_value() {
        check_comes_back("f.yaml", "a: 1 # note\n");
        check_opens("comment-inline", "a: 1 # note\n");
    }
}

mod yaml_values {
    use super::*;

    #[test] // 4017
    fn v1_underscores_in_a_number() {
        check_comes_back("f.yaml", "id: 40_17\n");
        let home = Home::with_age();
        home.write("f.yaml", "id: 40_17\n");
        let run = home.sops(["encrypt", "f.yaml"]).exits(0);
        assert!(run.stderr.contains("line 1: id: "), "{}", run.stderr);
        let run = home.sops(["encrypt", "--strict-values", "f.yaml"]).exits(23).prints_nothing();
        assert!(run.stderr.contains("line 1: id: ") && !run.stderr.contains("40_17"), "{}", run.stderr);
    }

    #[test] // 493, both
    fn v2_octal() {
        check_comes_back("f.yaml", "mode: 0755\nother: 0o755\n");
    }

    #[test] // 9.876543210987654e+22
    fn v3_an_integer_beyond_64_bits() {
        check_comes_back("f.yaml", "n: 98765432109876543210987\n");
    }

    #[test] // exit 23, "unknown type: uint64"; in JSON rounded
    fn v4_the_upper_half_of_64_bits() {
        check_comes_back("f.yaml", "u: 18446744073709551615\n");
        check_comes_back("f.json", "{\"u\": 18446744073709551615}\n");
    }

    #[test] // 1.2, 1, 1000, 1.6777217e+07, 1e-07, 1.2345678912345679e+08
    fn v5_the_spelling_of_a_float() {
        let text = "ver: 1.20\none: 1.0\nk: 1e3\nf: 16777217.0\ns: 1e-7\nl: 123456789.123456789012345\n";
        let home = check_comes_back("f.yaml", text);
        // There 1.0 comes back as an integer, so that the next edit changes its type.
        home.sops(["set", "f.yaml", r#"["ver"]"#, "2"]).exits(0);
        home.sops(["decrypt", "f.yaml"]).exits(0).prints(text.replace("1.20", "2"));
    }

    #[test] // 2024-05-06T00:00:00Z, also when it is left unencrypted
    fn v6_a_date() {
        let home = check_comes_back("f.yaml", "day: 2024-05-06\nday_unencrypted: 2024-05-06\n");
        assert!(home.read_text("f.yaml").contains("day_unencrypted: 2024-05-06\n"));
    }

    #[test] // 31, 3, 255, 12, 0, 8 as a float
    fn v7_other_spellings_of_numbers() {
        check_comes_back("f.yaml", "a: 0x1F\nb: 0b11\nc: 0x_ff\nd: +12\ne: -0\nf: 08\n");
    }

    #[test] // loses its quotes, and becomes a number for readers with big integers
    fn v8_a_string_like_a_number() {
        let home = check_comes_back("f.yaml", "h: \"0xFFFFFFFFFFFFFFFFFFFFFFFF\"\n");
        // Written fresh, from another format, it has to be quoted too.
        home.write("g.json", r#"{"h": "0xFFFFFFFFFFFFFFFFFFFFFFFF"}"#).encrypt("g.json");
        let yaml = home.sops(["decrypt", "--output-type", "yaml", "g.json"]).exits(0).stdout;
        assert_same("quoted", &yaml, b"h: \"0xFFFFFFFFFFFFFFFFFFFFFFFF\"\n");
    }

    #[test] // `m: !!merge <<`, which other YAML libraries refuse; `=` is left bare
    fn v9_a_string_like_a_merge_key() {
        let home = check_comes_back("f.yaml", "m: \"<<\"\ne: \"=\"\n");
        home.write("g.json", r#"{"m": "<<", "e": "="}"#).encrypt("g.json");
        let yaml = home.sops(["decrypt", "--output-type", "yaml", "g.json"]).exits(0).stdout;
        assert_same("quoted", &yaml, b"m: \"<<\"\ne: \"=\"\n");
    }

    #[test] // all expanded; in JSON there is a real key named <<
    fn v10_anchors_and_merge_keys() {
        let home = check_comes_back("f.yaml", "d: &d\n  u: me\nx:\n  <<: *d\n  p: 1\ny: *d\n");
        let expected: serde_json::Value =
            serde_json::from_str(r#"{"d": {"u": "me"}, "x": {"u": "me", "p": 1}, "y": {"u": "me"}}"#)
                .unwrap();
        let json = home.sops(["decrypt", "--output-type", "json", "f.yaml"]).exits(0).stdout;
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), expected);
        home.write("f.yaml", read_testdata("bugs/merge-key.sops.yaml"));
        let json = home.sops(["decrypt", "--output-type", "json", "f.yaml"]).exits(0).stdout;
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&json).unwrap(), expected);
    }

    #[test] // tags are dropped; binary text is decoded
    fn v11_tags() {
        check_comes_back("f.yaml", "x: !env HOME\ny: !!binary aGVsbG8=\nz: !!str 12\n");
    }

    #[test] // exit 23, with a Go formatting error in the message
    fn v12_keys_that_are_no_strings() {
        for key in ["8080", "true", "null", "2024-05-06", "1.5"] {
            let home = Home::with_age();
            home.write("f.yaml", format!("ok: 1\n{key}: http\n"));
            let run = home.sops(["encrypt", "f.yaml"]).exits(23).prints_nothing().does_not_crash();
            assert!(
                run.stderr.contains("line 2") || run.stderr.contains("f.yaml:2"),
                "{key}: {}",
                run.stderr
            );
            assert!(!run.stderr.contains("%!s"), "{key}: {}", run.stderr);
        }
    }

    #[test] // written as \U0001F600
    fn v13_characters_beyond_the_first_plane() {
        check_comes_back("f.yaml", "a: \u{1F600}\n\u{1F511}: \"\u{1F600} x\"\n");
    }

    #[test] // turned into one quoted line; the folding is lost
    fn v14_block_scalars() {
        check_comes_back("f.yaml", "a: |\n  ends in a blank \n  next\nb: >\n  folded\n  text\n\n  here\n");
    }

    #[test] // quoted in the output: as we do for what is written fresh
    fn v15_keys_like_yaml_1_1_booleans() {
        let home = check_comes_back("f.yaml", "y: 1\nn: 2\n");
        home.write("g.json", r#"{"y": 1, "n": 2}"#).encrypt("g.json");
        home.sops(["decrypt", "--output-type", "yaml", "g.json"]).exits(0).prints("\"y\": 1\n\"n\": 2\n");
    }

    #[test] // an extra document {}
    fn v16_a_last_document_that_is_empty() {
        check_comes_back("f.yaml", "a: 1\n---\n");
    }

    #[test] // exit 2 too, but with names of Go types
    fn v17_a_top_level_that_is_no_map() {
        for text in ["- a\n- b\n", "just words\n", "[a, b]\n"] {
            let home = Home::with_age();
            home.write("f.yaml", text);
            let run = home.sops(["encrypt", "f.yaml"]).exits(2).prints_nothing().does_not_crash();
            assert!(!run.stderr.contains("interface {}"), "{}", run.stderr);
        }
    }

    #[test] // the first document becomes {}
    fn v18_a_first_document_that_is_empty() {
        check_comes_back("f.yaml", "---\n---\na: b\n");
    }
}

mod json {
    use super::*;

    #[test] // 98765432109876540000, silently; set does it too
    fn j1_integers_beyond_64_bits() {
        let text = "{\"id\": 98765432109876543210, \"u\": 9223372036854775808, \"x\": 1}\n";
        let home = check_comes_back("f.json", text);
        home.sops(["set", "f.json", r#"["x"]"#, "2"]).exits(0);
        home.sops(["decrypt", "f.json"]).exits(0).prints(text.replace("\"x\": 1", "\"x\": 2"));
        home.sops(["set", "f.json", r#"["x"]"#, "98765432109876543210"]).exits(0);
        home.sops(["decrypt", "f.json"])
            .exits(0)
            .prints(text.replace("\"x\": 1", "\"x\": 98765432109876543210"));
    }

    #[test] // all after the first object is dropped, exit 0
    fn j2_more_than_one_object() {
        for text in ["{\"a\":1}{\"b\":2}", "{\"a\":1} junk", "{\"a\":1}\n{}\n", "{\"a\":1}]"] {
            let home = Home::with_age();
            home.write("f.json", text);
            home.sops(["encrypt", "f.json"]).exits(2).prints_nothing().does_not_crash();
        }
    }

    #[test] // becomes U+FFFD
    fn j3_half_a_surrogate_pair() {
        let home = Home::with_age();
        let text = "{\"u\":\"\\ud83d\"}\n";
        home.write("f.json", text);
        let run = home.sops(["encrypt", "f.json"]).does_not_crash();
        if run.code == Some(0) {
            home.write("e.json", &run.stdout);
            home.sops(["decrypt", "e.json"]).exits(0).prints(text);
        } else {
            run.exits(2).prints_nothing();
        }
    }

    #[test] // written as \u003c: so do we where JSON is written fresh
    fn j4_characters_that_html_minds() {
        let home = check_comes_back("f.json", "{\"k\":\"<a&b>\"}\n");
        home.write("f.yaml", "k: <a&b>\n").encrypt("f.yaml");
        home.sops(["decrypt", "--output-type", "json", "f.yaml"])
            .exits(0)
            .prints("{\n\t\"k\": \"\\u003ca\\u0026b\\u003e\"\n}\n");
    }

    #[test] // exit 2, "value out of range"
    fn j5_a_number_beyond_floats() {
        check_comes_back("f.json", "{\"n\": 1E400}\n");
    }

    #[test] // "invalid character"
    fn j6_a_byte_order_mark() {
        let home = check_comes_back("f.json", "\u{feff}{\"k\": \"v\"}\n");
        // sops could not read the encrypted file with it.
        assert!(home.read_text("f.json").starts_with('{'));
    }

    #[test] // both kept, both under the same path
    fn j7_a_key_twice() {
        let home = Home::with_age();
        let text = "{\"a\": 1, \"a\": 2}\n";
        home.write("f.json", text);
        let run = home.sops(["encrypt", "-i", "f.json"]).exits(0);
        assert!(!run.stderr.is_empty(), "a warning is due");
        home.sops(["decrypt", "f.json"]).exits(0).prints(text);
    }

    #[test] // a good message since 3.13
    fn j8_a_list_at_the_top() {
        let home = Home::with_age();
        home.write("f.json", "[1]");
        home.sops(["encrypt", "f.json"]).exits(2).prints_nothing().says("top-level object");
    }

    #[test] // prints the value as if the file were binary
    fn j9_a_json_file_that_looks_like_a_binary_one() {
        let home = Home::with_age();
        let encrypted = home.encrypted("f.json", "{\"data\": \"hello\"}");
        home.write("f.unknown", encrypted);
        home.sops(["decrypt", "f.unknown"]).exits(0).prints("hello");
    }
}
