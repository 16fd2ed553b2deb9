//! Snapshots: a tenant becomes a set, the set another tenant, and both are equal but for identifiers, tenancy and people.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Decimal128, Document, doc};
use futures_util::TryStreamExt;
use serde_json::Value;

use crate::world::{DATABASES, PAIR, Ran, SHARED, World, oid, s4};

/// References as a description may know them.
const REFERENCES: &str = r#"
[[reference]]
collection = "tickets"
field = "userId"
to = "users._id"
[[reference]]
collection = "tickets"
field = "author"
to = "users.email"
[[reference]]
collection = "tickets"
field = "comments.userId"
to = "users._id"
as_string = true
"#;

const HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lives {
    Collections,
    Database,
    Shared,
    OneCollection,
}

const LAYOUTS: [Lives; 4] = [Lives::Collections, Lives::Database, Lives::Shared, Lives::OneCollection];

impl Lives {
    fn world(self) -> World {
        match self {
            Lives::Collections => World::new(&format!("{PAIR}{REFERENCES}")),
            Lives::Database => World::new(&format!("{DATABASES}{REFERENCES}")),
            Lives::Shared => World::new(&format!("{SHARED}{REFERENCES}")),
            Lives::OneCollection => World::new(&s4()),
        }
    }

    /// Database, collection and filter of a tenant's accounts or tickets.
    fn place(self, world: &World, name: &str, kind: &str) -> (String, String, Document) {
        let slug = name.replace(' ', "-");
        match (self, kind) {
            (Lives::Collections, "users") => (world.db.clone(), "users".into(), doc! { "tenantName": name }),
            (Lives::Collections, kind) => (world.db.clone(), format!("org_{slug}_{kind}"), doc! {}),
            (Lives::Database, kind) => (format!("{}_{slug}", world.db), kind.into(), doc! {}),
            (Lives::Shared, kind) => (world.db.clone(), kind.into(), doc! { "customerId": name }),
            (Lives::OneCollection, "users") => {
                let record = world.one("organizations", doc! { "organization_name": name });
                (world.db.clone(), "admins".into(), doc! { "organization_id": record.get("_id") })
            }
            (Lives::OneCollection, _) => (world.db.clone(), format!("org_{slug}"), doc! {}),
        }
    }

    fn fetch(self, world: &World, name: &str, kind: &str) -> Vec<Document> {
        let (db, coll, filter) = self.place(world, name, kind);
        world.wait(async {
            let collection = world.client.database(&db).collection::<Document>(&coll);
            collection.find(filter).sort(doc! { "no": 1 }).await.unwrap().try_collect().await.unwrap()
        })
    }

    /// Makes `amazon` and its neighbour, both with data.
    fn fill(self, world: &World) {
        for name in ["amazon", "amazon-global"] {
            world
                .run(&[
                    "org",
                    "create",
                    name,
                    "--admin-email",
                    &format!("boss@{}.com", name.replace(' ', "-")),
                    "--password-file",
                    "word",
                    "--json",
                ])
                .ok();
        }
        let insert = |kind: &str, documents: Vec<Document>| {
            for (n, name) in ["amazon", "amazon-global"].into_iter().enumerate() {
                let (db, coll, _) = self.place(world, name, kind);
                let documents: Vec<Document> =
                    documents.iter().map(|d| self.owned(world, n, name, kind, d.clone())).collect();
                world.wait(world.client.database(&db).collection(&coll).insert_many(documents).into_future()).unwrap();
            }
        };
        insert("users", users());
        insert("tickets", tickets());
        // The administrators that came with the organizations.
        for (n, name) in ["amazon", "amazon-global"].into_iter().enumerate() {
            let (db, coll, filter) = self.place(world, name, "users");
            let mut admin = filter;
            admin.insert("no", doc! { "$exists": false });
            let set = doc! { "$set": { "no": i32::try_from(n).unwrap() * 1000, "refreshTokens": [{ "token": "eyJhbGciOiJIUzI1NiJ9.e30.x" }] } };
            let users = world.client.database(&db).collection::<Document>(&coll);
            world.wait(users.update_one(admin, set).into_future()).unwrap();
        }
    }

