//! The keyring as a value: which keys there are, what each may do now, and what may become of it. No key is in it: where
//! a key is kept, and the public half of a pair.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::secrecy::without_values;
use super::token::Algorithm;
use crate::error::{Error, Result, code};

/// The version of the format.
pub const VERSION: u32 = 1;

/// The member of a JWK that says since when its key signs no more, in seconds since 1970.
pub const RETIRED: &str = "flowbit:retired";

/// The most characters of a name.
const LONGEST_KID: usize = 128;

/// All keys of a platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyring {
    version: u32,
    /// The keys, in the order in which they came.
    pub keys: Vec<Entry>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name, as it stands in headers of tokens.
    pub kid: String,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// When it came into the keyring.
    pub created: Timestamp,
    /// When it begins to sign, where that is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// When it ends to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// When another one took over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
    /// Until when its signatures count, once it was rotated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifies_until: Option<Timestamp>,
    /// When it was taken out of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
    /// Where the secret or private key is kept; none once it was destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<KeySource>,
    /// The public half of a pair, as a JWK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<Value>,
}

/// Where a key is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// A file: a name in the keyring's directory, or a path elsewhere.
    File(String),
    /// An environment variable.
    Env(String),
    /// The output of a program: the program and its arguments.
    Command(Vec<String>),
}

impl KeySource {
    /// The word in output.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Env(_) => "env",
            Self::Command(_) => "command",
        }
    }

    /// What of it is shown. Of a command only the program: arguments may say more than they should.
    pub fn place(&self) -> &str {
        match self {
            Self::File(name) | Self::Env(name) => name,
            Self::Command(argv) => argv.first().map_or("", String::as_str),
        }
    }

    /// The name of a file that is the keyring's own.
    pub fn own_file(&self) -> Option<&str> {
        match self {
            Self::File(name) if !name.contains(['/', '\\']) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.word(), self.place())
    }
}

/// What a key may do at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its time has not begun.
    Pending,
    /// It signs; one key at most does.
    Signing,
    /// It signs no more, and what it signed counts.
    Verifying,
    /// Its time is over.
    Expired,
    /// It was taken out of use.
    Retired,
}

impl State {
    /// The word in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Expired => "expired",
            Self::Retired => "retired",
        }
    }

    /// Whether its public half belongs to those that backends need: now, or soon.
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Pending | Self::Signing | Self::Verifying)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Entry {
    /// When it begins to sign.
    pub fn begins(&self) -> Timestamp {
        self.not_before.map_or(self.created, |begin| begin.max(self.created))
    }

    /// Whether nothing has ended it but, perhaps, its own time.
    const fn is_open(&self) -> bool {
        self.rotated_at.is_none() && self.retired_at.is_none()
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.not_after.is_some_and(|end| end <= now)
    }
}

impl Default for Keyring {
    fn default() -> Self {
        Self { version: VERSION, keys: Vec::new() }
    }
}

