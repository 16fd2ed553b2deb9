//! `flowbit key generate`

use super::{Kind, Span};
use crate::commands::context::Context;
use crate::commands::keychain::AnyPlace;
use crate::commands::{Done, view};
use crate::domain::keyring::{Entry, KeySource, State};
use crate::error::Result;
use crate::ops::key::make;
use crate::ui::{Block, Report};

/// Make a key that signs.
///
/// The secret or private key goes into a file of the keyring that only you can read, and nowhere else. Where a key
/// signs already, rotate it, or let the new one begin later.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit key generate
  flowbit key generate --alg ES256 --kid 2027-q1 --not-before 2027-01-01 --not-after 2027-04-08
  flowbit key generate --seals                # the key that seals the audit trail
  flowbit key generate --alg RS256 --bits 3072 --keys /etc/flowbit/keys")]
pub struct Args {
    #[command(flatten)]
    kind: Kind,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let ring = args.place.ring(context)?;
    // What is wrong with the options is said before anything is made.
    args.span.read(super::now())?;
    let making = args.kind.making(super::usual(context, &args.place))?;
    args.place.require_fit(making.algorithm)?;
    let made = make(&making)?;
    let mut opened = ring.open().await?;
    // Only now: somebody may have been waited for.
    let now = super::now();
    let (not_before, not_after) = args.span.read(now)?;
    let mut entry =
        Entry { not_before, not_after, public: made.public.clone(), ..super::entry(&made.kid, made.algorithm, now) };
    opened.keyring.require_free(&entry, now)?;
    let name = opened.keep(&made.kid, made.extension(), &made.text)?;
    entry.source = Some(KeySource::File(name.clone()));
    opened.keyring.admit(entry.clone(), now)?;
    let state = opened.keyring.state(&entry, now);
    let data = super::data(&opened.keyring, &entry, now);
    opened.save()?;
    let facts = vec![
        ("algorithm".to_owned(), entry.algorithm.to_string()),
        ("state".to_owned(), state.to_string()),
        ("file".to_owned(), ring.file(&name).display().to_string()),
    ];
    let line = match state {
        State::Pending => {
            format!("Made the key {}; it signs from {} on.", entry.kid, view::local_time(&entry.begins().to_string()))
        }
        _ => format!("Made the key {}; it signs from now on.", entry.kid),
    };
    Ok(Report::new("flowbit.key.generate/1", &data)
        .changed(true)
        .named([entry.kid.clone()])
        .line(line)
        .show(Block::Facts(facts))
        .warn(super::doubts(context, &args.place, &entry.kid, entry.algorithm))
        .next(super::tell(&entry, &args.place))
        .into())
}
