//! The screens of the registry file: which there are, changing them, and whether file and platform agree.
//!
//! A change is recorded in the audit trail before the file is replaced, while the file is held: a trail that names a
//! change which was then lost can be checked against the file, a change that nobody recorded cannot.

mod validate;

pub use validate::examine;

use std::path::Path;

use bson::{Bson, doc};
use serde::Serialize;

use super::org::kept::org_entry;
use super::{Consent, House};
use crate::domain::audit::{Deed, Kind};
use crate::domain::registry::{Registry, Screen, url_fault};
use crate::domain::similar::nearest;
use crate::domain::template::{Vars, plain};
use crate::error::{Error, Result, code};
use crate::layout::Home;
use crate::store::file;

/// One screen of a tenant.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The tenant, as the registry calls it.
    pub tenant: String,
    /// The screen.
    #[serde(flatten)]
    pub screen: Screen,
}

/// What is to become of a tenant's screens.
#[derive(Debug, Clone)]
pub enum Edit {
    /// These are added or changed; all others stay.
    Set(Vec<Screen>),
    /// The screen of this name is removed.
    Remove(String),
    /// All are removed.
    Clear,
}

/// A tenant as the registry knows it, or will.
#[derive(Debug, Clone)]
pub struct Who {
    /// The identifier of its entry.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// Whether it has an entry.
    entered: bool,
    /// How entries name it beside its key.
    customer_id: String,
    /// What an audit entry says of it; none where the server was not asked.
    vars: Option<Vars>,
}

/// A change of a registry file.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    /// The file.
    pub file: String,
    /// The tenant, as the registry calls it.
    pub tenant: String,
    /// Whether the tenant had no entry.
    pub new_entry: bool,
    /// Its screens as they were.
    pub before: Vec<Screen>,
    /// Its screens as they are then.
    pub after: Vec<Screen>,
    /// The lines of the file that change.
    pub diff: Vec<String>,
    /// The whole file.
    #[serde(skip)]
    text: String,
}

/// Reads a registry file.
///
/// # Errors
/// `E0107`, `E0003`.
pub fn open(path: &Path) -> Result<Registry> {
    let text = file::read(path)?.ok_or_else(|| missing(path))?;
    parse(&path.display().to_string(), &text)
}

fn missing(path: &Path) -> Error {
    Error::new(&code::BAD_REGISTRY, format!("there is no registry file {}", path.display()))
        .next("`[registry] file` of the platform description says where it is: flowbit config show")
}

fn parse(shown: &str, text: &str) -> Result<Registry> {
    // What org commands say of --no-registry does not hold here.
    Registry::parse(shown, text).map_err(|e| Error::new(e.code(), e.message()).next("flowbit screen validate"))
}

/// The entry of a tenant.
///
/// # Errors
/// `E0206`, with the nearest tenant.
pub fn load_tenant(registry: &Registry, typed: &str) -> Result<String> {
    registry.find_tenant(typed).ok_or_else(|| {
        let error = Error::new(&code::SCREEN_NOT_FOUND, format!("the registry has no entry for {typed:?}"));
        match near_tenant(registry, typed) {
            Some(near) => error.next(format!("did you mean {near:?}?")).next("flowbit screen list"),
            None => error.next("flowbit screen list"),
        }
    })
}

fn near_tenant(registry: &Registry, typed: &str) -> Option<String> {
    let names: Vec<String> = registry.tenants().iter().flat_map(|tenant| registry.aliases(tenant)).collect();
    nearest(typed, names.iter().map(String::as_str)).map(str::to_owned)
}

/// The screens of these tenants.
pub fn rows(registry: &Registry, tenants: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for tenant in tenants {
        let screens = registry.screens(tenant).unwrap_or_default();
        rows.extend(screens.into_iter().map(|screen| Row { tenant: tenant.clone(), screen }));
    }
    rows
}

impl Edit {
    /// Refuses what no registry should hold.
    ///
    /// # Errors
    /// `E0126`.
    pub fn check(&self) -> Result<()> {
        let Edit::Set(screens) = self else { return Ok(()) };
        for screen in screens {
            if !screen.url.is_empty()
                && let Some(fault) = url_fault(&screen.url)
            {
                return Err(Error::new(&code::BAD_SCREEN, format!("the address {:?} {fault}", screen.url))
                    .next("say an address like /screens/tickets or https://example.com/tickets"));
            }
            if screen.name.chars().any(char::is_control) || (!screen.name.is_empty() && screen.name.trim().is_empty()) {
                return Err(Error::new(&code::BAD_SCREEN, format!("{:?} cannot be the name of a screen", screen.name)));
            }
            if screen.title().is_empty() {
                return Err(Error::new(&code::BAD_SCREEN, "a screen has neither name, key, identifier nor address"));
            }
        }
        Ok(())
    }

