//! Documents that were put together as bytes, on their way to the server: big commands without a copy, and which
//! documents of them were refused.

use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, Document, RawDocument, RawDocumentBuf, Uuid, doc};

use super::failure::check_concern;
use super::{Failure, Pen, Store};
use crate::domain::plan::Namespace;

/// How long one command may take.
const LIMIT: Duration = Duration::from_secs(600);

/// A command that carries documents, as it grows.
#[derive(Debug)]
pub struct Parcel {
    bytes: Vec<u8>,
    /// Where the array begins.
    array: usize,
    count: u32,
}

/// A document that the server did not take.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its position in the parcel.
    pub position: usize,
    /// The server's code.
    pub code: i32,
    /// The server's words.
    pub message: String,
}

/// Writes the name of the `n`-th element of an array.
fn element(n: u32, out: &mut Vec<u8>) {
    out.push(0x03);
    let mut digits = [0_u8; 10];
    let (mut at, mut rest) = (digits.len(), n);
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    out.push(0);
}

fn patch(start: usize, out: &mut [u8]) {
    let length = i32::try_from(out.len() - start).unwrap_or(i32::MAX);
    if let Some(room) = out.get_mut(start..start + 4) {
        room.copy_from_slice(&length.to_le_bytes());
    }
}

impl Parcel {
    /// An empty parcel: `field` is where the command has its documents.
    fn new(head: &Document, field: &str) -> Self {
        let mut bytes = bson::serialize_to_vec(head).unwrap_or_default();
        bytes.pop();
        bytes.push(0x04);
        bytes.extend_from_slice(field.as_bytes());
        bytes.push(0);
        let array = bytes.len();
        bytes.extend_from_slice(&[0; 4]);
        Self { bytes, array, count: 0 }
    }

    /// A parcel of inserts. Those that are refused do not keep the others from being written.
    pub fn of_inserts(collection: &str) -> Self {
        Self::new(&doc! { "insert": collection, "ordered": false }, "documents")
    }

    /// A parcel of replacements, by identifier.
    pub fn of_replacements(collection: &str) -> Self {
        Self::new(&doc! { "update": collection, "ordered": false }, "updates")
    }

    /// Adds a document that `write` puts behind what is there; says how many bytes it has.
    pub fn insert(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        element(self.count, &mut self.bytes);
        let start = self.bytes.len();
        write(&mut self.bytes);
        self.count += 1;
        self.bytes.len() - start
    }

    /// Takes the last document out again; `size` is what it had.
    pub fn take_back(&mut self, size: usize) {
        self.count = self.count.saturating_sub(1);
        let head = 2 + self.count.to_string().len();
        self.bytes.truncate(self.bytes.len() - size - head);
    }

    /// Adds a replacement of the document with this identifier.
    pub fn replace(&mut self, id: ObjectId, document: &[u8]) {
        let statement = bson::serialize_to_vec(&doc! { "q": { "_id": id } }).unwrap_or_default();
        element(self.count, &mut self.bytes);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&statement[..statement.len().saturating_sub(1)]);
        self.bytes.extend_from_slice(b"\x03u\0");
        self.bytes.extend_from_slice(document);
        self.bytes.push(0);
        patch(start, &mut self.bytes);
        self.count += 1;
    }

    /// How many documents it has.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How large it is, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    fn command(mut self) -> Result<RawDocumentBuf, Failure> {
        self.bytes.push(0);
        patch(self.array, &mut self.bytes);
        self.bytes.push(0);
        patch(0, &mut self.bytes);
        RawDocumentBuf::from_bytes(self.bytes).map_err(|e| Failure::reported(-1, e.to_string()))
    }
}

impl Pen<'_> {
    /// Sends a parcel to the collection with this UUID; says which documents were refused.
    ///
    /// # Errors
    /// Whatever befell the command itself: how much of it was done is not known then.
    pub async fn deliver(&self, ns: &Namespace, uuid: Uuid, parcel: Parcel) -> Result<Vec<Refused>, Failure> {
        let mut command = parcel.command()?;
        // Only inserts know the guard; what is replaced is named by its identifier.
        let inserts = command.get_str("insert").is_ok();
        if inserts && self.store().has_uuid_guard().await? {
            command.append(bson::raw::cstr!("collectionUUID"), bson::Binary::from(uuid));
        }
        let reply = self.send_raw(&ns.db, command, LIMIT).await?;
        check_concern(&reply)?;
        let errors = reply.get_array("writeErrors").into_iter().flatten().filter_map(Bson::as_document);
        Ok(errors
            .map(|error| Refused {
                position: error.get_i32("index").ok().and_then(|i| usize::try_from(i).ok()).unwrap_or_default(),
                code: error.get_i32("code").unwrap_or(-1),
                message: error.get_str("errmsg").unwrap_or("no reason given").to_owned(),
            })
            .collect())
    }

    /// Deletes the documents with these identifiers; says how many there were.
    pub async fn delete_by_id(&self, ns: &Namespace, ids: &[ObjectId]) -> Result<u64, Failure> {
        let mut deleted = 0;
        for chunk in ids.chunks(10_000) {
            deleted += self.delete_where(ns, doc! { "_id": { "$in": chunk.to_vec() } }).await?;
        }
        Ok(deleted)
    }
}

