//! Whole collections as the server sends them: batches of documents that are not copied, the next one on its way while
//! the last is worked on.

use std::time::Duration;

use bson::{Document, RawDocument, RawDocumentBuf};
use futures_util::StreamExt;
use mongodb::options::Hint;
use mongodb::raw_batch_cursor::RawBatch;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Failure, Store};
use crate::domain::plan::Namespace;

/// Batches that wait to be worked on.
const AHEAD: usize = 2;

/// Documents in a batch. Larger ones are no faster, and do not stay in the processor's cache.
const BATCH: u32 = 10_000;

/// What to read, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Sweep {
    /// Which documents.
    pub filter: Document,
    /// In which order; the server's own where none is said.
    pub sort: Option<Document>,
    /// Only these fields.
    pub projection: Option<Document>,
    /// The keys of the index to go along.
    pub hint: Option<Document>,
    /// Where in that index to begin.
    pub min: Option<Document>,
}

/// Documents as the server sent them.
#[derive(Debug)]
pub struct Batch(RawBatch);

impl Batch {
    /// The documents.
    ///
    /// # Errors
    /// An answer that is none.
    pub fn each(&self, mut with: impl FnMut(&RawDocument)) -> Result<(), Failure> {
        for document in self.0.doc_slices()? {
            let document = document.map_err(|e| Failure::reported(-1, e.to_string()))?;
            if let Some(document) = document.as_document() {
                with(document);
            }
        }
        Ok(())
    }
}

/// Batches on their way.
#[derive(Debug)]
pub struct Batches {
    coming: mpsc::Receiver<Result<Batch, Failure>>,
    reader: JoinHandle<()>,
}

impl Batches {
    /// The next batch; none at the end.
    pub async fn next(&mut self) -> Result<Option<Batch>, Failure> {
        self.coming.recv().await.transpose()
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Store {
    /// Reads documents in batches. Nothing is read before the first is asked for but what fits ahead.
    pub async fn sweep(&self, ns: &Namespace, sweep: Sweep) -> Result<Batches, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let mut find = collection.find(sweep.filter).batch_size(BATCH).no_cursor_timeout(true).allow_disk_use(true);
        if let Some(sort) = sweep.sort {
            find = find.sort(sort);
        }
        if let Some(projection) = sweep.projection {
            find = find.projection(projection);
        }
        if let Some(hint) = sweep.hint {
            find = find.hint(Hint::Keys(hint));
        }
        if let Some(min) = sweep.min {
            find = find.min(min);
        }
        let mut cursor = find.max_time(Duration::from_secs(24 * 3600)).batch().await?;
        let (sender, coming) = mpsc::channel(AHEAD);
        let reader = tokio::spawn(async move {
            while let Some(batch) = cursor.next().await {
                let batch = batch.map(Batch).map_err(Failure::from);
                let is_over = batch.is_err();
                if sender.send(batch).await.is_err() || is_over {
                    break;
                }
            }
        });
        Ok(Batches { coming, reader })
    }
}
