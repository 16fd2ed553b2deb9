//! `flowbit key jwks`

use std::path::PathBuf;

use jiff::Timestamp;

use crate::commands::Done;
use crate::commands::context::Context;
use crate::commands::keychain::AnyPlace;
use crate::error::Result;
use crate::store::file;
use crate::ui::{Format, Report};

/// Print the public keys as a JWK set, for backends.
///
/// In it are the keys that sign, verify, or will sign; with --seals all there ever were, because what they sealed has to be
/// verified for ever. Secrets (HS256 and its like) have no public half and are never in
/// it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit key jwks > jwks.json
  flowbit key jwks --out /srv/www/.well-known/jwks.json
  flowbit key jwks | jq '.keys[].kid'")]
pub struct Args {
    /// Write it into this file, in place of an old one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let keyring = args.place.ring(context)?.read()?;
    let now = Timestamp::now();
    let set = if args.place.seals { keyring.all_jwks() } else { keyring.jwks(now) };
    let mut text = serde_json::to_string_pretty(&set).unwrap_or_default();
    text.push('\n');
    let hidden: Vec<&str> = keyring
        .keys
        .iter()
        .filter(|entry| entry.public.is_none() && keyring.state(entry, now).is_published())
        .map(|entry| entry.kid.as_str())
        .collect();
    let warning =
        (!hidden.is_empty()).then(|| format!("not in it, because a secret has no public half: {}", hidden.join(", ")));
    if args.out.is_none() && context.terminal.format == Format::Table {
        warning.iter().for_each(|warning| context.terminal.warn(warning));
        return Ok(Done::Text(text));
    }
    let keys = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = keys.iter().filter_map(|key| key["kid"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let mut report = Report::new("flowbit.key.jwks/1", &set).named(names).warn(warning);
    if let Some(out) = &args.out {
        file::publish(&context.env.directory.join(out), &text)?;
        report = report.changed(true).line(format!("Wrote {} public keys to {}.", keys.len(), out.display()));
    } else {
        report = report.line(text.trim_end());
    }
    Ok(report.into())
}
