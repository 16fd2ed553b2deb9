//! `flowbit init` on databases in the shape of real backends: what it makes out is then used, and the database is asked.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};
use flowbit::domain::Description;
use flowbit::domain::description::{AccountPlace, HashScheme, Layout};
use serde_json::Value;

use crate::servers::start_mongod;
use crate::world::{Ran, World, bare, oid};

const BODY: &str = "abcdefghijklmnopqrstuuKXf0qLXhUoV2GqjS0Yx1yD8h5mZ3r8e";
const PASSWORD: &str = "StrongDemo@2025!";

fn hash(mark: &str) -> String {
    format!("{mark}{BODY}")
}

fn now() -> DateTime {
    DateTime::from_millis(1_700_000_000_000)
}

/// A world whose flowbit.toml is broken: `init` has to do without.
fn world() -> World {
    let world = World::new("this is no description = [");
    std::fs::write(world.path("pw"), format!("{PASSWORD}\n")).unwrap();
    world
}

/// Looks, writes found.toml, checks that nothing secret is anywhere, and gives the description and the report.
fn look(world: &World) -> (Description, Value) {
    let before = world.state(&world.start());
    let shown = world.run(&["init"]).ok();
    assert!(toml::from_str::<Description>(&shown.stdout).is_ok(), "{}", shown.stdout);
    let wrote = world.run(&["init", "--out", "found.toml", "--json"]).ok();
    let text = std::fs::read_to_string(world.path("found.toml")).unwrap();
    assert_eq!(shown.stdout, text);
    for output in [&shown.stdout, &shown.stderr, &wrote.stdout, &wrote.stderr] {
        for secret in [BODY, "plant3d", "s3cret"] {
            assert!(!output.contains(secret), "{secret} in {output}");
        }
        assert!(!output.contains("@logisticsco.com"), "no address either");
    }
    assert_eq!(world.state(&world.start()), before, "init reads and nothing else");
    world.run(&["init", "--out", "found.toml", "--json"]).fails(2, "E0101");
    let report = wrote.json();
    assert_eq!((&report["schema"], &report["changed"]), (&"flowbit.init/1".into(), &true.into()));
    let cheap = text.replace("cost = 12", "cost = 4").replace("cost = 10", "cost = 4");
    std::fs::write(world.path("found.toml"), cheap).unwrap();
    (toml::from_str(&text).unwrap(), report["data"].clone())
}

/// What the report says about something: its value and how sure it is.
fn finding(data: &Value, what: &str) -> (String, String) {
    let all = data["findings"].as_array().unwrap();
    let found = all.iter().find(|f| f["what"] == what).unwrap_or_else(|| panic!("no {what} in {data:#}"));
    (found["value"].as_str().unwrap().to_owned(), found["certainty"].as_str().unwrap().to_owned())
}

fn flowbit(world: &World, arguments: &[&str]) -> Ran {
    let mut all = vec!["--config", "found.toml"];
    all.extend(arguments);
    world.run(&all)
}

fn create(world: &World, name: &str, email: &str) {
    let arguments = ["org", "create", name, "--admin-email", email, "--password-file", "pw", "--json"];
    let made = flowbit(world, &arguments).ok().json();
    assert_eq!(made["changed"], true);
    assert!(listed(world).contains(&made["data"]["org"]["name"].as_str().unwrap().to_owned()));
}

fn rename(world: &World, old: &str, new: &str) {
    flowbit(world, &["org", "rename", old, new, "--confirm", old, "--json"]).ok();
    let names = listed(world);
    assert!(names.contains(&new.to_owned()) && !names.contains(&old.to_owned()), "{names:?}");
}

fn delete(world: &World, name: &str) {
    flowbit(world, &["org", "delete", name, "--confirm", name, "--json"]).ok();
    assert!(!listed(world).contains(&name.to_owned()));
}

fn restore(world: &World, name: &str) {
    flowbit(world, &["org", "restore", name, "--json"]).ok();
    assert!(listed(world).contains(&name.to_owned()));
}

fn listed(world: &World) -> Vec<String> {
    flowbit(world, &["org", "list", "-o", "name"]).ok().stdout.lines().map(str::to_owned).collect()
}

