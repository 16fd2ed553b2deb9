//! The platform description, as a value: what `flowbit.toml` says.

use bson::{Bson, Document};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::api::ApiShape;
use super::fields::Fields;
use super::hash::Stated;
use super::naming::Naming;
use super::schema;
use super::template::{Template, Var};
use super::token::Algorithm;

/// Where a tenant's data lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of this format; 1.
    #[schemars(range(min = 1, max = 1))]
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
    /// The record of an organization; platforms with the layout `shared` may have none: there a tenant exists because
    /// something carries its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationShape>,
    /// The record of an account.
    pub account: AccountShape,
    /// The accounts of the platform's owners, who belong to no organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core: Option<AccountShape>,
    /// The tenant's own collections, for the layouts `collection` and `database`.
    #[serde(default)]
    pub store: StoreShape,
    /// Collections that all tenants share, each document carrying its tenant's key, for the layout `shared`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keyed: Vec<KeyedShape>,
    /// Fields that point to other documents.
    #[serde(default, rename = "reference", skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceShape>,
    /// The tokens that the backend accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenShape>,
    /// The audit trail; flowbit keeps its own when the platform has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditShape>,
    /// The file in which screens are registered by tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryFile>,
    /// Where tickets are, and their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tickets: Option<TicketShape>,
    /// The backend's HTTP interface, for `flowbit isolation probe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiShape>,
    /// How long things are kept.
    #[serde(default)]
    pub keep: Keep,
}

/// Environment variables by which the platform itself is configured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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

/// The audit trail. Where action, actor, tenant, time and so on stand is read from the placeholders in `fields`; the other
/// paths are those that only the backend's own entries have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditShape {
    /// Name of the collection in the master database.
    pub collection: String,
    /// The fields of an entry that flowbit writes.
    pub fields: Fields,
    /// Indexes the collection should have: the tenant first, then the time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
    /// Path of who acted, where the backend keeps it in another field than flowbit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Paths of what an entry is about: `ticketId`, `resourceId`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target: Vec<String>,
    /// Path of the kind of thing that it is about: `resourceType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_kind: Option<String>,
    /// Path of what was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Path of what is there since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Paths of personal data, which `--mask` hides beside the actor: `ipAddress`, `userAgent`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal: Vec<String>,
}

/// The record of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationShape {
    /// Name of the collection in the master database.
    pub collection: String,
    /// What identifiers of organizations look like: the value of `{org.id}`.
    #[serde(default, skip_serializing_if = "IdType::is_default")]
    #[schemars(extend("default" = "object_id"))]
    pub id_type: IdType,
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

impl OrganizationShape {
    /// The path of the identifier, by which accounts and documents point to the record.
    pub fn id_path(&self) -> &str {
        self.fields.path_of(Var::OrgId).unwrap_or("_id")
    }
}

/// What an identifier looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdType {
    /// An ObjectId.
    #[default]
    ObjectId,
    /// A UUID, version 4, as text.
    Uuid,
}

impl IdType {
    fn is_default(&self) -> bool {
        *self == Self::ObjectId
    }
}

/// A field that says whether a record is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateField {
    /// Path of the field.
    pub field: String,
    /// Its value in a living record.
    #[schemars(schema_with = "schema::constant")]
    pub active: Bson,
    /// Its value in a deleted or disabled one.
    #[schemars(schema_with = "schema::constant")]
    pub inactive: Bson,
}

/// The record of an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountShape {
    /// Where accounts are.
    #[serde(default, skip_serializing_if = "AccountPlace::is_default")]
    #[schemars(extend("default" = "master"))]
    pub place: AccountPlace,
    /// Name of their collection; for `place = "organization"` the organizations' own.
    pub collection: String,
    /// What identifiers of accounts look like: the value of `{account.id}`.
    #[serde(default, skip_serializing_if = "IdType::is_default")]
    #[schemars(extend("default" = "object_id"))]
    pub id_type: IdType,
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
    /// Indexes the collection must not have: a TTL index on a field of an account deletes the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden_indexes: Vec<ForbiddenIndex>,
    /// Second copies of an account that the platform keeps inside the tenant's own store.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<AccountCopy>,
    /// Whether the platform looks e-mails up in lower case.
    #[serde(default)]
    pub lower_case_email: bool,
    /// The role of an organization's administrator, in the platform's spelling.
    pub admin_role: String,
    /// Every role that the backend accepts, in its spelling; empty where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// How passwords are hashed.
    pub hash: HashScheme,
}

