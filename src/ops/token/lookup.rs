//! What the database says to a token's claims: organization, account, role, and whether it was taken back.

use bson::{Bson, Document, doc};
use serde_json::{Map, Value};

use super::check::Kind;
use super::mint::{digest, json_of, name};
use super::read;
use super::subject::{Subject, as_stored, id_path};
use super::verdict::{Backend, Look};
use super::{Entry, REVOKED, TOKENS, Whom, known_by};
use crate::domain::description::{AccountPlace, AccountShape, Layout, TokenCheck, TokenShape};
use crate::domain::fields;
use crate::domain::naming::NameKey;
use crate::domain::template::{Var, plain};
use crate::domain::token::{Context, Layer, Reason, Use};
use crate::error::Result;
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::date;
use crate::ops::org::kept::{KeptFor, name_entry};

/// Placeholders that say which organization is meant.
const OF_ORG: [Var; 4] = [Var::OrgId, Var::Name, Var::Slug, Var::Store];

/// Those of them that a rename changes.
pub(super) const OF_NAME: [Var; 3] = [Var::Name, Var::Slug, Var::Store];

/// A token whose signature holds, and what it says.
pub(super) struct Told<'a> {
    /// The token.
    pub token: &'a str,
    /// Its claims.
    pub claims: &'a Map<String, Value>,
    /// Its kind.
    pub kind: Kind<'a>,
    /// The platform's tokens.
    pub shape: &'a TokenShape,
}

impl Told<'_> {
    /// The texts of claims that stand for one of these placeholders.
    fn said(&self, wanted: &[Var]) -> Vec<(Var, String, String)> {
        let mut said = Vec::new();
        for (path, _) in self.kind.claims.iter() {
            let Some(var) = self.kind.claims.only_at(path).filter(|var| wanted.contains(var)) else { continue };
            if let Some(text) = read::claim(self.claims, path).and_then(Value::as_str) {
                said.push((var, path.to_owned(), text.to_owned()));
            }
        }
        said
    }

    fn is_checked(&self, what: TokenCheck) -> bool {
        self.shape.is_checked(what)
    }
}

/// When a token was made, in milliseconds: as it says, or as its end and the platform's description say.
fn made_at(told: &Told<'_>) -> Option<i64> {
    let seconds = |name: &str| {
        let value = told.claims.get(name)?;
        #[allow(clippy::cast_possible_truncation, reason = "times were found to be within years")]
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
    };
    let lasts = match told.kind.wanted {
        Use::Access => told.shape.expires,
        Use::Refresh => told.shape.refresh_expires.unwrap_or(told.shape.expires),
    };
    let made = seconds("iat").or_else(|| Some(seconds("exp")?.saturating_sub(i64::try_from(lasts).ok()?)));
    made.map(|seconds| seconds.saturating_mul(1000))
}

/// What was found to the claims of a token.
#[derive(Debug, Default)]
pub struct Found {
    /// The layers.
    pub looks: Vec<Look>,
    /// The organization.
    pub org: Option<Org>,
    /// The account.
    pub subject: Option<Subject>,
}

fn accepts_unless(checked: bool) -> Backend {
    if checked { Backend::Refuses } else { Backend::Accepts }
}

/// Databases of tenants that are asked, at most, whose an account is.
const ASKED: usize = 100;

/// The filter for the account that the claims name. The identifier counts; an e-mail may have changed.
fn said_account(told: &Told<'_>, shape: &AccountShape) -> Option<Document> {
    let said = told.said(&[Var::AccountId, Var::Email]);
    let (var, _, text) = said.iter().min_by_key(|(var, _, _)| *var != Var::AccountId)?;
    let (path, value) = match var {
        Var::AccountId => (id_path(shape), as_stored(text)),
        _ => (shape.fields.path_of(Var::Email).unwrap_or("email"), Bson::from(text.as_str())),
    };
    Some(Document::from_iter([(path.to_owned(), value)]))
}

