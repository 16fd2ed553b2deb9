//! `flowbit isolation probe`

use std::path::{Path, PathBuf};
use std::time::Duration;

use bson::{Bson, Document, doc};

use crate::commands::cli::Global;
use crate::commands::context::{Context, Wishes};
use crate::commands::keychain::{Keys, keychain, shape};
use crate::commands::{Done, consent, view};
use crate::domain::api::{Origin, RouteShape, derived};
use crate::domain::isolation::{Rule, Trial, Verdict, probes};
use crate::domain::moment::length;
use crate::domain::similar::nearest;
use crate::domain::token::Use;
use crate::error::{Class, Error, Result, code};
use crate::ops::isolation::probe::{GroundView, Probed, Secrets, Wish, no_api};
use crate::ops::org::find::shell;
use crate::ops::token::check::Keys as KeySets;
use crate::store::Secret;
use crate::ui::{Block, Report, Table};

/// Try the platform's running backend for leaks between two tenants.
///
/// A canary, a document with a text that nothing else has, is planted in the second tenant. Then the backend is asked
/// for it as the first: by its identifier, in lists, with tokens that are not as they should be, without any. A leak is
/// when that text comes back, or when the canary is another in the database. First it is looked whether what is allowed
/// works: without that nothing follows from a refusal.
///
/// Only hosts that the platform description names under [api] are ever sent anything. The canaries, and what the backend
/// made of them, are removed at the end, also after Ctrl-C; after a crash `flowbit op rollback`, or the next probe, does it. What the
/// backend does beside, entries in its own logs or calls to others, stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit isolation probe --list
  flowbit isolation probe --api http://127.0.0.1:3001 --as acme,globex --dry-run
  flowbit isolation probe --api http://127.0.0.1:3001 --as acme,globex --confirm globex
  flowbit isolation probe --api http://127.0.0.1:8000 --as acme,globex --only P01,P04 --confirm globex --json
  flowbit isolation probe --api https://staging.example.com --as acme,globex --openapi openapi.json --dry-run

Exit status is 6 when there is a leak, 7 when something that was asked for could not be tried, so that it proves
nothing, and 0 when everything that applies was tried and nothing leaked.

Verdicts: refused, the backend said no; held, it said yes and nothing of the other tenant came of it; LEAK; unknown, the
answer says neither; not checkable, it could not be tried.")]
pub struct Args {
    /// Address of the backend; one of the hosts under [api] in flowbit.toml
    #[arg(long, value_name = "URL", required_unless_present = "list")]
    api: Option<String>,
    /// The tenant as which it is asked, and the one whose canary is asked for
    #[arg(long = "as", value_name = "ORG,ORG", required_unless_present = "list", value_delimiter = ',', num_args = 1..=2)]
    orgs: Vec<String>,
    /// E-mail of the first tenant's account [default: an administrator]
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// Only these probes, by identifier or name
    #[arg(long, value_name = "PROBE", value_delimiter = ',', value_parser = probe)]
    only: Vec<&'static Rule>,
    /// List the probes; nothing is sent
    #[arg(long)]
    list: bool,
    /// Show what would be tried, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Confirm with the second tenant's name instead of being asked for it
    #[arg(long, value_name = "ORG")]
    confirm: Option<String>,
    /// The collection that routes serve [default: the tickets']
    #[arg(long, value_name = "NAME", help_heading = "What is asked")]
    collection: Option<String>,
    /// Derive routes from this OpenAPI description (JSON), besides those of flowbit.toml
    #[arg(long, value_name = "FILE", help_heading = "What is asked")]
    openapi: Option<PathBuf>,
    /// What a canary looks like: a document as JSON with {text} where a text belongs [default: like one of the tenant's]
    #[arg(long, value_name = "FILE", help_heading = "What is asked")]
    canary: Option<PathBuf>,
    /// How long it may take
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = length, help_heading = "Limits")]
    whole: u64,
    /// Requests at most [default: `most` under [api]]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Limits")]
    max_requests: Option<u32>,
    /// Requests in a second at most [default: `rate` under [api]]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100), help_heading = "Limits")]
    rate: Option<u32>,
    #[command(flatten)]
    keys: Keys,
}

/// Seconds that it may take, where nothing is said.
const WHOLE: u64 = 60;

