//! What a token alone shows: who signed it, when it is good, and whether it is of the kind that belongs here.

use bson::Bson;
use serde_json::{Map, Value};

use super::mint::json_of;
use super::read::{self, Parsed};
use super::verdict::{Backend, Look};
use crate::domain::description::TokenShape;
use crate::domain::fields::{Fields, Source};
use crate::domain::token::{Algorithm, Context, Layer, Reason, Use};
use crate::ops::key::{Keychain, Standing, VerifyingKey};

/// How many layers there are.
const LAYERS: usize = 11;

/// The last second that is a date: the end of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Keys by what tokens are for.
#[derive(Debug, Default)]
pub struct Keys {
    /// For access tokens.
    pub access: Keychain,
    /// For refresh tokens.
    pub refresh: Keychain,
}

impl Keys {
    /// The keys for tokens of this use.
    pub fn of(&self, wanted: Use) -> &Keychain {
        match wanted {
            Use::Access => &self.access,
            Use::Refresh => &self.refresh,
        }
    }
}

/// What a token should be.
#[derive(Debug, Clone, Copy)]
pub struct Expect {
    /// What it is for.
    pub wanted: Use,
    /// Whose world; none where both will do.
    pub context: Option<Context>,
    /// Now, in seconds since 1970.
    pub now: i64,
    /// Seconds by which clocks may differ.
    pub leeway: i64,
}

/// A kind of token that the platform has.
#[derive(Debug, Clone, Copy)]
pub struct Kind<'d> {
    /// What it is for.
    pub wanted: Use,
    /// Whose world.
    pub context: Context,
    /// Its claims.
    pub claims: &'d Fields,
}

/// The kinds of token that the platform has.
pub fn kinds(shape: &TokenShape) -> impl Iterator<Item = Kind<'_>> {
    let kind = |wanted, context, claims| Kind { wanted, context, claims };
    let core = shape.core_claims.as_ref().map(|claims| kind(Use::Access, Context::Core, claims));
    let refresh = shape.refresh_claims.as_ref().map(|claims| kind(Use::Refresh, Context::Tenant, claims));
    std::iter::once(kind(Use::Access, Context::Tenant, &shape.claims)).chain(core).chain(refresh)
}

/// A token after the layers that need no database.
#[derive(Debug)]
pub struct Checked<'t, 'd> {
    /// What was found.
    pub looks: Vec<Look>,
    /// The token in its parts, where it could be read.
    pub parsed: Option<Parsed<'t>>,
    /// Its kind, where signature and claims hold: what it says can be looked up.
    pub kind: Option<Kind<'d>>,
}

/// Looks at everything that needs no database.
pub fn check<'t, 'd>(token: &'t str, shape: &'d TokenShape, keys: &Keys, expect: Expect) -> Checked<'t, 'd> {
    let parsed = match read::parse(token) {
        Ok(parsed) => parsed,
        Err((reason, why)) => {
            let looks = vec![Look::failed(reason, Backend::Refuses, why)];
            return Checked { looks, parsed: None, kind: None };
        }
    };
    let mut looks = Vec::with_capacity(LAYERS);
    looks.push(Look::ok(Layer::Format, "three parts, header and claims are JSON"));
    let other = if expect.wanted == Use::Access { Use::Refresh } else { Use::Access };
    let mut signed = signature(&parsed, keys.of(expect.wanted));
    if signed.iter().any(|look| look.reason == Some(Reason::BadSignature)) {
        // With a secret of their own, tokens of the other use are told by it.
        let as_other = signature(&parsed, keys.of(other));
        if as_other.iter().all(|look| look.reason.is_none()) {
            looks.extend(as_other);
            let detail = format!(
                "it is signed with the key for {} tokens, and {} tokens belong here",
                other.word(),
                expect.wanted.word()
            );
            looks.push(Look::failed(Reason::WrongUse, Backend::Refuses, detail));
            return Checked { looks, parsed: Some(parsed), kind: None };
        }
    }
    let proven = signed.iter().any(|look| look.layer == Layer::Signature && look.reason.is_none());
    looks.append(&mut signed);
    if !proven {
        return Checked { looks, parsed: Some(parsed), kind: None };
    }
    let kind = kind_of(&parsed.claims, shape, expect);
    // A token for something else lives as long as those do.
    let other_use = kind.as_ref().is_err_and(|look| look.reason == Some(Reason::WrongUse));
    let longest = match expect.wanted {
        _ if other_use => shape.longest(),
        Use::Access => shape.expires,
        Use::Refresh => shape.refresh_expires.unwrap_or(shape.expires),
    };
    looks.push(times(&parsed.claims, expect, longest));
    let described = kind.as_ref().map_or(&shape.claims, |kind| kind.claims);
    looks.push(issuer(&parsed.claims, described));
    looks.push(audience(&parsed.claims, described));
    let (look, kind) = match kind {
        Ok(kind) => {
            let detail = match (kind.wanted, kind.context) {
                (Use::Access, Context::Tenant) => "an access token of a tenant",
                (Use::Access, Context::Core) => "an access token of the platform's owners",
                (Use::Refresh, _) => "a refresh token",
            };
            (Look::ok(Layer::Claims, detail), Some(kind))
        }
        Err(look) => (look, None),
    };
    looks.push(look);
    Checked { looks, parsed: Some(parsed), kind }
}

