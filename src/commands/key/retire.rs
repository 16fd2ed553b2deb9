//! `flowbit key retire`

use jiff::Timestamp;
use serde_json::json;

use crate::commands::context::Context;
use crate::commands::keychain::AnyPlace;
use crate::commands::{Done, consent, view};
use crate::domain::keyring::{Entry, Keyring, State};
use crate::error::{Class, Error, Result, code};
use crate::ops::Consent;
use crate::ops::key::{Ring, living};
use crate::ops::org::find::shell;
use crate::ui::{Block, Report};

const SCHEMA: &str = "flowbit.key.retire/1";

/// Take a key out of use that no token needs any more.
///
/// A key that signs, or whose time to verify is not over, stays; so does one that living tokens were signed with. The
/// entry and the public half stay, so that old signatures can still be told. The private key stays too, unless --shred
/// is said.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit key retire 2026-q4
  flowbit key retire 2026-q4 --shred --confirm 2026-q4
  flowbit key retire 2026-q4 --force   # it was stolen: its tokens are refused from now on")]
pub struct Args {
    /// Name of the key
    #[arg(value_name = "KID")]
    kid: String,
    /// Also while tokens need it, and also where no server can be asked for them
    #[arg(long)]
    force: bool,
    /// Destroy the secret or private key as well; this cannot be undone
    #[arg(long)]
    shred: bool,
    /// Show what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with the name of the key: for --shred, and through a protected profile
    #[arg(long, value_name = "KID")]
    confirm: Option<String>,
    #[command(flatten)]
    pub(super) place: AnyPlace,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let ring = args.place.ring(context)?;
    let keyring = ring.read()?;
    let entry = keyring.load(&args.kid)?;
    let now = super::now();
    let own = entry.source.as_ref().and_then(|source| source.own_file()).filter(|_| args.shred).map(str::to_owned);
    require_ours(args, entry)?;
    if entry.retired_at.is_some() && own.is_none() {
        let line = format!("{} was retired already; nothing was changed.", entry.kid);
        return Ok(report(&keyring, entry, now, false, &line).into());
    }
    let mut warnings = Vec::new();
    if entry.retired_at.is_none() {
        require_done(args, &keyring, entry, now)?;
        require_no_tokens(args, context, entry, &mut warnings).await?;
    }
    if own.is_some() && entry.public.is_none() {
        warnings.push("it has no public half: nobody can tell its signatures once it is destroyed".to_owned());
    }
    if args.dry_run {
        let shred = own.map(|name| format!(" and destroy {}", ring.file(&name).display())).unwrap_or_default();
        let line = format!("Would retire {}{shred}.", entry.kid);
        return Ok(report(&keyring, entry, now, false, &line).warn(warnings).into());
    }
    let agreed = agreed(args, context, &ring, own.as_deref())?;
    retire(args, &ring, own.as_deref(), &agreed).await.map(|report| report.warn(warnings).into())
}

/// Changes the keyring, after another look at it: somebody may have been faster.
async fn retire(args: &Args, ring: &Ring, own: Option<&str>, agreed: &Consent) -> Result<Report> {
    let mut opened = ring.open().await?;
    let now = super::now();
    if opened.keyring.load(&args.kid)?.retired_at.is_none() {
        let (keyring, entry) = (&opened.keyring, opened.keyring.load(&args.kid)?);
        require_done(args, keyring, entry, now)?;
    }
    let entry = opened.keyring.load_mut(&args.kid)?;
    entry.retired_at.get_or_insert(now);
    if own.is_some() {
        entry.source = None;
    }
    let keyring = opened.keyring.clone();
    opened.save()?;
    if let Some(name) = own {
        // Should this not come to its end, the file is an orphan that the list tells of.
        ring.shred(name, agreed).map_err(Error::after_changes)?;
    }
    let destroyed = if own.is_some() { " and destroyed its private part" } else { "" };
    let line = format!("Retired {}{destroyed}.", args.kid);
    Ok(report(&keyring, keyring.load(&args.kid)?, now, own.is_some(), &line).changed(true))
}

