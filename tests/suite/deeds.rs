//! What flowbit changes stands in the trail: who, why, as part of what, before and after; and where the trail takes no
//! entry nothing is changed.

use std::collections::BTreeMap;
use std::fs;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use serde_json::Value;

use crate::seeding::{SET, TICKETS, USERS, write_set};
use crate::world::{DATABASES, PAIR, Ran, SHARED, World, oid};

const KEY: &str = "kP7!vQ2x#Lw9Zt4Rb6Nc8Hd3Fg5Js1Ym";
const PASSWORDS: [&str; 2] = ["Plant3d-first-word", "Plant3d-second-word"];

const TOKENS: &str = r#"[token]
algorithm = "HS256"
secret_env = "JWT_SECRET"
expires = 900
refresh_expires = 3600
claims = { type = "access", sub = "{account.id:string}", email = "{email}", tenant = "{slug}", role = "{role}" }
refresh_claims = { type = "refresh", sub = "{account.id:string}" }
[store]"#;

/// The same on every layout; the last one with a trail that has paths for before, after and target.
fn platforms() -> [(&'static str, String); 4] {
    let shared = SHARED.replace(
        "[[keyed]]\ncollection = \"tickets\"",
        &TOKENS.replace("[store]", "[[keyed]]\ncollection = \"tickets\""),
    );
    let pair = PAIR.replace("[store]", TOKENS);
    let shaped = pair.replace(
        "[audit]\ncollection = \"audit_logs\"\n",
        "[audit]\ncollection = \"audit_logs\"\nbefore = \"old\"\nafter = \"new\"\ntarget = [\"entityId\"]\ntarget_kind = \"entity\"\n",
    );
    [("collections", pair), ("databases", DATABASES.replace("[store]", TOKENS)), ("shared", shared), ("shaped", shaped)]
}

fn world(description: &str) -> World {
    let mut world = World::new(description);
    for (name, value) in [("JWT_SECRET", KEY), ("PW1", PASSWORDS[0]), ("PW2", PASSWORDS[1])] {
        world.env(name, value);
    }
    write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
    fs::write(world.path("registry.json"), "{\n  \"other\": {\"screens\": []}\n}\n").unwrap();
    let user = if description.contains("layout = \"database\"") { "user" } else { "User" };
    world.private("rows.csv", &format!("email,role,password\nr1@zeta.com,{user},Plant3d-row-word\n"));
    world
}

/// Every verb that changes something, in an order in which each can; with the action and what changes.
const CHANGES: &[(&[&str], &str)] = &[
    (&["org", "create", "zeta", "--admin-email", "boss0@zeta.com", "--password-env", "PW1"], "org.created"),
    (&["user", "create", "u@zeta.com", "--org", "zeta", "--role", "User", "--password-env", "PW1"], "user.created"),
    (&["user", "set-role", "u@zeta.com", "ADMIN", "--org", "zeta"], "user.role-changed"),
    (&["user", "disable", "u@zeta.com", "--org", "zeta"], "user.disabled"),
    (&["user", "enable", "u@zeta.com", "--org", "zeta"], "user.enabled"),
    (&["user", "reset-password", "u@zeta.com", "--org", "zeta", "--password-env", "PW2"], "user.password-reset"),
    (&["user", "import", "rows.csv", "--org", "zeta"], "user.imported"),
    (&["token", "issue", "--org", "zeta", "--user", "u@zeta.com", "--refresh"], "token.issued"),
    (&["token", "refresh", "--token-file", "refresh"], "token.refreshed"),
    (&["token", "revoke", "--org", "zeta", "--user", "u@zeta.com"], "token.revoked"),
    (&["user", "delete", "u@zeta.com", "--org", "zeta", "--confirm", "u@zeta.com"], "user.deleted"),
    (&["screen", "set", "zeta", "--name", "Tickets", "--url", "/t"], "screen.set"),
    (&["seed", "apply", "small", "--org", "zeta", "--confirm", "zeta"], "seed.applied"),
    (&["seed", "reset", "small", "--org", "zeta", "--confirm", "zeta"], "seed.reset"),
    (&["org", "rename", "zeta", "zeta two", "--confirm", "zeta"], "org.renamed"),
    (&["op", "rollback", "zeta two"], "op.rolled-back"),
    (&["op", "gc"], "op.gc"),
    (&["org", "delete", "zeta two", "--confirm", "zeta two"], "org.deleted"),
    (&["org", "restore", "zeta two"], "org.restored"),
    (&["org", "delete", "zeta two", "--confirm", "zeta two"], "org.deleted"),
    (&["org", "purge", "zeta two", "--before-grace-ends", "--confirm", "zeta two"], "org.purged"),
];

/// What a database of the layout cannot be asked: its accounts have no field that disables them.
fn can(layout: &str, action: &str) -> bool {
    layout != "databases" || !matches!(action, "user.disabled" | "user.enabled")
}

fn words(layout: &str, verb: &[&str]) -> Vec<String> {
    let admin = if layout == "databases" { "admin" } else { "Admin" };
    let user = if layout == "databases" { "user" } else { "User" };
    let told = verb.iter().map(|word| match *word {
        "ADMIN" => admin,
        "User" => user,
        other => other,
    });
    told.chain(["--reason", "asked in #42", "--json"]).map(str::to_owned).collect()
}

/// What has to be so before some of the verbs can be run.
fn prepare(world: &World, action: &str, last: Option<&Ran>) {
    match action {
        "token.refreshed" => {
            let issued: Value = last.unwrap().json();
            let refresh = issued["data"]["refresh_token"].as_str().unwrap();
            fs::write(world.path("refresh"), refresh).unwrap();
        }
        "op.rolled-back" => {
            let delete = ["org", "delete", "zeta two", "--confirm", "zeta two"];
            assert_eq!(world.run_with(&delete, &[("FLOWBIT_FAULT", "kill@commit:before")]).status, 137);
        }
        "op.gc" => {
            // An alias, or a fence, whose time is over.
            let long_ago = bson::DateTime::from_millis(1_600_000_000_000);
            let over = doc! { "$set": { "until": long_ago } };
            let names = world.collection("flowbit_names");
            world.wait(names.update_many(doc! { "kind": "alias" }, over.clone()).into_future()).unwrap();
            let fences = world.collection("flowbit_fences");
            world.wait(fences.update_many(doc! { "until": { "$exists": true } }, over).into_future()).unwrap();
        }
        _ => {}
    }
}

fn at<'d>(entry: &'d Document, path: &str) -> &'d Bson {
    flowbit::domain::fields::get(entry, path).unwrap_or(&Bson::Null)
}

