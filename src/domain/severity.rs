//! How bad a finding is, whichever check it comes from.

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something will go wrong, or costs.
    Warning,
    /// Something is wrong now: somebody is locked out, sees too much, or loses data.
    Error,
}

impl Severity {
    /// The word in output.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}
