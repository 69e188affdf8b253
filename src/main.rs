//! The `sops` command: files, terminals and processes around the library `resops`.

mod cli;

fn main() -> std::process::ExitCode {
    keep_freed_memory();
    cli::run()
}

/// Takes one large block and gives it back untouched. From then on glibc keeps what is freed for
/// what is needed next; left alone, it fetches fresh pages for every list of 128 KiB, and those cost
/// more than what is done with them. Other allocators do not mind.
fn keep_freed_memory() {
    const LARGE: usize = 8 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}
