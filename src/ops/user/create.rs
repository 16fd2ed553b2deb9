//! New accounts: one, or many at a time.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde::Serialize;

use super::change::embedded;
use super::plan::{Work, state_word};
use super::realm::{Realm, Whose};
use super::roles::role_for;
use crate::domain::audit::{Deed, Kind};
use crate::domain::description::{IdType, IndexShape};
use crate::domain::fields::{self, Fields};
use crate::domain::plan::{Change, Namespace};
use crate::domain::record::OpId;
use crate::domain::template::{Var, Vars, plain};
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::ops::org::create::accept_email;
use crate::ops::{Consent, House, Prepared, new_op};
use crate::store::{Pen, Secret};

/// An account that is to be made; its identifiers are known before.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// E-mail, as the platform stores it.
    pub email: String,
    /// Role, where accounts have one.
    pub role: Option<String>,
    sets: Vec<(String, Bson)>,
    id: Bson,
    record: ObjectId,
    copies: Vec<ObjectId>,
    now: DateTime,
}

/// What would be made, or was.
#[derive(Debug, Clone, Serialize)]
pub struct CreateView {
    /// E-mail.
    pub email: String,
    /// Identifier.
    pub id: String,
    /// Role, where accounts have one.
    pub role: Option<String>,
    /// `active`.
    pub state: &'static str,
    /// The organization; none for the platform's owners.
    pub organization: Option<String>,
    /// Second copies.
    pub copies: usize,
}

/// An e-mail that somebody has.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// In lower case.
    pub email: String,
    /// Whether the account is one of those that are meant.
    pub mine: bool,
    /// The organization that it belongs to, where that is known.
    pub owner: Option<String>,
}

impl Newcomer {
    /// A new account; with what there is to say about its role.
    ///
    /// # Errors
    /// `E0109`, `E0128`, `E0101`.
    pub fn new(
        realm: &Realm<'_>,
        email: &str,
        role: Option<&str>,
        sets: Vec<(String, Bson)>,
    ) -> Result<(Self, Option<String>)> {
        let email = accept_email(email, realm.shape.lower_case_email)?;
        let (role, warning) = role_for(realm.shape, role)?;
        let id = match realm.shape.id_type {
            IdType::ObjectId => Bson::ObjectId(ObjectId::new()),
            IdType::Uuid => Bson::String(bson::Uuid::new().to_string()),
        };
        let copies = realm.copies.iter().map(|_| ObjectId::new()).collect();
        let newcomer = Self { email, role, sets, id, record: ObjectId::new(), copies, now: DateTime::now() };
        Ok((newcomer, warning))
    }

    /// What to show of it.
    pub fn view(&self, realm: &Realm<'_>) -> CreateView {
        CreateView {
            email: self.email.clone(),
            id: plain(&self.id),
            role: self.role.clone(),
            state: state_word(true),
            organization: realm.organization(),
            copies: realm.copies.len(),
        }
    }

    /// Its documents, each with its place.
    fn documents(&self, realm: &Realm<'_>, hash: &Secret) -> Vec<(Namespace, Document)> {
        let mut vars = realm.account_vars(&self.id, &self.email);
        vars.extend([
            (Var::Hash, Bson::String(hash.reveal().to_owned())),
            (Var::Role, self.role.clone().map_or(Bson::Null, Bson::String)),
            (Var::Now, Bson::DateTime(self.now)),
        ]);
        let own = (realm.ns.clone(), self.document(&realm.shape.fields, self.record, &vars));
        let copies = realm.copies.iter().zip(&self.copies);
        let copies = copies.map(|((copy, ns), id)| (ns.clone(), self.document(&copy.fields, *id, &vars)));
        std::iter::once(own).chain(copies).collect()
    }

    fn document(&self, shape: &Fields, id: ObjectId, vars: &Vars) -> Document {
        let mut document = shape.document(vars);
        for (path, value) in &self.sets {
            if fields::get(&document, path).is_some() {
                fields::put(&mut document, path, value.clone());
            }
        }
        if document.contains_key("_id") {
            return document;
        }
        let mut whole = doc! { "_id": id };
        whole.extend(document);
        whole
    }
}

