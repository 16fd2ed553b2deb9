//! The heart: another name for an organization, with its collections, and every copy of the name.

use std::collections::BTreeSet;

use bson::{Bson, DateTime, Document, doc};
use serde::Serialize;

use super::create::at_path;
use super::find::{Org, date, require_movable};
use super::kept::{name_entry, org_entry, store_entry};
use super::relocate::Relocation;
use crate::domain::audit::Deed;
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::description::AccountPlace;
use crate::domain::fields;
use crate::domain::naming::{OrgName, Slug};
use crate::domain::plan::{Change, Move, Namespace, Plan, Sentry, Step};
use crate::domain::record::{OpId, Subject};
use crate::domain::registry::Registry;
use crate::domain::template::Vars;
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::layout::{Home, Owned, owned};
use crate::ops::deed::named;
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
    /// How the data gets there: `in place`, `copied`, `copied online`, `rewritten`, or `stays`.
    pub how: &'static str,
    /// Collections that change their name, or their documents' tenant.
    pub collections: Vec<MovedCollection>,
    /// About how long it takes, and how long writers are refused; seconds, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// Accounts whose copy of the name changes.
    pub accounts: u64,
    /// The registry file that changes.
    pub registry: Option<String>,
    /// Until when the old name can be read and is fenced.
    pub alias_until: Option<String>,
}

/// About how long a rename takes, from a sample that was measured just now.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Estimate {
    /// Seconds in all.
    pub seconds: f64,
    /// Seconds in which the platform's writers are refused.
    pub pause_seconds: f64,
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
pub(super) struct Ends<'a> {
    pub(super) org: &'a Org,
    pub(super) name: OrgName,
    pub(super) slug: Slug,
    pub(super) home: Home,
    /// Its identifier afterwards: on platforms without organization records that is its key.
    pub(super) id: Bson,
    pub(super) op: OpId,
    pub(super) now: DateTime,
    pub(super) until: DateTime,
}

