//! The passwords that accounts of a set ask for: references, never the words themselves unless they are for show.

use bson::Bson;

use super::rule::Rule;
use super::shapes::PASSWORD;
use super::{Fault, Place, SeedSet, Target};

/// What passwords accounts ask for: the collection, the fixture (none for generated rows), the reference, the place.
pub type Asked = (usize, Option<u32>, String, Place);

/// The passwords that the accounts of a set ask for.
///
/// # Errors
/// Where one is not written down as a reference.
pub fn passwords(set: &SeedSet) -> Result<Vec<Asked>, Vec<Fault>> {
    let mut asked = Vec::new();
    let mut faults = Vec::new();
    for (index, collection) in set.collections.iter().enumerate().filter(|(_, c)| c.target == Target::Accounts) {
        let of_rule = |rule: Option<&Rule>, place: &Place, faults: &mut Vec<Fault>| match rule {
            None => Some("generated".to_owned()),
            Some(Rule::Constant(Bson::String(text))) => Some(text.clone()),
            Some(_) => {
                let what = "a password is `generated`, `stdin`, `env:NAME`, or in sets for demonstrations `demo:WORD`";
                faults.push(Fault::new(place, PASSWORD, what));
                None
            }
        };
        let general = collection.fields.iter().find(|(name, _)| name == PASSWORD).map(|(_, rule)| rule);
        let place = collection.places.get("fields.password").unwrap_or(&collection.place);
        let general = of_rule(general, place, &mut faults);
        if collection.rows > 0 {
            asked.extend(general.clone().map(|text| (index, None, text, place.clone())));
        }
        for fixture in &collection.fixtures {
            let own = fixture.fields.iter().find(|(name, _)| name == PASSWORD).map(|(_, rule)| rule);
            let (text, place) = match own {
                Some(rule) => (of_rule(Some(rule), &fixture.place, &mut faults), &fixture.place),
                // Where it stands is where it has to be put right.
                None => (general.clone(), place),
            };
            asked.extend(text.map(|text| (index, Some(fixture.number), text, place.clone())));
        }
    }
    for (_, _, text, place) in &asked {
        let good = matches!(text.as_str(), "generated" | "stdin") || text.starts_with("env:");
        let demo = text.starts_with("demo:");
        if demo && !set.manifest.demo {
            let what = "a password stands in the file, and the manifest does not say `demo = true`";
            faults.push(Fault::new(place, PASSWORD, what));
        } else if !good && !demo {
            // The text itself may be somebody's password: it is not repeated.
            let what = "a password is `generated`, `stdin`, `env:NAME`, or in sets for demonstrations `demo:WORD`";
            faults.push(Fault::new(place, PASSWORD, what));
        }
    }
    faults.dedup();
    if faults.is_empty() { Ok(asked) } else { Err(faults) }
}
