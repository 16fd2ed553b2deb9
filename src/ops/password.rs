//! Passwords: what can be one, hashing off the path that waits, and new ones.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use bcrypt::Version;
use rand::seq::IndexedRandom;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::domain::description::{BcryptPrefix, HashScheme};
use crate::error::{Error, Result, code};
use crate::store::Secret;

/// bcrypt reads so many bytes and no more.
const BCRYPT_BYTES: usize = 72;

/// More than anybody types: a scheme that takes any length would hash a gigabyte.
const MOST_BYTES: usize = 4096;

/// Letters and digits that cannot be mistaken for each other on paper.
const ALPHABET: &[char] = &[
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y',
    'Z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Characters of a new password: 24 of 55, about 138 bits.
const LENGTH: usize = 24;

/// Takes a password as it will be typed, for this scheme: NFC, because keyboards differ in how they write one letter.
///
/// # Errors
/// `E0103`; the password itself is never repeated.
pub fn accept(typed: &str, scheme: HashScheme) -> Result<Secret> {
    let password: String = typed.nfc().collect();
    let refuse = |why: String| Err(Error::new(&code::BAD_PASSWORD, why));
    if password.is_empty() {
        return refuse("the password is empty".to_owned());
    }
    match scheme {
        HashScheme::Bcrypt { .. } if password.contains('\0') => {
            refuse("the password contains a NUL byte, at which some backends stop reading".to_owned())
        }
        HashScheme::Bcrypt { .. } if password.len() > BCRYPT_BYTES => refuse(format!(
            "the password has {} bytes; bcrypt reads {BCRYPT_BYTES} and would take any password that begins the same",
            password.len()
        )),
        HashScheme::BcryptSha256 { .. } if password.trim().is_empty() => {
            refuse("the password is nothing but white space, which the platform does not read".to_owned())
        }
        _ if password.len() > MOST_BYTES => {
            refuse(format!("the password has {} bytes; {MOST_BYTES} are the most", password.len()))
        }
        _ => Ok(Secret::new(password)),
    }
}

/// A new password from the system's randomness.
pub fn generate() -> Secret {
    let mut rng = rand::rng();
    Secret::new((0..LENGTH).filter_map(|_| ALPHABET.choose(&mut rng)).collect::<String>())
}

/// The hash of a password, computed on a thread that may block: a quarter of a second for bcrypt at cost 12.
///
/// # Errors
/// `E0103` where the scheme refuses, `E0001` where the thread died.
pub async fn hash(password: Secret, scheme: HashScheme) -> Result<Secret> {
    hash_with(password, scheme, rand::random()).await
}

/// The same with a salt that is known: the same password gives the same hash. Only for passwords that are no secret.
///
/// # Errors
/// As for [`hash`].
pub async fn hash_with(password: Secret, scheme: HashScheme, salt: [u8; 16]) -> Result<Secret> {
    match tokio::task::spawn_blocking(move || hash_now(&password, scheme, salt)).await {
        Ok(hash) => hash.map(Secret::new).map_err(|why| Error::new(&code::BAD_PASSWORD, why)),
        Err(_) => Err(Error::new(&code::INTERNAL, "hashing the password did not end")),
    }
}

/// How far a long work is, and whether it is to go on.
#[derive(Debug, Default)]
pub struct Stint {
    /// How many are done.
    pub done: AtomicUsize,
    /// Nobody waits for the rest.
    pub stop: AtomicBool,
}

/// The hashes of many passwords, in their order, on so many threads at a time.
///
/// # Errors
/// As for [`hash`]; `E1301` when it was told to stop.
pub async fn hash_many(
    passwords: Vec<Secret>,
    scheme: HashScheme,
    jobs: usize,
    stint: Arc<Stint>,
) -> Result<Vec<Secret>> {
    let work = move || {
        let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(passwords.len())));
        std::thread::scope(|scope| {
            for _ in 0..jobs.clamp(1, passwords.len().max(1)) {
                scope.spawn(|| {
                    while !stint.stop.load(Ordering::Relaxed) {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(password) = passwords.get(at) else { break };
                        let hash = hash_now(password, scheme, rand::random());
                        stint.done.fetch_add(1, Ordering::Relaxed);
                        if let Ok(mut outcomes) = outcomes.lock() {
                            outcomes.push((at, hash));
                        }
                    }
                });
            }
        });
        let mut outcomes = outcomes.into_inner().unwrap_or_default();
        if outcomes.len() < passwords.len() {
            return Err(Error::new(&code::CANCELLED, "interrupted while passwords were hashed"));
        }
        outcomes.sort_by_key(|(at, _)| *at);
        let hashes = outcomes.into_iter().map(|(_, hash)| hash.map(Secret::new));
        hashes.collect::<Result<Vec<Secret>, String>>().map_err(|why| Error::new(&code::BAD_PASSWORD, why))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(hashes) => hashes,
        Err(_) => Err(Error::new(&code::INTERNAL, "hashing passwords did not end")),
    }
}

