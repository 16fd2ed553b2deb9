//! How a change of an account is carried out and told, the same for every verb.

use super::scope::Change;
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, consent, view};
use crate::domain::naming::shell;
use crate::error::{Error, Result, code};
use crate::journal::Outcome;
use crate::ops::Prepared;
use crate::ops::user::{ChangeView, Whose, Wish};
use crate::ui::{Block, Report};

/// A verb that changes an account.
pub(super) struct Deed<'d> {
    pub schema: &'static str,
    /// `Disable a@b.cc`, for a plan.
    pub title: String,
    /// What is said when it is done.
    pub done: String,
    /// What is said when there was nothing to do.
    pub already: String,
    /// Whether the e-mail has to be typed.
    pub typed: bool,
    pub change: &'d Change,
}

impl Deed<'_> {
    /// Plans, asks, changes, tells.
    pub(super) async fn run(&self, whose: &Whose, email: &str, wish: &Wish, context: &Context<'_>) -> Result<Done> {
        let store = context.connect().await?;
        let progress = context.progress();
        let house = context.house(&store, Wishes::default(), &progress)?;
        let plan = house.plan_user(whose, email, wish, None).await?;
        let seen = plan.view;
        let Some(prepared) = plan.prepared else { return Ok(self.unchanged(whose, &seen)) };
        let mut blocks = vec![Block::Heading(self.title.clone()), Block::Facts(facts(&seen))];
        blocks.extend(view::steps(&prepared.record));
        let blocks = view::on(&store, blocks);
        if self.change.dry_run {
            return Ok(self.planned(blocks, prepared, &seen));
        }
        let confirm = self.change.confirm.as_deref();
        let agreed = match self.typed {
            true => {
                let preview = view::with_warnings(blocks, &prepared.warnings);
                consent::by_name(context, &seen.email, confirm, &preview)?
            }
            false => consent::implied(context, &seen.email, confirm)?,
        };
        let warnings = prepared.warnings.clone();
        let outcome = house.change_user(whose, email, wish, prepared, &agreed).await;
        progress.finish();
        let outcome = finished(outcome?)?;
        Ok(self.report(whose, &seen, &outcome).warn(warnings).into())
    }

    /// The report of what was done.
    pub(super) fn report(&self, whose: &Whose, seen: &ChangeView, outcome: &Outcome) -> Report {
        let report = view::done(self.schema, ("user", seen), self.done.clone(), facts(seen), outcome);
        let report = report.named([seen.email.clone()]);
        match self.typed {
            true => report.next(format!("flowbit user list {}", option(whose))),
            false => report.next(format!("flowbit user show {} {}", shell(&seen.email), option(whose))),
        }
    }

    /// The report of what there was not to do.
    pub(super) fn unchanged(&self, whose: &Whose, seen: &ChangeView) -> Done {
        let data = serde_json::json!({ "user": seen });
        Report::new(self.schema, &data)
            .named([seen.email.clone()])
            .line(self.already.clone())
            .next(format!("flowbit user show {} {}", shell(&seen.email), option(whose)))
            .into()
    }

    /// The report of what would be done.
    pub(super) fn planned(&self, blocks: Vec<Block>, prepared: Prepared, seen: &ChangeView) -> Done {
        let mut report = Report::new(self.schema, &view::plan_data(&prepared.record, seen)).named([seen.email.clone()]);
        report.human = blocks;
        report.warn(prepared.warnings).into()
    }
}

/// The option that says whose an account is.
pub(super) fn option(whose: &Whose) -> String {
    match whose {
        Whose::Core => "--core".to_owned(),
        Whose::Org(name) => format!("--org {}", shell(name)),
    }
}

/// The end of an operation that went the way it was to go.
///
/// # Errors
/// `E0304` where somebody changed the account in the same moment; what the server said where it refused the change.
pub(super) fn finished(outcome: Outcome) -> Result<Outcome> {
    match &outcome.turned {
        Some(why) if why.code() == &code::TARGET_OCCUPIED => Err(Error::new(
            &code::STALE_PLAN,
            format!("{}; the operation was undone and nothing is changed", why.message()),
        )
        .next("repeat the command")
        .next(format!("flowbit op show {}", outcome.record.id))),
        _ => view::finished(outcome),
    }
}

/// An organization, or the platform's owners, for people.
pub(super) fn of(organization: Option<&String>) -> String {
    organization.cloned().unwrap_or_else(|| "the platform's owners".to_owned())
}

pub(super) fn facts(seen: &ChangeView) -> Vec<(String, String)> {
    let mut facts = vec![("organization".to_owned(), of(seen.organization.as_ref()))];
    match (&seen.role_before, &seen.role) {
        (Some(before), Some(after)) => facts.push(("role".to_owned(), format!("{before} → {after}"))),
        (None, Some(role)) => facts.push(("role".to_owned(), role.clone())),
        _ => {}
    }
    facts.push(("state".to_owned(), seen.state.to_owned()));
    if seen.copies > 0 {
        facts.push(("copies".to_owned(), format!("{} kept in step", seen.copies)));
    }
    if let Some(other) = &seen.linked_to {
        facts.push(("the record names".to_owned(), format!("{other} from then on")));
    }
    if seen.tokens_taken_back {
        facts.push(("tokens".to_owned(), "those made before now are taken back".to_owned()));
    }
    facts
}