/// The layers of key and signature. The key decides the algorithm; the header is only compared with it.
fn signature(parsed: &Parsed<'_>, chain: &Keychain) -> Vec<Look> {
    let algorithm = match parsed.header.get("alg").and_then(Value::as_str) {
        Some(word) if word.eq_ignore_ascii_case("none") => {
            return vec![Look::failed(
                Reason::AlgNone,
                Backend::Refuses,
                "its header says that it is not signed at all",
            )];
        }
        word => match word.and_then(Algorithm::of_word) {
            Some(algorithm) => algorithm,
            None => {
                let detail = "its header names an algorithm that no key here has";
                return vec![Look::failed(Reason::AlgUnknown, Backend::Refuses, detail)];
            }
        },
    };
    let kid = parsed.header.get("kid");
    let is_named = |key: &&VerifyingKey| kid.is_none_or(|kid| kid.is_string() && key.kid.as_deref() == kid.as_str());
    let fits = |key: &&VerifyingKey| key.algorithm == algorithm;
    let named = || chain.verifying.iter().filter(is_named);
    if let Some(key) = named().filter(fits).find(|key| key.signed(parsed.message, parsed.signature)) {
        return vec![standing(key), Look::ok(Layer::Signature, format!("signed with {}", key.name))];
    }
    if named().next().is_none() {
        let detail = "its header names a key (`kid`) that is not at hand";
        return vec![Look::failed(Reason::UnknownKid, Backend::Unknown, detail)];
    }
    let names: Vec<&str> = named().filter(fits).map(|key| key.name.as_str()).collect();
    if names.is_empty() {
        let known: Vec<&str> = named().map(|key| key.algorithm.word()).collect();
        let detail = format!("its header says {algorithm}, and the key is for {}", known.join(" or "));
        return vec![Look::failed(Reason::AlgMismatch, Backend::Refuses, detail)];
    }
    let detail = format!("not signed with {}: forged, altered, or of another platform", names.join(" or "));
    vec![Look::ok(Layer::Key, algorithm.word()), Look::failed(Reason::BadSignature, Backend::Refuses, detail)]
}

/// Whether what this key signed counts.
fn standing(key: &VerifyingKey) -> Look {
    let name = &key.name;
    match (key.standing, &key.weakness) {
        (Standing::Pending, _) => {
            Look::failed(Reason::KeyNotYetValid, Backend::Unknown, format!("the time of the key {name} has not begun"))
        }
        (Standing::Expired, _) => {
            Look::failed(Reason::KeyExpired, Backend::Unknown, format!("the time of the key {name} is over"))
        }
        (Standing::Retired, _) => {
            Look::failed(Reason::KeyRetired, Backend::Unknown, format!("the key {name} was retired"))
        }
        (Standing::Good, Some(why)) => {
            let detail = format!("the secret in {name} can be guessed ({why}): anybody may have signed this");
            Look::failed(Reason::WeakSecret, Backend::Accepts, detail)
        }
        (Standing::Good, None) => Look::ok(Layer::Key, format!("{}, {}", key.name, key.algorithm)),
    }
}

