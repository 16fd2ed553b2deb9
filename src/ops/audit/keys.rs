//! The keys by which seals are known.

use serde_json::Value;

use crate::domain::audit::{Element, Signature};
use crate::domain::keyring::{Keyring, RETIRED};
use crate::domain::token::Algorithm;
use crate::error::{Error, Result, code};
use crate::ops::key::VerifyingKey;

/// The public keys that seals may have been signed with.
#[derive(Debug, Default)]
pub struct SealKeys {
    keys: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    kid: String,
    key: VerifyingKey,
    /// Since when it does not sign any more, in milliseconds.
    retired: Option<i64>,
}

impl SealKeys {
    /// The public halves of a keyring.
    ///
    /// # Errors
    /// `E0129`.
    pub fn of_ring(keyring: &Keyring) -> Result<Self> {
        let mut keys = Self::default();
        for entry in &keyring.keys {
            let Some(jwk) = &entry.public else { continue };
            let key = VerifyingKey::of_jwk(&entry.kid, Some(&entry.kid), entry.algorithm, jwk)?;
            // Keyrings have whole seconds: what was signed in that one counts.
            let retired = entry.retired_at.map(|at| at.as_millisecond() + 999);
            keys.keys.push(Known { kid: entry.kid.clone(), key, retired });
        }
        Ok(keys)
    }

    /// The keys of a JWK set, or of one JWK.
    ///
    /// # Errors
    /// `E0129` for what is none.
    pub fn of_jwks(text: &str, from: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::new(&code::WEAK_KEY, format!("{from}: {why}"))
                .next("flowbit key jwks --seals --out FILE   # writes the public keys where the seals are made")
        };
        let value: Value = serde_json::from_str(text).map_err(|_| wrong("this is no JWK set"))?;
        let all = match value.get("keys").and_then(Value::as_array) {
            Some(keys) => keys.clone(),
            None => vec![value],
        };
        let mut keys = Self::default();
        for jwk in all {
            let kid = jwk.get("kid").and_then(Value::as_str).ok_or_else(|| wrong("a key in it has no kid"))?.to_owned();
            if jwk.get("d").is_some() {
                return Err(wrong("a private key is in it; public ones are enough"));
            }
            let algorithm = match (jwk.get("kty").and_then(Value::as_str), jwk.get("crv").and_then(Value::as_str)) {
                (Some("OKP"), Some("Ed25519")) => Algorithm::EdDSA,
                (Some("EC"), Some("P-256")) => Algorithm::ES256,
                (Some("RSA"), _) => Algorithm::RS256,
                _ => return Err(wrong("a key in it is of no kind that seals are signed with")),
            };
            let key = VerifyingKey::of_jwk(&kid, Some(&kid), algorithm, &jwk)?;
            let retired = jwk.get(RETIRED).and_then(Value::as_i64).map(|seconds| seconds * 1000 + 999);
            keys.keys.push(Known { kid, key, retired });
        }
        Ok(keys)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a key signed a text; none where it is not known.
    pub fn signed(&self, kid: &str, message: &str, signature: &str) -> Option<bool> {
        let known = self.keys.iter().find(|known| known.kid == kid)?;
        Some(known.key.signed(message, signature))
    }

    /// What an element's signature is.
    pub fn check(&self, element: &Element) -> Signature {
        let Some(known) = self.keys.iter().find(|known| known.kid == element.kid) else { return Signature::UnknownKey };
        if !known.key.signed(&element.message(), &element.signature) {
            return Signature::Wrong;
        }
        match known.retired {
            Some(retired) if element.at.timestamp_millis() > retired => Signature::Retired,
            _ => Signature::Good,
        }
    }
}
