//! Tokens, as values: how they are signed, what they say, and what can be wrong with one.

mod reason;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use reason::{Layer, Reason};

/// How a token is signed. There is no word for "not at all".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// HMAC with SHA-256; the backend has the secret itself.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSA, PKCS #1, with SHA-256.
    RS256,
    /// ECDSA on the curve P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::HS256, Self::HS384, Self::HS512, Self::RS256, Self::ES256, Self::EdDSA];

    /// The word in headers of tokens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of this word, spelled exactly so.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.word() == word)
    }

    /// Bytes that a secret has at least (RFC 7518, 3.2: as many as the hash); none where a key is a pair.
    pub const fn secret_bytes(self) -> Option<usize> {
        match self {
            Self::HS256 => Some(32),
            Self::HS384 => Some(48),
            Self::HS512 => Some(64),
            Self::RS256 | Self::ES256 | Self::EdDSA => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Shown at each request.
    Access,
    /// Shown once, for new tokens.
    Refresh,
}

impl Use {
    /// The word in records and output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// Whose world a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// One tenant's.
    Tenant,
    /// That of the platform's owners.
    Core,
}

impl Context {
    /// The word in records and output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Core => "core",
        }
    }
}

/// Common secrets that everybody tries first: of documentation, examples and tutorials.
const KNOWN_SECRETS: &[&str] = &[
    "secret",
    "supersecret",
    "changeme",
    "change-me",
    "password",
    "jwt_secret",
    "jwtsecret",
    "mysecret",
    "secretkey",
    "yoursecret",
    "your-secret",
    "your_secret",
    "your-256-bit-secret",
    "default",
    "example",
    "flowbit",
];

/// Whether a text is nothing but a word, without its marks, again and again.
fn repeats(letters: &str, word: &str) -> bool {
    let word: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let more = ["", "key", "bit", "jwt"].iter().map(|rest| format!("{word}{rest}"));
    more.into_iter()
        .any(|word| !word.is_empty() && letters.len() >= word.len() && letters.replace(&word, "").is_empty())
}

/// Why a text is no secret to sign with; none where it is one.
pub fn weakness(algorithm: Algorithm, secret: &[u8]) -> Option<String> {
    let least = algorithm.secret_bytes()?;
    if secret.len() < least {
        return Some(format!("it has {} bytes and {algorithm} needs {least}", secret.len()));
    }
    let text = String::from_utf8_lossy(secret).to_lowercase();
    // A long one may still be a placeholder that was never replaced, or one character many times.
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = |known: &&&str| letters.starts_with(&known.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
    let placeholder =
        ["change", "replace", "your", "here", "production", "example"].iter().filter(|w| letters.contains(*w)).count();
    if placeholder >= 2 {
        return Some("it looks like the placeholder of an example".to_owned());
    }
    let mut different: Vec<u8> = secret.to_vec();
    different.sort_unstable();
    different.dedup();
    if different.len() < 8 {
        return Some(format!("it is made of {} different bytes only", different.len()));
    }
    if KNOWN_SECRETS.iter().any(|known| repeats(&letters, known)) {
        return Some("it is a word of an example, several times over".to_owned());
    }
    let word = KNOWN_SECRETS.iter().find(plain).filter(|known| letters.len() < known.len() + 12);
    word.map(|_| "everybody tries it first".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_secrets_are_known() {
        let weak = |secret: &str| weakness(Algorithm::HS256, secret.as_bytes());
        for secret in [
            "",
            "secret",
            "0123456789012345678901234567890",
            "changeme-changeme-changeme-changeme",
            "your-256-bit-secret-your-256-bit-secret",
            "your-secret-key-your-secret-key-your-secret-key",
            &"a".repeat(64),
            "your-super-secret-jwt-key-change-this-in-production",
        ] {
            assert!(weak(secret).is_some(), "{secret}");
        }
        assert!(weak("mT4!xk2Q9vLw7Zp3Rb8Nc5Hd1Fg6Js0Y").is_none());
        assert!(weakness(Algorithm::HS512, b"mT4!xk2Q9vLw7Zp3Rb8Nc5Hd1Fg6Js0Y").is_some());
        assert!(weakness(Algorithm::EdDSA, b"").is_none());
    }
}
