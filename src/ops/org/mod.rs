//! What can be done with organizations. One verb, one file.

pub mod create;
pub mod delete;
pub mod find;
pub mod list;
pub mod purge;
pub mod rename;
pub mod restore;
pub mod show;

pub use find::{Gone, Org};
