//! `flowbit isolation grants`

mod told;

use std::path::PathBuf;

use crate::commands::context::{Context, Wishes};
use crate::commands::password::occupied;
use crate::commands::{Done, consent};
use crate::domain::naming::shell;
use crate::error::{Class, Error, Result, code};
use crate::ops::isolation::grants::{Entry, Fate, Given, Passwords, Plan, Trying, Whose};
use crate::ops::{Consent, House};
use crate::store::file::PrivateLines;
use crate::ui::Block;

/// Pairs of tenants that are tried where nobody says how many.
const PAIRS: usize = 500;

/// Give each tenant a database user with the least rights, and prove that it reaches no other tenant.
///
/// Without an option it shows what each tenant would get and how that differs from what is there, with the commands for
/// mongosh (-o json, or --print --commands). A tenant with a database of its own gets a role on that database, one with
/// collections of its own a role that names each of them, and one in shared collections views that show its documents and
/// a role that reads those views, and nothing else: MongoDB cannot limit writes to documents of one tenant, so such a user
/// does not write at all. A rename, and new collections, need --apply again.
///
/// --test logs in with a throw-away user that has exactly what the tenant's has, and tries to get at every other tenant, at
/// the platform and at further rights. Each attempt is made so that it harms nothing should it be let through.
///
/// flowbit's own user needs, on the databases of roles and users: viewUser, viewRole, createUser, dropUser, createRole,
/// dropRole, grantRole, revokeRole, changePassword and changeCustomData; userAdmin has them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit isolation grants                                     # what would be, and what is
  flowbit isolation grants --org acme --commands               # as commands for mongosh
  flowbit isolation grants --all --apply --passwords users.jsonl
  flowbit isolation grants --all --test
  flowbit isolation grants --org acme --remove --confirm acme
  flowbit isolation grants --gone --remove                     # what organizations left that are gone

Exit status:
  0 done, or everything was refused that has to be   6 something was let through, or something needed was refused
  7 part of it is done or known")]
pub struct Args {
    /// The rights of this organization
    #[arg(long, value_name = "ORG", group = "whose")]
    org: Option<String>,
    /// Those of all organizations
    #[arg(long, group = "whose")]
    all: bool,
    /// Those that organizations left which are not there any more
    #[arg(long, group = "whose")]
    gone: bool,
    /// Show what would be made and what is there (the default)
    #[arg(long, group = "what")]
    print: bool,
    /// Make it so
    #[arg(long, group = "what")]
    apply: bool,
    /// Log in with these rights and try what they have to refuse
    #[arg(long, group = "what", conflicts_with = "gone")]
    test: bool,
    /// Drop users, roles and views again
    #[arg(long, group = "what")]
    remove: bool,
    /// Show the commands for mongosh as well
    #[arg(long, conflicts_with_all = ["apply", "test", "remove"])]
    commands: bool,
    /// Write new passwords into this new file (mode 0600): JSON Lines with organization, user, authSource and password
    #[arg(long, value_name = "FILE", requires = "apply")]
    passwords: Option<PathBuf>,
    /// Give users that are there new passwords, too
    #[arg(long, requires = "passwords")]
    new_passwords: bool,
    /// How many pairs of tenants to try at most [default: 500]
    #[arg(long, value_name = "N", requires = "test", value_parser = clap::value_parser!(u32).range(1..))]
    pairs: Option<u32>,
    /// What a sample of pairs is drawn by
    #[arg(long, value_name = "N", requires = "pairs", default_value_t = 1)]
    seed: u64,
    /// Confirm with the name of the organization, or the number of organizations
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

impl Args {
    fn whose(&self) -> Whose {
        match &self.org {
            Some(org) => Whose::Org(org.clone()),
            None if self.gone => Whose::Gone,
            None => Whose::All,
        }
    }

