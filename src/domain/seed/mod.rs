//! Seed sets: what a tenant should contain, declared. The shapes of the files, the rules by which values are made, and
//! the documents that come of them, as bytes. Pure: the same set gives the same documents everywhere.

mod compile;
mod cycles;
mod draw;
mod encode;
pub mod fixture;
pub mod known;
pub mod manifest;
pub mod mask;
pub mod outline;
mod passwords;
pub mod restate;
pub mod rule;
mod scope;
mod shapes;

use std::collections::HashMap;
use std::fmt;

pub use compile::{Compiled, Part, Row, Setting, compile};
pub use draw::{FIRST_FIXTURE, number_of};
pub use encode::MAX_DOCUMENT;
pub use fixture::Fixture;
pub use manifest::Manifest;
pub use passwords::{Asked, passwords};
pub use rule::Rule;

pub use super::moment::moment_ms;

/// A set that was read: the manifest and its fixtures.
#[derive(Debug, Clone)]
pub struct SeedSet {
    /// What the manifest says.
    pub manifest: Manifest,
    /// The collections, in the order of the manifest.
    pub collections: Vec<Collection>,
    /// Where it comes from, for people.
    pub origin: String,
    /// Where the manifest stands.
    pub manifest_place: Place,
}

/// The documents of one collection.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Its name in the set, by which others refer to it.
    pub name: String,
    /// Where the documents go.
    pub target: Target,
    /// How many are generated at scale 1.
    pub rows: u64,
    /// Whether that number grows with the scale.
    pub scales: bool,
    /// The tenants that get it; all where none is named.
    pub only: Vec<String>,
    /// Whether fixtures may have no field that has no rule and that the platform does not describe either.
    pub closed: bool,
    /// Values for use in other rules, which are not written.
    pub helpers: Vec<(String, Rule)>,
    /// Rules for the fields, in the order in which they are written.
    pub fields: Vec<(String, Rule)>,
    /// Documents that are written down.
    pub fixtures: Vec<Fixture>,
    /// Where the collection, and each of its rules, stands in the manifest.
    pub places: HashMap<String, Place>,
    /// Where it begins.
    pub place: Place,
}

/// Where documents of a set go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A kind of the tenant's own collections, or a shared collection.
    Named(String),
    /// The tenant's only collection.
    Store,
    /// Accounts, in the shape that the description gives them.
    Accounts,
    /// The audit trail, in its shape.
    Audit,
}

impl Target {
    /// The word in manifests.
    pub fn word(&self) -> &str {
        match self {
            Target::Named(name) => name,
            Target::Store => "@store",
            Target::Accounts => "@accounts",
            Target::Audit => "@audit",
        }
    }

    /// What `into` says.
    pub fn of(into: &str) -> Self {
        match into {
            "@store" => Target::Store,
            "@accounts" => Target::Accounts,
            "@audit" => Target::Audit,
            name => Target::Named(name.to_owned()),
        }
    }
}

/// A place in a file of a set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What is wrong with a set: where, in which field, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// In which field; empty where it is no field's fault.
    pub field: String,
    /// What, in words.
    pub what: String,
    /// What was probably meant.
    pub meant: Option<String>,
}

impl Fault {
    /// A fault.
    pub fn new(place: &Place, field: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.clone(), field: field.into(), what: what.into(), meant: None }
    }

    /// The same, with the word that was probably meant.
    #[must_use]
    pub fn meant<'a>(self, typed: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let meant = crate::domain::similar::nearest(typed, known).map(str::to_owned);
        Self { meant, ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.is_empty() {
            true => write!(f, "{}: {}", self.place, self.what),
            false => write!(f, "{}: {}: {}", self.place, self.field, self.what),
        }
    }
}
