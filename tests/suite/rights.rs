//! A server with access control: the privileges that README.md lists are enough, and what is missing is named.

use std::sync::{Mutex, OnceLock};

use bson::{Document, doc};

use crate::servers::start_mongod_with;
use crate::world::{PAIR, World};

fn guarded() -> u16 {
    static PORT: OnceLock<(u16, Mutex<std::process::Child>)> = OnceLock::new();
    PORT.get_or_init(|| {
        let (port, holder) = start_mongod_with(Some("guarded"), true);
        crate::local::wait(async {
            let client = mongodb::Client::with_uri_str(format!("mongodb://127.0.0.1:{port}/?directConnection=true"))
                .await
                .unwrap();
            let root = doc! { "createUser": "root", "pwd": "root-pw", "roles": ["root"] };
            client.database("admin").run_command(root).await.unwrap();
        });
        (port, Mutex::new(holder))
    })
    .0
}

/// What README.md says that flowbit needs.
const ACTIONS: &[&str] = &[
    "find",
    "insert",
    "update",
    "remove",
    "createCollection",
    "createIndex",
    "dropCollection",
    "listCollections",
    "listIndexes",
    "collMod",
    "collStats",
    "renameCollectionSameDB",
    "bypassDocumentValidation",
];

fn world_of(actions: &[&str], cluster: &[&str], user: &str) -> (World, String) {
    let world = World::as_user(guarded(), PAIR, "root:root-pw@");
    let admin = world.client.database("admin");
    let mut privileges = vec![doc! { "resource": { "db": &world.db, "collection": "" }, "actions": actions.to_vec() }];
    if !cluster.is_empty() {
        privileges.push(doc! { "resource": { "cluster": true }, "actions": cluster.to_vec() });
    }
    let run = |command: Document| world.wait(admin.run_command(command).into_future()).unwrap();
    run(doc! { "createRole": format!("{user}-role"), "privileges": privileges, "roles": [] });
    run(doc! { "createUser": user, "pwd": "its-pw", "roles": [format!("{user}-role")] });
    let uri = format!("mongodb://{user}:its-pw@127.0.0.1:{}/?directConnection=true&authSource=admin", world.port);
    (world, uri)
}

#[test]
fn the_listed_privileges_are_enough_for_every_verb() {
    for (user, cluster) in [("plain", [].as_slice()), ("with-take-over", &["inprog", "killop", "killAnySession"])] {
        let (world, uri) = world_of(ACTIONS, cluster, user);
        world.pair_of_tenants();
        std::fs::write(world.path("pw"), "pw\n").unwrap();
        let run = |arguments: &[&str]| world.run_with(arguments, &[("FLOWBIT_URI", &uri)]).ok();
        run(&["org", "create", "new", "--admin-email", "a@b.cc", "--password-file", "pw", "--json"]);
        run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]);
        run(&["org", "rename", "jungle", "amazon", "--confirm", "jungle", "--json"]);
        run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]);
        run(&["org", "restore", "amazon", "--json"]);
        run(&["org", "show", "amazon", "--json"]);
        run(&["org", "list", "--json"]);
        run(&["op", "gc", "--json"]);
        let vars = [("FLOWBIT_URI", uri.as_str()), ("FLOWBIT_FAULT", "kill@step:move:0:acted")];
        assert_eq!(world.run_with(&["org", "delete", "amazon", "--confirm", "amazon"], &vars).status, 137);
        run(&["op", "resume", "amazon", "--json"]);
        run(&["org", "purge", "amazon", "--before-grace-ends", "--confirm", "amazon", "--json"]);
        assert_eq!(world.count("organizations"), 2);
    }
}

#[test]
fn wrong_credentials_and_missing_rights_are_exit_4() {
    let (world, uri) = world_of(&["find", "listCollections", "collStats", "listIndexes"], &[], "reader");
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    let reader = [("FLOWBIT_URI", uri.as_str())];
    world.run_with(&["org", "list", "--json"], &reader).ok();
    let ran = world
        .run_with(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"], &reader)
        .fails(4, "E0402");
    assert!(ran.error()["message"].as_str().unwrap().contains("not authorized"), "{ran:?}");
    let wrong = uri.replace("its-pw", "wrong-pw");
    let ran = world.run_with(&["org", "list", "--json"], &[("FLOWBIT_URI", &wrong)]).fails(4, "E0401");
    assert!(!ran.stderr.contains("wrong-pw"), "{ran:?}");
    let nobody = format!("mongodb://127.0.0.1:{}/?directConnection=true", world.port);
    world.run_with(&["org", "list", "--json"], &[("FLOWBIT_URI", &nobody)]).fails(4, "E0402");
    assert_eq!(world.state(&start), before);
}
