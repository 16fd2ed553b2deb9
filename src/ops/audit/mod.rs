//! The audit trail: asking, following, exporting it, and proving that nobody altered it.

mod ask;

pub use ask::{Asked, Condition, Window};
