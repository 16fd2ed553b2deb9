//! What people and machines are told of rights: what they would be, what was made of that, and what was tried.

use std::path::Path;

use bson::Bson;
use serde_json::{Value, json};

use crate::commands::isolation::grants::exit;
use crate::commands::{Done, view};
use crate::domain::Layout;
use crate::error::{Error, Result};
use crate::ops::House;
use crate::ops::isolation::grants::{Attempted, Entry, Fate, Given, Holding, Plan, Planned, Stand, Tried};
use crate::ui::{Block, Report, Table, scrub};

const SCHEMA: &str = "flowbit.isolation.grants/1";

/// Attempts that people are shown; machines get all.
const SHOWN: usize = 40;

/// What would be made, and what is there.
pub(super) fn planned(house: &House<'_>, plan: &Plan, commands: bool, again: &str) -> Done {
    let same = plan.entries.iter().all(|entry| entry.planned().is_some_and(|p| p.stand() == Stand::Same));
    let data = json!({
        "action": "print", "layout": house.platform.layout.word(), "master": house.store.master(),
        "organizations": plan.entries.iter().map(entry_data).collect::<Vec<_>>(),
        "gone": plan.gone.iter().map(holding_data).collect::<Vec<_>>(),
    });
    let mut report = Report::new(SCHEMA, &data).named(users(&plan.entries)).warn(warnings(house, plan));
    if !plan.entries.is_empty() {
        report = report.show(Block::Table(table(&plan.entries)));
    }
    for entry in &plan.entries {
        for line in differences(entry) {
            report = report.line(line);
        }
    }
    if commands {
        report = report.line("");
        let lines = plan.entries.iter().filter_map(Entry::planned).flat_map(Planned::commands);
        for line in lines {
            report = report.line(line);
        }
    }
    for gone in &plan.gone {
        let users: Vec<String> = gone.users.iter().map(ToString::to_string).collect();
        let line = format!("{} is gone and left {}", gone.organization, left(gone, &users));
        report = report.line(line);
    }
    if plan.entries.is_empty() && plan.gone.is_empty() {
        report = report.line("There is nothing.");
    }
    if !plan.gone.is_empty() {
        report = report.next("flowbit isolation grants --gone --remove");
    }
    if plan.entries.is_empty() {
        return report.into();
    }
    match same {
        true => report.next(format!("flowbit isolation grants {again} --test")).into(),
        false => {
            let lacking = plan.entries.iter().filter_map(Entry::planned).any(|planned| !planned.has_user());
            let file = if lacking { " --passwords FILE" } else { "" };
            report.next(format!("flowbit isolation grants {again} --apply{file}")).into()
        }
    }
}

/// What is shown before somebody agrees to it.
pub(super) fn preview(house: &House<'_>, plan: &Plan) -> Vec<Block> {
    let mut blocks = vec![Block::Heading("Rights of tenants".to_owned())];
    if !plan.entries.is_empty() {
        blocks.push(Block::Table(table(&plan.entries)));
    }
    blocks.extend(plan.entries.iter().flat_map(differences).map(Block::Line));
    blocks.extend(plan.gone.iter().map(|gone| {
        let users: Vec<String> = gone.users.iter().map(ToString::to_string).collect();
        Block::Line(format!("{} is gone and left {}", gone.organization, left(gone, &users)))
    }));
    view::on(house.store, blocks)
}

fn left(gone: &Holding, users: &[String]) -> String {
    let users = if users.is_empty() { "no user".to_owned() } else { format!("the user {}", users.join(", ")) };
    let (roles, views) = (gone.roles.len() as u64, gone.views.len() as u64);
    format!("{users}, {} and {}", view::count(roles, "role"), view::count(views, "view"))
}

fn users(entries: &[Entry]) -> Vec<String> {
    entries.iter().filter_map(Entry::planned).map(|planned| planned.grant.user.to_string()).collect()
}

