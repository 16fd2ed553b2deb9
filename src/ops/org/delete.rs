//! Taking an organization out of service, so that it can be restored.

use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;

use super::create::at_path;
use super::find::{Org, TOMBSTONE, date, require_movable, shell};
use super::kept::{Kept, KeptFor, database_entry, name_entry, org_entry, store_entry};
use crate::domain::Layout;
use crate::domain::audit::Deed;
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::description::AccountPlace;
use crate::domain::naming::NAMESPACE_BYTES;
use crate::domain::plan::{Change, Fence, Move, Namespace, Plan, Rekey, Sentry, Step};
use crate::domain::record::{OpId, Subject};
use crate::domain::template::Vars;
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, Outcome};
use crate::layout::{Home, Owned, owned, shared};
use crate::ops::deed::state_of;
use crate::ops::token::Whom;
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::documents::carries;

/// What a delete would do, or did.
#[derive(Debug, Clone, Serialize)]
pub struct DeleteView {
    /// The organization.
    pub name: String,
    /// Collections that are moved out of the way.
    pub collections: Vec<String>,
    /// How much is in them.
    #[serde(flatten)]
    pub stats: StoreStats,
    /// Accounts that are disabled.
    pub accounts: u64,
    /// Until when it can be restored.
    pub restorable_until: String,
}

/// A delete that could begin.
#[derive(Debug)]
pub struct DeletePlan {
    /// The operation.
    pub prepared: Prepared,
    /// What to show.
    pub view: DeleteView,
}

