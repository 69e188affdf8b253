//! How the program is linked where it runs on Linux on x86-64 with glibc: what is done before `main` is
//! most of the time of a run that does little.
//!
//! **At a fixed address**, as sops itself and every program of Go's. A program that can be put anywhere has
//! to have its tables of pointers mended at every start: sixty pages, copied and written one by one, a
//! quarter of the time that a small file takes. What that gives up is a random place for the code and its
//! constants; heap, stack and shared libraries keep theirs, and there is no unsafe code of ours to find it.
//!
//! **With the unwinder in it**, where the compiler has it as a static library too. Rust's standard library
//! asks for the shared one, `libgcc_s.so.1`. To find, map and start it takes a tenth of the time of a run
//! that does little. A linker script of that name, which the linker meets first, names the static library
//! instead. Where that is not to be had nothing changes.
//!
//! **With what is needed most side by side.** A page of the program is fetched when it is first needed,
//! sixteen neighbours with it, and the two in ten functions that a run needs lie everywhere between those
//! that speak to key services: to decrypt a small file fetched 67 times, and now fetches 20 times. The list
//! of functions is `link/order.ld`; a release build names it to the linker.

#![allow(clippy::print_stdout)] // this is how a build script speaks

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if !is_for_this_linux() {
        return;
    }
    println!("cargo::rustc-link-arg-bins=-no-pie");
    if is_release() && has_usual_linker() {
        let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rerun-if-changed={ORDER}");
        println!("cargo::rustc-link-arg-bins=-T{folder}/{ORDER}");
    }
    if has_static_unwinder() {
        let folder = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
        if std::fs::write(folder.join("libgcc_s.so"), "INPUT ( -lgcc_eh )\n").is_ok() {
            println!("cargo::rustc-link-search=native={}", folder.display());
        }
    }
}

/// A script for the linker; `scripts/order.sh` writes it.
const ORDER: &str = "link/order.ld";

/// Whether speed counts.
fn is_release() -> bool {
    std::env::var("PROFILE").is_ok_and(|profile| profile == "release")
}

/// Whether nobody asked for another linker than the compiler's own, which knows such scripts.
fn has_usual_linker() -> bool {
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    std::env::var_os("RUSTC_LINKER").is_none() && !flags.contains("link")
}

/// Whether the program is to run on Linux on x86-64 with glibc, and is built there.
fn is_for_this_linux() -> bool {
    let variable = |name| std::env::var(name).unwrap_or_default();
    variable("TARGET") == "x86_64-unknown-linux-gnu" && variable("HOST") == variable("TARGET")
}

/// Whether the linker's driver knows where the static unwinder is.
fn has_static_unwinder() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    // What it does not find it names as it was asked.
    asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}
