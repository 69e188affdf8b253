//! Ctrl-C, Ctrl-Break and the closing of the console: all are [`SIGINT`] here. The console tells every process
//! in it, so children have got them too.

/// Not sent on Windows.
pub(crate) const SIGHUP: i32 = 1;
/// What the console asks.
pub(crate) const SIGINT: i32 = 2;
/// Not sent on Windows.
pub(crate) const SIGTERM: i32 = 15;

/// What a program ends with that Ctrl-C ended.
const CONTROL_C_EXIT: u32 = 0xc000_013a;

/// Has them taken on a thread of their own, one after the other.
pub(crate) fn listen(take: fn(i32)) {
    let _ = ctrlc::set_handler(move || take(SIGINT));
}

/// Ends the process as Ctrl-C would have.
#[allow(clippy::disallowed_methods)] // the main thread waits for a child; what has to be undone is undone
pub(crate) fn die(_signal: i32) {
    std::process::exit(CONTROL_C_EXIT.cast_signed());
}

/// Nothing: a closed pipe is an error of the write and nothing else.
pub(crate) const fn die_of_broken_pipe() {}

/// Nothing: the console does it.
pub(crate) const fn pass_on(_signal: i32, _child: u32) {}

/// Nothing: there is no such limit.
pub(crate) const fn survive_file_size_limit() {}