/// Where accounts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountPlace {
    /// In a collection of the master database.
    #[default]
    Master,
    /// In a collection of the tenant's own database.
    Store,
    /// Inside the organization's record: its administrator, and nobody else.
    Organization,
}

impl AccountPlace {
    fn is_default(&self) -> bool {
        *self == Self::Master
    }
}

/// A second copy of an account inside the tenant's own store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCopy {
    /// The collection: its name in a tenant's database, or its kind; none for the tenant's only collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// The fields.
    pub fields: Fields,
}

/// An index that must not be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForbiddenIndex {
    /// Fields and directions, in order.
    #[schemars(schema_with = "schema::index_keys")]
    pub keys: Document,
    /// Only forbidden when it deletes documents by age.
    #[serde(default)]
    pub ttl: bool,
}

/// How passwords are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields, try_from = "Stated")]
#[schemars(!try_from)]
pub enum HashScheme {
    /// bcrypt, version `2b` or `2a`, cost 4 to 16.
    Bcrypt {
        /// Logarithm of the number of rounds.
        #[schemars(range(min = 4, max = 16))]
        cost: u32,
        /// The two characters after the first dollar sign.
        #[serde(default)]
        prefix: BcryptPrefix,
    },
    /// bcrypt over the SHA-256 digest of the password without white space at its ends, marked `$bcrypt-sha256$`.
    BcryptSha256 {
        /// Logarithm of the number of rounds.
        #[schemars(range(min = 4, max = 16))]
        cost: u32,
        /// The two characters after the first dollar sign of the inner hash.
        #[serde(default)]
        prefix: BcryptPrefix,
    },
    /// argon2id, version 19, as a PHC string.
    Argon2id {
        /// KiB of memory.
        #[schemars(range(min = 8, max = 4_194_304))]
        memory: u32,
        /// Passes.
        #[schemars(range(min = 1))]
        time: u32,
        /// Lanes.
        #[schemars(range(min = 1))]
        parallelism: u32,
    },
}

/// The version mark of a bcrypt hash. `2y` is not offered: Node's bcrypt refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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

/// The tenant's own collections.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreShape {
    /// Layout `collection`: name of a collection, `org_{slug}`, or `org_{slug}_{kind}` where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Template>,
    /// Layout `database`: name of the database, `tenant_{slug}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Template>,
    /// The kinds; none for platforms with one collection per tenant. In a database of their own they are the names.
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KindShape {
    /// The word in the collection's name.
    pub name: String,
    /// Indexes besides that on `_id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
}

/// A collection that all tenants share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyedShape {
    /// Its name in the master database.
    pub collection: String,
    /// Path of the tenant key in each document.
    pub key: String,
    /// What the documents say about their tenant: the key, and twins of it such as a display name.
    pub fields: Fields,
    /// Indexes the collection should have; the tenant key stands first in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<IndexShape>,
}

/// A field that points to another document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceShape {
    /// The collection whose documents have the field: a name, or a kind.
    pub collection: String,
    /// Path of the field; may lead through arrays (`comments.userId`).
    pub field: String,
    /// What it points to: `COLLECTION.PATH`, such as `users._id` or `users.email`.
    #[schemars(regex(pattern = r"^[^.]+\..+$"))]
    pub to: String,
    /// Whether the field holds the text of an identifier where the other end is an ObjectId.
    #[serde(default)]
    pub as_string: bool,
}

