//! The least rights that a tenant's own database user needs, as values: a role, a user, and views where tenants share
//! collections.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bson::{Bson, Document, doc};
use serde::Serialize;

use crate::domain::naming::{NAMESPACE_BYTES, Slug};
use crate::domain::plan::{Namespace, View};
use crate::error::{Error, Result, code};

/// What names of roles and users begin with.
pub const PREFIX: &str = "flowbit_tenant_";

/// What names of views begin with. What begins with `flowbit_` is no tenant's collection, so no rename, delete or purge
/// takes one for data.
pub const VIEW_PREFIX: &str = "flowbit_view.";

/// What stands in front of the tenant in the comment of a view.
const VIEW_MARK: &str = "flowbit:grant:";

/// Bytes that a slug may have in the name of a role.
const SLUG_BYTES: usize = 100;

/// What a tenant may do with its own collections: what a backend does that makes its indexes when it starts. An `insert`
/// makes a collection that is missing, so `createCollection`, with which views could be made, is not among them. Neither
/// is anything that drops, renames or changes a collection, goes past its validator, or follows its changes.
pub const WRITE: &[&str] = &["collStats", "createIndex", "find", "insert", "listIndexes", "remove", "update"];

/// The same in a database of its own, where it may also see what there is.
pub const WRITE_ALL: &[&str] =
    &["collStats", "createIndex", "dbStats", "find", "insert", "listCollections", "listIndexes", "remove", "update"];

/// What it may do with a view.
pub const READ: &[&str] = &["find"];

/// A role or a user: names are those of a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Principal {
    /// The database in which it is defined.
    pub db: String,
    /// Its name.
    pub name: String,
}

impl Principal {
    /// A role or a user of this database.
    pub fn new(db: impl Into<String>, name: impl Into<String>) -> Self {
        Self { db: db.into(), name: name.into() }
    }

    /// As commands name a role.
    pub fn as_role(&self) -> Document {
        doc! { "role": &self.name, "db": &self.db }
    }

    /// The role that a document names.
    pub fn of_role(role: &Document) -> Option<Self> {
        Some(Self::new(role.get_str("db").ok()?, role.get_str("role").ok()?))
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.db, self.name)
    }
}

/// What may be done, by resource: database and collection, the collection empty for all of a database's; both empty for
/// what is no collection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights(pub BTreeMap<(String, String), BTreeSet<String>>);

impl Rights {
    /// Adds actions on a collection.
    pub fn allow<'a>(&mut self, db: &str, collection: &str, actions: impl IntoIterator<Item = &'a str>) {
        let there = self.0.entry((db.to_owned(), collection.to_owned())).or_default();
        there.extend(actions.into_iter().map(str::to_owned));
    }

    /// The privileges that the server tells.
    pub fn read<'a>(privileges: impl IntoIterator<Item = &'a Document>) -> Self {
        let mut rights = Self::default();
        for privilege in privileges {
            let actions = privilege.get_array("actions").into_iter().flatten().filter_map(Bson::as_str);
            let resource = privilege.get_document("resource").cloned().unwrap_or_default();
            match (resource.get_str("db"), resource.get_str("collection")) {
                // Every database is another thing than none.
                (Ok(db), Ok(collection)) => rights.allow(if db.is_empty() { "*" } else { db }, collection, actions),
                _ => rights.allow("", &resource.keys().cloned().collect::<Vec<_>>().join(","), actions),
            }
        }
        rights
    }

    /// What is in these and not in those, a line for each resource.
    pub fn beyond(&self, other: &Self) -> Vec<String> {
        let none = BTreeSet::new();
        let line = |(resource, actions): (&(String, String), &BTreeSet<String>)| {
            let there = other.0.get(resource).unwrap_or(&none);
            let more: Vec<&str> = actions.difference(there).map(String::as_str).collect();
            (!more.is_empty()).then(|| format!("{} on {}", more.join(", "), place(resource)))
        };
        self.0.iter().filter_map(line).collect()
    }

    /// The resources that are none of those.
    pub fn outside(&self, other: &Self) -> Vec<String> {
        let within = |(db, collection): &&(String, String)| {
            other.0.contains_key(&(db.clone(), collection.clone()))
                || other.0.contains_key(&(db.clone(), String::new()))
        };
        self.0.keys().filter(|resource| !within(resource)).map(place).collect()
    }

    /// As `createRole` takes them.
    pub fn privileges(&self) -> Vec<Document> {
        let privilege = |((db, collection), actions): (&(String, String), &BTreeSet<String>)| {
            let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
            doc! { "resource": { "db": db, "collection": collection }, "actions": actions }
        };
        self.0.iter().map(privilege).collect()
    }
}

