//! `flowbit key list`

use jiff::{SignedDuration, Timestamp};

use crate::commands::context::Context;
use crate::commands::keychain::{AnyPlace, mismatch, remedy};
use crate::commands::{Done, view};
use crate::domain::keyring::{Entry, Keyring, State};
use crate::error::Result;
use crate::ops::key::Ring;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report, Table};

/// Days before the end of a key in which its end is announced.
const SOON: i64 = 14;

/// List the keys of the keyring and what each may do now.
///
/// Reads the keyring alone: no server is asked, and no key is read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit key list\n  flowbit key list --json\n  flowbit key list -o name")]
pub struct Args {
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let ring = args.place.ring(context)?;
    let keyring = ring.read()?;
    let now = Timestamp::now();
    let data: Vec<_> = keyring.keys.iter().map(|entry| super::data(&keyring, entry, now)).collect();
    let names = keyring.keys.iter().map(|entry| entry.kid.clone());
    let orphans = ring.orphans().await?;
    let current = keyring.current(now).filter(|_| !args.place.seals);
    let doubt = current.and_then(|current| mismatch(context, current.algorithm));
    let warnings = warnings(&ring, &keyring, &orphans, doubt, now);
    let mut report = Report::new("flowbit.key.list/1", &data).named(names).warn(warnings);
    report.next = next(&keyring, now);
    if keyring.keys.is_empty() {
        return Ok(report.line(format!("There are no keys in {}.", ring.directory().display())).into());
    }
    let rows = keyring.keys.iter().map(|entry| row(&keyring, entry, now)).collect();
    let head = vec!["kid", "algorithm", "state", "created", "until", "source"];
    Ok(report.show(Block::Table(Table { head, rows })).into())
}

fn row(keyring: &Keyring, entry: &Entry, now: Timestamp) -> Vec<String> {
    let state = keyring.state(entry, now);
    let time = |at: Timestamp| view::local_time(&at.to_string());
    let until = match state {
        State::Pending => format!("signs from {}", time(entry.begins())),
        State::Signing => entry.not_after.map_or_else(|| "-".to_owned(), |at| format!("signs until {}", time(at))),
        State::Verifying => {
            entry.verifies_until.map_or_else(|| "verifies".to_owned(), |at| format!("verifies until {}", time(at)))
        }
        State::Expired => entry.verifies_until.or(entry.not_after).map_or_else(|| "-".to_owned(), time),
        State::Retired => entry.retired_at.map_or_else(|| "-".to_owned(), time),
    };
    vec![
        entry.kid.clone(),
        entry.algorithm.to_string(),
        state.to_string(),
        time(entry.created),
        until,
        entry.source.as_ref().map_or_else(|| "destroyed".to_owned(), ToString::to_string),
    ]
}

/// What is not as it should be.
fn warnings(ring: &Ring, keyring: &Keyring, orphans: &[String], doubt: Option<String>, now: Timestamp) -> Vec<String> {
    let mut warnings: Vec<String> = orphans
        .iter()
        .map(|name| {
            let path = ring.file(name);
            format!(
                "{} belongs to no key: somebody was stopped while it was made, or destroyed; delete it",
                path.display()
            )
        })
        .collect();
    for entry in keyring.keys.iter().filter(|entry| entry.retired_at.is_none()) {
        let own = entry.source.as_ref().and_then(|source| source.own_file());
        if let Some(name) = own.filter(|name| !ring.file(name).exists()) {
            warnings.push(format!("{}: its file {} is gone", entry.kid, ring.file(name).display()));
        }
    }
    let Some(current) = keyring.current(now) else { return warnings };
    warnings.extend(doubt);
    let Some(end) = current.not_after else { return warnings };
    if end <= now {
        warnings.push(format!("no key signs: {} ended {end}", current.kid));
    } else if end <= now.saturating_add(SignedDuration::from_hours(24 * SOON)).unwrap_or(Timestamp::MAX)
        && keyring.next(now).is_none_or(|next| next.begins() > end)
    {
        warnings.push(format!("{} signs until {end}, and no other key takes over", current.kid));
    }
    warnings
}

/// What to do now.
fn next(keyring: &Keyring, now: Timestamp) -> Vec<String> {
    let mut next = Vec::new();
    if keyring.signer(now).is_none() {
        next.push(remedy(keyring, now).to_owned());
    }
    if let Some(entry) = keyring.superseded(now).first() {
        next.push(format!("flowbit key rotate   # settles until when {} verifies", entry.kid));
    }
    let over = |entry: &&Entry| entry.rotated_at.is_some() && keyring.state(entry, now) == State::Expired;
    next.extend(keyring.keys.iter().filter(over).map(|entry| format!("flowbit key retire {}", shell(&entry.kid))));
    next
}
