//! A new organization: its record, its administrator, its collections. It becomes visible at the commit, whole (B24).

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use serde::Serialize;

use super::find::{name_entry, org_entry, store_entry};
use crate::domain::fields;
use crate::domain::naming::{OrgName, Slug};
use crate::domain::plan::{Change, Plan, Step};
use crate::domain::record::{OpId, Record, Subject};
use crate::domain::template::{Var, Vars};
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::layout::collection::StoreName;
use crate::ops::{Consent, House, Prepared, new_op, password};
use crate::store::documents::HELD;
use crate::store::{Pen, Secret};

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
    store: StoreName,
    email: String,
    org_id: ObjectId,
    account_id: ObjectId,
    now: DateTime,
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
        let store = StoreName::derived(self.platform, &slug);
        store.check(self.platform, self.store.master())?;
        let email = accept_email(&wanted.email, self.platform.account.lower_case_email)?;
        Ok(Draft {
            name,
            slug,
            store,
            email,
            org_id: ObjectId::new(),
            account_id: ObjectId::new(),
            now: DateTime::now(),
        })
    }

    /// What would be made. The hash lies beside the plan, not in it.
    ///
    /// # Errors
    /// `E0301`, `E0302`, `E0313`, `E0303`.
    pub async fn plan_create(&self, draft: &Draft, hash: &Secret, own: Option<&OpId>) -> Result<Prepared> {
        let orgs = self.orgs_briefly().await?;
        self.require_free(&draft.name, &draft.store, &orgs, None).await?;
        self.require_email_free(&draft.email).await?;
        let catalog = self.store.catalog(self.store.master()).await?;
        self.require_unclaimed(&self.covered(&draft.store, None, &orgs).await?, &catalog)?;
        let op = own.cloned().unwrap_or_else(new_op);
        let org_id = Bson::ObjectId(draft.org_id);
        let mut reserves =
            vec![org_entry(&org_id), name_entry(&draft.name.key()), format!("email:{}", draft.email.to_lowercase())];
        let mut plan = Plan::default();
        let mut present = Vec::new();
        for (collection, indexes) in draft.store.expected(self.platform) {
            let name = self.master(&collection);
            self.require_vacant(&name, &catalog, None).await?;
            reserves.push(store_entry(&collection));
            let staging = self.master(&format!("fb_new_{op}_{collection}"));
            present.push(collection.clone());
            plan.before.push(Step::Create { name, staging, indexes });
        }
        self.require_unreserved(&reserves, own).await?;
        let vars = self.new_vars(draft, hash);
        let accounts = self.master(&self.platform.account.collection);
        let account = self.platform.account.fields.document(&vars);
        plan.commit = vec![
            Change::Release { ns: accounts.clone(), op: op.0.clone(), must: true },
            Change::Insert {
                ns: self.master(&self.platform.organization.collection),
                document: self.platform.organization.fields.document(&vars),
            },
        ];
        if let (Some(marker), Some(collection)) = (&self.platform.store.marker, present.first()) {
            let mut document = doc! { "_id": ObjectId::new() };
            document.extend(marker.fields.document(&vars));
            plan.commit.push(Change::Insert { ns: self.master(collection), document });
        }
        let details = doc! { "name": draft.name.as_str(), "collections": present, "admin": &draft.email };
        plan.commit.push(self.audit("org.created", &org_id, &op, draft.now, details));
        let mut warnings = Vec::new();
        self.topology_warnings(&mut warnings);
        let subject = Subject { id: org_id, name: draft.name.as_str().to_owned(), to: None };
        // Nothing of this exists, so there is nothing that could have changed: that it is free was just looked at.
        let record = self.record(op, "org.create", subject, reserves, plan, &Document::new());
        Ok(Prepared { record, deposits: vec![(accounts, account)], warnings })
    }

    fn new_vars(&self, draft: &Draft, hash: &Secret) -> Vars {
        let mut vars = self.vars(&Bson::ObjectId(draft.org_id), &draft.name, Some((&draft.slug, &draft.store)));
        let local = draft.email.split('@').next().unwrap_or_default();
        vars.extend([
            (Var::AccountId, Bson::ObjectId(draft.account_id)),
            (Var::Email, Bson::String(draft.email.clone())),
            (Var::LocalPart, Bson::String(local.to_owned())),
            (Var::Hash, Bson::String(hash.reveal().to_owned())),
            (Var::Role, Bson::String(self.platform.account.admin_role.clone())),
            (Var::Now, Bson::DateTime(draft.now)),
        ]);
        vars
    }

    async fn require_email_free(&self, email: &str) -> Result<()> {
        let Some(path) = self.platform.account.fields.path_of(Var::Email) else { return Ok(()) };
        let mut filter = Document::new();
        filter.insert(path, email);
        let ns = self.master(&self.platform.account.collection);
        // Without regard to case: some backends lower-case at login and would find either.
        if self.store.exists_ignoring_case(&ns, filter).await? {
            return Err(Error::new(&code::ADMIN_TAKEN, format!("an account with the e-mail {email} exists"))
                .next("give another address with --admin-email"));
        }
        Ok(())
    }

    /// Looks whether a create that was begun and interrupted at once could still be made.
    ///
    /// # Errors
    /// `E0301`, `E0302`, `E0313`.
    pub(in crate::ops) async fn recheck_create(&self, record: &Record) -> Result<()> {
        let (name, slug) = self.platform.naming.accept(&record.subject.name)?;
        let store = StoreName::derived(self.platform, &slug);
        let orgs = self.orgs_briefly().await?;
        self.require_free(&name, &store, &orgs, None).await?;
        let catalog = self.store.catalog(self.store.master()).await?;
        self.require_unclaimed(&self.covered(&store, None, &orgs).await?, &catalog)?;
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
            store: draft.store.as_text(),
            id: draft.org_id.to_hex(),
            admin: draft.email.clone(),
            collections: draft.store.expected(self.platform).into_iter().map(|(name, _)| name).collect(),
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
    async fn ensure_indexes(&self) -> Result<()> {
        let organization = &self.platform.organization;
        let account = &self.platform.account;
        let mut wanted =
            vec![(&organization.collection, &organization.indexes), (&account.collection, &account.indexes)];
        if let Some(audit) = &self.platform.audit {
            wanted.push((&audit.collection, &audit.indexes));
        }
        for (collection, shapes) in wanted {
            if shapes.is_empty() {
                continue;
            }
            let ns = self.master(collection);
            let present = self.store.indexes(&ns).await?;
            let keys: Vec<Option<&Document>> = present.iter().map(|index| index.get_document("key").ok()).collect();
            let missing: Vec<Document> = shapes
                .iter()
                .map(crate::domain::description::IndexShape::spec)
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
        let catalog = self.store.catalog(self.store.master()).await?;
        let owned = self.owned(&catalog, org, &orgs).await?;
        Ok(Some(Made {
            name: org.name.as_str().to_owned(),
            store: org.store.as_text(),
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
