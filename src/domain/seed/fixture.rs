//! Documents that are written down: values as rules, from JSON values and from cells of a table.

use bson::{Bson, Document};
use serde_json::Value;

use super::draw::number_of;
use super::rule::{Rule, reference};
use super::{Fault, Place};

/// The field that names a row inside its set.
pub const KEY: &str = "_key";

/// The field that names the tenants which get a row.
pub const ONLY: &str = "_only";

/// A document that is written down.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Its name inside the collection, by which others refer to it and by which it stays itself.
    pub key: String,
    /// The number that the name gives.
    pub number: u32,
    /// The tenants that get it; all where none is named.
    pub only: Vec<String>,
    /// Its fields, in order.
    pub fields: Vec<(String, Rule)>,
    /// Where it stands.
    pub place: Place,
}

impl Fixture {
    /// A row with these fields.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(fields: Vec<(String, Value)>, place: &Place) -> Result<Self, Fault> {
        let mut row =
            Self { key: String::new(), number: 0, only: Vec::new(), fields: Vec::new(), place: place.clone() };
        for (name, value) in fields {
            match name.as_str() {
                KEY => row.key = key_of(&value).map_err(|what| Fault::new(place, KEY, what))?,
                ONLY => {
                    row.only = names_of(&value)
                        .ok_or_else(|| Fault::new(place, ONLY, "this is the name of a tenant, or a list of names"))?
                }
                _ => {
                    check_name(&name).map_err(|what| Fault::new(place, &name, what))?;
                    if row.fields.iter().any(|(known, _)| *known == name) {
                        return Err(Fault::new(place, name, "the field stands here twice"));
                    }
                    let rule = value_rule(value).map_err(|what| Fault::new(place, &name, what))?;
                    row.fields.push((name, rule));
                }
            }
        }
        if row.key.is_empty() {
            let what =
                "the row has no `_key`: a name, unique in its collection, by which it stays itself when rows move";
            return Err(Fault::new(place, KEY, what));
        }
        row.number = number_of(&row.key);
        Ok(row)
    }
}

fn key_of(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains('/') => Ok(text.clone()),
        Value::Number(number) if number.is_u64() => Ok(number.to_string()),
        _ => Err("a key is text without `/`, or a whole number"),
    }
}

fn names_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(name) => Some(vec![name.clone()]),
        Value::Array(names) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Documents inside documents; MongoDB takes a few more.
const DEEPEST: usize = 100;

/// Refuses names that a document cannot have or that are flowbit's to write.
pub fn check_name(name: &str) -> Result<(), String> {
    match name {
        "_id" => Err("identifiers are made from the set, the organization and `_key`; leave `_id` out".into()),
        "" => Err("a field needs a name".into()),
        _ if name.contains('\0') => Err("the name contains a NUL byte".into()),
        _ if name.starts_with('$') => Err("names of fields do not begin with `$`".into()),
        _ if name.split('.').count() > DEEPEST => Err(format!("a path leads at most {DEEPEST} documents deep")),
        _ if name.split('.').any(str::is_empty) => Err("a path has a name between its dots".into()),
        _ => Ok(()),
    }
}

/// Words of objects that are rules in fixtures.
const OPERATORS: [&str; 6] = ["$ref", "$at", "$env", "$text", "$uuid", "$org"];

/// The rule of a JSON value: extended JSON, and `{"$ref": "users/anna"}`, `{"$at": "-3d"}`, `{"$env": "NAME"}`,
/// `{"$text": "admin@{org.slug}.example"}`, `{"$uuid": true}`, `{"$org": "id"}`. A reference may say with `text` whether it
/// is the identifier's text, where the description does not.
fn value_rule(value: Value) -> Result<Rule, String> {
    match value {
        Value::Object(map) => {
            // The text of a UUID is extended JSON, for a binary value.
            let operates = |key: &&String| {
                OPERATORS.contains(&key.as_str())
                    && !(*key == "$uuid" && map.get("$uuid").is_some_and(Value::is_string))
            };
            if let Some(operator) = map.keys().find(operates) {
                return operator_rule(operator.clone().as_str(), &map);
            }
            if let Some(word) = map.keys().find(|key| key.starts_with('$')).cloned() {
                // What is neither a type nor a rule would stand in the document as it is, and nobody could query it.
                return match extended(Value::Object(map))? {
                    Rule::Constant(Bson::Document(_)) => {
                        Err(format!("`{word}` is neither a type of extended JSON nor one of {}", OPERATORS.join(", ")))
                    }
                    other => Ok(other),
                };
            }
            let mut fields = Vec::new();
            for (name, value) in map {
                if name.contains('\0') {
                    return Err("the name of a field contains a NUL byte".into());
                }
                let rule = value_rule(value).map_err(|why| format!("{name}: {why}"))?;
                fields.push((name, rule));
            }
            Ok(folded_object(fields))
        }
        Value::Array(items) => {
            let rules: Vec<Rule> = items.into_iter().map(value_rule).collect::<Result<_, _>>()?;
            if rules.iter().all(|rule| matches!(rule, Rule::Constant(_))) {
                let values =
                    rules.into_iter().filter_map(|rule| if let Rule::Constant(v) = rule { Some(v) } else { None });
                return Ok(Rule::Constant(Bson::Array(values.collect())));
            }
            Ok(Rule::Array(rules))
        }
        other => extended(other),
    }
}

fn folded_object(fields: Vec<(String, Rule)>) -> Rule {
    if !fields.iter().all(|(_, rule)| matches!(rule, Rule::Constant(_))) {
        return Rule::Object(fields);
    }
    let mut document = Document::new();
    for (name, rule) in fields {
        if let Rule::Constant(value) = rule {
            document.insert(name, value);
        }
    }
    Rule::Constant(Bson::Document(document))
}

