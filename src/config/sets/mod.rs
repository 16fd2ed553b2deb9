//! Seed sets: those in the binary, and directories with a `seed.toml` in the same format.

mod fixtures;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::places::{Places, line_and_column};
use super::platform::locate;
use crate::domain::seed::rule::{Named, TOML_DATE, is_toml_date};
use crate::domain::seed::{Collection, Fault, Fixture, Manifest, Place, SeedSet, Target, moment_ms};
use crate::domain::similar::nearest;
use crate::error::{Error, Result, code, io};

/// The file that makes a directory a set.
pub const MANIFEST: &str = "seed.toml";

/// The directory in which sets are looked for by name.
const DIRECTORY: &str = "seed";

/// The files of a set in the binary: name and text.
type Files = &'static [(&'static str, &'static str)];

macro_rules! shipped {
    ($($set:literal: [$($file:literal),+ $(,)?]),+ $(,)?) => {
        &[$(($set, &[$(($file, include_str!(concat!("../../../seed/", $set, "/", $file)))),+])),+]
    };
}

/// The sets that ship with flowbit.
const SHIPPED: &[(&str, Files)] = shipped! {
    "flowbit": [
        "seed.toml",
        "users.json",
        "tickets.jsonl",
        "suppliers.csv",
        "warehouses.csv",
        "products.csv",
        "stock_movements.jsonl",
        "purchase_requests.json",
        "audit.jsonl",
    ],
    "tickets": ["seed.toml", "users.json", "tickets.jsonl", "audit.jsonl"],
    "tickets-load": ["seed.toml", "admins.json"],
    "tickets-fastapi": ["seed.toml", "users.csv", "tickets.csv"],
    "tenant-databases": ["seed.toml", "people.json", "trail.jsonl"],
    "inventory": [
        "seed.toml",
        "users.csv",
        "suppliers.csv",
        "warehouses.csv",
        "products.csv",
        "stock_movements.jsonl",
        "purchase_requests.json",
        "events.jsonl",
        "audit.json",
    ],
    "org-collections": ["seed.toml", "admins.jsonl", "contacts.csv", "notes.json"],
};

/// Where a set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetSource {
    /// In the binary.
    Shipped(&'static str),
    /// A manifest on this machine.
    File {
        /// The working directory.
        directory: PathBuf,
        /// The manifest, as it is shown: relative to that directory, unless it was named otherwise.
        path: PathBuf,
    },
}

impl SetSource {
    /// For people.
    pub fn shown(&self) -> String {
        match self {
            SetSource::Shipped(name) => format!("set {name}"),
            SetSource::File { path, .. } => path.display().to_string(),
        }
    }
}

/// Finds a set: a path, a directory below `seed/` in the working directory, or one that ships with flowbit.
///
/// # Errors
/// `E0205`.
pub fn find_set(typed: &str, directory: &Path) -> Result<SetSource> {
    let file = |path: PathBuf| SetSource::File { directory: directory.to_path_buf(), path };
    let named = Path::new(typed);
    if typed.ends_with(".toml") && directory.join(named).is_file() {
        return Ok(file(named.to_path_buf()));
    }
    let manifest = named.join(MANIFEST);
    let there = directory.join(&manifest).is_file();
    if there {
        return Ok(file(manifest));
    }
    if typed.contains(['/', '\\', '.']) {
        return Err(
            Error::new(&code::SET_NOT_FOUND, format!("there is no {MANIFEST} in {typed}")).next("flowbit seed list")
        );
    }
    let below = Path::new(DIRECTORY).join(&manifest);
    if directory.join(&below).is_file() {
        return Ok(file(below));
    }
    if let Some((name, _)) = SHIPPED.iter().find(|(name, _)| *name == typed) {
        return Ok(SetSource::Shipped(name));
    }
    let error = Error::new(&code::SET_NOT_FOUND, format!("there is no seed set {typed:?}"));
    Err(match nearest(typed, SHIPPED.iter().map(|(name, _)| *name)) {
        Some(meant) => error.next(format!("did you mean {meant}?")),
        None => error.next("flowbit seed list"),
    })
}

/// The sets that can be found by name: those below `seed/`, then those that ship with flowbit.
pub fn known_sets(directory: &Path) -> Vec<(String, SetSource)> {
    let mut sets = Vec::new();
    let below = std::fs::read_dir(directory.join(DIRECTORY)).into_iter().flatten().flatten();
    let below = below.map(|entry| Path::new(DIRECTORY).join(entry.file_name()).join(MANIFEST));
    let mut own: Vec<PathBuf> = below.filter(|path| directory.join(path).is_file()).collect();
    own.sort();
    for path in own {
        let name = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let directory = directory.to_path_buf();
        sets.push((name.unwrap_or_default(), SetSource::File { directory, path }));
    }
    for (name, _) in SHIPPED {
        if sets.iter().all(|(known, _)| known != name) {
            sets.push(((*name).to_owned(), SetSource::Shipped(name)));
        }
    }
    sets
}

