//! The command line: what a person types, in; files, processes and exit codes, out.

mod args;
mod child;
mod editor;
mod environment;
mod error;
mod fifo;
mod files;
mod go_flags;
mod open;
mod paths;
mod signals;
mod temporary;
mod ui;

pub(crate) fn run() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
