//! Going along the chains: which elements can be trusted, and what is wrong with the others.

use std::collections::{BTreeMap, BTreeSet};

use bson::Bson;

use super::chain::{Body, Element, Head, PLATFORM, Read, Seal, id_of};
use super::finding::{Finding, Trouble};

/// How far behind the last number that is sure another one is believed.
const FAR: u64 = 10_000;

/// How far clocks of machines that seal may differ, in milliseconds.
const SKEW: i64 = 10 * 60_000;

/// Heads that somebody wrote down: of one chain there may be several.
pub type Heads = Vec<(String, Head)>;

/// An element as it was found.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Under which identifier.
    pub id: Bson,
    /// What it is.
    pub read: Read,
}

/// What a signature turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// It is that of a known key.
    Good,
    /// It is not that of the key it names.
    Wrong,
    /// The key is not among those that are known.
    UnknownKey,
    /// The key had been retired when the element says it was made.
    Retired,
}

/// One chain, as far as it can be trusted.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// Its identifier.
    pub id: String,
    /// The elements that can be trusted, by number.
    pub elements: BTreeMap<u64, Element>,
    /// The numbers at which something stands that cannot be trusted.
    pub broken: BTreeSet<u64>,
    /// The numbers that are missing.
    pub missing: BTreeSet<u64>,
}

impl Chain {
    /// The seals that can be trusted.
    pub fn seals(&self) -> impl DoubleEndedIterator<Item = (u64, &Seal)> {
        self.elements.iter().filter_map(|(n, element)| match &element.body {
            Body::Seal(seal) => Some((*n, seal.as_ref())),
            _ => None,
        })
    }

    /// The last element that can be trusted.
    pub fn head(&self) -> Option<(u64, Head)> {
        let (n, element) = self.elements.last_key_value()?;
        Some((*n, Head { n: *n, digest: element.digest() }))
    }

    /// The tenant, as the last seal says.
    pub fn tenant(&self) -> Option<&Bson> {
        self.seals().next_back().map(|(_, seal)| &seal.tenant)
    }

    /// The seals whose entries were erased.
    pub fn pruned(&self) -> BTreeSet<u64> {
        let prunes = self.elements.values().filter_map(|element| match &element.body {
            Body::Prune(prune) => Some(&prune.seals),
            _ => None,
        });
        prunes.flatten().copied().collect()
    }

    /// The holds in force: the element of each.
    pub fn holds(&self) -> BTreeMap<&str, &Element> {
        let mut holds = BTreeMap::new();
        for element in self.elements.values() {
            match &element.body {
                Body::Hold(hold) => _ = holds.insert(hold.name.as_str(), element),
                Body::Release(release) => _ = holds.remove(release.name.as_str()),
                _ => {}
            }
        }
        holds
    }
}

/// All chains, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// By identifier.
    pub chains: BTreeMap<String, Chain>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The heads that somebody wrote down.
    known: Heads,
}

/// Goes along all chains. `known` are heads that somebody wrote down outside of the database.
pub fn walk(stored: Vec<Stored>, known: &[(String, Head)], signature: &dyn Fn(&Element) -> Signature) -> Walk {
    let mut walk = Walk { known: known.to_vec(), ..Walk::default() };
    for found in stored {
        walk.place(found, signature);
    }
    let mut heads: Vec<(String, Head, String)> = Vec::new();
    let rolls = walk.chains.get(PLATFORM).into_iter().flat_map(|chain| chain.elements.values());
    for element in rolls {
        if let Body::Roll(roll) = &element.body {
            let by = format!("roll {} of {}", element.n, time_of(element));
            heads.extend(roll.heads.iter().map(|(chain, head)| (chain.clone(), *head, by.clone())));
        }
    }
    for chain in walk.chains.values() {
        let named = |(n, seal): (u64, &Seal)| {
            Some((PLATFORM.to_owned(), seal.platform?, format!("seal {n} of chain {}", chain.id)))
        };
        heads.extend(chain.seals().filter_map(named));
    }
    heads.extend(known.iter().map(|(chain, head)| (chain.clone(), *head, "what was written down outside".to_owned())));
    let mut longest: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for (chain, head, by) in heads {
        walk.compare(&chain, head, &by);
        let last = longest.entry(chain).or_default();
        if head.n > last.0 {
            *last = (head.n, by);
        }
    }
    walk.find_missing(&longest);
    walk.check_links();
    walk.check_times();
    walk.check_trail();
    walk.findings.sort_by(|a, b| a.place().cmp(&b.place()));
    walk
}

