//! The least rights of tenants on a server with access control: given, taken, and tried until nothing is left to try.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Mutex, OnceLock};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use serde_json::Value;

use crate::servers::start_mongod_with;
use crate::world::{DATABASES, PAIR, Ran, SHARED, World};

fn guarded() -> u16 {
    static PORT: OnceLock<(u16, Mutex<std::process::Child>)> = OnceLock::new();
    PORT.get_or_init(|| {
        let (port, holder) = start_mongod_with(Some("granted"), true);
        crate::local::wait(async {
            let uri = format!("mongodb://127.0.0.1:{port}/?directConnection=true");
            let client = mongodb::Client::with_uri_str(uri).await.unwrap();
            let root = doc! { "createUser": "root", "pwd": "root-pw", "roles": ["root"] };
            client.database("admin").run_command(root).await.unwrap();
        });
        (port, Mutex::new(holder))
    })
    .0
}

/// The shared layout with accounts among what tenants see.
fn shared() -> String {
    format!(
        "{SHARED}\n[[keyed]]\ncollection = \"users\"\nkey = \"customerId\"\nfields = {{ customerId = \"{{name}}\" }}\n"
    )
}

/// The three layouts, each with two tenants whose names are prefixes of each other.
fn layout(word: &str) -> World {
    let platform = match word {
        "collection" => PAIR.to_owned(),
        "database" => DATABASES.to_owned(),
        _ => shared(),
    };
    let mut world = World::as_user(guarded(), &platform, "root:root-pw@");
    let uri = format!("mongodb://root:root-pw@127.0.0.1:{}/?directConnection=true&authSource=admin", world.port);
    world.env("FLOWBIT_URI", &uri);
    match word {
        "collection" => world.pair_of_tenants(),
        "database" => world.pair_of_databases(),
        _ => world.pair_of_keys(),
    }
    world
}

const LAYOUTS: [&str; 3] = ["collection", "database", "shared"];

fn grants(world: &World, more: &[&str]) -> Ran {
    world.run(&[&["isolation", "grants"], more, &["--json"]].concat())
}

fn apply(world: &World, file: &str) -> Value {
    grants(world, &["--all", "--apply", "--passwords", file]).ok().json()
}

fn test(world: &World) -> Value {
    let ran = grants(world, &["--all", "--test"]);
    assert!(ran.stdout.starts_with('{'), "{ran:?}");
    ran.json()
}

fn states(answer: &Value) -> Vec<String> {
    let all = answer["data"]["organizations"].as_array().unwrap();
    all.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect()
}

fn run(world: &World, db: &str, command: Document) -> Document {
    world.wait(world.client.database(db).run_command(command).into_future()).unwrap()
}

/// Users of the test's master database, by name.
fn users(world: &World) -> Vec<Document> {
    let reply = run(world, &world.db, doc! { "usersInfo": 1 });
    reply.get_array("users").unwrap().iter().map(|user| user.as_document().unwrap().clone()).collect()
}

/// Users, roles, and views: whatever is left of rights.
fn left(world: &World) -> Vec<String> {
    let mut left: Vec<String> = users(world).iter().map(|user| user.get_str("user").unwrap().to_owned()).collect();
    for db in world.databases() {
        let reply = run(world, &db, doc! { "rolesInfo": 1 });
        let roles = reply.get_array("roles").unwrap().iter().map(|role| role.as_document().unwrap());
        left.extend(roles.map(|role| role.get_str("role").unwrap().to_owned()));
    }
    left.extend(world.names().into_iter().filter(|name| name.starts_with("flowbit_view.")));
    left
}

/// Every collection with options, indexes and a digest of its documents, but for the trail.
fn everything(world: &World) -> String {
    let mut lines = Vec::new();
    for db in world.databases() {
        let hash = run(world, &db, doc! { "dbHash": 1 });
        for entry in world.catalog_of(&db) {
            let name = entry.get_str("name").unwrap();
            if name == "audit_logs" || name.starts_with("flowbit_") {
                continue;
            }
            let indexes: Vec<Document> = match entry.get_str("type") {
                Ok("collection") => world.wait(async {
                    let list = doc! { "listIndexes": name };
                    let cursor = world.client.database(&db).run_cursor_command(list).await.unwrap();
                    cursor.try_collect().await.unwrap()
                }),
                _ => Vec::new(),
            };
            let digest = hash.get_document("collections").unwrap().get(name).cloned();
            lines.push(format!("{db} {entry} {indexes:?} {digest:?}"));
        }
    }
    lines.join("\n")
}

