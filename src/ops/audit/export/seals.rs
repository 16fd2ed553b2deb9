//! The seals beside an exported file: the elements of the chains, and the digests that they vouch for. With them and a
//! public key the file can be proven anywhere.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use bson::{Bson, Document};

use super::sink::hex;
use super::state::State;
use crate::domain::audit::manifest::Sidecar;
use crate::domain::audit::{Body, Element, PLATFORM, Read, Seal, Trail};
use crate::domain::extjson::{Form, value};
use crate::error::{Result, io};
use crate::ops::House;
use crate::ops::audit::raw::value_key;
use crate::ops::org::Org;
use crate::store::file::directory_of;
use crate::store::seals::SEALS;

/// A line that holds an element.
pub const ELEMENT: &str = "element";

/// A line that holds a block of digests.
pub const BLOCK: &str = "block";

/// Where the seals of a file lie.
pub fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".seals.ndjson");
    PathBuf::from(name)
}

/// A private file that takes its place once it is whole, and its digest.
struct Lines {
    file: std::io::BufWriter<tempfile::NamedTempFile>,
    digest: Context,
    target: PathBuf,
}

impl Lines {
    fn begin(target: PathBuf) -> Result<Self> {
        let file = tempfile::NamedTempFile::new_in(directory_of(&target))
            .map_err(|e| io(format!("cannot create {}", target.display()), e))?;
        Ok(Self { file: std::io::BufWriter::new(file), digest: Context::new(&SHA256), target })
    }

    fn put(&mut self, word: &str, document: &Document) -> Result<()> {
        let mut line = serde_json::json!({ word: value(document, Form::Canonical) }).to_string();
        line.push('\n');
        self.digest.update(line.as_bytes());
        self.file.write_all(line.as_bytes()).map_err(|e| io(format!("cannot write {}", self.target.display()), e))
    }

    fn finish(self) -> Result<Sidecar> {
        let what = || format!("cannot write {}", self.target.display());
        let file = self.file.into_inner().map_err(|e| io(what(), e.into_error()))?;
        file.as_file().sync_all().map_err(|e| io(what(), e))?;
        file.persist(&self.target).map_err(|e| io(what(), e.error))?;
        let name = self.target.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Sidecar { file: name.unwrap_or_default(), sha256: hex(&self.digest) })
    }
}

impl House<'_> {
    /// Writes the seals over exported entries beside their file; none where nothing of them is sealed.
    pub(super) async fn export_seals(
        &self,
        (trail, org): (&Trail, Option<&Org>),
        state: &State,
        target: &Path,
    ) -> Result<Option<Sidecar>> {
        let found = self.store.find(&self.master(SEALS), Document::new(), None, None).await?;
        let read: Vec<(Document, Option<Element>)> = found
            .into_iter()
            .map(|document| match Element::read(&document) {
                Read::Element(element) => (document, Some(*element)),
                _ => (document, None),
            })
            .collect();
        let tenants: Option<Vec<Vec<u8>>> = match org {
            Some(org) => {
                let names = self.names_in_trail(trail, org).await?;
                Some(names.iter().map(|(value, _)| value_key(value)).collect())
            }
            None => None,
        };
        let is_wanted = |seal: &Seal| tenants.as_ref().is_none_or(|keys| keys.contains(&value_key(&seal.tenant)));
        let seals = read.iter().filter_map(|(_, element)| match &element.as_ref()?.body {
            Body::Seal(seal) if is_wanted(seal) => element.as_ref().map(|element| element.chain.clone()),
            _ => None,
        });
        let chains: BTreeSet<String> = seals.collect();
        if chains.is_empty() {
            return Ok(None);
        }
        let mut lines = Lines::begin(beside(target))?;
        for (document, element) in &read {
            // Whatever cannot be read goes along: whoever verifies the file sees what somebody verifying here would.
            let in_time = element.as_ref().is_none_or(|element| element.at.timestamp_millis() <= state.begun);
            let belongs =
                element.as_ref().map_or_else(|| of_chains(document, &chains), |element| concerns(element, &chains));
            if in_time && (org.is_none() || belongs) {
                lines.put(ELEMENT, document)?;
            }
        }
        for (_, element) in &read {
            let Some(element) = element.as_ref().filter(|element| element.at.timestamp_millis() <= state.begun) else {
                continue;
            };
            if matches!(&element.body, Body::Seal(seal) if is_wanted(seal)) {
                for stored in self.store.blocks_of(&element.chain, element.n).await? {
                    lines.put(BLOCK, &stored.document())?;
                }
            }
        }
        lines.finish().map(Some)
    }
}

/// Whether an element is of one of these chains, or of the platform's and names one.
fn concerns(element: &Element, chains: &BTreeSet<String>) -> bool {
    match &element.body {
        Body::Roll(roll) => roll.heads.keys().any(|chain| chains.contains(chain)),
        _ => element.chain == PLATFORM || chains.contains(&element.chain),
    }
}

fn of_chains(document: &Document, chains: &BTreeSet<String>) -> bool {
    let id = document.get("_id").and_then(Bson::as_str).unwrap_or_default();
    id.rsplit_once(':').is_some_and(|(chain, _)| chains.contains(chain))
}
