//! What was gathered while reading, as findings.

use std::collections::BTreeMap;

use bson::{Bson, Document, doc};

use super::lens::Node;
use super::open::Open;
use super::pass::{EXAMPLES, Tally, Thing};
use super::read::Reading;
use super::sources::What;
use super::{Exam, ONE_ONLY, count, ids, these};
use crate::domain::isolation::{Finding, Place, Rule, rules};
use crate::domain::plan::Namespace;
use crate::domain::template::plain;
use crate::error::Result;

impl Exam<'_> {
    /// Judges what was read.
    ///
    /// # Errors
    /// What the server says.
    pub(super) async fn judge(&mut self, readings: &[Reading], open: Open) -> Result<()> {
        if self.trail.tenant.is_none() || self.house.platform.audit.is_none() {
            self.nothing(&rules::ACTION, "the platform has no audit trail whose entries name their tenant");
        }
        if let Some(sample) = self.sample {
            for rule in super::DEEP {
                self.partly(rule, format!("at most {sample} documents of each collection were read"));
            }
        }
        if self.people.ids.full || self.people.mails.full {
            let why = format!("only the first {} identifiers of accounts are remembered", super::ident::MOST);
            self.partly(&rules::REFERENCE, why.clone());
            self.partly(&rules::EVIDENCE, why);
        }
        if open.left > 0 {
            self.partly(&rules::EVIDENCE, format!("{} identifiers were not looked up", open.left));
        }
        for reading in readings {
            self.crossings(reading);
            self.twins(reading);
            self.secrets(reading);
            self.strays(reading);
            if !reading.seen.hashes.is_empty() || !reading.seen.roles.is_empty() {
                self.judge_people(reading);
            }
        }
        self.documents_of_others(readings, open).await
    }

    fn rule_of(&self, reading: &Reading, node: &Node, thing: Thing) -> &'static Rule {
        let whose = matches!(thing, Thing::Organization | Thing::Word);
        match reading.source.what {
            _ if node.mean.acting => &rules::ACTION,
            _ if node.mean.reference.is_some() => &rules::REFERENCE,
            What::Records => &rules::REFERENCE,
            What::Store if whose && node.depth <= 1 => &rules::FOREIGN,
            _ => &rules::EVIDENCE,
        }
    }

    fn crossings(&mut self, reading: &Reading) {
        let ns = &reading.source.ns;
        for ((at, owner, other, thing), tally) in &reading.seen.crossings {
            let Some(node) = reading.node(*at) else { continue };
            let what = match thing {
                Thing::Account => "the identifier of an account",
                Thing::Mail => "the e-mail of an account",
                Thing::Organization => "the identifier",
                Thing::Word
                    if tally.values.iter().all(|v| v.as_str().is_none_or(|v| v != self.tenants.name(*other))) =>
                {
                    "the identifier, slug or store"
                }
                Thing::Word => "the name",
                Thing::Document => "the identifier of a document",
            };
            self.crossing(self.rule_of(reading, node, *thing), ns, &node.path, (*owner, *other), tally, what);
        }
    }

    fn crossing(
        &mut self,
        rule: &'static Rule,
        ns: &Namespace,
        path: &str,
        pair: (u32, u32),
        tally: &Tally,
        what: &str,
    ) {
        let tenants = self.tenants.names(&[pair.0, pair.1]);
        let shown: Vec<String> = tally.values.iter().map(plain).collect();
        let evidence = format!(
            "{} of {:?} with {what} of {:?}: {path} = {}",
            count(tally.count, "document"),
            tenants[0],
            tenants[1],
            shown.join(", ")
        );
        let finding = Finding::new(rule, Place::at(ns, path), tenants, what)
            .documents(tally.count, ids(&tally.examples))
            .evidence(evidence)
            .query(Self::look(ns, &these(&tally.examples), &[path]));
        self.found(finding);
    }

    /// Identifiers that another tenant's document has.
    async fn documents_of_others(&mut self, readings: &[Reading], open: Open) -> Result<()> {
        let mut groups: BTreeMap<(usize, u32, u32, u32, Namespace), Tally> = BTreeMap::new();
        for sought in open.crossings() {
            let Some((other, place, found)) = sought.other else { continue };
            let tally = groups.entry((sought.reading, sought.node, sought.owner, other, place)).or_default();
            tally.count += u64::from(sought.count);
            if tally.values.len() < EXAMPLES {
                let mut forms = sought.ident.forms();
                forms.push(found);
                tally.values.push(Bson::Array(forms));
            }
        }
        for ((at, node, owner, other, place), tally) in groups {
            let Some(reading) = readings.get(at) else { continue };
            let Some(node) = reading.node(node) else { continue };
            let rule = self.rule_of(reading, node, Thing::Document);
            let ns = &reading.source.ns;
            let tenants = self.tenants.names(&[owner, other]);
            let forms: Vec<Bson> = tally.values.iter().filter_map(Bson::as_array).flatten().cloned().collect();
            let mut filter = Document::from_iter([(node.path.clone(), Bson::from(doc! { "$in": forms }))]);
            if let (Some(key), Some(own)) = (reading.source.owner.path(), self.key_text(reading, owner)) {
                filter.insert(key, own);
            }
            let examples = self.house.store.first_ids(ns, filter, 3).await?;
            let shown: Vec<String> =
                tally.values.iter().filter_map(Bson::as_array).filter_map(|forms| forms.last()).map(plain).collect();
            let what = format!("identifier of a document of {place}");
            let evidence = format!(
                "{} of {:?} with the {what}, which is {:?}'s: {} = {}",
                count(tally.count, "document"),
                tenants[0],
                tenants[1],
                node.path,
                shown.join(", ")
            );
            let finding = Finding::new(rule, Place::at(ns, &node.path), tenants, &what)
                .documents(tally.count, ids(&examples))
                .evidence(evidence)
                .query(Self::look(ns, &these(&examples), &[&node.path]));
            self.found(finding);
        }
        Ok(())
    }

    fn key_text(&self, reading: &Reading, owner: u32) -> Option<Bson> {
        let What::Keyed(at) = reading.source.what else { return None };
        let shape = self.house.platform.keyed.get(at)?;
        self.tenants.key_of(owner, &shape.fields, &shape.key)
    }

    /// What repeats something of the tenant, and says something else.
    fn twins(&mut self, reading: &Reading) {
        for ((at, owner), tally) in &reading.seen.twins {
            let path = reading.path(*at);
            let ns = &reading.source.ns;
            let tenants = self.tenants.names(&[*owner]);
            let shown: Vec<String> = tally.values.iter().map(|value| format!("{:?}", plain(value))).collect();
            let evidence =
                format!("{} of {:?} with {path} = {}", count(tally.count, "document"), tenants[0], shown.join(", "));
            let finding = Finding::new(&rules::COPY, Place::at(ns, path), tenants, "twin")
                .documents(tally.count, ids(&tally.examples))
                .evidence(evidence)
                .query(Self::look(ns, &these(&tally.examples), &[path]));
            self.found(finding);
        }
    }

    fn secrets(&mut self, reading: &Reading) {
        let people = matches!(reading.source.what, What::Accounts | What::Core);
        let rule = if people { &rules::SECRET } else { &rules::SPILLED };
        let ns = &reading.source.ns;
        for ((at, owner), tally) in &reading.seen.secrets {
            let path = reading.path(*at);
            let tenants = owner.map(|owner| self.tenants.names(&[owner])).unwrap_or_default();
            let of = tenants.first().map(|name| format!(" of {name:?}")).unwrap_or_default();
            let named = reading.node(*at).is_some_and(|node| node.mean.secret);
            let why = if named { "is called a secret, and is in clear" } else { "is a hash, a token or a key" };
            let evidence = format!("{}{of} whose {path} {why}", count(tally.count, "document"));
            // The value itself is not shown, here or by the query.
            let exists = Document::from_iter([("_id".to_owned(), Bson::Int32(1))]);
            let shown: Vec<&str> = exists.keys().map(String::as_str).collect();
            let finding = Finding::new(rule, Place::at(ns, path), tenants, "secret")
                .documents(tally.count, ids(&tally.examples))
                .evidence(evidence)
                .query(Self::look(ns, &these(&tally.examples), &shown));
            self.found(finding);
        }
    }

    /// Collections that nobody described, and files of buckets.
    fn strays(&mut self, reading: &Reading) {
        let ns = &reading.source.ns;
        let seen = &reading.seen;
        match reading.source.what {
            What::Files => {
                if seen.ownerless.count == 0 {
                    return;
                }
                if self.only.is_some() {
                    return self.partly(&rules::FILE, ONE_ONLY);
                }
                let bucket = ns.coll.trim_end_matches(".files");
                let evidence =
                    format!("{} of the bucket {bucket:?} without a tenant", count(seen.ownerless.count, "file"));
                let finding = Finding::new(&rules::FILE, Place::from(ns), Vec::new(), bucket)
                    .documents(seen.ownerless.count, ids(&seen.ownerless.examples))
                    .evidence(evidence)
                    .query(Self::look(ns, &these(&seen.ownerless.examples), &["filename", "metadata"]));
                self.found(finding);
            }
            What::Stray => {
                let mut guessed: Vec<&str> = vec!["_id"];
                guessed.extend(seen.guessed.iter().map(String::as_str));
                let mut owners: Vec<u32> = seen.owners.keys().copied().collect();
                owners.sort_unstable();
                if owners.is_empty() {
                    return;
                }
                let documents: u64 = seen.owners.values().sum();
                let names = self.tenants.names(&owners);
                let few: Vec<String> = names.iter().take(3).map(|name| format!("{name:?}")).collect();
                let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
                let evidence = format!(
                    "{} of {}{more} in a collection that the description does not know",
                    count(documents, "document"),
                    few.join(", ")
                );
                let finding = Finding::new(&rules::UNDESCRIBED, Place::from(ns), names, "")
                    .documents(documents, Vec::new())
                    .evidence(evidence)
                    .query(Self::look(ns, &Document::new(), &guessed));
                self.found(finding);
            }
            _ => {}
        }
    }
}
