//! `flowbit doctor` and `flowbit org footprint`: each known fault is planted in a platform that is well otherwise, and
//! nothing else may be found there.

use std::collections::BTreeSet;

use bson::{Bson, DateTime, Document, doc};
use serde_json::Value;

use crate::servers::{start_mongod, start_mongod_with};
use crate::world::{PAIR, Ran, World, oid};

const HASH: &str = "$2b$04$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvabcdefghi";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJlLW9mLXNlY3JldA";

type Plant = fn(&World);

/// What is looked at, and asked for, in one platform that something was planted in.
struct Case {
    /// For the message when it fails.
    what: &'static str,
    plant: Plant,
    /// Rule, fault and severity of everything that may be found.
    finds: &'static [(&'static str, &'static str, &'static str)],
    /// What the evidence, place or repair of the first finding has to say.
    says: &'static str,
}

fn platform(name: &str, cost: &str, database: Option<&str>) -> String {
    let text = flowbit::config::preset_text(name).unwrap().replace(cost, "cost = 4");
    match database {
        Some(prefix) => text.replace("tenant_{slug}", &format!("{prefix}_{{slug}}")),
        None => text,
    }
}

fn past() -> DateTime {
    DateTime::from_millis(1_700_000_000_000)
}

fn index(world: &World, collection: &str, keys: Document, unique: bool) {
    let name = keys.iter().map(|(k, v)| format!("{k}_{v}")).collect::<Vec<_>>().join("_");
    world
        .command_on(doc! { "createIndexes": collection, "indexes": [{ "key": keys, "name": name, "unique": unique }] });
}

fn set(world: &World, collection: &str, filter: Document, update: Document) {
    let done = world.wait(world.collection(collection).update_many(filter, update).into_future()).unwrap();
    assert!(done.modified_count > 0, "nothing was planted in {collection}");
}

fn delete(world: &World, collection: &str, filter: Document) {
    let done = world.wait(world.collection(collection).delete_many(filter).into_future()).unwrap();
    assert!(done.deleted_count > 0, "nothing was taken out of {collection}");
}

fn drop_index(world: &World, collection: &str, name: &str) {
    world.command_on(doc! { "dropIndexes": collection, "index": name });
}

fn registry(world: &World, tenants: &[&str]) {
    let entries: Vec<String> = tenants.iter().map(|tenant| format!("{tenant:?}: {{ \"screens\": [] }}")).collect();
    std::fs::write(world.path("registry.json"), format!("{{ {} }}\n", entries.join(", "))).unwrap();
}

fn examined(world: &World, arguments: &[&str]) -> (Ran, Value) {
    let ran = world.run(&[&["doctor", "--json"], arguments].concat());
    assert_eq!(ran.stderr, "", "{ran:?}");
    let report = ran.json();
    assert_eq!((&report["schema"], &report["ok"]), (&"flowbit.doctor/1".into(), &true.into()));
    (ran, report)
}

fn findings(report: &Value) -> Vec<Value> {
    report["data"]["findings"].as_array().unwrap().clone()
}

/// Rule, fault and severity of each finding, once.
fn kinds(report: &Value) -> BTreeSet<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    findings(report).iter().map(|f| (text(&f["rule"]), text(&f["fault"]), text(&f["severity"]))).collect()
}

/// Plants, examines, and compares what was found with what may be found.
fn check(what: &str, world: &World, case: &Case) {
    (case.plant)(world);
    let (ran, report) = examined(world, &[]);
    let expected: BTreeSet<_> =
        case.finds.iter().map(|(r, f, s)| ((*r).to_owned(), (*f).to_owned(), (*s).to_owned())).collect();
    assert_eq!(kinds(&report), expected, "{what}, {}: {:#?}", case.what, findings(&report));
    let all = serde_json::to_string(&findings(&report)).unwrap();
    assert!(all.contains(case.says), "{}: {:?} is not in {:#?}", case.what, case.says, findings(&report));
    let bad = case.finds.iter().any(|(_, _, severity)| *severity == "error");
    assert_eq!(ran.status, if bad { 6 } else { 0 }, "{}", case.what);
    for finding in findings(&report) {
        let repair = finding["repair"].as_str().unwrap();
        let known = ["flowbit ", "mongosh ", "\"${EDITOR:-vi}\" ", "timedatectl"];
        assert!(known.iter().any(|start| repair.starts_with(start)), "{repair}");
        let parsed = std::process::Command::new("sh").args(["-n", "-c", repair]).status().unwrap();
        assert!(parsed.success(), "no shell takes this: {repair}");
        for member in ["place", "evidence"] {
            assert_ne!(finding[member].as_str().unwrap(), "", "{finding}");
        }
        let state = report["data"]["checks"].as_array().unwrap().iter().find(|c| c["rule"] == finding["rule"]).unwrap();
        assert_eq!(state["state"], "found");
    }
    let (ran, _) = examined(world, &["--fail-on", "info"]);
    assert_eq!(ran.status, if case.finds.is_empty() { 0 } else { 6 }, "{}", case.what);
}