/// A time in a claim, in seconds.
enum Moment {
    None,
    At(i64),
    Bad,
}

fn moment(claims: &Map<String, Value>, name: &str) -> Moment {
    match claims.get(name) {
        None => Moment::None,
        Some(Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(seconds), Some(as_f64)) if (0.0..=LAST_SECOND).contains(&as_f64) => Moment::At(seconds),
            #[allow(clippy::cast_possible_truncation, reason = "the bounds were just compared")]
            (None, Some(seconds)) if (0.0..=LAST_SECOND).contains(&seconds) => Moment::At(seconds.floor() as i64),
            _ => Moment::Bad,
        },
        Some(_) => Moment::Bad,
    }
}

/// A moment for people, in UTC.
pub fn shown(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |moment| moment.to_string())
}

/// Seconds by which a token may be good for longer than described: clocks and roundings.
const SLACK: i64 = 60;

fn times(claims: &Map<String, Value>, expect: Expect, longest: u64) -> Look {
    let (now, leeway) = (expect.now, expect.leeway);
    for name in ["exp", "nbf", "iat"] {
        if matches!(moment(claims, name), Moment::Bad) {
            return Look::failed(Reason::BadTime, Backend::Refuses, format!("`{name}` is no number of seconds"));
        }
    }
    let Moment::At(expires) = moment(claims, "exp") else {
        return Look::failed(Reason::NoExpiry, Backend::Accepts, "it has no `exp` and would never end");
    };
    if now >= expires.saturating_add(leeway) {
        let detail = format!("it ended at {}, {} s ago", shown(expires), now - expires);
        return Look::failed(Reason::Expired, Backend::Refuses, detail);
    }
    if let Moment::At(begins) = moment(claims, "nbf")
        && begins > now.saturating_add(leeway)
    {
        let detail = format!("it is good from {} on, in {} s", shown(begins), begins - now);
        return Look::failed(Reason::NotYetValid, Backend::Refuses, detail);
    }
    if let Moment::At(issued) = moment(claims, "iat")
        && issued > now.saturating_add(leeway)
    {
        let detail = format!("it says to be made {} s in the future: the clock here or there is wrong", issued - now);
        return Look::failed(Reason::IssuedInFuture, Backend::Unknown, detail);
    }
    let from = if let Moment::At(issued) = moment(claims, "iat") { issued } else { now };
    let lasts = expires.saturating_sub(from);
    if lasts > i64::try_from(longest).unwrap_or(i64::MAX).saturating_add(SLACK) {
        // Everything that is taken back is remembered as long as the description says that tokens are good.
        let detail = format!(
            "it is good for {lasts} s, and the platform's tokens are for {longest} s: another hand, or another setting"
        );
        return Look::failed(Reason::LivesTooLong, Backend::Accepts, detail);
    }
    Look::ok(Layer::Times, "now is its time")
}

/// The constant that the description gives a claim.
fn constant(described: &Fields, name: &str) -> Option<Value> {
    described.iter().find(|(path, _)| *path == name).and_then(|(_, source)| constant_of(source))
}

fn constant_of(source: &Source) -> Option<Value> {
    match source {
        Source::Constant(value) => Some(json_of(value)),
        Source::Template(template) if !template.has_placeholder() => Some(json_of(&Bson::from(template.as_str()))),
        Source::Template(_) => None,
    }
}

fn issuer(claims: &Map<String, Value>, described: &Fields) -> Look {
    let Some(expected) = constant(described, "iss") else {
        return Look::absent(Layer::Issuer, "the platform's tokens name none");
    };
    match claims.get("iss") {
        None => Look::failed(
            Reason::IssuerMissing,
            Backend::Unknown,
            format!("no `iss`; the platform's tokens say {expected}"),
        ),
        Some(is) if *is == expected => Look::ok(Layer::Issuer, expected.to_string()),
        Some(_) => {
            let detail = format!("another `iss` than {expected}: a token of another platform");
            Look::failed(Reason::IssuerWrong, Backend::Unknown, detail)
        }
    }
}

