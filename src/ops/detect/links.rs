//! References: fields whose values are identifiers or e-mails of other documents.

use std::collections::BTreeSet;

use bson::Bson;

use super::account::AccountFound;
use super::facts::Sheet;
use super::picture::{Certainty, Notes, Section, of};
use super::values::{is_hex, is_uuid};
use crate::domain::description::ReferenceShape;
use crate::domain::template::plain;

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
    except: &[String],
    targets: &[Target],
    notes: &mut Notes,
) -> Vec<ReferenceShape> {
    let mut found = Vec::new();
    let columns = sheet.columns.iter().map(|column| (column.path.clone(), column.filled().collect::<Vec<_>>()));
    for (path, values) in columns.chain(sheet.inside.iter().cloned()) {
        // An element of an array has an identifier of its own, which is no reference.
        if path == "_id" || path == "id" || path.ends_with("._id") || except.contains(&path) {
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
