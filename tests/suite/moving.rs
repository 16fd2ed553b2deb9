//! Backends that go on writing while their tenant is copied into another database, or gets another key: their ledgers
//! must equal what is there afterwards, and the neighbour must not notice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use mongodb::Client;

use crate::ledger::Ledger;
use crate::world::{DATABASES, Ran, SHARED, World, oid};

/// Where a backend writes: a database, and what its documents say about their tenant.
type Place = (String, Document);

/// How a backend finds that place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Looks before every write, as one that reads its records does.
    Looks,
    /// Keeps what it found until a write is refused.
    Caches,
    /// Never looks again, as one that believes old tokens does.
    Stubborn,
}

async fn place(client: &Client, db: &str, shared: bool) -> Place {
    let database = client.database(db);
    if shared {
        let users = database.collection::<Document>("users");
        let user = users.find_one(doc! { "_id": oid(0, 10) }).await.unwrap().unwrap();
        return (db.to_owned(), doc! { "customerId": user.get_str("customerId").unwrap() });
    }
    let orgs = database.collection::<Document>("organizations");
    let org = orgs.find_one(doc! { "_id": oid(0, 1) }).await.unwrap().unwrap();
    (org.get_str("database_name").unwrap().to_owned(), doc! {})
}

/// Writes until it is told to stop; also says the longest time from one acknowledged write to the next.
async fn write(
    port: u16,
    db: String,
    habit: Habit,
    shared: bool,
    base: i64,
    stop: Arc<AtomicBool>,
) -> (Ledger, Duration) {
    let client = Client::with_uri_str(format!("mongodb://127.0.0.1:{port}/?directConnection=true")).await.unwrap();
    let mut here = place(&client, &db, shared).await;
    let mut ledger = Ledger::default();
    let (mut last, mut pause) = (Instant::now(), Duration::ZERO);
    let mut n = 0_i64;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        if habit == Habit::Looks {
            here = place(&client, &db, shared).await;
        }
        let tickets = client.database(&here.0).collection::<Document>("tickets");
        let (id, older, value) = (base + n, base + n / 2, i32::try_from(n).unwrap());
        let mut which = here.1.clone();
        which.insert("_id", older);
        let (about, state, outcome) = match n % 5 {
            0 => {
                let done = tickets.update_one(which, doc! { "$set": { "value": value } }).await;
                (older, Some(value), done.map(|done| done.matched_count == 1))
            }
            3 if n % 3 == 0 => {
                let done = tickets.delete_one(which).await;
                (older, None, done.map(|done| done.deleted_count == 1))
            }
            _ => {
                let mut document = doc! { "_id": id, "title": "meanwhile", "value": value };
                document.extend(here.1.clone());
                (id, Some(value), tickets.insert_one(document).await.map(|_| true))
            }
        };
        match outcome {
            Ok(matched) => {
                ledger.acknowledge(about, state, matched);
                pause = pause.max(last.elapsed());
                last = Instant::now();
            }
            Err(error) => {
                ledger.refuse(about, state, &error);
                if habit == Habit::Caches {
                    here = place(&client, &db, shared).await;
                }
            }
        }
    }
    (ledger, pause)
}

/// A backend at work: its habit, where its ids begin, and what it says in the end.
type Writer = (Habit, i64, JoinHandle<(Ledger, Duration)>);

fn spawn(world: &World, shared: bool, stop: &Arc<AtomicBool>) -> Vec<Writer> {
    [Habit::Looks, Habit::Caches, Habit::Stubborn]
        .into_iter()
        .zip(1..)
        .map(|(habit, i)| {
            let (port, db, stop) = (world.port, world.db.clone(), Arc::clone(stop));
            let base = i * 100_000_000;
            let writer = thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(write(port, db, habit, shared, base, stop))
            });
            (habit, base, writer)
        })
        .collect()
}

