//! Writing a set: what is missing is inserted, what differs replaced, nothing else touched. Killed and repeated, it ends
//! as if it had not been: rows have their identifiers before they are written.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, Uuid, doc};
use futures_util::future::try_join_all;

use super::survey::Survey;
use super::work::{Ended, Work};
use super::{Bed, Count, Stamp};
use crate::domain::audit::Deed;
use crate::domain::plan::{Change, Plan, Step};
use crate::domain::record::{Happening, OpState, Record, Subject};
use crate::error::{Error, Result, code};
use crate::journal::{Held, Outcome, Take, parse};
use crate::ops::org::find::shell;
use crate::ops::org::kept::{name_entry, org_entry};
use crate::ops::{Consent, House, new_op};
use crate::store::documents::{apply, rehearse};
use crate::store::failure::server;
use crate::store::{Failure, Pen};

/// A document that could not be written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Clash {
    /// The collection.
    pub collection: String,
    /// Where the row is written down, or which it is.
    pub row: String,
    /// Why.
    pub why: String,
}

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Sown {
    /// How many documents were inserted, replaced, deleted.
    pub written: Count,
    /// Those that could not be written, the first of them.
    pub clashes: Vec<Clash>,
    /// How many could not be written.
    pub refused: u64,
    /// Whether the organization was made with it.
    pub created: bool,
    /// Screens that were entered into the registry.
    pub screens: usize,
    /// The operation.
    pub op: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl House<'_> {
    /// Makes the organization that the set brings with it.
    ///
    /// # Errors
    /// As for creating one.
    pub async fn settle_newcomer(&self, bed: &mut Bed, consent: &Consent) -> Result<bool> {
        let Some(newcomer) = bed.draft.take() else { return Ok(false) };
        let prepared = self.plan_create(&newcomer.draft, &newcomer.hash, None).await?;
        // Known before it is made: whoever goes on after a crash must know that the administrator is not the set's to remove.
        bed.stamp.admin = Some(newcomer.draft.admin());
        let known = Change::Put { ns: self.seeds(), document: bed.stamp.document(&self.actor, false) };
        apply(Pen::free(self.store), "", &[known], None).await?;
        let outcome = match self.create(&newcomer.draft, prepared, &newcomer.hash, consent).await {
            Ok((_, outcome)) => outcome,
            Err(error) if error.changed() => return Err(error),
            Err(error) => {
                self.forget_stamp(bed).await?;
                return Err(error);
            }
        };
        if let Some(turned) = outcome.turned {
            self.forget_stamp(bed).await?;
            return Err(turned);
        }
        bed.seen = Some(bed.stamp.clone());
        Ok(true)
    }

    /// The organization was not made: whoever makes it otherwise has an administrator of his own.
    async fn forget_stamp(&self, bed: &Bed) -> Result<()> {
        let filter = doc! { "_id": bed.stamp.id() };
        Ok(Pen::free(self.store).delete_many(&self.seeds(), filter).await.map(drop)?)
    }

    /// Writes what a survey found missing or different. `from` is where the set was found.
    ///
    /// # Errors
    /// `E0303` when another operation holds the organization, `E1101` when interrupted, and what the server refuses.
    pub async fn sow(&self, bed: &Bed, survey: &Survey, from: &str, wish: &super::Wish, _: &Consent) -> Result<Sown> {
        let start = Instant::now();
        self.store.require_writable_topology()?;
        self.journal().ensure().await?;
        self.finish_waiting(bed).await?;
        let changes = |record: &Record| self.closing_changes(bed, record, true);
        let mut held = self.begin_sowing(bed, from, "seed.apply", changes).await?;
        let op = held.record.id.0.clone();
        self.store.fault().at("seed:begun").await;
        let outcome = self.sow_held(bed, survey, wish, &held).await;
        let mut sown = match outcome {
            Ok(sown) => sown,
            Err(ended) => {
                self.journal().release(&held).await;
                return Err(self.stopped_sowing(bed, from, &op, ended));
            }
        };
        self.store.fault().at("seed:written").await;
        sown.op = Some(op.clone());
        if sown.refused > 0 {
            let pen = Pen::for_operation(self.store, &held.warrant);
            let changes = self.closing_changes(bed, &held.record, false);
            apply(pen, &op, &changes, None).await.map_err(|f| Error::from(f).after_changes())?;
            let why = format!("{} documents were refused", sown.refused);
            self.journal().void(&mut held, &why).await.map_err(Error::after_changes)?;
        } else {
            let did = self.journal().append(&mut held, vec![Happening::Did { step: 0 }]).await;
            did.map_err(|f| Error::from(f).after_changes())?;
            self.drive(false).run(held).await.and_then(committed).map_err(Error::after_changes)?;
        }
        sown.took = start.elapsed();
        Ok(sown)
    }

    async fn sow_held(
        &self,
        bed: &Bed,
        survey: &Survey,
        wish: &super::Wish,
        held: &Held,
    ) -> std::result::Result<Sown, Ended> {
        // Not before the organization is ours: somebody may have renamed it since, and its old names are nobody's.
        self.ensure_places(bed).await?;
        let pen = Pen::for_operation(self.store, &held.warrant);
        // With this it can be compared and removed, also if nobody comes back.
        let begun = Change::Put { ns: self.seeds(), document: bed.stamp.document(&self.actor, false) };
        apply(pen, held.record.id.as_str(), &[begun], None).await.map_err(Error::from)?;
        let count = survey.count();
        let uuids = self.uuids(bed).await?;
        let mut pruned = 0;
        if wish.prune {
            // First, because what takes their place may need their values for itself.
            for (part, ns) in bed.places.iter().enumerate() {
                let ids: Vec<ObjectId> = survey.extra.iter().filter(|(p, _)| *p == part).map(|(_, id)| *id).collect();
                pruned += pen.delete_by_id(ns, &ids).await.map_err(Error::from)?;
            }
        }
        let work = Work {
            bed,
            set: &bed.stamp.set,
            uuids,
            queue: Mutex::new(survey.jobs.iter().cloned().collect()),
            inserted: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
            clashes: Mutex::new(BTreeMap::new()),
            tally: &wish.tally,
        };
        self.watch.step(1, 1, &format!("write {}", work.set));
        try_join_all((0..wish.jobs.max(1)).map(|_| self.worker(&work, pen))).await?;
        let clashes = work.clashes.into_inner().unwrap_or_default();
        Ok(Sown {
            written: Count {
                inserts: work.inserted.load(Ordering::Relaxed),
                updates: work.replaced.load(Ordering::Relaxed),
                unchanged: count.unchanged,
                extra: pruned,
            },
            refused: clashes.len() as u64,
            clashes: clashes.into_values().flatten().collect(),
            ..Sown::default()
        })
    }

    /// The collections that documents go into, by identity.
    async fn uuids(&self, bed: &Bed) -> Result<Vec<Uuid>> {
        let mut uuids = Vec::new();
        for ns in &bed.places {
            let there = self.store.at(ns).await?.and_then(|info| info.uuid);
            uuids.push(there.ok_or_else(|| {
                let text = format!("{ns} is a view, or was dropped a moment ago; nothing was written");
                Error::new(&code::ORG_STATE, text).next("find out what it is: flowbit doctor")
            })?);
        }
        Ok(uuids)
    }

    /// Collections of the tenant that its platform would have and that are not there get their indexes before documents.
    async fn ensure_places(&self, bed: &Bed) -> Result<()> {
        let expected = bed.org.home.expected(self.platform);
        let mut missing = false;
        for ns in &bed.places {
            // An empty one may have been made by a run that was killed before the indexes.
            if self.store.at(ns).await?.is_some() && self.store.exists(ns, doc! {}).await? {
                continue;
            }
            missing = true;
            let pen = Pen::free(self.store);
            match pen.create_collection(ns).await {
                Err(failure) if !failure.is(server::NAMESPACE_EXISTS) => {
                    return Err(failure.into_error(&format!("creating {ns}")));
                }
                _ => {}
            }
            let own = ns.db == bed.org.home.database(self.store.master());
            let indexes = expected.iter().find(|(name, _)| own && *name == ns.coll).map(|(_, specs)| specs);
            if let Some(specs) = indexes.filter(|specs| !specs.is_empty()) {
                pen.create_indexes(ns, specs).await.map_err(|f| f.into_error(&format!("creating indexes of {ns}")))?;
            }
        }
        if missing { self.ensure_indexes().await } else { Ok(()) }
    }

    /// The open operation in which an earlier run with this set was ended.
    pub(super) async fn waiting(&self, set: &str, org: &crate::ops::org::Org) -> Result<Option<Record>> {
        let holding = doc! { "open": true, "reserves": org_entry(&org.id) };
        for stored in self.store.find(&self.journal().ns(), holding, None, None).await? {
            let record = parse(&stored)?;
            if matches!(record.plan.before.first(), Some(Step::Sow { set: named, .. }) if named == set) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Brings an operation of this set to its end that was ended after its commit, or while it was taken back.
    pub(super) async fn finish_waiting(&self, bed: &Bed) -> Result<()> {
        match self.waiting(&bed.stamp.set, &bed.org).await? {
            Some(record) if record.state != OpState::Forward => {
                self.interrupt.engage();
                let held = self.journal().take(record, &self.runner(), Take::WhenFree).await?;
                self.drive(false).run(held).await.and_then(committed)
            }
            _ => Ok(()),
        }
    }

    /// Begins the operation, or takes over the one in which an earlier run of the same set was ended.
    pub(super) async fn begin_sowing(
        &self,
        bed: &Bed,
        from: &str,
        kind: &str,
        closing: impl FnOnce(&Record) -> Vec<Change>,
    ) -> Result<Held> {
        let reserves = vec![org_entry(&bed.org.id), name_entry(&bed.org.name.key())];
        if let Some(record) = self.waiting(&bed.stamp.set, &bed.org).await?
            && record.kind == kind
            && record.state == OpState::Forward
        {
            self.interrupt.engage();
            let same = self.stamp_in(&record).is_some_and(|stamp| stamp.says_the_same_as(&bed.stamp));
            let mut held = self.journal().take(record, &self.runner(), Take::WhenFree).await?;
            if let Err(error) = self.require_as_seen(bed).await {
                self.journal().release(&held).await;
                return Err(error);
            }
            if same || kind != "seed.apply" {
                return Ok(held);
            }
            // It would end with another set, or another key, than what is written now.
            self.journal().void(&mut held, "the set is written in another way by now").await?;
        }
        let op = new_op();
        let subject = Subject { id: bed.org.id.clone(), name: bed.org.name.as_str().to_owned(), to: None };
        let step = Step::Sow { set: bed.stamp.set.clone(), from: from.to_owned() };
        let plan = Plan { before: vec![step], ..Plan::default() };
        let mut record = self.record(op, kind, subject, reserves, plan, &doc! {});
        record.plan.commit = closing(&record);
        // What is written before the commit stays when that is refused: first the trail has to say that it takes the entry.
        let trail = self.master(self.audit_collection());
        for change in &record.plan.commit {
            if matches!(change, Change::Put { ns, .. } if *ns == trail) {
                let refused = |f: Failure| f.into_error("recording it in the audit trail, so nothing was written");
                rehearse(Pen::free(self.store), record.id.as_str(), change).await.map_err(refused)?;
            }
        }
        self.interrupt.engage();
        let mut held = self.journal().begin(record, &[]).await?;
        if let Err(error) = self.require_as_seen(bed).await {
            self.journal().void(&mut held, error.message()).await?;
            return Err(error);
        }
        self.journal().checked(&mut held).await?;
        Ok(held)
    }

    /// Looks, with the names reserved, whether the organization is still where the set was laid out for it.
    async fn require_as_seen(&self, bed: &Bed) -> Result<()> {
        let text = |what: &str| format!("{} {what} meanwhile; nothing was written", bed.org.name);
        let stamp = self.stamp(&bed.stamp.set, &bed.org).await?;
        if stamp != bed.seen {
            let what = format!("got documents of {}, or lost some,", bed.stamp.set);
            return Err(Error::new(&code::STALE_PLAN, text(&what)).next("repeat the command"));
        }
        let orgs = self.orgs_briefly().await?;
        let same = |org: &crate::ops::org::Org| {
            org.id == bed.org.id && org.name.as_str() == bed.org.name.as_str() && org.home == bed.org.home
        };
        if orgs.iter().any(same) {
            return Ok(());
        }
        Err(Error::new(&code::STALE_PLAN, text("was renamed or deleted"))
            .next("flowbit org list")
            .next("repeat the command with the name it has now"))
    }

    /// What the end of the operation changes: that the set is there, and the audit entry.
    fn closing_changes(&self, bed: &Bed, record: &Record, whole: bool) -> Vec<Change> {
        let stamp = &bed.stamp;
        let details = doc! { "set": &stamp.set, "key": &stamp.key, "scale": stamp.scale, "whole": whole };
        let before = bed.seen.as_ref().map_or(Bson::Null, |seen| sown(seen).into());
        let deed = Deed::new("seed.applied", details).changing(before, sown(&Stamp { whole, ..stamp.clone() }));
        let vars = self.vars_of(&bed.org.id, &bed.org.name, &bed.org.slug);
        vec![
            Change::Put { ns: self.seeds(), document: stamp.document(&self.actor, whole) },
            repeatable(self.audit(&deed, vars, &record.id, DateTime::now())),
        ]
    }

    fn stopped_sowing(&self, bed: &Bed, from: &str, op: &str, ended: Ended) -> Error {
        let again = format!("flowbit seed apply {} --org {}", shell(from), shell(bed.org.name.as_str()));
        match ended {
            Ended::Interrupted => Error::new(
                &code::INTERRUPTED,
                format!("interrupted; a part of {} is written (operation {op})", bed.stamp.set),
            )
            .after_changes()
            .next(format!("{again}   # goes on where it stopped"))
            .next(format!("flowbit op rollback {op}   # gives the organization free; what was written stays")),
            Ended::Failed(error) => error.after_changes().next(format!("{again}   # goes on where it stopped")),
        }
    }
}

/// The end of an operation whose commit was not refused.
///
/// # Errors
/// Why it went back; what was written before the commit stays.
pub(super) fn committed(outcome: Outcome) -> Result<()> {
    match outcome.turned {
        None => Ok(()),
        Some(why) => Err(why
            .next("repeat the command when the cause is removed; it goes on where it stopped")
            .next(format!("flowbit op show {}", outcome.record.id))),
    }
}

/// What an audit entry says of a set that is there.
pub(super) fn sown(stamp: &Stamp) -> Document {
    doc! { "set": &stamp.set, "scale": stamp.scale, "whole": stamp.whole }
}

/// The same entry, also where it is written a second time: a run that was killed at its very end is repeated.
pub(super) fn repeatable(entry: Change) -> Change {
    match entry {
        Change::Insert { ns, document, .. } => Change::Put { ns, document },
        other => other,
    }
}