fn run(world: &World, words: &[String]) -> Ran {
    world.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn every_change_is_an_entry_with_actor_reason_operation_before_and_after() {
    for (layout, description) in platforms() {
        let world = world(&description);
        let mut last: Option<Ran> = None;
        for (verb, action) in CHANGES.iter().filter(|(_, action)| can(layout, action)) {
            prepare(&world, action, last.as_ref());
            let known: Vec<Bson> = ids(&world);
            let ran = run(&world, &words(layout, verb)).ok();
            let new = world.find("audit_logs", doc! { "_id": { "$nin": known } });
            assert!(new.len() == 1 || (*action == "op.gc" && !new.is_empty()), "{layout} {verb:?}: {new:?}");
            for entry in &new {
                judge(&world, layout, entry, action);
            }
            last = Some(ran);
        }
        assert_eq!(world.open_operation(), None, "{layout}");
    }
}

fn judge(world: &World, layout: &str, entry: &Document, action: &str) {
    let text = |path: &str| at(entry, path).as_str().map(str::to_owned);
    let what = format!("{layout} {action}: {entry}");
    assert_eq!(text("action").as_deref(), Some(action), "{what}");
    let actor = text(if layout == "databases" { "actor" } else { "userId" });
    assert_eq!((actor.as_deref(), text("details.reason").as_deref()), (Some("tester"), Some("asked in #42")), "{what}");
    let operation = text("details.operation").unwrap();
    // The place of the operation's own entry stays free when that is taken back.
    let own = entry.get_object_id("_id").unwrap().to_hex() == operation;
    assert_eq!(own, action != "op.rolled-back", "{what}");
    let shaped = layout == "shaped";
    let (before, after) = match shaped {
        true => (at(entry, "old"), at(entry, "new")),
        false => (at(entry, "details.before"), at(entry, "details.after")),
    };
    let made = matches!(action, "org.created" | "user.created" | "user.imported" | "token.issued");
    let gone = matches!(action, "user.deleted" | "org.purged" | "seed.reset" | "op.gc");
    if !matches!(action, "seed.applied" | "op.gc") {
        assert_eq!((*before == Bson::Null, *after == Bson::Null), (made, gone), "{what}");
    }
    assert_ne!(before, after, "{what}");
    if shaped && action.starts_with("user.") && action != "user.imported" {
        assert_eq!(
            (text("entity").as_deref(), text("entityId").map(|id| id.len())),
            (Some("user"), Some(24)),
            "{what}"
        );
    }
    let said = entry.to_string();
    let hashes: Vec<String> = world
        .find("users", doc! {})
        .iter()
        .filter_map(|user| user.get_str("password").ok().map(str::to_owned))
        .collect();
    for secret in PASSWORDS.iter().chain(&["Plant3d-row-word", KEY, "$2b$", "eyJ"]) {
        assert!(!said.contains(secret), "{what}");
    }
    assert!(hashes.iter().all(|hash| !said.contains(hash.as_str())), "{what}");
}

fn ids(world: &World) -> Vec<Bson> {
    world.find("audit_logs", doc! {}).iter().map(|entry| entry.get("_id").unwrap().clone()).collect()
}

#[test]
fn before_and_after_say_what_changed_and_nothing_else() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon"]).ok();
    world.run(&["user", "set-role", "u1@amazon.com", "Admin", "--org", "jungle"]).ok();
    world.run(&["user", "reset-password", "u1@amazon.com", "--org", "jungle"]).ok();
    let of = |action: &str| {
        let details = world.one("audit_logs", doc! { "action": action }).get_document("details").unwrap().clone();
        (details.get_document("before").unwrap().clone(), details.get_document("after").unwrap().clone())
    };
    assert_eq!(
        of("org.renamed"),
        (doc! { "name": "amazon", "store": "org_amazon_*" }, doc! { "name": "jungle", "store": "org_jungle_*" })
    );
    assert_eq!(of("user.role-changed"), (doc! { "role": "User" }, doc! { "role": "Admin" }));
    let state = doc! { "role": "Admin", "state": "active" };
    let mut changed = state.clone();
    changed.insert("changed", vec!["password"]);
    assert_eq!(of("user.password-reset"), (state, changed));
}

