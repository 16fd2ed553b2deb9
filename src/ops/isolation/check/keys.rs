//! Tenant keys that are missing, of the wrong type, misspelt, or nobody's.

use bson::{Bson, Document, doc};

use super::read::Reading;
use super::sources::{self, Source};
use super::tenants::{Verdict, raw, value};
use super::{Exam, KEYS, MOST, ONE_ONLY, count, ids};
use crate::domain::isolation::{Coverage, Finding, Place, Rule, Way, rules};
use crate::domain::plan::Namespace;
use crate::domain::severity::Severity;
use crate::domain::template::plain;
use crate::error::Result;
use crate::ops::doctor::mend;

/// Different keys of a collection that are looked at.
const ROWS: usize = 100_000;

/// The documents of one key.
struct Keyed {
    ns: Namespace,
    path: String,
    verdict: Verdict,
    value: Bson,
    count: u64,
    examples: Vec<Bson>,
}

fn filter(path: &str, verdict: &Verdict, value: &Bson) -> Document {
    let wanted = match verdict {
        Verdict::Missing => Bson::from(doc! { "$exists": false }),
        Verdict::Null => Bson::from(doc! { "$type": ["null", "undefined"] }),
        // Which ones is not said: a document as key may hold anything.
        Verdict::Several => Bson::from(doc! { "$type": ["object", "array"] }),
        _ => value.clone(),
    };
    Document::from_iter([(path.to_owned(), wanted)])
}

