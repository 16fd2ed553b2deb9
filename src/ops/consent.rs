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

    /// The command itself is the consent: it destroys and moves nothing of anybody's.
    pub fn implied() -> Self {
        Self(())
    }
}
