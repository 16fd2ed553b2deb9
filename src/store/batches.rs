//! Whole collections as the server sends them: batches of documents that are not copied, the next one on its way while
//! the last is worked on.

use std::time::Duration;

use bson::{Document, RawDocument, RawDocumentBuf, doc};
use futures_util::StreamExt;
use mongodb::options::Hint;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Failure, Store};
use crate::domain::plan::Namespace;
use crate::domain::rawdoc::{Elements, Malformed, alone, at};

/// Batches that wait to be worked on.
const AHEAD: usize = 2;

/// Documents in a batch. Larger ones are no faster, and do not stay in the processor's cache.
const BATCH: u32 = 10_000;

/// Documents in a batch that stays in the cache while each is looked through, and whose room need not be asked for again.
pub const SMALL: u32 = 2_500;

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
    /// Documents in a batch; as many as are read fastest where none is said.
    pub batch: Option<u32>,
}

/// One answer of the server.
#[derive(Debug)]
pub struct Batch {
    answer: RawBatch,
    /// Whether the first document is passed over.
    skips: bool,
}

fn malformed(_: Malformed) -> Failure {
    Failure::reported(-1, "the server's answer is malformed")
}

impl Batch {
    /// The documents, each as an element whose value it is.
    ///
    /// # Errors
    /// Where the answer is none.
    pub fn documents(&self) -> Result<Elements<'_>, Failure> {
        let array = self.answer.doc_slices()?;
        let mut documents = Elements::of(array.as_bytes()).map_err(malformed)?;
        if self.skips {
            documents.next().map_err(malformed)?;
        }
        Ok(documents)
    }

    /// Whether it has no documents.
    ///
    /// # Errors
    /// As for [`Batch::documents`].
    pub fn is_empty(&self) -> Result<bool, Failure> {
        Ok(self.documents()?.next().map_err(malformed)?.is_none())
    }

    /// The last document.
    ///
    /// # Errors
    /// As for [`Batch::documents`].
    pub fn last(&self) -> Result<Option<&[u8]>, Failure> {
        let mut documents = self.documents()?;
        let mut last = None;
        while let Some(document) = documents.next().map_err(malformed)? {
            last = Some(document.value);
        }
        Ok(last)
    }

    /// Passes over the first document, if it is the one with this identifier, `{ _id: … }` as bytes.
    ///
    /// # Errors
    /// As for [`Batch::documents`].
    pub fn skip(&mut self, id: &[u8]) -> Result<(), Failure> {
        let first = self.documents()?.next().map_err(malformed)?;
        let same = first.and_then(|first| at(first.value, "_id")).is_some_and(|found| alone(found) == id);
        self.skips = same;
        Ok(())
    }

    /// Looks at each document.
    ///
    /// # Errors
    /// As for [`Batch::documents`].
    pub fn each(&self, mut with: impl FnMut(&RawDocument)) -> Result<(), Failure> {
        let mut documents = self.documents()?;
        while let Some(document) = documents.next().map_err(malformed)? {
            with(RawDocument::from_bytes(document.value).map_err(|e| Failure::reported(-1, e.to_string()))?);
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
        let mut find = collection
            .find(sweep.filter)
            .batch_size(sweep.batch.unwrap_or(BATCH))
            .no_cursor_timeout(true)
            .allow_disk_use(true);
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
        Ok(ahead(find.max_time(Duration::from_secs(24 * 3600)).batch().await?))
    }

    /// Reads so many documents that the server picks at random.
    pub async fn sweep_sample(&self, ns: &Namespace, size: u64) -> Result<Batches, Failure> {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let sample = collection.aggregate([doc! { "$sample": { "size": size } }]).batch_size(BATCH);
        Ok(ahead(sample.allow_disk_use(true).max_time(Duration::from_secs(3600)).batch().await?))
    }
}

/// Reads on while the last batch is worked on.
fn ahead(mut cursor: RawBatchCursor) -> Batches {
    let (sender, coming) = mpsc::channel(AHEAD);
    let reader = tokio::spawn(async move {
        while let Some(batch) = cursor.next().await {
            let batch = batch.map(|answer| Batch { answer, skips: false }).map_err(Failure::from);
            let is_over = batch.is_err();
            if sender.send(batch).await.is_err() || is_over {
                break;
            }
        }
    });
    Batches { coming, reader }
}
