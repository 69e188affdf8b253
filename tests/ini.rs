//! INI: the contract on thousands of nasty files, the rows of the bug list, the corpus, and a
//! real sops where `SOPS_BIN` names one.
//!
//! `RESOPS_CASES` says how many files (default 2,000), `RESOPS_SEED` where to start,
//! `RESOPS_DIFF_CASES` how many are compared with a real sops each way (default 300).
#![cfg(unix)] // Windows has tests/windows
#![allow(clippy::print_stdout)] // what was counted is shown with --nocapture

#[path = "support/ini.rs"]
mod generate;
mod support;

#[path = "ini/bugs.rs"]
mod bugs;
#[path = "ini/contract.rs"]
mod contract;
#[path = "ini/differential.rs"]
mod differential;
#[path = "ini/editing.rs"]
mod editing;
#[path = "ini/files_of_sops.rs"]
mod files_of_sops;