/// The passwords of a file, by user.
fn passwords(world: &World, file: &str) -> Vec<(String, String)> {
    let path = world.path(file);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(path).unwrap();
    let line = |line: &str| -> (String, String) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["authSource"], world.db, "{line}");
        (line["user"].as_str().unwrap().to_owned(), line["password"].as_str().unwrap().to_owned())
    };
    text.lines().map(line).collect()
}

/// A connection with what such a file has.
fn as_user(world: &World, (user, password): &(String, String)) -> mongodb::Client {
    let (db, port) = (&world.db, world.port);
    let uri = format!("mongodb://{user}:{password}@127.0.0.1:{port}/?directConnection=true&authSource={db}");
    world.wait(mongodb::Client::with_uri_str(uri)).unwrap()
}

/// The server's code for a command; 0 where it went through.
fn code(world: &World, client: &mongodb::Client, db: &str, command: Document) -> i32 {
    match world.wait(client.database(db).run_command(command).into_future()) {
        Ok(_) => 0,
        Err(error) => match *error.kind {
            mongodb::error::ErrorKind::Command(ref failed) => failed.code,
            ref other => panic!("{other}"),
        },
    }
}

#[test]
fn every_layout_is_given_what_it_needs_and_refused_the_rest() {
    for word in LAYOUTS {
        let world = layout(word);
        let before = everything(&world);
        let found = || {
            let list = |words: &[&str]| -> Vec<String> {
                let answer = world.run(&[words, &["--json"]].concat()).json();
                let all = answer["data"]["findings"].as_array().unwrap_or_else(|| panic!("{answer}"));
                let lines = all.iter().map(|finding| format!("{} {}", finding["rule"], finding["place"]));
                // The trail begins with what is given.
                lines.filter(|line| !line.contains("audit_logs")).collect()
            };
            (list(&["isolation", "check"]), list(&["doctor"]))
        };
        let findings = found();
        let planned = grants(&world, &[]).ok().json();
        assert_eq!(states(&planned), ["missing", "missing"], "{word}: {planned}");
        assert_eq!(left(&world), Vec::<String>::new(), "{word}");
        let given = apply(&world, "pw");
        assert_eq!((states(&given), &given["changed"]), (vec!["given".to_owned(); 2], &Value::from(true)), "{word}");
        let known = passwords(&world, "pw");
        assert_eq!(known.len(), 2, "{word}");
        assert!(!given.to_string().contains(&known[0].1), "{word}");
        assert_eq!(planned["next"][0], "flowbit isolation grants --all --apply --passwords FILE", "{word}");
        let same = grants(&world, &["--all"]).ok().json();
        assert_eq!(states(&same), ["same", "same"], "{word}: {same}");
        let rights = left(&world);
        assert_eq!(found(), findings, "{word}: rights and views of flowbit's own making are no finding");
        let again = grants(&world, &["--all", "--apply"]).ok().json();
        assert_eq!((states(&again), &again["changed"]), (vec!["same".to_owned(); 2], &Value::from(false)), "{word}");

        let ran = grants(&world, &["--all", "--test"]);
        assert_eq!(ran.status, 0, "{word}: {ran:?}");
        let tried = ran.json();
        let data = &tried["data"];
        assert_eq!((&data["good"], &data["organizations"], &data["pairs"]), (&true.into(), &2.into(), &2.into()));
        assert_eq!(data["attempts"]["tried"], data["attempts"]["refused"], "{word}: {data}");
        assert!(data["attempts"]["tried"].as_u64().unwrap() > 100, "{word}: {data}");
        assert!(data["allowed"].as_u64().unwrap() > 8, "{word}: {data}");
        assert_eq!((&data["leaks"], &data["unknown"]), (&serde_json::json!([]), &serde_json::json!([])), "{word}");
        assert_eq!((&data["wider"], &data["denied"]), (&serde_json::json!([]), &serde_json::json!([])), "{word}");
        assert_eq!(left(&world), rights, "{word}: nobody who tried is left");

        world.run(&["isolation", "grants", "--all", "--remove", "--confirm", "2"]).ok();
        assert_eq!(left(&world), Vec::<String>::new(), "{word}");
        assert_eq!(everything(&world), before, "{word}");
        let nothing = grants(&world, &["--all", "--remove"]).ok().json();
        assert_eq!(nothing["changed"], false, "{word}");
    }
}

