//! A new organization: its record, its administrator, its collections. It becomes visible at the commit, whole (B24).

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde::Serialize;

use super::kept::{database_entry, name_entry, org_entry, store_entry};
use crate::domain::audit::Deed;
use crate::domain::description::{AccountPlace, IdType, IndexShape};
use crate::domain::fields::{self, identified};
use crate::domain::naming::{OrgName, Slug};
use crate::domain::plan::{Change, Namespace, Plan, Step};
use crate::domain::record::{OpId, Record, Subject};
use crate::domain::registry::Registry;
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::layout::Home;
use crate::ops::deed::state_of;
use crate::ops::{Consent, House, Prepared, new_op, password};
use crate::store::documents::HELD;
use crate::store::{Pen, Secret, file, machine};

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The name as typed.
    pub name: String,
    /// E-mail of the administrator.
    pub email: String,
}

/// What would be made, or is there.
#[derive(Debug, Clone, Serialize)]
pub struct Made {
    /// The name as stored.
    pub name: String,
    /// Its collections.
    pub store: String,
    /// Identifier of the organization.
    pub id: String,
    /// E-mail of the administrator.
    pub admin: String,
    /// The collections.
    pub collections: Vec<String>,
}

/// A new organization, checked; the password is not needed yet.
#[derive(Debug)]
pub struct Draft {
    name: OrgName,
    slug: Slug,
    home: Home,
    email: String,
    org_id: Bson,
    account_id: Bson,
    /// For records whose identifier is not their `_id`.
    record_id: ObjectId,
    account_record_id: ObjectId,
    /// Of second copies of the account, as many as are known; others get new ones.
    copy_ids: Vec<ObjectId>,
    marker_id: ObjectId,
    now: DateTime,
}

/// Identifiers for a new organization that are known before, and the moment at which it says that it was made.
#[derive(Debug, Clone)]
pub struct Identities {
    /// Of the organization.
    pub org: Bson,
    /// Of its record, where that is another.
    pub record: ObjectId,
    /// Of the administrator.
    pub account: Bson,
    /// Of the administrator's document, where that is another.
    pub account_record: ObjectId,
    /// Of second copies of it.
    pub copies: Vec<ObjectId>,
    /// Of the marker document.
    pub marker: ObjectId,
    /// When.
    pub at: DateTime,
}

impl Draft {
    /// The same with these identifiers.
    #[must_use]
    pub fn with(self, ids: Identities) -> Self {
        Self {
            org_id: ids.org,
            record_id: ids.record,
            account_id: ids.account,
            account_record_id: ids.account_record,
            copy_ids: ids.copies,
            marker_id: ids.marker,
            now: ids.at,
            ..self
        }
    }

    /// The identifier of the administrator's document.
    pub fn admin(&self) -> ObjectId {
        self.account_record_id
    }
}

fn new_id(id_type: IdType) -> Bson {
    match id_type {
        IdType::ObjectId => Bson::ObjectId(ObjectId::new()),
        IdType::Uuid => Bson::String(bson::Uuid::new().to_string()),
    }
}

/// Checks an e-mail address for what every backend agrees on.
///
/// # Errors
/// `E0109`.
pub fn accept_email(typed: &str, lower: bool) -> Result<String> {
    let email = typed.trim();
    let good = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
    }) && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if !good || email.len() > 254 {
        return Err(Error::new(&code::BAD_EMAIL, format!("{typed:?} is not an e-mail address")));
    }
    Ok(if lower { email.to_lowercase() } else { email.to_owned() })
}

