//! Issuing: only what the database supports, remembered by digest, and told to the audit trail in the same moment.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use super::check::Keys;
use super::entry::Entry;
use super::mint::{self, Draft, Term, digest, name, random_text, sign};
use super::subject::Subject;
use super::{TOKENS, lookup};
use crate::domain::audit::{Deed, Kind};
use crate::domain::description::TokenShape;
use crate::domain::fields::{Fields, Source, identified};
use crate::domain::plan::Change;
use crate::domain::record::OpId;
use crate::domain::template::{Template, Var};
use crate::domain::token::{Context, Use};
use crate::error::{Error, Result, code};
use crate::ops::key::SigningKey;
use crate::ops::org::kept::org_entry;
use crate::ops::user::Whose;
use crate::ops::{Consent, House, new_op};
use crate::store::documents::apply;
use crate::store::failure::server;
use crate::store::{Pen, Secret};

/// Seconds that a support token is good for at most.
pub const SUPPORT_SECONDS: u64 = 900;

/// How many tokens of an account may be made within a second.
pub(super) const SAME_SECOND: i64 = 30;

/// What is to be issued.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Seconds; none for as long as the platform's own are good.
    pub ttl: Option<u64>,
    /// Whether a refresh token comes with it.
    pub refresh: bool,
    /// Whether the actor acts in the user's place with it.
    pub support: bool,
    /// Whether a weak secret is no obstacle.
    pub weak_allowed: bool,
}

/// What was issued.
#[derive(Debug)]
pub struct Issued {
    /// The access token.
    pub access: (Secret, Entry),
    /// The refresh token.
    pub refresh: Option<(Secret, Entry)>,
}

/// A token with what is remembered of it.
pub(super) type Minted = (Secret, Entry);

