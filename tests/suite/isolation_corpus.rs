//! The corpus of leaks: four platforms in the three layouts, each clean but full of what only looks like a leak, and leaks
//! that are planted into them one by one and all at once. Every leak is found, as what it is; nothing else is.

mod collections;
mod databases;
mod records;
mod tickets;

use std::collections::BTreeSet;

use bson::{Bson, Document, doc};
use serde_json::Value;

use crate::world::{World, full_matrix, sample};

/// Three tenants; two of them look alike.
pub const NAMES: [&str; 3] = ["amazon", "amazon global", "Acme"];
pub const SLUGS: [&str; 4] = ["amazon", "amazon-global", "acme", "ghost"];

/// One change of the data.
#[derive(Debug, Clone)]
pub enum Plant {
    /// A value at a path of a document.
    Set(&'static str, Bson, &'static str, Bson),
    /// A document without a field.
    Unset(&'static str, Bson, &'static str),
    /// A new document.
    Insert(String, Document),
    /// A command on the master database, or on a tenant's own.
    Command(Option<usize>, Document),
    /// A new document in a tenant's own database.
    InsertAt(usize, String, Document),
    /// A value in a tenant's own database.
    SetAt(usize, &'static str, Bson, &'static str, Bson),
}

/// A leak, and what has to be said of it.
#[derive(Debug, Clone)]
pub struct Leak {
    pub name: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// How the place ends: `tickets userId`.
    pub place: String,
    pub plants: Vec<Plant>,
}

/// A leak.
pub fn leak(name: &'static str, rule: &'static str, place: &str, plants: impl Into<Vec<Plant>>) -> Leak {
    Leak { name, rule, place: place.to_owned(), plants: plants.into() }
}

/// A platform of the corpus.
pub struct Platform {
    pub name: &'static str,
    pub description: String,
    pub twin: fn(&World),
    pub leaks: fn() -> Vec<Leak>,
}

pub fn platforms() -> Vec<Platform> {
    vec![tickets::platform(), records::platform(), collections::platform(), databases::platform()]
}

/// A preset on the test's own database.
pub fn preset(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        _ if line.starts_with("master_database") => "master_database = \"@DB@\"".to_owned(),
        _ if line.starts_with("database = \"tenant_") => "database = \"@DB@_{slug}\"".to_owned(),
        _ if line.starts_with("uri = ") => "uri = \"UNSET_URI\"".to_owned(),
        _ if line.starts_with("master_database = \"MASTER") => String::new(),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A UUID of long ago.
pub fn uuid(tenant: usize, n: u32) -> String {
    format!("{:08x}-0000-4000-8000-{n:012x}", tenant + 1)
}

pub fn hash() -> String {
    format!("$2b$04${}", "a".repeat(53))
}

pub fn then(day: i64) -> bson::DateTime {
    bson::DateTime::from_millis(1_760_000_000_000 + day * 86_400_000)
}

pub fn soon() -> bson::DateTime {
    bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() + 3_600_000)
}

/// Makes an index.
pub fn index(collection: &str, keys: Document, more: Document) -> Document {
    let name: Vec<String> = keys.iter().map(|(k, _)| k.replace('.', "_")).collect();
    let mut spec = doc! { "key": keys, "name": name.join("_") };
    spec.extend(more);
    doc! { "createIndexes": collection, "indexes": [spec] }
}

impl Plant {
    pub fn plant(&self, world: &World) {
        let set = |path: &str, value: &Bson| {
            doc! { "$set": Document::from_iter([(path.to_owned(), value.clone())]) }
        };
        match self {
            Plant::Set(collection, id, path, value) => world.wait(async {
                let done = world.collection(collection).update_one(doc! { "_id": id.clone() }, set(path, value)).await;
                assert_eq!(done.unwrap().matched_count, 1, "{self:?}");
            }),
            Plant::Unset(collection, id, path) => world.wait(async {
                let unset = doc! { "$unset": Document::from_iter([((*path).to_owned(), Bson::Int32(1))]) };
                let done = world.collection(collection).update_one(doc! { "_id": id.clone() }, unset).await;
                assert_eq!(done.unwrap().modified_count, 1, "{self:?}");
            }),
            Plant::Insert(collection, document) => world.insert(collection, vec![self.named(document, &world.db)]),
            Plant::Command(None, command) => drop(world.command_on(self.named(command, &world.db))),
            Plant::Command(Some(tenant), command) => world.wait(async {
                let command = self.named(command, &world.db);
                world.tenant(SLUGS[*tenant]).run_command(command).await.unwrap();
            }),
            Plant::InsertAt(tenant, collection, document) => world.wait(async {
                let place = world.tenant(SLUGS[*tenant]);
                place.collection::<Document>(collection).insert_one(document.clone()).await.unwrap();
            }),
            Plant::SetAt(tenant, collection, id, path, value) => world.wait(async {
                let place = world.tenant(SLUGS[*tenant]).collection::<Document>(collection);
                let done = place.update_one(doc! { "_id": id.clone() }, set(path, value)).await;
                assert_eq!(done.unwrap().matched_count, 1, "{self:?}");
            }),
        }
    }

    /// A command with the name of the test's database where it stands for it.
    fn named(&self, command: &Document, db: &str) -> Document {
        let text = serde_json::to_string(&Bson::Document(command.clone()).into_canonical_extjson()).unwrap();
        let value: Value = serde_json::from_str(&text.replace("@DB@", db)).unwrap();
        match Bson::try_from(value).unwrap() {
            Bson::Document(command) => command,
            other => panic!("{other}"),
        }
    }
}

