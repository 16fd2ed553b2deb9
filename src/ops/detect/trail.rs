//! What is beside tenants and accounts: the audit trail, tickets, references, markers, copies of accounts.

use std::collections::BTreeSet;

use bson::{Bson, Document};

use super::account::AccountFound;
use super::facts::{CollectionFacts, Column, Sheet};
use super::org::OrgFound;
use super::picture::{Certainty, Notes, RecordPicture, Section, indexes_of, of};
use super::record::{Frame, Known, plain_fields};
use super::stores::TenantSheet;
use super::values::{is_hex, is_plain_word, is_uuid};
use crate::domain::description::{ReferenceShape, TicketShape};
use crate::domain::template::plain;

/// Words of a status in the order of a life, and of a priority, rising.
const LIFE: &[&str] = &[
    "draft",
    "new",
    "open",
    "todo",
    "submitted",
    "pending",
    "assigned",
    "inprogress",
    "processing",
    "onhold",
    "waiting",
    "approved",
    "rejected",
    "resolved",
    "completed",
    "done",
    "closed",
    "cancelled",
    "canceled",
    "archived",
];
const RISING: &[&str] =
    &["lowest", "low", "minor", "normal", "medium", "major", "high", "urgent", "critical", "highest"];

const ACTORS: &[&str] =
    &["actor", "actorid", "userid", "user", "performedby", "by", "adminid", "admin", "useremail", "username", "email"];
const TIMES: &[&str] = &["timestamp", "createdat", "time", "at", "date", "loggedat", "occurredat", "ts"];

/// Finds the audit trail and makes out the shape of its entries. `key` is the template at the path of the tenant.
pub(super) fn audit(
    sheets: &[Sheet<'_>],
    taken: &[&str],
    tenant: &dyn Fn(&Sheet<'_>) -> Vec<(String, &'static str)>,
    notes: &mut Notes,
) -> Option<RecordPicture> {
    let weight = |sheet: &&Sheet<'_>| {
        let named = |words: &[&str]| usize::from(words.iter().any(|word| sheet.name.to_lowercase().contains(word)));
        let name = 3 * named(&["audit"]) + 2 * named(&["log", "trail", "activit", "histor", "event"]);
        let Some(action) = sheet.by_word(&["action", "event", "eventtype", "activity", "operation"]) else { return 0 };
        if !action.is_text() || sheet.by_word(TIMES).is_none() || taken.contains(&sheet.name) {
            return 0;
        }
        name + usize::from(sheet.by_word(ACTORS).is_some())
    };
    let sheet = sheets.iter().max_by_key(weight).filter(|sheet| weight(sheet) >= 2);
    let Some(sheet) = sheet else {
        let empty = sheets.iter().find(|sheet| sheet.name.to_lowercase().contains("audit") && sheet.rows() == 0);
        match empty {
            Some(sheet) => {
                notes.gap(Section::Audit, format!("{} is empty: the shape of its entries cannot be seen", sheet.name))
            }
            None => notes.gap(Section::Audit, "no audit trail was found; flowbit keeps its own in flowbit_audit"),
        }
        return None;
    };
    let mut fields = Document::new();
    let tenants = tenant(sheet);
    let mut has_actor = false;
    for column in &sheet.columns {
        if let Some(value) = entry_field(column, &tenants, notes) {
            has_actor |= value == Bson::String("{actor}".to_owned());
            fields.insert(&column.path, value);
        }
    }
    if sheet.columns.iter().any(|column| column.path.starts_with("details.")) {
        fields.insert("details", "{details}");
    }
    if !has_actor {
        fields.insert("actor", "{actor}");
        notes.gap(Section::Audit, "the actor of the platform's entries is the identifier of an account; flowbit's own entries name theirs in a further field `actor`");
    }
    let evidence = format!("{} entries seen with an action and a time", sheet.rows());
    notes.add(Section::Audit, "audit.collection", sheet.name, Certainty::Sure, evidence);
    Some(RecordPicture {
        collection: sheet.name.to_owned(),
        fields,
        indexes: indexes_of(&sheet.facts.indexes),
        ..RecordPicture::default()
    })
}

