//! Making a token: claims as the description says, signed by a key that knows its algorithm.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bson::Bson;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::domain::fields::Fields;
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

/// The claims of a token. `act` is who acts in the user's place.
pub fn claims(fields: &Fields, vars: &Vars, generated: &[String], term: Term, act: Option<&str>) -> Map<String, Value> {
    let mut claims = Map::new();
    for (name, value) in fields.document(vars) {
        claims.insert(name, json_of(&value));
    }
    for name in generated {
        let value = if name == "nbf" { Value::from(term.issued) } else { Value::from(random_text(16)) };
        claims.insert(name.clone(), value);
    }
    if let Some(actor) = act {
        // RFC 8693: the token says who really acts, and for whom.
        claims.insert("act".to_owned(), json!({ "sub": actor }));
    }
    claims.insert("iat".to_owned(), Value::from(term.issued));
    claims.insert("exp".to_owned(), Value::from(term.expires));
    claims
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
pub fn sign(key: &SigningKey, claims: &Map<String, Value>) -> Result<Secret> {
    let mut header = json!({ "alg": key.algorithm.word(), "typ": "JWT" });
    if let (Some(kid), Some(header)) = (&key.kid, header.as_object_mut()) {
        header.insert("kid".to_owned(), Value::from(kid.as_str()));
    }
    let mut token = String::with_capacity(512);
    URL_SAFE_NO_PAD.encode_string(header.to_string(), &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_string(claims).unwrap_or_default(), &mut token);
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
