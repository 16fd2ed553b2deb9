//! Bad input and bad luck: a clear error, the right exit status, and nothing changed.

use std::path::Path;
use std::sync::OnceLock;

use bson::doc;

use crate::servers::start_mongod;
use crate::world::{PAIR, Ran, World, bare, oid};

/// A server without replication, for all tests of this file.
fn standalone() -> u16 {
    static PORT: OnceLock<(u16, std::sync::Mutex<std::process::Child>)> = OnceLock::new();
    PORT.get_or_init(|| {
        let (port, holder) = start_mongod(None);
        (port, std::sync::Mutex::new(holder))
    })
    .0
}

#[test]
fn names_that_break_something_change_nothing() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    let long = "x".repeat(300);
    // A NUL cannot be given as an argument at all; the naming rule itself is tested with one.
    for name in
        ["", " ", "a$b", "Ünïcode $et.", ".hidden", "system.users", &long, "日本", "!!!", "admin", "a\u{202e}b", "a\tb"]
    {
        for arguments in [
            vec!["org", "create", name, "--admin-email", "a@b.cc", "--json"],
            vec!["org", "rename", "amazon", name, "--confirm", "amazon", "--json"],
        ] {
            let ran = world.run(&arguments).fails(2, "E0102");
            assert_eq!(ran.error()["changed"], false);
        }
    }
    for email in ["", "a", "a@b", "a b@c.dd"] {
        world.run(&["org", "create", "ok", "--admin-email", email, "--json"]).fails(2, "E0109");
    }
    for password in [String::new(), "x".repeat(73)] {
        std::fs::write(world.path("pw"), password).unwrap();
        world
            .run(&["org", "create", "ok", "--admin-email", "a@b.cc", "--password-file", "pw", "--json"])
            .fails(2, "E0103");
    }
    assert_eq!(world.state(&start), before);
    assert_eq!(world.find("flowbit_ops", doc! {}).len(), 0);
}

#[test]
fn unknown_things_are_not_found_and_slips_are_named() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let ran = world.run(&["org", "show", "amazom", "--json"]).fails(3, "E0201");
    assert_eq!(ran.error()["next"][0], "did you mean \"amazon\"?");
    for arguments in [
        ["org", "rename", "nobody", "x"].as_slice(),
        &["org", "delete", "nobody"],
        &["org", "restore", "nobody"],
        &["org", "purge", "nobody"],
    ] {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        world.run(&arguments).fails(3, "E0201");
    }
    for arguments in
        [["op", "show", "ffffffffffffffffffffffff"], ["op", "resume", "nothing"], ["op", "rollback", "nothing"]]
    {
        world.run(&[&arguments[..], &["--json"]].concat()).fails(3, "E0202");
    }
    world.run(&["explain", "E9999", "--json"]).fails(3, "E0203");
}

#[test]
fn without_a_terminal_a_confirmation_has_to_be_given() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    let ran = world.run(&["org", "rename", "amazon", "x", "--json"]).fails(10, "E1001");
    assert_eq!(ran.error()["next"][0], "repeat with --confirm amazon");
    world.run(&["org", "delete", "amazon", "--json"]).fails(10, "E1001");
    world.run(&["org", "rename", "amazon", "x", "--confirm", "amazing", "--json"]).fails(10, "E1002");
    assert_eq!(world.state(&start), before);
}

#[test]
fn a_protected_profile_wants_a_confirmation_and_a_reason() {
    let mut world = World::new(PAIR);
    world.pair_of_tenants();
    let config = world.path("config/flowbit");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(
        config.join("config.toml"),
        format!("[profiles.production]\nuri = \"{}\"\nprotected = true\n", world.uri()),
    )
    .unwrap();
    let home = world.path("config");
    world.env("XDG_CONFIG_HOME", home.to_str().unwrap());
    let with = |more: &[&str]| {
        world.run(&[&["--profile", "production", "--json", "org", "rename", "amazon", "x"], more].concat())
    };
    with(&[]).fails(10, "E1003");
    with(&["--confirm", "amazon"]).fails(10, "E1003");
    with(&["--confirm", "amazon", "--reason", "merger"]).ok();
    assert_eq!(world.find("flowbit_ops", doc! {})[0].get_str("reason").unwrap(), "merger");
    world.run(&["--profile", "staging", "org", "list", "--json"]).fails(2, "E0110");
}

