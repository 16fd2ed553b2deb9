//! What a view reads, and whether it keeps to one tenant: found by reading its pipeline, without running it.
//!
//! Documents are followed through the stages. Of each collection that is read it is known where in the documents its tenant
//! key stands, until a stage moves it, takes it away, or mixes documents of several; and what a `$match`, or a join on the
//! key, has left of it. What is not understood counts as not restricted.

mod fields;
mod filter;

use std::collections::BTreeSet;

use bson::{Bson, Document};

use super::plain;
use crate::domain::plan::{Namespace, View};
use filter::Held;

/// Views of views, and pipelines within pipelines, that are followed. The server allows 20.
const DEPTH: usize = 20;

/// Collections of one view that are followed: views of views can name each other over and over.
const SOURCES: usize = 1000;

/// What is known about names.
pub trait Catalog {
    /// The view of this name, where it is one.
    fn view(&self, ns: &Namespace) -> Option<View>;
    /// The path of the tenant key in documents of this collection, where it has one.
    fn key(&self, ns: &Namespace) -> Option<String>;
}

/// How a collection is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The view is one of it.
    ViewOn,
    /// `$lookup`.
    Lookup,
    /// `$graphLookup`.
    GraphLookup,
    /// `$unionWith`.
    UnionWith,
}

impl Via {
    /// The word in pipelines.
    pub fn word(self) -> &'static str {
        match self {
            Via::ViewOn => "viewOn",
            Via::Lookup => "$lookup",
            Via::GraphLookup => "$graphLookup",
            Via::UnionWith => "$unionWith",
        }
    }
}

/// What is left of a collection that is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// The collection has no tenant key: nothing can be said.
    Unkeyed,
    /// Documents of these tenant keys only; none at all where it is empty.
    Tenants(Vec<Bson>),
    /// Documents of the same tenant as the one that they are joined to.
    SameTenant,
    /// Documents of all tenants, and why that is so.
    Open(String),
}

/// A collection that a view reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The collection, at the end of all views.
    pub ns: Namespace,
    /// How it is read.
    pub via: Via,
    /// Where in the pipeline: `[1].$lookup.pipeline[0].$unionWith`; empty for what the view is one of.
    pub at: String,
    /// The views between, the outermost first.
    pub through: Vec<Namespace>,
    /// What is left of it.
    pub limit: Limit,
}

/// What a view reads.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reads {
    /// Every collection, first that which the view is one of. One that is read twice stands twice.
    pub sources: Vec<Source>,
    /// What could not be followed, a sentence each: this view may read more.
    pub unseen: Vec<String>,
    /// Whether the view compares texts without regard to case or accents: a constant then means several keys.
    pub loose: bool,
}

/// What a view reads. Its own database is that of the names in it.
pub fn reads(db: &str, view: &View, catalog: &dyn Catalog) -> Reads {
    let mut walk = Walk { db: db.to_owned(), catalog, reads: Reads::default(), limits: Vec::new() };
    walk.reads.loose = view.collation.as_ref().is_some_and(is_loose);
    let on = Namespace::new(db, view.on.as_str());
    let stream = walk.open(&on, Via::ViewOn, &Place::default(), &BTreeSet::new());
    let stages: Vec<Bson> = view.pipeline.iter().cloned().map(Bson::Document).collect();
    let stream = walk.stages(&stages, stream, &Place::default(), &BTreeSet::new());
    walk.settle(stream);
    let Walk { mut reads, limits, .. } = walk;
    for (source, limit) in reads.sources.iter_mut().zip(limits) {
        if let Some(limit) = limit {
            source.limit = limit;
        }
    }
    reads
}

/// Whether a collation takes texts that differ for the same.
fn is_loose(collation: &Document) -> bool {
    let strength = collation.get("strength").and_then(filter::whole).unwrap_or(3);
    let says = |name: &str, word: &str| collation.get_str(name).is_ok_and(|found| found == word);
    let is = |name: &str| collation.get_bool(name).unwrap_or_default();
    let folds = strength <= 1 || (strength == 2 && !is("caseLevel"));
    !says("locale", "simple") && (folds || says("alternate", "shifted") || is("numericOrdering"))
}

