//! The heart: another name for an organization, with its collections, and every copy of the name.

use std::collections::BTreeSet;

use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;

use super::create::at_path;
use super::find::{Kept, KeptFor, Org, date, name_entry, org_entry, require_movable, store_entry};
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::fields;
use crate::domain::naming::{OrgName, Slug};
use crate::domain::plan::{Change, Move, Namespace, Plan, Sentry, Step};
use crate::domain::record::{OpId, Subject};
use crate::domain::registry::Registry;
use crate::error::{Error, Result, code};
use crate::journal::{NAMES, Outcome};
use crate::layout::collection::{Owned, StoreName, owned};
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::{file, machine};

/// A collection that changes its name.
#[derive(Debug, Clone, Serialize)]
pub struct MovedCollection {
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
    /// How much is in it.
    #[serde(flatten)]
    pub stats: StoreStats,
}

/// What a rename would do, or did.
#[derive(Debug, Clone, Serialize)]
pub struct RenameView {
    /// Name before.
    pub from: String,
    /// Name after.
    pub to: String,
    /// Collections that change their name.
    pub collections: Vec<MovedCollection>,
    /// Accounts whose copy of the name changes.
    pub accounts: u64,
    /// The registry file that changes.
    pub registry: Option<String>,
    /// Until when the old name can be read and is fenced.
    pub alias_until: Option<String>,
}

/// A rename that could begin.
#[derive(Debug)]
pub struct RenamePlan {
    /// The operation.
    pub prepared: Prepared,
    /// What to show.
    pub view: RenameView,
}

/// Both ends of a rename.
struct Ends<'a> {
    org: &'a Org,
    name: OrgName,
    slug: Slug,
    store: StoreName,
    op: OpId,
    now: DateTime,
    until: DateTime,
}

