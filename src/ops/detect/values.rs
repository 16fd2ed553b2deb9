//! What a value looks like, and what the name of a field says.

use bson::Bson;
use bson::oid::ObjectId;

use crate::domain::description::{BcryptPrefix, HashScheme};

/// Whether a text has the form of an e-mail address.
pub(super) fn is_email(text: &str) -> bool {
    text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.contains('@') && domain.len() > 1 && !domain.contains(['/', ':'])
        })
}

/// An identifier as text: 24 hexadecimal digits.
pub(super) fn is_hex(text: &str) -> bool {
    text.len() == 24 && ObjectId::parse_str(text).is_ok()
}

/// A UUID as text, with hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && bson::Uuid::parse_str(text).is_ok()
}

/// An ISO 8601 date with time, as text.
pub(super) fn is_iso_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 16 && bytes[4] == b'-' && bytes[7] == b'-' && matches!(bytes[10], b'T' | b' ') && bytes[13] == b':'
}

/// A word that can stand in a file: letters, short, nothing that a person or a secret could be known by.
pub(super) fn is_plain_word(text: &str) -> bool {
    text.len() <= 24
        && text.chars().next().is_some_and(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphabetic() || " _-".contains(c))
}

/// What a stored hash says about how it was made. `2y` is written as `2b`, which every backend takes that takes `2y`.
pub(super) fn scheme_of(hash: &str) -> Option<HashScheme> {
    if let Some(rest) = hash.strip_prefix("$bcrypt-sha256$") {
        // The form of passlib, `v=2,t=2b,r=12`, is another scheme.
        let (prefix, cost) = bcrypt_of(rest)?;
        return Some(HashScheme::BcryptSha256 { cost, prefix });
    }
    if let Some((prefix, cost)) = bcrypt_of(hash) {
        return Some(HashScheme::Bcrypt { cost, prefix });
    }
    let mut parts = hash.strip_prefix("$argon2id$")?.split('$');
    let first = parts.next()?;
    let parameters = if first.starts_with("v=") { parts.next()? } else { first };
    let number = |name: &str| {
        parameters.split(',').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok())
    };
    Some(HashScheme::Argon2id { memory: number("m")?, time: number("t")?, parallelism: number("p")? })
}

fn bcrypt_of(hash: &str) -> Option<(BcryptPrefix, u32)> {
    let rest = hash.strip_prefix("$2")?;
    let (version, rest) = rest.split_once('$')?;
    let prefix = match version {
        "a" => BcryptPrefix::A,
        "b" | "y" => BcryptPrefix::B,
        _ => return None,
    };
    let cost = rest.split_once('$').map_or(rest, |(cost, _)| cost).parse::<u32>().ok()?;
    (4..=16).contains(&cost).then_some((prefix, cost))
}

/// The name of a scheme for people, without anything of a hash.
pub(super) fn scheme_text(scheme: HashScheme) -> String {
    let version = |prefix| if prefix == BcryptPrefix::A { "2a" } else { "2b" };
    match scheme {
        HashScheme::Bcrypt { cost, prefix } => format!("bcrypt ${}$, cost {cost}", version(prefix)),
        HashScheme::BcryptSha256 { cost, prefix } => {
            format!("$bcrypt-sha256$ over ${}$, cost {cost}", version(prefix))
        }
        HashScheme::Argon2id { memory, time, parallelism } => format!("argon2id m={memory}, t={time}, p={parallelism}"),
    }
}

/// Whether a field of this name holds a password's hash.
pub(super) fn names_hash(leaf: &str) -> bool {
    leaf.contains("password") || leaf.contains("passwd") || leaf == "hash" || leaf == "pwhash" || leaf == "passhash"
}

/// Whether a value may be the hash of a password: a known scheme, or long and without white space.
pub(super) fn may_be_hash(value: &Bson) -> bool {
    value.as_str().is_some_and(|text| {
        scheme_of(text).is_some() || (text.len() >= 32 && !text.contains(char::is_whitespace) && !is_email(text))
    })
}

/// Whether a field of this name may hold something secret besides the hash.
pub(super) fn names_secret(leaf: &str) -> bool {
    ["token", "secret", "apikey", "otp", "salt", "session", "credential", "password", "private", "webhook"]
        .iter()
        .any(|word| leaf.contains(word))
        || leaf == "pin"
}

/// Whether a collection or a field of this name is about tenants.
pub(super) fn names_tenant(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    ["organi", "tenant", "compan", "customer", "client", "workspace"].iter().any(|word| name.contains(word))
        || name.starts_with("org")
}

/// Whether a field of this name holds one of a few words: it is no key of a tenant, whatever its values.
pub(super) fn names_choice(leaf: &str) -> bool {
    [
        "role", "status", "state", "type", "priority", "plan", "tier", "kind", "category", "language", "locale",
        "timezone",
    ]
    .iter()
    .any(|word| leaf.ends_with(word))
}

/// Whether a field of this name says when the record was last changed.
pub(super) fn names_touch(leaf: &str) -> bool {
    ["updated", "modified"].iter().any(|word| leaf.contains(word)) && !leaf.ends_with("by")
}

/// Whether a field of this name holds a time that a new record has.
pub(super) fn names_birth(leaf: &str) -> bool {
    (["created", "registered", "joined", "signup"].iter().any(|word| leaf.contains(word)) && !leaf.ends_with("by"))
        || leaf == "timestamp"
        || names_touch(leaf)
}

/// Whether a field of this name holds the time of something that happens later, or never.
pub(super) fn names_event(leaf: &str) -> bool {
    ["last", "expir", "delet", "resolv", "verif", "login", "until", "end", "start", "due", "close", "lock"]
        .iter()
        .any(|word| leaf.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_read_from_the_mark_of_a_hash() {
        let text = |hash: &str| scheme_of(hash).map(scheme_text);
        assert_eq!(text("$2b$12$abcdefghijklmnopqrstuv").unwrap(), "bcrypt $2b$, cost 12");
        assert_eq!(text("$2y$10$abcdefghijklmnopqrstuv").unwrap(), "bcrypt $2b$, cost 10");
        assert_eq!(text("$bcrypt-sha256$$2b$12$abc").unwrap(), "$bcrypt-sha256$ over $2b$, cost 12");
        assert_eq!(text("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA").unwrap(), "argon2id m=65536, t=3, p=4");
        for other in ["", "$bcrypt-sha256$v=2,t=2b,r=12$salt$digest", "pbkdf2:sha256:1000$x$y", "$2b$40$x"] {
            assert!(text(other).is_none(), "{other}");
        }
    }

    #[test]
    fn words_and_identifiers_are_told_apart() {
        assert!(is_email("a@b.c") && !is_email("a b@c.d") && !is_email("mongodb://u:p@h/x"));
        assert!(is_hex("6b0608626396bcbfd2fd28de") && !is_hex("acme"));
        assert!(is_plain_word("In Progress") && !is_plain_word("a1b2") && !is_plain_word("6b06"));
        assert!(is_iso_time("2026-11-24T21:57:52.725Z") && !is_iso_time("now"));
    }
}
