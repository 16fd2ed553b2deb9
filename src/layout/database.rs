//! Layout `database`: one database per tenant. Whatever is in it is the tenant's.

use bson::{Bson, Document};

use crate::domain::description::{Description, IndexShape};
use crate::domain::naming::{Slug, check_collection, check_database};
use crate::domain::plan::Covered;
use crate::domain::template::{Var, Vars};
use crate::error::Result;

/// The database of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct DatabaseName(String);

impl DatabaseName {
    /// The name that the platform's rule gives.
    pub fn derived(platform: &Description, slug: &Slug) -> Self {
        let vars = Vars::from([(Var::Slug, Bson::String(slug.as_str().to_owned()))]);
        Self(platform.store.database.as_ref().map(|template| template.text_with(&vars)).unwrap_or_default())
    }

    /// The name that stands in the organization's record.
    pub fn stored(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Every collection in it but flowbit's own.
    pub fn covered() -> Covered {
        Covered { prefix: String::new(), suffix: String::new(), by_kind: true, others: Vec::new(), never: Vec::new() }
    }

    /// The collections a new tenant gets, with their indexes.
    pub fn expected(platform: &Description) -> Vec<(String, Vec<Document>)> {
        let specs = |indexes: &[IndexShape]| indexes.iter().map(IndexShape::spec).collect::<Vec<_>>();
        platform.store.kinds.iter().map(|kind| (kind.name.clone(), specs(&kind.indexes))).collect()
    }

    /// Checks that MongoDB takes the name, and that every collection fits into a namespace with it.
    ///
    /// # Errors
    /// `E0102`.
    pub fn check(&self, platform: &Description) -> Result<()> {
        check_database(&self.0)?;
        Self::expected(platform).iter().try_for_each(|(name, _)| check_collection(&self.0, name))
    }
}
