//! `testdata/config/rules.jsonl` holds what sops 3.13.2 makes of configurations: name, text,
//! path of the file, and either the rule's keys and settings or the error. The configuration
//! stands in `/base`. Errors of ours go on with more lines after those of sops.

use super::stores::{INDENT, STORES, TOML};
use super::*;
use crate::policy::{PathStyle, Selection};

fn outcome(yaml: &str, path: &str) -> String {
    try_outcome(yaml, path).unwrap_or_else(|error| format!("error {error}"))
}

fn try_outcome(yaml: &str, path: &str) -> Result<String, ConfigError> {
    let (config, _) = Config::parse(yaml.as_bytes(), ".sops.yaml")?;
    let Some(rule) = config.rule_for(path, "/base", PathStyle::Unix)? else { return Ok("none".to_owned()) };
    let mut lines = Vec::new();
    for group in rule.groups()? {
        let keys = group.0.iter().map(|key| format!(" {}={:?}", key.key.kind().id(), key.key.text()));
        lines.push(format!("group{}", keys.collect::<String>()));
    }
    if rule.shamir_threshold != 0 {
        lines.push(format!("threshold {}", rule.shamir_threshold));
    }
    for (name, text) in rule.selection.fields() {
        if !text.is_empty() {
            lines.push(format!("{name} {text}"));
        }
    }
    if rule.mac_only_encrypted {
        lines.push("mac_only_encrypted".to_owned());
    }
    Ok(lines.join("\n"))
}

#[test]
fn rules_are_those_of_sops() {
    for line in include_str!("../../../testdata/config/rules.jsonl").lines() {
        let [name, yaml, path, want]: [String; 4] = serde_json::from_str(line).expect("four strings");
        let got = outcome(&yaml, &path);
        // For what is no YAML at all, line and words are those of our reader.
        let want = want.split_once("config file: yaml: line ").map_or(want.as_str(), |(before, _)| before);
        let same = got == want || want.starts_with("error ") && got.starts_with(want);
        assert!(same, "{name}\n{yaml}\n--- want\n{want}\n--- got\n{got}");
    }
}

fn check_error(yaml: &str, lines: &[&str]) {
    assert_eq!(outcome(yaml, "/base/dir/x.yaml"), format!("error {}", lines.join("\n")), "{yaml}");
}

#[test]
fn errors_say_where() {
    check_error(
        "creation_rules:\n  - shamir_threshold: two\n",
        &[
            "error loading config: Could not unmarshal config file: yaml: unmarshal errors:",
            "  line 2: cannot unmarshal !!str `two` into int",
            "  at .sops.yaml:2:23",
        ],
    );
    check_error(
        "creation_rules:\n  - path_regex: ^x$\n  - path_regex: y$\n",
        &[
            "error loading config: no matching creation rules found",
            "  for the path dir/x.yaml",
            "  tried ^x$ at .sops.yaml:2:5",
            "  tried y$ at .sops.yaml:3:5",
        ],
    );
    check_error(
        "creation_rules:\n  - path_regex: x\n    age: nonsense\n",
        &["failed to parse input, unknown recipient type: \"nonsense\"", "  at .sops.yaml:3:10"],
    );
    check_error(
        "creation_rules:\n  - key_groups:\n      - kms:\n          - {arn: a, context: {tenant: null}}\n",
        &["the context of a kms key has no value for \"tenant\"", "  at .sops.yaml:4:13"],
    );
}

#[test]
fn groups_may_nest_to_any_depth() {
    let depth = 4_000; // the YAML reader takes 10,000 levels, as in sops
    let yaml = format!(
        "creation_rules:\n  - key_groups: [{}{{pgp: [AB]}}{}]\n",
        "{merge: [".repeat(depth),
        "]}".repeat(depth)
    );
    assert_eq!(outcome(&yaml, "/base/x"), "group pgp=\"AB\"");
}

#[test]
fn an_anchor_in_itself_ends() {
    check_error(
        "creation_rules:\n  - key_groups:\n      - &a {merge: [*a]}\n",
        &[
            "error loading config: Could not unmarshal config file: yaml: document contains excessive aliasing",
            "  at .sops.yaml:3:20",
        ],
    );
}