impl House<'_> {
    /// The account that a token is for.
    ///
    /// # Errors
    /// `E0201`, `E0207`, `E0317`, and `E0303` while an operation is open on the organization.
    pub async fn subject(&self, org: Option<&str>, email: &str) -> Result<Subject> {
        let realm = self.realm(&org.map_or(Whose::Core, |org| Whose::Org(org.to_owned()))).await?;
        let account = self.load_account(&realm, email).await?;
        Ok(self.subject_of(realm.shape, realm.org, &account.document))
    }

    /// Makes tokens for an account.
    ///
    /// # Errors
    /// `E0317` for an account that the platform would not let in, `E0129` for a weak secret, `E0101` for a time that is
    /// too long, `E0130`; what kept it from being recorded (there is no token then).
    pub async fn issue(
        &self,
        subject: &Subject,
        shape: &TokenShape,
        keys: &Keys,
        wish: &Wish,
        _: &Consent,
    ) -> Result<Issued> {
        self.require_fit(subject)?;
        if let Some(org) = &subject.org {
            // A rename in between would make it untrue.
            self.require_unreserved(&[org_entry(&org.id)], None).await?;
        }
        let seconds = self.require_ttl(shape, wish)?;
        if wish.support && subject.org.is_none() {
            return Err(Error::new(
                &code::BAD_ARGUMENT,
                "a support token is for a user of a tenant, not for an owner of the platform",
            ));
        }
        self.store.require_writable_topology()?;
        self.ensure_tokens().await?;
        let (now, family) = (DateTime::now(), random_text(12));
        for back in 0..SAME_SECOND {
            let access = self.mint_access(subject, shape, keys, (now, seconds, back, &family), wish)?;
            let refresh = match wish.refresh {
                true => Some(self.mint_refresh(subject, shape, keys, (now, &family), wish)?),
                false => None,
            };
            if self.store.exists(&self.master(TOKENS), doc! { "_id": &access.1.id }).await? {
                continue;
            }
            let op = new_op();
            let mut changes = vec![self.remember(&access.1)];
            if let Some((secret, entry)) = &refresh {
                changes.push(self.remember(entry));
                changes.extend(self.store_refresh(shape, secret, entry));
            }
            let action = if wish.support { "token.support-issued" } else { "token.issued" };
            let second = refresh.as_ref().map(|(_, entry)| entry);
            changes.push(self.token_audit(action, subject, &op, now, &access.1, (second, None)));
            self.interrupt.engage();
            match apply(Pen::free(self.store), op.as_str(), &changes, None).await {
                Ok(()) => {
                    self.require_still_fit(&access.1, subject, shape).await?;
                    return Ok(Issued { access, refresh });
                }
                Err(failure) if failure.is(server::DUPLICATE_KEY) => {}
                Err(failure) => return Err(failure.into_error("recording the token, so it was not given out")),
            }
        }
        Err(too_many())
    }

    /// Somebody may have disabled the account between the look and the record: then the token counts no longer, and is
    /// not given out.
    async fn require_still_fit(&self, entry: &Entry, subject: &Subject, shape: &TokenShape) -> Result<()> {
        let now = self.subject_of_entry(entry, subject.org.as_ref()).await?;
        let fit = now.as_ref().ok_or_else(|| {
            Error::new(&code::USER_STATE, format!("the account {} was deleted meanwhile", subject.email))
        });
        let fit = fit.and_then(|now| self.require_fit(now));
        if fit.is_err() {
            let set = doc! { "revoked": DateTime::now() };
            let taken = Change::Set { ns: self.master(TOKENS), filter: doc! { "family": &entry.family }, set };
            apply(Pen::free(self.store), "", &[taken], None).await?;
            self.tell_again(shape, doc! { "family": &entry.family }).await?;
        }
        fit
    }

    fn require_ttl(&self, shape: &TokenShape, wish: &Wish) -> Result<u64> {
        let most = if wish.support { SUPPORT_SECONDS.min(shape.expires) } else { shape.expires };
        let what = if wish.support { "a support token" } else { "a token of this platform" };
        match wish.ttl {
            Some(0) => Err(Error::new(&code::BAD_ARGUMENT, "a token that is good for no time is good for nothing")),
            Some(seconds) if seconds > most => {
                Err(Error::new(&code::BAD_ARGUMENT, format!("{what} is good for {most} s at most, not {seconds}"))
                    .next(format!("repeat with --ttl {most}s, or less")))
            }
            Some(seconds) => Ok(seconds),
            None => Ok(most),
        }
    }

    /// An access token.
    pub(super) fn mint_access(
        &self,
        subject: &Subject,
        shape: &TokenShape,
        keys: &Keys,
        (now, seconds, back, family): (DateTime, u64, i64, &str),
        wish: &Wish,
    ) -> Result<Minted> {
        let described = match subject.context() {
            Context::Tenant => &shape.claims,
            Context::Core => shape.core_claims.as_ref().ok_or_else(|| {
                Error::new(
                    &code::NO_TOKENS,
                    "the description does not say what tokens of the platform's owners look like",
                )
                .next("`core_claims` in [token] of flowbit.toml says it")
            })?,
        };
        let key = signing(keys, Use::Access, wish)?;
        let act = wish.support.then_some(self.actor.as_str());
        // Without a claim that is new each time, two tokens of one second are one and the same: taking one back would
        // take both. The second says to be made a second before.
        let term =
            term(DateTime::from_millis(now.timestamp_millis().saturating_sub(back.saturating_mul(1000))), seconds);
        let vars = self.subject_vars(subject);
        let draft = Draft::new(described, &vars, &shape.generated, term, act);
        let made = draft.claims();
        require_whole(described, &made)?;
        let token = sign(key, &draft)?;
        let id = name(&made, token.reveal());
        let mut entry = self.entry(subject, Use::Access, family, (now, term), &token, id);
        entry.key = Some(key.name.clone());
        entry.support = wish.support;
        entry.carries = carried(described, &made);
        Ok((token, entry))
    }

    /// A refresh token: with claims where the platform's have some, random text otherwise.
    pub(super) fn mint_refresh(
        &self,
        subject: &Subject,
        shape: &TokenShape,
        keys: &Keys,
        (now, family): (DateTime, &str),
        wish: &Wish,
    ) -> Result<Minted> {
        let Some(seconds) = shape.refresh_expires else {
            return Err(Error::new(&code::NO_TOKENS, "this platform has no refresh tokens")
                .next("`refresh_expires` in [token] of flowbit.toml says that it has"));
        };
        let term = term(now, seconds);
        let described = shape.refresh_claims.as_ref().filter(|_| subject.context() == Context::Tenant);
        let Some(described) = described else {
            let token = Secret::new(random_text(32));
            let id = digest(token.reveal()).chars().take(32).collect();
            let entry = self.entry(subject, Use::Refresh, family, (now, term), &token, id);
            return Ok((token, entry));
        };
        let key = signing(keys, Use::Refresh, wish)?;
        let vars = self.subject_vars(subject);
        let mut draft = Draft::new(described, &vars, &shape.generated, term, None);
        // Two in one second would be one and the same token, and using one would use the other.
        draft.make_unique();
        let made = draft.claims();
        require_whole(described, &made)?;
        let token = sign(key, &draft)?;
        let id = name(&made, token.reveal());
        let mut entry = self.entry(subject, Use::Refresh, family, (now, term), &token, id);
        entry.key = Some(key.name.clone());
        entry.carries = carried(described, &made);
        Ok((token, entry))
    }

    fn entry(
        &self,
        subject: &Subject,
        wanted: Use,
        family: &str,
        (now, term): (DateTime, Term),
        token: &Secret,
        id: String,
    ) -> Entry {
        Entry {
            id,
            hash: digest(token.reveal()),
            wanted,
            family: family.to_owned(),
            org: subject.org_id(),
            org_name: subject.org.as_ref().map(|org| org.name.as_str().to_owned()),
            account: subject.id.clone(),
            email: subject.email.clone(),
            role: subject.role.clone(),
            key: None,
            actor: self.actor.clone(),
            reason: self.reason.clone(),
            support: false,
            carries: Document::new(),
            issued: now,
            expires: DateTime::from_millis(term.expires.saturating_mul(1000)),
            next: None,
            revoked: None,
        }
    }

    /// Remembers a token.
    pub(super) fn remember(&self, entry: &Entry) -> Change {
        Change::Insert { ns: self.master(TOKENS), document: entry.document(), past_fences: false }
    }

    /// The entry of a refresh token in the platform's own store, where it has one.
    pub(super) fn store_refresh(&self, shape: &TokenShape, token: &Secret, entry: &Entry) -> Option<Change> {
        let store = shape.refresh_store.as_ref()?;
        let vars = self.entry_vars(entry, &digest(token.reveal()));
        let document = identified(store.fields.document(&vars), ObjectId::new());
        Some(Change::Insert { ns: self.master(&store.collection), document, past_fences: false })
    }

    /// The values of placeholders in the platform's own stores of tokens.
    pub(super) fn entry_vars(&self, entry: &Entry, hash: &str) -> crate::domain::template::Vars {
        [
            (Var::TokenId, Bson::from(entry.id.as_str())),
            (Var::TokenHash, Bson::from(hash)),
            (Var::TokenFamily, Bson::from(entry.family.as_str())),
            (Var::TokenExpires, Bson::DateTime(entry.expires)),
            (Var::AccountId, entry.account.clone()),
            (Var::Email, Bson::from(entry.email.as_str())),
            (Var::OrgId, entry.org.clone()),
            (Var::Name, entry.org_name.clone().map_or(Bson::Null, Bson::String)),
            (Var::Role, entry.role.clone().map_or(Bson::Null, Bson::String)),
            (Var::Now, Bson::DateTime(DateTime::now())),
            (Var::Actor, Bson::from(self.actor.as_str())),
            (Var::Reason, self.reason.clone().map_or(Bson::Null, Bson::String)),
        ]
        .into()
    }

    /// The audit entry of what happened to an account's tokens.
    pub(super) fn token_audit(
        &self,
        action: &str,
        subject: &Subject,
        op: &OpId,
        now: DateTime,
        access: &Entry,
        (refresh, used): (Option<&Entry>, Option<&Entry>),
    ) -> Change {
        let mut details = doc! {
            "token": &access.id, "user": &subject.email, "role": access.role.clone(),
            "context": subject.context().word(), "expires": access.expires,
        };
        if let Some(refresh) = refresh {
            details.insert("refresh", &refresh.id);
        }
        if access.support {
            details.insert("acting", &self.actor);
        }
        let deed = Deed::new(action, details).about(Kind::Token, access.id.as_str());
        let after = doc! { "token": &access.id, "expires": access.expires };
        let before = used.map_or(Bson::Null, |used| doc! { "refresh": &used.id }.into());
        self.audit(&deed.changing(before, after), self.subject_vars(subject), op, now)
    }
}

