//! Profiles: named connections in the user's file, with protection for production.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::platform::located_silently;
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code, io};

/// A named connection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// A connection string without a password.
    pub uri: Option<String>,
    /// The name of the environment variable that holds the connection string.
    pub uri_env: Option<String>,
    /// The file that holds the connection string; only its owner may read it.
    pub uri_file: Option<PathBuf>,
    /// Name of the master database.
    pub master_database: Option<String>,
    /// Path of the platform description.
    pub config: Option<PathBuf>,
    /// Whether changes need a confirmation and a reason.
    #[serde(default)]
    pub protected: bool,
    /// Whether it is for support: reads of accounts and of the audit trail are recorded and need a reason, and nothing is
    /// changed unless the profile is protected as well.
    #[serde(default)]
    pub support: bool,
}

impl Profile {
    /// The variable that its connection string is taken from, if it is taken from one.
    pub(super) fn variable(&self) -> Option<&str> {
        match (&self.uri, &self.uri_file) {
            (None, None) => self.uri_env.as_deref(),
            _ => None,
        }
    }
}

/// The user's file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserFile {
    /// The profile that is used when none is named.
    pub default_profile: Option<String>,
    /// The profiles.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

impl UserFile {
    pub(super) fn read(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|e| located_silently(&path.display().to_string(), &text, &e)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(io(format!("cannot read {}", path.display()), e)),
        }
    }

    pub(super) fn load(&self, name: &str, path: &Path) -> Result<&Profile> {
        self.profiles.get(name).ok_or_else(|| {
            let error =
                Error::new(&code::UNKNOWN_PROFILE, format!("there is no profile {name:?} in {}", path.display()));
            match nearest(name, self.profiles.keys().map(String::as_str)) {
                Some(meant) => error.next(format!("did you mean {meant}?")),
                None => error.next("flowbit config show"),
            }
        })
    }
}
