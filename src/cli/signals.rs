//! Signals: temporary plaintext goes away whatever ends the run, and a closed pipe ends it quietly.
//!
//! Rust programs ignore SIGPIPE from the start, so it shows as an error of a write. Children get the
//! usual handling back when they are started.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{LazyLock, Mutex, Once, PoisonError, RwLock};

use super::os::files;
pub(crate) use super::os::signals::survive_file_size_limit;
use super::os::signals::{self, SIGHUP, SIGINT, SIGTERM};

/// What has to be removed before the process ends.
static DOOMED: LazyLock<Mutex<Vec<PathBuf>>> = LazyLock::new(Mutex::default);

/// Held for writing from the moment a signal ends the run.
static ENDING: RwLock<()> = RwLock::new(());

/// Takes a short step that the end of the run must not fall into: a file that is made, or that gets its
/// name. Once the run is ending there are no more steps.
pub(crate) fn undisturbed<T>(step: impl FnOnce() -> T) -> T {
    let _going_on = ENDING.read().unwrap_or_else(PoisonError::into_inner);
    step()
}

/// What is done before the run ends by a signal.
type LastWords = Box<dyn FnOnce() + Send>;

static LAST_WORDS: Mutex<Option<LastWords>> = Mutex::new(None);

/// Has something done before a HUP or a TERM ends the run while somebody edits. INT and QUIT are typed by
/// someone who wants it to be dropped.
#[must_use]
pub(crate) fn before_the_end(words: impl FnOnce() + Send + 'static) -> Unsaid {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(words));
    Unsaid
}

/// Makes that superfluous when it is dropped.
pub(crate) struct Unsaid;

impl Drop for Unsaid {
    fn drop(&mut self) {
        *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What happens on a signal that asks the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnSignal {
    /// Temporary files are removed and the process dies of the signal.
    Die,
    /// As sops does while it waits for the editor: INT and TERM end the run with exit 1 and a word;
    /// others as in [`OnSignal::Die`]. The editor with this id is told too: its file is gone.
    Cancel(Option<u32>),
    /// As sops does while it serves keys: INT and TERM end the run with a word and exit 0; others as in
    /// [`OnSignal::Die`].
    Stop,
    /// The signal is passed on to the child with this id, and its end is ours. What a terminal sends
    /// to the whole group is not sent again.
    Forward(u32),
}

static POLICY: Mutex<OnSignal> = Mutex::new(OnSignal::Die);

/// Sets what happens from now on.
pub(crate) fn on_signal(policy: OnSignal) {
    *POLICY.lock().unwrap_or_else(PoisonError::into_inner) = policy;
    watch();
}

/// Makes what signals have to know of, and sets what happens from then on. A signal that arrives
/// meanwhile waits.
///
/// # Errors
///
/// That of `make`; then nothing is set.
pub(crate) fn set_up<T, E>(policy: OnSignal, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    watch();
    let mut current = POLICY.lock().unwrap_or_else(PoisonError::into_inner);
    let made = make()?;
    *current = policy;
    Ok(made)
}

/// Starts a child and sets what happens to it from then on. A signal that arrives in between waits until
/// there is a child to tell.
///
/// # Errors
///
/// If the child does not start.
pub(crate) fn start(command: &mut Command, policy: impl FnOnce(u32) -> OnSignal) -> std::io::Result<Child> {
    watch();
    let mut current = POLICY.lock().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn()?;
    *current = policy(child.id());
    Ok(child)
}

/// Keeps a path on the list of what is removed when the run is ended by a signal.
#[must_use]
pub(crate) fn remove_if_killed(path: &Path) -> Guard {
    doomed(|list| list.push(path.to_path_buf()));
    watch();
    Guard(path.to_path_buf())
}

/// Takes its path off the list when it is dropped.
pub(crate) struct Guard(PathBuf);

impl Drop for Guard {
    fn drop(&mut self) {
        doomed(|list| list.retain(|path| *path != self.0));
    }
}

fn doomed(change: impl FnOnce(&mut Vec<PathBuf>)) {
    change(&mut DOOMED.lock().unwrap_or_else(PoisonError::into_inner));
}

fn remove_all() {
    doomed(|list| {
        list.drain(..).for_each(|path| files::remove(&path));
    });
}

/// Starts the thread that takes signals, once. Without it a signal just ends the process.
fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| signals::listen(take));
}

#[allow(clippy::disallowed_methods)] // the main thread waits for a child; what has to be undone is undone here
fn take(signal: i32) {
    // Locked until the end: when the editor ends of the same signal, the main thread must not go on.
    let policy = POLICY.lock().unwrap_or_else(PoisonError::into_inner);
    match *policy {
        OnSignal::Forward(child) => signals::pass_on(signal, child),
        OnSignal::Cancel(editor) => {
            // The lock is held meanwhile, so that whoever has done without does not go on either.
            let mut words = LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner);
            if let (Some(words), SIGHUP | SIGTERM) = (words.take(), signal) {
                words();
            }
            drop(words);
            let _ending = ENDING.write().unwrap_or_else(PoisonError::into_inner);
            remove_all();
            if let Some(editor) = editor {
                signals::pass_on(signal, editor);
            }
            if signal == SIGINT || signal == SIGTERM {
                super::ui::say("User canceled operation\n");
                std::process::exit(1);
            }
            signals::die(signal);
        }
        OnSignal::Stop if signal == SIGINT || signal == SIGTERM => {
            let name = if signal == SIGINT { "interrupt" } else { "terminated" };
            let message = format!("Caught signal {name}: shutting down.");
            super::ui::log_with("KEYSERVICE", super::ui::Level::Info, &message, &[]);
            remove_all();
            std::process::exit(0);
        }
        OnSignal::Stop => {
            remove_all();
            signals::die(signal);
        }
        OnSignal::Die => {
            let _ending = ENDING.write().unwrap_or_else(PoisonError::into_inner);
            remove_all();
            signals::die(signal);
        }
    }
}

/// Ends the process as a closed pipe ends other programs. Temporary files are removed first.
pub(crate) fn die_of_broken_pipe() {
    remove_all();
    signals::die_of_broken_pipe();
}
