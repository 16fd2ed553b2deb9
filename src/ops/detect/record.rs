//! The fields of a record: what each value is made from, told by comparing it with what is known of its organization.

use bson::{Bson, Document};

use super::facts::{Column, Sheet, leaf};
use super::picture::{Certainty, Notes, RecordPicture, Section, indexes_of, of};
use super::values::{
    is_iso_time, is_plain_word, may_be_hash, names_birth, names_choice, names_event, names_secret, names_touch,
};
use crate::domain::description::StateField;

/// A placeholder with its value for each document.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub template: &'static str,
    pub values: Vec<Option<Bson>>,
}

/// What is known before the fields are looked at.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub section: Section,
    /// How findings about it begin: `organization`.
    pub word: &'a str,
    /// Paths whose placeholder is settled.
    pub fixed: Vec<(String, &'static str)>,
    pub known: Vec<Known>,
    /// Whether the record can be out of force.
    pub has_state: bool,
}

/// What becomes of a field of a new record.
enum Fate {
    Set(Bson, Certainty, String),
    Out(String),
}

/// Makes out a record.
pub(super) fn shape(sheet: &Sheet<'_>, frame: &Frame<'_>, notes: &mut Notes) -> RecordPicture {
    let mut picture = RecordPicture {
        collection: sheet.name.to_owned(),
        indexes: indexes_of(&sheet.facts.indexes),
        ..RecordPicture::default()
    };
    if frame.has_state {
        picture.state = state_of(sheet, frame, notes);
    }
    for column in &sheet.columns {
        let path = column.path.as_str();
        // Where a field is sometimes null and sometimes a document, the document's fields say more.
        if sheet.columns.iter().any(|other| other.path.starts_with(&format!("{path}."))) {
            continue;
        }
        let fate = match picture.state.as_ref().filter(|state| state.field == path) {
            Some(state) => Fate::Set(state.active.clone(), Certainty::Sure, String::new()),
            None => fate(column, frame),
        };
        match fate {
            Fate::Set(value, certainty, evidence) => {
                if !evidence.is_empty() {
                    notes.add(frame.section, format!("{}.{path}", frame.word), shown(&value), certainty, evidence);
                }
                picture.fields.insert(path, value);
            }
            Fate::Out(why) => picture.left_out.push((path.to_owned(), why)),
        }
    }
    let is_now = |path: &str| picture.fields.get_str(path).is_ok_and(|text| text == "{now}");
    picture.touch = sheet.columns.iter().map(|c| c.path.clone()).find(|path| names_touch(&leaf(path)) && is_now(path));
    picture
}

/// A value of a description for people.
pub(super) fn shown(value: &Bson) -> String {
    match value {
        Bson::String(text) => text.clone(),
        Bson::Document(document) if document.is_empty() => "{}".to_owned(),
        Bson::Array(items) if items.is_empty() => "[]".to_owned(),
        other => other.to_string(),
    }
}

fn fate(column: &Column<'_>, frame: &Frame<'_>) -> Fate {
    let text = |template: &str| Bson::String(template.to_owned());
    if let Some((_, template)) = frame.fixed.iter().find(|(path, _)| *path == column.path) {
        // What it was settled by is said where it was settled.
        return Fate::Set(text(template), Certainty::Sure, String::new());
    }
    if let Some((template, hits, whole)) = explained(column, frame) {
        let certainty = Certainty::sure_if(hits == whole && whole > 1);
        let evidence = format!("equals {template} in {} documents", of(hits, whole));
        return Fate::Set(text(template), certainty, evidence);
    }
    left_over(column)
}

