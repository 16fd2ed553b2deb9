//! Canaries: documents that look like the tenant's own, and carry a text that nothing else has.

use bson::oid::ObjectId;
use bson::{Bson, DateTime, Document, doc};

use super::people::Person;
use crate::domain::description::Description;
use crate::domain::fields::{get, put};
use crate::domain::plan::Namespace;
use crate::domain::template::{Vars, plain};
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::token::mint::random_text;
use crate::store::documents::carries;

/// Fields that hold what people wrote, in the collections of many platforms.
const TEXTS: [&str; 8] = ["title", "subject", "description", "summary", "body", "content", "text", "name"];

/// A canary.
#[derive(Debug, Clone)]
pub(super) struct Canary {
    /// Where it is planted.
    pub ns: Namespace,
    /// The document.
    pub document: Document,
    /// The identifier by which routes know it.
    pub id: String,
    /// What nothing else contains.
    pub marker: String,
    /// A word in it that is no part of the marker, to search for.
    pub word: String,
    /// The fields that hold the marker.
    pub texts: Vec<String>,
}

impl Canary {
    /// Its `_id`.
    pub fn key(&self) -> Bson {
        self.document.get("_id").cloned().unwrap_or(Bson::Null)
    }

    /// The filter that finds it.
    pub fn filter(&self) -> Document {
        doc! { "_id": self.key() }
    }
}

/// What all canaries of a run have in common, and what is written through the backend.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    run: String,
}

impl Marks {
    /// New ones: 64 random bits, so that no document of anybody's has them.
    pub fn new() -> Self {
        Self { run: format!("fbp{:016x}", rand::random::<u64>()) }
    }

    /// A marker. What tells it from the others of this run is as random.
    fn marker(&self) -> String {
        format!("{}{:016x}", self.run, rand::random::<u64>())
    }

    /// A text that routes may write.
    pub fn written(&self) -> String {
        format!("flowbit probe {}w", self.run)
    }

    /// The documents of this run in a collection: made since, and with its text in one of these fields.
    pub fn filter(&self, since: ObjectId, texts: &[String]) -> Document {
        let with = |path: &String| Document::from_iter([(path.clone(), doc! { "$regex": &self.run }.into())]);
        let any: Vec<Document> = texts.iter().map(with).collect();
        // Identifiers begin with the second in which they were made; clocks differ by an hour at most.
        let mut bytes = since.bytes();
        let second = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]).saturating_sub(3600);
        bytes[..4].copy_from_slice(&second.to_be_bytes());
        let recent = doc! { "$or": [
            { "_id": { "$gte": ObjectId::from_bytes(bytes) } }, { "_id": { "$not": { "$type": "objectId" } } },
        ] };
        doc! { "$and": [recent, { "$or": any }] }
    }
}

/// Whose canary it is.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub vars: &'a Vars,
    pub person: &'a Person,
    pub ns: &'a Namespace,
}

