//! Keys as what they can do. Each has one algorithm for its whole life, and it is the key that says which: a token's
//! header is compared with it and never decides anything. So "none" and a public key in a secret's place cannot happen.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::Value;

use crate::domain::token::{Algorithm, weakness};
use crate::error::{Code, Error, Result, code};
use crate::store::Secret;

/// The least size of an RSA key, in bits.
const RSA_BITS: usize = 2048;

/// A key that signs.
pub struct SigningKey {
    /// What people call it: its `kid`, or the variable it stands in.
    pub name: String,
    /// What stands in headers of tokens; keys of environment variables have none.
    pub kid: Option<String>,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// Why it is too weak, where it is.
    pub weakness: Option<String>,
    key: EncodingKey,
}

/// A key that tells what another, or the same one, signed.
pub struct VerifyingKey {
    /// What people call it.
    pub name: String,
    /// What stands in headers of tokens.
    pub kid: Option<String>,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// Why it is too weak, where it is.
    pub weakness: Option<String>,
    /// Whether its signatures count now.
    pub standing: Standing,
    key: DecodingKey,
}

/// Whether what a key signed counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Good,
    /// Its time has not begun.
    Pending,
    /// Its time is over.
    Expired,
    /// It was retired.
    Retired,
}

/// The keys that are at hand for tokens of one use.
#[derive(Debug, Default)]
pub struct Keychain {
    /// The one that signs, if one may.
    pub signing: Option<SigningKey>,
    /// Those that tokens may have been signed with, also the ones whose time is over.
    pub verifying: Vec<VerifyingKey>,
    /// Where keys were looked for, for people: `JWT_SECRET`, the keyring's directory.
    pub places: Vec<String>,
    /// Why no key signs now although there are some: the time of each is over or has not begun, or it cannot be read.
    pub refused: Option<Refusal>,
    /// Things to know: that the backend will refuse the tokens, for instance.
    pub warnings: Vec<String>,
}

impl Keychain {
    /// The key that signs.
    ///
    /// # Errors
    /// `E0130` where there is none, `E0318` where the time of each is over or has not begun.
    pub fn signer(&self) -> Result<&SigningKey> {
        self.signing.as_ref().ok_or_else(|| self.refused.as_ref().map_or_else(|| self.missing(), Refusal::error))
    }

    /// That there is no key, and where one would be.
    pub fn missing(&self) -> Error {
        let places = self.places.join(" and ");
        let mut error = Error::new(&code::NO_KEY, format!("there is no key to sign tokens with; looked at {places}"));
        if let Some(name) = self.places.first().filter(|name| !name.contains('/')) {
            error = error.next(format!("set {name} as the platform's backend has it"));
        }
        error.next("flowbit key generate   # a key of flowbit's own; the backend has to be told")
    }
}

/// A failure that is only one where somebody wants to sign: whoever verifies goes on.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Its code.
    pub code: &'static Code,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub next: Vec<String>,
}

impl Refusal {
    /// As the failure that it is for whoever signs.
    pub fn error(&self) -> Error {
        self.next.iter().fold(Error::new(self.code, self.message.clone()), |error, next| error.next(next.clone()))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { code: error.code(), message: error.message().to_owned(), next: error.actions().to_vec() }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("name", &self.name)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("name", &self.name)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A failure that says nothing of the key but its name.
fn unfit(name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(&code::WEAK_KEY, format!("{name}: {why}"))
}

fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN")
}

pub(super) fn crate_algorithm(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::HS384 => jsonwebtoken::Algorithm::HS384,
        Algorithm::HS512 => jsonwebtoken::Algorithm::HS512,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    }
}

