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
        own_place(context).map(Ring::at)
    }

    /// The option as it was typed, for commands that are suggested.
    pub(crate) fn typed(&self) -> String {
        typed(self.keys.as_ref())
    }
}

/// Which keyring of seals of the audit trail.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct SealPlace {
    /// Directory of the keyring of seals [env: FLOWBIT_SEAL_KEYS]; otherwise one of flowbit's own, for this profile and platform
    #[arg(long, value_name = "DIR")]
    pub keys: Option<PathBuf>,
}

impl SealPlace {
    /// The keyring.
    ///
    /// # Errors
    /// As for [`Place::ring`].
    pub(crate) fn ring(&self, context: &Context<'_>) -> Result<Ring> {
        let named = self.keys.clone().or_else(|| context.env.get("FLOWBIT_SEAL_KEYS").map(PathBuf::from));
        match named {
            Some(directory) => Ok(Ring::at(context.env.directory.join(directory))),
            None => Ok(Ring::at(own_place(context)?.join("seals"))),
        }
    }

    /// The key that signs now.
    ///
    /// # Errors
    /// `E0130` where there is none, and as for [`read_key`].
    pub(crate) fn signer(&self, context: &Context<'_>) -> Result<SigningKey> {
        let ring = self.ring(context)?;
        let keyring = ring.read()?;
        let now = Timestamp::now();
        match keyring.signer(now) {
            Some(entry) => read_key(context, &ring, entry),
            None => Err(idle(&keyring, now)
                .unwrap_or_else(|| {
                    let place = ring.directory().display();
                    Error::new(&code::NO_KEY, format!("there is no key to sign seals with; looked at {place}"))
                })
                .next(format!("flowbit key generate --seals{}", typed(self.keys.as_ref())))),
        }
    }
}

/// Which of the keyrings: that of tokens, or that of seals.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct AnyPlace {
    /// Which keyring.
    #[command(flatten)]
    pub place: Place,
    /// The keyring of the audit trail's seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]
    #[arg(long)]
    pub seals: bool,
}

impl AnyPlace {
    /// The keyring.
    ///
    /// # Errors
    /// As for [`Place::ring`].
    pub(crate) fn ring(&self, context: &Context<'_>) -> Result<Ring> {
        if self.seals { SealPlace { keys: self.place.keys.clone() }.ring(context) } else { self.place.ring(context) }
    }

    /// The options as they were typed, for commands that are suggested.
    pub(crate) fn typed(&self) -> String {
        let seals = if self.seals { " --seals" } else { "" };
        format!("{seals}{}", self.place.typed())
    }

    /// Refuses what cannot sign seals.
    ///
    /// # Errors
    /// `E0129` for a secret.
    pub(crate) fn require_fit(&self, algorithm: Algorithm) -> Result<()> {
        if !self.seals || algorithm.secret_bytes().is_none() {
            return Ok(());
        }
        let message = format!("{algorithm} signs with a secret: whoever could verify seals could forge them");
        Err(Error::new(&code::WEAK_KEY, message).next("flowbit key generate --alg EdDSA"))
    }
}

/// Where flowbit keeps the keys of this profile and platform.
fn own_place(context: &Context<'_>) -> Result<PathBuf> {
    let settings = &context.settings;
    let profile = settings.profile.as_ref().map_or("default", |profile| profile.value.as_str());
    let home = dirs()?.data.join("keys").join(as_directory(profile));
    Ok(home.join(as_directory(&settings.platform.value.platform)))
}

