//! Commands that repair, as text: for the shell, and for `mongosh` where no command of flowbit's repairs it.

use bson::{Bson, Document};

use crate::domain::plan::Namespace;
use crate::ops::org::find::shell;

/// A command for `mongosh`, on the server that flowbit was told of.
pub(in crate::ops) fn mongosh(script: &str) -> String {
    format!("mongosh \"${{FLOWBIT_URI:-$MONGODB_URI}}\" --eval {}", shell(script))
}

/// A call on a collection.
pub(in crate::ops) fn call(ns: &Namespace, call: &str) -> String {
    mongosh(&format!("{}.getCollection({}).{call}", database(&ns.db), json(&ns.coll)))
}

/// A database, in a script.
pub(in crate::ops) fn database(db: &str) -> String {
    format!("db.getSiblingDB({})", json(db))
}

/// Another value at a path, wherever it is this one.
pub(in crate::ops) fn rewrite(ns: &Namespace, path: &str, from: &Bson, to: &Bson) -> String {
    let (filter, set) = (one(path, from), one(path, to));
    call(ns, &format!("updateMany({}, {{\"$set\": {}}})", script(&filter), script(&set)))
}

/// Another value at a path of the documents that match.
pub(in crate::ops) fn set(ns: &Namespace, filter: &Document, path: &str, to: &Bson) -> String {
    let filter = script(&Bson::Document(filter.clone()));
    call(ns, &format!("updateMany({filter}, {{\"$set\": {}}})", script(&one(path, to))))
}

/// Shows the documents that match.
pub(in crate::ops) fn look(ns: &Namespace, filter: &Document) -> String {
    call(ns, &format!("find({}).limit(20)", script(&Bson::Document(filter.clone()))))
}

/// Makes an index in several collections.
pub(in crate::ops) fn create_index(places: &[Namespace], spec: &Document) -> String {
    let empty = Document::new();
    let keys = Bson::Document(spec.get_document("key").unwrap_or(&empty).clone());
    let options = if spec.get_bool("unique").unwrap_or(false) { ", {\"unique\": true}" } else { "" };
    if let [only] = places {
        return call(only, &format!("createIndex({}{options})", script(&keys)));
    }
    let list: Vec<String> = places.iter().map(|ns| format!("[{}, {}]", json(&ns.db), json(&ns.coll))).collect();
    mongosh(&format!(
        "[{}].forEach(([d, c]) => db.getSiblingDB(d).getCollection(c).createIndex({}{options}))",
        list.join(", "),
        script(&keys)
    ))
}

/// Opens a file in the reader's editor, with what to do there.
pub(in crate::ops) fn edit(file: &str, what: &str) -> String {
    format!("\"${{EDITOR:-vi}}\" {}   # {what}", shell(file))
}

fn one(path: &str, value: &Bson) -> Bson {
    Bson::Document(Document::from_iter([(path.to_owned(), value.clone())]))
}

/// A value as `mongosh` reads it.
pub(in crate::ops) fn script(value: &Bson) -> String {
    match value {
        Bson::ObjectId(id) => format!("ObjectId(\"{}\")", id.to_hex()),
        Bson::Document(document) => {
            let members: Vec<String> = document.iter().map(|(k, v)| format!("{}: {}", json(k), script(v))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Bson::Array(items) => format!("[{}]", items.iter().map(script).collect::<Vec<_>>().join(", ")),
        Bson::String(text) => json(text),
        Bson::Int32(n) => n.to_string(),
        Bson::Boolean(yes) => yes.to_string(),
        Bson::Null => "null".to_owned(),
        other => format!("EJSON.deserialize({})", other.clone().into_canonical_extjson()),
    }
}

/// A text as a script has it.
pub(in crate::ops) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn commands_can_be_pasted_whatever_the_names_are() {
        let ns = Namespace::new("m", "users");
        let command = rewrite(&ns, "customerId", &Bson::from("O'Neill \"x\""), &Bson::from("b"));
        assert_eq!(
            command,
            "mongosh \"${FLOWBIT_URI:-$MONGODB_URI}\" --eval 'db.getSiblingDB(\"m\").getCollection(\"users\").updateMany({\"customerId\": \"O'\\''Neill \\\"x\\\"\"}, {\"$set\": {\"customerId\": \"b\"}})'"
        );
        let spec = doc! { "key": { "a.b": 1, "c": -1 }, "unique": true };
        assert!(create_index(&[ns], &spec).ends_with("createIndex({\"a.b\": 1, \"c\": -1}, {\"unique\": true})'"));
    }
}
