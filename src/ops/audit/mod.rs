//! The audit trail: asking, following, exporting it, and proving that nobody altered it.

mod ask;
mod chisel;
pub mod doctor;
pub mod export;
mod hold;
mod index;
mod keys;
mod names;
mod page;
mod proof;
mod prune;
mod raw;
mod seal;
mod stats;
pub mod tail;
mod timeline;
mod verify;
mod verify_file;

pub use ask::{Asked, Condition, Window};
pub use hold::{HoldChange, HoldState, Wanted as WantedHold};
pub use index::{Indexing, Missing};
pub use keys::SealKeys;
pub use names::Names;
pub use page::{Page, Paging};
pub use proof::Counts;
pub use prune::{Erasable, Pruned, Pruning};
pub use seal::{Sealed, SealedRun, Sealing};
pub use stats::{Dimension, Group, Stats};
pub use timeline::{Event, Place, Source, Story};
pub use verify::{ChainState, Verified};
pub use verify_file::{FileVerified, verify_file};
