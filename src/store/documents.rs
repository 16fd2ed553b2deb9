//! Changes of documents: all of them or none, where the server has transactions; one by one and repeatable elsewhere.

use bson::{Bson, Document, doc};
use mongodb::ClientSession;

use super::failure::server;
use super::{Failure, Pen};
use crate::domain::fields;
use crate::domain::plan::{Change, Namespace};

/// Documents that flowbit keeps out of sight: of deleted organizations, and of organizations that are being made.
pub const HELD: &str = "flowbit_held";

/// How often a transaction that met another one is tried again.
const ATTEMPTS: u32 = 8;

/// The update of the journal that makes the changes count; it must match exactly one record.
#[derive(Debug, Clone)]
pub struct Seal {
    /// The journal.
    pub ns: Namespace,
    /// The record, in the state and under the lease that allows this.
    pub filter: Document,
    /// What the record says from then on.
    pub update: Document,
}

/// The filter that finds documents by their tenant key, and none that carries several keys in an array.
pub fn carries(path: &str, value: &Bson) -> Document {
    Document::from_iter([(
        path.to_owned(),
        Bson::Document(doc! { "$eq": value.clone(), "$not": { "$type": "array" } }),
    )])
}

/// One document in flowbit's keeping.
pub fn held(op: &str, ns: &Namespace, document: Document) -> Document {
    let id = document.get("_id").cloned().unwrap_or(Bson::Null);
    doc! { "_id": { "op": op, "ns": ns.to_string(), "id": id.clone() }, "op": op, "ns": ns.to_string(), "id": id, "document": document }
}

/// Applies changes in order. With a seal, the journal says so in the same moment.
///
/// # Errors
/// Any failure of the server; in a transaction nothing was applied then, or all of it (a lost reply): look.
pub async fn apply(pen: Pen<'_>, op: &str, changes: &[Change], seal: Option<&Seal>) -> Result<(), Failure> {
    if pen.store().has_transactions() {
        return in_transaction(pen, op, changes, seal).await;
    }
    for change in changes {
        apply_one(pen, op, change, &mut None).await?;
    }
    match seal {
        Some(seal) => apply_seal(pen, seal, &mut None).await,
        None => Ok(()),
    }
}

/// The same in one transaction that is tried once: whoever has many documents to change takes fewer when it meets
/// somebody else's.
///
/// # Errors
/// As for [`apply`]; a conflict among them.
pub async fn apply_once(pen: Pen<'_>, op: &str, changes: &[Change], seal: &Seal) -> Result<(), Failure> {
    if !pen.store().has_transactions() {
        return apply(pen, op, changes, Some(seal)).await;
    }
    pen.store().session_id().await?;
    let mut session = pen.store().session.lock().await;
    attempt_transaction(pen, op, changes, Some(seal), &mut session).await
}

/// Looks whether a change could be made: it is, in a transaction that is taken back. Without transactions nothing is
/// looked at.
///
/// # Errors
/// What the server has against it.
pub async fn rehearse(pen: Pen<'_>, op: &str, change: &Change) -> Result<(), Failure> {
    if !pen.store().has_transactions() {
        return Ok(());
    }
    pen.store().session_id().await?;
    let mut session = pen.store().session.lock().await;
    let mut attempt = 0;
    loop {
        attempt += 1;
        if let Some(session) = session.as_mut() {
            session.start_transaction().await?;
        }
        let outcome = apply_one(pen, op, change, &mut session).await;
        if let Some(session) = session.as_mut() {
            let _ = session.abort_transaction().await;
        }
        match outcome {
            Err(failure) if failure.retries_transaction() && attempt < ATTEMPTS => pause(attempt).await,
            outcome => return outcome,
        }
    }
}

/// Waits before a transaction is tried again, longer each time.
async fn pause(attempt: u32) {
    tokio::time::sleep(std::time::Duration::from_millis(10 << attempt)).await;
}

