//! Bringing a deleted organization back: its collections, its accounts, its record.

use bson::{DateTime, Document, doc};
use serde::Serialize;

use super::create::at_path;
use super::delete::to_tombstone;
use super::find::{Org, shell};
use super::kept::{Gone, Kept, KeptFor, database_entry, name_entry, org_entry, store_entry};
use crate::domain::audit::Deed;
use crate::domain::description::AccountPlace;
use crate::domain::fields;
use crate::domain::naming::NameKey;
use crate::domain::plan::{Change, Fence, Move, Plan, Sentry, Step};
use crate::domain::record::{OpId, Subject};
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, Outcome};
use crate::layout::Home;
use crate::ops::deed::state_of;
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::documents::{HELD, carries};

/// What a restore would bring back, or brought.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreView {
    /// The organization.
    pub name: String,
    /// Its collections.
    pub collections: Vec<String>,
    /// Accounts that are enabled again.
    pub accounts: u64,
}

/// A restore that could begin.
#[derive(Debug)]
pub struct RestorePlan {
    /// The operation.
    pub prepared: Prepared,
    /// What to show.
    pub view: RestoreView,
}

impl House<'_> {
    /// What a restore would bring back.
    ///
    /// # Errors
    /// `E0201`, `E0309` for a living or half-purged one, `E0301`, `E0302`, `E0313` where its places were taken.
    pub async fn plan_restore(&self, typed: &str, own: Option<&OpId>) -> Result<RestorePlan> {
        let orgs = self.orgs_briefly().await?;
        let gone = self.load_gone(&orgs, typed).await?;
        if gone.kept.kind == KeptFor::Purging {
            return Err(Error::new(
                &code::ORG_STATE,
                format!("{} is being purged; there is no way back", gone.kept.name),
            )
            .next("flowbit op list --open"));
        }
        let key = NameKey::of(&gone.kept.name);
        require_no_twin(&orgs, &key)?;
        let (name, slug, home) = self.identity(&gone);
        self.require_free(&name, &home, &orgs, Some(&gone.kept.org)).await?;
        let catalog = self.home_catalog(&home).await?;
        let op = own.cloned().unwrap_or_else(new_op);
        let org_id = gone.kept.org.clone();
        let mut reserves = vec![org_entry(&org_id), name_entry(&key)];
        let mut plan = Plan::default();
        let mut seen = doc! { "kept": gone.kept.document()? };
        for kept in &gone.stores {
            let Some(back) = move_back(kept, &op, self.store.master()) else { continue };
            self.require_vacant(&back.to, &catalog, Some(&org_id)).await?;
            seen.insert(&kept.name, back.uuid);
            reserves.push(store_entry(self.store.master(), &back.to));
            plan.before.push(Step::Move(back));
        }
        if let Home::Database(database) = &home {
            reserves.push(database_entry(database.as_str()));
        }
        let vars = self.vars(&org_id, &name, &slug, &home);
        let keyed = self.keyed_for(&vars);
        if !keyed.is_empty() {
            self.require_transactions()?;
        }
        let ops = vec![gone.kept.op.clone()];
        for fence in &keyed {
            self.require_unused(fence).await?;
            plan.before.push(Step::Rekey(to_tombstone(fence, &gone.kept.op).reversed()));
            plan.after.push(Step::Unfence { fence: fence.clone(), ops: ops.clone() });
        }
        plan.after.extend(self.accounts_fence(&vars).map(|fence| Step::Unfence { fence, ops }));
        self.require_unreserved(&reserves, own).await?;
        let accounts = self.commit_restore(&gone, &op, &mut plan).await?;
        plan.after.extend([Step::Gather, Step::standing(plan.moved())]);
        let mut warnings = Vec::new();
        self.topology_warnings(&mut warnings);
        let view = RestoreView { name: gone.kept.name.clone(), collections: gone.collections(&keyed), accounts };
        let subject = Subject { id: org_id, name: gone.kept.name.clone(), to: None };
        let record = self.record(op, "org.restore", subject, reserves, plan, &seen);
        Ok(RestorePlan { prepared: Prepared { record, deposits: Vec::new(), warnings }, view })
    }

    /// Documents that got the key since are another tenant's, whom the platform made: the two must not become one.
    async fn require_unused(&self, fence: &Fence) -> Result<()> {
        if !self.store.exists(&fence.ns, carries(&fence.path, &fence.value)).await? {
            return Ok(());
        }
        Err(Error::new(
            &code::STORE_TAKEN,
            format!(
                "documents in {} carry {} = {} by now; restored, both would be one tenant",
                fence.ns,
                fence.path,
                crate::domain::template::plain(&fence.value)
            ),
        )
        .next("find out whose they are: flowbit doctor"))
    }

    async fn commit_restore(&self, gone: &Gone, op: &OpId, plan: &mut Plan) -> Result<u64> {
        let now = DateTime::now();
        let deleted_by = gone.kept.op.clone();
        if let (Some(shape), Some(orgs)) = (&self.platform.organization, self.records()) {
            match &shape.state {
                Some(state) => {
                    let mut set = at_path(&state.field, state.active.clone());
                    if let Some(touch) = &shape.touch {
                        set.insert(touch, now);
                    }
                    plan.commit.push(Change::Set { ns: orgs, filter: self.record_filter(&gone.kept.org), set });
                }
                None => plan.commit.push(Change::Release { ns: orgs, op: deleted_by.clone(), must: true }),
            }
        }
        if self.platform.account.place == AccountPlace::Master {
            let accounts = self.master(&self.platform.account.collection);
            match &self.platform.account.state {
                Some(state) => {
                    let which = doc! { "_id": { "$in": gone.kept.accounts.clone() } };
                    let set = at_path(&state.field, state.active.clone());
                    plan.commit.push(Change::Set { ns: accounts, filter: which, set });
                }
                None => {
                    self.require_emails_free(gone).await?;
                    plan.commit.push(Change::Release { ns: accounts, op: deleted_by.clone(), must: false });
                }
            }
        }
        let names = self.master(NAMES);
        plan.commit.push(Change::Delete {
            ns: names,
            filter: doc! { "op": &deleted_by, "kind": "deleted", "org": gone.kept.org.clone() },
        });
        let (name, slug, home) = self.identity(gone);
        let deed = Deed::new("org.restored", doc! { "name": &gone.kept.name, "deleted_by": &deleted_by })
            .changing(state_of(&name, &home, "deleted"), state_of(&name, &home, "active"));
        plan.commit.push(self.audit(&deed, self.vars_of(&gone.kept.org, &name, &slug), op, now));
        Ok(u64::try_from(gone.kept.accounts.len()).unwrap_or_default())
    }

    /// An account that comes back beside another one with its e-mail could not log in (B23).
    async fn require_emails_free(&self, gone: &Gone) -> Result<()> {
        let Some((accounts, path)) = self.emails() else { return Ok(()) };
        let held = self
            .store
            .find(&self.master(HELD), doc! { "op": &gone.kept.op, "ns": accounts.to_string() }, None, None)
            .await?;
        for document in held.iter().filter_map(|held| held.get_document("document").ok()) {
            let Some(email) = fields::get(document, path) else { continue };
            let mut filter = Document::new();
            filter.insert(path, email.clone());
            if self.store.exists_ignoring_case(&accounts, filter).await? {
                let email = email.as_str().unwrap_or("?");
                return Err(Error::new(
                    &code::ADMIN_TAKEN,
                    format!(
                        "an account with the e-mail {email} was made in the meantime; the restored one could not log in"
                    ),
                )
                .next("change or remove that account, then restore"));
            }
        }
        Ok(())
    }

    /// Restores the organization.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn restore(&self, plan: RestorePlan, consent: &Consent) -> Result<Outcome> {
        let name = plan.view.name;
        self.execute(plan.prepared, consent, async |id| Ok(self.plan_restore(&name, Some(id)).await?.prepared)).await
    }
}

/// A deleted collection gets its name back; until then a rollback can put the notice there again.
fn move_back(kept: &Kept, op: &OpId, master: &str) -> Option<Move> {
    let (uuid, trash) = (kept.uuid?, kept.to.as_ref()?);
    Some(Move {
        uuid,
        from: kept.place(master, trash),
        to: kept.place(master, &kept.name),
        at_from: Sentry { op: op.0.clone(), notice: None, latch: true },
        at_to: Sentry { op: kept.op.clone(), notice: kept.notice.clone(), latch: false },
        may_drop: vec![kept.op.clone()],
    })
}

fn require_no_twin(orgs: &[Org], key: &NameKey) -> Result<()> {
    match orgs.iter().find(|org| org.name.key() == *key) {
        None => Ok(()),
        Some(twin) => Err(Error::new(
            &code::NAME_TAKEN,
            format!("an organization named {:?} was made in the meantime", twin.name.as_str()),
        )
        .next(format!("flowbit org rename {} NEW-NAME   # then restore", shell(twin.name.as_str())))),
    }
}
