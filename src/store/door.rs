//! The one door through which every change goes.
//!
//! Before a command leaves, the lease is read again; the command carries the operation's mark, a time limit and a
//! majority write concern; its answer is searched for errors that the driver overlooks. Whoever gets a failure
//! must treat the change as *unknown* and look.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf, Uuid, doc};
use mongodb::ClientSession;

use super::failure::check_reply;
use super::{Failure, Store};
use crate::domain::plan::{Namespace, Sentry, View};

/// How long the majority may take to acknowledge.
const MAJORITY_TIMEOUT_MS: i64 = 20_000;

/// How long a command may wait for locks: a rename behind an open transaction stalls every writer of the collection.
const COMMAND_TIMEOUT_MS: i64 = 10_000;

/// The right to change something on behalf of an operation: its lease.
#[derive(Debug)]
pub struct Warrant {
    /// The journal.
    pub journal: Namespace,
    /// The operation.
    pub op: String,
    /// The lease's token.
    pub token: i64,
    /// How long a lease lasts.
    pub lease: Duration,
    /// Until when commands may leave, by our own clock: a quarter of the lease before it ends, counted from before
    /// the renewal, so that a command which left in time has also arrived before somebody else may begin.
    pub holds_until: Mutex<Instant>,
}

impl Warrant {
    fn remaining(&self) -> Duration {
        let until = self.holds_until.lock().map_or_else(|broken| *broken.into_inner(), |guard| *guard);
        until.saturating_duration_since(Instant::now())
    }

    fn extend_from(&self, start: Instant) {
        if let Ok(mut until) = self.holds_until.lock() {
            *until = start + Self::usable(self.lease);
        }
    }

    /// The part of a lease in which commands may leave.
    pub fn usable(lease: Duration) -> Duration {
        lease * 3 / 4
    }
}

fn millis(limit: Duration) -> i64 {
    i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)
}

/// What writes: a store, and in whose name. Everything that changes the server takes one.
#[derive(Debug, Clone, Copy)]
pub struct Pen<'a> {
    store: &'a Store,
    warrant: Option<&'a Warrant>,
    sealed: bool,
}

impl<'a> Pen<'a> {
    /// A pen for the journal's own records, which no operation guards.
    pub fn free(store: &'a Store) -> Self {
        Self { store, warrant: None, sealed: false }
    }

    /// A pen that writes for an operation, as long as its lease holds.
    pub fn for_operation(store: &'a Store, warrant: &'a Warrant) -> Self {
        Self { store, warrant: Some(warrant), sealed: false }
    }

    /// The store behind it.
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// A pen for the statements of a transaction that compares the lease itself when it updates the record.
    ///
    /// Looking between its statements would add nothing, and renewing would wait for the very transaction it is part
    /// of. Whoever takes the operation over ends the session first, and with it the transaction.
    pub(super) async fn sealed(self) -> Result<Self, Failure> {
        if let Some(warrant) = self.warrant {
            self.check_lease(warrant).await?;
        }
        Ok(Self { sealed: true, ..self })
    }

    /// Sends a command that changes something.
    pub async fn run(&self, db: &str, command: Document) -> Result<Document, Failure> {
        self.send(db, command, COMMAND_TIMEOUT_MS, None).await
    }

    /// Sends a command that may take long, and keeps the lease meanwhile.
    pub async fn run_long(&self, db: &str, command: Document, limit: Duration) -> Result<Document, Failure> {
        self.keeping(self.send(db, command, millis(limit), None)).await
    }

    /// Sends a command that was put together as bytes and may take long.
    pub async fn run_raw(&self, db: &str, command: RawDocumentBuf, limit: Duration) -> Result<Document, Failure> {
        self.send_raw(db, command, limit).await.and_then(|reply| check_reply(&reply).map(|()| reply))
    }

