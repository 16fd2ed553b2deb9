//! Seeding when something goes wrong: kills, failing servers, others at work, broken files, values that are taken.

use std::fs;

use bson::doc;

use crate::faults::FAIL_POINT;
use crate::seeding::{LAYOUTS, Lives, SET, TICKETS, USERS, apply, create_acme, write_set};
use crate::world::{DATABASES, PAIR, Ran, SHARED, World, assert_same, oid, sample};

#[test]
fn a_killed_apply_is_repeated_to_the_same_end() {
    let options = ["--org", "acme", "--jobs", "2"];
    for lives in LAYOUTS {
        let prepared = || {
            let world = lives.world();
            create_acme(&world);
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
    let names = world.names();
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
    world.forget_rollback(&names, 1);
    let after = world.state(&start);
    let own = |text: &str| text.lines().filter(|line| !line.contains("flowbit_")).collect::<Vec<_>>().join("\n");
    assert_same(&own(&after), &own(&before), "nothing was written");
}

#[test]
fn two_at_once_write_it_once() {
    for lives in LAYOUTS {
        let world = lives.world();
        create_acme(&world);
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
        create_acme(&world);
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

/// Somebody renames the organization after it was looked at: nothing is written under the name it had.
#[test]
fn a_rename_in_between_is_noticed() {
    for lives in LAYOUTS {
        let world = lives.world();
        create_acme(&world);
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
    create_acme(&lost);
    assert_eq!(lost.run_with(&with(&["--scale", "0.5", "--seed-key", "mine"]), &kill).status, 137);
    let again = apply(&lost, &["--org", "acme"]).ok().json();
    assert_eq!(again["data"]["inserted"], 1250 + 2 + 10 + 2, "{again}");
    lost.run(&["seed", "verify", "small", "--org", "acme"]).ok();
    apply(&lost, &["--org", "acme", "--seed-key", "flowbit"]).fails(5, "E0315");
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
