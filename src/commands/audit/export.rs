//! `flowbit audit export`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::scope::{When, Which, Whose, asked, read};
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::SealPlace;
use crate::commands::{Done, view};
use crate::domain::extjson::Form;
use crate::domain::naming::shell;
use crate::error::{Result, code};
use crate::ops::audit::Asked;
use crate::ops::audit::export::{Exported, Wanted, rfc3339};
use crate::ops::key::SigningKey;
use crate::ui::{Block, Report};

const SCHEMA: &str = "flowbit.audit.export/1";

/// Export entries into a file, with a manifest that says what is in it.
///
/// Every entry is a line of extended JSON, in the order of identifiers; without --since it is the whole trail. The file is
/// written beside FILE and put in its place once it is whole; FILE.manifest.json says what was asked for, how many entries
/// there are and the SHA-256 of the file. An export that was interrupted, or killed, goes on with --resume.
///
/// Where the key that seals is at hand, it signs the manifest: then also what was asked for is proven, and so what has to be
/// in the file. Seals lie beside the file, in FILE.seals.ndjson.
///
/// Entries are exported as they are, with all personal data: what is masked could not be proven any more. Files are
/// readable by their owner only.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit export --org acme --out acme.ndjson
  flowbit audit export --all --since 2026-10-01 --until 2026-11-01 --out october.ndjson.gz
  flowbit audit export --org acme --action 'ticket.*' --out - | jq -r .action
  flowbit audit export --all --out all.ndjson --resume

What is written to the trail while it is exported may be in the file or not. A pipe gets entries and no manifest.
Exit status is 11 when it was interrupted and --resume goes on.")]
pub struct Args {
    #[command(flatten)]
    whose: Whose,
    /// The file; `-` is the standard output. One that ends in .gz is compressed
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten, next_help_heading = "Which entries")]
    which: Which,
    #[command(flatten, next_help_heading = "Which entries")]
    when: When,
    /// Compress with gzip
    #[arg(long)]
    gzip: bool,
    /// Canonical extended JSON: every value keeps its type
    #[arg(long)]
    canonical: bool,
    #[command(flatten)]
    place: SealPlace,
    /// Go on with an export that was not finished, or begin where there is none
    #[arg(long)]
    resume: bool,
    /// Replace FILE if it is there; without --resume, throw away an export that was not finished
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let window = args.when.window()?;
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let asked = asked(&args.whose, &args.which, window, &house).await?;
    context.record_read(&house, asked.org.as_ref(), "audit.export", read(&asked)).await?;
    let gzip = args.gzip || args.out.extension().is_some_and(|extension| extension == "gz");
    let wanted = Wanted {
        again: args.again(&asked),
        form: if args.canonical { Form::Canonical } else { Form::Relaxed },
        gzip,
        resume: args.resume,
        force: args.force,
        asked,
        signs: args.signer(context),
    };
    if args.out == Path::new("-") {
        let done = house.export_to(&wanted, context.terminal.output()).await;
        progress.finish();
        return done.map(|_| Done::Text(String::new()));
    }
    let done = house.export(&wanted, &context.env.directory.join(&args.out)).await;
    progress.finish();
    done.map(|exported| report(&args.out, &exported).into())
}

impl Args {
    /// The key that seals, where this machine has it: whoever exports need not be the one who seals.
    fn signer(&self, context: &Context<'_>) -> Option<SigningKey> {
        match self.place.signer(context) {
            Ok(key) => Some(key),
            Err(error) => {
                if *error.code() != code::NO_KEY {
                    context.terminal.warn(&format!("the manifest is not signed: {}", error.message()));
                }
                None
            }
        }
    }

    /// The command that goes on with this export: moments are said as such, not as seen from now.
    fn again(&self, asked: &Asked) -> String {
        let mut words = vec!["flowbit audit export".to_owned()];
        let mut say = |option: &str, value: &str| words.push(format!("{option} {}", shell(value)));
        if let Some(org) = &asked.org {
            say("--org", org.name.as_str());
        }
        say("--out", &self.out.display().to_string());
        for (option, value) in
            [("--actor", &self.which.actor), ("--action", &self.which.action), ("--target", &self.which.target)]
        {
            value.iter().for_each(|value| say(option, value));
        }
        for one in &self.which.conditions {
            say("--where", &format!("{}{}={}", one.path, if one.not { "!" } else { "" }, one.value));
        }
        for (option, at) in [("--since", asked.window.since), ("--until", asked.window.until)] {
            at.iter().for_each(|at| say(option, &rfc3339(at.timestamp_millis())));
        }
        for (option, on) in [("--all", asked.org.is_none()), ("--gzip", self.gzip), ("--canonical", self.canonical)] {
            words.extend(on.then(|| option.to_owned()));
        }
        words.push("--resume".to_owned());
        words.extend(self.force.then(|| "--force".to_owned()));
        words.join(" ")
    }
}

fn report(out: &Path, exported: &Exported) -> Report {
    let manifest = &exported.manifest;
    let data = json!({
        "file": exported.file.display().to_string(), "manifest": exported.beside.display().to_string(),
        "entries": manifest.entries, "bytes": manifest.bytes, "sha256": manifest.sha256, "gzip": manifest.gzip,
        "format": manifest.format, "first": manifest.first, "last": manifest.last, "resumed_after": exported.kept,
    });
    let time = |mark: &Option<crate::domain::audit::manifest::Mark>| {
        mark.as_ref().map_or_else(|| "-".to_owned(), |mark| view::local_time(&mark.time))
    };
    let mut facts = vec![
        ("bytes".to_owned(), view::bytes(manifest.bytes)),
        ("sha256".to_owned(), manifest.sha256.clone()),
        ("first".to_owned(), time(&manifest.first)),
        ("last".to_owned(), time(&manifest.last)),
        ("manifest".to_owned(), exported.beside.display().to_string()),
    ];
    if exported.kept > 0 {
        facts.insert(0, ("resumed after".to_owned(), entries(exported.kept)));
    }
    let mended = (manifest.mended > 0).then(|| {
        format!(
            "the text of {} is not UTF-8; what is not was replaced, and is not as the database has it",
            entries(manifest.mended)
        )
    });
    Report::new(SCHEMA, &data)
        .changed(true)
        .named([exported.file.display().to_string()])
        .line(format!("Exported {} to {}.", entries(manifest.entries), out.display()))
        .show(Block::Facts(facts))
        .warn(mended)
        .next(format!("flowbit audit verify --file {}", shell(&out.display().to_string())))
}

fn entries(n: u64) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{} entries", view::thousands(n)) }
}
