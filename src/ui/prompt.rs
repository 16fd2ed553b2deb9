//! Questions, to somebody who can answer.

use std::io::Read;

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, Input, Password};

use super::terminal::Terminal;
use crate::error::{Error, Result, code};

impl Terminal {
    fn theme(&self) -> Box<dyn Theme> {
        if self.colors_messages() { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) }
    }

    /// Asks for a line of text.
    ///
    /// # Errors
    /// `E1301` when the answer is an interruption.
    pub fn ask_line(&self, question: &str) -> Result<String> {
        Input::<String>::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .allow_empty(true)
            .interact_text()
            .map_err(|_| interrupted())
    }

    /// Asks yes or no; no is the default.
    ///
    /// # Errors
    /// `E1301` when the answer is an interruption.
    pub fn ask_yes(&self, question: &str) -> Result<bool> {
        Confirm::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .default(false)
            .interact()
            .map_err(|_| interrupted())
    }

    /// Asks for a password, which is not shown.
    ///
    /// # Errors
    /// `E1301` when the answer is an interruption.
    pub fn ask_secret(&self, question: &str) -> Result<String> {
        Password::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .allow_empty_password(true)
            .interact()
            .map_err(|_| interrupted())
    }

    /// Reads the first line of stdin: a password that is piped in.
    ///
    /// # Errors
    /// `E0103` when nothing, or no text, comes.
    pub fn read_secret_line(&self) -> Result<String> {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(64 * 1024)
            .read_to_end(&mut bytes)
            .map_err(|e| crate::error::io("cannot read the password from stdin", e))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(&code::BAD_PASSWORD, "the password on stdin is not UTF-8"))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }

    /// Reads a token: piped in, or typed where it is not shown.
    ///
    /// # Errors
    /// `E0003` when nothing can be read, `E1301` when the answer is an interruption.
    pub fn read_token(&self) -> Result<String> {
        if self.may_ask {
            let asked = dialoguer::Password::with_theme(self.theme().as_ref()).with_prompt("Token").interact();
            return asked.map_err(|_| interrupted());
        }
        read_bounded(std::io::stdin().lock()).map_err(|e| crate::error::io("cannot read the token from stdin", e))
    }

    /// Makes the cursor visible again after a question was interrupted.
    pub fn restore(&self) {
        if self.may_ask {
            let _ = dialoguer::console::Term::stderr().show_cursor();
        }
    }
}

/// Reads text of bounded length; what is no text is no token either.
///
/// # Errors
/// What the reader gives.
pub fn read_bounded(from: impl Read) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    from.take(64 * 1024).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn interrupted() -> Error {
    Error::new(&code::CANCELLED, "interrupted; nothing was changed")
}