impl House<'_> {
    /// What a rename would do. None when the organization already has exactly this name.
    ///
    /// # Errors
    /// `E0102`, `E0201`, `E0301`, `E0302`, `E0303`, `E0107`.
    pub async fn plan_rename(&self, old: &str, new: &str, own: Option<&OpId>) -> Result<Option<RenamePlan>> {
        let (name, slug) = self.platform.naming.accept(new)?;
        let orgs = self.orgs().await?;
        let org = self.load_org(&orgs, old).await?;
        if org.name == name {
            return Ok(None);
        }
        let store = StoreName::derived(self.platform, &slug);
        store.check(self.platform, self.store.master())?;
        self.require_free(&name, &store, &orgs, Some(&org.id)).await?;
        self.require_own_store(org, &orgs)?;
        let now = DateTime::now();
        let until = crate::journal::days_from(now, self.platform.keep.alias_days);
        let ends = Ends { org, name, slug, store, op: own.cloned().unwrap_or_else(new_op), now, until };
        self.build_rename(&ends, &orgs, own).await.map(Some)
    }

    /// Two organizations in one collection (B1): moving it would take the other's data along.
    pub(super) fn require_own_store(&self, org: &Org, orgs: &[Org]) -> Result<()> {
        match orgs.iter().find(|other| other.id != org.id && other.store == org.store) {
            None => Ok(()),
            Some(twin) => Err(Error::new(
                &code::STORE_TAKEN,
                format!(
                    "{:?} and {:?} share the collections {}; moving them would take the other's data",
                    org.name.as_str(),
                    twin.name.as_str(),
                    org.store.as_text()
                ),
            )
            .next("separate their documents first")),
        }
    }

    async fn build_rename(&self, ends: &Ends<'_>, orgs: &[Org], own: Option<&OpId>) -> Result<RenamePlan> {
        let org = ends.org;
        let catalog = self.store.catalog(self.store.master()).await?;
        let names = self.covered(&org.store, Some(&org.id), orgs).await?;
        let owned = owned(&catalog, &names);
        if ends.store != org.store {
            self.require_unclaimed(&self.covered(&ends.store, Some(&org.id), orgs).await?, &catalog)?;
        }
        require_movable(&owned)?;
        let mut warnings = self.rename_warnings(ends, &catalog, &owned);
        let mut reserves = vec![org_entry(&org.id), name_entry(&org.name.key()), name_entry(&ends.name.key())];
        let mut plan = Plan::default();
        let mut moved = Vec::new();
        let mut seen = doc! { "org": org.document.clone() };
        for info in &owned.collections {
            let Some(uuid) = info.uuid else { continue };
            let from = self.master(&info.name);
            let to = self.master(&org.store.renamed(&info.name, &ends.store));
            seen.insert(&info.name, uuid);
            moved.push((from.clone(), to.clone()));
            if from == to {
                continue;
            }
            crate::domain::naming::check_collection(&to.db, &to.coll)?;
            let taken = self.require_vacant(&to, &catalog, Some(&org.id)).await?;
            reserves.extend([store_entry(&from.coll), store_entry(&to.coll)]);
            plan.before.push(Step::Move(a_move(&ends.op, uuid, &from, &to, taken)));
        }
        if !plan.before.is_empty() {
            let known = owned.collections.iter().filter_map(|info| info.uuid).collect();
            plan.before.push(Step::Sole { db: self.store.master().to_owned(), names, known });
        }
        if owned.collections.is_empty() {
            self.create_missing(ends, &catalog, &mut plan, &mut reserves).await?;
            warnings.push("the organization has no collection; an empty one is made under the new name".to_owned());
        }
        self.require_unreserved(&reserves, own).await?;
        let registry = self.registry_step(ends)?;
        let accounts = self.commit_rename(ends, &moved, &mut plan).await?;
        self.after_rename(ends, &moved, &mut plan, registry.as_ref()).await?;
        let view = RenameView {
            from: org.name.as_str().to_owned(),
            to: ends.name.as_str().to_owned(),
            collections: self.moved_view(&moved).await?,
            accounts,
            registry: registry
                .as_ref()
                .and_then(|step| if let Step::Registry { file, .. } = step { Some(file.clone()) } else { None }),
            alias_until: plan.before.iter().any(|step| matches!(step, Step::Move(_))).then(|| date(ends.until)),
        };
        let subject = Subject { id: org.id.clone(), name: view.from.clone(), to: Some(view.to.clone()) };
        let mut record = self.record(ends.op.clone(), "org.rename", subject, reserves, plan, &seen);
        record.keep_until = Some(ends.until);
        Ok(RenamePlan { prepared: Prepared { record, deposits: Vec::new(), warnings }, view })
    }

    fn rename_warnings(&self, ends: &Ends<'_>, catalog: &[CollectionInfo], owned: &Owned<'_>) -> Vec<String> {
        let org = ends.org;
        let mut warnings: Vec<String> = owned
            .views
            .iter()
            .map(|view| format!("the view {} keeps its name and its source; re-create it after the rename", view.name))
            .collect();
        warnings.extend(dangling_views(catalog, &owned.collections));
        if self.platform.naming.derived_again && org.store != StoreName::derived(self.platform, &org.slug) {
            warnings.push(format!(
                "this platform derives the collection's name from the organization's and would not find {}; after the rename it finds {}",
                org.store.as_text(),
                ends.store.as_text()
            ));
        }
        self.topology_warnings(&mut warnings);
        warnings
    }

    /// An organization whose backend has made no collection yet must not point to nothing afterwards (B9).
    async fn create_missing(
        &self,
        ends: &Ends<'_>,
        catalog: &[CollectionInfo],
        plan: &mut Plan,
        reserves: &mut Vec<String>,
    ) -> Result<()> {
        for (collection, indexes) in ends.store.expected(self.platform) {
            let name = self.master(&collection);
            self.require_vacant(&name, catalog, None).await?;
            reserves.push(store_entry(&collection));
            plan.before.push(Step::Create {
                staging: self.master(&format!("fb_new_{}_{collection}", ends.op)),
                name,
                indexes,
            });
        }
        Ok(())
    }

    async fn moved_view(&self, moved: &[(Namespace, Namespace)]) -> Result<Vec<MovedCollection>> {
        let mut view = Vec::new();
        for (from, to) in moved {
            // After the rename the documents are counted where they are then.
            let stats = match self.store.at(from).await? {
                Some(_) => self.store.stats(from).await?,
                None => StoreStats::default(),
            };
            view.push(MovedCollection { from: from.coll.clone(), to: to.coll.clone(), stats });
        }
        Ok(view)
    }

    fn registry_step(&self, ends: &Ends<'_>) -> Result<Option<Step>> {
        let Some(path) = &self.registry else { return Ok(None) };
        let Some(text) = file::read(path)? else { return Ok(None) };
        let shown = path.display().to_string();
        let mut registry = Registry::parse(&shown, &text)?;
        let (old, new) = (ends.org.name.as_str().to_owned(), ends.name.as_str().to_owned());
        let (old_slug, new_slug) = (ends.org.slug.as_str().to_owned(), ends.slug.as_str().to_owned());
        let tenants = registry.tenants();
        let taken = |name: &String| tenants.contains(name) && *name != old && *name != old_slug;
        if let Some(name) = [&new, &new_slug].into_iter().find(|name| taken(name)) {
            return Err(Error::new(&code::BAD_REGISTRY, format!("{shown} already has an entry for {name:?}"))
                .next("remove it, or repeat with --no-registry to leave the file alone"));
        }
        let mut names = vec![(old.clone(), Some(new))];
        if old_slug != old {
            names.push((old_slug, Some(new_slug)));
        }
        Ok(registry.rename(&names).then(|| Step::Registry { file: shown, host: machine::host(), names }))
    }

    /// The documents that say so: the organization, its accounts, markers, kept names, the audit entry.
    async fn commit_rename(&self, ends: &Ends<'_>, moved: &[(Namespace, Namespace)], plan: &mut Plan) -> Result<u64> {
        let org = ends.org;
        let old = self.vars(&org.id, &org.name, Some((&org.slug, &org.store)));
        let new = self.vars(&org.id, &ends.name, Some((&ends.slug, &ends.store)));
        let orgs = self.master(&self.platform.organization.collection);
        let this = doc! { "_id": org.id.clone() };
        for (path, _, to) in self.platform.organization.fields.differences(&old, &new) {
            // What the record really holds is what is replaced, whatever the rule would have given.
            let Some(from) = fields::get(&org.document, &path).cloned() else { continue };
            plan.commit.push(Change::Rewrite { ns: orgs.clone(), filter: this.clone(), path, from, to, must: true });
        }
        if let Some(touch) = &self.platform.organization.touch {
            plan.commit.push(Change::Set { ns: orgs, filter: this, set: at_path(touch, Bson::DateTime(ends.now)) });
        }
        let accounts = self.master(&self.platform.account.collection);
        let mine = self.accounts_of(&org.id, &org.name);
        let differences = self.platform.account.fields.differences(&old, &new);
        let concerned = if differences.is_empty() { 0 } else { self.store.count(&accounts, mine.clone()).await? };
        // The link itself comes last: the others are found by it.
        let link = self.platform.account_link_path();
        let (links, others): (Vec<_>, Vec<_>) =
            differences.into_iter().partition(|(path, _, _)| Some(path.as_str()) == link);
        for (path, from, to) in others.into_iter().chain(links) {
            plan.commit.push(Change::Rewrite {
                ns: accounts.clone(),
                filter: mine.clone(),
                path,
                from,
                to,
                must: false,
            });
        }
        if let Some(marker) = &self.platform.store.marker {
            for (_, to) in moved {
                for (path, from, value) in marker.fields.differences(&old, &new) {
                    let filter = at_path(&marker.exists, Bson::Document(doc! { "$exists": true }));
                    plan.commit.push(Change::Rewrite { ns: to.clone(), filter, path, from, to: value, must: false });
                }
            }
        }
        self.keep_old_names(ends, moved, plan).await?;
        let pairs: Vec<Document> = moved.iter().map(|(from, to)| doc! { "from": &from.coll, "to": &to.coll }).collect();
        let details = doc! { "from": org.name.as_str(), "to": ends.name.as_str(), "collections": pairs };
        plan.commit.push(self.audit("org.renamed", &org.id, &ends.op, ends.now, details));
        Ok(concerned)
    }

    /// The old names stay the organization's until the alias ends; names it takes back are aliases no longer.
    async fn keep_old_names(&self, ends: &Ends<'_>, moved: &[(Namespace, Namespace)], plan: &mut Plan) -> Result<()> {
        let names = self.master(NAMES);
        let org = ends.org;
        let mut kept = Vec::new();
        let entry = |id: String, name: &str, to: &str| Kept {
            id,
            kind: KeptFor::Alias,
            org: org.id.clone(),
            name: name.to_owned(),
            op: ends.op.0.clone(),
            to: Some(to.to_owned()),
            uuid: None,
            until: ends.until,
            notice: None,
            accounts: Vec::new(),
        };
        let mut reclaimed = BTreeSet::from([name_entry(&ends.name.key())]);
        if org.name.key() != ends.name.key() {
            kept.push(entry(name_entry(&org.name.key()), org.name.as_str(), ends.name.as_str()));
        }
        for (from, to) in moved {
            reclaimed.insert(store_entry(&to.coll));
            if from != to {
                kept.push(entry(store_entry(&from.coll), &from.coll, &to.coll));
                let older =
                    doc! { "org": org.id.clone(), "kind": "alias", "_id": { "$regex": "^store:" }, "to": &from.coll };
                plan.commit.push(Change::Set { ns: names.clone(), filter: older, set: doc! { "to": &to.coll } });
            }
        }
        let older = doc! { "org": org.id.clone(), "kind": "alias", "_id": { "$regex": "^name:" } };
        plan.commit.push(Change::Set { ns: names.clone(), filter: older, set: doc! { "to": ends.name.as_str() } });
        // A name may be kept for somebody else: the platform made this organization under the name of a deleted one.
        let wanted: Vec<&str> = kept.iter().map(|kept| kept.id.as_str()).collect();
        let others = self.kept_where(doc! { "_id": { "$in": wanted }, "org": { "$ne": org.id.clone() } }).await?;
        kept.retain(|kept| !others.iter().any(|other| other.id == kept.id));
        let ids: Vec<String> = reclaimed.into_iter().collect();
        plan.commit
            .push(Change::Delete { ns: names.clone(), filter: doc! { "_id": { "$in": ids }, "org": org.id.clone() } });
        for kept in kept {
            plan.commit.push(Change::Put { ns: names.clone(), document: kept.document()? });
        }
        Ok(())
    }

    async fn after_rename(
        &self,
        ends: &Ends<'_>,
        moved: &[(Namespace, Namespace)],
        plan: &mut Plan,
        registry: Option<&Step>,
    ) -> Result<()> {
        let present = plan.moved();
        if !present.is_empty() {
            plan.after.push(Step::Gather);
        }
        let aliases = self
            .kept_where(doc! { "org": ends.org.id.clone(), "kind": "alias", "_id": { "$regex": "^store:" } })
            .await?;
        for alias in aliases {
            let target = moved
                .iter()
                .find(|(from, to)| from != to && alias.to.as_deref() == Some(&from.coll) && alias.name != to.coll);
            if let Some((_, to)) = target {
                plan.after.push(Step::Retarget { view: self.master(&alias.name), on: to.coll.clone(), op: alias.op });
            }
        }
        plan.after.extend(registry.cloned());
        let old = self.vars(&ends.org.id, &ends.org.name, Some((&ends.org.slug, &ends.org.store)));
        let new = self.vars(&ends.org.id, &ends.name, Some((&ends.slug, &ends.store)));
        let mut none = Vec::new();
        for (path, from, _) in self.platform.account.fields.differences(&old, &new) {
            let mut stale = self.accounts_of(&ends.org.id, &ends.name);
            stale.insert(path, from);
            none.push((self.master(&self.platform.account.collection), stale));
        }
        plan.after.push(Step::Verify { present, absent: Vec::new(), none, repair: Vec::new() });
        Ok(())
    }

    /// Renames the organization.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn rename(&self, plan: RenamePlan, consent: &Consent) -> Result<Outcome> {
        let (old, new) = (plan.view.from, plan.view.to);
        self.execute(plan.prepared, consent, async |id| {
            let again = self.plan_rename(&old, &new, Some(id)).await?;
            again.map(|plan| plan.prepared).ok_or_else(|| {
                Error::new(&code::STALE_PLAN, format!("the organization is already named {new:?}; nothing was done"))
            })
        })
        .await
    }
}

