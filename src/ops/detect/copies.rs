//! What tenants' own collections repeat: documents about the tenant, and second copies of its administrator's account.

use std::collections::BTreeSet;

use bson::{Bson, Document};

use super::facts::{CollectionFacts, Column, Sheet};
use super::org::OrgFound;
use super::picture::{Certainty, Notes, Section, of};
use super::record::{Frame, Known, plain_fields};
use super::rows::Placed;
use super::stores::TenantSheet;

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

/// Second copies of an administrator's account in the tenants' own collections. `emails` are by row of organization;
/// `role` becomes what a copy says.
pub(super) fn copies(
    sheets: &[TenantSheet<'_>],
    emails: &[Option<String>],
    known: &dyn Fn(usize) -> Placed,
    role: &mut String,
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
        // Where accounts themselves have no role, their copies may.
        let with_role = sheet.by_word(&["role"]).filter(|column| column.is_text());
        if let Some(word) = with_role.and_then(|column| column.texts().next()) {
            word.clone_into(role);
        }
        let fixed = with_role.map(|column| (column.path.clone(), "{role}")).into_iter().collect();
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
