//! Organizations from making to purging, in both presets, and what a platform finds in its database afterwards.

use bson::{Bson, doc};

use crate::world::{PAIR, Ran, World, oid, s4};

/// An S4 organization as its backend writes one.
fn s4_org(world: &World, n: usize, name: &str, documents: u32) {
    let now = bson::DateTime::from_millis(1_700_000_000_000);
    let store = format!("org_{}", name.to_lowercase().replace(' ', "_"));
    world.insert(
        "organizations",
        vec![doc! {
            "_id": oid(n, 1), "organization_name": name, "collection_name": &store,
            "connection": { "db_name": &world.db, "collection_name": &store, "extra": {} },
            "admin_user_id": oid(n, 2), "created_at": now, "updated_at": now,
        }],
    );
    world.insert("admins", vec![doc! {
        "_id": oid(n, 2), "organization_id": oid(n, 1), "email": format!("admin@{n}.com"), "password_hash": "$2b$04$x", "role": "admin", "created_at": now, "updated_at": now,
    }]);
    world.command_on(doc! { "create": &store });
    if documents > 0 {
        world.insert(&store, (0..documents).map(|d| doc! { "_id": oid(n, 100 + d), "n": i64::from(d) }).collect());
    }
}

#[test]
fn create_writes_what_the_s4_backend_reads() {
    let world = World::new(&s4());
    std::fs::write(world.path("pw"), "StrongDemo@2025!\n").unwrap();
    let made = world
        .run(&["org", "create", "Amazon", "--admin-email", "Admin@Amazon.com", "--password-file", "pw", "--json"])
        .ok()
        .json();
    assert_eq!(made["changed"], true);
    assert_eq!(made["data"]["org"]["name"], "amazon");
    let org = world.one("organizations", doc! {});
    let admin = world.one("admins", doc! {});
    let keys: Vec<&str> = org.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["_id", "organization_name", "collection_name", "connection", "admin_user_id", "created_at", "updated_at"]
    );
    assert_eq!(org.get_str("collection_name").unwrap(), "org_amazon");
    assert_eq!(
        org.get_document("connection").unwrap(),
        &doc! { "db_name": &world.db, "collection_name": "org_amazon", "extra": {} }
    );
    assert_eq!(org.get_object_id("admin_user_id").unwrap(), admin.get_object_id("_id").unwrap());
    assert!(matches!(org.get("created_at"), Some(Bson::DateTime(_))));
    let keys: Vec<&str> = admin.keys().map(String::as_str).collect();
    assert_eq!(keys, ["_id", "organization_id", "email", "password_hash", "role", "created_at", "updated_at"]);
    assert_eq!(admin.get_object_id("organization_id").unwrap(), org.get_object_id("_id").unwrap());
    assert_eq!((admin.get_str("email").unwrap(), admin.get_str("role").unwrap()), ("Admin@Amazon.com", "admin"));
    let hash = admin.get_str("password_hash").unwrap();
    assert!(hash.starts_with("$2b$04$") && bcrypt::verify("StrongDemo@2025!", hash).unwrap());
    assert!(world.names().contains(&"org_amazon".to_owned()));
    assert_eq!(world.count("flowbit_held"), 0, "nothing is left in keeping");
    let journal = format!("{:?}", world.find("flowbit_ops", doc! {}));
    assert!(!journal.contains("$2b$") && !journal.contains("StrongDemo"), "no hash and no password in the journal");
}

#[test]
fn a_second_create_is_refused_or_is_nothing() {
    let world = World::new(PAIR);
    let create = |name: &str, more: &[&str]| {
        let mut arguments = vec!["org", "create", name, "--admin-email", "a@acme.com", "--json"];
        arguments.extend(more);
        world.run(&arguments)
    };
    create("Acme Corp", &[]).ok();
    let password = std::fs::metadata(world.path("Acme_Corp.password")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&password.permissions()) & 0o777, 0o600);
    let again = create("acme corp", &["--if-not-exists"]).ok().json();
    assert_eq!((&again["changed"], &again["data"]["name"]), (&false.into(), &"Acme Corp".into()));
    create("ACME CORP", &[]).fails(5, "E0301");
    // B1: other names, the same collections.
    create("acme-corp", &[]).fails(5, "E0302");
    create("acme_corp!", &[]).fails(5, "E0302");
    // B23: a second account with the e-mail could never log in.
    create("Other", &[]).fails(5, "E0313");
    assert_eq!((world.count("organizations"), world.count("users")), (1, 1));
    assert!(!world.path("Other.password").exists(), "no password for what was not made");
}

