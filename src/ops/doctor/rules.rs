//! The catalogue of rules: what is looked for, how bad it is, and the number of the fault it stands for.

pub use crate::domain::severity::Severity;

/// One rule. Its identifier never gets another meaning.
#[derive(Debug)]
pub struct Rule {
    /// `D` and two digits.
    pub id: &'static str,
    /// How bad a finding usually is; one may say otherwise.
    pub severity: Severity,
    /// The fault that was seen in backends, where it is one.
    pub fault: Option<&'static str>,
    /// What is looked for.
    pub title: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal $severity:ident $fault:expr, $title:literal;)*) => {
        $(#[doc = $title] pub static $name: Rule = Rule { id: $id, severity: Severity::$severity, fault: $fault, title: $title };)*
        /// Every rule, in order.
        pub fn all() -> &'static [&'static Rule] {
            static ALL: &[&Rule] = &[$(&$name),*];
            ALL
        }
    };
}

rules! {
    SERVER_VERSION = "D01" Error None, "server without the UUID guard (before MongoDB 6.0)";
    TOPOLOGY = "D02" Warning None, "deployment that is no replica set";
    CLOCK = "D03" Warning None, "clocks that differ by more than 5 seconds";
    RIGHTS = "D04" Error None, "rights that flowbit misses";
    OPERATIONS = "D05" Error None, "operations that are open, abandoned or stuck";
    LEFTOVERS = "D06" Warning None, "collections, views and fences left behind";
    OVERDUE = "D07" Warning None, "aliases, backups and deleted organizations whose time is over";
    SHARED_STORE = "D08" Error Some("B1"), "organizations that share a store";
    NOTHING_LEFT = "D09" Error Some("B1"), "names of which the naming rule leaves nothing";
    ORPHAN_STORE = "D10" Warning Some("B8"), "stores that belong to no organization";
    NO_STORE = "D11" Error Some("B9"), "organizations whose store does not exist";
    HALF_RENAMED = "D12" Error Some("B10"), "half-done renames: copies of another name or store";
    ORPHAN_ACCOUNT = "D13" Error Some("B12"), "accounts whose organization does not exist";
    ORPHAN_DOCUMENT = "D14" Error Some("B12"), "documents whose organization does not exist";
    REGISTRY = "D15" Warning Some("B16"), "tenants and registry entries without each other";
    DISPLAY_NAME = "D16" Warning Some("B16"), "display names that differ for one tenant";
    TENANT_KEY = "D17" Error Some("B17"), "tenant keys that are missing, wrongly typed or misspelt";
    TTL_INDEX = "D18" Error Some("B21"), "indexes that delete accounts";
    INDEX = "D19" Warning None, "expected indexes that are missing";
    EMAIL_TWICE = "D20" Error Some("B23"), "e-mails that are doubled, or could be";
    EMAIL_CASE = "D21" Error None, "e-mails with capitals that the platform never finds";
    NO_ADMIN = "D22" Error Some("B24"), "organizations that nobody administers";
    BROKEN_LINK = "D23" Error None, "links between organizations and accounts that lead nowhere";
    SECRET = "D24" Error Some("B26"), "passwords and tokens in clear";
    HASH = "D25" Warning None, "password hashes that the platform does not accept";
    ROLE = "D26" Error Some("B27"), "roles that the platform does not know";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_once() {
        let ids: Vec<&str> = all().iter().map(|rule| rule.id).collect();
        let expected: Vec<String> = (1..=ids.len()).map(|n| format!("D{n:02}")).collect();
        assert_eq!(ids, expected);
    }
}
