//! A second thread, for work on a large file that falls into two halves.
//!
//! It is made once and kept, and told to begin on another processor than the one that has work for it. Left
//! to itself it mostly begins behind that one, on the same processor, and stays there for some
//! milliseconds, which is all the time there is: a new thread does, and on a virtual machine one that is
//! woken, too, because Linux takes a processor that sleeps there for one that is taken away. (Two
//! processors, 1.5 ms of work: it began within 0.4 ms in 42 of 48 cases, and in 24 of 48 if left to itself.)

mod place;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

use place::Place;
use rayon_core::{ThreadPool, ThreadPoolBuilder};

/// The second thread. Who works on many files at a time has threads enough: there is one of it, and it
/// has one thing to do at a time.
struct Helper {
    /// `None` where the system gives no thread.
    pool: Option<ThreadPool>,
    state: AtomicU8,
}

/// It has nothing to do.
const FREE: u8 = 0;
/// It prepares something, step by step.
const PREPARES: u8 = 1;
/// It prepares something, and is to stop after this step.
const IS_TO_STOP: u8 = 2;
/// It has something to do that somebody waits for.
const TAKEN: u8 = 3;

static HELPER: LazyLock<Helper> = LazyLock::new(|| {
    let thread = ThreadPoolBuilder::new().num_threads(1).thread_name(|_| "second".to_owned());
    Helper { pool: thread.start_handler(|_| PLACE.is_mine()).build().ok(), state: AtomicU8::new(FREE) }
});

static PLACE: Place = Place::new();

/// The right to give the helper something to do.
struct Turn<'a>(&'a AtomicU8);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(FREE, Ordering::Release);
    }
}

impl Helper {
    /// Takes the helper; from preparing something, after a step.
    fn take(&self) -> Option<(&ThreadPool, Turn<'_>)> {
        let pool = self.pool.as_ref()?;
        loop {
            let from =
                |state, to| self.state.compare_exchange(state, to, Ordering::Acquire, Ordering::Relaxed);
            match from(FREE, TAKEN) {
                Ok(_) => return Some((pool, Turn(&self.state))),
                Err(TAKEN) => return None,
                Err(PREPARES) => drop(from(PREPARES, IS_TO_STOP)),
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    /// Takes step after step, until one says that it was the last or somebody takes the helper.
    fn prepare(&self, turn: Turn<'_>, mut step: impl FnMut() -> bool) {
        self.state.store(PREPARES, Ordering::Release);
        while step() && self.state.load(Ordering::Relaxed) == PREPARES {}
        drop(turn);
    }
}

/// Has the second thread prepare something that nobody waits for, by steps of less than a millisecond: until
/// one says that it was the last, or until there is something else to do. The thread is made if need be.
pub fn prepare(step: impl FnMut() -> bool + Send + 'static) {
    let helper = LazyLock::force(&HELPER);
    // It has to run for a moment to be known.
    std::thread::yield_now();
    if let Some((pool, turn)) = helper.take() {
        PLACE.elsewhere();
        pool.spawn(move || helper.prepare(turn, step));
        PLACE.anywhere();
    }
}

/// Does two things at the same time; one after the other where there is no second thread, or where it
/// has something else to do.
pub(crate) fn both<A, B: Send>(here: impl FnOnce() -> A, beside: impl FnOnce() -> B + Send) -> (A, B) {
    let Some((pool, _turn)) = HELPER.take() else { return (here(), beside()) };
    let mut second = None;
    PLACE.elsewhere();
    let first = pool.in_place_scope(|scope| {
        scope.spawn(|_| second = Some(beside()));
        PLACE.anywhere();
        here()
    });
    (first, second.expect("the scope ends when all that is spawned in it has ended"))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn two_things_are_done_and_a_panic_comes_through() {
        let text = "abc".to_owned();
        // Other tests may have the helper at the moment.
        for _ in 0..100 {
            let outcome = both(|| text.len(), || both(|| text.as_bytes()[0], || text.as_bytes()[2]));
            assert_eq!(outcome, (3, (b'a', b'c')));
        }
        for _ in 0..3 {
            assert!(catch_unwind(AssertUnwindSafe(|| both(|| 1, || panic!("beside")))).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| both(|| panic!("here"), || 1))).is_err());
        }
    }

    #[test]
    fn what_nobody_waits_for_gives_way() {
        let helper: &Helper = Box::leak(Box::new(Helper {
            pool: ThreadPoolBuilder::new().num_threads(1).build().ok(),
            state: AtomicU8::new(FREE),
        }));
        let (pool, turn) = helper.take().expect("nobody else has this one");
        let (steps, seen) = std::sync::mpsc::channel();
        pool.spawn(move || helper.prepare(turn, || steps.send(()).is_ok()));
        seen.recv().expect("a step");
        let (_, turn) = helper.take().expect("it stops");
        while seen.try_recv().is_ok() {}
        assert!(seen.recv().is_err(), "no more steps");
        drop(turn);
        let (pool, turn) = helper.take().expect("nobody has it");
        let mut left = 3;
        pool.spawn(move || {
            helper.prepare(turn, || {
                left -= 1;
                left > 0
            });
        });
        pool.install(|| assert_eq!(helper.state.load(Ordering::Acquire), FREE, "the last step is the end"));
    }

    #[test]
    fn they_are_done_at_the_same_time() {
        let helper =
            Helper { pool: ThreadPoolBuilder::new().num_threads(1).build().ok(), state: AtomicU8::new(FREE) };
        let (pool, turn) = helper.take().expect("nobody else has this one");
        assert!(helper.take().is_none(), "it has one thing to do at a time");
        let met = Barrier::new(2);
        pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                met.wait();
            });
            met.wait();
        });
        drop(turn);
        assert!(helper.take().is_some());
    }
}