impl Keyring {
    /// Reads it.
    ///
    /// # Errors
    /// `E0105` for what is none, or one of another version; `place` names the file.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let broken = |e: serde_json::Error| {
            // Whoever edits it may have put a key where none belongs.
            let said = e.to_string();
            let said = without_values(said.split(" at line ").next().unwrap_or_default());
            Error::new(&code::BAD_CONFIG, format!("{place}:{}:{}: no keyring: {said}", e.line(), e.column()))
                .next("put back a copy of the file; the keys themselves stand in files beside it")
        };
        let Versioned { version } = serde_json::from_str(text).map_err(broken)?;
        if version != VERSION {
            return Err(Error::new(
                &code::BAD_CONFIG,
                format!(
                    "{place}: a keyring of version {version}, and this flowbit knows {VERSION}; it was not touched"
                ),
            )
            .next("use the flowbit that wrote it, or a newer one"));
        }
        let ring: Self = serde_json::from_str(text).map_err(broken)?;
        ring.require_sound(place)?;
        Ok(ring)
    }

    /// What a hand that edited the file may have got wrong.
    fn require_sound(&self, place: &str) -> Result<()> {
        for (i, entry) in self.keys.iter().enumerate() {
            let wrong = |why: String| Err(Error::new(&code::BAD_CONFIG, format!("{place}: key {}: {why}", i + 1)));
            if let Err(why) = check_kid(&entry.kid) {
                return wrong(why);
            }
            if self.keys[..i].iter().any(|other| other.kid == entry.kid) {
                return wrong(format!("{} stands twice", entry.kid));
            }
            if entry.rotated_at.is_some() && entry.verifies_until.is_none() {
                return wrong(format!("{} was rotated and has no verifies_until", entry.kid));
            }
        }
        Ok(())
    }

    /// Its text, as it stands in the file.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The key of this name.
    pub fn find(&self, kid: &str) -> Option<&Entry> {
        self.keys.iter().find(|entry| entry.kid == kid)
    }

    /// The key of this name.
    ///
    /// # Errors
    /// `E0208`.
    pub fn load(&self, kid: &str) -> Result<&Entry> {
        self.find(kid).ok_or_else(|| unknown(kid))
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// `E0208`.
    pub fn load_mut(&mut self, kid: &str) -> Result<&mut Entry> {
        self.keys.iter_mut().find(|entry| entry.kid == kid).ok_or_else(|| unknown(kid))
    }

    /// The key whose turn it is: the one that began last. Its own time may be over, and then nothing signs: that an
    /// older key signs again because a newer one ended would surprise everybody.
    pub fn current(&self, now: Timestamp) -> Option<&Entry> {
        self.keys.iter().filter(|entry| entry.is_open() && entry.begins() <= now).max_by_key(|entry| entry.begins())
    }

    /// The key that signs.
    pub fn signer(&self, now: Timestamp) -> Option<&Entry> {
        self.current(now).filter(|entry| !entry.is_over(now))
    }

    /// The key whose turn comes next.
    pub fn next(&self, now: Timestamp) -> Option<&Entry> {
        self.keys.iter().filter(|entry| entry.is_open() && entry.begins() > now).min_by_key(|entry| entry.begins())
    }

    /// Keys that signed until a pending one took over by itself; how long they verify was not settled yet.
    pub fn superseded(&self, now: Timestamp) -> Vec<&Entry> {
        let Some(current) = self.current(now) else { return Vec::new() };
        let earlier = |entry: &&Entry| entry.is_open() && entry.begins() <= now && entry.kid != current.kid;
        self.keys.iter().filter(earlier).collect()
    }

    /// What a key may do at a moment.
    pub fn state(&self, entry: &Entry, now: Timestamp) -> State {
        if entry.retired_at.is_some() {
            return State::Retired;
        }
        if let Some(until) = entry.verifies_until.filter(|_| entry.rotated_at.is_some()) {
            return if until > now { State::Verifying } else { State::Expired };
        }
        if entry.begins() > now {
            return State::Pending;
        }
        let is_current = self.current(now).is_some_and(|current| current.kid == entry.kid);
        match (entry.is_over(now), is_current) {
            (true, _) => State::Expired,
            (false, true) => State::Signing,
            (false, false) => State::Verifying,
        }
    }

    /// Takes a new key in.
    ///
    /// # Errors
    /// `E0318` where its name is taken, where it is another one's key, or where another one signs and this one would
    /// sign at once.
    pub fn admit(&mut self, entry: Entry, now: Timestamp) -> Result<()> {
        self.require_free(&entry, now)?;
        self.keys.push(entry);
        Ok(())
    }

    /// Whether a new key would be taken in, before one is made.
    ///
    /// # Errors
    /// As for [`Keyring::admit`].
    pub fn require_free(&self, entry: &Entry, now: Timestamp) -> Result<()> {
        self.require_new(entry)?;
        match self.signer(now) {
            Some(signer) if entry.begins() <= now => Err(Error::new(
                &code::KEY_STATE,
                format!("{} signs already, and two keys cannot sign at once; nothing was changed", signer.kid),
            )
            .next("flowbit key rotate   # a new key signs from now, the old one verifies as long as its tokens live")
            .next("repeat with --not-before TIME, and the new key takes over then")),
            _ => Ok(()),
        }
    }

    /// That neither the name nor the key is there.
    fn require_new(&self, entry: &Entry) -> Result<()> {
        if let Some(other) = self.find(&entry.kid) {
            let what = if other.retired_at.is_some() { "there was a key" } else { "there is a key" };
            return Err(Error::new(
                &code::KEY_STATE,
                format!("{what} {} already, and a name is never used twice; nothing was changed", entry.kid),
            )
            .next("choose another name with --kid"));
        }
        let public = entry.public.as_ref().map(public_members);
        let twin =
            self.keys.iter().find(|other| public.is_some() && other.public.as_ref().map(public_members) == public);
        match twin {
            Some(twin) => Err(Error::new(
                &code::KEY_STATE,
                format!("this is the key {} under another name; nothing was changed", twin.kid),
            )),
            None => Ok(()),
        }
    }

    /// Ends the signing of the keys that are to verify only, at the moment at which `successor` began or begins; an end
    /// of their own may have come before. What they signed last counts for `overlap` seconds more.
    pub fn hand_over(&mut self, kids: &[String], at: Timestamp, overlap: u64) {
        let overlap = jiff::SignedDuration::from_secs(i64::try_from(overlap).unwrap_or(i64::MAX));
        for entry in self.keys.iter_mut().filter(|entry| kids.contains(&entry.kid)) {
            let stopped = entry.not_after.map_or(at, |end| end.min(at));
            entry.rotated_at = Some(stopped);
            entry.verifies_until = Some(stopped.saturating_add(overlap).unwrap_or(Timestamp::MAX));
        }
    }

    /// The public keys as a JWK set: of those that sign, verify or will sign. Secrets have no public half.
    pub fn jwks(&self, now: Timestamp) -> Value {
        let published = |entry: &&Entry| self.state(entry, now).is_published();
        let keys: Vec<Value> = self.keys.iter().filter(published).filter_map(public_jwk).collect();
        serde_json::json!({ "keys": keys })
    }

    /// All public keys there ever were as a JWK set: what a key sealed has to be verified for ever. A retired one says
    /// since when it is.
    pub fn all_jwks(&self) -> Value {
        let each = |entry: &Entry| {
            let mut jwk = public_jwk(entry)?;
            if let Some(retired) = entry.retired_at {
                jwk[RETIRED] = retired.as_second().into();
            }
            Some(jwk)
        };
        serde_json::json!({ "keys": self.keys.iter().filter_map(each).collect::<Vec<_>>() })
    }
}

