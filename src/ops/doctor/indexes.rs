//! Indexes: the ones that the platform is described with, and the ones that delete accounts.

use std::collections::BTreeMap;

use bson::{Bson, Document};

use super::Exam;
use super::estate::Estate;
use super::mend::{call, create_index, json};
use super::rules::{INDEX, TTL_INDEX};
use crate::domain::description::{AccountPlace, IndexShape};
use crate::domain::plan::Namespace;
use crate::domain::template::Var;
use crate::error::Result;
use crate::store::inspect::number;

/// How many collections one command makes an index in.
const AT_ONCE: usize = 50;

/// A collection, its indexes as described, and whether accounts are in it.
struct Place {
    ns: Namespace,
    expected: Vec<Document>,
    accounts: bool,
    /// What it is called where there is one of it for each tenant.
    kind: Option<String>,
}

pub(super) async fn examine(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    let looked = look(exam, estate).await;
    exam.settle(&[&TTL_INDEX, &INDEX], looked)
}

async fn look(exam: &mut Exam<'_>, estate: &Estate) -> Result<()> {
    let mut missing: BTreeMap<(String, String), (Document, bool, Vec<Namespace>)> = BTreeMap::new();
    let mut nothing = true;
    for place in places(exam, estate) {
        let there = exam.house.store.indexes(&place.ns).await?;
        if place.accounts {
            forbidden(exam, &place.ns, &there);
        }
        for spec in &place.expected {
            nothing = false;
            if place.accounts && keeps_emails_apart(exam, spec) {
                // Has a rule of its own.
                continue;
            }
            let Some(same) = lacks(&there, spec) else { continue };
            let kind = place.kind.clone().unwrap_or_else(|| place.ns.to_string());
            let entry = missing.entry((kind, spec.to_string())).or_insert_with(|| (spec.clone(), same, Vec::new()));
            entry.2.push(place.ns.clone());
        }
    }
    for ((kind, _), (spec, same, places)) in &missing {
        report(exam, kind, spec, *same, places);
    }
    if nothing {
        exam.cannot(&INDEX, "the platform description names no indexes");
    }
    Ok(())
}

/// Every collection that is there and has something to be looked at.
fn places(exam: &Exam<'_>, estate: &Estate) -> Vec<Place> {
    let house = exam.house;
    let platform = house.platform;
    let specs = |indexes: &[IndexShape]| indexes.iter().map(IndexShape::spec).collect::<Vec<_>>();
    let mut places = Vec::new();
    let mut master = |collection: &str, expected: Vec<Document>, accounts: bool| {
        places.push(Place { ns: house.master(collection), expected, accounts, kind: None });
    };
    let in_records = platform.account.place == AccountPlace::Organization;
    if exam.only.is_none() {
        if let Some(shape) = &platform.organization {
            master(&shape.collection, specs(&shape.indexes), in_records);
        }
        if platform.account.place == AccountPlace::Master || in_records {
            master(&platform.account.collection, specs(&platform.account.indexes), true);
        }
        if let Some(audit) = &platform.audit {
            master(&audit.collection, specs(&audit.indexes), false);
        }
        for shape in &platform.keyed {
            master(&shape.collection, specs(&shape.indexes), false);
        }
    }
    for org in estate.orgs.iter().filter(|org| exam.concerns(org)) {
        let in_store = platform.account.place == AccountPlace::Store;
        let mut expected = org.home.expected(platform);
        if in_store && !expected.iter().any(|(name, _)| *name == platform.account.collection) {
            expected.push((platform.account.collection.clone(), Vec::new()));
        }
        let kinds = platform.store.kinds.iter().map(|kind| Some(kind.name.clone())).chain(std::iter::repeat(None));
        for ((name, mut expected), kind) in expected.into_iter().zip(kinds) {
            let accounts = in_store && name == platform.account.collection;
            if accounts {
                let more = specs(&platform.account.indexes);
                expected.extend(more.into_iter().filter(|spec| !expected.contains(spec)).collect::<Vec<_>>());
            }
            let kind = Some(kind.unwrap_or_else(|| "the tenants' collections".to_owned()));
            places.push(Place { ns: house.at_home(&org.home, &name), expected, accounts, kind });
        }
    }
    places.retain(|place| (place.accounts || !place.expected.is_empty()) && estate.has(&place.ns));
    places
}

