//! A document that is there as a fixture of a set: what it refers to by key, what is personal by pseudonym.

use std::collections::BTreeSet;

use bson::{Bson, Document};
use serde_json::{Map, Value, json};

use super::known::{Id, KnownPart, uuid_of};
use super::mask::{Class, FieldWay, Masker, Tally, Way, class_of, is_secret};
use super::outline::{Outline, Pointer};
use crate::domain::fields;
use crate::domain::template::Var;

/// What a tenant is known by.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its identifier.
    pub id: Bson,
    /// Its name.
    pub name: String,
    /// The name after the platform's rule.
    pub slug: String,
    /// Fields, by the last part of their paths, that repeat name or slug.
    pub named: Vec<(String, Var)>,
}

/// How one collection is restated.
#[derive(Debug)]
pub struct Restated {
    /// Its name in the set.
    pub name: String,
    /// The collection by which descriptions of references name it.
    pub described_as: String,
    /// What a set says of its documents.
    pub outline: Outline,
    /// Whether these are accounts.
    pub accounts: bool,
}

/// What is known, and what was counted, while documents are restated.
#[derive(Debug)]
pub struct Restater<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The collections, as in `known`.
    pub parts: &'a [Restated],
    /// Their documents.
    pub known: &'a [KnownPart],
    /// What becomes of single fields.
    pub ways: &'a [FieldWay],
    /// Whether what is personal stays.
    pub keep_personal: bool,
    /// Who gives pseudonyms.
    pub masker: &'a mut Masker,
    /// What was counted.
    pub counted: &'a mut Counted,
}

/// What befell values while documents were restated.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// Fields that were masked.
    pub masked: Tally,
    /// Identifiers that lead to no document of the snapshot.
    pub dangling: Tally,
    /// Fields that a set cannot state.
    pub unstated: Tally,
    /// Fields of the platform's shape that documents lack, by collection.
    pub lacking: BTreeSet<(usize, String)>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct At<'p> {
    part: usize,
    path: &'p str,
    /// The kind of personal value that the fields around it make it.
    class: Option<Class>,
    way: Option<Way>,
}

impl At<'_> {
    fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}

