//! Following the audit trail: every entry is printed, once, whatever happens to the server meanwhile.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};
use mongodb::Client;
use mongodb::options::WriteConcern;
use serde_json::Value;

use crate::failover::{Blow, trio};
use crate::servers::start_mongod;
use crate::world::{PAIR, Ran, World, oid};

/// How long something may take with two cores for everything.
const PATIENCE: Duration = Duration::from_secs(90);

fn entry(id: impl Into<bson::Bson>, action: &str) -> Document {
    doc! { "_id": id.into(), "action": action, "userId": "u1", "customerId": oid(0, 1).to_hex(), "timestamp": DateTime::now() }
}

/// A tail that runs, and what it has printed.
struct Tailing {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
    notes: JoinHandle<String>,
}

impl Tailing {
    fn of(mut child: Child) -> Self {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let into = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                into.lock().unwrap().push(line.unwrap());
            }
        });
        let notes = std::thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).unwrap();
            text
        });
        Self { child, lines, reader, notes }
    }

    fn start(world: &World, words: &[&str]) -> Self {
        let mut command = world.command(words);
        Self::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// How often each identifier was printed.
    fn printed(&self) -> BTreeMap<String, u32> {
        let mut printed = BTreeMap::new();
        for line in self.lines() {
            let entry: Value = serde_json::from_str(&line).unwrap();
            *printed.entry(entry["_id"].to_string()).or_insert(0) += 1;
        }
        printed
    }

    #[track_caller]
    fn wait_for(&mut self, what: &str) {
        let start = Instant::now();
        while !self.lines().iter().any(|line| line.contains(what)) {
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {:?}", self.lines());
            assert!(start.elapsed() < PATIENCE, "no {what}: {:?}", self.lines());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for its end.
    fn end(mut self) -> (i32, Vec<String>, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        self.reader.join().unwrap();
        let lines = self.lines.lock().unwrap().clone();
        (status.code().unwrap_or(137), lines, self.notes.join().unwrap())
    }

    /// Ends it as a user does.
    fn interrupt(self) -> (i32, Vec<String>, String) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.end()
    }
}

/// Somebody who writes entries all the time, and knows of which ones the server said that they are written.
struct Writer {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU32>,
    thread: JoinHandle<(Vec<u32>, Vec<u32>)>,
}

impl Writer {
    fn start(uri: &str, db: &str, pause: Duration) -> Self {
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (stopped, counted, uri, db) = (Arc::clone(&stop), Arc::clone(&count), uri.to_owned(), db.to_owned());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = Client::with_uri_str(&uri).await.unwrap();
                let trail = client.database(&db).collection::<Document>("audit_logs");
                let (mut written, mut unknown) = (Vec::new(), Vec::new());
                for n in 0.. {
                    if stopped.load(Ordering::SeqCst) {
                        break;
                    }
                    let insert = trail.insert_one(entry(format!("w{n}"), "written"));
                    match insert.write_concern(WriteConcern::majority()).await {
                        Ok(_) => written.push(n),
                        Err(_) => unknown.push(n),
                    }
                    counted.store(n, Ordering::SeqCst);
                    tokio::time::sleep(pause).await;
                }
                (written, unknown)
            })
        });
        Self { stop, count, thread }
    }

    /// Waits until it has written so many more.
    fn go_on(&self, more: u32) {
        let (start, from) = (Instant::now(), self.count.load(Ordering::SeqCst));
        while self.count.load(Ordering::SeqCst) < from + more {
            assert!(start.elapsed() < PATIENCE, "nothing is written");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn stop(self) -> (Vec<u32>, Vec<u32>) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

#[track_caller]
fn assert_each_once(printed: &BTreeMap<String, u32>, written: &[u32], unknown: &[u32]) {
    let twice: Vec<_> = printed.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "more than once: {twice:?}");
    let missing: Vec<&u32> = written.iter().filter(|n| !printed.contains_key(&format!("\"w{n}\""))).collect();
    assert!(missing.is_empty(), "{} of {} are missing: {missing:?}", missing.len(), written.len());
    let known = printed.keys().filter(|id| id.starts_with("\"w")).count();
    assert!(known <= written.len() + unknown.len());
}

#[test]
fn the_newest_come_oldest_first() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let at = |s: i64| DateTime::from_millis(1_780_000_000_000 + s * 1000);
    // Not in the order of identifiers.
    for (id, s) in [(5, 1), (4, 2), (3, 3), (2, 4), (1, 5)] {
        let details = doc! { "from": "Open", "note": "two\nlines \u{1b}[31m" };
        world.insert("audit_logs", vec![doc! { "_id": id, "action": "ticket.update", "userId": "u1", "customerId": oid(0, 1).to_hex(), "timestamp": at(s), "details": details }]);
    }
    world.insert("audit_logs", vec![doc! { "_id": 6, "action": "other", "customerId": "gone", "timestamp": at(6) }]);
    let ran = world.run(&["audit", "tail", "--org", "amazon", "-n", "2"]).ok();
    assert_eq!(
        ran.stdout,
        "2026-05-28 20:26:44+00:00  u1  ticket.update  -  from=Open note=two\\nlines \\u{1b}[31m\n\
         2026-05-28 20:26:45+00:00  u1  ticket.update  -  from=Open note=two\\nlines \\u{1b}[31m\n"
    );
    let ran = world.run(&["audit", "tail", "--all", "-n", "2"]).ok();
    assert_eq!(
        ran.stdout,
        "2026-05-28 20:26:45+00:00  amazon  u1  ticket.update  -  from=Open note=two\\nlines \\u{1b}[31m\n\
         2026-05-28 20:26:46+00:00  gone  -  other  -\n"
    );
    let ran = world.run(&["audit", "tail", "--all", "-n", "1", "-o", "jsonl"]).ok();
    assert_eq!(
        ran.stdout,
        "{\"_id\":6,\"action\":\"other\",\"customerId\":\"gone\",\"timestamp\":{\"$date\":\"2026-05-28T20:26:46Z\"}}\n"
    );
    let ran = world.run(&["audit", "tail", "--all", "-n", "1", "-o", "jsonl", "--canonical"]).ok();
    assert!(ran.stdout.contains("{\"$numberInt\":\"6\"}"), "{ran:?}");
    let ran = world.run(&["audit", "tail", "--all", "--since", "2026-05-28T20:26:43Z", "-o", "name"]).ok();
    assert_eq!(ran.stdout, "3\n2\n1\n6\n");
    let ran = world.run(&["audit", "tail", "--all", "--since", "start", "--json"]).ok().json();
    assert_eq!((ran["schema"].as_str(), ran["data"].as_array().unwrap().len()), (Some("flowbit.audit.tail/1"), 6));
    let ran = world.run(&["audit", "tail", "--all", "-n", "1", "-o", "csv"]).ok();
    assert_eq!(ran.stdout, "time,organization,actor,action,target,details,id\n2026-05-28T20:26:46Z,gone,,other,,,6\n");
    assert_eq!(world.run(&["audit", "tail", "--org", "amazon", "-n", "0"]).ok().stdout, "");
    world.insert("audit_logs", vec![doc! { "_id": 7, "action": "dateless" }]);
    let ran = world.run(&["audit", "tail", "--all", "--since", "start", "-o", "name"]).ok();
    assert_eq!(ran.stdout, "7\n5\n4\n3\n2\n1\n6\n");
    world.run(&["audit", "tail", "--org", "nobody", "--json"]).fails(3, "E0201");
    world.run(&["audit", "tail", "--json"]).fails(2, "E0101");
    world.run(&["audit", "tail", "--all", "-n", "3", "--since", "2h", "--json"]).fails(2, "E0101");
}