/// Everything of the neighbour, byte for byte.
fn neighbour(world: &World, shared: bool) -> Vec<Vec<u8>> {
    let (db, filter) = if shared {
        (world.db.clone(), doc! { "customerId": "amazon global" })
    } else {
        (format!("{}_amazon-global", world.db), doc! {})
    };
    let tickets = world.client.database(&db).collection::<Document>("tickets");
    world.wait(async {
        use futures_util::TryStreamExt;
        let found: Vec<Document> =
            tickets.find(filter).sort(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap();
        found.iter().map(|d| bson::serialize_to_vec(d).unwrap()).collect()
    })
}

fn fill(world: &World, db: &str, documents: i64, extra: &Document) {
    for start in (0..documents).step_by(10_000) {
        let batch: Vec<Document> = (start..(start + 10_000).min(documents))
            .map(|n| {
                let mut document = doc! { "_id": -n - 1, "title": "old", "value": 0_i32, "status": "Open", "n": n };
                document.extend(extra.clone());
                document
            })
            .collect();
        let tickets = world.client.database(db).collection::<Document>("tickets");
        world.wait(tickets.insert_many(batch).into_future()).unwrap();
    }
}

/// Renames to and fro while three backends write, then compares.
fn renames(what: &str, world: &World, shared: bool, rounds: usize, options: &[&str], documents: i64) {
    let extra = if shared {
        doc! { "customerId": "amazon", "tenantSlug": "amazon" }
    } else {
        doc! {}
    };
    let first = if shared { world.db.clone() } else { format!("{}_amazon", world.db) };
    fill(world, &first, documents, &extra);
    let before = neighbour(world, shared);
    let stop = Arc::new(AtomicBool::new(false));
    let writers = spawn(world, shared, &stop);
    thread::sleep(Duration::from_millis(200));
    for round in 0..rounds {
        let (old, new) = if round % 2 == 0 { ("amazon", "jungle") } else { ("jungle", "amazon") };
        let mut words = vec!["org", "rename", old, new, "--confirm", old, "--json"];
        words.extend(options);
        let ran = world.run(&words);
        assert_eq!(ran.status, 0, "{what}, round {round}: {ran:?}");
    }
    stop.store(true, Ordering::Relaxed);
    let slug = if rounds.is_multiple_of(2) { "amazon" } else { "jungle" };
    let here = if shared { world.db.clone() } else { format!("{}_{slug}", world.db) };
    let tickets = world.client.database(&here).collection::<Document>("tickets");
    let (mut acknowledged, mut pause) = (0, Duration::ZERO);
    for (habit, base, writer) in writers {
        let (ledger, longest) = writer.join().unwrap();
        assert!(ledger.acknowledged > 20, "{what}: {habit:?} hardly wrote: {} writes", ledger.acknowledged);
        let found: BTreeMap<i64, i32> = world.wait(async {
            use futures_util::TryStreamExt;
            let mut mine = doc! { "_id": { "$gt": base, "$lt": base + 100_000_000 } };
            if shared {
                mine.insert("customerId", slug);
            }
            let found: Vec<Document> = tickets.find(mine).await.unwrap().try_collect().await.unwrap();
            found.iter().map(|d| (d.get_i64("_id").unwrap(), d.get_i32("value").unwrap())).collect()
        });
        let differences = ledger.differences(&found);
        assert!(differences.is_empty(), "{what}: {habit:?}: {differences:?}");
        eprintln!(
            "{what}: {habit:?}: {} acknowledged, {} refused ({} of them perhaps done), {} documents, longest pause {:.3} s, 0 differences",
            ledger.acknowledged,
            ledger.refused,
            ledger.unknown,
            ledger.len(),
            longest.as_secs_f64()
        );
        acknowledged += ledger.acknowledged;
        if habit != Habit::Stubborn {
            pause = pause.max(longest);
        }
    }
    let old = world.wait(tickets.count_documents(doc! { "title": "old" }).into_future()).unwrap();
    assert_eq!(old, u64::try_from(documents).unwrap());
    if shared {
        let wrong = doc! { "customerId": { "$nin": [slug, "amazon global"] } };
        assert_eq!(world.wait(tickets.count_documents(wrong).into_future()).unwrap(), 0, "{what}: under a wrong key");
    }
    assert_eq!(neighbour(world, shared), before, "{what}: the neighbour was changed");
    eprintln!(
        "{what}: {rounds} renames of {documents} documents, {acknowledged} acknowledged writes, 0 lost, 0 doubled; longest pause of a backend that looks again {:.3} s",
        pause.as_secs_f64()
    );
}

#[test]
fn copies_that_are_written_to_lose_nothing() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    renames("online", &world, false, 4, &["--online"], 30_000);
}

