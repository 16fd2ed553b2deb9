//! What the platform says that there is: organizations, kept names, catalogs, the registry. Read once.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};

use crate::domain::Layout;
use crate::domain::catalog::CollectionInfo;
use crate::domain::plan::Namespace;
use crate::domain::registry::Registry;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::layout::Home;
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::TOMBSTONE;
use crate::ops::org::kept::{Kept, KeptFor};
use crate::store::file;

/// The registry file.
pub(in crate::ops) enum Screens {
    /// The platform has none.
    None,
    /// It has one that cannot be read; why.
    Unreadable(String, bool),
    /// The file's name and the tenants in it.
    Tenants(String, Vec<String>),
}

/// What there is.
pub(in crate::ops) struct Estate {
    /// Living organizations.
    pub orgs: Vec<Org>,
    /// Records that are out of force.
    pub inactive: Vec<Org>,
    /// Names that are kept.
    pub kept: Vec<Kept>,
    /// The catalogs: of the master database, and of every tenant's own.
    pub catalogs: BTreeMap<String, Vec<CollectionInfo>>,
    /// The registry.
    pub screens: Screens,
}

/// A value with its type, as text to compare by: an ObjectId is not the text of its digits.
pub(in crate::ops) fn ident(value: &Bson) -> String {
    format!("{:?} {}", value.element_type(), plain(value))
}

impl Estate {
    /// Reads it.
    pub async fn load(house: &House<'_>) -> Result<Self> {
        let orgs = house.orgs().await?;
        let mut inactive = Vec::new();
        if let Some(shape) = &house.platform.organization
            && let Some(state) = &shape.state
        {
            let filter = Document::from_iter([(state.field.clone(), state.inactive.clone())]);
            let records = house.store.find(&house.master(&shape.collection), filter, None, None).await?;
            inactive = records.into_iter().map(|record| house.org_of(shape, record)).collect();
        }
        let kept = house.kept_where(doc! {}).await?;
        let mut catalogs = BTreeMap::new();
        let all = orgs.iter().chain(&inactive);
        let databases: BTreeSet<&str> = all.map(|org| org.home.database(house.store.master())).collect();
        for db in databases.into_iter().chain([house.store.master()]) {
            if !catalogs.contains_key(db) && !db.is_empty() {
                catalogs.insert(db.to_owned(), house.store.catalog(db).await?);
            }
        }
        let screens = screens(house);
        Ok(Self { orgs, inactive, kept, catalogs, screens })
    }

    /// The catalog of a database.
    pub fn catalog(&self, db: &str) -> &[CollectionInfo] {
        self.catalogs.get(db).map_or(&[], Vec::as_slice)
    }

    /// Whether a collection is there, as a collection.
    pub fn has(&self, ns: &Namespace) -> bool {
        let catalog = self.catalog(&ns.db);
        catalog
            .binary_search_by(|info| info.name.as_str().cmp(&ns.coll))
            .ok()
            .and_then(|at| catalog.get(at))
            .is_some_and(|info| info.sentry_of().is_none() && info.uuid.is_some())
    }

    /// What identifies the living, the deleted and those out of force in links and keys: as `{org.id}`, as text, by
    /// name and by slug, whatever `var` is.
    pub fn known(&self, var: Var, as_text: bool) -> BTreeMap<String, Known<'_>> {
        let value = |org: &Org| match var {
            Var::OrgId if as_text => Bson::String(plain(&org.id)),
            Var::OrgId => org.id.clone(),
            Var::Slug => Bson::String(org.slug.as_str().to_owned()),
            _ => Bson::String(org.name.as_str().to_owned()),
        };
        let mut known = BTreeMap::new();
        for kept in self.kept.iter().filter(|kept| matches!(kept.kind, KeptFor::Deleted | KeptFor::Purging)) {
            let id = if as_text { Bson::String(plain(&kept.org)) } else { kept.org.clone() };
            known.insert(ident(&id), Known::Gone);
            known.insert(ident(&Bson::String(kept.name.clone())), Known::Gone);
        }
        known.extend(self.inactive.iter().map(|org| (ident(&value(org)), Known::Inactive)));
        known.extend(self.orgs.iter().map(|org| (ident(&value(org)), Known::Living(org))));
        known
    }

    /// Whether an operation's tombstone stands for an organization that can still be restored.
    pub fn tombstone_holds(&self, key: &str) -> Option<bool> {
        let op = key.strip_prefix(TOMBSTONE)?;
        Some(self.kept.iter().any(|kept| kept.kind != KeptFor::Alias && kept.op == op))
    }

    /// The organizations that are looked at by their own databases.
    pub fn with_database(&self) -> impl Iterator<Item = &Org> {
        self.orgs.iter().filter(|org| matches!(org.home, Home::Database(_)))
    }
}

/// Whose a link or a key is.
#[derive(Clone, Copy)]
pub(in crate::ops) enum Known<'e> {
    /// A living organization's.
    Living(&'e Org),
    /// That of a record out of force.
    Inactive,
    /// That of a deleted organization which can be restored.
    Gone,
}

fn screens(house: &House<'_>) -> Screens {
    let Some(path) = &house.registry else { return Screens::None };
    let shown = path.display().to_string();
    match file::read(path) {
        Ok(None) => Screens::Unreadable(format!("there is no file {shown}"), false),
        Err(error) => Screens::Unreadable(error.message().to_owned(), false),
        Ok(Some(text)) => match Registry::parse(&shown, &text) {
            Ok(registry) => Screens::Tenants(shown, registry.tenants()),
            Err(error) => Screens::Unreadable(error.message().to_owned(), true),
        },
    }
}

/// Why a rule about stores has nothing to look at.
pub(in crate::ops) fn no_stores(layout: Layout) -> Option<&'static str> {
    (layout == Layout::Shared).then_some("tenants have no stores of their own here: they share collections")
}
