//! Tokens that still need a key.

use bson::{Bson, DateTime, doc};

use crate::domain::plan::Namespace;
use crate::error::Result;
use crate::ops::token::TOKENS;
use crate::store::Store;

/// Tokens that a key signed and that are good now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Living {
    /// How many.
    pub count: u64,
    /// When the last of them ends.
    pub until: DateTime,
}

/// The tokens that this key signed, that are not over and were not taken back; none where there is none. What the
/// backend itself issued is not known.
///
/// # Errors
/// What the server refuses.
pub async fn living(store: &Store, kid: &str) -> Result<Option<Living>> {
    let ns = Namespace::new(store.master(), TOKENS);
    let now = store.server_time().await?;
    let filter = doc! { "key": kid, "expires": { "$gt": now }, "revoked": Bson::Null };
    let found = store.find(&ns, filter, Some(doc! { "expires": 1 }), None).await?;
    let until = found.iter().filter_map(|token| token.get_datetime("expires").ok()).max();
    Ok(until.map(|until| Living { count: u64::try_from(found.len()).unwrap_or(u64::MAX), until: *until }))
}
