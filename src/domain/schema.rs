//! The JSON Schema of a platform description, made from the very types that read it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::description::Description;
use super::fields::Fields;
use super::naming::CharClass;
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
    fn every_table_refuses_unknown_keys() {
        let schema = description();
        let open: Vec<&String> = schema["$defs"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, shape)| shape["properties"].is_object() && shape["additionalProperties"] != false)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(open, Vec::<&String>::new());
        assert_eq!(schema["additionalProperties"], false);
        assert!(!schema.to_string().contains("null"), "TOML has no null");
    }
}
