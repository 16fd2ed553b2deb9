//! Backends that go on writing while their tenant is renamed: their own ledgers must equal the collection afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use bson::{Document, doc};
use mongodb::Client;

use crate::ledger::Ledger;
use crate::world::{PAIR, World, oid};

/// How a writer finds the collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Looks into the organization's record before every write.
    Reads,
    /// Keeps the name until a write is refused.
    Caches,
    /// Never looks again.
    Stubborn,
}

/// Inserts, updates and deletes documents of its own until it is told to stop.
fn write(port: u16, db: String, habit: Habit, base: i64, stop: Arc<AtomicBool>) -> Ledger {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async move {
        let client = Client::with_uri_str(format!("mongodb://127.0.0.1:{port}/?directConnection=true")).await.unwrap();
        let database = client.database(&db);
        let slug = async || {
            let org = database
                .collection::<Document>("organizations")
                .find_one(doc! { "_id": oid(0, 1) })
                .await
                .unwrap()
                .unwrap();
            format!("org_{}_tickets", org.get_str("slug").unwrap())
        };
        let mut name = slug().await;
        let mut ledger = Ledger::default();
        let mut n = 0_i64;
        while !stop.load(Ordering::Relaxed) {
            n += 1;
            if habit == Habit::Reads {
                name = slug().await;
            }
            let collection = database.collection::<Document>(&name);
            let id = base + n;
            let older = base + n / 2;
            let value = i32::try_from(n).unwrap();
            let (about, state, outcome) = match n % 4 {
                0 => {
                    let done = collection.update_one(doc! { "_id": older }, doc! { "$set": { "value": value } }).await;
                    (older, Some(value), done.map(|done| done.matched_count == 1))
                }
                3 if n % 3 == 0 => {
                    let done = collection.delete_one(doc! { "_id": older }).await;
                    (older, None, done.map(|done| done.deleted_count == 1))
                }
                _ => {
                    let document = doc! { "_id": id, "title": "written meanwhile", "value": value };
                    (id, Some(value), collection.insert_one(document).await.map(|_| true))
                }
            };
            match outcome {
                Ok(matched) => ledger.acknowledge(about, state, matched),
                Err(error) => {
                    ledger.refuse(about, state, &error);
                    if habit == Habit::Caches {
                        name = slug().await;
                    }
                }
            }
        }
        ledger
    })
}

#[test]
fn fifty_renames_of_a_hundred_thousand_documents_lose_nothing() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    for chunk in 0..10 {
        world.insert(
            "org_amazon_tickets",
            (0..10_000).map(|n| doc! { "_id": -(chunk * 10_000 + n + 1), "title": "old", "value": n }).collect(),
        );
    }
    let uuid = world.uuid("org_amazon_tickets");
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = [Habit::Reads, Habit::Caches, Habit::Stubborn]
        .into_iter()
        .zip(1..)
        .map(|(habit, i)| {
            let (port, db, stop) = (world.port, world.db.clone(), Arc::clone(&stop));
            (habit, i * 100_000_000, thread::spawn(move || write(port, db, habit, i * 100_000_000, stop)))
        })
        .collect();
    let mut strays = 0;
    for round in 0..50 {
        let (old, new) = if round % 2 == 0 { ("amazon", "jungle") } else { ("jungle", "amazon") };
        let ran = world.run(&["org", "rename", old, new, "--confirm", old, "--json"]).ok();
        assert_eq!(ran.json()["data"]["rename"]["to"], new);
    }
    stop.store(true, Ordering::Relaxed);
    for op in world.find("flowbit_ops", doc! {}) {
        assert_eq!(op.get_str("state").unwrap(), "done");
        strays += op
            .get_array("events")
            .unwrap()
            .iter()
            .filter(|event| event.as_document().unwrap().get_str("what").unwrap() == "stray")
            .count();
    }
    assert_eq!(world.uuid("org_amazon_tickets"), uuid, "the same collection after fifty renames");
    let mut acknowledged = 0;
    for (habit, base, writer) in writers {
        let ledger = writer.join().unwrap();
        assert!(ledger.acknowledged > 100, "{habit:?} hardly wrote: {} writes", ledger.acknowledged);
        let found: BTreeMap<i64, i32> = world
            .find("org_amazon_tickets", doc! { "_id": { "$gt": base, "$lt": base + 100_000_000 } })
            .iter()
            .map(|d| (d.get_i64("_id").unwrap(), d.get_i32("value").unwrap()))
            .collect();
        let differences = ledger.differences(&found);
        assert!(differences.is_empty(), "{habit:?}: {differences:?}");
        eprintln!(
            "{habit:?}: {} acknowledged, {} refused ({} of them perhaps done), {} documents, 0 differences",
            ledger.acknowledged,
            ledger.refused,
            ledger.unknown,
            ledger.len()
        );
        acknowledged += ledger.acknowledged;
    }
    eprintln!(
        "50 renames, {acknowledged} acknowledged writes, {strays} collections re-created under an old name and gathered"
    );
    assert_eq!(
        world
            .wait(world.collection("org_amazon_tickets").count_documents(doc! { "title": "old" }).into_future())
            .unwrap(),
        100_000
    );
    let names = world.names();
    assert!(!names.iter().any(|name| name.starts_with("fb_")), "{names:?}");
    for entry in world.catalog() {
        if entry.get_str("name").unwrap().starts_with("org_jungle_") {
            assert_eq!(entry.get_str("type").unwrap(), "view", "{entry:?}");
        }
    }
}

/// A writer that inserts through the old name as fast as it can, while the rename is rolled back.
#[test]
fn a_rollback_under_a_stubborn_writer_loses_nothing() {
    let world = World::new(PAIR);
    world.pair_of_tenants();
    let ran = world.run_with(
        &["org", "rename", "amazon", "jungle", "--confirm", "amazon"],
        &[("FLOWBIT_FAULT", "kill@settle:renamed#2")],
    );
    assert_eq!(ran.status, 137, "killed between a rename and its sentry: {ran:?}");
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (port, db, stop) = (world.port, world.db.clone(), Arc::clone(&stop));
        thread::spawn(move || write(port, db, Habit::Stubborn, 1_000_000, stop))
    };
    // It re-creates the collection whose name is free now.
    thread::sleep(std::time::Duration::from_millis(300));
    world.run(&["op", "rollback", "amazon", "--json"]).ok();
    thread::sleep(std::time::Duration::from_millis(100));
    stop.store(true, Ordering::Relaxed);
    let ledger = writer.join().unwrap();
    let found: BTreeMap<i64, i32> = world
        .find("org_amazon_tickets", doc! { "_id": { "$gte": 1_000_000_i64 } })
        .iter()
        .map(|d| (d.get_i64("_id").unwrap(), d.get_i32("value").unwrap()))
        .collect();
    let differences = ledger.differences(&found);
    assert!(differences.is_empty(), "{differences:?}");
    assert_eq!(world.names().iter().filter(|name| name.starts_with("fb_")).count(), 0, "{:?}", world.names());
}
