//! `flowbit isolation probe` on a reference backend: whole, and with one hole at a time.

use std::net::TcpListener;

use bson::{Document, doc};

use crate::reference_backend::{Backend, HOOK, Lives, SECRET};
use crate::world::{DATABASES, PAIR, Ran, SHARED, World};

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
        assert!(trial["verdict"] == "refused" || trial["verdict"] == "held", "{trial}");
        assert!(trial["applies"] == true && trial["complete"] == true, "{trial}");
    }
    assert!(trials.iter().any(|trial| trial["verdict"] == "held"));
    assert_eq!(answer["changed"], false);
    assert_eq!(answer["data"]["verdict"], "30 probes were held back by the backend; none leaked.");
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
    assert!(table.stdout.contains("0 of 30 probes leak; "), "{table:?}");
    assert!(table.stdout.contains(" held, 0 unknown, 0 not checkable."), "{table:?}");
    assert!(table.stdout.contains("no leak: answered 200, nothing of the other tenant in it"), "{table:?}");
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
    let (world, backend) = shared(&["hook-tenant", "hook-open", "no-token", "read"]);
    let ran = probe(&world, &backend, &["--only", "P01,P26,P27,P29"]);
    assert_eq!(leaks(&ran), ["P01", "P26", "P27", "P29"]);
    let answer = ran.json();
    let queries: Vec<&str> = answer["data"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["query"].as_str().unwrap())
        .collect();
    let url = backend.url();
    let lines: Vec<Vec<&str>> = queries.iter().map(|query| query.lines().collect()).collect();
    assert!(
        lines[0][0].starts_with("# the canaries are gone: EXISTING_ID is a document of amazon global"),
        "{lines:?}"
    );
    assert_eq!(lines[0][1], "TOKEN=$(flowbit token issue --org amazon --user u0@amazon.com --raw)");
    assert_eq!(
        lines[0][2],
        format!(
            "curl -sg -X GET -H \"Authorization: Bearer $TOKEN\" -H 'X-TENANT: amazon' '{url}/api/tickets/EXISTING_ID'"
        )
    );
    assert_eq!(lines[1][1], "SECRET=$HOOK_SECRET");
    assert!(lines[1][2].starts_with("curl -sg -X POST -H \"X-Secret: $SECRET\" "), "{lines:?}");
    assert!(lines[1][2].contains("\"ticketId\":\"EXISTING_ID\""), "{lines:?}");
    assert!(lines[2][1].starts_with("curl -sg -X POST -H ") && !lines[2][1].contains("SECRET"), "{lines:?}");
    assert!(lines[3][1].starts_with("curl -sg -X GET -H 'X-TENANT"), "{lines:?}");
    gives(&["hook-tenant"], &["P26"]);
    gives(&["hook-open"], &["P27"]);
    gives(&["hook-guess"], &["P28"]);
}

/// Places at which a run can be killed, with whether it can still go back from there.
const DEATHS: [(&str, bool); 10] = [
    ("begin:after", true),
    ("probe:planting", true),
    ("probe:planted", true),
    ("probe:tried:P01", true),
    // The canary was just changed, and a document was just made, through the backend.
    ("probe:restoring#3", true),
    ("probe:restoring#4", true),
    ("commit:before", true),
    ("commit:after", false),
    ("step:documents:0:acted", false),
    ("close:before", false),
];

