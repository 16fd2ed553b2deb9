//! Tokens: what flowbit issued is remembered by digest, what was taken back stands where it can be looked up.

pub mod check;
mod cut;
mod entry;
pub mod issue;
mod lookup;
pub mod mint;
pub mod read;
pub mod refresh;
pub mod revoke;
mod subject;
pub mod verdict;
pub mod verify;

pub use cut::Whom;
pub use entry::{Entry, Stands};
pub use subject::Subject;

use bson::{Bson, DateTime, Document, doc};

use crate::domain::description::{IndexShape, RecordShape, TokenCheck};
use crate::domain::fields::Fields;
use crate::domain::plan::{Change, Namespace};
use crate::domain::template::{Var, Vars, plain};
use crate::error::Result;
use crate::ops::House;
use crate::store::Pen;

/// The tokens that flowbit issued: digests and facts, never a token. Entries end with the token.
pub const TOKENS: &str = "flowbit_tokens";

/// What was taken back. Entries end when no token that they concern can be good any more.
pub const REVOKED: &str = "flowbit_revoked";

/// Seconds that what was taken back is remembered longer than a token could be good: clocks differ, and the server deletes
/// by its own.
const MARGIN: i64 = 3600;

/// Until when it is remembered that tokens which end at a moment were taken back.
fn remembered(ends: DateTime) -> DateTime {
    DateTime::from_millis(ends.timestamp_millis().saturating_add(MARGIN * 1000))
}

/// The filter that finds a token in one of the platform's own stores, by its identifier or its digest.
fn known_by(store: &RecordShape, id: &str, hash: &str) -> Option<Document> {
    let vars = Vars::from([(Var::TokenId, Bson::from(id)), (Var::TokenHash, Bson::from(hash))]);
    let path = [Var::TokenHash, Var::TokenId].iter().find_map(|var| store.fields.path_of(*var))?;
    Some(Document::from_iter([(path.to_owned(), store.fields.value_at(path, &vars)?)]))
}

/// An index that deletes an entry when the moment in this field has come.
fn ends_at(path: &str) -> Document {
    doc! { "key": { path: 1 }, "name": format!("{path}_ends"), "expireAfterSeconds": 0 }
}

/// What a rename, or the end of an organization, means for tokens.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Aftermath {
    /// How many living tokens that flowbit issued carry what is not true any more.
    pub known: u64,
    /// When the last of them ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_until: Option<String>,
    /// When the last token that the backend itself gave out before ends, at the latest.
    pub others_until: String,
    /// Whether the backend goes on accepting tokens of accounts that are not in force any more.
    pub accepted: bool,
}