/// The placeholder that gives the column's values, in how many documents of how many.
fn explained(column: &Column<'_>, frame: &Frame<'_>) -> Option<(&'static str, usize, usize)> {
    let mut best: Option<(usize, &'static str, usize, usize)> = None;
    for known in &frame.known {
        let pairs: Vec<(&Bson, &Bson)> = column
            .cells
            .iter()
            .zip(&known.values)
            .filter_map(|(cell, value)| Some(((*cell)?, value.as_ref()?)))
            .filter(|(cell, _)| **cell != Bson::Null)
            .collect();
        let hits = pairs.iter().filter(|(cell, value)| cell == value).count();
        // A few records may be broken; most say what was meant.
        if hits == 0 || hits * 10 < pairs.len() * 8 {
            continue;
        }
        let weight = hits * 2 + usize::from(is_called(&column.leaf(), known.template));
        if best.is_none_or(|(most, ..)| weight > most) {
            best = Some((weight, known.template, hits, pairs.len()));
        }
    }
    best.map(|(_, template, hits, whole)| (template, hits, whole))
}

/// Whether a field of this name would hold this placeholder: decides where two placeholders have one value.
fn is_called(leaf: &str, template: &str) -> bool {
    let words: &[&str] = match template {
        "{slug}" => &["slug", "subdomain", "handle", "key", "identifier", "customerid", "tenantid"],
        "{store}" => &["collection", "collectionname", "database", "databasename", "dbname", "db", "store"],
        "{database}" => &["database", "databasename", "dbname", "db", "masterdb"],
        "{name}" => &["name", "displayname", "organizationname", "tenantname", "companyname"],
        _ => &[],
    };
    words.contains(&leaf)
}

/// A field that nothing explains: a time, a constant, a stand-in, or nothing.
fn left_over(column: &Column<'_>) -> Fate {
    let leaf = column.leaf();
    let guess = |value: Bson, evidence: &str| Fate::Set(value, Certainty::Guessed, evidence.to_owned());
    let arrays = column.all(|value| matches!(value, Bson::Array(_)));
    if names_secret(&leaf) {
        if arrays && column.in_tenths(5) {
            return guess(Bson::Array(Vec::new()), "an array that may hold secrets; a new record has none");
        }
        return Fate::Out("may hold a secret".to_owned());
    }
    if column.filled().next().is_none() {
        return Fate::Out("always null, which TOML cannot say".to_owned());
    }
    if !column.in_tenths(5) {
        return Fate::Out(format!("only in {} documents", of(column.present(), column.cells.len())));
    }
    if column.path == "__v" {
        return Fate::Set(Bson::Int32(0), Certainty::Sure, "Mongoose's version counter begins at 0".to_owned());
    }
    if let Some(fate) = time(column, &leaf) {
        return fate;
    }
    if arrays {
        return guess(Bson::Array(Vec::new()), "an array; a new record has an empty one");
    }
    if column.all(|value| matches!(value, Bson::Boolean(_))) {
        let yes = column.filled().filter(|value| **value == Bson::Boolean(true)).count();
        let all = column.filled().count();
        let value = Bson::Boolean(yes * 2 > all);
        let certainty = Certainty::sure_if(all > 1 && (yes == 0 || yes == all));
        return Fate::Set(value, certainty, format!("true in {} documents", of(yes, all)));
    }
    if let Some(value) = column.constant().filter(|value| is_harmless(value, column.present(), &leaf)) {
        let certainty = Certainty::sure_if(column.present() > 1);
        return Fate::Set(
            value.clone(),
            certainty,
            format!("the same in {} documents", of(column.present(), column.cells.len())),
        );
    }
    stand_in(column, &leaf).unwrap_or_else(|| Fate::Out("differs from record to record".to_owned()))
}

fn time(column: &Column<'_>, leaf: &str) -> Option<Fate> {
    let dates = column.all(|value| matches!(value, Bson::DateTime(_)));
    let texts = column.all(|value| value.as_str().is_some_and(is_iso_time));
    if !dates && !texts {
        return None;
    }
    if !names_birth(leaf) && (names_event(leaf) || !column.in_tenths(10)) {
        return Some(Fate::Out("the time of something that happens later".to_owned()));
    }
    let (template, kind) = if dates { ("{now}", "a Date") } else { ("{now:string}", "a time as text") };
    let evidence = format!("{kind} in {} documents", of(column.filled().count(), column.cells.len()));
    Some(Fate::Set(Bson::String(template.to_owned()), Certainty::sure_if(names_birth(leaf)), evidence))
}

/// Whether a constant can be copied into every new record: nothing a person or a secret could be known by.
fn is_harmless(value: &Bson, documents: usize, leaf: &str) -> bool {
    match value {
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) => documents > 1,
        Bson::Document(document) => document.is_empty(),
        Bson::String(text) if text.is_empty() => true,
        Bson::String(text) => {
            let telling = ["name", "phone", "address", "street", "city", "country", "mail", "note", "bio"];
            is_plain_word(text)
                && !may_be_hash(value)
                && !telling.iter().any(|word| leaf.contains(word))
                && (documents > 1 || names_choice(leaf) || names_birth(leaf))
        }
        _ => false,
    }
}

