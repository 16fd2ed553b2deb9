//! Seeding: the same documents whatever the way, nothing twice, nothing of others.

use std::collections::BTreeMap;
use std::fs;

use bson::{Document, doc};
use futures_util::TryStreamExt;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::servers::start_mongod;
use crate::world::{DATABASES, PAIR, Ran, SHARED, World, oid};

/// A set that every layout of the tests can take.
pub const SET: &str = r#"
version = 1
name = "small"
title = "A small set"
demo = true
as_of = "2026-01-01"
admin = "boss"

[words]
things = ["truck", "label", "pallet"]

[[collection]]
name = "users"
into = "@accounts"
files = ["users.json"]
rows = 20
fields = { email = "agent{row}@{org.slug}.com", role = "User", password = "demo:StrongDemo@2025!" }

[[collection]]
name = "tickets"
files = ["tickets.csv"]
rows = 2500
[collection.helpers]
thing = { words = "things" }
[collection.fields]
title = "Late {thing} {row:05}"
status = { pick = ["Open", "Closed"], weights = [3, 1] }
userId = { ref = "users" }
author = { ref = "users", field = "email" }
createdAt = { date = ["-90d", "0"] }
updatedAt = { after = "createdAt", within = ["1m", "5d"] }
tags = { list = { words = "things" }, count = [0, 3] }
"#;

pub const USERS: &str = r#"[
  {"_key": "boss", "email": {"$text": "boss@{org.slug}.com"}, "role": "Admin"},
  {"_key": "anna", "email": {"$text": "Anna@{org.slug}.com"}, "role": "User", "since": {"$at": "-1y"}}
]"#;

pub const TICKETS: &str =
    "_key,title,status,userId:ref(users),n:int\nfirst,The first,Open,anna,1\nsecond,\"Second, last\",Closed,boss,2\n";

/// The layouts, with the database and filter of a tenant's tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lives {
    Collections,
    Database,
    Shared,
}

pub const LAYOUTS: [Lives; 3] = [Lives::Collections, Lives::Database, Lives::Shared];

