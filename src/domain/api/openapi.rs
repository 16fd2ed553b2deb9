//! Routes from an OpenAPI description (versions 2 and 3), as JSON.

use serde_json::{Map, Value, json};

use super::{Does, Method, RouteShape};

/// How deep schemas are followed: they may refer to themselves.
const DEPTH: u32 = 8;

/// The routes of a collection: those whose path ends in its name, or in its name and one parameter.
///
/// # Errors
/// A sentence that says why this describes no interface, or none of this collection.
pub fn derived(text: &str, collection: &str) -> Result<Vec<RouteShape>, String> {
    let whole: Value =
        serde_json::from_str(text).map_err(|e| format!("this is no JSON ({e}); YAML has to be converted first"))?;
    let Some(paths) = whole.get("paths").and_then(Value::as_object) else {
        return Err("this is no OpenAPI description: it has no `paths`".to_owned());
    };
    let base = base_of(&whole);
    let mut routes = Vec::new();
    for (path, item) in paths {
        let Some(of_one) = place(path, collection) else { continue };
        let shown = format!("{base}{}", if of_one { with_id(path) } else { path.clone() });
        for (word, method) in [
            ("get", Method::Get),
            ("post", Method::Post),
            ("put", Method::Put),
            ("patch", Method::Patch),
            ("delete", Method::Delete),
        ] {
            let Some(operation) = item.get(word) else { continue };
            let does = match (of_one, method) {
                (false, Method::Get) => Does::List,
                (false, Method::Post) => Does::Create,
                (true, Method::Get) => Does::Read,
                (true, Method::Put | Method::Patch) => Does::Update,
                (true, Method::Delete) => Does::Delete,
                _ => continue,
            };
            let body = if matches!(does, Does::Create | Does::Update) {
                let body = body_of(&whole, operation, does == Does::Create);
                if body.is_none() && does == Does::Create {
                    continue;
                }
                body
            } else {
                None
            };
            routes.push(RouteShape {
                does,
                method,
                path: shown.clone(),
                body,
                collection: Some(collection.to_owned()),
                role: None,
                secret_header: None,
                secret_env: None,
            });
        }
    }
    match routes.is_empty() {
        true => Err(format!("no path ends in /{collection} or /{collection}/{{…}}")),
        false => Ok(routes),
    }
}

/// What stands before every path: that of the first server.
fn base_of(whole: &Value) -> String {
    let server = whole.pointer("/servers/0/url").or_else(|| whole.get("basePath")).and_then(Value::as_str);
    let server = server.unwrap_or_default();
    let path = match server.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => server,
    };
    let path = path.trim_end_matches('/');
    if path.starts_with('/') && !path.contains('{') { path.to_owned() } else { String::new() }
}

/// Whether a path is of the collection: of one document, or of all.
fn place(path: &str, collection: &str) -> Option<bool> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_slot = |part: &str| part.starts_with('{') && part.ends_with('}');
    match parts.as_slice() {
        [.., name, last] if *name == collection && is_slot(last) => {
            (parts.iter().filter(|part| part.contains('{')).count() == 1).then_some(true)
        }
        [.., name] if *name == collection && !parts.iter().any(|part| part.contains('{')) => Some(false),
        _ => None,
    }
}

fn with_id(path: &str) -> String {
    match (path.find('{'), path.find('}')) {
        (Some(open), Some(close)) if open < close => format!("{}{{id}}{}", &path[..open], &path[close + 1..]),
        _ => path.to_owned(),
    }
}

/// A body that the schema takes: what is required, and one text of the probe's own.
fn body_of(whole: &Value, operation: &Value, all: bool) -> Option<Value> {
    let schema = operation.pointer("/requestBody/content/application~1json/schema").or_else(|| {
        let parameters = operation.get("parameters")?.as_array()?;
        parameters.iter().find(|parameter| parameter["in"] == "body")?.get("schema")
    })?;
    let schema = resolved(whole, schema, DEPTH)?;
    let properties = schema.get("properties")?.as_object()?;
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut body = Map::new();
    let mut texts = 0;
    for (name, property) in properties {
        let Some(property) = resolved(whole, property, DEPTH) else { continue };
        let is_text = is_text(property);
        let wanted = required.contains(&name.as_str()) || (is_text && texts == 0);
        if !wanted || (!all && !is_text && !required.contains(&name.as_str())) {
            continue;
        }
        texts += usize::from(is_text);
        body.insert(name.clone(), example(property));
    }
    (texts > 0).then_some(Value::Object(body))
}

/// Whether any text will do. Optional ones are written as a choice of a text and null.
fn is_text(property: &Value) -> bool {
    if let Some(choice) = property.get("anyOf").and_then(Value::as_array) {
        return choice.iter().any(is_text);
    }
    let free = ["enum", "format", "pattern"].iter().all(|word| property.get(word).is_none());
    property["type"] == "string" && free
}

fn example(property: &Value) -> Value {
    if let Some(first) = property.get("enum").and_then(Value::as_array).and_then(|values| values.first()) {
        return first.clone();
    }
    if is_text(property) {
        return json!("{text}");
    }
    match property["type"].as_str() {
        Some("integer" | "number") => property.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("string") => json!("2030-01-01T00:00:00Z"),
        _ => json!({}),
    }
}

fn resolved<'v>(whole: &'v Value, schema: &'v Value, depth: u32) -> Option<&'v Value> {
    match schema.get("$ref").and_then(Value::as_str) {
        None => Some(schema),
        Some(_) if depth == 0 => None,
        Some(to) => resolved(whole, whole.pointer(to.strip_prefix('#')?)?, depth - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_come_from_paths_and_bodies_from_schemas() {
        let text = json!({
            "openapi": "3.1.0",
            "servers": [{ "url": "https://api.example.com/v1/" }],
            "paths": {
                "/tickets/": {
                    "get": {},
                    "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/New" } } } } },
                },
                "/tickets/{ticket_id}": {
                    "get": {}, "delete": {},
                    "put": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Change" } } } } },
                },
                "/tickets/{id}/comments": { "get": {} },
                "/users": { "get": {} },
                "/{tenant}/tickets": { "get": {} },
            },
            "components": { "schemas": {
                "New": { "required": ["title", "priority", "n"], "properties": {
                    "title": { "type": "string" }, "priority": { "enum": ["Low", "High"], "type": "string" },
                    "n": { "type": "integer" }, "note": { "type": "string" } } },
                "Change": { "properties": { "status": { "anyOf": [{ "type": "string" }, { "type": "null" }] } } },
            } },
        })
        .to_string();
        let routes = derived(&text, "tickets").unwrap();
        let lines: Vec<String> = routes.iter().map(|route| format!("{} {}", route.does.word(), route.line())).collect();
        assert_eq!(
            lines,
            [
                "list GET /v1/tickets/",
                "create POST /v1/tickets/",
                "read GET /v1/tickets/{id}",
                "update PUT /v1/tickets/{id}",
                "delete DELETE /v1/tickets/{id}",
            ]
        );
        assert_eq!(routes[1].body, Some(json!({ "title": "{text}", "priority": "Low", "n": 1 })));
        assert_eq!(routes[3].body, Some(json!({ "status": "{text}" })));
        assert!(derived(&text, "products").unwrap_err().contains("/products"));
        assert!(derived("openapi: 3.1.0", "tickets").unwrap_err().contains("no JSON"));
        assert!(derived("{}", "tickets").unwrap_err().contains("paths"));
    }
}
