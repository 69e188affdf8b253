//! Memory as the system gives it. A page that is touched for the first time costs more than what is done
//! with it, and a document of 10,000 leaves touches two thousand.
//!
//! This is advice to the allocator of glibc and to the kernel, and nothing depends on it: elsewhere it is
//! left out, and others do as they please.
//!
//! # Why there is `unsafe` here
//!
//! The kernel takes advice about an address and a length, so every crate marks the call unsafe. Advice to
//! use large pages, or to have pages there before they are touched, changes neither what memory holds nor
//! whose it is. So it does no harm if what is named here, the free end of the heap, is in use by then.

use std::sync::atomic::{AtomicBool, Ordering};

/// Blocks up to this size come from one heap that grows, if the allocator has once seen a larger one freed
/// (glibc's largest threshold is 32 MiB).
const LARGEST: usize = 30 << 20;
/// What is worth the advice: a smaller file does not touch as much as two large pages.
const LARGE_FILE: usize = 96 << 10;

/// What the kernel calls a large page, on the machines that we know.
const LARGE_PAGE: usize = 2 << 20;

/// Takes one large block and gives it back untouched. From then on glibc keeps what is freed for
/// what is needed next; left alone, it fetches fresh pages for every list of 128 KiB.
pub(crate) fn keep_what_is_freed() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGEST + (1 << 20))));
}

/// Asks for large pages for what a file of `length` bytes will need, and has the first of them made ready
/// on another core meanwhile. Of the others, what is touched is taken.
pub(crate) fn prepare_for(length: usize) {
    static DONE: AtomicBool = AtomicBool::new(false);
    if length < LARGE_FILE || DONE.swap(true, Ordering::Relaxed) {
        return;
    }
    // Both end at the top of the heap, and what comes next is cut from there.
    let mut blocks = [Vec::<u8>::new(), Vec::new()];
    for block in &mut blocks {
        if block.try_reserve_exact(LARGEST).is_ok() {
            advise(block.as_ptr(), block.capacity(), Wish::LargePages);
        }
    }
    let small_pages = blocks[0].as_ptr().align_offset(LARGE_PAGE);
    let start = blocks[0].as_ptr().wrapping_add(small_pages).expose_provenance();
    let is_there = small_pages < blocks[0].capacity();
    drop(blocks);
    // What lies before the first large page is left alone: room that nobody touches costs nothing.
    std::mem::forget(Vec::<u8>::with_capacity(small_pages.min(LARGE_PAGE)));
    if is_there && std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
        let pages = likely_need(length).div_ceil(LARGE_PAGE);
        let make_ready = move || {
            (0..pages).all(|page| {
                let page = std::ptr::without_provenance(start + page * LARGE_PAGE);
                advise(page, LARGE_PAGE, Wish::Ready)
            });
        };
        // Nobody waits for it, and nothing is lost if it cannot be.
        let _ = std::thread::Builder::new().spawn(make_ready);
    }
}

/// What a file of `length` bytes takes at least, with all that is made of it: most for a plaintext of
/// short values, less for an encrypted one.
fn likely_need(length: usize) -> usize {
    const AT_FIRST: usize = 12 << 20;
    (length * 32).min(AT_FIRST).max(length * 6).min(LARGEST)
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Wish {
    LargePages,
    /// Pages are there before they are touched.
    Ready,
}

/// Tells the kernel about `length` bytes from `start` on. Says whether it heard.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)] // see above
fn advise(start: *const u8, length: usize, wish: Wish) -> bool {
    use rustix::mm::{Advice, madvise};

    const PAGE: usize = 4096;
    let skipped = start.align_offset(PAGE);
    let advice = match wish {
        Wish::LargePages => Advice::LinuxHugepage,
        Wish::Ready => Advice::LinuxPopulateWrite,
    };
    let Some(length) = length.checked_sub(skipped) else { return false };
    // Advice: nothing is written, whoever has the memory.
    unsafe { madvise(start.wrapping_add(skipped).cast_mut().cast(), length, advice) }.is_ok()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn advise(_start: *const u8, _length: usize, _wish: Wish) -> bool {
    false
}
