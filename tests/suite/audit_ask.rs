//! Asking the audit trail through the binary: pages of entries, one entry, counts, indexes; and what is never shown.

use std::collections::BTreeSet;

use bson::{Bson, DateTime, Document, Uuid, doc};
use serde_json::{Value, json};

use crate::world::{DATABASES, PAIR, Ran, SHARED, World, bare, oid};

/// The pair, with entries that say what they are about and what changed, and with tickets.
pub fn platform() -> String {
    PAIR.replace(
        "collection = \"audit_logs\"\n",
        "collection = \"audit_logs\"\ntarget = [\"ticketId\"]\ntarget_kind = \"kind\"\nbefore = \"before\"\nafter = \"after\"\npersonal = [\"device\"]\n",
    ) + r#"
[tickets]
collection = "tickets"
title = "title"
[[reference]]
collection = "tickets"
field = "userId"
to = "users._id"
as_string = true
[[reference]]
collection = "tickets"
field = "comments.userId"
to = "users._id"
as_string = true
"#
}

/// Midnight of the first of March 2026, and so many minutes.
pub fn at(minutes: i64) -> DateTime {
    DateTime::from_millis(1_772_323_200_000 + minutes * 60_000)
}

/// The account `u<user>` of a tenant, as its entries have it.
pub fn user(tenant: usize, user: u32) -> String {
    oid(tenant, 10 + user).to_hex()
}

/// An entry of a tenant, so many minutes after the first.
pub fn entry(n: u32, tenant: usize, who: u32, action: &str, minutes: i64, more: Document) -> Document {
    let mut entry = doc! {
        "_id": oid(9, n), "action": action, "userId": user(tenant, who), "customerId": oid(tenant, 1).to_hex(),
        "timestamp": at(minutes),
    };
    entry.extend(more);
    entry
}

/// Two tenants, and a trail of some entries of each.
pub fn world() -> World {
    let world = World::new(&platform());
    world.pair_of_tenants();
    let ticket = |n: u32| oid(0, 100 + n).to_hex();
    world.insert(
        "audit_logs",
        vec![
            entry(1, 0, 0, "ticket.created", 0, doc! { "ticketId": ticket(1), "kind": "ticket" }),
            entry(2, 0, 1, "ticket.updated", 10, doc! { "ticketId": ticket(1), "before": { "status": "Open" }, "after": { "status": "Closed" } }),
            entry(3, 0, 1, "comment.added", 20, doc! { "ticketId": oid(0, 101), "details": { "length": 12_i64, "big": 3.5, "public": true } }),
            entry(4, 1, 1, "ticket.updated", 30, doc! { "ticketId": oid(1, 100).to_hex() }),
            entry(5, 0, 0, "user.login", 40, doc! { "device": "Firefox on a phone", "details": { "length": 12, "session": Uuid::parse_str("6f1d2c3b-0000-4000-8000-000000000001").unwrap() } }),
            entry(6, 0, 0, "ticketing.off", 50, doc! { "details": { "public": false, "at": at(50), "ref": oid(3, 3), "none": null } }),
        ],
    );
    world
}

/// The numbers of the entries that a question finds, in order.
#[track_caller]
fn found(world: &World, words: &[&str]) -> Vec<u32> {
    let all = [&["audit", "query"], words, &["-o", "name"]].concat();
    let ran = world.run(&all).ok();
    ran.stdout.lines().map(|id| u32::from_str_radix(&id[16..], 16).unwrap()).collect()
}

fn json(world: &World, words: &[&str]) -> Value {
    world.run(&[words, &["--json"]].concat()).ok().json()
}

#[test]
fn every_filter_finds_what_it_says_in_both_directions() {
    let world = world();
    let amazon = |more: &[&str]| {
        let since: &[&str] = if more.contains(&"--since") { &[] } else { &["--since", "start"] };
        found(&world, &[&["--org", "amazon"], since, more].concat())
    };
    assert_eq!(amazon(&[]), [6, 5, 3, 2, 1]);
    assert_eq!(amazon(&["--reverse"]), [1, 2, 3, 5, 6]);
    assert_eq!(found(&world, &["--all", "--since", "start"]), [6, 5, 4, 3, 2, 1]);
    assert_eq!(found(&world, &["--all", "--since", "start", "--reverse", "--limit", "2"]), [1, 2]);
    // By e-mail, in any case; by identifier; by what nobody is called.
    assert_eq!(amazon(&["--actor", "u1@amazon.com"]), [3, 2]);
    assert_eq!(amazon(&["--actor", "U1@Amazon.com"]), [3, 2]);
    assert_eq!(amazon(&["--actor", &user(0, 0)]), [6, 5, 1]);
    assert_eq!(amazon(&["--actor", "nobody@amazon.com"]), [0; 0]);
    assert_eq!(found(&world, &["--all", "--since", "start", "--actor", "u1@amazon-global.com"]), [4]);
    assert_eq!(amazon(&["--action", "ticket.updated"]), [2]);
    assert_eq!(amazon(&["--action", "ticket.*"]), [2, 1], "the dot is a dot");
    // As text and as ObjectId.
    assert_eq!(amazon(&["--target", &oid(0, 101).to_hex()]), [3, 2, 1]);
    assert_eq!(amazon(&["--since", "2026-03-01T00:10:00Z", "--until", "2026-03-01T00:40:00Z"]), [3, 2]);
    let both = ["--action", "ticket.*", "--actor", "u1@amazon.com", "--where", "after.status=Closed"];
    assert_eq!(amazon(&both), [2]);
}

