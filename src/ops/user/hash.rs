//! What can be said of a stored hash without the password, and without repeating it.

use bson::{Bson, spec::BinarySubtype};
use serde::Serialize;

use crate::domain::description::HashScheme;

/// What a stored hash is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HashFacts {
    /// `bcrypt`, `bcrypt-sha256`, `argon2id`, `none`, or what else it may be.
    pub scheme: String,
    /// `$2b$`
    pub prefix: Option<String>,
    /// Logarithm of the number of rounds of bcrypt.
    pub cost: Option<u32>,
    /// Memory, passes and lanes of argon2.
    pub parameters: Option<String>,
    /// Whether the platform takes a hash of this kind.
    pub accepted: bool,
    /// Why not.
    pub why: Option<String>,
}

impl HashFacts {
    /// What is said of the value at the path of the hash.
    pub fn of(stored: Option<&Bson>, scheme: HashScheme) -> Self {
        let mut facts = match text_of(stored) {
            Some(text) => read(&text),
            None if matches!(stored, None | Some(Bson::Null)) => named("none"),
            None => named("no text"),
        };
        facts.why = facts.objection(scheme);
        if facts.why.is_none() && matches!(stored, Some(Bson::Binary(_))) {
            facts.why = Some("it is stored as binary data, which some backends do not take".to_owned());
        }
        facts.accepted = facts.why.is_none();
        facts
    }

    /// Why a platform with this scheme refuses it.
    fn objection(&self, scheme: HashScheme) -> Option<String> {
        let expected = match scheme {
            HashScheme::Bcrypt { .. } => "bcrypt",
            HashScheme::BcryptSha256 { .. } => "bcrypt-sha256",
            HashScheme::Argon2id { .. } => "argon2id",
        };
        if self.scheme == "none" {
            return Some("there is no hash, so nobody can log in".to_owned());
        }
        if self.scheme != expected {
            return Some(format!("it is {}, and the platform checks {expected}", self.scheme));
        }
        if let Some(cost) = self.cost.filter(|cost| *cost > DEAREST) {
            return Some(format!("its cost is {cost}: checking it takes hours"));
        }
        match self.prefix.as_deref() {
            Some("$2a$" | "$2b$") | None => None,
            Some("$2y$") => Some("Node's bcrypt refuses $2y$".to_owned()),
            Some(other) => Some(format!("backends do not know the prefix {other}")),
        }
    }

    /// `bcrypt $2b$ cost 12`
    pub fn shown(&self) -> String {
        let mut shown = self.scheme.clone();
        if let Some(prefix) = &self.prefix {
            shown.push_str(&format!(" {prefix}"));
        }
        if let Some(cost) = self.cost {
            shown.push_str(&format!(" cost {cost}"));
        }
        if let Some(parameters) = &self.parameters {
            shown.push_str(&format!(" {parameters}"));
        }
        shown
    }
}

/// The text of a stored hash; some libraries give their callers bytes, and these store them as they are.
pub(super) fn text_of(stored: Option<&Bson>) -> Option<String> {
    match stored? {
        Bson::String(text) => Some(text.clone()),
        Bson::Binary(binary) if binary.subtype == BinarySubtype::Generic => {
            String::from_utf8(binary.bytes.clone()).ok()
        }
        _ => None,
    }
}

/// The highest cost that anybody waits for.
const DEAREST: u32 = 18;

fn named(scheme: &str) -> HashFacts {
    HashFacts { scheme: scheme.to_owned(), prefix: None, cost: None, parameters: None, accepted: false, why: None }
}

fn read(text: &str) -> HashFacts {
    if text.is_empty() {
        return named("none");
    }
    if let Some(inner) = text.strip_prefix("$bcrypt-sha256$") {
        return match bcrypt_parts(inner) {
            Some((prefix, cost)) => HashFacts { prefix: Some(prefix), cost: Some(cost), ..named("bcrypt-sha256") },
            None => named("bcrypt-sha256 of another library"),
        };
    }
    if let Some((prefix, cost)) = bcrypt_parts(text) {
        return HashFacts { prefix: Some(prefix), cost: Some(cost), ..named("bcrypt") };
    }
    for kind in ["argon2id", "argon2i", "argon2d"] {
        let Some(rest) = text.strip_prefix(&format!("${kind}$")) else { continue };
        // Cut off on its way, perhaps: nobody could log in with it.
        if argon2::PasswordHash::new(text).map_or(true, |hash| hash.salt.is_none() || hash.hash.is_none()) {
            return named("a broken argon2 hash");
        }
        let parameters = rest.split('$').find(|part| part.starts_with("m="));
        return HashFacts { parameters: parameters.map(|p| p.replace(',', " ")), ..named(kind) };
    }
    // A text that is no hash is a password that anybody can read, and it is not repeated.
    if text.starts_with(['$', '{']) || text.starts_with("scrypt:") || text.starts_with("pbkdf2") {
        named("a hash of another kind")
    } else {
        named("a text that is no hash")
    }
}

/// Prefix and cost of what has the form of a bcrypt hash.
fn bcrypt_parts(text: &str) -> Option<(String, u32)> {
    let (prefix, rest) = (text.get(..4)?, text.get(4..)?);
    let of_bcrypt = ["$2a$", "$2b$", "$2y$", "$2x$"].contains(&prefix);
    let (cost, tail) = rest.split_once('$')?;
    let whole = tail.len() == 53 && tail.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/');
    let two_digits = cost.len() == 2 && cost.bytes().all(|b| b.is_ascii_digit());
    let cost = cost.parse().ok().filter(|cost| (4..=31).contains(cost))?;
    (of_bcrypt && whole && two_digits).then(|| (prefix.to_owned(), cost))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::description::BcryptPrefix;

    #[test]
    fn a_hash_is_described_and_never_repeated() {
        let bcrypt = HashScheme::Bcrypt { cost: 12, prefix: BcryptPrefix::B };
        let argon = HashScheme::Argon2id { memory: 65536, time: 3, parallelism: 4 };
        let tail = "x".repeat(53);
        let of = |text: &str, scheme| HashFacts::of(Some(&Bson::from(text)), scheme);
        for (text, scheme, shown, accepted) in [
            (format!("$2b$12${tail}"), bcrypt, "bcrypt $2b$ cost 12", true),
            (format!("$2a$04${tail}"), bcrypt, "bcrypt $2a$ cost 4", true),
            (format!("$2y$10${tail}"), bcrypt, "bcrypt $2y$ cost 10", false),
            (format!("$2b$12${tail}"), argon, "bcrypt $2b$ cost 12", false),
            (format!("$bcrypt-sha256$$2b$12${tail}"), bcrypt, "bcrypt-sha256 $2b$ cost 12", false),
            (
                "$argon2id$v=19$m=65536,t=3,p=4$jR/up/r9CuducKqkZqncyQ$nViO4Lx9ZanIAAI4yK8+awfGaTIS9clNm80m5Yd34is"
                    .to_owned(),
                argon,
                "argon2id m=65536 t=3 p=4",
                true,
            ),
            ("$argon2id$v=19$m=65536,t=3,p=4$jR/up".to_owned(), argon, "a broken argon2 hash", false),
            ("hunter2".to_owned(), bcrypt, "a text that is no hash", false),
            ("$2b$x".to_owned(), bcrypt, "a hash of another kind", false),
            (String::new(), bcrypt, "none", false),
        ] {
            let facts = of(&text, scheme);
            assert_eq!((facts.shown().as_str(), facts.accepted), (shown, accepted));
        }
        assert_eq!(HashFacts::of(None, bcrypt).scheme, "none");
    }
}
