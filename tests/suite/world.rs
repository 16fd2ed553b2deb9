//! A world of its own for each test: a database, a home, an empty environment, on one server for all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use bson::{Bson, Document, Uuid, doc};
use futures_util::TryStreamExt;
use mongodb::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::servers::server;

/// What a finished command left.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub fn error(&self) -> Value {
        let line = self
            .stderr
            .lines()
            .rfind(|line| line.starts_with('{'))
            .unwrap_or_else(|| panic!("no error envelope: {self:?}"));
        serde_json::from_str(line).unwrap()
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub fn fails(self, status: i32, code: &str) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert_eq!(self.error()["code"], code, "{self:?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            // A process that was killed has no status; 137 is what a shell says.
            status: output.status.code().unwrap_or(137),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A platform of two kinds of collection, cheap to hash for.
pub const PAIR: &str = r#"
version = 1
platform = "pair"
layout = "collection"
master_database = "pair"
[naming]
name = ["trim", "nfc"]
slug = ["fold", "lower", { replace = { chars = "^a-z0-9", with = "-" } }, { squeeze = "-" }, { strip = "-" }]
reserved = ["admin"]
[organization]
collection = "organizations"
state = { field = "status", active = "active", inactive = "deleted" }
touch = "updatedAt"
[organization.fields]
_id = "{org.id}"
name = "{name}"
slug = "{slug}"
status = "active"
createdAt = "{now}"
updatedAt = "{now}"
[account]
collection = "users"
state = { field = "isActive", active = true, inactive = false }
lower_case_email = true
admin_role = "Admin"
hash = { scheme = "bcrypt", cost = 4 }
[account.fields]
_id = "{account.id}"
email = "{email}"
password = "{hash}"
customerId = "{org.id:string}"
tenantName = "{name}"
role = "{role}"
isActive = true
[store]
collection = "org_{slug}_{kind}"
kinds = [{ name = "tickets", indexes = [{ keys = { status = 1 } }] }, { name = "products", indexes = [{ keys = { sku = 1 }, unique = true }] }]
[audit]
collection = "audit_logs"
[audit.fields]
action = "{action}"
userId = "{actor}"
customerId = "{org.id:string}"
timestamp = "{now}"
details = "{details}"
[registry]
file = "registry.json"
"#;

/// A platform with a database for each tenant, its accounts inside, cheap to hash for. `@DB@` is the test's own name.
pub const DATABASES: &str = r#"
version = 1
platform = "databases"
layout = "database"
master_database = "core"
[naming]
name = ["trim", "nfc"]
slug = ["fold", "lower", { replace = { chars = "^a-z0-9", with = "-" } }, { squeeze = "-" }, { strip = "-" }]
[organization]
collection = "organizations"
state = { field = "is_active", active = true, inactive = false }
touch = "updated_at"
[organization.fields]
_id = "{org.id}"
name = "{name}"
slug = "{slug}"
database_name = "{store}"
is_active = true
created_at = "{now}"
updated_at = "{now}"
[account]
place = "store"
collection = "users"
lower_case_email = true
admin_role = "admin"
hash = { scheme = "bcrypt", cost = 4 }
[account.fields]
_id = "{account.id}"
email = "{email}"
password = "{hash}"
tenantName = "{name}"
role = "{role}"
[store]
database = "@DB@_{slug}"
kinds = [{ name = "users", indexes = [{ keys = { email = 1 }, unique = true }] }, { name = "tickets", indexes = [{ keys = { status = 1 } }] }]
[audit]
collection = "audit_logs"
[audit.fields]
action = "{action}"
actor = "{actor}"
tenant = "{slug}"
timestamp = "{now}"
details = "{details}"
[registry]
file = "registry.json"
"#;

/// A platform whose tenants share collections and are no documents, cheap to hash for.
pub const SHARED: &str = r#"
version = 1
platform = "shared"
layout = "shared"
master_database = "shared"
[naming]
name = ["trim", "nfc"]
slug = ["fold", "lower", { replace = { chars = "^a-z0-9", with = "-" } }, { squeeze = "-" }, { strip = "-" }]
[account]
collection = "users"
state = { field = "isActive", active = true, inactive = false }
lower_case_email = true
admin_role = "Admin"
hash = { scheme = "bcrypt", cost = 4 }
[account.fields]
_id = "{account.id}"
email = "{email}"
password = "{hash}"
customerId = "{name}"
role = "{role}"
isActive = true
[[keyed]]
collection = "tickets"
key = "customerId"
fields = { customerId = "{name}", tenantSlug = "{slug}" }
[[keyed]]
collection = "products"
key = "tenant"
fields = { tenant = "{name}" }
[[keyed]]
collection = "audit_logs"
key = "customerId"
fields = { customerId = "{name}" }
[audit]
collection = "audit_logs"
[audit.fields]
action = "{action}"
userId = "{actor}"
customerId = "{name}"
timestamp = "{now}"
details = "{details}"
[registry]
file = "registry.json"
"#;

/// The S4 shape, cheap to hash for.
pub fn s4() -> String {
    flowbit::config::preset_text("org-collections").unwrap().replace("cost = 12", "cost = 4")
}

/// One test's world.
pub struct World {
    pub db: String,
    pub home: TempDir,
    pub client: Client,
    pub runtime: Runtime,
    pub port: u16,
    base: String,
    extra: BTreeMap<String, String>,
}

impl World {
    /// A world on the shared server, with this platform description.
    pub fn new(platform: &str) -> Self {
        Self::on(server().port, platform)
    }

    /// A world on another server.
    pub fn on(port: u16, platform: &str) -> Self {
        Self::as_user(port, platform, "")
    }

    /// A world that its test looks at as this user, written `name:password@`.
    pub fn as_user(port: u16, platform: &str, user: &str) -> Self {
        let of = |user: &str| format!("mongodb://{user}127.0.0.1:{port}/?directConnection=true");
        let mut world = Self::at(&of(user), platform);
        (world.base, world.port) = (of(""), port);
        world
    }

    /// A world on the servers of a connection string, which has options already.
    pub fn at(uri: &str, platform: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(Client::with_uri_str(uri)).unwrap();
        let home = tempfile::tempdir().unwrap();
        let db = format!("fbt_{}", bson::oid::ObjectId::new().to_hex());
        std::fs::write(home.path().join("flowbit.toml"), platform.replace("@DB@", &db)).unwrap();
        Self { db, home, client, runtime, port: 0, base: uri.to_owned(), extra: BTreeMap::new() }
    }

    pub fn uri(&self) -> String {
        format!("{}&appName={}", self.base, self.db)
    }

    /// Sets an environment variable for every command from here on.
    pub fn env(&mut self, name: &str, value: &str) {
        self.extra.insert(name.to_owned(), value.to_owned());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// flowbit in an empty environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(self.home.path());
        command.args(arguments);
        command
            .env("FLOWBIT_URI", self.uri())
            .env("FLOWBIT_MASTER_DB", &self.db)
            .env("FLOWBIT_ACTOR", "tester")
            .envs(&self.extra);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    pub fn run_with(&self, arguments: &[&str], vars: &[(&str, &str)]) -> Ran {
        Ran::from(self.command(arguments).envs(vars.iter().copied()).output().unwrap())
    }

    /// A command that waits at a place, `hold@PLACE`, until the file given back is removed.
    pub fn held(&self, arguments: &[&str], fault: &str) -> (Child, PathBuf) {
        let gate = self.path("gate");
        let mut command = self.command(arguments);
        command.env("FLOWBIT_FAULT", fault).env("FLOWBIT_FAULT_GATE", &gate);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while !gate.exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended without coming to {fault}");
            std::thread::sleep(Duration::from_millis(5));
        }
        (child, gate)
    }

    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub fn database(&self) -> mongodb::Database {
        self.client.database(&self.db)
    }

    pub fn collection(&self, name: &str) -> mongodb::Collection<Document> {
        self.database().collection(name)
    }

    pub fn insert(&self, name: &str, documents: Vec<Document>) {
        self.wait(self.collection(name).insert_many(documents).into_future()).unwrap();
    }

    pub fn find(&self, name: &str, filter: Document) -> Vec<Document> {
        self.wait(async {
            self.collection(name).find(filter).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap()
        })
    }

    pub fn one(&self, name: &str, filter: Document) -> Document {
        self.find(name, filter).into_iter().next().unwrap()
    }

    pub fn count(&self, name: &str) -> u64 {
        self.wait(self.collection(name).count_documents(doc! {}).into_future()).unwrap()
    }

    pub fn command_on(&self, command: Document) -> Document {
        self.wait(self.database().run_command(command).into_future()).unwrap()
    }

    /// A tenant's database.
    pub fn tenant(&self, slug: &str) -> mongodb::Database {
        self.client.database(&format!("{}_{slug}", self.db))
    }

    /// The databases of the test: the master, then those of tenants.
    pub fn databases(&self) -> Vec<String> {
        // A test that looks as a user with few rights has the master database only.
        let mut all = self.wait(self.client.list_database_names().into_future()).unwrap_or_default();
        all.retain(|name| name.starts_with(&format!("{}_", self.db)));
        all.sort();
        all.insert(0, self.db.clone());
        all
    }

    /// `listCollections`, sorted by name.
    pub fn catalog(&self) -> Vec<Document> {
        self.catalog_of(&self.db)
    }

    /// The same, of another database.
    pub fn catalog_of(&self, db: &str) -> Vec<Document> {
        let mut entries: Vec<Document> = self.wait(async {
            self.client
                .database(db)
                .run_cursor_command(doc! { "listCollections": 1 })
                .await
                .unwrap()
                .try_collect()
                .await
                .unwrap()
        });
        entries.retain(|entry| !entry.get_str("name").unwrap().starts_with("system."));
        entries.sort_by_key(|entry| entry.get_str("name").unwrap().to_owned());
        entries
    }

    pub fn names(&self) -> Vec<String> {
        self.catalog().iter().map(|entry| entry.get_str("name").unwrap().to_owned()).collect()
    }

    pub fn uuid(&self, name: &str) -> Uuid {
        let catalog = self.catalog();
        let entry =
            catalog.iter().find(|entry| entry.get_str("name").unwrap() == name).unwrap_or_else(|| panic!("no {name}"));
        uuid_of(entry).unwrap()
    }

    /// The two organizations `amazon` and `amazon global`, with data, indexes and a validator, written by hand.
    pub fn pair_of_tenants(&self) {
        for (n, (name, slug)) in [("amazon", "amazon"), ("amazon global", "amazon-global")].into_iter().enumerate() {
            let id = oid(n, 1);
            let now = bson::DateTime::from_millis(1_700_000_000_000);
            self.insert("organizations", vec![doc! { "_id": id, "name": name, "slug": slug, "status": "active", "plan": { "seats": 5 }, "createdAt": now, "updatedAt": now }]);
            self.insert(
                "users",
                (0..3)
                    .map(|u| doc! { "_id": oid(n, 10 + u), "email": format!("u{u}@{slug}.com"), "password": "$2b$04$x", "customerId": id.to_hex(), "tenantName": name, "role": if u == 0 { "Admin" } else { "User" }, "isActive": u != 2 })
                    .collect(),
            );
            let tickets = format!("org_{slug}_tickets");
            self.command_on(doc! { "create": &tickets, "validator": { "title": { "$exists": true } } });
            self.command_on(doc! { "createIndexes": &tickets, "indexes": [{ "key": { "status": 1, "createdAt": -1 }, "name": "by_status" }] });
            self.insert(
                &tickets,
                (0..20)
                    .map(|t| doc! { "_id": oid(n, 100 + t), "title": format!("{name} {t}"), "status": "Open" })
                    .collect(),
            );
            let products = format!("org_{slug}_products");
            self.command_on(doc! { "create": &products });
            self.command_on(doc! { "createIndexes": &products, "indexes": [{ "key": { "sku": 1 }, "name": "sku_1", "unique": true }] });
            self.insert(
                &products,
                (0..5).map(|p| doc! { "_id": oid(n, 200 + p), "sku": format!("{slug}-{p}") }).collect(),
            );
        }
        self.write_registry();
    }

    /// The same two, each with a database of its own.
    pub fn pair_of_databases(&self) {
        for (n, (name, slug)) in [("amazon", "amazon"), ("amazon global", "amazon-global")].into_iter().enumerate() {
            let now = bson::DateTime::from_millis(1_700_000_000_000);
            let store = format!("{}_{slug}", self.db);
            self.insert("organizations", vec![doc! { "_id": oid(n, 1), "name": name, "slug": slug, "database_name": &store, "is_active": true, "plan": { "seats": 5 }, "created_at": now, "updated_at": now }]);
            let tenant = self.tenant(slug);
            let (users, tickets): (Vec<Document>, Vec<Document>) = (
                (0..3).map(|u| doc! { "_id": oid(n, 10 + u), "email": format!("u{u}@{slug}.com"), "password": "$2b$04$x", "tenantName": name, "role": if u == 0 { "admin" } else { "user" } }).collect(),
                (0..20).map(|t| doc! { "_id": oid(n, 100 + t), "title": format!("{name} {t}"), "status": "Open", "n": i64::from(t) }).collect(),
            );
            self.wait(async {
                let view = doc! { "create": "open_tickets", "viewOn": "tickets", "pipeline": [{ "$match": { "status": "Open" } }] };
                for command in [
                    doc! { "create": "users" },
                    doc! { "createIndexes": "users", "indexes": [{ "key": { "email": 1 }, "name": "email_1", "unique": true }] },
                    doc! { "create": "tickets", "validator": { "title": { "$exists": true } }, "collation": { "locale": "de" } },
                    doc! { "createIndexes": "tickets", "indexes": [{ "key": { "status": 1, "n": -1 }, "name": "by_status" }, { "key": { "title": "text" }, "name": "words", "collation": { "locale": "simple" } }] },
                    view,
                ] {
                    tenant.run_command(command).await.unwrap();
                }
                tenant.collection("users").insert_many(users).await.unwrap();
                tenant.collection("tickets").insert_many(tickets).await.unwrap();
            });
        }
        self.write_registry();
    }

    /// The same two, in collections that they share.
    pub fn pair_of_keys(&self) {
        self.command_on(doc! { "create": "tickets", "validator": { "title": { "$exists": true } } });
        self.command_on(doc! { "createIndexes": "tickets", "indexes": [{ "key": { "customerId": 1, "status": 1 }, "name": "by_status" }] });
        for (n, (name, slug)) in [("amazon", "amazon"), ("amazon global", "amazon-global")].into_iter().enumerate() {
            self.insert(
                "users",
                (0..3)
                    .map(|u| doc! { "_id": oid(n, 10 + u), "email": format!("u{u}@{slug}.com"), "password": "$2b$04$x", "customerId": name, "role": if u == 0 { "Admin" } else { "User" }, "isActive": u != 2 })
                    .collect(),
            );
            self.insert("tickets", (0..20).map(|t| doc! { "_id": oid(n, 100 + t), "title": format!("{name} {t}"), "customerId": name, "tenantSlug": slug, "status": "Open", "userId": oid(n, 10) }).collect());
            self.insert(
                "products",
                (0..5).map(|p| doc! { "_id": oid(n, 200 + p), "tenant": name, "sku": format!("s{p}") }).collect(),
            );
        }
        self.command_on(doc! { "createIndexes": "products", "indexes": [{ "key": { "tenant": 1, "sku": 1 }, "name": "sku", "unique": true }] });
        self.write_registry();
    }

    fn write_registry(&self) {
        std::fs::write(self.path("registry.json"), "{\n    \"amazon\": {\n        \"screens\": []\n    },\n    \"amazon global\": {\n        \"screens\": []\n    }\n}\n").unwrap();
    }

    /// Everything there is, as text that two runs can be compared by: names, identities, options, indexes, documents.
    pub fn state(&self, start: &Start) -> String {
        let mut labels = Labels {
            db: self.db.clone(),
            start,
            seen: BTreeMap::new(),
            ops: self.find("flowbit_ops", doc! {}).iter().map(|op| op.get_str("_id").unwrap().to_owned()).collect(),
        };
        let mut lines = Vec::new();
        for db in self.databases() {
            self.state_of(&db, &mut labels, &mut lines);
        }
        lines.sort();
        if let Ok(registry) = std::fs::read_to_string(self.path("registry.json")) {
            lines.push(registry);
        }
        lines.join("\n")
    }

    fn state_of(&self, db: &str, labels: &mut Labels<'_>, lines: &mut Vec<String>) {
        let database = self.client.database(db);
        let tenant = db.strip_prefix(&self.db).unwrap_or_default();
        for entry in self.catalog_of(db) {
            let name = entry.get_str("name").unwrap().to_owned();
            if name == "flowbit_ops" {
                continue;
            }
            let mut options = entry.get_document("options").unwrap().clone();
            // What the server shows once a validator was changed, where it says what holds anyway.
            let nothing = doc! { "validator": {}, "validationLevel": "strict", "validationAction": "error" };
            for (option, value) in nothing {
                if options.get(&option) == Some(&value) {
                    options.remove(&option);
                }
            }
            let mut what = doc! { "db": tenant, "name": &name, "options": options };
            if let Some(uuid) = uuid_of(&entry) {
                what.insert("uuid", uuid);
                let (indexes, documents): (Vec<Document>, Vec<Document>) = self.wait(async {
                    let indexes = database.run_cursor_command(doc! { "listIndexes": &name }).await.unwrap();
                    let documents = database.collection(&name).find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
                    (indexes.try_collect().await.unwrap(), documents.try_collect().await.unwrap())
                });
                what.insert("indexes", indexes);
                // Written by the server; its content is the views, which stand above.
                lines.push(labels.text(&Bson::Document(what)));
                lines.extend(
                    documents
                        .into_iter()
                        .map(|document| format!("  {tenant} {}", labels.text(&Bson::Document(document)))),
                );
            } else {
                lines.push(labels.text(&Bson::Document(what)));
            }
        }
    }

    /// What is there now, to tell what is new later.
    pub fn start(&self) -> Start {
        let uuids = self
            .databases()
            .iter()
            .flat_map(|db| self.catalog_of(db))
            .filter_map(|entry| Some((uuid_of(&entry)?.to_string(), entry.get_str("name").unwrap().to_owned())))
            .collect();
        Start { uuids }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for db in self.databases() {
            let _ = self.runtime.block_on(self.client.database(&db).drop().into_future());
        }
    }
}

/// Fails with the lines that differ, and only those.
#[track_caller]
pub fn assert_same(found: &str, expected: &str, what: &str) {
    if found == expected {
        return;
    }
    let only = |a: &str, b: &str| {
        a.lines()
            .filter(|line| !b.lines().any(|other| other == *line))
            .map(|line| line.chars().take(600).collect::<String>())
            .collect::<Vec<_>>()
            .join("\n")
    };
    panic!("{what}\n--- only found:\n{}\n--- only expected:\n{}", only(found, expected), only(expected, found));
}

/// What was there when a test began.
#[derive(Clone)]
pub struct Start {
    uuids: BTreeMap<String, String>,
}

/// Later than every time that the tests write themselves.
const RECENT: i64 = 1_750_000_000_000;

/// Gives what differs from run to run a name that does not.
struct Labels<'a> {
    db: String,
    start: &'a Start,
    seen: BTreeMap<String, String>,
    ops: Vec<String>,
}

