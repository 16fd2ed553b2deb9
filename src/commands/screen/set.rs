//! `flowbit screen set`

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, consent};
use crate::domain::registry::{Registry, Screen};
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code};
use crate::ops::House;
use crate::ops::org::find::shell;
use crate::ops::screen::{self, Edit, Planned, Who};
use crate::ui::{Block, Report};

const SCHEMA: &str = "flowbit.screen.set/1";

/// Add, change or remove screens of a tenant.
///
/// A screen of this name is changed, otherwise one is added; what is not said stays, and so do all other screens and
/// the form of the file. What the shape of the registry has no place for is refused. The change is recorded in the
/// audit trail before the file is written.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:
  flowbit screen set acme --name Tickets --url /screens/tickets --icon ticket
  flowbit screen set acme --key stock          # allow a screen of the catalogue
  flowbit screen set acme --from screens.json --dry-run
  flowbit screen set acme --remove Tickets",
    group = clap::ArgGroup::new("screen").args(["name", "url", "icon", "description", "id", "key"]).multiple(true).conflicts_with_all(["from", "remove", "clear"]),
    group = clap::ArgGroup::new("what").args(["name", "url", "id", "key", "from", "remove", "clear"]).multiple(true).required(true)
)]
pub struct Args {
    /// Name of the organization
    #[arg(value_name = "ORG")]
    org: String,
    /// Name of the screen
    #[arg(long, help_heading = "Screen", value_name = "NAME")]
    name: Option<String>,
    /// Address: absolute http(s), or beginning with `/`
    #[arg(long, help_heading = "Screen", value_name = "URL")]
    url: Option<String>,
    /// Icon
    #[arg(long, help_heading = "Screen", value_name = "ICON")]
    icon: Option<String>,
    /// What it is for
    #[arg(long, help_heading = "Screen", value_name = "TEXT")]
    description: Option<String>,
    /// Identifier
    #[arg(long, help_heading = "Screen", value_name = "ID")]
    id: Option<String>,
    /// Key in the catalogue, in registries that have one
    #[arg(long, help_heading = "Screen", value_name = "KEY")]
    key: Option<String>,
    /// Add or change all screens of this file, a JSON array; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["remove", "clear"])]
    from: Option<PathBuf>,
    /// Remove the screen of this name, key, identifier or address
    #[arg(long, value_name = "NAME", conflicts_with = "clear")]
    remove: Option<String>,
    /// Remove all screens; the entry stays
    #[arg(long)]
    clear: bool,
    /// Ask no server whether the organization exists, and record nothing
    #[arg(long)]
    offline: bool,
    /// Show what would be done and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with the organization's name; needed through a protected profile
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let path = super::registry(context)?;
    let edit = args.edit(context)?;
    edit.check()?;
    // A broken file is found before a server is asked.
    let registry = screen::open(&path)?;
    if args.offline {
        return change(args, context, &path, &registry, &edit, None).await;
    }
    let store = context.connect().await.map_err(super::or_offline)?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let done = change(args, context, &path, &registry, &edit, Some(&house)).await;
    progress.finish();
    done
}

async fn change(
    args: &Args,
    context: &Context<'_>,
    path: &Path,
    registry: &Registry,
    edit: &Edit,
    house: Option<&House<'_>>,
) -> Result<Done> {
    let who = match (house, edit) {
        (Some(house), _) => house.who(registry, &args.org).await?,
        (None, Edit::Set(_)) => Who::unasked(registry, &args.org),
        // Without an entry there is nothing to remove, and without a server nobody else knows the name.
        (None, _) => Who::unasked(registry, &screen::load_tenant(registry, &args.org)?),
    };
    let mut warnings: Vec<String> = who.doubt(registry).into_iter().collect();
    if house.is_none() {
        warnings.push("--offline: no server was asked, and nothing is recorded in the audit trail".to_owned());
    }
    let planned = screen::plan(path, registry.source(), &who, edit)?;
    let Some(planned) = planned else { return Ok(unchanged(&who, registry, edit, path).warn(warnings).into()) };
    if args.dry_run {
        return Ok(report(&planned, "Would change").warn(warnings).into());
    }
    let agreed = consent::implied(context, &who.name, args.confirm.as_deref())?;
    match screen::set(path, &who, edit, house, &agreed).await? {
        Some(done) => {
            let next = format!("flowbit screen show {}", shell(&done.tenant));
            Ok(report(&done, "Changed").changed(true).warn(warnings).next(next).into())
        }
        None => Ok(unchanged(&who, registry, edit, path).warn(warnings).into()),
    }
}

