//! Layout `collection`: one collection per tenant, or one per tenant and kind, inside the master database.
//!
//! A collection belongs to a tenant by its whole name, or by a prefix that ends where the kind begins; where two
//! tenants' prefixes match, the longer one owns it. `org_amazon` never owns what belongs to `org_amazon_global`.

use bson::{Bson, Document};

use crate::domain::description::{Description, IndexShape};
use crate::domain::naming::{Slug, check_collection};
use crate::domain::plan::Covered;
use crate::domain::template::{Var, Vars};
use crate::error::Result;

/// The collections of one tenant, by name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StoreName {
    /// The whole name, or the part before the kind.
    prefix: String,
    /// The part after the kind.
    suffix: String,
    /// Whether there are kinds.
    by_kind: bool,
}

impl StoreName {
    /// The name that the platform's rule gives.
    pub fn derived(platform: &Description, slug: &Slug) -> Self {
        let vars = Vars::from([(Var::Slug, Bson::String(slug.as_str().to_owned()))]);
        let Some(template) = &platform.store.collection else { return Self::stored("") };
        match template.split_at(Var::Kind, &vars) {
            Some((prefix, suffix)) => Self { prefix, suffix, by_kind: true },
            None => Self { prefix: template.text_with(&vars), suffix: String::new(), by_kind: false },
        }
    }

    /// The name that stands in the organization's record.
    pub fn stored(name: &str) -> Self {
        Self { prefix: name.to_owned(), suffix: String::new(), by_kind: false }
    }

    /// The text by which it is shown, and written where a record repeats it.
    pub fn as_text(&self) -> String {
        if self.by_kind { format!("{}*{}", self.prefix, self.suffix) } else { self.prefix.clone() }
    }

    /// The names of collections that are this tenant's, among those of all others.
    pub fn covered<'a>(&self, others: impl IntoIterator<Item = &'a StoreName>, never: &[String]) -> Covered {
        let others = others.into_iter().filter(|other| other.by_kind);
        Covered {
            prefix: self.prefix.clone(),
            suffix: self.suffix.clone(),
            by_kind: self.by_kind,
            others: others.map(|o| (o.prefix.clone(), o.suffix.clone())).collect(),
            never: never.to_vec(),
        }
    }

    /// The name of the collection of a kind; of the only one where there are none.
    pub fn of_kind(&self, kind: Option<&str>) -> String {
        if self.by_kind {
            format!("{}{}{}", self.prefix, kind.unwrap_or_default(), self.suffix)
        } else {
            self.prefix.clone()
        }
    }

    /// The collection's name under another name of the tenant.
    pub fn renamed(&self, collection: &str, to: &StoreName) -> String {
        if !self.by_kind {
            return to.prefix.clone();
        }
        let kind = collection
            .strip_prefix(&self.prefix)
            .and_then(|rest| rest.strip_suffix(&self.suffix))
            .unwrap_or(collection);
        format!("{}{kind}{}", to.prefix, to.suffix)
    }

    /// The collections a new tenant gets, with their indexes.
    pub fn expected(&self, platform: &Description) -> Vec<(String, Vec<Document>)> {
        let specs = |indexes: &[IndexShape]| indexes.iter().map(IndexShape::spec).collect::<Vec<_>>();
        if self.by_kind {
            platform
                .store
                .kinds
                .iter()
                .map(|kind| (format!("{}{}{}", self.prefix, kind.name, self.suffix), specs(&kind.indexes)))
                .collect()
        } else {
            vec![(self.prefix.clone(), specs(&platform.store.indexes))]
        }
    }

    /// Checks that every collection of this name fits into a namespace.
    ///
    /// # Errors
    /// `E0102`.
    pub fn check(&self, platform: &Description, database: &str) -> Result<()> {
        self.expected(platform).iter().try_for_each(|(name, _)| check_collection(database, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::{CollectionInfo, CollectionKind};
    use crate::layout::owned;

    fn info(name: &str) -> CollectionInfo {
        CollectionInfo { name: name.to_owned(), kind: CollectionKind::Collection, uuid: None, options: Document::new() }
    }

    fn by_kind(prefix: &str) -> StoreName {
        StoreName { prefix: prefix.to_owned(), suffix: String::new(), by_kind: true }
    }

    #[test]
    fn a_prefix_of_a_name_owns_nothing_of_it() {
        let catalog = [info("org_amazon"), info("org_amazon_global")];
        let mine = StoreName::stored("org_amazon");
        let names: Vec<_> = owned(&catalog, &mine.covered(&[StoreName::stored("org_amazon_global")], &[]))
            .collections
            .iter()
            .map(|i| &i.name)
            .collect();
        assert_eq!(names, ["org_amazon"]);
    }

    #[test]
    fn the_longer_prefix_owns() {
        let catalog = [info("org_a_tickets"), info("org_a_b_tickets")];
        let owned = owned(&catalog, &by_kind("org_a_").covered(&[by_kind("org_a_b_")], &[]));
        assert_eq!(owned.collections.len(), 1);
        let never = ["org_a_users".to_owned()];
        let names = by_kind("org_a_").covered(&[], &never);
        assert!(names.covers("org_a_tickets") && !names.covers("org_a_users") && !names.covers("org_a_"));
        assert!(!by_kind("flowbit_").covered(&[], &[]).covers("flowbit_ops"));
        assert_eq!(by_kind("org_a_").renamed("org_a_tickets", &by_kind("org_z_")), "org_z_tickets");
    }
}
