//! The services that wrap and unwrap data keys, a feature each.
//!
//! A backend is a [`KeyService`](crate::keys::KeyService) and knows no documents. What it needs of
//! the machine (environment, files, programs, a terminal) it asks of a host that its maker passes
//! in; it does nothing before the first key is wrapped or unwrapped.

pub mod age;
#[cfg(feature = "network")]
pub mod network;
