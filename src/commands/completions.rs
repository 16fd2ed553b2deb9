//! `flowbit completions`

use clap::ValueEnum;
use clap_complete::{Shell, generate};

use super::Done;
use crate::error::{Error, Result, code};

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit completions bash > ~/.local/share/bash-completion/completions/flowbit\n  flowbit completions zsh > ~/.zfunc/_flowbit"
)]
pub struct Args {
    /// The shell: bash, zsh, fish or powershell
    #[arg(value_name = "SHELL")]
    shell: String,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let shell =
        Shell::from_str(&args.shell, true).ok().filter(|shell| !matches!(shell, Shell::Elvish)).ok_or_else(|| {
            Error::new(
                &code::STALE_COMPLETIONS,
                format!("there is no script for {:?}; there are bash, zsh, fish and powershell", args.shell),
            )
        })?;
    let mut script = Vec::new();
    generate(shell, &mut super::command(), "flowbit", &mut script);
    Ok(Done::Text(String::from_utf8_lossy(&script).into_owned()))
}
