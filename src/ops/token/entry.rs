//! What flowbit remembers of a token that it issued: facts and a digest, never the token.

use bson::{Bson, DateTime, Document, doc};
use serde::{Deserialize, Serialize};

use crate::domain::token::{Context, Use};

/// A token that was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// What it is called: its `jti`, or the first half of its digest.
    #[serde(rename = "_id")]
    pub id: String,
    /// SHA-256 of the token, in hexadecimal digits.
    pub hash: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub wanted: Use,
    /// The log-in that it and its successors come from.
    pub family: String,
    /// Identifier of the organization; null for the platform's owners.
    pub org: Bson,
    /// Name of the organization when it was issued.
    #[serde(rename = "orgName", default, skip_serializing_if = "Option::is_none")]
    pub org_name: Option<String>,
    /// Identifier of the account.
    pub account: Bson,
    /// E-mail of the account when it was issued.
    pub email: String,
    /// Its role then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The key that signed it; none for random text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who issued it.
    pub actor: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the actor acts in the user's place with it.
    pub support: bool,
    /// Claims that a rename of the organization makes untrue, as they are in the token.
    #[serde(default)]
    pub carries: Document,
    /// When it was made.
    pub issued: DateTime,
    /// When it ends.
    pub expires: DateTime,
    /// The refresh token that took its place.
    pub next: Option<String>,
    /// When it was taken back.
    pub revoked: Option<DateTime>,
}

/// How a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It is good.
    Live,
    /// A refresh token that was used.
    Used,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Stands {
    /// The word in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

impl Entry {
    /// Reads a stored entry; none where it is no entry of this version's.
    pub fn read(stored: &Document) -> Option<Self> {
        bson::deserialize_from_document(stored.clone()).ok()
    }

    /// The entry as it is stored.
    pub fn document(&self) -> Document {
        bson::serialize_to_document(self).unwrap_or_else(|_| doc! { "_id": &self.id })
    }

    /// Whose world it opens.
    pub fn context(&self) -> Context {
        if self.org == Bson::Null { Context::Core } else { Context::Tenant }
    }

    /// How it stands at a moment.
    pub fn stands(&self, now: DateTime) -> Stands {
        match () {
            () if self.revoked.is_some() => Stands::Revoked,
            () if self.next.is_some() => Stands::Used,
            () if self.expires <= now => Stands::Expired,
            () => Stands::Live,
        }
    }
}
