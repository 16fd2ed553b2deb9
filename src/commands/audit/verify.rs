//! `flowbit audit verify`

use std::path::PathBuf;

use bson::Bson;
use serde_json::{Value, json};

use super::scope;
use super::sealing::{Known, Names, finding_data, heads_data, moment};
use crate::commands::context::{Context, Wishes};
use crate::commands::{Done, view};
use crate::domain::audit::{Finding, PLATFORM};
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::audit::{ChainState, FileVerified, Verified, verify_file};
use crate::ui::{Block, Report, Table};

/// Findings that people are shown; machines get all.
const SHOWN: usize = 50;

/// Prove that the audit trail is as it was sealed, or name what is not.
///
/// Needs public keys only. Each seal's signature and place in its chain is checked, then every entry is held against
/// what was sealed: what was altered, is missing, was put in or changed places is named, with its place. With --file
/// an exported file is verified, without a server.
///
/// What cannot be found out: whatever happened before an entry was sealed; that the ends of chains were cut off together with
/// that of the platform's chain, unless this machine sealed, or --heads says how far they had come; with --org, what renames
/// hid that the journal does not have any more: only --all is a proof of everything. Exit status 6 where something is wrong,
/// or nothing is sealed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit verify --all
  flowbit audit verify --org acme --json | jq '.data.findings'
  flowbit audit verify --all --public seals.jwks --heads /mnt/worm/heads.json
  flowbit audit verify --file acme.ndjson.gz --public seals.jwks")]
#[group(id = "scope", required = true, multiple = false, args = ["org", "all", "file"])]
pub struct Args {
    /// The entries of this organization
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Those of all organizations, and of nobody
    #[arg(long)]
    all: bool,
    /// An exported file, with its manifest and seals beside it; asks no server
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    known: Known,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    let keys = args.known.keys(context)?;
    if let Some(path) = &args.file {
        let path = context.env.directory.join(path);
        let found = verify_file(&path, &keys, &args.known.written(context)?)?;
        return Ok(told_of_file(&found));
    }
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let org = scope::org(&scope::Whose { org: args.org.clone(), all: args.all }, &house).await?;
    context.record_read(&house, org.as_ref(), "audit.verify", bson::Document::new()).await?;
    let outside = args.known.heads(context, &store)?;
    let verified = house.verify_trail(org.as_ref(), &keys, &outside).await;
    progress.finish();
    let verified = verified?;
    let names = Names::of(&house).await?;
    Ok(told(&verified, &names))
}

fn told_of_file(found: &FileVerified) -> Done {
    let names = found.manifest.query.organization.as_ref().map(|org| {
        let tenant = found.manifest.query.tenant.clone().and_then(|value| Bson::try_from(value).ok());
        (tenant.unwrap_or(Bson::Null), org.name.clone())
    });
    let Done::Report(mut report, exit) = told(&found.verified, &Names::one(names)) else {
        return Done::Text(String::new());
    };
    report.data["file"] = json!({
        "entries": found.manifest.entries, "sha256": found.manifest.sha256, "same_bytes": found.same_bytes,
        "not_asked": found.not_asked, "signed": found.is_signed, "exported_at": found.manifest.exported_at, "exported_by": found.manifest.exported_by,
        "query": found.manifest.query,
    });
    if !found.same_bytes {
        report.warnings.push(
            "the bytes of the file are not those that its manifest names; entries are held against seals one by one"
                .to_owned(),
        );
    }
    if !found.is_signed && found.manifest.signed.is_none() {
        report.warnings.push(
            "the manifest is not signed: what was asked for, and so what has to be in the file, is its word alone"
                .to_owned(),
        );
    }
    if found.not_asked > 0 {
        let count = view::count(found.not_asked, "sealed entry");
        report
            .human
            .push(Block::Line(format!("{count} of these seals were not asked for, or need not be in the file.")));
    }
    report.next.clear();
    Done::Report(report, exit)
}

fn told(verified: &Verified, names: &Names) -> Done {
    let good = verified.is_good();
    let data = json!({
        "good": good,
        "chains": verified.chains.iter().map(|chain| chain_data(chain, names)).collect::<Vec<_>>(),
        "findings": verified.findings.iter().map(|found| finding_data(found, tenant_of(verified, found), names)).collect::<Vec<_>>(),
        "further": verified.further,
        "counts": verified.counts,
        "late": verified.late.iter().map(|(id, time, tenant)| json!({
            "entry": id.clone().into_relaxed_extjson(), "time": time.map(moment), "organization": names.name(tenant),
        })).collect::<Vec<_>>(),
        "undated": verified.undated.iter().map(|(id, tenant)| json!({
            "entry": id.clone().into_relaxed_extjson(), "organization": names.name(tenant),
        })).collect::<Vec<_>>(),
        "renamed": verified.renamed.iter().map(|(from, to)| json!({ "from": plain(from), "to": plain(to) })).collect::<Vec<_>>(),
        "heads": heads_data(&verified.heads),
    });
    let mut report = Report::new("flowbit.audit.verify/1", &data).ok(good);
    report = report.named(verified.findings.iter().map(|found| format!("{}:{}", found.chain, found.seal)));
    report = report.line(headline(verified));
    if !verified.chains.is_empty() {
        report = report.show(Block::Table(chains(verified, names)));
    }
    if !verified.findings.is_empty() {
        report = report.line("").show(Block::Table(findings(verified, names)));
    }
    for note in notes(verified, names) {
        report = report.line(note);
    }
    if verified.is_unsealed() {
        report = report.next("flowbit audit seal --all");
    }
    Done::Report(Box::new(report), if good { 0 } else { 6 })
}