    /// The option that says whose, for a command that is to go the same.
    fn again(&self) -> String {
        match self.whose() {
            Whose::Org(org) => format!("--org {}", shell(&org)),
            Whose::All => "--all".to_owned(),
            Whose::Gone => "--gone".to_owned(),
        }
    }
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    if (args.apply || args.remove) && args.org.is_none() && !args.all && !args.gone {
        let error = Error::new(&code::BAD_ARGUMENT, "whose rights are to change is missing; nothing was changed");
        return Err(error.next("say --org ORG, or --all"));
    }
    if args.apply && args.gone {
        let text = "what is gone gets no rights; nothing was changed";
        return Err(Error::new(&code::BAD_ARGUMENT, text).next("flowbit isolation grants --gone --remove"));
    }
    let file = args.passwords.as_ref().map(|path| context.env.directory.join(path));
    if let Some(path) = file.as_ref().filter(|path| path.exists()) {
        return Err(occupied_by(path));
    }
    let connect = context.connecting().await?;
    let store = crate::store::Store::connect(&connect).await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let whose = args.whose();
    if args.test {
        let plan = house.plan_grants(&whose).await?;
        progress.finish();
        let agreed = implied(args, context, &plan)?;
        let trying =
            Trying { pairs: args.pairs.map_or(PAIRS, |n| usize::try_from(n).unwrap_or(PAIRS)), seed: args.seed };
        let tried = house.try_grants(&connect, &whose, trying, &agreed).await;
        progress.finish();
        return Ok(told::tried(&tried?, &args.again()));
    }
    let plan = house.plan_grants(&whose).await?;
    progress.finish();
    match (args.apply, args.remove) {
        (true, _) => apply(args, context, &house, plan, file).await,
        (_, true) => remove(args, context, &house, plan).await,
        _ => Ok(told::planned(&house, &plan, args.commands, &args.again())),
    }
}

fn occupied_by(path: &std::path::Path) -> Error {
    let error = Error::new(occupied(path).code(), occupied(path).message().to_owned());
    error.next("name another file with --passwords")
}

/// Consent for what takes nothing from anybody.
fn implied(args: &Args, context: &Context<'_>, plan: &Plan) -> Result<Consent> {
    match plan.entries.as_slice() {
        [only] if args.org.is_some() => consent::implied(context, &only.organization, args.confirm.as_deref()),
        all => consent::implied_for(context, all.len(), args.confirm.as_deref()),
    }
}

/// Consent for what takes something away.
fn typed(args: &Args, context: &Context<'_>, plan: &Plan, preview: &[Block]) -> Result<Consent> {
    let confirm = args.confirm.as_deref();
    let agreed = match plan.entries.as_slice() {
        [only] if args.org.is_some() => consent::by_name(context, &only.organization, confirm, preview),
        _ if args.gone => consent::by_number(context, plan.gone.len(), confirm, preview),
        all => consent::by_number(context, all.len(), confirm, preview),
    };
    // What would be done is shown without an option here.
    let shown = format!("flowbit isolation grants {}   # shows what would change", args.again());
    agreed
        .map_err(|error| error.with_actions(|action| if action.contains("--dry-run") { shown.clone() } else { action }))
}

async fn apply(
    args: &Args,
    context: &Context<'_>,
    house: &House<'_>,
    plan: Plan,
    file: Option<PathBuf>,
) -> Result<Done> {
    let planned = || plan.entries.iter().filter_map(Entry::planned);
    let lacking = planned().filter(|planned| !planned.has_user()).count();
    if lacking > 0 && file.is_none() {
        let words = if lacking == 1 { "a password has" } else { "passwords have" };
        let text = format!("{words} to be made, and there is no place for that; nothing was changed");
        return Err(Error::new(&code::BAD_ARGUMENT, text).next("name a new file with --passwords"));
    }
    if let ([Entry { fate: Fate::Refused(_), .. }], Some(_)) = (plan.entries.as_slice(), &args.org) {
        return Err(refusal(plan));
    }
    let takes = args.new_passwords || planned().any(|planned| !planned.too_much.is_empty());
    let agreed = match takes {
        true => typed(args, context, &plan, &told::preview(house, &plan))?,
        false => implied(args, context, &plan)?,
    };
    context.interrupt.engage();
    let needs_file = lacking > 0 || (args.new_passwords && planned().next().is_some());
    let lines = file.as_ref().filter(|_| needs_file).map(|path| PrivateLines::create(path)).transpose()?;
    let mut passwords = Passwords { file: lines, renew: args.new_passwords };
    let mut outcomes = Vec::new();
    for entry in &plan.entries {
        if house.interrupt.is_asked() {
            break;
        }
        house.watch.step(outcomes.len(), plan.entries.len(), &format!("rights for {}", entry.organization));
        outcomes.push(house.give_grant(entry, &mut passwords, &agreed).await);
    }
    let written = passwords.file.map_or(0, PrivateLines::finish);
    let outcomes = unless_only(args, outcomes)?;
    let file = file.filter(|_| written > 0);
    Ok(told::changed(("apply", house), &plan.entries, outcomes, file.as_deref(), &args.again()))
}

async fn remove(args: &Args, context: &Context<'_>, house: &House<'_>, plan: Plan) -> Result<Done> {
    let has = if args.gone { !plan.gone.is_empty() } else { plan.entries.iter().any(|entry| !entry.has.is_empty()) };
    let agreed = match has {
        true => typed(args, context, &plan, &told::preview(house, &plan))?,
        // There is nothing to take away.
        false => implied(args, context, &plan)?,
    };
    context.interrupt.engage();
    if args.gone {
        let mut taken = Vec::new();
        for one in &plan.gone {
            taken.push((one.organization.clone(), house.take_from_gone(one, &agreed).await));
        }
        return Ok(told::taken(taken));
    }
    let mut outcomes = Vec::new();
    for entry in &plan.entries {
        if house.interrupt.is_asked() {
            break;
        }
        outcomes.push(house.take_grant(entry, &agreed).await);
    }
    let outcomes = unless_only(args, outcomes)?;
    Ok(told::changed(("remove", house), &plan.entries, outcomes, None, &args.again()))
}

/// What became of the only one that is meant is what becomes of the command.
fn unless_only(args: &Args, outcomes: Vec<Result<Given>>) -> Result<Vec<Result<Given>>> {
    match args.org {
        Some(_) => outcomes.into_iter().map(|one| one.map(Ok)).collect(),
        None => Ok(outcomes),
    }
}

/// Why the only organization that is meant gets nothing.
fn refusal(plan: Plan) -> Error {
    match plan.entries.into_iter().next().map(|entry| entry.fate) {
        Some(Fate::Refused(error)) => error,
        _ => broken(),
    }
}

fn broken() -> Error {
    Error::new(&code::INTERNAL, "what became of the organization is not known")
}

/// The exit status of a change of many: 7 where some are done, otherwise that of the first failure.
fn exit(done: usize, all: usize, first: Option<&Error>) -> u8 {
    match first {
        None if done == all => 0,
        Some(error) if done == 0 => error.exit(),
        _ => Class::Partial.exit(),
    }
}