/// Everything but flowbit's own books, and the trail.
fn data(world: &World) -> BTreeMap<String, Vec<Document>> {
    let mut all = BTreeMap::new();
    for db in world.databases() {
        for entry in world.catalog_of(&db) {
            let name = entry.get_str("name").unwrap().to_owned();
            let kept = !matches!(name.as_str(), "flowbit_ops" | "flowbit_held");
            if kept && entry.get_str("type").unwrap() == "collection" {
                let collection = world.client.database(&db).collection::<Document>(&name);
                let documents: Vec<Document> = world.wait(async {
                    collection.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap()
                });
                all.insert(format!("{db}.{name}"), documents);
            }
        }
    }
    all.retain(|name, documents| !(name.contains(".flowbit_") && documents.is_empty()));
    all
}

#[test]
fn where_the_trail_takes_no_entry_nothing_is_changed() {
    for (layout, description) in platforms() {
        let world = world(&description);
        let actor = if layout == "databases" { "actor" } else { "userId" };
        let mut last: Option<Ran> = None;
        for (verb, action) in CHANGES.iter().filter(|(_, action)| can(layout, action)) {
            prepare(&world, action, last.as_ref());
            // Flowbit's validators are passed by; an index is not: there is room for one entry of this actor only.
            world.insert("audit_logs", vec![doc! { "_id": "blocker", actor: "tester", "action": action, "n": 1 }]);
            let keys = doc! { "key": { actor: 1 }, "name": "block", "unique": true, "partialFilterExpression": { actor: "blocked" } };
            world.command_on(doc! { "createIndexes": "audit_logs", "indexes": [keys] });
            world.insert("audit_logs", vec![doc! { "_id": "blocked", actor: "blocked", "action": "x" }]);
            let (before, registry) = (data(&world), fs::read_to_string(world.path("registry.json")).unwrap());
            let words = words(layout, verb);
            let ran = Ran::from(
                world
                    .command(&words.iter().map(String::as_str).collect::<Vec<_>>())
                    .env("FLOWBIT_ACTOR", "blocked")
                    .output()
                    .unwrap(),
            );
            assert_ne!(ran.status, 0, "{layout} {verb:?} {ran:?}");
            let what = format!("{layout} {verb:?} {ran:?}");
            assert_eq!(data(&world), before, "{what}");
            assert_eq!(fs::read_to_string(world.path("registry.json")).unwrap(), registry, "{what}");
            world.command_on(doc! { "dropIndexes": "audit_logs", "index": "block" });
            let both = doc! { "_id": { "$in": ["blocker", "blocked"] } };
            world.wait(world.collection("audit_logs").delete_many(both).into_future()).unwrap();
            last = Some(run(&world, &words).ok());
        }
    }
}