/// Two organizations with a collection for each kind, as the description asks for them.
fn pair() -> World {
    let world = World::new(PAIR);
    for (n, slug) in ["acme", "beta"].into_iter().enumerate() {
        let id = oid(n, 1);
        world.insert(
            "organizations",
            vec![doc! {
                "_id": id, "name": slug, "slug": slug, "status": "active", "createdAt": past(), "updatedAt": past(),
            }],
        );
        world.insert("users", (0..3).map(|u| pair_user(n, u, slug)).collect());
        for (kind, keys, unique) in [("tickets", doc! { "status": 1 }, false), ("products", doc! { "sku": 1 }, true)] {
            let name = format!("org_{slug}_{kind}");
            index(&world, &name, keys, unique);
            world.insert(&name, vec![doc! { "_id": oid(n, 100), "status": "Open", "sku": slug }]);
        }
    }
    index(&world, "users", doc! { "email": 1 }, true);
    registry(&world, &["acme", "beta"]);
    world
}

fn pair_user(n: usize, u: u32, name: &str) -> Document {
    let role = if u == 0 { "Admin" } else { "User" };
    doc! {
        "_id": oid(n, 10 + u), "email": format!("u{u}@{name}.com"), "password": HASH, "customerId": oid(n, 1).to_hex(),
        "tenantName": name, "role": role, "isActive": u != 2,
    }
}

const PAIR_CASES: &[Case] = &[
    Case { what: "nothing", plant: |_| {}, finds: &[], says: "" },
    Case {
        what: "two organizations, one store (B1)",
        plant: |world| {
            world.insert(
                "organizations",
                vec![doc! { "_id": oid(7, 1), "name": "acme!", "slug": "acme", "status": "active" }],
            );
            world.insert("users", vec![pair_user(7, 0, "acme!")]);
            registry(world, &["acme", "beta", "acme!"]);
        },
        finds: &[("D08", "B1", "error")],
        says: "flowbit org show",
    },
    Case {
        what: "a name with nothing left (B1)",
        plant: |world| {
            world.insert(
                "organizations",
                vec![doc! { "_id": oid(7, 1), "name": "!!!", "slug": "", "status": "active" }],
            );
            world.insert("users", vec![pair_user(7, 0, "!!!")]);
            index(world, "org__tickets", doc! { "status": 1 }, false);
            index(world, "org__products", doc! { "sku": 1 }, true);
            registry(world, &["acme", "beta", "!!!"]);
        },
        finds: &[("D09", "B1", "error")],
        says: "org rename '!!!' NEW-NAME",
    },
    Case {
        what: "a collection of nobody's (B8)",
        plant: |world| world.insert("org_gone_tickets", vec![doc! { "n": 1 }]),
        finds: &[("D10", "B8", "warning")],
        says: "org_gone_tickets",
    },
    Case {
        what: "a store that is not there (B9)",
        plant: |world| {
            ["tickets", "products"].iter().for_each(|kind| {
                world.command_on(doc! { "drop": format!("org_beta_{kind}") });
            })
        },
        finds: &[("D11", "B9", "error")],
        says: "createCollection",
    },
    Case {
        what: "a kind that is not there yet",
        plant: |world| {
            world.command_on(doc! { "drop": "org_beta_products" });
        },
        finds: &[("D11", "B9", "info")],
        says: "org_beta_products",
    },
    Case {
        what: "accounts that name another organization (B10)",
        plant: |world| {
            set(world, "users", doc! { "tenantName": "beta" }, doc! { "$set": { "tenantName": "new-beta" } })
        },
        finds: &[("D12", "B10", "error")],
        says: "new-beta",
    },
    Case {
        what: "accounts of no organization (B12)",
        plant: |world| world.insert("users", vec![pair_user(7, 0, "gone")]),
        finds: &[("D13", "B12", "error")],
        says: "isActive",
    },
    Case {
        what: "accounts without organization",
        plant: |world| {
            world.insert("users", vec![doc! { "_id": oid(7, 9), "email": "root@x.com", "password": HASH, "role": "Admin", "isActive": true }])
        },
        finds: &[("D13", "B12", "warning")],
        says: "missing",
    },
    Case {
        what: "accounts in force of an organization that is not (B12)",
        plant: |world| {
            world.insert(
                "organizations",
                vec![doc! { "_id": oid(7, 1), "name": "off", "slug": "off", "status": "deleted" }],
            );
            world.insert("users", vec![pair_user(7, 0, "off"), pair_user(7, 2, "off")]);
        },
        finds: &[("D13", "B12", "error")],
        says: "1 account in force",
    },
    Case {
        what: "an entry of the registry without tenant (B16)",
        plant: |world| registry(world, &["acme", "beta", "gone"]),
        finds: &[("D15", "B16", "warning")],
        says: "registry.json",
    },
    Case {
        what: "a tenant without entry",
        plant: |world| registry(world, &["acme"]),
        finds: &[("D15", "B16", "info")],
        says: "beta",
    },
    Case {
        what: "an index that deletes accounts (B21)",
        plant: |world| {
            world.command_on(doc! { "createIndexes": "users", "indexes": [{ "key": { "refreshTokens.createdAt": 1 }, "name": "ttl", "expireAfterSeconds": 604_800 }] });
        },
        finds: &[("D18", "B21", "error")],
        says: "7 days",
    },
    Case {
        what: "missing indexes",
        plant: |world| {
            ["acme", "beta"].iter().for_each(|slug| drop_index(world, &format!("org_{slug}_products"), "sku_1"))
        },
        finds: &[("D19", "-", "warning")],
        says: "and 1 more",
    },
    Case {
        what: "no unique index on the e-mail (B23)",
        plant: |world| drop_index(world, "users", "email_1"),
        finds: &[("D20", "B23", "warning")],
        says: "createIndex",
    },
    Case {
        what: "an e-mail in capitals, and so twice (B23)",
        plant: |world| {
            let mut twin = pair_user(0, 20, "acme");
            twin.insert("email", "U0@ACME.com");
            world.insert("users", vec![twin]);
        },
        finds: &[("D20", "B23", "error"), ("D21", "-", "error")],
        says: "u0@acme.com",
    },
    Case {
        what: "an organization without account (B24)",
        plant: |world| delete(world, "users", doc! { "tenantName": "beta" }),
        finds: &[("D22", "B24", "error")],
        says: "no account at all",
    },
    Case {
        what: "an organization whose administrator is disabled",
        plant: |world| set(world, "users", doc! { "tenantName": "beta" }, doc! { "$set": { "isActive": false } }),
        finds: &[("D22", "B24", "error")],
        says: "none of them in force",
    },
    Case {
        what: "a link of the wrong type",
        plant: |world| set(world, "users", doc! { "tenantName": "beta" }, doc! { "$set": { "customerId": oid(1, 1) } }),
        finds: &[("D23", "-", "error")],
        says: "objectId where string is described",
    },
    Case {
        what: "a password and a token in clear (B26)",
        plant: |world| {
            set(world, "users", doc! { "email": "u1@acme.com" }, doc! { "$set": { "password": "hunter2-secret" } });
            set(
                world,
                "users",
                doc! { "email": "u1@beta.com" },
                doc! { "$set": { "refreshTokens": [{ "token": TOKEN, "createdAt": past() }] } },
            );
        },
        finds: &[("D24", "B26", "error")],
        says: "refreshTokens.token",
    },
    Case {
        what: "a hash that Node refuses",
        plant: |world| {
            set(
                world,
                "users",
                doc! { "email": "u1@acme.com" },
                doc! { "$set": { "password": HASH.replace("2b", "2y") } },
            )
        },
        finds: &[("D25", "-", "warning")],
        says: "$2y$",
    },
    Case {
        what: "a role in another spelling (B27)",
        plant: |world| set(world, "users", doc! { "email": "u1@acme.com" }, doc! { "$set": { "role": "admin" } }),
        finds: &[("D26", "B27", "error")],
        says: "is spelled \\\"Admin\\\"",
    },
    Case {
        what: "what interrupted renames leave",
        plant: |world| {
            world.insert("tmpAbCdE.renameCollection", vec![doc! { "n": 1 }]);
            world.insert("fb_trash_6b00e9cd6b491423ace46d96_org_x_tickets", vec![doc! { "n": 1 }]);
        },
        finds: &[("D06", "-", "warning")],
        says: "flowbit_names",
    },
    Case {
        what: "a validator that refuses everything",
        plant: |world| {
            world.command_on(doc! { "collMod": "org_acme_tickets", "validator": { "$expr": false } });
        },
        finds: &[("D06", "-", "error")],
        says: "collMod",
    },
];

