//! Where the program begins, on Linux with glibc.
//!
//! Before `main` Rust's standard library finds out where the main thread's stack ends, to have words for one
//! that overflows. The C library reads that from the list of everything that is mapped, line by line, which
//! takes a tenth of the time of a run that does little. What else the standard library does there is done
//! here; a stack that overflows ends the program without those words, by the signal alone.
//!
//! # Why there is `unsafe` here
//!
//! The C library calls the function that has the name `main`, with these arguments and this result (ISO C
//! 5.1.2.2.1), so there has to be one of that name, and it is the only one. What is to be done on a signal
//! is marked unsafe because of what a handler must not do: a signal that is ignored has none.

#![allow(unsafe_code)] // see above

use std::ffi::{c_char, c_int};
use std::io::Write as _;
use std::os::fd::{BorrowedFd, IntoRawFd as _};

use nix::sys::signal::{SigHandler, Signal};
use rustix::fs::{Mode, OFlags};

#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    have_standard_streams();
    // A closed pipe is an error of the write.
    let _ = unsafe { nix::sys::signal::signal(Signal::SIGPIPE, SigHandler::SigIgn) };
    let code = crate::cli::run();
    // What has no line end yet waits in the buffer of the standard library.
    let _ = std::io::stdout().flush();
    code.into()
}

/// Where nobody gave us one of the three streams, there is one that is empty and takes everything. Else the
/// first file that is opened would get its number, and what is said there would end in the file.
fn have_standard_streams() {
    let streams: [fn() -> BorrowedFd<'static>; 3] =
        [rustix::stdio::stdin, rustix::stdio::stdout, rustix::stdio::stderr];
    for stream in streams {
        if rustix::io::fcntl_getfd(stream()).is_ok() {
            continue;
        }
        // It gets the lowest number that is free, which is this one, and our children get it too.
        match rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty()) {
            Ok(empty) => drop(empty.into_raw_fd()),
            Err(_) => std::process::abort(),
        }
    }
}