#[test]
fn without_the_right_to_write_the_trail_an_operation_goes_back_by_itself() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    // Nobody can insert into a view.
    world.command_on(doc! { "create": "audit_logs", "viewOn": "users", "pipeline": [] });
    let before = data(&world);
    for verb in [
        ["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"].as_slice(),
        &["org", "delete", "amazon", "--confirm", "amazon", "--json"],
        &["user", "disable", "u1@amazon.com", "--org", "amazon", "--json"],
    ] {
        let ran = world.run(verb);
        assert_ne!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.error()["changed"], false, "{ran:?}");
        assert_eq!((world.open_operation(), data(&world)), (None, before.clone()), "{verb:?} {ran:?}");
    }
    assert_eq!(world.one("organizations", doc! { "_id": oid(0, 1) }).get_str("name").unwrap(), "amazon");
}

fn as_support(world: &World, more: &str) {
    fs::create_dir_all(world.path(".config/flowbit")).unwrap();
    let profiles = format!("[profiles.help]\nuri = \"{}\"\nsupport = true\n{more}", world.uri());
    fs::write(world.path(".config/flowbit/config.toml"), profiles).unwrap();
}

/// Through the profile, with no other source of a connection.
fn helping(world: &World, words: &[&str]) -> Ran {
    let all = [&["--profile", "help", "--master-db", &world.db], words, &["--json"]].concat();
    Ran::from(world.command(&all).env_remove("FLOWBIT_URI").output().unwrap())
}