impl House<'_> {
    /// Checks names and e-mail; whether they are free is for the plan.
    ///
    /// # Errors
    /// `E0102`, `E0109`.
    pub fn draft(&self, wanted: &Wanted) -> Result<Draft> {
        let (name, slug) = self.platform.naming.accept(&wanted.name)?;
        let id_type = self.platform.organization.as_ref().map(|shape| shape.id_type);
        let mut org_id = id_type.map_or(Bson::Null, new_id);
        let home = Home::derived(self.platform, &slug, &self.vars_of(&org_id, &name, &slug));
        if let (None, Home::Shared(key)) = (id_type, &home) {
            org_id = key.value.clone();
        }
        home.check(self.platform, self.store.master())?;
        let email = accept_email(&wanted.email, self.platform.account.lower_case_email)?;
        Ok(Draft {
            name,
            slug,
            home,
            email,
            org_id,
            account_id: new_id(self.platform.account.id_type),
            record_id: ObjectId::new(),
            account_record_id: ObjectId::new(),
            copy_ids: Vec::new(),
            marker_id: ObjectId::new(),
            now: DateTime::now(),
        })
    }

    /// What would be made. The hash lies beside the plan, not in it.
    ///
    /// # Errors
    /// `E0301`, `E0302`, `E0313`, `E0303`.
    pub async fn plan_create(&self, draft: &Draft, hash: &Secret, own: Option<&OpId>) -> Result<Prepared> {
        let orgs = self.orgs_briefly().await?;
        self.require_free(&draft.name, &draft.home, &orgs, None).await?;
        self.require_email_free(&draft.email).await?;
        self.require_new_home(&draft.home, None).await?;
        let catalog = self.home_catalog(&draft.home).await?;
        self.require_unclaimed(&draft.home, &self.covered(&draft.home, None, &orgs).await?, &catalog)?;
        let op = own.cloned().unwrap_or_else(new_op);
        let mut reserves = vec![
            org_entry(&draft.org_id),
            name_entry(&draft.name.key()),
            format!("email:{}", draft.email.to_lowercase()),
        ];
        if let Home::Database(database) = &draft.home {
            reserves.push(database_entry(database.as_str()));
        }
        let mut plan = Plan::default();
        let mut present = Vec::new();
        for (collection, indexes) in draft.home.expected(self.platform) {
            let name = self.at_home(&draft.home, &collection);
            self.require_vacant(&name, &catalog, None).await?;
            reserves.push(store_entry(self.store.master(), &name));
            let staging = self.at_home(&draft.home, &format!("fb_new_{op}_{collection}"));
            present.push(collection.clone());
            plan.before.push(Step::Create { name, staging, indexes });
        }
        self.require_unreserved(&reserves, own).await?;
        let vars = self.new_vars(draft, hash);
        let deposits = self.commit_create(draft, &vars, &op, &present, &mut plan)?;
        plan.after.extend(self.registry_entry(draft)?);
        let mut warnings = Vec::new();
        self.topology_warnings(&mut warnings);
        let subject = Subject { id: draft.org_id.clone(), name: draft.name.as_str().to_owned(), to: None };
        // Nothing of this exists, so there is nothing that could have changed: that it is free was just looked at.
        let record = self.record(op, "org.create", subject, reserves, plan, &Document::new());
        Ok(Prepared { record, deposits, warnings })
    }

    /// The documents of the commit. Those with a hash are given back: they lie beside the record until then.
    fn commit_create(
        &self,
        draft: &Draft,
        vars: &Vars,
        op: &OpId,
        present: &[String],
        plan: &mut Plan,
    ) -> Result<Vec<(Namespace, Document)>> {
        let shape = &self.platform.account;
        let mut deposits: Vec<(Namespace, Document)> = Vec::new();
        let account = shape.fields.document(vars);
        let record =
            self.platform.organization.as_ref().map(|org| identified(org.fields.document(vars), draft.record_id));
        match (shape.place, self.records(), record) {
            (AccountPlace::Organization, Some(ns), Some(mut record)) => {
                for (path, _) in shape.fields.iter() {
                    if let Some(value) = fields::get(&account, path) {
                        fields::put(&mut record, path, value.clone());
                    }
                }
                deposits.push((ns, record));
            }
            (place, ns, record) => {
                let accounts = match place {
                    AccountPlace::Store => self.at_home(&draft.home, &shape.collection),
                    AccountPlace::Master | AccountPlace::Organization => self.master(&shape.collection),
                };
                deposits.push((accounts, identified(account, draft.account_record_id)));
                plan.commit.extend(ns.zip(record).map(|(ns, document)| Change::Insert {
                    ns,
                    document,
                    past_fences: false,
                }));
            }
        }
        for (i, copy) in shape.copies.iter().enumerate() {
            let Some(ns) = draft.home.of_kind(self.store.master(), copy.collection.as_deref()) else { continue };
            let id = draft.copy_ids.get(i).copied().unwrap_or_else(ObjectId::new);
            deposits.push((ns, identified(copy.fields.document(vars), id)));
        }
        let mut places: Vec<&Namespace> = deposits.iter().map(|(ns, _)| ns).collect();
        places.dedup();
        for ns in places.into_iter().rev() {
            plan.commit.insert(0, Change::Release { ns: ns.clone(), op: op.0.clone(), must: true });
        }
        if let (Some(marker), Some(collection)) = (&self.platform.store.marker, present.first()) {
            let document = identified(marker.fields.document(vars), draft.marker_id);
            plan.commit.push(Change::Insert {
                ns: self.at_home(&draft.home, collection),
                document,
                past_fences: false,
            });
        }
        let details = doc! { "name": draft.name.as_str(), "collections": present.to_vec(), "admin": &draft.email };
        let who = self.vars_of(&draft.org_id, &draft.name, &draft.slug);
        let deed = Deed::new("org.created", details).changing(Bson::Null, state_of(&draft.name, &draft.home, "active"));
        plan.commit.push(self.audit(&deed, who, op, DateTime::now()));
        Ok(deposits)
    }

    /// Where tenants are no documents, the registry is where everybody looks who they are.
    fn registry_entry(&self, draft: &Draft) -> Result<Option<Step>> {
        let (None, Some(path)) = (&self.platform.organization, &self.registry) else { return Ok(None) };
        let Some(text) = file::read(path)? else { return Ok(None) };
        let shown = path.display().to_string();
        let tenant = match &draft.home {
            Home::Shared(key) => key.value.as_str().unwrap_or(draft.name.as_str()).to_owned(),
            Home::Collections(_) | Home::Database(_) => draft.name.as_str().to_owned(),
        };
        let adds = Registry::parse(&shown, &text)?.add(&tenant);
        Ok(adds.then(|| Step::Registry { file: shown, host: machine::host(), names: Vec::new(), add: Some(tenant) }))
    }

    fn new_vars(&self, draft: &Draft, hash: &Secret) -> Vars {
        let mut vars = self.vars(&draft.org_id, &draft.name, &draft.slug, &draft.home);
        let local = draft.email.split('@').next().unwrap_or_default();
        vars.extend([
            (Var::AccountId, draft.account_id.clone()),
            (Var::Email, Bson::String(draft.email.clone())),
            (Var::LocalPart, Bson::String(local.to_owned())),
            (Var::Hash, Bson::String(hash.reveal().to_owned())),
            (Var::Role, Bson::String(self.platform.account.admin_role.clone())),
            (Var::Now, Bson::DateTime(draft.now)),
        ]);
        vars
    }

    /// Refuses a database that MongoDB would confuse with another, and a tenant key that something carries already.
    ///
    /// # Errors
    /// `E0302`.
    pub(super) async fn require_new_home(&self, home: &Home, old: Option<&Home>) -> Result<()> {
        match home {
            Home::Collections(_) => Ok(()),
            Home::Database(database) => {
                let name = database.as_str();
                let there = self.store.databases().await?;
                let twin = there.iter().find(|db| db.eq_ignore_ascii_case(name) && *db != name);
                let own = old.map(|old| old.database(self.store.master()));
                match twin {
                    Some(db) if own == Some(db) => Err(Error::new(
                        &code::STORE_TAKEN,
                        format!(
                            "the databases {db} and {name} differ in case only; MongoDB does not take both at a time"
                        ),
                    )
                    .next("rename it to something else first, then to this name")),
                    Some(db) => Err(Error::new(
                        &code::STORE_TAKEN,
                        format!("there is a database {db}; MongoDB does not take {name} beside it"),
                    )
                    .next("choose another name")),
                    None if name == self.store.master() => {
                        Err(Error::new(&code::STORE_TAKEN, format!("{name} is the platform's own database"))
                            .next("choose another name"))
                    }
                    None => Ok(()),
                }
            }
            Home::Shared(key) => self.require_key_free(&key.value).await,
        }
    }

    async fn require_key_free(&self, key: &Bson) -> Result<()> {
        for shape in &self.platform.keyed {
            let ns = self.master(&shape.collection);
            if self.store.exists(&ns, crate::store::documents::carries(&shape.key, key)).await? {
                return Err(Error::new(
                    &code::STORE_TAKEN,
                    format!(
                        "documents in {} carry {} = {} already and belong to no organization; they were left alone",
                        ns.coll,
                        shape.key,
                        crate::domain::template::plain(key)
                    ),
                )
                .next("choose another name, or find out whose they are: flowbit doctor"));
            }
        }
        Ok(())
    }

    async fn require_email_free(&self, email: &str) -> Result<()> {
        let Some((ns, path)) = self.emails() else { return Ok(()) };
        let mut filter = Document::new();
        filter.insert(path, email);
        // Without regard to case: some backends lower-case at login and would find either.
        if self.store.exists_ignoring_case(&ns, filter).await? {
            return Err(Error::new(&code::ADMIN_TAKEN, format!("an account with the e-mail {email} exists"))
                .next("give another address with --admin-email"));
        }
        Ok(())
    }

    /// Where e-mails have to be unique among all tenants: none where each tenant has its own accounts, or where the
    /// platform tells them apart by tenant and e-mail.
    pub(in crate::ops) fn emails(&self) -> Option<(Namespace, &str)> {
        let shape = &self.platform.account;
        let path = shape.fields.path_of(Var::Email)?;
        let by_tenant =
            |index: &IndexShape| index.unique && index.keys.len() > 1 && index.keys.keys().any(|key| key == path);
        if shape.place == AccountPlace::Store || shape.indexes.iter().any(by_tenant) {
            return None;
        }
        Some((self.master(&shape.collection), path))
    }

    /// Looks whether a create that was begun and interrupted at once could still be made.
    ///
    /// # Errors
    /// `E0301`, `E0302`, `E0313`.
    pub(in crate::ops) async fn recheck_create(&self, record: &Record) -> Result<()> {
        let (name, slug) = self.platform.naming.accept(&record.subject.name)?;
        let home = Home::derived(self.platform, &slug, &self.vars_of(&record.subject.id, &name, &slug));
        let orgs = self.orgs_briefly().await?;
        self.require_free(&name, &home, &orgs, None).await?;
        self.require_new_home(&home, None).await?;
        let catalog = self.home_catalog(&home).await?;
        self.require_unclaimed(&home, &self.covered(&home, None, &orgs).await?, &catalog)?;
        let held = self.store.find(&self.master(HELD), doc! { "op": record.id.as_str() }, None, None).await?;
        let email = self.platform.account.fields.path_of(Var::Email);
        for document in held.iter().filter_map(|held| held.get_document("document").ok()) {
            if let Some(email) = email.and_then(|path| fields::get(document, path)).and_then(Bson::as_str) {
                self.require_email_free(email).await?;
            }
        }
        Ok(())
    }

    /// Makes the organization.
    ///
    /// # Errors
    /// As for [`House::execute`].
    pub async fn create(
        &self,
        draft: &Draft,
        prepared: Prepared,
        hash: &Secret,
        consent: &Consent,
    ) -> Result<(Made, Outcome)> {
        self.ensure_indexes().await?;
        let outcome = self.execute(prepared, consent, async |id| self.plan_create(draft, hash, Some(id)).await).await?;
        Ok((self.made(draft), outcome))
    }

    /// What the draft would become.
    pub fn made(&self, draft: &Draft) -> Made {
        Made {
            name: draft.name.as_str().to_owned(),
            store: draft.home.as_text(),
            id: crate::domain::template::plain(&draft.org_id),
            admin: draft.email.clone(),
            collections: draft.home.expected(self.platform).into_iter().map(|(name, _)| name).collect(),
        }
    }

    /// The hash of a password by the platform's scheme.
    ///
    /// # Errors
    /// `E0103`.
    pub async fn hash(&self, password: Secret) -> Result<Secret> {
        password::hash(password, self.platform.account.hash).await
    }

    /// The indexes that the description asks for on the platform's own collections, where they are missing.
    pub(in crate::ops) async fn ensure_indexes(&self) -> Result<()> {
        let account = &self.platform.account;
        let mut wanted: Vec<(&String, &Vec<IndexShape>)> =
            self.platform.organization.iter().map(|shape| (&shape.collection, &shape.indexes)).collect();
        if account.place == AccountPlace::Master {
            wanted.push((&account.collection, &account.indexes));
        }
        wanted.extend(self.platform.audit.iter().map(|audit| (&audit.collection, &audit.indexes)));
        wanted.extend(self.platform.keyed.iter().map(|keyed| (&keyed.collection, &keyed.indexes)));
        for (collection, shapes) in wanted {
            if shapes.is_empty() {
                continue;
            }
            let ns = self.master(collection);
            let present = self.store.indexes(&ns).await?;
            let keys: Vec<Option<&Document>> = present.iter().map(|index| index.get_document("key").ok()).collect();
            let missing: Vec<Document> = shapes
                .iter()
                .map(IndexShape::spec)
                .filter(|spec| !keys.contains(&spec.get_document("key").ok()))
                .collect();
            if !missing.is_empty() {
                Pen::free(self.store)
                    .create_indexes(&ns, &missing)
                    .await
                    .map_err(|f| f.into_error(&format!("creating indexes of {ns}")))?;
            }
        }
        Ok(())
    }

    /// The living organization that has this name already, if any.
    pub async fn find_existing(&self, wanted: &str) -> Result<Option<Made>> {
        let (name, _) = self.platform.naming.accept(wanted)?;
        let orgs = self.orgs_briefly().await?;
        let Some(org) = orgs.iter().find(|org| org.name.key() == name.key()) else { return Ok(None) };
        let catalog = self.home_catalog(&org.home).await?;
        let owned = self.owned(&catalog, org, &orgs).await?;
        Ok(Some(Made {
            name: org.name.as_str().to_owned(),
            store: org.home.as_text(),
            id: crate::domain::template::plain(&org.id),
            admin: String::new(),
            collections: owned.collections.iter().map(|info| info.name.clone()).collect(),
        }))
    }
}

/// Sets a value at a path of a fresh document.
pub(super) fn at_path(path: &str, value: Bson) -> Document {
    let mut document = Document::new();
    document.insert(path, value);
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_for_what_everybody_agrees_on() {
        assert_eq!(accept_email(" Admin@Acme.com ", true).unwrap(), "admin@acme.com");
        for bad in ["", "a", "a@b", "@b.c", "a@.c", "a b@c.d", "a@b@c.d"] {
            assert!(accept_email(bad, false).is_err(), "{bad}");
        }
    }
}