fn time_of(element: &Element) -> String {
    element.at.try_to_rfc3339_string().unwrap_or_default()
}

/// Chain and number that an identifier stands for.
fn parse_id(id: &Bson) -> Option<(String, u64)> {
    let (chain, n) = id.as_str()?.rsplit_once(':')?;
    Some((chain.to_owned(), n.parse().ok()?))
}

impl Walk {
    /// The number behind everything that stands in a chain, or is known to have stood there.
    pub fn next(&self, chain: &str) -> u64 {
        let there = self.chains.get(chain);
        let numbers = there.into_iter().flat_map(|chain| chain.elements.keys().chain(&chain.missing).copied());
        let sure = numbers.chain(self.known.iter().filter(|(id, _)| id == chain).map(|(_, head)| head.n)).max();
        let sure = sure.unwrap_or_default();
        // Whatever stands at the next numbers, and is none of ours, has to be stepped over.
        let broken = |n: &u64| there.is_some_and(|chain| chain.broken.contains(n));
        (sure + 1..).find(|n| !broken(n)).unwrap_or(sure + 1)
    }

    /// The trail that these elements are of; none where there are none.
    pub fn trail(&self) -> Option<&str> {
        let first = self.chains.get(PLATFORM).and_then(|chain| chain.elements.values().next());
        let any = || self.chains.values().find_map(|chain| chain.elements.values().next());
        first.or_else(any).map(|element| element.trail.as_str())
    }