#[test]
fn rename_takes_everything_along_in_the_s4_shape() {
    let world = World::new(&s4());
    s4_org(&world, 1, "amazon", 50);
    s4_org(&world, 2, "amazon_global", 7);
    world.command_on(
        doc! { "createIndexes": "org_amazon", "indexes": [{ "key": { "n": 1 }, "name": "n", "unique": true }] },
    );
    let (uuid, neighbour) = (world.uuid("org_amazon"), world.uuid("org_amazon_global"));
    let done = world.run(&["org", "rename", "amazon", "amazon-europe", "--confirm", "amazon", "--json"]).ok().json();
    assert_eq!(done["data"]["rename"]["collections"][0]["documents"], 50);
    let org = world.one("organizations", doc! { "_id": oid(1, 1) });
    assert_eq!(org.get_str("organization_name").unwrap(), "amazon-europe");
    assert_eq!(org.get_str("collection_name").unwrap(), "org_amazon-europe");
    assert_eq!(org.get_document("connection").unwrap().get_str("collection_name").unwrap(), "org_amazon-europe");
    assert!(org.get_datetime("updated_at").unwrap() > org.get_datetime("created_at").unwrap());
    assert_eq!(world.uuid("org_amazon-europe"), uuid, "the same collection, not a copy");
    assert_eq!((world.uuid("org_amazon_global"), world.count("org_amazon_global")), (neighbour, 7));
    // Readers of the old name still see the data; writers hear that something is wrong.
    assert_eq!(world.count("org_amazon"), 50);
    let refused = world.wait(world.collection("org_amazon").insert_one(doc! { "n": 1000 }).into_future());
    assert!(refused.unwrap_err().to_string().contains("is a view"));
    assert_eq!(world.count("flowbit_audit"), 1);
    let shown = world.run(&["org", "show", "amazon"]);
    assert_eq!(shown.status, 3);
    assert!(shown.stderr.contains("it was renamed to \"amazon-europe\""), "{}", shown.stderr);
}

#[test]
fn renames_that_keep_the_collections_or_change_only_case_work() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let (uuid, names) = (world.uuid("org_amazon_tickets"), world.names());
    // B3, B4: the slug stays the same.
    for (old, new) in [("amazon", "AMAZON"), ("AMAZON", "Amazon!"), ("Amazon!", "amazon")] {
        world.run(&["org", "rename", old, new, "--confirm", old, "--json"]).ok();
        assert_eq!(world.one("organizations", doc! { "_id": oid(0, 1) }).get_str("name").unwrap(), new);
        assert_eq!(world.one("users", doc! { "_id": oid(0, 10) }).get_str("tenantName").unwrap(), new);
    }
    assert_eq!(world.uuid("org_amazon_tickets"), uuid);
    let after: Vec<String> =
        world.names().into_iter().filter(|name| !name.starts_with("flowbit_") && name != "audit_logs").collect();
    assert_eq!(after, names);
    let again = world.run(&["org", "rename", "amazon", "amazon", "--json"]).ok().json();
    assert_eq!(again["changed"], false);
}

#[test]
fn rename_back_and_chains_leave_readable_aliases() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    for (old, new) in [("amazon", "b"), ("b", "c"), ("c", "d"), ("d", "amazon"), ("amazon", "c")] {
        world.run(&["org", "rename", old, new, "--confirm", old, "--json"]).ok();
    }
    // Every name it ever had leads to it, directly: a view on a view on a view ends at twenty.
    for entry in world.catalog() {
        if entry.get_str("type").unwrap() == "view" {
            let on = entry.get_document("options").unwrap().get_str("viewOn").unwrap().to_owned();
            assert!(on.starts_with("org_c_"), "{entry:?}");
        }
    }
    for name in ["amazon", "b", "d"] {
        assert_eq!(world.count(&format!("org_{name}_tickets")), 20, "{name}");
        let shown = world.run(&["org", "show", name]);
        assert!(shown.stderr.contains("renamed to \"c\""), "{name}: {}", shown.stderr);
    }
    // The names are kept for it: nobody else gets them while stragglers may still use them.
    world.run(&["org", "create", "b", "--admin-email", "b@b.com", "--json"]).fails(5, "E0301");
    world.run(&["org", "rename", "amazon global", "d", "--confirm", "amazon global", "--json"]).fails(5, "E0301");
}

