//! New keys from the system's randomness.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::SigningKey;
use crate::domain::keyring::thumbprint_input;
use crate::domain::token::Algorithm;
use crate::error::{Error, Result, code};
use crate::store::Secret;

/// The size of an RSA key. Smaller ones are not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// 2048
    B2048,
    /// 3072
    B3072,
    /// 4096
    B4096,
}

/// What kind of key is wanted.
#[derive(Debug, Clone)]
pub struct Making {
    /// What it is for.
    pub algorithm: Algorithm,
    /// The size, for RSA.
    pub bits: Bits,
    /// Its name; otherwise the thumbprint of a pair, or a random word.
    pub kid: Option<String>,
}

/// A key that was made and is nowhere but here.
#[derive(Debug)]
pub struct Made {
    /// Its name.
    pub kid: String,
    /// What it is for.
    pub algorithm: Algorithm,
    /// The secret, or the private key as PEM.
    pub text: Secret,
    /// The public half of a pair.
    pub public: Option<Value>,
}

impl Made {
    /// How its file ends.
    pub fn extension(&self) -> &'static str {
        if self.public.is_some() { "pem" } else { "secret" }
    }
}

fn failed() -> Error {
    Error::new(&code::INTERNAL, "this machine gave no randomness for a key; nothing was changed")
}

/// Makes a key, and sees that it is one.
///
/// # Errors
/// `E0001` where the system has no randomness.
pub fn make(wanted: &Making) -> Result<Made> {
    // A thumbprint may begin with a hyphen, which no command line likes: one in 64 does, and then another key is made.
    for _ in 0..100 {
        let text = material(wanted.algorithm, wanted.bits)?;
        let key = SigningKey::read("the new key", None, wanted.algorithm, &text)?;
        let public = key.jwk()?;
        let kid = match (&wanted.kid, &public) {
            (Some(kid), _) => kid.clone(),
            (None, Some(jwk)) => thumbprint(jwk),
            (None, None) => new_kid()?,
        };
        if !kid.starts_with('-') {
            return Ok(Made { kid, algorithm: wanted.algorithm, text, public });
        }
    }
    Err(failed())
}

/// The secret, or the private key as PEM (PKCS #8).
fn material(algorithm: Algorithm, bits: Bits) -> Result<Secret> {
    let der = match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            let bytes = random(algorithm.secret_bytes().unwrap_or(64))?;
            return Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)));
        }
        Algorithm::RS256 => {
            let size = match bits {
                Bits::B2048 => KeySize::Rsa2048,
                Bits::B3072 => KeySize::Rsa3072,
                Bits::B4096 => KeySize::Rsa4096,
            };
            let pair = RsaKeyPair::generate(size).map_err(|_| failed())?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed())?;
            der.as_ref().to_vec()
        }
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| failed())?;
            pair.to_pkcs8v1().map_err(|_| failed())?.as_ref().to_vec()
        }
        Algorithm::EdDSA => {
            let pair = Ed25519KeyPair::generate().map_err(|_| failed())?;
            pair.to_pkcs8v1().map_err(|_| failed())?.as_ref().to_vec()
        }
    };
    Ok(Secret::new(super::spki::pem("PRIVATE KEY", der)))
}

fn random(bytes: usize) -> Result<Vec<u8>> {
    let mut random = vec![0; bytes];
    SystemRandom::new().fill(&mut random).map_err(|_| failed())?;
    Ok(random)
}

/// A random word for a key that has no public half to be named after.
///
/// # Errors
/// `E0001` where the system has no randomness.
pub fn new_kid() -> Result<String> {
    Ok(random(8)?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The thumbprint of a public key (RFC 7638, SHA-256).
pub fn thumbprint(jwk: &Value) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint_input(jwk).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::VerifyingKey;
    use super::*;

    #[test]
    fn every_algorithm_makes_keys_that_sign_and_verify() {
        for algorithm in Algorithm::ALL {
            let made = make(&Making { algorithm, bits: Bits::B2048, kid: None }).unwrap();
            assert!(!format!("{made:?}").contains(&made.text.reveal()[..20]));
            crate::domain::keyring::check_kid(&made.kid).unwrap();
            let key = SigningKey::read(&made.kid, Some(&made.kid), algorithm, &made.text).unwrap();
            assert!(key.weakness.is_none());
            let signature = key.sign("a.b").unwrap();
            assert!(key.verifying().unwrap().signed("a.b", &signature), "{algorithm}");
            match (&made.public, algorithm.secret_bytes()) {
                (None, Some(least)) => assert!(made.text.reveal().len() >= least),
                (Some(jwk), None) => {
                    assert_eq!(made.kid, thumbprint(jwk));
                    let other = VerifyingKey::of_jwk("k", None, algorithm, jwk).unwrap();
                    assert!(other.signed("a.b", &signature) && !other.signed("a.c", &signature), "{algorithm}");
                    assert!(made.text.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
                }
                other => panic!("{algorithm}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_thumbprint_is_that_of_the_standard() {
        // RFC 8037, A.3.
        let jwk = serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "not in it",
        });
        assert_eq!(thumbprint(&jwk), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
