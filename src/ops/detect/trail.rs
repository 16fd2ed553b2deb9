//! What is beside tenants and accounts: the audit trail, and tickets.

use bson::{Bson, Document};

use super::facts::{Column, Sheet, leaf};
use super::picture::{Certainty, Notes, RecordPicture, Section, TrailPicture, indexes_of};
use super::values::{is_hex, is_plain_word, is_uuid};
use crate::domain::description::TicketShape;

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

const DETAILS: &[&str] = &["details", "detail", "metadata", "meta", "data", "changes"];
const BEFORE: &[&str] = &["before", "old", "oldvalue", "oldvalues", "previous"];
const AFTER: &[&str] = &["after", "new", "newvalue", "newvalues", "current"];
const TARGETS: &[&str] = &[
    "resourceid",
    "entityid",
    "targetid",
    "objectid",
    "recordid",
    "documentid",
    "itemid",
    "subjectid",
    "ticketid",
    "orderid",
    "productid",
    "requestid",
    "resource",
    "target",
];
const KINDS: &[&str] =
    &["resourcetype", "entitytype", "targettype", "objecttype", "recordtype", "entity", "resource", "kind"];
const PERSONAL: &[&str] =
    &["ip", "ipaddress", "ipaddr", "clientip", "remoteip", "remoteaddr", "remoteaddress", "useragent", "browser"];

/// Finds the audit trail and makes out the shape of its entries. `key` is the template at the path of the tenant.
pub(super) fn audit(
    sheets: &[Sheet<'_>],
    taken: &[&str],
    tenant: &dyn Fn(&Sheet<'_>) -> Vec<(String, &'static str)>,
    notes: &mut Notes,
) -> Option<TrailPicture> {
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
    let mut picture = paths(sheet, &tenants, notes);
    let details = root(sheet, DETAILS);
    let inside = [&picture.before, &picture.after, &details];
    let apart: Vec<String> = inside.into_iter().flatten().cloned().collect();
    for column in sheet.columns.iter().filter(|column| !apart.iter().any(|root| is_in(&column.path, root))) {
        if let Some(value) = entry_field(column, &tenants, notes) {
            has_actor |= value == Bson::String("{actor}".to_owned());
            fields.insert(&column.path, value);
        }
    }
    if let Some(details) = details.or_else(|| picture.after.clone()) {
        fields.insert(details, "{details}");
    }
    if !has_actor {
        fields.insert("actor", "{actor}");
        notes.gap(Section::Audit, "the actor of the platform's entries is the identifier of an account; flowbit's own entries name theirs in a further field `actor`");
    }
    let evidence = format!("{} entries seen with an action and a time", sheet.rows());
    notes.add(Section::Audit, "audit.collection", sheet.name, Certainty::Sure, evidence);
    picture.record = RecordPicture {
        collection: sheet.name.to_owned(),
        fields,
        indexes: indexes_of(&sheet.facts.indexes),
        ..RecordPicture::default()
    };
    Some(picture)
}

fn is_in(path: &str, root: &str) -> bool {
    path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('.'))
}

/// The first name by one of these words under which entries have documents, or nothing.
fn root(sheet: &Sheet<'_>, words: &[&str]) -> Option<String> {
    let first = |column: &Column<'_>| column.path.split('.').next().unwrap_or_default().to_owned();
    let roots = sheet.columns.iter().map(first).filter(|root| words.contains(&leaf(root).as_str()));
    let holds = |root: &String| {
        let alone = sheet.columns.iter().find(|column| column.path == *root);
        let plain = |value: &Bson| matches!(value, Bson::Document(_) | Bson::Array(_));
        let below = sheet.columns.iter().any(|column| is_in(&column.path, root) && column.path != *root);
        let documents = alone.is_some_and(|column| column.filled().any(|value| matches!(value, Bson::Document(_))));
        (below || documents) && alone.is_none_or(|column| column.filled().all(plain))
    };
    roots.into_iter().find(holds)
}

/// Where the backend's entries say what flowbit's own do not say there.
fn paths(sheet: &Sheet<'_>, tenants: &[(String, &'static str)], notes: &mut Notes) -> TrailPicture {
    let is_tenant = |path: &str| tenants.iter().any(|(tenant, _)| tenant == path);
    let columns = || sheet.columns.iter().filter(|column| column.path != "_id" && !is_tenant(&column.path));
    let by = |words: &'static [&'static str]| columns().filter(move |column| words.contains(&column.leaf().as_str()));
    let top = |column: &&Column<'_>| !column.path.contains('.');
    let id = |value: &Bson| match value {
        Bson::String(text) => is_hex(text) || is_uuid(text) || text.chars().any(|c| c.is_ascii_digit()),
        other => matches!(other, Bson::ObjectId(_) | Bson::Int32(_) | Bson::Int64(_) | Bson::Binary(_)),
    };
    let path = |column: &Column<'_>| column.path.clone();
    let somebody = |column: &&Column<'_>| column.all(id) && !column.texts().any(|text| text.contains('@'));
    let target: Vec<String> =
        by(TARGETS).filter(top).filter(|column| column.present() > 0 && column.all(id)).map(path).collect();
    let words = |column: &&Column<'_>| column.is_text() && column.texts().all(|text| text.len() < 40 && !is_hex(text));
    let target_kind = by(KINDS).filter(top).find(words).map(path).filter(|_| !target.is_empty());
    let both = root(sheet, BEFORE).zip(root(sheet, AFTER));
    let (before, after) = both.unzip();
    let picture = TrailPicture {
        record: RecordPicture::default(),
        actor: by(ACTORS).filter(top).find(somebody).map(path),
        target,
        target_kind,
        before,
        after,
        personal: by(PERSONAL).map(path).collect(),
    };
    let told = [
        ("audit.actor", picture.actor.clone()),
        ("audit.target", (!picture.target.is_empty()).then(|| picture.target.join(", "))),
        ("audit.target_kind", picture.target_kind.clone()),
        ("audit.before", picture.before.clone()),
        ("audit.after", picture.after.clone()),
        ("audit.personal", (!picture.personal.is_empty()).then(|| picture.personal.join(", "))),
    ];
    for (what, value) in told {
        if let Some(value) = value {
            notes.add(Section::Audit, what, value, Certainty::Guessed, "by the name of the field and what is in it");
        }
    }
    picture
}

/// What a field of an audit entry gets when flowbit writes one; none where it can be missing.
fn entry_field(column: &Column<'_>, tenants: &[(String, &'static str)], notes: &mut Notes) -> Option<Bson> {
    let leaf = column.leaf();
    let text = |template: &str| Some(Bson::String(template.to_owned()));
    let dates = column.all(|value| matches!(value, Bson::DateTime(_)));
    if column.path == "_id" {
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
