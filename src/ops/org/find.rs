//! Which organizations there are, living and deleted, and whose a name is.

use bson::{Bson, DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use crate::domain::catalog::CollectionInfo;
use crate::domain::fields;
use crate::domain::naming::{NameKey, OrgName, Slug};
use crate::domain::plan::{Covered, Namespace};
use crate::domain::similar::nearest;
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::journal::NAMES;
use crate::layout::collection::{Owned, StoreName, owned};
use crate::ops::House;

/// A living organization, as its record says.
#[derive(Debug, Clone)]
pub struct Org {
    /// Its identifier.
    pub id: Bson,
    /// Its name.
    pub name: OrgName,
    /// The name after the platform's rule.
    pub slug: Slug,
    /// Its collections, by name: as stored, or as derived where the platform stores none.
    pub store: StoreName,
    /// The whole record.
    pub document: Document,
}

/// What `flowbit_names` says about a name that is kept for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// `name:<key>` or `store:<collection>`.
    #[serde(rename = "_id")]
    pub id: String,
    /// Why it is kept.
    pub kind: KeptFor,
    /// The organization it belongs to.
    pub org: Bson,
    /// The name as it was written.
    pub name: String,
    /// The operation that put it here.
    pub op: String,
    /// What the name became, or where the collection lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Identity of the collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// Until when.
    pub until: DateTime,
    /// What readers of the old name are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Accounts that were in force when the organization was deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Bson>,
}

/// Why a name is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptFor {
    /// The organization has another name now.
    Alias,
    /// The organization was deleted and can be restored.
    Deleted,
    /// The organization is being purged; there is no way back.
    Purging,
}

impl Kept {
    /// The document that is stored.
    ///
    /// # Errors
    /// `E0001` if it cannot be encoded.
    pub fn document(&self) -> Result<Document> {
        bson::serialize_to_document(self).map_err(|e| Error::new(&code::INTERNAL, e.to_string()))
    }

    fn read(document: &Document) -> Option<Self> {
        bson::deserialize_from_document(document.clone()).ok()
    }
}

/// A deleted organization.
#[derive(Debug, Clone)]
pub struct Gone {
    /// The entry that keeps its name.
    pub kept: Kept,
    /// The entries that keep its collections.
    pub stores: Vec<Kept>,
}

/// The identifier of the entry for an organization's name.
pub fn name_entry(key: &NameKey) -> String {
    format!("name:{}", key.as_str())
}

/// The identifier of the entry for a collection's name.
pub fn store_entry(collection: &str) -> String {
    format!("store:{collection}")
}

/// The reservation of an organization.
pub fn org_entry(id: &Bson) -> String {
    format!("org:{}", crate::domain::template::plain(id))
}