    /// A document of a tenant, with identifiers and a secret word of its own.
    fn owned(self, world: &World, n: usize, name: &str, kind: &str, document: Document) -> Document {
        let slug = name.replace(' ', "-");
        let text = Bson::Document(document).into_canonical_extjson().to_string();
        let text = text.replace("@DOMAIN@", &format!("{slug}.com")).replace("@WORD@", ["mine", "neighbourly"][n]);
        let ids = |text: String, at: usize| {
            (0..20).fold(text, |text, i| {
                text.replace(
                    &format!("@{}{i}@", ["U", "T"][at]),
                    &oid(n, if at == 0 { 10 + i } else { 100 + i }).to_hex(),
                )
            })
        };
        let text = ids(ids(text, 0), 1);
        let mut document = match Bson::try_from(serde_json::from_str::<Value>(&text).unwrap()).unwrap() {
            Bson::Document(document) => document,
            _ => unreachable!(),
        };
        match (self, kind) {
            (Lives::Collections, "users") => {
                let record = world.one("organizations", doc! { "name": name });
                document
                    .extend(doc! { "customerId": record.get_object_id("_id").unwrap().to_hex(), "tenantName": name });
            }
            (Lives::Database, "users") => drop(document.insert("tenantName", name)),
            (Lives::Shared, "users") => drop(document.insert("customerId", name)),
            (Lives::Shared, _) => document.extend(doc! { "customerId": name, "tenantSlug": &slug }),
            (Lives::OneCollection, "users") => {
                let record = world.one("organizations", doc! { "organization_name": name });
                document.insert("organization_id", record.get_object_id("_id").unwrap());
                document.insert("password_hash", HASH);
                document.remove("password");
            }
            _ => {}
        }
        document
    }
}

/// Strings of the form @U3@ are filled in as identifiers.
fn id(word: &str) -> Value {
    serde_json::json!({ "$oid": word })
}

fn parsed(value: Value, more: Document) -> Document {
    // Identifiers are filled in later, as text; until then they stand as documents.
    let mut document = Document::new();
    for (name, value) in value.as_object().unwrap() {
        document.insert(name, plain(value));
    }
    document.extend(more);
    document
}

fn plain(value: &Value) -> Bson {
    match value {
        Value::Object(map) => Bson::Document(map.iter().map(|(name, value)| (name.clone(), plain(value))).collect()),
        Value::Array(items) => Bson::Array(items.iter().map(plain).collect()),
        other => Bson::try_from(other.clone()).unwrap(),
    }
}

fn users() -> Vec<Document> {
    let at = DateTime::from_millis(1_700_000_000_000);
    let user = |n: i32, more: Document| {
        let value = serde_json::json!({ "_id": id(&format!("@U{n}@")), "no": n + 1, "email": format!("u{n}@@DOMAIN@"), "role": "User", "password": HASH });
        parsed(value, more)
    };
    vec![
        user(
            0,
            doc! { "firstName": "Annabella", "lastName": "", "phone": "+49 151 2345678", "createdAt": at, "isActive": true, "profile": { "city": "Ulm", "ip_address": "10.1.2.3", "manager": { "$oid": "@U1@" } } },
        ),
        user(
            1,
            doc! { "firstName": "Annabella", "isActive": false, "refreshTokens": [{ "token": "abc" }], "resetToken": "s3cr3t-thing" },
        ),
        user(2, doc! { "settings": {}, "tags": [], "score": 4_i64, "nick": "{braces} {{twice}} {", "isActive": true }),
    ]
}

