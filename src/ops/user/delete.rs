//! Removing an account: what points to it, and whom the organization's record names instead.

use bson::{Bson, Document, doc};

use super::change::Whole;
use super::plan::{ChangeView, Referring, Work, state_word, this};
use super::realm::{Account, Realm};
use crate::domain::Layout;
use crate::domain::fields;
use crate::domain::plan::{Change, Namespace};
use crate::domain::template::{Var, plain};
use crate::error::{Error, Result, code};
use crate::ops::House;

impl House<'_> {
    pub(super) async fn delete_changes(
        &self,
        (realm, account, copies): Whole<'_>,
        force: bool,
        work: &mut Work,
        view: &mut ChangeView,
    ) -> Result<()> {
        work.warnings.extend(self.require_another_admin(realm, account, force).await?);
        self.move_link(realm, account, force, work, view).await?;
        work.commit.push(Change::Delete { ns: realm.ns.clone(), filter: this(&account.record) });
        let gone = copies.iter().map(|(_, ns, id)| Change::Delete { ns: ns.clone(), filter: this(id) });
        work.commit.extend(gone);
        view.referring = self.referring_to(realm, account).await?;
        let documents: u64 = view.referring.iter().map(|r| r.documents).sum();
        if documents > 0 {
            let places: Vec<String> = view.referring.iter().map(|r| format!("{} ({})", r.field, r.documents)).collect();
            work.warnings.push(format!(
                "{documents} documents point to this account and will point to nobody: {}",
                places.join(", ")
            ));
        }
        let before = doc! { "role": account.role.clone(), "state": state_word(account.active) };
        work.deed.before = before.into();
        Ok(())
    }

    /// Where the organization's record names this account, it names another administrator from then on.
    async fn move_link(
        &self,
        realm: &Realm<'_>,
        account: &Account,
        force: bool,
        work: &mut Work,
        view: &mut ChangeView,
    ) -> Result<()> {
        let (Some(org), Some(shape), Some(ns)) = (&realm.org, &self.platform.organization, self.records()) else {
            return Ok(());
        };
        let mine = realm.account_vars(&account.id, &account.email);
        let links: Vec<&str> =
            [Var::AccountId, Var::Email].iter().filter_map(|var| shape.fields.path_of(*var)).collect();
        if links.is_empty() {
            return Ok(());
        }
        let record = self.store.find_one(&ns, self.record_filter(&org.id), None).await?.unwrap_or_default();
        let names_it = |path: &&&str| fields::get(&record, path) == shape.fields.value_at(path, &mine).as_ref();
        let links: Vec<&str> = links.iter().filter(names_it).copied().collect();
        if links.is_empty() {
            return Ok(());
        }
        let Some(other) = self.another_admin(realm, account).await? else {
            let text = format!(
                "the record of {} names {} and there is no other administrator whom it could name instead",
                realm.name(),
                account.email
            );
            if force {
                work.warnings.push(format!("{text}; it will name an account that does not exist"));
                return Ok(());
            }
            return Err(Error::new(&code::LAST_ADMIN, format!("{text}; nothing was changed"))
                .next(format!("flowbit user create EMAIL {}   # an administrator, first", realm.option()))
                .next("repeat with --force to leave the record as it is"));
        };
        let theirs = realm.account_vars(&other.id, &other.email);
        for path in links {
            work.commit.push(Change::Rewrite {
                ns: ns.clone(),
                filter: self.record_filter(&org.id),
                path: path.to_owned(),
                from: fields::get(&record, path).cloned().unwrap_or(Bson::Null),
                to: shape.fields.value_at(path, &theirs).unwrap_or(Bson::Null),
                must: true,
            });
        }
        work.seen.insert("link", other.record.clone());
        work.deed.details.insert("linked_to", &other.email);
        view.linked_to = Some(other.email);
        Ok(())
    }

    /// How many documents point to an account, by field.
    pub(super) async fn referring_to(&self, realm: &Realm<'_>, account: &Account) -> Result<Vec<Referring>> {
        let mut found = Vec::new();
        for reference in &self.platform.references {
            let Some((collection, path)) = reference.to.split_once('.') else { continue };
            if collection != realm.shape.collection {
                continue;
            }
            let Some(value) = fields::get(&account.document, path) else { continue };
            let value = if reference.as_string { Bson::String(plain(value)) } else { value.clone() };
            let ns = self.place_of(realm, &reference.collection);
            let filter = Document::from_iter([(reference.field.clone(), value)]);
            let documents = self.store.count(&ns, filter).await?;
            if documents > 0 {
                found.push(Referring { field: format!("{}.{}", ns.coll, reference.field), documents });
            }
        }
        Ok(found)
    }

    /// Where a collection is that a reference names: by its kind, or by its name.
    fn place_of(&self, realm: &Realm<'_>, collection: &str) -> Namespace {
        let Some(org) = &realm.org else { return self.master(collection) };
        let is_kind = self.platform.store.kinds.iter().any(|kind| kind.name == collection);
        let own = (is_kind || self.platform.layout == Layout::Database)
            .then(|| org.home.of_kind(self.store.master(), Some(collection)));
        own.flatten().unwrap_or_else(|| self.master(collection))
    }
}
