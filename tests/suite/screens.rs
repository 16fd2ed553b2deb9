//! The screens of the registry: the binary, the file byte for byte, and the audit trail in the database.

use std::io::Write;
use std::process::Stdio;

use bson::doc;
use serde_json::{Value, json};

use crate::world::{DATABASES, PAIR, Ran, SHARED, World, bare, oid};

const FILE: &str = "{\n    \"amazon\": {\n        \"screens\": [\n            { \"name\": \"Tickets\", \"url\": \"/t\", \"beta\": 1.10 }\n        ]\n    },\n    \"amazon global\": {\n        \"screens\": []\n    }\n}\n";

fn world() -> World {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    write(&world, FILE);
    world
}

fn write(world: &World, text: &str) {
    std::fs::write(world.path("registry.json"), text).unwrap();
}

fn file(world: &World) -> String {
    std::fs::read_to_string(world.path("registry.json")).unwrap()
}

#[test]
fn list_and_show_read_the_file_alone() {
    let world = world();
    let offline = |arguments: &[&str]| Ran::from(bare(world.home.path()).args(arguments).output().unwrap());
    let listed = offline(&["screen", "list", "--json"]).ok().json();
    assert_eq!((&listed["schema"], &listed["changed"]), (&json!("flowbit.screen.list/1"), &json!(false)));
    assert_eq!(listed["data"], json!([{"tenant": "amazon", "name": "Tickets", "url": "/t", "beta": 1.1}]));
    assert_eq!(offline(&["screen", "list", "-o", "name"]).ok().stdout, "amazon\namazon global\n");
    assert_eq!(offline(&["screen", "list", "amazon", "-o", "name"]).ok().stdout, "Tickets\n");
    assert_eq!(offline(&["screen", "list", "-o", "csv"]).ok().stdout, "tenant,screen,url\namazon,Tickets,/t\n");
    let table = offline(&["screen", "list"]).ok();
    assert_eq!(table.stdout, "TENANT  SCREEN   URL\namazon  Tickets  /t\n\nNo screens: amazon global.\n");
    assert_eq!(table.stderr, "");
    let shown = offline(&["screen", "show", "Amazon", "--json"]).ok().json();
    assert_eq!(shown["data"]["entry"], json!({"screens": [{"name": "Tickets", "url": "/t", "beta": 1.1}]}));
    assert_eq!((&shown["data"]["tenant"], &shown["data"]["shape"]), (&json!("amazon"), &json!("by-tenant")));
    let unknown = offline(&["screen", "show", "amazom", "--json"]).fails(3, "E0206");
    assert_eq!(unknown.error()["next"][0], "did you mean \"amazon\"?");
    offline(&["screen", "list", "amazom", "--json"]).fails(3, "E0206");
    write(&world, "{\"amazon\":\n [1,}");
    offline(&["screen", "list", "--json"]).fails(2, "E0107");
    std::fs::remove_file(world.path("registry.json")).unwrap();
    offline(&["screen", "list", "--json"]).fails(2, "E0107");
    std::fs::write(world.path("flowbit.toml"), PAIR.split("[registry]").next().unwrap()).unwrap();
    offline(&["screen", "list", "--json"]).fails(2, "E0107");
}