fn tickets() -> Vec<Document> {
    let at = DateTime::from_millis(-62_135_596_800_000);
    let decimal: Decimal128 = "12.340".parse().unwrap();
    let ticket = |n: i32, more: Document| {
        let value = serde_json::json!({ "_id": id(&format!("@T{n}@")), "no": n, "title": format!("Ticket {n}"), "status": "Open" });
        parsed(value, more)
    };
    vec![
        ticket(
            0,
            doc! {
                "userId": { "$oid": "@U0@" }, "author": "u1@@DOMAIN@", "whole": 7_i32, "long": 7_i64, "huge": i64::MAX, "real": 7.0, "nan": f64::NAN,
                "decimal": decimal, "when": at, "null": Bson::Null, "none": [], "empty": {}, "flag": true,
                "text": "{not} {{a}} }template{ \"quoted\" \\ \u{1F69A} \u{0} line\nbreak", "größe": "äöü",
            },
        ),
        ticket(
            1,
            doc! {
                "userId": { "$oid": "@U1@" }, "author": "u0@@DOMAIN@", "parent": { "$oid": "@T0@" }, "parentText": "@T0@",
                "comments": [
                    { "_id": ObjectId::from_bytes([9; 12]), "userId": "@U2@", "text": "ask u0@@DOMAIN@, {or} stranger@elsewhere.example", "deep": [[{ "who": { "$oid": "@U0@" }, "n": 1_i64 }]] },
                    { "userId": "@U0@", "text": "", "likes": [{ "$oid": "@U0@" }, { "$oid": "@U1@" }] },
                ],
            },
        ),
        ticket(
            2,
            doc! {
                "userId": Bson::Null, "assignee": { "$oid": "@U2@" }, "gone": ObjectId::from_bytes([200; 12]), "note": format!("set {HASH} for him"),
                "hash": HASH, "requester": { "name": "kept", "user_agent": "Mozilla/5.0", "address": { "street": "Main Street 5", "zip": 89_073_i32 } },
                "mine": "@WORD@", "a": { "b.c": 1_i32, "x": { "y": [1_i32, 2_i64, 3.5] } },
            },
        ),
        ticket(
            3,
            doc! { "watchers": [{ "$oid": "@U0@" }, { "$oid": "@T2@" }, 5_i32, "u2@@DOMAIN@"], "bin": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2, 255] }, "stamp": bson::Timestamp { time: 5, increment: 6 }, "re": bson::Regex { pattern: bson::raw::CString::try_from("a{2}").unwrap(), options: bson::raw::CString::try_from("i").unwrap() } },
        ),
    ]
}

fn world_of(lives: Lives) -> World {
    let world = lives.world();
    std::fs::write(world.path("word"), "StrongPassword2025!").unwrap();
    lives.fill(&world);
    world
}

fn snapshot(world: &World, more: &[&str]) -> Ran {
    let mut words = vec!["seed", "snapshot", "amazon", "--out", "./taken", "--json"];
    words.extend(more);
    world.run(&words)
}

fn apply(world: &World, org: &str, out: &str) -> Ran {
    world.run(&["seed", "apply", "./taken", "--org", org, "--create-org", "--passwords-out", out, "--json"])
}

/// All that stands in the files.
fn texts(world: &World) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(world.path("taken")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        all.push_str(&std::fs::read_to_string(path).unwrap());
    }
    all
}

/// A tenant without what a set does not keep: identifiers as what they name, tenancy and hashes away, e-mails by number.
fn essence(lives: Lives, world: &World, name: &str) -> Vec<String> {
    let (users, tickets) = (lives.fetch(world, name, "users"), lives.fetch(world, name, "tickets"));
    let mut words: BTreeMap<String, String> = BTreeMap::new();
    for (kind, document) in users.iter().map(|d| ("user", d)).chain(tickets.iter().map(|d| ("ticket", d))) {
        let label = format!("<{kind} {}>", document.get("no").unwrap());
        words.insert(document.get_object_id("_id").unwrap().to_hex(), label.clone());
        if let Ok(email) = document.get_str("email") {
            words.insert(email.to_owned(), format!("<mail of {label}>"));
        }
    }
    let away = [
        "password",
        "password_hash",
        "customerId",
        "tenantName",
        "tenantSlug",
        "organization_id",
        "refreshTokens",
        "resetToken",
        "hash",
    ];
    let personal = ["firstName", "phone", "ip_address", "user_agent", "street", "zip", "created_at", "updated_at"];
    let mut lines = Vec::new();
    for mut document in users.into_iter().chain(tickets) {
        away.iter().for_each(|name| drop(document.remove(name)));
        let mut text = sorted(&Bson::Document(document), &personal);
        for (word, label) in &words {
            text = text.replace(word, label);
        }
        for email in ["stranger@elsewhere.example", &format!("user-5@{name}.example")] {
            text = text.replace(email, "<stranger>");
        }
        lines.push(text.replace(HASH, "(removed)"));
    }
    lines
}

/// Canonical text with fields by name.
fn sorted(value: &Bson, personal: &[&str]) -> String {
    match value {
        Bson::Document(document) => {
            let mut fields: Vec<String> = document
                .iter()
                .map(|(name, value)| match personal.contains(&name.as_str()) {
                    true => format!("{name}: ({:?})", value.element_type()),
                    false => format!("{name}: {}", sorted(value, personal)),
                })
                .collect();
            fields.sort();
            format!("{{{}}}", fields.join(", "))
        }
        Bson::Array(items) => {
            format!("[{}]", items.iter().map(|item| sorted(item, personal)).collect::<Vec<_>>().join(", "))
        }
        other => other.clone().into_canonical_extjson().to_string(),
    }
}

