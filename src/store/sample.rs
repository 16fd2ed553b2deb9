//! Looking at a collection nobody has described yet: a few documents from both ends. Never writes.

use std::time::Duration;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

use super::{Failure, Store};
use crate::domain::plan::Namespace;

/// Nobody waits longer than this for one look.
const PATIENCE: Duration = Duration::from_secs(10);

impl Store {
    /// At most `n` documents: the oldest and the newest by `_id`, each once, the oldest first. The same question gets
    /// the same answer, which a random sample would not give.
    ///
    /// # Errors
    /// What the server says.
    pub async fn sample(&self, ns: &Namespace, n: i64) -> Result<Vec<Document>, Failure> {
        let half = n.max(2) / 2;
        let mut documents = self.end_of(ns, 1, half).await?;
        if i64::try_from(documents.len()).unwrap_or(i64::MAX) < half {
            return Ok(documents);
        }
        let newest = self.end_of(ns, -1, half).await?;
        let known: Vec<Option<Bson>> = documents.iter().map(|d| d.get("_id").cloned()).collect();
        documents.extend(newest.into_iter().rev().filter(|d| !known.contains(&d.get("_id").cloned())));
        Ok(documents)
    }

    async fn end_of(&self, ns: &Namespace, direction: i32, n: i64) -> Result<Vec<Document>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let found = collection.find(doc! {}).sort(doc! { "_id": direction }).limit(n).max_time(PATIENCE).await?;
        Ok(found.try_collect().await?)
    }

    /// How many documents a collection has, by its metadata: cheap, and good enough to know whether a sample is all.
    ///
    /// # Errors
    /// What the server says.
    pub async fn rough_count(&self, ns: &Namespace) -> Result<u64, Failure> {
        Ok(self.database(&ns.db).collection::<Document>(&ns.coll).estimated_document_count().max_time(PATIENCE).await?)
    }
}
