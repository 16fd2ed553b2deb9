//! Files that somebody, or something, has damaged: never a panic, and whatever is refused says where and why.

use std::path::Path;

use super::rules::set_of;
use super::tests::compiled_with;
use super::{MANIFEST, SHIPPED};
use crate::config::platform::preset;
use crate::domain::Description;
use crate::domain::seed::{Fault, passwords};

/// Numbers that are the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % end.max(1) as u64).unwrap()
    }
}

type Files = Vec<(String, Vec<u8>)>;

fn files_of(set: &str) -> Files {
    let (_, files) = SHIPPED.iter().find(|(name, _)| *name == set).unwrap();
    files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

/// Reads and compiles a set; whatever is wrong has to be told properly.
fn outcome(files: &Files, platform: &Description, told: &str) -> Option<Vec<Fault>> {
    let slices: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let result = set_of(&slices).and_then(|set| {
        passwords(&set)?;
        for org in ["LogisticsCo", "RetailGmbH", "acme-europe"] {
            let compiled = compiled_with(&set, platform, org, |_| {})?;
            // What is accepted is written: every document is one.
            let mut bytes = Vec::new();
            for part in &compiled.parts {
                for number in (0..part.rows().min(50)).chain(part.rows().saturating_sub(30)..part.rows()) {
                    bytes.clear();
                    compiled.write(part, part.number_at(number).unwrap(), &mut bytes);
                    let raw = bson::RawDocumentBuf::from_bytes(bytes.clone()).unwrap_or_else(|e| panic!("{told}: {e}"));
                    bson::Document::try_from(raw.as_ref()).unwrap_or_else(|e| panic!("{told}: {e}"));
                }
            }
        }
        Ok(())
    });
    let faults = result.err()?;
    assert!(!faults.is_empty(), "{told}: refused without a reason");
    for fault in &faults {
        let file = Path::new(&fault.place.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = &files.iter().find(|(name, _)| *name == file).unwrap_or_else(|| panic!("{told}: {fault:?}")).1;
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        assert!((1..=lines).contains(&fault.place.line), "{told}: {fault:?} in a file of {lines} lines");
        assert!(!fault.what.trim().is_empty(), "{told}: {fault:?}");
        assert!(!fault.what.contains("__toml") && fault.what.len() < 2_000, "{told}: {fault:?}");
    }
    Some(faults)
}

const PIECES: [&str; 26] = [
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "=",
    "\n",
    "\\",
    "\0",
    "\u{feff}",
    "0",
    "-1",
    "null",
    "true",
    "$",
    ".",
    "/",
    "{\"$ref\": \"users/nobody\"}",
    "1e999",
    "\"_id\": 1,",
    "99999999999999999999",
    "[[collection]]\n",
    "{row:99}",
];

/// Damages a file somewhere.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) -> String {
    let at = dice.roll(bytes.len());
    match dice.roll(9) {
        0 => {
            bytes[at] ^= 1 << dice.roll(8);
            format!("flip at {at}")
        }
        1 => {
            let end = (at + 1 + dice.roll(12)).min(bytes.len());
            bytes.drain(at..end);
            format!("delete {at}..{end}")
        }
        2 => {
            bytes.insert(at, u8::try_from(dice.roll(256)).unwrap());
            format!("insert a byte at {at}")
        }
        3 | 4 => {
            let piece = PIECES[dice.roll(PIECES.len())];
            bytes.splice(at..at, piece.bytes());
            format!("insert {piece:?} at {at}")
        }
        5 => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
        6 => {
            let quotes: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i] == b'"').collect();
            let at = quotes.get(dice.roll(quotes.len())).copied().unwrap_or(at);
            bytes.remove(at);
            format!("delete the quote at {at}")
        }
        7 => {
            let end = (at + 1 + dice.roll(200)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
            format!("double {at}..{end}")
        }
        _ => {
            let other = dice.roll(bytes.len());
            bytes.swap(at, other);
            format!("swap {at} and {other}")
        }
    }
}

