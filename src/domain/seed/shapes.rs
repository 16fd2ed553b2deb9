//! What a document consists of before anything is computed: the fields of the platform's shape, filled in and followed
//! by those of the set.

use std::collections::HashSet;

use bson::Bson;

use super::rule::Rule;
use super::{Collection, Fault, Fixture, Place, Target};
use crate::domain::description::{AccountPlace, Description, IdType};
use crate::domain::fields::{Fields, Source};
use crate::domain::template::{Template, Var};

/// A field before it is compiled.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// Path of the field, or the name by which other rules know it.
    pub name: String,
    pub what: What,
    /// Whether it stands in the document.
    pub written: bool,
    pub place: Place,
}

/// What a field is made of.
#[derive(Debug, Clone)]
pub(super) enum What {
    Rule(Rule),
    /// The document's identifier; as the text of a UUID where the platform has such.
    Id,
    IdUuid,
    /// The hash of the account's password.
    Hash,
    Fixed(Bson),
    /// The value of another field; in lower case.
    Own(String),
    Lower(Rule),
    /// The part of an e-mail before the sign.
    Local(String),
    /// Text of a description with placeholders for fields of the set.
    Mixed(Template),
}

/// The words by which sets fill in the shapes of a description.
const ACCOUNT_WORDS: [(&str, Var); 2] = [("email", Var::Email), ("role", Var::Role)];
const AUDIT_WORDS: [(&str, Var); 5] = [
    ("action", Var::Action),
    ("actor", Var::Actor),
    ("at", Var::Now),
    ("reason", Var::Reason),
    ("details", Var::Details),
];

/// The name of the field, in sets, that says what the password of an account is.
pub(super) const PASSWORD: &str = "password";

/// The shape of the documents of a collection.
pub(super) struct Shape<'a> {
    pub collection: &'a Collection,
    pub platform: &'a Description,
    /// The shape of a second copy, where this is one.
    pub copy: Option<&'a Fields>,
}

