//! Signals.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

pub(crate) use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::consts::{SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2, SIGXFSZ};

/// Has signals taken on a thread of their own, one after the other. Those that whoever started us wants
/// ignored stay ignored.
pub(crate) fn listen(take: fn(i32)) {
    let ignored = ignored();
    let wanted = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2].into_iter();
    let wanted = wanted.filter(|signal| ignored >> (signal - 1) & 1 == 0);
    if let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) {
        std::thread::spawn(move || {
            for signal in signals.forever() {
                take(signal);
            }
        });
    }
}

/// The signals that whoever started us wants ignored, as `nohup` does: a bit each, 1 for signal 1.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Ends the process as the signal would have. The core that QUIT leaves would hold what is secret.
pub(crate) fn die(signal: i32) {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

/// Ends the process as a closed pipe ends other programs.
pub(crate) fn die_of_broken_pipe() {
    let _ = signal_hook::low_level::emulate_default_handler(SIGPIPE);
}

/// Sends a signal to a child, unless the terminal has done so.
pub(crate) fn pass_on(signal: i32, child: u32) {
    let from_terminal = (signal == SIGINT || signal == SIGQUIT) && in_foreground();
    if !from_terminal
        && let Some(pid) = i32::try_from(child).ok().and_then(rustix::process::Pid::from_raw)
        && let Some(signal) = rustix::process::Signal::from_named_raw(signal)
    {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Whether the terminal sends its signals to our process group, so that a child has got them too.
fn in_foreground() -> bool {
    rustix::termios::tcgetpgrp(rustix::stdio::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Turns the signal that a file grew past `ulimit -f` into an error of the write.
pub(crate) fn survive_file_size_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
    });
}