#[test]
fn faults_of_platforms_with_collections_are_found_and_nothing_else() {
    for case in PAIR_CASES {
        let world = pair();
        check("collections", &world, case);
    }
}

#[test]
fn secrets_that_were_found_are_not_shown() {
    let world = pair();
    let plant = PAIR_CASES.iter().find(|case| case.what.contains("in clear")).unwrap().plant;
    plant(&world);
    for format in ["table", "json", "jsonl", "csv", "name"] {
        let ran = world.run(&["doctor", "-o", format]);
        assert_eq!(ran.status, 6, "{ran:?}");
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("hunter2") && !all.contains("c2lnbmF0"), "{all}");
    }
}

/// Two tenants by key, in the shape of the ticket system.
fn tickets() -> World {
    let world = World::new(&platform("tickets", "cost = 10", None));
    for (n, key) in ["LogisticsCo", "RetailGmbH"].into_iter().enumerate() {
        for u in 0..2_u32 {
            let role = if u == 0 { "Admin" } else { "User" };
            world.insert(
                "users",
                vec![doc! {
                    "_id": oid(n, 10 + u), "email": format!("u{u}@{}.com", key.to_lowercase()), "password": HASH,
                    "customerId": key, "role": role, "isActive": true, "createdAt": past(), "updatedAt": past(),
                }],
            );
        }
        world.insert(
            "tickets",
            (0..4)
                .map(|t| doc! { "_id": oid(n, 100 + t), "title": "t", "customerId": key, "status": "Open" })
                .collect(),
        );
    }
    index(&world, "users", doc! { "email": 1 }, true);
    index(&world, "users", doc! { "customerId": 1 }, false);
    index(&world, "tickets", doc! { "customerId": 1, "status": 1 }, false);
    registry(&world, &["LogisticsCo", "RetailGmbH"]);
    world
}