fn probe(word: &str) -> Result<&'static Rule, String> {
    probes::find(word.trim()).ok_or_else(|| {
        let words = probes::all().iter().flat_map(|probe| [probe.id, probe.name]);
        match nearest(word, words) {
            Some(near) => format!("there is no such probe; did you mean {near}? --list shows all"),
            None => "there is no such probe; --list shows all".to_owned(),
        }
    })
}

/// The list, which needs neither settings nor a server.
pub(super) fn offline(args: &Args) -> Option<Result<Done>> {
    args.list.then(|| Ok(list().into()))
}

pub(super) async fn run(args: &Args, global: &Global, context: &Context<'_>) -> Result<Done> {
    let wish = wish(args, context)?;
    shape(context)?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let mut ground = house.plan_probe(&wish).await?;
    let secrets = secrets(context, &wish.routes);
    let keys = keychain(context, Use::Access, &args.keys);
    let lacking = match &keys {
        Ok(keys) => keys.signer().err().map(|error| error.message().to_owned()),
        Err(error) => Some(error.message().to_owned()),
    };
    ground.view.missing.extend(lacking);
    ground.view.missing.extend(unset(&wish.routes, &secrets));
    let again = again(args, &ground.view);
    if args.dry_run {
        let details = doc! { "as": &ground.view.first, "against": &ground.view.against };
        context.record_read(&house, None, "isolation.probe", details).await?;
        progress.finish();
        let report = Report::new("flowbit.isolation.probe/1", &ground.view).named(ground.view.probes.iter().copied());
        let report = report.warn(ground.notes.clone());
        return Ok(report.show_all(planned(&ground.view)).next(global.carried_into(again)).into());
    }
    let agreed = consent::by_name(context, &ground.view.against, args.confirm.as_deref(), &planned(&ground.view))?;
    let keys = KeySets { access: keys?, ..KeySets::default() };
    for warning in &keys.access.warnings {
        context.terminal.note(warning);
    }
    let outcome = house.probe(&ground, &wish, (&keys, &secrets), &agreed).await;
    progress.finish();
    let probed = outcome?;
    let exit = match (probed.findings.is_empty(), probed.complete) {
        (false, _) => Class::Finding.exit(),
        (true, false) => Class::Partial.exit(),
        (true, true) => 0,
    };
    Ok(Done::Report(Box::new(report(&probed, &again)), exit))
}

/// The secrets of webhooks that are at hand.
fn secrets(context: &Context<'_>, routes: &[RouteShape]) -> Secrets {
    let names = routes.iter().filter_map(|route| route.secret_env.as_ref());
    names.filter_map(|name| Some((name.clone(), Secret::new(context.env.get(name)?)))).collect()
}

/// The variables of webhooks that hold nothing.
fn unset(routes: &[RouteShape], secrets: &Secrets) -> Vec<String> {
    let mut names: Vec<&String> = routes.iter().filter_map(|route| route.secret_env.as_ref()).collect();
    names.retain(|name| !secrets.contains_key(*name));
    names.dedup();
    names
        .iter()
        .map(|name| format!("the environment variable {name} is not set: webhooks cannot be tried with it"))
        .collect()
}

fn wish(args: &Args, context: &Context<'_>) -> Result<Wish> {
    let bad = |text: String| Error::new(&code::BAD_ARGUMENT, text);
    let [first, second] = args.orgs.as_slice() else {
        return Err(bad("a leak needs two tenants".to_owned()).next("--as ORG,ORG: first as whom, then against whom"));
    };
    let platform = &context.settings.platform.value;
    let api = platform.api.as_ref().ok_or_else(no_api)?;
    let typed = args.api.as_deref().unwrap_or_default();
    let origin = Origin::parse(typed).map_err(|why| bad(format!("--api {typed}: {why}")))?;
    if !api.hosts.iter().any(|host| Origin::parse(host).as_ref() == Ok(&origin)) {
        let text = format!("{origin} is none of the hosts that may be asked; nothing was sent");
        return Err(Error::new(&code::NO_API, text)
            .next(format!("--api {}", api.hosts.join(" or --api ")))
            .next("or add it to `hosts` under [api] in flowbit.toml, where it is a backend of this platform"));
    }
    let mut routes = api.routes.clone();
    if let Some(path) = &args.openapi {
        let collection =
            args.collection.as_deref().or(platform.tickets.as_ref().map(|shape| shape.collection.as_str()));
        let text = read(context, path)?;
        let found = derived(&text, collection.unwrap_or("tickets"));
        let found = found.map_err(|why| bad(format!("{}: {why}", path.display())))?;
        for route in &found {
            let body = route.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
            context.terminal.note(&format!("derived: {} {}{body}", route.does.word(), route.line()));
        }
        let new = |route: &RouteShape| {
            !api.routes.iter().any(|known| known.does == route.does && known.line() == route.line())
        };
        routes.extend(found.into_iter().filter(new));
    }
    let template = args.canary.as_ref().map(|path| template(context, path)).transpose()?;
    if args.whole == 0 {
        return Err(bad("--for: in no time nothing is tried".to_owned()));
    }
    Ok(Wish {
        origin,
        first: first.clone(),
        second: second.clone(),
        user: args.user.clone(),
        only: if args.only.is_empty() { probes::all().to_vec() } else { in_order(&args.only) },
        routes,
        collection: args.collection.clone(),
        template,
        whole: Duration::from_secs(args.whole.min(3600)),
        most: args.max_requests.unwrap_or(api.most),
        rate: args.rate,
    })
}

