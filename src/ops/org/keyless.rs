//! Tenants that are no documents: they exist because something carries their key.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};

use super::find::{Org, TOMBSTONE};
use super::kept::KeptFor;
use crate::domain::description::AccountPlace;
use crate::domain::naming::{OrgName, Slug};
use crate::domain::plan::Namespace;
use crate::domain::registry::Registry;
use crate::domain::template::Var;
use crate::error::Result;
use crate::layout::Home;
use crate::ops::House;
use crate::store::file;

impl House<'_> {
    /// Tenants that are no documents: there is one for every key that something carries, and for every entry of the
    /// registry. Keys of deleted tenants and old keys of renamed ones are nobody's.
    pub(super) async fn orgs_by_key(&self) -> Result<Vec<Org>> {
        let mut names: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut places: Vec<(Namespace, String)> =
            self.platform.keyed.iter().map(|shape| (self.master(&shape.collection), shape.key.clone())).collect();
        if self.platform.account.place == AccountPlace::Master
            && let Some(link) = self.platform.account_link_path()
        {
            places.push((self.master(&self.platform.account.collection), link.to_owned()));
        }
        for (ns, path) in &places {
            let found = self.store.distinct(ns, path).await.map_err(|f| f.into_error("reading the tenant keys"))?;
            names.extend(found.into_iter().filter_map(|key| Some((key.as_str()?.to_owned(), None))));
        }
        let by_slug = self.platform.tenant_key() == Some(Var::Slug);
        if by_slug {
            self.add_display_names(&mut names).await?;
        }
        if let Some(path) = &self.registry
            && let Some(text) = file::read(path)?
            && let Ok(registry) = Registry::parse(&path.display().to_string(), &text)
        {
            for tenant in registry.tenants() {
                let known = names.contains_key(&tenant) || names.values().flatten().any(|name| *name == tenant);
                if !known {
                    names.insert(tenant, None);
                }
            }
        }
        let kept = self.kept_where(doc! { "_id": { "$regex": "^name:" } }).await?;
        let gone = |key: &str| {
            key.starts_with(TOMBSTONE)
                || kept.iter().any(|kept| match kept.kind {
                    KeptFor::Alias => kept.key.as_deref() == Some(key),
                    KeptFor::Deleted | KeptFor::Purging => kept.org.as_str() == Some(key),
                    KeptFor::Backup => false,
                })
        };
        let mut orgs: Vec<Org> = names
            .into_iter()
            .filter(|(key, _)| !key.is_empty() && !gone(key))
            .map(|(key, display)| self.org_by_key(&key, display.as_deref()))
            .collect();
        orgs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(orgs)
    }

    /// Where the key is a slug, accounts or documents may say what the tenant is called.
    async fn add_display_names(&self, names: &mut BTreeMap<String, Option<String>>) -> Result<()> {
        let accounts = &self.platform.account;
        let of_accounts = self.platform.account_link_path().zip(accounts.fields.path_of(Var::Name));
        let mut places: Vec<(&str, &str, &str)> =
            of_accounts.iter().map(|(key, name)| (accounts.collection.as_str(), *key, *name)).collect();
        for shape in &self.platform.keyed {
            if let Some(name) = shape.fields.path_of(Var::Name) {
                places.push((&shape.collection, &shape.key, name));
            }
        }
        for (collection, key, name) in places {
            for (key, name) in self.store.first_by(&self.master(collection), key, name).await? {
                names.insert(key, Some(name));
            }
        }
        Ok(())
    }

    /// The tenant of a key, whoever carries it.
    pub(in crate::ops) fn org_by_key(&self, key: &str, display: Option<&str>) -> Org {
        let name = OrgName::stored(display.unwrap_or(key));
        let slug = match self.platform.tenant_key() {
            Some(Var::Slug) => Slug::stored(key),
            _ => self.platform.naming.slug_of(name.as_str()),
        };
        let id = Bson::String(key.to_owned());
        let home = Home::derived(self.platform, &slug, &self.vars_of(&id, &name, &slug));
        Org { id, name, slug, home, document: Document::new() }
    }
}
