//! `flowbit init`

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Done;
use super::cli::Global;
use super::context::Context;
use crate::config::{Environment, Flags, Origin, PRESETS, Settings, preset_text};
use crate::domain::Description;
use crate::domain::registry::Registry;
use crate::error::{Error, Result, code};
use crate::ops::detect::{self, Detected, RegistryFacts, Seen};
use crate::store::file;
use crate::ui::{Block, Format, Report, Table};

/// Write a platform description: look at a server, or start from a preset.
///
/// Looks at the MongoDB that is configured, reading only, and writes down which platform it holds: what is sure, what is
/// guessed, and what could not be told. With --preset nothing is asked of a server. Where there is no server, or nothing
/// on it, lists the presets.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flowbit init\n  flowbit init --master-db master_db --out flowbit.toml\n  flowbit init --preset org-collections --out flowbit.toml"
)]
pub struct Args {
    /// Where to write; standard output without it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The preset that was asked for: then no server is needed.
pub(super) fn wanted_preset<'a>(global: &'a Global, env: &'a Environment) -> Option<&'a str> {
    global.preset.as_deref().or_else(|| env.get("FLOWBIT_PRESET"))
}

/// Writes a preset.
pub(super) fn preset(args: &Args, name: &str) -> Result<Done> {
    let text = preset_text(name)?;
    let Some(out) = &args.out else { return Ok(Done::Text(text.to_owned())) };
    write(out, text)?;
    Ok(Report::new("flowbit.init/1", &json!({ "preset": name, "file": out }))
        .changed(true)
        .line(format!("Wrote the description of {name} to {}.", out.display()))
        .next("flowbit config show")
        .into())
}

/// The settings with which a server is looked at: no description of the platform, because that is what is looked for.
///
/// # Errors
/// As for [`Settings::settle`].
pub(super) fn settle(global: &Global, env: &Environment) -> Result<Settings> {
    Settings::settle(&Flags { config: None, preset: Some("flowbit".to_owned()), ..global.flags() }, env)
}

/// Looks at the server and writes what it is.
pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    // Before a server is troubled: the file may be there.
    if let Some(out) = &args.out {
        refuse_existing(out)?;
    }
    let store = match context.connect().await {
        Ok(store) => store,
        Err(error) if *error.code() == code::NO_SERVER => return Ok(presets(None).into()),
        Err(error) => return Err(error.next("flowbit init --preset NAME   # needs no server")),
    };
    let master = &context.settings.master;
    let named = !matches!(master.origin, Origin::Preset(_) | Origin::Default);
    let seen = detect::look(&store, named.then_some(master.value.as_str())).await?;
    let mut look = match seen {
        Seen::Empty(what) => return Ok(presets(Some(&what)).into()),
        Seen::Platform(look) => look,
    };
    look.facts.registry = registry(&context.env, args.out.as_deref());
    let known: Vec<(&str, Description)> =
        PRESETS.iter().filter_map(|(name, text)| Some((*name, toml::from_str(text).ok()?))).collect();
    let detected = detect::describe(&look, &known)?;
    let other = (!look.others.is_empty()).then(|| {
        format!(
            "there are other platforms on this server: {}; to describe one of them name it with --master-db",
            look.others.join(", ")
        )
    });
    if let Some(out) = &args.out {
        write(out, &detected.text)?;
    } else if context.terminal.format == Format::Table {
        other.iter().for_each(|other| context.terminal.warn(other));
        return Ok(Done::Text(detected.text));
    }
    Ok(report(&detected, args.out.as_deref()).warn(other).into())
}

fn report(detected: &Detected, out: Option<&Path>) -> Report {
    let data = json!({
        "preset_like": detected.preset_like,
        "layout": detected.layout.word(),
        "file": out,
        "findings": detected.findings,
        "unknown": detected.unknown,
        "description": if out.is_none() { Value::String(detected.text.clone()) } else { Value::Null },
    });
    let row = |finding: &detect::Finding| {
        vec![finding.what.clone(), finding.value.clone(), finding.certainty.word().to_owned(), finding.evidence.clone()]
    };
    let rows = detected.findings.iter().map(row).collect();
    let mut report = Report::new("flowbit.init/1", &data)
        .changed(out.is_some())
        .named(out.map(|out| out.display().to_string()))
        .show(Block::Table(Table { head: vec!["what", "value", "certainty", "evidence"], rows }));
    if !detected.unknown.is_empty() {
        report = report.line("").show(Block::Heading("not told by the data".to_owned()));
        report = report.show_all(detected.unknown.iter().map(|gap| Block::Line(format!("  {gap}"))).collect());
    }
    if let Some(like) = &detected.preset_like {
        report = report.line("").line(format!("It is like the preset {like}: the same collections and fields."));
    }
    match out {
        Some(out) => {
            let config = crate::ops::org::find::shell(&out.display().to_string());
            report
                .line("")
                .line(format!(
                    "Wrote the description to {}; read the comments in it before you rely on it.",
                    out.display()
                ))
                .next(format!("flowbit --config {config} config show"))
                .next(format!("flowbit --config {config} org list"))
        }
        None => report.next("flowbit init --out flowbit.toml"),
    }
}

fn presets(why: Option<&str>) -> Report {
    let what = |text: &str| text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
    let rows = PRESETS.iter().map(|(name, text)| vec![(*name).to_owned(), what(text)]).collect();
    let data: Vec<_> = PRESETS.iter().map(|(name, text)| json!({ "preset": name, "what": what(text) })).collect();
    Report::new("flowbit.init.presets/1", &data)
        .named(PRESETS.iter().map(|(name, _)| *name))
        .show(Block::Table(Table { head: vec!["preset", "what"], rows }))
        .warn(why.map(|why| format!("{why}: there is nothing to describe; these are the presets")))
        .next("flowbit init --preset NAME --out flowbit.toml")
}

fn refuse_existing(out: &Path) -> Result<()> {
    if out.exists() {
        return Err(Error::new(&code::BAD_ARGUMENT, format!("{} exists and is not overwritten", out.display()))
            .next("name another file with --out"));
    }
    Ok(())
}

fn write(out: &Path, text: &str) -> Result<()> {
    refuse_existing(out)?;
    file::replace(out, text)
}

/// The registry file in the working directory, by the path that leads to it from where the description will be.
fn registry(env: &Environment, out: Option<&Path>) -> Option<RegistryFacts> {
    let path = env.directory.join("registry.json");
    let tenants = match file::read(&path) {
        Ok(None) => return None,
        Ok(Some(text)) => Registry::parse("registry.json", &text).map(|registry| registry.tenants()),
        Err(error) => Err(error),
    };
    let beside = out.and_then(Path::parent).is_none_or(|parent| {
        parent.as_os_str().is_empty()
            || std::path::absolute(env.directory.join(parent)).ok().as_ref() == Some(&env.directory)
    });
    let file = if beside { "registry.json".to_owned() } else { path.display().to_string() };
    Some(RegistryFacts { file, tenants: tenants.map_err(|error| error.message().to_owned()) })
}
