//! Tokens: what flowbit issued is remembered by digest, what was taken back stands where it can be looked up.

pub mod check;
mod cut;
mod entry;
pub mod issue;
mod lookup;
pub mod mint;
pub mod read;
pub mod refresh;
pub mod revoke;
mod subject;
pub mod verdict;
pub mod verify;

pub use cut::Whom;
pub use entry::{Entry, Stands};
pub use subject::Subject;

use bson::{Document, doc};

use crate::domain::plan::Namespace;
use crate::domain::template::Var;
use crate::error::Result;
use crate::ops::House;
use crate::store::Pen;

/// The tokens that flowbit issued: digests and facts, never a token. Entries end with the token.
pub const TOKENS: &str = "flowbit_tokens";

/// What was taken back. Entries end when no token that they concern can be good any more.
pub const REVOKED: &str = "flowbit_revoked";

/// An index that deletes an entry when the moment in this field has come.
fn ends_at(path: &str) -> Document {
    doc! { "key": { path: 1 }, "name": format!("{path}_ends"), "expireAfterSeconds": 0 }
}

impl House<'_> {
    /// Makes the collections of tokens with the indexes by which their entries end, where they are missing.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn ensure_tokens(&self) -> Result<()> {
        let Some(shape) = &self.platform.token else { return Ok(()) };
        let mut places = vec![
            (
                self.master(TOKENS),
                vec![
                    ends_at("expires"),
                    doc! { "key": { "hash": 1 }, "name": "hash_1" },
                    doc! { "key": { "org": 1 }, "name": "org_1" },
                ],
            ),
            (self.master(REVOKED), vec![ends_at("until")]),
        ];
        for store in shape.refresh_store.iter().chain(&shape.revocations) {
            let mut specs: Vec<Document> =
                store.indexes.iter().map(crate::domain::description::IndexShape::spec).collect();
            specs.extend(store.fields.path_of(Var::TokenExpires).map(ends_at));
            places.push((self.master(&store.collection), specs));
        }
        for (ns, specs) in places {
            self.ensure_indexed(&ns, specs).await?;
        }
        Ok(())
    }

    /// Makes the indexes that are missing, by what they are on.
    async fn ensure_indexed(&self, ns: &Namespace, specs: Vec<Document>) -> Result<()> {
        let there = self.store.indexes(ns).await?;
        let same =
            |spec: &Document| there.iter().any(|index| index.get_document("key").ok() == spec.get_document("key").ok());
        let missing: Vec<Document> = specs.into_iter().filter(|spec| !same(spec)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let doing = format!("creating indexes of {ns}");
        Pen::free(self.store).create_indexes(ns, &missing).await.map_err(|failure| failure.into_error(&doing))
    }
}