fn headline(verified: &Verified) -> String {
    let counts = &verified.counts;
    let proven = view::count(counts.proven, "entry");
    match (verified.is_unsealed() && verified.findings.is_empty(), verified.is_good()) {
        (true, _) => {
            format!("Nothing is sealed, so nothing can be proven; {} unsealed.", view::count(counts.unsealed, "entry"))
        }
        (false, true) => format!("Good: {proven} as sealed, nothing altered, missing or put in."),
        (_, false) => {
            let count = verified.findings.len() as u64 + verified.further;
            format!("NOT good: {}; {proven} as sealed.", view::count(count, "finding"))
        }
    }
}

fn tenant_of<'v>(verified: &'v Verified, finding: &Finding) -> Option<&'v Bson> {
    verified.chains.iter().find(|chain| chain.id == finding.chain).map(|chain| &chain.tenant)
}

fn chain_data(chain: &ChainState, names: &Names) -> Value {
    json!({
        "chain": chain.id, "tenant": chain.tenant.clone().into_relaxed_extjson(), "organization": names.name(&chain.tenant),
        "seals": chain.seals, "entries": chain.entries, "erased": chain.erased, "until": moment(chain.until), "holds": chain.holds,
    })
}

fn chains(verified: &Verified, names: &Names) -> Table {
    let row = |chain: &ChainState| {
        let wrong = verified.findings.iter().filter(|finding| finding.chain == chain.id).count();
        vec![
            names.name(&chain.tenant),
            view::thousands(chain.seals),
            view::thousands(chain.entries),
            view::thousands(chain.erased),
            view::local_time(&moment(chain.until)),
            if chain.holds.is_empty() { "-".to_owned() } else { chain.holds.join(", ") },
            if wrong == 0 { "good".to_owned() } else { view::count(wrong as u64, "finding") },
        ]
    };
    let head = vec!["organization", "seals#", "entries#", "erased#", "sealed until", "holds", "state"];
    Table { head, rows: verified.chains.iter().map(row).collect() }
}

fn findings(verified: &Verified, names: &Names) -> Table {
    let row = |finding: &Finding| {
        let whose = match tenant_of(verified, finding) {
            Some(tenant) => names.name(tenant),
            None if finding.chain == PLATFORM => "(the platform's chain)".to_owned(),
            None => finding.chain.chars().take(12).collect(),
        };
        let seal = match finding.until {
            Some(until) if until != finding.seal => format!("{}-{until}", finding.seal),
            _ => finding.seal.to_string(),
        };
        vec![
            finding.trouble.word().to_owned(),
            whose,
            seal,
            finding.position.map_or_else(|| "-".to_owned(), |position| position.to_string()),
            finding.entry.as_ref().map_or_else(|| "-".to_owned(), plain),
            finding.time.map_or_else(|| "-".to_owned(), |at| view::local_time(&moment(at))),
            finding.detail.clone(),
        ]
    };
    let head = vec!["what", "organization", "seal#", "place#", "entry", "time", "detail"];
    Table { head, rows: verified.findings.iter().take(SHOWN).map(row).collect() }
}

/// What is no fault and has to be known.
fn notes(verified: &Verified, names: &Names) -> Vec<String> {
    let counts = &verified.counts;
    let mut notes = Vec::new();
    let more = (verified.findings.len().saturating_sub(SHOWN)) as u64 + verified.further;
    if more > 0 {
        notes.push(format!("{} more; --json names all that were looked at one by one.", view::count(more, "finding")));
    }
    if counts.unsealed > 0 && !verified.chains.is_empty() {
        notes.push(format!(
            "{} since the last seal: nothing can be proven of them yet.",
            view::count(counts.unsealed, "entry")
        ));
    }
    if counts.late > 0 {
        let late = view::count(counts.late, "entry");
        notes.push(format!(
            "{late} came after the seal of their time, as late as is tolerated; the next seal takes that in."
        ));
    }
    if counts.undated > 0 {
        let undated = view::count(counts.undated, "entry");
        notes.push(format!(
            "{undated} without a time and in no seal yet: nothing tells when that came; --json names it."
        ));
    }
    if counts.accepted > 0 {
        notes.push(format!(
            "{} came later than is tolerated, and a seal accepted that.",
            view::count(counts.accepted, "entry")
        ));
    }
    if counts.unproven > 0 {
        notes.push(format!(
            "Nothing can be proven of {}: their seal, or its digests, cannot be trusted.",
            view::count(counts.unproven, "entry")
        ));
    }
    if counts.erased > 0 {
        notes.push(format!(
            "{} that were to be erased are still there: flowbit audit prune finishes that.",
            view::count(counts.erased, "entry")
        ));
    }
    for (from, to) in &verified.renamed {
        notes.push(format!(
            "All entries of {} are under {} now: it was renamed; the next seal says so.",
            names.name(from),
            names.name(to)
        ));
    }
    notes
}
