//! The command line from outside: exit codes, streams, files. One binary, a module per subject.
//!
//! Expectations come from the specification of sops 3.13.2's command line and from runs of that
//! program; where we do better on purpose, the test says so.
#![cfg(unix)] // Windows has tests/windows

mod check;
mod completion;
mod config;
mod config_check;
mod decrypt;
mod doctor;
mod edit;
mod encrypt;
mod exec;
mod groups;
mod home;
mod init;
mod keys;
mod keyservice;
mod legacy;
mod many;
mod no_key;
mod publish;
mod recipients;
mod rotate;
mod same_as_sops;
#[path = "../support/secrets.rs"]
mod secrets;
mod set;
mod terminal;
mod together;
mod traces;
mod updatekeys;
mod usage;
mod writing;
