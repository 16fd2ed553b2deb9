//! The audit trail as values: where things stand in its entries, what an entry is reduced to when it is sealed, and what
//! seals say.

mod canonical;
mod chain;
mod deed;
mod difference;
mod events;
mod expected;
mod finding;
pub mod manifest;
mod merkle;
mod trail;
mod veil;
mod walk;

pub use canonical::{Broken, Digest, Encoder, Leaf, digest_of, document_digest, hex};
pub use chain::{
    Body, ELEMENT_VERSION, Element, Head, Hold, PLATFORM, Prune, Read, Release, Roll, Seal, chain_of, id_of,
};
pub use deed::{Circumstance, Deed, Kind, REST};
pub use difference::{Changed, as_lines, changed, cut, in_brief};
pub use events::{Happened, happened, moment_of};
pub use expected::{BLOCK_SIZE, Block, Expected, Span, Standing};
pub use finding::{Finding, Trouble};
pub use merkle::{Merkle, root_of};
pub use trail::{Entry, OWN_AUDIT, Trail};
pub use veil::Veil;
pub use walk::{Chain, Heads, Signature, Stored, Walk, walk};

use bson::Bson;

use crate::domain::template::plain;

/// A value of an entry as text: identifiers as they are typed, moments in RFC 3339, anything larger as JSON.
pub fn said(value: &Bson) -> String {
    match value {
        Bson::Binary(binary) => match binary.to_uuid() {
            Ok(uuid) => uuid.to_string(),
            Err(_) => format!("{} bytes", binary.bytes.len()),
        },
        Bson::Document(_) | Bson::Array(_) => value.clone().into_relaxed_extjson().to_string(),
        other => plain(other),
    }
}
