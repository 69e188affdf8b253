//! The `sops` command: files, terminals and processes around the library `resops`.

mod cli;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod mathematics;

fn main() -> std::process::ExitCode {
    cli::run()
}
