//! The sets that ship with flowbit: each is whole, for each of its tenants and for an organization that it does not know.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bson::oid::ObjectId;
use bson::{Bson, Document, RawDocumentBuf};

use super::*;
use crate::config::platform::preset;
use crate::domain::Description;
use crate::domain::description::IdType;
use crate::domain::seed::{Compiled, Part, Setting, compile, passwords};
use crate::domain::template::{Var, Vars};

/// An organization that no set knows.
const STRANGER: &str = "acme-europe";

pub(super) fn shipped(name: &str) -> SeedSet {
    let source = find_set(name, Path::new("/nowhere")).unwrap();
    read_set(&source).unwrap().unwrap_or_else(|faults| panic!("{name}: {faults:#?}"))
}

/// What names an organization, without a server that would know it.
pub(super) fn vars_of(platform: &Description, typed: &str) -> (String, Vars) {
    let (name, slug) = platform.naming.accept(typed).unwrap();
    let id = match platform.organization.as_ref().map(|shape| shape.id_type) {
        Some(IdType::Uuid) => Bson::String("0f1e2d3c-4b5a-4697-8877-665544332211".into()),
        Some(IdType::ObjectId) => Bson::ObjectId(ObjectId::parse_str("6b00e9cd6b491423ace46d96").unwrap()),
        None => Bson::String(name.as_str().to_owned()),
    };
    let text = |text: &str| Bson::String(text.to_owned());
    let vars = Vars::from([
        (Var::Name, text(name.as_str())),
        (Var::Slug, text(slug.as_str())),
        (Var::OrgId, id),
        (Var::Database, text(&platform.master_database)),
        (Var::Store, text(&format!("org_{}", slug.as_str()))),
    ]);
    (name.as_str().to_owned(), vars)
}

/// A set as bytes: by collection and number of the row.
pub(super) type Bytes = BTreeMap<(String, u32), Vec<u8>>;

pub(super) fn numbers(part: &Part) -> Vec<u32> {
    (0..part.rows()).map(|position| part.number_at(position).unwrap()).collect()
}

pub(super) fn bytes_of(compiled: &Compiled) -> Bytes {
    let mut all = Bytes::new();
    for part in &compiled.parts {
        for number in numbers(part) {
            let mut bytes = Vec::new();
            assert!(compiled.write(part, number, &mut bytes));
            let name = part.copy.map_or_else(|| part.name.clone(), |copy| format!("{}#{copy}", part.name));
            all.insert((name, number), bytes);
        }
    }
    all
}

