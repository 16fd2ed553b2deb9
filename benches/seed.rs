//! Seeding a million tickets of twenty tenants, as a whole process, against the least that the server can be made to take
//! them with and against what programs use. All sides in one run, all with the same documents and the same index.
//!
//! `apply` writes the set `tickets-load` into organizations that are there already. Against it: `insert` commands that were
//! put together beforehand, ten thousand documents each, on two connections (the limit); the driver's `insert_many` of raw
//! documents; pymongo with one process and with four, where `python3` (or `FLOWBIT_BENCH_PYTHON`) has it; mongoimport,
//! where it is on the path. A second `apply` compares and writes nothing; `generate` makes the documents without a server.
//! The peak of memory is what the kernel says of the process that applies, looked at every 20 ms.
//!
//! `cargo bench --bench seed`; `FLOWBIT_BENCH_DOCUMENTS=1000000`, rounds by `FLOWBIT_BENCH_ROUNDS=3`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod server;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bson::{Document, RawArrayBuf, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::TryStreamExt;
use mongodb::{Client, Database};

/// The tenants.
const TENANTS: u32 = 20;

/// Documents of one command.
const BATCH: usize = 10_000;

/// The set, and how many tickets it has for each tenant at scale 1.
const SET: &str = "tickets-load";
const ROWS: f64 = 1000.0;

/// What pymongo does: everything is in memory and decoded before the clock starts.
const PYTHON: &str = r#"
import multiprocessing, sys, time
import bson, pymongo
uri, name, path, processes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
with open(path, "rb") as file:
    documents = list(bson.decode_file_iter(file))
def insert(n, ready, begin):
    tickets = pymongo.MongoClient(uri)[name]["tickets"]
    tickets.find_one({"_id": None})
    mine = documents[n::processes]
    ready.release()
    begin.wait()
    for start in range(0, len(mine), 10000):
        tickets.insert_many(mine[start:start + 10000], ordered=False)
context = multiprocessing.get_context("fork")
ready, begin = context.Semaphore(0), context.Event()
workers = [context.Process(target=insert, args=(n, ready, begin)) for n in range(processes)]
for worker in workers: worker.start()
for worker in workers: ready.acquire()
start = time.monotonic()
begin.set()
for worker in workers: worker.join()
assert all(worker.exitcode == 0 for worker in workers)
print(time.monotonic() - start)
"#;

/// A server, a directory, and how many documents are wanted.
struct Bench {
    uri: String,
    client: Client,
    home: tempfile::TempDir,
    scale: f64,
    documents: f64,
}

/// How long each side took, in the order in which they are shown.
#[derive(Default)]
struct Times(Vec<(String, Vec<Duration>)>);

impl Times {
    fn add(&mut self, side: &str, took: Duration) {
        match self.0.iter_mut().find(|(known, _)| known == side) {
            Some((_, times)) => times.push(took),
            None => self.0.push((side.to_owned(), vec![took])),
        }
    }

    fn seconds(&self, side: &str) -> Option<f64> {
        let (_, times) = self.0.iter().find(|(known, _)| known == side)?;
        let mut times = times.clone();
        times.sort();
        Some(times[times.len() / 2].as_secs_f64())
    }
}

const APPLY: &str = "flowbit seed apply";
const LIMIT: &str = "limit: raw commands, 2 connections";

impl Bench {
    fn flowbit(&self, master: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowbit"));
        command.args(arguments).args(["--preset", "tickets", "--no-input"]);
        command.env("FLOWBIT_URI", &self.uri).env("FLOWBIT_MASTER_DB", master).current_dir(self.home.path());
        command.stdout(Stdio::null());
        command
    }

    fn apply(&self, master: &str, scale: f64, more: &[&str]) -> Command {
        let mut command = self.flowbit(master, &["seed", "apply", SET, "--json"]);
        command.args(["--scale", &scale.to_string()]).args(more).args(tenants());
        // Twenty organizations are agreed to by their number.
        command.args(["--confirm", &TENANTS.to_string()]);
        command
    }

    fn fresh(&self) -> Database {
        self.client.database(&format!("flowbit_bench_{}", ObjectId::new().to_hex()))
    }

    /// A database for a peer, with the index that the tickets have.
    async fn peer(&self) -> Database {
        let database = self.fresh();
        let key = doc! { "customerId": 1, "status": 1 };
        let index = doc! { "createIndexes": "tickets", "indexes": [{ "key": key, "name": "customerId_1_status_1" }] };
        database.run_command(index).await.unwrap();
        database
    }

    /// Every side starts with nothing dirty.
    async fn settle(&self) {
        self.client.database("admin").run_command(doc! { "fsync": 1 }).await.unwrap();
    }