impl Shape<'_> {
    /// The fields that the platform's description gives the documents.
    fn described(&self) -> Vec<(String, Source)> {
        match self.copy {
            Some(copy) => owned(copy),
            None => described(&self.collection.target, self.platform),
        }
    }

    /// The fields that say whose the document is, which no set may state.
    fn tenancy(&self, described: &[(String, Source)]) -> Vec<String> {
        tenancy(&self.collection.target, self.platform, described)
    }

    fn words(&self) -> &'static [(&'static str, Var)] {
        words(&self.collection.target)
    }

    /// The fields of a generated row, or of a fixture.
    pub fn slots(&self, fixture: Option<&Fixture>, as_of: Bson) -> Result<Vec<Slot>, Fault> {
        let mut given = self.given(fixture)?;
        let place = fixture.map_or(&self.collection.place, |fixture| &fixture.place);
        let mut slots: Vec<Slot> = Vec::new();
        for (name, rule) in &self.collection.helpers {
            let place = self.place_of("helpers", name);
            slots.push(Slot { name: name.clone(), what: What::Rule(rule.clone()), written: false, place });
        }
        self.take_words(&mut given, &mut slots, place, &as_of)?;
        let mut described = self.described();
        if self.collection.target == Target::Audit && self.platform.audit.is_none() {
            // flowbit's own trail is read by flowbit: what nobody states is left out.
            let unstated =
                |path: &str| slots.iter().any(|s| s.name == path && matches!(s.what, What::Fixed(Bson::Null)));
            described.retain(|(path, _)| !unstated(path));
        }
        let tenancy = self.tenancy(&described);
        if described.iter().all(|(path, _)| path != "_id") {
            slots.push(Slot { name: "_id".into(), what: What::Id, written: true, place: place.clone() });
        }
        for (path, source) in &described {
            let own = given.iter().position(|slot| slot.name == *path).map(|at| given.remove(at));
            match own {
                Some(own) if tenancy.contains(path) => {
                    let what = "this says whose the document is; flowbit writes it, and no file of a set may";
                    return Err(Fault::new(&own.place, path.as_str(), what));
                }
                Some(own) => slots.push(own),
                None => {
                    let what = self.described_value(source);
                    let hidden = slots.iter_mut().find(|slot| slot.name == *path && !slot.written);
                    match (hidden, what) {
                        // The word of the set and the field of the platform have one name.
                        (Some(slot), What::Own(word)) if word == *path => {
                            let mut slot = slot.clone();
                            slots.retain(|other| other.name != *path);
                            slot.written = true;
                            slots.push(slot);
                        }
                        (_, what) => {
                            slots.push(Slot { name: path.clone(), what, written: true, place: place.clone() });
                        }
                    }
                }
            }
        }
        if self.copy.is_some() {
            // What the platform does not repeat in a copy is only there for what is made of it.
            given.iter_mut().for_each(|slot| slot.written = false);
        }
        slots.extend(given);
        self.check(&slots)?;
        Ok(slots)
    }

    /// Refuses what no document can be.
    fn check(&self, slots: &[Slot]) -> Result<(), Fault> {
        let foreign = |slot: &&Slot| slot.name == "_id" && slot.written && !matches!(slot.what, What::Id);
        if let Some(slot) = slots.iter().find(foreign) {
            let platform = &self.platform.platform;
            let what = format!("identifiers of accounts of {platform} are no ObjectIds; a set cannot have any");
            return Err(Fault::new(&slot.place, "_id", what));
        }
        match contradiction(slots) {
            Some((slot, outer)) => {
                let what = format!("`{outer}` stands here with a value of its own, so it is no document with fields");
                Err(Fault::new(&slot.place, slot.name.as_str(), what))
            }
            None => Ok(()),
        }
    }

    /// The fields that the set itself states: those of the fixture, then the rules it leaves over.
    fn given(&self, fixture: Option<&Fixture>) -> Result<Vec<Slot>, Fault> {
        let mut given = Vec::new();
        if let Some(fixture) = fixture {
            let described = self.described();
            let shape = described.iter().map(|(path, _)| path.as_str());
            let known = || self.collection.fields.iter().map(|(name, _)| name.as_str()).chain(shape.clone());
            for (name, rule) in &fixture.fields {
                let is_word = self.words().iter().any(|(word, _)| word == name) || name == PASSWORD;
                if self.collection.closed && !is_word && !known().any(|known| known == name) {
                    let what = "this field is not known here: the collection is closed, and no rule names it";
                    return Err(Fault::new(&fixture.place, name, what).meant(name, known()));
                }
                let place = fixture.place.clone();
                given.push(Slot { name: name.clone(), what: What::Rule(rule.clone()), written: true, place });
            }
        }
        for (name, rule) in &self.collection.fields {
            if given.iter().all(|slot| slot.name != *name) {
                let place = self.place_of("fields", name);
                given.push(Slot { name: name.clone(), what: What::Rule(rule.clone()), written: true, place });
            }
        }
        Ok(given)
    }

    /// Takes the words out of what is given that fill in the platform's shape.
    fn take_words(
        &self,
        given: &mut Vec<Slot>,
        slots: &mut Vec<Slot>,
        place: &Place,
        as_of: &Bson,
    ) -> Result<(), Fault> {
        let accounts = self.collection.target == Target::Accounts;
        if accounts {
            given.retain(|slot| slot.name != PASSWORD);
        }
        for (word, var) in self.words() {
            let there = given.iter().position(|slot| slot.name == *word).map(|at| given.remove(at));
            let what = match (there, var) {
                (Some(Slot { what: What::Rule(rule), .. }), Var::Email) if self.platform.account.lower_case_email => {
                    What::Lower(rule)
                }
                (Some(slot), _) => slot.what,
                (None, Var::Email) => return Err(Fault::new(place, "email", "an account needs an e-mail")),
                (None, Var::Role) => {
                    let roles = self.platform.account.roles.join(", ");
                    let known = if roles.is_empty() { String::new() } else { format!(": one of {roles}") };
                    return Err(Fault::new(place, "role", format!("an account needs a role{known}")));
                }
                (None, Var::Action) => return Err(Fault::new(place, "action", "an audit entry needs an action")),
                (None, Var::Now) => What::Fixed(as_of.clone()),
                (None, _) => What::Fixed(Bson::Null),
            };
            slots.push(Slot { name: (*word).to_owned(), what, written: false, place: place.clone() });
        }
        if accounts {
            // The moment at which the platform's own fields say that the account was made.
            let what = What::Fixed(as_of.clone());
            slots.push(Slot { name: "at".into(), what, written: false, place: place.clone() });
        }
        Ok(())
    }

    fn described_value(&self, source: &Source) -> What {
        let template = match source {
            Source::Constant(value) => return What::Fixed(value.clone()),
            Source::Template(template) => template,
        };
        let uuid = self.platform.account.id_type == IdType::Uuid;
        match template.only() {
            Some(Var::AccountId) if uuid => What::IdUuid,
            Some(Var::AccountId) if template.as_str().contains(":string") => What::Mixed(template.clone()),
            Some(Var::AccountId) => What::Id,
            Some(Var::Hash) => What::Hash,
            Some(Var::LocalPart) => What::Local("email".into()),
            Some(Var::Email) => What::Own("email".into()),
            Some(Var::Role) => What::Own("role".into()),
            Some(Var::Now) => What::Own("at".into()),
            Some(Var::Action) => What::Own("action".into()),
            Some(Var::Actor) => What::Own("actor".into()),
            Some(Var::Reason) => What::Own("reason".into()),
            Some(Var::Details) => What::Own("details".into()),
            _ => What::Mixed(template.clone()),
        }
    }

    fn place_of(&self, table: &str, name: &str) -> Place {
        let places = &self.collection.places;
        places.get(&format!("{table}.{name}")).unwrap_or(&self.collection.place).clone()
    }
}

