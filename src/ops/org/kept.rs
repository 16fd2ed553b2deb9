//! Names that are kept for somebody: aliases of renamed organizations, names of deleted ones, and what was left behind.

use bson::{Bson, DateTime, Document, Uuid, doc};
use serde::{Deserialize, Serialize};

use crate::domain::naming::NameKey;
use crate::domain::plan::{Fence, Namespace};
use crate::error::{Error, Result, code};
use crate::journal::NAMES;
use crate::ops::House;

/// What `flowbit_names` says about a name that is kept for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// `name:<key>`, `store:<collection>`, `store:<database>.<collection>` outside of the master database, or
    /// `backup:<database>.<collection>`.
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
    /// The tenant key that went with the name, on platforms without organization records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Identity of the collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<Uuid>,
    /// The database that a collection's name is in, where it is not the master's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db: Option<String>,
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
    /// A collection that the organization was moved out of.
    Backup,
}

impl Kept {
    /// The document that is stored.
    ///
    /// # Errors
    /// `E0001` if it cannot be encoded.
    pub fn document(&self) -> Result<Document> {
        bson::serialize_to_document(self).map_err(|e| Error::new(&code::INTERNAL, e.to_string()))
    }

    /// The namespace of a collection's name; `collection` in its database.
    pub fn place(&self, master: &str, collection: &str) -> Namespace {
        Namespace::new(self.db.as_deref().unwrap_or(master), collection)
    }

    fn read(document: &Document) -> Option<Self> {
        bson::deserialize_from_document(document.clone()).ok()
    }
}

/// A deleted organization.
#[derive(Debug, Clone)]
pub struct Gone {
    /// The database that it had of its own.
    pub database: Option<String>,
    /// The entry that keeps its name.
    pub kept: Kept,
    /// The entries that keep its collections.
    pub stores: Vec<Kept>,
}

impl Gone {
    /// Its collections: those it had, and the shared ones in which it had documents.
    pub fn collections(&self, shared: &[Fence]) -> Vec<String> {
        let own = self.stores.iter().filter(|kept| kept.uuid.is_some()).map(|kept| kept.name.clone());
        own.chain(shared.iter().map(|fence| fence.ns.coll.clone())).collect()
    }
}

/// The identifier of the entry for an organization's name.
pub fn name_entry(key: &NameKey) -> String {
    format!("name:{}", key.as_str())
}

/// The identifier of the entry for a collection's name.
pub fn store_entry(master: &str, ns: &Namespace) -> String {
    if ns.db == master { format!("store:{}", ns.coll) } else { format!("store:{ns}") }
}

/// The reservation of a whole database. Two names that differ in case only cannot both be databases.
pub fn database_entry(database: &str) -> String {
    format!("database:{}", database.to_lowercase())
}

/// The reservation of an organization.
pub fn org_entry(id: &Bson) -> String {
    format!("org:{}", crate::domain::template::plain(id))
}

impl House<'_> {
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
}