impl Lives {
    fn description(self) -> &'static str {
        match self {
            Lives::Collections => PAIR,
            Lives::Database => DATABASES,
            Lives::Shared => SHARED,
        }
    }

    pub fn world(self) -> World {
        let world = World::new(self.description());
        write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
        world
    }

    pub fn fetch(self, world: &World, slug: &str, kind: &str) -> Vec<Document> {
        let (db, name, filter) = match (self, kind) {
            (Lives::Collections, "users") => (world.db.clone(), "users".to_owned(), doc! { "tenantName": slug }),
            (Lives::Collections, kind) => (world.db.clone(), format!("org_{slug}_{kind}"), doc! {}),
            (Lives::Database, kind) => (format!("{}_{slug}", world.db), kind.to_owned(), doc! {}),
            (Lives::Shared, kind) => (world.db.clone(), kind.to_owned(), doc! { "customerId": slug }),
        };
        world.wait(async {
            let collection = world.client.database(&db).collection::<Document>(&name);
            collection.find(filter).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap()
        })
    }

    /// A digest of the tenant's tickets and of what its accounts have in every layout, without whose they are.
    fn digest(self, world: &World, slug: &str) -> String {
        let mut hash = Sha256::new();
        for mut ticket in self.fetch(world, slug, "tickets") {
            ticket.remove("customerId");
            ticket.remove("tenantSlug");
            hash.update(bson::serialize_to_vec(&ticket).unwrap());
        }
        for user in self.fetch(world, slug, "users") {
            let kept = doc! { "_id": user.get("_id"), "email": user.get("email"), "password": user.get("password"), "since": user.get("since") };
            hash.update(bson::serialize_to_vec(&kept).unwrap());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

pub fn write_set(world: &World, name: &str, files: &[(&str, &str)]) {
    let directory = world.path("seed").join(name);
    fs::create_dir_all(&directory).unwrap();
    for (file, text) in files {
        fs::write(directory.join(file), text).unwrap();
    }
}

pub fn apply(world: &World, more: &[&str]) -> Ran {
    let mut words = vec!["seed", "apply", "small", "--json"];
    words.extend(more);
    world.run(&words)
}

/// The tenant `acme`, made without any set.
pub fn create_acme(world: &World) {
    let create = ["org", "create", "acme", "--admin-email", "x@y.com", "--password-env", "PW"];
    world.run_with(&create, &[("PW", "secret word")]).ok();
}

/// The server's own count of what clients wrote.
fn written(world: &World) -> BTreeMap<String, i64> {
    let status = world.command_on(doc! { "serverStatus": 1 });
    let count = |of: &Document, name: &str| of.get_i64(name).or_else(|_| of.get_i32(name).map(i64::from)).unwrap();
    let operations = status.get_document("opcounters").unwrap();
    let documents = status.get_document("metrics").unwrap().get_document("document").unwrap();
    let mut all: BTreeMap<String, i64> =
        ["insert", "update", "delete"].iter().map(|name| ((*name).to_owned(), count(operations, name))).collect();
    all.extend(["inserted", "updated", "deleted"].iter().map(|name| ((*name).to_owned(), count(documents, name))));
    all
}

#[test]
fn the_same_documents_whatever_jobs_layout_and_run() {
    // A server of its own: its counters are to say that a second run writes nothing.
    let (port, mut holder) = start_mongod(Some("fbseed"));
    let mut digests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for lives in LAYOUTS {
        for jobs in ["1", "2", "8"] {
            let world = World::on(port, lives.description());
            write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
            let options = ["--org", "acme", "--org", "acme-two", "--create-org", "--jobs", jobs];
            let first = apply(&world, &options).ok().json();
            assert_eq!(first["changed"], true);
            let documents = 2 * 2524;
            assert_eq!(first["data"]["inserted"].as_u64().unwrap() + 2, documents, "{lives:?}: {first}");
            let runs: Vec<(String, Value)> = (0..2)
                .map(|_| {
                    let before = written(&world);
                    let again = apply(&world, &options).ok().json();
                    let after = written(&world);
                    assert_eq!(after, before, "{lives:?} {jobs}: the second run wrote");
                    (format!("{}{}", lives.digest(&world, "acme"), lives.digest(&world, "acme-two")), again)
                })
                .collect();
            for (digest, again) in runs {
                assert_eq!(again["changed"], false);
                assert_eq!(again["data"]["documents"]["unchanged"], documents);
                digests.entry(digest).or_default().push(format!("{lives:?}/{jobs}"));
            }
        }
    }
    assert_eq!(digests.len(), 1, "{digests:#?}");
    eprintln!("hash matrix: {} runs, one digest", digests.values().map(Vec::len).sum::<usize>());
    drop(holder.stdin.take());
    holder.wait().unwrap();
}

#[test]
fn a_changed_set_changes_just_that_and_nothing_of_others() {
    for lives in LAYOUTS {
        let world = lives.world();
        apply(&world, &["--org", "acme", "--create-org"]).ok();
        let (db, tickets) = match lives {
            Lives::Collections => (world.db.clone(), "org_acme_tickets"),
            Lives::Database => (format!("{}_acme", world.db), "tickets"),
            Lives::Shared => (world.db.clone(), "tickets"),
        };
        let collection = world.client.database(&db).collection::<Document>(tickets);
        let mine = doc! { "_id": oid(0, 7), "title": "by hand", "customerId": "acme" };
        world.wait(collection.insert_one(mine.clone()).into_future()).unwrap();
        let before = lives.fetch(&world, "acme", "tickets");
        let text = TICKETS.replace("The first", "The very first") + "third,Third,Open,anna,3\n";
        write_set(&world, "small", &[("tickets.csv", &text)]);
        let plan = apply(&world, &["--org", "acme", "--dry-run"]).ok().json();
        assert_eq!(plan["changed"], false);
        let count = &plan["data"]["documents"];
        assert_eq!((&count["inserts"], &count["updates"], &count["extra"]), (&1.into(), &1.into(), &0.into()));
        assert_eq!(lives.fetch(&world, "acme", "tickets"), before, "a dry run writes nothing");
        let drift = world.run(&["seed", "verify", "small", "--org", "acme", "--json"]);
        assert_eq!(drift.status, 6, "{drift:?}");
        let told = drift.json()["data"]["differences"].as_array().unwrap().clone();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().any(|d| d["what"] == "altered" && d["fields"] == serde_json::json!(["title"])), "{told:?}");
        let done = apply(&world, &["--org", "acme"]).ok().json();
        assert_eq!((&done["data"]["inserted"], &done["data"]["replaced"]), (&1.into(), &1.into()));
        let after = lives.fetch(&world, "acme", "tickets");
        assert_eq!(after.iter().filter(|d| !before.contains(d)).count(), 2);
        assert!(after.contains(&mine));
        world.run(&["seed", "verify", "small", "--org", "acme"]).ok();
        // What the set does not contain any more is told, and goes only when asked.
        write_set(&world, "small", &[("tickets.csv", TICKETS)]);
        let shrunk = apply(&world, &["--org", "acme"]).ok().json();
        assert_eq!(shrunk["data"]["inserted"], 0, "{shrunk}");
        assert_eq!(world.run(&["seed", "verify", "small", "--org", "acme"]).status, 6);
        let pruned = apply(&world, &["--org", "acme", "--prune"]).ok().json();
        assert_eq!(pruned["data"]["deleted"], 1, "{pruned}");
        world.run(&["seed", "verify", "small", "--org", "acme"]).ok();
        // Nor does a collection that the set loses take its documents out of sight.
        let without = &SET[..SET.find("[[collection]]\nname = \"tickets\"").unwrap()];
        write_set(&world, "small", &[("seed.toml", without)]);
        let drift = world.run(&["seed", "verify", "small", "--org", "acme", "--json"]);
        assert_eq!((drift.status, &drift.json()["data"]["documents"]["extra"]), (6, &2502.into()), "{drift:?}");
        world.run(&["seed", "reset", "small", "--org", "acme", "--json"]).fails(10, "E1001");
        let gone = world.run(&["seed", "reset", "small", "--org", "acme", "--confirm", "acme", "--json"]).ok().json();
        assert_eq!(gone["data"]["documents"], 2502 + 21, "{gone}");
        assert_eq!(lives.fetch(&world, "acme", "tickets"), [mine]);
        assert_eq!(lives.fetch(&world, "acme", "users").len(), 1, "the administrator stays");
        let nothing = world.run(&["seed", "reset", "small", "--org", "acme", "--confirm", "acme", "--json"]).ok();
        assert_eq!(nothing.json()["changed"], false);
    }
}

#[test]
fn a_renamed_tenant_keeps_its_documents() {
    for lives in LAYOUTS {
        let world = lives.world();
        apply(&world, &["--org", "acme", "--create-org"]).ok();
        world.run(&["org", "rename", "acme", "zeta", "--confirm", "acme"]).ok();
        // In shared collections, and where accounts repeat the name, the set itself does not know the new one.
        let plan = apply(&world, &["--org", "zeta", "--dry-run"]).ok().json();
        assert_eq!(plan["data"]["documents"]["inserts"], 0, "{lives:?}: {plan}");
        assert_eq!(plan["data"]["documents"]["extra"], 0, "{lives:?}: {plan}");
        world.run(&["seed", "reset", "small", "--org", "zeta", "--confirm", "zeta"]).ok();
        assert_eq!(lives.fetch(&world, "zeta", "tickets"), []);
        // The old name is somebody else's now: other documents, beside the first ones.
        world.run(&["op", "gc"]).ok();
    }
}

#[test]
fn passwords_come_from_where_they_may() {
    let world = World::new(SHARED);
    let users = r#"[
      {"_key": "boss", "email": "boss@acme.com", "role": "Admin", "password": "env:BOSS_PW"},
      {"_key": "anna", "email": "anna@acme.com", "role": "User", "password": "stdin"},
      {"_key": "otto", "email": "otto@acme.com", "role": "User", "password": "generated"}
    ]"#;
    let set = SET
        .replace("rows = 20", "rows = 0")
        .replace("rows = 2500", "rows = 3")
        .replace("demo = true", "")
        .replace(", password = \"demo:StrongDemo@2025!\"", "");
    write_set(&world, "small", &[("seed.toml", &set), ("users.json", users), ("tickets.csv", TICKETS)]);
    let run = |more: &[&str], typed: &str, boss: &str| {
        use std::io::Write;
        let mut words = vec!["seed", "apply", "small", "--org", "acme", "--create-org", "--json"];
        words.extend(more);
        let mut command = world.command(&words);
        command.env("BOSS_PW", boss).stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    };
    run(&["--passwords-out", "made"], "", "the boss's word").fails(2, "E0121");
    run(&["--password-stdin"], "anna's word\n", "the boss's word").fails(2, "E0101");
    let done = run(&["--password-stdin", "--passwords-out", "made"], "anna's word\n", "the boss's word").ok();
    let hash = |email: &str| world.one("users", doc! { "email": email }).get_str("password").unwrap().to_owned();
    assert!(bcrypt::verify("the boss's word", &hash("boss@acme.com")).unwrap());
    assert!(bcrypt::verify("anna's word", &hash("anna@acme.com")).unwrap());
    let made = fs::read_to_string(world.path("made")).unwrap();
    let word = made.trim().strip_prefix("otto@acme.com ").unwrap();
    assert!(bcrypt::verify(word, &hash("otto@acme.com")).unwrap());
    for secret in ["the boss's word", "anna's word", word] {
        assert!(!format!("{done:?}").contains(secret));
        for op in world.find("flowbit_ops", doc! {}).iter().chain(&world.find("flowbit_seeds", doc! {})) {
            assert!(!op.to_string().contains(secret));
        }
    }
    // Whoever only looks needs no password.
    let looks =
        |verb: &[&str]| world.command(&[&["seed"], verb, &["small", "--org", "acme"]].concat()).output().unwrap();
    assert_eq!(Ran::from(looks(&["verify"])).status, 0);
    assert_eq!(Ran::from(looks(&["reset", "--dry-run"])).status, 0);
    let before = (hash("boss@acme.com"), hash("otto@acme.com"));
    let again = run(&["--password-stdin"], "anna's word\n", "the boss's word").ok().json();
    assert_eq!(again["changed"], false, "the same passwords are no change: {again}");
    let other = run(&["--password-stdin"], "anna's word\n", "another word").ok().json();
    assert_eq!(other["data"]["replaced"], 1, "{other}");
    assert!(bcrypt::verify("another word", &hash("boss@acme.com")).unwrap());
    assert_eq!(hash("otto@acme.com"), before.1);
    assert!(!before.0.is_empty());
}

