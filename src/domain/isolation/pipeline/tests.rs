// Tables are long.
#![allow(clippy::too_many_lines)]

use std::collections::BTreeMap;

use bson::doc;
use serde_json::{Value, json};

use super::*;

/// Shared collections, one without a key, and views of them.
struct Known(BTreeMap<String, (String, Value)>);

impl Known {
    fn new() -> Self {
        let views = [
            ("of_acme", "tickets", json!([{ "$match": { "customerId": "acme" } }])),
            ("of_all", "tickets", json!([])),
            ("renamed", "tickets", json!([{ "$project": { "whose": "$customerId" } }])),
            ("deeper", "of_acme", json!([{ "$sort": { "_id": 1 } }])),
            ("loop", "pool", json!([])),
            ("pool", "loop", json!([])),
        ];
        let views = views.into_iter().map(|(name, on, stages)| (name.to_owned(), (on.to_owned(), stages)));
        Self(views.collect())
    }
}

fn stages(value: &Value) -> Vec<Document> {
    let Ok(Bson::Array(stages)) = Bson::try_from(value.clone()) else { panic!("{value}") };
    stages.into_iter().map(|stage| stage.as_document().cloned().unwrap_or_default()).collect()
}

impl Catalog for Known {
    fn view(&self, ns: &Namespace) -> Option<View> {
        let (on, pipeline) = self.0.get(&ns.coll)?;
        Some(View { on: on.clone(), pipeline: stages(pipeline), collation: None })
    }

    fn key(&self, ns: &Namespace) -> Option<String> {
        Some(match ns.coll.as_str() {
            "tickets" => "customerId".to_owned(),
            "products" => "tenant".to_owned(),
            "files" => "metadata.tenant".to_owned(),
            _ => return None,
        })
    }
}

fn limit(limit: &Limit) -> String {
    match limit {
        Limit::Unkeyed => "unkeyed".to_owned(),
        Limit::SameTenant => "same".to_owned(),
        Limit::Open(_) => "open".to_owned(),
        Limit::Tenants(tenants) => tenants.iter().map(|t| t.as_str().unwrap_or("?")).collect::<Vec<_>>().join("+"),
    }
}