impl Pen<'_> {
    /// Deletes matching documents; says how many there were.
    pub async fn delete_where(&self, ns: &Namespace, filter: Document) -> Result<u64, Failure> {
        let command = doc! { "delete": &ns.coll, "deletes": [{ "q": filter, "limit": 0 }] };
        let reply = self.run_long(&ns.db, command, LIMIT).await?;
        Ok(u64::try_from(reply.get_i32("n").unwrap_or_default()).unwrap_or_default())
    }
}

/// Documents in the order of their identifiers.
#[derive(Debug)]
pub struct Range {
    cursor: mongodb::Cursor<RawDocumentBuf>,
}

impl Range {
    /// The next document.
    pub async fn next(&mut self) -> Result<Option<&RawDocument>, Failure> {
        Ok(if self.cursor.advance().await? { Some(self.cursor.current()) } else { None })
    }
}

fn between(from: ObjectId, to: ObjectId) -> Document {
    doc! { "_id": { "$gte": from, "$lte": to } }
}

impl Store {
    /// The documents whose identifiers lie between these two, both included.
    pub async fn range(&self, ns: &Namespace, from: ObjectId, to: ObjectId) -> Result<Range, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let find = collection.find(between(from, to)).sort(doc! { "_id": 1 }).batch_size(20_000);
        Ok(Range { cursor: find.no_cursor_timeout(true).await? })
    }

    /// Matching documents in the order of their identifiers, as they are on the wire.
    pub async fn in_order(
        &self,
        ns: &Namespace,
        filter: Document,
        projection: Option<Document>,
        limit: Option<u64>,
    ) -> Result<Range, Failure> {
        let collection = self.database(&ns.db).collection::<RawDocumentBuf>(&ns.coll);
        let mut find = collection.find(filter).sort(doc! { "_id": 1 }).batch_size(5_000).allow_disk_use(true);
        if let Some(projection) = projection {
            find = find.projection(projection);
        }
        if let Some(limit) = limit.and_then(|limit| i64::try_from(limit).ok()) {
            find = find.limit(limit);
        }
        Ok(Range { cursor: find.no_cursor_timeout(true).await? })
    }

    /// The smallest of the identifiers between these two that a document has.
    pub async fn first_between(
        &self,
        ns: &Namespace,
        from: ObjectId,
        to: ObjectId,
    ) -> Result<Option<ObjectId>, Failure> {
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let found =
            collection.find_one(between(from, to)).sort(doc! { "_id": 1 }).projection(doc! { "_id": 1 }).await?;
        Ok(found.and_then(|document| document.get_object_id("_id").ok()))
    }

    /// Whether there is any such document.
    pub async fn any_between(&self, ns: &Namespace, from: ObjectId, to: ObjectId) -> Result<bool, Failure> {
        self.exists(ns, between(from, to)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_the_command_that_the_driver_would_write() {
        let mut parcel = Parcel::of_inserts("tickets");
        for n in 0..12 {
            parcel.insert(|out| out.extend(bson::serialize_to_vec(&doc! { "_id": n }).unwrap()));
        }
        let size = parcel.insert(|out| out.extend(bson::serialize_to_vec(&doc! { "x": "too large" }).unwrap()));
        parcel.take_back(size);
        assert_eq!(parcel.len(), 12);
        let command = bson::Document::try_from(parcel.command().unwrap()).unwrap();
        let documents: Vec<Document> = (0..12).map(|n| doc! { "_id": n }).collect();
        assert_eq!(command, doc! { "insert": "tickets", "ordered": false, "documents": documents });
        let id = ObjectId::from_bytes([7; 12]);
        let mut parcel = Parcel::of_replacements("tickets");
        parcel.replace(id, &bson::serialize_to_vec(&doc! { "_id": id, "x": 1 }).unwrap());
        let command = bson::Document::try_from(parcel.command().unwrap()).unwrap();
        let update = doc! { "q": { "_id": id }, "u": { "_id": id, "x": 1 } };
        assert_eq!(command, doc! { "update": "tickets", "ordered": false, "updates": [update] });
    }
}
