//! Which organizations there are, living and deleted, and whose a name is.

use bson::{Bson, DateTime, Document, doc};

use super::kept::{Gone, KeptFor, database_entry, name_entry, store_entry};
use crate::domain::catalog::CollectionInfo;
use crate::domain::description::{AccountPlace, OrganizationShape};
use crate::domain::fields;
pub use crate::domain::naming::shell;
use crate::domain::naming::{NameKey, OrgName, Slug};
use crate::domain::plan::{Covered, Namespace};
use crate::domain::similar::nearest;
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::layout::{Home, Owned, owned};
use crate::ops::House;

/// A living organization, as its record says.
#[derive(Debug, Clone)]
pub struct Org {
    /// Its identifier; the tenant key on platforms without organization records.
    pub id: Bson,
    /// Its name.
    pub name: OrgName,
    /// The name after the platform's rule.
    pub slug: Slug,
    /// Where its data is: as stored, or as derived where the platform stores nothing about it.
    pub home: Home,
    /// The whole record; empty on platforms without organization records.
    pub document: Document,
}

/// The mark of tenant keys that flowbit put in the place of a deleted tenant's.
pub const TOMBSTONE: &str = "flowbit:deleted:";

impl House<'_> {
    /// The living organizations, whole records, by name.
    pub async fn orgs(&self) -> Result<Vec<Org>> {
        match &self.platform.organization {
            Some(shape) => self.orgs_with(shape, None).await,
            None => self.orgs_by_key().await,
        }
    }

    /// The living organizations with the fields that identify them and their state, by name.
    pub async fn orgs_briefly(&self) -> Result<Vec<Org>> {
        let Some(shape) = &self.platform.organization else { return self.orgs_by_key().await };
        let mut projection = Document::new();
        for path in [
            Some(self.platform.org_name_path()),
            Some(shape.id_path()).filter(|path| *path != "_id"),
            self.platform.org_store_path(),
            shape.fields.path_of(Var::Slug),
            shape.fields.path_of(Var::Now),
        ]
        .into_iter()
        .flatten()
        {
            projection.insert(path, 1);
        }
        self.orgs_with(shape, Some(projection)).await
    }

    async fn orgs_with(&self, shape: &OrganizationShape, projection: Option<Document>) -> Result<Vec<Org>> {
        let filter = match &shape.state {
            Some(state) => {
                let mut filter = Document::new();
                filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
                filter
            }
            None => Document::new(),
        };
        let ns = self.master(&shape.collection);
        let records = self
            .store
            .find(&ns, filter, projection, None)
            .await
            .map_err(|f| f.into_error("reading the organizations"))?;
        let mut orgs: Vec<Org> = records.into_iter().map(|record| self.org_of(shape, record)).collect();
        orgs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(orgs)
    }

    /// What a record says.
    pub fn org_of(&self, shape: &OrganizationShape, document: Document) -> Org {
        let name_path = self.platform.org_name_path();
        let name = OrgName::stored(fields::get(&document, name_path).and_then(Bson::as_str).unwrap_or_default());
        let stored_slug = shape.fields.path_of(Var::Slug).and_then(|path| fields::get(&document, path));
        let slug = stored_slug
            .and_then(Bson::as_str)
            .map_or_else(|| self.platform.naming.slug_of(name.as_str()), Slug::stored);
        let id = fields::get(&document, shape.id_path()).cloned().unwrap_or(Bson::Null);
        let stored = self.platform.org_store_path().and_then(|path| fields::get(&document, path));
        let home = stored
            .and_then(Bson::as_str)
            .and_then(|stored| Home::stored(self.platform, stored))
            .unwrap_or_else(|| Home::derived(self.platform, &slug, &self.vars_of(&id, &name, &slug)));
        Org { id, name, slug, home, document }
    }

    /// The filter that finds an organization's record.
    pub fn record_filter(&self, id: &Bson) -> Document {
        let path = self.platform.organization.as_ref().map_or("_id", OrganizationShape::id_path);
        let mut filter = Document::new();
        filter.insert(path, id.clone());
        filter
    }

    /// The collection of organization records, on platforms that have them.
    pub fn records(&self) -> Option<Namespace> {
        self.platform.organization.as_ref().map(|shape| self.master(&shape.collection))
    }

    /// A collection of an organization's own.
    pub fn at_home(&self, home: &Home, collection: &str) -> Namespace {
        home.ns(self.store.master(), collection)
    }

    /// The catalog of the database that an organization's data is in.
    pub async fn home_catalog(&self, home: &Home) -> Result<Vec<CollectionInfo>> {
        Ok(self.store.catalog(home.database(self.store.master())).await?)
    }

    /// The living organization of this name; without regard to case where that is unambiguous.
    ///
    /// # Errors
    /// `E0201`, with what became of it where that is known.
    pub async fn load_org<'o>(&self, orgs: &'o [Org], typed: &str) -> Result<&'o Org> {
        if let Some(org) = orgs.iter().find(|org| org.name.as_str() == typed) {
            return Ok(org);
        }
        let key = NameKey::of(typed);
        let alike: Vec<&Org> = orgs.iter().filter(|org| org.name.key() == key || org.slug.as_str() == typed).collect();
        if let [only] = alike.as_slice() {
            return Ok(only);
        }
        let error = Error::new(&code::ORG_NOT_FOUND, format!("there is no organization named {typed:?}"));
        Err(match self.kept(&name_entry(&key)).await? {
            Some(kept) if kept.kind == KeptFor::Alias => {
                let to = kept.to.unwrap_or_default();
                error.next(format!("it was renamed to {to:?}: flowbit org show {}", shell(&to)))
            }
            Some(kept) => error
                .next(format!(
                    "it was deleted and can be restored until {}: flowbit org restore {}",
                    date(kept.until),
                    shell(&kept.name)
                ))
                .next("flowbit org list --deleted"),
            None => match nearest(typed, orgs.iter().map(|org| org.name.as_str())) {
                Some(name) => error.next(format!("did you mean {name:?}?")).next("flowbit org list"),
                None => error.next("flowbit org list"),
            },
        })
    }

    /// The deleted organization of this name.
    ///
    /// # Errors
    /// `E0309` when it lives, `E0201` when nothing is known of it.
    pub async fn load_gone(&self, orgs: &[Org], typed: &str) -> Result<Gone> {
        let kept = self.kept(&name_entry(&NameKey::of(typed))).await?;
        let Some(kept) = kept.filter(|kept| kept.kind != KeptFor::Alias) else {
            let org = self.load_org(orgs, typed).await?;
            return Err(Error::new(&code::ORG_STATE, format!("{} is not deleted", org.name))
                .next(format!("flowbit org show {}", shell(org.name.as_str()))));
        };
        let stores = self
            .kept_where(doc! { "op": &kept.op, "kind": { "$ne": "alias" }, "_id": { "$regex": "^store:" } })
            .await?;
        let database = self
            .kept_where(doc! { "op": &kept.op, "kind": { "$ne": "alias" }, "_id": { "$regex": "^database:" } })
            .await?;
        Ok(Gone { database: database.into_iter().next().map(|kept| kept.name), kept, stores })
    }

    /// What a deleted organization was: its name, its slug and where it lived.
    pub fn identity(&self, gone: &Gone) -> (OrgName, Slug, Home) {
        let name = OrgName::stored(gone.kept.name.clone());
        let slug = match (&gone.kept.key, self.platform.tenant_key()) {
            (Some(key), Some(Var::Slug)) => Slug::stored(key.clone()),
            _ => self.platform.naming.slug_of(name.as_str()),
        };
        let home = gone.database.as_deref().and_then(|db| Home::stored(self.platform, db));
        let home =
            home.unwrap_or_else(|| Home::derived(self.platform, &slug, &self.vars_of(&gone.kept.org, &name, &slug)));
        (name, slug, home)
    }

    /// An organization of which only identifier and name are known any more. On platforms without records the name is the
    /// identifier.
    pub fn remembered(&self, id: &Bson, name: &str) -> Org {
        let id = match &self.platform.organization {
            Some(_) => id.clone(),
            None => Bson::String(name.to_owned()),
        };
        let name = OrgName::stored(name.to_owned());
        let slug = self.platform.naming.slug_of(name.as_str());
        let home = Home::derived(self.platform, &slug, &self.vars_of(&id, &name, &slug));
        Org { id, name, slug, home, document: Document::new() }
    }

    /// The names of collections that belong to a tenant, among those of all others: also of those out of service.
    pub async fn covered(&self, home: &Home, mine: Option<&Bson>, orgs: &[Org]) -> Result<Covered> {
        let mut others: Vec<Home> =
            orgs.iter().filter(|org| Some(&org.id) != mine).map(|org| org.home.clone()).collect();
        if let (Home::Collections(_), Some(shape)) = (home, &self.platform.organization)
            && let Some(state) = &shape.state
        {
            let mut filter = Document::new();
            filter.insert(&state.field, state.inactive.clone());
            let inactive = self.store.find(&self.master(&shape.collection), filter, None, None).await?;
            let inactive = inactive.into_iter().map(|record| self.org_of(shape, record));
            others.extend(inactive.filter(|org| Some(&org.id) != mine).map(|org| org.home));
        }
        Ok(home.covered(&others, &self.platform.own_collections()))
    }

    /// The collections of an organization.
    pub async fn owned<'c>(&self, catalog: &'c [CollectionInfo], org: &Org, orgs: &[Org]) -> Result<Owned<'c>> {
        Ok(owned(catalog, &self.covered(&org.home, Some(&org.id), orgs).await?))
    }

    /// Refuses a name under which there are collections already: whoever gets the name would get their documents.
    ///
    /// # Errors
    /// `E0302`, naming one.
    pub fn require_unclaimed(&self, home: &Home, names: &Covered, catalog: &[CollectionInfo]) -> Result<()> {
        let there = owned(catalog, names);
        match there.collections.iter().chain(&there.immovable).next() {
            None => Ok(()),
            Some(info) => Err(Error::new(
                &code::STORE_TAKEN,
                format!("{} exists and belongs to no organization; it was left alone", self.at_home(home, &info.name)),
            )
            .next("choose another name, or find out what it is before you remove it")),
        }
    }

    /// Where an organization's accounts are, and the filter that finds them; none where the organization's record
    /// holds its only account.
    pub fn accounts_of(&self, id: &Bson, name: &OrgName, slug: &Slug, home: &Home) -> Option<(Namespace, Document)> {
        let shape = &self.platform.account;
        match shape.place {
            AccountPlace::Organization => None,
            AccountPlace::Store => Some((self.at_home(home, &shape.collection), Document::new())),
            AccountPlace::Master => {
                let mut filter = Document::new();
                if let Some(link) = self.platform.account_link_path() {
                    let vars = self.vars_of(id, name, slug);
                    filter.insert(link, shape.fields.value_at(link, &vars).unwrap_or(Bson::Null));
                }
                Some((self.master(&shape.collection), filter))
            }
        }
    }

    /// The same, of a living organization.
    pub fn accounts(&self, org: &Org) -> Option<(Namespace, Document)> {
        self.accounts_of(&org.id, &org.name, &org.slug, &org.home)
    }

    /// The values of placeholders that name an organization.
    pub fn vars_of(&self, id: &Bson, name: &OrgName, slug: &Slug) -> Vars {
        Vars::from([
            (Var::OrgId, id.clone()),
            (Var::Name, Bson::String(name.as_str().to_owned())),
            (Var::Slug, Bson::String(slug.as_str().to_owned())),
            (Var::Database, Bson::String(self.store.master().to_owned())),
        ])
    }

    /// The same, with where its data is.
    pub fn vars(&self, id: &Bson, name: &OrgName, slug: &Slug, home: &Home) -> Vars {
        let mut vars = self.vars_of(id, name, slug);
        vars.insert(Var::Store, Bson::String(home.as_text()));
        vars
    }

    /// Refuses a name that another organization has, or whose collections another one would share (B1).
    ///
    /// # Errors
    /// `E0301` or `E0302`, naming the other one.
    pub async fn require_free(&self, name: &OrgName, home: &Home, orgs: &[Org], mine: Option<&Bson>) -> Result<()> {
        for other in orgs.iter().filter(|other| Some(&other.id) != mine) {
            if other.name.key() == name.key() {
                return Err(Error::new(
                    &code::NAME_TAKEN,
                    format!("the name {:?} is taken by organization {:?}", name.as_str(), other.name.as_str()),
                )
                .next(format!("flowbit org show {}", shell(other.name.as_str()))));
            }
            let slug = self.platform.naming.slug_of(other.name.as_str());
            let derived = Home::derived(self.platform, &slug, &self.vars_of(&other.id, &other.name, &slug));
            if other.home == *home || derived == *home {
                return Err(would_share(name, other, home));
            }
        }
        self.require_not_kept(name, home, mine).await
    }

    /// Refuses a name that is kept for somebody who had it, or whose collections or key are.
    async fn require_not_kept(&self, name: &OrgName, home: &Home, mine: Option<&Bson>) -> Result<()> {
        let mut entries = vec![name_entry(&name.key())];
        let expected = home.expected(self.platform);
        match home {
            Home::Database(database) => entries.push(database_entry(database.as_str())),
            Home::Shared(key) => {
                // The key of a deleted or renamed tenant is its own, whatever it is called.
                let taken = self.kept_where(doc! { "key": key.value.clone() }).await?;
                entries.extend(taken.into_iter().map(|kept| kept.id));
            }
            Home::Collections(_) => {}
        }
        entries.extend(expected.iter().map(|(name, _)| store_entry(self.store.master(), &self.at_home(home, name))));
        for kept in self.kept_where(doc! { "_id": { "$in": entries } }).await? {
            if Some(&kept.org) == mine {
                continue;
            }
            // A collection or a database is kept for somebody, and that is whom people know.
            let of_name = self.kept_where(doc! { "op": &kept.op, "_id": { "$regex": "^name:" } }).await?;
            let kept = of_name.into_iter().find(|named| named.org == kept.org).unwrap_or(kept);
            let (why, next) = match kept.kind {
                KeptFor::Alias => (
                    format!(
                        "is kept as an alias of {:?} until {}",
                        kept.to.clone().unwrap_or_default(),
                        date(kept.until)
                    ),
                    "choose another name, or wait for that day and run: flowbit op gc".to_owned(),
                ),
                _ => (
                    format!(
                        "belongs to the deleted organization {:?}, which can be restored until {}",
                        kept.name,
                        date(kept.until)
                    ),
                    format!("flowbit org restore {}", shell(&kept.name)),
                ),
            };
            return Err(Error::new(&code::NAME_TAKEN, format!("the name {:?} {why}", kept.name)).next(next));
        }
        Ok(())
    }

    /// Refuses a collection name at which something stands, unless it is a sentry of the organization's own.
    /// Gives the operation whose sentry it is.
    ///
    /// # Errors
    /// `E0302`.
    pub async fn require_vacant(
        &self,
        ns: &Namespace,
        catalog: &[CollectionInfo],
        mine: Option<&Bson>,
    ) -> Result<Option<String>> {
        let Some(there) = catalog.iter().find(|info| info.name == ns.coll) else { return Ok(None) };
        if let (Some(op), Some(mine)) = (there.sentry_of(), mine) {
            let kept = self.kept(&store_entry(self.store.master(), ns)).await?;
            if kept.is_some_and(|kept| kept.org == *mine && kept.op == op) {
                return Ok(Some(op.to_owned()));
            }
        }
        let what = match there.sentry_of() {
            Some(op) => format!("a sentry of operation {op}"),
            None => "something that belongs to no organization".to_owned(),
        };
        Err(Error::new(&code::STORE_TAKEN, format!("{ns} exists: {what}; it was left alone"))
            .next("choose another name, or find out what it is before you remove it"))
    }
}

fn would_share(name: &OrgName, other: &Org, home: &Home) -> Error {
    let what = match home {
        Home::Collections(_) => "collections",
        Home::Database(_) => "database",
        Home::Shared(_) => "tenant key",
    };
    Error::new(
        &code::STORE_TAKEN,
        format!(
            "{:?} and organization {:?} would share the {what} {}",
            name.as_str(),
            other.name.as_str(),
            home.as_text()
        ),
    )
    .next("choose a name that differs in letters or digits")
}

/// Refuses what MongoDB cannot give another name.
///
/// # Errors
/// `E0309`, naming it.
pub(super) fn require_movable(owned: &Owned<'_>) -> Result<()> {
    match owned.immovable.first() {
        None => Ok(()),
        Some(thing) => Err(Error::new(
            &code::ORG_STATE,
            format!("{} is a time-series collection, which MongoDB cannot rename", thing.name),
        )
        .next("copy it into an ordinary collection, or drop it, first")),
    }
}

/// The day of a moment, in UTC.
pub fn date(time: DateTime) -> String {
    time.try_to_rfc3339_string()
        .map_or_else(|_| "a day that cannot be written".to_owned(), |text| text.chars().take(10).collect())
}