fn extended(value: Value) -> Result<Rule, String> {
    let names: Vec<String> = value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
    // What stands there is not repeated, and the reader's own words would: it may be somebody's password.
    let broken = |_| format!("what stands under {} is no extended JSON", names.join(", "));
    Bson::try_from(value).map(Rule::Constant).map_err(broken)
}

fn operator_rule(operator: &str, map: &serde_json::Map<String, Value>) -> Result<Rule, String> {
    let text = |name: &str| match map.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` is text")),
    };
    let besides = |allowed: &str| match map.keys().find(|key| *key != operator && *key != allowed) {
        Some(other) => Err(format!("`{other}` does not belong to `{operator}`")),
        None => Ok(()),
    };
    if operator == "$uuid" {
        besides("")?;
        return match map.get(operator) {
            Some(Value::Bool(true)) => Ok(Rule::Uuid),
            _ => Err("`{\"$uuid\": true}` makes one".into()),
        };
    }
    let main = text(operator)?;
    match operator {
        "$org" => {
            besides("")?;
            match main.as_deref() {
                Some("id") => Ok(Rule::Organization),
                _ => Err("`{\"$org\": \"id\"}` is the organization's identifier".into()),
            }
        }
        "$ref" => {
            let as_text = match map.get("text") {
                None => None,
                Some(Value::Bool(as_text)) => Some(*as_text),
                Some(_) => return Err("`text` is true or false".into()),
            };
            if let Some(other) = map.keys().find(|key| !["$ref", "field", "text"].contains(&key.as_str())) {
                return Err(format!("`{other}` does not belong to `$ref`"));
            }
            let main = main.unwrap_or_default();
            if !main.contains('/') {
                // Not repeated: it may be something else that came here by mistake.
                return Err("what stands under $ref names no document; write COLLECTION/KEY".to_owned());
            }
            Ok(match reference(&main, text("field")?) {
                Rule::Reference { collection, key, field, .. } => {
                    Rule::Reference { collection, key, field, text: as_text }
                }
                other => other,
            })
        }
        "$at" => {
            besides("")?;
            Ok(Rule::Moment { from: main.unwrap_or_default(), to: None })
        }
        "$text" => {
            besides("")?;
            Ok(Rule::text(&main.unwrap_or_default()))
        }
        _ => {
            besides("default")?;
            Ok(Rule::Environment { name: main.unwrap_or_default(), default: text("default")? })
        }
    }
}

/// What a column of a table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name of the field.
    pub name: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Long,
    Number,
    Flag,
    Date,
    At,
    ObjectId,
    Json,
    List,
    Template,
    Reference { collection: String, field: Option<String> },
}

impl Column {
    /// What a heading says: `NAME`, or `NAME:TYPE`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(heading: &str) -> Result<Self, String> {
        let (name, kind) = match heading.split_once(':') {
            Some((name, kind)) => (name.trim(), kind.trim()),
            None => (heading.trim(), "text"),
        };
        if name != KEY && name != ONLY {
            check_name(name)?;
        }
        let kind = match kind {
            "text" => Kind::Text,
            "int" => Kind::Whole,
            "long" => Kind::Long,
            "number" => Kind::Number,
            "bool" => Kind::Flag,
            "date" => Kind::Date,
            "at" => Kind::At,
            "oid" => Kind::ObjectId,
            "json" => Kind::Json,
            "list" => Kind::List,
            "template" => Kind::Template,
            other => match other.strip_prefix("ref(").and_then(|rest| rest.strip_suffix(')')) {
                Some(inside) => {
                    let (collection, field) = match inside.split_once('.') {
                        Some((collection, field)) => (collection, Some(field.to_owned())),
                        None => (inside, None),
                    };
                    Kind::Reference { collection: collection.to_owned(), field }
                }
                None => {
                    return Err(format!(
                        "`{other}` is no type of a column: text, int, long, number, bool, date, at, oid, json, list, template or ref(COLLECTION)"
                    ));
                }
            },
        };
        Ok(Self { name: name.to_owned(), kind })
    }

    /// The JSON value of a cell; an empty one is no field.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self, cell: &str) -> Result<Option<Value>, String> {
        use serde_json::json;
        if cell.is_empty() {
            return Ok(None);
        }
        let not = |what: &str| format!("{cell:?} is not {what}");
        Ok(Some(match &self.kind {
            Kind::Text => Value::from(cell),
            Kind::Whole => {
                json!({ "$numberInt": cell.parse::<i32>().map_err(|_| not("a whole number of 32 bits"))?.to_string() })
            }
            Kind::Long => {
                json!({ "$numberLong": cell.parse::<i64>().map_err(|_| not("a whole number of 64 bits"))?.to_string() })
            }
            Kind::Number => {
                let number = cell.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| not("a number"))?;
                json!({ "$numberDouble": number.to_string() })
            }
            Kind::Flag => match cell {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => return Err(not("true or false")),
            },
            Kind::Date => json!({ "$date": cell }),
            Kind::At => json!({ "$at": cell }),
            Kind::Template => json!({ "$text": cell }),
            Kind::ObjectId => json!({ "$oid": cell }),
            Kind::Json => serde_json::from_str(cell).map_err(|e| format!("no JSON: {e}"))?,
            Kind::List => Value::from(cell.split(';').map(str::trim).collect::<Vec<_>>()),
            Kind::Reference { collection, field } => match field {
                Some(field) => json!({ "$ref": format!("{collection}/{cell}"), "field": field }),
                None => json!({ "$ref": format!("{collection}/{cell}") }),
            },
        }))
    }
}
