//! What `isolation check` does around its rules: which of them, whom, how much was seen, what scripts and files get, and what
//! is on its way and therefore no leak.

use bson::{Bson, Document, doc};
use serde_json::Value;

use crate::isolation_corpus::{Corpus, Plant, clean, platforms};
use crate::world::{SHARED, World, oid};

fn tickets() -> Corpus {
    clean(&platforms()[0])
}

fn plant(world: &World, plants: &[Plant]) {
    plants.iter().for_each(|plant| plant.plant(world));
}

fn check(world: &World, arguments: &[&str]) -> Value {
    let mut command = vec!["isolation", "check", "--json"];
    command.extend(arguments);
    let ran = world.run(&command);
    assert!(matches!(ran.status, 0 | 6), "{ran:?}");
    ran.json()["data"].clone()
}

fn rules(report: &Value) -> Vec<String> {
    let rule = |finding: &Value| finding["rule"].as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(rule).collect()
}

fn coverage<'r>(world: &World, report: &'r Value, collection: &str) -> &'r Value {
    let name = format!("{}.{collection}", world.db);
    report["coverage"].as_array().unwrap().iter().find(|one| one["namespace"] == name.as_str()).unwrap()
}

/// A ticket of Acme's by somebody of amazon, one without a key, and one of nobody's.
fn three(world: &World) {
    plant(
        world,
        &[
            Plant::Set("tickets", oid(2, 101).into(), "userId", oid(0, 11).into()),
            Plant::Unset("tickets", oid(1, 102).into(), "customerId"),
            Plant::Set("notes", oid(1, 303).into(), "author", "u1@amazon-global.example".into()),
            Plant::Set("notes", oid(1, 304).into(), "customerId", "initech".into()),
        ],
    );
}

#[test]
fn rules_about_keys_are_answered_by_the_index_and_no_other_rule_is_told() {
    let world = tickets();
    three(&world);
    let report = check(&world, &["--rules", "key-missing,I04"]);
    assert_eq!(rules(&report), ["I01", "I04"]);
    let looked: Vec<&str> = report["checks"].as_array().unwrap().iter().map(|c| c["rule"].as_str().unwrap()).collect();
    assert_eq!(looked, ["I01", "I04"]);
    for collection in ["tickets", "notes"] {
        let seen = coverage(&world, &report, collection);
        assert_eq!((&seen["way"], &seen["read"]), (&"index".into(), &0.into()), "{seen}");
    }
    let whole = check(&world, &[]);
    let same = |rule: &str| {
        let of = |report: &Value| {
            report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == rule).cloned().unwrap()
        };
        assert_eq!(of(&whole), of(&report), "the index and the documents say the same");
    };
    same("I01");
    same("I04");
    assert_eq!(coverage(&world, &whole, "tickets")["way"], "whole");
    assert_eq!(coverage(&world, &whole, "tickets")["read"], 120);
}

#[test]
fn a_sample_says_what_it_did_not_see_and_still_knows_every_key() {
    let world = tickets();
    three(&world);
    let report = check(&world, &["--sample", "5"]);
    let seen = coverage(&world, &report, "tickets");
    let sampled = report["coverage"].as_array().unwrap().iter().filter(|one| one["way"] == "sample").count();
    assert!(sampled >= 3, "{:#}", report["coverage"]);
    assert!(
        report["coverage"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| { one["way"] == "sample" && one["read"] == 5 && one["why"] == "115 documents were not seen" }),
        "{seen}"
    );
    assert_eq!(report["sample"], 5);
    let keys: Vec<String> = rules(&report).into_iter().filter(|rule| ["I01", "I04"].contains(&rule.as_str())).collect();
    assert_eq!(keys, ["I01", "I04"]);
    let checks = report["checks"].as_array().unwrap();
    let why = checks.iter().find(|check| check["rule"] == "I07").unwrap()["why"].as_str().unwrap();
    assert!(why.contains("at most 5 documents"), "{why}");
    let table = world.run(&["isolation", "check", "--sample", "5", "--fail-on", "error"]);
    assert!(table.stdout.contains("not seen"), "{}", table.stdout);
}

#[test]
fn about_one_organization_only_what_concerns_it_is_told() {
    let world = tickets();
    three(&world);
    let report = check(&world, &["--org", "Acme"]);
    assert_eq!(rules(&report), ["I07"]);
    assert_eq!(report["findings"][0]["tenants"], serde_json::json!(["Acme", "amazon"]));
    assert_eq!(report["organization"], "Acme");
    let other = check(&world, &["--org", "amazon"]);
    assert_eq!(rules(&other), ["I07"], "whoever is seen is concerned too");
    assert!(rules(&check(&world, &["--org", "amazon global"])).is_empty());
    world.run(&["isolation", "check", "--org", "initrode", "--json"]).fails(3, "E0201");
}

#[test]
fn wrong_inputs_are_refused_before_anything_is_read() {
    let world = tickets();
    let ran = world.run(&["isolation", "check", "--rules", "key-mising", "--json"]).fails(2, "E0101");
    assert!(ran.stderr.contains("key-missing"), "{}", ran.stderr);
    world.run(&["isolation", "check", "--sample", "0", "--json"]).fails(2, "E0101");
    world.run(&["isolation", "check", "--org", "Acme", "--all", "--json"]).fails(2, "E0101");
    world.run(&["isolation", "check", "--baseline", "none.toml", "--json"]).fails(2, "E0140");
    let nowhere = world.run(&["isolation", "check", "--html", "no/such/place.html"]);
    assert!(nowhere.status != 0 && nowhere.stdout.is_empty(), "{nowhere:?}");
}