/// What a field of an audit entry gets when flowbit writes one; none where it can be missing.
fn entry_field(column: &Column<'_>, tenants: &[(String, &'static str)], notes: &mut Notes) -> Option<Bson> {
    let leaf = column.leaf();
    let text = |template: &str| Some(Bson::String(template.to_owned()));
    let dates = column.all(|value| matches!(value, Bson::DateTime(_)));
    if column.path == "_id" || column.path.starts_with("details.") {
        return None;
    }
    if let Some((_, template)) = tenants.iter().find(|(path, _)| *path == column.path) {
        return text(template);
    }
    if ["action", "event", "eventtype", "activity", "operation"].contains(&leaf.as_str()) && column.is_text() {
        return text("{action}");
    }
    if ACTORS.contains(&leaf.as_str()) {
        // An ObjectId field with a text in it would be of another type than the backend's.
        let free = column.is_text() && !column.texts().all(|text| is_hex(text) || is_uuid(text));
        return if free { text("{actor}") } else { None };
    }
    if dates && column.in_tenths(8) {
        return text("{now}");
    }
    match leaf.as_str() {
        "details" | "detail" | "metadata" | "meta" | "data" | "after" | "changes" => {
            let holds = |value: &Bson| matches!(value, Bson::Document(_));
            column.all(holds).then(|| Bson::String("{details}".to_owned()))
        }
        "reason" | "comment" => text("{reason}"),
        "v" if column.path == "__v" => Some(Bson::Int32(0)),
        "resourcetype" | "entity" | "entitytype" | "targettype" => text("organization"),
        _ => {
            if column.in_tenths(10) {
                notes.gap(Section::Audit, format!("{} is in every entry; flowbit's own do not have it", column.path));
            }
            None
        }
    }
}