impl Ends<'_> {
    /// What the placeholders stand for before.
    pub(super) fn before(&self, house: &House<'_>) -> Vars {
        house.vars(&self.org.id, &self.org.name, &self.org.slug, &self.org.home)
    }

    /// And afterwards.
    pub(super) fn after(&self, house: &House<'_>) -> Vars {
        house.vars(&self.id, &self.name, &self.slug, &self.home)
    }
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
        let home = Home::derived(self.platform, &slug, &self.vars_of(&org.id, &name, &slug));
        home.check(self.platform, self.store.master())?;
        self.require_free(&name, &home, &orgs, Some(&org.id)).await?;
        self.require_own_store(org, &orgs)?;
        if home != org.home {
            self.require_new_home(&home, Some(&org.home)).await?;
        }
        let id = match (&self.platform.organization, &home) {
            (None, Home::Shared(key)) => key.value.clone(),
            _ => org.id.clone(),
        };
        let now = DateTime::now();
        // As long as tokens carry the old name, nobody else gets it: they would open another's door (B13).
        let until = crate::journal::days_from(now, self.platform.keep.alias_days).max(self.last_token(now));
        let ends = Ends { org, name, slug, home, id, op: own.cloned().unwrap_or_else(new_op), now, until };
        self.build_rename(&ends, &orgs, own).await.map(Some)
    }

    /// Two organizations in one collection (B1): moving it would take the other's data along.
    pub(super) fn require_own_store(&self, org: &Org, orgs: &[Org]) -> Result<()> {
        match orgs.iter().find(|other| other.id != org.id && other.home == org.home) {
            None => Ok(()),
            Some(twin) => Err(Error::new(
                &code::STORE_TAKEN,
                format!(
                    "{:?} and {:?} share {}; moving it would take the other's data",
                    org.name.as_str(),
                    twin.name.as_str(),
                    org.home.as_text()
                ),
            )
            .next("separate their documents first")),
        }
    }

    async fn build_rename(&self, ends: &Ends<'_>, orgs: &[Org], own: Option<&OpId>) -> Result<RenamePlan> {
        let org = ends.org;
        let mut r = Relocation::new(doc! { "org": org.document.clone(), "home": org.home.as_text() });
        r.reserves =
            vec![org_entry(&org.id), org_entry(&ends.id), name_entry(&org.name.key()), name_entry(&ends.name.key())];
        match (&org.home, &ends.home) {
            (from, to) if from == to => self.stay(ends, orgs, &mut r).await?,
            (Home::Database(_), _) => self.copy_database(ends, orgs, &mut r).await?,
            (Home::Shared(_), _) => {}
            (Home::Collections(_), _) => self.rename_collections(ends, orgs, &mut r).await?,
        }
        if let Home::Shared(_) = &org.home {
            self.rewrite_keys(ends, &mut r).await?;
        }
        self.topology_warnings(&mut r.warnings);
        self.require_unreserved(&r.reserves, own).await?;
        let registry = self.registry_step(ends)?;
        let accounts = self.commit_rename(ends, &mut r).await?;
        self.after_rename(ends, &mut r, registry.as_ref()).await?;
        let view = RenameView {
            from: org.name.as_str().to_owned(),
            to: ends.name.as_str().to_owned(),
            how: r.how,
            collections: match r.shares.is_empty() {
                true => self.moved_view(&r.moved).await?,
                false => std::mem::take(&mut r.shares),
            },
            estimate: r.estimate,
            accounts,
            registry: registry
                .as_ref()
                .and_then(|step| if let Step::Registry { file, .. } = step { Some(file.clone()) } else { None }),
            alias_until: (!r.plan.before.is_empty()).then(|| date(ends.until)),
        };
        let subject = Subject { id: org.id.clone(), name: view.from.clone(), to: Some(view.to.clone()) };
        let Relocation { plan, reserves, seen, warnings, .. } = r;
        let mut record = self.record(ends.op.clone(), "org.rename", subject, reserves, plan, &seen);
        record.keep_until = Some(ends.until);
        Ok(RenamePlan { prepared: Prepared { record, deposits: Vec::new(), warnings }, view })
    }

    /// Only records change; the data stays where it is.
    async fn stay(&self, ends: &Ends<'_>, orgs: &[Org], r: &mut Relocation) -> Result<()> {
        let catalog = self.home_catalog(&ends.org.home).await?;
        let owned = owned(&catalog, &self.covered(&ends.org.home, Some(&ends.org.id), orgs).await?);
        for info in &owned.collections {
            let ns = self.at_home(&ends.org.home, &info.name);
            r.seen.insert(&info.name, info.uuid);
            r.moved.push((ns.clone(), ns));
        }
        if owned.collections.is_empty() {
            self.create_missing(ends, &catalog, r).await?;
        }
        Ok(())
    }

    /// Layout `collection`: each collection gets another name, and keeps everything else.
    async fn rename_collections(&self, ends: &Ends<'_>, orgs: &[Org], r: &mut Relocation) -> Result<()> {
        let org = ends.org;
        let catalog = self.home_catalog(&org.home).await?;
        let names = self.covered(&org.home, Some(&org.id), orgs).await?;
        let owned = owned(&catalog, &names);
        self.require_unclaimed(&ends.home, &self.covered(&ends.home, Some(&org.id), orgs).await?, &catalog)?;
        require_movable(&owned)?;
        r.how = "in place";
        r.warnings.extend(self.rename_warnings(ends, &catalog, &owned));
        for info in &owned.collections {
            let Some(uuid) = info.uuid else { continue };
            let from = self.master(&info.name);
            let to = self.master(&org.home.renamed(&info.name, &ends.home));
            r.seen.insert(&info.name, uuid);
            r.moved.push((from.clone(), to.clone()));
            if from == to {
                continue;
            }
            crate::domain::naming::check_collection(&to.db, &to.coll)?;
            let taken = self.require_vacant(&to, &catalog, Some(&org.id)).await?;
            r.reserves.extend([&from, &to].map(|ns| store_entry(self.store.master(), ns)));
            r.plan.before.push(Step::Move(a_move(&ends.op, uuid, &from, &to, taken)));
        }
        if !r.plan.before.is_empty() {
            let known = owned.collections.iter().filter_map(|info| info.uuid).collect();
            r.plan.before.push(Step::Sole { db: self.store.master().to_owned(), names, known });
        }
        if owned.collections.is_empty() {
            self.create_missing(ends, &catalog, r).await?;
        }
        Ok(())
    }

    fn rename_warnings(&self, ends: &Ends<'_>, catalog: &[CollectionInfo], owned: &Owned<'_>) -> Vec<String> {
        let org = ends.org;
        let mut warnings: Vec<String> = owned
            .views
            .iter()
            .map(|view| format!("the view {} keeps its name and its source; re-create it after the rename", view.name))
            .collect();
        warnings.extend(dangling_views(catalog, &owned.collections));
        let derived = Home::derived(self.platform, &org.slug, &self.vars_of(&org.id, &org.name, &org.slug));
        if self.platform.naming.derived_again && org.home != derived {
            warnings.push(format!(
                "this platform derives the collection's name from the organization's and would not find {}; after the rename it finds {}",
                org.home.as_text(),
                ends.home.as_text()
            ));
        }
        warnings
    }

    /// An organization whose backend has made no collection yet must not point to nothing afterwards (B9).
    pub(super) async fn create_missing(
        &self,
        ends: &Ends<'_>,
        catalog: &[CollectionInfo],
        r: &mut Relocation,
    ) -> Result<()> {
        let expected = ends.home.expected(self.platform);
        if expected.is_empty() {
            return Ok(());
        }
        for (collection, indexes) in expected {
            let name = self.at_home(&ends.home, &collection);
            self.require_vacant(&name, catalog, None).await?;
            r.reserves.push(store_entry(self.store.master(), &name));
            r.plan.before.push(Step::Create {
                staging: self.at_home(&ends.home, &format!("fb_new_{}_{collection}", ends.op)),
                name,
                indexes,
            });
        }
        r.warnings.push("the organization has no collection; an empty one is made under the new name".to_owned());
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
            view.push(MovedCollection { from: self.shown(from), to: self.shown(to), stats });
        }
        Ok(view)
    }

    /// A namespace as people know it: without the database where that is the platform's own.
    fn shown(&self, ns: &Namespace) -> String {
        if ns.db == self.store.master() { ns.coll.clone() } else { ns.to_string() }
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
        Ok(registry.rename(&names).then(|| Step::Registry { file: shown, host: machine::host(), names, add: None }))
    }

    /// The documents that say so: the organization, its accounts, markers, kept names, the audit entry.
    async fn commit_rename(&self, ends: &Ends<'_>, r: &mut Relocation) -> Result<u64> {
        let org = ends.org;
        let (old, new) = (ends.before(self), ends.after(self));
        let plan = &mut r.plan;
        if let (Some(shape), Some(records)) = (&self.platform.organization, self.records()) {
            let this = self.record_filter(&org.id);
            let embedded = self.platform.account.place == AccountPlace::Organization;
            let own = shape.fields.differences(&old, &new).into_iter();
            let account = if embedded { self.platform.account.fields.differences(&old, &new) } else { Vec::new() };
            for (path, _, to) in own.chain(account) {
                // What the record really holds is what is replaced, whatever the rule would have given.
                let Some(from) = fields::get(&org.document, &path).cloned() else { continue };
                plan.commit.push(Change::Rewrite {
                    ns: records.clone(),
                    filter: this.clone(),
                    path,
                    from,
                    to,
                    must: true,
                });
            }
            if let Some(touch) = &shape.touch {
                plan.commit.push(Change::Set {
                    ns: records,
                    filter: this,
                    set: at_path(touch, Bson::DateTime(ends.now)),
                });
            }
        }
        let concerned = self.commit_accounts(ends, (&old, &new), plan).await?;
        if let Some(marker) = &self.platform.store.marker {
            for (_, to) in &r.moved {
                for (path, from, value) in marker.fields.differences(&old, &new) {
                    let filter = at_path(&marker.exists, Bson::Document(doc! { "$exists": true }));
                    plan.commit.push(Change::Rewrite { ns: to.clone(), filter, path, from, to: value, must: false });
                }
            }
        }
        for copy in &self.platform.account.copies {
            let Some(ns) = ends.home.of_kind(self.store.master(), copy.collection.as_deref()) else { continue };
            for (path, from, to) in copy.fields.differences(&old, &new) {
                let filter = Document::new();
                plan.commit.push(Change::Rewrite { ns: ns.clone(), filter, path, from, to, must: false });
            }
        }
        self.keep_old_names(ends, r).await?;
        let pairs: Vec<Document> =
            r.moved.iter().map(|(from, to)| doc! { "from": self.shown(from), "to": self.shown(to) }).collect();
        let details = doc! { "from": org.name.as_str(), "to": ends.name.as_str(), "collections": pairs };
        let who = self.vars_of(&ends.id, &ends.name, &ends.slug);
        let (before, after) = (named(&org.name, &org.home), named(&ends.name, &ends.home));
        let deed = Deed::new("org.renamed", details).changing(before, after);
        r.plan.commit.push(self.audit(&deed, who, &ends.op, ends.now));
        r.plan.commit.extend(self.tokens_move(&org.id, &ends.id).await?);
        Ok(concerned)
    }

    /// Copies of the name in accounts. Gives how many accounts there are, where any field changes.
    async fn commit_accounts(&self, ends: &Ends<'_>, (old, new): (&Vars, &Vars), plan: &mut Plan) -> Result<u64> {
        let org = ends.org;
        let differences = self.platform.account.fields.differences(old, new);
        // They are found by what they say before; those of the tenant's own store are at its new place by then.
        let here = self.accounts(org);
        let there = self.accounts_of(&org.id, &org.name, &org.slug, &ends.home);
        let (Some((count_at, mine)), Some((accounts, _)), false) = (here, there, differences.is_empty()) else {
            return Ok(0);
        };
        let concerned = self.store.count(&count_at, mine.clone()).await?;
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
        Ok(concerned)
    }

    async fn after_rename(&self, ends: &Ends<'_>, r: &mut Relocation, registry: Option<&Step>) -> Result<()> {
        let present = r.plan.moved();
        if !present.is_empty() && matches!(ends.home, Home::Collections(_)) {
            r.plan.after.push(Step::Gather);
            let aliases = self
                .kept_where(doc! { "org": ends.org.id.clone(), "kind": "alias", "_id": { "$regex": "^store:" } })
                .await?;
            for alias in aliases {
                let target = r
                    .moved
                    .iter()
                    .find(|(from, to)| from != to && alias.to.as_deref() == Some(&from.coll) && alias.name != to.coll);
                if let Some((_, to)) = target {
                    let (view, on) = (self.master(&alias.name), to.coll.clone());
                    r.plan.after.push(Step::Retarget { view, on, op: alias.op });
                }
            }
        }
        r.plan.after.append(&mut r.after);
        r.plan.after.extend(registry.cloned());
        let mut none = std::mem::take(&mut r.none);
        let (old, new) = (ends.before(self), ends.after(self));
        for (path, from, _) in self.platform.account.fields.differences(&old, &new) {
            let Some((ns, mut stale)) = self.accounts_of(&ends.id, &ends.name, &ends.slug, &ends.home) else {
                continue;
            };
            stale.insert(path, from);
            none.push((ns, stale));
        }
        // What the platform writes under the old name at the last moment is rewritten as well.
        let repair = r.plan.commit.iter().filter(|change| self.concerns_accounts(change)).cloned().collect();
        let last = r.plan.before.iter().filter_map(|step| match step {
            Step::Rekey(rekey) if rekey.fenced => Some(rekey.clone()),
            _ => None,
        });
        let rekeys = last.collect();
        r.plan.after.push(Step::Verify { present, absent: Vec::new(), none, repair, rekeys });
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

pub(super) fn a_move(op: &OpId, uuid: bson::Uuid, from: &Namespace, to: &Namespace, taken: Option<String>) -> Move {
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
