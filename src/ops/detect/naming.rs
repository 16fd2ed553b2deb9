//! The naming rule: which of the rules that backends use explains every name that was seen.

use crate::domain::naming::{CharClass, NameStep, Naming};

/// A rule that was found.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub steps: Vec<NameStep>,
    /// What stands before and after the slug.
    pub prefix: String,
    pub suffix: String,
    /// How many pairs it explains, of how many.
    pub explains: (usize, usize),
    /// Names that other rules, which explain the same pairs, would treat otherwise.
    pub doubts: Vec<String>,
}

/// What stands before and after slugs, and in how many pairs.
type Affixes = (String, String, usize);

/// A rule that was tried.
type Tried = (Vec<NameStep>, Affixes);

/// What becomes of a typed name before it is stored.
#[derive(Debug, Clone)]
pub(super) struct NameHabit {
    pub steps: Vec<NameStep>,
    pub allowed: Option<String>,
    pub lower: bool,
}

fn replace(chars: &str, with: &str) -> Option<NameStep> {
    let chars = CharClass::try_from(chars.to_owned()).ok()?;
    Some(if with.is_empty() { NameStep::Delete(chars) } else { NameStep::Replace { chars, with: with.to_owned() } })
}

/// The rules that backends were seen to use, in the order in which they are believed.
pub(super) fn rules(mixed: bool) -> Vec<Vec<NameStep>> {
    let lower = |steps: &[Option<NameStep>]| -> Option<Vec<NameStep>> {
        let steps: Option<Vec<NameStep>> = steps.iter().cloned().collect();
        steps.map(|steps| [vec![NameStep::Lower], steps].concat())
    };
    let tidy = |sign: char, chars: &str| {
        let with = sign.to_string();
        lower(&[replace(chars, &with), Some(NameStep::Squeeze(sign)), Some(NameStep::Strip(sign))])
    };
    let slugify = |sign: char| {
        let class = format!("^a-z0-9{sign}");
        let with = sign.to_string();
        let tail = [Some(NameStep::Squeeze(sign)), Some(NameStep::Strip(sign))];
        lower(&[&[replace(" _-", &with), replace(&class, "")], tail.as_slice()].concat())
    };
    let mut found: Vec<Option<Vec<NameStep>>> = vec![
        lower(&[replace(" ", "_")]),
        tidy('-', "^a-z0-9"),
        tidy('_', "^a-z0-9"),
        lower(&[replace(" ", "-")]),
        lower(&[replace(" ", "")]),
        lower(&[replace("^a-z0-9", "_")]),
        lower(&[replace("^a-z0-9", "-")]),
        lower(&[replace("^a-z0-9", "")]),
        lower(&[replace(" -", "_")]),
        lower(&[replace(" _", "-")]),
        lower(&[replace("^a-z0-9_", "_")]),
        lower(&[replace("^a-z0-9-", "-")]),
        lower(&[replace("^a-z0-9_-", "_")]),
        lower(&[replace("^a-z0-9_-", "-")]),
        lower(&[replace("^a-z0-9_-", "")]),
        slugify('_'),
        slugify('-'),
        tidy('_', "^a-z0-9").map(|rule| [vec![NameStep::Fold], rule].concat()),
        tidy('-', "^a-z0-9").map(|rule| [vec![NameStep::Fold], rule].concat()),
        replace(" ", "_").map(|step| vec![step]),
        replace(" ", "-").map(|step| vec![step]),
        replace("^A-Za-z0-9", "_").map(|step| vec![step]),
        replace("^A-Za-z0-9", "-").map(|step| vec![step]),
        replace("^A-Za-z0-9", "").map(|step| vec![step]),
    ];
    // Names in two cases that are taken as they are: that is a rule. Names in one case say nothing about it.
    let as_it_is = Some(Vec::new());
    if mixed {
        found.insert(0, as_it_is);
    } else {
        found.push(as_it_is);
    }
    found.into_iter().flatten().collect()
}

/// What a rule makes of a name.
pub(super) fn slug(steps: &[NameStep], name: &str) -> String {
    let naming =
        Naming { name: Vec::new(), slug: steps.to_vec(), allowed: None, reserved: Vec::new(), derived_again: false };
    naming.slug_of(name).as_str().to_owned()
}

/// The rule for tenants of whose slugs nothing was seen: flowbit's own.
pub(super) fn own_rule() -> Vec<NameStep> {
    rules(false).into_iter().filter(|rule| rule.first() == Some(&NameStep::Fold)).nth(1).unwrap_or_default()
}

/// What stands before and after the slugs, the same in as many pairs (slug, whole) as possible.
pub(super) fn affixes(pairs: &[(String, String)]) -> Option<Affixes> {
    let mut best: Option<Affixes> = None;
    for (slug, whole) in pairs.iter().filter(|(slug, _)| !slug.is_empty()).take(5) {
        for (at, _) in whole.match_indices(slug.as_str()) {
            let (prefix, suffix) = (&whole[..at], &whole[at + slug.len()..]);
            let fits =
                |(slug, whole): &&(String, String)| !slug.is_empty() && *whole == format!("{prefix}{slug}{suffix}");
            let explained = pairs.iter().filter(fits).count();
            if best.as_ref().is_none_or(|(_, _, most)| explained > *most) {
                best = Some((prefix.to_owned(), suffix.to_owned(), explained));
            }
        }
    }
    best
}