    fn apply(&self, registry: &mut Registry, tenant: &str) -> Result<bool> {
        match self {
            Edit::Set(screens) => {
                let mut changed = false;
                for screen in screens {
                    changed |= registry.set_screen(tenant, screen)?;
                }
                Ok(changed)
            }
            Edit::Remove(name) => Ok(registry.remove_screen(tenant, name)),
            Edit::Clear => Ok(registry.clear_screens(tenant)),
        }
    }

    /// What it is called in the audit trail.
    fn action(&self) -> &'static str {
        match self {
            Edit::Set(_) => "screen.set",
            Edit::Remove(_) => "screen.removed",
            Edit::Clear => "screen.cleared",
        }
    }
}

impl Who {
    /// Whom the registry alone knows by this name; whoever is new to it gets an entry of the name as typed.
    pub fn unasked(registry: &Registry, typed: &str) -> Self {
        let there = registry.find_tenant(typed);
        let entered = there.is_some();
        let tenant = there.unwrap_or_else(|| typed.to_owned());
        Self { name: tenant.clone(), entered, customer_id: tenant.clone(), tenant, vars: None }
    }

    /// What speaks against an entry that would be new, where the server was not asked.
    pub fn doubt(&self, registry: &Registry) -> Option<String> {
        if self.vars.is_some() || self.entered {
            return None;
        }
        let near = near_tenant(registry, &self.tenant)?;
        Some(format!("the registry has no entry for {:?}; {near:?} has one", self.tenant))
    }
}

/// What the edit makes of the registry; none when it is so already.
///
/// # Errors
/// `E0107`, `E0126`, `E0206`, `E0304`.
pub fn plan(path: &Path, text: &str, who: &Who, edit: &Edit) -> Result<Option<Planned>> {
    let shown = path.display().to_string();
    let mut registry = parse(&shown, text)?;
    let tenant = who.tenant.clone();
    let before = registry.screens(&tenant);
    let new_entry = before.is_none();
    if new_entry {
        if who.entered {
            // Somebody renamed or purged the tenant since: its old name must not come back.
            return Err(Error::new(&code::STALE_PLAN, format!("the entry of {tenant:?} is gone; nothing was changed"))
                .next("repeat the command with the name that the organization has now"));
        }
        // Who has no entry has no screen that could be removed.
        let (Edit::Set(_), false) = (edit, who.tenant.trim().is_empty()) else { return Ok(None) };
        registry.add_named(&tenant, &who.name, &who.customer_id);
    }
    if !edit.apply(&mut registry, &tenant)? {
        return Ok(None);
    }
    let new = registry.text();
    Ok(Some(Planned {
        file: shown,
        before: before.unwrap_or_default(),
        after: registry.screens(&tenant).unwrap_or_default(),
        diff: difference(text, &new),
        tenant,
        new_entry,
        text: new,
    }))
}

/// The lines that change, from the first to the last.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - same;
    let tail = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let mut lines = vec![format!("@@ line {} @@", same + 1)];
    lines.extend(old[same..old.len() - tail].iter().map(|line| format!("-{line}")));
    lines.extend(new[same..new.len() - tail].iter().map(|line| format!("+{line}")));
    lines
}

/// Makes the change: recorded where the server is at hand, then written. None when it is so already.
///
/// # Errors
/// As for [`plan`]; what kept the audit entry from being written (the file is as it was then), or the file.
pub async fn set(
    path: &Path,
    who: &Who,
    edit: &Edit,
    house: Option<&House<'_>>,
    _consent: &Consent,
) -> Result<Option<Planned>> {
    let held = file::hold(path).await?.ok_or_else(|| missing(path))?;
    // Somebody may have changed the file since it was shown: what counts is what is in it now.
    let Some(planned) = plan(path, held.text(), who, edit)? else { return Ok(None) };
    let staged = held.stage(&planned.text)?;
    let Some((house, vars)) = house.zip(who.vars.clone()) else {
        staged.put()?;
        return Ok(Some(planned));
    };
    house.interrupt.engage();
    house.record_screens(edit.action(), vars, &planned).await?;
    staged
        .put()
        .map_err(|e| e.while_doing("the change stands in the audit trail and not in the file").after_changes())?;
    Ok(Some(planned))
}

