//! What can be done. Each operation is a `plan` that reads and an `apply` that acts; nothing here prints or asks.

pub mod audit;
mod consent;
mod deed;
pub mod detect;
pub mod doctor;
pub mod isolation;
pub mod key;
pub mod op;
pub mod org;
pub mod password;
pub mod screen;
pub mod seed;
pub mod token;
pub mod user;

pub use consent::Consent;

use std::path::PathBuf;
use std::time::Duration;

use bson::{DateTime, Document, oid::ObjectId};
use sha2::{Digest, Sha256};

use crate::domain::Description;
use crate::domain::plan::{Namespace, Plan};
use crate::domain::record::{Event, Happening, Lease, OpId, OpState, RECORD_VERSION, Record, Runner, Subject};
use crate::error::{Error, Result, code};
use crate::journal::{Drive, Interrupt, Journal, Outcome, Watch};
use crate::store::{Store, Topology, machine};

pub use crate::domain::audit::OWN_AUDIT;

/// Everything an operation works with.
pub struct House<'a> {
    /// The server.
    pub store: &'a Store,
    /// The platform.
    pub platform: &'a Description,
    /// Who acts, as it will stand in the audit trail.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// How long a lease lasts.
    pub lease: Duration,
    /// The registry file, where the platform has one on this machine and it is not to be left alone.
    pub registry: Option<PathBuf>,
    /// How long the platform's writers may be refused while a tenant's data is copied.
    pub pace: Pace,
    /// Goes on where the server cannot compare UUIDs, on the word of the operator that nobody else writes.
    pub exclusive: bool,
    /// Set when the user interrupts.
    pub interrupt: &'a Interrupt,
    /// Told what happens.
    pub watch: &'a dyn Watch,
}

/// How a tenant's data is copied from one database into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// With writers refused, where that is expected to take no longer than this; while they write, otherwise.
    Within(Duration),
    /// With writers refused the whole time.
    Frozen,
    /// While they write; they are refused for the last moment only.
    Online,
}

impl Default for Pace {
    fn default() -> Self {
        Pace::Within(Duration::from_secs(2))
    }
}

/// An operation that could begin: the record it would have, and what to show of it.
#[derive(Debug)]
pub struct Prepared {
    /// The record.
    pub record: Record,
    /// Documents that may not stand in the record.
    pub deposits: Vec<(Namespace, Document)>,
    /// Things to know before agreeing.
    pub warnings: Vec<String>,
}

