//! What can be done with organizations. One verb, one file.

mod aliases;
pub mod create;
pub mod delete;
pub mod find;
pub mod footprint;
pub mod kept;
mod keyless;
pub mod list;
pub mod purge;
mod rekey;
mod relocate;
pub mod rename;
pub mod restore;
pub mod show;

pub use find::Org;
pub use kept::Gone;