impl House<'_> {
    /// Looks a token's claims up.
    ///
    /// # Errors
    /// What the server refuses.
    pub(super) async fn look_up(&self, told: &Told<'_>) -> Result<Found> {
        let mut found = Found::default();
        if told.kind.context == Context::Tenant {
            let (look, org) = self.look_at_org(told).await?;
            let unknown = org.is_none();
            found.looks.push(look);
            found.org = org;
            if unknown {
                found.looks.push(self.look_at_revocation(told, &found).await?);
                return Ok(found);
            }
        } else {
            found.looks.push(Look::absent(Layer::Organization, "the platform's owners belong to none"));
        }
        let (look, subject) = self.look_at_user(told, found.org.as_ref()).await?;
        found.looks.push(look);
        if let Some(subject) = &subject {
            found.looks.push(self.look_at_role(told, subject));
        }
        found.subject = subject;
        found.looks.push(self.look_at_revocation(told, &found).await?);
        Ok(found)
    }

    async fn look_at_org(&self, told: &Told<'_>) -> Result<(Look, Option<Org>)> {
        let said = told.said(&OF_ORG);
        if said.is_empty() {
            // The account alone says whose the token is.
            return self.org_by_account(told).await;
        }
        let orgs = self.orgs_briefly().await?;
        let mut meant: Vec<(&Org, &str)> = Vec::new();
        let mut stray: Vec<(&str, &str)> = Vec::new();
        for (_, path, text) in &said {
            let is = |org: &&Org| {
                let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
                told.kind.claims.value_at(path, &vars).is_some_and(|value| json_of(&value) == text.as_str())
            };
            match orgs.iter().find(is) {
                Some(org) => meant.push((org, path)),
                None => stray.push((path, text)),
            }
        }
        let Some((org, _)) = meant.first() else { return self.look_at_missing_org(&said, &orgs, told).await };
        if let Some((other, path)) = meant.iter().find(|(other, _)| other.id != org.id) {
            let detail = format!(
                "its claims name {} and, in `{path}`, {}: a name that changed hands, perhaps",
                org.name, other.name
            );
            return Ok((
                Look::failed(Reason::OrgMismatch, accepts_unless(told.is_checked(TokenCheck::Tenant)), detail),
                None,
            ));
        }
        if let Some((path, text)) = stray.first() {
            let detail = format!("`{path}` says {text:?}, and the organization is {} by now", org.name);
            return Ok((Look::failed(Reason::OrgRenamed, self.with_old_name(), detail), Some((*org).clone())));
        }
        Ok((Look::ok(Layer::Organization, org.name.to_string()), Some((*org).clone())))
    }

    /// None of the living is meant: it has another name by now, was deleted, or never was.
    async fn look_at_missing_org(
        &self,
        said: &[(Var, String, String)],
        orgs: &[Org],
        told: &Told<'_>,
    ) -> Result<(Look, Option<Org>)> {
        let tenant = told.is_checked(TokenCheck::Tenant);
        for (_, path, text) in said {
            let by_name = self.kept(&name_entry(&NameKey::of(text))).await?;
            let kept = match by_name {
                Some(kept) => Some(kept),
                None => {
                    let other = doc! { "$or": [{ "key": text }, { "org": as_stored(text) }, { "name": text }] };
                    self.kept_where(other).await?.into_iter().max_by_key(|kept| kept.id.starts_with("name:"))
                }
            };
            let Some(kept) = kept else { continue };
            let kept = match (&kept.kind, &kept.to) {
                // Renamed, and deleted after that.
                (KeptFor::Alias, Some(to)) if !orgs.iter().any(|org| org.id == kept.org || org.name.as_str() == to) => {
                    self.kept(&name_entry(&NameKey::of(to))).await?.unwrap_or(kept)
                }
                _ => kept,
            };
            if kept.kind == KeptFor::Alias {
                let org = orgs.iter().find(|org| org.id == kept.org || Some(org.name.as_str()) == kept.to.as_deref());
                let to = org.map_or_else(|| kept.to.clone().unwrap_or_default(), |org| org.name.as_str().to_owned());
                let acts = if tenant {
                    "the backend reads the account again and acts under the new name"
                } else {
                    "the backend acts under the old name"
                };
                let detail = format!("`{path}` says {text:?}, which is {to} by now; {acts}");
                return Ok((Look::failed(Reason::OrgRenamed, self.with_old_name(), detail), org.cloned()));
            }
            let detail = format!("{} was deleted; it can be restored until {}", kept.name, date(kept.until));
            let checked = told.is_checked(TokenCheck::Organization)
                || told.is_checked(TokenCheck::Enabled)
                || told.is_checked(TokenCheck::User) && self.platform.account.state.is_none();
            return Ok((Look::failed(Reason::OrgDeleted, accepts_unless(checked), detail), None));
        }
        if let Some(look) = self.out_of_service(said, told).await? {
            return Ok((look, None));
        }
        let (_, path, text) = &said[0];
        let detail = format!("`{path}` says {text:?}, and there is no such organization");
        let backend = match () {
            () if told.is_checked(TokenCheck::Organization) => Backend::Refuses,
            // The account may have gone with it.
            () if told.is_checked(TokenCheck::User) => Backend::Unknown,
            () => Backend::Accepts,
        };
        Ok((Look::failed(Reason::OrgUnknown, backend, detail), None))
    }

    /// What a backend does with a token that carries an old name: with a database for each tenant it looks there.
    fn with_old_name(&self) -> Backend {
        if self.platform.layout == Layout::Database { Backend::Unknown } else { Backend::Accepts }
    }

    /// An organization that the platform itself put out of service.
    async fn out_of_service(&self, said: &[(Var, String, String)], told: &Told<'_>) -> Result<Option<Look>> {
        let (Some(org), Some(ns)) = (&self.platform.organization, self.records()) else { return Ok(None) };
        let Some((_, path, text)) = said.iter().find(|(var, _, _)| *var == Var::OrgId) else { return Ok(None) };
        let filter = Document::from_iter([(org.id_path().to_owned(), as_stored(text))]);
        let there = self.store.exists(&ns, filter).await?;
        let detail = format!("the organization that `{path}` names is out of service");
        let checked = told.is_checked(TokenCheck::Organization);
        Ok(there.then(|| Look::failed(Reason::OrgDeleted, accepts_unless(checked), detail)))
    }

    /// The platform's tokens do not say which organization: the account does.
    async fn org_by_account(&self, told: &Told<'_>) -> Result<(Look, Option<Org>)> {
        if let Some(org) = self.owner_said(told).await? {
            let detail = format!("the token does not say; the account is in {}", org.name);
            return Ok((Look::absent(Layer::Organization, detail), Some(org)));
        }
        let look =
            Look::failed(Reason::UserUnknown, Backend::Unknown, "the account that it names is in no organization");
        Ok((look, None))
    }

    /// The account that the claims name, among those of an organization or, without one, of the platform's owners.
    async fn find_said(&self, told: &Told<'_>, org: Option<&Org>) -> Result<Option<Subject>> {
        let (shape, ns, mut filter) = self.accounts_in(org)?;
        let Some(condition) = said_account(told, shape) else { return Ok(None) };
        filter = doc! { "$and": [filter, condition] };
        let found = self.store.find(&ns, filter, None, None).await?;
        Ok(found.first().map(|account| self.subject_of(shape, org.cloned(), account)))
    }

    /// The organization whose account the claims name: one question where all accounts are together.
    async fn owner_said(&self, told: &Told<'_>) -> Result<Option<Org>> {
        let orgs = self.orgs_briefly().await?;
        let shape = &self.platform.account;
        if shape.place != AccountPlace::Store {
            let Some(condition) = said_account(told, shape) else { return Ok(None) };
            let found = self.store.find(&self.master(&shape.collection), condition, None, None).await?;
            return Ok(found.iter().find_map(|account| self.org_with(&orgs, account)).cloned());
        }
        for org in orgs.into_iter().take(ASKED) {
            if self.find_said(told, Some(&org)).await?.is_some() {
                return Ok(Some(org));
            }
        }
        Ok(None)
    }

    async fn look_at_user(&self, told: &Told<'_>, org: Option<&Org>) -> Result<(Look, Option<Subject>)> {
        let named = told.said(&[Var::AccountId, Var::Email]);
        let Some(subject) = self.find_said(told, org).await? else {
            return Ok((self.look_elsewhere(told, org).await?, None));
        };
        if !subject.enabled {
            let checked = told.is_checked(TokenCheck::Enabled);
            let detail = format!("the account {} is not in force", subject.email);
            return Ok((Look::failed(Reason::UserDisabled, accepts_unless(checked), detail), Some(subject)));
        }
        let email = named.iter().find(|(var, _, text)| *var == Var::Email && *text != subject.email);
        if let Some((_, path, text)) = email {
            let detail = format!("`{path}` says {text:?}, and the account has the e-mail {}", subject.email);
            return Ok((Look::failed(Reason::UserMismatch, Backend::Unknown, detail), Some(subject)));
        }
        Ok((Look::ok(Layer::User, subject.email.clone()), Some(subject)))
    }

    /// Whether the account is somebody else's, or nobody's.
    async fn look_elsewhere(&self, told: &Told<'_>, org: Option<&Org>) -> Result<Look> {
        let named = told.said(&[Var::AccountId, Var::Email]);
        let text = named.first().map(|(_, _, text)| text.clone()).unwrap_or_default();
        let unknown = || {
            let checked = told.is_checked(TokenCheck::User);
            Look::failed(Reason::UserUnknown, accepts_unless(checked), format!("there is no account {text:?}"))
        };
        let Some(org) = org else { return Ok(unknown()) };
        // In databases of their own tenants may well have the same e-mails; identifiers are told apart.
        let by_id = named.iter().any(|(var, _, _)| *var == Var::AccountId);
        if self.platform.account.place == AccountPlace::Store && !by_id {
            return Ok(unknown());
        }
        if let Some(other) = self.owner_said(told).await?.filter(|other| other.id != org.id) {
            let acts = if told.is_checked(TokenCheck::Tenant) { "acts there" } else { "acts where the token says" };
            let detail =
                format!("the account {text:?} belongs to {}, not to {}; the backend {acts}", other.name, org.name);
            return Ok(Look::failed(Reason::UserElsewhere, Backend::Accepts, detail));
        }
        Ok(unknown())
    }

    fn look_at_role(&self, told: &Told<'_>, subject: &Subject) -> Look {
        let said = told.said(&[Var::Role]);
        let Some((_, path, role)) = said.first() else {
            return Look::absent(Layer::Role, "the token names none");
        };
        let accounts = if subject.org.is_some() { Some(&self.platform.account) } else { self.platform.core.as_ref() };
        let known = accounts
            .is_none_or(|shape| shape.roles.is_empty() || shape.roles.contains(role) || *role == shape.admin_role);
        if !known {
            return Look::failed(
                Reason::RoleUnknown,
                Backend::Unknown,
                format!("`{path}` says {role:?}, a role that the platform does not have"),
            );
        }
        match &subject.role {
            Some(is) if is == role => Look::ok(Layer::Role, role.clone()),
            is => {
                let acts =
                    if told.is_checked(TokenCheck::Role) { "that counts" } else { "the backend goes by the token" };
                let is = is.as_deref().unwrap_or("none");
                let detail = format!("`{path}` says {role:?}, and the account has the role {is:?}; {acts}");
                Look::failed(Reason::RoleChanged, Backend::Accepts, detail)
            }
        }
    }

    /// What the database says of whom flowbit's own record of a token names.
    pub(super) async fn look_at_entry(&self, entry: &Entry) -> Result<Vec<Look>> {
        let mut looks = Vec::new();
        let org = match entry.context() {
            Context::Core => {
                looks.push(Look::absent(Layer::Organization, "the platform's owners belong to none"));
                None
            }
            Context::Tenant => match self.orgs_briefly().await?.into_iter().find(|org| org.id == entry.org) {
                Some(org) => {
                    looks.push(Look::ok(Layer::Organization, org.name.to_string()));
                    Some(org)
                }
                None => {
                    let detail = format!("{} is gone", entry.org_name.as_deref().unwrap_or("the organization"));
                    looks.push(Look::failed(Reason::OrgDeleted, Backend::Unknown, detail));
                    return Ok(looks);
                }
            },
        };
        let subject = self.subject_of_entry(entry, org.as_ref()).await?;
        looks.push(match &subject {
            None => Look::failed(
                Reason::UserUnknown,
                Backend::Unknown,
                format!("there is no account {} any more", entry.email),
            ),
            Some(subject) if !subject.enabled => Look::failed(
                Reason::UserDisabled,
                Backend::Unknown,
                format!("the account {} is not in force", subject.email),
            ),
            Some(subject) => Look::ok(Layer::User, subject.email.clone()),
        });
        let found = Found { looks: Vec::new(), org, subject };
        looks.push(self.look_at_entries(entry, &found).await?);
        Ok(looks)
    }

    /// The account that a token was issued for, as it is now.
    pub(super) async fn subject_of_entry(&self, entry: &Entry, org: Option<&Org>) -> Result<Option<Subject>> {
        let (shape, ns, filter) = self.accounts_in(org)?;
        let this = Document::from_iter([(id_path(shape).to_owned(), entry.account.clone())]);
        let found = self.store.find(&ns, doc! { "$and": [filter, this] }, None, None).await?;
        Ok(found.first().map(|account| self.subject_of(shape, org.cloned(), account)))
    }

    /// Whether a token that flowbit remembers was taken back.
    async fn look_at_entries(&self, entry: &Entry, found: &Found) -> Result<Look> {
        let reads = self.platform.token.as_ref().is_some_and(|shape| shape.refresh_store.is_some());
        let mut entries =
            vec![format!("token:{}", entry.id), format!("token:{}", entry.hash), format!("family:{}", entry.family)];
        entries.push(Whom::Org(entry.org.clone()).entry());
        entries.push(Whom::User { org: entry.org.clone(), account: entry.account.clone() }.entry());
        entries.extend(found.subject.iter().map(|s| Whom::User { org: s.org_id(), account: s.id.clone() }.entry()));
        let made = Some(entry.issued.timestamp_millis());
        if let Some(look) = self.look_among_revoked(&entries, made, reads).await? {
            return Ok(look);
        }
        let document = entry.document();
        Ok(self.look_at_own(Some(&document), reads).unwrap_or_else(|| Look::ok(Layer::Revocation, "not taken back")))
    }

    async fn look_at_revocation(&self, told: &Told<'_>, found: &Found) -> Result<Look> {
        let shape = self.platform.token.as_ref();
        let reads = shape.is_some_and(|shape| shape.revocations.is_some());
        let (id, hash) = (name(told.claims, told.token), digest(told.token));
        let known = self.store.find(&self.master(TOKENS), doc! { "hash": &hash }, None, None).await?;
        let known = known.first();
        let family = known.and_then(|entry| entry.get_str("family").ok()).map(|family| format!("family:{family}"));
        let org = found.org.as_ref().map(|org| org.id.clone());
        let account = found
            .subject
            .as_ref()
            .map(|subject| Whom::User { org: subject.org_id(), account: subject.id.clone() }.entry());
        let mut entries = vec![format!("token:{id}"), format!("token:{hash}")];
        entries.extend(family);
        entries.extend(org.map(|org| Whom::Org(org).entry()));
        entries.extend(account);
        // Where a rename changes what an organization is known by, older entries carry what the token carries.
        for (_, _, text) in told.said(&OF_ORG) {
            let org = Bson::from(text);
            entries
                .extend(found.subject.iter().map(|s| Whom::User { org: org.clone(), account: s.id.clone() }.entry()));
            entries.push(Whom::Org(org).entry());
        }
        let made = known
            .and_then(|entry| entry.get_datetime("issued").ok().map(|at| at.timestamp_millis()))
            .or_else(|| made_at(told));
        if let Some(mut look) = self.look_among_revoked(&entries, made, reads).await? {
            if look.backend == Backend::Unknown && self.is_listed(&id, &hash).await? {
                look.backend = Backend::Refuses;
            }
            return Ok(look);
        }
        if let Some(look) = self.look_at_own(known, reads) {
            return Ok(look);
        }
        self.look_at_platforms(&id, &hash, reads).await
    }

    /// The first of these entries that concerns a token made at this moment, in milliseconds.
    async fn look_among_revoked(&self, entries: &[String], made: Option<i64>, reads: bool) -> Result<Option<Look>> {
        let these = doc! { "_id": { "$in": entries.to_vec() } };
        for entry in self.store.find(&self.master(REVOKED), these, None, None).await? {
            let id = entry.get_str("_id").unwrap_or_default();
            let before = entry.get_datetime("before").map_or(i64::MAX, |at| at.timestamp_millis());
            // Of a token that does not say when it was made nobody knows that it is newer.
            if made.is_some_and(|made| made >= before) {
                continue;
            }
            let (reason, what) = match id.split(':').next() {
                Some("token") => (Reason::Revoked, "this token was"),
                Some("family") => (Reason::FamilyRevoked, "the log-in that it comes from was"),
                Some("org") => (Reason::OrgRevoked, "all tokens of the organization that were made before were"),
                _ => (Reason::UserRevoked, "all tokens of the account that were made before were"),
            };
            let detail = format!("{what} taken back by {}", entry.get_str("actor").unwrap_or("somebody"));
            // The backend knows single tokens, and of what it gave out itself nobody told flowbit.
            let backend = match (reads, reason) {
                (false, _) => Backend::Accepts,
                (true, Reason::Revoked) => Backend::Refuses,
                (true, _) => Backend::Unknown,
            };
            return Ok(Some(Look::failed(reason, backend, detail)));
        }
        Ok(None)
    }

    /// What flowbit remembers of the token.
    fn look_at_own(&self, known: Option<&Document>, reads: bool) -> Option<Look> {
        let entry = known?;
        let reads_refresh = self.platform.token.as_ref().is_some_and(|shape| shape.refresh_store.is_some());
        let refresh = entry.get_str("use").is_ok_and(|word| word == "refresh");
        let backend = accepts_unless(if refresh { reads_refresh } else { reads });
        if entry.get("next").is_some_and(|next| *next != Bson::Null) {
            return Some(Look::failed(
                Reason::RefreshUsed,
                backend,
                "this refresh token was used; using it again ends its log-in",
            ));
        }
        let revoked = entry.get("revoked").filter(|revoked| **revoked != Bson::Null)?;
        Some(Look::failed(Reason::Revoked, backend, format!("taken back at {}", plain(revoked))))
    }

    /// Whether a token stands in the platform's own list of revocations.
    async fn is_listed(&self, id: &str, hash: &str) -> Result<bool> {
        let Some(store) = self.platform.token.as_ref().and_then(|shape| shape.revocations.as_ref()) else {
            return Ok(false);
        };
        let Some(filter) = known_by(store, id, hash) else { return Ok(false) };
        Ok(self.store.exists(&self.master(&store.collection), filter).await?)
    }

    /// What the platform itself keeps of revocations.
    async fn look_at_platforms(&self, id: &str, hash: &str, reads: bool) -> Result<Look> {
        if self.is_listed(id, hash).await? {
            let detail = "it stands in the platform's own list of revoked tokens";
            return Ok(Look::failed(Reason::Revoked, Backend::Refuses, detail));
        }
        let detail = if reads { "not taken back" } else { "not taken back; the platform's backend would not know" };
        Ok(Look::ok(Layer::Revocation, detail))
    }

    /// Whether the platform's own store of refresh tokens has one of this digest, and whether it is in force there.
    pub(super) async fn in_refresh_store(&self, shape: &TokenShape, hash: &str) -> Result<Option<bool>> {
        let Some((store, path)) =
            shape.refresh_store.as_ref().and_then(|store| Some((store, store.fields.path_of(Var::TokenHash)?)))
        else {
            return Ok(None);
        };
        let this = Document::from_iter([(path.to_owned(), Bson::from(hash))]);
        let found = self.store.find(&self.master(&store.collection), this, None, None).await?;
        let ended = |entry: &Document| {
            store.state.as_ref().is_some_and(|state| fields::get(entry, &state.field) == Some(&state.inactive))
        };
        Ok(found.first().map(|entry| !ended(entry)))
    }
}
