//! The fields of a record, in the order in which a new document gets them: path → template or constant.

use bson::{Bson, Document, doc, oid::ObjectId};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;

use super::template::{Template, Var, Vars};

/// What a field gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Text with placeholders.
    Template(Template),
    /// The same in every record.
    Constant(Bson),
}

/// The fields of a record. Paths may have dots: `connection.collection_name`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(String, Source)>);

impl Fields {
    /// Path and source of each field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.0.iter().map(|(path, source)| (path.as_str(), source))
    }

    /// The first path whose value is this placeholder and nothing else.
    pub fn path_of(&self, var: Var) -> Option<&str> {
        self.iter()
            .find(|(_, source)| matches!(source, Source::Template(t) if t.only() == Some(var)))
            .map(|(path, _)| path)
    }

    /// The placeholder that stands alone at a path.
    pub fn only_at(&self, path: &str) -> Option<Var> {
        self.iter().find(|(known, _)| *known == path).and_then(|(_, source)| match source {
            Source::Template(template) => template.only(),
            Source::Constant(_) => None,
        })
    }

    /// The value at a path, for these values of the placeholders.
    pub fn value_at(&self, path: &str, vars: &Vars) -> Option<Bson> {
        self.iter().find(|(known, _)| *known == path).map(|(_, source)| value(source, vars))
    }

    /// A new document with these fields.
    pub fn document(&self, vars: &Vars) -> Document {
        let mut document = Document::new();
        for (path, source) in self.iter() {
            put(&mut document, path, value(source, vars));
        }
        document
    }

    /// The paths whose value differs between two sets of values, with both values.
    pub fn differences(&self, old: &Vars, new: &Vars) -> Vec<(String, Bson, Bson)> {
        self.iter()
            .map(|(path, source)| (path.to_owned(), value(source, old), value(source, new)))
            .filter(|(_, old, new)| old != new)
            .collect()
    }
}

fn value(source: &Source, vars: &Vars) -> Bson {
    match source {
        Source::Template(template) => template.value(vars),
        Source::Constant(value) => value.clone(),
    }
}

/// Sets the value at a dotted path, making the documents on the way.
pub fn put(document: &mut Document, path: &str, value: Bson) {
    match path.split_once('.') {
        None => {
            document.insert(path, value);
        }
        Some((head, rest)) => {
            if !matches!(document.get(head), Some(Bson::Document(_))) {
                document.insert(head, Document::new());
            }
            if let Some(Bson::Document(inner)) = document.get_mut(head) {
                put(inner, rest, value);
            }
        }
    }
}

/// Fields of a new document with an `_id`: their own where they have one, otherwise this one, in front.
pub fn identified(fields: Document, id: ObjectId) -> Document {
    if fields.contains_key("_id") {
        return fields;
    }
    let mut document = doc! { "_id": id };
    document.extend(fields);
    document
}

/// The value at a dotted path.
pub fn get<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    match path.split_once('.') {
        None => document.get(path),
        Some((head, rest)) => get(document.get(head)?.as_document()?, rest),
    }
}

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table of fields: path = \"{placeholder}\" or a constant")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(path) = map.next_key::<String>()? {
                    fields.push((path, map.next_value()?));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
}

impl<'de> serde::Deserialize<'de> for Source {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Bson::deserialize(deserializer)? {
            Bson::String(text) => Template::parse(&text).map(Source::Template).map_err(serde::de::Error::custom),
            // What a date of TOML looks like to a reader who does not know it.
            Bson::Document(date) if date.contains_key("$__toml_private_datetime") => Err(serde::de::Error::custom(
                "a date cannot stand here; \"{now}\" is the moment of the change, and text is written in quotes",
            )),
            other => Ok(Source::Constant(small_integers(other))),
        }
    }
}

/// TOML knows one integer; drivers write the small ones as 32 bits, and a strict backend may expect that.
pub fn small_integers(value: Bson) -> Bson {
    match value {
        Bson::Int64(n) => i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32),
        Bson::Document(document) => Bson::Document(document.into_iter().map(|(k, v)| (k, small_integers(v))).collect()),
        Bson::Array(items) => Bson::Array(items.into_iter().map(small_integers).collect()),
        other => other,
    }
}

impl serde::Serialize for Fields {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (path, source) in self.iter() {
            match source {
                Source::Template(template) => map.serialize_entry(path, template)?,
                Source::Constant(value) => map.serialize_entry(path, value)?,
            }
        }
        map.end()
    }
}