/// The rule behind pairs of names and what was made of them: the first that explains the most.
pub(super) fn infer(pairs: &[(String, String)], habit: &NameHabit) -> Option<Rule> {
    let mixed = pairs.iter().any(|(name, _)| name.chars().any(char::is_uppercase));
    let mut tried: Vec<Tried> = Vec::new();
    for steps in rules(mixed) {
        let slugs: Vec<(String, String)> =
            pairs.iter().map(|(name, whole)| (slug(&steps, name), whole.clone())).collect();
        if let Some(fit) = affixes(&slugs) {
            tried.push((steps, fit));
        }
    }
    let most = tried.iter().map(|(_, (_, _, explained))| *explained).max()?;
    let equals: Vec<&Tried> = tried.iter().filter(|(_, (_, _, explained))| *explained == most).collect();
    // A slug that stands alone is most often a word of an address, where words are joined by hyphens.
    let hyphens = ["a b", "a-b", "a_b"].map(str::to_owned);
    let alone = |(steps, (prefix, suffix, _)): &&&Tried| {
        prefix.is_empty() && suffix.is_empty() && hyphens.iter().all(|name| slug(steps, name) == "a-b")
    };
    let (steps, (prefix, suffix, _)) = *equals.iter().find(alone).or_else(|| equals.first())?;
    let doubts = doubts(steps, &equals, habit, pairs);
    Some(Rule {
        steps: steps.clone(),
        prefix: prefix.clone(),
        suffix: suffix.clone(),
        explains: (most, pairs.len()),
        doubts,
    })
}

/// Names of which rules that explain the same pairs make different things.
fn doubts(chosen: &[NameStep], equals: &[&Tried], habit: &NameHabit, pairs: &[(String, String)]) -> Vec<String> {
    let allowed = habit.allowed.as_ref().and_then(|class| CharClass::try_from(class.clone()).ok());
    let mut found = Vec::new();
    for probe in ["acme corp", "acme-corp", "acme_corp", "Acme Corp", "acme.corp", "acme & co", "ACME", "acmé"] {
        let stored = if habit.lower { probe.to_lowercase() } else { probe.to_owned() };
        if pairs.iter().any(|(name, _)| *name == stored)
            || allowed.as_ref().is_some_and(|class| !stored.chars().all(|c| class.contains(c)))
        {
            continue;
        }
        let mine = slug(chosen, &stored);
        let mut others: Vec<String> = equals.iter().map(|(steps, _)| slug(steps, &stored)).collect();
        others.retain(|other| *other != mine && !other.is_empty());
        others.sort();
        others.dedup();
        if !others.is_empty() {
            others.truncate(3);
            found.push(format!("{stored:?} becomes {mine}, it could be {}", others.join(" or ")));
        }
    }
    found.truncate(4);
    found
}

/// How names are stored: as typed, or in lower case with few other characters.
pub(super) fn habit(names: &[String]) -> NameHabit {
    let lower = names.len() >= 2 && names.iter().all(|name| *name == name.to_lowercase());
    if !lower {
        return NameHabit { steps: vec![NameStep::Trim, NameStep::Nfc], allowed: None, lower };
    }
    let mut more: Vec<char> = names
        .iter()
        .flat_map(|name| name.chars())
        .filter(|c| !c.is_ascii_lowercase() && !c.is_ascii_digit() && *c != '-')
        .collect();
    more.sort_unstable();
    more.dedup();
    let allowed = format!("a-z0-9{}-", more.into_iter().collect::<String>());
    NameHabit { steps: vec![NameStep::Trim, NameStep::Lower], allowed: Some(allowed), lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &str)]) -> Rule {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, store)| ((*name).to_owned(), (*store).to_owned())).collect();
        let names: Vec<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
        infer(&pairs, &habit(&names)).unwrap()
    }

    #[test]
    fn the_rules_of_known_backends_are_found() {
        let s4 = found(&[("amazon", "org_amazon"), ("amazon-global", "org_amazon-global")]);
        assert_eq!((s4.prefix.as_str(), s4.explains), ("org_", (2, 2)));
        assert_eq!(slug(&s4.steps, "a b"), "a_b");
        assert!(s4.doubts.is_empty(), "with the characters that are allowed all rules agree: {:?}", s4.doubts);
        let ks = found(&[
            ("amazon-global", "org_amazon_global"),
            ("LogisticsCo", "org_logisticsco"),
            ("Retail GmbH", "org_retail_gmbh"),
        ]);
        assert_eq!(slug(&ks.steps, "Acme & Co."), "acme_co");
        assert!(ks.doubts.iter().any(|doubt| doubt.contains("acme.corp")), "{:?}", ks.doubts);
        let hk = found(&[("amazon", "org_amazon"), ("LogisticsCo", "org_LogisticsCo")]);
        assert_eq!(slug(&hk.steps, "RetailGmbH"), "RetailGmbH");
        let ta = found(&[("Acme Corp", "acme-corp"), ("LogisticsCo", "logisticsco")]);
        assert_eq!((ta.prefix.as_str(), slug(&ta.steps, "Big Shop").as_str()), ("", "big-shop"));
        assert_eq!(slug(&own_rule(), "Straße 7"), "strasse-7");
    }

    #[test]
    fn a_rule_that_explains_most_is_taken_and_says_so() {
        let rule = found(&[("a b", "org_a-b"), ("cc dd", "org_cc-dd"), ("odd", "elsewhere")]);
        assert_eq!((rule.explains, rule.prefix.as_str()), ((2, 3), "org_"));
        assert!(affixes(&[("x".to_owned(), "y".to_owned())]).is_none());
    }

    #[test]
    fn names_in_lower_case_are_a_habit_of_more_than_one() {
        let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(habit(&names(&["amazon", "a b"])).allowed.as_deref(), Some("a-z0-9 -"));
        assert!(habit(&names(&["amazon"])).allowed.is_none() && habit(&names(&["amazon", "B"])).allowed.is_none());
    }
}
