//! Whether a registry file is whole, and whether it and the platform agree on who there is.

use std::path::Path;

use bson::doc;

use super::missing;
use crate::domain::naming::NameKey;
use crate::domain::registry::Members;
use crate::domain::registry::check::{self, Checked, Entered, Finding, Severity, check};
use crate::domain::similar::nearest;
use crate::domain::template::plain;
use crate::error::{Result, code};
use crate::ops::House;
use crate::ops::org::Org;
use crate::ops::org::find::shell;
use crate::ops::org::kept::{Kept, KeptFor, name_entry};
use crate::store::file;

/// Checks a registry file by itself.
///
/// # Errors
/// `E0107` when there is none, `E0003`.
pub fn examine(path: &Path) -> Result<Checked> {
    let shown = path.display().to_string();
    match file::read(path) {
        Ok(Some(text)) => Ok(check(&shown, &text)),
        Ok(None) => Err(missing(path)),
        Err(error) if std::ptr::eq(error.code(), &code::BAD_REGISTRY) => {
            let finding = Finding {
                rule: check::BROKEN,
                severity: Severity::Error,
                line: None,
                column: None,
                tenant: None,
                message: error.message().to_owned(),
                remedy: format!("save {shown} as UTF-8"),
            };
            Ok(Checked { findings: vec![finding], ..Checked::default() })
        }
        Err(error) => Err(error),
    }
}

impl House<'_> {
    /// Adds what file and platform do not agree on. The house must not know the registry: where tenants are no documents
    /// its entries would be tenants by themselves.
    ///
    /// # Errors
    /// What keeps us from the server.
    pub async fn compare_tenants(&self, checked: &mut Checked) -> Result<()> {
        let orgs = self.orgs_briefly().await?;
        let kept = self.kept_where(doc! { "_id": { "$regex": "^name:" } }).await?;
        // A backend without records asks for the key itself; with records it may ask for any of them.
        let exact = self.platform.organization.is_none();
        let called = |org: &Org, entry: &Entered| {
            entry.aliases.iter().any(|alias| {
                plain(&org.id) == *alias || (!exact && (org.name.as_str() == alias || org.slug.as_str() == alias))
            })
        };
        let strangers = checked.tenants.iter().filter(|entry| !orgs.iter().any(|org| called(org, entry)));
        let mut findings: Vec<Finding> = strangers.map(|entry| stranger(entry, &orgs, &kept, exact)).collect();
        for org in &orgs {
            let key = org.name.key();
            let alike = |entry: &Entered| entry.aliases.iter().any(|alias| NameKey::of(alias) == key);
            if !checked.tenants.iter().any(|entry| called(org, entry) || alike(entry)) {
                findings.push(lacking(org.name.as_str(), checked));
            }
        }
        checked.findings.extend(findings);
        Ok(())
    }
}

/// The finding about an entry that is of no organization. `exact` says that the platform looks for the key itself.
fn stranger(entry: &Entered, orgs: &[Org], kept: &[Kept], exact: bool) -> Finding {
    let tenant = &entry.tenant;
    let keys: Vec<NameKey> = entry.aliases.iter().map(|alias| NameKey::of(alias)).collect();
    let gone = kept.iter().find(|kept| keys.iter().any(|key| name_entry(key) == kept.id));
    let names = orgs.iter().flat_map(|org| [org.name.as_str(), org.slug.as_str()]);
    let (severity, message, remedy) = match gone {
        Some(kept) if kept.kind == KeptFor::Alias => {
            let to = kept.to.clone().unwrap_or_default();
            let message = format!("the tenant {tenant:?} was renamed to {to:?}");
            (Severity::Warning, message, format!("rename the entry to {to:?}"))
        }
        // Deleted ones keep their screens until they are purged.
        Some(_) => {
            let message = format!("the tenant {tenant:?} is a deleted organization, which can be restored");
            (Severity::Info, message, "leave it: org purge removes the entry".to_owned())
        }
        None => match orgs.iter().find(|org| keys.contains(&org.name.key())) {
            Some(org) => (
                Severity::Warning,
                format!("the tenant {tenant:?} is not spelled like the organization {:?}", org.name.as_str()),
                format!("rename the entry to {:?}", if exact { plain(&org.id) } else { org.name.as_str().to_owned() }),
            ),
            None => match nearest(tenant, names) {
                Some(near) => (
                    Severity::Warning,
                    format!("the tenant {tenant:?} is no organization; {near:?} is one"),
                    format!("rename the entry to {near:?}, or remove it"),
                ),
                None => {
                    let message = format!("the tenant {tenant:?} is no organization");
                    (Severity::Warning, message, "remove the entry, or create the organization".to_owned())
                }
            },
        },
    };
    Finding {
        rule: check::NO_ORGANIZATION,
        severity,
        line: Some(entry.place.0),
        column: Some(entry.place.1),
        tenant: Some(tenant.clone()),
        message,
        remedy,
    }
}

/// The finding about an organization without entry.
fn lacking(name: &str, checked: &Checked) -> Finding {
    let how = match checked.members {
        Some(Members::Keys) => "--key KEY",
        Some(Members::Url) => "--url URL",
        Some(Members::Words) => "--name NAME",
        Some(Members::Objects) | None => "--name NAME --url URL",
    };
    Finding {
        rule: check::NO_ENTRY,
        severity: Severity::Warning,
        line: None,
        column: None,
        tenant: Some(name.to_owned()),
        message: format!("the organization {name:?} has no entry"),
        remedy: format!("flowbit screen set {} {how}", shell(name)),
    }
}
