//! `flowbit user reset-password`

use super::create::file_of;
use super::scope::{Change, Scope, shape};
use super::told::{Deed, facts, finished};
use crate::commands::context::{Context, Wishes};
use crate::commands::fleet::still_wanted;
use crate::commands::password::{self, Passwords};
use crate::commands::{Done, consent, view};
use crate::error::{Error, Result, code};
use crate::ops::password::hash;
use crate::ops::user::Wish;
use crate::store::Secret;
use crate::ui::Block;

/// Give an account another password.
///
/// Tokens that were made before are taken back. Without a password option a password is generated into a file that only
/// you can read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user reset-password ana@acme.com --org acme
  printf %s \"$PW\" | flowbit user reset-password ana@acme.com --org acme --password-stdin
  flowbit user reset-password owner@platform.com --core --password-out /run/secrets/owner")]
pub struct Args {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    password: Passwords,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    let scheme = shape(context, &whose).hash;
    let given = args.password.given(context, scheme)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let email = args.email.trim();
    // Planned once without the real hash, so that an account that is not there does not cost a quarter of a second.
    let plan = house.plan_user(&whose, email, &Wish::Password { hash: Secret::new("") }, None).await?;
    let (seen, prepared) = (plan.view, plan.prepared.ok_or_else(no_plan)?);
    let deed = Deed {
        schema: "flowbit.user.reset-password/1",
        title: format!("Give {} another password", seen.email),
        done: format!("{} has another password now.", seen.email),
        already: String::new(),
        typed: false,
        change: &args.change,
    };
    if args.change.dry_run {
        let mut blocks = vec![Block::Heading(deed.title.clone()), Block::Facts(facts(&seen))];
        blocks.extend(view::steps(&prepared.record));
        return Ok(deed.planned(view::on(&store, blocks), prepared, &seen));
    }
    let agreed = consent::implied(context, &seen.email, args.change.confirm.as_deref())?;
    // From here on an interruption is looked for where a file with a password can be taken away again.
    context.interrupt.engage();
    let (password, written) = match given {
        Some(password) => (password, None),
        None => args.password.generated(context, &file_of(&seen.email))?,
    };
    let work = async {
        let wish = Wish::Password { hash: hash(password, scheme).await? };
        let prepared = house.plan_user(&whose, email, &wish, None).await?.prepared.ok_or_else(no_plan)?;
        let warnings = prepared.warnings.clone();
        still_wanted(&house)?;
        let outcome = house.change_user(&whose, email, &wish, prepared, &agreed).await?;
        finished(outcome).map(|outcome| (outcome, warnings))
    };
    let outcome: Result<_> = work.await;
    progress.finish();
    let (outcome, warnings) = outcome.inspect_err(|error| password::forget(written.as_deref(), error))?;
    let mut report = deed.report(&whose, &seen, &outcome).warn(warnings);
    report.data["password_file"] = serde_json::json!(written);
    if let Some(path) = &written {
        report = report.line(format!("The password is in {}, readable by you alone.", path.display()));
    }
    Ok(report.into())
}

fn no_plan() -> Error {
    Error::new(&code::INTERNAL, "another password is always something to do")
}
