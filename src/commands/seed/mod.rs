//! `flowbit seed`

mod apply;
mod generate;
mod lint;
mod list;
mod reset;
mod show;
mod snapshot;
mod verify;

use serde_json::{Value, json};

use super::Done;
use super::context::Context;
use crate::config::{as_of_ms, find_set, read_set};
use crate::domain::seed::SeedSet;
use crate::error::{Error, Result, code};
use crate::ops::org::Org;
use crate::ops::seed::{Bed, Count, Survey, Wish, broken};
use crate::ops::{House, seed};
use crate::ui::{Block, Table};

/// Write, compare and remove the documents of seed sets.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// List the sets that can be named.
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show what a set contains.
    Show(show::Args),
    /// Check a set's files, without a server.
    Lint(lint::Args),
    /// Write what is missing or different.
    Apply(apply::Args),
    /// Compare what is there with the set.
    Verify(verify::Args),
    /// Remove exactly what the set wrote.
    Reset(reset::Args),
    /// Print the documents of a set, without a server.
    Generate(generate::Args),
    /// Make a set of a living organization
    Snapshot(snapshot::Args),
}

pub(super) async fn run(verb: Verb, context: &Context<'_>) -> Result<Done> {
    match verb {
        Verb::List(args) => list::run(&args, context).await,
        Verb::Show(args) => show::run(&args, context),
        Verb::Lint(args) => lint::run(&args, context),
        Verb::Apply(args) => apply::run(&args, context).await,
        Verb::Verify(args) => verify::run(&args, context).await,
        Verb::Reset(args) => reset::run(&args, context).await,
        Verb::Generate(args) => generate::run(&args, context),
        Verb::Snapshot(args) => snapshot::run(&args, context).await,
    }
}

/// The exit status of a check that found something.
const FOUND: u8 = 6;

/// Which set, for which organizations.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The set: a name, or the path of a directory with seed.toml
    #[arg(value_name = "SET")]
    set: String,
    /// For this organization; may be repeated. Without it, for the tenants that the set names
    #[arg(long = "org", value_name = "ORG")]
    orgs: Vec<String>,
}

/// How documents are made.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How documents are made")]
pub struct How {
    /// Multiply the numbers of generated rows
    #[arg(long, value_name = "N")]
    scale: Option<f64>,
    /// The key of all random numbers: another key, other documents
    #[arg(long, value_name = "KEY")]
    seed_key: Option<String>,
    /// The moment that relative dates count from: RFC 3339, a day, `today` or `now`
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

impl How {
    /// As a wish.
    ///
    /// # Errors
    /// `E0101`.
    fn wish(&self) -> Result<Wish> {
        let bad = |what: String| Error::new(&code::BAD_ARGUMENT, what);
        if let Some(scale) = self.scale
            && !(scale.is_finite() && scale >= 0.0)
        {
            return Err(bad(format!("--scale {scale}: a number from 0 up")));
        }
        let now = || bson::DateTime::now().timestamp_millis();
        let as_of = match self.as_of.as_deref() {
            None => None,
            Some("now") => Some(now()),
            Some("today") => Some(now() / 86_400_000 * 86_400_000),
            Some(text) => Some(as_of_ms(text).map_err(|what| bad(format!("--as-of: {what}")))?),
        };
        Ok(Wish { key: self.seed_key.clone(), scale: self.scale, as_of, jobs: 4, ..Wish::default() })
    }

    /// The options as they were typed.
    fn typed(&self) -> String {
        let shell = crate::ops::org::find::shell;
        let mut typed = String::new();
        typed.extend(self.scale.map(|scale| format!(" --scale {scale}")));
        typed.extend(self.seed_key.as_ref().map(|key| format!(" --seed-key {}", shell(key))));
        typed.extend(self.as_of.as_ref().map(|time| format!(" --as-of {}", shell(time))));
        typed
    }
}

impl Which {
    /// A command for this set and these organizations; for those of the set where none is named.
    fn command(&self, verb: &str, orgs: &[String]) -> String {
        let shell = crate::ops::org::find::shell;
        let orgs: String = orgs.iter().map(|org| format!(" --org {}", shell(org))).collect();
        format!("flowbit seed {verb} {}{orgs}", shell(&self.set))
    }

