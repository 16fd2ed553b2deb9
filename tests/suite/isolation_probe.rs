//! `flowbit isolation probe` on a reference backend: whole, and with one hole at a time.

use std::net::TcpListener;
use std::process::Stdio;

use bson::{Document, doc};
use serde_json::Value;

use crate::reference_backend::{Backend, HOOK, Lives, SECRET};
use crate::world::{DATABASES, Ran, SHARED, World, oid};

const TOKEN: &str = r#"
[token]
algorithm = "HS256"
secret_env = "JWT_SECRET"
expires = 900
claims = { userId = "{account.id:string}", customerId = "{TENANT}", role = "{role}", email = "{email}" }
"#;

const API: &str = r#"
[api]
hosts = ["http://127.0.0.1:PORT"]
tenant_header = { name = "X-TENANT", carries = "CARRIES" }
rate = 100
most = 400
route = [
  { does = "list", method = "GET", path = "/api/tickets" },
  { does = "read", method = "GET", path = "/api/tickets/{id}" },
  { does = "update", method = "PUT", path = "/api/tickets/{id}", body = { title = "{text}" } },
  { does = "delete", method = "DELETE", path = "/api/tickets/{id}" },
  { does = "create", method = "POST", path = "/api/tickets", body = { title = "{text}" } },
  { does = "search", method = "POST", path = "/api/search", body = { q = "{term}" } },
  { does = "admin", method = "GET", path = "/api/admin", role = "Admin" },
  { does = "login", method = "POST", path = "/login", body = { email = "{email}", password = "{password}" } },
  { does = "webhook", method = "POST", path = "/webhook", body = { customerId = "{tenant}", ticketId = "{id}", status = "Closed" }, secret_header = "X-Secret", secret_env = "HOOK_SECRET" },
]
"#;

fn api(carries: &str, port: u16) -> String {
    API.replace("CARRIES", carries).replace("PORT", &port.to_string())
}

/// Two tenants that share collections, and a backend with these holes.
fn shared(holes: &[&'static str]) -> (World, Backend) {
    let mut world = World::new(SHARED);
    world.pair_of_keys();
    keys(&mut world);
    let backend = Backend::start(&world, Lives::Shared, holes);
    let description = format!("{SHARED}{}{}", TOKEN.replace("TENANT", "name"), api("name", backend.port));
    std::fs::write(world.path("flowbit.toml"), description).unwrap();
    (world, backend)
}

fn keys(world: &mut World) {
    world.env("JWT_SECRET", SECRET);
    world.env("HOOK_SECRET", HOOK);
}

const AS: [&str; 4] = ["--as", "amazon,amazon global", "--confirm", "amazon global"];

fn words<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["isolation", "probe", "--api", url, "--json"];
    words.extend(AS);
    words.extend(more);
    words
}

fn probe(world: &World, backend: &Backend, more: &[&str]) -> Ran {
    let url = backend.url();
    world.run(&words(&url, more))
}

