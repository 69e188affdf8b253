//! What the versions of a file tell without any key: how old its data key is, who could open it and when,
//! and what of that is still in use.
//!
//! Versions come in as bytes and become [`Version`]s, which keep digests alone; [`story`] draws the
//! conclusions. Where versions come from is the caller's affair. No MAC is verified: that takes the data key.

mod story;
mod version;

pub use story::{Former, Story, story};
pub use version::{ClearText, Holder, Present, Snapshot, Version, present, version};

#[cfg(test)]
mod tests;