fn check_warnings(yaml: &str, want: &[&str]) {
    let (_, warnings) = Config::parse(yaml.as_bytes(), ".sops.yaml").expect("a configuration");
    assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), want, "{yaml}");
}

#[test]
fn misspelt_keys_give_warnings() {
    check_warnings(
        "keys: []\ncreation-rules: []\ncreation_rules:\n  - path-regex: x\n    Age: y\n    comment: mine\n",
        &[
            "line 2, column 1: creation-rules is ignored; did you mean creation_rules?",
            "line 4, column 5: path-regex is ignored; did you mean path_regex?",
            "line 5, column 5: Age is ignored; did you mean age?",
        ],
    );
    check_warnings(
        "creation_rules:\n  - key_groups:\n      - hc_vault_transit_uri: []\n        azure_keyvault:\n          \
         - vault_url: x\n",
        &[
            "line 3, column 9: hc_vault_transit_uri is ignored; did you mean hc_vault?",
            "line 5, column 13: vault_url is ignored; did you mean vaultUrl?",
        ],
    );
    check_warnings(
        "base: &b {encrypted-regex: x}\ncreation_rules:\n  - <<: *b\n  - <<: *b\n",
        &["line 1, column 11: encrypted-regex is ignored; did you mean encrypted_regex?"],
    );
    check_warnings(
        "stores: {yaml: {ident: 2}}\n",
        &["line 1, column 17: ident is ignored; did you mean indent?"],
    );
}

#[test] // configuration §7
fn stores_are_kept_as_written() {
    let stores = |yaml: &str| Config::parse(yaml.as_bytes(), "c").expect("a configuration").0.stores;
    assert_eq!(stores(""), Stores::default());
    assert_eq!(
        stores(
            "stores: {yaml: {indent: 2}, json: {indent: 0}, json_binary: {indent: ~}, dotenv: {x: 1}, ini: }\n"
        ),
        Stores { yaml_indent: Some(2), json_indent: Some(0), json_binary_indent: None, toml_enabled: None }
    );
    assert!(stores("stores: {toml: {enabled: true}}\n").toml_enabled == Some(true));
}

#[test] // configuration §6
fn destinations() {
    let yaml = "destination_rules:\n  - path_regex: '['\n    s3_bucket: never\n  - path_regex: ^s3/\n    \
                s3_bucket: b\n    s3_prefix: p/\n    recreation_rule: {pgp: AB, path_regex: '['}\n  - path_regex: \
                two\n    s3_bucket: a\n    vault_path: b\n  - path_regex: vault\n    vault_path: v\n    \
                vault_kv_version: 1\n    omit_extensions: true\n";
    let (config, warnings) = Config::parse(yaml.as_bytes(), ".sops.yaml").expect("a configuration");
    assert!(warnings.is_empty());
    assert!(config.creation_rules.is_none());
    let s3 = config.destination_for("s3/x", PathStyle::Unix).expect("a rule");
    assert_eq!((s3.s3_bucket.as_str(), s3.s3_prefix.as_str()), ("b", "p/"));
    assert_eq!(s3.recreation_rule.groups().expect("groups")[0].0.len(), 1);
    assert_eq!(s3.recreation_rule.selection, Selection::default());
    let vault = config.destination_for("vault", PathStyle::Unix).expect("a rule");
    assert!(vault.omit_extensions && vault.vault_kv_version == 1);
    let error = |path| config.destination_for(path, PathStyle::Unix).expect_err("no rule").to_string();
    assert_eq!(error("./s3/x"), "error loading config: no matching destination found in config");
    assert!(error("two").starts_with(
        "error loading config: more than one destinations were found in a single destination rule, you can \
         only use one per rule\n"
    ));
}

#[test]
fn the_example_reads_without_warnings() {
    let source = include_bytes!("../../../.sops.yaml.example");
    let (config, warnings) = Config::parse(source, ".sops.yaml.example").expect("a configuration");
    assert_eq!(warnings, []);
    for rule in config.creation_rules.iter().flatten() {
        rule.groups().expect("key groups");
        assert!(rule.selection.check().is_ok());
    }
    for rule in &config.destination_rules {
        rule.recreation_rule.groups().expect("key groups");
    }
    let text = String::from_utf8_lossy(source);
    for field in CREATION_FIELDS.split_whitespace() {
        assert!(text.contains(&format!("{field}:")), "{field} is not shown");
    }
}