fn hash_now(password: &Secret, scheme: HashScheme, salt: [u8; 16]) -> Result<String, String> {
    match scheme {
        HashScheme::Bcrypt { cost, prefix } => bcrypt_hash(password.reveal().as_bytes(), cost, prefix, salt),
        HashScheme::BcryptSha256 { cost, prefix } => {
            let digest = Sha256::digest(password.reveal().trim().as_bytes());
            bcrypt_hash(&digest, cost, prefix, salt).map(|hash| format!("$bcrypt-sha256${hash}"))
        }
        HashScheme::Argon2id { memory, time, parallelism } => {
            argon2id(password.reveal(), memory, time, parallelism, salt)
        }
    }
}

/// Whether this is the password of a hash, of whichever scheme the hash says that it is.
///
/// # Errors
/// `E0001` where the thread died.
pub async fn verify(password: Secret, stored: &str) -> Result<bool> {
    let stored = stored.to_owned();
    let work = move || match stored.strip_prefix("$bcrypt-sha256$") {
        Some(inner) => bcrypt::verify(Sha256::digest(password.reveal().trim().as_bytes()), inner).unwrap_or(false),
        None if stored.starts_with("$argon2") => argon2::PasswordHash::new(&stored)
            .is_ok_and(|hash| Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok()),
        None => bcrypt::verify(password.reveal().as_bytes(), &stored).unwrap_or(false),
    };
    let died = |_| Error::new(&code::INTERNAL, "checking the password did not end");
    tokio::task::spawn_blocking(work).await.map_err(died)
}

fn bcrypt_hash(password: &[u8], cost: u32, prefix: BcryptPrefix, salt: [u8; 16]) -> Result<String, String> {
    let version = match prefix {
        BcryptPrefix::A => Version::TwoA,
        BcryptPrefix::B => Version::TwoB,
    };
    // What is longer than bcrypt reads was refused before; the crate's own limit is one byte less than everybody else's.
    bcrypt::hash_with_salt(password, cost, salt)
        .map(|parts| parts.format_for_version(version))
        .map_err(|e| format!("bcrypt refuses this password: {e}"))
}

fn argon2id(password: &str, memory: u32, time: u32, parallelism: u32, salt: [u8; 16]) -> Result<String, String> {
    let refused = |e: &dyn std::fmt::Display| format!("argon2id refuses this: {e}");
    let params = Params::new(memory, time, parallelism, None).map_err(|e| refused(&e))?;
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|e| refused(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bcrypt_cannot_take_is_refused_before_it_is_hashed() {
        let bcrypt = HashScheme::Bcrypt { cost: 4, prefix: BcryptPrefix::B };
        assert!(accept(&"x".repeat(72), bcrypt).is_ok());
        assert!(accept(&"😀".repeat(18), bcrypt).is_ok());
        for bad in ["", "a\0b", &"x".repeat(73), &"😀".repeat(19)] {
            assert_eq!(accept(bad, bcrypt).unwrap_err().code().id, "E0103");
        }
        let argon = HashScheme::Argon2id { memory: 8, time: 1, parallelism: 1 };
        let over_sha = HashScheme::BcryptSha256 { cost: 4, prefix: BcryptPrefix::B };
        for scheme in [argon, over_sha] {
            assert!(accept(&"x".repeat(500), scheme).is_ok());
            assert!(accept("a\0b", scheme).is_ok());
            assert!(accept(&"x".repeat(5000), scheme).is_err());
        }
        assert!(accept("  ", over_sha).is_err());
    }

    #[tokio::test]
    async fn a_hash_has_the_platforms_mark_and_verifies() {
        let scheme = HashScheme::Bcrypt { cost: 4, prefix: BcryptPrefix::A };
        let hash = hash(accept("StrongDemo@2025!", scheme).unwrap(), scheme).await.unwrap();
        assert!(hash.reveal().starts_with("$2a$04$"));
        assert!(bcrypt::verify("StrongDemo@2025!", hash.reveal()).unwrap());
    }

    #[tokio::test]
    async fn many_hashes_stand_in_the_order_of_their_passwords() {
        let scheme = HashScheme::Bcrypt { cost: 4, prefix: BcryptPrefix::B };
        let words: Vec<String> = (0..9).map(|n| format!("word {n}")).collect();
        let secrets: Vec<Secret> = words.iter().map(Secret::new).collect();
        let hashes = hash_many(secrets.clone(), scheme, 3, Arc::default()).await.unwrap();
        assert!(words.iter().zip(&hashes).all(|(word, hash)| bcrypt::verify(word, hash.reveal()).unwrap()));
        let stopped = Arc::new(Stint::default());
        stopped.stop.store(true, Ordering::Relaxed);
        assert_eq!(hash_many(secrets, scheme, 3, stopped).await.unwrap_err().code().id, "E1301");
        assert!(hash_many(Vec::new(), scheme, 3, Arc::default()).await.unwrap().is_empty());
    }
}
