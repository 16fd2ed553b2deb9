//! What was begun: one record per operation in the master database, and the runner that drives it forward or back.
//!
//! The intent stands in the journal before anything changes. A unique index over the reserved names of open
//! operations makes sure that one organization, and one name, is in one operation at a time.

mod act;
mod interrupt;
mod lease;
mod runner;

pub use interrupt::Interrupt;
pub use lease::{Take, days_from};
pub use runner::{Drive, Outcome, Watch};

use std::sync::Mutex;
use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};

use crate::domain::plan::{Change, Namespace};
use crate::domain::record::{Event, Happening, OpId, RECORD_VERSION, Record};
use crate::error::{Error, Result, code};
use crate::store::documents::{HELD, Seal, apply, held};
use crate::store::failure::server;
use crate::store::fences::FENCES;
use crate::store::{Failure, Pen, Store, Warrant, machine};

/// The journal's collection in the master database.
pub const OPS: &str = "flowbit_ops";

/// Names that are kept for somebody: aliases of renamed and names of deleted organizations.
pub const NAMES: &str = "flowbit_names";

const RESERVES_INDEX: &str = "flowbit_open_reserves";

/// The journal of one master database.
#[derive(Debug, Clone, Copy)]
pub struct Journal<'a> {
    store: &'a Store,
    lease: Duration,
}

/// An operation in hand: the record and the right to work on it.
#[derive(Debug)]
pub struct Held {
    /// The record as last read or written.
    pub record: Record,
    /// The lease.
    pub warrant: Warrant,
    /// What happened and is written with the next thing: steps that only looked.
    pending: Vec<Happening>,
    /// Whether a commit went out and nobody knows what became of it.
    in_doubt: bool,
}

impl<'a> Journal<'a> {
    /// The journal in this store; leases last this long.
    pub fn new(store: &'a Store, lease: Duration) -> Self {
        Self { store, lease }
    }

    /// The store it is kept in.
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// Where the records are.
    pub fn ns(&self) -> Namespace {
        Namespace::new(self.store.master(), OPS)
    }

    /// Makes the journal's collections and its unique index where they are missing.
    pub async fn ensure(&self) -> Result<()> {
        let pen = Pen::free(self.store);
        let ensure = async {
            let indexes = self.store.indexes(&self.ns()).await?;
            if indexes.iter().any(|index| index.get_str("name").ok() == Some(RESERVES_INDEX)) {
                return Ok(());
            }
            for name in [NAMES, HELD, FENCES] {
                match pen.create_collection(&Namespace::new(self.store.master(), name)).await {
                    Err(failure) if failure.is(server::NAMESPACE_EXISTS) => {}
                    other => other?,
                }
            }
            pen.create_indexes(
                &self.ns(),
                &[doc! {
                    "key": { "reserves": 1 },
                    "name": RESERVES_INDEX,
                    "unique": true,
                    "partialFilterExpression": { "open": true },
                }],
            )
            .await
        };
        ensure.await.map_err(|failure: Failure| failure.into_error("preparing the journal"))
    }

    /// Writes the intent. From here on the operation exists and will be finished or undone.
    ///
    /// `deposits` are documents that may not stand in the record because they hold hashes; they lie beside it until
    /// the commit.
    ///
    /// # Errors
    /// `E0303` when an open operation holds one of the names.
    pub async fn begin(&self, mut record: Record, deposits: &[(Namespace, Document)]) -> Result<Held> {
        let pen = Pen::free(self.store);
        self.store.fault().at("begin:before").await;
        let start = Instant::now();
        let now = self.store.server_time().await.map_err(|f| f.into_error("reading the server's clock"))?;
        record.lease.until =
            DateTime::from_millis(now.timestamp_millis() + i64::try_from(self.lease.as_millis()).unwrap_or(60_000));
        record.lease.session = self.store.session_id().await.map_err(|f| f.into_error("starting a session"))?;
        let keep = Namespace::new(self.store.master(), HELD);
        let outcome = async {
            for (ns, document) in deposits {
                pen.insert(&keep, held(record.id.as_str(), ns, document.clone())).await?;
            }
            let stored = bson::serialize_to_document(&record).map_err(|e| Failure::reported(-1, e.to_string()))?;
            match pen.insert(&self.ns(), stored).await {
                Ok(inserted) => Ok(inserted),
                // The answer was lost: the record itself says whether it was written.
                Err(failure) => match self.store.exists(&self.ns(), doc! { "_id": record.id.as_str() }).await {
                    Ok(true) => Ok(true),
                    _ => Err(failure),
                },
            }
        };
        match outcome.await {
            Ok(true) => {}
            Ok(false) => {
                self.forget_deposits(&record.id).await;
                return Err(self.who_reserves(&record).await);
            }
            Err(failure) => {
                // Only when it is certain that there is no record may what lies beside it go.
                return match self.store.exists(&self.ns(), doc! { "_id": record.id.as_str() }).await {
                    Ok(false) => {
                        self.forget_deposits(&record.id).await;
                        Err(failure.into_error("writing the intent"))
                    }
                    _ => Err(failure
                        .into_error("writing the intent; whether it was written is not known")
                        .after_changes()
                        .next("flowbit op list --open")),
                };
            }
        }
        self.store.fault().at("begin:after").await;
        let warrant = self.warrant(&record, start);
        Ok(Held { record, warrant, pending: Vec::new(), in_doubt: false })
    }