fn ticket(n: u32, key: impl Into<Bson>) -> Document {
    doc! { "_id": oid(9, n), "title": "t", "customerId": key.into(), "status": "Open" }
}

const TICKET_CASES: &[Case] = &[
    Case { what: "nothing", plant: |_| {}, finds: &[], says: "" },
    Case {
        what: "padded and wrongly cased keys (B17)",
        plant: |world| world.insert("tickets", vec![ticket(1, "LogisticsCo "), ticket(2, "logisticsco")]),
        finds: &[("D17", "B17", "error")],
        says: "updateMany({\\\"customerId\\\": \\\"LogisticsCo \\\"}, {\\\"$set\\\": {\\\"customerId\\\": \\\"LogisticsCo\\\"}})",
    },
    Case {
        what: "keys that are missing, null and of the wrong type (B17)",
        plant: |world| {
            let mut none = ticket(1, Bson::Null);
            none.remove("customerId");
            world.insert(
                "tickets",
                vec![none, ticket(2, Bson::Null), ticket(3, 7), ticket(4, vec!["LogisticsCo", "RetailGmbH"])],
            );
        },
        finds: &[("D17", "B17", "error")],
        says: "1 document with array as customerId",
    },
    Case {
        what: "documents whose key no account has (B12)",
        plant: |world| {
            world.insert("tickets", vec![ticket(1, "Gone Ltd")]);
            registry(world, &["LogisticsCo", "RetailGmbH", "Gone Ltd"]);
        },
        finds: &[("D14", "B12", "warning")],
        says: "Gone Ltd",
    },
    Case {
        what: "documents of a purged organization (B12)",
        plant: |world| world.insert("tickets", vec![ticket(1, "flowbit:deleted:6b00e9cd6b491423ace46d96")]),
        finds: &[("D14", "B12", "error")],
        says: "purged",
    },
    Case {
        what: "entries of the registry that are none's or spelled otherwise (B16)",
        plant: |world| registry(world, &["logisticsco", "RetailGmbH", "Nobody"]),
        finds: &[("D15", "B16", "warning")],
        says: "is not spelled like the tenant",
    },
    Case {
        what: "an index that deletes accounts (B21)",
        plant: |world| {
            world.command_on(doc! { "createIndexes": "users", "indexes": [{ "key": { "refreshTokens.createdAt": 1 }, "name": "ttl", "expireAfterSeconds": 604_800 }] });
        },
        finds: &[("D18", "B21", "error")],
        says: "dropIndex",
    },
    Case {
        what: "missing indexes",
        plant: |world| drop_index(world, "tickets", "customerId_1_status_1"),
        finds: &[("D19", "-", "warning")],
        says: "{\\\"customerId\\\": 1, \\\"status\\\": 1}",
    },
    Case {
        what: "e-mails with capitals",
        plant: |world| {
            set(
                world,
                "users",
                doc! { "email": "u1@retailgmbh.com" },
                doc! { "$set": { "email": "U1@RetailGmbH.com" } },
            )
        },
        finds: &[("D21", "-", "error")],
        says: "$toLower",
    },
    Case {
        what: "no administrator, by another spelling (B24, B27)",
        plant: |world| set(world, "users", doc! { "email": "u0@retailgmbh.com" }, doc! { "$set": { "role": "ADMIN" } }),
        finds: &[("D22", "B24", "error"), ("D26", "B27", "error")],
        says: "none with the role",
    },
    Case {
        what: "a role that there is not (B27)",
        plant: |world| {
            set(world, "users", doc! { "email": "u1@retailgmbh.com" }, doc! { "$set": { "role": "Manager" } })
        },
        finds: &[("D26", "B27", "error")],
        says: "the platform knows Admin, User",
    },
    Case {
        what: "a fence that came back after its operation",
        plant: |world| {
            world.command_on(doc! { "collMod": "tickets", "validator": { "$and": [{ "title": { "$exists": true } }, { "$nor": [{ "$and": [{ "customerId": { "$eq": "old" } }, { "flowbit:fence": { "$ne": "6b00e9cd6b491423ace46d96" } }] }] }] } });
        },
        finds: &[("D06", "-", "error")],
        says: "flowbit op gc",
    },
];

#[test]
fn faults_of_platforms_with_shared_collections_are_found_and_nothing_else() {
    for case in TICKET_CASES {
        let world = tickets();
        check("shared", &world, case);
    }
}

/// Tenants with databases of their own, which go with this.
struct Databases {
    world: World,
}

