//! The `sops` command: files, terminals and processes around the library `resops`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
