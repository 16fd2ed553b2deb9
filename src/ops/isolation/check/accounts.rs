//! Accounts: whose they are, doubled e-mails, and people with accounts in two tenants.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};

use super::pass::Tally;
use super::people::{Double, Heads};
use super::sources::What;
use super::tenants::{Standing, value};
use super::{Exam, ONE_ONLY, count, ids};
use crate::domain::description::{AccountPlace, IndexShape};
use crate::domain::isolation::{Finding, Place, rules};
use crate::domain::plan::Namespace;
use crate::domain::severity::Severity;
use crate::domain::template::{Var, plain};
use crate::error::Result;
use crate::ops::doctor::mend;

impl Exam<'_> {
    pub(super) async fn accounts(&mut self) -> Result<()> {
        self.orphans();
        self.doubles();
        for rule in [&rules::ACCOUNT_TWICE, &rules::ACCOUNT_ORPHAN, &rules::EMAIL_TWICE] {
            self.checked(rule);
        }
        let guarded = self.unguarded().await;
        self.settle(&[&rules::EMAIL_TWICE], guarded)
    }

    /// Whether one e-mail may be in several tenants.
    fn by_tenant(&self) -> bool {
        let account = &self.house.platform.account;
        let Some(email) = account.fields.path_of(Var::Email) else { return false };
        let several = |index: &IndexShape| index.unique && index.keys.len() > 1 && index.keys.contains_key(email);
        account.place == AccountPlace::Store || account.indexes.iter().any(several)
    }

    fn orphans(&mut self) {
        let platform = self.house.platform;
        if platform.account.place != AccountPlace::Master {
            return self.nothing(&rules::ACCOUNT_ORPHAN, "accounts are where their organization is, and go with it");
        }
        let Some(path) = platform.account_link_path() else { return };
        if self.only.is_some() {
            return self.cannot(&rules::ACCOUNT_ORPHAN, ONE_ONLY);
        }
        let mut found = Vec::new();
        for (ns, heads) in &self.people.heads {
            let mut all: Vec<_> = heads.iter().collect();
            all.sort_by(|a, b| a.0.cmp(b.0));
            for ((kind, bytes), heads) in all {
                let link = value(*kind, bytes);
                let whose = self.tenants.by_link(*kind, bytes);
                if let Some(meant) = whose.and_then(|whose| self.tenants.misspelt(whose)) {
                    found.push(self.misspelt_link(ns, path, &link, heads, meant));
                    continue;
                }
                let standing = whose.and_then(|whose| self.tenants.get(whose)).map(|tenant| tenant.standing);
                let what = match standing {
                    _ if heads.active == 0 => continue,
                    Some(Standing::Living) => continue,
                    // Without a state of their own accounts cannot be out of force while their organization is.
                    Some(Standing::Inactive | Standing::Gone) if platform.account.state.is_none() => continue,
                    Some(Standing::Inactive) => "of an organization that is out of force",
                    Some(Standing::Gone) => "of an organization that is deleted",
                    None if *kind == 0 => "without an organization",
                    None => "of an organization that does not exist",
                };
                let tenants = whose.map(|whose| self.tenants.names(&[whose])).unwrap_or_default();
                let filter = match kind {
                    0 => Document::from_iter([(path.to_owned(), doc! { "$exists": false }.into())]),
                    _ => Document::from_iter([(path.to_owned(), link.clone())]),
                };
                let one: Vec<Bson> = heads.one.iter().cloned().collect();
                let shown = if *kind == 0 { String::new() } else { format!(" ({path} = {:?})", plain(&link)) };
                found.push(
                    Finding::new(&rules::ACCOUNT_ORPHAN, Place::at(ns, path), tenants, &plain(&link))
                        .documents(heads.active, ids(&one))
                        .evidence(format!("{} in force {what}{shown}", count(heads.active, "account")))
                        .query(self.shown(ns, &filter)),
                );
            }
        }
        found.into_iter().for_each(|finding| self.found(finding));
    }

    /// Shows accounts by what people know them by, and nothing that is secret.
    fn shown(&self, ns: &Namespace, filter: &Document) -> String {
        let fields = &self.house.platform.account.fields;
        let paths = [fields.path_of(Var::Email), fields.path_of(Var::Role), self.house.platform.account_link_path()];
        let paths: Vec<&str> = paths.into_iter().flatten().collect();
        Self::look(ns, filter, &paths)
    }

    /// B17: accounts whose link is another spelling of a tenant's.
    fn misspelt_link(&self, ns: &Namespace, path: &str, link: &Bson, heads: &Heads, meant: u32) -> Finding {
        let right = self.tenants.name(meant).to_owned();
        let filter = Document::from_iter([(path.to_owned(), link.clone())]);
        let one: Vec<Bson> = heads.one.iter().cloned().collect();
        let evidence =
            format!("{} with {path} = {:?} instead of {right:?}", count(heads.accounts, "account"), plain(link));
        Finding::new(&rules::KEY_SPELLING, Place::at(ns, path), vec![right.clone()], &plain(link))
            .documents(heads.accounts, ids(&one))
            .evidence(evidence)
            .remedy(mend::rewrite(ns, path, link, &Bson::from(right)))
            .query(self.shown(ns, &filter))
    }

    fn doubles(&mut self) {
        let by_tenant = self.by_tenant();
        let Some(path) = self.house.platform.account.fields.path_of(Var::Email).map(str::to_owned) else { return };
        let mut groups: BTreeMap<(Namespace, String, bool), Vec<&Double>> = BTreeMap::new();
        if self.people.doubles_full {
            for rule in [&rules::EMAIL_TWICE, &rules::ACCOUNT_TWICE] {
                self.partly(rule, "more e-mails came twice than are remembered");
            }
        }
        for double in &self.people.doubled_mails {
            let key = plain(&double.what).to_lowercase();
            let same = double.same && double.others.iter().all(|other| *other == double.owner);
            groups.entry((double.ns.clone(), key, same)).or_default().push(double);
        }
        let mut found = Vec::new();
        for ((ns, email, same), doubles) in groups {
            // Those that came later too.
            let later = self.people.mails.get(&self.maker.mail(email.as_bytes()));
            let later = later.map(|whose| self.people.mails.all(&whose).to_vec()).filter(|_| !same).unwrap_or_default();
            let mut all: Vec<u32> =
                doubles.iter().flat_map(|d| d.others.iter().copied().chain([d.owner])).chain(later).collect();
            all.sort_unstable();
            all.dedup();
            let tenants = self.tenants.names(&all);
            let n = if same { doubles.len() + 1 } else { all.len() };
            let n = u64::try_from(n).unwrap_or_default();
            let some: Vec<Bson> = doubles.iter().take(3).map(|double| double.id.clone()).collect();
            let pattern = format!("{{\"$regex\": {}, \"$options\": \"i\"}}", mend::json(&exactly(&email)));
            let find = format!("find({{{0}: {pattern}}}, {{{0}: 1}})", mend::json(&path));
            let rule = if same { &rules::EMAIL_TWICE } else { &rules::ACCOUNT_TWICE };
            // Where the log-in knows no tenant, only one of them can log in.
            let severity = if same || !by_tenant { Severity::Error } else { rule.severity };
            let evidence = match same {
                true => format!("{n} accounts have the e-mail {email}, and only one of them can log in"),
                false if by_tenant => format!("{email} has an account in each of {n} tenants"),
                false => format!(
                    "{email} has accounts in {n} tenants, and the log-in does not ask which: only one of them can log in"
                ),
            };
            found.push(
                Finding::new(rule, Place::at(&ns, &path), tenants, &email)
                    .severity(severity)
                    .documents(n, ids(&some))
                    .evidence(evidence)
                    .query(mend::call(&ns, &find)),
            );
        }
        for double in &self.people.doubled_ids {
            let mut all = double.others.clone();
            all.push(double.owner);
            let tenants = self.tenants.names(&all);
            let id = plain(&double.what);
            let evidence = format!("the identifier {id} is an account's of {}", tenants.join(" and "));
            found.push(
                Finding::new(&rules::ACCOUNT_TWICE, Place::at(&double.ns, "_id"), tenants, &id)
                    .severity(Severity::Error)
                    .documents(2, vec![id.clone()])
                    .evidence(evidence)
                    .query(self.shown(&double.ns, &doc! { "_id": double.id.clone() })),
            );
        }
        found.into_iter().for_each(|finding| self.found(finding));
    }

    /// B23: nothing keeps a second account with the same e-mail out.
    async fn unguarded(&mut self) -> Result<()> {
        let account = &self.house.platform.account;
        let Some(email) = account.fields.path_of(Var::Email) else { return Ok(()) };
        if account.place == AccountPlace::Organization || self.only.is_some() {
            return Ok(());
        }
        for ns in self.people.heads.keys().cloned().collect::<Vec<_>>() {
            let guarded = self.house.store.indexes(&ns).await?.iter().any(|index| {
                let keys = index.get_document("key").ok();
                let unique = index.get_bool("unique").unwrap_or(false);
                unique && keys.is_some_and(|keys| keys.len() <= 2 && keys.contains_key(email))
            });
            if !guarded {
                let evidence = "no unique index: a second account with the same e-mail could be made, and never log in";
                let finding = Finding::new(&rules::EMAIL_TWICE, Place::at(&ns, email), Vec::new(), "index")
                    .severity(Severity::Warning)
                    .evidence(evidence)
                    .query(mend::call(&ns, "getIndexes()"));
                self.found(finding);
            }
        }
        Ok(())
    }

    /// What fields of accounts hold: hashes and roles.
    pub(super) fn judge_people(&mut self, reading: &super::read::Reading) {
        let core = self.house.platform.core.as_ref().filter(|_| reading.source.what == What::Core);
        let account = core.unwrap_or(&self.house.platform.account);
        let ns = &reading.source.ns;
        let mut clear = Tally::default();
        let mut owners = BTreeSet::new();
        for ((kind, owner), tally) in &reading.seen.hashes {
            if *kind == "clear" {
                clear.merge(tally);
                owners.extend(*owner);
            }
        }
        if let (Some(path), true) = (account.fields.path_of(Var::Hash), clear.count > 0) {
            let evidence = format!("{} with a value that is no hash of any known kind", count(clear.count, "account"));
            let finding = Finding::new(&rules::SECRET, Place::at(ns, path), Vec::new(), "clear")
                .documents(clear.count, ids(&clear.examples))
                .evidence(evidence)
                .query(self.shown(ns, &super::these(&clear.examples)));
            self.found(finding.of(self.names_of(&owners)));
        }
        if reading.source.what != What::Core {
            self.roles(reading);
        }
    }

    fn names_of(&self, owners: &BTreeSet<u32>) -> Vec<String> {
        self.tenants.names(&owners.iter().copied().collect::<Vec<_>>())
    }

    fn roles(&mut self, reading: &super::read::Reading) {
        let account = &self.house.platform.account;
        let ns = &reading.source.ns;
        let Some(path) = account.fields.path_of(Var::Role) else {
            return self.nothing(&rules::ROLE, "accounts have no role");
        };
        let mut known: Vec<&str> =
            account.roles.iter().map(String::as_str).chain([account.admin_role.as_str()]).collect();
        known.dedup();
        let mut once = BTreeSet::new();
        known.retain(|role| once.insert(*role));
        let fold = |role: &str| role.to_lowercase().replace(['_', '-', ' '], "");
        let mut by_role: BTreeMap<&str, (Tally, BTreeSet<u32>)> = BTreeMap::new();
        for ((role, owner), tally) in &reading.seen.roles {
            let (sum, owners) = by_role.entry(role).or_default();
            sum.merge(tally);
            owners.extend(*owner);
        }
        for (role, (tally, owners)) in by_role {
            let meant = known.iter().find(|other| fold(other) == fold(role));
            // Where not every role is described, one that is like none of them may be right.
            if known.contains(&role) || (meant.is_none() && account.roles.is_empty() && role != "\0") {
                continue;
            }
            let what = match (role, meant) {
                ("\0", _) => "whose role is no text".to_owned(),
                (role, Some(meant)) => format!("with the role {role:?}, which is spelled {meant:?}"),
                (role, None) => format!("with the role {role:?}; the platform knows {}", known.join(", ")),
            };
            let finding = Finding::new(&rules::ROLE, Place::at(ns, path), Vec::new(), role)
                .documents(tally.count, ids(&tally.examples))
                .evidence(format!("{} {what}", count(tally.count, "account")))
                .query(self.shown(ns, &super::these(&tally.examples)));
            self.found(finding.of(self.names_of(&owners)));
        }
    }
}

/// A pattern that matches this text alone.
fn exactly(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|c| {
            let special = "\\^$.|?*+()[]{}".contains(c);
            special.then_some('\\').into_iter().chain([c])
        })
        .collect();
    format!("^{escaped}$")
}