const CREATION_FIELDS: &str = "creation_rules destination_rules stores path_regex kms aws_profile age pgp gcp_kms \
    hckms azure_keyvault hc_vault_transit_uri key_groups shamir_threshold unencrypted_suffix encrypted_suffix \
    unencrypted_regex encrypted_regex unencrypted_comment_regex encrypted_comment_regex mac_only_encrypted merge \
    arn role context resource_id key_id vaultUrl key version hc_vault s3_bucket s3_prefix gcs_bucket gcs_prefix \
    vault_path vault_address vault_kv_mount_name vault_kv_version aws_secrets_manager_secret_name aws_secrets_manager_kms_key aws_region aws_profile gcp_secret_manager_project gcp_secret_manager_prefix gcp_secret_manager_locations azure_keyvault_url azure_keyvault_prefix kubernetes_secret_file kubernetes_namespace omit_extensions recreation_rule json_binary indent yaml json \
    dotenv ini toml enabled";

/// The fields that a definition of the schema knows.
fn known(schema: &serde_json::Value, pointer: &str) -> Vec<String> {
    let fields = schema.pointer(pointer).and_then(|fields| fields.as_object());
    let mut fields: Vec<_> =
        fields.unwrap_or_else(|| panic!("{pointer} is no map")).keys().cloned().collect();
    fields.sort();
    fields
}

#[test]
fn the_schema_knows_every_field_and_no_other() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../docs/sops-yaml.schema.json")).expect("JSON");
    let top: Vec<&str> = TOP.iter().chain(TOP_OURS).copied().collect();
    for (pointer, fields) in [
        ("", &top[..]),
        ("/definitions/creation_rule", rules::CREATION_RULE),
        ("/definitions/destination_rule", destinations::DESTINATION_RULE),
        ("/definitions/key_group", groups::GROUP),
        ("/definitions/key_group/properties/kms/items", groups::KMS),
        ("/definitions/key_group/properties/gcp_kms/items", groups::GCP_KMS),
        ("/definitions/key_group/properties/hckms/items", groups::HCKMS),
        ("/definitions/key_group/properties/azure_keyvault/items", groups::AZURE),
        ("/definitions/stores", STORES),
        ("/definitions/stores/properties/yaml", INDENT),
        ("/definitions/stores/properties/json", INDENT),
        ("/definitions/stores/properties/json_binary", INDENT),
        ("/definitions/stores/properties/toml", TOML),
    ] {
        let mut fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        fields.sort();
        assert_eq!(known(&schema, &format!("{pointer}/properties")), fields, "{pointer}");
        // At the top stand anchors under names of their own.
        let others = schema.pointer(&format!("{pointer}/additionalProperties"));
        assert_eq!(others.and_then(serde_json::Value::as_bool), Some(pointer.is_empty()), "{pointer}");
    }
    let wrong = known(&schema, "/patternProperties");
    let [wrong] = wrong.as_slice() else { panic!("one pattern: {wrong:?}") };
    let wrong = regex::Regex::new(wrong).expect("a pattern");
    for name in ["creation-rules", "creation_rule", "creationRules", "rules", "destinationRules", "store"] {
        assert!(wrong.is_match(name), "{name}");
    }
    for name in top {
        assert!(!wrong.is_match(name), "{name}");
    }
}

/// Every field of the example is one of the schema, and the other way round.
#[test]
fn the_example_shows_every_field_of_the_schema() {
    let example = include_str!("../../../.sops.yaml.example");
    let (config, warnings) = Config::parse(example.as_bytes(), "example").expect("a configuration");
    assert_eq!((warnings.len(), config.unknown.len()), (0, 0), "{warnings:?} {:?}", config.unknown);
    for fields in [
        TOP,
        TOP_OURS,
        rules::CREATION_RULE,
        destinations::DESTINATION_RULE,
        groups::GROUP,
        groups::KMS,
        groups::GCP_KMS,
        groups::HCKMS,
        groups::AZURE,
        STORES,
        INDENT,
        TOML,
    ] {
        for field in fields {
            let shown = example
                .lines()
                .any(|line| line.trim_start_matches([' ', '-']).starts_with(&format!("{field}:")));
            assert!(shown, "{field} is not in the example");
        }
    }
}