#[test]
fn a_rename_onto_somebody_is_refused_and_touches_nothing() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let start = world.start();
    let before = world.state(&start);
    // B2: by name, by slug, and onto a collection that nobody owns.
    world.run(&["org", "rename", "amazon", "AMAZON GLOBAL", "--confirm", "amazon", "--json"]).fails(5, "E0301");
    world.run(&["org", "rename", "amazon", "Amazon-Global", "--confirm", "amazon", "--json"]).fails(5, "E0302");
    assert_eq!(world.state(&start), before);
    world.insert("org_lost_tickets", vec![doc! { "_id": 1 }]);
    world.run(&["org", "rename", "amazon", "lost", "--confirm", "amazon", "--json"]).fails(5, "E0302");
    assert_eq!(world.count("org_lost_tickets"), 1);
}

#[test]
fn an_organization_without_a_collection_gets_one() {
    let world = World::new(&s4());
    s4_org(&world, 1, "empty", 0);
    world.wait(world.collection("org_empty").drop().into_future()).unwrap();
    let done = world.run(&["org", "rename", "empty", "full", "--confirm", "empty", "--json"]).ok().json();
    assert_eq!(done["warnings"].as_array().unwrap().len(), 1, "{done}");
    // B9: what the record names exists.
    assert!(world.names().contains(&"org_full".to_owned()));
}

#[test]
fn two_organizations_in_one_collection_are_not_torn_apart() {
    let world = World::new(&s4());
    s4_org(&world, 1, "twin", 3);
    world.insert(
        "organizations",
        vec![doc! { "_id": oid(9, 1), "organization_name": "TWIN!", "collection_name": "org_twin" }],
    );
    world.run(&["org", "rename", "twin", "alone", "--confirm", "twin", "--json"]).fails(5, "E0302");
    world.run(&["org", "delete", "twin", "--confirm", "twin", "--json"]).fails(5, "E0302");
    assert_eq!(world.count("org_twin"), 3);
}

#[test]
fn the_registry_follows_and_keeps_its_form() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let done = world.run(&["org", "rename", "amazon", "Jungle", "--confirm", "amazon", "--json"]).ok().json();
    assert!(done["data"]["rename"]["registry"].as_str().unwrap().ends_with("registry.json"));
    let text = std::fs::read_to_string(world.path("registry.json")).unwrap();
    assert_eq!(
        text,
        "{\n    \"Jungle\": {\n        \"screens\": []\n    },\n    \"amazon global\": {\n        \"screens\": []\n    }\n}\n"
    );
    world.run(&["org", "rename", "Jungle", "x", "--confirm", "Jungle", "--no-registry", "--json"]).ok();
    assert_eq!(std::fs::read_to_string(world.path("registry.json")).unwrap(), text);
}

#[test]
fn delete_restore_and_purge_in_the_s4_shape() {
    let world = World::new(&s4());
    s4_org(&world, 1, "amazon", 50);
    s4_org(&world, 2, "amazon_global", 7);
    world.run(&["op", "gc"]).ok();
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    let start = world.start();
    // B12: neither organization nor administrator can be found by the backend.
    assert_eq!((world.count("organizations"), world.count("admins")), (1, 1));
    let read = world.wait(world.collection("org_amazon").find_one(doc! {}).into_future()).unwrap_err().to_string();
    assert!(read.contains("organization amazon was deleted on"), "{read}");
    let deleted = world.run(&["org", "list", "--deleted", "--json"]).ok().json();
    assert_eq!(deleted["data"][0]["name"], "amazon");
    world.run(&["org", "create", "amazon", "--admin-email", "x@y.zz", "--json"]).fails(5, "E0301");
    world.run(&["org", "purge", "amazon", "--confirm", "amazon", "--json"]).fails(5, "E0310");
    world.run(&["org", "restore", "amazon", "--json"]).ok();
    assert_eq!((world.count("organizations"), world.count("admins"), world.count("org_amazon")), (2, 2, 50));
    let org = world.one("organizations", doc! { "_id": oid(1, 1) });
    assert_eq!(org.keys().last().unwrap(), "updated_at", "brought back byte for byte");
    world.run(&["org", "purge", "amazon", "--confirm", "amazon", "--json"]).fails(5, "E0309");
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--keep-days", "0", "--json"]).ok();
    let purged = world.run(&["org", "purge", "amazon", "--confirm", "amazon", "--json"]).ok().json();
    assert_eq!(purged["data"]["purge"]["accounts"], 1);
    let left: Vec<String> = world.names();
    assert_eq!(
        left,
        [
            "admins",
            "flowbit_audit",
            "flowbit_fences",
            "flowbit_held",
            "flowbit_names",
            "flowbit_ops",
            "flowbit_revoked",
            "flowbit_tokens",
            "org_amazon_global",
            "organizations"
        ]
    );
    assert_eq!(world.count("flowbit_tokens"), 0);
    assert_eq!(
        (world.count("flowbit_held"), world.count("flowbit_names"), world.count("org_amazon_global")),
        (0, 0, 7)
    );
    world.run(&["org", "restore", "amazon", "--json"]).fails(3, "E0201");
    drop(start);
}