#[test]
fn files_for_programs_and_people_say_what_the_result_says() {
    let world = tickets();
    three(&world);
    let ran =
        world.run(&["isolation", "check", "--json", "--html", "r.html", "--sarif", "r.sarif", "--junit", "r.xml"]);
    assert_eq!(ran.status, 6);
    let read = |name: &str| std::fs::read_to_string(world.path(name)).unwrap();
    let (html, sarif, junit) = (read("r.html"), read("r.sarif"), read("r.xml"));
    let findings = ran.json()["data"]["findings"].as_array().unwrap().clone();
    assert_eq!(findings.len(), 3);
    for finding in &findings {
        let id = finding["id"].as_str().unwrap();
        assert!(html.contains(id) && sarif.contains(id) && junit.contains(id), "{id}");
    }
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 3);
    let only = world.run(&["isolation", "check", "--sarif", "-"]);
    assert_eq!(only.status, 6);
    assert_eq!(serde_json::from_str::<Value>(&only.stdout).unwrap()["version"], "2.1.0");
}

#[test]
fn exit_status_follows_the_worst_finding_that_nobody_accepted() {
    let world = tickets();
    assert_eq!(world.run(&["isolation", "check"]).status, 0);
    plant(&world, &[Plant::Insert("drafts".into(), doc! { "customerId": "amazon" })]);
    assert_eq!(world.run(&["isolation", "check"]).status, 0, "a warning");
    let ran = world.run(&["isolation", "check", "--fail-on", "warning", "--json"]);
    assert_eq!(ran.status, 6);
    std::fs::write(world.path("report.json"), &ran.stdout).unwrap();
    let id = ran.json()["data"]["findings"][0]["id"].as_str().unwrap().to_owned();
    let day = jiff_in_days(30);
    world
        .run(&[
            "isolation",
            "baseline",
            "add",
            &id,
            "--from",
            "report.json",
            "--reason",
            "goes in spring",
            "--until",
            &day,
        ])
        .ok();
    let accepted = world.run(&["isolation", "check", "--fail-on", "info", "--json"]);
    assert_eq!(accepted.status, 0, "{accepted:?}");
    let data = &accepted.json()["data"];
    assert_eq!(data["accepted"][0]["finding"]["id"], id.as_str());
    assert_eq!(data["accepted"][0]["reason"], "goes in spring");
    // More of the same is not what was accepted.
    plant(&world, &[Plant::Insert("drafts".into(), doc! { "customerId": "amazon" })]);
    let grown = world.run(&["isolation", "check", "--fail-on", "warning", "--json"]);
    assert_eq!(grown.status, 6, "{grown:?}");
    assert_eq!(grown.json()["data"]["findings"][0]["id"], id.as_str());
}

fn jiff_in_days(days: i64) -> String {
    let at = bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() + days * 86_400_000);
    at.try_to_rfc3339_string().unwrap().chars().take(10).collect()
}

#[test]
fn what_an_operation_works_on_is_no_leak_and_what_comes_under_the_old_name_is_one() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    let quiet = |world: &World| {
        let report = check(world, &["--rules", "I01,I02,I03,I04,I05,I06,I07,I08,I24"]);
        let place = |finding: &Value| format!("{} {}", finding["rule"], finding["evidence"]);
        report["findings"].as_array().unwrap().iter().map(place).collect::<Vec<_>>()
    };
    assert!(quiet(&world).is_empty(), "{:?}", quiet(&world));
    let rename = ["org", "rename", "amazon", "Orinoco", "--confirm", "amazon", "--no-registry"];
    let (mut child, _) = world.held(&rename, "hold@commit:before");
    assert!(quiet(&world).is_empty(), "{:?}", quiet(&world));
    child.kill().unwrap();
    child.wait().unwrap();
    let op = world.one("flowbit_ops", doc! {}).get_str("_id").unwrap().to_owned();
    assert!(quiet(&world).is_empty(), "{:?}", quiet(&world));
    world.run(&["op", "resume", &op, "--confirm", "amazon"]);
    assert!(quiet(&world).is_empty(), "{:?}", quiet(&world));
    // The fence keeps it out; a server that was stopped and came back without one would not.
    let late = doc! { "title": "late", "customerId": "amazon", "userId": Bson::Null };
    world.command_on(doc! { "insert": "tickets", "documents": [late], "bypassDocumentValidation": true });
    let late = check(&world, &["--rules", "I04"]);
    assert_eq!(rules(&late), ["I04"], "{late:#}");
    assert_eq!(late["findings"][0]["tenants"], serde_json::json!(["Orinoco"]));
    assert!(late["findings"][0]["remedy"].as_str().unwrap().contains("op gc"), "{late:#}");
}

#[test]
fn large_and_deep_documents_are_looked_through() {
    let world = tickets();
    let mut deep: Document = doc! { "by": oid(2, 11) };
    for _ in 0..60 {
        deep = doc! { "d": deep };
    }
    world.insert(
        "tickets",
        vec![
            doc! { "_id": oid(0, 900), "customerId": "amazon", "deep": deep },
            doc! { "_id": oid(0, 901), "customerId": "amazon", "blob": "x".repeat(15 << 20), "by": oid(2, 12) },
            doc! { "_id": "Ünïcode $et.\"", "customerId": "amazon", "a b": { "": oid(2, 11) } },
        ],
    );
    let report = check(&world, &[]);
    let paths: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|f| f["place"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 3, "{:#}", report["findings"]);
    assert!(paths.contains(&"by") && paths.contains(&"a b.") && paths.iter().any(|path| path.ends_with("d.d.by")));
    for finding in report["findings"].as_array().unwrap() {
        assert_eq!((&finding["rule"], &finding["count"]), (&"I08".into(), &1.into()));
    }
}