/// Each once, in the order of the catalogue.
fn in_order(only: &[&'static Rule]) -> Vec<&'static Rule> {
    probes::all().iter().copied().filter(|probe| only.iter().any(|wanted| wanted.id == probe.id)).collect()
}

fn read(context: &Context<'_>, path: &Path) -> Result<String> {
    let failed = |e| crate::error::io(format!("cannot read {}", path.display()), e);
    let file = std::fs::File::open(context.env.directory.join(path)).map_err(failed)?;
    crate::ui::read_bounded(file).map_err(failed)
}

fn template(context: &Context<'_>, path: &Path) -> Result<Document> {
    let text = read(context, path)?;
    let broken = |why: String| Error::new(&code::BAD_ARGUMENT, format!("{}: {why}", path.display()));
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
    match Bson::try_from(value) {
        Ok(Bson::Document(document)) => Ok(document),
        Ok(_) => Err(broken("a canary is a document".to_owned())),
        Err(error) => Err(broken(error.to_string())),
    }
}

/// The command that tries it again.
fn again(args: &Args, ground: &GroundView) -> String {
    let mut text = format!(
        "flowbit isolation probe --api {} --as {}",
        ground.api,
        shell(&format!("{},{}", ground.first, ground.against))
    );
    for (option, value) in [("user", &args.user), ("collection", &args.collection)] {
        text.extend(value.iter().map(|value| format!(" --{option} {}", shell(value))));
    }
    for (option, value) in [("openapi", &args.openapi), ("canary", &args.canary)] {
        text.extend(value.iter().map(|value| format!(" --{option} {}", shell(&value.display().to_string()))));
    }
    for (option, value) in [("max-requests", args.max_requests), ("rate", args.rate)] {
        text.extend(value.iter().map(|value| format!(" --{option} {value}")));
    }
    if args.whole != WHOLE {
        text.push_str(&format!(" --for {}s", args.whole));
    }
    text.push_str(&args.keys.place.typed());
    text.extend(args.keys.key.iter().map(|key| format!(" --key {}", shell(key))));
    if !args.only.is_empty() {
        text.push_str(&format!(" --only {}", ground.probes.join(",")));
    }
    text.push_str(&format!(" --confirm {}", shell(&ground.against)));
    text
}

fn list() -> Report {
    let row = |probe: &&'static Rule| {
        let fault = probe.fault.unwrap_or_default().to_owned();
        vec![
            probe.id.to_owned(),
            probe.name.to_owned(),
            probe.severity.word().to_owned(),
            fault,
            probe.title.to_owned(),
        ]
    };
    let data: Vec<serde_json::Value> = probes::all()
        .iter()
        .map(|probe| {
            serde_json::json!({
                "probe": probe.id, "name": probe.name, "severity": probe.severity, "fault": probe.fault,
                "title": probe.title, "why": probe.why, "how": probe.how, "remedy": probe.remedy,
            })
        })
        .collect();
    let head = vec!["probe", "name", "severity", "fault", "what is tried"];
    Report::new("flowbit.isolation.probe.list/1", &data)
        .named(probes::all().iter().map(|probe| probe.id))
        .show(Block::Table(Table { head, rows: probes::all().iter().map(row).collect() }))
        .next("flowbit isolation explain P01")
}

fn planned(ground: &GroundView) -> Vec<Block> {
    let mut facts = vec![
        ("backend".to_owned(), ground.api.clone()),
        ("as".to_owned(), format!("{}, {}", ground.first, ground.account)),
        ("against".to_owned(), format!("{}, {}", ground.against, ground.other_account)),
        ("canaries in".to_owned(), ground.places.join(", ")),
        ("with the fields".to_owned(), ground.canary.join(", ")),
        (
            "requests".to_owned(),
            format!("about {}, {} at most, {} in a second", ground.expected, ground.most, ground.rate),
        ),
    ];
    facts.extend(ground.routes.iter().map(|route| ("route".to_owned(), route.clone())));
    facts.extend(ground.missing.iter().map(|what| ("missing".to_owned(), what.clone())));
    let rows = ground.probes.iter().filter_map(|id| probes::find(id));
    let rows = rows.map(|probe| vec![probe.id.to_owned(), probe.name.to_owned(), probe.title.to_owned()]).collect();
    let mut blocks: Vec<Block> = told(ground).into_iter().map(Block::Line).collect();
    blocks.extend([
        Block::Line(String::new()),
        Block::Facts(facts),
        Block::Line(String::new()),
        Block::Table(Table { head: vec!["probe", "name", "what is tried"], rows }),
    ]);
    blocks
}

/// What will happen, in sentences.
fn told(ground: &GroundView) -> Vec<String> {
    vec![
        format!(
            "A canary, a document with a text that nothing else has, is written into each tenant: {} and {}, directly in",
            ground.first, ground.against
        ),
        "the database. Then the requests of the routes below, also those that change and delete, are sent to"
            .to_owned(),
        format!("{}. At the end the canaries, and what the backend made of them, are removed again.", ground.api),
    ]
}

fn report(probed: &Probed, again: &str) -> Report {
    let ground = &probed.ground;
    let mut report = Report::new("flowbit.isolation.probe/1", probed)
        .ok(probed.complete)
        .changed(probed.changed)
        .named(probed.findings.iter().map(|finding| format!("{} {}", finding.rule, finding.place)))
        .warn(probed.notes.clone())
        .show(Block::Heading(format!("{} against {} at {}", ground.first, ground.against, ground.api)))
        .line("")
        .show(Block::Table(Table {
            head: vec!["probe", "what was tried", "verdict", "seen"],
            rows: probed.trials.iter().map(row).collect(),
        }));
    for finding in &probed.findings {
        let fault = finding.fault.map(|fault| format!(" {fault}")).unwrap_or_default();
        report = report
            .line("")
            .show(Block::Heading(format!("{} {}{fault}: {}", finding.rule, finding.name, finding.place)))
            .line(format!("  {}", finding.evidence))
            .line(format!("  {}", finding.remedy))
            .line("  to see it again:");
        report = finding.query.lines().fold(report, |report, line| report.line(format!("    {line}")));
    }
    let idle: Vec<String> = probed
        .controls
        .iter()
        .filter(|control| !control.works)
        .map(|control| format!("{} as {}: {}", control.route, control.who, control.evidence))
        .collect();
    if !idle.is_empty() {
        report = report.line("").show(Block::Heading("what is allowed and does not work".to_owned()));
        report = idle.into_iter().fold(report, |report, line| report.line(format!("  {line}")));
    }
    report = report.line("").show(Block::Heading(probed.verdict.clone()));
    report = probed.diagnosis.iter().skip(1).fold(report, |report, why| report.line(format!("Also: {why}.")));
    report = report.line(summary(probed));
    if probed.findings.is_empty() && !probed.complete {
        return report.next(again);
    }
    match probed.findings.first() {
        Some(finding) => report.next(format!("flowbit isolation explain {}", finding.rule)).next(again),
        None => report,
    }
}

fn row(trial: &Trial) -> Vec<String> {
    vec![trial.probe.to_owned(), trial.title.to_owned(), trial.verdict.words().to_owned(), trial.evidence.clone()]
}

fn summary(probed: &Probed) -> String {
    let n = |verdict| probed.count(verdict);
    format!(
        "{} of {} leak; {} refused, {} held, {} unknown, {} not checkable. {}, {}; the canaries are gone again.",
        n(Verdict::Leak),
        view::count(u64::try_from(probed.trials.len()).unwrap_or_default(), "probe"),
        n(Verdict::Refused),
        n(Verdict::Held),
        n(Verdict::Unknown),
        n(Verdict::NotCheckable),
        view::count(u64::from(probed.requests), "request"),
        view::seconds(Duration::from_secs_f64(probed.seconds)),
    )
}
