//! Any bytes as `.sops.yaml`: read or refused, and every rule can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::policy::{Config, PathStyle};

fuzz_target!(|bytes: &[u8]| {
    let Ok((config, _)) = Config::parse(bytes, ".sops.yaml") else { return };
    if let Ok(Some(rule)) = config.rule_for("/base/secrets/a.yaml", "/base", PathStyle::Unix) {
        let _ = rule.groups();
    }
});
