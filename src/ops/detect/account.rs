//! Accounts: documents with an e-mail and the hash of a password. Where they are, whose they are, how they are hashed.

use std::collections::{BTreeMap, BTreeSet};

use bson::Bson;

use super::facts::{Column, Sheet};
use super::org::{Link, OrgFound};
use super::picture::{AccountPicture, Certainty, Notes, Section, expiring, of};
use super::record::{Frame, Known, shape};
use super::values::{is_email, may_be_hash, names_hash, scheme_of, scheme_text};
use crate::domain::description::{AccountPlace, BcryptPrefix, HashScheme, IdType};
use crate::domain::template::plain;

/// Accounts that were found.
#[derive(Debug, Clone)]
pub(super) struct AccountFound<'a> {
    pub place: AccountPlace,
    pub sheet: Sheet<'a>,
    pub email: String,
    pub hash: String,
    /// How they point to their organization.
    pub link: Option<Link>,
}

/// The paths of the e-mail and of the hash, where a collection holds accounts.
pub(super) fn credentials(sheet: &Sheet<'_>) -> Option<(String, String)> {
    let emails: Vec<&Column<'_>> = sheet
        .columns
        .iter()
        .filter(|column| {
            let (all, good) = (column.filled().count(), column.texts().filter(|text| is_email(text)).count());
            column.in_tenths(6) && all > 0 && good * 10 >= all * 8
        })
        .collect();
    let email = emails
        .iter()
        .find(|column| column.leaf() == "email")
        .or_else(|| emails.iter().find(|column| column.leaf().contains("mail")))
        .or_else(|| emails.first())?;
    // Here and there somebody put something else into the field.
    let most = |column: &Column<'_>| {
        let good = column.filled().filter(|value| may_be_hash(value)).count();
        column.in_tenths(6) && good > 0 && good * 10 >= column.filled().count() * 8
    };
    let known = |column: &&Column<'_>| most(column) && column.texts().any(|text| scheme_of(text).is_some());
    let named = |column: &&Column<'_>| most(column) && names_hash(&column.leaf());
    let hash = sheet.columns.iter().find(known).or_else(|| sheet.columns.iter().find(named))?;
    Some((email.path.clone(), hash.path.clone()))
}

impl<'a> AccountFound<'a> {
    /// The accounts in a collection, if it holds any.
    pub fn in_sheet(sheet: &Sheet<'a>, place: AccountPlace) -> Option<Self> {
        let (email, hash) = credentials(sheet)?;
        Some(Self { place, sheet: sheet.clone(), email, hash, link: None })
    }

    /// The organization of each account, by row.
    pub fn owners(&self, org: Option<&OrgFound<'_>>) -> Vec<Option<usize>> {
        let rows = 0..self.sheet.rows();
        if self.place == AccountPlace::Organization {
            return rows.map(Some).collect();
        }
        let column = self.link.as_ref().and_then(|link| self.sheet.column(&link.path));
        rows.map(|row| Some(org?.pointed_to(column?.cells.get(row).copied().flatten()?)?.0)).collect()
    }

    /// The identifier of each account.
    pub fn ids(&self) -> Vec<Option<Bson>> {
        let path = super::org::identifier(&self.sheet).map_or_else(|| "_id".to_owned(), |(path, _)| path);
        self.sheet.column(&path).map(|c| c.cells.iter().map(|cell| cell.cloned()).collect()).unwrap_or_default()
    }
}

/// What accounts are compared with.
pub(super) fn known_of(found: &AccountFound<'_>) -> Vec<Known> {
    let column = |path: &str| found.sheet.column(path);
    let ids = found.ids();
    let texts = |values: &[Option<Bson>]| values.iter().map(|v| v.as_ref().map(|v| Bson::String(plain(v)))).collect();
    let emails: Vec<Option<Bson>> =
        column(&found.email).map(|c| c.cells.iter().map(|cell| cell.cloned()).collect()).unwrap_or_default();
    let local = emails
        .iter()
        .map(|email| Some(Bson::String(email.as_ref()?.as_str()?.split('@').next()?.to_owned())))
        .collect();
    vec![
        Known { template: "{account.id}", values: ids.clone() },
        Known { template: "{account.id:string}", values: texts(&ids) },
        Known { template: "{email}", values: emails },
        Known { template: "{email.local}", values: local },
    ]
}

