//! Where the tenant key stands after a stage, and whether documents of several tenants were mixed before it was asked for.

use bson::{Bson, Document};

use super::filter::{path, whole};
use super::{Part, Vars, restrict};

const MIXED: &str = "a stage before puts documents of all tenants together";

/// Follows the key through a stage. False for one that is not known: the key is lost then.
pub(super) fn follow(name: &str, spec: &Bson, part: &mut Part, vars: &Vars) -> bool {
    match (name, spec) {
        ("$sort" | "$redact" | "$search" | "$documents", _) => {}
        // What they leave depends on how many documents others have; where only one tenant's are left that is nobody else's.
        ("$limit" | "$skip" | "$sample", _) => mixed(part, &format!("{name} stands before the tenant is asked for")),
        ("$project", Bson::Document(spec)) => project(spec, part),
        ("$addFields" | "$set", Bson::Document(spec)) => assign(spec, part, name),
        ("$unset", spec) => {
            let names: Vec<&str> = match spec {
                Bson::String(one) => vec![one],
                Bson::Array(several) => several.iter().filter_map(Bson::as_str).collect(),
                _ => Vec::new(),
            };
            names.into_iter().for_each(|gone| take(part, gone, name));
        }
        ("$unwind", spec) => {
            let spec = match spec {
                Bson::Document(spec) => spec.clone(),
                other => bson::doc! { "path": other.clone() },
            };
            let unwound = spec.get_str("path").unwrap_or_default().trim_start_matches('$').to_owned();
            take(part, &unwound, name);
            take(part, spec.get_str("includeArrayIndex").unwrap_or_default(), name);
        }
        ("$replaceRoot", Bson::Document(spec)) => replace(spec.get("newRoot"), part, name),
        ("$replaceWith", spec) => replace(Some(spec), part, name),
        ("$group", Bson::Document(spec)) => group(spec.get("_id"), part),
        ("$sortByCount", spec) => group(Some(spec), part),
        ("$setWindowFields", Bson::Document(spec)) => {
            if !has_key(spec.get("partitionBy"), part) {
                mixed(part, MIXED);
            }
            let output = spec.get_document("output").cloned().unwrap_or_default();
            output.keys().for_each(|written| take(part, written, name));
        }
        ("$fill" | "$densify", Bson::Document(spec)) => fill(spec, part),
        ("$geoNear", Bson::Document(spec)) => {
            if let Some(query) = spec.get("query") {
                restrict(part, query, vars);
            }
            take(part, spec.get_str("distanceField").unwrap_or_default(), name);
            take(part, spec.get_str("includeLocs").unwrap_or_default(), name);
        }
        ("$vectorSearch", Bson::Document(spec)) => {
            if let Some(filter) = spec.get("filter") {
                restrict(part, filter, vars);
            }
            mixed(part, "$vectorSearch takes the nearest of all tenants");
        }
        ("$count" | "$bucket" | "$bucketAuto" | "$searchMeta" | "$collStats" | "$indexStats", _) => part.lose(MIXED),
        _ => {
            part.lose(&format!("{name} is not understood"));
            return false;
        }
    }
    true
}

/// `$fill` and `$densify` take values from neighbours.
fn fill(spec: &Document, part: &mut Part) {
    let inner = spec.get_document("range").unwrap_or(spec);
    let by = spec.get("partitionByFields").or_else(|| inner.get("partitionByFields"));
    let fields = by.and_then(Bson::as_array).cloned().unwrap_or_default();
    let by_key = fields.iter().filter_map(Bson::as_str).any(|field| part.keys.iter().any(|key| key == field));
    if !by_key && !has_key(spec.get("partitionBy"), part) {
        mixed(part, MIXED);
    }
    let output = spec.get_document("output").cloned().unwrap_or_default();
    output.keys().for_each(|written| take(part, written, "$fill"));
}

/// Documents of several tenants met, unless there is only one's left.
fn mixed(part: &mut Part, why: &str) {
    if part.held.is_none() {
        part.lose(why);
    }
}

/// Whether writing to one path changes what is at the other.
fn touches(written: &str, key: &str) -> bool {
    let below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
    written == key || below(key, written) || below(written, key)
}

/// Something is written to, or taken from, a path.
fn take(part: &mut Part, path: &str, stage: &str) {
    if path.is_empty() || !part.keys.iter().any(|key| touches(path, key)) {
        return;
    }
    part.keys.retain(|key| !touches(path, key));
    if part.keys.is_empty() {
        part.lose(&format!("{stage} takes the tenant key away or writes over it"));
    }
}

/// A stage writes what it found to this path.
pub(super) fn written(stream: &mut [Part], path: &str, stage: &str) {
    stream.iter_mut().for_each(|part| take(part, path, stage));
}