#[test]
fn whoever_is_killed_leaves_nothing_that_the_next_does_not_remove() {
    let (world, backend) = shared(&["update", "create"]);
    let before = of_tenants(&world);
    let url = backend.url();
    let some = ["--only", "P01,P02,P07"];
    let killed = |place: &str| {
        let vars = [("FLOWBIT_FAULT", format!("kill@{place}"))];
        let ran = world.run_with(&words(&url, &some), &[("FLOWBIT_FAULT", vars[0].1.as_str())]);
        assert_eq!(ran.status, 137, "{place}: {ran:?}");
        let open = world.find("flowbit_ops", doc! { "open": true });
        assert_eq!(open.len(), 1, "{place}");
        assert_eq!(open[0].get_str("kind").unwrap(), "isolation.probe");
        open[0].get_str("_id").unwrap().to_owned()
    };
    for (place, goes_back) in DEATHS {
        for way in ["resume", "rollback", "probe"] {
            let id = killed(place);
            let left = of_tenants(&world) != before;
            let planted = !["begin:after", "probe:planting", "step:documents:0:acted", "close:before"].contains(&place);
            assert_eq!(left, planted, "{place}");
            match way {
                "rollback" if !goes_back => {
                    world.run(&["op", "rollback", &id, "--json"]).fails(5, "E0307");
                    world.run(&["op", "resume", &id]).ok();
                }
                "probe" => {
                    let ran = probe(&world, &backend, &some);
                    assert_eq!(leaks(&ran), ["P02", "P07"], "{place}");
                    assert!(ran.json()["data"]["notes"][0].as_str().unwrap().contains(&id), "{place}: {ran:?}");
                }
                verb => drop(world.run(&["op", verb, &id]).ok()),
            }
            assert_eq!(of_tenants(&world), before, "{place}, {way}");
            assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0, "{place}, {way}");
        }
    }
}

#[test]
fn two_at_once_and_renames_come_one_after_the_other() {
    let (world, backend) = shared(&[]);
    let before = of_tenants(&world);
    let url = backend.url();
    let (child, gate) = world.held(&words(&url, &["--only", "P01"]), "hold@probe:planted");
    let asked = backend.hits().len();
    probe(&world, &backend, &[]).fails(5, "E0303");
    let other = ["isolation", "probe", "--api", &url, "--as", "amazon global,amazon", "--confirm", "amazon", "--json"];
    world.run(&other).fails(5, "E0303");
    assert_eq!(backend.hits().len(), asked, "nothing is asked in vain");
    for name in ["amazon", "amazon global"] {
        world.run(&["org", "rename", name, "other", "--confirm", name, "--json"]).fails(5, "E0303");
    }
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).ok();
    assert_eq!(of_tenants(&world), before);
    let (child, gate) =
        world.held(&["org", "rename", "amazon", "other", "--confirm", "amazon", "--json"], "hold@begin:after");
    probe(&world, &backend, &[]).fails(5, "E0303");
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).ok();
    probe(&world, &backend, &[]).fails(3, "E0201");
}

#[test]
fn whoever_is_interrupted_leaves_no_canaries() {
    let (world, backend) = shared(&[]);
    let before = of_tenants(&world);
    let url = backend.url();
    let (child, gate) = world.held(&words(&url, &[]), "hold@probe:tried:P02");
    let kill = |name: &str| std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(kill("-TERM").success());
    std::thread::sleep(std::time::Duration::from_millis(200));
    std::fs::remove_file(gate).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap()).fails(130, "E1301");
    let said = ran.error()["message"].as_str().unwrap().to_owned();
    assert!(said.contains("2 of 30 probes") && said.contains("the canaries are gone again"), "{said}");
    assert_eq!(of_tenants(&world), before);
    assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0);
}

