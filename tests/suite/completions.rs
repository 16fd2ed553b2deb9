//! The completion scripts in the repository are those that the binary prints.

use std::path::Path;

use crate::world::{Ran, bare};

#[test]
fn the_scripts_are_current() {
    let home = tempfile::tempdir().unwrap();
    for (shell, file) in
        [("bash", "flowbit.bash"), ("zsh", "_flowbit"), ("fish", "flowbit.fish"), ("powershell", "_flowbit.ps1")]
    {
        let printed = Ran::from(bare(home.path()).args(["completions", shell]).output().unwrap()).ok().stdout;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == printed, "completions/{file} is stale: cargo run -- completions {shell} > completions/{file}");
    }
}
