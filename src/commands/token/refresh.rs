//! `flowbit token refresh`

use super::source::Source;
use super::{issued, keys};
use crate::commands::Done;
use crate::commands::consent;
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::{Keys, shape};
use crate::error::Result;
use crate::ops::token::issue::Wish;

/// Use a refresh token up for new tokens.
///
/// Each refresh token is good once. One that comes a second time ends its whole log-in: two have it, and one of them
/// may have stolen it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit token refresh --token-file refresh.txt --json
  printf %s \"$REFRESH\" | flowbit token refresh --raw")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// Print the access token and, in a second line, the refresh token
    #[arg(long)]
    raw: bool,
    /// Sign with a secret that can be guessed, where the backend has no other
    #[arg(long)]
    allow_weak_secret: bool,
    /// Confirm with the word token, where the profile is protected
    #[arg(long, value_name = "token")]
    confirm: Option<String>,
    #[command(flatten)]
    keys: Keys,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let shape = shape(context)?;
    let token = args.source.read(context)?;
    let keys = keys(context, &args.keys)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let agreed = consent::implied(context, "token", args.confirm.as_deref())?;
    let wish = Wish { refresh: true, weak_allowed: args.allow_weak_secret, ..Wish::default() };
    let made = house.refresh(token.reveal(), shape, &keys, &wish, 0, &agreed).await?;
    progress.finish();
    Ok(issued("flowbit.token.refresh/1", &made, args.raw))
}