#[test]
fn a_snapshot_makes_an_equal_tenant() {
    for lives in LAYOUTS {
        let world = world_of(lives);
        let before = world.state(&world.start());
        let taken = snapshot(&world, &[]).ok().json();
        assert_eq!(world.state(&world.start()), before, "{lives:?}: something was changed");
        assert_eq!(
            (&taken["schema"], &taken["changed"]),
            (&Value::from("flowbit.seed.snapshot/1"), &Value::from(false))
        );
        assert_eq!(taken["data"]["documents"], 8, "{lives:?} {taken}");
        assert_eq!(std::fs::metadata(world.path("taken")).unwrap().permissions().mode() & 0o777, 0o700);
        world.run(&["seed", "lint", "./taken", "--json"]).ok();
        let applied = apply(&world, "zalando", "words").ok().json();
        assert_eq!(applied["data"]["orgs"][0]["created"], true, "{applied}");
        assert_eq!(essence(lives, &world, "zalando"), essence(lives, &world, "amazon"), "{lives:?}");
        let again = world.run(&["seed", "apply", "./taken", "--org", "zalando", "--json"]).ok().json();
        assert_eq!(again["changed"], false, "{lives:?} {again}");
        world.run(&["seed", "verify", "./taken", "--org", "zalando", "--json"]).ok();
        // A second one beside it: e-mails are the organization's own.
        apply(&world, "otto", "more words").ok();
    }
}

#[test]
fn nobody_is_in_a_snapshot() {
    for lives in LAYOUTS {
        let world = world_of(lives);
        let taken = snapshot(&world, &[]).ok().json();
        let all = texts(&world);
        for word in [
            "$2b$",
            "N9qo8uLO",
            "eyJ",
            "s3cr3t",
            "amazon.com",
            "amazon-global",
            "neighbourly",
            "Annabella",
            "2345678",
            "10.1.2.3",
            "Mozilla",
            "Main Street",
            "elsewhere",
            "89073",
            "\"_id\": ",
            &oid(1, 10).to_hex(),
            &oid(1, 100).to_hex(),
        ] {
            // Documents inside documents keep their own identifiers.
            let word = if word == "\"_id\": " { "\"_id\":{\"$ref" } else { word };
            assert!(!all.contains(word), "{lives:?}: {word}");
        }
        assert!(
            all.contains("user-1@{org.slug}.example") && all.contains("\"First 1\"") && all.contains("mine"),
            "{all}"
        );
        let masked = taken["data"]["masked"].as_array().unwrap();
        let tickets = if lives == Lives::OneCollection { "store" } else { "tickets" };
        let times = |field: &str, rule: &str| {
            let row = masked.iter().find(|row| row["field"] == field && row["rule"] == rule);
            row.map_or(0, |row| row["values"].as_u64().unwrap())
        };
        let accounts = if lives == Lives::OneCollection { "admins" } else { "users" };
        assert_eq!(times(&format!("{accounts}.email"), "email"), 4, "{lives:?} {taken}");
        assert_eq!(times(&format!("{tickets}.hash"), "secret"), 1, "{lives:?} {taken}");
        assert_eq!(times(&format!("{tickets}.note"), "secret"), 1, "{lives:?} {taken}");
        assert_eq!(times(&format!("{tickets}.comments.text"), "email"), 1, "{lives:?} {taken}");
        let dangling = &taken["data"]["dangling"];
        assert_eq!(
            dangling,
            &serde_json::json!([{ "field": format!("{tickets}.gone"), "what": "id", "values": 1 }]),
            "{lives:?}"
        );
    }
}

#[test]
fn people_stay_on_request_and_secrets_never() {
    let world = world_of(Lives::Collections);
    let ways = [
        "--keep-personal",
        "--mask",
        "tickets.title=hash",
        "--mask",
        "tickets.mine=drop",
        "--mask",
        "tickets.comments.text=pseudonym",
        "--name",
        "kept",
    ];
    snapshot(&world, &ways).ok();
    let all = texts(&world);
    for there in ["u0@amazon.com", "Annabella", "Mozilla", "name = \"kept\"", "\"text 1\"", "(removed)"] {
        assert!(all.contains(there), "{there}: {all}");
    }
    for gone in ["$2b$", "N9qo8uLO", "eyJ", "s3cr3t", "Ticket 1", "\"mine\"", "ask "] {
        assert!(!all.contains(gone), "{gone}");
    }
    world.run(&["seed", "lint", "./taken", "--json"]).ok();
}