#[test]
fn accounts_that_were_disabled_stay_disabled_after_a_restore() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let enabled =
        |world: &World| world.find("users", doc! { "customerId": oid(0, 1).to_hex(), "isActive": true }).len();
    assert_eq!(enabled(&world), 2);
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    assert_eq!(enabled(&world), 0);
    assert_eq!(world.find("users", doc! { "isActive": true }).len(), 2, "the neighbour's accounts are as they were");
    world.run(&["org", "restore", "amazon", "--json"]).ok();
    assert_eq!(enabled(&world), 2);
}

#[test]
fn gc_removes_aliases_when_their_time_is_over_and_nothing_else() {
    let world = World::new(&PAIR.replace("[registry]", "[keep]\nalias_days = 0\n[registry]"));
    world.pair_of_tenants();
    world.run(&["org", "rename", "amazon", "Jungle", "--confirm", "amazon", "--json"]).ok();
    assert_eq!(world.count("org_amazon_tickets"), 20);
    let planned = world.run(&["op", "gc", "--dry-run", "--json"]).ok().json();
    assert_eq!((planned["data"].as_array().unwrap().len(), &planned["changed"]), (3, &false.into()));
    world.run(&["op", "gc", "--json"]).ok();
    assert!(!world.names().iter().any(|name| name.starts_with("org_amazon_")), "{:?}", world.names());
    assert_eq!((world.count("org_jungle_tickets"), world.count("flowbit_names")), (20, 0));
    assert_eq!(world.run(&["op", "gc", "--json"]).ok().json()["data"].as_array().unwrap().len(), 0);
}

#[test]
fn ten_thousand_organizations_are_listed_from_one_read() {
    let world = World::new(PAIR);
    for chunk in 0..10 {
        world.insert("organizations", (0..1000).map(|n| doc! { "name": format!("org {chunk} {n}"), "slug": format!("org-{chunk}-{n}"), "status": "active" }).collect());
    }
    let listed = world.run(&["org", "list", "-o", "name"]).ok();
    assert_eq!(listed.stdout.lines().count(), 10_000);
}

/// The platform knows nothing of names that are kept: its own create takes one.
#[test]
fn an_organization_made_under_a_deleted_name_gives_it_back() {
    let world = World::new(&s4());
    s4_org(&world, 1, "amazon", 50);
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).ok();
    // What the S4 backend does: its collection cannot be made, which it ignores, and its records are written.
    let made = doc! { "_id": oid(5, 1), "organization_name": "amazon", "collection_name": "org_amazon", "connection": { "collection_name": "org_amazon" } };
    world.insert("organizations", vec![made]);
    world.run(&["org", "restore", "amazon", "--json"]).fails(5, "E0301");
    world.run(&["org", "delete", "amazon", "--confirm", "amazon", "--json"]).fails(5, "E0301");
    world.run(&["org", "rename", "amazon", "usurper", "--confirm", "amazon", "--json"]).ok();
    world.run(&["org", "restore", "amazon", "--json"]).ok();
    assert_eq!(world.count("org_amazon"), 50);
    assert_eq!(
        world.one("organizations", doc! { "_id": oid(5, 1) }).get_str("collection_name").unwrap(),
        "org_usurper"
    );
}