/// A resource for people.
fn place((db, collection): &(String, String)) -> String {
    match (db.as_str(), collection.as_str()) {
        ("", "") => "nothing".to_owned(),
        ("", what) => format!("({what})"),
        (db, "") => format!("{db}.*"),
        (db, collection) => format!("{db}.{collection}"),
    }
}

/// What one tenant gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The tenant's identifier.
    pub tenant: Bson,
    /// Its name.
    pub organization: String,
    /// The role, in the database that the data is in.
    pub role: Principal,
    /// The user, in the master database: it stays where it is when the tenant's database gets another name.
    pub user: Principal,
    /// What the role allows.
    pub rights: Rights,
    /// The views that are made for it, by name.
    pub views: BTreeMap<Namespace, View>,
}

/// The name of a tenant's role and of its user.
///
/// # Errors
/// `E0102` where no name can be made of the slug.
pub fn principal(slug: &Slug) -> Result<String> {
    let slug = slug.as_str();
    let refuse = |why: String| {
        Err(Error::new(&code::BAD_NAME, format!("no name of a database user can be made of {slug:?}: {why}"))
            .next("give the organization another name: flowbit org rename"))
    };
    if slug.is_empty() {
        return refuse("it is empty".to_owned());
    }
    if slug.len() > SLUG_BYTES {
        return refuse(format!("it has {} bytes, {SLUG_BYTES} are the most", slug.len()));
    }
    match slug.chars().find(|c| c.is_control() || c.is_whitespace() || "$\"'\\/".contains(*c)) {
        Some(c) => refuse(format!("it holds {c:?}")),
        None => Ok(format!("{PREFIX}{slug}")),
    }
}

/// The name of a tenant's view of a collection.
///
/// # Errors
/// `E0102` where it does not fit.
pub fn view_name(master: &str, slug: &Slug, collection: &str) -> Result<Namespace> {
    let ns = Namespace::new(master, format!("{VIEW_PREFIX}{slug}.{collection}"));
    let bytes = ns.to_string().len();
    if bytes > NAMESPACE_BYTES {
        let text = format!("the view {ns} would have a name of {bytes} bytes; {NAMESPACE_BYTES} are the most");
        return Err(Error::new(&code::BAD_NAME, text));
    }
    Ok(ns)
}

/// The view of one tenant's documents in a shared collection. `hidden` are paths that nobody is to see; with `guarded`
/// no field is shown whose name says that it is a secret.
pub fn view(collection: &str, (path, key): (&str, &Bson), tenant: &Bson, hidden: &[String], guarded: bool) -> View {
    let mut only = Document::new();
    only.insert(path, key.clone());
    // A list of keys matches each of them: such a document is nobody's.
    let mut plain = Document::new();
    plain.insert(path, doc! { "$not": { "$type": "array" } });
    plain.insert("$comment", view_mark(tenant));
    let mut pipeline = vec![doc! { "$match": only }, doc! { "$match": plain }];
    if !hidden.is_empty() {
        pipeline.push(doc! { "$unset": hidden.to_vec() });
    }
    if guarded {
        let named = doc! { "$regexMatch": { "input": "$$this.k", "regex": SECRET_NAMES, "options": "i" } };
        let kept = doc! { "$filter": { "input": { "$objectToArray": "$$ROOT" }, "cond": { "$not": [named] } } };
        pipeline.push(doc! { "$replaceWith": { "$arrayToObject": kept } });
    }
    View { on: collection.to_owned(), pipeline, collation: None }
}

/// Names of fields of accounts that no view shows, whatever the description knows of them.
const SECRET_NAMES: &str =
    "pass(word|wd|phrase)|pwd|token|secret|hash|salt|otp|api_?key|private_?key|credential|cookie";

/// The mark of a tenant's views.
pub fn view_mark(tenant: &Bson) -> String {
    format!("{VIEW_MARK}{}", tenant.clone().into_canonical_extjson())
}

/// The mark that a view carries, if it was made for a tenant.
pub fn mark_of_view(pipeline: &[Document]) -> Option<&str> {
    let comment = |stage: &'_ Document| -> Option<String> {
        Some(stage.get_document("$match").ok()?.get_str("$comment").ok()?.to_owned())
    };
    let at = pipeline.iter().position(|stage| comment(stage).is_some_and(|text| text.starts_with(VIEW_MARK)))?;
    pipeline[at].get_document("$match").ok()?.get_str("$comment").ok()
}