impl House<'_> {
    /// Refuses new accounts where the organization's record holds the only one.
    ///
    /// # Errors
    /// `E0317`.
    pub fn require_addable(&self, realm: &Realm<'_>) -> Result<()> {
        if realm.is_embedded() { Err(embedded(realm, "flowbit user show EMAIL")) } else { Ok(()) }
    }

    /// What making an account would do. The hash lies beside the plan, not in it.
    ///
    /// # Errors
    /// `E0201`, `E0303`, `E0313`, `E0317`.
    pub async fn plan_user_create(
        &self,
        whose: &Whose,
        newcomer: &Newcomer,
        hash: &Secret,
        own: Option<&OpId>,
    ) -> Result<Prepared> {
        let both = (std::slice::from_ref(newcomer), std::slice::from_ref(hash));
        self.plan_newcomers(whose, both, ("user.create", "user.created"), own).await
    }

    /// The same for many.
    pub(super) async fn plan_newcomers(
        &self,
        whose: &Whose,
        (newcomers, hashes): (&[Newcomer], &[Secret]),
        words: (&str, &str),
        own: Option<&OpId>,
    ) -> Result<Prepared> {
        let realm = self.realm(whose).await?;
        self.require_addable(&realm)?;
        let emails: Vec<String> = newcomers.iter().map(|newcomer| newcomer.email.clone()).collect();
        if let Some(taken) = self.taken(&realm, &emails).await?.first() {
            return Err(taken.refused(&realm));
        }
        let op = own.cloned().unwrap_or_else(new_op);
        let mut reserves = emails.first().map(|email| realm.reserves(email)).unwrap_or_default();
        reserves.extend(emails.iter().map(|email| realm.email_entry(email)));
        self.require_unreserved(&reserves, own).await?;
        let mut work = Work { seen: realm.seen(), ..Work::default() };
        for (newcomer, hash) in newcomers.iter().zip(hashes) {
            work.deposits.extend(newcomer.documents(&realm, hash));
        }
        let mut places: Vec<&Namespace> = Vec::new();
        for (ns, _) in &work.deposits {
            if !places.contains(&ns) {
                places.push(ns);
            }
        }
        work.commit =
            places.into_iter().map(|ns| Change::Release { ns: ns.clone(), op: op.0.clone(), must: true }).collect();
        let said = |newcomer: &Newcomer| doc! { "email": &newcomer.email, "user": plain(&newcomer.id), "role": newcomer.role.clone() };
        let made = |newcomer: &Newcomer| doc! { "email": &newcomer.email, "role": newcomer.role.clone(), "state": state_word(true) };
        work.deed = match newcomers {
            [only] if words.0 == "user.create" => {
                let deed = Deed::new(words.1, said(only)).about(Kind::User, only.id.clone());
                deed.changing(Bson::Null, made(only))
            }
            many => {
                let accounts = i64::try_from(many.len()).unwrap_or_default();
                let users: Vec<Document> = many.iter().map(said).collect();
                let deed = Deed::new(words.1, doc! { "accounts": accounts, "users": users });
                deed.changing(Bson::Null, doc! { "accounts": accounts })
            }
        };
        Ok(self.prepared(&realm, words.0, (&op, DateTime::now()), reserves, work))
    }

    /// Makes an account.
    ///
    /// # Errors
    /// As for [`House::execute`]; `E0313` when the platform made one with this e-mail in the same moment.
    pub async fn create_user(
        &self,
        whose: &Whose,
        newcomer: &Newcomer,
        hash: &Secret,
        prepared: Prepared,
        consent: &Consent,
    ) -> Result<Outcome> {
        self.ensure_owners().await?;
        let again = async |id: &OpId| self.plan_user_create(whose, newcomer, hash, Some(id)).await;
        let outcome = self.execute(prepared, consent, again).await;
        self.settle_refusal(whose, std::slice::from_ref(newcomer), outcome).await
    }

    /// An index of the platform's refused an e-mail that was free a moment before, and the operation went back: says
    /// whose it is now.
    pub(super) async fn settle_refusal(
        &self,
        whose: &Whose,
        newcomers: &[Newcomer],
        outcome: Result<Outcome>,
    ) -> Result<Outcome> {
        let outcome = outcome?;
        if outcome.turned.is_none() {
            return Ok(outcome);
        }
        let realm = self.realm(whose).await?;
        let emails: Vec<String> = newcomers.iter().map(|newcomer| newcomer.email.clone()).collect();
        match self.taken(&realm, &emails).await?.first() {
            Some(taken) => Err(taken.refused(&realm)),
            None => Ok(outcome),
        }
    }

    /// Which of these e-mails somebody has, whatever the case of their letters.
    pub(super) async fn taken(&self, realm: &Realm<'_>, emails: &[String]) -> Result<Vec<Taken>> {
        let path = realm.email_path();
        let among = doc! { "$in": emails.to_vec() };
        // Unique among all tenants, unless each has accounts of its own or the platform tells them apart by tenant.
        let everywhere = realm.org.is_some() && self.emails().is_some();
        let filter = match everywhere {
            true => Document::from_iter([(path.to_owned(), Bson::Document(among))]),
            false => realm.with(path, among),
        };
        let mut found = self.store.find_ignoring_case(&realm.ns, filter).await?;
        if !everywhere {
            found.retain(|document| realm.has(document));
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let orgs = if everywhere { self.orgs_briefly().await? } else { Vec::new() };
        let taken = |document: &Document| {
            let mine = realm.has(document);
            Taken {
                email: fields::get(document, path).map(plain).unwrap_or_default().to_lowercase(),
                mine,
                owner: match mine {
                    true => Some(realm.name()),
                    false => self.org_with(&orgs, document).map(|org| org.name.as_str().to_owned()),
                },
            }
        };
        Ok(found.iter().map(taken).collect())
    }

    /// The first of the platform's owners comes into a collection that has the indexes it should have.
    pub(super) async fn ensure_owners(&self) -> Result<()> {
        let Some(shape) = &self.platform.core else { return Ok(()) };
        let ns = self.master(&shape.collection);
        if shape.indexes.is_empty() || self.store.at(&ns).await?.is_some() {
            return Ok(());
        }
        let specs: Vec<Document> = shape.indexes.iter().map(IndexShape::spec).collect();
        let doing = format!("creating indexes of {ns}");
        Pen::free(self.store).create_indexes(&ns, &specs).await.map_err(|failure| failure.into_error(&doing))
    }
}

impl Taken {
    /// That somebody has the e-mail.
    pub(super) fn refused(&self, realm: &Realm<'_>) -> Error {
        let whose = self.owner.clone().unwrap_or_else(|| "no living organization".to_owned());
        let error = Error::new(
            &code::ADMIN_TAKEN,
            format!("an account with the e-mail {} exists: it belongs to {whose}; nothing was changed", self.email),
        );
        match self.mine {
            true => error.next(format!("flowbit user show {} {}", self.email, realm.option())),
            false => error.next("repeat with another address"),
        }
    }
}
