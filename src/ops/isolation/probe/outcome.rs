//! What would be tried, and what came out.

use serde::Serialize;

use super::{Ground, Wish};
use crate::domain::api::Does;
use crate::domain::isolation::{Finding, Place, Shot, Trial, Verdict, probes};
use crate::ops::org::find::shell;

/// What would be tried.
#[derive(Debug, Clone, Serialize)]
pub struct GroundView {
    /// The backend.
    pub api: String,
    /// As whom it is asked.
    #[serde(rename = "as")]
    pub first: String,
    /// Whose canary is asked for.
    pub against: String,
    /// The first tenant's account.
    pub account: String,
    /// The second tenant's account.
    pub other_account: String,
    /// Where the canaries are planted.
    pub places: Vec<String>,
    /// The fields of a canary.
    pub canary: Vec<String>,
    /// The routes that are asked.
    pub routes: Vec<String>,
    /// The probes.
    pub probes: Vec<&'static str>,
    /// About how many requests it is.
    pub expected: u32,
    /// Probes for which no route is described.
    pub idle: Vec<String>,
    /// What is missing: secrets, routes, time.
    pub missing: Vec<String>,
    /// Requests at most.
    pub most: u32,
    /// Requests in a second at most.
    pub rate: u32,
}

/// What is allowed, and whether it works: without it nothing follows from a refusal.
#[derive(Debug, Clone, Serialize)]
pub struct Control {
    /// The route.
    pub route: String,
    /// As whom.
    pub who: String,
    /// Whether it works.
    pub works: bool,
    /// Status of the answer; none where there was none.
    pub status: Option<u16>,
    /// What was seen.
    pub evidence: String,
    /// The key, or the variable, that its token or secret is from.
    #[serde(skip)]
    pub key: Option<String>,
}

/// What came out.
#[derive(Debug, Clone, Serialize)]
pub struct Probed {
    /// What was tried.
    #[serde(flatten)]
    pub ground: GroundView,
    /// What is allowed, and whether it works.
    pub controls: Vec<Control>,
    /// The probes, in order.
    pub trials: Vec<Trial>,
    /// What it came to, one sentence.
    pub verdict: String,
    /// Whether every probe that applies was tried, and said something.
    pub complete: bool,
    /// Why something could not be tried, and what to do about it.
    pub diagnosis: Vec<String>,
    /// The leaks.
    pub findings: Vec<Finding>,
    /// Requests that were sent.
    pub requests: u32,
    /// Seconds that it took.
    pub seconds: f64,
    /// The operation.
    pub operation: String,
    /// Things to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether something stays: a collection that was made, or what an earlier run left and this one removed.
    #[serde(skip)]
    pub changed: bool,
}

impl Probed {
    /// How many ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.trials.iter().filter(|trial| trial.verdict == verdict).count()
    }
}

pub(super) fn told(probed: &Probed) -> String {
    let n = |verdict| probed.count(verdict);
    format!(
        "{} probes: {} refused, {} held, {} leaks, {} unknown, {} not checkable; {} requests",
        probed.trials.len(),
        n(Verdict::Refused),
        n(Verdict::Held),
        n(Verdict::Leak),
        n(Verdict::Unknown),
        n(Verdict::NotCheckable),
        probed.requests
    )
}

/// A finding for each probe and route that leaks.
pub(super) fn findings(ground: &Ground<'_>, wish: &Wish, trials: &[Trial]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for trial in trials {
        let Some(probe) = probes::find(trial.probe) else { continue };
        for shot in trial.shots.iter().filter(|shot| shot.verdict == Verdict::Leak) {
            let place = Place { namespace: shot.route.clone(), path: None };
            let tenants = vec![ground.view.first.clone(), ground.view.against.clone()];
            let finding = Finding::new(probe, place, tenants, "");
            if findings.iter().any(|known| known.id == finding.id) {
                continue;
            }
            let query = again(ground, wish, shot);
            findings.push(finding.evidence(format!("{} ({})", shot.evidence, shot.who)).query(query));
        }
    }
    findings
}

/// What shows a leak again: how the token is made, and the request. The canaries are gone, so that documents of one's own
/// choice stand in their place.
fn again(ground: &Ground<'_>, wish: &Wish, shot: &Shot) -> String {
    let (method, path) = shot.request.split_once(' ').unwrap_or(("GET", &shot.request));
    let mut headers = headers(ground, shot);
    if let (Some(tenant), Some(header)) = (&shot.again.tenant, &ground.api.tenant_header) {
        headers.push_str(&format!(" -H {}", shell(&format!("{}: {tenant}", header.name))));
    }
    if let Some(body) = &shot.again.body {
        headers.push_str(&format!(" -H 'Content-Type: application/json' -d {}", shell(&body.to_string())));
    }
    let (mine, theirs) = (&ground.mine.canary, &ground.theirs.canary);
    let request = format!("curl -sg -X {method}{headers} '{}{path}'", wish.origin)
        .replace(&theirs.id, "EXISTING_ID")
        .replace(&theirs.word, "WORD_IN_IT")
        .replace(&mine.id, "OWN_ID");
    let mut lines = vec![format!(
        "# the canaries are gone: EXISTING_ID is a document of {}, OWN_ID one of {}, that you choose",
        ground.view.against, ground.view.first
    )];
    lines.retain(|_| request.contains("_ID") || request.contains("WORD_IN_IT"));
    lines.extend(shot.again.made.clone().filter(|_| shot.with_secret));
    lines.push(request);
    lines.join("\n")
}

/// The headers that show a leak again, without their secrets.
fn headers(ground: &Ground<'_>, shot: &Shot) -> String {
    let route = ground.routes.iter().find(|route| route.line() == shot.route);
    match route.map(|route| (route.does, &route.secret_header)) {
        Some((Does::Webhook, Some(name))) if shot.with_secret => format!(" -H \"{name}: $SECRET\""),
        Some((Does::Webhook, _)) => String::new(),
        _ if shot.with_secret => format!(" -H \"{}\"", ground.api.authorization.replace("{token}", "$TOKEN")),
        _ => String::new(),
    }
}
