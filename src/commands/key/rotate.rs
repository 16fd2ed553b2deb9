//! `flowbit key rotate`

use jiff::Timestamp;
use serde_json::json;

use super::Kind;
use crate::commands::context::Context;
use crate::commands::keychain::{AnyPlace, mismatch};
use crate::commands::{Done, consent, view};
use crate::domain::keyring::{Entry, KeySource, Keyring};
use crate::domain::moment;
use crate::error::{Error, Result, code};
use crate::ops::key::{Opened, make};
use crate::ops::org::find::shell;
use crate::ui::{Block, Report};

const SCHEMA: &str = "flowbit.key.rotate/1";

/// Seconds by which clocks may differ.
const LEEWAY: u64 = 30;

/// Seconds for which a key verifies where nobody knows how long tokens live.
const USUAL: u64 = 24 * 3600;

/// Let a new key sign; the old one verifies as long as its tokens live.
///
/// Where a pending key's time has come, that one signs already and no new one is made: then this settles until when the
/// one before verifies.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit key rotate
  flowbit key rotate --overlap 30d
  flowbit key rotate --alg EdDSA --kid 2027-q1")]
pub struct Args {
    #[command(flatten)]
    kind: Kind,
    /// How long the old key verifies; at least as long as the longest token lives, which is what holds without it
    #[arg(long, value_name = "DURATION")]
    overlap: Option<String>,
    /// Confirm with the name of the old key; needed through a protected profile
    #[arg(long, value_name = "KID")]
    confirm: Option<String>,
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let (overlap, doubt) = args.overlap(context)?;
    let ring = args.place.ring(context)?;
    // Looked at before anything is made, and again once nobody else can change it.
    require_current(&ring.read()?, super::now(), args)?;
    let mut opened = ring.open().await?;
    let now = super::now();
    let old = require_current(&opened.keyring, now, args)?.clone();
    let waiting: Vec<String> = opened.keyring.superseded(now).iter().map(|entry| entry.kid.clone()).collect();
    let confirmed = waiting.first().unwrap_or(&old.kid);
    consent::implied(context, confirmed, args.confirm.as_deref())?;
    let settled = !waiting.is_empty();
    let (new, ended) = if settled {
        opened.keyring.hand_over(&waiting, old.begins(), overlap);
        (old, waiting)
    } else {
        (renew(args, &mut opened, &old, overlap, now)?, vec![old.kid])
    };
    let keyring = opened.keyring.clone();
    opened.save()?;
    let mismatch = mismatch(context, new.algorithm).filter(|_| !args.place.seals);
    let warnings = mismatch.into_iter().chain(doubt);
    Ok(report(&keyring, &new, &ended, settled, now).warn(warnings).next(super::tell(&new, &args.place)).into())
}

/// Makes the new key and ends the signing of the old one.
fn renew(args: &Args, opened: &mut Opened<'_>, old: &Entry, overlap: u64, now: Timestamp) -> Result<Entry> {
    let making = args.kind.making(old.algorithm)?;
    args.place.require_fit(making.algorithm)?;
    let made = make(&making)?;
    let mut new = Entry { public: made.public.clone(), ..super::entry(&made.kid, made.algorithm, now) };
    opened.keyring.hand_over(std::slice::from_ref(&old.kid), now, overlap);
    opened.keyring.require_free(&new, now)?;
    new.source = Some(KeySource::File(opened.keep(&made.kid, made.extension(), &made.text)?));
    opened.keyring.admit(new.clone(), now)?;
    Ok(new)
}

/// The key whose turn it is, if the rest of what was said fits.
fn require_current<'k>(keyring: &'k Keyring, now: Timestamp, args: &Args) -> Result<&'k Entry> {
    let Some(current) = keyring.current(now) else {
        let why = match keyring.next(now) {
            Some(next) => format!("no key signs yet: {} begins {}", next.kid, next.begins()),
            None => "there is no key to be rotated".to_owned(),
        };
        return Err(Error::new(&code::KEY_STATE, why).next("flowbit key generate"));
    };
    if args.kind.is_said() && !keyring.superseded(now).is_empty() {
        let message = format!("{} took over by itself, so no new key is made now; nothing was changed", current.kid);
        return Err(Error::new(&code::KEY_STATE, message)
            .next("flowbit key rotate   # settles until when the one before verifies; then repeat"));
    }
    Ok(current)
}

impl Args {
    /// Seconds for which the old key verifies, and what is doubtful about it.
    fn overlap(&self, context: &Context<'_>) -> Result<(u64, Option<String>)> {
        let longest = context.settings.platform.value.token.as_ref().map(|shape| shape.longest());
        let least = longest.unwrap_or_default().saturating_add(LEEWAY);
        let Some(text) = &self.overlap else {
            let doubt = "the description has no [token], so nobody knows how long tokens live: the old key verifies for \
                         24 hours; --overlap says another time";
            return Ok(match longest {
                _ if self.place.seals => (0, None),
                Some(_) => (least, None),
                None => (USUAL, Some(doubt.to_owned())),
            });
        };
        let said = moment::length(text).map_err(|why| Error::new(&code::BAD_ARGUMENT, format!("--overlap: {why}")))?;
        if said >= least || self.place.seals {
            return Ok((said, None));
        }
        let longest = longest.unwrap_or_default();
        Err(Error::new(
            &code::BAD_ARGUMENT,
            format!("--overlap {text} is too short: tokens live up to {longest} s, and clocks may differ by {LEEWAY} s, so the old key has to verify for {least} s; nothing was changed"),
        )
        .next(format!("repeat with --overlap {least}s, or without --overlap"))
        .next("flowbit key retire KID --force   # after that, where the old key is not to be trusted any more"))
    }
}

fn report(keyring: &Keyring, new: &Entry, ended: &[String], settled: bool, now: Timestamp) -> Report {
    let old: Vec<_> = ended.iter().filter_map(|kid| keyring.find(kid)).collect();
    let data = json!({
        "key": super::data(keyring, new, now), "made": !settled,
        "old": old.iter().map(|entry| super::data(keyring, entry, now)).collect::<Vec<_>>(),
    });
    let line = match settled {
        true => format!("The pending key {} signs since {}; no new one was made.", new.kid, new.begins()),
        false => format!("Made the key {}; it signs from now on.", new.kid),
    };
    let until = |entry: &&Entry| {
        let until = entry.verifies_until.unwrap_or_default().to_string();
        (entry.kid.clone(), format!("verifies until {}", view::local_time(&until)))
    };
    let retire = old.first().map(|entry| {
        let until = entry.verifies_until.unwrap_or_default();
        format!("flowbit key retire {}   # after {}", shell(&entry.kid), view::local_time(&until.to_string()))
    });
    let report = Report::new(SCHEMA, &data).changed(true).named([new.kid.clone()]).line(line);
    let mut report = report.show(Block::Facts(old.iter().map(until).collect()));
    report.next.extend(retire);
    report
}