impl Restater<'_> {
    /// The line of a document.
    pub fn line(&mut self, part: usize, key: &str, document: &Document) -> Map<String, Value> {
        let mut line = Map::new();
        line.insert("_key".to_owned(), Value::from(key));
        let parts = self.parts;
        let outline = &parts[part].outline;
        for (word, path) in &outline.words {
            match fields::get(document, path).and_then(|value| self.word(part, word, path, value)) {
                Some(value) => drop(line.insert((*word).to_owned(), value)),
                // An account without a role is one with none.
                None if *word == "role" => drop(line.insert((*word).to_owned(), Value::Null)),
                None => drop(self.counted.lacking.insert((part, (*word).to_owned()))),
            }
        }
        for path in &outline.stated {
            match fields::get(document, path).and_then(|value| self.top(part, path, value)) {
                Some(value) => drop(line.insert(path.clone(), value)),
                None => drop(self.counted.lacking.insert((part, path.clone()))),
            }
        }
        self.rest(part, "", document, &mut line);
        line
    }

    /// The value of a word of the set.
    fn word(&mut self, part: usize, word: &str, path: &str, value: &Bson) -> Option<Value> {
        let way = self.way(part, path);
        match value {
            Bson::String(email) if word == "email" && !self.keep_personal && way != Some(Way::Keep) => {
                self.tell(part, path, "email");
                Some(self.email(email))
            }
            Bson::String(text) if matches!(word, "email" | "role") => Some(literal(text)),
            value => self.top(part, path, value),
        }
    }

    fn email(&mut self, email: &str) -> Value {
        json!({ "$text": format!("{}@{{org.slug}}.example", self.masker.user(email)) })
    }

    /// The fields that the platform does not describe.
    fn rest(&mut self, part: usize, prefix: &str, document: &Document, line: &mut Map<String, Value>) {
        let parts = self.parts;
        let outline = &parts[part].outline;
        for (name, value) in document {
            let path = join(prefix, name);
            if outline.is_written(&path) {
                continue;
            }
            let stateable = match prefix.is_empty() {
                true => outline.can_state(name),
                false => !name.is_empty() && !name.contains(['.', '\0']),
            };
            if !stateable {
                // Secrets are no loss.
                if !is_secret(name, value) {
                    self.counted.unstated.add(&parts[part].name, prefix, "name");
                }
                continue;
            }
            match value {
                Bson::Document(inner) if outline.opens(&path) => self.rest(part, &path, inner, line),
                value => {
                    if let Some(value) = self.top(part, &path, value) {
                        line.insert(path, value);
                    }
                }
            }
        }
    }

    fn top(&mut self, part: usize, path: &str, value: &Bson) -> Option<Value> {
        if let Some(pointer) = self.parts[part].outline.pointer(path)
            && let (true, false, "_id") = (pointer.decided, pointer.as_text, pointer.field)
            && !matches!(value, Bson::ObjectId(_) | Bson::Null | Bson::Array(_))
            && self.pointed(pointer, value).is_none()
        {
            // The platform keeps identifiers here: a set with anything else would be refused.
            self.counted.unstated.add(&self.parts[part].name, path, "type");
            return None;
        }
        let class = path.split('.').filter_map(|name| class_of(name, self.parts[part].accounts)).next_back();
        self.field(At { part, path, class, way: None }, value)
    }

    fn way(&self, part: usize, path: &str) -> Option<Way> {
        let name = &self.parts[part].name;
        self.ways.iter().find(|way| way.collection == *name && way.path == path).map(|way| way.way)
    }

    fn tell(&mut self, part: usize, path: &str, what: &'static str) {
        self.counted.masked.add(&self.parts[part].name, path, what);
    }

    /// The value of a field; none where it is left out.
    fn field(&mut self, at: At<'_>, value: &Bson) -> Option<Value> {
        let at = At { way: self.way(at.part, at.path).or(at.way), ..at };
        if is_secret(at.name(), value) {
            self.tell(at.part, at.path, "secret");
            return None;
        }
        if at.way == Some(Way::Drop) {
            self.tell(at.part, at.path, "drop");
            return None;
        }
        self.value(at, value)
    }

    fn value(&mut self, at: At<'_>, value: &Bson) -> Option<Value> {
        match value {
            Bson::Document(document) => Some(self.document(at, document)),
            Bson::Array(items) => Some(Value::Array(items.iter().filter_map(|item| self.item(at, item)).collect())),
            Bson::Null => Some(Value::Null),
            scalar => match at.way {
                Some(Way::Keep) if !matches!(scalar, Bson::ObjectId(_)) => Some(self.kept(at, scalar)),
                Some(Way::Hash) => {
                    self.tell(at.part, at.path, "hash");
                    Some(literal(&self.masker.hash(&said(scalar))))
                }
                Some(Way::Pseudonym) => Some(self.pseudonym(at, scalar)),
                _ => Some(self.scalar(at, scalar)),
            },
        }
    }

    fn item(&mut self, at: At<'_>, item: &Bson) -> Option<Value> {
        if is_secret("", item) {
            self.tell(at.part, at.path, "secret");
            return None;
        }
        self.value(at, item)
    }

    fn document(&mut self, at: At<'_>, document: &Document) -> Value {
        let mut map = Map::new();
        for (name, value) in document {
            if name.starts_with('$') || name.contains('\0') {
                self.counted.unstated.add(&self.parts[at.part].name, at.path, "name");
                continue;
            }
            let path = join(at.path, name);
            let class = class_of(name, self.parts[at.part].accounts).or(at.class);
            let Some(value) = self.field(At { path: &path, class, ..at }, value) else { continue };
            let name = self.field_name(at, name);
            map.insert(name, value);
        }
        Value::Object(map)
    }

    /// The name of a field, which may be somebody's e-mail.
    fn field_name(&mut self, at: At<'_>, name: &str) -> String {
        if !name.contains(['@', '$']) {
            return name.to_owned();
        }
        let Some(masked) = self.masker.text(name, self.keep_personal) else { return name.to_owned() };
        self.tell(at.part, at.path, if masked.emails { "email" } else { "secret" });
        let text = masked.template.replace("{org.slug}", &self.tenant.slug);
        text.replace("{{", "{").replace("}}", "}")
    }

    /// A value that stays, but for hashes.
    fn kept(&mut self, at: At<'_>, value: &Bson) -> Value {
        match value {
            Bson::String(text) => match self.masker.text(text, true) {
                Some(masked) => {
                    self.tell(at.part, at.path, "secret");
                    json!({ "$text": masked.template })
                }
                None => literal(text),
            },
            other => extended(other),
        }
    }

    fn pseudonym(&mut self, at: At<'_>, value: &Bson) -> Value {
        self.tell(at.part, at.path, "pseudonym");
        let field = format!("{}.{}", self.parts[at.part].name, at.path);
        let n = self.masker.own_number(&field, &said(value));
        numbered(value, n).unwrap_or_else(|| literal(&format!("{} {n}", at.name())))
    }

    fn scalar(&mut self, at: At<'_>, value: &Bson) -> Value {
        let parts = self.parts;
        if let Some(pointer) = parts[at.part].outline.pointer(at.path)
            && let Some(reference) = self.pointed(pointer, value)
        {
            return reference;
        }
        match value {
            Bson::ObjectId(_) => self.object_id(at, value),
            Bson::String(text) => self.text(at, text),
            other => {
                let number = at.class.filter(|_| !self.keep_personal).and_then(|class| {
                    let said = said(other);
                    numbered(other, 0).map(|_| (class, self.masker.pseudonym_number(class, &said)))
                });
                match number {
                    Some((class, n)) => {
                        self.tell(at.part, at.path, class.word());
                        numbered(other, n).unwrap_or(Value::Null)
                    }
                    None => extended(other),
                }
            }
        }
    }

    /// What a field that is known to refer to something refers to.
    fn pointed(&mut self, pointer: Pointer<'_>, value: &Bson) -> Option<Value> {
        let at = self.parts.iter().position(|part| part.described_as == pointer.collection)?;
        let (part, known) = (&self.parts[at], &self.known[at]);
        let key = match (pointer.field, value) {
            ("_id", Bson::String(text)) => {
                let as_object = bson::oid::ObjectId::parse_str(text).ok().filter(|id| id.to_hex() == *text);
                let object = as_object.and_then(|id| known.by_id(&Id::Object(id.bytes())));
                object.or_else(|| known.by_id(&Id::of(value)))?
            }
            ("_id", value) => known.by_id(&Id::of(value))?,
            (field, Bson::String(text)) if part.accounts => {
                let lower = Bson::String(text.to_lowercase());
                known.by_field(field, &Id::of(value)).or_else(|| known.by_field(field, &Id::of(&lower)))?
            }
            (field, value) => known.by_field(field, &Id::of(value))?,
        };
        let mut map = Map::new();
        map.insert("$ref".to_owned(), Value::from(format!("{}/{key}", part.name)));
        let is_text = matches!(value, Bson::String(_));
        let differs = pointer.field == "_id" && is_text != (pointer.as_text && pointer.decided);
        if !pointer.decided || differs {
            map.insert("field".to_owned(), Value::from(pointer.field));
        }
        if differs {
            map.insert("text".to_owned(), Value::from(is_text));
        }
        Some(Value::Object(map))
    }

    fn object_id(&mut self, at: At<'_>, value: &Bson) -> Value {
        if *value == self.tenant.id {
            return json!({ "$org": "id" });
        }
        let id = Id::of(value);
        if let Some((part, key)) = self.found(|known| known.by_id(&id)) {
            // Where the description says what a field leads to, and it leads elsewhere, that is said, too.
            return match self.parts[at.part].outline.pointer(at.path) {
                None => json!({ "$ref": format!("{part}/{key}") }),
                Some(_) => json!({ "$ref": format!("{part}/{key}"), "field": "_id", "text": false }),
            };
        }
        // Documents inside documents have identifiers that nobody else has.
        if at.name() != "_id" {
            self.counted.dangling.add(&self.parts[at.part].name, at.path, "id");
        }
        extended(value)
    }

    fn found(&self, find: impl Fn(&KnownPart) -> Option<String>) -> Option<(&str, String)> {
        self.known.iter().find_map(|known| Some((known.name.as_str(), find(known)?)))
    }

    fn text(&mut self, at: At<'_>, text: &str) -> Value {
        if let Some(value) = self.identity(at, text) {
            return value;
        }
        let pointer = self.parts[at.part].outline.pointer(at.path).is_some();
        if pointer && !text.is_empty() {
            self.counted.dangling.add(&self.parts[at.part].name, at.path, "id");
        }
        if !self.keep_personal
            && let Some(class) = at.class.filter(|_| !text.trim().is_empty() && !pointer)
        {
            self.tell(at.part, at.path, class.word());
            return literal(&self.masker.pseudonym(class, text));
        }
        let Some(masked) = self.masker.text(text, self.keep_personal) else { return literal(text) };
        if masked.emails {
            self.tell(at.part, at.path, "email");
        }
        if masked.hashes {
            self.tell(at.part, at.path, "secret");
        }
        json!({ "$text": masked.template })
    }

    /// Text that is an identifier, or that says whose the document is.
    fn identity(&mut self, at: At<'_>, text: &str) -> Option<Value> {
        let tenant = self.tenant;
        let org = match &tenant.id {
            Bson::ObjectId(id) => id.to_hex() == text,
            Bson::String(id) => id == text && uuid_of(text).is_some(),
            _ => false,
        };
        if org {
            return Some(json!({ "$text": "{org.id}" }));
        }
        for (_, var) in tenant.named.iter().filter(|(name, _)| name == at.name()) {
            match var {
                Var::Name if tenant.name == text => return Some(json!({ "$text": "{org.name}" })),
                Var::Slug if tenant.slug == text => return Some(json!({ "$text": "{org.slug}" })),
                _ => {}
            }
        }
        if let Ok(id) = bson::oid::ObjectId::parse_str(text)
            && id.to_hex() == text
        {
            let id = Id::Object(id.bytes());
            let (part, key) = self.found(|known| known.by_id(&id))?;
            return Some(json!({ "$ref": format!("{part}/{key}"), "field": "_id", "text": true }));
        }
        let uuid = Id::Uuid(uuid_of(text)?);
        if self.known[at.part].fields().any(|field| field == at.path)
            && self.known[at.part].by_field(at.path, &uuid).is_some()
        {
            return Some(json!({ "$uuid": true }));
        }
        let (part, field, key) = self.known.iter().find_map(|known| {
            let mut fields = known.fields();
            fields.find_map(|field| Some((&known.name, field, known.by_field(field, &uuid)?)))
        })?;
        Some(json!({ "$ref": format!("{part}/{key}"), "field": field, "text": true }))
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// Text that stays what it is.
fn literal(text: &str) -> Value {
    Value::from(text)
}

fn extended(value: &Bson) -> Value {
    value.clone().into_canonical_extjson()
}

/// A value as text, with its type.
fn said(value: &Bson) -> String {
    match value {
        Bson::String(text) => text.clone(),
        other => extended(other).to_string(),
    }
}

/// A number of the same type; none for what is no number.
fn numbered(value: &Bson, n: u32) -> Option<Value> {
    let value = match value {
        Bson::Int32(_) => i32::try_from(n).map(Bson::Int32).unwrap_or(Bson::Int64(i64::from(n))),
        Bson::Int64(_) => Bson::Int64(i64::from(n)),
        Bson::Double(_) => Bson::Double(f64::from(n)),
        _ => return None,
    };
    Some(extended(&value))
}
