//! The conversation before a change: the plan is shown, then the name is typed.

use super::context::Context;
use crate::error::{Error, Result, code};
use crate::ops::Consent;
use crate::ops::org::find::shell;
use crate::ui::Block;

/// Asks for the name of what is about to change, unless it was given with `--confirm`.
///
/// # Errors
/// `E1001`, `E1002`, `E1003`.
pub(crate) fn by_name(context: &Context<'_>, expected: &str, confirm: Option<&str>, plan: &[Block]) -> Result<Consent> {
    protected(context, confirm)?;
    if let Some(typed) = confirm {
        return Consent::by_name(expected, typed);
    }
    if !context.terminal.may_ask {
        return Err(Error::new(
            &code::NO_CONSENT,
            "this change has to be confirmed and nobody can be asked here; nothing was changed",
        )
        .next(format!("repeat with --confirm {}", shell(expected)))
        .next("repeat with --dry-run to see the plan"));
    }
    context.terminal.preview(plan);
    let typed = context.terminal.ask_line(&format!("Type {expected} to go on"))?;
    Consent::by_name(expected, &typed)
}

/// Consent for what destroys and moves nothing: the command itself, except through a protected profile.
///
/// # Errors
/// `E1003`, `E1002`.
pub(crate) fn implied(context: &Context<'_>, expected: &str, confirm: Option<&str>) -> Result<Consent> {
    protected(context, confirm)?;
    match confirm {
        Some(typed) => Consent::by_name(expected, typed),
        None => Ok(Consent::implied()),
    }
}

fn protected(context: &Context<'_>, confirm: Option<&str>) -> Result<()> {
    let settings = &context.settings;
    let reason = settings.reason.as_ref().is_some_and(|reason| !reason.value.trim().is_empty());
    let missing = match (confirm.is_some(), reason) {
        _ if !settings.protected => return Ok(()),
        (true, true) => return Ok(()),
        (false, true) => "--confirm NAME",
        (true, false) => "--reason TEXT",
        (false, false) => "--confirm NAME and --reason TEXT",
    };
    let name = settings.profile.as_ref().map_or("?", |profile| profile.value.as_str());
    Err(Error::new(&code::PROTECTED, format!("profile {name} is protected; nothing was changed"))
        .next(format!("repeat with {missing}")))
}
