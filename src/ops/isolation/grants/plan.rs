//! What each tenant would get, held against what is there.

use std::collections::{BTreeMap, BTreeSet};

use bson::Bson;
use serde::Serialize;

use super::Whose;
use crate::domain::catalog::{CollectionInfo, CollectionKind};
use crate::domain::isolation::grant::{
    Grant, PREFIX, Principal, READ, Rights, WRITE, WRITE_ALL, mark_of_view, principal, tenant_of_mark, view, view_mark,
    view_name,
};
use crate::domain::naming::shell;
use crate::domain::plan::{Namespace, View};
use crate::domain::secrecy::is_secret_name;
use crate::domain::template::{Var, Vars, plain};
use crate::error::{Error, Result, code};
use crate::layout::{Home, shared};
use crate::ops::House;
use crate::ops::org::Org;
use crate::store::grants::{StoredRole, StoredUser};

/// How something that is wanted stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// It is not there.
    Missing,
    /// It is there as it is wanted.
    Same,
    /// It is there and allows, or shows, something else.
    Differs,
}

impl Stand {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Stand::Missing => "missing",
            Stand::Same => "same",
            Stand::Differs => "differs",
        }
    }
}

/// How the parts of a grant stand.
#[derive(Debug, Clone)]
pub struct Stands {
    /// The user.
    pub user: Stand,
    /// The role.
    pub role: Stand,
    /// The views.
    pub views: BTreeMap<Namespace, Stand>,
}

/// What one tenant would get, and what is there.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What it would get. The user is the one that it has, where it has one.
    pub grant: Grant,
    /// How its parts stand.
    pub stands: Stands,
    /// What is allowed, or shown, beyond what is wanted.
    pub too_much: Vec<String>,
    /// What is lacking.
    pub too_little: Vec<String>,
    /// Views of the tenant's that are not granted: whoever made them did not say what they show.
    pub left_out: Vec<String>,
    /// Roles that were made for the tenant under another name.
    pub(super) former: BTreeSet<Principal>,
    /// Views that were made for it and are not wanted any more.
    pub(super) surplus: Vec<Namespace>,
    /// Further users that were made for it.
    pub(super) more_users: Vec<Principal>,
    /// The roles that the user's mark names.
    pub(super) claimed: BTreeSet<Principal>,
    /// The roles that the user has.
    pub(super) held: Vec<Principal>,
}

impl Planned {
    /// How the whole stands.
    pub fn stand(&self) -> Stand {
        let all = || [self.stands.user, self.stands.role].into_iter().chain(self.stands.views.values().copied());
        match () {
            () if all().all(|stand| stand == Stand::Missing) => Stand::Missing,
            () if all().all(|stand| stand == Stand::Same) && self.too_much.is_empty() && self.former.is_empty() => {
                Stand::Same
            }
            () => Stand::Differs,
        }
    }

    /// Whether there is a user of this tenant's.
    pub fn has_user(&self) -> bool {
        self.stands.user != Stand::Missing
    }
}

/// What becomes of one tenant.
#[derive(Debug)]
pub enum Fate {
    /// It can get its rights.
    Planned(Box<Planned>),
    /// It cannot.
    Refused(Error),
}

/// One tenant.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub organization: String,
    /// What becomes of it.
    pub fate: Fate,
    /// What it has, whatever it should have.
    pub has: Holding,
    /// What an audit entry says of it.
    pub(super) vars: Vars,
}

impl Entry {
    /// What it would get, where it can get it.
    pub fn planned(&self) -> Option<&Planned> {
        match &self.fate {
            Fate::Planned(planned) => Some(planned),
            Fate::Refused(_) => None,
        }
    }
}

/// What a tenant has, whatever it should have; also one that is not there any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// Its name, or what it was when it got its rights.
    pub organization: String,
    /// Its users.
    pub users: Vec<Principal>,
    /// Its roles.
    pub roles: BTreeSet<Principal>,
    /// Its views.
    pub views: Vec<Namespace>,
    /// Its identifier.
    pub(super) tenant: Bson,
}

