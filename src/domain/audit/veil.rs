//! What of an entry is not shown: secrets never, and people only where nobody asked to mask them.

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Mutex;

use bson::{Bson, Document};
use serde_json::Value;

use super::difference::changed;
use super::{Changed, Trail, said};
use crate::domain::secrecy::{VEILED, is_secret_name, names_a_secret, without_secrets};
use crate::domain::seed::mask::class_of;

/// What hides parts of entries.
#[derive(Debug, Default)]
pub struct Veil {
    masks: Option<Masks>,
}

/// Pseudonyms of one run: the same value has the same.
struct Masks {
    /// The key of digests; nobody keeps it.
    key: [u8; 32],
    /// Whom a pseudonym was given to.
    given: Mutex<HashMap<String, String>>,
    /// Pseudonyms of actors, by what entries call them.
    actors: Mutex<HashMap<String, String>>,
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masks")
    }
}

impl Masks {
    fn pseudonym(&self, kind: &str, value: &str) -> String {
        let value = value.trim().to_lowercase();
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(value.as_bytes());
        let digest = hasher.finalize().to_hex();
        let Ok(mut given) = self.given.lock() else { return format!("{kind}-{}", &digest[..16]) };
        // As short as it may be without two having one.
        for length in 4..digest.len() {
            let name = format!("{kind}-{}", &digest[..length]);
            let owner = given.entry(name.clone()).or_insert_with(|| value.clone());
            if *owner == value {
                return name;
            }
        }
        format!("{kind}-{digest}")
    }

    fn actor(&self, value: &str) -> Option<String> {
        self.actors.lock().ok()?.get(value).cloned()
    }
}

impl Veil {
    /// One that hides secrets only.
    pub fn thin() -> Self {
        Self::default()
    }

    /// One that hides people too. `key` is made for this run and forgotten.
    pub fn masking(key: [u8; 32]) -> Self {
        Self { masks: Some(Masks { key, given: Mutex::default(), actors: Mutex::default() }) }
    }

    /// Whether people are hidden.
    pub fn masks(&self) -> bool {
        self.masks.is_some()
    }

    /// What stands for a person: as called, or a pseudonym.
    pub fn person(&self, name: &str) -> String {
        match &self.masks {
            Some(masks) => masks.actor(name).unwrap_or_else(|| masks.pseudonym("person", name)),
            None => without_secrets(name),
        }
    }

    /// Takes notice of an actor: what entries call it gets the pseudonym of its name, wherever it stands.
    pub fn meet(&self, actor: &Bson, name: Option<&str>) {
        let (Some(masks), text) = (&self.masks, said(actor)) else { return };
        let pseudonym = masks.pseudonym("person", name.unwrap_or(&text));
        if let Ok(mut actors) = masks.actors.lock() {
            actors.insert(text, pseudonym);
        }
    }

    /// A text as it may be shown.
    pub fn text(&self, text: &str) -> String {
        let text = without_secrets(text);
        match &self.masks {
            Some(masks) => masks.text(&text),
            None => text,
        }
    }

    /// An entry, or another document of the platform's, as it may be shown.
    pub fn document(&self, trail: &Trail, document: Document) -> Document {
        self.fields(trail, "", document)
    }

    /// What an entry says of the change, as it may be shown. That a secret changed is no secret.
    pub fn changes(&self, trail: &Trail, entry: &Document) -> Vec<Changed> {
        let side = |within: &Option<String>, field: &str, value: Option<Bson>| {
            let path = within.as_ref().map_or_else(|| field.to_owned(), |within| format!("{within}.{field}"));
            value.map(|value| self.value(trail, &path, field, value))
        };
        let each = |one: Changed| Changed {
            before: side(&trail.before, &one.field, one.before),
            after: side(&trail.after, &one.field, one.after),
            field: if self.masks() { self.text(&one.field) } else { one.field },
        };
        changed(trail, entry).into_iter().map(each).collect()
    }

    /// The value of one field, by its path, as it may be shown: the same as in the whole document.
    pub fn field(&self, trail: &Trail, path: &str, value: Bson) -> Bson {
        self.value(trail, path, path, value)
    }

    fn fields(&self, trail: &Trail, at: &str, document: Document) -> Document {
        let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        let each = |(key, value): (String, Bson)| {
            let path = below(&key);
            let value = self.value(trail, &path, &key, value);
            (if self.masks() { self.text(&key) } else { key }, value)
        };
        document.into_iter().map(each).collect()
    }

