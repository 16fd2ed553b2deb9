//! What of a tenant goes into a snapshot, and where it is.

use bson::{Bson, Document};

use super::snapshot::Wanted;
use crate::domain::catalog::CollectionInfo;
use crate::domain::description::{AccountPlace, Layout};
use crate::domain::plan::Namespace;
use crate::domain::seed::Target;
use crate::domain::similar::nearest;
use crate::domain::template::Var;
use crate::error::{Error, Result, code};
use crate::layout::{Home, shared};
use crate::ops::House;
use crate::ops::org::Org;

/// A collection of a tenant's documents.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Its name in the set.
    pub name: String,
    /// Where documents of the set go.
    pub target: Target,
    /// Where they are.
    pub ns: Namespace,
    /// Which of the documents there are the tenant's.
    pub filter: Document,
    /// The collection by which references of the description name it.
    pub described_as: String,
    /// Path of the e-mail in documents that are copies of accounts.
    pub copies: Option<String>,
}

impl Source {
    fn of(name: &str, target: Target, ns: Namespace, filter: Document) -> Self {
        let described_as = match &target {
            Target::Named(name) => name.clone(),
            _ => ns.coll.clone(),
        };
        Self { name: safe(name), target, ns, filter, described_as, copies: None }
    }

    /// What `into` says in the manifest.
    pub fn into(&self) -> &str {
        match &self.target {
            Target::Named(name) => name,
            Target::Store => "@store",
            Target::Accounts => "@accounts",
            Target::Audit => "@audit",
        }
    }
}

/// A name that a collection of a set can have.
fn safe(name: &str) -> String {
    name.chars().map(|c| if matches!(c, '/' | '#' | '.' | '@') || c.is_control() { '-' } else { c }).collect()
}

/// What there is, and what is left out.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub all: Vec<Source>,
    pub warnings: Vec<String>,
}

impl Sources {
    fn add(&mut self, source: Source) {
        let mut source = source;
        while self.all.iter().any(|other| other.name == source.name) {
            source.name.push_str("-2");
        }
        self.all.push(source);
    }

    /// Those that were asked for.
    fn keep(&mut self, names: &[String]) -> Result<()> {
        let known: Vec<String> = self.all.iter().map(|source| source.name.clone()).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            let text = format!("there is no collection {name:?} to take; there are {}", known.join(", "));
            let error = Error::new(&code::BAD_ARGUMENT, text);
            return Err(match nearest(name, known.iter().map(String::as_str)) {
                Some(meant) => error.next(format!("did you mean {meant}?")),
                None => error,
            });
        }
        if !names.is_empty() {
            self.all.retain(|source| names.contains(&source.name));
        }
        Ok(())
    }
}