#[test]
fn conditions_match_values_of_every_type() {
    let world = world();
    let amazon = |conditions: &[&str]| {
        let mut words = vec!["--org", "amazon", "--since", "start"];
        conditions.iter().for_each(|condition| words.extend(["--where", condition]));
        found(&world, &words)
    };
    assert_eq!(amazon(&["details.length=12"]), [5, 3], "32 and 64 bits");
    assert_eq!(amazon(&["details.big=3.5"]), [3]);
    assert_eq!(amazon(&["details.public=true"]), [3]);
    assert_eq!(amazon(&["details.public=false"]), [6]);
    assert_eq!(amazon(&["details.session=6f1d2c3b-0000-4000-8000-000000000001"]), [5]);
    assert_eq!(amazon(&["details.at=2026-03-01T00:50:00Z"]), [6]);
    assert_eq!(amazon(&[&format!("details.ref={}", oid(3, 3).to_hex())]), [6]);
    assert_eq!(amazon(&["before.status!=Open"]), [6, 5, 3, 1]);
    assert_eq!(amazon(&["action!=user.login", "details.length=12"]), [3]);
    assert_eq!(amazon(&["device=Firefox on a phone"]), [5]);
}

#[test]
fn more_than_the_limit_and_the_window_are_said() {
    let world = world();
    let said = |words: &[&str]| world.run(&[&["audit", "query", "--org", "amazon"], words].concat()).ok().stderr;
    let limited = said(&["--since", "start", "--limit", "2"]);
    assert!(limited.contains("note: more than 2 entries match; --limit 4"), "{limited}");
    assert!(!said(&["--since", "start", "--limit", "5"]).contains("more than"), "five are all");
    let now = said(&[]);
    assert!(now.contains("note: the 24 hours before 20") && now.contains("--since 7d"), "{now}");
    assert!(!said(&["--since", "2h"]).contains("hours before"));
    let stats = world.run(&["audit", "stats", "--org", "amazon"]).ok();
    assert!(stats.stderr.contains("note: the 7 days before 20"), "{stats:?}");
    let envelope = json(&world, &["audit", "query", "--org", "amazon", "--until", "2026-03-01T00:15:00Z"]);
    assert_eq!(
        envelope["warnings"][1],
        "the 24 hours before 2026-03-01T00:15:00Z; --since 7d, or --since start, looks further back"
    );
    assert_eq!(envelope["data"].as_array().unwrap().len(), 2);
}