/// A backend makes collections when it first needs them: also in the middle of an operation.
#[test]
fn a_collection_that_appears_meanwhile_turns_the_operation_back() {
    for verb in [["org", "rename", "amazon", "jungle"].as_slice(), &["org", "delete", "amazon"]] {
        let world = World::new(PAIR);
        world.pair_of_tenants();
        let start = world.start();
        let arguments = [verb, &["--confirm", "amazon", "--json"]].concat();
        let (child, gate) = world.held(&arguments, "hold@step:move:1:recorded");
        world.insert("org_amazon_suppliers", vec![doc! { "_id": 1 }]);
        std::fs::remove_file(&gate).unwrap();
        Ran::from(child.wait_with_output().unwrap()).fails(5, "E0308");
        assert_eq!((world.count("org_amazon_tickets"), world.count("org_amazon_suppliers")), (20, 1));
        assert_eq!(world.open_operation(), None);
        world.run(&arguments).ok();
        assert!(
            !world.names().contains(&"org_amazon_suppliers".to_owned())
                || verb[1] == "delete"
                || world.count("org_jungle_suppliers") == 1
        );
        drop(start);
    }
}

#[test]
fn a_new_organization_inherits_nothing() {
    let world = World::new(PAIR);
    world.insert("org_acme_letters", vec![doc! { "_id": 1 }]);
    world.run(&["org", "create", "acme", "--admin-email", "a@b.cc", "--json"]).fails(5, "E0302");
    world.pair_of_tenants();
    world.run(&["org", "rename", "amazon", "acme", "--confirm", "amazon", "--json"]).fails(5, "E0302");
    assert_eq!(world.count("org_acme_letters"), 1);
}

/// B1 again: a deleted organization keeps the names of collections that it never had.
#[test]
fn a_deleted_organization_without_collections_keeps_its_names() {
    let world = World::new(PAIR);
    world.insert(
        "organizations",
        vec![doc! { "_id": oid(0, 1), "name": "Acme Corp", "slug": "acme-corp", "status": "active" }],
    );
    world.run(&["org", "delete", "Acme Corp", "--confirm", "Acme Corp", "--json"]).ok();
    world.run(&["org", "create", "acme-corp", "--admin-email", "a@b.cc", "--json"]).fails(5, "E0301");
    world.run(&["org", "restore", "Acme Corp", "--json"]).ok();
}

/// The platform itself may have put organizations out of service; what is theirs stays theirs.
#[test]
fn a_neighbour_out_of_service_keeps_its_collections() {
    let platform = PAIR.replace("\"^a-z0-9\", with = \"-\"", "\" \", with = \"_\"");
    let world = World::new(&platform);
    let now = bson::DateTime::from_millis(1_700_000_000_000);
    for (n, name, slug, status) in [(1, "a", "a", "active"), (2, "a b", "a_b", "deleted")] {
        world.insert(
            "organizations",
            vec![doc! { "_id": oid(n, 1), "name": name, "slug": slug, "status": status, "createdAt": now }],
        );
        world.insert(&format!("org_{slug}_tickets"), vec![doc! { "_id": n as i32 }]);
    }
    world.run(&["org", "rename", "a", "z", "--confirm", "a", "--json"]).ok();
    assert_eq!((world.count("org_z_tickets"), world.count("org_a_b_tickets")), (1, 1));
    assert!(!world.names().contains(&"org_z_b_tickets".to_owned()));
}

#[test]
fn a_record_that_changed_under_the_commit_turns_the_rename_back() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let arguments = ["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"];
    let ran = world.run_with(&arguments, &[("FLOWBIT_FAULT", "kill@commit:before")]);
    assert_eq!(ran.status, 137);
    let org = world.collection("organizations");
    world
        .wait(org.update_one(doc! { "_id": oid(0, 1) }, doc! { "$set": { "name": "amazon two" } }).into_future())
        .unwrap();
    world.run(&["op", "resume", "amazon", "--json"]).fails(5, "E0308");
    assert_eq!((world.open_operation(), world.count("org_amazon_tickets")), (None, 20));
    assert!(!world.names().iter().any(|name| name.starts_with("org_jungle_")));
}

