//! Verifying an exported file, with its manifest and seals beside it and nothing else.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use bson::{Bson, Document, RawDocumentBuf};
use serde_json::{Map, Value};

use super::export::seals::{BLOCK, ELEMENT, beside};
use super::keys::SealKeys;
use super::proof::{KEPT, Proof};
use super::raw::value_key;
use super::verify::{Lost, Verified, finish, gather, named, take, tell};
use crate::domain::audit::manifest::{MANIFEST, Manifest};
use crate::domain::audit::{
    Element, Finding, Head, Heads, PLATFORM, Stored, Trail, Trouble, Walk, chain_of, hex, walk,
};
use crate::error::{Error, Result, code, io};
use crate::store::file;
use crate::store::parted::Places;
use crate::store::seals::StoredBlock;

/// What verifying a file found.
#[derive(Debug)]
pub struct FileVerified {
    /// As for a database.
    pub verified: Verified,
    /// What the file says of itself.
    pub manifest: Manifest,
    /// Whether the bytes of the file are those of the manifest.
    pub same_bytes: bool,
    /// Entries that seals vouch for and that were not asked for, or may not have been.
    pub not_asked: u64,
    /// Whether a known key vouches for the manifest.
    pub is_signed: bool,
}

fn unfit(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(&code::BAD_EXPORT, format!("{}: {why}", path.display()))
        .next("flowbit audit export --all --out FILE   # writes a file that can be verified")
}

/// A document from a line of extended JSON. A name that stands twice makes it none: readers differ in which they take.
fn document(line: &[u8]) -> Option<Document> {
    let Once(Value::Object(map)) = serde_json::from_slice(line).ok()? else { return None };
    Document::try_from(map).ok()
}

/// JSON in which every name stands once.
struct Once(Value);

impl<'de> serde::Deserialize<'de> for Once {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> serde::de::Visitor<'de> for Each {
            type Value = Once;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON in which every name stands once")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Once, E> {
                Ok(Once(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Once, E> {
                Ok(Once(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Once, E> {
                Ok(Once(value.into()))
            }
            fn visit_unit<E>(self) -> Result<Once, E> {
                Ok(Once(Value::Null))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Once, A::Error> {
                let mut items = Vec::new();
                while let Some(Once(item)) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Once(Value::Array(items)))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
                let mut all = Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    let Once(value) = map.next_value()?;
                    if all.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a name stands twice"));
                    }
                }
                Ok(Once(Value::Object(all)))
            }
        }
        deserializer.deserialize_any(Each)
    }
}

fn open(path: &Path, gzip: bool) -> Result<Box<dyn BufRead>> {
    let file = File::open(path).map_err(|e| io(format!("cannot read {}", path.display()), e))?;
    Ok(match gzip {
        true => Box::new(BufReader::with_capacity(1 << 20, flate2::read::MultiGzDecoder::new(BufReader::new(file)))),
        false => Box::new(BufReader::with_capacity(1 << 20, file)),
    })
}

/// Each line of a file, by number from 1 on.
fn lines(path: &Path, gzip: bool, mut with: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let mut reader = open(path, gzip)?;
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        let read =
            reader.read_until(b'\n', &mut line).map_err(|e| unfit(path, format_args!("after line {number}: {e}")))?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        if line.iter().any(|byte| !byte.is_ascii_whitespace()) {
            with(number, &line)?;
        }
    }
}

fn manifest_of(target: &Path) -> Result<Manifest> {
    let path = Places::of(target).manifest;
    let text = file::read(&path)?
        .ok_or_else(|| unfit(target, format_args!("its manifest {} is not there", path.display())))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| unfit(&path, e))?;
    if value["schema"] != MANIFEST {
        return Err(unfit(&path, "it is no manifest of a version that is known here"));
    }
    serde_json::from_value(value).map_err(|e| unfit(&path, e))
}

fn sha256_of(path: &Path) -> Result<String> {
    let what = || format!("cannot read {}", path.display());
    let mut file = File::open(path).map_err(|e| io(what(), e))?;
    let (mut digest, mut buffer) = (Context::new(&SHA256), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer).map_err(|e| io(what(), e))? {
            0 => return Ok(hex(digest.finish().as_ref())),
            n => digest.update(&buffer[..n]),
        }
    }
}

