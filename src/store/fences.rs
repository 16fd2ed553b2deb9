//! Shutting one tenant's documents out of a collection that all tenants share.
//!
//! A fence is a clause in the collection's validator: inserts and updates that would leave a document with this key are
//! refused, everything else passes. Which fences there are stands in a collection of flowbit's own; the validator
//! follows from that, so that two operations that fence different tenants in one collection do not undo each other.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};

use super::{Failure, Pen};
use crate::domain::plan::{Fence, Namespace};

/// Where fences stand.
pub const FENCES: &str = "flowbit_fences";

/// A field no document has, in a clause that is thereby known as ours.
const MARK: &str = "flowbit:fence";

/// How often the validator is made again while others change the fences.
const ROUNDS: u32 = 20;

/// The identifier of a fence's entry.
pub fn fence_id(fence: &Fence) -> Document {
    doc! { "ns": fence.ns.to_string(), "path": &fence.path, "value": fence.value.clone() }
}

/// The fence that an entry is about.
pub fn fence_of(entry: &Document) -> Option<Fence> {
    let id = entry.get_document("_id").ok()?;
    let (db, coll) = id.get_str("ns").ok()?.split_once('.')?;
    Some(Fence {
        ns: Namespace::new(db, coll),
        path: id.get_str("path").ok()?.to_owned(),
        value: id.get("value")?.clone(),
    })
}

fn clause(entry: &Document) -> Option<Document> {
    let fence = fence_of(entry)?;
    let mut carries = Document::new();
    carries.insert(fence.path, doc! { "$eq": fence.value });
    let marked = doc! { MARK: { "$ne": entry.get_str("op").unwrap_or_default() } };
    Some(doc! { "$nor": [{ "$and": [carries, marked] }] })
}

/// Whether a clause of a validator is a fence; the operation that put it there.
pub fn fence_mark(clause: &Document) -> Option<&str> {
    let both = clause.get_array("$nor").ok()?.first()?.as_document()?.get_array("$and").ok()?;
    both.get(1)?.as_document()?.get_document(MARK).ok()?.get_str("$ne").ok()
}

/// The fence that a clause of a validator makes in a collection.
pub fn fence_by_clause(ns: &Namespace, clause: &Document) -> Option<Fence> {
    fence_mark(clause)?;
    let both = clause.get_array("$nor").ok()?.first()?.as_document()?.get_array("$and").ok()?;
    let (path, condition) = both.first()?.as_document()?.iter().next()?;
    let value = condition.as_document()?.get("$eq")?.clone();
    Some(Fence { ns: ns.clone(), path: path.clone(), value })
}

/// The clauses of a validator that flowbit made; empty where it is somebody else's.
pub fn fences_in(options: &Document) -> Vec<&Document> {
    let clauses = options.get_document("validator").ok().and_then(|v| v.get_array("$and").ok());
    let clauses = clauses.into_iter().flatten().filter_map(Bson::as_document);
    clauses.filter(|clause| fence_mark(clause).is_some()).collect()
}

/// The entry of a fence.
pub fn entry(fence: &Fence, op: &str, until: Option<DateTime>) -> Document {
    doc! { "_id": fence_id(fence), "ns": fence.ns.to_string(), "op": op, "until": until }
}

/// What is left of a validator without its fences, where nothing says what it was before.
fn without_fences(options: &Document) -> Document {
    let clauses = options.get_document("validator").ok().and_then(|validator| validator.get_array("$and").ok());
    let theirs = |clause: &&Document| fence_mark(clause).is_none();
    let mut left: Vec<Document> =
        clauses.into_iter().flatten().filter_map(Bson::as_document).filter(theirs).cloned().collect();
    match left.len() {
        0 => Document::new(),
        1 => doc! { "validator": left.swap_remove(0) },
        _ => doc! { "validator": { "$and": left } },
    }
}