#[test]
fn renames_at_once_all_reach_the_registry() {
    let world = World::new(PAIR);
    let tenants: Vec<String> = (0..8).map(|n| format!("t{n}")).collect();
    for (n, name) in tenants.iter().enumerate() {
        world.insert("organizations", vec![doc! { "_id": oid(n, 1), "name": name, "slug": name, "status": "active" }]);
    }
    let entries: Vec<String> = tenants.iter().map(|name| format!("\"{name}\": []")).collect();
    std::fs::write(world.path("registry.json"), format!("{{{}}}", entries.join(", "))).unwrap();
    let children: Vec<_> = tenants
        .iter()
        .map(|name| {
            world
                .command(&["org", "rename", name, &format!("new-{name}"), "--confirm", name])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let registry: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(world.path("registry.json")).unwrap()).unwrap();
    let names: Vec<String> = registry.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, tenants.iter().map(|name| format!("new-{name}")).collect::<Vec<_>>());
}

/// Documents put aside come home as they are: fields in their order, dots in their names, of any size.
#[test]
fn what_was_written_under_the_old_name_comes_home_unchanged() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let arguments = ["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"];
    let (child, gate) = world.held(&arguments, "hold@settle:renamed#2");
    let strange = doc! { "_id": 7, "z": 1, "a.b": 2, "": 3, "other": [4], "title": "x", "c": { "$x": 5 } };
    let large = doc! { "_id": 8, "y": "x".repeat(9_000_000), "title": "y" };
    world.insert("org_amazon_tickets", vec![strange.clone(), large.clone()]);
    std::fs::remove_file(&gate).unwrap();
    let done = Ran::from(child.wait_with_output().unwrap()).ok().json();
    assert_eq!(done["warnings"].as_array().unwrap().len(), 0, "{}", done["warnings"]);
    assert_eq!(world.one("org_jungle_tickets", doc! { "_id": 7 }), strange);
    assert_eq!(world.one("org_jungle_tickets", doc! { "_id": 8 }), large);
    assert!(!world.names().iter().any(|name| name.starts_with("fb_")), "{:?}", world.names());
}

/// A platform that keeps a document about the tenant inside the tenant's collection, and links accounts by name.
#[test]
fn markers_and_links_by_name_follow_a_rename() {
    let marker = "\n[store.marker]\nexists = \"_metadata\"\n[store.marker.fields]\n\"_metadata.organization_name\" = \"{name}\"\n\"_metadata.collection_name\" = \"{store}\"\n";
    let by_name = "organization = \"{name}\"\ntenantName = \"{name}\"";
    let world = World::new(&(s4().replace("organization_id = \"{org.id}\"", by_name) + marker));
    std::fs::write(world.path("pw"), "pw\n").unwrap();
    for (name, email) in [("acme", "a@acme.com"), ("other", "o@other.com")] {
        world.run(&["org", "create", name, "--admin-email", email, "--password-file", "pw", "--json"]).ok();
    }
    let metadata = |store: &str| world.one(store, doc! {}).get_document("_metadata").unwrap().clone();
    assert_eq!(metadata("org_acme"), doc! { "organization_name": "acme", "collection_name": "org_acme" });
    world.run(&["org", "rename", "acme", "acme-two", "--confirm", "acme", "--json"]).ok();
    assert_eq!(metadata("org_acme-two"), doc! { "organization_name": "acme-two", "collection_name": "org_acme-two" });
    assert_eq!(metadata("org_other").get_str("organization_name").unwrap(), "other");
    let account = world.one("admins", doc! { "email": "a@acme.com" });
    assert_eq!(
        (account.get_str("organization").unwrap(), account.get_str("tenantName").unwrap()),
        ("acme-two", "acme-two")
    );
    assert_eq!(world.one("admins", doc! { "email": "o@other.com" }).get_str("organization").unwrap(), "other");
    // Another organization takes the name of a deleted one: its accounts are not the deleted one's.
    world.run(&["org", "delete", "acme-two", "--confirm", "acme-two", "--json"]).ok();
    world.insert(
        "organizations",
        vec![doc! { "_id": oid(7, 1), "organization_name": "acme-two", "collection_name": "org_new" }],
    );
    world.insert("admins", vec![doc! { "_id": oid(7, 2), "organization": "acme-two", "email": "new@acme.com" }]);
    world
        .run(&["org", "purge", "acme-two", "--before-grace-ends", "--confirm", "acme-two", "--json"])
        .fails(5, "E0301");
    assert_eq!(world.find("admins", doc! { "email": "new@acme.com" }).len(), 1);
}
