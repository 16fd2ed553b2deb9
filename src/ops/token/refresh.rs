//! Refreshing: each refresh token is good once. Whoever comes with a used one is a second person with the same token,
//! and the log-in that it comes from ends for both.

use std::time::{Duration, Instant};

use bson::{Bson, DateTime, Document, doc};

use super::check::{Expect, Keys};
use super::entry::{Entry, Stands};
use super::issue::{Issued, SAME_SECOND, Wish, too_many};
use super::mint::digest;
use super::{Subject, TOKENS};
use crate::domain::audit::{Deed, Kind};
use crate::domain::description::TokenShape;
use crate::domain::plan::Change;
use crate::domain::template::{Var, Vars};
use crate::domain::token::{Context, Reason, Use};
use crate::error::{Error, Result, code};
use crate::ops::{Consent, House, new_op};
use crate::store::Pen;
use crate::store::documents::apply;
use crate::store::failure::server;

/// How long what a faster one wrote may take until it can be read.
const SHOWS_WITHIN: Duration = Duration::from_secs(5);

/// The time between two looks for it.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl House<'_> {
    /// New tokens for a refresh token, which is used up by it.
    ///
    /// # Errors
    /// `E0404` with the reason; `E0405` when it was used before: its log-in is ended then.
    pub async fn refresh(
        &self,
        token: &str,
        shape: &TokenShape,
        keys: &Keys,
        wish: &Wish,
        leeway: i64,
        _: &Consent,
    ) -> Result<Issued> {
        self.store.require_writable_topology()?;
        self.ensure_tokens().await?;
        let entry = self.entry_of(token).await?;
        let now = DateTime::now();
        if let Some(entry) = entry.as_ref().filter(|entry| entry.stands(now) == Stands::Used) {
            return Err(self.end_family(shape, entry).await?);
        }
        let expect =
            Expect { wanted: Use::Refresh, context: None, now: now.timestamp_millis().div_euclid(1000), leeway };
        let verified = self.verify_token(token, shape, keys, expect).await?;
        if let Some(look) = verified.verdict.layers.iter().find(|look| look.reason.is_some() && !passes(look.reason)) {
            // Somebody was faster by the time between the two looks.
            return match (look.reason, &entry) {
                (Some(Reason::RefreshUsed), Some(entry)) => Err(self.end_family(shape, entry).await?),
                (reason, _) => Err(refused(reason, &look.detail)),
            };
        }
        let entry = entry.ok_or_else(|| {
            refused(
                Some(Reason::RefreshUnknown),
                "flowbit did not issue it; the backend's own refresh tokens are refreshed by the backend",
            )
        })?;
        let subject = self.subject_again(&entry).await?;
        self.rotate(&entry, &subject, shape, keys, wish).await
    }

    /// What flowbit remembers of a refresh token.
    async fn entry_of(&self, token: &str) -> Result<Option<Entry>> {
        let this = doc! { "hash": digest(token), "use": "refresh" };
        let stored = self.store.find_one(&self.master(TOKENS), this, None).await?;
        Ok(stored.as_ref().and_then(Entry::read))
    }

    /// The account of a token, as it is now.
    async fn subject_again(&self, entry: &Entry) -> Result<Subject> {
        let gone = |why: String| refused(Some(Reason::UserUnknown), &why);
        let org = match entry.context() {
            Context::Core => None,
            Context::Tenant => {
                let org = self.orgs_briefly().await?.into_iter().find(|org| org.id == entry.org);
                Some(org.ok_or_else(|| gone("its organization is gone".to_owned()))?)
            }
        };
        let subject = self.subject_of_entry(entry, org.as_ref()).await?;
        subject.ok_or_else(|| gone(format!("the account {} is gone", entry.email)))
    }

    async fn rotate(
        &self,
        entry: &Entry,
        subject: &Subject,
        shape: &TokenShape,
        keys: &Keys,
        wish: &Wish,
    ) -> Result<Issued> {
        self.require_fit(subject)?;
        let now = DateTime::now();
        for back in 0..SAME_SECOND {
            let op = new_op();
            let access = self.mint_access(subject, shape, keys, (now, shape.expires, back, &entry.family), wish)?;
            let refresh = self.mint_refresh(subject, shape, keys, (now, &entry.family), wish)?;
            // Of two who come at once one finds it used.
            let mut changes = vec![Change::Rewrite {
                ns: self.master(TOKENS),
                filter: doc! { "_id": &entry.id, "revoked": Bson::Null },
                path: "next".to_owned(),
                from: Bson::Null,
                to: Bson::from(refresh.1.id.as_str()),
                must: true,
            }];
            changes.push(self.remember(&access.1));
            changes.push(self.remember(&refresh.1));
            changes.extend(self.end_refresh(shape, entry));
            changes.extend(self.store_refresh(shape, &refresh.0, &refresh.1));
            changes.push(self.token_audit(
                "token.refreshed",
                subject,
                &op,
                now,
                &access.1,
                (Some(&refresh.1), Some(entry)),
            ));
            self.interrupt.engage();
            match apply(Pen::free(self.store), op.as_str(), &changes, None).await {
                Ok(()) => return Ok(Issued { access, refresh: Some(refresh) }),
                Err(failure) if failure.is_stale() => return Err(self.lost(shape, entry).await?),
                Err(failure) if failure.is(server::DUPLICATE_KEY) => {}
                Err(failure) => {
                    let doing =
                        "recording the new tokens, which were not given out; the refresh token may be used up by it";
                    return Err(failure.into_error(doing).after_changes());
                }
            }
        }
        Err(too_many())
    }

    /// Ends one refresh token in the platform's own store.
    pub(super) fn end_refresh(&self, shape: &TokenShape, entry: &Entry) -> Option<Change> {
        let store = shape.refresh_store.as_ref()?;
        let hash = (Var::TokenHash, Bson::from(entry.hash.as_str()));
        let id = (Var::TokenId, Bson::from(entry.id.as_str()));
        self.end_stored(store, &Vars::from([hash])).or_else(|| self.end_stored(store, &Vars::from([id])))
    }

    /// What ends a log-in with all its tokens.
    pub(super) async fn family_changes(
        &self,
        shape: &TokenShape,
        entry: &Entry,
        now: DateTime,
        op: &str,
    ) -> Result<Vec<Change>> {
        let mine = doc! { "family": &entry.family };
        let mut open = mine.clone();
        open.insert("revoked", Bson::Null);
        let mut changes = vec![
            self.taken_back(&format!("family:{}", entry.family), self.last_token(now), op),
            Change::Set { ns: self.master(TOKENS), filter: open, set: doc! { "revoked": now } },
        ];
        for stored in self.store.find(&self.master(TOKENS), mine, None, None).await? {
            let Some(entry) = Entry::read(&stored) else { continue };
            match entry.wanted {
                Use::Refresh => changes.extend(self.end_refresh(shape, &entry)),
                Use::Access => changes.extend(self.tell_platform(shape, &entry).await?),
            }
        }
        Ok(changes)
    }

    /// Ends the log-in of a refresh token that came twice, and says so.
    async fn end_family(&self, shape: &TokenShape, entry: &Entry) -> Result<Error> {
        let (now, op) = (DateTime::now(), new_op());
        let error = Error::new(
            &code::TOKEN_REUSED,
            format!("this refresh token of {} was used before: all tokens of that log-in were taken back", entry.email),
        );
        let error = error.next("the user logs in again; find out who used it: flowbit token list --all");
        if entry.revoked.is_some() {
            self.tell_again(shape, doc! { "family": &entry.family }).await?;
            return Ok(error);
        }
        let mut changes = self.family_changes(shape, entry, now, op.as_str()).await?;
        let details: Document = doc! { "token": &entry.id, "user": &entry.email, "family": &entry.family };
        let who = Vars::from([
            (Var::OrgId, entry.org.clone()),
            (Var::Name, entry.org_name.clone().map_or(Bson::Null, Bson::String)),
        ]);
        let deed = Deed::new("token.reused", details).about(Kind::Token, entry.id.as_str());
        changes.push(self.audit(&deed.changing(doc! { "state": "live" }, doc! { "state": "revoked" }), who, &op, now));
        self.interrupt.engage();
        apply(Pen::free(self.store), op.as_str(), &changes, None)
            .await
            .map_err(|failure| failure.into_error("ending the log-in of a refresh token that was used twice"))?;
        self.tell_again(shape, doc! { "family": &entry.family }).await?;
        Ok(error.after_changes())
    }

    /// Somebody was faster: used it, or took it back. What can be read is what a majority has, and that may lag behind.
    async fn lost(&self, shape: &TokenShape, entry: &Entry) -> Result<Error> {
        let start = Instant::now();
        loop {
            let stored = self.store.find_one(&self.master(TOKENS), doc! { "_id": &entry.id }, None).await?;
            match stored.as_ref().and_then(Entry::read) {
                Some(entry) if entry.next.is_some() => return self.end_family(shape, &entry).await,
                Some(entry) if entry.revoked.is_some() => {
                    return Ok(refused(Some(Reason::Revoked), "it was taken back a moment ago"));
                }
                Some(_) if start.elapsed() < SHOWS_WITHIN => tokio::time::sleep(LOOK_AGAIN).await,
                // Nobody can say which it was: then the log-in ends, as after the worse of the two.
                Some(entry) => return self.end_family(shape, &entry).await,
                None => return Ok(refused(Some(Reason::Expired), "its time was over a moment ago")),
            }
        }
    }
}

/// A reason for which a refresh token is good all the same: the new ones carry the present name and role.
fn passes(reason: Option<Reason>) -> bool {
    matches!(reason, Some(Reason::OrgRenamed | Reason::RoleChanged | Reason::UserMismatch))
}

/// That a token is not good.
pub(super) fn refused(reason: Option<Reason>, why: &str) -> Error {
    let code_of = reason.map_or("refused", Reason::code);
    Error::new(&code::TOKEN_REFUSED, format!("{code_of}: {why}"))
        .next("flowbit token verify --use refresh   # looks at every layer")
}