fn report(planned: &Planned, verb: &str) -> Report {
    let (before, after) = (planned.before.len(), planned.after.len());
    let new = if planned.new_entry { ", which is new to it" } else { "" };
    let line = format!("{verb} the screens of {} in {}{new}: {before} → {after}.", planned.tenant, planned.file);
    let diff = planned.diff.iter().map(|line| Block::Line(line.clone())).collect();
    Report::new(SCHEMA, planned).named([planned.tenant.clone()]).line(line).show_all(diff)
}

/// It is so already; a name that was to be removed may be a slip.
fn unchanged(who: &Who, registry: &Registry, edit: &Edit, path: &Path) -> Report {
    let screens = registry.screens(&who.tenant);
    let data = serde_json::json!({
        "file": path.display().to_string(), "tenant": who.tenant, "new_entry": false,
        "before": screens, "after": screens, "diff": [],
    });
    let slip = match edit {
        Edit::Remove(name) => {
            let screens = screens.unwrap_or_default();
            let near = nearest(name, screens.iter().map(Screen::title)).map(|near| format!("; did you mean {near:?}?"));
            Some(format!("{} has no screen {name:?}{}", who.tenant, near.unwrap_or_default()))
        }
        Edit::Set(_) | Edit::Clear => None,
    };
    let line = format!("The screens of {} are so already; nothing was changed.", who.tenant);
    Report::new(SCHEMA, &data).named([who.tenant.clone()]).line(line).warn(slip)
}

impl Args {
    fn edit(&self, context: &Context<'_>) -> Result<Edit> {
        if let Some(path) = &self.from {
            return Ok(Edit::Set(read(context, path)?));
        }
        if let Some(name) = &self.remove {
            return Ok(Edit::Remove(name.clone()));
        }
        if self.clear {
            return Ok(Edit::Clear);
        }
        for (option, text) in [("--name", &self.name), ("--url", &self.url), ("--key", &self.key), ("--id", &self.id)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                return Err(Error::new(&code::BAD_SCREEN, format!("{option} is empty; nothing was changed")));
            }
        }
        Ok(Edit::Set(vec![Screen {
            name: self.name.clone().unwrap_or_default(),
            url: self.url.clone().unwrap_or_default(),
            key: self.key.clone(),
            id: self.id.clone(),
            icon: self.icon.clone(),
            description: self.description.clone(),
            ..Screen::default()
        }]))
    }
}

/// The screens in a file: objects, or words where the registry has words.
fn read(context: &Context<'_>, path: &Path) -> Result<Vec<Screen>> {
    let (shown, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes);
        ("standard input".to_owned(), read)
    } else {
        (path.display().to_string(), std::fs::read(context.env.directory.join(path)))
    };
    let broken = |why: String| {
        Error::new(&code::BAD_SCREEN, why).next("give a JSON array of screens: [{\"name\": …, \"url\": …}]")
    };
    let bytes = bytes.map_err(|e| broken(format!("cannot read {shown}: {e}")))?;
    let list: Vec<Value> = serde_json::from_slice(&bytes)
        .map_err(|e| broken(format!("{shown}:{}:{}: no list of screens: {e}", e.line(), e.column())))?;
    let screen = |(i, item): (usize, Value)| match item {
        Value::String(word) => Ok(Screen::of_word(&word)),
        Value::Object(_) => serde_json::from_value(item).map_err(|e| broken(format!("{shown}: screen {}: {e}", i + 1))),
        other => Err(broken(format!("{shown}: screen {}: {other} is neither an object nor text", i + 1))),
    };
    list.into_iter().enumerate().map(screen).collect()
}