#[test]
fn a_set_changes_one_screen_and_says_so_in_the_trail() {
    let world = world();
    let set = |more: &[&str]| world.run(&[&["screen", "set", "AMAZON", "--json"], more].concat());
    let planned = set(&["--name", "Tickets", "--url", "/new", "--dry-run"]).ok().json();
    assert_eq!((&planned["changed"], file(&world).as_str()), (&json!(false), FILE));
    assert_eq!(planned["data"]["diff"][0], "@@ line 4 @@");
    assert_eq!(world.count("audit_logs"), 0);
    let done = set(&["--name", "Tickets", "--url", "/new", "--reason", "moved"]).ok().json();
    assert_eq!((&done["schema"], &done["changed"]), (&json!("flowbit.screen.set/1"), &json!(true)));
    assert_eq!(file(&world), FILE.replace("/t\"", "/new\""));
    let entry = world.one("audit_logs", doc! {});
    assert_eq!((entry.get_str("action").unwrap(), entry.get_str("userId").unwrap()), ("screen.set", "tester"));
    assert_eq!(entry.get_str("customerId").unwrap(), oid(0, 1).to_hex());
    let details = entry.get_document("details").unwrap();
    let url =
        |which: &str| details.get_array(which).unwrap()[0].as_document().unwrap().get_str("url").unwrap().to_owned();
    assert_eq!((url("before"), url("after")), ("/t".to_owned(), "/new".to_owned()));
    let again = set(&["--name", "Tickets", "--url", "/new"]).ok().json();
    assert_eq!((&again["changed"], world.count("audit_logs")), (&json!(false), 1));
    set(&["--name", "Stock", "--url", "https://example.com/s", "--icon", "box"]).ok();
    let added = FILE.replace("/t\"", "/new\"").replace(
        " }\n        ]",
        " },\n            { \"name\": \"Stock\", \"url\": \"https://example.com/s\", \"icon\": \"box\" }\n        ]",
    );
    assert_eq!(file(&world), added);
    assert_eq!(set(&["--remove", "Stock"]).ok().json()["changed"], true);
    let slip = set(&["--remove", "Ticket"]).ok().json();
    assert_eq!(
        (&slip["changed"], slip["warnings"][0].as_str().unwrap().contains("did you mean")),
        (&json!(false), true)
    );
    assert_eq!(set(&["--clear"]).ok().json()["data"]["after"], json!([]));
    assert_eq!(set(&["--clear"]).ok().json()["changed"], false);
    assert_eq!(world.count("audit_logs"), 4);
}

