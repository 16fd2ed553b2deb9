//! What a filter leaves of documents, by their tenant key.

use bson::{Bson, Document};

use super::Vars;

/// Filters within filters that are read.
const DEPTH: usize = 50;

/// What a filter leaves.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Held {
    /// Documents of these keys.
    Tenants(Vec<Bson>),
    /// Documents with the key of the one that they are joined to.
    Same,
}

/// A whole number, of whatever type.
pub(super) fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        #[allow(clippy::cast_possible_truncation, reason = "compared with small numbers")]
        Bson::Double(n) => Some(*n as i64),
        _ => None,
    }
}

/// The path of `"$path"`, also said through the root; none for constants, variables and other expressions.
pub(super) fn path(text: &str) -> Option<&str> {
    let root = text.strip_prefix("$$ROOT.").or_else(|| text.strip_prefix("$$CURRENT."));
    root.or_else(|| text.strip_prefix('$').filter(|rest| !rest.starts_with('$')))
}

/// Whether a text is a variable that holds the key of the outside.
pub(super) fn variable(text: &str, vars: &Vars) -> bool {
    text.strip_prefix("$$").is_some_and(|name| vars.contains(name))
}

/// A value that can be a tenant key. Null is none: it matches documents without a key.
fn is_key(value: &Bson) -> bool {
    matches!(
        value,
        Bson::String(_)
            | Bson::ObjectId(_)
            | Bson::Int32(_)
            | Bson::Int64(_)
            | Bson::Double(_)
            | Bson::Binary(_)
            | Bson::Symbol(_)
    )
}

/// What a filter leaves of documents with the key at this path; none where it may leave documents of any tenant.
pub(super) fn matched(filter: &Document, key: &str, vars: &Vars, depth: usize) -> Option<Held> {
    if depth > DEPTH {
        return None;
    }
    // All of its conditions hold, so each of them is enough.
    let held = filter.iter().filter_map(|(name, value)| match name.as_str() {
        "$and" => all(value, |one| matched(one.as_document()?, key, vars, depth + 1)),
        "$or" => any(value, |one| matched(one.as_document()?, key, vars, depth + 1)),
        "$expr" => expression(value, key, vars, depth + 1),
        name if name == key => condition(value),
        _ => None,
    });
    held.reduce(both)
}

fn condition(value: &Bson) -> Option<Held> {
    match value {
        Bson::Document(operators) => {
            let held = operators.iter().filter_map(|(name, value)| match name.as_str() {
                "$eq" if is_key(value) => Some(Held::Tenants(vec![value.clone()])),
                "$in" => constants(value.as_array()?),
                _ => None,
            });
            held.reduce(both)
        }
        value if is_key(value) => Some(Held::Tenants(vec![value.clone()])),
        _ => None,
    }
}

fn constants(values: &[Bson]) -> Option<Held> {
    values.iter().all(is_key).then(|| Held::Tenants(values.to_vec()))
}

/// Both hold.
fn both(a: Held, b: Held) -> Held {
    match (a, b) {
        (Held::Tenants(a), Held::Tenants(b)) => Held::Tenants(a.into_iter().filter(|one| b.contains(one)).collect()),
        _ => Held::Same,
    }
}

fn all(list: &Bson, read: impl Fn(&Bson) -> Option<Held>) -> Option<Held> {
    list.as_array()?.iter().filter_map(read).reduce(both)
}

/// One of them holds: each has to restrict, in the same way.
fn any(list: &Bson, read: impl Fn(&Bson) -> Option<Held>) -> Option<Held> {
    let held: Vec<Held> = list.as_array()?.iter().map(read).collect::<Option<_>>()?;
    held.into_iter().map(Some).reduce(|a, b| match (a?, b?) {
        (Held::Same, Held::Same) => Some(Held::Same),
        (Held::Tenants(mut a), Held::Tenants(b)) => {
            b.into_iter().for_each(|one| {
                if !a.contains(&one) {
                    a.push(one)
                }
            });
            Some(Held::Tenants(a))
        }
        _ => None,
    })?
}

/// A constant of an expression: a text with `$` in front is none, unless it is said to be literal.
fn literal(value: &Bson) -> Option<&Bson> {
    match value {
        Bson::String(text) if text.starts_with('$') => None,
        Bson::Document(only) if only.len() == 1 => only.get("$literal").filter(|value| is_key(value)),
        value => is_key(value).then_some(value),
    }
}

fn expression(value: &Bson, key: &str, vars: &Vars, depth: usize) -> Option<Held> {
    if depth > DEPTH {
        return None;
    }
    let only = value.as_document().filter(|value| value.len() == 1)?;
    let (operator, given) = only.iter().next()?;
    let is_path = |value: &Bson| value.as_str().and_then(path) == Some(key);
    match operator.as_str() {
        "$and" => all(given, |one| expression(one, key, vars, depth + 1)),
        "$or" => any(given, |one| expression(one, key, vars, depth + 1)),
        "$eq" => {
            let [a, b] = given.as_array()?.as_slice() else { return None };
            let other = if is_path(a) {
                b
            } else if is_path(b) {
                a
            } else {
                return None;
            };
            if other.as_str().is_some_and(|text| variable(text, vars)) {
                return Some(Held::Same);
            }
            Some(Held::Tenants(vec![literal(other)?.clone()]))
        }
        "$in" => {
            let [a, Bson::Array(of)] = given.as_array()?.as_slice() else { return None };
            if !is_path(a) {
                return None;
            }
            let read = |one: &Bson| match one.as_str().is_some_and(|text| variable(text, vars)) {
                true => Some(Held::Same),
                false => Some(Held::Tenants(vec![literal(one)?.clone()])),
            };
            if of.is_empty() { Some(Held::Tenants(Vec::new())) } else { any(&Bson::Array(of.clone()), read) }
        }
        _ => None,
    }
}
