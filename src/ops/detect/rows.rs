//! What is known of each organization, by row of its record, and the record that follows from it.

use std::collections::BTreeSet;

use bson::Bson;

use super::account::{self, AccountFound};
use super::org::OrgFound;
use super::picture::{AccountPicture, Notes, RecordPicture, Section};
use super::record::{Frame, Known, shape};
use crate::domain::description::AccountPlace;
use crate::domain::template::plain;

/// Placeholders with what they stand for.
pub(super) type Placed = Vec<(&'static str, Option<Bson>)>;

/// What is known of each organization, by row.
pub(super) struct Rows {
    pub slugs: Vec<Option<String>>,
    pub stores: Vec<Option<String>>,
    /// The row of the account that administers it.
    pub admins: Vec<Option<usize>>,
    pub database: String,
}

impl Rows {
    /// The placeholders with their values for one organization.
    pub fn of_org(&self, org: &OrgFound<'_>, row: usize) -> Placed {
        let text = |text: Option<&str>| text.map(|text| Bson::String(text.to_owned()));
        let id = org.id_of(row).cloned();
        vec![
            ("{name}", text(org.name_of(row))),
            ("{store}", text(self.stores.get(row).and_then(|store| store.as_deref()))),
            ("{slug}", text(self.slugs.get(row).and_then(|slug| slug.as_deref()))),
            ("{org.id}", id.clone()),
            ("{org.id:string}", id.as_ref().map(|id| Bson::String(plain(id)))),
            ("{database}", Some(Bson::String(self.database.clone()))),
        ]
    }

    /// The same, for each account by its organization.
    pub fn for_accounts(&self, org: &OrgFound<'_>, account: &AccountFound<'_>) -> Vec<Known> {
        let owners = account.owners(Some(org));
        let rows: Vec<Option<Placed>> = owners.iter().map(|owner| owner.map(|row| self.of_org(org, row))).collect();
        let column = |n: usize, template: &'static str| Known {
            template,
            values: rows.iter().map(|row| row.as_ref()?.get(n)?.1.clone()).collect(),
        };
        self.of_org(org, 0).iter().enumerate().map(|(n, (template, _))| column(n, template)).collect()
    }

    /// The e-mail of each organization's administrator.
    pub fn emails(&self, account: &AccountFound<'_>) -> Vec<Option<String>> {
        let column = account.sheet.column(&account.email);
        self.admins.iter().map(|row| Some(column?.text((*row)?)?.to_owned())).collect()
    }
}

/// The account that administers each organization: the one its record points to, or the first that points to it.
pub(super) fn admins(org: &OrgFound<'_>, account: &AccountFound<'_>) -> Vec<Option<usize>> {
    let owners = account.owners(Some(org));
    let ids = account.ids();
    let named = |row: usize| {
        let cells: Vec<&Bson> = org.sheet.columns.iter().filter_map(|c| c.cells.get(row).copied().flatten()).collect();
        ids.iter().position(|id| {
            id.as_ref().is_some_and(|id| {
                cells.iter().any(|cell| {
                    *cell == id
                        || cell.as_str() == Some(&plain(id)) && cell.as_str().is_some_and(|text| text.len() >= 24)
                })
            })
        })
    };
    (0..org.sheet.rows())
        .map(|row| match account.place {
            AccountPlace::Organization => Some(row),
            _ => named(row).or_else(|| owners.iter().position(|owner| *owner == Some(row))),
        })
        .collect()
}

/// The record of an organization.
pub(super) fn organization(
    org: &OrgFound<'_>,
    account: &AccountFound<'_>,
    by_row: &Rows,
    notes: &mut Notes,
) -> RecordPicture {
    let mut fixed = vec![(org.id.clone(), "{org.id}"), (org.name.clone(), "{name}")];
    fixed.extend(org.store.iter().map(|(path, _)| (path.clone(), "{store}")));
    fixed.extend(org.slug.iter().map(|path| (path.clone(), "{slug}")));
    let rows = 0..org.sheet.rows();
    let mut known: Vec<Known> = by_row
        .of_org(org, 0)
        .iter()
        .enumerate()
        .map(|(n, (template, _))| Known {
            template,
            values: rows.clone().map(|row| by_row.of_org(org, row).get(n)?.1.clone()).collect(),
        })
        .collect();
    if account.place != AccountPlace::Organization {
        for of_account in account::known_of(account).into_iter().filter(|known| known.template != "{email.local}") {
            let values = by_row.admins.iter().map(|admin| of_account.values.get((*admin)?)?.clone()).collect();
            known.push(Known { template: of_account.template, values });
        }
    }
    let mut record = shape(
        &org.sheet,
        &Frame { section: Section::Organization, word: "organization", fixed, known, has_state: true },
        notes,
    );
    record.id_type = org.id_type;
    record
}

/// The rows of accounts that records point to as their administrators; none where they point to nobody.
pub(super) fn pointed_to(record: &RecordPicture, rows: &Rows) -> BTreeSet<usize> {
    // By the accounts' own link the first of an organization need not be its administrator.
    let points = |value: &Bson| value.as_str().is_some_and(|text| text.starts_with("{account.id"));
    if record.fields.values().any(points) { rows.admins.iter().flatten().copied().collect() } else { BTreeSet::new() }
}

/// Where the account is inside the record, each field belongs to one of the two.
pub(super) fn part(
    account: &AccountFound<'_>,
    record: &mut RecordPicture,
    drawn: &mut AccountPicture,
    notes: &mut Notes,
) {
    let admin = |path: &str| path.to_lowercase().contains("admin");
    let is_account = |path: &str| path == account.email || path == account.hash || admin(path);
    let paths: Vec<String> = account.sheet.columns.iter().map(|column| column.path.clone()).collect();
    for path in paths {
        let (fields, word) = match is_account(&path) {
            true => (&mut record.fields, "organization"),
            false => (&mut drawn.record.fields, "account"),
        };
        fields.remove(&path);
        let what = format!("{word}.{path}");
        notes.findings.retain(|finding| finding.what != what);
    }
    record.left_out.retain(|(path, _)| !is_account(path));
    drawn.record.left_out.clear();
    drawn.record.indexes.clear();
    drawn.record.touch = None;
}