/// Reads a set. Everything that is wrong with its files is told at once.
///
/// # Errors
/// `E0003` where a file cannot be read at all.
pub fn read_set(source: &SetSource) -> Result<std::result::Result<SeedSet, Vec<Fault>>> {
    let reader = Reader { source };
    let (file, base) = match source {
        SetSource::Shipped(name) => (format!("{name}/{MANIFEST}"), PathBuf::new()),
        SetSource::File { path, .. } => {
            (path.display().to_string(), path.parent().unwrap_or(Path::new("")).to_path_buf())
        }
    };
    let text = match reader.text(MANIFEST, &file, &base)? {
        Ok(text) => text,
        Err(fault) => return Ok(Err(vec![fault])),
    };
    let manifest: Manifest = match toml::from_str(&text) {
        Ok(manifest) => manifest,
        Err(e) => {
            let at = locate(&text, &e);
            let place = Place { file, line: at.line as u64 };
            let fault = Fault { meant: at.meant, ..Fault::new(&place, at.field.unwrap_or_default(), at.message) };
            return Ok(Err(vec![fault]));
        }
    };
    let spots = Spots { file, text: &text, places: Places::read(&text) };
    let mut faults = check_manifest(&manifest, &spots);
    let mut collections = Vec::new();
    for (i, shape) in manifest.collections.iter().enumerate() {
        let (collection, more) = reader.collection(i, shape, &spots, &base)?;
        faults.extend(more);
        collections.push(collection);
    }
    faults.extend(check_administrator(&manifest, &collections, &spots));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let manifest_place = Place { file: spots.file.clone(), line: 1 };
    Ok(Ok(SeedSet { manifest, collections, origin: source.shown(), manifest_place }))
}

struct Reader<'a> {
    source: &'a SetSource,
}

/// The manifest as text, to say where something stands in it.
struct Spots<'a> {
    file: String,
    text: &'a str,
    places: Places<'a>,
}

impl Spots<'_> {
    fn of(&self, field: &str) -> Place {
        let offset = self.places.offset_of(field).unwrap_or_default();
        Place { file: self.file.clone(), line: line_and_column(self.text, offset).0 as u64 }
    }

    fn fault(&self, field: &str, what: impl Into<String>) -> Fault {
        Fault::new(&self.of(field), field, what)
    }
}

impl Reader<'_> {
    /// The text of a file of the set.
    fn text(&self, name: &str, shown: &str, base: &Path) -> Result<std::result::Result<String, Fault>> {
        let place = |line: u64| Place { file: shown.to_owned(), line };
        let bytes = match self.source {
            SetSource::Shipped(set) => {
                let files = SHIPPED.iter().find(|(known, _)| known == set).map_or(&[][..], |(_, files)| files);
                return Ok(match files.iter().find(|(known, _)| *known == name) {
                    Some((_, text)) => Ok((*text).to_owned()),
                    None => Err(Fault::new(&place(1), "", "the set has no such file")),
                });
            }
            SetSource::File { directory, path } => {
                let path = directory.join(if name == MANIFEST { path.clone() } else { base.join(name) });
                match std::fs::read(&path) {
                    Ok(bytes) => bytes,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                        return Ok(Err(Fault::new(&place(1), "", "there is no such file")));
                    }
                    Err(e) => return Err(io(format!("cannot read {}", path.display()), e)),
                }
            }
        };
        Ok(String::from_utf8(bytes).map_err(|e| {
            let good = e.utf8_error().valid_up_to();
            let line = e.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            Fault::new(&place(line as u64), "", "this is not UTF-8")
        }))
    }

    fn collection(
        &self,
        i: usize,
        shape: &crate::domain::seed::manifest::CollectionShape,
        spots: &Spots<'_>,
        base: &Path,
    ) -> Result<(Collection, Vec<Fault>)> {
        let field = |name: &str| format!("collection[{i}].{name}");
        let mut faults = Vec::new();
        let mut fixtures: Vec<Fixture> = Vec::new();
        for (n, name) in shape.files.iter().enumerate() {
            let at = field(&format!("files[{n}]"));
            let inside = !Path::new(name).is_absolute() && !name.split(['/', '\\']).any(|part| part == "..");
            if !inside {
                faults.push(spots.fault(&at, "files of a set lie beside its manifest or below"));
                continue;
            }
            let shown = match self.source {
                SetSource::Shipped(set) => format!("{set}/{name}"),
                SetSource::File { .. } => base.join(name).display().to_string(),
            };
            let read = match self.text(name, &shown, base)? {
                Ok(text) => fixtures::read(name, &shown, &text),
                Err(fault) if fault.what == "there is no such file" => {
                    Err(vec![spots.fault(&at, format!("there is no file {shown}"))])
                }
                Err(fault) => Err(vec![fault]),
            };
            match read {
                Ok(rows) => fixtures.extend(rows),
                Err(more) => faults.extend(more),
            }
        }
        let mut places = HashMap::new();
        for (table, rules) in [("helpers", &shape.helpers), ("fields", &shape.fields)] {
            faults.extend(check_rules(table, rules, &field(table), spots, &mut places));
        }
        let collection = Collection {
            name: shape.name.clone(),
            target: Target::of(shape.into.as_deref().unwrap_or(&shape.name)),
            rows: shape.rows,
            scales: shape.scales,
            only: shape.only.clone(),
            closed: shape.closed,
            helpers: shape.helpers.0.clone(),
            fields: shape.fields.0.clone(),
            fixtures,
            places,
            place: spots.of(&field("name")),
        };
        Ok((collection, faults))
    }
}

