//! `flowbit audit hold`

use serde_json::json;

use super::scope::{self, Whose};
use super::sealing::{Known, Names, moment, remember_or_warn};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::SealPlace;
use crate::commands::{Done, consent, view};
use crate::error::{Error, Result, code};
use crate::ops::audit::WantedHold;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report, Table};

/// Place, release and list holds: while one is in force, nothing of the trail is erased.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Place a hold on the trail of an organization, or on everything.
    Place(Place),
    /// End a hold.
    Release(Release),
    /// List the holds in force.
    #[command(visible_alias = "ls")]
    List(List),
}

/// Place a hold on the trail of an organization, or on everything.
///
/// It is an element of the signed chain: nobody takes it away without the key, and who placed it, when and why stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit hold place case-4711 --org acme --reason 'court order 12 O 34/26'
  flowbit audit hold place audit-2026 --all --reason 'yearly audit'")]
pub struct Place {
    /// Name of the hold
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    #[command(flatten)]
    whose: Whose,
    /// Confirm with the name of the hold; needed through a protected profile
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    #[command(flatten)]
    place: SealPlace,
}

/// End a hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit hold release case-4711 --org acme --reason 'closed on 2026-11-03' --confirm case-4711")]
pub struct Release {
    /// Name of the hold; with --all, also the only one of this name, on an organization that is gone
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    #[command(flatten)]
    whose: Whose,
    /// Confirm with the name of the hold, without being asked
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    #[command(flatten)]
    place: SealPlace,
}

/// List the holds in force.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit hold list --all
  flowbit audit hold list --org acme --json")]
pub struct List {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    known: Known,
}

fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
        return Err("a name of up to 64 letters, digits, `-`, `_` and `.`".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) async fn run(verb: &Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::Place(args) => place(args, context).await,
        Verb::Release(args) => release(args, context).await,
        Verb::List(args) => list(args, context).await,
    }
}

fn require_reason(context: &Context<'_>) -> Result<()> {
    let reason = context.settings.reason.as_ref().is_some_and(|reason| !reason.value.trim().is_empty());
    if reason {
        return Ok(());
    }
    Err(Error::new(
        &code::BAD_ARGUMENT,
        "placing and ending a hold needs a reason, which helps whoever asks later; nothing was changed",
    )
    .next("repeat with --reason TEXT"))
}

fn on(whose: &Whose) -> String {
    whose.org.as_ref().map_or_else(|| "everything".to_owned(), |org| format!("the trail of {org}"))
}

async fn place(args: &Place, context: &Context<'_>) -> Result<Done> {
    require_reason(context)?;
    let key = args.place.signer(context)?;
    let known = Known { place: args.place.clone(), ..Known::default() };
    let keys = known.keys(context)?;
    consent::implied(context, &args.name, args.confirm.as_deref())?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let org = scope::org(&args.whose, &house).await?;
    let wanted = WantedHold { org: org.as_ref(), name: &args.name };
    let done = house.place_hold(wanted, &key, &keys, &known.heads(context, &store)?).await?;
    remember_or_warn(context, &args.place, store.master(), &done.heads);
    let changed = done.changed;
    let line = match changed {
        true => format!("Placed the hold {} on {}.", args.name, on(&args.whose)),
        false => format!("The hold {} is in force on {} already.", args.name, on(&args.whose)),
    };
    let data = json!({ "name": args.name, "organization": args.whose.org, "in_force": true });
    Ok(Report::new("flowbit.audit.hold/1", &data).changed(changed).named([args.name.clone()]).line(line).into())
}

async fn release(args: &Release, context: &Context<'_>) -> Result<Done> {
    require_reason(context)?;
    let key = args.place.signer(context)?;
    let known = Known { place: args.place.clone(), ..Known::default() };
    let keys = known.keys(context)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let org = scope::org(&args.whose, &house).await?;
    let heading = Block::Heading(format!("End the hold {} on {}", args.name, on(&args.whose)));
    let agreed = consent::by_name(context, &args.name, args.confirm.as_deref(), &view::on(&store, vec![heading]))?;
    let wanted = WantedHold { org: org.as_ref(), name: &args.name };
    let done = house.release_hold(wanted, &key, &keys, &known.heads(context, &store)?, &agreed).await?;
    remember_or_warn(context, &args.place, store.master(), &done.heads);
    let changed = done.changed;
    let line = match changed {
        true => format!("The hold {} on {} is over.", args.name, on(&args.whose)),
        false => format!("There is no hold {} on {}.", args.name, on(&args.whose)),
    };
    let data = json!({ "name": args.name, "organization": args.whose.org, "in_force": false });
    let report = Report::new("flowbit.audit.hold/1", &data).changed(changed).named([args.name.clone()]).line(line);
    let whose = args.whose.org.as_ref().map_or_else(|| "--all".to_owned(), |org| format!("--org {}", shell(org)));
    Ok(report.next(format!("flowbit audit hold list {whose}")).into())
}

async fn list(args: &List, context: &Context<'_>) -> Result<Done> {
    context.require_reason_to_read()?;
    let keys = args.known.keys(context)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let org = scope::org(&args.whose, &house).await?;
    context.record_read(&house, org.as_ref(), "audit.hold.list", bson::Document::new()).await?;
    let outside = args.known.heads(context, &store)?;
    let holds = house.holds(org.as_ref(), &keys, &outside).await?;
    let names = Names::of(&house).await?;
    let whose =
        |tenant: &Option<bson::Bson>| tenant.as_ref().map_or_else(|| "(everything)".to_owned(), |t| names.name(t));
    let data: Vec<_> = holds
        .iter()
        .map(|hold| {
            json!({
                "name": hold.name, "organization": hold.tenant.as_ref().map(|tenant| names.name(tenant)),
                "since": moment(hold.since), "by": hold.by, "reason": hold.reason,
            })
        })
        .collect();
    let report = Report::new("flowbit.audit.hold.list/1", &data).named(holds.iter().map(|hold| hold.name.clone()));
    if holds.is_empty() {
        return Ok(report.line("No hold is in force.").into());
    }
    let rows = holds.iter().map(|hold| {
        let since = view::local_time(&moment(hold.since));
        vec![hold.name.clone(), whose(&hold.tenant), since, hold.by.clone(), hold.reason.clone().unwrap_or_default()]
    });
    let head = vec!["hold", "on", "since", "by", "reason"];
    Ok(report.show(Block::Table(Table { head, rows: rows.collect() })).into())
}
