//! `flowbit org rename`

use crate::commands::change::{Change, Registry};
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, consent, view};
use crate::error::{Error, Result, code};
use crate::ops::Pace;
use crate::ops::org::find::shell;
use crate::ops::org::rename::{RenamePlan, RenameView};
use crate::ui::{Block, Report, Table};

/// Rename an organization with its collections and every copy of the name.
///
/// The platform may go on writing. Readers of the old collection names see the data until the alias ends; writers
/// get an error there instead of losing what they write.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit org rename acme acme-global --dry-run
  flowbit org rename acme acme-global --confirm acme --reason 'merger, ticket 4711'
  flowbit org rename acme-global acme        # and back")]
pub struct Args {
    /// Its name now
    #[arg(value_name = "OLD")]
    old: String,
    /// Its name afterwards
    #[arg(value_name = "NEW")]
    new: String,
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
    #[arg(long, help_heading = "Tenants with a database of their own", value_name = "SECONDS", default_value_t = 2.0)]
    max_pause: f64,
}

impl Args {
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
    let store = context.connect().await?;
    let progress = context.progress();
    let wishes = Wishes { pace: args.pace()?, ..args.change.wishes(Some(&args.registry)) };
    let house = context.house(&store, wishes, &progress)?;
    let Some(plan) = house.plan_rename(&args.old, &args.new, None).await? else {
        let data = serde_json::json!({ "from": args.old, "to": args.new });
        return Ok(Report::new("flowbit.org.rename/1", &data)
            .named([args.new.clone()])
            .line(format!("It is named {} already; nothing was changed.", args.new))
            .into());
    };
    house.require_guard(&plan.prepared.record.plan).await?;
    let blocks = view::on(&store, blocks(&plan));
    if args.change.dry_run {
        let mut report = Report::new("flowbit.org.rename/1", &view::plan_data(&plan.prepared.record, &plan.view))
            .named([plan.view.to.clone()]);
        report.human = blocks;
        let confirm = format!(
            "flowbit org rename {} {} --confirm {}",
            shell(&plan.view.from),
            shell(&plan.view.to),
            shell(&plan.view.from)
        );
        return Ok(report.warn(plan.prepared.warnings).next(confirm).into());
    }
    let agreed = consent::by_name(context, &plan.view.from, args.change.confirm.as_deref(), &blocks)?;
    store.fault().at("planned").await;
    let (seen, warnings) = (plan.view.clone(), plan.prepared.warnings.clone());
    let outcome = house.rename(plan, &agreed).await;
    progress.finish();
    let outcome = view::finished(outcome?)?;
    let line = format!("Renamed {} to {}.", seen.from, seen.to);
    // What was expected is of no interest once it is done.
    let seen = RenameView { estimate: None, ..seen };
    Ok(view::done("flowbit.org.rename/1", ("rename", &seen), line, facts(&seen), &outcome)
        .named([seen.to.clone()])
        .warn(warnings)
        .next(format!("flowbit org show {}", shell(&seen.to)))
        .next(format!("flowbit org rename {} {}   # to take it back", shell(&seen.to), shell(&seen.from)))
        .into())
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
