//! Rename of a tenant whose data has to be copied or rewritten, as a whole process, against the least that the server
//! can do it with and against what it replaces. All sides in one run.
//!
//! Layout `database`: every document is copied into another database and compared, with writers refused (`frozen`) or
//! while they write (`online`). Against `$out` of the same collection alone, `$out` and the index, `renameCollection`
//! across databases, and a loop of `find` and `insert_many`. Layout `shared`: another key for one of five tenants of
//! equal size. Against one `updateMany`, and single updates by `_id`, a thousand in a command.
//!
//! The pause is the longest time between two writes that were acknowledged to a backend which inserts a ticket every
//! 2 ms where the organization's record tells it to, measured in runs of their own.
//!
//! `cargo bench --bench layouts`; sizes by `FLOWBIT_BENCH_SIZES=10000,100000,1000000`, one layout by
//! `FLOWBIT_BENCH_LAYOUT=database`, rounds by `FLOWBIT_BENCH_ROUNDS=3`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod server;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bson::{Document, doc, oid::ObjectId};
use futures_util::TryStreamExt;
use mongodb::{Client, Collection, Database};

/// Tenants in the shared collection.
const TENANTS: [&str; 5] = ["acme one", "peer one", "bulk one", "quiet one", "other one"];

/// How often the backend writes.
const EVERY: Duration = Duration::from_millis(2);

fn ticket(n: i64, customer: &str) -> Document {
    let status = ["Open", "In Progress", "Resolved", "Closed"][usize::try_from(n % 4).unwrap()];
    let text = "The truck left the depot late and the customer was not told; see the tour's log. ";
    let at = bson::DateTime::from_millis(1_700_000_000_000 + n);
    doc! {
        "_id": ObjectId::new(), "customerId": customer, "title": format!("Late truck {n}"), "description": text.repeat(2),
        "status": status, "priority": "High", "createdBy": "agent7@logisticsco.example", "createdAt": at, "updatedAt": at,
        "tags": ["truck", "late"],
    }
}

/// One platform: a server, a master database, and flowbit in an empty directory.
struct Platform {
    uri: String,
    client: Client,
    master: String,
    preset: &'static str,
    home: tempfile::TempDir,
}

impl Platform {
    async fn new(uri: &str, preset: &'static str) -> Self {
        let client = Client::with_uri_str(uri).await.unwrap();
        let master = format!("flowbit_bench_{}", ObjectId::new().to_hex());
        Self { uri: uri.to_owned(), client, master, preset, home: tempfile::tempdir().unwrap() }
    }

    fn database(&self) -> Database {
        self.client.database(&self.master)
    }

    /// flowbit, the whole process.
    fn flowbit(&self, arguments: &[&str]) -> Duration {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_flowbit"))
            .args(arguments)
            .args(["--preset", self.preset, "--json"])
            .env("FLOWBIT_URI", &self.uri)
            .env("FLOWBIT_MASTER_DB", &self.master)
            .current_dir(self.home.path())
            .output()
            .unwrap();
        let took = start.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        took
    }

    /// What the rename before left for its stragglers goes, and what is dirty goes to disk: every side starts alike.
    async fn settle(&self) {
        let past = doc! { "$set": { "until": bson::DateTime::from_millis(1_700_000_000_000) } };
        for name in ["flowbit_names", "flowbit_fences"] {
            let kept = self.database().collection::<Document>(name);
            kept.update_many(doc! { "until": { "$exists": true } }, past.clone()).await.unwrap();
        }
        self.flowbit(&["op", "gc"]);
        self.client.database("admin").run_command(doc! { "fsync": 1 }).await.unwrap();
    }

    /// Renames, with a backend that writes: how long it had to wait.
    fn pause(&self, place: &Place, arguments: &[&str]) -> Duration {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = place.clone().write(self.uri.clone(), Arc::clone(&stop));
        std::thread::sleep(Duration::from_millis(300));
        self.flowbit(arguments);
        std::thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    }
}

/// Where a backend looks for the place it writes to.
#[derive(Clone)]
struct Place {
    master: String,
    /// The collection of the record, and the field that says it.
    record: (&'static str, &'static str),
    which: Document,
    /// Whether what the field says is a database, and not a key.
    is_database: bool,
}

impl Place {
    async fn insert(&self, client: &Client, n: i64) -> Result<(), mongodb::error::Error> {
        let master = client.database(&self.master);
        let record = master.collection::<Document>(self.record.0).find_one(self.which.clone()).await?.unwrap();
        let value = record.get_str(self.record.1).unwrap();
        let (database, key) = if self.is_database { (client.database(value), "acme") } else { (master, value) };
        database.collection("tickets").insert_one(ticket(n, key)).await.map(drop)
    }

    /// Writes until it is told to stop; gives the longest time between acknowledged writes.
    fn write(self, uri: String, stop: Arc<AtomicBool>) -> JoinHandle<Duration> {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let client = Client::with_uri_str(&uri).await.unwrap();
                self.insert(&client, 0).await.unwrap();
                let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
                for n in 1.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    if self.insert(&client, n).await.is_ok() {
                        longest = longest.max(last.elapsed());
                        last = Instant::now();
                    }
                    tokio::time::sleep(EVERY).await;
                }
                longest
            })
        })
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn seconds(times: &[Duration]) -> f64 {
    median(times.to_vec()).as_secs_f64()
}

