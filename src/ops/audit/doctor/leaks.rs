//! What should not stand in an entry: secrets, and whole bodies of requests. Values are never kept.

use std::collections::{BTreeMap, HashMap};

use bson::{Bson, RawBsonRef, RawDocument};

use super::pass::Tally;
use crate::domain::secrecy::{is_a_secret, is_masked, names_a_secret, words_of};

/// Paths that are told apart.
const PATHS: usize = 200;

/// Names of fields that are remembered.
const NAMES: usize = 10_000;

/// How deep an entry is looked into.
const DEPTH: usize = 16;

/// Names of fields with a body in them.
const BODIES: [&[&str]; 12] = [
    &["body"],
    &["payload"],
    &["request"],
    &["req"],
    &["request", "body"],
    &["req", "body"],
    &["raw", "body"],
    &["request", "payload"],
    &["form", "data"],
    &["post", "data"],
    &["response", "body"],
    &["request", "data"],
];

/// What the name of a field says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Secret,
    Body,
    Nothing,
}

/// What was found, by path.
#[derive(Debug, Default)]
pub(super) struct Leaks {
    pub secrets: BTreeMap<String, Tally>,
    pub bodies: BTreeMap<String, Tally>,
    names: HashMap<String, Says>,
}

impl Leaks {
    /// Looks at an entry. In one of flowbit's own a `token` is the name of one.
    pub fn look(&mut self, entry: &RawDocument, id: &Bson, own: bool) {
        self.descend(entry, "", (id, own), 0);
    }

    fn descend(&mut self, document: &RawDocument, above: &str, whose: (&Bson, bool), depth: usize) {
        if depth > DEPTH {
            return;
        }
        for (key, value) in document.iter().flatten() {
            let says = self.says(key.as_str());
            if says == Says::Nothing
                && !matches!(value, RawBsonRef::String(_) | RawBsonRef::Document(_) | RawBsonRef::Array(_))
            {
                continue;
            }
            let path = || if above.is_empty() { key.as_str().to_owned() } else { format!("{above}.{}", key.as_str()) };
            if says == Says::Body && is_body(&value) {
                note(&mut self.bodies, path(), whose.0);
            }
            match value {
                RawBsonRef::Document(inner) => self.descend(inner, &path(), whose, depth + 1),
                RawBsonRef::Array(items) => {
                    let path = path();
                    for item in items.into_iter().flatten() {
                        match item {
                            RawBsonRef::Document(inner) => self.descend(inner, &path, whose, depth + 1),
                            item => self.judge(item, says, &path, whose),
                        }
                    }
                }
                value => self.judge(value, says, &path(), whose),
            }
        }
    }

    fn judge(&mut self, value: RawBsonRef<'_>, says: Says, path: &str, (id, own): (&Bson, bool)) {
        let secret = match value {
            RawBsonRef::String(text) => {
                is_a_secret(text) || (says == Says::Secret && !own && !text.is_empty() && !is_masked(text))
            }
            RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Binary(_) => says == Says::Secret && !own,
            _ => false,
        };
        if secret {
            note(&mut self.secrets, path.to_owned(), id);
        }
    }

    fn says(&mut self, name: &str) -> Says {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let words = words_of(name);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let joined = |body: &[&str]| words == body || (words.len() == 1 && words[0] == body.concat());
        let says = match () {
            () if BODIES.iter().any(|body| joined(body)) => Says::Body,
            () if names_a_secret(name) => Says::Secret,
            () => Says::Nothing,
        };
        if self.names.len() < NAMES {
            self.names.insert(name.to_owned(), says);
        }
        says
    }
}

/// A document, a list of them, or the text of one.
fn is_body(value: &RawBsonRef<'_>) -> bool {
    match value {
        RawBsonRef::Document(inner) => inner.iter().next().is_some(),
        RawBsonRef::Array(items) => items.into_iter().flatten().any(|item| matches!(item, RawBsonRef::Document(_))),
        RawBsonRef::String(text) => text.trim_start().starts_with('{') && text.trim_end().ends_with('}'),
        _ => false,
    }
}

fn note(leaks: &mut BTreeMap<String, Tally>, path: String, id: &Bson) {
    let path = if leaks.len() >= PATHS && !leaks.contains_key(&path) { "…".to_owned() } else { path };
    leaks.entry(path).or_default().add(id, None);
}

#[cfg(test)]
mod tests {
    use bson::{RawDocumentBuf, doc};

    use super::*;

    fn look(document: bson::Document, own: bool) -> (Vec<String>, Vec<String>) {
        let mut leaks = Leaks::default();
        leaks.look(&RawDocumentBuf::try_from(&document).unwrap(), &Bson::Int32(1), own);
        (leaks.secrets.into_keys().collect(), leaks.bodies.into_keys().collect())
    }

    #[test]
    fn secrets_and_bodies_are_found_by_name_and_by_look() {
        let none: Vec<String> = Vec::new();
        let found = look(doc! { "details": { "newPassword": "hunter2", "list": [{ "apiKey": "k" }] } }, false);
        assert_eq!(found, (vec!["details.list.apiKey".to_owned(), "details.newPassword".to_owned()], none.clone()));
        let hash = format!("$2b$12${}", "a".repeat(53));
        assert_eq!(look(doc! { "after": { "x": &hash } }, true).0, ["after.x"], "in flowbit's own as well");
        let body = look(doc! { "request": { "a": 1 }, "d": { "payload": "{\"a\":1}" } }, false);
        assert_eq!(body, (none.clone(), vec!["d.payload".to_owned(), "request".to_owned()]));
        let harmless = doc! {
            "tokenId": "x", "passwordChanged": true, "password": "***", "request": "GET /", "body": {}, "prevHash": "abc",
        };
        assert_eq!(look(harmless, false), (none.clone(), none.clone()));
        assert_eq!(look(doc! { "details": { "token": "an-identifier" } }, true), (none.clone(), none));
    }
}