    /// What stands for a value that is hidden whole, for its name. The items of a list have the name of the list.
    fn hides(&self, trail: &Trail, path: &str, key: &str, value: &Bson) -> Option<String> {
        let identifies = identifies(trail, path);
        let harmless = matches!(value, Bson::Boolean(_) | Bson::Null | Bson::DateTime(_));
        let secret = if identifies { names_a_secret } else { is_secret_name };
        // A name may be a path: what is below something secret is secret.
        if !harmless && key.split('.').any(secret) {
            return Some(VEILED.to_owned());
        }
        let masks = self.masks.as_ref().filter(|_| !identifies && *value != Bson::Null)?;
        let is_actor = trail.actors.iter().any(|actor| actor == path);
        let last = key.rsplit('.').next().unwrap_or(key);
        let personal = trail.personal.iter().any(|personal| is_within(path, personal))
            || (class_of(last, false).is_some() && !matches!(value, Bson::Document(_) | Bson::Array(_)));
        let kind = if is_actor { "person" } else { "hidden" };
        let text = said(value);
        (is_actor || personal).then(|| masks.actor(&text).unwrap_or_else(|| masks.pseudonym(kind, &text)))
    }

    fn value(&self, trail: &Trail, path: &str, key: &str, value: Bson) -> Bson {
        if let Some(hidden) = self.hides(trail, path, key, &value) {
            return Bson::String(hidden);
        }
        let identifies = identifies(trail, path);
        match value {
            Bson::Document(inner) => Bson::Document(self.fields(trail, path, inner)),
            Bson::Array(items) => {
                Bson::Array(items.into_iter().map(|item| self.value(trail, path, key, item)).collect())
            }
            Bson::String(text) if identifies => Bson::String(self.looks(&text)),
            Bson::String(text) => match structure(&text) {
                Some(inner) => Bson::String(self.json(trail, path, key, inner).to_string()),
                None => Bson::String(self.text(&text)),
            },
            Bson::ObjectId(_) | Bson::Binary(_) if !identifies => {
                let met = self.masks.as_ref().and_then(|masks| masks.actor(&said(&value)));
                met.map_or(value, Bson::String)
            }
            other => other,
        }
    }

    /// What stands as JSON in a text, such as the body of a request.
    fn json(&self, trail: &Trail, path: &str, key: &str, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let each = |(name, value): (String, Value)| {
                    let path = format!("{path}.{name}");
                    // What is no value of extended JSON is only judged by its name.
                    let like = Bson::try_from(value.clone()).unwrap_or_else(|_| Document::new().into());
                    let value = match self.hides(trail, &path, &name, &like) {
                        Some(hidden) => Value::String(hidden),
                        None => self.json(trail, &path, &name, value),
                    };
                    (if self.masks() { self.text(&name) } else { name }, value)
                };
                fields.into_iter().map(each).collect()
            }
            Value::Array(items) => items.into_iter().map(|item| self.json(trail, path, key, item)).collect(),
            Value::Null | Value::Bool(_) => value,
            Value::Number(number) => match self.hides(trail, path, key, &Bson::String(number.to_string())) {
                Some(hidden) => Value::String(hidden),
                None => Value::Number(number),
            },
            Value::String(text) => match self.value(trail, path, key, Bson::String(text)) {
                Bson::String(shown) => Value::String(shown),
                _ => Value::Null,
            },
        }
    }

    /// An identifier: only what looks like a person's address goes.
    fn looks(&self, text: &str) -> String {
        let text = without_secrets(text);
        match &self.masks {
            Some(masks) => addresses(&text, &mut |kind, found| masks.pseudonym(kind, found)),
            None => text,
        }
    }
}

impl Masks {
    fn text(&self, text: &str) -> String {
        if let Some(whole) = self.actor(text) {
            return whole;
        }
        let found =
            addresses(text, &mut |kind, found| self.actor(found).unwrap_or_else(|| self.pseudonym(kind, found)));
        let Ok(actors) = self.actors.lock() else { return found };
        actors.iter().filter(|(name, _)| name.chars().count() > 3).fold(found, |text, (name, pseudonym)| {
            if text.contains(name.as_str()) { replace_word(&text, name, pseudonym) } else { text }
        })
    }
}