#[test]
fn frozen_copies_lose_nothing() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    renames("frozen", &world, false, 4, &["--frozen"], 10_000);
}

#[test]
fn keys_that_are_written_under_lose_nothing() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    renames("shared", &world, true, 4, &[], 20_000);
}

/// B15: what a backend with an old token writes after the rename is refused, and nobody else's writes are.
#[test]
fn an_old_key_is_refused_until_the_alias_ends() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    let tickets = world.collection("tickets");
    let insert = |key: &str| {
        let document = doc! { "title": "x", "customerId": key };
        world.wait(tickets.insert_one(document).into_future()).map_err(|e| e.to_string())
    };
    assert!(insert("amazon").unwrap_err().contains("failed validation"));
    insert("jungle").unwrap();
    insert("amazon global").unwrap();
    assert!(
        world
            .wait(tickets.insert_one(doc! { "customerId": "jungle" }).into_future())
            .unwrap_err()
            .to_string()
            .contains("failed validation"),
        "the platform's own validator holds beside the fence"
    );
    let names: Vec<Bson> = world.wait(tickets.distinct("customerId", doc! {}).into_future()).unwrap();
    assert_eq!(names, [Bson::from("amazon global"), Bson::from("jungle")]);
    let listed = world.run(&["org", "list", "-o", "name"]).ok().stdout;
    assert_eq!(listed, "amazon global\njungle\n");
    world.run(&["org", "create", "amazon", "--admin-email", "a@b.cc", "--json"]).fails(5, "E0301");
    // Taken back, the old name is as good as new: accounts can be written to as well.
    world.run(&["org", "rename", "jungle", "amazon", "--confirm", "jungle", "--json"]).ok();
    let login = doc! { "$set": { "lastLogin": bson::DateTime::now() } };
    let written =
        world.wait(world.collection("users").update_many(doc! { "customerId": "amazon" }, login).into_future());
    assert_eq!(written.unwrap().matched_count, 3);
    insert("amazon").unwrap();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    assert!(insert("amazon").unwrap_err().contains("failed validation"));
    // Whoever may go past a validator can still write under the old key: that is caught as well.
    let past_it = doc! { "insert": "tickets", "documents": [{ "_id": 99, "title": "old token", "customerId": "amazon", "tenantSlug": "amazon" }], "bypassDocumentValidation": true };
    world.command_on(past_it);
    assert_eq!(world.run(&["org", "list", "-o", "name"]).ok().stdout, "amazon global\njungle\n");
    let swept = world.run(&["op", "gc", "--json"]).ok().json();
    assert!(swept["data"].as_array().unwrap().iter().any(|f| f["kind"] == "stray"), "{swept}");
    let caught = world.one("tickets", doc! { "_id": 99 });
    assert_eq!((caught.get_str("customerId").unwrap(), caught.get_str("tenantSlug").unwrap()), ("jungle", "jungle"));
    // When its time is over the fence goes, and with it everything that a validator had of it.
    let past = bson::DateTime::from_millis(1_700_000_000_000);
    for name in ["flowbit_names", "flowbit_fences"] {
        let all = doc! { "until": { "$exists": true } };
        world.wait(world.collection(name).update_many(all, doc! { "$set": { "until": past } }).into_future()).unwrap();
    }
    world.run(&["op", "gc", "--json"]).ok();
    insert("amazon").unwrap();
    assert_eq!(world.count("flowbit_fences"), 0);
}

