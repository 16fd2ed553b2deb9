//! `flowbit audit stats`

use bson::Bson;
use serde_json::{Map, Value, json};

use super::rows;
use super::scope::{self, Shown, When, Which, Whose};
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::domain::audit::{Trail, Veil, said};
use crate::error::Result;
use crate::ops::audit::{Dimension, Group, Stats};
use crate::ui::{Block, Format, Report, Table};

/// Characters of the longest bar, where there is room.
const LONGEST_BAR: usize = 40;

/// Count entries of the audit trail by what they say.
///
/// Days, hours, weekdays and months are those of UTC.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit stats --org acme
  flowbit audit stats --org acme --by actor,action --since 30d
  flowbit audit stats --all --by org --top 10
  flowbit audit stats --org acme --by day --action 'ticket.*'
  flowbit audit stats --org acme --by details.status --since start -o csv")]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    /// By these: action, actor, target, org, day, hour, weekday, month, or the path of a field
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "action", value_parser = Dimension::parse)]
    by: Vec<Dimension>,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    when: When,
    /// Only the N largest groups
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    top: u32,
    #[command(flatten)]
    shown: Shown,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let window = args.when.window_or_a_week(context)?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let trail = house.trail();
    let asked = scope::asked(&args.whose, &args.which, window, &house).await?;
    context.record_read(&house, asked.org.as_ref(), "audit.stats", scope::read(&asked)).await?;
    let stats = house.trail_stats(&trail, &asked, &args.by, args.top, !args.shown.no_resolve).await?;
    progress.finish();
    let shown = u64::try_from(stats.groups.len()).unwrap_or_default();
    if stats.of > shown {
        context.terminal.note(&format!(
            "the {} largest of {} groups; --top {} shows more",
            view::thousands(shown),
            view::thousands(stats.of),
            args.top.saturating_mul(2)
        ));
    }
    let veil = scope::veil(args.shown.mask);
    let rows: Vec<(Vec<Cell>, u64)> =
        stats.groups.iter().map(|group| (cells(&trail, group, &args.by, &stats, &veil), group.count)).collect();
    let data: Vec<Value> = rows.iter().map(|(cells, count)| row_data(cells, *count)).collect();
    let report = Report::new("flowbit.audit.stats/1", &data)
        .named(rows.iter().map(|(cells, _)| cells.iter().map(Cell::people).collect::<Vec<_>>().join("\t")))
        .warn(rows::slow(&trail, stats.scans, asked.org.is_some()));
    if rows.is_empty() && context.terminal.format != Format::Csv {
        return Ok(report.line("There are no such entries.").into());
    }
    let report = report.show(table(&rows, &args.by, context));
    let groups = if stats.of == 1 { "1 group".to_owned() } else { format!("{} groups", view::thousands(stats.of)) };
    let entries =
        if stats.entries == 1 { "1 entry".to_owned() } else { format!("{} entries", view::thousands(stats.entries)) };
    Ok(report.line("").line(format!("{entries} in {groups}.")).into())
}

/// The value of one dimension.
struct Cell {
    dimension: String,
    value: Value,
    name: Option<String>,
    /// Whether a name stands beside the value in data.
    named: bool,
}

impl Cell {
    fn people(&self) -> String {
        match (&self.name, &self.value) {
            (Some(name), _) => name.clone(),
            (None, Value::Null) => "-".to_owned(),
            (None, Value::String(text)) => text.clone(),
            (None, other) => other.to_string(),
        }
    }
}

fn cells(trail: &Trail, group: &Group, by: &[Dimension], stats: &Stats, veil: &Veil) -> Vec<Cell> {
    let cell = |(by, value): (&Dimension, &Bson)| {
        let value = &match by {
            // The same rules as for this field in a whole entry.
            Dimension::Field(path) => veil.field(trail, path, value.clone()),
            _ => value.clone(),
        };
        let name = match by {
            Dimension::Actor => stats.names.person(value).map(|name| veil.person(name)),
            Dimension::Org => stats.names.org_name(Some(value)).map(str::to_owned).filter(|_| *value != Bson::Null),
            _ => None,
        };
        let text = said(value);
        let value = match (by, value) {
            (_, Bson::Null) => Value::Null,
            (Dimension::Actor, _) if veil.masks() => name.clone().unwrap_or_else(|| veil.person(&text)).into(),
            (_, Bson::Boolean(_) | Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_)) => {
                value.clone().into_relaxed_extjson()
            }
            _ => Value::String(veil.text(&text)),
        };
        let named = matches!(by, Dimension::Actor | Dimension::Org);
        Cell { dimension: by.word().to_owned(), value, name, named }
    };
    by.iter().zip(&group.by).map(cell).collect()
}

fn row_data(cells: &[Cell], count: u64) -> Value {
    let mut by = Map::new();
    for cell in cells {
        by.insert(cell.dimension.clone(), cell.value.clone());
        if cell.named {
            by.insert(format!("{}_name", cell.dimension), cell.name.clone().into());
        }
    }
    json!({ "by": by, "count": count })
}

fn table(rows: &[(Vec<Cell>, u64)], by: &[Dimension], context: &Context<'_>) -> Block {
    let for_people = context.terminal.format == Format::Table;
    // A head lives as long as the process; here it is what was typed.
    let mut head: Vec<&'static str> = by.iter().map(|by| &*by.word().to_owned().leak()).collect();
    head.push("count#");
    head.extend(for_people.then_some(""));
    let texts: Vec<Vec<String>> = rows.iter().map(|(cells, _)| cells.iter().map(Cell::people).collect()).collect();
    let widest = |at: usize| texts.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let used: usize = (0..by.len()).map(|at| widest(at).max(by[at].word().len()) + 2).sum::<usize>() + 12;
    let streams = context.terminal.streams;
    let width = streams.width.filter(|_| streams.stdout_is_terminal).map_or(LONGEST_BAR + used, usize::from);
    let room = width.saturating_sub(used).clamp(8, LONGEST_BAR);
    let fine = draws_blocks(context);
    let largest = rows.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let rows = texts.into_iter().zip(rows).map(|(mut row, (_, count))| {
        row.push(if for_people { view::thousands(*count) } else { count.to_string() });
        row.extend(for_people.then(|| bar(*count, largest, room, fine)));
        row
    });
    Block::Table(Table { head, rows: rows.collect() })
}

/// Whether the terminal has more than ASCII.
fn draws_blocks(context: &Context<'_>) -> bool {
    let set = |name: &str| context.env.get(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_uppercase();
    set("TERM") != Some("dumb") && (locale.contains("UTF-8") || locale.contains("UTF8"))
}

/// A bar in proportion: eighths of a character where the terminal has them. What is there at all is seen.
fn bar(count: u64, largest: u64, room: usize, fine: bool) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let room = u128::try_from(room).unwrap_or(8);
    let scaled =
        |parts: u128| usize::try_from((u128::from(count) * room * parts).div_ceil(u128::from(largest))).unwrap_or(0);
    if fine {
        let eighths = scaled(8);
        format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
    } else {
        "#".repeat(scaled(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion() {
        assert_eq!(bar(10, 10, 4, true), "████");
        assert_eq!(bar(5, 10, 4, true), "██");
        assert_eq!(bar(3, 32, 4, true), "▍");
        assert_eq!(bar(1, 1_000_000, 4, true), "▏");
        assert_eq!(bar(5, 10, 4, false), "##");
        assert_eq!(bar(1, 1_000_000, 4, false), "#");
    }
}
