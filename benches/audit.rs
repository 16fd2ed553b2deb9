//! Five million audit entries: asking, counting, exporting, sealing and verifying, as whole processes, against the least
//! that the server can be made to do it with and against what programs use. All sides in one run, on the same entries.
//!
//! The limits: a process with the same driver that connects, pings and ends; a raw cursor over everything, in batches, that
//! looks at nothing; the same aggregation without anything around it. The peers: pymongo with `json_util` for an export and
//! with BLAKE2b over raw documents for verifying, where `python3` (or `FLOWBIT_BENCH_PYTHON`) has it; mongoexport, where
//! it is on the path. The peak of memory is what the kernel says of the process, looked at every 20 ms.
//!
//! `cargo bench --bench audit`; `FLOWBIT_BENCH_ENTRIES=5000000`, rounds by `FLOWBIT_BENCH_ROUNDS=3`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod server;

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bson::{DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::StreamExt;
use mongodb::{Client, Database};

const TENANTS: usize = 20;
const TRAIL: &str = "audit_logs";
const ACTIONS: [&str; 6] =
    ["ticket.created", "ticket.updated", "ticket.closed", "user.login", "user.logout", "comment.added"];

/// The entries are of the thirty days before this moment.
const END: i64 = 1_790_000_000_000;
const SPAN: i64 = 30 * 86_400_000;

const EXPORT: &str = r"
import sys, pymongo, time
from bson import json_util
collection = pymongo.MongoClient(sys.argv[1])[sys.argv[2]][sys.argv[3]]
with open(sys.argv[4], 'w') as out:
    for entry in collection.find(batch_size=10000, limit=int(sys.argv[5])):
        out.write(json_util.dumps(entry, json_options=json_util.RELAXED_JSON_OPTIONS) + '\n')
";

const VERIFY: &str = r"
import sys, pymongo, hashlib
from bson.raw_bson import RawBSONDocument
from bson.codec_options import CodecOptions
client = pymongo.MongoClient(sys.argv[1])
collection = client[sys.argv[2]].get_collection(sys.argv[3], codec_options=CodecOptions(document_class=RawBSONDocument))
seen = set()
for entry in collection.find(batch_size=10000, limit=int(sys.argv[4])):
    seen.add(hashlib.blake2b(entry.raw, digest_size=32).digest())
print(len(seen))
";

struct Bench {
    uri: String,
    client: Client,
    database: Database,
    home: tempfile::TempDir,
    entries: usize,
    orgs: Vec<ObjectId>,
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Ok(uri) = std::env::var("FLOWBIT_BENCH_PING") {
        return runtime.block_on(async {
            let client = Client::with_uri_str(&uri).await.unwrap();
            client.database("admin").run_command(doc! { "ping": 1 }).await.unwrap();
        });
    }
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    runtime.block_on(run());
}

async fn run() {
    let uri = server::uri();
    let client = Client::with_uri_str(&uri).await.unwrap();
    let database = client.database(&format!("flowbit_bench_{}", ObjectId::new().to_hex()));
    let orgs: Vec<ObjectId> = (0..TENANTS).map(|_| ObjectId::new()).collect();
    let entries = number("FLOWBIT_BENCH_ENTRIES", 5_000_000);
    let bench = Bench { uri, client, database, home: tempfile::tempdir().unwrap(), entries, orgs };
    bench.fill().await;
    bench.ask().await;
    bench.read_all().await;
    bench.database.drop().await.unwrap();
}

/// A spread of numbers that is the same in every run.
fn spread(n: usize, of: usize) -> usize {
    (n.wrapping_mul(2_654_435_761) >> 7) % of
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

fn high_water(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or_default()
}

/// Runs a command to its end: how long it took, and the most memory that it had, in KiB.
fn watched(mut command: Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut peak = 0;
    loop {
        peak = peak.max(high_water(&child));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?}");
            return (start.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The same where only the time counts.
fn timed(mut command: Command) -> Duration {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap();
    let took = start.elapsed();
    assert!(status.success(), "{command:?}");
    took
}

fn python() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var("FLOWBIT_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned()));
    let has = Command::new(&path).args(["-c", "import pymongo"]).stderr(Stdio::null()).status();
    has.is_ok_and(|status| status.success()).then_some(path)
}

impl Bench {
    fn flowbit(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowbit"));
        command.args(arguments).args(["--preset", "flowbit", "--no-input"]);
        command.env("FLOWBIT_URI", &self.uri).env("FLOWBIT_MASTER_DB", self.database.name());
        command.env("FLOWBIT_SEAL_KEYS", self.home.path().join("seals")).current_dir(self.home.path());
        command
    }

    fn ping(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("FLOWBIT_BENCH_PING", &self.uri);
        command
    }

    fn entry(&self, n: usize) -> Document {
        let step = SPAN / i64::try_from(self.entries).unwrap();
        let at = DateTime::from_millis(END - SPAN + i64::try_from(n).unwrap() * step);
        let org = self.orgs[spread(n, TENANTS)];
        doc! {
            "_id": ObjectId::new(), "action": ACTIONS[spread(n, 6)], "userId": format!("{:024x}", spread(n, 1000)),
            "customerId": org.to_hex(), "ticketId": format!("{:024x}", spread(n, 100_000)), "timestamp": at,
            "reason": "as agreed with the customer", "details": { "from": "Open", "to": "In Progress", "n": i32::try_from(n % 1000).unwrap() },
        }
    }

    async fn fill(&self) {
        let index = doc! { "key": { "customerId": 1, "timestamp": -1 }, "name": "customerId_1_timestamp_-1" };
        self.database.run_command(doc! { "createIndexes": TRAIL, "indexes": [index] }).await.unwrap();
        let now = DateTime::now();
        let org = |(n, id): (usize, &ObjectId)| {
            doc! { "_id": id, "name": format!("tenant {n}"), "slug": format!("tenant-{n}"), "status": "active", "createdAt": now, "updatedAt": now }
        };
        let orgs: Vec<Document> = self.orgs.iter().enumerate().map(org).collect();
        self.database.collection("organizations").insert_many(orgs).await.unwrap();
        let trail = self.database.collection::<RawDocumentBuf>(TRAIL);
        for from in (0..self.entries).step_by(10_000) {
            let some =
                (from..self.entries.min(from + 10_000)).map(|n| RawDocumentBuf::try_from(&self.entry(n)).unwrap());
            trail.insert_many(some).ordered(false).await.unwrap();
        }
        self.client.database("admin").run_command(doc! { "fsync": 1 }).await.unwrap();
        let stats = self.database.run_command(doc! { "collStats": TRAIL }).await.unwrap();
        println!("{} entries of {} bytes, {TENANTS} tenants", self.entries, stats.get("avgObjSize").unwrap());
    }

    async fn ask(&self) {
        let rounds = 2 * number("FLOWBIT_BENCH_ROUNDS", 3) + 5;
        let since = DateTime::from_millis(END - 86_400_000).try_to_rfc3339_string().unwrap();
        let sides: [(&str, Vec<&str>); 4] = [
            ("audit query, last 50", vec!["audit", "query", "--org", "tenant 3", "--since", "start"]),
            (
                "audit query, action and one day",
                vec!["audit", "query", "--org", "tenant 3", "--action", "ticket.closed", "--since", &since],
            ),
            (
                "audit query, actor, 30 days",
                vec!["audit", "query", "--org", "tenant 3", "--actor", "000000000000000000000007", "--since", "start"],
            ),
            (
                "audit stats, action and day, one tenant",
                vec!["audit", "stats", "--org", "tenant 3", "--by", "action,day", "--since", "start"],
            ),
        ];
        let mut pings = Vec::new();
        let mut ours: Vec<Vec<Duration>> = vec![Vec::new(); sides.len()];
        let mut counted = Vec::new();
        for _ in 0..rounds {
            pings.push(timed(self.ping()));
            for (side, times) in sides.iter().zip(&mut ours) {
                times.push(timed(self.flowbit(&side.1)));
            }
            counted.push(self.count_by_day(Some(self.orgs[3])).await);
        }
        let ping = median(pings);
        println!("connect, ping, end: {:.1} ms", ping * 1000.0);
        for ((name, _), times) in sides.iter().zip(ours) {
            let took = median(times);
            println!("{name}: {:.1} ms, {:.2} x connect and ping", took * 1000.0, took / ping);
        }
        println!("the same aggregation alone, one tenant: {:.1} ms", median(counted) * 1000.0);
        let all = timed(self.flowbit(&["audit", "stats", "--all", "--by", "action,day", "--since", "start"]));
        let alone = self.count_by_day(None).await;
        println!(
            "audit stats, all tenants: {:.1} s; the aggregation alone: {:.1} s",
            all.as_secs_f64(),
            alone.as_secs_f64()
        );
    }

    async fn count_by_day(&self, org: Option<ObjectId>) -> Duration {
        let filter = org.map_or_else(Document::new, |org| doc! { "customerId": org.to_hex() });
        let day = doc! { "$dateTrunc": { "date": "$timestamp", "unit": "day" } };
        let pipeline = [
            doc! { "$match": filter },
            doc! { "$group": { "_id": { "action": "$action", "day": day }, "n": { "$sum": 1 } } },
        ];
        let start = Instant::now();
        let groups = self.database.collection::<Document>(TRAIL).aggregate(pipeline).await.unwrap();
        assert!(groups.count().await > 0);
        start.elapsed()
    }

    /// The limit: every byte is on this side, and nobody looks at it.
    async fn raw_read(&self) -> Duration {
        let trail = self.database.collection::<RawDocumentBuf>(TRAIL);
        let start = Instant::now();
        let mut cursor = trail.find(doc! {}).batch_size(10_000).batch().await.unwrap();
        let mut bytes = 0;
        while let Some(batch) = cursor.next().await {
            bytes += batch.unwrap().as_raw_document().as_bytes().len();
        }
        assert!(bytes > self.entries * 100);
        start.elapsed()
    }

    async fn read_all(&self) {
        let rounds = number("FLOWBIT_BENCH_ROUNDS", 3);
        let out = self.home.path().join("out.ndjson");
        let zipped = self.home.path().join("out.ndjson.gz");
        timed(self.flowbit(&["key", "generate", "--seals"]));
        let until = DateTime::from_millis(END).try_to_rfc3339_string().unwrap();
        let (sealed, peak) = watched(self.flowbit(&["audit", "seal", "--all", "--until", &until]));
        println!("audit seal, everything at once: {:.1} s, peak {:.0} MiB", sealed.as_secs_f64(), mib(peak));
        let (mut reads, mut verifies, mut exports) = (Vec::new(), Vec::new(), Vec::new());
        let mut peaks = (0, 0);
        for _ in 0..rounds {
            reads.push(self.raw_read().await);
            let (took, peak) = watched(self.flowbit(&["audit", "verify", "--all"]));
            verifies.push(took);
            peaks.0 = peaks.0.max(peak);
            let (took, peak) =
                watched(self.flowbit(&["audit", "export", "--all", "--force", "--out", out.to_str().unwrap()]));
            exports.push(took);
            peaks.1 = peaks.1.max(peak);
        }
        let read = median(reads);
        #[allow(clippy::cast_precision_loss, reason = "counts of a benchmark")]
        let per_second = |seconds: f64| self.entries as f64 / seconds;
        println!("limit, raw cursor: {read:.2} s, {:.0} entries/s", per_second(read));
        let (verify, export) = (median(verifies), median(exports));
        println!("audit verify: {verify:.2} s, {:.2} of the limit, peak {:.0} MiB", read / verify, mib(peaks.0));
        println!("audit export: {export:.2} s, {:.2} of the limit, peak {:.0} MiB", read / export, mib(peaks.1));
        let gzip = timed(self.flowbit(&["audit", "export", "--all", "--out", zipped.to_str().unwrap()])).as_secs_f64();
        println!("audit export, gzip: {gzip:.2} s, {:.2} of the limit", read / gzip);
        let file = timed(self.flowbit(&["audit", "verify", "--file", out.to_str().unwrap()])).as_secs_f64();
        println!("audit verify --file: {file:.2} s");
        self.peers(&out, export, verify);
    }

    /// They are slow: a part is enough, and what it would take for all is what is told.
    fn peers(&self, out: &std::path::Path, export: f64, verify: f64) {
        let part = self.entries.min(number("FLOWBIT_BENCH_PART", 500_000));
        #[allow(clippy::cast_precision_loss, reason = "counts of a benchmark")]
        let share = self.entries as f64 / part as f64;
        if let Some(python) = python() {
            let with = |script: &str, more: &[&str]| {
                let mut command = Command::new(&python);
                command.args(["-c", script, &self.uri, self.database.name(), TRAIL]).args(more).arg(part.to_string());
                timed(command).as_secs_f64() * share
            };
            let peer = with(EXPORT, &[out.to_str().unwrap()]);
            println!("pymongo and json_util, for all by {part}: {peer:.1} s; export is {:.1} x as fast", peer / export);
            let peer = with(VERIFY, &[]);
            println!("pymongo and BLAKE2b, for all by {part}: {peer:.1} s; verify is {:.1} x as fast", peer / verify);
        }
        let there = Command::new("mongoexport").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if there.is_ok_and(|status| status.success()) {
            let mut command = Command::new("mongoexport");
            command
                .args(["--quiet", "--uri", &self.uri, "--db", self.database.name(), "--collection", TRAIL, "--out"])
                .arg(out);
            let peer = timed(command).as_secs_f64();
            println!("mongoexport: {peer:.1} s; export is {:.1} x as fast", peer / export);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "sizes of a benchmark")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
