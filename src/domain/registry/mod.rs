//! The registry of screens: which shape a file has, and the tenant's name in it. Shapes are recognised, never converted.

pub mod check;
pub mod compare;
mod screen;
mod screens;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub use screen::{Screen, url_fault};
pub use screens::Members;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::naming::NameKey;

use crate::error::{Error, Result, code};

/// Where a shape keeps the names of tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `{"useCases":[{"tenant":…}]}`
    UseCases,
    /// `[{"tenant":…}]`
    List,
    /// `{"tenants":{TENANT:{…}}}`, with or without a catalogue of screens beside it.
    Tenants,
    /// `{TENANT:{"screens":[…]}}` or `{TENANT:[…]}`
    ByTenant,
}

impl Shape {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Shape::UseCases => "use-cases",
            Shape::List => "list",
            Shape::Tenants => "tenants",
            Shape::ByTenant => "by-tenant",
        }
    }
}

/// An identifier of a tenant and what becomes of it: a new one, or none when its entries are removed.
pub type Rename = (String, Option<String>);

/// A registry file that was read.
#[derive(Debug, Clone)]
pub struct Registry {
    value: Value,
    shape: Shape,
    source: String,
}

impl Registry {
    /// Reads the text of a registry file.
    ///
    /// # Errors
    /// `E0107` with line and column, or with the reason why the shape is unknown.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(|e| {
            Error::new(&code::BAD_REGISTRY, format!("{file}:{}:{}: {e}", e.line(), e.column()))
                .next(format!("repair {file}, or repeat with --no-registry to leave it alone"))
        })?;
        let shape = recognise(&value).ok_or_else(|| {
            Error::new(
                &code::BAD_REGISTRY,
                format!("{file}: this is none of the registry shapes flowbit knows; nothing was touched"),
            )
            .next("repeat with --no-registry to leave the file alone")
        })?;
        Ok(Self { value, shape, source: text.to_owned() })
    }

    /// The shape of the file.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The text that was read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of the tenants, in the file's order, each once.
    pub fn tenants(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        match self.shape {
            Shape::UseCases => entries(self.value.get("useCases")).for_each(&mut add),
            Shape::List => entries(Some(&self.value)).for_each(&mut add),
            Shape::Tenants => keys(self.value.get("tenants")).for_each(&mut add),
            Shape::ByTenant => keys(Some(&self.value)).for_each(&mut add),
        }
        names
    }

    /// Replaces or removes names of tenants wherever the shape keeps one. Returns whether anything changed.
    pub fn rename(&mut self, names: &[Rename]) -> bool {
        match self.shape {
            Shape::UseCases => self.value.get_mut("useCases").is_some_and(|list| rename_entries(list, names)),
            Shape::List => rename_entries(&mut self.value, names),
            Shape::Tenants => {
                self.value.get_mut("tenants").and_then(Value::as_object_mut).is_some_and(|map| rename_keys(map, names))
            }
            Shape::ByTenant => self.value.as_object_mut().is_some_and(|map| rename_keys(map, names)),
        }
    }

    /// Gives a tenant an entry without screens, where it has none. Returns whether anything changed.
    pub fn add(&mut self, tenant: &str) -> bool {
        if self.tenants().iter().any(|known| known == tenant) {
            return false;
        }
        let entry = |rest: (&str, Value)| {
            Value::Object(Map::from_iter([
                ("tenant".to_owned(), Value::String(tenant.to_owned())),
                (rest.0.to_owned(), rest.1),
            ]))
        };
        let none = || Value::Array(Vec::new());
        match self.shape {
            Shape::UseCases => match self.value.get_mut("useCases").and_then(Value::as_array_mut) {
                Some(list) => list.push(entry(("screenUrl", Value::String(String::new())))),
                None => return false,
            },
            Shape::List => match self.value.as_array_mut() {
                Some(list) if list.iter().any(|other| other.get("screens").is_some()) => {
                    list.push(entry(("screens", none())));
                }
                Some(list) => list.push(entry(("screenUrl", Value::String(String::new())))),
                None => return false,
            },
            Shape::Tenants => {
                let catalogue = self.value.get("screens").is_some_and(Value::is_object);
                let Some(map) = self.value.get_mut("tenants").and_then(Value::as_object_mut) else { return false };
                let member = if catalogue { "allowedScreens" } else { "screens" };
                map.insert(tenant.to_owned(), Value::Object(Map::from_iter([(member.to_owned(), none())])));
            }
            Shape::ByTenant => {
                let Some(map) = self.value.as_object_mut() else { return false };
                let lists = map.values().any(Value::is_array);
                let screens = Value::Object(Map::from_iter([("screens".to_owned(), none())]));
                map.insert(tenant.to_owned(), if lists { none() } else { screens });
            }
        }
        true
    }

    /// What a tenant is called in its entry: the identifier by which the shape knows it, then the others that stand
    /// there.
    pub fn aliases(&self, tenant: &str) -> Vec<String> {
        let entry = match self.shape {
            Shape::Tenants => self.value.get("tenants").and_then(|map| map.get(tenant)),
            Shape::ByTenant => self.value.get(tenant),
            Shape::UseCases | Shape::List => None,
        };
        let others = ["name", "customerId"].into_iter().filter_map(|member| entry?.get(member)?.as_str());
        std::iter::once(tenant).chain(others).map(str::to_owned).collect()
    }

    /// The tenant that is meant: by what it is called exactly, otherwise without regard to case where one only is.
    pub fn find_tenant(&self, typed: &str) -> Option<String> {
        let tenants = self.tenants();
        let called = |tenant: &&String| self.aliases(tenant).iter().any(|alias| alias == typed);
        if let Some(tenant) = tenants.iter().find(|tenant| *tenant == typed).or_else(|| tenants.iter().find(called)) {
            return Some(tenant.clone());
        }
        let key = NameKey::of(typed);
        let mut alike =
            tenants.iter().filter(|tenant| self.aliases(tenant).iter().any(|alias| NameKey::of(alias) == key));
        alike.next().filter(|_| alike.next().is_none()).cloned()
    }

    /// Gives a tenant an entry without screens, as [`Registry::add`] does, and says in it what the tenant is called
    /// where the other entries do. Returns whether anything changed.
    pub fn add_named(&mut self, tenant: &str, name: &str, customer_id: &str) -> bool {
        let said = |member: &str| self.tenants().iter().any(|other| self.tenant_entry(other, member).is_some());
        let mut members = Map::new();
        if self.shape == Shape::Tenants {
            for (member, value) in [("name", name), ("customerId", customer_id)] {
                if said(member) {
                    members.insert(member.to_owned(), Value::from(value));
                }
            }
        }
        if !self.add(tenant) {
            return false;
        }
        if let Some(Value::Object(entry)) = self.value.get_mut("tenants").and_then(|map| map.get_mut(tenant)) {
            members.append(entry);
            *entry = members;
        }
        true
    }

    fn tenant_entry(&self, tenant: &str, member: &str) -> Option<&Value> {
        self.value.get("tenants")?.get(tenant)?.get(member)
    }

    /// Whether entries say by `customerId` what their key is.
    pub fn repeats_keys(&self) -> bool {
        let tenants = self.tenants();
        tenants.iter().any(|tenant| {
            self.tenant_entry(tenant, "customerId").and_then(Value::as_str).is_some_and(|id| id == tenant)
        })
    }

    /// The text of the file; what did not change keeps its bytes.
    pub fn text(&self) -> String {
        write::write_back(&self.source, &self.value)
    }
}

