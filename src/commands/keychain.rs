//! The keys that are at hand: from the environment variables that the platform itself reads, and from the keyring.

use std::path::PathBuf;

use jiff::Timestamp;

use super::context::{Context, dirs};
use crate::config::private_file;
use crate::domain::description::TokenShape;
use crate::domain::keyring::{Entry, KeySource, Keyring, State, as_directory};
use crate::domain::token::{Algorithm, Use};
use crate::error::{Error, Result, code};
use crate::local;
use crate::ops::key::{Keychain, Refusal, Ring, SigningKey, Standing, VerifyingKey, thumbprint};
use crate::store::Secret;

/// Which keyring.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct Place {
    /// Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit's own, for this profile and platform
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
}

/// Which keys: for commands that sign or verify.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct Keys {
    /// Which keyring.
    #[command(flatten)]
    pub place: Place,
    /// Use this key alone: its name in the keyring, or the variable that holds it
    #[arg(long, value_name = "KID")]
    pub key: Option<String>,
}

impl Place {
    /// The keyring: production and staging, and two platforms, never share one by themselves.
    ///
    /// # Errors
    /// `E0003` where the user has no home directory and no directory was named.
    pub(crate) fn ring(&self, context: &Context<'_>) -> Result<Ring> {
        let named = self.keys.clone().or_else(|| context.env.get("FLOWBIT_KEYS").map(PathBuf::from));
        if let Some(directory) = named {
            return Ok(Ring::at(context.env.directory.join(directory)));
        }
        let settings = &context.settings;
        let profile = settings.profile.as_ref().map_or("default", |profile| profile.value.as_str());
        let home = dirs()?.data.join("keys").join(as_directory(profile));
        Ok(Ring::at(home.join(as_directory(&settings.platform.value.platform))))
    }

    /// The option as it was typed, for commands that are suggested.
    pub(crate) fn typed(&self) -> String {
        let shell = crate::ops::org::find::shell;
        self.keys.as_ref().map(|keys| format!(" --keys {}", shell(&keys.display().to_string()))).unwrap_or_default()
    }
}

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

/// The keys for tokens of this use: the one of the environment variable that the backend reads, then those of the
/// keyring. That no key may sign now is a failure of [`signing`] only, not of who verifies.
///
/// # Errors
/// `E0131`, `E0129`, `E0130` for a key that verifies and cannot be read, `E0208` for a `--key` that is not there.
pub(crate) fn keychain(context: &Context<'_>, wanted: Use, keys: &Keys) -> Result<Keychain> {
    let shape = shape(context)?;
    let own = shape.refresh_secret_env.as_ref().filter(|_| wanted == Use::Refresh);
    let variable = own.or(shape.secret_env.as_ref()).map(String::as_str);
    let is_wanted = |name: &str| keys.key.as_deref().is_none_or(|key| key == name);
    let mut chain = Keychain::default();
    if let Some(name) = variable {
        chain.places.push(name.to_owned());
        if let Some(text) = context.env.get(name).filter(|_| is_wanted(name)) {
            let key = SigningKey::read(name, None, shape.algorithm, &Secret::new(text))?;
            chain.verifying.push(key.verifying()?);
            chain.signing = Some(key);
        }
    }
    if variable.is_none() || keys.key.as_deref() != variable {
        match keys.place.ring(context) {
            Ok(ring) => add_keyring(context, &ring, keys.key.as_deref(), &mut chain)?,
            // Whoever has no home has no keyring, and needs none.
            Err(error) if chain.signing.is_none() => return Err(error),
            Err(_) => {}
        }
    }
    let doubt = chain.signing.as_ref().and_then(|key| mismatch(context, key.algorithm));
    chain.warnings.extend(doubt);
    Ok(chain)
}

/// Adds the keys of the keyring, or one of them.
fn add_keyring(context: &Context<'_>, ring: &Ring, only: Option<&str>, chain: &mut Keychain) -> Result<()> {
    let keyring = ring.read()?;
    chain.places.push(ring.directory().display().to_string());
    if let Some(kid) = only {
        keyring.load(kid)?;
    }
    let now = Timestamp::now();
    if chain.signing.is_none() {
        let found = match only.map_or_else(|| keyring.signer(now), |kid| keyring.find(kid)) {
            Some(entry) if keyring.state(entry, now) == State::Signing => read_key(context, ring, entry).map(Some),
            Some(entry) => Err(not_signing(&keyring, entry, now)),
            None => idle(&keyring, now).map_or(Ok(None), Err),
        };
        match found {
            Ok(key) => chain.signing = key,
            Err(error) => chain.refused = Some(Refusal::from(error)),
        }
    }
    for entry in keyring.keys.iter().filter(|entry| only.is_none_or(|kid| kid == entry.kid)) {
        let standing = match keyring.state(entry, now) {
            State::Signing | State::Verifying => Standing::Good,
            State::Pending => Standing::Pending,
            State::Expired => Standing::Expired,
            State::Retired => Standing::Retired,
        };
        match verifying(context, ring, entry) {
            Ok(key) => chain.verifying.push(key.standing(standing)),
            // Its signatures count: without it, good tokens would seem forged.
            Err(error) if standing == Standing::Good => return Err(error),
            // A secret that went with its key is in order.
            Err(_) if standing == Standing::Retired => {}
            Err(error) => chain.warnings.push(error.message().to_owned()),
        }
    }
    Ok(())
}

