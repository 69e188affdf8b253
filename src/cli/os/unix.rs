//! Unix.

pub(crate) mod fifo;
pub(crate) mod files;
pub(crate) mod places;
pub(crate) mod processes;
pub(crate) mod signals;
