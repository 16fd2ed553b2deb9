//! Whose accounts: those of an organization, or of the platform's owners; where they are, and how one is found.

use bson::{Bson, DateTime, Document, doc};

use crate::domain::description::{AccountCopy, AccountPlace, AccountShape};
use crate::domain::fields::{self, Source};
use crate::domain::plan::Namespace;
use crate::domain::record::Subject;
use crate::domain::similar::nearest;
use crate::domain::template::{Var, Vars, plain};
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ops::org::kept::{name_entry, org_entry};

/// Databases of tenants that are asked, at most, where somebody's account might be.
const ASKED: usize = 100;

/// Whose accounts are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Those of the organization of this name.
    Org(String),
    /// Those of the platform's owners.
    Core,
}

/// The accounts of an organization, or of the platform's owners.
#[derive(Debug, Clone)]
pub struct Realm<'a> {
    /// The organization; none for the platform's owners.
    pub org: Option<Org>,
    /// What an account looks like.
    pub shape: &'a AccountShape,
    /// Where they are.
    pub ns: Namespace,
    /// Which of those there are meant.
    pub filter: Document,
    /// Where second copies are.
    pub copies: Vec<(&'a AccountCopy, Namespace)>,
    /// Name, slug, identifier and home of the organization.
    pub vars: Vars,
}

/// One account, as it is stored.
#[derive(Debug, Clone)]
pub struct Account {
    /// The `_id` of its document.
    pub record: Bson,
    /// Its identifier, by which tokens and documents point to it.
    pub id: Bson,
    /// Its e-mail.
    pub email: String,
    /// Its role, where accounts have one.
    pub role: Option<String>,
    /// Whether it is in force.
    pub active: bool,
    /// When it was made.
    pub created: Option<DateTime>,
    /// The whole document.
    pub document: Document,
}