#[test]
fn every_format_has_its_shape() {
    let world = world();
    let ask = ["audit", "query", "--org", "amazon", "--since", "start"];
    let data = json(&world, &ask);
    assert_eq!((&data["schema"], &data["changed"]), (&json!("flowbit.audit.query/1"), &json!(false)));
    let second = &data["data"][3];
    let expected = json!({
        "id": oid(9, 2).to_hex(), "time": "2026-03-01T00:10:00Z", "action": "ticket.updated", "actor": user(0, 1),
        "actor_name": "u1@amazon.com", "organization": oid(0, 1).to_hex(), "organization_name": "amazon",
        "target": oid(0, 101).to_hex(), "target_kind": null,
        "entry": {
            "_id": { "$oid": oid(9, 2).to_hex() }, "action": "ticket.updated", "userId": user(0, 1),
            "customerId": oid(0, 1).to_hex(), "timestamp": { "$date": "2026-03-01T00:10:00Z" },
            "ticketId": oid(0, 101).to_hex(), "before": { "status": "Open" }, "after": { "status": "Closed" },
        },
    });
    assert_eq!(*second, expected);
    let lines = world.run(&[&ask[..], &["-o", "jsonl", "--reverse"]].concat()).ok();
    let lines: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[1]), (5, &expected["entry"]));
    // What is read back is what is stored.
    let canonical = world.run(&[&ask[..], &["-o", "jsonl", "--canonical", "--reverse"]].concat()).ok();
    let back: Vec<Document> = canonical
        .stdout
        .lines()
        .map(|line| {
            let Value::Object(map) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
            Document::try_from(map).unwrap()
        })
        .collect();
    assert_eq!(back, world.find("audit_logs", doc! { "customerId": oid(0, 1).to_hex() }));
    let csv = world.run(&[&ask[..], &["-o", "csv", "--limit", "4"]].concat()).ok().stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = "id,time,action,actor,actor_name,organization,organization_name,target,target_kind,details";
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), head);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((&rows[3][1], &rows[3][4]), ("2026-03-01T00:10:00Z", "u1@amazon.com"));
    assert_eq!(&rows[3][9], "status: Open → Closed");
    let nothing = world.run(&["audit", "query", "--org", "amazon", "--action", "never", "--since", "start"]).ok();
    assert_eq!(nothing.stdout, "There are no such entries.\n");
    let nothing =
        world.run(&["audit", "query", "--org", "amazon", "--action", "never", "--since", "start", "-o", "csv"]);
    assert_eq!(nothing.ok().stdout.trim_end(), head);
    let raw = json(&world, &[&ask[..], &["--no-resolve"]].concat());
    assert_eq!((&raw["data"][0]["actor_name"], &raw["data"][0]["actor"]), (&Value::Null, &json!(user(0, 0))));
}

const PERSONAL: [&str; 9] = ["@", "10.1.2.3", "2001:db8", "Firefox", "Anna Keller", "+49 170", "u0", "192.168", "carl"];

#[test]
fn masked_entries_hold_no_person_in_any_format() {
    let world = world();
    let ticket = oid(0, 105).to_hex();
    let masked = doc! {
        "ticketId": &ticket, "device": "Firefox 1", "ip": "10.1.2.3", "phone": "+49 170 1",
        "details": {
            "text": "Anna Keller (anna@amazon.com, carl@x.y) from [2001:db8::7]:443 and 192.168.0.9:80",
            "list": ["a@b.cc", { "deep": "to u0@amazon.com" }], "carl@x.y": 1, "assignee": user(0, 0),
            "contact": { "phone": ["+49 170 1"] },
        },
    };
    world.insert(
        "audit_logs",
        vec![
            entry(20, 0, 0, "ticket.shared", 60, masked.clone()),
            entry(21, 0, 0, "ticket.shared", 61, {
                let mut named = masked;
                named.insert("userId", "Anna Keller");
                named
            }),
        ],
    );
    let start = ["--since", "start"];
    let asked: [Vec<&str>; 7] = [
        [&["audit", "query", "--org", "amazon"], &start[..]].concat(),
        [&["audit", "query", "--all", "--no-resolve"], &start[..]].concat(),
        vec!["audit", "show", "000000010000000900000015"],
        vec!["audit", "timeline", "--target", &ticket],
        [&["audit", "stats", "--org", "amazon", "--by", "actor,device"], &start[..]].concat(),
        [&["audit", "stats", "--all", "--by", "details.text,details,details.contact.phone"], &start[..]].concat(),
        [&["audit", "tail", "--all"], &start[..]].concat(),
    ];
    for words in &asked {
        for format in ["table", "json", "jsonl", "csv", "name"] {
            let ran = world.run(&[words, &["--mask", "-o", format][..]].concat()).ok();
            let said = format!("{}{}", ran.stdout, ran.stderr);
            // A name in free text is known where its bearer acts in what is shown.
            for person in
                PERSONAL.iter().filter(|person| !matches!(words[1], "stats" | "tail") || **person != "Anna Keller")
            {
                assert!(!said.contains(person), "{words:?} -o {format} tells {person}: {said}");
            }
            if words[1] == "query" && format == "jsonl" {
                assert!(!said.contains(&user(0, 0)), "an actor is known by its identifier: {said}");
            }
        }
    }
    // The same one is the same, wherever it stands; ids of entries and targets stay.
    let data = json(&world, &[&asked[0][..], &["--mask"]].concat())["data"].clone();
    let (named, by_id) = (&data[0], &data[1]);
    assert_eq!(by_id["id"], oid(9, 20).to_hex());
    assert_eq!(by_id["target"], ticket);
    assert_eq!(by_id["actor"], by_id["actor_name"]);
    assert_eq!(by_id["entry"]["userId"], by_id["actor"]);
    assert_eq!(by_id["entry"]["details"]["assignee"], by_id["actor"]);
    let deep = by_id["entry"]["details"]["list"][1]["deep"].as_str().unwrap();
    assert_eq!(deep, format!("to {}", by_id["actor"].as_str().unwrap()));
    assert!(by_id["entry"]["details"]["text"].as_str().unwrap().starts_with(named["actor"].as_str().unwrap()));
    assert_ne!(named["actor"], by_id["actor"]);
    let people: BTreeSet<&str> = data.as_array().unwrap().iter().filter_map(|row| row["actor"].as_str()).collect();
    assert_eq!(people.len(), 3, "{people:?}");
    let again = json(&world, &[&asked[0][..], &["--mask"]].concat())["data"][1]["actor"].clone();
    assert_ne!(again, by_id["actor"], "another run has other pseudonyms");
}

