//! The audit trail: asking, following, exporting it, and proving that nobody altered it.

mod ask;
pub mod export;
mod keys;
mod proof;
mod prune;
mod seal;
mod verify;
mod verify_file;

pub use ask::{Asked, Condition, Window};
pub use keys::SealKeys;
pub use proof::Counts;
pub use prune::{Erasable, HoldState, Pruning};
pub use seal::{Sealed, SealedRun, Sealing};
pub use verify::{ChainState, Verified};
pub use verify_file::{FileVerified, verify_file};
