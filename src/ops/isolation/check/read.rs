//! Reads the collections, two at a time: more only make the server's processors wait for each other.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;

use super::Exam;
use super::lens::{Known, Node, Target, bare};
use super::pass::{Ground, Pass, Seen};
use super::sources::{Owner, Source, What};
use super::tenants::{Raw, raw};
use crate::domain::description::{AccountPlace, Layout};
use crate::domain::fields::{Fields, Source as FieldSource};
use crate::domain::isolation::{Coverage, Way, rules};
use crate::domain::plan::Namespace;
use crate::domain::template::Var;
use crate::error::{Error, Result, code};
use crate::ops::doctor::stores::repeated;
use crate::store::batches::{SMALL, Sweep};

/// Collections that are read at the same time.
const AT_ONCE: usize = 2;

/// How often it is told how far they are.
const TELLING: Duration = Duration::from_millis(100);

/// Words that fields go by which name a tenant, where the description does not say.
const WHOSE: [&str; 14] = [
    "tenant",
    "tenantid",
    "tenantname",
    "tenantslug",
    "tenantkey",
    "customerid",
    "org",
    "orgid",
    "orgname",
    "orgslug",
    "organization",
    "organizationid",
    "organizationname",
    "organisationid",
];

/// What was read of one collection.
pub(super) struct Reading {
    pub source: Source,
    pub nodes: Vec<Node>,
    pub seen: Seen,
    pub paths_full: bool,
}

impl Reading {
    pub fn path(&self, node: u32) -> &str {
        self.node(node).map_or("", |node| node.path.as_str())
    }

    pub fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(node).unwrap_or(usize::MAX))
    }
}