impl Databases {
    fn new() -> Self {
        let prefix = format!("fbt_{}", &bson::oid::ObjectId::new().to_hex()[8..]);
        let mut world = World::new(&platform("tenant-databases", "cost = 12", Some(&prefix)));
        world.db = format!("{prefix}-core");
        for keys in [doc! { "name": 1 }, doc! { "slug": 1 }, doc! { "database_name": 1 }] {
            index(&world, "organizations", keys, true);
        }
        let all = Self { world };
        for (n, slug) in ["acme", "beta"].into_iter().enumerate() {
            let database = format!("{prefix}_{slug}");
            all.world.insert(
                "organizations",
                vec![doc! {
                    "_id": oid(n, 1), "name": slug, "slug": slug, "database_name": &database, "is_active": true,
                    "created_at": past(), "updated_at": past(),
                }],
            );
            all.users(&database, slug);
        }
        all
    }

    fn users(&self, database: &str, slug: &str) {
        let users = self.world.client.database(database).collection::<Document>("users");
        let admin = doc! { "email": format!("a@{slug}.com"), "password": HASH, "role": "admin", "is_active": true };
        self.world.wait(async {
            let unique = mongodb::IndexModel::builder()
                .keys(doc! { "email": 1 })
                .options(mongodb::options::IndexOptions::builder().unique(true).build())
                .build();
            users.create_index(unique).await.unwrap();
            users.insert_one(admin).await.unwrap();
        });
    }
}

fn tenant(world: &World, slug: &str) -> mongodb::Database {
    let prefix = world.db.trim_end_matches("-core");
    world.client.database(&format!("{prefix}_{slug}"))
}

fn on(world: &World, slug: &str, command: Document) {
    world.wait(tenant(world, slug).run_command(command).into_future()).unwrap();
}

impl Drop for Databases {
    fn drop(&mut self) {
        for slug in ["acme", "beta", "gone"] {
            let _ = self.world.wait(tenant(&self.world, slug).drop().into_future());
        }
    }
}

const DATABASE_CASES: &[Case] = &[
    Case { what: "nothing", plant: |_| {}, finds: &[], says: "" },
    Case {
        what: "a database of nobody's (B8)",
        plant: |world| on(world, "gone", doc! { "insert": "users", "documents": [{ "email": "a@b.cc" }] }),
        finds: &[("D10", "B8", "warning")],
        says: "_gone",
    },
    Case {
        what: "a database that is not there (B9, B24)",
        plant: |world| on(world, "beta", doc! { "dropDatabase": 1 }),
        finds: &[("D11", "B9", "error"), ("D22", "B24", "error")],
        says: "createCollection",
    },
    Case {
        what: "an index that deletes accounts (B21), and none on the e-mail (B23)",
        plant: |world| {
            on(world, "beta", doc! { "dropIndexes": "users", "index": "email_1" });
            on(
                world,
                "beta",
                doc! { "createIndexes": "users", "indexes": [{ "key": { "at": 1 }, "name": "ttl", "expireAfterSeconds": 60 }] },
            );
        },
        finds: &[("D18", "B21", "error"), ("D20", "B23", "warning")],
        says: "60 seconds",
    },
    Case {
        what: "a password in clear (B26) and a role spelled otherwise (B27)",
        plant: |world| {
            on(
                world,
                "beta",
                doc! { "insert": "users", "documents": [{ "email": "b@b.cc", "password": "hunter2", "role": "Admin", "is_active": true }] },
            )
        },
        finds: &[("D24", "B26", "error"), ("D26", "B27", "error")],
        says: "spelled",
    },
    Case {
        what: "what an interrupted rename across databases left",
        plant: |world| on(world, "beta", doc! { "insert": "tmpA1b2C.renameCollection", "documents": [{ "n": 1 }] }),
        finds: &[("D06", "-", "warning")],
        says: "drop()",
    },
];

#[test]
fn faults_of_platforms_with_databases_are_found_and_nothing_else() {
    for case in DATABASE_CASES {
        let databases = Databases::new();
        check("databases", &databases.world, case);
    }
}

