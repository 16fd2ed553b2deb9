//! Values of fields, written in a description as text with placeholders: `"{name}"`, `"org_{slug}_{kind}"`.

use std::collections::BTreeMap;
use std::fmt;

use bson::Bson;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Var {
    /// Name of the organization as stored.
    Name,
    /// The name after the naming rule.
    Slug,
    /// Name of the tenant's collection, without the kind.
    Store,
    /// Kind of a tenant's collection.
    Kind,
    /// Name of the master database.
    Database,
    /// Identifier of the organization.
    OrgId,
    /// Identifier of the administrator's account.
    AccountId,
    /// E-mail of the account.
    Email,
    /// Local part of the e-mail.
    LocalPart,
    /// Hash of the password.
    Hash,
    /// Role of the account.
    Role,
    /// The moment of the change.
    Now,
    /// What was done, in an audit entry.
    Action,
    /// Who did it.
    Actor,
    /// Why, as given with `--reason`.
    Reason,
    /// Identifier of the operation.
    Op,
    /// Facts about the change.
    Details,
    /// What a token is known by.
    TokenId,
    /// SHA-256 of a token, in hexadecimal digits.
    TokenHash,
    /// The log-in that a refresh token and all its successors come from.
    TokenFamily,
    /// The moment at which a token ends.
    TokenExpires,
}

const VARS: &[(&str, Var)] = &[
    ("name", Var::Name),
    ("slug", Var::Slug),
    ("store", Var::Store),
    ("kind", Var::Kind),
    ("database", Var::Database),
    ("org.id", Var::OrgId),
    ("account.id", Var::AccountId),
    ("email", Var::Email),
    ("email.local", Var::LocalPart),
    ("hash", Var::Hash),
    ("role", Var::Role),
    ("now", Var::Now),
    ("action", Var::Action),
    ("actor", Var::Actor),
    ("reason", Var::Reason),
    ("op", Var::Op),
    ("details", Var::Details),
    ("token.id", Var::TokenId),
    ("token.hash", Var::TokenHash),
    ("token.family", Var::TokenFamily),
    ("token.expires", Var::TokenExpires),
];

/// The names of all placeholders.
pub fn placeholders() -> impl Iterator<Item = &'static str> {
    VARS.iter().map(|(name, _)| *name)
}

/// What the placeholders stand for this time.
pub type Vars = BTreeMap<Var, Bson>;

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Var { var: Var, as_string: bool },
}

/// Text with placeholders. A template that is one placeholder keeps the type of its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A sentence that names the unknown placeholder or the missing brace.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            let close =
                rest[open..].find('}').ok_or_else(|| format!("`{text}` opens a brace and does not close it"))? + open;
            let inside = &rest[open + 1..close];
            let (name, as_string) = match inside.strip_suffix(":string") {
                Some(name) => (name, true),
                None => (inside, false),
            };
            let var = VARS.iter().find(|(known, _)| *known == name).map(|(_, var)| *var).ok_or_else(|| {
                let known: Vec<String> = placeholders().map(|known| format!("`{{{known}}}`")).collect();
                format!("unknown placeholder `{{{name}}}`, expected one of {}", known.join(", "))
            })?;
            parts.push(Part::Var { var, as_string });
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The placeholder, when the template is nothing else.
    pub fn only(&self) -> Option<Var> {
        match self.parts.as_slice() {
            [Part::Var { var, .. }] => Some(*var),
            _ => None,
        }
    }

    /// Whether anything in it stands for something else.
    pub fn has_placeholder(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Var { .. }))
    }

    /// Whether the placeholder occurs.
    pub fn mentions(&self, wanted: Var) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Var { var, .. } if *var == wanted))
    }

    /// The placeholders that occur.
    pub fn mentioned(&self) -> impl Iterator<Item = Var> {
        self.parts.iter().filter_map(|part| if let Part::Var { var, .. } = part { Some(*var) } else { None })
    }

    /// The value: typed for a lone placeholder, text otherwise. A placeholder without a value is null.
    pub fn value(&self, vars: &Vars) -> Bson {
        if let [Part::Var { var, as_string }] = self.parts.as_slice() {
            let value = vars.get(var).cloned().unwrap_or(Bson::Null);
            return if *as_string && value != Bson::Null { Bson::String(plain(&value)) } else { value };
        }
        Bson::String(self.text_with(vars))
    }

    /// The value itself, where the template is one placeholder that is to keep its type.
    pub fn as_it_is<'v>(&self, vars: &'v Vars) -> Option<&'v Bson> {
        match self.parts.as_slice() {
            [Part::Var { var, as_string: false }] => vars.get(var),
            _ => None,
        }
    }

    /// The value as text.
    pub fn text_with(&self, vars: &Vars) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Var { var, .. } => vars.get(var).map(plain).unwrap_or_default(),
            })
            .collect()
    }

    /// The text before the first mention of the placeholder, and after it.
    pub fn split_at(&self, wanted: Var, vars: &Vars) -> Option<(String, String)> {
        let at = self.parts.iter().position(|part| matches!(part, Part::Var { var, .. } if *var == wanted))?;
        let side = |parts: &[Part]| Template { text: String::new(), parts: parts.to_vec() }.text_with(vars);
        Some((side(&self.parts[..at]), side(&self.parts[at + 1..])))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for Template {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Template::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Template {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A value as the text that stands inside other text.
pub fn plain(value: &Bson) -> String {
    match value {
        Bson::String(text) => text.clone(),
        Bson::ObjectId(id) => id.to_hex(),
        Bson::DateTime(time) => time.try_to_rfc3339_string().unwrap_or_else(|_| time.timestamp_millis().to_string()),
        Bson::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_placeholder_keeps_its_type() {
        let id = bson::oid::ObjectId::parse_str("6b00e9cd6b491423ace46d96").unwrap();
        let vars = Vars::from([(Var::OrgId, Bson::ObjectId(id)), (Var::Slug, Bson::String("acme".into()))]);
        assert_eq!(Template::parse("{org.id}").unwrap().value(&vars), Bson::ObjectId(id));
        assert_eq!(Template::parse("{org.id:string}").unwrap().value(&vars), Bson::String(id.to_hex()));
        assert_eq!(Template::parse("org_{slug}").unwrap().value(&vars), Bson::String("org_acme".into()));
        assert!(Template::parse("{nme}").unwrap_err().contains("`{nme}`"));
        assert!(Template::parse("{name").is_err());
    }
}
