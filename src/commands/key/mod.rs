//! `flowbit key`

mod add;
mod export;
mod generate;
mod jwks;
mod list;
mod retire;
mod rotate;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Done;
use super::context::Context;
use super::keychain::{AnyPlace, mismatch};
use crate::domain::keyring::{Entry, KeySource, Keyring, check_kid, public_jwk};
use crate::domain::moment;
use crate::domain::token::Algorithm;
use crate::error::{Error, Result, code};
use crate::ops::key::{Bits, Making};
use crate::ops::org::find::shell;

/// Make, rotate, retire and publish the keys that tokens are signed with.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the keys of the keyring and what each may do now.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Make a key that signs.
    Generate(generate::Args),
    /// Take in a key that is kept elsewhere: in a file, a variable, a vault.
    Add(Box<add::Args>),
    /// Let a new key sign; the old one verifies as long as its tokens live.
    Rotate(rotate::Args),
    /// Take a key out of use that no token needs any more.
    Retire(retire::Args),
    /// Print a public key, or write a private one into a file.
    Export(export::Args),
    /// Print the public keys as a JWK set, for backends.
    Jwks(jwks::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    let typed = verb.place().typed();
    let done = match verb {
        Verb::List(args) => list::run(&args, context).await,
        Verb::Generate(args) => generate::run(&args, context).await,
        Verb::Add(args) => add::run(&args, context).await,
        Verb::Rotate(args) => rotate::run(&args, context).await,
        Verb::Retire(args) => retire::run(&args, context).await,
        Verb::Export(args) => export::run(&args, context),
        Verb::Jwks(args) => jwks::run(&args, context),
    };
    match done {
        Ok(Done::Report(mut report, exit)) => {
            report.next = report.next.into_iter().map(|next| at(&typed, next)).collect();
            Ok(Done::Report(report, exit))
        }
        done => done.map_err(|error| error.with_actions(|action| at(&typed, action))),
    }
}

impl Verb {
    fn place(&self) -> &AnyPlace {
        match self {
            Self::List(args) => &args.place,
            Self::Generate(args) => &args.place,
            Self::Add(args) => &args.place,
            Self::Rotate(args) => &args.place,
            Self::Retire(args) => &args.place,
            Self::Export(args) => &args.place,
            Self::Jwks(args) => &args.place,
        }
    }
}

/// A suggested command with the keyring that was named: without it, it would look at another one.
fn at(typed: &str, action: String) -> String {
    if !action.starts_with("flowbit key ") {
        return action;
    }
    match action.split_once("   #") {
        Some((command, comment)) => format!("{command}{typed}   #{comment}"),
        None => action + typed,
    }
}

/// Which kind of key is made.
#[derive(Debug, clap::Args)]
struct Kind {
    /// What it signs by; otherwise as the platform description or the old key says, or EdDSA
    #[arg(long, value_name = "ALGORITHM", value_parser = algorithm(), ignore_case = true)]
    alg: Option<Algorithm>,
    /// Size of an RSA key; 2048 without it
    #[arg(long, value_name = "BITS", value_parser = ["2048", "3072", "4096"])]
    bits: Option<String>,
    /// Its name; otherwise the thumbprint of its public half, or a random word
    #[arg(long, value_name = "KID", value_parser = kid)]
    kid: Option<String>,
}

impl Kind {
    /// What is to be made.
    fn making(&self, usual: Algorithm) -> Result<Making> {
        let algorithm = self.alg.unwrap_or(usual);
        if self.bits.is_some() && algorithm != Algorithm::RS256 {
            return Err(Error::new(
                &code::BAD_ARGUMENT,
                format!("--bits is for RS256, and this key is for {algorithm}"),
            ));
        }
        let bits = match self.bits.as_deref() {
            Some("4096") => Bits::B4096,
            Some("3072") => Bits::B3072,
            _ => Bits::B2048,
        };
        Ok(Making { algorithm, bits, kid: self.kid.clone() })
    }

