//! The server itself: version, topology, clock, and what the user may do there.

use std::collections::BTreeSet;

use bson::DateTime;

use super::estate::Estate;
use super::mend::{json, mongosh};
use super::rules::{CLOCK, RIGHTS, SERVER_VERSION, TOPOLOGY};
use super::{Exam, Severity};
use crate::domain::Layout;
use crate::error::Result;
use crate::store::Topology;
use crate::store::inspect::Login;

/// What README.md says that flowbit needs in the platform's databases.
const NEEDED: &[&str] = &[
    "find",
    "insert",
    "update",
    "remove",
    "createCollection",
    "createIndex",
    "dropCollection",
    "listCollections",
    "listIndexes",
    "collMod",
    "collStats",
    "renameCollectionSameDB",
    "bypassDocumentValidation",
];

/// What lets it take over from a crashed runner at once.
const TAKE_OVER: &[&str] = &["inprog", "killop", "killAnySession"];

/// Seconds that the clocks may differ. Leases go by the server's clock, the journal's times by ours.
const TOLERANCE_MS: i64 = 5_000;

pub(super) async fn examine(exam: &mut Exam<'_>, estate: Option<&Estate>) -> Result<()> {
    let version = version(exam).await;
    exam.settle(&[&SERVER_VERSION], version)?;
    topology(exam);
    let clock = clock(exam).await;
    exam.settle(&[&CLOCK], clock)?;
    let rights = rights(exam, estate).await;
    exam.settle(&[&RIGHTS], rights)
}

async fn version(exam: &mut Exam<'_>) -> Result<()> {
    let store = exam.house.store;
    let version = store.facts().version.clone();
    if !store.has_uuid_guard().await? {
        exam.found(
            &SERVER_VERSION,
            store.hosts(),
            format!(
                "MongoDB {version} does not compare UUIDs before it renames or drops: a writer can slip in between"
            ),
            "flowbit explain E0808".to_owned(),
        );
    }
    Ok(())
}

fn topology(exam: &mut Exam<'_>) {
    let store = exam.house.store;
    match store.facts().topology {
        Topology::ReplicaSet(_) => exam.checked(&TOPOLOGY),
        Topology::Standalone => exam.found(
            &TOPOLOGY,
            store.hosts(),
            "a standalone has no transactions, and a crash may lose what it acknowledged; start mongod with --replSet, then",
            mongosh("rs.initiate()"),
        ),
        Topology::Sharded => exam.found_as(
            Severity::Error,
            &TOPOLOGY,
            store.hosts(),
            "a sharded cluster; flowbit reads here and changes nothing",
            "flowbit explain E0805".to_owned(),
        ),
    }
}

async fn clock(exam: &mut Exam<'_>) -> Result<()> {
    let store = exam.house.store;
    let before = DateTime::now().timestamp_millis();
    let server = store.server_time().await?.timestamp_millis();
    let after = DateTime::now().timestamp_millis();
    let difference = clock_difference(before, server, after);
    if difference.abs() > TOLERANCE_MS {
        let way = if difference > 0 { "ahead of" } else { "behind" };
        exam.found(
            &CLOCK,
            store.hosts(),
            format!(
                "the server's clock is {} s {way} this machine's: ages and times in the journal are off by that much",
                difference.abs() / 1000
            ),
            "timedatectl status".to_owned(),
        );
    }
    Ok(())
}

/// Milliseconds by which the server is ahead; nothing that the duration of the question itself explains.
fn clock_difference(before: i64, server: i64, after: i64) -> i64 {
    if server > after {
        server - after
    } else if server < before {
        server - before
    } else {
        0
    }
}

async fn rights(exam: &mut Exam<'_>, estate: Option<&Estate>) -> Result<()> {
    let store = exam.house.store;
    let login = store.login().await?;
    if login.users.is_empty() {
        exam.cannot(&RIGHTS, "nobody is logged in: the server has no access control, or it was not given a user");
        return Ok(());
    }
    let mut databases = BTreeSet::from([store.master()]);
    if let (Layout::Database, Some(estate)) = (exam.house.platform.layout, estate) {
        databases.extend(estate.with_database().map(|org| org.home.database(store.master())));
    }
    for db in databases {
        let missing: Vec<&str> = NEEDED.iter().copied().filter(|action| !login.may(db, action)).collect();
        if !missing.is_empty() {
            let evidence = format!("{} may not: {}", who(&login), missing.join(", "));
            let resource = format!("{{db: {}, collection: \"\"}}", json(db));
            exam.found(&RIGHTS, db, evidence, grant(&login, &format!("flowbit-{db}"), &resource, &missing));
        }
    }
    let missing: Vec<&str> = TAKE_OVER.iter().copied().filter(|action| !login.may_on_cluster(action)).collect();
    if !missing.is_empty() {
        let evidence = format!(
            "{} may not: {}; after a crash flowbit waits for the lease to run out",
            who(&login),
            missing.join(", ")
        );
        let repair = grant(&login, "flowbit-take-over", "{cluster: true}", &missing);
        exam.found_as(Severity::Info, &RIGHTS, "the cluster", evidence, repair);
    }
    Ok(())
}

fn who(login: &Login) -> String {
    login.users.iter().map(|(user, db)| format!("{user}@{db}")).collect::<Vec<_>>().join(", ")
}

fn grant(login: &Login, role: &str, resource: &str, actions: &[&str]) -> String {
    let Some((user, db)) = login.users.first() else { return String::new() };
    let privilege = format!("{{resource: {resource}, actions: {actions:?}}}");
    let (role, user, db) = (json(role), json(user), json(db));
    mongosh(&format!(
        "a = db.getSiblingDB(\"admin\"); a.createRole({{role: {role}, privileges: [{privilege}], roles: []}}); db.getSiblingDB({db}).grantRolesToUser({user}, [{{role: {role}, db: \"admin\"}}])"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_answer_is_no_difference_of_clocks() {
        assert_eq!(clock_difference(1_000, 5_000, 9_000), 0);
        assert_eq!(clock_difference(1_000, 20_000, 9_000), 11_000);
        assert_eq!(clock_difference(30_000, 20_000, 31_000), -10_000);
    }
}