/// The probes that leaked.
fn leaks(ran: &Ran) -> Vec<String> {
    let answer = ran.json();
    let mut found: Vec<String> = answer["data"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect();
    found.dedup();
    let trials = answer["data"]["trials"].as_array().unwrap();
    let leaking: Vec<&str> = trials
        .iter()
        .filter(|trial| trial["verdict"] == "leak")
        .map(|trial| trial["probe"].as_str().unwrap())
        .collect();
    assert_eq!(found, leaking, "{ran:?}");
    found
}

fn verdict(ran: &Ran, probe: &str) -> (String, String) {
    let answer = ran.json();
    let trials = answer["data"]["trials"].as_array().unwrap();
    let trial = trials.iter().find(|trial| trial["probe"] == probe).unwrap();
    (trial["verdict"].as_str().unwrap().to_owned(), trial["evidence"].as_str().unwrap().to_owned())
}

/// Everything that is the tenants'.
fn of_tenants(world: &World) -> String {
    let mut text = String::new();
    for db in world.databases() {
        let names: Vec<String> = world.catalog_of(&db).iter().map(|e| e.get_str("name").unwrap().to_owned()).collect();
        for name in names.iter().filter(|name| !name.starts_with("flowbit_") && *name != "audit_logs") {
            let documents: Vec<Document> = world.wait(async {
                use futures_util::TryStreamExt;
                let found = world.client.database(&db).collection::<Document>(name);
                found.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap()
            });
            documents.iter().for_each(|document| text.push_str(&format!("{db}.{name} {document}\n")));
        }
    }
    text
}

/// A backend with these holes gives exactly these findings, and nothing of the run stays.
#[track_caller]
fn gives(holes: &[&'static str], expected: &[&str]) {
    let (world, backend) = shared(holes);
    let before = of_tenants(&world);
    let ran = probe(&world, &backend, &[]);
    assert_eq!(leaks(&ran), expected, "{holes:?}: {}", ran.stdout);
    assert_eq!(ran.status, if expected.is_empty() { 0 } else { 6 }, "{ran:?}");
    assert_eq!(of_tenants(&world), before, "{holes:?}");
    assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0);
    for secret in [SECRET, HOOK, "eyJ"] {
        assert!(!format!("{ran:?}").contains(secret), "{ran:?}");
        assert!(!format!("{:?}", world.find("flowbit_ops", doc! {})).contains(secret));
        assert!(!format!("{:?}", world.find("audit_logs", doc! {})).contains(secret));
    }
}

#[test]
fn a_whole_backend_refuses_every_probe() {
    let (world, backend) = shared(&[]);
    let before = of_tenants(&world);
    let ran = probe(&world, &backend, &[]).ok();
    let answer = ran.json();
    assert_eq!(answer["schema"], "flowbit.isolation.probe/1");
    let trials = answer["data"]["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 30);
    for trial in trials {
        assert_eq!(trial["verdict"], "refused", "{trial}");
    }
    let controls = answer["data"]["controls"].as_array().unwrap();
    assert!(controls.len() >= 9 && controls.iter().all(|control| control["works"] == true), "{controls:?}");
    assert_eq!(of_tenants(&world), before);
    assert_eq!(answer["data"]["requests"].as_u64().unwrap(), backend.hits().len() as u64);
    let entries = world.find("audit_logs", doc! { "action": "isolation.probed" });
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].get_str("customerId").unwrap(), "amazon global");
    assert_eq!(entries[0].get_document("details").unwrap().get_str("as").unwrap(), "amazon");
    let table =
        world.run(&words(&backend.url(), &["-o", "table"]).into_iter().filter(|w| *w != "--json").collect::<Vec<_>>());
    assert!(table.stdout.contains("0 of 30 probes leak; 30 refused, 0 unknown, 0 not checkable."), "{table:?}");
}

#[test]
fn holes_of_routes_are_found_one_by_one() {
    gives(&["read"], &["P01", "P23"]);
    gives(&["update"], &["P02"]);
    gives(&["delete"], &["P03"]);
    gives(&["list"], &["P04"]);
    gives(&["search"], &["P05"]);
    gives(&["mass"], &["P06"]);
    gives(&["create"], &["P07"]);
    gives(&["query"], &["P12"]);
    gives(&["body"], &["P13"]);
    gives(&["login"], &["P13"]);
    gives(&["array"], &["P24"]);
    gives(&["operator"], &["P25"]);
    gives(&["existence"], &["P30"]);
}

#[test]
fn holes_of_tokens_are_found_one_by_one() {
    gives(&["claim-missing"], &["P08"]);
    gives(&["claim-null"], &["P09"]);
    gives(&["claim-operator"], &["P10"]);
    gives(&["spelling"], &["P11"]);
    gives(&["role"], &["P14", "P15"]);
    gives(&["role-claim"], &["P15"]);
    gives(&["expired"], &["P16"]);
    gives(&["unsigned"], &["P17"]);
    gives(&["unverified"], &["P18"]);
    gives(&["nobody"], &["P19"]);
    gives(&["disabled"], &["P20"]);
    gives(&["header"], &["P21", "P22"]);
    gives(&["no-token"], &["P29"]);
}

#[test]
fn holes_of_webhooks_are_found_one_by_one() {
    gives(&["hook-tenant"], &["P26"]);
    gives(&["hook-open"], &["P27"]);
    gives(&["hook-guess"], &["P28"]);
}
