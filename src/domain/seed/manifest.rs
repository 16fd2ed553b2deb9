//! The manifest of a set, `seed.toml`: names, tenants, collections and the rules of their fields.

use std::collections::BTreeMap;

use bson::Bson;
use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::Named;
use crate::domain::description::Layout;

/// What `seed.toml` says.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format; 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Name of the set. It is part of every identifier: another name makes other documents.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]*$"))]
    pub name: String,
    /// What it is, in a line.
    #[serde(default)]
    pub title: String,
    /// Platforms it was written for; any where none is named.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Layouts it was written for; any where none is named.
    #[serde(default)]
    pub layouts: Vec<Layout>,
    /// Whether this is for demonstrations: only then may passwords stand in its files.
    #[serde(default)]
    pub demo: bool,
    /// The moment that relative dates count from, RFC 3339 or a day; `--as-of` says another.
    #[serde(default)]
    #[schemars(regex(pattern = r"^\s*[0-9]+-"))]
    pub as_of: Option<String>,
    /// The key of the account, among the accounts of the set, that `--create-org` makes the administrator.
    #[serde(default)]
    pub admin: Option<String>,
    /// Words for use in texts: `{vars.NAME}`.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
    /// Lists of words for the rule `words`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<serde_json::Value>>")]
    pub words: BTreeMap<String, Vec<Bson>>,
    /// The tenants that the set was written for; `apply` without `--org` takes them all.
    #[serde(default, rename = "tenant")]
    pub tenants: Vec<TenantShape>,
    /// The collections.
    #[serde(default, rename = "collection")]
    pub collections: Vec<CollectionShape>,
}

/// A tenant of a set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantShape {
    /// Name of the organization.
    pub name: String,
    /// Words of its own, before those of the set.
    #[serde(default)]
    pub vars: BTreeMap<String, String>,
    /// Its screens, for the registry file.
    #[serde(default, rename = "screen")]
    pub screens: Vec<ScreenShape>,
}

/// A screen of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenShape {
    /// Name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Name of an icon, in shapes that have one.
    #[serde(default)]
    pub icon: Option<String>,
    /// What it shows, in shapes that say so.
    #[serde(default)]
    pub description: Option<String>,
}

/// A collection of a set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionShape {
    /// Its name in the set.
    #[schemars(regex(pattern = r"^[^/.#]+$"))]
    pub name: String,
    /// Where documents go: a kind or shared collection, `@accounts`, `@audit`, `@store` (the tenant's only collection);
    /// the name where this is left out.
    #[serde(default)]
    pub into: Option<String>,
    /// Files with fixtures beside the manifest: `.json`, `.jsonl`, `.csv`.
    #[serde(default)]
    #[schemars(inner(regex(pattern = r"\.(json|jsonl|ndjson|csv)$")))]
    pub files: Vec<String>,
    /// The tenants that get it; all where none is named.
    #[serde(default)]
    pub only: Vec<String>,
    /// How many documents are generated, at scale 1, besides the fixtures.
    #[serde(default)]
    pub rows: u64,
    /// Whether that number grows with `--scale`.
    #[serde(default = "yes")]
    pub scales: bool,
    /// Whether fixtures may have no field that has no rule and that the platform does not describe either.
    #[serde(default)]
    pub closed: bool,
    /// Values for use in other rules that are not written.
    #[serde(default)]
    pub helpers: Named,
    /// Rules for the fields. A fixture that has the field keeps its own value.
    #[serde(default)]
    pub fields: Named,
}

fn yes() -> bool {
    true
}