impl House<'_> {
    /// A canary of a tenant: by a template, like one of its documents, or as the description says.
    ///
    /// # Errors
    /// `E0101` where it is not known what a document looks like.
    pub(super) async fn canary(
        &self,
        owner: Owner<'_>,
        collection: Option<&str>,
        template: Option<&Document>,
        marks: &Marks,
        id: ObjectId,
    ) -> Result<Canary> {
        let filter = match self.platform.keyed.iter().find(|shape| Some(shape.collection.as_str()) == collection) {
            Some(shape) => {
                let key = shape.fields.value_at(&shape.key, owner.vars).unwrap_or(Bson::Null);
                carries(&shape.key, &key)
            }
            None => Document::new(),
        };
        let marker = self.store.find_one(owner.ns, filter, None).await?;
        let like = marker.filter(|document| !self.is_marker(document));
        let (marker, word) = (marks.marker(), format!("canary{}", hex(4)));
        let text = format!("flowbit probe {word} {marker}");
        let (mut document, texts) = match (template, like) {
            (Some(template), _) => filled(template, &text)?,
            (None, Some(like)) => alike(self.platform, like, &text, collection)?,
            (None, None) => described(self.platform, &text, collection)?,
        };
        self.refer(&mut document, owner.person, collection);
        if let Some(shape) = self.platform.keyed.iter().find(|shape| Some(shape.collection.as_str()) == collection) {
            for (path, _) in shape.fields.iter() {
                put(&mut document, path, shape.fields.value_at(path, owner.vars).unwrap_or(Bson::Null));
            }
        }
        self.be_unique(owner.ns, &mut document).await?;
        let mut whole = doc! { "_id": identity(document.get("_id"), id) };
        document.remove("_id");
        whole.extend(document);
        let id = known_as(&mut whole);
        Ok(Canary { ns: owner.ns.clone(), document: whole, id, marker, word, texts })
    }

    fn is_marker(&self, document: &Document) -> bool {
        self.platform.store.marker.as_ref().is_some_and(|marker| get(document, &marker.exists).is_some())
    }

    /// References lead to the tenant's own account.
    fn refer(&self, document: &mut Document, person: &Person, collection: Option<&str>) {
        let here =
            self.platform.references.iter().filter(|reference| Some(reference.collection.as_str()) == collection);
        for reference in here {
            let Some((to, path)) = reference.to.split_once('.') else { continue };
            let there = get(document, &reference.field).is_some_and(|value| *value != Bson::Null);
            if to != self.platform.account.collection || !there {
                continue;
            }
            if let Some(value) = person.value_at(path) {
                let value = if reference.as_string { Bson::String(plain(&value)) } else { value };
                put(document, &reference.field, value);
            }
        }
    }

    /// Values under unique indexes become others.
    async fn be_unique(&self, ns: &Namespace, document: &mut Document) -> Result<()> {
        for index in self.store.indexes(ns).await? {
            if !index.get_bool("unique").unwrap_or_default() {
                continue;
            }
            let Ok(key) = index.get_document("key") else { continue };
            let mut paths: Vec<&String> = key.keys().filter(|path| get(document, path).is_some()).collect();
            if paths.is_empty() {
                continue;
            }
            // The tenant key stands first, and has to stay.
            paths.reverse();
            let other = paths.into_iter().find_map(|path| {
                let other = match get(document, path)? {
                    Bson::String(_) => Bson::String(format!("flowbit-probe-{}", hex(8))),
                    Bson::ObjectId(_) => Bson::ObjectId(ObjectId::new()),
                    Bson::Int32(_) => Bson::Int32(-rand::random_range(1..i32::MAX)),
                    Bson::Int64(_) => Bson::Int64(-rand::random_range(1..1_i64 << 52)),
                    _ => return None,
                };
                Some((path.clone(), other))
            });
            match other {
                Some((path, other)) => put(document, &path, other),
                None => {
                    let fields: Vec<&str> = key.keys().map(String::as_str).collect();
                    let text = format!("{ns} has a unique index on {} that no canary can satisfy", fields.join(", "));
                    return Err(Error::new(&code::BAD_ARGUMENT, text).next("say what one looks like: --canary FILE"));
                }
            }
        }
        Ok(())
    }
}

/// Random bytes as hexadecimal digits.
fn hex(bytes: usize) -> String {
    (0..bytes).map(|_| format!("{:02x}", rand::random::<u8>())).collect()
}

/// An identifier of the type that the tenant's documents have.
fn identity(like: Option<&Bson>, id: ObjectId) -> Bson {
    match like {
        Some(Bson::String(text)) if bson::Uuid::parse_str(text).is_ok() => Bson::String(bson::Uuid::new().to_string()),
        Some(Bson::String(text)) if ObjectId::parse_str(text).is_ok() => Bson::String(id.to_hex()),
        Some(Bson::String(_)) => Bson::String(random_text(12)),
        Some(Bson::Binary(_)) => Bson::Binary(bson::Uuid::new().into()),
        _ => Bson::ObjectId(id),
    }
}

/// The identifier by which routes know a document: that in `id` where it has one of its own, otherwise `_id`.
fn known_as(document: &mut Document) -> String {
    if let Some(Bson::String(_)) = document.get("id") {
        document.insert("id", bson::Uuid::new().to_string());
        return document.get_str("id").unwrap_or_default().to_owned();
    }
    document.get("_id").map(plain).unwrap_or_default()
}