impl Holding {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.roles.is_empty() && self.views.is_empty()
    }
}

/// Everything that was looked at.
#[derive(Debug)]
pub struct Plan {
    /// The tenants that are meant.
    pub entries: Vec<Entry>,
    /// What was given to tenants that are gone; empty where one tenant alone is meant.
    pub gone: Vec<Holding>,
}

/// What is there: users and views of the master database, and which tenants there are.
struct Scene<'s> {
    master: &'s str,
    orgs: &'s [Org],
    users: &'s [StoredUser],
    catalog: &'s [CollectionInfo],
}

impl Scene<'_> {
    /// The marked users of a tenant; the one of this name first.
    fn users_of(&self, tenant: &Bson, name: &str) -> Vec<&StoredUser> {
        let theirs = |user: &&StoredUser| user.mark.as_ref().is_some_and(|mark| mark.tenant == *tenant);
        let mut users: Vec<&StoredUser> = self.users.iter().filter(theirs).collect();
        users.sort_by_key(|user| user.name.name != name);
        users
    }

    /// The roles that the marks of a tenant's users name, or that they have by one of our names, and nobody else.
    fn roles_of(&self, theirs: &[&StoredUser]) -> BTreeSet<Principal> {
        let mut roles: BTreeSet<Principal> = BTreeSet::new();
        for user in theirs {
            roles.extend(user.mark.iter().flat_map(|mark| mark.roles.clone()));
            roles.extend(user.roles.iter().filter(|role| role.name.starts_with(PREFIX)).cloned());
        }
        let is_theirs = |user: &StoredUser| theirs.iter().any(|their| their.name == user.name);
        for other in self.users.iter().filter(|other| !is_theirs(other)) {
            roles.retain(|role| {
                !other.roles.contains(role) && !other.mark.as_ref().is_some_and(|mark| mark.roles.contains(role))
            });
        }
        roles
    }

    /// What a tenant has.
    fn has(&self, tenant: &Bson, organization: &str) -> Holding {
        let theirs = self.users_of(tenant, "");
        let views = self.views_of(tenant).into_iter().map(|info| Namespace::new(self.master, &info.name));
        Holding {
            organization: organization.to_owned(),
            users: theirs.iter().map(|user| user.name.clone()).collect(),
            roles: self.roles_of(&theirs),
            views: views.collect(),
            tenant: tenant.clone(),
        }
    }

    /// The views that were made for a tenant.
    fn views_of(&self, tenant: &Bson) -> Vec<&CollectionInfo> {
        let mark = view_mark(tenant);
        self.catalog.iter().filter(|info| mark_of_view(&info.pipeline()) == Some(mark.as_str())).collect()
    }
}

