//! What flowbit did, as the entry that the platform's trail gets of it.

use bson::{Bson, DateTime, Document, doc};

use crate::domain::description::AuditShape;
use crate::domain::fields;
use crate::domain::template::{Template, Var, Vars, plain};

/// Where the rest of an entry goes on platforms whose entries have no room for facts.
pub const REST: &str = "flowbit";

/// The kind of thing that a deed is about, as platforms with such a word have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An organization.
    Organization,
    /// An account.
    User,
    /// A token, or a log-in.
    Token,
    /// A screen of the registry.
    Screen,
    /// An operation of flowbit's.
    Operation,
}

impl Kind {
    /// The word in entries.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Organization => "organization",
            Kind::User => "user",
            Kind::Token => "token",
            Kind::Screen => "screen",
            Kind::Operation => "operation",
        }
    }
}

/// Something that flowbit does, and that a trail names. It holds no secret.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deed {
    /// What: `org.renamed`.
    pub action: String,
    /// What it is about, where that is not the organization.
    pub about: Option<(Kind, Bson)>,
    /// What was there; null where nothing was.
    pub before: Bson,
    /// What is there then; null where nothing is.
    pub after: Bson,
    /// Further facts.
    pub details: Document,
}

/// Who does something, when, why, and as part of what.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstance {
    /// Who.
    pub actor: String,
    /// When.
    pub now: DateTime,
    /// Why.
    pub reason: Option<String>,
    /// The operation.
    pub operation: String,
}

impl Deed {
    /// A deed about an organization.
    pub fn new(action: impl Into<String>, details: Document) -> Self {
        Self { action: action.into(), about: None, before: Bson::Null, after: Bson::Null, details }
    }

    /// The same about something of an organization's.
    pub fn about(mut self, kind: Kind, id: impl Into<Bson>) -> Self {
        self.about = Some((kind, id.into()));
        self
    }

    /// What was there before, and what is there after.
    pub fn changing(mut self, before: impl Into<Bson>, after: impl Into<Bson>) -> Self {
        (self.before, self.after) = (before.into(), after.into());
        self
    }

    /// Whether anything is another than before: a read changes nothing.
    fn changes(&self) -> bool {
        (&self.before, &self.after) != (&Bson::Null, &Bson::Null)
    }

    /// The entry in a trail of this shape, without `_id`; in flowbit's own where there is none.
    ///
    /// What the shape has no path for stands among the details, so that no trail says less than another.
    pub fn entry(&self, shape: Option<&AuditShape>, mut vars: Vars, by: &Circumstance) -> Document {
        let reason = by.reason.clone().map_or(Bson::Null, Bson::String);
        let Some(shape) = shape else { return self.own_entry(&vars, by, reason) };
        let mentions = |var: Var| {
            shape.fields.iter().any(|(_, source)| matches!(source, fields::Source::Template(t) if t.mentions(var)))
        };
        let mut details = self.details.clone();
        for (path, what, value) in [(&shape.before, "before", &self.before), (&shape.after, "after", &self.after)] {
            if path.is_none() && self.changes() {
                details.insert(what, value.clone());
            }
        }
        if !mentions(Var::Reason) && reason != Bson::Null {
            details.insert("reason", reason.clone());
        }
        if !mentions(Var::Op) {
            details.insert("operation", by.operation.as_str());
        }
        vars.extend([
            (Var::Action, Bson::String(self.action.clone())),
            (Var::Actor, Bson::String(by.actor.clone())),
            (Var::Now, Bson::DateTime(by.now)),
            (Var::Reason, reason),
            (Var::Op, Bson::String(by.operation.clone())),
            (Var::Details, Bson::Document(details.clone())),
        ]);
        let mut entry = shape.fields.document(&vars);
        if !mentions(Var::Details) {
            entry.insert(REST, details);
        }
        for (path, what, value) in [(&shape.before, "before", &self.before), (&shape.after, "after", &self.after)] {
            if let Some(path) = path {
                put_beside(&mut entry, path, what, value);
            }
        }
        self.name_target(shape, &vars, &mut entry);
        entry
    }

    fn own_entry(&self, vars: &Vars, by: &Circumstance, reason: Bson) -> Document {
        let org = vars.get(&Var::OrgId).cloned().unwrap_or(Bson::Null);
        let (kind, id) = self.about.clone().unwrap_or((Kind::Organization, org.clone()));
        let mut details = self.details.clone();
        if self.changes() {
            details.extend(doc! { "before": self.before.clone(), "after": self.after.clone() });
        }
        doc! {
            "action": &self.action, "actor": &by.actor, "organization": org, "target": id, "target_kind": kind.word(),
            "timestamp": by.now, "reason": reason, "operation": &by.operation, "details": details,
        }
    }

