//! Where a token comes from: never from the command line, which everybody on the machine can read.

use std::path::PathBuf;

use crate::commands::context::Context;
use crate::error::{Error, Result, code};
use crate::ops::token::read::bare;
use crate::store::Secret;

/// Where the token is.
#[derive(Debug, clap::Args)]
pub struct Source {
    /// `-`, which is standard input and the default
    #[arg(value_name = "-", hide = true)]
    typed: Vec<String>,
    /// Read the token from standard input (the default)
    #[arg(long, help_heading = "Token", group = "token")]
    token_stdin: bool,
    /// Read it from this file
    #[arg(long, help_heading = "Token", group = "token", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Read it from this environment variable
    #[arg(long, help_heading = "Token", group = "token", value_name = "NAME")]
    token_env: Option<String>,
}

impl Source {
    /// Whether anything says where.
    pub(super) fn is_said(&self) -> bool {
        !self.typed.is_empty() || self.token_stdin || self.token_file.is_some() || self.token_env.is_some()
    }

    /// The token.
    ///
    /// # Errors
    /// `E0104` for a token on the command line, `E0404` for one that is no text, `E0003`.
    pub(super) fn read(&self, context: &Context<'_>) -> Result<Secret> {
        if self.typed.iter().any(|typed| typed != "-") {
            return Err(Error::new(
                &code::SECRET_IN_ARGV,
                "a token on the command line can be read by everybody on this machine",
            )
            .next("pipe it: flowbit token verify < FILE")
            .next("or name a file with --token-file, a variable with --token-env"));
        }
        let text = if let Some(path) = &self.token_file {
            let path = context.env.directory.join(path);
            let file = std::fs::File::open(&path)
                .map_err(|e| crate::error::io(format!("cannot read {}", path.display()), e))?;
            crate::ui::read_bounded(file).map_err(|e| crate::error::io(format!("cannot read {}", path.display()), e))?
        } else if let Some(name) = &self.token_env {
            let value = context.env.get(name);
            value
                .ok_or_else(|| Error::new(&code::BAD_ARGUMENT, format!("the environment variable {name} is not set")))?
                .to_owned()
        } else {
            context.terminal.read_token()?
        };
        Ok(Secret::new(bare(&text)))
    }
}
