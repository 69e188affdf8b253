//! Any bytes as a dotenv file of another program, and as the env file of a generator of KSOPS: read or
//! refused. A value that a dialect can spell is read back from its spelling.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::document::{Dialect, Pair, Tree};
use resops::leaf::Value;
use resops::ops::kubernetes::EnvFile;

fuzz_target!(|bytes: &[u8]| {
    for (name, dialect) in Dialect::NAMES {
        let _ = dialect.read(bytes);
        let Ok(spelling) = dialect.spelling(bytes) else { continue };
        let line = [b"NAME=", &spelling[..], b"\n"].concat();
        let Ok(tree) = dialect.read(&line) else { continue };
        if let Tree::Map(pairs) = &tree
            && let [Pair::Entry(_, Tree::Leaf(Value::Str(value)))] = &pairs[..]
        {
            assert!(value == bytes, "{name}");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = EnvFile::parse(text);
    }
});