/// Documents of one collection on their way through the stages.
#[derive(Debug, Clone, Default)]
struct Part {
    /// Which of the sources.
    source: usize,
    /// Whether the collection has a tenant key at all.
    keyed: bool,
    /// Where the key stands now; several where it was copied, none where it is lost.
    keys: Vec<String>,
    /// What became of the key.
    lost: Option<String>,
    /// What is left.
    held: Option<Held>,
}

impl Part {
    /// From here on nothing tells whose a document is.
    fn lose(&mut self, why: &str) {
        self.keys.clear();
        self.lost.get_or_insert_with(|| why.to_owned());
    }

    fn limit(self) -> Limit {
        match (self.keyed, self.held) {
            (false, _) => Limit::Unkeyed,
            (true, Some(Held::Tenants(tenants))) => Limit::Tenants(tenants),
            (true, Some(Held::Same)) => Limit::SameTenant,
            (true, None) => Limit::Open(self.lost.unwrap_or_else(|| "nothing restricts it to a tenant".to_owned())),
        }
    }
}

/// Where the walk is.
#[derive(Debug, Clone, Default)]
struct Place {
    /// In words.
    at: String,
    /// The database that names belong to, where it is another.
    db: Option<String>,
    /// Pipelines and views around.
    depth: usize,
}

/// Variables that hold the tenant key of the document that is joined to.
type Vars = BTreeSet<String>;

struct Walk<'a> {
    db: String,
    catalog: &'a dyn Catalog,
    reads: Reads,
    limits: Vec<Option<Limit>>,
}