impl SigningKey {
    /// Reads a key: a secret as its very bytes, a private key as PEM (PKCS #8).
    ///
    /// # Errors
    /// `E0129` for what is no key of this algorithm. A weak secret is read, and known to be weak.
    pub fn read(name: &str, kid: Option<&str>, algorithm: Algorithm, text: &Secret) -> Result<Self> {
        let secret = text.reveal();
        let key = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                if is_pem(secret) {
                    // A public key as an HMAC secret is how tokens get forged.
                    return Err(unfit(name, format!("a PEM key is no secret, and {algorithm} signs with a secret")));
                }
                if secret.is_empty() {
                    return Err(unfit(name, "the secret is empty"));
                }
                EncodingKey::from_secret(secret.as_bytes())
            }
            _ if !is_pem(secret) => {
                return Err(unfit(
                    name,
                    format!("{algorithm} signs with a private key in PEM (PKCS #8), and this is no PEM"),
                ));
            }
            Algorithm::RS256 => {
                EncodingKey::from_rsa_pem(secret.as_bytes()).map_err(|_| not_private(name, algorithm))?
            }
            Algorithm::ES256 => {
                EncodingKey::from_ec_pem(secret.as_bytes()).map_err(|_| not_private(name, algorithm))?
            }
            Algorithm::EdDSA => {
                EncodingKey::from_ed_pem(secret.as_bytes()).map_err(|_| not_private(name, algorithm))?
            }
        };
        let weakness = weakness(algorithm, secret.as_bytes());
        let key = Self { name: name.to_owned(), kid: kid.map(str::to_owned), algorithm, weakness, key };
        if algorithm.secret_bytes().is_none() {
            key.require_strong_pair()?;
        }
        Ok(key)
    }

    /// Signs once, so that a key which only looks like one is found here, and measures RSA.
    fn require_strong_pair(&self) -> Result<()> {
        let jwk = self.public().map_err(|_| not_private(&self.name, self.algorithm))?;
        let bits = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => rsa.n.len() * 6,
            _ => return self.sign("flowbit").map(drop),
        };
        if bits + 8 < RSA_BITS {
            return Err(unfit(&self.name, format!("the RSA key has about {bits} bits and {RSA_BITS} are the least")));
        }
        self.sign("flowbit").map(drop)
    }

    fn public(&self) -> Result<Jwk> {
        let made = Jwk::from_encoding_key(&self.key, crate_algorithm(self.algorithm));
        let mut jwk = made.map_err(|_| not_private(&self.name, self.algorithm))?;
        jwk.common.key_id.clone_from(&self.kid);
        jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
        Ok(jwk)
    }

    /// The public half as a JWK; none where there is no public half.
    ///
    /// # Errors
    /// `E0129`.
    pub fn jwk(&self) -> Result<Option<Value>> {
        match self.algorithm.secret_bytes() {
            Some(_) => Ok(None),
            None => Ok(serde_json::to_value(self.public()?).ok()),
        }
    }

    /// What tells its signatures.
    ///
    /// # Errors
    /// `E0129`.
    pub fn verifying(&self) -> Result<VerifyingKey> {
        let key = match self.algorithm.secret_bytes() {
            Some(_) => DecodingKey::from_secret(self.key.as_bytes()),
            None => DecodingKey::from_jwk(&self.public()?).map_err(|_| not_private(&self.name, self.algorithm))?,
        };
        Ok(VerifyingKey {
            name: self.name.clone(),
            kid: self.kid.clone(),
            algorithm: self.algorithm,
            weakness: self.weakness.clone(),
            standing: Standing::Good,
            key,
        })
    }

    /// The signature of a text, in base64url.
    ///
    /// # Errors
    /// `E0129` where the key turns out to be none.
    pub fn sign(&self, message: &str) -> Result<String> {
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, crate_algorithm(self.algorithm))
            .map_err(|_| not_private(&self.name, self.algorithm))
    }
}

fn not_private(name: &str, algorithm: Algorithm) -> Error {
    unfit(name, format!("this is no private key for {algorithm} in PEM (PKCS #8)"))
}

impl VerifyingKey {
    /// A public key from its JWK.
    ///
    /// # Errors
    /// `E0129`.
    pub fn of_jwk(name: &str, kid: Option<&str>, algorithm: Algorithm, jwk: &Value) -> Result<Self> {
        let broken = || unfit(name, format!("this is no public key for {algorithm}"));
        let jwk: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| broken())?;
        let fits = matches!(
            (&jwk.algorithm, algorithm),
            (AlgorithmParameters::RSA(_), Algorithm::RS256)
                | (AlgorithmParameters::EllipticCurve(_), Algorithm::ES256)
                | (AlgorithmParameters::OctetKeyPair(_), Algorithm::EdDSA)
        );
        if !fits {
            return Err(broken());
        }
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| broken())?;
        Ok(Self {
            name: name.to_owned(),
            kid: kid.map(str::to_owned),
            algorithm,
            weakness: None,
            standing: Standing::Good,
            key,
        })
    }

    /// The same with another standing.
    #[must_use]
    pub fn standing(self, standing: Standing) -> Self {
        Self { standing, ..self }
    }

    /// Whether it signed this; `signature` in base64url.
    pub fn signed(&self, message: &str, signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.key, crate_algorithm(self.algorithm))
            .unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "mT4!xk2Q9vLw7Zp3Rb8Nc5Hd1Fg6Js0Y";

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[test]
    fn a_secret_signs_and_tells_its_signature() {
        let key = SigningKey::read("S", None, Algorithm::HS256, &secret(SECRET)).unwrap();
        let signature = key.sign("a.b").unwrap();
        let verifying = key.verifying().unwrap();
        assert!(verifying.signed("a.b", &signature));
        assert!(!verifying.signed("a.c", &signature));
        assert!(!verifying.signed("a.b", ""));
        assert!(key.jwk().unwrap().is_none());
        assert!(key.weakness.is_none());
    }

    #[test]
    fn a_public_key_is_no_secret_and_a_secret_no_private_key() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n";
        for (algorithm, text) in [
            (Algorithm::HS256, pem),
            (Algorithm::EdDSA, pem),
            (Algorithm::ES256, SECRET),
            (Algorithm::RS256, pem),
            (Algorithm::HS512, ""),
        ] {
            let error = SigningKey::read("K", None, algorithm, &secret(text)).unwrap_err();
            assert_eq!(error.code().id, "E0129", "{algorithm}");
            assert!(!error.message().contains("MCow"));
        }
        assert!(SigningKey::read("K", None, Algorithm::HS256, &secret("secret")).unwrap().weakness.is_some());
    }
}