/// What flowbit itself leaves in a database does not change what the platform is.
fn still(world: &World, layout: &str, what: &str, value: &str) {
    let again = world.run(&["init", "--json"]).ok().json();
    let data = &again["data"];
    assert_eq!((&again["changed"], &data["layout"], &data["file"]), (&false.into(), &layout.into(), &Value::Null));
    assert_eq!(finding(data, what).0, value);
    assert!(toml::from_str::<Description>(data["description"].as_str().unwrap()).is_ok());
    assert!(!again.to_string().contains("flowbit:deleted") && !data["description"].to_string().contains("fb_trash"));
}

fn keys(document: &Document) -> Vec<&str> {
    document.keys().map(String::as_str).collect()
}

#[track_caller]
fn is_now(document: &Document, path: &str) {
    let time = document.get_datetime(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    assert!(time.timestamp_millis() > 1_750_000_000_000, "{path} is not of now: {time}");
}

#[track_caller]
fn logs_in(account: &Document, field: &str) {
    assert!(bcrypt::verify(PASSWORD, account.get_str(field).unwrap()).unwrap());
}

fn index(world: &World, collection: &str, keys: Document, unique: bool) {
    let name = keys.iter().map(|(key, value)| format!("{key}_{value}")).collect::<Vec<_>>().join("_");
    let mut index = doc! { "key": keys, "name": name, "background": true };
    if unique {
        index.insert("unique", true);
    }
    world.command_on(doc! { "createIndexes": collection, "indexes": [index] });
}

#[test]
fn s4_organization_management() {
    let world = world();
    for (n, name) in ["amazon", "amazon-global", "logisticsco"].into_iter().enumerate() {
        let store = format!("org_{name}");
        world.insert(
            "organizations",
            vec![doc! {
                "_id": oid(n, 1), "organization_name": name, "collection_name": &store,
                "connection": { "db_name": &world.db, "collection_name": &store, "extra": {} },
                "admin_user_id": oid(n, 2), "created_at": now(), "updated_at": now(),
            }],
        );
        world.insert(
            "admins",
            vec![doc! {
                "_id": oid(n, 2), "organization_id": oid(n, 1), "email": format!("admin@{name}.com"),
                "password_hash": hash("$2b$12$"), "role": "admin", "created_at": now(), "updated_at": now(),
            }],
        );
        let tickets =
            (0..3).map(|t| doc! { "_id": oid(n, 100 + t), "title": format!("{name} {t}"), "amount": 1, "at": now() });
        world.insert(&store, tickets.collect());
    }
    let (found, data) = look(&world);
    assert_eq!((data["preset_like"].as_str(), data["layout"].as_str()), (Some("org-collections"), Some("collection")));
    assert_eq!(finding(&data, "organization.admin_user_id"), ("{account.id}".into(), "sure".into()));
    assert_eq!(finding(&data, "account.organization_id"), ("{org.id}".into(), "sure".into()));
    assert_eq!(finding(&data, "naming.slug"), ("lower, [ ] becomes _".into(), "sure".into()));
    assert_eq!(finding(&data, "naming.name").1, "guessed");
    let preset: Description = toml::from_str(flowbit::config::preset_text("org-collections").unwrap()).unwrap();
    assert_eq!(found.organization, preset.organization);
    assert_eq!(
        (&found.account.fields, &found.store, &found.naming),
        (&preset.account.fields, &preset.store, &preset.naming)
    );
    assert_eq!(found.account.hash, HashScheme::Bcrypt { cost: 12, prefix: Default::default() });

    create(&world, "Probe-A", "admin@probe.com");
    rename(&world, "probe-a", "probe-b");
    delete(&world, "probe-b");
    assert!(world.find("admins", doc! { "email": "admin@probe.com" }).is_empty(), "no admin is left that could log in");
    restore(&world, "probe-b");
    let org = world.one("organizations", doc! { "organization_name": "probe-b" });
    let admin = world.one("admins", doc! { "email": "admin@probe.com" });
    assert_eq!(
        keys(&org),
        ["_id", "organization_name", "collection_name", "connection", "admin_user_id", "created_at", "updated_at"]
    );
    assert_eq!(
        org.get_document("connection").unwrap(),
        &doc! { "db_name": &world.db, "collection_name": "org_probe-b", "extra": {} }
    );
    assert_eq!(org.get_str("collection_name").unwrap(), "org_probe-b");
    assert_eq!(org.get_object_id("admin_user_id").unwrap(), admin.get_object_id("_id").unwrap());
    assert_eq!(admin.get_object_id("organization_id").unwrap(), org.get_object_id("_id").unwrap());
    assert_eq!(keys(&admin), ["_id", "organization_id", "email", "password_hash", "role", "created_at", "updated_at"]);
    assert_eq!(admin.get_str("role").unwrap(), "admin");
    ["created_at", "updated_at"].iter().for_each(|path| is_now(&org, path));
    is_now(&admin, "created_at");
    logs_in(&admin, "password_hash");
    assert!(world.names().contains(&"org_probe-b".to_owned()));
    delete(&world, "probe-b");
    still(&world, "collection", "organization.store", "collection_name");
}

#[test]
fn ks_organizations_with_markers_and_links_as_text() {
    let world = world();
    let tenants = [
        ("amazon", "amazon"),
        ("amazon-global", "amazon_global"),
        ("LogisticsCo", "logisticsco"),
        ("Retail GmbH", "retail_gmbh"),
    ];
    for (n, (name, slug)) in tenants.into_iter().enumerate() {
        let store = format!("org_{slug}");
        world.insert("organizations", vec![doc! {
            "_id": oid(n, 1), "organization_name": name, "collection_name": &store, "admin_email": format!("admin@{slug}.com"),
            "admin_id": oid(n, 2).to_hex(), "created_at": now(), "updated_at": now(),
        }]);
        world.insert("admin_users", vec![doc! {
            "_id": oid(n, 2), "email": format!("admin@{slug}.com"), "hashed_password": hash("$bcrypt-sha256$$2b$12$"),
            "organization_name": name, "organization_id": oid(n, 1).to_hex(), "created_at": now(),
        }]);
        let marker = doc! { "_id": oid(n, 3), "_metadata": { "organization_name": name, "created_at": now(), "collection_name": &store } };
        world.insert(
            &store,
            vec![marker, doc! { "_id": oid(n, 4), "title": format!("{name} 0"), "amount": 0, "at": now() }],
        );
    }
    let (found, data) = look(&world);
    assert_eq!((found.layout, &data["preset_like"]), (Layout::Collection, &Value::Null));
    assert_eq!(finding(&data, "organization.admin_id"), ("{account.id:string}".into(), "sure".into()));
    assert_eq!(finding(&data, "organization.admin_email").0, "{email}");
    assert_eq!(finding(&data, "account.organization_id").0, "{org.id:string}");
    assert_eq!(finding(&data, "account.organization_name").0, "{name}");
    assert_eq!(finding(&data, "account.hash").0, "$bcrypt-sha256$ over $2b$, cost 12");
    assert_eq!(finding(&data, "store.marker"), ("_metadata".into(), "sure".into()));
    // Other rules explain the same names: that it guessed is said, and where it matters.
    assert_eq!(finding(&data, "naming.slug").1, "guessed");
    assert!(data["unknown"].to_string().contains("acme.corp"), "{data:#}");

    create(&world, "Probe Corp", "admin@probe.com");
    rename(&world, "Probe Corp", "Probe-Global Corp");
    delete(&world, "Probe-Global Corp");
    restore(&world, "Probe-Global Corp");
    let org = world.one("organizations", doc! { "organization_name": "Probe-Global Corp" });
    let admin = world.one("admin_users", doc! { "email": "admin@probe.com" });
    assert_eq!(
        keys(&org),
        ["_id", "organization_name", "collection_name", "admin_email", "admin_id", "created_at", "updated_at"]
    );
    assert_eq!(org.get_str("collection_name").unwrap(), "org_probe_global_corp");
    assert_eq!(org.get_str("admin_id").unwrap(), admin.get_object_id("_id").unwrap().to_hex());
    assert_eq!(org.get_str("admin_email").unwrap(), "admin@probe.com");
    assert_eq!(admin.get_str("organization_id").unwrap(), org.get_object_id("_id").unwrap().to_hex());
    assert_eq!(admin.get_str("organization_name").unwrap(), "Probe-Global Corp");
    is_now(&admin, "created_at");
    assert!(admin.get_str("hashed_password").unwrap().starts_with("$bcrypt-sha256$$2b$04$"));
    let marker = world.one("org_probe_global_corp", doc! { "_metadata": { "$exists": true } });
    let marker = marker.get_document("_metadata").unwrap();
    assert_eq!(keys(marker), ["organization_name", "created_at", "collection_name"]);
    assert_eq!(marker.get_str("organization_name").unwrap(), "Probe-Global Corp");
    assert_eq!(marker.get_str("collection_name").unwrap(), "org_probe_global_corp");
    still(&world, "collection", "store.marker", "_metadata");
}

/// The S1 shape: no records of organizations, the display name as key.
fn s1(world: &World) {
    for (n, tenant) in ["LogisticsCo", "RetailGmbH"].into_iter().enumerate() {
        let users = ["Admin", "User"].into_iter().zip(10_u32..).map(|(role, u)| {
            let mut user = doc! {
                "_id": oid(n, u), "email": format!("{}@{}.com", role.to_lowercase(), tenant.to_lowercase()),
                "password": hash("$2b$10$"), "customerId": tenant, "role": role, "firstName": role, "lastName": "Person",
                "isActive": true, "createdAt": now(), "updatedAt": now(),
                "refreshTokens": [{ "token": "plant3d-token", "createdAt": now() }], "apiKey": "plant3d-key",
            };
            if role == "Admin" {
                user.insert("lastLogin", now());
            } else {
                user.insert("__v", 0);
            }
            user
        });
        world.insert("users", users.collect());
        let tickets = (0..4_u32).zip(["Open", "In Progress", "Resolved", "Closed"]).map(|(t, status)| doc! {
            "_id": oid(n, 100 + t), "title": format!("ticket {t}"), "description": "demo", "customerId": tenant,
            "userId": oid(n, 10 + t % 2), "status": status, "priority": "High", "category": "General", "tags": ["demo"],
            "attachments": [], "comments": [{ "userId": oid(n, 11), "content": "hello", "_id": oid(n, 200 + t), "createdAt": now() }],
            "createdAt": now(), "updatedAt": now(), "__v": 1,
        });
        world.insert("tickets", tickets.collect());
    }
    index(world, "users", doc! { "email": 1 }, true);
    index(world, "users", doc! { "customerId": 1 }, false);
    index(world, "tickets", doc! { "customerId": 1, "status": 1 }, false);
}

#[test]
fn s1_tickets_shared_by_display_name() {
    let world = world();
    s1(&world);
    std::fs::write(world.path("registry.json"), r#"{"LogisticsCo":{"screens":[]},"RetailGmbH":{"screens":[]}}"#)
        .unwrap();
    let (found, data) = look(&world);
    assert_eq!((found.layout, found.organization.is_none()), (Layout::Shared, true));
    assert_eq!(finding(&data, "tenant key"), ("customerId = {name}".into(), "sure".into()));
    assert_eq!(finding(&data, "reference tickets.comments.userId").0, "users._id");
    assert_eq!(finding(&data, "reference tickets.userId"), ("users._id".into(), "sure".into()));
    assert_eq!(finding(&data, "registry"), ("registry.json".into(), "sure".into()));
    assert!(found.account.lower_case_email && found.account.indexes[0].unique);
    assert_eq!(found.tickets.as_ref().unwrap().statuses, ["Open", "In Progress", "Resolved", "Closed"]);
    assert_eq!(found.account.roles, ["Admin", "User"]);

    create(&world, "Acme Corp", "Admin@acme.com");
    world.insert("tickets", vec![doc! { "_id": oid(7, 1), "title": "t", "customerId": "Acme Corp", "status": "Open" }]);
    rename(&world, "Acme Corp", "Acme Global");
    delete(&world, "Acme Global");
    assert_eq!(world.find("tickets", doc! { "customerId": "Acme Global" }).len(), 0);
    restore(&world, "Acme Global");
    let user = world.one("users", doc! { "email": "admin@acme.com" });
    assert_eq!(user.get_str("customerId").unwrap(), "Acme Global");
    assert_eq!((user.get_str("role").unwrap(), user.get_bool("isActive").unwrap()), ("Admin", true));
    assert!(!user.get_str("firstName").unwrap().is_empty() && !user.get_str("lastName").unwrap().is_empty());
    assert!(user.get_object_id("_id").is_ok() && user.get_i32("__v").unwrap() == 0);
    assert!(!user.contains_key("lastLogin") && !user.contains_key("apiKey"));
    is_now(&user, "createdAt");
    logs_in(&user, "password");
    assert_eq!(world.find("tickets", doc! { "customerId": "Acme Global" }).len(), 1);
    let registry = std::fs::read_to_string(world.path("registry.json")).unwrap();
    assert!(registry.contains("Acme Global") && registry.contains("LogisticsCo"), "{registry}");
    delete(&world, "Acme Global");
    still(&world, "shared", "tenant key", "customerId = {name}");
}

#[test]
fn s0_tickets_shared_with_authors_by_email() {
    let world = world();
    for (n, tenant) in ["TenantA", "LogisticsCo"].into_iter().enumerate() {
        let domain = format!("{}{}.com", tenant[..1].to_lowercase(), &tenant[1..]);
        let users = ["Admin", "User"].into_iter().zip(10_u32..).map(|(role, u)| doc! {
            "_id": oid(n, u), "email": format!("{}@{domain}", role.to_lowercase()), "hashed_password": hash("$2b$12$"),
            "customer_id": tenant, "role": role, "created_at": now(),
        });
        world.insert("users", users.collect());
        let tickets = (0..3_u32).map(|t| doc! {
            "_id": oid(n, 100 + t), "title": format!("ticket {t}"), "description": "d", "status": "Open", "customer_id": tenant,
            "created_by": format!("user@{domain}"), "created_at": now(), "updated_at": Bson::Null,
        });
        world.insert("tickets", tickets.collect());
    }
    let (found, data) = look(&world);
    assert_eq!(data["preset_like"], "tickets-fastapi");
    assert_eq!(finding(&data, "tenant key"), ("customer_id = {name}".into(), "sure".into()));
    assert_eq!(finding(&data, "reference tickets.created_by"), ("users.email".into(), "sure".into()));
    assert!(!found.account.lower_case_email, "addresses with capital letters were seen");
    assert!(data["unknown"].to_string().contains("no unique index on email"), "{data:#}");

    create(&world, "TenantB", "admin@tenantB.com");
    rename(&world, "TenantB", "Tenant C");
    delete(&world, "Tenant C");
    restore(&world, "Tenant C");
    let user = world.one("users", doc! { "email": "admin@tenantB.com" });
    assert_eq!(keys(&user), ["_id", "email", "hashed_password", "customer_id", "role", "created_at"]);
    assert_eq!((user.get_str("customer_id").unwrap(), user.get_str("role").unwrap()), ("Tenant C", "Admin"));
    is_now(&user, "created_at");
    logs_in(&user, "hashed_password");
    still(&world, "shared", "tenant key", "customer_id = {name}");
}

#[test]
fn ta_tickets_with_slug_twin_and_audit() {
    let world = world();
    for (n, (tenant, key)) in [("LogisticsCo", "logisticsco"), ("Acme Corp", "acme-corp")].into_iter().enumerate() {
        let users = ["Admin", "User"].into_iter().zip(10_u32..).map(|(role, u)| doc! {
            "_id": oid(n, u), "email": format!("{}@{key}.com", role.to_lowercase()), "password": hash("$2b$12$"), "role": role,
            "customerId": key, "tenantName": tenant, "isActive": true, "createdAt": now(), "updatedAt": now(), "__v": 0,
        });
        world.insert("users", users.collect());
        let tickets = (0..3_u32).map(|t| doc! {
            "_id": oid(n, 100 + t), "title": format!("{key} ticket {t}"), "description": "demo", "status": "Open", "priority": "High",
            "customerId": key, "createdBy": oid(n, 10), "createdAt": now(), "updatedAt": now(), "__v": 0,
        });
        world.insert("tickets", tickets.collect());
        let entries = (0..3_u32).map(|t| doc! {
            "_id": oid(n, 300 + t), "action": "ticket.created", "userId": oid(n, 10), "customerId": key, "resourceType": "ticket",
            "resourceId": oid(n, 100 + t).to_hex(), "details": { "title": "x", "apiToken": "plant3d" }, "ipAddress": "127.0.0.1",
            "userAgent": "test", "createdAt": now(), "updatedAt": now(), "__v": 0,
        });
        world.insert("auditlogs", entries.collect());
    }
    index(&world, "users", doc! { "email": 1 }, true);
    let (found, data) = look(&world);
    assert_eq!(finding(&data, "tenant key"), ("customerId = {slug}".into(), "sure".into()));
    assert_eq!(finding(&data, "account.tenantName"), ("{name}".into(), "sure".into()));
    assert_eq!(finding(&data, "audit.collection").0, "auditlogs");
    let audit = found.audit.as_ref().unwrap();
    assert_eq!((audit.actor.as_deref(), audit.target_kind.as_deref()), (Some("userId"), Some("resourceType")));
    assert_eq!(
        (&audit.target, &audit.personal),
        (&vec!["resourceId".to_owned()], &vec!["ipAddress".to_owned(), "userAgent".to_owned()])
    );
    assert_eq!((&audit.before, &audit.after), (&None, &None));
    assert_eq!(finding(&data, "reference tickets.createdBy").0, "users._id");
    let as_text = found.references.iter().find(|reference| reference.field == "resourceId").unwrap();
    assert!(as_text.as_string && as_text.to == "tickets._id");

    create(&world, "Big Shop", "admin@bigshop.com");
    delete(&world, "Big Shop");
    assert!(!world.one("users", doc! { "email": "admin@bigshop.com" }).get_bool("isActive").unwrap());
    restore(&world, "Big Shop");
    let check = |key: &str, name: &str| {
        let user = world.one("users", doc! { "email": "admin@bigshop.com" });
        assert_eq!((user.get_str("customerId").unwrap(), user.get_str("tenantName").unwrap()), (key, name));
        assert_eq!((user.get_str("role").unwrap(), user.get_bool("isActive").unwrap()), ("Admin", true));
        ["createdAt", "updatedAt"].iter().for_each(|path| is_now(&user, path));
        logs_in(&user, "password");
    };
    check("big-shop", "Big Shop");
    let entry = world.one("auditlogs", doc! { "action": "org.created" });
    is_now(&entry, "createdAt");
    assert_eq!((entry.get_str("actor").unwrap(), entry.get_str("customerId").unwrap()), ("tester", "big-shop"));
    assert!(entry.get_document("details").is_ok());
    assert!(!entry.contains_key("userId"), "no text where the backend has an ObjectId");
    rename(&world, "Big Shop", "Bigger Shop");
    check("bigger-shop", "Bigger Shop");
}

#[test]
fn hk_databases_with_accounts_inside_the_organizations() {
    let world = world();
    let names = ["amazon", "LogisticsCo", "retailgmbh"];
    let database = |name: &str| format!("{}_org_{name}", world.db);
    for (n, name) in names.into_iter().enumerate() {
        world.insert(
            "organizations",
            vec![doc! {
                "_id": oid(n, 1), "organization_name": name, "collection_name": database(name),
                "admin_email": format!("admin@{}.com", name.to_lowercase()), "admin_password": hash("$2b$12$"),
            }],
        );
        let tenant = world.client.database(&database(name));
        let user = doc! { "email": format!("admin@{}.com", name.to_lowercase()), "role": "admin", "created_at": "now" };
        world.wait(tenant.collection("users").insert_one(user).into_future()).unwrap();
    }
    let (found, data) = look(&world);
    assert_eq!((found.layout, found.account.place), (Layout::Database, AccountPlace::Organization));
    assert_eq!(finding(&data, "organization.store"), ("collection_name".into(), "sure".into()));
    assert_eq!(finding(&data, "account.copy").0, "users");
    assert_eq!(finding(&data, "naming.slug").1, "guessed");
    assert_eq!(found.account.admin_role, "admin");

    create(&world, "probe", "admin@probe.com");
    rename(&world, "probe", "Probe-B");
    delete(&world, "Probe-B");
    restore(&world, "Probe-B");
    let org = world.one("organizations", doc! { "organization_name": "Probe-B" });
    assert_eq!(keys(&org), ["_id", "organization_name", "collection_name", "admin_email", "admin_password"]);
    assert_eq!(org.get_str("collection_name").unwrap(), database("Probe-B"));
    logs_in(&org, "admin_password");
    let users = world.client.database(&database("Probe-B")).collection::<Document>("users");
    let user = world.wait(users.find_one(doc! {}).into_future()).unwrap().unwrap();
    assert_eq!(keys(&user), ["_id", "email", "role", "created_at"]);
    assert_eq!((user.get_str("email").unwrap(), user.get_str("role").unwrap()), ("admin@probe.com", "admin"));
    assert_eq!(user.get_str("created_at").unwrap(), "now");
    delete(&world, "Probe-B");
    still(&world, "database", "account.copy", "users");
    for name in world.wait(world.client.list_database_names().into_future()).unwrap() {
        if name.starts_with(&format!("{}_org_", world.db)) {
            world.wait(world.client.database(&name).drop().into_future()).unwrap();
        }
    }
}

#[test]
fn what_is_no_platform_is_not_guessed_at() {
    let world = world();
    world.insert(
        "recipes",
        (0..5).map(|n| doc! { "_id": oid(0, n), "name": format!("soup {n}"), "steps": ["cook"] }).collect(),
    );
    let ran = world.run(&["init", "--out", "found.toml", "--json"]).fails(2, "E0112");
    assert!(ran.error()["message"].as_str().unwrap().contains("no collection holds accounts"), "{ran:?}");
    assert!(!world.path("found.toml").exists());
    // Accounts of one tenant only, as any web shop has them: still nothing to tell tenants by.
    world.insert("users", (0..3).map(|n| doc! { "_id": oid(1, n), "email": format!("u{n}@x.com"), "password": hash("$2b$12$"), "role": "User" }).collect());
    let ran = world.run(&["init", "--json"]).fails(2, "E0112");
    assert!(ran.error()["message"].as_str().unwrap().contains("accounts in users"), "{ran:?}");
}

#[test]
fn where_there_is_nothing_presets_are_offered() {
    let world = world();
    let empty = world.run(&["init", "--json"]).ok().json();
    assert_eq!((&empty["schema"], &empty["changed"]), (&"flowbit.init.presets/1".into(), &false.into()));
    assert!(empty["warnings"][0].as_str().unwrap().contains("holds no documents"), "{empty}");
    assert!(empty["data"].as_array().unwrap().iter().any(|row| row["preset"] == "org-collections"));
    // No server is configured and none runs: the same, without a word about a database.
    let home = tempfile::tempdir().unwrap();
    let none = Ran::from(bare(home.path()).args(["init", "--json"]).output().unwrap()).ok().json();
    assert_eq!((&none["schema"], none["warnings"].as_array().unwrap().len()), (&"flowbit.init.presets/1".into(), 0));
    let gone = bare(home.path())
        .args(["init", "--json", "--timeout", "1"])
        .env("FLOWBIT_URI", "mongodb://127.0.0.1:1/")
        .output()
        .unwrap();
    let gone = Ran::from(gone).fails(8, "E0802");
    assert!(gone.error()["next"].to_string().contains("--preset"), "{gone:?}");
}

#[test]
fn without_a_name_the_platforms_database_is_found_among_others() {
    let (port, _holder) = start_mongod(Some("fbinit"));
    let look = |world: &World, more: &[&str]| {
        let mut arguments = vec!["init", "--json"];
        arguments.extend(more);
        let mut command = world.command(&arguments);
        Ran::from(command.env_remove("FLOWBIT_MASTER_DB").output().unwrap())
    };
    let platform = World::on(port, "broken");
    let empty = look(&platform, &[]).ok().json();
    assert!(empty["warnings"][0].as_str().unwrap().contains("the server holds no documents"), "{empty}");
    let other = World::on(port, "broken");
    other.insert("recipes", vec![doc! { "name": "soup" }]);
    let lost = look(&platform, &[]).fails(2, "E0112");
    assert!(lost.error()["message"].as_str().unwrap().contains(&other.db), "{lost:?}");
    s1(&platform);
    let found = look(&platform, &[]).ok().json();
    assert_eq!(finding(&found["data"], "master_database"), (platform.db.clone(), "sure".into()));
    s1(&other);
    let two = look(&platform, &[]).ok().json();
    assert_eq!(finding(&two["data"], "master_database").1, "guessed");
    assert!(two["warnings"].to_string().contains("--master-db"), "{two}");
    let named = look(&platform, &["--master-db", &other.db]).ok().json();
    assert_eq!(finding(&named["data"], "master_database"), (other.db.clone(), "sure".into()));
}

#[test]
fn an_index_that_deletes_accounts_and_odd_records_are_named() {
    let world = world();
    s1(&world);
    world.command_on(doc! { "createIndexes": "users", "indexes": [{ "key": { "refreshTokens.createdAt": 1 }, "name": "ttl", "expireAfterSeconds": 604_800 }] });
    world.insert("users", vec![doc! { "_id": ObjectId::from_bytes([1; 12]), "email": "odd@x.com", "password": "s3cret", "customerId": Bson::Null }]);
    let (found, data) = look(&world);
    assert_eq!(found.account.forbidden_indexes.len(), 1);
    assert!(found.account.forbidden_indexes[0].ttl && data["unknown"].to_string().contains("refreshTokens.createdAt"));
}

#[test]
fn an_audit_trail_with_before_and_after_gets_them_there() {
    let world = world();
    s1(&world);
    for (n, key) in ["LogisticsCo", "RetailGmbH"].into_iter().enumerate() {
        let entries = (0..4_u32).map(|t| {
            let before = if t == 0 { Bson::Null } else { doc! { "status": "draft", "reason": "x" }.into() };
            doc! {
                "_id": oid(n, 300 + t), "customerId": key, "actor_id": oid(n, 10).to_hex(), "action": "UPDATE", "entity": "product",
                "entity_id": oid(n, 100 + t).to_hex(), "before": before, "after": { "status": "submitted", "updatedAt": now() },
                "timestamp": now(), "ip_address": "10.0.0.1", "user_agent": "curl",
            }
        });
        world.insert("audit_logs", entries.collect());
    }
    let (found, data) = look(&world);
    let audit = found.audit.as_ref().unwrap();
    assert_eq!((audit.before.as_deref(), audit.after.as_deref()), (Some("before"), Some("after")));
    assert_eq!((audit.actor.as_deref(), audit.target_kind.as_deref()), (Some("actor_id"), Some("entity")));
    assert_eq!(audit.target, ["entity_id"]);
    assert_eq!(audit.personal, ["ip_address", "user_agent"]);
    assert_eq!(finding(&data, "audit.before").0, "before");
    let made_up = audit.fields.iter().map(|(path, _)| path).find(|path| path.contains('.'));
    assert_eq!(made_up, None, "nothing inside of before and after is a field of the entry");
    create(&world, "Acme", "admin@acme.com");
    let set = flowbit(
        &world,
        &["user", "set-role", "admin@acme.com", "User", "--org", "Acme", "--force", "--reason", "asked"],
    );
    set.ok();
    let entry = world.one("audit_logs", doc! { "action": "user.role-changed" });
    assert_eq!((entry.get_str("entity").unwrap(), entry.get_str("entity_id").unwrap().len()), ("user", 24));
    assert_eq!(entry.get_document("before").unwrap(), &doc! { "role": "Admin" });
    let after = entry.get_document("after").unwrap();
    assert_eq!((after.get_str("role").unwrap(), after.get_str("reason").unwrap()), ("User", "asked"));
}
