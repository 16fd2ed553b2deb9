//! Where things stand in the entries of a platform's audit trail.

use bson::{Bson, DateTime, Document};

use super::chain::Seal;
use crate::domain::description::Description;
use crate::domain::fields::{self, Fields};
use crate::domain::template::{Template, Var, Vars};

/// The collection where flowbit keeps entries for platforms that have no audit trail of their own.
pub const OWN_AUDIT: &str = "flowbit_audit";

/// The paths of an entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Trail {
    /// Name of the collection in the master database.
    pub collection: String,
    /// What was done.
    pub action: String,
    /// Who did it: the first of these that an entry has.
    pub actors: Vec<String>,
    /// Whose it is; none where entries do not say.
    pub tenant: Option<String>,
    /// When.
    pub time: String,
    /// What it is about: the first of these that an entry has.
    pub targets: Vec<String>,
    /// The kind of thing that it is about.
    pub target_kind: Option<String>,
    /// What was there before.
    pub before: Option<String>,
    /// What is there since.
    pub after: Option<String>,
    /// Facts about it.
    pub details: Option<String>,
    /// Why it was done, as flowbit was told.
    pub reason: Option<String>,
    /// The operation of flowbit's that it was part of.
    pub operation: Option<String>,
    /// Further paths of personal data.
    pub personal: Vec<String>,
    /// Paths that a rename of the tenant rewrites; seals pass them over.
    pub rewritten: Vec<String>,
    fields: Fields,
    /// What the shared collection that it is says of the tenant, where entries of flowbit's own do not.
    keyed: Fields,
}

/// One entry, with what it says under the names that every platform has for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its identifier.
    pub id: Bson,
    /// When; none where the entry has no date there.
    pub time: Option<DateTime>,
    /// What was done.
    pub action: Option<String>,
    /// Who did it, as the entry says.
    pub actor: Option<Bson>,
    /// Whose it is, as the entry says.
    pub tenant: Option<Bson>,
    /// What it is about.
    pub target: Option<Bson>,
    /// The kind of thing that it is about.
    pub target_kind: Option<String>,
    /// The whole entry.
    pub document: Document,
}

/// Words that fields of audit entries go by, where a description does not say.
const ACTIONS: [&str; 1] = ["action"];
const TIMES: [&str; 1] = ["timestamp"];

impl Trail {
    /// The trail of a platform; flowbit's own where it has none.
    pub fn of(platform: &Description) -> Self {
        let Some(shape) = &platform.audit else { return Self::own() };
        let fields = &shape.fields;
        let path = |var| fields.path_of(var).map(str::to_owned);
        let tenant = tenant_of(platform, fields);
        let mut actors: Vec<String> = shape.actor.iter().cloned().chain(path(Var::Actor)).collect();
        actors.dedup();
        let keyed = platform.keyed.iter().find(|keyed| keyed.collection == shape.collection);
        let changes =
            |template: &Template| [Var::Name, Var::Slug, Var::Store].iter().any(|var| template.mentions(*var));
        let rewritten =
            keyed.into_iter().flat_map(|keyed| keyed.fields.iter()).filter_map(|(path, source)| match source {
                fields::Source::Template(template) if changes(template) => Some(path.to_owned()),
                _ => None,
            });
        Self {
            collection: shape.collection.clone(),
            action: path(Var::Action).unwrap_or_else(|| ACTIONS[0].to_owned()),
            actors,
            tenant,
            time: path(Var::Now).unwrap_or_else(|| TIMES[0].to_owned()),
            targets: shape.target.clone(),
            target_kind: shape.target_kind.clone(),
            before: shape.before.clone(),
            after: shape.after.clone(),
            details: path(Var::Details),
            reason: path(Var::Reason),
            operation: path(Var::Op),
            personal: shape.personal.clone(),
            rewritten: rewritten.collect(),
            fields: fields.clone(),
            keyed: keyed.map(|keyed| keyed.fields.clone()).unwrap_or_default(),
        }
    }

    /// As much of a trail as a seal says: where its entries have tenant and time.
    pub fn of_seal(seal: &Seal) -> Self {
        Self {
            collection: seal.collection.clone(),
            tenant: seal.tenant_path.clone(),
            time: seal.time_path.clone(),
            rewritten: seal.omitted.clone(),
            ..Self::own()
        }
    }

