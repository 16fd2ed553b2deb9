//! `flowbit org rename`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::commands::change::{Change, Registry};
use crate::commands::context::{Context, Wishes};
use crate::commands::fleet::{Fleet, Many, One, Verb, still_wanted};
use crate::commands::roster::{self, Columns, Roster};
use crate::commands::{Done, consent, view};
use crate::domain::NameKey;
use crate::error::{Error, Result, code};
use crate::ops::Pace;
use crate::ops::org::find::shell;
use crate::ops::org::rename::{RenamePlan, RenameView};
use crate::ui::{Block, Report, Table};

const MANY: Verb = Verb { schema: "flowbit.org.rename.many/1", word: "rename", past: "Renamed" };
const COLUMNS: Columns<'_> = Columns { required: &["old", "new"], optional: &[], others: false, secret: false };

/// Seconds.
const MAX_PAUSE: f64 = 2.0;

/// Rename an organization with its collections and every copy of the name.
///
/// The platform may go on writing. Readers of the old collection names see the data until the alias ends; writers
/// get an error there instead of losing what they write.
///
/// A list is CSV with the columns `old` and `new`, or JSON Lines. Its renames are operations of their own; what keeps
/// one organization from being renamed does not stop the others.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org rename acme acme-global --dry-run
  flowbit org rename acme acme-global --confirm acme --reason 'merger, ticket 4711'
  flowbit org rename acme-global acme        # and back
  flowbit org rename --from renames.csv --dry-run")]
pub struct Args {
    /// Its name now
    #[arg(value_name = "OLD", required_unless_present = "from")]
    old: Option<String>,
    /// Its name afterwards
    #[arg(value_name = "NEW", required_unless_present = "from")]
    new: Option<String>,
    /// Read old and new names from this list: CSV with the columns old and new, or JSON Lines; `-` is standard input
    #[arg(long, help_heading = "Several organizations", value_name = "FILE", conflicts_with_all = ["old", "new"])]
    from: Option<PathBuf>,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    change: Change,
    #[command(flatten)]
    registry: Registry,
    /// Copy while the platform writes; it is refused for the last moment only
    #[arg(long, help_heading = "Tenants with a database of their own", conflicts_with = "frozen")]
    online: bool,
    /// Copy with the platform's writes refused all the time
    #[arg(long, help_heading = "Tenants with a database of their own")]
    frozen: bool,
    /// Copy online where writes would be refused for longer than this
    #[arg(long, help_heading = "Tenants with a database of their own", value_name = "SECONDS", default_value_t = MAX_PAUSE)]
    max_pause: f64,
}

impl Args {
    /// The options that chose the way, for a command that is to go the same.
    fn how(&self) -> String {
        match (self.online, self.frozen) {
            (true, _) => " --online".to_owned(),
            (_, true) => " --frozen".to_owned(),
            _ if (self.max_pause - MAX_PAUSE).abs() > f64::EPSILON => format!(" --max-pause {}", self.max_pause),
            _ => String::new(),
        }
    }

    fn pace(&self) -> Result<Pace> {
        let pause = std::time::Duration::try_from_secs_f64(self.max_pause).map_err(|_| {
            Error::new(&code::BAD_ARGUMENT, format!("--max-pause {}: not a number of seconds", self.max_pause))
        })?;
        Ok(match (self.online, self.frozen) {
            (true, _) => Pace::Online,
            (_, true) => Pace::Frozen,
            _ => Pace::Within(pause),
        })
    }
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    match (&args.old, &args.new, &args.from) {
        (_, _, Some(list)) => several(list, args, context).await,
        (Some(old), Some(new), None) => one(old, new, args, context).await,
        _ => Err(Error::new(&code::BAD_ARGUMENT, "the name, and the name it is to get, are missing")),
    }
}

