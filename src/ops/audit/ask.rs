//! Which entries are meant: what was typed, as a filter of the server's.

use bson::{Bson, DateTime, Document, Uuid, doc, oid::ObjectId};

use crate::domain::audit::Trail;
use crate::domain::description::AccountPlace;
use crate::domain::fields;
use crate::domain::template::{Var, Vars, plain};
use crate::error::{Error, Result, code};
use crate::journal::OPS;
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::user::Whose;

/// A stretch of time: from its begin on, and before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The first moment; none for the beginning of the trail.
    pub since: Option<DateTime>,
    /// The moment that is over; none for no end.
    pub until: Option<DateTime>,
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Path of the field in entries.
    pub path: String,
    /// Whether it must not be so.
    pub not: bool,
    /// The value, as it was typed: entries that have it in whichever type match.
    pub value: String,
}

/// Which entries somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Of this organization; of all, and of none, without.
    pub org: Option<Org>,
    /// When.
    pub window: Window,
    /// Who did it: an e-mail, an identifier, or what the entries say.
    pub actor: Option<String>,
    /// What was done; an asterisk at the end stands for any rest.
    pub action: Option<String>,
    /// What it is about: an identifier.
    pub target: Option<String>,
    /// Further conditions.
    pub conditions: Vec<Condition>,
}

/// The values that a typed word may stand for: the text, and what else it reads as.
pub fn readings(typed: &str) -> Vec<Bson> {
    let mut values = vec![Bson::String(typed.to_owned())];
    values.extend(ObjectId::parse_str(typed).ok().map(Bson::ObjectId));
    // The server takes numbers of all types for the same.
    values.extend(typed.parse::<i64>().ok().map(Bson::Int64));
    values.extend(typed.parse::<f64>().ok().filter(|n| n.is_finite() && typed.contains('.')).map(Bson::Double));
    values.extend(Uuid::parse_str(typed).ok().map(|uuid| Bson::Binary(uuid.into())));
    values.extend(
        typed.parse::<jiff::Timestamp>().ok().map(|at| Bson::DateTime(DateTime::from_millis(at.as_millisecond()))),
    );
    match typed {
        "true" => values.push(Bson::Boolean(true)),
        "false" => values.push(Bson::Boolean(false)),
        "null" => values.push(Bson::Null),
        _ => {}
    }
    values
}

impl Window {
    /// The condition on the field that holds the time.
    pub fn condition(&self) -> Option<Document> {
        let mut bounds = Document::new();
        bounds.extend(self.since.map(|since| ("$gte".to_owned(), Bson::DateTime(since))));
        bounds.extend(self.until.map(|until| ("$lt".to_owned(), Bson::DateTime(until))));
        (!bounds.is_empty()).then_some(bounds)
    }
}