/// Finds tickets: a title and a status of few words. Each sheet with the name it has in the description.
pub(super) fn tickets(sheets: &[(String, &Sheet<'_>)], notes: &mut Notes) -> Option<TicketShape> {
    let parts = |sheet: &Sheet<'_>| -> Option<(String, Vec<String>, Vec<String>)> {
        let title = sheet.by_word(&["title", "subject", "summary"]).filter(|column| column.is_text())?;
        let status = sheet.by_word(&["status", "state"]).filter(|column| column.is_text())?;
        let words = |column: Option<&Column<'_>>, order: &[&str]| in_order(column, order);
        Some((title.path.clone(), words(Some(status), LIFE), words(sheet.by_word(&["priority", "severity"]), RISING)))
    };
    let weight = |name: &str| {
        2 * usize::from(name.contains("ticket")) + usize::from(name.contains("issue") || name.contains("request"))
    };
    let found =
        sheets.iter().filter_map(|(name, sheet)| Some((weight(&name.to_lowercase()), name, sheet, parts(sheet)?)));
    let (_, name, sheet, (title, statuses, priorities)) = found.max_by_key(|(weight, ..)| *weight)?;
    let evidence = format!("{title} and a status in {} documents", sheet.rows());
    notes.add(Section::Tickets, "tickets.collection", name, Certainty::sure_if(name.contains("ticket")), evidence);
    for (what, words) in [("tickets.statuses", &statuses), ("tickets.priorities", &priorities)] {
        if !words.is_empty() {
            notes.add(
                Section::Tickets,
                what,
                words.join(", "),
                Certainty::Guessed,
                "those that were seen; there may be more",
            );
        }
    }
    Some(TicketShape { collection: name.clone(), title, statuses, priorities })
}

/// The words of a column in a known order; unknown ones last.
fn in_order(column: Option<&Column<'_>>, order: &[&str]) -> Vec<String> {
    let Some(column) = column.filter(|column| column.is_text()) else { return Vec::new() };
    let mut words: Vec<&str> = column.words().into_iter().filter(|word| is_plain_word(word)).collect();
    if words.len() > 12 {
        return Vec::new();
    }
    let place = |word: &str| {
        let plain: String = word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        order.iter().position(|known| *known == plain).unwrap_or(order.len())
    };
    words.sort_by_key(|word| place(word));
    words.into_iter().map(str::to_owned).collect()
}

/// Something that fields can point to: a path, and the values there.
#[derive(Debug)]
pub(super) struct Target {
    to: String,
    collection: String,
    whole: bool,
    values: BTreeSet<String>,
    as_string: bool,
}

/// What fields of these collections can point to: identifiers, and the e-mails of accounts.
pub(super) fn targets(sheets: &[(String, &Sheet<'_>)], account: &AccountFound<'_>) -> Vec<Target> {
    let mut found = Vec::new();
    for (name, sheet) in sheets {
        let mut add = |path: &str, test: &dyn Fn(&Bson) -> bool, as_string: bool| {
            let Some(column) = sheet.column(path) else { return };
            let values: BTreeSet<String> =
                column.filled().filter(|v| test(v)).map(|v| format!("{}{}", mark(v, as_string), plain(v))).collect();
            if !values.is_empty() {
                found.push(Target {
                    to: format!("{name}.{path}"),
                    collection: name.clone(),
                    whole: sheet.is_whole(),
                    values,
                    as_string,
                });
            }
        };
        let is_id = |value: &Bson| matches!(value, Bson::ObjectId(_));
        let is_text_id = |value: &Bson| value.as_str().is_some_and(|text| is_uuid(text) || is_hex(text));
        add("_id", &is_id, false);
        add("_id", &is_id, true);
        add("_id", &is_text_id, false);
        add("id", &is_text_id, false);
        if *name == account.sheet.name {
            add(&account.email, &|value| value.as_str().is_some(), false);
        }
    }
    found
}

/// The type of a value as it would stand in a field that points to it.
fn mark(value: &Bson, as_string: bool) -> &'static str {
    if matches!(value, Bson::ObjectId(_)) && !as_string { "o:" } else { "s:" }
}

/// Fields of a collection that point to something, besides those that say whose the document is.
pub(super) fn references(
    name: &str,
    sheet: &Sheet<'_>,
    except: &[&str],
    targets: &[Target],
    notes: &mut Notes,
) -> Vec<ReferenceShape> {
    let mut found = Vec::new();
    let columns = sheet.columns.iter().map(|column| (column.path.clone(), column.filled().collect::<Vec<_>>()));
    for (path, values) in columns.chain(sheet.inside.iter().cloned()) {
        // An element of an array has an identifier of its own, which is no reference.
        if path == "_id" || path == "id" || path.ends_with("._id") || except.contains(&path.as_str()) {
            continue;
        }
        let values: BTreeSet<String> = values
            .into_iter()
            .filter(|value| matches!(value, Bson::String(_) | Bson::ObjectId(_)))
            .map(|value| format!("{}{}", mark(value, false), plain(value)))
            .collect();
        let hits = |target: &Target| target.values.intersection(&values).count();
        let own = |target: &Target| target.collection == name && target.to.ends_with(&format!(".{path}"));
        let Some(target) = targets.iter().filter(|target| !own(target)).max_by_key(|target| hits(target)) else {
            continue;
        };
        let n = hits(target);
        if n == 0 || target.whole && n * 2 < values.len() {
            continue;
        }
        let evidence = format!("{} values were found there", of(n, values.len()));
        notes.add(
            Section::References,
            format!("reference {name}.{path}"),
            &target.to,
            Certainty::sure_if(n == values.len()),
            evidence,
        );
        found.push(ReferenceShape {
            collection: name.to_owned(),
            field: path,
            to: target.to.clone(),
            as_string: target.as_string,
        });
    }
    found
}

/// A document about the tenant in the tenant's own collection: what marks it, and its fields.
pub(super) fn marker(
    sheets: &[TenantSheet<'_>],
    org: &OrgFound<'_>,
    stores: &[Option<String>],
    notes: &mut Notes,
) -> Option<(String, Document)> {
    let mut met: Vec<(String, usize)> = Vec::new();
    let looked: Vec<&TenantSheet<'_>> = sheets.iter().filter(|tenant| tenant.sheet.rows() > 0).collect();
    for tenant in &looked {
        let texts = [org.name_of(tenant.row), stores.get(tenant.row).and_then(|store| store.as_deref())];
        let says = |column: &Column<'_>| column.texts().any(|text| texts.contains(&Some(text)));
        let mut heads: Vec<&str> = tenant
            .sheet
            .columns
            .iter()
            .filter(|column| says(column) && (column.present() == 1 || column.path.starts_with('_')))
            .map(|column| column.path.split('.').next().unwrap_or_default())
            .collect();
        heads.dedup();
        for head in heads {
            match met.iter_mut().find(|(known, _)| known == head) {
                Some((_, n)) => *n += 1,
                None => met.push((head.to_owned(), 1)),
            }
        }
    }
    let (exists, n) = met.into_iter().max_by_key(|(_, n)| *n).filter(|(_, n)| n * 10 >= looked.len() * 6)?;
    let tenant = looked
        .iter()
        .max_by_key(|t| usize::from(Sheet::of_rows(t.sheet.facts, |d| d.contains_key(&exists)).rows() > 0))?;
    let sheet = Sheet::of_rows(tenant.sheet.facts, |document| document.contains_key(&exists));
    let value = |text: Option<&str>| vec![text.map(|text| Bson::String(text.to_owned())); sheet.rows()];
    let known = vec![
        Known { template: "{name}", values: value(org.name_of(tenant.row)) },
        Known { template: "{store}", values: value(stores.get(tenant.row).and_then(|store| store.as_deref())) },
    ];
    let frame = Frame { section: Section::Store, word: "marker", fixed: Vec::new(), known, has_state: false };
    let mut fields = plain_fields(&sheet, &frame);
    fields.remove("_id");
    let evidence = format!("a document with {exists} repeats the tenant's name in {} collections", of(n, looked.len()));
    notes.add(Section::Store, "store.marker", &exists, Certainty::sure_if(n == looked.len()), evidence);
    Some((exists, fields))
}

/// Second copies of an administrator's account in the tenants' own collections. `emails` are by row of organization.
pub(super) fn copies(
    sheets: &[TenantSheet<'_>],
    emails: &[Option<String>],
    known: &dyn Fn(usize) -> Vec<(&'static str, Option<Bson>)>,
    role: Option<&str>,
    notes: &mut Notes,
) -> Vec<(Option<String>, Document)> {
    let mut found: Vec<(Option<String>, Document, usize)> = Vec::new();
    for tenant in sheets {
        let Some(email) = emails.get(tenant.row).and_then(Option::as_deref) else { continue };
        let says = |document: &Document| document.values().any(|value| value.as_str() == Some(email));
        let sheet = Sheet::of_rows(tenant.sheet.facts, says);
        if sheet.rows() == 0
            || sheet.column("email").is_none() && sheet.by_word(&["email", "useremail", "adminemail"]).is_none()
        {
            continue;
        }
        let column =
            |template: &'static str, value: Option<Bson>| Known { template, values: vec![value; sheet.rows()] };
        let mut all = vec![column("{email}", Some(Bson::String(email.to_owned())))];
        all.extend(known(tenant.row).into_iter().map(|(template, value)| column(template, value)));
        all.extend(role.map(|role| column("{role}", Some(Bson::String(role.to_owned())))));
        let fixed = sheet.columns.iter().filter(|c| c.leaf() == "role").map(|c| (c.path.clone(), "{role}")).collect();
        let frame = Frame { section: Section::Account, word: "copy", fixed, known: all, has_state: false };
        let mut fields = plain_fields(&sheet, &frame);
        fields.remove("_id");
        match found.iter_mut().find(|(kind, _, _)| *kind == tenant.kind) {
            Some((_, known, n)) => {
                *n += 1;
                if fields.len() > known.len() {
                    *known = fields;
                }
            }
            None => found.push((tenant.kind.clone(), fields, 1)),
        }
    }
    let tenants: BTreeSet<usize> = sheets.iter().map(|tenant| tenant.row).collect();
    found.retain(|(_, _, n)| n * 2 >= tenants.len());
    for (kind, _, n) in &found {
        let evidence =
            format!("a document with the administrator's e-mail in {} tenants' stores", of(*n, tenants.len()));
        notes.add(
            Section::Account,
            "account.copy",
            kind.as_deref().unwrap_or("the tenant's collection"),
            Certainty::sure_if(*n == tenants.len()),
            evidence,
        );
    }
    found.into_iter().map(|(kind, fields, _)| (kind, fields)).collect()
}

/// All documents of some collections as if they were one's.
pub(super) fn merged(sheets: &[&Sheet<'_>], name: &str) -> CollectionFacts {
    CollectionFacts {
        name: name.to_owned(),
        count: sheets.iter().map(|sheet| sheet.facts.count).sum(),
        sample: sheets.iter().flat_map(|sheet| sheet.facts.sample.iter().take(40).cloned()).collect(),
        indexes: sheets.first().map(|sheet| sheet.facts.indexes.clone()).unwrap_or_default(),
    }
}
