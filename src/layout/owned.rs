//! What of a database's catalog belongs to a tenant.

use crate::domain::catalog::{CollectionInfo, CollectionKind};
use crate::domain::plan::Covered;

/// What a tenant has under its name.
#[derive(Debug, Default)]
pub struct Owned<'a> {
    /// Its collections.
    pub collections: Vec<&'a CollectionInfo>,
    /// Views of somebody else's making.
    pub views: Vec<&'a CollectionInfo>,
    /// Things that cannot be renamed.
    pub immovable: Vec<&'a CollectionInfo>,
}

/// Sorts out which entries of the catalog belong to a tenant.
pub fn owned<'a>(catalog: &'a [CollectionInfo], names: &Covered) -> Owned<'a> {
    let mut owned = Owned::default();
    for info in catalog.iter().filter(|info| names.covers(&info.name) && info.sentry_of().is_none()) {
        match info.kind {
            CollectionKind::Collection => owned.collections.push(info),
            CollectionKind::View => owned.views.push(info),
            CollectionKind::Other => owned.immovable.push(info),
        }
    }
    owned
}