/// What has to be known beside the plan.
fn warnings(house: &House<'_>, plan: &Plan) -> Vec<String> {
    let mut warnings = Vec::new();
    if house.platform.layout == Layout::Shared && !plan.entries.is_empty() {
        warnings.push(
            "tenants share collections, and MongoDB cannot limit writes to one tenant's documents: these users read views and write nothing; the backend goes on with its own user".to_owned(),
        );
    }
    let left_out: Vec<&str> =
        plan.entries.iter().filter_map(Entry::planned).flat_map(|p| &p.left_out).map(String::as_str).collect();
    if !left_out.is_empty() {
        warnings.push(format!(
            "views are not granted, whoever made them may show anything in them: {}",
            left_out.join(", ")
        ));
    }
    warnings
}

fn table(entries: &[Entry]) -> Table {
    let row = |entry: &Entry| match &entry.fate {
        Fate::Planned(planned) => {
            let on = match planned.grant.views.len() as u64 {
                0 if planned.grant.rights.0.keys().all(|(_, collection)| collection.is_empty()) => {
                    "its database".to_owned()
                }
                0 => view::count(planned.grant.rights.0.len() as u64, "collection"),
                views => view::count(views, "view"),
            };
            vec![
                entry.organization.clone(),
                planned.stand().word().to_owned(),
                planned.grant.user.to_string(),
                planned.grant.role.to_string(),
                on,
                String::new(),
            ]
        }
        Fate::Refused(error) => {
            let why = format!("{}: {}", error.code().id, scrub(error.message()));
            vec![entry.organization.clone(), "refused".to_owned(), String::new(), String::new(), String::new(), why]
        }
    };
    let head = vec!["organization", "state", "user", "role", "on", "why"];
    Table { head, rows: entries.iter().map(row).collect() }
}

/// What is too much, and what too little.
fn differences(entry: &Entry) -> Vec<String> {
    let Some(planned) = entry.planned().filter(|planned| planned.stand() == Stand::Differs) else { return Vec::new() };
    let line = |word: &str, what: &String| format!("{}: {word}: {what}", entry.organization);
    let much = planned.too_much.iter().map(|what| line("too much", what));
    much.chain(planned.too_little.iter().map(|what| line("too little", what))).collect()
}

fn entry_data(entry: &Entry) -> Value {
    match &entry.fate {
        Fate::Planned(planned) => planned_data(entry, planned),
        Fate::Refused(error) => {
            let mut data = json!({ "organization": entry.organization, "state": "refused" });
            with_error(&mut data, error);
            data
        }
    }
}

fn planned_data(entry: &Entry, planned: &Planned) -> Value {
    let grant = &planned.grant;
    let privileges: Vec<Value> =
        grant.rights.privileges().into_iter().map(|document| Bson::Document(document).into_relaxed_extjson()).collect();
    let views: Vec<Value> = planned
        .stands
        .views
        .iter()
        .filter_map(|(ns, stand)| {
            let made = grant.views.get(ns)?;
            let pipeline: Vec<Value> =
                made.pipeline.iter().cloned().map(|stage| Bson::Document(stage).into_relaxed_extjson()).collect();
            Some(json!({ "name": ns.to_string(), "on": made.on, "pipeline": pipeline, "state": stand }))
        })
        .collect();
    json!({
        "organization": entry.organization, "state": planned.stand(),
        "user": { "db": grant.user.db, "name": grant.user.name, "state": planned.stands.user },
        "role": { "db": grant.role.db, "name": grant.role.name, "state": planned.stands.role },
        "privileges": privileges, "views": views, "too_much": planned.too_much, "too_little": planned.too_little,
        "left_out": planned.left_out, "commands": planned.commands(),
    })
}

fn with_error(data: &mut Value, error: &Error) {
    data["code"] = json!(error.code().id);
    data["message"] = json!(scrub(error.message()));
    data["next"] = json!(error.actions());
}

fn holding_data(gone: &Holding) -> Value {
    let text = |names: Vec<String>| json!(names);
    json!({
        "organization": gone.organization,
        "users": text(gone.users.iter().map(ToString::to_string).collect()),
        "roles": text(gone.roles.iter().map(ToString::to_string).collect()),
        "views": text(gone.views.iter().map(ToString::to_string).collect()),
    })
}

