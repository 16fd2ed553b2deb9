//! The end of a deleted organization: everything of it is dropped, and looked for afterwards.

use bson::{Bson, DateTime, doc};
use serde::Serialize;

use super::find::{date, shell};
use super::kept::{Gone, Kept, KeptFor, name_entry, org_entry, store_entry};
use crate::domain::audit::Deed;
use crate::domain::catalog::StoreStats;
use crate::domain::description::AccountPlace;
use crate::domain::naming::{NameKey, OrgName, Slug};
use crate::domain::plan::{Change, Fence, Namespace, Plan, Step};
use crate::domain::record::{OpId, Stray, Subject};
use crate::domain::registry::Registry;
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, OPS, Outcome, parse};
use crate::layout::Home;
use crate::ops::deed::state_of;
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::documents::{HELD, carries};
use crate::store::{file, machine};

/// What a purge would remove, or removed.
#[derive(Debug, Clone, Serialize)]
pub struct PurgeView {
    /// The organization.
    pub name: String,
    /// Collections that are dropped.
    pub collections: Vec<String>,
    /// How much is in them.
    #[serde(flatten)]
    pub stats: StoreStats,
    /// Accounts that are deleted.
    pub accounts: u64,
    /// What stays, and why.
    pub kept: Vec<String>,
}

/// A purge that could begin.
#[derive(Debug)]
pub struct PurgePlan {
    /// The operation.
    pub prepared: Prepared,
    /// What to show.
    pub view: PurgeView,
}