/// The tenant of a view's mark.
pub fn tenant_of_mark(mark: &str) -> Option<Bson> {
    let value: serde_json::Value = serde_json::from_str(mark.strip_prefix(VIEW_MARK)?).ok()?;
    Bson::try_from(value).ok()
}

/// What stands in a user's `customData`: that it is ours, whose it is, and which roles were made for it. Roles have no
/// room for a mark, so none is changed or dropped that no marked user names.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The tenant's identifier.
    pub tenant: Bson,
    /// Its name when the mark was made.
    pub organization: String,
    /// The roles that are ours.
    pub roles: BTreeSet<Principal>,
}

impl Mark {
    /// As `customData` has it.
    pub fn document(&self) -> Document {
        let roles: Vec<Document> = self.roles.iter().map(Principal::as_role).collect();
        doc! { "flowbit": {
            "grant": 1, "tenant": self.tenant.clone(), "organization": &self.organization, "roles": roles,
        } }
    }

    /// The mark in a user's `customData`.
    pub fn read(custom: &Document) -> Option<Self> {
        let mark = custom.get_document("flowbit").ok()?;
        (mark.get_i32("grant").ok()? == 1).then(|| Self {
            tenant: mark.get("tenant").cloned().unwrap_or(Bson::Null),
            organization: mark.get_str("organization").unwrap_or_default().to_owned(),
            roles: documents(mark, "roles").filter_map(Principal::of_role).collect(),
        })
    }
}

/// The documents of an array.
pub fn documents<'d>(document: &'d Document, name: &str) -> impl Iterator<Item = &'d Document> {
    document.get_array(name).into_iter().flatten().filter_map(Bson::as_document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_they_were_written() {
        for tenant in [Bson::from("a b"), Bson::ObjectId(bson::oid::ObjectId::from_bytes([7; 12])), Bson::Int64(3)] {
            let roles = [Principal::new("m", "flowbit_tenant_a")].into();
            let mark = Mark { tenant: tenant.clone(), organization: "a b".to_owned(), roles };
            assert_eq!(Mark::read(&mark.document()), Some(mark));
            let view = view("tickets", ("customerId", &tenant), &tenant, &[], false);
            assert_eq!(mark_of_view(&view.pipeline).and_then(tenant_of_mark), Some(tenant));
        }
        assert_eq!(Mark::read(&doc! { "flowbit": { "trial": 1 } }), None);
        assert_eq!(mark_of_view(&[doc! { "$match": { "$comment": "flowbit:sentry:x" } }]), None);
    }

    #[test]
    fn rights_are_compared_by_resource_and_action() {
        let (mut want, mut have) = (Rights::default(), Rights::default());
        want.allow("m", "a", ["find", "insert"]);
        have.allow("m", "a", ["find", "drop"]);
        have.allow("m", "b", ["find"]);
        have.allow("*", "", ["find"]);
        assert_eq!(want.beyond(&have), ["insert on m.a"]);
        assert_eq!(have.beyond(&want), ["find on *.*", "drop on m.a", "find on m.b"]);
        assert_eq!(have.outside(&want), ["*.*", "m.b"]);
        let told = [
            doc! { "resource": { "db": "", "collection": "" }, "actions": ["find"] },
            doc! { "resource": { "cluster": true }, "actions": ["shutdown"] },
        ];
        assert_eq!(Rights::read(&told).outside(&want), ["(cluster)", "*.*"]);
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(principal(&Slug::stored("acme-1")).unwrap(), "flowbit_tenant_acme-1");
        for bad in ["", "a b", "a$b", "a\u{7}", "it's", &"x".repeat(101)] {
            assert!(principal(&Slug::stored(bad)).is_err(), "{bad:?}");
        }
        assert!(view_name("m", &Slug::stored("a"), &"c".repeat(250)).is_err());
    }

    #[test]
    fn the_key_comes_first_in_a_view_and_secrets_do_not_come_at_all() {
        let view = view("users", ("tenant", &Bson::from("a")), &Bson::from("a"), &["password".to_owned()], true);
        assert_eq!(view.pipeline[0], doc! { "$match": { "tenant": "a" } });
        assert_eq!(view.pipeline[2], doc! { "$unset": ["password"] });
        assert_eq!(view.pipeline.len(), 4);
    }
}