#[test]
fn secrets_in_entries_are_never_shown() {
    let world = world();
    let secrets = doc! {
        "ticketId": oid(0, 105).to_hex(),
        "before": { "password": "old-secret-1", "status": "a" }, "after": { "password": "new-secret-2", "status": "b" },
        "details": {
            "resetToken": "secret-3", "apiKey": "secret-4", "note": "hash $2b$12$secret5secret5secret5 was set",
            "jwt": "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LTY.c2VjcmV0LTY", "pem": "-----BEGIN PRIVATE KEY-----\nsecret-7",
            "header": "Bearer eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LTY.c2VjcmV0LTY", "uri": "mongodb://u:secret-8@h/",
            "otp": 424_242, "passwordChanged": true, "nested": [{ "clientSecret": { "a": "secret-9" } }], "tokens": ["secret-10"],
            "cookie": "secret-11", "accessKey": "secret-12", "body": "{\"user\":{\"passphrase\":\"secret-13\"}}",
        },
    };
    world.insert("audit_logs", vec![entry(30, 0, 0, "user.changed", 70, secrets)]);
    let id = oid(9, 30).to_hex();
    for words in [
        vec!["audit", "query", "--org", "amazon", "--since", "start"],
        vec!["audit", "query", "--org", "amazon", "--since", "start", "--canonical"],
        vec!["audit", "tail", "--all"],
        vec!["audit", "tail", "--org", "amazon", "--since", "start", "--canonical"],
        vec!["audit", "show", &id],
        vec!["audit", "timeline", "--target", "000000010000000000000069"],
        vec!["audit", "stats", "--all", "--since", "start", "--by", "details.resetToken,details.note,after,details"],
    ] {
        for format in ["table", "json", "jsonl", "csv"] {
            let ran = world.run(&[&words[..], &["-o", format]].concat()).ok();
            let said = format!("{}{}", ran.stdout, ran.stderr);
            for mark in ["secret-", "secret5", "eyJ", "c2VjcmV0", "424242", "BEGIN"] {
                assert!(!said.contains(mark), "{words:?} -o {format} tells {mark}: {said}");
            }
            assert!(said.contains("[secret]"), "{words:?} -o {format}: {said}");
        }
    }
    let shown = json(&world, &["audit", "show", &id])["data"].clone();
    assert_eq!(shown["entry"]["details"]["passwordChanged"], true);
    assert_eq!(
        shown["changes"],
        json!([
            { "field": "password", "before": "[secret]", "after": "[secret]" },
            { "field": "status", "before": "a", "after": "b" },
        ])
    );
}

#[test]
fn a_missing_index_is_said_made_and_then_not_missed() {
    let world = world();
    let ask = ["audit", "query", "--org", "amazon", "--since", "start"];
    let all = ["audit", "query", "--all", "--since", "start"];
    let warnings = |words: &[&str]| json(&world, words)["warnings"].as_array().unwrap().clone();
    let slow = "no index of audit_logs begins with customerId and timestamp, so the server reads about 6 entries; flowbit audit index makes one";
    assert_eq!(warnings(&ask), [slow]);
    let table = world.run(&ask).ok();
    assert!(table.stderr.contains(&format!("warning: {slow}")), "{table:?}");
    assert!(warnings(&all)[0].as_str().unwrap().ends_with("flowbit audit index --time makes one"));
    // Nothing is done by a dry run, nor where it is not agreed to.
    let planned = json(&world, &["audit", "index", "--dry-run"]);
    assert_eq!(planned["changed"], false);
    assert_eq!(
        planned["data"]["indexes"],
        json!([{ "name": "customerId_1_timestamp_-1", "keys": { "customerId": 1, "timestamp": -1 } }])
    );
    world.run(&["audit", "index", "--confirm", "other", "--json"]).fails(10, "E1002");
    assert_eq!((world.count("audit_logs"), index_names(&world).len()), (6, 1));
    // It is recorded, then made; the second time there is nothing to do.
    let made = json(&world, &["audit", "index"]);
    assert_eq!((&made["changed"], &made["schema"]), (&json!(true), &json!("flowbit.audit.index/1")));
    let recorded = world.one("audit_logs", doc! { "action": "audit.indexed" });
    assert_eq!(recorded.get_str("userId").unwrap(), "tester");
    let told = recorded.get_document("details").unwrap();
    assert_eq!(told.get_str("collection").unwrap(), "audit_logs");
    assert_eq!(told.get_array("indexes").unwrap(), &["customerId_1_timestamp_-1".into()]);
    assert_eq!(warnings(&ask), [] as [Value; 0]);
    assert_eq!(json(&world, &["audit", "index"])["changed"], false);
    assert_eq!(world.find("audit_logs", doc! { "action": "audit.indexed" }).len(), 1);
    assert_eq!(json(&world, &["audit", "index", "--time"])["changed"], true);
    assert_eq!(warnings(&all), [] as [Value; 0]);
    let names: Vec<String> = index_names(&world);
    assert_eq!(names, ["_id_", "customerId_1_timestamp_-1", "timestamp_-1"]);
    assert_eq!(json(&world, &["audit", "index", "--time"])["changed"], false);
}

