//! What contradicts itself in a described interface.

use super::{ApiShape, Does, Method, Origin, RouteShape, Slot, placeholders_of};
use crate::domain::description::Description;

impl ApiShape {
    /// What contradicts itself: field and sentence.
    pub fn contradictions(&self, platform: &Description) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut say = |field: &str, what: String| found.push((format!("api.{field}"), what));
        if self.hosts.is_empty() {
            say("hosts", "no host may be asked: name one, such as http://127.0.0.1:3000".to_owned());
        }
        for host in &self.hosts {
            if let Err(why) = Origin::parse(host) {
                say("hosts", format!("`{host}`: {why}"));
            }
        }
        match self.authorization.split_once(':') {
            Some((name, format)) if is_header(name) && format.matches("{token}").count() == 1 => {}
            _ => say("authorization", "write HEADER: FORMAT with {token} in it".to_owned()),
        }
        if let Some(header) = &self.tenant_header
            && !is_header(&header.name)
        {
            say("tenant_header.name", format!("`{}` is no name of a header", header.name));
        }
        if !(1..=100).contains(&self.rate) {
            say("rate", "between 1 and 100 requests in a second".to_owned());
        }
        if !(1..=10_000).contains(&self.most) {
            say("most", "between 1 and 10000 requests in a run".to_owned());
        }
        if platform.token.is_none() {
            say("route", "without [token] nobody can be asked as anybody".to_owned());
        }
        for (i, route) in self.routes.iter().enumerate() {
            for (field, what) in route.contradictions(platform) {
                say(&format!("route[{i}].{field}"), what);
            }
            if self.routes[..i].iter().any(|other| other.does == route.does && other.line() == route.line()) {
                say(&format!("route[{i}].path"), format!("{} stands twice", route.line()));
            }
        }
        found
    }
}

impl RouteShape {
    fn contradictions(&self, platform: &Description) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if !self.path.starts_with('/') || self.path.starts_with("//") || self.path.contains(char::is_whitespace) {
            found.push(("path", "a path begins with one / and has no white space".to_owned()));
        }
        let mut texts = vec![("path", self.path.as_str())];
        texts.extend(self.body.iter().flat_map(texts_of).map(|text| ("body", text)));
        let mut slots = Vec::new();
        for (field, text) in texts {
            match placeholders_of(text) {
                Ok(these) => slots.extend(these.into_iter().map(|slot| (field, slot))),
                Err(why) => found.push((field, why)),
            }
        }
        self.check_slots(&slots, &mut found);
        if self.method == Method::Get && self.body.is_some() {
            found.push(("body", "GET sends nothing".to_owned()));
        }
        if self.does == Does::Admin && self.method != Method::Get {
            found.push(("method", "only what shows something is asked for a role: GET".to_owned()));
        }
        if (self.does == Does::Admin) != self.role.is_some() {
            found.push(("role", "`admin` and the role that it serves need each other".to_owned()));
        }
        if let Some(role) = &self.role
            && !platform.account.roles.is_empty()
            && !platform.account.roles.contains(role)
        {
            found.push(("role", format!("the platform knows {}", platform.account.roles.join(", "))));
        }
        if self.secret_header.is_some() != self.secret_env.is_some() {
            found.push(("secret_env", "secret_header and secret_env need each other".to_owned()));
        }
        if self.does != Does::Webhook && self.secret_header.is_some() {
            found.push(("secret_header", "only a webhook has a secret instead of a token".to_owned()));
        }
        if self.secret_header.as_ref().is_some_and(|name| !is_header(name)) {
            found.push(("secret_header", "this is no name of a header".to_owned()));
        }
        if let Some(collection) = &self.collection
            && !platform.serves(collection)
        {
            found.push(("collection", format!("tenants have no collection `{collection}`")));
        }
        found
    }

    fn check_slots(&self, slots: &[(&'static str, Slot)], found: &mut Vec<(&'static str, String)>) {
        let has = |wanted: Slot| slots.iter().any(|(_, slot)| *slot == wanted);
        let in_path = |wanted: Slot| slots.iter().any(|(field, slot)| *field == "path" && *slot == wanted);
        let word = self.does.word();
        match self.does {
            Does::Read | Does::Update | Does::Delete | Does::Webhook if !has(Slot::Id) => {
                found.push(("path", format!("`{word}` needs to say which document: {{id}}")));
            }
            Does::List | Does::Search | Does::Create | Does::Admin if has(Slot::Id) => {
                found.push(("path", format!("`{word}` is about no single document, and {{id}} names one")));
            }
            Does::Search if !has(Slot::Term) => found.push(("path", "`search` needs {term}".to_owned())),
            Does::Login if !has(Slot::Email) || !has(Slot::Password) => {
                found.push(("body", "`login` needs {email} and {password}".to_owned()));
            }
            Does::Create if !has(Slot::Text) => {
                found.push(("body", "`create` needs {text}, by which the document is found again".to_owned()));
            }
            _ => {}
        }
        if in_path(Slot::Password) || in_path(Slot::Text) {
            found.push(("path", "{text} and {password} belong into the body".to_owned()));
        }
    }
}

impl Description {
    /// Whether tenants have a collection of this name or kind.
    pub fn serves(&self, collection: &str) -> bool {
        self.keyed.iter().any(|shape| shape.collection == collection)
            || self.store.kinds.iter().any(|kind| kind.name == collection)
    }
}

/// The texts of a body, however deep.
fn texts_of(body: &serde_json::Value) -> Vec<&str> {
    match body {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(texts_of).collect(),
        serde_json::Value::Object(object) => object.values().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}

/// Whether this can be the name of a header (RFC 9110).
fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
