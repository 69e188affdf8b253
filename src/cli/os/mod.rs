//! What differs between systems, for the command line: the same small interface on each, so that no command
//! asks which one it is on. What backends need too is in [`resops::os`].
//!
//! | module | Unix | Windows |
//! |---|---|---|
//! | `files` | modes, owners and extended attributes are kept; a file of several names is written where it stands | the same for names; access lists are those of the folder |
//! | `places` | `$TMPDIR`, a place in memory, `/tmp`; `$PWD` | `%TMP%`; the working directory of the system |
//! | `processes` | `/bin/sh -c`, exec, other users | `cmd.exe /C` |
//! | `signals` | HUP, INT, QUIT, TERM, USR1, USR2; a child is told | Ctrl-C, Ctrl-Break and the closing of the console, which a child gets by itself |
//! | `fifo` | a named pipe | none |

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{fifo, files, places, processes, signals};
#[cfg(windows)]
pub(crate) use windows::{fifo, files, places, processes, signals};
