//! The command line from outside: exit codes, streams, files. One binary, a module per subject.
//!
//! Expectations come from the specification of sops 3.13.2's command line and from runs of that
//! program; where we do better on purpose, the test says so.

mod check;
mod completion;
mod config;
mod decrypt;
mod edit;
mod encrypt;
mod exec;
mod groups;
mod home;
mod keyservice;
mod legacy;
mod many;
mod no_key;
mod publish;
mod rotate;
mod same_as_sops;
mod set;
mod terminal;
mod together;
mod traces;
mod updatekeys;
mod usage;
mod writing;
