//! Many documents on their way out: whole answers of the server, as they are on the wire.

use bson::{Document, RawDocumentBuf, doc};
use futures_util::StreamExt;
use mongodb::options::Hint;
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};

use super::{Failure, Store};
use crate::domain::plan::Namespace;
use crate::domain::rawdoc::{Elements, Malformed, alone, at};

/// So many documents are asked for at a time; the server ends an answer at 16 MiB.
const BATCH: u32 = 10_000;

/// One answer of the server.
#[derive(Debug)]
pub struct Batch {
    answer: RawBatch,
    /// Whether the first document is passed over.
    skips: bool,
}

/// Documents in the order of their identifiers.
pub struct Batches {
    cursor: RawBatchCursor,
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Batches")
    }
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
}

impl Batches {
    /// The next answer.
    pub async fn next(&mut self) -> Result<Option<Batch>, Failure> {
        Ok(self.cursor.next().await.transpose()?.map(|answer| Batch { answer, skips: false }))
    }
}

fn malformed(_: Malformed) -> Failure {
    Failure::reported(-1, "the server's answer is malformed")
}

impl Store {
    /// Matching documents in the order of their identifiers, whatever types those have; from the one with this
    /// identifier on, `{ _id: … }` as bytes, which comes first if it is still there.
    pub async fn batches(&self, ns: &Namespace, filter: Document, from: Option<&[u8]>) -> Result<Batches, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let mut find = collection.find(filter).sort(doc! { "_id": 1 }).batch_size(BATCH).allow_disk_use(true);
        if let Some(from) = from {
            let from = Document::from_reader(from).map_err(|e| Failure::reported(-1, e.to_string()))?;
            // A comparison in the filter would find identifiers of the same type only.
            find = find.min(from).hint(Hint::Keys(doc! { "_id": 1 }));
        }
        Ok(Batches { cursor: find.batch().await? })
    }
}
