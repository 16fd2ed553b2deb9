//! Entries as people and programs see them; the same in every verb.

use bson::{Bson, Document};
use serde_json::{Value, json};

use crate::commands::view;
use crate::domain::audit::{Changed, Entry, Trail, Veil, cut, in_brief, said};
use crate::ops::audit::Names;
use crate::ui::{Block, Table};

/// Characters of the column that says what an entry is about.
const BRIEF: usize = 60;

/// One entry, with nothing in it that is not to be shown.
#[derive(Debug)]
pub struct Row {
    pub id: String,
    /// RFC 3339.
    pub time: Option<String>,
    pub action: Option<String>,
    pub actor: Option<String>,
    pub actor_name: Option<String>,
    pub organization: Option<String>,
    pub organization_name: Option<String>,
    pub target: Option<String>,
    pub target_kind: Option<String>,
    pub changes: Vec<Changed>,
    pub entry: Document,
}

/// Entries as rows. All actors are met first: whoever acts in one entry may be spoken of in another.
pub fn rows(trail: &Trail, entries: Vec<Entry>, names: &Names, veil: &Veil) -> Vec<Row> {
    for actor in entries.iter().filter_map(|entry| entry.actor.as_ref()) {
        veil.meet(actor, names.person(actor));
    }
    entries.into_iter().map(|entry| row(trail, entry, names, veil)).collect()
}

fn row(trail: &Trail, entry: Entry, names: &Names, veil: &Veil) -> Row {
    let name = entry.actor.as_ref().and_then(|actor| {
        let itself = actor.as_str().filter(|text| text.contains('@'));
        names.person(actor).or(itself).map(|name| veil.person(name))
    });
    let organization_name = names.org_name(entry.tenant.as_ref()).map(str::to_owned);
    let changes = veil.changes(trail, &entry.document);
    let shown = trail.entry(veil.document(trail, entry.document));
    let text = |value: &Bson| (*value != Bson::Null).then(|| said(value));
    Row {
        id: said(&shown.id),
        time: shown.time.map(moment),
        action: shown.action,
        actor: shown.actor.as_ref().and_then(text),
        actor_name: name,
        organization: shown.tenant.as_ref().and_then(text),
        organization_name,
        target: shown.target.as_ref().and_then(text),
        target_kind: shown.target_kind,
        changes,
        entry: shown.document,
    }
}

/// A stored moment as text for machines.
pub fn moment(at: bson::DateTime) -> String {
    at.try_to_rfc3339_string().unwrap_or_else(|_| at.timestamp_millis().to_string())
}

/// A moment as people read it.
pub fn local(time: Option<&str>) -> String {
    time.map_or_else(|| "-".to_owned(), view::local_time)
}

/// The day of a moment, as --since takes it.
pub fn day(time: Option<&str>) -> &str {
    time.and_then(|time| time.get(..10)).unwrap_or("start")
}

/// A stored document in extended JSON v2.
pub fn extended(document: Document, canonical: bool) -> Value {
    let value = Bson::Document(document);
    if canonical { value.into_canonical_extjson() } else { value.into_relaxed_extjson() }
}

/// A text, or the sign that there is none.
pub fn or_dash(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "-".to_owned())
}

impl Row {
    /// The whole row for programs.
    pub fn data(&self, canonical: bool) -> Value {
        json!({
            "id": self.id, "time": self.time, "action": self.action, "actor": self.actor, "actor_name": self.actor_name,
            "organization": self.organization, "organization_name": self.organization_name, "target": self.target,
            "target_kind": self.target_kind, "entry": extended(self.entry.clone(), canonical),
        })
    }

    /// Who did it, as people know them.
    pub fn who(&self) -> String {
        or_dash(self.actor_name.as_ref().or(self.actor.as_ref()))
    }

    /// Whose it is, as people know it.
    pub fn whose(&self) -> String {
        or_dash(self.organization_name.as_ref().or(self.organization.as_ref()))
    }
}

/// Rows for people.
pub fn table(trail: &Trail, rows: &[Row], with_org: bool) -> Block {
    let cells = |row: &Row| {
        let mut cells = vec![local(row.time.as_deref())];
        cells.extend(with_org.then(|| row.whose()));
        let target = or_dash(row.target.as_ref());
        let target = row.target_kind.as_ref().map_or(target.clone(), |kind| format!("{kind} {target}"));
        let brief = cut(&in_brief(trail, &row.entry, &row.changes), BRIEF);
        cells.extend([row.who(), or_dash(row.action.as_ref()), target, row.id.clone(), brief]);
        cells
    };
    let mut head = vec!["time"];
    head.extend(with_org.then_some("organization"));
    head.extend(["actor", "action", "target", "id", "details"]);
    Block::Table(Table { head, rows: rows.iter().map(cells).collect() })
}

/// Rows for spreadsheets: every column, times in UTC, nothing cut.
pub fn flat(trail: &Trail, rows: &[Row]) -> Block {
    let cells = |row: &Row| {
        let columns = [
            &row.time,
            &row.action,
            &row.actor,
            &row.actor_name,
            &row.organization,
            &row.organization_name,
            &row.target,
            &row.target_kind,
        ];
        let mut cells = vec![row.id.clone()];
        cells.extend(columns.into_iter().map(|column| column.clone().unwrap_or_default()));
        cells.push(in_brief(trail, &row.entry, &row.changes));
        cells
    };
    let head = vec![
        "id",
        "time",
        "action",
        "actor",
        "actor_name",
        "organization",
        "organization_name",
        "target",
        "target_kind",
        "details",
    ];
    Block::Table(Table { head, rows: rows.iter().map(cells).collect() })
}

/// What it means that no index helps.
pub fn slow(trail: &Trail, scans: Option<u64>, of_one: bool) -> Option<String> {
    let n = scans?;
    let (paths, option) = match trail.tenant.as_deref().filter(|_| of_one) {
        Some(tenant) => (format!("{tenant} and {}", trail.time), ""),
        None => (trail.time.clone(), " --time"),
    };
    Some(format!(
        "no index of {} begins with {paths}, so the server reads about {}; flowbit audit index{option} makes one",
        trail.collection,
        if n == 1 { "1 entry".to_owned() } else { format!("{} entries", view::thousands(n)) }
    ))
}