impl Exam<'_> {
    /// Judges the keys that were seen while reading.
    pub(super) fn judge_keys(&mut self, readings: &[Reading]) {
        for reading in readings.iter().filter(|reading| reading.source.is_keyed()) {
            let super::sources::Owner::Key(path) = &reading.source.owner else { continue };
            let mut all: Vec<_> = reading.seen.keys.iter().collect();
            all.sort_by(|a, b| a.raw.cmp(&b.raw));
            let wrong = all.into_iter().filter(|seen| !matches!(seen.verdict, Verdict::Of(_) | Verdict::Kept));
            let keyed: Vec<Keyed> = wrong
                .map(|seen| Keyed {
                    ns: reading.source.ns.clone(),
                    path: path.clone(),
                    verdict: seen.verdict.clone(),
                    value: value(seen.raw.0, &seen.raw.1),
                    count: seen.tally.count,
                    examples: seen.tally.examples.clone(),
                })
                .collect();
            self.tell_keys(keyed);
        }
    }

    /// Asks the server for the keys of each collection: where an index begins with the key, it answers alone.
    pub(super) async fn keys_by_server(&mut self) -> Result<()> {
        let house = self.house;
        for shape in &house.platform.keyed {
            let ns = house.master(&shape.collection);
            if !self.estate.has(&ns) || self.trail.collection == shape.collection {
                continue;
            }
            let indexed = house.store.indexes(&ns).await?.iter().any(|index| {
                index.get_document("key").is_ok_and(|keys| keys.keys().next() == Some(&shape.key))
                    && !["partialFilterExpression", "textIndexVersion"].iter().any(|word| index.contains_key(word))
                    && !["sparse", "hidden"].iter().any(|word| index.get_bool(word).unwrap_or(false))
            });
            let catalog = self.estate.catalog(&ns.db);
            if catalog.iter().any(|info| info.name == ns.coll && info.options.contains_key("collation")) {
                // Its indexes take texts for equal that are not.
                self.keys_by_reading(&ns).await?;
                continue;
            }
            let keyed = self.wrong_keys(&ns, &shape.key).await?;
            let documents = house.store.rough_count(&ns).await?;
            let (way, read) = if indexed { (Way::Index, 0) } else { (Way::Whole, documents) };
            let why = indexed.then(|| "only tenant keys were looked at, in the index".to_owned());
            self.coverage.push(Coverage { namespace: ns.to_string(), documents, read, way, why });
            self.tell_keys(keyed);
        }
        Ok(())
    }

    /// The keys of a collection that are not right, as many as are told.
    async fn wrong_keys(&mut self, ns: &Namespace, path: &str) -> Result<Vec<Keyed>> {
        let house = self.house;
        let most = i32::try_from(ROWS).unwrap_or(i32::MAX);
        let pipeline = vec![doc! { "$group": { "_id": format!("${path}") } }, doc! { "$limit": most + 1 }];
        let rows = house.store.aggregate(ns, pipeline).await?;
        let mut cut = (rows.len() > ROWS).then(|| format!("{ns} has more than {ROWS} different keys"));
        let mut keyed = Vec::new();
        let mut several = false;
        for row in rows.iter().take(ROWS) {
            if keyed.len() >= MOST {
                cut = Some(format!("of {ns} only the first {MOST} keys are told"));
                break;
            }
            let key = row.get("_id").cloned().unwrap_or(Bson::Null);
            let (kind, bytes) = raw(&key);
            let verdicts = match self.tenants.verdict(kind, &bytes) {
                Verdict::Of(_) | Verdict::Kept => continue,
                Verdict::Null => vec![Verdict::Missing, Verdict::Null],
                Verdict::Several if several => continue,
                other => vec![other],
            };
            several |= verdicts.contains(&Verdict::Several);
            for verdict in verdicts {
                let these = filter(path, &verdict, &key);
                let count = house.store.count(ns, these.clone()).await?;
                if count > 0 {
                    let examples = house.store.first_ids(ns, these, 3).await?;
                    let value = if verdict == Verdict::Several { Bson::Null } else { key.clone() };
                    keyed.push(Keyed { ns: ns.clone(), path: path.to_owned(), verdict, value, count, examples });
                }
            }
        }
        if let Some(cut) = cut {
            KEYS.into_iter().for_each(|rule| self.partly(rule, cut.clone()));
        }
        Ok(keyed)
    }

    /// Reads a collection for its keys.
    async fn keys_by_reading(&mut self, ns: &Namespace) -> Result<()> {
        let mut sources: Vec<Source> = sources::list(self).into_iter().filter(|source| source.ns == *ns).collect();
        sources::count(self, &mut sources).await;
        let sample = self.sample.take();
        let readings = self.read(&sources).await;
        self.sample = sample;
        self.judge_keys(&readings?);
        Ok(())
    }

    fn tell_keys(&mut self, keyed: Vec<Keyed>) {
        let mut told: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for keyed in keyed {
            let (rule, tenants, what, remedy) = self.key_fault(&keyed);
            let told = told.entry(rule.id).or_default();
            *told += 1;
            if *told > MOST {
                self.partly(rule, format!("of {} only the first {MOST} keys are told", keyed.ns));
                continue;
            }
            if tenants.is_empty() && self.only.is_some() {
                self.partly(rule, ONE_ONLY);
                continue;
            }
            let these = filter(&keyed.path, &keyed.verdict, &keyed.value);
            let place = Place::at(&keyed.ns, &keyed.path);
            let weak = matches!(keyed.verdict, Verdict::Unknown(true) | Verdict::Deleted(_));
            let severity = if weak { Severity::Warning } else { rule.severity };
            let finding = Finding::new(rule, place, tenants, &briefly(&keyed.value))
                .severity(severity)
                .documents(keyed.count, ids(&keyed.examples))
                .evidence(format!("{} {what}", count(keyed.count, "document")))
                .query(Self::look(&keyed.ns, &these, &[]));
            self.found(match remedy {
                Some(remedy) => finding.remedy(remedy),
                None => finding,
            });
        }
    }

    /// The rule, whom it concerns, what was seen, and the command that mends it where there is one.
    fn key_fault(&self, keyed: &Keyed) -> (&'static Rule, Vec<String>, String, Option<String>) {
        let (path, shown) = (&keyed.path, format!("{:?}", briefly(&keyed.value)));
        let kind = format!("{:?}", keyed.value.element_type());
        let right = |at: u32| {
            let shape = self.house.platform.keyed.iter().find(|shape| self.house.master(&shape.collection) == keyed.ns);
            shape.and_then(|shape| self.tenants.key_of(at, &shape.fields, &shape.key))
        };
        let rewrite = |at: u32| right(at).map(|to| mend::rewrite(&keyed.ns, path, &keyed.value, &to));
        match &keyed.verdict {
            Verdict::Missing => (&rules::KEY_MISSING, Vec::new(), format!("without {path}"), None),
            Verdict::Null => (&rules::KEY_NULL, Vec::new(), format!("whose {path} is null"), None),
            Verdict::Several => {
                (&rules::KEY_SEVERAL, Vec::new(), format!("whose {path} is a list or a document"), None)
            }
            Verdict::Type(Some(meant)) => {
                let what = format!("whose {path} is of type {kind}, though {shown} is meant: nobody sees them");
                (&rules::KEY_TYPE, vec![self.tenants.name(*meant).to_owned()], what, rewrite(*meant))
            }
            Verdict::Type(None) => (&rules::KEY_TYPE, Vec::new(), format!("whose {path} is of type {kind}"), None),
            Verdict::Spelling(meant) => {
                let name = right(*meant).map(|right| plain(&right)).unwrap_or_default();
                let what = format!("with {path} = {shown} instead of {name:?}: nobody sees them");
                (&rules::KEY_SPELLING, vec![self.tenants.name(*meant).to_owned()], what, rewrite(*meant))
            }
            Verdict::Old(to) => {
                let what = format!(
                    "with {path} = {shown}, the former key of {to:?}: an old token, or a writer that was not told"
                );
                (&rules::KEY_UNKNOWN, vec![to.clone()], what, Some("flowbit op gc".to_owned()))
            }
            Verdict::Deleted(at) => {
                let what =
                    format!("with {path} = {shown}, of an organization that is deleted: somebody wrote them since");
                (&rules::KEY_UNKNOWN, vec![self.tenants.name(*at).to_owned()], what, None)
            }
            Verdict::Purged(mark) => {
                (&rules::KEY_UNKNOWN, Vec::new(), format!("with {path} = {mark:?}: what a purge left"), None)
            }
            Verdict::Unknown(true) => {
                let what = format!("with {path} = {shown}, a key that no account has: nobody can log in to see them");
                (&rules::KEY_UNKNOWN, Vec::new(), what, None)
            }
            _ => (&rules::KEY_UNKNOWN, Vec::new(), format!("with {path} = {shown}, of no organization"), None),
        }
    }
}

/// A key as text, as far as anybody reads it.
fn briefly(value: &Bson) -> String {
    let text = plain(value);
    if text.chars().count() <= 80 { text } else { format!("{}…", text.chars().take(80).collect::<String>()) }
}