    fn is_said(&self) -> bool {
        self.alg.is_some() || self.bits.is_some() || self.kid.is_some()
    }
}

/// When a key signs.
#[derive(Debug, clap::Args)]
struct Span {
    /// Sign from then on and not before: RFC 3339, a day, or a span from now such as `7d`
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// Good until then: after it the key signs nothing, and what it signed counts no longer
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
}

impl Span {
    /// The moments.
    fn read(&self, now: Timestamp) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let moment = |option: &str, text: &Option<String>| {
            let read = text.as_ref().map(|text| moment::moment(text, now)).transpose();
            read.map_err(|why| Error::new(&code::BAD_ARGUMENT, format!("{option}: {why}")))
        };
        let (begin, end) = (moment("--not-before", &self.not_before)?, moment("--not-after", &self.not_after)?);
        if let Some(end) = end.filter(|end| *end <= begin.unwrap_or(now).max(now)) {
            let message = format!("--not-after {end}: the key would have ended before it signs");
            return Err(Error::new(&code::BAD_ARGUMENT, message));
        }
        Ok((begin, end))
    }
}

fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    let known = |word: &str| Algorithm::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(word));
    PossibleValuesParser::new(Algorithm::ALL.map(Algorithm::word))
        .try_map(move |word| known(&word).ok_or("no such algorithm"))
}

fn kid(text: &str) -> Result<String, String> {
    check_kid(text).map(|()| text.to_owned())
}

/// Now, in whole seconds: what is recorded is read by people.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The algorithm where nobody said one.
fn usual(context: &Context<'_>, place: &AnyPlace) -> Algorithm {
    if place.seals {
        return Algorithm::EdDSA;
    }
    context.settings.platform.value.token.as_ref().map_or(Algorithm::EdDSA, |shape| shape.algorithm)
}

/// A key that comes into the keyring.
fn entry(kid: &str, algorithm: Algorithm, now: Timestamp) -> Entry {
    Entry {
        kid: kid.to_owned(),
        algorithm,
        created: now,
        not_before: None,
        not_after: None,
        rotated_at: None,
        verifies_until: None,
        retired_at: None,
        source: None,
        public: None,
    }
}

/// A key for machines: all but the key.
fn data(keyring: &Keyring, entry: &Entry, now: Timestamp) -> Value {
    let source = |source: &KeySource| json!({ "kind": source.word(), "place": source.place() });
    json!({
        "kid": entry.kid, "algorithm": entry.algorithm, "state": keyring.state(entry, now),
        "created": entry.created, "not_before": entry.not_before, "not_after": entry.not_after,
        "rotated_at": entry.rotated_at, "verifies_until": entry.verifies_until, "retired_at": entry.retired_at,
        "source": entry.source.as_ref().map(source), "jwk": public_jwk(entry),
    })
}

/// What keeps a key that signs from being of use.
fn doubts(context: &Context<'_>, place: &AnyPlace, kid: &str, algorithm: Algorithm) -> Vec<String> {
    if place.seals {
        return Vec::new();
    }
    let shape = context.settings.platform.value.token.as_ref();
    let variable = shape.and_then(|shape| shape.secret_env.as_ref()).filter(|name| context.env.get(name).is_some());
    let first = variable.map(|name| format!("{name} is set, and its key signs unless --key {kid} is said"));
    mismatch(context, algorithm).into_iter().chain(first).collect()
}

/// How a backend, or whoever verifies seals, is told of a key.
fn tell(entry: &Entry, place: &AnyPlace) -> String {
    if place.seals {
        return "flowbit key jwks --out seals.jwks   # the public keys, for whoever verifies".to_owned();
    }
    let kid = shell(&entry.kid);
    match entry.public {
        Some(_) => "flowbit key jwks --out jwks.json   # the public keys, for the backend".to_owned(),
        None => format!("flowbit key export {kid} --private --out {kid}.key   # the secret, for the backend"),
    }
}
