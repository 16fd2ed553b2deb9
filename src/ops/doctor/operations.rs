//! The journal and what operations leave: open ones, sentries, quarantines, fences, and kept things whose time is over.

use bson::{Bson, DateTime, Document, doc};

use super::mend::{call, mongosh, script};
use super::rules::{LEFTOVERS, OPERATIONS, OVERDUE};
use super::{Exam, ONE_ONLY, Severity, count};
use crate::domain::Layout;
use crate::domain::catalog::CollectionInfo;
use crate::domain::plan::Namespace;
use crate::domain::record::Record;
use crate::error::Result;
use crate::journal::{OPS, parse};
use crate::ops::op::gc;
use crate::ops::org::find::{date, shell};
use crate::ops::org::kept::{Kept, KeptFor, org_entry};
use crate::store::fences::{FENCES, fence_mark, fence_of, fences_in};
use crate::store::machine;

pub(super) async fn examine(exam: &mut Exam<'_>) -> Result<()> {
    let open = open(exam).await;
    exam.settle(&[&OPERATIONS], open)?;
    if exam.only.is_some() {
        exam.cannot(&LEFTOVERS, ONE_ONLY);
        exam.cannot(&OVERDUE, ONE_ONLY);
        return Ok(());
    }
    let left = left(exam).await;
    exam.settle(&[&LEFTOVERS, &OVERDUE], left)
}

/// Operations that are not closed: worked on, abandoned, or waiting for a decision.
pub(super) async fn open(exam: &mut Exam<'_>) -> Result<()> {
    let house = exam.house;
    let now = house.store.server_time().await?;
    let mine = exam.only.as_ref().map(|org| org_entry(&org.id));
    for stored in house.journal().list(true).await? {
        let id = stored.get_str("_id").unwrap_or_default().to_owned();
        let record = match parse(&stored) {
            Ok(record) => record,
            Err(error) => {
                exam.found(&OPERATIONS, format!("operation {id}"), error.message(), format!("flowbit op show {id}"));
                continue;
            }
        };
        exam.reserved.extend(record.reserves.iter().cloned());
        for entry in record.reserves.iter().filter(|entry| entry.starts_with("org:")) {
            exam.busy.insert(entry.clone(), id.clone());
        }
        if mine.as_ref().is_none_or(|mine| record.reserves.contains(mine)) {
            one_open(exam, &record, now);
        }
    }
    Ok(())
}

fn one_open(exam: &mut Exam<'_>, record: &Record, now: DateTime) {
    let place = format!("operation {} ({})", record.id, record.title());
    let age = age(now.timestamp_millis() - record.began.timestamp_millis());
    let (severity, what, repair) = match record.folded().stuck {
        Some((code, why)) => (Severity::Error, format!("stuck with {code}: {why}"), "show"),
        None if record.lease.until <= now || machine::is_dead(&record.lease.runner) == Some(true) => {
            (Severity::Error, format!("nobody works on it; {} left it", record.lease.runner), "resume")
        }
        None => (Severity::Info, format!("{} works on it", record.lease.runner), "show"),
    };
    let evidence = format!("{}, begun {age} ago; {what}", record.state.word());
    exam.found_as(severity, &OPERATIONS, place, evidence, format!("flowbit op {repair} {}", record.id));
}

/// `3 d`, `2 h`, `5 min`, `40 s`
fn age(ms: i64) -> String {
    match ms / 1000 {
        s if s >= 2 * 86_400 => format!("{} d", s / 86_400),
        s if s >= 2 * 3_600 => format!("{} h", s / 3_600),
        s if s >= 120 => format!("{} min", s / 60),
        s => format!("{} s", s.max(0)),
    }
}

async fn left(exam: &mut Exam<'_>) -> Result<()> {
    let mut to_look_at = Vec::new();
    for finding in exam.house.plan_gc().await?.findings {
        match (finding.kind, finding.action) {
            ("alias" | "backup" | "fence", "remove") => {
                let place = format!("{} {}", finding.kind, finding.name);
                exam.found(&OVERDUE, place, finding.why, "flowbit op gc".to_owned());
            }
            // Told by the validators and by the documents themselves, and as errors.
            ("stray fence" | "stray", _) => {}
            (_, "remove") => {
                let place = format!("{} {}", finding.kind, finding.name);
                exam.found_as(Severity::Info, &LEFTOVERS, place, finding.why, "flowbit op gc".to_owned());
            }
            ("quarantine" | "staging" | "copy", _) => to_look_at.push(finding),
            _ => {}
        }
    }
    let kept = exam.house.kept_where(doc! {}).await?;
    overdue(exam, &kept);
    let databases = exam.house.databases_of_tenants().await?;
    for db in databases {
        let catalog = exam.house.store.catalog(&db).await?;
        let here = |finding: &&gc::Finding| catalog.iter().any(|info| info.name == finding.name);
        to_look_at.iter().filter(here).for_each(|finding| needs_a_look(exam, &db, finding));
        trash(exam, &db, &catalog, &kept).await?;
        unfinished_copies(exam, &db, &catalog).await?;
        validators(exam, &db, &catalog).await?;
    }
    Ok(())
}