#[test]
fn what_is_written_comes_at_once_if_it_is_asked_for() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    world.insert("audit_logs", vec![entry("old", "ticket.create"), entry("old other", "user.create")]);
    let words = ["audit", "tail", "--org", "amazon", "--action", "ticket.*", "-f", "-o", "jsonl"];
    let mut tail = Tailing::start(&world, &words);
    tail.wait_for("\"old\"");
    let mut foreign = entry("foreign", "ticket.create");
    foreign.insert("customerId", oid(1, 1).to_hex());
    world.insert("audit_logs", vec![foreign, entry("other", "user.create"), entry("new", "ticket.close")]);
    tail.wait_for("\"new\"");
    // What is changed afterwards is no new entry.
    world.command_on(
        doc! { "update": "audit_logs", "updates": [{ "q": { "_id": "old" }, "u": { "$set": { "x": 1 } } }] },
    );
    world.insert("audit_logs", vec![entry("last", "ticket.close")]);
    tail.wait_for("\"last\"");
    let printed = tail.printed();
    assert_eq!(printed.keys().collect::<Vec<_>>(), ["\"last\"", "\"new\"", "\"old\""]);
    let (status, _, notes) = tail.interrupt();
    assert_eq!((status, notes.as_str()), (0, ""));
}

#[test]
fn what_was_there_is_not_new() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    world.insert("audit_logs", vec![entry("before", "x")]);
    let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "-f", "-n", "0", "-o", "jsonl"]);
    let start = Instant::now();
    for n in 0.. {
        if !tail.lines().is_empty() {
            break;
        }
        assert!(tail.child.try_wait().unwrap().is_none() && start.elapsed() < PATIENCE, "nothing comes");
        // Later than the moment at which it begins, at some time.
        std::thread::sleep(Duration::from_millis(if n == 0 { 3_000 } else { 200 }));
        world.insert("audit_logs", vec![entry(format!("new {n}"), "x")]);
    }
    let printed = tail.printed();
    assert!(printed.keys().all(|id| id.starts_with("\"new")), "{printed:?}");
    assert_eq!(tail.interrupt().0, 0);
}

