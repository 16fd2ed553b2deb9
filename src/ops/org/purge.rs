//! The end of a deleted organization: everything of it is dropped, and looked for afterwards.

use bson::{DateTime, doc};
use serde::Serialize;

use super::find::{Gone, date, name_entry, org_entry, shell, store_entry};
use crate::domain::catalog::StoreStats;
use crate::domain::naming::{NameKey, OrgName};
use crate::domain::plan::{Change, Plan, Step};
use crate::domain::record::{OpId, Stray, Subject};
use crate::domain::registry::Registry;
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, OPS, Outcome, parse};
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::documents::HELD;
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
        reserves.extend(gone.stores.iter().map(|kept| store_entry(&kept.name)));
        self.require_unreserved(&reserves, own).await?;
        let mut stats = StoreStats::default();
        for trash in gone.stores.iter().filter_map(|kept| kept.to.as_ref()) {
            stats += self.store.stats(&self.master(trash)).await.unwrap_or_default();
        }
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
            collections: gone.stores.iter().filter(|kept| kept.uuid.is_some()).map(|kept| kept.name.clone()).collect(),
            stats,
            accounts: self.purged_accounts(&gone).await?,
            kept,
        };
        let seen = doc! { "kept": gone.kept.document()? };
        let subject = Subject { id: gone.kept.org.clone(), name: gone.kept.name.clone(), to: None };
        let record = self.record(op, "org.purge", subject, reserves, plan, &seen);
        Ok(PurgePlan { prepared: Prepared { record, deposits: Vec::new(), warnings }, view })
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
        plan.commit.push(self.audit(
            "org.purged",
            org,
            op,
            DateTime::now(),
            doc! { "name": &gone.kept.name, "deleted_by": &gone.kept.op },
        ));
        let mut absent = Vec::new();
        for kept in &gone.stores {
            if let (Some(uuid), Some(trash)) = (kept.uuid, &kept.to) {
                absent.push(uuid);
                plan.after.push(Step::Drop { uuid, name: self.master(trash), leftover: false });
            }
        }
        for stray in self.strays_of(org).await? {
            absent.push(stray.uuid);
            plan.after.push(Step::Drop { uuid: stray.uuid, name: stray.at, leftover: true });
        }
        let sentries = self.kept_where(doc! { "org": org.clone(), "_id": { "$regex": "^store:" } }).await?;
        for sentry in sentries {
            plan.after.push(Step::DropSentry { name: self.master(&sentry.name), ops: vec![sentry.op] });
        }
        let orgs = self.master(&self.platform.organization.collection);
        let accounts = self.master(&self.platform.account.collection);
        let held = self.master(HELD);
        let mine = self.accounts_of(org, &OrgName::stored(gone.kept.name.clone()));
        let this = doc! { "_id": org.clone() };
        let in_keeping = doc! { "op": &gone.kept.op };
        let removal = vec![
            Change::Delete { ns: accounts.clone(), filter: mine.clone() },
            Change::Delete { ns: orgs.clone(), filter: this.clone() },
            Change::Delete { ns: held.clone(), filter: in_keeping.clone() },
        ];
        plan.after.push(Step::Documents { changes: removal.clone() });
        plan.after.extend(registry);
        plan.after.push(Step::Verify {
            present: Vec::new(),
            absent,
            none: vec![(accounts, mine), (orgs, this), (held, in_keeping)],
            repair: removal,
        });
        // The name is given free last, when nothing of its owner is left.
        let free = vec![Change::Delete { ns: names, filter: doc! { "org": org.clone() } }];
        plan.after.push(Step::Documents { changes: free });
        Ok(plan)
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
        Ok(changes.then(|| Step::Registry { file: shown, host: machine::host(), names }))
    }

    async fn purged_accounts(&self, gone: &Gone) -> Result<u64> {
        let accounts = self.master(&self.platform.account.collection);
        let mine = self.accounts_of(&gone.kept.org, &OrgName::stored(gone.kept.name.clone()));
        let held = doc! { "op": &gone.kept.op, "ns": accounts.to_string() };
        Ok(self.store.count(&accounts, mine).await? + self.store.count(&self.master(HELD), held).await?)
    }

    /// What a purge does not remove, said before and after.
    async fn what_stays(&self, gone: &Gone) -> Result<Vec<String>> {
        let audit = self.master(self.audit_collection());
        let path = self.platform.audit.as_ref().and_then(|shape| {
            shape.fields.iter().find_map(|(path, source)| match source {
                crate::domain::fields::Source::Template(t) if t.only() == Some(crate::domain::template::Var::OrgId) => {
                    Some((path.to_owned(), t.clone()))
                }
                _ => None,
            })
        });
        let vars = self.vars(&gone.kept.org, &OrgName::stored(gone.kept.name.clone()), None);
        let mut filter = bson::Document::new();
        match path {
            Some((path, template)) => filter.insert(path, template.value(&vars)),
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
