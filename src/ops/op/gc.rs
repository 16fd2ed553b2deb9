//! Clearing away what operations left behind on purpose, once its time is over: aliases, latches, collections put aside.
//!
//! Each removal is an operation of its own, so that it is fenced like every other change.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;

use crate::domain::Layout;
use crate::domain::audit::{Deed, Kind};
use crate::domain::catalog::{CollectionInfo, CollectionKind};
use crate::domain::naming::NameKey;
use crate::domain::plan::{Change, Namespace, Plan, Step};
use crate::domain::record::{OpId, OpState, Record, Subject};
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, parse};
use crate::ops::org::Org;
use crate::ops::org::kept::{Kept, KeptFor, name_entry, org_entry, store_entry};
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::documents::{HELD, carries};
use crate::store::fences::{FENCES, fence_by_clause, fence_id, fence_mark, fence_of, fences_in};

/// How long after its operation closed a view that only kept a name occupied may be taken away: longer than a paused
/// runner's command can still be on its way.
const LATCH_GRACE_MS: i64 = 3_600_000;

/// One thing found.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Finding {
    /// `alias`, `latch`, `quarantine`, `staging`, `deposit`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The operation that left it.
    pub op: String,
    /// What is done with it: `remove`, or `keep`.
    pub action: &'static str,
    /// Why.
    pub why: String,
}

/// What could be cleared away.
#[derive(Debug)]
pub struct GcPlan {
    /// All that was found, also what stays.
    pub findings: Vec<Finding>,
    removals: Vec<Removal>,
}

/// One thing that is cleared away.
#[derive(Debug)]
struct Removal {
    /// Index of what was found.
    finding: usize,
    subject: Subject,
    reserves: Vec<String>,
    /// What must still be there once the names are reserved: somebody may have been faster.
    still: Option<(Namespace, Document)>,
    plan: Plan,
}

impl GcPlan {
    /// Index of what was found last.
    fn found(&self) -> usize {
        self.findings.len().saturating_sub(1)
    }
}

