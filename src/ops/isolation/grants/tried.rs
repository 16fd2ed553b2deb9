//! What was tried, and how it ended: the evidence that rights keep tenants apart, as values.

use std::collections::BTreeMap;

use serde::Serialize;

/// An attempt that did not end as it should.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Attempted {
    /// The tenant whose user tried.
    pub organization: String,
    /// Whose it is.
    pub against: String,
    /// What was tried: `find`.
    pub attempt: &'static str,
    /// On what.
    pub on: String,
    /// What the server answered.
    pub detail: String,
}

/// How often something was tried, and how it ended.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct Kind {
    /// How often.
    pub tried: u64,
    /// Refused by the server for want of the right.
    pub refused: u64,
    /// Let through.
    pub leaks: u64,
    /// Neither.
    pub unknown: u64,
}

/// What was tried, and how it ended.
#[derive(Debug, Default, Serialize)]
pub struct Tried {
    /// Tenants whose rights were tried.
    pub organizations: u64,
    /// Pairs of tenants that were tried.
    pub pairs: u64,
    /// How many there are.
    pub pairs_in_all: u64,
    /// Attempts at what is somebody else's.
    pub attempts: Kind,
    /// The same by what was tried.
    pub kinds: BTreeMap<&'static str, Kind>,
    /// Attempts that were let through.
    pub leaks: Vec<Attempted>,
    /// Attempts that ended in another way: nothing is known of them.
    pub unknown: Vec<Attempted>,
    /// Needed on one's own, and let through.
    pub allowed: u64,
    /// Needed on one's own, and refused.
    pub denied: Vec<Attempted>,
    /// What users may do with their own beyond what was granted.
    pub wider: Vec<String>,
    /// What was not tried, and why.
    pub not_tried: Vec<String>,
    /// Organizations that have no rights to try.
    pub without: Vec<String>,
    /// Users of earlier runs that were dropped.
    pub swept: u64,
    /// How long it took.
    pub seconds: f64,
}

impl Tried {
    /// Whether nothing was let through that should not be, and nothing refused that is needed.
    pub fn is_good(&self) -> bool {
        self.leaks.is_empty() && self.denied.is_empty()
    }

    /// Whether that is known of everything.
    pub fn is_whole(&self) -> bool {
        self.unknown.is_empty() && self.without.is_empty()
    }
}