    async fn forget_deposits(&self, op: &OpId) {
        // What this leaves behind has no record and is removed by `op gc`.
        let _ = Pen::free(self.store)
            .delete_many(&Namespace::new(self.store.master(), HELD), doc! { "op": op.as_str() })
            .await;
    }

    async fn who_reserves(&self, record: &Record) -> Error {
        let filter = doc! { "open": true, "reserves": { "$in": record.reserves.clone() } };
        match self.store.find_one(&self.ns(), filter, None).await {
            Ok(Some(other)) => open_operation(&other),
            _ => {
                Error::new(&code::OP_OPEN, "an operation held one of the names a moment ago").next("repeat the command")
            }
        }
    }

    fn warrant(&self, record: &Record, start: Instant) -> Warrant {
        Warrant {
            journal: self.ns(),
            op: record.id.0.clone(),
            token: record.lease.token,
            lease: self.lease,
            holds_until: Mutex::new(start + Warrant::usable(self.lease)),
        }
    }

    /// The open operation that holds one of these names.
    pub async fn find_open(&self, reserves: &[String]) -> Result<Option<Error>> {
        let filter = doc! { "open": true, "reserves": { "$in": reserves.to_vec() } };
        let found = self.store.find_one(&self.ns(), filter, None).await?;
        Ok(found.map(|record| open_operation(&record)))
    }

    /// All records, newest first; only the open ones on request.
    pub async fn list(&self, only_open: bool) -> Result<Vec<Document>> {
        let filter = if only_open {
            doc! { "open": true }
        } else {
            doc! {}
        };
        Ok(self.store.find(&self.ns(), filter, None, Some(doc! { "began": -1, "_id": -1 })).await?)
    }

    /// The record that a person names: by identifier, by a unique part of it, or by the organization of an open one.
    ///
    /// # Errors
    /// `E0202`, and `E0311` for a record of another version.
    pub async fn load(&self, named: &str) -> Result<Record> {
        parse(&self.load_document(named).await?)
    }

    /// The same, as it is stored, whatever its version.
    pub async fn load_document(&self, named: &str) -> Result<Document> {
        if let Some(found) = self.store.find_one(&self.ns(), doc! { "_id": named }, None).await? {
            return Ok(found);
        }
        let not_found = |why: String| Err(Error::new(&code::OP_NOT_FOUND, why).next("flowbit op list"));
        let mut found = Vec::new();
        if named.len() >= 4 && named.chars().all(|c| c.is_ascii_hexdigit()) {
            let part = named.to_lowercase();
            found = self
                .store
                .find(&self.ns(), doc! { "_id": { "$regex": format!("^{part}|{part}$") } }, None, None)
                .await?;
        }
        if found.is_empty() {
            let by_name = doc! { "open": true, "$or": [{ "subject.name": named }, { "subject.to": named }] };
            found = self.store.find(&self.ns(), by_name, None, None).await?;
        }
        match found.len() {
            1 => Ok(found.swap_remove(0)),
            0 => not_found(format!(
                "no operation is named `{named}`, and no open one belongs to an organization of this name"
            )),
            n => not_found(format!("`{named}` stands for {n} operations; give more of the identifier")),
        }
    }

    /// Closes an operation that was begun and in which nothing was done.
    pub async fn void(&self, held: &mut Held, why: &str) -> Result<()> {
        let turned = Happening::Turned { why: why.to_owned() };
        self.append(held, vec![turned, Happening::Closed]).await.map_err(|f| f.into_error("closing the operation"))?;
        self.forget_deposits(&held.record.id).await;
        Ok(())
    }

    /// Records that the plan of an operation in hand still holds.
    pub async fn checked(&self, held: &mut Held) -> Result<()> {
        self.append(held, vec![Happening::Checked]).await.map_err(|f| f.into_error("recording the operation"))
    }