    /// The same, for whoever looks into the answer for what became of each document.
    pub(super) async fn send_raw(
        &self,
        db: &str,
        command: RawDocumentBuf,
        limit: Duration,
    ) -> Result<Document, Failure> {
        let raw = async {
            let n = self.store.mutations.fetch_add(1, Ordering::Relaxed) + 1;
            self.store.fault.at(&format!("mutation:{n}:before")).await;
            let mut command = command;
            let tail = self.marked(Document::new(), n, Some(millis(limit))).await?;
            for (name, value) in &tail {
                let broken = |e: bson::error::Error| Failure::reported(-1, e.to_string());
                let name = bson::raw::CString::try_from(name.as_str()).map_err(broken)?;
                command.append(name, bson::RawBson::try_from(value.clone()).map_err(broken)?);
            }
            self.store.fault.at(&format!("sending:raw:{n}")).await;
            let outcome = self.store.database(db).run_raw_command(command).await.map_err(Failure::from);
            self.store.fault.at(&format!("mutation:{n}:after")).await;
            outcome
        };
        self.keeping(raw).await
    }

    /// Waits for something long, and renews the lease meanwhile: whoever works must not look dead.
    async fn keeping<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let Some(warrant) = self.warrant else { return work.await };
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                outcome = &mut work => return outcome,
                () = tokio::time::sleep(warrant.lease / 4) => self.check_lease(warrant).await?,
            }
        }
    }

    /// Renews the lease if it is time: for whoever only reads for long.
    pub async fn keep(&self) -> Result<(), Failure> {
        match self.warrant {
            Some(warrant) if warrant.remaining() <= warrant.lease / 2 => self.check_lease(warrant).await,
            _ => Ok(()),
        }
    }

    /// Sends a command inside a transaction; the commit carries the write concern.
    pub async fn run_in(&self, session: &mut ClientSession, db: &str, command: Document) -> Result<Document, Failure> {
        self.send(db, command, 0, Some(session)).await
    }

    async fn send(
        &self,
        db: &str,
        mut command: Document,
        limit_ms: i64,
        session: Option<&mut ClientSession>,
    ) -> Result<Document, Failure> {
        let n = self.store.mutations.fetch_add(1, Ordering::Relaxed) + 1;
        self.store.fault.at(&format!("mutation:{n}:before")).await;
        command = self.marked(command, n, session.is_none().then_some(limit_ms)).await?;
        let word = command.keys().next().map_or("", String::as_str).to_owned();
        self.store.fault.at(&format!("sending:{word}:{n}")).await;
        let database = self.store.database(db);
        let sent = database.run_command(command);
        let reply = match session {
            Some(session) => sent.session(session).await,
            None => sent.await,
        };
        let outcome = reply.map_err(Failure::from).and_then(|reply| check_reply(&reply).map(|()| reply));
        self.store.fault.at(&format!("mutation:{n}:after")).await;
        outcome
    }

    /// A command with the operation's mark; with a limit of time, also with a write concern. The lease holds.
    async fn marked(&self, mut command: Document, n: u64, limit_ms: Option<i64>) -> Result<Document, Failure> {
        if let Some(warrant) = self.warrant {
            if !self.sealed {
                self.hold_lease(warrant, n).await?;
            }
            command.insert("comment", format!("flowbit:{}:{}", warrant.op, warrant.token));
        }
        if let Some(limit_ms) = limit_ms {
            command.insert("maxTimeMS", limit_ms);
            command.insert("writeConcern", doc! { "w": "majority", "wtimeout": MAJORITY_TIMEOUT_MS });
        }
        Ok(command)
    }

    /// Comes back with a lease that still holds by our own clock: whatever happened since the server was asked, a
    /// command never leaves after the lease ran out.
    async fn hold_lease(&self, warrant: &Warrant, n: u64) -> Result<(), Failure> {
        loop {
            self.check_lease(warrant).await?;
            self.store.fault.at(&format!("mutation:{n}:checked")).await;
            if warrant.remaining() > Duration::ZERO {
                return Ok(());
            }
        }
    }

    /// Reads the lease again, and renews it when a quarter of it is gone.
    async fn check_lease(&self, warrant: &Warrant) -> Result<(), Failure> {
        let filter = doc! { "_id": &warrant.op, "lease.token": warrant.token };
        if warrant.remaining() > warrant.lease / 2 {
            let mine = self.store.find_one(&warrant.journal, filter, Some(doc! { "_id": 1 })).await?;
            return if mine.is_some() { Ok(()) } else { Err(self.lease_lost(warrant).await) };
        }
        let start = Instant::now();
        let millis = i64::try_from(warrant.lease.as_millis()).unwrap_or(i64::MAX);
        let until = doc! { "$add": ["$$NOW", millis] };
        let reply = self
            .store
            .database(&warrant.journal.db)
            .run_command(doc! {
                "update": &warrant.journal.coll,
                "updates": [{ "q": filter, "u": [{ "$set": { "lease.until": until } }] }],
                "writeConcern": { "w": "majority", "wtimeout": MAJORITY_TIMEOUT_MS },
                "maxTimeMS": COMMAND_TIMEOUT_MS,
            })
            .await?;
        check_reply(&reply)?;
        if reply.get_i32("n").ok() != Some(1) {
            return Err(self.lease_lost(warrant).await);
        }
        warrant.extend_from(start);
        Ok(())
    }

    async fn lease_lost(&self, warrant: &Warrant) -> Failure {
        let record =
            self.store.find_one(&warrant.journal, doc! { "_id": &warrant.op }, Some(doc! { "lease": 1 })).await;
        let runner =
            record.ok().flatten().and_then(|d| d.get_document("lease").ok()?.get_document("runner").ok().cloned());
        match runner {
            Some(r) => Failure::lease_lost(format!(
                "{} on {} (pid {})",
                r.get_str("actor").unwrap_or("somebody"),
                r.get_str("host").unwrap_or("another machine"),
                r.get_i64("pid").unwrap_or_default()
            )),
            None => Failure::lease_lost("somebody, and the record is gone"),
        }
    }

    /// Adds the identity that a collection must have; nothing on a server that cannot compare it, which the operator
    /// accepted with every writer stopped.
    pub(super) async fn guarded(&self, mut command: Document, field: &str, uuid: Uuid) -> Result<Document, Failure> {
        if self.store.has_uuid_guard().await? {
            command.insert(field, uuid);
        } else if field == "dropTarget" {
            command.insert(field, true);
        }
        Ok(command)
    }

    /// Gives a collection another name in its database, if it still has this UUID and the other name is free.
    pub async fn rename(&self, uuid: Uuid, from: &Namespace, to: &Namespace) -> Result<(), Failure> {
        self.rename_command(uuid, from, to, None).await
    }

    /// The same over a collection that stands there, if that one has the UUID `over`: one step, no gap.
    pub async fn rename_over(&self, uuid: Uuid, from: &Namespace, to: &Namespace, over: Uuid) -> Result<(), Failure> {
        self.rename_command(uuid, from, to, Some(over)).await
    }

    async fn rename_command(
        &self,
        uuid: Uuid,
        from: &Namespace,
        to: &Namespace,
        over: Option<Uuid>,
    ) -> Result<(), Failure> {
        let command = doc! { "renameCollection": from.to_string(), "to": to.to_string() };
        let mut command = self.guarded(command, "collectionUUID", uuid).await?;
        if let Some(over) = over {
            command = self.guarded(command, "dropTarget", over).await?;
        }
        self.run("admin", command).await.map(drop)
    }

    /// Drops a collection if it still has this UUID.
    pub async fn drop_collection(&self, uuid: Uuid, name: &Namespace) -> Result<(), Failure> {
        let command = self.guarded(doc! { "drop": &name.coll }, "collectionUUID", uuid).await?;
        self.run(&name.db, command).await.map(drop)
    }

    /// Drops a view. Views have no UUID: look right before, and only under a lease.
    pub async fn drop_view(&self, name: &Namespace) -> Result<(), Failure> {
        self.run(&name.db, doc! { "drop": &name.coll }).await.map(drop)
    }

    /// Puts a sentry view at a name, over the collection `on`.
    pub async fn create_sentry(&self, name: &Namespace, on: &str, sentry: &Sentry) -> Result<(), Failure> {
        self.run(&name.db, doc! { "create": &name.coll, "viewOn": on, "pipeline": sentry.pipeline() }).await.map(drop)
    }

    /// Makes a view.
    pub async fn create_view(&self, name: &Namespace, view: &View) -> Result<(), Failure> {
        let mut command = doc! { "create": &name.coll, "viewOn": &view.on, "pipeline": view.pipeline.clone() };
        if let Some(collation) = &view.collation {
            command.insert("collation", collation.clone());
        }
        self.run(&name.db, command).await.map(drop)
    }

    /// Points a view at another collection.
    pub async fn retarget(&self, name: &Namespace, on: &str, pipeline: Vec<Document>) -> Result<(), Failure> {
        self.run(&name.db, doc! { "collMod": &name.coll, "viewOn": on, "pipeline": pipeline }).await.map(drop)
    }

    /// Refuses every insert and update in a collection that is about to disappear.
    pub async fn fence(&self, uuid: Uuid, name: &Namespace) -> Result<(), Failure> {
        self.guarded_validator(name, uuid, doc! { "$expr": false }, "strict", "error").await
    }

    /// Gives a collection another validator, if it still has this UUID.
    pub(super) async fn guarded_validator(
        &self,
        name: &Namespace,
        uuid: Uuid,
        validator: Document,
        level: &str,
        action: &str,
    ) -> Result<(), Failure> {
        let command = doc! {
            "collMod": &name.coll, "validator": validator, "validationLevel": level, "validationAction": action,
        };
        self.run(&name.db, self.guarded(command, "collectionUUID", uuid).await?).await.map(drop)
    }

    /// Makes an empty collection.
    pub async fn create_collection(&self, name: &Namespace) -> Result<(), Failure> {
        self.run(&name.db, doc! { "create": &name.coll }).await.map(drop)
    }

    /// Makes indexes; those that exist are left.
    pub async fn create_indexes(&self, name: &Namespace, specs: &[Document]) -> Result<(), Failure> {
        self.run(&name.db, doc! { "createIndexes": &name.coll, "indexes": specs.to_vec() }).await.map(drop)
    }

    /// Copies documents that are not there yet; those with an `_id` that exists stay as they are.
    ///
    /// An empty pipeline keeps the existing document as `keepExisting` does, but inserts the others as they are: the
    /// server turns `keepExisting` into `$setOnInsert`, which sorts fields and reads dots in their names as paths.
    pub async fn merge_missing(
        &self,
        from: &Namespace,
        uuid: Uuid,
        into: &Namespace,
        limit: Duration,
    ) -> Result<(), Failure> {
        let merge =
            doc! { "$merge": { "into": &into.coll, "on": "_id", "whenMatched": [], "whenNotMatched": "insert" } };
        let mut command = doc! { "aggregate": &from.coll, "pipeline": [merge], "cursor": {} };
        // The index on `_id` has the collection's own collation, and only under that does the server find it.
        let there = self.store.at(into).await?;
        if let Some(collation) = there.and_then(|info| info.options.get_document("collation").ok().cloned()) {
            command.insert("collation", collation);
        }
        let command = self.guarded(command, "collectionUUID", uuid).await?;
        self.run_long(&from.db, command, limit).await.map(drop)
    }

    /// Inserts one document; `false` if a unique index says that it, or its twin, is there.
    pub async fn insert(&self, ns: &Namespace, document: Document) -> Result<bool, Failure> {
        match self.run(&ns.db, doc! { "insert": &ns.coll, "documents": [document] }).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is(super::failure::server::DUPLICATE_KEY) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Updates the first matching document; returns how many matched.
    pub async fn update_one(&self, ns: &Namespace, filter: Document, update: impl Into<Bson>) -> Result<i32, Failure> {
        let reply =
            self.run(&ns.db, doc! { "update": &ns.coll, "updates": [{ "q": filter, "u": update.into() }] }).await?;
        Ok(reply.get_i32("n").unwrap_or_default())
    }

    /// Deletes all matching documents; returns how many.
    pub async fn delete_many(&self, ns: &Namespace, filter: Document) -> Result<i32, Failure> {
        let reply = self.run(&ns.db, doc! { "delete": &ns.coll, "deletes": [{ "q": filter, "limit": 0 }] }).await?;
        Ok(reply.get_i32("n").unwrap_or_default())
    }
}
