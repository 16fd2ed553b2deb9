//! The audit trail as values: where things stand in its entries, what an entry is reduced to when it is sealed, and what
//! seals say.

mod trail;

pub use trail::{Entry, OWN_AUDIT, Trail};
