//! `git`: what makes git at home with encrypted files.
//!
//! [`setup`] tells git about us; the rest is what git then calls, and `resolve` for people.

mod attributes;
mod filter;
mod merge;
mod packets;
mod patterns;
mod repository;
mod setup;
mod textconv;

pub(crate) use filter::{clean, filter_process, smudge};
pub(crate) use merge::{merge_driver, mergetool, resolve};
pub(crate) use setup::{install, uninstall};
pub(crate) use textconv::textconv;
