//! What is remembered from one start to the next, in `local.json`.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{self, Error, Result, code};

const VERSION: u64 = 1;

/// The remembered port and server. Where the data is, is not remembered: see [`super::places::Places`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    version: u64,
    /// The port of the last start; taken again if it is free, so that a URI somebody noted keeps working.
    pub port: u16,
    /// The version of the server that was started.
    pub mongod: String,
}

impl State {
    pub fn new(port: u16, mongod: &str) -> Self {
        Self { version: VERSION, port, mongod: mongod.to_owned() }
    }

    /// Reads the file; `None` when there is none. Another version of the format is reported and not touched.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(error::io(format_args!("cannot read {}", path.display()), e)),
        };
        let broken = |why: String| {
            // Not `local reset`, which would delete data for the sake of a port number.
            Error::new(&code::LOCAL_IO, format!("{} {why}", path.display()))
                .next("use the flowbit that wrote it, or delete this file: it holds no more than the remembered port")
        };
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| broken(format!("cannot be understood: {e}")))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => return Err(broken(format!("has version {other}; this flowbit knows version {VERSION}"))),
            None => return Err(broken("carries no version".to_owned())),
        }
        serde_json::from_value(value).map(Some).map_err(|e| broken(format!("cannot be understood: {e}")))
    }

    /// Writes the file whole or not at all.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |e: std::io::Error| error::io(format_args!("cannot write {}", path.display()), e);
        let text = serde_json::to_string_pretty(self).map_err(|e| failed(e.into()))?;
        let dir = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
        writeln!(file, "{text}").map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|e| failed(e.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("local.json");
        assert_eq!(State::read(&path).unwrap(), None);
        let state = State::new(28_017, "6.0.5");
        state.write(&path).unwrap();
        assert_eq!(State::read(&path).unwrap(), Some(state));
    }

    #[test]
    fn another_version_is_named_and_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("local.json");
        for (text, said) in [
            (r#"{"version":2,"ports":[1]}"#, "has version 2; this flowbit knows version 1"),
            (r#"{"port":1}"#, "carries no version"),
            ("{", "cannot be understood"),
        ] {
            fs::write(&path, text).unwrap();
            let error = State::read(&path).unwrap_err();
            assert_eq!(error.code(), &code::LOCAL_IO);
            assert!(error.message().contains(said), "{}", error.message());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
