//! The keys that are at hand: from the environment variables that the platform itself reads, and from the keyring.

use super::context::Context;
use crate::domain::description::TokenShape;
use crate::domain::token::Use;
use crate::error::{Error, Result, code};
use crate::ops::key::{Keychain, SigningKey};
use crate::store::Secret;

/// Where keys are.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Keys {}

/// What the platform description says about tokens.
///
/// # Errors
/// `E0131`.
pub(crate) fn shape<'c>(context: &'c Context<'_>) -> Result<&'c TokenShape> {
    context.settings.platform.value.token.as_ref().ok_or_else(|| {
        let name = &context.settings.platform.value.platform;
        Error::new(&code::NO_TOKENS, format!("the description of {name} has no [token]"))
            .next("flowbit init --preset tickets   # shows how one looks")
    })
}

/// The keys for tokens of this use.
///
/// # Errors
/// `E0131`, `E0129`.
pub(crate) fn keychain(context: &Context<'_>, wanted: Use, _: &Keys) -> Result<Keychain> {
    let shape = shape(context)?;
    let own = shape.refresh_secret_env.as_ref().filter(|_| wanted == Use::Refresh);
    let mut chain = Keychain::default();
    if let Some(name) = own.or(shape.secret_env.as_ref()) {
        chain.places.push(name.clone());
        if let Some(text) = context.env.get(name) {
            let key = SigningKey::read(name, None, shape.algorithm, &Secret::new(text))?;
            chain.verifying.push(key.verifying()?);
            chain.signing = Some(key);
        }
    }
    Ok(chain)
}

/// That there is no key, and where one would be.
pub(crate) fn missing(chain: &Keychain) -> Error {
    let places = chain.places.join(" and ");
    let mut error = Error::new(&code::NO_KEY, format!("there is no key to sign tokens with; looked at {places}"));
    if let Some(name) = chain.places.first().filter(|name| !name.contains('/')) {
        error = error.next(format!("set {name} as the platform's backend has it"));
    }
    error.next("flowbit key generate   # a key of flowbit's own; the backend has to be told")
}