fn recognise(value: &Value) -> Option<Shape> {
    let has_tenants = |list: &Vec<Value>| list.iter().all(|entry| entry.get("tenant").is_some_and(Value::is_string));
    match value {
        Value::Array(list) => has_tenants(list).then_some(Shape::List),
        Value::Object(map) => {
            if let Some(Value::Array(list)) = map.get("useCases") {
                return has_tenants(list).then_some(Shape::UseCases);
            }
            if map.get("tenants").is_some_and(Value::is_object) {
                return Some(Shape::Tenants);
            }
            let of_tenant = |entry: &Value| entry.is_array() || entry.get("screens").is_some_and(Value::is_array);
            map.values().all(of_tenant).then_some(Shape::ByTenant)
        }
        _ => None,
    }
}

fn entries(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(|entry| entry.get("tenant")?.as_str())
}

fn keys(map: Option<&Value>) -> impl Iterator<Item = &str> {
    map.and_then(Value::as_object).into_iter().flat_map(Map::keys).map(String::as_str)
}

/// What becomes of a name: nothing said, removed, or another one.
fn fate<'a>(name: &str, names: &'a [Rename]) -> Option<Option<&'a str>> {
    names.iter().find(|(old, new)| old == name && Some(old) != new.as_ref()).map(|(_, new)| new.as_deref())
}

fn rename_entries(list: &mut Value, names: &[Rename]) -> bool {
    let Some(list) = list.as_array_mut() else { return false };
    let before = list.len();
    list.retain(|entry| {
        entry.get("tenant").and_then(Value::as_str).and_then(|tenant| fate(tenant, names)) != Some(None)
    });
    let mut changed = list.len() != before;
    for entry in list {
        changed |= rename_member(entry, "tenant", names);
    }
    changed
}

fn rename_keys(map: &mut Map<String, Value>, names: &[Rename]) -> bool {
    let mut changed = false;
    let mut renamed = Map::new();
    for (key, mut entry) in std::mem::take(map) {
        // An entry may repeat the tenant's name or key beside its screens.
        changed |= rename_member(&mut entry, "name", names) | rename_member(&mut entry, "customerId", names);
        let key = match fate(&key, names) {
            None => key,
            Some(new) => {
                changed = true;
                let Some(new) = new else { continue };
                new.to_owned()
            }
        };
        renamed.insert(key, entry);
    }
    *map = renamed;
    changed
}

fn rename_member(entry: &mut Value, member: &str, names: &[Rename]) -> bool {
    let Some(new) =
        entry.get(member).and_then(Value::as_str).and_then(|old| fate(old, names)).flatten().map(str::to_owned)
    else {
        return false;
    };
    if let Some(slot) = entry.get_mut(member) {
        *slot = Value::String(new);
    }
    true
}
