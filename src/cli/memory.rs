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

use std::sync::atomic::{AtomicBool, Ordering};

/// Blocks up to this size come from one heap that grows, if the allocator has once seen a larger one freed
/// (glibc's largest threshold is 32 MiB).
const LARGEST: usize = 30 << 20;
/// What is worth the advice: a smaller file does not touch as much as two large pages.
const LARGE_FILE: usize = 96 << 10;

/// How many times its length a file needs, with all that is made of it. A small plaintext needs more: its
/// tokens are longer than its values.
const AROUND: usize = 6;
const LEAST: usize = 8 << 20;

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
    // A longer list has pages of its own, and a file of that length is mostly one.
    let needed = if has_room && length <= LARGEST { (length * AROUND).clamp(LEAST, LARGEST) } else { 0 };
    // The first is touched here meanwhile.
    resops::threads::get_ready(move || populate(large_pages + LARGE_PAGE, needed));
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

/// Has the kernel get large pages ready, `length` bytes from the address `start` on. What is no longer to be
/// had there is left out.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)] // see above
fn populate(start: usize, length: usize) {
    use rustix::mm::{Advice, madvise};

    for page in (start..start + length).step_by(LARGE_PAGE) {
        // Advice: what a page holds stays as it is.
        let page = std::ptr::without_provenance_mut(page);
        let _ = unsafe { madvise(page, LARGE_PAGE, Advice::LinuxPopulateWrite) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn advise(_block: &mut Vec<u8>) {}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn populate(_start: usize, _length: usize) {}