impl Realm<'_> {
    /// The name by which people know it.
    pub fn name(&self) -> String {
        self.org.as_ref().map_or_else(|| "the platform's owners".to_owned(), |org| org.name.as_str().to_owned())
    }

    /// The name of the organization, if it is one.
    pub fn organization(&self) -> Option<String> {
        self.org.as_ref().map(|org| org.name.as_str().to_owned())
    }

    /// The options of a command about it.
    pub fn option(&self) -> String {
        self.org.as_ref().map_or_else(|| "--core".to_owned(), |org| format!("--org {}", shell(org.name.as_str())))
    }

    /// The identifier of the organization; null for the platform's owners.
    pub fn org_id(&self) -> Bson {
        self.org.as_ref().map_or(Bson::Null, |org| org.id.clone())
    }

    /// What an operation on its accounts is about.
    pub(super) fn subject(&self) -> Subject {
        let name = self.organization().unwrap_or_else(|| "core".to_owned());
        Subject { id: self.org_id(), name, to: None }
    }

    /// What nobody else may change while one of its accounts is changed.
    pub(super) fn reserves(&self, email: &str) -> Vec<String> {
        match &self.org {
            Some(org) => vec![org_entry(&org.id), name_entry(&org.name.key())],
            // All of them at a time: of two owners who take away each other's role only one may get through.
            None => vec!["core:accounts".to_owned(), format!("core:{}", email.to_lowercase())],
        }
    }

    /// The reservation of an e-mail for a new account.
    pub(super) fn email_entry(&self, email: &str) -> String {
        let prefix = if self.org.is_some() { "email" } else { "core" };
        format!("{prefix}:{}", email.to_lowercase())
    }

    /// Whether the only account is in the organization's record.
    pub fn is_embedded(&self) -> bool {
        self.org.is_some() && self.shape.place == AccountPlace::Organization
    }

    /// The path of the e-mail.
    pub fn email_path(&self) -> &str {
        self.shape.fields.path_of(Var::Email).unwrap_or("email")
    }

    /// The path of the role, where accounts have one.
    pub fn role_path(&self) -> Option<&str> {
        self.shape.fields.path_of(Var::Role)
    }

    /// The path of the identifier.
    pub fn id_path(&self) -> &str {
        self.shape.fields.path_of(Var::AccountId).unwrap_or("_id")
    }

    /// The path of the hash.
    pub fn hash_path(&self) -> &str {
        self.shape.fields.path_of(Var::Hash).unwrap_or("password")
    }

    /// The path at which an account says when it was made.
    pub fn created_path(&self) -> Option<&str> {
        let touch = self.shape.touch.as_deref();
        let is_moment = |source: &Source| matches!(source, Source::Template(t) if t.only() == Some(Var::Now));
        self.shape.fields.iter().find(|(path, source)| is_moment(source) && Some(*path) != touch).map(|(path, _)| path)
    }

    /// What a document says about an account.
    pub fn account(&self, document: Document) -> Account {
        let at = |path: &str| fields::get(&document, path);
        let record = document.get("_id").cloned().unwrap_or(Bson::Null);
        let state = self.shape.state.as_ref();
        Account {
            id: at(self.id_path()).filter(|id| **id != Bson::Null).unwrap_or(&record).clone(),
            email: at(self.email_path()).map(plain).unwrap_or_default(),
            role: self.role_path().and_then(at).filter(|role| **role != Bson::Null).map(plain),
            active: state.is_none_or(|state| at(&state.field) != Some(&state.inactive)),
            created: self.created_path().and_then(at).and_then(Bson::as_datetime).copied(),
            record,
            document,
        }
    }

    /// Whether an account administers it: where accounts have no role everybody does.
    pub fn is_admin(&self, account: &Account) -> bool {
        self.role_path().is_none() || account.role.as_deref() == Some(self.shape.admin_role.as_str())
    }

    /// The filter that finds administrators in force.
    pub(super) fn admins(&self) -> Document {
        let mut filter = self.filter.clone();
        if let Some(role) = self.role_path() {
            filter.insert(role, &self.shape.admin_role);
        }
        if let Some(state) = &self.shape.state {
            filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
        }
        filter
    }

    /// What placeholders stand for in an account of it.
    pub(super) fn account_vars(&self, id: &Bson, email: &str) -> Vars {
        let mut vars = self.vars.clone();
        let local = email.split('@').next().unwrap_or_default();
        vars.extend([
            (Var::AccountId, id.clone()),
            (Var::Email, Bson::String(email.to_owned())),
            (Var::LocalPart, Bson::String(local.to_owned())),
        ]);
        vars
    }

    /// An e-mail as the platform looks it up.
    pub fn normal(&self, typed: &str) -> String {
        let typed = typed.trim();
        if self.shape.lower_case_email { typed.to_lowercase() } else { typed.to_owned() }
    }

    /// Whether a document of the collection is one of its accounts.
    pub(super) fn has(&self, document: &Document) -> bool {
        self.filter.iter().all(|(path, value)| fields::get(document, path) == Some(value))
    }

    /// Its accounts that match besides.
    pub(super) fn with(&self, path: &str, value: impl Into<Bson>) -> Document {
        let mut filter = self.filter.clone();
        filter.insert(path, value);
        filter
    }
}