/// What a field gets that has to be filled, but with what nobody knows.
fn stand_in(column: &Column<'_>, leaf: &str) -> Option<Fate> {
    if !column.is_text() {
        return None;
    }
    let guess =
        |value: &str, why: &str| Some(Fate::Set(Bson::String(value.to_owned()), Certainty::Guessed, why.to_owned()));
    match leaf {
        "firstname" | "givenname" | "name" | "fullname" | "displayname" | "username" | "adminname" | "contactname"
        | "ownername" => guess("{email.local}", "a person's name; the part of the e-mail before the @ stands in"),
        "lastname" | "surname" | "familyname" => {
            guess("{role}", "a person's name; the role stands in, because an empty one may be refused")
        }
        "bio" | "description" | "notes" | "about" => guess("", "free text; a new record has none"),
        _ if names_choice(leaf) => {
            let words = column.words();
            let count = |word: &str| column.texts().filter(|text| *text == word).count();
            let common = words.iter().filter(|word| is_plain_word(word)).max_by_key(|word| count(word))?;
            (words.len() <= 4).then(|| guess(common, "the commonest of a few words")).flatten()
        }
        _ => None,
    }
}

/// The field that says whether a record is in force.
fn state_of(sheet: &Sheet<'_>, frame: &Frame<'_>, notes: &mut Notes) -> Option<StateField> {
    let free = |column: &&Column<'_>| {
        !column.path.contains('.') && column.in_tenths(5) && !frame.fixed.iter().any(|(path, _)| *path == column.path)
    };
    let found = sheet.columns.iter().filter(free).find_map(|column| Some((column, words_of_state(column)?)));
    let (column, (active, inactive, seen)) = found?;
    let what = format!("{}.state", frame.word);
    let evidence = format!(
        "{} says {} in {} documents{}",
        column.path,
        shown(&active),
        of(column.filled().filter(|value| **value == active).count(), column.cells.len()),
        if seen { "" } else { "; no record out of force was seen" }
    );
    let value = format!("{} = {} or {}", column.path, shown(&active), shown(&inactive));
    notes.add(frame.section, what, value, Certainty::sure_if(seen || matches!(active, Bson::Boolean(_))), evidence);
    Some(StateField { field: column.path.clone(), active, inactive })
}

/// The values for in force and out of force, and whether the second was seen.
fn words_of_state(column: &Column<'_>) -> Option<(Bson, Bson, bool)> {
    let leaf = column.leaf();
    if column.all(|value| matches!(value, Bson::Boolean(_))) {
        let (good, bad) = match leaf.as_str() {
            "isactive" | "active" | "enabled" | "isenabled" => (true, false),
            "isdeleted" | "deleted" | "isdisabled" | "disabled" | "isblocked" | "blocked" | "suspended"
            | "archived" => (false, true),
            _ => return None,
        };
        let seen = column.filled().any(|value| *value == Bson::Boolean(bad));
        return Some((Bson::Boolean(good), Bson::Boolean(bad), seen));
    }
    if !matches!(leaf.as_str(), "status" | "state") || !column.is_text() {
        return None;
    }
    let words = column.words();
    let active =
        *words.iter().find(|word| word.eq_ignore_ascii_case("active") || word.eq_ignore_ascii_case("enabled"))?;
    let order = ["deleted", "inactive", "disabled", "suspended", "archived"];
    let other = order.iter().find_map(|known| words.iter().find(|word| word.eq_ignore_ascii_case(known)));
    let like = |word: &str| if active.chars().all(char::is_uppercase) { word.to_uppercase() } else { word.to_owned() };
    let inactive = other.map_or_else(|| like("inactive"), |word| (*word).to_owned());
    Some((Bson::String(active.to_owned()), Bson::String(inactive), other.is_some()))
}

/// The fields of a document that repeats what is known, without findings: markers, copies, audit entries.
pub(super) fn plain_fields(sheet: &Sheet<'_>, frame: &Frame<'_>) -> Document {
    shape(sheet, frame, &mut Notes::default()).fields
}
