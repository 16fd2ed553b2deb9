//! From what was seen to a description: pure, so that it can be tried on any facts.

use std::collections::BTreeSet;

use bson::Document;

use super::account::{self, AccountFound, Around};
use super::facts::{CollectionFacts, Facts, Sheet};
use super::keys::{self, KeyFound};
use super::org::{self, OrgFound};
use super::picture::{Certainty, KeyedPicture, Notes, Picture, Section, StorePicture, of};
use super::rows::{self, Rows};
use super::stores::{self, Ground, TenantSheet};
use super::{copies, links, naming, trail};
use crate::domain::Layout;
use crate::domain::description::{AccountPlace, ReferenceShape, TicketShape};

/// Why no description can be made, in a sentence.
pub(super) type Unclear = String;

/// How much a database looks like a platform's own; zero for not at all.
pub(super) fn promise(facts: &Facts) -> usize {
    let sheets: Vec<Sheet<'_>> = facts.master.collections.iter().map(Sheet::of).collect();
    let accounts: Vec<AccountFound<'_>> =
        sheets.iter().filter_map(|sheet| AccountFound::in_sheet(sheet, AccountPlace::Master)).collect();
    let own: Vec<&Sheet<'_>> = accounts.iter().map(|account| &account.sheet).collect();
    let org = org::find(&sheets, &own, &facts.master, &others(facts));
    let keyed =
        accounts.iter().filter_map(|account| keys::candidate(account, &sheets, org.as_ref())).map(|(w, _)| w).max();
    match (&org, keyed) {
        (Some(org), _) => 10 + 4 * usize::from(org.store.is_some()) + accounts.len().min(3),
        (None, Some(weight)) => 4 + weight.min(6),
        (None, None) => 0,
    }
}

/// The names of the databases besides the platform's own.
fn others(facts: &Facts) -> BTreeSet<&str> {
    facts.databases.iter().map(String::as_str).filter(|name| *name != facts.master.name).collect()
}

/// The databases that records of organizations name as tenants'.
pub(super) fn named_stores(facts: &Facts) -> BTreeSet<String> {
    let sheets: Vec<Sheet<'_>> = facts.master.collections.iter().map(Sheet::of).collect();
    let names = others(facts);
    let columns = sheets.iter().flat_map(|sheet| &sheet.columns);
    columns.flat_map(|column| column.texts()).filter(|text| names.contains(text)).map(str::to_owned).collect()
}

/// Makes out the platform.
pub(super) fn picture(facts: &Facts) -> Result<Picture, Unclear> {
    let sheets: Vec<Sheet<'_>> = facts.master.collections.iter().map(Sheet::of).collect();
    let accounts: Vec<AccountFound<'_>> =
        sheets.iter().filter_map(|sheet| AccountFound::in_sheet(sheet, AccountPlace::Master)).collect();
    let own: Vec<&Sheet<'_>> = accounts.iter().map(|account| &account.sheet).collect();
    let mut notes = Notes::default();
    match org::find(&sheets, &own, &facts.master, &others(facts)) {
        Some(found) => with_records(facts, &sheets, accounts, found, notes),
        None => {
            let account = best_by_key(accounts, &sheets, None).ok_or_else(|| unclear(&sheets))?;
            let key = keys::find(&account, &sheets, None, &mut notes).ok_or_else(|| {
                format!("there are accounts in {}, but no other collection carries a key of theirs, and no records of organizations were found", account.sheet.name)
            })?;
            shared(facts, &sheets, &account, None, key, notes)
        }
    }
}

/// What is missing, as far as it can be named.
fn unclear(sheets: &[Sheet<'_>]) -> Unclear {
    let with_accounts = sheets.iter().find(|sheet| account::credentials(sheet).is_some());
    match with_accounts {
        Some(sheet) => format!("there are accounts in {}, but nothing ties them to tenants: no records of organizations, and no key that other collections share", sheet.name),
        None => "no collection holds accounts (an e-mail and the hash of a password in each document), and none holds records that name collections or databases".to_owned(),
    }
}

fn best_by_key<'a>(
    accounts: Vec<AccountFound<'a>>,
    sheets: &[Sheet<'a>],
    org: Option<&OrgFound<'_>>,
) -> Option<AccountFound<'a>> {
    let weighed = accounts.into_iter().filter_map(|found| Some((keys::candidate(&found, sheets, org)?.0, found)));
    weighed.max_by_key(|(weight, found)| (*weight, found.sheet.rows())).map(|(_, found)| found)
}