/// More tokens than one second has room for.
pub(super) fn too_many() -> Error {
    Error::new(&code::USER_STATE, "too many tokens were made for this account within a second")
        .next("repeat the command")
}

/// The key that signs.
pub(super) fn signing<'k>(keys: &'k Keys, wanted: Use, wish: &Wish) -> Result<&'k SigningKey> {
    let key = keys.of(wanted).signer()?;
    match &key.weakness {
        Some(why) if !wish.weak_allowed => Err(Error::new(
            &code::WEAK_KEY,
            format!("the secret in {} is weak: {why}; whoever guesses it makes tokens of his own", key.name),
        )
        .next("give the backend a better one: flowbit key generate")
        .next("or repeat with --allow-weak-secret, where it cannot be changed")),
        _ => Ok(key),
    }
}

fn term(now: DateTime, seconds: u64) -> Term {
    let issued = now.timestamp_millis().div_euclid(1000);
    Term { issued, expires: issued.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX / 2000)) }
}

/// Refuses a token in which something that the platform reads would be missing.
fn require_whole(described: &Fields, made: &serde_json::Map<String, serde_json::Value>) -> Result<()> {
    let missing =
        described.iter().find(|(path, _)| super::read::claim(made, path).is_none_or(serde_json::Value::is_null));
    match missing {
        None => Ok(()),
        Some((path, _)) => Err(Error::new(
            &code::USER_STATE,
            format!(
                "the claim `{path}` would be empty: neither the account nor the organization has what the description puts there"
            ),
        )),
    }
}

/// The claims that a rename of the organization makes untrue.
fn carried(described: &Fields, made: &serde_json::Map<String, serde_json::Value>) -> Document {
    let by_name = |template: &Template| lookup::OF_NAME.iter().any(|var| template.mentions(*var));
    let mut carried = Document::new();
    for (path, source) in described.iter() {
        let Source::Template(template) = source else { continue };
        if let (true, Some(value)) = (by_name(template), super::read::claim(made, path)) {
            carried.insert(path, mint::text_of(value));
        }
    }
    carried
}
