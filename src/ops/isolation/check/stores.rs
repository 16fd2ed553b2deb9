//! Stores that two organizations share or nobody has, and copies that name another: what `doctor` looks for, as leaks.

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
        let place = Place { namespace: finding.place, path: None };
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
