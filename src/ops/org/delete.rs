//! Taking an organization out of service, so that it can be restored.

use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;

use super::create::at_path;
use super::find::{Kept, KeptFor, Org, date, name_entry, org_entry, require_movable, shell, store_entry};
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::naming::NAMESPACE_BYTES;
use crate::domain::plan::{Change, Move, Namespace, Plan, Sentry, Step};
use crate::domain::record::{OpId, Subject};
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, Outcome};
use crate::layout::collection::{Owned, owned};
use crate::ops::{Consent, House, Prepared, new_op};

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
        let catalog = self.store.catalog(self.store.master()).await?;
        let names = self.covered(&org.store, Some(&org.id), &orgs).await?;
        let owned = owned(&catalog, &names);
        require_movable(&owned)?;
        let notice = notice(org, &op, now, until);
        let mut reserves = vec![org_entry(&org.id), name_entry(&org.name.key())];
        let mut seen = doc! { "org": org.document.clone() };
        let mut plan = Plan::default();
        let mut stats = StoreStats::default();
        for info in &owned.collections {
            let Some(uuid) = info.uuid else { continue };
            stats += self.store.stats(&self.master(&info.name)).await?;
            seen.insert(&info.name, uuid);
            reserves.push(store_entry(&info.name));
            plan.before.push(self.move_away(&op, uuid, &info.name, &notice));
        }
        if !plan.before.is_empty() {
            let known = owned.collections.iter().filter_map(|info| info.uuid).collect();
            plan.before.push(Step::Sole { db: self.store.master().to_owned(), names, known });
        }
        let active = self.active_accounts(org).await?;
        seen.insert("accounts", active.clone());
        self.require_unreserved(&reserves, own).await?;
        let accounts = u64::try_from(active.len()).unwrap_or_default();
        let keeping = Keeping { op: &op, until, notice: &notice, accounts: active };
        self.commit_delete(org, &keeping, now, &mut plan)?;
        plan.after = vec![
            Step::Gather,
            Step::Verify {
                present: plan.moved(),
                absent: Vec::new(),
                none: self.still_active(org),
                repair: Vec::new(),
            },
        ];
        let warnings = self.delete_warnings(&catalog, &owned);
        let view = DeleteView {
            name: org.name.as_str().to_owned(),
            collections: owned.collections.iter().map(|info| info.name.clone()).collect(),
            stats,
            accounts,
            restorable_until: date(until),
        };
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

    /// A collection leaves its name to a view that tells every reader what happened.
    fn move_away(&self, op: &OpId, uuid: bson::Uuid, name: &str, notice: &str) -> Step {
        let mut trash = format!("fb_trash_{op}_{name}");
        if self.store.master().len() + 1 + trash.len() > NAMESPACE_BYTES {
            // The platform may make names that leave no room for ours around them.
            trash = format!("fb_trash_{op}_{uuid}");
        }
        Step::Move(Move {
            uuid,
            from: self.master(name),
            to: self.master(&trash),
            at_from: Sentry { op: op.0.clone(), notice: Some(notice.to_owned()), latch: false },
            at_to: Sentry { op: op.0.clone(), notice: None, latch: true },
            may_drop: Vec::new(),
        })
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
        let mut filter = self.accounts_of(&org.id, &org.name);
        if let Some(state) = &self.platform.account.state {
            filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
        }
        let ns = self.master(&self.platform.account.collection);
        let found = self.store.find(&ns, filter, Some(doc! { "_id": 1 }), Some(doc! { "_id": 1 })).await?;
        Ok(found.into_iter().filter_map(|mut account| account.remove("_id")).collect())
    }

    /// What must not be left after a delete (B12).
    fn still_active(&self, org: &Org) -> Vec<(Namespace, Document)> {
        let mut accounts = self.accounts_of(&org.id, &org.name);
        if let Some(state) = &self.platform.account.state {
            accounts.insert(&state.field, state.active.clone());
        }
        let mut record = doc! { "_id": org.id.clone() };
        if let Some(state) = &self.platform.organization.state {
            record.insert(&state.field, state.active.clone());
        }
        vec![
            (self.master(&self.platform.account.collection), accounts),
            (self.master(&self.platform.organization.collection), record),
        ]
    }

    fn commit_delete(&self, org: &Org, keeping: &Keeping<'_>, now: DateTime, plan: &mut Plan) -> Result<()> {
        let orgs = self.master(&self.platform.organization.collection);
        let this = doc! { "_id": org.id.clone() };
        match &self.platform.organization.state {
            Some(state) => {
                let mut set = at_path(&state.field, state.inactive.clone());
                if let Some(touch) = &self.platform.organization.touch {
                    set.insert(touch, now);
                }
                plan.commit.push(Change::Set { ns: orgs, filter: this, set });
            }
            None => plan.commit.push(Change::Hold { ns: orgs, filter: this }),
        }
        let accounts = self.master(&self.platform.account.collection);
        let mine = self.accounts_of(&org.id, &org.name);
        match &self.platform.account.state {
            Some(state) => plan.commit.push(Change::Set {
                ns: accounts,
                filter: mine,
                set: at_path(&state.field, state.inactive.clone()),
            }),
            None => plan.commit.push(Change::Hold { ns: accounts, filter: mine }),
        }
        let names = self.master(NAMES);
        let mut entry = Kept {
            id: name_entry(&org.name.key()),
            kind: KeptFor::Deleted,
            org: org.id.clone(),
            name: org.name.as_str().to_owned(),
            op: keeping.op.0.clone(),
            to: None,
            uuid: None,
            until: keeping.until,
            notice: Some(keeping.notice.to_owned()),
            accounts: keeping.accounts.clone(),
        };
        plan.commit.push(Change::Put { ns: names.clone(), document: entry.document()? });
        entry.accounts.clear();
        for step in &plan.before {
            let Step::Move(m) = step else { continue };
            let kept = Kept {
                id: store_entry(&m.from.coll),
                name: m.from.coll.clone(),
                to: Some(m.to.coll.clone()),
                uuid: Some(m.uuid),
                ..entry.clone()
            };
            plan.commit.push(Change::Put { ns: names.clone(), document: kept.document()? });
        }
        // Collections it does not have yet keep their names for it too: another name may map to the same ones (B1).
        for (collection, _) in org.store.expected(self.platform) {
            let id = store_entry(&collection);
            let moved = |step: &Step| matches!(step, Step::Move(m) if m.from.coll == collection);
            if !plan.before.iter().any(moved) {
                let kept = Kept { id, name: collection, to: None, uuid: None, ..entry.clone() };
                plan.commit.push(Change::Put { ns: names.clone(), document: kept.document()? });
            }
        }
        let details = doc! { "name": org.name.as_str(), "restorable_until": keeping.until };
        plan.commit.push(self.audit("org.deleted", &org.id, keeping.op, now, details));
        Ok(())
    }

    /// Deletes the organization, restorably.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn delete(&self, plan: DeletePlan, days: u32, consent: &Consent) -> Result<Outcome> {
        let name = plan.view.name;
        self.execute(plan.prepared, consent, async |id| Ok(self.plan_delete(&name, days, Some(id)).await?.prepared))
            .await
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
