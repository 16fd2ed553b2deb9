//! Rename of a tenant, as a whole process, against the work it replaces: reading every document, inserting it under
//! the new name, counting, dropping. Both sides in one run, on the local MongoDB that flowbit manages.
//!
//! `cargo bench --bench rename`; sizes by `FLOWBIT_BENCH_SIZES=10000,100000,1000000`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod server;

use std::process::Command;
use std::time::{Duration, Instant};

use bson::{Document, doc, oid::ObjectId};
use futures_util::TryStreamExt;
use mongodb::{Client, Database};

const ROUNDS: usize = 5;

fn ticket(n: i64) -> Document {
    let text = "The truck left the depot late and the customer was not told; see the tour's log. ".repeat(3);
    doc! {
        "_id": ObjectId::new(), "number": n, "title": format!("Late truck {n}"), "description": text, "status": "Open", "priority": "High",
        "createdBy": "agent7@logisticsco.example", "createdAt": bson::DateTime::from_millis(1_700_000_000_000 + n), "tags": ["truck", "late"],
    }
}

async fn fill(database: &Database, documents: i64) {
    let collection = database.collection::<Document>("org_bench");
    for start in (0..documents).step_by(10_000) {
        collection.insert_many((start..(start + 10_000).min(documents)).map(ticket)).ordered(false).await.unwrap();
    }
    database
        .run_command(doc! { "createIndexes": "org_bench", "indexes": [{ "key": { "status": 1 }, "name": "status_1" }] })
        .await
        .unwrap();
    let (org, admin) = (ObjectId::new(), ObjectId::new());
    let organization = doc! {
        "_id": org, "organization_name": "bench", "collection_name": "org_bench",
        "connection": { "db_name": database.name(), "collection_name": "org_bench", "extra": {} }, "admin_user_id": admin,
    };
    database.collection("organizations").insert_one(organization).await.unwrap();
    database
        .collection("admins")
        .insert_one(doc! { "_id": admin, "organization_id": org, "email": "a@b.cc", "role": "admin" })
        .await
        .unwrap();
}

/// flowbit, the whole process.
fn flowbit(uri: &str, database: &str, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_flowbit"))
        .args(arguments)
        .args(["--preset", "org-collections", "--json"])
        .env("FLOWBIT_URI", uri)
        .env("FLOWBIT_MASTER_DB", database)
        .output()
        .unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

/// The loop it replaces: find all, insert all, count both, drop.
async fn copy_loop(database: &Database, from: &str, to: &str) -> Duration {
    let start = Instant::now();
    let (source, target) = (database.collection::<Document>(from), database.collection::<Document>(to));
    let documents: Vec<Document> = source.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    target.insert_many(&documents).await.unwrap();
    let (left, right) =
        (source.count_documents(doc! {}).await.unwrap(), target.count_documents(doc! {}).await.unwrap());
    assert_eq!(left, right);
    source.drop().await.unwrap();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::main]
async fn main() {
    let uri = server::uri();
    let client = Client::with_uri_str(&uri).await.unwrap();
    let sizes = std::env::var("FLOWBIT_BENCH_SIZES").unwrap_or_else(|_| "10000,100000,1000000".to_owned());
    println!(
        "{:>10} {:>14} {:>14} {:>14} {:>10} {:>10}",
        "documents", "ping", "rename", "copy loop", "x ping", "x faster"
    );
    for documents in sizes.split(',').map(|size| size.parse::<i64>().unwrap()) {
        let database = client.database(&format!("flowbit_bench_{}", ObjectId::new().to_hex()));
        fill(&database, documents).await;
        let (mut pings, mut renames) = (Vec::new(), Vec::new());
        let names = ["bench", "bench-other"];
        for round in 0..ROUNDS {
            let (old, new) = (names[round % 2], names[(round + 1) % 2]);
            // The least that connects, asks and ends.
            pings.push(flowbit(&uri, database.name(), &["org", "list"]));
            renames.push(flowbit(&uri, database.name(), &["org", "rename", old, new, "--confirm", old]));
        }
        let here = if ROUNDS % 2 == 1 { "org_bench-other" } else { "org_bench" };
        let copied = copy_loop(&database, here, "org_copied").await;
        let (ping, rename) = (median(pings), median(renames));
        println!(
            "{documents:>10} {ping:>14.3?} {rename:>14.3?} {copied:>14.3?} {:>10.1} {:>10.0}",
            rename.as_secs_f64() / ping.as_secs_f64(),
            copied.as_secs_f64() / rename.as_secs_f64()
        );
        database.drop().await.unwrap();
    }
}