async fn in_transaction(pen: Pen<'_>, op: &str, changes: &[Change], seal: Option<&Seal>) -> Result<(), Failure> {
    pen.store().session_id().await?;
    let mut session = pen.store().session.lock().await;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match attempt_transaction(pen, op, changes, seal, &mut session).await {
            Err(failure) if failure.retries_transaction() && attempt < ATTEMPTS => pause(attempt).await,
            outcome => return outcome,
        }
    }
}

async fn attempt_transaction(
    pen: Pen<'_>,
    op: &str,
    changes: &[Change],
    seal: Option<&Seal>,
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    if let Some(session) = session {
        session
            .start_transaction()
            .write_concern(
                mongodb::options::WriteConcern::builder()
                    .w(mongodb::options::Acknowledgment::Majority)
                    .w_timeout(std::time::Duration::from_secs(20))
                    .build(),
            )
            .await?;
    }
    let body = async {
        let pen = if seal.is_some() { pen.sealed().await? } else { pen };
        if let Some(seal) = seal {
            apply_seal(pen, seal, session).await?;
        }
        for change in changes {
            apply_one(pen, op, change, session).await?;
        }
        Ok(())
    };
    let outcome: Result<(), Failure> = body.await;
    let Some(session) = session else { return outcome };
    match outcome {
        Ok(()) => {
            pen.store().fault().at("transaction:before-commit").await;
            let mut result = session.commit_transaction().await.map_err(Failure::from);
            for _ in 0..3 {
                // The driver repeats a commit once; elections last longer.
                match &result {
                    Err(failure) if failure.unknown_commit() => {
                        result = session.commit_transaction().await.map_err(Failure::from)
                    }
                    _ => break,
                }
            }
            pen.store().fault().at("transaction:after-commit").await;
            result.map_err(Failure::of_a_commit)
        }
        Err(failure) => {
            // The server ends the transaction by itself if this does not arrive.
            let _ = session.abort_transaction().await;
            Err(failure)
        }
    }
}

async fn run(
    pen: Pen<'_>,
    db: &str,
    command: Document,
    session: &mut Option<ClientSession>,
) -> Result<Document, Failure> {
    match session {
        Some(session) => pen.run_in(session, db, command).await,
        None => pen.run(db, command).await,
    }
}

async fn apply_seal(pen: Pen<'_>, seal: &Seal, session: &mut Option<ClientSession>) -> Result<(), Failure> {
    let command = doc! { "update": &seal.ns.coll, "updates": [{ "q": seal.filter.clone(), "u": seal.update.clone() }] };
    let reply = run(pen, &seal.ns.db, command, session).await?;
    if reply.get_i32("n").ok() == Some(1) {
        Ok(())
    } else {
        Err(Failure::lease_lost("another runner, or it is in another state already"))
    }
}

