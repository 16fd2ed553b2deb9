//! Every place where an organization's name, slug, store or identifier stands: the described ones, and surprises.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};
use serde::Serialize;

use super::find::Org;
use super::kept::org_entry;
use crate::domain::catalog::{CollectionInfo, CollectionKind};
use crate::domain::description::AccountPlace;
use crate::domain::fields::{Fields, Source};
use crate::domain::plan::Namespace;
use crate::domain::registry::Registry;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::journal::{NAMES, OPS};
use crate::layout::{Home, owned};
use crate::ops::{House, OWN_AUDIT};
use crate::store::documents::carries;
use crate::store::fences::FENCES;
use crate::store::file;

/// Documents of a collection that are looked through for surprises.
pub const SAMPLE: u32 = 1_000;

/// And where the change was agreed to beforehand.
const GLANCE: u32 = 100;

/// Places that are named one by one before a change.
const WARNINGS: usize = 5;

/// A place that the description names, or that is flowbit's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declared {
    /// `record`, `account`, `copy`, `marker`, `keyed`, `audit`, `store`, `registry`, `journal`, `kept` or `fence`.
    pub kind: &'static str,
    /// Namespace, or file.
    pub place: String,
    /// Path of the field; none for what bears the name itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many documents.
    pub count: u64,
}

/// A field that the description does not know and that names the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Surprise {
    /// Namespace.
    pub place: String,
    /// Path of the field, without positions in arrays.
    pub path: String,
    /// What stands there: `name`, `slug`, `store` or `id`.
    pub what: &'static str,
    /// How many documents of the sample have it.
    pub count: u64,
    /// How many documents were looked at.
    pub sampled: u64,
    /// Whether those were all of the collection.
    pub whole: bool,
    /// The `_id` of one.
    pub example: String,
}

/// Where an organization is.
#[derive(Debug, Clone, Serialize)]
pub struct Footprint {
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Its store, or its key.
    pub store: String,
    /// Its identifier.
    pub id: String,
    /// Where the description says that it is.
    pub declared: Vec<Declared>,
    /// Where it is besides.
    pub surprises: Vec<Surprise>,
    /// Documents that were looked through for surprises, at most, in each collection.
    pub sample: u32,
}

