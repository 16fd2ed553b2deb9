//! `flowbit init`

use std::path::PathBuf;

use serde_json::json;

use super::Done;
use super::cli::Global;
use crate::config::{Environment, PRESETS, preset_text};
use crate::error::{Error, Result, code};
use crate::store::file;
use crate::ui::{Block, Report, Table};

/// Write a platform description to start from.
///
/// Writes the description of a preset, as a file to be edited. Without --preset, lists the presets.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit init\n  flowbit init --preset org-collections --out flowbit.toml")]
pub struct Args {
    /// Where to write; standard output without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global, env: &Environment) -> Result<Done> {
    let Some(name) = global.preset.as_deref().or_else(|| env.get("FLOWBIT_PRESET")) else {
        let what = |text: &str| text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        let rows = PRESETS.iter().map(|(name, text)| vec![(*name).to_owned(), what(text)]).collect();
        let data: Vec<_> = PRESETS.iter().map(|(name, text)| json!({ "preset": name, "what": what(text) })).collect();
        return Ok(Report::new("flowbit.init.presets/1", &data)
            .named(PRESETS.iter().map(|(name, _)| *name))
            .show(Block::Table(Table { head: vec!["preset", "what"], rows }))
            .next("flowbit init --preset NAME --out flowbit.toml")
            .into());
    };
    let text = preset_text(name)?;
    let Some(out) = &args.out else { return Ok(Done::Text(text.to_owned())) };
    if out.exists() {
        return Err(Error::new(&code::BAD_ARGUMENT, format!("{} exists and is not overwritten", out.display()))
            .next("name another file with --out"));
    }
    file::replace(out, text)?;
    Ok(Report::new("flowbit.init/1", &json!({ "preset": name, "file": out }))
        .changed(true)
        .line(format!("Wrote the description of {name} to {}.", out.display()))
        .next("flowbit config show")
        .into())
}
