//! The commands, a file each. They put the parts together and hold no rules of their own.

pub(super) mod check;
pub(super) mod completion;
pub(super) mod decrypt;
pub(super) mod edit;
pub(super) mod encrypt;
pub(super) mod exec_env;
pub(super) mod exec_file;
pub(super) mod filestatus;
pub(super) mod git;
pub(super) mod groups;
pub(super) mod help;
pub(super) mod keys_diff;
pub(super) mod keyservice;
pub(super) mod legacy;
pub(super) mod publish;
pub(super) mod reencrypt;
pub(super) mod replace;
pub(super) mod rotate;
pub(super) mod set;
pub(super) mod unset;
pub(super) mod updatekeys;
pub(super) mod version;