#[test]
fn what_support_reads_is_written_first() {
    for (layout, description) in platforms() {
        let world = world(&description);
        let create =
            words(layout, &["org", "create", "zeta", "--admin-email", "boss0@zeta.com", "--password-env", "PW1"]);
        run(&world, &create).ok();
        as_support(&world, "");
        let tenant = world.one("audit_logs", doc! { "action": "org.created" });
        let created = tenant.get_object_id("_id").unwrap().to_hex();
        let reads: &[(&[&str], &str, bool)] = &[
            (&["user", "list", "--org", "zeta"], "user.list", true),
            (&["user", "show", "boss0@zeta.com", "--org", "zeta"], "user.show", true),
            (
                &["user", "check-password", "boss0@zeta.com", "--org", "zeta", "--password-env", "PW1"],
                "user.check-password",
                true,
            ),
            (&["user", "list", "--all"], "user.list", false),
            (&["token", "list", "--org", "zeta"], "token.list", true),
            (&["org", "show", "zeta"], "org.show", true),
            (&["seed", "snapshot", "zeta", "--out", "taken"], "seed.snapshot", true),
            (&["audit", "query", "--org", "zeta", "--actor", "boss0@zeta.com"], "audit.query", true),
            (&["audit", "query", "--all"], "audit.query", false),
            (&["audit", "show", &created], "audit.show", true),
            (&["audit", "stats", "--org", "zeta"], "audit.stats", true),
            (&["audit", "tail", "--org", "zeta"], "audit.tail", true),
            (&["audit", "export", "--org", "zeta", "--out", "taken.ndjson"], "audit.export", true),
            (&["audit", "doctor", "--org", "zeta", "--fail-on", "error"], "audit.doctor", true),
        ];
        for (verb, command, one) in reads {
            let known = ids(&world);
            let ran = helping(&world, verb).fails(10, "E1007");
            assert_eq!(ran.error()["next"][0], "repeat with --reason TEXT", "{ran:?}");
            assert_eq!(ids(&world), known, "{layout} {command}");
            let ran = helping(&world, &[verb, ["--reason", "ticket 7"].as_slice()].concat());
            ran.ok();
            let new = world.find("audit_logs", doc! { "_id": { "$nin": known } });
            assert_eq!(new.len(), 1, "{layout} {command}: {new:?}");
            let said = at(&new[0], "details").as_document().unwrap();
            assert_eq!((new[0].get_str("action").unwrap(), said.get_str("command").unwrap()), ("audit.read", *command));
            assert_eq!(said.get_str("reason").unwrap(), "ticket 7", "{layout} {command}");
            let path = if layout == "databases" { "tenant" } else { "customerId" };
            assert_eq!(
                new[0].get(path) == tenant.get(path),
                *one,
                "{layout} {command}: in the tenant's own trail: {new:?}"
            );
            assert!(!new[0].to_string().contains(PASSWORDS[0]), "{layout} {command}");
        }
    }
}

#[test]
fn support_sees_nothing_that_could_not_be_written_and_changes_nothing() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    as_support(&world, "");
    let before = data(&world);
    let disable = ["user", "disable", "u1@amazon.com", "--org", "amazon", "--reason", "x"];
    helping(&world, &disable).fails(10, "E1007");
    helping(&world, &["org", "rename", "amazon", "x", "--confirm", "amazon", "--reason", "x"]).fails(10, "E1007");
    helping(&world, &["op", "gc", "--confirm", "gc", "--reason", "x"]).fails(10, "E1007");
    assert_eq!(data(&world), before);
    world.command_on(doc! { "create": "audit_logs", "viewOn": "users", "pipeline": [] });
    for read in [
        ["user", "list", "--org", "amazon", "--reason", "x"].as_slice(),
        &["user", "show", "u1@amazon.com", "--org", "amazon", "--reason", "x"],
        &["org", "show", "amazon", "--reason", "x"],
    ] {
        let ran = helping(&world, read);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(!ran.stderr.contains("Admin"), "{ran:?}");
    }
    world.wait(world.collection("audit_logs").drop().into_future()).unwrap();
    // Protected as well, it changes what is confirmed.
    as_support(&world, "protected = true\n");
    helping(&world, &disable).fails(10, "E1003");
    helping(&world, &[&disable[..], &["--confirm", "u1@amazon.com"]].concat()).ok();
    // Through any other connection reads are nobody's business.
    let entries = world.count("audit_logs");
    world.run(&["user", "list", "--org", "amazon"]).ok();
    assert_eq!(world.count("audit_logs"), entries);
}
