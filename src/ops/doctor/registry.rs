//! The file in which screens are registered, beside the tenants that there are.

use super::estate::{Estate, Screens};
use super::mend::edit;
use super::rules::REGISTRY;
use super::{Exam, Severity};
use crate::domain::naming::NameKey;
use crate::domain::template::plain;
use crate::ops::org::Org;
use crate::ops::org::kept::KeptFor;

/// B16: entries without tenant, and tenants without entry. `lives` says whether anything but the file knows a tenant.
pub(super) fn examine(exam: &mut Exam<'_>, estate: &Estate, lives: impl Fn(&Org) -> bool) {
    let (file, entries) = match &estate.screens {
        Screens::None => return exam.cannot(&REGISTRY, "the platform has no registry file"),
        Screens::Unreadable(why, false) => return exam.cannot(&REGISTRY, why.clone()),
        Screens::Unreadable(why, true) => {
            return exam.found(&REGISTRY, "the registry", why.clone(), "flowbit explain E0107".to_owned());
        }
        Screens::Tenants(file, entries) => (file, entries),
    };
    exam.checked(&REGISTRY);
    let tenants: Vec<&Org> = estate.orgs.iter().filter(|org| lives(org)).collect();
    // A backend without records asks for the key itself; with records it may ask for any of them.
    let exact = exam.house.platform.organization.is_none();
    let called = |org: &Org, entry: &String| {
        plain(&org.id) == *entry || (!exact && (org.name.as_str() == entry || org.slug.as_str() == entry))
    };
    for entry in entries {
        if exam.only.is_some() || tenants.iter().any(|org| called(org, entry)) || is_kept(estate, entry) {
            continue;
        }
        let meant = tenants.iter().find(|org| NameKey::of(entry) == org.name.key());
        let (evidence, what) = match meant {
            Some(org) => (
                format!(
                    "the entry {entry:?} is not spelled like the tenant {:?}, who gets no screens",
                    org.name.as_str()
                ),
                format!("rename {entry:?} to {:?}", org.name.as_str()),
            ),
            None => (format!("the entry {entry:?} is of no tenant"), format!("remove the entry {entry:?}")),
        };
        exam.found(&REGISTRY, file, evidence, edit(file, &what));
    }
    // Backends with records know their tenants without the file: some tenants simply have no screens.
    let severity = if exam.house.platform.organization.is_some() { Severity::Info } else { Severity::Warning };
    for org in tenants.into_iter().filter(|org| exam.concerns(org)).collect::<Vec<_>>() {
        let entered = entries.iter().any(|entry| called(org, entry) || NameKey::of(entry) == org.name.key());
        let twin = estate.orgs.iter().any(|other| other.id != org.id && other.name.key() == org.name.key());
        if !entered && !twin {
            let evidence = format!("the tenant {:?} has no entry", org.name.as_str());
            let what = format!("add an entry for {:?}", org.name.as_str());
            exam.found_as(severity, &REGISTRY, file, evidence, edit(file, &what));
        }
    }
}

/// Whether the name is kept for somebody: deleted ones keep their screens until they are purged.
fn is_kept(estate: &Estate, entry: &str) -> bool {
    let key = NameKey::of(entry);
    estate.kept.iter().any(|kept| kept.kind != KeptFor::Alias && NameKey::of(&kept.name) == key)
}
