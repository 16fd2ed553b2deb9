//! One pass over a collection of accounts: everything that is counted about them, on the server.

use bson::{Bson, Document, doc};

use super::stores::repeated;
use crate::domain::Description;
use crate::domain::description::IndexShape;
use crate::domain::plan::Namespace;
use crate::domain::template::Var;
use crate::error::Result;
use crate::store::Store;
use crate::store::inspect::number;

/// Groups that a finding is made of; more of them would tell nobody more.
const GROUPS: i64 = 100;

/// What three parts of base64url with a JSON object in front look like.
const JWT: &str = "^eyJ[A-Za-z0-9_-]{5,}[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]*$";

/// Accounts that say the same about their organization.
#[derive(Debug)]
pub(super) struct Link {
    /// The BSON type at the link's path; `missing` where there is none.
    pub kind: String,
    /// The link; null where it is no plain value.
    pub value: Bson,
    /// The values at the paths that repeat something of the organization, in their order.
    pub repeated: Vec<Bson>,
    /// How many accounts.
    pub accounts: u64,
    /// Those in force.
    pub active: u64,
    /// Those in force with the administrator's role.
    pub admins: u64,
    /// Those with the administrator's role, in force or not.
    pub appointed: u64,
    /// The identifier of one of them.
    pub one: Bson,
}

/// Documents that have something in common.
#[derive(Debug)]
pub(super) struct Group {
    /// What.
    pub value: Bson,
    /// How many.
    pub n: u64,
    /// Identifiers of one or two of them.
    pub ids: Vec<Bson>,
}

/// Everything counted about the accounts of one collection.
#[derive(Debug)]
pub(super) struct Tally {
    /// By organization.
    pub links: Vec<Link>,
    /// By role.
    pub roles: Vec<Group>,
    /// E-mails that several have.
    pub doubled: Vec<Group>,
    /// Accounts whose e-mail has capitals.
    pub capitals: Option<Group>,
    /// By kind of password field.
    pub hashes: Vec<Group>,
    /// Paths under which something looks like a token.
    pub tokens: Vec<Group>,
}

impl Tally {
    /// Counts. `doubles` is off where an index keeps e-mails apart.
    pub async fn of(
        store: &Store,
        platform: &Description,
        ns: &Namespace,
        filter: Document,
        doubles: bool,
    ) -> Result<Self> {
        let pipeline = vec![doc! { "$match": filter }, doc! { "$facet": facets(platform, doubles) }];
        let answer = store.aggregate(ns, pipeline).await?.pop().unwrap_or_default();
        let groups = |name: &str| -> Vec<Group> { rows(&answer, name).iter().map(group).collect() };
        Ok(Self {
            links: rows(&answer, "links").iter().map(link).collect(),
            roles: groups("roles"),
            doubled: groups("doubled"),
            capitals: groups("capitals").pop(),
            hashes: groups("hashes"),
            tokens: groups("tokens"),
        })
    }
}

/// Whether the platform tells e-mails apart by tenant.
pub(super) fn by_tenant(platform: &Description, email: &str) -> bool {
    let several = |index: &IndexShape| index.unique && index.keys.len() > 1 && index.keys.contains_key(email);
    platform.account.indexes.iter().any(several)
}

/// The value at a path, null where it is missing.
fn at(path: &str) -> Bson {
    Bson::from(doc! { "$ifNull": [format!("${path}"), null] })
}

/// The value at a path if it is one that can be a link or a key: whole documents and arrays would make groups without end.
pub(super) fn scalar(path: &str) -> Bson {
    let kinds = ["string", "objectId", "int", "long", "double", "bool", "binData"];
    let plain = doc! { "$in": [{ "$type": format!("${path}") }, kinds.to_vec()] };
    Bson::from(doc! { "$cond": [plain, format!("${path}"), null] })
}

fn sum_if(condition: impl Into<Bson>) -> Bson {
    Bson::from(doc! { "$sum": { "$cond": [condition.into(), 1, 0] } })
}