/// Documents that stand nowhere else: nobody but a person can say what becomes of them.
fn needs_a_look(exam: &mut Exam<'_>, db: &str, finding: &gc::Finding) {
    let ns = Namespace::new(db, &finding.name);
    exam.found(&LEFTOVERS, ns.to_string(), finding.why.clone(), call(&ns, "find().limit(20)"));
}

/// Deleted organizations whose time is over, and purges that did not end.
fn overdue(exam: &mut Exam<'_>, kept: &[Kept]) {
    let now = DateTime::now();
    for kept in kept.iter().filter(|kept| kept.id.starts_with("name:")) {
        let place = format!("organization {:?}", kept.name);
        let busy = exam.busy.contains_key(&org_entry(&kept.org));
        match kept.kind {
            KeptFor::Deleted if kept.until <= now => {
                let evidence = format!("deleted, and kept until {}: that day is over", date(kept.until));
                exam.found(&OVERDUE, place, evidence, format!("flowbit org purge {}", shell(&kept.name)));
            }
            KeptFor::Purging if !busy => {
                let evidence = "its purge was begun and no operation is open on it".to_owned();
                exam.found(&OVERDUE, place, evidence, format!("flowbit org purge {}", shell(&kept.name)));
            }
            _ => {}
        }
    }
}

/// Collections in flowbit's keeping that nothing accounts for any more.
async fn trash(exam: &mut Exam<'_>, db: &str, catalog: &[CollectionInfo], kept: &[Kept]) -> Result<()> {
    for info in catalog.iter().filter(|info| info.sentry_of().is_none()) {
        let Some(rest) = ["fb_trash_", "fb_src_"].iter().find_map(|prefix| info.name.strip_prefix(prefix)) else {
            continue;
        };
        let op = rest.split('_').next().unwrap_or_default();
        let known = kept.iter().any(|kept| kept.to.as_deref() == Some(&info.name) || kept.name == info.name);
        if known || is_open(exam, op).await? {
            continue;
        }
        let ns = Namespace::new(db, &info.name);
        let documents = exam.house.store.count(&ns, doc! {}).await?;
        let evidence =
            format!("{} of operation {op}, which no entry of flowbit_names accounts for", count(documents, "document"));
        exam.found(&LEFTOVERS, ns.to_string(), evidence, call(&ns, "find().limit(20)"));
    }
    Ok(())
}

async fn is_open(exam: &Exam<'_>, op: &str) -> Result<bool> {
    let house = exam.house;
    Ok(house.store.exists(&house.master(OPS), doc! { "_id": op, "open": true }).await?)
}

/// What an interrupted `renameCollection` across databases leaves: full of a tenant's data, and never cleared away.
async fn unfinished_copies(exam: &mut Exam<'_>, db: &str, catalog: &[CollectionInfo]) -> Result<()> {
    for info in catalog {
        if !(info.name.starts_with("tmp") && info.name.ends_with(".renameCollection")) {
            continue;
        }
        let ns = Namespace::new(db, &info.name);
        let documents = exam.house.store.count(&ns, doc! {}).await?;
        let evidence = format!(
            "{} in what an interrupted renameCollection across databases left; its source is whole",
            count(documents, "document")
        );
        exam.found(&LEFTOVERS, ns.to_string(), evidence, call(&ns, "drop()"));
    }
    Ok(())
}

/// Fences that a command which came late put back after its operation had ended: they refuse writes and are in no list.
async fn validators(exam: &mut Exam<'_>, db: &str, catalog: &[CollectionInfo]) -> Result<()> {
    let house = exam.house;
    let entries = house.store.find(&house.master(FENCES), doc! {}, None, None).await?;
    for info in catalog.iter().filter(|info| !crate::domain::plan::is_ours(&info.name)) {
        let ns = Namespace::new(db, &info.name);
        let Ok(validator) = info.options.get_document("validator") else { continue };
        if *validator == doc! { "$expr": false } && house.platform.layout != Layout::Shared {
            let evidence = "its validator refuses every document, as flowbit's does for a moment during a move";
            let repair = set_validator(&ns, &Document::new());
            exam.found_as(Severity::Error, &LEFTOVERS, ns.to_string(), evidence, repair);
        }
        for clause in fences_in(&info.options) {
            let op = fence_mark(clause).unwrap_or_default().to_owned();
            let listed = entries.iter().any(|entry| {
                entry.get_str("op").ok() == Some(&op) && fence_of(entry).is_some_and(|fence| fence.ns == ns)
            });
            if listed || is_open(exam, &op).await? {
                continue;
            }
            let evidence = format!("its validator refuses a tenant key for operation {op}, which is over");
            exam.found_as(Severity::Error, &LEFTOVERS, ns.to_string(), evidence, "flowbit op gc".to_owned());
        }
    }
    Ok(())
}

fn set_validator(ns: &Namespace, validator: &Document) -> String {
    let command = doc! { "collMod": &ns.coll, "validator": validator.clone() };
    mongosh(&format!("{}.runCommand({})", super::mend::database(&ns.db), script(&Bson::Document(command))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        assert_eq!((age(5_000), age(300_000), age(7_200_000)), ("5 s".into(), "5 min".into(), "2 h".into()));
        assert_eq!(age(3 * 86_400_000), "3 d");
    }
}