/// Platforms with records of organizations.
fn with_records(
    facts: &Facts,
    sheets: &[Sheet<'_>],
    mut accounts: Vec<AccountFound<'_>>,
    org: OrgFound<'_>,
    mut notes: Notes,
) -> Result<Picture, Unclear> {
    org::note(&org, &mut notes);
    accounts.iter_mut().filter(|a| a.sheet.name != org.sheet.name).for_each(|a| a.link = org.link_in(&a.sheet));
    let own: Vec<&str> = accounts.iter().map(|a| a.sheet.name).chain([org.sheet.name]).collect();
    let habit = naming::habit(&org.names());
    match stores::ground(&org, facts, &own, &habit, &mut notes) {
        Some(ground) => own_stores(facts, sheets, accounts, &org, ground, notes),
        None => {
            let Some(account) = best_by_key(accounts, sheets, Some(&org)) else {
                return Err(format!(
                    "{} looks like records of organizations, but no collection or database is named after them, and no accounts with a key of theirs were found",
                    org.sheet.name
                ));
            };
            let key = keys::find(&account, sheets, Some(&org), &mut notes).ok_or_else(|| {
                format!("{} looks like records of organizations, but only accounts point to them", org.sheet.name)
            })?;
            shared(facts, sheets, &account, Some(&org), key, notes)
        }
    }
}

/// The accounts of tenants: those that point to an organization, those in the tenants' stores, or the records' own.
fn choose<'a>(
    accounts: Vec<AccountFound<'a>>,
    org: &OrgFound<'a>,
    tenants: &'a [(String, CollectionFacts)],
) -> Option<AccountFound<'a>> {
    let linked = accounts.iter().filter(|a| a.link.is_some()).max_by_key(|a| a.sheet.rows()).cloned();
    let stored = || {
        let found = tenants.iter().filter_map(|(_, facts)| {
            let mut account = AccountFound::in_sheet(&Sheet::of(facts), AccountPlace::Store)?;
            account.link = org.link_in(&account.sheet);
            Some(account)
        });
        found.max_by_key(|account| account.sheet.rows())
    };
    let embedded = || AccountFound::in_sheet(&org.sheet, AccountPlace::Organization);
    linked.or_else(stored).or_else(embedded)
}

