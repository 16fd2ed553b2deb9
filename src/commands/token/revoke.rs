//! `flowbit token revoke`

use super::source::Source;
use super::{KeySets, keys};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::{Keys, shape};
use crate::commands::{Done, consent, view};
use crate::domain::description::TokenShape;
use crate::error::{Error, Result, code};
use crate::ops::token::revoke::{Asked, Revoked, What, blind_spot};
use crate::ops::{Consent, House};
use crate::ui::{Block, Report};

/// Take tokens back: one, all of an account, or all of an organization.
///
/// A token that flowbit did not issue is taken back by the token itself. With a refresh token goes its whole log-in. What
/// the platform's backend does with it depends on whether it looks revocations up; the answer says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit token revoke --id=4tVJr0c9ZTWcKxB6h1n3Cw
  flowbit token revoke --token-file leaked.txt --reason 'found in a log'
  flowbit token revoke --org acme --user anna@acme.com
  flowbit token revoke --org acme --confirm acme")]
pub struct Args {
    #[command(flatten)]
    source: Source,
    /// The token of this identifier: `token list` shows it
    #[arg(long, value_name = "ID", conflicts_with_all = ["org", "core"])]
    id: Option<String>,
    /// All tokens of this organization, or with --user of one account
    #[arg(long, value_name = "ORG", conflicts_with = "core")]
    org: Option<String>,
    /// All tokens of this account
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// The account is one of the platform's owners
    #[arg(long, requires = "user")]
    core: bool,
    /// Show what would be taken back and do nothing
    #[arg(long, requires = "org")]
    dry_run: bool,
    /// Confirm with what is taken back (the organization, the e-mail, the identifier, or the word token), instead of being
    /// asked for it
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    #[command(flatten)]
    keys: Keys,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let shape = shape(context)?;
    let by_place = args.id.is_some() || args.org.is_some() || args.core;
    if by_place && args.source.is_said() {
        return Err(Error::new(
            &code::BAD_ARGUMENT,
            "a token, an identifier and an organization are three things to take back; say one",
        ));
    }
    if args.user.is_some() && args.org.is_none() && !args.core {
        return Err(Error::new(&code::BAD_ARGUMENT, "--user needs --org ORG, or --core"));
    }
    let token = if by_place { None } else { Some(args.source.read(context)?) };
    // A token is taken back by its digest where no key is at hand to tell its name.
    let keys = if token.is_some() { keys(context, &args.keys).unwrap_or_default() } else { KeySets::default() };
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let confirm = args.confirm.as_deref();
    if args.dry_run {
        return planned(args, shape, &house).await;
    }
    let revoked = match (&token, &args.id, &args.user) {
        (Some(token), _, _) => {
            let agreed = consent::implied(context, "token", confirm)?;
            house.revoke(&What::Token(token.reveal()), shape, &keys, &agreed).await?
        }
        (None, Some(id), _) => {
            let agreed = consent::implied(context, id, confirm)?;
            house.revoke(&What::Id(id), shape, &keys, &agreed).await?
        }
        (None, None, Some(email)) => {
            let subject = house.subject(args.org.as_deref(), email).await?;
            let agreed = consent::implied(context, &subject.email, confirm)?;
            house.revoke(&What::User(&subject), shape, &keys, &agreed).await?
        }
        (None, None, None) => {
            let orgs = house.orgs_briefly().await?;
            let org = house.load_org(&orgs, args.org.as_deref().unwrap_or_default()).await?;
            let agreed: Consent = {
                let plan = vec![
                    Block::Heading(format!("Take back every token of {}", org.name)),
                    Block::Line("everybody of this organization has to log in again".to_owned()),
                ];
                consent::by_name(context, org.name.as_str(), confirm, &view::on(&store, plan))?
            };
            house.revoke(&What::Org(org), shape, &keys, &agreed).await?
        }
    };
    progress.finish();
    Ok(report(&revoked, shape))
}

/// What would be taken back of an organization, or of one account.
async fn planned(args: &Args, shape: &TokenShape, house: &House<'_>) -> Result<Done> {
    let orgs = house.orgs_briefly().await?;
    let org = house.load_org(&orgs, args.org.as_deref().unwrap_or_default()).await?;
    let mut asked = Asked { org: Some(org.id.clone()), ..Asked::default() };
    let mut of = org.name.to_string();
    if let Some(email) = &args.user {
        let subject = house.subject(Some(org.name.as_str()), email).await?;
        (asked.account, of) = (Some(subject.id), subject.email);
    }
    let known = u64::try_from(house.tokens(&asked).await?.len()).unwrap_or_default();
    let data = serde_json::json!({ "plan": { "of": of, "tokens": known } });
    let (tokens, until) = (view::count(known, "token"), format!("{} seconds at most", shape.expires));
    Ok(Report::new("flowbit.token.revoke/1", &data)
        .named([of.clone()])
        .line(format!("Would take back {tokens} of {of} that flowbit issued, and all others that were made before."))
        .warn(blind_spot(shape, true, &until))
        .into())
}

fn report(revoked: &Revoked, shape: &TokenShape) -> Done {
    let line = match (revoked.already, revoked.what) {
        (true, _) => format!("{} was taken back before; nothing was changed.", revoked.of),
        (false, what @ ("user" | "organization")) => {
            format!("Took back all tokens of the {what} {} that were made before now.", revoked.of)
        }
        (false, what) => format!("Took back the {what} {}.", revoked.of),
    };
    let facts = vec![
        ("known tokens".to_owned(), view::thousands(revoked.tokens)),
        ("concerns tokens until".to_owned(), view::local_time(&revoked.until)),
    ];
    Report::new("flowbit.token.revoke/1", &serde_json::json!({
        "what": revoked.what, "of": revoked.of, "tokens": revoked.tokens, "until": revoked.until, "backend_reads": revoked.backend_reads,
    }))
    .changed(!revoked.already)
    .named([revoked.of.clone()])
    .line(line)
    .show(Block::Facts(facts))
    .warn(revoked.plainly(shape))
    .into()
}