    /// What it is about stands where entries of the backend's say that, if they also say what kind of thing it is:
    /// a field for tickets alone has no room for an account.
    fn name_target(&self, shape: &AuditShape, vars: &Vars, entry: &mut Document) {
        let (Some((kind, id)), Some(kind_path), Some(path)) = (&self.about, &shape.target_kind, shape.target.first())
        else {
            return;
        };
        let whole = |template: &Template| template.as_it_is(vars).is_some();
        // In the type that the platform's identifiers have there; as text, where the description does not say.
        let typed = shape.fields.iter().any(|(known, source)| {
            known == path && matches!(source, fields::Source::Template(template) if whole(template))
        });
        let id = if typed { id.clone() } else { Bson::String(plain(id)) };
        fields::put(entry, kind_path, Bson::String(kind.word().to_owned()));
        fields::put(entry, path, id);
    }
}

/// Puts a value at a path; beside the details, where a description has those there.
fn put_beside(entry: &mut Document, path: &str, what: &str, value: &Bson) {
    let value = match (fields::get(entry, path), value) {
        (Some(Bson::Document(there)), Bson::Document(value)) => {
            let mut both = there.clone();
            both.extend(value.clone());
            both.into()
        }
        (Some(there @ Bson::Document(_)), Bson::Null) => there.clone(),
        (Some(Bson::Document(there)), value) => {
            let mut both = there.clone();
            both.insert(what, value.clone());
            both.into()
        }
        (_, value) => value.clone(),
    };
    fields::put(entry, path, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by() -> Circumstance {
        Circumstance {
            actor: "ops".to_owned(),
            now: DateTime::from_millis(5),
            reason: Some("asked".to_owned()),
            operation: "0a".to_owned(),
        }
    }

    fn deed() -> Deed {
        Deed::new("user.role-changed", doc! { "email": "a@b.cc" })
            .about(Kind::User, bson::oid::ObjectId::from_bytes([1; 12]))
            .changing(doc! { "role": "User" }, doc! { "role": "Admin" })
    }

    fn shape(text: &str) -> AuditShape {
        toml::from_str(text).unwrap()
    }

    fn text<'d>(document: &'d Document, path: &str) -> &'d str {
        fields::get(document, path).and_then(Bson::as_str).unwrap()
    }

    fn vars() -> Vars {
        Vars::from([(Var::OrgId, Bson::from("org-1"))])
    }

    #[test]
    fn before_after_and_target_stand_where_the_backend_has_them() {
        let shape = shape(
            "collection = \"a\"\ntarget = [\"entity_id\"]\ntarget_kind = \"entity\"\nbefore = \"before\"\nafter = \"after\"\n[fields]\norg = \"{org.id}\"\naction = \"{action}\"\nentity = \"organization\"\nentity_id = \"{org.id:string}\"\nafter = \"{details}\"\n",
        );
        let expected = doc! {
            "org": "org-1", "action": "user.role-changed", "entity": "user", "entity_id": "01".repeat(12),
            "after": { "email": "a@b.cc", "reason": "asked", "operation": "0a", "role": "Admin" }, "before": { "role": "User" },
        };
        assert_eq!(deed().entry(Some(&shape), vars(), &by()), expected);
        let gone = Deed { after: Bson::Null, about: None, ..deed() }.entry(Some(&shape), vars(), &by());
        assert_eq!((text(&gone, "entity"), text(&gone, "entity_id")), ("organization", "org-1"));
        assert_eq!(text(&gone, "after.email"), "a@b.cc", "details are not lost");
    }

    #[test]
    fn what_a_shape_has_no_path_for_is_among_the_details() {
        let narrow = shape("collection = \"a\"\ntarget = [\"ticketId\"]\n[fields]\naction = \"{action}\"\n");
        let rest = doc! {
            "email": "a@b.cc", "before": { "role": "User" }, "after": { "role": "Admin" }, "reason": "asked", "operation": "0a",
        };
        let entry = deed().entry(Some(&narrow), vars(), &by());
        assert_eq!(entry, doc! { "action": "user.role-changed", REST: &rest }, "an account is no ticket");
        let wide = shape("collection = \"a\"\n[fields]\nwhy = \"{reason}\"\nop = \"{op}\"\nmeta = \"{details}\"\n");
        let details = doc! { "email": "a@b.cc", "before": { "role": "User" }, "after": { "role": "Admin" } };
        assert_eq!(
            deed().entry(Some(&wide), vars(), &by()),
            doc! { "why": "asked", "op": "0a", "meta": details.clone() }
        );
        let own = deed().entry(None, vars(), &by());
        assert_eq!(own.get_document("details").unwrap(), &details);
        assert_eq!((text(&own, "target_kind"), text(&own, "organization")), ("user", "org-1"));
    }
}
