//! Any bytes as a file with a `sops` block: what is read of it can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::document::{Document, Format};
use resops::metadata::Metadata;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Yaml, Format::Json, Format::Ini, Format::Dotenv, Format::Toml] {
        let Ok(document) = Document::parse(bytes.to_vec(), format) else { continue };
        let Ok(metadata) = Metadata::of(&document) else { continue };
        let _ = metadata.mac_aad().expect("lastmodified was read");
        let _ = metadata.check_version();
        // Reading is lenient; what was written is read without loss.
        let written = Metadata::from_tree(&metadata.to_tree()).expect("what is written is read");
        let again = Metadata::from_tree(&written.to_tree()).expect("what is written is read");
        assert!(again == written);
    }
});
