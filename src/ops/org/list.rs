//! Which organizations there are.

use bson::{Bson, DateTime, doc};
use serde::Serialize;

use crate::domain::Layout;
use crate::domain::fields;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::ops::House;

/// One organization in a list.
#[derive(Debug, Clone, Serialize)]
pub struct OrgRow {
    /// Name.
    pub name: String,
    /// Identifier.
    pub id: String,
    /// `active`, or `deleted` with the time until which it can be restored.
    pub state: &'static str,
    /// Its collections, by name.
    pub store: String,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// Until when it can be restored, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restorable_until: Option<String>,
}

impl House<'_> {
    /// The living organizations, by name. One read, whatever their number.
    pub async fn list(&self) -> Result<Vec<OrgRow>> {
        let created = self.created_path();
        let row = |org: super::Org| OrgRow {
            name: org.name.as_str().to_owned(),
            id: plain(&org.id),
            state: "active",
            store: org.home.as_text(),
            created: created
                .and_then(|path| fields::get(&org.document, path))
                .filter(|v| matches!(v, Bson::DateTime(_)))
                .map(plain),
            restorable_until: None,
        };
        Ok(self.orgs_briefly().await?.into_iter().map(row).collect())
    }

    /// The path at which a record says when it was made.
    pub(super) fn created_path(&self) -> Option<&str> {
        self.platform.organization.as_ref()?.fields.path_of(Var::Now)
    }

    /// The names of the deleted organizations whose time for a restore is over.
    pub async fn expired(&self) -> Result<Vec<String>> {
        let filter = doc! { "_id": { "$regex": "^name:" }, "kind": "deleted", "until": { "$lte": DateTime::now() } };
        Ok(self.kept_where(filter).await?.into_iter().map(|kept| kept.name).collect())
    }

    /// The deleted organizations that can be restored.
    pub async fn list_deleted(&self) -> Result<Vec<OrgRow>> {
        let kept =
            self.kept_where(doc! { "_id": { "$regex": "^name:" }, "kind": { "$in": ["deleted", "purging"] } }).await?;
        let row = |kept: super::kept::Kept| OrgRow {
            name: kept.name.clone(),
            id: plain(&kept.org),
            state: if kept.kind == super::kept::KeptFor::Purging { "purging" } else { "deleted" },
            store: match self.platform.layout {
                Layout::Shared => format!("{}{}", super::find::TOMBSTONE, kept.op),
                Layout::Collection | Layout::Database => format!("fb_trash_{}_*", kept.op),
            },
            created: None,
            restorable_until: Some(plain(&Bson::DateTime(kept.until))),
        };
        Ok(kept.into_iter().map(row).collect())
    }
}
