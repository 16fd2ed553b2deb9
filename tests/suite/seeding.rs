//! Seeding: the same documents whatever the way, nothing twice, nothing of others, and an end that a kill does not change.

use std::collections::BTreeMap;
use std::fs;

use bson::{Document, doc};
use futures_util::TryStreamExt;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::faults::FAIL_POINT;
use crate::world::{DATABASES, PAIR, Ran, SHARED, World, assert_same, oid, sample, start_mongod};

/// A set that every layout of the tests can take.
const SET: &str = r#"
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

const USERS: &str = r#"[
  {"_key": "boss", "email": {"$text": "boss@{org.slug}.com"}, "role": "Admin"},
  {"_key": "anna", "email": {"$text": "Anna@{org.slug}.com"}, "role": "User", "since": {"$at": "-1y"}}
]"#;

const TICKETS: &str =
    "_key,title,status,userId:ref(users),n:int\nfirst,The first,Open,anna,1\nsecond,\"Second, last\",Closed,boss,2\n";

/// The layouts, with the database and filter of a tenant's tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lives {
    Collections,
    Database,
    Shared,
}

const LAYOUTS: [Lives; 3] = [Lives::Collections, Lives::Database, Lives::Shared];

impl Lives {
    fn description(self) -> &'static str {
        match self {
            Lives::Collections => PAIR,
            Lives::Database => DATABASES,
            Lives::Shared => SHARED,
        }
    }

    fn world(self) -> World {
        let world = World::new(self.description());
        write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
        world
    }

    fn fetch(self, world: &World, slug: &str, kind: &str) -> Vec<Document> {
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

fn write_set(world: &World, name: &str, files: &[(&str, &str)]) {
    let directory = world.path("seed").join(name);
    fs::create_dir_all(&directory).unwrap();
    for (file, text) in files {
        fs::write(directory.join(file), text).unwrap();
    }
}

fn apply(world: &World, more: &[&str]) -> Ran {
    let mut words = vec!["seed", "apply", "small", "--json"];
    words.extend(more);
    world.run(&words)
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
fn a_killed_apply_is_repeated_to_the_same_end() {
    let options = ["--org", "acme", "--jobs", "2"];
    for lives in LAYOUTS {
        let prepared = || {
            let world = lives.world();
            world
                .run_with(
                    &["org", "create", "acme", "--admin-email", "x@y.com", "--password-env", "PW"],
                    &[("PW", "secret word")],
                )
                .ok();
            world
        };
        let undisturbed = prepared();
        let trace = undisturbed.path("trace");
        let fault = format!("trace@{}", trace.display());
        let words = |more: &[&str]| {
            let mut words = vec!["seed", "apply", "small", "--json"];
            words.extend(options);
            words.extend(more);
            words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>()
        };
        let arguments = words(&[]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        undisturbed.run_with(&arguments, &[("FLOWBIT_FAULT", &fault)]).ok();
        let expected = (lives.fetch(&undisturbed, "acme", "tickets"), lives.fetch(&undisturbed, "acme", "users").len());
        let mut places: Vec<String> = fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect();
        places.dedup();
        let all = places.len();
        for place in sample(&format!("{lives:?}: places of an apply"), &places, 9) {
            let world = prepared();
            let killed = world.run_with(&arguments, &[("FLOWBIT_FAULT", &format!("kill@{place}"))]);
            assert_eq!(killed.status, 137, "{place}: {killed:?}");
            apply(&world, &options).ok();
            let found = lives.fetch(&world, "acme", "tickets");
            // Links of accounts hold identifiers of organizations, which differ; tickets are equal to the byte.
            assert_eq!(found, expected.0, "{lives:?} {place}");
            assert_eq!(lives.fetch(&world, "acme", "users").len(), expected.1, "{lives:?} {place}");
            assert_eq!(
                world.run(&["op", "list", "--open", "--json"]).ok().json()["data"],
                serde_json::json!([]),
                "{place}"
            );
            assert_eq!(apply(&world, &options).ok().json()["changed"], false, "{place}");
        }
        eprintln!("{lives:?}: {all} places");
    }
}

#[test]
fn an_apply_that_waits_is_told_and_can_be_given_up() {
    let world = World::new(PAIR);
    write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    let killed =
        world.run_with(&["seed", "apply", "small", "--org", "amazon"], &[("FLOWBIT_FAULT", "kill@seed:begun")]);
    assert_eq!(killed.status, 137);
    let refused = world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).fails(5, "E0303");
    assert!(refused.error()["message"].as_str().unwrap().contains("seed.apply amazon"));
    let resumed = world.run(&["op", "resume", "amazon", "--json"]).fails(5, "E0307");
    assert!(resumed.error()["next"][0].as_str().unwrap().starts_with("flowbit seed apply small --org amazon"));
    world.run(&["op", "rollback", "amazon"]).ok();
    let after = world.state(&start);
    let own = |text: &str| text.lines().filter(|line| !line.contains("flowbit_")).collect::<Vec<_>>().join("\n");
    assert_same(&own(&after), &own(&before), "nothing was written");
}

#[test]
fn two_at_once_write_it_once() {
    for lives in LAYOUTS {
        let world = lives.world();
        world
            .run_with(
                &["org", "create", "acme", "--admin-email", "x@y.com", "--password-env", "PW"],
                &[("PW", "secret word")],
            )
            .ok();
        let arguments = ["seed", "apply", "small", "--org", "acme", "--json"];
        let mut children: Vec<_> = (0..2)
            .map(|_| {
                let mut command = world.command(&arguments);
                command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        let ended: Vec<Ran> = children.drain(..).map(|child| Ran::from(child.wait_with_output().unwrap())).collect();
        assert!(ended.iter().any(|ran| ran.status == 0), "{ended:?}");
        for ran in &ended {
            assert!([0, 5].contains(&ran.status), "{ran:?}");
        }
        apply(&world, &["--org", "acme"]).ok();
        assert_eq!(lives.fetch(&world, "acme", "tickets").len(), 2502);
        world.run(&["seed", "verify", "small", "--org", "acme"]).ok();
    }
}

#[test]
fn a_failing_server_changes_no_end() {
    let _turn = FAIL_POINT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let damages = [
        doc! { "failCommands": ["insert"], "closeConnection": true },
        doc! { "failCommands": ["insert"], "errorCode": 11_600 },
        doc! { "failCommands": ["insert"], "writeConcernError": { "code": 91, "errmsg": "shutting down" } },
        doc! { "failCommands": ["insert"], "writeConcernError": { "code": 64, "errmsg": "timed out" } },
        doc! { "failCommands": ["find"], "closeConnection": true },
    ];
    for (lives, damage, skip) in
        LAYOUTS.iter().flat_map(|l| damages.iter().flat_map(move |d| [1, 3].map(|n| (*l, d.clone(), n))))
    {
        let world = lives.world();
        world
            .run_with(
                &["org", "create", "acme", "--admin-email", "x@y.com", "--password-env", "PW"],
                &[("PW", "secret word")],
            )
            .ok();
        let mut data = damage.clone();
        data.insert("appName", &world.db);
        let admin = world.client.database("admin");
        let point = doc! { "configureFailPoint": "failCommand", "mode": { "skip": skip }, "data": data };
        world.wait(admin.run_command(point).into_future()).unwrap();
        let off = std::thread::spawn({
            let port = world.port;
            move || {
                std::thread::sleep(std::time::Duration::from_millis(150));
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
                    let admin = mongodb::Client::with_uri_str(uri).await.unwrap().database("admin");
                    admin.run_command(doc! { "configureFailPoint": "failCommand", "mode": "off" }).await.unwrap();
                });
            }
        });
        let ran = apply(&world, &["--org", "acme"]);
        off.join().unwrap();
        if ran.status != 0 {
            assert!([1, 5, 8].contains(&ran.status), "{lives:?} {damage}: {ran:?}");
            apply(&world, &["--org", "acme"]).ok();
        }
        assert_eq!(lives.fetch(&world, "acme", "tickets").len(), 2502, "{lives:?} {damage}");
        world.run(&["seed", "verify", "small", "--org", "acme"]).ok();
    }
}

/// Each broken thing, what is said of it, and that nothing was written.
#[test]
fn what_is_broken_is_located_and_writes_nothing() {
    let long = format!("_key,title\nlong,{}\n", "x".repeat(17 * 1024 * 1024));
    let cases: Vec<(&str, String, &str)> = vec![
        ("tickets.csv", TICKETS.replace("anna", "annna"), "tickets.csv:2: userId: `users/annna` does not exist"),
        ("tickets.csv", TICKETS.replace("last\"", "last"), "tickets.csv:3: "),
        (
            "tickets.csv",
            TICKETS.replace("second,", "first,"),
            "tickets.csv:3: _key: the key \"first\" stands here a second",
        ),
        ("tickets.csv", TICKETS.replace(",1\n", ",one\n"), "tickets.csv:2: n: \"one\" is not a whole number"),
        ("tickets.csv", TICKETS.replace("_key", "key"), "tickets.csv:2: _key: the row has no `_key`"),
        ("tickets.csv", long, "tickets.csv:2: the document has "),
        (
            "users.json",
            USERS.replace("\"role\": \"User\"", "\"tenantName\": 5, \"role\": \"User\""),
            "users.json:3: tenantName: this says whose",
        ),
        (
            "seed.toml",
            SET.replace("rows = 20", "rows = 20\nclosed = true"),
            "users.json:3: since: this field is not known here",
        ),
        ("users.json", USERS.replace("]", ","), "users.json:4: no JSON array"),
        ("users.json", USERS.replace("$at", "$et"), "users.json:3: since: "),
        ("seed.toml", SET.replace("rows = 20", "row = 20"), "seed.toml:16: collection[0].row: unknown field `row`"),
        (
            "seed.toml",
            SET.replace("words = \"things\" }, count", "words = \"thinks\" }, count"),
            "there is no list `thinks`",
        ),
        ("seed.toml", SET.replace("\"Late {thing}", "\"Late {tags}{author} {title}"), "depend on each other"),
        (
            "seed.toml",
            SET.replace("as_of = \"2026-01-01\"", "as_of = \"soon\""),
            "seed.toml:6: as_of: \"soon\" is neither",
        ),
        ("seed.toml", SET.replace("demo = true", "layouts = [\"elsewhere\"]"), "layouts"),
        ("seed.toml", SET.replace("demo = true\n", ""), "password: a password stands in the file"),
        ("seed.toml", SET.replace("name = \"tickets\"", "name = \"tickats\""), "have no collection `tickats`"),
        ("seed.toml", SET.replace("admin = \"boss\"", "admin = \"bos\""), "no account of the set has the key \"bos\""),
    ];
    let world = World::new(DATABASES);
    world.pair_of_databases();
    let start = world.start();
    let before = world.state(&start);
    let whole = [("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)];
    for (file, text, says) in cases {
        write_set(&world, "small", &whole);
        write_set(&world, "small", &[(file, &text)]);
        eprintln!("{file}: {says}");
        let ran = apply(&world, &["--org", "amazon"]).fails(2, "E0121");
        let said = ran.error()["message"].as_str().unwrap().to_owned();
        assert!(said.contains(says), "{file}: expected {says:?} in {:?}", said.chars().take(400).collect::<String>());
        if !says.contains("has ") {
            let lint = world.run(&["seed", "lint", "small", "--org", "amazon", "--json"]);
            assert_eq!(lint.status, 6, "{file} {says}: {lint:?}");
        }
    }
    write_set(&world, "small", &whole);
    fs::write(world.path("seed/small/tickets.csv"), b"_key,title\na,\xff\xfe\n").unwrap();
    let ran = apply(&world, &["--org", "amazon"]).fails(2, "E0121");
    assert!(ran.error()["message"].as_str().unwrap().contains("tickets.csv:2: this is not UTF-8"));
    write_set(&world, "small", &whole);
    let other = SET.replace("demo = true", "demo = true\nlayouts = [\"shared\"]");
    write_set(&world, "small", &[("seed.toml", &other)]);
    let ran = apply(&world, &["--org", "amazon"]).fails(2, "E0121");
    assert!(ran.error()["message"].as_str().unwrap().contains("for the layout shared"));
    write_set(&world, "small", &whole);
    world.run(&["seed", "apply", "smal", "--json"]).fails(3, "E0205");
    apply(&world, &[]).fails(2, "E0101");
    apply(&world, &["--org", "nobody"]).fails(3, "E0201");
    apply(&world, &["--org", "amazon", "--scale", "-1"]).fails(2, "E0101");
    apply(&world, &["--org", "amazon", "--as-of", "soon"]).fails(2, "E0101");
    assert_same(&world.state(&start), &before, "nothing was written");
}

#[test]
fn values_of_others_are_respected() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let set = SET.replace(
        "name = \"tickets\"\nfiles = [\"tickets.csv\"]\nrows = 2500",
        "name = \"products\"\nfiles = [\"products.csv\"]\nrows = 50",
    ) + "sku = \"amazon-{row}\"\n";
    write_set(
        &world,
        "small",
        &[("seed.toml", &set), ("users.json", USERS), ("products.csv", "_key,sku\na,amazon-3\n")],
    );
    let start = world.start();
    let before = world.state(&start);
    // A fixture is looked up beforehand.
    let ran = apply(&world, &["--org", "amazon"]).fails(5, "E0316");
    assert!(ran.error()["message"].as_str().unwrap().contains("products.csv:2"), "{ran:?}");
    // So is an e-mail, whatever its case and without an index.
    world.insert("users", vec![doc! { "_id": oid(0, 99), "email": "BOSS@amazon.com" }]);
    write_set(&world, "small", &[("products.csv", "_key,sku\na,other\n")]);
    let ran = apply(&world, &["--org", "amazon"]).fails(5, "E0316");
    assert!(ran.error()["message"].as_str().unwrap().contains("users.json:2"), "{ran:?}");
    world.wait(world.collection("users").delete_one(doc! { "_id": oid(0, 99) }).into_future()).unwrap();
    assert_same(&world.state(&start), &before, "nothing was written");
    // Generated rows meet the index: what can be written is, the rest is named, and it can be repeated.
    let ran = apply(&world, &["--org", "amazon"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    let told = ran.json();
    assert_eq!((&told["ok"], &told["data"]["refused"]), (&false.into(), &4.into()), "{told}");
    let clash = &told["data"]["orgs"][0]["clashes"][0];
    assert_eq!(clash["row"], "products row 1", "{clash}");
    assert!(clash["why"].as_str().unwrap().contains("sku_1"), "{clash}");
    assert_eq!(world.count("org_amazon_products"), 5 + 51 - 4);
    assert_eq!(world.run(&["op", "list", "--open", "--json"]).ok().json()["data"], serde_json::json!([]));
    world
        .wait(
            world
                .collection("org_amazon_products")
                .delete_many(doc! { "_id": { "$gte": oid(0, 200), "$lt": oid(0, 300) } })
                .into_future(),
        )
        .unwrap();
    let again = apply(&world, &["--org", "amazon"]).ok().json();
    assert_eq!(again["data"]["inserted"], 4, "{again}");
    assert_eq!(apply(&world, &["--org", "amazon"]).ok().json()["changed"], false);
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

/// Somebody renames the organization after it was looked at: nothing is written under the name it had.
#[test]
fn a_rename_in_between_is_noticed() {
    for lives in LAYOUTS {
        let world = lives.world();
        let password = [("PW", "secret word")];
        let create = ["org", "create", "acme", "--admin-email", "x@y.com", "--password-env", "PW"];
        world.run_with(&create, &password).ok();
        let (child, gate) = world.held(&["seed", "apply", "small", "--org", "acme", "--json"], "hold@begin:before");
        world.run(&["org", "rename", "acme", "zeta", "--confirm", "acme"]).ok();
        let names = world.databases();
        fs::remove_file(gate).unwrap();
        Ran::from(child.wait_with_output().unwrap()).fails(5, "E0304");
        assert_eq!(world.databases(), names);
        if lives != Lives::Database {
            // The old database answers every read with where the data went.
            assert_eq!(lives.fetch(&world, "acme", "tickets"), [], "{lives:?}");
        }
        assert_eq!(lives.fetch(&world, "zeta", "tickets"), [], "{lives:?}");
        assert_eq!(world.run(&["op", "list", "--open", "--json"]).ok().json()["data"], serde_json::json!([]));
    }
}

/// Whoever was killed before the first document had said how the set was to be written; whoever says it otherwise is heard.
#[test]
fn what_a_killed_run_wanted_is_remembered_or_replaced() {
    let world = World::new(SHARED);
    write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
    apply(&world, &["--org", "acme", "--create-org", "--scale", "0"]).ok();
    world.run(&["seed", "reset", "small", "--org", "acme", "--confirm", "acme"]).ok();
    let kill = [("FLOWBIT_FAULT", "kill@seed:begun")];
    let base = ["seed", "apply", "small", "--org", "acme", "--json"];
    let with = |more: &[&'static str]| base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    assert_eq!(world.run_with(&with(&["--scale", "0.5"]), &kill).status, 137);
    let first = apply(&world, &["--org", "acme", "--scale", "0.1"]).ok().json();
    assert_eq!(first["data"]["inserted"], 250 + 2 + 2 + 1, "{first}");
    assert_eq!(world.run_with(&with(&["--scale", "0.2", "--as-of", "2026-02-02"]), &kill).status, 137);
    let second = apply(&world, &["--org", "acme", "--scale", "0.3"]).ok().json();
    assert_eq!(second["data"]["inserted"], 500 + 4, "{second}");
    world.run(&["seed", "verify", "small", "--org", "acme"]).ok();
    assert_eq!(apply(&world, &["--org", "acme"]).ok().json()["changed"], false);
    assert_eq!(world.run(&["op", "list", "--open", "--json"]).ok().json()["data"], serde_json::json!([]));
    let lost = World::new(SHARED);
    write_set(&lost, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
    lost.run_with(
        &["org", "create", "acme", "--admin-email", "x@y.com", "--password-env", "PW"],
        &[("PW", "secret word")],
    )
    .ok();
    assert_eq!(lost.run_with(&with(&["--scale", "0.5", "--seed-key", "mine"]), &kill).status, 137);
    let again = apply(&lost, &["--org", "acme"]).ok().json();
    assert_eq!(again["data"]["inserted"], 1250 + 2 + 10 + 2, "{again}");
    lost.run(&["seed", "verify", "small", "--org", "acme"]).ok();
    apply(&lost, &["--org", "acme", "--seed-key", "flowbit"]).fails(5, "E0315");
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

/// A view in the place of a collection is no place for documents, and nothing is said to be written.
#[test]
fn a_view_is_no_place() {
    let world = World::new(PAIR);
    write_set(&world, "small", &[("seed.toml", SET), ("users.json", USERS), ("tickets.csv", TICKETS)]);
    world.pair_of_tenants();
    world.command_on(doc! { "drop": "org_amazon_tickets" });
    world.command_on(doc! { "create": "org_amazon_tickets", "viewOn": "org_amazon_products", "pipeline": [] });
    apply(&world, &["--org", "amazon"]).fails(5, "E0309");
    assert_eq!(world.find("flowbit_seeds", doc! { "whole": true }), []);
}
