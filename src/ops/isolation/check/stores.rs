//! Stores that two organizations share or nobody has, and copies that name another: what `doctor` looks for, as leaks.

use bson::{Document, doc};

use super::tenants::Standing;
use super::{Exam, ONE_ONLY};
use crate::domain::description::Layout;
use crate::domain::isolation::{Finding, Place, Rule, rules};
use crate::error::Result;
use crate::ops::doctor::{self, State};

/// The rules of `doctor` whose findings are leaks.
const ADOPTED: [(&str, &Rule); 3] =
    [("D08", &rules::STORE_SHARED), ("D10", &rules::STORE_ORPHAN), ("D12", &rules::COPY)];

impl Exam<'_> {
    pub(super) async fn stores(&mut self) -> Result<()> {
        if !self.wants_any(&ADOPTED.map(|(_, rule)| rule)) {
            return Ok(());
        }
        let only = self.only.and_then(|only| self.tenants.get(only)).and_then(|tenant| tenant.org.clone());
        let found = self.house.examine_stores(&self.estate, only).await?;
        let shared = self.house.platform.layout == Layout::Shared;
        for (id, rule) in ADOPTED {
            let Some(check) = found.checks.iter().find(|check| check.rule == id) else { continue };
            match (check.state, &check.why) {
                // Copies in documents are looked for elsewhere.
                (State::NotCheckable, Some(why)) if shared && rule.id != rules::COPY.id => {
                    self.nothing(rule, why.clone())
                }
                (State::NotCheckable, Some(why)) if rule.id != rules::COPY.id => self.cannot(rule, why.clone()),
                _ => self.checked(rule),
            }
        }
        for (at, first) in self.tenants.sharing().collect::<Vec<_>>() {
            // Of those in force `doctor` tells.
            let out =
                [at, first].iter().any(|at| self.tenants.get(*at).is_some_and(|t| t.standing != Standing::Living));
            let Some(org) = self.tenants.get(at).and_then(|tenant| tenant.org.as_ref()).filter(|_| out) else {
                continue;
            };
            let tenants = self.tenants.names(&[first, at]);
            let place = Place { namespace: org.home.as_text(), path: None };
            let evidence =
                format!("it is the store of {:?} and of {:?}, one of which is out of force", tenants[0], tenants[1]);
            let query = self.house.records().map(|ns| {
                let path = self.house.platform.org_name_path();
                Self::look(
                    &ns,
                    &Document::from_iter([(path.to_owned(), doc! { "$in": tenants.clone() }.into())]),
                    &[path],
                )
            });
            let finding = Finding::new(&rules::STORE_SHARED, place, tenants, "out of force").evidence(evidence);
            self.found(finding.query(query.unwrap_or_default()));
        }
        for finding in found.findings {
            // In a store that two have every copy is wrong for one of them.
            let shared = finding.tenants.iter().any(|name| self.tenants.shares_store(name));
            if shared && finding.rule == "D12" {
                continue;
            }
            if let Some((_, rule)) = ADOPTED.iter().find(|(id, _)| *id == finding.rule) {
                self.adopt(rule, finding);
            }
        }
        if self.only.is_some() {
            self.partly(&rules::STORE_ORPHAN, ONE_ONLY);
        }
        Ok(())
    }

    fn adopt(&mut self, rule: &'static Rule, finding: doctor::Finding) {
        let records = self.house.records().filter(|_| finding.place.starts_with("organization "));
        let place = records.as_ref().map_or(Place { namespace: finding.place.clone(), path: None }, Place::from);
        // The evidence names the values; counts in it would make another finding of it every day.
        let what: String = finding.evidence.chars().filter(|c| !c.is_ascii_digit()).collect();
        let adopted = Finding::new(rule, place, finding.tenants, &what)
            .severity(finding.severity)
            .evidence(finding.evidence)
            .remedy(finding.repair)
            .query(finding.look.unwrap_or_default());
        self.found(adopted);
    }
}
