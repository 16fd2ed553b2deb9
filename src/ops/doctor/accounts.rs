//! Accounts: whose they are, who administers an organization, and e-mails.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};

use super::estate::{Estate, Known, ident};
use super::mend::{call, create_index, json, script, set};
use super::rules::{
    BROKEN_LINK, DISPLAY_NAME, EMAIL_CASE, EMAIL_TWICE, HALF_RENAMED, HASH, NO_ADMIN, ORPHAN_ACCOUNT, ROLE, SECRET,
};
use super::stores::repeated;
use super::tally::{Link, Tally, by_tenant, link_path};
use super::{Exam, Severity, count, ids, links, secrets};
use crate::domain::description::AccountPlace;
use crate::domain::plan::Namespace;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::ops::org::Org;
use crate::ops::org::find::shell;

/// What the accounts said.
#[derive(Default)]
pub(super) struct Told {
    /// By organization, from the one collection of all accounts; none where each tenant has its own.
    pub links: Vec<Link>,
    /// How many accounts each organization has, by identifier.
    pub heads: BTreeMap<String, Heads>,
}

/// How many accounts an organization has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Heads {
    /// All.
    pub accounts: u64,
    /// In force, with the administrator's role.
    pub admins: u64,
    /// With the administrator's role, in force or not.
    pub appointed: u64,
}

pub(super) async fn examine(exam: &mut Exam<'_>, estate: &Estate) -> Result<Told> {
    let mut told = Told::default();
    beyond(exam);
    let tallied = tally(exam, estate, &mut told).await;
    let all = [&ORPHAN_ACCOUNT, &NO_ADMIN, &EMAIL_TWICE, &EMAIL_CASE, &SECRET, &HASH, &ROLE, &DISPLAY_NAME];
    exam.settle(&all, tallied)?;
    let linked = links::examine(exam, estate).await;
    exam.settle(&[&BROKEN_LINK], linked)?;
    Ok(told)
}

/// What this platform has nothing of.
fn beyond(exam: &mut Exam<'_>) {
    let platform = exam.house.platform;
    let account = &platform.account;
    match account.place {
        AccountPlace::Master => {}
        AccountPlace::Store => {
            exam.cannot(&ORPHAN_ACCOUNT, "accounts are in the tenants' own databases, and go with them")
        }
        AccountPlace::Organization => exam.cannot(&ORPHAN_ACCOUNT, "accounts are inside the organizations' records"),
    }
    if !account.lower_case_email {
        exam.cannot(&EMAIL_CASE, "the platform looks e-mails up as they are written");
    }
    if account.fields.path_of(Var::Role).is_none() {
        exam.cannot(&ROLE, "accounts have no role");
    }
    let twins = repeated(&account.fields).iter().any(|path| Some(*path) != link_path(platform));
    let keyed = platform.keyed.iter().any(|shape| repeated(&shape.fields).iter().any(|path| *path != shape.key));
    if !twins && !keyed {
        exam.cannot(&DISPLAY_NAME, "nothing repeats a tenant's name beside its key");
    }
}

async fn tally(exam: &mut Exam<'_>, estate: &Estate, told: &mut Told) -> Result<()> {
    let house = exam.house;
    let account = &house.platform.account;
    let mut unguarded = Vec::new();
    match account.place {
        AccountPlace::Master => {
            let mine = exam.only.as_ref().and_then(|org| house.accounts(org));
            let (ns, filter) = mine.unwrap_or_else(|| (house.master(&account.collection), Document::new()));
            let tally = one(exam, estate, &ns, filter, &mut unguarded).await?;
            owners(exam, estate, &ns, &tally, told);
            told.links = tally.links;
        }
        AccountPlace::Organization => {
            let ns = house.master(&account.collection);
            let mut filter = exam.only.as_ref().map(|org| house.record_filter(&org.id)).unwrap_or_default();
            if let Some(state) = house.platform.organization.as_ref().and_then(|shape| shape.state.as_ref()) {
                filter.insert(&state.field, doc! { "$ne": state.inactive.clone() });
            }
            let tally = one(exam, estate, &ns, filter, &mut unguarded).await?;
            owners(exam, estate, &ns, &tally, told);
        }
        AccountPlace::Store => {
            for org in estate.orgs.iter().filter(|org| exam.concerns(org)).collect::<Vec<_>>() {
                let Some((ns, filter)) = house.accounts(org) else { continue };
                if !estate.has(&ns) {
                    told.heads.insert(ident(&org.id), Heads::default());
                    continue;
                }
                let tally = one(exam, estate, &ns, filter, &mut unguarded).await?;
                tally.links.iter().for_each(|link| add(told, org, link));
                tally.links.iter().for_each(|link| repeats(exam, org, &ns, link));
            }
        }
    }
    unique(exam, &unguarded);
    administrators(exam, estate, told);
    Ok(())
}