#[test]
fn nothing_is_lost_between_the_first_entries_and_those_that_come() {
    let world = World::new(PAIR);
    for place in ["tail:opened", "tail:first"] {
        world.insert("audit_logs", vec![entry(format!("{place} before"), "x")]);
        let words = ["audit", "tail", "--all", "--since", "start", "-f", "-o", "jsonl"];
        let (child, gate) = world.held(&words, &format!("hold@{place}"));
        world.insert("audit_logs", vec![entry(format!("{place} between"), "x")]);
        std::fs::remove_file(gate).unwrap();
        let mut tail = Tailing::of(child);
        tail.wait_for(&format!("{place} between"));
        world.insert("audit_logs", vec![entry(format!("{place} behind"), "x")]);
        tail.wait_for(&format!("{place} behind"));
        assert!(tail.printed().values().all(|times| *times == 1), "{:?}", tail.lines());
        assert_eq!(tail.printed().len(), usize::try_from(world.count("audit_logs")).unwrap());
        assert_eq!(tail.interrupt().0, 0);
    }
    let writer = Writer::start(&world.uri(), &world.db, Duration::ZERO);
    for round in 0..4 {
        writer.go_on(20);
        let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "--since", "start", "-f", "-o", "jsonl"]);
        tail.wait_for("\"w5\"");
        writer.go_on(20);
        world.insert("audit_logs", vec![entry(format!("round {round}"), "x")]);
        tail.wait_for(&format!("round {round}"));
        let there = world.find("audit_logs", doc! { "_id": { "$not": { "$regex": "^w" } } }).len();
        let printed = tail.printed();
        // The numbers of the writer have no gap up to the last that was printed.
        let last = printed.keys().filter_map(|id| id.trim_matches('"').strip_prefix('w')?.parse::<u32>().ok()).max();
        assert_each_once(&printed, &(0..last.unwrap()).collect::<Vec<_>>(), &[last.unwrap()]);
        assert_eq!(printed.keys().filter(|id| !id.starts_with("\"w")).count(), there);
        assert_eq!(tail.interrupt().0, 0);
    }
    let (_, unknown) = writer.stop();
    assert_eq!(unknown, Vec::<u32>::new());
}

#[test]
fn entries_come_once_through_step_downs_and_kills_of_the_primary() {
    let (trio, _turn) = trio();
    let world = World::at(&trio.uri(), PAIR);
    world.insert("audit_logs", vec![entry("first", "x")]);
    let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "-f", "-o", "jsonl", "--timeout", "3"]);
    tail.wait_for("\"first\"");
    let writer = Writer::start(&trio.uri(), &world.db, Duration::from_millis(2));
    writer.go_on(50);
    for blow in [Blow::SteppedDown, Blow::Killed, Blow::SteppedDown] {
        let struck = trio.strike(blow);
        writer.go_on(50);
        if let Some(node) = struck {
            node.start_again();
        }
        trio.recover();
        writer.go_on(50);
    }
    let (written, unknown) = writer.stop();
    trio.recover();
    world.insert("audit_logs", vec![entry("sentinel", "x")]);
    tail.wait_for("\"sentinel\"");
    assert_each_once(&tail.printed(), &written, &unknown);
    eprintln!("{} written, {} unknown, {} printed", written.len(), unknown.len(), tail.printed().len());
    let (status, _, notes) = tail.interrupt();
    assert_eq!((status, notes.as_str()), (0, ""));
}

/// Lets the server fail commands of this world's connections.
fn fail(world: &World, mode: impl Into<bson::Bson>, mut data: Document) {
    data.insert("appName", &world.db);
    let command = doc! { "configureFailPoint": "failCommand", "mode": mode.into(), "data": data };
    world.wait(world.client.database("admin").run_command(command).into_future()).unwrap();
}