/// A field inside another one that is written as a value, and that other one.
fn contradiction(slots: &[Slot]) -> Option<(&Slot, &str)> {
    let names: HashSet<&str> = slots.iter().filter(|slot| slot.written).map(|slot| slot.name.as_str()).collect();
    slots.iter().filter(|slot| slot.written).find_map(|slot| {
        let mut outer = slot.name.match_indices('.').map(|(at, _)| &slot.name[..at]);
        outer.find(|outer| names.contains(outer)).map(|outer| (slot, outer))
    })
}

fn owned(fields: &Fields) -> Vec<(String, Source)> {
    fields.iter().map(|(path, source)| (path.to_owned(), source.clone())).collect()
}

/// The fields that the platform's description gives the documents of a collection.
pub(super) fn described(target: &Target, platform: &Description) -> Vec<(String, Source)> {
    match target {
        Target::Accounts => owned(&platform.account.fields),
        Target::Audit => platform.audit.as_ref().map_or_else(own_trail, |audit| owned(&audit.fields)),
        Target::Store => Vec::new(),
        Target::Named(name) => {
            let keyed = platform.keyed.iter().find(|keyed| keyed.collection == *name);
            keyed.map(|keyed| owned(&keyed.fields)).unwrap_or_default()
        }
    }
}

/// Those of them that say whose the document is, which no set may state.
pub(super) fn tenancy(target: &Target, platform: &Description, described: &[(String, Source)]) -> Vec<String> {
    let named = described.iter().filter(|(_, source)| names_tenant(source)).map(|(path, _)| path.clone());
    if *target != Target::Audit {
        return named.collect();
    }
    // An audit entry says whose it is, and what it is about; the latter is not always the organization.
    let trail = platform.audit.as_ref().map(|audit| audit.collection.as_str());
    match platform.keyed.iter().find(|keyed| Some(keyed.collection.as_str()) == trail) {
        Some(keyed) => keyed.fields.iter().map(|(path, _)| path.to_owned()).collect(),
        None => named.take(1).collect(),
    }
}

/// The words by which sets fill in the shape of a collection.
pub(super) fn words(target: &Target) -> &'static [(&'static str, Var)] {
    match target {
        Target::Accounts => &ACCOUNT_WORDS,
        Target::Audit => &AUDIT_WORDS,
        Target::Store | Target::Named(_) => &[],
    }
}

/// The trail that flowbit keeps where the platform has none.
fn own_trail() -> Vec<(String, Source)> {
    let fields = [
        ("action", "{action}"),
        ("actor", "{actor}"),
        ("organization", "{org.id}"),
        ("timestamp", "{now}"),
        ("reason", "{reason}"),
        ("details", "{details}"),
    ];
    let source = |(path, text): (&str, &str)| Some((path.to_owned(), Source::Template(Template::parse(text).ok()?)));
    fields.into_iter().filter_map(source).collect()
}

/// The field of a document that a word of the set fills in; the path itself where it is no such word.
pub(super) fn path_of_word<'a>(target: &Target, platform: &'a Description, path: &'a str) -> &'a str {
    let fields = match target {
        Target::Accounts => Some(&platform.account.fields),
        Target::Audit => platform.audit.as_ref().map(|audit| &audit.fields),
        Target::Store | Target::Named(_) => None,
    };
    let var = words(target).iter().find(|(word, _)| *word == path).map(|(_, var)| *var);
    var.and_then(|var| fields?.path_of(var)).unwrap_or(path)
}

/// Whether a field names the tenant.
fn names_tenant(source: &Source) -> bool {
    let Source::Template(template) = source else { return false };
    [Var::OrgId, Var::Name, Var::Slug, Var::Store].into_iter().any(|var| template.mentions(var))
}

/// Where accounts of a set can go at all.
pub(super) fn takes_accounts(platform: &Description) -> bool {
    platform.account.place != AccountPlace::Organization
}
