//! The platform description, as a value: what `flowbit.toml` says.

use bson::{Bson, Document};
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::naming::Naming;
use super::template::{Template, Var};

/// Where a tenant's data lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One or more collections per tenant inside the master database.
    Collection,
    /// One database per tenant.
    Database,
    /// Shared collections with a tenant key.
    Shared,
}

impl Layout {
    /// The word used in descriptions and output.
    pub fn word(self) -> &'static str {
        match self {
            Layout::Collection => "collection",
            Layout::Database => "database",
            Layout::Shared => "shared",
        }
    }
}

/// A platform: names, fields, types and rules. Holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of this format; 1.
    pub version: u32,
    /// Name of the platform, shown in output.
    pub platform: String,
    /// Where tenants' data lives.
    pub layout: Layout,
    /// Name of the master database, unless the environment or a flag says otherwise.
    pub master_database: String,
    /// The platform's own environment variables, read after flowbit's.
    #[serde(default)]
    pub env: PlatformEnv,
    /// What becomes of a name.
    pub naming: Naming,
    /// The record of an organization.
    pub organization: RecordShape,
    /// The record of an account.
    pub account: AccountShape,
    /// The tenant's collections.
    pub store: StoreShape,
    /// The audit trail; flowbit keeps its own when the platform has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<RecordShape>,
    /// The file in which screens are registered by tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryFile>,
    /// How long things are kept.
    #[serde(default)]
    pub keep: Keep,
}

/// Environment variables by which the platform itself is configured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformEnv {
    /// Name of the variable that holds the connection string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Name of the variable that holds the name of the master database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master_database: Option<String>,
}

/// A kind of record: its collection, its fields, and the field that disables it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordShape {
    /// Name of the collection in the master database.
    pub collection: String,
    /// The field that says whether the record is in force; without one, deleted records are moved out of the collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateField>,
    /// Path of the time of the last change, which a change sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touch: Option<String>,
    /// The fields of a new record.
    pub fields: Fields,
    /// Indexes the collection should have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
}

/// A field that says whether a record is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateField {
    /// Path of the field.
    pub field: String,
    /// Its value in a living record.
    pub active: Bson,
    /// Its value in a deleted or disabled one.
    pub inactive: Bson,
}

/// The record of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountShape {
    /// Name of the collection in the master database.
    pub collection: String,
    /// The field that disables an account; without one, accounts of deleted organizations are moved out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateField>,
    /// Path of the time of the last change, which a change sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touch: Option<String>,
    /// The fields of a new account.
    pub fields: Fields,
    /// Indexes the collection should have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
    /// Whether the platform looks e-mails up in lower case.
    #[serde(default)]
    pub lower_case_email: bool,
    /// The role of an organization's administrator, in the platform's spelling.
    pub admin_role: String,
    /// How passwords are hashed.
    pub hash: HashScheme,
}

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum HashScheme {
    /// bcrypt, version `2b` or `2a`, cost 10 to 16.
    Bcrypt {
        /// Logarithm of the number of rounds.
        cost: u32,
        /// The two characters after the first dollar sign.
        #[serde(default)]
        prefix: BcryptPrefix,
    },
}

/// The version mark of a bcrypt hash. `2y` is not offered: Node's bcrypt refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BcryptPrefix {
    /// `$2a$`
    #[serde(rename = "2a")]
    A,
    /// `$2b$`
    #[default]
    #[serde(rename = "2b")]
    B,
}

/// The tenant's collections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreShape {
    /// Name of a collection: `org_{slug}`, or `org_{slug}_{kind}` where there are several.
    pub collection: Template,
    /// The kinds; none for platforms with one collection per tenant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindShape>,
    /// Indexes of the one collection, where there are no kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
    /// A document that the platform keeps in the tenant's collection about the tenant itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<Marker>,
}

/// One kind of tenant collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindShape {
    /// The word in the collection's name.
    pub name: String,
    /// Indexes besides that on `_id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
}

/// A document about the tenant inside the tenant's own collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Path whose existence marks the document.
    pub exists: String,
    /// The fields.
    pub fields: Fields,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexShape {
    /// Fields and directions, in order.
    pub keys: Document,
    /// Whether values are unique.
    #[serde(default)]
    pub unique: bool,
}

impl IndexShape {
    /// The document that `createIndexes` takes.
    pub fn spec(&self) -> Document {
        let keys: Document =
            self.keys.iter().map(|(k, v)| (k.clone(), super::fields::small_integers(v.clone()))).collect();
        let name = keys.iter().map(|(k, v)| format!("{k}_{v}")).collect::<Vec<_>>().join("_");
        let mut spec = bson::doc! { "key": keys, "name": name };
        if self.unique {
            spec.insert("unique", true);
        }
        spec
    }
}

/// The file in which screens are registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryFile {
    /// Path, relative to the description.
    pub file: String,
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Days in which a deleted organization can be restored.
    pub deleted_days: u32,
    /// Days in which the old name of a renamed organization stays readable and fenced.
    pub alias_days: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { deleted_days: 30, alias_days: 7 }
    }
}

impl Description {
    /// The path of the organization's name.
    pub fn org_name_path(&self) -> &str {
        self.organization.fields.path_of(Var::Name).unwrap_or("name")
    }

    /// The path at which the organization's record stores the name of its collection, if it does.
    pub fn org_store_path(&self) -> Option<&str> {
        self.organization.fields.path_of(Var::Store)
    }

    /// The path in accounts that points to the organization.
    pub fn account_link_path(&self) -> Option<&str> {
        self.account.fields.path_of(Var::OrgId).or_else(|| self.account.fields.path_of(Var::Name))
    }

    /// Whether accounts point to their organization by its name.
    pub fn links_by_name(&self) -> bool {
        self.account.fields.path_of(Var::OrgId).is_none()
    }

    /// Collections of the platform that are no tenant's.
    pub fn own_collections(&self) -> Vec<String> {
        let mut own = vec![self.organization.collection.clone(), self.account.collection.clone()];
        own.extend(self.audit.as_ref().map(|audit| audit.collection.clone()));
        own
    }

    /// What contradicts itself in this description: field and sentence.
    pub fn contradictions(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut say = |field: &str, what: &str| found.push((field.to_owned(), what.to_owned()));
        if self.version != 1 {
            say("version", "this flowbit reads version 1");
        }
        if self.organization.fields.path_of(Var::Name).is_none() {
            say("organization.fields", "no field holds \"{name}\"");
        }
        if self.account_link_path().is_none() {
            say(
                "account.fields",
                "no field links to the organization (\"{org.id}\", \"{org.id:string}\" or \"{name}\")",
            );
        }
        for (var, word) in [(Var::Email, "{email}"), (Var::Hash, "{hash}")] {
            if self.account.fields.path_of(var).is_none() {
                say("account.fields", &format!("no field holds \"{word}\""));
            }
        }
        if !self.store.collection.mentions(Var::Slug) {
            say("store.collection", "the name does not contain {slug}: all tenants would share it");
        }
        if self.store.collection.mentions(Var::Kind) == self.store.kinds.is_empty() {
            say("store.kinds", "{kind} in store.collection and the list store.kinds need each other");
        }
        if self.org_store_path().is_some() && !self.store.kinds.is_empty() {
            say("organization.fields", "\"{store}\" is the name of one collection; with store.kinds there are several");
        }
        let HashScheme::Bcrypt { cost, .. } = self.account.hash;
        if !(4..=16).contains(&cost) {
            say("account.hash.cost", "a cost between 4 and 16 is usable");
        }
        found
    }
}
