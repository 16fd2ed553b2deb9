//! JSON Schemas of the files that flowbit reads, made from the very types that read them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::description::Description;
use super::fields::Fields;
use super::naming::CharClass;
use super::seed::Manifest;
use super::template::{Template, placeholders};

/// The JSON Schema (draft 2020-12) of `flowbit.toml`, as it would be written in JSON.
pub fn description() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<Description>());
    tidy(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), Value::from("flowbit.toml"));
        root.insert("allOf".to_owned(), by_layout());
    }
    schema
}

/// The JSON Schema of the manifest of a seed set, `seed.toml`, as it would be written in JSON.
pub fn manifest() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let mut schema = Value::from(settings.into_generator().into_root_schema_for::<Manifest>());
    tidy(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), Value::from("seed.toml"));
    }
    schema
}

/// The JSON Schema of a file of fixtures, `.json`.
pub fn fixtures() -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let operators = operators();
    let words: Vec<Value> = ["$ref", "$at", "$env", "$text", "$uuid"].map(|word| json!({ "required": [word] })).into();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Fixtures",
        "description": "Documents of a collection of a seed set.",
        "type": "array",
        "items": { "$ref": "#/$defs/Row" },
        "$defs": {
            "Row": {
                "description": "A document. It keeps its identifier as long as it keeps its key.",
                "type": "object",
                "required": ["_key"],
                "properties": {
                    "_key": {
                        "description": "Its name, unique in the collection, without `/`.",
                        "anyOf": [text("^[^/]+$"), { "type": "integer", "minimum": 0 }],
                    },
                    "_only": {
                        "description": "The tenants that get it; all where this is left out.",
                        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
                    },
                    "_id": false,
                },
                "propertyNames": { "pattern": "^[^$.]([^.]|\\.[^.])*$" },
                "additionalProperties": { "$ref": "#/$defs/Value" },
            },
            "Value": {
                "description": "A value of extended JSON, or one that is made for each organization.",
                "if": { "type": "object", "anyOf": words },
                "then": { "oneOf": operators },
                "else": {
                    "items": { "$ref": "#/$defs/Value" },
                    "additionalProperties": { "$ref": "#/$defs/Value" },
                },
            },
        },
    })
}

/// The objects that are made into values for each organization.
fn operators() -> [Value; 5] {
    let operator = |word: &str, value: Value, besides: Option<&str>, what: &str| {
        let mut properties = serde_json::Map::from_iter([(word.to_owned(), value)]);
        properties.extend(besides.map(|name| (name.to_owned(), json!({ "type": "string" }))));
        json!({ "description": what, "properties": properties, "required": [word], "additionalProperties": false })
    };
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let any_text = json!({ "type": "string" });
    [
        operator(
            "$ref",
            text("^[^/]+/.+$"),
            Some("field"),
            "Another document, COLLECTION/KEY: what the platform keeps of it, or a field.",
        ),
        operator(
            "$at",
            text("^\\s*[-+0-9A-Za-z]"),
            None,
            "A moment, relative to the set's `as_of`: `-3d`, `2h 30m`; or RFC 3339.",
        ),
        operator("$env", any_text.clone(), Some("default"), "The value of an environment variable."),
        operator(
            "$text",
            any_text,
            None,
            "Text with other fields in braces: `{org.slug}`, `{vars.domain}`, `{title}`.",
        ),
        json!({
            "description": "A UUID as text, with `true`; the text of one is a binary value of extended JSON.",
            "properties": { "$uuid": { "type": ["boolean", "string"], "not": { "const": false } } },
            "required": ["$uuid"], "additionalProperties": false,
        }),
    ]
}

/// What each layout cannot do without.
fn by_layout() -> Value {
    let when =
        |layout: &str, then: Value| json!({ "if": { "properties": { "layout": { "const": layout } } }, "then": then });
    let own =
        |key: &str| json!({ "required": ["organization", "store"], "properties": { "store": { "required": [key] } } });
    json!([
        when("collection", own("collection")),
        when("database", own("database")),
        when("shared", json!({ "required": ["keyed"], "properties": { "keyed": { "minItems": 1 } } })),
    ])
}

/// A constant: everything that TOML can write and a document can hold.
pub(super) fn constant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "number", "boolean", "array", "object"] })
}

/// Fields of an index: ascending, descending, or the word for a special one.
pub(super) fn index_keys(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "additionalProperties": { "enum": [1, -1, "text", "hashed", "2d", "2dsphere"] },
    })
}

/// Text in which every brace belongs to a known placeholder.
fn template_pattern() -> String {
    let names: Vec<String> = placeholders().map(|name| name.replace('.', "\\.")).collect();
    format!("^([^{{]|\\{{({})(:string)?\\}})*$", names.join("|"))
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Text with placeholders in braces. A template that is one placeholder keeps the type of its value; `{org.id:string}` makes it text.",
            "pattern": template_pattern(),
        })
    }
}

impl JsonSchema for Fields {
    fn schema_name() -> Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let template = generator.subschema_for::<Template>();
        json_schema!({
            "type": "object",
            "description": "The fields of a document, in order: path = text with placeholders, or a constant. Paths may have dots.",
            "additionalProperties": { "anyOf": [template, { "type": ["number", "boolean", "array", "object"] }] },
        })
    }
}

impl JsonSchema for CharClass {
    fn schema_name() -> Cow<'static, str> {
        "CharClass".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A set of characters, written like the inside of brackets in a regular expression: `a-z0-9_`, or `^a-z` for all others.",
            "pattern": "^(\\^.|[^^])",
        })
    }
}

/// TOML has no null: what is optional is left out. Descriptions are sentences, not lines of source.
fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|word| word != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(any)) = map.get_mut("anyOf") {
                any.retain(|one| one != &json!({ "type": "null" }));
                // A reference with a description beside it is allowed in this draft.
                if let [Value::Object(only)] = any.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            map.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_current() {
        let published = include_str!("../config/description.schema.json");
        let text = format!("{}\n", serde_json::to_string_pretty(&description()).unwrap());
        assert!(text == published, "stale: flowbit schema > src/config/description.schema.json");
    }

    #[test]
    fn the_published_schemas_of_sets_are_current() {
        for (schema, published, word) in [
            (manifest(), include_str!("../config/seed.schema.json"), "seed"),
            (fixtures(), include_str!("../config/fixtures.schema.json"), "fixtures"),
        ] {
            let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            assert!(text == published, "stale: flowbit schema {word} > src/config/{word}.schema.json");
        }
    }

    #[test]
    fn every_table_refuses_unknown_keys() {
        for schema in [description(), manifest()] {
            let open: Vec<&String> = schema["$defs"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(_, shape)| shape["properties"].is_object() && shape["additionalProperties"] != false)
                .map(|(name, _)| name)
                .collect();
            assert_eq!(open, Vec::<&String>::new());
            assert_eq!(schema["additionalProperties"], false);
            assert!(!schema.to_string().contains("\"null\"}"), "TOML has no null");
        }
        assert!(!description().to_string().contains("null"), "TOML has no null");
    }
}