#[test]
fn links_between_records_and_accounts_are_followed_both_ways() {
    let plants: [(&str, Plant); 4] = [
        ("it leads to no account", |world| {
            set(world, "organizations", doc! {}, doc! { "$set": { "admin_user_id": Bson::Null } })
        }),
        ("does not exist", |world| {
            set(world, "organizations", doc! {}, doc! { "$set": { "admin_user_id": oid(9, 9) } })
        }),
        ("a string where a objectId is described", |world| {
            set(world, "organizations", doc! {}, doc! { "$set": { "admin_user_id": oid(1, 2).to_hex() } })
        }),
        ("string where objectId is described", |world| {
            set(world, "admins", doc! {}, doc! { "$set": { "organization_id": oid(1, 1).to_hex() } })
        }),
    ];
    let fresh = || {
        let world = World::new(&crate::world::s4());
        world.insert(
            "organizations",
            vec![doc! {
                "_id": oid(1, 1), "organization_name": "amazon", "collection_name": "org_amazon",
                "connection": { "db_name": &world.db, "collection_name": "org_amazon", "extra": {} },
                "admin_user_id": oid(1, 2), "created_at": past(), "updated_at": past(),
            }],
        );
        world.insert("admins", vec![doc! {
            "_id": oid(1, 2), "organization_id": oid(1, 1), "email": "a@amazon.com", "password_hash": HASH, "role": "admin",
        }]);
        world.command_on(doc! { "create": "org_amazon" });
        index(&world, "admins", doc! { "email": 1 }, true);
        world
    };
    let (ran, report) = examined(&fresh(), &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()));
    for (says, plant) in plants {
        let world = fresh();
        plant(&world);
        let (ran, report) = examined(&world, &[]);
        assert_eq!((ran.status, findings(&report).len()), (6, 1), "{says}: {report:#}");
        assert_eq!(findings(&report)[0]["rule"], "D23");
        assert!(findings(&report)[0]["evidence"].as_str().unwrap().contains(says), "{says}: {report:#}");
    }
    // B10: the copy of the store's name in the record, and the name that the platform derives again.
    let world = fresh();
    set(&world, "organizations", doc! {}, doc! { "$set": { "connection.collection_name": "org_old" } });
    let (_, report) = examined(&world, &[]);
    assert_eq!(kinds(&report), BTreeSet::from([("D12".into(), "B10".into(), "error".into())]));
    let world = fresh();
    set(&world, "organizations", doc! {}, doc! { "$set": { "organization_name": "amazon-global" } });
    let (_, report) = examined(&world, &[]);
    assert_eq!(kinds(&report), BTreeSet::from([("D12".into(), "B10".into(), "error".into())]));
}

#[test]
fn operations_and_what_they_leave_are_found() {
    let world = pair();
    let vars = [("FLOWBIT_FAULT", "kill@step:move:0:acted")];
    assert_eq!(world.run_with(&["org", "rename", "acme", "apex", "--confirm", "acme"], &vars).status, 137);
    let (ran, report) = examined(&world, &[]);
    assert_eq!(ran.status, 6);
    let open = findings(&report);
    let open = open.iter().find(|f| f["rule"] == "D05").unwrap();
    assert!(open["evidence"].as_str().unwrap().contains("nobody works on it"), "{open}");
    assert!(open["repair"].as_str().unwrap().starts_with("flowbit op resume "), "{open}");
    let others: Vec<_> =
        findings(&report).into_iter().filter(|f| f["rule"] != "D05" && f["severity"] != "info").collect();
    assert_eq!(others, Vec::<Value>::new(), "what an open operation explains is no fault");
    world.run(&["op", "resume", "acme", "--json"]).ok();
    let (ran, report) = examined(&world, &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()), "a rename leaves nothing to find");
    set(&world, "flowbit_names", doc! { "kind": "alias" }, doc! { "$set": { "until": past() } });
    let (_, report) = examined(&world, &[]);
    assert_eq!(kinds(&report), BTreeSet::from([("D07".into(), "-".into(), "warning".into())]));
    assert_eq!(findings(&report)[0]["repair"], "flowbit op gc");
    world.run(&["org", "delete", "beta", "--confirm", "beta", "--json"]).ok();
    world.run(&["op", "gc", "--json"]).ok();
    let (ran, report) = examined(&world, &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()), "a delete leaves nothing to find");
    set(&world, "flowbit_names", doc! { "kind": "deleted" }, doc! { "$set": { "until": past() } });
    let (_, report) = examined(&world, &[]);
    assert_eq!(findings(&report)[0]["repair"], "flowbit org purge beta");
    world.run(&["org", "purge", "beta", "--confirm", "beta", "--json"]).ok();
    let (ran, report) = examined(&world, &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()), "a purge leaves nothing to find");
}

#[test]
fn renamed_and_deleted_tenants_by_key_leave_nothing_to_find() {
    let world = tickets();
    world.run(&["org", "rename", "LogisticsCo", "Logistics Global", "--confirm", "LogisticsCo", "--json"]).ok();
    let (ran, report) = examined(&world, &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()));
    world.run(&["org", "delete", "RetailGmbH", "--confirm", "RetailGmbH", "--json"]).ok();
    let (ran, report) = examined(&world, &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()));
    // B15: an old token, and no fence any more.
    world.command_on(doc! { "collMod": "tickets", "validator": {} });
    world.insert("tickets", vec![ticket(1, "LogisticsCo")]);
    let (_, report) = examined(&world, &[]);
    assert_eq!(kinds(&report), BTreeSet::from([("D14".into(), "B12".into(), "error".into())]));
    assert!(report.to_string().contains("under the old key of"), "{report:#}");
}