impl<'a> House<'a> {
    /// The journal.
    pub fn journal(&self) -> Journal<'a> {
        Journal::new(self.store, self.lease)
    }

    /// A collection of the master database.
    pub fn master(&self, collection: &str) -> Namespace {
        Namespace::new(self.store.master(), collection)
    }

    /// The drive of an operation.
    pub fn drive(&self, skip_registry: bool) -> Drive<'a> {
        Drive { journal: self.journal(), interrupt: self.interrupt, watch: self.watch, skip_registry }
    }

    /// This process, as it stands in leases.
    pub fn runner(&self) -> Runner {
        machine::this_runner(&self.actor)
    }

    /// A record that is ready to be begun. `seen` is everything the plan depends on.
    pub(crate) fn record(
        &self,
        id: OpId,
        kind: &str,
        subject: Subject,
        reserves: Vec<String>,
        plan: Plan,
        seen: &Document,
    ) -> Record {
        let now = DateTime::now();
        let runner = self.runner();
        let token = 1;
        let begun = |what| Event { at: now, token, what };
        let mut reserves = reserves;
        reserves.sort();
        reserves.dedup();
        Record {
            id,
            v: RECORD_VERSION,
            kind: kind.to_owned(),
            subject,
            reserves,
            open: true,
            state: OpState::Forward,
            plan,
            fingerprint: fingerprint(seen),
            actor: self.actor.clone(),
            reason: self.reason.clone(),
            flowbit: env!("CARGO_PKG_VERSION").to_owned(),
            began: now,
            keep_until: None,
            progress: std::collections::BTreeMap::new(),
            lease: Lease { runner: runner.clone(), token, until: now, session: None },
            events: vec![begun(Happening::Begun), begun(Happening::Taken { runner })],
        }
    }

    /// Makes sure that what the plan needs of the server is there.
    ///
    /// # Errors
    /// `E0805` on a sharded cluster, `E0808` without the UUID guard.
    pub async fn require_guard(&self, plan: &Plan) -> Result<()> {
        self.store.require_writable_topology()?;
        if !plan.needs_guard() || self.exclusive {
            return Ok(());
        }
        if self.store.has_uuid_guard().await? {
            return Ok(());
        }
        Err(Error::new(
            &code::NO_GUARD,
            format!(
                "MongoDB {} cannot rename a collection by its UUID, so a writer could slip in between look and rename",
                self.store.facts().version
            ),
        )
        .next("use MongoDB 6.0 or newer")
        .next("or stop every writer and repeat with --exclusive"))
    }

    /// Refuses names that an open operation holds; the operation that is just being begun holds its own.
    pub(crate) async fn require_unreserved(&self, reserves: &[String], own: Option<&OpId>) -> Result<()> {
        match own {
            Some(_) => Ok(()),
            None => self.journal().find_open(reserves).await?.map_or(Ok(()), Err),
        }
    }

    /// Begins an operation, looks once more whether the plan still holds, and drives it to its end.
    ///
    /// # Errors
    /// `E0304` when something changed since the plan; otherwise what stopped the drive.
    pub async fn execute(
        &self,
        prepared: Prepared,
        _consent: &Consent,
        again: impl AsyncFn(&OpId) -> Result<Prepared>,
    ) -> Result<Outcome> {
        self.require_guard(&prepared.record.plan).await?;
        self.journal().ensure().await?;
        let id = prepared.record.id.clone();
        let seen = prepared.record.fingerprint.clone();
        self.interrupt.engage();
        let mut held = self.journal().begin(prepared.record, &prepared.deposits).await?;
        // The names are ours now; whatever changed before that is found here, and nothing has been done yet.
        let still = match again(&id).await {
            Ok(now) if now.record.fingerprint == seen => Ok(()),
            Ok(_) => Err(Error::new(
                &code::STALE_PLAN,
                "the organization changed between plan and beginning; nothing was done",
            )
            .next("repeat the command to see a new plan")),
            Err(error) => Err(error),
        };
        if let Err(error) = still {
            self.journal().void(&mut held, error.message()).await?;
            return Err(error);
        }
        self.journal().checked(&mut held).await?;
        self.drive(false).run(held).await
    }

    /// Where audit entries go.
    pub fn audit_collection(&self) -> &str {
        self.platform.audit.as_ref().map_or(OWN_AUDIT, |shape| &shape.collection)
    }

    /// Refuses to rewrite a tenant's key where it cannot be done in transactions.
    ///
    /// # Errors
    /// `E0804` on a standalone.
    pub(crate) fn require_transactions(&self) -> Result<()> {
        if self.store.has_transactions() || self.exclusive {
            return Ok(());
        }
        Err(Error::new(
            &code::NEEDS_REPLICA_SET,
            "the server is a standalone: a tenant's key cannot be rewritten so that a crash leaves no doubt",
        )
        .next("make it a replica set of one node")
        .next("or stop every writer and repeat with --exclusive"))
    }

    /// What a standalone server means for an operation.
    pub(crate) fn topology_warnings(&self, warnings: &mut Vec<String>) {
        if self.store.facts().topology == Topology::Standalone {
            warnings.push(
                "the server is a standalone: no transactions, so the documents of the commit change one after the other (an interrupted commit can only be resumed), and a crash of the server may lose acknowledged changes".to_owned(),
            );
        }
        if self.exclusive {
            warnings.push("--exclusive: where the server cannot compare UUIDs, renames go unguarded; every writer must be stopped".to_owned());
        }
    }
}

impl std::fmt::Debug for House<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("actor", &self.actor).finish_non_exhaustive()
    }
}

/// A new identifier for an operation.
pub fn new_op() -> OpId {
    OpId(ObjectId::new().to_hex())
}

/// A digest over what a plan depends on.
fn fingerprint(seen: &Document) -> String {
    let bytes = bson::serialize_to_vec(seen).unwrap_or_default();
    Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
