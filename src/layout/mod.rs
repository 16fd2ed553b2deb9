//! Where a tenant lives: names of collections and databases, keys in documents, and whose they are. Pure.

pub mod collection;
pub mod database;
mod owned;
pub mod shared;

use bson::Document;

use crate::domain::description::{Description, Layout};
use crate::domain::naming::Slug;
use crate::domain::plan::{Covered, Namespace};
use crate::domain::template::{Var, Vars};
use crate::error::Result;
use collection::StoreName;
use database::DatabaseName;
pub use owned::{Owned, owned};
use shared::TenantKey;

/// What stands before and after the slug in names of tenants' stores; nothing where nothing stands before it, and any name
/// could be a tenant's.
pub fn around_slug(platform: &Description) -> Option<(String, String)> {
    let template = match platform.layout {
        Layout::Database => platform.store.database.as_ref(),
        Layout::Collection => platform.store.collection.as_ref(),
        Layout::Shared => None,
    };
    template?.split_at(Var::Slug, &Vars::new()).filter(|(before, _)| !before.is_empty())
}

/// Where one tenant lives.
#[derive(Debug, Clone, PartialEq)]
pub enum Home {
    /// In collections of the master database.
    Collections(StoreName),
    /// In a database of its own.
    Database(DatabaseName),
    /// In collections that all tenants share.
    Shared(TenantKey),
}

impl Home {
    /// Where the platform's rule puts a tenant. `vars` are its name, slug and identifier.
    pub fn derived(platform: &Description, slug: &Slug, vars: &Vars) -> Self {
        match platform.layout {
            Layout::Collection => Home::Collections(StoreName::derived(platform, slug)),
            Layout::Database => Home::Database(DatabaseName::derived(platform, slug)),
            Layout::Shared => Home::Shared(TenantKey::of(platform, vars)),
        }
    }

    /// Where the organization's record says that it is: the name of its collection or database, where it stores one.
    pub fn stored(platform: &Description, name: &str) -> Option<Self> {
        match platform.layout {
            Layout::Collection => Some(Home::Collections(StoreName::stored(name))),
            Layout::Database => Some(Home::Database(DatabaseName::stored(name))),
            Layout::Shared => None,
        }
    }

    /// The text by which it is shown, and written where a record repeats it.
    pub fn as_text(&self) -> String {
        match self {
            Home::Collections(store) => store.as_text(),
            Home::Database(database) => database.as_str().to_owned(),
            Home::Shared(key) => key.as_text(),
        }
    }

    /// The database that the tenant's data is in.
    pub fn database<'a>(&'a self, master: &'a str) -> &'a str {
        match self {
            Home::Database(database) => database.as_str(),
            Home::Collections(_) | Home::Shared(_) => master,
        }
    }

    /// The namespace of one of the tenant's collections.
    pub fn ns(&self, master: &str, collection: &str) -> Namespace {
        Namespace::new(self.database(master), collection)
    }

    /// The tenant's collection of a kind, or by its name in a database of its own.
    pub fn of_kind(&self, master: &str, kind: Option<&str>) -> Option<Namespace> {
        match self {
            Home::Collections(store) => Some(Namespace::new(master, store.of_kind(kind))),
            Home::Database(database) => Some(Namespace::new(database.as_str(), kind?)),
            Home::Shared(_) => None,
        }
    }

    /// The names of collections that are this tenant's own, in its database, among those of all others.
    pub fn covered(&self, others: &[Home], never: &[String]) -> Covered {
        match self {
            Home::Collections(store) => {
                let names = others.iter().filter_map(|other| match other {
                    Home::Collections(name) => Some(name),
                    Home::Database(_) | Home::Shared(_) => None,
                });
                store.covered(names, never)
            }
            Home::Database(_) => DatabaseName::covered(),
            Home::Shared(_) => Covered::nothing(),
        }
    }

    /// The collection's name under another name of the tenant.
    pub fn renamed(&self, collection: &str, to: &Home) -> String {
        match (self, to) {
            (Home::Collections(from), Home::Collections(to)) => from.renamed(collection, to),
            _ => collection.to_owned(),
        }
    }

    /// The collections of its own that a new tenant gets, with their indexes.
    pub fn expected(&self, platform: &Description) -> Vec<(String, Vec<Document>)> {
        match self {
            Home::Collections(store) => store.expected(platform),
            Home::Database(_) => DatabaseName::expected(platform),
            Home::Shared(_) => Vec::new(),
        }
    }

    /// Checks that MongoDB can take the names.
    ///
    /// # Errors
    /// `E0102`.
    pub fn check(&self, platform: &Description, master: &str) -> Result<()> {
        match self {
            Home::Collections(store) => store.check(platform, master),
            Home::Database(database) => database.check(platform),
            Home::Shared(_) => Ok(()),
        }
    }
}