pub(super) fn compiled_with(
    set: &SeedSet,
    platform: &Description,
    org: &str,
    change: impl FnOnce(&mut Setting<'_>),
) -> std::result::Result<Compiled, Vec<Fault>> {
    let (address, vars) = vars_of(platform, org);
    let hash = "$2b$04$".to_owned() + &"x".repeat(53);
    let hashes: HashMap<_, _> =
        passwords(set)?.into_iter().map(|(index, number, ..)| ((index, number), hash.clone())).collect();
    let as_of = set.manifest.as_of.as_deref().map_or(1_767_225_600_000, |text| as_of_ms(text).unwrap());
    let mut setting = Setting {
        platform,
        vars,
        address: &address,
        tenant: &address,
        seed_key: "flowbit",
        scale: 1.0,
        as_of,
        env: &|_| None,
        hashes: &hashes,
    };
    change(&mut setting);
    compile(set, &setting)
}

fn compiled(set: &SeedSet, platform: &Description, org: &str) -> Compiled {
    compiled_with(set, platform, org, |_| {})
        .unwrap_or_else(|faults| panic!("{} for {org}: {faults:#?}", set.manifest.name))
}

/// A document as every driver would read it.
pub(super) fn read(bytes: &[u8]) -> Document {
    let raw = RawDocumentBuf::from_bytes(bytes.to_vec()).unwrap();
    let mut names = BTreeSet::new();
    for element in raw.iter() {
        let (name, _) = element.unwrap();
        assert!(names.insert(name.to_string()), "{name} stands twice");
    }
    let document = Document::try_from(raw.as_ref()).unwrap();
    assert_eq!(bson::serialize_to_vec(&document).unwrap(), bytes, "it is written as the driver writes it");
    document
}

fn documents(compiled: &Compiled, collection: &str) -> Vec<Document> {
    let bytes = bytes_of(compiled);
    bytes.iter().filter(|((name, _), _)| name == collection).map(|(_, bytes)| read(bytes)).collect()
}

/// Each shipped set with each of its platforms.
fn pairs() -> Vec<(SeedSet, Description)> {
    let mut pairs = Vec::new();
    for (name, _) in SHIPPED {
        let set = shipped(name);
        assert_eq!(set.manifest.name, *name);
        assert!(!set.manifest.platforms.is_empty() && !set.manifest.title.is_empty(), "{name}");
        for platform in set.manifest.platforms.clone() {
            pairs.push((set.clone(), preset(&platform).unwrap()));
        }
    }
    pairs
}

#[test]
fn every_shipped_set_compiles_for_its_tenants_and_for_strangers_the_same_each_time() {
    for (set, platform) in pairs() {
        let tenants = set.manifest.tenants.iter().map(|tenant| tenant.name.as_str());
        assert_eq!(tenants.clone().count(), 2, "{}", set.manifest.name);
        for org in tenants.chain([STRANGER]) {
            let first = bytes_of(&compiled(&set, &platform, org));
            assert_eq!(first, bytes_of(&compiled(&set, &platform, org)), "{} for {org}", set.manifest.name);
            assert!(first.len() > 2, "{} for {org}", set.manifest.name);
            let mut ids = BTreeSet::new();
            for ((name, number), bytes) in &first {
                let document = read(bytes);
                let id = document.get_object_id("_id").unwrap();
                assert!(ids.insert(id), "{name}/{number}: two documents with {id}");
                check_words(&document, &format!("{} {name}/{number}", set.manifest.name));
            }
        }
    }
}

/// No brace is left over, and no text is empty by accident.
fn check_words(document: &Document, at: &str) {
    for (name, value) in document {
        match value {
            Bson::String(text) => assert!(!text.contains(['{', '}']), "{at}: {name}: {text}"),
            Bson::Document(inner) => check_words(inner, at),
            Bson::Array(items) => {
                items.iter().filter_map(Bson::as_document).for_each(|inner| check_words(inner, at));
            }
            _ => {}
        }
    }
}

#[test]
fn accounts_can_log_in_and_belong_to_their_tenant() {
    for (set, platform) in pairs() {
        let mut seen = BTreeSet::new();
        for org in set.manifest.tenants.iter().map(|tenant| tenant.name.as_str()).chain([STRANGER]) {
            let compiled = compiled(&set, &platform, org);
            let paths = |var| platform.account.fields.path_of(var).unwrap();
            let mut admins = 0;
            for part in compiled.parts.iter().filter(|part| part.target == Target::Accounts) {
                for account in documents(&compiled, &part.name) {
                    let email = account.get_str(paths(Var::Email)).unwrap();
                    assert_eq!(email, email.to_lowercase());
                    let domain = email.split_once('@').unwrap().1;
                    let wanted = org.to_lowercase();
                    assert_eq!(domain, format!("{wanted}.com"), "{}: {email}", set.manifest.name);
                    assert!(seen.insert(email.to_owned()), "{}: {email} stands twice", set.manifest.name);
                    let role = account.get_str(paths(Var::Role)).unwrap();
                    let roles = &platform.account.roles;
                    assert!(roles.is_empty() || roles.iter().any(|known| known == role), "{email}: {role}");
                    admins += usize::from(role == platform.account.admin_role);
                    assert!(account.get_str(paths(Var::Hash)).unwrap().starts_with("$2b$04$"), "{email}");
                }
            }
            assert!(admins > 0, "{} for {org}", set.manifest.name);
        }
    }
}

fn keys(document: &Document) -> BTreeSet<&str> {
    document.keys().map(String::as_str).collect()
}

/// Names, apart by white space.
fn names(text: &str) -> BTreeSet<&str> {
    text.split_whitespace().collect()
}

const USER: &str = "_id email password customerId role firstName lastName isActive createdAt updatedAt lastLogin __v";
const TICKET: &str = "_id title description customerId userId status priority category workflowStatus tags attachments \
                      comments createdAt updatedAt __v";
const ENTRY: &str = "_id action actor organization timestamp userId customerId";

#[test]
fn tickets_have_exactly_the_fields_that_the_backend_writes() {
    let (set, platform) = (shipped("tickets"), preset("tickets").unwrap());
    for org in ["LogisticsCo", "RetailGmbH", STRANGER] {
        let compiled = compiled(&set, &platform, org);
        let users = documents(&compiled, "users");
        let ids: BTreeSet<ObjectId> = users.iter().map(|user| user.get_object_id("_id").unwrap()).collect();
        assert_eq!(users.len(), if org == STRANGER { 2 } else { 3 });
        for user in &users {
            assert_eq!(keys(user), names(USER));
            assert_eq!(user.get_str("customerId").unwrap(), org);
            assert!(user.get_bool("isActive").unwrap());
            assert!(user.get_datetime("createdAt").unwrap() <= user.get_datetime("lastLogin").unwrap());
        }
        let tickets = documents(&compiled, "tickets");
        tickets.iter().for_each(|ticket| check_ticket(ticket, org, &ids));
        let words = ["status", "priority", "workflowStatus", "category"];
        let words: BTreeSet<&str> =
            tickets.iter().flat_map(|ticket| words.map(|name| ticket.get_str(name).unwrap())).collect();
        // Every word of the backend occurs.
        assert!(org == STRANGER || (tickets.len() >= 12 && words.len() == 15), "{org}: {words:?}");
        let known: BTreeSet<ObjectId> = tickets.iter().map(|ticket| ticket.get_object_id("_id").unwrap()).collect();
        for entry in documents(&compiled, "audit") {
            let mut wanted = names(ENTRY);
            if entry.get_str("action").unwrap().starts_with("ticket.") {
                wanted.insert("ticketId");
                assert!(known.contains(&entry.get_object_id("ticketId").unwrap()));
            }
            assert_eq!(keys(&entry), wanted);
            assert!(ids.contains(&entry.get_object_id("userId").unwrap()));
        }
    }
}

fn check_ticket(ticket: &Document, org: &str, users: &BTreeSet<ObjectId>) {
    let mut wanted = names(TICKET);
    if ticket.get_str("status").unwrap() == "Resolved" {
        wanted.extend(["resolution", "resolvedAt"]);
    }
    assert_eq!(keys(ticket), wanted);
    assert_eq!(ticket.get_str("customerId").unwrap(), org);
    assert!(users.contains(&ticket.get_object_id("userId").unwrap()));
    assert!(!ticket.get_str("description").unwrap().is_empty());
    let created = ticket.get_datetime("createdAt").unwrap();
    assert!(created <= ticket.get_datetime("updatedAt").unwrap());
    for comment in ticket.get_array("comments").unwrap() {
        let comment = comment.as_document().unwrap();
        assert_eq!(keys(comment), names("_id userId content createdAt"));
        assert!(users.contains(&comment.get_object_id("userId").unwrap()));
        assert!(created <= comment.get_datetime("createdAt").unwrap());
    }
}

#[test]
fn generated_tickets_are_as_large_as_those_that_were_measured() {
    let (set, platform) = (shipped("tickets-load"), preset("tickets").unwrap());
    let compiled = compiled(&set, &platform, "LogisticsCo");
    let agents: BTreeSet<ObjectId> =
        documents(&compiled, "agents").iter().map(|agent| agent.get_object_id("_id").unwrap()).collect();
    assert_eq!(agents.len(), 50);
    let bytes = bytes_of(&compiled);
    let tickets: Vec<&Vec<u8>> = bytes.iter().filter(|((name, _), _)| name == "tickets").map(|(_, b)| b).collect();
    assert_eq!(tickets.len(), 1000);
    let mean = tickets.iter().map(|bytes| bytes.len()).sum::<usize>() / tickets.len();
    assert!((380..=460).contains(&mean), "{mean} bytes");
    for bytes in tickets {
        let ticket = read(bytes);
        let wanted = [
            "_id",
            "customerId",
            "title",
            "description",
            "status",
            "priority",
            "userId",
            "createdAt",
            "updatedAt",
            "tags",
        ];
        assert_eq!(keys(&ticket), BTreeSet::from(wanted));
        assert!(agents.contains(&ticket.get_object_id("userId").unwrap()));
    }
    let scaled = compiled_with(&set, &platform, "LogisticsCo", |setting| setting.scale = 2.5).unwrap();
    let rows = |compiled: &Compiled, name: &str| compiled.parts.iter().find(|part| part.name == name).unwrap().rows();
    assert_eq!((rows(&scaled, "tickets"), rows(&scaled, "agents"), rows(&scaled, "admins")), (2500, 50, 1));
}

#[test]
fn the_list_of_the_fastapi_backend_does_not_break() {
    let (set, platform) = (shipped("tickets-fastapi"), preset("tickets-fastapi").unwrap());
    for org in ["LogisticsCo", "RetailGmbH", STRANGER] {
        let compiled = compiled(&set, &platform, org);
        let users = documents(&compiled, "users");
        let emails: BTreeSet<&str> = users.iter().map(|user| user.get_str("email").unwrap()).collect();
        for user in &users {
            assert_eq!(
                keys(user),
                BTreeSet::from(["_id", "email", "hashed_password", "customer_id", "role", "created_at"])
            );
        }
        for ticket in documents(&compiled, "tickets") {
            let wanted =
                ["_id", "title", "description", "status", "customer_id", "created_by", "created_at", "updated_at"];
            assert_eq!(keys(&ticket), BTreeSet::from(wanted));
            assert!(!ticket.get_str("description").unwrap().is_empty());
            assert!(emails.contains(ticket.get_str("created_by").unwrap()));
            assert_eq!(ticket.get("updated_at"), Some(&Bson::Null));
            ticket.get_datetime("created_at").unwrap();
        }
    }
}

#[test]
fn purchase_requests_have_the_fields_of_their_state() {
    let (set, platform) = (shipped("inventory"), preset("inventory").unwrap());
    for org in ["LogisticsCo", "RetailGmbH", STRANGER] {
        let compiled = compiled(&set, &platform, org);
        let ids_of = |name: &str| -> BTreeSet<String> {
            documents(&compiled, name).iter().map(|d| d.get_str("id").unwrap().to_owned()).collect()
        };
        let (users, products, suppliers) = (ids_of("users"), ids_of("products"), ids_of("suppliers"));
        let mut states = BTreeSet::new();
        for request in documents(&compiled, "purchase_requests") {
            let has = |name: &str| request.contains_key(name);
            let state = request.get_str("status").unwrap().to_owned();
            let reviewed = matches!(state.as_str(), "approved" | "rejected");
            assert_eq!((has("reviewed_by"), has("reviewed_at")), (reviewed, reviewed), "{request}");
            assert_eq!((has("submitted_at"), has("rejection_reason")), (state != "draft", state == "rejected"));
            assert!(users.contains(request.get_str("requested_by").unwrap()));
            assert!(suppliers.contains(request.get_str("supplier_id").unwrap()));
            let items = request.get_array("items").unwrap();
            assert!(!items.is_empty());
            for item in items {
                assert!(products.contains(item.as_document().unwrap().get_str("product_id").unwrap()));
            }
            let times = ["created_at", "submitted_at", "reviewed_at", "updated_at"];
            let times: Vec<_> = times.iter().filter_map(|name| request.get_datetime(name).ok()).collect();
            assert!(times.is_sorted(), "{request}");
            states.insert(state);
        }
        assert_eq!(states.len(), 4, "{states:?}");
        for entry in documents(&compiled, "audit") {
            let wanted = [
                "_id",
                "org_id",
                "actor_id",
                "action",
                "entity",
                "entity_id",
                "before",
                "after",
                "timestamp",
                "ip_address",
                "user_agent",
            ];
            assert_eq!(keys(&entry), BTreeSet::from(wanted));
            assert!(users.contains(entry.get_str("actor_id").unwrap()));
        }
    }
}
