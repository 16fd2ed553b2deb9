//! Whom entries mean: the e-mails of actors, and the names of organizations. One question for each place, whatever the
//! number of entries.

use std::collections::{BTreeMap, HashMap};

use bson::{Bson, Document, Uuid, doc, oid::ObjectId};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::domain::audit::{Entry, Trail, said};
use crate::domain::description::{AccountPlace, AccountShape};
use crate::domain::fields;
use crate::domain::naming::NameKey;
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::kept::name_entry;

/// How many tenants' stores are asked at a time.
const AT_ONCE: usize = 8;

/// What the identifiers in some entries stand for.
#[derive(Debug, Clone, Default)]
pub struct Names {
    people: HashMap<String, String>,
    orgs: HashMap<String, Org>,
    /// The only organization there is talk of.
    only: Option<Org>,
}

impl Names {
    /// The e-mail of an actor; none where no account is known by this.
    pub fn person(&self, actor: &Bson) -> Option<&str> {
        self.people.get(&said(actor)).map(String::as_str)
    }

    /// The organization that an entry carries the key of.
    pub fn org(&self, tenant: &Bson) -> Option<&Org> {
        self.orgs.get(&said(tenant))
    }

    /// All organizations that there is talk of.
    pub fn orgs(&self) -> impl Iterator<Item = &Org> {
        self.orgs.values()
    }

    /// What others know, too.
    pub(super) fn add(&mut self, others: Names) {
        self.people.extend(others.people);
    }

    /// The name of the organization that an entry belongs to.
    pub fn org_name(&self, tenant: Option<&Bson>) -> Option<&str> {
        let org = self.only.as_ref().or_else(|| self.org(tenant?))?;
        Some(org.name.as_str())
    }
}

/// Somebody in some tenant, as documents say it.
pub(super) type Mention = (Option<Bson>, Option<Bson>);

/// What identifiers of accounts may be stored as; nothing where this is none.
fn variants(value: &Bson) -> Vec<Bson> {
    match value {
        Bson::ObjectId(id) => vec![value.clone(), Bson::String(id.to_hex())],
        Bson::Binary(binary) => {
            binary.to_uuid().map_or_else(|_| Vec::new(), |uuid| vec![value.clone(), Bson::String(uuid.to_string())])
        }
        Bson::String(text) => {
            let id = ObjectId::parse_str(text).ok().map(Bson::ObjectId);
            let uuid = Uuid::parse_str(text).ok().map(|uuid| Bson::Binary(uuid.into()));
            let mut all: Vec<Bson> = id.into_iter().chain(uuid).collect();
            if !all.is_empty() {
                all.push(value.clone());
            }
            all
        }
        _ => Vec::new(),
    }
}

