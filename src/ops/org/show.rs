//! Everything about one organization.

use bson::{Bson, doc};
use serde::Serialize;

use super::kept::{KeptFor, org_entry};
use crate::domain::catalog::{CollectionInfo, StoreStats};
use crate::domain::fields;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::journal::OPS;
use crate::layout::Home;
use crate::ops::House;
use crate::store::documents::carries;

/// One collection of an organization.
#[derive(Debug, Clone, Serialize)]
pub struct CollectionRow {
    /// Its name.
    pub name: String,
    /// Its identity.
    pub uuid: Option<String>,
    /// How much is in it.
    #[serde(flatten)]
    pub stats: StoreStats,
}

/// One organization.
#[derive(Debug, Clone, Serialize)]
pub struct OrgView {
    /// Name.
    pub name: String,
    /// Identifier.
    pub id: String,
    /// `active`.
    pub state: &'static str,
    /// Slug.
    pub slug: String,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// Its collections.
    pub collections: Vec<CollectionRow>,
    /// All collections together.
    pub total: StoreStats,
    /// E-mails of its administrators.
    pub admins: Vec<String>,
    /// Number of its accounts.
    pub accounts: u64,
    /// Names it had, which still lead to it.
    pub aliases: Vec<String>,
    /// The operation that is open on it.
    pub open_operation: Option<String>,
}

impl House<'_> {
    /// Everything about one organization.
    ///
    /// # Errors
    /// `E0201`.
    pub async fn show(&self, typed: &str) -> Result<(OrgView, Vec<String>)> {
        let orgs = self.orgs().await?;
        let org = self.load_org(&orgs, typed).await?;
        let catalog = self.home_catalog(&org.home).await?;
        let owned = self.owned(&catalog, org, &orgs).await?;
        let mut warnings = Vec::new();
        let what = match org.home {
            Home::Database(_) => "database",
            Home::Collections(_) | Home::Shared(_) => "collection",
        };
        let frozen = catalog.iter().find_map(|info| info.name.strip_prefix("fb_src_").filter(|_| info.uuid.is_some()));
        if let (true, Some(op)) = (owned.collections.is_empty(), frozen.and_then(|rest| rest.split('_').next())) {
            warnings.push(format!(
                "operation {op} is copying it: reads go on, writes are refused, and its collections are out of the way meanwhile"
            ));
        } else if owned.collections.is_empty() && !matches!(org.home, Home::Shared(_)) {
            warnings.push(format!("its record names {} and there is no such {what}", org.home.as_text()));
        }
        if let Some(twin) = orgs.iter().find(|other| other.id != org.id && other.home == org.home) {
            warnings.push(format!("it shares {} with {:?}", org.home.as_text(), twin.name.as_str()));
        }
        let (collections, total) = self.sizes(org, owned.collections).await?;
        let (admins, accounts) = self.admins(org).await?;
        if admins.is_empty() {
            warnings.push("nobody can administer it: there is no account with the administrator's role".to_owned());
        }
        let aliases = self.kept_where(doc! { "org": org.id.clone(), "_id": { "$regex": "^name:" } }).await?;
        let open = self
            .store
            .find_one(&self.master(OPS), doc! { "open": true, "reserves": org_entry(&org.id) }, Some(doc! { "_id": 1 }))
            .await?;
        let created = self.created_path();
        let view = OrgView {
            name: org.name.as_str().to_owned(),
            id: plain(&org.id),
            state: "active",
            slug: org.slug.as_str().to_owned(),
            created: created
                .and_then(|path| fields::get(&org.document, path))
                .filter(|v| matches!(v, Bson::DateTime(_)))
                .map(plain),
            collections,
            total,
            admins,
            accounts,
            aliases: aliases.into_iter().filter(|kept| kept.kind == KeptFor::Alias).map(|kept| kept.name).collect(),
            open_operation: open.and_then(|record| record.get_str("_id").ok().map(str::to_owned)),
        };
        Ok((view, warnings))
    }

    /// How much each of its collections holds, or its part of the shared ones; and all together.
    async fn sizes(&self, org: &super::Org, own: Vec<&CollectionInfo>) -> Result<(Vec<CollectionRow>, StoreStats)> {
        let mut rows = Vec::new();
        for info in own {
            let stats = self.store.stats(&self.at_home(&org.home, &info.name)).await?;
            rows.push(CollectionRow { name: info.name.clone(), uuid: info.uuid.map(|uuid| uuid.to_string()), stats });
        }
        for fence in self.keyed_of(org) {
            let filter = carries(&fence.path, &fence.value);
            let (documents, bytes, _) = self.store.measure(&fence.ns, filter).await?;
            let stats = StoreStats { documents, bytes, indexes: 0 };
            rows.push(CollectionRow { name: fence.ns.coll, uuid: None, stats });
        }
        let mut total = StoreStats::default();
        rows.iter().for_each(|row| total += row.stats);
        Ok((rows, total))
    }

    async fn admins(&self, org: &super::Org) -> Result<(Vec<String>, u64)> {
        let shape = &self.platform.account;
        let Some(email) = shape.fields.path_of(Var::Email) else { return Ok((Vec::new(), 0)) };
        let Some((ns, mine)) = self.accounts(org) else {
            let only: Vec<String> = fields::get(&org.document, email).map(plain).into_iter().collect();
            let accounts = only.len() as u64;
            return Ok((only, accounts));
        };
        let accounts = self.store.count(&ns, mine.clone()).await?;
        let mut filter = mine;
        if let Some(role) = shape.fields.path_of(Var::Role) {
            filter.insert(role, &shape.admin_role);
        }
        let mut projection = bson::Document::new();
        projection.insert(email, 1);
        let found = self.store.find(&ns, filter, Some(projection), Some(doc! { "_id": 1 })).await?;
        Ok((found.iter().filter_map(|account| fields::get(account, email).map(plain)).collect(), accounts))
    }
}
