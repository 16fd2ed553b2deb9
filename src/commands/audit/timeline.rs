//! `flowbit audit timeline`

use bson::doc;
use serde_json::{Value, json};

use super::rows::{self, local, moment, or_dash};
use super::scope;
use crate::commands::Done;
use crate::commands::context::{Context, Wishes};
use crate::domain::audit::{Trail, Veil, cut, in_brief, said};
use crate::domain::fields;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::House;
use crate::ops::audit::{Event, Names, Place, Source, Story};
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ui::{Block, Report, Table};

/// Characters of a comment that are shown.
const SAID: usize = 80;

/// Tell the story of one thing: what was recorded about it, and what it says itself.
///
/// Entries of the audit trail, the dates of the document and its comments in one order, the oldest first. An entry that was
/// recorded for another tenant than the one that the thing belongs to is marked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit audit timeline --target 6b00e9cd6b491423ace46d96
  flowbit audit timeline --target 6b00e9cd6b491423ace46d96 --org acme --mask")]
pub struct Args {
    /// The identifier of a ticket, or of another thing that entries are about
    #[arg(long, value_name = "ID")]
    target: String,
    /// Look for it at this organization only
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same
    #[arg(long)]
    mask: bool,
}

pub(super) async fn run(args: &Args, context: &Context<'_>) -> Result<Done> {
    context.require_reason_to_read()?;
    let store = context.connect().await?;
    let progress = context.progress();
    let house = context.house(&store, Wishes::default(), &progress)?;
    let trail = house.trail();
    let story = house.timeline(&trail, &args.target, args.org.as_deref()).await?;
    // In the trail of each organization that the story is about.
    let mut whose: Vec<Option<&Org>> = story.names.orgs().map(Some).collect();
    whose.sort_by_key(|org| org.map(|org| org.name.clone()));
    if whose.is_empty() {
        whose.push(None);
    }
    for org in whose {
        context.record_read(&house, org, "audit.timeline", doc! { "target": &args.target }).await?;
    }
    progress.finish();
    let veil = scope::veil(args.mask);
    for who in story.events.iter().filter_map(Event::who) {
        veil.meet(who, story.names.person(who));
    }
    let more = story.more;
    let told = Told::of(story, &trail, &veil);
    if more {
        context
            .terminal
            .note("only the 10,000 oldest entries about it are shown; flowbit audit query --target shows others");
    }
    Ok(report(args, &house, &told, &veil).into())
}

/// One line of the story, with nothing in it that is not to be shown.
struct Line {
    time: Option<String>,
    source: &'static str,
    who: Option<String>,
    who_name: Option<String>,
    what: String,
    text: Option<String>,
    tenant: Option<String>,
    foreign: bool,
    entry: Option<String>,
}

struct Told {
    places: Vec<Place>,
    lines: Vec<Line>,
}

impl Told {
    fn of(story: Story, trail: &Trail, veil: &Veil) -> Self {
        let Story { places, events, names, .. } = story;
        Self { places, lines: events.into_iter().map(|event| line(event, trail, &names, veil)).collect() }
    }
}

fn line(event: Event, trail: &Trail, names: &Names, veil: &Veil) -> Line {
    let foreign = event.foreign;
    match event.source {
        Source::Entry(entry) => {
            let mut rows = rows::rows(trail, vec![*entry], names, veil);
            let Some(row) = rows.pop() else { return nothing() };
            let text = in_brief(trail, &row.entry, &row.changes);
            Line {
                time: row.time,
                source: "audit",
                tenant: row.organization_name.or(row.organization),
                who: row.actor,
                who_name: row.actor_name,
                what: or_dash(row.action.as_ref()),
                text: (!text.is_empty()).then_some(text),
                foreign,
                entry: Some(row.id),
            }
        }
        Source::Document(told) => {
            let who = told.who.as_ref();
            let email = who.and_then(|who| who.as_str()).filter(|text| text.contains('@'));
            Line {
                time: Some(moment(told.at)),
                source: if told.listed { "comment" } else { "document" },
                who: who.map(|who| if veil.masks() { veil.person(&said(who)) } else { said(who) }),
                who_name: who.and_then(|who| names.person(who)).or(email).map(|name| veil.person(name)),
                what: told.what,
                text: told.text.map(|(path, text)| said(&veil.field(trail, &path, text.into()))),
                tenant: None,
                foreign,
                entry: None,
            }
        }
    }
}

fn nothing() -> Line {
    Line {
        time: None,
        source: "audit",
        who: None,
        who_name: None,
        what: String::new(),
        text: None,
        tenant: None,
        foreign: false,
        entry: None,
    }
}

impl Line {
    fn data(&self) -> Value {
        json!({
            "time": self.time, "source": self.source, "who": self.who, "who_name": self.who_name, "what": self.what,
            "text": self.text, "tenant": self.tenant, "foreign": self.foreign, "entry": self.entry,
        })
    }

