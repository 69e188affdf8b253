//! `git`: what makes git at home with encrypted files.
//!
//! [`setup`] tells git about us and [`uninstall`] takes that back; the rest is what git then calls, and `resolve` for people.

mod attributes;
mod filter;
mod hook;
mod merge;
mod packets;
mod patterns;
mod repository;
mod settings;
mod setup;
mod textconv;
mod uninstall;

pub(crate) use filter::{clean, filter_process, smudge};
pub(crate) use hook::{top, write_hook};
pub(crate) use merge::{merge_driver, mergetool, resolve};
pub(crate) use setup::install;
pub(crate) use textconv::textconv;
pub(crate) use uninstall::uninstall;