#[test]
fn passwords_are_never_seen_again() {
    let world = World::new(PAIR);
    let uri = "mongodb://root:hunter2@127.0.0.1:1/?directConnection=true";
    let ran = world.run(&["org", "list", "--uri", uri]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("E0104") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
    for uri in [uri, "mongodb://root:hunter2@127.0.0.1:port/", "mongodb://root:hunter2@/", "hunter2://root:hunter2@h/"]
    {
        let ran = world.run_with(&["org", "list", "--timeout", "1"], &[("FLOWBIT_URI", uri)]);
        assert!([2, 8].contains(&ran.status), "{uri}: {ran:?}");
        assert!(!ran.stderr.contains("root:hunter2") && !ran.stderr.contains(":hunter2@"), "{}", ran.stderr);
    }
    // A file that others can read is no place for one.
    std::fs::write(world.path("uri"), uri).unwrap();
    let file = world.path("uri");
    let mut command = bare(world.home.path());
    command.args(["org", "list", "--json"]).env("FLOWBIT_URI_FILE", &file);
    Ran::from(command.output().unwrap()).fails(2, "E0105");
}

#[test]
fn a_server_that_is_down_or_another_is_exit_8() {
    let world = World::new(PAIR);
    let ran = world
        .run_with(&["org", "list", "--timeout", "1", "--json"], &[("FLOWBIT_URI", "mongodb://127.0.0.1:1/")])
        .fails(8, "E0802");
    assert_eq!(ran.error()["retryable"], true);
    let wrong = format!("mongodb://127.0.0.1:{}/?replicaSet=other", world.port);
    world.run_with(&["org", "list", "--timeout", "2", "--json"], &[("FLOWBIT_URI", &wrong)]).fails(8, "E0803");
    let wrong = format!("mongodb://127.0.0.1:{}/?replicaSet=other&directConnection=true", world.port);
    world.run_with(&["org", "list", "--timeout", "2", "--json"], &[("FLOWBIT_URI", &wrong)]).fails(8, "E0803");
    // Nothing configured, and no local server in this home.
    let mut command = bare(world.home.path());
    let ran = Ran::from(command.args(["org", "list", "--json"]).output().unwrap()).fails(8, "E0801");
    assert_eq!(ran.error()["next"].as_array().unwrap().len(), 2, "the two ways on");
}

#[test]
fn a_standalone_is_named_and_what_is_safe_goes_on() {
    let world = World::on(standalone(), PAIR);
    world.pair_of_tenants();
    let planned = world.run(&["org", "rename", "amazon", "jungle", "--dry-run", "--json"]).ok().json();
    assert!(planned["warnings"][0].as_str().unwrap().contains("standalone"), "{planned}");
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    assert_eq!((world.count("org_jungle_tickets"), world.count("org_amazon_tickets")), (20, 20));
    let org = world.one("organizations", doc! { "_id": oid(0, 1) });
    assert_eq!((org.get_str("name").unwrap(), org.get_str("slug").unwrap()), ("jungle", "jungle"));
    world.run(&["org", "delete", "jungle", "--confirm", "jungle", "--json"]).ok();
    world.run(&["org", "restore", "jungle", "--json"]).ok();
    std::fs::write(world.path("pw"), "pw\n").unwrap();
    world.run(&["org", "create", "new", "--admin-email", "a@b.cc", "--password-file", "pw", "--json"]).ok();
    assert_eq!(world.count("flowbit_held"), 0);
}

/// Killed among the single changes of a commit without a transaction, it can only go forward, and does.
#[test]
fn a_commit_on_a_standalone_goes_forward_only() {
    let rename = ["org", "rename", "amazon", "jungle", "--confirm", "amazon"];
    let traced = World::on(standalone(), PAIR);
    traced.pair_of_tenants();
    let trace = traced.path("trace");
    traced.run_with(&rename, &[("FLOWBIT_FAULT", &format!("trace@{}", trace.display()))]).ok();
    let places = std::fs::read_to_string(trace).unwrap();
    let commit: Vec<&str> = places
        .lines()
        .skip_while(|place| !place.starts_with("commit:before"))
        .take_while(|place| !place.starts_with("step:gather"))
        .collect();
    assert!(commit.len() > 20, "{commit:?}");
    for place in crate::world::sample("killed in a commit on a standalone", &commit, 5) {
        let world = World::on(standalone(), PAIR);
        world.pair_of_tenants();
        let ran = world.run_with(&rename, &[("FLOWBIT_FAULT", &format!("kill@{place}"))]);
        assert_eq!(ran.status, 137, "{place}: {ran:?}");
        let (id, state) = world.open_operation().unwrap();
        if state == "committing" {
            world.run(&["op", "rollback", &id, "--json"]).fails(5, "E0307");
        }
        world.run(&["op", "resume", &id, "--json"]).ok();
        let org = world.one("organizations", doc! { "_id": oid(0, 1) });
        assert_eq!((org.get_str("name").unwrap(), org.get_str("slug").unwrap()), ("jungle", "jungle"), "{place}");
        assert_eq!(world.find("users", doc! { "tenantName": "jungle" }).len(), 3, "{place}");
        assert_eq!(world.count("audit_logs"), 1, "{place}");
    }
}

#[test]
fn broken_descriptions_are_located() {
    for (broken, says) in [
        (PAIR.replace("layout =", "lay_out ="), "unknown field `lay_out`"),
        (PAIR.replace("layout = \"collection\"", "layout = \"shelf\""), "shelf"),
        (PAIR.replace("cost = 4", "cost = \"four\""), "flowbit.toml:"),
        (PAIR.replace("{org.id}", "{org.idd}"), "org.idd"),
        ("= nothing".to_owned(), "flowbit.toml:1:"),
    ] {
        let world = World::new(&broken);
        let ran = world.run(&["org", "list", "--json"]).fails(2, "E0105");
        let error = ran.error();
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("flowbit.toml:") && message.contains(says), "{message}");
    }
    let world = World::new(PAIR);
    world.run(&["--preset", "flowbitt", "org", "list", "--json"]).fails(2, "E0106");
    world.run(&["--config", "nowhere.toml", "org", "list", "--json"]).fails(2, "E0105");
}