impl House<'_> {
    /// The entry of an organization: the one that is there under any of its identifiers, or the one it would get.
    ///
    /// # Errors
    /// `E0201`, and `E0303` while an operation is open on it, which may be renaming that very entry.
    pub async fn who(&self, registry: &Registry, typed: &str) -> Result<Who> {
        let orgs = self.orgs_briefly().await?;
        let org = self.load_org(&orgs, typed).await?;
        self.require_unreserved(&[org_entry(&org.id)], None).await?;
        self.who_unreserved(registry, typed).await
    }

    /// The same for whoever only looks.
    ///
    /// # Errors
    /// `E0201`.
    pub async fn who_unreserved(&self, registry: &Registry, typed: &str) -> Result<Who> {
        let orgs = self.orgs_briefly().await?;
        let org = self.load_org(&orgs, typed).await?;
        let key = match &org.home {
            Home::Shared(key) => plain(&key.value),
            Home::Collections(_) | Home::Database(_) => org.name.as_str().to_owned(),
        };
        let (name, slug, id) = (org.name.as_str().to_owned(), org.slug.as_str().to_owned(), plain(&org.id));
        let called = |registry: &Registry, identifier: &str| {
            let tenants = registry.tenants();
            let exact = tenants.iter().find(|tenant| *tenant == identifier);
            exact.or_else(|| tenants.iter().find(|t| registry.aliases(t).iter().any(|a| a == identifier))).cloned()
        };
        let there = [&key, &name, &slug, &id].into_iter().filter(|identifier| !identifier.is_empty());
        let there = there.into_iter().find_map(|identifier| called(registry, identifier));
        let by_slug = || {
            let tenants = registry.tenants();
            let (slugs, names) = orgs.iter().fold((0, 0), |(slugs, names), org| {
                let (slug, name) = (org.slug.as_str(), org.name.as_str());
                let stands = |what: &str| usize::from(slug != name && tenants.iter().any(|tenant| tenant == what));
                (slugs + stands(slug), names + stands(name))
            });
            // With names in the entries the keys are something else.
            slugs > names || (names == 0 && registry.repeats_keys())
        };
        let entered = there.is_some();
        let tenant = there.unwrap_or_else(|| if by_slug() { slug } else { key.clone() });
        let customer_id = match (registry.repeats_keys(), &org.home) {
            (true, _) => tenant.clone(),
            (false, Home::Shared(_)) => key,
            (false, _) => id,
        };
        Ok(Who { tenant, name, entered, customer_id, vars: Some(self.vars_of(&org.id, &org.name, &org.slug)) })
    }

    async fn record_screens(&self, action: &str, vars: Vars, planned: &Planned) -> Result<()> {
        let screens = |screens: &[Screen]| bson::serialize_to_bson(screens).unwrap_or(Bson::Null);
        let deed = Deed::new(action, doc! { "tenant": &planned.tenant, "file": &planned.file })
            .about(Kind::Screen, planned.tenant.as_str())
            .changing(screens(&planned.before), screens(&planned.after));
        let doing = "recording the change in the audit trail, so the registry was left as it was";
        self.put_on_record(&deed, vars, doing)
            .await
            .map_err(|error| error.next("repeat the command; --offline changes the file without a record"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_that_was_renamed_meanwhile_does_not_come_back() {
        let path = Path::new("registry.json");
        let who = Who::unasked(&parse("registry.json", r#"{"A":[]}"#).unwrap(), "A");
        let edit = Edit::Set(vec![Screen::of_word("x")]);
        assert!(plan(path, r#"{"A":[]}"#, &who, &edit).unwrap().is_some());
        assert_eq!(plan(path, r#"{"B":[]}"#, &who, &edit).unwrap_err().code().id, "E0304");
    }

    #[test]
    fn only_the_lines_that_change_are_shown() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n"), ["@@ line 2 @@", "-b", "+x", "+y"]);
        assert_eq!(difference("a\na\n", "a\na\na\n"), ["@@ line 3 @@", "+a"]);
        assert_eq!(difference("a", ""), ["@@ line 1 @@", "-a"]);
    }
}
