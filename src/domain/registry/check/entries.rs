//! What is wrong in the entry of one tenant, or in the catalogue.

use std::collections::BTreeMap;

use super::super::screen::{text_of, url_fault};
use super::super::source::{Kind, Node};
use super::{BAD_URL, Exam, NO_NAME, NO_URL, SCREEN_TWICE, Severity, UNKNOWN_KEY, UNUSED_SCREEN, WRONG_TYPE};
use crate::domain::similar::nearest;

impl Exam<'_> {
    /// `{"tenant":…, "screenUrl":…}`
    pub(super) fn only_url(&mut self, entry: &Node) {
        match entry.get("screenUrl") {
            None => self.found(NO_URL, entry.at, "the entry has no `screenUrl`", self.set("--url URL")),
            Some(node) => match self.string(node) {
                None => self.found(WRONG_TYPE, node.at, "`screenUrl` is no text", self.set("--url URL")),
                // That is how a tenant is entered before it has a screen.
                Some(url) if url.is_empty() => {
                    let remedy = self.set("--url URL");
                    self.found_as(Severity::Info, NO_URL, node.at, "the tenant has no screen yet", remedy);
                }
                Some(url) => {
                    self.checked.screens += 1;
                    self.url(node.at, &url, &|exam| exam.set("--url URL"));
                }
            },
        }
    }

    /// The command that repairs something of this tenant.
    fn set(&self, options: &str) -> String {
        let tenant = self.tenant.as_deref().unwrap_or("ORG");
        format!("flowbit screen set {} {options}", word(tenant))
    }

    fn url(&mut self, at: usize, url: &str, remedy: &dyn Fn(&Self) -> String) {
        if let Some(fault) = url_fault(url) {
            let remedy = remedy(self);
            self.found(BAD_URL, at, format!("the address {url:?} {fault}"), remedy);
        }
    }

    pub(super) fn list(&mut self, list: &Node) {
        let Kind::Array(items) = &list.kind else {
            return self.found(WRONG_TYPE, list.at, "the screens are no list", "write them as a list: […]");
        };
        self.checked.screens += items.len();
        let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for item in items {
            match &item.kind {
                Kind::Object(_) => self.screen(item),
                _ => match self.string(item) {
                    None => self.found(WRONG_TYPE, item.at, "a screen is neither an object nor text", "remove it"),
                    Some(text) if text.trim().is_empty() => {
                        self.found(NO_NAME, item.at, "a screen has neither name nor address", "remove it");
                    }
                    Some(_) => {}
                },
            }
            let value = item.value(self.text);
            let text = |member: &str| value.get(member).and_then(text_of).filter(|text| !text.is_empty());
            let word = value.as_str().filter(|word| !word.is_empty()).map(str::to_owned);
            for (member, name) in [("name", text("name")), ("id", text("id")), ("screen", word)] {
                let Some(name) = name else { continue };
                match seen.get(&(member, name.clone())).copied() {
                    Some(first) => self.twice(item.at, member, &name, first),
                    None => drop(seen.insert((member, name), self.place(item.at).0)),
                }
            }
        }
    }

    fn twice(&mut self, at: usize, member: &str, name: &str, first: usize) {
        let message = format!("the {member} {name:?} stands here and in line {first}");
        self.found(SCREEN_TWICE, at, message, "leave one of them");
    }

    /// `{"name":…, "url":…, …}`
    fn screen(&mut self, item: &Node) {
        let title = item.get("name").and_then(|name| self.string(name)).filter(|name| !name.trim().is_empty());
        match (item.get("name"), &title) {
            (None, _) => self.found(NO_NAME, item.at, "a screen has no name", "add the member `name`"),
            (Some(name), None) if self.string(name).is_some() => {
                self.found(NO_NAME, name.at, "the name of a screen is empty", "name the screen, or remove it");
            }
            (Some(name), None) => {
                self.found(WRONG_TYPE, name.at, "the name of a screen is no text", "write it as text")
            }
            (Some(_), Some(_)) => {}
        }
        let called = title.clone().unwrap_or_else(|| "NAME".to_owned());
        let remedy = self.set(&format!("--name {} --url URL", word(&called)));
        match item.get("url").or_else(|| item.get("screenUrl")) {
            None => self.found(NO_URL, item.at, "a screen has no address", remedy),
            Some(url) => match self.string(url) {
                None => self.found(WRONG_TYPE, url.at, "the address of a screen is no text", remedy),
                Some(text) if text.trim().is_empty() => {
                    self.found(NO_URL, url.at, "the address of a screen is empty", remedy);
                }
                Some(text) => self.url(url.at, &text, &|_| remedy.clone()),
            },
        }
        for member in ["icon", "description", "scope", "module"] {
            if let Some(node) = item.get(member)
                && node.is_container()
            {
                let message = format!("`{member}` of a screen is neither text nor a number");
                self.found(WRONG_TYPE, node.at, message, "write it as text");
            }
        }
    }

    pub(super) fn keys(&mut self, list: &Node, catalogue: Option<&Node>, allowed: &mut Vec<String>) {
        let Kind::Array(items) = &list.kind else {
            return self.found(WRONG_TYPE, list.at, "`allowedScreens` is no list", "write it as a list: […]");
        };
        self.checked.screens += items.len();
        let known: Vec<&str> =
            catalogue.map(Node::members).unwrap_or_default().iter().map(|member| member.key.as_str()).collect();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for item in items {
            let Some(key) = self.string(item) else {
                self.found(WRONG_TYPE, item.at, "the key of a screen is no text", "write it as text");
                continue;
            };
            if let Some(first) = seen.get(&key) {
                self.twice(item.at, "key", &key, *first);
            }
            seen.entry(key.clone()).or_insert(self.place(item.at).0);
            if !known.contains(&key.as_str()) {
                let meant = nearest(&key, known.iter().copied()).map(|near| format!("; {near:?} is meant, perhaps"));
                let message = format!("the catalogue has no screen {key:?}{}", meant.unwrap_or_default());
                self.found(UNKNOWN_KEY, item.at, message, self.set(&format!("--remove {}", word(&key))));
            }
            allowed.push(key);
        }
    }

    pub(super) fn catalogue(&mut self, catalogue: &Node, allowed: &[String]) {
        let Kind::Object(members) = &catalogue.kind else {
            let message = "the catalogue of screens is no object";
            return self.found(WRONG_TYPE, catalogue.at, message, "write it as {KEY: {…}}");
        };
        for member in members {
            let (key, at) = (&member.key, member.name.0);
            if !allowed.contains(key) {
                let message = format!("no tenant is allowed the screen {key:?} of the catalogue");
                let remedy = format!("allow it: flowbit screen set ORG --key {}", word(key));
                self.found_as(Severity::Info, UNUSED_SCREEN, at, message, remedy);
            }
            let url = match &member.value.kind {
                Kind::Object(_) => member.value.get("url").or_else(|| member.value.get("screenUrl")),
                _ if self.string(&member.value).is_some() => Some(&member.value),
                _ => {
                    let message = format!("the screen {key:?} of the catalogue is no object");
                    self.found(WRONG_TYPE, member.value.at, message, "write it as {\"name\": …, \"url\": …}");
                    continue;
                }
            };
            let remedy = format!("give {key:?} an address in {}", self.file);
            match url.map(|node| (node, self.string(node))) {
                None => {
                    let message = format!("the screen {key:?} of the catalogue has no address");
                    self.found(NO_URL, member.value.at, message, remedy);
                }
                Some((node, None)) => self.found(WRONG_TYPE, node.at, "an address is no text", remedy),
                Some((node, Some(url))) => self.url(node.at, &url, &|_| remedy.clone()),
            }
        }
    }
}

/// A word as it can be typed into a shell.
fn word(text: &str) -> String {
    let safe = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@/".contains(c));
    if safe { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
