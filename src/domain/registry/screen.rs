//! A screen, and how objects of a registry say it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Members;

/// A screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// What it is called; empty where the shape has no names.
    #[serde(default)]
    pub name: String,
    /// Where it is; empty where the shape has no addresses.
    #[serde(default)]
    pub url: String,
    /// Its key in the catalogue, in registries that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Members that only the platform knows, `scope` and `module` for instance.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What is wrong with the address of a screen, if anything: it is absolute, http or https, or begins with `/`.
pub fn url_fault(url: &str) -> Option<&'static str> {
    if url.trim().is_empty() {
        return Some("is empty");
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("has white space or control characters in it");
    }
    let lower = url.to_ascii_lowercase();
    let host = ["http://", "https://"].iter().find_map(|scheme| lower.strip_prefix(scheme));
    match host {
        Some(rest) if rest.is_empty() || rest.starts_with(['/', '?', '#']) => Some("has no host"),
        Some(_) => None,
        None if url.starts_with('/') => None,
        None => Some("neither begins with `/` nor is an absolute http(s) address"),
    }
}

/// Text, also where somebody wrote a number.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The member that holds an address.
pub(super) fn url_member(screen: &Map<String, Value>) -> &'static str {
    if !screen.contains_key("url") && screen.contains_key("screenUrl") { "screenUrl" } else { "url" }
}

impl Screen {
    /// A screen that is one word: an address where it looks like one, a name otherwise.
    pub fn of_word(word: &str) -> Self {
        match url_fault(word) {
            None => Self { url: word.to_owned(), ..Self::default() },
            Some(_) => Self { name: word.to_owned(), ..Self::default() },
        }
    }

    /// What people call it: its name, otherwise its key, its identifier or its address.
    pub fn title(&self) -> &str {
        let given = [Some(self.name.as_str()), self.key.as_deref(), self.id.as_deref()];
        given.into_iter().flatten().find(|text| !text.is_empty()).unwrap_or(&self.url)
    }

    /// Whether this names it: its name, its key, its identifier or its address.
    pub fn is_called(&self, word: &str) -> bool {
        !word.is_empty()
            && (self.name == word
                || self.url == word
                || self.key.as_deref() == Some(word)
                || self.id.as_deref() == Some(word))
    }

    /// The screen without what these members have no place for; `None` for a catalogue, whose screens are not a
    /// tenant's to describe.
    #[must_use]
    pub fn fitting(&self, members: Members) -> Option<Self> {
        match members {
            Members::Objects => Some(self.clone()),
            Members::Url => Some(Self { url: self.url.clone(), ..Self::default() }),
            Members::Words if self.name.is_empty() => Some(Self { url: self.url.clone(), ..Self::default() }),
            Members::Words => Some(Self { name: self.name.clone(), ..Self::default() }),
            Members::Keys => None,
        }
    }

    pub(super) fn of_object(object: &Map<String, Value>, no_extra: &[&str]) -> Self {
        let url = url_member(object);
        let text = |member: &str| object.get(member).and_then(text_of);
        let known = ["name", url, "key", "id", "icon", "description"];
        Self {
            name: text("name").unwrap_or_default(),
            url: text(url).unwrap_or_default(),
            key: text("key"),
            id: text("id"),
            icon: text("icon"),
            description: text("description"),
            extra: object
                .iter()
                .filter(|(member, _)| !known.contains(&member.as_str()) && !no_extra.contains(&member.as_str()))
                .map(|(member, value)| (member.clone(), value.clone()))
                .collect(),
        }
    }

    /// The members that are said, with the name of the one for the address.
    pub(super) fn said(&self, url: &str) -> Map<String, Value> {
        let mut said = Map::new();
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (member, text) in [
            ("id", self.id.clone()),
            ("name", some(&self.name)),
            (url, some(&self.url)),
            ("icon", self.icon.clone()),
            ("description", self.description.clone()),
            ("key", self.key.clone()),
        ] {
            said.extend(text.map(|text| (member.to_owned(), Value::String(text))));
        }
        said.extend(self.extra.clone());
        said
    }

    /// Says these of it in an object. Returns whether anything changed; members that are not said stay.
    pub(super) fn say(&self, object: &mut Map<String, Value>) -> bool {
        let mut changed = false;
        for (member, value) in self.said(url_member(object)) {
            let same = object.get(&member).is_some_and(|old| {
                // A number that reads like the text is left a number.
                *old == value || value.is_string() && text_of(old) == text_of(&value)
            });
            if !same {
                object.insert(member, value);
                changed = true;
            }
        }
        changed
    }
}

/// The screen that an element of a list is.
pub(super) fn read(item: &Value) -> Option<Screen> {
    match item {
        Value::String(word) => Some(Screen::of_word(word)),
        Value::Object(object) => Some(Screen::of_object(object, &[])),
        _ => None,
    }
}
