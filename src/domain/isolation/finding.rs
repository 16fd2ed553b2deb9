//! What was looked at and what was found.

use bson::DateTime;
use serde::{Deserialize, Serialize, Serializer};

use super::rules::Rule;
use crate::domain::plan::Namespace;
use crate::domain::severity::Severity;

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The collection, view or database: `db.collection`; for users and roles `db` and the name.
    pub namespace: String,
    /// Path of the field, or the name of the index, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Place {
    /// A field, or an index, of a collection.
    pub fn at(ns: &Namespace, path: impl Into<String>) -> Self {
        Self { namespace: ns.to_string(), path: Some(path.into()) }
    }
}

impl From<&Namespace> for Place {
    fn from(ns: &Namespace) -> Self {
        Self { namespace: ns.to_string(), path: None }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{} {path}", self.namespace),
            None => f.write_str(&self.namespace),
        }
    }
}

/// One thing found.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Finding {
    /// 12 hexadecimal digits that stay the same from run to run: over rule, place, tenants and what was found, not over how
    /// often. A baseline names findings by it.
    pub id: String,
    /// The rule: `I07`.
    pub rule: &'static str,
    /// The rule's name: `reference-crossing`.
    pub name: &'static str,
    /// The known fault that it is an instance of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// The names of the tenants concerned; first the one that sees too much, where one does.
    pub tenants: Vec<String>,
    /// How many documents, accounts or entries.
    pub count: u64,
    /// The identifiers of some.
    pub examples: Vec<String>,
    /// What was seen there, one sentence; never a secret.
    pub evidence: String,
    /// What to do about it: a command, where there is one.
    pub remedy: String,
    /// The command for `mongosh` that shows it again.
    pub query: String,
}

impl Finding {
    /// A finding; `what` tells it from others of the same rule at the same place: a value, a name.
    pub fn new(rule: &'static Rule, place: Place, tenants: Vec<String>, what: &str) -> Self {
        let mut digest = blake3::Hasher::new();
        let path = place.path.as_deref().unwrap_or_default();
        for part in [rule.id, &place.namespace, path, what].into_iter().chain(tenants.iter().map(String::as_str)) {
            digest.update(&u64::try_from(part.len()).unwrap_or_default().to_le_bytes());
            digest.update(part.as_bytes());
        }
        Self {
            id: digest.finalize().to_hex().as_str().chars().take(12).collect(),
            rule: rule.id,
            name: rule.name,
            fault: rule.fault,
            severity: rule.severity,
            place,
            tenants,
            count: 1,
            examples: Vec::new(),
            evidence: String::new(),
            remedy: rule.remedy.to_owned(),
            query: String::new(),
        }
    }

    /// Another severity than the rule's own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whom it concerns, where that does not make another finding of it.
    #[must_use]
    pub fn of(mut self, tenants: Vec<String>) -> Self {
        self.tenants = tenants;
        self
    }

    /// How many there are, and the identifiers of some.
    #[must_use]
    pub fn documents(mut self, count: u64, examples: Vec<String>) -> Self {
        self.count = count;
        self.examples = examples;
        self
    }

    /// What was seen.
    #[must_use]
    pub fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }

    /// What to do, where the rule's own remedy can be said as a command.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// What shows it again.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Looked at; nothing found.
    Ok,
    /// Something was found.
    Found,
    /// It could not be looked at.
    NotCheckable,
    /// There is nothing of the kind on this platform.
    NotApplicable,
}

impl State {
    /// Whether it was looked at, at least in part.
    pub fn is_looked_at(self) -> bool {
        matches!(self, State::Ok | State::Found)
    }
}

/// One rule, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The rule.
    pub rule: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// What it looks for.
    pub title: &'static str,
    /// What became of it.
    pub state: State,
    /// Why it could not be looked at, or only in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How a collection was looked at.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Every document was read.
    Whole,
    /// A part of the documents was read.
    Sample,
    /// Its indexes answered; no document was read but those that are wrong.
    Index,
    /// It was not looked at.
    Not,
}

/// How much of a collection was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// The collection.
    pub namespace: String,
    /// Documents that the server says are there.
    pub documents: u64,
    /// Documents that were read.
    pub read: u64,
    /// How.
    pub way: Way,
    /// Why not whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A finding that somebody accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Accepted {
    /// What was found.
    pub finding: Finding,
    /// Why it was accepted.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The last day on which it is: `2026-12-31`.
    pub until: String,
}

/// Everything that was looked at, and what was found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Name of the platform.
    pub platform: String,
    /// Its layout.
    pub layout: &'static str,
    /// The master database, and the server's hosts.
    pub place: String,
    /// The organization that it is limited to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// How many organizations there are.
    pub organizations: u64,
    /// When it began, by the server's clock.
    #[serde(serialize_with = "moment")]
    pub at: DateTime,
    /// Seconds that it took.
    pub seconds: f64,
    /// Documents read of each collection at most, where not all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<u64>,
    /// The version of flowbit.
    pub flowbit: &'static str,
    /// Every rule that was asked for.
    pub checks: Vec<Check>,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
    /// Findings that a baseline accepts.
    pub accepted: Vec<Accepted>,
    /// What the baseline has to say: entries that are over, or that nothing is found for any more.
    pub notes: Vec<String>,
    /// How much of each collection was looked at.
    pub coverage: Vec<Coverage>,
}

impl Report {
    /// The worst of the findings that nobody accepted.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

fn moment<S: Serializer>(at: &DateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.try_to_rfc3339_string().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::rules::{KEY_NULL, REFERENCE};
    use super::*;

    #[test]
    fn a_finding_is_the_same_however_often_it_is_there() {
        let ns = Namespace::new("m", "tickets");
        let found = |what: &str| Finding::new(&REFERENCE, Place::at(&ns, "userId"), vec!["a".into(), "b".into()], what);
        let twice = found("x").documents(2, vec!["1".into()]);
        assert_eq!(found("x").id, twice.id);
        assert_eq!(twice.id.len(), 12);
        assert_ne!(found("x").id, found("y").id);
        assert_ne!(found("").id, Finding::new(&KEY_NULL, Place::at(&ns, "userId"), vec!["a".into()], "b").id);
    }
}