/// What was given, or taken.
pub(super) fn changed(
    (action, house): (&str, &House<'_>),
    entries: &[Entry],
    outcomes: Vec<Result<Given>>,
    file: Option<&Path>,
    again: &str,
) -> Done {
    let (mut rows, mut data, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let (mut done, mut any, mut passwords) = (0, false, 0);
    let word = if action == "apply" { "given" } else { "taken" };
    for (at, entry) in entries.iter().enumerate() {
        let mut item = json!({ "organization": entry.organization });
        let refused = match &entry.fate {
            Fate::Refused(error) if action == "apply" => Some(error),
            _ => None,
        };
        let (state, why) = match (refused, outcomes.get(at)) {
            (Some(error), _) | (None, Some(Err(error))) => {
                any |= error.changed();
                with_error(&mut item, error);
                failures.push(error);
                ("failed", format!("{}: {}", error.code().id, scrub(error.message())))
            }
            (None, None) => ("not begun", String::new()),
            (None, Some(Ok(given))) => {
                done += 1;
                any |= given.changed;
                passwords += u64::from(given.password);
                (if given.changed { word } else { "same" }, String::new())
            }
        };
        item["state"] = json!(state);
        if let Some(planned) = entry.planned() {
            item["user"] = json!({ "db": planned.grant.user.db, "name": planned.grant.user.name });
            item["role"] = json!({ "db": planned.grant.role.db, "name": planned.grant.role.name });
        }
        data.push(item);
        let user = entry.planned().map(|planned| planned.grant.user.to_string()).unwrap_or_default();
        rows.push(vec![entry.organization.clone(), state.to_owned(), user, why]);
    }
    let status = exit(done, entries.len(), failures.first().copied());
    let data = json!({
        "action": action, "layout": house.platform.layout.word(), "master": house.store.master(), "organizations": data,
        "passwords": passwords, "passwords_file": file,
    });
    let said = if any { word } else { "as they should be" };
    let line = format!("Rights of {}: {done} {said}.", view::count(entries.len() as u64, "organization"));
    let table = Table { head: vec!["organization", "state", "user", "why"], rows };
    let report = Report::new(SCHEMA, &data).ok(status == 0).changed(any).named(users(entries)).line(line);
    let mut report = report.show(Block::Table(table));
    if let Some(path) = file {
        let words = if passwords == 1 { "A password is".to_owned() } else { format!("{passwords} passwords are") };
        report = report.line(format!("{words} in {}, readable by you alone.", path.display()));
    }
    if let Some(action) = failures.iter().find_map(|error| error.actions().first()) {
        report = report.next(action.clone());
    }
    if action == "apply" {
        report = report.next(format!("flowbit isolation grants {again} --test"));
    }
    Done::Report(Box::new(report), status)
}

/// What was taken from organizations that are gone.
pub(super) fn taken(taken: Vec<(String, Result<Given>)>) -> Done {
    let done = taken.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    let first = taken.iter().find_map(|(_, outcome)| outcome.as_ref().err());
    let status = exit(done, taken.len(), first);
    let item = |(organization, outcome): &(String, Result<Given>)| {
        let mut item =
            json!({ "organization": organization, "state": if outcome.is_ok() { "taken" } else { "failed" } });
        if let Err(error) = outcome {
            with_error(&mut item, error);
        }
        item
    };
    let data = json!({ "action": "remove", "gone": taken.iter().map(item).collect::<Vec<_>>() });
    let names = taken.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let said = view::count(taken.len() as u64, "organization");
    let mut report = Report::new(SCHEMA, &data).ok(status == 0).changed(done > 0).named(names.clone());
    report = report.line(format!("Rights of {said} that are gone: {done} taken."));
    for (name, outcome) in &taken {
        let why = outcome.as_ref().err().map_or_else(|| "taken".to_owned(), |error| scrub(error.message()));
        report = report.line(format!("  {name}: {why}"));
    }
    Done::Report(Box::new(report), status)
}

/// What was tried.
pub(super) fn tried(tried: &Tried, again: &str) -> Done {
    let good = tried.is_good();
    let status = match (good, tried.is_whole()) {
        (false, _) => 6,
        (true, false) => 7,
        (true, true) => 0,
    };
    let mut data = serde_json::to_value(tried).unwrap_or(Value::Null);
    data["good"] = json!(good);
    let mut report = Report::new("flowbit.isolation.grants.test/1", &data).ok(status == 0).changed(true);
    report = report.named(tried.leaks.iter().map(|leak| format!("{}:{}:{}", leak.organization, leak.attempt, leak.on)));
    report = report.line(headline(tried));
    report = report.show(Block::Facts(facts(tried)));
    for (title, list) in [
        ("let through", &tried.leaks),
        ("needed, and refused", &tried.denied),
        ("not known: neither refused nor let through", &tried.unknown),
    ] {
        if list.is_empty() {
            continue;
        }
        report = report.line("").show(Block::Heading(title.to_owned())).show(Block::Table(attempts(list)));
        if list.len() > SHOWN {
            report = report.line(format!("{} more; --json has all.", list.len() - SHOWN));
        }
    }
    for line in &tried.wider {
        report = report.line(format!("More than was granted, on its own: {line}"));
    }
    for line in &tried.not_tried {
        report = report.line(format!("Not tried: {line}"));
    }
    if !tried.without.is_empty() {
        let shown: Vec<&str> = tried.without.iter().take(10).map(String::as_str).collect();
        let more = tried.without.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        report = report.line(format!("Without rights to try: {}{more}", shown.join(", ")));
    }
    if !good || !tried.without.is_empty() || !tried.wider.is_empty() {
        report = report.next(format!("flowbit isolation grants {again}   # what is too much, and what too little"));
    }
    Done::Report(Box::new(report), status)
}

fn headline(tried: &Tried) -> String {
    let attempts = view::count(tried.attempts.tried, "attempt");
    match (tried.is_good(), tried.unknown.is_empty()) {
        (false, _) => format!(
            "NOT good: of {attempts}, {} let through; {} refused that is needed.",
            view::thousands(tried.attempts.leaks),
            view::thousands(tried.denied.len() as u64)
        ),
        (true, false) => {
            format!(
                "No leak, but {} ended in a way that proves nothing.",
                view::count(tried.unknown.len() as u64, "attempt")
            )
        }
        (true, true) => format!("Good: {attempts} at what is others', all refused."),
    }
}

fn facts(tried: &Tried) -> Vec<(String, String)> {
    let numbers = |a: u64, b: u64| format!("{} of {}", view::thousands(a), view::thousands(b));
    let mut facts = vec![
        ("organizations".to_owned(), view::thousands(tried.organizations)),
        ("pairs".to_owned(), numbers(tried.pairs, tried.pairs_in_all)),
        ("refused".to_owned(), numbers(tried.attempts.refused, tried.attempts.tried)),
        ("let through".to_owned(), view::thousands(tried.attempts.leaks)),
        ("not known".to_owned(), view::thousands(tried.unknown.len() as u64)),
        ("needed".to_owned(), numbers(tried.allowed, tried.allowed + tried.denied.len() as u64)),
        ("kinds".to_owned(), tried.kinds.keys().copied().collect::<Vec<_>>().join(", ")),
    ];
    if tried.swept > 0 {
        facts.push(("dropped".to_owned(), format!("{} of earlier runs", view::count(tried.swept, "user"))));
    }
    facts.push(("took".to_owned(), format!("{:.3} s", tried.seconds)));
    facts
}

fn attempts(list: &[Attempted]) -> Table {
    let row = |one: &Attempted| {
        [&one.organization, &one.against, one.attempt, &one.on, &one.detail].map(ToString::to_string).to_vec()
    };
    let head = vec!["as", "against", "attempt", "on", "answer"];
    Table { head, rows: list.iter().take(SHOWN).map(row).collect() }
}
