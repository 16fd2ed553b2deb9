//! How a probe ended.

use serde::Serialize;

/// How a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The backend did not let it happen.
    Refused,
    /// It worked: another tenant's data came back, or is another now.
    Leak,
    /// The answer says neither.
    Unknown,
    /// It could not be tried, or what is allowed does not work either, so that nothing follows.
    NotCheckable,
}

impl Verdict {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Refused => "refused",
            Verdict::Leak => "LEAK",
            Verdict::Unknown => "unknown",
            Verdict::NotCheckable => "not checkable",
        }
    }
}

/// One request of a probe.
#[derive(Debug, Clone, Serialize)]
pub struct Shot {
    /// The route, as it is described.
    pub route: String,
    /// Method and path, without secrets.
    pub request: String,
    /// As whom, in words.
    pub who: String,
    /// Whether it carried a token, or a webhook's secret.
    pub with_secret: bool,
    /// Status of the answer; none where there was none.
    pub status: Option<u16>,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen, one sentence; never a secret.
    pub evidence: String,
}

/// A probe that was tried.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// The probe: `P01`.
    pub probe: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it tries.
    pub title: &'static str,
    /// The fault that it looks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen, or why nothing follows.
    pub evidence: String,
    /// Its requests.
    pub shots: Vec<Shot>,
}