/// What was made out of the surroundings of accounts, before their own fields are looked at.
pub(super) struct Around {
    /// Paths that are settled: the tenant key and its twins.
    pub fixed: Vec<(String, &'static str)>,
    /// What is known of each account's organization.
    pub known: Vec<Known>,
    /// Rows of administrators that organizations point to.
    pub admins: BTreeSet<usize>,
}

/// Makes out the accounts.
pub(super) fn draw(found: &AccountFound<'_>, around: Around, notes: &mut Notes) -> AccountPicture {
    let s = Section::Account;
    let sheet = &found.sheet;
    note_place(found, notes);
    let mut fixed = around.fixed;
    fixed.push((found.email.clone(), "{email}"));
    fixed.push((found.hash.clone(), "{hash}"));
    let role = role_of(sheet, &around.admins, notes);
    if let Some((path, _, _)) = &role {
        fixed.push((path.clone(), "{role}"));
    }
    let (id, id_type) = super::org::identifier(sheet).unwrap_or(("_id".to_owned(), IdType::ObjectId));
    if found.place != AccountPlace::Organization {
        fixed.push((id, "{account.id}"));
    }
    if let Some(link) = found.link.as_ref().filter(|link| !fixed.iter().any(|(path, _)| *path == link.path)) {
        fixed.push((link.path.clone(), link.template));
        let evidence = format!("{} values were found among the organizations", of(link.hits, link.of));
        notes.add(s, format!("account.{}", link.path), link.template, link.certainty(), evidence);
    }
    let known = [known_of(found), around.known].concat();
    let has_state = found.place != AccountPlace::Organization;
    let mut record = shape(sheet, &Frame { section: s, word: "account", fixed, known, has_state }, notes);
    record.id_type = id_type;
    let forbidden = expiring(&sheet.facts.indexes);
    for keys in &forbidden {
        let path = keys.keys().next().map_or("", String::as_str);
        notes.gap(s, format!("an index deletes whole accounts by the age of {path}; it is listed as forbidden"));
    }
    let unique_email = sheet.facts.indexes.iter().any(|index| {
        index.get_bool("unique").unwrap_or(false)
            && index.get_document("key").is_ok_and(|keys| keys.contains_key(&found.email))
    });
    let (_, admin_role, roles) = role.unwrap_or_else(|| (String::new(), "admin".to_owned(), Vec::new()));
    AccountPicture {
        place: found.place,
        lower_case_email: lower_case(found, notes),
        admin_role,
        roles,
        hash: hash_of(found, notes),
        forbidden,
        copies: Vec::new(),
        unique_email,
        email: found.email.clone(),
        record,
    }
}

fn note_place(found: &AccountFound<'_>, notes: &mut Notes) {
    let (s, sheet) = (Section::Account, &found.sheet);
    let rows = sheet.rows();
    let place = match found.place {
        AccountPlace::Master => "a collection of the master database",
        AccountPlace::Store => "a collection of each tenant's database",
        AccountPlace::Organization => "inside the organization's record",
    };
    let evidence = format!("{place}; {rows} documents seen with an e-mail and the hash of a password");
    notes.add(s, "account.collection", sheet.name, Certainty::Sure, evidence);
    let count = |path: &str, test: &dyn Fn(&str) -> bool| {
        sheet.column(path).map_or(0, |column| column.texts().filter(|text| test(text)).count())
    };
    let emails = count(&found.email, &is_email);
    let evidence = format!("an address in {} documents", of(emails, rows));
    notes.add(s, "account.email", &found.email, Certainty::sure_if(emails == rows), evidence);
    let hashes = count(&found.hash, &|text| scheme_of(text).is_some());
    let evidence = format!("the mark of a known scheme in {} documents", of(hashes, rows));
    notes.add(s, "account.hash field", &found.hash, Certainty::sure_if(hashes > 0), evidence);
}

/// The scheme that most hashes have.
fn hash_of(found: &AccountFound<'_>, notes: &mut Notes) -> HashScheme {
    let s = Section::Account;
    let texts: Vec<&str> = found.sheet.column(&found.hash).map(|c| c.texts().collect()).unwrap_or_default();
    let mut seen: BTreeMap<String, (usize, HashScheme)> = BTreeMap::new();
    for scheme in texts.iter().filter_map(|text| scheme_of(text)) {
        seen.entry(scheme_text(scheme)).or_insert((0, scheme)).0 += 1;
    }
    if texts.iter().any(|text| text.starts_with("$2y$")) {
        notes.gap(s, "some hashes begin with $2y$; flowbit writes $2b$, which is the same to those who read $2y$");
    }
    match seen.iter().max_by_key(|(_, (count, _))| *count) {
        Some((text, (count, scheme))) => {
            let certainty = Certainty::sure_if(*count == texts.len());
            let evidence = format!("by the mark of {} hashes", of(*count, texts.len()));
            notes.add(s, "account.hash", text, certainty, evidence);
            *scheme
        }
        None => {
            notes.gap(
                s,
                "the scheme of the password hashes is unknown; bcrypt stands in, and the platform may refuse it",
            );
            HashScheme::Bcrypt { cost: 12, prefix: BcryptPrefix::B }
        }
    }
}

/// The field of the role, the administrator's role and all roles that were seen.
fn role_of(sheet: &Sheet<'_>, admins: &BTreeSet<usize>, notes: &mut Notes) -> Option<(String, String, Vec<String>)> {
    let column = sheet
        .columns
        .iter()
        .find(|column| column.leaf() == "role" || column.leaf() == "userrole")
        .or_else(|| sheet.columns.iter().find(|column| column.leaf().ends_with("role")))
        .filter(|column| column.is_text())?;
    // What is longer is no role, whatever the field is called.
    let words: Vec<&str> = column.words().into_iter().filter(|word| word.len() <= 32 && !is_email(word)).collect();
    let of_admins: BTreeSet<&str> = admins.iter().filter_map(|row| column.text(*row)).collect();
    let like_admin = |word: &&&str| word.to_lowercase().contains("admin");
    let first = if of_admins.len() == 1 { of_admins.first().copied() } else { None };
    // Not the platform's own administrators: `superadmin` may rule over all tenants.
    let plainest =
        words.iter().filter(like_admin).min_by_key(|word| (word.to_lowercase().contains("super"), word.len()));
    let admin = first.or(plainest.copied()).or_else(|| words.first().copied())?;
    let certainty = Certainty::sure_if(first.is_some() || like_admin(&&admin));
    let evidence = match first {
        Some(_) => "the role of the accounts that organizations point to".to_owned(),
        None => format!("{} different words in {} documents", words.len(), column.texts().count()),
    };
    notes.add(Section::Account, "account.admin_role", admin, certainty, evidence);
    let roles = if words.len() > 1 { words.iter().map(|word| (*word).to_owned()).collect() } else { Vec::new() };
    if words.len() > 1 {
        notes.add(
            Section::Account,
            "account.roles",
            words.join(", "),
            Certainty::Guessed,
            "those that were seen; there may be more",
        );
    }
    Some((column.path.clone(), admin.to_owned(), roles))
}

fn lower_case(found: &AccountFound<'_>, notes: &mut Notes) -> bool {
    let Some(column) = found.sheet.column(&found.email) else { return false };
    let upper = column.texts().filter(|text| text.chars().any(char::is_uppercase)).count();
    let lower = upper == 0;
    let evidence = if lower {
        "no address has a capital letter; one that is stored in lower case is found by every backend".to_owned()
    } else {
        format!("{upper} addresses have capital letters")
    };
    notes.add(Section::Account, "account.lower_case_email", lower.to_string(), Certainty::sure_if(!lower), evidence);
    lower
}