    /// What is wrong with a chain and keeps it from being gone on with. Of the platform's, what was known when somebody
    /// began anew is over.
    pub fn damage<'w>(&'w self, chain: &str) -> Option<&'w Finding> {
        let anew = |element: &&Element| matches!(&element.body, Body::Roll(roll) if roll.anew);
        let platform = self.chains.get(PLATFORM);
        let known = platform.and_then(|chain| chain.elements.values().filter(anew).map(|element| element.n).max());
        let counts = |finding: &&Finding| match finding.chain.as_str() {
            PLATFORM => chain == PLATFORM && known.is_none_or(|known| finding.seal > known),
            "" => chain == PLATFORM && known.is_none(),
            other => chain == other,
        };
        self.findings.iter().find(counts)
    }

    fn chain(&mut self, id: &str) -> &mut Chain {
        let chain = self.chains.entry(id.to_owned()).or_default();
        id.clone_into(&mut chain.id);
        chain
    }

    fn say(&mut self, trouble: Trouble, (chain, n): (&str, u64), detail: String) {
        self.findings.push(Finding::of_seal(trouble, chain, n, detail));
    }

    fn place(&mut self, found: Stored, signature: &dyn Fn(&Element) -> Signature) {
        let stands = parse_id(&found.id);
        let broken = |walk: &mut Self, trouble, detail: String| match &stands {
            Some((chain, n)) => {
                walk.chain(chain).broken.insert(*n);
                walk.say(trouble, (chain, *n), detail);
            }
            None => walk.say(Trouble::SealAltered, ("", 0), format!("{}: {detail}", found.id)),
        };
        let element = match found.read {
            Read::Element(element) => element,
            Read::Newer(v) => {
                return broken(self, Trouble::SealUnknown, format!("version {v} of the format is not known here"));
            }
            Read::Broken(why) => return broken(self, Trouble::SealAltered, why),
        };
        let kid = element.kid.clone();
        match signature(&element) {
            Signature::Good => {}
            Signature::Wrong => {
                return broken(self, Trouble::SealAltered, format!("the signature is not that of key {kid}"));
            }
            Signature::UnknownKey => {
                return broken(self, Trouble::SealUnknown, format!("key {kid} is not among the public keys"));
            }
            Signature::Retired => {
                let why = format!("key {kid} had been retired at {}", time_of(&element));
                return broken(self, Trouble::SealAltered, why);
            }
        }
        let (chain, n) = (element.chain.clone(), element.n);
        if stands.as_ref() != Some(&(chain.clone(), n)) {
            if let Some((there, at)) = &stands {
                self.chain(there).broken.insert(*at);
            }
            self.say(Trouble::SealMoved, (&chain, n), format!("it stands at {}", found.id));
        }
        match self.chain(&chain).elements.get(&n) {
            None => _ = self.chain(&chain).elements.insert(n, *element),
            Some(there) if there.digest() == element.digest() => {
                self.say(Trouble::SealRepeated, (&chain, n), format!("it also stands at {}", found.id));
            }
            Some(_) => {
                let why = "there are two of this number, both signed: the key was used twice".to_owned();
                self.say(Trouble::SealReplaced, (&chain, n), why);
            }
        }
    }

    fn compare(&mut self, chain: &str, head: Head, by: &str) {
        let there = self.chains.get(chain).and_then(|chain| chain.elements.get(&head.n));
        if there.is_some_and(|element| element.digest() != head.digest) {
            self.say(Trouble::SealReplaced, (chain, head.n), format!("{by} names another one of this number"));
        }
    }

    fn find_missing(&mut self, longest: &BTreeMap<String, (u64, String)>) {
        let mut ids: BTreeSet<String> = self.chains.keys().cloned().collect();
        ids.extend(longest.keys().cloned());
        for id in ids {
            let chain = self.chain(&id);
            let stands = |n: &u64| chain.elements.contains_key(n) || chain.broken.contains(n);
            let own = chain.elements.keys().chain(&chain.broken).max().copied().unwrap_or_default();
            let known = longest.get(&id);
            // A number that somebody made up must not keep us busy.
            let sure = chain.elements.keys().max().copied().unwrap_or_default().max(known.map_or(0, |(n, _)| *n));
            let last = own.max(sure).min(sure + FAR);
            let missing: Vec<u64> = (1..=last).filter(|n| !stands(n)).collect();
            chain.missing.extend(&missing);
            let mut runs: Vec<(u64, u64)> = Vec::new();
            for n in missing {
                match runs.last_mut() {
                    Some((_, end)) if *end + 1 == n => *end = n,
                    _ => runs.push((n, n)),
                }
            }
            for (from, to) in runs {
                let how = match known {
                    Some((_, by)) if to > own => format!("; {by} names it"),
                    _ => String::new(),
                };
                let what = if from == to { format!("number {from}") } else { format!("numbers {from} to {to}") };
                let mut finding = Finding::of_seal(Trouble::SealMissing, &id, from, format!("{what}{how}"));
                finding.until = Some(to);
                self.findings.push(finding);
            }
        }
    }

    /// Elements are made one after the other: one that says to be older than the one before it was made with a key that
    /// signs no more.
    fn check_times(&mut self) {
        let mut broken: Vec<(String, u64)> = Vec::new();
        for chain in self.chains.values() {
            let mut latest = i64::MIN;
            for (n, element) in &chain.elements {
                let at = element.at.timestamp_millis();
                if at < latest.saturating_sub(SKEW) {
                    broken.push((chain.id.clone(), *n));
                }
                latest = latest.max(at);
            }
        }
        for (chain, n) in broken {
            self.say(Trouble::SealReplaced, (&chain, n), "it says to be older than the one before it".to_owned());
        }
    }

    fn check_trail(&mut self) {
        let Some(trail) = self.trail().map(str::to_owned) else { return };
        let all = self.chains.values().flat_map(|chain| chain.elements.values());
        let strange = all.filter(|element| element.trail != trail).map(|element| (element.chain.clone(), element.n));
        for (chain, n) in strange.collect::<Vec<_>>() {
            self.say(Trouble::SealReplaced, (&chain, n), "it is of another trail".to_owned());
        }
    }

    fn check_links(&mut self) {
        let mut broken: Vec<(String, u64)> = Vec::new();
        for chain in self.chains.values() {
            for (n, element) in &chain.elements {
                let before = n.checked_sub(1).and_then(|n| chain.elements.get(&n));
                let wrong = match before {
                    Some(before) => before.digest() != element.prev,
                    None => *n == 1 && element.prev != [0; 32],
                };
                if wrong {
                    broken.push((chain.id.clone(), *n));
                }
            }
        }
        for (chain, n) in broken {
            let why = format!("it names another one before it than stands at {}", id_of(&chain, n.saturating_sub(1)));
            self.say(Trouble::SealReplaced, (&chain, n), why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::tests::seal;
    use super::*;
    use crate::domain::audit::Digest;

    fn chain(length: u64) -> Vec<Stored> {
        let mut prev: Digest = [0; 32];
        let elements = (1..=length).map(|n| {
            let element = seal(n, prev);
            prev = element.digest();
            Stored { id: Bson::from(element.id()), read: Read::Element(Box::new(element)) }
        });
        elements.collect()
    }

    /// The stand-in for a signature: elements by anna are good.
    fn good(element: &Element) -> Signature {
        if element.by == "anna" { Signature::Good } else { Signature::Wrong }
    }

    fn troubles(stored: Vec<Stored>, known: &[(String, Head)]) -> Vec<(Trouble, u64, Option<u64>)> {
        let walk = walk(stored, known, &good);
        walk.findings.iter().map(|finding| (finding.trouble, finding.seal, finding.until)).collect()
    }

    fn change(stored: &mut Stored, change: impl FnOnce(&mut Element)) {
        let Read::Element(element) = &mut stored.read else { panic!() };
        change(element);
    }

    #[test]
    fn every_damage_to_a_chain_is_named_with_its_place() {
        let none = [];
        assert_eq!(troubles(chain(9), &none), []);
        let mut altered = chain(9);
        change(&mut altered[4], |element| element.by = "eve".to_owned());
        assert_eq!(troubles(altered, &none), [(Trouble::SealAltered, 5, None)]);
        let mut gone = chain(9);
        gone.drain(2..6);
        gone.remove(0);
        let missing = [(Trouble::SealMissing, 1, Some(1)), (Trouble::SealMissing, 3, Some(6))];
        assert_eq!(troubles(gone, &none), missing);
        let mut swapped = chain(9);
        let id = swapped[1].id.clone();
        swapped[1].id = swapped[6].id.clone();
        swapped[6].id = id;
        assert_eq!(troubles(swapped, &none), [(Trouble::SealMoved, 2, None), (Trouble::SealMoved, 7, None)]);
        let mut repeated = chain(9);
        let again = Stored { id: Bson::from("x"), ..repeated[3].clone() };
        repeated.push(again);
        assert_eq!(troubles(repeated, &none), [(Trouble::SealMoved, 4, None), (Trouble::SealRepeated, 4, None)]);
        let mut replaced = chain(9);
        change(&mut replaced[5], |element| element.reason = Some("signed again".to_owned()));
        assert_eq!(troubles(replaced, &none), [(Trouble::SealReplaced, 7, None)]);
        let mut earlier = chain(9);
        change(&mut earlier[8], |element| element.at = bson::DateTime::from_millis(1_600_000_000_000));
        assert_eq!(troubles(earlier, &none), [(Trouble::SealReplaced, 9, None)], "a key that was retired");
        let mut other = chain(9);
        change(&mut other[8], |element| element.trail = "staging".to_owned());
        assert_eq!(troubles(other, &none), [(Trouble::SealReplaced, 9, None)]);
    }

    #[test]
    fn a_tail_that_was_cut_off_shows_by_what_is_known_outside() {
        let whole = walk(chain(9), &[], &good);
        let (id, only) = whole.chains.iter().next().unwrap();
        let known = [(id.clone(), only.head().unwrap().1)];
        assert_eq!(troubles(chain(9), &known), []);
        assert_eq!(troubles(chain(6), &known), [(Trouble::SealMissing, 7, Some(9))]);
        assert_eq!(troubles(Vec::new(), &known), [(Trouble::SealMissing, 1, Some(9))]);
        let wrong = [(id.clone(), Head { n: 4, digest: [9; 32] })];
        assert_eq!(troubles(chain(9), &wrong), [(Trouble::SealReplaced, 4, None)]);
    }
}
