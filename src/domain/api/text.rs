//! Paths and bodies with placeholders.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// What a placeholder of a route stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// Identifier of a document.
    Id,
    /// The tenant.
    Tenant,
    /// A text of the probe's own.
    Text,
    /// A word that is searched for.
    Term,
    /// E-mail of an account.
    Email,
    /// Its password.
    Password,
}

const SLOTS: &[(&str, Slot)] = &[
    ("id", Slot::Id),
    ("tenant", Slot::Tenant),
    ("text", Slot::Text),
    ("term", Slot::Term),
    ("email", Slot::Email),
    ("password", Slot::Password),
];

/// What the placeholders stand for this time.
pub type Slots = BTreeMap<Slot, String>;

/// The placeholders of a text.
///
/// # Errors
/// A sentence that names the unknown placeholder or the missing brace.
pub fn placeholders_of(text: &str) -> Result<Vec<Slot>, String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(open) = rest.find('{') {
        let end = rest[open..].find('}').ok_or_else(|| format!("`{text}` opens a brace and does not close it"))? + open;
        let name = &rest[open + 1..end];
        let slot = SLOTS.iter().find(|(known, _)| *known == name).map(|(_, slot)| *slot).ok_or_else(|| {
            let known: Vec<String> = SLOTS.iter().map(|(known, _)| format!("`{{{known}}}`")).collect();
            format!("`{{{name}}}` is no placeholder of a route; there are {}", known.join(", "))
        })?;
        found.push(slot);
        rest = &rest[end + 1..];
    }
    Ok(found)
}

/// A text with its placeholders filled in; `escaped` as it may stand in an address.
pub fn fill(text: &str, slots: &Slots, escaped: bool) -> String {
    SLOTS.iter().fold(text.to_owned(), |text, (name, slot)| {
        let value = slots.get(slot).map_or("", String::as_str);
        let value = if escaped { encoded(value) } else { value.to_owned() };
        text.replace(&format!("{{{name}}}"), &value)
    })
}

/// A body with its placeholders filled in.
pub fn fill_body(body: &Value, slots: &Slots) -> Value {
    match body {
        Value::String(text) => Value::String(fill(text, slots, false)),
        Value::Array(items) => items.iter().map(|item| fill_body(item, slots)).collect(),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (name.clone(), fill_body(value, slots))).collect())
        }
        other => other.clone(),
    }
}

/// A value as it may stand in a path or a query (RFC 3986).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known_and_values_are_escaped() {
        assert_eq!(placeholders_of("/a/{id}?q={term}"), Ok(vec![Slot::Id, Slot::Term]));
        assert!(placeholders_of("/a/{ticket}").unwrap_err().contains("`{ticket}`"));
        assert!(placeholders_of("/a/{id").is_err());
        let slots = Slots::from([(Slot::Id, "a/b ü".to_owned()), (Slot::Text, "{id}".to_owned())]);
        assert_eq!(fill("/x/{id}", &slots, true), "/x/a%2Fb%20%C3%BC");
        let body = serde_json::json!({ "a": ["{text}", 1], "b": { "c": "x {id}" } });
        assert_eq!(fill_body(&body, &slots)["b"]["c"], "x a/b ü");
    }
}