impl Labels<'_> {
    fn text(&mut self, value: &Bson) -> String {
        let labelled = self.label(value);
        labelled.into_canonical_extjson().to_string()
    }

    fn string(&self, text: &str) -> String {
        let mut text = text.replace(&self.db, "<db>");
        for op in &self.ops {
            text = text.replace(op, "<op>");
        }
        if text.starts_with("$2") && text.len() == 60 { "<hash>".to_owned() } else { text }
    }

    fn label(&mut self, value: &Bson) -> Bson {
        match value {
            Bson::Document(document) => {
                Bson::Document(document.iter().map(|(k, v)| (k.clone(), self.label(v))).collect())
            }
            Bson::Array(items) => Bson::Array(items.iter().map(|item| self.label(item)).collect()),
            Bson::DateTime(time) if time.timestamp_millis() > RECENT => Bson::String("<later>".to_owned()),
            Bson::Binary(binary) => match binary.to_uuid() {
                Ok(uuid) => Bson::String(
                    self.start
                        .uuids
                        .get(&uuid.to_string())
                        .map_or_else(|| "<new>".to_owned(), |name| format!("<was {}>", self.string(name))),
                ),
                Err(_) => value.clone(),
            },
            Bson::ObjectId(id) if self.ops.contains(&id.to_hex()) => Bson::String("<op>".to_owned()),
            // Made in this run: what matters is which ones are equal.
            Bson::ObjectId(id) if id.timestamp().timestamp_millis() > RECENT => Bson::String(self.fresh(&id.to_hex())),
            Bson::String(text) => {
                let fresh = text.len() == 24
                    && bson::oid::ObjectId::parse_str(text).is_ok_and(|id| id.timestamp().timestamp_millis() > RECENT);
                if fresh && !self.ops.contains(text) {
                    Bson::String(self.fresh(text))
                } else {
                    Bson::String(self.string(text))
                }
            }
            other => other.clone(),
        }
    }

    fn fresh(&mut self, id: &str) -> String {
        let next = format!("<id {}>", self.seen.len());
        self.seen.entry(id.to_owned()).or_insert(next).clone()
    }
}

