//! Taking tokens back, and which there are.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde::Serialize;

use super::check::{Expect, Keys, check};
use super::entry::{Entry, Stands};
use super::mint::{digest, name};
use super::{REVOKED, Subject, TOKENS, Whom, known_by, read, remembered};
use crate::domain::audit::{Deed, Kind};
use crate::domain::description::{RecordShape, TokenCheck, TokenShape};
use crate::domain::fields::identified;
use crate::domain::plan::Change;
use crate::domain::template::{Var, Vars};
use crate::domain::token::{Layer, Reason, Use};
use crate::error::{Error, Result, code};
use crate::ops::org::Org;
use crate::ops::{Consent, House, new_op};
use crate::store::Pen;
use crate::store::documents::apply;

/// What is taken back.
#[derive(Debug)]
pub enum What<'a> {
    /// This token.
    Token(&'a str),
    /// The token of this identifier.
    Id(&'a str),
    /// All tokens of an account.
    User(&'a Subject),
    /// All tokens of an organization.
    Org(&'a Org),
}

/// What was taken back.
#[derive(Debug, Clone, Serialize)]
pub struct Revoked {
    /// What it was: `token`, `log-in`, `user`, `organization`.
    pub what: &'static str,
    /// Its identifier or name.
    pub of: String,
    /// How many tokens that flowbit remembers are concerned.
    pub tokens: u64,
    /// Until when a token that is concerned could be good.
    pub until: String,
    /// Whether the platform's backend looks revocations of access tokens up.
    pub backend_reads: bool,
    /// Whether it was so already.
    #[serde(skip)]
    pub already: bool,
}

/// A token in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What is remembered of it.
    pub entry: Entry,
    /// How it stands.
    pub stands: Stands,
    /// Claims that are not true any more: name, what the token says, what would be said now.
    pub stale: Vec<(String, String, String)>,
}

/// Which tokens are asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Of this organization.
    pub org: Option<Bson>,
    /// Of this account.
    pub account: Option<Bson>,
    /// Also those that are used, taken back or over.
    pub all: bool,
    /// Only those that carry what is not true any more.
    pub stale: bool,
}

impl House<'_> {
    /// Takes tokens back.
    ///
    /// # Errors
    /// `E0209` for an identifier that nobody knows, `E0404` for a text that is no token.
    pub async fn revoke(&self, what: &What<'_>, shape: &TokenShape, keys: &Keys, _: &Consent) -> Result<Revoked> {
        self.store.require_writable_topology()?;
        self.ensure_tokens().await?;
        match what {
            What::Token(token) => self.revoke_token(token, shape, keys).await,
            What::Id(id) => {
                let stored = self.store.find_one(&self.master(TOKENS), doc! { "_id": *id }, None).await?;
                let entry = stored.as_ref().and_then(Entry::read).ok_or_else(|| {
                    Error::new(&code::TOKEN_NOT_FOUND, format!("flowbit issued no token {id:?}, or its time is over"))
                        .next("flowbit token list --all")
                        .next("flowbit token revoke --user EMAIL --org ORG   # everything of that account")
                })?;
                self.revoke_entry(&entry, shape).await
            }
            What::User(subject) => {
                let whom = Whom::User { org: subject.org_id(), account: subject.id.clone() };
                let mine = doc! { "org": subject.org_id(), "account": subject.id.clone() };
                self.revoke_all(&whom, ("user", &subject.email), mine, self.subject_vars(subject), shape).await
            }
            What::Org(org) => {
                let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
                let (whom, mine) = (Whom::Org(org.id.clone()), doc! { "org": org.id.clone() });
                self.revoke_all(&whom, ("organization", org.name.as_str()), mine, vars, shape).await
            }
        }
    }

    async fn revoke_token(&self, token: &str, shape: &TokenShape, keys: &Keys) -> Result<Revoked> {
        let hash = digest(token);
        let stored = self.store.find_one(&self.master(TOKENS), doc! { "hash": &hash }, None).await?;
        if let Some(entry) = stored.as_ref().and_then(Entry::read) {
            return self.revoke_entry(&entry, shape).await;
        }
        if self.in_refresh_store(shape, &hash).await?.is_some() {
            return self.revoke_backends(&hash, shape).await;
        }
        let parsed = read::parse(token).map_err(|(reason, why)| refused(reason, &why))?;
        let now = DateTime::now();
        let seconds = now.timestamp_millis().div_euclid(1000);
        let expect = Expect { wanted: Use::Access, context: None, now: seconds, leeway: 30 };
        let checked = check(token, shape, keys, expect);
        if checked.looks.iter().any(|look| look.reason == Some(Reason::Expired)) {
            return Err(refused(Reason::Expired, "its time is over; nobody accepts it"));
        }
        if let Some(look) = checked.looks.iter().find(|look| look.reason == Some(Reason::BadSignature)) {
            // Damaged, perhaps: whoever takes it back should not believe that the real one is.
            return Err(refused(Reason::BadSignature, &look.detail));
        }
        // What it is called counts only where it is genuine: a forged token could bear another's name.
        let genuine = checked.looks.iter().any(|look| look.layer == Layer::Signature && look.reason.is_none());
        let last = seconds.saturating_add(i64::try_from(shape.longest()).unwrap_or(i64::MAX / 4000));
        let ends = parsed
            .claims
            .get("exp")
            .and_then(serde_json::Value::as_i64)
            .map_or(last, |exp| if genuine { exp.max(seconds) } else { exp.clamp(seconds, last) });
        let until = DateTime::from_millis(ends.saturating_mul(1000));
        let id = name(&parsed.claims, token);
        let mut ids = vec![format!("token:{hash}")];
        if genuine {
            ids.push(format!("token:{id}"));
        }
        let revoked = Revoked {
            what: "token",
            of: if genuine { id.clone() } else { hash.chars().take(32).collect() },
            tokens: 1,
            until: until.try_to_rfc3339_string().unwrap_or_default(),
            backend_reads: shape.revocations.is_some(),
            already: self.store.exists(&self.master(REVOKED), doc! { "_id": &ids[0] }).await?,
        };
        if revoked.already {
            return Ok(revoked);
        }
        let op = new_op();
        let mut changes: Vec<Change> = ids.iter().map(|entry| self.taken_back(entry, until, op.as_str())).collect();
        if let (true, Some(store)) = (genuine, &shape.revocations) {
            let vars = Vars::from([
                (Var::TokenId, Bson::from(id.as_str())),
                (Var::TokenHash, Bson::from(hash.as_str())),
                (Var::TokenExpires, Bson::DateTime(until)),
                (Var::Now, Bson::DateTime(now)),
            ]);
            changes.extend(self.tell_of(store, (&id, &hash), &vars).await?);
        }
        changes.push(self.audit(&taken_one(&revoked), Vars::new(), &op, now));
        self.take_back(&changes, op.as_str()).await?;
        Ok(revoked)
    }

    /// A refresh token that the backend gave out: it ends where the backend looks it up.
    async fn revoke_backends(&self, hash: &str, shape: &TokenShape) -> Result<Revoked> {
        let (now, op) = (DateTime::now(), new_op());
        let until = self.last_token(now);
        let revoked = Revoked {
            what: "refresh token",
            of: hash.chars().take(32).collect(),
            tokens: 0,
            until: until.try_to_rfc3339_string().unwrap_or_default(),
            backend_reads: true,
            already: self.in_refresh_store(shape, hash).await? == Some(false),
        };
        if revoked.already {
            return Ok(revoked);
        }
        let vars = Vars::from([(Var::TokenHash, Bson::from(hash))]);
        let mut changes = vec![self.taken_back(&format!("token:{hash}"), until, op.as_str())];
        changes.extend(shape.refresh_store.as_ref().and_then(|store| self.end_stored(store, &vars)));
        changes.push(self.audit(
            &taken(doc! { "token": &revoked.of }).about(Kind::Token, revoked.of.as_str()),
            Vars::new(),
            &op,
            now,
        ));
        self.take_back(&changes, op.as_str()).await?;
        Ok(revoked)
    }

    /// Tells the platform once more of what was taken back: tokens may have been made while that was worked out, and an
    /// earlier run may have died before it did.
    pub(super) async fn tell_again(&self, shape: &TokenShape, which: Document) -> Result<()> {
        let now = DateTime::now();
        let mut mine = which;
        mine.insert("revoked", doc! { "$ne": Bson::Null });
        mine.insert("expires", doc! { "$gt": now });
        let mut changes = Vec::new();
        for stored in self.store.find(&self.master(TOKENS), mine, None, None).await? {
            let Some(entry) = Entry::read(&stored) else { continue };
            match entry.wanted {
                Use::Access => changes.extend(match &shape.revocations {
                    Some(store) => {
                        self.tell_of(store, (&entry.id, &entry.hash), &self.entry_vars(&entry, &entry.hash)).await?
                    }
                    None => None,
                }),
                Use::Refresh if self.in_refresh_store(shape, &entry.hash).await? == Some(true) => {
                    changes.extend(self.end_refresh(shape, &entry));
                }
                Use::Refresh => {}
            }
        }
        if changes.is_empty() { Ok(()) } else { self.take_back(&changes, new_op().as_str()).await }
    }

    /// The entry that says so.
    pub(super) fn taken_back(&self, entry: &str, until: DateTime, op: &str) -> Change {
        let document = doc! {
            "_id": entry, "until": remembered(until), "actor": &self.actor,
            "reason": self.reason.clone().map_or(Bson::Null, Bson::String), "operation": op,
        };
        Change::Put { ns: self.master(REVOKED), document }
    }

    async fn take_back(&self, changes: &[Change], op: &str) -> Result<()> {
        self.interrupt.engage();
        apply(Pen::free(self.store), op, changes, None)
            .await
            .map_err(|failure| failure.into_error("taking tokens back"))
    }

    /// A token that flowbit issued; with a refresh token goes the whole log-in.
    async fn revoke_entry(&self, entry: &Entry, shape: &TokenShape) -> Result<Revoked> {
        let (now, op) = (DateTime::now(), new_op());
        let whole = entry.wanted == Use::Refresh;
        let mut revoked = Revoked {
            what: if whole { "log-in" } else { "token" },
            of: entry.id.clone(),
            tokens: 1,
            until: entry.expires.try_to_rfc3339_string().unwrap_or_default(),
            backend_reads: shape.revocations.is_some(),
            already: entry.revoked.is_some(),
        };
        let which = if whole {
            doc! { "family": &entry.family }
        } else {
            doc! { "_id": &entry.id }
        };
        if revoked.already {
            self.tell_again(shape, which).await?;
            return Ok(revoked);
        }
        let mut changes = if whole {
            revoked.tokens =
                self.store.count(&self.master(TOKENS), doc! { "family": &entry.family, "revoked": Bson::Null }).await?;
            self.family_changes(shape, entry, now, op.as_str()).await?
        } else {
            let mut changes = vec![
                self.taken_back(&format!("token:{}", entry.id), entry.expires, op.as_str()),
                Change::Set {
                    ns: self.master(TOKENS),
                    filter: doc! { "_id": &entry.id },
                    set: doc! { "revoked": now },
                },
            ];
            changes.extend(self.tell_platform(shape, entry).await?);
            changes
        };
        let details =
            doc! { "token": &entry.id, "user": &entry.email, "tokens": i64::try_from(revoked.tokens).unwrap_or(1) };
        changes.push(self.audit(
            &taken(details).about(Kind::Token, entry.id.as_str()),
            self.entry_vars(entry, &entry.hash),
            &op,
            now,
        ));
        self.take_back(&changes, op.as_str()).await?;
        self.tell_again(shape, which).await?;
        Ok(revoked)
    }

    async fn revoke_all(
        &self,
        whom: &Whom,
        (what, of): (&'static str, &str),
        mut mine: Document,
        vars: Vars,
        shape: &TokenShape,
    ) -> Result<Revoked> {
        let (now, op) = (DateTime::now(), new_op());
        let which = mine.clone();
        mine.insert("revoked", Bson::Null);
        mine.insert("expires", doc! { "$gt": now });
        let living = self.store.find(&self.master(TOKENS), mine, None, None).await?;
        let mut changes = self.cut_off(whom, &op, now).await?;
        let tokens = u64::try_from(living.len()).unwrap_or_default();
        let deed = taken(doc! { "what": what, "of": of, "tokens": i64::try_from(tokens).unwrap_or_default() });
        let deed = match whom {
            Whom::User { account, .. } => deed.about(Kind::User, account.clone()),
            Whom::Org(_) => deed,
        };
        changes.push(self.audit(&deed, vars, &op, now));
        self.take_back(&changes, op.as_str()).await?;
        self.tell_again(shape, which).await?;
        // What a backend goes on accepting are access tokens; refresh tokens end where they are looked up.
        let lasts = if shape.refresh_store.is_some() { shape.expires } else { shape.longest() };
        let last = now.timestamp_millis().saturating_add(i64::try_from(lasts).unwrap_or_default().saturating_mul(1000));
        Ok(Revoked {
            what,
            of: of.to_owned(),
            tokens,
            until: DateTime::from_millis(last).try_to_rfc3339_string().unwrap_or_default(),
            backend_reads: shape.revocations.is_some(),
            already: false,
        })
    }

    /// The entry of an access token in the platform's own list of revocations, where it has one and it is not there.
    pub(super) async fn tell_platform(&self, shape: &TokenShape, entry: &Entry) -> Result<Option<Change>> {
        match &shape.revocations {
            Some(store) if entry.stands(DateTime::now()) == Stands::Live => {
                self.tell_of(store, (&entry.id, &entry.hash), &self.entry_vars(entry, &entry.hash)).await
            }
            _ => Ok(None),
        }
    }

    async fn tell_of(&self, store: &RecordShape, (id, hash): (&str, &str), vars: &Vars) -> Result<Option<Change>> {
        let ns = self.master(&store.collection);
        if let Some(filter) = known_by(store, id, hash)
            && self.store.exists(&ns, filter).await?
        {
            return Ok(None);
        }
        let document = store.fields.document(vars);
        Ok(Some(match document.contains_key("_id") {
            // The backend may write the same at the same moment: somebody logs out.
            true => Change::Put { ns, document },
            false => Change::Insert { ns, document: identified(document, ObjectId::new()), past_fences: false },
        }))
    }

    /// The tokens that flowbit issued, newest first.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn tokens(&self, asked: &Asked) -> Result<Vec<Listed>> {
        let mut filter = Document::new();
        if let Some(org) = &asked.org {
            filter.insert("org", org.clone());
        }
        if let Some(account) = &asked.account {
            filter.insert("account", account.clone());
        }
        let now = DateTime::now();
        if !asked.all {
            filter.extend(doc! { "expires": { "$gt": now }, "revoked": Bson::Null, "next": Bson::Null });
        }
        let stored = self.store.find(&self.master(TOKENS), filter, None, Some(doc! { "issued": -1, "_id": 1 })).await?;
        let orgs = if stored.is_empty() { Vec::new() } else { self.orgs_briefly().await? };
        let listed = stored.iter().filter_map(Entry::read).map(|entry| {
            let stale = self.stale(&entry, &orgs);
            Listed { stands: entry.stands(now), stale, entry }
        });
        Ok(listed.filter(|listed| !asked.stale || !listed.stale.is_empty()).collect())
    }

    fn stale(&self, entry: &Entry, orgs: &[Org]) -> Vec<(String, String, String)> {
        let Some(shape) = &self.platform.token else { return Vec::new() };
        let Some(org) = orgs.iter().find(|org| org.id == entry.org) else { return Vec::new() };
        let described = match entry.wanted {
            Use::Access => Some(&shape.claims),
            Use::Refresh => shape.refresh_claims.as_ref(),
        };
        let Some(described) = described else { return Vec::new() };
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let mut stale = Vec::new();
        for (path, said) in &entry.carries {
            let now = described.value_at(path, &vars).map(|value| super::mint::text_of(&super::mint::json_of(&value)));
            if let (Some(said), Some(now)) = (said.as_str(), now)
                && said != now
            {
                stale.push((path.clone(), said.to_owned(), now));
            }
        }
        stale
    }
}

