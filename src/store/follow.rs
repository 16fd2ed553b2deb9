//! What comes to a collection, as it comes: the newest documents, and the server's change stream behind them.

use std::time::Duration;

use bson::{Bson, Document, RawDocumentBuf, Timestamp, doc};
use futures_util::TryStreamExt;
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ResumeToken;

use super::{Failure, Store};
use crate::domain::plan::Namespace;

/// How long the server waits for something to happen before it says that nothing did.
const AWHILE: Duration = Duration::from_secs(1);

/// How long an answer may take, beyond that: a connection that is silently gone never answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Codes by which the server says that its log does not reach back so far, or cannot be gone on with.
const LOST: [i32; 3] = [136, 280, 286];

/// Codes that pass, beside those of elections and connections.
const PASSING: [i32; 6] = [63, 133, 150, 234, 237, 11601];

/// Where a stream begins.
#[derive(Debug, Clone)]
pub enum From {
    /// At a moment of the server's log, what happened in it included.
    Moment(Timestamp),
    /// Behind what was read.
    Mark(Mark),
}

/// How far a stream was read.
#[derive(Debug, Clone)]
pub struct Mark(ResumeToken);

/// What a stream says.
#[derive(Debug)]
pub enum Heard {
    /// A document was inserted, at this moment.
    Inserted(RawDocumentBuf, Option<Timestamp>),
    /// Nothing, for a while.
    Nothing,
    /// The collection is not there any more: in the server's word.
    Gone(String),
}

/// A change stream of inserts.
pub struct Follow {
    stream: ChangeStream<RawDocumentBuf>,
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Follow")
    }
}

impl Follow {
    /// What happens next. A stream that failed is of no use any more.
    pub async fn next(&mut self) -> Result<Heard, Failure> {
        let silent = |_| Failure::reported(0, "the server does not answer");
        let next = tokio::time::timeout(AWHILE + PATIENCE, self.stream.next_if_any()).await.map_err(silent)??;
        let Some(event) = next else {
            if self.stream.is_alive() {
                return Ok(Heard::Nothing);
            }
            return Ok(Heard::Gone("invalidate".to_owned()));
        };
        let broken = |_| Failure::reported(-1, "the server's event cannot be read");
        let what = event.get_str("operationType").map_err(broken)?;
        if what != "insert" {
            return Ok(Heard::Gone(what.to_owned()));
        }
        let at = event.get_timestamp("clusterTime").ok();
        Ok(Heard::Inserted(event.get_document("fullDocument").map_err(broken)?.to_owned(), at))
    }

    /// How far it was read.
    pub fn mark(&self) -> Option<Mark> {
        self.stream.resume_token().map(Mark)
    }
}

/// Whether the server's log of changes does not lead on from there.
pub fn is_lost(failure: &Failure) -> bool {
    LOST.contains(&failure.code)
}

/// Whether another stream may lead on from there, a moment later.
pub fn passes(failure: &Failure) -> bool {
    failure.is_transient() || PASSING.contains(&failure.code)
}

/// A condition on documents as one on the events of their inserts.
fn in_events(filter: &Document) -> Document {
    let each = |value: &Bson| match value {
        Bson::Document(one) => Bson::Document(in_events(one)),
        other => other.clone(),
    };
    filter
        .iter()
        .map(|(name, value)| match (name.starts_with('$'), value) {
            (true, Bson::Array(all)) => (name.clone(), Bson::Array(all.iter().map(each).collect())),
            (true, other) => (name.clone(), other.clone()),
            (false, other) => (format!("fullDocument.{name}"), other.clone()),
        })
        .collect()
}

impl Store {
    /// The moment up to which a majority has the server's log; reading with a majority sees everything up to there.
    pub async fn settled_moment(&self, ns: &Namespace) -> Result<Timestamp, Failure> {
        let command = doc! {
            "find": &ns.coll, "filter": {}, "projection": { "_id": 1 }, "limit": 1, "singleBatch": true,
            "readConcern": { "level": "majority" },
        };
        let reply = self.database(&ns.db).run_command(command).await?;
        match reply.get("operationTime") {
            Some(Bson::Timestamp(moment)) => Ok(*moment),
            _ => Err(Failure::reported(-1, "the server has no log of changes; it is not a replica set")),
        }
    }

    /// Matching documents by the date at this path, the newest first where `limit` says how many at most; everything
    /// that was there at the moment `seen` is seen.
    pub async fn by_time(
        &self,
        ns: &Namespace,
        filter: Document,
        time: &str,
        limit: Option<i64>,
        seen: Option<Timestamp>,
    ) -> Result<ByTime, Failure> {
        let mut sort = Document::new();
        sort.insert(time, if limit.is_some() { -1 } else { 1 });
        let mut command = doc! { "find": &ns.coll, "filter": filter, "sort": sort, "allowDiskUse": true };
        if let Some(limit) = limit {
            command.insert("limit", limit);
        }
        if let Some(seen) = seen {
            // A majority that was just elected may not know yet what the one before it had.
            command.insert("readConcern", doc! { "level": "majority", "afterClusterTime": seen });
        }
        Ok(ByTime { cursor: self.database(&ns.db).run_cursor_command(command).await?.with_type() })
    }

    /// The inserts of matching documents, from there on, and the end of the collection.
    pub async fn follow(&self, ns: &Namespace, filter: &Document, from: &From) -> Result<Follow, Failure> {
        let mut inserts = doc! { "operationType": "insert" };
        inserts.extend((!filter.is_empty()).then(|| ("$and".to_owned(), Bson::Array(vec![in_events(filter).into()]))));
        let ends = doc! { "operationType": { "$in": ["drop", "rename", "dropDatabase", "invalidate"] } };
        let collection = self.database(&ns.db).collection::<Document>(&ns.coll);
        let watch = collection
            .watch()
            .pipeline([doc! { "$match": { "$or": [inserts, ends] } }])
            .max_await_time(AWHILE)
            .batch_size(1_000);
        let watch = match from {
            From::Moment(moment) => watch.start_at_operation_time(*moment),
            From::Mark(mark) => watch.resume_after(mark.0.clone()),
        };
        Ok(Follow { stream: watch.await?.with_type() })
    }
}

/// Documents by time.
#[derive(Debug)]
pub struct ByTime {
    cursor: mongodb::Cursor<RawDocumentBuf>,
}

impl ByTime {
    /// The next document.
    pub async fn next(&mut self) -> Result<Option<RawDocumentBuf>, Failure> {
        Ok(self.cursor.try_next().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_on_documents_become_conditions_on_events() {
        let filter = doc! { "$or": [{ "a": 1, "t": { "$lt": 5 } }, { "$and": [{ "b.c": { "$in": [1] } }] }], "d": "x" };
        let expected = doc! {
            "$or": [
                { "fullDocument.a": 1, "fullDocument.t": { "$lt": 5 } },
                { "$and": [{ "fullDocument.b.c": { "$in": [1] } }] },
            ],
            "fullDocument.d": "x",
        };
        assert_eq!(in_events(&filter), expected);
    }
}