fn index_names(world: &World) -> Vec<String> {
    let reply = world.command_on(doc! { "listIndexes": "audit_logs" });
    let batch = reply.get_document("cursor").unwrap().get_array("firstBatch").unwrap().clone();
    batch.iter().map(|index| index.as_document().unwrap().get_str("name").unwrap().to_owned()).collect()
}

#[test]
fn an_index_is_described_by_its_beginning_and_made_only_where_it_can_be_recorded() {
    let described = platform().replace(
        "target = [\"ticketId\"]\n",
        "target = [\"ticketId\"]\nindexes = [{ keys = { customerId = 1, timestamp = -1, action = 1 } }]\n",
    );
    let world = World::new(&described);
    world.pair_of_tenants();
    world.insert("audit_logs", vec![entry(1, 0, 0, "a", 0, doc! {})]);
    // Partial indexes answer for some entries only, and their name is taken.
    let partial = doc! { "key": { "customerId": 1, "timestamp": -1, "action": 1 }, "name": "customerId_1_timestamp_-1_action_1", "partialFilterExpression": { "action": "a" } };
    world.command_on(doc! { "createIndexes": "audit_logs", "indexes": [partial] });
    let _turn = crate::faults::FAIL_POINT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let data = doc! { "failCommands": ["insert"], "appName": &world.db, "errorCode": 13 };
    let point = doc! { "configureFailPoint": "failCommand", "mode": { "times": 1 }, "data": data };
    world.wait(world.client.database("admin").run_command(point).into_future()).unwrap();
    let ran = world.run(&["audit", "index", "--json"]).fails(4, "E0402");
    assert_eq!(ran.error()["changed"], false);
    assert_eq!(index_names(&world).len(), 2, "what is not recorded is not made");
    world.run(&["audit", "index"]).ok();
    assert_eq!(index_names(&world)[2], "customerId_1_timestamp_-1_action_1_flowbit");
    assert_eq!(json(&world, &["audit", "index"])["changed"], false);
}

#[test]
fn a_protected_profile_wants_a_confirmation_and_a_reason_for_an_index() {
    let world = world();
    let profile =
        format!("[profiles.live]\nprotected = true\nuri = \"{}\"\nmaster_database = \"{}\"\n", world.uri(), world.db);
    let directory = world.path(".config/flowbit");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), profile).unwrap();
    let index = |more: &[&str]| {
        let words = ["audit", "index", "--profile", "live", "--json"];
        Ran::from(bare(world.home.path()).args(words).args(more).output().unwrap())
    };
    index(&[]).fails(10, "E1003");
    index(&["--confirm", "index"]).fails(10, "E1003");
    assert_eq!(index_names(&world).len(), 1);
    index(&["--dry-run"]).ok();
    assert_eq!(index(&["--confirm", "index", "--reason", "slow"]).ok().json()["changed"], true);
}