fn a_move(op: &OpId, uuid: bson::Uuid, from: &Namespace, to: &Namespace, taken: Option<String>) -> Move {
    let alias = Sentry { op: op.0.clone(), notice: None, latch: false };
    // Where an older alias of the organization stands at the target, a rollback puts it back.
    let at_to = match &taken {
        Some(older) => Sentry { op: older.clone(), notice: None, latch: false },
        None => Sentry { op: op.0.clone(), notice: None, latch: true },
    };
    Move { uuid, from: from.clone(), to: to.clone(), at_from: alias, at_to, may_drop: taken.into_iter().collect() }
}

/// Views elsewhere that read the collections: they keep the old name and would follow the alias only for a while.
pub(super) fn dangling_views(catalog: &[CollectionInfo], moving: &[&CollectionInfo]) -> Vec<String> {
    let names: BTreeSet<&str> = moving.iter().map(|info| info.name.as_str()).collect();
    catalog
        .iter()
        .filter(|info| info.sentry_of().is_none())
        .filter_map(|info| Some((info, info.options.get_str("viewOn").ok()?)))
        .filter(|(_, on)| names.contains(on))
        .map(|(view, on)| {
            format!("the view {} reads {on} and does not follow; it works through the alias until that ends", view.name)
        })
        .collect()
}