/// The elements and blocks beside a file.
fn seals_of(target: &Path) -> Result<(Vec<Stored>, Vec<StoredBlock>)> {
    let path = beside(target);
    let (mut elements, mut blocks) = (Vec::new(), Vec::new());
    if !path.exists() {
        return Ok((elements, blocks));
    }
    lines(&path, false, |number, line| {
        let wrong = || unfit(&path, format_args!("line {number} is neither a seal nor digests"));
        let map: Map<String, Value> = serde_json::from_slice(line).map_err(|_| wrong())?;
        let inner = |word: &str| map.get(word).and_then(Value::as_object).cloned();
        if let Some(element) = inner(ELEMENT) {
            let document = Document::try_from(element).map_err(|_| wrong())?;
            let id = document.get("_id").cloned().unwrap_or(Bson::Null);
            elements.push(Stored { id, read: Element::read(&document) });
        } else {
            let block = inner(BLOCK).and_then(|block| Document::try_from(block).ok()).ok_or_else(wrong)?;
            blocks.extend(StoredBlock::read(&block));
        }
        Ok(())
    })?;
    blocks.sort_by(|a, b| (&a.chain, a.seal, a.number).cmp(&(&b.chain, b.seal, b.number)));
    Ok((elements, blocks))
}

/// Goes along the chains beside a file.
fn walk_of(elements: Vec<Stored>, manifest: &Manifest, keys: &SealKeys, known: &[(String, Head)]) -> Walk {
    let whole = manifest.query.organization.is_none();
    // A chain goes on after an export: a later head says nothing of the file.
    let stands = |chain: &str, n: u64| {
        elements.iter().any(
            |stored| matches!(&stored.read, crate::domain::audit::Read::Element(e) if e.chain == chain && e.n == n),
        )
    };
    let known: Heads = known.iter().filter(|(chain, head)| stands(chain, head.n)).cloned().collect();
    let mut walk = walk(elements, &known, &|element| keys.check(element));
    if !whole {
        // Of the platform's chain only what names this organization's is here, and it names others.
        let tenant = manifest.query.tenant.clone().and_then(|tenant| Bson::try_from(tenant).ok());
        let own = tenant.map(|tenant| chain_of(&tenant, 0)).unwrap_or_default();
        let has_any = |id: &str| walk.chains.get(id).is_some_and(|c| !(c.elements.is_empty() && c.broken.is_empty()));
        let belongs = |id: &str| id != PLATFORM && (id == own || has_any(id));
        walk.findings.retain(|finding| belongs(&finding.chain));
    }
    walk
}

/// Verifies a file.
///
/// # Errors
/// `E0127` for a file that cannot be read as an export. That something is wrong with its entries is no failure.
pub fn verify_file(target: &Path, keys: &SealKeys, known: &[(String, Head)]) -> Result<FileVerified> {
    let manifest = manifest_of(target)?;
    let (elements, blocks) = seals_of(target)?;
    let walk = walk_of(elements, &manifest, keys, known);
    let trail = walk.chains.values().find_map(|chain| chain.seals().next_back().map(|(_, seal)| Trail::of_seal(seal)));
    let Some(trail) = trail else {
        let mut proof = Proof::new(walk, None, None, String::new());
        (proof.counts.unsealed, proof.counts.read) = (manifest.entries, manifest.entries);
        return concluded(proof, 0, target, manifest, 0, keys);
    };
    let mut proof = Proof::new(walk, None, trail.tenant.clone(), trail.time.clone());
    let mut gathered: Vec<StoredBlock> = Vec::new();
    for stored in blocks.iter().cloned() {
        gather(&mut proof, &mut gathered, stored);
    }
    take(&mut proof, &mut gathered);
    proof.ready();
    let mut order = Order::default();
    lines(target, manifest.gzip, |number, line| {
        let read = document(line).and_then(|document| Some((RawDocumentBuf::try_from(&document).ok()?, document)));
        let Some((raw, document)) = read else {
            let mut finding = Finding::of_seal(Trouble::FileAltered, "", 0, format!("line {number} is no entry"));
            finding.position = Some(number);
            order.findings.push(finding);
            return Ok(());
        };
        order.next(number, document.get("_id").unwrap_or(&Bson::Null));
        proof.see(&raw);
        Ok(())
    })?;
    let (lost, further) = lost_of(&proof, &manifest, &blocks);
    let there = look_up(target, manifest.gzip, &lost)?;
    let (lost, not_asked) = without_unasked(lost, &there, &manifest, &proof);
    tell(&mut proof, &trail, lost, &there);
    proof.findings.extend(order.findings);
    let further = further + proof.overflow;
    concluded(proof, further, target, manifest, not_asked, keys)
}