impl House<'_> {
    /// Every place where an organization is named.
    ///
    /// # Errors
    /// `E0201`.
    pub async fn footprint(&self, typed: &str) -> Result<Footprint> {
        let orgs = self.orgs().await?;
        let org = self.load_org(&orgs, typed).await?;
        Ok(Footprint {
            name: org.name.as_str().to_owned(),
            slug: org.slug.as_str().to_owned(),
            store: org.home.as_text(),
            id: plain(&org.id),
            declared: self.declared(org, &orgs).await?,
            surprises: self.surprises(org, SAMPLE).await?,
            sample: SAMPLE,
        })
    }

    /// Fields that name an organization and that the description does not know: a rename leaves them as they are, and a
    /// delete leaves them behind. Looks through at most so many documents of each collection.
    pub(crate) async fn surprises(&self, org: &Org, sample: u32) -> Result<Vec<Surprise>> {
        let orgs = self.orgs().await?;
        let terms = self.terms(org);
        let known: BTreeSet<(Namespace, String)> =
            self.described(org).into_iter().map(|(_, ns, path, _)| (ns, path)).collect();
        let mut surprises = Vec::new();
        for ns in self.searched(org, &orgs).await? {
            let history = (ns == self.master(self.audit_collection())).then(|| self.history());
            let told = |path: &str| {
                history
                    .is_some_and(|top| path == top || path.strip_prefix(top).is_some_and(|rest| rest.starts_with('.')))
            };
            let all = self.named_in(&ns, &terms, sample).await?;
            surprises
                .extend(all.into_iter().filter(|s| !told(&s.path) && !known.contains(&(ns.clone(), s.path.clone()))));
        }
        Ok(surprises)
    }

    /// The same, as sentences for whoever is about to rename or delete the organization. Whoever reads a plan is told
    /// more than whoever has agreed to it already: looking takes time.
    ///
    /// # Errors
    /// `E0201`.
    pub async fn surprise_warnings(&self, typed: &str, agreed: bool) -> Result<Vec<String>> {
        let orgs = self.orgs_briefly().await?;
        let org = self.load_org(&orgs, typed).await?;
        let found = self.surprises(org, if agreed { GLANCE } else { SAMPLE }).await?;
        let sentence = |s: &Surprise| {
            let more = if s.whole { "" } else { " or more" };
            format!(
                "its {} also stands at {} in {}{more} documents of {}, where the description knows nothing of it; that stays as it is",
                s.what, s.path, s.count, s.place
            )
        };
        let mut warnings: Vec<String> = found.iter().take(WARNINGS).map(sentence).collect();
        if found.len() > WARNINGS {
            let more = found.len() - WARNINGS;
            warnings.push(format!("and {more} other places: flowbit org footprint {}", super::find::shell(typed)));
        }
        Ok(warnings)
    }

    async fn declared(&self, org: &Org, orgs: &[Org]) -> Result<Vec<Declared>> {
        let mut declared = Vec::new();
        let mut counted: BTreeSet<(Namespace, String)> = BTreeSet::new();
        for (kind, ns, path, value) in self.described(org) {
            let filter = carries(&path, &value);
            let count = self.store.count(&ns, filter).await?;
            if counted.insert((ns.clone(), path.clone())) {
                declared.push(Declared { kind, place: ns.to_string(), path: Some(path), count });
            }
        }
        let catalog = self.home_catalog(&org.home).await?;
        for info in self.owned(&catalog, org, orgs).await?.collections {
            let ns = self.at_home(&org.home, &info.name);
            let count = self.store.stats(&ns).await?.documents;
            declared.push(Declared { kind: "store", place: ns.to_string(), path: None, count });
        }
        self.own_places(org, &mut declared).await?;
        declared.extend(self.registry_entries(org)?);
        Ok(declared)
    }

    /// The fields that the description gives to a tenant's name, slug, store and identifier: kind, place, path, value.
    fn described(&self, org: &Org) -> Vec<(&'static str, Namespace, String, Bson)> {
        let platform = self.platform;
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let mut places: Vec<(&'static str, Namespace, &Fields)> = Vec::new();
        if let (Some(shape), Some(ns)) = (&platform.organization, self.records()) {
            places.push(("record", ns, &shape.fields));
        }
        let account = &platform.account;
        match account.place {
            AccountPlace::Master => places.push(("account", self.master(&account.collection), &account.fields)),
            AccountPlace::Store => {
                places.push(("account", self.at_home(&org.home, &account.collection), &account.fields));
            }
            AccountPlace::Organization => places.extend(self.records().map(|ns| ("account", ns, &account.fields))),
        }
        for copy in &account.copies {
            let ns = org.home.of_kind(self.store.master(), copy.collection.as_deref());
            places.extend(ns.map(|ns| ("copy", ns, &copy.fields)));
        }
        if let Some(marker) = &platform.store.marker {
            for (name, _) in org.home.expected(platform) {
                places.push(("marker", self.at_home(&org.home, &name), &marker.fields));
            }
        }
        places.extend(platform.keyed.iter().map(|shape| ("keyed", self.master(&shape.collection), &shape.fields)));
        places.extend(platform.audit.iter().map(|shape| ("audit", self.master(&shape.collection), &shape.fields)));
        let mut described = Vec::new();
        for (kind, ns, fields) in places {
            for path in naming(fields) {
                if let Some(value) = fields.value_at(path, &vars) {
                    described.push((kind, ns.clone(), path.to_owned(), value));
                }
            }
        }
        if platform.audit.is_none() {
            described.push(("audit", self.master(OWN_AUDIT), "organization".to_owned(), org.id.clone()));
        }
        described
    }

    /// What flowbit itself keeps about an organization.
    async fn own_places(&self, org: &Org, declared: &mut Vec<Declared>) -> Result<()> {
        let mut places = vec![
            ("journal", OPS, "reserves", doc! { "reserves": org_entry(&org.id) }),
            ("kept", NAMES, "org", doc! { "org": org.id.clone() }),
        ];
        if let Home::Shared(key) = &org.home {
            places.push(("fence", FENCES, "_id.value", doc! { "_id.value": key.value.clone() }));
        }
        for (kind, collection, path, filter) in places {
            let ns = self.master(collection);
            let count = self.store.count(&ns, filter).await?;
            if count > 0 {
                declared.push(Declared { kind, place: ns.to_string(), path: Some(path.to_owned()), count });
            }
        }
        Ok(())
    }

    fn registry_entries(&self, org: &Org) -> Result<Option<Declared>> {
        let Some(path) = &self.registry else { return Ok(None) };
        let Some(text) = file::read(path)? else { return Ok(None) };
        let place = path.display().to_string();
        let own = [org.name.as_str().to_owned(), org.slug.as_str().to_owned(), plain(&org.id)];
        let tenants = Registry::parse(&place, &text)?.tenants();
        let count = u64::try_from(tenants.iter().filter(|tenant| own.contains(tenant)).count()).unwrap_or_default();
        Ok((count > 0).then_some(Declared { kind: "registry", place, path: None, count }))
    }

    /// The fields of one collection in which a term stands.
    async fn named_in(&self, ns: &Namespace, terms: &[(Bson, &'static str)], sample: u32) -> Result<Vec<Surprise>> {
        let mut found: BTreeMap<(String, &'static str), (u64, String)> = BTreeMap::new();
        let (sampled, whole) = self
            .store
            .look_through(ns, sample, |document| {
                let mut here = BTreeSet::new();
                walk(document, &mut String::new(), terms, &mut here);
                let id = document.get("_id").map(plain).unwrap_or_default();
                for hit in here {
                    found.entry(hit).or_insert_with(|| (0, id.clone())).0 += 1;
                }
            })
            .await?;
        let surprise = |((path, what), (count, example))| Surprise {
            place: ns.to_string(),
            path,
            what,
            count,
            sampled,
            whole,
            example,
        };
        Ok(found.into_iter().map(surprise).collect())
    }

    /// The field of the audit trail under which flowbit itself writes what happened: it is meant to keep old names.
    fn history(&self) -> &str {
        let shape = self.platform.audit.as_ref();
        shape.and_then(|shape| shape.fields.path_of(Var::Details)).unwrap_or("details")
    }

    /// What an organization is known by, each once: value and what it is.
    fn terms(&self, org: &Org) -> Vec<(Bson, &'static str)> {
        let text = |text: &str| Bson::String(text.to_owned());
        let store = match &org.home {
            Home::Collections(store) => store.of_kind(None),
            Home::Database(database) => database.as_str().to_owned(),
            Home::Shared(key) => plain(&key.value),
        };
        let all = [
            (text(org.name.as_str()), "name"),
            (text(org.slug.as_str()), "slug"),
            (Bson::String(store), "store"),
            (org.id.clone(), "id"),
            (Bson::String(plain(&org.id)), "id"),
        ];
        let mut terms: Vec<(Bson, &'static str)> = Vec::new();
        for (value, what) in all {
            let nothing = matches!(&value, Bson::Null) || value.as_str() == Some("");
            if !nothing && !terms.iter().any(|(known, _)| *known == value) {
                terms.push((value, what));
            }
        }
        terms
    }

    /// The collections that are looked through: the platform's, and the tenant's own; not those of other tenants.
    async fn searched(&self, org: &Org, orgs: &[Org]) -> Result<Vec<Namespace>> {
        let master = self.store.catalog(self.store.master()).await?;
        let mut others: BTreeSet<&str> = BTreeSet::new();
        for other in orgs.iter().filter(|other| other.id != org.id && matches!(other.home, Home::Collections(_))) {
            let names = other.home.covered(&[], &self.platform.own_collections());
            others.extend(owned(&master, &names).collections.iter().map(|info| info.name.as_str()));
        }
        // Entries of tokens end by themselves, and are described.
        let stores = self.platform.token.iter().flat_map(|token| token.refresh_store.iter().chain(&token.revocations));
        let of_tokens: Vec<&str> = stores.map(|store| store.collection.as_str()).collect();
        let plain_ones = |info: &&CollectionInfo| {
            info.kind == CollectionKind::Collection
                && !crate::domain::plan::is_ours(&info.name)
                && !of_tokens.contains(&info.name.as_str())
                && (!info.name.starts_with("flowbit_") || info.name == OWN_AUDIT)
        };
        let mine = self.owned(&master, org, orgs).await?;
        let is_mine = |name: &str| mine.collections.iter().any(|info| info.name == name);
        let mut searched: Vec<Namespace> = master
            .iter()
            .filter(plain_ones)
            .filter(|info| is_mine(&info.name) || !others.contains(info.name.as_str()))
            .map(|info| self.master(&info.name))
            .collect();
        if let Home::Database(_) = &org.home {
            let catalog = self.home_catalog(&org.home).await?;
            searched.extend(catalog.iter().filter(plain_ones).map(|info| self.at_home(&org.home, &info.name)));
        }
        Ok(searched)
    }
}

/// The paths that name a tenant.
fn naming(fields: &Fields) -> Vec<&str> {
    const NAMING: [Var; 4] = [Var::Name, Var::Slug, Var::Store, Var::OrgId];
    let names = |source: &Source| match source {
        Source::Template(template) => NAMING.iter().any(|var| template.mentions(*var)),
        Source::Constant(_) => false,
    };
    fields.iter().filter(|(_, source)| names(source)).map(|(path, _)| path).collect()
}

/// Finds the terms in a document, at any depth.
fn walk(
    document: &Document,
    path: &mut String,
    terms: &[(Bson, &'static str)],
    found: &mut BTreeSet<(String, &'static str)>,
) {
    for (key, value) in document {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        value_at(value, path, terms, found);
        path.truncate(length);
    }
}

fn value_at(
    value: &Bson,
    path: &mut String,
    terms: &[(Bson, &'static str)],
    found: &mut BTreeSet<(String, &'static str)>,
) {
    match value {
        Bson::Document(inner) => walk(inner, path, terms, found),
        Bson::Array(items) => items.iter().for_each(|item| value_at(item, path, terms, found)),
        other => {
            if let Some((_, what)) = terms.iter().find(|(term, _)| term == other) {
                found.insert((path.clone(), *what));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_at_any_depth_and_only_whole() {
        let id = bson::oid::ObjectId::new();
        let terms = [(Bson::from("acme"), "name"), (Bson::ObjectId(id), "id")];
        let document = doc! { "a": "acme", "b": { "c": [{ "d": id }, "acme"] }, "e": "acme corp", "f": 1 };
        let mut found = BTreeSet::new();
        walk(&document, &mut String::new(), &terms, &mut found);
        let found: Vec<(&str, &str)> = found.iter().map(|(path, what)| (path.as_str(), *what)).collect();
        assert_eq!(found, [("a", "name"), ("b.c", "name"), ("b.c.d", "id")]);
    }
}
