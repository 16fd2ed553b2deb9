//! The server that benches run on: the one that is named, or the local one that flowbit manages.

use std::process::Command;

/// Its connection string.
pub fn uri() -> String {
    if let Ok(uri) = std::env::var("FLOWBIT_URI") {
        return uri;
    }
    let started =
        Command::new(env!("CARGO_BIN_EXE_flowbit")).args(["local", "start", "--yes", "-o", "name"]).output().unwrap();
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    String::from_utf8(started.stdout).unwrap().trim().to_owned()
}