impl House<'_> {
    /// The names of those that entries mention. `org` is the one that all of them are of, if they are of one.
    ///
    /// # Errors
    /// What the server says.
    pub async fn names_of(&self, trail: &Trail, entries: &[Entry], org: Option<&Org>) -> Result<Names> {
        let mentions: Vec<Mention> = entries.iter().map(|entry| (entry.actor.clone(), entry.tenant.clone())).collect();
        self.names(trail, &mentions, org).await
    }

    pub(super) async fn names(&self, trail: &Trail, mentions: &[Mention], org: Option<&Org>) -> Result<Names> {
        let ids = mentions.iter().filter_map(|(who, _)| who.as_ref()).flat_map(variants).collect::<Vec<_>>();
        let orgs = self.orgs_mentioned(trail, mentions, org);
        let mut names = Names { only: org.cloned(), ..Names::default() };
        if self.platform.account.place == AccountPlace::Store {
            names.orgs = orgs.await?;
            names.people = self.people_in_stores(mentions, &names).await?;
        } else {
            let ns = self.master(&self.platform.account.collection);
            let people = self.people(&ns, &self.platform.account, ids.clone());
            let (orgs, people) = tokio::join!(orgs, people);
            (names.orgs, names.people) = (orgs?, people?);
        }
        if let Some(core) = &self.platform.core {
            let left: Vec<Bson> = ids.into_iter().filter(|id| !names.people.contains_key(&said(id))).collect();
            names.people.extend(self.people(&self.master(&core.collection), core, left).await?);
        }
        Ok(names)
    }

    /// The e-mails of accounts, by what identifies them.
    async fn people(&self, ns: &Namespace, shape: &AccountShape, ids: Vec<Bson>) -> Result<HashMap<String, String>> {
        let mut people = HashMap::new();
        if ids.is_empty() {
            return Ok(people);
        }
        let id_path = shape.fields.path_of(Var::AccountId).unwrap_or("_id");
        let email_path = shape.fields.path_of(Var::Email).unwrap_or("email");
        let mut filter = Document::new();
        filter.insert(id_path, doc! { "$in": ids });
        let mut projection = Document::new();
        projection.insert(id_path, 1);
        projection.insert(email_path, 1);
        for document in self.store.find(ns, filter, Some(projection), None).await? {
            if let (Some(id), Some(email)) = (fields::get(&document, id_path), fields::get(&document, email_path)) {
                people.insert(said(id), plain(email));
            }
        }
        Ok(people)
    }

    /// The same where each tenant keeps its own accounts: of those tenants that somebody is mentioned with.
    async fn people_in_stores(&self, mentions: &[Mention], names: &Names) -> Result<HashMap<String, String>> {
        let mut by_store: BTreeMap<String, (Namespace, Vec<Bson>)> = BTreeMap::new();
        for (who, tenant) in mentions {
            let org = names.only.as_ref().or_else(|| names.org(tenant.as_ref()?));
            let (Some(who), Some(org)) = (who, org) else { continue };
            let Some((ns, _)) = self.accounts(org) else { continue };
            by_store.entry(ns.to_string()).or_insert_with(|| (ns, Vec::new())).1.extend(variants(who));
        }
        let asked =
            by_store.into_values().map(|(ns, ids)| async move { self.people(&ns, &self.platform.account, ids).await });
        let found: Vec<HashMap<String, String>> = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The organizations by what entries carry of them, also those that are not in force.
    async fn orgs_mentioned(
        &self,
        trail: &Trail,
        mentions: &[Mention],
        only: Option<&Org>,
    ) -> Result<HashMap<String, Org>> {
        let mut said_of: Vec<Bson> = Vec::new();
        for tenant in mentions.iter().filter_map(|(_, tenant)| tenant.as_ref()).filter(|tenant| **tenant != Bson::Null)
        {
            if !said_of.contains(tenant) {
                said_of.push(tenant.clone());
            }
        }
        if said_of.is_empty() || only.is_some() {
            return Ok(HashMap::new());
        }
        let key = |org: &Org| trail.key_of(&self.vars(&org.id, &org.name, &org.slug, &org.home));
        self.orgs_of_keys(trail.tenant_var(), said_of, &key).await
    }

    /// The organizations by these keys: `var` is what the keys are made of, `key_of` makes one.
    pub(super) async fn orgs_of_keys(
        &self,
        var: Option<Var>,
        keys: Vec<Bson>,
        key_of: &dyn Fn(&Org) -> Option<Bson>,
    ) -> Result<HashMap<String, Org>> {
        let Some(shape) = &self.platform.organization else {
            let orgs = keys.iter().filter_map(|key| Some((said(key), self.org_by_key(key.as_str()?, None))));
            return Ok(orgs.collect());
        };
        let path = match var {
            Some(Var::OrgId) => Some(shape.id_path()),
            Some(Var::Name) => Some(self.platform.org_name_path()),
            Some(Var::Slug) => shape.fields.path_of(Var::Slug),
            _ => None,
        };
        let orgs = match path {
            Some(path) => {
                let values = keys.iter().flat_map(|value| [vec![value.clone()], variants(value)].concat());
                let mut filter = Document::new();
                filter.insert(path, doc! { "$in": values.collect::<Vec<_>>() });
                let found = self.store.find(&self.master(&shape.collection), filter, None, None).await?;
                found.into_iter().map(|record| self.org_of(shape, record)).collect()
            }
            None => self.orgs_briefly().await?,
        };
        Ok(orgs.into_iter().filter_map(|org| Some((said(&key_of(&org)?), org))).collect())
    }

    /// The living organization of this name, found by it where that is possible: whoever asks about one does not read
    /// them all.
    ///
    /// # Errors
    /// `E0201`.
    pub async fn load_one_org(&self, typed: &str) -> Result<Org> {
        if let Some(shape) = &self.platform.organization {
            let mut filter = Document::new();
            filter.insert(self.platform.org_name_path(), typed);
            if let Some(state) = &shape.state {
                filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
            }
            if let Some(record) = self.store.find_one(&self.master(&shape.collection), filter, None).await? {
                return Ok(self.org_of(shape, record));
            }
        }
        if let Some(org) = self.keyless_org(typed).await? {
            return Ok(org);
        }
        let orgs = self.orgs_briefly().await?;
        Ok(self.load_org(&orgs, typed).await?.clone())
    }

    /// The tenant of this name where tenants are no documents and their name is their key: somebody has an account of it,
    /// and it is no name that a tenant has had.
    async fn keyless_org(&self, typed: &str) -> Result<Option<Org>> {
        let account = &self.platform.account;
        let by_name = self.platform.organization.is_none() && self.platform.tenant_key() == Some(Var::Name);
        let Some(link) = self.platform.account_link_path().filter(|_| by_name && !typed.is_empty()) else {
            return Ok(None);
        };
        if account.place != AccountPlace::Master || account.fields.only_at(link) != Some(Var::Name) {
            return Ok(None);
        }
        let mut filter = Document::new();
        filter.insert(link, typed);
        let ns = self.master(&account.collection);
        let former = name_entry(&NameKey::of(typed));
        let (there, kept) = tokio::join!(self.store.exists(&ns, filter), self.kept(&former));
        Ok((there? && kept?.is_none()).then(|| self.org_by_key(typed, None)))
    }
}
