//! What was written to a database since a moment: which documents of which collections, from the server's change stream.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use bson::{Bson, Document, Timestamp, doc, oid::ObjectId};
use mongodb::change_stream::event::{ChangeStreamEvent, OperationType};

use super::{Failure, Pen, Store};
use crate::domain::plan::Namespace;

/// How long to wait for the mark that was just written to come round.
const PATIENCE: Duration = Duration::from_secs(60);

/// The documents that were touched, by collection; each once, in the order in which they first were.
#[derive(Debug, Default)]
pub struct Touched {
    by_collection: BTreeMap<String, (Vec<Bson>, HashSet<Vec<u8>>)>,
    /// Things that no refresh of documents can follow: a collection of this name was dropped or renamed.
    pub broken: Option<String>,
    /// The moment up to which this is complete.
    pub until: Option<Timestamp>,
    /// Changes that were seen.
    pub changes: u64,
}

impl Touched {
    fn add(&mut self, collection: &str, key: &Document) {
        self.changes += 1;
        let Some(id) = key.get("_id") else { return };
        let bytes = bson::serialize_to_vec(key).unwrap_or_default();
        let (ids, known) = self.by_collection.entry(collection.to_owned()).or_default();
        if known.insert(bytes) {
            ids.push(id.clone());
        }
    }

    /// The documents of a collection.
    pub fn of(&self, collection: &str) -> &[Bson] {
        self.by_collection.get(collection).map_or(&[], |(ids, _)| ids)
    }

    /// Whether a document of a collection was touched.
    pub fn has(&self, collection: &str, id: &Bson) -> bool {
        let key = bson::serialize_to_vec(&doc! { "_id": id.clone() }).unwrap_or_default();
        self.by_collection.get(collection).is_some_and(|(_, known)| known.contains(&key))
    }

    /// How many documents.
    pub fn len(&self) -> usize {
        self.by_collection.values().map(|(ids, _)| ids.len()).sum()
    }

    /// Whether nothing was touched.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Store {
    /// The moment that the server's log of changes has reached.
    pub async fn moment(&self) -> Result<Timestamp, Failure> {
        let reply = self.database("admin").run_command(doc! { "hello": 1 }).await?;
        match reply.get("operationTime") {
            Some(Bson::Timestamp(now)) => Ok(*now),
            _ => Err(Failure::reported(-1, "the server has no log of changes; it is not a replica set")),
        }
    }

    /// Everything that was touched in a database since a moment, up to a mark that is written now.
    ///
    /// `live` are the collections that must not be dropped or renamed by anybody meanwhile.
    pub async fn touched_since(
        &self,
        pen: Pen<'_>,
        db: &str,
        since: Timestamp,
        mark: &Namespace,
        live: &[&str],
    ) -> Result<Touched, Failure> {
        let pipeline = [doc! { "$project": { "operationType": 1, "ns": 1, "documentKey": 1, "clusterTime": 1 } }];
        let database = self.database(db);
        let watch = database.watch().pipeline(pipeline).start_at_operation_time(since);
        let mut stream = watch.max_await_time(Duration::from_millis(200)).await?;
        let sign = ObjectId::new();
        pen.insert(mark, doc! { "_id": sign }).await?;
        let mut touched = Touched::default();
        let mut last = Instant::now();
        loop {
            let Some(event) = stream.next_if_any().await? else {
                pen.keep().await?;
                if last.elapsed() > PATIENCE {
                    let why = "the server's change stream does not come to the present";
                    return Err(Failure::reported(super::failure::server::MAX_TIME_EXPIRED, why));
                }
                continue;
            };
            last = Instant::now();
            if touched.note(&event, mark, sign, live) {
                return Ok(touched);
            }
            if touched.changes.is_multiple_of(10_000) {
                pen.keep().await?;
            }
        }
    }
}

impl Touched {
    /// Takes an event in. Says whether it was the mark.
    fn note(&mut self, event: &ChangeStreamEvent<Document>, mark: &Namespace, sign: ObjectId, live: &[&str]) -> bool {
        let collection = event.ns.as_ref().and_then(|ns| ns.coll.as_deref()).unwrap_or_default();
        match event.operation_type {
            OperationType::Insert | OperationType::Update | OperationType::Replace | OperationType::Delete => {
                let Some(key) = &event.document_key else { return false };
                if collection == mark.coll {
                    self.until = event.cluster_time;
                    return key.get("_id") == Some(&Bson::ObjectId(sign));
                }
                self.add(collection, key);
            }
            OperationType::Drop | OperationType::Rename if live.contains(&collection) => {
                self.broken = Some(format!("somebody dropped or renamed {collection} while it was copied"));
            }
            OperationType::DropDatabase => self.broken = Some("somebody dropped the database".to_owned()),
            _ => {}
        }
        false
    }
}