impl Walk<'_> {
    fn unseen(&mut self, what: impl AsRef<str>) {
        self.reads.unseen.push(plain(what.as_ref()));
    }

    fn name(&self, place: &Place, coll: &str) -> Namespace {
        Namespace::new(place.db.as_deref().unwrap_or(&self.db), coll)
    }

    /// The documents of a collection, or of a view: then those of what it is one of, after its stages.
    fn open(&mut self, ns: &Namespace, via: Via, place: &Place, vars: &Vars) -> Vec<Part> {
        let (mut base, mut through, mut stages) = (ns.clone(), Vec::new(), Vec::new());
        while let Some(view) = self.catalog.view(&base) {
            if through.contains(&base) || through.len() >= DEPTH || place.depth >= DEPTH {
                self.unseen(format!("{ns}: views of views go too deep, or in a circle, at {base}"));
                return Vec::new();
            }
            self.reads.loose |= view.collation.as_ref().is_some_and(is_loose);
            through.push(base.clone());
            stages.push(view.pipeline);
            base = Namespace::new(base.db, view.on);
        }
        if self.reads.sources.len() >= SOURCES {
            if self.reads.sources.len() == SOURCES && self.limits.len() == SOURCES {
                self.unseen(format!("more than {SOURCES} collections are read; the rest was not followed"));
                // Said once.
                self.limits.push(None);
            }
            return Vec::new();
        }
        let key = self.catalog.key(&base);
        let inner = Place { at: place.at.clone(), db: Some(base.db.clone()), depth: place.depth };
        let source = self.reads.sources.len();
        let limit =
            if key.is_some() { Limit::Open("it was not followed to its end".to_owned()) } else { Limit::Unkeyed };
        self.reads.sources.push(Source { ns: base, via, at: place.at.clone(), through, limit });
        self.limits.push(None);
        let keyed = key.is_some();
        let mut stream = vec![Part { source, keyed, keys: key.into_iter().collect(), lost: None, held: None }];
        // The stages of the innermost view come first.
        for pipeline in stages.into_iter().rev() {
            let pipeline: Vec<Bson> = pipeline.into_iter().map(Bson::Document).collect();
            stream = self.stages(&pipeline, stream, &inner, vars);
        }
        stream
    }

    /// Documents that nothing more is done to.
    fn settle(&mut self, stream: Vec<Part>) {
        for part in stream {
            let source = part.source;
            let limit = part.limit();
            let Some(settled) = self.limits.get_mut(source) else { continue };
            *settled = Some(match settled.take() {
                None => limit,
                Some(before) => worse(before, limit),
            });
        }
    }

    fn stages(&mut self, stages: &[Bson], mut stream: Vec<Part>, place: &Place, vars: &Vars) -> Vec<Part> {
        if place.depth > DEPTH {
            self.unseen(format!("{}: pipelines within pipelines go too deep", place.at));
            stream.iter_mut().for_each(|part| part.lose("its pipeline goes too deep"));
            return stream;
        }
        for (n, stage) in stages.iter().enumerate() {
            let only = stage.as_document().filter(|stage| stage.len() == 1).and_then(|stage| stage.iter().next());
            let Some((name, spec)) = only else {
                self.unseen(format!("{}[{n}]: this is no stage", place.at));
                stream.iter_mut().for_each(|part| part.lose("a stage before is none"));
                continue;
            };
            let here = Place { at: format!("{}[{n}].{name}", place.at), ..place.clone() };
            stream = self.stage(name, spec, stream, &here, vars);
        }
        stream
    }

    fn stage(&mut self, name: &str, spec: &Bson, mut stream: Vec<Part>, place: &Place, vars: &Vars) -> Vec<Part> {
        match name {
            "$match" => stream.iter_mut().for_each(|part| restrict(part, spec, vars)),
            "$unionWith" => {
                let more = self.union(spec, place, vars);
                stream.extend(more);
            }
            "$lookup" => self.lookup(spec, &mut stream, place, vars),
            "$graphLookup" => self.graph(spec, &mut stream, place, vars),
            "$facet" => {
                for (branch, stages) in spec.as_document().into_iter().flatten() {
                    let inner =
                        Place { at: format!("{}.{branch}", place.at), db: place.db.clone(), depth: place.depth + 1 };
                    let stages = stages.as_array().cloned().unwrap_or_default();
                    let ends = self.stages(&stages, stream.clone(), &inner, vars);
                    self.settle(ends);
                }
                // What follows sees lists of documents, which no $match of a key takes anything from.
                return Vec::new();
            }
            _ => {
                for part in &mut stream {
                    fields::follow(name, spec, part, vars);
                }
                // It may be that nothing comes here any more.
                if !fields::follow(name, spec, &mut Part::default(), vars) {
                    self.unseen(format!("{}: this stage is not known", place.at));
                }
            }
        }
        stream
    }

    fn union(&mut self, spec: &Bson, place: &Place, vars: &Vars) -> Vec<Part> {
        let (from, pipeline) = match spec {
            Bson::String(_) => (Some(spec), None),
            Bson::Document(spec) => (spec.get("coll"), spec.get("pipeline")),
            _ => (None, None),
        };
        let mut stream = self.from(from, pipeline.is_some(), Via::UnionWith, place, vars);
        if let Some(stages) = pipeline {
            stream = self.stages(&list(stages), stream, &within(place), vars);
        }
        stream
    }

    /// The documents of what a stage names: a name, or a name with its database; nothing where the pipeline brings its own.
    fn from(&mut self, from: Option<&Bson>, may_lack: bool, via: Via, place: &Place, vars: &Vars) -> Vec<Part> {
        let ns = match from {
            Some(Bson::String(coll)) => self.name(place, coll),
            Some(Bson::Document(from)) => match (from.get_str("db"), from.get_str("coll")) {
                (Ok(db), Ok(coll)) => Namespace::new(db, coll),
                (Err(_), Ok(coll)) => self.name(place, coll),
                _ => {
                    self.unseen(format!("{}: what it reads is not understood", place.at));
                    return Vec::new();
                }
            },
            None if may_lack => return Vec::new(),
            _ => {
                self.unseen(format!("{}: what it reads is not understood", place.at));
                return Vec::new();
            }
        };
        let inner = Place { depth: place.depth + 1, ..place.clone() };
        self.open(&ns, via, &inner, vars)
    }

    fn lookup(&mut self, spec: &Bson, outer: &mut [Part], place: &Place, vars: &Vars) {
        let Some(spec) = spec.as_document() else {
            self.unseen(format!("{}: this is no $lookup", place.at));
            return;
        };
        let pipeline = spec.get("pipeline");
        // Variables of the outside are not seen in the stages of a view.
        let mut inner = self.from(spec.get("from"), pipeline.is_some(), Via::Lookup, place, &BTreeSet::new());
        if let (Ok(local), Ok(foreign)) = (spec.get_str("localField"), spec.get_str("foreignField"))
            && holds_key(outer, local)
        {
            inner
                .iter_mut()
                .filter(|part| part.keys.iter().any(|key| key == foreign))
                .for_each(|part| part.held = held(part, Held::Same));
        }
        if let Some(stages) = pipeline {
            let mut bound = vars.clone();
            for (name, value) in spec.get_document("let").into_iter().flatten() {
                let is_key = match value.as_str() {
                    Some(text) => {
                        filter::variable(text, vars) || filter::path(text).is_some_and(|p| holds_key(outer, p))
                    }
                    None => false,
                };
                // One of the same name hides that of the outside.
                if is_key {
                    bound.insert(name.clone())
                } else {
                    bound.remove(name)
                };
            }
            inner = self.stages(&list(stages), inner, &within(place), &bound);
        }
        self.settle(inner);
        fields::written(outer, spec.get_str("as").unwrap_or_default(), "$lookup");
    }

    fn graph(&mut self, spec: &Bson, outer: &mut [Part], place: &Place, vars: &Vars) {
        let Some(spec) = spec.as_document() else {
            self.unseen(format!("{}: this is no $graphLookup", place.at));
            return;
        };
        let mut inner = self.from(spec.get("from"), false, Via::GraphLookup, place, &BTreeSet::new());
        if let Some(filter) = spec.get("restrictSearchWithMatch") {
            inner.iter_mut().for_each(|part| restrict(part, filter, vars));
        }
        let text = |name: &str| spec.get_str(name).unwrap_or_default();
        let starts = filter::path(text("startWith")).is_some_and(|path| holds_key(outer, path));
        if starts && text("connectFromField") == text("connectToField") {
            let to = text("connectToField");
            inner
                .iter_mut()
                .filter(|part| part.keys.iter().any(|key| key == to))
                .for_each(|part| part.held = held(part, Held::Same));
        }
        self.settle(inner);
        fields::written(outer, text("as"), "$graphLookup");
    }
}