#[test]
fn damaged_files_never_panic_and_refusals_say_where_and_why() {
    let (mut refused, mut taken) = (0, 0);
    for (seed, (name, _)) in SHIPPED.iter().filter(|(name, _)| *name != "tickets-load").enumerate() {
        let (whole, platform) = (files_of(name), preset(name).unwrap());
        assert_eq!(outcome(&whole, &platform, name), None);
        let mut dice = Dice(seed as u64);
        for round in 0..100 {
            let mut files = whole.clone();
            let file = dice.roll(files.len());
            let mut told = format!("{name}, round {round}, {}:", files[file].0);
            for _ in 0..=dice.roll(3) {
                if files[file].1.is_empty() {
                    break;
                }
                let what = damage(&mut files[file].1, &mut dice);
                told = format!("{told} {what};");
            }
            match outcome(&files, &platform, &told) {
                Some(_) => refused += 1,
                None => taken += 1,
            }
        }
    }
    assert!(refused + taken == 600 && refused > 300, "{refused} refused, {taken} taken");
}

/// Replaces what stands in a file of a set.
fn with(files: &Files, file: &str, from: &str, to: &[u8]) -> Files {
    let mut files = files.clone();
    let bytes = &mut files.iter_mut().find(|(name, _)| name == file).unwrap().1;
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{from:?} does not stand in {file}"));
    bytes.splice(at..at + from.len(), to.iter().copied());
    files
}

/// File, what stands in it, what stands there instead, and what is said.
const BROKEN: &[(&str, &str, &[u8], &str)] = &[
    (MANIFEST, "into = \"@audit\"", b"into = \"audit\"", "no shared collection"),
    (MANIFEST, "as_of = \"2026-11-02T09:00:00Z\"", b"as_of = \"2026-13-02\"", "neither RFC 3339"),
    ("purchase_requests.json", "\"status\"", b"\"status\": \"open\", \"status\"", "twice"),
    ("purchase_requests.json", "\"status\"", b"\"sta\xFFtus\"", "not UTF-8"),
    ("purchase_requests.json", "\"status\"", b"status", "JSON"),
    ("purchase_requests.json", "users/staff", b"users/staf", "does not exist"),
    ("purchase_requests.json", "users/staff", b"user/staff", "no collection `user`"),
    ("purchase_requests.json", "users/staff", b"users", "names no document"),
    ("purchase_requests.json", "\"field\": \"id\"", b"\"field\": \"ident\"", "no field `ident`"),
    ("purchase_requests.json", "\"field\": \"id\"", b"\"fields\": \"id\"", "does not belong"),
    ("purchase_requests.json", "\"-1d\"", b"\"-1 dog\"", "no moment"),
    ("purchase_requests.json", "\"-1d\"", b"\"-99999999y\"", "no moment"),
    ("purchase_requests.json", "\"-1d\"", b"{}", "text"),
    ("purchase_requests.json", "{\"$at\": \"-1d\"}", b"{\"$date\": \"yesterday\"}", "extended JSON"),
    ("purchase_requests.json", "{\"$at\": \"-1d\"}", b"{\"$oid\": \"12\"}", "extended JSON"),
    ("purchase_requests.json", "{\"$at\": \"-1d\"}", b"{\"$numberInt\": \"12345678901\"}", "extended JSON"),
    ("purchase_requests.json", "\"tape-draft\"", b"\"old-draft\"", "a second time"),
    ("purchase_requests.json", "\"_key\": \"tape-draft\", ", b"", "has no `_key`"),
    ("purchase_requests.json", "\"status\"", b"\"org_id\": \"x\", \"status\"", "flowbit writes it"),
    ("purchase_requests.json", "\"status\"", b"\"_id\": 1, \"status\"", "leave `_id` out"),
    ("purchase_requests.json", "\"status\"", b"\"a\\u0000b\": 1, \"status\"", "NUL"),
    ("purchase_requests.json", "\"status\"", b"\"x\": {\"a\\u0000b\": 1}, \"status\"", "NUL"),
    ("purchase_requests.json", "\"status\"", b"\"items.x\": 1, \"status\"", "no document with fields"),
    ("purchase_requests.json", "[\n", b"{\n", "no JSON array"),
    ("purchase_requests.json", "[\n", b"[7,\n", "no JSON object"),
    ("users.csv", "admin,,ADMIN,true", b"admin,,ADMIN,yes", "not true or false"),
    ("users.csv", "admin,,ADMIN,true", b"admin,,ADMIN", "4 cells"),
    ("users.csv", "admin,,ADMIN,true", b"\"admin,,ADMIN,true", "never closed"),
    ("users.csv", "admin,,ADMIN,true", b"ad\"min,,ADMIN,true", "a quote stands inside"),
    ("users.csv", "is_active:bool", b"is_active:boolean", "no type of a column"),
    ("users.csv", "is_active:bool", b"active:bool", "is closed"),
    ("users.csv", "is_active:bool", b"role", "stands here twice"),
    ("suppliers.csv", ",lead_time_days", b",phone2,lead_time_days", "cells"),
    ("products.csv", "{\"\"width_mm\"\": 200", b"{\"\"width_mm: 200", "no JSON"),
    ("products.csv", "-285d", b"285 ds", "no moment"),
    ("products.csv", ",northbox,", b",nordbox,", "does not exist"),
    (MANIFEST, "rows = 60", b"rows = 4294967296", "more than a collection"),
    (MANIFEST, "into = \"@accounts\"", b"into = \"@account\"", "no account of the set"),
    (MANIFEST, "words = \"things\"", b"words = \"thing\"", "no list `thing`"),
    (MANIFEST, "demo = true", b"demo = false", "does not say `demo = true`"),
    (MANIFEST, "admin = \"admin\"", b"admin = \"root\"", "no account of the set"),
    (MANIFEST, "\"products.csv\"", b"\"../products.csv\"", "beside its manifest"),
];

