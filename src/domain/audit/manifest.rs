//! What an exported file is: the manifest beside it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::extjson::Form;

/// Name and version of the shape.
pub const MANIFEST: &str = "flowbit.audit.manifest/1";

/// What lies beside an exported file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST`].
    pub schema: String,
    /// The platform's name.
    pub platform: String,
    /// The database that the entries are from.
    pub database: String,
    /// The collection.
    pub collection: String,
    /// Which entries were asked for.
    pub query: Query,
    /// The path by which the entries are in order.
    pub order: String,
    /// How many there are, a line each.
    pub entries: u64,
    /// Length of the file.
    pub bytes: u64,
    /// The earliest entry; none where no entry has a time.
    pub first: Option<Mark>,
    /// The latest.
    pub last: Option<Mark>,
    /// Entries whose text was not UTF-8 everywhere: they are not in the file as they are in the database.
    #[serde(default, skip_serializing_if = "is_none")]
    pub mended: u64,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Whether the file is compressed.
    pub gzip: bool,
    /// The form of its lines.
    pub format: Form,
    /// The version of flowbit that wrote it.
    pub flowbit: String,
    /// When it was finished.
    pub exported_at: String,
    /// By whom.
    pub exported_by: String,
    /// The seals over these entries, where they lie beside the file.
    pub seals: Option<Sidecar>,
    /// Who vouches for all of that; nobody where whoever exported had no key that seals.
    #[serde(default)]
    pub signed: Option<Signed>,
}

/// A signature over a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    /// The name of the key.
    pub kid: String,
    /// The signature, base64url.
    pub signature: String,
}

impl Manifest {
    /// What is signed: everything but the signature.
    pub fn message(&self) -> String {
        let unsigned = Manifest { signed: None, ..self.clone() };
        let text = serde_json::to_string(&unsigned).unwrap_or_default();
        format!("flowbit audit manifest 1:{}", blake3::hash(text.as_bytes()).to_hex())
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_none(n: &u64) -> bool {
    *n == 0
}

/// Another file beside an exported one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sidecar {
    /// Its name, in the same directory.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// One entry, by what tells where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Its identifier, in canonical extended JSON.
    pub id: Value,
    /// Its time, RFC 3339.
    pub time: String,
}

/// Which entries were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Of this organization; of all, and of none, without.
    pub organization: Option<Organization>,
    /// Where entries say whose they are.
    pub tenant_field: Option<String>,
    /// What they have there for this organization, in canonical extended JSON.
    pub tenant: Option<Value>,
    /// Who did it, as it was typed.
    pub actor: Option<String>,
    /// What was done, as it was typed.
    pub action: Option<String>,
    /// What it is about, as it was typed.
    pub target: Option<String>,
    /// Further conditions, as they were typed.
    #[serde(rename = "where")]
    pub conditions: Vec<String>,
    /// The first moment, RFC 3339; none for the beginning of the trail.
    pub since: Option<String>,
    /// The moment that is over, RFC 3339; none for no end.
    pub until: Option<String>,
    /// All of that as the server was asked, in canonical extended JSON.
    pub filter: Value,
}

/// An organization, as it was called then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// Its identifier, in canonical extended JSON.
    pub id: Value,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
}