impl<'a> House<'a> {
    /// The accounts that are meant.
    ///
    /// # Errors
    /// `E0201`; `E0101` where the platform has no owners of its own.
    pub async fn realm(&self, whose: &Whose) -> Result<Realm<'a>> {
        match whose {
            Whose::Core => self.core(),
            Whose::Org(name) => {
                let orgs = self.orgs_briefly().await?;
                Ok(self.realm_of(self.load_org(&orgs, name).await?))
            }
        }
    }

    /// The accounts of an organization.
    pub fn realm_of(&self, org: &Org) -> Realm<'a> {
        let shape = &self.platform.account;
        let (ns, filter) =
            self.accounts(org).unwrap_or_else(|| (self.master(&shape.collection), self.record_filter(&org.id)));
        let copies = shape
            .copies
            .iter()
            .filter_map(|copy| Some((copy, org.home.of_kind(self.store.master(), copy.collection.as_deref())?)));
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        Realm { org: Some(org.clone()), shape, ns, filter, copies: copies.collect(), vars }
    }

    fn core(&self) -> Result<Realm<'a>> {
        let shape = self.platform.core.as_ref().ok_or_else(|| no_core(&self.platform.platform))?;
        let vars = Vars::from([(Var::Database, Bson::String(self.store.master().to_owned()))]);
        let ns = self.master(&shape.collection);
        Ok(Realm { org: None, shape, ns, filter: Document::new(), copies: Vec::new(), vars })
    }

    /// The account with this e-mail: as the platform would look it up, then without regard to case.
    ///
    /// # Errors
    /// `E0207`, with what was probably meant; `E0312` where there are several.
    pub async fn load_account(&self, realm: &Realm<'_>, typed: &str) -> Result<Account> {
        let email = realm.normal(typed);
        let filter = realm.with(realm.email_path(), email.as_str());
        let mut found = self.store.find(&realm.ns, filter.clone(), None, None).await?;
        if found.is_empty() {
            // Only of e-mails: what links an account to its organization is compared as it stands.
            found = self.store.find_ignoring_case(&realm.ns, filter).await?;
            found.retain(|document| realm.has(document));
        }
        match found.len() {
            1 => Ok(realm.account(found.swap_remove(0))),
            0 => Err(self.no_account(realm, &email).await?),
            n => {
                let ids: Vec<String> = found.iter().map(|d| d.get("_id").map(plain).unwrap_or_default()).collect();
                let text = format!(
                    "{n} accounts in {} have the e-mail {email}: {}; it is a matter of chance who logs in",
                    realm.ns,
                    ids.join(", ")
                );
                Err(Error::new(&code::LINK_BROKEN, text).next("flowbit doctor   # shows them, with what to do"))
            }
        }
    }

    async fn no_account(&self, realm: &Realm<'_>, email: &str) -> Result<Error> {
        let error = Error::new(&code::USER_NOT_FOUND, format!("there is no account {email:?} in {}", realm.name()));
        let list = format!("flowbit user list {}", realm.option());
        if let (true, Some(other)) = (realm.org.is_some(), self.owner_of(email).await?) {
            return Ok(error.next(format!(
                "it is an account of {other}: flowbit user show {} --org {}",
                shell(email),
                shell(&other)
            )));
        }
        let known: Vec<String> = self.emails_of(realm).await?;
        Ok(match nearest(email, known.iter().map(String::as_str)) {
            Some(meant) => error.next(format!("did you mean {meant:?}?")).next(list),
            None => error.next(list),
        })
    }

    /// All e-mails of a realm.
    async fn emails_of(&self, realm: &Realm<'_>) -> Result<Vec<String>> {
        let mut projection = Document::new();
        projection.insert(realm.email_path(), 1);
        let found = self.store.find(&realm.ns, realm.filter.clone(), Some(projection), None).await?;
        Ok(found.iter().filter_map(|d| fields::get(d, realm.email_path()).map(plain)).collect())
    }

    /// The organization among whose accounts is one with this e-mail.
    pub(super) async fn owner_of(&self, email: &str) -> Result<Option<String>> {
        let orgs = self.orgs_briefly().await?;
        let shape = &self.platform.account;
        if shape.place == AccountPlace::Store {
            for org in orgs.iter().take(ASKED) {
                let realm = self.realm_of(org);
                if self.store.exists(&realm.ns, realm.with(realm.email_path(), email)).await? {
                    return Ok(Some(org.name.as_str().to_owned()));
                }
            }
            return Ok(None);
        }
        let mut filter = Document::new();
        filter.insert(shape.fields.path_of(Var::Email).unwrap_or("email"), email);
        let found = self.store.find_ignoring_case(&self.master(&shape.collection), filter).await?;
        let owner = |document: &Document| self.org_with(&orgs, document).map(|org| org.name.as_str().to_owned());
        Ok(found.iter().find_map(owner))
    }

    /// The organization that a document of the accounts' collection belongs to.
    pub(in crate::ops) fn org_with<'o>(&self, orgs: &'o [Org], document: &Document) -> Option<&'o Org> {
        let mine = |org: &Org| {
            let filter = self.accounts(org).map_or_else(|| self.record_filter(&org.id), |(_, filter)| filter);
            !filter.is_empty() && filter.iter().all(|(path, value)| fields::get(document, path) == Some(value))
        };
        orgs.iter().find(|org| mine(org))
    }
}

/// That the description says nothing about owners of the platform.
pub fn no_core(platform: &str) -> Error {
    Error::new(
        &code::BAD_ARGUMENT,
        format!("--core: the description of {platform} has no [core], so it has no accounts of the platform's owners"),
    )
    .next("name an organization with --org, or describe the owners' accounts under [core] in flowbit.toml")
}