    fn own() -> Self {
        let path = |name: &str| Some(name.to_owned());
        Self {
            collection: OWN_AUDIT.to_owned(),
            action: "action".to_owned(),
            actors: vec!["actor".to_owned()],
            tenant: path("organization"),
            time: "timestamp".to_owned(),
            targets: vec!["target".to_owned()],
            target_kind: path("target_kind"),
            before: None,
            after: None,
            details: path("details"),
            reason: path("reason"),
            operation: path("operation"),
            personal: Vec::new(),
            rewritten: Vec::new(),
            fields: Fields::default(),
            keyed: Fields::default(),
        }
    }

    /// Whether the platform has no trail, and flowbit's own is looked at.
    pub fn is_own(&self) -> bool {
        self.collection == OWN_AUDIT
    }

    /// What entries of an organization carry at [`Trail::tenant`].
    pub fn key_of(&self, org: &Vars) -> Option<Bson> {
        let tenant = self.tenant.as_deref()?;
        if self.is_own() {
            return org.get(&Var::OrgId).cloned();
        }
        self.fields.value_at(tenant, org).or_else(|| self.keyed.value_at(tenant, org))
    }

    /// Which fact about an organization stands at [`Trail::tenant`]; none where it is put together of several.
    pub fn tenant_var(&self) -> Option<Var> {
        if self.is_own() {
            return Some(Var::OrgId);
        }
        let tenant = self.tenant.as_deref()?;
        self.fields.only_at(tenant).or_else(|| self.keyed.only_at(tenant))
    }

    /// What the entry says.
    pub fn entry(&self, document: Document) -> Entry {
        let text = |path: &str| fields::get(&document, path).and_then(Bson::as_str).map(str::to_owned);
        let first = |paths: &[String]| {
            let mut values = paths.iter().filter_map(|path| fields::get(&document, path));
            values.find(|value| !matches!(value, Bson::Null)).cloned()
        };
        Entry {
            id: document.get("_id").cloned().unwrap_or(Bson::Null),
            time: fields::get(&document, &self.time).and_then(Bson::as_datetime).copied(),
            action: text(&self.action),
            actor: first(&self.actors),
            tenant: self.tenant.as_deref().and_then(|path| fields::get(&document, path)).cloned(),
            target: first(&self.targets),
            target_kind: self.target_kind.as_deref().and_then(text),
            document,
        }
    }
}

/// Where entries say whose they are: what identifies the organization, or its name.
fn tenant_of(platform: &Description, fields: &Fields) -> Option<String> {
    let keyed =
        platform.keyed.iter().find(|keyed| Some(&keyed.collection) == platform.audit.as_ref().map(|a| &a.collection));
    let path = keyed.map(|keyed| keyed.key.as_str());
    // An identifier may stand in an entry twice: as its tenant, and as what it is about.
    let about: Vec<&String> = platform.audit.iter().flat_map(|shape| &shape.target).collect();
    let find = |fits: &dyn Fn(&Template) -> bool| {
        let says = |source: &fields::Source| matches!(source, fields::Source::Template(t) if fits(t));
        let found = fields.iter().find(|(path, source)| says(source) && !about.iter().any(|target| target == path));
        found.map(|(path, _)| path)
    };
    const FACTS: [Var; 4] = [Var::OrgId, Var::Name, Var::Slug, Var::Store];
    let known = FACTS.into_iter().find_map(|var| find(&|template| template.only() == Some(var)));
    // Or put together of one of them.
    let composed = || FACTS.into_iter().find_map(|var| find(&|template| template.mentions(var)));
    path.or(known).or_else(composed).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(text: &str) -> Description {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn paths_are_read_from_the_placeholders() {
        let trail = Trail::of(&preset(include_str!("../../config/presets/inventory.toml")));
        assert_eq!(trail.tenant.as_deref(), Some("org_id"), "not entity_id, which also has the organization in it");
        assert_eq!((trail.action.as_str(), trail.time.as_str()), ("action", "timestamp"));
        assert_eq!((trail.actors, trail.targets), (vec!["actor_id".to_owned()], vec!["entity_id".to_owned()]));
        let own = Trail::of(&preset(include_str!("../../config/presets/tickets.toml")));
        assert!(own.is_own() && own.tenant.as_deref() == Some("organization"));
    }
}