impl House<'_> {
    /// What a delete would do; `days` is how long it can be restored.
    ///
    /// # Errors
    /// `E0201`, `E0302`, `E0303`.
    pub async fn plan_delete(&self, typed: &str, days: u32, own: Option<&OpId>) -> Result<DeletePlan> {
        let orgs = self.orgs().await?;
        let org = self.load_org(&orgs, typed).await?;
        self.require_own_store(org, &orgs)?;
        self.require_own_name(org).await?;
        let now = DateTime::now();
        let until = crate::journal::days_from(now, days);
        let op = own.cloned().unwrap_or_else(new_op);
        let catalog = self.home_catalog(&org.home).await?;
        let names = self.covered(&org.home, Some(&org.id), &orgs).await?;
        let owned = owned(&catalog, &names);
        require_movable(&owned)?;
        let notice = notice(org, &op, now, until);
        let mut reserves = vec![org_entry(&org.id), name_entry(&org.name.key())];
        if let Home::Database(database) = &org.home {
            reserves.push(database_entry(database.as_str()));
        }
        let mut seen = doc! { "org": org.document.clone() };
        let mut plan = Plan::default();
        let mut stats = StoreStats::default();
        for info in &owned.collections {
            let Some(uuid) = info.uuid else { continue };
            let ns = self.at_home(&org.home, &info.name);
            stats += self.store.stats(&ns).await?;
            seen.insert(&info.name, uuid);
            reserves.push(store_entry(self.store.master(), &ns));
            plan.before.push(move_away(&op, uuid, &ns, &notice));
        }
        if !plan.before.is_empty() {
            let known = owned.collections.iter().filter_map(|info| info.uuid).collect();
            plan.before.push(Step::Sole { db: org.home.database(self.store.master()).to_owned(), names, known });
        }
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let keyed = self.keyed_for(&vars);
        stats += self.take_away((&keyed, self.accounts_fence(&vars).as_ref()), &op, until, &mut plan).await?;
        let named = owned.collections.iter().map(|info| info.name.clone());
        let collections = named.chain(keyed.iter().map(|fence| fence.ns.coll.clone())).collect();
        let active = self.active_accounts(org).await?;
        seen.insert("accounts", active.clone());
        self.require_unreserved(&reserves, own).await?;
        let accounts = u64::try_from(active.len()).unwrap_or_default();
        let keeping = Keeping { op: &op, until, notice: &notice, accounts: active };
        self.commit_delete(org, &keeping, now, &mut plan)?;
        plan.commit.extend(self.cut_off(&Whom::Org(org.id.clone()), &op, now).await?);
        let (present, none) = (plan.moved(), self.still_active(org));
        // What the platform writes at the last moment is put out of service as well.
        let repair = plan.commit.iter().filter(|change| self.concerns_accounts(change)).cloned().collect();
        let rekeys = keyed.iter().map(|fence| to_tombstone(fence, op.as_str())).collect();
        plan.after = vec![Step::Gather, Step::Verify { present, absent: Vec::new(), none, repair, rekeys }];
        let warnings = self.delete_warnings(&catalog, &owned);
        let (name, restorable_until) = (org.name.as_str().to_owned(), date(until));
        let view = DeleteView { name, collections, stats, accounts, restorable_until };
        let subject = Subject { id: org.id.clone(), name: view.name.clone(), to: None };
        let mut record = self.record(op, "org.delete", subject, reserves, plan, &seen);
        record.keep_until = Some(until);
        Ok(DeletePlan { prepared: Prepared { record, deposits: Vec::new(), warnings }, view })
    }

    fn delete_warnings(&self, catalog: &[CollectionInfo], owned: &Owned<'_>) -> Vec<String> {
        let mut warnings: Vec<String> =
            owned.views.iter().map(|view| format!("the view {} stays and will find nothing", view.name)).collect();
        warnings.extend(
            super::rename::dangling_views(catalog, &owned.collections)
                .into_iter()
                .map(|line| line.replace("; it works through the alias until that ends", "")),
        );
        self.topology_warnings(&mut warnings);
        warnings
    }

    /// Where documents carry the tenant's key. The audit trail is not taken away: it outlives what it tells about.
    pub(super) fn keyed_of(&self, org: &Org) -> Vec<Fence> {
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        self.keyed_for(&vars)
    }

    /// The same, for these values of the placeholders.
    pub(super) fn keyed_for(&self, vars: &Vars) -> Vec<Fence> {
        let trail = self.platform.audit.as_ref().map(|audit| audit.collection.as_str());
        let keyed = shared::keyed(self.platform, vars).into_iter();
        keyed
            .filter(|keyed| Some(keyed.collection.as_str()) != trail)
            .map(|keyed| Fence { ns: self.master(&keyed.collection), path: keyed.key, value: keyed.value })
            .collect()
    }

    /// In shared collections accounts carry the key too: nobody may register under that of a deleted tenant.
    pub(super) fn accounts_fence(&self, vars: &Vars) -> Option<Fence> {
        let shape = &self.platform.account;
        let known = self.platform.keyed.iter().any(|keyed| keyed.collection == shape.collection);
        if self.platform.layout != Layout::Shared || shape.place != AccountPlace::Master || known {
            return None;
        }
        let path = self.platform.account_link_path()?;
        let value = shape.fields.value_at(path, vars)?;
        Some(Fence { ns: self.master(&shape.collection), path: path.to_owned(), value })
    }

    /// Whether a change is one of accounts.
    pub(super) fn concerns_accounts(&self, change: &Change) -> bool {
        let accounts = self.master(&self.platform.account.collection);
        match change {
            Change::Set { ns, .. } | Change::Hold { ns, .. } | Change::Rewrite { ns, .. } => *ns == accounts,
            _ => false,
        }
    }

    /// Layout `shared`: the key is shut out, and the documents get one that nobody asks for.
    async fn take_away(
        &self,
        (keyed, accounts): (&[Fence], Option<&Fence>),
        op: &OpId,
        until: DateTime,
        plan: &mut Plan,
    ) -> Result<StoreStats> {
        let mut stats = StoreStats::default();
        if !keyed.is_empty() {
            self.require_transactions()?;
        }
        for fence in keyed {
            let filter = carries(&fence.path, &fence.value);
            let (documents, bytes, _) = self.store.measure(&fence.ns, filter).await?;
            stats += StoreStats { documents, bytes, indexes: 0 };
        }
        for fence in keyed.iter().chain(accounts) {
            plan.before.push(Step::Fence { fence: fence.clone(), until: Some(until), older: None });
        }
        for fence in keyed {
            plan.before.push(Step::Rekey(to_tombstone(fence, op.as_str())));
        }
        Ok(stats)
    }

    /// The platform may have made it under the name of a deleted organization, which keeps that name until it is purged.
    async fn require_own_name(&self, org: &Org) -> Result<()> {
        match self.kept(&name_entry(&org.name.key())).await? {
            Some(kept) if kept.org != org.id => Err(Error::new(
                &code::NAME_TAKEN,
                format!(
                    "the name {:?} is kept for another organization that had it before, until {}",
                    org.name.as_str(),
                    date(kept.until)
                ),
            )
            .next(format!(
                "flowbit org rename {} NEW-NAME   # then delete it under that name",
                shell(org.name.as_str())
            ))),
            _ => Ok(()),
        }
    }

    /// Accounts that are in force now; those that were disabled before stay so after a restore.
    async fn active_accounts(&self, org: &Org) -> Result<Vec<Bson>> {
        let Some((ns, mut filter)) = self.accounts(org) else { return Ok(Vec::new()) };
        if let Some(state) = &self.platform.account.state {
            filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
        }
        let found = self.store.find(&ns, filter, Some(doc! { "_id": 1 }), Some(doc! { "_id": 1 })).await?;
        Ok(found.into_iter().filter_map(|mut account| account.remove("_id")).collect())
    }

    /// What must not be left after a delete (B12).
    fn still_active(&self, org: &Org) -> Vec<(Namespace, Document)> {
        let mut left = Vec::new();
        if let (AccountPlace::Master, Some((ns, mut accounts))) = (self.platform.account.place, self.accounts(org)) {
            if let Some(state) = &self.platform.account.state {
                accounts.insert(&state.field, state.active.clone());
            }
            left.push((ns, accounts));
        }
        if let (Some(shape), Some(ns)) = (&self.platform.organization, self.records()) {
            let mut record = self.record_filter(&org.id);
            if let Some(state) = &shape.state {
                record.insert(&state.field, state.active.clone());
            }
            left.push((ns, record));
        }
        left.extend(self.keyed_of(org).into_iter().map(|fence| (fence.ns, carries(&fence.path, &fence.value))));
        left
    }

    fn commit_delete(&self, org: &Org, keeping: &Keeping<'_>, now: DateTime, plan: &mut Plan) -> Result<()> {
        if let (Some(shape), Some(orgs)) = (&self.platform.organization, self.records()) {
            let this = self.record_filter(&org.id);
            match &shape.state {
                Some(state) => {
                    let mut set = at_path(&state.field, state.inactive.clone());
                    if let Some(touch) = &shape.touch {
                        set.insert(touch, now);
                    }
                    plan.commit.push(Change::Set { ns: orgs, filter: this, set });
                }
                None => plan.commit.push(Change::Hold { ns: orgs, filter: this }),
            }
        }
        // Accounts of the tenant's own store are out of the way with it.
        if let (AccountPlace::Master, Some((accounts, mine))) = (self.platform.account.place, self.accounts(org)) {
            match &self.platform.account.state {
                Some(state) => plan.commit.push(Change::Set {
                    ns: accounts,
                    filter: mine,
                    set: at_path(&state.field, state.inactive.clone()),
                }),
                None => plan.commit.push(Change::Hold { ns: accounts, filter: mine }),
            }
        }
        let key = match &org.home {
            Home::Shared(key) => key.value.as_str().map(str::to_owned),
            Home::Collections(_) | Home::Database(_) => None,
        };
        self.keep_names(org, keeping, key, plan)?;
        let details = doc! { "name": org.name.as_str(), "restorable_until": keeping.until };
        let who = self.vars_of(&org.id, &org.name, &org.slug);
        let deed = Deed::new("org.deleted", details)
            .changing(state_of(&org.name, &org.home, "active"), state_of(&org.name, &org.home, "deleted"));
        plan.commit.push(self.audit(&deed, who, keeping.op, now));
        Ok(())
    }

    /// The name, and the names of its collections, stay the organization's until it is purged.
    fn keep_names(&self, org: &Org, keeping: &Keeping<'_>, key: Option<String>, plan: &mut Plan) -> Result<()> {
        let (names, master) = (self.master(NAMES), self.store.master());
        let mut entry = Kept {
            id: name_entry(&org.name.key()),
            kind: KeptFor::Deleted,
            org: org.id.clone(),
            name: org.name.as_str().to_owned(),
            op: keeping.op.0.clone(),
            to: None,
            key,
            uuid: None,
            db: None,
            until: keeping.until,
            notice: Some(keeping.notice.to_owned()),
            accounts: keeping.accounts.clone(),
        };
        plan.commit.push(Change::Put { ns: names.clone(), document: entry.document()? });
        entry.accounts.clear();
        entry.key = None;
        let own_db = |ns: &Namespace| Some(ns.db.clone()).filter(|db| db != master);
        for step in &plan.before {
            let Step::Move(m) = step else { continue };
            let kept = Kept {
                id: store_entry(master, &m.from),
                name: m.from.coll.clone(),
                to: Some(m.to.coll.clone()),
                uuid: Some(m.uuid),
                db: own_db(&m.from),
                ..entry.clone()
            };
            plan.commit.push(Change::Put { ns: names.clone(), document: kept.document()? });
        }
        // Collections it does not have yet keep their names for it too: another name may map to the same ones (B1).
        for (collection, _) in org.home.expected(self.platform) {
            let ns = self.at_home(&org.home, &collection);
            let moved = |step: &Step| matches!(step, Step::Move(m) if m.from == ns);
            if !plan.before.iter().any(moved) {
                let id = store_entry(master, &ns);
                let kept = Kept { id, name: collection, db: own_db(&ns), ..entry.clone() };
                plan.commit.push(Change::Put { ns: names.clone(), document: kept.document()? });
            }
        }
        if let Home::Database(database) = &org.home {
            let kept = Kept { id: database_entry(database.as_str()), name: database.as_str().to_owned(), ..entry };
            plan.commit.push(Change::Put { ns: names, document: kept.document()? });
        }
        Ok(())
    }

    /// Deletes the organization, restorably.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn delete(&self, plan: DeletePlan, days: u32, consent: &Consent) -> Result<Outcome> {
        let name = plan.view.name;
        self.ensure_tokens().await?;
        self.execute(plan.prepared, consent, async |id| Ok(self.plan_delete(&name, days, Some(id)).await?.prepared))
            .await
    }
}