async fn apply_one(
    pen: Pen<'_>,
    op: &str,
    change: &Change,
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    match change {
        Change::Insert { ns, document, past_fences } => insert(pen, ns, document, *past_fences, session).await,
        Change::Put { ns, document } => put_all(pen, ns, std::slice::from_ref(document), session).await,
        Change::Set { ns, filter, set } => update(pen, ns, filter.clone(), set.clone(), session).await.map(drop),
        Change::Rewrite { ns, filter, path, from, to, must } => {
            let at = |value: &Bson| {
                let mut document = Document::new();
                document.insert(path, value.clone());
                document
            };
            let found = update(pen, ns, doc! { "$and": [filter.clone(), at(from)] }, at(to), session).await?;
            if *must
                && found == 0
                && read(pen, ns, &doc! { "$and": [filter.clone(), at(to)] }, session).await?.is_empty()
            {
                return Err(Failure::stale(format!(
                    "{path} in {} is not {from} any more: somebody changed it",
                    ns.coll
                )));
            }
            Ok(())
        }
        Change::Rekey { rekey, ids } => {
            let these = |path: &str, value: &Bson| {
                let mut filter = carries(path, value);
                filter.insert("_id", doc! { "$in": ids.clone() });
                filter
            };
            let to = |path: &str, value: &Bson| Document::from_iter([(path.to_owned(), value.clone())]);
            // The key comes last: the documents are found by it.
            for twin in &rekey.twins {
                let mut filter = these(&rekey.path, &rekey.from);
                filter.insert(&twin.path, twin.from.clone());
                update_by_id(pen, &rekey.ns, filter, to(&twin.path, &twin.to), session).await?;
            }
            let filter = these(&rekey.path, &rekey.from);
            update_by_id(pen, &rekey.ns, filter, to(&rekey.path, &rekey.to), session).await
        }
        Change::Hold { ns, filter } => hold(pen, op, ns, filter, session).await,
        Change::Release { ns, op, must } => release(pen, op, ns, *must, session).await,
        Change::Cut { ns, id, fields, lasts } => {
            let mut set: Document = fields
                .iter()
                .map(|(name, value)| (name.clone(), Bson::from(doc! { "$literal": value.clone() })))
                .collect();
            set.extend(doc! { "before": "$$NOW", "until": { "$add": ["$$NOW", *lasts] } });
            let statement = doc! { "q": { "_id": id }, "u": [{ "$set": set }], "upsert": true };
            run(pen, &ns.db, doc! { "update": &ns.coll, "updates": [statement] }, session).await.map(drop)
        }
        Change::Fill { ns, op } => fill(pen, op, ns, session).await,
        Change::Delete { ns, filter } => {
            let command = doc! { "delete": &ns.coll, "deletes": [{ "q": filter.clone(), "limit": 0 }] };
            run(pen, &ns.db, command, session).await.map(drop)
        }
    }
}

async fn insert(
    pen: Pen<'_>,
    ns: &Namespace,
    document: &Document,
    past_fences: bool,
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    let mut command = doc! { "insert": &ns.coll, "documents": [document.clone()] };
    if past_fences {
        command.insert("bypassDocumentValidation", true);
    }
    match run(pen, &ns.db, command, session).await {
        Err(failure) if failure.is(server::DUPLICATE_KEY) && session.is_none() => {
            // Repeated after a lost reply: it is there already. Another document in its place is a conflict.
            let id = document.get("_id").cloned().unwrap_or(Bson::Null);
            if pen.store().exists(ns, doc! { "_id": id }).await? { Ok(()) } else { Err(failure) }
        }
        other => other.map(drop),
    }
}

async fn put_all(
    pen: Pen<'_>,
    ns: &Namespace,
    documents: &[Document],
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    for chunk in documents.chunks(500) {
        let updates: Vec<Document> = chunk
            .iter()
            .map(|d| doc! { "q": { "_id": fields::get(d, "_id").cloned().unwrap_or(Bson::Null) }, "u": d.clone(), "upsert": true })
            .collect();
        // They come as they were kept; a fence of our own must not stop them.
        let command = doc! { "update": &ns.coll, "updates": updates, "bypassDocumentValidation": true };
        run(pen, &ns.db, command, session).await?;
    }
    Ok(())
}

async fn update(
    pen: Pen<'_>,
    ns: &Namespace,
    filter: Document,
    set: Document,
    session: &mut Option<ClientSession>,
) -> Result<i32, Failure> {
    let statement = doc! { "q": filter, "u": { "$set": set }, "multi": true, "collation": { "locale": "simple" } };
    Ok(run(pen, &ns.db, statement_of(ns, statement), session).await?.get_i32("n").unwrap_or_default())
}