fn list(stages: &Bson) -> Vec<Bson> {
    // What is no list is no stage either, and is told so.
    stages.as_array().cloned().unwrap_or_else(|| vec![stages.clone()])
}

fn within(place: &Place) -> Place {
    Place { at: format!("{}.pipeline", place.at), db: place.db.clone(), depth: place.depth + 1 }
}

/// Whether this path is the tenant key in every document that comes here.
fn holds_key(stream: &[Part], path: &str) -> bool {
    !stream.is_empty() && stream.iter().all(|part| part.keys.iter().any(|key| key == path))
}

/// What is left after another restriction.
fn held(part: &Part, new: Held) -> Option<Held> {
    Some(match (&part.held, new) {
        (None, new) => new,
        (Some(Held::Same), _) | (Some(_), Held::Same) => Held::Same,
        (Some(Held::Tenants(before)), Held::Tenants(new)) => {
            Held::Tenants(before.iter().filter(|tenant| new.contains(tenant)).cloned().collect())
        }
    })
}

fn restrict(part: &mut Part, filter: &Bson, vars: &Vars) {
    let Some(filter) = filter.as_document() else { return };
    for key in part.keys.clone() {
        if let Some(new) = filter::matched(filter, &key, vars, 0) {
            part.held = held(part, new);
        }
    }
}

/// What is left where documents of a collection go two ways.
fn worse(a: Limit, b: Limit) -> Limit {
    match (a, b) {
        (Limit::Open(why), _) | (_, Limit::Open(why)) => Limit::Open(why),
        (Limit::Tenants(mut a), Limit::Tenants(b)) => {
            b.into_iter().for_each(|tenant| {
                if !a.contains(&tenant) {
                    a.push(tenant)
                }
            });
            Limit::Tenants(a)
        }
        (Limit::Tenants(a), _) | (_, Limit::Tenants(a)) => Limit::Tenants(a),
        (a, _) => a,
    }
}

#[cfg(test)]
mod tests;