#[test]
fn whoever_has_the_password_can_do_that_and_nothing_else() {
    let world = layout("collection");
    apply(&world, "pw");
    let known = passwords(&world, "pw");
    let client = as_user(&world, &known[0]);
    let db = &world.db;
    assert_eq!(
        code(&world, &client, db, doc! { "insert": "org_amazon_tickets", "documents": [{ "title": "mine" }] }),
        0
    );
    assert_eq!(code(&world, &client, db, doc! { "find": "org_amazon_tickets" }), 0);
    assert_eq!(code(&world, &client, db, doc! { "find": "org_amazon-global_tickets" }), 13);
    assert_eq!(code(&world, &client, db, doc! { "drop": "org_amazon_tickets" }), 13, "not even its own");
    assert_eq!(world.find("org_amazon_tickets", doc! { "title": "mine" }).len(), 1);

    let world = layout("database");
    apply(&world, "pw");
    let known = passwords(&world, "pw");
    let client = as_user(&world, &known[0]);
    let (own, other) = (format!("{}_amazon", world.db), format!("{}_amazon-global", world.db));
    assert_eq!(code(&world, &client, &own, doc! { "insert": "new", "documents": [{ "title": "mine" }] }), 0);
    assert_eq!(code(&world, &client, &own, doc! { "listCollections": 1 }), 0);
    assert_eq!(code(&world, &client, &own, doc! { "dropDatabase": 1 }), 13);
    assert_eq!(code(&world, &client, &own, doc! { "collMod": "tickets", "validator": {} }), 13);
    let view = doc! { "create": "spy", "viewOn": "users", "pipeline": [] };
    assert_eq!(code(&world, &client, &own, view), 13);
    assert_eq!(code(&world, &client, &other, doc! { "find": "tickets" }), 13);

    let world = layout("shared");
    world.insert("tickets", vec![doc! { "title": "both", "customerId": ["amazon", "amazon global"] }]);
    world.insert(
        "users",
        vec![doc! { "customerId": "amazon", "email": "x@y.zz", "resetOtp": "1", "refreshTokens": ["t"] }],
    );
    apply(&world, "pw");
    let known = passwords(&world, "pw");
    let client = as_user(&world, &known[0]);
    let seen = |view: &str| -> Vec<Document> {
        world.wait(async {
            let collection = client.database(&world.db).collection::<Document>(view);
            collection.find(doc! {}).await.unwrap().try_collect().await.unwrap()
        })
    };
    let tickets = seen("flowbit_view.amazon.tickets");
    assert_eq!(tickets.len(), 20);
    assert!(tickets.iter().all(|ticket| ticket.get("customerId") == Some(&Bson::from("amazon"))));
    let accounts = seen("flowbit_view.amazon.users");
    assert_eq!(accounts.len(), 4);
    for field in ["password", "resetOtp", "refreshTokens"] {
        assert!(accounts.iter().all(|account| !account.contains_key(field)), "{field}");
    }
    let db = &world.db;
    assert_eq!(code(&world, &client, db, doc! { "find": "tickets" }), 13);
    let write = doc! { "update": "flowbit_view.amazon.tickets", "updates": [{ "q": {}, "u": { "$set": { "x": 1 } } }] };
    assert_eq!(code(&world, &client, db, write), 13);
}

