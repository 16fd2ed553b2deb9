//! Users of the database with rights on several tenants, and rights on what is nobody's.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{Owner, Source};
use super::{Exam, ONE_ONLY};
use crate::domain::description::Layout;
use crate::domain::isolation::{Finding, Place, rules};
use crate::domain::severity::Severity;
use crate::error::Result;
use crate::layout::around_slug;
use crate::ops::doctor::mend;
use crate::store::grantees::Grantee;
use crate::store::inspect::Privilege;

/// Actions that show or change documents.
const READING: [&str; 6] = ["find", "insert", "update", "remove", "changeStream", "dropCollection"];

impl Exam<'_> {
    pub(super) async fn grantees(&mut self, sources: &[Source]) -> Result<()> {
        if !self.wants_any(&[&rules::GRANT, &rules::GRANT_GONE]) {
            return Ok(());
        }
        if self.house.platform.layout == Layout::Shared {
            for rule in [&rules::GRANT, &rules::GRANT_GONE] {
                self.nothing(rule, "tenants have no stores of their own here: rights cannot tell them apart");
            }
            return Ok(());
        }
        let users = self.house.store.users().await?;
        let mut roles = self.house.store.roles(self.house.store.master()).await?;
        if self.house.store.master() != "admin" {
            roles.extend(self.house.store.roles("admin").await?);
        }
        let by_place = self.by_place(sources);
        for user in &users {
            self.reach(user, &by_place);
        }
        match self.only {
            Some(_) => self.partly(&rules::GRANT_GONE, ONE_ONLY),
            None => users.iter().chain(&roles).for_each(|grantee| self.gone(grantee)),
        }
        Ok(())
    }

    /// Whose a database, or a collection of the master database, is.
    fn by_place(&self, sources: &[Source]) -> BTreeMap<(String, String), u32> {
        let mut places = BTreeMap::new();
        let master = self.house.store.master();
        for (whose, org) in self.tenants.housed() {
            if self.house.platform.layout == Layout::Database {
                places.insert((org.home.database(master).to_owned(), String::new()), whose);
            }
        }
        for source in sources {
            if let (Owner::Fixed(whose), true) = (&source.owner, source.ns.db == master) {
                places.insert((source.ns.db.clone(), source.ns.coll.clone()), *whose);
            }
        }
        places
    }

    /// Whether it is the platform's own: its backend, its operators.
    fn is_platforms(&self, privilege: &Privilege) -> bool {
        let Some(db) = &privilege.db else { return privilege.anything };
        let master = self.house.store.master();
        let records = self.house.platform.organization.as_ref().map(|shape| shape.collection.as_str());
        let collection = privilege.collection.as_deref();
        let keyed = || self.house.platform.keyed.iter().any(|shape| Some(shape.collection.as_str()) == collection);
        let whole = collection == Some("");
        let of_all = whole || (collection.is_some() && collection == records) || keyed();
        privilege.anything || (db.is_empty() && whole) || (db == master && of_all)
    }

    fn reach(&mut self, user: &Grantee, by_place: &BTreeMap<(String, String), u32>) {
        let telling =
            |privilege: &&Privilege| privilege.actions.iter().any(|action| READING.contains(&action.as_str()));
        let mut reached: BTreeSet<u32> = BTreeSet::new();
        for privilege in user.privileges.iter().filter(telling) {
            if self.is_platforms(privilege) {
                return;
            }
            let (Some(db), Some(collection)) = (&privilege.db, &privilege.collection) else { continue };
            if db.is_empty() && self.house.platform.layout == Layout::Database {
                // One collection of every database.
                reached.extend(self.tenants.housed().map(|(at, _)| self.tenants.canon(at)));
                continue;
            }
            let whose =
                by_place.get(&(db.clone(), collection.clone())).or_else(|| by_place.get(&(db.clone(), String::new())));
            reached.extend(whose.map(|whose| self.tenants.canon(*whose)));
        }
        if reached.len() < 2 {
            return;
        }
        let all: Vec<u32> = reached.into_iter().collect();
        let names = self.tenants.names(&all);
        let few: Vec<String> = names.iter().take(5).map(|name| format!("{name:?}")).collect();
        let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
        // A user that was made for one tenant, and reaches others, is a leak at work.
        let severity = if user.custom.contains_key("flowbit") { Severity::Error } else { rules::GRANT.severity };
        let place = Place { namespace: format!("{}.{}", user.db, user.name), path: None };
        let finding = Finding::new(&rules::GRANT, place, names, "")
            .severity(severity)
            .evidence(format!("the database user {:?} may read or write {}{more}", user.name, few.join(", ")))
            .query(privileges_of(user));
        self.found(finding);
    }

    /// Rights on a store that no organization has.
    fn gone(&mut self, grantee: &Grantee) {
        let Some((before, after)) = around_slug(self.house.platform) else { return };
        let master = self.house.store.master();
        let layout = self.house.platform.layout;
        let mut gone = BTreeSet::new();
        for privilege in &grantee.privileges {
            let (Some(db), Some(collection)) = (&privilege.db, &privilege.collection) else { continue };
            let name = match layout {
                Layout::Database => db,
                _ if db == master => collection,
                _ => continue,
            };
            let fits = name.strip_prefix(before.as_str()).is_some_and(|rest| rest.contains(&after) && !rest.is_empty());
            if fits && !self.is_somebodys(name) {
                gone.insert(name.clone());
            }
        }
        if gone.is_empty() {
            return;
        }
        let what = if grantee.is_role { "role" } else { "user" };
        let place = Place { namespace: format!("{}.{}", grantee.db, grantee.name), path: None };
        let names: Vec<String> = gone.into_iter().collect();
        let finding = Finding::new(&rules::GRANT_GONE, place, Vec::new(), &names.join(" "))
            .evidence(format!(
                "the {what} {:?} has rights on {}, which is no organization's",
                grantee.name,
                names.join(", ")
            ))
            .query(privileges_of(grantee));
        self.found(finding);
    }

    /// Whether a database, or a collection of the master database, is an organization's, living or not.
    fn is_somebodys(&self, name: &str) -> bool {
        let master = self.house.store.master();
        let kept = self.estate.kept.iter().any(|kept| {
            kept.id == format!("store:{name}")
                || kept.db.as_deref() == Some(name)
                || kept.id == format!("database:{name}")
        });
        let own = |org: &crate::ops::org::Org| match self.house.platform.layout {
            Layout::Database => org.home.database(master) == name,
            _ => org.home.covered(&[], &[]).covers(name),
        };
        kept || self.tenants.all.iter().filter_map(|tenant| tenant.org.as_ref()).any(own)
    }
}

fn privileges_of(grantee: &Grantee) -> String {
    let get = if grantee.is_role { "getRole" } else { "getUser" };
    let name = mend::json(&grantee.name);
    mend::mongosh(&format!("{}.{get}({name}, {{\"showPrivileges\": true}})", mend::database(&grantee.db)))
}
