//! Making a token: claims as the description says, signed by a key that knows its algorithm.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bson::Bson;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::domain::fields::{Fields, Source};
use crate::domain::template::Vars;
use crate::error::Result;
use crate::ops::key::SigningKey;
use crate::store::Secret;

/// From when to when a token is good, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// When it was made.
    pub issued: i64,
    /// When it ends.
    pub expires: i64,
}

/// A token that is about to be signed: its claims, as they will stand in it.
#[derive(Debug)]
pub struct Draft<'a> {
    fields: &'a Fields,
    vars: &'a Vars,
    term: Term,
    more: Vec<(String, Value)>,
}

impl<'a> Draft<'a> {
    /// The claims of a token. `act` is who acts in the user's place.
    pub fn new(fields: &'a Fields, vars: &'a Vars, generated: &[String], term: Term, act: Option<&str>) -> Self {
        let mut draft = Self { fields, vars, term, more: Vec::new() };
        for name in generated {
            let value = if name == "nbf" { Value::from(term.issued) } else { Value::from(random_text(16)) };
            draft.more.push((name.clone(), value));
        }
        if let Some(actor) = act {
            // RFC 8693: the token says who really acts, and for whom.
            draft.more.push(("act".to_owned(), json!({ "sub": actor })));
        }
        draft
    }

    /// Makes sure that no other token has the same claims.
    pub fn make_unique(&mut self) {
        let described = self.fields.iter().any(|(path, _)| path == "jti");
        if !described && !self.more.iter().any(|(name, _)| name == "jti") {
            self.more.push(("jti".to_owned(), random_text(16).into()));
        }
    }

    /// The claims as they will be read.
    pub fn claims(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(claims)) => claims,
            _ => Map::new(),
        }
    }
}

impl Serialize for Draft<'_> {
    /// Straight from the description, without a document in between, unless paths lead into objects.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.fields.iter().any(|(path, _)| path.contains('.')) {
            for (name, value) in self.fields.document(self.vars) {
                map.serialize_entry(&name, &Claim(&value))?;
            }
        } else {
            for (path, source) in self.fields.iter() {
                match source {
                    Source::Constant(value) => map.serialize_entry(path, &Claim(value))?,
                    Source::Template(template) => match template.as_it_is(self.vars) {
                        Some(value) => map.serialize_entry(path, &Claim(value))?,
                        None => map.serialize_entry(path, &Claim(&template.value(self.vars)))?,
                    },
                }
            }
        }
        for (name, value) in &self.more {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("iat", &self.term.issued)?;
        map.serialize_entry("exp", &self.term.expires)?;
        map.end()
    }
}

/// A value of a document, written as a claim.
struct Claim<'a>(&'a Bson);

impl Serialize for Claim<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Bson::String(text) => serializer.serialize_str(text),
            other => json_of(other).serialize(serializer),
        }
    }
}

/// A value of a document as a claim.
pub fn json_of(value: &Bson) -> Value {
    match value {
        Bson::String(text) => Value::String(text.clone()),
        Bson::ObjectId(id) => Value::String(id.to_hex()),
        Bson::DateTime(moment) => Value::from(moment.timestamp_millis().div_euclid(1000)),
        Bson::Document(document) => {
            Value::Object(document.iter().map(|(name, value)| (name.clone(), json_of(value))).collect())
        }
        Bson::Array(items) => Value::Array(items.iter().map(json_of).collect()),
        other => other.clone().into_relaxed_extjson(),
    }
}

/// A claim as text.
pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Signs claims.
///
/// # Errors
/// `E0129` where the key turns out to be none.
pub fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<Secret> {
    let kid = key.kid.as_ref().map(|kid| format!(",\"kid\":{}", Value::from(kid.as_str()))).unwrap_or_default();
    let mut token = String::with_capacity(512);
    URL_SAFE_NO_PAD.encode_string(format!("{{\"alg\":\"{}\",\"typ\":\"JWT\"{kid}}}", key.algorithm.word()), &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).unwrap_or_default(), &mut token);
    let signature = key.sign(&token)?;
    token.push('.');
    token.push_str(&signature);
    Ok(Secret::new(token))
}

/// Random bytes from the system, in base64url: 16 bytes are enough for a name, 32 for a refresh token.
pub fn random_text(bytes: usize) -> String {
    let random: Vec<u8> = (0..bytes).map(|_| rand::random()).collect();
    URL_SAFE_NO_PAD.encode(random)
}

/// The digest by which a token is remembered: SHA-256 in hexadecimal digits.
pub fn digest(token: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(token.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What a token is called: its `jti` where it has one, otherwise the first half of its digest.
pub fn name(claims: &Map<String, Value>, token: &str) -> String {
    match claims.get("jti").and_then(Value::as_str).filter(|jti| !jti.is_empty() && jti.len() <= 128) {
        Some(jti) => jti.to_owned(),
        None => digest(token).chars().take(32).collect(),
    }
}