    /// Checks that everything arrived, and cleans up.
    async fn finish(&self, database: &Database, expected: u64) {
        let there = database.collection::<Document>("tickets").count_documents(doc! {}).await.unwrap();
        assert_eq!(there, expected);
        database.drop().await.unwrap();
        self.settle().await;
    }
}

fn tenants() -> Vec<String> {
    (0..TENANTS).flat_map(|n| ["--org".to_owned(), format!("tenant {n:02}")]).collect()
}

/// Runs a command to its end; how long it took.
fn run(mut command: Command) -> Duration {
    let start = Instant::now();
    let output = command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

/// The same; with the most memory that it had, in KiB, where the kernel says so.
fn watched(mut command: Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(high_water(&child));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    assert!(status.success());
    (start.elapsed(), peak)
}

fn high_water(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or_default()
}

/// What flowbit wrote, in the order of identifiers, a command's worth at a time.
async fn read_back(database: &Database) -> Vec<Vec<RawDocumentBuf>> {
    let tickets = database.collection::<RawDocumentBuf>("tickets");
    let mut cursor = tickets.find(doc! {}).sort(doc! { "_id": 1 }).batch_size(20_000).await.unwrap();
    let mut batches: Vec<Vec<RawDocumentBuf>> = Vec::new();
    while let Some(document) = cursor.try_next().await.unwrap() {
        match batches.last_mut().filter(|batch| batch.len() < BATCH) {
            Some(batch) => batch.push(document),
            None => batches.push(vec![document]),
        }
    }
    batches
}

fn command_of(batch: &[RawDocumentBuf]) -> RawDocumentBuf {
    let documents: RawArrayBuf = batch.iter().cloned().collect();
    let head = RawDocumentBuf::try_from(&doc! { "insert": "tickets", "ordered": false });
    let mut command = head.unwrap();
    command.append(bson::raw::cstr!("documents"), documents);
    command
}

/// The limit: nothing is left to do but sending.
async fn raw_commands(bench: &Bench, batches: &[Vec<RawDocumentBuf>], name: &str) -> Duration {
    let mut halves: [Vec<RawDocumentBuf>; 2] = Default::default();
    for (n, batch) in batches.iter().enumerate() {
        halves[n % 2].push(command_of(batch));
    }
    let mut ready = Vec::new();
    for half in halves {
        let client = Client::with_uri_str(&bench.uri).await.unwrap();
        client.database("admin").run_command(doc! { "ping": 1 }).await.unwrap();
        ready.push((client.database(name), half));
    }
    bench.settle().await;
    let start = Instant::now();
    let sent = ready.into_iter().map(|(database, commands)| {
        tokio::spawn(async move {
            for command in commands {
                let reply = database.run_raw_command(command).await.unwrap();
                assert!(!reply.contains_key("writeErrors"), "{reply}");
            }
        })
    });
    for half in sent.collect::<Vec<_>>() {
        half.await.unwrap();
    }
    start.elapsed()
}

async fn insert_many(batches: &[Vec<RawDocumentBuf>], database: &Database) -> Duration {
    let tickets = database.collection::<RawDocumentBuf>("tickets");
    let start = Instant::now();
    for batch in batches {
        tickets.insert_many(batch).ordered(false).await.unwrap();
    }
    start.elapsed()
}

/// A Python that has pymongo.
fn python() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var("FLOWBIT_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned()));
    let has = Command::new(&path).args(["-c", "import pymongo"]).stderr(Stdio::null()).status();
    has.is_ok_and(|status| status.success()).then_some(path)
}

fn pymongo(bench: &Bench, python: &Path, dump: &Path, database: &Database, processes: usize) -> Duration {
    let output = Command::new(python)
        .args(["-c", PYTHON, &bench.uri, database.name()])
        .arg(dump)
        .arg(processes.to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Duration::from_secs_f64(String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
}

fn has_mongoimport() -> bool {
    let asked = Command::new("mongoimport").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn mongoimport(bench: &Bench, lines: &Path, database: &Database) -> Duration {
    let mut command = Command::new("mongoimport");
    command.args(["--quiet", "--uri", &bench.uri, "--db", database.name(), "--collection", "tickets", "--file"]);
    command.arg(lines).args(["--numInsertionWorkers", "4"]);
    run(command)
}

/// The documents as BSON, one behind the other, and as lines of extended JSON where somebody wants them.
fn dump(bench: &Bench, batches: &[Vec<RawDocumentBuf>], lines: bool) -> (PathBuf, PathBuf) {
    let (raw, text) = (bench.home.path().join("tickets.bson"), bench.home.path().join("tickets.jsonl"));
    let mut out = BufWriter::new(File::create(&raw).unwrap());
    let mut texts = BufWriter::new(File::create(&text).unwrap());
    for document in batches.iter().flatten() {
        out.write_all(document.as_bytes()).unwrap();
        if lines {
            let document = bson::Bson::Document(Document::try_from(document.as_ref()).unwrap());
            writeln!(texts, "{}", document.into_canonical_extjson()).unwrap();
        }
    }
    out.flush().unwrap();
    texts.flush().unwrap();
    (raw, text)
}

/// flowbit's own sides; gives the documents that it wrote where they are asked for.
async fn ours(bench: &Bench, times: &mut Times, peak: &mut u64, wants: bool) -> Vec<Vec<RawDocumentBuf>> {
    let database = bench.fresh();
    run(bench.apply(database.name(), 0.0, &["--create-org", "--no-registry"]));
    bench.settle().await;
    let (took, memory) = watched(bench.apply(database.name(), bench.scale, &["--no-registry"]));
    times.add(APPLY, took);
    *peak = memory.max(*peak);
    bench.settle().await;
    times.add("flowbit seed apply, nothing to write", run(bench.apply(database.name(), bench.scale, &[])));
    let mut generate = bench.flowbit(database.name(), &["seed", "generate", SET, "--collection", "tickets"]);
    generate.args(["--scale", &bench.scale.to_string()]).args(tenants());
    times.add("flowbit seed generate to /dev/null", run(generate));
    let batches = if wants { read_back(&database).await } else { Vec::new() };
    bench.finish(&database, expected(bench)).await;
    batches
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn expected(bench: &Bench) -> u64 {
    bench.documents as u64
}

async fn peers(bench: &Bench, times: &mut Times, batches: &[Vec<RawDocumentBuf>], files: &(PathBuf, PathBuf)) {
    let expected = expected(bench);
    let database = bench.peer().await;
    times.add(LIMIT, raw_commands(bench, batches, database.name()).await);
    bench.finish(&database, expected).await;
    let database = bench.peer().await;
    times.add("driver insert_many of raw documents", insert_many(batches, &database).await);
    bench.finish(&database, expected).await;
    if let Some(python) = python() {
        for processes in [1, 4] {
            let database = bench.peer().await;
            let took = pymongo(bench, &python, &files.0, &database, processes);
            times.add(&format!("pymongo insert_many, processes: {processes}"), took);
            bench.finish(&database, expected).await;
        }
    }
    if has_mongoimport() {
        let database = bench.peer().await;
        times.add("mongoimport, 4 workers", mongoimport(bench, &files.1, &database));
        bench.finish(&database, expected).await;
    }
}

fn show(bench: &Bench, times: &Times, peak: u64, bytes: usize) {
    let ours = times.seconds(APPLY).unwrap();
    let limit = times.seconds(LIMIT).unwrap();
    println!(
        "{} documents of {:.0} bytes, {TENANTS} tenants; peak of memory while applying {:.1} MiB",
        expected(bench),
        f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / bench.documents,
        f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0
    );
    println!("{:<40} {:>9} {:>12} {:>10} {:>12}", "", "s", "documents/s", "of limit", "apply is");
    for (side, _) in &times.0 {
        let took = times.seconds(side).unwrap();
        let rate = bench.documents / took;
        println!("{side:<40} {took:>9.3} {rate:>12.0} {:>9.2}x {:>11.2}x", limit / took, took / ours);
    }
}

fn number(name: &str, or: u32) -> u32 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(or)
}

#[tokio::main]
async fn main() {
    let uri = server::uri();
    let client = Client::with_uri_str(&uri).await.unwrap();
    let scale = f64::from(number("FLOWBIT_BENCH_DOCUMENTS", 1_000_000)) / f64::from(TENANTS) / ROWS;
    let documents = (ROWS * scale).round() * f64::from(TENANTS);
    let bench = Bench { uri, client, home: tempfile::tempdir().unwrap(), scale, documents };
    let (mut times, mut peak) = (Times::default(), 0);
    let mut batches = Vec::new();
    let mut files = (PathBuf::new(), PathBuf::new());
    for round in 0..number("FLOWBIT_BENCH_ROUNDS", 3) {
        let written = ours(&bench, &mut times, &mut peak, round == 0).await;
        if round == 0 {
            batches = written;
            files = dump(&bench, &batches, has_mongoimport());
        }
        peers(&bench, &mut times, &batches, &files).await;
    }
    let bytes = batches.iter().flatten().map(|document| document.as_bytes().len()).sum();
    show(&bench, &times, peak, bytes);
}