#[test]
fn a_journal_of_another_version_is_shown_and_not_touched() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    world.run(&["op", "gc"]).ok();
    let record = doc! { "_id": "00ff00ff00ff00ff00ff00ff", "v": 99, "kind": "org.teleport", "open": true, "reserves": ["org:1"], "new": { "x": 1 } };
    world.insert("flowbit_ops", vec![record.clone()]);
    for verb in ["resume", "rollback"] {
        world.run(&["op", verb, "00ff00ff", "--json"]).fails(5, "E0311");
    }
    let shown = world.run(&["op", "show", "00ff00ff", "--json"]).ok().json();
    assert_eq!(shown["data"]["record"]["new"]["x"], 1);
    let listed = world.run(&["op", "list", "--open", "--json"]).ok().json();
    assert_eq!(listed["data"][0]["state"], "unknown version");
    assert_eq!(world.one("flowbit_ops", doc! {}), record);
}

#[test]
fn a_broken_registry_stops_a_rename_before_it_begins() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    for text in ["{\"amazon\": [1,}", "{\"a\": {\"b\": 1}}", "\u{feff}{}"] {
        std::fs::write(world.path("registry.json"), text).unwrap();
        let start = world.start();
        let before = world.state(&start);
        world.run(&["org", "rename", "amazon", "x", "--confirm", "amazon", "--json"]).fails(2, "E0107");
        assert_eq!(world.state(&start), before);
    }
    std::fs::write(world.path("registry.json"), [0xff, 0xfe, b'{']).unwrap();
    world.run(&["org", "rename", "amazon", "x", "--confirm", "amazon", "--json"]).fails(2, "E0107");
    world.run(&["org", "rename", "amazon", "x", "--confirm", "amazon", "--no-registry", "--json"]).ok();
}

#[test]
fn a_stuck_operation_says_why_and_goes_on_when_the_cause_is_gone() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let ran = world.run_with(
        &["org", "rename", "amazon", "jungle", "--confirm", "amazon"],
        &[("FLOWBIT_FAULT", "kill@commit:after")],
    );
    assert_eq!(ran.status, 137);
    let (id, _) = world.open_operation().unwrap();
    let registry = std::fs::read(world.path("registry.json")).unwrap();
    std::fs::write(world.path("registry.json"), "{ broken").unwrap();
    for _ in 0..2 {
        let ran = world.run(&["op", "resume", &id, "--json"]).fails(7, "E0702");
        assert!(ran.error()["message"].as_str().unwrap().contains("registry.json:1:3"), "{ran:?}");
    }
    let listed = world.run(&["op", "list", "--open", "--json"]).ok().json();
    assert_eq!(listed["data"][0]["state"], "stuck");
    assert!(world.run(&["op", "show", &id]).ok().stderr.contains("stuck: "));
    std::fs::write(world.path("registry.json"), registry).unwrap();
    world.run(&["op", "resume", &id, "--json"]).ok();
    assert!(std::fs::read_to_string(world.path("registry.json")).unwrap().contains("jungle"));
}

#[test]
fn a_dropped_collection_stops_the_way_forward_and_not_the_way_back() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let rename = ["org", "rename", "amazon", "jungle", "--confirm", "amazon"];
    let ran = world.run_with(&rename, &[("FLOWBIT_FAULT", "kill@step:move:0:before")]);
    assert_eq!(ran.status, 137);
    world.wait(world.collection("org_amazon_tickets").drop().into_future()).unwrap();
    let ran = world.run(&["op", "resume", "amazon", "--json"]).fails(7, "E0702");
    assert!(ran.error()["message"].as_str().unwrap().contains("somebody dropped it"), "{ran:?}");
    let ran = world.run(&["op", "rollback", "amazon", "--json"]).ok();
    assert!(ran.json()["warnings"][0].as_str().unwrap().contains("somebody dropped it"), "{ran:?}");
    assert_eq!((world.open_operation(), world.count("org_amazon_products")), (None, 5));
    assert!(!world.names().iter().any(|name| name.starts_with("org_jungle") || name == "org_amazon_tickets"));
}