#[test]
fn nobody_else_is_asked_and_nothing_without_consent() {
    let (world, backend) = shared(&["read"]);
    let before = of_tenants(&world);
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let other = format!("http://{}", elsewhere.local_addr().unwrap());
    world.run(&words(&other, &[])).fails(2, "E0150");
    for wrong in ["http://user:pw@127.0.0.1:1", "127.0.0.1", "http://127.0.0.1:1/path", "file:///etc/passwd"] {
        world.run(&words(wrong, &[])).fails(2, "E0101");
    }
    // Another name of the same machine is another host.
    world.run(&words(&format!("http://localhost:{}", backend.port), &[])).fails(2, "E0150");
    let url = backend.url();
    let bare = ["isolation", "probe", "--api", &url, "--as", "amazon,amazon global", "--json"];
    world.run(&bare).fails(10, "E1001");
    world.run(&[&bare[..], &["--confirm", "amazon"]].concat()).fails(10, "E1002");
    world.run(&["isolation", "probe", "--api", &url, "--as", "amazon", "--json"]).fails(2, "E0101");
    world.run(&["isolation", "probe", "--api", &url, "--as", "amazon,amazon", "--json"]).fails(2, "E0101");
    world.run(&["isolation", "probe", "--api", &url, "--as", "amazon,nobody", "--json"]).fails(3, "E0201");
    world.run(&words(&url, &["--user", "nobody@amazon.com"])).fails(3, "E0207");
    world.run(&words(&url, &["--user", "u2@amazon.com"])).fails(5, "E0317");
    world.run(&words(&url, &["--only", "P99"])).fails(2, "E0101");
    let plan = world.run(&[&bare[..], &["--dry-run"]].concat()).ok().json();
    assert_eq!(plan["changed"], false);
    assert_eq!(plan["data"]["account"], "u0@amazon.com (Admin)");
    assert_eq!(plan["data"]["canary"].to_string(), r#"["_id","title","customerId","tenantSlug","status","userId"]"#);
    assert_eq!(plan["data"]["missing"].to_string(), "[]");
    let more = ["--dry-run", "--max-requests", "9", "--for", "50s", "--rate", "7", "--only", "P01,P26,P13,P29"];
    let plan = world.run_with(&[&bare[..], &more].concat(), &[("HOOK_SECRET", "")]).ok().json();
    let next = plan["next"].to_string();
    for kept in ["--max-requests 9", "--for 50s", "--rate 7", "--only P01,P13,P26,P29"] {
        assert!(next.contains(kept), "{next}");
    }
    let missing = plan["data"]["missing"].to_string();
    assert!(missing.contains("9 requests do not reach") && missing.contains("HOOK_SECRET"), "{missing}");
    let list = world.run(&["isolation", "probe", "--list", "--json"]).ok().json();
    assert_eq!(list["data"].as_array().unwrap().len(), 30);
    assert!(world.run(&["isolation", "explain", "p21"]).ok().stdout.contains("header-over-claim"));
    assert_eq!(backend.hits(), Vec::<String>::new());
    assert!(elsewhere.accept().is_err());
    assert_eq!(of_tenants(&world), before);
    assert_eq!(world.count("flowbit_ops"), 0);
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let hole: &'static str = Box::leak(format!("redirect:{}", elsewhere.local_addr().unwrap().port()).into_boxed_str());
    let (world, backend) = shared(&[hole]);
    let ran = probe(&world, &backend, &["--only", "P01,P29"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    let (state, why) = verdict(&ran, "P01");
    assert_eq!(state, "not_checkable");
    assert!(why.contains("302"), "{why}");
    assert!(backend.hits().iter().any(|hit| hit.starts_with("GET /api/tickets/")));
    assert!(elsewhere.accept().is_err(), "somebody followed");
}

#[test]
fn limits_are_counted() {
    let (world, backend) = shared(&[]);
    let before = of_tenants(&world);
    let ran = probe(&world, &backend, &["--max-requests", "7"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert_eq!(ran.json()["ok"], false);
    let said = ran.json()["data"]["verdict"].as_str().unwrap().to_owned();
    assert!(said.contains("could not be tried: the limit of 7 requests is used up"), "{said}");
    assert_eq!(backend.hits().len(), 7);
    assert_eq!(ran.json()["data"]["requests"], 7);
    let (state, why) = verdict(&ran, "P29");
    assert_eq!((state.as_str(), why.contains("7 requests")), ("not_checkable", true), "{why}");
    // Three seconds at one request a second: the first, and at most three more.
    let text = std::fs::read_to_string(world.path("flowbit.toml")).unwrap().replace("rate = 100", "rate = 1");
    std::fs::write(world.path("flowbit.toml"), text).unwrap();
    assert_eq!(probe(&world, &backend, &["--for", "3s"]).status, 7);
    let asked = backend.hits().len() - 7;
    assert!((1..=4).contains(&asked), "{asked}");
    // A faster rate may be asked for.
    assert_eq!(probe(&world, &backend, &["--rate", "100", "--only", "P01"]).status, 0);
    assert_eq!(of_tenants(&world), before);
}

#[test]
fn answers_of_every_kind_are_survived() {
    for (hole, probe_of, state, said) in [
        ("huge", "P04", "not_checkable", "1024 KiB"),
        ("text", "P01", "not_checkable", "nothing came of it"),
        ("broken", "P01", "not_checkable", "500"),
        ("slow", "P01", "unknown", "broke off"),
    ] {
        let (world, backend) = shared(&[hole]);
        let before = of_tenants(&world);
        let ran = probe(&world, &backend, &["--only", probe_of, "--for", "10s"]);
        assert_eq!(ran.status, 7, "{hole}: {ran:?}");
        let (verdict, why) = verdict(&ran, probe_of);
        assert_eq!((verdict.as_str(), why.contains(said)), (state, true), "{hole}: {why}");
        assert_eq!(of_tenants(&world), before, "{hole}");
    }
}

#[test]
fn what_proves_nothing_says_so() {
    for (hole, said) in [
        ("always:401", "the backend does not take our tokens: is JWT_SECRET its own secret?"),
        ("always:429", "the backend wants fewer requests (429): lower --rate"),
        ("always:500", "the backend fails (500)"),
    ] {
        let (world, backend) = shared(&[hole]);
        let before = of_tenants(&world);
        let ran = probe(&world, &backend, &["--only", "P01,P04"]);
        let answer = ran.json();
        assert_eq!((ran.status, &answer["ok"], &answer["changed"]), (7, &false.into(), &false.into()), "{ran:?}");
        let verdict = answer["data"]["verdict"].as_str().unwrap();
        assert!(verdict.starts_with("Nothing was proved: ") && verdict.contains(said), "{hole}: {verdict}");
        assert_eq!(of_tenants(&world), before);
    }
    // Nothing applies, and that is no proof either; beside what does, it does not matter.
    let (world, backend) = shared(&[]);
    let text = std::fs::read_to_string(world.path("flowbit.toml")).unwrap();
    let lines = text.lines().filter(|line| !line.contains("does = \"webhook\""));
    std::fs::write(world.path("flowbit.toml"), lines.collect::<Vec<_>>().join("\n")).unwrap();
    let ran = probe(&world, &backend, &["--only", "P26"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(
        ran.json()["data"]["verdict"].as_str().unwrap().starts_with("Nothing was proved: none of these"),
        "{ran:?}"
    );
    let ran = probe(&world, &backend, &["--only", "P01,P26"]).ok();
    assert!(ran.json()["data"]["verdict"].as_str().unwrap().contains("1 does not apply here"), "{ran:?}");
}

#[test]
fn a_backend_that_is_away_or_goes_leaves_nothing() {
    let (world, backend) = shared(&[]);
    let before = of_tenants(&world);
    let port = backend.port;
    drop(backend);
    std::thread::sleep(std::time::Duration::from_millis(50));
    world.run(&words(&format!("http://127.0.0.1:{port}"), &[])).fails(8, "E0850");
    assert_eq!(world.count("flowbit_ops"), 0);
    assert_eq!(of_tenants(&world), before);
    let (world, backend) = shared(&["dies"]);
    let before = of_tenants(&world);
    probe(&world, &backend, &[]).fails(8, "E0850");
    assert_eq!(backend.hits().len(), 8);
    assert_eq!(of_tenants(&world), before);
    assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0);
}

#[test]
fn routes_come_from_a_published_description() {
    let (world, backend) = shared(&["read"]);
    let text = std::fs::read_to_string(world.path("flowbit.toml")).unwrap();
    let (head, _) = text.split_once("route = [").unwrap();
    std::fs::write(world.path("flowbit.toml"), head).unwrap();
    probe(&world, &backend, &[]).fails(2, "E0150");
    let open = serde_json::json!({ "openapi": "3.0.0", "paths": {
        "/api/tickets": { "get": {} }, "/api/tickets/{ticketId}": { "get": {}, "delete": {} },
    } });
    std::fs::write(world.path("openapi.json"), open.to_string()).unwrap();
    std::fs::write(world.path("openapi.yaml"), "openapi: 3.0.0\n").unwrap();
    probe(&world, &backend, &["--openapi", "openapi.yaml"]).fails(2, "E0101");
    let ran = probe(&world, &backend, &["--openapi", "openapi.json"]);
    assert_eq!(leaks(&ran), ["P01", "P23"]);
    let routes = ran.json()["data"]["routes"].clone();
    assert_eq!(routes[1], "read GET /api/tickets/{id}");
    let table = world.run(&[
        "isolation",
        "probe",
        "--api",
        &backend.url(),
        "--as",
        AS[1],
        "--openapi",
        "openapi.json",
        "--dry-run",
    ]);
    assert!(table.ok().stderr.contains("derived: read GET /api/tickets/{id}"));
    assert_eq!(verdict(&ran, "P02").0, "not_checkable");
}

#[test]
fn canaries_look_as_they_are_told_to() {
    let (world, backend) = shared(&["read"]);
    world.command_on(doc! { "createIndexes": "tickets", "indexes": [{ "key": { "customerId": 1, "number": 1 }, "name": "n", "unique": true, "partialFilterExpression": { "number": { "$exists": true } } }] });
    let before = of_tenants(&world);
    std::fs::write(
        world.path("canary.json"),
        r#"{ "title": "T {text}", "number": 7, "at": { "$date": "2026-01-01T00:00:00Z" } }"#,
    )
    .unwrap();
    let ran = probe(&world, &backend, &["--canary", "canary.json", "--only", "P01"]);
    assert_eq!(leaks(&ran), ["P01"]);
    assert_eq!(ran.json()["data"]["canary"].to_string(), r#"["_id","title","number","at","customerId","tenantSlug"]"#);
    assert_eq!(of_tenants(&world), before);
    std::fs::write(world.path("canary.json"), r#"{ "title": "T" }"#).unwrap();
    probe(&world, &backend, &["--canary", "canary.json"]).fails(2, "E0101");
    // A collection whose documents are no ones of people: nothing is guessed.
    let text = std::fs::read_to_string(world.path("flowbit.toml")).unwrap();
    let more =
        "route = [\n  { does = \"list\", method = \"GET\", path = \"/api/products\", collection = \"products\" },";
    std::fs::write(world.path("flowbit.toml"), text.replace("route = [", more)).unwrap();
    probe(&world, &backend, &["--collection", "products"]).fails(2, "E0101");
    // What the collection refuses is said, and the operation goes back at once.
    std::fs::write(world.path("canary.json"), r#"{ "subject": "{text}" }"#).unwrap();
    let ran = probe(&world, &backend, &["--canary", "canary.json"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.error()["next"].to_string().contains("--canary FILE"), "{ran:?}");
    assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0);
    assert_eq!(of_tenants(&world), before);
}

/// The probes that leak on a backend of another layout.
fn elsewhere(platform: &str, lives: Lives, holes: &[&'static str]) -> (World, Vec<String>) {
    let mut world = World::new(platform);
    match lives {
        Lives::Database => world.pair_of_databases(),
        _ => world.pair_of_tenants(),
    }
    keys(&mut world);
    let backend = Backend::start(&world, lives, holes);
    let api = api("slug", backend.port).replace("role = \"Admin\"", "role = \"ROLE\"");
    let role = if lives == Lives::Database { "admin" } else { "Admin" };
    let token = TOKEN.replace("TENANT", "slug");
    let description = format!("{platform}{token}{}", api.replace("ROLE", role)).replace("@DB@", &world.db);
    std::fs::write(world.path("flowbit.toml"), description).unwrap();
    let before = of_tenants(&world);
    let ran = probe(&world, &backend, &[]);
    let leaks = leaks(&ran);
    assert_eq!(of_tenants(&world), before, "{holes:?}");
    let trials = ran.json()["data"]["trials"].clone();
    let refused = trials
        .as_array()
        .unwrap()
        .iter()
        .filter(|trial| ["refused", "held"].contains(&trial["verdict"].as_str().unwrap()))
        .count();
    assert!(refused + leaks.len() >= 28, "{trials}");
    (world, leaks)
}

#[test]
fn databases_of_tenants_are_probed() {
    let none: [&str; 0] = [];
    assert_eq!(elsewhere(DATABASES, Lives::Database, &[]).1, none);
    assert_eq!(elsewhere(DATABASES, Lives::Database, &["header"]).1, ["P21", "P22"]);
    assert_eq!(elsewhere(DATABASES, Lives::Database, &["create"]).1, ["P07"]);
    assert_eq!(elsewhere(DATABASES, Lives::Database, &["unsigned"]).1, ["P17"]);
}

#[test]
fn collections_of_tenants_are_probed() {
    let none: [&str; 0] = [];
    assert_eq!(elsewhere(PAIR, Lives::Collection, &[]).1, none);
    assert_eq!(elsewhere(PAIR, Lives::Collection, &["header"]).1, ["P21", "P22"]);
    assert_eq!(elsewhere(PAIR, Lives::Collection, &["disabled"]).1, ["P20"]);
    assert_eq!(elsewhere(PAIR, Lives::Collection, &["expired"]).1, ["P16"]);
}

#[test]
fn descriptions_that_contradict_themselves_are_refused() {
    let (world, _backend) = shared(&[]);
    let text = std::fs::read_to_string(world.path("flowbit.toml")).unwrap();
    for (from, to, said) in [
        ("path = \"/api/tickets/{id}\" }", "path = \"/api/tickets\" }", "needs to say which document"),
        ("/api/tickets/{id}", "/api/tickets/{ticket}", "is no placeholder of a route"),
        (
            "does = \"list\", method = \"GET\", path = \"/api/tickets\"",
            "does = \"list\", method = \"GET\", path = \"/api/tickets/{id}\"",
            "names one",
        ),
        ("does = \"delete\", method = \"DELETE\"", "does = \"read\", method = \"GET\"", "stands twice"),
        ("hosts = [\"http://", "hosts = [\"ftp://", "no address of http or https"),
        ("rate = 100", "rate = 0", "between 1 and 100"),
        ("most = 400", "authorization = \"Bearer\"", "{token}"),
        ("secret_env = \"HOOK_SECRET\"", "collection = \"tickets\"", "need each other"),
        ("role = \"Admin\" }", "collection = \"tickets\" }", "need each other"),
        ("body = { q = \"{term}\" }", "body = { q = \"x\" }", "needs {term}"),
        ("body = { q = \"{term}\" }", "body = { q = \"{term}\" }, collection = \"nothing\"", "no collection"),
    ] {
        assert!(text.contains(from), "{from}");
        std::fs::write(world.path("flowbit.toml"), text.replace(from, to)).unwrap();
        let ran = world.run(&["config", "check", "flowbit.toml", "--json"]).fails(2, "E0105");
        assert!(ran.error()["message"].as_str().unwrap().contains(said), "{said}: {ran:?}");
    }
}

#[test]
fn what_is_not_at_hand_is_said_and_open_doors_are_found_all_the_same() {
    let (mut world, backend) = shared(&["hook-open"]);
    world.env("HOOK_SECRET", "");
    let ran = probe(&world, &backend, &["--only", "P26,P27,P28"]);
    assert_eq!(leaks(&ran), ["P27"]);
    let vars = [("HOOK_SECRET", "not-the-one")];
    let url = backend.url();
    let ran = world.run_with(&words(&url, &["--only", "P26,P27,P28"]), &vars);
    assert_eq!(leaks(&ran), ["P27"]);
    for probe in ["P26", "P28"] {
        let (state, why) = verdict(&ran, probe);
        assert_eq!(
            (state.as_str(), why.contains("what is allowed does not work either")),
            ("not_checkable", true),
            "{why}"
        );
    }
    // Without the key of tokens nobody can be asked as anybody.
    world.env("JWT_SECRET", "");
    let asked = backend.hits().len();
    let ran = probe(&world, &backend, &[]);
    assert_ne!(ran.status, 0);
    assert!(["E0129", "E0130"].contains(&ran.error()["code"].as_str().unwrap()), "{ran:?}");
    assert_eq!(backend.hits().len(), asked);
    assert_eq!(world.find("flowbit_ops", doc! { "open": true }).len(), 0);
}