#[test]
fn counts_are_those_of_the_entries() {
    let world = world();
    let stats =
        |words: &[&str]| json(&world, &[&["audit", "stats", "--since", "start"], words].concat())["data"].clone();
    assert_eq!(
        stats(&["--org", "amazon", "--by", "actor"]),
        json!([
            { "by": { "actor": user(0, 0), "actor_name": "u0@amazon.com" }, "count": 3 },
            { "by": { "actor": user(0, 1), "actor_name": "u1@amazon.com" }, "count": 2 },
        ])
    );
    let orgs = stats(&["--all", "--by", "org,weekday"]);
    assert_eq!(
        orgs[0],
        json!({ "by": { "org": oid(0, 1).to_hex(), "org_name": "amazon", "weekday": "Sunday" }, "count": 5 })
    );
    assert_eq!((orgs[1]["by"]["org_name"].as_str(), orgs.as_array().unwrap().len()), (Some("amazon global"), 2));
    assert_eq!(
        stats(&["--all", "--by", "month,hour"]),
        json!([{ "by": { "month": "2026-03", "hour": "00:00" }, "count": 6 }])
    );
    world.insert(
        "audit_logs",
        vec![entry(7, 0, 0, "user.login", -1440, doc! {}), {
            let mut undated = entry(8, 0, 0, "user.login", 0, doc! {});
            undated.insert("timestamp", "not a date");
            undated
        }],
    );
    let days = stats(&["--org", "amazon", "--by", "day"]);
    assert_eq!(days[0], json!({ "by": { "day": "2026-02-28" }, "count": 1 }));
    assert_eq!(days[2], json!({ "by": { "day": null }, "count": 1 }));
    assert_eq!(
        stats(&["--org", "amazon", "--by", "after.status"])[1],
        json!({ "by": { "after.status": "Closed" }, "count": 1 })
    );
    let top = world.run(&["audit", "stats", "--org", "amazon", "--since", "start", "--top", "1"]).ok();
    assert!(top.stderr.contains("note: the 1 largest of 5 groups; --top 2 shows more"), "{top:?}");
    // The bar is ASCII where the terminal is not known to have more.
    let expected = "\
ACTION          COUNT
user.login          3  ########################################
comment.added       1  ##############
ticket.created      1  ##############
ticket.updated      1  ##############
ticketing.off       1  ##############

7 entries in 5 groups.
";
    let words = ["audit", "stats", "--org", "amazon", "--since", "start"];
    assert_eq!(world.run(&words).ok().stdout, expected);
    let fine = world.run_with(&words, &[("LANG", "C.UTF-8")]).ok().stdout;
    assert!(
        fine.contains(&format!("  {}\n", "█".repeat(40))) && fine.contains(&format!("{}▍\n", "█".repeat(13))),
        "{fine}"
    );
    assert_eq!(world.run_with(&words, &[("LANG", "C.UTF-8"), ("TERM", "dumb")]).ok().stdout, expected);
    let csv = world.run(&[&words[..], &["-o", "csv"]].concat()).ok().stdout;
    assert!(csv.starts_with("action,count\nuser.login,3\n"), "{csv}");
    assert_eq!(stats(&["--org", "amazon", "--by", "action", "--action", "ticket.*"]).as_array().unwrap().len(), 2);
}

#[test]
fn names_are_found_in_every_layout() {
    // Owners of the platform, beside accounts of the master database.
    let world = World::new(&crate::tokens::platform());
    world.pair_of_tenants();
    world.insert("core_users", vec![doc! { "_id": oid(5, 1), "email": "owner@pair.com", "password": "x" }]);
    let entry = |n: u32, who: Bson, org: Bson| doc! { "_id": oid(9, n), "action": "a", "userId": who, "customerId": org, "timestamp": at(0) };
    world.insert(
        "audit_logs",
        vec![
            entry(1, oid(5, 1).into(), oid(0, 1).to_hex().into()),
            entry(2, oid(0, 11).into(), oid(0, 1).to_hex().into()),
            entry(3, "deploy-bot".into(), oid(0, 1).to_hex().into()),
            entry(4, user(1, 0).into(), oid(1, 1).to_hex().into()),
        ],
    );
    let told = |world: &World, whose: &[&str]| -> Vec<(Option<String>, Option<String>)> {
        let words = [&["audit", "query", "--since", "start", "--reverse"], whose].concat();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let data = json(world, &words)["data"].clone();
        let mut rows: Vec<(String, _)> = data
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["id"].to_string(), (text(&row["actor_name"]), text(&row["organization_name"]))))
            .collect();
        rows.sort();
        rows.into_iter().map(|(_, row)| row).collect()
    };
    let row = |name: &str, org: &str| (Some(name.to_owned()), Some(org.to_owned()));
    let of_amazon =
        vec![row("owner@pair.com", "amazon"), row("u1@amazon.com", "amazon"), (None, Some("amazon".to_owned()))];
    assert_eq!(told(&world, &["--org", "amazon"]), of_amazon);
    assert_eq!(told(&world, &["--all"])[3], row("u0@amazon-global.com", "amazon global"));

    let world = World::new(DATABASES);
    world.pair_of_databases();
    let entry = |n: u32, who: Bson, tenant: &str| doc! { "_id": oid(9, n), "action": "a", "actor": who, "tenant": tenant, "timestamp": at(0) };
    world.insert(
        "audit_logs",
        vec![entry(1, oid(0, 10).into(), "amazon"), entry(2, user(1, 2).into(), "amazon-global")],
    );
    let both = vec![row("u0@amazon.com", "amazon"), row("u2@amazon-global.com", "amazon global")];
    assert_eq!(told(&world, &["--all"]), both);
    assert_eq!(told(&world, &["--org", "amazon global"]), both[1..]);
    assert_eq!(found(&world, &["--all", "--since", "start", "--actor", "u2@amazon-global.com"]), [2]);

    let world = World::new(SHARED);
    world.pair_of_keys();
    let entry = |n: u32, who: Bson, tenant: &str| doc! { "_id": oid(9, n), "action": "a", "userId": who, "customerId": tenant, "timestamp": at(0) };
    world.insert(
        "audit_logs",
        vec![entry(1, user(0, 0).into(), "amazon"), entry(2, oid(1, 12).into(), "amazon global")],
    );
    assert_eq!(told(&world, &["--all"]), both);
    assert_eq!(told(&world, &["--org", "amazon"]), both[..1]);

    // The only account of an organization inside its record: its identifier is the record's.
    let world = World::new(&crate::users::EMBEDDED.replace("[store]", "[audit]\ncollection = \"audit_logs\"\nfields = { action = \"{action}\", who = \"{actor}\", org = \"{org.id}\", at = \"{now}\" }\n[store]"));
    world.insert("organizations", vec![doc! { "_id": oid(0, 1), "name": "acme", "admin_email": "admin@acme.com" }]);
    world.insert(
        "audit_logs",
        vec![doc! { "_id": oid(9, 1), "action": "a", "who": oid(0, 1).to_hex(), "org": oid(0, 1), "at": at(0) }],
    );
    assert_eq!(told(&world, &["--org", "acme"]), [row("admin@acme.com", "acme")]);
    assert_eq!(told(&world, &["--all"]), [row("admin@acme.com", "acme")]);
}