async fn timed<T>(work: impl Future<Output = T>) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}

async fn fill(collection: &Collection<Document>, documents: i64, customers: &[&str]) {
    for start in (0..documents).step_by(10_000) {
        let batch = (start..(start + 10_000).min(documents))
            .map(|n| ticket(n, customers[usize::try_from(n).unwrap() % customers.len()]));
        collection.insert_many(batch).ordered(false).await.unwrap();
    }
}

fn rounds(documents: i64) -> usize {
    let set = std::env::var("FLOWBIT_BENCH_ROUNDS").ok().and_then(|n| n.parse().ok());
    set.unwrap_or(if documents < 1_000_000 { 5 } else { 3 })
}

/// The names of a tenant before and after the n-th rename.
fn to_and_fro<'a>(names: [&'a str; 2], n: &mut usize) -> (&'a str, &'a str) {
    *n += 1;
    if *n % 2 == 1 { (names[0], names[1]) } else { (names[1], names[0]) }
}

/// The index of the tenant's collection.
fn index() -> Document {
    doc! { "createIndexes": "tickets", "indexes": [{ "key": { "status": 1, "createdAt": -1 }, "name": "by_status" }] }
}

/// `find` and `insert_many` of decoded documents, as a program would do it.
async fn copy_loop(from: &Database, to: &Database) {
    let target = to.collection::<Document>("tickets");
    let mut cursor = from.collection::<Document>("tickets").find(doc! {}).batch_size(10_000).await.unwrap();
    let mut batch = Vec::new();
    while let Some(document) = cursor.try_next().await.unwrap() {
        batch.push(document);
        if batch.len() == 10_000 {
            target.insert_many(std::mem::take(&mut batch)).ordered(false).await.unwrap();
        }
    }
    if !batch.is_empty() {
        target.insert_many(batch).ordered(false).await.unwrap();
    }
    to.run_command(index()).await.unwrap();
}

/// The peers of a copy, each into a fresh database.
struct Copies {
    out: Vec<Duration>,
    with_index: Vec<Duration>,
    renamed: Vec<Duration>,
    looped: Vec<Duration>,
}

impl Copies {
    async fn round(&mut self, client: &Client, from: &Database) {
        let admin = client.database("admin");
        let fresh = || client.database(&format!("bench_{}", ObjectId::new().to_hex()));
        let to = fresh();
        let out = doc! { "$out": { "db": to.name(), "coll": "tickets" } };
        let tickets = from.collection::<Document>("tickets");
        let start = Instant::now();
        tickets.aggregate([out]).await.unwrap();
        self.out.push(start.elapsed());
        to.run_command(index()).await.unwrap();
        self.with_index.push(start.elapsed());
        admin.run_command(doc! { "fsync": 1 }).await.unwrap();
        // The copy is renamed: the tenant's own collection stays what it is.
        let other = fresh();
        let command =
            doc! { "renameCollection": format!("{}.tickets", to.name()), "to": format!("{}.tickets", other.name()) };
        self.renamed.push(timed(admin.run_command(command).into_future()).await);
        other.drop().await.unwrap();
        to.drop().await.unwrap();
        admin.run_command(doc! { "fsync": 1 }).await.unwrap();
        self.looped.push(timed(copy_loop(from, &other)).await);
        other.drop().await.unwrap();
    }
}

async fn database_layout(uri: &str, documents: i64) {
    let platform = Platform::new(uri, "tenant-databases").await;
    let names = [(); 2].map(|()| format!("b{}", ObjectId::new().to_hex()));
    let [here, there] = [0, 1].map(|n| platform.client.database(&format!("tenant_{}", names[n])));
    let now = bson::DateTime::from_millis(1_700_000_000_000);
    let org = doc! {
        "_id": ObjectId::new(), "name": &names[0], "slug": &names[0], "database_name": here.name(), "description": "",
        "is_active": true, "created_at": now, "updated_at": now,
    };
    platform.database().collection("organizations").insert_one(org).await.unwrap();
    here.run_command(doc! { "create": "users" }).await.unwrap();
    fill(&here.collection("tickets"), documents, &["acme"]).await;
    here.run_command(index()).await.unwrap();
    let record = ("organizations", "database_name");
    let place = Place { master: platform.master.clone(), record, which: doc! {}, is_database: true };
    let mut peers = Copies { out: Vec::new(), with_index: Vec::new(), renamed: Vec::new(), looped: Vec::new() };
    let mut took = [Vec::new(), Vec::new()];
    let mut pauses = [Vec::new(), Vec::new()];
    let mut n = 0;
    for _ in 0..rounds(documents) {
        peers.round(&platform.client, if n % 2 == 0 { &here } else { &there }).await;
        for (i, way) in ["--frozen", "--online"].into_iter().enumerate() {
            let names = [names[0].as_str(), names[1].as_str()];
            let (old, new) = to_and_fro(names, &mut n);
            platform.settle().await;
            took[i].push(platform.flowbit(&["org", "rename", old, new, "--confirm", old, way]));
            let (old, new) = to_and_fro(names, &mut n);
            platform.settle().await;
            pauses[i].push(platform.pause(&place, &["org", "rename", old, new, "--confirm", old, way]));
        }
        platform.settle().await;
    }
    let out = seconds(&peers.out);
    for (i, way) in ["frozen", "online"].into_iter().enumerate() {
        let mine = seconds(&took[i]);
        println!(
            "{:<9} {way:<7} {documents:>9} | rename {mine:>8.3} s, pause {:>7.3} s | $out {out:>7.3} s = {:>5.2} x | $out+index {:>5.2} x | renameCollection {:>7.3} s = {:>5.2} x | loop {:>7.3} s = {:>5.2} x",
            "database",
            seconds(&pauses[i]),
            mine / out,
            mine / seconds(&peers.with_index),
            seconds(&peers.renamed),
            mine / seconds(&peers.renamed),
            seconds(&peers.looped),
            mine / seconds(&peers.looped),
        );
    }
    for database in [here, there, platform.database()] {
        database.drop().await.unwrap();
    }
}

