//! The options that every change of an organization has.

use super::context::Wishes;

/// Options of a change.
#[derive(Debug, clap::Args)]
pub struct Change {
    /// Show what would be done and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Confirm with the name it has now, or with the number of several, instead of being asked for it
    #[arg(long, value_name = "NAME")]
    pub(super) confirm: Option<String>,
    /// Go on where the server cannot compare UUIDs; every writer must be stopped
    #[arg(long)]
    exclusive: bool,
}

/// Whether the registry file is part of a change.
#[derive(Debug, clap::Args)]
pub struct Registry {
    /// Leave the registry file alone
    #[arg(long)]
    no_registry: bool,
}

impl Registry {
    /// What this says about the surroundings of whoever only looks.
    pub(super) fn wishes(&self) -> Wishes {
        Wishes { no_registry: self.no_registry, ..Wishes::default() }
    }

    /// The option as it was typed.
    pub(super) fn typed(&self) -> &'static str {
        if self.no_registry { " --no-registry" } else { "" }
    }
}

impl Change {
    /// What this says about the surroundings.
    pub(super) fn wishes(&self, registry: Option<&Registry>) -> Wishes {
        Wishes {
            no_registry: registry.is_some_and(|registry| registry.no_registry),
            exclusive: self.exclusive,
            ..Wishes::default()
        }
    }
}