impl House<'_> {
    /// The platform's audit trail, or flowbit's own.
    pub fn trail(&self) -> Trail {
        Trail::of(self.platform)
    }

    /// The filter that finds the entries which are asked for.
    pub async fn trail_filter(&self, trail: &Trail, asked: &Asked) -> Result<Document> {
        let mut all: Vec<Document> = Vec::new();
        let mut at = |path: &str, condition: Bson| {
            let mut one = Document::new();
            one.insert(path, condition);
            all.push(one);
        };
        if let Some(org) = &asked.org {
            let names = self.names_in_trail(trail, org).await?;
            let path = trail.tenant.as_deref().filter(|_| !names.is_empty()).ok_or_else(|| no_tenant(trail))?;
            let since = self.since_in_trail(trail, org).await?;
            match (names.as_slice(), since) {
                ([(value, None)], None) => at(path, value.clone()),
                _ => all.push(doc! { "$or": by_name(trail, path, &names, since) }),
            }
        }
        let mut at = |path: &str, condition: Bson| {
            let mut one = Document::new();
            one.insert(path, condition);
            all.push(one);
        };
        if let Some(bounds) = asked.window.condition() {
            at(&trail.time, bounds.into());
        }
        if let Some(action) = &asked.action {
            at(&trail.action, action_condition(action));
        }
        for condition in &asked.conditions {
            let word = if condition.not { "$nin" } else { "$in" };
            at(&condition.path, doc! { word: readings(&condition.value) }.into());
        }
        let either = |paths: &[String], values: &[Bson]| -> Document {
            let each = |path: &String| doc! { path: { "$in": values.to_vec() } };
            match paths {
                [] => doc! { "_id": { "$in": [] } },
                [only] => each(only),
                many => doc! { "$or": many.iter().map(each).collect::<Vec<_>>() },
            }
        };
        if let Some(actor) = &asked.actor {
            let known_by = self.known_by(actor, asked.org.as_ref()).await?;
            all.push(either(&trail.actors, &known_by));
        }
        if let Some(target) = &asked.target {
            all.push(either(&trail.targets, &readings(target)));
        }
        Ok(match all.len() {
            0 => Document::new(),
            1 => all.remove(0),
            _ if distinct_keys(&all) => all.into_iter().flatten().collect(),
            _ => doc! { "$and": all },
        })
    }

    /// What entries carry, or carried before a rename rewrote them, of an organization.
    pub async fn names_ever(&self, trail: &Trail, org: &Org) -> Result<Vec<Bson>> {
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let Some(now) = trail.key_of(&vars) else { return Ok(Vec::new()) };
        let names = self.with_former(trail, org, vec![(now, None)]).await?;
        let mut keys: Vec<Bson> = Vec::new();
        for (key, _) in names {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    /// What entries carry of an organization: its key now, and the names it had where entries keep those; each with the
    /// moment before which it stood for this organization.
    pub async fn names_in_trail(&self, trail: &Trail, org: &Org) -> Result<Vec<(Bson, Option<DateTime>)>> {
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let Some(now) = trail.key_of(&vars) else { return Ok(Vec::new()) };
        let names = vec![(now, None)];
        if !self.keeps_names(trail, org) {
            return Ok(names);
        }
        self.with_former(trail, org, names).await
    }

    /// Whether entries go on to carry what a rename of the organization changes. Where they carry something else, or a
    /// rename rewrites them, there is but one key.
    fn keeps_names(&self, trail: &Trail, org: &Org) -> bool {
        if trail.is_own() {
            return self.platform.organization.is_none();
        }
        let unnamed = Vars::from([(Var::OrgId, org.id.clone())]);
        let by_id = trail.key_of(&unnamed) == trail.key_of(&self.vars(&org.id, &org.name, &org.slug, &org.home));
        trail.tenant.as_ref().is_some_and(|path| !trail.rewritten.contains(path)) && !by_id
    }

    /// The moment before which the organization's current name was another one's, who was renamed then.
    async fn since_in_trail(&self, trail: &Trail, org: &Org) -> Result<Option<DateTime>> {
        if !self.keeps_names(trail, org) {
            return Ok(None);
        }
        let mut filter = doc! { "kind": "org.rename", "state": "done", "subject.name": org.name.as_str() };
        if self.platform.organization.is_some() {
            filter.insert("subject.id", doc! { "$ne": org.id.clone() });
        }
        let sort = Some(doc! { "began": -1 });
        let left = self.store.find(&self.master(OPS), filter, Some(doc! { "began": 1 }), sort).await?;
        Ok(left.first().and_then(|record| record.get_datetime("began").ok().copied()))
    }

    /// The same, with what went before, as the journal has it.
    async fn with_former(
        &self,
        trail: &Trail,
        org: &Org,
        mut names: Vec<(Bson, Option<DateTime>)>,
    ) -> Result<Vec<(Bson, Option<DateTime>)>> {
        let mut current = org.name.as_str().to_owned();
        let ops = self.master(OPS);
        let projection = doc! { "subject": 1, "began": 1 };
        while names.len() < 100 {
            let mut filter = doc! { "kind": "org.rename", "state": "done", "subject.to": &current };
            if self.platform.organization.is_some() {
                filter.insert("subject.id", org.id.clone());
            }
            let sort = doc! { "began": -1 };
            let Some(renamed) =
                self.store.find(&ops, filter, Some(projection.clone()), Some(sort)).await?.into_iter().next()
            else {
                break;
            };
            let began = renamed.get_datetime("began").copied().ok();
            // Whoever came by this name so may have left it since, and another one has it.
            let left =
                doc! { "kind": "org.rename", "state": "done", "subject.name": &current, "began": { "$gt": began } };
            if self.platform.organization.is_none() && names.len() == 1 && self.store.exists(&ops, left).await? {
                break;
            }
            let Some(name) = fields::get(&renamed, "subject.name").and_then(Bson::as_str) else { break };
            if names.iter().any(|(_, before)| before.is_some() && began >= *before) {
                break;
            }
            let slug = self.platform.naming.slug_of(name);
            let former = crate::domain::naming::OrgName::stored(name.to_owned());
            let id = if self.platform.organization.is_none() { Bson::String(name.to_owned()) } else { org.id.clone() };
            names.extend(trail.key_of(&self.vars_of(&id, &former, &slug)).map(|key| (key, began)));
            current = name.to_owned();
        }
        Ok(names)
    }

    /// What an actor may be called in entries: as typed, and every identifier of the accounts with this e-mail.
    async fn known_by(&self, typed: &str, org: Option<&Org>) -> Result<Vec<Bson>> {
        let mut values = readings(typed);
        if !typed.contains('@') {
            return Ok(values);
        }
        let mut realms = Vec::new();
        match org {
            Some(org) => realms.push(self.realm_of(org)),
            None if self.platform.account.place == AccountPlace::Store => {
                realms.extend(self.orgs_briefly().await?.iter().map(|org| self.realm_of(org)));
            }
            None => realms.extend(self.orgs_briefly().await?.first().map(|org| self.realm_of(org))),
        }
        if self.platform.core.is_some() {
            realms.push(self.realm(&Whose::Core).await?);
        }
        for realm in realms {
            let mut filter = Document::new();
            filter.insert(realm.email_path(), typed);
            for document in self.store.find_ignoring_case(&realm.ns, filter).await? {
                let account = realm.account(document);
                values.push(Bson::String(plain(&account.id)));
                values.push(account.id);
                values.push(Bson::String(account.email));
            }
        }
        Ok(values)
    }
}

/// That entries of one organization cannot be told from others'.
fn no_tenant(trail: &Trail) -> Error {
    let message = format!(
        "[audit] does not say where entries of {} have their tenant, so those of one organization cannot be told from others",
        trail.collection
    );
    Error::new(&code::BAD_CONFIG, message)
        .next("name it in [audit.fields]: customerId = \"{org.id:string}\", for instance")
        .next("repeat with --all")
}

/// A condition for each name that an organization has, or had before a moment.
fn by_name(trail: &Trail, path: &str, names: &[(Bson, Option<DateTime>)], since: Option<DateTime>) -> Vec<Document> {
    let each = |(value, before): &(Bson, Option<DateTime>)| {
        let mut one = Document::new();
        one.insert(path, value.clone());
        match (before, since) {
            (Some(before), _) => _ = one.insert(trail.time.as_str(), doc! { "$lt": *before }),
            (None, Some(since)) => _ = one.insert(trail.time.as_str(), doc! { "$gte": since }),
            (None, None) => {}
        }
        one
    };
    names.iter().map(each).collect()
}

fn action_condition(action: &str) -> Bson {
    match action.strip_suffix('*') {
        Some(start) => {
            let escaped: String = start
                .chars()
                .flat_map(|c| if c.is_alphanumeric() || c == '_' { vec![c] } else { vec!['\\', c] })
                .collect();
            doc! { "$regex": format!("^{escaped}") }.into()
        }
        None => Bson::String(action.to_owned()),
    }
}

/// Whether no two conditions are on the same field, so that they can stand in one document.
fn distinct_keys(all: &[Document]) -> bool {
    let keys: Vec<&String> = all.iter().flat_map(Document::keys).collect();
    keys.iter().enumerate().all(|(n, key)| !keys[..n].contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_word_is_read_in_every_type_that_it_may_have() {
        let id = ObjectId::parse_str("6b00e9cd6b491423ace46d96").unwrap();
        assert_eq!(readings(&id.to_hex()), [Bson::String(id.to_hex()), Bson::ObjectId(id)]);
        assert_eq!(readings("42"), [Bson::String("42".to_owned()), Bson::Int64(42)]);
        assert_eq!(readings("true"), [Bson::String("true".to_owned()), Bson::Boolean(true)]);
        assert_eq!(readings("x.y"), [Bson::String("x.y".to_owned())]);
        assert_eq!(action_condition("ticket.*"), doc! { "$regex": "^ticket\\." }.into());
    }
}
