//! What can be done with organizations. One verb, one file.

pub mod create;
pub mod delete;
pub mod find;
pub mod kept;
pub mod list;
pub mod purge;
mod relocate;
pub mod rename;
pub mod restore;
pub mod show;

pub use find::Org;
pub use kept::Gone;