fn uuid_of(entry: &Document) -> Option<Uuid> {
    match entry.get_document("info").ok()?.get("uuid")? {
        Bson::Binary(binary) => binary.to_uuid().ok(),
        _ => None,
    }
}

/// An identifier of long ago.
pub fn oid(tenant: usize, n: u32) -> bson::oid::ObjectId {
    let mut bytes = [0; 12];
    bytes[3] = 1;
    bytes[7] = u8::try_from(tenant).unwrap();
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    bson::oid::ObjectId::from_bytes(bytes)
}

/// flowbit in an empty environment and a directory, with nothing configured.
pub fn bare(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowbit"));
    command.env_clear().current_dir(home).env("HOME", home).env("TZ", "UTC").env("COLUMNS", "120").stdin(Stdio::null());
    command
}

/// Whether the large matrices run whole.
pub fn full_matrix() -> bool {
    std::env::var("FLOWBIT_MATRIX").is_ok_and(|value| value == "full")
}

/// A sample of a matrix: all of it when asked for, otherwise so many, chosen by a seed that is printed.
pub fn sample<T: Clone>(what: &str, all: &[T], n: usize) -> Vec<T> {
    if full_matrix() || all.len() <= n {
        return all.to_vec();
    }
    let seed = std::env::var("FLOWBIT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121_u64);
    eprintln!("{what}: {n} of {}, FLOWBIT_SEED={seed}", all.len());
    let mut state = seed;
    let mut left: Vec<T> = all.to_vec();
    let mut chosen = Vec::new();
    for _ in 0..n {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 33).unwrap() % left.len();
        chosen.push(left.swap_remove(at));
    }
    chosen
}