fn check_rules(
    table: &str,
    rules: &Named,
    path: &str,
    spots: &Spots<'_>,
    places: &mut HashMap<String, Place>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, _) in &rules.0 {
        let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let at = if bare { format!("{path}.{name}") } else { format!("{path}.{name:?}") };
        if let Err(what) = crate::domain::seed::fixture::check_name(name) {
            faults.push(spots.fault(&at, what));
        }
        places.insert(format!("{table}.{name}"), spots.of(&at));
    }
    faults
}

fn check_manifest(manifest: &Manifest, spots: &Spots<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if manifest.version != 1 {
        faults.push(spots.fault("version", "this flowbit reads version 1"));
    }
    let plain = |name: &str| {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty() && name.chars().all(good) && !name.starts_with('-')
    };
    if !plain(&manifest.name) {
        faults.push(spots.fault("name", "a name of a set has the letters a to z, digits and hyphens"));
    }
    if let Some(Err(what)) = manifest.as_of.as_deref().map(as_of_ms) {
        faults.push(spots.fault("as_of", what));
    }
    for (name, _) in manifest.words.iter().filter(|(_, list)| list.iter().any(is_toml_date)) {
        faults.push(spots.fault(&format!("words.{name}"), TOML_DATE));
    }
    let mut seen = BTreeSet::new();
    for (i, shape) in manifest.collections.iter().enumerate() {
        let at = format!("collection[{i}].name");
        if shape.name.is_empty() || shape.name.contains(['/', '#', '.']) {
            faults.push(spots.fault(&at, "a name of a collection is not empty and has no `/`, `.` or `#`"));
        } else if !seen.insert(&shape.name) {
            faults.push(spots.fault(&at, format!("a second collection is named {}", shape.name)));
        }
        let into = shape.into.as_deref().unwrap_or(&shape.name);
        let known = ["@accounts", "@audit", "@store"];
        if into.starts_with('@') && !known.contains(&into) {
            let what = format!("`{into}` is none of {}", known.join(", "));
            faults.push(spots.fault(&format!("collection[{i}].into"), what).meant(into, known));
        }
        for name in &shape.only {
            if !manifest.tenants.iter().any(|tenant| tenant.name == *name) {
                let names = manifest.tenants.iter().map(|tenant| tenant.name.as_str());
                let what = format!("the set has no tenant {name:?}");
                faults.push(spots.fault(&format!("collection[{i}].only"), what).meant(name, names));
            }
        }
    }
    let mut seen = BTreeSet::new();
    for (i, tenant) in manifest.tenants.iter().enumerate() {
        if !seen.insert(&tenant.name) {
            faults.push(spots.fault(&format!("tenant[{i}].name"), format!("a second tenant is named {}", tenant.name)));
        }
    }
    faults
}

/// The administrator has to be an account of the set.
fn check_administrator(manifest: &Manifest, collections: &[Collection], spots: &Spots<'_>) -> Vec<Fault> {
    let Some(key) = &manifest.admin else { return Vec::new() };
    let accounts = collections.iter().filter(|collection| collection.target == Target::Accounts);
    let keys: Vec<&str> =
        accounts.flat_map(|collection| &collection.fixtures).map(|fixture| fixture.key.as_str()).collect();
    match keys.contains(&key.as_str()) {
        true => Vec::new(),
        false => {
            let what = format!("no account of the set has the key {key:?}");
            vec![spots.fault("admin", what).meant(key, keys)]
        }
    }
}

/// The moment that a set's relative dates count from.
///
/// # Errors
/// What is wrong with it.
pub fn as_of_ms(text: &str) -> std::result::Result<i64, String> {
    let absolute = text.trim().starts_with(|c: char| c.is_ascii_digit()) && text.contains('-');
    match absolute {
        true => moment_ms(text, 0).map_err(|_| format!("{text:?} is neither RFC 3339 nor a day such as 2026-01-01")),
        false => Err(format!("{text:?} is neither RFC 3339 nor a day such as 2026-01-01")),
    }
}