#[test]
fn each_attempt_can_fail_and_harms_nothing_then() {
    for word in LAYOUTS {
        let world = layout(word);
        apply(&world, "pw");
        let before = everything(&world);
        let rights = left(&world);
        let root = doc! { "grantRolesToUser": "flowbit_tenant_amazon", "roles": [{ "role": "root", "db": "admin" }] };
        run(&world, &world.db, root);
        let ran = grants(&world, &["--org", "amazon", "--test"]);
        assert_eq!(ran.status, 6, "{word}: {ran:?}");
        let data = ran.json()["data"].clone();
        assert_eq!(data["unknown"], serde_json::json!([]), "{word}: what is let through is known to be");
        let refused: BTreeSet<&str> = data["kinds"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, kind)| kind["leaks"] == 0)
            .map(|(what, _)| what.as_str())
            .collect();
        // A cursor is only ever read by whoever opened it, whatever rights somebody else has; and the view itself is right.
        let expected: BTreeSet<&str> = match word {
            "shared" => ["getMore", "documents of others in its view"].into(),
            _ => ["getMore"].into(),
        };
        assert_eq!(refused, expected, "{word}: {data}");
        assert_eq!(everything(&world), before, "{word}: nothing was harmed");
        assert_eq!(left(&world), rights, "{word}: nothing was made");
    }
}

#[test]
fn planted_leaks_are_found() {
    // A role that reads a neighbour's collection.
    let world = layout("collection");
    apply(&world, "pw");
    let find = |coll: &str| doc! { "resource": { "db": &world.db, "collection": coll }, "actions": ["find"] };
    let on =
        doc! { "grantPrivilegesToRole": "flowbit_tenant_amazon", "privileges": [find("org_amazon-global_tickets")] };
    run(&world, &world.db, on);
    let tried = test(&world);
    let leaks = tried["data"]["leaks"].as_array().unwrap();
    let kinds: BTreeSet<&str> = leaks.iter().map(|leak| leak["attempt"].as_str().unwrap()).collect();
    for kind in
        ["find", "count", "aggregate", "$lookup", "$unionWith", "$graphLookup", "distinct", "look up what it may"]
    {
        assert!(kinds.contains(kind), "{kind} of {kinds:?}");
    }
    assert!(!kinds.contains("insert") && !kinds.contains("drop"), "{kinds:?}");
    assert!(leaks.iter().all(|leak| leak["organization"] == "amazon"), "{leaks:?}");
    let differs = grants(&world, &["--all"]).ok().json();
    assert_eq!(states(&differs), ["differs", "same"]);
    let much = format!("find on {}.org_amazon-global_tickets", world.db);
    assert_eq!(differs["data"]["organizations"][0]["too_much"], serde_json::json!([much]));
    // Taking something away is agreed to.
    let ran = grants(&world, &["--all", "--apply"]).fails(10, "E1001");
    let next = ["repeat with --confirm 2", "flowbit isolation grants --all   # shows what would change"];
    assert_eq!(ran.error()["next"], serde_json::json!(next));
    grants(&world, &["--all", "--apply", "--confirm", "2"]).ok();
    assert_eq!(test(&world)["data"]["good"], true);

    // A view of somebody's over a neighbour's collection, through another view.
    world.command_on(doc! { "create": "report_base", "viewOn": "org_amazon-global_tickets", "pipeline": [] });
    world.command_on(doc! { "create": "report", "viewOn": "report_base", "pipeline": [] });
    let on = doc! { "grantPrivilegesToRole": "flowbit_tenant_amazon", "privileges": [find("report")] };
    run(&world, &world.db, on);
    let tried = test(&world);
    let leaks = tried["data"]["leaks"].as_array().unwrap();
    assert!(
        leaks.iter().any(|leak| leak["attempt"] == "find through a view" && leak["against"] == "amazon global"),
        "{leaks:?}"
    );

    // A role over every database.
    let world = layout("database");
    apply(&world, "pw");
    let any = doc! { "grantRolesToUser": "flowbit_tenant_amazon", "roles": [{ "role": "readWriteAnyDatabase", "db": "admin" }] };
    run(&world, &world.db, any);
    let tried = test(&world);
    let leaks = tried["data"]["leaks"].as_array().unwrap();
    let against: BTreeSet<&str> = leaks.iter().map(|leak| leak["against"].as_str().unwrap()).collect();
    assert_eq!(against, ["(platform)", "amazon global"].into());
    let kinds: BTreeSet<&str> = leaks.iter().map(|leak| leak["attempt"].as_str().unwrap()).collect();
    for kind in ["find", "insert", "update", "delete", "drop", "$merge", "$out", "listCollections", "watch"] {
        assert!(kinds.contains(kind), "{kind} of {kinds:?}");
    }

    // A view whose match was loosened.
    let world = layout("shared");
    apply(&world, "pw");
    let name = "flowbit_view.amazon.tickets";
    let mark = world.catalog().into_iter().find(|entry| entry.get_str("name").unwrap() == name).unwrap();
    let mut pipeline = mark.get_document("options").unwrap().get_array("pipeline").unwrap().clone();
    pipeline[0] = Bson::Document(doc! { "$match": {} });
    world.command_on(doc! { "collMod": name, "viewOn": "tickets", "pipeline": pipeline });
    let tried = test(&world);
    let leaks = tried["data"]["leaks"].as_array().unwrap();
    assert!(leaks.iter().any(|leak| leak["attempt"] == "documents of others in its view"), "{leaks:?}");
    assert_eq!(states(&grants(&world, &["--all"]).ok().json()), ["differs", "same"]);
    grants(&world, &["--all", "--apply", "--confirm", "2"]).ok();
    assert_eq!(test(&world)["data"]["good"], true);
}