#[test]
fn a_trail_of_another_shape_is_only_described_otherwise() {
    let shape = r#"[audit]
collection = "auditlogs"
target = ["resourceId"]
target_kind = "resourceType"
actor = "user"
before = "oldValues"
after = "newValues"
personal = ["ipAddress", "userAgent"]
[audit.fields]
action = "{action}"
performedBy = "{actor}"
customerId = "{name}"
createdAt = "{now}"
metadata = "{details}"
"#;
    let platform =
        flowbit::config::preset_text("tickets").unwrap().replace("[registry]", &format!("{shape}[registry]"));
    let world = World::new(&platform);
    world.pair_of_keys();
    let ticket = oid(0, 100);
    world.insert(
        "auditlogs",
        vec![
            doc! { "_id": oid(9, 1), "action": "UPDATE", "user": oid(0, 11), "customerId": "amazon", "createdAt": at(5), "resourceId": ticket, "resourceType": "Ticket", "oldValues": { "status": "Open" }, "newValues": { "status": "Closed" }, "ipAddress": "10.0.0.9" },
            doc! { "_id": oid(9, 2), "action": "CREATE", "user": oid(1, 10), "customerId": "amazon global", "createdAt": at(4), "resourceId": oid(1, 100), "resourceType": "Ticket" },
            doc! { "_id": oid(9, 3), "action": "org.created", "performedBy": "tester", "customerId": "amazon", "createdAt": at(3), "metadata": { "by": "hand" } },
        ],
    );
    let words = ["audit", "query", "--org", "amazon", "--since", "2026-03-01"];
    let data = json(&world, &words)["data"].clone();
    assert_eq!(data.as_array().unwrap().len(), 2);
    let first = &data[0];
    assert_eq!(
        (&first["actor_name"], &first["target_kind"], &first["time"]),
        (&json!("u1@amazon.com"), &json!("Ticket"), &json!("2026-03-01T00:05:00Z"))
    );
    assert_eq!(data[1]["actor"], "tester");
    assert_eq!(found(&world, &["--org", "amazon", "--since", "start", "--actor", "tester"]), [3]);
    let masked = world.run(&[&words[..], &["--mask", "-o", "jsonl"]].concat()).ok().stdout;
    assert!(!masked.contains("10.0.0.9") && masked.contains("\"ipAddress\":\"hidden-"), "{masked}");
    let table = world.run(&words).ok().stdout;
    assert!(table.contains("Ticket 000000010000000000000064") && table.contains("status: Open → Closed"), "{table}");
    let story = json(&world, &["audit", "timeline", "--target", &ticket.to_hex()])["data"].clone();
    assert_eq!(
        story["document"],
        json!({ "place": format!("{}.tickets", world.db), "kind": "tickets", "organization": "amazon" })
    );
    assert_eq!(story["events"][0]["text"], "status: Open → Closed");
    let made = json(&world, &["audit", "index"])["data"]["indexes"].clone();
    assert_eq!(made[0]["keys"], json!({ "customerId": 1, "createdAt": -1 }));
}