impl House<'_> {
    /// What the tenants that are meant would get, held against what is there.
    ///
    /// # Errors
    /// `E0201`, or what the server says; what keeps a single one of all from getting rights is its own.
    pub async fn plan_grants(&self, whose: &Whose) -> Result<Plan> {
        let (orgs, users) = tokio::join!(self.orgs(), self.store.users_of(self.store.master()));
        let (orgs, users) = (orgs?, users.map_err(|failure| failure.into_error("looking at the database users"))?);
        let catalog = self.store.catalog(self.store.master()).await?;
        let scene = Scene { master: self.store.master(), orgs: &orgs, users: &users, catalog: &catalog };
        let meant: Vec<&Org> = match whose {
            Whose::Org(name) => vec![self.load_org(&orgs, name).await?],
            Whose::All => orgs.iter().collect(),
            Whose::Gone => Vec::new(),
        };
        let mut entries = Vec::new();
        for org in meant {
            self.watch.step(entries.len(), orgs.len(), &format!("rights of {}", org.name));
            let fate = match self.planned(&scene, org).await {
                Ok(planned) => Fate::Planned(Box::new(planned)),
                Err(error) if matches!(error.exit(), 2 | 5) => Fate::Refused(error),
                Err(error) => return Err(error),
            };
            let vars = self.vars(&org.id, &org.name, &org.slug, &org.home);
            let has = scene.has(&org.id, org.name.as_str());
            entries.push(Entry { organization: org.name.as_str().to_owned(), fate, has, vars });
        }
        let gone = if matches!(whose, Whose::Org(_)) { Vec::new() } else { gone(&scene) };
        Ok(Plan { entries, gone })
    }

    async fn planned(&self, scene: &Scene<'_>, org: &Org) -> Result<Planned> {
        let name = principal(&org.slug)?;
        self.require_alone(org, scene.orgs)?;
        let master = self.store.master();
        let db = org.home.database(master);
        if matches!(org.home, Home::Database(_)) && (db == master || ["admin", "config", "local"].contains(&db)) {
            let text = format!("{}: its database is {db}, which is not its own", org.name);
            return Err(Error::new(&code::STORE_TAKEN, text));
        }
        let mut grant = Grant {
            tenant: org.id.clone(),
            organization: org.name.as_str().to_owned(),
            role: Principal::new(db, &name),
            user: Principal::new(master, &name),
            rights: Rights::default(),
            views: BTreeMap::new(),
        };
        let left_out = self.fill(scene, org, &mut grant).await?;
        let theirs = scene.users_of(&org.id, &name);
        let user = theirs.first().copied();
        if let (None, Some(taken)) = (user, scene.users.iter().find(|user| user.name == grant.user)) {
            return Err(taken_by(&grant, taken));
        }
        if let Some(user) = user {
            grant.user = user.name.clone();
        }
        self.held_against(scene, grant, &theirs, left_out).await
    }

    /// Two tenants in one store have one user's rights, whatever the role says.
    fn require_alone(&self, org: &Org, orgs: &[Org]) -> Result<()> {
        let others = || orgs.iter().filter(|other| other.id != org.id);
        let (what, other) =
            match (others().find(|other| other.home == org.home), others().find(|other| other.slug == org.slug)) {
                (Some(other), _) => (format!("the store {}", org.home.as_text()), other),
                (None, Some(other)) => (format!("the slug {}", org.slug), other),
                (None, None) => return Ok(()),
            };
        let text = format!("{} and {} share {what}: rights for one would be rights for both", org.name, other.name);
        Err(Error::new(&code::STORE_TAKEN, text)
            .next(format!("give one of them another name: flowbit org rename {}", shell(org.name.as_str()))))
    }

    /// What the layout gives. Says which of the tenant's views are left out.
    async fn fill(&self, scene: &Scene<'_>, org: &Org, grant: &mut Grant) -> Result<Vec<String>> {
        let master = self.store.master();
        match &org.home {
            Home::Database(database) => {
                grant.rights.allow(database.as_str(), "", WRITE_ALL.iter().copied());
                Ok(Vec::new())
            }
            Home::Collections(_) => {
                let owned = self.owned(scene.catalog, org, scene.orgs).await?;
                let there = owned.collections.iter().chain(&owned.immovable).map(|info| info.name.clone());
                let expected = org.home.expected(self.platform).into_iter().map(|(name, _)| name);
                for name in there.chain(expected) {
                    grant.rights.allow(master, &name, WRITE.iter().copied());
                }
                Ok(owned.views.iter().map(|info| format!("{master}.{}", info.name)).collect())
            }
            Home::Shared(_) => {
                for keyed in shared::keyed(self.platform, &grant_vars(self, org)) {
                    if keyed.value == Bson::Null {
                        let text = format!("{} has no tenant key in {}", org.name, keyed.collection);
                        return Err(Error::new(&code::LINK_BROKEN, text));
                    }
                    let name = view_name(master, &org.slug, &keyed.collection)?;
                    let (hidden, guarded) = self.hidden(&keyed.collection);
                    let made = view(&keyed.collection, (&keyed.key, &keyed.value), &org.id, &hidden, guarded);
                    grant.rights.allow(master, &name.coll, READ.iter().copied());
                    grant.views.insert(name, made);
                }
                Ok(Vec::new())
            }
        }
    }

    /// The paths of a collection that no view shows, and whether fields are judged by their names as well.
    fn hidden(&self, collection: &str) -> (Vec<String>, bool) {
        let shapes = [Some(&self.platform.account), self.platform.core.as_ref()];
        let mut hidden: BTreeSet<String> = BTreeSet::new();
        let mut is_account = false;
        for shape in shapes.into_iter().flatten().filter(|shape| shape.collection == collection) {
            is_account = true;
            hidden.extend(shape.fields.path_of(Var::Hash).map(str::to_owned));
            hidden.extend(
                shape.fields.iter().map(|(path, _)| path).filter(|path| is_secret_name(path)).map(str::to_owned),
            );
        }
        let tokens = self.platform.token.iter().flat_map(|token| token.refresh_store.iter().chain(&token.revocations));
        for store in tokens.filter(|store| store.collection == collection) {
            is_account = true;
            let paths = store.fields.iter().map(|(path, _)| path);
            hidden.extend(paths.filter(|path| is_secret_name(path)).map(str::to_owned));
        }
        // The server refuses a path and one that leads through it side by side.
        let all = hidden.clone();
        hidden.retain(|path| {
            !all.iter().any(|other| path.strip_prefix(other.as_str()).is_some_and(|r| r.starts_with('.')))
        });
        (hidden.into_iter().collect(), is_account)
    }

    async fn held_against(
        &self,
        scene: &Scene<'_>,
        grant: Grant,
        theirs: &[&StoredUser],
        left_out: Vec<String>,
    ) -> Result<Planned> {
        let user = theirs.first().copied();
        let claimed: BTreeSet<Principal> =
            user.and_then(|user| user.mark.as_ref()).map(|m| m.roles.clone()).unwrap_or_default();
        let role = self.store.role(&grant.role).await.map_err(|failure| failure.into_error("looking at the roles"))?;
        let mut others = scene.users.iter().filter(|other| !theirs.iter().any(|their| their.name == other.name));
        let claimed_by = others.find(|other| other.mark.as_ref().is_some_and(|m| m.roles.contains(&grant.role)));
        if role.is_some() && (claimed_by.is_some() || !claimed.contains(&grant.role)) {
            return Err(role_taken(&grant, claimed_by));
        }
        let mut former = scene.roles_of(theirs);
        former.remove(&grant.role);
        let (role, mut too_much, mut too_little) = stand_of_role(&grant, role.as_ref());
        let held = user.map(|user| user.roles.clone()).unwrap_or_default();
        let more: Vec<String> =
            held.iter().filter(|held| **held != grant.role).map(|held| format!("the role {held}")).collect();
        let user = match user {
            None => Stand::Missing,
            Some(_) if more.is_empty() && held.contains(&grant.role) => Stand::Same,
            Some(_) => Stand::Differs,
        };
        if user == Stand::Differs && !held.contains(&grant.role) {
            too_little.push(format!("the role {}", grant.role));
        }
        if user != Stand::Missing && role == Stand::Missing {
            too_little.extend(grant.rights.beyond(&Rights::default()));
        }
        if user == Stand::Missing && (role != Stand::Missing || !scene.views_of(&grant.tenant).is_empty()) {
            too_little.push(format!("the user {}", grant.user));
        }
        too_much.extend(more);
        let views = stand_of_views(scene, &grant)?;
        let made = scene.views_of(&grant.tenant).into_iter().map(|info| Namespace::new(scene.master, &info.name));
        let surplus: Vec<Namespace> = made.filter(|ns| !grant.views.contains_key(ns)).collect();
        for (ns, stand) in &views {
            match stand {
                Stand::Missing if user != Stand::Missing => too_little.push(format!("the view {ns}")),
                Stand::Differs => too_much.push(format!("the view {ns} shows something else")),
                _ => {}
            }
        }
        too_much.extend(surplus.iter().map(|ns| format!("the view {ns}")));
        let more_users: Vec<Principal> = theirs.iter().skip(1).map(|user| user.name.clone()).collect();
        too_much.extend(more_users.iter().map(|user| format!("the user {user}")));
        too_much.extend(former.iter().filter(|role| !held.contains(role)).map(|role| format!("the role {role}")));
        let stands = Stands { user, role, views };
        Ok(Planned { grant, stands, too_much, too_little, left_out, former, surplus, more_users, claimed, held })
    }
}

