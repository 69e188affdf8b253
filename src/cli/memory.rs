//! Memory as the system gives it. A page that is touched for the first time costs more than what is done
//! with it, and a document of 10,000 leaves touches two thousand.
//!
//! This is advice to the allocator of glibc and to the kernel, and nothing depends on it: elsewhere it is
//! left out, and others do as they please.
//!
//! # Why there is `unsafe` here
//!
//! The kernel takes advice about an address and a length, so every crate marks the call unsafe. Advice to
//! use large pages, and to have them ready, changes neither what memory holds nor whose it is. What is named
//! is the room of a `Vec`: one that is alive, or what the allocator has got back of it, wherever that is by
//! then, for a range that is not mapped any more is refused.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Blocks up to this size come from one heap that grows, if the allocator has once seen a larger one freed
/// (glibc's largest threshold is 32 MiB).
const LARGEST: usize = 30 << 20;
/// What is worth the advice: a smaller file does not touch as much as two large pages.
const LARGE_FILE: usize = 96 << 10;

/// How many times its length a file needs, with all that is made of it. A small plaintext needs more: its
/// tokens are longer than its values.
const AROUND: usize = 6;
const LEAST: usize = 8 << 20;

/// What a line of a document needs beside twice its length if its values become tokens: half of what short
/// values take, for there are long ones.
const AROUND_LINE: usize = 500;

/// How many times its length all that is made of a file can take: many short values that are encrypted.
const AT_MOST: usize = 64;
/// Room that nobody touches costs nothing, but should not look like a mistake.
const BLOCKS: usize = 8;
/// What keeps the room together: longer than any gap in the heap as it is at the start.
const LID: usize = 256 << 10;

/// What the kernel calls a large page, on the machines that we know.
const LARGE_PAGE: usize = 2 << 20;

/// Takes one large block and gives it back untouched. From then on glibc keeps what is freed for
/// what is needed next; left alone, it fetches fresh pages for every list of 128 KiB.
pub(crate) fn keep_what_is_freed() {
    drop(room(LARGEST + (1 << 20)));
}

/// Asks for large pages for what a file of `length` bytes will need, and for a second thread, which begins with
/// touching them: to clear one takes longer than what is done in it.
pub(crate) fn prepare_for(length: usize) {
    static DONE: AtomicBool = AtomicBool::new(false);
    if length < LARGE_FILE || DONE.swap(true, Ordering::Relaxed) {
        return;
    }
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        set_room_aside(length);
    }
    // The first pages are touched there meanwhile.
    resops::threads::prepare(touch_next);
}

/// Takes room for a file of `length` bytes, to be of large pages, and gives it back to the allocator, which
/// keeps it.
fn set_room_aside(length: usize) {
    // They lie behind each other, and what comes next is cut from there.
    let count = (length.saturating_mul(AT_MOST) / LARGEST).clamp(1, BLOCKS);
    let mut blocks: Vec<_> = (0..count).map(|_| room(LARGEST)).collect();
    blocks.iter_mut().for_each(advise);
    let has_room = blocks.iter().all(|block| block.capacity() > 0);
    let start = blocks[0].as_ptr().addr();
    let large_pages = start.next_multiple_of(LARGE_PAGE);
    // While something lies behind them, the allocator does not give them back to the system.
    std::mem::forget(room(LID));
    drop(blocks);
    // What lies before the first large page is left alone: room that nobody touches costs nothing.
    std::mem::forget(room(large_pages - start));
    // The first of them is touched by who needs it first.
    let first = large_pages + LARGE_PAGE;
    START.store(first, Ordering::Relaxed);
    NEXT.store(first, Ordering::Relaxed);
    // A longer list has pages of its own, and a file of that length is mostly one.
    let needed = if has_room && length <= LARGEST { (length * AROUND).clamp(LEAST, LARGEST) } else { 0 };
    END.store(first + needed, Ordering::Relaxed);
    ROOM.store(if has_room { count * LARGEST - 2 * LARGE_PAGE } else { 0 }, Ordering::Relaxed);
}

/// Has the second thread go on touching while a document is parsed whose leaves are to be sealed: short lines
/// take many times their length.
pub(crate) fn prepare_for_tokens(source: &[u8]) {
    if source.len() > LARGEST {
        return;
    }
    let start = START.load(Ordering::Relaxed);
    let lines = memchr::memchr_iter(b'\n', source).count();
    let needed = (2 * source.len() + lines * AROUND_LINE).min(ROOM.load(Ordering::Relaxed));
    if END.fetch_max(start + needed, Ordering::Relaxed) < start + needed {
        resops::threads::prepare(touch_next);
    }
}

/// The large pages that the second thread is to touch: where they begin, how many bytes there are, where the
/// next one begins, and where the last one that is wanted so far ends.
static START: AtomicUsize = AtomicUsize::new(0);
static ROOM: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// Touches the next large page; whether there was one.
fn touch_next() -> bool {
    let page = NEXT.fetch_add(LARGE_PAGE, Ordering::Relaxed);
    let is_wanted = page < END.load(Ordering::Relaxed);
    if is_wanted {
        populate(page);
    } else {
        NEXT.fetch_sub(LARGE_PAGE, Ordering::Relaxed);
    }
    is_wanted
}

/// Untouched memory; none where there is none.
fn room(length: usize) -> Vec<u8> {
    let mut room = Vec::new();
    let _ = room.try_reserve_exact(length);
    // Else the compiler leaves it out, for nothing is put there.
    std::hint::black_box(room)
}

/// Asks for large pages for the free room of `block`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)] // see above
fn advise(block: &mut Vec<u8>) {
    use rustix::mm::{Advice, madvise};

    const PAGE: usize = 4096;
    let room = block.spare_capacity_mut();
    let start = room.as_mut_ptr();
    let skipped = start.align_offset(PAGE);
    if let Some(length) = room.len().checked_sub(skipped) {
        // Advice: nothing is written, and what is named lies within `room`.
        let _ = unsafe { madvise(start.wrapping_add(skipped).cast(), length, Advice::LinuxHugepage) };
    }
}

/// Has the kernel get the large page at this address ready. One that is not to be had there any more is left
/// out.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)] // see above
fn populate(page: usize) {
    use rustix::mm::{Advice, madvise};

    // Advice: what a page holds stays as it is.
    let page = std::ptr::without_provenance_mut(page);
    let _ = unsafe { madvise(page, LARGE_PAGE, Advice::LinuxPopulateWrite) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn advise(_block: &mut Vec<u8>) {}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn populate(_page: usize) {}