#[test]
fn entries_from_before_a_rename_are_found() {
    let world = World::new(flowbit::config::preset_text("tickets").unwrap());
    world.pair_of_keys();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon"]).ok();
    world.run(&["org", "rename", "jungle", "forest", "--confirm", "jungle"]).ok();
    let old = world.count("flowbit_audit");
    assert!(old >= 2);
    let data = json(&world, &["audit", "query", "--org", "forest"])["data"].clone();
    assert_eq!(u64::try_from(data.as_array().unwrap().len()).unwrap(), old, "{data}");
    let organizations: BTreeSet<&str> =
        data.as_array().unwrap().iter().map(|row| row["organization_name"].as_str().unwrap()).collect();
    assert_eq!(organizations, BTreeSet::from(["forest"]));
    let other = json(&world, &["audit", "query", "--org", "amazon global"])["data"].clone();
    assert_eq!(other, json!([]));
}

#[test]
fn bad_questions_are_refused() {
    let world = world();
    let start = world.start();
    let before = world.state(&start);
    for (words, status, code) in [
        (&["query", "--org", "amazom"][..], 3, "E0201"),
        (&["query"], 2, "E0101"),
        (&["query", "--org", "amazon", "--all"], 2, "E0101"),
        (&["query", "--all", "--since", "soon"], 2, "E0101"),
        (&["query", "--all", "--since", "2026-03-02", "--until", "2026-03-01"], 2, "E0101"),
        (&["query", "--all", "--since", "2026-03-02", "--until", "2026-03-02"], 2, "E0101"),
        (&["query", "--all", "--where", ""], 2, "E0101"),
        (&["query", "--all", "--where", "=x"], 2, "E0101"),
        (&["query", "--all", "--where", "$where=1"], 2, "E0101"),
        (&["query", "--all", "--limit", "0"], 2, "E0101"),
        (&["query", "--all", "--limit", "many"], 2, "E0101"),
        (&["show", "000000000000000000000000"], 3, "E0210"),
        (&["show", ""], 3, "E0210"),
        (&["stats", "--org", "nobody"], 3, "E0201"),
        (&["stats", "--all", "--by", ""], 2, "E0101"),
        (&["stats", "--all", "--by", "a..b"], 2, "E0101"),
        (&["stats", "--all", "--by", "$x"], 2, "E0101"),
        (&["stats", "--all", "--top", "0"], 2, "E0101"),
        (&["timeline", "--target", "nothing"], 3, "E0210"),
        (&["timeline", "--target", "x", "--org", "nobody"], 3, "E0201"),
        (&["timeline"], 2, "E0101"),
    ] {
        let ran = world.run(&[&["audit"], words, &["--json"]].concat()).fails(status, code);
        assert_eq!(ran.error()["changed"], false, "{words:?}");
    }
    assert_eq!(world.state(&start), before);
    let ran = world.run(&["audit", "query", "--org", "amazom", "--json"]);
    assert_eq!(ran.error()["next"][0], "did you mean \"amazon\"?");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = world();
    let many = (0..3000).map(|n| entry(1000 + n, 0, 0, "many", 100, doc! { "text": "x".repeat(200) }));
    world.insert("audit_logs", many.collect());
    for format in ["table", "jsonl", "csv"] {
        let flowbit = env!("CARGO_BIN_EXE_flowbit");
        let ask = format!("{flowbit} audit query --org amazon --since start --limit 5000 -q -o {format}");
        let mut shell = bare(world.home.path());
        shell = {
            let mut sh = std::process::Command::new("sh");
            sh.env_clear().current_dir(world.home.path()).envs(shell.get_envs().filter_map(|(k, v)| Some((k, v?))));
            sh
        };
        shell.args(["-c", &format!("{{ {ask} 2>said; echo $? >status; }} | head -1 >/dev/null")]);
        shell.env("PATH", "/usr/bin:/bin").env("FLOWBIT_URI", world.uri()).env("FLOWBIT_MASTER_DB", &world.db);
        shell.output().unwrap();
        assert_eq!(std::fs::read_to_string(world.path("status")).unwrap().trim(), "0", "{format}");
        let said = std::fs::read_to_string(world.path("said")).unwrap();
        assert!(!said.contains("error") && !said.contains("panic"), "{said}");
    }
}