impl House<'_> {
    /// The collections of a tenant, accounts first: others refer to them.
    pub(super) async fn sources(&self, org: &Org, orgs: &[Org], wanted: &Wanted) -> Result<Sources> {
        let mut sources = Sources::default();
        match self.accounts(org) {
            Some((ns, filter)) => {
                let name = self.platform.account.collection.clone();
                sources.add(Source::of(&name, Target::Accounts, ns, filter));
            }
            None => sources.warnings.push(
                "accounts stand inside the organization's record here; a set cannot have any, so none were taken"
                    .into(),
            ),
        }
        match self.platform.layout {
            Layout::Shared => self.shared_sources(org, &mut sources),
            Layout::Collection | Layout::Database => self.own_sources(org, orgs, &mut sources).await?,
        }
        if wanted.audit {
            sources.add(self.trail_source(org));
        }
        sources.keep(&wanted.collections)?;
        if sources.all.iter().any(|source| source.target == Target::Accounts) {
            self.mark_copies(org, &mut sources);
        }
        Ok(sources)
    }

    fn shared_sources(&self, org: &Org, sources: &mut Sources) {
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        for keyed in shared::keyed(self.platform, &vars) {
            let is_trail = keyed.collection == self.audit_collection();
            if is_trail || keyed.collection == self.platform.account.collection {
                continue;
            }
            let mut filter = Document::new();
            filter.insert(keyed.key, keyed.value);
            let target = Target::Named(keyed.collection.clone());
            sources.add(Source::of(&keyed.collection, target, self.master(&keyed.collection), filter));
        }
    }

    async fn own_sources(&self, org: &Org, orgs: &[Org], sources: &mut Sources) -> Result<()> {
        let catalog = self.home_catalog(&org.home).await?;
        let owned = self.owned(&catalog, org, orgs).await?;
        let accounts = sources.all.first().map(|source| source.ns.clone());
        for info in owned.collections {
            let ns = self.at_home(&org.home, &info.name);
            if accounts.as_ref() == Some(&ns) {
                continue;
            }
            match self.target_of(org, info) {
                Some((name, target)) => sources.add(Source::of(&name, target, ns, Document::new())),
                None => sources.warnings.push(format!(
                    "{ns} was left out: the platform description has no such collection, so no set can have it"
                )),
            }
        }
        for info in owned.views.iter().chain(&owned.immovable) {
            sources.warnings.push(format!("{} is no ordinary collection and was left out", info.name));
        }
        Ok(())
    }

    /// What a collection is to a set: its name, and the place that it stands for.
    fn target_of(&self, org: &Org, info: &CollectionInfo) -> Option<(String, Target)> {
        let kinds = &self.platform.store.kinds;
        let home = &org.home;
        let stands_for =
            |kind: &str| home.of_kind(self.store.master(), Some(kind)).is_some_and(|ns| ns.coll == info.name);
        let by_kind = self.platform.layout == Layout::Database
            || self.platform.store.collection.as_ref().is_some_and(|name| name.mentions(Var::Kind));
        if !by_kind {
            let only = home.of_kind(self.store.master(), None)?;
            return (only.coll == info.name).then(|| ("store".to_owned(), Target::Store));
        }
        if let Some(kind) = kinds.iter().find(|kind| stands_for(&kind.name)) {
            return Some((kind.name.clone(), Target::Named(kind.name.clone())));
        }
        let kind = match (home, kinds.is_empty()) {
            (_, false) | (Home::Shared(_), _) => return None,
            (Home::Database(_), true) => info.name.clone(),
            (Home::Collections(store), true) => {
                let text = store.as_text();
                let (prefix, suffix) = text.split_once('*')?;
                info.name.strip_prefix(prefix)?.strip_suffix(suffix)?.to_owned()
            }
        };
        Some((kind.clone(), Target::Named(kind)))
    }

    /// The tenant's entries of the audit trail.
    fn trail_source(&self, org: &Org) -> Source {
        let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
        let collection = self.audit_collection();
        let mut filter = Document::new();
        let keyed = shared::keyed(self.platform, &vars).into_iter().find(|keyed| keyed.collection == collection);
        match (keyed, &self.platform.audit) {
            (Some(keyed), _) => drop(filter.insert(keyed.key, keyed.value)),
            (None, Some(shape)) => {
                let whose = [Var::OrgId, Var::Name, Var::Slug, Var::Store];
                let path = whose.into_iter().find_map(|var| shape.fields.path_of(var)).unwrap_or("_id");
                filter.insert(path, shape.fields.value_at(path, &vars).unwrap_or(Bson::Null));
            }
            (None, None) => drop(filter.insert("organization", org.id.clone())),
        }
        Source::of("audit", Target::Audit, self.master(collection), filter)
    }

    /// Accounts of which the platform keeps a second copy in the tenant's store: those come with the accounts.
    fn mark_copies(&self, org: &Org, sources: &mut Sources) {
        if self.platform.account.place == AccountPlace::Organization {
            return;
        }
        for copy in &self.platform.account.copies {
            let ns = org.home.of_kind(self.store.master(), copy.collection.as_deref());
            let source = sources.all.iter_mut().find(|source| Some(&source.ns) == ns.as_ref());
            if let (Some(source), Some(path)) = (source, copy.fields.path_of(Var::Email)) {
                source.copies = Some(path.to_owned());
            }
        }
    }
}
