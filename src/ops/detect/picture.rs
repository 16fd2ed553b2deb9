//! What was made out: the parts of a description, what each is worth, and what could not be told.

use bson::{Bson, Document};
use serde::Serialize;

use crate::domain::Layout;
use crate::domain::description::{
    AccountPlace, HashScheme, IdType, IndexShape, ReferenceShape, StateField, TicketShape,
};
use crate::domain::naming::NameStep;

/// How much a finding is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Everything that was seen says so, and nothing else would explain it.
    Sure,
    /// It fits what was seen; something else might, too.
    Guessed,
}

impl Certainty {
    /// Sure, if this holds.
    pub(super) fn sure_if(holds: bool) -> Self {
        if holds { Certainty::Sure } else { Certainty::Guessed }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Certainty::Sure => "sure",
            Certainty::Guessed => "guessed",
        }
    }
}

/// The section of a description that a finding belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Top,
    Naming,
    Organization,
    Account,
    Store,
    Keyed,
    References,
    Audit,
    Tickets,
    Registry,
}

/// One thing that was found out, with the evidence. Never a value that could be secret or personal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    #[serde(skip)]
    pub(super) section: Section,
    /// What it is about: `organization.name`.
    pub what: String,
    /// What was found.
    pub value: String,
    /// How much it is worth.
    pub certainty: Certainty,
    /// Why.
    pub evidence: String,
}

/// A record that was made out.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordPicture {
    pub collection: String,
    pub id_type: IdType,
    pub state: Option<StateField>,
    pub touch: Option<String>,
    pub fields: Document,
    /// Fields that a new record does not get, and why.
    pub left_out: Vec<(String, String)>,
    pub indexes: Vec<IndexShape>,
}

/// The audit trail's part.
#[derive(Debug, Clone, Default)]
pub(super) struct TrailPicture {
    pub record: RecordPicture,
    /// Where the backend's entries say who, if flowbit's own cannot say it there.
    pub actor: Option<String>,
    pub target: Vec<String>,
    pub target_kind: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub personal: Vec<String>,
}

/// The account's part.
#[derive(Debug, Clone)]
pub(super) struct AccountPicture {
    pub place: AccountPlace,
    pub record: RecordPicture,
    pub lower_case_email: bool,
    pub admin_role: String,
    pub roles: Vec<String>,
    pub hash: HashScheme,
    pub forbidden: Vec<Document>,
    pub copies: Vec<(Option<String>, Document)>,
    /// Whether something keeps two accounts from having one e-mail.
    pub unique_email: bool,
    pub email: String,
}

/// The part about a tenant's own collections.
#[derive(Debug, Clone, Default)]
pub(super) struct StorePicture {
    pub collection: Option<String>,
    pub database: Option<String>,
    pub kinds: Vec<(String, Vec<IndexShape>)>,
    pub indexes: Vec<IndexShape>,
    pub marker: Option<(String, Document)>,
}

/// A shared collection.
#[derive(Debug, Clone)]
pub(super) struct KeyedPicture {
    pub collection: String,
    pub key: String,
    pub fields: Document,
    pub indexes: Vec<IndexShape>,
}

/// The whole.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub master: String,
    pub layout: Layout,
    pub name_steps: Vec<NameStep>,
    pub slug_steps: Vec<NameStep>,
    pub allowed: Option<String>,
    pub organization: Option<RecordPicture>,
    pub account: AccountPicture,
    pub store: StorePicture,
    pub keyed: Vec<KeyedPicture>,
    pub references: Vec<ReferenceShape>,
    pub audit: Option<TrailPicture>,
    pub tickets: Option<TicketShape>,
    pub registry: Option<String>,
    pub notes: Notes,
}

/// Findings and gaps, gathered on the way.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    pub findings: Vec<Finding>,
    pub unknown: Vec<(Section, String)>,
}

impl Notes {
    /// Adds a finding.
    pub fn add(
        &mut self,
        section: Section,
        what: impl Into<String>,
        value: impl Into<String>,
        certainty: Certainty,
        evidence: impl Into<String>,
    ) {
        let (what, value, evidence) = (what.into(), value.into(), evidence.into());
        self.findings.push(Finding { section, what, value, certainty, evidence });
    }

    /// Adds something that could not be told.
    pub fn gap(&mut self, section: Section, what: impl Into<String>) {
        self.unknown.push((section, what.into()));
    }
}

/// `3 of 4`
pub(super) fn of(part: usize, whole: usize) -> String {
    if part == whole && whole > 1 { format!("all {whole}") } else { format!("{part} of {whole}") }
}

/// The indexes of a collection as a description has them; those it cannot express are left out.
pub(super) fn indexes_of(indexes: &[Document]) -> Vec<IndexShape> {
    indexes.iter().filter_map(index_of).collect()
}

fn index_of(index: &Document) -> Option<IndexShape> {
    let special = ["expireAfterSeconds", "partialFilterExpression", "sparse", "collation", "hidden"];
    let keys = index.get_document("key").ok()?;
    if keys.len() == 1 && keys.contains_key("_id") || special.iter().any(|word| index.contains_key(word)) {
        return None;
    }
    Some(IndexShape { keys: directions(keys)?, unique: index.get_bool("unique").unwrap_or(false) })
}

/// The keys of indexes that delete documents by age.
pub(super) fn expiring(indexes: &[Document]) -> Vec<Document> {
    let by_age = indexes.iter().filter(|index| index.contains_key("expireAfterSeconds"));
    by_age.filter_map(|index| directions(index.get_document("key").ok()?)).collect()
}

fn directions(keys: &Document) -> Option<Document> {
    keys.iter()
        .map(|(path, direction)| match direction {
            Bson::Int32(1) | Bson::Int64(1) => Some((path.clone(), Bson::Int32(1))),
            Bson::Int32(-1) | Bson::Int64(-1) => Some((path.clone(), Bson::Int32(-1))),
            Bson::Double(way) if way.abs() == 1.0 => Some((path.clone(), Bson::Int32(if *way > 0.0 { 1 } else { -1 }))),
            _ => None,
        })
        .collect()
}