impl Exam<'_> {
    /// Reads every collection once, each on a task of its own.
    pub(super) async fn read<'s>(&mut self, sources: &'s [Source]) -> Result<Vec<Reading>> {
        let total: u64 = sources.iter().map(|source| self.reads(source)).sum();
        let done = Arc::new(AtomicU64::new(0));
        let exam: &Exam<'_> = self;
        let one = |source: &'s Source| {
            let done = &done;
            async move { (source.ns.clone(), exam.read_one(source, done).await) }
        };
        let work = futures_util::stream::iter(sources.iter().map(one)).buffer_unordered(AT_ONCE).collect::<Vec<_>>();
        let telling = async {
            loop {
                tokio::time::sleep(TELLING).await;
                exam.house.watch.progress(done.load(Ordering::Relaxed), Some(total));
            }
        };
        let outcomes = tokio::select! {
            outcomes = work => outcomes,
            () = telling => Vec::new(),
        };
        let mut readings = Vec::new();
        for (ns, outcome) in outcomes {
            match outcome {
                Ok(reading) => readings.push(reading),
                // One that is gone, or that may not be read, is no reason to know nothing of the others.
                Err(error) => self.unread(&ns, error).await?,
            }
        }
        for reading in &readings {
            self.cover(reading);
        }
        Ok(readings)
    }

    /// Notes that a collection could not be read.
    async fn unread(&mut self, ns: &Namespace, error: Error) -> Result<()> {
        if self.house.store.server_time().await.is_err() {
            return Err(error);
        }
        for rule in super::DEEP.into_iter().chain(super::KEYS).filter(|rule| rule.id != rules::FILE.id) {
            self.partly(rule, format!("{ns} could not be read: {}", error.message()));
        }
        let why = Some(error.message().to_owned());
        self.coverage.push(Coverage { namespace: ns.to_string(), documents: 0, read: 0, way: Way::Not, why });
        Ok(())
    }

    fn reads(&self, source: &Source) -> u64 {
        self.sample.map_or(source.documents, |sample| sample.min(source.documents))
    }

    fn cover(&mut self, reading: &Reading) {
        let (source, seen) = (&reading.source, &reading.seen);
        let sampled = self.sample.is_some_and(|sample| source.documents > sample);
        let mut why = Vec::new();
        if sampled {
            why.push(format!("{} documents were not seen", source.documents.saturating_sub(seen.read)));
        }
        if reading.paths_full {
            why.push(
                "it has more different paths than are remembered: what is below the others was not judged by path"
                    .to_owned(),
            );
        }
        if seen.open_full {
            why.push(
                "it has more identifiers of other documents than are remembered: the rest were not looked up"
                    .to_owned(),
            );
        }
        if seen.keys_full {
            why.push("it has more different tenant keys than are remembered".to_owned());
        }
        if seen.inner_full {
            why.push("it has more identifiers of sub-documents than are looked up".to_owned());
        }
        if seen.crossings_full {
            why.push("it has more pairs of tenants that are not apart than are told".to_owned());
        }
        if seen.malformed > 0 {
            why.push(format!("{} documents are nested too deep, or malformed", seen.malformed));
        }
        if !why.is_empty() && !sampled {
            let told = format!("{}: {}", source.ns, why.join("; "));
            for rule in [&rules::REFERENCE, &rules::EVIDENCE, &rules::ACTION, &rules::SPILLED] {
                self.partly(rule, told.clone());
            }
        }
        self.coverage.push(Coverage {
            namespace: source.ns.to_string(),
            documents: source.documents.max(seen.read),
            read: seen.read,
            way: if sampled { Way::Sample } else { Way::Whole },
            why: (!why.is_empty()).then(|| why.join("; ")),
        });
    }

    async fn read_one(&self, source: &Source, done: &Arc<AtomicU64>) -> Result<Reading> {
        let fields = self.twins_of(source);
        let known = self.known(source, &fields);
        let twins = fields.iter().map(|(_, twins)| twins.clone()).collect();
        let ground =
            Ground { tenants: Arc::clone(&self.tenants), people: Arc::clone(&self.people), maker: self.maker.clone() };
        let mut pass = Pass::new(source.clone(), ground, known, twins);
        let sampled = self.sample.filter(|sample| source.documents > *sample);
        let mut batches = match sampled {
            Some(sample) => self.house.store.sweep_sample(&source.ns, sample).await?,
            None => self.house.store.sweep(&source.ns, Sweep { batch: Some(SMALL), ..Sweep::default() }).await?,
        };
        let done = Arc::clone(done);
        let reading = tokio::spawn(async move {
            while let Some(batch) = batches.next().await? {
                let before = pass.seen.read;
                let mut documents = batch.documents()?;
                while let Ok(Some(document)) = documents.next() {
                    pass.look(document.value);
                }
                done.fetch_add(pass.seen.read - before, Ordering::Relaxed);
            }
            Ok::<_, crate::store::Failure>(pass.end())
        });
        let ended = reading.await.map_err(|e| Error::new(&code::INTERNAL, format!("reading {}: {e}", source.ns)))?;
        let (nodes, paths_full, seen) = ended?;
        Ok(Reading { source: source.clone(), nodes, seen, paths_full })
    }

    /// The fields that repeat something of the tenant, with what they should be.
    fn twins_of(&self, source: &Source) -> Vec<(String, HashMap<u32, Raw>)> {
        let platform = self.house.platform;
        let (fields, own): (&Fields, Option<&str>) = match (&source.what, &source.owner) {
            (What::Keyed(at), Owner::Key(key)) => match platform.keyed.get(*at) {
                Some(shape) => (&shape.fields, Some(key)),
                None => return Vec::new(),
            },
            (What::Accounts, Owner::Link(link)) => (&platform.account.fields, Some(link)),
            _ => return Vec::new(),
        };
        let paths = repeated(fields).into_iter().filter(|path| Some(*path) != own);
        let expected = |path: &str| {
            let one = |at: u32| Some((at, raw(&self.tenants.key_of(at, fields, path)?)));
            (0..u32::try_from(self.tenants.all.len()).unwrap_or_default()).filter_map(one).collect()
        };
        paths.map(|path| (path.to_owned(), expected(path))).collect()
    }

    /// What is known of the paths of a collection.
    fn known(&self, source: &Source, twins: &[(String, HashMap<u32, Raw>)]) -> Known {
        let platform = self.house.platform;
        let mut known = Known { whose: self.whose(), ..Known::default() };
        known.own.push("_id".to_owned());
        known.own.extend(source.owner.path().map(str::to_owned));
        known.twins = twins.iter().map(|(path, _)| path.clone()).collect();
        known.own.extend(known.twins.iter().cloned());
        for (at, reference) in platform.references.iter().enumerate().filter(|(_, r)| r.collection == source.kind) {
            known.references.push((reference.field.clone(), self.target(at)));
            // What it points to in its own collection is its own.
            known.own.extend(own_end(&reference.to, &source.kind));
        }
        let ends = platform.references.iter().filter_map(|reference| own_end(&reference.to, &source.kind));
        known.own.extend(ends);
        let account = &platform.account.fields;
        let is_people = source.what == What::Accounts
            || (source.what == What::Records && platform.account.place == AccountPlace::Organization);
        if is_people {
            let paths = [Var::AccountId, Var::Email].map(|var| account.path_of(var));
            known.own.extend(paths.into_iter().flatten().map(str::to_owned));
            known.hash = account.path_of(Var::Hash).map(str::to_owned);
            known.role = account.path_of(Var::Role).map(str::to_owned);
        }
        if source.what == What::Records {
            // What the record says of itself; not whom it refers to.
            let refers = |field: &FieldSource| matches!(field, FieldSource::Template(t) if t.mentions(Var::AccountId));
            let shape = platform.organization.iter().flat_map(|shape| shape.fields.iter());
            known.own.extend(shape.filter(|(_, field)| !refers(field)).map(|(path, _)| path.to_owned()));
        }
        if source.what == What::Core {
            let core = platform.core.iter().map(|core| &core.fields);
            known.own.extend(core.clone().flat_map(|fields| fields.iter()).map(|(path, _)| path.to_owned()));
            known.hash = core.filter_map(|fields| fields.path_of(Var::Hash)).map(str::to_owned).next();
            known.own.retain(|path| Some(path) != known.hash.as_ref());
        }
        known.minds_numbers =
            self.people.odd_ids || known.references.iter().any(|(_, target)| matches!(target, Target::Documents(_)));
        if source.what == What::Store {
            // Markers and copies are compared with the record by another rule.
            let fields = platform.store.marker.iter().map(|marker| &marker.fields);
            let fields = fields.chain(platform.account.copies.iter().map(|copy| &copy.fields));
            known.own.extend(fields.flat_map(repeated).map(str::to_owned));
            let copies = platform.account.copies.iter().filter_map(|copy| copy.fields.path_of(Var::Hash));
            known.hash = copies.map(str::to_owned).next();
        }
        if source.what == What::Trail {
            known.acting.extend(self.trail.actors.iter().chain(&self.trail.targets).cloned());
        }
        known
    }

    fn target(&self, at: usize) -> Target {
        let platform = self.house.platform;
        let account = &platform.account;
        let to = platform.references.get(at).map_or("", |reference| reference.to.as_str());
        let Some((collection, path)) = to.split_once('.') else { return Target::Documents(at) };
        let email = account.fields.path_of(Var::Email);
        match collection == account.collection {
            true if Some(path) == email => Target::Mail,
            true if path == "_id" || Some(path) == account.fields.path_of(Var::AccountId) => Target::Account,
            _ => Target::Documents(at),
        }
    }

    /// Names of fields that name a tenant: those of the description, and those that many backends have.
    fn whose(&self) -> Vec<String> {
        let platform = self.house.platform;
        let last = |path: &str| bare(path.rsplit('.').next().unwrap_or(path));
        let mut words: Vec<String> = WHOSE.iter().map(|word| (*word).to_owned()).collect();
        words.extend(platform.keyed.iter().map(|shape| last(&shape.key)));
        words.extend(platform.account_link_path().map(last));
        let of_record = platform.organization.iter().flat_map(|shape| repeated(&shape.fields)).map(last);
        let telling = |word: &String| {
            ["tenant", "org", "customer", "collectionname", "databasename", "dbname"]
                .iter()
                .any(|part| word.contains(part))
        };
        words.extend(of_record.filter(telling));
        if platform.layout != Layout::Shared {
            words.extend(["collectionname", "databasename", "dbname"].map(str::to_owned));
        }
        words
    }
}

/// The path that a reference points to, where it points into this collection.
fn own_end(to: &str, kind: &str) -> Option<String> {
    to.split_once('.').filter(|(collection, _)| *collection == kind).map(|(_, path)| path.to_owned())
}
