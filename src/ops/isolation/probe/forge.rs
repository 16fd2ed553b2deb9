//! Tokens: good ones, and ones that no backend should take. They are never shown and never recorded.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bson::oid::ObjectId;
use bson::{Bson, DateTime};
use serde_json::{Map, Value, json};

use super::people::Person;
use crate::domain::description::{IdType, TokenShape};
use crate::domain::fields::Source;
use crate::domain::template::Var;
use crate::domain::token::Algorithm;
use crate::error::Result;
use crate::ops::House;
use crate::ops::key::SigningKey;
use crate::ops::org::Org;
use crate::ops::token::mint::{Draft, Term, random_text, sign};
use crate::store::Secret;

/// What names the tenant in a token.
const TENANT: [Var; 4] = [Var::Name, Var::Slug, Var::OrgId, Var::Store];

/// What names the account.
const ACCOUNT: [Var; 3] = [Var::AccountId, Var::Email, Var::LocalPart];

/// The claims of a token.
pub(super) type Claims = Map<String, Value>;

/// What makes tokens.
pub(super) struct Forge<'a> {
    pub house: &'a House<'a>,
    pub shape: &'a TokenShape,
    pub key: &'a SigningKey,
    /// Seconds that tokens are good for: no longer than it takes.
    pub seconds: u64,
}

impl Forge<'_> {
    /// The claims of an account's token.
    pub fn claims(&self, person: &Person) -> Claims {
        let now = DateTime::now().timestamp_millis().div_euclid(1000);
        let seconds = i64::try_from(self.seconds.min(self.shape.expires)).unwrap_or(900);
        self.claims_at(person, Term { issued: now, expires: now.saturating_add(seconds) })
    }

    /// The same, ended an hour ago.
    pub fn ended(&self, person: &Person) -> Claims {
        let now = DateTime::now().timestamp_millis().div_euclid(1000);
        self.claims_at(person, Term { issued: now - 7200, expires: now - 3600 })
    }

    fn claims_at(&self, person: &Person, term: Term) -> Claims {
        let vars = self.house.subject_vars(&person.subject);
        Draft::new(&self.shape.claims, &vars, &self.shape.generated, term, None).claims()
    }

    /// A token of these claims, signed as the backend expects.
    ///
    /// # Errors
    /// `E0129`.
    pub fn signed(&self, claims: &Claims) -> Result<Secret> {
        sign(self.key, claims)
    }

    /// A token of these claims that somebody else signed.
    ///
    /// # Errors
    /// `E0129`.
    pub fn signed_by_another(&self, claims: &Claims) -> Result<Secret> {
        let algorithm = match self.key.algorithm {
            secret @ (Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) => secret,
            _ => Algorithm::HS256,
        };
        let random = Secret::new(random_text(64));
        let other = SigningKey::read("a random key", self.key.kid.as_deref(), algorithm, &random)?;
        sign(&other, claims)
    }

    /// A token of these claims that nobody signed.
    pub fn unsigned(&self, claims: &Claims, word: &str) -> Secret {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({ "alg": word, "typ": "JWT" });
        Secret::new(format!("{}.{}.", part(&header), part(&Value::Object(claims.clone()))))
    }

    /// The claims that name the tenant: path, and whether that is by name and not by an identifier.
    pub fn of_tenant(&self) -> Vec<(String, bool)> {
        let named = |source: &Source, vars: &[Var]| matches!(source, Source::Template(template) if vars.iter().any(|var| template.mentions(*var)));
        let claims = self.shape.claims.iter().filter(|(_, source)| named(source, &TENANT));
        claims.map(|(path, source)| (path.to_owned(), !named(source, &[Var::OrgId]))).collect()
    }

    /// The claim of the role.
    pub fn of_role(&self) -> Option<&str> {
        self.shape.claims.path_of(Var::Role)
    }

    /// Claims of an account of this tenant that never existed.
    pub fn nobody(&self, person: &Person, org: &Org) -> Claims {
        let mut nobody = person.clone();
        nobody.subject.id = match self.house.platform.account.id_type {
            IdType::ObjectId => Bson::ObjectId(ObjectId::new()),
            IdType::Uuid => Bson::String(bson::Uuid::new().to_string()),
        };
        let number = rand::random::<u64>();
        nobody.subject.email = format!("nobody-{number:016x}@{}.invalid", org.slug);
        self.claims(&nobody)
    }

    /// Whether tokens name their account at all.
    pub fn names_accounts(&self) -> bool {
        self.shape.claims.iter().any(|(_, source)| {
            matches!(source, Source::Template(template) if ACCOUNT.iter().any(|var| template.mentions(*var)))
        })
    }
}

/// Sets a claim, or takes it away.
pub(super) fn set(claims: &mut Claims, path: &str, value: Option<&Value>) {
    match path.split_once('.') {
        Some((head, rest)) => {
            if let Some(Value::Object(inner)) = claims.get_mut(head) {
                set(inner, rest, value);
            }
        }
        None => match value {
            Some(value) => drop(claims.insert(path.to_owned(), value.clone())),
            None => drop(claims.remove(path)),
        },
    }
}

/// The value of a claim.
pub(super) fn at<'c>(claims: &'c Claims, path: &str) -> Option<&'c Value> {
    match path.split_once('.') {
        Some((head, rest)) => at(claims.get(head)?.as_object()?, rest),
        None => claims.get(path),
    }
}