/// Platforms whose tenants have collections or databases of their own.
fn own_stores(
    facts: &Facts,
    sheets: &[Sheet<'_>],
    accounts: Vec<AccountFound<'_>>,
    org: &OrgFound<'_>,
    mut ground: Ground<'_>,
    mut notes: Notes,
) -> Result<Picture, Unclear> {
    let kinds = by_kind(&ground.sheets);
    let in_stores: &[(String, CollectionFacts)] = if ground.layout == Layout::Database { &kinds } else { &[] };
    let account = choose(accounts, org, in_stores).ok_or_else(|| {
        format!("{} holds records of organizations, but no accounts were found that belong to them", org.sheet.name)
    })?;
    let habit = note_names(&org.names(), &mut notes);
    let slug = |row: usize| match org.slug_of(row) {
        Some(slug) => Some(slug.to_owned()),
        None => org.name_of(row).map(|name| naming::slug(&ground.steps, name)),
    };
    let by_row = Rows {
        slugs: (0..org.sheet.rows()).map(slug).collect(),
        stores: ground.stores.clone(),
        admins: rows::admins(org, &account),
        database: facts.master.name.clone(),
    };
    let mut record = rows::organization(org, &account, &by_row, &mut notes);
    let around = Around {
        fixed: Vec::new(),
        known: by_row.for_accounts(org, &account),
        admins: rows::pointed_to(&record, &by_row),
    };
    let mut drawn = account::draw(&account, around, &mut notes);
    if account.place == AccountPlace::Organization {
        rows::part(&account, &mut record, &mut drawn, &mut notes);
    }
    ground.store.marker = match ground.layout {
        Layout::Collection => copies::marker(&ground.sheets, org, &ground.stores, &mut notes),
        _ => None,
    };
    if account.place != AccountPlace::Store {
        let emails = by_row.emails(&account);
        let known = |row: usize| by_row.of_org(org, row);
        drawn.copies = copies::copies(&ground.sheets, &emails, &known, &mut drawn.admin_role, &mut notes);
    }
    let tenant = |sheet: &Sheet<'_>| org.link_in(sheet).map(|link| (link.path, link.template)).into_iter().collect();
    let audit = trail::audit(sheets, &[org.sheet.name, account.sheet.name], &tenant, &mut notes);
    let kind_sheets: Vec<(String, Sheet<'_>)> =
        kinds.iter().map(|(kind, facts)| (kind.clone(), Sheet::of(facts))).collect();
    let named: Vec<(String, &Sheet<'_>)> =
        kind_sheets.iter().filter(|(kind, _)| !kind.is_empty()).map(|(kind, sheet)| (kind.clone(), sheet)).collect();
    let (tickets, references) = beside(&named, &account, &|_| Vec::new(), &mut notes);
    let picture = Picture {
        master: facts.master.name.clone(),
        layout: ground.layout,
        name_steps: habit.steps,
        slug_steps: ground.steps,
        allowed: habit.allowed,
        organization: Some(record),
        account: drawn,
        store: ground.store,
        keyed: Vec::new(),
        references,
        audit,
        tickets,
        registry: None,
        notes,
    };
    Ok(finish(picture, facts, &[org.names(), by_row.slugs.into_iter().flatten().collect()].concat()))
}

/// Tickets and references in collections, each with the name it has in the description. `own` are paths that say whose a
/// document is.
fn beside(
    named: &[(String, &Sheet<'_>)],
    account: &AccountFound<'_>,
    own: &dyn Fn(&Sheet<'_>) -> Vec<String>,
    notes: &mut Notes,
) -> (Option<TicketShape>, Vec<ReferenceShape>) {
    let mut pointed = named.to_vec();
    if account.place == AccountPlace::Master {
        pointed.push((account.sheet.name.to_owned(), &account.sheet));
    }
    let targets = links::targets(&pointed, account);
    let others = named.iter().filter(|(name, _)| *name != account.sheet.name);
    let references =
        others.flat_map(|(name, sheet)| links::references(name, sheet, &own(sheet), &targets, notes)).collect();
    (trail::tickets(named, notes), references)
}

/// The tenants' collections of each kind, as if they were one collection.
fn by_kind(sheets: &[TenantSheet<'_>]) -> Vec<(String, CollectionFacts)> {
    let kinds: BTreeSet<&str> = sheets.iter().map(|tenant| tenant.kind.as_deref().unwrap_or_default()).collect();
    kinds
        .into_iter()
        .map(|kind| {
            let of_kind = sheets.iter().filter(|tenant| tenant.kind.as_deref().unwrap_or_default() == kind);
            let all: Vec<&Sheet<'_>> = of_kind.map(|tenant| &tenant.sheet).collect();
            (kind.to_owned(), copies::merged(&all, kind))
        })
        .collect()
}

/// Says how names are stored.
fn note_names(names: &[String], notes: &mut Notes) -> naming::NameHabit {
    let habit = naming::habit(names);
    let (value, evidence) = match &habit.allowed {
        Some(class) => (
            format!("lower case, of {class}"),
            format!(
                "{} names have no capital letter; the characters are those that were seen, and the hyphen",
                of(names.len(), names.len())
            ),
        ),
        None => ("as typed".to_owned(), format!("{} names were seen", names.len())),
    };
    notes.add(Section::Naming, "naming.name", value, Certainty::Guessed, evidence);
    habit
}

fn note_shared(carriers: &[&str], notes: &mut Notes) {
    let evidence =
        format!("{} and accounts share collections; each document carries its tenant's key", carriers.join(", "));
    notes.add(Section::Top, "layout", "shared", Certainty::Sure, evidence);
}

/// Platforms whose tenants share collections.
fn shared(
    facts: &Facts,
    sheets: &[Sheet<'_>],
    account: &AccountFound<'_>,
    org: Option<&OrgFound<'_>>,
    key: KeyFound,
    mut notes: Notes,
) -> Result<Picture, Unclear> {
    let carriers: Vec<&str> = key.keyed.iter().map(|keyed| keyed.collection.as_str()).collect();
    note_shared(&carriers, &mut notes);
    let mut account = account.clone();
    account.link = org.and_then(|org| org.link(account.sheet.column(&key.path)?));
    let mut fixed = vec![(key.path.clone(), key.template)];
    fixed.extend(key.twin.clone());
    let by_row = org.map(|org| Rows {
        slugs: (0..org.sheet.rows()).map(|row| org.slug_of(row).map(str::to_owned)).collect(),
        stores: Vec::new(),
        admins: rows::admins(org, &account),
        database: facts.master.name.clone(),
    });
    let known = match (&by_row, org) {
        (Some(by_row), Some(org)) => by_row.for_accounts(org, &account),
        _ => key.known(&account.sheet, &key.path),
    };
    let record = match (org, &by_row) {
        (Some(org), Some(by_row)) => Some(rows::organization(org, &account, by_row, &mut notes)),
        _ => None,
    };
    let admins = record.as_ref().zip(by_row.as_ref()).map(|(record, rows)| rows::pointed_to(record, rows));
    let drawn = account::draw(&account, Around { fixed, known, admins: admins.unwrap_or_default() }, &mut notes);
    let of_keyed: Vec<(String, &Sheet<'_>)> =
        sheets.iter().filter(|sheet| carriers.contains(&sheet.name)).map(|s| (s.name.to_owned(), s)).collect();
    let tenant = |sheet: &Sheet<'_>| tenant_fields(&key.keyed, sheet);
    let taken: Vec<&str> = org.iter().map(|org| org.sheet.name).chain([account.sheet.name]).collect();
    let audit = trail::audit(sheets, &taken, &tenant, &mut notes);
    let own = |sheet: &Sheet<'_>| tenant_fields(&key.keyed, sheet).into_iter().map(|(path, _)| path).collect();
    let (tickets, references) = beside(&of_keyed, &account, &own, &mut notes);
    let names: Vec<String> = match org {
        Some(org) => org.names(),
        None => account
            .sheet
            .column(&key.path)
            .map(|c| c.words().into_iter().map(str::to_owned).collect())
            .unwrap_or_default(),
    };
    let habit = if org.is_some() { note_names(&names, &mut notes) } else { key.habit.clone() };
    let picture = Picture {
        master: facts.master.name.clone(),
        layout: Layout::Shared,
        name_steps: habit.steps,
        slug_steps: key.steps,
        allowed: habit.allowed,
        organization: record,
        account: drawn,
        store: StorePicture::default(),
        keyed: key.keyed,
        references,
        audit,
        tickets,
        registry: None,
        notes,
    };
    Ok(finish(picture, facts, &names))
}

fn tenant_fields(keyed: &[KeyedPicture], sheet: &Sheet<'_>) -> Vec<(String, &'static str)> {
    let known = ["{org.id}", "{org.id:string}", "{slug}", "{name}", "{store}"];
    let Some(shape) = keyed.iter().find(|keyed| keyed.collection == sheet.name) else { return Vec::new() };
    let template = |text: &str| known.iter().find(|known| **known == text).copied();
    shape.fields.iter().filter_map(|(path, value)| Some((path.clone(), template(value.as_str()?)?))).collect()
}

/// What is the same for every layout: the registry, and what a database cannot show.
fn finish(mut picture: Picture, facts: &Facts, names: &[String]) -> Picture {
    let notes = &mut picture.notes;
    match &facts.registry {
        Some(registry) => match &registry.tenants {
            Ok(tenants) => {
                let known = tenants.iter().filter(|tenant| names.contains(tenant)).count();
                if known > 0 || tenants.is_empty() {
                    let evidence = format!("{} tenants in it are in the database", of(known, tenants.len()));
                    notes.add(Section::Registry, "registry", &registry.file, Certainty::sure_if(known > 0), evidence);
                    picture.registry = Some(registry.file.clone());
                } else {
                    notes.gap(
                        Section::Registry,
                        format!("{} names none of the tenants here; it is not this platform's", registry.file),
                    );
                }
            }
            Err(why) => {
                notes.gap(Section::Registry, format!("{} is not a registry that flowbit knows: {why}", registry.file))
            }
        },
        None => notes.gap(
            Section::Registry,
            "no registry.json lies beside the description; the platform may have one elsewhere",
        ),
    }
    let account = &picture.account;
    let says_role = |fields: &Document| fields.values().any(|value| value.as_str() == Some("{role}"));
    if !says_role(&account.record.fields) && !account.copies.iter().any(|(_, fields)| says_role(fields)) {
        notes.gap(Section::Account, "accounts have no field for a role; admin_role is written nowhere");
    }
    if !picture.account.unique_email {
        notes.gap(
            Section::Account,
            format!(
                "no unique index on {}: two accounts with one address are possible, and only one of them can log in",
                picture.account.email
            ),
        );
    }
    picture
}
