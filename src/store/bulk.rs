//! Whole collections: read, copied and compared as raw bytes, with bounded memory.

use std::ops::AddAssign;
use std::time::Duration;

use bson::{Bson, Document, RawArrayBuf, RawDocument, RawDocumentBuf, Uuid, doc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{Failure, Pen, Store};
use crate::domain::plan::Namespace;

/// Documents in one insert.
const BATCH_DOCUMENTS: usize = 10_000;

/// Bytes in one insert; the server takes 48 MB in a message, and one document may have 16 of them.
const BATCH_BYTES: usize = 12 * 1024 * 1024;

/// Inserts on their way at a time: more only add contention on the server.
const IN_FLIGHT: usize = 2;

/// How long one command of a copy may take.
const LIMIT: Duration = Duration::from_secs(3600);

/// What a collection contains, whatever the order: how many documents, how many bytes, and the sum of their digests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    /// Documents.
    pub documents: u64,
    /// Bytes of BSON.
    pub bytes: u64,
    sum: [u64; 4],
}

impl Digest {
    /// Adds a document.
    pub fn add(&mut self, document: &RawDocument) {
        let bytes = document.as_bytes();
        self.documents += 1;
        self.bytes += bytes.len() as u64;
        let hash = blake3::hash(bytes);
        for (lane, part) in self.sum.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let mut word = [0; 8];
            word.copy_from_slice(part);
            *lane = lane.wrapping_add(u64::from_le_bytes(word));
        }
    }
}

impl AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        for (lane, part) in self.sum.iter_mut().zip(other.sum) {
            *lane = lane.wrapping_add(part);
        }
    }
}

/// Told how many documents are done; says whether to stop.
pub type Tick<'a> = &'a mut (dyn FnMut(u64) -> bool + Send);

/// How a long piece of work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended<T> {
    /// At its end.
    Whole(T),
    /// Somebody wanted to stop.
    Stopped,
}

/// Documents that travel together.
#[derive(Debug)]
struct Batch {
    array: RawArrayBuf,
    documents: usize,
    bytes: usize,
}

impl Batch {
    fn new() -> Self {
        Self { array: RawArrayBuf::new(), documents: 0, bytes: 0 }
    }

    fn push(&mut self, document: &RawDocument) {
        self.array.push(document);
        self.documents += 1;
        self.bytes += document.as_bytes().len();
    }

    fn is_full(&self) -> bool {
        self.documents >= BATCH_DOCUMENTS || self.bytes >= BATCH_BYTES
    }
}

fn raw(document: &Document) -> Result<RawDocumentBuf, Failure> {
    RawDocumentBuf::try_from(document).map_err(|e| Failure::reported(-1, e.to_string()))
}

impl Store {
    /// The digest of a collection's content. The pen keeps the lease while this reads.
    pub async fn digest(&self, pen: Pen<'_>, ns: &Namespace, tick: Tick<'_>) -> Result<Ended<Digest>, Failure> {
        let mut cursor = self.raw_cursor(ns, doc! {}).await?;
        let mut digest = Digest::default();
        while cursor.advance().await? {
            digest.add(cursor.current());
            if digest.documents.is_multiple_of(20_000) {
                pen.keep().await?;
                if tick(digest.documents) {
                    return Ok(Ended::Stopped);
                }
            }
        }
        Ok(Ended::Whole(digest))
    }

    /// How many documents match, how many bytes they have, and the largest.
    pub async fn measure(&self, ns: &Namespace, filter: Document) -> Result<(u64, u64, u64), Failure> {
        let size = doc! { "$bsonSize": "$$ROOT" };
        let group = doc! { "_id": null, "n": { "$sum": 1 }, "bytes": { "$sum": &size }, "largest": { "$max": &size } };
        let pipeline = [doc! { "$match": filter }, doc! { "$group": group }];
        let mut cursor = self.database(&ns.db).collection::<Document>(&ns.coll).aggregate(pipeline).await?;
        let Some(answer) = cursor.next().await.transpose()? else { return Ok((0, 0, 0)) };
        let whole = |name: &str| super::read::whole(answer.get(name));
        Ok((whole("n"), whole("bytes"), whole("largest")))
    }

    /// How long it takes to read a few thousand documents: a measure of this server, now.
    pub async fn read_rate(&self, ns: &Namespace, most: u64) -> Result<Option<(u64, Duration)>, Failure> {
        let start = std::time::Instant::now();
        let mut cursor = self.raw_cursor(ns, doc! {}).await?;
        let mut read = 0;
        while read < most && cursor.advance().await? {
            read += 1;
        }
        Ok((read > 0).then(|| (read, start.elapsed())))
    }

    async fn raw_cursor(&self, ns: &Namespace, filter: Document) -> Result<mongodb::Cursor<RawDocumentBuf>, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        Ok(collection.find(filter).batch_size(20_000).no_cursor_timeout(true).await?)
    }

    /// The documents with these identifiers, as bytes.
    pub async fn raw_by_id(&self, ns: &Namespace, ids: &[Bson]) -> Result<Vec<RawDocumentBuf>, Failure> {
        let mut cursor = self.raw_cursor(ns, doc! { "_id": { "$in": ids.to_vec() } }).await?;
        let mut found = Vec::new();
        while cursor.advance().await? {
            found.push(cursor.current().to_owned());
        }
        Ok(found)
    }

    /// The identifiers of matching documents, a chunk at a time.
    pub async fn ids(&self, ns: &Namespace, filter: Document) -> Result<Ids, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let simple = mongodb::options::Collation::builder().locale("simple").build();
        let find = collection.find(filter).projection(doc! { "_id": 1 }).collation(simple);
        Ok(Ids { cursor: find.batch_size(20_000).no_cursor_timeout(true).await? })
    }
}

