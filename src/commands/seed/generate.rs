//! `flowbit seed generate`

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use bson::{Bson, Document};
use serde_json::json;

use super::{How, Which};
use crate::commands::context::Context;
use crate::commands::{Done, view};
use crate::domain::seed::{Compiled, Part};
use crate::error::{Error, Result, code, io};
use crate::ops::seed::{broken, sketch};
use crate::ui::Report;

/// Print the documents of a set as JSON Lines, or write them into files, without a server.
///
/// These are the documents that `seed apply` would write into an organization that it makes; passwords are not hashed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit seed generate tickets --org LogisticsCo --collection tickets | head -3
  flowbit seed generate tickets-load --org acme --scale 10 --out ./data --canonical")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: How,
    /// Only this collection of the set
    #[arg(long, value_name = "NAME")]
    collection: Option<String>,
    /// Write a file for each organization and collection into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Extended JSON that keeps every type
    #[arg(long)]
    canonical: bool,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let set = args.which.read(context)?;
    let wish = args.how.wish()?;
    let platform = &context.settings.platform.value;
    let env = |name: &str| context.env.get(name).map(str::to_owned);
    if let Some(name) = &args.collection
        && !set.collections.iter().any(|collection| collection.name == *name)
    {
        let names: Vec<&str> = set.collections.iter().map(|collection| collection.name.as_str()).collect();
        let text = format!("the set has no collection {name:?}; it has {}", names.join(", "));
        return Err(Error::new(&code::BAD_ARGUMENT, text));
    }
    let mut files = Vec::new();
    for org in args.which.orgs(&set)? {
        let options = (wish.key.as_deref(), wish.scale, wish.as_of);
        let (compiled, address) = sketch(platform, &context.settings.master.value, &set, &org, &env, options)
            .map_err(|faults| broken(&faults))?;
        let wanted = |part: &&Part| args.collection.as_ref().is_none_or(|name| part.name == *name);
        for part in compiled.parts.iter().filter(wanted) {
            let Some(directory) = &args.out else {
                lines(&compiled, part, args.canonical, |line| {
                    context.terminal.raw(line);
                    Ok(())
                })?;
                continue;
            };
            let directory = context.env.directory.join(directory);
            std::fs::create_dir_all(&directory).map_err(|e| io(format!("cannot create {}", directory.display()), e))?;
            let safe: String =
                address.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
            let copy = part.copy.map_or_else(String::new, |copy| format!("-copy{copy}"));
            let path = directory.join(format!("{safe}-{}{copy}.jsonl", part.name));
            let what = |e| io(format!("cannot write {}", path.display()), e);
            let mut file = BufWriter::new(File::create(&path).map_err(what)?);
            let mut written = 0_u64;
            lines(&compiled, part, args.canonical, |line| {
                written += line.matches('\n').count() as u64;
                file.write_all(line.as_bytes()).map_err(what)
            })?;
            file.flush().map_err(what)?;
            files.push((path.display().to_string(), written));
        }
    }
    if args.out.is_none() {
        return Ok(Done::Text(String::new()));
    }
    let data: Vec<_> = files.iter().map(|(file, documents)| json!({ "file": file, "documents": documents })).collect();
    let report = Report::new("flowbit.seed.generate/1", &data).named(files.iter().map(|(file, _)| file.clone()));
    let facts = files.iter().map(|(file, n)| (file.clone(), view::count(*n, "document"))).collect();
    Ok(report.line("Wrote the documents.").show(crate::ui::Block::Facts(facts)).into())
}

/// Lines of a part, many at a time.
fn lines(compiled: &Compiled, part: &Part, canonical: bool, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let mut bytes = Vec::new();
    let mut text = String::new();
    for number in (0..part.rows()).filter_map(|position| part.number_at(position)) {
        bytes.clear();
        compiled.write(part, number, &mut bytes);
        let document: Document = bson::deserialize_from_slice(&bytes)
            .map_err(|e| Error::new(&code::INTERNAL, format!("a document cannot be read again: {e}")))?;
        let value = Bson::Document(document);
        let json = if canonical { value.into_canonical_extjson() } else { value.into_relaxed_extjson() };
        text.push_str(&json.to_string());
        text.push('\n');
        if text.len() > 1 << 20 {
            take(&text)?;
            text.clear();
        }
    }
    take(&text)
}
