//! Which accounts there are, and everything about one that is no secret.

use std::collections::HashMap;

use bson::{Bson, Document, doc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::hash::HashFacts;
use super::plan::state_word;
use super::realm::{Account, Realm, Whose};
use crate::domain::description::AccountPlace;
use crate::domain::fields;
use crate::domain::secrecy::{is_secret_name, is_secret_value};
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::House;

/// One account in a list.
#[derive(Debug, Clone, Serialize)]
pub struct UserRow {
    /// E-mail.
    pub email: String,
    /// Identifier.
    pub id: String,
    /// Role, where accounts have one.
    pub role: Option<String>,
    /// `active` or `disabled`.
    pub state: &'static str,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// The organization; none for the platform's owners.
    pub organization: Option<String>,
}

/// One account.
#[derive(Debug, Clone, Serialize)]
pub struct UserView {
    /// What a list says.
    #[serde(flatten)]
    pub row: UserRow,
    /// The stored hash.
    pub hash: HashFacts,
    /// Whether it administers the organization.
    pub admin: bool,
    /// Further fields.
    pub fields: Map<String, Value>,
}

impl House<'_> {
    /// The accounts of an organization, or of the platform's owners, by e-mail.
    ///
    /// # Errors
    /// `E0201`.
    pub async fn list_users(&self, whose: &Whose) -> Result<Vec<UserRow>> {
        let realm = self.realm(whose).await?;
        let mut rows = self.rows(&realm).await?;
        rows.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(rows)
    }

    /// The accounts of all living organizations, by organization and e-mail.
    pub async fn list_all_users(&self) -> Result<Vec<UserRow>> {
        let orgs = self.orgs_briefly().await?;
        let mut rows = Vec::new();
        if self.platform.account.place == AccountPlace::Master {
            // One read, whatever their number: an account is the organization's whose link it has.
            let mut realms: HashMap<String, Realm<'_>> = HashMap::new();
            let link = self.platform.account_link_path().unwrap_or("_id").to_owned();
            for org in &orgs {
                let realm = self.realm_of(org);
                realms.insert(realm.filter.get(&link).map(Bson::to_string).unwrap_or_default(), realm);
            }
            if let Some(realm) = realms.values().next().cloned() {
                let mut projection = projection(&realm);
                projection.insert(link.as_str(), 1);
                for document in self.store.find(&realm.ns, Document::new(), Some(projection), None).await? {
                    let key = fields::get(&document, &link).map(Bson::to_string).unwrap_or_default();
                    rows.extend(realms.get(&key).map(|realm| row(realm, &realm.account(document))));
                }
            }
        } else {
            for org in &orgs {
                rows.extend(self.rows(&self.realm_of(org)).await?);
            }
        }
        rows.sort_by(|a, b| (&a.organization, &a.email).cmp(&(&b.organization, &b.email)));
        Ok(rows)
    }

    async fn rows(&self, realm: &Realm<'_>) -> Result<Vec<UserRow>> {
        let found = self.store.find(&realm.ns, realm.filter.clone(), Some(projection(realm)), None).await?;
        let has_email = |account: &Account| !realm.is_embedded() || !account.email.is_empty();
        let accounts = found.into_iter().map(|document| realm.account(document)).filter(has_email);
        Ok(accounts.map(|account| row(realm, &account)).collect())
    }

    /// Everything about one account that is no secret.
    ///
    /// # Errors
    /// `E0201`, `E0207`.
    pub async fn show_user(&self, whose: &Whose, typed: &str) -> Result<UserView> {
        let realm = self.realm(whose).await?;
        let account = self.load_account(&realm, typed).await?;
        let stored = fields::get(&account.document, realm.hash_path());
        Ok(UserView {
            row: row(&realm, &account),
            hash: HashFacts::of(stored, realm.shape.hash),
            admin: realm.is_admin(&account),
            fields: further(&realm, &account.document),
        })
    }
}

fn projection(realm: &Realm<'_>) -> Document {
    let mut projection = Document::new();
    let state = realm.shape.state.as_ref().map(|state| state.field.as_str());
    let paths = [Some(realm.email_path()), Some(realm.id_path()), realm.role_path(), state, realm.created_path()];
    projection.extend(paths.into_iter().flatten().map(|path| (path.to_owned(), Bson::from(1))));
    projection
}

fn row(realm: &Realm<'_>, account: &Account) -> UserRow {
    UserRow {
        email: account.email.clone(),
        id: plain(&account.id),
        role: account.role.clone(),
        state: state_word(account.active),
        created: account.created.map(|time| plain(&Bson::DateTime(time))),
        organization: realm.organization(),
    }
}

/// The fields that are not shown by a name of their own: of an organization's record only those of its account.
fn further(realm: &Realm<'_>, document: &Document) -> Map<String, Value> {
    let shown = [
        Some("_id"),
        Some(realm.email_path()),
        Some(realm.id_path()),
        Some(realm.hash_path()),
        realm.role_path(),
        realm.shape.state.as_ref().map(|state| state.field.as_str()),
        realm.created_path(),
    ];
    let mut further = Map::new();
    let mut put = |path: &str, value: &Bson| {
        if !shown.contains(&Some(path)) && !is_secret_name(path) {
            further.extend(harmless(value, path, &shown).map(|value| (path.to_owned(), value)));
        }
    };
    match realm.is_embedded() {
        true => realm.shape.fields.iter().for_each(|(path, _)| {
            if let Some(value) = fields::get(document, path) {
                put(path, value);
            }
        }),
        false => document.iter().for_each(|(key, value)| put(key, value)),
    }
    further
}

/// A value without what looks like a secret in it.
fn harmless(value: &Bson, path: &str, shown: &[Option<&str>]) -> Option<Value> {
    match value {
        Bson::Document(inner) => {
            let below = |key: &str| format!("{path}.{key}");
            let fields = inner.iter().filter(|(key, _)| !is_secret_name(key) && !shown.contains(&Some(&below(key))));
            let fields = fields.filter_map(|(key, value)| Some((key.clone(), harmless(value, &below(key), shown)?)));
            Some(Value::Object(fields.collect()))
        }
        Bson::Array(items) => Some(Value::Array(items.iter().filter_map(|item| harmless(item, path, shown)).collect())),
        Bson::String(text) if is_secret_value(text) => None,
        Bson::Binary(_) => None,
        Bson::ObjectId(_) | Bson::DateTime(_) => Some(Value::String(plain(value))),
        other => Some(other.clone().into_relaxed_extjson()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_passed_over_however_deep() {
        let value = Bson::from(doc! {
            "name": "x", "resetToken": "abc", "deep": { "apiSecret": 1, "ok": true, "old": ["$2b$12$abc", "plain", "eyJhbGciOi"] },
        });
        let shown = serde_json::json!({ "name": "x", "deep": { "ok": true, "old": ["plain"] } });
        assert_eq!(harmless(&value, "profile", &[]), Some(shown));
    }
}