impl House<'_> {
    /// The living organizations, whole records, by name.
    pub async fn orgs(&self) -> Result<Vec<Org>> {
        self.orgs_with(None).await
    }

    /// The living organizations with the fields that identify them and their state, by name.
    pub async fn orgs_briefly(&self) -> Result<Vec<Org>> {
        let shape = &self.platform.organization;
        let mut projection = Document::new();
        for path in [
            Some(self.platform.org_name_path()),
            self.platform.org_store_path(),
            shape.fields.path_of(Var::Slug),
            shape.fields.path_of(Var::Now),
        ]
        .into_iter()
        .flatten()
        {
            projection.insert(path, 1);
        }
        self.orgs_with(Some(projection)).await
    }

    async fn orgs_with(&self, projection: Option<Document>) -> Result<Vec<Org>> {
        let filter = match &self.platform.organization.state {
            Some(state) => {
                let mut filter = Document::new();
                filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
                filter
            }
            None => Document::new(),
        };
        let ns = self.master(&self.platform.organization.collection);
        let records = self
            .store
            .find(&ns, filter, projection, None)
            .await
            .map_err(|f| f.into_error("reading the organizations"))?;
        let mut orgs: Vec<Org> = records.into_iter().map(|record| self.org_of(record)).collect();
        orgs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(orgs)
    }

    /// What a record says.
    pub fn org_of(&self, document: Document) -> Org {
        let name_path = self.platform.org_name_path();
        let name = fields::get(&document, name_path).and_then(Bson::as_str).unwrap_or_default().to_owned();
        let slug_path = self.platform.organization.fields.path_of(Var::Slug);
        let stored_slug = slug_path.and_then(|path| fields::get(&document, path)).and_then(Bson::as_str);
        let slug = stored_slug.map_or_else(|| self.platform.naming.slug_of(&name), Slug::stored);
        let stored =
            self.platform.org_store_path().and_then(|path| fields::get(&document, path)).and_then(Bson::as_str);
        let store = stored.map_or_else(|| StoreName::derived(self.platform, &slug), StoreName::stored);
        let id = document.get("_id").cloned().unwrap_or(Bson::Null);
        Org { id, name: OrgName::stored(name), slug, store, document }
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

    /// What is kept under an entry.
    pub async fn kept(&self, entry: &str) -> Result<Option<Kept>> {
        let found = self.store.find_one(&self.master(NAMES), doc! { "_id": entry }, None).await?;
        Ok(found.as_ref().and_then(Kept::read))
    }

    /// Everything that is kept and matches.
    pub async fn kept_where(&self, filter: Document) -> Result<Vec<Kept>> {
        let found = self.store.find(&self.master(NAMES), filter, None, Some(doc! { "_id": 1 })).await?;
        Ok(found.iter().filter_map(Kept::read).collect())
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
        Ok(Gone { kept, stores })
    }

    /// The names of collections that belong to a tenant, among those of all others: also of those out of service.
    pub async fn covered(&self, store: &StoreName, mine: Option<&Bson>, orgs: &[Org]) -> Result<Covered> {
        let mut others: Vec<StoreName> =
            orgs.iter().filter(|org| Some(&org.id) != mine).map(|org| org.store.clone()).collect();
        if let Some(state) = &self.platform.organization.state {
            let mut filter = Document::new();
            filter.insert(&state.field, state.inactive.clone());
            let ns = self.master(&self.platform.organization.collection);
            let inactive =
                self.store.find(&ns, filter, None, None).await?.into_iter().map(|record| self.org_of(record));
            others.extend(inactive.filter(|org| Some(&org.id) != mine).map(|org| org.store));
        }
        Ok(store.covered(&others, &self.platform.own_collections()))
    }

    /// The collections of an organization.
    pub async fn owned<'c>(&self, catalog: &'c [CollectionInfo], org: &Org, orgs: &[Org]) -> Result<Owned<'c>> {
        Ok(owned(catalog, &self.covered(&org.store, Some(&org.id), orgs).await?))
    }

    /// Refuses a name under which there are collections already: whoever gets the name would get their documents.
    ///
    /// # Errors
    /// `E0302`, naming one.
    pub fn require_unclaimed(&self, names: &Covered, catalog: &[CollectionInfo]) -> Result<()> {
        let there = owned(catalog, names);
        match there.collections.iter().chain(&there.immovable).next() {
            None => Ok(()),
            Some(info) => Err(Error::new(
                &code::STORE_TAKEN,
                format!(
                    "{}.{} exists and belongs to no organization; it was left alone",
                    self.store.master(),
                    info.name
                ),
            )
            .next("choose another name, or find out what it is before you remove it")),
        }
    }

    /// The filter for the accounts of an organization.
    pub fn accounts_of(&self, org_id: &Bson, name: &OrgName) -> Document {
        let vars = self.vars(org_id, name, None);
        let mut filter = Document::new();
        for (path, source) in self.platform.account.fields.iter() {
            if let fields::Source::Template(template) = source
                && Some(path) == self.platform.account_link_path()
            {
                filter.insert(path, template.value(&vars));
            }
        }
        filter
    }

    /// The values of placeholders for an organization.
    pub fn vars(&self, org_id: &Bson, name: &OrgName, store: Option<(&Slug, &StoreName)>) -> Vars {
        let mut vars = Vars::from([
            (Var::OrgId, org_id.clone()),
            (Var::Name, Bson::String(name.as_str().to_owned())),
            (Var::Database, Bson::String(self.store.master().to_owned())),
        ]);
        if let Some((slug, store)) = store {
            vars.insert(Var::Slug, Bson::String(slug.as_str().to_owned()));
            vars.insert(Var::Store, Bson::String(store.as_text()));
        }
        vars
    }

    /// Refuses a name that another organization has, or whose collections another one would share (B1).
    ///
    /// # Errors
    /// `E0301` or `E0302`, naming the other one.
    pub async fn require_free(
        &self,
        name: &OrgName,
        store: &StoreName,
        orgs: &[Org],
        mine: Option<&Bson>,
    ) -> Result<()> {
        for other in orgs.iter().filter(|other| Some(&other.id) != mine) {
            if other.name.key() == name.key() {
                return Err(Error::new(
                    &code::NAME_TAKEN,
                    format!("the name {:?} is taken by organization {:?}", name.as_str(), other.name.as_str()),
                )
                .next(format!("flowbit org show {}", shell(other.name.as_str()))));
            }
            let derived = StoreName::derived(self.platform, &self.platform.naming.slug_of(other.name.as_str()));
            if other.store == *store || derived == *store {
                return Err(Error::new(
                    &code::STORE_TAKEN,
                    format!(
                        "{:?} and organization {:?} would share the collections {}",
                        name.as_str(),
                        other.name.as_str(),
                        store.as_text()
                    ),
                )
                .next("choose a name that differs in letters or digits"));
            }
        }
        let mut entries = vec![name_entry(&name.key())];
        entries.extend(store.expected(self.platform).iter().map(|(collection, _)| store_entry(collection)));
        for kept in self.kept_where(doc! { "_id": { "$in": entries } }).await? {
            if Some(&kept.org) == mine {
                continue;
            }
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
                    format!("flowbit org restore {}   # or: org purge --before-grace-ends", shell(&kept.name)),
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
            let kept = self.kept(&store_entry(&ns.coll)).await?;
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

/// A name as it can be typed into a shell.
pub fn shell(name: &str) -> String {
    let safe = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/".contains(c));
    if safe { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// The day of a moment, in UTC.
pub fn date(time: DateTime) -> String {
    time.try_to_rfc3339_string()
        .map_or_else(|_| "a day that cannot be written".to_owned(), |text| text.chars().take(10).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_get_names_they_can_take() {
        assert_eq!(shell("acme"), "acme");
        assert_eq!(shell("Acme Corp"), "'Acme Corp'");
        assert_eq!(shell("o'neill"), "'o'\\''neill'");
    }
}
