//! How a description states a hash: read flat, so that an error knows the very key it is about.

use serde::Deserialize;

use super::description::{BcryptPrefix, HashScheme};

/// The words for schemes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scheme {
    Bcrypt,
    BcryptSha256,
    Argon2id,
}

/// All keys that a scheme may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    scheme: Scheme,
    cost: Option<u32>,
    prefix: Option<BcryptPrefix>,
    memory: Option<u32>,
    time: Option<u32>,
    parallelism: Option<u32>,
}

impl TryFrom<Stated> for HashScheme {
    type Error = String;

    fn try_from(stated: Stated) -> Result<Self, String> {
        let needs = |value: Option<u32>, key: &str, scheme: &str| {
            value.ok_or_else(|| format!("missing field `{key}`, which {scheme} needs"))
        };
        let foreign = |present: &[(bool, &str)], scheme: &str, own: &str| match present.iter().find(|(there, _)| *there)
        {
            Some((_, key)) => Err(format!("`{key}` does not belong to {scheme}, which has {own}")),
            None => Ok(()),
        };
        let argon = [
            (stated.memory.is_some(), "memory"),
            (stated.time.is_some(), "time"),
            (stated.parallelism.is_some(), "parallelism"),
        ];
        match stated.scheme {
            Scheme::Bcrypt => {
                foreign(&argon, "bcrypt", "cost and prefix")?;
                let cost = needs(stated.cost, "cost", "bcrypt")?;
                Ok(HashScheme::Bcrypt { cost, prefix: stated.prefix.unwrap_or_default() })
            }
            Scheme::BcryptSha256 => {
                foreign(&argon, "bcrypt_sha256", "cost and prefix")?;
                let cost = needs(stated.cost, "cost", "bcrypt_sha256")?;
                Ok(HashScheme::BcryptSha256 { cost, prefix: stated.prefix.unwrap_or_default() })
            }
            Scheme::Argon2id => {
                let bcrypt = [(stated.cost.is_some(), "cost"), (stated.prefix.is_some(), "prefix")];
                foreign(&bcrypt, "argon2id", "memory, time and parallelism")?;
                Ok(HashScheme::Argon2id {
                    memory: needs(stated.memory, "memory", "argon2id")?,
                    time: needs(stated.time, "time", "argon2id")?,
                    parallelism: needs(stated.parallelism, "parallelism", "argon2id")?,
                })
            }
        }
    }
}