#[test]
fn what_is_broken_on_purpose_is_always_refused() {
    let (whole, platform) = (files_of("inventory"), preset("inventory").unwrap());
    let long = format!("\"note\": \"{}\", \"status\"", "x".repeat(17 * 1024 * 1024));
    let deep = format!("\"x\": {}1{}, \"status\"", "[".repeat(500), "]".repeat(500));
    let nested = format!("unit = {}1{}", "[".repeat(5000), "]".repeat(5000));
    let dotted = format!("unit = 1\n{} = 1", vec!["a"; 5000].join("."));
    let objects = format!("unit = {}1{}", "{ object = { a = ".repeat(3000), "} }".repeat(3000));
    let large: [(&str, &str, &[u8], &str); 5] = [
        (MANIFEST, "unit = \"piece\"", nested.as_bytes(), ""),
        (MANIFEST, "unit = \"piece\"", dotted.as_bytes(), ""),
        (MANIFEST, "unit = \"piece\"", objects.as_bytes(), ""),
        ("purchase_requests.json", "\"status\"", deep.as_bytes(), "recursion limit"),
        ("purchase_requests.json", "\"status\"", long.as_bytes(), "more than the 16777216 bytes"),
    ];
    for (file, from, to, what) in BROKEN.iter().copied().chain(large) {
        let told = format!("{file}: {from} -> {}", String::from_utf8_lossy(&to[..to.len().min(60)]));
        let faults =
            outcome(&with(&whole, file, from, to), &platform, &told).unwrap_or_else(|| panic!("{told}: taken"));
        assert!(faults.iter().any(|fault| fault.what.contains(what)), "{told}: {faults:?}");
        assert!(faults.iter().any(|fault| fault.place.file.ends_with(file)), "{told}: {faults:?}");
    }
}