/// That a token cannot be taken back.
fn refused(reason: Reason, why: &str) -> Error {
    Error::new(&code::TOKEN_REFUSED, format!("{}: {why}; nothing was taken back", reason.code()))
        .next("flowbit token revoke --user EMAIL --org ORG   # everything of that account")
        .next("flowbit token list   # the tokens that flowbit issued, for --id=ID")
}

impl Revoked {
    /// What the platform's backend does all the same.
    pub fn plainly(&self, shape: &TokenShape) -> Option<String> {
        let many = matches!(self.what, "user" | "organization");
        let mut said = blind_spot(shape, many, &format!("{} at the latest", self.until))?;
        if !self.backend_reads {
            said.push_str("; `flowbit token verify` and `flowbit token refresh` refuse them from now on");
        }
        if shape.is_checked(TokenCheck::Enabled) {
            said.push_str("; it reads the account again at each request, so disabling the account works at once");
        } else if shape.is_checked(TokenCheck::User) {
            said.push_str(
                "; it looks whether the account exists at each request, so only deleting the account works at once",
            );
        }
        Some(said)
    }
}

/// What a backend does not see of tokens that were taken back; `many` are all of an account, or of an organization.
pub fn blind_spot(shape: &TokenShape, many: bool, until: &str) -> Option<String> {
    match (&shape.revocations, many) {
        (None, _) => Some(format!(
            "the platform's backend does not look revocations up: it goes on accepting access tokens until they run out, {until}"
        )),
        // It knows tokens by identifier, and of those that it made itself nobody told flowbit.
        (Some(store), true) => Some(format!(
            "{} lists the tokens that flowbit issued; those that the backend itself gave out it goes on accepting until they run out, {until}",
            store.collection
        )),
        (Some(_), false) => None,
    }
}
/// That one token was taken back.
fn taken_one(revoked: &Revoked) -> Deed {
    taken(doc! { "token": &revoked.of }).about(Kind::Token, revoked.of.as_str())
}

/// That tokens were taken back.
fn taken(details: Document) -> Deed {
    Deed::new("token.revoked", details).changing(doc! { "state": "live" }, doc! { "state": "revoked" })
}