#[test]
fn what_is_generated_is_what_is_written() {
    let world = World::new(SHARED);
    write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
    let text =
        world.run(&["seed", "generate", "small", "--org", "acme", "--collection", "tickets", "--canonical"]).ok();
    apply(&world, &["--org", "acme", "--create-org"]).ok();
    let found = world.find("tickets", doc! {});
    let lines: Vec<String> =
        found.into_iter().map(|d| bson::Bson::Document(d).into_canonical_extjson().to_string()).collect();
    assert_eq!(text.stdout.lines().collect::<Vec<_>>(), lines);
    let scaled = apply(&world, &["--org", "acme", "--scale", "2"]).ok().json();
    assert_eq!(scaled["data"]["inserted"], 2520, "{scaled}");
    assert_eq!(apply(&world, &["--org", "acme"]).ok().json()["changed"], false, "the scale is remembered");
    apply(&world, &["--org", "acme", "--seed-key", "other"]).fails(5, "E0315");
    let list = world.run(&["seed", "list", "--applied", "--json"]).ok().json();
    assert_eq!((&list["data"][0]["set"], &list["data"][0]["whole"]), (&"small".into(), &true.into()));
    let shown = world.run(&["seed", "show", "small", "--json"]).ok().json();
    assert_eq!(shown["data"]["collections"][1]["fixtures"], 2);
}

