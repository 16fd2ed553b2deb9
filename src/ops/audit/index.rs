//! The indexes that questions about the audit trail need.

use std::time::Duration;

use bson::{Bson, Document, doc};
use serde::Serialize;

use super::page::serves;
use crate::domain::audit::{Deed, Trail};
use crate::domain::description::IndexShape;
use crate::domain::template::Vars;
use crate::error::Result;
use crate::ops::{Consent, House};
use crate::store::Pen;

/// How long the server may build: collections of this kind are large.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// An index that is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missing {
    /// The name that it gets.
    pub name: String,
    /// Its fields and directions.
    pub keys: Document,
    /// What `createIndexes` takes.
    #[serde(skip)]
    spec: Document,
}

/// What would be made.
#[derive(Debug, Clone, Serialize)]
pub struct Indexing {
    /// `database.collection` of the trail.
    pub collection: String,
    /// The indexes that are missing.
    pub missing: Vec<Missing>,
    /// How many entries there are, roughly.
    pub entries: u64,
}

impl House<'_> {
    /// Which of the indexes that questions need are missing: by tenant and time; `by_time` also by time alone.
    ///
    /// # Errors
    /// What the server says.
    pub async fn plan_indexing(&self, trail: &Trail, by_time: bool) -> Result<Indexing> {
        let ns = self.trail_ns(trail);
        let (there, entries) = tokio::join!(self.store.indexes(&ns), self.store.rough_count(&ns));
        let there = there.map_err(|failure| failure.into_error("reading the indexes of the audit trail"))?;
        let mut wanted: Vec<Option<&str>> = trail.tenant.as_deref().map(Some).into_iter().collect();
        wanted.extend((by_time || wanted.is_empty()).then_some(None));
        let described = self.platform.audit.iter().flat_map(|shape| &shape.indexes).map(IndexShape::spec);
        let described: Vec<Document> = described.collect();
        let missing = wanted
            .into_iter()
            .filter(|tenant| !there.iter().any(|index| serves(index, *tenant, &trail.time)))
            .map(|tenant| {
                let described = described.iter().find(|spec| serves(spec, tenant, &trail.time)).cloned();
                missing(described.unwrap_or_else(|| plainest(tenant, &trail.time)), &there)
            })
            .collect();
        Ok(Indexing { collection: ns.to_string(), missing, entries: entries? })
    }

    /// Makes the indexes that are missing. That they are made is recorded first: where it cannot be, none is.
    ///
    /// # Errors
    /// `E0805` on a sharded cluster; what kept the entry from being written, or the server from building.
    pub async fn index_trail(&self, trail: &Trail, plan: &Indexing, _consent: &Consent) -> Result<()> {
        self.store.require_writable_topology()?;
        if plan.missing.is_empty() {
            return Ok(());
        }
        self.interrupt.engage();
        let names: Vec<&str> = plan.missing.iter().map(|missing| missing.name.as_str()).collect();
        let deed = Deed::new("audit.indexed", doc! { "collection": &trail.collection, "indexes": names.clone() })
            .changing(Bson::Null, doc! { "indexes": names });
        let doing = "recording the change in the audit trail, so no index was made";
        self.put_on_record(&deed, Vars::new(), doing).await?;
        let ns = self.trail_ns(trail);
        let specs: Vec<Document> = plan.missing.iter().map(|missing| missing.spec.clone()).collect();
        let command = doc! { "createIndexes": &ns.coll, "indexes": specs };
        Pen::free(self.store).run_long(&ns.db, command, LONGEST).await.map(drop).map_err(|failure| {
            let error = failure.into_error("making an index that is recorded in the audit trail already");
            error.after_changes().next("flowbit audit index   # looks, and makes what is missing")
        })
    }
}

/// The index by tenant and time that a description does not have.
fn plainest(tenant: Option<&str>, time: &str) -> Document {
    let mut keys = Document::new();
    if let Some(tenant) = tenant {
        keys.insert(tenant, 1);
    }
    keys.insert(time, -1);
    IndexShape { keys, unique: false }.spec()
}

/// An index of the name that it usually has, or of another where one that does not serve has it.
fn missing(mut spec: Document, there: &[Document]) -> Missing {
    let mut name = spec.get_str("name").unwrap_or_default().to_owned();
    while there.iter().any(|index| index.get_str("name").is_ok_and(|taken| taken == name)) {
        name.push_str("_flowbit");
    }
    spec.insert("name", name.as_str());
    Missing { name, keys: spec.get_document("key").cloned().unwrap_or_default(), spec }
}