impl House<'_> {
    /// What a purge would remove.
    ///
    /// # Errors
    /// `E0201`, `E0309` for a living one, `E0310` before the grace period ends, `E0303`.
    pub async fn plan_purge(&self, typed: &str, before_grace_ends: bool, own: Option<&OpId>) -> Result<PurgePlan> {
        let orgs = self.orgs_briefly().await?;
        let gone = self.load_gone(&orgs, typed).await.map_err(|error| match error.code() == &code::ORG_STATE {
            true => {
                error.next(format!("flowbit org delete {}   # first; a purge only ends what was deleted", shell(typed)))
            }
            false => error,
        })?;
        if !before_grace_ends && DateTime::now() < gone.kept.until {
            return Err(Error::new(
                &code::GRACE_NOT_OVER,
                format!("{} can be restored until {}", gone.kept.name, date(gone.kept.until)),
            )
            .next(format!("flowbit org restore {}", shell(&gone.kept.name)))
            .next(format!("flowbit org purge {} --before-grace-ends", shell(&gone.kept.name))));
        }
        let op = own.cloned().unwrap_or_else(new_op);
        let key = NameKey::of(&gone.kept.name);
        let mut reserves = vec![org_entry(&gone.kept.org), name_entry(&key)];
        let master = self.store.master();
        reserves.extend(gone.stores.iter().map(|kept| store_entry(master, &kept.place(master, &kept.name))));
        self.require_unreserved(&reserves, own).await?;
        let erased = self.erased(&gone);
        let stats = self.purged_stats(&gone, &erased).await?;
        let kept = self.what_stays(&gone).await?;
        // The platform may have made another organization of this name meanwhile: what goes by the name is its now.
        let twin = orgs.iter().find(|org| org.name.key() == key);
        if let (Some(twin), true) = (twin, self.platform.links_by_name()) {
            return Err(Error::new(
                &code::NAME_TAKEN,
                format!(
                    "accounts belong to organizations by name here, and there is another {:?} by now",
                    twin.name.as_str()
                ),
            )
            .next(format!("flowbit org rename {} NEW-NAME   # then purge", shell(twin.name.as_str()))));
        }
        let registry = if twin.is_some() { None } else { self.registry_removal(&gone)? };
        let plan = self.build_purge(&gone, &op, registry).await?;
        let mut warnings = Vec::new();
        self.topology_warnings(&mut warnings);
        let view = PurgeView {
            name: gone.kept.name.clone(),
            collections: gone.collections(&erased),
            stats,
            accounts: self.purged_accounts(&gone).await?,
            kept,
        };
        let seen = doc! { "kept": gone.kept.document()? };
        let subject = Subject { id: gone.kept.org.clone(), name: gone.kept.name.clone(), to: None };
        let record = self.record(op, "org.purge", subject, reserves, plan, &seen);
        Ok(PurgePlan { prepared: Prepared { record, deposits: Vec::new(), warnings }, view })
    }

    async fn purged_stats(&self, gone: &Gone, erased: &[Fence]) -> Result<StoreStats> {
        let mut stats = StoreStats::default();
        for kept in &gone.stores {
            if let Some(trash) = &kept.to {
                stats += self.store.stats(&kept.place(self.store.master(), trash)).await.unwrap_or_default();
            }
        }
        for fence in erased {
            let (documents, bytes, _) = self.store.measure(&fence.ns, carries(&fence.path, &fence.value)).await?;
            stats += StoreStats { documents, bytes, indexes: 0 };
        }
        Ok(stats)
    }

    async fn build_purge(&self, gone: &Gone, op: &OpId, registry: Option<Step>) -> Result<Plan> {
        let names = self.master(NAMES);
        let org = &gone.kept.org;
        let mut plan = Plan::default();
        // From here on a restore is refused: what is left may be a part.
        plan.commit.push(Change::Set {
            ns: names.clone(),
            filter: doc! { "op": &gone.kept.op, "kind": "deleted", "org": org.clone() },
            set: doc! { "kind": "purging" },
        });
        plan.commit.push(self.unstamp(org));
        plan.commit.extend(self.tokens_forgotten(org));
        let (name, slug, home) = self.identity(gone);
        let details = doc! { "name": &gone.kept.name, "deleted_by": &gone.kept.op };
        let deed = Deed::new("org.purged", details).changing(state_of(&name, &home, "deleted"), Bson::Null);
        plan.commit.push(self.audit(&deed, self.vars_of(org, &name, &slug), op, DateTime::now()));
        let absent = self.drops(gone, &mut plan).await?;
        let mut none: Vec<(Namespace, bson::Document)> = Vec::new();
        for fence in self.erased(gone) {
            none.push((fence.ns.clone(), carries(&fence.path, &fence.value)));
            plan.after.push(Step::Erase { fence });
        }
        let kept = self.kept_where(doc! { "org": org.clone() }).await?;
        plan.after.extend(self.unfences(gone, &kept));
        let mut removal = Vec::new();
        if let (AccountPlace::Master, Some((accounts, mine))) =
            (self.platform.account.place, self.accounts_of(org, &name, &slug, &home))
        {
            none.push((accounts.clone(), mine.clone()));
            removal.push(Change::Delete { ns: accounts, filter: mine });
        }
        if let Some(orgs) = self.records() {
            none.push((orgs.clone(), self.record_filter(org)));
            removal.push(Change::Delete { ns: orgs, filter: self.record_filter(org) });
        }
        let held = self.master(HELD);
        let in_keeping = doc! { "op": &gone.kept.op };
        none.push((held.clone(), in_keeping.clone()));
        removal.push(Change::Delete { ns: held, filter: in_keeping });
        plan.after.push(Step::Documents { changes: removal.clone() });
        plan.after.extend(registry);
        plan.after.push(Step::Verify { present: Vec::new(), absent, none, repair: removal, rekeys: Vec::new() });
        for db in self.databases_left(&home, &kept).await? {
            // Whoever gets a database of this name next must not be read by the users of this one.
            plan.after.push(Step::Rights { db: db.clone(), like: None });
            plan.after.push(Step::Tidy { db });
        }
        // The name is given free last, when nothing of its owner is left.
        let free = vec![Change::Delete { ns: names, filter: doc! { "org": org.clone() } }];
        plan.after.push(Step::Documents { changes: free });
        Ok(plan)
    }

    /// Keys that nobody has to be kept from any more: its own, and those it had before.
    fn unfences(&self, gone: &Gone, kept: &[Kept]) -> Vec<Step> {
        let (name, slug, home) = self.identity(gone);
        let mut steps = Vec::new();
        let mut lift = |vars: &Vars, op: &str| {
            let fences = self.keyed_for(vars).into_iter().chain(self.accounts_fence(vars));
            steps.extend(fences.map(|fence| Step::Unfence { fence, ops: vec![op.to_owned()] }));
        };
        lift(&self.vars(&gone.kept.org, &name, &slug, &home), &gone.kept.op);
        for alias in kept.iter().filter(|kept| kept.kind == KeptFor::Alias && kept.key.is_some()) {
            let name = OrgName::stored(alias.name.clone());
            let slug = match (self.platform.tenant_key(), &alias.key) {
                (Some(Var::Slug), Some(key)) => Slug::stored(key.clone()),
                _ => self.platform.naming.slug_of(name.as_str()),
            };
            // On platforms without records the identifier is the key, and the old one went with the name.
            let id = alias.key.clone().map_or(gone.kept.org.clone(), bson::Bson::String);
            lift(&self.vars(&id, &name, &slug, &home), &alias.op);
        }
        steps
    }

    /// The databases in which it was and nobody is now.
    async fn databases_left(&self, home: &Home, kept: &[Kept]) -> Result<Vec<String>> {
        let Home::Database(database) = home else { return Ok(Vec::new()) };
        let mut left = std::collections::BTreeSet::from([database.as_str().to_owned()]);
        left.extend(kept.iter().filter(|kept| kept.id.starts_with("database:")).map(|kept| kept.name.clone()));
        let living = self.orgs_briefly().await?;
        let taken =
            |db: &String| living.iter().any(|org| org.home.database(self.store.master()).eq_ignore_ascii_case(db));
        left.retain(|db| !taken(db));
        Ok(left.into_iter().collect())
    }

    /// Every collection of its own, and every view in the place of one. Gives what must be gone afterwards.
    async fn drops(&self, gone: &Gone, plan: &mut Plan) -> Result<Vec<(bson::Uuid, Namespace)>> {
        let (org, master) = (&gone.kept.org, self.store.master());
        let mut absent = Vec::new();
        for kept in &gone.stores {
            if let (Some(uuid), Some(trash)) = (kept.uuid, &kept.to) {
                let name = kept.place(master, trash);
                absent.push((uuid, name.clone()));
                plan.after.push(Step::Drop { uuid, name, leftover: false });
            }
        }
        for stray in self.strays_of(org).await? {
            absent.push((stray.uuid, stray.at.clone()));
            plan.after.push(Step::Drop { uuid: stray.uuid, name: stray.at, leftover: true });
        }
        for kept in self.kept_where(doc! { "org": org.clone() }).await? {
            if let (KeptFor::Backup, Some(uuid)) = (kept.kind, kept.uuid) {
                let name = kept.place(master, &kept.name);
                absent.push((uuid, name.clone()));
                plan.after.push(Step::Drop { uuid, name, leftover: true });
            }
            if kept.id.starts_with("store:") {
                let name = kept.place(master, &kept.name);
                plan.after.push(Step::DropSentry { name, ops: vec![kept.op] });
            }
        }
        Ok(absent)
    }

    /// Documents in shared collections that were its own.
    fn erased(&self, gone: &Gone) -> Vec<Fence> {
        let (name, slug, home) = self.identity(gone);
        let keyed = self.keyed_for(&self.vars(&gone.kept.org, &name, &slug, &home));
        keyed
            .into_iter()
            .map(|fence| {
                let tombstone = super::delete::to_tombstone(&fence, &gone.kept.op).to;
                Fence { value: tombstone, ..fence }
            })
            .collect()
    }

    /// Collections of its documents that operations put aside and that contradicted the others: they go with it.
    async fn strays_of(&self, org: &bson::Bson) -> Result<Vec<Stray>> {
        let records = self.store.find(&self.master(OPS), doc! { "subject.id": org.clone() }, None, None).await?;
        Ok(records.iter().filter_map(|stored| parse(stored).ok()).flat_map(|record| record.folded().strays).collect())
    }

    fn registry_removal(&self, gone: &Gone) -> Result<Option<Step>> {
        let Some(path) = &self.registry else { return Ok(None) };
        let Some(text) = file::read(path)? else { return Ok(None) };
        let shown = path.display().to_string();
        let slug = self.platform.naming.slug_of(&gone.kept.name);
        let names = vec![(gone.kept.name.clone(), None), (slug.as_str().to_owned(), None)];
        let changes = Registry::parse(&shown, &text)?.rename(&names);
        Ok(changes.then(|| Step::Registry { file: shown, host: machine::host(), names, add: None }))
    }

    async fn purged_accounts(&self, gone: &Gone) -> Result<u64> {
        let (name, slug, home) = self.identity(gone);
        let (AccountPlace::Master, Some((accounts, mine))) =
            (self.platform.account.place, self.accounts_of(&gone.kept.org, &name, &slug, &home))
        else {
            return Ok(0);
        };
        let held = doc! { "op": &gone.kept.op, "ns": accounts.to_string() };
        Ok(self.store.count(&accounts, mine).await? + self.store.count(&self.master(HELD), held).await?)
    }

    /// What a purge does not remove, said before and after.
    async fn what_stays(&self, gone: &Gone) -> Result<Vec<String>> {
        let audit = self.master(self.audit_collection());
        let (name, slug, _) = self.identity(gone);
        let vars = self.vars_of(&gone.kept.org, &name, &slug);
        let tenant = self.platform.audit.as_ref().and_then(|shape| {
            let path = [Var::OrgId, Var::Name, Var::Slug].into_iter().find_map(|var| shape.fields.path_of(var))?;
            Some((path, shape.fields.value_at(path, &vars)?))
        });
        let mut filter = bson::Document::new();
        match tenant {
            Some((path, value)) => filter.insert(path, value),
            None => filter.insert("organization", gone.kept.org.clone()),
        };
        let entries = self.store.count(&audit, filter).await?;
        Ok(vec![
            format!("{entries} audit entries in {}: the trail outlives what it tells about", audit.coll),
            "the records of its operations in flowbit_ops: who did what, and when".to_owned(),
            "backups and exports of the database: they are outside of it".to_owned(),
        ])
    }

    /// Purges the organization.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn purge(&self, plan: PurgePlan, before_grace_ends: bool, consent: &Consent) -> Result<Outcome> {
        let name = plan.view.name;
        self.execute(plan.prepared, consent, async |id| {
            Ok(self.plan_purge(&name, before_grace_ends, Some(id)).await?.prepared)
        })
        .await
    }
}
