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
    protected(context, confirm, "NAME")?;
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
    protected(context, confirm, "NAME")?;
    match confirm {
        Some(typed) => Consent::by_name(expected, typed),
        None => Ok(Consent::implied()),
    }
}

/// Asks for the number of organizations that are about to change, unless it was given with `--confirm`.
///
/// # Errors
/// `E1001`, `E1002`, `E1003`.
pub(crate) fn by_number(
    context: &Context<'_>,
    concerned: usize,
    confirm: Option<&str>,
    plan: &[Block],
) -> Result<Consent> {
    protected(context, confirm, &concerned.to_string())?;
    if let Some(typed) = confirm {
        return Consent::by_number(concerned, typed);
    }
    if !context.terminal.may_ask {
        return Err(Error::new(
            &code::NO_CONSENT,
            format!("this change of {concerned} organizations has to be confirmed and nobody can be asked here; nothing was changed"),
        )
        .next(format!("repeat with --confirm {concerned}"))
        .next("repeat with --dry-run to see the plans"));
    }
    context.terminal.preview(plan);
    let typed = context.terminal.ask_line(&format!("Type {concerned} to go on"))?;
    Consent::by_number(concerned, &typed)
}

/// The same for what destroys and moves nothing.
///
/// # Errors
/// `E1003`, `E1002`.
pub(crate) fn implied_for(context: &Context<'_>, concerned: usize, confirm: Option<&str>) -> Result<Consent> {
    protected(context, confirm, &concerned.to_string())?;
    confirm.map_or_else(|| Ok(Consent::implied()), |typed| Consent::by_number(concerned, typed))
}

fn protected(context: &Context<'_>, confirm: Option<&str>, expected: &str) -> Result<()> {
    let settings = &context.settings;
    if settings.support && !settings.protected {
        return Err(Error::new(
            &code::SUPPORT,
            format!("profile {} is for support: it reads and changes nothing; nothing was changed", context.profile()),
        )
        .next("repeat through a profile for changes: --profile NAME")
        .next("--dry-run shows the plan"));
    }
    let reason = context.has_reason();
    let missing = match (confirm.is_some(), reason) {
        _ if !settings.protected => return Ok(()),
        (true, true) => return Ok(()),
        (false, true) => format!("--confirm {expected}"),
        (true, false) => "--reason TEXT".to_owned(),
        (false, false) => format!("--confirm {expected} and --reason TEXT"),
    };
    Err(Error::new(&code::PROTECTED, format!("profile {} is protected; nothing was changed", context.profile()))
        .next(format!("repeat with {missing}")))
}