#[test]
fn what_is_needed_and_missing_is_found() {
    let world = layout("collection");
    apply(&world, "pw");
    let insert = doc! { "resource": { "db": &world.db, "collection": "org_amazon_tickets" }, "actions": ["insert"] };
    run(&world, &world.db, doc! { "revokePrivilegesFromRole": "flowbit_tenant_amazon", "privileges": [insert] });
    let ran = grants(&world, &["--all", "--test"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    let denied = ran.json()["data"]["denied"].clone();
    assert_eq!(denied.as_array().unwrap().len(), 1, "{denied}");
    assert_eq!((&denied[0]["attempt"], &denied[0]["organization"]), (&"insert".into(), &"amazon".into()));
    let differs = grants(&world, &["--org", "amazon"]).ok().json();
    let little = format!("insert on {}.org_amazon_tickets", world.db);
    assert_eq!(differs["data"]["organizations"][0]["too_little"], serde_json::json!([little]));
    grants(&world, &["--org", "amazon", "--apply"]).ok();
    assert_eq!(test(&world)["data"]["good"], true);
}

#[test]
fn a_kill_at_any_point_is_healed_by_repeating() {
    for word in LAYOUTS {
        let world = layout(word);
        let mut kills = 0;
        // Giving for the first time.
        for n in 1.. {
            let file = format!("pw{n}");
            let fault = format!("kill@mutation:{n}:{}", if n % 2 == 0 { "before" } else { "after" });
            let words = ["isolation", "grants", "--all", "--apply", "--passwords", &file, "--json"];
            let ran = world.run_with(&words, &[("FLOWBIT_FAULT", &fault)]);
            if ran.status == 0 {
                break;
            }
            assert_eq!(ran.status, 137, "{ran:?}");
            kills += 1;
            // Whoever is there can be logged in as with what was written before.
            let files: Vec<(String, String)> = (1..=n)
                .filter(|n| world.path(&format!("pw{n}")).exists())
                .flat_map(|n| passwords(&world, &format!("pw{n}")))
                .collect();
            for user in users(&world) {
                let name = user.get_str("user").unwrap();
                let fits = files.iter().filter(|(known, _)| known == name);
                let good = fits.filter(|known| {
                    let client = as_user(&world, known);
                    let ping = world
                        .wait(client.database(&world.db).run_command(doc! { "connectionStatus": 1 }).into_future());
                    ping.is_ok()
                });
                assert_eq!(good.count(), 1, "{word} {n}: {name}");
            }
            if n % 3 == 0 {
                world.run(&["isolation", "grants", "--all", "--remove", "--confirm", "2"]).ok();
                assert_eq!(left(&world), Vec::<String>::new(), "{word} {n}");
            }
            if n % 3 == 1 {
                let file = format!("after{n}");
                apply(&world, &file);
                assert_eq!(states(&grants(&world, &[]).ok().json()), ["same", "same"], "{word} {n}");
                world.run(&["isolation", "grants", "--all", "--remove", "--confirm", "2"]).ok();
            }
        }
        assert!(kills >= 4, "{word}: {kills}");
        // Taking it back.
        for n in 1.. {
            let again = format!("again{n}");
            grants(&world, &["--all", "--apply", "--passwords", &again]).ok();
            let fault = format!("kill@mutation:{n}:before");
            let words = ["isolation", "grants", "--all", "--remove", "--confirm", "2"];
            let ran = world.run_with(&words, &[("FLOWBIT_FAULT", &fault)]);
            if ran.status == 0 {
                break;
            }
            assert_eq!(ran.status, 137, "{ran:?}");
            world.run(&["isolation", "grants", "--all", "--remove", "--confirm", "2"]).ok();
            assert_eq!(left(&world), Vec::<String>::new(), "{word} {n}");
        }
    }
}

#[test]
fn users_of_a_killed_trial_are_dropped_by_the_next() {
    let world = layout("collection");
    apply(&world, "pw");
    let before = left(&world);
    let words = ["isolation", "grants", "--all", "--test", "--json"];
    // The entry in the trail, the first user, its end, the second user.
    for (fault, swept) in [("kill@mutation:2:after", 1), ("kill@mutation:3:before", 1), ("kill@mutation:2:before", 0)] {
        assert_eq!(world.run_with(&words, &[("FLOWBIT_FAULT", fault)]).status, 137);
        assert_eq!(left(&world).len(), before.len() + swept, "{fault}");
        let tried = grants(&world, &["--all", "--test"]).ok().json();
        assert_eq!(tried["data"]["swept"], swept, "{fault}");
        assert_eq!(left(&world), before, "{fault}");
    }
    // One that is still at work is left alone.
    let (child, gate) = world.held(&words, "hold@mutation:3:before");
    let tried = grants(&world, &["--org", "amazon", "--test"]).ok().json();
    assert_eq!(tried["data"]["swept"], 0);
    std::fs::remove_file(gate).unwrap();
    assert_eq!(Ran::from(child.wait_with_output().unwrap()).status, 0);
    assert_eq!(left(&world), before);
}

#[test]
fn what_flowbit_did_not_make_is_left_alone() {
    let world = layout("collection");
    run(&world, &world.db, doc! { "createUser": "flowbit_tenant_amazon", "pwd": "x", "roles": [] });
    let before = left(&world);
    let ran = grants(&world, &["--org", "amazon", "--apply", "--passwords", "pw"]).fails(5, "E0340");
    assert!(ran.error()["message"].as_str().unwrap().contains("flowbit_tenant_amazon"), "{ran:?}");
    assert!(!world.path("pw").exists());
    assert_eq!(left(&world), before);
    // The others get theirs.
    let ran = grants(&world, &["--all", "--apply", "--passwords", "pw"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!(states(&ran.json()), ["failed", "given"]);
    grants(&world, &["--all", "--remove", "--confirm", "2"]).ok();
    assert_eq!(left(&world), before);

    // A role that no user of ours names.
    let world = layout("database");
    let db = format!("{}_amazon", world.db);
    let none = Vec::<Bson>::new();
    run(&world, &db, doc! { "createRole": "flowbit_tenant_amazon", "privileges": none.clone(), "roles": none.clone() });
    grants(&world, &["--org", "amazon", "--apply", "--passwords", "pw"]).fails(5, "E0340");
    run(&world, &db, doc! { "dropRole": "flowbit_tenant_amazon" });

    // Something else at the name of a view.
    let world = layout("shared");
    world.command_on(doc! { "create": "flowbit_view.amazon.tickets", "viewOn": "tickets", "pipeline": [] });
    grants(&world, &["--org", "amazon", "--apply", "--passwords", "pw"]).fails(5, "E0340");
    assert_eq!(left(&world), ["flowbit_view.amazon.tickets"]);
}

#[test]
fn after_a_rename_the_same_user_gets_the_rights_anew() {
    for word in ["collection", "database"] {
        let world = layout(word);
        apply(&world, "pw");
        let known = passwords(&world, "pw");
        world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon"]).ok();
        let differs = grants(&world, &["--org", "jungle"]).ok().json();
        assert_eq!(states(&differs), ["differs"], "{word}: {differs}");
        grants(&world, &["--all", "--apply", "--confirm", "2"]).ok();
        let same = grants(&world, &[]).ok().json();
        assert_eq!(states(&same), ["same", "same"], "{word}: {same}");
        let user = &same["data"]["organizations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["organization"] == "jungle")
            .unwrap()["user"];
        assert_eq!(user["name"], "flowbit_tenant_amazon", "{word}: nobody has to log in anew");
        let client = as_user(&world, &known[0]);
        let (db, coll) = match word {
            "collection" => (world.db.clone(), "org_jungle_tickets"),
            _ => (format!("{}_jungle", world.db), "tickets"),
        };
        assert_eq!(code(&world, &client, &db, doc! { "find": coll }), 0, "{word}");
        assert_eq!(test(&world)["data"]["good"], true, "{word}");
        let roles: Vec<String> = left(&world).into_iter().filter(|name| name.contains("amazon")).collect();
        // The user, and user and role of the other tenant.
        assert_eq!(roles.len(), 3, "{word}: {roles:?}");
        grants(&world, &["--all", "--remove", "--confirm", "2"]).ok();
        assert_eq!(left(&world), Vec::<String>::new(), "{word}");
    }
    // Where a tenant is known by its name alone, the renamed one is another; what the old one had is cleared away.
    let world = layout("shared");
    apply(&world, "pw");
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon"]).ok();
    let planned = grants(&world, &[]).ok().json();
    assert_eq!(states(&planned), ["same", "missing"], "{planned}");
    assert_eq!(planned["data"]["gone"][0]["organization"], "amazon");
    grants(&world, &["--all", "--apply", "--passwords", "pw2"]).ok();
    grants(&world, &["--gone", "--remove"]).fails(10, "E1001");
    grants(&world, &["--gone", "--remove", "--confirm", "1"]).ok();
    let planned = grants(&world, &[]).ok().json();
    assert_eq!((states(&planned), &planned["data"]["gone"]), (vec!["same".to_owned(); 2], &serde_json::json!([])));
    assert_eq!(test(&world)["data"]["good"], true);
    // Views are in nobody's way.
    world.run(&["org", "delete", "jungle", "--confirm", "jungle"]).ok();
    world.run(&["org", "restore", "jungle"]).ok();
    assert_eq!(states(&grants(&world, &[]).ok().json()), ["same", "same"]);
    world.run(&["org", "delete", "jungle", "--confirm", "jungle"]).ok();
    assert_eq!(grants(&world, &[]).ok().json()["data"]["gone"][0]["organization"], "jungle");
    world.run(&["org", "purge", "jungle", "--before-grace-ends", "--confirm", "jungle"]).ok();
    let check = world.run(&["isolation", "check", "--json"]);
    let found = check.json()["data"]["findings"].to_string();
    assert!(!found.contains("flowbit_view"), "{found}");
}

#[test]
fn passwords_are_changed_when_asked_and_kept_otherwise() {
    let world = layout("collection");
    apply(&world, "pw");
    let old = passwords(&world, "pw");
    let words = ["--org", "amazon", "--apply", "--new-passwords", "--passwords", "pw2"];
    grants(&world, &words).fails(10, "E1001");
    assert!(!world.path("pw2").exists());
    grants(&world, &[&words[..], &["--confirm", "amazon"]].concat()).ok();
    let new = passwords(&world, "pw2");
    assert_eq!((new.len(), &new[0].0), (1, &old[0].0));
    let ping = |known: &(String, String)| {
        let client = as_user(&world, known);
        world.wait(client.database(&world.db).run_command(doc! { "connectionStatus": 1 }).into_future()).is_ok()
    };
    assert!(ping(&new[0]) && !ping(&old[0]) && ping(&old[1]));
    let trail = world.find("audit_logs", doc! { "action": "isolation.granted" });
    assert_eq!(trail.len(), 3);
    assert!(!format!("{trail:?}").contains(&new[0].1));
}

#[test]
fn what_would_be_made_can_be_pasted_into_mongosh() {
    for word in LAYOUTS {
        let world = layout(word);
        let planned = grants(&world, &["--org", "amazon"]).ok().json();
        let commands: Vec<&str> = planned["data"]["organizations"][0]["commands"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c.as_str().unwrap())
            .collect();
        assert!(commands.iter().any(|c| c.contains(".createRole(")), "{commands:?}");
        let user = commands.iter().find(|c| c.contains(".createUser(")).unwrap();
        assert!(user.contains("passwordPrompt()"), "{user}");
        assert_eq!(
            commands.iter().filter(|c| c.contains(".createView(")).count(),
            if word == "shared" { 4 } else { 0 }
        );
        let shown = world.run(&["isolation", "grants", "--org", "amazon", "--commands"]).ok().stdout;
        for command in commands {
            assert!(shown.contains(command), "{shown}");
        }
    }
}

#[test]
fn wrong_words_change_nothing() {
    let world = layout("collection");
    grants(&world, &["--apply", "--passwords", "pw"]).fails(2, "E0101");
    grants(&world, &["--remove"]).fails(2, "E0101");
    grants(&world, &["--gone", "--apply", "--passwords", "pw"]).fails(2, "E0101");
    grants(&world, &["--all", "--apply"]).fails(2, "E0101");
    grants(&world, &["--org", "nobody"]).fails(3, "E0201");
    grants(&world, &["--all", "--test"]).fails(3, "E0230");
    std::fs::write(world.path("there"), "mine").unwrap();
    grants(&world, &["--all", "--apply", "--passwords", "there"]).fails(2, "E0101");
    assert_eq!(std::fs::read_to_string(world.path("there")).unwrap(), "mine");
    grants(&world, &["--all", "--apply", "--passwords", "pw", "--confirm", "7"]).fails(10, "E1002");
    for words in [
        &["--all", "--apply", "--test"][..],
        &["--all", "--org", "amazon"],
        &["--pairs", "3"],
        &["--all", "--test", "--pairs", "0"],
        &["--all", "--passwords", "pw"],
        &["--all", "--apply", "--new-passwords"],
    ] {
        assert_eq!(grants(&world, words).status, 2, "{words:?}");
    }
    assert!(!world.path("pw").exists());
    assert_eq!(left(&world), Vec::<String>::new());
    // One of two has rights: what it cannot be tried with is said.
    grants(&world, &["--org", "amazon", "--apply", "--passwords", "pw"]).ok();
    let ran = grants(&world, &["--all", "--test", "--pairs", "1"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    let data = ran.json()["data"].clone();
    assert_eq!((&data["without"][0], &data["pairs"]), (&"amazon global".into(), &1.into()));
    grants(&world, &["--org", "amazon", "--test"]).ok();
}

#[test]
fn tenants_that_share_a_store_get_no_rights() {
    let world = layout("database");
    let store = format!("{}_amazon", world.db);
    world
        .wait(
            world
                .collection("organizations")
                .update_one(doc! { "name": "amazon global" }, doc! { "$set": { "database_name": store } })
                .into_future(),
        )
        .unwrap();
    let planned = grants(&world, &[]).ok().json();
    assert_eq!(states(&planned), ["refused", "refused"], "{planned}");
    grants(&world, &["--org", "amazon", "--apply", "--passwords", "pw"]).fails(5, "E0302");
}

#[test]
fn without_access_control_nothing_is_proven() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    apply(&world, "pw");
    assert_eq!(states(&grants(&world, &[]).ok().json()), ["same", "same"]);
    let ran = grants(&world, &["--all", "--test"]).fails(6, "E0640");
    assert!(ran.error()["message"].as_str().unwrap().contains("nothing would be refused"), "{ran:?}");
    grants(&world, &["--all", "--remove", "--confirm", "2"]).ok();
    assert_eq!(left(&world), Vec::<String>::new());
}