/// The tokens that the backend accepts. The secret itself is named, never written here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenShape {
    /// How tokens are signed.
    pub algorithm: Algorithm,
    /// Name of the environment variable that holds the secret, or the private key as PEM; without one the keyring signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// The same for refresh tokens, where they have one of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_secret_env: Option<String>,
    /// Seconds that a token is good for.
    pub expires: u64,
    /// Seconds that a refresh token is good for; none where the platform has no refresh tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires: Option<u64>,
    /// The claims besides `iat` and `exp`. Constant ones (`iss`, `aud`, `type`, `context`) tell kinds of tokens apart.
    pub claims: Fields,
    /// The claims of refresh tokens; where there are none, refresh tokens are random text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_claims: Option<Fields>,
    /// The claims of tokens of the platform's owners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_claims: Option<Fields>,
    /// Further claims that a new value is made for: `nbf` gets the moment, any other (`jti`, `nonce`) a random text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<String>,
    /// Whether the backend believes the token, instead of reading the account again.
    #[serde(default)]
    pub trusted: bool,
    /// What the backend reads again at each request, where it is not all or nothing as `trusted` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checks: Option<Vec<TokenCheck>>,
    /// Where the backend looks refresh tokens up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_store: Option<RecordShape>,
    /// Where the backend looks up which tokens were revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations: Option<RecordShape>,
}

impl TokenShape {
    /// Seconds after which no token of this platform, of whichever kind, is good any more.
    pub fn longest(&self) -> u64 {
        self.expires.max(self.refresh_expires.unwrap_or_default())
    }

    /// Whether the backend reads this again at each request.
    pub fn is_checked(&self, what: TokenCheck) -> bool {
        match &self.checks {
            Some(checks) => checks.contains(&what),
            None => !self.trusted && what != TokenCheck::Organization,
        }
    }
}

/// Something that a backend may read again at each request instead of believing the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenCheck {
    /// That the account exists.
    User,
    /// That the account is in force.
    Enabled,
    /// Which organization the account belongs to.
    Tenant,
    /// That the organization exists and is in force.
    Organization,
    /// Which role the account has.
    Role,
}

/// Where tickets are, and their words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketShape {
    /// The collection: a name, or a kind.
    pub collection: String,
    /// Path of the title.
    pub title: String,
    /// Words of the status, in the order of a ticket's life.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<String>,
    /// Words of the priority, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<String>,
}

/// A document about the tenant inside the tenant's own collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Path whose existence marks the document.
    pub exists: String,
    /// The fields.
    pub fields: Fields,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexShape {
    /// Fields and directions, in order.
    #[schemars(schema_with = "schema::index_keys")]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryFile {
    /// Path, relative to the description.
    pub file: String,
}

/// How long things are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The path of the organization's name in its record.
    pub fn org_name_path(&self) -> &str {
        self.organization.as_ref().and_then(|shape| shape.fields.path_of(Var::Name)).unwrap_or("name")
    }

    /// The path at which the organization's record stores the name of its collection or database, if it does.
    pub fn org_store_path(&self) -> Option<&str> {
        self.organization.as_ref()?.fields.path_of(Var::Store)
    }

    /// The path in accounts that points to the organization.
    pub fn account_link_path(&self) -> Option<&str> {
        let fields = &self.account.fields;
        fields.path_of(Var::OrgId).or_else(|| self.key_path_of_accounts()).or_else(|| fields.path_of(Var::Name))
    }

    /// In shared collections an account carries the tenant's key like every other document.
    fn key_path_of_accounts(&self) -> Option<&str> {
        if self.layout != Layout::Shared {
            return None;
        }
        let key = self.tenant_key()?;
        self.account.fields.path_of(key).or_else(|| self.account.fields.path_of(Var::Slug))
    }

    /// What the tenant key is made of: `{name}`, `{slug}` or `{org.id}`.
    pub fn tenant_key(&self) -> Option<Var> {
        self.keyed.iter().find_map(|shape| shape.fields.only_at(&shape.key))
    }

    /// Whether accounts point to their organization by something that a rename changes.
    pub fn links_by_name(&self) -> bool {
        self.account.fields.path_of(Var::OrgId).is_none()
    }

    /// Collections of the master database that are no tenant's.
    pub fn own_collections(&self) -> Vec<String> {
        let mut own: Vec<String> = self.organization.iter().map(|shape| shape.collection.clone()).collect();
        if self.account.place == AccountPlace::Master {
            own.push(self.account.collection.clone());
        }
        own.extend(self.core.as_ref().map(|core| core.collection.clone()));
        own.extend(self.audit.as_ref().map(|audit| audit.collection.clone()));
        let stores = self.token.iter().flat_map(|token| token.refresh_store.iter().chain(&token.revocations));
        own.extend(stores.map(|store| store.collection.clone()));
        own.extend(self.keyed.iter().map(|shape| shape.collection.clone()));
        own
    }
}
