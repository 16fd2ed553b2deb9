//! Consent as a value: whoever changes data takes one, and there is no other way to get it.

use crate::error::{Error, Result, code};

/// Somebody agreed to this change.
#[derive(Debug)]
pub struct Consent(());

impl Consent {
    /// The name was typed, or given with `--confirm`.
    ///
    /// # Errors
    /// `E1002` when it is another name.
    pub fn by_name(expected: &str, typed: &str) -> Result<Self> {
        if expected == typed {
            return Ok(Self(()));
        }
        Err(Error::new(
            &code::WRONG_CONSENT,
            format!("the confirmation is {typed:?}, expected {expected:?}; nothing was changed"),
        )
        .next("repeat and type the name exactly as it is shown"))
    }

    /// The number of organizations that are concerned was typed, or given with `--confirm`.
    ///
    /// # Errors
    /// `E1002` when it is another number.
    pub fn by_number(concerned: usize, typed: &str) -> Result<Self> {
        if typed.trim() == concerned.to_string() {
            return Ok(Self(()));
        }
        Err(Error::new(
            &code::WRONG_CONSENT,
            format!("the confirmation is {typed:?}, and {concerned} organizations are concerned; nothing was changed"),
        )
        .next("look at them with --dry-run, then repeat with their number"))
    }

    /// The command itself is the consent: it destroys and moves nothing of anybody's.
    pub fn implied() -> Self {
        Self(())
    }
}
