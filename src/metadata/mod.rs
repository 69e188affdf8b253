//! The `sops` block as data: read as leniently, written as exactly as sops does.