/// The entries that were not seen, those that the file has to have first; and how many of these are too many to be named.
fn lost_of(proof: &Proof, manifest: &Manifest, blocks: &[StoredBlock]) -> (Vec<Lost>, u64) {
    let mut unseen: Vec<((usize, u64), Vec<usize>, bool)> = proof
        .unseen()
        .into_iter()
        .map(|((chain, seal), places)| {
            ((chain, seal), places, is_whole(manifest) && covered(proof, manifest, chain, seal))
        })
        .collect();
    unseen.sort_by_key(|(_, _, is_due)| !is_due);
    let (mut lost, mut further): (Vec<Lost>, u64) = (Vec::new(), 0);
    for ((chain, seal), places, is_due) in unseen {
        let id = &proof.held[chain].id;
        let stored: Vec<StoredBlock> = blocks.iter().filter(|b| b.chain == *id && b.seal == seal).cloned().collect();
        let room = KEPT.saturating_sub(lost.len()).min(places.len());
        further += if is_due { (places.len() - room) as u64 } else { 0 };
        lost.extend(named(&proof.expected, (chain, seal), &places[..room], &stored, proof));
    }
    (lost, further)
}

/// Looks at the files themselves, and says everything.
fn concluded(
    mut proof: Proof,
    further: u64,
    target: &Path,
    manifest: Manifest,
    not_asked: u64,
    keys: &SealKeys,
) -> Result<FileVerified> {
    let mut say = |detail: &str| proof.findings.push(Finding::of_seal(Trouble::FileAltered, "", 0, detail.to_owned()));
    let is_signed = match &manifest.signed {
        None => false,
        Some(signed) => match keys.signed(&signed.kid, &manifest.message(), &signed.signature) {
            Some(true) => true,
            Some(false) => {
                say("the manifest is not what was signed");
                false
            }
            None => {
                say("the manifest is signed with a key that is not among the public keys");
                false
            }
        },
    };
    if let Some(seals) = &manifest.seals {
        let path = beside(target);
        if !path.exists() {
            say("the seals that lay beside the file are gone");
        } else if sha256_of(&path)? != seals.sha256 {
            say("the seals beside the file are not those that its manifest names");
        }
    }
    let same_bytes = sha256_of(target)? == manifest.sha256;
    Ok(FileVerified { verified: finish(proof, further), manifest, same_bytes, not_asked, is_signed })
}

/// Whether everything of its time was asked for.
fn is_whole(manifest: &Manifest) -> bool {
    let query = &manifest.query;
    query.actor.is_none() && query.action.is_none() && query.target.is_none() && query.conditions.is_empty()
}

/// Whether all entries of a seal are of the time that was asked for.
fn covered(proof: &Proof, manifest: &Manifest, chain: usize, seal: u64) -> bool {
    let moment = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let (since, until) = (moment(&manifest.query.since), moment(&manifest.query.until));
    let chain = proof.walk.chains.get(&proof.held[chain].id);
    let found = chain.and_then(|chain| chain.seals().find(|(n, _)| *n == seal));
    let Some((_, seal)) = found else { return false };
    let is_timed = seal.untimed == 0;
    let after =
        |at: jiff::Timestamp| is_timed && seal.first.is_some_and(|f| f.timestamp_millis() >= at.as_millisecond());
    let before =
        |at: jiff::Timestamp| is_timed && seal.last.is_some_and(|l| l.timestamp_millis() < at.as_millisecond());
    since.is_none_or(after) && until.is_none_or(before)
}