fn agreed(args: &Args, context: &Context<'_>, ring: &Ring, own: Option<&str>) -> Result<Consent> {
    let Some(name) = own else { return consent::implied(context, &args.kid, args.confirm.as_deref()) };
    let blocks = [
        Block::Heading(format!("Retire {} and destroy it: this cannot be undone", args.kid)),
        Block::Facts(vec![("file".to_owned(), ring.file(name).display().to_string())]),
    ];
    consent::by_name(context, &args.kid, args.confirm.as_deref(), &blocks)
}

/// That what is to be destroyed is the keyring's own.
fn require_ours(args: &Args, entry: &Entry) -> Result<()> {
    match &entry.source {
        Some(source) if args.shred && source.own_file().is_none() => Err(Error::new(
            &code::KEY_STATE,
            format!(
                "{} is kept elsewhere ({source}), and flowbit destroys only what it made; nothing was changed",
                args.kid
            ),
        )
        .next("repeat without --shred, and destroy it where it is kept")),
        _ => Ok(()),
    }
}

/// That the key's work is over, as far as the keyring knows.
fn require_done(args: &Args, keyring: &Keyring, entry: &Entry, now: Timestamp) -> Result<()> {
    let refuse = |why: String| Error::new(&code::KEY_STATE, format!("{} {why}; nothing was changed", entry.kid));
    match keyring.state(entry, now) {
        State::Signing => Err(refuse("signs".to_owned()).next("flowbit key rotate   # a new key signs; then repeat")),
        State::Verifying if args.force => Ok(()),
        State::Verifying => Err(match entry.verifies_until {
            Some(until) => refuse(format!("verifies until {until}: tokens that it signed may live as long"))
                .next(format!("repeat after {}", view::local_time(&until.to_string()))),
            None => refuse("verifies what it signed until another took over, and nobody said for how long".to_owned())
                .next("flowbit key rotate   # settles until when"),
        }
        .next("repeat with --force if its tokens are to be refused from now on")),
        State::Pending | State::Expired | State::Retired => Ok(()),
    }
}

/// That no token which flowbit issued still needs it.
async fn require_no_tokens(
    args: &Args,
    context: &Context<'_>,
    entry: &Entry,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let found = match context.connect().await {
        Ok(store) => living(&store, &entry.kid).await,
        Err(error) => Err(error),
    };
    let found = match found {
        Err(error) if args.force && error.code().class == Class::Unavailable => {
            warnings.push("no server could be asked which tokens need the key".to_owned());
            return Ok(());
        }
        Err(error) if error.code().class == Class::Unavailable => {
            return Err(error.next("repeat with --force to retire it without knowing which tokens need it"));
        }
        found => found?,
    };
    let Some(found) = found else { return Ok(()) };
    let until = found.until.try_to_rfc3339_string().unwrap_or_default();
    let need = if found.count == 1 { "needs" } else { "need" };
    let who = format!("{} {need} {}, until {until}", view::count(found.count, "living token"), entry.kid);
    if args.force {
        warnings.push(format!("{who}; from now on they are refused"));
        return Ok(());
    }
    Err(Error::new(&code::KEY_STATE, format!("{who}; nothing was changed"))
        .next(format!("repeat after {}", view::local_time(&until)))
        .next("repeat with --force if they are to be refused from now on"))
}

fn report(keyring: &Keyring, entry: &Entry, now: Timestamp, destroyed: bool, line: &str) -> Report {
    let data = json!({ "key": super::data(keyring, entry, now), "destroyed": destroyed });
    let report = Report::new(SCHEMA, &data).named([entry.kid.clone()]).line(line);
    match &entry.source {
        Some(source) if entry.retired_at.is_some() && source.own_file().is_some() => {
            report.next(format!("flowbit key retire {} --shred   # destroys its private part", shell(&entry.kid)))
        }
        _ => report,
    }
}