impl House<'_> {
    /// When the last token that was made until now ends, at the latest.
    pub(in crate::ops) fn last_token(&self, now: DateTime) -> DateTime {
        let seconds =
            self.platform.token.as_ref().map_or(0, |shape| i64::try_from(shape.longest()).unwrap_or_default());
        DateTime::from_millis(now.timestamp_millis().saturating_add(seconds.saturating_mul(1000)))
    }

    /// Where a rename changes what an organization is known by, its tokens are remembered under that, and what was taken
    /// back under both.
    pub(in crate::ops) async fn tokens_move(&self, from: &Bson, to: &Bson) -> Result<Vec<Change>> {
        if self.platform.token.is_none() || from == to {
            return Ok(Vec::new());
        }
        let mut changes = vec![Change::Rewrite {
            ns: self.master(TOKENS),
            filter: Document::new(),
            path: "org".to_owned(),
            from: from.clone(),
            to: to.clone(),
            must: false,
        }];
        let (old, users) = (Whom::Org(from.clone()).entry(), format!("user:{}:", plain(from)));
        for mut entry in self.store.find(&self.master(REVOKED), Document::new(), None, None).await? {
            let id = entry.get_str("_id").unwrap_or_default().to_owned();
            let new = match id.strip_prefix(&users) {
                Some(account) => format!("user:{}:{account}", plain(to)),
                None if id == old => Whom::Org(to.clone()).entry(),
                None => continue,
            };
            entry.insert("_id", new);
            changes.push(Change::Put { ns: self.master(REVOKED), document: entry });
        }
        Ok(changes)
    }

    /// What is remembered of the tokens of an organization that goes for good.
    pub(in crate::ops) fn tokens_forgotten(&self, org: &Bson) -> Vec<Change> {
        let Some(shape) = &self.platform.token else { return Vec::new() };
        let mut changes = vec![Change::Delete { ns: self.master(TOKENS), filter: doc! { "org": org.clone() } }];
        if let Some(store) = &shape.refresh_store
            && let Some(path) = store.fields.path_of(Var::OrgId)
            && let Some(value) = store.fields.value_at(path, &Vars::from([(Var::OrgId, org.clone())]))
        {
            let filter = Document::from_iter([(path.to_owned(), value)]);
            changes.push(Change::Delete { ns: self.master(&store.collection), filter });
        }
        changes
    }

    /// Which tokens still carry an organization's old name after a rename; none where tokens carry no name.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn after_rename_tokens(&self, org: &str) -> Result<Option<Aftermath>> {
        let Some(shape) = &self.platform.token else { return Ok(None) };
        let named = |fields: &Fields| {
            fields.iter().any(|(path, _)| fields.only_at(path).is_some_and(|var| lookup::OF_NAME.contains(&var)))
        };
        if !named(&shape.claims) && !shape.refresh_claims.as_ref().is_some_and(named) {
            return Ok(None);
        }
        let orgs = self.orgs_briefly().await?;
        let id = self.load_org(&orgs, org).await?.id.clone();
        let stale = self.tokens(&revoke::Asked { org: Some(id), stale: true, ..revoke::Asked::default() }).await?;
        let last = stale.iter().map(|listed| listed.entry.expires).max();
        Ok(Some(self.aftermath(stale.len(), last)))
    }

    fn aftermath(&self, known: usize, last: Option<DateTime>) -> Aftermath {
        let text = |at: DateTime| at.try_to_rfc3339_string().unwrap_or_default();
        Aftermath {
            known: u64::try_from(known).unwrap_or_default(),
            known_until: last.map(text),
            others_until: text(self.last_token(DateTime::now())),
            accepted: self.platform.token.as_ref().is_some_and(|shape| {
                !shape.is_checked(TokenCheck::Enabled) && !shape.is_checked(TokenCheck::Organization)
            }),
        }
    }

    /// Which tokens of an organization were good until it was deleted; none where the platform has no tokens.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn before_delete_tokens(&self, org: &str) -> Result<Option<Aftermath>> {
        if self.platform.token.is_none() {
            return Ok(None);
        }
        let orgs = self.orgs_briefly().await?;
        let id = self.load_org(&orgs, org).await?.id.clone();
        let living = self.tokens(&revoke::Asked { org: Some(id), ..revoke::Asked::default() }).await?;
        let last = living.iter().map(|listed| listed.entry.expires).max();
        Ok(Some(self.aftermath(living.len(), last)))
    }

    /// Makes the collections of tokens with the indexes by which their entries end, where they are missing.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn ensure_tokens(&self) -> Result<()> {
        let Some(shape) = &self.platform.token else { return Ok(()) };
        let mut places = vec![
            (
                self.master(TOKENS),
                vec![
                    ends_at("expires"),
                    doc! { "key": { "hash": 1 }, "name": "hash_1" },
                    doc! { "key": { "org": 1 }, "name": "org_1" },
                    doc! { "key": { "family": 1 }, "name": "family_1" },
                    doc! { "key": { "key": 1 }, "name": "key_1" },
                ],
            ),
            (self.master(REVOKED), vec![ends_at("until")]),
        ];
        for store in shape.refresh_store.iter().chain(&shape.revocations) {
            // The platform made it, with indexes of its own choice: it is not for us to let its documents end by age.
            if self.store.at(&self.master(&store.collection)).await?.is_some() {
                continue;
            }
            let mut specs: Vec<Document> = store.indexes.iter().map(IndexShape::spec).collect();
            specs.extend(store.fields.path_of(Var::TokenExpires).map(ends_at));
            places.push((self.master(&store.collection), specs));
        }
        for (ns, specs) in places {
            self.ensure_indexed(&ns, specs).await?;
        }
        Ok(())
    }

    /// Makes the indexes that are missing, by what they are on.
    async fn ensure_indexed(&self, ns: &Namespace, specs: Vec<Document>) -> Result<()> {
        let there = self.store.indexes(ns).await?;
        let same =
            |spec: &Document| there.iter().any(|index| index.get_document("key").ok() == spec.get_document("key").ok());
        let missing: Vec<Document> = specs.into_iter().filter(|spec| !same(spec)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let doing = format!("creating indexes of {ns}");
        Pen::free(self.store).create_indexes(ns, &missing).await.map_err(|failure| failure.into_error(&doing))
    }
}