/// Everything about the accounts of one collection but whose they are.
async fn one(
    exam: &mut Exam<'_>,
    estate: &Estate,
    ns: &Namespace,
    filter: Document,
    unguarded: &mut Vec<Namespace>,
) -> Result<Tally> {
    let house = exam.house;
    let account = &house.platform.account;
    let guarded = match account.fields.path_of(Var::Email) {
        Some(email) => house.store.indexes(ns).await?.iter().any(|index| keeps_apart(index, email)),
        None => true,
    };
    let all = filter.is_empty() && estate.has(ns);
    if !guarded && all {
        unguarded.push(ns.clone());
    }
    let mut tally = Tally::of(house.store, house.platform, ns, filter.clone(), all && !guarded).await?;
    // An index keeps equal e-mails apart, but not those that differ in case.
    if all && guarded && tally.capitals.is_some() {
        tally.doubled = Tally::of(house.store, house.platform, ns, filter, true).await?.doubled;
    }
    emails(exam, ns, &tally);
    secrets::examine(exam, ns, &tally);
    Ok(tally)
}

/// Whether an index lets no e-mail in twice, alone or within a tenant.
fn keeps_apart(index: &Document, email: &str) -> bool {
    let keys = index.get_document("key").ok();
    let unique = index.get_bool("unique").unwrap_or(false);
    unique && keys.is_some_and(|keys| keys.len() <= 2 && keys.keys().last().is_some_and(|last| last == email))
}

fn emails(exam: &mut Exam<'_>, ns: &Namespace, tally: &Tally) {
    let Some(path) = exam.house.platform.account.fields.path_of(Var::Email) else { return };
    for group in &tally.doubled {
        let email = group.value.as_document().and_then(|value| value.get("email")).map(plain).unwrap_or_default();
        let evidence = format!(
            "{} have the e-mail {email}, and only one of them can log in: {}",
            count(group.n, "account"),
            ids(&group.ids)
        );
        let filter = doc! { "_id": { "$in": group.ids.clone() } };
        exam.found(&EMAIL_TWICE, format!("{ns} {path}"), evidence, secrets::look_at(exam, ns, &filter));
    }
    if let Some(group) = &tally.capitals {
        let evidence = format!("{} whose e-mail has capitals: {}", count(group.n, "account"), ids(&group.ids));
        let update = format!(
            "updateMany({{{0}: {{\"$regex\": \"[A-Z]\"}}}}, [{{\"$set\": {{{0}: {{\"$toLower\": {1}}}}}}}])",
            json(path),
            json(&format!("${path}"))
        );
        exam.found(&EMAIL_CASE, format!("{ns} {path}"), evidence, call(ns, &update));
    }
}