    /// Gives the lease of an operation in hand back. If that fails, it runs out.
    pub(crate) async fn release(&self, held: &Held) {
        let filter = doc! { "_id": held.record.id.as_str(), "lease.token": held.warrant.token };
        let now = vec![doc! { "$set": { "lease.until": "$$NOW" } }];
        let _ = Pen::for_operation(self.store, &held.warrant).update_one(&self.ns(), filter, now).await;
    }

    /// Turns an operation in hand round, and changes documents in the same moment.
    ///
    /// # Errors
    /// What kept either from being written: the operation heads for where it did before then, and is free.
    pub async fn turn(&self, held: &mut Held, turned: Happening, with: &[Change]) -> Result<()> {
        let (record, update) = self.next(held, vec![turned]).map_err(Error::from)?;
        let mut filter = mine(&record, held);
        // This is tried once: whoever finds it turned already did not turn it.
        filter.insert("state", held.record.state.word());
        let seal = Seal { ns: self.ns(), filter, update };
        let pen = Pen::for_operation(self.store, &held.warrant);
        if let Err(failure) = apply(pen, record.id.as_str(), with, Some(&seal)).await {
            self.release(held).await;
            return Err(failure.into_error("turning the operation round"));
        }
        held.record = record;
        held.pending.clear();
        Ok(())
    }

    /// Appends to the history of an operation in hand, and changes its state with it.
    pub(crate) async fn append(&self, held: &mut Held, happened: Vec<Happening>) -> Result<(), Failure> {
        let (record, update) = self.next(held, happened)?;
        let pen = Pen::for_operation(self.store, &held.warrant);
        if pen.update_one(&self.ns(), mine(&record, held), update).await? != 1 {
            return Err(Failure::lease_lost("another runner, or it is in another state already"));
        }
        held.record = record;
        held.pending.clear();
        Ok(())
    }

    /// The record as it is after this, and the update that makes it so.
    fn next(&self, held: &Held, happened: Vec<Happening>) -> Result<(Record, Document), Failure> {
        let mut all = held.pending.clone();
        all.extend(happened);
        let events: Vec<Event> =
            all.into_iter().map(|what| Event { at: DateTime::now(), token: held.warrant.token, what }).collect();
        let mut record = held.record.clone();
        record.events.extend(events.iter().cloned());
        record.state = record.folded().state.unwrap_or(record.state);
        record.open = !record.state.is_closed();
        let stored: Vec<Document> = events
            .iter()
            .map(|event| bson::serialize_to_document(event).map_err(|e| Failure::reported(-1, e.to_string())))
            .collect::<Result<_, _>>()?;
        let update = doc! {
            "$push": { "events": { "$each": stored } },
            "$set": { "state": record.state.word(), "open": record.open },
        };
        Ok((record, update))
    }
}

/// The record, as long as the right to work on it is this one. Its state changes only from the one it is known in: a
/// commit whose answer was lost must not be turned back. A repeat finds it changed already.
fn mine(record: &Record, held: &Held) -> Document {
    let mut filter = doc! { "_id": record.id.as_str(), "lease.token": held.warrant.token };
    if record.state != held.record.state {
        filter.insert("state", doc! { "$in": [held.record.state.word(), record.state.word()] });
    }
    filter
}

/// Reads a stored record.
///
/// # Errors
/// `E0311` for a record of another version.
pub fn parse(stored: &Document) -> Result<Record> {
    let id = stored.get_str("_id").unwrap_or("?");
    let version = stored.get_i32("v").unwrap_or_default();
    if version != RECORD_VERSION {
        return Err(Error::new(
            &code::UNKNOWN_JOURNAL,
            format!("operation {id} was recorded in format {version}, this flowbit knows format {RECORD_VERSION}; nothing was touched"),
        )
        .next(format!("flowbit op show {id}")));
    }
    bson::deserialize_from_document(stored.clone()).map_err(|e| {
        Error::new(&code::UNKNOWN_JOURNAL, format!("operation {id} cannot be read: {e}; nothing was touched"))
            .next(format!("flowbit op show {id} --json"))
    })
}

fn open_operation(stored: &Document) -> Error {
    let id = stored.get_str("_id").unwrap_or("?");
    let Ok(record) = parse(stored) else {
        return Error::new(&code::OP_OPEN, format!("operation {id} is open")).next(format!("flowbit op show {id}"));
    };
    let title = record.title();
    if machine::is_dead(&record.lease.runner) == Some(false) && record.lease.until > DateTime::now() {
        return Error::new(
            &code::OP_OPEN,
            format!("{title} is being done by {} (operation {id})", record.lease.runner),
        )
        .next(format!("flowbit op show {id}"))
        .next("repeat the command when it is finished");
    }
    Error::new(&code::OP_OPEN, format!("{title} is open (operation {id})"))
        .next(format!("flowbit op show {id}"))
        .next(record.go_on())
}
