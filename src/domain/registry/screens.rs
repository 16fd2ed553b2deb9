//! The screens of a tenant, in each shape.
//!
//! A shape keeps them as one address beside the tenant's name, as objects, as plain words, or as keys of a catalogue that
//! all tenants share. What a shape has no place for is refused.

use serde_json::{Map, Value};

use super::screen::{Screen, read, url_member};
use super::source::Node;
use super::{Registry, Shape};
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code};

/// What the entries of a tenant can say about a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// The address of one screen.
    Url,
    /// Everything.
    Objects,
    /// One word: a name or an address.
    Words,
    /// The key of a screen in the catalogue.
    Keys,
}

/// A refusal of what a shape cannot hold.
fn refuse(what: impl Into<String>) -> Error {
    Error::new(&code::BAD_SCREEN, what)
}

impl Registry {
    /// The screens of a tenant, in the file's order; none when the tenant has no entry.
    pub fn screens(&self, tenant: &str) -> Option<Vec<Screen>> {
        let entries = self.entries(tenant);
        if entries.is_empty() {
            return None;
        }
        Some(entries.into_iter().flat_map(|entry| self.screens_of(entry)).collect())
    }

    /// The entries of a tenant: one, unless somebody wrote it twice.
    pub fn entries(&self, tenant: &str) -> Vec<&Value> {
        let of_list = |list: Option<&'_ Value>| -> Vec<usize> {
            let all = list.and_then(Value::as_array).into_iter().flatten().enumerate();
            all.filter(|(_, entry)| entry.get("tenant").and_then(Value::as_str) == Some(tenant))
                .map(|(i, _)| i)
                .collect()
        };
        let root = self.root();
        match self.shape {
            Shape::UseCases | Shape::List => of_list(root).into_iter().filter_map(|i| root?.get(i)).collect(),
            Shape::Tenants | Shape::ByTenant => root.and_then(|map| map.get(tenant)).into_iter().collect(),
        }
    }

    fn root(&self) -> Option<&Value> {
        match self.shape {
            Shape::UseCases => self.value.get("useCases"),
            Shape::Tenants => self.value.get("tenants"),
            Shape::List | Shape::ByTenant => Some(&self.value),
        }
    }

    fn entry_mut(&mut self, tenant: &str) -> Option<&mut Value> {
        let root = match self.shape {
            Shape::UseCases => self.value.get_mut("useCases")?,
            Shape::Tenants => self.value.get_mut("tenants")?,
            Shape::List | Shape::ByTenant => &mut self.value,
        };
        match root {
            Value::Array(list) => {
                list.iter_mut().find(|entry| entry.get("tenant").and_then(Value::as_str) == Some(tenant))
            }
            other => other.get_mut(tenant),
        }
    }

    /// The screens that tenants can be allowed, where the registry has a catalogue.
    pub fn catalogue(&self) -> Option<&Map<String, Value>> {
        self.value.get("screens").filter(|_| self.shape == Shape::Tenants)?.as_object()
    }

    fn screens_of(&self, entry: &Value) -> Vec<Screen> {
        if let Some(keys) = entry.get("allowedScreens").and_then(Value::as_array) {
            return keys.iter().filter_map(Value::as_str).map(|key| self.of_catalogue(key)).collect();
        }
        let list = entry.as_array().or_else(|| entry.get("screens")?.as_array());
        if let Some(list) = list {
            return list.iter().filter_map(read).collect();
        }
        // An empty address stands where a tenant was entered and has no screen yet.
        let only = entry.as_object().map(|entry| Screen::of_object(entry, &["tenant"]));
        only.filter(|screen| !screen.url.is_empty()).into_iter().collect()
    }

    fn of_catalogue(&self, key: &str) -> Screen {
        let entry = self.catalogue().and_then(|catalogue| catalogue.get(key));
        let mut screen = match entry {
            Some(Value::Object(entry)) => Screen::of_object(entry, &[]),
            Some(Value::String(url)) => Screen { url: url.clone(), ..Screen::default() },
            _ => Screen::default(),
        };
        screen.key = Some(key.to_owned());
        screen
    }

    /// What a tenant's entry can say about a screen; of a tenant without entry, what the entry it would get can.
    /// `screen` decides where a list is empty and no other one shows what belongs there.
    pub fn members(&self, tenant: &str, screen: &Screen) -> Members {
        let entry = self.entries(tenant).into_iter().next();
        let keyed = entry.is_some_and(|entry| entry.get("allowedScreens").is_some());
        let listed = entry.and_then(|entry| entry.as_array().or_else(|| entry.get("screens")?.as_array()));
        if keyed || (self.catalogue().is_some() && listed.is_none()) {
            return Members::Keys;
        }
        let lists = || self.root().into_iter().flat_map(values).filter_map(|entry| entry.get("screens")?.as_array());
        match self.shape {
            Shape::UseCases if listed.is_none() => return Members::Url,
            Shape::List if entry.is_some_and(|entry| entry.get("screenUrl").is_some()) => return Members::Url,
            Shape::List if listed.is_none() && lists().next().is_none() => return Members::Url,
            _ => {}
        }
        let others = || self.root().into_iter().flat_map(values).filter_map(Value::as_array).chain(lists());
        let first = listed.and_then(|list| list.first()).or_else(|| others().find_map(|list| list.first()));
        match first {
            Some(Value::String(_)) => Members::Words,
            Some(_) => Members::Objects,
            None => {
                // Nothing to go by: `{TENANT:{"screens":[]}}` is only seen with objects, bare lists also with words.
                let objects =
                    self.shape == Shape::Tenants || entry.is_some_and(|e| e.is_object() && e.get("tenant").is_none());
                let word = screen.name.is_empty() != screen.url.is_empty() && screen.said("url").len() == 1;
                if objects || !word { Members::Objects } else { Members::Words }
            }
        }
    }

    /// Adds a screen to a tenant, or changes the one of this name (or identifier): what the screen does not say stays as
    /// it is. Returns whether anything changed.
    ///
    /// # Errors
    /// `E0206` for a tenant without entry and for a key that the catalogue lacks, `E0126` for what the shape cannot hold
    /// and where it is not clear which screen is meant. Nothing was changed then.
    pub fn set_screen(&mut self, tenant: &str, screen: &Screen) -> Result<bool> {
        self.require_one_entry(tenant)?;
        match self.members(tenant, screen) {
            Members::Url => self.set_url(tenant, screen),
            Members::Words => self.set_word(tenant, screen),
            Members::Keys => self.allow(tenant, screen),
            Members::Objects => self.set_object(tenant, screen),
        }
    }

    fn require_one_entry(&self, tenant: &str) -> Result<()> {
        let twice = || {
            let root = Node::read(&self.source)?;
            let map = if self.shape == Shape::Tenants { root.get("tenants")? } else { &root };
            (map.members().iter().filter(|member| member.key == tenant).count() > 1).then_some(())
        };
        match self.entries(tenant).len() {
            0 => Err(Error::new(&code::SCREEN_NOT_FOUND, format!("the registry has no entry for {tenant:?}"))),
            1 if twice().is_none() => Ok(()),
            _ => Err(refuse(format!("{tenant:?} has several entries, and which one its platform reads is not known"))
                .next("leave one of them; `flowbit screen validate` says where they are")),
        }
    }

    fn set_url(&mut self, tenant: &str, screen: &Screen) -> Result<bool> {
        // Some files say more beside the address than this shape is known for; then it has a place.
        let carried: Vec<String> = self
            .root()
            .into_iter()
            .flat_map(values)
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .cloned()
            .collect();
        let said = screen.said("screenUrl");
        let homeless = said.keys().find(|member| *member != "screenUrl" && !carried.contains(member));
        if let Some(member) = homeless {
            return Err(refuse(format!(
                "this registry holds the address of a tenant's one screen and nothing else: there is no place for {}",
                described(member)
            ))
            .next("say --url only"));
        }
        if screen.url.is_empty() {
            return Err(refuse("the address of the screen is missing"));
        }
        let Some(Value::Object(entry)) = self.entry_mut(tenant) else { return Ok(false) };
        if !entry.contains_key("screenUrl") && !entry.contains_key("url") {
            entry.insert("screenUrl".to_owned(), Value::from(""));
        }
        Ok(screen.say(entry))
    }

    fn set_word(&mut self, tenant: &str, screen: &Screen) -> Result<bool> {
        let mut said = screen.said("url");
        if screen.name == screen.url {
            said.remove("url");
        }
        let word = match said.iter().next() {
            Some((member, Value::String(word))) if said.len() == 1 && (member == "name" || member == "url") => {
                word.clone()
            }
            _ => {
                return Err(refuse(
                    "this registry lists screens as plain words: there is a place for a name or an address, not for more",
                )
                .next("say either --name or --url"));
            }
        };
        let list = self.list_mut(tenant, "screens")?;
        if list.iter().any(|known| known.as_str() == Some(&word)) {
            return Ok(false);
        }
        list.push(Value::String(word));
        Ok(true)
    }

    fn allow(&mut self, tenant: &str, screen: &Screen) -> Result<bool> {
        let keys: Vec<String> = self.catalogue().into_iter().flat_map(Map::keys).cloned().collect();
        let wanted = screen.key.as_deref().unwrap_or(&screen.name);
        let named = || keys.iter().filter(|key| screen.key.is_none() && self.of_catalogue(key).name == wanted);
        let key = match keys.iter().find(|key| *key == wanted).or_else(|| named().next()) {
            Some(key) if keys.contains(&wanted.to_owned()) || named().count() == 1 => key.clone(),
            Some(_) => {
                return Err(refuse(format!("several screens of the catalogue are called {wanted:?}")).next("say --key"));
            }
            None => return Err(unknown_key(wanted, &keys)),
        };
        let there = Value::Object(self.of_catalogue(&key).said("url"));
        let said = Screen { name: screen.name.clone(), key: None, ..screen.clone() }.said("url");
        let other = said
            .iter()
            .find(|(member, value)| there.get(member) != Some(value) && !(*member == "name" && screen.name == key));
        if let Some((member, _)) = other {
            return Err(refuse(format!(
                "{} of a screen stands in the catalogue, which all tenants share; it was not changed for {tenant:?}",
                described(member)
            ))
            .next(format!("say --key {key} only")));
        }
        let list = self.list_mut(tenant, "allowedScreens")?;
        if list.iter().any(|known| known.as_str() == Some(&key)) {
            return Ok(false);
        }
        list.push(Value::String(key));
        Ok(true)
    }

    fn set_object(&mut self, tenant: &str, screen: &Screen) -> Result<bool> {
        let list = self.list_mut(tenant, "screens")?;
        let having = |what: &dyn Fn(&Screen) -> bool| -> Vec<usize> {
            let all = list.iter().enumerate();
            all.filter(|(_, known)| known.is_object() && read(known).is_some_and(|known| what(&known)))
                .map(|(i, _)| i)
                .collect()
        };
        let named = having(&|known| !screen.name.is_empty() && known.name == screen.name);
        let numbered = having(&|known| screen.id.is_some() && known.id == screen.id);
        let at = match (named.as_slice(), numbered.as_slice()) {
            ([], []) => None,
            ([one], []) | ([], [one]) => Some(*one),
            ([one], [other]) if one == other => Some(*one),
            _ => {
                return Err(refuse(format!("{tenant:?} has several screens that {:?} could be", screen.title()))
                    .next("leave one of them; `flowbit screen validate` says where they are"));
            }
        };
        match at.and_then(|at| list[at].as_object_mut()) {
            Some(object) => Ok(screen.say(object)),
            None if screen.name.is_empty() || screen.url.is_empty() => {
                Err(refuse(format!("{tenant:?} has no such screen yet, and a new one needs a name and an address"))
                    .next("say both --name and --url"))
            }
            None => {
                let url = list.iter().filter_map(Value::as_object).next().map_or("url", url_member);
                list.push(Value::Object(screen.said(url)));
                Ok(true)
            }
        }
    }

    /// The list in which a tenant's screens are, made where there is none.
    fn list_mut(&mut self, tenant: &str, member: &str) -> Result<&mut Vec<Value>> {
        let wrong = || {
            refuse(format!("the entry of {tenant:?} is not what its shape asks for")).next("flowbit screen validate")
        };
        match self.entry_mut(tenant) {
            Some(Value::Array(list)) => Ok(list),
            Some(Value::Object(entry)) => {
                entry.entry(member).or_insert_with(|| Value::Array(Vec::new())).as_array_mut().ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }

    /// Takes a screen from a tenant: the one of this name, otherwise of this key, identifier or address. A catalogue
    /// keeps it. Returns whether anything changed.
    pub fn remove_screen(&mut self, tenant: &str, name: &str) -> bool {
        let all = self.screens(tenant).unwrap_or_default();
        let by_name = all.iter().any(|screen| screen.name == name);
        self.drop_screens(tenant, &|screen| if by_name { screen.name == name } else { screen.is_called(name) })
    }

    /// Takes all screens from a tenant; its entry stays. Returns whether anything changed.
    pub fn clear_screens(&mut self, tenant: &str) -> bool {
        self.drop_screens(tenant, &|_| true)
    }

    fn drop_screens(&mut self, tenant: &str, gone: &dyn Fn(&Screen) -> bool) -> bool {
        let goes: Vec<String> = self
            .catalogue()
            .into_iter()
            .flat_map(Map::keys)
            .filter(|key| gone(&self.of_catalogue(key)))
            .cloned()
            .collect();
        let Some(entry) = self.entry_mut(tenant) else { return false };
        if let Some(keys) = entry.get_mut("allowedScreens").and_then(Value::as_array_mut) {
            let before = keys.len();
            // A key that the catalogue lacks is a screen of that key alone.
            keys.retain(|key| {
                let Some(key) = key.as_str() else { return true };
                !goes.iter().any(|gone| gone == key)
                    && !gone(&Screen { key: Some(key.to_owned()), ..Screen::default() })
            });
            return keys.len() != before;
        }
        let list = if entry.is_array() { Some(&mut *entry) } else { entry.get_mut("screens") };
        if let Some(list) = list.and_then(Value::as_array_mut) {
            let before = list.len();
            list.retain(|item| !read(item).is_some_and(|screen| gone(&screen)));
            return list.len() != before;
        }
        let Some(only) = entry.as_object_mut() else { return false };
        let screen = Screen::of_object(only, &["tenant"]);
        if screen.url.is_empty() || !gone(&screen) {
            return false;
        }
        only.insert(url_member(only).to_owned(), Value::from(""));
        true
    }
}

fn unknown_key(wanted: &str, keys: &[String]) -> Error {
    if wanted.is_empty() {
        return refuse("this registry has a catalogue of screens, and which one is allowed is not said")
            .next("say --key KEY");
    }
    let error = Error::new(&code::SCREEN_NOT_FOUND, format!("the catalogue of the registry has no screen {wanted:?}"));
    match nearest(wanted, keys.iter().map(String::as_str)) {
        Some(key) => error.next(format!("did you mean {key:?}?")),
        None if keys.is_empty() => error.next("enter it in the catalogue first"),
        None => error.next(format!("it has: {}", keys.join(", "))),
    }
}

fn described(member: &str) -> String {
    match member {
        "url" | "screenUrl" => "the address".to_owned(),
        "name" | "id" | "icon" | "description" | "key" => format!("the {member}"),
        other => format!("the member {other:?}"),
    }
}

fn values(container: &Value) -> Vec<&Value> {
    match container {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}
