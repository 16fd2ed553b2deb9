//! How a probe ended.

use serde::Serialize;

/// How a probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The backend said no.
    Refused,
    /// The backend said yes, and nothing of the other tenant came of it: the answer had only one's own.
    Held,
    /// It worked: another tenant's data came back, or is another now.
    Leak,
    /// The answer says neither.
    Unknown,
    /// It could not be tried, or what is allowed does not work either, so that nothing follows.
    NotCheckable,
}

impl Verdict {
    /// Whether the other tenant's data stayed where it is.
    pub fn is_safe(self) -> bool {
        matches!(self, Verdict::Refused | Verdict::Held)
    }

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Refused => "refused",
            Verdict::Held => "held",
            Verdict::Leak => "LEAK",
            Verdict::Unknown => "unknown",
            Verdict::NotCheckable => "not checkable",
        }
    }
}

/// What somebody needs who sends a request again.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// How its token, or its secret, is made: a command, or words behind `#`.
    pub made: Option<String>,
    /// The tenant in the header.
    pub tenant: Option<String>,
    /// What was sent.
    pub body: Option<serde_json::Value>,
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
    /// What is needed to send it again.
    #[serde(skip)]
    pub again: Again,
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
    /// Whether there is anything on this platform to try it on.
    pub applies: bool,
    /// Whether all of it was tried, and each request says something.
    pub complete: bool,
    /// What was seen, or why nothing follows.
    pub evidence: String,
    /// Its requests.
    pub shots: Vec<Shot>,
}
