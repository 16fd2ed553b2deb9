//! The screens that a set gives its tenants, entered into the platform's registry file in whichever shape that has.

use std::path::Path;

use super::Bed;
use crate::domain::registry::{Members, Registry, Screen};
use crate::domain::seed::SeedSet;
use crate::error::Result;
use crate::ops::screen::{self, Edit, Who};
use crate::ops::{Consent, House};
use crate::store::file;

/// What is to be done about the screens of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Screens {
    /// The file; none where there is none, or where there is nothing to enter.
    pub file: Option<String>,
    /// How many are missing or different.
    pub missing: usize,
    /// Why they cannot be entered.
    pub note: Option<String>,
}

impl House<'_> {
    /// Which screens of the set the registry does not have yet.
    ///
    /// # Errors
    /// `E0107`, `E0126`, `E0003`.
    pub async fn plan_screens(&self, set: &SeedSet, bed: &Bed) -> Result<Screens> {
        let wanted = wanted(set, bed);
        let Some(path) = self.registry.as_deref().filter(|_| !wanted.is_empty()) else { return Ok(Screens::default()) };
        let shown = path.display().to_string();
        let Some(text) = file::read(path)? else {
            let note = format!("there is no registry file {shown}; the screens of {} were not entered", bed.org.name);
            return Ok(Screens { note: Some(note), ..Screens::default() });
        };
        let registry = Registry::parse(&shown, &text)?;
        let who = match bed.draft {
            Some(_) => Who::unasked(&registry, bed.org.name.as_str()),
            None => self.who_unreserved(&registry, bed.org.name.as_str()).await?,
        };
        let Some(edit) = edit(&registry, &who, &wanted) else {
            let note =
                format!("{shown} is a catalogue of screens for all tenants; {}'s were not entered", bed.org.name);
            return Ok(Screens { file: Some(shown), note: Some(note), ..Screens::default() });
        };
        let planned = screen::plan(path, &text, &who, &edit)?;
        let missing =
            planned.map_or(0, |planned| planned.after.iter().filter(|s| !planned.before.contains(s)).count().max(1));
        Ok(Screens { file: Some(shown), missing, note: None })
    }

    /// Enters them. Says how many were missing.
    ///
    /// # Errors
    /// As for changing screens by hand.
    pub async fn enter_screens(&self, set: &SeedSet, bed: &Bed, consent: &Consent) -> Result<Screens> {
        let planned = self.plan_screens(set, bed).await?;
        let (Some(path), true) = (self.registry.as_deref(), planned.missing > 0) else { return Ok(planned) };
        let (registry, who) = self.registry_of(path, bed).await?;
        if let Some(edit) = edit(&registry, &who, &wanted(set, bed)) {
            screen::set(path, &who, &edit, Some(self), consent).await?;
        }
        Ok(planned)
    }

    async fn registry_of(&self, path: &Path, bed: &Bed) -> Result<(Registry, Who)> {
        let registry = screen::open(path)?;
        let who = self.who(&registry, bed.org.name.as_str()).await?;
        Ok((registry, who))
    }
}

/// The screens of the set for this tenant.
fn wanted(set: &SeedSet, bed: &Bed) -> Vec<Screen> {
    let tenant = set.manifest.tenants.iter().find(|tenant| tenant.name == bed.stamp.tenant);
    let screen = |shape: &crate::domain::seed::manifest::ScreenShape| Screen {
        name: shape.name.clone(),
        url: shape.url.clone(),
        icon: shape.icon.clone(),
        description: shape.description.clone(),
        ..Screen::default()
    };
    tenant.into_iter().flat_map(|tenant| &tenant.screens).map(screen).collect()
}

/// The change that enters them, as far as the shape has room; none for catalogues.
fn edit(registry: &Registry, who: &Who, wanted: &[Screen]) -> Option<Edit> {
    let fitting = |screen: &Screen| {
        let members = registry.members(&who.tenant, screen);
        screen.fitting(members).map(|screen| (screen, members))
    };
    let mut screens: Vec<(Screen, Members)> = wanted.iter().filter_map(fitting).collect();
    // Where a tenant has one address, it is that of the first screen.
    if screens.iter().any(|(_, members)| matches!(members, Members::Url)) {
        screens.truncate(1);
    }
    (!screens.is_empty()).then(|| Edit::Set(screens.into_iter().map(|(screen, _)| screen).collect()))
}
