//! What a document tells of itself: its dates, and lists in which something has a date, such as comments.

use bson::{Bson, DateTime, Document, Uuid, oid::ObjectId};

use crate::domain::fields;
use crate::domain::secrecy::{is_secret_name, is_secret_value};

/// Something that a document says happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// When.
    pub at: DateTime,
    /// What: `created`, the path of another date, or the thing that was added: `comment`.
    pub what: String,
    /// What it says, where it says something, as it is stored; and the path of the field that says it.
    pub text: Option<(String, String)>,
    /// Who did it, as the document has it.
    pub who: Option<Bson>,
    /// Whether it is part of a list in the document.
    pub listed: bool,
}

/// A date, also one that is written as text.
pub fn moment_of(value: &Bson) -> Option<DateTime> {
    match value {
        Bson::DateTime(at) => Some(*at),
        Bson::String(text) if text.len() >= 17 && text.as_bytes()[10] == b'T' => {
            let at: jiff::Timestamp = text.parse().ok()?;
            Some(DateTime::from_millis(at.as_millisecond()))
        }
        _ => None,
    }
}

/// What a document tells. `authors` are the paths of those who made it, or parts of it: `userId`, `comments.userId`.
pub fn happened(document: &Document, authors: &[String]) -> Vec<Happened> {
    let author = authors.iter().filter(|path| !path.contains('.')).find_map(|path| document.get(path.as_str()));
    let mut found = Vec::new();
    dates("", document, author, &mut found);
    lists("", document, authors, &mut found);
    found
}

fn dates(at: &str, document: &Document, author: Option<&Bson>, found: &mut Vec<Happened>) {
    for (key, value) in document {
        let path = below(at, key);
        if let Some(moment) = moment_of(value) {
            let created = at.is_empty() && is_creation(key);
            found.push(Happened {
                at: moment,
                what: if created { "created".to_owned() } else { path },
                text: None,
                who: author.filter(|_| created).cloned(),
                listed: false,
            });
        } else if let Bson::Document(inner) = value {
            dates(&path, inner, author, found);
        }
    }
}

fn lists(at: &str, document: &Document, authors: &[String], found: &mut Vec<Happened>) {
    for (key, value) in document {
        let path = below(at, key);
        if is_secret_name(key) {
            continue;
        }
        match value {
            Bson::Document(inner) => lists(&path, inner, authors, found),
            Bson::Array(items) => {
                let one = path.strip_suffix('s').unwrap_or(&path).to_owned();
                let own: Vec<&str> =
                    authors.iter().filter_map(|author| author.strip_prefix(&path)?.strip_prefix('.')).collect();
                for item in items.iter().filter_map(Bson::as_document) {
                    found.extend(listed(&path, &one, item, &own));
                }
            }
            _ => {}
        }
    }
}

/// One part of the list at this path: its first date is when it was added, the others are changes of it.
fn listed(list: &str, one: &str, item: &Document, authors: &[&str]) -> Vec<Happened> {
    let mut moments: Vec<(&String, DateTime)> =
        item.iter().filter_map(|(key, value)| Some((key, moment_of(value)?))).collect();
    let first = moments.iter().position(|(key, _)| is_creation(key)).unwrap_or(0);
    if moments.is_empty() {
        return Vec::new();
    }
    let (_, at) = moments.remove(first);
    let author = authors.iter().find_map(|path| Some((*path, fields::get(item, path)?)));
    let author = author.or_else(|| {
        let own = |key: &str| matches!(key, "_id" | "id");
        item.iter()
            .find(|(key, value)| !own(key) && !is_secret_name(key) && is_identity(value))
            .map(|(key, value)| (key.as_str(), value))
    });
    let text = item
        .iter()
        .filter(|(key, value)| author.is_none_or(|(path, _)| path != *key) && moment_of(value).is_none())
        .filter(|(key, _)| !is_secret_name(key))
        .filter_map(|(key, value)| Some((key, value.as_str().filter(|text| !is_secret_value(text))?)))
        .max_by_key(|(_, text)| text.chars().count())
        .map(|(key, text)| (below(list, key), text.to_owned()));
    let who = author.map(|(_, value)| value.clone());
    let added = Happened { at, what: one.to_owned(), text, who, listed: true };
    let changes = moments.into_iter().map(|(key, at)| Happened {
        at,
        what: format!("{one} {key}"),
        text: None,
        who: None,
        listed: true,
    });
    std::iter::once(added).chain(changes).collect()
}

fn below(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// Whether a date of this name says when something was made.
fn is_creation(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    matches!(bare.as_str(), "createdat" | "created" | "createdon" | "creationdate")
}

/// Whether a value looks like what identifies somebody.
fn is_identity(value: &Bson) -> bool {
    match value {
        Bson::ObjectId(_) => true,
        Bson::Binary(binary) => binary.to_uuid().is_ok(),
        Bson::String(text) => {
            let email = text.contains('@') && !text.contains(char::is_whitespace);
            email || ObjectId::parse_str(text).is_ok() || Uuid::parse_str(text).is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn a_ticket_tells_its_dates_and_its_comments() {
        let at = |n: i64| DateTime::from_millis(n * 1000);
        let (anna, bob) = (ObjectId::new(), ObjectId::new());
        let ticket = doc! {
            "_id": ObjectId::new(), "title": "x", "userId": anna, "createdAt": at(1), "due": "1970-01-01T00:00:09Z",
            "sla": { "breachedAt": at(5) },
            "comments": [
                { "_id": ObjectId::new(), "text": "hello there", "userId": bob, "createdAt": at(2), "editedAt": at(3) },
                { "_id": ObjectId::new(), "no": "date" },
            ],
            "history": [{ "from": "Open", "by": "anna@acme.com", "at": at(4) }],
        };
        let found = happened(&ticket, &["userId".to_owned(), "comments.userId".to_owned()]);
        let told: Vec<(i64, &str, Option<&str>, Option<Bson>)> = found
            .iter()
            .map(|one| {
                (
                    one.at.timestamp_millis() / 1000,
                    one.what.as_str(),
                    one.text.as_ref().map(|(_, text)| text.as_str()),
                    one.who.clone(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (1, "created", None, Some(Bson::ObjectId(anna))),
                (9, "due", None, None),
                (5, "sla.breachedAt", None, None),
                (2, "comment", Some("hello there"), Some(Bson::ObjectId(bob))),
                (3, "comment editedAt", None, None),
                (4, "history", Some("Open"), Some("anna@acme.com".into())),
            ]
        );
    }

    #[test]
    fn secrets_in_lists_are_neither_what_was_said_nor_who_said_it() {
        let at = DateTime::from_millis(1000);
        let uuid = "3f0f2c0e-53b5-4d8b-9c43-0f7d1c7f8a11";
        let account = doc! {
            "refreshTokens": [{ "value": "r-secret", "createdAt": at }],
            "auth": { "cookies": [{ "value": "c-secret", "createdAt": at }] },
            "sessions": [{ "token": uuid, "accessKey": "a long secret indeed", "device": "phone", "createdAt": at }],
            "notes": [{ "hash": "x", "data": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "createdAt": at }],
        };
        let found = happened(&account, &[]);
        let told: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.text.clone(), one.who.clone())).collect();
        let device = ("sessions.device".to_owned(), "phone".to_owned());
        assert_eq!(told, [("session", Some(device), None), ("note", None, None)]);
    }
}
