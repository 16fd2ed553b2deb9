//! Reading a token without believing it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::token::Reason;

/// More than servers take in a header; whatever is longer is not read at all.
pub const MOST_BYTES: usize = 16 * 1024;

/// A token in its parts. Nothing of it is proven.
#[derive(Debug, Clone)]
pub struct Parsed<'t> {
    /// The header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// What was signed: header and claims as they came.
    pub message: &'t str,
    /// The signature, in base64url.
    pub signature: &'t str,
}

/// Why a text could not be read.
pub type Unread = (Reason, String);

/// The token itself, without what people paste around it.
pub fn bare(text: &str) -> &str {
    let text = text.trim();
    match text.get(..7) {
        Some(word) if word.eq_ignore_ascii_case("bearer ") => text[7..].trim(),
        _ => text,
    }
}

/// Takes a token apart.
///
/// # Errors
/// The reason, and a sentence that repeats nothing of the token.
pub fn parse(token: &str) -> Result<Parsed<'_>, Unread> {
    let refuse = |reason, why: &str| Err((reason, why.to_owned()));
    if token.is_empty() {
        return refuse(Reason::Empty, "there is no token");
    }
    if token.len() > MOST_BYTES {
        return Err((Reason::TooLarge, format!("it is longer than {MOST_BYTES} bytes; no server takes such a header")));
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return match parts.len() {
            5 => refuse(
                Reason::Encrypted,
                "it has five parts: an encrypted token, of which only the receiver knows the claims",
            ),
            n => Err((Reason::NotAToken, format!("a token has three parts with dots between, and this has {n}"))),
        };
    };
    let (header, claims) = (object("header", header)?, object("claims", claims)?);
    // It is decoded where it is compared.
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if signature.len() % 4 == 1 || !signature.bytes().all(is_digit) {
        return refuse(Reason::BadBase64, "the signature is not base64url");
    }
    if header.contains_key("crit") {
        return refuse(Reason::CriticalHeader, "its header asks for an extension (`crit`) that nobody here knows");
    }
    let message = &token[..token.len() - signature.len() - 1];
    Ok(Parsed { header, claims, message, signature })
}

fn object(what: &str, part: &str) -> Result<Map<String, Value>, Unread> {
    let bytes =
        URL_SAFE_NO_PAD.decode(part).map_err(|_| (Reason::BadBase64, format!("the {what} is not base64url")))?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let read = Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match read {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err((Reason::BadJson, format!("the {what} is no JSON object"))),
        Err(error) if error.to_string().starts_with(DOUBLED) => Err((
            Reason::DoubledName,
            format!("the {what} has a name twice, and readers differ in which one they take"),
        )),
        Err(_) => Err((Reason::BadJson, format!("the {what} is not JSON"))),
    }
}

const DOUBLED: &str = "a name stands twice";

/// JSON in which no object has a name twice.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(Strict)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom(DOUBLED));
            }
        }
        Ok(Value::Object(map))
    }
}

/// A claim: by its very name, or by a path through objects.
pub fn claim<'c>(claims: &'c Map<String, Value>, path: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let (head, rest) = path.split_once('.')?;
    claim(claims.get(head)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn what_is_no_token_has_its_reason() {
        let good = part(r#"{"alg":"HS256"}"#);
        let reason = |token: &str| parse(token).unwrap_err().0;
        assert_eq!(reason(""), Reason::Empty);
        assert_eq!(reason(&"a".repeat(MOST_BYTES + 1)), Reason::TooLarge);
        assert_eq!(reason("a.b"), Reason::NotAToken);
        assert_eq!(reason("a.b.c.d.e"), Reason::Encrypted);
        assert_eq!(reason("a!.b.c"), Reason::BadBase64);
        assert_eq!(reason(&format!("{good}.{}.c!", part("{}"))), Reason::BadBase64);
        assert_eq!(reason(&format!("{good}.{}.AA", part("[]"))), Reason::BadJson);
        assert_eq!(reason(&format!("{good}.{}.AA", part("{"))), Reason::BadJson);
        assert_eq!(reason(&format!("{good}.{}.AA", part("{} {}"))), Reason::BadJson);
        assert_eq!(reason(&format!("{good}.{}.AA", part(r#"{"a":1,"a":2}"#))), Reason::DoubledName);
        assert_eq!(reason(&format!("{good}.{}.AA", part(r#"{"x":{"a":1,"a":2}}"#))), Reason::DoubledName);
        assert_eq!(reason(&format!("{}.{}.AA", part(r#"{"crit":["b64"]}"#), part("{}"))), Reason::CriticalHeader);
        assert_eq!(reason(&format!("{good}.{}.AA", part(&"[".repeat(5000)))), Reason::BadJson);
    }

    #[test]
    fn a_token_comes_apart() {
        let token = format!("{}.{}.AA", part(r#"{"alg":"HS256"}"#), part(r#"{"sub":"x","user":{"id":"y"}}"#));
        let pasted = format!(" Bearer {token}\n");
        let parsed = parse(bare(&pasted)).unwrap();
        assert_eq!(parsed.signature, "AA");
        assert_eq!(format!("{}.{}", parsed.message, parsed.signature), token);
        assert_eq!(claim(&parsed.claims, "user.id").unwrap(), "y");
        assert!(claim(&parsed.claims, "sub.id").is_none());
    }
}