fn unknown(kid: &str) -> Error {
    Error::new(&code::KEY_NOT_FOUND, format!("the keyring has no key {kid:?}")).next("flowbit key list")
}

/// The members of a JWK that make the key, in the order in which its thumbprint is computed; never a private one.
fn public_members(jwk: &Value) -> Map<String, Value> {
    const MEMBERS: [&str; 6] = ["crv", "e", "kty", "n", "x", "y"];
    MEMBERS.iter().filter_map(|name| Some(((*name).to_owned(), jwk.get(*name)?.clone()))).collect()
}

/// What the thumbprint of a JWK is the digest of (RFC 7638).
pub fn thumbprint_input(jwk: &Value) -> String {
    Value::Object(public_members(jwk)).to_string()
}

/// The public half of a key for others: what makes it, what it is for, and its name. None for secrets.
pub fn public_jwk(entry: &Entry) -> Option<Value> {
    let mut members = public_members(entry.public.as_ref()?);
    for (name, value) in [("kid", entry.kid.as_str()), ("alg", entry.algorithm.word()), ("use", "sig")] {
        members.insert(name.to_owned(), Value::String(value.to_owned()));
    }
    Some(Value::Object(members))
}

/// Whether a text is a name for a key: it stands in headers, on command lines and in names of files.
///
/// # Errors
/// Why it is none.
pub fn check_kid(kid: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if kid.is_empty() || kid.len() > LONGEST_KID {
        return Err(format!("the name of a key has 1 to {LONGEST_KID} characters"));
    }
    if !kid.chars().all(good) || kid.starts_with(['-', '.']) {
        // Not repeated: it may be the key itself, in the wrong place.
        return Err(
            "this is no name of a key: letters, digits, `-`, `_` and `.` can be in it, the first is no `-` or `.`"
                .to_owned(),
        );
    }
    Ok(())
}

