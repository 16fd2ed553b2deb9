//! What a run came to, in a sentence; and why, where nothing follows.

use super::Control;
use super::control::WEBHOOK;
use crate::domain::isolation::{Trial, Verdict};
use crate::web::Silence;

/// Whether every probe that applies was tried, and said something. Where none applies nothing is.
pub(super) fn is_complete(trials: &[Trial]) -> bool {
    let applies = |trial: &&Trial| trial.applies;
    trials.iter().any(|trial| trial.applies) && trials.iter().filter(applies).all(|trial| trial.complete)
}

/// What it came to.
pub(super) fn sentence(trials: &[Trial], diagnosis: &[String]) -> String {
    let leaks: Vec<&str> =
        trials.iter().filter(|trial| trial.verdict == Verdict::Leak).map(|trial| trial.probe).collect();
    let safe = trials.iter().filter(|trial| trial.verdict.is_safe()).count();
    let partly = trials.iter().filter(|trial| trial.verdict.is_safe() && !trial.complete).count();
    let open: Vec<&Trial> = trials
        .iter()
        .filter(|trial| trial.applies && !trial.verdict.is_safe() && trial.verdict != Verdict::Leak)
        .collect();
    let idle = trials.iter().filter(|trial| !trial.applies).count();
    let why = diagnosis.first().cloned().or_else(|| open.first().map(|trial| trial.evidence.clone()));
    let mut text = if !leaks.is_empty() {
        format!("The backend leaks: {} found a way ({})", probes(leaks.len()), leaks.join(", "))
    } else if safe == 0 {
        let why = why.unwrap_or_else(|| "none of these probes applies to the routes that are described".to_owned());
        return format!("Nothing was proved: {why}.");
    } else {
        format!("{} held back by the backend", was(safe))
    };
    if !open.is_empty() {
        text.push_str(&format!("; {} could not be tried", open.len()));
    }
    if partly > 0 {
        text.push_str(&format!("; {partly} only in part"));
    }
    if idle > 0 {
        text.push_str(&format!("; {idle} {} not apply here", if idle == 1 { "does" } else { "do" }));
    }
    if leaks.is_empty() && is_complete(trials) {
        text.push_str("; none leaked");
    }
    match diagnosis.first() {
        Some(why) if !open.is_empty() || partly > 0 => format!("{text}: {why}."),
        _ => format!("{text}."),
    }
}

fn probes(n: usize) -> String {
    if n == 1 { "1 probe".to_owned() } else { format!("{n} probes") }
}

fn was(n: usize) -> String {
    if n == 1 { "1 probe was".to_owned() } else { format!("{n} probes were") }
}

/// Why something could not be tried, the likeliest first.
pub(super) fn diagnosis(controls: &[Control], trials: &[Trial], gone: Option<&Silence>) -> Vec<String> {
    let mut why = Vec::new();
    let shots = trials.iter().flat_map(|trial| &trial.shots).filter(|shot| shot.verdict == Verdict::Unknown);
    let idle = controls.iter().filter(|control| !control.works);
    let statuses: Vec<u16> =
        idle.filter_map(|control| control.status).chain(shots.filter_map(|shot| shot.status)).collect();
    if statuses.contains(&429) {
        why.push("the backend wants fewer requests (429): lower --rate, or raise the backend's own limit".to_owned());
    }
    let mut keys: Vec<&String> = controls.iter().filter_map(|control| control.key.as_ref()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let mut with = controls.iter().filter(|control| control.key.as_ref() == Some(key));
        if with.all(|control| !control.works && matches!(control.status, Some(401 | 403))) {
            let hook = controls.iter().any(|control| control.key.as_ref() == Some(key) && control.who == WEBHOOK);
            why.push(match hook {
                true => format!("the webhook does not take our secret: is {key} the one that it expects?"),
                false => format!("the backend does not take our tokens: is {key} its own secret?"),
            });
        }
    }
    if let Some(status) = statuses.iter().find(|status| **status >= 500) {
        why.push(format!("the backend fails ({status}): its own log says why"));
    }
    if let Some(silence) = gone {
        why.push(stopped(silence));
    }
    why
}

/// Why nothing more is asked.
pub(super) fn stopped(silence: &Silence) -> String {
    match silence {
        Silence::Unreachable(why) | Silence::Broken(why) => format!("the backend is gone: {why}"),
        Silence::Spent(why) => why.clone(),
    }
}
