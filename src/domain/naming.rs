//! Names of organizations, and the rule by which a platform turns one into the name of a collection.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::{Error, Result, code};

/// Bytes that `database.collection` may have on an unsharded server (MongoDB 4.4 and later).
pub const NAMESPACE_BYTES: usize = 255;

/// Bytes kept free for what flowbit puts around a collection's name while it is out of the way.
pub const STAGING_BYTES: usize = 40;

/// The name of an organization as the platform stores it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrgName(String);

impl OrgName {
    /// A name that stands in a database; nothing is checked.
    pub fn stored(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What this name is compared by.
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

impl fmt::Display for OrgName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What two names are compared by: NFKC, lower case, white space squeezed.
///
/// Names with one key are one name to a person on the telephone, and to backends that lower-case or trim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NameKey(String);

impl NameKey {
    /// The key of any text.
    pub fn of(text: &str) -> Self {
        let lower: String = text.nfkc().collect::<String>().to_lowercase().nfkc().collect();
        Self(lower.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is left of a name after the platform's rule: the part that stands in names of collections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// A slug that stands in a database; nothing is checked.
    pub fn stored(slug: impl Into<String>) -> Self {
        Self(slug.into())
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of characters, written like the inside of brackets in a regular expression: `a-z0-9_`, or `^a-z` for all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharClass {
    text: String,
    negated: bool,
    ranges: Vec<(char, char)>,
}

impl CharClass {
    /// Whether the character belongs to the set.
    pub fn contains(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != self.negated
    }
}

impl TryFrom<String> for CharClass {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (negated, body) = match text.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let chars: Vec<char> = body.chars().collect();
        let mut ranges = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            // A hyphen at either end stands for itself, as in a regular expression.
            if at + 2 < chars.len() && chars[at + 1] == '-' {
                if chars[at] > chars[at + 2] {
                    return Err(format!("the range {}-{} runs backwards", chars[at], chars[at + 2]));
                }
                ranges.push((chars[at], chars[at + 2]));
                at += 3;
            } else {
                ranges.push((chars[at], chars[at]));
                at += 1;
            }
        }
        if ranges.is_empty() {
            return Err("a set of characters is empty".to_owned());
        }
        Ok(Self { text, negated, ranges })
    }
}

impl From<CharClass> for String {
    fn from(class: CharClass) -> Self {
        class.text
    }
}

impl<'de> Deserialize<'de> for CharClass {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        CharClass::try_from(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for CharClass {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// One step of a naming rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NameStep {
    /// Removes white space at both ends.
    Trim,
    /// Lower case, by Unicode.
    Lower,
    /// Unicode NFC, so that one letter has one spelling.
    Nfc,
    /// Letters lose their accents: `Ü` becomes `U`, `ß` becomes `ss`.
    Fold,
    /// Every character of the set becomes `with`.
    Replace {
        /// The set.
        chars: CharClass,
        /// What stands in its place.
        with: String,
    },
    /// Every character of the set disappears.
    Delete(CharClass),
    /// Runs of one character become one.
    Squeeze(char),
    /// The character disappears at both ends.
    Strip(char),
    /// The text is put in front.
    Prefix(String),
}

impl NameStep {
    fn apply(&self, text: &str) -> String {
        match self {
            NameStep::Trim => text.trim().to_owned(),
            NameStep::Lower => text.to_lowercase(),
            NameStep::Nfc => text.nfc().collect(),
            NameStep::Fold => text.nfkd().filter(|c| !is_combining_mark(*c)).map(fold_letter).collect(),
            NameStep::Replace { chars, with } => {
                text.chars().map(|c| if chars.contains(c) { with.clone() } else { c.to_string() }).collect()
            }
            NameStep::Delete(chars) => text.chars().filter(|c| !chars.contains(*c)).collect(),
            NameStep::Squeeze(run) => {
                let mut last = None;
                text.chars().filter(|c| last.replace(*c) != Some(*run) || c != run).collect()
            }
            NameStep::Strip(end) => text.trim_matches(*end).to_owned(),
            NameStep::Prefix(prefix) => format!("{prefix}{text}"),
        }
    }
}

/// Letters of Latin alphabets that Unicode does not decompose.
fn fold_letter(c: char) -> String {
    match c {
        'ß' => "ss".to_owned(),
        'æ' => "ae".to_owned(),
        'Æ' => "AE".to_owned(),
        'œ' => "oe".to_owned(),
        'Œ' => "OE".to_owned(),
        'ø' => "o".to_owned(),
        'Ø' => "O".to_owned(),
        'ł' => "l".to_owned(),
        'Ł' => "L".to_owned(),
        'đ' => "d".to_owned(),
        'Đ' => "D".to_owned(),
        other => other.to_string(),
    }
}

/// How a platform treats names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Naming {
    /// From what was typed to the name that is stored.
    pub name: Vec<NameStep>,
    /// From the stored name to the slug.
    pub slug: Vec<NameStep>,
    /// Characters that a stored name may consist of; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<CharClass>,
    /// Slugs that no organization may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<String>,
    /// Whether the backend derives the name of the collection again instead of reading the stored one.
    #[serde(default)]
    pub derived_again: bool,
}

/// Characters a display name may have; beyond it tables and prompts become unreadable.
const NAME_CHARS: usize = 120;

impl Naming {
    /// Turns what a person typed into a stored name and its slug, or says which rule it breaks.
    ///
    /// # Errors
    /// `E0102`, naming the rule.
    pub fn accept(&self, typed: &str) -> Result<(OrgName, Slug)> {
        check_characters(typed)?;
        let name = self.name.iter().fold(typed.to_owned(), |text, step| step.apply(&text));
        if name.is_empty() {
            return Err(bad(typed, "it is empty"));
        }
        if name.chars().count() > NAME_CHARS {
            return Err(bad(
                typed,
                &format!("it has {} characters, at most {NAME_CHARS} are accepted", name.chars().count()),
            ));
        }
        if let Some(class) = &self.allowed
            && let Some(c) = name.chars().find(|c| !class.contains(*c))
        {
            return Err(bad(typed, &format!("the platform does not accept {c:?} in names, only {}", class.text)));
        }
        let slug = self.slug_of(&name);
        if slug.as_str().is_empty() {
            return Err(bad(typed, "the platform's naming rule leaves nothing of it"));
        }
        if slug.as_str().starts_with("system.") {
            return Err(bad(typed, "`system.` belongs to MongoDB"));
        }
        if self.reserved.iter().any(|reserved| reserved == slug.as_str()) {
            return Err(bad(typed, &format!("`{slug}` is reserved")));
        }
        Ok((OrgName(name), slug))
    }

    /// The slug of a stored name.
    pub fn slug_of(&self, name: &str) -> Slug {
        Slug(self.slug.iter().fold(name.to_owned(), |text, step| step.apply(&text)))
    }
}

/// Rules that hold on every platform, because MongoDB, terminals and people cannot live with the exceptions.
fn check_characters(typed: &str) -> Result<()> {
    if typed.trim().is_empty() {
        return Err(bad(typed, "it is empty"));
    }
    if typed.contains('\0') {
        return Err(bad(typed, "it contains a NUL character"));
    }
    if typed.contains('$') {
        return Err(bad(typed, "`$` is not allowed in names of collections"));
    }
    if typed.starts_with('.') {
        return Err(bad(typed, "a leading dot is not allowed"));
    }
    if typed.to_lowercase().starts_with("system.") {
        return Err(bad(typed, "`system.` belongs to MongoDB"));
    }
    if let Some(c) = typed.chars().find(|c| c.is_control() || is_invisible(*c)) {
        return Err(bad(typed, &format!("it contains the invisible character U+{:04X}", c as u32)));
    }
    if typed.len() > NAMESPACE_BYTES {
        return Err(bad(
            typed,
            &format!("it has {} bytes, MongoDB allows {NAMESPACE_BYTES} for a whole namespace", typed.len()),
        ));
    }
    Ok(())
}

/// Zero-width and direction-changing characters: two names that look alike would not be alike.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn bad(typed: &str, why: &str) -> Error {
    let shown: String = typed.chars().take(60).collect();
    let dots = if typed.chars().count() > 60 { "…" } else { "" };
    Error::new(&code::BAD_NAME, format!("{shown:?}{dots} cannot be the name of an organization: {why}"))
        .next("choose another name; the rule stands under [naming] in the platform description")
}

/// Checks that a collection of this name fits into the namespace, with what flowbit needs around it for a while.
///
/// # Errors
/// `E0102` with the number of bytes.
pub fn check_collection(database: &str, collection: &str) -> Result<()> {
    let room = NAMESPACE_BYTES.saturating_sub(database.len() + 1 + STAGING_BYTES);
    if collection.len() > room {
        return Err(Error::new(
            &code::BAD_NAME,
            format!(
                "the name is too long: its collection would have {} bytes, and {room} fit into database `{database}` ({NAMESPACE_BYTES} bytes for the namespace, {STAGING_BYTES} of them for staging)",
                collection.len()
            ),
        ));
    }
    Ok(())
}

/// Bytes that the name of a database may have.
const DATABASE_BYTES: usize = 63;

/// Checks that a database of this name can be made, on every system that MongoDB runs on.
///
/// # Errors
/// `E0102`.
pub fn check_database(name: &str) -> Result<()> {
    let refuse =
        |why: String| Err(Error::new(&code::BAD_NAME, format!("{name:?} cannot be the name of a database: {why}")));
    if name.is_empty() {
        return refuse("it is empty".to_owned());
    }
    if name.len() > DATABASE_BYTES {
        return refuse(format!("it has {} bytes, MongoDB allows {DATABASE_BYTES}", name.len()));
    }
    if let Some(c) = name.chars().find(|c| "/\\. \"$*<>:|?".contains(*c) || c.is_control()) {
        return refuse(format!("MongoDB does not take {c:?}"));
    }
    if ["admin", "local", "config"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return refuse("it is MongoDB's own".to_owned());
    }
    Ok(())
}

/// A name as it can be typed into a shell.
pub fn shell(name: &str) -> String {
    let safe = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/".contains(c));
    if safe { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native() -> Naming {
        Naming {
            name: vec![NameStep::Trim, NameStep::Nfc],
            slug: vec![
                NameStep::Fold,
                NameStep::Lower,
                NameStep::Replace { chars: CharClass::try_from("^a-z0-9".to_owned()).unwrap(), with: "-".to_owned() },
                NameStep::Squeeze('-'),
                NameStep::Strip('-'),
            ],
            allowed: None,
            reserved: vec!["admin".to_owned()],
            derived_again: false,
        }
    }

    #[test]
    fn names_map_as_the_rule_says() {
        for (typed, slug) in [
            ("Acme Corp", "acme-corp"),
            ("acme_corp!", "acme-corp"),
            ("Ünïcode et.", "unicode-et"),
            ("Straße 7", "strasse-7"),
            ("  LogisticsCo ", "logisticsco"),
            ("A--B", "a-b"),
        ] {
            assert_eq!(native().accept(typed).unwrap().1.as_str(), slug, "{typed}");
        }
    }

    #[test]
    fn names_that_break_something_are_refused_with_the_rule() {
        for (typed, why) in [
            ("", "empty"),
            ("   ", "empty"),
            ("a\0b", "NUL"),
            ("Ünïcode $et.", "`$`"),
            (".hidden", "leading dot"),
            ("system.users", "MongoDB"),
            ("日本", "leaves nothing"),
            ("!!!", "leaves nothing"),
            ("Admin", "reserved"),
            ("a\u{200b}b", "U+200B"),
            (&"x".repeat(300), "300 bytes"),
            (&"x".repeat(130), "130 characters"),
        ] {
            let error = native().accept(typed).unwrap_err();
            assert_eq!(error.code().id, "E0102");
            assert!(error.message().contains(why), "{typed:?}: {}", error.message());
        }
    }

    #[test]
    fn collections_must_fit_with_what_is_put_around_them() {
        let database = "d".repeat(63);
        assert!(check_collection(&database, &"c".repeat(151)).is_ok());
        assert!(check_collection(&database, &"c".repeat(152)).unwrap_err().message().contains("151 fit"));
    }

    #[test]
    fn keys_join_what_people_confuse() {
        assert_eq!(NameKey::of("ACME  Corp"), NameKey::of("acme corp"));
        assert_eq!(NameKey::of("a\u{0301}"), NameKey::of("á"));
        assert_ne!(NameKey::of("acme"), NameKey::of("acme2"));
    }

    #[test]
    fn shells_get_names_they_can_take() {
        assert_eq!(shell("acme"), "acme");
        assert_eq!(shell("Acme Corp"), "'Acme Corp'");
        assert_eq!(shell("o'neill"), "'o'\\''neill'");
    }
}
