//! Programs of others that call `sops`: the command lines that they type, and some of them as they are.
//!
//! `scripts/clients.sh` installs those that are run. One that is not there is said out loud, and fails
//! where `CI` is set.
#![cfg(unix)] // Windows has tests/windows

mod ansible;
mod command_lines;
mod git;
#[path = "../cli/home.rs"]
#[allow(dead_code)] // the tests of the command line use all of it
mod home;
mod kustomize;
mod packages;
mod pre_commit;
#[path = "../support/secrets.rs"]
mod secrets;
mod tools;