/// The administrator that an organization was made with is the organization's, whatever becomes of the set.
#[test]
fn no_administrator_is_pruned() {
    for lives in LAYOUTS {
        let world = lives.world();
        apply(&world, &["--org", "acme", "--create-org"]).ok();
        let boss =
            |world: &World| lives.fetch(world, "acme", "users").iter().any(|u| u.get_str("role").unwrap() == "Admin");
        assert!(boss(&world));
        let other =
            r#"[{"_key": "anna", "email": {"$text": "Anna@{org.slug}.com"}, "role": "User", "since": {"$at": "-1y"}}]"#;
        let set = SET.replace("admin = \"boss\"", "admin = \"anna\"");
        let tickets = TICKETS.replace("boss", "anna");
        write_set(&world, "small", &[("seed.toml", &set), ("users.json", other), ("tickets.csv", &tickets)]);
        let done = apply(&world, &["--org", "acme", "--prune"]).ok().json();
        assert_eq!(done["data"]["deleted"], 0, "{done}");
        assert!(boss(&world), "{lives:?}");
        world.run(&["seed", "verify", "small", "--org", "acme"]).ok();
        world.run(&["seed", "reset", "small", "--org", "acme", "--confirm", "acme"]).ok();
        assert!(boss(&world), "{lives:?}");
    }
}
