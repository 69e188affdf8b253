//! The MAC over a file: SHA-512 over the canonical bytes of its values (file format §7).
use crate::leaf::ValueRef;
/// Which leaves the MAC covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MacScope {
    /// All values.
    #[default]
    AllLeaves,
    /// Those that are encrypted (`mac_only_encrypted`).
    EncryptedLeaves,
}
/// A MAC being computed.
pub struct Mac {}
impl Mac {
    /// Starts one.
    #[must_use]
    pub fn new(_scope: MacScope) -> Self {
        todo!()
    }
    /// Adds a value's canonical bytes. Null adds nothing; comments must not be passed.
    pub fn update(&mut self, _value: ValueRef<'_>) {
        todo!()
    }
    /// 128 upper-case hex digits.
    #[must_use]
    pub fn finish(self) -> String {
        todo!()
    }
}
