//! Whole collections: read, copied and compared as raw bytes, with bounded memory.

use std::collections::HashMap;
use std::ops::AddAssign;
use std::time::Duration;

use bson::{Bson, Document, RawArrayBuf, RawDocument, RawDocumentBuf, Uuid, doc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

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

/// Documents whose twin was not seen yet: their digests and identifiers.
type Lone = HashMap<[u8; 32], Bson>;

/// Looks for a document among those of the other side that wait for a twin; without one, it waits.
fn meet(document: &RawDocument, mine: &mut Lone, theirs: &mut Lone) {
    let digest = *blake3::hash(document.as_bytes()).as_bytes();
    if theirs.remove(&digest).is_none() {
        let id = document.get("_id").ok().flatten().and_then(|id| Bson::try_from(id).ok());
        mine.insert(digest, id.unwrap_or(Bson::Null));
    }
}

async fn next_of(cursor: &mut mongodb::Cursor<RawDocumentBuf>, more: bool) -> Result<bool, Failure> {
    Ok(more && cursor.advance().await?)
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

    /// The documents that are in one of two collections and not, byte for byte, in the other.
    ///
    /// A copy was written in the order in which its original was read, so that both are read side by side and most pairs
    /// meet at once; what does not is remembered by its digest until its twin comes.
    pub async fn differing(
        &self,
        pen: Pen<'_>,
        left: &Namespace,
        right: &Namespace,
        tick: Tick<'_>,
    ) -> Result<Ended<Vec<Bson>>, Failure> {
        let (mut left, mut right) = tokio::try_join!(self.raw_cursor(left, doc! {}), self.raw_cursor(right, doc! {}))?;
        let (mut lone_left, mut lone_right) = (Lone::new(), Lone::new());
        let (mut more_left, mut more_right) = (true, true);
        let mut read: u64 = 0;
        while more_left || more_right {
            (more_left, more_right) = tokio::try_join!(next_of(&mut left, more_left), next_of(&mut right, more_right))?;
            let pair = (more_left.then(|| left.current()), more_right.then(|| right.current()));
            if pair.0.map(RawDocument::as_bytes) != pair.1.map(RawDocument::as_bytes) {
                pair.0.into_iter().for_each(|document| meet(document, &mut lone_left, &mut lone_right));
                pair.1.into_iter().for_each(|document| meet(document, &mut lone_right, &mut lone_left));
            }
            read += 1;
            if read.is_multiple_of(20_000) {
                pen.keep().await?;
                if tick(read) {
                    return Ok(Ended::Stopped);
                }
            }
        }
        Ok(Ended::Whole(lone_left.into_values().chain(lone_right.into_values()).collect()))
    }

    /// Reads a collection into batches, until nobody takes them any more; gives the digest of what was read.
    async fn read_batches(
        &self,
        from: &Namespace,
        batches: mpsc::Sender<Batch>,
        tick: Tick<'_>,
    ) -> Result<Ended<Digest>, Failure> {
        let mut cursor = self.raw_cursor(from, doc! {}).await?;
        let mut digest = Digest::default();
        let mut batch = Batch::new();
        while cursor.advance().await? {
            let document = cursor.current();
            digest.add(document);
            batch.push(document);
            if batch.is_full() {
                let full = std::mem::replace(&mut batch, Batch::new());
                if tick(digest.documents) || batches.send(full).await.is_err() {
                    return Ok(Ended::Stopped);
                }
            }
        }
        if batch.documents > 0 && batches.send(batch).await.is_err() {
            return Ok(Ended::Stopped);
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

    /// The same, measured once in this process as long as there is something: a plan that is made again before it begins
    /// asks whether there still are such documents, and need not read them all a second time.
    pub async fn share(&self, ns: &Namespace, filter: Document) -> Result<(u64, u64, u64), Failure> {
        let which = format!("{ns} {filter}");
        let known = self.shares.lock().await.get(&which).copied();
        if let Some(measured) = known
            && (measured.0 > 0) == self.exists(ns, filter.clone()).await?
        {
            return Ok(measured);
        }
        let measured = self.measure(ns, filter).await?;
        self.shares.lock().await.insert(which, measured);
        Ok(measured)
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
        // Reading and inserting go on side by side: the next batch is put together while others are on their way.
        let (sender, receiver) = mpsc::channel(1);
        let reading = self.store().read_batches(from, sender, tick);
        let (read, ()) = tokio::try_join!(reading, self.insert_batches(into, uuid, receiver))?;
        Ok(read)
    }

    async fn insert_batches(
        &self,
        into: &Namespace,
        uuid: Uuid,
        mut batches: mpsc::Receiver<Batch>,
    ) -> Result<(), Failure> {
        let mut flying = FuturesUnordered::new();
        loop {
            tokio::select! {
                batch = batches.recv(), if flying.len() < IN_FLIGHT => match batch {
                    Some(batch) => flying.push(self.insert_raw(into, Some(uuid), batch.array)),
                    None => break,
                },
                Some(outcome) = flying.next(), if !flying.is_empty() => outcome?,
            }
        }
        while let Some(outcome) = flying.next().await {
            outcome?;
        }
        Ok(())
    }

    /// Takes documents out of a copy.
    pub async fn forget(&self, from: &Namespace, ids: &[Bson]) -> Result<(), Failure> {
        let filter = doc! { "_id": { "$in": ids.to_vec() } };
        let command = doc! { "delete": &from.coll, "deletes": [{ "q": filter, "limit": 0 }] };
        self.run_long(&from.db, command, LIMIT).await.map(drop)
    }

    /// Deletes those of these documents that match, found by `_id` whatever other index there is.
    pub async fn delete_these(&self, ns: &Namespace, mut filter: Document, ids: &[Bson]) -> Result<(), Failure> {
        filter.insert("_id", doc! { "$in": ids.to_vec() });
        let statement = doc! { "q": filter, "limit": 0, "hint": { "_id": 1 } };
        self.run(&ns.db, doc! { "delete": &ns.coll, "deletes": [statement] }).await.map(drop)
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

    #[test]
    fn twins_meet_in_any_order_and_what_has_none_stays() {
        let of = |n: i32, x: i32| RawDocumentBuf::try_from(&doc! { "_id": n, "x": x }).unwrap();
        let (mut left, mut right) = (Lone::new(), Lone::new());
        for document in [of(1, 1), of(2, 2), of(3, 3)] {
            meet(&document, &mut left, &mut right);
        }
        for document in [of(3, 3), of(2, 9), of(1, 1), of(4, 4)] {
            meet(&document, &mut right, &mut left);
        }
        assert_eq!(left.into_values().collect::<Vec<_>>(), [Bson::Int32(2)]);
        let mut ids: Vec<Option<i32>> = right.values().map(Bson::as_i32).collect();
        ids.sort_unstable();
        assert_eq!(ids, [Some(2), Some(4)]);
    }
}