fn keeps_emails_apart(exam: &Exam<'_>, spec: &Document) -> bool {
    let email = exam.house.platform.account.fields.path_of(Var::Email);
    let keys = spec.get_document("key").ok();
    spec.get_bool("unique").unwrap_or(false) && keys.is_some_and(|keys| keys.keys().last().map(String::as_str) == email)
}

/// None if the index is there; otherwise whether there is one with the same keys that lets doubles in.
fn lacks(there: &[Document], spec: &Document) -> Option<bool> {
    let Ok(keys) = spec.get_document("key") else { return None };
    let unique = spec.get_bool("unique").unwrap_or(false);
    let mut same =
        there.iter().filter(|index| index.get_document("key").is_ok_and(|other| equal(other, keys))).peekable();
    let near = same.peek().is_some();
    let good = same.any(|index| {
        let whole = !index.contains_key("partialFilterExpression");
        whole && (!unique || index.get_bool("unique").unwrap_or(false))
    });
    (!good).then_some(near)
}

/// Whether two lists of keys are one; directions come as any kind of number.
fn equal(a: &Document, b: &Document) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((k, v), (l, w))| k == l && direction(v) == direction(w))
}

fn direction(value: &Bson) -> String {
    match value {
        Bson::Double(n) if *n < 0.0 => "-1".to_owned(),
        Bson::Double(_) => "1".to_owned(),
        Bson::Int32(n) => n.to_string(),
        Bson::Int64(n) => n.to_string(),
        other => other.to_string(),
    }
}

fn report(exam: &mut Exam<'_>, kind: &str, spec: &Document, same: bool, places: &[Namespace]) {
    let empty = Document::new();
    let keys = Bson::Document(spec.get_document("key").unwrap_or(&empty).clone());
    let unique = if spec.get_bool("unique").unwrap_or(false) { "unique " } else { "" };
    let place = match places {
        [only] => only.to_string(),
        [first, ..] => format!("{kind}: {first} and {} more", places.len() - 1),
        [] => kind.to_owned(),
    };
    let evidence = match same {
        true => format!(
            "the index {} is there and not {unique}over all documents; drop it first",
            super::mend::script(&keys)
        ),
        false => format!("no {unique}index {}", super::mend::script(&keys)),
    };
    exam.found(&INDEX, place, evidence, create_index(&places[..places.len().min(AT_ONCE)], spec));
}

/// B21: an index that deletes by age deletes whole accounts, whatever the field it looks at is for.
fn forbidden(exam: &mut Exam<'_>, ns: &Namespace, there: &[Document]) {
    let listed = &exam.house.platform.account.forbidden_indexes;
    let mut bad = Vec::new();
    for index in there {
        let ttl = index.get("expireAfterSeconds");
        let Ok(keys) = index.get_document("key") else { continue };
        let named = listed.iter().any(|other| equal(keys, &other.keys) && (!other.ttl || ttl.is_some()));
        if ttl.is_none() && !named {
            continue;
        }
        let name = index.get_str("name").unwrap_or_default().to_owned();
        let evidence = match ttl {
            Some(seconds) => format!(
                "index {name} deletes whole accounts {} after {}",
                span(number(Some(seconds))),
                keys.keys().next().cloned().unwrap_or_default()
            ),
            None => format!("index {name} is described as forbidden"),
        };
        bad.push((name, evidence));
    }
    for (name, evidence) in bad {
        exam.found(&TTL_INDEX, ns.to_string(), evidence, call(ns, &format!("dropIndex({})", json(&name))));
    }
}

fn span(seconds: u64) -> String {
    if seconds.is_multiple_of(86_400) && seconds > 0 {
        format!("{} days", seconds / 86_400)
    } else {
        format!("{seconds} seconds")
    }
}