/// Updates documents that the filter names by `_id`, and finds them by that: with an index on the tenant key the server
/// would otherwise read all documents of the tenant for every batch.
async fn update_by_id(
    pen: Pen<'_>,
    ns: &Namespace,
    filter: Document,
    set: Document,
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    let statement = doc! {
        "q": filter, "u": { "$set": set }, "multi": true, "collation": { "locale": "simple" }, "hint": { "_id": 1 },
    };
    run(pen, &ns.db, statement_of(ns, statement), session).await.map(drop)
}

fn statement_of(ns: &Namespace, statement: Document) -> Document {
    // A fence of our own must not stop us; what else a validator says was true of the document before.
    doc! { "update": &ns.coll, "updates": [statement], "bypassDocumentValidation": true }
}

async fn hold(
    pen: Pen<'_>,
    op: &str,
    ns: &Namespace,
    filter: &Document,
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    let documents = read(pen, ns, filter, session).await?;
    let keep = Namespace::new(pen.store().master(), HELD);
    let ids: Vec<Bson> = documents.iter().filter_map(|d| d.get("_id").cloned()).collect();
    let held: Vec<Document> = documents.into_iter().map(|d| held(op, ns, d)).collect();
    put_all(pen, &keep, &held, session).await?;
    for chunk in ids.chunks(1000) {
        let command =
            doc! { "delete": &ns.coll, "deletes": [{ "q": { "_id": { "$in": chunk.to_vec() } }, "limit": 0 }] };
        run(pen, &ns.db, command, session).await?;
    }
    Ok(())
}

async fn release(
    pen: Pen<'_>,
    op: &str,
    ns: &Namespace,
    must: bool,
    session: &mut Option<ClientSession>,
) -> Result<(), Failure> {
    let keep = Namespace::new(pen.store().master(), HELD);
    let which = doc! { "op": op, "ns": ns.to_string() };
    let held = read(pen, &keep, &which, session).await?;
    let documents: Vec<Document> = held.iter().filter_map(|h| h.get_document("document").ok().cloned()).collect();
    if must && documents.is_empty() && session.is_some() {
        return Err(Failure::stale(format!("the document for {} that lay ready is gone", ns.coll)));
    }
    put_all(pen, ns, &documents, session).await?;
    run(pen, &keep.db, doc! { "delete": HELD, "deletes": [{ "q": which, "limit": 0 }] }, session).await.map(drop)
}

async fn fill(pen: Pen<'_>, op: &str, ns: &Namespace, session: &mut Option<ClientSession>) -> Result<(), Failure> {
    let keep = Namespace::new(pen.store().master(), HELD);
    let which = doc! { "op": op, "ns": ns.to_string() };
    let held = read(pen, &keep, &which, session).await?;
    if held.is_empty() && session.is_some() {
        return Err(Failure::stale(format!("what lay ready for {} is gone", ns.coll)));
    }
    for deposit in &held {
        let (Some(id), Ok(document)) = (deposit.get("id"), deposit.get_document("document")) else { continue };
        let set = document.get_document("set").cloned().unwrap_or_default();
        if update(pen, ns, doc! { "_id": id.clone() }, set, session).await? == 0 {
            return Err(Failure::stale(format!("a document of {} is gone: somebody deleted it", ns.coll)));
        }
    }
    run(pen, &keep.db, doc! { "delete": HELD, "deletes": [{ "q": which, "limit": 0 }] }, session).await.map(drop)
}

/// Reads inside the transaction, so that what is moved is what was there when it committed.
async fn read(
    pen: Pen<'_>,
    ns: &Namespace,
    filter: &Document,
    session: &mut Option<ClientSession>,
) -> Result<Vec<Document>, Failure> {
    let Some(session) = session else { return pen.store().find(ns, filter.clone(), None, None).await };
    let collection = pen.store().database(&ns.db).collection::<Document>(&ns.coll);
    let mut cursor = collection.find(filter.clone()).session(&mut *session).await?;
    let mut documents = Vec::new();
    while let Some(document) = cursor.next(session).await {
        documents.push(document?);
    }
    Ok(documents)
}
