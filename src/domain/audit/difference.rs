//! What an entry says of the change: fields before and after, and documents as lines.

use bson::{Bson, Document};

use super::{Trail, said};
use crate::domain::fields;

/// One field that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Its path.
    pub field: String,
    /// What was there; none for nothing.
    pub before: Option<Bson>,
    /// What is there since; none for nothing.
    pub after: Option<Bson>,
}

/// The fields that an entry says have changed; none where it does not say what was there before.
pub fn changed(trail: &Trail, entry: &Document) -> Vec<Changed> {
    let at = |path: &Option<String>| {
        let value = fields::get(entry, path.as_deref()?)?;
        (*value != Bson::Null).then_some(value)
    };
    let Some(before) = at(&trail.before) else { return Vec::new() };
    let after = at(&trail.after);
    let mut found = Vec::new();
    match (before, after) {
        (Bson::Document(before), Some(Bson::Document(after))) => differing("", before, after, &mut found),
        (Bson::Document(before), None) => differing("", before, &Document::new(), &mut found),
        (before, after) if Some(before) != after => found.push(Changed {
            field: trail.after.clone().unwrap_or_default(),
            before: Some(before.clone()),
            after: after.cloned(),
        }),
        _ => {}
    }
    found
}

fn differing(at: &str, before: &Document, after: &Document, found: &mut Vec<Changed>) {
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(key)));
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(Bson::Document(before)), Some(Bson::Document(after))) => {
                differing(&below(key), before, after, found);
            }
            (before, after) if before != after => {
                found.push(Changed { field: below(key), before: before.cloned(), after: after.cloned() });
            }
            _ => {}
        }
    }
}

/// The entry in a few words: these changes, or else the facts that it has beside those of every entry.
pub fn in_brief(trail: &Trail, entry: &Document, changes: &[Changed]) -> String {
    let text = |value: &Option<Bson>| value.as_ref().map_or_else(|| "nothing".to_owned(), said);
    if !changes.is_empty() {
        let each = |one: &Changed| format!("{}: {} → {}", one.field, text(&one.before), text(&one.after));
        return changes.iter().map(each).collect::<Vec<_>>().join(", ");
    }
    let facts = [&trail.details, &trail.after].into_iter().flatten();
    let facts = facts.filter_map(|path| fields::get(entry, path)).find(|value| **value != Bson::Null);
    let rest = || {
        let shown = [&trail.action, &trail.time];
        let more = trail.actors.iter().chain(&trail.targets).chain(&trail.tenant).chain(&trail.target_kind);
        let known: Vec<&String> = shown.into_iter().chain(more).chain(&trail.operation).collect();
        let others = entry.iter().filter(|(key, value)| *key != "_id" && **value != Bson::Null && !known.contains(key));
        Bson::Document(others.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    let mut lines = Vec::new();
    match facts.cloned().unwrap_or_else(rest) {
        Bson::Document(facts) => flat("", &facts, &mut lines),
        other => return said(&other),
    }
    lines.into_iter().map(|(path, value)| format!("{path}={value}")).collect::<Vec<_>>().join(", ")
}

fn flat(at: &str, document: &Document, lines: &mut Vec<(String, String)>) {
    for (key, value) in document {
        let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match value {
            Bson::Document(inner) => flat(&path, inner, lines),
            Bson::Null => {}
            other => lines.push((path, said(other))),
        }
    }
}

/// A document as names and values, those of inner documents set in.
pub fn as_lines(document: &Document) -> Vec<(String, String)> {
    fn put(depth: usize, name: &str, value: &Bson, lines: &mut Vec<(String, String)>) {
        let name = format!("{}{name}", "  ".repeat(depth));
        match value {
            Bson::Document(inner) if !inner.is_empty() => {
                lines.push((name, String::new()));
                inner.iter().for_each(|(key, value)| put(depth + 1, key, value, lines));
            }
            Bson::Array(items) if items.iter().any(|item| matches!(item, Bson::Document(_))) => {
                lines.push((name, String::new()));
                items.iter().enumerate().for_each(|(n, item)| put(depth + 1, &n.to_string(), item, lines));
            }
            Bson::Null => lines.push((name, "null".to_owned())),
            other => lines.push((name, said(other))),
        }
    }
    let mut lines = Vec::new();
    document.iter().for_each(|(key, value)| put(0, key, value, &mut lines));
    lines
}

/// A text on one line, cut to so many characters.
pub fn cut(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > most {
        true => format!("{}…", line.chars().take(most.saturating_sub(1)).collect::<String>().trim_end()),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;
    use crate::domain::Description;

    #[test]
    fn a_change_is_told_by_the_fields_that_differ() {
        let text = include_str!("../../config/presets/inventory.toml");
        let trail = Trail::of(&toml::from_str::<Description>(text).unwrap());
        let entry = doc! {
            "before": { "status": "Open", "a": { "b": 1, "c": 2 }, "gone": true },
            "after": { "status": "Closed", "a": { "b": 1, "c": 3 }, "new": "x" },
        };
        let brief = in_brief(&trail, &entry, &changed(&trail, &entry));
        assert_eq!(brief, "status: Open → Closed, a.c: 2 → 3, gone: true → nothing, new: nothing → x");
        assert_eq!(in_brief(&trail, &doc! { "after": { "x": { "y": 1 } }, "before": null }, &[]), "x.y=1");
        assert_eq!(in_brief(&trail, &doc! { "_id": 1, "action": "a", "note": "n" }, &[]), "note=n");
        assert_eq!(cut("a  b\nc", 4), "a b…");
    }
}