/// A collection leaves its name to a view that tells every reader what happened.
fn move_away(op: &OpId, uuid: bson::Uuid, from: &Namespace, notice: &str) -> Step {
    let mut trash = format!("fb_trash_{op}_{}", from.coll);
    if from.db.len() + 1 + trash.len() > NAMESPACE_BYTES {
        // The platform may make names that leave no room for ours around them.
        trash = format!("fb_trash_{op}_{uuid}");
    }
    Step::Move(Move {
        uuid,
        from: from.clone(),
        to: Namespace::new(&from.db, trash),
        at_from: Sentry { op: op.0.clone(), notice: Some(notice.to_owned()), latch: false },
        at_to: Sentry { op: op.0.clone(), notice: None, latch: true },
        may_drop: Vec::new(),
    })
}

/// The documents of a deleted tenant carry a key that names the operation.
pub(super) fn to_tombstone(fence: &Fence, op: &str) -> Rekey {
    Rekey {
        ns: fence.ns.clone(),
        path: fence.path.clone(),
        from: fence.value.clone(),
        to: Bson::String(format!("{TOMBSTONE}{op}")),
        twins: Vec::new(),
        within: Document::new(),
        fenced: true,
    }
}

/// What readers of the old collections are told.
fn notice(org: &Org, op: &OpId, now: DateTime, until: DateTime) -> String {
    let (now, until) = (date(now), date(until));
    format!("organization {} was deleted on {now}; it can be restored until {until} (flowbit operation {op})", org.name)
}

/// What is kept, and how long.
struct Keeping<'a> {
    op: &'a OpId,
    until: DateTime,
    notice: &'a str,
    accounts: Vec<Bson>,
}