#[test]
fn an_operation_that_was_begun_and_not_checked_is_looked_at_again() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let rename = ["org", "rename", "amazon", "jungle", "--confirm", "amazon"];
    assert_eq!(world.run_with(&rename, &[("FLOWBIT_FAULT", "kill@begin:after")]).status, 137);
    // Before the runner could look, the organization became another one.
    let org = world.collection("organizations");
    world.wait(org.update_one(doc! { "_id": oid(0, 1) }, doc! { "$set": { "plan.seats": 9 } }).into_future()).unwrap();
    let start = world.start();
    let before = world.state(&start);
    world.run(&["op", "resume", "amazon", "--json"]).fails(5, "E0304");
    assert_eq!((world.open_operation(), world.state(&start)), (None, before));
    world.run(&[&rename[..], &["--json"]].concat()).ok();
}

#[test]
fn an_open_operation_stops_the_next_one_and_is_named() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    world.run_with(
        &["org", "rename", "amazon", "jungle", "--confirm", "amazon"],
        &[("FLOWBIT_FAULT", "kill@begin:after")],
    );
    let (id, _) = world.open_operation().unwrap();
    for arguments in [
        ["org", "rename", "amazon", "else", "--confirm", "amazon", "--json"].as_slice(),
        &["org", "delete", "amazon", "--confirm", "amazon", "--json"],
        &["org", "rename", "amazon global", "Jungle", "--confirm", "amazon global", "--json"],
        &["org", "create", "jungle", "--admin-email", "a@b.cc", "--json"],
    ] {
        let ran = world.run(arguments).fails(5, "E0303");
        assert_eq!(ran.error()["next"][0], format!("flowbit op show {id}"));
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let world = World::new(PAIR);
    world.insert(
        "organizations",
        (0..3000)
            .map(|n| doc! { "name": format!("org {n}"), "slug": format!("org-{n}"), "status": "active" })
            .collect(),
    );
    let flowbit = env!("CARGO_BIN_EXE_flowbit");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("{{ {flowbit} org list; echo $? >status; }} | head -1")]).current_dir(world.home.path());
    shell
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", world.home.path())
        .env("FLOWBIT_URI", world.uri())
        .env("FLOWBIT_MASTER_DB", &world.db);
    let output = shell.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(std::fs::read_to_string(world.path("status")).unwrap().trim(), "0");
}

#[test]
fn a_database_user_without_rights_is_told_which() {
    // Access control needs a server of its own with a user; here the message is what matters: the server's code 13.
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let admin = world.client.database("admin");
    let point = doc! { "configureFailPoint": "failCommand", "mode": { "times": 1 }, "data": { "failCommands": ["renameCollection"], "appName": &world.db, "errorCode": 13 } };
    let _turn = crate::faults::FAIL_POINT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    world.wait(admin.run_command(point).into_future()).unwrap();
    let ran = world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]);
    ran.fails(4, "E0402");
    assert_eq!(world.open_operation(), None);
}

/// An older server does not know the field by which renames are guarded.
#[test]
fn without_the_uuid_guard_nothing_is_renamed_unless_every_writer_is_stopped() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    let _turn = crate::faults::FAIL_POINT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let unknown_field = || {
        let data = doc! { "failCommands": ["renameCollection"], "appName": &world.db, "errorCode": 40415 };
        let point = doc! { "configureFailPoint": "failCommand", "mode": { "times": 1 }, "data": data };
        world.wait(world.client.database("admin").run_command(point).into_future()).unwrap();
    };
    let rename = ["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"];
    unknown_field();
    world.run(&rename).fails(8, "E0808");
    assert_eq!(world.state(&start), before);
    unknown_field();
    let done = world.run(&[&rename[..], &["--exclusive"]].concat()).ok().json();
    assert!(done["warnings"][0].as_str().unwrap().contains("go unguarded"), "{done}");
    assert_eq!((world.count("org_jungle_tickets"), world.count("org_amazon_tickets")), (20, 20));
}

#[test]
fn no_file_of_the_user_is_overwritten() {
    let world = World::new(PAIR);
    std::fs::write(world.path("acme.password"), "somebody's").unwrap();
    world.run(&["org", "create", "acme", "--admin-email", "a@b.cc", "--json"]).fails(2, "E0101");
    assert_eq!(std::fs::read_to_string(world.path("acme.password")).unwrap(), "somebody's");
    assert!(Path::new(&world.path("flowbit.toml")).exists());
    assert_eq!(world.find("flowbit_ops", doc! {}).len(), 0);
}