    fn cells(&self, with_tenant: bool) -> Vec<String> {
        let mut cells = vec![local(self.time.as_deref()), or_dash(self.who_name.as_ref().or(self.who.as_ref()))];
        if with_tenant {
            let tenant = or_dash(self.tenant.as_ref());
            cells.push(if self.foreign { format!("! another tenant: {tenant}") } else { String::new() });
        }
        cells.push(match &self.text {
            Some(text) => format!("{}: {}", self.what, cut(text, SAID)),
            None => self.what.clone(),
        });
        cells
    }
}

fn place_data(place: &Place) -> Value {
    json!({
        "place": place.ns.to_string(), "kind": place.kind,
        "organization": place.org.as_ref().map(|org| org.name.as_str()),
    })
}

fn report(args: &Args, house: &House<'_>, told: &Told, veil: &Veil) -> Report {
    let place = told.places.first();
    let target = veil.text(&args.target);
    let data = json!({
        "target": target, "document": place.map(place_data),
        "events": told.lines.iter().map(Line::data).collect::<Vec<_>>(),
    });
    let mut facts = vec![("target".to_owned(), target)];
    match place {
        Some(place) => {
            facts.push(("found in".to_owned(), place.ns.to_string()));
            facts.extend(place.org.as_ref().map(|org| ("organization".to_owned(), org.name.to_string())));
            let title = house.platform.tickets.as_ref().map(|tickets| &tickets.title);
            let title = title.and_then(|path| fields::get(&place.document, path));
            facts.extend(title.map(|title| ("title".to_owned(), cut(&veil.text(&plain(title)), SAID))));
        }
        None => facts.push(("found in".to_owned(), "nowhere: it is gone, or was never there".to_owned())),
    }
    let foreign: Vec<&Line> = told.lines.iter().filter(|line| line.foreign).collect();
    let mut head = vec!["time", "who"];
    head.extend((!foreign.is_empty()).then_some("tenant"));
    head.push("what");
    let rows = told.lines.iter().map(|line| line.cells(!foreign.is_empty())).collect();
    let report = Report::new("flowbit.audit.timeline/1", &data)
        .named(told.lines.iter().filter_map(|line| line.entry.clone()))
        .show(Block::Facts(facts))
        .line("")
        .show(Block::Table(Table { head, rows }))
        .warn(warnings(args, told, &foreign));
    hints(report, args, told, &foreign)
}

fn warnings(args: &Args, told: &Told, foreign: &[&Line]) -> Vec<String> {
    let mut warnings = Vec::new();
    if let [_, others @ ..] = told.places.as_slice()
        && !others.is_empty()
    {
        let all: Vec<String> = told.places.iter().map(|place| place.ns.to_string()).collect();
        warnings.push(format!("the identifier stands in {}; --org says which is meant", all.join(" and ")));
    }
    if let (Some(org), true) = (&args.org, told.places.is_empty()) {
        warnings.push(format!(
            "it was not found at organization {org:?}: whether entries were recorded for another tenant cannot be said"
        ));
    }
    let mut tenants: Vec<String> = foreign.iter().map(|line| or_dash(line.tenant.as_ref())).collect();
    tenants.sort();
    tenants.dedup();
    if !tenants.is_empty() {
        let n = if foreign.len() == 1 { "1 entry was".to_owned() } else { format!("{} entries were", foreign.len()) };
        warnings.push(format!("{n} recorded for another tenant: {} (fault B18)", tenants.join(", ")));
    }
    warnings
}

fn hints(report: Report, args: &Args, told: &Told, foreign: &[&Line]) -> Report {
    let mask = if args.mask { " --mask" } else { "" };
    let entries = || told.lines.iter().filter_map(|line| line.entry.as_ref());
    let entry = foreign.iter().find_map(|line| line.entry.as_ref()).or_else(|| entries().next_back());
    let mut report = report;
    if let Some(entry) = entry {
        report = report.next(format!("flowbit audit show {}{mask}", shell(entry)));
    }
    let org = told.places.first().and_then(|place| place.org.as_ref()).map(|org| org.name.to_string());
    // Whoever acted last among the tenant's own: what else they did then.
    let last = told.lines.iter().rev().find(|line| line.entry.is_some() && !line.foreign);
    let who = last.and_then(|line| line.who_name.as_ref().or(line.who.as_ref()));
    if let (Some(org), Some(who), false) = (org.as_ref().or(args.org.as_ref()), who, args.mask) {
        let since = rows::day(last.and_then(|line| line.time.as_deref()));
        report =
            report.next(format!("flowbit audit query --org {} --actor {} --since {since}", shell(org), shell(who)));
    }
    report
}