#[test]
fn a_lost_connection_is_said_once_and_nothing_is_missed() {
    // Only one such point at a time: a server of its own.
    let (port, _holder) = start_mongod(Some("fbtail"));
    let world = World::on(port, PAIR);
    world.insert("audit_logs", vec![entry("first", "x")]);
    let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "-f"]);
    tail.wait_for("u1");
    let broken = doc! { "failCommands": ["aggregate", "getMore"], "closeConnection": true };
    fail(&world, doc! { "times": 12 }, broken);
    for n in 0..10 {
        world.insert("audit_logs", vec![entry(format!("e{n}"), &format!("during.{n}"))]);
        std::thread::sleep(Duration::from_millis(100));
    }
    tail.wait_for("during.9");
    world.insert("audit_logs", vec![entry("again", "again")]);
    tail.wait_for("again");
    let (status, lines, notes) = tail.interrupt();
    assert_eq!(status, 0);
    assert_eq!(lines.len(), 12, "{lines:?}");
    assert_eq!(notes.matches("note: the connection is lost").count(), 1, "{notes}");
    assert_eq!(notes.matches("note: the connection is back").count(), 1, "{notes}");

    // The log was cut off meanwhile.
    let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "-f", "--json", "-n", "1"]);
    tail.wait_for("again");
    fail(&world, "alwaysOn", doc! { "failCommands": ["aggregate", "getMore"], "errorCode": 286 });
    let (status, lines, notes) = tail.end();
    fail(&world, "off", doc! {});
    assert_eq!(lines.len(), 1);
    let error = Ran { status, stdout: String::new(), stderr: notes }.fails(7, "E0704").error();
    let next = error["next"][0].as_str().unwrap();
    assert!(next.starts_with("flowbit audit tail --all --follow --since 20"), "{next}");
}

#[test]
fn a_trail_that_is_dropped_ends_it_loudly() {
    let world = World::new(PAIR);
    for (n, command) in [doc! { "drop": "audit_logs" }, doc! { "dropDatabase": 1 }].into_iter().enumerate() {
        world.insert("audit_logs", vec![entry(format!("e{n}"), "x")]);
        let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "-f", "--json", "--action", "x"]);
        tail.wait_for(&format!("e{n}"));
        world.command_on(command);
        let (status, _, stderr) = tail.end();
        let ran = Ran { status, stdout: String::new(), stderr }.fails(7, "E0704");
        assert!(ran.error()["message"].as_str().unwrap().contains("was dropped"), "{ran:?}");
    }
}

#[test]
fn a_standalone_is_asked_again_and_again() {
    let (port, _holder) = start_mongod(None);
    let world = World::on(port, PAIR);
    world.insert("audit_logs", vec![entry("a", "x"), entry("b", "x")]);
    let mut ahead = entry("ahead", "x");
    ahead.insert("timestamp", DateTime::from_millis(DateTime::now().timestamp_millis() + 3_600_000));
    world.insert("audit_logs", vec![ahead]);
    let mut tail = Tailing::start(&world, &["audit", "tail", "--all", "-f", "-n", "1", "-o", "name"]);
    tail.wait_for("ahead");
    let writer = Writer::start(&world.uri(), &world.db, Duration::from_millis(20));
    writer.go_on(100);
    let (written, _) = writer.stop();
    // One that is a little late by its own clock.
    let mut late = entry("late", "x");
    late.insert("timestamp", DateTime::from_millis(DateTime::now().timestamp_millis() - 30_000));
    world.insert("audit_logs", vec![late, entry("sentinel", "x")]);
    tail.wait_for("sentinel");
    tail.wait_for("late");
    let (status, lines, _) = tail.interrupt();
    let mut expected: Vec<String> = written.iter().map(|n| format!("w{n}")).collect();
    expected.extend(["ahead", "late", "sentinel"].map(str::to_owned));
    let mut found = lines;
    expected.sort();
    found.sort();
    assert_eq!((status, found), (0, expected));
    let people = Tailing::start(&world, &["audit", "tail", "--all", "-f", "-n", "1"]);
    let mut people = people;
    people.wait_for("x");
    assert!(people.interrupt().2.contains("note: this server is a standalone"));
}

#[test]
fn a_reader_that_goes_away_ends_it_at_the_next_line() {
    let world = World::new(PAIR);
    world.insert("audit_logs", vec![entry("first", "x")]);
    let mut command = world.command(&["audit", "tail", "--all", "-f"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(line.contains("u1  x"), "{line}");
    drop(out);
    world.insert("audit_logs", vec![entry("second", "x")]);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
}
