//! Where the scheduler lets a thread run.

pub(super) use system::Place;

#[cfg(target_os = "linux")]
mod system {
    use std::sync::OnceLock;

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

    /// A thread, once it has begun, and the processors that it may use.
    pub(in crate::threads) struct Place(OnceLock<(Pid, CpuSet)>);

    impl Place {
        pub(in crate::threads) const fn new() -> Self {
            Self(OnceLock::new())
        }

        /// Makes this the place of the thread that calls.
        pub(in crate::threads) fn is_mine(&self) {
            if let Ok(all) = sched_getaffinity(None) {
                let _ = self.0.set((gettid(), all));
            }
        }

        /// Lets the thread begin on any processor but the caller's. A wish: where there is no other, or the
        /// system refuses, nothing changes.
        pub(in crate::threads) fn elsewhere(&self) {
            if let Some((thread, all)) = self.0.get() {
                let mut others = *all;
                others.unset(sched_getcpu());
                let _ = sched_setaffinity(Some(*thread), &others);
            }
        }

        /// Lets the thread go on wherever there is room.
        pub(in crate::threads) fn anywhere(&self) {
            if let Some((thread, all)) = self.0.get() {
                let _ = sched_setaffinity(Some(*thread), all);
            }
        }
    }
}

/// Elsewhere the scheduler is left to itself.
#[cfg(not(target_os = "linux"))]
mod system {
    pub(in crate::threads) struct Place;

    impl Place {
        pub(in crate::threads) const fn new() -> Self {
            Self
        }

        pub(in crate::threads) fn is_mine(&self) {}

        pub(in crate::threads) fn elsewhere(&self) {}

        pub(in crate::threads) fn anywhere(&self) {}
    }
}
