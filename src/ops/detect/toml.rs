//! Values of a description in TOML, by hand: a file that people read needs short lines and comments between them.

use bson::{Bson, Document};

use crate::domain::description::{BcryptPrefix, HashScheme, IndexShape, StateField};
use crate::domain::naming::NameStep;

/// Text without anything that would end the comment it stands in.
pub(in crate::ops) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A TOML string.
pub(in crate::ops) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A TOML key.
pub(in crate::ops) fn key_text(path: &str) -> String {
    let bare = !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { path.to_owned() } else { quoted(path) }
}

/// A TOML value; none for what TOML cannot say.
pub(super) fn value_text(value: &Bson) -> Option<String> {
    Some(match value {
        Bson::String(text) => quoted(text),
        Bson::Boolean(yes) => yes.to_string(),
        Bson::Int32(n) => n.to_string(),
        Bson::Int64(n) => n.to_string(),
        Bson::Double(n) if n.is_finite() => format!("{n:?}"),
        Bson::Document(document) => document_text(document),
        Bson::Array(items) => format!("[{}]", items.iter().filter_map(value_text).collect::<Vec<_>>().join(", ")),
        _ => return None,
    })
}

pub(super) fn document_text(document: &Document) -> String {
    let pairs: Vec<String> = document
        .iter()
        .filter_map(|(key, value)| Some(format!("{} = {}", key_text(key), value_text(value)?)))
        .collect();
    if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
}

pub(super) fn index_list(indexes: &[IndexShape]) -> String {
    let one = |index: &IndexShape| {
        let unique = if index.unique { ", unique = true" } else { "" };
        format!("{{ keys = {}{unique} }}", document_text(&index.keys))
    };
    format!("[{}]", indexes.iter().map(one).collect::<Vec<_>>().join(", "))
}

pub(in crate::ops) fn words(list: &[String]) -> String {
    format!("[{}]", list.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
}

pub(super) fn state_text(state: &StateField) -> String {
    let text = |value: &Bson| value_text(value).unwrap_or_default();
    format!(
        "{{ field = {}, active = {}, inactive = {} }}",
        quoted(&state.field),
        text(&state.active),
        text(&state.inactive)
    )
}

pub(super) fn hash_text(hash: HashScheme) -> String {
    let version = |prefix| if prefix == BcryptPrefix::A { "2a" } else { "2b" };
    match hash {
        HashScheme::Bcrypt { cost, prefix } => {
            format!("{{ scheme = \"bcrypt\", cost = {cost}, prefix = \"{}\" }}", version(prefix))
        }
        HashScheme::BcryptSha256 { cost, prefix } => {
            format!("{{ scheme = \"bcrypt_sha256\", cost = {cost}, prefix = \"{}\" }}", version(prefix))
        }
        HashScheme::Argon2id { memory, time, parallelism } => {
            format!("{{ scheme = \"argon2id\", memory = {memory}, time = {time}, parallelism = {parallelism} }}")
        }
    }
}

pub(super) fn steps(steps: &[NameStep]) -> String {
    let one = |step: &NameStep| match step {
        NameStep::Trim => "\"trim\"".to_owned(),
        NameStep::Lower => "\"lower\"".to_owned(),
        NameStep::Nfc => "\"nfc\"".to_owned(),
        NameStep::Fold => "\"fold\"".to_owned(),
        NameStep::Replace { chars, with } => {
            format!("{{ replace = {{ chars = {}, with = {} }} }}", quoted(&String::from(chars.clone())), quoted(with))
        }
        NameStep::Delete(chars) => format!("{{ delete = {} }}", quoted(&String::from(chars.clone()))),
        NameStep::Squeeze(c) => format!("{{ squeeze = {} }}", quoted(&c.to_string())),
        NameStep::Strip(c) => format!("{{ strip = {} }}", quoted(&c.to_string())),
        NameStep::Prefix(prefix) => format!("{{ prefix = {} }}", quoted(prefix)),
    };
    format!("[{}]", steps.iter().map(one).collect::<Vec<_>>().join(", "))
}