/// A world whose users and roles go with it: they are the server's.
pub struct Corpus(World);

impl std::ops::Deref for Corpus {
    type Target = World;
    fn deref(&self) -> &World {
        &self.0
    }
}

impl Drop for Corpus {
    fn drop(&mut self) {
        for command in ["dropAllUsersFromDatabase", "dropAllRolesFromDatabase"] {
            self.0.command_on(Document::from_iter([(command.to_owned(), Bson::Int32(1))]));
        }
    }
}

/// A platform's world, clean.
pub fn clean(platform: &Platform) -> Corpus {
    let world = Corpus(World::new(&platform.description));
    std::fs::write(world.path("registry.json"), "{}").unwrap();
    (platform.twin)(&world);
    world
}

/// What `isolation check` finds: rule and place, without the name of the database.
fn found(world: &World, arguments: &[&str]) -> (BTreeSet<(String, String)>, Value) {
    let mut command = vec!["isolation", "check", "--json", "--fail-on", "info"];
    command.extend(arguments);
    let ran = world.run(&command);
    assert!(matches!(ran.status, 0 | 6), "{ran:?}");
    let json = ran.json();
    let findings = json["data"]["findings"].as_array().unwrap().clone();
    assert_eq!(ran.status == 6, !findings.is_empty());
    let one = |finding: &Value| {
        let namespace = finding["place"]["namespace"].as_str().unwrap();
        let path = finding["place"]["path"].as_str().map(|path| format!(" {path}")).unwrap_or_default();
        let place = format!("{namespace}{path}").replace(&format!("{}.", world.db), "").replace(&world.db, "");
        (finding["rule"].as_str().unwrap().to_owned(), place)
    };
    (findings.iter().map(one).collect(), json)
}

fn is(found: &(String, String), leak: &Leak) -> bool {
    found.0 == leak.rule && found.1 == leak.place
}

#[test]
fn the_clean_twins_have_no_findings() {
    let mut alarms = String::new();
    for platform in platforms() {
        let world = clean(&platform);
        let (_, json) = found(&world, &[]);
        for finding in json["data"]["findings"].as_array().unwrap() {
            alarms.push_str(&format!("{}: {finding:#}\n", platform.name));
        }
        let checks = json["data"]["checks"].as_array().unwrap();
        for check in checks.iter().filter(|check| check["why"] == "it was not looked at") {
            alarms.push_str(&format!("{}: {} was not looked at\n", platform.name, check["rule"]));
        }
    }
    assert!(alarms.is_empty(), "{alarms}");
}

#[test]
fn every_leak_is_found_as_what_it_is_and_nothing_else() {
    let platforms = platforms();
    let of = |at: usize| (platforms[at].leaks)().into_iter().map(move |leak| (at, leak));
    let all: Vec<(usize, Leak)> = (0..platforms.len()).flat_map(of).collect();
    assert!(all.len() >= 80, "{} leaks", all.len());
    let those = if full_matrix() { all } else { sample("leaks of the corpus", &all, 16) };
    let mut wrong = String::new();
    for (at, leak) in those {
        let world = clean(&platforms[at]);
        leak.plants.iter().for_each(|plant| plant.plant(&world));
        let (findings, json) = found(&world, &[]);
        if findings.len() == 1 && findings.iter().all(|found| is(found, &leak)) {
            checked(&world, &json["data"]["findings"][0]);
        } else {
            let name = platforms[at].name;
            wrong.push_str(&format!("{name}: {}: {} {} but {findings:?}\n", leak.name, leak.rule, leak.place));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What every finding has.
fn checked(world: &World, finding: &Value) {
    for field in ["id", "evidence", "remedy", "query", "name"] {
        assert!(finding[field].as_str().is_some_and(|text| !text.trim().is_empty()), "{field}: {finding:#}");
    }
    assert!(finding["query"].as_str().unwrap().starts_with("mongosh "), "{finding:#}");
    let text = finding.to_string();
    assert!(!text.contains("hunter2") && !text.contains("eyJhbGciOi") && !text.contains(&hash()), "{text}");
    let again = found(world, &["--rules", finding["rule"].as_str().unwrap()]).1;
    assert_eq!(again["data"]["findings"][0]["id"], finding["id"], "an identifier that changes from run to run");
}

#[test]
fn all_leaks_at_once_are_found_and_nothing_else() {
    let mut wrong = String::new();
    for platform in platforms() {
        let world = clean(&platform);
        let leaks = (platform.leaks)();
        for leak in &leaks {
            leak.plants.iter().for_each(|plant| plant.plant(&world));
        }
        let (findings, json) = found(&world, &[]);
        for leak in leaks.iter().filter(|leak| !findings.iter().any(|found| is(found, leak))) {
            wrong.push_str(&format!("{}: missed: {} ({} {})\n", platform.name, leak.name, leak.rule, leak.place));
        }
        for strange in findings.iter().filter(|found| !leaks.iter().any(|leak| is(found, leak))) {
            wrong.push_str(&format!("{}: nobody planted {strange:?}\n", platform.name));
        }
        let rules: BTreeSet<&str> = leaks.iter().map(|leak| leak.rule).collect();
        let checks = json["data"]["checks"].as_array().unwrap();
        let told = checks.iter().filter(|check| check["state"] == "found");
        let told: BTreeSet<&str> = told.map(|check| check["rule"].as_str().unwrap()).collect();
        if told != rules {
            wrong.push_str(&format!("{}: rules {told:?}\n", platform.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