fn facets(platform: &Description, doubles: bool) -> Document {
    let account = &platform.account;
    let mut facets = doc! { "links": [links(platform)], "tokens": tokens() };
    if let Some(role) = account.fields.path_of(Var::Role) {
        facets.insert("roles", vec![grouped(scalar(role)), doc! { "$limit": GROUPS }]);
    }
    if let Some(hash) = account.fields.path_of(Var::Hash) {
        facets.insert("hashes", vec![grouped(hash_kind(hash))]);
    }
    if let Some(email) = account.fields.path_of(Var::Email) {
        let text = Document::from_iter([(email.to_owned(), Bson::from(doc! { "$type": "string" }))]);
        let lower = doc! { "$toLower": format!("${email}") };
        let spelling = if account.lower_case_email { Bson::from(lower.clone()) } else { at(email) };
        if doubles {
            let tenant = platform.account_link_path().filter(|_| by_tenant(platform, email)).map_or(Bson::Null, at);
            facets.insert(
                "doubled",
                vec![
                    doc! { "$match": text.clone() },
                    grouped(doc! { "tenant": tenant, "email": spelling }),
                    doc! { "$match": { "n": { "$gt": 1 } } },
                    doc! { "$limit": GROUPS },
                ],
            );
        }
        if account.lower_case_email {
            let capital = doc! { "$match": { "$expr": { "$ne": [format!("${email}"), lower] } } };
            facets.insert("capitals", vec![doc! { "$match": text }, capital, grouped(Bson::Null)]);
        }
    }
    facets
}

fn grouped(by: impl Into<Bson>) -> Document {
    let by = by.into();
    doc! { "$group": { "_id": by, "n": { "$sum": 1 }, "one": { "$min": "$_id" }, "other": { "$max": "$_id" } } }
}

fn links(platform: &Description) -> Document {
    let account = &platform.account;
    let link = link_path(platform);
    let active = match &account.state {
        Some(state) => Bson::from(doc! { "$ne": [format!("${}", state.field), state.inactive.clone()] }),
        None => Bson::Boolean(true),
    };
    let admin = match account.fields.path_of(Var::Role) {
        Some(role) => Bson::from(doc! { "$eq": [format!("${role}"), &account.admin_role] }),
        None => Bson::Boolean(true),
    };
    let (kind, value) = match link {
        Some(link) => (Bson::from(doc! { "$type": format!("${link}") }), scalar(link)),
        None => (Bson::from("missing"), Bson::Null),
    };
    let repeated: Vec<Bson> = repeated(&account.fields).into_iter().map(at).collect();
    doc! { "$group": {
        "_id": { "kind": kind, "value": value, "repeated": repeated },
        "n": { "$sum": 1 },
        "active": sum_if(active.clone()),
        "admins": sum_if(doc! { "$and": [active, admin.clone()] }),
        "appointed": sum_if(admin),
        "one": { "$min": "$_id" },
    } }
}

/// The path by which accounts name their organization; for accounts inside its record that is the record's own.
pub(super) fn link_path(platform: &Description) -> Option<&str> {
    use crate::domain::description::AccountPlace;
    match platform.account.place {
        AccountPlace::Master => platform.account_link_path(),
        AccountPlace::Store => None,
        AccountPlace::Organization => platform.organization.as_ref().map(|shape| shape.id_path()),
    }
}