/// What is read, in short: `tickets acme, products same`.
fn told(on: &str, pipeline: &Value) -> String {
    let view = View { on: on.to_owned(), pipeline: stages(pipeline), collation: None };
    let reads = reads("crm", &view, &Known::new());
    let sources = reads.sources.iter().map(|source| {
        let db = if source.ns.db == "crm" { String::new() } else { format!("{}.", source.ns.db) };
        format!("{db}{} {}", source.ns.coll, limit(&source.limit))
    });
    let unseen = (!reads.unseen.is_empty()).then(|| "unseen".to_owned());
    sources.chain(unseen).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_match_of_the_key_restricts() {
    for (filter, expected) in [
        (json!({ "customerId": "acme" }), "acme"),
        (json!({ "customerId": { "$oid": "6560c0ffee6560c0ffee0001" } }), "?"),
        (json!({ "customerId": 7 }), "?"),
        (json!({ "customerId": { "$eq": "acme" } }), "acme"),
        (json!({ "customerId": { "$eq": "acme", "$exists": true } }), "acme"),
        (json!({ "customerId": { "$in": ["acme"] } }), "acme"),
        (json!({ "customerId": { "$in": ["acme", "globex"] } }), "acme+globex"),
        (json!({ "customerId": { "$in": [] } }), ""),
        (json!({ "status": "open", "customerId": "acme" }), "acme"),
        (json!({ "$and": [{ "status": 1 }, { "customerId": "acme" }] }), "acme"),
        (json!({ "$and": [{ "customerId": "acme" }, { "customerId": "globex" }] }), ""),
        (json!({ "$or": [{ "customerId": "acme" }, { "customerId": "globex", "x": 1 }] }), "acme+globex"),
        (json!({ "$expr": { "$eq": ["$customerId", "acme"] } }), "acme"),
        (json!({ "$expr": { "$eq": ["acme", "$$ROOT.customerId"] } }), "acme"),
        (json!({ "$expr": { "$eq": ["$customerId", { "$literal": "$acme" }] } }), "$acme"),
        (json!({ "$expr": { "$and": [{ "$gt": ["$n", 1] }, { "$eq": ["$customerId", "acme"] }] } }), "acme"),
        (json!({ "$expr": { "$in": ["$customerId", ["acme", "globex"]] } }), "acme+globex"),
        (json!({}), "open"),
        (json!({ "$or": [{ "customerId": "acme" }, { "public": true }] }), "open"),
        (json!({ "$or": [] }), "open"),
        (json!({ "$nor": [{ "customerId": "acme" }] }), "open"),
        (json!({ "customerId": { "$ne": "acme" } }), "open"),
        (json!({ "customerId": { "$not": { "$eq": "acme" } } }), "open"),
        (json!({ "customerId": { "$regex": "^acme$" } }), "open"),
        (json!({ "customerId": { "$regularExpression": { "pattern": "a", "options": "" } } }), "open"),
        (json!({ "customerId": { "$exists": true } }), "open"),
        (json!({ "customerId": { "$gte": "acme" } }), "open"),
        (json!({ "customerId": null }), "open"),
        (json!({ "customerId": ["acme"] }), "open"),
        (json!({ "customerId": { "$in": ["acme", null] } }), "open"),
        (json!({ "customerId": { "id": "acme" } }), "open"),
        (json!({ "customerId.id": "acme" }), "open"),
        (json!({ "other": "acme" }), "open"),
        (json!({ "$expr": { "$eq": ["$customerId", "$wanted"] } }), "open"),
        (json!({ "$expr": { "$eq": ["$customerId", "$$USER_ROLES"] } }), "open"),
        (json!({ "$expr": { "$ne": ["$customerId", "acme"] } }), "open"),
        (json!({ "$expr": { "$or": [{ "$eq": ["$customerId", "acme"] }, true] } }), "open"),
        (json!({ "$expr": { "$eq": ["$customerId"] } }), "open"),
        (json!({ "$expr": true }), "open"),
    ] {
        assert_eq!(told("tickets", &json!([{ "$match": filter }])), format!("tickets {expected}"), "{filter}");
    }
    assert_eq!(told("files", &json!([{ "$match": { "metadata.tenant": "acme" } }])), "files acme");
    assert_eq!(told("orgs", &json!([{ "$match": { "customerId": "acme" } }])), "orgs unkeyed");
}

#[test]
fn stages_before_the_match_let_it_restrict_or_not() {
    let last = json!({ "$match": { "customerId": "acme" } });
    for (stage, expected) in [
        (json!({ "$match": { "status": 1 } }), "acme"),
        (json!({ "$sort": { "n": 1 } }), "acme"),
        (json!({ "$addFields": { "n": 1 } }), "acme"),
        (json!({ "$set": { "customerId": "$customerId" } }), "acme"),
        (json!({ "$project": { "customerId": 1 } }), "acme"),
        (json!({ "$project": { "n": 0, "_id": 0 } }), "acme"),
        (json!({ "$unset": ["n", "m"] }), "acme"),
        (json!({ "$unwind": "$items" }), "acme"),
        (json!({ "$replaceWith": { "$mergeObjects": [{ "customerId": "x" }, "$$ROOT"] } }), "acme"),
        (json!({ "$setWindowFields": { "partitionBy": "$customerId", "output": { "n": { "$sum": 1 } } } }), "acme"),
        (json!({ "$geoNear": { "near": [0, 0], "distanceField": "d", "query": { "customerId": "acme" } } }), "acme"),
        (
            json!({ "$lookup": { "from": "orgs", "localField": "o", "foreignField": "_id", "as": "org" } }),
            "acme, orgs unkeyed",
        ),
        (json!({ "$limit": 5 }), "open"),
        (json!({ "$skip": 5 }), "open"),
        (json!({ "$sample": { "size": 5 } }), "open"),
        (json!({ "$set": { "customerId": "acme" } }), "open"),
        (json!({ "$addFields": { "customerId.x": 1 } }), "open"),
        (json!({ "$project": { "customerId": "acme" } }), "open"),
        (json!({ "$project": { "n": 1 } }), "open"),
        (json!({ "$project": { "customerId": 0 } }), "open"),
        (json!({ "$project": { "whose": "$customerId" } }), "open"),
        (json!({ "$unset": "customerId" }), "open"),
        (json!({ "$group": { "_id": "$status" } }), "open"),
        (json!({ "$group": { "_id": null, "customerId": { "$first": "$customerId" } } }), "open"),
        (json!({ "$replaceRoot": { "newRoot": "$inner" } }), "open"),
        (json!({ "$setWindowFields": { "output": { "n": { "$sum": 1 } } } }), "open"),
        (
            json!({ "$lookup": { "from": "orgs", "localField": "o", "foreignField": "_id", "as": "customerId" } }),
            "open, orgs unkeyed",
        ),
        (json!({ "$count": "customerId" }), "open"),
        (json!({ "$strange": {} }), "open, unseen"),
    ] {
        assert_eq!(told("tickets", &json!([stage, last])), format!("tickets {expected}"), "{stage}");
    }
}

#[test]
fn the_key_is_followed_to_where_it_goes() {
    for (pipeline, expected) in [
        (json!([{ "$project": { "whose": "$customerId" } }, { "$match": { "whose": "acme" } }]), "acme"),
        (
            json!([{ "$set": { "whose": "$customerId" } }, { "$unset": "customerId" }, { "$match": { "whose": "acme" } }]),
            "acme",
        ),
        (json!([{ "$group": { "_id": "$customerId" } }, { "$match": { "_id": "acme" } }]), "acme"),
        (json!([{ "$group": { "_id": { "c": "$customerId" } } }, { "$match": { "_id.c": "acme" } }]), "acme"),
        (json!([{ "$group": { "_id": { "$toLower": "$customerId" } } }, { "$match": { "_id": "acme" } }]), "open"),
        (json!([{ "$replaceWith": { "c": "$customerId" } }, { "$match": { "c": "acme" } }]), "acme"),
        (json!([{ "$match": { "customerId": "acme" } }, { "$limit": 1 }, { "$unset": "customerId" }]), "acme"),
        (json!([{ "$match": { "customerId": "acme" } }, { "$group": { "_id": null } }]), "acme"),
        (
            json!([{ "$facet": { "a": [{ "$match": { "customerId": "acme" } }], "b": [{ "$match": { "customerId": "globex" } }] } }]),
            "acme+globex",
        ),
        (json!([{ "$facet": { "a": [{ "$match": { "customerId": "acme" } }], "b": [] } }]), "open"),
        (json!([{ "$facet": { "a": [] } }, { "$match": { "customerId": "acme" } }]), "open"),
        (json!([{ "$match": { "customerId": "acme" } }, { "$facet": { "a": [], "b": [{ "$count": "n" }] } }]), "acme"),
    ] {
        assert_eq!(told("tickets", &pipeline), format!("tickets {expected}"), "{pipeline}");
    }
}

#[test]
fn what_is_joined_is_restricted_by_key_or_not() {
    let mine = json!({ "$match": { "customerId": "acme" } });
    let lookup = |more: Value| {
        let mut spec = json!({ "from": "products", "as": "p" });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "$lookup": spec })
    };
    let bound =
        |value: &str, filter: Value| lookup(json!({ "let": { "t": value }, "pipeline": [{ "$match": filter }] }));
    let same = json!({ "$expr": { "$eq": ["$tenant", "$$t"] } });
    for (stage, expected) in [
        (lookup(json!({ "localField": "customerId", "foreignField": "tenant" })), "products same"),
        (lookup(json!({ "localField": "productId", "foreignField": "_id" })), "products open"),
        (lookup(json!({ "localField": "customerId", "foreignField": "_id" })), "products open"),
        (lookup(json!({ "localField": "productId", "foreignField": "tenant" })), "products open"),
        (lookup(json!({ "pipeline": [] })), "products open"),
        (lookup(json!({ "pipeline": [{ "$match": { "tenant": "acme" } }] })), "products acme"),
        (
            lookup(
                json!({ "localField": "p", "foreignField": "_id", "pipeline": [{ "$match": { "tenant": "acme" } }] }),
            ),
            "products acme",
        ),
        (lookup(json!({ "pipeline": [{ "$limit": 1 }, { "$match": { "tenant": "acme" } }] })), "products open"),
        (bound("$customerId", same.clone()), "products same"),
        (
            bound(
                "$$ROOT.customerId",
                json!({ "$expr": { "$and": [{ "$eq": ["$$t", "$tenant"] }, { "$eq": ["$_id", 1] }] } }),
            ),
            "products same",
        ),
        (bound("$customerId", json!({ "$expr": { "$in": ["$tenant", ["$$t"]] } })), "products same"),
        (bound("$other", same.clone()), "products open"),
        (bound("$customerId", json!({ "tenant": "$$t" })), "products $$t"),
        (bound("$customerId", json!({ "$expr": { "$eq": ["$_id", "$$t"] } })), "products open"),
        (bound("$customerId", json!({ "$expr": { "$or": [{ "$eq": ["$tenant", "$$t"] }, true] } })), "products open"),
        (
            json!({ "$lookup": { "from": "of_acme", "localField": "x", "foreignField": "_id", "as": "a" } }),
            "tickets acme",
        ),
        (
            json!({ "$lookup": { "from": "of_all", "localField": "x", "foreignField": "_id", "as": "a" } }),
            "tickets open",
        ),
        (
            json!({ "$lookup": { "from": "renamed", "localField": "customerId", "foreignField": "whose", "as": "a" } }),
            "tickets same",
        ),
        (
            json!({ "$lookup": { "from": "renamed", "localField": "customerId", "foreignField": "customerId", "as": "a" } }),
            "tickets open",
        ),
        (
            json!({ "$lookup": { "from": { "db": "other", "coll": "tickets" }, "localField": "customerId", "foreignField": "customerId", "as": "a" } }),
            "other.tickets same",
        ),
        (json!({ "$lookup": { "pipeline": [{ "$documents": [{ "x": 1 }] }], "as": "a" } }), ""),
        (json!({ "$unionWith": "products" }), "products open"),
        (
            json!({ "$unionWith": { "coll": "products", "pipeline": [{ "$match": { "tenant": "acme" } }] } }),
            "products acme",
        ),
        (json!({ "$unionWith": { "coll": "of_acme" } }), "tickets acme"),
        (json!({ "$unionWith": { "pipeline": [{ "$documents": [] }] } }), ""),
        (json!({ "$facet": { "a": [lookup(json!({ "localField": "p", "foreignField": "_id" }))] } }), "products open"),
        (
            json!({ "$graphLookup": { "from": "products", "startWith": "$p", "connectFromField": "p", "connectToField": "_id", "as": "a" } }),
            "products open",
        ),
        (
            json!({ "$graphLookup": { "from": "products", "startWith": "$p", "connectFromField": "p", "connectToField": "_id", "as": "a", "restrictSearchWithMatch": { "tenant": "acme" } } }),
            "products acme",
        ),
        (
            json!({ "$graphLookup": { "from": "products", "startWith": "$customerId", "connectFromField": "tenant", "connectToField": "tenant", "as": "a" } }),
            "products same",
        ),
        (
            json!({ "$graphLookup": { "from": "products", "startWith": "$customerId", "connectFromField": "parent", "connectToField": "tenant", "as": "a" } }),
            "products open",
        ),
    ] {
        let expected =
            if expected.is_empty() { "tickets acme".to_owned() } else { format!("tickets acme, {expected}") };
        assert_eq!(told("tickets", &json!([mine, stage])), expected, "{stage}");
    }
}