/// Whether an expression is the key: `"$key"`.
fn is_key(value: &Bson, part: &Part) -> bool {
    value.as_str().and_then(path).is_some_and(|path| part.keys.iter().any(|key| key == path))
}

/// Whether the key is in what documents are told apart by.
fn has_key(value: Option<&Bson>, part: &Part) -> bool {
    match value {
        Some(Bson::Document(fields)) => !names_of_key(fields, part).is_empty(),
        Some(value) => is_key(value, part),
        None => false,
    }
}

/// The fields of a document that is built which are the key. What begins with `$` is an operator: it may make one of two.
fn names_of_key(fields: &Document, part: &Part) -> Vec<String> {
    let of_key = fields.iter().filter(|(name, value)| !name.starts_with('$') && is_key(value, part));
    of_key.map(|(name, _)| name.clone()).collect()
}

/// The key is at these paths and no others from here on.
fn moved(part: &mut Part, keys: Vec<String>, why: &str) {
    part.keys = keys;
    if part.keys.is_empty() {
        part.lose(why);
    }
}

fn assign(spec: &Document, part: &mut Part, stage: &str) {
    let copies = names_of_key(spec, part);
    let before = part.lost.clone();
    spec.keys().for_each(|name| take(part, name, stage));
    if !copies.is_empty() {
        part.keys.extend(copies);
        part.lost = before;
    }
}

/// Whether a value of a projection lets the field through as it is.
fn passes(value: &Bson) -> bool {
    matches!(value, Bson::Boolean(true))
        || whole(value).is_some_and(|n| n != 0)
        || matches!(value, Bson::Double(n) if *n != 0.0)
}

fn hides(value: &Bson) -> bool {
    matches!(value, Bson::Boolean(false))
        || matches!(value, Bson::Double(n) if *n == 0.0)
        || (!matches!(value, Bson::Double(_)) && whole(value) == Some(0))
}

/// The paths of a projection: `{ a: { b: 1 } }` is `a.b`. What begins with `$` is an expression.
fn flat<'a>(spec: &'a Document, before: &str, depth: usize, out: &mut Vec<(String, &'a Bson)>) {
    for (name, value) in spec {
        let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        match value {
            Bson::Document(inner)
                if depth < 20 && !inner.is_empty() && !inner.keys().any(|key| key.starts_with('$')) =>
            {
                flat(inner, &path, depth + 1, out);
            }
            value => out.push((path, value)),
        }
    }
}

fn project(spec: &Document, part: &mut Part) {
    let mut fields = Vec::new();
    flat(spec, "", 0, &mut fields);
    let hidden = || fields.iter().filter(|(_, value)| hides(value));
    if hidden().next().is_some() && fields.iter().all(|(path, value)| hides(value) || path == "_id") {
        let written = fields.iter().filter(|(_, value)| !passes(value));
        written.for_each(|(path, _)| take(part, path, "$project"));
        return;
    }
    let through = |key: &String| {
        let is_id = key == "_id" || key.starts_with("_id.");
        let said = fields.iter().find(|(path, _)| touches(path, key));
        match said {
            Some((path, value)) => passes(value) && (path == key || key.starts_with(&format!("{path}."))),
            None => is_id,
        }
    };
    let mut keys: Vec<String> = part.keys.iter().filter(|key| through(key)).cloned().collect();
    keys.extend(fields.iter().filter(|(_, value)| is_key(value, part)).map(|(path, _)| path.clone()));
    keys.dedup();
    moved(part, keys, "$project takes the tenant key away or writes over it");
}

fn replace(root: Option<&Bson>, part: &mut Part, stage: &str) {
    let whole_root = |value: &Bson| matches!(value.as_str(), Some("$$ROOT" | "$$CURRENT"));
    let why = format!("{stage} puts another document in its place");
    match root {
        Some(root) if whole_root(root) => {}
        Some(Bson::Document(root)) => {
            // Later documents win, so the key is safe where the whole one comes last.
            let merged = root.get_array("$mergeObjects").ok().and_then(|list| list.last());
            if merged.is_some_and(whole_root) {
                return;
            }
            moved(part, names_of_key(root, part), &why);
        }
        _ => part.lose(&why),
    }
}

fn group(id: Option<&Bson>, part: &mut Part) {
    let keys: Vec<String> = match id {
        Some(Bson::Document(fields)) => {
            names_of_key(fields, part).into_iter().map(|name| format!("_id.{name}")).collect()
        }
        Some(value) if is_key(value, part) => vec!["_id".to_owned()],
        _ => Vec::new(),
    };
    moved(part, keys, MIXED);
}