impl Pen<'_> {
    /// Makes the validator what the entries say, as long as they change.
    pub async fn apply_fences(&self, ns: &Namespace) -> Result<(), Failure> {
        let fences = Namespace::new(self.store().master(), FENCES);
        let wanted = doc! { "ns": ns.to_string() };
        for _ in 0..ROUNDS {
            let entries = self.store().find(&fences, wanted.clone(), None, Some(doc! { "_id": 1 })).await?;
            let Some(info) = self.store().at(ns).await? else { return Ok(()) };
            let Some(uuid) = info.uuid else { return Ok(()) };
            let ours = fences_in(&info.options);
            let clauses: Vec<Document> =
                entries.iter().filter(|entry| !entry.contains_key("original")).filter_map(clause).collect();
            if ours.len() == clauses.len() && clauses.iter().all(|clause| ours.contains(&clause)) {
                if clauses.is_empty() && entries.iter().any(|entry| entry.contains_key("original")) {
                    // Remembered for a fence that never came to stand.
                    let seen = entries.iter().find(|entry| entry.contains_key("original"));
                    self.forget_original(ns, seen.and_then(|entry| entry.get_object_id("stamp").ok())).await?;
                }
                return Ok(());
            }
            let (original, stamp) = self.original(ns, &info.options, ours.is_empty()).await?;
            let last = clauses.is_empty();
            self.set_validator(ns, uuid, &original, clauses).await?;
            if last {
                self.forget_original(ns, stamp).await?;
            }
        }
        Err(Failure::reported(
            super::failure::server::MAX_TIME_EXPIRED,
            format!("the fences of {ns} change all the time"),
        ))
    }

    /// What the validator was before the first fence, remembered until the last one goes.
    async fn original(
        &self,
        ns: &Namespace,
        options: &Document,
        untouched: bool,
    ) -> Result<(Document, Option<ObjectId>), Failure> {
        let fences = Namespace::new(self.store().master(), FENCES);
        let id = doc! { "original": ns.to_string() };
        if untouched {
            let mut original = Document::new();
            for name in ["validator", "validationLevel", "validationAction"] {
                if let Some(value) = options.get(name) {
                    original.insert(name, value.clone());
                }
            }
            let stamp = ObjectId::new();
            let entry = doc! { "_id": id.clone(), "ns": ns.to_string(), "original": original.clone(), "stamp": stamp };
            let update = doc! { "update": FENCES, "updates": [{ "q": { "_id": id }, "u": entry, "upsert": true }] };
            self.run(&fences.db, update).await?;
            return Ok((original, Some(stamp)));
        }
        let found = self.store().find_one(&fences, doc! { "_id": id }, None).await?;
        let stamp = found.as_ref().and_then(|entry| entry.get_object_id("stamp").ok());
        let remembered = found.and_then(|entry| entry.get_document("original").ok().cloned());
        Ok((remembered.unwrap_or_else(|| without_fences(options)), stamp))
    }

    /// The last fence is gone. What another operation has remembered since, for a fence of its own, stays.
    async fn forget_original(&self, ns: &Namespace, stamp: Option<ObjectId>) -> Result<(), Failure> {
        let fences = Namespace::new(self.store().master(), FENCES);
        let filter = doc! { "_id": { "original": ns.to_string() }, "stamp": stamp };
        self.delete_many(&fences, filter).await.map(drop)
    }

    async fn set_validator(
        &self,
        ns: &Namespace,
        uuid: bson::Uuid,
        original: &Document,
        clauses: Vec<Document>,
    ) -> Result<(), Failure> {
        let level = original.get_str("validationLevel").unwrap_or("strict");
        let action = original.get_str("validationAction").unwrap_or("error");
        let theirs = original.get_document("validator").ok().filter(|validator| !validator.is_empty()).cloned();
        if clauses.is_empty() {
            let validator = theirs.unwrap_or_default();
            return self.guarded_validator(ns, uuid, validator, level, action).await;
        }
        // One that only warns, or spares what is there already, would refuse more beside a fence than it does alone.
        let theirs = theirs.filter(|_| level == "strict" && action == "error");
        let all: Vec<Document> = theirs.into_iter().chain(clauses).collect();
        self.guarded_validator(ns, uuid, doc! { "$and": all }, "strict", "error").await
    }
}