/// Whether what stands at this path identifies the entry, or what it is about.
fn identifies(trail: &Trail, path: &str) -> bool {
    path == "_id" || trail.targets.iter().any(|target| target == path)
}

/// Whether a path is another one, or leads on from there.
fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The object or list that a text is in JSON.
fn structure(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Replaces a text where it is not part of a longer word.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let end = at + word.len();
        let before = if at > 0 { &rest[..at] } else { out.as_str() };
        let whole = !before.ends_with(inside) && !rest[end..].starts_with(inside);
        out.push_str(&rest[..at]);
        out.push_str(if whole { with } else { word });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Replaces what looks like an e-mail or an address in a network.
fn addresses(text: &str, name: &mut dyn FnMut(&str, &str) -> String) -> String {
    networks(&emails(text, name), name)
}

fn emails(text: &str, name: &mut dyn FnMut(&str, &str) -> String) -> String {
    let local = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.find('@') {
        let begin = rest[..sign].trim_end_matches(local).len();
        let after = &rest[sign + 1..];
        let length = after.len() - after.trim_start_matches(domain).len();
        let length = after[..length].trim_end_matches(['.', '-']).len();
        let end = sign + 1 + length;
        out.push_str(&rest[..begin]);
        // `user:person@host` keeps what is before the colon, which is no part of an e-mail.
        match begin < sign && length > 0 {
            true => out.push_str(&name("person", &rest[begin..end])),
            false => out.push_str(&rest[begin..end]),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

fn networks(text: &str, name: &mut dyn FnMut(&str, &str) -> String) -> String {
    let part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(part) {
        let length = rest[begin..].find(|c| !part(c)).unwrap_or(rest.len() - begin);
        out.push_str(&rest[..begin]);
        out.push_str(&network(&rest[begin..begin + length], name));
        rest = &rest[begin + length..];
    }
    out.push_str(rest);
    out
}

/// A run of what addresses in networks are made of.
fn network(run: &str, name: &mut dyn FnMut(&str, &str) -> String) -> String {
    // From the longest: `ce:2001:db8::1` may be the end of a word and an address.
    let starts = std::iter::once(0).chain(run.match_indices(':').flat_map(|(at, _)| [at, at + 1]));
    if run.matches(':').count() > 1 {
        for start in starts {
            let ends = std::iter::once(run.len()).chain(run.rmatch_indices([':', '.']).map(|(at, _)| at));
            for end in ends.filter(|end| *end > start) {
                if run[start..end].matches(':').count() > 1 && run[start..end].parse::<Ipv6Addr>().is_ok() {
                    let found = name("address", &run[start..end]);
                    return format!("{}{found}{}", &run[..start], network(&run[end..], name));
                }
            }
        }
    }
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let mut out = String::new();
    let mut rest = run;
    while let Some(begin) = rest.find(digits) {
        let length = rest[begin..].find(|c| !digits(c)).unwrap_or(rest.len() - begin);
        let piece = &rest[begin..begin + length];
        let bare = piece.trim_matches('.');
        out.push_str(&rest[..begin]);
        match bare.parse::<Ipv4Addr>().is_ok() {
            true => out.push_str(&piece.replacen(bare, &name("address", bare), 1)),
            false => out.push_str(piece),
        }
        rest = &rest[begin + length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use bson::{doc, oid::ObjectId};

    use super::*;
    use crate::domain::Description;
    use crate::domain::audit::in_brief;

    fn trail() -> Trail {
        let text = include_str!("../../config/presets/inventory.toml");
        Trail::of(&toml::from_str::<Description>(text).unwrap())
    }

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        let marked = |text: &str| addresses(text, &mut |kind, found| format!("<{kind} {found}>"));
        for (text, expected) in [
            ("Anna <anna.b+x@acme.co.uk>, bob@x.", "Anna <<person anna.b+x@acme.co.uk>>, <person bob@x>."),
            ("from 10.0.0.1:8080, or 999.1.1.1", "from <address 10.0.0.1>:8080, or 999.1.1.1"),
            ("[2001:db8::1]:443 and ::1", "[<address 2001:db8::1>]:443 and <address ::1>"),
            ("at 12:30:45 on 2026-11-03", "at 12:30:45 on 2026-11-03"),
            ("2026-11-03T12:30:45.123Z", "2026-11-03T12:30:45.123Z"),
            ("nothing @ all", "nothing @ all"),
        ] {
            assert_eq!(marked(text), expected);
        }
    }

    #[test]
    fn secrets_go_always_and_people_where_it_is_asked_for() {
        let id = ObjectId::new();
        let entry = doc! {
            "_id": id, "actor_id": "anna", "entity_id": id, "ip_address": "10.0.0.1",
            "before": { "password": "x", "passwordChanged": true, "hash": ["$2b$12$abc"], "anna": 1 },
            "note": "anna wrote to bob@acme.com about annabel, eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        };
        let shown = Veil::thin().document(&trail(), entry.clone());
        let before = doc! { "password": "[secret]", "passwordChanged": true, "hash": "[secret]", "anna": 1 };
        assert_eq!(shown.get_document("before").unwrap(), &before);
        assert_eq!(shown.get_str("note").unwrap(), "anna wrote to bob@acme.com about annabel, [token]");
        let both = doc! { "before": { "password": "x", "a": 1 }, "after": { "password": "y", "a": 2 } };
        let changes = Veil::thin().changes(&trail(), &both);
        assert_eq!(in_brief(&trail(), &both, &changes), "password: [secret] → [secret], a: 1 → 2");
        let veil = Veil::masking([7; 32]);
        veil.meet(&"anna".into(), Some("anna@acme.com"));
        let shown = veil.document(&trail(), entry);
        let anna = veil.person("anna@acme.com");
        assert!(anna.starts_with("person-") && anna.len() == 11, "{anna}");
        assert_eq!(shown.get_str("actor_id").unwrap(), anna);
        assert_eq!(shown.get("entity_id"), Some(&id.into()));
        let note = shown.get_str("note").unwrap();
        assert_eq!(note, format!("{anna} wrote to {} about annabel, [token]", veil.person("bob@acme.com")));
        assert!(shown.get_str("ip_address").unwrap().starts_with("hidden-"));
    }

    #[test]
    fn what_the_doctor_calls_a_secret_is_veiled() {
        for name in ["cookie", "passphrase", "accessKey", "jwt", "bearer", "x_access_key", "setCookie", "private-key"] {
            let shown = Veil::thin().document(&trail(), doc! { "details": { name: ["hunter2"] } });
            assert_eq!(shown, doc! { "details": { name: "[secret]" } }, "{name}");
            let shown = Veil::thin().field(&trail(), &format!("details.{name}.id"), "hunter2".into());
            assert_eq!(shown, Bson::from("[secret]"), "{name}");
        }
    }

    #[test]
    fn json_in_a_text_is_veiled_too() {
        let shown = |veil: &Veil, text: &str| said(&veil.field(&trail(), "details.body", text.into()));
        let thin = Veil::thin();
        let inner = r#"{"a":[1.5,"x",{"password":"hunter2","at":null}],"nested":"{\"token\":\"t0k\"}","pin":1234}"#;
        let expected =
            r#"{"a":[1.5,"x",{"password":"[secret]","at":null}],"nested":"{\"token\":\"[secret]\"}","pin":"[secret]"}"#;
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(parsed(&shown(&thin, inner)), parsed(expected));
        assert_eq!(shown(&thin, "[not json"), "[not json");
        assert_eq!(
            parsed(&shown(&thin, r#"[{"$oid":"no","otp":"1"}]"#)),
            parsed(r#"[{"$oid":"no","otp":"[secret]"}]"#)
        );
        let masked = shown(&Veil::masking([7; 32]), r#"{"phone":["+49 30 1234567"],"by":"anna@acme.com"}"#);
        assert!(!masked.contains("1234567") && !masked.contains("anna"), "{masked}");
    }

    #[test]
    fn people_are_hidden_at_paths_and_in_lists() {
        let veil = Veil::masking([7; 32]);
        let phone = "+49 30 1234567";
        for path in ["details.phone", "before.profile.phone"] {
            assert!(said(&veil.field(&trail(), path, phone.into())).starts_with("hidden-"), "{path}");
        }
        let listed = veil.document(&trail(), doc! { "details": { "phone": [phone, [phone]] } });
        assert!(!listed.to_string().contains("1234567"), "{listed}");
        let both = doc! { "before": { "profile": { "phone": phone } }, "after": { "profile": { "phone": "2" } } };
        let changes = veil.changes(&trail(), &both);
        let brief = in_brief(&trail(), &both, &changes);
        assert!(brief.contains("hidden-") && !brief.contains("1234567"), "{brief}");
    }
}