fn typed(keys: Option<&PathBuf>) -> String {
    let shell = crate::ops::org::find::shell;
    keys.map(|keys| format!(" --keys {}", shell(&keys.display().to_string()))).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags, Settings};
    use crate::journal::Interrupt;
    use crate::ops::key::{Bits, Making, make};
    use crate::ui::{ColorWish, Format, Streams, Terminal};

    const SECRET: &str = "mT4!xk2Q9vLw7Zp3Rb8Nc5Hd1Fg6Js0Y";

    /// A home in which the preset `tickets` (HS256 by JWT_SECRET) is in force, and a keyring.
    struct Home {
        home: tempfile::TempDir,
        env: Environment,
    }

    impl Home {
        fn new(secret: Option<&str>) -> Self {
            let home = tempfile::tempdir().unwrap();
            let vars = secret.map(|secret| ("JWT_SECRET".to_owned(), secret.to_owned())).into_iter().collect();
            let env = Environment { vars, directory: home.path().to_owned(), ..Environment::default() };
            Self { home, env }
        }

        fn ring(&self) -> Ring {
            Ring::at(self.home.path().join("keys"))
        }

        async fn put(&self, kid: &str, algorithm: Algorithm, change: impl FnOnce(&mut Entry)) {
            let made = make(&Making { algorithm, bits: Bits::B2048, kid: Some(kid.to_owned()) }).unwrap();
            let ring = self.ring();
            let mut opened = ring.open().await.unwrap();
            let name = opened.keep(kid, made.extension(), &made.text).unwrap();
            let mut entry = Entry {
                kid: kid.to_owned(),
                algorithm,
                created: ago(3600),
                not_before: None,
                not_after: None,
                rotated_at: None,
                verifies_until: None,
                retired_at: None,
                source: Some(KeySource::File(name)),
                public: made.public,
            };
            change(&mut entry);
            opened.keyring.keys.push(entry);
            opened.save().unwrap();
        }

        fn chain(&self, key: Option<&str>) -> Result<Keychain> {
            let flags = Flags { preset: Some("tickets".to_owned()), ..Flags::default() };
            let settings = Settings::settle(&flags, &self.env).unwrap();
            let terminal =
                Terminal::new(Format::Json, Streams::default(), ColorWish::Never, true, false, &|_| None::<String>);
            let interrupt = Interrupt::default();
            let context = Context { settings, env: self.env.clone(), terminal: &terminal, interrupt: &interrupt };
            let place = Place { keys: Some("keys".into()) };
            keychain(&context, Use::Access, &Keys { place, key: key.map(str::to_owned) })
        }

        fn refusal(&self, key: Option<&str>) -> (&'static str, String) {
            let error = self.chain(key).unwrap().signer().unwrap_err();
            (error.code().id, error.message().to_owned())
        }
    }

    fn ago(seconds: i64) -> Timestamp {
        Timestamp::now() - jiff::SignedDuration::from_secs(seconds)
    }

    fn names(chain: &Keychain) -> Vec<(&str, Standing)> {
        chain.verifying.iter().map(|key| (key.name.as_str(), key.standing)).collect()
    }

    #[tokio::test]
    async fn the_backends_variable_signs_before_the_keyring() {
        let home = Home::new(None);
        let (id, message) = home.refusal(None);
        assert_eq!(id, "E0130");
        assert!(message.contains("JWT_SECRET and ") && message.ends_with("keys"), "{message}");
        home.put("a", Algorithm::HS256, |_| {}).await;
        let chain = home.chain(None).unwrap();
        let key = chain.signer().unwrap();
        assert_eq!((key.name.as_str(), key.kid.as_deref()), ("a", Some("a")));
        assert!(chain.verifying[0].signed("a.b", &key.sign("a.b").unwrap()) && chain.warnings.is_empty());
        let both = Home { env: Home::new(Some(SECRET)).env, ..home };
        let both = Home { env: Environment { directory: both.home.path().to_owned(), ..both.env }, ..both };
        let chain = both.chain(None).unwrap();
        assert_eq!((chain.signer().unwrap().name.as_str(), &chain.signer().unwrap().kid), ("JWT_SECRET", &None));
        assert_eq!(names(&chain), [("JWT_SECRET", Standing::Good), ("a", Standing::Good)]);
        let chain = both.chain(Some("a")).unwrap();
        assert_eq!((chain.signer().unwrap().name.as_str(), names(&chain)), ("a", vec![("a", Standing::Good)]));
        assert_eq!(names(&both.chain(Some("JWT_SECRET")).unwrap()), [("JWT_SECRET", Standing::Good)]);
        assert_eq!(both.chain(Some("b")).unwrap_err().code().id, "E0208");
    }

    #[tokio::test]
    async fn every_key_says_whether_it_counts_and_the_current_one_why_it_does_not_sign() {
        let home = Home::new(None);
        let soon = Timestamp::now() + jiff::SignedDuration::from_secs(3600);
        home.put("next", Algorithm::EdDSA, |entry| entry.not_before = Some(soon)).await;
        let (id, message) = home.refusal(None);
        assert!(id == "E0318" && message.contains(&soon.to_string()), "{message}");
        let end = ago(60);
        home.put("ended", Algorithm::ES256, |entry| entry.not_after = Some(end)).await;
        let (id, message) = home.refusal(None);
        assert!(id == "E0318" && message.contains(&end.to_string()), "{message}");
        let over = |entry: &mut Entry| {
            (entry.rotated_at, entry.verifies_until) = (Some(ago(1800)), Some(soon));
        };
        home.put("old", Algorithm::HS256, over).await;
        home.put("gone", Algorithm::HS384, |entry| (entry.retired_at, entry.source) = (Some(ago(60)), None)).await;
        home.put("retired", Algorithm::EdDSA, |entry| (entry.retired_at, entry.source) = (Some(ago(60)), None)).await;
        home.put("signs", Algorithm::EdDSA, |entry| entry.created = ago(30)).await;
        let chain = home.chain(None).unwrap();
        let expected = [
            ("next", Standing::Pending),
            ("ended", Standing::Expired),
            ("old", Standing::Good),
            ("retired", Standing::Retired),
            ("signs", Standing::Good),
        ];
        assert_eq!(names(&chain), expected);
        assert_eq!(chain.signer().unwrap().name, "signs");
        assert_eq!(
            chain.warnings,
            ["the description says HS256 and the signing key is EdDSA: the backend will refuse its tokens"]
        );
        for (kid, says) in [("next", "not before"), ("old", "no more since"), ("gone", "retired"), ("ended", "until")] {
            let (id, message) = home.refusal(Some(kid));
            assert!(id == "E0318" && message.contains(says), "{kid}: {message}");
        }
        let file = |name: &str| home.ring().file(name);
        // A pair verifies without its private half; that nothing signs is told to whoever signs.
        std::fs::remove_file(file("signs.pem")).unwrap();
        assert_eq!((home.chain(None).unwrap().verifying.len(), home.refusal(None).0), (5, "E0130"));
        std::fs::copy(file("next.pem"), file("signs.pem")).unwrap();
        assert_eq!(home.refusal(None).0, "E0129", "another key under its name");
        std::fs::remove_file(file("old.secret")).unwrap();
        assert_eq!(home.chain(None).unwrap_err().code().id, "E0130", "good tokens would seem forged");
    }
}
