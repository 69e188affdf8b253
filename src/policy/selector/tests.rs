//! `testdata/selector/yaml.jsonl` was made with the walker of sops 3.13.2: document, rule, its
//! text, YAML, and per leaf in walking order `e` (encrypted), `p` (plain) or `n` (null).

use super::*;
use crate::document::Format;

fn selection(field: &str, text: &str) -> Selection {
    let mut selection = Selection::default();
    let target = match field {
        "unencrypted_suffix" => &mut selection.unencrypted_suffix,
        "encrypted_suffix" => &mut selection.encrypted_suffix,
        "unencrypted_regex" => &mut selection.unencrypted_regex,
        "encrypted_regex" => &mut selection.encrypted_regex,
        "unencrypted_comment_regex" => &mut selection.unencrypted_comment_regex,
        "encrypted_comment_regex" => &mut selection.encrypted_comment_regex,
        _ => return selection,
    };
    text.clone_into(target);
    selection
}

fn flags(selection: &Selection, yaml: &str) -> String {
    let document = Document::parse(yaml.as_bytes().to_vec(), Format::Yaml).expect("YAML");
    let selector = Selector::compile(selection, OnBadRegex::NeverMatches).expect("a selector");
    let is_comment = |leaf: usize| match document.value(leaf) {
        ValueRef::Str(text) => text.ends_with(b",type:comment]"),
        _ => false,
    };
    let chosen = selector.choose(&document, &is_comment);
    let letter = |(leaf, chosen)| match document.value(leaf) {
        ValueRef::Null => 'n',
        _ if chosen => 'e',
        _ => 'p',
    };
    chosen.into_iter().enumerate().map(letter).collect()
}

#[test]
fn leaves_are_chosen_as_by_sops() {
    for line in include_str!("../../../testdata/selector/yaml.jsonl").lines() {
        let [name, field, text, yaml, want]: [String; 5] = serde_json::from_str(line).expect("five strings");
        assert_eq!(flags(&selection(&field, &text), &yaml), want, "{name} with {field}: {text}");
    }
}

#[test] // sops issue 2281: written so by sops, but it cannot read it
fn an_encrypted_comment_in_a_list_stays_a_comment() {
    let written = "items:\n  # sops:enc\n  - ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:comment]\n  - \
                   ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\n  - plain\n";
    assert_eq!(flags(&selection("encrypted_comment_regex", "sops:enc"), written), "peep");
}

#[test]
fn a_bad_regex_is_refused_for_encrypting() {
    for field in
        ["unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex", "encrypted_comment_regex"]
    {
        let error = Selector::compile(&selection(field, "["), OnBadRegex::Refuse).err().expect("an error");
        assert_eq!(error.to_string(), format!("{field}: error parsing regexp: missing closing ]: `[`"));
    }
}

#[test]
fn deep_documents_do_not_overflow() {
    let depth = 9_000;
    let json = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let document = Document::parse(json.into_bytes(), Format::Json).expect("JSON");
    let selector =
        Selector::compile(&selection("encrypted_regex", "^a$"), OnBadRegex::Refuse).expect("a selector");
    assert_eq!(selector.choose(&document, &|_| false), [true]);
}

#[test]
fn flags_go_before_rules_field_by_field() {
    let flags = selection("encrypted_regex", "^z");
    let rule = selection("encrypted_regex", "^a");
    assert_eq!(flags.or(&rule).encrypted_regex, "^z");
    let both = flags.or(&selection("unencrypted_suffix", "_u"));
    assert_eq!(
        both.check().expect_err("a conflict").to_string(),
        "cannot use more than one of encrypted_suffix, unencrypted_suffix, encrypted_regex, unencrypted_regex, \
         encrypted_comment_regex, or unencrypted_comment_regex"
    );
}