/// A word as the name of a directory: other words never give the same one.
pub fn as_directory(word: &str) -> String {
    let plain = |b: u8, first: bool| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || b == b'.' && !first;
    let safe = |(i, b): (usize, u8)| if plain(b, i == 0) { char::from(b).to_string() } else { format!("%{b:02x}") };
    let name: String = word.bytes().enumerate().map(safe).collect();
    if name.is_empty() { "%".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn key(kid: &str, created: &str) -> Entry {
        Entry {
            kid: kid.to_owned(),
            algorithm: Algorithm::EdDSA,
            created: at(created),
            not_before: None,
            not_after: None,
            rotated_at: None,
            verifies_until: None,
            retired_at: None,
            source: Some(KeySource::Env("K".to_owned())),
            public: Some(serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": kid, "d": "private", "use": "enc" })),
        }
    }

    const NOW: &str = "2026-11-25T12:00:00Z";

    fn states(ring: &Keyring, now: &str) -> Vec<&'static str> {
        ring.keys.iter().map(|entry| ring.state(entry, at(now)).word()).collect()
    }

    #[test]
    fn one_key_signs_and_a_pending_one_takes_over_when_its_time_comes() {
        let mut ring = Keyring::default();
        ring.admit(key("a", "2026-11-01T00:00:00Z"), at(NOW)).unwrap();
        let second = ring.admit(key("b", NOW), at(NOW)).unwrap_err();
        assert_eq!(second.code().id, "E0318");
        assert!(second.actions()[0].starts_with("flowbit key rotate"));
        ring.admit(Entry { not_before: Some(at("2026-12-01T00:00:00Z")), ..key("b", NOW) }, at(NOW)).unwrap();
        assert_eq!(states(&ring, NOW), ["signing", "pending"]);
        assert_eq!(states(&ring, "2026-12-01T00:00:00Z"), ["verifying", "signing"]);
        assert_eq!(ring.superseded(at("2026-12-02T00:00:00Z"))[0].kid, "a");
        ring.hand_over(&["a".to_owned()], at("2026-12-01T00:00:00Z"), 3600);
        assert_eq!(states(&ring, "2026-12-01T00:59:59Z"), ["verifying", "signing"]);
        assert_eq!(states(&ring, "2026-12-01T01:00:00Z"), ["expired", "signing"]);
        ring.keys[0].retired_at = Some(at(NOW));
        assert_eq!(states(&ring, NOW), ["retired", "pending"]);
        assert_eq!(ring.admit(key("a", NOW), at(NOW)).unwrap_err().code().id, "E0318", "names are never used twice");
    }

    #[test]
    fn a_key_that_ended_hands_signing_back_to_nobody() {
        let mut ring = Keyring::default();
        ring.keys.push(key("a", "2026-11-01T00:00:00Z"));
        ring.keys.push(Entry { not_after: Some(at("2026-11-20T00:00:00Z")), ..key("b", "2026-11-10T00:00:00Z") });
        assert_eq!(states(&ring, NOW), ["verifying", "expired"]);
        assert!(ring.signer(at(NOW)).is_none());
        ring.hand_over(&["a".to_owned(), "b".to_owned()], at(NOW), 86_400);
        assert_eq!(ring.keys[1].rotated_at, Some(at("2026-11-20T00:00:00Z")), "it had stopped by itself");
    }

    #[test]
    fn the_set_has_public_members_of_living_pairs_only() {
        let mut ring = Keyring::default();
        ring.keys.push(key("a", "2026-11-01T00:00:00Z"));
        ring.keys.push(Entry { retired_at: Some(at(NOW)), ..key("gone", "2026-11-01T00:00:00Z") });
        ring.keys.push(Entry { algorithm: Algorithm::HS256, public: None, ..key("h", "2026-11-01T00:00:00Z") });
        let expected = serde_json::json!({ "keys": [
            { "crv": "Ed25519", "kty": "OKP", "x": "a", "kid": "a", "alg": "EdDSA", "use": "sig" },
        ] });
        assert_eq!(ring.jwks(at(NOW)), expected);
        assert_eq!(thumbprint_input(ring.keys[0].public.as_ref().unwrap()), r#"{"crv":"Ed25519","kty":"OKP","x":"a"}"#);
    }

    #[test]
    fn what_is_no_keyring_is_refused_and_what_is_comes_back() {
        let mut ring = Keyring::default();
        ring.keys.push(key("a", "2026-11-01T00:00:00Z"));
        assert_eq!(Keyring::parse(&ring.text(), "k").unwrap(), ring);
        let twice = ring.text().replace("\"keys\": [", &format!("\"keys\": [{},", serde_json::json!(ring.keys[0])));
        for (text, says) in [
            ("", "no keyring"),
            ("{\"version\":1,\"keys\":[", "no keyring"),
            ("{\"keys\":[]}", "version"),
            ("{\"version\":2,\"keys\":[],\"new\":1}", "version 2"),
            ("{\"version\":1,\"keys\":[],\"more\":1}", "unknown field"),
            (twice.as_str(), "stands twice"),
            (&ring.text().replace("\"kid\": \"a\"", "\"kid\": \"../a\""), "no name of a key"),
        ] {
            let error = Keyring::parse(text, "k").unwrap_err();
            assert_eq!(error.code().id, "E0105");
            assert!(error.message().contains(says), "{}", error.message());
        }
    }

    #[test]
    fn directories_of_different_words_differ() {
        let words = ["a b", "a-b", "a/b", "..", ".", "", "%", "ä", "a%20b", "prod"];
        let names: std::collections::BTreeSet<String> = words.iter().map(|word| as_directory(word)).collect();
        assert_eq!(names.len(), words.len(), "{names:?}");
        assert!(names.iter().all(|name| !name.contains(['/', ' ']) && !name.starts_with('.')));
        assert!(check_kid("key-1.a_B").is_ok());
        for bad in ["", "-a", ".a", "a/b", "a b", "ä", &"x".repeat(129)] {
            assert!(check_kid(bad).is_err(), "{bad}");
        }
    }
}
