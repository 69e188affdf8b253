//! `testdata/metadata/yaml.jsonl` was made with the YAML store of sops 3.13.2: name, a file that
//! is nothing but its block, and the file that sops writes again or its error.

use super::*;
use crate::document::{Document, EmitStyle, Format, Pair, emit};
use crate::leaf::Value;

fn read(yaml: &str) -> Result<Metadata, MetadataError> {
    let document = Document::parse(yaml.as_bytes().to_vec(), Format::Yaml).expect("YAML");
    Metadata::of(&document)
}

fn write(metadata: &Metadata) -> String {
    let file = Tree::Map(vec![Pair::Entry(b"sops".to_vec(), metadata.to_tree())]);
    let bytes = emit(&[file], Format::Yaml, &EmitStyle::default()).expect("YAML");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn blocks_are_read_and_written_as_by_sops() {
    for line in include_str!("../../testdata/metadata/yaml.jsonl").lines() {
        let [name, yaml, want]: [String; 3] = serde_json::from_str(line).expect("three strings");
        let got = read(&yaml).map_or_else(|error| format!("error {error}"), |metadata| write(&metadata));
        assert_eq!(got, want, "{name}\n{yaml}");
    }
}

const BLOCK: &str = "sops: {age: [{recipient: r, enc: e}], lastmodified: '2024-05-06T07:08:09.123Z', mac: m, \
                     version: 3.12.0, layout: patch}\n";

#[test]
fn our_field_is_kept_in_byte_order() {
    let metadata = read(BLOCK).expect("metadata");
    assert_eq!(metadata.layout.as_deref(), Some("patch"));
    let block = metadata.to_tree();
    let Tree::Map(pairs) = &block else { panic!("a map") };
    let names = pairs.iter().map(|pair| match pair {
        Pair::Entry(name, _) => name.as_slice(),
        Pair::Comment { .. } => b"",
    });
    let names: Vec<_> = names.collect();
    assert!(names.is_sorted());
    assert!(names.contains(&b"layout".as_slice()));
}

#[test] // whatever stands there, sops reads the file
fn our_field_is_never_a_reason_to_refuse() {
    for value in ["[1]", "{a: b}", "2020-01-01", "~", "''"] {
        assert_eq!(read(&BLOCK.replace("patch", value)).expect("metadata").layout, None);
    }
}

#[test] // file format §7.3
fn the_mac_is_bound_to_the_second() {
    let metadata = read(BLOCK).expect("metadata");
    assert_eq!(metadata.last_modified, "2024-05-06T07:08:09.123Z");
    assert_eq!(metadata.mac_aad().expect("a time"), "2024-05-06T07:08:09Z");
}

#[test]
fn nothing_but_a_map_is_a_block() {
    let error = Metadata::from_tree(&Tree::Leaf(Value::Null)).expect_err("an error");
    assert_eq!(error.to_string(), "Found sops entry that is not a mapping");
}

/// The messages are those of sops' version library, run on the same texts.
#[test]
fn versions() {
    for (version, raised, error) in [
        ("3.12.0", "3.13.2", ""),
        ("3.13.2", "3.13.2", ""),
        ("3.13.2-rc.1", "3.13.2", ""),
        ("3.13.2+build", "3.13.2+build", ""),
        ("99.1.0", "99.1.0", ""),
        ("v3.1.0", "3.13.2", ""),
        ("v4.0.0", "v4.0.0", ""),
        ("1.18", "3.13.2", ""),
        ("1.x", "3.13.2", ""),
        ("", "", "Version string empty"),
        ("v", "v", "Version string empty"),
        ("abc", "abc", "No Major.Minor.Patch elements found"),
        ("3", "3", "No Major.Minor.Patch elements found"),
        ("3.5", "3.5", "No Major.Minor.Patch elements found"),
        ("x.1.2", "x.1.2", "Invalid character(s) found in major number \"x\""),
        ("3.01.2", "3.01.2", "Minor number must not contain leading zeroes \"01\""),
        ("3.1.2.3", "3.1.2.3", "Invalid character(s) found in patch number \"2.3\""),
        ("3..2", "3..2", "strconv.ParseUint: parsing \"\": invalid syntax"),
        ("3.1.2-", "3.1.2-", "Prerelease is empty"),
        ("3.1.2-01", "3.1.2-01", "Numeric PreRelease version must not contain leading zeroes \"01\""),
        ("3.1.2-a_b", "3.1.2-a_b", "Invalid character(s) found in prerelease \"a_b\""),
        ("3.1.2+", "3.1.2+", "Build meta data is empty"),
        (
            "99999999999999999999.1.2",
            "99999999999999999999.1.2",
            "strconv.ParseUint: parsing \"99999999999999999999\": value out of range",
        ),
    ] {
        let mut metadata = Metadata { version: version.to_owned(), ..Metadata::default() };
        let outcome = metadata.raise_version().err().map_or_else(String::new, |error| error.to_string());
        assert_eq!((metadata.version.as_str(), outcome.as_str()), (raised, error), "{version}");
        metadata.version = version.to_owned();
        assert_eq!(metadata.check_version().is_err(), !error.is_empty(), "{version}");
    }
}