/// Identifiers of documents, read as they are needed.
#[derive(Debug)]
pub struct Ids {
    cursor: mongodb::Cursor<Document>,
}

impl Ids {
    /// The next so many; fewer at the end.
    pub async fn next(&mut self, most: usize) -> Result<Vec<Bson>, Failure> {
        let mut ids = Vec::new();
        while ids.len() < most
            && let Some(document) = self.cursor.next().await
        {
            ids.extend(document?.remove("_id"));
        }
        Ok(ids)
    }
}

impl Pen<'_> {
    /// Copies every document of a collection into another, known by its UUID; gives the digest of what was read.
    pub async fn copy(
        &self,
        from: &Namespace,
        into: &Namespace,
        uuid: Uuid,
        tick: Tick<'_>,
    ) -> Result<Ended<Digest>, Failure> {
        let mut cursor = self.store().raw_cursor(from, doc! {}).await?;
        let mut digest = Digest::default();
        let mut flying = FuturesUnordered::new();
        let mut batch = Batch::new();
        loop {
            let more = cursor.advance().await?;
            if more {
                let document = cursor.current();
                digest.add(document);
                batch.push(document);
            }
            if batch.is_full() || (!more && batch.documents > 0) {
                if flying.len() == IN_FLIGHT {
                    landed(flying.next().await)?;
                }
                let full = std::mem::replace(&mut batch, Batch::new());
                flying.push(self.insert_raw(into, Some(uuid), full.array));
                if tick(digest.documents) {
                    while let Some(outcome) = flying.next().await {
                        outcome?;
                    }
                    return Ok(Ended::Stopped);
                }
            }
            if !more {
                while let Some(outcome) = flying.next().await {
                    outcome?;
                }
                return Ok(Ended::Whole(digest));
            }
        }
    }

    /// Takes documents out of a copy.
    pub async fn forget(&self, from: &Namespace, ids: &[Bson]) -> Result<(), Failure> {
        let filter = doc! { "_id": { "$in": ids.to_vec() } };
        let command = doc! { "delete": &from.coll, "deletes": [{ "q": filter, "limit": 0 }] };
        self.run_long(&from.db, command, LIMIT).await.map(drop)
    }

    /// Copies those of these documents that there are.
    pub async fn bring(&self, from: &Namespace, into: &Namespace, uuid: Uuid, ids: &[Bson]) -> Result<(), Failure> {
        let mut batch = Batch::new();
        for document in self.store().raw_by_id(from, ids).await? {
            batch.push(&document);
            if batch.is_full() {
                let full = std::mem::replace(&mut batch, Batch::new());
                self.insert_raw(into, Some(uuid), full.array).await?;
            }
        }
        if batch.documents > 0 {
            self.insert_raw(into, Some(uuid), batch.array).await?;
        }
        Ok(())
    }

    async fn insert_raw(&self, into: &Namespace, uuid: Option<Uuid>, documents: RawArrayBuf) -> Result<(), Failure> {
        let mut head = doc! { "insert": &into.coll, "ordered": false, "bypassDocumentValidation": true };
        if let Some(uuid) = uuid {
            head = self.guarded(head, "collectionUUID", uuid).await?;
        }
        let mut command = raw(&head)?;
        command.append(bson::raw::cstr!("documents"), documents);
        self.run_raw(&into.db, command, LIMIT).await.map(drop)
    }

    /// Makes an empty collection with these options.
    pub async fn create_with(&self, name: &Namespace, options: &Document) -> Result<(), Failure> {
        let mut command = doc! { "create": &name.coll };
        for (option, value) in options {
            command.insert(option, value.clone());
        }
        self.run(&name.db, command).await.map(drop)
    }

    /// Makes indexes of a collection that is full already.
    pub async fn build_indexes(&self, name: &Namespace, specs: &[Document]) -> Result<(), Failure> {
        if specs.is_empty() {
            return Ok(());
        }
        let command = doc! { "createIndexes": &name.coll, "indexes": specs.to_vec() };
        self.run_long(&name.db, command, LIMIT).await.map(drop)
    }
}

fn landed(outcome: Option<Result<(), Failure>>) -> Result<(), Failure> {
    outcome.unwrap_or(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_knows_content_and_not_order() {
        let documents: Vec<RawDocumentBuf> =
            (0..5).map(|n| RawDocumentBuf::try_from(&doc! { "_id": n, "x": 2.5 }).unwrap()).collect();
        let of = |list: &mut dyn Iterator<Item = &RawDocumentBuf>| {
            let mut digest = Digest::default();
            list.for_each(|d| digest.add(d));
            digest
        };
        assert_eq!(of(&mut documents.iter()), of(&mut documents.iter().rev()));
        let other = RawDocumentBuf::try_from(&doc! { "_id": 4, "x": 2.25 }).unwrap();
        assert_ne!(of(&mut documents.iter()), of(&mut documents.iter().take(4).chain([&other])));
    }
}