#[test]
fn one_organization_can_be_looked_at_alone() {
    let world = pair();
    set(&world, "users", doc! { "tenantName": "beta" }, doc! { "$set": { "tenantName": "new-beta" } });
    let (ran, report) = examined(&world, &["--org", "acme", "--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()));
    let checks = report["data"]["checks"].as_array().unwrap();
    let orphans = checks.iter().find(|check| check["rule"] == "D10").unwrap();
    assert_eq!(
        (&orphans["state"], &orphans["why"]),
        (&"not_checkable".into(), &"asked about one organization only".into())
    );
    let (ran, report) = examined(&world, &["--org", "beta"]);
    assert_eq!((ran.status, findings(&report).len()), (6, 1));
    world.run(&["doctor", "--org", "nobody", "--json"]).fails(3, "E0201");
}

#[test]
fn nothing_is_written_and_every_rule_is_accounted_for() {
    let world = pair();
    drop_index(&world, "users", "email_1");
    let start = world.start();
    let before = world.state(&start);
    let (_, report) = examined(&world, &[]);
    let ran = world.run(&["doctor", "--fail-on", "warning"]);
    world.run(&["org", "footprint", "acme"]).ok();
    assert_eq!(world.state(&start), before);
    let checks = report["data"]["checks"].as_array().unwrap();
    assert_eq!(checks.len(), flowbit::ops::doctor::rules::all().len());
    for check in checks {
        let state = check["state"].as_str().unwrap();
        assert!(["ok", "found", "not_checkable"].contains(&state), "{check}");
        assert_eq!(state == "not_checkable", check.get("why").is_some(), "{check}");
    }
    assert_eq!((ran.status, ran.stderr.as_str()), (6, ""));
    let command = "\n      mongosh \"${FLOWBIT_URI:-$MONGODB_URI}\" --eval ";
    assert!(ran.stdout.contains("1 warning\n  D20 B23  ") && ran.stdout.contains(command), "{}", ran.stdout);
    assert!(ran.stdout.contains("D04   not checkable  ") && !ran.stdout.contains("  ok  "), "{}", ran.stdout);
}

#[test]
fn repairs_repair() {
    let world = tickets();
    world.insert("tickets", vec![ticket(1, "LogisticsCo ")]);
    set(&world, "users", doc! { "email": "u1@retailgmbh.com" }, doc! { "$set": { "role": "user" } });
    let (_, report) = examined(&world, &[]);
    let scripts: Vec<String> = findings(&report).iter().map(|f| f["repair"].as_str().unwrap().to_owned()).collect();
    // What mongosh would be told, told by hand: the same filter and the same update.
    assert!(
        scripts.iter().any(|s| s.contains("updateMany({\"role\": \"user\"}, {\"$set\": {\"role\": \"User\"}})")),
        "{scripts:?}"
    );
    set(&world, "users", doc! { "role": "user" }, doc! { "$set": { "role": "User" } });
    set(&world, "tickets", doc! { "customerId": "LogisticsCo " }, doc! { "$set": { "customerId": "LogisticsCo" } });
    assert_eq!(examined(&world, &["--fail-on", "info"]).0.status, 0);
}

#[test]
fn footprints_tell_the_described_places_from_surprises() {
    let world = pair();
    world.insert(
        "settings",
        (0..3).map(|n| doc! { "_id": n, "owner": { "tenants": [{ "id": oid(0, 1) }, { "name": "acme" }] } }).collect(),
    );
    set(&world, "org_acme_tickets", doc! {}, doc! { "$set": { "store": "org_acme_" } });
    set(&world, "org_beta_tickets", doc! {}, doc! { "$set": { "of": "acme" } });
    world.run(&["org", "rename", "acme", "apex", "--confirm", "acme", "--json"]).ok();
    world.run(&["org", "rename", "apex", "acme", "--confirm", "apex", "--json"]).ok();
    let report = world.run(&["org", "footprint", "acme", "--json"]).ok().json();
    assert_eq!(report["schema"], "flowbit.org.footprint/1");
    let data = &report["data"];
    let place = |collection: &str| format!("{}.{collection}", world.db);
    let declared = |collection: &str, path: &str| {
        let all = data["declared"].as_array().unwrap();
        all.iter().find(|d| d["place"] == place(collection) && d["path"] == path).map(|d| d["count"].as_u64().unwrap())
    };
    assert_eq!(declared("organizations", "name"), Some(1));
    assert_eq!((declared("users", "customerId"), declared("users", "tenantName")), (Some(3), Some(3)));
    assert_eq!(declared("audit_logs", "customerId"), Some(2));
    let surprises: Vec<(String, String, u64)> = data["surprises"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            assert_eq!(s["whole"], true);
            (
                s["place"].as_str().unwrap().to_owned(),
                s["path"].as_str().unwrap().to_owned(),
                s["count"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        (place("org_acme_products"), "sku".to_owned(), 1),
        (place("settings"), "owner.tenants.id".to_owned(), 3),
        (place("settings"), "owner.tenants.name".to_owned(), 3),
    ];
    for surprise in &expected {
        assert!(surprises.contains(surprise), "{surprise:?} is not in {surprises:?}");
    }
    assert!(
        !surprises.iter().any(|(place, path, _)| place.contains("org_beta") || path.starts_with("details")),
        "{surprises:?}"
    );
    let ran = world.run(&["org", "footprint", "acme"]).ok();
    assert!(ran.stdout.contains("up to 1,000 documents of each collection were looked through"), "{}", ran.stdout);
}

/// Records, and documents that carry their identifiers: UUIDs as text.
#[test]
fn keys_are_compared_with_records_where_there_are_any() {
    const ID: &str = "0d1c7c52-6e2f-4f0b-9a55-7d2b7f3d9e10";
    let world = World::new(&platform("inventory", "cost = 4", None));
    world.insert("organizations", vec![doc! { "id": ID, "name": "Acme", "subdomain": "acme", "created_at": past() }]);
    let user = |n: u32, org: &str| {
        doc! {
            "_id": oid(0, n), "id": format!("u{n}"), "org_id": org, "email": format!("u{n}@a.com"), "role": "ADMIN",
            "hashed_password": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA", "is_active": true,
        }
    };
    world.insert("users", vec![user(1, ID)]);
    let product = |n: u32, org: &str| doc! { "_id": oid(0, 100 + n), "org_id": org, "sku": n };
    world.insert("products", vec![product(1, ID)]);
    // The trail may tell of what is gone.
    world.insert("audit_logs", vec![doc! { "org_id": "gone", "action": "a" }, doc! { "action": "b" }]);
    index(&world, "organizations", doc! { "id": 1 }, true);
    index(&world, "organizations", doc! { "subdomain": 1 }, true);
    index(&world, "users", doc! { "org_id": 1, "email": 1 }, true);
    index(&world, "products", doc! { "org_id": 1, "sku": 1 }, true);
    index(&world, "audit_logs", doc! { "org_id": 1, "timestamp": -1 }, false);
    let (ran, report) = examined(&world, &["--fail-on", "info"]);
    assert_eq!((ran.status, findings(&report)), (0, Vec::new()));
    world.insert("products", vec![product(2, &ID.to_uppercase()), product(3, "nobody")]);
    world.insert("users", vec![user(2, "nobody")]);
    let (_, report) = examined(&world, &[]);
    let expected = [("D13", "B12", "error"), ("D14", "B12", "error"), ("D17", "B17", "error")];
    let expected: BTreeSet<_> = expected.iter().map(|(r, f, s)| ((*r).into(), (*f).into(), (*s).into())).collect();
    assert_eq!(kinds(&report), expected, "{report:#}");
}

#[test]
fn missing_rights_are_named_and_hide_nothing_else() {
    let (port, mut holder) = start_mongod_with(Some("doctor"), true);
    let run = |client: &mongodb::Client, world: &World, command: Document| {
        world.wait(client.database("admin").run_command(command).into_future()).unwrap();
    };
    let first = World::on(port, PAIR);
    run(&first.client, &first, doc! { "createUser": "root", "pwd": "root-pw", "roles": ["root"] });
    let world = World::as_user(port, PAIR, "root:root-pw@");
    world.pair_of_tenants();
    let all = "find insert update remove createCollection createIndex dropCollection listCollections listIndexes collMod collStats renameCollectionSameDB bypassDocumentValidation";
    for (user, actions, missing) in [
        ("whole", all, ""),
        ("reader", "find listCollections listIndexes collStats", "insert, update, remove"),
        ("nobody", "", "find, insert"),
    ] {
        let actions: Vec<&str> = actions.split_whitespace().collect();
        let resource = doc! { "db": &world.db, "collection": "" };
        let privileges =
            if actions.is_empty() { vec![] } else { vec![doc! { "resource": resource, "actions": actions }] };
        run(&world.client, &world, doc! { "createRole": user, "privileges": privileges, "roles": [] });
        run(&world.client, &world, doc! { "createUser": user, "pwd": "pw", "roles": [user] });
        let uri = format!("mongodb://{user}:pw@127.0.0.1:{port}/?directConnection=true&authSource=admin");
        let ran = world.run_with(&["doctor", "--json"], &[("FLOWBIT_URI", &uri)]);
        let report = ran.json();
        let all = findings(&report);
        let rights: Vec<&Value> = all.iter().filter(|f| f["rule"] == "D04" && f["severity"] == "error").collect();
        assert_eq!((rights.len(), ran.status), if missing.is_empty() { (0, 0) } else { (1, 6) }, "{user}: {report:#}");
        assert!(rights.iter().all(|f| f["evidence"].as_str().unwrap().contains(missing)), "{rights:?}");
        let checks = report["data"]["checks"].as_array().unwrap();
        let accounts = checks.iter().find(|check| check["rule"] == "D22").unwrap();
        assert_eq!(accounts["state"], if user == "nobody" { "not_checkable" } else { "ok" }, "{user}: {report:#}");
    }
    drop((first, world, holder.stdin.take()));
    let _ = holder.wait();
}

#[test]
fn a_standalone_is_a_warning() {
    let (port, mut holder) = start_mongod(None);
    let world = World::on(port, PAIR);
    let (ran, report) = examined(&world, &["--fail-on", "warning"]);
    assert_eq!(ran.status, 6);
    assert_eq!(kinds(&report), BTreeSet::from([("D02".into(), "-".into(), "warning".into())]));
    drop((world, holder.stdin.take()));
    let _ = holder.wait();
}