/// B23: nothing keeps a second account with the same e-mail out.
fn unique(exam: &mut Exam<'_>, unguarded: &[Namespace]) {
    let platform = exam.house.platform;
    let Some(email) = platform.account.fields.path_of(Var::Email) else { return };
    let Some(first) = unguarded.first() else { return };
    let mut keys = Document::new();
    if let Some(link) = link_path(platform).filter(|_| by_tenant(platform, email)) {
        keys.insert(link, 1);
    }
    keys.insert(email, 1);
    let more = match unguarded.len() - 1 {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let evidence = "no unique index: a second account with the same e-mail could be made, and never log in";
    let spec = doc! { "key": keys, "unique": true };
    exam.found_as(
        Severity::Warning,
        &EMAIL_TWICE,
        format!("{first} {email}{more}"),
        evidence,
        create_index(unguarded, &spec),
    );
}

/// Sorts the accounts by whose they are.
fn owners(exam: &mut Exam<'_>, estate: &Estate, ns: &Namespace, tally: &Tally, told: &mut Told) {
    let platform = exam.house.platform;
    let Some(path) = link_path(platform) else { return };
    let (var, as_text) = match platform.account.place {
        AccountPlace::Organization => (Var::OrgId, false),
        _ => links::described(platform, path),
    };
    let known = estate.known(var, as_text);
    let by_text: BTreeMap<String, &Org> = estate.orgs.iter().map(|org| (plain(&org.id), org)).collect();
    for link in &tally.links {
        match known.get(&ident(&link.value)) {
            Some(Known::Living(org)) => {
                add(told, org, link);
                repeats(exam, org, ns, link);
            }
            Some(Known::Inactive | Known::Gone) => out_of_force(exam, ns, path, link),
            None => match by_text.get(&plain(&link.value)).filter(|_| var == Var::OrgId) {
                Some(org) => {
                    add(told, org, link);
                    links::wrong_type(exam, org, ns, path, link, as_text);
                }
                None => nobodys(exam, estate, ns, path, link),
            },
        }
    }
}

fn add(told: &mut Told, org: &Org, link: &Link) {
    let heads = told.heads.entry(ident(&org.id)).or_default();
    heads.accounts += link.accounts;
    heads.admins += link.admins;
    heads.appointed += link.appointed;
}

/// What accounts repeat of their organization's name, slug or store.
fn repeats(exam: &mut Exam<'_>, org: &Org, ns: &Namespace, link: &Link) {
    let house = exam.house;
    let fields = &house.platform.account.fields;
    let vars = house.vars(&org.id, &org.name, &org.slug, &org.home);
    let own = link_path(house.platform);
    for (path, is) in repeated(fields).into_iter().zip(&link.repeated) {
        let Some(should) = fields.value_at(path, &vars) else { continue };
        if *is == should || Some(path) == own {
            continue;
        }
        // Without a record there is no saying which name is the right one, and a missing one is no other name.
        let twin = house.platform.organization.is_none() || *is == Bson::Null;
        let rule = if twin { &DISPLAY_NAME } else { &HALF_RENAMED };
        let mut filter = Document::from_iter([(path.to_owned(), is.clone())]);
        if let Some(own) = own {
            filter.insert(own, link.value.clone());
        }
        let evidence = format!(
            "{} of {:?} with {path} = {:?} instead of {:?}: {}",
            count(link.accounts, "account"),
            org.name.as_str(),
            plain(is),
            plain(&should),
            ids(std::slice::from_ref(&link.one))
        );
        exam.found_of(org, rule, format!("{ns} {path}"), evidence, set(ns, &filter, path, &should));
    }
}

/// B12: the organization is out of force and its accounts are not.
fn out_of_force(exam: &mut Exam<'_>, ns: &Namespace, path: &str, link: &Link) {
    let Some(state) = &exam.house.platform.account.state else { return };
    if link.active == 0 {
        return;
    }
    let evidence = format!(
        "{} in force of an organization that is deleted or disabled: {}",
        count(link.active, "account"),
        ids(std::slice::from_ref(&link.one))
    );
    let filter = Document::from_iter([(path.to_owned(), link.value.clone())]);
    let repair = set(ns, &filter, &state.field, &state.inactive);
    exam.found(&ORPHAN_ACCOUNT, format!("{ns} {path} = {}", plain(&link.value)), evidence, repair);
}

/// B12: no organization has this identifier, or name.
fn nobodys(exam: &mut Exam<'_>, estate: &Estate, ns: &Namespace, path: &str, link: &Link) {
    let platform = exam.house.platform;
    let filter = Document::from_iter([(path.to_owned(), link.value.clone())]);
    let one = ids(std::slice::from_ref(&link.one));
    if link.value == Bson::Null {
        let evidence = format!("{} whose {path} is {}: {one}", count(link.accounts, "account"), link.kind);
        let repair = secrets::look_at(exam, ns, &filter);
        exam.found_as(Severity::Warning, &ORPHAN_ACCOUNT, format!("{ns} {path}"), evidence, repair);
        return;
    }
    let renamed =
        estate.kept.iter().find(|kept| kept.key.as_deref() == link.value.as_str() && link.value.as_str().is_some());
    let (evidence, repair) = match renamed.and_then(|kept| kept.to.as_deref()) {
        Some(to) => (
            format!("{} under the old key of {to:?}: {one}", count(link.accounts, "account")),
            set(ns, &filter, path, &Bson::from(to)),
        ),
        None => {
            let repair = match &platform.account.state {
                Some(state) => set(ns, &filter, &state.field, &state.inactive),
                None => call(ns, &format!("deleteMany({})", script(&Bson::Document(filter)))),
            };
            (
                format!(
                    "{} ({} in force) of an organization that does not exist: {one}",
                    count(link.accounts, "account"),
                    link.active
                ),
                repair,
            )
        }
    };
    exam.found(&ORPHAN_ACCOUNT, format!("{ns} {path} = {}", plain(&link.value)), evidence, repair);
}

/// B24, B27: nobody can administer it.
fn administrators(exam: &mut Exam<'_>, estate: &Estate, told: &Told) {
    let account = &exam.house.platform.account;
    for org in estate.orgs.iter().filter(|org| exam.concerns(org)).collect::<Vec<_>>() {
        let heads = told.heads.get(&ident(&org.id)).copied().unwrap_or_default();
        let without_record = exam.house.platform.organization.is_none();
        // A misspelling of another's key, or an entry of the registry, is no organization that lacks somebody.
        let misspelt = || {
            let mut twins = estate.orgs.iter().filter(|twin| twin.id != org.id && twin.name.key() == org.name.key());
            twins.any(|twin| told.heads.get(&ident(&twin.id)).is_some_and(|heads| heads.admins > 0))
        };
        if heads.admins > 0 || (without_record && (heads.accounts == 0 || misspelt())) {
            continue;
        }
        let name = shell(org.name.as_str());
        let role = &account.admin_role;
        let place = format!("organization {:?}", org.name.as_str());
        let (evidence, repair) = if heads.accounts == 0 {
            (
                "no account at all: a create that failed half way leaves this".to_owned(),
                format!("flowbit org delete {name} --dry-run"),
            )
        } else if let (true, Some(state)) = (heads.appointed > 0, &account.state) {
            let repair = exam.house.accounts(org).map(|(ns, mut filter)| {
                if let Some(path) = account.fields.path_of(Var::Role) {
                    filter.insert(path, role);
                }
                set(&ns, &filter, &state.field, &state.active)
            });
            let what = count(heads.appointed, "administrator");
            (format!("{what}, none of them in force"), repair.unwrap_or_else(|| format!("flowbit org show {name}")))
        } else {
            let evidence = format!("{}, none with the role {role:?}", count(heads.accounts, "account"));
            (evidence, appoint(exam, org).unwrap_or_else(|| format!("flowbit org show {name}")))
        };
        exam.found_of(org, &NO_ADMIN, place, evidence, repair);
    }
}

/// Shows the accounts of which one has to get the role.
fn appoint(exam: &Exam<'_>, org: &Org) -> Option<String> {
    let (ns, filter) = exam.house.accounts(org)?;
    Some(secrets::look_at(exam, &ns, &filter))
}