#[test]
fn limits_and_single_collections() {
    let world = world_of(Lives::Shared);
    let taken = snapshot(&world, &["--limit", "2"]).ok().json();
    assert_eq!(taken["data"]["documents"], 4, "{taken}");
    assert!(taken["data"]["dangling"].as_array().is_some_and(|rows| !rows.is_empty()), "{taken}");
    world.run(&["seed", "lint", "./taken", "--json"]).ok();
    apply(&world, "zalando", "words").ok();
    std::fs::remove_dir_all(world.path("taken")).unwrap();
    let taken = snapshot(&world, &["--collection", "tickets"]).ok().json();
    assert_eq!(
        taken["data"]["collections"],
        serde_json::json!([{ "name": "tickets", "into": "tickets", "documents": 4 }])
    );
    assert_eq!(taken["data"]["admin"], Value::Null);
    std::fs::remove_dir_all(world.path("taken")).unwrap();
    let dry = snapshot(&world, &["--dry-run"]).ok().json();
    assert_eq!(dry["data"]["documents"], 8);
    assert!(!world.path("taken").exists());
}

#[test]
fn the_trail_comes_on_request() {
    for lives in LAYOUTS {
        let world = world_of(lives);
        let taken = snapshot(&world, &["--audit"]).ok().json();
        let audit = taken["data"]["collections"].as_array().unwrap().iter().find(|c| c["name"] == "audit").unwrap();
        assert!(audit["documents"].as_u64().unwrap() >= 1, "{lives:?} {taken}");
        assert!(!texts(&world).contains("amazon-global"), "{lives:?}");
        world.run(&["seed", "lint", "./taken", "--json"]).ok();
        apply(&world, "zalando", "words").ok();
        let again = world.run(&["seed", "apply", "./taken", "--org", "zalando", "--json"]).ok().json();
        assert_eq!(again["changed"], false, "{lives:?} {again}");
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    let world = world_of(Lives::Collections);
    world.run(&["seed", "snapshot", "amazn", "--out", "./taken", "--json"]).fails(3, "E0201");
    snapshot(&world, &["--collection", "tikets"]).fails(2, "E0101");
    snapshot(&world, &["--mask", "tickets.title=blur"]).fails(2, "E0101");
    snapshot(&world, &["--mask", "tikets.title=drop"]).fails(2, "E0101");
    snapshot(&world, &["--mask", "users.email=drop"]).fails(2, "E0101");
    snapshot(&world, &["--name", "Not A Name"]).fails(2, "E0101");
    assert!(!world.path("taken").exists());
    std::fs::create_dir(world.path("taken")).unwrap();
    std::fs::write(world.path("taken/mine"), "x").unwrap();
    snapshot(&world, &[]).fails(2, "E0101");
    assert_eq!(std::fs::read_to_string(world.path("taken/mine")).unwrap(), "x");
    let left: Vec<_> = std::fs::read_dir(world.home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".flowbit-")), "{left:?}");
}

#[test]
fn what_goes_away_meanwhile_is_in_no_snapshot() {
    let world = world_of(Lives::Shared);
    let words = ["seed", "snapshot", "amazon", "--out", "./taken", "--json"];
    let (child, gate) = world.held(&words, "hold@snapshot:noted");
    let tickets = world.collection("tickets");
    world.wait(tickets.delete_one(doc! { "_id": oid(0, 100) }).into_future()).unwrap();
    world.insert("tickets", vec![doc! { "customerId": "amazon", "title": "late", "parent": oid(0, 101) }]);
    std::fs::remove_file(gate).unwrap();
    let taken = Ran::from(child.wait_with_output().unwrap()).ok().json();
    assert_eq!(taken["data"]["documents"], 7, "{taken}");
    let all = texts(&world);
    assert!(!all.contains("\"late\"") && !all.contains("tickets/000000010000000000000064"), "{all}");
    world.run(&["seed", "lint", "./taken", "--json"]).ok();
}

#[test]
fn an_interrupted_snapshot_leaves_nothing() {
    let world = world_of(Lives::Shared);
    let words = ["seed", "snapshot", "amazon", "--out", "./taken", "--json"];
    let (child, gate) = world.held(&words, "hold@snapshot:written");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 130, "{ran:?}");
    drop(std::fs::remove_file(gate));
    let left: Vec<_> = std::fs::read_dir(world.home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    let half = |name: &std::ffi::OsString| name == "taken" || name.to_string_lossy().starts_with(".flowbit-");
    assert!(!left.iter().any(half), "{left:?}");
}