fn verifying(context: &Context<'_>, ring: &Ring, entry: &Entry) -> Result<VerifyingKey> {
    match &entry.public {
        Some(jwk) => VerifyingKey::of_jwk(&entry.kid, Some(&entry.kid), entry.algorithm, jwk),
        None => read_key(context, ring, entry)?.verifying(),
    }
}

/// Reads a key of the keyring from where it is kept.
///
/// # Errors
/// `E0130` where it is not there, `E0129` where it is another one than it was, `E0105` for a file open to others.
pub(crate) fn read_key(context: &Context<'_>, ring: &Ring, entry: &Entry) -> Result<SigningKey> {
    let text = read_text(context, ring, entry)?;
    let key = SigningKey::read(&entry.kid, Some(&entry.kid), entry.algorithm, &text)?;
    let same = key.jwk()?.as_ref().map(thumbprint) == entry.public.as_ref().map(thumbprint);
    if same {
        return Ok(key);
    }
    Err(Error::new(
        &code::WEAK_KEY,
        format!("{}: what is kept there is not the key that came into the keyring", entry.kid),
    )
    .next("flowbit key list   # shows where it is kept"))
}

/// The secret or private key itself.
///
/// # Errors
/// As for [`read_key`].
pub(crate) fn read_text(context: &Context<'_>, ring: &Ring, entry: &Entry) -> Result<Secret> {
    let kid = &entry.kid;
    let Some(source) = &entry.source else {
        return Err(Error::new(&code::NO_KEY, format!("{kid}: the key was destroyed when it was retired")));
    };
    read_source(context, ring, source).map_err(|error| error.while_doing(format_args!("key {kid}")))
}

/// What is kept at a place.
///
/// # Errors
/// As for [`read_key`].
pub(crate) fn read_source(context: &Context<'_>, ring: &Ring, source: &KeySource) -> Result<Secret> {
    match source {
        KeySource::File(name) => {
            let path = ring.file(name);
            if !path.exists() {
                return Err(Error::new(&code::NO_KEY, format!("there is no file {}", path.display())));
            }
            private_file(&path).map(Secret::new)
        }
        KeySource::Env(name) => match context.env.get(name) {
            Some(text) => Ok(Secret::new(text)),
            None => {
                Err(Error::new(&code::NO_KEY, format!("the environment variable {name}, which holds it, is not set"))
                    .next(format!("set {name}")))
            }
        },
        KeySource::Command(argv) => {
            local::secret_of(argv, &context.env.directory, local::SECRET_LIMIT).map(Secret::new)
        }
    }
}

/// Why a key does not sign.
fn not_signing(keyring: &Keyring, entry: &Entry, now: Timestamp) -> Error {
    let kid = &entry.kid;
    let why = match keyring.state(entry, now) {
        State::Pending => format!("signs from {} on and not before", entry.begins()),
        State::Retired => format!("was retired {}", entry.retired_at.unwrap_or_default()),
        State::Expired if entry.rotated_at.is_none() => format!("signed until {}", entry.not_after.unwrap_or_default()),
        _ => format!("signs no more since {}", entry.rotated_at.unwrap_or_else(|| entry.begins())),
    };
    let error = Error::new(&code::KEY_STATE, format!("the key {kid} {why}"));
    match keyring.signer(now) {
        Some(signer) => error.next(format!("repeat with --key {}", signer.kid)),
        None => error.next(remedy(keyring, now)),
    }
}

/// Why no key of the keyring signs; none where it is empty.
fn idle(keyring: &Keyring, now: Timestamp) -> Option<Error> {
    let entry = keyring.current(now).or_else(|| keyring.next(now))?;
    Some(not_signing(keyring, entry, now))
}

/// The command by which a key signs again.
pub(crate) fn remedy(keyring: &Keyring, now: Timestamp) -> &'static str {
    match keyring.current(now) {
        Some(_) => "flowbit key rotate",
        None => "flowbit key generate",
    }
}

/// That the backend does not read what a key of this algorithm signs.
pub(crate) fn mismatch(context: &Context<'_>, algorithm: Algorithm) -> Option<String> {
    let said = context.settings.platform.value.token.as_ref()?.algorithm;
    (said != algorithm).then(|| {
        format!("the description says {said} and the signing key is {algorithm}: the backend will refuse its tokens")
    })
}

/// The key that signs.
///
/// # Errors
/// `E0130` where there is none, `E0318` where the time of each is over or has not begun.
pub(crate) fn signing<'c>(chain: &'c Keychain) -> Result<&'c SigningKey> {
    chain.signing.as_ref().ok_or_else(|| chain.refused.as_ref().map_or_else(|| missing(chain), Refusal::error))
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