#[test]
fn names_come_from_the_map_and_from_anchors() {
    let yaml = "people:\n  - &alice age1a\n  - &team [age1b]\n  - &bob 85D7 7543 b3D6\nnames:\n  carol: age1c\n  \
                dora: [age1d, 'ssh-ed25519 AAAA dora@host']\n  eve: *alice\n  5: {a: b}\n  \"x\\u001b[31m\": age1x\n  f: *nope\n";
    assert!(Config::parse(yaml.as_bytes(), "c").is_err(), "an alias of nothing is no YAML");
    let yaml = yaml.replace("  f: *nope\n", "");
    let (config, _) = Config::parse(yaml.as_bytes(), "c").expect("a configuration");
    for (key, name) in [
        ("age1a", Some("eve")),
        ("age1b", None),
        ("85D77543B3D6", Some("bob")),
        ("age1c", Some("carol")),
        ("ssh-ed25519 AAAA", Some("dora")),
        ("age1x", Some("x[31m")),
        ("", None),
    ] {
        assert_eq!(config.names.of(key), name, "{key}");
    }
    assert_eq!(config.names.shown("age1c"), "age1c (carol)");
    assert_eq!(config.names.shown("https://u:p@v/x"), "https://***@v/x");
    // What is no map of names is passed over, as sops passes over it.
    for yaml in
        ["names: 5\n", "names: [a, b]\n", "names: &n\n  a: *n\n", "names: {a: {b: c}, [d]: e}\n", "- names\n"]
    {
        let names = Config::parse(yaml.as_bytes(), "c").map(|(config, _)| config.names);
        assert!(
            names.as_ref().is_ok_and(|names| *names == Names::default()) || yaml.starts_with('-'),
            "{yaml}"
        );
    }
}

/// Ours: sops skips the field.
#[test]
fn rules_see_the_separator_that_the_configuration_names() {
    const RULES: &str = "creation_rules:\n- path_regex: ^sub/[^/]*$\n  age: \"\"\n\
                         destination_rules:\n- path_regex: ^out/\n  vault_path: x/\n";
    let config = |top: &str| Config::parse(format!("{top}{RULES}").as_bytes(), "c").map(|(config, _)| config);
    let with = config("match_separator: /\n").expect("a configuration");
    assert!(with.rule_for(r"C:\w\sub\f", r"C:\w", PathStyle::Windows).expect("a rule").is_some());
    assert!(with.rule_for("/w/sub/f", "/w", PathStyle::Unix).expect("a rule").is_some());
    assert!(with.rule_for(r"/w/sub\f", "/w", PathStyle::Unix).is_err(), "a name there may hold a backslash");
    assert!(with.destination_for(r"out\f", PathStyle::Windows).is_ok());

    for top in ["", "match_separator:\n"] {
        let without = config(top).expect("a configuration");
        let line = 2 + top.lines().count();
        let error = without.rule_for(r"C:\w\sub\f", r"C:\w", PathStyle::Windows).expect_err("no rule");
        let text = error.to_string();
        assert!(text.starts_with("error loading config: no matching creation rules found\n"), "{text}");
        assert!(
            text.contains(&format!("the rule at c:{line}:3 would match: add `match_separator: /`")),
            "{text}"
        );
        let error = without.rule_for(r"C:\w\x\f", r"C:\w", PathStyle::Windows).expect_err("no rule");
        assert!(!error.to_string().contains("match_separator"), "{error}");
        let error = without.destination_for(r"out\f", PathStyle::Windows).expect_err("no rule").to_string();
        assert!(error.contains("match_separator"), "{error}");
    }
    for (value, place) in [(r"'\'", "c:1:18"), ("\"\"", "c:1:18"), ("5", "c:1:18"), ("//", "c:1:18")] {
        let error = config(&format!("match_separator: {value}\n")).expect_err("no separator").to_string();
        assert!(error.contains("is no separator that rules can see") && error.ends_with(place), "{error}");
    }
    assert!(config("match_separator: [/]\n").is_err());
}
