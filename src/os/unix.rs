//! Unix.

pub(super) mod machine;
pub(super) mod programs;
pub(super) mod sockets;
pub(crate) mod terminal;
pub(super) mod text;
