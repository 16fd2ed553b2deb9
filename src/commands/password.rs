//! The ways in which a password comes in, and where a generated one goes: never by the command line.

use std::path::{Path, PathBuf};

use super::context::Context;
use crate::domain::description::HashScheme;
use crate::error::{Error, Result, code};
use crate::ops::password;
use crate::store::{Secret, file};

/// Where a password comes from.
#[derive(Debug, clap::Args)]
pub struct Given {
    /// Read the password from standard input
    #[arg(long, help_heading = "Password", group = "password")]
    password_stdin: bool,
    /// Read it from this file
    #[arg(long, help_heading = "Password", group = "password", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Read it from this environment variable
    #[arg(long, help_heading = "Password", group = "password", value_name = "NAME")]
    password_env: Option<String>,
}

/// Where a password comes from; without any of these one is generated.
#[derive(Debug, clap::Args)]
pub struct Passwords {
    #[command(flatten)]
    given: Given,
    /// Write a generated password into this new file (mode 0600)
    #[arg(long, help_heading = "Password", group = "password", value_name = "FILE")]
    password_out: Option<PathBuf>,
}

impl Given {
    /// The password as it was handed over; none where nothing says how.
    ///
    /// # Errors
    /// `E0103`.
    pub(crate) fn text(&self, context: &Context<'_>) -> Result<Option<String>> {
        match (&self.password_file, &self.password_env) {
            _ if self.password_stdin => context.terminal.read_secret_line().map(Some),
            (Some(path), _) => line_of(&context.env.directory.join(path)).map(Some),
            (None, Some(name)) => in_variable(context, name).map(Some),
            (None, None) => Ok(None),
        }
    }
}

impl Passwords {
    /// The password that was handed over in one of the safe ways.
    ///
    /// # Errors
    /// `E0103`.
    pub(crate) fn given(&self, context: &Context<'_>, scheme: HashScheme) -> Result<Option<Secret>> {
        self.given.text(context)?.map(|text| password::accept(&text, scheme)).transpose()
    }

    /// A new password, in a file before anything is begun: a crash must not lose it. `name` is that of the file where
    /// none was given.
    ///
    /// # Errors
    /// `E0101` for a file that exists, `E0003`.
    pub(crate) fn generated(&self, context: &Context<'_>, name: &str) -> Result<(Secret, Option<PathBuf>)> {
        let path = self.password_out.clone().unwrap_or_else(|| PathBuf::from(name));
        generated(context.env.directory.join(path))
    }
}

/// The text of an environment variable.
///
/// # Errors
/// `E0103` where it is not set.
pub(crate) fn in_variable(context: &Context<'_>, name: &str) -> Result<String> {
    let value = context.env.get(name).map(str::to_owned);
    value.ok_or_else(|| Error::new(&code::BAD_PASSWORD, format!("the environment variable {name} is not set")))
}

/// The first line of a file.
///
/// # Errors
/// `E0103`.
pub(crate) fn line_of(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::new(&code::BAD_PASSWORD, format!("cannot read {}: {e}", path.display())))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// The password in the first line of a file.
///
/// # Errors
/// `E0103`.
pub(crate) fn in_file(path: &Path, scheme: HashScheme) -> Result<Secret> {
    password::accept(&line_of(path)?, scheme)
}

/// A new password in a new file.
///
/// # Errors
/// As for [`Passwords::generated`].
pub(crate) fn generated(path: PathBuf) -> Result<(Secret, Option<PathBuf>)> {
    let password = password::generate();
    if path.exists() {
        return Err(occupied(&path));
    }
    file::create_private(&path, &format!("{}\n", password.reveal()))?;
    Ok((password, Some(path)))
}

/// That a file is there already.
pub(crate) fn occupied(path: &Path) -> Error {
    Error::new(
        &code::BAD_ARGUMENT,
        format!("{} exists and is not overwritten: it may hold somebody's password", path.display()),
    )
    .next("name another file with --password-out, or give a password with --password-stdin")
}

/// A password for an account that was not made is of no use; one whose operation waits in the journal is.
pub(crate) fn forget(written: Option<&Path>, error: &Error) {
    // Whoever took the operation over may have finished it, with this password.
    let taken_over = error.code() == &code::LEASE_LOST;
    if let (Some(path), false) = (written, error.changed() || taken_over) {
        let _ = std::fs::remove_file(path);
    }
}
