//! Five million tickets in twenty collections that twenty tenants share, with three reference fields and planted faults: the
//! whole check of the isolation and that of the keys alone, as whole processes, against the least that the server can be
//! made to do it with and against what programs use. All sides in one run, on the same documents.
//!
//! The limits: raw cursors over everything, two at a time, that look at nothing; a collection scan on the server that
//! matches nothing, two at a time. The peers: one `$group` by key and author on the server, compared with the users by the
//! client; the same by `$lookup`, for a part; a loop of pymongo, for a part, where `python3` (or `FLOWBIT_BENCH_PYTHON`) has
//! it. The peak of memory is what the kernel says of the process, looked at every 20 ms.
//!
//! `cargo bench --bench isolation`; `FLOWBIT_BENCH_DOCUMENTS=5000000`, rounds by `FLOWBIT_BENCH_ROUNDS=3`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod server;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::{StreamExt, TryStreamExt};
use mongodb::{Client, Database};

const TENANTS: usize = 20;
const COLLECTIONS: usize = 20;
const USERS: usize = 1000;

/// What was planted: keys missing and of another type, keys of nobody, authors of another tenant.
const PLANTED: [(&str, u64); 4] = [("I01", 3), ("I03", 2), ("I04", 5), ("I07", 7)];

const LOOP: &str = r"
import sys, pymongo
db = pymongo.MongoClient(sys.argv[1])[sys.argv[2]]
users = {user['_id']: user['customerId'] for user in db.users.find({}, {'customerId': 1})}
wrong = 0
for ticket in db.tickets_0.find({}, {'customerId': 1, 'createdBy': 1, 'assignedTo': 1, 'reviewedBy': 1}, batch_size=10000):
    key = ticket.get('customerId')
    for path in ('createdBy', 'assignedTo', 'reviewedBy'):
        if users.get(ticket[path]) != key:
            wrong += 1
            break
print(wrong)
";

struct Bench {
    uri: String,
    client: Client,
    database: Database,
    home: tempfile::TempDir,
    documents: usize,
    users: Vec<Vec<ObjectId>>,
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let uri = server::uri();
    let client = Client::with_uri_str(&uri).await.unwrap();
    let database = client.database(&format!("flowbit_bench_{}", ObjectId::new().to_hex()));
    let users = (0..TENANTS).map(|_| (0..USERS).map(|_| ObjectId::new()).collect()).collect();
    let documents = number("FLOWBIT_BENCH_DOCUMENTS", 5_000_000);
    let bench = Bench { uri, client, database, home: tempfile::tempdir().unwrap(), documents, users };
    bench.describe();
    bench.fill().await;
    bench.measure().await;
    bench.peers().await;
    bench.database.drop().await.unwrap();
}

