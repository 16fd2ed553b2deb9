//! `flowbit seed verify`

use serde_json::json;

use super::{FOUND, How, Which, difference_table, lay_all, survey_data, survey_table, total};
use crate::commands::change::Registry;
use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::error::Result;
use crate::ops::seed::{Bed, Survey, Wish};
use crate::ui::Report;

/// Compare what is there with the set: missing, altered and extra documents. Exits with 6 when there are any.
///
/// Extra are documents that the set wrote once and does not contain any more; documents of other origin do not count.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit seed verify tickets --org LogisticsCo
  flowbit seed verify tickets --json | jq '.data.differences'")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    registry: Registry,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let set = args.which.read(context)?;
    let names = args.which.orgs(&set)?;
    let wish = Wish { looks: true, from: args.which.set.clone(), ..args.how.wish()? };
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, args.registry.wishes(), &progress)?;
    let beds = lay_all(&house, context, &set, &names, &wish).await?;
    let mut surveys: Vec<Survey> = Vec::new();
    let (mut screens, mut drifted) = (0, Vec::new());
    for bed in &beds {
        let survey = house.compare_all(bed, wish.jobs).await?;
        let missing = house.plan_screens(&set, bed).await?.missing;
        if !survey.count().is_whole() || missing > 0 {
            drifted.push(bed.org.name.as_str().to_owned());
        }
        screens += missing;
        surveys.push(survey);
    }
    progress.finish();
    let pairs: Vec<(&Bed, &Survey)> = beds.iter().zip(&surveys).collect();
    let count = total(&pairs);
    let data: Vec<_> = pairs.iter().map(|(bed, survey)| survey_data(bed, survey)).collect();
    let differences: Vec<_> = pairs
        .iter()
        .flat_map(|(bed, survey)| survey.differences.iter().map(|d| (bed.org.name.as_str().to_owned(), d.clone())))
        .collect();
    let told: Vec<_> = differences
        .iter()
        .map(|(org, d)| {
            json!({ "org": org, "what": d.what, "collection": d.collection, "id": d.id, "row": d.row, "fields": d.fields })
        })
        .collect();
    let name = &set.manifest.name;
    let data =
        json!({ "set": name, "orgs": data, "documents": count, "screens_missing": screens, "differences": told });
    let mut report = Report::new("flowbit.seed.verify/1", &data).named(names.clone());
    if count.is_whole() && screens == 0 {
        let line = format!("{name} is there as it was written: {}.", view::count(count.unchanged, "document"));
        return Ok(report.line(line).into());
    }
    report.ok = false;
    let line = format!(
        "{name} has drifted: {} missing, {} altered, {} extra, {} as they should be.",
        view::thousands(count.inserts),
        view::thousands(count.updates),
        view::thousands(count.extra),
        view::thousands(count.unchanged)
    );
    let line = match screens {
        0 => line,
        n => format!("{line} The registry lacks {}.", view::count(n as u64, "screen")),
    };
    let again =
        args.which.command("apply", &drifted) + &args.how.typed() + if count.extra > 0 { " --prune" } else { "" };
    let report = report.line(line).show(survey_table(&pairs)).line("").show(difference_table(&differences)).next(again);
    Ok(Done::Report(Box::new(report), FOUND))
}
