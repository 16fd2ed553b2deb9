//! Taking back everything that was made before a moment: the tokens of an account, or of an organization.

use bson::{Bson, DateTime, Document, doc};

use super::{Entry, REVOKED, TOKENS, remembered};
use crate::domain::description::RecordShape;
use crate::domain::plan::Change;
use crate::domain::record::OpId;
use crate::domain::template::{Var, Vars, plain};
use crate::domain::token::Use;
use crate::error::Result;
use crate::ops::House;

/// Whose tokens are taken back.
#[derive(Debug, Clone, PartialEq)]
pub enum Whom {
    /// One account's of an organization: identifiers of both.
    User {
        /// The organization; null for the platform's owners.
        org: Bson,
        /// The account.
        account: Bson,
    },
    /// Everybody's of an organization.
    Org(Bson),
}

impl Whom {
    /// What the entry is known by.
    pub fn entry(&self) -> String {
        match self {
            Whom::User { org: Bson::Null, account } => format!("core:{}", plain(account)),
            Whom::User { org, account } => format!("user:{}:{}", plain(org), plain(account)),
            Whom::Org(org) => format!("org:{}", plain(org)),
        }
    }
}

impl House<'_> {
    /// Takes back all tokens that were made before now; nothing where the platform has no tokens.
    ///
    /// A log-in a moment later is not concerned: seconds are what tokens count in, so the second of the cut itself is.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn cut_off(&self, whom: &Whom, op: &OpId, now: DateTime) -> Result<Vec<Change>> {
        let Some(shape) = &self.platform.token else { return Ok(Vec::new()) };
        let fields = doc! {
            "actor": &self.actor, "reason": self.reason.clone().map_or(Bson::Null, Bson::String), "operation": op.as_str(),
        };
        // Not the moment of the plan: it may wait at a prompt, or in the journal, while the backend gives tokens out.
        let lasts = remembered(self.last_token(now)).timestamp_millis().saturating_sub(now.timestamp_millis());
        let mut changes = vec![Change::Cut { ns: self.master(REVOKED), id: whom.entry(), fields, lasts }];
        let mut mine = match whom {
            Whom::User { org, account } => doc! { "org": org.clone(), "account": account.clone() },
            Whom::Org(org) => doc! { "org": org.clone() },
        };
        mine.insert("revoked", Bson::Null);
        if shape.revocations.is_some() {
            // The backend knows tokens one by one.
            for stored in self.store.find(&self.master(TOKENS), mine.clone(), None, None).await? {
                if let Some(entry) = Entry::read(&stored).filter(|entry| entry.wanted == Use::Access) {
                    changes.extend(self.tell_platform(shape, &entry).await?);
                }
            }
        }
        changes.push(Change::Set { ns: self.master(TOKENS), filter: mine, set: doc! { "revoked": now } });
        let vars = match whom {
            Whom::User { account, .. } => Vars::from([(Var::AccountId, account.clone())]),
            Whom::Org(org) => Vars::from([(Var::OrgId, org.clone())]),
        };
        changes.extend(shape.refresh_store.as_ref().and_then(|store| self.end_stored(store, &vars)));
        Ok(changes)
    }

    /// Ends the entries of the platform's own store of refresh tokens that carry one of these values.
    pub(super) fn end_stored(&self, store: &RecordShape, vars: &Vars) -> Option<Change> {
        let (path, value) = vars.keys().find_map(|var| {
            let path = store.fields.path_of(*var)?;
            Some((path, store.fields.value_at(path, vars)?))
        })?;
        let ns = self.master(&store.collection);
        let filter = Document::from_iter([(path.to_owned(), value)]);
        Some(match &store.state {
            Some(state) => {
                let set = Document::from_iter([(state.field.clone(), state.inactive.clone())]);
                Change::Set { ns, filter, set }
            }
            None => Change::Delete { ns, filter },
        })
    }
}