async fn several(list: &Path, args: &Args, context: &Context<'_>) -> Result<Done> {
    let items = pairs(context, list)?;
    let wishes = Wishes { pace: args.pace()?, ..args.change.wishes(Some(&args.registry)) };
    let store = context.connect().await?;
    let dry_run = args.change.dry_run;
    let fleet = Fleet { context, store: &store, wishes, many: args.many, verb: MANY, dry_run, by_name: false };
    if dry_run {
        let plans = fleet.drive(&items, async |house, old, new| {
            let Some(plan) = house.plan_rename(old, new, None).await? else {
                return Ok(One::unchanged().with("to", new.as_str()));
            };
            house.require_guard(&plan.prepared.record.plan).await?;
            let mut facts = facts(&plan.view);
            facts.insert(0, ("becomes".to_owned(), plan.view.to.clone()));
            Ok(One::planned(&plan.prepared, &plan.view, facts))
        });
        return Ok(fleet.planned(&plans.await?, &roster::again("rename", &[], Some(&list.to_path_buf()))));
    }
    let names: Vec<String> = items.iter().map(|(old, _)| old.clone()).collect();
    let agreed = consent::by_number(context, names.len(), args.change.confirm.as_deref(), &fleet.preview(&names))?;
    let tally = fleet.drive(&items, async |house, old, new| {
        let Some(plan) = house.plan_rename(old, new, None).await? else {
            return Ok(One::unchanged().with("to", new.as_str()));
        };
        still_wanted(house)?;
        let (to, warnings) = (plan.view.to.clone(), plan.prepared.warnings.clone());
        Ok(One::done(house.rename(plan, &agreed).await, warnings)?.with("to", to))
    });
    Ok(fleet.report(&tally.await?))
}

/// Old and new names of a list. Renames that wait for each other are refused: which goes first is left to chance.
fn pairs(context: &Context<'_>, list: &Path) -> Result<Vec<(String, String)>> {
    let mut roster = Roster::read(context, list, COLUMNS)?;
    let key = |row: &roster::Row, column: &str| row.get(column).map(|name| NameKey::of(name));
    roster.unique("the organization", |row| key(row, "old").map(|key| key.as_str().to_owned()));
    roster::check_new_names(&mut roster, context, "new");
    let leaving: BTreeMap<NameKey, u64> =
        roster.rows.iter().filter_map(|(line, row)| Some((key(row, "old")?, *line))).collect();
    let waiting: Vec<(u64, u64)> = roster
        .rows
        .iter()
        .filter_map(|(line, row)| Some((*line, *leaving.get(&key(row, "new")?)?)))
        .filter(|(line, other)| line != other)
        .collect();
    for (line, other) in waiting {
        roster.complain(line, format!("the new name is given up in line {other} only; put that into a list before"));
    }
    let pair = |mut row: roster::Row| Some((row.remove("old")?, row.remove("new")?));
    Ok(roster.whole()?.rows.into_iter().filter_map(|(_, row)| pair(row)).collect())
}

