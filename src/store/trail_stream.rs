//! Many documents on their way out: whole answers of the server, as they are on the wire.

use bson::{Document, RawDocumentBuf, doc};
use futures_util::StreamExt;
use mongodb::options::Hint;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};

use super::{Failure, Store};
use crate::domain::plan::Namespace;
use crate::domain::rawdoc::Elements;

/// So many documents are asked for at a time; the server ends an answer at 16 MiB.
const BATCH: u32 = 10_000;

/// One answer of the server.
#[derive(Debug)]
pub struct Batch(RawBatch);

/// Documents in the order of their identifiers.
pub struct Batches {
    cursor: RawBatchCursor,
}

impl Batch {
    /// The documents, each as an element whose value it is.
    ///
    /// # Errors
    /// Where the answer is none.
    pub fn documents(&self) -> Result<Elements<'_>, Failure> {
        let array = self.0.doc_slices()?;
        Elements::of(array.as_bytes()).map_err(|_| Failure::reported(-1, "the server's answer is malformed"))
    }
}

impl Batches {
    /// The next answer.
    pub async fn next(&mut self) -> Result<Option<Batch>, Failure> {
        Ok(self.cursor.next().await.transpose()?.map(Batch))
    }
}

impl Store {
    /// Matching documents in the order of their identifiers, whatever types those have; from the one with this
    /// identifier on, `{ _id: … }`, which comes first if it is still there.
    pub async fn batches(&self, ns: &Namespace, filter: Document, from: Option<Document>) -> Result<Batches, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let mut find = collection.find(filter).sort(doc! { "_id": 1 }).batch_size(BATCH).allow_disk_use(true);
        if let Some(from) = from {
            // A comparison in the filter would find identifiers of the same type only.
            find = find.min(from).hint(Hint::Keys(doc! { "_id": 1 }));
        }
        Ok(Batches { cursor: find.batch().await? })
    }
}
