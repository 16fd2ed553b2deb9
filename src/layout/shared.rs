//! Layout `shared`: collections of all tenants, each document carrying its tenant's key.

use bson::Bson;

use crate::domain::description::Description;
use crate::domain::template::{Vars, plain};

/// The value by which a tenant's documents are known.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantKey {
    /// Path of the key in the first of the shared collections, for people.
    path: String,
    /// Its value.
    pub value: Bson,
}

/// What a shared collection says about one tenant: where the key is, and every field that repeats it.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyed {
    /// The collection.
    pub collection: String,
    /// Path of the key.
    pub key: String,
    /// Value of the key.
    pub value: Bson,
}

/// A field of a shared collection whose value a change of the tenant changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewritten {
    /// The collection.
    pub collection: String,
    /// Path of the key and its value before and after.
    pub key: (String, Bson, Bson),
    /// Twins of the key: path, value before, value after.
    pub twins: Vec<(String, Bson, Bson)>,
}

impl TenantKey {
    /// The key that the description gives for these values.
    pub fn of(platform: &Description, vars: &Vars) -> Self {
        let first = platform.keyed.first();
        let value = first.and_then(|shape| shape.fields.value_at(&shape.key, vars)).unwrap_or(Bson::Null);
        Self { path: first.map(|shape| shape.key.clone()).unwrap_or_default(), value }
    }

    /// The text by which it is shown.
    pub fn as_text(&self) -> String {
        format!("{}={}", self.path, plain(&self.value))
    }
}

/// The shared collections with the key of one tenant in each.
pub fn keyed(platform: &Description, vars: &Vars) -> Vec<Keyed> {
    platform
        .keyed
        .iter()
        .filter_map(|shape| {
            let value = shape.fields.value_at(&shape.key, vars)?;
            Some(Keyed { collection: shape.collection.clone(), key: shape.key.clone(), value })
        })
        .collect()
}

/// What has to be rewritten when these values become those. Collections in which nothing changes are left out.
pub fn rewritten(platform: &Description, old: &Vars, new: &Vars) -> Vec<Rewritten> {
    platform
        .keyed
        .iter()
        .filter_map(|shape| {
            let key =
                (shape.key.clone(), shape.fields.value_at(&shape.key, old)?, shape.fields.value_at(&shape.key, new)?);
            let twins: Vec<_> =
                shape.fields.differences(old, new).into_iter().filter(|(path, _, _)| *path != shape.key).collect();
            (key.1 != key.2 || !twins.is_empty()).then(|| Rewritten {
                collection: shape.collection.clone(),
                key,
                twins,
            })
        })
        .collect()
}