#[test]
fn screens_come_from_a_file_or_a_pipe() {
    let world = world();
    let list = r#"[{"name":"Tickets","url":"/t2"},{"name":"Stock","url":"/s","scope":"all"}]"#;
    std::fs::write(world.path("screens.json"), list).unwrap();
    let from = ["screen", "set", "amazon", "--from", "screens.json", "--json"];
    let done = world.run(&from).ok().json();
    assert_eq!(done["data"]["after"][1], json!({"name": "Stock", "url": "/s", "scope": "all"}));
    assert_eq!(world.run(&from).ok().json()["changed"], false);
    let mut child = world
        .command(&["screen", "set", "amazon global", "--from", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    assert_eq!(
        Ran::from(child.wait_with_output().unwrap()).ok().json()["data"]["after"],
        json!([
            {"name": "Tickets", "url": "/t2"}, {"name": "Stock", "url": "/s", "scope": "all"}
        ])
    );
    let before = file(&world);
    for broken in [
        "",
        "{}",
        "[{\"name\":7,\"url\":\"/x\"}]",
        "[1]",
        "[{\"name\":\"x\",\"url\":\"x\"}]",
        "[{\"name\":\"Good\",\"url\":\"/g\"},{\"name\":\"Bad\"}]",
    ] {
        std::fs::write(world.path("screens.json"), broken).unwrap();
        world.run(&from).fails(2, "E0126");
    }
    assert_eq!(file(&world), before, "of a list all is set or nothing");
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let world = world();
    let start = world.start();
    let before = world.state(&start);
    for (arguments, status, code) in [
        (vec!["amazon"], 2, "E0101"),
        (vec!["amazon", "--icon", "i"], 2, "E0101"),
        (vec!["amazon", "--name", "x", "--clear"], 2, "E0101"),
        (vec!["amazon", "--name", "New"], 2, "E0126"),
        (vec!["amazon", "--name", "x", "--url", "x.html"], 2, "E0126"),
        (vec!["amazon", "--name", "x", "--url", "javascript:alert(1)"], 2, "E0126"),
        (vec!["amazon", "--name", " ", "--url", "/x"], 2, "E0126"),
        (vec!["amazon", "--from", "nothing.json"], 2, "E0126"),
        (vec!["amazom", "--name", "x", "--url", "/x"], 3, "E0201"),
        (vec!["amazon", "--name", "x", "--url", "/x", "--confirm", "amazom"], 10, "E1002"),
    ] {
        let ran = world.run(&[&["screen", "set"], arguments.as_slice(), &["--json"]].concat()).fails(status, code);
        assert_eq!(ran.error()["changed"], false, "{arguments:?}");
    }
    assert_eq!(world.state(&start), before);
    for (shape, arguments, status, code) in [
        (r#"{"useCases":[{"tenant":"amazon","screenUrl":"/a"}]}"#, vec!["--url", "/b", "--icon", "i"], 2, "E0126"),
        (r#"[{"tenant":"amazon","screens":["x"]}]"#, vec!["--name", "y", "--url", "/y"], 2, "E0126"),
        (
            r#"{"screens":{"stock":{"url":"/s"}},"tenants":{"amazon":{"allowedScreens":[]}}}"#,
            vec!["--key", "stok"],
            3,
            "E0206",
        ),
        (r#"{"a":{"b":1}}"#, vec!["--name", "x", "--url", "/x"], 2, "E0107"),
    ] {
        write(&world, shape);
        world.run(&[&["screen", "set", "amazon", "--json"], arguments.as_slice()].concat()).fails(status, code);
        assert_eq!(file(&world), shape);
    }
}

#[test]
fn a_tenant_is_entered_by_the_name_that_the_shape_uses() {
    let world = world();
    for (before, arguments, after) in [
        (
            r#"{"useCases":[]}"#,
            vec!["--url", "/a"],
            json!({"useCases": [{"tenant": "amazon global", "screenUrl": "/a"}]}),
        ),
        (
            r#"{"tenants":{"amazon":{"name":"amazon","customerId":"amazon","screens":[]}}}"#,
            vec!["--name", "T", "--url", "/a"],
            json!({"tenants": {"amazon": {"name": "amazon", "customerId": "amazon", "screens": []}, "amazon-global": {"name": "amazon global", "customerId": "amazon-global", "screens": [{"name": "T", "url": "/a"}]}}}),
        ),
        (
            r#"{"screens":{"k":{"url":"/k"}},"tenants":{"amazon-global":{"allowedScreens":[]}}}"#,
            vec!["--key", "k"],
            json!({"screens": {"k": {"url": "/k"}}, "tenants": {"amazon-global": {"allowedScreens": ["k"]}}}),
        ),
        (r#"{"amazon":["x"]}"#, vec!["--name", "y"], json!({"amazon": ["x"], "amazon global": ["y"]})),
    ] {
        write(&world, before);
        world.run(&[&["screen", "set", "amazon global", "--json"], arguments.as_slice()].concat()).ok();
        assert_eq!(serde_json::from_str::<Value>(&file(&world)).unwrap(), after);
    }
    let shared = World::new(SHARED);
    shared.pair_of_keys();
    shared.run(&["screen", "set", "amazon", "--name", "T", "--url", "/t", "--json"]).ok();
    assert_eq!(shared.one("audit_logs", doc! {}).get_str("customerId").unwrap(), "amazon");
    let databases = World::new(DATABASES);
    databases.pair_of_databases();
    databases.run(&["screen", "set", "amazon global", "--name", "T", "--url", "/t", "--json"]).ok();
    assert_eq!(databases.one("audit_logs", doc! {}).get_str("tenant").unwrap(), "amazon-global");
}

#[test]
fn without_a_record_there_is_no_change() {
    let world = world();
    // Nothing can be inserted: a view stands where the trail should be.
    world.command_on(doc! { "create": "audit_logs", "viewOn": "users", "pipeline": [] });
    let ran = world.run(&["screen", "set", "amazon", "--name", "Tickets", "--url", "/new", "--json"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert_eq!((ran.error()["changed"].as_bool(), file(&world).as_str()), (Some(false), FILE));
    let dead = world.run_with(
        &["screen", "set", "amazon", "--name", "Tickets", "--url", "/new", "--json", "--timeout", "1"],
        &[("FLOWBIT_URI", "mongodb://127.0.0.1:1/?directConnection=true")],
    );
    assert!(dead.fails(8, "E0802").error()["next"].to_string().contains("--offline"));
    assert_eq!(file(&world), FILE);
    let left = std::fs::read_dir(world.home.path())
        .unwrap()
        .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with(".tmp"));
    assert_eq!(left.count(), 0, "nothing is left beside the file");
}

#[test]
fn offline_the_file_is_all_there_is() {
    let world = world();
    let offline = |arguments: &[&str]| {
        Ran::from(
            bare(world.home.path()).args([&["screen"], arguments, &["--offline", "--json"]].concat()).output().unwrap(),
        )
    };
    let done = offline(&["set", "amazon", "--name", "Tickets", "--url", "/new"]).ok().json();
    assert_eq!((&done["changed"], file(&world)), (&json!(true), FILE.replace("/t\"", "/new\"")));
    assert!(done["warnings"][0].as_str().unwrap().contains("no server was asked"), "{done}");
    assert_eq!(offline(&["set", "amazon", "--name", "Tickets", "--url", "/new"]).ok().json()["changed"], false);
    let new = offline(&["set", "amazom", "--name", "T", "--url", "/t"]).ok().json();
    assert!(new["warnings"][0].as_str().unwrap().contains("\"amazon\" has one"), "{new}");
    assert_eq!(new["data"]["new_entry"], true);
    offline(&["set", "nobody", "--clear"]).fails(3, "E0206");
    assert_eq!(world.count("audit_logs"), 0);
    let validated = offline(&["validate"]).ok().json();
    assert_eq!(validated["data"]["compared"], false);
    assert!(validated["warnings"][0].as_str().unwrap().contains("--offline"));
}

#[test]
fn a_protected_profile_wants_name_and_reason() {
    let world = world();
    let profile =
        format!("[profiles.live]\nprotected = true\nuri = \"{}\"\nmaster_database = \"{}\"\n", world.uri(), world.db);
    let directory = world.path(".config/flowbit");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), profile).unwrap();
    let set = |more: &[&str]| {
        let arguments =
            ["screen", "set", "amazon", "--name", "Tickets", "--url", "/new", "--profile", "live", "--json"];
        Ran::from(bare(world.home.path()).args(arguments).args(more).output().unwrap())
    };
    set(&[]).fails(10, "E1003");
    set(&["--confirm", "amazon"]).fails(10, "E1003");
    assert_eq!(file(&world), FILE);
    set(&["--dry-run"]).ok();
    set(&["--confirm", "amazon", "--reason", "asked for"]).ok();
    assert_eq!(file(&world), FILE.replace("/t\"", "/new\""));
}

#[test]
fn sets_at_the_same_time_lose_nothing() {
    let world = world();
    let children: Vec<_> = (0..8)
        .map(|n| {
            let (name, url) = (format!("Screen {n}"), format!("/{n}"));
            let tenant = if n % 2 == 0 { "amazon" } else { "amazon global" };
            world
                .command(&["screen", "set", tenant, "--name", &name, "--url", &url, "--json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        Ran::from(child.wait_with_output().unwrap()).ok();
    }
    let listed = world.run(&["screen", "list", "--json"]).ok().json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 9, "{listed}");
    assert_eq!(world.count("audit_logs"), 8);
    assert_eq!(file(&world).lines().count(), FILE.lines().count() + 8 + 1);
}

#[test]
fn a_killed_set_leaves_the_file_whole() {
    let world = world();
    for place in ["mutation:1:before", "mutation:1:after"] {
        let ran = world.run_with(
            &["screen", "set", "amazon", "--name", "Tickets", "--url", "/new", "--json"],
            &[("FLOWBIT_FAULT", &format!("kill@{place}"))],
        );
        assert_eq!((ran.status, file(&world).as_str()), (137, FILE), "{place}");
    }
    world.run(&["screen", "set", "amazon", "--name", "Tickets", "--url", "/new", "--json"]).ok();
}

#[test]
fn what_an_open_operation_renames_is_left_to_it() {
    let world = world();
    world.run_with(
        &["org", "rename", "amazon", "jungle", "--confirm", "amazon"],
        &[("FLOWBIT_FAULT", "kill@commit:after")],
    );
    let set = ["screen", "set", "jungle", "--name", "Tickets", "--url", "/new", "--json"];
    world.run(&set).fails(5, "E0303");
    world.run(&["op", "resume", "amazon"]).ok();
    world.run(&set).ok();
    assert_eq!(
        file(&world),
        FILE.replace("amazon\": {\n        \"screens\": [\n", "jungle\": {\n        \"screens\": [\n")
            .replace("/t\"", "/new\"")
    );
}

#[test]
fn validate_says_what_is_wrong_and_where() {
    let world = world();
    let fine = world.run(&["screen", "validate", "--json"]).ok().json();
    assert_eq!((&fine["schema"], &fine["data"]["findings"]), (&json!("flowbit.screen.validate/1"), &json!([])));
    assert_eq!(fine["data"]["compared"], true);
    write(
        &world,
        "{\n  \"amazom\": {\"screens\": [\n    {\"name\": \"x\", \"url\": \"x.html\"}]},\n  \"AMAZON GLOBAL\": {\"screens\": []}\n}\n",
    );
    let ran = world.run(&["screen", "validate", "--json"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    let found: Vec<(String, Value, String)> = ran.json()["data"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["rule"].as_str().unwrap().to_owned(), f["line"].clone(), f["message"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        ("S07", json!(3), "the address \"x.html\" neither begins with `/` nor is an absolute http(s) address"),
        ("S11", json!(2), "the tenant \"amazom\" is no organization; \"amazon\" is one"),
        ("S11", json!(4), "the tenant \"AMAZON GLOBAL\" is not spelled like the organization \"amazon global\""),
        ("S12", Value::Null, "the organization \"amazon\" has no entry"),
    ];
    assert_eq!(found, expected.map(|(rule, line, message)| (rule.to_owned(), line, message.to_owned())));
    write(&world, "{\"amazon\":\n [1,}");
    let ran = world.run(&["screen", "validate"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert!(ran.stdout.contains("S01 error") && ran.stdout.contains("registry.json:2:5"), "{}", ran.stdout);
    std::fs::write(world.path("registry.json"), b"{\"a\": \"\xff\"}").unwrap();
    assert_eq!(world.run(&["screen", "validate", "--json"]).status, 6);
    // Without a server that is configured the file alone is looked at, and that is said.
    write(&world, FILE);
    let ran = Ran::from(bare(world.home.path()).args(["screen", "validate"]).output().unwrap()).ok();
    assert!(ran.stderr.contains("no MongoDB is configured"), "{}", ran.stderr);
}

#[test]
fn deleted_and_keyless_tenants_are_known() {
    let world = world();
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    let found = world.run(&["screen", "validate", "--json"]).ok().json();
    assert_eq!(
        (&found["data"]["findings"][0]["rule"], &found["data"]["findings"][0]["severity"]),
        (&json!("S11"), &json!("info"))
    );
    let shared = World::new(SHARED);
    shared.pair_of_keys();
    shared.run(&["screen", "validate", "--json"]).ok();
    std::fs::write(shared.path("registry.json"), r#"{"amazon":[],"amazon global":[],"ghost":[]}"#).unwrap();
    let ran = shared.run(&["screen", "validate", "--json"]);
    assert_eq!((ran.status, &ran.json()["data"]["findings"][0]["tenant"]), (6, &json!("ghost")));
}

#[test]
fn diff_compares_across_shapes() {
    let world = world();
    let slugs = r#"{"tenants":{"amazon":{"name":"amazon","customerId":"amazon","screens":[{"id":"t","name":"Tickets","url":"/t","scope":"all","module":"m"}]},"amazon-global":{"name":"amazon global","customerId":"amazon-global","screens":[]}}}"#;
    std::fs::write(world.path("slugs.json"), slugs).unwrap();
    let same = world.run(&["screen", "diff", "slugs.json", "--json"]).ok().json();
    assert_eq!((&same["data"]["equal"], &same["data"]["to"]["shape"]), (&json!(true), &json!("tenants")));
    std::fs::write(
        world.path("urls.json"),
        r#"[{"tenant":"amazon","screenUrl":"/other"},{"tenant":"b","screenUrl":"/b"}]"#,
    )
    .unwrap();
    let ran = world.run(&["screen", "diff", "slugs.json", "--other", "urls.json", "-o", "name"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (6, ""));
    assert_eq!(ran.stdout, "removed amazon/Tickets\nadded amazon//other\nremoved amazon-global\nadded b\nadded b//b\n");
    let ran = world.run(&["screen", "diff", "urls.json", "--json"]);
    assert_eq!((ran.status, &ran.json()["data"]["differences"][0]["change"]), (6, &json!("removed")));
    world.run(&["screen", "diff", "nothing.json", "--json"]).fails(2, "E0107");
    assert_eq!(file(&world), FILE);
}