fn audience(claims: &Map<String, Value>, described: &Fields) -> Look {
    let Some(expected) = constant(described, "aud") else {
        return Look::absent(Layer::Audience, "the platform's tokens name none");
    };
    // One may be for several, and the platform's may be for any of several.
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    match claims.get("aud") {
        None => Look::failed(
            Reason::AudienceMissing,
            Backend::Unknown,
            format!("no `aud`; the platform's tokens say {expected}"),
        ),
        Some(is) if list(is).iter().any(|one| list(&expected).contains(one)) => {
            Look::ok(Layer::Audience, expected.to_string())
        }
        Some(_) => Look::failed(Reason::AudienceWrong, Backend::Unknown, format!("it is for others than {expected}")),
    }
}

/// What keeps claims from being those of a kind; none when they are.
fn unlike(claims: &Map<String, Value>, described: &Fields) -> Option<Look> {
    let named = described.iter().filter(|(path, _)| *path != "iss" && *path != "aud");
    for (path, source) in named {
        let expected = constant_of(source);
        match (read::claim(claims, path), expected) {
            (None | Some(Value::Null), _) => {
                let detail = format!("no claim `{path}`, which the platform's tokens have");
                return Some(Look::failed(Reason::ClaimMissing, Backend::Unknown, detail));
            }
            (Some(is), Some(expected)) if *is != expected => {
                let detail = format!("the claim `{path}` is not {expected}");
                return Some(Look::failed(Reason::ClaimWrong, Backend::Unknown, detail));
            }
            (Some(Value::String(_)), None) | (Some(_), Some(_)) => {}
            (Some(is), None) => {
                let what = match is {
                    Value::Object(_) => "an object, which a query takes for an operator",
                    Value::Array(_) => "a list",
                    _ => "no text",
                };
                return Some(Look::failed(
                    Reason::ClaimType,
                    Backend::Unknown,
                    format!("the claim `{path}` is {what}"),
                ));
            }
        }
    }
    None
}

/// How many constant claims and others tell a kind: the more, the more certain.
fn telling(described: &Fields) -> (usize, usize) {
    let constants = described.iter().filter(|(_, source)| constant_of(source).is_some()).count();
    (constants, described.iter().count())
}

/// The kind of a token, where it is one that belongs here.
fn kind_of<'d>(claims: &Map<String, Value>, shape: &'d TokenShape, expect: Expect) -> Result<Kind<'d>, Look> {
    let belongs =
        |kind: &Kind<'_>| kind.wanted == expect.wanted && expect.context.is_none_or(|context| kind.context == context);
    let like = kinds(shape).filter(|kind| unlike(claims, kind.claims).is_none());
    match like.max_by_key(|kind| (telling(kind.claims), belongs(kind))) {
        Some(kind) if belongs(&kind) => Ok(kind),
        Some(kind) if kind.wanted != expect.wanted => {
            let detail = format!("a token for {} where one for {} belongs", kind.wanted.word(), expect.wanted.word());
            Err(Look::failed(Reason::WrongUse, Backend::Unknown, detail))
        }
        Some(kind) => {
            let detail = format!("a token of the context {} where another belongs", kind.context.word());
            Err(Look::failed(Reason::WrongContext, Backend::Unknown, detail))
        }
        None => {
            // What it is most like says what is wrong with it.
            let nearest = kinds(shape).filter(|kind| belongs(kind)).max_by_key(|kind| agreeing(claims, kind.claims));
            let look = nearest.and_then(|kind| unlike(claims, kind.claims));
            Err(look
                .unwrap_or_else(|| Look::failed(Reason::WrongUse, Backend::Unknown, "the platform has no such tokens")))
        }
    }
}

/// How many claims are as described.
fn agreeing(claims: &Map<String, Value>, described: &Fields) -> usize {
    let agrees = |(path, source): &(&str, &Source)| {
        read::claim(claims, path).is_some_and(|is| constant_of(source).is_none_or(|expected| *is == expected))
    };
    described.iter().filter(agrees).count()
}