/// A document with the same fields.
fn alike(
    platform: &Description,
    mut document: Document,
    text: &str,
    collection: Option<&str>,
) -> Result<(Document, Vec<String>)> {
    let now = DateTime::now();
    for (_, value) in document.iter_mut() {
        match value {
            // What is in lists is about the other document: comments, files.
            Bson::Array(items) => items.clear(),
            // Lists show the newest first.
            Bson::DateTime(at) if *at < now => *at = now,
            _ => {}
        }
    }
    let title = platform.tickets.iter().filter(|shape| Some(shape.collection.as_str()) == collection);
    let keyed = platform.keyed.iter().find(|shape| Some(shape.collection.as_str()) == collection);
    let names = title.map(|shape| shape.title.as_str()).chain(TEXTS);
    let mut texts: Vec<String> = Vec::new();
    for name in names {
        let key = keyed.is_some_and(|shape| shape.fields.iter().any(|(path, _)| path == name));
        if !key && matches!(get(&document, name), Some(Bson::String(_))) && !texts.iter().any(|known| known == name) {
            texts.push(name.to_owned());
        }
    }
    if texts.is_empty() {
        let text = "documents of this collection have no field that looks like a text of people";
        return Err(Error::new(&code::BAD_ARGUMENT, text).next("say what one looks like: --canary FILE"));
    }
    for path in &texts {
        put(&mut document, path, Bson::String(text.to_owned()));
    }
    Ok((document, texts))
}

/// A document as the description says, where the tenant has none.
fn described(platform: &Description, text: &str, collection: Option<&str>) -> Result<(Document, Vec<String>)> {
    let tickets = platform.tickets.as_ref().filter(|shape| Some(shape.collection.as_str()) == collection);
    let Some(tickets) = tickets else {
        let text = "the tenant has no document of this collection yet, so nobody knows what one looks like";
        return Err(Error::new(&code::BAD_ARGUMENT, text)
            .next("say what one looks like: --canary FILE")
            .next("or fill the collection first: flowbit seed apply"));
    };
    let mut document = Document::new();
    let mut texts = vec![tickets.title.clone()];
    put(&mut document, &tickets.title, text.into());
    if tickets.title != "description" {
        document.insert("description", text);
        texts.push("description".to_owned());
    }
    for (path, words) in [("status", &tickets.statuses), ("priority", &tickets.priorities)] {
        document.extend(words.first().map(|word| (path.to_owned(), Bson::String(word.clone()))));
    }
    let here = platform.references.iter().filter(|reference| reference.collection == tickets.collection);
    for reference in here.filter(|reference| !reference.field.contains('.')) {
        // What it leads to is filled in with the tenant's account.
        document.insert(&reference.field, "");
    }
    let keyed = platform.keyed.iter().find(|shape| shape.collection == tickets.collection);
    let snake = keyed.map(|shape| &shape.key).into_iter().chain([&tickets.title]).any(|path| path.contains('_'));
    for path in if snake { ["created_at", "updated_at"] } else { ["createdAt", "updatedAt"] } {
        document.insert(path, DateTime::now());
    }
    Ok((document, texts))
}

/// A document after a template of the operator's.
fn filled(template: &Document, text: &str) -> Result<(Document, Vec<String>)> {
    let mut texts = Vec::new();
    let document = fill(template, text, "", &mut texts);
    if texts.is_empty() {
        return Err(Error::new(&code::BAD_ARGUMENT, "the canary's template has no field with {text} in it")
            .next("write {\"title\": \"{text}\", …}"));
    }
    Ok((document, texts))
}

fn fill(template: &Document, text: &str, above: &str, texts: &mut Vec<String>) -> Document {
    let mut filled = Document::new();
    for (name, value) in template {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        let value = match value {
            Bson::String(value) if value.contains("{text}") => {
                texts.push(path);
                Bson::String(value.replace("{text}", text))
            }
            Bson::Document(inner) => Bson::Document(fill(inner, text, &path, texts)),
            other => other.clone(),
        };
        filled.insert(name, value);
    }
    filled
}