/// What kind of thing a password field holds, without the thing itself.
fn hash_kind(path: &str) -> Bson {
    let field = format!("${path}");
    let matches = |regex: &str| doc! { "$regexMatch": { "input": &field, "regex": regex } };
    let case = |when: Document, then: &str| doc! { "case": when, "then": then };
    let kind = doc! { "$type": &field };
    Bson::from(doc! { "$switch": {
        "branches": [
            case(doc! { "$in": [kind.clone(), ["missing", "null", "undefined"]] }, "missing"),
            case(doc! { "$eq": [kind.clone(), "binData"] }, "binary"),
            case(doc! { "$ne": [kind, "string"] }, "no text"),
            case(doc! { "$eq": [&field, ""] }, "missing"),
            case(matches(r"^\$2y\$[0-9]{2}\$"), "2y"),
            case(matches(r"^\$2[ab]\$[0-9]{2}\$"), "bcrypt"),
            case(matches(r"^\$argon2(id|i|d)\$"), "argon2"),
            case(matches(r"^\$bcrypt-sha256\$"), "bcrypt-sha256"),
            case(matches(r"^(\$(scrypt|pbkdf2|5|6|y|7)[-$]|scrypt:|pbkdf2[:_]|\{[A-Z0-9]+\})"), "another hash"),
        ],
        "default": "clear",
    } })
}

/// Texts that look like tokens, two levels deep: paths and how many accounts have one there, never the text.
fn tokens() -> Vec<Document> {
    let is_token = doc! { "$and": [
        { "$eq": [{ "$type": "$$pair.v" }, "string"] },
        { "$regexMatch": { "input": { "$cond": [{ "$eq": [{ "$type": "$$pair.v" }, "string"] }, "$$pair.v", ""] }, "regex": JWT } },
    ] };
    let below = |of: &str| {
        doc! { "$map": {
            "input": { "$objectToArray": of }, "as": "inner",
            "in": { "k": { "$concat": ["$$top.k", ".", "$$inner.k"] }, "v": "$$inner.v" },
        } }
    };
    let item = doc! { "$cond": [
        { "$eq": [{ "$type": "$$item" }, "object"] }, below("$$item"), [{ "k": "$$top.k", "v": "$$item" }],
    ] };
    let pairs = doc! { "$switch": {
        "branches": [
            { "case": { "$eq": [{ "$type": "$$top.v" }, "object"] }, "then": below("$$top.v") },
            { "case": { "$eq": [{ "$type": "$$top.v" }, "array"] }, "then": flat(doc! { "$map": { "input": "$$top.v", "as": "item", "in": item } }) },
        ],
        "default": ["$$top"],
    } };
    let all = flat(doc! { "$map": { "input": { "$objectToArray": "$$ROOT" }, "as": "top", "in": pairs } });
    let found = doc! { "$filter": { "input": all, "as": "pair", "cond": is_token } };
    let paths = doc! { "$setUnion": [{ "$map": { "input": found, "as": "pair", "in": "$$pair.k" } }] };
    vec![
        doc! { "$project": { "path": paths } },
        doc! { "$unwind": "$path" },
        grouped("$path"),
        doc! { "$limit": GROUPS },
    ]
}

/// One list of a list of lists.
fn flat(lists: Document) -> Document {
    doc! { "$reduce": { "input": lists, "initialValue": [], "in": { "$concatArrays": ["$$value", "$$this"] } } }
}

fn rows(answer: &Document, name: &str) -> Vec<Document> {
    let rows = answer.get_array(name).cloned().unwrap_or_default();
    rows.into_iter().filter_map(|row| row.as_document().cloned()).collect()
}

/// A row of a group, as `grouped` makes them.
pub(super) fn group(row: &Document) -> Group {
    let mut ids: Vec<Bson> = ["one", "other"].iter().filter_map(|field| row.get(field).cloned()).collect();
    ids.dedup();
    Group { value: row.get("_id").cloned().unwrap_or(Bson::Null), n: number(row.get("n")), ids }
}

fn link(row: &Document) -> Link {
    let id = row.get_document("_id").cloned().unwrap_or_default();
    Link {
        kind: id.get_str("kind").unwrap_or("missing").to_owned(),
        value: id.get("value").cloned().unwrap_or(Bson::Null),
        repeated: id.get_array("repeated").cloned().unwrap_or_default(),
        accounts: number(row.get("n")),
        active: number(row.get("active")),
        admins: number(row.get("admins")),
        appointed: number(row.get("appointed")),
        one: row.get("one").cloned().unwrap_or(Bson::Null),
    }
}
