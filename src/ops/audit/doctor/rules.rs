//! The catalogue of rules about a trail: what is looked for, how bad it is, and the number of the fault it stands for.

use crate::domain::severity::Severity;

/// One rule. Its identifier never gets another meaning.
#[derive(Debug)]
pub struct Rule {
    /// `A` and two digits.
    pub id: &'static str,
    /// How bad a finding is.
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
    NO_TRAIL = "A01" Warning Some("B22"), "a platform that keeps no audit trail";
    NO_TENANT = "A02" Error Some("B22"), "entries that do not say whose they are";
    TENANT_TYPE = "A03" Error Some("B17"), "entries whose tenant is of another type than the platform's";
    TENANT_UNKNOWN = "A04" Warning None, "entries of a tenant that there never was";
    NO_ACTOR = "A05" Error Some("B22"), "entries that do not say who acted";
    ACTOR_UNKNOWN = "A06" Warning Some("B14"), "entries of an actor who has no account";
    NO_ACTION = "A07" Error Some("B22"), "entries that do not say what was done";
    NO_TARGET = "A08" Error Some("B22"), "entries about something that do not say about what";
    NO_TIME = "A09" Error Some("B22"), "entries without a time, or with one that is no date";
    CLOCK = "A10" Warning None, "entries whose time is not that of their identifier, or is to come";
    GAP = "A11" Warning None, "silence much longer than usual";
    CROSS_TARGET = "A12" Error Some("B18"), "entries of one tenant about a ticket of another";
    CROSS_ACTOR = "A13" Error Some("B18"), "entries of one tenant by an account of another";
    SECRET = "A14" Error Some("B26"), "passwords, hashes, tokens and keys in entries";
    BODY = "A15" Warning Some("B22"), "whole bodies of requests in entries";
    INDEX = "A16" Warning None, "no index of the tenant, then the time";
    ERASES = "A17" Error None, "an index that erases entries when their time is over";
    CAPPED = "A18" Error None, "a collection that drops its oldest entries";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_once() {
        let ids: Vec<&str> = all().iter().map(|rule| rule.id).collect();
        let expected: Vec<String> = (1..=ids.len()).map(|n| format!("A{n:02}")).collect();
        assert_eq!(ids, expected);
    }
}
