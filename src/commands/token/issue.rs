//! `flowbit token issue`

use super::{World, issued, keys, scope};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::{Keys, shape};
use crate::commands::{Done, consent};
use crate::domain::moment::length;
use crate::error::{Error, Result, code};
use crate::ops::token::issue::{SUPPORT_SECONDS, Wish};

/// Make a token for an account.
///
/// The token says what the database says: the account exists and is in force, its role, its organization. It is
/// remembered by digest, and the audit trail says who made it, and why. It goes to standard output and nowhere else.
///
/// A support token (`--support`) names who really acts (`act`, RFC 8693), is good for 15 minutes at most and needs a
/// --reason.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit token issue --org acme --user anna@acme.com --ttl 10m
  TOKEN=$(flowbit token issue --org acme --user anna@acme.com --raw)
  flowbit token issue --org acme --user anna@acme.com --support --reason 'ticket 4711'
  flowbit token issue --context core --user owner@platform.com --refresh --json")]
pub struct Args {
    /// Organization of the account
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// E-mail of the account
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// Whose world: a tenant's, or that of the platform's owners
    #[arg(long, value_enum, value_name = "CONTEXT", default_value_t = World::Tenant)]
    context: World,
    /// How long it is good, such as 15m [default: as the platform's own]
    #[arg(long, value_name = "TIME", value_parser = length)]
    ttl: Option<u64>,
    /// Make a refresh token with it
    #[arg(long)]
    refresh: bool,
    /// Act in the user's place: short, and the token says who really acts
    #[arg(long, conflicts_with = "refresh")]
    support: bool,
    /// Print the token and nothing else; with --refresh the refresh token in a second line
    #[arg(long)]
    raw: bool,
    /// Sign with a secret that can be guessed, where the backend has no other
    #[arg(long)]
    allow_weak_secret: bool,
    /// Confirm with the e-mail, where the profile is protected
    #[arg(long, value_name = "EMAIL")]
    confirm: Option<String>,
    #[command(flatten)]
    keys: Keys,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let shape = shape(context)?;
    let org = scope(args.org.as_deref(), args.context == World::Core)?;
    let reason = context.settings.reason.as_ref().is_some_and(|reason| !reason.value.trim().is_empty());
    if args.support && !reason {
        return Err(Error::new(&code::BAD_ARGUMENT, "whoever acts in a user's place says why")
            .next("repeat with --reason TEXT; it is recorded in the audit trail"));
    }
    let keys = keys(context, &args.keys)?;
    let wish =
        Wish { ttl: args.ttl, refresh: args.refresh, support: args.support, weak_allowed: args.allow_weak_secret };
    let wish = if args.support {
        Wish { ttl: Some(args.ttl.unwrap_or(SUPPORT_SECONDS.min(shape.expires))), ..wish }
    } else {
        wish
    };
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let subject = house.subject(org, &args.user).await?;
    let agreed = consent::implied(context, &subject.email, args.confirm.as_deref())?;
    let made = house.issue(&subject, shape, &keys, &wish, &agreed).await?;
    progress.finish();
    Ok(issued("flowbit.token.issue/1", &made, args.raw))
}