async fn one(old: &str, new: &str, args: &Args, context: &Context<'_>) -> Result<Done> {
    let store = context.connect().await?;
    let progress = context.progress();
    let wishes = Wishes { pace: args.pace()?, ..args.change.wishes(Some(&args.registry)) };
    let house = context.house(&store, wishes, &progress)?;
    let Some(mut plan) = house.plan_rename(old, new, None).await? else {
        let data = serde_json::json!({ "from": old, "to": new });
        return Ok(Report::new("flowbit.org.rename/1", &data)
            .named([new])
            .line(format!("It is named {new} already; nothing was changed."))
            .into());
    };
    house.require_guard(&plan.prepared.record.plan).await?;
    let agreed = args.change.confirm.is_some() && !args.change.dry_run;
    plan.prepared.warnings.extend(house.surprise_warnings(&plan.view.from, agreed).await?);
    let blocks = view::on(&store, blocks(&plan));
    if args.change.dry_run {
        let mut report = Report::new("flowbit.org.rename/1", &view::plan_data(&plan.prepared.record, &plan.view))
            .named([plan.view.to.clone()]);
        report.human = blocks;
        let (from, to) = (shell(&plan.view.from), shell(&plan.view.to));
        let confirm = format!("flowbit org rename {from} {to}{} --confirm {from}", args.how());
        return Ok(report.warn(plan.prepared.warnings).next(confirm).into());
    }
    let preview = view::with_warnings(blocks, &plan.prepared.warnings);
    let agreed = consent::by_name(context, &plan.view.from, args.change.confirm.as_deref(), &preview)?;
    store.fault().at("planned").await;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let outcome = house.rename(plan, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Renamed {} to {}.", seen.from, seen.to);
    // What was expected is of no interest once it is done.
    let seen = RenameView { estimate: None, ..seen };
    let report = view::done("flowbit.org.rename/1", ("rename", &seen), line, facts(&seen), &outcome)
        .named([seen.to.clone()])
        .warn(warnings)
        .next(format!("flowbit org show {}", shell(&seen.to)))
        .next(format!("flowbit org rename {} {}   # to take it back", shell(&seen.to), shell(&seen.from)));
    // The rename is done, whatever keeps us from looking at tokens.
    let tokens = house.after_rename_tokens(&seen.to).await.ok().flatten();
    // Of a rewritten key the plan has said so already.
    let others = tokens.as_ref().filter(|_| seen.how != "rewritten").map(|tokens| {
        let until = view::local_time(&tokens.others_until);
        format!("tokens that the backend gave out before may carry the old name until {until}; it is kept for {} at least as long", seen.to)
    });
    let report = report.warn(others);
    Ok(view::with_tokens(report, tokens.as_ref(), ("still carry the old name", &seen.to)).into())
}

fn blocks(plan: &RenamePlan) -> Vec<Block> {
    let rows = plan
        .view
        .collections
        .iter()
        .map(|c| {
            vec![
                c.from.clone(),
                c.to.clone(),
                view::thousands(c.stats.documents),
                view::bytes(c.stats.bytes),
                c.stats.indexes.to_string(),
            ]
        })
        .collect();
    let mut blocks =
        vec![Block::Heading(format!("Rename {} to {}", plan.view.from, plan.view.to)), Block::Facts(facts(&plan.view))];
    if !plan.view.collections.is_empty() {
        blocks.push(Block::Line(String::new()));
        blocks
            .push(Block::Table(Table { head: vec!["collection", "becomes", "documents#", "size#", "indexes#"], rows }));
    }
    blocks.extend(view::steps(&plan.prepared.record));
    blocks
}

fn facts(seen: &RenameView) -> Vec<(String, String)> {
    let documents = seen.collections.iter().map(|c| c.stats.documents).sum();
    let n = u64::try_from(seen.collections.len()).unwrap_or_default();
    let what = format!("{} with {}", view::count(n, "collection"), view::count(documents, "document"));
    let how = match seen.how {
        "stays" => "keep their names; only the records change".to_owned(),
        "copied" => format!("{what}, copied and compared"),
        "copied online" => format!("{what}, copied while they are written to, and compared"),
        "rewritten" => {
            format!("{}: the tenant key of {}", view::count(n, "collection"), view::count(documents, "document"))
        }
        _ => {
            let moved = seen.collections.iter().filter(|c| c.from != c.to).count();
            let moved = view::count(u64::try_from(moved).unwrap_or_default(), "collection");
            format!("{moved} with {}, renamed in place, not copied", view::count(documents, "document"))
        }
    };
    let mut facts = vec![("collections".to_owned(), how)];
    if let Some(estimate) = &seen.estimate {
        facts.push((
            "expected".to_owned(),
            format!(
                "about {:.1} s; writes are refused for about {:.1} s of it",
                estimate.seconds, estimate.pause_seconds
            ),
        ));
    }
    if seen.accounts > 0 {
        facts.push((
            "accounts".to_owned(),
            format!("{} with a copy of the name", view::count(seen.accounts, "account")),
        ));
    }
    if let Some(file) = &seen.registry {
        facts.push(("registry".to_owned(), file.clone()));
    }
    if let Some(until) = &seen.alias_until {
        let what = match seen.how {
            "rewritten" => format!("refused in documents until {until}"),
            "copied" | "copied online" => format!("refused until {until}; the old database is kept until then"),
            _ => format!("readable and fenced until {until}"),
        };
        facts.push(("old name".to_owned(), what));
    }
    facts
}