fn grant_vars(house: &House<'_>, org: &Org) -> Vars {
    house.vars(&org.id, &org.name, &org.slug, &org.home)
}

/// How the role stands, with what it allows beyond what is wanted and what it lacks.
fn stand_of_role(grant: &Grant, role: Option<&StoredRole>) -> (Stand, Vec<String>, Vec<String>) {
    let Some(role) = role else { return (Stand::Missing, Vec::new(), Vec::new()) };
    let mut too_much = role.rights.beyond(&grant.rights);
    too_much.extend(role.inherits.iter().map(|from| format!("everything that the role {from} may")));
    let too_little = grant.rights.beyond(&role.rights);
    let same = too_much.is_empty() && too_little.is_empty();
    (if same { Stand::Same } else { Stand::Differs }, too_much, too_little)
}

/// How the views stand.
fn stand_of_views(scene: &Scene<'_>, grant: &Grant) -> Result<BTreeMap<Namespace, Stand>> {
    let mark = view_mark(&grant.tenant);
    let stand = |(ns, wanted): (&Namespace, &View)| {
        let Some(there) = scene.catalog.iter().find(|info| info.name == ns.coll) else {
            return Ok((ns.clone(), Stand::Missing));
        };
        if there.kind != CollectionKind::View || mark_of_view(&there.pipeline()) != Some(mark.as_str()) {
            let text = format!("{ns} is there, and is no view that flowbit made for {}", grant.organization);
            return Err(Error::new(&code::GRANT_CLASH, text).next("look at it, and drop it where nobody needs it"));
        }
        let same = there.view().as_ref() == Some(wanted);
        Ok((ns.clone(), if same { Stand::Same } else { Stand::Differs }))
    };
    grant.views.iter().map(stand).collect()
}