#[test]
fn joins_within_joins_and_unions_are_followed() {
    let inner = json!({ "$lookup": { "from": "files", "let": { "u": "$$t" }, "as": "f",
        "pipeline": [{ "$match": { "$expr": { "$eq": ["$metadata.tenant", "$$u"] } } }] } });
    let outer = json!({ "$lookup": { "from": "products", "let": { "t": "$customerId" }, "as": "p",
        "pipeline": [{ "$match": { "$expr": { "$eq": ["$tenant", "$$t"] } } }, inner] } });
    assert_eq!(told("of_acme", &json!([outer])), "tickets acme, products same, files same");
    let hidden = json!({ "$lookup": { "from": "files", "let": { "t": "$other" }, "as": "f",
        "pipeline": [{ "$match": { "$expr": { "$eq": ["$metadata.tenant", "$$t"] } } }] } });
    let outer =
        json!({ "$lookup": { "from": "products", "let": { "t": "$customerId" }, "as": "p", "pipeline": [hidden] } });
    assert_eq!(told("of_acme", &json!([outer])), "tickets acme, products open, files open");
    // After a union the key of the one is not that of the other.
    let join = json!({ "$lookup": { "from": "files", "localField": "customerId", "foreignField": "metadata.tenant", "as": "f" } });
    let union = json!({ "$unionWith": "products" });
    assert_eq!(told("of_acme", &json!([join])), "tickets acme, files same");
    assert_eq!(told("of_acme", &json!([union, join])), "tickets acme, products open, files open");
    // What is taken from a union afterwards is taken from both, by the name that the key has in each.
    let both = json!([{ "$unionWith": { "coll": "products", "pipeline": [{ "$set": { "customerId": "$tenant" } }] } },
        { "$match": { "customerId": "acme" } }]);
    assert_eq!(told("tickets", &both), "tickets acme, products acme");
}

