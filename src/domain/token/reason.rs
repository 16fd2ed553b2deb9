//! What can be wrong with a token: one code for each, in the layers in which it is looked at.

use std::fmt;

use serde::Serialize;

/// What is looked at, in this order. A layer is not looked at when one that it rests on did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Whether the text is a token at all.
    Format,
    /// Whether it names a key that may sign.
    Key,
    /// Whether that key signed it.
    Signature,
    /// Whether now is its time.
    Times,
    /// Who says to have made it.
    Issuer,
    /// For whom.
    Audience,
    /// Which claims it has, and of which kind the token is.
    Claims,
    /// The organization.
    Organization,
    /// The account.
    User,
    /// The role.
    Role,
    /// Whether it was taken back.
    Revocation,
}

impl Layer {
    /// The word in output.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Times => "times",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Claims => "claims",
            Self::Organization => "organization",
            Self::User => "user",
            Self::Role => "role",
            Self::Revocation => "revocation",
        }
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal $layer:ident;)*) => {
        /// What is wrong. The code never gets another meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason { $($(#[$doc])* $name,)* }
        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code in output.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Where it is found.
            pub const fn layer(self) -> Layer {
                match self { $(Self::$name => Layer::$layer,)* }
            }
        }
    };
}

reasons! {
    /// Nothing there.
    Empty = "empty" Format;
    /// More than any backend would read.
    TooLarge = "too_large" Format;
    /// Not three parts with dots between.
    NotAToken = "not_a_token" Format;
    /// Five parts: an encrypted token.
    Encrypted = "encrypted" Format;
    /// A part that is not base64url.
    BadBase64 = "bad_base64" Format;
    /// A part that is no JSON object.
    BadJson = "bad_json" Format;
    /// The same name twice: readers differ in which one they take.
    DoubledName = "doubled_name" Format;
    /// An extension that has to be understood (`crit`).
    CriticalHeader = "critical_header" Format;

    /// `alg` is `none`: not signed at all.
    AlgNone = "alg_none" Key;
    /// An algorithm that flowbit does not know.
    AlgUnknown = "alg_unknown" Key;
    /// Another algorithm than that of the key: a public key could pass for a secret.
    AlgMismatch = "alg_mismatch" Key;
    /// No key has this `kid`.
    UnknownKid = "unknown_kid" Key;
    /// The key was retired.
    KeyRetired = "key_retired" Key;
    /// The key's time has not begun.
    KeyNotYetValid = "key_not_yet_valid" Key;
    /// The key's time is over.
    KeyExpired = "key_expired" Key;
    /// The secret can be guessed, so a signature says nothing.
    WeakSecret = "weak_secret" Key;

    /// None of the keys signed it.
    BadSignature = "bad_signature" Signature;

    /// Its time is over.
    Expired = "expired" Times;
    /// Its time has not begun (`nbf`).
    NotYetValid = "not_yet_valid" Times;
    /// Made in the future (`iat`): the clocks differ.
    IssuedInFuture = "issued_in_future" Times;
    /// No `exp`: it would never end.
    NoExpiry = "no_expiry" Times;
    /// A time that is no number of seconds.
    BadTime = "bad_time" Times;
    /// Good for longer than the platform's tokens are.
    LivesTooLong = "lives_too_long" Times;

    /// No `iss`, and the platform's tokens have one.
    IssuerMissing = "issuer_missing" Issuer;
    /// Another `iss`: a token of another platform.
    IssuerWrong = "issuer_wrong" Issuer;
    /// No `aud`, and the platform's tokens have one.
    AudienceMissing = "audience_missing" Audience;
    /// Another `aud`.
    AudienceWrong = "audience_wrong" Audience;

    /// A claim that the platform's tokens have is missing.
    ClaimMissing = "claim_missing" Claims;
    /// A claim that is no plain value: an operator of a query, perhaps.
    ClaimType = "claim_type" Claims;
    /// A refresh token where an access token belongs, or the other way round.
    WrongUse = "wrong_use" Claims;
    /// A token of the platform's owners where one of a tenant belongs, or the other way round.
    WrongContext = "wrong_context" Claims;
    /// A constant claim with another value.
    ClaimWrong = "claim_wrong" Claims;

    /// There is no such organization.
    OrgUnknown = "org_unknown" Organization;
    /// The organization has another name by now.
    OrgRenamed = "org_renamed" Organization;
    /// The organization was deleted.
    OrgDeleted = "org_deleted" Organization;
    /// The claims name two organizations.
    OrgMismatch = "org_mismatch" Organization;

    /// There is no such account.
    UserUnknown = "user_unknown" User;
    /// The account is not in force.
    UserDisabled = "user_disabled" User;
    /// The account belongs to another organization.
    UserElsewhere = "user_elsewhere" User;
    /// The claims name two accounts.
    UserMismatch = "user_mismatch" User;

    /// The role in the token is none of the platform's.
    RoleUnknown = "role_unknown" Role;
    /// The account has another role by now.
    RoleChanged = "role_changed" Role;

    /// This token was taken back.
    Revoked = "revoked" Revocation;
    /// All tokens of the account that were made before were taken back.
    UserRevoked = "user_revoked" Revocation;
    /// All tokens of the organization that were made before were taken back.
    OrgRevoked = "org_revoked" Revocation;
    /// The log-in that it comes from was ended: somebody used a refresh token twice.
    FamilyRevoked = "family_revoked" Revocation;
    /// A refresh token that was used.
    RefreshUsed = "refresh_used" Revocation;
    /// A refresh token that nobody stored.
    RefreshUnknown = "refresh_unknown" Revocation;
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words_and_stand_once() {
        let mut seen = std::collections::BTreeSet::new();
        for reason in Reason::ALL {
            assert!(seen.insert(reason.code()), "{reason} stands twice");
            assert!(
                reason.code().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{reason}"
            );
        }
    }
}