/// The entries of the file with these identifiers.
fn look_up(target: &Path, gzip: bool, lost: &[Lost]) -> Result<HashMap<Vec<u8>, Document>> {
    let mut there = HashMap::new();
    if lost.is_empty() {
        return Ok(there);
    }
    let wanted: HashSet<Vec<u8>> = lost.iter().map(|lost| value_key(&lost.id)).collect();
    lines(target, gzip, |_, line| {
        if let Some(document) = document(line) {
            let key = value_key(document.get("_id").unwrap_or(&Bson::Null));
            if wanted.contains(&key) {
                there.insert(key, document);
            }
        }
        Ok(())
    })?;
    Ok(there)
}

/// Of the lost entries those that the file should have: not those that were not asked for.
fn without_unasked(
    lost: Vec<Lost>,
    there: &HashMap<Vec<u8>, Document>,
    manifest: &Manifest,
    proof: &Proof,
) -> (Vec<Lost>, u64) {
    let is_whole = is_whole(manifest);
    let all = lost.len() as u64;
    let kept: Vec<Lost> = lost
        .into_iter()
        .filter(|lost| {
            let is_due = || is_whole && covered(proof, manifest, lost.chain, lost.seal);
            there.contains_key(&value_key(&lost.id)) || is_due()
        })
        .collect();
    let not_asked = all - kept.len() as u64;
    (kept, not_asked)
}

/// Whether lines stand in the order of their identifiers, as they were written.
#[derive(Debug, Default)]
struct Order {
    /// The last two that are in order, and their lines.
    last: Vec<(u64, Bson)>,
    findings: Vec<Finding>,
}

/// Identifiers of one type in the server's order; nothing of two types.
fn compare(a: &Bson, b: &Bson) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Bson::ObjectId(a), Bson::ObjectId(b)) => Some(a.bytes().cmp(&b.bytes())),
        (Bson::String(a), Bson::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Bson::Int32(a), Bson::Int32(b)) => Some(a.cmp(b)),
        (Bson::Int64(a), Bson::Int64(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

impl Order {
    fn next(&mut self, number: u64, id: &Bson) {
        let falls = |before: &(u64, Bson)| compare(&before.1, id).is_some_and(std::cmp::Ordering::is_gt);
        if let Some(before) = self.last.last().filter(|before| falls(before)).cloned() {
            // Which of the two is in the wrong place: the one without which the others are in order.
            let is_earlier = self.last.len() < 2 || !falls(&self.last[0]);
            let (line, entry) = if is_earlier { before } else { (number, id.clone()) };
            let mut finding = Finding::of_entry(Trouble::Reordered, "", 0, Some(line), entry);
            finding.detail = format!("line {line} is not in its place");
            self.findings.push(finding);
            if !is_earlier {
                return;
            }
            self.last.pop();
        }
        if self.last.len() == 2 {
            self.last.remove(0);
        }
        self.last.push((number, id.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(ids: &[i32]) -> Vec<u64> {
        let mut order = Order::default();
        ids.iter().zip(1..).for_each(|(id, line)| order.next(line, &Bson::Int32(*id)));
        order.findings.iter().filter_map(|finding| finding.position).collect()
    }

    #[test]
    fn the_line_that_was_moved_is_the_one_that_is_named() {
        assert!(wrong(&[1, 2, 3, 4, 5, 6]).is_empty());
        assert_eq!(wrong(&[1, 5, 3, 4, 2, 6]), [2, 5], "swapped");
        assert_eq!(wrong(&[1, 3, 2, 4, 5, 6]), [2], "neighbours");
        assert_eq!(wrong(&[1, 3, 4, 5, 2, 6]), [5], "moved down");
        assert_eq!(wrong(&[5, 1, 2, 3, 4, 6]), [1], "moved up");
        assert_eq!(wrong(&[6, 2, 3, 4, 5, 1]), [1, 6], "the ends swapped");
    }
}
