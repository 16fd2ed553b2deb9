//! Indexes that let tenants collide, leave the key out, or delete accounts.

use bson::Document;

use super::Exam;
use crate::domain::description::{AccountPlace, IndexShape, Layout};
use crate::domain::isolation::{Finding, Place, rules};
use crate::domain::plan::Namespace;
use crate::error::Result;
use crate::ops::doctor::mend;

fn name(index: &Document) -> &str {
    index.get_str("name").unwrap_or_default()
}

fn keys(index: &Document) -> Vec<&str> {
    index.get_document("key").map(|keys| keys.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn flag(index: &Document, word: &str) -> bool {
    index.get_bool(word).unwrap_or(false)
}

impl Exam<'_> {
    pub(super) async fn indexes(&mut self) -> Result<()> {
        let house = self.house;
        if house.platform.layout == Layout::Shared {
            for shape in &house.platform.keyed {
                let ns = house.master(&shape.collection);
                if self.estate.has(&ns) {
                    let there = house.store.indexes(&ns).await?;
                    self.keyed(&ns, &shape.key, &shape.indexes, &there);
                }
            }
        } else {
            for rule in [&rules::UNIQUE, &rules::KEY_FIRST, &rules::SEARCH] {
                self.nothing(rule, super::KEYLESS);
            }
        }
        self.expiring().await
    }

    fn keyed(&mut self, ns: &Namespace, key: &str, described: &[IndexShape], there: &[Document]) {
        // What references point to is the same in no two documents of anybody.
        let kind = &ns.coll;
        let ends = self.house.platform.references.iter().filter_map(|reference| reference.to.split_once('.'));
        let ids: Vec<&str> = ends.filter(|(collection, _)| collection == kind).map(|(_, path)| path).collect();
        let is_people = self.house.platform.account.collection == *kind;
        let email = self.house.platform.account.fields.path_of(crate::domain::template::Var::Email);
        for index in there {
            let fields = keys(index);
            let random = |path: &&str| ["_id", "id", "uuid"].contains(path) || ids.contains(path);
            let asked_for = described.iter().any(|shape| shape.unique && shape.keys.keys().eq(fields.iter().copied()));
            let log_in = is_people && fields.len() == 1 && fields.first().copied() == email;
            let passed = fields.contains(&key) || fields.iter().all(random) || asked_for || log_in;
            if flag(index, "unique") && !passed {
                let evidence = format!("{} is unique over all tenants: {}", name(index), fields.join(", "));
                self.found(self.index(&rules::UNIQUE, ns, index, &evidence));
            }
            let text = fields.contains(&"_fts") || index.contains_key("textIndexVersion");
            if text && fields.first() != Some(&key) {
                let evidence = format!("the text index {} does not begin with {key}", name(index));
                self.found(self.index(&rules::SEARCH, ns, index, &evidence));
            }
        }
        let whole = |index: &&Document| {
            // A text index answers searches only.
            let partial = index.contains_key("partialFilterExpression") || index.contains_key("textIndexVersion");
            !partial && !flag(index, "sparse") && !flag(index, "hidden")
        };
        if !there.iter().filter(whole).any(|index| keys(index).first() == Some(&key)) {
            let finding = Finding::new(&rules::KEY_FIRST, Place::at(ns, key), Vec::new(), "")
                .evidence(format!("no index begins with {key}"))
                .remedy(mend::call(ns, &format!("createIndex({{{}: 1}})", mend::json(key))))
                .query(mend::call(ns, "getIndexes()"));
            self.found(finding);
        }
    }

    fn index(
        &self,
        rule: &'static crate::domain::isolation::Rule,
        ns: &Namespace,
        index: &Document,
        what: &str,
    ) -> Finding {
        let spec = mend::script(&index.get_document("key").cloned().unwrap_or_default().into());
        Finding::new(rule, Place::at(ns, name(index)), Vec::new(), name(index))
            .evidence(format!("{what} ({spec})"))
            .query(mend::call(ns, &format!("getIndexes().filter(index => index.name == {})", mend::json(name(index)))))
    }

    /// B21: an index that deletes by age deletes whole accounts, whatever the field it looks at is for.
    async fn expiring(&mut self) -> Result<()> {
        let house = self.house;
        let platform = house.platform;
        let mut places: Vec<(Namespace, Vec<String>)> = Vec::new();
        match platform.account.place {
            AccountPlace::Store => {
                for (_, org) in self.tenants.living() {
                    places.extend(house.accounts(org).map(|(ns, _)| (ns, vec![org.name.as_str().to_owned()])));
                }
            }
            _ => places.push((house.master(&platform.account.collection), Vec::new())),
        }
        let others = platform.organization.iter().map(|shape| &shape.collection);
        let others = others.chain(platform.core.iter().map(|core| &core.collection));
        places.extend(others.map(|collection| (house.master(collection), Vec::new())));
        places.dedup();
        for (ns, tenants) in places {
            if !self.estate.has(&ns) {
                continue;
            }
            for index in house.store.indexes(&ns).await? {
                let Some(after) = index.get("expireAfterSeconds") else { continue };
                let seconds = crate::store::inspect::number(Some(after));
                let field = keys(&index).first().copied().unwrap_or_default().to_owned();
                let mut finding =
                    Finding::new(&rules::TTL, Place::at(&ns, name(&index)), tenants.clone(), name(&index))
                        .evidence(format!("{} deletes whole documents {seconds} seconds after {field}", name(&index)))
                        .remedy(mend::call(&ns, &format!("dropIndex({})", mend::json(name(&index)))));
                finding.query = mend::call(&ns, "getIndexes()");
                self.found(finding);
            }
        }
        Ok(())
    }
}