    /// Reads the set.
    ///
    /// # Errors
    /// `E0205`, `E0121`.
    fn read(&self, context: &Context<'_>) -> Result<SeedSet> {
        let source = find_set(&self.set, &context.env.directory)?;
        let again = format!("flowbit seed lint {}", crate::ops::org::find::shell(&self.set));
        read_set(&source)?.map_err(|faults| broken(&faults).next(again))
    }

    /// The organizations.
    ///
    /// # Errors
    /// `E0101` where none is named.
    fn orgs(&self, set: &SeedSet) -> Result<Vec<String>> {
        let mut orgs: Vec<String> = match self.orgs.is_empty() {
            true => set.manifest.tenants.iter().map(|tenant| tenant.name.clone()).collect(),
            false => self.orgs.clone(),
        };
        let mut seen = std::collections::BTreeSet::new();
        orgs.retain(|org| seen.insert(org.clone()));
        if orgs.is_empty() {
            return Err(Error::new(&code::BAD_ARGUMENT, "the set names no tenants, and no organization was given")
                .next("name one or several with --org"));
        }
        Ok(orgs)
    }
}

/// Lays a set out for several organizations: all of them, before anything is done for one.
async fn lay_all(
    house: &House<'_>,
    context: &Context<'_>,
    set: &SeedSet,
    names: &[String],
    wish: &Wish,
) -> Result<Vec<Bed>> {
    let orgs: Vec<Org> = house.orgs_briefly().await?;
    let env = |name: &str| context.env.get(name).map(str::to_owned);
    let mut beds = Vec::new();
    for name in names {
        let bed = house.lay(set, &orgs, name, wish, &env).await?;
        if let Some(first) = beds.iter().find(|other: &&Bed| other.org.id == bed.org.id) {
            let text = format!("{:?} and {name:?} are one organization", first.org.name.as_str());
            return Err(Error::new(&code::BAD_ARGUMENT, text));
        }
        beds.push(bed);
    }
    Ok(beds)
}

/// A survey as data.
fn survey_data(bed: &Bed, survey: &Survey) -> Value {
    let parts: Vec<Value> = survey
        .parts
        .iter()
        .map(|part| json!({ "collection": part.collection, "namespace": part.ns.to_string(), "documents": part.count }))
        .collect();
    json!({
        "org": bed.org.name.as_str(), "new": bed.draft.is_some(), "key": bed.stamp.key, "scale": bed.stamp.scale,
        "as_of": bed.stamp.as_of.try_to_rfc3339_string().unwrap_or_default(), "collections": parts, "documents": survey.count(),
    })
}

/// Surveys as a table: one row for each collection of one organization, or for each of several organizations.
fn survey_table(surveys: &[(&Bed, &Survey)]) -> Block {
    let cells = |name: String, count: &Count| {
        let number = |n: u64| super::view::thousands(n);
        vec![name, number(count.inserts), number(count.updates), number(count.unchanged), number(count.extra)]
    };
    let (head, rows) = match surveys {
        [(_, survey)] => {
            let rows = survey.parts.iter().map(|part| cells(part.ns.coll.clone(), &part.count)).collect();
            ("collection", rows)
        }
        several => {
            let rows = several.iter().map(|(bed, survey)| cells(bed.org.name.as_str().to_owned(), &survey.count()));
            ("organization", rows.collect())
        }
    };
    Block::Table(Table { head: vec![head, "insert#", "update#", "unchanged#", "extra#"], rows })
}

/// All surveys together.
fn total(surveys: &[(&Bed, &Survey)]) -> Count {
    let mut sum = Count::default();
    surveys.iter().for_each(|(_, survey)| sum.add(&survey.count()));
    sum
}

/// The differences of surveys, as a table.
fn difference_table(differences: &[(String, seed::Difference)]) -> Block {
    let row = |(org, difference): &(String, seed::Difference)| {
        vec![
            org.clone(),
            difference.what.to_owned(),
            difference.collection.clone(),
            difference.row.clone(),
            difference.fields.join(", "),
        ]
    };
    Block::Table(Table {
        head: vec!["organization", "what", "collection", "row", "fields"],
        rows: differences.iter().map(row).collect(),
    })
}