/// A command that came too late may leave a clause that nothing accounts for: gc takes it, and nothing else.
#[test]
fn a_stray_fence_goes_and_the_platforms_own_validator_stays() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    world.run(&["op", "gc", "--json"]).ok();
    let fence = doc! { "$nor": [{ "$and": [{ "customerId": { "$eq": "amazon" } }, { "flowbit:fence": { "$ne": "6b00e9cd6b491423ace46d96" } }] }] };
    let validator = doc! { "$and": [{ "title": { "$exists": true } }, fence] };
    world.command_on(doc! { "collMod": "tickets", "validator": validator });
    let cleared = world.run(&["op", "gc", "--json"]).ok().json();
    assert_eq!(cleared["data"][0]["kind"], "stray fence");
    let catalog = world.catalog();
    let tickets = catalog.iter().find(|entry| entry.get_str("name").unwrap() == "tickets").unwrap();
    let options = tickets.get_document("options").unwrap();
    assert_eq!(options.get_document("validator").unwrap(), &doc! { "title": { "$exists": true } });
}

/// Copying takes its time: a collection of another kind that the backend makes meanwhile must not stay behind.
#[test]
fn a_collection_that_appears_during_a_copy_turns_it_back() {
    let world = World::new(DATABASES);
    world.pair_of_databases();
    let words = ["org", "rename", "amazon", "jungle", "--frozen", "--confirm", "amazon", "--json"];
    let (child, gate) = world.held(&words, "hold@copy:filled");
    let invoices = world.tenant("amazon").collection::<Document>("invoices");
    world.wait(invoices.insert_one(doc! { "_id": 1 }).into_future()).unwrap();
    std::fs::remove_file(gate).unwrap();
    Ran::from(child.wait_with_output().unwrap()).fails(5, "E0308");
    assert_eq!(world.wait(invoices.count_documents(doc! {}).into_future()).unwrap(), 1);
    let tickets = world.tenant("amazon").collection::<Document>("tickets");
    world.wait(tickets.insert_one(doc! { "title": "writable again" }).into_future()).unwrap();
    assert_eq!(world.wait(tickets.count_documents(doc! {}).into_future()).unwrap(), 21);
    assert_eq!(world.databases().len(), 3, "nothing is left of the copy: {:?}", world.databases());
}

/// What gc brings home is where it belongs: taken back, the tenant would go along with it.
#[test]
fn an_interrupted_gc_never_takes_the_tenant_back_to_its_old_key() {
    let world = World::new(SHARED);
    world.pair_of_keys();
    world.run(&["org", "rename", "amazon", "jungle", "--confirm", "amazon", "--json"]).ok();
    let stray = doc! { "_id": 99, "title": "old token", "customerId": "amazon" };
    world.command_on(doc! { "insert": "tickets", "documents": [stray], "bypassDocumentValidation": true });
    let killed = world.run_with(&["op", "gc", "--json"], &[("FLOWBIT_FAULT", "kill@step:rekey:0:before")]);
    assert_eq!(killed.status, 137, "{killed:?}");
    let open = world.one("flowbit_ops", doc! { "open": true });
    let id = open.get_str("_id").unwrap();
    world.run(&["op", "rollback", id, "--json"]).fails(5, "E0307");
    assert_eq!(world.find("tickets", doc! { "customerId": "jungle" }).len(), 20);
    world.run(&["op", "resume", id, "--json"]).ok();
    assert_eq!(world.find("tickets", doc! { "customerId": "jungle" }).len(), 21);
}
