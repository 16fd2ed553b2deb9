//! Whether a password is the one of an account: as it was typed, and in the one way in which flowbit writes letters.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::hash::{HashFacts, text_of};
use super::realm::Whose;
use crate::domain::description::HashScheme;
use crate::domain::fields;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::{House, password};
use crate::store::Secret;

/// What a check said.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// E-mail of the account.
    pub email: String,
    /// Its identifier.
    pub id: String,
    /// The organization; none for the platform's owners.
    pub organization: Option<String>,
    /// Whether it is the password.
    pub matches: bool,
    /// `typed`, or `nfc` where it is the password only with its letters written in one way.
    #[serde(rename = "as")]
    pub spelled: Option<&'static str>,
    /// `active` or `disabled`.
    pub state: &'static str,
    /// The stored hash.
    pub hash: HashFacts,
    /// Length of the password in bytes.
    pub bytes: usize,
    /// Things to know.
    pub notes: Vec<String>,
}

impl House<'_> {
    /// Compares a password with the stored hash.
    ///
    /// # Errors
    /// `E0201`, `E0207`.
    pub async fn check_password(&self, whose: &Whose, typed: &str, given: &Secret) -> Result<Verdict> {
        let realm = self.realm(whose).await?;
        let account = self.load_account(&realm, typed).await?;
        let stored = fields::get(&account.document, realm.hash_path());
        let hash = HashFacts::of(stored, realm.shape.hash);
        let text = text_of(stored).unwrap_or_default();
        let composed: String = given.reveal().nfc().collect();
        let mut spelled = None;
        if password::verify(given.clone(), &text).await? {
            spelled = Some("typed");
        } else if composed != given.reveal() && password::verify(Secret::new(composed.clone()), &text).await? {
            spelled = Some("nfc");
        }
        let mut notes = notes(given, &hash, realm.shape.hash);
        if spelled == Some("nfc") {
            notes.push("it is the password with its letters in the form NFC, and not as it was typed: a backend that does not normalise refuses this typing".to_owned());
        }
        if let Some(why) = &hash.why {
            notes.push(format!("the platform does not take this hash: {why}"));
        }
        if !account.active {
            notes.push("the account is disabled".to_owned());
        }
        Ok(Verdict {
            email: account.email.clone(),
            id: plain(&account.id),
            organization: realm.organization(),
            matches: spelled.is_some(),
            spelled,
            state: super::plan::state_word(account.active),
            hash,
            bytes: given.reveal().len(),
            notes,
        })
    }
}

fn notes(given: &Secret, hash: &HashFacts, scheme: HashScheme) -> Vec<String> {
    let password = given.reveal();
    let mut notes = Vec::new();
    let is_bcrypt = hash.scheme == "bcrypt" || matches!(scheme, HashScheme::Bcrypt { .. });
    if is_bcrypt && password.len() > 72 {
        notes.push(format!(
            "the password has {} bytes: bcrypt reads 72, some backends refuse longer ones, and others take any password that begins the same",
            password.len()
        ));
    }
    if is_bcrypt && password.contains('\0') {
        notes.push("the password contains a NUL byte, at which some backends stop reading".to_owned());
    }
    if password.trim() != password {
        notes.push("the password begins or ends with white space".to_owned());
    }
    notes
}