/// Another key for the documents of a tenant, in one command.
async fn update_many(tickets: &Collection<Document>, old: &str, new: &str) {
    tickets.update_many(doc! { "customerId": old }, doc! { "$set": { "customerId": new } }).await.unwrap();
}

/// The same by `_id`, a thousand updates in a command.
async fn update_singly(database: &Database, old: &str, new: &str) {
    let tickets = database.collection::<Document>("tickets");
    let find = tickets.find(doc! { "customerId": old }).projection(doc! { "_id": 1 });
    let found: Vec<Document> = find.await.unwrap().try_collect().await.unwrap();
    for chunk in found.chunks(1_000) {
        let updates: Vec<Document> = chunk
            .iter()
            .map(|d| doc! { "q": { "_id": d.get_object_id("_id").unwrap(), "customerId": old }, "u": { "$set": { "customerId": new } } })
            .collect();
        database.run_command(doc! { "update": "tickets", "updates": updates }).await.unwrap();
    }
}

async fn shared_layout(uri: &str, documents: i64) {
    let platform = Platform::new(uri, "tickets").await;
    let database = platform.database();
    let tickets = database.collection::<Document>("tickets");
    fill(&tickets, documents * 5, &TENANTS).await;
    let keys = doc! { "createIndexes": "tickets", "indexes": [{ "key": { "customerId": 1 }, "name": "customerId_1" }] };
    database.run_command(keys).await.unwrap();
    let users = TENANTS.map(|name| {
        doc! { "_id": ObjectId::new(), "email": format!("a@{}.com", name.replace(' ', "-")), "password": "$2b$04$x", "customerId": name, "role": "Admin", "isActive": true }
    });
    let admin = users[0].get_object_id("_id").unwrap();
    database.collection("users").insert_many(users).await.unwrap();
    let place = Place {
        master: platform.master.clone(),
        record: ("users", "customerId"),
        which: doc! { "_id": admin },
        is_database: false,
    };
    let (mut many, mut singly, mut mine, mut pauses) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut n, mut peers) = (0, 0);
    for round in 0..rounds(documents) {
        platform.settle().await;
        let (old, new) = to_and_fro(["peer one", "peer two"], &mut peers);
        many.push(timed(update_many(&tickets, old, new)).await);
        if round == 0 || documents < 1_000_000 {
            platform.settle().await;
            let (old, new) = if round % 2 == 0 { ("bulk one", "bulk two") } else { ("bulk two", "bulk one") };
            singly.push(timed(update_singly(&database, old, new)).await);
        }
        platform.settle().await;
        let (old, new) = to_and_fro(["acme one", "acme two"], &mut n);
        mine.push(platform.flowbit(&["org", "rename", old, new, "--confirm", old]));
        platform.settle().await;
        let (old, new) = to_and_fro(["acme one", "acme two"], &mut n);
        pauses.push(platform.pause(&place, &["org", "rename", old, new, "--confirm", old]));
    }
    let (took, limit, bulk) = (seconds(&mine), seconds(&many), seconds(&singly));
    println!(
        "{:<9} {:<7} {documents:>9} | rename {took:>8.3} s, pause {:>7.3} s | updateMany {limit:>7.3} s = {:>5.2} x | single updates {bulk:>7.3} s = {:>5.2} x",
        "shared",
        "live",
        seconds(&pauses),
        took / limit,
        took / bulk
    );
    database.drop().await.unwrap();
}

#[tokio::main]
async fn main() {
    let uri = server::uri();
    let sizes = std::env::var("FLOWBIT_BENCH_SIZES").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    let layout = std::env::var("FLOWBIT_BENCH_LAYOUT").unwrap_or_default();
    for documents in sizes.split(',').map(|size| size.parse::<i64>().unwrap()) {
        if layout != "shared" {
            database_layout(&uri, documents).await;
        }
        if layout != "database" {
            shared_layout(&uri, documents).await;
        }
    }
}