#[test]
fn a_source_says_how_and_where_it_is_read() {
    let pipeline = json!([{ "$lookup": { "from": "orgs", "as": "o", "pipeline": [{ "$unionWith": "deeper" }] } }]);
    let view = View { on: "of_all".to_owned(), pipeline: stages(&pipeline), collation: None };
    let reads = reads("crm", &view, &Known::new());
    let told: Vec<_> =
        reads.sources.iter().map(|s| (s.ns.coll.as_str(), s.via.word(), s.at.as_str(), s.through.len())).collect();
    assert_eq!(
        told,
        [
            ("tickets", "viewOn", "", 1),
            ("orgs", "$lookup", "[0].$lookup", 0),
            ("tickets", "$unionWith", "[0].$lookup.pipeline[0].$unionWith", 2)
        ]
    );
    let Limit::Open(why) = &reads.sources[0].limit else { panic!("{reads:?}") };
    assert_eq!(why, "nothing restricts it to a tenant");
    assert_eq!(limit(&reads.sources[2].limit), "acme");
    let why = |stage: Value| {
        let view = View { on: "tickets".to_owned(), pipeline: stages(&json!([stage])), collation: None };
        match super::reads("crm", &view, &Known::new()).sources.remove(0).limit {
            Limit::Open(why) => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(why(json!({ "$limit": 1 })), "$limit stands before the tenant is asked for");
    assert_eq!(why(json!({ "$unset": "customerId" })), "$unset takes the tenant key away or writes over it");
}

#[test]
fn a_collation_that_folds_is_told() {
    let loose = |collation: Document| {
        reads("crm", &View { on: "tickets".into(), pipeline: Vec::new(), collation: Some(collation) }, &Known::new())
            .loose
    };
    assert!(
        loose(doc! { "locale": "en", "strength": 2 })
            && loose(doc! { "locale": "en", "strength": 1, "caseLevel": true })
    );
    assert!(!loose(doc! { "locale": "en" }) && !loose(doc! { "locale": "simple" }));
    assert!(!loose(doc! { "locale": "en", "strength": 2, "caseLevel": true }));
}

#[test]
fn nothing_nasty_panics_or_goes_on_for_ever() {
    for on in ["loop", "", "tickets"] {
        for spec in [
            json!(null),
            json!(1),
            json!("x"),
            json!([]),
            json!([[]]),
            json!({}),
            json!({ "from": 1 }),
            json!({ "": "" }),
            json!({ "from": { "db": 1 } }),
            json!({ "pipeline": 1, "let": [], "as": 1 }),
            json!({ "a": { "$x": [] } }),
            json!("$$"),
            json!("$"),
        ] {
            for stage in [
                "$match",
                "$lookup",
                "$graphLookup",
                "$unionWith",
                "$facet",
                "$project",
                "$set",
                "$unset",
                "$unwind",
                "$group",
                "$replaceRoot",
                "$replaceWith",
                "$setWindowFields",
                "$fill",
                "$geoNear",
                "$vectorSearch",
                "$sortByCount",
                "",
                "$",
            ] {
                told(on, &json!([{ stage: spec }, { "$match": { "customerId": "acme" } }]));
            }
        }
    }
    assert_eq!(told("loop", &json!([])), "unseen");
    assert_eq!(told("tickets", &json!([{}])), "tickets open, unseen");
    let mut filter = json!({ "customerId": "acme" });
    let mut deep = json!([]);
    for _ in 0..60 {
        filter = json!({ "$and": [filter] });
    }
    for _ in 0..25 {
        deep = json!([{ "$lookup": { "from": "tickets", "as": "x", "pipeline": deep } }]);
    }
    assert_eq!(told("tickets", &json!([{ "$match": filter }])), "tickets open", "too deep to be believed");
    assert!(told("tickets", &deep).ends_with("unseen"));
    // Each of these views names the one before twice: 2^18 collections, were they all followed.
    let mut known = Known::new();
    for n in 0..18 {
        let before = if n == 0 { "tickets".to_owned() } else { format!("v{}", n - 1) };
        known.0.insert(format!("v{n}"), (before.clone(), json!([{ "$unionWith": before }])));
    }
    let found = reads("crm", &View { on: "v17".into(), pipeline: Vec::new(), collation: None }, &known);
    assert_eq!(found.sources.len(), SOURCES);
    assert_eq!(found.unseen.len(), 1, "{:?}", &found.unseen[..3]);
}
