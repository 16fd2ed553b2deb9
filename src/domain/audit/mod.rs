//! The audit trail as values: where things stand in its entries, what an entry is reduced to when it is sealed, and what
//! seals say.

mod canonical;
mod chain;
mod expected;
mod finding;
pub mod manifest;
mod merkle;
mod trail;
mod walk;

pub use canonical::{Broken, Digest, Encoder, Leaf, digest_of, document_digest, hex};
pub use chain::{
    Body, ELEMENT_VERSION, Element, Head, Hold, PLATFORM, Prune, Read, Release, Roll, Seal, chain_of, id_of,
};
pub use expected::{BLOCK_SIZE, Block, Expected, Span, Standing};
pub use finding::{Finding, Trouble};
pub use merkle::{Merkle, root_of};
pub use trail::{Entry, OWN_AUDIT, Trail};
pub use walk::{Chain, Signature, Stored, Walk, walk};