/// A spread of numbers that is the same in every run.
fn spread(n: usize, of: usize) -> usize {
    (n.wrapping_mul(2_654_435_761) >> 7) % of
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn high_water(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or_default()
}

fn tenant(n: usize) -> String {
    format!("Tenant {n}")
}

impl Bench {
    /// The platform: everything that all tenants share, with the three references.
    fn describe(&self) {
        let preset = include_str!("../src/config/presets/tickets.toml");
        let (head, _) = preset.split_once("[[keyed]]").unwrap();
        let mut text =
            head.replace("master_database = \"flowbit\"", &format!("master_database = {:?}", self.database.name()));
        for n in 0..COLLECTIONS {
            text.push_str(&format!("[[keyed]]\ncollection = \"tickets_{n}\"\nkey = \"customerId\"\nfields = {{ customerId = \"{{name}}\" }}\n"));
            for field in ["createdBy", "assignedTo", "reviewedBy"] {
                text.push_str(&format!(
                    "[[reference]]\ncollection = \"tickets_{n}\"\nfield = \"{field}\"\nto = \"users._id\"\n"
                ));
            }
        }
        std::fs::write(self.home.path().join("flowbit.toml"), text).unwrap();
    }

    fn ticket(&self, n: usize) -> Document {
        let whose = spread(n, TENANTS);
        let user = |more: usize| self.users[whose][spread(n + more, USERS)];
        let at = DateTime::from_millis(1_760_000_000_000 + i64::try_from(n).unwrap());
        let mut ticket = doc! {
            "_id": ObjectId::new(), "customerId": tenant(whose), "title": format!("The delivery of order {n} is late"),
            "description": "The customer says that it was promised for last week, and asks for a call back before noon. ".repeat(2),
            "status": "Open", "priority": "High", "createdBy": user(1), "assignedTo": user(2), "reviewedBy": user(3),
            "createdAt": at, "updatedAt": at, "tags": ["delivery", "late"],
        };
        match n {
            101 | 300_102 | 600_103 => drop(ticket.remove("customerId")),
            201 | 400_202 => drop(ticket.insert("customerId", 7)),
            301..=305 => drop(ticket.insert("customerId", "Nobody")),
            401..=407 => drop(ticket.insert("createdBy", self.users[(whose + 1) % TENANTS][3])),
            _ => {}
        }
        ticket
    }

    async fn fill(&self) {
        let mut users: Vec<Document> = Vec::new();
        for (t, ids) in self.users.iter().enumerate() {
            users.extend(ids.iter().enumerate().map(|(n, id)| {
                let role = if n == 0 { "Admin" } else { "User" };
                doc! { "_id": id, "email": format!("u{n}@t{t}.example"), "password": "$2b$04$x", "customerId": tenant(t), "role": role, "isActive": true }
            }));
        }
        self.database.collection("users").insert_many(users).await.unwrap();
        let unique =
            doc! { "createIndexes": "users", "indexes": [{ "key": { "email": 1 }, "name": "email", "unique": true }] };
        self.database.run_command(unique).await.unwrap();
        let each = self.documents / COLLECTIONS;
        for c in 0..COLLECTIONS {
            let name = format!("tickets_{c}");
            let index = doc! { "key": { "customerId": 1 }, "name": "customerId_1" };
            self.database.run_command(doc! { "createIndexes": &name, "indexes": [index] }).await.unwrap();
            let tickets = self.database.collection::<RawDocumentBuf>(&name);
            for from in (c * each..(c + 1) * each).step_by(10_000) {
                let some = (from..((c + 1) * each).min(from + 10_000))
                    .map(|n| RawDocumentBuf::try_from(&self.ticket(n)).unwrap());
                tickets.insert_many(some).ordered(false).await.unwrap();
            }
        }
        self.client.database("admin").run_command(doc! { "fsync": 1 }).await.unwrap();
        let stats = self.database.run_command(doc! { "collStats": "tickets_0" }).await.unwrap();
        println!(
            "{} tickets of {} bytes in {COLLECTIONS} collections, {TENANTS} tenants, {USERS} users each",
            self.documents,
            stats.get("avgObjSize").unwrap()
        );
    }

    /// Runs the check: how long it took, and the most memory that it had, in KiB.
    fn check(&self, rules: &str) -> (Duration, u64) {
        let out = self.home.path().join("report.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowbit"));
        command.args(["isolation", "check", "--json", "--no-input"]);
        if !rules.is_empty() {
            command.args(["--rules", rules]);
        }
        command.env("FLOWBIT_URI", &self.uri).env("FLOWBIT_MASTER_DB", self.database.name());
        command.current_dir(self.home.path()).stdout(std::fs::File::create(&out).unwrap()).stderr(Stdio::inherit());
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut peak = 0;
        let status = loop {
            peak = peak.max(high_water(&child));
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let took = start.elapsed();
        assert_eq!(status.code(), Some(6));
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
        let found = report["data"]["findings"].as_array().unwrap();
        for (rule, planted) in PLANTED.iter().filter(|(rule, _)| rules.is_empty() || rules.contains(rule)) {
            let of = found.iter().filter(|finding| finding["rule"] == *rule);
            let n: u64 = of.map(|finding| finding["count"].as_u64().unwrap()).sum();
            let fewer = self.documents < 700_000;
            assert!(n == *planted || fewer, "{rule}: {n} of {planted}: {found:#?}");
        }
        (took, peak)
    }

    /// Something for each collection, two at a time.
    async fn two_at_a_time<F: Future<Output = ()>>(&self, work: impl Fn(String) -> F) -> Duration {
        let start = Instant::now();
        futures_util::stream::iter((0..COLLECTIONS).map(|n| work(format!("tickets_{n}"))))
            .buffer_unordered(2)
            .collect::<Vec<()>>()
            .await;
        start.elapsed()
    }

    /// The limit: every byte is on this side, and nobody looks at it.
    async fn raw_read(&self) -> Duration {
        let read = |name: String| {
            let tickets = self.database.collection::<RawDocumentBuf>(&name);
            // On a task of its own: two of them on two threads.
            let task = tokio::spawn(async move {
                let mut cursor = tickets.find(doc! {}).batch_size(10_000).batch().await.unwrap();
                let mut bytes = 0;
                while let Some(batch) = cursor.next().await {
                    bytes += batch.unwrap().as_raw_document().as_bytes().len();
                }
                assert!(bytes > 1000);
            });
            async move { task.await.unwrap() }
        };
        self.two_at_a_time(read).await
    }

    async fn scan(&self) -> Duration {
        self.two_at_a_time(|name| async move {
            let filter = doc! { "status": "none of these" };
            assert_eq!(self.database.collection::<Document>(&name).count_documents(filter).await.unwrap(), 0);
        })
        .await
    }

    async fn measure(&self) {
        let rounds = number("FLOWBIT_BENCH_ROUNDS", 3);
        let mut sides: [Vec<Duration>; 4] = Default::default();
        let mut peak = 0;
        for _ in 0..rounds {
            sides[0].push(self.raw_read().await);
            sides[1].push(self.scan().await);
            let (took, most) = self.check("");
            sides[2].push(took);
            peak = peak.max(most);
            sides[3].push(self.check("I01,I02,I03,I04,I05,I06").0);
        }
        let [read, scan, whole, keys] = sides.each_mut().map(|times| median(times));
        println!("limit, raw cursors, two at a time: {read:.2} s");
        println!("limit, collection scan on the server, two at a time: {scan:.2} s");
        println!(
            "isolation check, all rules: {whole:.2} s, {:.2} x the raw read, peak {:.0} MiB",
            whole / read,
            mib(peak)
        );
        println!("isolation check, tenant keys by index: {keys:.3} s, {:.3} x the raw read", keys / read);
    }

    async fn peers(&self) {
        let users = self.database.collection::<Document>("users");
        let grouped = self
            .two_at_a_time(|name| async move {
                let by = doc! { "_id": { "k": "$customerId", "a": "$createdBy" }, "n": { "$sum": 1 } };
                let groups =
                    self.database.collection::<Document>(&name).aggregate([doc! { "$group": by }]).await.unwrap();
                let groups: Vec<Document> = groups.try_collect().await.unwrap();
                assert!(groups.len() > TENANTS);
            })
            .await;
        assert_eq!(users.count_documents(doc! {}).await.unwrap(), u64::try_from(TENANTS * USERS).unwrap());
        println!("one $group by key and one author on the server, two at a time: {:.2} s", grouped.as_secs_f64());
        let start = Instant::now();
        let lookup =
            doc! { "$lookup": { "from": "users", "localField": "createdBy", "foreignField": "_id", "as": "by" } };
        let differs = doc! { "$match": { "$expr": { "$ne": ["$customerId", { "$first": "$by.customerId" }] } } };
        let rows = self.database.collection::<Document>("tickets_0").aggregate([lookup, differs]).await.unwrap();
        let rows: Vec<Bson> = rows.map_ok(Bson::Document).try_collect().await.unwrap();
        assert!(!rows.is_empty());
        let one = start.elapsed().as_secs_f64();
        println!(
            "$lookup of one author for each document, for all by one collection: {:.1} s",
            one * COLLECTIONS as f64
        );
        let python = PathBuf::from(std::env::var("FLOWBIT_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned()));
        let has = Command::new(&python).args(["-c", "import pymongo"]).stderr(Stdio::null()).status();
        if has.is_ok_and(|status| status.success()) {
            let start = Instant::now();
            let status = Command::new(&python)
                .args(["-c", LOOP, &self.uri, self.database.name()])
                .stdout(Stdio::null())
                .status();
            assert!(status.unwrap().success());
            let one = start.elapsed().as_secs_f64();
            println!("pymongo, three authors, for all by one collection: {:.1} s", one * COLLECTIONS as f64);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "sizes of a benchmark")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
