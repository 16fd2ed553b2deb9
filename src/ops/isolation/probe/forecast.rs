//! How many requests a probe is, before anything is sent.

use crate::domain::api::{Does, RouteShape};
use crate::domain::isolation::{Rule, probes};

/// Requests of a probe on these routes; none where there is no route to try it on. What the tenants' accounts lack only
/// shows in the run.
fn requests(probe: &Rule, routes: &[RouteShape]) -> usize {
    let n = |does: Does| routes.iter().filter(|route| route.does == does).count();
    let shown = n(Does::Read) + n(Does::List);
    let is = |others: &[&Rule]| others.iter().any(|other| other.id == probe.id);
    match probe {
        _ if is(&[&probes::READ]) => n(Does::Read),
        _ if is(&[&probes::UPDATE]) => n(Does::Update),
        _ if is(&[&probes::DELETE]) => n(Does::Delete),
        _ if is(&[&probes::LIST]) => n(Does::List),
        _ if is(&[&probes::SEARCH]) => n(Does::Search),
        _ if is(&[&probes::MOVE]) => 2 * n(Does::Update),
        _ if is(&[&probes::PLANT]) => n(Does::Create),
        _ if is(&[&probes::OBJECT_CLAIM, &probes::SPELLING]) => 2 * shown,
        _ if is(&[&probes::UNSIGNED]) => 3 * shown,
        _ if is(&[&probes::QUERY]) => 3 * n(Does::List),
        _ if is(&[&probes::BODY]) => 2 * (n(Does::Search) + n(Does::Login)),
        _ if is(&[&probes::ROLE, &probes::ROLE_CLAIM]) => n(Does::Admin),
        _ if is(&[&probes::NEIGHBOUR]) => n(Does::Read),
        _ if is(&[&probes::ARRAY, &probes::OPERATOR]) => 2 * n(Does::Read) + n(Does::List),
        _ if is(&[&probes::WEBHOOK, &probes::WEBHOOK_OPEN]) => n(Does::Webhook),
        _ if is(&[&probes::WEBHOOK_GUESS]) => 2 * n(Does::Webhook),
        _ if is(&[&probes::NO_TOKEN]) => shown + n(Does::Search) + n(Does::Update) + n(Does::Delete),
        _ if is(&[&probes::EXISTENCE]) => 2 * n(Does::Read),
        _ => shown,
    }
}

/// About how many requests a run is, those that look whether what is allowed works among them; and the probes for which no
/// route is described.
pub(super) fn forecast(only: &[&'static Rule], routes: &[RouteShape]) -> (u32, Vec<String>) {
    let each: Vec<(&Rule, usize)> = only.iter().map(|probe| (*probe, requests(probe, routes))).collect();
    let idle = each.iter().filter(|(_, n)| *n == 0).map(|(probe, _)| format!("{} {}", probe.id, probe.name)).collect();
    let asked: usize = each.iter().map(|(_, n)| n).sum();
    // The greeting, and each route as its owner, at most.
    let whole = if asked == 0 { 1 } else { 1 + asked + routes.len().min(asked) };
    (u32::try_from(whole).unwrap_or(u32::MAX), idle)
}