impl House<'_> {
    /// What could be cleared away now.
    pub async fn plan_gc(&self) -> Result<GcPlan> {
        // The catalogs first: an operation that begins after them can only be missing there, not here.
        let mut catalogs = Vec::new();
        for db in self.databases_of_tenants().await? {
            catalogs.push((db.clone(), self.store.catalog(&db).await?));
        }
        let records = self.records_by_id().await?;
        let mut plan = GcPlan { findings: Vec::new(), removals: Vec::new() };
        self.find_strays_by_key(&records, &mut plan).await?;
        self.find_aliases(&mut plan).await?;
        for (db, catalog) in &catalogs {
            self.find_latches(db, catalog, &records, &mut plan).await?;
            self.find_leftovers(db, catalog, &records, &mut plan).await?;
        }
        self.find_deposits(&records, &mut plan).await?;
        self.find_fences(&records, &mut plan).await?;
        for (db, catalog) in &catalogs {
            self.find_stray_clauses(db, catalog, &mut plan).await?;
        }
        Ok(plan)
    }

    /// The master database, and every other one in which a tenant is, or was.
    pub async fn databases_of_tenants(&self) -> Result<Vec<String>> {
        let mut databases = BTreeSet::new();
        if self.platform.layout == Layout::Database {
            for org in self.orgs_briefly().await? {
                databases.insert(org.home.database(self.store.master()).to_owned());
            }
            databases
                .extend(self.kept_where(doc! { "db": { "$exists": true } }).await?.into_iter().filter_map(|k| k.db));
        }
        databases.remove(self.store.master());
        Ok(std::iter::once(self.store.master().to_owned()).chain(databases).collect())
    }

    async fn records_by_id(&self) -> Result<BTreeMap<String, Option<Record>>> {
        let stored = self.journal().list(false).await?;
        Ok(stored.iter().map(|d| (d.get_str("_id").unwrap_or_default().to_owned(), parse(d).ok())).collect())
    }

    async fn find_aliases(&self, plan: &mut GcPlan) -> Result<()> {
        let now = DateTime::now();
        for kept in self.kept_where(doc! { "kind": { "$in": ["alias", "backup"] } }).await? {
            let overdue = kept.until <= now;
            let (until, to) = (crate::ops::org::find::date(kept.until), kept.to.clone().unwrap_or_default());
            let backup = kept.kind == KeptFor::Backup;
            plan.findings.push(Finding {
                kind: if backup { "backup" } else { "alias" },
                name: kept.name.clone(),
                op: kept.op.clone(),
                action: if overdue { "remove" } else { "keep" },
                why: match backup {
                    true => format!("what {to} was before it was copied; kept until {until}"),
                    false => format!("leads to {to}; kept until {until}"),
                },
            });
            if !overdue {
                continue;
            }
            let gone = Step::Documents {
                changes: vec![Change::Delete {
                    ns: self.master(NAMES),
                    filter: doc! { "_id": &kept.id, "op": &kept.op },
                }],
            };
            let mut after = Vec::new();
            let mut reserves = vec![org_entry(&kept.org)];
            let place = kept.place(self.store.master(), &kept.name);
            let db = if kept.id.starts_with("database:") { &kept.name } else { &place.db };
            let tidy = (self.platform.layout == Layout::Database).then(|| Step::Tidy { db: db.clone() });
            if let (true, Some(uuid)) = (backup, kept.uuid) {
                after.push(Step::Drop { uuid, name: place, leftover: true });
            } else if kept.id.starts_with("store:") {
                reserves.push(store_entry(self.store.master(), &place));
                after.push(Step::DropSentry { name: place, ops: vec![kept.op.clone()] });
            } else {
                reserves.push(name_entry(&NameKey::of(&kept.name)));
                if kept.id.starts_with("database:") {
                    // Whoever gets a database of this name next must not be read by the users of this one.
                    after.push(Step::Rights { db: kept.name.clone(), like: None });
                }
            }
            after.push(gone);
            after.extend(tidy);
            let subject = Subject { id: kept.org.clone(), name: kept.name.clone(), to: None };
            let still = Some((self.master(NAMES), doc! { "_id": &kept.id, "op": &kept.op }));
            plan.removals.push(Removal {
                finding: plan.found(),
                subject,
                reserves,
                still,
                plan: Plan { after, ..Plan::default() },
            });
        }
        Ok(())
    }

    /// Documents under the old key of a renamed tenant: whoever wrote them past the fence meant this tenant (B15).
    async fn find_strays_by_key(&self, records: &BTreeMap<String, Option<Record>>, plan: &mut GcPlan) -> Result<()> {
        if self.platform.layout != Layout::Shared {
            return Ok(());
        }
        let orgs = self.orgs_briefly().await?;
        for kept in self.kept_where(doc! { "kind": "alias", "key": { "$exists": true } }).await? {
            let Some(org) = orgs.iter().find(|org| org.id == kept.org) else { continue };
            // What an open operation has under either key is on its way.
            let holds = |record: &&Record| record.open && record.reserves.contains(&org_entry(&kept.org));
            if records.values().flatten().any(|record| holds(&record)) {
                continue;
            }
            for rekey in self.rekeys_from(&kept, org) {
                let documents = self.store.count(&rekey.ns, carries(&rekey.path, &rekey.from)).await?;
                if documents == 0 {
                    continue;
                }
                plan.findings.push(Finding {
                    kind: "stray",
                    name: format!("{} {}={}", rekey.ns.coll, rekey.path, crate::domain::template::plain(&rekey.from)),
                    op: kept.op.clone(),
                    action: "move",
                    why: format!("{documents} documents were written under the old key of {}", org.name),
                });
                let subject = Subject { id: org.id.clone(), name: org.name.as_str().to_owned(), to: None };
                let old = name_entry(&NameKey::of(&kept.name));
                let reserves = vec![org_entry(&org.id), name_entry(&org.name.key()), old];
                // After the commit: a way back would take along what the tenant has under its present key.
                let after = vec![Step::Rekey(rekey)];
                let still = (self.master(NAMES), doc! { "_id": &kept.id, "op": &kept.op });
                plan.removals.push(Removal {
                    finding: plan.found(),
                    subject,
                    reserves,
                    still: Some(still),
                    plan: Plan { after, ..Plan::default() },
                });
            }
        }
        Ok(())
    }

    /// Sentries that no kept name accounts for.
    async fn find_latches(
        &self,
        db: &str,
        catalog: &[CollectionInfo],
        records: &BTreeMap<String, Option<Record>>,
        plan: &mut GcPlan,
    ) -> Result<()> {
        let kept = self.kept_where(doc! { "_id": { "$regex": "^store:" } }).await?;
        for info in catalog {
            let Some(op) = info.sentry_of() else { continue };
            let here = |k: &Kept| k.db.as_deref().unwrap_or(self.store.master()) == db;
            let accounted = kept.iter().filter(|k| here(k)).any(|k| {
                (k.name == info.name && k.op == op) || (k.to.as_deref() == Some(&info.name) && k.kind != KeptFor::Alias)
            });
            if accounted {
                continue;
            }
            let closed_long_ago = match records.get(op) {
                None => !is_fresh(op),
                Some(None) => false,
                Some(Some(record)) => !record.open && closed_for(record) > LATCH_GRACE_MS,
            };
            plan.findings.push(Finding {
                kind: "latch",
                name: info.name.clone(),
                op: op.to_owned(),
                action: if closed_long_ago { "remove" } else { "keep" },
                why: "only kept the name occupied while its operation ran".to_owned(),
            });
            if closed_long_ago {
                let name = Namespace::new(db, &info.name);
                let reserves = vec![store_entry(self.store.master(), &name)];
                let after = vec![Step::DropSentry { name, ops: vec![op.to_owned()] }];
                let subject = Subject { id: Bson::Null, name: info.name.clone(), to: None };
                plan.removals.push(Removal {
                    finding: plan.found(),
                    subject,
                    reserves,
                    still: None,
                    plan: Plan { after, ..Plan::default() },
                });
            }
        }
        Ok(())
    }

    /// Collections that were put aside, or never published.
    async fn find_leftovers(
        &self,
        db: &str,
        catalog: &[CollectionInfo],
        records: &BTreeMap<String, Option<Record>>,
        plan: &mut GcPlan,
    ) -> Result<()> {
        for info in catalog.iter().filter(|info| info.kind == CollectionKind::Collection) {
            const PREFIXES: [(&str, &str); 4] =
                [("fb_stray_", "quarantine"), ("fb_new_", "staging"), ("fb_stg_", "copy"), ("fb_mark_", "mark")];
            let known = PREFIXES.iter().find_map(|(prefix, kind)| Some((*kind, info.name.strip_prefix(prefix)?)));
            let Some((kind, rest)) = known else { continue };
            let op = rest.split('_').next().unwrap_or_default().to_owned();
            let busy = match records.get(&op) {
                Some(record) => record.as_ref().is_none_or(|record| record.open),
                None => is_fresh(&op),
            };
            if busy {
                continue;
            }
            let ns = Namespace::new(db, &info.name);
            let Some(uuid) = info.uuid else { continue };
            let (removable, why) = self.can_go(kind, &ns, uuid, records.get(&op).and_then(Option::as_ref)).await?;
            plan.findings.push(Finding {
                kind,
                name: info.name.clone(),
                op,
                action: if removable { "remove" } else { "keep" },
                why,
            });
            if removable {
                let reserves = vec![store_entry(self.store.master(), &ns)];
                let after = vec![Step::Drop { uuid, name: ns, leftover: true }];
                let subject = Subject { id: Bson::Null, name: info.name.clone(), to: None };
                plan.removals.push(Removal {
                    finding: plan.found(),
                    subject,
                    reserves,
                    still: None,
                    plan: Plan { after, ..Plan::default() },
                });
            }
        }
        Ok(())
    }

    /// A collection goes when it is empty, or when each of its documents stands, equal, where it belongs.
    async fn can_go(
        &self,
        kind: &str,
        ns: &Namespace,
        uuid: bson::Uuid,
        record: Option<&Record>,
    ) -> Result<(bool, String)> {
        let documents = self.store.count(ns, doc! {}).await?;
        let undone = record.is_some_and(|record| record.state == OpState::Undone);
        if kind == "mark" || (kind == "copy" && !undone) {
            return Ok((true, "a copy whose operation ended without it".to_owned()));
        }
        if documents == 0 {
            return Ok((true, "it is empty".to_owned()));
        }
        let stray = record.and_then(|record| record.folded().strays.into_iter().find(|stray| stray.uuid == uuid));
        if let (true, Some(stray)) = (kind == "quarantine", stray)
            && let Some(home) = self.store.by_uuid(&ns.db, stray.belongs).await?
        {
            let differing = self.store.count_differing(ns, &home.name, std::time::Duration::from_secs(600)).await?;
            return Ok(match differing {
                0 => (true, format!("all its {documents} documents stand in {}", home.name)),
                n => (
                    false,
                    format!(
                        "{n} of its {documents} documents differ from those in {}; compare them, correct {} and run this again",
                        home.name, home.name
                    ),
                ),
            });
        }
        Ok((false, format!("it holds {documents} documents that stand nowhere else; look at them before you drop it")))
    }

    /// Fences whose time is over, or whose operation ended without taking them away.
    async fn find_fences(&self, records: &BTreeMap<String, Option<Record>>, plan: &mut GcPlan) -> Result<()> {
        let now = DateTime::now();
        // As long as a tenant can be restored nobody may take its key, however long ago its time was over.
        let gone = self.kept_where(doc! { "kind": { "$in": ["deleted", "purging"] } }).await?;
        for entry in self.store.find(&self.master(FENCES), doc! { "op": { "$exists": true } }, None, None).await? {
            let (Some(fence), Ok(op)) = (fence_of(&entry), entry.get_str("op")) else { continue };
            let open = match records.get(op) {
                Some(record) => record.as_ref().is_none_or(|record| record.open),
                None => is_fresh(op),
            };
            let undone = matches!(records.get(op), Some(Some(record)) if record.state == OpState::Undone);
            let until = entry.get_datetime("until").ok().copied().filter(|_| !undone);
            let restorable = gone.iter().any(|kept| kept.op == op);
            let overdue = !open && !restorable && until.is_none_or(|until| until <= now);
            plan.findings.push(Finding {
                kind: "fence",
                name: format!("{} {}={}", fence.ns.coll, fence.path, crate::domain::template::plain(&fence.value)),
                op: op.to_owned(),
                action: if overdue { "remove" } else { "keep" },
                why: match until {
                    _ if open => "its operation is open".to_owned(),
                    Some(until) => format!("refuses an old key; kept until {}", crate::ops::org::find::date(until)),
                    None => "belongs to an operation that is over".to_owned(),
                },
            });
            if overdue {
                let subject = Subject { id: Bson::Null, name: fence.ns.coll.clone(), to: None };
                let reserves = vec![format!("fence:{}:{}", fence.ns, crate::domain::template::plain(&fence.value))];
                let still = Some((self.master(FENCES), doc! { "_id": fence_id(&fence), "op": op }));
                let after = vec![Step::Unfence { fence, ops: vec![op.to_owned()] }];
                plan.removals.push(Removal {
                    finding: plan.found(),
                    subject,
                    reserves,
                    still,
                    plan: Plan { after, ..Plan::default() },
                });
            }
        }
        Ok(())
    }

    /// Clauses of validators that no entry accounts for: a runner that was overtaken and died put them there too late.
    async fn find_stray_clauses(&self, db: &str, catalog: &[CollectionInfo], plan: &mut GcPlan) -> Result<()> {
        let entries = self.store.find(&self.master(FENCES), doc! {}, None, None).await?;
        let known: Vec<_> = entries.iter().filter_map(fence_of).collect();
        for info in catalog {
            let ns = Namespace::new(db, &info.name);
            for clause in fences_in(&info.options) {
                let Some(fence) = fence_by_clause(&ns, clause).filter(|fence| !known.contains(fence)) else { continue };
                plan.findings.push(Finding {
                    kind: "stray fence",
                    name: format!("{} {}={}", fence.ns.coll, fence.path, crate::domain::template::plain(&fence.value)),
                    op: fence_mark(clause).unwrap_or_default().to_owned(),
                    action: "remove",
                    why: "nobody accounts for it".to_owned(),
                });
                let subject = Subject { id: Bson::Null, name: info.name.clone(), to: None };
                let reserves = vec![format!("fence:{}:{}", fence.ns, crate::domain::template::plain(&fence.value))];
                // The validator is made what the entries say; an entry that came meanwhile stays in force.
                let after = vec![Step::Unfence { fence, ops: Vec::new() }];
                plan.removals.push(Removal {
                    finding: plan.found(),
                    subject,
                    reserves,
                    still: None,
                    plan: Plan { after, ..Plan::default() },
                });
            }
        }
        Ok(())
    }

    /// Documents beside a record that was never written.
    async fn find_deposits(&self, records: &BTreeMap<String, Option<Record>>, plan: &mut GcPlan) -> Result<()> {
        let held = self.store.find(&self.master(HELD), doc! {}, Some(doc! { "op": 1 }), None).await?;
        let mut ops: Vec<&str> = held.iter().filter_map(|d| d.get_str("op").ok()).collect();
        ops.sort_unstable();
        ops.dedup();
        for op in ops {
            if records.contains_key(op) || is_fresh(op) {
                continue;
            }
            plan.findings.push(Finding {
                kind: "deposit",
                name: HELD.to_owned(),
                op: op.to_owned(),
                action: "remove",
                why: "its operation was never begun".to_owned(),
            });
            let changes = vec![Change::Delete { ns: self.master(HELD), filter: doc! { "op": op } }];
            let subject = Subject { id: Bson::Null, name: op.to_owned(), to: None };
            plan.removals.push(Removal {
                finding: plan.found(),
                subject,
                reserves: vec![format!("deposit:{op}")],
                still: None,
                plan: Plan { after: vec![Step::Documents { changes }], ..Plan::default() },
            });
        }
        Ok(())
    }

    /// Clears away what the plan says. Things that an open operation holds are left for the next time.
    ///
    /// # Errors
    /// What stops a removal; what was removed before stays removed.
    pub async fn gc(&self, plan: GcPlan, consent: &Consent) -> Result<(Vec<Finding>, u64)> {
        let mut removed = 0;
        let orgs = if plan.removals.is_empty() { Vec::new() } else { self.orgs_briefly().await? };
        for Removal { finding, subject, reserves, still, plan: steps } in plan.removals {
            let prepared = |id: OpId| {
                let seen = Document::new();
                let mut record = self.record(id, "op.gc", subject.clone(), reserves.clone(), steps.clone(), &seen);
                record.plan.commit.push(self.cleared(&record, plan.findings.get(finding), &orgs));
                Prepared { record, deposits: Vec::new(), warnings: Vec::new() }
            };
            let again = async |id: &OpId| match &still {
                Some((ns, filter)) if !self.store.exists(ns, filter.clone()).await? => {
                    Err(Error::new(&code::STALE_PLAN, "somebody was faster; nothing was done"))
                }
                _ => Ok(prepared(id.clone())),
            };
            match self.execute(prepared(new_op()), consent, again).await {
                Ok(outcome) => match outcome.turned {
                    None => removed += 1,
                    Some(turned) if removed > 0 => return Err(turned.after_changes()),
                    Some(turned) => return Err(turned),
                },
                Err(error) if error.code() == &code::OP_OPEN || error.code() == &code::STALE_PLAN => {}
                Err(error) => return Err(error),
            }
        }
        Ok((plan.findings, removed))
    }

    /// The audit entry of a removal: it names the organization as it is called now, whatever the thing was called.
    fn cleared(&self, record: &Record, found: Option<&Finding>, orgs: &[Org]) -> Change {
        let thing = |f: &Finding| doc! { "kind": f.kind, "name": &f.name, "left_by": &f.op };
        let details = found.map(|f| doc! { "why": &f.why }).unwrap_or_default();
        let after = match found {
            Some(found) if found.action == "move" => doc! { "org": &record.subject.name }.into(),
            _ => Bson::Null,
        };
        let deed = Deed::new("op.gc", details)
            .about(Kind::Operation, record.id.as_str())
            .changing(found.map_or(Bson::Null, |found| thing(found).into()), after);
        let org = orgs.iter().find(|org| org.id == record.subject.id);
        let vars =
            org.map_or_else(|| self.vars_of_subject(record), |org| self.vars(&org.id, &org.name, &org.slug, &org.home));
        self.audit(&deed, vars, &record.id, record.began)
    }
}

/// Whether an operation of this identifier, of which there is no record, may be just about to begin.
fn is_fresh(op: &str) -> bool {
    // The first eight digits are the second in which it began.
    let began = i64::from_str_radix(op.get(..8).unwrap_or("0"), 16).unwrap_or_default() * 1000;
    DateTime::now().timestamp_millis() - began < LATCH_GRACE_MS
}

fn closed_for(record: &Record) -> i64 {
    let last = record.events.last().map_or(record.began, |event| event.at);
    DateTime::now().timestamp_millis() - last.timestamp_millis()
}