/// What was given to tenants that are gone.
fn gone(scene: &Scene<'_>) -> Vec<Holding> {
    let mut tenants: Vec<(Bson, String)> = Vec::new();
    let marks = scene.users.iter().filter_map(|user| user.mark.as_ref());
    let marks = marks.map(|mark| (mark.tenant.clone(), mark.organization.clone()));
    let views = scene.catalog.iter().filter_map(|info| {
        let tenant = tenant_of_mark(mark_of_view(&info.pipeline())?)?;
        let name = plain(&tenant);
        Some((tenant, name))
    });
    for (tenant, name) in marks.chain(views) {
        let known = tenants.iter().any(|(known, _)| *known == tenant) || scene.orgs.iter().any(|org| org.id == tenant);
        if !known {
            tenants.push((tenant, name));
        }
    }
    tenants.iter().map(|(tenant, name)| scene.has(tenant, name)).collect()
}

fn taken_by(grant: &Grant, taken: &StoredUser) -> Error {
    let text = match &taken.mark {
        Some(mark) => format!(
            "the user {} was made for {:?}, which is another organization than {:?}",
            taken.name, mark.organization, grant.organization
        ),
        None => format!("there is a user {} that flowbit did not make; it was left alone", taken.name),
    };
    let error = Error::new(&code::GRANT_CLASH, text);
    match &taken.mark {
        Some(mark) => error
            .next(format!("flowbit isolation grants --org {} --remove", shell(&mark.organization)))
            .next("flowbit isolation grants --gone --remove   # where that organization is gone"),
        None => error.next("find out whose it is, and drop it where nobody logs in with it"),
    }
}

fn role_taken(grant: &Grant, by: Option<&StoredUser>) -> Error {
    let text = match by {
        Some(user) => format!("the role {} belongs to the user {}", grant.role, user.name),
        None => format!("there is a role {} that no user of flowbit's making names; it was left alone", grant.role),
    };
    Error::new(&code::GRANT_CLASH, text).next("look who has it, and drop it where nobody needs it")
}
