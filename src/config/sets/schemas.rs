//! The schemas of manifests and fixtures: what ships is valid, and what is broken is refused by reader and schema alike.

use jsonschema::Validator;
use serde_json::Value;

use super::rules::set_of;
use super::{MANIFEST, SHIPPED};
use crate::domain::schema;

fn validator(schema: &Value) -> Validator {
    jsonschema::meta::validate(schema).unwrap();
    jsonschema::validator_for(schema).unwrap()
}

fn errors(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// A manifest as JSON, which is what a schema speaks about.
fn json(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

#[test]
fn what_ships_is_valid() {
    let (manifest, fixtures) = (validator(&schema::manifest()), validator(&schema::fixtures()));
    let mut seen = 0;
    for (set, files) in SHIPPED {
        for (name, text) in *files {
            let wrong = match name.rsplit_once('.').unwrap().1 {
                "toml" => errors(&manifest, &json(text)),
                "json" => errors(&fixtures, &serde_json::from_str(text).unwrap()),
                "jsonl" => {
                    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                    errors(&fixtures, &Value::from(rows))
                }
                _ => continue,
            };
            assert!(wrong.is_empty(), "{set}/{name}: {}", wrong.join("\n"));
            seen += 1;
        }
    }
    assert!(seen > SHIPPED.len() * 2, "{seen} files were looked at");
}

/// A manifest in which the table below breaks one thing after the other.
const WHOLE: &str = r#"version = 1
name = "whole"
layouts = ["collection"]
as_of = "2026-01-01"
[vars]
domain = "whole.com"
[words]
names = ["a", "b"]
[[tenant]]
name = "Acme"
[[tenant.screen]]
name = "Tickets"
url = "/tickets"
[[collection]]
name = "tickets"
files = ["t.json"]
rows = 3
closed = false
[collection.helpers]
word = { words = "names" }
[collection.fields]
title = "{word}"
status = { pick = ["a", "b"], weights = [1, 2] }
number = { number = [0, 1], digits = 3 }
at = { date = ["-3d", "0"] }
end = { after = "at", within = ["1h", "2h"] }
list = { list = { int = [1, 2] }, count = [1, 2] }
some = { maybe = 0.5, of = "x", or = "y" }
case = { by = "status", cases = { a = 1 } }
env = { env = "HOME", default = "" }
uuid = { uuid = true }
"#;

const ROWS: &str = r#"[
  { "_key": "a", "_only": ["Acme"], "n": { "$numberLong": "7" }, "at": { "$at": "-1d" }, "who": { "$ref": "tickets/b" } },
  { "_key": 7, "deep": { "list": [{ "$text": "{title}" }, { "$uuid": true }, { "$env": "HOME", "default": "" }] } }
]"#;

#[test]
fn what_is_broken_in_a_manifest_reader_and_schema_refuse() {
    let validator = validator(&schema::manifest());
    let read = |text: &str| set_of(&[(MANIFEST, text.as_bytes()), ("t.json", ROWS.as_bytes())]);
    assert_eq!(errors(&validator, &json(WHOLE)), Vec::<String>::new());
    read(WHOLE).unwrap();
    let table = [
        ("version = 1", "version = 2"),
        ("version = 1\n", ""),
        ("name = \"whole\"\n", ""),
        ("\"whole\"", "\"Whole Set\""),
        ("layouts =", "layout ="),
        ("\"collection\"]", "\"shelf\"]"),
        ("\"2026-01-01\"", "\"yesterday\""),
        ("\"2026-01-01\"", "2026-01-01"),
        ("\"whole.com\"", "7"),
        ("[\"a\", \"b\"]\n[[", "\"a\"\n[["),
        ("url = \"/tickets\"\n", ""),
        ("url =", "link ="),
        ("\"tickets\"\nfiles", "\"a/b\"\nfiles"),
        ("\"t.json\"", "\"t.xml\""),
        ("rows = 3", "rows = -3"),
        ("rows = 3", "rows = \"3\""),
        ("closed =", "close ="),
        ("words = \"names\"", "words = [\"names\"]"),
        ("pick = [\"a\", \"b\"], weights = [1, 2]", "pick = []"),
        ("pick = [\"a\", \"b\"], ", ""),
        ("pick =", "pik ="),
        ("weights = [1, 2]", "weights = [1, -2]"),
        ("digits = 3", "digits = 30"),
        ("number = [0, 1]", "number = [0, 1, 2]"),
        ("number = [0, 1],", "int = [0, 1],"),
        ("[\"-3d\", \"0\"]", "[\"-3d\"]"),
        (", within = [\"1h\", \"2h\"]", ""),
        (", count = [1, 2]", ""),
        ("maybe = 0.5", "maybe = 5"),
        ("of = \"x\", ", ""),
        (", cases = { a = 1 }", ""),
        ("cases = { a = 1 }", "cases = { a = { pick = 1 } }"),
        ("env = \"HOME\", ", ""),
        ("uuid = true", "uuid = false"),
        ("uuid = true", "uuid = true, or = 1"),
        ("uuid = true", "uuid = true, sequence = 1"),
        ("title = \"{word}\"", "title = [1, { pic = [1] }]"),
    ];
    for (from, to) in table {
        let broken = WHOLE.replacen(from, to, 1);
        assert_ne!(broken, WHOLE, "{from}");
        assert!(!validator.is_valid(&json(&broken)), "{to:?} is valid by the schema");
        let faults = read(&broken).expect_err(to);
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.place.line > 0), "{to}: {faults:?}");
    }
}

#[test]
fn what_is_broken_in_fixtures_reader_and_schema_refuse() {
    let validator = validator(&schema::fixtures());
    let read = |text: &str| set_of(&[(MANIFEST, WHOLE.as_bytes()), ("t.json", text.as_bytes())]);
    assert_eq!(errors(&validator, &serde_json::from_str(ROWS).unwrap()), Vec::<String>::new());
    let table = [
        ("\"_key\": \"a\", ", ""),
        ("\"_key\": \"a\"", "\"_key\": \"a/b\""),
        ("\"_key\": \"a\"", "\"_key\": \"\""),
        ("\"_key\": 7", "\"_key\": -7"),
        ("\"_key\": 7", "\"_key\": 7.5"),
        ("[\"Acme\"]", "7"),
        ("[\"Acme\"]", "[7]"),
        ("\"n\":", "\"_id\":"),
        ("\"n\":", "\"$n\":"),
        ("\"n\":", "\"a..b\":"),
        ("\"n\":", "\"\":"),
        ("\"tickets/b\"", "\"tickets\""),
        ("\"tickets/b\"", "7"),
        ("\"tickets/b\"", "\"tickets/b\", \"key\": \"b\""),
        ("\"-1d\"", "1"),
        ("\"-1d\"", "\"-1d\", \"field\": \"x\""),
        ("\"{title}\"", "7"),
        ("\"$uuid\": true", "\"$uuid\": false"),
        ("\"$env\": \"HOME\"", "\"$env\": null"),
        ("\"default\": \"\"", "\"or\": \"\""),
    ];
    for (from, to) in table {
        let broken = ROWS.replacen(from, to, 1);
        assert_ne!(broken, ROWS, "{from}");
        assert!(!validator.is_valid(&serde_json::from_str(&broken).unwrap()), "{to:?} is valid by the schema");
        let faults = read(&broken).expect_err(to);
        assert!(faults.iter().all(|fault| fault.place.file.ends_with("t.json")), "{to}: {faults:?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "_key": "a" })) && !validator.is_valid(&serde_json::json!(["a"])));
}
