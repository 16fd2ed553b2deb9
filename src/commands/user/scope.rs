//! The options that all verbs have: whose account it is, and how a change is made.

use bson::Document;

use crate::commands::context::Context;
use crate::domain::description::AccountShape;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::user::{Whose, no_core};

/// Whose account it is.
#[derive(Debug, clap::Args)]
#[group(id = "scope", required = true, multiple = false)]
pub struct Scope {
    /// The account is one of this organization
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// The account is one of the platform's owners
    #[arg(long)]
    core: bool,
}

impl Scope {
    /// Whose accounts are meant.
    ///
    /// # Errors
    /// `E0101` where the platform describes no owners.
    pub(super) fn whose(&self, context: &Context<'_>) -> Result<Whose> {
        whose(self.org.as_deref(), self.core, context)
    }
}

/// Whose accounts are meant.
///
/// # Errors
/// `E0101`.
pub(super) fn whose(org: Option<&str>, core: bool, context: &Context<'_>) -> Result<Whose> {
    match org {
        Some(org) if !core => Ok(Whose::Org(org.to_owned())),
        None if core => match &context.settings.platform.value.core {
            Some(_) => Ok(Whose::Core),
            None => Err(no_core(&context.settings.platform.value.platform)),
        },
        _ => Err(Error::new(&code::BAD_ARGUMENT, "name an organization with --org, or say --core for the owners")),
    }
}

/// Records, through a support profile, that accounts are about to be read.
///
/// # Errors
/// `E0201`, and as for [`Context::record_read`].
pub(super) async fn record(
    context: &Context<'_>,
    house: &House<'_>,
    whose: Option<&Whose>,
    command: &str,
    details: Document,
) -> Result<()> {
    if !context.settings.support {
        return Ok(());
    }
    let realm = match whose {
        Some(whose) => Some(house.realm(whose).await?),
        None => None,
    };
    context.record_read(house, realm.and_then(|realm| realm.org).as_ref(), command, details).await
}

/// What such an account looks like.
pub(super) fn shape<'c>(context: &'c Context<'_>, whose: &Whose) -> &'c AccountShape {
    let platform = &context.settings.platform.value;
    match whose {
        Whose::Core => platform.core.as_ref().unwrap_or(&platform.account),
        Whose::Org(_) => &platform.account,
    }
}

/// Options of a change.
#[derive(Debug, clap::Args)]
pub struct Change {
    /// Show what would be done and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Confirm with the e-mail of the account
    #[arg(long, value_name = "EMAIL")]
    pub(super) confirm: Option<String>,
}
