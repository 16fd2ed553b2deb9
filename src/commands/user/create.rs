//! `flowbit user create`

use bson::Bson;

use super::scope::{Change, Scope, shape};
use super::told::{finished, of, option};
use crate::commands::context::{Context, Wishes};
use crate::commands::fleet::still_wanted;
use crate::commands::password::{self, Passwords};
use crate::commands::{Done, consent, view};
use crate::domain::description::AccountShape;
use crate::domain::naming::shell;
use crate::error::{Error, Result, code};
use crate::ops::password::hash;
use crate::ops::user::{CreateView, Newcomer, accept_value};
use crate::store::Secret;
use crate::ui::{Block, Report};

/// Create an account.
///
/// The account is there at once and whole, with its second copies where the platform keeps some. Without a password
/// option a password is generated into a file that only you can read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit user create ana@acme.com --org acme --role Manager
  printf %s \"$PW\" | flowbit user create ana@acme.com --org acme --role User --password-stdin
  flowbit user create ana@acme.com --org acme --role User --set firstName=Ana --set lastName=Rossi
  flowbit user create owner@platform.com --core --role Owner --dry-run")]
pub struct Args {
    /// E-mail of the account
    #[arg(value_name = "EMAIL")]
    email: String,
    #[command(flatten)]
    scope: Scope,
    /// Its role, in the platform's spelling; needed where accounts have one
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Another value for a field that is the same in every account; may be given again
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    sets: Vec<String>,
    #[command(flatten)]
    password: Passwords,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let whose = args.scope.whose(context)?;
    let shape = shape(context, &whose);
    let sets = sets(shape, &args.sets)?;
    let given = args.password.given(context, shape.hash)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let realm = house.realm(&whose).await?;
    house.require_addable(&realm)?;
    let (newcomer, warning) = Newcomer::new(&realm, &args.email, args.role.as_deref(), sets)?;
    // Planned once without the real hash, so that an e-mail that is taken does not cost a quarter of a second.
    let plan = house.plan_user_create(&whose, &newcomer, &Secret::new(""), None).await?;
    let seen = newcomer.view(&realm);
    if args.change.dry_run {
        let title = format!("Create {}", seen.email);
        let mut blocks = vec![Block::Heading(title), Block::Facts(facts(&seen))];
        blocks.extend(view::steps(&plan.record));
        let mut report = Report::new("flowbit.user.create/1", &view::plan_data(&plan.record, &seen));
        report.human = view::on(&store, blocks);
        return Ok(report.named([seen.email.clone()]).warn(plan.warnings).warn(warning).into());
    }
    let agreed = consent::implied(context, &seen.email, args.change.confirm.as_deref())?;
    // From here on an interruption is looked for where a file with a password can be taken away again.
    context.interrupt.engage();
    let (password, written) = match given {
        Some(password) => (password, None),
        None => args.password.generated(context, &file_of(&seen.email))?,
    };
    let work = async {
        let hash = hash(password, shape.hash).await?;
        let prepared = house.plan_user_create(&whose, &newcomer, &hash, None).await?;
        let warnings = prepared.warnings.clone();
        still_wanted(&house)?;
        let outcome = house.create_user(&whose, &newcomer, &hash, prepared, &agreed).await?;
        finished(outcome).map(|outcome| (outcome, warnings))
    };
    let outcome: Result<_> = work.await;
    progress.finish();
    let (outcome, warnings) = outcome.inspect_err(|error| password::forget(written.as_deref(), error))?;
    let mut facts = facts(&seen);
    if let Some(path) = &written {
        facts.push(("password".to_owned(), format!("in {}, readable by you alone", path.display())));
    }
    let line = format!("Created {}.", seen.email);
    let mut report = view::done("flowbit.user.create/1", ("user", &seen), line, facts, &outcome);
    report.data["password_file"] = serde_json::json!(written);
    Ok(report
        .named([seen.email.clone()])
        .warn(warnings)
        .warn(warning)
        .next(format!("flowbit user show {} {}", shell(&seen.email), option(&whose)))
        .into())
}

fn facts(seen: &CreateView) -> Vec<(String, String)> {
    let mut facts = vec![("organization".to_owned(), of(seen.organization.as_ref()))];
    facts.extend(seen.role.clone().map(|role| ("role".to_owned(), role)));
    if seen.copies > 0 {
        facts.push(("copies".to_owned(), seen.copies.to_string()));
    }
    facts
}

/// The values that were given for fields, each of the type of its field.
fn sets(shape: &AccountShape, typed: &[String]) -> Result<Vec<(String, Bson)>> {
    let mut sets: Vec<(String, Bson)> = Vec::new();
    for typed in typed {
        let Some((path, text)) = typed.split_once('=') else {
            return Err(Error::new(&code::BAD_ARGUMENT, format!("--set {typed:?}: write FIELD=VALUE")));
        };
        if sets.iter().any(|(known, _)| known == path) {
            return Err(Error::new(&code::BAD_ARGUMENT, format!("--set {path} is given twice")));
        }
        sets.push((path.to_owned(), accept_value(shape, path, text)?));
    }
    Ok(sets)
}

/// The name of the file for the password of an account.
pub(super) fn file_of(email: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    let safe: String = email.chars().map(|c| if kept(c) { c } else { '_' }).collect();
    format!("{safe}.password")
}
